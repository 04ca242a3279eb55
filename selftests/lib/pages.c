// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: libisle's blocks of pages
 */
#include <kselftest_harness.h>

#include "../blk/scratch.h"
#include "vchan.h"

#define PAGE	((size_t)ISLE_PAGE_SIZE)

static uint8_t *bytes(const struct isle_pages *block)
{
	return isle_pages_data(block);
}

/* for the time that a test may take */
FIXTURE(pages) {
};

FIXTURE_SETUP(pages)
{
}

FIXTURE_TEARDOWN(pages)
{
}

TEST_F_TIMEOUT(pages, get, TIMEOUT)
{
	static const size_t sizes[] = { 1, 2, 3, 256 };
	struct isle_pages *block, *none = NULL;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		ASSERT_EQ(0, isle_pages_get(sizes[i], &block));
		EXPECT_EQ(sizes[i] * PAGE, isle_pages_length(block));
		EXPECT_EQ(sizes[i], isle_pages_count(block));
		EXPECT_EQ(0, (uintptr_t)bytes(block) % PAGE);
		EXPECT_TRUE(all_bytes(bytes(block), 0, sizes[i] * PAGE));
		memset(bytes(block), 0xaa, sizes[i] * PAGE);
		EXPECT_EQ(-EOPNOTSUPP, isle_pages_refs(block, NULL, 0));
		isle_pages_put(block);
	}
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, isle_pages_get_order(i, &block));
		EXPECT_EQ(PAGE << i, isle_pages_length(block));
		isle_pages_put(block);
	}
	EXPECT_EQ(-EINVAL, isle_pages_get(0, &none));
	EXPECT_EQ(-ENOMEM, isle_pages_get(1UL << 40, &none));
	EXPECT_EQ(-ENOMEM, isle_pages_get(SIZE_MAX / PAGE, &none));
	EXPECT_EQ(-ENOMEM, isle_pages_get(SIZE_MAX, &none));
	EXPECT_EQ(-ENOMEM, isle_pages_get_order(40, &none));
	EXPECT_EQ(-ENOMEM, isle_pages_get_order(63, &none));
	EXPECT_EQ(-ENOMEM, isle_pages_get_order(64, &none));
	EXPECT_EQ(-ENOMEM, isle_pages_get_order(UINT32_MAX, &none));
	EXPECT_EQ(-ENOMEM, isle_pages_pages_order(64, &none));
	EXPECT_EQ(-EINVAL, isle_pages_pages(0, &none));
	EXPECT_EQ(NULL, none);
	isle_pages_put(NULL);
}

TEST_F_TIMEOUT(pages, lists, TIMEOUT)
{
	struct isle_pages *list[8];
	struct iovec iov[8];
	size_t i;

	ASSERT_EQ(0, isle_pages_pages(3, list));
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(PAGE, isle_pages_length(list[i]));
		EXPECT_EQ(bytes(list[0]) + i * PAGE, bytes(list[i]));
	}
	isle_pages_iov(list, 3, iov);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(isle_pages_data(list[i]), iov[i].iov_base);
		EXPECT_EQ(PAGE, iov[i].iov_len);
	}
	/* each keeps what it needs, in whatever order the others go */
	isle_pages_put(list[1]);
	memset(bytes(list[0]), 1, PAGE);
	memset(bytes(list[2]), 3, PAGE);
	isle_pages_put(list[0]);
	EXPECT_TRUE(all_bytes(bytes(list[2]), 3, PAGE));
	isle_pages_put(list[2]);

	ASSERT_EQ(0, isle_pages_pages_order(3, list));
	memset(bytes(list[7]), 7, PAGE);
	isle_pages_put_list(list, 8);
}

TEST_F_TIMEOUT(pages, views, TIMEOUT)
{
	struct isle_pages *block, *part, *small, *list[4], *none = NULL;
	size_t i;

	ASSERT_EQ(0, isle_pages_get(4, &block));
	ASSERT_EQ(0, isle_pages_to_pages(block, list));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(bytes(block) + i * PAGE, bytes(list[i]));
		memset(bytes(list[i]), i + 1, PAGE);
	}
	for (i = 0; i < 4; i++)
		EXPECT_TRUE(all_bytes(bytes(block) + i * PAGE, i + 1, PAGE));
	isle_pages_put_list(list, 4);

	ASSERT_EQ(0, isle_pages_sub(block, PAGE, 2 * PAGE, &part));
	EXPECT_EQ(bytes(block) + PAGE, bytes(part));
	EXPECT_EQ(2, isle_pages_count(part));
	ASSERT_EQ(0, isle_pages_to_pages(part, list));
	EXPECT_EQ(bytes(block) + 2 * PAGE, bytes(list[1]));
	isle_pages_put_list(list, 2);

	/* a view of a view, across two pages */
	ASSERT_EQ(0, isle_pages_sub(part, PAGE - 1, 2, &small));
	EXPECT_EQ(bytes(block) + 2 * PAGE - 1, bytes(small));
	EXPECT_EQ(2, isle_pages_length(small));
	EXPECT_EQ(2, isle_pages_count(small));
	EXPECT_EQ(-EINVAL, isle_pages_to_pages(small, &none));
	EXPECT_EQ(-EINVAL, isle_pages_sub(small, 0, 3, &none));
	EXPECT_EQ(-EINVAL, isle_pages_sub(small, 3, 0, &none));
	EXPECT_EQ(-EINVAL, isle_pages_sub(small, 1, SIZE_MAX, &none));
	EXPECT_EQ(-EINVAL, isle_pages_sub(small, SIZE_MAX, 1, &none));
	EXPECT_EQ(NULL, none);
	isle_pages_put(part);
	isle_pages_put(block);
	EXPECT_EQ(2, bytes(small)[0]);
	EXPECT_EQ(3, bytes(small)[1]);

	ASSERT_EQ(0, isle_pages_sub(small, 2, 0, &part));
	EXPECT_EQ(0, isle_pages_length(part));
	EXPECT_EQ(0, isle_pages_count(part));
	isle_pages_put(part);
	isle_pages_put(small);
}

TEST_F_TIMEOUT(pages, blit, TIMEOUT)
{
	static const char text[] = "0123456789";
	struct isle_pages *a, *b, *front, *back;
	char out[2 * PAGE];
	size_t i;

	ASSERT_EQ(0, isle_pages_get(2, &a));
	ASSERT_EQ(0, isle_pages_get(1, &b));
	EXPECT_EQ(0, isle_pages_string_blit(text, 10, 2, a, PAGE - 3, 5));
	EXPECT_EQ(0, memcmp(bytes(a) + PAGE - 4, "\00023456\0", 7));
	EXPECT_EQ(0, isle_pages_string_blit(text, 10, 0, a, 2 * PAGE - 10, 10));
	EXPECT_EQ(0, isle_pages_string_blit(text, 10, 10, a, 2 * PAGE, 0));
	EXPECT_EQ(0, isle_pages_string_blit(NULL, 0, 0, a, 0, 0));
	EXPECT_EQ(-EINVAL, isle_pages_string_blit(text, 10, 1, a, 0, 10));
	EXPECT_EQ(-EINVAL, isle_pages_string_blit(text, 10, 11, a, 0, 0));
	EXPECT_EQ(-EINVAL, isle_pages_string_blit(text, 10, 0, a, 2 * PAGE - 9, 10));
	EXPECT_EQ(-EINVAL, isle_pages_string_blit(text, 10, 0, a, 2 * PAGE + 1, 0));
	EXPECT_EQ(-EINVAL, isle_pages_string_blit(text, 10, SIZE_MAX, a, 0, 2));
	EXPECT_EQ(-EINVAL, isle_pages_string_blit(text, 10, 2, a, SIZE_MAX, 2));
	EXPECT_EQ(-EINVAL, isle_pages_string_blit(text, 10, 2, a, 2, SIZE_MAX));
	EXPECT_TRUE(all_bytes(bytes(a), 0, PAGE - 3));

	EXPECT_EQ(-EINVAL, isle_pages_blit(a, b));
	ASSERT_EQ(0, isle_pages_sub(a, PAGE, PAGE, &back));
	EXPECT_EQ(0, isle_pages_blit(back, b));
	EXPECT_EQ(0, memcmp(bytes(a) + PAGE, bytes(b), PAGE));
	EXPECT_EQ(0, isle_pages_blit(b, b));
	isle_pages_put(back);

	/* what overlaps arrives as it was */
	for (i = 0; i < 2 * PAGE; i++)
		bytes(a)[i] = i % 251;
	ASSERT_EQ(0, isle_pages_sub(a, 0, 2 * PAGE - 1, &front));
	ASSERT_EQ(0, isle_pages_sub(a, 1, 2 * PAGE - 1, &back));
	EXPECT_EQ(0, isle_pages_blit(front, back));
	for (i = 1; i < 2 * PAGE && bytes(a)[i] == (i - 1) % 251; i++)
		;
	EXPECT_EQ(2 * PAGE, i);

	EXPECT_EQ(-EMSGSIZE, isle_pages_to_string(back, out, 2 * PAGE - 2));
	EXPECT_EQ((ssize_t)(2 * PAGE - 1), isle_pages_to_string(back, out, sizeof(out)));
	EXPECT_EQ(0, memcmp(out, bytes(back), 2 * PAGE - 1));
	isle_pages_put(front);
	isle_pages_put(back);
	isle_pages_put(a);
	isle_pages_put(b);
}

TEST_F_TIMEOUT(pages, round_to_page_size, TIMEOUT)
{
	EXPECT_EQ(0, isle_pages_round_to_page_size(0));
	EXPECT_EQ(PAGE, isle_pages_round_to_page_size(1));
	EXPECT_EQ(PAGE, isle_pages_round_to_page_size(PAGE));
	EXPECT_EQ(2 * PAGE, isle_pages_round_to_page_size(PAGE + 1));
	EXPECT_EQ(SIZE_MAX - PAGE + 1, isle_pages_round_to_page_size(SIZE_MAX - PAGE + 1));
	EXPECT_EQ(0, isle_pages_round_to_page_size(SIZE_MAX - PAGE + 2));
	EXPECT_EQ(0, isle_pages_round_to_page_size(SIZE_MAX));
}

/* Threads make and put views of one block, which goes with the last of them */
static void *viewer(void *arg)
{
	struct isle_pages *block = arg, *list[4], *part;
	long wrong = 0;
	int i;

	for (i = 0; i < 2000; i++) {
		if (isle_pages_to_pages(block, list) || isle_pages_sub(block, i, 1, &part)) {
			wrong++;
			break;
		}
		wrong += bytes(part)[0] != 0x5a || bytes(list[3])[PAGE - 1] != 0x5a;
		isle_pages_put_list(list, 4);
		isle_pages_put(part);
	}
	isle_pages_put(block);
	return (void *)wrong;
}

TEST_F_TIMEOUT(pages, threads, TIMEOUT)
{
	struct isle_pages *block, *own[4];
	pthread_t thread[4];
	void *wrong;
	int i;

	ASSERT_EQ(0, isle_pages_get(4, &block));
	memset(bytes(block), 0x5a, 4 * PAGE);
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, isle_pages_sub(block, 0, 4 * PAGE, &own[i]));
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, viewer, own[i]));
	}
	isle_pages_put(block);
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, pthread_join(thread[i], &wrong));
		EXPECT_EQ(NULL, wrong);
	}
}

FIXTURE(granted) {
	struct pair p;
};

FIXTURE_SETUP(granted)
{
	ASSERT_EQ(0, pair_make(&self->p));
}

FIXTURE_TEARDOWN(granted)
{
	EXPECT_TRUE(pair_end(&self->p));
}

static struct isle_quota quota_of(struct pair *p, int domain, uint32_t kind)
{
	struct isle_quota quota = { .size = sizeof(quota) };

	isle_control_quota_get(p->ctl, p->id[domain], kind, &quota);
	return quota;
}

TEST_F_TIMEOUT(granted, to_a_peer, TIMEOUT)
{
	struct isle_pages *ours, *theirs, *some, *list[3];
	struct pair *p = &self->p;
	uint32_t refs[4] = { [3] = 77 }, one[2];

	ASSERT_EQ(0, isle_pages_share(p->dom[0], p->id[1], 3, 0, &ours));
	EXPECT_EQ(3 * PAGE, isle_pages_length(ours));
	EXPECT_EQ(0, (uintptr_t)bytes(ours) % PAGE);
	EXPECT_TRUE(all_bytes(bytes(ours), 0, 3 * PAGE));
	EXPECT_EQ(3, quota_of(p, 0, ISLE_QUOTA_GRANTS).used);
	EXPECT_EQ(3, isle_pages_refs(ours, NULL, 0));
	EXPECT_EQ(3, isle_pages_refs(ours, refs, 4));
	EXPECT_EQ(77, refs[3]);

	/* numbers of parts: of the pages that they touch */
	ASSERT_EQ(0, isle_pages_sub(ours, 2 * PAGE - 1, 2, &some));
	EXPECT_EQ(2, isle_pages_refs(some, one, 2));
	EXPECT_EQ(refs[1], one[0]);
	EXPECT_EQ(refs[2], one[1]);
	isle_pages_put(some);

	ASSERT_EQ(0, isle_pages_map(p->dom[1], p->id[0], refs, 3, 0, &theirs));
	EXPECT_EQ(-EOPNOTSUPP, isle_pages_refs(theirs, NULL, 0));
	EXPECT_EQ(3, quota_of(p, 1, ISLE_QUOTA_MAPPINGS).used);
	EXPECT_EQ(0, isle_pages_string_blit("hello", 5, 0, ours, PAGE - 2, 5));
	EXPECT_EQ(0, memcmp(bytes(theirs) + PAGE - 2, "hello", 5));
	EXPECT_EQ(0, isle_pages_string_blit("there", 5, 0, theirs, 2 * PAGE, 5));
	EXPECT_EQ(0, memcmp(bytes(ours) + 2 * PAGE, "there", 5));
	ASSERT_EQ(0, isle_pages_to_pages(theirs, list));
	isle_pages_put(theirs);
	EXPECT_EQ(0, memcmp(bytes(list[2]), "there", 5));

	/* who has mapped it keeps it; nobody gets it any more */
	isle_pages_put(ours);
	EXPECT_EQ(0, memcmp(bytes(list[2]), "there", 5));
	memset(bytes(list[1]), 9, PAGE);
	EXPECT_EQ(-EINVAL, isle_pages_map(p->dom[1], p->id[0], refs, 1, 0, &some));
	isle_pages_put_list(list, 3);
	EXPECT_EQ(0, quota_of(p, 1, ISLE_QUOTA_MAPPINGS).used);
	EXPECT_EQ(0, quota_of(p, 0, ISLE_QUOTA_GRANTS).used);
}

TEST_F_TIMEOUT(granted, read_only, TIMEOUT)
{
	struct isle_pages *ours, *theirs, *other, *none = NULL;
	struct pair *p = &self->p;
	uint32_t ref;

	ASSERT_EQ(0, isle_pages_share(p->dom[0], p->id[1], 1, ISLE_PAGES_READ_ONLY, &ours));
	ASSERT_EQ(1, isle_pages_refs(ours, &ref, 1));
	EXPECT_EQ(-EINVAL, isle_pages_map(p->dom[1], p->id[0], &ref, 1, 0, &none));
	ASSERT_EQ(0, isle_pages_map(p->dom[1], p->id[0], &ref, 1, ISLE_PAGES_READ_ONLY,
				    &theirs));
	EXPECT_EQ(0, isle_pages_string_blit("ours", 4, 0, ours, 0, 4));
	EXPECT_EQ(0, memcmp(bytes(theirs), "ours", 4));
	EXPECT_EQ(-EROFS, isle_pages_string_blit("not", 3, 0, theirs, 0, 3));
	ASSERT_EQ(0, isle_pages_get(1, &other));
	EXPECT_EQ(-EROFS, isle_pages_blit(other, theirs));
	EXPECT_EQ(0, isle_pages_blit(theirs, other));
	EXPECT_EQ(0, memcmp(bytes(other), "ours", 4));
	EXPECT_EQ(0, memcmp(bytes(ours), "ours", 4));
	EXPECT_NE(0, mprotect(bytes(theirs), PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(NULL, none);
	isle_pages_put(other);
	isle_pages_put(theirs);
	isle_pages_put(ours);
}

TEST_F_TIMEOUT(granted, refused, TIMEOUT)
{
	struct isle_pages *ours, *none = NULL;
	struct pair *p = &self->p;
	uint32_t refs[2];

	EXPECT_EQ(-EINVAL, isle_pages_share(p->dom[0], p->id[1], 0, 0, &none));
	EXPECT_EQ(-EINVAL, isle_pages_share(p->dom[0], p->id[1], 1, 2, &none));
	EXPECT_EQ(-EINVAL, isle_pages_share(p->dom[0], 65536 + p->id[1], 1, 0, &none));
	EXPECT_EQ(-EDQUOT, isle_pages_share(p->dom[0], p->id[1], 65537, 0, &none));
	EXPECT_EQ(-EDQUOT, isle_pages_share(p->dom[0], p->id[1], SIZE_MAX, 0, &none));
	EXPECT_EQ(-EPERM, isle_pages_share(p->dom[0], 32000, 1, 0, &none));

	ASSERT_EQ(0, isle_control_quota_set(p->ctl, p->id[0], ISLE_QUOTA_GRANTS, 2));
	EXPECT_EQ(-EDQUOT, isle_pages_share(p->dom[0], p->id[1], 3, 0, &none));
	EXPECT_EQ(0, quota_of(p, 0, ISLE_QUOTA_GRANTS).used);
	ASSERT_EQ(0, isle_pages_share(p->dom[0], p->id[1], 2, 0, &ours));
	ASSERT_EQ(2, isle_pages_refs(ours, refs, 2));

	EXPECT_EQ(-EINVAL, isle_pages_map(p->dom[1], p->id[0], refs, 0, 0, &none));
	EXPECT_EQ(-EINVAL, isle_pages_map(p->dom[1], p->id[0], refs, 65537, 0, &none));
	EXPECT_EQ(-EINVAL, isle_pages_map(p->dom[1], p->id[0], refs, SIZE_MAX, 0, &none));
	EXPECT_EQ(-EINVAL, isle_pages_map(p->dom[1], p->id[0], refs, 1, 2, &none));
	EXPECT_EQ(-EINVAL, isle_pages_map(p->dom[1], 65536 + p->id[0], refs, 1, 0, &none));
	/* not to us */
	EXPECT_EQ(-EINVAL, isle_pages_map(p->dom[0], p->id[0], refs, 1, 0, &none));
	refs[1]++;
	EXPECT_EQ(-EINVAL, isle_pages_map(p->dom[1], p->id[0], refs, 2, 0, &none));
	EXPECT_EQ(0, quota_of(p, 1, ISLE_QUOTA_MAPPINGS).used);

	ASSERT_EQ(0, isle_control_unlink(p->ctl, p->id[0], p->id[1]));
	EXPECT_EQ(-EINVAL, isle_pages_map(p->dom[1], p->id[0], refs, 1, 0, &none));
	EXPECT_EQ(-EPERM, isle_pages_share(p->dom[0], p->id[1], 1, 0, &none));

	ASSERT_EQ(0, isle_control_domain_destroy(p->ctl, p->id[0], 0));
	EXPECT_EQ(-ENODEV, isle_pages_share(p->dom[0], p->id[0], 1, 0, &none));
	EXPECT_EQ(NULL, none);
	/* its memory stays the process's */
	memset(bytes(ours), 3, 2 * PAGE);
	EXPECT_TRUE(all_bytes(bytes(ours), 3, 2 * PAGE));
	isle_pages_put(ours);
}

TEST_F_TIMEOUT(granted, across_a_fork, TIMEOUT)
{
	struct isle_pages *shared, *private;
	struct pair *p = &self->p;
	int status;
	pid_t pid;

	ASSERT_EQ(0, isle_pages_share(p->dom[0], p->id[1], 1, 0, &shared));
	ASSERT_EQ(0, isle_pages_get(1, &private));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		bytes(shared)[0] = 1;
		bytes(private)[0] = 1;
		isle_pages_put(shared);
		isle_pages_put(private);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(1, bytes(shared)[0]);
	EXPECT_EQ(0, bytes(private)[0]);
	EXPECT_EQ(1, quota_of(p, 0, ISLE_QUOTA_GRANTS).used);
	isle_pages_put(shared);
	isle_pages_put(private);
	EXPECT_EQ(0, quota_of(p, 0, ISLE_QUOTA_GRANTS).used);
}

/* Blocks of every kind as buffers of a disk, wherever its sectors are */
FIXTURE(disk) {
	struct pair p;
	struct scratch place;
	struct isle_blk *blk;
	struct isle_queue *queue;
};

FIXTURE_VARIANT(disk) {
	enum place place;
};

FIXTURE_VARIANT_ADD(disk, memory) { .place = MEMORY };
FIXTURE_VARIANT_ADD(disk, tmpfs) { .place = TMPFS };
FIXTURE_VARIANT_ADD(disk, ext4) { .place = EXT4 };
FIXTURE_VARIANT_ADD(disk, loop) { .place = LOOP_4K };

#define BYTES	(64 * PAGE)

FIXTURE_SETUP(disk)
{
	struct isle_blk_config config;
	struct isle_blk_info info = { .size = sizeof(info) };

	ASSERT_EQ(0, pair_make(&self->p));
	ASSERT_EQ(0, scratch_make(&self->place, variant->place, BYTES));
	config = scratch_config(&self->place, 4096, BYTES);
	ASSERT_EQ(0, isle_control_blk_add(self->p.ctl, self->p.id[0], "disk", &config, NULL));
	ASSERT_EQ(0, isle_block_connect(self->p.dom[0], "disk", &self->blk));
	ASSERT_EQ(0, isle_blk_get_info(self->blk, &info));
	/* where a copy is avoidable, these are the blocks to avoid it with */
	if (variant->place == EXT4 || variant->place == LOOP_4K)
		EXPECT_TRUE(info.flags & ISLE_BLK_DIRECT);
	ASSERT_EQ(0, isle_queue_create(8, 0, &self->queue));
}

FIXTURE_TEARDOWN(disk)
{
	isle_queue_destroy(self->queue);
	isle_block_disconnect(self->blk);
	EXPECT_EQ(0, isle_control_device_del(self->p.ctl, self->p.id[0], ISLE_CLASS_BLK,
					     "disk", 0));
	scratch_end(&self->place);
	EXPECT_TRUE(pair_end(&self->p));
}

static void note(void *arg, int result)
{
	*(int *)arg = result;
}

/* Writes what is in @list to the disk, reads it back into @to; then queued */
static void through_the_disk(struct __test_metadata *_metadata, struct isle_blk *blk,
			     struct isle_queue *queue, struct isle_pages **list,
			     struct isle_pages **to, size_t n)
{
	int wrote = 1, read = 1;
	struct iovec iov[8];
	struct rng r = { n };
	size_t i;

	for (i = 0; i < n; i++)
		fill(&r, bytes(list[i]), PAGE);
	isle_pages_iov(list, n, iov);
	ASSERT_EQ(0, isle_block_write(blk, 3, iov, n));
	isle_pages_iov(to, n, iov);
	ASSERT_EQ(0, isle_block_read(blk, 3, iov, n));
	for (i = 0; i < n; i++)
		EXPECT_EQ(0, memcmp(bytes(list[i]), bytes(to[i]), PAGE));

	for (i = 0; i < n; i++)
		fill(&r, bytes(list[i]), PAGE);
	isle_pages_iov(list, n, iov);
	ASSERT_EQ(0, isle_block_start_write(queue, blk, 7, iov, n, note, &wrote));
	while (isle_queue_pending(queue))
		ASSERT_LE(0, isle_queue_run(queue, -1));
	ASSERT_EQ(0, wrote);
	isle_pages_iov(to, n, iov);
	ASSERT_EQ(0, isle_block_start_read(queue, blk, 7, iov, n, note, &read));
	while (isle_queue_pending(queue))
		ASSERT_LE(0, isle_queue_run(queue, -1));
	ASSERT_EQ(0, read);
	for (i = 0; i < n; i++)
		EXPECT_EQ(0, memcmp(bytes(list[i]), bytes(to[i]), PAGE));
}

TEST_F_TIMEOUT(disk, own_memory, TIMEOUT)
{
	struct isle_pages *list[5], *to[5];

	ASSERT_EQ(0, isle_pages_pages(5, list));
	ASSERT_EQ(0, isle_pages_pages(5, to));
	through_the_disk(_metadata, self->blk, self->queue, list, to, 5);
	isle_pages_put_list(list, 5);
	isle_pages_put_list(to, 5);
}

/* What the peer puts into its mapping is written, what is read appears there */
TEST_F_TIMEOUT(disk, shared_memory, TIMEOUT)
{
	struct isle_pages *ours, *theirs, *list[5], *to[5];
	struct pair *p = &self->p;
	struct iovec iov;
	uint32_t refs[5];

	ASSERT_EQ(0, isle_pages_share(p->dom[0], p->id[1], 5, 0, &ours));
	ASSERT_EQ(5, isle_pages_refs(ours, refs, 5));
	ASSERT_EQ(0, isle_pages_map(p->dom[1], p->id[0], refs, 5, 0, &theirs));
	ASSERT_EQ(0, isle_pages_to_pages(ours, list));
	ASSERT_EQ(0, isle_pages_pages(5, to));
	through_the_disk(_metadata, self->blk, self->queue, list, to, 5);
	through_the_disk(_metadata, self->blk, self->queue, to, list, 5);
	EXPECT_EQ(0, memcmp(bytes(theirs), bytes(to[0]), 5 * PAGE));
	isle_pages_put_list(list, 5);
	/* and what is mapped can itself be written and read into */
	ASSERT_EQ(0, isle_pages_to_pages(theirs, list));
	through_the_disk(_metadata, self->blk, self->queue, list, to, 5);
	through_the_disk(_metadata, self->blk, self->queue, to, list, 5);
	EXPECT_EQ(0, memcmp(bytes(ours), bytes(to[0]), 5 * PAGE));
	/* all of it, as one buffer, after the granter has let go */
	isle_pages_put(ours);
	isle_pages_iov(&theirs, 1, &iov);
	EXPECT_EQ(0, isle_block_write(self->blk, 0, &iov, 1));
	isle_pages_put_list(list, 5);
	isle_pages_put_list(to, 5);
	isle_pages_put(theirs);
}

/* A buffer that can only be read is written, and not read into */
TEST_F_TIMEOUT(disk, read_only_memory, TIMEOUT)
{
	struct isle_pages *ours, *theirs;
	struct pair *p = &self->p;
	struct iovec iov;
	uint32_t ref;

	ASSERT_EQ(0, isle_pages_share(p->dom[0], p->id[1], 1, ISLE_PAGES_READ_ONLY, &ours));
	ASSERT_EQ(1, isle_pages_refs(ours, &ref, 1));
	ASSERT_EQ(0, isle_pages_map(p->dom[1], p->id[0], &ref, 1, ISLE_PAGES_READ_ONLY,
				    &theirs));
	memset(bytes(ours), 0x77, PAGE);
	isle_pages_iov(&theirs, 1, &iov);
	EXPECT_EQ(0, isle_block_write(self->blk, 5, &iov, 1));
	memset(bytes(ours), 0x11, PAGE);
	EXPECT_EQ(-EFAULT, isle_block_read(self->blk, 5, &iov, 1));
	EXPECT_TRUE(all_bytes(bytes(ours), 0x11, PAGE));
	isle_pages_iov(&ours, 1, &iov);
	EXPECT_EQ(0, isle_block_read(self->blk, 5, &iov, 1));
	EXPECT_TRUE(all_bytes(bytes(theirs), 0x77, PAGE));
	isle_pages_put(theirs);
	isle_pages_put(ours);
}

SCRATCH_MAIN
