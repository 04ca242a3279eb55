// SPDX-License-Identifier: GPL-2.0
/*
 * islectl blk info, net info, fs info, kv info, console info: what a device is
 * like, and what a network device has moved.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>

#include <libisle-net.h>

#include "islectl.h"

struct args {
	const char *domain;	/* or the path of a node */
	const char *name;	/* NULL if that is a path */
	bool json;
	bool reset;		/* net only */
};

static const struct argp_option net_options[] = {
	OPTION_JSON,
	{ "reset", OPT_RESET, NULL, 0, "Then count from zero again", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case OPT_JSON:
		args->json = true;
		break;
	case OPT_RESET:
		args->reset = true;
		break;
	case ARGP_KEY_ARG:
		parse_device(state, arg, &args->domain, &args->name);
		break;
	case ARGP_KEY_END:
		check_device(state, args->domain, args->name);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

/* What a network device has moved.  The handle goes with islectl. */
static int ask_counters(int fd, bool reset, struct json_object *to)
{
	struct isle_net_stats stats = { .size = sizeof(stats) };
	struct isle_net *net;
	int rc = isle_net_from_fd(fd, ISLE_NET_OPEN_NO_RING, &net);

	if (!rc)
		rc = isle_net_get_stats(net, &stats);
	if (!rc && reset)
		rc = isle_net_reset_stats(net);
	if (!rc)
		describe_net_stats(to, &stats);
	return rc;
}

static int run(uint32_t cls, const struct argp *argp, int argc, char **argv)
{
	const struct device_class *class = device_class(cls);
	struct json_object *device = json_object_new_object();
	struct args args = { 0 };
	struct device_file file;
	int rc;

	parse_args(argp, argc, argv, &args);
	file = open_device(cls, args.domain, args.name, class->flags);
	rc = ask_device(cls, file.fd, true, device);
	if (rc == -ENOTTY || rc == -ENXIO)
		not_a_device(cls, &file);
	if (!rc && cls == ISLE_CLASS_NET)
		rc = ask_counters(file.fd, args.reset, device);
	if (rc)
		die("cannot ask '%s': %s", args.name ? args.name : args.domain, because(rc));
	if (args.json) {
		print_json(device);
		return 0;
	}
	printf("%s %s of domain %s: ", isle_class_name(cls),
	       field_string(device, "name"), field_string(device, "domain"));
	class->show(device);
	if (cls == ISLE_CLASS_NET)
		show_net_stats(device);
	return 0;
}

/* The command of a class: what its devices are called, and its options */
#define INFO(_class, _name, _what, _options)						\
static const struct argp _name ## _argp = {						\
	_options, parse, "DOMAIN NAME\nPATH",						\
	"Print what a " _what " is like.\v"						\
	"DOMAIN can be \"self\" inside \"islectl run\".", NULL, NULL, NULL		\
};											\
											\
static int run_ ## _name(int argc, char **argv)						\
{											\
	return run(_class, &_name ## _argp, argc, argv);				\
}											\
											\
const struct command _name ## _info_command = {						\
	.group = #_name,								\
	.verb = "info",									\
	.summary = "print what a " _what " is like",					\
	.argp = &_name ## _argp,							\
	.run = run_ ## _name,								\
}

INFO(ISLE_CLASS_BLK, blk, "block device", json_options);
INFO(ISLE_CLASS_NET, net, "network device", net_options);
INFO(ISLE_CLASS_FS, fs, "device with files", json_options);
INFO(ISLE_CLASS_KV, kv, "key-value device", json_options);
INFO(ISLE_CLASS_CONSOLE, console, "console", json_options);
