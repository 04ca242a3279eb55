// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: bytes through channels
 *
 * Rings of every size, both directions at once with every byte checked,
 * non-blocking, several threads on an end, polling and epoll of both kinds,
 * pipes spliced in and out, data that is moved through a mapping of one's own
 * on one side, and what is left of a write that is interrupted.
 */
#include <kselftest_harness.h>

#include <sys/epoll.h>
#include <sys/uio.h>

#include "channel.h"

FIXTURE(stream) {
	struct ends p;
	struct counters start;
};

FIXTURE_VARIANT(stream) {
	bool loopback;
};

FIXTURE_VARIANT_ADD(stream, two_domains) { false };
FIXTURE_VARIANT_ADD(stream, loopback) { true };

FIXTURE_SETUP(stream)
{
	self->start = counters_start();
	ASSERT_EQ(0, ends_domains(&self->p, variant->loopback));
}

FIXTURE_TEARDOWN(stream)
{
	ends_end(&self->p);
	EXPECT_TRUE(counters_are(&self->start));
}

/* Moves one direction of a channel, in pieces of random length */
struct mover {
	int fd;
	unsigned int stream, seed, largest;
	uint64_t total;
	bool nonblock;
};

static int send_all(void *arg)
{
	struct mover *m = arg;
	struct rng rng = { m->seed };
	uint8_t *buf = malloc(m->largest);
	uint64_t done = 0;
	struct pollfd pfd = { .fd = m->fd, .events = POLLOUT };
	ssize_t n, len;

	while (done < m->total) {
		len = 1 + below(&rng, m->largest);
		if ((uint64_t)len > m->total - done)
			len = m->total - done;
		stream_fill(m->stream, done, buf, len);
		n = write(m->fd, buf, len);
		if (n < 0 && errno == EAGAIN && m->nonblock) {
			if (poll(&pfd, 1, LONG_WAIT * 1000) != 1)
				return -ETIME;
			continue;
		}
		if (n < 0)
			return -errno;
		if (!m->nonblock && n != len)
			return -EIO;
		done += n;
	}
	free(buf);
	return 0;
}

static int receive_all(void *arg)
{
	struct mover *m = arg;
	struct rng rng = { m->seed };
	uint8_t *buf = malloc(m->largest);
	uint64_t done = 0;
	struct pollfd pfd = { .fd = m->fd, .events = POLLIN };
	ssize_t n;

	while (done < m->total) {
		n = read(m->fd, buf, 1 + below(&rng, m->largest));
		if (n < 0 && errno == EAGAIN && m->nonblock) {
			if (poll(&pfd, 1, LONG_WAIT * 1000) != 1)
				return -ETIME;
			continue;
		}
		if (n < 0)
			return -errno;
		if (n == 0 || !stream_is(m->stream, done, buf, n))
			return -EIO;
		done += n;
	}
	free(buf);
	return 0;
}

/* Both directions at once: 0, or what one of the four says */
static int exchange(struct ends *p, uint64_t total, unsigned int largest,
		    bool nonblock, unsigned int seed)
{
	struct mover m[4] = {
		{ p->server, 1, seed, largest, total, nonblock },
		{ p->client, 1, seed + 1, largest, total, nonblock },
		{ p->client, 2, seed + 2, largest, total, nonblock },
		{ p->server, 2, seed + 3, largest, total, nonblock },
	};
	struct caller c[4];
	int i, ret, first = 0;

	nonblocking(p->server, nonblock);
	nonblocking(p->client, nonblock);
	for (i = 0; i < 4; i++)
		if (caller_start(&c[i], i & 1 ? receive_all : send_all, &m[i]))
			return -EAGAIN;
	for (i = 0; i < 4; i++) {
		ret = caller_ret(&c[i]);
		if (ret && !first)
			first = ret;
	}
	return first;
}

static __u32 power(__u32 size)
{
	__u32 p = 1;

	while (p < size)
		p *= 2;
	return p;
}

TEST_F_TIMEOUT(stream, every_size, TIMEOUT)
{
	static const __u32 odd[] = { 3, 1000, 1023, 1025, 1536, 2047, 2049, 4095,
				     4097, 5000, 65537, 1000000, 1048575 };
	struct ends *p = &self->p;
	struct isle_vchan_info info;
	unsigned int i;

	for (i = 0; i < 21 + ARRAY_SIZE(odd); i++) {
		__u32 size = i < 21 ? 1U << i : odd[i - 21];
		__u32 other = i & 1 ? size : 1 + (size * 7) % 5000;
		uint64_t total;

		ASSERT_EQ(0, ends_join(p, 0, size, other));
		ASSERT_EQ(0, ep_info(p->server, &info));
		EXPECT_LE(size, info.read_size);
		EXPECT_LE(other, info.write_size);
		EXPECT_GE(size > 4096 ? power(size) : 4096, info.read_size);
		EXPECT_EQ(info.write_size, info.buffer_space);
		EXPECT_EQ(info.read_size < 4096, info.read_offset == 0);
		EXPECT_EQ(info.write_size < 4096, info.write_offset == 0);
		total = info.read_size * 3 + 12345;
		if (debug_kernel() && total > 300000)
			total = info.read_size + 12345;
		EXPECT_EQ(0, exchange(p, total, 1 + info.read_size * 5 / 4,
				      i % 3 == 0, i))
			TH_LOG("size %u, %u", size, other);
		ends_close(p);
	}
}

TEST_F_TIMEOUT(stream, small_pieces, TIMEOUT)
{
	struct ends *p = &self->p;
	int i;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, ends_join(p, 0, 1024, i & 2 ? 4096 : 2048));
		EXPECT_EQ(0, exchange(p, rounds(300000, 20000), 100, i & 1, i));
		ends_close(p);
	}
}

TEST_F_TIMEOUT(stream, nonblocking, TIMEOUT)
{
	struct ends *p = &self->p;
	char buf[8192] = "";

	ASSERT_EQ(0, ends_join(p, 0, 1024, 2048));
	nonblocking(p->server, true);
	EXPECT_EQ(-EAGAIN, err(read(p->server, buf, 1)));
	EXPECT_EQ(2048, write(p->server, buf, sizeof(buf)));
	EXPECT_EQ(-EAGAIN, err(write(p->server, buf, 1)));
	EXPECT_EQ(0, poll_now(p->server, POLLIN | POLLOUT));
	EXPECT_EQ(1, read(p->client, buf, 1));
	EXPECT_EQ(POLLOUT, poll_now(p->server, POLLIN | POLLOUT));
	EXPECT_EQ(1, write(p->server, buf, 2));
	EXPECT_EQ(2048, read(p->client, buf, sizeof(buf)));
	/* nothing is asked for: nothing is done */
	EXPECT_EQ(0, read(p->server, buf, 0));
	EXPECT_EQ(0, write(p->server, buf, 0));
	/* blocking, but for one call */
	{
		struct iovec iov = { buf, 1 };

		nonblocking(p->server, false);
		EXPECT_EQ(-EAGAIN, err(preadv2(p->server, &iov, 1, -1,
					       RWF_NOWAIT)));
		EXPECT_EQ(1, write(p->client, "x", 1));
		EXPECT_EQ(1, preadv2(p->server, &iov, 1, -1, RWF_NOWAIT));
	}
}

TEST_F_TIMEOUT(stream, bad_memory, TIMEOUT)
{
	struct ends *p = &self->p;
	uint8_t *edge = fenced(1);
	struct iovec iov[3];
	uint8_t buf[2000];

	ASSERT_EQ(0, ends_join(p, 0, 1024, 2048));
	EXPECT_EQ(-EFAULT, err(write(p->server, edge + PAGE, 1)));
	EXPECT_EQ(-EAGAIN, ep_wait(p->client, 1, 0, 0));
	stream_fill(3, 0, edge, PAGE);
	EXPECT_EQ(100, write(p->server, edge + PAGE - 100, 200));
	EXPECT_EQ(-EFAULT, err(read(p->client, edge + PAGE, 1)));
	/* what was not delivered is still there */
	EXPECT_EQ(10, read(p->client, edge + PAGE - 10, 100));
	EXPECT_EQ(90, read(p->client, buf, sizeof(buf)));
	EXPECT_TRUE(stream_is(3, PAGE - 90, buf, 90));
	/* in pieces */
	stream_fill(4, 0, buf, sizeof(buf));
	iov[0] = (struct iovec) { buf, 1 };
	iov[1] = (struct iovec) { buf + 1, 0 };
	iov[2] = (struct iovec) { buf + 1, 999 };
	EXPECT_EQ(1000, writev(p->server, iov, 3));
	memset(buf, 0, sizeof(buf));
	EXPECT_EQ(1000, readv(p->client, iov, 3));
	EXPECT_TRUE(stream_is(4, 0, buf, 1000));
	fenced_free(edge, 1);
}

struct record {
	uint32_t writer, number;
	uint8_t data[56];
};

struct crowd {
	int fd;
	unsigned int id, records;
	volatile uint32_t *next;	/* number expected of each writer */
	pthread_mutex_t *lock;
};

static int write_records(void *arg)
{
	struct crowd *c = arg;
	struct record r[40];
	unsigned int i, k, n;

	for (i = 0; i < c->records; i += n) {
		n = 1 + (i * 7) % 40;
		if (n > c->records - i)
			n = c->records - i;
		for (k = 0; k < n; k++) {
			r[k].writer = c->id;
			r[k].number = i + k;
			stream_fill(c->id, (i + k) * 56ULL, r[k].data, 56);
		}
		if (write(c->fd, r, n * sizeof(r[0])) !=
		    (ssize_t)(n * sizeof(r[0])))
			return -errno;
	}
	return 0;
}

static int read_fully(int fd, void *buf, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = read(fd, buf + done, len - done);
		if (n <= 0)
			return n ? -errno : done ? -EIO : 1;
		done += n;
	}
	return 0;
}

static int read_records(void *arg)
{
	struct crowd *c = arg;
	struct record r;
	int ret = 0;

	for (;;) {
		pthread_mutex_lock(c->lock);
		ret = read_fully(c->fd, &r, sizeof(r));
		if (!ret && (r.writer > 3 || r.number != c->next[r.writer]++ ||
			     !stream_is(r.writer, r.number * 56ULL, r.data, 56)))
			ret = -EIO;
		pthread_mutex_unlock(c->lock);
		if (ret)
			return ret < 0 ? ret : 0;
	}
}

/* What one thread writes is not torn apart by another one */
TEST_F_TIMEOUT(stream, threads, TIMEOUT)
{
	pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	unsigned int records = rounds(5000, 300), i;
	volatile uint32_t next[4] = { 0 };
	struct ends *p = &self->p;
	struct caller c[7];
	struct crowd crowd[7];

	ASSERT_EQ(0, ends_join(p, 0, 1024, 1024));
	for (i = 0; i < 7; i++) {
		crowd[i] = (struct crowd) {
			i < 4 ? p->client : p->server, i, records, next, &lock,
		};
		ASSERT_EQ(0, caller_start(&c[i], i < 4 ? write_records :
					  read_records, &crowd[i]));
	}
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(0, caller_ret(&c[i]));
	}
	close(p->client);
	p->client = -1;
	for (; i < 7; i++) {
		EXPECT_EQ(0, caller_ret(&c[i]));
	}
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(records, next[i]);
	}
}

struct counted {
	int fd;
	volatile uint64_t *sum;
	uint64_t count;
};

/* unordered: the sum of all bytes is what can be checked */
static int sum_bytes(void *arg)
{
	struct counted *c = arg;
	uint8_t buf[300];
	uint64_t sum = 0;
	ssize_t n, i;

	while ((n = read(c->fd, buf, sizeof(buf))) > 0) {
		for (i = 0; i < n; i++)
			sum += buf[i];
		c->count += n;
	}
	__atomic_add_fetch(c->sum, sum, __ATOMIC_RELAXED);
	return n;
}

TEST_F_TIMEOUT(stream, several_readers, TIMEOUT)
{
	uint64_t total = rounds(400000, 40000), expected = 0, i, got = 0;
	volatile uint64_t sum = 0;
	struct ends *p = &self->p;
	struct counted counted[4];
	struct mover m;
	struct caller c[4], w;

	ASSERT_EQ(0, ends_join(p, 0, 4096, 1024));
	for (i = 0; i < total; i++)
		expected += stream_byte(9, i);
	for (i = 0; i < 4; i++) {
		counted[i] = (struct counted) { p->server, &sum, 0 };
		ASSERT_EQ(0, caller_start(&c[i], sum_bytes, &counted[i]));
	}
	m = (struct mover) { p->client, 9, 1, 5000, total, false };
	ASSERT_EQ(0, caller_start(&w, send_all, &m));
	EXPECT_EQ(0, caller_ret(&w));
	close(p->client);
	p->client = -1;
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(0, caller_ret(&c[i]));
		got += counted[i].count;
	}
	EXPECT_EQ(total, got);
	EXPECT_EQ(expected, sum);
}

/*
 * Edge-triggered: every event is followed by reads until one is short, as
 * epoll(7) allows for streams.
 */
TEST_F_TIMEOUT(stream, edges, TIMEOUT)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLRDHUP | EPOLLET };
	uint64_t total = rounds(200000, 20000), done = 0;
	struct ends *p = &self->p;
	struct mover m;
	struct caller w;
	uint8_t buf[777];
	bool end = false;
	ssize_t n;
	int ep, i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, ends_join(p, 0, 1024, 1024));
		nonblocking(p->server, true);
		ep = epoll_create1(0);
		ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, p->server, &event));
		m = (struct mover) { p->client, 5, i, i ? 20 : 3000, total,
				     false };
		ASSERT_EQ(0, caller_start(&w, send_all, &m));
		for (done = 0, end = false; done < total && !end;) {
			struct epoll_event got;

			ASSERT_EQ(1, epoll_wait(ep, &got, 1, LONG_WAIT * 1000))
				TH_LOG("at %llu", (unsigned long long)done);
			do {
				n = read(p->server, buf, sizeof(buf));
				if (n > 0) {
					ASSERT_TRUE(stream_is(5, done, buf, n));
					done += n;
				}
			} while (n == sizeof(buf));
			end = n == 0;
		}
		EXPECT_EQ(total, done);
		EXPECT_EQ(0, caller_ret(&w));
		close(p->client);
		p->client = -1;
		EXPECT_EQ(1, epoll_wait(ep, &event, 1, LONG_WAIT * 1000));
		EXPECT_TRUE(event.events & EPOLLHUP);
		event.events = EPOLLIN | EPOLLRDHUP | EPOLLET;
		close(ep);
		ends_close(p);
	}
}

/* WAIT with amounts, each of which is reached and not passed by */
TEST_F_TIMEOUT(stream, amounts, TIMEOUT)
{
	struct isle_vchan_wait arg = { .size = sizeof(arg) };
	struct ends *p = &self->p;
	struct mover m;
	struct caller w;
	uint8_t buf[4096];
	uint64_t done = 0;

	ASSERT_EQ(0, ends_join(p, 0, 4096, 1024));
	m = (struct mover) { p->client, 6, 3, 100, rounds(200000, 20000),
			     false };
	ASSERT_EQ(0, caller_start(&w, send_all, &m));
	while (done < m.total) {
		__u32 want = 1 + (done * 31) % 4096;

		if (want > m.total - done)
			want = m.total - done;
		arg.data = want;
		arg.timeout_ns = NEVER;
		arg.data_ready = 0;
		arg.buffer_space = 0;
		ASSERT_EQ(0, call(p->server, ISLE_VCHAN_WAIT, &arg));
		EXPECT_LE(want, arg.data_ready);
		EXPECT_EQ(2048, arg.buffer_space);
		ASSERT_EQ(want, read(p->server, buf, want));
		ASSERT_TRUE(stream_is(6, done, buf, want));
		done += want;
	}
	EXPECT_EQ(0, caller_ret(&w));
	EXPECT_EQ(-EAGAIN, ep_wait(p->server, 1, 0, 0));
	EXPECT_EQ(0, ep_wait(p->server, 1, 2048, 0));
	EXPECT_EQ(1, write(p->server, "x", 1));
	EXPECT_EQ(-EAGAIN, ep_wait(p->server, 0, 2048, 0));
	EXPECT_EQ(-ETIMEDOUT, ep_wait(p->server, 4096, 2048, SHORT));
	EXPECT_EQ(1, read(p->client, buf, 2));
	EXPECT_EQ(0, ep_wait(p->server, 0, 2048, 0));
}

struct splicer {
	int in, out;
	size_t total;
};

static int splice_all(void *arg)
{
	struct splicer *s = arg;
	size_t done = 0;
	ssize_t n;

	while (done < s->total) {
		n = splice(s->in, NULL, s->out, NULL, s->total - done, 0);
		if (n <= 0)
			return n ? -errno : -EIO;
		done += n;
	}
	return 0;
}

TEST_F_TIMEOUT(stream, splice, TIMEOUT)
{
	size_t total = rounds(300000, 30000);
	struct ends *p = &self->p;
	struct mover in, out;
	struct splicer s[2];
	struct caller c[4];
	int one[2], two[2], i;

	ASSERT_EQ(0, ends_join(p, 0, 8192, 1024));
	ASSERT_EQ(0, pipe(one));
	ASSERT_EQ(0, pipe(two));
	in = (struct mover) { one[1], 7, 1, 3000, total, false };
	s[0] = (struct splicer) { one[0], p->client, total };
	s[1] = (struct splicer) { p->server, two[1], total };
	out = (struct mover) { two[0], 7, 2, 3000, total, false };
	ASSERT_EQ(0, caller_start(&c[0], send_all, &in));
	ASSERT_EQ(0, caller_start(&c[1], splice_all, &s[0]));
	ASSERT_EQ(0, caller_start(&c[2], splice_all, &s[1]));
	ASSERT_EQ(0, caller_start(&c[3], receive_all, &out));
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(0, caller_ret(&c[i])) TH_LOG("%d", i);
	}
	for (i = 0; i < 2; i++) {
		close(one[i]);
		close(two[i]);
	}
}

/*
 * One end moves the data itself, and calls only to sleep and to wake: the way
 * of libraries.
 */
struct self_mover {
	int fd;
	unsigned int stream;
	uint64_t total;
};

static int send_mapped(void *arg)
{
	struct self_mover *m = arg;
	struct isle_vchan_page *page = ep_map(m->fd);
	struct isle_vchan_ring *ring;
	struct isle_vchan_info info;
	uint8_t *data, *notify;
	uint64_t done = 0;
	__u32 used, n, i;

	if (!page || ep_info(m->fd, &info))
		return -EINVAL;
	ring = info.server ? &page->right : &page->left;
	notify = info.server ? &page->srv_notify : &page->cli_notify;
	data = mmap(NULL, 2 * info.write_size, PROT_READ | PROT_WRITE,
		    MAP_SHARED, m->fd, info.write_offset);
	if (data == MAP_FAILED)
		return -errno;
	while (done < m->total) {
		used = ring->prod - __atomic_load_n(&ring->cons,
						    __ATOMIC_ACQUIRE);
		if (used == info.write_size) {
			if (ep_wait(m->fd, 0, 1, NEVER))
				return -ETIME;
			continue;
		}
		n = info.write_size - used;
		if (n > m->total - done)
			n = m->total - done;
		i = ring->prod & (info.write_size - 1);
		/* beyond the end of the ring is its beginning */
		stream_fill(m->stream, done, data + i, n);
		__atomic_store_n(&ring->prod, ring->prod + n, __ATOMIC_RELEASE);
		done += n;
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (__atomic_fetch_and(notify, ~ISLE_VCHAN_NOTIFY_WRITE,
				       __ATOMIC_SEQ_CST) &
		    ISLE_VCHAN_NOTIFY_WRITE)
			ep_notify(m->fd);
	}
	munmap(data, 2 * info.write_size);
	munmap(page, PAGE);
	return 0;
}

TEST_F_TIMEOUT(stream, mapped_on_one_side, TIMEOUT)
{
	struct ends *p = &self->p;
	struct self_mover s;
	struct caller c, d;
	struct mover m;
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, ends_join(p, 0, 4096, 16384));
		s = (struct self_mover) { i ? p->server : p->client, 8,
					  rounds(1000000, 100000) };
		m = (struct mover) { i ? p->client : p->server, 8, 1, 5000,
				     s.total, false };
		ASSERT_EQ(0, caller_start(&c, send_mapped, &s));
		ASSERT_EQ(0, caller_start(&d, receive_all, &m));
		EXPECT_EQ(0, caller_ret(&c));
		EXPECT_EQ(0, caller_ret(&d));
		ends_close(p);
	}
}

/*
 * As many wake-ups as needed, and no more: a peer that never sleeps is never
 * woken, and its bits stay as they are.
 */
TEST_F_TIMEOUT(stream, bits, TIMEOUT)
{
	struct isle_vchan_page *page;
	struct ends *p = &self->p;
	char buf[64] = "";
	int i;

	ASSERT_EQ(0, ends_join(p, 0, 1024, 1024));
	page = ep_map(p->server);
	ASSERT_NE(NULL, page);
	/* as libxenvchan begins */
	EXPECT_EQ(ISLE_VCHAN_NOTIFY_WRITE, page->cli_notify);
	EXPECT_EQ(ISLE_VCHAN_NOTIFY_WRITE, page->srv_notify);
	EXPECT_EQ(1, page->cli_live);
	EXPECT_EQ(1, page->srv_live);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(10, write(p->client, buf, 10));
		EXPECT_EQ(0, page->cli_notify) TH_LOG("asked once, told once");
		EXPECT_EQ(10, read(p->server, buf, 10));
		EXPECT_EQ(0, page->cli_notify) TH_LOG("nobody slept");
	}
	nonblocking(p->server, true);
	EXPECT_EQ(-EAGAIN, err(read(p->server, buf, 1)));
	EXPECT_EQ(ISLE_VCHAN_NOTIFY_WRITE, page->cli_notify);
	EXPECT_EQ(2048, page->right_order == 11 ? 2048 : 0);
	EXPECT_EQ(0, poll_now(p->server, POLLIN));
	EXPECT_EQ(1, write(p->client, buf, 1));
	EXPECT_EQ(0, page->cli_notify);
	for (i = 0; i < 100; i++)
		EXPECT_EQ(i < 32 ? 64 : -EAGAIN, err(write(p->server, buf, 64)));
	EXPECT_EQ(ISLE_VCHAN_NOTIFY_READ, page->cli_notify);
	EXPECT_EQ(64, read(p->client, buf, 64));
	EXPECT_EQ(0, page->cli_notify);
	munmap(page, PAGE);
}

static void ignore(int sig)
{
	(void)sig;
}

static int write_much(void *arg)
{
	static char buf[100000];

	return err(write(*(int *)arg, buf, sizeof(buf)));
}

TEST_F_TIMEOUT(stream, interrupted_write, TIMEOUT)
{
	struct sigaction action = { .sa_handler = ignore };
	struct ends *p = &self->p;
	struct caller c;
	char buf[100];

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, ends_join(p, 0, 1024, 1024));
	ASSERT_EQ(0, caller_start(&c, write_much, &p->client));
	ASSERT_TRUE(eventually(ep_wait(p->server, 1024, 0, 0) == 0));
	EXPECT_EQ(100, read(p->server, buf, 100));
	ASSERT_TRUE(eventually(ep_wait(p->server, 1024, 0, 0) == 0));
	while (!c.ended) {
		pthread_kill(c.thread, SIGUSR1);
		nap();
	}
	EXPECT_EQ(1124, caller_ret(&c)) TH_LOG("what was written counts");
}

TEST_HARNESS_MAIN
