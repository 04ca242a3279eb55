// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: how channels begin
 *
 * Both orders of listening and connecting, every errno of them, calls that end
 * before anybody comes, and whose names of ports are whose.
 */
#include "pair.h"

TEST_F_TIMEOUT(pair, idle, TIMEOUT)
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

TEST_F_TIMEOUT(pair, server_first, TIMEOUT)
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

TEST_F_TIMEOUT(pair, client_first, TIMEOUT)
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

TEST_F_TIMEOUT(pair, nobody_comes, TIMEOUT)
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

TEST_F_TIMEOUT(pair, refused, TIMEOUT)
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
TEST_F_TIMEOUT(pair, connect_from_odd_memory, TIMEOUT)
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

/* A domain that gets the number of another one inherits no channel */
TEST_F_TIMEOUT(pair, names_are_per_pair, TIMEOUT)
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

static void ignore(int sig)
{
	(void)sig;
}

/* A call that is interrupted, or killed, before anybody came */
TEST_F_TIMEOUT(pair, interrupted, TIMEOUT)
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

TEST_HARNESS_MAIN
