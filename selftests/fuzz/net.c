// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: a fuzzer of network devices' rings
 *
 * Programs that lie write into their rings what makes sense, with some of it
 * replaced: indices, lengths and flags of records, headers with impossible
 * offsets, sizes and types, frames that are not what they say; some of it changes
 * while the kernel reads it.  Meanwhile the host sends, and a third party does
 * every ioctl, sets up rings, opens, closes, takes devices and interfaces away
 * and puts them back.  Once with the host's stack at the other end, once with a
 * bridge, and once with a cable, to another program of that sort.
 *
 * A number of rounds, not of seconds; ISLE_SEED repeats a run as far as one thread
 * is concerned.  Of a single call only a known errno is expected.  What has to
 * hold: the kernel survives (the machine's own checks), a device of a domain that
 * has nothing to do with it works all the time, those that were fuzzed work
 * afterwards, nothing is left.
 */
#include <kselftest_harness.h>

#include "liar.h"

#define ENDS	2
#define ALL	(ISLE_NET_CSUM | ISLE_NET_TSO4 | ISLE_NET_TSO6 | ISLE_NET_ECN | \
		 ISLE_NET_USO)

enum between { STACK, BRIDGE, CABLE };

static int ctl;
static struct end ends[ENDS];
static enum between between;
static bool stop;		/* atomic: the liars have had their rounds */

/* a life: a ring from its beginning until it is broken, or long enough */

static void live(struct worker *w)
{
	struct isle_net_mode mode = { .size = sizeof(mode) };
	struct liar l = { .w = w };
	int fd, ret;

	fd = net_open(w->end->dom.fd, "eth0", 0);
	expect_known(w, fd);
	if (fd < 0) {
		/* taken away just then */
		nap();
		w->rounds--;
		return;
	}
	l.temper = below(&w->rng, TEMPERS);
	if (below(&w->rng, 3)) {
		mode.flags = ISLE_NET_HDR;
		mode.offloads = below(&w->rng, 4) ? ALL : 0;
	}
	ret = call(fd, ISLE_NET_MODE, &mode);
	expect_known(w, ret);
	l.hdr = !ret && mode.flags;
	ret = liar_rings(&l, fd);
	expect_known(w, ret);
	if (!ret) {
		if (l.r.page != MAP_FAILED && l.r.tx != MAP_FAILED &&
		    l.r.rx != MAP_FAILED) {
			l.r.prod = LOAD(l.r.page->tx_prod);
			w->lives++;
			misuse(&l);
		}
		if (below(&w->rng, 2)) {
			close(fd);
			fd = -1;
		}
		/* after that it is memory, and nothing more */
		w->rounds--;
		if (l.r.page != MAP_FAILED && l.r.tx != MAP_FAILED &&
		    l.r.rx != MAP_FAILED)
			scribble(&l);
		liar_unmap(&l);
	} else {
		w->rounds--;
	}
	if (fd >= 0)
		close(fd);
}

static void *lie(void *arg)
{
	struct worker *w = arg;

	while (w->rounds > 0)
		live(w);
	return NULL;
}

/* the host */

static bool over(void)
{
	return __atomic_load_n(&stop, __ATOMIC_RELAXED);
}

/* With headers of its own, so that there is something to finish for the domain */
static void *host(void *arg)
{
	static __thread uint8_t frame[65536], back[65536];
	struct worker *w = arg;
	int fd, i, one = 1;
	uint32_t len;

	while (!over()) {
		fd = host_open(w->end->ifname);
		if (fd < 0 ||
		    setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one,
			       sizeof(one))) {
			if (fd >= 0)
				close(fd);
			nap();
			continue;
		}
		for (i = 0; i < 100 && !over(); i++) {
			len = make_frame(&w->rng, frame, sizeof(frame), true);
			if (send(fd, frame, len, 0) > 0)
				w->sent++;
			else if (errno == ENXIO || errno == ENODEV)
				break;
			while (recv(fd, back, sizeof(back), MSG_TRUNC) > 0)
				continue;
			/* others have something to do as well */
			if (i % 16 == 15)
				nap();
		}
		close(fd);
	}
	return NULL;
}

/* the third party */

static int cable(unsigned long cmd)
{
	struct isle_device_connect arg = {
		.size = sizeof(arg), .dev_class = ISLE_CLASS_NET,
		.domid = ends[0].dom.id,
	};

	put_name(arg.name, "eth0");
	if (cmd == ISLE_CTL_DEVICE_CONNECT) {
		arg.peer = ends[1].dom.id;
		put_name(arg.peer_name, "eth0");
	}
	return call(ctl, cmd, &arg);
}

/* With an address, so that the host's stack has something to do, or a bridge */
static int end_up(struct end *e)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_addr.s_addr = htobe32(0x0a090001),
	};
	struct ifreq request = { 0 };

	if (between == BRIDGE) {
		request.ifr_ifindex = if_index(e->ifname);
		if_call("bridge", SIOCBRADDIF, &request);
	} else {
		memcpy(&request.ifr_addr, &in, sizeof(in));
		if_call(e->ifname, SIOCSIFADDR, &request);
	}
	return if_set(e->ifname, true);
}

static int end_add(struct end *e)
{
	struct isle_net_config config = {
		.size = sizeof(config), .host_mac = { 2, 0, 0, 0, 0, 0xf0 },
	};

	memcpy(config.ifname, e->ifname, sizeof(config.ifname));
	return net_add(ctl, e->dom.id, "eth0", &config);
}

/* Any ioctl of the device, with any words */
static void one_ioctl(struct worker *w, int fd)
{
	static const unsigned long commands[] = {
		ISLE_DEVICE_ID, ISLE_NET_INFO, ISLE_NET_STATS, ISLE_NET_SET_MAC,
		ISLE_NET_MODE, ISLE_NET_RING_SETUP, ISLE_NET_KICK,
	};
	unsigned long cmd = commands[below(&w->rng, 7)];
	union {
		uint32_t words[64];
		struct isle_net_stats stats;
		struct isle_net_mac mac;
		struct isle_net_mode mode;
		struct isle_net_ring_setup setup;
	} arg = { .words = { 0 } };

	arg.words[0] = _IOC_SIZE(cmd);
	switch (cmd) {
	case ISLE_NET_STATS:
		arg.stats.flags = below(&w->rng, 2);
		break;
	case ISLE_NET_SET_MAC:
		fill(&w->rng, arg.mac.mac, 6);
		break;
	case ISLE_NET_MODE:
		arg.mode.flags = below(&w->rng, 4);
		arg.mode.offloads = below(&w->rng, 16);
		break;
	case ISLE_NET_RING_SETUP:
		arg.setup.tx_size = 4096u << below(&w->rng, 4);
		arg.setup.rx_size = 4096u << below(&w->rng, 4);
		break;
	}
	if (below(&w->rng, 4) == 0)
		arg.words[below(&w->rng, 16)] = odd_number(&w->rng);
	expect_known(w, call(fd, cmd, &arg));
}

/* A file of its own, of a device that somebody has a ring of, or nobody */
static void one_file(struct worker *w)
{
	int fd = net_open(w->end->dom.fd, "eth0", ISLE_OPEN_NONBLOCK);
	static uint8_t frame[65536];
	size_t size;
	void *map;
	int i;

	expect_known(w, fd);
	for (i = 0; fd >= 0 && i < 20; i++) {
		switch (below(&w->rng, 5)) {
		case 0:
			expect_known(w, err(write(fd, frame,
				make_frame(&w->rng, frame, sizeof(frame),
					   below(&w->rng, 2)))));
			break;
		case 1:
			expect_known(w, err(read(fd, frame,
						 below(&w->rng, 3000))));
			break;
		case 2:
			size = 4096 << below(&w->rng, 5);
			map = ring_map(fd, size, (below(&w->rng, 4) << 24) +
						 4096 * below(&w->rng, 3));
			if (map != MAP_FAILED)
				munmap(map, size);
			break;
		default:
			one_ioctl(w, fd);
		}
	}
	if (fd >= 0)
		close(fd);
}

/* Whatever an administrator may do */
static void one_change(struct worker *w)
{
	static const int mtus[] = { 68, 576, 1280, 1500, 9000, 65521 };
	struct end *e = w->end;
	int ret;

	switch (below(&w->rng, 8)) {
	case 0:
		expect_known(w, if_set(e->ifname, false));
		if_set(e->ifname, true);
		break;
	case 1:
	case 2:
		expect_known(w, if_mtu(e->ifname, mtus[below(&w->rng, 6)]));
		break;
	case 3:
		if (between == CABLE) {
			expect_known(w, cable(ISLE_CTL_DEVICE_DISCONNECT));
			expect_known(w, cable(ISLE_CTL_DEVICE_CONNECT));
		}
		break;
	case 4:
		if (between == CABLE) {
			expect_known(w, dom_unlink(ctl, ends[0].dom.id,
						   ends[1].dom.id));
			expect_known(w, dom_link(ctl, ends[0].dom.id,
						 ends[1].dom.id));
			expect_known(w, cable(ISLE_CTL_DEVICE_CONNECT));
		}
		break;
	case 5:
		expect_known(w, net_del(ctl, e->dom.id, "eth0",
					below(&w->rng, 2) ? ISLE_DEL_NOWAIT : 0));
		/* without waiting its name may be taken a little longer */
		if (!eventually((ret = end_add(e)) != -EEXIST))
			w->unknown = ret;
		expect_known(w, ret);
		end_up(e);
		if (between == CABLE)
			expect_known(w, cable(ISLE_CTL_DEVICE_CONNECT));
		break;
	}
}

static void *disturb(void *arg)
{
	struct worker *w = arg;
	int i;

	/* first come those who have rings, then who finds that they do */
	for (i = 0; !over() && i < w->rounds; i++) {
		w->end = &ends[below(&w->rng, ENDS)];
		if (below(&w->rng, 3))
			one_file(w);
		else
			one_change(w);
		w->sent++;
		nap();
	}
	return NULL;
}

/* afterwards */

/* Among what the host may have to say besides */
static bool comes_at_last(int fd, uint32_t number, size_t len)
{
	static uint8_t frame[65536];
	ssize_t got;
	int i;

	for (i = 0; i < 1000; i++) {
		got = frame_wait(fd, frame, sizeof(frame));
		if (got < 0)
			break;
		if (got == (ssize_t)len && frame_is(frame, len, number))
			return true;
	}
	return false;
}

static bool ring_comes_at_last(struct rings *r, uint32_t number, size_t len)
{
	struct isle_net_record head;
	bool found = false;
	uint8_t *at;

	while (!found) {
		if (LOAD(r->page->rx_prod) == r->cons &&
		    ring_wait(r->fd, ISLE_NET_WAIT_RX, LONG_WAIT * 1000000000ll) < 0)
			break;
		at = r->rx + (r->cons & (r->size - 1));
		memcpy(&head, at, sizeof(head));
		found = head.len == len && frame_is(at + sizeof(head), len, number);
		r->cons += sizeof(head) + ((head.len + 7) & ~7u);
		STORE(r->page->rx_cons, r->cons);
	}
	return found;
}

/* A device as a program uses it that means well: both ways, by frame and by ring */
static bool works(const struct end *e)
{
	struct port p = { .dom = e->dom };
	struct rings r = { 0 };
	bool good;

	p.fd = net_open(e->dom.fd, "eth0", 0);
	p.host = host_open(e->ifname);
	good = p.fd >= 0 && p.host >= 0 && domain_sends(&p, 1, 100) &&
	       comes_at_last(p.host, 1, 100) && host_sends(&p, 2, 100) &&
	       comes_at_last(p.fd, 2, 100) && !rings_make(&r, p.fd, 16384);
	if (good) {
		ring_put(&r, 3, 1000);
		good = !ring_publish(&r) && comes_at_last(p.host, 3, 1000) &&
		       host_sends(&p, 4, 1000) && ring_comes_at_last(&r, 4, 1000);
		rings_unmap(&r);
	}
	if (p.fd >= 0)
		close(p.fd);
	if (p.host >= 0)
		close(p.host);
	return good;
}

FIXTURE(fuzz) {
	struct counters start;
	struct end witness;
	uint64_t seed;
};

FIXTURE_VARIANT(fuzz) {
	enum between between;
};

FIXTURE_VARIANT_ADD(fuzz, stack) { STACK };
FIXTURE_VARIANT_ADD(fuzz, bridge) { BRIDGE };
FIXTURE_VARIANT_ADD(fuzz, cable) { CABLE };

static int bridge_make(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int ret = call(fd, SIOCBRADDBR, "bridge");

	close(fd);
	return ret ?: if_set("bridge", true);
}

FIXTURE_SETUP(fuzz)
{
	const char *seed = getenv("ISLE_SEED");
	int i;

	self->seed = seed ? strtoull(seed, NULL, 0) : 1;
	fprintf(stderr, "# ISLE_SEED=%llu\n", (unsigned long long)self->seed);
	self->start = counters_start();
	ASSERT_EQ(0, netns_new());
	ctl = control_open();
	ASSERT_LE(0, ctl);
	between = variant->between;
	if (between == BRIDGE)
		ASSERT_EQ(0, bridge_make());
	for (i = 0; i < ENDS; i++) {
		ASSERT_EQ(0, dom_create(ctl, NULL, &ends[i].dom));
		snprintf(ends[i].ifname, sizeof(ends[i].ifname), "fuzz%d", i);
		ASSERT_EQ(0, end_add(&ends[i]));
		ASSERT_EQ(0, end_up(&ends[i]));
	}
	ASSERT_EQ(0, dom_link(ctl, ends[0].dom.id, ends[1].dom.id));
	if (between == CABLE)
		ASSERT_EQ(0, cable(ISLE_CTL_DEVICE_CONNECT));
	ASSERT_EQ(0, dom_create(ctl, NULL, &self->witness.dom));
	strcpy(self->witness.ifname, "witness");
	ASSERT_EQ(0, end_add(&self->witness));
	ASSERT_EQ(0, if_set("witness", true));
}

FIXTURE_TEARDOWN(fuzz)
{
	int i;

	for (i = 0; i < ENDS; i++)
		close(ends[i].dom.fd);
	close(self->witness.dom.fd);
	close(ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

TEST_F_TIMEOUT(fuzz, rings, TIMEOUT)
{
	const int n = rounds(6000, 250);
	static struct worker liars[ENDS], hosts[ENDS], third;
	__u64 used[ENDS];
	unsigned int i, seen = 0;

	for (i = 0; i < ENDS; i++)
		used[i] = quota_used(ctl, ends[i].dom.id, ISLE_QUOTA_MEMORY);
	for (i = 0; i < ENDS; i++) {
		liars[i] = (struct worker){
			.rng = { self->seed * 1000 + i }, .end = &ends[i],
			.rounds = n,
		};
		hosts[i] = (struct worker){
			.rng = { self->seed * 1000 + 100 + i }, .end = &ends[i],
		};
		ASSERT_EQ(0, pthread_create(&liars[i].thread, NULL, lie,
					    &liars[i]));
		ASSERT_EQ(0, pthread_create(&hosts[i].thread, NULL, host,
					    &hosts[i]));
	}
	third = (struct worker){
		.rng = { self->seed * 1000 + 200 }, .rounds = 100 * n,
	};
	ASSERT_EQ(0, pthread_create(&third.thread, NULL, disturb, &third));
	/* meanwhile, and be it once */
	for (i = 0; i < ENDS; i++) {
		do {
			EXPECT_TRUE(works(&self->witness));
			seen++;
		} while (_metadata->passed &&
			 pthread_tryjoin_np(liars[i].thread, NULL));
		if (!_metadata->passed)
			pthread_join(liars[i].thread, NULL);
	}
	__atomic_store_n(&stop, true, __ATOMIC_RELAXED);
	pthread_join(third.thread, NULL);
	EXPECT_EQ(0, third.unknown);
	for (i = 0; i < ENDS; i++) {
		pthread_join(hosts[i].thread, NULL);
		EXPECT_EQ(0, liars[i].unknown);
		TH_LOG("end %u: %lu lives, %lu frames; the host: %lu", i,
		       liars[i].lives, liars[i].sent, hosts[i].sent);
		/* a fuzzer that gets nothing through tests nothing */
		EXPECT_LT(0, liars[i].lives);
		EXPECT_LT(0, liars[i].sent);
	}
	TH_LOG("the third party: %lu times; the witness: %u", third.sent, seen);
	EXPECT_TRUE(works(&self->witness));
	/* whoever was fuzzed is no worse for it, once it has its MTU again */
	if (between == CABLE) {
		int ret = cable(ISLE_CTL_DEVICE_DISCONNECT);

		EXPECT_TRUE(!ret || ret == -ENOTCONN);
	}
	for (i = 0; i < ENDS; i++) {
		EXPECT_TRUE(eventually(quota_used(ctl, ends[i].dom.id,
						  ISLE_QUOTA_MEMORY) == used[i]));
		ASSERT_EQ(0, if_mtu(ends[i].ifname, 1500));
		ASSERT_EQ(0, if_set(ends[i].ifname, true));
	}
	for (i = 0; i < ENDS; i++)
		EXPECT_TRUE(works(&ends[i]));
}

TEST_HARNESS_MAIN
