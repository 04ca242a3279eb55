// SPDX-License-Identifier: GPL-2.0
/* KUnit: memory that backs block devices. */
#include <kunit/test.h>
#include <linux/mm.h>
#include <linux/prandom.h>
#include <linux/uio.h>

#include "core/live.h"
#include "device/memory.h"

#define SIZE	(8 * PAGE_SIZE + 512)	/* the last page is only begun */

struct fixture {
	struct isle_memory memory;
	u8 shadow[SIZE];
	u8 buffer[SIZE];
	long pages;
};

static ssize_t rw(struct fixture *f, bool write, u64 pos, void *data, size_t len)
{
	struct kvec vec = { .iov_base = data, .iov_len = len };
	struct iov_iter iter;

	iov_iter_kvec(&iter, write ? WRITE : READ, &vec, 1, len);
	return isle_memory_rw(&f->memory, pos, &iter, write, false);
}

static int memory_test_init(struct kunit *test)
{
	struct fixture *f = kunit_kzalloc(test, sizeof(*f), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, f);
	f->pages = isle_live_read(ISLE_LIVE_PAGES);
	KUNIT_ASSERT_EQ(test, isle_memory_init(&f->memory, SIZE), 0);
	test->priv = f;
	return 0;
}

static void memory_test_exit(struct kunit *test)
{
	struct fixture *f = test->priv;

	if (!f || !f->memory.pages)
		return;
	isle_memory_end(&f->memory);
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_PAGES), f->pages);
	/* Who comes late makes no page that stays */
	KUNIT_EXPECT_EQ(test, rw(f, true, 0, f->buffer, SIZE), (ssize_t)-ENODEV);
	KUNIT_EXPECT_EQ(test, rw(f, false, 0, f->buffer, SIZE), (ssize_t)-ENODEV);
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_PAGES), f->pages);
	isle_memory_destroy(&f->memory);
}

static void expect_shadow(struct kunit *test)
{
	struct fixture *f = test->priv;

	memset(f->buffer, 0xa5, SIZE);
	KUNIT_ASSERT_EQ(test, rw(f, false, 0, f->buffer, SIZE), (ssize_t)SIZE);
	KUNIT_EXPECT_EQ(test, memcmp(f->buffer, f->shadow, SIZE), 0);
}

static void memory_zero_test(struct kunit *test)
{
	struct fixture *f = test->priv;

	expect_shadow(test);
	/* Reading has made no page */
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_PAGES), f->pages);
}

static void memory_partial_page_test(struct kunit *test)
{
	struct fixture *f = test->priv;

	memset(f->shadow + PAGE_SIZE + 512, 0x11, 512);
	KUNIT_ASSERT_EQ(test, rw(f, true, PAGE_SIZE + 512,
				 f->shadow + PAGE_SIZE + 512, 512), 512L);
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_PAGES), f->pages + 1);
	expect_shadow(test);
}

static void memory_random_test(struct kunit *test)
{
	struct fixture *f = test->priv;
	struct rnd_state rnd;
	int i;

	prandom_seed_state(&rnd, 4711);
	for (i = 0; i < 2000; i++) {
		u32 pos = prandom_u32_state(&rnd) % SIZE;
		u32 len = 1 + prandom_u32_state(&rnd) % (SIZE - pos);

		switch (prandom_u32_state(&rnd) % 3) {
		case 0:
			prandom_bytes_state(&rnd, f->shadow + pos, len);
			KUNIT_ASSERT_EQ(test, rw(f, true, pos, f->shadow + pos,
						 len), (ssize_t)len);
			break;
		case 1:
			memset(f->shadow + pos, 0, len);
			KUNIT_ASSERT_EQ(test, isle_memory_discard(&f->memory,
								  pos, len), 0);
			break;
		default:
			KUNIT_ASSERT_EQ(test, rw(f, false, pos, f->buffer, len),
					(ssize_t)len);
			KUNIT_ASSERT_EQ(test, memcmp(f->buffer, f->shadow + pos,
						     len), 0);
		}
	}
	expect_shadow(test);
}

static void memory_discard_frees_test(struct kunit *test)
{
	struct fixture *f = test->priv;

	memset(f->buffer, 0x77, SIZE);
	KUNIT_ASSERT_EQ(test, rw(f, true, 0, f->buffer, SIZE), (ssize_t)SIZE);
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_PAGES), f->pages + 9);
	/* From within page 1 to within page 4: pages 2 and 3 go */
	KUNIT_ASSERT_EQ(test, isle_memory_discard(&f->memory, PAGE_SIZE + 512,
						  3 * PAGE_SIZE), 0);
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_PAGES), f->pages + 7);
	memset(f->shadow, 0x77, SIZE);
	memset(f->shadow + PAGE_SIZE + 512, 0, 3 * PAGE_SIZE);
	expect_shadow(test);
}

static void memory_too_large_test(struct kunit *test)
{
	struct isle_memory memory;

	/* Larger than any address space: no splat, no killing, an error */
	KUNIT_EXPECT_EQ(test, isle_memory_init(&memory, 1ULL << 62), -ENOMEM);
}

static struct kunit_case memory_cases[] = {
	KUNIT_CASE(memory_zero_test),
	KUNIT_CASE(memory_partial_page_test),
	KUNIT_CASE(memory_random_test),
	KUNIT_CASE(memory_discard_frees_test),
	KUNIT_CASE(memory_too_large_test),
	{}
};

static struct kunit_suite memory_suite = {
	.name = "isle_memory",
	.init = memory_test_init,
	.exit = memory_test_exit,
	.test_cases = memory_cases,
};

kunit_test_suites(&memory_suite);
