// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: libisle's channels with a peer that writes what it likes into
 * the memory they share
 *
 * The victim may see bytes, the end of the stream, EPIPE and EPROTO; it may not
 * hang, and not touch anything outside of the ring.
 */
#include <kselftest_harness.h>

#include "vchan.h"

FIXTURE(hostile) {
	struct pair pair;
	struct isle_vchan *end[2];		/* [0] is the victim, and the server */
	volatile struct isle_vchan_page *page;	/* as the client has it */
};

FIXTURE_SETUP(hostile)
{
	ASSERT_EQ(0, pair_make(&self->pair));
}

FIXTURE_TEARDOWN(hostile)
{
	EXPECT_TRUE(pair_end(&self->pair));
}

static int attack(struct pair *pair, struct isle_vchan *end[2], size_t read_size,
		  size_t write_size, volatile struct isle_vchan_page **page)
{
	int ret = pair_join(pair, read_size, write_size, 0, end);
	void *map;

	if (ret)
		return ret;
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, isle_vchan_fd(end[1]), 0);
	if (map == MAP_FAILED)
		return -errno;
	*page = map;
	return 0;
}

static void withdraw(struct isle_vchan *end[2], volatile struct isle_vchan_page *page)
{
	munmap((void *)page, 4096);
	pair_part(end);
}

/* Distances from where an index should be that no index can have */
static const uint32_t far[] = {
	4097, 4096 + 64, 8192, 65536, 0x7fffffff, 0x80000000, 0xffff0000, 0xffffffff,
};

/* Once found out, a channel stays dead, whatever is put back */
TEST_F_TIMEOUT(hostile, read_index, TIMEOUT)
{
	const void *there;
	char buf[128];
	unsigned int i, how;

	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		for (how = 0; how < 6; how++) {
			ssize_t n;

			ASSERT_EQ(0, attack(&self->pair, self->end, 4096, 4096, &self->page));
			ASSERT_EQ(10, isle_vchan_write(self->end[1], "0123456789", 10));
			ASSERT_EQ(5, isle_vchan_read(self->end[0], buf, 5));
			/* with nothing left of what was seen before, and with some */
			if (how < 2) {
				ASSERT_EQ(5, isle_vchan_recv(self->end[0], buf, 5));
			}
			self->page->left.prod = (how < 2 ? 10 : 5) + far[i];
			switch (how) {
			case 0:
				n = isle_vchan_read(self->end[0], buf, 64);
				break;
			case 1:
				n = isle_vchan_try_recv(self->end[0], buf, 3);
				break;
			case 2:
				n = isle_vchan_recv(self->end[0], buf, 64);
				break;
			case 3:
				n = isle_vchan_peek(self->end[0], 6, &there);
				break;
			case 4:
				n = isle_vchan_wait(self->end[0], 6, 0, NEVER);
				break;
			default:
				n = isle_vchan_data_ready(self->end[0]);
			}
			EXPECT_EQ(-EPROTO, n);
			EXPECT_EQ(ISLE_VCHAN_STATE_BROKEN, isle_vchan_state(self->end[0]));
			self->page->left.prod = 64;
			EXPECT_EQ(-EPROTO, isle_vchan_read(self->end[0], buf, 1));
			EXPECT_EQ(-EPROTO, isle_vchan_read(self->end[0], buf, 64));
			EXPECT_EQ(-EPROTO, isle_vchan_write(self->end[0], buf, 1));
			EXPECT_EQ(-EPROTO, isle_vchan_write(self->end[0], buf, 64));
			EXPECT_EQ(-EPROTO, isle_vchan_wait(self->end[0], 1, 1, NEVER));
			EXPECT_EQ(0, isle_vchan_is_open(self->end[0]));
			withdraw(self->end, self->page);
		}
	}
}

TEST_F_TIMEOUT(hostile, write_index, TIMEOUT)
{
	char buf[8192] = "";
	unsigned int i, how;
	void *room;

	for (i = 0; i < sizeof(far) / sizeof(far[0]); i++) {
		for (how = 0; how < 5; how++) {
			ssize_t n;

			ASSERT_EQ(0, attack(&self->pair, self->end, 4096, 4096, &self->page));
			ASSERT_EQ(4000, isle_vchan_write(self->end[0], buf, 4000));
			/* more consumed than was produced, or going back */
			self->page->right.cons = 4000 + (far[i] > 1u << 30 ? 1 : far[i]);
			switch (how) {
			case 0:
				n = isle_vchan_write(self->end[0], buf, 97);
				break;
			case 1:
				n = isle_vchan_try_send(self->end[0], buf, 97);
				break;
			case 2:
				n = isle_vchan_reserve(self->end[0], 97, &room);
				break;
			case 3:
				n = isle_vchan_wait(self->end[0], 0, 97, NEVER);
				break;
			default:
				n = isle_vchan_buffer_space(self->end[0]);
			}
			EXPECT_EQ(-EPROTO, n);
			self->page->right.cons = 4000;
			EXPECT_EQ(-EPROTO, isle_vchan_write(self->end[0], buf, 64));
			EXPECT_EQ(-EPROTO, isle_vchan_read(self->end[0], buf, 64));
			withdraw(self->end, self->page);
		}
	}
}

/* Our own indices are in the page for the peer to see; we have better ones */
TEST_F_TIMEOUT(hostile, own_index, TIMEOUT)
{
	char buf[128];

	ASSERT_EQ(0, attack(&self->pair, self->end, 4096, 4096, &self->page));
	ASSERT_EQ(10, isle_vchan_write(self->end[1], "0123456789", 10));
	ASSERT_EQ(3, isle_vchan_read(self->end[0], buf, 3));
	self->page->left.cons = 1000;
	self->page->right.prod = 77;
	ASSERT_EQ(7, isle_vchan_read(self->end[0], buf, 64));
	EXPECT_EQ(0, memcmp(buf, "3456789", 7));
	EXPECT_EQ(10, self->page->left.cons);
	ASSERT_EQ(5, isle_vchan_write(self->end[0], "abcde", 5));
	EXPECT_EQ(5, self->page->right.prod);
	/* the kernel would think that there is something to read, for ever */
	self->page->left.cons = 9;
	EXPECT_EQ(-EPROTO, isle_vchan_read(self->end[0], buf, 1));
	withdraw(self->end, self->page);
}

TEST_F_TIMEOUT(hostile, live, TIMEOUT)
{
	char buf[64] = "";
	unsigned int live;

	for (live = 0; live < 256; live += live < 4 ? 1 : 63) {
		if (live == ISLE_VCHAN_CONNECTED)
			continue;
		ASSERT_EQ(0, attack(&self->pair, self->end, 1024, 1024, &self->page));
		ASSERT_EQ(64, isle_vchan_write(self->end[1], buf, 64));
		self->page->cli_live = live;
		/* data first, then the end: as the end, as EPIPE, as EPROTO */
		ASSERT_EQ(64, isle_vchan_read(self->end[0], buf, 64));
		if (live != ISLE_VCHAN_WAITING) {
			EXPECT_GE(0, isle_vchan_read(self->end[0], buf, 64));
			EXPECT_GT(0, isle_vchan_write(self->end[0], buf, 64));
		}
		withdraw(self->end, self->page);

		/* our own, too */
		ASSERT_EQ(0, attack(&self->pair, self->end, 1024, 1024, &self->page));
		self->page->srv_live = live;
		EXPECT_EQ(64, isle_vchan_write(self->end[0], buf, 64));
		EXPECT_EQ(-EAGAIN, isle_vchan_try_read(self->end[0], buf, 64));
		withdraw(self->end, self->page);
	}
}

struct vandal {
	volatile struct isle_vchan_page *page;
	struct isle_vchan *peer;
	bool stop;		/* atomic */
	uint64_t seed;
};

/* All that a peer can write, at random, among some that is right */
static void *vandalize(void *arg)
{
	struct vandal *v = arg;
	struct rng rng = { .state = v->seed };
	volatile uint32_t *words = (volatile uint32_t *)v->page;
	volatile uint8_t *bytes = (volatile uint8_t *)v->page;
	char buf[512] = "";

	while (!__atomic_load_n(&v->stop, __ATOMIC_RELAXED)) {
		switch (below(&rng, 8)) {
		case 0:
			words[below(&rng, 4)] = rnd(&rng) << below(&rng, 20);
			break;
		case 1:
			words[below(&rng, 4)] += below(&rng, 5000);
			break;
		case 2:
			bytes[16 + below(&rng, 8)] = rnd(&rng);
			break;
		case 3:
			bytes[20 + below(&rng, 2)] = below(&rng, 3);
			break;
		case 4:
			isle_vchan_try_write(v->peer, buf, below(&rng, sizeof(buf)));
			break;
		default:
			isle_vchan_try_read(v->peer, buf, below(&rng, sizeof(buf)));
		}
		if (!below(&rng, 50))
			nap();
	}
	return NULL;
}

static bool permitted(ssize_t n)
{
	return n >= 0 || n == -EPROTO || n == -EPIPE || n == -EAGAIN || n == -ETIMEDOUT;
}

/* Fences on both sides of what is read into: nothing is written beyond it */
static bool victim(struct isle_vchan *v, struct rng *rng)
{
	const size_t size = isle_vchan_read_size(v);
	uint8_t *fence = fenced(16), *buf;
	const void *there;
	void *room;
	bool good = true;
	ssize_t n = 0;
	size_t len;
	int i;

	for (i = 0; good && i < rounds(2000, 200); i++) {
		len = below(rng, size + 100);
		if (len > 65536)
			len = 65536;
		buf = fence + 65536 - len;
		switch (below(rng, 8)) {
		case 0:
			n = isle_vchan_try_read(v, buf, len);
			break;
		case 1:
			n = isle_vchan_try_write(v, buf, len);
			break;
		case 2:
			n = len > size ? 0 : isle_vchan_try_recv(v, buf, len);
			break;
		case 3:
			n = isle_vchan_try_write(v, buf, len > 64 ? 64 : len);
			break;
		case 4:
			n = isle_vchan_peek(v, 0, &there);
			if (n > 0) {
				good &= (size_t)n <= size;
				memcpy(fence, there, n > 65536 ? 65536 : n);
				isle_vchan_consume(v, below(rng, n) + 1);
			}
			break;
		case 5:
			n = isle_vchan_reserve(v, 0, &room);
			if (n > 0) {
				good &= (size_t)n <= isle_vchan_write_size(v);
				memset(room, 1, n);
				isle_vchan_commit(v, below(rng, n) + 1);
			}
			break;
		case 6:
			n = isle_vchan_wait(v, 1, 0, 100000);
			break;
		default:
			n = isle_vchan_wait(v, 0, 1, 100000);
		}
		good &= permitted(n);
		if (!good)
			fprintf(stderr, "# %zd\n", n);
	}
	fenced_free(fence, 16);
	return good;
}

TEST_F_TIMEOUT(hostile, vandal, TIMEOUT)
{
	static const size_t sizes[] = { 1024, 4096, 65536 };
	struct rng rng = { .state = 5 };
	struct vandal vandal;
	pthread_t thread;
	int i;

	for (i = 0; i < rounds(40, 6); i++) {
		ASSERT_EQ(0, attack(&self->pair, self->end, sizes[i % 3], sizes[i / 3 % 3],
				    &self->page));
		vandal = (struct vandal){ .page = self->page, .peer = self->end[1], .seed = i };
		ASSERT_EQ(0, pthread_create(&thread, NULL, vandalize, &vandal));
		EXPECT_TRUE(victim(self->end[0], &rng));
		__atomic_store_n(&vandal.stop, true, __ATOMIC_RELAXED);
		ASSERT_EQ(0, pthread_join(thread, NULL));
		withdraw(self->end, self->page);
	}
}

/* A blocking call ends, too */
static void *block(void *arg)
{
	struct isle_vchan *v = arg;
	char buf[4096];
	ssize_t n;

	do {
		n = isle_vchan_read(v, buf, sizeof(buf));
	} while (n > 0);
	return (void *)(intptr_t)(n ? -n : EPIPE);
}

TEST_F_TIMEOUT(hostile, blocked, TIMEOUT)
{
	struct vandal vandal;
	pthread_t threads[2];
	void *result;
	int i;

	for (i = 0; i < rounds(10, 2); i++) {
		ASSERT_EQ(0, attack(&self->pair, self->end, 4096, 4096, &self->page));
		vandal = (struct vandal){ .page = self->page, .peer = self->end[1], .seed = i };
		ASSERT_EQ(0, pthread_create(&threads[0], NULL, block, self->end[0]));
		ASSERT_EQ(0, pthread_create(&threads[1], NULL, vandalize, &vandal));
		usleep(20000);
		__atomic_store_n(&vandal.stop, true, __ATOMIC_RELAXED);
		ASSERT_EQ(0, pthread_join(threads[1], NULL));
		munmap((void *)self->page, 4096);
		isle_vchan_close(self->end[1]);
		ASSERT_EQ(0, pthread_join(threads[0], &result));
		EXPECT_TRUE((intptr_t)result == EPIPE || (intptr_t)result == EPROTO);
		isle_vchan_close(self->end[0]);
	}
}

TEST_HARNESS_MAIN
