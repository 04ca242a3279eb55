/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_NET_QUEUE_H
#define ISLE_DEVICE_NET_QUEUE_H

#include <linux/skbuff.h>

/**
 * struct isle_net_queue - frames that wait to be read
 * @list: the frames, and the lock that protects all of this
 * @bytes: memory that they take
 * @limit: how much it may be (constant)
 * @open: somebody may come to read them
 */
struct isle_net_queue {
	struct sk_buff_head list;
	u32 bytes;
	u32 limit;
	bool open;
};

void isle_net_queue_init(struct isle_net_queue *queue, u32 limit);
void isle_net_queue_open(struct isle_net_queue *queue);
void isle_net_queue_close(struct isle_net_queue *queue);
bool isle_net_queue_put(struct isle_net_queue *queue, struct sk_buff *skb);
struct sk_buff *isle_net_queue_get(struct isle_net_queue *queue, size_t room,
				   u32 offloads);
unsigned int isle_net_queue_unget(struct isle_net_queue *queue,
				  struct sk_buff *skb);

static inline bool isle_net_queue_empty(const struct isle_net_queue *queue)
{
	return skb_queue_empty_lockless(&queue->list);
}

#endif /* ISLE_DEVICE_NET_QUEUE_H */
