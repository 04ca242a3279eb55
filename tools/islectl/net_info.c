// SPDX-License-Identifier: GPL-2.0
/*
 * islectl net info: what a network device is like, and what it has moved.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include <libisle-net.h>

#include "islectl.h"

struct args {
	const char *domain;	/* or the path of a node */
	const char *name;	/* NULL if that is a path */
	bool json;
	bool reset;
};

static const struct argp_option options[] = {
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
	"Print what a network device is like.\v"
	"DOMAIN can be \"self\" inside \"islectl run\".",
	NULL, NULL, NULL
};

static int run(int argc, char **argv)
{
	struct isle_net_stats stats = { .size = sizeof(stats) };
	struct isle_net_info info = { .size = sizeof(info) };
	struct isle_device_id id = { .size = sizeof(id) };
	struct json_object *object;
	struct args args = { 0 };
	struct isle_net *net;
	int rc;

	parse_args(&argp, argc, argv, &args);
	net = open_net(args.domain, args.name, ISLE_NET_OPEN_NO_RING);
	rc = isle_net_get_id(net, &id);
	if (!rc)
		rc = isle_net_get_info(net, &info);
	if (!rc)
		rc = isle_net_get_stats(net, &stats);
	if (!rc && args.reset)
		rc = isle_net_reset_stats(net);
	if (rc)
		die("cannot ask '%s': %s", args.name ? args.name : args.domain, because(rc));
	object = json_object_new_object();
	describe_id(object, &id);
	describe_net(object, &info);
	describe_net_stats(object, &stats);
	if (args.json) {
		print_json(object);
		return 0;
	}
	printf("net %s of domain %s: ", id.name, id.domain);
	show_net(object);
	show_net_stats(object);
	return 0;
}

const struct command net_info_command = {
	.group = "net",
	.verb = "info",
	.summary = "print what a network device is like",
	.argp = &argp,
	.run = run,
};
