// SPDX-License-Identifier: GPL-2.0
/*
 * The benchmark "net": AF_PACKET sockets.
 *
 * The program has one end of a pair of veth, the host's stack the other.  By
 * calls each frame is one.  By TPACKET_V3 there are two rings in memory that the
 * kernel shares: blocks of frames that have come, which the kernel hands over
 * when they are full, and frames to be sent, all of them by one call.
 */
#include <endian.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <poll.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "net.h"

#define BLOCK		(32u << 10)
#define RX_BLOCKS	64u
#define TX_FRAMES	(2 * GROUP)
#define RETIRE		100	/* ms after which a block need not be full */
/* Where a frame to be sent is in its place */
#define TX_DATA		(TPACKET3_HDRLEN - sizeof(struct sockaddr_ll))

/* The mapping: first what comes, then what is sent */
struct rings {
	uint8_t *rx;
	uint8_t *tx;
	unsigned int block;		/* the next that the kernel hands over */
	unsigned int frame;		/* the next that we fill */
};

static void bind_to(int fd, const char *ifname, int protocol)
{
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET, .sll_protocol = htobe16(protocol),
		.sll_ifindex = net_ifindex(ifname),
	};

	if (bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		die_errno(0, "%s: bind", ifname);
}

int net_packet_socket(const char *ifname, int protocol)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die_errno(0, "%s: no socket", ifname);
	bind_to(fd, ifname, protocol);
	return fd;
}

static void set(int fd, int option, const void *value, socklen_t size)
{
	if (setsockopt(fd, SOL_PACKET, option, value, size))
		die_errno(0, "packet socket: option %d", option);
}

/* A socket as programs have them that are all that uses their interface */
static int program_socket(void)
{
	int fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0), one = 1;

	if (fd < 0)
		die_errno(0, "packet socket");
	set(fd, PACKET_IGNORE_OUTGOING, &one, sizeof(one));
	set(fd, PACKET_QDISC_BYPASS, &one, sizeof(one));
	return fd;
}

/* ---- by calls --------------------------------------------------------------- */

static void packet_open(struct target *t)
{
	net_make_pair(t);
	t->fd = program_socket();
	bind_to(t->fd, t->own, ETH_P_ALL);
}

static void packet_send(struct target *t, size_t len)
{
	for (unsigned int i = 0; i < GROUP; i++)
		if (send(t->fd, net_frames[i], len, 0) != (ssize_t)len)
			die_errno(0, "%s: send", t->name);
}

static void packet_receive(struct target *t)
{
	for (unsigned int i = 0; i < GROUP; i++) {
		ssize_t got = recv(t->fd, net_frames[0], sizeof(net_frames[0]), 0);

		if (got < 0)
			die_errno(0, "%s: recv", t->name);
		frame_take(t, net_frames[0], (size_t)got);
	}
}

const struct way net_packet_way = { packet_open, packet_send, packet_receive, NULL };

/* ---- by TPACKET_V3 ---------------------------------------------------------- */

static void v3_open(struct target *t)
{
	struct tpacket_req3 rx = {
		.tp_block_size = BLOCK, .tp_block_nr = RX_BLOCKS,
		.tp_frame_size = FRAME_ROOM, .tp_frame_nr = RX_BLOCKS * (BLOCK / FRAME_ROOM),
		.tp_retire_blk_tov = RETIRE,
	};
	struct tpacket_req3 tx = {
		.tp_block_size = BLOCK, .tp_block_nr = TX_FRAMES / (BLOCK / FRAME_ROOM),
		.tp_frame_size = FRAME_ROOM, .tp_frame_nr = TX_FRAMES,
	};
	size_t rx_size = RX_BLOCKS * BLOCK, tx_size = TX_FRAMES * FRAME_ROOM;
	int version = TPACKET_V3;
	struct rings *rings = calloc(1, sizeof(*rings));

	if (!rings)
		die("out of memory");
	net_make_pair(t);
	t->fd = program_socket();
	set(t->fd, PACKET_VERSION, &version, sizeof(version));
	set(t->fd, PACKET_RX_RING, &rx, sizeof(rx));
	set(t->fd, PACKET_TX_RING, &tx, sizeof(tx));
	rings->rx = mmap(NULL, rx_size + tx_size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_POPULATE, t->fd, 0);
	if (rings->rx == MAP_FAILED)
		die_errno(0, "%s: mmap", t->name);
	rings->tx = rings->rx + rx_size;
	t->rings = rings;
	bind_to(t->fd, t->own, ETH_P_ALL);
}

/*
 * A place is free again when the other end has freed its frame; with a second
 * processor that need not be before send(2) has returned.
 */
static void await_place(const struct target *t, struct tpacket3_hdr *hdr)
{
	uint64_t begin = now();

	/* Pairs with the kernel's store: it has done with the frame */
	while (__atomic_load_n(&hdr->tp_status, __ATOMIC_ACQUIRE) != TP_STATUS_AVAILABLE) {
		if (now() - begin > PATIENCE)
			die("%s: the ring for sending stays full", t->name);
		sched_yield();
	}
}

static void v3_send(struct target *t, size_t len)
{
	struct rings *rings = t->rings;

	for (unsigned int i = 0; i < GROUP; i++) {
		struct tpacket3_hdr *hdr = (void *)(rings->tx + rings->frame * FRAME_ROOM);

		if (__atomic_load_n(&hdr->tp_status, __ATOMIC_ACQUIRE) != TP_STATUS_AVAILABLE)
			await_place(t, hdr);
		memcpy((uint8_t *)hdr + TX_DATA, net_frames[i], len);
		hdr->tp_len = (uint32_t)len;
		hdr->tp_next_offset = 0;
		/* Pairs with the kernel's load: the frame is there */
		__atomic_store_n(&hdr->tp_status, TP_STATUS_SEND_REQUEST, __ATOMIC_RELEASE);
		rings->frame = (rings->frame + 1) % TX_FRAMES;
	}
	if (send(t->fd, NULL, 0, MSG_DONTWAIT) != (ssize_t)(GROUP * len))
		die_errno(0, "%s: send", t->name);
}

static void v3_receive(struct target *t)
{
	struct rings *rings = t->rings;

	for (;;) {
		struct tpacket_block_desc *block = (void *)(rings->rx + rings->block * BLOCK);
		struct tpacket_hdr_v1 *head = &block->hdr.bh1;
		struct tpacket3_hdr *hdr;

		/* Pairs with the kernel's store: the frames are there */
		if (!(__atomic_load_n(&head->block_status, __ATOMIC_ACQUIRE) & TP_STATUS_USER))
			return;
		hdr = (void *)((uint8_t *)block + head->offset_to_first_pkt);
		for (uint32_t i = 0; i < head->num_pkts; i++) {
			frame_take(t, (uint8_t *)hdr + hdr->tp_mac, hdr->tp_snaplen);
			hdr = (void *)((uint8_t *)hdr + hdr->tp_next_offset);
		}
		/* Pairs with the kernel's load: we have done with them */
		__atomic_store_n(&head->block_status, TP_STATUS_KERNEL, __ATOMIC_RELEASE);
		rings->block = (rings->block + 1) % RX_BLOCKS;
	}
}

static void v3_drain(struct target *t)
{
	struct pollfd pfd = { .fd = t->fd, .events = POLLIN };

	if (poll(&pfd, 1, 10 * RETIRE) < 0)
		die_errno(0, "%s: poll", t->name);
	v3_receive(t);
}

const struct way net_packet_v3_way = { v3_open, v3_send, v3_receive, v3_drain };
