// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: a block device answers as a disk does
 *
 * The ioctls of <linux/fs.h>, discarding and zeroing; and buffers that cannot
 * be reached.  On every kind of backing.
 */
#include <kselftest_harness.h>

#include <linux/fs.h>
#include <sys/uio.h>

#include "../lib.h"
#include "scratch.h"

#define SECTORS		256

FIXTURE(disk) {
	int ctl, fd;
	struct dom dom;
	struct counters start;
	struct scratch scratch;
	struct rng rng;
	size_t sector, bytes;
	uint8_t *shadow, *buf;
};

FIXTURE_VARIANT(disk) {
	enum place place;
	__u32 sector;
};

FIXTURE_VARIANT_ADD(disk, memory_512) { MEMORY, 512 };
FIXTURE_VARIANT_ADD(disk, memory_4096) { MEMORY, 4096 };
FIXTURE_VARIANT_ADD(disk, tmpfs_512) { TMPFS, 512 };
FIXTURE_VARIANT_ADD(disk, ext4_512) { EXT4, 512 };
FIXTURE_VARIANT_ADD(disk, ext4_4096) { EXT4, 4096 };
FIXTURE_VARIANT_ADD(disk, loop_512) { LOOP, 512 };
FIXTURE_VARIANT_ADD(disk, loop_4k_4096) { LOOP_4K, 4096 };

FIXTURE_SETUP(disk)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	self->sector = variant->sector;
	self->bytes = SECTORS * self->sector;
	ASSERT_EQ(0, scratch_make(&self->scratch, variant->place, self->bytes));
	ASSERT_EQ(0, scratch_add(self->ctl, &self->dom, "disk", &self->scratch,
				 self->sector, self->bytes, 0));
	self->fd = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, self->fd);
	self->shadow = malloc(self->bytes);
	self->buf = malloc(self->bytes);
	ASSERT_NE(NULL, self->shadow);
	ASSERT_NE(NULL, self->buf);
	self->rng.state = 7;
	fill(&self->rng, self->shadow, self->bytes);
	ASSERT_EQ(self->bytes, pwrite(self->fd, self->shadow, self->bytes, 0));
}

FIXTURE_TEARDOWN(disk)
{
	close(self->fd);
	close(self->dom.fd);
	close(self->ctl);
	scratch_end(&self->scratch);
	free(self->shadow);
	free(self->buf);
	EXPECT_TRUE(counters_are(&self->start));
}

#define EXPECT_SHADOW() do {						\
	EXPECT_EQ(self->bytes, pread(self->fd, self->buf, self->bytes, 0)); \
	EXPECT_EQ(0, memcmp(self->shadow, self->buf, self->bytes));	\
} while (0)

TEST_F_TIMEOUT(disk, sizes, TIMEOUT)
{
	unsigned int u = ~0U;
	unsigned long sectors = ~0UL;
	__u64 bytes = ~0ULL;
	int i = -1;

	EXPECT_EQ(0, call(self->fd, BLKGETSIZE64, &bytes));
	EXPECT_EQ(self->bytes, bytes);
	EXPECT_EQ(0, call(self->fd, BLKGETSIZE, &sectors));
	EXPECT_EQ(self->bytes / 512, sectors) TH_LOG("in units of 512");
	EXPECT_EQ(0, call(self->fd, BLKSSZGET, &i));
	EXPECT_EQ(self->sector, i);
	EXPECT_EQ(0, call(self->fd, BLKPBSZGET, &u));
	EXPECT_LE(self->sector, u);
	EXPECT_EQ(0, u & (u - 1));
	i = -1;
	EXPECT_EQ(0, call(self->fd, BLKBSZGET, &i));
	EXPECT_LE(self->sector, i);
	u = ~0U;
	EXPECT_EQ(0, call(self->fd, BLKIOMIN, &u));
	EXPECT_LE(self->sector, u);
	EXPECT_EQ(0, u % self->sector);
	u = ~0U;
	EXPECT_EQ(0, call(self->fd, BLKIOOPT, &u));
	EXPECT_EQ(0, u % self->sector);
	i = -1;
	EXPECT_EQ(0, call(self->fd, BLKALIGNOFF, &i));
	EXPECT_EQ(0, i);
	i = -1;
	EXPECT_EQ(0, call(self->fd, BLKROGET, &i));
	EXPECT_EQ(0, i);
	EXPECT_EQ(0, call(self->fd, BLKFLSBUF, NULL));
	EXPECT_SHADOW();
}

TEST_F_TIMEOUT(disk, bad_pointers, TIMEOUT)
{
	static const unsigned long cmds[] = {
		BLKGETSIZE, BLKGETSIZE64, BLKSSZGET, BLKPBSZGET, BLKBSZGET,
		BLKIOMIN, BLKIOOPT, BLKALIGNOFF, BLKROGET, BLKDISCARD,
		BLKZEROOUT,
	};
	uint8_t *map = fenced(1), *fence = map + sysconf(_SC_PAGESIZE);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		EXPECT_EQ(-EFAULT, call(self->fd, cmds[i], NULL))
			TH_LOG("%#lx", cmds[i]);
		EXPECT_EQ(-EFAULT, call(self->fd, cmds[i], fence))
			TH_LOG("%#lx", cmds[i]);
		EXPECT_EQ(-EFAULT, call(self->fd, cmds[i], fence - 1))
			TH_LOG("%#lx", cmds[i]);
		EXPECT_EQ(-EFAULT, call(self->fd, cmds[i], (void *)-1L))
			TH_LOG("%#lx", cmds[i]);
	}
	EXPECT_EQ(-EFAULT, call(self->fd, BLKDISCARD, fence - 8));
	EXPECT_EQ(-EFAULT, call(self->fd, BLKZEROOUT, fence - 8));
	EXPECT_SHADOW();
	fenced_free(map, 1);
}

/* What disks have and isle's do not: the partition table, the geometry... */
TEST_F_TIMEOUT(disk, not_offered, TIMEOUT)
{
	static const unsigned long cmds[] = {
		BLKRRPART, BLKRASET, BLKRAGET, BLKFRASET, BLKFRAGET, BLKSECTSET,
		BLKSECDISCARD, BLKROTATIONAL, BLKBSZSET, 0x301,
		FS_IOC_GETFLAGS,
	};
	uint8_t arg[256] = "";
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		EXPECT_GT(0, call(self->fd, cmds[i], arg))
			TH_LOG("%#lx", cmds[i]);
	}
	EXPECT_SHADOW();
}

static int range_call(int fd, unsigned long cmd, __u64 start, __u64 len)
{
	__u64 range[2] = { start, len };

	return call(fd, cmd, range);
}

TEST_F_TIMEOUT(disk, discard_and_zeroout, TIMEOUT)
{
	static const unsigned long cmds[] = { BLKDISCARD, BLKZEROOUT };
	const size_t s = self->sector;
	struct isle_blk_info info;
	unsigned int i, n;
	size_t off, len;

	ASSERT_EQ(0, blk_info(self->fd, &info));
	EXPECT_TRUE(info.flags & ISLE_BLK_DISCARD);
	for (n = 0; n < 100; n++) {
		i = n % 2;
		len = s * (1 + below(&self->rng, 30));
		off = s * below(&self->rng, (self->bytes - len) / s + 1);
		ASSERT_EQ(0, range_call(self->fd, cmds[i], off, len));
		memset(self->shadow + off, 0, len);
		if (n % 10 == 0) {
			EXPECT_SHADOW();
			fill(&self->rng, self->shadow, self->bytes);
			ASSERT_EQ(self->bytes, pwrite(self->fd, self->shadow,
						      self->bytes, 0));
		}
	}
	EXPECT_SHADOW();
	for (i = 0; i < 2; i++) {
		fill(&self->rng, self->shadow, self->bytes);
		ASSERT_EQ(self->bytes, pwrite(self->fd, self->shadow,
					      self->bytes, 0));
		ASSERT_EQ(0, range_call(self->fd, cmds[i], 0, self->bytes));
		memset(self->shadow, 0, self->bytes);
		EXPECT_SHADOW();
	}
}

TEST_F_TIMEOUT(disk, ranges_that_are_none, TIMEOUT)
{
	static const unsigned long cmds[] = { BLKDISCARD, BLKZEROOUT };
	const __u64 s = self->sector, end = self->bytes;
	const struct {
		__u64 start, len;
	} bad[] = {
		{ 1, s }, { 0, 1 }, { s / 2, s }, { 0, s / 2 }, { s, s + 1 },
		{ s - 1, 1 }, { end, s }, { end - s, 2 * s }, { 0, end + s },
		{ end + s, s }, { ~0ULL - s + 1, s }, { s, ~0ULL - s + 1 },
		{ ~0ULL - s + 1, 2 * s }, { 2 * s, ~0ULL - s + 1 },
		{ ~0ULL, 1 }, { 0, ~0ULL }, { ~0ULL, ~0ULL },
		{ 1ULL << 63, 1ULL << 63 }, { s, 1ULL << 63 },
		{ 1ULL << 63, s }, { 0, 1ULL << 63 }, { s, -s }, { -s, s },
	};
	unsigned int i, j;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		for (j = 0; j < 2; j++) {
			EXPECT_EQ(-EINVAL, range_call(self->fd, cmds[j],
						      bad[i].start, bad[i].len))
				TH_LOG("%s of %#llx at %#llx",
				       j ? "zeroout" : "discard",
				       (unsigned long long)bad[i].len,
				       (unsigned long long)bad[i].start);
		}
	}
	EXPECT_SHADOW();
	/* nothing of nothing: an answer, and no change */
	for (j = 0; j < 2; j++) {
		i = range_call(self->fd, cmds[j], 0, 0);
		EXPECT_TRUE(i == 0 || (int)i == -EINVAL);
	}
	EXPECT_SHADOW();
}

TEST_F_TIMEOUT(disk, discard_needs_to_write, TIMEOUT)
{
	struct isle_blk_config config = {
		.size = sizeof(config), .flags = ISLE_BLK_READ_ONLY,
		.backing = ISLE_BLK_MEMORY, .bytes = 65536,
	};
	int fd = blk_open(self->dom.fd, "disk", ISLE_OPEN_READ);
	int ro = 0;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBADF, range_call(fd, BLKDISCARD, 0, self->sector));
	EXPECT_EQ(-EBADF, range_call(fd, BLKZEROOUT, 0, self->sector));
	close(fd);
	EXPECT_SHADOW();

	ASSERT_EQ(0, blk_add(self->ctl, self->dom.id, "rom", &config));
	fd = blk_open_rw(self->dom.fd, "rom");
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, call(fd, BLKROGET, &ro));
	EXPECT_EQ(1, ro);
	EXPECT_EQ(-EROFS, range_call(fd, BLKDISCARD, 0, 4096));
	EXPECT_EQ(-EROFS, range_call(fd, BLKZEROOUT, 0, 4096));
	ro = 0;
	EXPECT_GT(0, call(fd, BLKROSET, &ro));
	EXPECT_EQ(-1, pwrite(fd, self->buf, 4096, 0));
	EXPECT_EQ(EROFS, errno);
	close(fd);
}

/* After a call that ran into the fence: what may be new and what may not */
static bool fault_result(ssize_t ret, size_t sector, size_t reachable)
{
	if (ret < 0)
		return errno == EFAULT;
	return ret > 0 && ret % sector == 0 && (size_t)ret <= reachable;
}

TEST_F_TIMEOUT(disk, buffers_that_end, TIMEOUT)
{
	const size_t s = self->sector, page = sysconf(_SC_PAGESIZE);
	const size_t pages = 16;
	uint8_t *map = fenced(pages), *fence = map + pages * page;
	/* how much of it can be reached, of 12 sectors */
	const size_t parts[] = { 0, 1, s - 1, s, s + 1, 2 * s, 5 * s - 3,
				 5 * s, 11 * s + s / 2, 12 * s - 1 };
	uint8_t *after = malloc(self->bytes);
	size_t part, done;
	unsigned int i;
	ssize_t ret;

	ASSERT_NE(NULL, after);
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		part = parts[i];
		if (part > pages * page)
			continue;
		/* reading: no more than that is said to have been read */
		memset(map, 0xa5, pages * page);
		ret = pread(self->fd, fence - part, 12 * s, 3 * s);
		EXPECT_TRUE(fault_result(ret, s, part))
			TH_LOG("read %zd of %zu, errno %d", ret, part, errno);
		if (ret > 0) {
			EXPECT_EQ(0, memcmp(fence - part, self->shadow + 3 * s,
					    ret));
		}
		EXPECT_TRUE(all_bytes(map, 0xa5, pages * page - part));

		/* writing: at most the sector where it ended is unknown */
		fill(&self->rng, map, pages * page);
		ret = pwrite(self->fd, fence - part, 12 * s, 3 * s);
		EXPECT_TRUE(fault_result(ret, s, part))
			TH_LOG("wrote %zd of %zu, errno %d", ret, part, errno);
		done = part / s * s;
		ASSERT_EQ(self->bytes, pread(self->fd, after, self->bytes, 0));
		EXPECT_EQ(0, memcmp(after, self->shadow, 3 * s));
		EXPECT_EQ(0, memcmp(after + 4 * s + done,
				    self->shadow + 4 * s + done,
				    self->bytes - 4 * s - done));
		if (ret > 0) {
			EXPECT_EQ(0, memcmp(after + 3 * s, fence - part, ret));
		}
		memcpy(self->shadow, after, self->bytes);
	}
	free(after);
	fenced_free(map, pages);
}

TEST_F_TIMEOUT(disk, buffers_that_are_none, TIMEOUT)
{
	const size_t s = self->sector, page = sysconf(_SC_PAGESIZE);
	uint8_t *map = fenced(1);
	void *const bad[] = { NULL, map + page, (void *)-1L, (void *)-4096L,
			      (void *)(1UL << 63), (void *)(~0UL << 47) };
	struct iovec iov[3] = { { self->buf, s }, { NULL, s },
				{ self->buf + s, s } };
	unsigned int i;
	ssize_t ret;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-1, pread(self->fd, bad[i], s, 0));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(-1, pwrite(self->fd, bad[i], s, 0));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(-1, pread(self->fd, bad[i], 8 * s, 0));
		EXPECT_EQ(EFAULT, errno);
		EXPECT_EQ(-1, pwrite(self->fd, bad[i], 8 * s, 0));
		EXPECT_EQ(EFAULT, errno);
	}
	ASSERT_EQ(self->bytes, pread(self->fd, self->buf, self->bytes, 0));
	/* "of a write an unknown part of the sector": the first one */
	memcpy(self->shadow, self->buf, s);
	EXPECT_SHADOW();

	/* a hole in the middle of a list */
	ret = pwritev(self->fd, iov, 3, 8 * s);
	EXPECT_TRUE(fault_result(ret, s, s)) TH_LOG("%zd", ret);
	ASSERT_EQ(self->bytes, pread(self->fd, self->buf, self->bytes, 0));
	memcpy(self->shadow + 8 * s, self->buf + 8 * s, 2 * s);
	EXPECT_SHADOW();

	/* read-only memory is good to write from, not to read into */
	memset(map, 0x42, page);
	ASSERT_EQ(0, mprotect(map, page, PROT_READ));
	EXPECT_EQ(-1, pread(self->fd, map, s, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_TRUE(all_bytes(map, 0x42, page));
	EXPECT_EQ(s, pwrite(self->fd, map, s, s));
	memset(self->shadow + s, 0x42, s);
	EXPECT_SHADOW();
	ASSERT_EQ(0, mprotect(map, page, PROT_READ | PROT_WRITE));
	fenced_free(map, 1);
}

/* A device read into itself has to go through user memory: there is no mmap */
TEST_F_TIMEOUT(disk, no_mapping, TIMEOUT)
{
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED,
				   self->fd, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE, self->fd, 0));
	EXPECT_EQ(ENODEV, errno);
}

/* Programs see a disk that ends: cat, dd and cmp, through the node */
TEST_F_TIMEOUT(disk, by_programs, TIMEOUT)
{
	char name[ISLE_NAME_SIZE], file[64], node[96];
	struct dom dom;
	int fd;

	ASSERT_EQ(0, dom_create(self->ctl, own(name, "dd"), &dom));
	ASSERT_EQ(0, blk_add_memory(self->ctl, dom.id, "disk", self->bytes,
				    self->sector));
	ASSERT_EQ(0, dom_publish(self->ctl, dom.id, 0600, 0, 0));
	snprintf(node, sizeof(node), "/dev/isle/%s/blk/disk", name);
	snprintf(file, sizeof(file), "/tmp/%s", name);
	fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);
	ASSERT_LE(0, fd);
	ASSERT_EQ(self->bytes, write(fd, self->shadow, self->bytes));

	EXPECT_EQ(0, run("dd bs=%zu if=%s of=%s conv=fsync", self->sector * 5,
			 file, node));
	EXPECT_EQ(0, run("cmp %s %s", file, node));
	EXPECT_EQ(0, run("test $(cat %s | wc -c) = %zu", node, self->bytes));
	EXPECT_EQ(0, run("test $(blockdev --getsize64 %s) = %zu", node,
			 self->bytes));
	/* one more is one too many */
	EXPECT_NE(0, run("dd bs=%zu count=1 seek=%d if=%s of=%s",
			 self->sector, SECTORS, file, node));
	EXPECT_EQ(0, run("cmp %s %s", file, node));
	close(fd);
	unlink(file);
	EXPECT_EQ(0, dom_destroy(self->ctl, dom.id, 0));
	close(dom.fd);
}

SCRATCH_MAIN
