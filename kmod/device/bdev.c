// SPDX-License-Identifier: GPL-2.0
/*
 * Small synchronous requests to a block device: a bio of our own.
 *
 * The block device's own file serves a synchronous request on its caller's
 * stack, where no signal can end the wait, and an asynchronous one with memory
 * of its own that costs as much again as all we add.  A bio of our own
 * costs neither: who waits can be killed, and the request goes on.
 *
 * What the file does besides is left out where it has nothing to do, and
 * isle_bdev_takes() sends everything else the usual way: the page cache has
 * nothing to write back before a read, and nothing at all before a write.
 * Pages that come into it during a write are dropped afterwards.
 */
#include <linux/bio.h>
#include <linux/blkdev.h>
#include <linux/pagemap.h>
#include <linux/task_io_accounting_ops.h>
#include <linux/uio.h>

#include "core/compat.h"
#include "core/device.h"
#include "core/spare.h"
#include "device/backing.h"
#include "device/bdev.h"
#include "device/request.h"

/* Pages that a request can have */
#define ISLE_BDEV_VECS	4

/**
 * struct isle_pio - what a request needs for it
 * @bio: what the block device is given
 * @vecs: its pages
 * @dirty: they are to be marked dirty afterwards
 */
struct isle_pio {
	struct bio bio;
	struct bio_vec vecs[ISLE_BDEV_VECS];
	bool dirty;
};

static struct isle_spare pios;

/**
 * isle_bdev_takes() - whether isle_bdev_rw() is for a request
 * @backing: takes direct I/O
 * @caller: the iocb of who asked, synchronous
 * @iter: the data; aligned
 * @write: which
 *
 * Return: true if it is.
 */
bool isle_bdev_takes(struct isle_backing *backing, struct kiocb *caller,
		     struct iov_iter *iter, bool write)
{
	struct address_space *mapping = backing->file->f_mapping;

	if (!ISLE_BIO_FROM_ITER || !S_ISBLK(mapping->host->i_mode) ||
	    caller->ki_flags & (IOCB_NOWAIT | IOCB_HIPRI) ||
	    iov_iter_npages(iter, ISLE_BDEV_VECS + 1) > ISLE_BDEV_VECS)
		return false;
	if (!write)
		return !READ_ONCE(mapping->nrpages) ||
		       !(mapping_tagged(mapping, PAGECACHE_TAG_DIRTY) ||
			 mapping_tagged(mapping, PAGECACHE_TAG_WRITEBACK));
	return backing->cached && !(caller->ki_flags & IOCB_DSYNC) &&
	       !READ_ONCE(mapping->nrpages) &&
	       !bdev_read_only(I_BDEV(mapping->host));
}

static void release(struct isle_request *request)
{
	struct address_space *mapping = request->iocb.ki_filp->f_mapping;
	struct isle_pio *pio = request->pio;

	bio_release_pages(&pio->bio, pio->dirty);
	bio_uninit(&pio->bio);
	isle_spare_give(&pios, pio);
	if (request->iocb.ki_flags & IOCB_WRITE && READ_ONCE(mapping->nrpages))
		invalidate_inode_pages2_range(mapping,
					      request->pos >> PAGE_SHIFT,
					      (request->pos + request->len - 1)
					      >> PAGE_SHIFT);
}

static void done(struct bio *bio)
{
	struct isle_request *request = bio->bi_private;

	isle_request_complete(&request->iocb,
			      bio->bi_status ?
			      blk_status_to_errno(bio->bi_status) :
			      request->len);
}

/**
 * isle_bdev_rw() - read or write what isle_bdev_takes()
 * @backing: the backing
 * @device: whose it is; the caller has entered it, which passes on
 * @caller: the iocb of who asked the device
 * @iter: the data
 * @write: which
 *
 * Context: process; sleeps.
 * Return: how much, or a negative errno.
 */
ssize_t isle_bdev_rw(struct isle_backing *backing, struct isle_device *device,
		     struct kiocb *caller, struct iov_iter *iter, bool write)
{
	struct block_device *bdev = I_BDEV(backing->file->f_mapping->host);
	struct isle_request *request = isle_request_begin(device, caller);
	struct isle_pio *pio;
	struct bio *bio;
	int err;

	if (IS_ERR(request))
		return PTR_ERR(request);
	request->iocb.ki_filp = backing->file;
	request->iocb.ki_flags = write ? IOCB_WRITE : 0;

	pio = isle_spare_take(&pios, GFP_KERNEL);
	if (!pio)
		return isle_request_submitted(request, -ENOMEM);
	bio = &pio->bio;
	bio_init(bio, bdev, pio->vecs, ISLE_BDEV_VECS,
		 write ? REQ_OP_WRITE | REQ_SYNC | REQ_IDLE : REQ_OP_READ);
	bio->bi_iter.bi_sector = caller->ki_pos >> SECTOR_SHIFT;
	bio->bi_ioprio = caller->ki_ioprio;
	bio->bi_end_io = done;
	bio->bi_private = request;
	err = isle_bio_from_iter(bio, iter);
	if (err) {
		bio_uninit(bio);
		isle_spare_give(&pios, pio);
		return isle_request_submitted(request, err);
	}
	pio->dirty = !write && user_backed_iter(iter);
	request->pio = pio;
	request->pos = caller->ki_pos;
	request->len = bio->bi_iter.bi_size;
	request->release = release;
	if (write)
		task_io_account_write(request->len);
	submit_bio(bio);
	return isle_request_submitted(request, -EIOCBQUEUED);
}

/**
 * isle_bdev_init() - set up what all such requests share
 *
 * Return: 0 or -ENOMEM.
 */
int isle_bdev_init(void)
{
	return isle_spare_init(&pios, "isle_pio", sizeof(struct isle_pio));
}

/**
 * isle_bdev_exit() - undo isle_bdev_init(); no request is left
 */
void isle_bdev_exit(void)
{
	isle_spare_exit(&pios);
}
