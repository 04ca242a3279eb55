// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A domain, as whoever acts as it sees it.  A handle owns one file of it.
 */
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

/* A handle for @fd, which is known to be a domain's. */
int isle_domain_wrap(int fd, struct isle_domain **domain)
{
	struct isle_domain *dom = malloc(sizeof(*dom));

	if (!dom)
		return -ENOMEM;
	dom->fd = fd;
	*domain = dom;
	return 0;
}

EXPORT int isle_domain_from_fd(int fd, struct isle_domain **domain)
{
	struct isle_domain_info info = { .size = sizeof(info) };
	int rc = isle_ioctl(fd, ISLE_DOMAIN_INFO, &info);

	return rc ? rc : isle_domain_wrap(fd, domain);
}

EXPORT int isle_domain_open(const char *name, struct isle_domain **domain)
{
	int fd = isle_open_part("domain", name);
	int rc;

	if (fd < 0)
		return fd;
	rc = isle_domain_from_fd(fd, domain);
	if (rc)
		close(fd);
	return rc;
}

EXPORT void isle_domain_close(struct isle_domain *domain)
{
	if (!domain)
		return;
	close(domain->fd);
	free(domain);
}

EXPORT int isle_domain_fd(const struct isle_domain *domain)
{
	return domain->fd;
}

EXPORT int isle_domain_get_info(struct isle_domain *domain, struct isle_domain_info *info)
{
	int rc = isle_struct_begin(info, ISLE_SIZE_TO(struct isle_domain_info, reserved));

	return rc ? rc : isle_ioctl_sized(domain->fd, ISLE_DOMAIN_INFO, info);
}

EXPORT int isle_domain_get_quota(struct isle_domain *domain, uint32_t kind,
				 struct isle_quota *quota)
{
	return isle_get_quota(domain->fd, ISLE_DOMAIN_QUOTA, 0, kind, quota);
}

EXPORT int isle_domain_link_next(struct isle_domain *domain, uint64_t *cursor,
				 struct isle_link_next *link)
{
	return isle_next_link(domain->fd, ISLE_DOMAIN_LINK_NEXT, 0, cursor, link);
}

EXPORT int isle_domain_device_next(struct isle_domain *domain, uint64_t *cursor,
				   struct isle_device_next *device)
{
	return isle_next_device(domain->fd, ISLE_DOMAIN_DEVICE_NEXT, 0, cursor, device);
}

EXPORT int isle_domain_device_open(struct isle_domain *domain, uint32_t cls,
				   const char *name, uint32_t flags)
{
	struct isle_device_open arg = {
		.size = sizeof(arg),
		.flags = flags,
		.dev_class = cls,
	};
	int rc = isle_name_copy(arg.name, name);

	if (rc)
		return rc;
	rc = isle_ioctl(domain->fd, ISLE_DOMAIN_DEVICE_OPEN, &arg);
	return rc ? rc : arg.fd;
}
