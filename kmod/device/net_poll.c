// SPDX-License-Identifier: GPL-2.0
/*
 * Taking frames out of the ring that a program writes: the device's NAPI.
 *
 * It runs when the program has kicked it, takes what is there in portions, and
 * when there is nothing left hands on what it holds, asks the program for a kick
 * and sleeps.  So a busy program makes no system call, and a lying one only costs
 * what NAPI gives it.
 *
 * The ring is read here and nowhere else, so its index needs no lock.  That there
 * is one is known under RCU.
 */
#include <linux/netdevice.h>

#include "device/net.h"
#include "device/net_frame.h"
#include "device/net_header.h"
#include "device/net_record.h"
#include "device/net_ring.h"

/* The frame of a record of @len bytes at @from; NULL: it is none. */
static struct sk_buff *make_frame(struct isle_net *net,
				  struct isle_net_ring *ring, const u8 *from,
				  u32 len)
{
	struct virtio_net_hdr hdr;
	struct sk_buff *skb;
	u32 max = isle_net_frame_max(net);

	if (ring->hdr) {
		if (len < sizeof(hdr))
			goto error;
		memcpy(&hdr, from, sizeof(hdr));
		from += sizeof(hdr);
		len -= sizeof(hdr);
		if (hdr.gso_type != VIRTIO_NET_HDR_GSO_NONE)
			max = ISLE_NET_FRAME_MAX;
	}
	if (len < ETH_HLEN || len > max)
		goto error;
	skb = isle_net_frame_from_memory(net, from, len);
	if (!skb) {
		isle_net_drop_tx(net);
		return NULL;
	}
	if (ring->hdr && isle_net_header_apply(skb, &hdr, ring->offloads,
					       READ_ONCE(net->mtu))) {
		kfree_skb(skb);
		goto error;
	}
	return skb;

error:
	this_cpu_inc(net->count->tx_errors);
	return NULL;
}

/* What a frame is of the budget: the receiver may have it cut, here and now. */
static int weight(const struct sk_buff *skb)
{
	const u32 portion = 16;

	if (!skb_is_gso(skb))
		return 1;
	return 1 + skb->len / (portion * skb_shinfo(skb)->gso_size);
}

/*
 * Send frames until @budget is spent; value: what was, at least 1 if there was
 * anything, or -EPROTO.
 */
static int drain(struct isle_net *net, struct isle_net_ring *ring,
		 struct napi_struct *napi, int budget)
{
	struct sk_buff *skb;
	u32 prod, cons = ring->tx_cons;
	int used, len, done = 0;
	const u8 *from;

	/* Pairs with the program's release: the records are there */
	prod = smp_load_acquire(&ring->shared->tx_prod);
	used = isle_net_record_used(ring->tx_size, prod, cons);
	if (used < 0)
		return used;
	while (used && done < budget) {
		from = ring->tx + (cons & (ring->tx_size - 1));
		len = isle_net_record_len((const void *)from, used);
		if (len < 0)
			return len;
		skb = make_frame(net, ring,
				 from + sizeof(struct isle_net_record), len);
		done += skb ? weight(skb) : 1;
		if (skb)
			isle_net_transmit(net, skb, napi);
		cons += isle_net_record_size(len);
		used -= isle_net_record_size(len);
	}
	if (!done)
		return 0;
	WRITE_ONCE(ring->tx_cons, cons);
	/* Pairs with the program's acquire: its bytes were read */
	smp_store_release(&ring->shared->tx_cons, cons);
	/*
	 * The index before the bit, and before who waits.  Pairs with the
	 * barrier of the program after it has cleared the bit, and with that of
	 * going to sleep.
	 */
	smp_mb();
	if (!(READ_ONCE(ring->shared->quiet) & ISLE_NET_QUIET_TX)) {
		/* After the barrier */
		if (waitqueue_active(&net->device.wait))
			wake_up_poll(&net->device.wait, EPOLLOUT | EPOLLWRNORM);
	}
	return done;
}

/* Whether there is nothing to do until the program kicks us. */
static bool ask_for_kick(struct isle_net_ring *ring)
{
	WRITE_ONCE(ring->shared->kick, ISLE_NET_KICK_TX);
	/*
	 * The bit before the index.  Pairs with the barrier of the program after
	 * it has stored that.
	 */
	smp_mb();
	return READ_ONCE(ring->shared->tx_prod) == READ_ONCE(ring->tx_cons);
}

/**
 * isle_net_poll() - poll function of a device's NAPI
 * @napi: of the device
 * @budget: how many frames it may send
 *
 * It says that it sleeps before it asks for a kick: who sees that the kernel asks
 * may go round the ring, and must not overtake what NAPI still holds.
 *
 * Return: what it has spent; less than @budget: it sleeps now.
 */
int isle_net_poll(struct napi_struct *napi, int budget)
{
	struct isle_net *net = container_of(napi, struct isle_net, napi);
	struct isle_net_ring *ring;
	bool idle = true;
	int done = 0;

	if (!budget)
		return 0;
	rcu_read_lock();
	ring = rcu_dereference(net->ring);
	if (ring && !isle_net_ring_broken(ring)) {
		WRITE_ONCE(ring->shared->kick, 0);
		done = drain(net, ring, napi, budget);
		if (done < 0) {
			isle_net_ring_break(ring);
			wake_up(&net->device.wait);
			done = 0;
		} else {
			idle = done < budget;
		}
	}
	/* Nobody else has to be asked if it was scheduled again meanwhile */
	if (idle && napi_complete_done(napi, done) && ring &&
	    !isle_net_ring_broken(ring) && !ask_for_kick(ring))
		napi_schedule(napi);
	rcu_read_unlock();
	return idle ? done : budget;
}

/**
 * isle_net_poll_rest() - send what a program has left in its ring
 * @net: the device
 * @ring: the ring, which it does not have any more
 *
 * A ring's worth at most: another process may have it mapped.
 *
 * Context: process; sleeps.
 */
void isle_net_poll_rest(struct isle_net *net, struct isle_net_ring *ring)
{
	const u32 first = ring->tx_cons;
	int done = 1;

	while (done > 0 && ring->tx_cons - first < ring->tx_size &&
	       !isle_net_ring_broken(ring) && isle_device_enter(&net->device)) {
		local_bh_disable();
		rcu_read_lock();
		done = drain(net, ring, NULL, NAPI_POLL_WEIGHT);
		rcu_read_unlock();
		local_bh_enable();
		isle_device_leave(&net->device);
		cond_resched();
	}
}
