/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_NET_RING_H
#define ISLE_DEVICE_NET_RING_H

#include <linux/mm_types.h>
#include <linux/refcount.h>
#include <linux/skbuff.h>
#include <linux/spinlock.h>
#include <isle/net.h>

struct isle_domain;
struct isle_net;
struct isle_net_file;

/* Where mmap(2) has the words and the rings */
#define ISLE_NET_MAP_RINGS	0
#define ISLE_NET_MAP_TX		BIT(24)
#define ISLE_NET_MAP_RX		BIT(25)

/**
 * struct isle_net_ring - what a device and a program share in ring mode
 * @refs: the file has one, each mapping has one
 * @domain: who is charged; a reference (constant)
 * @file: of the program that has asked for it; not a reference, only compared
 * @pages: the words' page, then tx's, then rx's (constant)
 * @n: how many they are (constant)
 * @shared: the words, written by anybody who has them mapped
 * @tx: tx's bytes, twice in a row (constant)
 * @rx: rx's bytes, likewise
 * @tx_size: how many they are (constant)
 * @rx_size: likewise
 * @hdr: bytes of the header before each frame: ISLE_NET_HDR_SIZE or 0 (constant)
 * @offloads: what the program has asked for (constant)
 * @broken: an index or a length was impossible; never becomes false again
 * @tx_cons: what has been taken out of tx; changed by the device's NAPI only, and
 *	when the device does not have the rings any more by who closes the file
 * @lock: protects @rx_prod, and the order of records in rx
 * @rx_prod: what has been put into rx
 */
struct isle_net_ring {
	refcount_t refs;
	struct isle_domain *domain;
	const struct isle_net_file *file;
	struct page **pages;
	u32 n;
	struct isle_net_rings *shared;
	u8 *tx;
	u8 *rx;
	u32 tx_size;
	u32 rx_size;
	u32 hdr;
	u32 offloads;
	bool broken;
	u32 tx_cons;
	spinlock_t lock;	/* see above */
	u32 rx_prod;
};

/* net_ring.c: its life and its two ends */
struct isle_net_ring *isle_net_ring_create(struct isle_domain *domain,
					   u32 tx_size, u32 rx_size);
void isle_net_ring_put(struct isle_net_ring *ring);
bool isle_net_ring_receive(struct isle_net_ring *ring,
			   const struct sk_buff *skb);
bool isle_net_ring_wants_rx(struct isle_net_ring *ring);
bool isle_net_ring_readable(struct isle_net_ring *ring);
bool isle_net_ring_writable(struct isle_net_ring *ring, u32 frame);
bool isle_net_ring_pending(const struct isle_net_ring *ring);
void isle_net_ring_break(struct isle_net_ring *ring);

/* net_poll.c: taking frames out of it */
int isle_net_poll(struct napi_struct *napi, int budget);
void isle_net_poll_rest(struct isle_net *net, struct isle_net_ring *ring);

/* net_map.c: mapping it */
int isle_net_fop_mmap(struct file *file, struct vm_area_struct *vma);

static inline bool isle_net_ring_broken(const struct isle_net_ring *ring)
{
	return READ_ONCE(ring->broken);
}

#endif /* ISLE_DEVICE_NET_RING_H */
