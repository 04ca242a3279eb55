// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: every allocation and every copy fails once, with files
 *
 * As in failnth: each call on a device with its first place failing, then the
 * second, until it passes.  What failed has changed nothing that isle keeps.
 */
#include <kselftest_harness.h>

#include "../fs/fs.h"
#include "nth.h"

FIXTURE(fs) {
	struct stage s;
	int nth, fd;
	__u64 cookie;
	char helper[128];
	struct isle_fs_config config;	/* of another device */
	char buf[8192];
};

FIXTURE_VARIANT(fs) {
	enum stage_kind kind;
};

FIXTURE_VARIANT_ADD(fs, dir) { ON_DIR };
FIXTURE_VARIANT_ADD(fs, vfat) { ON_VFAT };
FIXTURE_VARIANT_ADD(fs, ext4) { ON_EXT4 };

static int populate(int fd)
{
	static const char zeroes[8192];
	int ret = fs_mkdir(fd, "d") ?: fs_create(fd, "d/f");

	if (ret)
		return ret;
	ret = fs_write(fd, "d/f", 0, zeroes, sizeof(zeroes));
	return ret < 0 ? ret : ret < (int)sizeof(zeroes) ? -ENOSPC : 0;
}

FIXTURE_SETUP(fs)
{
	struct isle_fs_config config;
	char script[256];
	int fd;

	self->nth = nth_open();
	if (self->nth < 0)
		SKIP(return, "this kernel has no fault injection");
	ASSERT_EQ(0, stage_make(&self->s, variant->kind));
	config = stage_config(&self->s);
	if (variant->kind != ON_DIR) {
		/* which makes the file system that there was in the beginning */
		snprintf(self->helper, sizeof(self->helper), "%s-helper",
			 self->s.path);
		snprintf(script, sizeof(script),
			 "#!/bin/sh\nexec dd if=%s of=$2 bs=64k conv=notrunc,fsync\n",
			 stage_template[variant->kind]);
		fd = open(self->helper, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
		ASSERT_EQ((ssize_t)strlen(script),
			  write(fd, script, strlen(script)));
		ASSERT_EQ(0, close(fd));
		config.helper = (uintptr_t)self->helper;
		config.helper_len = strlen(self->helper);
	}
	self->fd = stage_add(&self->s, &config);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, populate(self->fd));
	self->config = config;
}

FIXTURE_TEARDOWN(fs)
{
	if (self->nth < 0)
		return;
	EXPECT_TRUE(stage_end(&self->s));
	unlink(self->helper);
	close(self->nth);
}

typedef int (*operation)(FIXTURE_DATA(fs) *self);

static int run_create(FIXTURE_DATA(fs) *self)
{
	return fs_create(self->fd, "d/new");
}

static int run_mkdir(FIXTURE_DATA(fs) *self)
{
	return fs_mkdir(self->fd, "d/new");
}

static int run_destroy(FIXTURE_DATA(fs) *self)
{
	return fs_destroy(self->fd, "d/new");
}

static int run_stat(FIXTURE_DATA(fs) *self)
{
	struct isle_fs_stat stat;

	return fs_stat(self->fd, "d/f", &stat);
}

static int run_list(FIXTURE_DATA(fs) *self)
{
	self->cookie = 0;
	return fs_list(self->fd, "d", &self->cookie, self->buf, 4096);
}

static int run_read(FIXTURE_DATA(fs) *self)
{
	return fs_read(self->fd, "d/f", 0, self->buf, 8192);
}

static int run_write(FIXTURE_DATA(fs) *self)
{
	return fs_write(self->fd, "d/f", 100, self->buf, 5000);
}

static int run_info(FIXTURE_DATA(fs) *self)
{
	struct isle_fs_info info;

	return fs_info(self->fd, &info);
}

static int run_sync(FIXTURE_DATA(fs) *self)
{
	return fsync(self->fd) ? -errno : 0;
}

/* spared */
static int gone(FIXTURE_DATA(fs) *self)
{
	int ret = fs_destroy(self->fd, "d/new");

	return ret == -ENOENT ? 0 : ret;
}

static int there(FIXTURE_DATA(fs) *self)
{
	int ret = fs_create(self->fd, "d/new");

	return ret == -EEXIST ? 0 : ret;
}

/* Nothing is kept open that would have been opened: another file comes by */
static int cold(FIXTURE_DATA(fs) *self)
{
	int ret = self->fd < 0 ? 0 : fs_create(self->fd, "other");

	return ret || self->fd < 0 ? ret : fs_destroy(self->fd, "other");
}

/* A file system that lacked memory may call itself damaged: read-only, errors */
static bool sane_for(FIXTURE_DATA(fs) *self, int ret)
{
	return sane(ret) || (self->s.kind != ON_DIR &&
			     (ret == -EROFS || ret == -EUCLEAN));
}

/* Also if that takes another file system */
static int prepared(FIXTURE_DATA(fs) *self, operation prepare)
{
	int ret = prepare(self);

	if (!ret || !sane_for(self, ret) || self->s.kind == ON_DIR ||
	    self->fd < 0)
		return ret;
	return fs_format(self->fd, 0) ?: populate(self->fd) ?: prepare(self);
}

/* @prepare makes things as they have to be before, and is spared */
static void sweep(struct __test_metadata *_metadata, FIXTURE_DATA(fs) *self,
		  const char *name, operation prepare, operation run_it)
{
	struct counters before;
	bool failed = true;
	int n, ret = 0;

	if (self->nth < 0)
		return;
	ASSERT_EQ(0, prepared(self, prepare)) TH_LOG("before %s", name);
	before = counters_start();
	for (n = 1; n < MOST && failed; n++) {
		arm(self->nth, n);
		ret = run_it(self);
		failed = disarm(self->nth);
		/* a file system may do without, or stop where it was */
		ASSERT_TRUE(ret >= 0 || (failed && sane_for(self, ret)))
			TH_LOG("%s, place %d: result %d", name, n, ret);
		ASSERT_EQ(0, prepared(self, prepare))
			TH_LOG("after %s, place %d: result %d", name, n, ret);
		ASSERT_TRUE(counters_are(&before))
			TH_LOG("%s, place %d: result %d", name, n, ret);
	}
	EXPECT_GT(MOST, n) TH_LOG("%s never passes", name);
	/* a request may have been there already */
	if (run_it != run_sync)
		EXPECT_LT(2, n) TH_LOG("%s has no place that can fail", name);
	EXPECT_EQ(0, prepared(self, cold)) TH_LOG("after %s", name);
	TH_LOG("%s: %d places", name, n - 2);
}

#define SWEEP(prepare, run_it) \
	sweep(_metadata, self, #run_it, prepare, run_it)

TEST_F_TIMEOUT(fs, changes, 2 * TIMEOUT)
{
	SWEEP(gone, run_create);
	SWEEP(gone, run_mkdir);
	SWEEP(there, run_destroy);
}

TEST_F_TIMEOUT(fs, contents, 2 * TIMEOUT)
{
	SWEEP(cold, run_stat);
	SWEEP(cold, run_list);
	SWEEP(cold, run_read);
	SWEEP(cold, run_write);
	SWEEP(cold, run_info);
	SWEEP(cold, run_sync);
}

/* adding one and removing it again: mounting is done by a worker, and spared */

static int not_there(FIXTURE_DATA(fs) *self)
{
	int ret = fs_del(self->s.ctl, self->s.dom.id, "more", 0);

	return ret == -ENOENT ? 0 : ret;
}

static int run_add(FIXTURE_DATA(fs) *self)
{
	return fs_add(self->s.ctl, self->s.dom.id, "more", &self->config);
}

static int run_open(FIXTURE_DATA(fs) *self)
{
	int fd = fs_open(self->s.dom.fd, "files", FS_RW);

	return fd < 0 ? fd : err(close(fd));
}

TEST_F_TIMEOUT(fs, adding, 2 * TIMEOUT)
{
	if (self->nth < 0)
		return;
	SWEEP(cold, run_open);
	if (variant->kind == ON_DIR) {
		self->config.fd = open(self->s.path, O_RDONLY | O_DIRECTORY |
				       O_CLOEXEC);
	} else {
		/* the image of the device that there is: it cannot have two */
		self->config.fd = open(self->s.loop, O_RDWR | O_CLOEXEC);
		ASSERT_LE(0, self->config.fd);
		ASSERT_EQ(0, fs_del(self->s.ctl, self->s.dom.id, "files", 0));
		close(self->fd);
		self->fd = -1;
		self->s.fd = -1;
	}
	ASSERT_LE(0, self->config.fd);
	SWEEP(not_there, run_add);
	close(self->config.fd);
}

static int run_format(FIXTURE_DATA(fs) *self)
{
	return fs_format(self->fd, 0);
}

/* The helper is another process, and spared */
TEST_F_TIMEOUT(fs, formatting, 2 * TIMEOUT)
{
	if (self->nth < 0)
		return;
	if (variant->kind == ON_DIR)
		SKIP(return, "a directory is not formatted");
	SWEEP(cold, run_format);
	EXPECT_EQ(-ENOENT, fs_create(self->fd, "d/f"));
}

STAGE_MAIN
