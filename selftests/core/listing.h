/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: all that can be seen of all domains, as text
 *
 * For "nothing has changed": take one before and one after, and compare.
 */
#ifndef ISLE_SELFTESTS_CORE_LISTING_H
#define ISLE_SELFTESTS_CORE_LISTING_H

#include "../lib.h"

struct listing {
	size_t len;
	char text[32768];
};

__attribute__((format(printf, 2, 3)))
static inline void listing_add(struct listing *l, const char *format, ...)
{
	va_list args;
	int len;

	va_start(args, format);
	len = vsnprintf(l->text + l->len, sizeof(l->text) - l->len, format,
			args);
	va_end(args);
	if (len < 0 || l->len + len >= sizeof(l->text)) {
		fprintf(stderr, "# listing: too long\n");
		abort();
	}
	l->len += len;
}

static inline void listing_links(int ctl, __u32 domid, struct listing *l)
{
	struct isle_link_next arg = { .size = sizeof(arg), .domid = domid };

	while (call(ctl, ISLE_CTL_LINK_NEXT, &arg) == 0) {
		listing_add(l, "  link %u %.32s\n", arg.peer, arg.name);
		memset(arg.name, 0, sizeof(arg.name));
	}
}

static inline void listing_devices(int ctl, __u32 domid, struct listing *l)
{
	struct isle_device_next arg = { .size = sizeof(arg), .domid = domid };

	while (call(ctl, ISLE_CTL_DEVICE_NEXT, &arg) == 0) {
		listing_add(l, "  device %llu class %u %.32s\n",
			    (unsigned long long)arg.unique, arg.dev_class,
			    arg.name);
		arg.dev_class = 0;
		memset(arg.name, 0, sizeof(arg.name));
	}
}

static inline void listing_quotas(int ctl, __u32 domid, struct listing *l)
{
	struct isle_quota quota;
	__u32 kind;

	for (kind = 0; kind < ISLE_QUOTA_KINDS; kind++)
		if (quota_get(ctl, domid, kind, &quota) == 0)
			listing_add(l, "  quota %u %llu of %llu\n", kind,
				    (unsigned long long)quota.used,
				    (unsigned long long)quota.limit);
}

static inline void listing_take(int ctl, struct listing *l)
{
	struct isle_domain_info info;
	__u32 from = 0;

	l->len = 0;
	l->text[0] = '\0';
	while (dom_find(ctl, ISLE_FIND_NEXT, from, NULL, &info) == 0) {
		listing_add(l, "domain %u %.32s %llu state %u devices %u links %u files %u\n",
			    info.domid, info.name,
			    (unsigned long long)info.unique, info.state,
			    info.devices, info.links, info.files);
		listing_links(ctl, info.domid, l);
		listing_devices(ctl, info.domid, l);
		listing_quotas(ctl, info.domid, l);
		from = info.domid + 1;
	}
}

/* Whether nothing has changed since @before was taken; says what did */
static inline bool listing_same(int ctl, const struct listing *before)
{
	static struct listing after;

	listing_take(ctl, &after);
	if (strcmp(before->text, after.text) == 0)
		return true;
	fprintf(stderr, "# before:\n%s# after:\n%s", before->text, after.text);
	return false;
}

#endif /* ISLE_SELFTESTS_CORE_LISTING_H */
