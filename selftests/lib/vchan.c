// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: libisle's channels, with each other and with the calls of
 * the kernel's own endpoints
 */
#include <kselftest_harness.h>

#include "vchan.h"

FIXTURE(vchan) {
	struct pair pair;
	struct isle_vchan *end[2];
};

FIXTURE_SETUP(vchan)
{
	ASSERT_EQ(0, pair_make(&self->pair));
}

FIXTURE_TEARDOWN(vchan)
{
	EXPECT_TRUE(pair_end(&self->pair));
}

TEST_F_TIMEOUT(vchan, arguments, TIMEOUT)
{
	static const char *const ports[] = {
		"", "a/b", "a b", "a.b", "\x80",
		"a234567890123456789012345678901234567890123456789012345678901234",
	};
	static const size_t sizes[] = { 0, (1 << 20) + 1, 1u << 31, UINT32_MAX, 1ul << 32 };
	struct isle_domain *dom = self->pair.dom[0];
	const uint32_t id = self->pair.id[0], peer = self->pair.id[1];
	struct isle_vchan *v = NULL, *second = NULL;
	struct isle_part_open part = { .size = sizeof(part), .part = ISLE_OPEN_VCHAN };
	unsigned int i;

	for (i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		EXPECT_EQ(-EINVAL, isle_vchan_listen(dom, peer, ports[i], 1, 1, 0, 0, &v));
		EXPECT_EQ(-EINVAL, isle_vchan_connect(dom, peer, ports[i], 0, 0, &v));
	}
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		EXPECT_EQ(-EINVAL, isle_vchan_listen(dom, peer, "p", sizes[i], 1, 0, 0, &v));
		EXPECT_EQ(-EINVAL, isle_vchan_listen(dom, peer, "p", 1, sizes[i], 0, 0, &v));
	}
	EXPECT_EQ(-EINVAL, isle_vchan_listen(dom, peer, "p", 1, 1, 4, 0, &v));
	EXPECT_EQ(-EINVAL, isle_vchan_connect(dom, peer, "p", ISLE_VCHAN_PERSISTENT, 0, &v));
	EXPECT_EQ(-EPERM, isle_vchan_listen(dom, ISLE_DOMID_MAX, "p", 1, 1, 0, 0, &v));
	EXPECT_EQ(-EPERM, isle_vchan_connect(dom, ISLE_DOMID_MAX, "p", 0, 0, &v));
	EXPECT_EQ(-ENOENT, isle_vchan_connect(dom, peer, "p", ISLE_VCHAN_NOWAIT, -1, &v));
	EXPECT_EQ(-ETIMEDOUT, isle_vchan_connect(dom, peer, "p", 0, SHORT, &v));
	EXPECT_EQ(-ETIMEDOUT, isle_vchan_listen(dom, peer, "p", 1, 1, 0, SHORT, &v));
	/* only in a program that islectl runs */
	EXPECT_EQ(-ENOENT, isle_vchan_connect(NULL, peer, "p", 0, 0, &v));
	EXPECT_EQ(-ENOTTY, isle_vchan_from_fd(STDERR_FILENO, &v));
	EXPECT_EQ(-EBADF, isle_vchan_from_fd(-1, &v));
	ASSERT_EQ(0, ioctl(isle_domain_fd(dom), ISLE_DOMAIN_PART_OPEN, &part));
	EXPECT_EQ(-ENOTCONN, isle_vchan_from_fd(part.fd, &v));
	close(part.fd);
	EXPECT_EQ(NULL, v);
	isle_vchan_close(NULL);

	ASSERT_EQ(0, isle_vchan_listen(dom, peer, "p", 1, 1, ISLE_VCHAN_NOWAIT, 0, &v));
	EXPECT_EQ(-EADDRINUSE, isle_vchan_listen(dom, peer, "p", 1, 1, 0, 0, &second));
	EXPECT_EQ(ISLE_VCHAN_STATE_LISTENING, isle_vchan_state(v));
	EXPECT_EQ(0, isle_vchan_is_open(v));
	EXPECT_EQ(-EAGAIN, isle_vchan_try_write(v, "x", 1));
	EXPECT_EQ(-EAGAIN, isle_vchan_try_read(v, &i, 1));
	EXPECT_EQ(-EAGAIN, isle_vchan_wait(v, 0, 0, 0));
	EXPECT_EQ(-ETIMEDOUT, isle_vchan_wait(v, 1, 0, SHORT));
	EXPECT_EQ(-EINVAL, isle_vchan_next(v, 0, 0));
	isle_vchan_close(v);

	EXPECT_EQ((int)id, isle_domain_peer(dom, "self"));
	EXPECT_EQ((int)id, isle_domain_peer(dom, self->pair.name[0]));
	EXPECT_EQ((int)peer, isle_domain_peer(dom, self->pair.name[1]));
	EXPECT_EQ(17, isle_domain_peer(dom, "17"));
	EXPECT_EQ(-ENOENT, isle_domain_peer(dom, "17a"));
	EXPECT_EQ(-ENOENT, isle_domain_peer(dom, "99999"));
	EXPECT_EQ(-ENOENT, isle_domain_peer(dom, "nobody"));
}

static void *connect_later(void *arg)
{
	struct pair *p = arg;
	struct isle_vchan *v;

	nap();
	if (isle_vchan_connect(p->dom[1], p->id[0], "order", 0, NEVER, &v))
		return NULL;
	return v;
}

/* Who comes first waits for the other one */
TEST_F_TIMEOUT(vchan, order, TIMEOUT)
{
	pthread_t thread;
	void *client;
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_create(&thread, NULL, connect_later, &self->pair));
		if (i)
			usleep(50000);
		ASSERT_EQ(0, isle_vchan_listen(self->pair.dom[0], self->pair.id[1], "order",
					       1, 1, 0, NEVER, &self->end[0]));
		ASSERT_EQ(0, pthread_join(thread, &client));
		ASSERT_NE(NULL, client);
		self->end[1] = client;
		EXPECT_EQ(1, isle_vchan_is_open(self->end[0]));
		EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, isle_vchan_state(self->end[1]));
		pair_part(self->end);
	}
}

/* Every form, both ways, in rings of every kind, with and without looking */
TEST_F_TIMEOUT(vchan, sizes, TIMEOUT)
{
	static const struct {
		size_t asked[2], made[2];
	} sizes[] = {
		{ { 1, 1 }, { 1024, 2048 } },
		{ { 1024, 1025 }, { 1024, 2048 } },
		{ { 2048, 1 }, { 2048, 1024 } },
		{ { 2000, 2048 }, { 2048, 4096 } },
		{ { 2049, 1024 }, { 4096, 2048 } },
		{ { 4096, 4097 }, { 4096, 8192 } },
		{ { 100000, 5000 }, { 131072, 8192 } },
		{ { 1 << 20, 1 << 20 }, { 1 << 20, 1 << 20 } },
	};
	struct isle_vchan *const *end = self->end;
	uint64_t total;
	unsigned int i;
	int k;

	for (i = 0; i < 2 * sizeof(sizes) / sizeof(sizes[0]); i++) {
		ASSERT_EQ(0, pair_join(&self->pair, sizes[i / 2].asked[0], sizes[i / 2].asked[1],
				       0, self->end));
		for (k = 0; k < 2; k++) {
			EXPECT_EQ(sizes[i / 2].made[k],
				  k ? isle_vchan_write_size(end[0]) : isle_vchan_read_size(end[0]));
			isle_vchan_set_spin(end[k], i & 1 ? 0 : ISLE_VCHAN_SPIN_DEFAULT);
		}
		EXPECT_EQ(isle_vchan_read_size(end[0]), isle_vchan_write_size(end[1]));
		EXPECT_EQ(isle_vchan_write_size(end[0]), isle_vchan_read_size(end[1]));
		total = rounds(20, 3) * isle_vchan_read_size(end[0]) + 12345;
		EXPECT_TRUE(stream_through(end[1], end[0], total, i));
		total = rounds(20, 3) * isle_vchan_write_size(end[0]) + 12345;
		EXPECT_TRUE(stream_through(end[0], end[1], total, i + 100));
		EXPECT_EQ(0, isle_vchan_data_ready(end[0]));
		EXPECT_EQ((ssize_t)isle_vchan_write_size(end[0]), isle_vchan_buffer_space(end[0]));
		pair_part(self->end);
	}
}

TEST_F_TIMEOUT(vchan, exact, TIMEOUT)
{
	uint8_t a[5000], b[5000];
	const void *there;
	void *room;

	ASSERT_EQ(0, pair_join(&self->pair, 4096, 4096, 0, self->end));
	stream_fill(a, 0, sizeof(a));
	EXPECT_EQ(-EMSGSIZE, isle_vchan_send(self->end[1], a, 4097));
	EXPECT_EQ(-EMSGSIZE, isle_vchan_recv(self->end[0], b, 4097));
	EXPECT_EQ(-EMSGSIZE, isle_vchan_reserve(self->end[1], 4097, &room));
	EXPECT_EQ(-EMSGSIZE, isle_vchan_peek(self->end[0], 4097, &there));
	EXPECT_EQ(-EMSGSIZE, isle_vchan_wait(self->end[0], 4097, 0, 0));
	EXPECT_EQ(-EMSGSIZE, isle_vchan_wait(self->end[0], 0, 1ul << 32, 0));
	EXPECT_EQ(-EAGAIN, isle_vchan_try_read(self->end[0], b, 1));
	EXPECT_EQ(-EAGAIN, isle_vchan_peek(self->end[0], 0, &there));
	EXPECT_EQ(-EAGAIN, isle_vchan_wait(self->end[0], 1, 0, 0));
	EXPECT_EQ(-ETIMEDOUT, isle_vchan_wait(self->end[0], 1, 0, SHORT));
	EXPECT_EQ(0, isle_vchan_wait(self->end[0], 1, 1, SHORT));
	EXPECT_EQ(0, isle_vchan_write(self->end[1], a, 0));
	EXPECT_EQ(0, isle_vchan_read(self->end[0], b, 0));

	/* all or nothing */
	EXPECT_EQ(3000, isle_vchan_send(self->end[1], a, 3000));
	EXPECT_EQ(-EAGAIN, isle_vchan_try_send(self->end[1], a, 1097));
	EXPECT_EQ(1096, isle_vchan_buffer_space(self->end[1]));
	EXPECT_EQ(-EAGAIN, isle_vchan_try_recv(self->end[0], b, 3001));
	EXPECT_EQ(3000, isle_vchan_data_ready(self->end[0]));
	EXPECT_EQ(1096, isle_vchan_try_write(self->end[1], a + 3000, 2000));
	EXPECT_EQ(-EAGAIN, isle_vchan_try_write(self->end[1], a, 1));
	EXPECT_EQ(-EAGAIN, isle_vchan_reserve(self->end[1], 0, &room));
	EXPECT_EQ(4096, isle_vchan_recv(self->end[0], b, 4096));
	EXPECT_TRUE(stream_good(b, 0, 4096));

	/* in place, in pieces, across the end of the ring in one piece */
	ASSERT_EQ(4096, isle_vchan_reserve(self->end[1], 4096, &room));
	stream_fill(room, 0, 4096);
	EXPECT_EQ(-EAGAIN, isle_vchan_try_read(self->end[0], b, 1));
	EXPECT_EQ(-EINVAL, isle_vchan_commit(self->end[1], 4097));
	EXPECT_EQ(0, isle_vchan_commit(self->end[1], 1000));
	EXPECT_EQ(0, isle_vchan_commit(self->end[1], 2000));
	EXPECT_EQ(-EINVAL, isle_vchan_commit(self->end[1], 1097));
	ASSERT_EQ(3000, isle_vchan_peek(self->end[0], 3000, &there));
	EXPECT_TRUE(stream_good(there, 0, 3000));
	EXPECT_EQ(-EINVAL, isle_vchan_consume(self->end[0], 3001));
	EXPECT_EQ(0, isle_vchan_consume(self->end[0], 3000));
	ASSERT_EQ(4096, isle_vchan_reserve(self->end[1], 4096, &room));
	stream_fill(room, 7, 4096);
	EXPECT_EQ(0, isle_vchan_commit(self->end[1], 4096));
	ASSERT_EQ(4096, isle_vchan_peek(self->end[0], 1, &there));
	EXPECT_TRUE(stream_good(there, 7, 4096));
	EXPECT_EQ(0, isle_vchan_consume(self->end[0], 4000));

	/* the end of the stream comes after what was sent */
	isle_vchan_close(self->end[1]);
	ASSERT_TRUE(eventually(!isle_vchan_is_open(self->end[0])));
	EXPECT_EQ(96, isle_vchan_data_ready(self->end[0]));
	EXPECT_EQ(-EPIPE, isle_vchan_recv(self->end[0], b, 97));
	EXPECT_EQ(96, isle_vchan_peek(self->end[0], 97, &there));
	EXPECT_EQ(96, isle_vchan_read(self->end[0], b, 97));
	EXPECT_EQ(0, isle_vchan_read(self->end[0], b, 97));
	EXPECT_EQ(0, isle_vchan_recv(self->end[0], b, 97));
	EXPECT_EQ(0, isle_vchan_peek(self->end[0], 1, &there));
	EXPECT_EQ(0, isle_vchan_wait(self->end[0], 1, 0, NEVER));
	EXPECT_EQ(-EPIPE, isle_vchan_write(self->end[0], b, 1));
	EXPECT_EQ(-EPIPE, isle_vchan_write(self->end[0], b, 64));
	EXPECT_EQ(-EPIPE, isle_vchan_try_send(self->end[0], b, 1));
	EXPECT_EQ(-EPIPE, isle_vchan_reserve(self->end[0], 1, &room));
	EXPECT_EQ(ISLE_VCHAN_STATE_CLOSED, isle_vchan_state(self->end[0]));
	isle_vchan_close(self->end[0]);
}

/* The kernel's own read and write on one side, the library on the other */
TEST_F_TIMEOUT(vchan, calls, TIMEOUT)
{
	const uint64_t total = rounds(200, 20) * 1000;
	uint8_t buf[3000];
	uint64_t at;
	ssize_t n;
	size_t len;
	int status, fd;
	pid_t pid;

	ASSERT_EQ(0, pair_join(&self->pair, 4096, 1024, 0, self->end));
	pid = fork();
	if (!pid) {
		isle_vchan_close(self->end[1]);
		if (stream_read(self->end[0], total, 1) || stream_write(self->end[0], total, 2))
			_exit(1);
		isle_vchan_close(self->end[0]);
		_exit(0);
	}
	isle_vchan_close(self->end[0]);
	fd = isle_vchan_fd(self->end[1]);
	for (at = 0; at < total; at += len) {
		len = total - at < sizeof(buf) ? total - at : sizeof(buf);
		stream_fill(buf, at, len);
		ASSERT_EQ((ssize_t)len, write(fd, buf, len));
	}
	for (at = 0; at < total; at += n) {
		n = read(fd, buf, sizeof(buf));
		ASSERT_LT(0, n);
		ASSERT_TRUE(stream_good(buf, at, n));
	}
	EXPECT_EQ(0, read(fd, buf, 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	isle_vchan_close(self->end[1]);
}

/* A server that is killed; the same channel, handed on to a child */
TEST_F_TIMEOUT(vchan, processes, TIMEOUT)
{
	uint8_t buf[64];
	int status;
	pid_t pid;

	ASSERT_EQ(0, pair_join(&self->pair, 1024, 1024, 0, self->end));
	pid = fork();
	if (!pid) {
		isle_vchan_close(self->end[1]);
		isle_vchan_write(self->end[0], "abc", 3);
		pause();
		_exit(0);
	}
	isle_vchan_close(self->end[0]);
	EXPECT_EQ(3, isle_vchan_recv(self->end[1], buf, 3));
	EXPECT_EQ(-EAGAIN, isle_vchan_try_read(self->end[1], buf, 1));
	kill(pid, SIGKILL);
	/* if it is not told, this does not end */
	EXPECT_EQ(0, isle_vchan_read(self->end[1], buf, 1));
	EXPECT_EQ(-EPIPE, isle_vchan_write(self->end[1], buf, 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	isle_vchan_close(self->end[1]);

	/* what the parent has begun the child goes on with */
	ASSERT_EQ(0, pair_join(&self->pair, 4096, 1024, 0, self->end));
	EXPECT_EQ(3, isle_vchan_write(self->end[1], "abc", 3));
	EXPECT_EQ(1, isle_vchan_read(self->end[0], buf, 1));
	pid = fork();
	if (!pid) {
		isle_vchan_close(self->end[0]);
		isle_vchan_write(self->end[1], "def", 3);
		_exit(0);
	}
	isle_vchan_close(self->end[1]);
	EXPECT_EQ(5, isle_vchan_recv(self->end[0], buf, 5));
	EXPECT_EQ(0, memcmp(buf, "bcdef", 5));
	EXPECT_EQ(0, isle_vchan_read(self->end[0], buf, 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	isle_vchan_close(self->end[0]);
}

/* A handle that is made of a file goes on where the file stands */
TEST_F_TIMEOUT(vchan, from_fd, TIMEOUT)
{
	struct isle_vchan_info info = { .size = sizeof(info) };
	char buf[8];
	int fd;

	ASSERT_EQ(0, pair_join(&self->pair, 4096, 4096, 0, self->end));
	EXPECT_EQ(6, isle_vchan_write(self->end[1], "abcdef", 6));
	EXPECT_EQ(2, isle_vchan_read(self->end[0], buf, 2));
	fd = dup(isle_vchan_fd(self->end[0]));
	isle_vchan_close(self->end[0]);
	ASSERT_EQ(0, isle_vchan_from_fd(fd, &self->end[0]));
	EXPECT_EQ(fd, isle_vchan_fd(self->end[0]));
	EXPECT_EQ(2, isle_vchan_read(self->end[0], buf, 2));
	EXPECT_EQ(2, read(fd, buf + 2, 2));
	EXPECT_EQ(0, memcmp(buf, "cdef", 4));
	EXPECT_EQ(0, isle_vchan_get_info(self->end[0], &info));
	EXPECT_EQ(self->pair.id[1], info.peer);
	EXPECT_EQ(1, info.server);
	EXPECT_STREQ("port", info.port);
	info.size = 4;
	EXPECT_EQ(-EINVAL, isle_vchan_get_info(self->end[0], &info));
	pair_part(self->end);
	EXPECT_EQ(-1, fcntl(fd, F_GETFD));
}

TEST_F_TIMEOUT(vchan, persistent, TIMEOUT)
{
	struct isle_vchan *old;
	char buf[16];
	int i;

	ASSERT_EQ(0, pair_join(&self->pair, 4096, 1024, ISLE_VCHAN_PERSISTENT, self->end));
	for (i = 0; i < 5; i++) {
		EXPECT_EQ(5, isle_vchan_write(self->end[1], "hello", 5));
		EXPECT_EQ(3, isle_vchan_read(self->end[0], buf, 3));
		EXPECT_EQ(4, isle_vchan_write(self->end[0], "lost", 4));
		EXPECT_EQ(-EISCONN, isle_vchan_next(self->end[0], 0, 0));
		old = self->end[1];
		isle_vchan_close(old);
		EXPECT_EQ(2, isle_vchan_read(self->end[0], buf, 3));
		EXPECT_EQ(0, isle_vchan_read(self->end[0], buf, 3));
		EXPECT_EQ(-ETIMEDOUT, isle_vchan_next(self->end[0], 0, SHORT));
		EXPECT_EQ(0, isle_vchan_next(self->end[0], ISLE_VCHAN_NOWAIT, 0));
		EXPECT_EQ(-EAGAIN, isle_vchan_try_write(self->end[0], "x", 1));
		ASSERT_EQ(0, isle_vchan_connect(self->pair.dom[1], self->pair.id[0], "port", 0,
						NEVER, &self->end[1]));
		EXPECT_EQ(0, isle_vchan_wait(self->end[0], 0, 0, NEVER));
		EXPECT_EQ(0, isle_vchan_data_ready(self->end[0]));
		EXPECT_EQ(0, isle_vchan_data_ready(self->end[1]));
		EXPECT_TRUE(stream_through(self->end[1], self->end[0], 20000, i));
	}
	pair_part(self->end);
}

/*
 * A peer that has not found out yet goes on writing: whoever was told of the end
 * of the stream gets none of that, by any call.
 */
TEST_F_TIMEOUT(vchan, end_is_final, TIMEOUT)
{
	static const size_t sizes[] = { 1, 64, 3000 };
	struct isle_vchan *const *end = self->end;
	char buf[4096] = "";
	const void *there;
	unsigned int i, side;

	for (i = 0; i < 6; i++) {
		side = i & 1;
		ASSERT_EQ(0, pair_join(&self->pair, 4096, 4096, ISLE_VCHAN_PERSISTENT,
				       self->end));
		/* the writer knows that there is room */
		ASSERT_EQ(2, isle_vchan_write(end[!side], "xy", 2));
		ASSERT_EQ(1, isle_vchan_read(end[side], buf, 1));
		ASSERT_EQ(0, isle_control_unlink(self->pair.ctl, self->pair.id[0],
						 self->pair.id[1]));
		EXPECT_EQ(1, isle_vchan_read(end[side], buf, 64));
		if (i & 2) {
			EXPECT_EQ(0, isle_vchan_peek(end[side], 10, &there));
		} else {
			EXPECT_EQ(0, isle_vchan_read(end[side], buf, 64));
		}
		/* this is in the ring before it finds out */
		EXPECT_EQ(-EPIPE, isle_vchan_write(end[!side], buf, sizes[i / 2]));
		EXPECT_EQ(0, isle_vchan_read(end[side], buf, 1));
		EXPECT_EQ(0, isle_vchan_try_read(end[side], buf, 64));
		EXPECT_EQ(0, isle_vchan_recv(end[side], buf, 1));
		EXPECT_EQ(0, isle_vchan_try_recv(end[side], buf, 64));
		EXPECT_EQ(0, isle_vchan_peek(end[side], 0, &there));
		EXPECT_EQ(0, isle_vchan_peek(end[side], 1, &there));
		EXPECT_EQ(-EINVAL, isle_vchan_consume(end[side], 1));
		EXPECT_EQ(0, isle_vchan_data_ready(end[side]));
		EXPECT_EQ(0, isle_vchan_wait(end[side], 1, 0, NEVER));
		EXPECT_EQ(-EPIPE, isle_vchan_write(end[side], buf, 1));
		EXPECT_EQ(0, isle_vchan_is_open(end[side]));
		EXPECT_EQ(ISLE_VCHAN_STATE_CLOSED, isle_vchan_state(end[side]));
		ASSERT_EQ(0, isle_control_link(self->pair.ctl, self->pair.id[0],
					       self->pair.id[1]));
		isle_vchan_close(end[1]);
		/* the next client's stream is another one */
		ASSERT_EQ(0, isle_vchan_next(end[0], ISLE_VCHAN_NOWAIT, 0));
		ASSERT_EQ(0, isle_vchan_connect(self->pair.dom[1], self->pair.id[0], "port", 0,
						NEVER, &self->end[1]));
		EXPECT_EQ(0, isle_vchan_wait(end[0], 0, 0, NEVER));
		EXPECT_TRUE(stream_through(end[1], end[0], 20000, i));
		EXPECT_TRUE(stream_through(end[0], end[1], 20000, i));
		pair_part(self->end);
	}
}

TEST_F_TIMEOUT(vchan, polling, TIMEOUT)
{
	char buf[4096] = "";
	struct pollfd pfd;

	ASSERT_EQ(0, pair_join(&self->pair, 4096, 4096, 0, self->end));
	pfd = (struct pollfd){ .fd = isle_vchan_fd(self->end[0]), .events = POLLIN | POLLRDHUP };
	EXPECT_EQ(0, poll(&pfd, 1, 0));
	EXPECT_EQ(1, isle_vchan_write(self->end[1], "x", 1));
	EXPECT_EQ(1, poll(&pfd, 1, LONG_WAIT * 1000));
	EXPECT_EQ(POLLIN, pfd.revents);
	EXPECT_EQ(1, isle_vchan_read(self->end[0], buf, 1));
	EXPECT_EQ(0, poll(&pfd, 1, 0));
	EXPECT_EQ(4096, isle_vchan_send(self->end[0], buf, 4096));
	EXPECT_EQ(0, poll_now(pfd.fd, POLLOUT));
	EXPECT_EQ(1, isle_vchan_read(self->end[1], buf, 1));
	EXPECT_EQ(POLLOUT, poll_now(pfd.fd, POLLOUT));
	isle_vchan_close(self->end[1]);
	EXPECT_EQ(1, poll(&pfd, 1, LONG_WAIT * 1000));
	EXPECT_EQ(POLLIN | POLLRDHUP | POLLHUP, pfd.revents);
	isle_vchan_close(self->end[0]);
}

struct waiter {
	struct isle_vchan *v;
	pthread_t thread;
	ssize_t result;
	bool writes;
};

static void *wait_on(void *arg)
{
	struct waiter *w = arg;
	char buf[4096] = "";

	do {
		w->result = w->writes ? isle_vchan_write(w->v, buf, sizeof(buf)) :
					isle_vchan_read(w->v, buf, sizeof(buf));
	} while (w->result > 0);
	return NULL;
}

/* The own domain goes, or the link: whoever waits finds out, also in the midst */
TEST_F_TIMEOUT(vchan, removal, TIMEOUT)
{
	struct waiter w[4];
	int i, how;
	char c;

	for (how = 0; how < 2; how++) {
		ASSERT_EQ(0, pair_join(&self->pair, 4096, 4096, 0, self->end));
		/* reads and writes on one side, only reads on the other, which sends nothing */
		for (i = 0; i < 3; i++) {
			w[i] = (struct waiter){ .v = self->end[i > 1], .writes = i == 1 };
			ASSERT_EQ(0, pthread_create(&w[i].thread, NULL, wait_on, &w[i]));
		}
		usleep(20000);
		i = how ? isle_control_domain_destroy(self->pair.ctl, self->pair.id[0], 0) :
			  isle_control_unlink(self->pair.ctl, self->pair.id[0],
					      self->pair.id[1]);
		ASSERT_EQ(0, i);
		for (i = 0; i < 3; i++)
			ASSERT_EQ(0, pthread_join(w[i].thread, NULL));
		EXPECT_EQ(how ? -ENODEV : 0, w[0].result);
		EXPECT_EQ(how ? -ENODEV : -EPIPE, w[1].result);
		EXPECT_EQ(0, w[2].result);
		/* The writer may have put bytes there since, but that was the end */
		EXPECT_EQ(0, isle_vchan_read(self->end[1], &c, 1));
		EXPECT_EQ(-EPIPE, isle_vchan_write(self->end[1], "x", 1));
		EXPECT_EQ(how ? -ENODEV : -EPIPE, isle_vchan_write(self->end[0], "x", 1));
		EXPECT_EQ(how ? -ENODEV : ISLE_VCHAN_STATE_CLOSED, isle_vchan_state(self->end[0]));
		pair_part(self->end);
		if (!how) {
			ASSERT_EQ(0, isle_control_link(self->pair.ctl, self->pair.id[0],
						       self->pair.id[1]));
		}
	}
}

static void nothing(int sig)
{
	(void)sig;
}

TEST_F_TIMEOUT(vchan, signals, TIMEOUT)
{
	struct sigaction act = { .sa_handler = nothing };
	struct isle_vchan *v;
	timer_t timer;
	struct itimerspec often = { { 0, 20000000 }, { 0, 20000000 } };
	char buf[4096] = "";

	sigaction(SIGALRM, &act, NULL);
	ASSERT_EQ(0, pair_join(&self->pair, 4096, 4096, 0, self->end));
	ASSERT_EQ(0, timer_create(CLOCK_MONOTONIC, NULL, &timer));
	ASSERT_EQ(0, timer_settime(timer, 0, &often, NULL));
	EXPECT_EQ(-EINTR, isle_vchan_read(self->end[0], buf, 1));
	EXPECT_EQ(-EINTR, isle_vchan_wait(self->end[0], 1, 0, NEVER));
	EXPECT_EQ(-EINTR, isle_vchan_connect(self->pair.dom[0], self->pair.id[1], "none", 0,
					     NEVER, &v));
	EXPECT_EQ(-EINTR, isle_vchan_listen(self->pair.dom[0], self->pair.id[1], "none", 1, 1, 0,
					    NEVER, &v));
	/* what was written before the signal counts */
	EXPECT_EQ(4096, isle_vchan_write(self->end[0], buf, 4096));
	EXPECT_EQ(-EINTR, isle_vchan_write(self->end[0], buf, 1));
	EXPECT_EQ(96, isle_vchan_read(self->end[1], buf, 96));
	EXPECT_EQ(96, isle_vchan_write(self->end[0], buf, 4096));
	timer_delete(timer);
	pair_part(self->end);
}

/* What is open in a domain, without the one that it takes to ask */
TEST_F_TIMEOUT(vchan, listing, TIMEOUT)
{
	struct isle_domain *dom = self->pair.dom[0];
	struct isle_vchan_list list = { .size = 8 };
	struct isle_vchan *more = NULL;
	uint64_t cursor = 0;

	EXPECT_EQ(-EINVAL, isle_domain_vchan_next(dom, &cursor, &list));
	list.size = sizeof(list);
	EXPECT_EQ(0, isle_domain_vchan_next(dom, &cursor, &list));
	EXPECT_EQ(-ENOENT, isle_domain_vchan_next(NULL, &cursor, &list));
	ASSERT_EQ(0, pair_join(&self->pair, 4096, 1024, 0, self->end));
	ASSERT_EQ(0, isle_vchan_listen(dom, self->pair.id[1], "more", 1, 1, ISLE_VCHAN_NOWAIT, 0,
				       &more));
	EXPECT_EQ(5, isle_vchan_write(self->end[0], "hello", 5));
	EXPECT_EQ(3, isle_vchan_write(self->end[1], "you", 3));
	cursor = 0;
	ASSERT_EQ(1, isle_domain_vchan_next(dom, &cursor, &list));
	EXPECT_EQ(sizeof(list), list.size);
	EXPECT_STREQ("port", list.port);
	EXPECT_EQ(self->pair.id[1], list.peer);
	EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED, list.state);
	EXPECT_EQ(ISLE_VCHAN_LIST_SERVER, list.flags);
	EXPECT_EQ(4096, list.read_size);
	EXPECT_EQ(2048, list.write_size);
	EXPECT_EQ(3, list.read_used);
	EXPECT_EQ(5, list.write_used);
	EXPECT_EQ(list.number + 1, cursor);
	ASSERT_EQ(1, isle_domain_vchan_next(dom, &cursor, &list));
	EXPECT_STREQ("more", list.port);
	EXPECT_EQ(ISLE_VCHAN_STATE_LISTENING, list.state);
	EXPECT_EQ(0, isle_domain_vchan_next(dom, &cursor, &list));
	/* the other domain's are its own */
	cursor = 0;
	ASSERT_EQ(1, isle_domain_vchan_next(self->pair.dom[1], &cursor, &list));
	EXPECT_EQ(0, (int)list.flags);
	EXPECT_EQ(0, isle_domain_vchan_next(self->pair.dom[1], &cursor, &list));
	/* out of files */
	ASSERT_EQ(0, isle_control_quota_set(self->pair.ctl, self->pair.id[0], ISLE_QUOTA_FILES, 1));
	cursor = 0;
	EXPECT_EQ(-EDQUOT, isle_domain_vchan_next(dom, &cursor, &list));
	EXPECT_EQ(0, isle_control_domain_destroy(self->pair.ctl, self->pair.id[0], 0));
	EXPECT_EQ(-ENODEV, isle_domain_vchan_next(dom, &cursor, &list));
	isle_vchan_close(more);
	pair_part(self->end);
}

TEST_HARNESS_MAIN
