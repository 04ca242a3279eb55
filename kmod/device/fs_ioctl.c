// SPDX-License-Identifier: GPL-2.0
/*
 * ioctls of an fs device's file: the table, what the file must have been opened
 * for, and what the device says of itself.
 */
#include <linux/blkdev.h>
#include <linux/fs.h>
#include <linux/statfs.h>
#include <linux/uaccess.h>

#include "core/name.h"
#include "device/fs.h"

static struct isle_fs *file_fs(const struct file *file)
{
	return to_isle_fs(file->private_data);
}

/* What of the info is only there when there is a file system. */
static int fill_sizes(struct isle_fs *fs, struct isle_fs_info *info)
{
	struct kstatfs stat;
	int err = vfs_statfs(&fs->root, &stat);

	if (err)
		return err;
	info->block_size = stat.f_bsize;
	info->bytes = stat.f_blocks * stat.f_bsize;
	info->free_bytes = stat.f_bavail * stat.f_bsize;
	return 0;
}

static int info(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_fs *fs = file_fs(file);
	struct isle_fs_info *info = arg;
	int err;

	if (!isle_is_zero(&info->flags, sizeof(*info) - sizeof(info->size)))
		return -EINVAL;
	if (!isle_device_enter(&fs->device))
		return -ENODEV;
	info->flags = fs->flags;
	info->backing = fs->backing;
	info->type = fs->type;
	if (fs->backing == ISLE_FS_IMAGE)
		info->device_bytes = bdev_nr_bytes(I_BDEV(fs->file->f_mapping->host));
	err = isle_fs_enter(fs);
	if (!err) {
		err = fill_sizes(fs, info);
		isle_fs_leave(fs);
	} else if (err != -ENODEV) {
		info->state = -err;
		err = 0;
	}
	isle_device_leave(&fs->device);
	return err;
}

static int format(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_fs_format *format = arg;

	if (format->flags)
		return -EINVAL;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	return isle_fs_format(file_fs(file), format->bytes);
}

#define FS_CALL(_name, _mode)						\
static int _name(struct file *file, void *arg, struct isle_reply *reply) \
{									\
	if (!(file->f_mode & (_mode)))					\
		return -EBADF;						\
	return isle_fs_##_name(file_fs(file), arg);			\
}

FS_CALL(create, FMODE_WRITE)
FS_CALL(mkdir, FMODE_WRITE)
FS_CALL(destroy, FMODE_WRITE)
FS_CALL(stat, FMODE_READ)
FS_CALL(list, FMODE_READ)
FS_CALL(read, FMODE_READ)
FS_CALL(write, FMODE_WRITE)

static const struct isle_ioctl ioctls[] = {
	ISLE_IOCTL(ISLE_FS_READ, isle_fs_rw, length, read),
	ISLE_IOCTL(ISLE_FS_WRITE, isle_fs_rw, length, write),
	ISLE_IOCTL(ISLE_FS_STAT, isle_fs_stat, bytes, stat),
	ISLE_IOCTL(ISLE_FS_LIST, isle_fs_list, count, list),
	ISLE_IOCTL(ISLE_FS_CREATE, isle_fs_path, reserved, create),
	ISLE_IOCTL(ISLE_FS_MKDIR, isle_fs_path, reserved, mkdir),
	ISLE_IOCTL(ISLE_FS_DESTROY, isle_fs_path, reserved, destroy),
	ISLE_IOCTL(ISLE_FS_FORMAT, isle_fs_format, bytes, format),
	ISLE_IOCTL(ISLE_FS_INFO, isle_fs_info, device_bytes, info),
	ISLE_IOCTL(ISLE_DEVICE_ID, isle_device_id, name, isle_device_ioctl_id),
};

/*
 * Reading and writing by the struct of this very version, which is what nearly
 * all calls are: without the generality of the table, which takes a tenth of
 * such a call. Other sizes come by the table.
 */
static long rw(struct file *file, bool writes, const void __user *arg)
{
	struct isle_fs_rw rw;

	if (copy_from_user(&rw, arg, sizeof(rw)))
		return -EFAULT;
	if (rw.size != sizeof(rw))
		return -EINVAL;
	return writes ? write(file, &rw, NULL) : read(file, &rw, NULL);
}

/**
 * isle_fs_ioctl() - unlocked_ioctl of an fs device's file
 * @file: the file
 * @cmd: the command
 * @arg: its argument
 *
 * Return: 0, how many bytes were moved, or a negative errno; -ENODEV after
 * removal.
 */
long isle_fs_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	/* These enter the device soon enough */
	if (cmd == ISLE_FS_READ || cmd == ISLE_FS_WRITE)
		return rw(file, cmd == ISLE_FS_WRITE, (void __user *)arg);
	if (isle_device_dead(file->private_data))
		return -ENODEV;
	return isle_ioctl(ioctls, ARRAY_SIZE(ioctls), file, cmd,
			  (void __user *)arg);
}
