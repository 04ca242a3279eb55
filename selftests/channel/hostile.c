// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: peers that are not what they should be
 *
 * Every word of the shared page with values that it must not have, one by one
 * and all of them at random during I/O, by a program that has mapped the page
 * through its endpoint and by one that uses the Xen faces; peers that die without
 * a word.  What comes of it is EPROTO or the end of the stream, and nobody waits
 * for ever.
 */
#include <kselftest_harness.h>

#include <sys/prctl.h>

#include "foreign.h"

FIXTURE(hostile) {
	struct ends p;
	struct counters start;
};

FIXTURE_VARIANT(hostile) {
	bool loopback;
};

FIXTURE_VARIANT_ADD(hostile, two_domains) { false };
FIXTURE_VARIANT_ADD(hostile, loopback) { true };

FIXTURE_SETUP(hostile)
{
	self->start = counters_start();
	ASSERT_EQ(0, ends_domains(&self->p, variant->loopback));
}

FIXTURE_TEARDOWN(hostile)
{
	ends_end(&self->p);
	EXPECT_TRUE(counters_are(&self->start));
}

/* After EPROTO nothing else ever comes */
static void expect_broken(struct __test_metadata *_metadata, int ep)
{
	char buf[64] = "";

	EXPECT_EQ(-EPROTO, err(read(ep, buf, sizeof(buf))));
	EXPECT_EQ(-EPROTO, err(write(ep, buf, sizeof(buf))));
	EXPECT_EQ(POLLERR, poll_now(ep, POLLIN | POLLOUT | POLLRDHUP));
	EXPECT_EQ(ISLE_VCHAN_STATE_BROKEN, ep_state(ep));
	EXPECT_EQ(0, ep_wait(ep, 1, 1, -1));
}

enum word { RD_PROD, RD_CONS, WR_PROD, WR_CONS, LIVE, OWN_LIVE, ORDERS,
	    NOTIFY, WORDS };

/* @server: whose view RD, WR and OWN are */
static void set_word(struct isle_vchan_page *page, bool server, enum word word,
		     uint32_t value)
{
	struct isle_vchan_ring *rd = server ? &page->left : &page->right;
	struct isle_vchan_ring *wr = server ? &page->right : &page->left;
	volatile uint8_t *live = server ? &page->cli_live : &page->srv_live;
	volatile uint8_t *own = server ? &page->srv_live : &page->cli_live;

	switch (word) {
	case RD_PROD:
		*(volatile uint32_t *)&rd->prod = value;
		break;
	case RD_CONS:
		*(volatile uint32_t *)&rd->cons = value;
		break;
	case WR_PROD:
		*(volatile uint32_t *)&wr->prod = value;
		break;
	case WR_CONS:
		*(volatile uint32_t *)&wr->cons = value;
		break;
	case LIVE:
		*live = value;
		break;
	case OWN_LIVE:
		*own = value;
		break;
	case ORDERS:
		*(volatile uint16_t *)&page->left_order = value;
		*(volatile uint16_t *)&page->right_order = value >> 16;
		break;
	default:
		*(volatile uint8_t *)&page->cli_notify = value;
		*(volatile uint8_t *)&page->srv_notify = value >> 8;
	}
}

/* Each word by itself: what @side, whose words are spoilt, makes of it */
TEST_F_TIMEOUT(hostile, one_word, TIMEOUT)
{
	static const struct {
		enum word word;
		uint32_t value;
		int write;		/* what a write of one byte returns */
		int read;		/* and a read, whichever comes first */
	} cases[] = {
		{ RD_PROD, 1025 + 1024, 1, -EPROTO },
		{ RD_PROD, 0x80000000, 1, -EPROTO },
		{ RD_PROD, 0xffffffff, 1, -EPROTO },
		{ RD_CONS, 1, 1, -EPROTO },
		{ RD_CONS, 0x7fffffff, 1, -EPROTO },
		{ WR_PROD, 2049, -EPROTO, -EAGAIN },
		{ WR_PROD, 0xfffffffe, -EPROTO, -EAGAIN },
		{ WR_CONS, 1, -EPROTO, -EAGAIN },
		{ WR_CONS, 0x80000000, -EPROTO, -EAGAIN },
		{ LIVE, 2, -EPROTO, -EPROTO },
		{ LIVE, 3, -EPROTO, -EPROTO },
		{ LIVE, 255, -EPROTO, -EPROTO },
		{ LIVE, 0, -EPIPE, 0 },
		{ OWN_LIVE, 0, 1, -EAGAIN },
		{ OWN_LIVE, 77, 1, -EAGAIN },
		{ ORDERS, 0, 1, -EAGAIN },
		{ ORDERS, ~0U, 1, -EAGAIN },
		{ ORDERS, 0x0014000c, 1, -EAGAIN },
		{ NOTIFY, 0, 1, -EAGAIN },
		{ NOTIFY, 0xffff, 1, -EAGAIN },
	};
	struct isle_vchan_page *page;
	struct ends *p = &self->p;
	struct isle_vchan_info info;
	unsigned int i;
	int side, ep;
	char c;

	for (i = 0; i < ARRAY_SIZE(cases) * 4; i++) {
		unsigned int k = i / 4;
		bool broken = cases[k].write == -EPROTO ||
			      cases[k].read == -EPROTO;

		side = i & 1;
		ASSERT_EQ(0, ends_join(p, 0, side ? 2048 : 1024,
				       side ? 1024 : 2048));
		ep = side ? p->client : p->server;
		nonblocking(ep, true);
		page = ep_map(side ? p->server : p->client);
		ASSERT_NE(NULL, page);
		set_word(page, !side, cases[k].word, cases[k].value);
		if (i & 2) {
			EXPECT_EQ(cases[k].write, err(write(ep, "x", 1)))
				TH_LOG("case %u, side %d", k, side);
			if (cases[k].write != -EPROTO) {
				EXPECT_EQ(cases[k].read, err(read(ep, &c, 1)))
					TH_LOG("case %u, side %d", k, side);
			}
		} else {
			EXPECT_EQ(cases[k].read, err(read(ep, &c, 1)))
				TH_LOG("case %u, side %d", k, side);
			if (cases[k].read != -EPROTO) {
				EXPECT_EQ(cases[k].write,
					  err(write(ep, "x", 1)))
					TH_LOG("case %u, side %d", k, side);
			}
		}
		if (broken) {
			expect_broken(_metadata, ep);
			/* the word is good again, the channel is not */
			set_word(page, !side, cases[k].word,
				 cases[k].word == LIVE);
			expect_broken(_metadata, ep);
			/* and the peer is told */
			EXPECT_EQ(0, ep_wait(side ? p->server : p->client, 2, 0,
					     NEVER));
		} else if (cases[k].read == -EAGAIN) {
			ASSERT_EQ(0, ep_info(ep, &info));
			EXPECT_EQ(2048, info.write_size);
			EXPECT_EQ(1024, info.read_size);
		} else {
			set_word(page, !side, LIVE, 1);
			EXPECT_EQ(0, read(ep, &c, 1)) TH_LOG("gone is gone");
		}
		munmap(page, PAGE);
		ends_close(p);
	}
}

/* What the peer adds after it has gone is not delivered */
TEST_F_TIMEOUT(hostile, data_after_the_end, TIMEOUT)
{
	struct isle_vchan_page *page;
	struct ends *p = &self->p;
	char buf[64];

	ASSERT_EQ(0, ends_join(p, 0, 1024, 1024));
	page = ep_map(p->client);
	ASSERT_NE(NULL, page);
	EXPECT_EQ(4, write(p->client, "last", 4));
	close(p->client);
	p->client = -1;
	EXPECT_EQ(ISLE_VCHAN_STATE_CLOSED, ep_state(p->server));
	page->left.prod += 10;
	EXPECT_EQ(4, read(p->server, buf, sizeof(buf)));
	EXPECT_EQ(0, read(p->server, buf, sizeof(buf)));
	/* nor is what was read delivered again, or our own index believed */
	page->left.cons = 0;
	EXPECT_EQ(0, read(p->server, buf, sizeof(buf)));
	page->left.cons = 77;
	EXPECT_EQ(0, read(p->server, buf, sizeof(buf)));
	EXPECT_EQ(ISLE_VCHAN_STATE_CLOSED, ep_state(p->server));
	EXPECT_EQ(POLLIN | POLLRDHUP | POLLHUP,
		  poll_now(p->server, POLLIN | POLLRDHUP));
	munmap(page, PAGE);
	ends_close(p);

	/* before the end was seen our own index can be spoilt */
	ASSERT_EQ(0, ends_join(p, 0, 1024, 1024));
	page = ep_map(p->client);
	ASSERT_NE(NULL, page);
	EXPECT_EQ(4, write(p->client, "last", 4));
	close(p->client);
	p->client = -1;
	page->left.cons = 77;
	EXPECT_EQ(-EPROTO, err(read(p->server, buf, sizeof(buf))));
	EXPECT_EQ(-EPROTO, err(read(p->server, buf, sizeof(buf))));
	munmap(page, PAGE);
}

/* The victim: every call, over and over, until the channel has ended */
struct victim {
	int fd;
	unsigned int seed;
	volatile bool stop;
	volatile int calls;
};

static bool allowed(ssize_t ret)
{
	return ret >= 0 || ret == -EAGAIN || ret == -EPIPE || ret == -EPROTO ||
	       ret == -ETIMEDOUT;
}

static int suffer(void *arg)
{
	struct victim *v = arg;
	struct rng rng = { v->seed };
	struct isle_vchan_info info;
	uint8_t *buf = fenced(16);	/* what is beyond it faults */
	int ret, n;

	while (!v->stop) {
		n = 1 + below(&rng, 16 * PAGE);
		switch (below(&rng, 6)) {
		case 0:
			ret = err(write(v->fd, buf + 16 * PAGE - n, n));
			break;
		case 1:
			ret = ep_wait(v->fd, below(&rng, 1024),
				      below(&rng, 1024), 1);
			break;
		case 2:
			ret = ep_info(v->fd, &info);
			if (!ret && (info.data_ready > info.read_size ||
				     info.buffer_space > info.write_size))
				ret = -ERANGE;
			break;
		case 3:
			ret = poll_now(v->fd, POLLIN | POLLOUT);
			break;
		default:
			ret = err(read(v->fd, buf + 16 * PAGE - n, n));
			if (ret > n)
				ret = -ERANGE;
		}
		if (!allowed(ret))
			return ret;
		v->calls++;
	}
	fenced_free(buf, 16);
	return v->calls;
}

static void flip(struct isle_vchan_page *page, struct rng *rng, bool server,
		 bool gently)
{
	static const uint32_t values[] = { 0, 1, 1023, 1024, 1025, 4096, 65536,
					   0x7fffffff, 0x80000000, ~0U };
	enum word word = below(rng, WORDS);
	uint32_t value = rnd(rng);

	switch (below(rng, 3)) {
	case 0:
		value = values[below(rng, ARRAY_SIZE(values))];
		break;
	case 1:		/* what may pass for an index */
		value = page->left.prod + below(rng, 3000) - 1500;
		break;
	}
	/* gently: what does not end the channel at once */
	if (gently && (word == LIVE || word == RD_CONS || word == WR_PROD))
		return;
	if (gently && word <= WR_CONS)
		value = server ? page->left.cons + below(rng, 1024) :
				 page->left.prod - below(rng, 1024);
	set_word(page, server, word, value);
}

TEST_F_TIMEOUT(hostile, flips, TIMEOUT)
{
	static const __u32 sizes[] = { 1024, 2048, 4096, 65536 };
	int i, k, total = rounds(200, 24), calls = 0, ret;
	struct isle_vchan_page *page;
	struct victim v[3];
	struct caller c[3];
	struct ends *p = &self->p;
	struct rng rng = { 42 };

	for (i = 0; i < total; i++) {
		bool server = i & 1;

		ASSERT_EQ(0, ends_join(p, 0, sizes[i / 2 % 4],
				       sizes[i / 8 % 4]));
		page = ep_map(server ? p->client : p->server);
		ASSERT_NE(NULL, page);
		nonblocking(p->server, true);
		nonblocking(p->client, true);
		for (k = 0; k < 3; k++) {
			v[k] = (struct victim) {
				server == (k < 2) ? p->server : p->client,
				i * 3 + k, false, 0,
			};
			ASSERT_EQ(0, caller_start(&c[k], suffer, &v[k]));
		}
		for (k = 0; k < 3000; k++)
			flip(page, &rng, server, k < 2500);
		/* each of them has seen some of it, or has found it wanting */
		for (k = 0; k < 3; k++)
			EXPECT_TRUE(eventually((flip(page, &rng, server, false),
						v[k].calls > 1 || c[k].ended)));
		for (k = 0; k < 3; k++)
			v[k].stop = true;
		for (k = 0; k < 3; k++) {
			ret = caller_ret(&c[k]);
			EXPECT_LE(0, ret);
			calls += ret;
		}
		munmap(page, PAGE);
		ends_close(p);
	}
	EXPECT_LT(total, calls);
}

/* Blocking calls: a page that is spoilt and an event end them */
TEST_F_TIMEOUT(hostile, spoilt_while_waiting, TIMEOUT)
{
	struct isle_vchan_page *page;
	struct ends *p = &self->p;
	struct victim v;
	struct caller c;
	int i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, ends_join(p, 0, 1024, 1024));
		page = ep_map(p->client);
		ASSERT_NE(NULL, page);
		v = (struct victim) { p->server, i, false, 0 };
		ASSERT_EQ(0, caller_start(&c, suffer, &v));
		usleep(5000);
		if (i & 1) {
			/* whichever direction it waits for */
			set_word(page, true, RD_PROD, 0x40000000);
			set_word(page, true, WR_CONS, 0x40000000);
		} else {
			set_word(page, true, LIVE, 9);
		}
		EXPECT_EQ(0, ep_notify(p->client));
		v.stop = true;
		/* it may have been about to sleep: no bit says so any more */
		EXPECT_TRUE(eventually((ep_notify(p->client), c.ended)));
		EXPECT_LE(0, caller_ret(&c));
		munmap(page, PAGE);
		ends_close(p);
	}
}

/* A client by hand, as libxenvchan is */
TEST_F_TIMEOUT(hostile, foreign_client, TIMEOUT)
{
	struct ends *p = &self->p;
	struct foreign f;
	char buf[64] = "";
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, ends_open(p));
		ASSERT_EQ(0, ep_listen(p->server, p->b.id, "port",
				       ISLE_VCHAN_NOWAIT, 0));
		ASSERT_EQ(0, foreign_open(&f, p->b.fd, false));
		ASSERT_EQ(0, foreign_connect(&f, p, "port", true));
		ASSERT_EQ(0, ep_wait(p->server, 0, 0, NEVER));
		EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, ep_state(p->server));
		EXPECT_EQ(-EBUSY, ep_connect(p->client, p->a.id, "port", 0, 0));

		memcpy((char *)f.page + 1024, "hello", 5);
		__atomic_store_n(&f.page->left.prod, 5, __ATOMIC_SEQ_CST);
		EXPECT_EQ(5, read(p->server, buf, sizeof(buf)));
		EXPECT_STREQ("hello", buf);
		EXPECT_EQ(5, f.page->left.cons);
		EXPECT_EQ(3, write(p->server, "you", 3));
		EXPECT_EQ(3, f.page->right.prod);
		EXPECT_EQ(0, memcmp((char *)f.page + 2048, "you", 3));
		/* the byte is cleared, and the event sent, by the last unmap */
		munmap(f.page, PAGE);
		f.page = NULL;
		if (i) {
			close(f.gnt);
			EXPECT_TRUE(eventually(poll_now(p->server, POLLIN)));
			EXPECT_EQ(ISLE_VCHAN_STATE_CLOSED, ep_state(p->server));
			f.gnt = dup(0);
		}
		foreign_close(&f);
		EXPECT_EQ(0, ep_wait(p->server, 1, 0, NEVER));
		EXPECT_EQ(0, read(p->server, buf, 1));
		EXPECT_EQ(-EPIPE, err(write(p->server, buf, 1)));
		ends_close(p);
	}
}

/* It dies: with and without having said what shall happen then */
TEST_F_TIMEOUT(hostile, foreign_client_killed, TIMEOUT)
{
	struct ends *p = &self->p;
	struct foreign f;
	int i, status, pipes[2];
	pid_t pid;
	char c;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, ends_open(p));
		ASSERT_EQ(0, ep_listen(p->server, p->b.id, "port",
				       ISLE_VCHAN_NOWAIT, 0));
		ASSERT_EQ(0, pipe(pipes));
		pid = fork();
		if (pid == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			if (foreign_open(&f, p->b.fd, false) ||
			    foreign_connect(&f, p, "port", i & 1))
				_exit(1);
			memcpy((char *)f.page + 1024, "last", 4);
			__atomic_store_n(&f.page->left.prod, 4,
					 __ATOMIC_SEQ_CST);
			if (write(pipes[1], "x", 1) == 1)
				pause();
			_exit(1);
		}
		close(pipes[1]);
		ASSERT_EQ(1, read(pipes[0], &c, 1));
		close(pipes[0]);
		if (i & 2)
			kill(pid, SIGSTOP);
		kill(pid, SIGKILL);
		EXPECT_EQ(0, ep_wait(p->server, 1024, 0, NEVER));
		EXPECT_EQ(1, read(p->server, &c, 1));
		EXPECT_EQ('l', c);
		EXPECT_EQ(ISLE_VCHAN_STATE_CLOSED, ep_state(p->server));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		ends_close(p);
	}
}

/* One that comes half-way does not keep others out */
TEST_F_TIMEOUT(hostile, half_open, TIMEOUT)
{
	static const __u32 flags[] = { 0, ISLE_VCHAN_PERSISTENT };
	struct ends *p = &self->p;
	struct foreign f;
	int i, ep;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, ends_open(p));
		ASSERT_EQ(0, ep_listen(p->server, p->b.id, "port",
				       ISLE_VCHAN_NOWAIT | flags[i & 1], 0));
		ASSERT_EQ(0, foreign_open(&f, p->b.fd, false));
		ASSERT_EQ(0, foreign_reach(&f, p, "port", i & 2));
		EXPECT_EQ(ISLE_VCHAN_STATE_LISTENING, ep_state(p->server));
		ep = ep_open(p->b.fd);
		EXPECT_EQ(-EBUSY, ep_connect(ep, p->a.id, "port",
					     ISLE_VCHAN_NOWAIT, 0));
		foreign_close(&f);
		EXPECT_EQ(ISLE_VCHAN_STATE_LISTENING, ep_state(p->server));
		EXPECT_TRUE(eventually(!ep_connect(ep, p->a.id, "port",
						   ISLE_VCHAN_NOWAIT, 0)));
		EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, ep_state(p->server));
		EXPECT_EQ(1, write(ep, "x", 1));
		close(ep);
		ends_close(p);
	}
}

TEST_F_TIMEOUT(hostile, foreign_flips, TIMEOUT)
{
	int i, k, total = rounds(60, 10), ret;
	struct ends *p = &self->p;
	struct rng rng = { 7 };
	struct victim v[2];
	struct caller c[2];
	struct foreign f;

	for (i = 0; i < total; i++) {
		ASSERT_EQ(0, ends_open(p));
		ASSERT_EQ(0, ep_listen(p->server, p->b.id, "port",
				       ISLE_VCHAN_NOWAIT, 0));
		ASSERT_EQ(0, foreign_open(&f, p->b.fd, false));
		ASSERT_EQ(0, foreign_connect(&f, p, "port", i & 1));
		for (k = 0; k < 2; k++) {
			v[k] = (struct victim) { p->server, i * 2 + k, false, 0 };
			ASSERT_EQ(0, caller_start(&c[k], suffer, &v[k]));
		}
		for (k = 0; k < 3000; k++) {
			flip(f.page, &rng, true, k < 2000);
			if (k % 64 == 0)
				evtchn_notify(f.evtchn, f.port);
		}
		v[0].stop = true;
		v[1].stop = true;
		/* blocking calls end with the peer at the latest */
		foreign_close(&f);
		for (k = 0; k < 2; k++) {
			ret = caller_ret(&c[k]);
			EXPECT_LE(0, ret);
		}
		ends_close(p);
	}
}

/* Wakes and never says why */
TEST_F_TIMEOUT(hostile, storm, TIMEOUT)
{
	struct ends *p = &self->p, q = { .a = p->a, .b = p->b };
	struct victim v;
	struct caller c;
	char buf[64] = "";
	int i;

	ASSERT_EQ(0, ends_join(p, 0, 1024, 1024));
	q.server = ep_open(q.a.fd);
	q.client = ep_open(q.b.fd);
	ASSERT_EQ(0, ep_listen(q.server, q.b.id, "other", ISLE_VCHAN_NOWAIT, 0));
	ASSERT_EQ(0, ep_connect(q.client, q.a.id, "other", 0, 0));
	v = (struct victim) { p->server, 1, false, 0 };
	nonblocking(p->server, true);
	ASSERT_EQ(0, caller_start(&c, suffer, &v));
	for (i = 0; i < rounds(20000, 1000); i++) {
		ep_notify(p->client);
		if (i % 100 == 0) {
			EXPECT_EQ(10, write(q.client, buf, 10));
			EXPECT_EQ(10, read(q.server, buf, 10));
		}
	}
	v.stop = true;
	EXPECT_LE(0, caller_ret(&c));
	close(q.server);
	close(q.client);
}

TEST_HARNESS_MAIN
