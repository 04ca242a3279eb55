// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: how channels begin and end
 *
 * Both orders of listening and connecting, every errno of them, what each end
 * sees when the other one closes, dies, is unlinked or destroyed, and servers
 * that take one client after the other.
 */
#include <kselftest_harness.h>

#include <sys/prctl.h>

#include "channel.h"

FIXTURE(life) {
	struct ends p;
	struct counters start;
};

FIXTURE_VARIANT(life) {
	bool loopback;
};

FIXTURE_VARIANT_ADD(life, two_domains) { false };
FIXTURE_VARIANT_ADD(life, loopback) { true };

FIXTURE_SETUP(life)
{
	self->start = counters_start();
	ASSERT_EQ(0, ends_domains(&self->p, variant->loopback));
	ASSERT_EQ(0, ends_open(&self->p));
}

FIXTURE_TEARDOWN(life)
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

static int run_listen(void *arg)
{
	struct waiting *w = arg;

	return ep_listen(w->ep, w->peer, w->port, 0, w->timeout);
}

static int run_listen_persistent(void *arg)
{
	struct waiting *w = arg;

	return ep_listen(w->ep, w->peer, w->port, ISLE_VCHAN_PERSISTENT,
			 w->timeout);
}

static int run_connect(void *arg)
{
	struct waiting *w = arg;

	return ep_connect(w->ep, w->peer, w->port, 0, w->timeout);
}

static int run_next(void *arg)
{
	struct waiting *w = arg;

	return ep_next(w->ep, 0, w->timeout);
}

static int run_wait(void *arg)
{
	struct waiting *w = arg;

	return ep_wait(w->ep, 1, 0, w->timeout);
}

static int run_wait_client(void *arg)
{
	struct waiting *w = arg;

	return ep_wait(w->ep, 0, 0, w->timeout);
}

static int run_read(void *arg)
{
	struct waiting *w = arg;
	char buf[64];

	return err(read(w->ep, buf, sizeof(buf)));
}

/* more than fits */
static int run_write(void *arg)
{
	static char buf[65536];
	struct waiting *w = arg;

	return err(write(w->ep, buf, sizeof(buf)));
}

static int run_poll(void *arg)
{
	struct waiting *w = arg;
	struct pollfd pfd = { .fd = w->ep, .events = POLLIN | POLLRDHUP };
	int ret = poll(&pfd, 1, -1);

	return ret < 0 ? -errno : pfd.revents;
}

static struct waiting server_of(struct ends *p)
{
	return (struct waiting) { p->server, p->b.id, "port", NEVER };
}

static struct waiting client_of(struct ends *p)
{
	return (struct waiting) { p->client, p->a.id, "port", NEVER };
}

static int join_now(struct ends *p, __u32 flags)
{
	int ret = ep_listen(p->server, p->b.id, "port",
			    ISLE_VCHAN_NOWAIT | flags, 0);

	return ret ? ret : ep_connect(p->client, p->a.id, "port",
				      ISLE_VCHAN_NOWAIT, 0);
}

static int reopen(struct ends *p)
{
	ends_close(p);
	return ends_open(p);
}

TEST_F_TIMEOUT(life, idle, TIMEOUT)
{
	struct isle_vchan_info info, zero = { .size = sizeof(zero) };
	int ep = self->p.server;
	char c = 0;

	EXPECT_EQ(-ENOTCONN, err(read(ep, &c, 1)));
	EXPECT_EQ(-ENOTCONN, err(write(ep, &c, 1)));
	EXPECT_EQ(-ENOTCONN, ep_wait(ep, 1, 0, 0));
	EXPECT_EQ(-ENOTCONN, ep_wait(ep, 0, 0, -1));
	EXPECT_EQ(-ENOTCONN, ep_notify(ep));
	EXPECT_EQ(-ENOTCONN, ep_next(ep, 0, 0));
	EXPECT_EQ(0, ep_info(ep, &info));
	EXPECT_EQ(0, memcmp(&zero, &info, sizeof(info)));
	EXPECT_EQ(0, poll_now(ep, POLLIN | POLLOUT | POLLRDHUP));
	EXPECT_EQ(NULL, ep_map(ep));
	EXPECT_EQ(ENOTCONN, errno);
	EXPECT_EQ(-ESPIPE, err(lseek(ep, 0, SEEK_SET)));
	EXPECT_EQ(-ESPIPE, err(pread(ep, &c, 1, 0)));
	EXPECT_EQ(-ENOTTY, call(ep, ISLE_DOMAIN_INFO, &info));
}

TEST_F_TIMEOUT(life, server_first, TIMEOUT)
{
	struct waiting w = server_of(&self->p);
	struct isle_vchan_info info;
	struct caller c;
	char buf[8] = "";

	ASSERT_EQ(0, caller_start(&c, run_listen, &w));
	ASSERT_TRUE(eventually(ep_state(self->p.server) ==
			       ISLE_VCHAN_STATE_LISTENING));
	EXPECT_EQ(0, poll_now(self->p.server, POLLIN | POLLOUT));
	EXPECT_FALSE(c.ended);
	EXPECT_EQ(0, ep_connect(self->p.client, self->p.a.id, "port", 0, 0));
	EXPECT_EQ(0, caller_ret(&c));

	ASSERT_EQ(0, ep_info(self->p.server, &info));
	EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, info.state);
	EXPECT_EQ(1, info.server);
	EXPECT_EQ(self->p.b.id, info.peer);
	EXPECT_EQ(1024, info.read_size);
	EXPECT_EQ(2048, info.write_size);
	EXPECT_EQ(0, info.data_ready);
	EXPECT_EQ(2048, info.buffer_space);
	EXPECT_EQ(0, info.read_offset);
	EXPECT_EQ(0, info.write_offset);
	EXPECT_STREQ("port", info.port);
	EXPECT_TRUE(all_bytes(info.port + 4, 0, sizeof(info.port) - 4));
	ASSERT_EQ(0, ep_info(self->p.client, &info));
	EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, info.state);
	EXPECT_EQ(0, info.server);
	EXPECT_EQ(self->p.a.id, info.peer);
	EXPECT_EQ(2048, info.read_size);
	EXPECT_EQ(1024, info.write_size);
	EXPECT_STREQ("port", info.port);

	EXPECT_EQ(5, write(self->p.client, "hello", 5));
	EXPECT_EQ(5, read(self->p.server, buf, sizeof(buf)));
	EXPECT_STREQ("hello", buf);
	EXPECT_EQ(2, write(self->p.server, "ho", 2));
	EXPECT_EQ(POLLIN | POLLOUT, poll_now(self->p.client, POLLIN | POLLOUT));
	EXPECT_EQ(2, read(self->p.client, buf, sizeof(buf)));
	EXPECT_EQ(POLLOUT, poll_now(self->p.client, POLLIN | POLLOUT));
}

TEST_F_TIMEOUT(life, client_first, TIMEOUT)
{
	struct waiting w = client_of(&self->p);
	struct caller c;
	int i, other;

	for (i = 0; i < 10; i++) {
		ASSERT_EQ(0, caller_start(&c, run_connect, &w));
		ASSERT_TRUE(eventually(c.begun));
		if (i & 1)
			usleep(20000);
		EXPECT_FALSE(c.ended);
		EXPECT_EQ(ISLE_VCHAN_STATE_IDLE, ep_state(self->p.client));
		/* somebody else's advert does not concern it */
		other = ep_open(self->p.a.fd);
		ASSERT_LE(0, other);
		EXPECT_EQ(0, ep_listen(other, self->p.b.id, "port2",
				       ISLE_VCHAN_NOWAIT, 0));
		EXPECT_EQ(0, ep_listen(self->p.server, self->p.b.id, "port", 0,
				       NEVER));
		EXPECT_EQ(0, caller_ret(&c));
		EXPECT_EQ(ISLE_VCHAN_STATE_LISTENING, ep_state(other));
		close(other);
		ASSERT_EQ(0, reopen(&self->p));
		w = client_of(&self->p);
	}
}

TEST_F_TIMEOUT(life, nobody_comes, TIMEOUT)
{
	static const __s64 timeouts[] = { 0, 1, SHORT };
	int ep = self->p.server;
	unsigned int i;
	double begin;

	for (i = 0; i < ARRAY_SIZE(timeouts); i++) {
		begin = now();
		EXPECT_EQ(-ETIMEDOUT, ep_listen(ep, self->p.b.id, "port", 0,
						timeouts[i]));
		EXPECT_EQ(ISLE_VCHAN_STATE_IDLE, ep_state(ep));
		EXPECT_EQ(-ETIMEDOUT, ep_connect(ep, self->p.b.id, "port", 0,
						 timeouts[i]));
		EXPECT_LE(2 * timeouts[i] / 1e9, now() - begin);
		EXPECT_EQ(ISLE_VCHAN_STATE_IDLE, ep_state(ep));
		EXPECT_EQ(-ENOENT, ep_connect(self->p.client, self->p.a.id,
					      "port", ISLE_VCHAN_NOWAIT, 0));
	}
	/* nothing is left of that */
	EXPECT_EQ(0, join_now(&self->p, 0));
	EXPECT_EQ(-EAGAIN, ep_wait(ep, 1, 0, 0));
	EXPECT_EQ(-ETIMEDOUT, ep_wait(ep, 1, 0, SHORT));
	EXPECT_EQ(0, ep_wait(ep, 1, 1, -1));
}

TEST_F_TIMEOUT(life, refused, TIMEOUT)
{
	struct isle_vchan_connect connect = { .size = sizeof(connect) };
	struct isle_vchan_listen listen = { .size = sizeof(listen) };
	static const char *const bad[] = {
		"", "a/b", "a b", "a.b", "..", "\xc3\xa9", "a\n", "a@b",
		"0123456789012345678901234567890123456789012345678901234567890123",
	};
	static const __u32 ids[] = { 0, 0x7ff0, 0x7fff, 0xffff, 0x10000, ~0U };
	static const __u32 sizes[] = { 0, (1 << 20) + 1, 1U << 31, ~0U };
	struct ends *p = &self->p;
	struct dom stranger;
	unsigned int i;
	int other;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, ep_listen(p->server, p->b.id, bad[i],
					     ISLE_VCHAN_NOWAIT, 0))
			TH_LOG("'%s'", bad[i]);
		EXPECT_EQ(-EINVAL, ep_connect(p->client, p->a.id, bad[i],
					      ISLE_VCHAN_NOWAIT, 0));
	}
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		__u32 one = 1, size = sizes[i];

		EXPECT_EQ(-EINVAL, ep_listen_sizes(p->server, p->b.id, "port",
						   ISLE_VCHAN_NOWAIT, 0, &one,
						   &size));
		EXPECT_EQ(-EINVAL, ep_listen_sizes(p->server, p->b.id, "port",
						   ISLE_VCHAN_NOWAIT, 0, &size,
						   &one));
	}
	ASSERT_EQ(0, dom_create(p->ctl, NULL, &stranger));
	for (i = 0; i <= ARRAY_SIZE(ids); i++) {
		__u32 id = i ? ids[i - 1] : stranger.id;

		EXPECT_EQ(-EPERM, ep_listen(p->server, id, "port",
					    ISLE_VCHAN_NOWAIT, 0));
		EXPECT_EQ(-EPERM, ep_connect(p->client, id, "port", 0, -1));
	}
	close(stranger.fd);
	EXPECT_EQ(-EINVAL, ep_listen(p->server, p->b.id, "port", 4, 0));
	EXPECT_EQ(-EINVAL, ep_connect(p->client, p->a.id, "port",
				      ISLE_VCHAN_PERSISTENT, 0));
	listen.reserved = 1;
	listen.read_size = 1;
	listen.write_size = 1;
	strcpy(listen.port, "port");
	EXPECT_EQ(-EINVAL, call(p->server, ISLE_VCHAN_LISTEN, &listen));
	listen.reserved = 0;
	strcpy(listen.port + 10, "garbage");
	EXPECT_EQ(-EINVAL, call(p->server, ISLE_VCHAN_LISTEN, &listen));
	connect.reserved = 1;
	strcpy(connect.port, "port");
	EXPECT_EQ(-EINVAL, call(p->client, ISLE_VCHAN_CONNECT, &connect));

	ASSERT_EQ(0, ep_listen(p->server, p->b.id, "port", ISLE_VCHAN_NOWAIT,
			       0));
	other = ep_open(p->a.fd);
	ASSERT_LE(0, other);
	EXPECT_EQ(-EADDRINUSE, ep_listen(other, p->b.id, "port",
					 ISLE_VCHAN_NOWAIT, 0));
	EXPECT_EQ(-EISCONN, ep_listen(p->server, p->b.id, "port2",
				      ISLE_VCHAN_NOWAIT, 0));
	EXPECT_EQ(-EISCONN, ep_connect(p->server, p->b.id, "port2",
				       ISLE_VCHAN_NOWAIT, 0));
	EXPECT_EQ(-EINVAL, ep_next(p->server, ISLE_VCHAN_NOWAIT, 0));
	ASSERT_EQ(0, ep_connect(p->client, p->a.id, "port", 0, 0));
	EXPECT_EQ(-EISCONN, ep_connect(p->client, p->a.id, "port", 0, 0));
	close(other);
	other = ep_open(p->b.fd);
	ASSERT_LE(0, other);
	EXPECT_EQ(-EBUSY, ep_connect(other, p->a.id, "port", 0, -1));
	EXPECT_EQ(-EBUSY, ep_connect(other, p->a.id, "port", ISLE_VCHAN_NOWAIT,
				     0));
	EXPECT_EQ(ISLE_VCHAN_STATE_IDLE, ep_state(other));
	EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, ep_state(p->server));
	close(other);
	EXPECT_EQ(-EINVAL, ep_wait(p->server, 1025, 0, 0));
	EXPECT_EQ(-EINVAL, ep_wait(p->server, 0, 2049, 0));
	EXPECT_EQ(-EINVAL, ep_next(p->client, 0, 0));
}

/*
 * A client that could not be told of the server it has got would have come and
 * gone, and the server be spent: nothing has to be told.  And what fails before
 * leaves the server as it was.
 */
TEST_F_TIMEOUT(life, connect_from_odd_memory, TIMEOUT)
{
	struct isle_vchan_connect *arg;
	struct ends *p = &self->p;

	arg = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, arg);
	arg->size = sizeof(*arg);
	arg->flags = ISLE_VCHAN_NOWAIT;
	arg->server = p->a.id;
	put_port(arg->port, "port");
	ASSERT_EQ(0, ep_listen(p->server, p->b.id, "port", ISLE_VCHAN_NOWAIT,
			       0));
	ASSERT_EQ(0, mprotect(arg, PAGE, PROT_NONE));
	EXPECT_EQ(-EFAULT, call(p->client, ISLE_VCHAN_CONNECT, arg));
	EXPECT_EQ(ISLE_VCHAN_STATE_LISTENING, ep_state(p->server));
	EXPECT_EQ(ISLE_VCHAN_STATE_IDLE, ep_state(p->client));
	ASSERT_EQ(0, mprotect(arg, PAGE, PROT_READ));
	EXPECT_EQ(0, call(p->client, ISLE_VCHAN_CONNECT, arg));
	EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, ep_state(p->server));
	EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, ep_state(p->client));
	EXPECT_EQ(5, write(p->client, "hello", 5));
	munmap(arg, PAGE);
}

/* What an end says of a peer that has gone */
static void expect_gone(struct __test_metadata *_metadata, int ep,
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

TEST_F_TIMEOUT(life, close_after_data, TIMEOUT)
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
TEST_F_TIMEOUT(life, close_wakes, TIMEOUT)
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

TEST_F_TIMEOUT(life, killed, TIMEOUT)
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
TEST_F_TIMEOUT(life, killed_while_joining, TIMEOUT)
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
TEST_F_TIMEOUT(life, stopped_peer, TIMEOUT)
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

static void ignore(int sig)
{
	(void)sig;
}

/* A call that is interrupted, or killed, before anybody came */
TEST_F_TIMEOUT(life, interrupted, TIMEOUT)
{
	static int (*const calls[])(void *) = {
		run_listen, run_listen_persistent, run_connect, run_wait_client,
		run_next, run_read, run_write,
	};
	struct sigaction action = { .sa_handler = ignore };
	struct isle_vchan_info info;
	struct waiting w;
	struct caller c;
	unsigned int i;
	int status;
	pid_t pid;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	for (i = 0; i < ARRAY_SIZE(calls); i++) {
		w = server_of(&self->p);
		w.timeout = -1;
		if (i >= 3) {
			ASSERT_EQ(0, ep_listen(self->p.server, self->p.b.id,
					       "port", ISLE_VCHAN_NOWAIT |
					       ISLE_VCHAN_PERSISTENT, 0));
		}
		ASSERT_EQ(0, caller_start(&c, calls[i], &w));
		ASSERT_TRUE(eventually(c.begun));
		usleep(10000);
		EXPECT_FALSE(c.ended) TH_LOG("call %u", i);
		while (!c.ended) {
			pthread_kill(c.thread, SIGUSR1);
			nap();
		}
		EXPECT_EQ(-EINTR, caller_ret(&c)) TH_LOG("call %u", i);

		pid = fork();
		if (pid == 0)
			_exit(calls[i](&w) < 0);
		ASSERT_TRUE(eventually(asleep(pid, pid)));
		/* the endpoint answers meanwhile */
		EXPECT_EQ(0, ep_info(self->p.server, &info));
		kill(pid, SIGKILL);
		ASSERT_TRUE(eventually(waitpid(pid, &status, WNOHANG) == pid));
		EXPECT_TRUE(WIFSIGNALED(status)) TH_LOG("call %u", i);

		EXPECT_EQ(i >= 3 ? ISLE_VCHAN_STATE_LISTENING :
				   ISLE_VCHAN_STATE_IDLE,
			  ep_state(self->p.server));
		if (i < 3) {
			EXPECT_EQ(0, ep_listen(self->p.server, self->p.b.id,
					       "port", ISLE_VCHAN_NOWAIT, 0));
		}
		EXPECT_EQ(0, ep_connect(self->p.client, self->p.a.id, "port", 0,
					0));
		EXPECT_EQ(1, write(self->p.client, "x", 1));
		ASSERT_EQ(0, reopen(&self->p));
	}
}

TEST_F_TIMEOUT(life, unlinked, TIMEOUT)
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

TEST_F_TIMEOUT(life, destroyed, TIMEOUT)
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

TEST_F_TIMEOUT(life, persistent, TIMEOUT)
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

/* Closing an endpoint that was duplicated, passed on, mapped */
TEST_F_TIMEOUT(life, last_close_counts, TIMEOUT)
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

/* A domain that gets the number of another one inherits no channel */
TEST_F_TIMEOUT(life, names_are_per_pair, TIMEOUT)
{
	struct ends *p = &self->p;
	struct dom other;
	int ep, ep2;

	ASSERT_EQ(0, dom_create(p->ctl, NULL, &other));
	ASSERT_EQ(0, dom_link(p->ctl, other.id, p->a.id));
	ASSERT_EQ(0, ep_listen(p->server, p->b.id, "port", ISLE_VCHAN_NOWAIT,
			       0));
	/* the same name for another peer is another port */
	ep = ep_open(p->a.fd);
	ASSERT_EQ(0, ep_listen(ep, other.id, "port", ISLE_VCHAN_NOWAIT, 0));
	ep2 = ep_open(other.fd);
	ASSERT_EQ(0, ep_connect(ep2, p->a.id, "port", ISLE_VCHAN_NOWAIT, 0));
	EXPECT_EQ(ISLE_VCHAN_STATE_LISTENING, ep_state(p->server));
	EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, ep_state(ep));
	ASSERT_EQ(0, ep_connect(p->client, p->a.id, "port", ISLE_VCHAN_NOWAIT,
				0));
	close(ep);
	close(ep2);
	close(other.fd);
}

TEST_HARNESS_MAIN
