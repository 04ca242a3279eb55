// SPDX-License-Identifier: GPL-2.0
/*
 * islectl net add: give a domain a network device.
 */
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include <libisle-net.h>

#include "islectl.h"

struct args {
	const char *domain;
	const char *name;
	const char *netns;
	const char *bridge;
	struct isle_net_config config;
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "The device:", 1 },
	{ "mac", OPT_MAC, "MAC", 0, "Address of the domain; a random one if not given", 1 },
	{ "mtu", OPT_MTU, "N", 0, "Bytes that a frame holds after its header; 1500 if not given",
	  1 },
	{ "queue", OPT_QUEUE, "SIZE", 0,
	  "Memory for frames that wait for the domain; 1M if not given", 1 },
	{ "no-offloads", OPT_NO_OFFLOADS, NULL, 0,
	  "Frames are whole: no unfinished checksums, no large segments", 1 },
	{ NULL, 0, NULL, 0, "Its interface on the host:", 2 },
	{ "ifname", OPT_IFNAME, "IF", 0, "Its name; isleN if not given", 2 },
	{ "host-mac", OPT_HOST_MAC, "MAC", 0, "Its address; a random one if not given", 2 },
	{ "netns", OPT_NETNS, "NS", 0, "The network namespace it is in", 2 },
	{ "bridge", OPT_BRIDGE, "BR", 0, "Make it a port of this bridge, and set it up", 2 },
	{ 0 }
};

static void parse_mac(struct argp_state *state, const char *arg, __u8 mac[6])
{
	unsigned int byte[6];
	char rest;

	if (sscanf(arg, "%2x:%2x:%2x:%2x:%2x:%2x%c", &byte[0], &byte[1], &byte[2], &byte[3],
		   &byte[4], &byte[5], &rest) != 6)
		argp_error(state, "'%s' is not an address: give one such as 02:00:00:00:00:01",
			   arg);
	for (int i = 0; i < 6; i++)
		mac[i] = (__u8)byte[i];
	if (mac[0] & 1 || !memcmp(mac, "\0\0\0\0\0", 6))
		argp_error(state, "'%s' is a group's address, or nobody's", arg);
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	uint64_t size;

	switch (key) {
	case OPT_MAC:
		parse_mac(state, arg, args->config.mac);
		break;
	case OPT_HOST_MAC:
		parse_mac(state, arg, args->config.host_mac);
		break;
	case OPT_MTU:
		size = parse_size(state, arg);
		if (size < ISLE_NET_MTU_MIN || size > ISLE_NET_MTU_MAX)
			argp_error(state, "'%s' is not an MTU: it is %d to %d", arg,
				   ISLE_NET_MTU_MIN, ISLE_NET_MTU_MAX);
		args->config.mtu = (__u32)size;
		break;
	case OPT_QUEUE:
		size = parse_size(state, arg);
		if (size < 64 << 10 || size > 64 << 20)
			argp_error(state, "'%s' cannot be a queue's size: it is 64K to 64M", arg);
		args->config.queue_bytes = (__u32)size;
		break;
	case OPT_NO_OFFLOADS:
		args->config.flags |= ISLE_NET_NO_OFFLOADS;
		break;
	case OPT_IFNAME:
		snprintf(args->config.ifname, sizeof(args->config.ifname), "%s",
			 parse_ifname(state, arg));
		break;
	case OPT_NETNS:
		args->netns = arg;
		break;
	case OPT_BRIDGE:
		args->bridge = parse_ifname(state, arg);
		break;
	case ARGP_KEY_ARG:
		parse_domain_device(state, arg, &args->domain, &args->name);
		break;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "give the name of a domain and one for the device");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "DOMAIN NAME",
	"Give a domain a network device, /dev/isle/DOMAIN/net/NAME.\v"
	"Its other end is an interface of the host, which can be used like any other: given "
	"addresses, moved to another network namespace, made a port of a bridge. It is down at "
	"first, unless --bridge is given. NS is what \"ip netns\" knows, or a path.",
	NULL, NULL, NULL
};

static void explain(struct isle_control *control, uint32_t domid, const struct args *args,
		    int rc)
{
	switch (rc) {
	case -EEXIST:
		if (args->config.ifname[0] && if_nametoindex(args->config.ifname))
			die("there is an interface '%s' already; choose another --ifname",
			    args->config.ifname);
		die("domain '%s' has a net device '%s' already, or there is such an interface; "
		    "see: islectl list",
		    args->domain, args->name);
	case -ENOENT:
		no_such_domain(args->domain);
	case -EDQUOT:
		explain_device_quota(control, domid, args->domain,
				     args->config.queue_bytes ? args->config.queue_bytes :
								1 << 20);
		return;
	case -EINVAL:
		die("cannot add '%s': '%s' is no network namespace, or there can be no interface "
		    "of that name",
		    args->name, args->netns ? args->netns : "it");
	case -EOPNOTSUPP:
		die("cannot add '%s': this module has no network devices", args->name);
	default:
		die("cannot add '%s' to domain '%s': %s", args->name, args->domain, because(rc));
	}
}

/* The interface is new and may have got its name from the kernel: ask for it. */
static void join_bridge(struct isle_control *control, uint32_t domid, const struct args *args)
{
	struct isle_net_info info = { .size = sizeof(info) };
	struct isle_domain *domain;
	struct isle_net *net;
	int rc;

	rc = isle_control_domain_open(control, domid, &domain);
	if (!rc)
		rc = isle_net_open_in(domain, args->name, ISLE_NET_OPEN_NO_RING, &net);
	if (!rc)
		rc = isle_net_get_info(net, &info);
	if (!rc && args->netns)
		enter_netns(args->netns);
	if (!rc)
		rc = bridge_add(args->bridge, info.ifname);
	if (!rc)
		rc = set_up_interface(info.ifname, NULL, 0);
	if (!rc)
		return;
	/* All or nothing */
	isle_control_device_del(control, domid, ISLE_CLASS_NET, args->name, ISLE_DEL_NOWAIT);
	if (rc == -ENODEV)
		die("there is no bridge '%s'; make it with: ip link add %s type bridge",
		    args->bridge, args->bridge);
	die("cannot make '%s' a port of '%s': %s", info.ifname, args->bridge, because(rc));
}

static int run(int argc, char **argv)
{
	struct args args = { .config = { .size = sizeof(args.config) } };
	struct isle_control *control;
	uint32_t domid;
	int rc;

	parse_args(&argp, argc, argv, &args);
	control = open_control();
	domid = find_domain(control, args.domain);
	if (args.netns) {
		args.config.netns_fd = open_netns(args.netns);
		args.config.flags |= ISLE_NET_NETNS;
	}
	rc = isle_control_net_add(control, domid, args.name, &args.config, NULL);
	if (rc) {
		explain(control, domid, &args, rc);
		return EXIT_FAILED;
	}
	if (args.bridge)
		join_bridge(control, domid, &args);
	return 0;
}

const struct command net_add_command = {
	.group = "net",
	.verb = "add",
	.summary = "give a domain a network device",
	.argp = &argp,
	.run = run,
};
