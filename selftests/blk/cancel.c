// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: io_uring and aio with a backing that does not answer
 *
 * What has been submitted cannot be cancelled: it waits for the disk, and its
 * outcome comes, whatever has become of ring, file, device and domain.
 */
#include <kselftest_harness.h>

#include <liburing.h>
#include <linux/aio_abi.h>
#include <sys/syscall.h>

#include "../lib.h"
#include "mapper.h"

#define DEPTH	16
#define BLOCK	4096
#define BYTES	(1 << 20)

FIXTURE(cancel) {
	int ctl, fd;
	struct dom dom;
	struct counters start;
	struct mapper m;
	struct io_uring ring;
	uint8_t *buf;
};

FIXTURE_SETUP(cancel)
{
	struct isle_blk_config config = {
		.size = sizeof(config), .backing = ISLE_BLK_DEVICE,
	};
	int i;

	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	ASSERT_EQ(0, mapper_make(&self->m, BYTES));
	config.fd = self->m.fd;
	ASSERT_EQ(0, blk_add(self->ctl, self->dom.id, "disk", &config));
	self->fd = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, self->fd);
	self->buf = mmap(NULL, DEPTH * BLOCK, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->buf);
	/* every block of the disk is full of its own number */
	for (i = 0; i < BYTES / BLOCK; i++) {
		memset(self->buf, i, BLOCK);
		ASSERT_EQ(BLOCK, pwrite(self->fd, self->buf, BLOCK,
					i * BLOCK));
	}
	memset(self->buf, 0xa5, DEPTH * BLOCK);
	ASSERT_EQ(0, io_uring_queue_init(DEPTH * 2, &self->ring, 0));
	ASSERT_EQ(0, mapper_suspend(&self->m));
}

FIXTURE_TEARDOWN(cancel)
{
	mapper_resume(&self->m);
	close(self->fd);
	close(self->dom.fd);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->dom.id)));
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
	mapper_end(&self->m);
}

#define REQUESTS() quota_used(self->ctl, self->dom.id, ISLE_QUOTA_REQUESTS)

/* DEPTH reads, or writes to other blocks, that cannot end yet */
static int submit(struct io_uring *ring, int fd, uint8_t *buf)
{
	struct io_uring_sqe *sqe;
	int i;

	for (i = 0; i < DEPTH; i++) {
		sqe = io_uring_get_sqe(ring);
		if (i & 1)
			io_uring_prep_write(sqe, fd, buf + i * BLOCK, BLOCK,
					    (DEPTH + i) * BLOCK);
		else
			io_uring_prep_read(sqe, fd, buf + i * BLOCK, BLOCK,
					   i * BLOCK);
		sqe->user_data = 1 + i;
	}
	return io_uring_submit(ring);
}

/* All of them have come, with their data; value: how many */
static int collect(struct io_uring *ring, const uint8_t *buf)
{
	struct io_uring_cqe *cqe;
	int i, n = 0;

	while (n < DEPTH) {
		if (io_uring_wait_cqe(ring, &cqe))
			return -1;
		i = cqe->user_data - 1;
		if (i < 0 || cqe->res != BLOCK ||
		    !all_bytes(buf + i * BLOCK, i & 1 ? 0xa5 : i, BLOCK)) {
			fprintf(stderr, "# request %d: %d\n", i, cqe->res);
			return -1;
		}
		n++;
		io_uring_cqe_seen(ring, cqe);
	}
	return n;
}

/* What was written is on the disk */
static bool written(int fd)
{
	char block[BLOCK];
	int i;

	for (i = 1; i < DEPTH; i += 2)
		if (pread(fd, block, BLOCK, (DEPTH + i) * BLOCK) != BLOCK ||
		    !all_bytes(block, 0xa5, BLOCK))
			return false;
	return true;
}

TEST_F_TIMEOUT(cancel, is_not_possible, TIMEOUT)
{
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	int i;

	ASSERT_EQ(DEPTH, submit(&self->ring, self->fd, self->buf));
	EXPECT_TRUE(eventually(REQUESTS() == DEPTH));
	for (i = 0; i < DEPTH; i++) {
		sqe = io_uring_get_sqe(&self->ring);
		io_uring_prep_cancel64(sqe, 1 + i, 0);
		sqe->user_data = 0;
		ASSERT_EQ(1, io_uring_submit(&self->ring));
		ASSERT_EQ(0, io_uring_wait_cqe(&self->ring, &cqe));
		ASSERT_EQ(0, cqe->user_data);
		EXPECT_TRUE(cqe->res == -ENOENT || cqe->res == -EALREADY)
			TH_LOG("%d", cqe->res);
		io_uring_cqe_seen(&self->ring, cqe);
	}
	EXPECT_EQ(DEPTH, REQUESTS());
	ASSERT_EQ(0, mapper_resume(&self->m));
	EXPECT_EQ(DEPTH, collect(&self->ring, self->buf));
	EXPECT_EQ(0, REQUESTS());
	EXPECT_TRUE(written(self->fd));
	io_uring_queue_exit(&self->ring);
}

TEST_F_TIMEOUT(cancel, ring_goes_first, TIMEOUT)
{
	ASSERT_EQ(DEPTH, submit(&self->ring, self->fd, self->buf));
	EXPECT_TRUE(eventually(REQUESTS() == DEPTH));
	io_uring_queue_exit(&self->ring);
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(DEPTH, REQUESTS());
	ASSERT_EQ(0, mapper_resume(&self->m));
	EXPECT_TRUE(eventually(REQUESTS() == 0));
	EXPECT_TRUE(written(self->m.fd));
}

TEST_F_TIMEOUT(cancel, device_goes_first, TIMEOUT)
{
	ASSERT_EQ(DEPTH, submit(&self->ring, self->fd, self->buf));
	EXPECT_TRUE(eventually(REQUESTS() == DEPTH));
	EXPECT_EQ(0, blk_del(self->ctl, self->dom.id, "disk",
			     ISLE_DEL_NOWAIT));
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(DEPTH, REQUESTS());
	ASSERT_EQ(0, mapper_resume(&self->m));
	EXPECT_EQ(DEPTH, collect(&self->ring, self->buf));
	EXPECT_TRUE(written(self->m.fd));
	io_uring_queue_exit(&self->ring);
}

TEST_F_TIMEOUT(cancel, domain_goes_first, TIMEOUT)
{
	ASSERT_EQ(DEPTH, submit(&self->ring, self->fd, self->buf));
	EXPECT_TRUE(eventually(REQUESTS() == DEPTH));
	EXPECT_EQ(0, dom_destroy(self->ctl, self->dom.id, ISLE_DEL_NOWAIT));
	close(self->dom.fd);
	self->dom.fd = -1;
	EXPECT_EQ(self->start.value[3] + DEPTH, counter_read("live_requests"));
	ASSERT_EQ(0, mapper_resume(&self->m));
	EXPECT_EQ(DEPTH, collect(&self->ring, self->buf));
	EXPECT_TRUE(written(self->m.fd));
	io_uring_queue_exit(&self->ring);
}

/* One more than the quota allows is told so; the others are not disturbed */
TEST_F_TIMEOUT(cancel, over_the_quota, TIMEOUT)
{
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;

	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_REQUESTS,
			       DEPTH));
	ASSERT_EQ(DEPTH, submit(&self->ring, self->fd, self->buf));
	EXPECT_TRUE(eventually(REQUESTS() == DEPTH));
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_read(sqe, self->fd, self->buf, BLOCK, 0);
	ASSERT_EQ(1, io_uring_submit(&self->ring));
	ASSERT_EQ(0, io_uring_wait_cqe(&self->ring, &cqe));
	EXPECT_EQ(-EDQUOT, cqe->res);
	io_uring_cqe_seen(&self->ring, cqe);
	ASSERT_EQ(0, mapper_resume(&self->m));
	EXPECT_EQ(DEPTH, collect(&self->ring, self->buf));
	io_uring_queue_exit(&self->ring);
}

/* A backing that fails all of them */
TEST_F_TIMEOUT(cancel, all_fail, TIMEOUT)
{
	struct io_uring_cqe *cqe;
	int i;

	ASSERT_EQ(DEPTH, submit(&self->ring, self->fd, self->buf));
	ASSERT_EQ(0, mapper_table(&self->m, "load", "error"));
	ASSERT_EQ(0, mapper_resume(&self->m));
	for (i = 0; i < DEPTH; i++) {
		ASSERT_EQ(0, io_uring_wait_cqe(&self->ring, &cqe));
		EXPECT_EQ(-EIO, cqe->res);
		io_uring_cqe_seen(&self->ring, cqe);
	}
	EXPECT_EQ(0, REQUESTS());
	io_uring_queue_exit(&self->ring);
}

TEST_F_TIMEOUT(cancel, aio, TIMEOUT)
{
	struct iocb iocb = {
		.aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = self->fd,
		.aio_buf = (uintptr_t)self->buf, .aio_nbytes = BLOCK,
		.aio_offset = 5 * BLOCK,
	}, *list = &iocb;
	struct timespec none = { 0, 0 };
	aio_context_t ctx = 0;
	struct io_event event;

	ASSERT_EQ(0, syscall(SYS_io_setup, DEPTH, &ctx));
	ASSERT_EQ(1, syscall(SYS_io_submit, ctx, 1, &list));
	EXPECT_TRUE(eventually(REQUESTS() == 1));
	EXPECT_EQ(0, syscall(SYS_io_getevents, ctx, 1, 1, &event, &none));
	EXPECT_EQ(-1, syscall(SYS_io_cancel, ctx, &iocb, &event));
	EXPECT_EQ(EINVAL, errno);
	ASSERT_EQ(0, mapper_resume(&self->m));
	ASSERT_EQ(1, syscall(SYS_io_getevents, ctx, 1, 1, &event, NULL));
	EXPECT_EQ(BLOCK, event.res);
	EXPECT_TRUE(all_bytes(self->buf, 5, BLOCK));
	EXPECT_EQ(0, syscall(SYS_io_destroy, ctx));
	io_uring_queue_exit(&self->ring);
}

SCRATCH_MAIN
