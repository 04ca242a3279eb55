// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: io_uring and aio
 *
 * Deep queues on every backing, with the data checked; no worker thread for
 * reads and writes where the backing does not need one; rings that are closed
 * and devices that are removed while requests are under way.
 */
#include <kselftest_harness.h>

#include <linux/aio_abi.h>
#include <sys/syscall.h>

#include "../uring.h"
#include "scratch.h"

#define DEPTH	32
#define BLOCK	4096
#define BLOCKS	256
#define BYTES	(BLOCK * BLOCKS)

FIXTURE(uring) {
	int ctl, fd;
	struct dom dom;
	struct counters start;
	struct scratch scratch;
	struct rng rng;
	uint8_t *buf;		/* one block per request */
	/* what each block of the device begins and ends with */
	unsigned int shadow[BLOCKS];
};

FIXTURE_VARIANT(uring) {
	enum place place;
	bool no_worker;		/* the backing can do it without waiting */
};

FIXTURE_VARIANT_ADD(uring, memory) { MEMORY, true };
FIXTURE_VARIANT_ADD(uring, tmpfs) { TMPFS, false };
FIXTURE_VARIANT_ADD(uring, ext4) { EXT4, true };
FIXTURE_VARIANT_ADD(uring, loop) { LOOP, true };
FIXTURE_VARIANT_ADD(uring, ramdisk) { RAMDISK, true };

FIXTURE_SETUP(uring)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	ASSERT_EQ(0, scratch_make(&self->scratch, variant->place, BYTES));
	ASSERT_EQ(0, scratch_add(self->ctl, &self->dom, "disk", &self->scratch,
				 0, BYTES, 0));
	self->fd = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, self->fd);
	self->buf = mmap(NULL, DEPTH * BLOCK, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->buf);
}

FIXTURE_TEARDOWN(uring)
{
	close(self->fd);
	close(self->dom.fd);
	close(self->ctl);
	scratch_end(&self->scratch);
	EXPECT_TRUE(counters_are(&self->start));
}

static void mark(uint8_t *block, unsigned int value)
{
	memset(block, value, BLOCK);
	memcpy(block, &value, sizeof(value));
	memcpy(block + BLOCK - sizeof(value), &value, sizeof(value));
}

static bool marked(const uint8_t *block, unsigned int value)
{
	return !memcmp(block, &value, sizeof(value)) &&
	       !memcmp(block + BLOCK - sizeof(value), &value, sizeof(value)) &&
	       all_bytes(block + 4, value, BLOCK - 8);
}

struct slot {
	unsigned int block, value;
	bool write;
};

/* Random reads and writes, never two of the same block at once */
static int churn(struct io_uring *ring, FIXTURE_DATA(uring) *self, int total,
		 bool fixed)
{
	struct slot slots[DEPTH];
	bool busy[BLOCKS] = { false };
	unsigned int value = 1;
	int queued = 0, done = 0, i;
	unsigned long used = 0;
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	struct slot *slot;
	uint8_t *buf;

	while (done < total) {
		while (queued < total && used != (1UL << DEPTH) - 1) {
			i = __builtin_ctzl(~used);
			slot = &slots[i];
			do
				slot->block = below(&self->rng, BLOCKS);
			while (busy[slot->block]);
			slot->write = rnd(&self->rng) & 1;
			slot->value = slot->write ? value++ :
				      self->shadow[slot->block];
			busy[slot->block] = true;
			used |= 1UL << i;
			buf = self->buf + i * BLOCK;
			mark(buf, slot->write ? slot->value : ~0U);
			sqe = io_uring_get_sqe(ring);
			if (fixed && slot->write)
				io_uring_prep_write_fixed(sqe, self->fd, buf,
							  BLOCK, BLOCK *
							  slot->block, 0);
			else if (fixed)
				io_uring_prep_read_fixed(sqe, self->fd, buf,
							 BLOCK, BLOCK *
							 slot->block, 0);
			else if (slot->write)
				io_uring_prep_write(sqe, self->fd, buf, BLOCK,
						    BLOCK * slot->block);
			else
				io_uring_prep_read(sqe, self->fd, buf, BLOCK,
						   BLOCK * slot->block);
			sqe->user_data = i;
			queued++;
		}
		if (io_uring_submit_and_wait(ring, 1) < 0)
			return -EIO;
		while (io_uring_peek_cqe(ring, &cqe) == 0) {
			i = cqe->user_data;
			slot = &slots[i];
			if (cqe->res != BLOCK) {
				fprintf(stderr, "# %s of block %u: %d\n",
					slot->write ? "write" : "read",
					slot->block, cqe->res);
				return cqe->res < 0 ? cqe->res : -EMSGSIZE;
			}
			if (slot->write)
				self->shadow[slot->block] = slot->value;
			else if (!marked(self->buf + i * BLOCK, slot->value))
				return -EUCLEAN;
			busy[slot->block] = false;
			used &= ~(1UL << i);
			done++;
			io_uring_cqe_seen(ring, cqe);
		}
	}
	return 0;
}

#define EXPECT_SHADOW() do {						\
	unsigned int b;							\
									\
	for (b = 0; b < BLOCKS; b++) {					\
		ASSERT_EQ(BLOCK, pread(self->fd, self->buf, BLOCK,	\
				       BLOCK * b));			\
		ASSERT_TRUE(marked(self->buf, self->shadow[b]));	\
	}								\
} while (0)

TEST_F_TIMEOUT(uring, reads_and_writes, TIMEOUT)
{
	const int n = rounds(5000, 600);
	struct io_uring ring;
	struct iovec iov = { self->buf, DEPTH * BLOCK };
	bool worked = true;
	int tries;

	/* short of memory or tags, even these may need a worker now and then */
	for (tries = 0; worked && tries < 5; tries++) {
		ASSERT_TRUE(eventually(workers() == 0));
		ASSERT_EQ(0, io_uring_queue_init(DEPTH, &ring, 0));
		EXPECT_EQ(0, churn(&ring, self, n, false));
		ASSERT_EQ(0, io_uring_register_buffers(&ring, &iov, 1));
		EXPECT_EQ(0, churn(&ring, self, n, true));
		worked = variant->no_worker && workers();
		io_uring_queue_exit(&ring);
	}
	EXPECT_FALSE(worked);
	EXPECT_SHADOW();
}

TEST_F_TIMEOUT(uring, sync_in_between, TIMEOUT)
{
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int i, n;

	ASSERT_EQ(0, io_uring_queue_init(DEPTH, &ring, 0));
	for (n = 0; n < 10; n++) {
		for (i = 0; i < 8; i++) {
			mark(self->buf + i * BLOCK, 100 * n + i);
			sqe = io_uring_get_sqe(&ring);
			io_uring_prep_write(sqe, self->fd,
					    self->buf + i * BLOCK, BLOCK,
					    i * BLOCK);
			sqe->user_data = BLOCK;
		}
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_fsync(sqe, self->fd, n & 1 ?
				    IORING_FSYNC_DATASYNC : 0);
		sqe->flags |= IOSQE_IO_DRAIN;
		sqe->user_data = 0;
		ASSERT_EQ(9, io_uring_submit(&ring));
		for (i = 0; i < 9; i++) {
			ASSERT_EQ(0, io_uring_wait_cqe(&ring, &cqe));
			EXPECT_EQ((int)cqe->user_data, cqe->res);
			if (i == 8) {
				EXPECT_EQ(0, cqe->user_data);
			}
			io_uring_cqe_seen(&ring, cqe);
		}
	}
	for (i = 0; i < 8; i++)
		self->shadow[i] = 900 + i;
	EXPECT_SHADOW();
	io_uring_queue_exit(&ring);
}

static int one(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;
	int ret = io_uring_submit_and_wait(ring, 1);

	if (ret < 0)
		return ret;
	ret = io_uring_wait_cqe(ring, &cqe);
	if (ret)
		return ret;
	ret = cqe->res;
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

TEST_F_TIMEOUT(uring, errors, TIMEOUT)
{
	struct io_uring ring;
	int flags, ro;
	__u64 end;

	ro = blk_open(self->dom.fd, "disk", ISLE_OPEN_READ);
	ASSERT_LE(0, ro);
	ASSERT_EQ(0, ioctl(self->fd, BLKGETSIZE64, &end));
	ASSERT_EQ(0, io_uring_queue_init(DEPTH, &ring, 0));
	for (flags = 0; flags < 2; flags++) {
#define PREP(op, fd, buf, len, off)					\
	do {								\
		struct io_uring_sqe *sqe = io_uring_get_sqe(&ring);	\
									\
		io_uring_prep_##op(sqe, fd, buf, len, off);		\
		/* the second time in a worker */			\
		sqe->flags |= flags ? IOSQE_ASYNC : 0;			\
	} while (0)
		PREP(read, self->fd, self->buf, BLOCK - 1, 0);
		EXPECT_EQ(-EINVAL, one(&ring));
		PREP(read, self->fd, self->buf, BLOCK, 1);
		EXPECT_EQ(-EINVAL, one(&ring));
		PREP(write, self->fd, self->buf, BLOCK, 513);
		EXPECT_EQ(-EINVAL, one(&ring));
		PREP(read, self->fd, self->buf, BLOCK, end);
		EXPECT_EQ(0, one(&ring));
		PREP(read, self->fd, self->buf, 2 * BLOCK, end - BLOCK);
		EXPECT_EQ(BLOCK, one(&ring));
		PREP(write, self->fd, self->buf, BLOCK, end);
		EXPECT_EQ(-ENOSPC, one(&ring));
		PREP(write, ro, self->buf, BLOCK, 0);
		EXPECT_EQ(-EBADF, one(&ring));
		PREP(read, self->fd, NULL, BLOCK, 0);
		EXPECT_EQ(-EFAULT, one(&ring));
		PREP(write, self->fd, (void *)64, BLOCK, 0);
		EXPECT_EQ(-EFAULT, one(&ring));
	}
	close(ro);
	io_uring_queue_exit(&ring);
}

/* In another process: this one has work of its ring to do, as if by signal */
static int del_elsewhere(int ctl, __u32 domid, bool nowait)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(-blk_del(ctl, domid, "disk",
			       nowait ? ISLE_DEL_NOWAIT : 0));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

/* Every completion is whole, or says that the device is gone */
TEST_F_TIMEOUT(uring, removal, TIMEOUT)
{
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int n, i, queued, gone;
	bool removed;

	for (n = 0; n < rounds(20, 4); n++) {
		ASSERT_EQ(0, io_uring_queue_init(DEPTH, &ring, 0));
		removed = false;
		queued = 0;
		gone = 0;
		for (i = 0; gone == 0 || queued; i++) {
			while (queued < DEPTH && !gone) {
				sqe = io_uring_get_sqe(&ring);
				if (rnd(&self->rng) & 1)
					io_uring_prep_read(sqe, self->fd,
							   self->buf, BLOCK,
							   0);
				else
					io_uring_prep_write(sqe, self->fd,
							    self->buf + BLOCK,
							    BLOCK, BLOCK);
				queued++;
			}
			ASSERT_LE(0, io_uring_submit(&ring));
			if (i == 10 + n && !removed) {
				ASSERT_EQ(0, del_elsewhere(self->ctl,
							   self->dom.id, n & 1));
				removed = true;
			}
			ASSERT_EQ(0, io_uring_wait_cqe(&ring, &cqe));
			if (cqe->res != BLOCK) {
				EXPECT_EQ(-ENODEV, cqe->res);
				EXPECT_TRUE(removed);
				gone++;
			}
			queued--;
			io_uring_cqe_seen(&ring, cqe);
			ASSERT_GT(100000, i);
		}
		io_uring_queue_exit(&ring);
		close(self->fd);
		ASSERT_EQ(0, scratch_add(self->ctl, &self->dom, "disk",
					 &self->scratch, 0, BYTES, 0));
		self->fd = blk_open_rw(self->dom.fd, "disk");
		ASSERT_LE(0, self->fd);
	}
}

/* A ring that goes away with everything under way, and its process */
TEST_F_TIMEOUT(uring, process_that_ends, TIMEOUT)
{
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	int n, i, status;
	pid_t pid;

	for (n = 0; n < rounds(20, 5); n++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (pid == 0) {
			if (io_uring_queue_init(DEPTH, &ring, 0))
				_exit(1);
			for (i = 0; i < DEPTH; i++) {
				sqe = io_uring_get_sqe(&ring);
				io_uring_prep_write(sqe, self->fd,
						    self->buf + i * BLOCK,
						    BLOCK, i * BLOCK);
			}
			if (io_uring_submit(&ring) != DEPTH)
				_exit(2);
			if (n % 3 == 0)
				io_uring_queue_exit(&ring);
			if (n % 3 == 1)
				kill(getpid(), SIGKILL);
			_exit(0);
		}
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		if (n % 3 == 1) {
			EXPECT_EQ(SIGKILL, WTERMSIG(status));
		} else
			EXPECT_EQ(0, status);
	}
}

TEST_F_TIMEOUT(uring, polls, TIMEOUT)
{
	struct io_uring_sqe *sqe;
	struct io_uring ring;

	ASSERT_EQ(0, io_uring_queue_init(DEPTH, &ring, 0));
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_poll_add(sqe, self->fd, POLLIN);
	EXPECT_EQ(POLLIN, one(&ring));
	/* one that is armed when the device goes */
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_poll_add(sqe, self->fd, 0);
	ASSERT_EQ(1, io_uring_submit(&ring));
	EXPECT_EQ(0, blk_del(self->ctl, self->dom.id, "disk", 0))
		TH_LOG("the ring's work is no signal");
	EXPECT_EQ(POLLHUP | POLLERR, one(&ring));
	/* and on the domain, when the ring goes first */
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_poll_add(sqe, self->dom.fd, 0);
	ASSERT_EQ(1, io_uring_submit(&ring));
	io_uring_queue_exit(&ring);
	ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
}

/* The older interface, without its library */
TEST_F_TIMEOUT(uring, aio, TIMEOUT)
{
	struct iocb iocb[DEPTH], *list[DEPTH];
	struct io_event events[DEPTH];
	aio_context_t ctx = 0;
	int n, i;

	ASSERT_EQ(0, syscall(SYS_io_setup, DEPTH, &ctx));
	for (n = 0; n < 40; n++) {
		for (i = 0; i < DEPTH; i++) {
			iocb[i] = (struct iocb) {
				.aio_data = i,
				.aio_lio_opcode = n & 1 ? IOCB_CMD_PREAD :
						  IOCB_CMD_PWRITE,
				.aio_fildes = self->fd,
				.aio_buf = (uintptr_t)self->buf + i * BLOCK,
				.aio_nbytes = BLOCK,
				.aio_offset = (n / 2 * 7 + i) % BLOCKS * BLOCK,
			};
			mark(self->buf + i * BLOCK, n & 1 ? ~0U :
			     (unsigned int)(n * DEPTH + i));
			list[i] = &iocb[i];
		}
		ASSERT_EQ(DEPTH, syscall(SYS_io_submit, ctx, DEPTH, list));
		ASSERT_EQ(DEPTH, syscall(SYS_io_getevents, ctx, DEPTH, DEPTH,
					 events, NULL));
		for (i = 0; i < DEPTH; i++) {
			EXPECT_EQ(BLOCK, events[i].res);
			if (n & 1) {
				EXPECT_TRUE(marked(self->buf + i * BLOCK,
						   (n - 1) * DEPTH + i));
			}
		}
	}
	iocb[0].aio_lio_opcode = IOCB_CMD_FSYNC;
	iocb[0].aio_buf = 0;
	iocb[0].aio_nbytes = 0;
	iocb[0].aio_offset = 0;
	ASSERT_EQ(1, syscall(SYS_io_submit, ctx, 1, list));
	ASSERT_EQ(1, syscall(SYS_io_getevents, ctx, 1, 1, events, NULL));
	EXPECT_EQ(0, events[0].res);
	/* destroyed with requests under way */
	for (i = 0; i < DEPTH; i++)
		iocb[i].aio_lio_opcode = IOCB_CMD_PREAD;
	for (i = 1; i < DEPTH; i++)
		list[i - 1] = &iocb[i];
	ASSERT_EQ(DEPTH - 1, syscall(SYS_io_submit, ctx, DEPTH - 1, list));
	EXPECT_EQ(0, syscall(SYS_io_destroy, ctx));
}

SCRATCH_MAIN
