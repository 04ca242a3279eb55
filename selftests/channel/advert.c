// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: servers made by hand, of whom nothing need be true
 *
 * Adverts and pages that are no channel's, and adverts that never stay as they
 * are.  Who connects is told, and does not wait longer than he said.
 */
#include <kselftest_harness.h>

#include <sys/prctl.h>

#include "foreign.h"

FIXTURE(advert) {
	struct ends p;
	struct counters start;
};

FIXTURE_VARIANT(advert) {
	bool loopback;
};

FIXTURE_VARIANT_ADD(advert, two_domains) { false };
FIXTURE_VARIANT_ADD(advert, loopback) { true };

FIXTURE_SETUP(advert)
{
	self->start = counters_start();
	ASSERT_EQ(0, ends_domains(&self->p, variant->loopback));
}

FIXTURE_TEARDOWN(advert)
{
	ends_end(&self->p);
	EXPECT_TRUE(counters_are(&self->start));
}

/* A server by hand: what it publishes may be anything */
TEST_F_TIMEOUT(advert, foreign_server, TIMEOUT)
{
	struct ends *p = &self->p;
	struct foreign f;
	char buf[16] = "";

	ASSERT_EQ(0, ends_open(p));
	ASSERT_EQ(0, foreign_open(&f, p->a.fd, true));
	ASSERT_EQ(0, foreign_serve(&f, p));
	ASSERT_EQ(0, foreign_advertise(&f, p, "port"));
	ASSERT_EQ(0, ep_connect(p->client, p->a.id, "port", 0, NEVER));
	EXPECT_EQ(1, f.page->cli_live);
	EXPECT_EQ(ISLE_VCHAN_NOTIFY_WRITE, f.page->srv_notify);
	EXPECT_EQ(2, write(p->client, "hi", 2));
	EXPECT_EQ(2, f.page->left.prod);
	EXPECT_EQ(0, memcmp((char *)f.page + 1024, "hi", 2));
	memcpy((char *)f.page + 2048, "ho", 2);
	__atomic_store_n(&f.page->right.prod, 2, __ATOMIC_SEQ_CST);
	EXPECT_EQ(2, read(p->client, buf, sizeof(buf)));
	EXPECT_STREQ("ho", buf);
	foreign_close(&f);
	EXPECT_EQ(0, ep_wait(p->client, 1, 0, NEVER));
	EXPECT_EQ(0, read(p->client, buf, sizeof(buf)));
	ends_close(p);

	/* its advert is what it has left behind */
	ASSERT_EQ(0, ends_open(p));
	EXPECT_EQ(-ECONNREFUSED, ep_connect(p->client, p->a.id, "port", 0, -1));
	EXPECT_EQ(-ECONNREFUSED, ep_connect(p->client, p->a.id, "port",
					    ISLE_VCHAN_NOWAIT, 0));
	/* and in nobody's way */
	EXPECT_EQ(0, ep_listen(p->server, p->b.id, "port", ISLE_VCHAN_NOWAIT,
			       0));
	EXPECT_EQ(0, ep_connect(p->client, p->a.id, "port", 0, NEVER));
}

TEST_F_TIMEOUT(advert, bad_pages, TIMEOUT)
{
	static const struct {
		uint16_t left, right;
		uint8_t cli_live, srv_live;
		uint32_t first;		/* reference */
		int expected;
	} cases[] = {
		{ 0, 0, 2, 1, 0, -EPROTO },
		{ 9, 11, 2, 1, 0, -EPROTO },
		{ 10, 10, 2, 1, 0, -EPROTO },
		{ 11, 11, 2, 1, 0, -EPROTO },
		{ 10, 21, 2, 1, 0, -EPROTO },
		{ 21, 10, 2, 1, 0, -EPROTO },
		{ 0xffff, 10, 2, 1, 0, -EPROTO },
		{ 10, 0x8000, 2, 1, 0, -EPROTO },
		{ 10, 43, 2, 1, 0, -EPROTO },
		{ 12, 11, 2, 1, 0, -EPROTO },
		{ 12, 11, 2, 1, ~0U, -EPROTO },
		{ 20, 20, 2, 1, 1U << 31, -EPROTO },
		{ 10, 11, 1, 1, 0, -EBUSY },
		{ 10, 11, 3, 1, 0, -EPROTO },
		{ 10, 11, 255, 1, 0, -EPROTO },
		{ 10, 11, 2, 0, 0, -EBUSY },
		{ 10, 11, 2, 2, 0, -EPROTO },
		{ 10, 11, 2, 200, 0, -EPROTO },
		{ 10, 11, 0, 1, 0, 0 },
		{ 11, 10, 2, 1, 0, 0 },
	};
	struct ends *p = &self->p;
	unsigned int i;
	struct foreign f;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		ASSERT_EQ(0, ends_open(p));
		ASSERT_EQ(0, foreign_open(&f, p->a.fd, true));
		ASSERT_EQ(0, foreign_serve(&f, p));
		ASSERT_EQ(0, foreign_advertise(&f, p, "port"));
		f.page->left_order = cases[i].left;
		f.page->right_order = cases[i].right;
		f.page->cli_live = cases[i].cli_live;
		f.page->srv_live = cases[i].srv_live;
		((uint32_t *)(f.page + 1))[0] = cases[i].first;
		EXPECT_EQ(cases[i].expected,
			  ep_connect(p->client, p->a.id, "port",
				     ISLE_VCHAN_NOWAIT, 0))
			TH_LOG("case %u", i);
		EXPECT_EQ(cases[i].expected ? ISLE_VCHAN_STATE_IDLE :
			  ISLE_VCHAN_STATE_CONNECTED, ep_state(p->client));
		foreign_close(&f);
		ends_close(p);
	}
}

TEST_F_TIMEOUT(advert, bad_adverts, TIMEOUT)
{
	static const char *const bad[] = {
		"", "0", "-1", "x", "1x", " 1", "0x10", "4294967296",
		"99999999999999999999", "12345678901", "1 2", "2147483647",
	};
	struct ends *p = &self->p;
	struct foreign f;
	unsigned int i;
	char good[16];

	ASSERT_EQ(0, ends_open(p));
	ASSERT_EQ(0, foreign_open(&f, p->a.fd, true));
	ASSERT_EQ(0, foreign_serve(&f, p));
	EXPECT_EQ(-ENOENT, ep_connect(p->client, p->a.id, "port",
				      ISLE_VCHAN_NOWAIT, 0));
	/* half an advert is none */
	sprintf(good, "%u", f.ref);
	ASSERT_EQ(0, advert_write(f.xs, p->a.id, p->b.id, "port", "/ring-ref",
				  good, strlen(good)));
	EXPECT_EQ(-ENOENT, ep_connect(p->client, p->a.id, "port",
				      ISLE_VCHAN_NOWAIT, 0));
	EXPECT_EQ(-ETIMEDOUT, ep_connect(p->client, p->a.id, "port", 0, SHORT));
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		ASSERT_EQ(0, foreign_advertise(&f, p, "port"));
		ASSERT_EQ(0, advert_write(f.xs, p->a.id, p->b.id, "port",
					  "/ring-ref", bad[i], strlen(bad[i])));
		EXPECT_EQ(-ECONNREFUSED, ep_connect(p->client, p->a.id, "port",
						    0, -1))
			TH_LOG("ring-ref '%s'", bad[i]);
		ASSERT_EQ(0, foreign_advertise(&f, p, "port"));
		ASSERT_EQ(0, advert_write(f.xs, p->a.id, p->b.id, "port",
					  "/event-channel", bad[i],
					  strlen(bad[i])));
		/* a number, but of no port: it might have a client */
		EXPECT_EQ(i + 1 < ARRAY_SIZE(bad) ? -ECONNREFUSED : -EBUSY,
			  ep_connect(p->client, p->a.id, "port", 0, -1))
			TH_LOG("event-channel '%s'", bad[i]);
	}
	ASSERT_EQ(0, advert_write(f.xs, p->a.id, p->b.id, "port", "/ring-ref",
				  "1\0002", 3));
	EXPECT_EQ(-ECONNREFUSED, ep_connect(p->client, p->a.id, "port", 0, -1));
	/* the whole one, while somebody waits for it */
	ASSERT_EQ(0, advert_remove(f.xs, p->a.id, p->b.id, "port"));
	EXPECT_EQ(-ENOENT, ep_connect(p->client, p->a.id, "port",
				      ISLE_VCHAN_NOWAIT, 0));
	ASSERT_EQ(0, foreign_advertise(&f, p, "port"));
	EXPECT_EQ(0, ep_connect(p->client, p->a.id, "port", 0, NEVER));
	foreign_close(&f);
}

struct player {
	struct ends *p;
	struct foreign f;
	bool stop;		/* atomic */
	unsigned long turns;	/* atomic */
};

/* Says something new all the time, none of which is a whole advert */
static int play(void *arg)
{
	struct player *l = arg;
	struct ends *p = l->p;
	int ret = 0;

	while (!ret && !__atomic_load_n(&l->stop, __ATOMIC_RELAXED)) {
		ret = advert_write(l->f.xs, p->a.id, p->b.id, "port", "/ring-ref",
				   "8", 1);
		if (!ret)
			ret = advert_remove(l->f.xs, p->a.id, p->b.id, "port");
		__atomic_add_fetch(&l->turns, 1, __ATOMIC_RELAXED);
	}
	return ret;
}

static int connect_for_ever(void *arg)
{
	struct ends *p = arg;

	return ep_connect(p->client, p->a.id, "port", 0, -1);
}

static void ignore(int sig)
{
	(void)sig;
}

/* There is always something new to look at, and all the same an end */
TEST_F_TIMEOUT(advert, that_never_rests, TIMEOUT)
{
	struct sigaction action = { .sa_handler = ignore };
	struct player l = { .p = &self->p };
	struct ends *p = &self->p;
	struct caller player, c;
	unsigned long turns;
	int i, status;
	pid_t pid;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, ends_open(p));
	ASSERT_EQ(0, foreign_open(&l.f, p->a.fd, true));
	ASSERT_EQ(0, caller_start(&player, play, &l));
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(-ETIMEDOUT, ep_connect(p->client, p->a.id, "port", 0, SHORT));
		EXPECT_EQ(-ENOENT, ep_connect(p->client, p->a.id, "port",
					      ISLE_VCHAN_NOWAIT, 0));
	}
	ASSERT_EQ(0, caller_start(&c, connect_for_ever, p));
	ASSERT_TRUE(eventually(c.begun));
	/* while it waits the player goes on */
	turns = __atomic_load_n(&l.turns, __ATOMIC_RELAXED);
	ASSERT_TRUE(eventually(__atomic_load_n(&l.turns, __ATOMIC_RELAXED) > turns + 10));
	EXPECT_TRUE(eventually((pthread_kill(c.thread, SIGUSR1), c.ended)));
	EXPECT_EQ(-EINTR, caller_ret(&c));
	pid = fork();
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(connect_for_ever(p) < 0);
	}
	turns = __atomic_load_n(&l.turns, __ATOMIC_RELAXED);
	ASSERT_TRUE(eventually(__atomic_load_n(&l.turns, __ATOMIC_RELAXED) > turns + 10));
	kill(pid, SIGKILL);
	ASSERT_TRUE(eventually(waitpid(pid, &status, WNOHANG) == pid));
	EXPECT_TRUE(WIFSIGNALED(status));
	__atomic_store_n(&l.stop, true, __ATOMIC_RELAXED);
	EXPECT_EQ(0, caller_ret(&player));
	/* a whole one, after all */
	ASSERT_EQ(0, foreign_serve(&l.f, p));
	ASSERT_EQ(0, foreign_advertise(&l.f, p, "port"));
	EXPECT_EQ(0, ep_connect(p->client, p->a.id, "port", 0, NEVER));
	foreign_close(&l.f);
}

TEST_HARNESS_MAIN
