// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: how channels end, by their two sides
 *
 * What each end sees when the other one closes, is killed or stops, and servers
 * that take one client after the other.
 */
#include <sys/prctl.h>

#include "pair.h"

TEST_F_TIMEOUT(pair, close_after_data, TIMEOUT)
{
	int i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, join_now(&self->p, 0));
		if (i & 1) {
			EXPECT_EQ(4, write(self->p.client, "last", 4));
			EXPECT_EQ(5, write(self->p.server, "words", 5));
		}
		if (i & 2) {
			close(self->p.server);
			self->p.server = -1;
			expect_gone(_metadata, self->p.client,
				    i & 1 ? "words" : "");
		} else {
			close(self->p.client);
			self->p.client = -1;
			expect_gone(_metadata, self->p.server,
				    i & 1 ? "last" : "");
		}
		ASSERT_EQ(0, reopen(&self->p));
	}
}

/* Each call that can wait ends when the other side closes */
TEST_F_TIMEOUT(pair, close_wakes, TIMEOUT)
{
	static int (*const calls[])(void *) = {
		run_read, run_write, run_wait, run_poll,
	};
	const int expected[2][4] = {
		/* the server's peer closes, the client's: space is 1024, 2048 */
		{ 0, 2048, 0, POLLIN | POLLHUP | POLLRDHUP },
		{ 0, 1024, 0, POLLIN | POLLHUP | POLLRDHUP },
	};
	struct caller c;
	unsigned int i;
	int side;

	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		for (side = 0; side < 2; side++) {
			struct waiting w;
			int peer;

			ASSERT_EQ(0, join_now(&self->p, 0));
			w = side ? client_of(&self->p) : server_of(&self->p);
			ASSERT_EQ(0, caller_start(&c, calls[i], &w));
			ASSERT_TRUE(eventually(c.begun));
			peer = side ? self->p.server : self->p.client;
			if (calls[i] == run_write)
				ASSERT_EQ(0, ep_wait(peer, side ? 1024 : 2048,
						     0, NEVER));
			usleep(10000);
			EXPECT_FALSE(c.ended);
			if (side) {
				close(self->p.server);
				self->p.server = -1;
			} else {
				close(self->p.client);
				self->p.client = -1;
			}
			EXPECT_EQ(expected[side][i], caller_ret(&c))
				TH_LOG("call %u, side %d", i, side);
			ASSERT_EQ(0, reopen(&self->p));
		}
	}
}

/* Closing an endpoint that was duplicated, passed on, mapped */
TEST_F_TIMEOUT(pair, last_close_counts, TIMEOUT)
{
	struct isle_vchan_page *page;
	int copy, status;
	pid_t pid;

	ASSERT_EQ(0, join_now(&self->p, 0));
	copy = dup(self->p.server);
	page = ep_map(self->p.server);
	ASSERT_NE(NULL, page);
	close(self->p.server);
	EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, ep_state(self->p.client));
	pid = fork();
	if (pid == 0) {
		/* a mapping is no end */
		close(copy);
		pause();
	}
	close(copy);
	EXPECT_TRUE(eventually(ep_state(self->p.client) ==
			       ISLE_VCHAN_STATE_CLOSED));
	EXPECT_EQ(ISLE_VCHAN_EXITED, page->srv_live);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	self->p.server = -1;
	munmap(page, PAGE);
}

/* The other side is a process that is killed; it did @what before */
static pid_t child(struct ends *p, bool serves, int what, int *ready)
{
	int pipes[2];
	pid_t pid;

	if (pipe(pipes))
		return -1;
	pid = fork();
	if (pid == 0) {
		int ep, ret;

		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* what is inherited would keep the other ends open */
		ends_close(p);
		ep = ep_open(serves ? p->a.fd : p->b.fd);
		ret = serves ? ep_listen(ep, p->b.id, "port", 0, NEVER) :
			       ep_connect(ep, p->a.id, "port", 0, NEVER);
		if (ret || (what && write(ep, "last", 4) != 4))
			_exit(1);
		ret = write(pipes[1], "x", 1);
		for (;;) {
			char buf[65536] = "";

			if (what == 2)
				ret = write(ep, buf, sizeof(buf));
			else
				ret = read(ep, buf, sizeof(buf));
			if (ret <= 0)
				pause();
		}
	}
	close(pipes[1]);
	*ready = pipes[0];
	return pid;
}

TEST_F_TIMEOUT(pair, killed, TIMEOUT)
{
	int i, what, ready, status, ep;
	char buf[65536];
	ssize_t n;
	pid_t pid;
	char c;

	for (i = 0; i < 6; i++) {
		bool serves = i & 1;
		struct waiting w;
		struct caller poller;

		what = i / 2;
		pid = child(&self->p, serves, what, &ready);
		ASSERT_LT(0, pid);
		ep = serves ? self->p.client : self->p.server;
		if (serves) {
			ASSERT_EQ(0, ep_connect(ep, self->p.a.id, "port", 0,
						NEVER));
		} else {
			ASSERT_EQ(0, ep_listen(ep, self->p.b.id, "port", 0,
					       NEVER));
		}
		ASSERT_EQ(1, read(ready, &c, 1));
		close(ready);
		w = (struct waiting) { .ep = ep, .timeout = -1 };
		ASSERT_EQ(0, caller_start(&poller, what ? run_read : run_poll,
					  &w));
		kill(pid, what == 1 ? SIGSTOP : SIGCONT);
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		if (what) {
			EXPECT_LT(0, caller_ret(&poller));
		} else {
			EXPECT_EQ(POLLIN | POLLHUP | POLLRDHUP,
				  caller_ret(&poller));
		}
		while ((n = read(ep, buf, sizeof(buf))) > 0)
			;
		EXPECT_EQ(0, n);
		EXPECT_EQ(-EPIPE, err(write(ep, "x", 1)));
		ASSERT_EQ(0, reopen(&self->p));
	}
}

/* Killed before anybody came: the name is free again */
TEST_F_TIMEOUT(pair, killed_while_joining, TIMEOUT)
{
	int ready, status, i;
	pid_t pid;

	for (i = 0; i < 2; i++) {
		pid = child(&self->p, i == 0, 0, &ready);
		ASSERT_LT(0, pid);
		ASSERT_TRUE(eventually(asleep(pid, pid)));
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		close(ready);
		EXPECT_EQ(-ENOENT, ep_connect(self->p.client, self->p.a.id,
					      "port", ISLE_VCHAN_NOWAIT, 0));
		EXPECT_EQ(0, join_now(&self->p, 0));
		ASSERT_EQ(0, reopen(&self->p));
	}
}

/* A stopped peer, and a kill of who waits for it */
TEST_F_TIMEOUT(pair, stopped_peer, TIMEOUT)
{
	static int (*const calls[])(void *) = {
		run_read, run_write, run_wait, run_poll,
	};
	int ready, status;
	pid_t peer, pid;
	unsigned int i;
	char c;

	peer = child(&self->p, false, 0, &ready);
	ASSERT_LT(0, peer);
	ASSERT_EQ(0, ep_listen(self->p.server, self->p.b.id, "port", 0, NEVER));
	ASSERT_EQ(1, read(ready, &c, 1));
	kill(peer, SIGSTOP);
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		struct waiting w = { .ep = self->p.server, .timeout = -1 };

		pid = fork();
		if (pid == 0)
			_exit(calls[i](&w) < 0);
		ASSERT_TRUE(eventually(asleep(pid, pid)));
		kill(pid, SIGKILL);
		ASSERT_TRUE(eventually(waitpid(pid, &status, WNOHANG) == pid));
		EXPECT_TRUE(WIFSIGNALED(status)) TH_LOG("call %u", i);
	}
	kill(peer, SIGKILL);
	ASSERT_EQ(peer, waitpid(peer, &status, 0));
	close(ready);
}

TEST_F_TIMEOUT(pair, persistent, TIMEOUT)
{
	struct isle_vchan_page *old = NULL, *page;
	struct ends *p = &self->p;
	struct caller c;
	struct waiting w;
	char buf[64];
	int i;

	ASSERT_EQ(0, join_now(p, ISLE_VCHAN_PERSISTENT));
	for (i = 0; i < 12; i++) {
		EXPECT_EQ(-EISCONN, ep_next(p->server, ISLE_VCHAN_NOWAIT, 0));
		EXPECT_EQ(2, write(p->client, "ab", 2));
		/* what nobody reads is not for the next one */
		EXPECT_EQ(6, write(p->server, "secret", 6));
		page = ep_map(p->server);
		ASSERT_NE(NULL, page);
		if (old) {
			EXPECT_NE(old->srv_live, page->srv_live)
				TH_LOG("the same page");
			munmap(old, PAGE);
		}
		old = page;
		close(p->client);
		p->client = ep_open(p->b.fd);
		ASSERT_LE(0, p->client);
		EXPECT_EQ(POLLIN | POLLHUP | POLLRDHUP,
			  poll_now(p->server, POLLIN | POLLRDHUP));
		/* not before the server has said so */
		EXPECT_EQ(-EBUSY, ep_connect(p->client, p->a.id, "port",
					     ISLE_VCHAN_NOWAIT, 0));
		if (i & 1)
			EXPECT_EQ(2, read(p->server, buf, sizeof(buf)));
		if (i & 2) {
			/* who waits for the server comes in then */
			w = client_of(p);
			ASSERT_EQ(0, caller_start(&c, run_connect, &w));
			ASSERT_TRUE(eventually(c.begun));
			if (i & 4)
				usleep(10000);
			EXPECT_EQ(0, ep_next(p->server, 0, NEVER));
			EXPECT_EQ(0, caller_ret(&c));
		} else {
			EXPECT_EQ(-ETIMEDOUT, ep_next(p->server, 0, SHORT));
			EXPECT_EQ(ISLE_VCHAN_STATE_LISTENING,
				  ep_state(p->server));
			EXPECT_EQ(0, ep_next(p->server, ISLE_VCHAN_NOWAIT, 0));
			EXPECT_EQ(0, ep_connect(p->client, p->a.id, "port",
						ISLE_VCHAN_NOWAIT, 0));
		}
		EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, ep_state(p->server));
		EXPECT_EQ(-EAGAIN, ep_wait(p->client, 1, 0, 0));
		EXPECT_EQ(-EAGAIN, ep_wait(p->server, 1, 0, 0));
	}
	munmap(old, PAGE);
	/* a server that closes is no more */
	close(p->server);
	p->server = -1;
	close(p->client);
	p->client = ep_open(p->b.fd);
	EXPECT_EQ(-ENOENT, ep_connect(p->client, p->a.id, "port",
				      ISLE_VCHAN_NOWAIT, 0));
}

TEST_HARNESS_MAIN
