// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: images, sound and not, and formatting them
 */
#include <kselftest_harness.h>

#include <stdatomic.h>

#include "fs.h"
#include "pager.h"

FIXTURE(format) {
	struct stage s;
	char helper[128], flag[128];
	int fd;
};

FIXTURE_VARIANT(format) {
	enum stage_kind kind;
};

FIXTURE_VARIANT_ADD(format, vfat) { ON_VFAT };
FIXTURE_VARIANT_ADD(format, ext4) { ON_EXT4 };

FIXTURE_SETUP(format)
{
	ASSERT_EQ(0, stage_make(&self->s, variant->kind));
	snprintf(self->helper, sizeof(self->helper), "%s-helper", self->s.path);
	snprintf(self->flag, sizeof(self->flag), "%s-flag", self->s.path);
	self->fd = -1;
}

FIXTURE_TEARDOWN(format)
{
	EXPECT_TRUE(stage_end(&self->s));
	/* unmounted, and nobody has the block device any more */
	EXPECT_TRUE(eventually(loop_free(&self->s)));
	unlink(self->helper);
	unlink(self->flag);
}

/* A helper that does what @script says, with $1 $2 $3 */
static void set_helper(struct __test_metadata *_metadata,
		       FIXTURE_DATA(format) *self, const char *script)
{
	int fd;

	unlink(self->helper);
	fd = open(self->helper, O_WRONLY | O_CREAT | O_CLOEXEC, 0755);
	ASSERT_LE(0, fd);
	ASSERT_LT(0, dprintf(fd, "#!/bin/sh\nflag=%s\n%s\n", self->flag, script));
	ASSERT_EQ(0, close(fd));
}

/* The empty file system that there was in the beginning */
static void set_good_helper(struct __test_metadata *_metadata,
			    FIXTURE_DATA(format) *self, enum stage_kind kind)
{
	char script[256];

	snprintf(script, sizeof(script),
		 "[ $1 = %s ] || exit 1\n[ $3 = %u ] || exit 1\n"
		 "exec dd if=%s of=$2 bs=64k conv=notrunc,fsync",
		 stage_type[kind], STAGE_BYTES, stage_template[kind]);
	set_helper(_metadata, self, script);
}

static int add(FIXTURE_DATA(format) *self, __u32 timeout)
{
	struct isle_fs_config config = stage_config(&self->s);

	config.helper = (uintptr_t)self->helper;
	config.helper_len = strlen(self->helper);
	config.timeout_s = timeout;
	self->fd = stage_add(&self->s, &config);
	return self->fd < 0 ? self->fd : 0;
}

static int fs_state(int fd)
{
	struct isle_fs_info info;
	int ret = fs_info(fd, &info);

	return ret ? ret : -(int)info.state;
}

TEST_F_TIMEOUT(format, good, TIMEOUT)
{
	char buf[8];

	set_good_helper(_metadata, self, variant->kind);
	ASSERT_EQ(0, add(self, 0));
	ASSERT_EQ(0, fs_create(self->fd, "a"));
	ASSERT_EQ(3, fs_write(self->fd, "a", 0, "abc", 3));
	EXPECT_EQ(-ENOSPC, fs_format(self->fd, STAGE_BYTES + 1));
	EXPECT_EQ(-ENOSPC, fs_format(self->fd, ~0ULL));
	EXPECT_EQ(3, fs_read(self->fd, "a", 0, buf, 8));
	ASSERT_EQ(0, fs_format(self->fd, 0));
	EXPECT_EQ(-ENOENT, fs_read(self->fd, "a", 0, buf, 8));
	ASSERT_EQ(0, fs_create(self->fd, "b"));
	ASSERT_EQ(0, fs_format(self->fd, STAGE_BYTES));
	EXPECT_EQ(-ENOENT, fs_read(self->fd, "b", 0, buf, 8));
	EXPECT_EQ(variant->kind == ON_EXT4, fs_count(self->fd, "", NULL, NULL));
}

/* What a helper can do wrong: what that says, and what is there afterwards */
TEST_F_TIMEOUT(format, bad_helpers, TIMEOUT)
{
	static const struct {
		const char *script;
		int ret, state;
	} bad[] = {
		{ "exit 1", -EIO, 0 },
		{ "kill -KILL $$", -EIO, 0 },
		{ "exit 0", 0, 0 },
		{ "dd if=/dev/zero of=$2 bs=4k count=16 conv=notrunc", -EMEDIUMTYPE,
		  -EMEDIUMTYPE },
		{ "exit 3", -EIO, -EMEDIUMTYPE },
	};
	struct isle_fs_stat stat;
	unsigned int i;

	set_helper(_metadata, self, "exit 1");
	ASSERT_EQ(0, add(self, 0));
	ASSERT_EQ(0, fs_create(self->fd, "a"));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		set_helper(_metadata, self, bad[i].script);
		EXPECT_EQ(bad[i].ret, fs_format(self->fd, 0)) TH_LOG("%u", i);
		EXPECT_EQ(bad[i].state, fs_state(self->fd)) TH_LOG("%u", i);
		EXPECT_EQ(bad[i].state, fs_stat(self->fd, "a", &stat));
	}
	EXPECT_EQ(-EMEDIUMTYPE, fs_create(self->fd, "b"));
	EXPECT_EQ(-EMEDIUMTYPE, fsync(self->fd) ? -errno : 0);
	unlink(self->helper);
	EXPECT_EQ(-ENOEXEC, fs_format(self->fd, 0));
	set_helper(_metadata, self, "exit 0");
	ASSERT_EQ(0, chmod(self->helper, 0600));
	EXPECT_EQ(-ENOEXEC, fs_format(self->fd, 0));
	/* and in the end all is well again */
	set_good_helper(_metadata, self, variant->kind);
	EXPECT_EQ(0, fs_format(self->fd, 0));
	EXPECT_EQ(0, fs_state(self->fd));
	EXPECT_EQ(0, fs_create(self->fd, "b"));
}

TEST_F_TIMEOUT(format, hangs, TIMEOUT)
{
	struct isle_fs_stat stat;

	set_helper(_metadata, self, "exec sleep 10000");
	ASSERT_EQ(0, add(self, 1));
	ASSERT_EQ(0, fs_create(self->fd, "a"));
	EXPECT_EQ(-ETIMEDOUT, fs_format(self->fd, 0));
	EXPECT_EQ(0, fs_stat(self->fd, "a", &stat));
}

/* One that says that it has begun, and then hangs */
static pid_t start_hanging(struct __test_metadata *_metadata,
			   FIXTURE_DATA(format) *self)
{
	pid_t pid;

	set_helper(_metadata, self, ": >$flag; exec sleep 10000");
	ASSERT_EQ(0, add(self, 3600)) {
		return -1;
	}
	pid = fork();
	if (!pid)
		_exit(-fs_format(self->fd, 0));
	EXPECT_TRUE(eventually(access(self->flag, F_OK) == 0));
	return pid;
}

static int exit_of(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

TEST_F_TIMEOUT(format, busy_meanwhile, TIMEOUT)
{
	pid_t pid = start_hanging(_metadata, self);
	struct isle_fs_stat stat;
	__u64 cookie = 0;
	char buf[512];

	EXPECT_EQ(-EBUSY, fs_format(self->fd, 0));
	EXPECT_EQ(-EBUSY, fs_state(self->fd));
	EXPECT_EQ(-EBUSY, fs_stat(self->fd, "", &stat));
	EXPECT_EQ(-EBUSY, fs_create(self->fd, "a"));
	EXPECT_EQ(-EBUSY, fs_destroy(self->fd, "a"));
	EXPECT_EQ(-EBUSY, fs_read(self->fd, "a", 0, buf, 1));
	EXPECT_EQ(-EBUSY, fs_write(self->fd, "a", 0, buf, 1));
	EXPECT_EQ(-EBUSY, fs_list(self->fd, "", &cookie, buf, 512));
	EXPECT_EQ(-EBUSY, fsync(self->fd) ? -errno : 0);
	/* removal has the helper killed */
	EXPECT_EQ(0, fs_del(self->s.ctl, self->s.dom.id, "files", 0));
	EXPECT_EQ(ENODEV, exit_of(pid));
	EXPECT_EQ(-ENODEV, fs_stat(self->fd, "", &stat));
	EXPECT_TRUE(poll_now(self->fd, POLLIN) & POLLHUP);
}

/* Who waits for a format can be killed; the format goes on */
TEST_F_TIMEOUT(format, caller_killed, TIMEOUT)
{
	pid_t pid = start_hanging(_metadata, self);

	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(1000 + SIGKILL, exit_of(pid));
	EXPECT_EQ(-EBUSY, fs_state(self->fd));
	EXPECT_EQ(0, dom_destroy(self->s.ctl, self->s.dom.id, 0));
}

TEST_F_TIMEOUT(format, domain_destroyed, TIMEOUT)
{
	pid_t pid = start_hanging(_metadata, self);

	EXPECT_EQ(0, dom_destroy(self->s.ctl, self->s.dom.id, 0));
	EXPECT_EQ(ENODEV, exit_of(pid));
}

/* Formats race everything else; in the end the device works */

struct racer {
	pthread_t thread;
	int fd, number;
	atomic_bool *stop;
	int bad;
};

static bool racing_errno(int ret)
{
	switch (ret) {
	case -EBUSY:
	case -ENOENT:
	case -EEXIST:
	case -ENOTEMPTY:
	case -ENOSPC:
		return true;
	}
	return ret >= 0;
}

static void *race(void *arg)
{
	struct racer *racer = arg;
	struct isle_fs_stat stat;
	char buf[5000] = "", name[32];
	int i, ret[7];

	snprintf(name, sizeof(name), "f%d", racer->number);
	while (!racer->bad && !atomic_load(racer->stop)) {
		ret[0] = fs_create(racer->fd, name);
		ret[1] = fs_write(racer->fd, name, 100, buf, sizeof(buf));
		ret[2] = fs_read(racer->fd, name, 0, buf, sizeof(buf));
		ret[3] = fs_stat(racer->fd, name, &stat);
		ret[4] = fs_count(racer->fd, "", NULL, NULL);
		ret[5] = fsync(racer->fd) ? -errno : 0;
		ret[6] = fs_destroy(racer->fd, name);
		for (i = 0; i < 7; i++)
			if (!racing_errno(ret[i]))
				racer->bad = ret[i];
	}
	return NULL;
}

TEST_F_TIMEOUT(format, races_everything, TIMEOUT)
{
	struct racer racers[3];
	atomic_bool stop = false;
	int i, ret;

	set_good_helper(_metadata, self, variant->kind);
	ASSERT_EQ(0, add(self, 0));
	for (i = 0; i < 3; i++) {
		racers[i] = (struct racer) { .fd = self->fd, .number = i, .stop = &stop };
		ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL, race, &racers[i]));
	}
	for (i = 0; i < rounds(8, 3); i++) {
		ret = fs_format(self->fd, 0);
		EXPECT_EQ(0, ret);
	}
	atomic_store(&stop, true);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, pthread_join(racers[i].thread, NULL));
		EXPECT_EQ(0, racers[i].bad);
	}
	EXPECT_EQ(0, fs_format(self->fd, 0));
	EXPECT_EQ(0, fs_create(self->fd, "last"));
	EXPECT_EQ(5, fs_write(self->fd, "last", 0, "hello", 5));
}

/* Removal while all of that goes on */
TEST_F_TIMEOUT(format, removal_races, TIMEOUT)
{
	struct racer racers[2];
	atomic_bool stop = false;
	pid_t pid;
	int i;

	set_good_helper(_metadata, self, variant->kind);
	ASSERT_EQ(0, add(self, 0));
	pid = fork();
	if (!pid) {
		while (fs_format(self->fd, 0) == 0)
			;
		_exit(0);
	}
	for (i = 0; i < 2; i++) {
		racers[i] = (struct racer) { .fd = self->fd, .number = i, .stop = &stop };
		ASSERT_EQ(0, pthread_create(&racers[i].thread, NULL, race, &racers[i]));
	}
	EXPECT_TRUE(eventually(fs_state(self->fd) == -EBUSY));
	EXPECT_EQ(0, fs_del(self->s.ctl, self->s.dom.id, "files", 0));
	EXPECT_TRUE(eventually(loop_free(&self->s)));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(0, pthread_join(racers[i].thread, NULL));
		EXPECT_EQ(-ENODEV, racers[i].bad);
	}
	EXPECT_EQ(0, exit_of(pid));
}

/* Images that are none, or half of one, or change underneath */

TEST_F_TIMEOUT(format, garbage, TIMEOUT)
{
	static unsigned char block[65536];
	struct rng rng = { 66 };
	struct isle_fs_stat stat;
	int fd = open(self->s.path, O_RDWR | O_CLOEXEC);

	ASSERT_LE(0, fd);
	fill(&rng, block, sizeof(block));
	block[510] = 0;
	block[1080] = 0;
	ASSERT_EQ((int)sizeof(block), pwrite(fd, block, sizeof(block), 0));
	ASSERT_EQ(0, close(fd));
	ASSERT_EQ(0, ioctl(self->s.file, BLKFLSBUF, 0));
	set_good_helper(_metadata, self, variant->kind);
	ASSERT_EQ(0, add(self, 0));
	EXPECT_EQ(-EMEDIUMTYPE, fs_state(self->fd));
	EXPECT_EQ(-EMEDIUMTYPE, fs_stat(self->fd, "", &stat));
	EXPECT_EQ(-EMEDIUMTYPE, fs_create(self->fd, "a"));
	EXPECT_EQ(0, fs_format(self->fd, 0));
	EXPECT_EQ(0, fs_create(self->fd, "a"));
}

/* A file system of the one type is none of the other */
TEST_F_TIMEOUT(format, other_type, TIMEOUT)
{
	struct isle_fs_config config = stage_config(&self->s);

	config.type = variant->kind == ON_VFAT ? ISLE_FS_EXT4 : ISLE_FS_VFAT;
	self->fd = stage_add(&self->s, &config);
	ASSERT_LE(0, self->fd);
	EXPECT_EQ(-EMEDIUMTYPE, fs_state(self->fd));
	EXPECT_EQ(-EOPNOTSUPP, fs_format(self->fd, 0));
}

/* Nothing of what is on the disk is in memory any more */
static void forget(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "3", 1) != 1)
		fprintf(stderr, "# caches are kept\n");
	close(fd);
}

/* Whatever comes of it, no call hangs and the device can be removed */
TEST_F_TIMEOUT(format, changes_underneath, TIMEOUT)
{
	static unsigned char block[4096], buf[65536];
	struct rng rng = { 7 };
	struct isle_fs_stat stat;
	int fd, i, ret;

	set_good_helper(_metadata, self, variant->kind);
	ASSERT_EQ(0, add(self, 0));
	ASSERT_EQ(0, fs_mkdir(self->fd, "d"));
	for (i = 0; i < 20; i++) {
		char name[16];

		snprintf(name, sizeof(name), "d/f%d", i);
		ASSERT_EQ(0, fs_create(self->fd, name));
		ASSERT_LT(0, fs_write(self->fd, name, 0, buf, 20000));
	}
	ASSERT_EQ(0, fsync(self->fd));
	fd = open(self->s.path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	for (i = 0; i < 200; i++) {
		fill(&rng, block, sizeof(block));
		ASSERT_EQ((int)sizeof(block),
			  pwrite(fd, block, sizeof(block),
				 below(&rng, STAGE_BYTES / 4 / 4096) * 4096ULL));
	}
	/* half of it is not there any more */
	ASSERT_EQ(0, ftruncate(fd, STAGE_BYTES / 2));
	for (i = 0; i < 40; i++) {
		char name[16];

		snprintf(name, sizeof(name), "d/f%d", i);
		ret = fs_read(self->fd, name, 0, buf, sizeof(buf));
		EXPECT_LE(ret, (int)sizeof(buf));
		fs_write(self->fd, name, 500000, buf, 30000);
		fs_stat(self->fd, name, &stat);
		fs_create(self->fd, name);
		if (i % 3 == 0)
			fs_destroy(self->fd, name);
		fs_count(self->fd, "d", NULL, NULL);
		if (i % 10 == 0)
			forget();
	}
	fsync(self->fd);
	close(fd);
}

TEST_F_TIMEOUT(format, truncated, TIMEOUT)
{
	struct isle_fs_stat stat;
	int ret;

	close(self->s.file);
	self->s.file = -1;
	ASSERT_TRUE(eventually(loop_free(&self->s)));
	ASSERT_EQ(0, truncate(self->s.path, STAGE_BYTES / 16));
	self->s.file = loop_attach(self->s.path, 512, 0, self->s.loop);
	ASSERT_LE(0, self->s.file);
	set_helper(_metadata, self, "exit 1");
	ASSERT_EQ(0, add(self, 0));
	ret = fs_state(self->fd);
	/* vfat may not notice before it looks */
	EXPECT_TRUE(ret == -EMEDIUMTYPE || ret == -EIO ||
		    (ret == 0 && variant->kind == ON_VFAT)) TH_LOG("%d", ret);
	fs_stat(self->fd, "", &stat);
	fs_create(self->fd, "a");
}

/* What was written is in the image when the device has gone */
TEST_F_TIMEOUT(format, seen_outside, TIMEOUT)
{
	static char data[100000], back[100000];
	struct isle_fs_config config;
	struct rng rng = { 8 };

	set_helper(_metadata, self, "exit 1");
	ASSERT_EQ(0, add(self, 0));
	fill(&rng, data, sizeof(data));
	ASSERT_EQ(0, fs_mkdir(self->fd, "d"));
	ASSERT_EQ(0, fs_create(self->fd, "d/data"));
	ASSERT_EQ((int)sizeof(data), fs_write(self->fd, "d/data", 0, data, sizeof(data)));
	close(self->fd);
	self->s.fd = -1;
	ASSERT_EQ(0, fs_del(self->s.ctl, self->s.dom.id, "files", 0));
	EXPECT_EQ(0, variant->kind == ON_VFAT ?
		  run("fsck.vfat -n %s", self->s.path) :
		  run("e2fsck -fn %s", self->s.path));
	self->s.file = loop_attach(self->s.path, 512, 0, self->s.loop);
	ASSERT_LE(0, self->s.file);
	config = stage_config(&self->s);
	self->fd = stage_add(&self->s, &config);
	ASSERT_LE(0, self->fd);
	EXPECT_EQ((int)sizeof(data), fs_read(self->fd, "d/data", 0, back, sizeof(back)));
	EXPECT_EQ(0, memcmp(data, back, sizeof(data)));
}

/* The same block device mounted by somebody else, before and after */
TEST_F_TIMEOUT(format, mounted_elsewhere, TIMEOUT)
{
	struct isle_fs_config config = stage_config(&self->s);
	char dir[160];

	snprintf(dir, sizeof(dir), "%s-mnt", self->s.path);
	ASSERT_EQ(0, mkdir(dir, 0700));
	ASSERT_EQ(0, mount(self->s.loop, dir, stage_type[variant->kind],
			   MS_NOATIME, "errors=remount-ro"));
	EXPECT_EQ(-EBUSY, fs_add(self->s.ctl, self->s.dom.id, "files", &config));
	ASSERT_EQ(0, umount(dir));
	set_good_helper(_metadata, self, variant->kind);
	ASSERT_EQ(0, add(self, 0));
	ASSERT_EQ(0, mount(self->s.loop, dir, stage_type[variant->kind],
			   MS_NOATIME, "errors=remount-ro"));
	EXPECT_EQ(-EBUSY, fs_format(self->fd, 0));
	EXPECT_EQ(0, fs_create(self->fd, "a"));
	ASSERT_EQ(0, umount(dir));
	EXPECT_EQ(0, fs_format(self->fd, 0));
	EXPECT_EQ(0, rmdir(dir));
}

static void reads(int fd, void *memory)
{
	fs_read(fd, "a", 0, memory, PAGER_BYTES);
}

/* ... and while a format waits for a call that had begun */
TEST_F_TIMEOUT(format, mounted_meanwhile, TIMEOUT)
{
	struct isle_fs_stat stat;
	pid_t call, format;
	char dir[160];

	snprintf(dir, sizeof(dir), "%s-mnt", self->s.path);
	ASSERT_EQ(0, mkdir(dir, 0700));
	set_good_helper(_metadata, self, variant->kind);
	ASSERT_EQ(0, add(self, 0));
	ASSERT_EQ(0, fs_create(self->fd, "a"));
	ASSERT_EQ(3, fs_write(self->fd, "a", 0, "abc", 3));
	call = pager_start(reads, self->fd);
	ASSERT_LT(0, call);
	format = fork();
	if (!format)
		_exit(-fs_format(self->fd, 0));
	/* from now on it waits */
	EXPECT_TRUE(eventually(fs_state(self->fd) == -EBUSY));
	EXPECT_EQ(0, mount(self->s.loop, dir, stage_type[variant->kind],
			   MS_NOATIME, "errors=remount-ro"));
	EXPECT_TRUE(pager_end(call));
	EXPECT_EQ(EBUSY, exit_of(format));
	/* nothing has happened */
	EXPECT_EQ(0, fs_stat(self->fd, "a", &stat));
	EXPECT_EQ(3, stat.bytes);
	EXPECT_EQ(0, umount(dir));
	EXPECT_EQ(0, fs_format(self->fd, 0));
	EXPECT_EQ(-ENOENT, fs_stat(self->fd, "a", &stat));
	EXPECT_EQ(0, rmdir(dir));
}

TEST_F_TIMEOUT(format, configs, TIMEOUT)
{
	const struct isle_fs_config good = stage_config(&self->s);
	int dir = open("/tmp", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int path = open("/tmp", O_PATH | O_CLOEXEC);
	int ro = open(self->s.loop, O_RDONLY | O_CLOEXEC);
	struct isle_fs_config config;

#define TRY(expected, ...) do {						\
	config = good;							\
	__VA_ARGS__;							\
	EXPECT_EQ(expected, fs_add(self->s.ctl, self->s.dom.id, "files", &config)); \
} while (0)
	TRY(-EINVAL, config.flags = 2);
	TRY(-EINVAL, config.flags = ~0U);
	TRY(-EINVAL, config.reserved = 1);
	TRY(-EINVAL, config.size = 8);
	TRY(-EINVAL, config.backing = 0);
	TRY(-EINVAL, config.backing = 3);
	TRY(-EINVAL, config.type = 0);
	TRY(-EINVAL, config.type = 3);
	TRY(-EINVAL, config.type = ~0U);
	TRY(-EINVAL, config.timeout_s = ~0U);
	TRY(-EINVAL, config.helper_len = 5);
	TRY(-EINVAL, config.helper = (uintptr_t)"/x");
	TRY(-EINVAL, config.helper = (uintptr_t)"x", config.helper_len = 1);
	TRY(-EINVAL, config.helper = (uintptr_t)"/\0x", config.helper_len = 3);
	TRY(-EINVAL, config.helper = (uintptr_t)"/x", config.helper_len = 256);
	TRY(-EFAULT, config.helper = 8, config.helper_len = 8);
	TRY(-EBADF, config.fd = -1);
	TRY(-EINVAL, config.fd = dir);
	TRY(-EBADF, config.fd = path);
	TRY(-EBADF, config.fd = ro);
	TRY(-EINVAL, config.backing = ISLE_FS_DIR, config.type = 0);
	TRY(-EINVAL, config.backing = ISLE_FS_DIR, config.fd = dir);
	TRY(-EINVAL, config.backing = ISLE_FS_DIR, config.fd = dir, config.type = 0,
	    config.helper = (uintptr_t)"/x", config.helper_len = 2);
	TRY(-EBADF, config.backing = ISLE_FS_DIR, config.fd = path, config.type = 0);
	TRY(0, config.fd = ro, config.flags = ISLE_FS_READ_ONLY);
	EXPECT_EQ(0, fs_del(self->s.ctl, self->s.dom.id, "files", 0));
	close(dir);
	close(path);
	close(ro);
}

STAGE_MAIN
