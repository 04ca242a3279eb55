// SPDX-License-Identifier: GPL-2.0
/*
 * What the net commands share: finding a device, network namespaces, and the
 * few things of Linux interfaces that are not isle's.  Owns nothing.
 */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <libisle-net.h>
#include <linux/sockios.h>

#include "islectl.h"

/**
 * open_net() - connect to a network device, as open_device()
 * @flags: ISLE_NET_OPEN_*
 */
struct isle_net *open_net(const char *domain, const char *name, uint32_t flags)
{
	struct device_file file = open_device(ISLE_CLASS_NET, domain, name,
					      ISLE_OPEN_READ | ISLE_OPEN_WRITE);
	struct isle_net *net;
	int rc = isle_net_from_fd(file.fd, flags, &net);

	if (rc == -ENOTTY)
		not_a_device(ISLE_CLASS_NET, &file);
	/* Only one program at a time can have asked for offloads */
	if (rc == -EBUSY && (flags & ISLE_NET_OPEN_HDR))
		die("cannot open '%s' with offloads: another program uses them; try: "
		    "--no-offloads", file.as);
	if (rc)
		cannot_open(&file, rc);
	return net;
}

/** open_netns() - @name: as "ip netns" knows it, or a path such as /proc/1/ns/net */
int open_netns(const char *name)
{
	char path[128];
	int fd;

	if (strchr(name, '/'))
		snprintf(path, sizeof(path), "%s", name);
	else
		snprintf(path, sizeof(path), "/run/netns/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT && !strchr(name, '/'))
		die("network namespace '%s' does not exist; make it with: ip netns add %s", name,
		    name);
	if (fd < 0)
		die("cannot open network namespace '%s': %s", path, because(-errno));
	return fd;
}

void enter_netns(const char *name)
{
	int fd = open_netns(name);

	if (setns(fd, CLONE_NEWNET))
		die("cannot enter network namespace '%s': %s", name, because(-errno));
	close(fd);
}

const char *parse_ifname(struct argp_state *state, const char *arg)
{
	size_t len = strlen(arg);

	if (!len || len >= IFNAMSIZ || strpbrk(arg, "/: \t\n%") || !strcmp(arg, ".") ||
	    !strcmp(arg, ".."))
		argp_error(state,
			   "'%s' cannot be the name of an interface: it has 1 to %d characters "
			   "other than '/', ':', '%%' and blanks",
			   arg, IFNAMSIZ - 1);
	return arg;
}

/** bridge_add() - make an interface of this network namespace a port of a bridge */
int bridge_add(const char *bridge, const char *ifname)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;
	struct ifreq request = { 0 };

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, IFNAMSIZ, "%s", bridge);
	request.ifr_ifindex = (int)if_nametoindex(ifname);
	if (!request.ifr_ifindex || ioctl(fd, SIOCBRADDIF, &request))
		rc = -errno;
	close(fd);
	return rc;
}

/** set_up_interface() - give an interface of this namespace @mac and @mtu, set it up */
int set_up_interface(const char *ifname, const uint8_t mac[6], int mtu)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), rc = 0;
	struct ifreq request = { 0 };

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, IFNAMSIZ, "%s", ifname);
	if (mac) {
		request.ifr_hwaddr.sa_family = 1;	/* ARPHRD_ETHER */
		memcpy(request.ifr_hwaddr.sa_data, mac, 6);
		if (ioctl(fd, SIOCSIFHWADDR, &request))
			rc = -errno;
	}
	request.ifr_mtu = mtu;
	if (!rc && mtu && ioctl(fd, SIOCSIFMTU, &request))
		rc = -errno;
	memset(&request.ifr_ifru, 0, sizeof(request.ifr_ifru));
	if (!rc && ioctl(fd, SIOCGIFFLAGS, &request))
		rc = -errno;
	request.ifr_flags = (short)(request.ifr_flags | IFF_UP);
	if (!rc && ioctl(fd, SIOCSIFFLAGS, &request))
		rc = -errno;
	close(fd);
	return rc;
}
