// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: how much can be granted and mapped, and who pays for it
 */
#include <kselftest_harness.h>

#include "gnt.h"

static const __u32 many[] = { PAGES_MAX + 1, 1U << 31, (1U << 31) + 1, ~0U };

FIXTURE(limits) {
	struct pair p;
};

FIXTURE_SETUP(limits)
{
	ASSERT_TRUE(pair_make(&self->p));
}

FIXTURE_TEARDOWN(limits)
{
	EXPECT_TRUE(pair_end(&self->p));
}

TEST_F_TIMEOUT(limits, max_grants, TIMEOUT)
{
	struct pair *p = &self->p;
	__u32 refs[3];
	__u64 at, one, two;
	unsigned int i;

	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 3, true, refs, &at));
	EXPECT_EQ(-EFAULT, call(p->db, IOCTL_GNTDEV_SET_MAX_GRANTS, NULL));
	for (i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		EXPECT_EQ(-E2BIG, gnt_max(p->db, many[i]));
	EXPECT_EQ(0, gnt_max(p->db, PAGES_MAX));
	EXPECT_EQ(0, gnt_max(p->db, 0));
	EXPECT_EQ(-ENOMEM, gnt_map(p->db, p->a.id, refs, 1, &one));
	EXPECT_EQ(0, gnt_max(p->db, 2));
	EXPECT_EQ(-ENOMEM, gnt_map(p->db, p->a.id, refs, 3, &one));
	EXPECT_EQ(0, gnt_map(p->db, p->a.id, refs, 1, &one));
	EXPECT_EQ(-EBUSY, gnt_max(p->db, 3));
	EXPECT_EQ(-ENOMEM, gnt_map(p->db, p->a.id, refs + 1, 2, &two));
	EXPECT_EQ(0, gnt_map(p->db, p->a.id, refs + 1, 1, &two));
	EXPECT_EQ(-ENOMEM, gnt_map(p->db, p->a.id, refs + 2, 1, &two));
	EXPECT_EQ(0, gnt_unmap(p->db, one, 1));
	EXPECT_EQ(0, gnt_map(p->db, p->a.id, refs + 2, 1, &one));
	EXPECT_EQ(2, mappings_used(p, &p->b));
}

TEST_F_TIMEOUT(limits, quotas, TIMEOUT)
{
	struct pair *p = &self->p;
	__u64 at, more, there;
	__u32 refs[8];

	ASSERT_EQ(0, quota_set(p->ctl, p->a.id, ISLE_QUOTA_GRANTS, 7));
	ASSERT_EQ(0, quota_set(p->ctl, p->b.id, ISLE_QUOTA_MAPPINGS, 3));
	EXPECT_EQ(-ENOSPC, gnt_alloc(p->ga, p->b.id, 8, true, refs, &at));
	EXPECT_EQ(0, grants_used(p, &p->a));
	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 7, true, refs, &at));
	EXPECT_EQ(-ENOSPC, gnt_alloc(p->ga, p->b.id, 1, true, refs, &more));
	EXPECT_EQ(-EDQUOT, gnt_map(p->db, p->a.id, refs, 4, &there));
	/* what is only written down counts, too */
	ASSERT_EQ(0, gnt_map(p->db, p->a.id, refs, 3, &there));
	EXPECT_EQ(-EDQUOT, gnt_map(p->db, p->a.id, refs, 1, &more));
	EXPECT_EQ(0, gnt_unmap(p->db, there, 3));
	EXPECT_EQ(0, gnt_map(p->db, p->a.id, refs, 3, &there));

	EXPECT_EQ(0, gnt_dealloc(p->ga, at, 7));
	EXPECT_EQ(0, grants_used(p, &p->a));
	ASSERT_EQ(0, quota_set(p->ctl, p->a.id, ISLE_QUOTA_GRANTS, ~0ULL >> 1));
	ASSERT_EQ(0, quota_set(p->ctl, p->a.id, ISLE_QUOTA_GRANTS, 0));
	EXPECT_EQ(-ENOSPC, gnt_alloc(p->ga, p->b.id, 1, true, refs, &at));
	EXPECT_EQ(0, gnt_alloc(p->ga, p->b.id, 0, true, refs, &at));
}

/* 65,536 pages in one go, by both sides */
TEST_F_TIMEOUT(limits, as_many_as_there_may_be, TIMEOUT)
{
	const __u32 count = rounds(PAGES_MAX, 4096);
	__u32 *refs = calloc(count, sizeof(*refs));
	struct pair *p = &self->p;
	uint8_t *mine, *map;
	__u64 at, there;
	__u32 i;

	ASSERT_NE(NULL, refs);
	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, count, true, refs, &at));
	ASSERT_EQ(0, gnt_map(p->db, p->a.id, refs, count, &there));
	ASSERT_EQ(0, gnt_mmap(p->ga, at, count, RW, MAP_SHARED, &mine));
	ASSERT_EQ(0, gnt_mmap(p->db, there, count, RW, MAP_SHARED, &map));
	for (i = 0; i < count; i++) {
		mine[i * PAGE + 7] = i % 251 + 1;
		EXPECT_EQ(i % 251 + 1, map[i * PAGE + 7]);
	}
	EXPECT_EQ(count, grants_used(p, &p->a));
	EXPECT_EQ(count, mappings_used(p, &p->b));
	EXPECT_EQ(0, munmap(mine, count * PAGE));
	EXPECT_EQ(0, gnt_dealloc(p->ga, at, count));
	EXPECT_EQ(0, munmap(map, count * PAGE));
	EXPECT_EQ(0, gnt_unmap(p->db, there, count));
	EXPECT_EQ(0, grants_used(p, &p->a));
	free(refs);
}

/* memory cgroups: who asks for pages pays for them, mapped or not */

#define CGROUP	"/sys/fs/cgroup"

static bool put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool done = fd >= 0 && write(fd, text, strlen(text)) > 0;

	close(fd);
	return done;
}

static long cgroup_bytes(const char *dir)
{
	char path[128], text[32] = "";
	int fd;

	snprintf(path, sizeof(path), "%s/memory.current", dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
		return -1;
	close(fd);
	return atol(text);
}

TEST_F_TIMEOUT(limits, cgroup_pays, TIMEOUT)
{
	const __u32 count = 2048;
	struct pair *p = &self->p;
	char dir[64], path[96];
	long before;
	int status;
	pid_t pid;

	snprintf(dir, sizeof(dir), CGROUP "/isle-%d", getpid());
	/* a kernel without the controller has nobody to charge */
	if (!put_text(CGROUP "/cgroup.subtree_control", "+memory"))
		return;
	ASSERT_EQ(0, mkdir(dir, 0755));
	pid = fork();
	if (pid == 0) {
		__u32 *refs = calloc(count, sizeof(*refs));
		__u64 at;

		snprintf(path, sizeof(path), "%s/cgroup.procs", dir);
		if (!refs || !put_text(path, "0"))
			_exit(1);
		before = cgroup_bytes(dir);
		if (gnt_alloc(p->ga, p->b.id, count, true, refs, &at))
			_exit(2);
		/* some are charged in advance, and that may be taken back */
		if (before < 0 ||
		    cgroup_bytes(dir) < before + (long)((count - 128) * PAGE))
			_exit(3);
		_exit(gnt_dealloc(p->ga, at, count) ? 4 : 0);
	}
	ASSERT_LT(0, pid);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, grants_used(p, &p->a));
	EXPECT_TRUE(eventually(rmdir(dir) == 0));
}

TEST_HARNESS_MAIN
