// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: libisle, network devices
 *
 * Everything once with a system call per frame and once with whatever the
 * library prefers.
 */
#include <kselftest_harness.h>

#include <pthread.h>

#include <libisle.h>
#include <libisle-net.h>

#include "../net/datagram.h"

#define SIZE	2048

FIXTURE(net) {
	struct port p;
	struct isle_domain *domain;
	struct isle_net *net;
};

FIXTURE_VARIANT(net) {
	uint32_t flags;
};

FIXTURE_VARIANT_ADD(net, frames) { ISLE_NET_OPEN_NO_RING };
FIXTURE_VARIANT_ADD(net, best) { 0 };

FIXTURE_SETUP(net)
{
	ASSERT_EQ(0, port_make(&self->p, NULL));
	close(self->p.fd);
	self->p.fd = -1;
	ASSERT_EQ(0, isle_domain_from_fd(self->p.dom.fd, &self->domain));
	ASSERT_EQ(0, isle_net_open_in(self->domain, "eth0", variant->flags, &self->net));
}

FIXTURE_TEARDOWN(net)
{
	isle_net_close(self->net);
	/* closes the domain's file */
	isle_domain_close(self->domain);
	self->p.dom.fd = -1;
	EXPECT_TRUE(port_end(&self->p));
}

static int lib_sends(struct isle_net *net, uint32_t number, size_t len)
{
	static uint8_t frame[65536];

	frame_fill(frame, len, number);
	return isle_net_write(net, frame, len);
}

static bool lib_gets(struct isle_net *net, uint32_t number, size_t len)
{
	static uint8_t frame[65536];
	ssize_t got = isle_net_read(net, frame, sizeof(frame));

	if (got == (ssize_t)len && frame_is(frame, len, number))
		return true;
	fprintf(stderr, "# frame %u of %zu bytes: got %zd\n", number, len, got);
	return false;
}

TEST_F_TIMEOUT(net, both_ways, TIMEOUT)
{
	static const size_t sizes[] = { 14, 15, 16, 17, 60, 100, 1513, 1514 };
	unsigned int i;

	for (i = 0; i < 8; i++) {
		EXPECT_EQ(0, lib_sends(self->net, i, sizes[i]));
		EXPECT_TRUE(comes(self->p.host, i, sizes[i]));
		EXPECT_TRUE(host_sends(&self->p, i, sizes[i]));
		EXPECT_TRUE(lib_gets(self->net, i, sizes[i]));
	}
}

TEST_F_TIMEOUT(net, sizes_refused, TIMEOUT)
{
	static uint8_t frame[1 << 20];
	struct iovec iov[3] = { { frame, 1000 }, { frame, 514 }, { frame, 1 } };
	size_t len;

	for (len = 0; len < 14; len++)
		EXPECT_EQ(-EINVAL, isle_net_write(self->net, frame, len));
	EXPECT_EQ(-EINVAL, isle_net_write(self->net, frame, 1515));
	EXPECT_EQ(-EINVAL, isle_net_write(self->net, frame, 65536));
	EXPECT_EQ(-EINVAL, isle_net_write(self->net, frame, sizeof(frame)));
	EXPECT_EQ(-EINVAL, isle_net_writev(self->net, iov, 3));
	EXPECT_EQ(-EINVAL, isle_net_writev(self->net, iov, 0));
	EXPECT_EQ(-EINVAL, isle_net_writev(self->net, iov, -1));
	frame_fill(frame, 1514, 9);
	iov[1].iov_base = frame + 1000;
	EXPECT_EQ(0, isle_net_writev(self->net, iov, 2));
	EXPECT_TRUE(comes(self->p.host, 9, 1514));
	/* it follows the MTU */
	ASSERT_EQ(0, if_mtu("port", 4000));
	EXPECT_EQ(4000, isle_net_mtu(self->net));
	EXPECT_EQ(0, lib_sends(self->net, 10, 4014));
	EXPECT_TRUE(comes(self->p.host, 10, 4014));
	EXPECT_EQ(-EINVAL, isle_net_write(self->net, frame, 4015));
}

TEST_F_TIMEOUT(net, waiting, TIMEOUT)
{
	uint8_t frame[SIZE];

	EXPECT_EQ(-EAGAIN, isle_net_try_read(self->net, frame, SIZE));
	EXPECT_EQ(-EAGAIN, isle_net_wait(self->net, 0));
	EXPECT_EQ(-ETIMEDOUT, isle_net_wait(self->net, 1000000));
	ASSERT_TRUE(host_sends(&self->p, 1, 100));
	EXPECT_EQ(0, isle_net_wait(self->net, -1));
	EXPECT_EQ(POLLIN, poll_now(isle_net_fd(self->net), POLLIN));
	EXPECT_EQ(-EMSGSIZE, isle_net_try_read(self->net, frame, 99));
	EXPECT_EQ(100, isle_net_try_read(self->net, frame, 100));
	EXPECT_TRUE(frame_is(frame, 100, 1));
	EXPECT_EQ(-EAGAIN, isle_net_try_read(self->net, frame, SIZE));
	EXPECT_EQ(0, poll_now(isle_net_fd(self->net), POLLIN));
}

/* What wakes a reader must do so each time, not only the first */
TEST_F_TIMEOUT(net, ping_pong, TIMEOUT)
{
	int i;

	for (i = 0; i < rounds(300, 60); i++) {
		ASSERT_TRUE(host_sends(&self->p, i, 60 + i % 1000));
		ASSERT_TRUE(lib_gets(self->net, i, 60 + i % 1000));
		ASSERT_EQ(0, lib_sends(self->net, i, 60 + i % 1000));
		ASSERT_TRUE(comes(self->p.host, i, 60 + i % 1000));
	}
}

TEST_F_TIMEOUT(net, batches, TIMEOUT)
{
	static uint8_t room[64][SIZE];
	struct isle_net_frame frames[64];
	int i, got, count = 0;

	for (i = 0; i < 64; i++) {
		frame_fill(room[i], 100 + i, i);
		frames[i] = (struct isle_net_frame){ room[i], 100 + i, 0 };
	}
	EXPECT_EQ(64, isle_net_write_batch(self->net, frames, 64));
	for (i = 0; i < 64; i++)
		ASSERT_TRUE(comes(self->p.host, i, 100 + i));
	/* one that cannot be sent ends it */
	frames[5].len = 13;
	EXPECT_EQ(5, isle_net_write_batch(self->net, frames, 64));
	EXPECT_EQ(-EINVAL, isle_net_write_batch(self->net, frames + 5, 2));
	EXPECT_EQ(0, isle_net_write_batch(self->net, frames, 0));
	for (i = 0; i < 5; i++)
		ASSERT_TRUE(comes(self->p.host, i, 100 + i));

	for (i = 0; i < 40; i++)
		ASSERT_TRUE(host_sends(&self->p, i, 200 + i));
	for (i = 0; i < 64; i++)
		frames[i].size = SIZE;
	while (count < 40) {
		got = isle_net_read_batch(self->net, frames, 64);
		ASSERT_LT(0, got);
		for (i = 0; i < got; i++, count++) {
			EXPECT_EQ(200 + count, (int)frames[i].len);
			EXPECT_TRUE(frame_is(frames[i].data, frames[i].len, count));
		}
	}
	EXPECT_EQ(-EAGAIN, isle_net_try_read_batch(self->net, frames, 64));
	/* one that does not fit ends it, and is kept */
	for (i = 0; i < 3; i++)
		ASSERT_TRUE(host_sends(&self->p, i, 200 + i));
	frames[0].size = 200;
	frames[1].size = 200;
	count = 0;
	while (count != 1) {
		count = isle_net_read_batch(self->net, frames, 64);
		ASSERT_EQ(1, count);
	}
	EXPECT_TRUE(frame_is(frames[0].data, 200, 0));
	EXPECT_EQ(-EMSGSIZE, isle_net_read_batch(self->net, frames, 64));
	EXPECT_TRUE(lib_gets(self->net, 1, 201));
	EXPECT_TRUE(lib_gets(self->net, 2, 202));
}

/* More than any ring holds, so that everything wraps and fills up */
TEST_F_TIMEOUT(net, much, TIMEOUT)
{
	static uint8_t room[32][SIZE];
	struct isle_net_frame frames[32];
	struct isle_net_stats stats = { .size = sizeof(stats) };
	const int batches = rounds(200, 40);
	uint8_t back[SIZE];
	int i, j, number = 0, next = 0;
	uint32_t got;

	/* a socket with room for them all would be large: read as we go */
	for (i = 0; i < batches; i++) {
		for (j = 0; j < 32; j++, number++) {
			size_t len = 60 + number % 1400;

			frame_fill(room[j], len, number);
			frames[j] = (struct isle_net_frame){ room[j], len, 0 };
		}
		ASSERT_EQ(32, isle_net_write_batch(self->net, frames, 32));
		for (; next < number; next++) {
			ASSERT_LT(0, frame_wait(self->p.host, back, sizeof(back)));
			memcpy(&got, back + 14, 4);
			ASSERT_EQ(next, (int)got);
			ASSERT_TRUE(frame_is(back, 60 + next % 1400, next));
		}
	}
	ASSERT_EQ(0, isle_net_get_stats(self->net, &stats));
	EXPECT_EQ(number, (int)stats.tx_packets);
	EXPECT_EQ(0, stats.tx_dropped);
	EXPECT_EQ(0, stats.tx_errors);
	for (i = 0; i < number; i++) {
		ASSERT_TRUE(host_sends(&self->p, i, 60 + i % 1400));
		if (i % 16 != 15)
			continue;
		for (j = i - 15; j <= i; j++)
			ASSERT_TRUE(lib_gets(self->net, j, 60 + j % 1400));
	}
}

TEST_F_TIMEOUT(net, asking, TIMEOUT)
{
	struct isle_net_stats stats = { .size = sizeof(stats) };
	struct isle_net_info info = { .size = sizeof(info) };
	struct isle_device_id id = { .size = sizeof(id) };
	uint8_t mac[6];

	EXPECT_EQ(0, isle_net_get_id(self->net, &id));
	EXPECT_STREQ("eth0", id.name);
	EXPECT_EQ(ISLE_CLASS_NET, id.dev_class);
	EXPECT_EQ(0, isle_net_get_info(self->net, &info));
	EXPECT_EQ(0, isle_net_mac(self->net, mac));
	EXPECT_EQ(0, memcmp(mac, info.mac, 6));
	EXPECT_EQ(1500, isle_net_mtu(self->net));
	EXPECT_EQ(!!(info.state & ISLE_NET_RING), isle_net_is_ring(self->net));
	if (variant->flags)
		EXPECT_EQ(0, isle_net_is_ring(self->net));
	EXPECT_EQ(0, lib_sends(self->net, 1, 60));
	EXPECT_TRUE(comes(self->p.host, 1, 60));
	EXPECT_EQ(0, isle_net_get_stats(self->net, &stats));
	EXPECT_EQ(1, stats.tx_packets);
	EXPECT_EQ(60, stats.tx_bytes);
	EXPECT_EQ(0, isle_net_reset_stats(self->net));
	EXPECT_EQ(0, isle_net_get_stats(self->net, &stats));
	EXPECT_EQ(0, stats.tx_packets);
	stats.size = 8;
	EXPECT_EQ(-EINVAL, isle_net_get_stats(self->net, &stats));
}

/* listeners */

struct heard {
	struct isle_net *net;
	unsigned int frames;	/* atomic */
	unsigned int wrong;	/* atomic */
	int end;		/* atomic: what the last call said */
	unsigned int close_at;	/* close the handle in this call */
	bool closed;		/* atomic */
};

static void hear(void *arg, void *frame, ssize_t len)
{
	struct heard *h = arg;
	uint32_t number;

	if (!frame) {
		__atomic_store_n(&h->end, (int)len, __ATOMIC_RELEASE);
		return;
	}
	memcpy(&number, (char *)frame + 14, 4);
	if (number != h->frames || !frame_is(frame, (size_t)len, number))
		__atomic_add_fetch(&h->wrong, 1, __ATOMIC_RELAXED);
	if (__atomic_add_fetch(&h->frames, 1, __ATOMIC_RELEASE) == h->close_at) {
		isle_net_close(h->net);
		__atomic_store_n(&h->closed, true, __ATOMIC_RELEASE);
	}
}

static unsigned int frames_heard(struct heard *h)
{
	return __atomic_load_n(&h->frames, __ATOMIC_ACQUIRE);
}

TEST_F_TIMEOUT(net, listener, TIMEOUT)
{
	struct heard h = { .net = self->net };
	unsigned int i, at_close;

	/* what is there already, too */
	ASSERT_TRUE(host_sends(&self->p, 0, 100));
	ASSERT_EQ(0, isle_net_listen(self->net, hear, &h));
	EXPECT_EQ(-EALREADY, isle_net_listen(self->net, hear, &h));
	for (i = 1; i < 100; i++)
		ASSERT_TRUE(host_sends(&self->p, i, 100));
	EXPECT_TRUE(eventually(frames_heard(&h) == 100));
	EXPECT_EQ(0, h.wrong);
	/* who listens can send */
	EXPECT_EQ(0, lib_sends(self->net, 1, 60));
	EXPECT_TRUE(comes(self->p.host, 1, 60));
	/* closed while frames come: then no more calls */
	for (i = 100; i < 150; i++)
		ASSERT_TRUE(host_sends(&self->p, i, 100));
	isle_net_close(self->net);
	self->net = NULL;
	at_close = frames_heard(&h);
	for (i = 0; i < 20; i++) {
		host_sends(&self->p, i, 100);
		nap();
	}
	EXPECT_EQ(at_close, frames_heard(&h));
	EXPECT_EQ(0, h.end);
	EXPECT_EQ(0, h.wrong);
}

TEST_F_TIMEOUT(net, listener_closes, TIMEOUT)
{
	static struct heard h;
	unsigned int i;

	h = (struct heard){ .net = self->net, .close_at = 3 };
	ASSERT_EQ(0, isle_net_listen(self->net, hear, &h));
	self->net = NULL;
	for (i = 0; i < 20; i++)
		host_sends(&self->p, i, 100);
	EXPECT_TRUE(eventually(__atomic_load_n(&h.closed, __ATOMIC_ACQUIRE)));
	EXPECT_EQ(3, frames_heard(&h));
	EXPECT_EQ(0, h.wrong);
}

TEST_F_TIMEOUT(net, listener_of_removed, TIMEOUT)
{
	struct heard h = { .net = self->net };

	ASSERT_EQ(0, isle_net_listen(self->net, hear, &h));
	ASSERT_EQ(0, net_del(self->p.ctl, self->p.dom.id, "eth0", 0));
	EXPECT_TRUE(eventually(__atomic_load_n(&h.end, __ATOMIC_ACQUIRE)));
	EXPECT_EQ(-ENODEV, h.end);
	EXPECT_EQ(0, frames_heard(&h));
}

static void *read_one(void *arg)
{
	uint8_t frame[SIZE];

	return (void *)(intptr_t)isle_net_read(arg, frame, SIZE);
}

TEST_F_TIMEOUT(net, removed, TIMEOUT)
{
	struct isle_net_info info = { .size = sizeof(info) };
	uint8_t frame[SIZE] = { 0 };
	pthread_t thread;
	void *result;

	ASSERT_EQ(0, pthread_create(&thread, NULL, read_one, self->net));
	ASSERT_EQ(0, net_del(self->p.ctl, self->p.dom.id, "eth0", 0));
	pthread_join(thread, &result);
	EXPECT_EQ(-ENODEV, (int)(intptr_t)result);
	EXPECT_EQ(-ENODEV, isle_net_read(self->net, frame, SIZE));
	EXPECT_EQ(-ENODEV, isle_net_wait(self->net, -1));
	EXPECT_EQ(-ENODEV, isle_net_get_info(self->net, &info));
	EXPECT_EQ(-ENODEV, isle_net_mtu(self->net));
	EXPECT_EQ(-ENODEV, isle_net_reset_stats(self->net));
	EXPECT_EQ(-ENODEV, isle_net_write(self->net, frame, 60));
}

/* opening */

TEST_F_TIMEOUT(net, opening, TIMEOUT)
{
	struct isle_net *net = NULL;
	int fd;

	EXPECT_EQ(-ENOENT, isle_net_open_in(self->domain, "none", 0, &net));
	EXPECT_EQ(-EINVAL, isle_net_open_in(self->domain, "", 0, &net));
	EXPECT_EQ(-EINVAL, isle_net_open_in(self->domain, "eth0", 1U << 31, &net));
	EXPECT_EQ(-EINVAL, isle_net_open("a b", 0, &net));
	EXPECT_EQ(-ENOENT, isle_net_open("/dev/isle/none/net/none", 0, &net));
	EXPECT_EQ(-ENOTTY, isle_net_open("/dev/null", 0, &net));
	EXPECT_EQ(NULL, net);
	/* a file of one's own */
	fd = net_open(self->p.dom.fd, "eth0", 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, isle_net_from_fd(fd, ISLE_NET_OPEN_NO_RING, &net));
	EXPECT_EQ(fd, isle_net_fd(net));
	EXPECT_EQ(0, lib_sends(net, 4, 60));
	EXPECT_TRUE(comes(self->p.host, 4, 60));
	isle_net_close(net);
	isle_net_close(NULL);
}

/* Only who has the ring receives; everybody sends */
TEST_F_TIMEOUT(net, second_handle, TIMEOUT)
{
	struct isle_net *second;
	uint8_t frame[SIZE];

	ASSERT_EQ(0, isle_net_open_in(self->domain, "eth0", 0, &second));
	if (isle_net_is_ring(self->net)) {
		EXPECT_EQ(0, isle_net_is_ring(second));
		EXPECT_EQ(-EBUSY, isle_net_try_read(second, frame, SIZE));
	}
	EXPECT_EQ(0, lib_sends(second, 1, 60));
	EXPECT_TRUE(comes(self->p.host, 1, 60));
	EXPECT_EQ(0, lib_sends(self->net, 2, 60));
	EXPECT_TRUE(comes(self->p.host, 2, 60));
	/* then the other one can have it */
	isle_net_close(self->net);
	self->net = second;
}

/* two threads send, two receive */

struct worker {
	pthread_t thread;
	struct isle_net *net;
	uint32_t first, count;
	unsigned int *seen;
	int result;
};

static void *send_many(void *arg)
{
	struct worker *w = arg;
	uint8_t frame[SIZE];

	for (uint32_t i = 0; i < w->count && !w->result; i++) {
		frame_fill(frame, 60 + i % 500, w->first + i);
		w->result = isle_net_write(w->net, frame, 60 + i % 500);
	}
	return NULL;
}

TEST_F_TIMEOUT(net, two_senders, TIMEOUT)
{
	static struct worker w[2];
	const uint32_t count = rounds(500, 100);
	uint8_t back[SIZE];
	uint32_t next[2] = { 0 }, number, i;
	ssize_t len;

	for (i = 0; i < 2; i++) {
		w[i] = (struct worker){ .net = self->net, .first = i << 16, .count = count };
		ASSERT_EQ(0, pthread_create(&w[i].thread, NULL, send_many, &w[i]));
	}
	/* the socket may lose some, but none is torn, and the order is kept */
	for (i = 0; i < 2; i++) {
		pthread_join(w[i].thread, NULL);
		EXPECT_EQ(0, w[i].result);
	}
	/* until what is sent now: it comes last, unless that is lost, too */
	do {
		ASSERT_EQ(0, lib_sends(self->net, 2 << 16, 60));
		len = frame_wait(self->p.host, back, sizeof(back));
		ASSERT_LT(0, len);
		memcpy(&number, back + 14, 4);
		if (number >> 16 == 2)
			break;
		ASSERT_TRUE(number >> 16 < 2);
		ASSERT_LE(next[number >> 16], number & 0xffff);
		next[number >> 16] = (number & 0xffff) + 1;
		ASSERT_EQ(60 + (number & 0xffff) % 500, len);
		ASSERT_TRUE(frame_is(back, len, number));
	} while (true);
	EXPECT_LT(0, next[0] + next[1]);
}

/* UDP is left to the program only if it has said that it knows of it */
TEST_F_TIMEOUT(net, datagrams, TIMEOUT)
{
	int fd = host_socket(0x0a000001);
	size_t payload = 14037, done;
	struct isle_net *net;
	static uint8_t frame[HDR + 70000];
	struct virtio_net_hdr hdr;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EINVAL, isle_net_open_in(self->domain, "eth0", variant->flags |
					    ISLE_NET_OPEN_USO, &net));
	isle_net_close(self->net);
	ASSERT_EQ(0, isle_net_open_in(self->domain, "eth0", variant->flags |
				      ISLE_NET_OPEN_HDR, &self->net));
	ASSERT_EQ(0, host_datagram(fd, payload, 1400));
	for (done = 0; done < payload; done += 1400) {
		int len = isle_net_read(self->net, frame, sizeof(frame));

		ASSERT_TRUE(is_piece(frame + HDR, len - (int)HDR, payload, done, 1400,
				     false));
	}
	isle_net_close(self->net);
	ASSERT_EQ(0, isle_net_open_in(self->domain, "eth0", variant->flags |
				      ISLE_NET_OPEN_HDR | ISLE_NET_OPEN_USO,
				      &self->net));
	ASSERT_EQ(0, host_datagram(fd, payload, 1400));
	EXPECT_TRUE(is_whole(frame, isle_net_read(self->net, frame, sizeof(frame)),
			     payload, 1400));
	close(fd);
	fd = host_socket(0x0a000002);
	ASSERT_LE(0, fd);
	hdr = truth_of(1400);
	memcpy(frame, &hdr, HDR);
	ASSERT_EQ(0, isle_net_write(self->net, frame,
				    HDR + datagram(frame + HDR, payload)));
	for (done = 0; done < payload; done += 1400)
		ASSERT_EQ((ssize_t)(payload - done < 1400 ? payload - done : 1400),
			  frame_wait(fd, frame, sizeof(frame)));
	close(fd);
}

TEST_HARNESS_MAIN
