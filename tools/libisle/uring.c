// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Carrying out requests through io_uring: the only file that knows liburing.
 * Owns the ring.
 *
 * A request has at most one entry in the ring at a time, and the queue starts
 * no more than the ring has entries: neither side can overflow.
 */
#include <errno.h>
#include <limits.h>
#include <liburing.h>
#include <stdlib.h>

#include "internal.h"

struct isle_uring {
	struct io_uring ring;
};

int isle_uring_create(unsigned int depth, struct isle_uring **uring)
{
	struct isle_uring *u = calloc(1, sizeof(*u));
	int rc;

	if (!u)
		return -ENOMEM;
	rc = io_uring_queue_init(depth, &u->ring, 0);
	if (rc)
		goto fail;
	/* Otherwise waiting with a timeout would take an entry of its own. */
	if (!(u->ring.features & IORING_FEAT_EXT_ARG)) {
		io_uring_queue_exit(&u->ring);
		rc = -EOPNOTSUPP;
		goto fail;
	}
	*uring = u;
	return 0;
fail:
	free(u);
	return rc;
}

void isle_uring_destroy(struct isle_uring *uring)
{
	if (!uring)
		return;
	io_uring_queue_exit(&uring->ring);
	free(uring);
}

int isle_uring_fd(const struct isle_uring *uring)
{
	return uring->ring.ring_fd;
}

/** isle_uring_start() - prepare an entry; isle_uring_submit() hands it over */
int isle_uring_start(struct isle_uring *uring, struct isle_request *request)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&uring->ring);
	struct isle_xfer *x = &request->xfer;
	const struct iovec *iov;
	unsigned int count;
	const void *addr;
	int opcode;

	if (!sqe)
		return -EAGAIN;
	if (request->op == ISLE_OP_FLUSH) {
		io_uring_prep_fsync(sqe, request->blk->fd, 0);
	} else {
		count = (unsigned int)isle_xfer_batch(x, &request->rest, &iov);
		opcode = x->write ? IORING_OP_WRITEV : IORING_OP_READV;
		/* One buffer needs no list of them to be fetched. */
		if (count == 1 && iov->iov_len <= INT_MAX) {
			opcode = x->write ? IORING_OP_WRITE : IORING_OP_READ;
			count = (unsigned int)iov->iov_len;
			addr = iov->iov_base;
		} else {
			addr = iov;
		}
		io_uring_prep_rw(opcode, sqe, x->blk->fd, addr, count, x->pos);
	}
	io_uring_sqe_set_data(sqe, request);
	return 0;
}

/**
 * isle_uring_submit() - hand over what was prepared, and wait
 * @wait_ns: until something is over, at most so long; 0: do not; negative:
 *	without a limit
 *
 * Returns 0 also when the time is up.
 */
int isle_uring_submit(struct isle_uring *uring, int64_t wait_ns)
{
	struct __kernel_timespec ts = {
		.tv_sec = wait_ns / 1000000000,
		.tv_nsec = wait_ns % 1000000000,
	};
	struct io_uring_cqe *cqe;
	int rc;

	if (!wait_ns)
		rc = io_uring_sq_ready(&uring->ring) ? io_uring_submit(&uring->ring) : 0;
	else
		rc = io_uring_submit_and_wait_timeout(&uring->ring, &cqe, 1,
						      wait_ns > 0 ? &ts : NULL, NULL);
	/* EBUSY: completions wait to be reaped, which comes next. */
	return rc > 0 || rc == -ETIME || rc == -EBUSY ? 0 : rc;
}

/** isle_uring_reap() - the next request that is over, or NULL */
struct isle_request *isle_uring_reap(struct isle_uring *uring, int *result)
{
	struct isle_request *request;
	struct io_uring_cqe *cqe;

	if (io_uring_peek_cqe(&uring->ring, &cqe))
		return NULL;
	request = io_uring_cqe_get_data(cqe);
	*result = cqe->res;
	io_uring_cqe_seen(&uring->ring, cqe);
	return request;
}
