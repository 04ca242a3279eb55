// SPDX-License-Identifier: GPL-2.0
/*
 * islectl blk del, net del, fs del, kv del, console del: take a device away.
 */
#include <errno.h>
#include <stdio.h>

#include "islectl.h"

struct args {
	uint32_t cls;
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
		parse_domain_device(state, arg, &args->domain, &args->name);
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

static int del(void *arg)
{
	struct args *args = arg;

	return isle_control_device_del(args->control, args->domid, args->cls, args->name,
				       args->flags);
}

static int run(uint32_t cls, const struct argp *argp, int argc, char **argv)
{
	struct args args = { .cls = cls };
	char what[128];
	int rc;

	parse_args(argp, argc, argv, &args);
	args.control = open_control();
	args.domid = find_domain(args.control, args.domain);
	snprintf(what, sizeof(what), "requests to '%s' of domain '%s' that had begun", args.name,
		 args.domain);
	rc = call_slow(&(struct slow){ del, &args, what });
	switch (rc) {
	case 0:
		return 0;
	case -EINTR:
		complain("stopped waiting: '%s' is gone, but a request may still run to its end",
			 args.name);
		return EXIT_FAILED;
	case -ENOENT:
		die("domain '%s' has no %s device '%s'; see: islectl list", args.domain,
		    isle_class_name(cls), args.name);
	default:
		die("cannot remove '%s' of domain '%s': %s", args.name, args.domain, because(rc));
	}
}

#define GONE "Programs that have it open get ENODEV from then on. "
#define WAITED_FOR "Requests that had begun are waited for"

/* The command of a class: what its devices are called, and what else goes or happens */
#define DEL(_class, _name, _what, _doc)							\
static const struct argp _name ## _argp = {						\
	options, parse, "DOMAIN NAME",							\
	"Take the " _what " NAME away from a domain.\v" _doc, NULL, NULL, NULL		\
};											\
											\
static int run_ ## _name(int argc, char **argv)						\
{											\
	return run(_class, &_name ## _argp, argc, argv);				\
}											\
											\
const struct command _name ## _del_command = {						\
	.group = #_name,								\
	.verb = "del",									\
	.summary = "take a " _what " away",						\
	.argp = &_name ## _argp,							\
	.run = run_ ## _name,								\
}

DEL(ISLE_CLASS_BLK, blk, "block device", GONE WAITED_FOR ".");
DEL(ISLE_CLASS_NET, net, "network device", "Its interface goes with it. " GONE);
DEL(ISLE_CLASS_FS, fs, "device with files",
	GONE WAITED_FOR ", and then everything is in the image.");
DEL(ISLE_CLASS_KV, kv, "key-value device", GONE WAITED_FOR ".");
DEL(ISLE_CLASS_CONSOLE, console, "console", GONE WAITED_FOR ".");
