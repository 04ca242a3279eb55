/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: two ends of a channel, of two domains or of one
 *
 * What the tests of its beginning and its end share: the fixture, whose ends
 * are open and not joined; the calls that can wait, as functions for a thread;
 * and what an end says of a peer that has gone.
 */
#ifndef ISLE_SELFTESTS_CHANNEL_PAIR_H
#define ISLE_SELFTESTS_CHANNEL_PAIR_H

#include <kselftest_harness.h>

#include "channel.h"

FIXTURE(pair) {
	struct ends p;
	struct counters start;
};

FIXTURE_VARIANT(pair) {
	bool loopback;
};

FIXTURE_VARIANT_ADD(pair, two_domains) { false };
FIXTURE_VARIANT_ADD(pair, loopback) { true };

FIXTURE_SETUP(pair)
{
	self->start = counters_start();
	ASSERT_EQ(0, ends_domains(&self->p, variant->loopback));
	ASSERT_EQ(0, ends_open(&self->p));
}

FIXTURE_TEARDOWN(pair)
{
	ends_end(&self->p);
	EXPECT_TRUE(counters_are(&self->start));
}

/* Calls that can wait, each on a joined pair or before */
struct waiting {
	int ep;
	__u32 peer;
	const char *port;
	__s64 timeout;
};

static inline int run_listen(void *arg)
{
	struct waiting *w = arg;

	return ep_listen(w->ep, w->peer, w->port, 0, w->timeout);
}

static inline int run_listen_persistent(void *arg)
{
	struct waiting *w = arg;

	return ep_listen(w->ep, w->peer, w->port, ISLE_VCHAN_PERSISTENT,
			 w->timeout);
}

static inline int run_connect(void *arg)
{
	struct waiting *w = arg;

	return ep_connect(w->ep, w->peer, w->port, 0, w->timeout);
}

static inline int run_next(void *arg)
{
	struct waiting *w = arg;

	return ep_next(w->ep, 0, w->timeout);
}

static inline int run_wait(void *arg)
{
	struct waiting *w = arg;

	return ep_wait(w->ep, 1, 0, w->timeout);
}

static inline int run_wait_client(void *arg)
{
	struct waiting *w = arg;

	return ep_wait(w->ep, 0, 0, w->timeout);
}

static inline int run_read(void *arg)
{
	struct waiting *w = arg;
	char buf[64];

	return err(read(w->ep, buf, sizeof(buf)));
}

/* more than fits */
static inline int run_write(void *arg)
{
	static char buf[65536];
	struct waiting *w = arg;

	return err(write(w->ep, buf, sizeof(buf)));
}

static inline int run_poll(void *arg)
{
	struct waiting *w = arg;
	struct pollfd pfd = { .fd = w->ep, .events = POLLIN | POLLRDHUP };
	int ret = poll(&pfd, 1, -1);

	return ret < 0 ? -errno : pfd.revents;
}

static inline struct waiting server_of(struct ends *p)
{
	return (struct waiting) { p->server, p->b.id, "port", NEVER };
}

static inline struct waiting client_of(struct ends *p)
{
	return (struct waiting) { p->client, p->a.id, "port", NEVER };
}

static inline int join_now(struct ends *p, __u32 flags)
{
	int ret = ep_listen(p->server, p->b.id, "port",
			    ISLE_VCHAN_NOWAIT | flags, 0);

	return ret ? ret : ep_connect(p->client, p->a.id, "port",
				      ISLE_VCHAN_NOWAIT, 0);
}

static inline int reopen(struct ends *p)
{
	ends_close(p);
	return ends_open(p);
}

/* What an end says of a peer that has gone */
static inline void expect_gone(struct __test_metadata *_metadata, int ep,
			       const char *pending)
{
	char buf[64] = "";
	size_t len = strlen(pending);

	EXPECT_EQ(POLLIN | POLLRDHUP | POLLHUP,
		  poll_now(ep, POLLIN | POLLOUT | POLLRDHUP));
	EXPECT_EQ(ISLE_VCHAN_STATE_CLOSED, ep_state(ep));
	EXPECT_EQ(-EPIPE, err(write(ep, "x", 1)));
	EXPECT_EQ(0, ep_wait(ep, 1024, 1024, -1));
	if (len) {
		EXPECT_EQ((ssize_t)len, read(ep, buf, sizeof(buf)));
		EXPECT_STREQ(pending, buf);
	}
	EXPECT_EQ(0, read(ep, buf, sizeof(buf)));
	EXPECT_EQ(0, read(ep, buf, sizeof(buf)));
	EXPECT_EQ(-EPIPE, err(write(ep, "x", 1)));
	EXPECT_EQ(0, ep_notify(ep));
}

#endif /* ISLE_SELFTESTS_CHANNEL_PAIR_H */
