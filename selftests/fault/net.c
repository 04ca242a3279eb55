// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: every allocation and every copy fails once, with network
 * devices
 *
 * As in failnth: each call with its first place failing, then the second, until
 * it passes.  What failed has changed nothing.  That a frame was dropped for
 * lack of memory is no failure of the call.
 */
#include <kselftest_harness.h>

#include <linux/virtio_net.h>

#include "../net/ring.h"
#include "nth.h"

#define SIZE	16384

FIXTURE(net) {
	struct port p;
	int nth;
	int fd;			/* between an operation and its undoing */
	void *map;
	__u64 offset;
	__u64 sent;		/* what the statistics said */
};

FIXTURE_SETUP(net)
{
	self->nth = nth_open();
	if (self->nth < 0)
		SKIP(return, "this kernel has no fault injection");
	ASSERT_EQ(0, port_make(&self->p, NULL));
}

FIXTURE_TEARDOWN(net)
{
	if (self->nth < 0)
		return;
	EXPECT_TRUE(port_end(&self->p));
	close(self->nth);
}

typedef int (*operation)(FIXTURE_DATA(net) *self);

static int op_add(FIXTURE_DATA(net) *self);

/*
 * When an interface is made the host's stack has more ways to say that it had no
 * memory: ENOBUFS for what is in /proc/sys, EINVAL for a name it could not copy.
 */
static bool sane_for(operation run_it, int ret)
{
	return sane(ret) ||
	       (run_it == op_add && (ret == -ENOBUFS || ret == -EINVAL));
}

/*
 * Making an interface has hundreds of places, nearly all in the host's stack,
 * and takes a second here.  What is ours comes first and last; of the others
 * some have to do.
 */
#define AT_ENDS	16
#define BETWEEN	12

/* How many places there are when nothing fails */
static int count_places(FIXTURE_DATA(net) *self, operation run_it,
			operation undo)
{
	const int many = 1000000;
	char text[32] = "";
	int ret;

	arm(self->nth, many);
	ret = run_it(self);
	if (pread(self->nth, text, sizeof(text) - 1, 0) <= 0)
		return -errno;
	disarm(self->nth);
	if (ret >= 0)
		ret = undo(self);
	return ret ? ret : many - atoi(text);
}

static int next_place(int n, int places)
{
	int step = (places - 2 * AT_ENDS) / BETWEEN;

	if (n <= AT_ENDS || n + step > places - AT_ENDS)
		return n + 1;
	return n + (step > 1 ? step : 1);
}

static void sweep(struct __test_metadata *_metadata, FIXTURE_DATA(net) *self,
		  const char *name, operation run_it, operation undo)
{
	struct counters before = counters_start();
	__u64 used = quota_used(self->p.ctl, self->p.dom.id, ISLE_QUOTA_MEMORY);
	int n, ret, all, places = 0;
	bool failed = true;

	all = count_places(self, run_it, undo);
	ASSERT_LT(0, all) TH_LOG("%s: nothing can fail, or %d", name, all);
	for (n = 1; failed && n < MOST; n = next_place(n, all)) {
		arm(self->nth, n);
		ret = run_it(self);
		failed = disarm(self->nth);
		places += failed;
		if (ret >= 0) {
			ASSERT_EQ(0, undo(self)) TH_LOG("%s, %d", name, n);
		} else {
			ASSERT_TRUE(failed && sane_for(run_it, ret))
				TH_LOG("%s, %d: %d", name, n, ret);
		}
		ASSERT_TRUE(counters_are(&before))
			TH_LOG("%s, %d: %d", name, n, ret);
		ASSERT_TRUE(eventually(quota_used(self->p.ctl, self->p.dom.id,
						  ISLE_QUOTA_MEMORY) == used))
			TH_LOG("%s, %d: %d", name, n, ret);
	}
	EXPECT_LT(n, MOST);
	EXPECT_LT(0, places) TH_LOG("%s: nothing can fail", name);
	TH_LOG("%s: %d of %d places", name, places, all);
}

static int op_add(FIXTURE_DATA(net) *self)
{
	struct isle_net_config config = {
		.size = sizeof(config), .ifname = "second",
	};

	return net_add(self->p.ctl, self->p.dom.id, "eth1", &config);
}

static int undo_add(FIXTURE_DATA(net) *self)
{
	return net_del(self->p.ctl, self->p.dom.id, "eth1", 0) ?:
	       if_index("second") == -ENODEV ? 0 : -EEXIST;
}

/* Gone, or still there and to be removed */
static int op_del(FIXTURE_DATA(net) *self)
{
	return net_del(self->p.ctl, self->p.dom.id, "eth1", 0);
}

static int undo_del(FIXTURE_DATA(net) *self)
{
	return if_index("second") == -ENODEV ? op_add(self) : -EEXIST;
}

static int cable(FIXTURE_DATA(net) *self, unsigned long cmd)
{
	struct isle_device_connect arg = {
		.size = sizeof(arg), .dev_class = ISLE_CLASS_NET,
		.domid = self->p.dom.id,
	};

	put_name(arg.name, "eth0");
	if (cmd == ISLE_CTL_DEVICE_CONNECT) {
		arg.peer = self->p.dom.id;
		put_name(arg.peer_name, "eth1");
	}
	return call(self->p.ctl, cmd, &arg);
}

static int op_connect(FIXTURE_DATA(net) *self)
{
	return cable(self, ISLE_CTL_DEVICE_CONNECT);
}

static int op_disconnect(FIXTURE_DATA(net) *self)
{
	return cable(self, ISLE_CTL_DEVICE_DISCONNECT);
}

static int op_open(FIXTURE_DATA(net) *self)
{
	self->fd = net_open(self->p.dom.fd, "eth0", 0);
	return self->fd;
}

static int op_close(FIXTURE_DATA(net) *self)
{
	return err(close(self->fd));
}

static int op_ring(FIXTURE_DATA(net) *self)
{
	struct isle_net_ring_setup setup;
	int ret = ring_setup(self->p.fd, SIZE, SIZE, &setup);

	self->offset = setup.tx_offset;
	return ret;
}

static int undo_ring(FIXTURE_DATA(net) *self)
{
	close(self->p.fd);
	self->p.fd = net_open(self->p.dom.fd, "eth0", 0);
	return self->p.fd < 0 ? self->p.fd : 0;
}

static int op_kick(FIXTURE_DATA(net) *self)
{
	return ring_kick(self->p.fd);
}

static int op_wait(FIXTURE_DATA(net) *self)
{
	return ring_wait(self->p.fd, ISLE_NET_WAIT_TX, 0);
}

static int op_map(FIXTURE_DATA(net) *self)
{
	self->map = ring_map(self->p.fd, 2 * SIZE, self->offset);
	return self->map == MAP_FAILED ? -errno : 0;
}

static int undo_map(FIXTURE_DATA(net) *self)
{
	return err(munmap(self->map, 2 * SIZE));
}

static int op_info(FIXTURE_DATA(net) *self)
{
	struct isle_net_info info;

	return net_info(self->p.fd, &info);
}

static int op_id(FIXTURE_DATA(net) *self)
{
	struct isle_device_id id;

	return dev_id(self->p.fd, &id);
}

static int op_mac(FIXTURE_DATA(net) *self)
{
	struct isle_net_mac mac = { .size = sizeof(mac), .mac = { 2, 3, 4 } };

	return call(self->p.fd, ISLE_NET_SET_MAC, &mac);
}

/* Counts from zero again; what it did not say is still counted */
static int op_reset(FIXTURE_DATA(net) *self)
{
	struct isle_net_stats stats = {
		.size = sizeof(stats), .flags = ISLE_NET_STATS_RESET,
	};
	int ret = call(self->p.fd, ISLE_NET_STATS, &stats);

	self->sent = stats.tx_packets;
	return ret;
}

static int undo_reset(FIXTURE_DATA(net) *self)
{
	if (self->sent != 1)
		return -EUCLEAN;
	return domain_sends(&self->p, 1, 60) ? 0 : -EIO;
}

static int op_mode(FIXTURE_DATA(net) *self)
{
	struct isle_net_mode mode = {
		.size = sizeof(mode), .flags = ISLE_NET_HDR,
		.offloads = ISLE_NET_CSUM,
	};

	return call(self->p.fd, ISLE_NET_MODE, &mode);
}

static int undo_mode(FIXTURE_DATA(net) *self)
{
	struct isle_net_mode mode = { .size = sizeof(mode) };

	return call(self->p.fd, ISLE_NET_MODE, &mode);
}

static int nothing(FIXTURE_DATA(net) *self)
{
	(void)self;
	return 0;
}

static int op_write(FIXTURE_DATA(net) *self)
{
	return domain_sends(&self->p, 1, 1000) ? 0 : -errno;
}

static int op_write_large(FIXTURE_DATA(net) *self)
{
	return domain_sends(&self->p, 1, 9014) ? 0 : -errno;
}

/* With a header before it, and to be cut */
static int op_write_header(FIXTURE_DATA(net) *self)
{
	static uint8_t frame[ISLE_NET_HDR_SIZE + 20000];
	struct virtio_net_hdr hdr = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = VIRTIO_NET_HDR_GSO_TCPV4, .hdr_len = 54,
		.gso_size = 1400, .csum_start = 34, .csum_offset = 16,
	};

	memcpy(frame, &hdr, ISLE_NET_HDR_SIZE);
	frame_fill(frame + ISLE_NET_HDR_SIZE, 20000, 1);
	/* IPv4 and TCP, as far as it is looked at before it is cut */
	memcpy(frame + ISLE_NET_HDR_SIZE + 12, "\x08\x00\x45\x00\x4e\x12", 6);
	frame[ISLE_NET_HDR_SIZE + 23] = 6;
	frame[ISLE_NET_HDR_SIZE + 46] = 0x50;
	return err(write(self->p.fd, frame, sizeof(frame)));
}

/* Whatever came of it is read */
static int undo_write(FIXTURE_DATA(net) *self)
{
	static uint8_t back[16384];

	while (recv(self->p.host, back, sizeof(back), 0) > 0)
		continue;
	return 0;
}

static int op_read(FIXTURE_DATA(net) *self)
{
	static uint8_t back[2048];

	return err(read(self->p.fd, back, sizeof(back)));
}

/* The next one; if the read has failed the old one is still there */
static int undo_read(FIXTURE_DATA(net) *self)
{
	return host_sends(&self->p, 1, 1000) &&
	       eventually(poll_now(self->p.fd, POLLIN) == POLLIN) ? 0 : -EIO;
}

#define SWEEP(op, undo) sweep(_metadata, self, #op, op, undo)

TEST_F_TIMEOUT(net, devices, 2 * TIMEOUT)
{
	if (self->nth < 0)
		return;
	/* with a node, too */
	ASSERT_EQ(0, dom_publish(self->p.ctl, self->p.dom.id, 0600, 0, 0));
	SWEEP(op_add, undo_add);
	ASSERT_EQ(0, op_add(self));
	SWEEP(op_del, undo_del);
	SWEEP(op_open, op_close);
	EXPECT_EQ(0, dom_destroy(self->p.ctl, self->p.dom.id, 0));
}

TEST_F_TIMEOUT(net, cables, TIMEOUT)
{
	if (self->nth < 0)
		return;
	ASSERT_EQ(0, op_add(self));
	SWEEP(op_connect, op_disconnect);
	ASSERT_EQ(0, op_connect(self));
	SWEEP(op_disconnect, op_connect);
	SWEEP(op_info, nothing);
	ASSERT_EQ(0, op_disconnect(self));
}

TEST_F_TIMEOUT(net, rings, TIMEOUT)
{
	if (self->nth < 0)
		return;
	SWEEP(op_ring, undo_ring);
	ASSERT_EQ(0, op_ring(self));
	SWEEP(op_map, undo_map);
	SWEEP(op_kick, nothing);
	SWEEP(op_wait, nothing);
}

TEST_F_TIMEOUT(net, calls, TIMEOUT)
{
	if (self->nth < 0)
		return;
	SWEEP(op_id, nothing);
	SWEEP(op_info, nothing);
	SWEEP(op_mac, nothing);
	ASSERT_TRUE(domain_sends(&self->p, 1, 60));
	SWEEP(op_reset, undo_reset);
}

TEST_F_TIMEOUT(net, frames, TIMEOUT)
{
	if (self->nth < 0)
		return;
	SWEEP(op_write, undo_write);
	ASSERT_EQ(0, if_mtu("port", 9000));
	SWEEP(op_write_large, undo_write);
	ASSERT_EQ(0, undo_read(self));
	SWEEP(op_read, undo_read);
	SWEEP(op_mode, undo_mode);
}

TEST_F_TIMEOUT(net, headers, TIMEOUT)
{
	struct isle_net_mode mode = {
		.size = sizeof(mode), .flags = ISLE_NET_HDR,
		.offloads = ISLE_NET_CSUM | ISLE_NET_TSO4,
	};

	if (self->nth < 0)
		return;
	ASSERT_EQ(0, call(self->p.fd, ISLE_NET_MODE, &mode));
	SWEEP(op_write_header, undo_write);
}

TEST_HARNESS_MAIN
