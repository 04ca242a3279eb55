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

#include "../net/ring.h"
#include "nth.h"

#define SIZE	16384

FIXTURE(net) {
	struct port p;
	int nth;
	int fd;			/* between an operation and its undoing */
	void *map;
	__u64 offset;
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

static void sweep(struct __test_metadata *_metadata, FIXTURE_DATA(net) *self,
		  const char *name, operation run_it, operation undo)
{
	struct counters before = counters_start();
	__u64 used = quota_used(self->p.ctl, self->p.dom.id, ISLE_QUOTA_MEMORY);
	bool failed = true;
	int n, ret, places = 0;

	for (n = 1; failed && n < MOST; n++) {
		arm(self->nth, n);
		ret = run_it(self);
		failed = disarm(self->nth);
		places += failed;
		if (ret >= 0) {
			ASSERT_EQ(0, undo(self)) TH_LOG("%s, %d", name, n);
		} else {
			EXPECT_TRUE(failed && sane(ret))
				TH_LOG("%s, %d: %d", name, n, ret);
		}
		EXPECT_TRUE(counters_are(&before))
			TH_LOG("%s, %d: %d", name, n, ret);
		EXPECT_TRUE(eventually(quota_used(self->p.ctl, self->p.dom.id,
						  ISLE_QUOTA_MEMORY) == used))
			TH_LOG("%s, %d: %d", name, n, ret);
	}
	EXPECT_LT(n, MOST);
	EXPECT_LT(0, places) TH_LOG("%s: nothing can fail", name);
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

TEST_F_TIMEOUT(net, devices, TIMEOUT)
{
	SWEEP(op_add, undo_add);
	SWEEP(op_open, op_close);
}

TEST_F_TIMEOUT(net, rings, TIMEOUT)
{
	SWEEP(op_ring, undo_ring);
	ASSERT_EQ(0, op_ring(self));
	SWEEP(op_map, undo_map);
}

TEST_F_TIMEOUT(net, frames, TIMEOUT)
{
	SWEEP(op_info, nothing);
	SWEEP(op_mode, undo_mode);
	SWEEP(op_write, undo_write);
	ASSERT_EQ(0, if_mtu("port", 9000));
	SWEEP(op_write_large, undo_write);
	ASSERT_EQ(0, undo_read(self));
	SWEEP(op_read, undo_read);
}

TEST_HARNESS_MAIN
