// SPDX-License-Identifier: GPL-2.0
/*
 * Formatting an fs device.
 *
 * One at a time, in a worker, so that a fatal signal ends the caller's wait and
 * nothing else. The steps: no call begins any more (EBUSY); those that have
 * begun end; the image is unmounted; the helper makes a file system; what is
 * there then is mounted, and calls begin again. Removal of the device cuts
 * every wait short and has the helper killed; it waits until the worker is
 * done, because that has entered the device.
 *
 * There is no lock: @formatting lets one in, and whoever is in may change
 * @state and the mount.
 */
#include <linux/blkdev.h>
#include <linux/jiffies.h>

#include "core/wait.h"
#include "device/fs.h"
#include "device/fs_helper.h"
#include "device/fs_volume.h"
#include "device/request.h"

/* Let calls begin again on what is mounted. */
static void resume(struct isle_fs *fs)
{
	WRITE_ONCE(fs->state, 0);
	percpu_ref_resurrect(&fs->users);
}

/* Have all calls end, and no more begin. */
static int quiesce(struct isle_fs *fs)
{
	ktime_t deadline = isle_deadline((s64)fs->timeout_s * NSEC_PER_SEC);
	int err;

	if (!fs->mnt)
		return 0;	/* there are none */
	WRITE_ONCE(fs->idle, false);
	WRITE_ONCE(fs->state, -EBUSY);
	percpu_ref_kill(&fs->users);
	err = isle_wait_until(fs->device.wait,
			      READ_ONCE(fs->idle) ||
			      isle_device_dead(&fs->device), deadline);
	if (!err && !READ_ONCE(fs->idle))
		err = -ENODEV;
	if (err)
		resume(fs);
	return err;
}

static int format_volume(struct isle_fs *fs, u64 bytes)
{
	int err, mounted;

	if (isle_device_dead(&fs->device))
		return -ENODEV;
	if (isle_fs_volume_shared(fs))
		return -EBUSY;
	err = quiesce(fs);
	if (err)
		return err;
	/* That can have taken long */
	if (isle_fs_volume_shared(fs)) {
		resume(fs);
		return -EBUSY;
	}
	WRITE_ONCE(fs->state, -EBUSY);
	isle_fs_volume_unmount(fs);
	err = isle_fs_helper_run(fs, bytes,
				 jiffies + (unsigned long)fs->timeout_s * HZ);
	/* Whatever became of it: what is there now? */
	mounted = isle_fs_volume_mount(fs);
	return err ?: mounted;
}

/* For isle_request_call(). */
static int format(void *ctx, u64 bytes, u64 unused)
{
	struct isle_fs *fs = ctx;
	int err;

	/* Pairs with the release below */
	if (atomic_cmpxchg_acquire(&fs->formatting, 0, 1))
		return -EBUSY;
	err = format_volume(fs, bytes);
	atomic_set_release(&fs->formatting, 0);
	return err;
}

/**
 * isle_fs_format() - make an empty file system on a device
 * @fs: the device
 * @bytes: its size; 0: all of the block device
 *
 * Context: process; sleeps, killable.
 * Return: 0 or what isle/fs.h says.
 */
int isle_fs_format(struct isle_fs *fs, u64 bytes)
{
	u64 room;
	int err;

	if (!isle_device_enter(&fs->device))
		return -ENODEV;
	err = -EROFS;
	if (fs->flags & ISLE_FS_READ_ONLY)
		goto out;
	err = -EOPNOTSUPP;
	if (!(fs->flags & ISLE_FS_CAN_FORMAT))
		goto out;
	room = bdev_nr_bytes(I_BDEV(fs->file->f_mapping->host));
	err = -ENOSPC;
	if (bytes > room)
		goto out;
	/* Our entry into the device passes on */
	return isle_request_call(&fs->device, format, fs, bytes ?: room, 0);
out:
	isle_device_leave(&fs->device);
	return err;
}
