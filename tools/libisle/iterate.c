// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The questions that a control and a domain answer alike: they differ in the
 * command, and in that a control says which domain is meant.  Owns nothing.
 */
#include <errno.h>

#include "internal.h"

/* The module ends a list with ENOENT, the library with 0. */
static int next_result(int rc)
{
	if (!rc)
		return 1;
	return rc == -ENOENT ? 0 : rc;
}

int isle_next_link(int fd, unsigned long cmd, uint32_t domid, uint64_t *cursor,
		   struct isle_link_next *link)
{
	int rc = isle_struct_begin(link, ISLE_SIZE_TO(struct isle_link_next, name));

	if (rc)
		return rc;
	link->domid = domid;
	link->peer = (uint32_t)*cursor;
	rc = isle_ioctl_sized(fd, cmd, link);
	if (!rc)
		*cursor = link->peer;
	return next_result(rc);
}

int isle_next_device(int fd, unsigned long cmd, uint32_t domid,
		     uint64_t *cursor, struct isle_device_next *device)
{
	int rc = isle_struct_begin(device, ISLE_SIZE_TO(struct isle_device_next, name));

	if (rc)
		return rc;
	device->domid = domid;
	device->unique = *cursor;
	rc = isle_ioctl_sized(fd, cmd, device);
	if (!rc)
		*cursor = device->unique;
	return next_result(rc);
}

int isle_get_quota(int fd, unsigned long cmd, uint32_t domid, uint32_t kind,
		   struct isle_quota *quota)
{
	int rc = isle_struct_begin(quota, ISLE_SIZE_TO(struct isle_quota, used));

	if (rc)
		return rc;
	quota->domid = domid;
	quota->kind = kind;
	return isle_ioctl_sized(fd, cmd, quota);
}
