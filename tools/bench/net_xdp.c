// SPDX-License-Identifier: GPL-2.0
/*
 * The benchmark "net": AF_XDP sockets, over a pair of veth.
 *
 * Frames are in chunks of memory that the program has registered.  Four rings say
 * which: those that the kernel may fill, those that it has filled, those to be
 * sent, those that were sent.  veth cannot use that memory itself, so the kernel
 * copies.  An XDP program of five instructions directs to the socket what comes;
 * it runs in the generic part of the kernel or, which is the peer's best, in veth.
 *
 * System calls only, so that no library is needed for it.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_link.h>
#include <linux/if_xdp.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "net.h"

#ifndef SOL_XDP
#define SOL_XDP		283
#endif
#ifndef AF_XDP
#define AF_XDP		44
#endif

#define RX_CHUNKS	256u	/* all rings have so many places */
#define CHUNKS		(RX_CHUNKS + GROUP)

/* One of the four; its places are chunks, or structs xdp_desc */
struct ring {
	uint32_t *producer;
	uint32_t *consumer;
	uint32_t *flags;
	void *place;
};

struct rings {
	uint8_t *chunks;
	struct ring fill, rx, tx, sent;
};

static int bpf(enum bpf_cmd cmd, union bpf_attr *attr)
{
	long rc = syscall(SYS_bpf, cmd, attr, sizeof(*attr));

	if (rc < 0)
		die_errno(0, "bpf(%d)", cmd);
	return (int)rc;
}

/* bpf_redirect_map(map, ctx->rx_queue_index, XDP_PASS) */
static int load_program(int map)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = BPF_REG_2,
		  .src_reg = BPF_REG_1, .off = offsetof(struct xdp_md, rx_queue_index) },
		{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_FD, .imm = map },
		{ },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3, .imm = XDP_PASS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect_map },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr attr = {
		.prog_type = BPF_PROG_TYPE_XDP,
		.insns = (uintptr_t)program, .insn_cnt = ARRAY_SIZE(program),
		.license = (uintptr_t)"GPL",
	};

	return bpf(BPF_PROG_LOAD, &attr);
}

/* All that comes to the program's interface goes to its socket from now on. */
static void direct(const struct target *t)
{
	union bpf_attr make = {
		.map_type = BPF_MAP_TYPE_XSKMAP, .key_size = 4, .value_size = 4,
		.max_entries = 1,
	};
	uint32_t key = 0, value = (uint32_t)t->fd;
	union bpf_attr set = { }, link = { };

	set.map_fd = (uint32_t)bpf(BPF_MAP_CREATE, &make);
	set.key = (uintptr_t)&key;
	set.value = (uintptr_t)&value;
	bpf(BPF_MAP_UPDATE_ELEM, &set);
	link.link_create.prog_fd = (uint32_t)load_program((int)set.map_fd);
	link.link_create.target_ifindex = (uint32_t)net_ifindex(t->own);
	link.link_create.attach_type = BPF_XDP;
	link.link_create.flags = t->native ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	/* Stays for as long as the program has the file */
	bpf(BPF_LINK_CREATE, &link);
}

static void set(int fd, int option, const void *value, socklen_t size)
{
	if (setsockopt(fd, SOL_XDP, option, value, size))
		die_errno(0, "AF_XDP: option %d", option);
}

static void map_ring(int fd, struct ring *ring, const struct xdp_ring_offset *at,
		     size_t place, uint64_t where)
{
	uint8_t *p = mmap(NULL, at->desc + RX_CHUNKS * place, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_POPULATE, fd, (off_t)where);

	if (p == MAP_FAILED)
		die_errno(0, "AF_XDP: mmap");
	ring->producer = (uint32_t *)(p + at->producer);
	ring->consumer = (uint32_t *)(p + at->consumer);
	ring->flags = (uint32_t *)(p + at->flags);
	ring->place = p + at->desc;
}

static void make_rings(struct target *t)
{
	struct xdp_umem_reg reg = { .len = CHUNKS * FRAME_ROOM, .chunk_size = FRAME_ROOM };
	struct rings *rings = calloc(1, sizeof(*rings));
	struct xdp_mmap_offsets at;
	socklen_t size = sizeof(at);
	uint32_t places = RX_CHUNKS;

	if (!rings)
		die("out of memory");
	rings->chunks = memory(reg.len);
	reg.addr = (uintptr_t)rings->chunks;
	set(t->fd, XDP_UMEM_REG, &reg, sizeof(reg));
	set(t->fd, XDP_UMEM_FILL_RING, &places, sizeof(places));
	set(t->fd, XDP_UMEM_COMPLETION_RING, &places, sizeof(places));
	set(t->fd, XDP_RX_RING, &places, sizeof(places));
	set(t->fd, XDP_TX_RING, &places, sizeof(places));
	if (getsockopt(t->fd, SOL_XDP, XDP_MMAP_OFFSETS, &at, &size) || size != sizeof(at))
		die_errno(0, "AF_XDP: offsets");
	map_ring(t->fd, &rings->fill, &at.fr, sizeof(uint64_t), XDP_UMEM_PGOFF_FILL_RING);
	map_ring(t->fd, &rings->sent, &at.cr, sizeof(uint64_t),
		 XDP_UMEM_PGOFF_COMPLETION_RING);
	map_ring(t->fd, &rings->rx, &at.rx, sizeof(struct xdp_desc), XDP_PGOFF_RX_RING);
	map_ring(t->fd, &rings->tx, &at.tx, sizeof(struct xdp_desc), XDP_PGOFF_TX_RING);
	for (uint32_t i = 0; i < RX_CHUNKS; i++)
		((uint64_t *)rings->fill.place)[i] = i * FRAME_ROOM;
	__atomic_store_n(rings->fill.producer, RX_CHUNKS, __ATOMIC_RELEASE);
	t->rings = rings;
}

static void xdp_open(struct target *t)
{
	struct sockaddr_xdp address = {
		.sxdp_family = AF_XDP, .sxdp_flags = XDP_COPY | XDP_USE_NEED_WAKEUP,
	};

	net_make_pair(t);
	t->fd = socket(AF_XDP, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (t->fd < 0)
		die_errno(0, "AF_XDP");
	make_rings(t);
	address.sxdp_ifindex = (uint32_t)net_ifindex(t->own);
	if (bind(t->fd, (struct sockaddr *)&address, sizeof(address)))
		die_errno(0, "AF_XDP: bind");
	direct(t);
}

static void wake_sender(const struct target *t)
{
	if (!(__atomic_load_n(t->rings->tx.flags, __ATOMIC_RELAXED) & XDP_RING_NEED_WAKEUP))
		return;
	if (sendto(t->fd, NULL, 0, MSG_DONTWAIT, NULL, 0) < 0 && errno != EAGAIN &&
	    errno != EBUSY && errno != ENOBUFS)
		die_errno(0, "%s: sendto", t->name);
}

static void xdp_send(struct target *t, size_t len)
{
	struct rings *rings = t->rings;
	uint32_t at = *rings->tx.producer, sent = *rings->sent.consumer;
	unsigned int tries = 0;

	for (uint32_t i = 0; i < GROUP; i++) {
		struct xdp_desc *place = (struct xdp_desc *)rings->tx.place +
					 ((at + i) & (RX_CHUNKS - 1));
		uint64_t chunk = (RX_CHUNKS + i) * FRAME_ROOM;

		memcpy(rings->chunks + chunk, net_frames[i], len);
		*place = (struct xdp_desc){ .addr = chunk, .len = (uint32_t)len };
	}
	/* Pairs with the kernel's load: the frames are there */
	__atomic_store_n(rings->tx.producer, at + GROUP, __ATOMIC_RELEASE);
	/* Their chunks are used again, so all of them were sent when we return */
	do {
		if (tries++ > 1000000)
			die("%s: frames are not sent", t->name);
		wake_sender(t);
	} while (__atomic_load_n(rings->sent.producer, __ATOMIC_ACQUIRE) - sent < GROUP);
	__atomic_store_n(rings->sent.consumer, sent + GROUP, __ATOMIC_RELEASE);
}

static void xdp_receive(struct target *t)
{
	struct rings *rings = t->rings;
	uint32_t at = *rings->rx.consumer, to = *rings->fill.producer, there, done = 0;
	struct pollfd pfd = { .fd = t->fd, .events = POLLIN };

	while (done < GROUP) {
		/* Pairs with the kernel's store: the frames are there */
		there = __atomic_load_n(rings->rx.producer, __ATOMIC_ACQUIRE) - at;
		if (!there && poll(&pfd, 1, 10000) <= 0)
			die("%s: no frame has come", t->name);
		for (; there; there--, at++, to++, done++) {
			struct xdp_desc *place = (struct xdp_desc *)rings->rx.place +
						 (at & (RX_CHUNKS - 1));

			frame_take(t, rings->chunks + place->addr, place->len);
			((uint64_t *)rings->fill.place)[to & (RX_CHUNKS - 1)] =
				place->addr & ~(uint64_t)(FRAME_ROOM - 1);
		}
		/* Pair with the kernel's loads: we have done with them */
		__atomic_store_n(rings->rx.consumer, at, __ATOMIC_RELEASE);
		__atomic_store_n(rings->fill.producer, to, __ATOMIC_RELEASE);
	}
}

const struct way net_xdp_way = { xdp_open, xdp_send, xdp_receive, NULL };
