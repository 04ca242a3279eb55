// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: quotas of a domain
 *
 * Each is used up, says EDQUOT and changes nothing, and is free again once
 * what used it is gone.
 */
#include <kselftest_harness.h>

#include "../lib.h"
#include "listing.h"

#define KIB	1024ULL
#define GIB	(1ULL << 30)
#define TIB	(1ULL << 40)

FIXTURE(quota) {
	int ctl;
	struct dom dom;
	struct counters start;
};

FIXTURE_SETUP(quota)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
}

FIXTURE_TEARDOWN(quota)
{
	close(self->dom.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

#define USED(kind)	quota_used(self->ctl, self->dom.id, kind)
#define SET(kind, limit) quota_set(self->ctl, self->dom.id, kind, limit)

TEST_F_TIMEOUT(quota, get_and_set, TIMEOUT)
{
	struct isle_quota quota, mine;
	__u32 kind;

	for (kind = 0; kind < ISLE_QUOTA_KINDS; kind++) {
		ASSERT_EQ(0, quota_get(self->ctl, self->dom.id, kind, &quota));
		EXPECT_LT(0, quota.limit) TH_LOG("default of kind %u", kind);
		EXPECT_EQ(kind == ISLE_QUOTA_FILES ? 1 : 0, quota.used)
			TH_LOG("kind %u", kind);
		EXPECT_EQ(sizeof(quota), quota.size);
		EXPECT_EQ(kind, quota.kind);
		EXPECT_EQ(0, quota.flags);

		ASSERT_EQ(0, SET(kind, 5));
		ASSERT_EQ(0, quota_get(self->ctl, self->dom.id, kind, &quota));
		EXPECT_EQ(5, quota.limit);

		/* The domain sees its own */
		memset(&mine, 0, sizeof(mine));
		mine.size = sizeof(mine);
		mine.kind = kind;
		ASSERT_EQ(0, call(self->dom.fd, ISLE_DOMAIN_QUOTA, &mine));
		EXPECT_EQ(5, mine.limit);
		EXPECT_EQ(quota.used, mine.used);
	}
	/* and has no command to change it */
	memset(&mine, 0, sizeof(mine));
	mine.size = sizeof(mine);
	mine.limit = 1000;
	EXPECT_EQ(-ENOTTY, call(self->dom.fd, ISLE_CTL_QUOTA_SET, &mine));
	EXPECT_EQ(-EINVAL, call(self->dom.fd, ISLE_DOMAIN_QUOTA, &mine));
}

static long long in_sysfs(const char *domain, const char *kind, const char *what)
{
	long long value = -1;
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/sys/class/isle/isle!%s!domain/%s_%s", domain, kind, what);
	file = fopen(path, "re");
	if (file && fscanf(file, "%lld", &value) != 1)
		value = -2;
	if (file)
		fclose(file);
	return value;
}

TEST_F_TIMEOUT(quota, in_sysfs, TIMEOUT)
{
	static const char *const names[] = {
		"devices", "links", "files", "memory", "requests", "grants", "mappings", "ports",
		"store", "watches", "tasks", "messages",
	};
	struct isle_quota quota;
	struct dom dom;
	__u32 kind;

	ASSERT_EQ(0, dom_create(self->ctl, "quotas", &dom));
	ASSERT_EQ(0, dom_publish(self->ctl, dom.id, 0600, 0, 0));
	for (kind = 0; kind < ISLE_QUOTA_KINDS; kind++) {
		ASSERT_LT(kind, ARRAY_SIZE(names));
		ASSERT_EQ(0, quota_set(self->ctl, dom.id, kind, 1000 + kind));
		ASSERT_EQ(0, quota_get(self->ctl, dom.id, kind, &quota));
		EXPECT_EQ(1000 + kind, in_sysfs("quotas", names[kind], "limit"));
		EXPECT_EQ(quota.used, in_sysfs("quotas", names[kind], "used"));
	}
	ASSERT_EQ(0, dom_destroy(self->ctl, dom.id, 0));
	close(dom.fd);
}

/* Any limit is either taken as it is or refused; none becomes another one */
TEST_F_TIMEOUT(quota, odd_limits, TIMEOUT)
{
	static const __u64 limits[] = { 0, 1, (1ULL << 31) - 1, 1ULL << 31,
					~0U, 1ULL << 32, (1ULL << 63) - 1,
					1ULL << 63, ~0ULL - 1, ~0ULL };
	struct isle_quota quota;
	unsigned int i;
	__u32 kind;
	int ret;

	for (kind = 0; kind < ISLE_QUOTA_KINDS; kind++) {
		for (i = 0; i < ARRAY_SIZE(limits); i++) {
			ASSERT_EQ(0, SET(kind, 7));
			ret = SET(kind, limits[i]);
			if (ret) {
				EXPECT_EQ(-EINVAL, ret);
			}
			if (limits[i] <= 1ULL << 31) {
				EXPECT_EQ(0, ret);
			}
			ASSERT_EQ(0, quota_get(self->ctl, self->dom.id, kind,
					       &quota));
			EXPECT_EQ(ret ? 7 : limits[i], quota.limit);
		}
	}
}

TEST_F_TIMEOUT(quota, is_the_domains_own, TIMEOUT)
{
	struct isle_quota quota;
	struct dom other;
	__u64 limit;

	ASSERT_EQ(0, dom_create(self->ctl, NULL, &other));
	ASSERT_EQ(0, quota_get(self->ctl, other.id, ISLE_QUOTA_DEVICES,
			       &quota));
	limit = quota.limit;
	ASSERT_EQ(0, SET(ISLE_QUOTA_DEVICES, 0));
	ASSERT_EQ(0, quota_get(self->ctl, other.id, ISLE_QUOTA_DEVICES,
			       &quota));
	EXPECT_EQ(limit, quota.limit);
	EXPECT_EQ(0, blk_add_memory(self->ctl, other.id, "disk", 4096, 0));
	EXPECT_EQ(-EDQUOT, blk_add_memory(self->ctl, self->dom.id, "disk",
					  4096, 0));
	close(other.fd);
}

TEST_F_TIMEOUT(quota, devices, TIMEOUT)
{
	static struct listing before;
	char name[16];
	int i;

	ASSERT_EQ(0, SET(ISLE_QUOTA_DEVICES, 3));
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "disk%d", i);
		ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, name,
					    4096, 0));
		EXPECT_EQ(i + 1, USED(ISLE_QUOTA_DEVICES));
	}
	listing_take(self->ctl, &before);
	EXPECT_EQ(-EDQUOT, blk_add_memory(self->ctl, self->dom.id, "more",
					  4096, 0));
	EXPECT_TRUE(listing_same(self->ctl, &before));
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "disk1", 0));
	EXPECT_EQ(2, USED(ISLE_QUOTA_DEVICES));
	EXPECT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "more", 4096, 0));

	/* Below what there is: nothing is taken away, nothing is added */
	ASSERT_EQ(0, SET(ISLE_QUOTA_DEVICES, 1));
	EXPECT_EQ(3, USED(ISLE_QUOTA_DEVICES));
	EXPECT_EQ(-EDQUOT, blk_add_memory(self->ctl, self->dom.id, "x", 4096,
					  0));
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "more", 0));
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "disk0", 0));
	EXPECT_EQ(-EDQUOT, blk_add_memory(self->ctl, self->dom.id, "x", 4096,
					  0));
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "disk2", 0));
	EXPECT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "x", 4096, 0));
}

TEST_F_TIMEOUT(quota, memory, TIMEOUT)
{
	static struct listing before;

	ASSERT_EQ(0, SET(ISLE_QUOTA_MEMORY, 64 * KIB));
	EXPECT_EQ(-EDQUOT, blk_add_memory(self->ctl, self->dom.id, "a",
					  64 * KIB + 512, 0));
	EXPECT_EQ(0, USED(ISLE_QUOTA_MEMORY));
	EXPECT_EQ(0, USED(ISLE_QUOTA_DEVICES));
	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "a", 48 * KIB, 0));
	EXPECT_EQ(48 * KIB, USED(ISLE_QUOTA_MEMORY));
	listing_take(self->ctl, &before);
	EXPECT_EQ(-EDQUOT, blk_add_memory(self->ctl, self->dom.id, "b",
					  20 * KIB, 0));
	EXPECT_EQ(-EDQUOT, blk_add_memory(self->ctl, self->dom.id, "b", TIB,
					  0));
	/* Other failures give back what they took */
	EXPECT_EQ(-EEXIST, blk_add_memory(self->ctl, self->dom.id, "a",
					  16 * KIB, 0));
	EXPECT_EQ(-EINVAL, blk_add_memory(self->ctl, self->dom.id, "b",
					  16 * KIB, 100));
	EXPECT_TRUE(listing_same(self->ctl, &before));
	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "b", 16 * KIB, 0));
	EXPECT_EQ(64 * KIB, USED(ISLE_QUOTA_MEMORY));
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "a", 0));
	EXPECT_EQ(16 * KIB, USED(ISLE_QUOTA_MEMORY));
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "b", 0));
	EXPECT_EQ(0, USED(ISLE_QUOTA_MEMORY));
}

/* An open file of a removed device does not keep its memory */
TEST_F_TIMEOUT(quota, memory_of_removed_device, TIMEOUT)
{
	long pages = counter_read("live_pages");
	char buf[16 * KIB];
	int disk;

	ASSERT_EQ(0, SET(ISLE_QUOTA_MEMORY, 16 * KIB));
	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "a", 16 * KIB, 0));
	disk = blk_open_rw(self->dom.fd, "a");
	ASSERT_LE(0, disk);
	memset(buf, 1, sizeof(buf));
	ASSERT_EQ(sizeof(buf), write(disk, buf, sizeof(buf)));
	EXPECT_LE(pages + 4, counter_read("live_pages"));
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "a", 0));
	EXPECT_EQ(0, USED(ISLE_QUOTA_MEMORY));
	EXPECT_TRUE(eventually(counter_read("live_pages") <= pages));
	EXPECT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "a", 16 * KIB, 0));
	close(disk);
}

/* Sums beyond 32 bits; no more memory is used than is written to */
TEST_F_TIMEOUT(quota, memory_arithmetic, TIMEOUT)
{
	const __u64 part = 3 * GIB;
	const int n = 10;
	char name[16];
	int i, ret = 0;

	ASSERT_EQ(0, SET(ISLE_QUOTA_MEMORY, n * part + 4096));
	for (i = 0; i < 2 * n; i++) {
		snprintf(name, sizeof(name), "disk%d", i);
		ret = blk_add_memory(self->ctl, self->dom.id, name, part, 0);
		if (ret)
			break;
		EXPECT_EQ((i + 1) * part, USED(ISLE_QUOTA_MEMORY));
	}
	EXPECT_EQ(-EDQUOT, ret);
	EXPECT_EQ(n, i);
	EXPECT_EQ(n * part, USED(ISLE_QUOTA_MEMORY));
	EXPECT_EQ(-EDQUOT, blk_add_memory(self->ctl, self->dom.id, "x", 8192,
					  0));
	EXPECT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "x", 4096, 0));
	EXPECT_EQ(0, blk_del(self->ctl, self->dom.id, "x", 0));
	while (i--) {
		snprintf(name, sizeof(name), "disk%d", i);
		EXPECT_EQ(0, blk_del(self->ctl, self->dom.id, name, 0));
	}
	EXPECT_EQ(0, USED(ISLE_QUOTA_MEMORY));
	EXPECT_EQ(0, USED(ISLE_QUOTA_DEVICES));

	/* Without a limit to speak of nothing wraps either */
	ASSERT_EQ(0, SET(ISLE_QUOTA_MEMORY, 1ULL << 62));
	EXPECT_EQ(-EINVAL, blk_add_memory(self->ctl, self->dom.id, "x",
					  ~0ULL - 511, 0));
	EXPECT_EQ(-EINVAL, blk_add_memory(self->ctl, self->dom.id, "x",
					  2 * TIB, 0));
	EXPECT_EQ(0, USED(ISLE_QUOTA_MEMORY));
}

TEST_F_TIMEOUT(quota, links, TIMEOUT)
{
	static struct listing before;
	struct dom peer[3];
	int i;

	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &peer[i]));
	}
	ASSERT_EQ(0, SET(ISLE_QUOTA_LINKS, 2));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, dom_link(self->ctl, self->dom.id, peer[i].id));
		EXPECT_EQ(i + 1, USED(ISLE_QUOTA_LINKS));
		EXPECT_EQ(1, quota_used(self->ctl, peer[i].id,
					ISLE_QUOTA_LINKS));
	}
	listing_take(self->ctl, &before);
	EXPECT_EQ(-EDQUOT, dom_link(self->ctl, self->dom.id, peer[2].id));
	EXPECT_EQ(-EDQUOT, dom_link(self->ctl, peer[2].id, self->dom.id));
	EXPECT_EQ(-EEXIST, dom_link(self->ctl, peer[0].id, self->dom.id));
	EXPECT_TRUE(listing_same(self->ctl, &before));
	ASSERT_EQ(0, dom_unlink(self->ctl, peer[0].id, self->dom.id));
	EXPECT_EQ(1, USED(ISLE_QUOTA_LINKS));
	EXPECT_EQ(0, dom_link(self->ctl, peer[2].id, self->dom.id));
	EXPECT_EQ(2, USED(ISLE_QUOTA_LINKS));

	/* The peer's quota counts as well */
	ASSERT_EQ(0, quota_set(self->ctl, peer[0].id, ISLE_QUOTA_LINKS, 0));
	listing_take(self->ctl, &before);
	EXPECT_EQ(-EDQUOT, dom_link(self->ctl, peer[1].id, peer[0].id));
	EXPECT_EQ(-EDQUOT, dom_link(self->ctl, peer[0].id, peer[1].id));
	EXPECT_TRUE(listing_same(self->ctl, &before));
	for (i = 0; i < 3; i++)
		close(peer[i].fd);
	EXPECT_TRUE(eventually(USED(ISLE_QUOTA_LINKS) == 0));
}

TEST_F_TIMEOUT(quota, files, TIMEOUT)
{
	static struct listing before;
	char name[ISLE_NAME_SIZE], path[96];
	int fd[3], i;

	close(self->dom.fd);
	ASSERT_EQ(0, dom_create(self->ctl, own(name, "files"), &self->dom));
	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk", 4096, 0));
	ASSERT_EQ(0, dom_publish(self->ctl, self->dom.id, 0600, 0, 0));
	ASSERT_EQ(0, SET(ISLE_QUOTA_FILES, 4));
	fd[0] = dom_open(self->ctl, self->dom.id);
	fd[1] = blk_open_rw(self->dom.fd, "disk");
	snprintf(path, sizeof(path), "/dev/isle/%s/blk/disk", name);
	fd[2] = open(path, O_RDWR);
	for (i = 0; i < 3; i++) {
		EXPECT_LE(0, fd[i]) TH_LOG("file %d", i);
	}
	EXPECT_EQ(4, USED(ISLE_QUOTA_FILES));

	/* No way in is without a count */
	listing_take(self->ctl, &before);
	EXPECT_EQ(-EDQUOT, dom_open(self->ctl, self->dom.id));
	EXPECT_EQ(-EDQUOT, blk_open_rw(self->dom.fd, "disk"));
	EXPECT_EQ(-EDQUOT, err(open(path, O_RDWR)));
	snprintf(path, sizeof(path), "/dev/isle/%s/domain", name);
	EXPECT_EQ(-EDQUOT, err(open(path, O_RDWR)));
	EXPECT_TRUE(listing_same(self->ctl, &before));

	close(fd[1]);
	EXPECT_TRUE(eventually(USED(ISLE_QUOTA_FILES) == 3));
	fd[1] = open(path, O_RDWR);
	EXPECT_LE(0, fd[1]);
	EXPECT_EQ(4, USED(ISLE_QUOTA_FILES));
	for (i = 0; i < 3; i++)
		close(fd[i]);
	EXPECT_TRUE(eventually(USED(ISLE_QUOTA_FILES) == 1));
	ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
}

TEST_HARNESS_MAIN
