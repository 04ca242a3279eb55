/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: fs devices
 *
 * Wrappers of their ioctls, and stages: a domain with a device on a directory,
 * a vfat or an ext4.  A program that uses stages has SCRATCH_MAIN.
 */
#ifndef ISLE_SELFTESTS_FS_FS_H
#define ISLE_SELFTESTS_FS_FS_H

#include <isle/fs.h>

#include "../blk/scratch.h"

#define FS_RW	(ISLE_OPEN_READ | ISLE_OPEN_WRITE)

static inline int fs_add(int ctl, __u32 domid, const char *name,
			 const struct isle_fs_config *config)
{
	struct isle_device_add arg = {
		.size = sizeof(arg), .domid = domid, .dev_class = ISLE_CLASS_FS,
		.config = (uintptr_t)config,
	};

	put_name(arg.name, name);
	return call(ctl, ISLE_CTL_DEVICE_ADD, &arg);
}

static inline int fs_del(int ctl, __u32 domid, const char *name, __u32 flags)
{
	struct isle_device_del arg = {
		.size = sizeof(arg), .domid = domid, .dev_class = ISLE_CLASS_FS,
		.flags = flags,
	};

	put_name(arg.name, name);
	return call(ctl, ISLE_CTL_DEVICE_DEL, &arg);
}

static inline int fs_open(int fd, const char *name, __u32 flags)
{
	struct isle_device_open arg = {
		.size = sizeof(arg), .flags = flags, .dev_class = ISLE_CLASS_FS,
	};
	int ret;

	put_name(arg.name, name);
	ret = call(fd, ISLE_DOMAIN_DEVICE_OPEN, &arg);
	return ret ? ret : arg.fd;
}

static inline int fs_info(int fd, struct isle_fs_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return call(fd, ISLE_FS_INFO, info);
}

static inline int fs_format(int fd, __u64 bytes)
{
	struct isle_fs_format arg = { .size = sizeof(arg), .bytes = bytes };

	return call(fd, ISLE_FS_FORMAT, &arg);
}

/* a path of any bytes */
static inline int fs_path_n(int fd, unsigned long cmd, const void *path,
			    __u32 len)
{
	struct isle_fs_path arg = {
		.size = sizeof(arg), .path = (uintptr_t)path, .path_len = len,
	};

	return call(fd, cmd, &arg);
}

static inline int fs_create(int fd, const char *path)
{
	return fs_path_n(fd, ISLE_FS_CREATE, path, strlen(path));
}

static inline int fs_mkdir(int fd, const char *path)
{
	return fs_path_n(fd, ISLE_FS_MKDIR, path, strlen(path));
}

static inline int fs_destroy(int fd, const char *path)
{
	return fs_path_n(fd, ISLE_FS_DESTROY, path, strlen(path));
}

static inline int fs_stat_n(int fd, const void *path, __u32 len,
			    struct isle_fs_stat *stat)
{
	*stat = (struct isle_fs_stat) {
		.size = sizeof(*stat), .path = (uintptr_t)path, .path_len = len,
	};
	return call(fd, ISLE_FS_STAT, stat);
}

static inline int fs_stat(int fd, const char *path, struct isle_fs_stat *stat)
{
	return fs_stat_n(fd, path, strlen(path), stat);
}

/* size of a file, or -errno */
static inline long long fs_size(int fd, const char *path)
{
	struct isle_fs_stat stat;
	int ret = fs_stat(fd, path, &stat);

	return ret ? ret : (long long)stat.bytes;
}

static inline int fs_rw(int fd, unsigned long cmd, const char *path,
			__u64 offset, const void *buffer, __u64 length)
{
	struct isle_fs_rw arg = {
		.size = sizeof(arg), .path = (uintptr_t)path,
		.path_len = strlen(path), .offset = offset,
		.buffer = (uintptr_t)buffer, .length = length,
	};

	return call(fd, cmd, &arg);
}

static inline int fs_read(int fd, const char *path, __u64 offset, void *buffer,
			  __u64 length)
{
	return fs_rw(fd, ISLE_FS_READ, path, offset, buffer, length);
}

static inline int fs_write(int fd, const char *path, __u64 offset,
			   const void *buffer, __u64 length)
{
	return fs_rw(fd, ISLE_FS_WRITE, path, offset, buffer, length);
}

/* bytes of entries, or -errno */
static inline int fs_list(int fd, const char *path, __u64 *cookie, void *buffer,
			  __u32 length)
{
	struct isle_fs_list arg = {
		.size = sizeof(arg), .path = (uintptr_t)path,
		.path_len = strlen(path), .cookie = *cookie,
		.buffer = (uintptr_t)buffer, .buffer_len = length,
	};
	int ret = call(fd, ISLE_FS_LIST, &arg);

	if (ret)
		return ret;
	*cookie = arg.cookie;
	return arg.used;
}

/* how many entries there are, or -errno; *@found: those called @name */
static inline int fs_count(int fd, const char *path, const char *name,
			   int *found)
{
	static __thread char buffer[4096] __attribute__((aligned(8)));
	const struct isle_fs_entry *entry;
	__u64 cookie = 0;
	int used, at, count = 0;

	if (found)
		*found = 0;
	while ((used = fs_list(fd, path, &cookie, buffer, sizeof(buffer))) > 0) {
		for (at = 0; at < used; at += entry->length) {
			entry = (const void *)(buffer + at);
			count++;
			if (found && !strcmp(entry->name, name))
				++*found;
		}
	}
	return used < 0 ? used : count;
}

/* what is behind a device */
enum stage_kind { ON_DIR, ON_VFAT, ON_EXT4, STAGE_KINDS };

static const char *const stage_type[STAGE_KINDS] = { "dir", "vfat", "ext4" };

struct stage {
	enum stage_kind kind;
	int ctl;
	struct dom dom;
	char path[96];		/* of the directory or the image */
	char loop[32];		/* the image's device */
	int file;		/* that one, or the directory */
	int fd;			/* the device's */
	struct counters start;
};

/* Freshly made file systems of STAGE_BYTES, once per program */
#define STAGE_BYTES	(8u << 20)

static char stage_template[STAGE_KINDS][96];

static inline int make_image(const char *path, enum stage_kind kind, __u64 bytes)
{
	int fd = scratch_file(path, bytes, false);

	if (fd < 0)
		return fd;
	close(fd);
	if (kind == ON_VFAT)
		return run("mkfs.vfat %s", path) ? -EIO : 0;
	return run("mkfs.ext4 -q -F -b 1024 -E lazy_itable_init=1 -O ^has_journal %s",
		   path) ? -EIO : 0;
}

/* A copy of one; what is zero stays a hole */
static inline int copy_image(const char *from, const char *to)
{
	static char block[4096];
	int in = open(from, O_RDONLY | O_CLOEXEC);
	int out = open(to, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	int ret = in < 0 || out < 0 || ftruncate(out, STAGE_BYTES) ? -EIO : 0;
	off_t pos;

	for (pos = 0; !ret && pos < STAGE_BYTES; pos += sizeof(block)) {
		if (pread(in, block, sizeof(block), pos) != sizeof(block) ||
		    (!all_bytes(block, 0, sizeof(block)) &&
		     pwrite(out, block, sizeof(block), pos) != sizeof(block)))
			ret = -EIO;
	}
	close(in);
	close(out);
	return ret;
}

static inline struct isle_fs_config stage_config(const struct stage *s)
{
	return (struct isle_fs_config) {
		.size = sizeof(struct isle_fs_config), .fd = s->file,
		.backing = s->kind == ON_DIR ? ISLE_FS_DIR : ISLE_FS_IMAGE,
		.type = s->kind == ON_DIR ? 0 : s->kind == ON_VFAT ?
			ISLE_FS_VFAT : ISLE_FS_EXT4,
	};
}

/* The place and the domain, without the device; value: 0 or -errno */
static inline int stage_make(struct stage *s, enum stage_kind kind)
{
	static int number;
	int ret;

	memset(s, 0, sizeof(*s));
	s->kind = kind;
	s->fd = -1;
	s->file = -1;
	s->dom.fd = -1;
	s->start = counters_start();
	s->ctl = control_open();
	if (s->ctl < 0)
		return s->ctl;
	ret = dom_create(s->ctl, NULL, &s->dom);
	if (ret)
		return ret;
	snprintf(s->path, sizeof(s->path), "%s/fs%d-%d", scratch_dir,
		 (int)getpid(), number++);
	if (kind == ON_DIR) {
		if (mkdir(s->path, 0755))
			return -errno;
		s->file = err(open(s->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	} else {
		ret = copy_image(stage_template[kind], s->path);
		if (ret)
			return ret;
		s->file = loop_attach(s->path, 512, 0, s->loop);
	}
	return s->file < 0 ? s->file : 0;
}

/* With the device "files"; value: its file or -errno */
static inline int stage_add(struct stage *s, const struct isle_fs_config *config)
{
	struct isle_fs_config usual = stage_config(s);
	int ret = fs_add(s->ctl, s->dom.id, "files", config ?: &usual);

	if (ret)
		return ret;
	/* From now on the device holds it */
	close(s->file);
	s->file = -1;
	s->fd = fs_open(s->dom.fd, "files", FS_RW);
	return s->fd;
}

/* All of it away; value: whether nothing is left */
static inline bool stage_end(struct stage *s)
{
	bool good;

	if (s->fd >= 0)
		close(s->fd);
	if (s->file >= 0)
		close(s->file);
	if (s->dom.fd >= 0)
		close(s->dom.fd);
	close(s->ctl);
	good = counters_are(&s->start);
	if (unlink(s->path) && rmdir(s->path))
		run("rm -rf %s", s->path);
	return good;
}

/* Whether an image's loop device has gone */
static inline bool loop_free(const struct stage *s)
{
	char path[96];

	snprintf(path, sizeof(path), "/sys/block/%s/loop/backing_file",
		 s->loop + strlen("/dev/"));
	return access(path, F_OK) != 0;
}

static inline void stage_init(void)
{
	enum stage_kind kind;

	scratch_owner = getpid();
	snprintf(scratch_dir, sizeof(scratch_dir), "/tmp/isle-%d",
		 (int)scratch_owner);
	if (mkdir(scratch_dir, 0700))
		return;
	atexit(scratch_cleanup);
	run("modprobe -qa loop ext4 vfat");
	for (kind = ON_VFAT; kind < STAGE_KINDS; kind++) {
		snprintf(stage_template[kind], sizeof(stage_template[kind]),
			 "%s/%s", scratch_dir, stage_type[kind]);
		if (make_image(stage_template[kind], kind, STAGE_BYTES))
			fprintf(stderr, "# no %s can be made here\n",
				stage_type[kind]);
	}
}

/* As TEST_HARNESS_MAIN */
#define STAGE_MAIN							\
	static void __attribute__((constructor))			\
	__constructor_order_last(void)					\
	{								\
		if (!__constructor_order)				\
			__constructor_order = _CONSTRUCTOR_ORDER_BACKWARD; \
	}								\
	int main(int argc, char **argv)					\
	{								\
		stage_init();						\
		return test_harness_run(argc, argv);			\
	}

#endif /* ISLE_SELFTESTS_FS_FS_H */
