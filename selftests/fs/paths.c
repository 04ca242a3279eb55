// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: paths that lead nowhere, or would lead out of an fs device
 *
 * Beside the device's directory there is another one with a secret in it.
 */
#include <kselftest_harness.h>

#include <linux/limits.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "fs.h"

#define SECRET	"the host's own"

FIXTURE(paths) {
	struct stage s;
	int fd;
	char out[160];		/* the directory beside it */
	char in[160];		/* a directory in it */
};

FIXTURE_SETUP(paths)
{
	char path[192];
	int fd;

	ASSERT_EQ(0, stage_make(&self->s, ON_DIR));
	snprintf(self->out, sizeof(self->out), "%s-out", self->s.path);
	snprintf(self->in, sizeof(self->in), "%s/d", self->s.path);
	ASSERT_EQ(0, mkdir(self->out, 0700));
	ASSERT_EQ(0, mkdir(self->in, 0700));
	snprintf(path, sizeof(path), "%s/secret", self->out);
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ASSERT_EQ((int)strlen(SECRET), write(fd, SECRET, strlen(SECRET)));
	close(fd);
	self->fd = stage_add(&self->s, NULL);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, fs_create(self->fd, "f"));
	ASSERT_EQ(0, fs_create(self->fd, "d/f"));
}

FIXTURE_TEARDOWN(paths)
{
	EXPECT_TRUE(stage_end(&self->s));
	run("rm -rf %s", self->out);
}

/* What every call says to a path */
static int every_call(int fd, const void *path, __u32 len, int expected)
{
	char buf[512];
	struct isle_fs_rw rw = {
		.size = sizeof(rw), .path = (uintptr_t)path, .path_len = len,
		.buffer = (uintptr_t)buf, .length = 1,
	};
	struct isle_fs_list list = {
		.size = sizeof(list), .path = (uintptr_t)path, .path_len = len,
		.buffer = (uintptr_t)buf, .buffer_len = sizeof(buf),
	};
	struct isle_fs_stat stat;
	const int ret[] = {
		fs_stat_n(fd, path, len, &stat),
		call(fd, ISLE_FS_LIST, &list),
		call(fd, ISLE_FS_READ, &rw),
		call(fd, ISLE_FS_WRITE, &rw),
		fs_path_n(fd, ISLE_FS_CREATE, path, len),
		fs_path_n(fd, ISLE_FS_MKDIR, path, len),
		fs_path_n(fd, ISLE_FS_DESTROY, path, len),
	};
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(ret); i++)
		if (ret[i] != expected)
			return i + 1;
	return 0;
}

#define ALL(path, expected) \
	EXPECT_EQ(0, every_call(self->fd, path, strlen(path), expected)) \
		TH_LOG("%s", #path)

TEST_F_TIMEOUT(paths, not_paths, TIMEOUT)
{
	static const char *const bad[] = {
		".", "..", "./f", "../f", "d/.", "d/..", "d/./f", "d/../f",
		"/..", "/../f", "//", "//f", "d//f", "d/", "/d/", "f/", "d/f/",
		"d/../../secret", "../../../../../../etc/passwd", "..//..",
	};
	static const char *const fine[] = { "...", ".f", "..f", "f..", "f." };
	struct isle_fs_stat stat;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++)
		ALL(bad[i], -EINVAL);
	for (i = 0; i < ARRAY_SIZE(fine); i++) {
		EXPECT_EQ(-ENOENT, fs_stat(self->fd, fine[i], &stat));
		EXPECT_EQ(0, fs_create(self->fd, fine[i]));
		EXPECT_EQ(0, fs_destroy(self->fd, fine[i]));
	}
	/* zeroes, wherever they are */
	EXPECT_EQ(0, every_call(self->fd, "\0", 1, -EINVAL));
	EXPECT_EQ(0, every_call(self->fd, "f\0", 2, -EINVAL));
	EXPECT_EQ(0, every_call(self->fd, "f\0/../../x", 10, -EINVAL));
	EXPECT_EQ(0, every_call(self->fd, "\0f", 2, -EINVAL));
	EXPECT_EQ(0, every_call(self->fd, "d\0f", 3, -EINVAL));
}

TEST_F_TIMEOUT(paths, lengths, TIMEOUT)
{
	static char path[8192];
	struct isle_fs_stat stat;
	int i;

	memset(path, 'n', sizeof(path));
	EXPECT_EQ(-ENOENT, fs_stat_n(self->fd, path, 255, &stat));
	EXPECT_EQ(0, fs_path_n(self->fd, ISLE_FS_CREATE, path, 255));
	EXPECT_EQ(0, fs_stat_n(self->fd, path, 255, &stat));
	EXPECT_EQ(0, fs_path_n(self->fd, ISLE_FS_DESTROY, path, 255));
	EXPECT_EQ(0, every_call(self->fd, path, 256, -ENAMETOOLONG));
	EXPECT_EQ(0, every_call(self->fd, path, 4096, -ENAMETOOLONG));
	/* many short ones */
	for (i = 0; i < (int)sizeof(path); i += 2)
		memcpy(path + i, "d/", 2);
	EXPECT_EQ(-ENOENT, fs_stat_n(self->fd, path, 4093, &stat));
	EXPECT_EQ(-EINVAL, fs_stat_n(self->fd, path, 4094, &stat));
	EXPECT_EQ(0, every_call(self->fd, path, 4096, -ENAMETOOLONG));
	EXPECT_EQ(0, every_call(self->fd, path, 8191, -ENAMETOOLONG));
	EXPECT_EQ(0, every_call(self->fd, path, 1U << 31, -ENAMETOOLONG));
	EXPECT_EQ(0, every_call(self->fd, path, ~0U, -ENAMETOOLONG));
	/* as long as a path can be, to something that is there */
	memset(path, 'n', 4094);
	for (i = 255; i < 4094; i += 256)
		path[i] = '/';
	EXPECT_EQ(-ENOENT, fs_stat_n(self->fd, path, 4094, &stat));
	memmove(path + 1, path, 4094);
	path[0] = '/';
	EXPECT_EQ(-ENOENT, fs_stat_n(self->fd, path, 4095, &stat));
}

/* Names are bytes, but for what the file system says */
TEST_F_TIMEOUT(paths, bytes, TIMEOUT)
{
	char name[2] = "";
	int c, found;

	for (c = 1; c < 256; c++) {
		if (c == '/' || c == '.')
			continue;
		name[0] = c;
		ASSERT_TRUE(fs_create(self->fd, name) ==
			    (c == 'f' || c == 'd' ? -EEXIST : 0)) TH_LOG("%d", c);
		ASSERT_LT(0, fs_count(self->fd, "", name, &found));
		ASSERT_EQ(1, found) TH_LOG("%d", c);
	}
}

TEST_F_TIMEOUT(paths, vfat_wants_utf8, TIMEOUT)
{
	struct stage vfat;
	int fd, found;

	ASSERT_EQ(0, stage_make(&vfat, ON_VFAT));
	fd = stage_add(&vfat, NULL);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fs_create(fd, "gr\xc3\xbc\xc3\x9f.txt"));
	EXPECT_EQ(1, fs_count(fd, "", "gr\xc3\xbc\xc3\x9f.txt", &found));
	EXPECT_EQ(1, found);
	EXPECT_EQ(-EINVAL, fs_create(fd, "\xff\xfe"));
	EXPECT_EQ(-EINVAL, fs_mkdir(fd, "a\xc3"));
	EXPECT_EQ(-EINVAL, fs_create(fd, "a:b"));
	/* capitals and small letters are the same there */
	EXPECT_EQ(0, fs_create(fd, "Name"));
	EXPECT_EQ(-EEXIST, fs_create(fd, "nAME"));
	EXPECT_TRUE(stage_end(&vfat));
}

TEST_F_TIMEOUT(paths, links, TIMEOUT)
{
	char path[192];
	const char *const to[] = { self->out, "../", "d", "f", "nowhere", "/" };
	unsigned int i;
	struct isle_fs_stat stat;
	char buf[64];
	int found;

	snprintf(path, sizeof(path), "%s/link", self->s.path);
	for (i = 0; i < ARRAY_SIZE(to); i++) {
		ASSERT_EQ(0, symlink(to[i], path));
		EXPECT_EQ(-ELOOP, fs_stat(self->fd, "link", &stat));
		EXPECT_EQ(-ELOOP, fs_read(self->fd, "link", 0, buf, 1));
		EXPECT_EQ(-ELOOP, fs_write(self->fd, "link", 0, buf, 1));
		EXPECT_EQ(-ELOOP, fs_count(self->fd, "link", NULL, NULL));
		EXPECT_EQ(-ELOOP, fs_destroy(self->fd, "link"));
		EXPECT_EQ(-EEXIST, fs_create(self->fd, "link"));
		EXPECT_EQ(-EEXIST, fs_mkdir(self->fd, "link"));
		ALL("link/f", -ELOOP);
		ALL("link/secret", -ELOOP);
		/* it is told, as something that cannot be used */
		EXPECT_LT(0, fs_count(self->fd, "", "link", &found));
		EXPECT_EQ(1, found);
		ASSERT_EQ(0, unlink(path));
	}
}

TEST_F_TIMEOUT(paths, others, TIMEOUT)
{
	struct isle_fs_stat stat;
	char path[192], buf[8];

	snprintf(path, sizeof(path), "%s/fifo", self->s.path);
	ASSERT_EQ(0, mkfifo(path, 0600));
	EXPECT_EQ(-EOPNOTSUPP, fs_stat(self->fd, "fifo", &stat));
	EXPECT_EQ(-EOPNOTSUPP, fs_read(self->fd, "fifo", 0, buf, 1));
	EXPECT_EQ(-EOPNOTSUPP, fs_write(self->fd, "fifo", 0, buf, 1));
	EXPECT_EQ(-EOPNOTSUPP, fs_destroy(self->fd, "fifo"));
	EXPECT_EQ(-ENOTDIR, fs_count(self->fd, "fifo", NULL, NULL));
	snprintf(path, sizeof(path), "%s/zero", self->s.path);
	ASSERT_EQ(0, mknod(path, S_IFCHR | 0600, 1 << 8 | 5));
	EXPECT_EQ(-EOPNOTSUPP, fs_read(self->fd, "zero", 0, buf, 1));
}

TEST_F_TIMEOUT(paths, mounts, TIMEOUT)
{
	struct isle_fs_stat stat;
	char buf[64];

	/* read it before, so that it is known already */
	EXPECT_EQ(0, fs_read(self->fd, "d/f", 0, buf, 1));
	ASSERT_EQ(0, mount(self->out, self->in, NULL, MS_BIND, NULL));
	EXPECT_EQ(-EXDEV, fs_stat(self->fd, "d", &stat));
	EXPECT_EQ(-EXDEV, fs_read(self->fd, "d/secret", 0, buf, 8));
	EXPECT_EQ(-EXDEV, fs_read(self->fd, "d/f", 0, buf, 1));
	EXPECT_EQ(-EXDEV, fs_count(self->fd, "d", NULL, NULL));
	EXPECT_EQ(-EXDEV, fs_create(self->fd, "d/new"));
	EXPECT_EQ(-EXDEV, fs_mkdir(self->fd, "d/new"));
	EXPECT_EQ(-EXDEV, fs_destroy(self->fd, "d/secret"));
	EXPECT_EQ(-EXDEV, fs_destroy(self->fd, "d"));
	EXPECT_EQ(-EEXIST, fs_mkdir(self->fd, "d"));
	EXPECT_EQ(0, umount(self->in));
	EXPECT_EQ(0, fs_read(self->fd, "d/f", 0, buf, 1));
}

/* Somebody swaps directories, links and mounts while paths are walked */

struct swap {
	atomic_bool stop;
	const char *a, *b;
	long rounds;
};

static void *swapper(void *arg)
{
	struct swap *swap = arg;

	while (!atomic_load(&swap->stop)) {
		if (syscall(SYS_renameat2, AT_FDCWD, swap->a, AT_FDCWD, swap->b,
			    2 /* RENAME_EXCHANGE */))
			abort();
		swap->rounds++;
	}
	return NULL;
}

/* "d" is now the directory and now what stands beside the device as "x" */
static void races(struct __test_metadata *_metadata, FIXTURE_DATA(paths) *self,
		  const char *other)
{
	struct swap swap = { .a = self->in, .b = other };
	struct isle_fs_stat stat;
	char buf[64], stray[192];
	pthread_t thread;
	int i, ret;

	ASSERT_EQ(0, pthread_create(&thread, NULL, swapper, &swap));
	for (i = 0; i < rounds(5000, 500); i++) {
		ret = fs_read(self->fd, "d/secret", 0, buf, sizeof(buf));
		EXPECT_TRUE(ret == -ENOENT || ret == -ELOOP || ret == -EXDEV)
			TH_LOG("%d", ret);
		ret = fs_stat(self->fd, "d/f", &stat);
		/* the walk looks once more where it has ended */
		EXPECT_TRUE(ret == 0 || ret == -ELOOP || ret == -ENOENT ||
			    ret == -EXDEV) TH_LOG("%d", ret);
		ret = fs_create(self->fd, "d/stray");
		EXPECT_TRUE(ret == 0 || ret == -ELOOP || ret == -EEXIST ||
			    ret == -ENOENT || ret == -EXDEV) TH_LOG("%d", ret);
		ret = fs_destroy(self->fd, "d/stray");
		EXPECT_TRUE(ret == 0 || ret == -ELOOP || ret == -ENOENT ||
			    ret == -EXDEV) TH_LOG("%d", ret);
		if (!_metadata->passed)
			break;
	}
	atomic_store(&swap.stop, true);
	EXPECT_EQ(0, pthread_join(thread, NULL));
	/* nothing came to be on the other side of a link */
	snprintf(stray, sizeof(stray), "%s/stray", self->out);
	EXPECT_NE(0, access(stray, F_OK));
}

TEST_F_TIMEOUT(paths, link_swapped_in, TIMEOUT)
{
	char link[192];

	snprintf(link, sizeof(link), "%s/x", self->s.path);
	ASSERT_EQ(0, symlink(self->out, link));
	races(_metadata, self, link);
}

/* A directory that is moved out of the device and in again */
TEST_F_TIMEOUT(paths, directory_swapped_out, TIMEOUT)
{
	char other[192];

	snprintf(other, sizeof(other), "%s-x", self->s.path);
	ASSERT_EQ(0, mkdir(other, 0700));
	races(_metadata, self, other);
	run("rm -rf %s", other);
}

/* A link as the last name, which is opened */
TEST_F_TIMEOUT(paths, last_name_swapped, TIMEOUT)
{
	char file[192], link[192], secret[192], buf[64];
	struct swap swap = { .a = file, .b = link };
	pthread_t thread;
	int i, ret;

	snprintf(file, sizeof(file), "%s/f", self->s.path);
	snprintf(link, sizeof(link), "%s/x", self->s.path);
	snprintf(secret, sizeof(secret), "%s/secret", self->out);
	ASSERT_EQ(0, symlink(secret, link));
	ASSERT_EQ(4, fs_write(self->fd, "f", 0, "mine", 4));
	ASSERT_EQ(0, pthread_create(&thread, NULL, swapper, &swap));
	for (i = 0; i < rounds(5000, 500); i++) {
		ret = fs_read(self->fd, "f", 0, buf, sizeof(buf));
		ASSERT_TRUE(ret == -ELOOP || ret == 4) TH_LOG("%d", ret);
		if (ret == 4)
			ASSERT_EQ(0, memcmp(buf, "mine", 4));
		ret = fs_write(self->fd, "f", 0, "mine", 4);
		ASSERT_TRUE(ret == -ELOOP || ret == 4) TH_LOG("%d", ret);
	}
	atomic_store(&swap.stop, true);
	EXPECT_EQ(0, pthread_join(thread, NULL));
	i = open(secret, O_RDONLY | O_CLOEXEC);
	EXPECT_EQ((int)strlen(SECRET), read(i, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, SECRET, strlen(SECRET)));
	close(i);
}

/* Fields that must be zero, sizes, unknown commands */
TEST_F_TIMEOUT(paths, fields, TIMEOUT)
{
	struct isle_fs_path path = {
		.size = sizeof(path), .path = (uintptr_t)"n", .path_len = 1,
	};
	struct isle_fs_stat stat = {
		.size = sizeof(stat), .path = (uintptr_t)"f", .path_len = 1,
	};
	struct isle_fs_rw rw = {
		.size = sizeof(rw), .path = (uintptr_t)"f", .path_len = 1,
	};
	struct isle_fs_list list = { .size = sizeof(list) };
	struct isle_fs_info info;

	path.flags = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_FS_CREATE, &path));
	path.flags = 0;
	path.reserved = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_FS_MKDIR, &path));
	path.reserved = 0;
	path.size--;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_FS_CREATE, &path));
	stat.bytes = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_FS_STAT, &stat));
	stat.bytes = 0;
	stat.reserved = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_FS_STAT, &stat));
	rw.reserved = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_FS_READ, &rw));
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_FS_WRITE, &rw));
	list.used = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_FS_LIST, &list));
	memset(&info, 0, sizeof(info));
	info.size = sizeof(info);
	info.bytes = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_FS_INFO, &info));
	EXPECT_EQ(-ENOTTY, call(self->fd, ISLE_BLK_INFO, &info));
	EXPECT_EQ(-EFAULT, call(self->fd, ISLE_FS_STAT, NULL));
	EXPECT_EQ(1, fs_count(self->fd, "d", NULL, NULL));
}

STAGE_MAIN
