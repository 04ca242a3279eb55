// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: the list of a domain's endpoints, and looking at channels
 * that others use meanwhile
 */
#include <kselftest_harness.h>

#include <sys/prctl.h>

#include "channel.h"

FIXTURE(list) {
	struct ends p;
	struct counters start;
};

FIXTURE_SETUP(list)
{
	self->start = counters_start();
	ASSERT_EQ(0, ends_domains(&self->p, false));
}

FIXTURE_TEARDOWN(list)
{
	ends_end(&self->p);
	EXPECT_TRUE(counters_are(&self->start));
}

/* The endpoint of that file's domain whose number is @number or more */
static int list_next(int ep, __u32 number, struct isle_vchan_list *list)
{
	memset(list, 0, sizeof(*list));
	list->size = sizeof(*list);
	list->number = number;
	return call(ep, ISLE_VCHAN_LIST, list);
}

/* The line of @ep itself */
static int list_self(int ep, struct isle_vchan_list *list)
{
	__u32 number = 0;
	int ret;

	while ((ret = list_next(ep, number, list)) == 0) {
		if (list->flags & ISLE_VCHAN_LIST_SELF)
			return 0;
		number = list->number + 1;
	}
	return ret;
}

/* How many endpoints the domain of @ep has, or a negative errno */
static int list_count(int ep)
{
	struct isle_vchan_list list;
	__u32 number = 0;
	int n, ret;

	for (n = 0; (ret = list_next(ep, number, &list)) == 0; n++) {
		if (list.number < number)
			return -ERANGE;
		number = list.number + 1;
	}
	return ret == -ENOENT ? n : ret;
}

/* What is not said of anybody's channel must be zero */
static bool says_nothing(const struct isle_vchan_list *list)
{
	return !list->peer && !list->read_size && !list->write_size &&
	       !list->read_used && !list->write_used &&
	       all_bytes(list->port, 0, sizeof(list->port));
}

static bool port_is(const struct isle_vchan_list *list, const char *name)
{
	char port[ISLE_VCHAN_PORT_SIZE];

	put_port(port, name);
	return memcmp(port, list->port, sizeof(port)) == 0;
}

TEST_F_TIMEOUT(list, states, TIMEOUT)
{
	struct ends *p = &self->p;
	struct isle_vchan_page *page;
	struct isle_vchan_list list;
	char name[16] = "", buf[100] = "";

	ASSERT_EQ(0, prctl(PR_SET_NAME, "lister"));
	strcpy(name, "lister");
	ASSERT_EQ(0, ends_open(p));
	ASSERT_EQ(0, list_self(p->server, &list));
	EXPECT_EQ(sizeof(list), list.size);
	EXPECT_EQ(1, list.number);
	EXPECT_EQ(ISLE_VCHAN_STATE_IDLE, list.state);
	EXPECT_EQ(ISLE_VCHAN_LIST_SELF, list.flags);
	EXPECT_EQ(getpid(), list.pid);
	EXPECT_EQ(0, memcmp(name, list.comm, sizeof(name)));
	EXPECT_TRUE(says_nothing(&list));

	{
		__u32 rs = 5000, ws = 1000;

		ASSERT_EQ(0, ep_listen_sizes(p->server, p->b.id, "port",
					     ISLE_VCHAN_NOWAIT |
					     ISLE_VCHAN_PERSISTENT, 0, &rs,
					     &ws));
	}
	ASSERT_EQ(0, list_self(p->server, &list));
	EXPECT_EQ(ISLE_VCHAN_STATE_LISTENING, list.state);
	EXPECT_EQ(ISLE_VCHAN_LIST_SELF | ISLE_VCHAN_LIST_SERVER |
		  ISLE_VCHAN_LIST_PERSISTENT, list.flags);
	EXPECT_EQ(p->b.id, list.peer);
	EXPECT_EQ(8192, list.read_size);
	/* beside a ring with pages of its own it is never the smaller one */
	EXPECT_EQ(2048, list.write_size);
	EXPECT_EQ(0, list.read_used);
	EXPECT_EQ(0, list.write_used);
	EXPECT_TRUE(port_is(&list, "port"));

	ASSERT_EQ(0, ep_connect(p->client, p->a.id, "port", 0, NEVER));
	ASSERT_EQ(100, write(p->client, buf, 100));
	ASSERT_EQ(7, write(p->server, buf, 7));
	ASSERT_EQ(0, list_self(p->server, &list));
	EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, list.state);
	EXPECT_EQ(100, list.read_used);
	EXPECT_EQ(7, list.write_used);
	ASSERT_EQ(0, list_self(p->client, &list));
	EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, list.state);
	EXPECT_EQ(ISLE_VCHAN_LIST_SELF, list.flags);
	EXPECT_EQ(p->a.id, list.peer);
	EXPECT_EQ(2048, list.read_size);
	EXPECT_EQ(8192, list.write_size);
	EXPECT_EQ(7, list.read_used);
	EXPECT_EQ(100, list.write_used);
	EXPECT_TRUE(port_is(&list, "port"));

	/* half open: what has come is still there */
	close(p->client);
	ASSERT_EQ(0, list_self(p->server, &list));
	EXPECT_EQ(ISLE_VCHAN_STATE_CLOSED, list.state);
	EXPECT_EQ(100, list.read_used);
	EXPECT_EQ(0, list.write_used);
	EXPECT_EQ(p->b.id, list.peer);
	EXPECT_TRUE(port_is(&list, "port"));

	/* and the next one, which breaks it */
	ASSERT_EQ(0, ep_next(p->server, ISLE_VCHAN_NOWAIT, 0));
	ASSERT_EQ(0, list_self(p->server, &list));
	EXPECT_EQ(ISLE_VCHAN_STATE_LISTENING, list.state);
	EXPECT_EQ(0, list.read_used);
	p->client = ep_open(p->b.fd);
	ASSERT_LE(0, p->client);
	ASSERT_EQ(0, ep_connect(p->client, p->a.id, "port", 0, NEVER));
	page = ep_map(p->client);
	ASSERT_NE(NULL, page);
	page->left.prod = 10000;
	ASSERT_EQ(0, list_self(p->server, &list));
	EXPECT_EQ(ISLE_VCHAN_STATE_BROKEN, list.state);
	EXPECT_EQ(0, list.read_used);
	EXPECT_EQ(0, list.write_used);
	munmap(page, PAGE);
}

struct waiting {
	int ep;
	__u32 peer;
};

static int run_connect(void *arg)
{
	struct waiting *w = arg;

	return ep_connect(w->ep, w->peer, "there", 0, NEVER);
}

/* Whether the list has somebody who waits for that port */
static bool somebody_connects(int ep, const char *port,
			      struct isle_vchan_list *list)
{
	__u32 number;

	for (number = 0; list_next(ep, number, list) == 0;
	     number = list->number + 1)
		if (port_is(list, port))
			return true;
	return false;
}

TEST_F_TIMEOUT(list, a_client_that_waits, TIMEOUT)
{
	struct ends *p = &self->p;
	struct isle_vchan_list list;
	struct waiting w;
	struct caller c;
	int other;

	ASSERT_EQ(0, ends_open(p));
	other = ep_open(p->b.fd);
	ASSERT_LE(0, other);
	w.ep = p->client;
	w.peer = p->a.id;
	ASSERT_EQ(0, caller_start(&c, run_connect, &w));
	ASSERT_TRUE(eventually(somebody_connects(other, "there", &list)));
	EXPECT_EQ(ISLE_VCHAN_STATE_IDLE, list.state);
	EXPECT_EQ(0, list.flags);
	EXPECT_EQ(p->a.id, list.peer);
	EXPECT_EQ(0, list.read_size);
	EXPECT_EQ(0, list.write_size);
	/* the other domain's are not in it */
	EXPECT_FALSE(somebody_connects(p->server, "there", &list));
	ASSERT_EQ(0, ep_listen(p->server, p->b.id, "there", 0, NEVER));
	EXPECT_EQ(0, caller_ret(&c));
	ASSERT_TRUE(somebody_connects(other, "there", &list));
	EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, list.state);
	close(other);
}

TEST_F_TIMEOUT(list, numbers, TIMEOUT)
{
	static const __u32 beyond[] = { 101, 102, 0x7fffffff, 0x80000000,
					0xffffffff };
	struct ends *p = &self->p;
	struct isle_vchan_list list;
	int eps[100], other, i;

	/* Each domain has its own */
	other = ep_open(p->b.fd);
	ASSERT_LE(0, other);
	for (i = 0; i < 100; i++) {
		eps[i] = ep_open(p->a.fd);
		ASSERT_LE(0, eps[i]);
	}
	EXPECT_EQ(100, list_count(eps[0]));
	EXPECT_EQ(1, list_count(other));
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, list_next(eps[i], i + 1, &list));
		EXPECT_EQ(i + 1, list.number);
		EXPECT_EQ(ISLE_VCHAN_LIST_SELF, list.flags);
	}
	for (i = 0; i < (int)ARRAY_SIZE(beyond); i++) {
		EXPECT_EQ(-ENOENT, list_next(eps[0], beyond[i], &list));
	}
	/* Those that have gone are not found, and have left nothing */
	for (i = 1; i < 99; i++)
		close(eps[i]);
	EXPECT_EQ(2, list_count(eps[0]));
	ASSERT_EQ(0, list_next(eps[0], 2, &list));
	EXPECT_EQ(100, list.number);
	EXPECT_EQ(0, list.flags);
	eps[1] = ep_open(p->a.fd);
	ASSERT_LE(0, eps[1]);
	ASSERT_EQ(0, list_self(eps[1], &list));
	EXPECT_EQ(ISLE_VCHAN_LIST_SELF, list.flags);
	EXPECT_TRUE(says_nothing(&list));
	ASSERT_EQ(0, dom_destroy(p->ctl, p->a.id, 0));
	EXPECT_EQ(-ENODEV, list_next(eps[0], 0, &list));
	close(eps[0]);
	close(eps[1]);
	close(eps[99]);
	close(other);
}

/* Who opened it is gone, or is not seen from here */
TEST_F_TIMEOUT(list, processes, TIMEOUT)
{
	struct ends *p = &self->p;
	struct isle_vchan_list list;
	int status, pipes[2];
	pid_t pid;
	int ep;

	ASSERT_EQ(0, pipe(pipes));
	ep = ep_open(p->a.fd);
	ASSERT_LE(0, ep);
	pid = fork();
	ASSERT_LE(0, pid);
	if (pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		prctl(PR_SET_NAME, "a very long name of a program");
		close(pipes[1]);
		ep = ep_open(p->a.fd);
		/* until we are told */
		_exit(ep < 0 || read(pipes[0], &status, 1));
	}
	close(pipes[0]);
	ASSERT_TRUE(eventually(list_count(ep) == 2));
	ASSERT_EQ(0, list_next(ep, 2, &list));
	EXPECT_EQ(pid, (pid_t)list.pid);
	EXPECT_EQ(0, memcmp("a very long nam", list.comm, 16));
	close(pipes[1]);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(1, list_count(ep));
	close(ep);
}

/* One end of a channel that two threads keep moving */
struct stream {
	int fd;
	bool writes;
	uint64_t bytes;
};

static int run_stream(void *arg)
{
	struct stream *s = arg;
	uint64_t at = 0;
	char buf[300];
	ssize_t len;

	while (at < s->bytes) {
		/* of odd lengths, so that the ring is now full, now empty */
		len = 1 + at % 299;
		if (s->writes) {
			stream_fill(0, at, buf, len);
			len = write(s->fd, buf, len);
		} else {
			len = read(s->fd, buf, len);
		}
		if (len <= 0)
			return len ? -errno : -EPIPE;
		if (!s->writes && !stream_is(0, at, buf, len))
			return -EBADMSG;
		at += len;
	}
	return 0;
}

/* Looking, in every way there is, ends nothing: the stream arrives as it was */
TEST_F_TIMEOUT(list, looked_at_while_used, TIMEOUT)
{
	uint64_t bytes = rounds(4 << 20, 256 << 10);
	struct ends *p = &self->p;
	struct isle_vchan_list list;
	struct isle_vchan_info info;
	struct stream out, in;
	struct caller c, d;

	ASSERT_EQ(0, ends_join(p, 0, 1024, 1024));
	/* what was written last is less than a buffer */
	out = (struct stream){ p->client, true, bytes };
	in = (struct stream){ p->server, false, bytes };
	ASSERT_EQ(0, caller_start(&c, run_stream, &out));
	ASSERT_EQ(0, caller_start(&d, run_stream, &in));
	while (!d.ended) {
		ASSERT_EQ(0, list_self(p->server, &list));
		EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, list.state);
		EXPECT_GE(1024, list.read_used);
		ASSERT_EQ(0, ep_info(p->client, &info));
		EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, info.state);
		EXPECT_EQ(0, poll_now(p->client, POLLOUT) & (POLLERR | POLLHUP));
		EXPECT_EQ(0, poll_now(p->server, POLLIN) & (POLLERR | POLLHUP));
		if (list.state != ISLE_VCHAN_STATE_CONNECTED)
			break;
	}
	EXPECT_EQ(0, caller_ret(&c));
	EXPECT_EQ(0, caller_ret(&d));
}

/* Lists while endpoints come and go, are joined, and the domain dies */
static int run_list(void *arg)
{
	int ep = *(int *)arg, n;

	while ((n = list_count(ep)) >= 0)
		;
	return n;
}

TEST_F_TIMEOUT(list, under_load, TIMEOUT)
{
	int n = rounds(300, 30), i, ep[2], server, client;
	struct ends *p = &self->p;
	struct caller c[2];

	ep[0] = ep_open(p->a.fd);
	ep[1] = ep_open(p->b.fd);
	ASSERT_LE(0, ep[0]);
	ASSERT_LE(0, ep[1]);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, caller_start(&c[i], run_list, &ep[i]));
	for (i = 0; i < n; i++) {
		server = ep_open(p->a.fd);
		client = ep_open(p->b.fd);
		ASSERT_LE(0, server);
		ASSERT_LE(0, client);
		EXPECT_EQ(0, ep_listen(server, p->b.id, "port",
				       ISLE_VCHAN_NOWAIT, 0));
		EXPECT_EQ(0, ep_connect(client, p->a.id, "port", 0, NEVER));
		EXPECT_EQ(4, write(client, "abcd", 4));
		if (i & 1)
			close(client);
		close(server);
		if (!(i & 1))
			close(client);
	}
	EXPECT_EQ(0, dom_unlink(p->ctl, p->a.id, p->b.id));
	EXPECT_EQ(0, dom_destroy(p->ctl, p->a.id, 0));
	EXPECT_EQ(0, dom_destroy(p->ctl, p->b.id, 0));
	for (i = 0; i < 2; i++) {
		EXPECT_EQ(-ENODEV, caller_ret(&c[i]));
		close(ep[i]);
	}
}

TEST_HARNESS_MAIN
