// SPDX-License-Identifier: GPL-2.0
/*
 * Frames that wait to be read: a queue of bounded size.
 *
 * Who puts a frame there never waits: what there is no room for is refused.  The
 * bound is the memory that frames take, not their number; it was charged to the
 * domain when the device was made.  One frame always has room, whatever its
 * size.
 *
 * Lock: that of the list, taken with softirqs disabled.
 */
#include <linux/err.h>

#include "device/net_header.h"
#include "device/net_queue.h"

/**
 * isle_net_queue_init() - make an empty queue that is closed
 * @queue: the queue
 * @limit: bytes of memory that frames in it may take
 */
void isle_net_queue_init(struct isle_net_queue *queue, u32 limit)
{
	skb_queue_head_init(&queue->list);
	queue->bytes = 0;
	queue->limit = limit;
	queue->open = false;
}

/**
 * isle_net_queue_open() - take frames from now on
 * @queue: the queue
 */
void isle_net_queue_open(struct isle_net_queue *queue)
{
	spin_lock_bh(&queue->list.lock);
	queue->open = true;
	spin_unlock_bh(&queue->list.lock);
}

/**
 * isle_net_queue_close() - take no more frames, and drop those that are there
 * @queue: the queue
 */
void isle_net_queue_close(struct isle_net_queue *queue)
{
	struct sk_buff_head old;

	__skb_queue_head_init(&old);
	spin_lock_bh(&queue->list.lock);
	queue->open = false;
	queue->bytes = 0;
	skb_queue_splice_init(&queue->list, &old);
	spin_unlock_bh(&queue->list.lock);
	__skb_queue_purge(&old);
}

/**
 * isle_net_queue_put() - add a frame
 * @queue: the queue
 * @skb: the frame, which begins at its Ethernet header
 *
 * Context: softirqs are disabled.
 * Return: false if there is no room; then the frame is still the caller's.
 */
bool isle_net_queue_put(struct isle_net_queue *queue, struct sk_buff *skb)
{
	bool room;

	spin_lock(&queue->list.lock);
	room = queue->open && (!queue->bytes ||
			       queue->bytes + skb->truesize <= queue->limit);
	if (room) {
		queue->bytes += skb->truesize;
		__skb_queue_tail(&queue->list, skb);
	}
	spin_unlock(&queue->list.lock);
	return room;
}

/**
 * isle_net_queue_get() - take the first frame
 * @queue: the queue
 * @room: how many bytes it may have, if it need not be cut
 * @offloads: what the reader has asked for
 *
 * Return: the frame, NULL if there is none, ERR_PTR(-EMSGSIZE) if it is larger
 * and was left there.
 */
struct sk_buff *isle_net_queue_get(struct isle_net_queue *queue, size_t room,
				   u32 offloads)
{
	struct sk_buff *skb;

	spin_lock_bh(&queue->list.lock);
	skb = skb_peek(&queue->list);
	if (skb && skb->len > room &&
	    (!skb_is_gso(skb) || isle_net_header_fits(skb, offloads))) {
		skb = ERR_PTR(-EMSGSIZE);
	} else if (skb) {
		__skb_unlink(skb, &queue->list);
		queue->bytes -= skb->truesize;
	}
	spin_unlock_bh(&queue->list.lock);
	return skb;
}

/**
 * isle_net_queue_unget() - put frames back that were the first
 * @queue: the queue
 * @skb: the frame, and more that follow by ->next
 *
 * They may take more memory than one had, as parts of it do; where it would be
 * more than the queue may have, those that come after are lost.
 *
 * Return: how many were lost.
 */
unsigned int isle_net_queue_unget(struct isle_net_queue *queue,
				  struct sk_buff *skb)
{
	struct sk_buff_head back;
	struct sk_buff *next;
	unsigned int lost = 0;
	u64 bytes = 0;

	__skb_queue_head_init(&back);
	for (; skb; skb = next) {
		next = skb->next;
		bytes += skb->truesize;
		__skb_queue_tail(&back, skb);
	}
	spin_lock_bh(&queue->list.lock);
	if (queue->open) {
		/* What was taken fitted: one frame too many at most */
		while (queue->bytes + bytes > queue->limit &&
		       skb_queue_len(&back) > 1) {
			skb = __skb_dequeue_tail(&back);
			bytes -= skb->truesize;
			kfree_skb(skb);
			lost++;
		}
		queue->bytes += bytes;
		skb_queue_splice_init(&back, &queue->list);
	}
	spin_unlock_bh(&queue->list.lock);
	__skb_queue_purge(&back);
	return lost;
}
