// SPDX-License-Identifier: GPL-2.0
/*
 * Makes isle devices for the benchmarks, by the bare ABI.
 *
 *	setup DOMAIN [NAME=KIND:WHAT[,cache]]...
 *
 * makes a published domain with devices: KIND is "memory" (WHAT: its size),
 * "file" or "device" (WHAT: its path); "cache" is ISLE_BLK_WRITE_CACHE.
 *
 *	setup --destroy DOMAIN
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#include <isle/blk.h>
#include <isle/control.h>

#include "bench.h"

static int control;

static void copy_name(char *to, const char *from)
{
	if (strlen(from) >= ISLE_NAME_SIZE)
		die("%s is too long", from);
	strcpy(to, from);
}

static void destroy(const char *name)
{
	struct isle_domain_info info = {
		.size = sizeof(info),
		.flags = ISLE_FIND_NAME,
	};
	struct isle_domain_destroy arg = { .size = sizeof(arg) };

	copy_name(info.name, name);
	if (ioctl(control, ISLE_CTL_DOMAIN_INFO, &info))
		die_errno(0, "finding domain %s", name);
	arg.domid = info.domid;
	if (ioctl(control, ISLE_CTL_DOMAIN_DESTROY, &arg))
		die_errno(0, "destroying domain %s", name);
}

static uint32_t create(const char *name)
{
	struct isle_domain_create arg = { .size = sizeof(arg) };
	struct isle_domain_publish publish = {
		.size = sizeof(publish),
		.mode = 0600,
	};

	copy_name(arg.name, name);
	if (ioctl(control, ISLE_CTL_DOMAIN_CREATE, &arg))
		die_errno(0, "creating domain %s", name);
	publish.domid = arg.domid;
	if (ioctl(control, ISLE_CTL_DOMAIN_PUBLISH, &publish))
		die_errno(0, "publishing domain %s", name);
	return arg.domid;
}

static void add(uint32_t domid, char *text)
{
	struct isle_blk_config config = { .size = sizeof(config) };
	struct isle_device_add arg = {
		.size = sizeof(arg),
		.domid = domid,
		.dev_class = ISLE_CLASS_BLK,
		.config = (uintptr_t)&config,
	};
	const char *name = strsep(&text, "=");
	const char *kind = strsep(&text, ":");
	const char *what = strsep(&text, ",");

	if (!kind || !what || (text && strcmp(text, "cache")))
		die("%s: bad description", name);
	copy_name(arg.name, name);
	if (text)
		config.flags |= ISLE_BLK_WRITE_CACHE;
	if (!strcmp(kind, "memory")) {
		config.backing = ISLE_BLK_MEMORY;
		config.bytes = parse_size(what);
	} else {
		config.backing = strcmp(kind, "file") ? ISLE_BLK_DEVICE
						      : ISLE_BLK_FILE;
		config.fd = open(what, O_RDWR | O_CLOEXEC);
		if (config.fd < 0)
			die_errno(0, "%s", what);
	}
	if (ioctl(control, ISLE_CTL_DEVICE_ADD, &arg))
		die_errno(0, "adding device %s", name);
}

int main(int argc, char **argv)
{
	uint32_t domid;
	int i;

	control = open("/dev/isle/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		die_errno(0, "/dev/isle/control");
	if (argc == 3 && !strcmp(argv[1], "--destroy")) {
		destroy(argv[2]);
		return 0;
	}
	if (argc < 2 || argv[1][0] == '-')
		die("usage: setup DOMAIN [NAME=KIND:WHAT[,cache]]...");
	domid = create(argv[1]);
	for (i = 2; i < argc; i++)
		add(domid, argv[i]);
	return 0;
}
