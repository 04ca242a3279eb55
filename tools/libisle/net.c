// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A network device that is connected.  A handle owns one file of it, and with a
 * ring its mapping, until it is closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "net.h"

EXPORT int isle_control_net_add(struct isle_control *control, uint32_t domid, const char *name,
				const struct isle_net_config *config, uint64_t *unique)
{
	return isle_control_device_add(control, domid, ISLE_CLASS_NET, name, config, unique);
}

static int use_offloads(int fd, uint32_t offloads)
{
	struct isle_net_mode mode = {
		.size = sizeof(mode),
		.flags = ISLE_NET_HDR,
		.offloads = offloads,
	};

	return isle_ioctl(fd, ISLE_NET_MODE, &mode);
}

EXPORT int isle_net_from_fd(int fd, uint32_t flags, struct isle_net **net)
{
	struct isle_net_info info = { .size = sizeof(info) };
	struct isle_net *n;
	int rc, mode;

	if (flags & ~(ISLE_NET_OPEN_NO_RING | ISLE_NET_OPEN_HDR | ISLE_NET_OPEN_USO) ||
	    (flags & ISLE_NET_OPEN_USO && !(flags & ISLE_NET_OPEN_HDR)))
		return -EINVAL;
	rc = isle_ioctl(fd, ISLE_NET_INFO, &info);
	if (!(flags & ISLE_NET_OPEN_USO))
		info.offloads &= ~ISLE_NET_USO;
	if (!rc && (flags & ISLE_NET_OPEN_HDR))
		rc = use_offloads(fd, info.offloads);
	if (rc)
		return rc;
	n = calloc(1, sizeof(*n));
	if (!n)
		return -ENOMEM;
	n->fd = fd;
	/* Who waits does it in poll, so that a listener can be stopped. */
	mode = fcntl(fd, F_GETFL);
	if (mode < 0 || (!(mode & O_NONBLOCK) && fcntl(fd, F_SETFL, mode | O_NONBLOCK))) {
		rc = -errno;
		goto fail;
	}
	if (!(flags & ISLE_NET_OPEN_NO_RING)) {
		rc = net_ring_create(n, info.mtu, flags & ISLE_NET_OPEN_HDR);
		if (rc)
			goto fail;
	}
	*net = n;
	return 0;

fail:
	free(n);
	return rc;
}

/* A handle for @fd, unless that is an error */
static int wrap(int fd, uint32_t flags, struct isle_net **net)
{
	int rc;

	if (fd < 0)
		return fd;
	rc = isle_net_from_fd(fd, flags, net);
	if (rc)
		close(fd);
	return rc;
}

EXPORT int isle_net_open(const char *name, uint32_t flags, struct isle_net **net)
{
	return wrap(isle_open_device(ISLE_CLASS_NET, name, O_RDWR | O_NONBLOCK), flags, net);
}

EXPORT int isle_net_open_in(struct isle_domain *domain, const char *name, uint32_t flags,
			    struct isle_net **net)
{
	return wrap(isle_domain_device_open(domain, ISLE_CLASS_NET, name,
					    ISLE_OPEN_READ | ISLE_OPEN_WRITE), flags, net);
}

void isle_net_free(struct isle_net *net)
{
	net_ring_destroy(net->ring);
	close(net->fd);
	free(net);
}

EXPORT void isle_net_close(struct isle_net *net)
{
	if (net && !isle_net_stop_listening(net))
		isle_net_free(net);
}

EXPORT int isle_net_fd(const struct isle_net *net)
{
	return net->fd;
}

EXPORT int isle_net_is_ring(const struct isle_net *net)
{
	return !!net->ring;
}

EXPORT int isle_net_get_id(struct isle_net *net, struct isle_device_id *id)
{
	return isle_get_device_id(net->fd, id);
}

EXPORT int isle_net_get_info(struct isle_net *net, struct isle_net_info *info)
{
	int rc = isle_struct_begin(info, ISLE_SIZE_TO(struct isle_net_info, peer_name));

	return rc ? rc : isle_ioctl_sized(net->fd, ISLE_NET_INFO, info);
}

EXPORT int isle_net_mac(struct isle_net *net, uint8_t mac[6])
{
	struct isle_net_info info = { .size = sizeof(info) };
	int rc = isle_ioctl(net->fd, ISLE_NET_INFO, &info);

	if (!rc)
		memcpy(mac, info.mac, 6);
	return rc;
}

EXPORT int isle_net_mtu(struct isle_net *net)
{
	struct isle_net_info info = { .size = sizeof(info) };
	int rc = isle_ioctl(net->fd, ISLE_NET_INFO, &info);

	return rc ? rc : (int)info.mtu;
}

EXPORT int isle_net_get_stats(struct isle_net *net, struct isle_net_stats *stats)
{
	int rc = isle_struct_begin(stats, ISLE_SIZE_TO(struct isle_net_stats, tx_errors));

	return rc ? rc : isle_ioctl_sized(net->fd, ISLE_NET_STATS, stats);
}

EXPORT int isle_net_reset_stats(struct isle_net *net)
{
	struct isle_net_stats stats = { .size = sizeof(stats), .flags = ISLE_NET_STATS_RESET };

	return isle_ioctl(net->fd, ISLE_NET_STATS, &stats);
}

static int cable_ioctl(struct isle_control *control, unsigned long cmd, uint32_t domid,
		       const char *name, uint32_t peer, const char *peer_name)
{
	struct isle_device_connect arg = {
		.size = sizeof(arg),
		.dev_class = ISLE_CLASS_NET,
		.domid = domid,
		.peer = peer,
	};
	int rc = isle_name_copy(arg.name, name);

	if (!rc && peer_name)
		rc = isle_name_copy(arg.peer_name, peer_name);
	return rc ? rc : isle_ioctl(control->fd, cmd, &arg);
}

EXPORT int isle_control_net_connect(struct isle_control *control, uint32_t domid,
				    const char *name, uint32_t peer, const char *peer_name)
{
	return cable_ioctl(control, ISLE_CTL_DEVICE_CONNECT, domid, name, peer, peer_name);
}

EXPORT int isle_control_net_disconnect(struct isle_control *control, uint32_t domid,
				       const char *name)
{
	return cable_ioctl(control, ISLE_CTL_DEVICE_DISCONNECT, domid, name, 0, NULL);
}
