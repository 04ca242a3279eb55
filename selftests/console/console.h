/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: what those of consoles share
 */
#ifndef ISLE_SELFTESTS_CONSOLE_CONSOLE_H
#define ISLE_SELFTESTS_CONSOLE_CONSOLE_H

#include <isle/console.h>

#include "../lib.h"

static inline int console_add(int ctl, __u32 domid, const char *name,
			      __u32 flags, int fd)
{
	struct isle_console_config config = {
		.size = sizeof(config), .flags = flags, .fd = fd,
	};
	struct isle_device_add arg = {
		.size = sizeof(arg), .domid = domid,
		.dev_class = ISLE_CLASS_CONSOLE, .config = (uintptr_t)&config,
	};

	put_name(arg.name, name);
	return call(ctl, ISLE_CTL_DEVICE_ADD, &arg);
}

static inline int console_del(int ctl, __u32 domid, const char *name)
{
	struct isle_device_del arg = {
		.size = sizeof(arg), .domid = domid,
		.dev_class = ISLE_CLASS_CONSOLE,
	};

	put_name(arg.name, name);
	return call(ctl, ISLE_CTL_DEVICE_DEL, &arg);
}

/* The domain's end; value: a descriptor */
static inline int console_open(int fd, const char *name, __u32 flags)
{
	struct isle_device_open arg = {
		.size = sizeof(arg), .dev_class = ISLE_CLASS_CONSOLE,
		.flags = ISLE_OPEN_READ | ISLE_OPEN_WRITE | flags,
	};
	int ret;

	put_name(arg.name, name);
	ret = call(fd, ISLE_DOMAIN_DEVICE_OPEN, &arg);
	return ret ? ret : arg.fd;
}

/* The host's end; value: a descriptor */
static inline int console_attach(int ctl, __u32 domid, const char *name,
				 __u32 flags)
{
	struct isle_device_attach arg = {
		.size = sizeof(arg), .domid = domid, .flags = flags,
		.dev_class = ISLE_CLASS_CONSOLE,
	};
	int ret;

	put_name(arg.name, name);
	ret = call(ctl, ISLE_CTL_DEVICE_ATTACH, &arg);
	return ret ? ret : arg.fd;
}

static inline struct isle_console_info console_info(int fd)
{
	struct isle_console_info info = { .size = sizeof(info) };

	if (call(fd, ISLE_CONSOLE_INFO, &info))
		info.size = 0;
	return info;
}

/* Value: bytes of the line that were printed */
static inline int console_log(int fd, const void *text, __u32 length)
{
	struct isle_console_log log = {
		.size = sizeof(log), .text = (uintptr_t)text, .length = length,
	};
	int ret = call(fd, ISLE_CONSOLE_LOG, &log);

	return ret ? ret : (int)log.written;
}

/* All of it, in whatever pieces; value: bytes until then, or until an error */
static inline size_t read_all(int fd, void *buf, size_t len)
{
	size_t done = 0;
	ssize_t ret;

	while (done < len) {
		ret = read(fd, (char *)buf + done, len - done);
		if (ret <= 0)
			break;
		done += ret;
	}
	return done;
}

#endif /* ISLE_SELFTESTS_CONSOLE_CONSOLE_H */
