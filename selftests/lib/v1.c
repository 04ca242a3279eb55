// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: libisle, devices by the operations of the module types V1
 *
 * Only that each name does what it is the name of; what the devices do is
 * tested with their classes.
 */
#include <kselftest_harness.h>

#include <libisle-v1.h>

#include "../net/net.h"

static int is_called(const struct isle_device_id *id, uint32_t dev_class, const char *name)
{
	return id->dev_class == dev_class && !strcmp(id->name, name) && id->unique;
}

FIXTURE(net) {
	struct port p;
	struct isle_domain *domain;
	struct isle_net *net;
};

FIXTURE_SETUP(net)
{
	ASSERT_EQ(0, port_make(&self->p, NULL));
	close(self->p.fd);
	self->p.fd = -1;
	ASSERT_EQ(0, isle_domain_from_fd(self->p.dom.fd, &self->domain));
	ASSERT_EQ(0, isle_net_connect(self->domain, "eth0", &self->net));
}

FIXTURE_TEARDOWN(net)
{
	isle_net_disconnect(self->net);
	/* closes the domain's file */
	isle_domain_close(self->domain);
	self->p.dom.fd = -1;
	EXPECT_TRUE(port_end(&self->p));
}

TEST_F_TIMEOUT(net, connect_and_id, TIMEOUT)
{
	struct isle_device_id id = { .size = sizeof(id) };
	struct isle_net *none = NULL;

	EXPECT_EQ(0, isle_net_id(self->net, &id));
	EXPECT_TRUE(is_called(&id, ISLE_CLASS_NET, "eth0"));
	EXPECT_EQ(-ENOENT, isle_net_connect(self->domain, "absent", &none));
	EXPECT_EQ(-EINVAL, isle_net_connect(self->domain, "a/b", &none));
	EXPECT_EQ(-ENOENT, isle_net_connect(NULL, "/dev/isle/absent/net/eth0", &none));
	EXPECT_EQ(-ENOTTY, isle_net_connect(NULL, "/dev/zero", &none));
	EXPECT_EQ(NULL, none);
	isle_net_disconnect(NULL);
}

TEST_F_TIMEOUT(net, stats_counters, TIMEOUT)
{
	struct isle_net_stats stats = { .size = sizeof(stats) };
	static uint8_t frame[FRAME_MAX];

	frame_fill(frame, sizeof(frame), 1);
	EXPECT_EQ(0, isle_net_write(self->net, frame, sizeof(frame)));
	ASSERT_TRUE(comes(self->p.host, 1, sizeof(frame)));
	EXPECT_EQ(0, isle_net_get_stats_counters(self->net, &stats));
	EXPECT_EQ(1, stats.tx_packets);
	EXPECT_EQ(sizeof(frame), stats.tx_bytes);
	EXPECT_EQ(0, isle_net_reset_stats_counters(self->net));
	EXPECT_EQ(0, isle_net_get_stats_counters(self->net, &stats));
	EXPECT_EQ(0, stats.tx_packets);
	EXPECT_EQ(0, stats.tx_bytes);
}

/* What another domain could map is what is sent, and what is received into */
TEST_F_TIMEOUT(net, frames_in_granted_pages, TIMEOUT)
{
	struct isle_pages *block;
	uint8_t *data;

	ASSERT_EQ(0, isle_pages_share(self->domain, self->p.dom.id, 2, 0, &block));
	data = isle_pages_data(block);
	frame_fill(data, FRAME_MAX, 2);
	EXPECT_EQ(0, isle_net_writev(self->net, (struct iovec[]) {
		{ data, 14 }, { data + 14, FRAME_MAX - 14 } }, 2));
	EXPECT_TRUE(comes(self->p.host, 2, FRAME_MAX));
	ASSERT_TRUE(host_sends(&self->p, 3, FRAME_MAX));
	EXPECT_EQ(FRAME_MAX, isle_net_read(self->net, data + ISLE_PAGE_SIZE, ISLE_PAGE_SIZE));
	EXPECT_TRUE(frame_is(data + ISLE_PAGE_SIZE, FRAME_MAX, 3));
	isle_pages_put(block);
}

TEST_HARNESS_MAIN
