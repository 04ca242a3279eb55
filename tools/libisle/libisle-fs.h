/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libisle: devices with files and directories, from C; isle_fs(3)
 *
 * Comes with libisle.h, whose rules on errors, ownership and structs hold here
 * too.  Every call names a file by its path, as isle/fs.h says; nothing stays
 * open between two calls.  The calls wait for the file system beneath the
 * device.
 *
 * Threads.  Any number of threads may use a handle at the same time, except to
 * close it.
 *
 * Errors, besides those that are said at a call (isle/fs.h tells when):
 * -ENOTDIR	a file stands where a directory is needed
 * -EISDIR	a directory stands where a file is needed
 * -ENOENT	there is no such file or directory
 * -ENOSPC	the device is full
 * -EMEDIUMTYPE	the device is not formatted
 * -EROFS	the device is read-only
 * -EBUSY	the device is being formatted
 * -EINVAL, -ENAMETOOLONG, -ELOOP, -EXDEV, -EOPNOTSUPP	the path is none that
 *		the device takes
 * -ENODEV	the device was removed
 * -EIO, or any errno of the file system or its disk
 */
#ifndef LIBISLE_FS_H
#define LIBISLE_FS_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <isle/fs.h>

#ifdef __cplusplus
extern "C" {
#endif

struct isle_control;
struct isle_domain;
struct isle_fs;

/**
 * isle_control_fs_add() - give a domain a device with files
 * @config: @config->size is sizeof(struct isle_fs_config); see isle/fs.h
 * @unique: NULL, or set to the device's number
 *
 * As isle_control_device_add().
 */
int isle_control_fs_add(struct isle_control *control, uint32_t domid, const char *name,
			const struct isle_fs_config *config, uint64_t *unique);

/**
 * isle_fs_open() - connect to a device of "self"
 * @name: its name, or a path with a '/' of any device's node
 * @flags: ISLE_OPEN_READ, ISLE_OPEN_WRITE, or both
 *
 * -ENOENT, -EACCES: as open(2).  -ENOTTY: that path is no fs device.
 */
int isle_fs_open(const char *name, uint32_t flags, struct isle_fs **fs);

/** isle_fs_open_in() - the same for a device of @domain, without its node */
int isle_fs_open_in(struct isle_domain *domain, const char *name, uint32_t flags,
		    struct isle_fs **fs);

/** isle_fs_from_fd() - make a handle of an fs device's file; takes it over */
int isle_fs_from_fd(int fd, struct isle_fs **fs);

/** isle_fs_close() - disconnect (DEVICE.disconnect: never an error) */
void isle_fs_close(struct isle_fs *fs);

int isle_fs_fd(const struct isle_fs *fs);

/** isle_fs_get_id() - what the device was connected to by (DEVICE.id) */
int isle_fs_get_id(struct isle_fs *fs, struct isle_device_id *id);

/** isle_fs_get_info() - backing, type, state, sizes */
int isle_fs_get_info(struct isle_fs *fs, struct isle_fs_info *info);

/**
 * isle_fs_format() - throw everything away and make an empty file system
 * @bytes: its size; 0: as large as the device can hold (FS.format)
 *
 * -EOPNOTSUPP: the administrator has not allowed it.  -ENOSPC: the device is
 * smaller.  -EBUSY: somebody formats it already.  -ENOEXEC, -EIO, -ETIMEDOUT:
 * the administrator's helper could not be started, has failed, took too long.
 * -EINTR: a fatal signal; the format goes on.
 */
int isle_fs_format(struct isle_fs *fs, uint64_t bytes);

/** isle_fs_create() - make an empty file (FS.create); -EEXIST */
int isle_fs_create(struct isle_fs *fs, const char *path);

/** isle_fs_mkdir() - make an empty directory (FS.mkdir); -EEXIST */
int isle_fs_mkdir(struct isle_fs *fs, const char *path);

/** isle_fs_destroy() - remove a file or an empty directory (FS.destroy); -ENOTEMPTY */
int isle_fs_destroy(struct isle_fs *fs, const char *path);

/**
 * struct isle_fs_attributes - what isle_fs_stat() tells
 * @size: sizeof(struct isle_fs_attributes)
 * @directory: 1 for a directory, 0 for a file
 * @read_only: 1 if it cannot be changed
 * @reserved: zero
 * @bytes: its size
 * @filename: its name within its directory, as it was asked for; "" for the
 *	root
 */
struct isle_fs_attributes {
	uint32_t size;
	uint32_t directory;
	uint32_t read_only;
	uint32_t reserved;
	uint64_t bytes;
	char filename[ISLE_FS_NAME_MAX + 1];
};

/** isle_fs_stat() - ask about a file or a directory (FS.stat) */
int isle_fs_stat(struct isle_fs *fs, const char *path, struct isle_fs_attributes *attributes);

/** isle_fs_size() - the size of a file (FS.size); -EISDIR */
int isle_fs_size(struct isle_fs *fs, const char *path, uint64_t *bytes);

/**
 * isle_fs_list() - the entries of a directory, part by part (FS.listdir)
 * @cookie: *@cookie is 0 to begin; each call moves it on
 * @buffer: for entries, at least 264 bytes, aligned to 8; larger is faster
 *
 * Returns how many bytes of entries there are now, 0 if there are no more.
 * They follow one another:
 *
 *	for (p = buffer; p < buffer + n; p += ((struct isle_fs_entry *)p)->length)
 */
ssize_t isle_fs_list(struct isle_fs *fs, const char *path, uint64_t *cookie, void *buffer,
		     size_t length);

/**
 * isle_fs_listdir() - call a function with every entry of a directory
 * @fn: what to call; it may use the handle.  If it does not return 0 the
 *	listing ends, with what it returned.
 *
 * Memory: some tens of kilobytes, however many entries there are.
 */
int isle_fs_listdir(struct isle_fs *fs, const char *path,
		    int (*fn)(void *arg, const struct isle_fs_entry *entry), void *arg);

/**
 * isle_fs_read() - read part of a file (FS.read)
 *
 * Returns how many bytes; fewer than @length mean the end of the file.
 */
ssize_t isle_fs_read(struct isle_fs *fs, const char *path, uint64_t offset, void *buffer,
		     size_t length);

/**
 * isle_fs_write() - write part of a file, all of @length (FS.write)
 *
 * 0, or an error, before which a part may have been written.  -EFBIG: beyond
 * what the file system allows.
 */
int isle_fs_write(struct isle_fs *fs, const char *path, uint64_t offset, const void *buffer,
		  size_t length);

/** isle_fs_sync() - waits until all that was changed is on stable storage */
int isle_fs_sync(struct isle_fs *fs);

#ifdef __cplusplus
}
#endif

#endif /* LIBISLE_FS_H */
