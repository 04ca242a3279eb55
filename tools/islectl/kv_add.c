// SPDX-License-Identifier: GPL-2.0
/*
 * islectl kv add: give a domain a key-value device.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include <libisle-kv.h>

#include "islectl.h"
#include "tar.h"

struct args {
	const char *domain;
	const char *name;
	const char *path;
	struct isle_kv_config config;
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Where the values are, one of:", 1 },
	{ "dir", OPT_DIR, "PATH", 0, "Regular files beneath a directory", 1 },
	{ "tar", OPT_TAR, "PATH", 0, "Regular files in a tar archive, which is not compressed", 1 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case OPT_DIR:
	case OPT_TAR:
		if (args->path)
			argp_error(state, "give one of --dir and --tar, once");
		args->path = arg;
		args->config.backing = key == OPT_DIR ? ISLE_KV_DIR : ISLE_KV_INDEX;
		break;
	case ARGP_KEY_ARG:
		parse_domain_device(state, arg, &args->domain, &args->name);
		break;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "give the name of a domain and one for the device");
		if (!args->path)
			argp_error(state, "give one of --dir and --tar");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "DOMAIN NAME",
	"Give a domain a key-value device, /dev/isle/DOMAIN/kv/NAME.\v"
	"A key is a path beneath the directory, or a name in the archive. Symbolic links are not "
	"followed, mount points not entered. The device keeps the archive open: do not change it "
	"meanwhile.",
	NULL, NULL, NULL
};

static void open_backing(struct args *args)
{
	bool dir = args->config.backing == ISLE_KV_DIR;
	struct tar_index index;
	struct stat st;
	int fd;

	fd = open(args->path, O_RDONLY | O_CLOEXEC | (dir ? O_DIRECTORY : O_NONBLOCK));
	if (fd < 0)
		die("cannot open '%s': %s", args->path, because(-errno));
	args->config.fd = fd;
	if (dir)
		return;
	if (fstat(fd, &st) || !S_ISREG(st.st_mode))
		die("'%s' is not a regular file%s", args->path,
		    S_ISDIR(st.st_mode) ? "; for a directory use --dir" : "");
	tar_index(fd, args->path, &index);
	if (index.skipped)
		complain("left out %u of '%s': only regular files have values", index.skipped,
			 args->path);
	args->config.index = (uintptr_t)index.entries;
	args->config.entries = index.count;
	args->config.keys = (uintptr_t)index.keys;
	args->config.keys_length = index.keys_length;
}

static void explain(struct isle_control *control, uint32_t domid, const struct args *args, int rc)
{
	uint64_t bytes = args->config.entries * sizeof(struct isle_kv_entry) +
			 args->config.keys_length;

	switch (rc) {
	case -EEXIST:
		die("domain '%s' has a kv device '%s' already; remove it with: islectl kv del "
		    "%s %s",
		    args->domain, args->name, args->domain, args->name);
	case -ENOENT:
		no_such_domain(args->domain);
	case -EDQUOT:
		explain_device_quota(control, domid, args->domain,
				     (bytes + 4095) & ~4095ULL);
		return;
	default:
		die("cannot add '%s' to domain '%s': %s", args->name, args->domain, because(rc));
	}
}

static int run(int argc, char **argv)
{
	struct args args = { .config = { .size = sizeof(args.config) } };
	struct isle_control *control;
	uint32_t domid;
	int rc;

	parse_args(&argp, argc, argv, &args);
	control = open_control();
	domid = find_domain(control, args.domain);
	open_backing(&args);
	rc = isle_control_kv_add(control, domid, args.name, &args.config, NULL);
	if (!rc)
		return 0;
	explain(control, domid, &args, rc);
	return EXIT_FAILED;
}

const struct command kv_add_command = {
	.group = "kv",
	.verb = "add",
	.summary = "give a domain a key-value device",
	.argp = &argp,
	.run = run,
};
