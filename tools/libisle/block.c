// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * BLOCK of the module types V1: its names and errors for what blk.c and queue.c
 * do.  Owns nothing.
 */
#include <errno.h>

#include "internal.h"

static int open_with(struct isle_domain *domain, const char *name, uint32_t flags,
		     struct isle_blk **block)
{
	return domain ? isle_blk_open_in(domain, name, flags, block) :
			isle_blk_open(name, flags, block);
}

EXPORT int isle_block_connect(struct isle_domain *domain, const char *name, struct isle_blk **block)
{
	struct isle_blk *b;
	int rc = open_with(domain, name, ISLE_OPEN_READ | ISLE_OPEN_WRITE, &b);

	if (rc == -EACCES || rc == -EROFS) {
		rc = open_with(domain, name, ISLE_OPEN_READ, &b);
		/* For us it is: from now on a write is told so, not -EBADF. */
		if (!rc)
			b->flags |= ISLE_BLK_READ_ONLY;
	}
	if (!rc)
		*block = b;
	return rc;
}

EXPORT void isle_block_disconnect(struct isle_blk *block)
{
	isle_blk_close(block);
}

EXPORT int isle_block_id(struct isle_blk *block, struct isle_device_id *id)
{
	return isle_blk_get_id(block, id);
}

EXPORT int isle_block_get_info(struct isle_blk *block, struct isle_block_info *info)
{
	struct isle_blk_info now = { .size = sizeof(now) };
	int rc = isle_blk_get_info(block, &now);

	if (rc)
		return rc;
	info->read_write = !((now.flags | block->flags) & ISLE_BLK_READ_ONLY);
	info->sector_size = now.sector_size;
	info->size_sectors = now.size_sectors;
	return 0;
}

EXPORT int isle_block_read(struct isle_blk *block, uint64_t sector, const struct iovec *iov,
			   int iovcnt)
{
	return isle_blk_atomic_read(block, sector, iov, iovcnt);
}

EXPORT int isle_block_write(struct isle_blk *block, uint64_t sector, const struct iovec *iov,
			    int iovcnt)
{
	return isle_blk_atomic_write(block, sector, iov, iovcnt);
}

EXPORT int isle_block_flush(struct isle_blk *block)
{
	return isle_blk_flush(block);
}

EXPORT int isle_block_start_read(struct isle_queue *queue, struct isle_blk *block, uint64_t sector,
				 const struct iovec *iov, int iovcnt,
				 void (*fn)(void *arg, int result), void *arg)
{
	return isle_queue_read(queue, block, sector, iov, iovcnt, fn, arg, NULL);
}

EXPORT int isle_block_start_write(struct isle_queue *queue, struct isle_blk *block, uint64_t sector,
				  const struct iovec *iov, int iovcnt,
				  void (*fn)(void *arg, int result), void *arg)
{
	return isle_queue_write(queue, block, sector, iov, iovcnt, fn, arg, NULL);
}
