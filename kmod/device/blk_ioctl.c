// SPDX-License-Identifier: GPL-2.0
/*
 * ioctls of a block device's file: isle's own, and those by which programs
 * ask any disk for its size and sectors, so that existing tools work.
 */
#include <linux/compat.h>
#include <linux/fs.h>
#include <linux/uaccess.h>

#include "core/name.h"
#include "device/blk.h"

static int info(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_blk *blk = to_isle_blk(file->private_data);
	struct isle_blk_info *info = arg;
	u64 size;

	if (!isle_is_zero(&info->flags, sizeof(*info) - sizeof(info->size)))
		return -EINVAL;
	if (!isle_blk_size_now(blk, &size))
		return -ENODEV;
	info->flags = blk->flags;
	info->sector_size = blk->sector_size;
	info->backing = blk->kind;
	info->size_sectors = div_u64(size, blk->sector_size);
	return 0;
}

static const struct isle_ioctl ioctls[] = {
	ISLE_IOCTL(ISLE_DEVICE_ID, isle_device_id, name, isle_device_ioctl_id),
	ISLE_IOCTL(ISLE_BLK_INFO, isle_blk_info, size_sectors, info),
};

/* BLKDISCARD and BLKZEROOUT: @arg has {start, length} in bytes. */
static int range(struct file *file, unsigned int cmd, const u64 __user *arg)
{
	struct isle_blk *blk = to_isle_blk(file->private_data);
	u64 se[2], size;
	int err;

	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (blk->flags & ISLE_BLK_READ_ONLY)
		return -EROFS;
	if (copy_from_user(se, arg, sizeof(se)))
		return -EFAULT;
	if ((se[0] | se[1]) & (blk->sector_size - 1))
		return -EINVAL;

	if (!isle_device_enter(&blk->device))
		return -ENODEV;
	size = isle_blk_size(blk);
	err = -EINVAL;
	if (se[0] > size || se[1] > size - se[0])
		goto out;
	this_cpu_inc(blk->stats->discards);
	err = 0;
	if (!se[1])
		goto out;
	if (blk->kind == ISLE_BLK_MEMORY) {
		err = isle_memory_discard(&blk->memory, se[0], se[1]);
		goto out;
	}
	if (cmd == BLKZEROOUT)
		return isle_backing_zero(&blk->backing, &blk->device,
					 se[0], se[1]);
	return isle_backing_discard(&blk->backing, &blk->device, se[0], se[1]);
out:
	isle_device_leave(&blk->device);
	return err;
}

static long disk_ioctl(struct file *file, unsigned int cmd, void __user *arg)
{
	struct isle_blk *blk = to_isle_blk(file->private_data);
	u64 size;

	if (!isle_blk_size_now(blk, &size))
		return -ENODEV;
	switch (cmd) {
	case BLKGETSIZE64:
		return put_user(size, (u64 __user *)arg);
	case BLKGETSIZE:
		if (size >> 9 > ULONG_MAX)
			return -EFBIG;
		return put_user(size >> 9, (unsigned long __user *)arg);
	case BLKBSZGET:
		return put_user(blk->sector_size, (int __user *)arg);
	case BLKSSZGET:
		return put_user(blk->sector_size, (int __user *)arg);
	case BLKPBSZGET:
	case BLKIOMIN:
		return put_user(blk->sector_size, (unsigned int __user *)arg);
	case BLKIOOPT:
		return put_user(0, (unsigned int __user *)arg);
	case BLKALIGNOFF:
		return put_user(0, (int __user *)arg);
	case BLKROGET:
		return put_user(!!(blk->flags & ISLE_BLK_READ_ONLY),
				(int __user *)arg);
	case BLKFLSBUF:
		return isle_blk_flush(blk);
	case BLKDISCARD:
	case BLKZEROOUT:
		return range(file, cmd, arg);
	default:
		return isle_ioctl(ioctls, ARRAY_SIZE(ioctls), file, cmd, arg);
	}
}

/**
 * isle_blk_ioctl() - unlocked_ioctl of a block device's file
 * @file: the file
 * @cmd: the command
 * @arg: its argument
 *
 * Return: 0 or a negative errno; -ENODEV after removal.
 */
long isle_blk_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return disk_ioctl(file, cmd, (void __user *)arg);
}

#ifdef CONFIG_COMPAT
/* Two of the disk's commands have the size of a type in their numbers. */
#define BLKBSZGET_32	_IOR(0x12, 112, int)
#define BLKGETSIZE64_32	_IOR(0x12, 114, int)

/**
 * isle_blk_compat_ioctl() - the same for 32-bit programs
 * @file: the file
 * @cmd: the command
 * @arg: its argument
 *
 * Return: as isle_blk_ioctl().
 */
long isle_blk_compat_ioctl(struct file *file, unsigned int cmd,
			   unsigned long arg)
{
	struct isle_blk *blk = to_isle_blk(file->private_data);
	void __user *uarg = compat_ptr(arg);
	u64 size;

	switch (cmd) {
	case BLKBSZGET_32:
		return disk_ioctl(file, BLKBSZGET, uarg);
	case BLKGETSIZE64_32:
		return disk_ioctl(file, BLKGETSIZE64, uarg);
	case BLKGETSIZE:
		if (!isle_blk_size_now(blk, &size))
			return -ENODEV;
		if (size >> 9 > U32_MAX)
			return -EFBIG;
		return put_user(size >> 9, (compat_ulong_t __user *)uarg);
	default:
		return disk_ioctl(file, cmd, uarg);
	}
}
#endif
