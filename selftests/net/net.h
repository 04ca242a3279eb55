/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: what the tests of network devices share
 *
 * Each test has a network namespace of its own, without IPv6, so that nothing
 * but what the test sends is on its interfaces.
 */
#ifndef ISLE_SELFTESTS_NET_H
#define ISLE_SELFTESTS_NET_H

#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/sockios.h>
#include <sched.h>
#include <sys/socket.h>

#include <isle/net.h>

#include "../lib.h"

/* What our frames say they are: the one for experiments */
#define TYPE		0x88b5
#define FRAME_MAX	(1500 + 14)

static inline bool put_file(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool ok = fd >= 0 && write(fd, text, strlen(text)) > 0;

	if (fd >= 0)
		close(fd);
	return ok;
}

/* From now on this process is in an empty network namespace */
static inline int netns_new(void)
{
	if (unshare(CLONE_NEWNET))
		return -errno;
	/* a kernel without IPv6 has no such file */
	put_file("/proc/sys/net/ipv6/conf/default/disable_ipv6", "1");
	return 0;
}

/* devices */

static inline int net_add(int ctl, __u32 domid, const char *name,
			  const struct isle_net_config *config)
{
	struct isle_device_add arg = {
		.size = sizeof(arg), .domid = domid, .dev_class = ISLE_CLASS_NET,
		.config = (uintptr_t)config,
	};

	put_name(arg.name, name);
	return call(ctl, ISLE_CTL_DEVICE_ADD, &arg);
}

static inline int net_del(int ctl, __u32 domid, const char *name, __u32 flags)
{
	struct isle_device_del arg = {
		.size = sizeof(arg), .domid = domid, .dev_class = ISLE_CLASS_NET,
		.flags = flags,
	};

	put_name(arg.name, name);
	return call(ctl, ISLE_CTL_DEVICE_DEL, &arg);
}

/* @cmd: ISLE_CTL_DEVICE_CONNECT or, without a peer, DISCONNECT */
static inline int net_cable(int ctl, unsigned long cmd, __u32 domid, const char *name,
			    __u32 peer, const char *peer_name)
{
	struct isle_device_connect arg = {
		.size = sizeof(arg), .dev_class = ISLE_CLASS_NET,
		.domid = domid, .peer = peer,
	};

	put_name(arg.name, name);
	if (peer_name)
		put_name(arg.peer_name, peer_name);
	return call(ctl, cmd, &arg);
}

static inline int net_open(int domain, const char *name, __u32 flags)
{
	struct isle_device_open arg = {
		.size = sizeof(arg), .dev_class = ISLE_CLASS_NET,
		.flags = ISLE_OPEN_READ | ISLE_OPEN_WRITE | flags,
	};
	int ret;

	put_name(arg.name, name);
	ret = call(domain, ISLE_DOMAIN_DEVICE_OPEN, &arg);
	return ret ? ret : arg.fd;
}

static inline int net_info(int fd, struct isle_net_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return call(fd, ISLE_NET_INFO, info);
}

static inline int net_stats(int fd, struct isle_net_stats *stats)
{
	memset(stats, 0, sizeof(*stats));
	stats->size = sizeof(*stats);
	return call(fd, ISLE_NET_STATS, stats);
}

/* interfaces */

static inline int if_call(const char *ifname, unsigned long cmd,
			  struct ifreq *request)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), ret;

	if (fd < 0)
		return -errno;
	snprintf(request->ifr_name, IFNAMSIZ, "%s", ifname);
	ret = call(fd, cmd, request);
	close(fd);
	return ret;
}

static inline int if_flags(const char *ifname)
{
	struct ifreq request = { 0 };
	int ret = if_call(ifname, SIOCGIFFLAGS, &request);

	return ret ? ret : (unsigned short)request.ifr_flags;
}

static inline int if_set(const char *ifname, bool up)
{
	struct ifreq request = { 0 };
	int flags = if_flags(ifname);

	if (flags < 0)
		return flags;
	request.ifr_flags = up ? flags | IFF_UP : flags & ~IFF_UP;
	return if_call(ifname, SIOCSIFFLAGS, &request);
}

static inline int if_mtu(const char *ifname, int mtu)
{
	struct ifreq request = { .ifr_mtu = mtu };

	return if_call(ifname, SIOCSIFMTU, &request);
}

static inline int if_index(const char *ifname)
{
	struct ifreq request = { 0 };
	int ret = if_call(ifname, SIOCGIFINDEX, &request);

	return ret ? ret : request.ifr_ifindex;
}

/* A socket for frames of our type on an interface, of what comes in only */
static inline int host_open(const char *ifname)
{
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET, .sll_protocol = htobe16(ETH_P_ALL),
		.sll_ifindex = if_index(ifname),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int one = 1, room = 16 << 20;

	if (fd < 0)
		return -errno;
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	    bind(fd, (struct sockaddr *)&ll, sizeof(ll))) {
		close(fd);
		return -errno;
	}
	return fd;
}

/* A frame whose bytes tell which one it is */
static inline void frame_fill(uint8_t *frame, size_t len, uint32_t number)
{
	struct rng r = { number };
	size_t i;

	for (i = 0; i < len; i++)
		frame[i] = rnd(&r) >> 7;
	/* to everybody */
	memset(frame, 0xff, len < 6 ? len : 6);
	if (len >= 12)
		memcpy(frame + 6, "\x02\x00\x00\x00\x00\x01", 6);
	if (len >= 14) {
		frame[12] = TYPE >> 8;
		frame[13] = TYPE & 0xff;
	}
	if (len >= 18)
		memcpy(frame + 14, &number, 4);
}

static inline bool frame_is(const uint8_t *frame, size_t len, uint32_t number)
{
	static __thread uint8_t want[65536 + 64];

	if (len > sizeof(want))
		return false;
	frame_fill(want, len, number);
	return memcmp(frame, want, len) == 0;
}

/* Waits for a frame; its length or -errno */
static inline ssize_t frame_wait(int fd, void *frame, size_t size)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int ret = poll(&pfd, 1, LONG_WAIT * 1000);

	if (ret <= 0)
		return ret ? -errno : -ETIMEDOUT;
	ret = read(fd, frame, size);
	return ret < 0 ? -errno : ret;
}

/* a domain with a device "eth0", open, and its interface "port", up */

struct port {
	int ctl;
	int fd;			/* of the device */
	int host;		/* a socket on the interface */
	struct dom dom;
	struct counters start;
};

static inline int port_make(struct port *p, const struct isle_net_config *want)
{
	struct isle_net_config config = { .size = sizeof(config) };
	int ret;

	p->fd = -1;
	p->host = -1;
	p->dom.fd = -1;
	p->start = counters_start();
	ret = netns_new();
	if (ret)
		return ret;
	p->ctl = control_open();
	if (p->ctl < 0)
		return p->ctl;
	ret = dom_create(p->ctl, NULL, &p->dom);
	if (ret)
		return ret;
	if (want)
		config = *want;
	if (!config.ifname[0])
		strcpy(config.ifname, "port");
	ret = net_add(p->ctl, p->dom.id, "eth0", &config);
	if (ret)
		return ret;
	ret = if_set("port", true);
	if (ret)
		return ret;
	p->fd = net_open(p->dom.fd, "eth0", 0);
	if (p->fd < 0)
		return p->fd;
	p->host = host_open("port");
	return p->host < 0 ? p->host : 0;
}

/* Value: whether nothing is left */
static inline bool port_end(struct port *p)
{
	if (p->fd >= 0)
		close(p->fd);
	if (p->host >= 0)
		close(p->host);
	if (p->dom.fd >= 0)
		close(p->dom.fd);
	close(p->ctl);
	return counters_are(&p->start);
}

/* Something is sent by the host, and comes */
static inline bool host_sends(struct port *p, uint32_t number, size_t len)
{
	static uint8_t frame[65536];

	frame_fill(frame, len, number);
	return send(p->host, frame, len, 0) == (ssize_t)len;
}

static inline bool domain_sends(struct port *p, uint32_t number, size_t len)
{
	static uint8_t frame[65536];

	frame_fill(frame, len, number);
	return write(p->fd, frame, len) == (ssize_t)len;
}

/* The next frame is that one */
static inline bool comes(int fd, uint32_t number, size_t len)
{
	static uint8_t frame[65536];
	ssize_t got = frame_wait(fd, frame, sizeof(frame));

	if (got == (ssize_t)len && frame_is(frame, len, number))
		return true;
	fprintf(stderr, "# frame %u of %zu bytes: got %zd\n", number, len, got);
	return false;
}

#endif /* ISLE_SELFTESTS_NET_H */
