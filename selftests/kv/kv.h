/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: what those of key-value devices share
 */
#ifndef ISLE_SELFTESTS_KV_KV_H
#define ISLE_SELFTESTS_KV_KV_H

#include <isle/kv.h>

#include "../lib.h"

static inline int kv_add_config(int ctl, __u32 domid, const char *name,
				const void *config)
{
	struct isle_device_add arg = {
		.size = sizeof(arg), .domid = domid, .dev_class = ISLE_CLASS_KV,
		.config = (uintptr_t)config,
	};

	put_name(arg.name, name);
	return call(ctl, ISLE_CTL_DEVICE_ADD, &arg);
}

static inline int kv_add_dir(int ctl, __u32 domid, const char *name, int fd)
{
	struct isle_kv_config config = {
		.size = sizeof(config), .backing = ISLE_KV_DIR, .fd = fd,
	};

	return kv_add_config(ctl, domid, name, &config);
}

/* An index as it is made by hand */
struct line {
	const char *key;
	__u64 offset, length;
};

#define LINES_MAX	64

static inline int kv_add_lines(int ctl, __u32 domid, const char *name, int fd,
			       const struct line *lines, unsigned int n)
{
	struct isle_kv_entry entries[LINES_MAX];
	char keys[8192];
	struct isle_kv_config config = {
		.size = sizeof(config), .backing = ISLE_KV_INDEX, .fd = fd,
		.index = (uintptr_t)entries, .keys = (uintptr_t)keys,
		.entries = n,
	};
	unsigned int i;

	for (i = 0; i < n; i++) {
		entries[i] = (struct isle_kv_entry) {
			.offset = lines[i].offset, .length = lines[i].length,
			.key = config.keys_length,
			.key_length = strlen(lines[i].key),
		};
		memcpy(keys + config.keys_length, lines[i].key,
		       entries[i].key_length);
		config.keys_length += entries[i].key_length;
	}
	return kv_add_config(ctl, domid, name, &config);
}

static inline int kv_del(int ctl, __u32 domid, const char *name)
{
	struct isle_device_del arg = {
		.size = sizeof(arg), .domid = domid, .dev_class = ISLE_CLASS_KV,
	};

	put_name(arg.name, name);
	return call(ctl, ISLE_CTL_DEVICE_DEL, &arg);
}

static inline int kv_open(int fd, const char *name)
{
	struct isle_device_open arg = {
		.size = sizeof(arg), .flags = ISLE_OPEN_READ,
		.dev_class = ISLE_CLASS_KV,
	};
	int ret;

	put_name(arg.name, name);
	ret = call(fd, ISLE_DOMAIN_DEVICE_OPEN, &arg);
	return ret ? ret : arg.fd;
}

/* A value's file */
static inline int kv_value(int fd, const char *key)
{
	struct isle_kv_open open = {
		.size = sizeof(open), .key = (uintptr_t)key,
		.key_length = strlen(key),
	};
	int ret = call(fd, ISLE_KV_OPEN, &open);

	return ret ? ret : open.fd;
}

static inline long long kv_read(int fd, const char *key, __u64 offset,
				void *buf, __u64 length)
{
	struct isle_kv_read arg = {
		.size = sizeof(arg), .key = (uintptr_t)key,
		.key_length = strlen(key), .offset = offset,
		.buffer = (uintptr_t)buf, .length = length,
	};
	int ret = call(fd, ISLE_KV_READ, &arg);

	return ret ? ret : (long long)arg.length;
}

static inline long long kv_size(int fd, const char *key)
{
	struct isle_kv_read arg = {
		.size = sizeof(arg), .key = (uintptr_t)key,
		.key_length = strlen(key),
	};
	int ret = call(fd, ISLE_KV_READ, &arg);

	return ret ? ret : (long long)arg.bytes;
}

/*
 * All names beneath a key, by calls with @size bytes: "a b/ c", a slash behind
 * what is a prefix.  Value: how many, or -errno.
 */
static inline int kv_list(int fd, const char *key, __u32 size, char *text,
			  size_t max)
{
	struct isle_kv_list arg = {
		.size = sizeof(arg), .key = (uintptr_t)key,
		.key_length = strlen(key),
	};
	__u64 buf[8192];
	int ret, n = 0;
	size_t at = 0;
	__u32 i;

	for (;;) {
		arg.buffer = (uintptr_t)buf;
		arg.length = size;
		ret = call(fd, ISLE_KV_LIST, &arg);
		if (ret)
			return ret;
		if (!arg.length)
			break;
		for (i = 0; i < arg.length; n++) {
			struct isle_kv_name *name = (void *)((char *)buf + i);

			at += snprintf(text + at, at < max ? max - at : 0,
				       "%s%.*s%s", at ? " " : "", name->length,
				       (char *)(name + 1),
				       name->kind == ISLE_KV_PREFIX ? "/" : "");
			if (at >= max)
				return -E2BIG;
			if (name->record < sizeof(*name) + name->length ||
			    name->record % 8)
				return -EUCLEAN;
			i += name->record;
		}
	}
	text[at] = '\0';
	return n;
}

#endif /* ISLE_SELFTESTS_KV_KV_H */
