// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How far a read or write has come: what the system calls leave undone, the
 * next ones take up, until all is done or one fails.  Owns nothing; the array
 * of buffers is the caller's or the request's.
 */
#include <errno.h>
#include <limits.h>
#include <unistd.h>

#include "internal.h"

/**
 * isle_xfer_init() - check a request and begin it
 *
 * What it refuses is refused before anything was done.
 */
int isle_xfer_init(struct isle_xfer *x, struct isle_blk *blk, bool write,
		   uint64_t sector, const struct iovec *iov, int iovcnt)
{
	uint64_t bytes = 0, pos = 0;
	int rc = 0;

	if (iovcnt < 0 || (iovcnt && !iov))
		return -EINVAL;
	for (int i = 0; i < iovcnt; i++) {
		if (iov[i].iov_len & (blk->sector_size - 1))
			return -EINVAL;
		if (__builtin_add_overflow(bytes, iov[i].iov_len, &bytes))
			return -EINVAL;
	}
	if (bytes)
		rc = isle_blk_check_range(blk, write, sector, bytes, &pos);
	if (rc)
		return rc;
	*x = (struct isle_xfer) {
		.blk = blk,
		.iov = iov,
		.iovcnt = iovcnt,
		.write = write,
		.pos = pos,
	};
	return 0;
}

/** isle_xfer_done() - nothing left?  Skips what is done or has no bytes. */
bool isle_xfer_done(struct isle_xfer *x)
{
	while (x->iovcnt && x->iov->iov_len == x->skip) {
		x->iov++;
		x->iovcnt--;
		x->skip = 0;
	}
	return !x->iovcnt;
}

/**
 * isle_xfer_batch() - what the next system call is to be given
 * @rest: room for a buffer that is partly done; such a one goes alone, so that
 *	the array need not be copied or changed
 * @iov: the buffers, for as long as @rest lives
 *
 * Returns how many.
 */
int isle_xfer_batch(const struct isle_xfer *x, struct iovec *rest,
		    const struct iovec **iov)
{
	if (x->skip) {
		rest->iov_base = (char *)x->iov->iov_base + x->skip;
		rest->iov_len = x->iov->iov_len - x->skip;
		*iov = rest;
		return 1;
	}
	*iov = x->iov;
	return x->iovcnt < IOV_MAX ? x->iovcnt : IOV_MAX;
}

/**
 * isle_xfer_moved() - take note of what a system call has done
 * @result: what it returned, or a negative errno
 *
 * Returns 0: go on, if anything is left.  Otherwise that was the end.
 */
int isle_xfer_moved(struct isle_xfer *x, long long result)
{
	size_t left, moved;

	if (result == -EINTR)
		return 0;
	if (result < 0)
		return (int)result;
	/* The device is now smaller than it was when the range was checked. */
	if (!result)
		return x->write ? -ENOSPC : -EINVAL;
	/* It would go on in the middle of a sector, where it must not start. */
	if (result & (x->blk->sector_size - 1))
		return -EIO;
	moved = (size_t)result;
	x->pos += moved;
	while (moved) {
		left = x->iov->iov_len - x->skip;
		if (moved < left) {
			x->skip += moved;
			break;
		}
		moved -= left;
		x->iov++;
		x->iovcnt--;
		x->skip = 0;
	}
	return 0;
}

/** isle_xfer_finish() - do what is left, now */
int isle_xfer_finish(struct isle_xfer *x)
{
	const struct iovec *iov;
	struct iovec rest;
	ssize_t result;
	int count, rc;

	while (!isle_xfer_done(x)) {
		count = isle_xfer_batch(x, &rest, &iov);
		if (x->write)
			result = pwritev(x->blk->fd, iov, count, (off_t)x->pos);
		else
			result = preadv(x->blk->fd, iov, count, (off_t)x->pos);
		rc = isle_xfer_moved(x, result < 0 ? -errno : result);
		if (rc)
			return rc;
	}
	return 0;
}

static int atomic(struct isle_blk *blk, bool write, uint64_t sector,
		  const struct iovec *iov, int iovcnt)
{
	struct isle_xfer x;
	int rc = isle_xfer_init(&x, blk, write, sector, iov, iovcnt);

	return rc ? rc : isle_xfer_finish(&x);
}

EXPORT int isle_blk_atomic_read(struct isle_blk *blk, uint64_t sector,
				const struct iovec *iov, int iovcnt)
{
	return atomic(blk, false, sector, iov, iovcnt);
}

EXPORT int isle_blk_atomic_write(struct isle_blk *blk, uint64_t sector,
				 const struct iovec *iov, int iovcnt)
{
	return atomic(blk, true, sector, iov, iovcnt);
}
