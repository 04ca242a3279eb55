// SPDX-License-Identifier: GPL-2.0
/*
 * islectl fs info: what a device with files is like; fs format: make it empty.
 * Both go through the device's node, so that whoever may open that can use
 * them; a domain that is not published has none, then through the control.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "islectl.h"

struct args {
	const char *domain;	/* or the path of a node */
	const char *name;	/* NULL if that is a path */
	uint64_t bytes;
	bool json;
};

static const struct argp_option info_options[] = {
	OPTION_JSON,
	{ 0 }
};

static const struct argp_option format_options[] = {
	{ "size", OPT_SIZE, "SIZE", 0, "Of the file system; all of the image if not given", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case OPT_JSON:
		args->json = true;
		break;
	case OPT_SIZE:
		args->bytes = parse_size(state, arg);
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

static const struct argp info_argp = {
	info_options, parse, "DOMAIN NAME\nPATH",
	"Print what a device with files is like.\v"
	"DOMAIN can be \"self\" inside \"islectl run\".",
	NULL, NULL, NULL
};

static const struct argp format_argp = {
	format_options, parse, "DOMAIN NAME\nPATH",
	"Throw away everything that is in an image and make an empty file system.\v"
	"DOMAIN can be \"self\" inside \"islectl run\". SIZE may end in K, M, G or T.",
	NULL, NULL, NULL
};

static struct isle_fs *open_by_path(const char *path, uint32_t flags)
{
	struct isle_fs *fs;
	int rc = isle_fs_open(path, flags, &fs);

	if (rc == -ENOTTY)
		die("'%s' is not the node of an isle device with files", path);
	if (rc)
		die("cannot open '%s': %s", path, because(rc));
	return fs;
}

static struct isle_fs *open_by_name(const struct args *args, uint32_t flags)
{
	struct isle_control *control;
	struct isle_domain *domain;
	struct isle_fs *fs;
	char path[128];
	int rc;

	snprintf(path, sizeof(path), "/dev/isle/%s/fs/%s", args->domain, args->name);
	rc = isle_fs_open(path, flags, &fs);
	if (!rc)
		return fs;
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
	rc = isle_fs_open_in(domain, args->name, flags, &fs);
	if (rc == -ENOENT)
		die("domain '%s' has no fs device '%s'; add one with: islectl fs add %s %s "
		    "--dir PATH",
		    args->domain, args->name, args->domain, args->name);
	if (rc)
		die("cannot open '%s' of domain '%s': %s", args->name, args->domain, because(rc));
	return fs;
}

static struct isle_fs *open_either(const struct args *args, uint32_t flags)
{
	return args->name ? open_by_name(args, flags) : open_by_path(args->domain, flags);
}

static int run_info(int argc, char **argv)
{
	struct isle_fs_info info = { .size = sizeof(info) };
	struct isle_device_id id = { .size = sizeof(id) };
	struct json_object *object;
	struct args args = { 0 };
	struct isle_fs *fs;
	int rc;

	parse_args(&info_argp, argc, argv, &args);
	fs = open_either(&args, ISLE_OPEN_READ);
	rc = isle_fs_get_id(fs, &id);
	if (!rc)
		rc = isle_fs_get_info(fs, &info);
	if (rc)
		die("cannot ask '%s': %s", args.name ? args.name : args.domain, because(rc));
	object = json_object_new_object();
	describe_id(object, &id);
	describe_fs(object, &info);
	if (args.json) {
		print_json(object);
		return 0;
	}
	printf("fs %s of domain %s: ", id.name, id.domain);
	show_fs(object);
	return 0;
}

static int run_format(int argc, char **argv)
{
	struct args args = { 0 };
	const char *what;
	struct isle_fs *fs;
	int rc;

	parse_args(&format_argp, argc, argv, &args);
	what = args.name ? args.name : args.domain;
	fs = open_either(&args, ISLE_OPEN_WRITE);
	rc = isle_fs_format(fs, args.bytes);
	switch (rc) {
	case 0:
		return 0;
	case -EOPNOTSUPP:
		die("'%s' cannot be formatted: it is a directory, or was added with --no-format",
		    what);
	case -ENOEXEC:
		die("cannot format '%s': its helper cannot be started", what);
	case -EIO:
		die("cannot format '%s': its helper has failed, or the disk", what);
	default:
		die("cannot format '%s': %s", what, because(rc));
	}
}

const struct command fs_info_command = {
	.group = "fs",
	.verb = "info",
	.summary = "print what a device with files is like",
	.argp = &info_argp,
	.run = run_info,
};

const struct command fs_format_command = {
	.group = "fs",
	.verb = "format",
	.summary = "make an empty file system in an image",
	.argp = &format_argp,
	.run = run_format,
};
