// SPDX-License-Identifier: GPL-2.0
/*
 * Making frames: copying what a domain sends into a struct sk_buff.
 *
 * What fits into a page is in one piece, a fragment of a page that the processor
 * has for frames: that costs a third of what an allocation of its own does.  Of a
 * larger frame the first ISLE_NET_HEADERS_MAX bytes are in one piece, and the rest
 * is in pages.  Nothing is kept and nothing is locked.
 *
 * A fragment keeps all of its page, whatever else was in it.  The host's sockets
 * live with that, as TUN's frames are the same.  What a cable leads to another
 * domain's queue has memory of its own: a frame that waits there must not take
 * more than it is counted for.
 */
#include <linux/err.h>
#include <linux/netdevice.h>
#include <linux/uaccess.h>

#include "device/net.h"
#include "device/net_frame.h"
#include "device/net_header.h"

#define ROOM		(NET_SKB_PAD + NET_IP_ALIGN)
#define LINEAR_MAX	(SKB_WITH_OVERHEAD(PAGE_SIZE) - ROOM)

/* How large a fragment has to be for a frame of @len bytes */
static u32 fragment_size(u32 len)
{
	return SKB_HEAD_ALIGN(ROOM + len);
}

/* A frame of the @len bytes that are in a fragment behind ROOM; or NULL. */
static struct sk_buff *build(struct isle_net *net, void *fragment, u32 len)
{
	struct sk_buff *skb = napi_build_skb(fragment, fragment_size(len));

	if (unlikely(!skb)) {
		skb_free_frag(fragment);
		return NULL;
	}
	skb_reserve(skb, ROOM);
	__skb_put(skb, len);
	skb->dev = net->dev;
	return skb;
}

static bool has_cable(const struct isle_net *net)
{
	return unlikely(rcu_access_pointer(net->peer));
}

/* A frame of @len bytes, at most LINEAR_MAX, that shares its page with none. */
static struct sk_buff *alloc_alone(struct isle_net *net, u32 len, gfp_t gfp)
{
	struct sk_buff *skb = alloc_skb(ROOM + len, gfp);

	if (!skb)
		return NULL;
	skb_reserve(skb, ROOM);
	__skb_put(skb, len);
	skb->dev = net->dev;
	return skb;
}

/* A frame of @len bytes, more than LINEAR_MAX. */
static struct sk_buff *alloc_large(struct isle_net *net, u32 len, gfp_t gfp)
{
	u32 rest = len - ISLE_NET_HEADERS_MAX;
	struct sk_buff *skb;
	int err;

	skb = alloc_skb_with_frags(ROOM + ISLE_NET_HEADERS_MAX, rest,
				   PAGE_ALLOC_COSTLY_ORDER, &err, gfp);
	if (!skb)
		return NULL;
	skb_reserve(skb, ROOM);
	skb_put(skb, ISLE_NET_HEADERS_MAX);
	skb->data_len = rest;
	skb->len += rest;
	skb->dev = net->dev;
	return skb;
}

/**
 * isle_net_frame_from_user() - make a frame of bytes of the caller's memory
 * @net: the device
 * @from: the bytes
 * @len: how many
 *
 * Context: process; may wait for user memory.
 * Return: the frame, NULL (no memory), or ERR_PTR(-EFAULT).
 */
struct sk_buff *isle_net_frame_from_user(struct isle_net *net,
					 const void __user *from, u32 len)
{
	struct iov_iter iter;
	struct sk_buff *skb;
	void *fragment;

	if (len > LINEAR_MAX || has_cable(net)) {
		iov_iter_ubuf(&iter, WRITE, (void __user *)from, len);
		return isle_net_frame_from_iter(net, &iter, len, GFP_KERNEL);
	}
	fragment = netdev_alloc_frag(fragment_size(len));
	if (unlikely(!fragment))
		return NULL;
	if (copy_from_user(fragment + ROOM, from, len)) {
		skb_free_frag(fragment);
		return ERR_PTR(-EFAULT);
	}
	local_bh_disable();
	skb = build(net, fragment, len);
	local_bh_enable();
	return skb;
}

/**
 * isle_net_frame_from_iter() - likewise, of wherever they are
 * @net: the device
 * @from: the bytes
 * @len: how many
 * @gfp: how to allocate
 *
 * Context: process; may wait for user memory.
 * Return: the frame, NULL (no memory), or ERR_PTR(-EFAULT).
 */
struct sk_buff *isle_net_frame_from_iter(struct isle_net *net,
					 struct iov_iter *from, u32 len,
					 gfp_t gfp)
{
	struct sk_buff *skb;

	gfp |= __GFP_NOWARN;
	if (len > LINEAR_MAX) {
		skb = alloc_large(net, len, gfp);
	} else if (has_cable(net)) {
		skb = alloc_alone(net, len, gfp);
	} else {
		skb = __netdev_alloc_skb_ip_align(net->dev, len, gfp);
		if (skb)
			__skb_put(skb, len);
	}
	if (skb && skb_copy_datagram_from_iter(skb, 0, from, len)) {
		kfree_skb(skb);
		return ERR_PTR(-EFAULT);
	}
	return skb;
}

/**
 * isle_net_frame_from_memory() - likewise, of the kernel's memory
 * @net: the device
 * @from: the bytes; a program may be changing them
 * @len: how many
 *
 * Context: softirqs are disabled.
 * Return: the frame, or NULL.
 */
struct sk_buff *isle_net_frame_from_memory(struct isle_net *net,
					   const void *from, u32 len)
{
	struct sk_buff *skb;
	void *fragment;

	if (len <= LINEAR_MAX && !has_cable(net)) {
		fragment = napi_alloc_frag(fragment_size(len));
		if (unlikely(!fragment))
			return NULL;
		memcpy(fragment + ROOM, from, len);
		return build(net, fragment, len);
	}
	skb = len > LINEAR_MAX ?
	      alloc_large(net, len, GFP_ATOMIC | __GFP_NOWARN) :
	      alloc_alone(net, len, GFP_ATOMIC | __GFP_NOWARN);
	if (skb && skb_store_bits(skb, 0, from, len)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}
