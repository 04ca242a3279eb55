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
	char buf[8192];
};

FIXTURE_VARIANT(fs) {
	enum stage_kind kind;
};

FIXTURE_VARIANT_ADD(fs, dir) { ON_DIR };
FIXTURE_VARIANT_ADD(fs, vfat) { ON_VFAT };
FIXTURE_VARIANT_ADD(fs, ext4) { ON_EXT4 };

FIXTURE_SETUP(fs)
{
	self->nth = nth_open();
	if (self->nth < 0)
		SKIP(return, "this kernel has no fault injection");
	ASSERT_EQ(0, stage_make(&self->s, variant->kind));
	self->fd = stage_add(&self->s, NULL);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, fs_mkdir(self->fd, "d"));
	ASSERT_EQ(0, fs_create(self->fd, "d/f"));
	ASSERT_EQ(8192, fs_write(self->fd, "d/f", 0, self->buf, 8192));
}

FIXTURE_TEARDOWN(fs)
{
	if (self->nth < 0)
		return;
	EXPECT_TRUE(stage_end(&self->s));
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
	int ret = fs_create(self->fd, "d/other");

	return ret ? ret : fs_destroy(self->fd, "d/other");
}

static void sweep(struct __test_metadata *_metadata, FIXTURE_DATA(fs) *self,
		  const char *name, operation prepare, operation run_it)
{
	bool failed, good = true;
	int n, ret;

	if (self->nth < 0)
		return;
	for (n = 1; n < MOST && good; n++) {
		good = prepare(self) == 0;
		arm(self->nth, n);
		ret = run_it(self);
		failed = disarm(self->nth);
		if (!failed)
			break;
		/* a file system may do without, or stop where it was */
		good = good && (ret >= 0 || sane(ret));
	}
	EXPECT_TRUE(good) TH_LOG("%s, place %d: result %d", name, n, ret);
	EXPECT_LE(0, ret) TH_LOG("%s never passes", name);
	EXPECT_EQ(0, cold(self)) TH_LOG("after %s", name);
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

/* Adding one and removing it again */
TEST_F_TIMEOUT(fs, adding, 2 * TIMEOUT)
{
	struct isle_fs_config config = {
		.size = sizeof(config), .backing = ISLE_FS_DIR,
	};
	struct counters before;
	bool failed;
	int n, ret;

	if (self->nth < 0)
		return;
	if (variant->kind != ON_DIR)
		SKIP(return, "mounting is the file system's affair");
	config.fd = open(self->s.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, config.fd);
	before = counters_start();
	for (n = 1; n < MOST; n++) {
		arm(self->nth, n);
		ret = fs_add(self->s.ctl, self->s.dom.id, "more", &config);
		failed = disarm(self->nth);
		ASSERT_TRUE(!ret || (failed && sane(ret))) TH_LOG("%d: %d", n, ret);
		if (!ret) {
			ASSERT_EQ(0, fs_del(self->s.ctl, self->s.dom.id, "more", 0));
		}
		ASSERT_TRUE(counters_are(&before)) TH_LOG("%d", n);
		if (!failed)
			break;
	}
	EXPECT_EQ(0, ret);
	close(config.fd);
}

STAGE_MAIN
