// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: network devices in ring mode, and programs that lie in it
 */
#include <kselftest_harness.h>

#include <pthread.h>

#include "ring.h"

#define SIZE	65536

FIXTURE(rings) {
	struct port p;
	struct rings r;
};

FIXTURE_SETUP(rings)
{
	ASSERT_EQ(0, port_make(&self->p, NULL));
	ASSERT_EQ(0, rings_make(&self->r, self->p.fd, SIZE));
}

FIXTURE_TEARDOWN(rings)
{
	rings_unmap(&self->r);
	EXPECT_TRUE(port_end(&self->p));
}

TEST_F_TIMEOUT(rings, both_ways, TIMEOUT)
{
	static const size_t sizes[] = { 14, 15, 16, 17, 60, 100, 1513, 1514 };
	struct rings *r = &self->r;
	unsigned int round, i;

	/* several times around */
	for (round = 0; round < 40; round++) {
		for (i = 0; i < 8; i++)
			ring_put(r, i, sizes[i]);
		ASSERT_EQ(0, ring_publish(r));
		for (i = 0; i < 8; i++)
			ASSERT_TRUE(comes(self->p.host, i, sizes[i]));
		for (i = 0; i < 8; i++)
			ASSERT_TRUE(host_sends(&self->p, i, sizes[i]));
		for (i = 0; i < 8; i++)
			ASSERT_TRUE(ring_comes(r, i, sizes[i]));
	}
}

TEST_F_TIMEOUT(rings, calls_in_ring_mode, TIMEOUT)
{
	struct isle_net_ring_setup setup;
	struct isle_net_mode mode = { .size = sizeof(mode) };
	struct port *p = &self->p;
	struct isle_net_info info;
	uint8_t back[2048];
	int fd;

	ASSERT_EQ(0, net_info(p->fd, &info));
	EXPECT_EQ(ISLE_NET_UP | ISLE_NET_RING, info.state);
	fd = net_open(p->dom.fd, "eth0", 0);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EBUSY, err(read(p->fd, back, sizeof(back))));
	EXPECT_EQ(-EBUSY, err(read(fd, back, sizeof(back))));
	EXPECT_EQ(-EBUSY, ring_setup(fd, SIZE, SIZE, &setup));
	EXPECT_EQ(-EBUSY, ring_setup(p->fd, SIZE, SIZE, &setup));
	EXPECT_EQ(-EBUSY, call(p->fd, ISLE_NET_MODE, &mode));
	EXPECT_EQ(-ENOTCONN, ring_kick(fd));
	EXPECT_EQ(0, ring_kick(p->fd));
	/* write(2) works as ever, of any file */
	EXPECT_TRUE(domain_sends(p, 1, 60));
	EXPECT_TRUE(comes(p->host, 1, 60));
	frame_fill(back, 60, 2);
	EXPECT_EQ(60, write(fd, back, 60));
	EXPECT_TRUE(comes(p->host, 2, 60));
	EXPECT_EQ(POLLOUT, poll_now(p->fd, POLLIN | POLLOUT));
	ASSERT_TRUE(host_sends(p, 3, 60));
	EXPECT_TRUE(eventually(poll_now(p->fd, POLLIN) == POLLIN));
	EXPECT_TRUE(ring_comes(&self->r, 3, 60));
	EXPECT_EQ(-EAGAIN, ring_wait(p->fd, ISLE_NET_WAIT_RX, 0));
	/* it ends with the file that has asked for it */
	close(p->fd);
	p->fd = fd;
	ASSERT_EQ(0, net_info(fd, &info));
	EXPECT_EQ(ISLE_NET_UP, info.state);
	ASSERT_TRUE(host_sends(p, 4, 60));
	EXPECT_TRUE(comes(fd, 4, 60));
	EXPECT_EQ(self->r.cons, LOAD(self->r.page->rx_prod));
}

TEST_F_TIMEOUT(rings, write_does_not_overtake, TIMEOUT)
{
	struct port *p = &self->p;
	struct isle_net_stats stats;

	/* it is there, and the kernel was not told */
	ring_put(&self->r, 1, 60);
	STORE(self->r.page->tx_prod, self->r.prod);
	EXPECT_TRUE(domain_sends(p, 2, 60));
	ASSERT_EQ(0, net_stats(p->fd, &stats));
	EXPECT_EQ(1, stats.tx_dropped);
	EXPECT_EQ(0, stats.tx_packets);
	EXPECT_EQ(0, ring_kick(p->fd));
	EXPECT_TRUE(comes(p->host, 1, 60));
	ASSERT_TRUE(eventually(LOAD(self->r.page->tx_cons) == self->r.prod));
	EXPECT_TRUE(domain_sends(p, 3, 60));
	EXPECT_TRUE(comes(p->host, 3, 60));
}

TEST_F_TIMEOUT(rings, closed_with_frames_in_it, TIMEOUT)
{
	struct port *p = &self->p;
	int fd, i;

	fd = net_open(p->dom.fd, "eth0", 0);
	ASSERT_LE(0, fd);
	for (i = 0; i < 10; i++)
		ring_put(&self->r, i, 60);
	STORE(self->r.page->tx_prod, self->r.prod);
	rings_unmap(&self->r);
	close(p->fd);
	p->fd = fd;
	for (i = 0; i < 10; i++)
		EXPECT_TRUE(comes(p->host, i, 60));
}

TEST_F_TIMEOUT(rings, nobody_reads, TIMEOUT)
{
	struct isle_net_stats stats;
	const unsigned int count = 200;
	unsigned int i;

	for (i = 0; i < count; i++)
		ASSERT_TRUE(host_sends(&self->p, i, 1000));
	ASSERT_TRUE(eventually(!net_stats(self->p.fd, &stats) &&
			       stats.rx_packets + stats.rx_dropped == count));
	EXPECT_EQ(SIZE / 1008, stats.rx_packets);
	for (i = 0; i < stats.rx_packets; i++)
		ASSERT_TRUE(ring_comes(&self->r, i, 1000));
	ASSERT_TRUE(host_sends(&self->p, 1000, 1000));
	EXPECT_TRUE(ring_comes(&self->r, 1000, 1000));
}

/* what is skipped, and counted */

TEST_F_TIMEOUT(rings, frames_refused, TIMEOUT)
{
	static const uint32_t lens[] = { 0, 1, 7, 8, 12, 13, 1515, 1516, 9000,
					 65000 };
	struct rings *r = &self->r;
	struct isle_net_stats stats;
	unsigned int i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		ring_put(r, 1, lens[i]);
		ASSERT_EQ(0, ring_publish(r)) TH_LOG("%u", lens[i]);
		ASSERT_TRUE(eventually(LOAD(r->page->tx_cons) == r->prod));
		ASSERT_EQ(0, net_stats(r->fd, &stats));
		EXPECT_EQ(i + 1, stats.tx_errors);
	}
	EXPECT_EQ(0, stats.tx_packets);
	/* the ring works on */
	ring_put(r, 2, 60);
	ASSERT_EQ(0, ring_publish(r));
	EXPECT_TRUE(comes(self->p.host, 2, 60));
}

/* what breaks it */

static bool broken(struct rings *r)
{
	return eventually(ring_kick(r->fd) == -EPROTO) &&
	       ring_wait(r->fd, ISLE_NET_WAIT_RX, -1) == -EPROTO &&
	       ring_wait(r->fd, ISLE_NET_WAIT_TX, 0) == -EPROTO &&
	       poll_now(r->fd, POLLIN | POLLOUT) & POLLERR;
}

/* Only this ring: the device works for whoever comes next */
static bool works_again(struct port *p, struct rings *r)
{
	close(p->fd);
	rings_unmap(r);
	p->fd = net_open(p->dom.fd, "eth0", 0);
	if (p->fd < 0 || rings_make(r, p->fd, SIZE))
		return false;
	ring_put(r, 5, 100);
	return !ring_publish(r) && comes(p->host, 5, 100) &&
	       host_sends(p, 6, 100) && ring_comes(r, 6, 100);
}

TEST_F_TIMEOUT(rings, lying_lengths, TIMEOUT)
{
	static const uint32_t lens[] = {
		65, 72, 73, 1514, 65535, 65536, 65537, 1U << 31, UINT32_MAX - 16,
		UINT32_MAX - 8, UINT32_MAX - 7, UINT32_MAX,
	};
	struct rings *r = &self->r;
	unsigned int i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		ring_put_as(r, 1, 64, lens[i], 0);
		ring_publish(r);
		EXPECT_TRUE(broken(r)) TH_LOG("%u", lens[i]);
		ASSERT_TRUE(works_again(&self->p, r)) TH_LOG("%u", lens[i]);
	}
	/* flags that are not defined */
	ring_put_as(r, 1, 64, 64, 1);
	ring_publish(r);
	EXPECT_TRUE(broken(r));
	ASSERT_TRUE(works_again(&self->p, r));
}

TEST_F_TIMEOUT(rings, jumping_indices, TIMEOUT)
{
	static const uint32_t jumps[] = {
		1, 4, 7, 9, SIZE + 8, SIZE + 1, 2 * SIZE, 1U << 31,
		UINT32_MAX, UINT32_MAX - 7, UINT32_MAX - SIZE + 1,
	};
	struct rings *r = &self->r;
	unsigned int i;

	for (i = 0; i < sizeof(jumps) / sizeof(jumps[0]); i++) {
		/* what is sent */
		STORE(r->page->tx_prod, r->prod + jumps[i]);
		ring_kick(r->fd);
		EXPECT_TRUE(broken(r)) TH_LOG("%#x", jumps[i]);
		ASSERT_TRUE(works_again(&self->p, r)) TH_LOG("%#x", jumps[i]);
		/* what was read: found when something comes */
		if (!(jumps[i] % 8) && -jumps[i] <= SIZE)
			continue;	/* nothing is wrong with these */
		STORE(r->page->rx_cons, r->cons + jumps[i]);
		ASSERT_TRUE(host_sends(&self->p, 1, 60));
		EXPECT_TRUE(broken(r)) TH_LOG("%#x", jumps[i]);
		ASSERT_TRUE(works_again(&self->p, r)) TH_LOG("%#x", jumps[i]);
	}
}

/* What the kernel writes is its own copy: changing it changes nothing */
TEST_F_TIMEOUT(rings, kernels_words, TIMEOUT)
{
	struct rings *r = &self->r;
	uint32_t i;

	for (i = 0; i < 50; i++) {
		STORE(r->page->tx_cons, 0x12345678 * i);
		STORE(r->page->rx_prod, 0x87654321 * i);
		STORE(((uint32_t *)r->page)[8], i);
		STORE(((uint32_t *)r->page)[40], i);
		ring_put(r, i, 100);
		STORE(r->page->tx_prod, r->prod);
		ASSERT_EQ(0, ring_kick(r->fd));
		ASSERT_TRUE(comes(self->p.host, i, 100));
		ASSERT_TRUE(eventually(LOAD(r->page->tx_cons) == r->prod));
		ASSERT_TRUE(host_sends(&self->p, i, 100));
		ASSERT_TRUE(eventually(LOAD(r->page->rx_prod) == r->cons + 112));
		ASSERT_TRUE(ring_comes(r, i, 100));
	}
}

/* everything changes at any time */

struct flipper {
	pthread_t thread;
	struct rings *r;
	bool stop;		/* atomic */
	struct rng rng;
};

static void *flip(void *arg)
{
	struct flipper *f = arg;
	struct rings *r = f->r;
	uint32_t *words = (uint32_t *)r->page;

	while (!__atomic_load_n(&f->stop, __ATOMIC_RELAXED)) {
		switch (below(&f->rng, 6)) {
		case 0:
			STORE(words[below(&f->rng, 32)], rnd(&f->rng));
			break;
		case 1:
			STORE(r->page->tx_prod, LOAD(r->page->tx_cons) +
			      8 * below(&f->rng, SIZE / 8));
			break;
		case 2:
			STORE(r->page->rx_cons, LOAD(r->page->rx_prod) -
			      8 * below(&f->rng, SIZE / 8));
			break;
		case 3:
			STORE(((uint32_t *)r->tx)[below(&f->rng, SIZE / 4)],
			      below(&f->rng, 2000));
			break;
		case 4:
			fill(&f->rng, r->tx + below(&f->rng, SIZE), 64);
			break;
		default:
			STORE(r->page->quiet, rnd(&f->rng));
		}
	}
	return NULL;
}

TEST_F_TIMEOUT(rings, everything_flips, TIMEOUT)
{
	static struct flipper f;
	uint8_t back[2048];
	int round, i, n = rounds(30, 8);

	for (round = 0; round < n; round++) {
		f = (struct flipper){ .r = &self->r, .rng = { round } };
		ASSERT_EQ(0, pthread_create(&f.thread, NULL, flip, &f));
		for (i = 0; i < 100; i++) {
			host_sends(&self->p, i, 14 + i * 15);
			domain_sends(&self->p, i, 60);
			ring_kick(self->p.fd);
			poll_now(self->p.fd, POLLIN | POLLOUT);
			ring_wait(self->p.fd, ISLE_NET_WAIT_RX, 1000);
		}
		__atomic_store_n(&f.stop, true, __ATOMIC_RELAXED);
		pthread_join(f.thread, NULL);
		/* and nobody else is any the worse for it */
		while (recv(self->p.host, back, sizeof(back), 0) > 0)
			continue;
		close(self->p.host);
		self->p.host = -1;
		close(self->p.fd);
		rings_unmap(&self->r);
		self->p.host = host_open("port");
		self->p.fd = net_open(self->p.dom.fd, "eth0", 0);
		ASSERT_LE(0, self->p.fd);
		ASSERT_EQ(0, rings_make(&self->r, self->p.fd, SIZE));
		ring_put(&self->r, 77, 100);
		ASSERT_EQ(0, ring_publish(&self->r));
		/* what was sent before may still come */
		do {
			ASSERT_LT(0, frame_wait(self->p.host, back, sizeof(back)));
		} while (!frame_is(back, 100, 77));
	}
}

/* making one */

TEST_F_TIMEOUT(rings, sizes, TIMEOUT)
{
	static const uint32_t bad[] = {
		0, 1, 8, 2048, 4095, 4097, 6144, 65535, (4U << 20) + 4096,
		8U << 20, 1U << 31, UINT32_MAX,
	};
	struct isle_net_ring_setup setup;
	struct port *p = &self->p;
	unsigned int i;
	__u64 used;

	close(p->fd);
	rings_unmap(&self->r);
	used = quota_used(p->ctl, p->dom.id, ISLE_QUOTA_MEMORY);
	p->fd = net_open(p->dom.fd, "eth0", 0);
	ASSERT_LE(0, p->fd);
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		EXPECT_EQ(-EINVAL, ring_setup(p->fd, bad[i], SIZE, &setup));
		EXPECT_EQ(-EINVAL, ring_setup(p->fd, SIZE, bad[i], &setup));
	}
	memset(&setup, 0, sizeof(setup));
	setup.size = sizeof(setup);
	setup.tx_size = SIZE;
	setup.rx_size = SIZE;
	setup.flags = 1;
	EXPECT_EQ(-EINVAL, call(p->fd, ISLE_NET_RING_SETUP, &setup));
	setup.flags = 0;
	setup.rx_offset = 1;
	EXPECT_EQ(-EINVAL, call(p->fd, ISLE_NET_RING_SETUP, &setup));
	EXPECT_EQ(used, quota_used(p->ctl, p->dom.id, ISLE_QUOTA_MEMORY));
	ASSERT_EQ(0, quota_set(p->ctl, p->dom.id, ISLE_QUOTA_MEMORY,
			       used + SIZE));
	EXPECT_EQ(-EDQUOT, ring_setup(p->fd, SIZE, SIZE, &setup));
	EXPECT_EQ(used, quota_used(p->ctl, p->dom.id, ISLE_QUOTA_MEMORY));
	ASSERT_EQ(0, quota_set(p->ctl, p->dom.id, ISLE_QUOTA_MEMORY,
			       64 << 20));
	ASSERT_EQ(0, rings_make(&self->r, p->fd, 4U << 20));
	ring_put(&self->r, 1, 1000);
	ASSERT_EQ(0, ring_publish(&self->r));
	EXPECT_TRUE(comes(p->host, 1, 1000));
	rings_unmap(&self->r);
	close(p->fd);
	p->fd = net_open(p->dom.fd, "eth0", 0);
	ASSERT_EQ(0, rings_make(&self->r, p->fd, 4096));
	ring_put(&self->r, 1, 1000);
	ASSERT_EQ(0, ring_publish(&self->r));
	EXPECT_TRUE(comes(p->host, 1, 1000));
}

/* What a program could not be told has not happened */
TEST_F_TIMEOUT(rings, not_told, TIMEOUT)
{
	struct port *p = &self->p;
	struct isle_net_ring_setup *setup;
	struct isle_net_stats *reset, stats;
	struct isle_net_info info;
	__u64 used;

	close(p->fd);
	rings_unmap(&self->r);
	used = quota_used(p->ctl, p->dom.id, ISLE_QUOTA_MEMORY);
	p->fd = net_open(p->dom.fd, "eth0", 0);
	ASSERT_LE(0, p->fd);
	setup = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, setup);
	reset = (void *)(setup + 1);
	*setup = (struct isle_net_ring_setup) {
		.size = sizeof(*setup), .tx_size = SIZE, .rx_size = SIZE,
	};
	*reset = (struct isle_net_stats) {
		.size = sizeof(*reset), .flags = ISLE_NET_STATS_RESET,
	};
	ASSERT_EQ(0, mprotect(setup, 4096, PROT_READ));
	EXPECT_EQ(-EFAULT, call(p->fd, ISLE_NET_RING_SETUP, setup));
	ASSERT_EQ(0, net_info(p->fd, &info));
	EXPECT_EQ(ISLE_NET_UP, info.state);
	EXPECT_EQ(used, quota_used(p->ctl, p->dom.id, ISLE_QUOTA_MEMORY));
	EXPECT_EQ(-ENOTCONN, ring_kick(p->fd));
	EXPECT_TRUE(domain_sends(p, 1, 100));
	EXPECT_EQ(-EFAULT, call(p->fd, ISLE_NET_STATS, reset));
	ASSERT_EQ(0, net_stats(p->fd, &stats));
	EXPECT_EQ(1, stats.tx_packets);
	EXPECT_EQ(100, stats.tx_bytes);
	munmap(setup, 4096);
	ASSERT_EQ(0, rings_make(&self->r, p->fd, SIZE));
}

TEST_F_TIMEOUT(rings, mappings, TIMEOUT)
{
	int fd = self->p.fd;

	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ | PROT_EXEC, MAP_SHARED,
				   fd, 0));
	EXPECT_EQ(EACCES, errno);
	EXPECT_EQ(MAP_FAILED, ring_map(fd, 8192, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(MAP_FAILED, ring_map(fd, 4096, 4096));
	EXPECT_EQ(MAP_FAILED, ring_map(fd, 4096, 1ull << 40));
	EXPECT_EQ(-1, mprotect(self->r.page, 4096, PROT_READ | PROT_EXEC));
	/* a new ring has nothing of an old one in it */
	memset(self->r.tx, 0xa5, SIZE);
	memset(self->r.rx, 0xa5, SIZE);
	close(self->p.fd);
	rings_unmap(&self->r);
	self->p.fd = net_open(self->p.dom.fd, "eth0", 0);
	ASSERT_EQ(0, rings_make(&self->r, self->p.fd, SIZE));
	EXPECT_TRUE(all_bytes(self->r.tx, 0, SIZE));
	EXPECT_TRUE(all_bytes(self->r.rx, 0, SIZE));
	/* both halves are the same bytes */
	self->r.tx[5] = 7;
	EXPECT_EQ(7, self->r.tx[SIZE + 5]);
}

TEST_F_TIMEOUT(rings, mapping_outlives_all, TIMEOUT)
{
	struct port *p = &self->p;

	ring_put(&self->r, 1, 60);
	ASSERT_EQ(0, ring_publish(&self->r));
	EXPECT_TRUE(comes(p->host, 1, 60));
	close(p->fd);
	p->fd = -1;
	ASSERT_EQ(0, dom_destroy(p->ctl, p->dom.id, 0));
	/* it is memory, and nothing more */
	memset(self->r.tx, 1, SIZE);
	memset(self->r.rx, 2, SIZE);
	EXPECT_EQ(1, self->r.tx[2 * SIZE - 1]);
	STORE(self->r.page->tx_prod, 12345);
}

TEST_F_TIMEOUT(rings, removed, TIMEOUT)
{
	int fd = self->p.fd;

	ring_put(&self->r, 1, 60);
	ASSERT_EQ(0, net_del(self->p.ctl, self->p.dom.id, "eth0", 0));
	STORE(self->r.page->tx_prod, self->r.prod);
	EXPECT_EQ(-ENODEV, ring_kick(fd));
	EXPECT_EQ(-ENODEV, ring_wait(fd, ISLE_NET_WAIT_RX, -1));
	EXPECT_TRUE(poll_now(fd, POLLIN) & POLLERR);
	EXPECT_EQ(MAP_FAILED, ring_map(fd, 4096, 0));
	EXPECT_EQ(ENODEV, errno);
}

TEST_F_TIMEOUT(rings, killed, TIMEOUT)
{
	int status, i, ready[2];
	struct port *p = &self->p;
	char byte;
	pid_t pid;

	for (i = 0; i < 6; i++) {
		close(p->fd);
		rings_unmap(&self->r);
		ASSERT_EQ(0, pipe(ready));
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			int fd = net_open(p->dom.fd, "eth0", 0);

			if (rings_make(&self->r, fd, SIZE) ||
			    write(ready[1], "", 1) != 1)
				_exit(1);
			for (;;) {
				if (i % 2)
					ring_wait(fd, ISLE_NET_WAIT_RX, -1);
				ring_put(&self->r, 1, 60);
				ring_publish(&self->r);
			}
		}
		ASSERT_EQ(1, read(ready[0], &byte, 1));
		host_sends(p, 1, 60);
		kill(pid, SIGKILL);
		ASSERT_TRUE(eventually(waitpid(pid, &status, WNOHANG) == pid));
		EXPECT_TRUE(WIFSIGNALED(status));
		close(ready[0]);
		close(ready[1]);
		p->fd = net_open(p->dom.fd, "eth0", 0);
		ASSERT_LE(0, p->fd);
		/* the device is free again */
		ASSERT_TRUE(eventually(rings_make(&self->r, p->fd, SIZE) == 0));
	}
}

TEST_HARNESS_MAIN
