// SPDX-License-Identifier: GPL-2.0
/*
 * Block devices: making one, and reading, writing and flushing through its
 * file.
 *
 * What a request may be is decided here: whole sectors, within the device,
 * not to a read-only one.  Then it goes to the memory or to the backing.  A
 * request to a backing enters the device for as long as it takes: removal
 * knows when the last one has ended, and lets go of the file then.  One to
 * memory need not: its pages are counted, and the array of them is there until
 * the last file is closed.  There is no lock.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "core/domain.h"
#include "core/live.h"
#include "core/name.h"
#include "device/blk.h"
#include "device/memory_copy.h"
#include "device/request.h"
#include "trace.h"

#define MEMORY_MAX	SZ_1T

static const struct isle_device_class blk_class;

static struct isle_blk *file_blk(const struct file *file)
{
	return to_isle_blk(file->private_data);
}

static __always_inline void count_rw(struct isle_blk *blk, bool write, size_t len)
{
	if (write) {
		this_cpu_inc(blk->stats->writes);
		this_cpu_add(blk->stats->write_bytes, len);
	} else {
		this_cpu_inc(blk->stats->reads);
		this_cpu_add(blk->stats->read_bytes, len);
	}
}

/* A copy that stopped inside a sector, at a bad buffer, has not done it. */
static ssize_t whole_sectors(const struct isle_blk *blk, ssize_t done)
{
	if (done <= 0)
		return done;
	done &= ~(ssize_t)(blk->sector_size - 1);
	return done ?: -EFAULT;
}

/*
 * What of a request can be done: a length that is greater than 0, or what the
 * request is answered with.
 */
static __always_inline ssize_t admit(struct isle_blk *blk, bool write, u64 pos, size_t count)
{
	u64 size;

	if (isle_device_dead(&blk->device))
		return -ENODEV;
	if (write && blk->flags & ISLE_BLK_READ_ONLY)
		return -EROFS;
	if ((pos | count) & (blk->sector_size - 1))
		return -EINVAL;
	size = isle_blk_size(blk);
	if (unlikely(pos >= size))
		return write && count ? -ENOSPC : 0;
	return min_t(u64, count, size - pos);
}

static __always_inline ssize_t begin(struct isle_blk *blk, bool write, u64 pos,
				     size_t count)
{
	ssize_t len = admit(blk, write, pos, count);

	if (len > 0) {
		count_rw(blk, write, len);
		trace_isle_blk_begin(&blk->device, write, pos, len);
	}
	return len;
}

static __always_inline ssize_t end(struct isle_blk *blk, bool write, loff_t *pos,
				   ssize_t ret)
{
	if (unlikely(ret < 0) && isle_device_dead(&blk->device))
		ret = -ENODEV;	/* whatever became of it on the way */
	trace_isle_blk_end(&blk->device, write, *pos, ret);
	if (ret > 0)
		*pos += ret;
	return ret;
}

static ssize_t rw_memory(struct isle_blk *blk, struct kiocb *iocb,
			 struct iov_iter *iter, bool write)
{
	ssize_t len = begin(blk, write, iocb->ki_pos, iov_iter_count(iter));

	if (len <= 0)
		return len;
	iov_iter_truncate(iter, len);
	return isle_memory_rw(&blk->memory, iocb->ki_pos, iter, write,
			      iocb->ki_flags & IOCB_NOWAIT);
}

/* The backing's file is there as long as somebody has entered the device. */
static ssize_t rw_backing(struct isle_blk *blk, struct kiocb *iocb,
			  struct iov_iter *iter, bool write)
{
	ssize_t len;

	if (!isle_device_enter(&blk->device))
		return -ENODEV;
	len = begin(blk, write, iocb->ki_pos, iov_iter_count(iter));
	if (len <= 0) {
		isle_device_leave(&blk->device);
		return len;
	}
	iov_iter_truncate(iter, len);
	return isle_backing_rw(&blk->backing, &blk->device, iocb, iter, write);
}

static ssize_t fop_rw(struct kiocb *iocb, struct iov_iter *iter, bool write)
{
	struct isle_blk *blk = file_blk(iocb->ki_filp);
	size_t count = iov_iter_count(iter);
	ssize_t ret;

	if (blk->kind == ISLE_BLK_MEMORY)
		ret = rw_memory(blk, iocb, iter, write);
	else
		ret = rw_backing(blk, iocb, iter, write);
	/* If it is queued, its completion does the rest, or has done it */
	if (ret == -EIOCBQUEUED || !ret)
		return ret;
	/* Give back what was cut off at the end of the device */
	if (ret > 0 && iov_iter_count(iter) + ret < count)
		iov_iter_reexpand(iter, count - ret);
	return end(blk, write, &iocb->ki_pos, whole_sectors(blk, ret));
}

static ssize_t fop_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	return fop_rw(iocb, to, false);
}

static ssize_t fop_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	return fop_rw(iocb, from, true);
}

static ssize_t rw_iocb(struct file *file, void __user *buffer, size_t count,
		       loff_t *pos, bool write)
{
	struct iov_iter iter;
	struct kiocb iocb;
	ssize_t ret;

	init_sync_kiocb(&iocb, file);
	iocb.ki_pos = *pos;
	iov_iter_ubuf(&iter, write ? WRITE : READ, buffer, count);
	ret = fop_rw(&iocb, &iter, write);
	*pos = iocb.ki_pos;
	return ret;
}

/*
 * read(2), pread(2), write(2) and pwrite(2) come here, all others to the _iter
 * forms.  For memory an iocb and an iov_iter would take longer to set up than
 * all else but the copy.
 */
static ssize_t fop_read(struct file *file, char __user *to, size_t count,
			loff_t *pos)
{
	struct isle_blk *blk = file_blk(file);
	ssize_t len, done;

	if (blk->kind != ISLE_BLK_MEMORY)
		return rw_iocb(file, to, count, pos, false);
	len = begin(blk, false, *pos, count);
	if (len <= 0)
		return len;
	done = isle_memory_rw_user(&blk->memory, *pos, to, len, false, false);
	if (unlikely(done != len))
		done = whole_sectors(blk, done);
	return end(blk, false, pos, done);
}

static ssize_t fop_write(struct file *file, const char __user *from,
			 size_t count, loff_t *pos)
{
	struct isle_blk *blk = file_blk(file);
	ssize_t len, done;

	if (blk->kind != ISLE_BLK_MEMORY)
		return rw_iocb(file, (void __user *)from, count, pos, true);
	len = begin(blk, true, *pos, count);
	if (len <= 0)
		return len;
	done = isle_memory_rw_user(&blk->memory, *pos, (void __user *)from, len,
				   true, false);
	if (unlikely(done != len))
		done = whole_sectors(blk, done);
	return end(blk, true, pos, done);
}

static loff_t fop_llseek(struct file *file, loff_t offset, int whence)
{
	u64 size;

	if (!isle_blk_size_now(file_blk(file), &size))
		return -ENODEV;
	return fixed_size_llseek(file, offset, whence, size);
}

/**
 * isle_blk_flush() - make all that was written stable
 * @blk: the device
 *
 * Return: 0, -ENODEV, -EINTR, or the backing's errno.
 */
int isle_blk_flush(struct isle_blk *blk)
{
	if (!isle_device_enter(&blk->device))
		return -ENODEV;
	this_cpu_inc(blk->stats->flushes);
	if (blk->kind == ISLE_BLK_MEMORY || blk->flags & ISLE_BLK_READ_ONLY) {
		isle_device_leave(&blk->device);
		return 0;
	}
	return isle_backing_flush(&blk->backing, &blk->device);
}

static int fop_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	return isle_blk_flush(file_blk(file));
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = fop_read,
	.write = fop_write,
	.read_iter = fop_read_iter,
	.write_iter = fop_write_iter,
	.llseek = fop_llseek,
	.fsync = fop_fsync,
	.poll = isle_device_fop_poll,
	.unlocked_ioctl = isle_blk_ioctl,
	.compat_ioctl = isle_blk_compat_ioctl,
	.release = isle_device_fop_release,
	.show_fdinfo = isle_device_fop_show_fdinfo,
};

static int check_config(const struct isle_blk_config *config)
{
	const u32 flags = ISLE_BLK_READ_ONLY | ISLE_BLK_WRITE_CACHE;
	u32 sector = config->sector_size ?: ISLE_BLK_SECTOR_MIN;

	if (config->flags & ~flags || config->reserved ||
	    !is_power_of_2(sector) || sector < ISLE_BLK_SECTOR_MIN ||
	    sector > ISLE_BLK_SECTOR_MAX)
		return -EINVAL;
	switch (config->backing) {
	case ISLE_BLK_MEMORY:
		if (config->fd || !config->bytes ||
		    config->bytes > MEMORY_MAX ||
		    config->bytes & (sector - 1))
			return -EINVAL;
		return 0;
	case ISLE_BLK_FILE:
	case ISLE_BLK_DEVICE:
		return config->bytes ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

static int init_memory(struct isle_blk *blk, struct isle_domain *domain,
		       const struct isle_blk_config *config)
{
	u64 charge = PAGE_ALIGN(config->bytes);
	int err;

	err = isle_account_charge(&domain->account, ISLE_QUOTA_MEMORY, charge);
	if (err)
		return err;
	err = isle_memory_init(&blk->memory, config->bytes);
	if (err) {
		isle_account_uncharge(&domain->account, ISLE_QUOTA_MEMORY,
				      charge);
		return err;
	}
	blk->sector_size = config->sector_size ?: ISLE_BLK_SECTOR_MIN;
	blk->flags |= ISLE_BLK_DISCARD;
	return 0;
}

static int init_backing(struct isle_blk *blk,
			const struct isle_blk_config *config)
{
	struct isle_backing *backing = &blk->backing;
	int err;

	err = isle_backing_init(backing, config->fd,
				config->backing == ISLE_BLK_DEVICE,
				!(config->flags & ISLE_BLK_READ_ONLY));
	if (err)
		return err;
	backing->cached = config->flags & ISLE_BLK_WRITE_CACHE;
	blk->sector_size = config->sector_size;
	if (!blk->sector_size) {
		blk->sector_size = ISLE_BLK_SECTOR_MIN;
		if (backing->direct && backing->offset_mask < ISLE_BLK_SECTOR_MAX)
			blk->sector_size = max_t(u32, blk->sector_size,
						 backing->offset_mask + 1);
	}
	if (backing->direct)
		blk->flags |= ISLE_BLK_DIRECT;
	if (backing->file->f_op->fallocate)
		blk->flags |= ISLE_BLK_DISCARD;
	return 0;
}

static void end_data(struct isle_blk *blk, struct isle_domain *domain)
{
	if (blk->kind == ISLE_BLK_MEMORY) {
		isle_memory_end(&blk->memory);
		isle_account_uncharge(&domain->account, ISLE_QUOTA_MEMORY,
				      PAGE_ALIGN(blk->memory.bytes));
	} else {
		isle_backing_destroy(&blk->backing);
	}
}

static void destroy_data(struct isle_blk *blk)
{
	if (blk->kind == ISLE_BLK_MEMORY)
		isle_memory_destroy(&blk->memory);
}

static struct isle_device *blk_create(struct isle_domain *domain,
				      const void __user *arg)
{
	struct isle_blk_config config;
	struct isle_blk *blk;
	int err;

	err = isle_copy_struct(&config, sizeof(config),
			       offsetofend(struct isle_blk_config, bytes), arg);
	if (!err)
		err = check_config(&config);
	if (err)
		return ERR_PTR(err);

	blk = kzalloc(sizeof(*blk), GFP_KERNEL_ACCOUNT);
	if (!blk)
		return ERR_PTR(-ENOMEM);
	blk->kind = config.backing;
	blk->flags = config.flags;
	blk->stats = alloc_percpu_gfp(struct isle_blk_stats, GFP_KERNEL_ACCOUNT);
	err = -ENOMEM;
	if (!blk->stats)
		goto err_free;
	if (blk->kind == ISLE_BLK_MEMORY)
		err = init_memory(blk, domain, &config);
	else
		err = init_backing(blk, &config);
	if (err)
		goto err_stats;
	err = isle_device_init(&blk->device, &blk_class, domain);
	if (err)
		goto err_data;
	return &blk->device;

err_data:
	end_data(blk, domain);
	destroy_data(blk);
err_stats:
	free_percpu(blk->stats);
err_free:
	kfree(blk);
	return ERR_PTR(err);
}

static void blk_drained(struct isle_device *device)
{
	end_data(to_isle_blk(device), device->domain);
}

static void blk_release(struct isle_device *device)
{
	struct isle_blk *blk = to_isle_blk(device);

	destroy_data(blk);
	free_percpu(blk->stats);
	kfree(blk);
}

static void blk_show(struct seq_file *m, struct isle_device *device)
{
	static const char * const kinds[] = {
		[ISLE_BLK_MEMORY] = "memory",
		[ISLE_BLK_FILE] = "file",
		[ISLE_BLK_DEVICE] = "device",
	};
	struct isle_blk *blk = to_isle_blk(device);

	seq_printf(m, " bytes=%llu sector_size=%u flags=%#x backing=%s",
		   isle_blk_size(blk), blk->sector_size, blk->flags,
		   kinds[blk->kind]);
	if (blk->kind != ISLE_BLK_MEMORY) {
		seq_putc(m, ':');
		seq_file_path(m, blk->backing.file, "\n\t \\");
	}
}

static const struct isle_device_class blk_class = {
	.id = ISLE_CLASS_BLK,
	.name = "blk",
	.node = {
		.open = isle_device_node_open,
		.get = isle_device_node_get,
		.put = isle_device_node_put,
		.fops = &fops,
		.groups = isle_blk_groups,
	},
	/* io_uring submits without a worker, O_DIRECT is not refused */
	.f_mode = FMODE_NOWAIT | FMODE_CAN_ODIRECT,
	.create = blk_create,
	.drained = blk_drained,
	.release = blk_release,
	.show = blk_show,
};

/**
 * isle_blk_init() - offer block devices
 *
 * Return: 0.
 */
int isle_blk_init(void)
{
	return isle_device_class_register(&blk_class);
}

/**
 * isle_blk_exit() - undo isle_blk_init(); no device is left
 */
void isle_blk_exit(void)
{
	isle_device_class_unregister(&blk_class);
}
