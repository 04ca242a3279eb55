// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: network devices, one frame per call
 */
#include <kselftest_harness.h>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#include "net.h"

FIXTURE(frame) {
	struct port p;
};

FIXTURE_SETUP(frame)
{
	ASSERT_EQ(0, port_make(&self->p, NULL));
}

FIXTURE_TEARDOWN(frame)
{
	EXPECT_TRUE(port_end(&self->p));
}

TEST_F_TIMEOUT(frame, both_ways, TIMEOUT)
{
	static const size_t sizes[] = {
		14, 15, 16, 59, 60, 61, 64, 128, 999, 1000, 1512, 1513, 1514,
	};
	struct port *p = &self->p;
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		EXPECT_TRUE(domain_sends(p, i, sizes[i]))
			TH_LOG("%zu", sizes[i]);
		EXPECT_TRUE(comes(p->host, i, sizes[i]));
		EXPECT_TRUE(host_sends(p, 100 + i, sizes[i]))
			TH_LOG("%zu", sizes[i]);
		EXPECT_TRUE(comes(p->fd, 100 + i, sizes[i]));
	}
}

TEST_F_TIMEOUT(frame, in_order, TIMEOUT)
{
	struct port *p = &self->p;
	int i;

	for (i = 0; i < 200; i++)
		ASSERT_TRUE(host_sends(p, i, 60 + i));
	for (i = 0; i < 200; i++)
		ASSERT_TRUE(comes(p->fd, i, 60 + i));
	for (i = 0; i < 100; i++)
		ASSERT_TRUE(domain_sends(p, i, 60 + i));
	for (i = 0; i < 100; i++)
		ASSERT_TRUE(comes(p->host, i, 60 + i));
}

TEST_F_TIMEOUT(frame, sizes_refused, TIMEOUT)
{
	static uint8_t frame[1 << 20];
	struct port *p = &self->p;
	struct isle_net_stats stats;
	struct iovec iov[2] = { { frame, 13 }, { frame, 0 } };
	size_t len;

	memset(frame, 0xff, sizeof(frame));
	for (len = 0; len < 14; len++)
		EXPECT_EQ(-EINVAL, err(write(p->fd, frame, len)))
			TH_LOG("%zu", len);
	for (len = 1515; len <= 1520; len++)
		EXPECT_EQ(-EINVAL, err(write(p->fd, frame, len)))
			TH_LOG("%zu", len);
	for (len = 2048; len <= sizeof(frame); len *= 2) {
		EXPECT_EQ(-EINVAL, err(write(p->fd, frame, len)));
		EXPECT_EQ(-EINVAL, err(write(p->fd, frame, len - 1)));
	}
	EXPECT_EQ(-EINVAL, err(write(p->fd, frame, 65549)));
	EXPECT_EQ(-EINVAL, err(write(p->fd, frame, 65550)));
	EXPECT_EQ(-EINVAL, err(writev(p->fd, iov, 2)));
	iov[0].iov_len = 1514;
	iov[1].iov_len = 1;
	EXPECT_EQ(-EINVAL, err(writev(p->fd, iov, 2)));
	ASSERT_EQ(0, net_stats(p->fd, &stats));
	EXPECT_EQ(0, stats.tx_packets);
	EXPECT_EQ(0, stats.tx_dropped);
	/* nothing of all that was sent */
	EXPECT_TRUE(domain_sends(p, 1, 14));
	EXPECT_TRUE(comes(p->host, 1, 14));
}

TEST_F_TIMEOUT(frame, gather_and_scatter, TIMEOUT)
{
	uint8_t frame[1514], back[1514];
	struct iovec out[5] = {
		{ frame, 1 }, { frame + 1, 13 }, { frame + 14, 0 },
		{ frame + 14, 1000 }, { frame + 1014, 500 },
	};
	struct iovec in[4] = {
		{ back, 14 }, { back + 14, 3 }, { back + 17, 1400 },
		{ back + 1417, sizeof(back) - 1417 },
	};
	struct port *p = &self->p;

	frame_fill(frame, sizeof(frame), 7);
	ASSERT_EQ(1514, writev(p->fd, out, 5));
	EXPECT_TRUE(comes(p->host, 7, 1514));
	ASSERT_TRUE(host_sends(p, 8, 1450));
	ASSERT_EQ(1450, readv(p->fd, in, 4));
	EXPECT_TRUE(frame_is(back, 1450, 8));
}

TEST_F_TIMEOUT(frame, buffer_too_small, TIMEOUT)
{
	struct isle_net_mode mode = {
		.size = sizeof(mode), .flags = ISLE_NET_TRUNCATE,
	};
	struct port *p = &self->p;
	uint8_t back[200];

	ASSERT_TRUE(host_sends(p, 1, 100));
	ASSERT_TRUE(host_sends(p, 2, 100));
	ASSERT_TRUE(host_sends(p, 3, 100));
	memset(back, 0xa5, sizeof(back));
	EXPECT_EQ(-EMSGSIZE, err(read(p->fd, back, 99)));
	EXPECT_EQ(-EMSGSIZE, err(read(p->fd, back, 1)));
	EXPECT_EQ(-EMSGSIZE, err(read(p->fd, back, 99)));
	EXPECT_TRUE(all_bytes(back, 0xa5, sizeof(back)));
	EXPECT_TRUE(comes(p->fd, 1, 100));
	EXPECT_EQ(0, call(p->fd, ISLE_NET_MODE, &mode));
	EXPECT_EQ(40, read(p->fd, back, 40));
	EXPECT_TRUE(frame_is(back, 40, 2));
	EXPECT_TRUE(all_bytes(back + 40, 0xa5, sizeof(back) - 40));
	mode.flags = 0;
	EXPECT_EQ(0, call(p->fd, ISLE_NET_MODE, &mode));
	EXPECT_EQ(-EMSGSIZE, err(read(p->fd, back, 40)));
	EXPECT_TRUE(comes(p->fd, 3, 100));
}

TEST_F_TIMEOUT(frame, nothing_there, TIMEOUT)
{
	struct port *p = &self->p;
	uint8_t back[2048];
	struct iovec iov = { back, sizeof(back) };
	int fd = net_open(p->dom.fd, "eth0", ISLE_OPEN_NONBLOCK);

	ASSERT_LE(0, fd);
	EXPECT_EQ(-EAGAIN, err(read(fd, back, sizeof(back))));
	EXPECT_EQ(-EAGAIN, err(preadv2(p->fd, &iov, 1, -1, RWF_NOWAIT)));
	EXPECT_EQ(POLLOUT, poll_now(fd, POLLIN | POLLOUT));
	ASSERT_TRUE(host_sends(p, 1, 60));
	/* what is there is there for every file of the device */
	EXPECT_TRUE(eventually(poll_now(fd, POLLIN | POLLOUT) ==
			       (POLLIN | POLLOUT)));
	EXPECT_EQ(POLLIN, poll_now(p->fd, POLLIN));
	EXPECT_EQ(60, preadv2(p->fd, &iov, 1, -1, RWF_NOWAIT));
	EXPECT_TRUE(frame_is(back, 60, 1));
	EXPECT_EQ(-EAGAIN, err(read(fd, back, sizeof(back))));
	EXPECT_EQ(POLLOUT, poll_now(fd, POLLIN | POLLOUT));
	close(fd);
}

TEST_F_TIMEOUT(frame, epoll, TIMEOUT)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int ep = epoll_create1(EPOLL_CLOEXEC), i;
	struct port *p = &self->p;

	ASSERT_LE(0, ep);
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, p->fd, &event));
	for (i = 0; i < 20; i++) {
		ASSERT_TRUE(host_sends(p, i, 60));
		ASSERT_EQ(1, epoll_wait(ep, &event, 1, LONG_WAIT * 1000));
		EXPECT_TRUE(event.events & EPOLLIN);
		ASSERT_TRUE(comes(p->fd, i, 60));
	}
	close(ep);
}

TEST_F_TIMEOUT(frame, no_positions, TIMEOUT)
{
	struct port *p = &self->p;
	uint8_t buf[64] = { 0 };

	EXPECT_EQ(-ESPIPE, err(lseek(p->fd, 0, SEEK_SET)));
	EXPECT_EQ(-ESPIPE, err(lseek(p->fd, 0, SEEK_CUR)));
	EXPECT_EQ(-ESPIPE, err(pread(p->fd, buf, 64, 0)));
	EXPECT_EQ(-ESPIPE, err(pwrite(p->fd, buf, 64, 0)));
}

TEST_F_TIMEOUT(frame, bad_memory, TIMEOUT)
{
	size_t page = sysconf(_SC_PAGESIZE);
	struct port *p = &self->p;
	uint8_t *map = fenced(1);

	/* half of the frame cannot be reached */
	frame_fill(map + page - 30, 30, 1);
	EXPECT_EQ(-EFAULT, err(write(p->fd, map + page - 30, 60)));
	EXPECT_EQ(-EFAULT, err(write(p->fd, map + page, 60)));
	EXPECT_EQ(-EFAULT, err(write(p->fd, map + page - 13, 60)));
	EXPECT_TRUE(domain_sends(p, 2, 60));
	EXPECT_TRUE(comes(p->host, 2, 60));
	ASSERT_TRUE(host_sends(p, 3, 60));
	EXPECT_TRUE(eventually(poll_now(p->fd, POLLIN) == POLLIN));
	EXPECT_EQ(-EFAULT, err(read(p->fd, map + page - 30, 60)));
	EXPECT_EQ(-EFAULT, err(read(p->fd, map + page, 60)));
	EXPECT_TRUE(comes(p->fd, 3, 60));
	fenced_free(map, 1);
}

TEST_F_TIMEOUT(frame, one_direction, TIMEOUT)
{
	struct isle_device_open arg = {
		.size = sizeof(arg), .dev_class = ISLE_CLASS_NET,
		.flags = ISLE_OPEN_READ,
	};
	struct port *p = &self->p;
	uint8_t frame[60];

	put_name(arg.name, "eth0");
	frame_fill(frame, 60, 1);
	ASSERT_EQ(0, call(p->dom.fd, ISLE_DOMAIN_DEVICE_OPEN, &arg));
	EXPECT_EQ(-EBADF, err(write(arg.fd, frame, 60)));
	ASSERT_TRUE(host_sends(p, 2, 60));
	EXPECT_TRUE(comes(arg.fd, 2, 60));
	close(arg.fd);
	arg.fd = 0;
	arg.flags = ISLE_OPEN_WRITE;
	ASSERT_EQ(0, call(p->dom.fd, ISLE_DOMAIN_DEVICE_OPEN, &arg));
	EXPECT_EQ(60, write(arg.fd, frame, 60));
	EXPECT_TRUE(comes(p->host, 1, 60));
	EXPECT_EQ(-EBADF, err(read(arg.fd, frame, 60)));
	close(arg.fd);
}

TEST_F_TIMEOUT(frame, counters, TIMEOUT)
{
	struct port *p = &self->p;
	struct isle_net_stats stats;
	int i;

	for (i = 0; i < 10; i++)
		ASSERT_TRUE(domain_sends(p, i, 100));
	for (i = 0; i < 5; i++)
		ASSERT_TRUE(host_sends(p, i, 200));
	for (i = 0; i < 5; i++)
		ASSERT_TRUE(comes(p->fd, i, 200));
	for (i = 0; i < 10; i++)
		ASSERT_TRUE(comes(p->host, i, 100));
	ASSERT_EQ(0, net_stats(p->fd, &stats));
	EXPECT_EQ(10, stats.tx_packets);
	EXPECT_EQ(1000, stats.tx_bytes);
	EXPECT_EQ(5, stats.rx_packets);
	EXPECT_EQ(1000, stats.rx_bytes);
	EXPECT_EQ(0, stats.rx_dropped);
	EXPECT_EQ(0, stats.tx_dropped);
	EXPECT_EQ(0, stats.tx_errors);
	memset(&stats, 0, sizeof(stats));
	stats.size = sizeof(stats);
	stats.flags = ISLE_NET_STATS_RESET;
	ASSERT_EQ(0, call(p->fd, ISLE_NET_STATS, &stats));
	ASSERT_EQ(0, net_stats(p->fd, &stats));
	EXPECT_EQ(0, stats.tx_packets);
	EXPECT_EQ(0, stats.tx_bytes);
	EXPECT_EQ(0, stats.rx_packets);
	EXPECT_EQ(0, stats.rx_bytes);
	memset(&stats, 0, sizeof(stats));
	stats.size = sizeof(stats);
	stats.flags = 2;
	EXPECT_EQ(-EINVAL, call(p->fd, ISLE_NET_STATS, &stats));
	stats.flags = 0;
	stats.tx_errors = 1;
	EXPECT_EQ(-EINVAL, call(p->fd, ISLE_NET_STATS, &stats));
}

TEST_F_TIMEOUT(frame, nobody_reads, TIMEOUT)
{
	struct port *p = &self->p;
	struct isle_net_stats stats;
	const unsigned int count = 1500;
	uint8_t back[2048];
	uint64_t got = 0;
	unsigned int i;

	/* more than the queue takes; the sender does not notice */
	for (i = 0; i < count; i++)
		ASSERT_TRUE(host_sends(p, i, 1514)) TH_LOG("%u", i);
	ASSERT_TRUE(eventually(!net_stats(p->fd, &stats) &&
			       stats.rx_packets + stats.rx_dropped == count));
	EXPECT_LT(0, stats.rx_dropped);
	EXPECT_LT(0, stats.rx_packets);
	/* what was kept is the beginning */
	while (poll_now(p->fd, POLLIN) == POLLIN) {
		ASSERT_EQ(1514, read(p->fd, back, sizeof(back)));
		ASSERT_TRUE(frame_is(back, 1514, got));
		got++;
	}
	EXPECT_EQ(stats.rx_packets, got);
	/* and there is room again */
	ASSERT_TRUE(host_sends(p, 7, 100));
	EXPECT_TRUE(comes(p->fd, 7, 100));
}

TEST_F_TIMEOUT(frame, nobody_there, TIMEOUT)
{
	struct port *p = &self->p;

	close(p->fd);
	ASSERT_TRUE(host_sends(p, 1, 100));
	p->fd = net_open(p->dom.fd, "eth0", 0);
	ASSERT_LE(0, p->fd);
	/* what came meanwhile is not kept for whoever comes next */
	ASSERT_TRUE(host_sends(p, 2, 100));
	EXPECT_TRUE(comes(p->fd, 2, 100));
}

TEST_F_TIMEOUT(frame, interface_down, TIMEOUT)
{
	struct port *p = &self->p;
	struct isle_net_stats stats;
	struct isle_net_info info;

	ASSERT_EQ(0, net_info(p->fd, &info));
	EXPECT_EQ(ISLE_NET_UP, info.state);
	ASSERT_EQ(0, if_set("port", false));
	ASSERT_EQ(0, net_info(p->fd, &info));
	EXPECT_EQ(0, info.state);
	EXPECT_TRUE(domain_sends(p, 1, 60));
	ASSERT_EQ(0, net_stats(p->fd, &stats));
	EXPECT_EQ(1, stats.tx_dropped);
	EXPECT_EQ(0, stats.tx_packets);
	ASSERT_EQ(0, if_set("port", true));
	close(p->host);
	p->host = host_open("port");
	ASSERT_LE(0, p->host);
	EXPECT_TRUE(domain_sends(p, 2, 60));
	EXPECT_TRUE(comes(p->host, 2, 60));
	EXPECT_TRUE(host_sends(p, 3, 60));
	EXPECT_TRUE(comes(p->fd, 3, 60));
}

TEST_F_TIMEOUT(frame, mtu, TIMEOUT)
{
	static uint8_t frame[65549];
	struct port *p = &self->p;
	struct isle_net_info info;

	memset(frame, 0xff, sizeof(frame));
	ASSERT_EQ(0, if_mtu("port", 9000));
	ASSERT_EQ(0, net_info(p->fd, &info));
	EXPECT_EQ(9000, info.mtu);
	EXPECT_TRUE(domain_sends(p, 1, 9014));
	EXPECT_TRUE(comes(p->host, 1, 9014));
	EXPECT_TRUE(host_sends(p, 2, 9014));
	EXPECT_TRUE(comes(p->fd, 2, 9014));
	EXPECT_EQ(-EINVAL, err(write(p->fd, frame, 9015)));
	ASSERT_EQ(0, if_mtu("port", ISLE_NET_MTU_MIN));
	EXPECT_TRUE(domain_sends(p, 3, 82));
	EXPECT_TRUE(comes(p->host, 3, 82));
	EXPECT_EQ(-EINVAL, err(write(p->fd, frame, 83)));
	ASSERT_EQ(0, if_mtu("port", ISLE_NET_MTU_MAX));
	EXPECT_TRUE(domain_sends(p, 4, ISLE_NET_MTU_MAX + 14));
	EXPECT_TRUE(comes(p->host, 4, ISLE_NET_MTU_MAX + 14));
	EXPECT_EQ(-EINVAL,
		  err(write(p->fd, frame, ISLE_NET_MTU_MAX + 15)));
	EXPECT_EQ(-EINVAL, if_mtu("port", ISLE_NET_MTU_MIN - 1));
	EXPECT_EQ(-EINVAL, if_mtu("port", ISLE_NET_MTU_MAX + 1));
}

TEST_F_TIMEOUT(frame, mac, TIMEOUT)
{
	struct isle_net_mac mac = {
		.size = sizeof(mac), .mac = { 2, 0, 0, 0, 0, 9 },
	};
	struct port *p = &self->p;
	struct isle_net_info info;

	ASSERT_EQ(0, net_info(p->fd, &info));
	EXPECT_EQ(2, info.mac[0] & 3);
	EXPECT_EQ(2, info.host_mac[0] & 3);
	EXPECT_NE(0, memcmp(info.mac, info.host_mac, 6));
	ASSERT_EQ(0, call(p->fd, ISLE_NET_SET_MAC, &mac));
	ASSERT_EQ(0, net_info(p->fd, &info));
	EXPECT_EQ(0, memcmp(info.mac, mac.mac, 6));
	mac.mac[0] = 1;
	EXPECT_EQ(-EINVAL, call(p->fd, ISLE_NET_SET_MAC, &mac));
	memset(mac.mac, 0, 6);
	EXPECT_EQ(-EINVAL, call(p->fd, ISLE_NET_SET_MAC, &mac));
	mac.mac[0] = 2;
	mac.reserved[1] = 1;
	EXPECT_EQ(-EINVAL, call(p->fd, ISLE_NET_SET_MAC, &mac));
	ASSERT_EQ(0, net_info(p->fd, &info));
	EXPECT_EQ(9, info.mac[5]);
}

TEST_F_TIMEOUT(frame, waiting_by_ioctl, TIMEOUT)
{
	struct isle_net_wait wait = {
		.size = sizeof(wait), .events = ISLE_NET_WAIT_RX,
	};
	struct port *p = &self->p;

	EXPECT_EQ(-EAGAIN, call(p->fd, ISLE_NET_WAIT, &wait));
	wait.timeout_ns = 1000000;
	EXPECT_EQ(-ETIMEDOUT, call(p->fd, ISLE_NET_WAIT, &wait));
	wait.events = ISLE_NET_WAIT_RX | ISLE_NET_WAIT_TX;
	EXPECT_EQ(0, call(p->fd, ISLE_NET_WAIT, &wait));
	EXPECT_EQ(ISLE_NET_WAIT_TX, wait.events);
	ASSERT_TRUE(host_sends(p, 1, 60));
	wait.events = ISLE_NET_WAIT_RX;
	wait.timeout_ns = -1;
	EXPECT_EQ(0, call(p->fd, ISLE_NET_WAIT, &wait));
	EXPECT_EQ(ISLE_NET_WAIT_RX, wait.events);
	EXPECT_TRUE(comes(p->fd, 1, 60));
	wait.events = 4;
	EXPECT_EQ(-EINVAL, call(p->fd, ISLE_NET_WAIT, &wait));
	wait.events = 0;
	EXPECT_EQ(-EINVAL, call(p->fd, ISLE_NET_WAIT, &wait));
}

TEST_F_TIMEOUT(frame, modes_refused, TIMEOUT)
{
	struct isle_net_mode mode = { .size = sizeof(mode), .flags = 4 };
	struct isle_net_none none = { .size = sizeof(none) };
	struct port *p = &self->p;

	EXPECT_EQ(-EINVAL, call(p->fd, ISLE_NET_MODE, &mode));
	mode.flags = 1U << 31;
	EXPECT_EQ(-EINVAL, call(p->fd, ISLE_NET_MODE, &mode));
	mode.flags = 0;
	mode.reserved = 1;
	EXPECT_EQ(-EINVAL, call(p->fd, ISLE_NET_MODE, &mode));
	mode.reserved = 0;
	mode.offloads = ISLE_NET_CSUM;	/* without a header */
	EXPECT_EQ(-EINVAL, call(p->fd, ISLE_NET_MODE, &mode));
	EXPECT_EQ(-ENOTCONN, call(p->fd, ISLE_NET_KICK, &none));
	EXPECT_EQ(-ENOTTY, call(p->fd, ISLE_BLK_INFO, &(struct isle_blk_info){
			.size = sizeof(struct isle_blk_info) }));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, p->fd, 0));
	EXPECT_EQ(ENOTCONN, errno);
}

/* several that read */

#define READERS	4
#define EACH	100

struct reader {
	pthread_t thread;
	int fd;
	unsigned int seen[READERS * EACH];
	ssize_t end;
};

static void *read_on(void *arg)
{
	struct reader *r = arg;
	uint8_t back[2048];
	uint32_t number;
	ssize_t got;

	while ((got = read(r->fd, back, sizeof(back))) == 100) {
		memcpy(&number, back + 14, 4);
		if (number < READERS * EACH && frame_is(back, 100, number))
			r->seen[number]++;
	}
	r->end = err(got);
	return NULL;
}

TEST_F_TIMEOUT(frame, several_readers, TIMEOUT)
{
	static struct reader readers[READERS];
	struct isle_net_info info;
	struct port *p = &self->p;
	unsigned int i, j, sum;

	for (i = 0; i < READERS; i++) {
		/* two of them with a file of their own */
		readers[i].fd = i % 2 ? p->fd : net_open(p->dom.fd, "eth0", 0);
		ASSERT_LE(0, readers[i].fd);
		ASSERT_EQ(0, pthread_create(&readers[i].thread, NULL, read_on,
					    &readers[i]));
	}
	for (i = 0; i < READERS * EACH; i++)
		ASSERT_TRUE(host_sends(p, i, 100));
	EXPECT_TRUE(eventually(!net_info(p->fd, &info) && !info.queued));
	ASSERT_EQ(0, net_del(p->ctl, p->dom.id, "eth0", 0));
	for (i = 0; i < READERS; i++) {
		pthread_join(readers[i].thread, NULL);
		EXPECT_EQ(-ENODEV, readers[i].end);
		if (readers[i].fd != p->fd)
			close(readers[i].fd);
	}
	for (i = 0; i < READERS * EACH; i++) {
		for (sum = 0, j = 0; j < READERS; j++)
			sum += readers[j].seen[i];
		EXPECT_EQ(1, sum) TH_LOG("frame %u", i);
	}
}

static void nothing(int signal)
{
	(void)signal;
}

TEST_F_TIMEOUT(frame, signal_ends_it, TIMEOUT)
{
	struct sigaction act = { .sa_handler = nothing };
	static struct reader r;
	struct port *p = &self->p;
	bool ended = false;
	int i;

	sigaction(SIGUSR1, &act, NULL);
	r.fd = p->fd;
	ASSERT_EQ(0, pthread_create(&r.thread, NULL, read_on, &r));
	/* it may come before the thread waits: so again */
	for (i = 0; i < LONG_WAIT * 1000 && !ended; i++) {
		pthread_kill(r.thread, SIGUSR1);
		nap();
		ended = pthread_tryjoin_np(r.thread, NULL) == 0;
	}
	ASSERT_TRUE(ended);
	EXPECT_EQ(-EINTR, r.end);
}

TEST_F_TIMEOUT(frame, killed, TIMEOUT)
{
	struct isle_net_wait wait = {
		.size = sizeof(wait), .events = ISLE_NET_WAIT_RX,
		.timeout_ns = -1,
	};
	struct port *p = &self->p;
	uint8_t back[2048];
	int status, i;
	pid_t pid;

	for (i = 0; i < 10; i++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			if (i % 2)
				_exit(read(p->fd, back, sizeof(back)) != 0);
			_exit(call(p->fd, ISLE_NET_WAIT, &wait) != 0);
		}
		for (int n = 0; n < i; n++)
			nap();
		kill(pid, SIGKILL);
		ASSERT_TRUE(eventually(waitpid(pid, &status, WNOHANG) == pid));
		EXPECT_TRUE(WIFSIGNALED(status));
	}
	ASSERT_TRUE(host_sends(p, 1, 60));
	EXPECT_TRUE(comes(p->fd, 1, 60));
}

TEST_F_TIMEOUT(frame, removed, TIMEOUT)
{
	struct isle_net_none none = { .size = sizeof(none) };
	struct isle_net_mode mode = { .size = sizeof(mode) };
	struct isle_net_wait wait = { .size = sizeof(wait), .events = 1 };
	struct isle_net_mac mac = { .size = sizeof(mac), .mac = { 2 } };
	struct isle_net_ring_setup ring = {
		.size = sizeof(ring), .tx_size = 65536, .rx_size = 65536,
	};
	struct port *p = &self->p;
	struct isle_net_stats stats;
	struct isle_net_info info;
	struct isle_device_id id;
	uint8_t frame[60];

	ASSERT_TRUE(host_sends(p, 1, 60));
	ASSERT_EQ(0, net_del(p->ctl, p->dom.id, "eth0", 0));
	EXPECT_EQ(-ENODEV, if_index("port"));
	frame_fill(frame, 60, 1);
	EXPECT_EQ(-ENODEV, err(write(p->fd, frame, 60)));
	EXPECT_EQ(-ENODEV, err(write(p->fd, frame, 1)));
	EXPECT_EQ(-ENODEV, err(read(p->fd, frame, 60)));
	EXPECT_EQ(-ENODEV, net_info(p->fd, &info));
	EXPECT_EQ(-ENODEV, net_stats(p->fd, &stats));
	EXPECT_EQ(-ENODEV, dev_id(p->fd, &id));
	EXPECT_EQ(-ENODEV, call(p->fd, ISLE_NET_KICK, &none));
	EXPECT_EQ(-ENODEV, call(p->fd, ISLE_NET_MODE, &mode));
	EXPECT_EQ(-ENODEV, call(p->fd, ISLE_NET_WAIT, &wait));
	EXPECT_EQ(-ENODEV, call(p->fd, ISLE_NET_SET_MAC, &mac));
	EXPECT_EQ(-ENODEV, call(p->fd, ISLE_NET_RING_SETUP, &ring));
	EXPECT_EQ(POLLHUP | POLLERR, poll_now(p->fd, 0));
	EXPECT_TRUE(poll_now(p->fd, POLLIN) & POLLERR);
	/* the name is free for another one, which is not this one */
	ASSERT_EQ(0, net_add(p->ctl, p->dom.id, "eth0",
			     &(struct isle_net_config){
				     .size = sizeof(struct isle_net_config) }));
	EXPECT_EQ(-ENODEV, err(write(p->fd, frame, 60)));
}

TEST_HARNESS_MAIN
