// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Nodes in /dev/isle: what a caller names becomes a path, and that a file.
 * Owns nothing; the files are the caller's.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "internal.h"

/* A file descriptor or a negative errno */
static int open_path(const char *path, int flags)
{
	int fd = open(path, flags | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/** isle_open_mode() - what open(2) calls ISLE_OPEN_*, or -EINVAL */
int isle_open_mode(uint32_t flags)
{
	switch (flags) {
	case ISLE_OPEN_READ:
		return O_RDONLY;
	case ISLE_OPEN_WRITE:
		return O_WRONLY;
	case ISLE_OPEN_READ | ISLE_OPEN_WRITE:
		return O_RDWR;
	default:
		return -EINVAL;
	}
}

/**
 * isle_open_device() - open the node of a device
 * @name: of a device of "self", or with a '/' in it the path of any node
 * @flags: of open(2)
 *
 * A file descriptor or a negative errno.  What a path leads to may be anything.
 */
int isle_open_device(uint32_t cls, const char *name, int flags)
{
	char path[sizeof(ISLE_DEV "self/console/") + ISLE_NAME_SIZE];

	if (strchr(name, '/'))
		return open_path(name, flags);
	if (!isle_name_valid(name))
		return -EINVAL;
	snprintf(path, sizeof(path), ISLE_DEV "self/%s/%s", isle_class_name(cls), name);
	return open_path(path, flags);
}

/**
 * isle_open_part() - open a node that every domain has
 * @part: "domain" or "task"
 * @name: of the domain, NULL for "self", or with a '/' in it the path of a node
 *
 * As isle_open_device().
 */
int isle_open_part(const char *part, const char *name)
{
	char path[sizeof(ISLE_DEV) + ISLE_NAME_SIZE + sizeof("/domain")];

	if (!name)
		name = "self";
	if (strchr(name, '/'))
		return open_path(name, O_RDWR);
	if (!isle_name_valid(name))
		return -EINVAL;
	snprintf(path, sizeof(path), ISLE_DEV "%s/%s", name, part);
	return open_path(path, O_RDWR);
}

/** isle_get_device_id() - which device @fd is a file of */
int isle_get_device_id(int fd, struct isle_device_id *id)
{
	int rc = isle_struct_begin(id, ISLE_SIZE_TO(struct isle_device_id, name));

	return rc ? rc : isle_ioctl_sized(fd, ISLE_DEVICE_ID, id);
}
