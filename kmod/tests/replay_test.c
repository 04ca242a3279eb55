// SPDX-License-Identifier: GPL-2.0
/* KUnit: replay buffers. */
#include <kunit/test.h>

#include "device/replay.h"

#define SIZE	16

static void replay_empty_test(struct kunit *test)
{
	struct isle_replay replay;
	u8 to[SIZE];
	u64 pos = 0;

	KUNIT_EXPECT_EQ(test, isle_replay_init(&replay, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, isle_replay_init(&replay, 17), -EINVAL);
	KUNIT_ASSERT_EQ(test, isle_replay_init(&replay, SIZE), 0);
	KUNIT_EXPECT_EQ(test, isle_replay_get(&replay, &pos, to, SIZE),
			(size_t)0);
	KUNIT_EXPECT_EQ(test, pos, 0ULL);
	KUNIT_EXPECT_EQ(test, isle_replay_oldest(&replay), 0ULL);
	isle_replay_put(&replay, to, 0);
	KUNIT_EXPECT_EQ(test, replay.head, 0ULL);
	isle_replay_destroy(&replay);
}

/* Byte number n of the stream is n modulo 251 */
static void put(struct isle_replay *replay, size_t len)
{
	u8 data[3 * SIZE];
	size_t i;

	for (i = 0; i < len; i++)
		data[i] = (replay->head + i) % 251;
	isle_replay_put(replay, data, len);
}

/* Every length after every length, and every length of reading */
static void replay_lengths_test(struct kunit *test)
{
	struct isle_replay replay;
	size_t first, second, len, got, i;
	u8 to[3 * SIZE];
	u64 pos;

	KUNIT_ASSERT_EQ(test, isle_replay_init(&replay, SIZE), 0);
	for (first = 0; first <= 2 * SIZE + 1; first++) {
		for (second = 0; second <= 2 * SIZE + 1; second++) {
			replay.head = 0;
			put(&replay, first);
			put(&replay, second);
			for (len = 0; len <= SIZE + 1; len++) {
				pos = 0;
				got = isle_replay_get(&replay, &pos, to, len);
				KUNIT_ASSERT_EQ(test, got,
						min3(len, first + second,
						     (size_t)SIZE));
				for (i = 0; i < got; i++)
					KUNIT_ASSERT_EQ(test, (u64)to[i],
							(pos - got + i) % 251);
				KUNIT_ASSERT_EQ(test, pos - got,
						isle_replay_oldest(&replay));
			}
		}
	}
	isle_replay_destroy(&replay);
}

/* Readers do not disturb each other */
static void replay_readers_test(struct kunit *test)
{
	struct isle_replay replay;
	u64 fast = 0, slow = 0;
	u8 to[SIZE];

	KUNIT_ASSERT_EQ(test, isle_replay_init(&replay, SIZE), 0);
	put(&replay, 10);
	KUNIT_EXPECT_EQ(test, isle_replay_get(&replay, &fast, to, SIZE),
			(size_t)10);
	KUNIT_EXPECT_EQ(test, isle_replay_get(&replay, &slow, to, 3),
			(size_t)3);
	put(&replay, 10);
	KUNIT_EXPECT_EQ(test, isle_replay_get(&replay, &fast, to, SIZE),
			(size_t)10);
	KUNIT_EXPECT_EQ(test, to[0], (u8)10);
	/* the slow one was overtaken by one byte */
	KUNIT_EXPECT_EQ(test, isle_replay_get(&replay, &slow, to, 2),
			(size_t)2);
	KUNIT_EXPECT_EQ(test, to[0], (u8)4);
	KUNIT_EXPECT_EQ(test, slow, 6ULL);
	isle_replay_destroy(&replay);
}

static struct kunit_case replay_cases[] = {
	KUNIT_CASE(replay_empty_test),
	KUNIT_CASE(replay_lengths_test),
	KUNIT_CASE(replay_readers_test),
	{}
};

static struct kunit_suite replay_suite = {
	.name = "isle_replay",
	.test_cases = replay_cases,
};

kunit_test_suites(&replay_suite);
