// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: how channels end, by the administrator
 *
 * What each end sees, and each call that waits, when the domains are unlinked
 * or one of them is destroyed.
 */
#include "pair.h"

TEST_F_TIMEOUT(pair, unlinked, TIMEOUT)
{
	static int (*const calls[])(void *) = {
		run_listen, run_connect, run_next, run_wait_client,
	};
	struct ends *p = &self->p;
	struct caller c, d;
	struct waiting w, v;
	unsigned int i;

	if (variant->loopback)
		SKIP(return, "a domain cannot be unlinked from itself");
	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, join_now(p, 0));
		EXPECT_EQ(4, write(p->client, "last", 4));
		EXPECT_EQ(5, write(p->server, "words", 5));
		w = server_of(p);
		v = client_of(p);
		ASSERT_EQ(0, caller_start(&c, run_write, &w));
		ASSERT_EQ(0, caller_start(&d, run_write, &v));
		/* they have written what fits */
		ASSERT_EQ(0, ep_wait(p->server, 1024, 0, NEVER));
		ASSERT_EQ(0, ep_wait(p->client, 2048, 0, NEVER));
		ASSERT_EQ(0, dom_unlink(p->ctl, i & 1 ? p->a.id : p->b.id,
					i & 1 ? p->b.id : p->a.id));
		EXPECT_EQ(2048 - 5, caller_ret(&c));
		EXPECT_EQ(1024 - 4, caller_ret(&d));
		EXPECT_EQ(ISLE_VCHAN_STATE_CLOSED, ep_state(p->server));
		EXPECT_EQ(ISLE_VCHAN_STATE_CLOSED, ep_state(p->client));
		EXPECT_EQ(-EPIPE, err(write(p->client, "x", 1)));
		EXPECT_EQ(-EPIPE, err(write(p->server, "x", 1)));
		if (i & 2) {
			/* a new link does not bring it back */
			ASSERT_EQ(0, dom_link(p->ctl, p->a.id, p->b.id));
			EXPECT_EQ(-EPIPE, err(write(p->server, "x", 1)));
		}
		{
			char buf[4096];

			EXPECT_EQ(2048, read(p->client, buf, sizeof(buf)));
			EXPECT_EQ(0, memcmp(buf, "words", 5));
			EXPECT_EQ(0, read(p->client, buf, sizeof(buf)));
			EXPECT_EQ(1024, read(p->server, buf, sizeof(buf)));
			EXPECT_EQ(0, memcmp(buf, "last", 4));
			EXPECT_EQ(0, read(p->server, buf, sizeof(buf)));
		}
		ASSERT_EQ(0, reopen(p));
		if (!(i & 2)) {
			EXPECT_EQ(-EPERM, join_now(p, 0));
			EXPECT_EQ(-EPERM, ep_connect(p->client, p->a.id, "port",
						     0, -1));
			ASSERT_EQ(0, dom_link(p->ctl, p->a.id, p->b.id));
		}
	}
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		w = server_of(p);
		if (i >= 2) {
			ASSERT_EQ(0, ep_listen(p->server, p->b.id, "port",
					       ISLE_VCHAN_NOWAIT |
					       ISLE_VCHAN_PERSISTENT, 0));
		}
		ASSERT_EQ(0, caller_start(&c, calls[i], &w));
		ASSERT_TRUE(eventually(c.begun));
		usleep(10000);
		EXPECT_FALSE(c.ended);
		ASSERT_EQ(0, dom_unlink(p->ctl, p->a.id, p->b.id));
		EXPECT_EQ(i == 3 ? 0 : -EPERM, caller_ret(&c))
			TH_LOG("call %u", i);
		ASSERT_EQ(0, dom_link(p->ctl, p->a.id, p->b.id));
		ASSERT_EQ(0, reopen(p));
	}
}

TEST_F_TIMEOUT(pair, destroyed, TIMEOUT)
{
	static int (*const calls[])(void *) = {
		run_read, run_write, run_wait, run_poll, run_listen,
		run_connect, run_next, run_wait_client,
	};
	struct ends *p = &self->p;
	struct isle_vchan_info info;
	struct caller c;
	struct waiting w;
	unsigned int i;
	char buf[64];

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		if (i < 4) {
			ASSERT_EQ(0, join_now(p, 0));
			EXPECT_EQ(5, write(p->server, "words", 5));
		} else if (i >= 6) {
			ASSERT_EQ(0, ep_listen(p->server, p->b.id, "port",
					       ISLE_VCHAN_NOWAIT |
					       ISLE_VCHAN_PERSISTENT, 0));
		}
		w = server_of(p);
		ASSERT_EQ(0, caller_start(&c, calls[i], &w));
		ASSERT_TRUE(eventually(c.begun));
		if (calls[i] == run_write)
			ASSERT_EQ(0, ep_wait(p->client, 2048, 0, NEVER));
		usleep(10000);
		EXPECT_FALSE(c.ended);
		ASSERT_EQ(0, dom_destroy(p->ctl, p->a.id, 0));
		if (calls[i] == run_poll) {
			EXPECT_EQ(POLLHUP | POLLERR, caller_ret(&c));
		} else if (calls[i] == run_write) {
			EXPECT_EQ(2048 - 5, caller_ret(&c));
		} else {
			EXPECT_EQ(-ENODEV, caller_ret(&c)) TH_LOG("call %u", i);
		}
		EXPECT_EQ(-ENODEV, err(read(p->server, buf, sizeof(buf))));
		EXPECT_EQ(-ENODEV, err(write(p->server, buf, 1)));
		EXPECT_EQ(-ENODEV, ep_wait(p->server, 1, 0, -1));
		EXPECT_EQ(-ENODEV, ep_notify(p->server));
		EXPECT_EQ(-ENODEV, ep_next(p->server, 0, -1));
		EXPECT_EQ(-ENODEV, ep_info(p->server, &info));
		EXPECT_EQ(-ENODEV, ep_listen(p->server, p->b.id, "port", 0, -1));
		EXPECT_EQ(-ENODEV, ep_connect(p->server, p->b.id, "port", 0,
					      -1));
		EXPECT_EQ(POLLHUP | POLLERR, poll_now(p->server, POLLIN));
		EXPECT_EQ(NULL, ep_map(p->server));
		EXPECT_EQ(ENODEV, errno);
		if (!p->loopback && i < 4 && calls[i] != run_write)
			expect_gone(_metadata, p->client, "words");
		ends_close(p);
		close(p->a.fd);
		ASSERT_EQ(0, dom_create(p->ctl, NULL, &p->a));
		if (p->loopback) {
			close(p->b.fd);
			p->b = p->a;
			p->b.fd = dup(p->a.fd);
		} else {
			ASSERT_EQ(0, dom_link(p->ctl, p->a.id, p->b.id));
		}
		ASSERT_EQ(0, ends_open(p));
	}
}

TEST_HARNESS_MAIN
