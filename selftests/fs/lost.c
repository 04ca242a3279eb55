// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: images whose disk loses or refuses something
 *
 * The disk is a file in a small tmpfs, which becomes full.
 */
#include <kselftest_harness.h>

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

STAGE_MAIN
