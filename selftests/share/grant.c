// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: granting and mapping, one call after the other
 *
 * What each call does and answers, with good and bad arguments, in two domains
 * that are linked, in one that is linked to neither, and within one.
 */
#include <kselftest_harness.h>

#include "gnt.h"

static const __u32 many[] = { PAGES_MAX + 1, 1U << 31, (1U << 31) + 1, ~0U };

FIXTURE(grant) {
	struct pair p;
};

FIXTURE_SETUP(grant)
{
	ASSERT_TRUE(pair_make(&self->p));
}

FIXTURE_TEARDOWN(grant)
{
	EXPECT_TRUE(pair_end(&self->p));
}

TEST_F_TIMEOUT(grant, both_ways, TIMEOUT)
{
	struct pair *p = &self->p;
	uint8_t *mine, *theirs;
	__u64 at, there;
	__u32 refs[3];
	int i;

	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 3, true, refs, &at));
	EXPECT_EQ(0, at);
	EXPECT_EQ(3, grants_used(p, &p->a));
	ASSERT_EQ(0, gnt_mmap(p->ga, at, 3, RW, MAP_SHARED, &mine));
	EXPECT_TRUE(all_bytes(mine, 0, 3 * PAGE));
	for (i = 0; i < 3; i++)
		memset(mine + i * PAGE, 'a' + i, PAGE);

	ASSERT_EQ(0, gnt_map(p->db, p->a.id, refs, 3, &there));
	EXPECT_EQ(0, there);
	EXPECT_EQ(3, mappings_used(p, &p->b));
	ASSERT_EQ(0, gnt_mmap(p->db, there, 3, RW, MAP_SHARED, &theirs));
	EXPECT_EQ(0, memcmp(mine, theirs, 3 * PAGE));
	memset(theirs + PAGE, 'x', PAGE);
	EXPECT_TRUE(all_bytes(mine + PAGE, 'x', PAGE));
	EXPECT_TRUE(all_bytes(mine, 'a', PAGE));
	EXPECT_TRUE(all_bytes(mine + 2 * PAGE, 'c', PAGE));

	/* the granter goes first: the pages stay where they are mapped */
	EXPECT_EQ(0, munmap(mine, 3 * PAGE));
	EXPECT_EQ(0, gnt_dealloc(p->ga, at, 3));
	EXPECT_EQ(3, grants_used(p, &p->a));
	EXPECT_TRUE(all_bytes(theirs, 'a', PAGE));
	theirs[5] = 'y';
	EXPECT_EQ(0, munmap(theirs, 3 * PAGE));
	EXPECT_EQ(3, grants_used(p, &p->a));
	EXPECT_EQ(0, gnt_unmap(p->db, there, 3));
	EXPECT_EQ(0, grants_used(p, &p->a));
	EXPECT_EQ(0, mappings_used(p, &p->b));
}

TEST_F_TIMEOUT(grant, fresh_pages_are_zero, TIMEOUT)
{
	struct pair *p = &self->p;
	__u32 refs[64];
	uint8_t *map;
	__u64 at;
	int i;

	for (i = 0; i < rounds(50, 5); i++) {
		ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 64, true, refs, &at));
		ASSERT_EQ(0, gnt_mmap(p->ga, at, 64, RW, MAP_SHARED, &map));
		EXPECT_TRUE(all_bytes(map, 0, 64 * PAGE));
		memset(map, 0x5a, 64 * PAGE);
		munmap(map, 64 * PAGE);
		EXPECT_EQ(0, gnt_dealloc(p->ga, at, 64));
	}
}

TEST_F_TIMEOUT(grant, alloc_refused, TIMEOUT)
{
	struct pair *p = &self->p;
	struct ioctl_gntalloc_alloc_gref *arg;
	const __u32 nobody[] = { 0, p->c.id, 0x7ff0, 65535 };
	__u64 at = 7;
	__u32 ref[2];
	unsigned int i;
	void *fence;

	for (i = 0; i < sizeof(nobody) / sizeof(nobody[0]); i++)
		EXPECT_EQ(-EPERM, gnt_alloc(p->ga, nobody[i], 1, true, ref,
					    &at));
	EXPECT_EQ(-EPERM, gnt_alloc(p->gc, p->a.id, 1, true, ref, &at));
	EXPECT_EQ(7, at);
	/* like the driver for Xen: nothing asked for, nothing given */
	EXPECT_EQ(0, gnt_alloc(p->ga, p->b.id, 0, true, NULL, &at));
	EXPECT_EQ(0, at);
	for (i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
		struct ioctl_gntalloc_alloc_gref huge = {
			.domid = p->b.id, .count = many[i],
		};

		EXPECT_EQ(-ENOSPC, call(p->ga, IOCTL_GNTALLOC_ALLOC_GREF,
					&huge));
	}

	/* the struct, and the numbers behind it, are not all there */
	fence = fenced(1);
	EXPECT_EQ(-EFAULT, call(p->ga, IOCTL_GNTALLOC_ALLOC_GREF, NULL));
	arg = fence + PAGE - sizeof(*arg) + 8;
	EXPECT_EQ(-EFAULT, call(p->ga, IOCTL_GNTALLOC_ALLOC_GREF, arg));
	arg = fence + PAGE - sizeof(*arg);
	arg->domid = p->b.id;
	arg->count = 3;
	EXPECT_EQ(-EFAULT, call(p->ga, IOCTL_GNTALLOC_ALLOC_GREF, arg));
	EXPECT_EQ(0, grants_used(p, &p->a));
	fenced_free(fence, 1);
	fence = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	EXPECT_EQ(-EPERM, call(p->ga, IOCTL_GNTALLOC_ALLOC_GREF, fence));
	munmap(fence, PAGE);
	EXPECT_EQ(0, grants_used(p, &p->a));
}

TEST_F_TIMEOUT(grant, only_what_is_meant_comes_back, TIMEOUT)
{
	struct pair *p = &self->p;
	union {
		struct ioctl_gntalloc_alloc_gref alloc;
		struct ioctl_gntdev_map_grant_ref map;
		struct ioctl_gntdev_get_offset_for_vaddr offset;
		uint8_t byte[64];
	} arg, want;
	void *map;

	memset(&arg, 0xa5, sizeof(arg));
	arg.alloc.domid = p->b.id;
	arg.alloc.flags = 0xffff;	/* as the driver for Xen: one counts */
	arg.alloc.count = 2;
	want = arg;
	ASSERT_EQ(0, call(p->ga, IOCTL_GNTALLOC_ALLOC_GREF, &arg));
	want.alloc.index = 0;
	memcpy(want.alloc.gref_ids, arg.alloc.gref_ids, 2 * sizeof(__u32));
	EXPECT_NE(arg.alloc.gref_ids[0], arg.alloc.gref_ids[1]);
	EXPECT_EQ(0, memcmp(&arg, &want, sizeof(arg)));

	want.map.refs[0].ref = arg.alloc.gref_ids[0];
	memset(&arg, 0xa5, sizeof(arg));
	arg.map.count = 1;
	arg.map.refs[0].domid = p->a.id;
	arg.map.refs[0].ref = want.map.refs[0].ref;
	want = arg;
	want.map.index = 0;
	ASSERT_EQ(0, call(p->db, IOCTL_GNTDEV_MAP_GRANT_REF, &arg));
	EXPECT_EQ(0, memcmp(&arg, &want, sizeof(arg)));

	ASSERT_EQ(0, gnt_mmap(p->db, 0, 1, RW, MAP_SHARED, &map));
	memset(&arg, 0xa5, sizeof(arg));
	arg.offset.vaddr = (uintptr_t)map;
	want = arg;
	want.offset.offset = 0;
	want.offset.count = 1;
	ASSERT_EQ(0, call(p->db, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &arg));
	EXPECT_EQ(0, memcmp(&arg, &want, sizeof(arg)));
	munmap(map, PAGE);
}

TEST_F_TIMEOUT(grant, dealloc, TIMEOUT)
{
	struct pair *p = &self->p;
	__u64 at, second, there;
	__u32 refs[4], more;
	uint8_t *map, *mine;
	unsigned int i;

	EXPECT_EQ(-EFAULT, call(p->ga, IOCTL_GNTALLOC_DEALLOC_GREF, NULL));
	EXPECT_EQ(-EINVAL, gnt_dealloc(p->ga, 0, 1));
	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 4, true, refs, &at));
	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 1, true, &more, &second));
	EXPECT_EQ(at + 4 * PAGE, second);
	EXPECT_EQ(-EINVAL, gnt_dealloc(p->ga, at, 0));
	EXPECT_EQ(-EINVAL, gnt_dealloc(p->ga, at, 6));
	EXPECT_EQ(-EINVAL, gnt_dealloc(p->ga, at + 1, 1));
	EXPECT_EQ(-EINVAL, gnt_dealloc(p->ga, ~0ULL << 12, 1));
	EXPECT_EQ(-EINVAL, gnt_dealloc(p->gb, at, 1));
	for (i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		EXPECT_EQ(-EINVAL, gnt_dealloc(p->ga, at, many[i]));
	EXPECT_EQ(5, grants_used(p, &p->a));

	/* from the middle, and across two allocations */
	EXPECT_EQ(0, gnt_dealloc(p->ga, at + PAGE, 2));
	EXPECT_EQ(-EINVAL, gnt_dealloc(p->ga, at + PAGE, 1));
	EXPECT_EQ(-EINVAL, gnt_dealloc(p->ga, at, 2));
	EXPECT_EQ(3, grants_used(p, &p->a));
	EXPECT_EQ(-ENOENT, gnt_mmap(p->ga, at, 2, RW, MAP_SHARED, &map));
	EXPECT_EQ(-ENOENT, gnt_mmap(p->ga, at + PAGE, 1, RW, MAP_SHARED, &map));
	ASSERT_EQ(0, gnt_mmap(p->ga, at + 3 * PAGE, 2, RW, MAP_SHARED, &mine));
	EXPECT_EQ(0, gnt_dealloc(p->ga, at + 3 * PAGE, 2));

	/* in use here, so the other side can still map it */
	EXPECT_EQ(3, grants_used(p, &p->a));
	EXPECT_EQ(-EINVAL, gnt_open_ref(p->db, p->a.id, refs[1], RW, &there,
					&map));
	ASSERT_EQ(0, gnt_open_ref(p->db, p->a.id, more, RW, &there, &map));
	EXPECT_EQ(0, munmap(mine, 2 * PAGE));
	EXPECT_EQ(2, grants_used(p, &p->a));
	EXPECT_EQ(0, munmap(map, PAGE));
}

TEST_F_TIMEOUT(grant, map_refused, TIMEOUT)
{
	struct pair *p = &self->p;
	struct ioctl_gntdev_map_grant_ref arg = { .count = 0 };
	__u32 ref, refs[2];
	unsigned int i;
	void *map, *fence;
	__u64 at, there;

	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 1, true, &ref, &at));
	EXPECT_EQ(-EFAULT, call(p->db, IOCTL_GNTDEV_MAP_GRANT_REF, NULL));
	EXPECT_EQ(-EINVAL, call(p->db, IOCTL_GNTDEV_MAP_GRANT_REF, &arg));
	for (i = 0; i < sizeof(many) / sizeof(many[0]); i++) {
		arg.count = many[i];
		EXPECT_EQ(-EINVAL, call(p->db, IOCTL_GNTDEV_MAP_GRANT_REF,
					&arg));
	}
	fence = fenced(1);
	memcpy(fence + PAGE - sizeof(arg), &arg, sizeof(arg));
	((struct ioctl_gntdev_map_grant_ref *)(fence + PAGE - sizeof(arg)))->count = 2;
	EXPECT_EQ(-EFAULT, call(p->db, IOCTL_GNTDEV_MAP_GRANT_REF,
				fence + PAGE - sizeof(arg)));
	fenced_free(fence, 1);
	EXPECT_EQ(0, mappings_used(p, &p->b));

	/* only mapping finds out what the references are good for */
	for (i = 0; i < 4; i++) {
		const __u32 domid[] = { p->a.id, p->b.id, 0, p->a.id + 65536 };

		refs[0] = i == 0 ? ref + 1 : ref;
		EXPECT_EQ(-EINVAL, gnt_open_ref(p->db, domid[i], refs[0], RW,
						&there, &map));
	}
	for (i = 0; i < sizeof(many) / sizeof(many[0]); i++)
		EXPECT_EQ(-EINVAL, gnt_open_ref(p->db, p->a.id, many[i], RW,
						&there, &map));
	EXPECT_EQ(-EINVAL, gnt_open_ref(p->db, p->a.id, 0, RW, &there, &map));
	/* not for the granter, nor for a stranger */
	EXPECT_EQ(-EINVAL, gnt_open_ref(p->da, p->a.id, ref, RW, &there, &map));
	EXPECT_EQ(-EINVAL, gnt_open_ref(p->dc, p->a.id, ref, RW, &there, &map));
	/* nor for one who is linked, but not meant */
	ASSERT_EQ(0, dom_link(p->ctl, p->a.id, p->c.id));
	EXPECT_EQ(-EINVAL, gnt_open_ref(p->dc, p->a.id, ref, RW, &there, &map));

	/* all or nothing */
	refs[0] = ref;
	refs[1] = ref + 1;
	ASSERT_EQ(0, gnt_map(p->db, p->a.id, refs, 2, &there));
	EXPECT_EQ(-EINVAL, gnt_mmap(p->db, there, 2, RW, MAP_SHARED, &map));
	EXPECT_EQ(-EINVAL, gnt_mmap(p->db, there, 1, RW, MAP_SHARED, &map));
	EXPECT_EQ(0, gnt_dealloc(p->ga, at, 1));
	EXPECT_EQ(0, grants_used(p, &p->a));
}

TEST_F_TIMEOUT(grant, map_and_unmap, TIMEOUT)
{
	struct pair *p = &self->p;
	__u64 at, first, second, third, offset;
	__u32 refs[4], count;
	uint8_t *map, *other;

	EXPECT_EQ(-ENOENT, gnt_unmap(p->db, 0, 1));
	EXPECT_EQ(-EFAULT, call(p->db, IOCTL_GNTDEV_UNMAP_GRANT_REF, NULL));
	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 4, true, refs, &at));
	ASSERT_EQ(0, gnt_map(p->db, p->a.id, refs, 2, &first));
	ASSERT_EQ(0, gnt_map(p->db, p->a.id, refs + 2, 2, &second));
	ASSERT_EQ(0, gnt_map(p->db, p->a.id, refs + 3, 1, &third));
	EXPECT_EQ(0, first);
	EXPECT_EQ(0, second % PAGE);
	EXPECT_NE(first, second);
	EXPECT_NE(second, third);
	EXPECT_EQ(5, mappings_used(p, &p->b));

	/* a map is mapped as a whole, and once */
	EXPECT_EQ(-EINVAL, gnt_mmap(p->db, first, 1, RW, MAP_SHARED, &map));
	EXPECT_EQ(-EINVAL, gnt_mmap(p->db, first, 3, RW, MAP_SHARED, &map));
	EXPECT_EQ(-EINVAL, gnt_mmap(p->db, first + PAGE, 1, RW, MAP_SHARED,
				    &map));
	EXPECT_EQ(-EINVAL, gnt_mmap(p->db, 1ULL << 40, 1, RW, MAP_SHARED, &map));
	ASSERT_EQ(0, gnt_mmap(p->db, second, 2, RW, MAP_SHARED, &map));
	EXPECT_EQ(-EINVAL, gnt_mmap(p->db, second, 2, RW, MAP_SHARED, &other));

	EXPECT_EQ(0, gnt_offset(p->db, map, &offset, &count));
	EXPECT_EQ(second, offset);
	EXPECT_EQ(2, count);
	EXPECT_EQ(0, gnt_offset(p->db, map + PAGE, &offset, &count));
	EXPECT_EQ(-EINVAL, gnt_offset(p->db, map + 2 * PAGE, &offset, &count));
	EXPECT_EQ(-EINVAL, gnt_offset(p->db, map - 1, &offset, &count));
	EXPECT_EQ(-EINVAL, gnt_offset(p->db, &offset, &offset, &count));
	EXPECT_EQ(-EINVAL, gnt_offset(p->db, NULL, &offset, &count));
	EXPECT_EQ(-EINVAL, gnt_offset(p->da, map, &offset, &count));
	EXPECT_EQ(-EFAULT, call(p->db, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, NULL));

	EXPECT_EQ(-ENOENT, gnt_unmap(p->db, second, 1));
	EXPECT_EQ(-ENOENT, gnt_unmap(p->db, second, 3));
	EXPECT_EQ(-ENOENT, gnt_unmap(p->db, second + PAGE, 1));
	EXPECT_EQ(-ENOENT, gnt_unmap(p->db, second + PAGE, 0));
	EXPECT_EQ(-ENOENT, gnt_unmap(p->db, second, ~0U));
	EXPECT_EQ(-ENOENT, gnt_unmap(p->da, second, 2));
	/* as the driver for Xen: it lives on while it is mapped */
	EXPECT_EQ(0, gnt_unmap(p->db, second, 2));
	EXPECT_EQ(-ENOENT, gnt_unmap(p->db, second, 2));
	EXPECT_EQ(5, mappings_used(p, &p->b));
	map[PAGE] = 1;
	EXPECT_EQ(0, munmap(map, 2 * PAGE));
	EXPECT_EQ(3, mappings_used(p, &p->b));
	/* 0: whatever the count */
	EXPECT_EQ(0, gnt_unmap(p->db, first, 0));
	EXPECT_EQ(0, gnt_unmap(p->db, third, 1));
	EXPECT_EQ(0, mappings_used(p, &p->b));
	/* who has none begins at 0 again */
	ASSERT_EQ(0, gnt_map(p->db, p->a.id, refs, 1, &first));
	EXPECT_EQ(0, first);
}

TEST_F_TIMEOUT(grant, read_only, TIMEOUT)
{
	struct pair *p = &self->p;
	__u64 at, there, second;
	uint8_t *map, *mine;
	__u32 ref, rw;

	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 1, false, &ref, &at));
	ASSERT_EQ(0, gnt_mmap(p->ga, at, 1, RW, MAP_SHARED, &mine));
	memset(mine, 'r', PAGE);
	ASSERT_EQ(0, gnt_map(p->db, p->a.id, &ref, 1, &there));
	EXPECT_EQ(-EINVAL, gnt_mmap(p->db, there, 1, RW, MAP_SHARED, &map));
	EXPECT_EQ(-EINVAL, gnt_mmap(p->db, there, 1, RW, MAP_PRIVATE, &map));
	ASSERT_EQ(0, gnt_mmap(p->db, there, 1, PROT_READ, MAP_SHARED, &map));
	EXPECT_TRUE(all_bytes(map, 'r', PAGE));
	EXPECT_EQ(-1, mprotect(map, PAGE, RW));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(-1, mprotect(map, PAGE, PROT_WRITE));
	EXPECT_EQ(0, mprotect(map, PAGE, PROT_NONE));
	EXPECT_EQ(0, mprotect(map, PAGE, PROT_READ));
	EXPECT_TRUE(all_bytes(map, 'r', PAGE));
	EXPECT_EQ(0, munmap(map, PAGE));
	EXPECT_EQ(0, gnt_unmap(p->db, there, 1));

	/* mapped for reading, it stays so, even if it could be written to */
	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 1, true, &rw, &second));
	ASSERT_EQ(0, gnt_open_ref(p->db, p->a.id, rw, PROT_READ, &there, &map));
	EXPECT_EQ(-1, mprotect(map, PAGE, RW));
	EXPECT_EQ(0, munmap(map, PAGE));

	/* a private one has no copies of its own to write to */
	ASSERT_EQ(0, gnt_map(p->db, p->a.id, &ref, 1, &there));
	ASSERT_EQ(0, gnt_mmap(p->db, there, 1, PROT_READ, MAP_PRIVATE, &map));
	EXPECT_EQ(-1, mprotect(map, PAGE, RW));
	EXPECT_EQ(EACCES, errno);
	mine[9] = 'w';
	EXPECT_EQ('w', map[9]);
	EXPECT_EQ(0, munmap(map, PAGE));
	EXPECT_EQ(0, munmap(mine, PAGE));
}

TEST_F_TIMEOUT(grant, references_are_not_soon_used_again, TIMEOUT)
{
	struct pair *p = &self->p;
	__u32 ref, old;
	void *map;
	__u64 at, there;
	int i;

	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 1, true, &old, &at));
	ASSERT_EQ(0, gnt_map(p->db, p->a.id, &old, 1, &there));
	EXPECT_EQ(0, gnt_dealloc(p->ga, at, 1));
	for (i = 0; i < rounds(2000, 100); i++) {
		ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 1, true, &ref, &at));
		EXPECT_LT(old, ref);
		EXPECT_EQ(0, gnt_dealloc(p->ga, at, 1));
	}
	EXPECT_EQ(-EINVAL, gnt_mmap(p->db, there, 1, RW, MAP_SHARED, &map));
}

TEST_F_TIMEOUT(grant, other_commands, TIMEOUT)
{
	struct pair *p = &self->p;
	uint8_t arg[64] = {};
	int i;

	EXPECT_EQ(-ENOTTY, call(p->db, IOCTL_GNTDEV_DMABUF_EXP_FROM_REFS, arg));
	EXPECT_EQ(-ENOTTY, call(p->db, IOCTL_GNTDEV_DMABUF_EXP_WAIT_RELEASED,
				arg));
	EXPECT_EQ(-ENOTTY, call(p->db, IOCTL_GNTDEV_DMABUF_IMP_TO_REFS, arg));
	EXPECT_EQ(-ENOTTY, call(p->db, IOCTL_GNTDEV_DMABUF_IMP_RELEASE, arg));
	EXPECT_EQ(-ENOTTY, call(p->db, IOCTL_GNTALLOC_ALLOC_GREF, arg));
	EXPECT_EQ(-ENOTTY, call(p->ga, IOCTL_GNTDEV_MAP_GRANT_REF, arg));
	EXPECT_EQ(-ENOTTY, call(p->ga, ISLE_DOMAIN_INFO, arg));
	for (i = 0; i < 256; i++) {
		/* the sizes are part of the number */
		EXPECT_EQ(-ENOTTY, call(p->ga, _IO('G', i), arg));
		EXPECT_EQ(-ENOTTY, call(p->db, _IO('G', i), arg));
	}
	EXPECT_EQ(-1, read(p->db, arg, 1));
	EXPECT_EQ(-1, write(p->ga, arg, 1));
}

TEST_HARNESS_MAIN
