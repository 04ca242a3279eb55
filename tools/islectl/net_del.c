// SPDX-License-Identifier: GPL-2.0
/*
 * islectl net del: take a network device away.
 */
#include <errno.h>

#include "islectl.h"

struct args {
	const char *domain;
	const char *name;
	uint32_t flags;
};

static const struct argp_option options[] = {
	OPTION_NO_WAIT,
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case OPT_NO_WAIT:
		args->flags = ISLE_DEL_NOWAIT;
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0)
			args->domain = parse_name(state, "domain", arg);
		else if (state->arg_num == 1)
			args->name = parse_name(state, "device", arg);
		else
			argp_usage(state);
		break;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "give the names of a domain and of its device");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "DOMAIN NAME",
	"Take the network device NAME away from a domain.\v"
	"Its interface goes with it. Programs that have it open get ENODEV from then on.",
	NULL, NULL, NULL
};

static int run(int argc, char **argv)
{
	struct isle_control *control;
	struct args args = { 0 };
	uint32_t domid;
	int rc;

	parse_args(&argp, argc, argv, &args);
	control = open_control();
	domid = find_domain(control, args.domain);
	rc = isle_control_device_del(control, domid, ISLE_CLASS_NET, args.name, args.flags);
	if (rc == -ENOENT)
		die("domain '%s' has no net device '%s'; see: islectl list", args.domain,
		    args.name);
	if (rc)
		die("cannot remove '%s' of domain '%s': %s", args.name, args.domain, because(rc));
	return 0;
}

const struct command net_del_command = {
	.group = "net",
	.verb = "del",
	.summary = "take a network device away",
	.argp = &argp,
	.run = run,
};
