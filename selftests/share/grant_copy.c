// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: copying to and from granted pages (GRANT_COPY)
 */
#include <kselftest_harness.h>

#include "gnt.h"

FIXTURE(copy) {
	struct pair p;
	__u32 rw[2], ro;	/* granted to b */
	uint8_t *mine;		/* two pages that it can write to, one not */
	uint8_t *buf;		/* two pages, and one that is not there */
};

FIXTURE_SETUP(copy)
{
	struct pair *p = &self->p;
	__u64 at, more;

	ASSERT_TRUE(pair_make(p));
	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 2, true, self->rw, &at));
	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 1, false, &self->ro, &more));
	ASSERT_EQ(0, gnt_mmap(p->ga, at, 3, RW, MAP_SHARED, &self->mine));
	self->buf = fenced(2);
}

FIXTURE_TEARDOWN(copy)
{
	EXPECT_EQ(0, mappings_used(&self->p, &self->p.b));
	fenced_free(self->buf, 2);
	munmap(self->mine, 3 * PAGE);
	EXPECT_TRUE(pair_end(&self->p));
}

static struct gntdev_grant_copy_segment from(__u16 domid, __u32 ref, __u16 at,
					     void *to, __u16 len)
{
	struct gntdev_grant_copy_segment seg;

	memset(&seg, 0, sizeof(seg));
	seg.source.foreign.domid = domid;
	seg.source.foreign.ref = ref;
	seg.source.foreign.offset = at;
	seg.dest.virt = to;
	seg.len = len;
	seg.flags = GNTCOPY_source_gref;
	seg.status = 77;
	return seg;
}

static struct gntdev_grant_copy_segment to(__u16 domid, __u32 ref, __u16 at,
					   void *from, __u16 len)
{
	struct gntdev_grant_copy_segment seg;

	memset(&seg, 0, sizeof(seg));
	seg.dest.foreign.domid = domid;
	seg.dest.foreign.ref = ref;
	seg.dest.foreign.offset = at;
	seg.source.virt = from;
	seg.len = len;
	seg.flags = GNTCOPY_dest_gref;
	seg.status = 77;
	return seg;
}

TEST_F_TIMEOUT(copy, there_and_back, TIMEOUT)
{
	struct gntdev_grant_copy_segment seg[3];
	__u16 a = self->p.a.id;
	struct rng r = { 1 };

	fill(&r, self->mine, 3 * PAGE);
	/* across a page boundary of ours, the whole page, one byte */
	seg[0] = from(a, self->rw[0], 0, self->buf + 100, PAGE);
	ASSERT_EQ(0, gnt_copy(self->p.db, seg, 1));
	EXPECT_EQ(0, seg[0].status);
	EXPECT_EQ(0, memcmp(self->buf + 100, self->mine, PAGE));
	EXPECT_TRUE(all_bytes(self->buf, 0, 100));
	EXPECT_TRUE(all_bytes(self->buf + 100 + PAGE, 0, PAGE - 100));

	seg[0] = to(a, self->rw[1], PAGE - 1, self->buf + 100, 1);
	seg[1] = from(a, self->ro, 3, self->buf, 7);
	seg[2] = from(a, self->rw[0], 0, NULL, 0);
	ASSERT_EQ(0, gnt_copy(self->p.db, seg, 3));
	EXPECT_EQ(0, seg[0].status);
	EXPECT_EQ(0, seg[1].status);
	EXPECT_EQ(0, seg[2].status);
	EXPECT_EQ(self->mine[0], self->mine[2 * PAGE - 1]);
	EXPECT_EQ(0, memcmp(self->buf, self->mine + 2 * PAGE + 3, 7));

	/* from page to page, and within one */
	seg[0] = from(a, self->ro, 0, NULL, 1000);
	seg[0].flags = GNTCOPY_source_gref | GNTCOPY_dest_gref;
	seg[0].dest.foreign.domid = a;
	seg[0].dest.foreign.ref = self->rw[1];
	seg[0].dest.foreign.offset = 5;
	seg[1] = seg[0];
	seg[1].source.foreign.ref = self->rw[1];
	seg[1].source.foreign.offset = 5;
	seg[1].dest.foreign.offset = 0;
	ASSERT_EQ(0, gnt_copy(self->p.db, seg, 2));
	EXPECT_EQ(0, seg[0].status);
	EXPECT_EQ(0, seg[1].status);
	EXPECT_EQ(0, memcmp(self->mine + PAGE, self->mine + 2 * PAGE, 1000));
	EXPECT_EQ(0, gnt_copy(self->p.db, NULL, 0));
}

/* What is refused says so in its status; the others are copied */
TEST_F_TIMEOUT(copy, status, TIMEOUT)
{
	struct gntdev_grant_copy_segment seg[8];
	__u16 a = self->p.a.id;

	memset(self->buf, 'b', 2 * PAGE);
	seg[0] = from(0, self->rw[0], 0, self->buf, 1);
	seg[1] = from(self->p.c.id, self->rw[0], 0, self->buf, 1);
	seg[2] = from(a, 0, 0, self->buf, 1);
	seg[3] = from(a, ~0U, 0, self->buf, 1);
	seg[4] = to(a, self->ro, 0, self->buf, 1);
	seg[5] = from(self->p.b.id, self->rw[0], 0, self->buf, 1);
	seg[6] = from(65535, self->rw[0], 0, self->buf, 1);
	seg[7] = to(a, self->rw[0], 0, self->buf, 1);
	ASSERT_EQ(0, gnt_copy(self->p.db, seg, 8));
	EXPECT_EQ(GNTST_bad_domain, seg[0].status);
	EXPECT_EQ(GNTST_bad_domain, seg[1].status);
	EXPECT_EQ(GNTST_bad_gntref, seg[2].status);
	EXPECT_EQ(GNTST_bad_gntref, seg[3].status);
	EXPECT_EQ(GNTST_general_error, seg[4].status);
	EXPECT_EQ(GNTST_bad_gntref, seg[5].status);
	EXPECT_EQ(GNTST_bad_domain, seg[6].status);
	EXPECT_EQ(GNTST_okay, seg[7].status);
	EXPECT_TRUE(all_bytes(self->buf, 'b', 2 * PAGE));
	EXPECT_EQ('b', self->mine[0]);
	EXPECT_TRUE(all_bytes(self->mine + 1, 0, 3 * PAGE - 1));

	/* not for the granter, nor for a stranger */
	ASSERT_EQ(0, gnt_copy(self->p.da, seg + 7, 1));
	EXPECT_EQ(GNTST_bad_gntref, seg[7].status);
	ASSERT_EQ(0, gnt_copy(self->p.dc, seg + 7, 1));
	EXPECT_EQ(GNTST_bad_domain, seg[7].status);
}

TEST_F_TIMEOUT(copy, refused, TIMEOUT)
{
	struct gntdev_grant_copy_segment seg[2], *in;
	__u16 a = self->p.a.id;
	int i;

	EXPECT_EQ(-EFAULT, call(self->p.db, IOCTL_GNTDEV_GRANT_COPY, NULL));
	EXPECT_EQ(-EFAULT, gnt_copy(self->p.db, NULL, 1));
	seg[0] = from(a, self->rw[0], 0, self->buf, 1);
	seg[0].flags = 0;
	EXPECT_EQ(-EINVAL, gnt_copy(self->p.db, seg, 1));
	for (i = 0; i < 2; i++) {
		const struct { __u16 at, len; } bad[] = {
			{ 1, PAGE }, { PAGE - 1, 2 }, { PAGE, 1 }, { 0, 65535 },
			{ 65535, 65535 }, { 65535, 1 }, { 0, PAGE + 1 },
			{ PAGE + 1, 0 },
		};
		unsigned int j;

		for (j = 0; j < sizeof(bad) / sizeof(bad[0]); j++) {
			seg[0] = i ? from(a, self->rw[0], bad[j].at, self->buf,
					  bad[j].len) :
				 to(a, self->rw[0], bad[j].at, self->buf,
				    bad[j].len);
			EXPECT_EQ(-EINVAL, gnt_copy(self->p.db, seg, 1));
		}
	}
	/* our memory is not there, or not all of it, or not to be written to */
	seg[0] = from(a, self->rw[0], 0, NULL, 1);
	EXPECT_EQ(-EFAULT, gnt_copy(self->p.db, seg, 1));
	seg[0] = from(a, self->rw[0], 0, self->buf + 2 * PAGE - 1, 2);
	EXPECT_EQ(-EFAULT, gnt_copy(self->p.db, seg, 1));
	seg[0] = to(a, self->rw[0], 0, self->buf + 2 * PAGE - 1, 2);
	EXPECT_EQ(-EFAULT, gnt_copy(self->p.db, seg, 1));
	seg[0] = from(a, self->rw[0], 0, (void *)-4096UL, 1);
	EXPECT_EQ(-EFAULT, gnt_copy(self->p.db, seg, 1));
	/* what was not copied is not cleared, either */
	memset(self->mine, 'm', PAGE);
	seg[0] = to(a, self->rw[0], 0, self->buf + 2 * PAGE - 8, 100);
	EXPECT_EQ(-EFAULT, gnt_copy(self->p.db, seg, 1));
	EXPECT_TRUE(all_bytes(self->mine + 8, 'm', PAGE - 8));
	/* more of them than there is memory with segments */
	in = (void *)(self->buf + 2 * PAGE - 3 * sizeof(*in));
	for (i = 0; i < 3; i++)
		in[i] = to(a, self->rw[0], i, self->buf, 1);
	EXPECT_EQ(-EFAULT, gnt_copy(self->p.db, in, 1U << 31));
	EXPECT_EQ(-EFAULT, gnt_copy(self->p.db, in, ~0U));
	EXPECT_EQ(0, gnt_copy(self->p.db, in, 3));
	/* the status cannot be told */
	mprotect(self->buf, 2 * PAGE, PROT_READ);
	EXPECT_EQ(-EFAULT, gnt_copy(self->p.db, in, 1));
}

/* The grant is of one's own domain, which has two names for itself */
TEST_F_TIMEOUT(copy, oneself, TIMEOUT)
{
	struct gntdev_grant_copy_segment seg[2];
	struct pair *p = &self->p;
	uint8_t *map;
	__u64 at;
	__u32 ref;

	ASSERT_EQ(0, gnt_alloc(p->ga, p->a.id, 1, true, &ref, &at));
	ASSERT_EQ(0, gnt_mmap(p->ga, at, 1, RW, MAP_SHARED, &map));
	strcpy((char *)self->buf, "one");
	seg[0] = to(p->a.id, ref, 0, self->buf, 4);
	/* the memory is the granted page itself */
	seg[1] = from(DOMID_SELF, ref, 0, map + 4, 4);
	ASSERT_EQ(0, gnt_copy(p->da, seg, 2));
	EXPECT_EQ(0, seg[0].status);
	EXPECT_EQ(0, seg[1].status);
	EXPECT_EQ(0, memcmp(map, "one\0one", 8));
	munmap(map, PAGE);
}

TEST_HARNESS_MAIN
