// SPDX-License-Identifier: GPL-2.0
/*
 * islectl kv info, and what a key-value device is like, as JSON and for people.
 * Owns nothing; the objects are the caller's.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include <libisle-kv.h>

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
	"Print what a key-value device is like.\v"
	"DOMAIN can be \"self\" inside \"islectl run\".",
	NULL, NULL, NULL
};

void describe_kv(struct json_object *to, const struct isle_kv_info *info)
{
	bool dir = info->backing == ISLE_KV_DIR;

	json_object_object_add(to, "backing", json_object_new_string(dir ? "dir" : "index"));
	if (!dir)
		json_object_object_add(to, "entries", json_object_new_int64(info->entries));
}

/** show_kv() - one line about a key-value device, without its name */
void show_kv(struct json_object *kv)
{
	const char *error = json_object_get_string(json_object_object_get(kv, "error"));
	struct json_object *entries = json_object_object_get(kv, "entries");

	if (error)
		printf("cannot be opened: %s\n", error);
	else if (entries)
		printf("index of %" PRId64 " values\n", json_object_get_int64(entries));
	else
		printf("directory\n");
}

static struct isle_kv *open_either(const struct args *args)
{
	struct isle_kv *kv;
	int rc;

	if (args->name) {
		rc = isle_kv_open_in(open_domain(args->domain), args->name, &kv);
		if (rc == -ENOENT)
			die("domain '%s' has no kv device '%s'; add one with: islectl kv add %s %s "
			    "--dir PATH",
			    args->domain, args->name, args->domain, args->name);
	} else {
		rc = isle_kv_open(args->domain, &kv);
		if (rc == -ENOTTY)
			die("'%s' is not the node of an isle key-value device", args->domain);
	}
	if (rc)
		die("cannot open '%s': %s", args->name ? args->name : args->domain, because(rc));
	return kv;
}

static int run(int argc, char **argv)
{
	struct isle_kv_info info = { .size = sizeof(info) };
	struct isle_device_id id = { .size = sizeof(id) };
	struct json_object *object;
	struct args args = { 0 };
	struct isle_kv *kv;
	int rc;

	parse_args(&argp, argc, argv, &args);
	kv = open_either(&args);
	rc = isle_kv_get_id(kv, &id);
	if (!rc)
		rc = isle_kv_get_info(kv, &info);
	if (rc)
		die("cannot ask '%s': %s", args.name ? args.name : args.domain, because(rc));
	object = json_object_new_object();
	describe_id(object, &id);
	describe_kv(object, &info);
	if (args.json) {
		print_json(object);
		return 0;
	}
	printf("kv %s of domain %s: ", id.name, id.domain);
	show_kv(object);
	return 0;
}

const struct command kv_info_command = {
	.group = "kv",
	.verb = "info",
	.summary = "print what a key-value device is like",
	.argp = &argp,
	.run = run,
};
