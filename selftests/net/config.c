// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: adding network devices, and the interface as Linux sees it
 */
#include <kselftest_harness.h>

#include <linux/ethtool.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>

#include "../core/listing.h"
#include "net.h"

FIXTURE(config) {
	int ctl;
	struct dom dom;
	struct counters start;
	struct listing before;
};

FIXTURE_SETUP(config)
{
	self->start = counters_start();
	ASSERT_EQ(0, netns_new());
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	listing_take(self->ctl, &self->before);
}

FIXTURE_TEARDOWN(config)
{
	close(self->dom.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

static struct isle_net_config valid(void)
{
	return (struct isle_net_config) {
		.size = sizeof(struct isle_net_config), .ifname = "port",
	};
}

/* Adds "eth0", and if that went well removes it again */
static int try_config(int ctl, struct dom *dom, const void *config,
		      struct isle_net_info *info)
{
	int ret = net_add(ctl, dom->id, "eth0", config);
	int fd;

	if (ret)
		return ret;
	fd = net_open(dom->fd, "eth0", 0);
	if (fd < 0)
		return fd;
	ret = net_info(fd, info);
	close(fd);
	return ret ? ret : net_del(ctl, dom->id, "eth0", 0);
}

#define TRY(config)	try_config(self->ctl, &self->dom, config, &info)
#define SAME		listing_same(self->ctl, &self->before)

TEST_F_TIMEOUT(config, defaults, TIMEOUT)
{
	struct isle_net_config config = { .size = sizeof(config) };
	struct isle_net_info info;

	ASSERT_EQ(0, TRY(&config));
	EXPECT_EQ(ISLE_NET_MTU_DEFAULT, info.mtu);
	EXPECT_EQ(1 << 20, info.queue_bytes);
	EXPECT_EQ(0, info.state);
	EXPECT_EQ(0, info.queued);
	EXPECT_EQ(0, info.peer);
	EXPECT_EQ(0, strncmp(info.ifname, "isle", 4));
	EXPECT_NE(0, info.ifindex);
	EXPECT_EQ(ISLE_NET_CSUM, info.offloads & ISLE_NET_CSUM);
	EXPECT_TRUE(all_bytes(info.peer_name, 0, sizeof(info.peer_name)));
	EXPECT_TRUE(SAME);
}

TEST_F_TIMEOUT(config, values, TIMEOUT)
{
	struct isle_net_config config = valid();
	struct isle_net_info info;

	memcpy(config.mac, "\x02\x01\x02\x03\x04\x05", 6);
	memcpy(config.host_mac, "\x06\x11\x12\x13\x14\x15", 6);
	config.mtu = 9000;
	config.queue_bytes = 128 << 10;
	ASSERT_EQ(0, TRY(&config));
	EXPECT_EQ(9000, info.mtu);
	EXPECT_EQ(128 << 10, info.queue_bytes);
	EXPECT_EQ(0, memcmp(info.mac, config.mac, 6));
	EXPECT_EQ(0, memcmp(info.host_mac, config.host_mac, 6));
	EXPECT_STREQ("port", info.ifname);
	config.flags = ISLE_NET_NO_OFFLOADS;
	ASSERT_EQ(0, TRY(&config));
	EXPECT_EQ(0, info.offloads);
	config.flags = 0;
	config.offloads = ISLE_NET_CSUM;
	ASSERT_EQ(0, TRY(&config));
	EXPECT_EQ(ISLE_NET_CSUM, info.offloads);
	strcpy(config.ifname, "my%d");
	ASSERT_EQ(0, TRY(&config));
	EXPECT_STREQ("my0", info.ifname);
	EXPECT_TRUE(SAME);
}

TEST_F_TIMEOUT(config, mtu, TIMEOUT)
{
	static const struct {
		__u32 mtu;
		int ret;
	} cases[] = {
		{ ISLE_NET_MTU_MIN, 0 }, { ISLE_NET_MTU_MIN - 1, -EINVAL },
		{ 1, -EINVAL }, { ISLE_NET_MTU_MAX, 0 },
		{ ISLE_NET_MTU_MAX + 1, -EINVAL }, { 65536, -EINVAL },
		{ 1U << 31, -EINVAL }, { UINT32_MAX, -EINVAL },
	};
	struct isle_net_config config = valid();
	struct isle_net_info info;
	unsigned int i;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		config.mtu = cases[i].mtu;
		EXPECT_EQ(cases[i].ret, TRY(&config)) TH_LOG("%u", config.mtu);
		if (!cases[i].ret)
			EXPECT_EQ(config.mtu, info.mtu);
	}
	EXPECT_TRUE(SAME);
}

TEST_F_TIMEOUT(config, refused, TIMEOUT)
{
	struct isle_net_config config;
	struct isle_net_info info;
	__u32 bit;

	for (bit = 2; bit; bit <<= 1) {
		if (bit == ISLE_NET_NO_OFFLOADS)
			continue;
		config = valid();
		config.flags = bit;
		EXPECT_EQ(-EINVAL, TRY(&config)) TH_LOG("%#x", bit);
	}
	config = valid();
	config.reserved = 1;
	EXPECT_EQ(-EINVAL, TRY(&config));
	config = valid();
	config.netns_fd = 3;	/* without the flag */
	EXPECT_EQ(-EINVAL, TRY(&config));
	config = valid();
	config.mac[0] = 1;	/* a group's */
	EXPECT_EQ(-EINVAL, TRY(&config));
	config = valid();
	config.host_mac[0] = 3;
	EXPECT_EQ(-EINVAL, TRY(&config));
	config = valid();
	config.queue_bytes = 1;
	EXPECT_EQ(-EINVAL, TRY(&config));
	config.queue_bytes = (64 << 10) - 1;
	EXPECT_EQ(-EINVAL, TRY(&config));
	config.queue_bytes = (64 << 20) + 1;
	EXPECT_EQ(-EINVAL, TRY(&config));
	config.queue_bytes = UINT32_MAX;
	EXPECT_EQ(-EINVAL, TRY(&config));
	config = valid();
	config.offloads = ISLE_NET_CSUM | 1U << 31;
	EXPECT_EQ(-EOPNOTSUPP, TRY(&config));
	config = valid();
	config.offloads = ISLE_NET_TSO4;	/* without CSUM */
	EXPECT_EQ(-EINVAL, TRY(&config));
	config = valid();
	config.size = 8;
	EXPECT_EQ(-EINVAL, TRY(&config));
	config.size = 0;
	EXPECT_EQ(-EINVAL, TRY(&config));
	EXPECT_EQ(-EFAULT, TRY(NULL));
	EXPECT_TRUE(SAME);
}

TEST_F_TIMEOUT(config, newer_struct, TIMEOUT)
{
	struct {
		struct isle_net_config config;
		__u32 more[4];
	} longer = { .config = valid() };
	struct isle_net_info info;

	longer.config.size = sizeof(longer);
	EXPECT_EQ(0, TRY(&longer));
	longer.more[3] = 1;
	EXPECT_EQ(-E2BIG, TRY(&longer));
	EXPECT_TRUE(SAME);
}

TEST_F_TIMEOUT(config, names, TIMEOUT)
{
	static const char *const bad[] = {
		"a/b", "a b", ".", "..", "a:b", "%s", "a%d%d", "%x",
	};
	struct isle_net_config config = valid();
	struct isle_net_info info;
	unsigned int i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		memset(config.ifname, 0, sizeof(config.ifname));
		strcpy(config.ifname, bad[i]);
		EXPECT_EQ(-EINVAL, TRY(&config)) TH_LOG("%s", bad[i]);
	}
	memset(config.ifname, 'a', sizeof(config.ifname));
	EXPECT_EQ(-EINVAL, TRY(&config));
	memset(config.ifname, 0, sizeof(config.ifname));
	strcpy(config.ifname, "ab");
	config.ifname[10] = 'x';	/* not padded with zeroes */
	EXPECT_EQ(-EINVAL, TRY(&config));
	memset(config.ifname, 0, sizeof(config.ifname));
	strcpy(config.ifname, "a23456789012345");
	EXPECT_EQ(0, TRY(&config));
	EXPECT_STREQ("a23456789012345", info.ifname);
	/* there is one */
	strcpy(config.ifname, "lo");
	memset(config.ifname + 2, 0, sizeof(config.ifname) - 2);
	EXPECT_EQ(-EEXIST, TRY(&config));
	EXPECT_TRUE(SAME);
	config = valid();
	ASSERT_EQ(0, net_add(self->ctl, self->dom.id, "eth0", &config));
	EXPECT_EQ(-EEXIST, net_add(self->ctl, self->dom.id, "eth1", &config));
	config.ifname[0] = 'q';
	EXPECT_EQ(-EEXIST, net_add(self->ctl, self->dom.id, "eth0", &config));
	EXPECT_EQ(-ENODEV, if_index("qort"));
	EXPECT_EQ(0, net_del(self->ctl, self->dom.id, "eth0", 0));
	EXPECT_EQ(-ENOENT, net_del(self->ctl, self->dom.id, "eth0", 0));
	EXPECT_TRUE(SAME);
}

TEST_F_TIMEOUT(config, quota, TIMEOUT)
{
	struct isle_net_config config = valid();
	struct isle_net_info info;
	__u64 used;

	config.queue_bytes = 1 << 20;
	used = quota_used(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY);
	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY,
			       used + (1 << 19)));
	EXPECT_EQ(-EDQUOT, TRY(&config));
	EXPECT_EQ(used, quota_used(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY));
	EXPECT_EQ(-ENODEV, if_index("port"));
	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY,
			       used + (4 << 20)));
	EXPECT_EQ(0, TRY(&config));
	EXPECT_TRUE(eventually(quota_used(self->ctl, self->dom.id,
					  ISLE_QUOTA_MEMORY) == used));
	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_DEVICES, 0));
	EXPECT_EQ(-EDQUOT, TRY(&config));
	EXPECT_EQ(-ENODEV, if_index("port"));
}

TEST_F_TIMEOUT(config, other_namespace, TIMEOUT)
{
	struct isle_net_config config = valid();
	struct isle_net_info info;
	int here, there, fd, pipes[2];

	here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(0, netns_new());
	there = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_EQ(0, setns(here, CLONE_NEWNET));
	config.flags = ISLE_NET_NETNS;
	config.netns_fd = there;
	ASSERT_EQ(0, net_add(self->ctl, self->dom.id, "eth0", &config));
	EXPECT_EQ(-ENODEV, if_index("port"));
	ASSERT_EQ(0, setns(there, CLONE_NEWNET));
	EXPECT_LT(0, if_index("port"));
	fd = net_open(self->dom.fd, "eth0", 0);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, net_info(fd, &info));
	EXPECT_EQ(if_index("port"), info.ifindex);
	close(fd);
	EXPECT_EQ(0, net_del(self->ctl, self->dom.id, "eth0", 0));
	EXPECT_EQ(-ENODEV, if_index("port"));
	ASSERT_EQ(0, setns(here, CLONE_NEWNET));
	/* what is no namespace */
	ASSERT_EQ(0, pipe(pipes));
	config.netns_fd = pipes[0];
	EXPECT_EQ(-EINVAL, TRY(&config));
	config.netns_fd = self->ctl;
	EXPECT_EQ(-EINVAL, TRY(&config));
	close(pipes[0]);
	close(pipes[1]);
	close(there);
	config.netns_fd = there;
	EXPECT_EQ(-EBADF, TRY(&config));
	config.netns_fd = -1;
	EXPECT_EQ(-EBADF, TRY(&config));
	close(here);
	EXPECT_TRUE(SAME);
}

/* as Linux sees it */

static int ethtool(const char *ifname, void *arg)
{
	struct ifreq request = { .ifr_data = arg };

	return if_call(ifname, SIOCETHTOOL, &request);
}

TEST_F_TIMEOUT(config, a_proper_interface, TIMEOUT)
{
	struct isle_net_config config = valid();
	struct ethtool_drvinfo driver = { .cmd = ETHTOOL_GDRVINFO };
	struct ethtool_value link = { .cmd = ETHTOOL_GLINK };

	ASSERT_EQ(0, net_add(self->ctl, self->dom.id, "eth0", &config));
	ASSERT_EQ(0, ethtool("port", &driver));
	EXPECT_STREQ("isle", driver.driver);
	ASSERT_EQ(0, if_set("port", true));
	ASSERT_EQ(0, ethtool("port", &link));
	EXPECT_EQ(0, run("ip -d link show port | grep -qw isle"));
	EXPECT_EQ(0, run("ethtool -k port | grep -q tx-checksumming"));
	EXPECT_EQ(0, run("ethtool -S port"));
	EXPECT_EQ(0, run("ip -s link show port"));
	/* it is the administrator's */
	ASSERT_EQ(0, if_set("port", false));
	EXPECT_EQ(0, run("ip link set port name renamed"));
	EXPECT_LT(0, if_index("renamed"));
	EXPECT_EQ(0, run("ip link set renamed address 02:00:00:00:00:77"));
	EXPECT_EQ(0, run("ip link set renamed txqueuelen 10"));
	EXPECT_EQ(0, run("ip addr add 10.99.0.1/24 dev renamed"));
	EXPECT_EQ(0, run("ip link set renamed up"));
	/* but lives and dies with the device, and is not made without one */
	EXPECT_NE(0, run("ip link del renamed"));
	EXPECT_LT(0, if_index("renamed"));
	EXPECT_NE(0, run("ip link add new type isle"));
	EXPECT_EQ(0, net_del(self->ctl, self->dom.id, "eth0", 0));
	EXPECT_EQ(-ENODEV, if_index("renamed"));
}

TEST_F_TIMEOUT(config, bridge_and_tc, TIMEOUT)
{
	struct isle_net_config config = valid();

	ASSERT_EQ(0, net_add(self->ctl, self->dom.id, "eth0", &config));
	ASSERT_EQ(0, if_set("port", true));
	ASSERT_EQ(0, run("ip link add name bridge9 type bridge"));
	EXPECT_EQ(0, run("ip link set port master bridge9"));
	EXPECT_EQ(0, run("ip link show port | grep -qw bridge9"));
	EXPECT_EQ(0, run("tc qdisc add dev port root pfifo limit 100"));
	EXPECT_EQ(0, net_del(self->ctl, self->dom.id, "eth0", 0));
	EXPECT_NE(0, run("ip link show port"));
	EXPECT_EQ(0, run("ip link del bridge9"));
}

/* A socket that hears of interfaces that come and go */
static int events_open(void)
{
	struct sockaddr_nl nl = {
		.nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK,
	};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);

	if (fd >= 0 && bind(fd, (struct sockaddr *)&nl, sizeof(nl))) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool event_comes(int fd, int type)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	char buf[8192];

	while (poll(&pfd, 1, LONG_WAIT * 1000) == 1) {
		struct nlmsghdr *head = (void *)buf;
		ssize_t len = recv(fd, buf, sizeof(buf), 0);

		for (; len > 0 && NLMSG_OK(head, len); head = NLMSG_NEXT(head, len))
			if (head->nlmsg_type == type)
				return true;
	}
	return false;
}

TEST_F_TIMEOUT(config, events, TIMEOUT)
{
	struct isle_net_config config = valid();
	int fd = events_open();

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, net_add(self->ctl, self->dom.id, "eth0", &config));
	EXPECT_TRUE(event_comes(fd, RTM_NEWLINK));
	/* with its domain */
	ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
	EXPECT_TRUE(event_comes(fd, RTM_DELLINK));
	EXPECT_EQ(-ENODEV, if_index("port"));
	close(fd);
}

/* A process with a network namespace of its own, which goes with it */
static pid_t elsewhere(int *end)
{
	int ready[2], hold[2];
	char byte;
	pid_t pid;

	if (pipe(ready) || pipe(hold))
		return -1;
	pid = fork();
	if (!pid) {
		close(hold[1]);
		if (netns_new() || write(ready[1], "", 1) != 1)
			_exit(1);
		_exit(read(hold[0], &byte, 1) != 0);
	}
	close(hold[0]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		pid = -1;
	close(ready[0]);
	*end = hold[1];
	return pid;
}

TEST_F_TIMEOUT(config, moves, TIMEOUT)
{
	struct isle_net_config config = valid();
	struct isle_net_info info;
	uint8_t frame[60];
	int fd, i, end, first, initial, here;
	pid_t pid;

	here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	initial = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, initial);
	frame_fill(frame, sizeof(frame), 1);
	for (i = 0; i < 3; i++) {
		/* of a name that nobody else has where it ends up */
		snprintf(config.ifname, sizeof(config.ifname), "mv%d", (int)getpid());
		ASSERT_EQ(0, net_add(self->ctl, self->dom.id, "eth0", &config));
		fd = net_open(self->dom.fd, "eth0", 0);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, if_set(config.ifname, true));
		pid = elsewhere(&end);
		ASSERT_LT(0, pid);
		ASSERT_EQ(0, run("ip link set %s netns %d", config.ifname, pid));
		EXPECT_EQ(-ENODEV, if_index(config.ifname));
		ASSERT_EQ(0, net_info(fd, &info));
		EXPECT_EQ(0, info.state);
		EXPECT_EQ(60, write(fd, frame, 60));
		EXPECT_EQ(0, run("nsenter -t %d -n ip link set %s up", pid, config.ifname));
		ASSERT_EQ(0, net_info(fd, &info));
		EXPECT_EQ(ISLE_NET_UP, info.state);
		EXPECT_EQ(60, write(fd, frame, 60));
		/* its namespace goes: the interface must not */
		close(end);
		ASSERT_EQ(pid, waitpid(pid, NULL, 0));
		ASSERT_EQ(0, setns(initial, CLONE_NEWNET));
		EXPECT_TRUE(eventually((first = if_index(config.ifname)) > 0));
		ASSERT_EQ(0, net_info(fd, &info));
		EXPECT_EQ(first, info.ifindex);
		EXPECT_EQ(60, write(fd, frame, 60));
		ASSERT_EQ(0, setns(here, CLONE_NEWNET));
		close(fd);
		EXPECT_EQ(0, net_del(self->ctl, self->dom.id, "eth0", 0));
	}
	close(here);
	close(initial);
}

TEST_HARNESS_MAIN
