// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: images whose disk loses or refuses something
 *
 * The disk is a file in a small tmpfs, which becomes full.
 */
#include <kselftest_harness.h>

#include "../blk/mapper.h"
#include "fs.h"

FIXTURE(lost) {
	struct stage s;
	char dir[160], image[192], filler[192];
	int fd;
};

FIXTURE_VARIANT(lost) {
	enum stage_kind kind;
};

FIXTURE_VARIANT_ADD(lost, vfat) { ON_VFAT };
FIXTURE_VARIANT_ADD(lost, ext4) { ON_EXT4 };

FIXTURE_SETUP(lost)
{
	struct stage *s = &self->s;

	ASSERT_EQ(0, stage_make(s, variant->kind));
	close(s->file);
	s->file = -1;
	snprintf(self->dir, sizeof(self->dir), "%s-small", s->path);
	snprintf(self->image, sizeof(self->image), "%s/image", self->dir);
	snprintf(self->filler, sizeof(self->filler), "%s/filler", self->dir);
	ASSERT_EQ(0, mkdir(self->dir, 0700));
	ASSERT_EQ(0, mount("none", self->dir, "tmpfs", 0, "size=16m"));
	ASSERT_EQ(0, copy_image(stage_template[variant->kind], self->image));
	s->file = loop_attach(self->image, 512, 0, s->loop);
	ASSERT_LE(0, s->file);
	self->fd = stage_add(s, NULL);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(lost)
{
	unlink(self->filler);
	EXPECT_TRUE(stage_end(&self->s));
	EXPECT_TRUE(eventually(loop_free(&self->s)));
	EXPECT_TRUE(eventually(umount(self->dir) == 0));
	rmdir(self->dir);
}

static int sync_device(int fd)
{
	return err(fsync(fd));
}

/* No room for anything that the image does not have yet */
static void fill_disk(struct __test_metadata *_metadata, const char *path)
{
	static const char block[4096] = "full";
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ssize_t ret;

	ASSERT_LE(0, fd);
	while ((ret = write(fd, block, sizeof(block))) > 0)
		;
	EXPECT_EQ(-1, ret);
	EXPECT_EQ(ENOSPC, errno);
	close(fd);
}

/* The kernel writes something back by itself, and cannot */
TEST_F_TIMEOUT(lost, written_back, TIMEOUT)
{
	static char data[256 * 1024];

	memset(data, 'x', sizeof(data));
	/* where the metadata is there is something then */
	ASSERT_EQ(0, fs_create(self->fd, "a"));
	ASSERT_EQ(4096, fs_write(self->fd, "a", 0, data, 4096));
	ASSERT_EQ(0, sync_device(self->fd));
	fill_disk(_metadata, self->filler);
	ASSERT_EQ((int)sizeof(data), fs_write(self->fd, "a", 4096, data, sizeof(data)));
	sync();
	EXPECT_GT(0, sync_device(self->fd));
	/* it has been said; what comes then is another matter */
	ASSERT_EQ(0, unlink(self->filler));
	EXPECT_EQ(0, sync_device(self->fd));
	ASSERT_EQ((int)sizeof(data), fs_write(self->fd, "a", 4096, data, sizeof(data)));
	EXPECT_EQ(0, sync_device(self->fd));
}

/* As when it has found that it is damaged */
TEST_F_TIMEOUT(lost, read_only, TIMEOUT)
{
	char dir[160];

	ASSERT_EQ(0, fs_mkdir(self->fd, "d"));
	ASSERT_EQ(0, sync_device(self->fd));
	snprintf(dir, sizeof(dir), "%s-mnt", self->s.path);
	ASSERT_EQ(0, mkdir(dir, 0700));
	ASSERT_EQ(0, mount(self->s.loop, dir, stage_type[variant->kind],
			   MS_NOATIME, "errors=remount-ro"));
	/* MS_REMOUNT without MS_BIND: the file system, wherever it is mounted */
	EXPECT_EQ(0, mount(NULL, dir, NULL, MS_REMOUNT | MS_RDONLY | MS_NOATIME,
			   NULL));
	EXPECT_EQ(0, umount(dir));
	EXPECT_EQ(-EROFS, fs_mkdir(self->fd, "e"));
	EXPECT_EQ(-EROFS, sync_device(self->fd));
	EXPECT_EQ(0, rmdir(dir));
}

/* Nothing of what is on the disk is in memory any more */
static bool forget(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);
	bool good = fd >= 0 && write(fd, "3", 1) == 1;

	close(fd);
	return good;
}

/* An error in the middle of what is read is not the end of the file */
TEST_F_TIMEOUT(lost, read_error, TIMEOUT)
{
	enum { BYTES = 5 << 20 };
	static char data[BYTES];
	struct isle_fs_config config = stage_config(&self->s);
	struct mapper m;
	int fd;

	ASSERT_EQ(0, mapper_make(&m, STAGE_BYTES));
	ASSERT_EQ(0, run("dd if=%s of=%s bs=64k conv=fsync",
			 stage_template[variant->kind], m.path));
	config.fd = m.fd;
	ASSERT_EQ(0, fs_add(self->s.ctl, self->s.dom.id, "mapped", &config));
	fd = fs_open(self->s.dom.fd, "mapped", FS_RW);
	ASSERT_LE(0, fd);
	memset(data, 'x', BYTES);
	ASSERT_EQ(0, fs_create(fd, "a"));
	ASSERT_EQ(BYTES, fs_write(fd, "a", 0, data, BYTES));
	ASSERT_EQ(0, sync_device(fd));
	/* the beginning is in memory, and the rest cannot be read */
	EXPECT_TRUE(forget());
	EXPECT_EQ(1 << 20, fs_read(fd, "a", 0, data, 1 << 20));
	EXPECT_EQ(0, mapper_become(&m, "error"));
	EXPECT_EQ(-EIO, fs_read(fd, "a", 0, data, BYTES));
	EXPECT_EQ(-EIO, fs_read(fd, "a", BYTES - 4096, data, 4096));
	close(fd);
	EXPECT_EQ(0, mapper_become(&m, "linear"));
	EXPECT_EQ(0, fs_del(self->s.ctl, self->s.dom.id, "mapped", 0));
	mapper_end(&m);
}

STAGE_MAIN
