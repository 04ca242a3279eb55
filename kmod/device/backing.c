// SPDX-License-Identifier: GPL-2.0
/*
 * Backings: a regular file or a block device whose data a device offers.
 *
 * The file is the one that the administrator handed over; the device keeps it
 * open.  Requests go to its own read_iter and write_iter in the context of who
 * asks, without a worker between, with the credentials of who opened it, and
 * past the page cache where the file allows it: then the data moves between
 * the disk and the caller's pages directly, or through a bounce if the caller's
 * memory is not aligned.  The page cache serves files that take no direct I/O,
 * and sectors that were chosen smaller than it takes; the file system keeps
 * both ways coherent.
 */
#include <linux/blkdev.h>
#include <linux/cred.h>
#include <linux/falloc.h>
#include <linux/file.h>
#include <linux/sched/signal.h>
#include <linux/stat.h>

#include "core/compat.h"
#include "core/device.h"
#include "core/file.h"
#include "device/backing.h"
#include "device/bdev.h"
#include "device/bounce.h"
#include "device/request.h"

/* Find out whether and how the file takes direct I/O. */
static void probe_direct(struct isle_backing *backing)
{
	struct file *file = backing->file;
	struct kstat stat;
	u32 offset = 0, memory = 0;

	backing->direct = false;
	if (!(file->f_mode & FMODE_CAN_ODIRECT))
		return;
	if (S_ISBLK(file_inode(file)->i_mode)) {
		struct block_device *bdev = I_BDEV(file->f_mapping->host);

		offset = bdev_logical_block_size(bdev);
		memory = bdev_dma_alignment(bdev) + 1;
	} else if (!vfs_getattr(&file->f_path, &stat, STATX_DIOALIGN,
				AT_STATX_SYNC_AS_STAT) &&
		   stat.result_mask & STATX_DIOALIGN) {
		offset = stat.dio_offset_align;
		memory = stat.dio_mem_align;
	} else {
		/* It does not say; what is aligned to pages pleases all */
		offset = PAGE_SIZE;
		memory = PAGE_SIZE;
	}
	if (!is_power_of_2(offset) || !is_power_of_2(memory))
		return;		/* zero: this file does not take it after all */
	backing->direct = true;
	backing->offset_mask = offset - 1;
	backing->memory_mask = memory - 1;
}

/**
 * isle_backing_init() - take a file as a backing
 * @backing: the backing
 * @fd: the caller's descriptor of it
 * @device: whether it has to be a block device; otherwise, a regular file
 * @writable: whether it has to be open for writing
 *
 * Return: 0, -EBADF or -EINVAL.
 */
int isle_backing_init(struct isle_backing *backing, int fd, bool device,
		      bool writable)
{
	fmode_t need = FMODE_READ | FMODE_CAN_READ;
	struct file *file;
	umode_t mode;
	int err;

	if (writable)
		need |= FMODE_WRITE | FMODE_CAN_WRITE;
	file = fget(fd);
	if (!file)
		return -EBADF;
	mode = file_inode(file)->i_mode;
	err = -EINVAL;
	if (device ? !S_ISBLK(mode) : !S_ISREG(mode))
		goto err_put;
	err = -EBADF;
	if ((file->f_mode & need) != need)
		goto err_put;
	err = -EINVAL;
	if (!file->f_op->read_iter || (writable && !file->f_op->write_iter))
		goto err_put;
	backing->file = file;
	probe_direct(backing);
	return 0;

err_put:
	fput(file);
	return err;
}

/**
 * isle_backing_destroy() - let go of the file
 * @backing: the backing
 *
 * See isle_file_put().
 */
void isle_backing_destroy(struct isle_backing *backing)
{
	isle_file_put(backing->file);
}

/*
 * Keep the file system from being frozen while a write is under way.  Who
 * waits for it to thaw can be killed, which sb_start_write() does not offer.
 */
static int keep_thawed(struct isle_request *request, bool nowait)
{
	struct inode *inode = file_inode(request->iocb.ki_filp);

	if (!S_ISREG(inode->i_mode))
		return 0;
	while (!sb_start_write_trylock(inode->i_sb)) {
		if (nowait)
			return -EAGAIN;
		if (schedule_timeout_killable(HZ / 50) &&
		    fatal_signal_pending(current))
			return -EINTR;
	}
	/* Whoever finishes the request releases it, maybe another task */
	isle_kiocb_hand_over(&request->iocb);
	request->guarded = true;
	return 0;
}

/*
 * Call the file's own operation, as the loop driver does: whether this file
 * may be read and written was decided when it was handed over.  File systems
 * look at credentials for quotas and reserves, block devices do not.
 */
static ssize_t submit(struct isle_backing *backing, struct kiocb *iocb,
		      struct iov_iter *iter, bool write)
{
	struct file *file = backing->file;
	const struct cred *old = NULL;
	ssize_t ret;

	if (write && S_ISREG(file_inode(file)->i_mode))
		old = override_creds(file->f_cred);
	if (write)
		ret = file->f_op->write_iter(iocb, iter);
	else
		ret = file->f_op->read_iter(iocb, iter);
	if (old)
		revert_creds(old);
	return ret;
}

static unsigned int iocb_flags_for(const struct isle_backing *backing,
				   const struct kiocb *caller, bool direct,
				   bool write)
{
	/* Of the file's own flags, such as O_APPEND, none counts */
	unsigned int flags = caller->ki_flags & IOCB_NOWAIT;

	if (direct)
		flags |= IOCB_DIRECT;
	if (!write)
		return flags;
	flags |= IOCB_WRITE;
	if (!backing->cached || caller->ki_flags & IOCB_DSYNC)
		flags |= IOCB_DSYNC;
	return flags;
}

/* One request; the caller's entry into the device passes on. */
static ssize_t rw(struct isle_backing *backing, struct isle_device *device,
		  struct kiocb *caller, struct iov_iter *iter,
		  struct isle_bounce *bounce, bool direct, bool write)
{
	struct isle_request *request;
	ssize_t ret;

	request = isle_request_begin(device, caller);
	if (IS_ERR(request))
		return PTR_ERR(request);
	if (bounce) {
		isle_bounce_hold(bounce);
		request->bounce = bounce;
	}
	request->iocb = (struct kiocb) {
		.ki_filp = backing->file,
		.ki_pos = caller->ki_pos,
		.ki_complete = isle_request_complete,
		.ki_flags = iocb_flags_for(backing, caller, direct, write),
		.ki_ioprio = caller->ki_ioprio,
	};
	if (write) {
		ret = keep_thawed(request, caller->ki_flags & IOCB_NOWAIT);
		if (ret)
			return isle_request_submitted(request, ret);
	}
	return isle_request_submitted(request,
				      submit(backing, &request->iocb, iter,
					     write));
}

/* As much of @iter as fits into one bounce, waiting for it. */
static ssize_t rw_bounce(struct isle_backing *backing,
			 struct isle_device *device, struct kiocb *caller,
			 struct iov_iter *iter, bool write)
{
	size_t size = min_t(size_t, iov_iter_count(iter), ISLE_BOUNCE_MAX);
	struct isle_bounce *bounce = isle_bounce_create(size);
	struct iov_iter pages;
	ssize_t ret;

	if (!bounce)
		return -ENOMEM;
	ret = -EFAULT;
	if (write) {
		size = isle_bounce_copy(bounce, iter, size, true);
		size &= ~(size_t)backing->offset_mask;
		if (!size)
			goto out;
	}
	isle_bounce_iter(bounce, &pages, write);
	iov_iter_truncate(&pages, size);
	ret = -ENODEV;
	if (!isle_device_enter(device))
		goto out;
	ret = rw(backing, device, caller, &pages, bounce, true, write);
	if (!write && ret > 0)
		ret = isle_bounce_copy(bounce, iter, ret, false) ?: -EFAULT;
out:
	isle_bounce_put(bounce);
	return ret;
}

/* Piece by piece until one is short. */
static ssize_t rw_bounced(struct isle_backing *backing,
			  struct isle_device *device, struct kiocb *caller,
			  struct iov_iter *iter, bool write)
{
	struct kiocb iocb = {
		.ki_filp = caller->ki_filp,
		.ki_flags = caller->ki_flags,
		.ki_ioprio = caller->ki_ioprio,
		.ki_pos = caller->ki_pos,
	};
	ssize_t sum = 0;
	ssize_t ret;

	do {
		size_t size = min_t(size_t, iov_iter_count(iter),
				    ISLE_BOUNCE_MAX);

		ret = rw_bounce(backing, device, &iocb, iter, write);
		if (ret <= 0)
			break;
		iocb.ki_pos += ret;
		sum += ret;
		if (ret < size)
			break;
	} while (iov_iter_count(iter));
	isle_device_leave(device);
	return sum ?: ret;
}

/**
 * isle_backing_rw() - read or write
 * @backing: the backing
 * @device: whose it is; the caller has entered it, which passes on
 * @caller: the iocb of who asked the device: position, flags, completion
 * @iter: the data, not empty
 * @write: which
 *
 * Context: process; sleeps, unless @caller has IOCB_NOWAIT.
 * Return: as read_iter and write_iter.
 */
ssize_t isle_backing_rw(struct isle_backing *backing,
			struct isle_device *device, struct kiocb *caller,
			struct iov_iter *iter, bool write)
{
	bool direct = backing->direct &&
		!((caller->ki_pos | iov_iter_count(iter)) & backing->offset_mask);
	bool bounce = direct && !isle_iter_is_aligned(iter, backing->memory_mask,
						      backing->offset_mask);

	/* A bounce, and a write through the page cache, may have to wait */
	if (caller->ki_flags & IOCB_NOWAIT &&
	    (!(backing->file->f_mode & FMODE_NOWAIT) || bounce ||
	     (write && !direct))) {
		isle_device_leave(device);
		return -EAGAIN;
	}
	/* The file system would write up to the limit, within a sector */
	if (write && S_ISREG(file_inode(backing->file)->i_mode) &&
	    caller->ki_pos + iov_iter_count(iter) > rlimit(RLIMIT_FSIZE)) {
		isle_device_leave(device);
		return -EFBIG;
	}
	if (bounce)
		return rw_bounced(backing, device, caller, iter, write);
	if (direct && is_sync_kiocb(caller) &&
	    isle_bdev_takes(backing, caller, iter, write))
		return isle_bdev_rw(backing, device, caller, iter, write);
	return rw(backing, device, caller, iter, NULL, direct, write);
}

static int flush(void *ctx, u64 pos, u64 len)
{
	struct isle_backing *backing = ctx;
	const struct cred *old = override_creds(backing->file->f_cred);
	int err = vfs_fsync(backing->file, 0);

	revert_creds(old);
	return err;
}

/**
 * isle_backing_flush() - make what was written stable
 * @backing: the backing
 * @device: whose it is; the caller has entered it, which passes on
 *
 * Return: 0 or a negative errno.
 */
int isle_backing_flush(struct isle_backing *backing, struct isle_device *device)
{
	return isle_request_call(device, flush, backing, 0, 0);
}

static int allocate(struct isle_backing *backing, int mode, u64 pos, u64 len)
{
	const struct cred *old = override_creds(backing->file->f_cred);
	int err = vfs_fallocate(backing->file, mode | FALLOC_FL_KEEP_SIZE,
				pos, len);

	if (!err && !backing->cached)
		err = vfs_fsync(backing->file, 0);
	revert_creds(old);
	return err;
}

static int discard(void *ctx, u64 pos, u64 len)
{
	return allocate(ctx, FALLOC_FL_PUNCH_HOLE, pos, len);
}

/* As writing zeroes would: allocated if the file can say so. */
static int zero(void *ctx, u64 pos, u64 len)
{
	int err = allocate(ctx, FALLOC_FL_ZERO_RANGE, pos, len);

	return err == -EOPNOTSUPP ? discard(ctx, pos, len) : err;
}

/**
 * isle_backing_discard() - give a range back; it reads as zeroes
 * @backing: the backing
 * @device: whose it is; the caller has entered it, which passes on
 * @pos: where; whole sectors, within the device
 * @len: how much, not 0
 *
 * Return: 0, -EOPNOTSUPP if the backing has no such thing, or its errno.
 */
int isle_backing_discard(struct isle_backing *backing,
			 struct isle_device *device, u64 pos, u64 len)
{
	return isle_request_call(device, discard, backing, pos, len);
}

/**
 * isle_backing_zero() - make a range zeroes
 * @backing: the backing
 * @device: whose it is; the caller has entered it, which passes on
 * @pos: where; whole sectors, within the device
 * @len: how much, not 0
 *
 * Return: 0, -EOPNOTSUPP if the backing has no such thing, or its errno.
 */
int isle_backing_zero(struct isle_backing *backing, struct isle_device *device,
		      u64 pos, u64 len)
{
	return isle_request_call(device, zero, backing, pos, len);
}
