// SPDX-License-Identifier: GPL-2.0
/*
 * islectl net tap: a TAP interface in the place of a domain's program.
 *
 * Frames that the domain's device receives come out of the TAP interface, and
 * what Linux sends through that goes out of the device: so any program that
 * uses sockets can be the one that has the device.  Runs until it is ended or
 * the device goes; then the interface goes too.
 *
 * With offloads both sides have a struct virtio_net_hdr before each frame, the
 * same, and the interface is given those that the device offers.  A frame then
 * is up to 64 KiB, so what costs is copying it: it goes from file to file
 * through one buffer.  Without them it is the system calls, and frames go
 * through the device's rings, many at a time.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <libisle-net.h>
#include <linux/if.h>
#include <linux/if_tun.h>

#include "islectl.h"

#define BATCH 32
#define ROOM (ISLE_NET_HDR_SIZE + ISLE_NET_FRAME_MAX)

struct args {
	const char *domain;	/* or the path of a node */
	const char *name;	/* NULL if that is a path */
	const char *ifname;
	const char *netns;
	const char *bridge;
	bool no_offloads;
};

static const struct argp_option options[] = {
	{ "ifname", OPT_IFNAME, "IF", 0, "Name of the TAP interface; one that is free if not given",
	  0 },
	{ "netns", OPT_NETNS, "NS", 0, "Network namespace in which it is made", 0 },
	{ "bridge", OPT_BRIDGE, "BR", 0, "Make it a port of this bridge", 0 },
	{ "no-offloads", OPT_NO_OFFLOADS, NULL, 0,
	  "Neither unfinished checksums nor large segments", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case OPT_IFNAME:
		args->ifname = parse_ifname(state, arg);
		break;
	case OPT_NETNS:
		args->netns = arg;
		break;
	case OPT_BRIDGE:
		args->bridge = parse_ifname(state, arg);
		break;
	case OPT_NO_OFFLOADS:
		args->no_offloads = true;
		break;
	case ARGP_KEY_ARG:
		parse_device(state, arg, &args->domain, &args->name);
		break;
	case ARGP_KEY_END:
		if (!args->domain || (!args->name && !strchr(args->domain, '/')))
			argp_error(state, "give the names of a domain and of its device, or the "
					  "path of its node");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "DOMAIN NAME\nPATH",
	"Join a network device of a domain to a TAP interface.\v"
	"The interface has the device's address, MTU and offloads and is up; its name is printed "
	"once it can be used. Runs until it is ended or the device is removed.",
	NULL, NULL, NULL
};

/* What TUNSETOFFLOAD calls them */
static unsigned long tap_offloads(uint32_t offloads)
{
	return (offloads & ISLE_NET_CSUM ? TUN_F_CSUM : 0) |
	       (offloads & ISLE_NET_TSO4 ? TUN_F_TSO4 : 0) |
	       (offloads & ISLE_NET_TSO6 ? TUN_F_TSO6 : 0) |
	       (offloads & ISLE_NET_ECN ? TUN_F_TSO_ECN : 0);
}

/**
 * make_tap() - make a TAP interface
 * @name: wanted, or empty; then what it became
 * @hdr: frames have a struct virtio_net_hdr
 * @offloads: with that: what may be left to us
 */
static int make_tap(char name[IFNAMSIZ], bool hdr, uint32_t offloads)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int little = 1, size = ISLE_NET_HDR_SIZE;
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENODEV))
		die("cannot open /dev/net/tun: %s; try: modprobe tun", because(-errno));
	if (fd < 0)
		die("cannot open /dev/net/tun: %s", because(-errno));
	if (hdr)
		request.ifr_flags |= IFF_VNET_HDR;
	memcpy(request.ifr_name, name, IFNAMSIZ);
	if (ioctl(fd, TUNSETIFF, &request)) {
		if (errno == EBUSY || errno == EEXIST || errno == EINVAL)
			die("cannot make TAP interface '%s': it exists already", name);
		die("cannot make a TAP interface: %s", because(-errno));
	}
	memcpy(name, request.ifr_name, IFNAMSIZ);
	if (hdr && (ioctl(fd, TUNSETVNETHDRSZ, &size) || ioctl(fd, TUNSETVNETLE, &little) ||
		    ioctl(fd, TUNSETOFFLOAD, tap_offloads(offloads))))
		die("cannot give interface '%s' offloads: %s; try: --no-offloads", name,
		    because(-errno));
	return fd;
}

struct relay {
	struct isle_net *net;
	int tap;
	unsigned int batch;	/* how many frames are moved at once */
	struct isle_net_frame frames[BATCH];
};

static void device_failed(int rc)
{
	if (rc == -ENODEV)
		die("the device was removed");
	die("the device: %s", because(rc));
}

/* Value: whether there may be more */
static bool device_to_tap(struct relay *r)
{
	int count, i;

	for (unsigned int moved = 0; moved < BATCH; moved += r->batch) {
		for (i = 0; i < (int)r->batch; i++)
			r->frames[i].size = ROOM;
		count = isle_net_try_read_batch(r->net, r->frames, r->batch);
		if (count == -EAGAIN)
			return false;
		if (count < 0)
			device_failed(count);
		/* What the interface does not take, being down for instance, is lost. */
		for (i = 0; i < count; i++)
			if (write(r->tap, r->frames[i].data, r->frames[i].len) < 0 &&
			    errno == EBADFD)
				die("the TAP interface is gone");
	}
	return true;
}

/* Reads a batch, or what there is.  Value: how many frames. */
static unsigned int read_tap(struct relay *r)
{
	unsigned int count = 0;
	ssize_t len;

	while (count < r->batch) {
		len = read(r->tap, r->frames[count].data, ROOM);
		if (len < 0) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN)
				die("the TAP interface: %s", because(-errno));
			break;
		}
		r->frames[count++].len = (size_t)len;
	}
	return count;
}

static bool tap_to_device(struct relay *r)
{
	unsigned int count, i;
	int sent;

	for (unsigned int moved = 0; moved < BATCH; moved += r->batch) {
		count = read_tap(r);
		for (i = 0; i < count; i += (unsigned int)sent) {
			sent = isle_net_write_batch(r->net, r->frames + i, count - i);
			/* One that the device does not take: its MTU is smaller now. */
			if (sent == -EINVAL)
				sent = 1;
			if (sent < 0)
				device_failed(sent);
		}
		if (count < r->batch)
			return false;
	}
	return true;
}

static void relay(struct relay *r)
{
	struct pollfd fds[2] = {
		{ .fd = isle_net_fd(r->net), .events = POLLIN },
		{ .fd = r->tap, .events = POLLIN },
	};
	bool more;

	for (;;) {
		/* The device is read until it is empty: that is what poll wants. */
		more = device_to_tap(r);
		more |= tap_to_device(r);
		if (!more && poll(fds, 2, -1) < 0 && errno != EINTR)
			die("cannot wait: %s", because(-errno));
	}
}

static int run(int argc, char **argv)
{
	struct isle_net_info info = { .size = sizeof(info) };
	struct args args = { 0 };
	struct relay r = { 0 };
	char ifname[IFNAMSIZ] = "";
	bool hdr;
	int rc;

	parse_args(&argp, argc, argv, &args);
	hdr = !args.no_offloads;
	r.net = open_net(args.domain, args.name,
			 hdr ? ISLE_NET_OPEN_HDR | ISLE_NET_OPEN_NO_RING : 0);
	r.batch = hdr ? 1 : BATCH;
	rc = isle_net_get_info(r.net, &info);
	if (rc)
		die("cannot ask the device: %s", because(rc));
	if (args.ifname)
		memcpy(ifname, args.ifname, strlen(args.ifname));
	if (args.netns)
		enter_netns(args.netns);
	r.tap = make_tap(ifname, hdr, info.offloads);
	for (unsigned int i = 0; i < r.batch; i++) {
		r.frames[i].data = malloc(ROOM);
		if (!r.frames[i].data)
			die("out of memory");
	}
	/* In a bridge its own address is nobody's. */
	rc = set_up_interface(ifname, args.bridge ? NULL : info.mac, (int)info.mtu);
	if (!rc && args.bridge)
		rc = bridge_add(args.bridge, ifname);
	if (rc)
		die("cannot set up interface '%s': %s", ifname, because(rc));
	printf("%s\n", ifname);
	fflush(stdout);
	relay(&r);
	return 0;
}

const struct command net_tap_command = {
	.group = "net",
	.verb = "tap",
	.summary = "join a network device to a TAP interface",
	.argp = &argp,
	.run = run,
};
