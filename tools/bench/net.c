// SPDX-License-Identifier: GPL-2.0
/*
 * Measures what a frame costs, between a program and an interface of the host.
 *
 *	net [--batches N]
 *
 * Everything is in a network namespace of its own, where nothing else is sent.
 * Operations: tx-60, tx-1514: the program sends a frame, which the host's stack
 * takes and, as nobody listens, drops.  rx-60, rx-1514: a socket (AF_PACKET) of
 * the host sends a frame and the program receives it; both are counted.
 * Targets:
 *
 *	tap		read(2) and write(2) of a TAP interface
 *	tap-vnet	the same with a virtio_net_hdr before each frame
 *	isle		read(2) and write(2) of a network device
 *	isle-lib	libisle, a frame per call, by the ring
 *	isle-batch	libisle, 32 frames per call, by the ring
 *
 * Output and clock are those of blk.  What is sent is looked at by a socket
 * before it is measured, and counted by the interface while it is; each frame
 * that is received is looked at.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libisle.h>
#include <libisle-net.h>

#include "bench.h"

#define REPEAT	512u
#define GROUP	32u
#define VNET	10u

enum how { TAP, TAP_VNET, ISLE, ISLE_LIB, ISLE_BATCH };

/* One target: a program's end, and the interface. */
struct target {
	const char *name;
	enum how how;
	const char *ifname;
	int fd;
	struct isle_net *net;
	int host;		/* socket on the interface, which only sends */
};

static struct isle_control *control;
static unsigned int batches = 11;
static uint8_t frames[GROUP][2048];

static void interface_up(const char *ifname)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_flags = IFF_UP };

	snprintf(request.ifr_name, IFNAMSIZ, "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		die_errno(0, "%s: cannot be set up", ifname);
	close(fd);
}

static int packet_socket(const char *ifname, int protocol)
{
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET, .sll_protocol = htobe16(protocol),
	};
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, IFNAMSIZ, "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCGIFINDEX, &request))
		die_errno(0, "%s: no socket", ifname);
	ll.sll_ifindex = request.ifr_ifindex;
	if (bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		die_errno(0, "%s: bind", ifname);
	return fd;
}

/* How many frames the interface has received */
static uint64_t received(const char *ifname)
{
	FILE *file = fopen("/proc/self/net/dev", "r");
	char line[512], name[64];
	uint64_t bytes, count, result = 0;

	while (file && fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = ' ';
		if (sscanf(line, "%63s %lu %lu", name, &bytes, &count) == 3 &&
		    !strcmp(name, ifname))
			result = count;
	}
	if (file)
		fclose(file);
	return result;
}

static void frame_make(uint8_t *frame, size_t len, uint32_t number)
{
	for (size_t i = 0; i < len; i++)
		frame[i] = (uint8_t)(i * 31 + number);
	memset(frame, 0xff, 6);
	memcpy(frame + 6, "\x02\x00\x00\x00\x00\x01\x88\xb5", 8);
	memcpy(frame + 14, &number, 4);
}

/* Of what is measured only the ends and the number are looked at */
static void frame_check(const struct target *t, const uint8_t *frame, size_t len, size_t want,
			uint32_t number)
{
	uint32_t found;

	memcpy(&found, frame + 14, 4);
	if (len != want || found != number || frame[len - 1] != (uint8_t)((len - 1) * 31))
		die("%s: frame %u of %zu bytes: got %u of %zu", t->name, number, want, found,
		    len);
}

static void open_tap(struct target *t)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	if (t->how == TAP_VNET)
		request.ifr_flags |= IFF_VNET_HDR;
	snprintf(request.ifr_name, IFNAMSIZ, "%s", t->ifname);
	t->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (t->fd < 0 || ioctl(t->fd, TUNSETIFF, &request))
		die_errno(0, "/dev/net/tun");
}

static void open_isle(struct target *t)
{
	struct isle_net_config config = { .size = sizeof(config) };
	struct isle_domain *domain;
	int domid, rc;

	domid = isle_control_domain_create(control, NULL, &domain);
	if (domid < 0)
		die_errno(domid, "domain");
	snprintf(config.ifname, sizeof(config.ifname), "%s", t->ifname);
	rc = isle_control_net_add(control, (uint32_t)domid, "eth0", &config, NULL);
	if (rc)
		die_errno(rc, "device");
	if (t->how == ISLE) {
		t->fd = isle_domain_device_open(domain, ISLE_CLASS_NET, "eth0",
						ISLE_OPEN_READ | ISLE_OPEN_WRITE);
		if (t->fd < 0)
			die_errno(t->fd, "device");
		return;
	}
	rc = isle_net_open_in(domain, "eth0", 0, &t->net);
	if (rc || !isle_net_is_ring(t->net))
		die_errno(rc, "no ring");
}

static void send_group(struct target *t, size_t len)
{
	struct isle_net_frame batch[GROUP];
	unsigned int i;
	int rc = 0;

	switch (t->how) {
	case TAP:
	case TAP_VNET:
	case ISLE:
		for (i = 0; i < GROUP; i++)
			if (write(t->fd, frames[i], len) != (ssize_t)len)
				die_errno(0, "%s: write", t->name);
		break;
	case ISLE_LIB:
		for (i = 0; i < GROUP && !rc; i++)
			rc = isle_net_write(t->net, frames[i], len);
		break;
	case ISLE_BATCH:
		for (i = 0; i < GROUP; i++)
			batch[i] = (struct isle_net_frame){ frames[i], len, 0 };
		rc = isle_net_write_batch(t->net, batch, GROUP) - (int)GROUP;
	}
	if (rc)
		die_errno(rc < 0 ? rc : -EIO, "%s: write", t->name);
}

static void tx(struct target *t, size_t len)
{
	size_t vnet = t->how == TAP_VNET ? VNET : 0;
	struct series series = { 0 };
	uint8_t back[2048], want[2048];
	uint64_t before, start, end;
	char op[16];
	int looker;

	for (unsigned int i = 0; i < GROUP; i++) {
		memset(frames[i], 0, VNET);
		frame_make(frames[i] + vnet, len, i);
	}
	/* Is that what comes out? */
	looker = packet_socket(t->ifname, ETH_P_ALL);
	send_group(t, len + vnet);
	for (unsigned int i = 0; i < GROUP; i++) {
		frame_make(want, len, i);
		if (recv(looker, back, sizeof(back), 0) != (ssize_t)len || memcmp(back, want, len))
			die("%s: what was sent is not what has come", t->name);
	}
	close(looker);
	for (unsigned int batch = 0; batch < batches; batch++) {
		before = received(t->ifname);
		start = now();
		for (unsigned int i = 0; i < REPEAT / GROUP; i++)
			send_group(t, len + vnet);
		end = now();
		if (received(t->ifname) - before != REPEAT)
			die("%s: not all frames came", t->name);
		series_add(&series, (double)(end - start) / REPEAT);
	}
	snprintf(op, sizeof(op), "tx-%zu", len);
	series_print(&series, "net", t->name, op, "");
	series_free(&series);
}

static void receive_group(struct target *t, size_t len)
{
	size_t vnet = t->how == TAP_VNET ? VNET : 0;
	struct isle_net_frame batch[GROUP];
	unsigned int i, done = 0;
	ssize_t got;
	int count;

	for (i = 0; i < GROUP; i++)
		batch[i] = (struct isle_net_frame){ frames[i], 0, sizeof(frames[i]) };
	while (done < GROUP) {
		switch (t->how) {
		case ISLE_BATCH:
			count = isle_net_read_batch(t->net, batch, GROUP - done);
			if (count < 0)
				die_errno(count, "%s: read", t->name);
			for (i = 0; i < (unsigned int)count; i++, done++)
				frame_check(t, frames[i], batch[i].len, len, done);
			break;
		case ISLE_LIB:
			got = isle_net_read(t->net, frames[0], sizeof(frames[0]));
			frame_check(t, frames[0], (size_t)got, len, done++);
			break;
		default:
			got = read(t->fd, frames[0], sizeof(frames[0]));
			frame_check(t, frames[0] + vnet, (size_t)got - vnet, len, done++);
		}
	}
}

static void rx(struct target *t, size_t len)
{
	static uint8_t out[GROUP][2048];
	struct series series = { 0 };
	uint64_t start, end;
	char op[16];

	for (unsigned int i = 0; i < GROUP; i++) {
		frame_make(out[i], len, i);
		out[i][len - 1] = (uint8_t)((len - 1) * 31);
	}
	for (unsigned int batch = 0; batch < batches; batch++) {
		start = now();
		for (unsigned int i = 0; i < REPEAT / GROUP; i++) {
			for (unsigned int j = 0; j < GROUP; j++)
				if (send(t->host, out[j], len, 0) != (ssize_t)len)
					die_errno(0, "%s: send", t->name);
			receive_group(t, len);
		}
		end = now();
		series_add(&series, (double)(end - start) / REPEAT);
	}
	snprintf(op, sizeof(op), "rx-%zu", len);
	series_print(&series, "net", t->name, op, "");
	series_free(&series);
}

static void no_ipv6(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "1", 1) != 1)
		die_errno(0, "disable_ipv6");
	if (fd >= 0)
		close(fd);
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "batches", 1, NULL, 'b' }, { 0 } };
	struct target targets[] = {
		{ .name = "tap", .how = TAP, .ifname = "tap" },
		{ .name = "tap-vnet", .how = TAP_VNET, .ifname = "vtap" },
		{ .name = "isle", .how = ISLE, .ifname = "frames" },
		{ .name = "isle-lib", .how = ISLE_LIB, .ifname = "ring" },
		{ .name = "isle-batch", .how = ISLE_BATCH, .ifname = "batch" },
	};
	int rc, option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'b')
			return 2;
		batches = (unsigned int)strtoul(optarg, NULL, 10);
	}
	if (unshare(CLONE_NEWNET))
		die_errno(0, "unshare");
	no_ipv6();
	rc = isle_control_open(&control);
	if (rc)
		die_errno(rc, "/dev/isle/control");
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++) {
		struct target *t = &targets[i];

		if (t->how == TAP || t->how == TAP_VNET)
			open_tap(t);
		else
			open_isle(t);
		interface_up(t->ifname);
		t->host = packet_socket(t->ifname, 0);
		tx(t, 60);
		tx(t, 1514);
		rx(t, 60);
		rx(t, 1514);
	}
	return 0;
}
