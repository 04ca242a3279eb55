/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: a block device that stops, goes on, and fails when told to
 *
 * The kernel's device mapper on a loop device.  While it is suspended every
 * request waits; so a test has requests under way for as long as it likes.
 */
#ifndef ISLE_SELFTESTS_BLK_MAPPER_H
#define ISLE_SELFTESTS_BLK_MAPPER_H

#include "scratch.h"

struct mapper {
	struct scratch below;
	char name[32];
	char path[64];
	__u64 sectors;
	int fd;		/* open for reading and writing */
};

#define DMSETUP	"DM_DISABLE_UDEV=1 dmsetup --noudevsync "

static inline int mapper_table(struct mapper *m, const char *verb,
			       const char *target)
{
	if (!strcmp(target, "linear"))
		return run(DMSETUP "%s %s --table '0 %llu linear %s 0'", verb,
			   m->name, (unsigned long long)m->sectors,
			   m->below.path);
	return run(DMSETUP "%s %s --table '0 %llu %s'", verb, m->name,
		   (unsigned long long)m->sectors, target);
}

static inline int mapper_suspend(struct mapper *m)
{
	return run(DMSETUP "suspend --nolockfs %s", m->name);
}

static inline int mapper_resume(struct mapper *m)
{
	return run(DMSETUP "resume %s", m->name);
}

/* Becomes @target: "linear" works, "error" fails everything */
static inline int mapper_become(struct mapper *m, const char *target)
{
	int ret = mapper_suspend(m);

	if (!ret)
		ret = mapper_table(m, "load", target);
	return mapper_resume(m) || ret;
}

/* Value: 0, or something else if it cannot be had here */
static inline int mapper_make(struct mapper *m, __u64 bytes)
{
	static int number;
	int ret;

	run("modprobe -q dm_mod");
	m->fd = -1;
	m->sectors = bytes / 512;
	snprintf(m->name, sizeof(m->name), "isle-%d-%d", (int)getpid(),
		 number++);
	snprintf(m->path, sizeof(m->path), "/dev/mapper/%s", m->name);
	ret = scratch_make(&m->below, LOOP, bytes);
	if (ret)
		return ret;
	ret = mapper_table(m, "create", "linear");
	if (ret)
		return ret;
	m->fd = open(m->path, O_RDWR | O_CLOEXEC);
	return m->fd < 0 ? -errno : 0;
}

static inline void mapper_end(struct mapper *m)
{
	mapper_resume(m);
	if (m->fd >= 0)
		close(m->fd);
	/* whoever looks at new disks may have it open for a moment */
	if (!eventually(!run(DMSETUP "remove %s", m->name)))
		fprintf(stderr, "# %s cannot be removed\n", m->name);
	scratch_end(&m->below);
}

#endif /* ISLE_SELFTESTS_BLK_MAPPER_H */
