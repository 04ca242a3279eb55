// SPDX-License-Identifier: GPL-2.0
/*
 * islectl fs del: take a device with files away.
 */
#include <errno.h>
#include <stdio.h>

#include "islectl.h"

struct args {
	const char *domain;
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
	"Take the device with files NAME away from a domain.\v"
	"Programs that have it open get ENODEV from then on. Requests that had begun are waited for, and then "
	"everything is in the image.",
	NULL, NULL, NULL
};

static int del(void *arg)
{
	struct args *args = arg;

	return isle_control_device_del(args->control, args->domid, ISLE_CLASS_FS, args->name,
				       args->flags);
}

static int run(int argc, char **argv)
{
	struct args args = { 0 };
	char what[128];
	int rc;

	parse_args(&argp, argc, argv, &args);
	args.control = open_control();
	args.domid = find_domain(args.control, args.domain);
	snprintf(what, sizeof(what), "requests to '%s' of domain '%s' that had begun",
		 args.name, args.domain);
	rc = call_slow(&(struct slow){ del, &args, what });
	switch (rc) {
	case 0:
		return 0;
	case -EINTR:
		complain("stopped waiting: '%s' is gone, but a request may still run to its end",
			 args.name);
		return EXIT_FAILED;
	case -ENOENT:
		die("domain '%s' has no fs device '%s'; see: islectl list", args.domain,
		    args.name);
	default:
		die("cannot remove '%s' of domain '%s': %s", args.name, args.domain, because(rc));
	}
}

const struct command fs_del_command = {
	.group = "fs",
	.verb = "del",
	.summary = "take a device with files away",
	.argp = &argp,
	.run = run,
};
