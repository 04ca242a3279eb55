// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: cables between network devices
 */
#include <kselftest_harness.h>

#include <pthread.h>

#include "ring.h"
#include "segment.h"

FIXTURE(cable) {
	struct port p;		/* one end */
	struct dom far;		/* the other, also "eth0" */
	int fd;
};

#define CONNECT(a, an, b, bn) \
	net_cable(self->p.ctl, ISLE_CTL_DEVICE_CONNECT, a, an, b, bn)
#define DISCONNECT(a, an) \
	net_cable(self->p.ctl, ISLE_CTL_DEVICE_DISCONNECT, a, an, 0, NULL)
#define A	(self->p.dom.id)
#define B	(self->far.id)

FIXTURE_SETUP(cable)
{
	struct isle_net_config config = { .size = sizeof(config) };

	ASSERT_EQ(0, port_make(&self->p, NULL));
	ASSERT_EQ(0, dom_create(self->p.ctl, NULL, &self->far));
	ASSERT_EQ(0, net_add(self->p.ctl, B, "eth0", &config));
	ASSERT_EQ(0, dom_link(self->p.ctl, A, B));
	self->fd = net_open(self->far.fd, "eth0", 0);
	ASSERT_LE(0, self->fd);
	ASSERT_EQ(0, CONNECT(A, "eth0", B, "eth0"));
}

FIXTURE_TEARDOWN(cable)
{
	close(self->fd);
	close(self->far.fd);
	EXPECT_TRUE(port_end(&self->p));
}

static bool sends(int fd, uint32_t number, size_t len)
{
	uint8_t frame[2048];

	frame_fill(frame, len, number);
	return write(fd, frame, len) == (ssize_t)len;
}

/* Value: whether frames go through, both ways */
static bool joined(int a, int b)
{
	int i;

	for (i = 0; i < 10; i++)
		if (!sends(a, i, 14 + 150 * i) || !comes(b, i, 14 + 150 * i) ||
		    !sends(b, i, 60 + i) || !comes(a, i, 60 + i))
			return false;
	return true;
}

static __u32 state(int fd)
{
	struct isle_net_info info;

	return net_info(fd, &info) ? ~0u : info.state;
}

TEST_F_TIMEOUT(cable, both_ways, TIMEOUT)
{
	struct isle_net_stats stats;
	struct isle_net_info info;

	EXPECT_TRUE(joined(self->p.fd, self->fd));
	ASSERT_EQ(0, net_info(self->p.fd, &info));
	EXPECT_EQ(ISLE_NET_CABLE, info.state & ISLE_NET_CABLE);
	EXPECT_EQ(B, info.peer);
	EXPECT_STREQ("eth0", info.peer_name);
	ASSERT_EQ(0, net_info(self->fd, &info));
	EXPECT_EQ(A, info.peer);
	ASSERT_EQ(0, net_stats(self->fd, &stats));
	EXPECT_EQ(10, stats.rx_packets);
	EXPECT_EQ(10, stats.tx_packets);
	/* the host saw nothing of it, and gets nothing through */
	EXPECT_EQ(-EAGAIN, err(recv(self->p.host, &info, sizeof(info), 0)));
	host_sends(&self->p, 1, 60);
	EXPECT_EQ(0, poll_now(self->p.fd, POLLIN));
	ASSERT_EQ(0, DISCONNECT(B, "eth0"));
	EXPECT_EQ(ISLE_NET_UP, state(self->p.fd));
	EXPECT_TRUE(sends(self->p.fd, 7, 60));
	EXPECT_TRUE(comes(self->p.host, 7, 60));
	EXPECT_EQ(-ENOTCONN, DISCONNECT(B, "eth0"));
	EXPECT_EQ(-ENOTCONN, DISCONNECT(A, "eth0"));
}

TEST_F_TIMEOUT(cable, ring_to_ring, TIMEOUT)
{
	struct rings a, b;
	int i;

	ASSERT_EQ(0, rings_make(&a, self->p.fd, 16384));
	ASSERT_EQ(0, rings_make(&b, self->fd, 16384));
	for (i = 0; i < 100; i++) {
		ring_put(&a, i, 60 + i * 10);
		ASSERT_EQ(0, ring_publish(&a));
		ASSERT_TRUE(ring_comes(&b, i, 60 + i * 10));
		ring_put(&b, i, 60 + i * 11);
		ASSERT_EQ(0, ring_publish(&b));
		ASSERT_TRUE(ring_comes(&a, i, 60 + i * 11));
	}
	rings_unmap(&a);
	rings_unmap(&b);
}

TEST_F_TIMEOUT(cable, peer_does_not_read, TIMEOUT)
{
	struct isle_net_stats mine, theirs;
	const int count = 1500;
	int i;

	for (i = 0; i < count; i++)
		ASSERT_TRUE(sends(self->p.fd, i, 1514));
	ASSERT_EQ(0, net_stats(self->p.fd, &mine));
	ASSERT_EQ(0, net_stats(self->fd, &theirs));
	EXPECT_EQ(count, (int)mine.tx_packets);
	EXPECT_EQ(count, (int)(theirs.rx_packets + theirs.rx_dropped));
	EXPECT_LT(0, theirs.rx_dropped);
}

TEST_F_TIMEOUT(cable, larger_than_the_other_takes, TIMEOUT)
{
	struct isle_net_stats stats;
	static uint8_t frame[9014];
	__u32 i;

	ASSERT_EQ(0, if_mtu("port", 9000));
	frame_fill(frame, sizeof(frame), 1);
	for (i = 0; i < 3; i++)
		EXPECT_EQ(9014, write(self->p.fd, frame, 9014));
	ASSERT_EQ(0, net_stats(self->fd, &stats));
	EXPECT_EQ(3, stats.rx_dropped);
	EXPECT_EQ(0, poll_now(self->fd, POLLIN));
	EXPECT_TRUE(joined(self->p.fd, self->fd));
}

struct reader {
	pthread_t thread;
	int fd;
	ssize_t got;
	int done;
};

static void *read_one(void *arg)
{
	struct reader *r = arg;
	uint8_t frame[2048];

	r->got = read(r->fd, frame, sizeof(frame));
	__atomic_store_n(&r->done, 1, __ATOMIC_RELEASE);
	return NULL;
}

/* One of them takes all, and puts back what is not for it */
TEST_F_TIMEOUT(cable, two_wait_for_pieces, TIMEOUT)
{
	struct virtio_net_hdr hdr = truth(1400);
	struct reader r[2] = {};
	int i, round;

	ASSERT_EQ(0, net_mode(self->p.fd, ISLE_NET_HDR, ALL));
	for (round = 0; round < rounds(50, 10); round++) {
		for (i = 0; i < 2; i++) {
			r[i] = (struct reader){ .fd = self->fd };
			ASSERT_EQ(0, pthread_create(&r[i].thread, NULL, read_one,
						    &r[i]));
		}
		ASSERT_EQ(0, segment_send(self->p.fd, &hdr, 2800));
		for (i = 0; i < 2; i++) {
			ASSERT_TRUE(eventually(__atomic_load_n(&r[i].done,
							       __ATOMIC_ACQUIRE)));
			pthread_join(r[i].thread, NULL);
			EXPECT_EQ(HEADS + 1400, r[i].got);
		}
	}
}

TEST_F_TIMEOUT(cable, refused, TIMEOUT)
{
	struct isle_net_config config = { .size = sizeof(config) };
	struct dom third;

	ASSERT_EQ(0, dom_create(self->p.ctl, NULL, &third));
	ASSERT_EQ(0, net_add(self->p.ctl, third.id, "eth0", &config));
	ASSERT_EQ(0, net_add(self->p.ctl, A, "eth1", &config));
	EXPECT_EQ(-EPERM, CONNECT(A, "eth1", third.id, "eth0"));
	EXPECT_EQ(-EPERM, CONNECT(third.id, "eth0", A, "eth1"));
	EXPECT_EQ(-EBUSY, CONNECT(A, "eth0", B, "eth0"));
	EXPECT_EQ(-EBUSY, CONNECT(A, "eth1", B, "eth0"));
	EXPECT_EQ(-EINVAL, CONNECT(A, "eth1", A, "eth1"));
	EXPECT_EQ(-ENOENT, CONNECT(A, "eth1", B, "none"));
	EXPECT_EQ(-ENOENT, CONNECT(A, "none", B, "eth0"));
	EXPECT_EQ(-ENOENT, CONNECT(A, "eth1", 30000, "eth0"));
	EXPECT_EQ(-ENOTCONN, DISCONNECT(A, "eth1"));
	EXPECT_EQ(-ENOENT, DISCONNECT(A, "none"));
	EXPECT_EQ(-EINVAL, CONNECT(A, "a b", B, "eth0"));
	/* within a domain, no link is needed */
	EXPECT_EQ(0, net_add(self->p.ctl, A, "eth2", &config));
	EXPECT_EQ(0, CONNECT(A, "eth1", A, "eth2"));
	EXPECT_EQ(0, DISCONNECT(A, "eth2"));
	close(third.fd);
}

/* The two commands of the control, with every kind of bad argument */
TEST_F_TIMEOUT(cable, bad_arguments, TIMEOUT)
{
	static const unsigned long commands[] = {
		ISLE_CTL_DEVICE_CONNECT, ISLE_CTL_DEVICE_DISCONNECT,
	};
	const struct isle_device_connect good = {
		.size = sizeof(good), .dev_class = ISLE_CLASS_NET, .domid = A,
		.name = "eth0",
	};
	struct isle_device_connect arg;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		bool connect = commands[i] == ISLE_CTL_DEVICE_CONNECT;
		struct isle_device_connect base = good;

		if (connect) {
			base.peer = B;
			strcpy(base.peer_name, "eth0");
		}
		for (arg = base, arg.size = 0; arg.size < sizeof(arg); arg.size++)
			EXPECT_EQ(-EINVAL, call(self->p.ctl, commands[i], &arg));
		arg = base;
		arg.flags = 1;
		EXPECT_EQ(-EINVAL, call(self->p.ctl, commands[i], &arg));
		arg = base;
		arg.reserved = 1U << 31;
		EXPECT_EQ(-EINVAL, call(self->p.ctl, commands[i], &arg));
		arg = base;
		memset(arg.name, 'x', sizeof(arg.name));
		EXPECT_EQ(-EINVAL, call(self->p.ctl, commands[i], &arg));
		arg = base;
		memset(arg.peer_name, 'x', sizeof(arg.peer_name));
		EXPECT_EQ(-EINVAL, call(self->p.ctl, commands[i], &arg));
		arg = base;
		arg.dev_class = 1U << 31;
		EXPECT_GT(0, call(self->p.ctl, commands[i], &arg));
		arg.dev_class = ISLE_CLASS_BLK;
		EXPECT_GT(0, call(self->p.ctl, commands[i], &arg));
		EXPECT_EQ(-EFAULT, call(self->p.ctl, commands[i], NULL));
	}
	/* the cable is still there, and the only one */
	EXPECT_EQ(-EBUSY, CONNECT(A, "eth0", B, "eth0"));
}

TEST_F_TIMEOUT(cable, cut, TIMEOUT)
{
	struct isle_net_config config = { .size = sizeof(config) };

	/* by who takes the link away */
	ASSERT_EQ(0, dom_unlink(self->p.ctl, A, B));
	EXPECT_EQ(ISLE_NET_UP, state(self->p.fd));
	EXPECT_EQ(0, state(self->fd));
	EXPECT_TRUE(sends(self->p.fd, 1, 60));
	EXPECT_TRUE(comes(self->p.host, 1, 60));
	EXPECT_EQ(0, poll_now(self->fd, POLLIN));
	/* by who removes a device */
	ASSERT_EQ(0, dom_link(self->p.ctl, A, B));
	EXPECT_EQ(ISLE_NET_UP, state(self->p.fd));
	ASSERT_EQ(0, CONNECT(B, "eth0", A, "eth0"));
	ASSERT_EQ(0, net_del(self->p.ctl, B, "eth0", 0));
	EXPECT_EQ(ISLE_NET_UP, state(self->p.fd));
	/* by the end of a domain */
	ASSERT_EQ(0, net_add(self->p.ctl, B, "eth0", &config));
	ASSERT_EQ(0, CONNECT(B, "eth0", A, "eth0"));
	ASSERT_EQ(0, dom_destroy(self->p.ctl, B, 0));
	EXPECT_EQ(ISLE_NET_UP, state(self->p.fd));
	EXPECT_TRUE(sends(self->p.fd, 2, 60));
	EXPECT_TRUE(comes(self->p.host, 2, 60));
}

struct talker {
	pthread_t thread;
	int fd;
	bool stop;		/* atomic */
};

static void *talk(void *arg)
{
	struct talker *t = arg;
	struct isle_net_info info;
	uint8_t back[2048];
	int i;

	for (i = 0; !__atomic_load_n(&t->stop, __ATOMIC_RELAXED); i++) {
		sends(t->fd, i, 60);
		if (read(t->fd, back, sizeof(back)) < 0)
			net_info(t->fd, &info);
	}
	return NULL;
}

TEST_F_TIMEOUT(cable, under_load, TIMEOUT)
{
	static struct talker t[2];
	int i, n = rounds(60, 15);

	for (i = 0; i < 2; i++) {
		/* files that do not wait: each may find the other's frame gone */
		t[i].fd = net_open(i ? self->far.fd : self->p.dom.fd, "eth0",
				   ISLE_OPEN_NONBLOCK);
		ASSERT_LE(0, t[i].fd);
		ASSERT_EQ(0, pthread_create(&t[i].thread, NULL, talk, &t[i]));
	}
	for (i = 0; i < n; i++) {
		if (i % 3 == 0) {
			EXPECT_EQ(0, DISCONNECT(i % 2 ? A : B, "eth0"));
		} else {
			EXPECT_EQ(0, dom_unlink(self->p.ctl, A, B));
			EXPECT_EQ(0, dom_link(self->p.ctl, A, B));
		}
		EXPECT_EQ(0, CONNECT(A, "eth0", B, "eth0"));
	}
	EXPECT_EQ(0, net_del(self->p.ctl, i % 2 ? A : B, "eth0", 0));
	for (i = 0; i < 2; i++) {
		__atomic_store_n(&t[i].stop, true, __ATOMIC_RELAXED);
		pthread_join(t[i].thread, NULL);
		close(t[i].fd);
	}
}

TEST_HARNESS_MAIN
