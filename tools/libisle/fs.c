// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A device with files that is connected.  A handle owns one file of it and has
 * no other state, so that threads need no lock.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "libisle-fs.h"

/* Bytes of entries that a listing asks for at a time */
#define LIST_BUFFER	65536

/* The module moves less at a time; see isle_fs_rw */
#define MOVE_MAX	0x40000000u

struct isle_fs {
	int fd;
};

EXPORT int isle_control_fs_add(struct isle_control *control, uint32_t domid, const char *name,
			       const struct isle_fs_config *config, uint64_t *unique)
{
	return isle_control_device_add(control, domid, ISLE_CLASS_FS, name, config, unique);
}

EXPORT int isle_fs_from_fd(int fd, struct isle_fs **fs)
{
	struct isle_fs_info info = { .size = sizeof(info) };
	struct isle_fs *f;
	int rc = isle_ioctl(fd, ISLE_FS_INFO, &info);

	if (rc)
		return rc;
	f = malloc(sizeof(*f));
	if (!f)
		return -ENOMEM;
	f->fd = fd;
	*fs = f;
	return 0;
}

static int wrap(int fd, struct isle_fs **fs)
{
	int rc;

	if (fd < 0)
		return fd;
	rc = isle_fs_from_fd(fd, fs);
	if (rc)
		close(fd);
	return rc;
}

EXPORT int isle_fs_open(const char *name, uint32_t flags, struct isle_fs **fs)
{
	int mode = isle_open_mode(flags);

	return mode < 0 ? mode : wrap(isle_open_device(ISLE_CLASS_FS, name, mode), fs);
}

EXPORT int isle_fs_open_in(struct isle_domain *domain, const char *name, uint32_t flags,
			   struct isle_fs **fs)
{
	if (flags & ~(ISLE_OPEN_READ | ISLE_OPEN_WRITE))
		return -EINVAL;
	return wrap(isle_domain_device_open(domain, ISLE_CLASS_FS, name, flags), fs);
}

EXPORT void isle_fs_close(struct isle_fs *fs)
{
	if (!fs)
		return;
	close(fs->fd);
	free(fs);
}

EXPORT int isle_fs_fd(const struct isle_fs *fs)
{
	return fs->fd;
}

EXPORT int isle_fs_get_id(struct isle_fs *fs, struct isle_device_id *id)
{
	return isle_get_device_id(fs->fd, id);
}

EXPORT int isle_fs_get_info(struct isle_fs *fs, struct isle_fs_info *info)
{
	int rc = isle_struct_begin(info, ISLE_SIZE_TO(struct isle_fs_info, device_bytes));

	return rc ? rc : isle_ioctl_sized(fs->fd, ISLE_FS_INFO, info);
}

EXPORT int isle_fs_format(struct isle_fs *fs, uint64_t bytes)
{
	struct isle_fs_format format = { .size = sizeof(format), .bytes = bytes };

	return isle_ioctl(fs->fd, ISLE_FS_FORMAT, &format);
}

static int by_path(struct isle_fs *fs, unsigned long cmd, const char *path)
{
	struct isle_fs_path arg = {
		.size = sizeof(arg), .path = (uintptr_t)path, .path_len = strlen(path),
	};

	return isle_ioctl(fs->fd, cmd, &arg);
}

EXPORT int isle_fs_create(struct isle_fs *fs, const char *path)
{
	return by_path(fs, ISLE_FS_CREATE, path);
}

EXPORT int isle_fs_mkdir(struct isle_fs *fs, const char *path)
{
	return by_path(fs, ISLE_FS_MKDIR, path);
}

EXPORT int isle_fs_destroy(struct isle_fs *fs, const char *path)
{
	return by_path(fs, ISLE_FS_DESTROY, path);
}

static int ask(struct isle_fs *fs, const char *path, struct isle_fs_stat *stat)
{
	*stat = (struct isle_fs_stat) {
		.size = sizeof(*stat), .path = (uintptr_t)path, .path_len = strlen(path),
	};
	return isle_ioctl(fs->fd, ISLE_FS_STAT, stat);
}

EXPORT int isle_fs_stat(struct isle_fs *fs, const char *path, struct isle_fs_attributes *attributes)
{
	int rc = isle_struct_begin(attributes, ISLE_SIZE_TO(struct isle_fs_attributes, filename));
	const char *slash = strrchr(path, '/');
	struct isle_fs_stat stat;

	if (!rc)
		rc = ask(fs, path, &stat);
	if (rc)
		return rc;
	attributes->directory = stat.type == ISLE_FS_DIRECTORY;
	attributes->read_only = stat.read_only;
	attributes->bytes = stat.bytes;
	snprintf(attributes->filename, sizeof(attributes->filename), "%s",
		 slash ? slash + 1 : path);
	return 0;
}

EXPORT int isle_fs_size(struct isle_fs *fs, const char *path, uint64_t *bytes)
{
	struct isle_fs_stat stat;
	int rc = ask(fs, path, &stat);

	if (rc)
		return rc;
	if (stat.type == ISLE_FS_DIRECTORY)
		return -EISDIR;
	*bytes = stat.bytes;
	return 0;
}

EXPORT ssize_t isle_fs_list(struct isle_fs *fs, const char *path, uint64_t *cookie, void *buffer,
			    size_t length)
{
	struct isle_fs_list list = {
		.size = sizeof(list), .path = (uintptr_t)path, .path_len = strlen(path),
		.buffer = (uintptr_t)buffer, .cookie = *cookie,
		.buffer_len = length < MOVE_MAX ? length : MOVE_MAX,
	};
	int rc = isle_ioctl(fs->fd, ISLE_FS_LIST, &list);

	if (rc)
		return rc;
	*cookie = list.cookie;
	return list.used;
}

EXPORT int isle_fs_listdir(struct isle_fs *fs, const char *path,
			   int (*fn)(void *arg, const struct isle_fs_entry *entry), void *arg)
{
	char *buffer = malloc(LIST_BUFFER);
	const struct isle_fs_entry *entry;
	uint64_t cookie = 0;
	ssize_t used, at;
	int rc = 0;

	if (!buffer)
		return -ENOMEM;
	do {
		used = isle_fs_list(fs, path, &cookie, buffer, LIST_BUFFER);
		for (at = 0; !rc && at < used; at += entry->length) {
			entry = (const struct isle_fs_entry *)(buffer + at);
			rc = fn(arg, entry);
		}
	} while (!rc && used > 0);
	free(buffer);
	return rc ? rc : used < 0 ? (int)used : 0;
}

/* One ioctl: how many bytes were moved. */
static ssize_t move(struct isle_fs *fs, unsigned long cmd, const char *path, uint64_t offset,
		    const void *buffer, size_t length)
{
	struct isle_fs_rw rw = {
		.size = sizeof(rw), .path = (uintptr_t)path, .path_len = strlen(path),
		.offset = offset, .buffer = (uintptr_t)buffer,
		.length = length < MOVE_MAX ? length : MOVE_MAX,
	};

	return isle_ioctl(fs->fd, cmd, &rw);
}

EXPORT ssize_t isle_fs_read(struct isle_fs *fs, const char *path, uint64_t offset, void *buffer,
			    size_t length)
{
	size_t done = 0;
	ssize_t ret;

	do {
		ret = move(fs, ISLE_FS_READ, path, offset + done, (char *)buffer + done,
			   length - done);
		if (ret < 0)
			return ret;
		done += ret;
		/* Less than was asked for: the end, unless that was a limit of ours */
	} while (ret == MOVE_MAX && done < length);
	return done;
}

EXPORT int isle_fs_write(struct isle_fs *fs, const char *path, uint64_t offset, const void *buffer,
			 size_t length)
{
	size_t done = 0;
	ssize_t ret;

	do {
		ret = move(fs, ISLE_FS_WRITE, path, offset + done, (const char *)buffer + done,
			   length - done);
		if (ret < 0)
			return ret;
		done += ret;
	} while (done < length);
	return 0;
}

EXPORT int isle_fs_sync(struct isle_fs *fs)
{
	int rc;

	do {
		rc = fsync(fs->fd);
	} while (rc && errno == EINTR);
	return rc ? -errno : 0;
}
