// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: files and block devices as backings
 *
 * Which ones are taken, that the data is where it should be, that the backing
 * may grow and shrink under the device, and that it can be had back.
 */
#include <kselftest_harness.h>

#include <linux/fs.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "../core/listing.h"
#include "../lib.h"
#include "scratch.h"

#define BYTES	(256 * 1024)

FIXTURE(backing) {
	int ctl;
	struct dom dom;
	struct counters start;
	struct rng rng;
};

FIXTURE_SETUP(backing)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	self->rng.state = 99;
}

FIXTURE_TEARDOWN(backing)
{
	close(self->dom.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

static int add(int ctl, struct dom *dom, __u32 backing, int fd, __u32 flags)
{
	struct isle_blk_config config = {
		.size = sizeof(config), .flags = flags, .backing = backing,
		.fd = fd,
	};

	return blk_add(ctl, dom->id, "disk", &config);
}

#define ADD(backing, fd, flags) \
	add(self->ctl, &self->dom, backing, fd, flags)
#define DEL() blk_del(self->ctl, self->dom.id, "disk", 0)

TEST_F_TIMEOUT(backing, not_open_for_it, TIMEOUT)
{
	static struct listing before;
	struct scratch file, loop;
	char path[64];
	int fd, i;

	ASSERT_EQ(0, scratch_make(&file, TMPFS, BYTES));
	ASSERT_EQ(0, scratch_make(&loop, LOOP, BYTES));
	listing_take(self->ctl, &before);
	EXPECT_EQ(-EBADF, ADD(ISLE_BLK_FILE, -1, 0));
	EXPECT_EQ(-EBADF, ADD(ISLE_BLK_FILE, 999, 0));
	EXPECT_EQ(-EBADF, ADD(ISLE_BLK_DEVICE, 0x7fffffff, 0));
	EXPECT_EQ(-EBADF, ADD(ISLE_BLK_FILE, (int)(1U << 31), 0));
	for (i = 0; i < 2; i++) {
		const __u32 kind = i ? ISLE_BLK_DEVICE : ISLE_BLK_FILE;
		const char *name = i ? loop.path : file.path;

		fd = open(name, O_RDONLY);
		ASSERT_LE(0, fd);
		EXPECT_EQ(-EBADF, ADD(kind, fd, 0));
		EXPECT_EQ(-EBADF, ADD(kind, fd, ISLE_BLK_WRITE_CACHE));
		EXPECT_TRUE(listing_same(self->ctl, &before));
		EXPECT_EQ(0, ADD(kind, fd, ISLE_BLK_READ_ONLY));
		EXPECT_EQ(0, DEL());
		close(fd);
		fd = open(name, O_WRONLY);
		ASSERT_LE(0, fd);
		EXPECT_EQ(-EBADF, ADD(kind, fd, 0));
		EXPECT_EQ(-EBADF, ADD(kind, fd, ISLE_BLK_READ_ONLY));
		close(fd);
		fd = open(name, O_PATH);
		ASSERT_LE(0, fd);
		EXPECT_EQ(-EBADF, ADD(kind, fd, ISLE_BLK_READ_ONLY));
		EXPECT_EQ(-EBADF, ADD(kind, fd, 0));
		close(fd);
		EXPECT_EQ(-EBADF, ADD(kind, fd, 0)) TH_LOG("closed");
	}
	/* opened anew through /proc, with other rights */
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file.fd);
	fd = open(path, O_RDONLY);
	EXPECT_EQ(-EBADF, ADD(ISLE_BLK_FILE, fd, 0));
	close(fd);
	scratch_end(&file);
	scratch_end(&loop);
}

TEST_F_TIMEOUT(backing, not_of_that_kind, TIMEOUT)
{
	static struct listing before;
	struct scratch file, loop;
	int pipes[2], pair[2], i, disk;
	struct {
		const char *label;
		int fd;
	} wrong[10];

	ASSERT_EQ(0, scratch_make(&file, TMPFS, BYTES));
	ASSERT_EQ(0, scratch_make(&loop, LOOP, BYTES));
	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "other", BYTES,
				    0));
	disk = blk_open_rw(self->dom.fd, "other");
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	i = 0;
	wrong[i].label = "pipe";
	wrong[i++].fd = pipes[0];
	wrong[i].label = "socket";
	wrong[i++].fd = pair[0];
	wrong[i].label = "eventfd";
	wrong[i++].fd = eventfd(0, 0);
	wrong[i].label = "null";
	wrong[i++].fd = open("/dev/null", O_RDWR);
	wrong[i].label = "terminal";
	wrong[i++].fd = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	wrong[i].label = "fifo";
	wrong[i].fd = -1;
	if (run("mkfifo %s/fifo", scratch_dir) == 0) {
		char path[96];

		snprintf(path, sizeof(path), "%s/fifo", scratch_dir);
		wrong[i].fd = open(path, O_RDWR);
	}
	i++;
	wrong[i].label = "control";
	wrong[i++].fd = self->ctl;
	wrong[i].label = "domain";
	wrong[i++].fd = self->dom.fd;
	wrong[i].label = "device of isle";
	wrong[i++].fd = disk;
	wrong[i].label = "directory";
	wrong[i++].fd = open(scratch_dir, O_RDONLY | O_DIRECTORY);
	listing_take(self->ctl, &before);
	while (i--) {
		/* these two are only open for reading */
		const __u32 flags = i == 9 || i == 0 ?
				    ISLE_BLK_READ_ONLY : 0;

		ASSERT_LE(0, wrong[i].fd) TH_LOG("%s", wrong[i].label);
		EXPECT_EQ(-EINVAL, ADD(ISLE_BLK_FILE, wrong[i].fd, flags))
			TH_LOG("%s", wrong[i].label);
		EXPECT_EQ(-EINVAL, ADD(ISLE_BLK_DEVICE, wrong[i].fd, flags))
			TH_LOG("%s", wrong[i].label);
	}
	EXPECT_EQ(-EINVAL, ADD(ISLE_BLK_FILE, loop.fd, 0));
	EXPECT_EQ(-EINVAL, ADD(ISLE_BLK_DEVICE, file.fd, 0));
	EXPECT_TRUE(listing_same(self->ctl, &before));
	close(disk);
	scratch_end(&file);
	scratch_end(&loop);
}

TEST_F_TIMEOUT(backing, what_it_says, TIMEOUT)
{
	static const struct {
		enum place place;
		__u32 backing, sector;
		bool direct;
	} cases[] = {
		{ TMPFS, ISLE_BLK_FILE, 512, false },
		{ EXT4, ISLE_BLK_FILE, 512, true },
		{ LOOP, ISLE_BLK_DEVICE, 512, true },
		{ LOOP_4K, ISLE_BLK_DEVICE, 4096, true },
	};
	struct isle_blk_info info;
	struct scratch s;
	unsigned int i;
	__u64 bytes;
	int fd;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ASSERT_EQ(0, scratch_make(&s, cases[i].place, BYTES));
		ASSERT_EQ(0, ADD(cases[i].backing, s.fd, 0));
		fd = blk_open(self->dom.fd, "disk", ISLE_OPEN_READ);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, blk_info(fd, &info));
		EXPECT_EQ(cases[i].backing, info.backing);
		EXPECT_EQ(cases[i].sector, info.sector_size)
			TH_LOG("place %d", cases[i].place);
		EXPECT_EQ(BYTES / cases[i].sector, info.size_sectors);
		EXPECT_EQ(cases[i].direct, !!(info.flags & ISLE_BLK_DIRECT))
			TH_LOG("place %d", cases[i].place);
		EXPECT_EQ(0, info.flags & (ISLE_BLK_READ_ONLY |
					   ISLE_BLK_WRITE_CACHE));
		EXPECT_EQ(0, ioctl(fd, BLKGETSIZE64, &bytes));
		EXPECT_EQ(BYTES, bytes);
		close(fd);
		EXPECT_EQ(0, DEL());
		scratch_end(&s);
	}
}

/* What was written is in the backing, and what is in the backing is read */
TEST_F_TIMEOUT(backing, same_data, TIMEOUT)
{
	uint8_t *buf = malloc(BYTES), *back = malloc(BYTES);
	struct scratch s;
	int place, fd;

	ASSERT_NE(NULL, buf);
	ASSERT_NE(NULL, back);
	for (place = TMPFS; place < PLACES; place++) {
		ASSERT_EQ(0, scratch_make(&s, place, BYTES));
		ASSERT_EQ(0, scratch_add(self->ctl, &self->dom, "disk", &s, 0,
					 0, 0));
		fd = blk_open_rw(self->dom.fd, "disk");
		ASSERT_LE(0, fd);
		fill(&self->rng, buf, BYTES);
		EXPECT_EQ(BYTES, pwrite(fd, buf, BYTES, 0));
		EXPECT_EQ(BYTES, pread(s.fd, back, BYTES, 0));
		EXPECT_EQ(0, memcmp(buf, back, BYTES)) TH_LOG("%d", place);
		/* with the backing in the page cache now */
		fill(&self->rng, buf + 8192, 4096);
		EXPECT_EQ(4096, pwrite(fd, buf + 8192, 4096, 8192));
		EXPECT_EQ(BYTES, pread(s.fd, back, BYTES, 0));
		EXPECT_EQ(0, memcmp(buf, back, BYTES)) TH_LOG("%d", place);
		/* the other way round, dirty in the page cache */
		fill(&self->rng, buf + 16384, 4096);
		EXPECT_EQ(4096, pwrite(s.fd, buf + 16384, 4096, 16384));
		EXPECT_EQ(BYTES, pread(fd, back, BYTES, 0));
		EXPECT_EQ(0, memcmp(buf, back, BYTES)) TH_LOG("%d", place);
		close(fd);
		EXPECT_EQ(0, DEL());
		scratch_end(&s);
	}
	free(buf);
	free(back);
}

TEST_F_TIMEOUT(backing, grows_and_shrinks, TIMEOUT)
{
	static const enum place places[] = { TMPFS, EXT4 };
	struct isle_blk_info info;
	char buf[8192], back[8192];
	struct scratch s;
	struct stat st;
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		ASSERT_EQ(0, scratch_make(&s, places[i], 8192));
		ASSERT_EQ(0, ADD(ISLE_BLK_FILE, s.fd, 0));
		fd = blk_open_rw(self->dom.fd, "disk");
		ASSERT_LE(0, fd);
		memset(buf, 1, sizeof(buf));
		ASSERT_EQ(8192, pwrite(fd, buf, 8192, 0));

		/* 1000 bytes hold one sector */
		ASSERT_EQ(0, ftruncate(s.fd, 1000));
		ASSERT_EQ(0, blk_info(fd, &info));
		EXPECT_EQ(1, info.size_sectors);
		EXPECT_EQ(512, lseek(fd, 0, SEEK_END));
		EXPECT_EQ(512, pread(fd, back, 8192, 0));
		EXPECT_EQ(0, pread(fd, back, 512, 512));
		EXPECT_EQ(0, pread(fd, back, 512, 4096));
		EXPECT_EQ(-1, pwrite(fd, buf, 512, 512));
		EXPECT_EQ(ENOSPC, errno);
		EXPECT_EQ(-1, pwrite(fd, buf, 512, 4096));
		EXPECT_EQ(ENOSPC, errno);
		EXPECT_EQ(512, pwrite(fd, buf, 1024, 0));
		ASSERT_EQ(0, fstat(s.fd, &st));
		EXPECT_EQ(1000, st.st_size) TH_LOG("never larger by a write");

		ASSERT_EQ(0, ftruncate(s.fd, 0));
		ASSERT_EQ(0, blk_info(fd, &info));
		EXPECT_EQ(0, info.size_sectors);
		EXPECT_EQ(0, pread(fd, back, 512, 0));
		EXPECT_EQ(-1, pwrite(fd, buf, 512, 0));
		EXPECT_EQ(ENOSPC, errno);

		ASSERT_EQ(0, ftruncate(s.fd, 1 << 20));
		ASSERT_EQ(0, blk_info(fd, &info));
		EXPECT_EQ(2048, info.size_sectors);
		EXPECT_EQ(8192, pread(fd, back, 8192, (1 << 20) - 8192));
		EXPECT_TRUE(all_bytes(back, 0, 8192));
		EXPECT_EQ(4096, pwrite(fd, buf, 8192, (1 << 20) - 4096));
		EXPECT_EQ(4096, pread(s.fd, back, 8192, (1 << 20) - 4096));
		EXPECT_TRUE(all_bytes(back, 1, 4096));
		close(fd);
		EXPECT_EQ(0, DEL());
		scratch_end(&s);
	}
}

/* An empty or tiny file is a device without sectors, until it grows */
TEST_F_TIMEOUT(backing, tiny, TIMEOUT)
{
	struct isle_blk_info info;
	struct scratch s;
	char buf[512];
	int fd;

	ASSERT_EQ(0, scratch_make(&s, TMPFS, 511));
	ASSERT_EQ(0, ADD(ISLE_BLK_FILE, s.fd, 0));
	fd = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, blk_info(fd, &info));
	EXPECT_EQ(0, info.size_sectors);
	EXPECT_EQ(0, pread(fd, buf, 512, 0));
	ASSERT_EQ(0, ftruncate(s.fd, 512));
	EXPECT_EQ(512, pread(fd, buf, 512, 0));
	close(fd);
	scratch_end(&s);
}

TEST_F_TIMEOUT(backing, flags_of_the_file, TIMEOUT)
{
	static const int flags[] = { O_APPEND, O_NONBLOCK, O_SYNC, O_DSYNC,
				     O_DIRECT, O_NOATIME };
	char buf[4096] __attribute__((aligned(4096)));
	struct scratch s;
	unsigned int i;
	struct stat st;
	int file, fd;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		ASSERT_EQ(0, scratch_make(&s, EXT4, BYTES));
		file = open(s.path, O_RDWR | flags[i]);
		ASSERT_LE(0, file);
		ASSERT_EQ(0, lseek(file, 0, SEEK_SET));
		ASSERT_EQ(0, ADD(ISLE_BLK_FILE, file, 0));
		fd = blk_open_rw(self->dom.fd, "disk");
		ASSERT_LE(0, fd);
		memset(buf, 0x61, sizeof(buf));
		EXPECT_EQ(4096, pwrite(fd, buf, 4096, 8192));
		/* and not aligned, through the page cache */
		EXPECT_EQ(512, pwrite(fd, buf + 1, 512, 512));
		memset(buf, 0, sizeof(buf));
		EXPECT_EQ(4096, pread(s.fd, buf, 4096, 8192));
		EXPECT_TRUE(all_bytes(buf, 0x61, 4096)) TH_LOG("%#o", flags[i]);
		EXPECT_EQ(512, pread(s.fd, buf, 512, 512));
		EXPECT_TRUE(all_bytes(buf, 0x61, 512)) TH_LOG("%#o", flags[i]);
		ASSERT_EQ(0, fstat(s.fd, &st));
		EXPECT_EQ(BYTES, st.st_size) TH_LOG("%#o", flags[i]);
		EXPECT_EQ(0, lseek(file, 0, SEEK_CUR))
			TH_LOG("its position is not ours to move");
		/* flags set later are the administrator's own affair */
		ASSERT_EQ(0, fcntl(file, F_SETFL, O_APPEND));
		EXPECT_EQ(512, pwrite(fd, buf, 512, 1024));
		ASSERT_EQ(0, fstat(s.fd, &st));
		EXPECT_EQ(BYTES, st.st_size) TH_LOG("%#o", flags[i]);
		close(file);
		close(fd);
		EXPECT_EQ(0, DEL());
		scratch_end(&s);
	}
}

TEST_F_TIMEOUT(backing, needs_nothing_more_from_the_administrator, TIMEOUT)
{
	static const enum place places[] = { TMPFS, EXT4 };
	char buf[8192], back[8192];
	struct scratch s;
	unsigned int i;
	int fd;

	for (i = 0; i < ARRAY_SIZE(places); i++) {
		ASSERT_EQ(0, scratch_make(&s, places[i], BYTES));
		ASSERT_EQ(0, ADD(ISLE_BLK_FILE, s.fd, 0));
		/* neither the descriptor nor the name */
		scratch_end(&s);
		EXPECT_EQ(-1, access(s.path, F_OK));
		fd = blk_open_rw(self->dom.fd, "disk");
		ASSERT_LE(0, fd);
		fill(&self->rng, buf, sizeof(buf));
		EXPECT_EQ(8192, pwrite(fd, buf, 8192, 16384));
		EXPECT_EQ(8192, pread(fd, back, 8192, 16384));
		EXPECT_EQ(0, memcmp(buf, back, 8192));
		EXPECT_EQ(0, fsync(fd));
		close(fd);
		EXPECT_EQ(0, DEL());
	}
}

/* Afterwards the backing can be unmounted, whatever files are still open */
TEST_F_TIMEOUT(backing, can_be_had_back, TIMEOUT)
{
	char image[96], mounted[96], file[128], loop[32];
	char buf[4096] = "";
	int n, fd, disk, backing;

	snprintf(image, sizeof(image), "%s/image2", scratch_dir);
	snprintf(mounted, sizeof(mounted), "%s/mounted2", scratch_dir);
	snprintf(file, sizeof(file), "%s/file", mounted);
	close(scratch_file(image, 8 << 20, false));
	ASSERT_EQ(0, mkdir(mounted, 0700));
	ASSERT_EQ(0, run("mkfs.ext4 -q -F %s", image));
	for (n = 0; n < 3; n++) {
		fd = loop_attach(image, 512, 0, loop);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, mount(loop, mounted, "ext4", 0, ""));
		close(fd);
		backing = scratch_file(file, 1 << 20, true);
		ASSERT_LE(0, backing);
		ASSERT_EQ(0, ADD(ISLE_BLK_FILE, backing, 0));
		close(backing);
		disk = blk_open_rw(self->dom.fd, "disk");
		ASSERT_LE(0, disk);
		ASSERT_EQ(4096, pwrite(disk, buf, 4096, 0));
		ASSERT_EQ(-1, umount(mounted));
		ASSERT_EQ(EBUSY, errno);
		switch (n) {
		case 0:
			close(disk);
			ASSERT_EQ(0, DEL());
			break;
		case 1:
			ASSERT_EQ(0, DEL());
			break;
		default:
			ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
		}
		EXPECT_EQ(0, umount(mounted)) {
			TH_LOG("%s %s", n ? "with the device's file open" :
			       "", strerror(errno));
			EXPECT_TRUE(eventually(!umount(mounted)))
				TH_LOG("nor later");
		}
		if (n)
			close(disk);
		umount(mounted);
	}
}

/* The caller's own limit is for files that he writes; sectors stay whole */
TEST_F_TIMEOUT(backing, file_size_limit_of_the_caller, TIMEOUT)
{
	static const enum place places[] = { TMPFS, EXT4 };
	struct rlimit limit = { 1000, RLIM_INFINITY };
	char buf[4096] __attribute__((aligned(4096)));
	struct scratch s;
	unsigned int i;
	ssize_t ret;
	int fd;

	signal(SIGXFSZ, SIG_IGN);
	memset(buf, 2, sizeof(buf));
	for (i = 0; i < ARRAY_SIZE(places); i++) {
		ASSERT_EQ(0, scratch_make(&s, places[i], BYTES));
		ASSERT_EQ(0, ADD(ISLE_BLK_FILE, s.fd, 0));
		fd = blk_open_rw(self->dom.fd, "disk");
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &limit));
		ret = pwrite(fd, buf, 2048, 0);
		EXPECT_TRUE(ret < 0 ? errno == EFBIG : ret % 512 == 0)
			TH_LOG("wrote %zd", ret);
		ret = pwrite(fd, buf + 1, 2048, 0);
		EXPECT_TRUE(ret < 0 ? errno == EFBIG : ret % 512 == 0)
			TH_LOG("wrote %zd", ret);
		limit.rlim_cur = RLIM_INFINITY;
		ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &limit));
		limit.rlim_cur = 1000;
		close(fd);
		EXPECT_EQ(0, DEL());
		scratch_end(&s);
	}
}

SCRATCH_MAIN
