/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_FS_H
#define ISLE_DEVICE_FS_H

#include <linux/cred.h>
#include <linux/errseq.h>
#include <linux/llist.h>
#include <linux/path.h>
#include <linux/percpu-refcount.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>
#include <isle/fs.h>

#include "core/device.h"
#include "device/fs_cache.h"

/**
 * struct isle_fs - a device with files and directories
 * @device: what every device begins with
 * @flags: ISLE_FS_READ_ONLY, ISLE_FS_CAN_FORMAT (constant)
 * @backing: where the files are (constant)
 * @type: enum isle_fs_type, or 0 (constant)
 * @file: the directory or the block device as the administrator opened it;
 *	there as long as somebody has entered the device
 * @cred: with whose rights all is done: those that the administrator had when
 *	opening @file, except that writing takes a file's set-user-ID away;
 *	there as long as @file
 * @helper: program that makes a file system, or NULL (constant)
 * @timeout_s: how long a format may take (constant)
 * @users: of an image: calls that use @root, and files that are about to be
 *	closed; dead while there is no root
 * @state: why there is none, a negative errno; written by who formats
 * @root: the device's root directory; for an image, @mnt's, there as long as
 *	@users is held; for a directory, with references of its own
 * @mnt: the mounted image; used by who mounts and unmounts, one at a time
 * @idle: @users has come to its end; set by its release, reset by who formats
 * @formatting: somebody does (atomic)
 * @wb_lock: protects @wb_error
 * @wb_error: errors of writing back to the file system of @root that fsync()
 *	has told; also written by who mounts, when there is no root
 * @cache: open files
 */
struct isle_fs {
	struct isle_device device;
	u32 flags;
	enum isle_fs_backing backing;
	u32 type;
	struct file *file;
	const struct cred *cred;
	char *helper;
	unsigned int timeout_s;

	struct percpu_ref users;
	int state;
	struct path root;
	struct vfsmount *mnt;
	bool idle;
	atomic_t formatting;

	spinlock_t wb_lock;	/* see above */
	errseq_t wb_error;

	struct isle_fs_cache cache;
};

static inline struct isle_fs *to_isle_fs(struct isle_device *device)
{
	return container_of(device, struct isle_fs, device);
}

/**
 * isle_fs_enter() - begin a call that needs the root
 * @fs: the device
 *
 * Context: any.
 * Return: 0, -ENODEV, or why there is no root.
 */
static inline int isle_fs_enter(struct isle_fs *fs)
{
	int err;

	if (!isle_device_enter(&fs->device))
		return -ENODEV;
	/* A directory is there as long as the device */
	if (fs->backing == ISLE_FS_DIR ||
	    likely(percpu_ref_tryget_live(&fs->users)))
		return 0;
	/* It may have come back meanwhile: then it was busy a moment ago */
	err = READ_ONCE(fs->state) ?: -EBUSY;
	isle_device_leave(&fs->device);
	return err;
}

/**
 * isle_fs_leave() - end such a call
 * @fs: the device
 *
 * Context: any.
 */
static inline void isle_fs_leave(struct isle_fs *fs)
{
	if (fs->backing == ISLE_FS_IMAGE)
		percpu_ref_put(&fs->users);
	isle_device_leave(&fs->device);
}

/* fs_tree.c */
int isle_fs_create(struct isle_fs *fs, const struct isle_fs_path *arg);
int isle_fs_mkdir(struct isle_fs *fs, const struct isle_fs_path *arg);
int isle_fs_destroy(struct isle_fs *fs, const struct isle_fs_path *arg);
int isle_fs_stat(struct isle_fs *fs, struct isle_fs_stat *arg);

/* fs_list.c */
int isle_fs_list(struct isle_fs *fs, struct isle_fs_list *arg);

/* fs_rw.c */
ssize_t isle_fs_read(struct isle_fs *fs, const struct isle_fs_rw *arg);
ssize_t isle_fs_write(struct isle_fs *fs, const struct isle_fs_rw *arg);
int isle_fs_wait_thawed(struct super_block *sb);

/* fs_format.c */
int isle_fs_format(struct isle_fs *fs, u64 bytes);

/* fs_ioctl.c */
long isle_fs_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* fs_sysfs.c */
extern const struct attribute_group *isle_fs_groups[];

int isle_fs_init(void);
void isle_fs_exit(void);

#endif /* ISLE_DEVICE_FS_H */
