// SPDX-License-Identifier: GPL-2.0
/*
 * islectl blk info: what a block device is like.  Asks the device through its
 * node, so that whoever may open that can use it; a domain that is not
 * published has none, then through the control.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

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
	"Print what a block device is like.\v"
	"DOMAIN can be \"self\" inside \"islectl run\".",
	NULL, NULL, NULL
};

static struct isle_blk *open_by_path(const char *path)
{
	struct isle_blk *blk;
	int rc = isle_blk_open(path, ISLE_OPEN_READ, &blk);

	if (rc == -ENOTTY)
		die("'%s' is not the node of an isle block device", path);
	if (rc)
		die("cannot open '%s': %s", path, because(rc));
	return blk;
}

static struct isle_blk *open_by_name(const struct args *args)
{
	struct isle_control *control;
	struct isle_domain *domain;
	struct isle_blk *blk;
	char path[128];
	int rc;

	snprintf(path, sizeof(path), "/dev/isle/%s/blk/%s", args->domain, args->name);
	rc = isle_blk_open(path, ISLE_OPEN_READ, &blk);
	if (!rc)
		return blk;
	if (rc == -EACCES)
		die("cannot open '%s': %s; run it as the owner of the node, or as root", path,
		    because(rc));
	if (rc != -ENOENT)
		die("cannot open '%s': %s", path, because(rc));
	if (!strcmp(args->domain, "self"))
		die("there is no '%s'; \"self\" is the domain of a program that \"islectl run\" "
		    "started",
		    path);
	control = open_control();
	rc = isle_control_domain_open(control, find_domain(control, args->domain), &domain);
	if (rc)
		die("cannot open domain '%s': %s", args->domain, because(rc));
	rc = isle_blk_open_in(domain, args->name, ISLE_OPEN_READ, &blk);
	if (rc == -ENOENT)
		die("domain '%s' has no blk device '%s'; add one with: islectl blk add %s %s "
		    "--memory SIZE",
		    args->domain, args->name, args->domain, args->name);
	if (rc)
		die("cannot open '%s' of domain '%s': %s", args->name, args->domain, because(rc));
	return blk;
}

static int run(int argc, char **argv)
{
	struct isle_blk_info info = { .size = sizeof(info) };
	struct isle_device_id id = { .size = sizeof(id) };
	struct json_object *object;
	struct args args = { 0 };
	struct isle_blk *blk;
	int rc;

	parse_args(&argp, argc, argv, &args);
	blk = args.name ? open_by_name(&args) : open_by_path(args.domain);
	rc = isle_blk_get_id(blk, &id);
	if (!rc)
		rc = isle_blk_get_info(blk, &info);
	if (rc)
		die("cannot ask '%s': %s", args.name ? args.name : args.domain, because(rc));
	object = json_object_new_object();
	describe_id(object, &id);
	describe_blk(object, &info);
	if (args.json) {
		print_json(object);
		return 0;
	}
	printf("blk %s of domain %s: ", id.name, id.domain);
	show_blk(object);
	return 0;
}

const struct command blk_info_command = {
	.group = "blk",
	.verb = "info",
	.summary = "print what a block device is like",
	.argp = &argp,
	.run = run,
};
