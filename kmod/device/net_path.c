// SPDX-License-Identifier: GPL-2.0
/*
 * Which way a frame goes: from the domain to the host or along a cable, and
 * from either to where the domain finds it.
 *
 * Nobody waits here.  What cannot be taken is dropped and counted, so a domain
 * that never reads slows nobody.  Both functions run with softirqs disabled,
 * under RCU, which is what keeps the ring and the peer.
 */
#include <linux/netdevice.h>
#include <linux/rcupdate.h>

#include "core/compat.h"
#include "device/net.h"
#include "device/net_header.h"
#include "device/net_ring.h"

static void count_tx(struct isle_net *net, u32 len)
{
	this_cpu_inc(net->count->tx_packets);
	this_cpu_add(net->count->tx_bytes, len);
}

static void count_rx(struct isle_net *net, u32 len)
{
	this_cpu_inc(net->count->rx_packets);
	this_cpu_add(net->count->rx_bytes, len);
}

/* To the device at the other end of the cable, as if the host had sent it. */
static void pass(struct isle_net *peer, struct sk_buff *skb)
{
	u32 max = isle_net_frame_max(peer);

	skb->dev = peer->dev;
	skb_reset_mac_header(skb);
	skb_set_network_header(skb, ETH_HLEN);
	skb->protocol = eth_hdr(skb)->h_proto;
	/* As a bridge does: its programs have room for no more */
	if (skb_is_gso(skb) ? !skb_gso_validate_mac_len(skb, max) :
			      skb->len > max) {
		isle_net_drop_rx(peer);
		kfree_skb(skb);
		return;
	}
	isle_net_receive(peer, skb);
}

/**
 * isle_net_transmit() - the domain sends a frame
 * @net: its device, which the caller has entered
 * @skb: the frame, checked; is consumed
 * @napi: the device's NAPI if it runs, or NULL
 *
 * Context: softirqs are disabled; under RCU.
 */
void isle_net_transmit(struct isle_net *net, struct sk_buff *skb,
		       struct napi_struct *napi)
{
	struct isle_net *peer = rcu_dereference(net->peer);

	if (unlikely(peer)) {
		count_tx(net, skb->len);
		pass(peer, skb);
		return;
	}
	if (unlikely(!netif_running(net->dev))) {
		isle_net_drop_tx(net);
		kfree_skb(skb);
		return;
	}
	count_tx(net, skb->len);
	skb->protocol = eth_type_trans(skb, net->dev);
	if (napi)
		napi_gro_receive(napi, skb);
	else
		netif_receive_skb(skb);
}

static void wake(struct isle_net *net)
{
	wake_up_poll(&net->device.wait, EPOLLIN | EPOLLRDNORM);
}

static void receive_ring(struct isle_net *net, struct isle_net_ring *ring,
			 struct sk_buff *skb)
{
	struct sk_buff *next;
	bool any = false;

	if (!isle_net_header_fits(skb, ring->offloads))
		skb = isle_net_header_finish(skb, ring->offloads);
	if (!skb)
		isle_net_drop_rx(net);
	for (; skb; skb = next) {
		next = skb->next;
		skb_mark_not_on_list(skb);
		if (isle_net_ring_receive(ring, skb)) {
			count_rx(net, skb->len);
			consume_skb(skb);
			any = true;
		} else {
			isle_net_drop_rx(net);
			kfree_skb(skb);
		}
	}
	if ((any || isle_net_ring_broken(ring)) && isle_net_ring_wants_rx(ring)) {
		/* After the barrier in there */
		if (!waitqueue_active(&net->device.wait))
			return;
		if (isle_net_ring_broken(ring))
			wake_up(&net->device.wait);
		else
			wake(net);
	}
}

/**
 * isle_net_receive() - a frame comes for the domain
 * @net: its device
 * @skb: the frame, which begins at its Ethernet header; is consumed
 *
 * Context: softirqs are disabled; under RCU.
 */
void isle_net_receive(struct isle_net *net, struct sk_buff *skb)
{
	struct isle_net_ring *ring = rcu_dereference(net->ring);
	u32 len = skb->len;

	if (ring) {
		receive_ring(net, ring, skb);
		return;
	}
	if (unlikely(!isle_net_queue_put(&net->queue, skb))) {
		isle_net_drop_rx(net);
		kfree_skb(skb);
		return;
	}
	count_rx(net, len);
	/* Pairs with the barriers of going to sleep and of poll */
	if (wq_has_sleeper(&net->device.wait))
		wake(net);
}
