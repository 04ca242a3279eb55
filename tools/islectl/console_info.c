// SPDX-License-Identifier: GPL-2.0
/*
 * islectl console info, and what a console is like, as JSON and for people.
 * Owns nothing; the objects are the caller's.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include <libisle-console.h>

#include "islectl.h"

struct args {
	const char *domain;	/* or the path of a node */
	const char *name;	/* NULL if that is a path */
	bool json;
};

static const struct argp_option options[] = {
	OPTION_JSON,
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case OPT_JSON:
		args->json = true;
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
	"Print what a console is like.\v"
	"DOMAIN can be \"self\" inside \"islectl run\".",
	NULL, NULL, NULL
};

static void add_number(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

static void add_bool(struct json_object *to, const char *key, bool value)
{
	json_object_object_add(to, key, json_object_new_boolean(value));
}

void describe_console(struct json_object *to, const struct isle_console_info *info)
{
	add_bool(to, "hold", info->flags & ISLE_CONSOLE_HOLD);
	add_bool(to, "sink", info->flags & ISLE_CONSOLE_SINK);
	add_bool(to, "source", info->flags & ISLE_CONSOLE_SOURCE);
	json_object_object_add(to, "sink_error", info->sink_error ?
			       json_object_new_string(because(-(int)info->sink_error)) : NULL);
	add_number(to, "written", info->written);
	add_number(to, "dropped", info->dropped);
	add_number(to, "space", info->space);
	add_number(to, "input", info->input);
	add_number(to, "hosts", info->hosts);
}

static struct json_object *get(struct json_object *object, const char *key)
{
	return json_object_object_get(object, key);
}

/** show_console() - one line about a console, without its name */
void show_console(struct json_object *console)
{
	const char *error = json_object_get_string(get(console, "error"));
	const char *sink = json_object_get_string(get(console, "sink_error"));

	if (error) {
		printf("cannot be opened: %s\n", error);
		return;
	}
	printf("%" PRIu64 " bytes printed, %" PRIu64 " dropped, %" PRIu64 " typed and not read, "
	       "%" PRIu64 " attached%s",
	       json_object_get_uint64(get(console, "written")),
	       json_object_get_uint64(get(console, "dropped")),
	       json_object_get_uint64(get(console, "input")),
	       json_object_get_uint64(get(console, "hosts")),
	       json_object_get_boolean(get(console, "hold")) ? ", hold" : "");
	if (sink)
		printf(", sink given up: %s", sink);
	else if (json_object_get_boolean(get(console, "sink")))
		printf(", sink");
	printf("\n");
}

static struct isle_console *open_either(const struct args *args)
{
	struct isle_console *console;
	int rc;

	if (args->name) {
		rc = isle_console_open_in(open_domain(args->domain), args->name, &console);
		if (rc == -ENXIO)
			die("domain '%s' has no console '%s'; add one with: islectl console add "
			    "%s %s",
			    args->domain, args->name, args->domain, args->name);
	} else {
		rc = isle_console_open(args->domain, &console);
		if (rc == -ENXIO)
			die("'%s' is not the node of an isle console", args->domain);
	}
	if (rc)
		die("cannot open '%s': %s", args->name ? args->name : args->domain, because(rc));
	return console;
}

static int run(int argc, char **argv)
{
	struct isle_console_info info = { .size = sizeof(info) };
	struct isle_device_id id = { .size = sizeof(id) };
	struct isle_console *console;
	struct json_object *object;
	struct args args = { 0 };
	int rc;

	parse_args(&argp, argc, argv, &args);
	console = open_either(&args);
	rc = isle_console_get_id(console, &id);
	if (!rc)
		rc = isle_console_get_info(console, &info);
	if (rc)
		die("cannot ask '%s': %s", args.name ? args.name : args.domain, because(rc));
	object = json_object_new_object();
	describe_id(object, &id);
	describe_console(object, &info);
	if (args.json) {
		print_json(object);
		return 0;
	}
	printf("console %s of domain %s: ", id.name, id.domain);
	show_console(object);
	return 0;
}

const struct command console_info_command = {
	.group = "console",
	.verb = "info",
	.summary = "print what a console is like",
	.argp = &argp,
	.run = run,
};
