// SPDX-License-Identifier: GPL-2.0
/*
 * islectl fs add: give a domain a device with files.
 *
 * An image in a regular file becomes a loop device first, one that goes when
 * the device lets go of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/loop.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "islectl.h"

#define HELPER		"isle-mkfs"
#define LOOP_TRIES	100

struct args {
	const char *domain;
	const char *name;
	const char *path;		/* of the directory or the image */
	const char *helper;		/* as given, or NULL */
	uint64_t bytes;			/* of a new image, or 0 */
	bool no_format;
	bool created;
	char found[PATH_MAX];		/* the helper */
	struct isle_fs_config config;
};

static const struct argp_option options[] = {
	{ NULL, 0, NULL, 0, "Where the files are, one of:", 1 },
	{ "dir", OPT_DIR, "PATH", 0, "In a directory of the host", 1 },
	{ "image", OPT_IMAGE, "PATH", 0,
	  "In a vfat or ext4, which is in a regular file or on a block device", 1 },
	{ NULL, 0, NULL, 0, "For an image:", 2 },
	{ "type", OPT_TYPE, "TYPE", 0,
	  "vfat or ext4; if not given, what is there, and vfat for a new one", 2 },
	{ "size", OPT_SIZE, "SIZE", 0, "Make the file, which must not be there, and format it", 2 },
	{ "helper", OPT_HELPER, "PATH", 0, "Program that makes a file system; " HELPER
	  " if not given", 2 },
	{ "no-format", OPT_NO_FORMAT, NULL, 0, "The domain cannot format it", 2 },
	{ NULL, 0, NULL, 0, "Others:", 3 },
	{ "read-only", OPT_READ_ONLY, NULL, 0, "Refuse changes", 3 },
	{ 0 }
};

static void set_backing(struct argp_state *state, uint32_t backing, const char *path)
{
	struct args *args = state->input;

	if (args->config.backing)
		argp_error(state, "give one of --dir and --image, once");
	args->config.backing = backing;
	args->path = path;
}

static uint32_t parse_type(struct argp_state *state, const char *arg)
{
	if (!strcmp(arg, "vfat"))
		return ISLE_FS_VFAT;
	if (!strcmp(arg, "ext4"))
		return ISLE_FS_EXT4;
	argp_error(state, "'%s' is not a type: it is vfat or ext4", arg);
	return 0;
}

static void check(struct argp_state *state, const struct args *args)
{
	bool of_image = args->config.type || args->bytes || args->helper || args->no_format;

	if (state->arg_num < 2)
		argp_error(state, "give the name of a domain and one for the device");
	if (!args->config.backing)
		argp_error(state, "give one of --dir and --image");
	if (args->config.backing == ISLE_FS_DIR && of_image)
		argp_error(state, "--type, --size, --helper and --no-format go with --image");
	if (args->helper && (args->helper[0] != '/' || strlen(args->helper) > ISLE_FS_HELPER_MAX))
		argp_error(state, "'%s' is not an absolute path of at most %d characters",
			   args->helper, ISLE_FS_HELPER_MAX);
	if (args->bytes && (args->no_format || args->config.flags & ISLE_FS_READ_ONLY))
		argp_error(state, "--size formats: it is not for --no-format and --read-only");
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case OPT_DIR:
		set_backing(state, ISLE_FS_DIR, arg);
		break;
	case OPT_IMAGE:
		set_backing(state, ISLE_FS_IMAGE, arg);
		break;
	case OPT_TYPE:
		args->config.type = parse_type(state, arg);
		break;
	case OPT_SIZE:
		args->bytes = parse_size(state, arg);
		if (!args->bytes || args->bytes > INT64_MAX)
			argp_error(state, "'%s' is not the size of a file", arg);
		break;
	case OPT_HELPER:
		args->helper = arg;
		break;
	case OPT_NO_FORMAT:
		args->no_format = true;
		break;
	case OPT_READ_ONLY:
		args->config.flags |= ISLE_FS_READ_ONLY;
		break;
	case ARGP_KEY_ARG:
		parse_domain_device(state, arg, &args->domain, &args->name);
		break;
	case ARGP_KEY_END:
		check(state, args);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "DOMAIN NAME",
	"Give a domain a device with files, /dev/isle/DOMAIN/fs/NAME.\v"
	"SIZE may end in K, M, G or T. An image is mounted for the device alone; do not mount it "
	"elsewhere at the same time. The helper is run as root when the domain formats the device.",
	NULL, NULL, NULL
};

/* Beside this program, or where "make install" puts it. */
static void find_helper(struct args *args)
{
	char self[PATH_MAX];
	ssize_t len;

	if (args->no_format || args->config.flags & ISLE_FS_READ_ONLY)
		return;
	if (args->helper) {
		snprintf(args->found, sizeof(args->found), "%s", args->helper);
	} else {
		len = readlink("/proc/self/exe", self, sizeof(self) - sizeof(HELPER) - 2);
		if (len > 0) {
			self[len] = '\0';
			snprintf(args->found, sizeof(args->found), "%s/" HELPER, dirname(self));
		}
		if (access(args->found, X_OK))
			snprintf(args->found, sizeof(args->found), "%s", ISLE_LIBEXEC "/" HELPER);
	}
	if (access(args->found, X_OK)) {
		if (args->helper || args->bytes)
			die("cannot run '%s': %s; name another one by --helper", args->found,
			    because(-errno));
		return;
	}
	if (strlen(args->found) > ISLE_FS_HELPER_MAX)
		die("the path of '%s' is too long", args->found);
	args->config.helper = (uintptr_t)args->found;
	args->config.helper_len = strlen(args->found);
}

/* What is in an image, by its magic numbers; 0: unknown */
static uint32_t guess_type(int fd)
{
	unsigned char block[2048];

	if (pread(fd, block, sizeof(block), 0) != sizeof(block))
		return 0;
	if (block[1080] == 0x53 && block[1081] == 0xef)
		return ISLE_FS_EXT4;
	if (block[510] == 0x55 && block[511] == 0xaa &&
	    (!memcmp(block + 54, "FAT", 3) || !memcmp(block + 82, "FAT32", 5)))
		return ISLE_FS_VFAT;
	return 0;
}

static int create_image(struct args *args)
{
	int fd = open(args->path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd < 0) {
		if (errno == EEXIST)
			die("'%s' exists; without --size it is used as it is", args->path);
		die("cannot make '%s': %s", args->path, because(-errno));
	}
	args->created = true;
	if (ftruncate(fd, (off_t)args->bytes)) {
		unlink(args->path);
		die("cannot make '%s' so large: %s", args->path, because(-errno));
	}
	return fd;
}

/* The driver may be a module that nobody has needed yet. */
static int open_loop_control(void)
{
	int fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC);

	if (fd < 0 && errno == ENOENT && !system("modprobe -q loop"))
		fd = open("/dev/loop-control", O_RDWR | O_CLOEXEC);
	return fd;
}

/* A block device whose sectors are in the file; it goes with its last user. */
static int attach_loop(const struct args *args, int file)
{
	struct loop_config config = { .fd = file, .info.lo_flags = LO_FLAGS_AUTOCLEAR };
	bool read_only = args->config.flags & ISLE_FS_READ_ONLY;
	int control = open_loop_control();
	char path[32];
	int number, fd, rc;

	if (read_only)
		config.info.lo_flags |= LO_FLAGS_READ_ONLY;
	snprintf((char *)config.info.lo_file_name, LO_NAME_SIZE, "%s", args->path);
	/* Another program may take the free one first */
	for (int i = 0; control >= 0 && i < LOOP_TRIES; i++) {
		number = ioctl(control, LOOP_CTL_GET_FREE);
		if (number < 0)
			break;
		snprintf(path, sizeof(path), "/dev/loop%d", number);
		fd = open(path, (read_only ? O_RDONLY : O_RDWR) | O_CLOEXEC);
		if (fd < 0)
			break;
		if (!ioctl(fd, LOOP_CONFIGURE, &config)) {
			close(control);
			return fd;
		}
		close(fd);
		if (errno != EBUSY)
			break;
	}
	rc = -errno;
	if (args->created)
		unlink(args->path);
	die("cannot make a loop device of '%s': %s", args->path, because(rc));
}

static int open_image(struct args *args)
{
	int mode = args->config.flags & ISLE_FS_READ_ONLY ? O_RDONLY : O_RDWR;
	struct stat st;
	int fd, loop;

	fd = args->bytes ? create_image(args) : open(args->path, mode | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		die("'%s' does not exist; make one with --size SIZE", args->path);
	if (fd < 0)
		die("cannot open '%s'%s: %s", args->path, mode == O_RDWR ? " for writing" : "",
		    because(-errno));
	if (fstat(fd, &st) || (!S_ISREG(st.st_mode) && !S_ISBLK(st.st_mode)))
		die("'%s' is neither a regular file nor a block device", args->path);
	if (!args->config.type)
		args->config.type = args->created ? ISLE_FS_VFAT : guess_type(fd);
	if (!args->config.type)
		die("there is neither a vfat nor an ext4 in '%s'; say by --type which one shall be",
		    args->path);
	if (S_ISBLK(st.st_mode))
		return fd;
	loop = attach_loop(args, fd);
	close(fd);
	return loop;
}

static int open_backing(struct args *args)
{
	int fd;

	if (args->config.backing == ISLE_FS_IMAGE)
		return open_image(args);
	fd = open(args->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		die("cannot open the directory '%s': %s", args->path, because(-errno));
	return fd;
}

static void explain(struct isle_control *control, uint32_t domid, const struct args *args, int rc)
{
	if (args->created)
		unlink(args->path);
	switch (rc) {
	case -EEXIST:
		die("domain '%s' has an fs device '%s' already; remove it with: islectl fs del "
		    "%s %s",
		    args->domain, args->name, args->domain, args->name);
	case -ENOENT:
		no_such_domain(args->domain);
	case -EDQUOT:
		if (explain_quota(control, domid, args->domain, ISLE_QUOTA_DEVICES, 1))
			return;
		die("domain '%s' is over a quota; see: islectl quota %s", args->domain,
		    args->domain);
	case -EBUSY:
		die("cannot add '%s': '%s' is mounted somewhere; unmount it first", args->name,
		    args->path);
	case -EOPNOTSUPP:
		die("cannot add '%s': this kernel has no %s, or the module no devices with files",
		    args->name, args->config.type == ISLE_FS_VFAT ? "vfat" : "ext4");
	default:
		die("cannot add '%s' to domain '%s': %s", args->name, args->domain, because(rc));
	}
}

/* Formats a new image; or says that an old one has to be. */
static int look(struct isle_control *control, uint32_t domid, const struct args *args)
{
	struct isle_fs_info info = { .size = sizeof(info) };
	struct isle_domain *domain;
	struct isle_fs *fs;
	int rc;

	rc = isle_control_domain_open(control, domid, &domain);
	if (!rc)
		rc = isle_fs_open_in(domain, args->name, ISLE_OPEN_READ | ISLE_OPEN_WRITE, &fs);
	if (!rc && args->created)
		rc = isle_fs_format(fs, 0);
	if (rc && args->created) {
		complain("cannot format '%s': %s", args->path, because(rc));
		isle_control_device_del(control, domid, ISLE_CLASS_FS, args->name, 0);
		unlink(args->path);
		return EXIT_FAILED;
	}
	if (!rc)
		rc = isle_fs_get_info(fs, &info);
	if (!rc && info.state)
		complain("'%s' cannot be used as it is: %s; format it: islectl fs format %s %s",
			 args->path, because(-(int)info.state), args->domain, args->name);
	return 0;
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
	if (args.config.backing == ISLE_FS_IMAGE)
		find_helper(&args);
	args.config.fd = open_backing(&args);
	rc = isle_control_fs_add(control, domid, args.name, &args.config, NULL);
	close(args.config.fd);
	if (rc) {
		explain(control, domid, &args, rc);
		return EXIT_FAILED;
	}
	return args.config.backing == ISLE_FS_IMAGE ? look(control, domid, &args) : 0;
}

const struct command fs_add_command = {
	.group = "fs",
	.verb = "add",
	.summary = "give a domain a device with files",
	.argp = &argp,
	.run = run,
};
