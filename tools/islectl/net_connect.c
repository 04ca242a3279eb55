// SPDX-License-Identifier: GPL-2.0
/*
 * islectl net connect, net disconnect: a cable between two domains' devices.
 */
#include <errno.h>
#include <string.h>

#include <libisle-net.h>

#include "islectl.h"

/* A device, as DOMAIN/NAME */
struct end {
	char domain[ISLE_NAME_SIZE];
	const char *name;
};

struct args {
	struct end end[2];
};

static void parse_end(struct argp_state *state, const char *arg, struct end *end)
{
	const char *slash = strchr(arg, '/');

	if (!slash || slash == arg || (size_t)(slash - arg) >= sizeof(end->domain)) {
		argp_error(state, "'%s' is not a device: give DOMAIN/NAME", arg);
		return;
	}
	memcpy(end->domain, arg, (size_t)(slash - arg));
	parse_name(state, "domain", end->domain);
	end->name = parse_name(state, "device", slash + 1);
}

static error_t parse_ends(int key, char *arg, struct argp_state *state, unsigned int count)
{
	struct args *args = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (state->arg_num >= count)
			argp_usage(state);
		parse_end(state, arg, &args->end[state->arg_num]);
		return 0;
	case ARGP_KEY_END:
		if (state->arg_num < count)
			argp_error(state, count == 2 ? "give two devices, as DOMAIN/NAME" :
						       "give a device, as DOMAIN/NAME");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static error_t parse_two(int key, char *arg, struct argp_state *state)
{
	return parse_ends(key, arg, state, 2);
}

static error_t parse_one(int key, char *arg, struct argp_state *state)
{
	return parse_ends(key, arg, state, 1);
}

static const struct argp connect_argp = {
	NULL, parse_two, "DOMAIN/NAME DOMAIN/NAME",
	"Put a cable between the network devices of two domains.\v"
	"What one sends the other receives; their interfaces on the host see nothing of it. The "
	"domains must be linked. It is gone when a device is removed or the domains are unlinked.",
	NULL, NULL, NULL
};

static const struct argp disconnect_argp = {
	NULL, parse_one, "DOMAIN/NAME",
	"Take the cable away that a network device has.\v"
	"It leads to its interface again.",
	NULL, NULL, NULL
};

static int run_connect(int argc, char **argv)
{
	struct isle_control *control;
	struct args args = { 0 };
	struct end *a = &args.end[0], *b = &args.end[1];
	uint32_t from, to;
	int rc;

	parse_args(&connect_argp, argc, argv, &args);
	control = open_control();
	from = find_domain(control, a->domain);
	to = find_domain(control, b->domain);
	rc = isle_control_net_connect(control, from, a->name, to, b->name);
	switch (rc) {
	case 0:
		return 0;
	case -ENOENT:
		die("there is no net device '%s/%s', or no '%s/%s'; see: islectl list", a->domain,
		    a->name, b->domain, b->name);
	case -EPERM:
		die("domains '%s' and '%s' are not linked; try: islectl link %s %s", a->domain,
		    b->domain, a->domain, b->domain);
	case -EBUSY:
		die("'%s/%s' or '%s/%s' has a cable; take it away with: islectl net disconnect "
		    "DOMAIN/NAME",
		    a->domain, a->name, b->domain, b->name);
	case -EINVAL:
		die("a device cannot be connected to itself");
	case -ENOTTY:
	case -EOPNOTSUPP:
		die("this module has no cables");
	default:
		die("cannot connect '%s/%s' to '%s/%s': %s", a->domain, a->name, b->domain,
		    b->name, because(rc));
	}
}

static int run_disconnect(int argc, char **argv)
{
	struct isle_control *control;
	struct args args = { 0 };
	struct end *a = &args.end[0];
	int rc;

	parse_args(&disconnect_argp, argc, argv, &args);
	control = open_control();
	rc = isle_control_net_disconnect(control, find_domain(control, a->domain), a->name);
	switch (rc) {
	case 0:
		return 0;
	case -ENOENT:
		die("domain '%s' has no net device '%s'; see: islectl list", a->domain, a->name);
	case -ENOTCONN:
		die("'%s/%s' has no cable", a->domain, a->name);
	default:
		die("cannot disconnect '%s/%s': %s", a->domain, a->name, because(rc));
	}
}

const struct command net_connect_command = {
	.group = "net",
	.verb = "connect",
	.summary = "put a cable between two domains' network devices",
	.argp = &connect_argp,
	.run = run_connect,
};

const struct command net_disconnect_command = {
	.group = "net",
	.verb = "disconnect",
	.summary = "take it away",
	.argp = &disconnect_argp,
	.run = run_disconnect,
};
