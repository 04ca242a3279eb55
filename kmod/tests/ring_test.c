// SPDX-License-Identifier: GPL-2.0
/* KUnit: arithmetic of channels' rings. */
#include <kunit/test.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sizes.h>
#include <linux/uio.h>

#include "channel/ring.h"

#define BIG	SZ_1M
/* Fills what is not the ring's */
#define GUARD	0xc5

/*
 * A ring, what is around it, and a model of the stream: byte number N is
 * pattern(N), whatever the ring does.
 */
struct fixture {
	struct page *shared;
	struct page *own[BIG / SZ_4K];
	u32 pages;		/* of @own that there are */
	struct isle_ring ring;
	u32 order;
	u8 *buffer;		/* BIG bytes */
};

static u8 pattern(u32 index)
{
	return (index * 2654435761U) >> 24;
}

static int ring_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->buffer = kvmalloc(BIG, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->buffer);
	test->priv = f;
	return 0;
}

static void ring_free(struct fixture *f)
{
	if (f->shared)
		__free_page(f->shared);
	f->shared = NULL;
	while (f->pages)
		__free_page(f->own[--f->pages]);
}

static void ring_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (!f)
		return;
	ring_free(f);
	kvfree(f->buffer);
}

static void ring_make(struct kunit *test, u32 order)
{
	struct fixture *f = test->priv;
	u32 n = isle_ring_pages(order);

	ring_free(f);
	f->shared = alloc_page(GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, f->shared);
	memset(page_address(f->shared), GUARD, PAGE_SIZE);
	for (; f->pages < n; f->pages++) {
		f->own[f->pages] = alloc_page(GFP_KERNEL);
		KUNIT_ASSERT_NOT_NULL(test, f->own[f->pages]);
		memset(page_address(f->own[f->pages]), GUARD, PAGE_SIZE);
	}
	f->order = order;
	isle_ring_init(&f->ring, order, &f->shared, f->own);
	KUNIT_EXPECT_EQ(test, f->ring.size, 1U << order);
}

/* Nothing of the shared page but the ring's own bytes was touched */
static void expect_guard(struct kunit *test)
{
	struct fixture *f = test->priv;
	const u8 *byte = page_address(f->shared);
	u32 from = f->ring.size, i;

	if (f->pages)
		from = PAGE_SIZE;	/* nothing is the ring's */
	for (i = 0; i < PAGE_SIZE; i++)
		if ((i < from || i >= 2 * from) && byte[i] != GUARD)
			break;
	KUNIT_EXPECT_EQ(test, i, (u32)PAGE_SIZE);
}

/* Produce bytes @index.. of the stream */
static u32 put(struct fixture *f, u32 index, u32 len, u32 have)
{
	struct kvec vec = { .iov_base = f->buffer, .iov_len = have };
	struct iov_iter iter;
	u32 i;

	for (i = 0; i < have; i++)
		f->buffer[i] = pattern(index + i);
	iov_iter_kvec(&iter, WRITE, &vec, 1, have);
	return isle_ring_from_iter(&f->ring, index, len, &iter);
}

/* Consume them; the first one that is wrong, or @len */
static u32 get(struct fixture *f, u32 index, u32 len)
{
	struct kvec vec = { .iov_base = f->buffer, .iov_len = len };
	struct iov_iter iter;
	u32 i;

	memset(f->buffer, 0, len);
	iov_iter_kvec(&iter, READ, &vec, 1, len);
	if (isle_ring_to_iter(&f->ring, index, len, &iter) != len)
		return 0;
	for (i = 0; i < len && f->buffer[i] == pattern(index + i); i++)
		;
	return i;
}

static void ring_used_test(struct kunit *test)
{
	static const u32 bases[] = { 0, 1, 1023, 0x7fffffff, 0x80000000,
				     0xfffffc00, 0xfffffffe, 0xffffffff };
	struct isle_ring ring = {};
	u32 order, i, size;

	for (order = ISLE_RING_SMALL; order <= ISLE_VCHAN_ORDER_MAX; order++) {
		size = 1U << order;
		ring.size = size;
		for (i = 0; i < ARRAY_SIZE(bases); i++) {
			u32 b = bases[i];

			KUNIT_EXPECT_EQ(test, isle_ring_used(&ring, b, b), 0);
			KUNIT_EXPECT_EQ(test, isle_ring_used(&ring, b + 1, b), 1);
			KUNIT_EXPECT_EQ(test, isle_ring_used(&ring, b + size, b),
					(int)size);
			KUNIT_EXPECT_EQ(test,
					isle_ring_used(&ring, b + size + 1, b),
					-EPROTO);
			KUNIT_EXPECT_EQ(test, isle_ring_used(&ring, b, b + 1),
					-EPROTO);
			KUNIT_EXPECT_EQ(test,
					isle_ring_used(&ring, b + 0x80000000, b),
					-EPROTO);
		}
	}
}

/* What the rule of libxenvchan gives, by another way */
static void expect_choice(struct kunit *test, u32 left, u32 right)
{
	u8 lo, ro;

	isle_ring_choose(left, right, &lo, &ro);
	KUNIT_EXPECT_TRUE_MSG(test, isle_ring_orders_valid(lo, ro),
			      "%u, %u: %u, %u", left, right, lo, ro);
	KUNIT_EXPECT_LE(test, left, 1U << lo);
	KUNIT_EXPECT_LE(test, right, 1U << ro);
	/* no larger than it has to be */
	if (lo > ISLE_RING_EXTERNAL)
		KUNIT_EXPECT_GT(test, left, 1U << (lo - 1));
	if (ro > ISLE_RING_EXTERNAL)
		KUNIT_EXPECT_GT(test, right, 1U << (ro - 1));
	/* both within the page if they can be, else one if it can be */
	KUNIT_EXPECT_EQ(test, lo < ISLE_RING_EXTERNAL && ro < ISLE_RING_EXTERNAL,
			max(left, right) <= 2048 && min(left, right) <= 1024);
	KUNIT_EXPECT_EQ(test, lo < ISLE_RING_EXTERNAL || ro < ISLE_RING_EXTERNAL,
			min(left, right) <= 2048);
	/* the references are at 24 and up */
	if (lo >= ISLE_RING_EXTERNAL)
		KUNIT_EXPECT_NE(test, ro, ISLE_RING_SMALL);
	if (ro >= ISLE_RING_EXTERNAL)
		KUNIT_EXPECT_NE(test, lo, ISLE_RING_SMALL);
}

static void ring_choose_test(struct kunit *test)
{
	static const u32 edges[] = { 1, 2, 1023, 1024, 1025, 2047, 2048, 2049,
				     4095, 4096, 4097, 8192, 8193, 65536,
				     BIG / 2 + 1, BIG - 1, BIG };
	u32 i, j;

	for (i = 0; i < ARRAY_SIZE(edges); i++)
		for (j = 0; j < ARRAY_SIZE(edges); j++)
			expect_choice(test, edges[i], edges[j]);
	for (i = 0; i < 1000; i++)
		expect_choice(test, 1 + get_random_u32_below(BIG),
			      1 + get_random_u32_below(BIG));
}

static void ring_valid_test(struct kunit *test)
{
	u32 l, r;
	bool in_page;

	for (l = 0; l < 70; l++) {
		for (r = 0; r < 70; r++) {
			in_page = l < 12 && r < 12;
			KUNIT_EXPECT_EQ_MSG(test, isle_ring_orders_valid(l, r),
					    l >= 10 && l <= 20 && r >= 10 &&
					    r <= 20 && !(in_page && l == r),
					    "%u, %u", l, r);
		}
	}
	KUNIT_EXPECT_FALSE(test, isle_ring_orders_valid(0xffff, 12));
	KUNIT_EXPECT_FALSE(test, isle_ring_orders_valid(12, 0x8000));
}

/* Every in-page combination at once: the rings do not touch each other */
static void ring_in_page_test(struct kunit *test)
{
	static const u32 pairs[][2] = { { 10, 11 }, { 11, 10 } };
	struct fixture *f = test->priv;
	struct isle_ring left, right;
	u32 i, page, offset, n, at[PAGE_SIZE / 64];

	for (i = 0; i < ARRAY_SIZE(pairs); i++) {
		u32 size, pos, which;

		memset(at, 0, sizeof(at));
		ring_make(test, pairs[i][0]);
		isle_ring_init(&left, pairs[i][0], &f->shared, NULL);
		isle_ring_init(&right, pairs[i][1], &f->shared, NULL);
		for (which = 1; which <= 2; which++) {
			const struct isle_ring *ring = which == 1 ? &left :
							&right;

			size = ring->size;
			for (pos = 0; pos < size; pos += 64) {
				n = isle_ring_piece(ring, pos, 64, &page,
						    &offset);
				KUNIT_EXPECT_EQ(test, n, 64U);
				KUNIT_EXPECT_EQ(test, page, 0U);
				KUNIT_EXPECT_EQ(test, offset, size + pos);
				at[offset / 64] |= which;
			}
		}
		for (pos = 0; pos < ARRAY_SIZE(at); pos++)
			KUNIT_EXPECT_EQ(test, at[pos],
					pos < 16 ? 0U :
					(pos < 32) == (pairs[i][0] == 10) ? 1U :
					2U);
	}
}

static void ring_piece_test(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 order, pos, page, offset, n, len, total;

	for (order = ISLE_RING_SMALL; order <= ISLE_VCHAN_ORDER_MAX; order++) {
		ring_make(test, order);
		for (pos = f->ring.size - 3; pos != f->ring.size + 3; pos++) {
			/* as an index that is about to wrap, too */
			u32 index = pos - 0x100000000ULL - f->ring.size;

			for (len = 1; len <= f->ring.size;
			     len = len * 2 + (len & 1)) {
				total = 0;
				while (total < len) {
					n = isle_ring_piece(&f->ring,
							    index + total,
							    len - total, &page,
							    &offset);
					KUNIT_ASSERT_GT(test, n, 0U);
					KUNIT_ASSERT_LE(test, n, len - total);
					KUNIT_ASSERT_LT(test, page,
							max(f->pages, 1U));
					KUNIT_ASSERT_LE(test, offset + n,
							(u32)PAGE_SIZE);
					KUNIT_ASSERT_GE(test, offset,
							f->ring.offset);
					total += n;
				}
			}
		}
	}
}

/* Whole rings across the wrap of the indices, in every order */
static void ring_wrap_test(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 order, size, index, i;

	for (order = ISLE_RING_SMALL; order <= ISLE_VCHAN_ORDER_MAX; order++) {
		ring_make(test, order);
		size = f->ring.size;
		index = -(size + size / 2 + 7);
		for (i = 0; i < 4; i++) {
			KUNIT_ASSERT_EQ(test, put(f, index, size, size), size);
			KUNIT_ASSERT_EQ(test, get(f, index, size), size);
			index += size;
		}
		/* which went beyond zero */
		KUNIT_EXPECT_LT(test, index, 3 * size);
		expect_guard(test);
	}
}

/* The other memory is shorter than what is asked for */
static void ring_short_test(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct kvec vec = { .iov_base = f->buffer, .iov_len = 100 };
	struct iov_iter iter;

	ring_make(test, 13);
	KUNIT_EXPECT_EQ(test, put(f, 4096 - 50, 200, 100), 100U);
	KUNIT_EXPECT_EQ(test, get(f, 4096 - 50, 100), 100U);
	iov_iter_kvec(&iter, READ, &vec, 1, 100);
	KUNIT_EXPECT_EQ(test, isle_ring_to_iter(&f->ring, 0, 8192, &iter), 100U);
	iov_iter_kvec(&iter, READ, &vec, 1, 0);
	KUNIT_EXPECT_EQ(test, isle_ring_to_iter(&f->ring, 0, 8192, &iter), 0U);
	KUNIT_EXPECT_EQ(test, put(f, 0, 0, 100), 0U);
}

/* A random walk against the model, from just before the wrap */
static void ring_walk_test(struct kunit *test)
{
	struct fixture *f = test->priv;
	u32 order, prod, cons, len, step, steps;
	int used;

	for (order = ISLE_RING_SMALL; order <= ISLE_VCHAN_ORDER_MAX; order++) {
		ring_make(test, order);
		prod = -(4 * f->ring.size);
		prod -= get_random_u32_below(f->ring.size);
		cons = prod;
		steps = order < 15 ? 400 : 30;
		for (step = 0; step < steps; step++) {
			used = isle_ring_used(&f->ring, prod, cons);
			KUNIT_ASSERT_GE(test, used, 0);
			len = f->ring.size - used;
			len = len ? get_random_u32_below(len) + 1 : 0;
			KUNIT_ASSERT_EQ(test, put(f, prod, len, len), len);
			prod += len;
			used = isle_ring_used(&f->ring, prod, cons);
			KUNIT_ASSERT_GE(test, used, 0);
			len = used ? get_random_u32_below(used) + 1 : 0;
			KUNIT_ASSERT_EQ(test, get(f, cons, len), len);
			cons += len;
		}
		expect_guard(test);
	}
}

static struct kunit_case ring_cases[] = {
	KUNIT_CASE(ring_used_test),
	KUNIT_CASE(ring_choose_test),
	KUNIT_CASE(ring_valid_test),
	KUNIT_CASE(ring_in_page_test),
	KUNIT_CASE(ring_piece_test),
	KUNIT_CASE(ring_wrap_test),
	KUNIT_CASE(ring_short_test),
	KUNIT_CASE(ring_walk_test),
	{}
};

static struct kunit_suite ring_suite = {
	.name = "isle_ring",
	.init = ring_test_init,
	.exit = ring_test_exit,
	.test_cases = ring_cases,
};

kunit_test_suites(&ring_suite);
