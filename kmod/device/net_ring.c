// SPDX-License-Identifier: GPL-2.0
/*
 * The rings that a network device and a program share: their memory, and the
 * kernel's end of the one that carries frames to the program.
 *
 * The kernel sees each ring twice in a row, as the program does, so that a
 * record is contiguous wherever it begins.  Its own indices are in its own
 * memory; what it shares is a copy that it never reads.  What the program
 * writes is read once and checked; what cannot be breaks the ring for good, and
 * only it.
 *
 * Life: the file that has asked for it has a reference, and each mapping.  The
 * memory is charged to the domain until the last one goes.  Frames move while
 * the device has it, under RCU.
 *
 * Waking: an index is stored, then, after a full barrier, it is seen whether
 * somebody waits and whether the program wants to be woken.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

#include "core/domain.h"
#include "core/quota.h"
#include "device/net_header.h"
#include "device/net_record.h"
#include "device/net_ring.h"

static u64 charge(u32 pages)
{
	return (u64)pages << PAGE_SHIFT;
}

static void free_pages_of(struct isle_net_ring *ring)
{
	u32 i;

	for (i = 0; i < ring->n; i++)
		if (ring->pages[i])
			put_page(ring->pages[i]);
	kvfree(ring->pages);
}

/* Let the kernel see the words, tx twice, rx twice, in a row. */
static void *map_all(const struct isle_net_ring *ring)
{
	u32 tx = ring->tx_size >> PAGE_SHIFT, rx = ring->rx_size >> PAGE_SHIFT;
	u32 n = 1 + 2 * (tx + rx);
	struct page **all, **end;
	void *area;

	all = kvmalloc_array(n, sizeof(*all), GFP_KERNEL_ACCOUNT);
	if (!all)
		return NULL;
	end = all;
	*end++ = ring->pages[0];
	memcpy(end, ring->pages + 1, tx * sizeof(*all));
	memcpy(end + tx, ring->pages + 1, tx * sizeof(*all));
	end += 2 * tx;
	memcpy(end, ring->pages + 1 + tx, rx * sizeof(*all));
	memcpy(end + rx, ring->pages + 1 + tx, rx * sizeof(*all));
	area = vmap(all, n, VM_MAP, PAGE_KERNEL);
	kvfree(all);
	return area;
}

/**
 * isle_net_ring_create() - make a pair of rings
 * @domain: who is charged
 * @tx_size: bytes, a power of two, at least a page
 * @rx_size: likewise
 *
 * Context: process; sleeps.
 * Return: the rings, or an ERR_PTR: -EDQUOT, -ENOMEM.
 */
struct isle_net_ring *isle_net_ring_create(struct isle_domain *domain,
					   u32 tx_size, u32 rx_size)
{
	struct isle_net_ring *ring;
	void *area;
	int err;
	u32 i;

	ring = kzalloc(sizeof(*ring), GFP_KERNEL_ACCOUNT);
	if (!ring)
		return ERR_PTR(-ENOMEM);
	refcount_set(&ring->refs, 1);
	spin_lock_init(&ring->lock);
	ring->tx_size = tx_size;
	ring->rx_size = rx_size;
	ring->n = 1 + ((tx_size + rx_size) >> PAGE_SHIFT);
	err = isle_account_charge(&domain->account, ISLE_QUOTA_MEMORY,
				  charge(ring->n));
	if (err)
		goto err_free;
	err = -ENOMEM;
	ring->pages = kvcalloc(ring->n, sizeof(*ring->pages),
			       GFP_KERNEL_ACCOUNT);
	if (!ring->pages)
		goto err_charge;
	for (i = 0; i < ring->n; i++) {
		ring->pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!ring->pages[i])
			goto err_pages;
	}
	area = map_all(ring);
	if (!area)
		goto err_pages;
	ring->shared = area;
	ring->tx = area + PAGE_SIZE;
	ring->rx = ring->tx + 2 * tx_size;
	ring->shared->kick = ISLE_NET_KICK_TX;
	ring->domain = domain;
	isle_domain_hold(domain);
	return ring;

err_pages:
	free_pages_of(ring);
err_charge:
	isle_account_uncharge(&domain->account, ISLE_QUOTA_MEMORY,
			      charge(ring->n));
err_free:
	kfree(ring);
	return ERR_PTR(err);
}

/**
 * isle_net_ring_put() - give a reference back
 * @ring: the rings
 *
 * Context: process; may sleep.
 */
void isle_net_ring_put(struct isle_net_ring *ring)
{
	if (!refcount_dec_and_test(&ring->refs))
		return;
	vunmap(ring->shared);
	free_pages_of(ring);
	isle_account_uncharge(&ring->domain->account, ISLE_QUOTA_MEMORY,
			      charge(ring->n));
	isle_domain_put(ring->domain);
	kfree(ring);
}

/**
 * isle_net_ring_break() - the program has lied: nothing moves any more
 * @ring: the rings
 */
void isle_net_ring_break(struct isle_net_ring *ring)
{
	WRITE_ONCE(ring->broken, true);
}

static bool put_record(struct isle_net_ring *ring, const struct sk_buff *skb)
{
	u32 len = ring->hdr + skb->len, size = isle_net_record_size(len);
	struct isle_net_record *record;
	struct virtio_net_hdr hdr;
	int used;
	u32 cons;
	u8 *to;

	lockdep_assert_held(&ring->lock);
	if (ring->broken)
		return false;
	/* Pairs with the program's release: it is done with what was there */
	cons = smp_load_acquire(&ring->shared->rx_cons);
	used = isle_net_record_used(ring->rx_size, ring->rx_prod, cons);
	if (used < 0) {
		isle_net_ring_break(ring);
		return false;
	}
	if (size > ring->rx_size - used)
		return false;

	to = ring->rx + (ring->rx_prod & (ring->rx_size - 1));
	record = (void *)to;
	to += sizeof(*record);
	if (ring->hdr) {
		if (isle_net_header_make(skb, &hdr))
			return false;
		memcpy(to, &hdr, sizeof(hdr));
		to += sizeof(hdr);
	}
	if (skb_copy_bits(skb, 0, to, skb->len))
		return false;
	record->len = len;
	record->flags = 0;
	ring->rx_prod += size;
	/* Pairs with the program's acquire: the record is there */
	smp_store_release(&ring->shared->rx_prod, ring->rx_prod);
	return true;
}

/**
 * isle_net_ring_receive() - put a frame into rx
 * @ring: the rings
 * @skb: the frame, which the program can be given as it is
 *
 * Context: softirqs are disabled.
 * Return: false if there is no room, or the ring is broken.
 */
bool isle_net_ring_receive(struct isle_net_ring *ring,
			   const struct sk_buff *skb)
{
	bool done;

	spin_lock(&ring->lock);
	done = put_record(ring, skb);
	spin_unlock(&ring->lock);
	return done;
}

/**
 * isle_net_ring_wants_rx() - whether the program wants to be woken for frames
 * @ring: the rings; a frame was put there, or it was broken
 *
 * Return: true if it does.
 */
bool isle_net_ring_wants_rx(struct isle_net_ring *ring)
{
	/*
	 * The frame before the bit, and before who waits.  Pairs with the
	 * barrier of the program after it has cleared the bit, and with that of
	 * going to sleep.
	 */
	smp_mb();
	return !(READ_ONCE(ring->shared->quiet) & ISLE_NET_QUIET_RX) ||
	       isle_net_ring_broken(ring);
}

/**
 * isle_net_ring_pending() - whether the program has sent what was not taken yet
 * @ring: the rings
 *
 * Return: true if so, and it ever will be taken.
 */
bool isle_net_ring_pending(const struct isle_net_ring *ring)
{
	return READ_ONCE(ring->shared->tx_prod) != READ_ONCE(ring->tx_cons) &&
	       !isle_net_ring_broken(ring);
}

/**
 * isle_net_ring_readable() - whether there is a frame for the program
 * @ring: the rings
 *
 * Return: true if there is one, as far as the program's index can be believed.
 */
bool isle_net_ring_readable(struct isle_net_ring *ring)
{
	return READ_ONCE(ring->rx_prod) != READ_ONCE(ring->shared->rx_cons);
}

/**
 * isle_net_ring_writable() - whether the program has room for a frame
 * @ring: the rings
 * @frame: how many bytes it has
 *
 * Return: true if it has, as far as its index can be believed.
 */
bool isle_net_ring_writable(struct isle_net_ring *ring, u32 frame)
{
	u32 used = READ_ONCE(ring->shared->tx_prod) - READ_ONCE(ring->tx_cons);
	u32 need = min(isle_net_record_size(ring->hdr + frame), ring->tx_size);

	return used <= ring->tx_size && need <= ring->tx_size - used;
}
