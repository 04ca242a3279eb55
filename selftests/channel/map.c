// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: the memory of channels in programs
 *
 * What can be mapped and what cannot, rings twice in a row, what fork, mremap
 * and munmap of a half do, and how long pages live and whom they are charged to.
 */
#include <kselftest_harness.h>

#include "channel.h"

FIXTURE(map) {
	struct ends p;
	struct counters start;
};

FIXTURE_VARIANT(map) {
	bool loopback;
};

FIXTURE_VARIANT_ADD(map, two_domains) { false };
FIXTURE_VARIANT_ADD(map, loopback) { true };

FIXTURE_SETUP(map)
{
	self->start = counters_start();
	ASSERT_EQ(0, ends_domains(&self->p, variant->loopback));
}

FIXTURE_TEARDOWN(map)
{
	ends_end(&self->p);
	EXPECT_TRUE(counters_are(&self->start));
}

static int map_err(int fd, size_t pages, int prot, int flags, __u64 offset)
{
	void *map = mmap(NULL, pages * PAGE, prot, flags, fd, offset);

	if (map == MAP_FAILED)
		return -errno;
	munmap(map, pages * PAGE);
	return 0;
}

TEST_F_TIMEOUT(map, areas, TIMEOUT)
{
	struct isle_vchan_info info;
	struct ends *p = &self->p;
	int ep, side;

	/* 4 pages to the server, the other ring in the shared page */
	ASSERT_EQ(0, ends_join(p, 0, 16384, 1024));
	for (side = 0; side < 2; side++) {
		__u64 ring;

		ep = side ? p->client : p->server;
		ASSERT_EQ(0, ep_info(ep, &info));
		ring = side ? info.write_offset : info.read_offset;
		EXPECT_NE(0, ring);
		EXPECT_EQ(0, side ? info.read_offset : info.write_offset);
		EXPECT_EQ(0, map_err(ep, 1, RW, MAP_SHARED, 0));
		EXPECT_EQ(0, map_err(ep, 1, PROT_READ, MAP_SHARED, 0));
		EXPECT_EQ(-EINVAL, map_err(ep, 1, RW, MAP_PRIVATE, 0));
		EXPECT_EQ(-EINVAL, map_err(ep, 1, PROT_READ, MAP_PRIVATE, 0));
		EXPECT_EQ(-EACCES, map_err(ep, 1, RW | PROT_EXEC, MAP_SHARED,
					   0));
		EXPECT_EQ(-EINVAL, map_err(ep, 2, RW, MAP_SHARED, 0));
		EXPECT_EQ(-EINVAL, map_err(ep, 1, RW, MAP_SHARED, PAGE));
		EXPECT_EQ(0, map_err(ep, 4, RW, MAP_SHARED, ring));
		EXPECT_EQ(0, map_err(ep, 8, RW, MAP_SHARED, ring));
		EXPECT_EQ(0, map_err(ep, 5, RW, MAP_SHARED, ring + 3 * PAGE));
		EXPECT_EQ(-EINVAL, map_err(ep, 9, RW, MAP_SHARED, ring));
		EXPECT_EQ(-EINVAL, map_err(ep, 6, RW, MAP_SHARED,
					   ring + 3 * PAGE));
		EXPECT_EQ(-EINVAL, map_err(ep, 1, RW, MAP_SHARED,
					   ring + 8 * PAGE));
		EXPECT_EQ(-EINVAL, map_err(ep, 1, RW, MAP_SHARED,
					   ring - PAGE));
		/* where the other ring would be */
		EXPECT_EQ(-EINVAL, map_err(ep, 1, RW, MAP_SHARED,
					   side ? ring / 2 : ring * 2));
		EXPECT_EQ(-EINVAL, map_err(ep, 1, RW, MAP_SHARED, 3 << 24));
		EXPECT_EQ(-EINVAL, map_err(ep, 1, RW, MAP_SHARED, 1ULL << 40));
		EXPECT_EQ(-EINVAL, map_err(ep, 16384, RW, MAP_SHARED, 0));
		EXPECT_EQ(-EINVAL, map_err(ep, 4097, RW, MAP_SHARED, 1 << 24));
	}
}

TEST_F_TIMEOUT(map, layout, TIMEOUT)
{
	struct isle_vchan_page *page;
	struct isle_vchan_info info;
	struct ends *p = &self->p;
	/* volatile: a compiler takes two addresses for two bytes */
	volatile uint8_t *rd, *wr;
	uint8_t *rest;
	uint32_t *refs;
	char buf[64];
	int i, k;

	ASSERT_EQ(0, ends_open(p));
	{
		__u32 rs = 8192, ws = 4096;

		ASSERT_EQ(0, ep_listen_sizes(p->server, p->b.id, "port",
					     ISLE_VCHAN_NOWAIT, 0, &rs, &ws));
	}
	ASSERT_EQ(0, ep_info(p->server, &info));
	page = ep_map(p->server);
	rd = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, p->server, info.read_offset);
	wr = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, p->server, info.write_offset);
	ASSERT_NE(NULL, page);
	ASSERT_NE(MAP_FAILED, (void *)rd);
	ASSERT_NE(MAP_FAILED, (void *)wr);
	EXPECT_EQ(13, page->left_order);
	EXPECT_EQ(12, page->right_order);
	EXPECT_EQ(2, page->cli_live);
	EXPECT_EQ(1, page->srv_live);
	EXPECT_EQ(1, page->cli_notify);
	EXPECT_EQ(0, page->srv_notify);
	EXPECT_TRUE(all_bytes(page, 0, 16));
	refs = (uint32_t *)(page + 1);
	for (i = 0; i < 3; i++) {
		EXPECT_NE(0, refs[i]);
		for (k = 0; k < i; k++) {
			EXPECT_NE(refs[k], refs[i]);
		}
	}
	/* nothing of anybody else's */
	rest = (uint8_t *)(refs + 3);
	EXPECT_TRUE(all_bytes(rest, 0, PAGE - (rest - (uint8_t *)page)));
	EXPECT_TRUE(all_bytes((void *)rd, 0, 4 * PAGE));
	EXPECT_TRUE(all_bytes((void *)wr, 0, 2 * PAGE));
	/* twice in a row */
	for (i = 0; i < 8192; i += 513) {
		rd[i] = i / 7;
		EXPECT_EQ((uint8_t)(i / 7), rd[8192 + i]);
		wr[(i + 4096) % 8192] = i / 5;
		EXPECT_EQ((uint8_t)(i / 5), wr[i]);
	}
	/* the same pages as the other end's */
	ASSERT_EQ(0, ep_connect(p->client, p->a.id, "port", 0, 0));
	stream_fill(1, 0, buf, sizeof(buf));
	page->left.cons = 8192 - 10;
	page->left.prod = 8192 - 10;
	EXPECT_EQ(64, write(p->client, buf, 64));
	EXPECT_TRUE(stream_is(1, 0, (void *)(rd + 8192 - 10), 64));
	EXPECT_TRUE(stream_is(1, 10, (void *)rd, 54));
	munmap(page, PAGE);
	munmap((void *)rd, 4 * PAGE);
	munmap((void *)wr, 2 * PAGE);
}

TEST_F_TIMEOUT(map, memory_management, TIMEOUT)
{
	struct isle_vchan_info info;
	struct ends *p = &self->p;
	volatile uint8_t *map, *moved;
	int status;
	pid_t pid;

	ASSERT_EQ(0, ends_join(p, 0, 16384, 1024));
	ASSERT_EQ(0, ep_info(p->server, &info));
	map = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, p->server, info.read_offset);
	ASSERT_NE(MAP_FAILED, (void *)map);
	EXPECT_EQ(-1, mprotect((void *)map, PAGE, RW | PROT_EXEC));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(0, mprotect((void *)map, PAGE, PROT_READ));
	EXPECT_EQ(0, mprotect((void *)map, PAGE, RW));
	EXPECT_EQ(MAP_FAILED, mremap((void *)map, 8 * PAGE, 9 * PAGE, MREMAP_MAYMOVE));
	map[5] = 55;
	/* the second showing of page 0, by itself */
	ASSERT_EQ(0, munmap((void *)map + PAGE, 3 * PAGE));
	ASSERT_EQ(0, munmap((void *)map, PAGE));
	EXPECT_EQ(55, map[4 * PAGE + 5]);
	moved = mremap((void *)map + 4 * PAGE, PAGE, PAGE, MREMAP_MAYMOVE |
		       MREMAP_FIXED, map);
	ASSERT_EQ(map, moved);
	EXPECT_EQ(55, map[5]);
	pid = fork();
	if (pid == 0) {
		map[5]++;
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(56, map[5]) TH_LOG("shared with a child");
	EXPECT_EQ(0, madvise((void *)map, PAGE, MADV_DONTNEED));
	EXPECT_EQ(56, map[5]);
	munmap((void *)map, 8 * PAGE);
	/* memory of a channel as the memory of a call on a channel */
	map = mmap(NULL, 8 * PAGE, RW, MAP_SHARED, p->server, info.read_offset);
	ASSERT_NE(MAP_FAILED, (void *)map);
	map[PAGE] = 7;
	EXPECT_EQ(1, write(p->server, (void *)map + PAGE, 1));
	EXPECT_EQ(1, read(p->client, (void *)map + PAGE + 1, 10));
	EXPECT_EQ(7, map[PAGE + 1]);
	munmap((void *)map, 8 * PAGE);
}

/* Pages live, and are charged, as long as somebody has them mapped */
TEST_F_TIMEOUT(map, outlives, TIMEOUT)
{
	struct ends *p = &self->p;
	volatile struct isle_vchan_page *server, *client;
	struct isle_vchan_info info;
	volatile uint8_t *ring;

	ASSERT_EQ(0, ends_join(p, 0, 8192, 4096));
	EXPECT_EQ(4, quota_used(p->ctl, p->a.id, ISLE_QUOTA_GRANTS));
	EXPECT_EQ(4, quota_used(p->ctl, p->b.id, ISLE_QUOTA_MAPPINGS));
	ASSERT_EQ(0, ep_info(p->client, &info));
	server = ep_map(p->server);
	client = ep_map(p->client);
	ring = mmap(NULL, 4 * PAGE, RW, MAP_SHARED, p->client,
		    info.write_offset);
	ASSERT_NE(NULL, server);
	ASSERT_NE(NULL, client);
	ASSERT_NE(MAP_FAILED, (void *)ring);
	EXPECT_EQ(100, write(p->client, (void *)ring, 100));
	ends_close(p);
	EXPECT_EQ(0, server->srv_live);
	EXPECT_EQ(0, client->cli_live);
	EXPECT_EQ(100, server->left.prod);
	server->left.prod = 77;
	EXPECT_EQ(77, client->left.prod);
	ring[3] = 3;
	EXPECT_EQ(3, ring[8192 + 3]);
	EXPECT_EQ(4, quota_used(p->ctl, p->a.id, ISLE_QUOTA_GRANTS));
	EXPECT_EQ(4, quota_used(p->ctl, p->b.id, ISLE_QUOTA_MAPPINGS));
	EXPECT_EQ(0, quota_used(p->ctl, p->a.id, ISLE_QUOTA_PORTS));
	munmap((void *)server, PAGE);
	EXPECT_EQ(4, quota_used(p->ctl, p->a.id, ISLE_QUOTA_GRANTS));
	munmap((void *)ring, 2 * PAGE);
	EXPECT_EQ(4, quota_used(p->ctl, p->b.id, ISLE_QUOTA_MAPPINGS));
	munmap((void *)ring + 2 * PAGE, 2 * PAGE);
	munmap((void *)client, PAGE);
	EXPECT_TRUE(eventually(!quota_used(p->ctl, p->b.id,
					   ISLE_QUOTA_MAPPINGS)));
	EXPECT_TRUE(eventually(!quota_used(p->ctl, p->a.id,
					   ISLE_QUOTA_GRANTS)));

	/* and the domain itself */
	ASSERT_EQ(0, ends_join(p, 0, 8192, 4096));
	client = ep_map(p->client);
	ASSERT_NE(NULL, client);
	ASSERT_EQ(0, dom_destroy(p->ctl, p->a.id, 0));
	EXPECT_EQ(0, client->srv_live);
	client->left.cons = 5;
	ends_close(p);
	EXPECT_EQ(5, client->left.cons);
	munmap((void *)client, PAGE);
}

TEST_HARNESS_MAIN
