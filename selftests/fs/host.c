// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: fs devices on a directory that the host uses as well
 *
 * What it has marked is respected, what a domain writes is seen, and nothing
 * that is kept open inside is in its way.
 */
#include <kselftest_harness.h>

#include <sys/inotify.h>

#include "fs.h"

FIXTURE(host) {
	struct stage s;
	char path[160];		/* of the file "a", as the host calls it */
	int fd;
};

FIXTURE_SETUP(host)
{
	ASSERT_EQ(0, stage_make(&self->s, ON_DIR));
	self->fd = stage_add(&self->s, NULL);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, fs_create(self->fd, "a"));
	ASSERT_EQ(3, fs_write(self->fd, "a", 0, "abc", 3));
	snprintf(self->path, sizeof(self->path), "%s/a", self->s.path);
}

FIXTURE_TEARDOWN(host)
{
	EXPECT_TRUE(stage_end(&self->s));
}

/* What looks like a file, and cannot be read or written as one */
TEST_F_TIMEOUT(host, no_real_files, TIMEOUT)
{
	struct isle_fs_config config = stage_config(&self->s);
	struct isle_fs_stat stat;
	char buf[64];
	int fd;

	config.fd = open("/proc/self", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, config.fd);
	ASSERT_EQ(0, fs_add(self->s.ctl, self->s.dom.id, "proc", &config));
	close(config.fd);
	fd = fs_open(self->s.dom.fd, "proc", FS_RW);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, fs_stat(fd, "comm", &stat));
	EXPECT_EQ(-EOPNOTSUPP, fs_read(fd, "comm", 0, buf, sizeof(buf)));
	EXPECT_EQ(-EOPNOTSUPP, fs_write(fd, "comm", 0, "other", 5));
	EXPECT_EQ(-EOPNOTSUPP, fs_read(fd, "mem", 0, buf, sizeof(buf)));
	EXPECT_LT(10, fs_count(fd, "", NULL, NULL));
	close(fd);
	EXPECT_EQ(0, fs_del(self->s.ctl, self->s.dom.id, "proc", 0));
}

/* Whoever writes to a program must not become its owner by that */
TEST_F_TIMEOUT(host, set_user_id, TIMEOUT)
{
	static const mode_t modes[] = { 04755, 02755, 06755, 06711 };
	struct stat st;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		ASSERT_EQ(0, chmod(self->path, modes[i]));
		EXPECT_EQ(1, fs_write(self->fd, "a", i, "x", 1));
		ASSERT_EQ(0, stat(self->path, &st));
		EXPECT_EQ(modes[i] & 0777, st.st_mode & 07777);
	}
	/* reading leaves it */
	ASSERT_EQ(0, chmod(self->path, 06755));
	EXPECT_EQ(1, fs_read(self->fd, "a", 0, (char[1]) { 0 }, 1));
	ASSERT_EQ(0, stat(self->path, &st));
	EXPECT_EQ(06755, st.st_mode & 07777);
}

static int set_flags(const char *path, int flags)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	int ret = fd < 0 ? -errno : call(fd, FS_IOC_SETFLAGS, &flags);

	close(fd);
	return ret;
}

/* Files that are marked on the host, also after the domain has written them */
TEST_F_TIMEOUT(host, marks, TIMEOUT)
{
	static const int flags[] = { FS_APPEND_FL, FS_IMMUTABLE_FL };
	struct isle_fs_stat stat;
	unsigned int i;
	char buf[8];

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		ASSERT_EQ(0, set_flags(self->path, flags[i]));
		/* what may be kept is of a time before */
		EXPECT_EQ(-EPERM, fs_write(self->fd, "a", 0, "x", 1));
		EXPECT_EQ(-EPERM, fs_write(self->fd, "a", 3, "x", 1));
		EXPECT_EQ(-EPERM, fs_destroy(self->fd, "a"));
		EXPECT_EQ(0, fs_stat(self->fd, "a", &stat));
		EXPECT_EQ(1, stat.read_only);
		EXPECT_EQ(3, fs_read(self->fd, "a", 0, buf, 8));
		EXPECT_EQ(0, memcmp("abc", buf, 3));
		ASSERT_EQ(0, set_flags(self->path, 0));
		EXPECT_EQ(0, fs_stat(self->fd, "a", &stat));
		EXPECT_EQ(0, stat.read_only);
		EXPECT_EQ(1, fs_write(self->fd, "a", 0, "a", 1));
	}
	ASSERT_EQ(0, chmod(self->path, 0444));
	EXPECT_EQ(-EACCES, fs_write(self->fd, "a", 0, "x", 1));
	EXPECT_EQ(3, fs_read(self->fd, "a", 0, buf, 8));
	EXPECT_EQ(0, memcmp("abc", buf, 3));
	ASSERT_EQ(0, chmod(self->path, 0644));
	EXPECT_EQ(1, fs_write(self->fd, "a", 0, "x", 1));
}

/* How often @mask was seen */
static int count_events(int fd, unsigned int mask)
{
	char buf[4096] __attribute__((aligned(8)));
	const struct inotify_event *event;
	ssize_t len, at;
	int count = 0;

	while ((len = read(fd, buf, sizeof(buf))) > 0) {
		for (at = 0; at < len; at += sizeof(*event) + event->len) {
			event = (const void *)(buf + at);
			count += !!(event->mask & mask);
		}
	}
	return count;
}

TEST_F_TIMEOUT(host, watched, TIMEOUT)
{
	int file = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	int dir = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

	ASSERT_LE(0, inotify_add_watch(file, self->path, IN_MODIFY));
	ASSERT_LE(0, inotify_add_watch(dir, self->s.path, IN_MODIFY | IN_CREATE));
	EXPECT_EQ(-EFAULT, fs_write(self->fd, "a", 0, NULL, 1));
	EXPECT_EQ(0, count_events(file, IN_MODIFY));
	EXPECT_EQ(1, fs_write(self->fd, "a", 0, "x", 1));
	EXPECT_EQ(1, count_events(file, IN_MODIFY));
	EXPECT_EQ(1, count_events(dir, IN_MODIFY));
	EXPECT_EQ(0, fs_create(self->fd, "b"));
	EXPECT_EQ(1, count_events(dir, IN_CREATE));
	EXPECT_EQ(0, fs_destroy(self->fd, "b"));
	close(file);
	close(dir);
}

/* The host can execute what a domain has written, soon afterwards */
TEST_F_TIMEOUT(host, programs, TIMEOUT)
{
	static const char text[] = "#!/bin/sh\nexit 7\n";
	const int size = sizeof(text) - 1;
	int i;

	ASSERT_EQ(0, chmod(self->path, 0755));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(size, fs_write(self->fd, "a", 0, text, size));
		EXPECT_TRUE(eventually(run("%s", self->path) == 7));
	}
}

/* ... and make its file system read-only */
TEST_F_TIMEOUT(host, remount, TIMEOUT)
{
	struct isle_fs_config config = stage_config(&self->s);
	const unsigned long how = MS_REMOUNT | MS_RDONLY;
	char dir[160], buf[8];
	int fd;

	snprintf(dir, sizeof(dir), "%s-mnt", self->s.path);
	ASSERT_EQ(0, mkdir(dir, 0755));
	ASSERT_EQ(0, mount("none", dir, "tmpfs", 0, NULL));
	config.fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, config.fd);
	ASSERT_EQ(0, fs_add(self->s.ctl, self->s.dom.id, "other", &config));
	close(config.fd);
	fd = fs_open(self->s.dom.fd, "other", FS_RW);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fs_create(fd, "a"));
	ASSERT_EQ(3, fs_write(fd, "a", 0, "abc", 3));
	EXPECT_TRUE(eventually(mount(NULL, dir, NULL, how, NULL) == 0));
	EXPECT_EQ(-EROFS, fs_write(fd, "a", 0, "xyz", 3));
	EXPECT_EQ(-EROFS, fs_create(fd, "b"));
	EXPECT_EQ(3, fs_read(fd, "a", 0, buf, 8));
	EXPECT_EQ(0, memcmp("abc", buf, 3));
	close(fd);
	EXPECT_EQ(0, fs_del(self->s.ctl, self->s.dom.id, "other", 0));
	EXPECT_TRUE(eventually(umount(dir) == 0));
	rmdir(dir);
}

STAGE_MAIN
