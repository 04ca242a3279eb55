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

/* Only one program at a time can have asked for offloads */
static void explain_busy(const char *path, uint32_t flags, int rc)
{
	if (rc == -EBUSY && (flags & ISLE_NET_OPEN_HDR))
		die("cannot open '%s' with offloads: another program uses them; try: "
		    "--no-offloads", path);
}

static struct isle_net *open_by_path(const char *path, uint32_t flags)
{
	struct isle_net *net;
	int rc = isle_net_open(path, flags, &net);

	if (rc == -ENOTTY)
		die("'%s' is not the node of an isle network device", path);
	explain_busy(path, flags, rc);
	if (rc)
		die("cannot open '%s': %s", path, because(rc));
	return net;
}

/**
 * open_net() - connect to a network device, through its node, or if the domain
 * is not published through the control
 * @name: of the device; NULL: @domain is the path of a node
 */
struct isle_net *open_net(const char *domain, const char *name, uint32_t flags)
{
	struct isle_control *control;
	struct isle_domain *opened;
	struct isle_net *net;
	char path[128];
	int rc;

	if (!name)
		return open_by_path(domain, flags);
	snprintf(path, sizeof(path), "/dev/isle/%s/net/%s", domain, name);
	rc = isle_net_open(path, flags, &net);
	if (!rc)
		return net;
	explain_busy(path, flags, rc);
	if (rc == -EACCES)
		die("cannot open '%s': %s; run it as the owner of the node, or as root", path,
		    because(rc));
	if (rc != -ENOENT)
		die("cannot open '%s': %s", path, because(rc));
	if (!strcmp(domain, "self"))
		die("there is no '%s'; \"self\" is the domain of a program that \"islectl run\" "
		    "started",
		    path);
	control = open_control();
	rc = isle_control_domain_open(control, find_domain(control, domain), &opened);
	if (rc)
		die("cannot open domain '%s': %s", domain, because(rc));
	rc = isle_net_open_in(opened, name, flags, &net);
	if (rc == -ENOENT)
		die("domain '%s' has no net device '%s'; add one with: islectl net add %s %s",
		    domain, name, domain, name);
	explain_busy(name, flags, rc);
	if (rc)
		die("cannot open '%s' of domain '%s': %s", name, domain, because(rc));
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
