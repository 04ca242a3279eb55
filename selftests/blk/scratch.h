/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: places to put the sectors of a block device
 *
 * Files on tmpfs (which takes no direct I/O) and on ext4 (which does), loop
 * devices of either sector size, and a ramdisk.  A program that uses them has
 * SCRATCH_MAIN instead of TEST_HARNESS_MAIN: the file system is made before
 * the first test, and everything is taken down after the last one.
 */
#ifndef ISLE_SELFTESTS_BLK_SCRATCH_H
#define ISLE_SELFTESTS_BLK_SCRATCH_H

#include <linux/fs.h>
#include <linux/loop.h>
#include <sys/mount.h>

#include "../lib.h"

enum place {
	MEMORY, TMPFS, EXT4, LOOP, LOOP_4K, PLACES,
	/* the kernel's ramdisk, whose size is what it is */
	RAMDISK = PLACES,
};

/* Where a device's sectors are */
struct scratch {
	enum place place;
	int fd;			/* open for reading and writing, or -1 */
	char path[96];
};

static char scratch_dir[64];
static pid_t scratch_owner;
static bool scratch_ext4;

/*
 * Makes a block device of a file; it goes when its last user does.
 * Value: its descriptor, or -errno.
 */
static inline int loop_attach(const char *file, __u32 sector, __u32 flags,
			      char path[32])
{
	struct loop_config config = {
		.block_size = sector,
		.info.lo_flags = LO_FLAGS_AUTOCLEAR | flags,
	};
	int control, number, fd, tries, ret = -EBUSY;

	control = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		return -errno;
	config.fd = open(file, (flags & LO_FLAGS_READ_ONLY ? O_RDONLY :
				O_RDWR) | O_CLOEXEC);
	/* Another test may be faster */
	for (tries = 0; ret == -EBUSY && tries < 100; tries++) {
		number = ioctl(control, LOOP_CTL_GET_FREE);
		snprintf(path, 32, "/dev/loop%d", number);
		fd = open(path, O_RDWR | O_CLOEXEC);
		if (fd < 0) {
			ret = -errno;
			break;
		}
		ret = call(fd, LOOP_CONFIGURE, &config);
		if (ret)
			close(fd);
	}
	close(config.fd);
	close(control);
	return ret ? ret : fd;
}

/* A new file of zeroes, which are really there if @allocate */
static inline int scratch_file(const char *path, __u64 bytes, bool allocate)
{
	static char zeroes[65536];
	int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	__u64 done = 0;
	ssize_t ret;

	if (fd < 0)
		return -errno;
	if (!allocate)
		return ftruncate(fd, bytes) ? -errno : fd;
	while (done < bytes) {
		ret = write(fd, zeroes, bytes - done < sizeof(zeroes) ?
			    bytes - done : sizeof(zeroes));
		if (ret <= 0)
			return -ENOSPC;
		done += ret;
	}
	if (fsync(fd))
		return -errno;
	/* a direct write over what is cached has to wait for that to go */
	posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED);
	return fd;
}

/* Makes the place for a device of @bytes, all zeroes; value: 0 or -errno */
static inline int scratch_make(struct scratch *s, enum place place,
			       __u64 bytes)
{
	static int number;
	char image[96];
	int fd;

	s->place = place;
	s->fd = -1;
	s->path[0] = '\0';
	snprintf(image, sizeof(image), "%s/%sfile%d", scratch_dir,
		 place == EXT4 ? "ext4/" : "", number++);
	switch (place) {
	case MEMORY:
		return 0;
	case RAMDISK:
		run("modprobe -q brd rd_nr=1 rd_size=4096");
		s->fd = open("/dev/ram0", O_RDWR | O_CLOEXEC);
		if (s->fd < 0)
			return -errno;
		return ioctl(s->fd, BLKZEROOUT, (__u64[]) { 0, bytes }) ?
		       -errno : 0;
	case TMPFS:
	case EXT4:
		if (place == EXT4 && !scratch_ext4)
			return -ENODEV;
		strcpy(s->path, image);
		s->fd = scratch_file(image, bytes, place == EXT4);
		break;
	default:
		fd = scratch_file(image, bytes, false);
		if (fd < 0)
			return fd;
		close(fd);
		s->fd = loop_attach(image, place == LOOP ? 512 : 4096, 0,
				    s->path);
		unlink(image);
	}
	return s->fd < 0 ? s->fd : 0;
}

static inline void scratch_end(struct scratch *s)
{
	if (s->fd >= 0)
		close(s->fd);
	if (s->place == TMPFS || s->place == EXT4)
		unlink(s->path);
}

static inline struct isle_blk_config scratch_config(struct scratch *s,
						    __u32 sector, __u64 bytes)
{
	return (struct isle_blk_config) {
		.size = sizeof(struct isle_blk_config),
		.sector_size = sector,
		.backing = s->place == MEMORY ? ISLE_BLK_MEMORY :
			   s->place >= LOOP ? ISLE_BLK_DEVICE : ISLE_BLK_FILE,
		.fd = s->place == MEMORY ? 0 : s->fd,
		.bytes = s->place == MEMORY ? bytes : 0,
	};
}

/* Adds a device with its sectors there; value: 0 or -errno */
static inline int scratch_add(int ctl, const struct dom *dom, const char *name,
			      struct scratch *s, __u32 sector, __u64 bytes,
			      __u32 flags)
{
	struct isle_blk_config config = scratch_config(s, sector, bytes);

	config.flags = flags;
	return blk_add(ctl, dom->id, name, &config);
}

/* once per program */

static inline void scratch_cleanup(void)
{
	char path[96];

	if (getpid() != scratch_owner)
		return;
	if (scratch_ext4) {
		snprintf(path, sizeof(path), "%s/ext4", scratch_dir);
		if (umount(path))
			fprintf(stderr, "# %s is still in use\n", path);
	}
	run("rm -rf %s", scratch_dir);
}

static inline void scratch_init(void)
{
	char image[96], mounted[96], loop[32];
	int fd;

	scratch_owner = getpid();
	snprintf(scratch_dir, sizeof(scratch_dir), "/tmp/isle-%d",
		 (int)scratch_owner);
	if (mkdir(scratch_dir, 0700))
		return;
	atexit(scratch_cleanup);
	run("modprobe -q loop; modprobe -q ext4");
	snprintf(image, sizeof(image), "%s/image", scratch_dir);
	snprintf(mounted, sizeof(mounted), "%s/ext4", scratch_dir);
	fd = scratch_file(image, 64 << 20, false);
	if (fd < 0 || mkdir(mounted, 0700))
		return;
	close(fd);
	if (run("mkfs.ext4 -q -F -b 4096 -E lazy_itable_init=1 %s", image))
		return;
	fd = loop_attach(image, 512, 0, loop);
	if (fd < 0)
		return;
	scratch_ext4 = mount(loop, mounted, "ext4", 0, "") == 0;
	close(fd);
	if (!scratch_ext4)
		fprintf(stderr, "# cannot mount an ext4: %s\n",
			strerror(errno));
}

/* As TEST_HARNESS_MAIN */
#define SCRATCH_MAIN							\
	static void __attribute__((constructor))			\
	__constructor_order_last(void)					\
	{								\
		if (!__constructor_order)				\
			__constructor_order = _CONSTRUCTOR_ORDER_BACKWARD; \
	}								\
	int main(int argc, char **argv)					\
	{								\
		scratch_init();						\
		return test_harness_run(argc, argv);			\
	}

#endif /* ISLE_SELFTESTS_BLK_SCRATCH_H */
