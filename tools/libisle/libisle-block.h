/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libisle: BLOCK of the module types V1, under its own names; isle_block(3)
 *
 * Comes with libisle.h, whose rules hold here too.  A block device is a struct
 * isle_blk, and every call of isle_blk(3) works on it: these are the names and
 * the errors that the module type has, isle_blk_*() is what there is besides.
 *
 * What a read or write fails with:
 * -EOPNOTSUPP	`Unimplemented: nothing was written
 * -EROFS	`Is_read_only: nothing was written
 * -ENODEV	`Disconnected: the device was removed; an unknown amount of data
 *		was written
 * -EINVAL, -ENOSPC, -EFAULT, -EDQUOT	`Unknown: see isle_blk_atomic_read()
 * -EIO, others	`Unknown: the backing failed; an unknown amount was written
 */
#ifndef LIBISLE_BLOCK_H
#define LIBISLE_BLOCK_H

#include <stdint.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct isle_blk;
struct isle_domain;
struct isle_device_id;
struct isle_queue;

/**
 * struct isle_block_info - characteristics of a block device (BLOCK.info)
 * @read_write: 1: it can be written to; 0: it can only be read
 * @sector_size: bytes of a sector
 * @size_sectors: sectors of the device; may grow
 */
struct isle_block_info {
	int read_write;
	uint32_t sector_size;
	uint64_t size_sectors;
};

/**
 * isle_block_connect() - connect to a block device (DEVICE.connect)
 * @domain: whose it is; NULL: of the one that "islectl run" put the caller in
 * @name: the device's name; without a @domain it may be the path of its node
 *
 * For reading and writing; where the node's permissions allow reading only,
 * for that: isle_block_get_info() tells.  Errors: as isle_blk_open().
 */
int isle_block_connect(struct isle_domain *domain, const char *name, struct isle_blk **block);

/**
 * isle_block_disconnect() - let go of it (DEVICE.disconnect: never an error)
 *
 * Requests that are scheduled end with -ENODEV; those that have started run to
 * their end.
 */
void isle_block_disconnect(struct isle_blk *block);

/** isle_block_id() - what the device is called, unique since boot (DEVICE.id) */
int isle_block_id(struct isle_blk *block, struct isle_device_id *id);

/** isle_block_get_info() - BLOCK.get_info; -ENODEV: the device was removed */
int isle_block_get_info(struct isle_blk *block, struct isle_block_info *info);

/**
 * isle_block_read(), isle_block_write() - BLOCK.read, BLOCK.write
 * @sector: where on the device
 * @iov: buffers, each a whole number of sectors, not copied
 * @iovcnt: how many, without an upper limit
 *
 * Wait until it is done: all of it, or an error.  A write is then on stable
 * storage; on a device with ISLE_BLK_WRITE_CACHE after isle_block_flush().
 */
int isle_block_read(struct isle_blk *block, uint64_t sector, const struct iovec *iov, int iovcnt);
int isle_block_write(struct isle_blk *block, uint64_t sector, const struct iovec *iov, int iovcnt);

/** isle_block_flush() - wait until all that was written is on stable storage */
int isle_block_flush(struct isle_blk *block);

/**
 * isle_block_start_read(), isle_block_start_write() - the same without waiting
 * @queue: who carries it out, see isle_queue(3)
 * @fn: called with the result from isle_queue_run(); may be NULL
 *
 * The buffers must not be used until then, the array may.
 */
int isle_block_start_read(struct isle_queue *queue, struct isle_blk *block, uint64_t sector,
			  const struct iovec *iov, int iovcnt,
			  void (*fn)(void *arg, int result), void *arg);
int isle_block_start_write(struct isle_queue *queue, struct isle_blk *block, uint64_t sector,
			   const struct iovec *iov, int iovcnt,
			   void (*fn)(void *arg, int result), void *arg);

#ifdef __cplusplus
}
#endif

#endif /* LIBISLE_BLOCK_H */
