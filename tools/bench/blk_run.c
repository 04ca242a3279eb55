// SPDX-License-Identifier: GPL-2.0
/*
 * Carries out the requests of a batch: one after the other, as vectors, or by
 * io_uring.
 */
#include <errno.h>
#include <unistd.h>

#include "blk.h"

static void wrong_result(const struct target *target, const struct op *op,
			 long result)
{
	if (result < 0)
		die_errno(result, "%s: %s", target->name, op->name);
	die("%s: %s: %ld bytes instead of %u", target->name, op->name, result,
	    op->bytes);
}

static void run_single(const struct target *target, const struct op *op)
{
	unsigned int i;
	ssize_t done;

	for (i = 0; i < op->requests; i++) {
		const struct request *r = &requests[i];

		if (op->write)
			done = pwrite(target->fd, r->data, op->bytes, r->offset);
		else
			done = pread(target->fd, r->data, op->bytes, r->offset);
		if (done != op->bytes)
			wrong_result(target, op, done < 0 ? -errno : done);
	}
}

static void run_vectored(const struct target *target, const struct op *op)
{
	unsigned int i;
	ssize_t done;

	for (i = 0; i < op->requests; i++) {
		if (op->write)
			done = pwritev(target->fd, vectors[i], VECTOR,
				       requests[i].offset);
		else
			done = preadv(target->fd, vectors[i], VECTOR,
				      requests[i].offset);
		if (done != op->bytes)
			wrong_result(target, op, done < 0 ? -errno : done);
	}
}

static void prepare(struct io_uring_sqe *sqe, const struct target *target,
		    const struct op *op, const struct request *r)
{
	int fd = op->fixed_file ? 0 : target->fd;

	if (op->fixed_buffer && op->write)
		io_uring_prep_write_fixed(sqe, fd, r->data, op->bytes,
					  r->offset, 0);
	else if (op->fixed_buffer)
		io_uring_prep_read_fixed(sqe, fd, r->data, op->bytes,
					 r->offset, 0);
	else if (op->write)
		io_uring_prep_write(sqe, fd, r->data, op->bytes, r->offset);
	else
		io_uring_prep_read(sqe, fd, r->data, op->bytes, r->offset);
	if (op->fixed_file)
		sqe->flags |= IOSQE_FIXED_FILE;
}

static void run_uring(struct target *target, const struct op *op)
{
	struct io_uring *ring = &target->ring;
	unsigned int asked = 0, done = 0;

	while (done < op->requests) {
		struct io_uring_cqe *cqe;
		unsigned int head, got = 0;
		int err;

		while (asked < op->requests && asked - done < op->depth)
			prepare(io_uring_get_sqe(ring), target, op,
				&requests[asked++]);
		err = io_uring_submit_and_wait(ring, 1);
		if (err < 0)
			die_errno(err, "%s: io_uring", target->name);
		io_uring_for_each_cqe(ring, head, cqe) {
			if (cqe->res != (int)op->bytes)
				wrong_result(target, op, cqe->res);
			got++;
		}
		io_uring_cq_advance(ring, got);
		done += got;
	}
}

void run(struct target *target, const struct op *op)
{
	switch (op->kind) {
	case SINGLE:
		run_single(target, op);
		break;
	case VECTORED:
		run_vectored(target, op);
		break;
	case URING:
		run_uring(target, op);
		break;
	}
}

void ring_open(struct target *target, const struct op *op)
{
	struct iovec all = { .iov_base = slab, .iov_len = SLAB };
	int err;

	err = io_uring_queue_init(op->depth, &target->ring, 0);
	if (err)
		die_errno(err, "io_uring");
	if (op->fixed_file) {
		err = io_uring_register_files(&target->ring, &target->fd, 1);
		if (err)
			die_errno(err, "%s: registering it", target->name);
	}
	if (op->fixed_buffer) {
		err = io_uring_register_buffers(&target->ring, &all, 1);
		if (err)
			die_errno(err, "registering memory");
	}
}
