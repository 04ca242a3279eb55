// SPDX-License-Identifier: GPL-2.0
/*
 * Devices of all classes: what people call them, and how they are opened and
 * asked what they are like.  Owns the table of classes.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <libisle-console.h>
#include <libisle-fs.h>
#include <libisle-kv.h>
#include <libisle-net.h>

#include "islectl.h"

/*
 * Asks through a handle of its class, which owns the file.  With @id, which
 * device it is comes before what it is like.
 */
#define ASK(_class, _from_fd)								\
static int ask_ ## _class(int fd, bool id, struct json_object *to)			\
{											\
	struct isle_ ## _class ## _info info = { .size = sizeof(info) };		\
	struct isle_device_id which = { .size = sizeof(which) };			\
	struct isle_ ## _class *device;							\
	int rc = _from_fd;								\
											\
	if (rc) {									\
		close(fd);								\
		return rc;								\
	}										\
	rc = isle_ ## _class ## _get_id(device, &which);				\
	if (!rc)									\
		rc = isle_ ## _class ## _get_info(device, &info);			\
	isle_ ## _class ## _close(device);						\
	if (rc)										\
		return rc;								\
	if (id)										\
		describe_id(to, &which);						\
	describe_ ## _class(to, &info);							\
	return 0;									\
}

ASK(blk, isle_blk_from_fd(fd, &device))
ASK(net, isle_net_from_fd(fd, ISLE_NET_OPEN_NO_RING, &device))
ASK(fs, isle_fs_from_fd(fd, &device))
ASK(kv, isle_kv_from_fd(fd, &device))
ASK(console, isle_console_from_fd(fd, &device))

#define READ_WRITE (ISLE_OPEN_READ | ISLE_OPEN_WRITE)

static const struct device_class classes[] = {
	[ISLE_CLASS_BLK] = {
		.what = "block device", .missing = "blk device", .add = " --memory SIZE",
		.flags = ISLE_OPEN_READ, .ask = ask_blk, .show = show_blk,
	},
	[ISLE_CLASS_NET] = {
		.what = "network device", .missing = "net device", .add = "",
		.flags = READ_WRITE, .ask = ask_net, .show = show_net,
	},
	[ISLE_CLASS_FS] = {
		.what = "device with files", .missing = "fs device", .add = " --dir PATH",
		.flags = ISLE_OPEN_READ, .ask = ask_fs, .show = show_fs,
	},
	[ISLE_CLASS_KV] = {
		.what = "key-value device", .missing = "kv device", .add = " --dir PATH",
		.flags = ISLE_OPEN_READ, .ask = ask_kv, .show = show_kv, .by_domain = true,
	},
	[ISLE_CLASS_CONSOLE] = {
		.what = "console", .missing = "console", .add = "",
		.flags = READ_WRITE, .ask = ask_console, .show = show_console, .by_domain = true,
	},
};

/** device_class() - what is known of a class; NULL: nothing */
const struct device_class *device_class(uint32_t cls)
{
	if (cls >= sizeof(classes) / sizeof(classes[0]) || !classes[cls].what)
		return NULL;
	return &classes[cls];
}

/**
 * ask_device() - what a device is like, as JSON
 * @fd: a file of it, opened with the flags of its class; stays the caller's
 * @id: with which device it is
 *
 * 0 or a negative errno, then nothing was added; -ENOTTY, -ENXIO: of another
 * class, or no device at all.
 */
int ask_device(uint32_t cls, int fd, bool id, struct json_object *to)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? -errno : classes[cls].ask(copy, id, to);
}

/** not_a_device() - what was opened is of another class, or no device at all */
void not_a_device(uint32_t cls, const struct device_file *file)
{
	die("'%s' is not the node of an isle %s", file->as, classes[cls].what);
}

void cannot_open(const struct device_file *file, int rc)
{
	if (file->domain)
		die("cannot open '%s' of domain '%s': %s", file->as, file->domain, because(rc));
	die("cannot open '%s': %s", file->as, because(rc));
}

/* A file descriptor or a negative errno */
static int open_node(const char *path, uint32_t flags)
{
	static const int modes[] = {
		[ISLE_OPEN_READ] = O_RDONLY,
		[ISLE_OPEN_WRITE] = O_WRONLY,
		[READ_WRITE] = O_RDWR,
	};
	int fd = open(path, modes[flags] | O_NOCTTY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static struct device_file open_by_path(uint32_t cls, const char *path, uint32_t flags)
{
	struct device_file file = { .fd = open_node(path, flags), .as = path };

	/* To libisle, what is not there is an invalid console */
	if (file.fd == -ENOENT && cls == ISLE_CLASS_CONSOLE)
		not_a_device(cls, &file);
	if (file.fd < 0)
		cannot_open(&file, file.fd);
	return file;
}

static struct device_file open_in(struct isle_domain *opened, uint32_t cls, const char *domain,
				  const char *name, uint32_t flags)
{
	struct device_file file = {
		.fd = isle_domain_device_open(opened, cls, name, flags),
		.as = name,
		.domain = classes[cls].by_domain ? NULL : domain,
	};

	if (file.fd == -ENOENT)
		die("domain '%s' has no %s '%s'; add one with: islectl %s add %s %s%s", domain,
		    classes[cls].missing, name, isle_class_name(cls), domain, name,
		    classes[cls].add);
	if (file.fd < 0)
		cannot_open(&file, file.fd);
	return file;
}

/* So that whoever may open the node can use it; a domain without nodes is root's affair. */
static struct device_file open_by_name(uint32_t cls, const char *domain, const char *name,
				       uint32_t flags)
{
	static char path[128];
	struct device_file file = { .as = path };
	struct isle_domain *opened;
	int rc;

	snprintf(path, sizeof(path), "/dev/isle/%s/%s/%s", domain, isle_class_name(cls), name);
	file.fd = open_node(path, flags);
	if (file.fd >= 0)
		return file;
	if (file.fd == -EACCES)
		die("cannot open '%s': %s; run it as the owner of the node, or as root", path,
		    because(file.fd));
	if (file.fd != -ENOENT)
		cannot_open(&file, file.fd);
	if (!strcmp(domain, "self"))
		die("there is no '%s'; \"self\" is the domain of a program that \"islectl run\" "
		    "started",
		    path);
	rc = open_domain_by_control(domain, &opened);
	if (rc)
		die("cannot open domain '%s': %s", domain, because(rc));
	return open_in(opened, cls, domain, name, flags);
}

/**
 * open_device() - open a device of a domain
 * @name: of the device; NULL: @domain is the path of a node
 * @flags: ISLE_OPEN_*
 *
 * Ends islectl if that fails.  What was opened by its path may be anything:
 * the functions that make handles find out, then it is not_a_device().
 */
struct device_file open_device(uint32_t cls, const char *domain, const char *name, uint32_t flags)
{
	if (!name)
		return open_by_path(cls, domain, flags);
	if (classes[cls].by_domain)
		return open_in(open_domain(domain), cls, domain, name, flags);
	return open_by_name(cls, domain, name, flags);
}
