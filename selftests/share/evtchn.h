/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: event ports through their Xen face
 *
 * A wrapper returns what the call returned, or -errno.
 */
#ifndef ISLE_SELFTESTS_SHARE_EVTCHN_H
#define ISLE_SELFTESTS_SHARE_EVTCHN_H

#include "../lib.h"

typedef uint16_t domid_t;	/* for the header, which lacks it */
#include <xen/evtchn.h>

#define DOMID_SELF		0x7ff0
#define PORT_MAX		131072

static inline int part_open(int fd, __u32 part, __u32 flags)
{
	struct isle_part_open arg = {
		.size = sizeof(arg), .flags = flags, .part = part,
	};
	int ret = call(fd, ISLE_DOMAIN_PART_OPEN, &arg);

	return ret ? ret : arg.fd;
}

static inline int evtchn_open(int fd)
{
	return part_open(fd, ISLE_OPEN_EVTCHN, 0);
}

static inline int evtchn_open_nonblock(int fd)
{
	return part_open(fd, ISLE_OPEN_EVTCHN, ISLE_OPEN_NONBLOCK);
}

static inline int evtchn_listen(int fd, __u32 domid)
{
	struct ioctl_evtchn_bind_unbound_port arg = { domid };

	return call(fd, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &arg);
}

static inline int evtchn_connect(int fd, __u32 domid, __u32 port)
{
	struct ioctl_evtchn_bind_interdomain arg = { domid, port };

	return call(fd, IOCTL_EVTCHN_BIND_INTERDOMAIN, &arg);
}

static inline int evtchn_unbind(int fd, __u32 port)
{
	struct ioctl_evtchn_unbind arg = { port };

	return call(fd, IOCTL_EVTCHN_UNBIND, &arg);
}

static inline int evtchn_notify(int fd, __u32 port)
{
	struct ioctl_evtchn_notify arg = { port };

	return call(fd, IOCTL_EVTCHN_NOTIFY, &arg);
}

static inline int evtchn_reset(int fd)
{
	return call(fd, IOCTL_EVTCHN_RESET, NULL);
}

static inline int evtchn_restrict(int fd, domid_t domid)
{
	struct ioctl_evtchn_restrict_domid arg = { domid };

	return call(fd, IOCTL_EVTCHN_RESTRICT_DOMID, &arg);
}

/* The next port that fired, or -errno; ports fit into an int */
static inline int evtchn_next(int fd)
{
	__u32 port;
	int ret = err(read(fd, &port, sizeof(port)));

	return ret == sizeof(port) ? (int)port : ret < 0 ? ret : -EUCLEAN;
}

static inline int evtchn_unmask(int fd, __u32 port)
{
	int ret = err(write(fd, &port, sizeof(port)));

	return ret == sizeof(port) ? 0 : ret < 0 ? ret : -EUCLEAN;
}

/* The next port, which is unmasked at once */
static inline int evtchn_take(int fd)
{
	int port = evtchn_next(fd), ret;

	if (port < 0)
		return port;
	ret = evtchn_unmask(fd, port);
	return ret ? ret : port;
}

#endif /* ISLE_SELFTESTS_SHARE_EVTCHN_H */
