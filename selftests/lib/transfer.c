// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: libisle, all or nothing
 *
 * What the library makes of system calls that do less than they were asked.
 * A regular file stands for the device, so the module is not needed; this
 * program puts itself between the library and the system.  Link with the
 * static library, and --wrap= of isle_xfer_batch, isle_uring_reap and
 * io_uring_queue_init.
 */
#include <kselftest_harness.h>

#include <linux/fs.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include <libisle.h>

#include "../lib.h"

#define SECTOR	512
#define SECTORS	8192

/* What the system shall do wrong */
static struct {
	size_t most;		/* a call moves no more bytes; 0: no limit */
	int fail_after;		/* so many calls work, then @error; -1: all */
	int error;
	int interrupt;		/* every so many calls EINTR; 0: never */
	int calls;
	uint64_t sectors;	/* size that the "device" tells */
	uint32_t flags;
	bool huge;		/* tell that it was past the end */
	int given_back;		/* the second call of io_uring ends so */
	int forbidden;		/* there is no io_uring, for this reason */
} sys;

int ioctl(int fd, unsigned long cmd, ...)
{
	struct isle_blk_info *info;
	va_list ap;
	void *arg;

	va_start(ap, cmd);
	arg = va_arg(ap, void *);
	va_end(ap);
	if (cmd == ISLE_BLK_INFO) {
		info = arg;
		info->sector_size = SECTOR;
		info->size_sectors = sys.sectors;
		info->flags = sys.flags;
		info->backing = ISLE_BLK_FILE;
		return 0;
	}
	return syscall(SYS_ioctl, fd, cmd, arg);
}

/* What becomes of a call that asks for @bytes: 0 or -errno, and how many */
static int sabotage(size_t *bytes)
{
	sys.calls++;
	if (sys.interrupt && sys.calls % sys.interrupt == 0)
		return -EINTR;
	if (sys.fail_after >= 0 && sys.calls > sys.fail_after)
		return -sys.error;
	if (sys.most && *bytes > sys.most)
		*bytes = sys.most;
	return 0;
}

static ssize_t vector(int nr, int fd, const struct iovec *iov, int count, off_t pos)
{
	struct iovec cut[1024];
	size_t bytes = 0, left;
	int i, ret;

	if (count > 1024) {
		errno = EINVAL;
		return -1;
	}
	for (i = 0; i < count; i++)
		bytes += iov[i].iov_len;
	ret = sabotage(&bytes);
	if (ret) {
		errno = -ret;
		return -1;
	}
	if (sys.huge)
		return 0;
	left = bytes;
	for (i = 0; i < count && left; i++) {
		cut[i] = iov[i];
		if (cut[i].iov_len > left)
			cut[i].iov_len = left;
		left -= cut[i].iov_len;
	}
	return syscall(nr, fd, cut, i, pos, 0);
}

ssize_t preadv64(int fd, const struct iovec *iov, int count, off_t pos)
{
	return vector(SYS_preadv, fd, iov, count, pos);
}

ssize_t pwritev64(int fd, const struct iovec *iov, int count, off_t pos)
{
	return vector(SYS_pwritev, fd, iov, count, pos);
}

/*
 * io_uring does what it is asked, so it is asked for less, and what it then
 * says is changed.
 */
struct isle_xfer;
int __real_isle_xfer_batch(const struct isle_xfer *x, struct iovec *rest,
			   const struct iovec **iov);
int __wrap_isle_xfer_batch(const struct isle_xfer *x, struct iovec *rest,
			   const struct iovec **iov)
{
	int count = __real_isle_xfer_batch(x, rest, iov);

	if (!sys.most)
		return count;
	rest->iov_base = (*iov)->iov_base;
	rest->iov_len = (*iov)->iov_len < sys.most ? (*iov)->iov_len : sys.most;
	*iov = rest;
	return 1;
}

struct isle_uring;
struct isle_request;
struct isle_request *__real_isle_uring_reap(struct isle_uring *u, int *result);
struct isle_request *__wrap_isle_uring_reap(struct isle_uring *u, int *result)
{
	struct isle_request *request = __real_isle_uring_reap(u, result);
	size_t bytes;
	int ret;

	if (!request || *result <= 0)
		return request;
	bytes = *result;
	ret = sabotage(&bytes);
	if (sys.given_back && sys.calls == 2)
		ret = -sys.given_back;
	*result = ret ? ret : (int)bytes;
	if (sys.huge)
		*result = 0;
	return request;
}

struct io_uring;
int __real_io_uring_queue_init(unsigned int depth, struct io_uring *ring, unsigned int flags);
int __wrap_io_uring_queue_init(unsigned int depth, struct io_uring *ring, unsigned int flags)
{
	if (sys.forbidden)
		return -sys.forbidden;
	return __real_io_uring_queue_init(depth, ring, flags);
}

FIXTURE(transfer) {
	int fd;
	struct isle_blk *blk;
	struct isle_queue *queue;
	uint8_t *data;		/* what is on the device */
	uint8_t *buffer;
};

FIXTURE_VARIANT(transfer) {
	int queue;		/* -1: atomic; otherwise flags of the queue */
};

FIXTURE_VARIANT_ADD(transfer, atomic) { .queue = -1 };
FIXTURE_VARIANT_ADD(transfer, uring) { .queue = 0 };
FIXTURE_VARIANT_ADD(transfer, sync) { .queue = ISLE_QUEUE_SYNC };

FIXTURE_SETUP(transfer)
{
	struct rng rng = { 42 };

	memset(&sys, 0, sizeof(sys));
	sys.fail_after = -1;
	sys.sectors = SECTORS;
	self->fd = memfd_create("device", MFD_CLOEXEC);
	ASSERT_LE(0, self->fd);
	self->data = malloc(SECTORS * SECTOR);
	self->buffer = calloc(SECTORS, SECTOR);
	fill(&rng, self->data, SECTORS * SECTOR);
	ASSERT_EQ(SECTORS * SECTOR, pwrite(self->fd, self->data, SECTORS * SECTOR, 0));
	ASSERT_EQ(0, isle_blk_from_fd(self->fd, &self->blk));
	if (variant->queue >= 0) {
		ASSERT_EQ(0, isle_queue_create(4, variant->queue, &self->queue));
		ASSERT_EQ(!!variant->queue, isle_queue_is_sync(self->queue));
	}
}

FIXTURE_TEARDOWN(transfer)
{
	isle_queue_destroy(self->queue);
	isle_blk_close(self->blk);
	free(self->data);
	free(self->buffer);
}

static void over(void *arg, int result)
{
	*(int *)arg = result;
}

/* One request to its end; without a queue an atomic one */
static int move(struct isle_queue *queue, struct isle_blk *blk, bool write, uint64_t sector,
		const struct iovec *iov, int count)
{
	int result = 1, ret;

	if (!queue)
		return write ? isle_blk_atomic_write(blk, sector, iov, count) :
			       isle_blk_atomic_read(blk, sector, iov, count);
	ret = write ? isle_queue_write(queue, blk, sector, iov, count, over, &result, NULL) :
		      isle_queue_read(queue, blk, sector, iov, count, over, &result, NULL);
	while (!ret && result == 1) {
		ret = isle_queue_run(queue, -1);
		ret = ret < 0 ? ret : 0;
	}
	return ret ? ret : result;
}

#define MOVE(write, sector, iov, count) \
	move(self->queue, self->blk, write, sector, iov, count)

/* Buffers of 0 to 3 sectors, @count of them, one after the other */
static size_t cut(uint8_t *at, struct iovec *iov, int count, struct rng *rng)
{
	size_t bytes = 0;
	int i;

	for (i = 0; i < count; i++) {
		iov[i].iov_base = at + bytes;
		iov[i].iov_len = below(rng, 4) * SECTOR;
		bytes += iov[i].iov_len;
	}
	return bytes;
}

TEST_F_TIMEOUT(transfer, short_calls, TIMEOUT)
{
	static const size_t most[] = { 0, SECTOR, 2 * SECTOR, 7 * SECTOR, 1000 * SECTOR };
	struct rng rng = { 7 };
	struct iovec iov[3000];
	uint64_t sector;
	size_t i, bytes;
	int count;

	for (i = 0; i < ARRAY_SIZE(most) * rounds(4, 1); i++) {
		sys.most = most[i % ARRAY_SIZE(most)];
		sys.interrupt = i & 1 ? 3 : 0;
		count = i & 2 ? rounds(2000, 1100) : 40;
		sector = below(&rng, 100);
		memset(self->buffer, 0, SECTORS * SECTOR);
		bytes = cut(self->buffer, iov, count, &rng);
		ASSERT_EQ(0, MOVE(false, sector, iov, count));
		ASSERT_EQ(0, memcmp(self->buffer, self->data + sector * SECTOR, bytes));

		fill(&rng, self->buffer, bytes);
		memcpy(self->data + sector * SECTOR, self->buffer, bytes);
		ASSERT_EQ(0, MOVE(true, sector, iov, count));
		ASSERT_EQ(SECTORS * SECTOR, pread(self->fd, self->buffer, SECTORS * SECTOR, 0));
		ASSERT_EQ(0, memcmp(self->buffer, self->data, SECTORS * SECTOR));
	}
}

TEST_F_TIMEOUT(transfer, part_of_a_sector, TIMEOUT)
{
	struct iovec iov = { self->buffer, 4 * SECTOR };

	sys.most = SECTOR + 1;
	EXPECT_EQ(-EIO, MOVE(false, 0, &iov, 1));
	EXPECT_EQ(-EIO, MOVE(true, 0, &iov, 1));
}

TEST_F_TIMEOUT(transfer, fails_on_the_way, TIMEOUT)
{
	struct iovec iov = { self->buffer, 4 * SECTOR };

	sys.most = SECTOR;
	sys.error = ENODEV;
	for (sys.fail_after = 0; sys.fail_after < 4; sys.fail_after++) {
		sys.calls = 0;
		EXPECT_EQ(-ENODEV, MOVE(false, 0, &iov, 1));
		sys.calls = 0;
		EXPECT_EQ(-ENODEV, MOVE(true, 0, &iov, 1));
	}
	sys.calls = 0;
	EXPECT_EQ(0, MOVE(true, 0, &iov, 1));
}

/* It shrank after the range was checked */
TEST_F_TIMEOUT(transfer, nothing_there, TIMEOUT)
{
	struct iovec iov = { self->buffer, 4 * SECTOR };

	sys.huge = true;
	EXPECT_EQ(-EINVAL, MOVE(false, 0, &iov, 1));
	EXPECT_EQ(-ENOSPC, MOVE(true, 0, &iov, 1));
}

TEST_F_TIMEOUT(transfer, refused_at_once, TIMEOUT)
{
	static const size_t odd[] = { 1, SECTOR - 1, SECTOR + 1 };
	struct iovec iov[2] = { { self->buffer, SECTOR }, { self->buffer, SECTOR } };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(odd); i++) {
		iov[1].iov_len = odd[i];
		EXPECT_EQ(-EINVAL, MOVE(false, 0, iov, 2));
		EXPECT_EQ(-EINVAL, MOVE(true, 0, iov, 2));
	}
	/* whole together is not enough */
	iov[0].iov_len = SECTOR / 2;
	iov[1].iov_len = SECTOR / 2;
	EXPECT_EQ(-EINVAL, MOVE(true, 0, iov, 2));

	iov[0].iov_len = SECTOR;
	iov[1].iov_len = SECTOR;
	EXPECT_EQ(-EINVAL, MOVE(false, 0, iov, -1));
	EXPECT_EQ(-EINVAL, MOVE(false, 0, NULL, 1));
	EXPECT_EQ(-EINVAL, MOVE(false, SECTORS - 1, iov, 2));
	EXPECT_EQ(-ENOSPC, MOVE(true, SECTORS - 1, iov, 2));
	EXPECT_EQ(-EINVAL, MOVE(false, SECTORS, iov, 1));
	EXPECT_EQ(-ENOSPC, MOVE(true, SECTORS, iov, 1));
	EXPECT_EQ(-EINVAL, MOVE(false, UINT64_MAX, iov, 1));
	EXPECT_EQ(-ENOSPC, MOVE(true, UINT64_MAX, iov, 1));
	EXPECT_EQ(-ENOSPC, MOVE(true, UINT64_MAX / SECTOR, iov, 2));
	/* this one in bytes is 0 again */
	EXPECT_EQ(-EINVAL, MOVE(false, UINT64_MAX / SECTOR + 1, iov, 1));
	EXPECT_EQ(-ENOSPC, MOVE(true, UINT64_MAX / SECTOR + 1, iov, 1));
	iov[0].iov_len = (size_t)-SECTOR;
	EXPECT_EQ(-EINVAL, MOVE(true, 0, iov, 2));
	iov[0].iov_len = SECTOR;
	EXPECT_EQ(0, sys.calls);

	/* nothing to move is no error, wherever */
	iov[0].iov_len = 0;
	iov[1].iov_len = 0;
	EXPECT_EQ(0, MOVE(true, 0, NULL, 0));
	EXPECT_EQ(0, MOVE(false, SECTORS + 1, iov, 2));
	EXPECT_EQ(0, sys.calls);
}

TEST_F_TIMEOUT(transfer, grows, TIMEOUT)
{
	struct iovec iov = { self->buffer, SECTOR };

	EXPECT_EQ(-ENOSPC, MOVE(true, SECTORS, &iov, 1));
	sys.sectors++;
	EXPECT_EQ(0, MOVE(true, SECTORS, &iov, 1));
	EXPECT_EQ(0, MOVE(false, SECTORS, &iov, 1));
	EXPECT_EQ(-ENOSPC, MOVE(true, SECTORS + 1, &iov, 1));
}

TEST_F_TIMEOUT(transfer, read_only, TIMEOUT)
{
	struct iovec iov = { self->buffer, SECTOR };
	int fd = dup(self->fd);

	isle_blk_close(self->blk);
	sys.flags = ISLE_BLK_READ_ONLY;
	ASSERT_EQ(0, isle_blk_from_fd(fd, &self->blk));
	EXPECT_EQ(-EROFS, MOVE(true, 0, &iov, 1));
	EXPECT_EQ(-EROFS, MOVE(true, SECTORS, &iov, 1));
	EXPECT_EQ(0, MOVE(false, 0, &iov, 1));
	EXPECT_EQ(-EROFS, isle_blk_write_zeroes(self->blk, 0, 1));
	EXPECT_EQ(-EROFS, isle_blk_discard(self->blk, 0, 1));
}

/* What a file in non-blocking mode or a thread that has ended leave undone */
TEST_F_TIMEOUT(transfer, given_back, TIMEOUT)
{
	static const int errors[] = { EAGAIN, ECANCELED };
	struct iovec iov = { self->buffer, 4 * SECTOR };
	size_t i;

	sys.most = SECTOR;
	for (i = 0; i < ARRAY_SIZE(errors); i++) {
		sys.given_back = errors[i];
		sys.calls = 0;
		memset(self->buffer, 0, 4 * SECTOR);
		EXPECT_EQ(0, MOVE(false, 8, &iov, 1));
		EXPECT_EQ(0, memcmp(self->buffer, self->data + 8 * SECTOR, 4 * SECTOR));
	}
}

static int order;

static void in_order(void *arg, int result)
{
	*(int *)arg = result ? result : ++order;
}

/* Writes that take many calls, and a flush that could overtake them */
TEST_F_TIMEOUT(transfer, flush_comes_after, TIMEOUT)
{
	struct iovec iov = { self->buffer, 16 * SECTOR };
	int writes[3] = { 0 }, flush = 0, i;

	if (!self->queue)
		return;
	sys.most = SECTOR;
	order = 0;
	for (i = 0; i < 3; i++)
		ASSERT_EQ(0, isle_queue_write(self->queue, self->blk, i * 16, &iov, 1,
					      in_order, &writes[i], NULL));
	ASSERT_EQ(0, isle_queue_flush(self->queue, self->blk, in_order, &flush, NULL));
	while (isle_queue_pending(self->queue))
		ASSERT_LE(0, isle_queue_run(self->queue, -1));
	EXPECT_EQ(4, flush);
}

TEST_F_TIMEOUT(transfer, forbidden_uring, TIMEOUT)
{
	static const int reasons[] = { ENOSYS, EPERM, EACCES };
	struct iovec iov = { self->buffer, SECTOR };
	struct isle_queue *queue = NULL;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(reasons); i++) {
		sys.forbidden = reasons[i];
		ASSERT_EQ(0, isle_queue_create(4, 0, &queue));
		EXPECT_EQ(1, isle_queue_is_sync(queue));
		EXPECT_EQ(0, move(queue, self->blk, true, 0, &iov, 1));
		isle_queue_destroy(queue);
	}
	queue = NULL;
	sys.forbidden = ENOMEM;
	EXPECT_EQ(-ENOMEM, isle_queue_create(4, 0, &queue));
	EXPECT_EQ(NULL, queue);
}

TEST_HARNESS_MAIN
