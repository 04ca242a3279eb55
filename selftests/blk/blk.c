// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: reading and writing a block device
 *
 * Each test runs on every kind of backing, with several sector sizes.
 */
#include <kselftest_harness.h>

#include <limits.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#include "../lib.h"
#include "scratch.h"

#define BYTES		(1 << 20)

FIXTURE(blk) {
	int ctl, fd;
	struct dom dom;
	struct counters start;
	struct scratch scratch;
	struct rng rng;
	size_t sector;
	uint8_t *shadow, *buf;	/* what should be there, and what was read */
};

FIXTURE_VARIANT(blk) {
	enum place place;
	__u32 sector;
};

FIXTURE_VARIANT_ADD(blk, memory_512) { MEMORY, 512 };
FIXTURE_VARIANT_ADD(blk, memory_1024) { MEMORY, 1024 };
FIXTURE_VARIANT_ADD(blk, memory_4096) { MEMORY, 4096 };
FIXTURE_VARIANT_ADD(blk, tmpfs_512) { TMPFS, 512 };
FIXTURE_VARIANT_ADD(blk, tmpfs_4096) { TMPFS, 4096 };
FIXTURE_VARIANT_ADD(blk, ext4_512) { EXT4, 512 };
FIXTURE_VARIANT_ADD(blk, ext4_4096) { EXT4, 4096 };
FIXTURE_VARIANT_ADD(blk, loop_512) { LOOP, 512 };
FIXTURE_VARIANT_ADD(blk, loop_4k_512) { LOOP_4K, 512 };
FIXTURE_VARIANT_ADD(blk, loop_4k_4096) { LOOP_4K, 4096 };

FIXTURE_SETUP(blk)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	ASSERT_EQ(0, scratch_make(&self->scratch, variant->place, BYTES));
	ASSERT_EQ(0, scratch_add(self->ctl, &self->dom, "disk", &self->scratch,
				 variant->sector, BYTES, 0));
	self->fd = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, self->fd);
	self->sector = variant->sector;
	self->rng.state = variant->sector;
	self->shadow = calloc(1, BYTES);
	self->buf = malloc(BYTES + 65536);
	ASSERT_NE(NULL, self->shadow);
	ASSERT_NE(NULL, self->buf);
}

FIXTURE_TEARDOWN(blk)
{
	close(self->fd);
	close(self->dom.fd);
	close(self->ctl);
	scratch_end(&self->scratch);
	free(self->shadow);
	free(self->buf);
	EXPECT_TRUE(counters_are(&self->start));
}

/* All of the device is as the shadow has it */
#define EXPECT_SHADOW() do {						\
	EXPECT_EQ(BYTES, pread(self->fd, self->buf, BYTES, 0));		\
	EXPECT_EQ(0, memcmp(self->shadow, self->buf, BYTES));		\
} while (0)

#define EXPECT_ERRNO(error, result) do {				\
	EXPECT_EQ(-1, result);						\
	EXPECT_EQ(error, errno);					\
} while (0)

TEST_F_TIMEOUT(blk, zero_at_first, TIMEOUT)
{
	memset(self->buf, 0xa5, BYTES);
	EXPECT_SHADOW();
}

/* Cuts @len bytes at @buf into at most @max buffers of odd lengths */
static int cut(struct rng *rng, void *buf, size_t len, struct iovec *iov,
	       int max)
{
	size_t part;
	int n = 0;

	while (len) {
		part = n == max - 1 ? len : 1 + below(rng, len);
		if (n % 3 == 2 && n < max - 1)
			part = 0;
		iov[n++] = (struct iovec) { buf, part };
		buf = (char *)buf + part;
		len -= part;
	}
	return n;
}

TEST_F_TIMEOUT(blk, random_operations, TIMEOUT)
{
	const int n = rounds(4000, 500);
	struct iovec iov[9];
	size_t off, len;
	uint8_t *buf;
	int i, op, count;

	for (i = 0; i < n; i++) {
		len = self->sector * (1 + below(&self->rng, i % 16 ? 8 : 40));
		off = self->sector * below(&self->rng, (BYTES - len) /
					   self->sector + 1);
		op = below(&self->rng, 8);
		/* memory that is aligned in every way there is */
		buf = self->buf + below(&self->rng, 4096);
		count = cut(&self->rng, buf, len, iov, 9);
		memset(buf, 0xa5, len + 1);
		if (op < 4) {
			fill(&self->rng, buf, len);
			memcpy(self->shadow + off, buf, len);
		}
		switch (op) {
		case 0:
			ASSERT_EQ(len, pwrite(self->fd, buf, len, off));
			break;
		case 1:
			ASSERT_EQ(len, pwritev(self->fd, iov, count, off));
			break;
		case 2:
			ASSERT_EQ(off, lseek(self->fd, off, SEEK_SET));
			ASSERT_EQ(len, write(self->fd, buf, len));
			ASSERT_EQ(off + len, lseek(self->fd, 0, SEEK_CUR));
			break;
		case 3:
			ASSERT_EQ(off, lseek(self->fd, off, SEEK_SET));
			ASSERT_EQ(len, writev(self->fd, iov, count));
			ASSERT_EQ(off + len, lseek(self->fd, 0, SEEK_CUR));
			break;
		case 4:
			ASSERT_EQ(len, pread(self->fd, buf, len, off));
			break;
		case 5:
			ASSERT_EQ(len, preadv(self->fd, iov, count, off));
			break;
		case 6:
			ASSERT_EQ(off, lseek(self->fd, off, SEEK_SET));
			ASSERT_EQ(len, read(self->fd, buf, len));
			ASSERT_EQ(off + len, lseek(self->fd, 0, SEEK_CUR));
			break;
		default:
			ASSERT_EQ(off, lseek(self->fd, off, SEEK_SET));
			ASSERT_EQ(len, readv(self->fd, iov, count));
			ASSERT_EQ(off + len, lseek(self->fd, 0, SEEK_CUR));
		}
		if (op < 4)
			continue;
		ASSERT_EQ(0, memcmp(self->shadow + off, buf, len));
		ASSERT_EQ(0xa5, buf[len]);
	}
	EXPECT_SHADOW();
}

TEST_F_TIMEOUT(blk, misaligned, TIMEOUT)
{
	const size_t s = self->sector;
	const size_t lengths[] = { 1, s - 1, s + 1, s / 2, 3 * s - 1,
				   BYTES + 1, BYTES - 1 };
	const off_t offsets[] = { 1, s - 1, s + 1, s / 2, BYTES - 1,
				  BYTES + 1, BYTES + s / 2 };
	struct iovec iov[2] = { { self->buf, s }, { self->buf + s, s / 2 } };
	unsigned int i;

	fill(&self->rng, self->shadow, BYTES);
	ASSERT_EQ(BYTES, pwrite(self->fd, self->shadow, BYTES, 0));
	memset(self->buf, 0xa5, BYTES);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		EXPECT_ERRNO(EINVAL, pread(self->fd, self->buf, lengths[i], 0));
		EXPECT_ERRNO(EINVAL, pwrite(self->fd, self->buf, lengths[i],
					    s));
		/* also where a whole number of sectors would be cut */
		EXPECT_ERRNO(EINVAL, pread(self->fd, self->buf, lengths[i],
					   BYTES - s));
		EXPECT_ERRNO(EINVAL, pwrite(self->fd, self->buf, lengths[i],
					    BYTES - s));
	}
	for (i = 0; i < ARRAY_SIZE(offsets); i++) {
		EXPECT_ERRNO(EINVAL, pread(self->fd, self->buf, s, offsets[i]));
		EXPECT_ERRNO(EINVAL, pwrite(self->fd, self->buf, s,
					    offsets[i]));
	}
	EXPECT_ERRNO(EINVAL, preadv(self->fd, iov, 2, 0));
	EXPECT_ERRNO(EINVAL, pwritev(self->fd, iov, 2, 0));
	EXPECT_TRUE(all_bytes(self->buf, 0xa5, BYTES));
	EXPECT_SHADOW();

	/* A position that is off leaves reading and writing where they were */
	if (lseek(self->fd, 1, SEEK_SET) == 1) {
		EXPECT_ERRNO(EINVAL, read(self->fd, self->buf, s));
		EXPECT_ERRNO(EINVAL, write(self->fd, self->buf, s));
		EXPECT_EQ(1, lseek(self->fd, 0, SEEK_CUR));
	}
}

TEST_F_TIMEOUT(blk, the_end, TIMEOUT)
{
	const size_t s = self->sector;
	uint8_t *buf = self->buf;

	memset(buf, 0xa5, 4 * s);
	EXPECT_EQ(0, pread(self->fd, buf, s, BYTES));
	EXPECT_EQ(0, pread(self->fd, buf, s, BYTES + 100 * s));
	EXPECT_TRUE(all_bytes(buf, 0xa5, 4 * s));
	EXPECT_EQ(s, pread(self->fd, buf, 4 * s, BYTES - s));
	EXPECT_TRUE(all_bytes(buf, 0, s));
	EXPECT_TRUE(all_bytes(buf + s, 0xa5, 3 * s));

	memset(buf, 0x11, 4 * s);
	EXPECT_ERRNO(ENOSPC, pwrite(self->fd, buf, s, BYTES));
	EXPECT_ERRNO(ENOSPC, pwrite(self->fd, buf, s, BYTES + 100 * s));
	EXPECT_EQ(2 * s, pwrite(self->fd, buf, 4 * s, BYTES - 2 * s));
	memset(self->shadow + BYTES - 2 * s, 0x11, 2 * s);

	/* By position: dd and cat see the end */
	EXPECT_EQ(BYTES - (off_t)s, lseek(self->fd, -(off_t)s, SEEK_END));
	EXPECT_EQ(s, write(self->fd, buf, 2 * s));
	EXPECT_EQ(BYTES, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_ERRNO(ENOSPC, write(self->fd, buf, s));
	EXPECT_EQ(0, read(self->fd, buf, s));
	EXPECT_EQ(BYTES, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_SHADOW();
}

TEST_F_TIMEOUT(blk, far_offsets, TIMEOUT)
{
	const int64_t s = self->sector;
	const off_t far[] = { 1LL << 31, 1LL << 32, (1LL << 32) + BYTES - s,
			      1LL << 40, 1LL << 41, 1LL << 62,
			      INT64_MAX - s + 1, INT64_MAX - 2 * s + 1 };
	const off_t negative[] = { -1, -s, -BYTES, INT64_MIN, INT64_MIN + s };
	unsigned int i;

	memset(self->buf, 0xa5, BYTES);
	for (i = 0; i < ARRAY_SIZE(far); i++) {
		/* if the end is beyond 2^63 the kernel itself may refuse */
		if (far[i] <= INT64_MAX - s) {
			EXPECT_EQ(0, pread(self->fd, self->buf, s, far[i]))
				TH_LOG("at %#llx", (long long)far[i]);
			EXPECT_ERRNO(ENOSPC, pwrite(self->fd, self->buf, s,
						    far[i]));
		}
		EXPECT_GE(0, pread(self->fd, self->buf, 4 * s, far[i]));
		EXPECT_EQ(-1, pwrite(self->fd, self->buf, 4 * s, far[i]));
		EXPECT_TRUE(errno == ENOSPC || errno == EINVAL);
	}
	for (i = 0; i < ARRAY_SIZE(negative); i++) {
		EXPECT_ERRNO(EINVAL, pread(self->fd, self->buf, s,
					   negative[i]));
		EXPECT_ERRNO(EINVAL, pwrite(self->fd, self->buf, s,
					    negative[i]));
	}
	EXPECT_TRUE(all_bytes(self->buf, 0xa5, BYTES));
	EXPECT_SHADOW();
}

TEST_F_TIMEOUT(blk, no_length, TIMEOUT)
{
	struct iovec iov[3] = { { self->buf, 0 }, { NULL, 0 },
				{ self->buf, 0 } };

	EXPECT_EQ(0, pread(self->fd, self->buf, 0, 0));
	EXPECT_EQ(0, pwrite(self->fd, self->buf, 0, 0));
	EXPECT_EQ(0, read(self->fd, NULL, 0));
	EXPECT_EQ(0, write(self->fd, NULL, 0));
	EXPECT_EQ(0, preadv(self->fd, iov, 3, 0));
	EXPECT_EQ(0, pwritev(self->fd, iov, 3, 0));
	EXPECT_EQ(0, pread(self->fd, self->buf, 0, BYTES));
	EXPECT_SHADOW();
}

TEST_F_TIMEOUT(blk, many_buffers, TIMEOUT)
{
	struct iovec iov[IOV_MAX + 1];
	size_t len = self->sector, part, total = 0;
	int i, n = IOV_MAX;

	/* odd ones, that together are a number of sectors */
	part = BYTES / 2 / n;
	for (i = 0; i < n; i++) {
		len = i % 2 ? part - 7 : part + 7;
		iov[i] = (struct iovec) { self->buf + total, len };
		total += len;
	}
	ASSERT_EQ(0, total % self->sector);
	fill(&self->rng, self->buf, total);
	memcpy(self->shadow + BYTES - total, self->buf, total);
	EXPECT_EQ(total, pwritev(self->fd, iov, n, BYTES - total));
	memset(self->buf, 0, total);
	EXPECT_EQ(total, preadv(self->fd, iov, n, BYTES - total));
	EXPECT_EQ(0, memcmp(self->buf, self->shadow + BYTES - total, total));
	iov[n] = iov[0];
	EXPECT_ERRNO(EINVAL, preadv(self->fd, iov, n + 1, 0));
	EXPECT_ERRNO(EINVAL, pwritev(self->fd, iov, n + 1, 0));

	/* one sector, a byte at a time */
	n = self->sector > IOV_MAX ? IOV_MAX : self->sector;
	for (i = 0; i < n; i++)
		iov[i] = (struct iovec) { self->buf + 2 * i, 1 };
	iov[n - 1].iov_len = self->sector - n + 1;
	memset(self->buf, 0x77, 2 * self->sector + 4096);
	EXPECT_EQ(self->sector, pwritev(self->fd, iov, n, self->sector));
	memset(self->shadow + self->sector, 0x77, self->sector);
	EXPECT_SHADOW();
}

TEST_F_TIMEOUT(blk, access_modes, TIMEOUT)
{
	const size_t s = self->sector;
	struct scratch rom;
	int fd;

	fd = blk_open(self->dom.fd, "disk", ISLE_OPEN_READ);
	ASSERT_LE(0, fd);
	EXPECT_EQ(s, pread(fd, self->buf, s, 0));
	EXPECT_ERRNO(EBADF, pwrite(fd, self->buf, s, 0));
	EXPECT_ERRNO(EBADF, write(fd, self->buf, s));
	close(fd);
	fd = blk_open(self->dom.fd, "disk", ISLE_OPEN_WRITE);
	ASSERT_LE(0, fd);
	EXPECT_ERRNO(EBADF, pread(fd, self->buf, s, 0));
	memset(self->shadow, 0x33, s);
	EXPECT_EQ(s, pwrite(fd, self->shadow, s, 0));
	close(fd);
	EXPECT_SHADOW();

	/* Opening a read-only device for writing works: info says what it is */
	ASSERT_EQ(0, scratch_make(&rom, self->scratch.place, BYTES));
	ASSERT_EQ(0, scratch_add(self->ctl, &self->dom, "rom", &rom, s, BYTES,
				 ISLE_BLK_READ_ONLY));
	fd = blk_open_rw(self->dom.fd, "rom");
	ASSERT_LE(0, fd);
	EXPECT_ERRNO(EROFS, pwrite(fd, self->buf, s, 0));
	EXPECT_ERRNO(EROFS, write(fd, self->buf, s));
	EXPECT_EQ(0, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(-1, pwrite(fd, self->buf, s, BYTES));
	EXPECT_TRUE(errno == EROFS || errno == ENOSPC);
	EXPECT_EQ(0, fsync(fd));
	EXPECT_EQ(BYTES, pread(fd, self->buf, BYTES, 0));
	EXPECT_TRUE(all_bytes(self->buf, 0, BYTES));
	close(fd);
	scratch_end(&rom);
}

TEST_F_TIMEOUT(blk, seek, TIMEOUT)
{
	static const int unknown[] = { SEEK_DATA, SEEK_HOLE, 5, 1000, -1 };
	const off_t s = self->sector;
	unsigned int i;

	EXPECT_EQ(0, lseek(self->fd, 0, SEEK_CUR));
	EXPECT_EQ(3 * s, lseek(self->fd, 3 * s, SEEK_SET));
	EXPECT_EQ(5 * s, lseek(self->fd, 2 * s, SEEK_CUR));
	EXPECT_EQ(4 * s, lseek(self->fd, -s, SEEK_CUR));
	EXPECT_EQ(BYTES, lseek(self->fd, 0, SEEK_END));
	EXPECT_EQ(BYTES - s, lseek(self->fd, -s, SEEK_END));
	EXPECT_EQ(s, lseek(self->fd, s, SEEK_SET));

	EXPECT_ERRNO(EINVAL, lseek(self->fd, -1, SEEK_SET));
	EXPECT_ERRNO(EINVAL, lseek(self->fd, -2 * s, SEEK_CUR));
	EXPECT_ERRNO(EINVAL, lseek(self->fd, -BYTES - 1, SEEK_END));
	EXPECT_ERRNO(EINVAL, lseek(self->fd, INT64_MIN, SEEK_CUR));
	EXPECT_EQ(-1, lseek(self->fd, INT64_MAX, SEEK_CUR));
	EXPECT_EQ(-1, lseek(self->fd, INT64_MAX, SEEK_END));
	for (i = 0; i < ARRAY_SIZE(unknown); i++) {
		EXPECT_ERRNO(EINVAL, lseek(self->fd, 0, unknown[i]));
	}
	EXPECT_EQ(s, lseek(self->fd, 0, SEEK_CUR)) TH_LOG("it moved");
}

TEST_F_TIMEOUT(blk, flags_of_calls, TIMEOUT)
{
	const size_t s = self->sector;
	struct iovec iov = { self->shadow, 4 * s };
	struct iovec in = { self->buf, 4 * s };
	ssize_t ret;
	int fd, i;

	fill(&self->rng, self->shadow, 4 * s);
	EXPECT_EQ(4 * s, pwritev2(self->fd, &iov, 1, 0, RWF_DSYNC));
	fill(&self->rng, self->shadow, 4 * s);
	EXPECT_EQ(4 * s, pwritev2(self->fd, &iov, 1, 0, RWF_SYNC));
	if (self->scratch.place == MEMORY) {
		EXPECT_EQ(4 * s, preadv2(self->fd, &in, 1, 0, RWF_NOWAIT));
		EXPECT_EQ(0, memcmp(self->shadow, self->buf, 4 * s));
		fill(&self->rng, self->shadow, 4 * s);
		EXPECT_EQ(4 * s, pwritev2(self->fd, &iov, 1, 0, RWF_NOWAIT))
			TH_LOG("over what is there already");
		EXPECT_EQ(4 * s, preadv2(self->fd, &in, 1, 4 * s, RWF_NOWAIT));
		EXPECT_TRUE(all_bytes(self->buf, 0, 4 * s));
	} else {
		/* All of it, or another time */
		for (i = 0; i < 20; i++) {
			ret = preadv2(self->fd, &in, 1, 0, RWF_NOWAIT);
			if (ret < 0) {
				EXPECT_EQ(EAGAIN, errno);
			} else {
				EXPECT_EQ(4 * s, ret);
				EXPECT_EQ(0, memcmp(self->shadow, self->buf,
						    4 * s));
			}
			fill(&self->rng, self->buf, 4 * s);
			ret = pwritev2(self->fd, &in, 1, 0, RWF_NOWAIT);
			if (ret < 0) {
				EXPECT_EQ(EAGAIN, errno);
			} else {
				EXPECT_EQ(4 * s, ret);
				memcpy(self->shadow, self->buf, 4 * s);
			}
		}
	}
	EXPECT_EQ(4 * s, preadv2(self->fd, &in, 1, 0, RWF_HIPRI));
	EXPECT_EQ(-1, preadv2(self->fd, &in, 1, 0, 1 << 30));
	EXPECT_SHADOW();

	/* Appending has no meaning here: it goes where it should */
	fd = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fcntl(fd, F_SETFL, O_APPEND));
	fill(&self->rng, self->shadow + s, s);
	EXPECT_EQ(s, lseek(fd, s, SEEK_SET));
	EXPECT_EQ(s, write(fd, self->shadow + s, s));
	fill(&self->rng, self->shadow + 8 * s, s);
	EXPECT_EQ(s, pwrite(fd, self->shadow + 8 * s, s, 8 * s));
	close(fd);
	EXPECT_SHADOW();
}

TEST_F_TIMEOUT(blk, sync_and_poll, TIMEOUT)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT };
	int ep = epoll_create1(0);

	EXPECT_EQ(0, fsync(self->fd));
	EXPECT_EQ(0, fdatasync(self->fd));
	EXPECT_EQ(POLLIN | POLLOUT, poll_now(self->fd, POLLIN | POLLOUT));
	EXPECT_EQ(POLLIN, poll_now(self->fd, POLLIN | POLLPRI));
	EXPECT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->fd, &event));
	event.events = 0;
	EXPECT_EQ(1, epoll_wait(ep, &event, 1, -1));
	EXPECT_EQ(EPOLLIN | EPOLLOUT, event.events);
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "disk", 0));
	EXPECT_EQ(1, epoll_wait(ep, &event, 1, -1));
	EXPECT_TRUE(event.events & EPOLLHUP);
	EXPECT_TRUE(event.events & EPOLLERR);
	close(ep);
}

TEST_F_TIMEOUT(blk, two_files_one_device, TIMEOUT)
{
	const size_t s = self->sector;
	int other = blk_open_rw(self->dom.fd, "disk");

	ASSERT_LE(0, other);
	fill(&self->rng, self->shadow, BYTES);
	EXPECT_EQ(BYTES, write(self->fd, self->shadow, BYTES));
	EXPECT_EQ(0, lseek(other, 0, SEEK_CUR));
	EXPECT_EQ(BYTES, read(other, self->buf, BYTES));
	EXPECT_EQ(0, memcmp(self->shadow, self->buf, BYTES));
	fill(&self->rng, self->shadow + s, s);
	EXPECT_EQ(s, pwrite(other, self->shadow + s, s, s));
	close(other);
	EXPECT_SHADOW();

	/* What was written outlives the file; memory does not the device */
	close(self->fd);
	self->fd = blk_open_rw(self->dom.fd, "disk");
	EXPECT_SHADOW();
	close(self->fd);
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "disk", 0));
	ASSERT_EQ(0, scratch_add(self->ctl, &self->dom, "disk", &self->scratch,
				 self->sector, BYTES, 0));
	self->fd = blk_open_rw(self->dom.fd, "disk");
	if (self->scratch.place == MEMORY)
		memset(self->shadow, 0, BYTES);
	EXPECT_SHADOW();
}

SCRATCH_MAIN
