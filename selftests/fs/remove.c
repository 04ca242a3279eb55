// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: fs devices that go while they are used, programs that are
 * killed, and memory that never answers
 */
#include <kselftest_harness.h>

#include "fs.h"
#include "pager.h"

FIXTURE(remove) {
	struct stage s;
	int fd;
};

FIXTURE_VARIANT(remove) {
	enum stage_kind kind;
};

FIXTURE_VARIANT_ADD(remove, dir) { ON_DIR };
FIXTURE_VARIANT_ADD(remove, vfat) { ON_VFAT };
FIXTURE_VARIANT_ADD(remove, ext4) { ON_EXT4 };

FIXTURE_SETUP(remove)
{
	ASSERT_EQ(0, stage_make(&self->s, variant->kind));
	self->fd = stage_add(&self->s, NULL);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, fs_mkdir(self->fd, "d"));
	ASSERT_EQ(0, fs_create(self->fd, "a"));
	ASSERT_EQ(4, fs_write(self->fd, "a", 0, "abcd", 4));
}

FIXTURE_TEARDOWN(remove)
{
	EXPECT_TRUE(stage_end(&self->s));
	if (variant->kind != ON_DIR)
		EXPECT_TRUE(eventually(loop_free(&self->s)));
}

static void expect_gone(struct __test_metadata *_metadata, int fd)
{
	struct isle_fs_info info;
	struct isle_fs_stat stat;
	__u64 cookie = 0;
	char buf[512];

	EXPECT_EQ(-ENODEV, fs_info(fd, &info));
	EXPECT_EQ(-ENODEV, fs_stat(fd, "a", &stat));
	EXPECT_EQ(-ENODEV, fs_read(fd, "a", 0, buf, 1));
	EXPECT_EQ(-ENODEV, fs_write(fd, "a", 0, buf, 1));
	EXPECT_EQ(-ENODEV, fs_create(fd, "b"));
	EXPECT_EQ(-ENODEV, fs_mkdir(fd, "b"));
	EXPECT_EQ(-ENODEV, fs_destroy(fd, "a"));
	EXPECT_EQ(-ENODEV, fs_list(fd, "", &cookie, buf, 512));
	EXPECT_EQ(-ENODEV, fs_format(fd, 0));
	EXPECT_EQ(-ENODEV, fsync(fd) ? -errno : 0);
	EXPECT_TRUE(poll_now(fd, POLLIN) & POLLHUP);
}

TEST_F_TIMEOUT(remove, idle, TIMEOUT)
{
	char buf[8];

	/* files are kept open inside */
	EXPECT_EQ(4, fs_read(self->fd, "a", 0, buf, 8));
	EXPECT_EQ(variant->kind == ON_EXT4 ? 3 : 2, fs_count(self->fd, "", NULL, NULL));
	EXPECT_EQ(0, fs_del(self->s.ctl, self->s.dom.id, "files", 0));
	/* at once, although our file is open */
	if (variant->kind != ON_DIR)
		EXPECT_TRUE(eventually(loop_free(&self->s)));
	expect_gone(_metadata, self->fd);
	EXPECT_EQ(-ENOENT, fs_del(self->s.ctl, self->s.dom.id, "files", 0));
	EXPECT_EQ(-ENOENT, fs_open(self->s.dom.fd, "files", FS_RW));
}

TEST_F_TIMEOUT(remove, domain, TIMEOUT)
{
	EXPECT_EQ(0, dom_destroy(self->s.ctl, self->s.dom.id, 0));
	expect_gone(_metadata, self->fd);
}

/* Uses the device in every way until it has gone; exits with the errno */
static void use(int fd, int number)
{
	struct isle_fs_stat stat;
	char name[32], buf[3000] = "";
	int ret;

	snprintf(name, sizeof(name), "d/f%d", number);
	for (;;) {
		ret = fs_create(fd, name);
		if (!ret)
			ret = fs_write(fd, name, 10, buf, sizeof(buf));
		if (ret >= 0)
			ret = fs_read(fd, name, 0, buf, sizeof(buf));
		if (ret >= 0)
			ret = fs_stat(fd, name, &stat);
		if (ret >= 0)
			ret = fs_count(fd, "d", NULL, NULL);
		if (ret >= 0)
			ret = fs_destroy(fd, name);
		if (ret < 0)
			_exit(-ret);
	}
}

static pid_t start(int fd, int number)
{
	pid_t pid = fork();

	if (!pid)
		use(fd, number);
	return pid;
}

TEST_F_TIMEOUT(remove, under_load, TIMEOUT)
{
	struct isle_fs_stat stat;
	pid_t pid[3];
	int i, status;

	for (i = 0; i < 3; i++)
		pid[i] = start(self->fd, i);
	EXPECT_TRUE(eventually(fs_count(self->fd, "d", NULL, NULL) > 0));
	EXPECT_EQ(0, fs_del(self->s.ctl, self->s.dom.id, "files", 0));
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_TRUE(WIFEXITED(status));
		EXPECT_EQ(ENODEV, WEXITSTATUS(status));
	}
	EXPECT_EQ(-ENODEV, fs_stat(self->fd, "d", &stat));
}

TEST_F_TIMEOUT(remove, killed, TIMEOUT)
{
	pid_t pid;
	int i, status;

	for (i = 0; i < rounds(20, 5); i++) {
		pid = start(self->fd, i);
		EXPECT_TRUE(eventually(fs_count(self->fd, "d", NULL, NULL) > 0));
		EXPECT_EQ(0, kill(pid, SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
	}
	EXPECT_EQ(4, fs_size(self->fd, "a"));
}

/* Memory that a pager, which never answers, stands behind */

static void reads(int fd, void *memory)
{
	fs_read(fd, "a", 0, memory, PAGER_BYTES);
}

static void writes(int fd, void *memory)
{
	fs_write(fd, "a", 0, memory, PAGER_BYTES);
}

static void hangs(struct __test_metadata *_metadata, FIXTURE_DATA(remove) *self,
		  void (*run)(int fd, void *memory), bool removed)
{
	pid_t pid = pager_start(run, self->fd);
	char buf[8];

	ASSERT_LT(0, pid);
	/* nobody else is kept from anything */
	EXPECT_EQ(4, fs_read(self->fd, "a", 0, buf, 8));
	EXPECT_EQ(4, fs_write(self->fd, "a", 0, "efgh", 4));
	EXPECT_EQ(0, fs_create(self->fd, "b"));
	EXPECT_EQ(0, fs_destroy(self->fd, "a"));
	if (removed)
		EXPECT_EQ(0, fs_del(self->s.ctl, self->s.dom.id, "files",
				    ISLE_DEL_NOWAIT));
	EXPECT_TRUE(pager_end(pid));
}

TEST_F_TIMEOUT(remove, pager_of_a_reader, TIMEOUT)
{
	hangs(_metadata, self, reads, false);
}

TEST_F_TIMEOUT(remove, pager_of_a_writer, TIMEOUT)
{
	hangs(_metadata, self, writes, false);
}

TEST_F_TIMEOUT(remove, pager_and_removal, TIMEOUT)
{
	hangs(_metadata, self, writes, true);
}

/* Two files of two processes, both of which write the same place */
TEST_F_TIMEOUT(remove, two_writers, TIMEOUT)
{
	static char block[8192], back[8192];
	pid_t pid[2];
	int i, n, status;

	for (i = 0; i < 2; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		memset(block, 'A' + i, sizeof(block));
		for (n = 0; n < rounds(200, 40); n++)
			if (fs_write(self->fd, "a", 0, block, sizeof(block)) !=
			    sizeof(block))
				_exit(1);
		_exit(0);
	}
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_EQ(0, status);
	}
	ASSERT_EQ((int)sizeof(back), fs_read(self->fd, "a", 0, back, sizeof(back)));
	for (i = 0; i < (int)sizeof(back); i++)
		ASSERT_TRUE(back[i] == 'A' || back[i] == 'B');
}

STAGE_MAIN
