// SPDX-License-Identifier: GPL-2.0
/*
 * islectl domain del: remove a domain with its devices and links.
 */
#include <errno.h>
#include <stdio.h>

#include "islectl.h"

struct args {
	const char *name;
	uint32_t flags;
	struct isle_control *control;
	uint32_t domid;
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
		if (state->arg_num)
			argp_usage(state);
		args->name = parse_name(state, "domain", arg);
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "give the name of the domain to remove");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "NAME",
	"Remove the domain NAME with all its devices and links.\v"
	"Programs that have its files open get ENODEV from then on. Requests that had begun are "
	"waited for.",
	NULL, NULL, NULL
};

static int destroy(void *arg)
{
	struct args *args = arg;

	return isle_control_domain_destroy(args->control, args->domid, args->flags);
}

static int run(int argc, char **argv)
{
	struct args args = { 0 };
	char what[128];
	int rc;

	parse_args(&argp, argc, argv, &args);
	args.control = open_control();
	args.domid = find_domain(args.control, args.name);
	snprintf(what, sizeof(what), "requests to devices of domain '%s' that had begun",
		 args.name);
	rc = call_slow(&(struct slow){ destroy, &args, what });
	switch (rc) {
	case 0:
		return 0;
	case -EINTR:
		complain("stopped waiting: domain '%s' is gone, but a request may still run to "
			 "its end",
			 args.name);
		return EXIT_FAILED;
	case -ENOENT:
		no_such_domain(args.name);
	default:
		die("cannot remove domain '%s': %s", args.name, because(rc));
	}
}

const struct command domain_del_command = {
	.group = "domain",
	.verb = "del",
	.summary = "remove a domain with all it has",
	.argp = &argp,
	.run = run,
};
