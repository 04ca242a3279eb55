// SPDX-License-Identifier: GPL-2.0
/*
 * Joins two interfaces, for the benchmark "tcp": what comes out of one end goes
 * into the other, as the program of a domain or a virtual switch would do it.
 *
 *	relay [--offload] [--rings] END END
 *
 * An END is tap:NAME, a TAP interface, which is made, or the path of the node of
 * a network device.  With --offload frames have a virtio_net_hdr, and both sides
 * may leave checksums and the cutting of TCP segments to the other.  Frames are
 * moved by read(2) and write(2), the same on both kinds of files; with --rings by
 * libisle's rings, in batches.  Prints "ready" once the interfaces are there.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if.h>
#include <linux/if_tun.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <libisle-net.h>

#include "bench.h"

#define BATCH	32
#define ROOM	(ISLE_NET_HDR_SIZE + ISLE_NET_FRAME_MAX)

struct end {
	int fd;
	struct isle_net *net;
};

static struct isle_net_frame frames[BATCH];

static int open_tap(const char *name, bool offload)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (offload)
		request.ifr_flags |= IFF_VNET_HDR;
	snprintf(request.ifr_name, IFNAMSIZ, "%s", name);
	if (fd < 0 || ioctl(fd, TUNSETIFF, &request))
		die_errno(0, "%s: no TAP interface", name);
	if (offload && ioctl(fd, TUNSETOFFLOAD,
			     TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6 | TUN_F_TSO_ECN))
		die_errno(0, "%s: no offloads", name);
	return fd;
}

static int open_device(const char *path, bool offload)
{
	struct isle_net_mode mode = {
		.size = sizeof(mode), .flags = ISLE_NET_HDR,
		.offloads = ISLE_NET_CSUM | ISLE_NET_TSO4 | ISLE_NET_TSO6 | ISLE_NET_ECN,
	};
	int fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	if (fd < 0)
		die_errno(0, "%s", path);
	if (offload && ioctl(fd, ISLE_NET_MODE, &mode))
		die_errno(0, "%s: no offloads", path);
	return fd;
}

static struct end open_end(const char *name, bool offload, bool rings)
{
	struct end end = { .fd = -1 };
	int rc;

	if (!strncmp(name, "tap:", 4)) {
		end.fd = open_tap(name + 4, offload);
	} else if (!rings) {
		end.fd = open_device(name, offload);
	} else {
		rc = isle_net_open(name, offload ? ISLE_NET_OPEN_HDR : 0, &end.net);
		if (rc || !isle_net_is_ring(end.net))
			die_errno(rc ? rc : -EOPNOTSUPP, "%s: no ring", name);
		end.fd = isle_net_fd(end.net);
	}
	return end;
}

/* What the other end does not take is lost, as it would be in a switch. */
static bool move_by_ring(struct end *from, struct end *to)
{
	int count, rc;

	for (int i = 0; i < BATCH; i++)
		frames[i].size = ROOM;
	count = isle_net_try_read_batch(from->net, frames, BATCH);
	if (count == -EAGAIN)
		return false;
	if (count < 0)
		die_errno(count, "reading");
	rc = isle_net_write_batch(to->net, frames, (unsigned int)count);
	if (rc < 0)
		die_errno(rc, "writing");
	return true;
}

static bool move_by_call(struct end *from, struct end *to)
{
	for (int i = 0; i < BATCH; i++) {
		ssize_t len = read(from->fd, frames[0].data, ROOM);

		if (len < 0) {
			if (errno != EAGAIN)
				die_errno(0, "reading");
			return i;
		}
		if (write(to->fd, frames[0].data, (size_t)len) < 0 && errno != EIO)
			die_errno(0, "writing %zd bytes", len);
	}
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "offload", no_argument, NULL, 'o' },
		{ "rings", no_argument, NULL, 'r' },
		{ }
	};
	bool offload = false, rings = false, more;
	struct pollfd fds[2];
	struct end ends[2];
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'o':
			offload = true;
			break;
		case 'r':
			rings = true;
			break;
		default:
			return 2;
		}
	}
	if (argc - optind != 2)
		die("give two ends");
	for (int i = 0; i < BATCH; i++)
		frames[i].data = memory(ROOM);
	for (int i = 0; i < 2; i++) {
		ends[i] = open_end(argv[optind + i], offload, rings);
		fds[i] = (struct pollfd){ .fd = ends[i].fd, .events = POLLIN };
	}
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		if (rings) {
			more = move_by_ring(&ends[0], &ends[1]);
			more |= move_by_ring(&ends[1], &ends[0]);
		} else {
			more = move_by_call(&ends[0], &ends[1]);
			more |= move_by_call(&ends[1], &ends[0]);
		}
		if (!more && poll(fds, 2, -1) < 0 && errno != EINTR)
			die_errno(0, "poll");
	}
}
