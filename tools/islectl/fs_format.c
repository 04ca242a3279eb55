// SPDX-License-Identifier: GPL-2.0
/*
 * islectl fs format: make a device with files empty.
 */
#include <errno.h>

#include <libisle-fs.h>

#include "islectl.h"

struct args {
	const char *domain;	/* or the path of a node */
	const char *name;	/* NULL if that is a path */
	uint64_t bytes;
};

static const struct argp_option options[] = {
	{ "size", OPT_SIZE, "SIZE", 0, "Of the file system; all of the image if not given", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case OPT_SIZE:
		args->bytes = parse_size(state, arg);
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

static const struct argp argp = {
	options, parse, "DOMAIN NAME\nPATH",
	"Throw away everything that is in an image and make an empty file system.\v"
	"DOMAIN can be \"self\" inside \"islectl run\". SIZE may end in K, M, G or T.",
	NULL, NULL, NULL
};

static struct isle_fs *open_fs(const struct args *args)
{
	struct device_file file = open_device(ISLE_CLASS_FS, args->domain, args->name,
					      ISLE_OPEN_WRITE);
	struct isle_fs *fs;
	int rc = isle_fs_from_fd(file.fd, &fs);

	if (rc == -ENOTTY)
		not_a_device(ISLE_CLASS_FS, &file);
	if (rc)
		cannot_open(&file, rc);
	return fs;
}

static int run(int argc, char **argv)
{
	struct args args = { 0 };
	const char *what;
	int rc;

	parse_args(&argp, argc, argv, &args);
	what = args.name ? args.name : args.domain;
	rc = isle_fs_format(open_fs(&args), args.bytes);
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

const struct command fs_format_command = {
	.group = "fs",
	.verb = "format",
	.summary = "make an empty file system in an image",
	.argp = &argp,
	.run = run,
};
