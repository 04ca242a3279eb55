/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the benchmark "net" share: targets, the frames that are
 * moved, and what is looked at of those that come.
 */
#ifndef ISLE_BENCH_NET_H
#define ISLE_BENCH_NET_H

#include <string.h>

#include "bench.h"

#define GROUP		32u	/* frames that are sent one after the other */
#define FRAME_ROOM	2048u
#define VNET		10u	/* bytes of a struct virtio_net_hdr */
#define PATIENCE	20000000000ull	/* ns to wait for what has to happen */

struct target;
struct isle_net;

/**
 * struct way - how a program moves frames
 * @open: makes the interface, and the program's end
 * @send: sends net_frames, each of @len bytes and what @vnet says before it; or
 *	NULL: nothing is sent
 * @receive: hands frames that have come to frame_take().  All of a group, for
 *	which it waits; or, if there is a @drain, those that it can have at once
 * @drain: waits for more of them; NULL: see @receive
 */
struct way {
	void (*open)(struct target *t);
	void (*send)(struct target *t, size_t len);
	void (*receive)(struct target *t);
	void (*drain)(struct target *t);
};

/**
 * struct target - a program's end, and the host's interface
 * @name: in the results
 * @way: see there
 * @ifname: the host's interface
 * @own: the program's, at the other end of a pair of veth; or NULL
 * @native: AF_XDP: by the driver and not by the generic part of the kernel
 * @vnet: bytes before each frame
 * @fd: the program's file or socket
 * @net: instead, libisle's handle
 * @rings: instead, what is mapped
 * @host: a socket on the interface, which only sends
 * @want: length of the frames that come
 * @next: how many have come
 */
struct target {
	const char *name;
	const struct way *way;
	const char *ifname;
	const char *own;
	bool native;
	size_t vnet;
	int fd;
	struct isle_net *net;
	struct rings *rings;
	int host;
	size_t want;
	unsigned int next;
};

extern uint8_t net_frames[GROUP][FRAME_ROOM];

/* net.c; an interface of the present network namespace */
void net_interface_up(const char *ifname);
int net_ifindex(const char *ifname);
/* A pair of veth, @t->ifname and @t->own, both up */
void net_make_pair(const struct target *t);

/* net_packet.c: AF_PACKET by calls, and by TPACKET_V3 */
extern const struct way net_packet_way, net_packet_v3_way;
int net_packet_socket(const char *ifname, int protocol);

/* net_xdp.c: AF_XDP */
extern const struct way net_xdp_way;

/* Of what is measured only the ends and the number are looked at */
static inline void frame_take(struct target *t, const uint8_t *frame, size_t len)
{
	uint32_t found;

	memcpy(&found, frame + 14, 4);
	if (len != t->want || found != t->next % GROUP ||
	    frame[len - 1] != (uint8_t)((len - 1) * 31))
		die("%s: frame %u of %zu bytes: got %u of %zu", t->name, t->next, t->want,
		    found, len);
	t->next++;
}

#endif /* ISLE_BENCH_NET_H */
