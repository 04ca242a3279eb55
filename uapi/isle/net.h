/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * isle: network devices
 *
 * A network device is an Ethernet port whose other end is a network interface
 * of the host, of kind "isle", or, once ISLE_CTL_DEVICE_CONNECT has put a cable
 * between two of them, the other domain's device.  rx is what comes to the
 * domain, tx is what it sends.
 *
 * The file of a device carries one frame per call, from the Ethernet header on,
 * without a checksum behind it:
 *
 * write(2), writev(2), io_uring	sends one frame.  Never waits: what cannot
 *		be taken at the moment (the interface is down, no memory, the
 *		other end's queue is full) is dropped and counted.
 *	EINVAL	the frame has fewer than 14 bytes or more than the MTU and 14
 *		(larger ones: see ISLE_NET_HDR); nothing was sent.
 *	EFAULT	a buffer cannot be read; nothing was sent.
 * read(2), readv(2), io_uring		receives one frame.
 *	EAGAIN	there is none, and O_NONBLOCK or RWF_NOWAIT.  Otherwise it
 *		waits; EINTR: a signal came.
 *	EMSGSIZE the next frame is larger than the buffers; it is kept.  With
 *		ISLE_NET_TRUNCATE: the buffers are filled, the rest is lost.
 *	EFAULT	a buffer cannot be written; the frame is kept.
 *	EBUSY	the device is in ring mode (ISLE_NET_RING_SETUP).
 *
 * Of several that read, each frame goes to one.  Frames wait in a queue of
 * bounded size; what comes when it is full, or while no file of the device is
 * open, is dropped and counted.  poll(2): POLLIN if there is a frame (in ring
 * mode: in the ring; of other files: at once, as EBUSY does not wait), POLLOUT
 * (in ring mode: if the ring for sending has room for a frame of the MTU),
 * POLLERR once the ring is broken.  Positions mean nothing; lseek(2) and pread(2)
 * answer ESPIPE.
 *
 * The interface belongs to the administrator: he may rename it, set its MTU, which
 * the device follows, move it between network namespaces and put it into a bridge.
 * "ip link del" answers EOPNOTSUPP: it goes with the device.  If its network
 * namespace goes, it comes back to the initial one, as a network card does.
 */
#ifndef _UAPI_ISLE_NET_H
#define _UAPI_ISLE_NET_H

#include <isle/device.h>

#define ISLE_NET_HEADER		14	/* bytes of an Ethernet header */
#define ISLE_NET_MTU_MIN	68
#define ISLE_NET_MTU_MAX	65521
#define ISLE_NET_MTU_DEFAULT	1500
#define ISLE_NET_IFNAME_SIZE	16

/*
 * Offloads.  Of isle_net_config: what programs may ask for; of isle_net_mode:
 * what this program understands, in both directions.  All but CSUM need CSUM.
 */
#define ISLE_NET_CSUM		(1U << 0)	/* unfinished checksums */
#define ISLE_NET_TSO4		(1U << 1)	/* TCP over IPv4 to be cut */
#define ISLE_NET_TSO6		(1U << 2)	/* TCP over IPv6 to be cut */
#define ISLE_NET_ECN		(1U << 3)	/* either, with ECN */
#define ISLE_NET_USO		(1U << 4)	/* UDP to be cut, over IPv4 or IPv6 */

/*
 * virtio_net_hdr.gso_type of a UDP datagram that is to be cut into at most 64, of
 * gso_size bytes of payload each: VIRTIO_NET_HDR_GSO_UDP_L4, which Linux's headers
 * have since 6.2
 */
#define ISLE_NET_GSO_UDP	5

/* isle_net_config.flags */
#define ISLE_NET_NETNS		(1U << 0)	/* netns_fd is one */
#define ISLE_NET_NO_OFFLOADS	(1U << 1)	/* programs may not ask for any */

/**
 * struct isle_net_config - isle_device_add.config for ISLE_CLASS_NET
 * @size: sizeof(struct isle_net_config)
 * @flags: in: ISLE_NET_NETNS, ISLE_NET_NO_OFFLOADS
 * @mtu: in: ISLE_NET_MTU_MIN to ISLE_NET_MTU_MAX; 0: ISLE_NET_MTU_DEFAULT
 * @offloads: in: ISLE_NET_CSUM and so on: what programs may ask for; 0: all
 *	that the module has
 * @mac: in: the domain's address, not a group's; zero: a random one
 * @host_mac: in: the interface's, likewise
 * @netns_fd: in: ISLE_NET_NETNS: file of the network namespace where the
 *	interface shall be; otherwise zero, and it is the caller's
 * @queue_bytes: in: how much memory frames that wait for the domain may take,
 *	64 KiB to 64 MiB; 0: 1 MiB.  Charged to ISLE_QUOTA_MEMORY.
 * @reserved: zero
 * @ifname: in: name of the interface, padded with zeroes; "%d" in it stands for
 *	the first number that is free; all zeroes: "isle%d"
 *
 * EBADF: @netns_fd is not open.  EINVAL: it is no network namespace, or @ifname
 * cannot be the name of an interface.  EEXIST: the namespace has such an
 * interface.  EOPNOTSUPP: an offload that the module does not have.
 */
struct isle_net_config {
	__u32 size;
	__u32 flags;
	__u32 mtu;
	__u32 offloads;
	__u8 mac[6];
	__u8 host_mac[6];
	__s32 netns_fd;
	__u32 queue_bytes;
	__u32 reserved;
	char ifname[ISLE_NET_IFNAME_SIZE];
};

/* isle_net_info.state */
#define ISLE_NET_UP		(1U << 0)	/* the interface is up */
#define ISLE_NET_CABLE		(1U << 1)	/* a cable leads to a device */
#define ISLE_NET_RING		(1U << 2)	/* the device is in ring mode */

/**
 * struct isle_net_info - argument of ISLE_NET_INFO
 * @size: sizeof(struct isle_net_info)
 * @state: out: ISLE_NET_UP, CABLE, RING
 * @mtu: out: now
 * @offloads: out: what ISLE_NET_MODE may ask for
 * @mac: out: the domain's address (operation mac of a NETWORK)
 * @host_mac: out: the interface's
 * @ifindex: out: the interface's number, in its namespace
 * @queue_bytes: out: as configured
 * @queued: out: frames that wait to be read
 * @peer: out: ISLE_NET_CABLE: the domain at the other end; otherwise zero
 * @reserved: zero
 * @ifname: out: the interface's name
 * @peer_name: out: ISLE_NET_CABLE: name of the device at the other end
 */
struct isle_net_info {
	__u32 size;
	__u32 state;
	__u32 mtu;
	__u32 offloads;
	__u8 mac[6];
	__u8 host_mac[6];
	__u32 ifindex;
	__u32 queue_bytes;
	__u32 queued;
	__u32 peer;
	__u32 reserved;
	char ifname[ISLE_NET_IFNAME_SIZE];
	char peer_name[ISLE_NAME_SIZE];
};

/* isle_net_stats.flags */
#define ISLE_NET_STATS_RESET	(1U << 0)

/**
 * struct isle_net_stats - argument of ISLE_NET_STATS
 * @size: sizeof(struct isle_net_stats)
 * @flags: in: ISLE_NET_STATS_RESET: count from zero again, for this device's
 *	files; the interface's own statistics go on
 * @rx_bytes: out: bytes of the frames that have come for the domain and were
 *	put where it finds them
 * @rx_packets: out: how many these were
 * @rx_dropped: out: frames that came while there was no room, or nobody
 * @tx_bytes: out: bytes of the frames that the domain has sent
 * @tx_packets: out: how many these were
 * @tx_dropped: out: frames that it sent and that could not be taken
 * @tx_errors: out: frames in the ring that were not sent because of what they
 *	are (where write(2) answers EINVAL)
 */
struct isle_net_stats {
	__u32 size;
	__u32 flags;
	__u64 rx_bytes;
	__u64 rx_packets;
	__u64 rx_dropped;
	__u64 tx_bytes;
	__u64 tx_packets;
	__u64 tx_dropped;
	__u64 tx_errors;
};

/**
 * struct isle_net_mac - argument of ISLE_NET_SET_MAC
 * @size: sizeof(struct isle_net_mac)
 * @mac: in: an address, neither zero nor a group's
 * @reserved: zero
 *
 * Changes what ISLE_NET_INFO says.  Nothing is filtered by it.
 */
struct isle_net_mac {
	__u32 size;
	__u8 mac[6];
	__u8 reserved[2];
};

/*
 * With ISLE_NET_HDR each frame has this before it, as struct virtio_net_hdr of
 * <linux/virtio_net.h>, little-endian, in both directions.
 */
#define ISLE_NET_HDR_SIZE	10

/* The largest frame, without that: 64 KiB of IP */
#define ISLE_NET_FRAME_MAX	65549

/* isle_net_mode.flags */
#define ISLE_NET_HDR		(1U << 0)	/* struct virtio_net_hdr first */
#define ISLE_NET_TRUNCATE	(1U << 1)	/* no EMSGSIZE */

/**
 * struct isle_net_mode - argument of ISLE_NET_MODE
 * @size: sizeof(struct isle_net_mode)
 * @flags: in: ISLE_NET_HDR, ISLE_NET_TRUNCATE: how this file works from now on;
 *	both are off at first
 * @offloads: in: with ISLE_NET_HDR: some of isle_net_info.offloads; otherwise
 *	zero
 * @reserved: zero
 *
 * What the domain did not ask for it does not get: the host then finishes
 * checksums and cuts segments, whatever was in the queue.  In the header of a
 * frame that is sent: NEEDS_CSUM, and gso_type as asked for; then the frame may
 * have up to ISLE_NET_FRAME_MAX bytes.  A header that is not true of its frame:
 * EINVAL, nothing sent.  num_buffers does not exist.
 *
 * EBUSY: another file of the device has asked for offloads; or this one is in
 * ring mode.  EOPNOTSUPP: an offload that is not offered.
 */
struct isle_net_mode {
	__u32 size;
	__u32 flags;
	__u32 offloads;
	__u32 reserved;
};

/*
 * Ring mode.
 *
 * Two rings that the program maps carry frames without a call for each.  tx is
 * written by the program, rx by the kernel.  A ring is a stream of bytes with
 * free running indices as in <isle/vchan.h>: prod counts the bytes that were
 * written, cons those that were read, both modulo 2^32, and byte N is at
 * N & (size - 1).  The area of each ring shows it twice in a row, so that
 * every record is contiguous.
 *
 * A record is struct isle_net_record, then what write(2) or read(2) would
 * carry (with ISLE_NET_HDR: the header first), then what is missing to a
 * multiple of 8 bytes.  Records begin at multiples of 8; indices are multiples
 * of 8.
 *
 * Who produces fills records in, then stores prod with release semantics; who
 * consumes loads prod with acquire semantics, and stores cons with release
 * semantics when it is done with the bytes.  Batches are one store.
 *
 * The kernel believes nothing: an index or a length that cannot be breaks the
 * ring, for good: POLLERR, and EPROTO from ISLE_NET_KICK and ISLE_NET_WAIT.
 * A record whose frame has an impossible size or header is skipped and counted
 * in tx_errors.  When the program does not read, frames are dropped and
 * counted.
 */

/**
 * struct isle_net_record - what a frame in a ring begins with
 * @len: bytes that follow, without those that fill up to a multiple of 8
 * @flags: zero
 */
struct isle_net_record {
	__u32 len;
	__u32 flags;
};

/* isle_net_rings.kick */
#define ISLE_NET_KICK_TX	(1U << 0)

/* isle_net_rings.quiet */
#define ISLE_NET_QUIET_RX	(1U << 0)
#define ISLE_NET_QUIET_TX	(1U << 1)

/**
 * struct isle_net_rings - the page at offset 0 of the mapping
 * @tx_prod: written by the program
 * @rx_cons: written by the program
 * @quiet: written by the program: ISLE_NET_QUIET_RX: do not wake for frames,
 *	ISLE_NET_QUIET_TX: do not wake for room: it looks by itself.  Having
 *	cleared a bit it has to look once more before it sleeps, after a full
 *	barrier; poll(2) and ISLE_NET_WAIT do so when they begin.
 * @program_reserved: nothing
 * @tx_cons: written by the kernel
 * @rx_prod: written by the kernel
 * @kick: written by the kernel: ISLE_NET_KICK_TX: it does not look at tx_prod
 *	by itself: having stored that, and after a full barrier, the program
 *	looks here, and if the bit is set uses ISLE_NET_KICK (or ISLE_NET_WAIT)
 * @kernel_reserved: nothing
 *
 * The program's words are in a cache line of their own, as are the kernel's.
 */
struct isle_net_rings {
	__u32 tx_prod;
	__u32 rx_cons;
	__u32 quiet;
	__u32 program_reserved[13];
	__u32 tx_cons;
	__u32 rx_prod;
	__u32 kick;
	__u32 kernel_reserved[13];
};

#define ISLE_NET_RING_MIN	4096
#define ISLE_NET_RING_MAX	(4U << 20)

/**
 * struct isle_net_ring_setup - argument of ISLE_NET_RING_SETUP
 * @size: sizeof(struct isle_net_ring_setup)
 * @flags: zero
 * @tx_size: in: bytes of the ring, a power of two, ISLE_NET_RING_MIN to
 *	ISLE_NET_RING_MAX
 * @rx_size: in: likewise
 * @tx_offset: out: where mmap(2) of this file has the ring, twice; the page with
 *	struct isle_net_rings is at 0
 * @rx_offset: out: likewise
 *
 * Puts the device into ring mode until this file is closed; a mapping stays
 * valid longer, but nothing moves in it.  Frames that had been queued are put into
 * the ring as far as there is room.  While it lasts read(2) of all files of the
 * device answers EBUSY, and write(2) works as ever, but that of this file drops
 * (and counts) a frame that would overtake those in the ring.  What is in the ring
 * when the file is closed is sent then.  ISLE_NET_MODE comes before.
 * Frames that are larger than a ring cannot be carried: make it several times
 * as large as the largest one.  The memory is charged to ISLE_QUOTA_MEMORY.
 *
 * EBUSY: the device is in ring mode already.  EBADF: the file is not open for
 * reading and writing.
 *
 * mmap(2) needs MAP_SHARED and a ring (ENOTCONN), is within one of the three
 * areas (EINVAL), and cannot be executable (EACCES).
 */
struct isle_net_ring_setup {
	__u32 size;
	__u32 flags;
	__u32 tx_size;
	__u32 rx_size;
	__u64 tx_offset;
	__u64 rx_offset;
};

/* isle_net_wait.events */
#define ISLE_NET_WAIT_RX	(1U << 0)	/* until there is a frame */
#define ISLE_NET_WAIT_TX	(1U << 1)	/* until there is room for one */

/**
 * struct isle_net_wait - argument of ISLE_NET_WAIT
 * @size: sizeof(struct isle_net_wait)
 * @events: in: ISLE_NET_WAIT_*: what to wait for; out: which of these are so
 * @timeout_ns: in: how long; 0: only look; negative: for ever
 *
 * Does what ISLE_NET_KICK does, then waits until one of @events is so.  Works in
 * frame mode too.  EAGAIN: @timeout_ns is 0 and none is.  ETIMEDOUT, EINTR.
 * EPROTO: the ring is broken.
 */
struct isle_net_wait {
	__u32 size;
	__u32 events;
	__s64 timeout_ns;
};

/**
 * struct isle_net_none - argument of ISLE_NET_KICK
 * @size: sizeof(struct isle_net_none)
 * @flags: zero
 *
 * Has the kernel send what is in the ring.  ENOTCONN: this file has no ring.
 * EPROTO: the ring is broken.
 */
struct isle_net_none {
	__u32 size;
	__u32 flags;
};

/* On the file of a network device.  Only WAIT waits. */
#define ISLE_NET_INFO \
	_IOWR(ISLE_IOC_MAGIC, 0x80, struct isle_net_info)
#define ISLE_NET_STATS \
	_IOWR(ISLE_IOC_MAGIC, 0x81, struct isle_net_stats)
#define ISLE_NET_SET_MAC \
	_IOW(ISLE_IOC_MAGIC, 0x82, struct isle_net_mac)
#define ISLE_NET_MODE \
	_IOW(ISLE_IOC_MAGIC, 0x83, struct isle_net_mode)
#define ISLE_NET_RING_SETUP \
	_IOWR(ISLE_IOC_MAGIC, 0x84, struct isle_net_ring_setup)
#define ISLE_NET_KICK \
	_IOW(ISLE_IOC_MAGIC, 0x85, struct isle_net_none)
#define ISLE_NET_WAIT \
	_IOWR(ISLE_IOC_MAGIC, 0x86, struct isle_net_wait)

#endif /* _UAPI_ISLE_NET_H */
