// SPDX-License-Identifier: GPL-2.0
/*
 * islectl net tap: a TAP interface in the place of a domain's program.
 *
 * Frames that the domain's device receives come out of the TAP interface, and
 * what Linux sends through that goes out of the device: so any program that
 * uses sockets can be the one that has the device.  Runs until it is ended or
 * the device goes; then the interface goes too.
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

struct args {
	const char *domain;	/* or the path of a node */
	const char *name;	/* NULL if that is a path */
	const char *ifname;
	const char *netns;
	const char *bridge;
};

static const struct argp_option options[] = {
	{ "ifname", OPT_IFNAME, "IF", 0, "Name of the TAP interface; one that is free if not given",
	  0 },
	{ "netns", OPT_NETNS, "NS", 0, "Network namespace in which it is made", 0 },
	{ "bridge", OPT_BRIDGE, "BR", 0, "Make it a port of this bridge", 0 },
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
	"The interface has the device's address and MTU and is up; its name is printed once it "
	"can be used. Runs until it is ended or the device is removed.",
	NULL, NULL, NULL
};

/* @name: wanted, or empty; then what it became */
static int make_tap(char name[IFNAMSIZ])
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0 && (errno == ENOENT || errno == ENODEV))
		die("cannot open /dev/net/tun: %s; try: modprobe tun", because(-errno));
	if (fd < 0)
		die("cannot open /dev/net/tun: %s", because(-errno));
	memcpy(request.ifr_name, name, IFNAMSIZ);
	if (ioctl(fd, TUNSETIFF, &request)) {
		if (errno == EBUSY || errno == EEXIST || errno == EINVAL)
			die("cannot make TAP interface '%s': it exists already", name);
		die("cannot make a TAP interface: %s", because(-errno));
	}
	memcpy(name, request.ifr_name, IFNAMSIZ);
	return fd;
}

struct relay {
	struct isle_net *net;
	int tap;
	size_t size;		/* of a frame at most */
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

	for (i = 0; i < BATCH; i++)
		r->frames[i].size = r->size;
	count = isle_net_try_read_batch(r->net, r->frames, BATCH);
	if (count == -EAGAIN)
		return false;
	if (count < 0)
		device_failed(count);
	/* What the interface does not take, being down for instance, is lost. */
	for (i = 0; i < count; i++)
		if (write(r->tap, r->frames[i].data, r->frames[i].len) < 0 && errno == EBADFD)
			die("the TAP interface is gone");
	return true;
}

static bool tap_to_device(struct relay *r)
{
	int count = 0, sent;
	bool more = true;
	ssize_t len;

	while (count < BATCH) {
		len = read(r->tap, r->frames[count].data, r->size);
		if (len < 0) {
			if (errno == EINTR)
				continue;
			if (errno != EAGAIN)
				die("the TAP interface: %s", because(-errno));
			more = false;
			break;
		}
		r->frames[count++].len = (size_t)len;
	}
	for (int i = 0; i < count; ) {
		sent = isle_net_write_batch(r->net, r->frames + i, (unsigned int)(count - i));
		/* One that the device does not take: its MTU is smaller now. */
		if (sent == -EINVAL)
			sent = 1;
		if (sent < 0)
			device_failed(sent);
		i += sent;
	}
	return more;
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
	struct args args = { 0 };
	struct relay r = { 0 };
	char ifname[IFNAMSIZ] = "";
	uint8_t mac[6];
	int rc, mtu;

	parse_args(&argp, argc, argv, &args);
	r.net = open_net(args.domain, args.name, 0);
	mtu = isle_net_mtu(r.net);
	rc = mtu < 0 ? mtu : isle_net_mac(r.net, mac);
	if (rc < 0)
		die("cannot ask the device: %s", because(rc));
	if (args.ifname)
		memcpy(ifname, args.ifname, strlen(args.ifname));
	if (args.netns)
		enter_netns(args.netns);
	r.tap = make_tap(ifname);
	r.size = 65536;
	for (int i = 0; i < BATCH; i++) {
		r.frames[i].data = malloc(r.size);
		if (!r.frames[i].data)
			die("out of memory");
	}
	/* In a bridge its own address is nobody's. */
	rc = set_up_interface(ifname, args.bridge ? NULL : mac, mtu);
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
