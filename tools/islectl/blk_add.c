// SPDX-License-Identifier: GPL-2.0
/*
 * islectl blk add: give a domain a block device.
 */
#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>

#include "islectl.h"

struct args {
	const char *domain;
	const char *name;
	const char *path;		/* of the file or device */
	struct isle_blk_config config;
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Where the sectors are, one of:", 1 },
	{ "memory", OPT_MEMORY, "SIZE", 0, "In memory, zero at first, gone with the device", 1 },
	{ "file", OPT_FILE, "PATH", 0, "In a regular file", 1 },
	{ "device", OPT_DEVICE, "PATH", 0, "On a block device", 1 },
	{ NULL, 0, NULL, 0, "Others:", 2 },
	{ "read-only", OPT_READ_ONLY, NULL, 0, "Refuse writes", 2 },
	{ "sector-size", OPT_SECTOR_SIZE, "N", 0,
	  "512, 1024, 2048 or 4096 bytes; 512 if not given, or what the backing needs", 2 },
	{ "write-cache", OPT_WRITE_CACHE, NULL, 0,
	  "Writes become stable by fsync only, and are faster", 2 },
	{ 0 }
};

static void set_backing(struct argp_state *state, uint32_t backing)
{
	struct args *args = state->input;

	if (args->config.backing)
		argp_error(state, "give one of --memory, --file and --device, once");
	args->config.backing = backing;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case OPT_MEMORY:
		set_backing(state, ISLE_BLK_MEMORY);
		args->config.bytes = parse_size(state, arg);
		break;
	case OPT_FILE:
		set_backing(state, ISLE_BLK_FILE);
		args->path = arg;
		break;
	case OPT_DEVICE:
		set_backing(state, ISLE_BLK_DEVICE);
		args->path = arg;
		break;
	case OPT_READ_ONLY:
		args->config.flags |= ISLE_BLK_READ_ONLY;
		break;
	case OPT_WRITE_CACHE:
		args->config.flags |= ISLE_BLK_WRITE_CACHE;
		break;
	case OPT_SECTOR_SIZE:
		args->config.sector_size = (uint32_t)parse_size(state, arg);
		if (args->config.sector_size < ISLE_BLK_SECTOR_MIN ||
		    args->config.sector_size > ISLE_BLK_SECTOR_MAX ||
		    args->config.sector_size & (args->config.sector_size - 1))
			argp_error(state,
				   "'%s' is not a sector size: it is 512, 1024, 2048 or 4096",
				   arg);
		break;
	case ARGP_KEY_ARG:
		parse_domain_device(state, arg, &args->domain, &args->name);
		break;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "give the name of a domain and one for the device");
		if (!args->config.backing)
			argp_error(state, "give one of --memory, --file and --device");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "DOMAIN NAME",
	"Give a domain a block device, /dev/isle/DOMAIN/blk/NAME.\v"
	"SIZE may end in K, M, G or T. The device keeps the file open; if the file grows, so does "
	"the device.",
	NULL, NULL, NULL
};

static int open_backing(const struct args *args)
{
	bool read_only = args->config.flags & ISLE_BLK_READ_ONLY;
	bool want_device = args->config.backing == ISLE_BLK_DEVICE;
	int flags = (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC;
	struct stat st;
	int fd;

	if (stat(args->path, &st)) {
		if (errno == ENOENT && !want_device)
			die("file '%s' does not exist; make one with: truncate -s SIZE %s",
			    args->path, args->path);
		die("cannot open '%s': %s", args->path, because(-errno));
	}
	if (want_device && !S_ISBLK(st.st_mode))
		die("'%s' is not a block device%s", args->path,
		    S_ISREG(st.st_mode) ? "; for a regular file use --file" : "");
	if (!want_device && !S_ISREG(st.st_mode))
		die("'%s' is not a regular file%s", args->path,
		    S_ISBLK(st.st_mode) ? "; for a block device use --device" : "");
	/*
	 * Two writers of one device destroy what is on it: a mounted one is
	 * refused, and cannot be mounted afterwards.
	 */
	if (want_device && !read_only)
		flags |= O_EXCL;
	fd = open(args->path, flags);
	if (fd >= 0)
		return fd;
	switch (errno) {
	case EBUSY:
		die("cannot open '%s' for writing: it is in use, perhaps mounted; unmount it, or "
		    "use --read-only",
		    args->path);
	case EROFS:
	case EACCES:
	case EPERM:
		if (!read_only)
			die("cannot open '%s' for writing: %s; perhaps use --read-only",
			    args->path, because(-errno));
	}
	die("cannot open '%s': %s", args->path, because(-errno));
}

static void explain(struct isle_control *control, uint32_t domid, const struct args *args,
		    int rc)
{
	switch (rc) {
	case -EEXIST:
		die("domain '%s' has a blk device '%s' already; remove it with: islectl blk del "
		    "%s %s",
		    args->domain, args->name, args->domain, args->name);
	case -ENOENT:
		no_such_domain(args->domain);
	case -EDQUOT:
		explain_device_quota(control, domid, args->domain, args->config.bytes);
		return;
	case -EINVAL:
		if (args->config.backing == ISLE_BLK_MEMORY)
			die("cannot add '%s': its size must be a whole number of sectors, 1 TiB "
			    "at most",
			    args->name);
		die("cannot add '%s': '%s' is too small, or does not do with the sector size",
		    args->name, args->path);
	case -ENOMEM:
		die("cannot add '%s': there is not enough memory", args->name);
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
	if (args.path)
		args.config.fd = open_backing(&args);
	rc = isle_control_blk_add(control, domid, args.name, &args.config, NULL);
	if (!rc)
		return 0;
	explain(control, domid, &args, rc);
	return EXIT_FAILED;
}

const struct command blk_add_command = {
	.group = "blk",
	.verb = "add",
	.summary = "give a domain a block device",
	.argp = &argp,
	.run = run,
};
