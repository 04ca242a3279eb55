/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CHANNEL_RING_H
#define ISLE_CHANNEL_RING_H

#include <linux/errno.h>
#include <linux/minmax.h>
#include <linux/mm_types.h>
#include <linux/types.h>
#include <linux/uio.h>
#include <isle/vchan.h>

/* Orders of the rings within the shared page; each begins at its own size */
#define ISLE_RING_SMALL		10
#define ISLE_RING_LARGE		11
/* The smallest order of a ring that has pages of its own */
#define ISLE_RING_EXTERNAL	12

/**
 * struct isle_ring - where the bytes of a ring are
 * @pages: its pages; of a ring within the shared page, that one
 * @size: how many bytes it holds; a power of two
 * @offset: of its beginning in the first page
 */
struct isle_ring {
	struct page **pages;
	u32 size;
	u32 offset;
};

void isle_ring_choose(u32 left_bytes, u32 right_bytes, u8 *left_order,
		      u8 *right_order);
bool isle_ring_orders_valid(u32 left_order, u32 right_order);
void isle_ring_init(struct isle_ring *ring, u32 order, struct page **shared,
		    struct page **own);
u32 isle_ring_piece(const struct isle_ring *ring, u32 index, u32 len,
		    u32 *page, u32 *offset);
u32 isle_ring_to_iter(const struct isle_ring *ring, u32 index, u32 len,
		      struct iov_iter *to);
u32 isle_ring_from_iter(const struct isle_ring *ring, u32 index, u32 len,
			struct iov_iter *from);

/* How many pages of its own a ring has */
static inline u32 isle_ring_pages(u32 order)
{
	return order < ISLE_RING_EXTERNAL ? 0 :
	       1U << (order - ISLE_RING_EXTERNAL);
}

/**
 * isle_ring_used() - how many bytes are in a ring
 * @ring: the ring
 * @prod: bytes produced so far, modulo 2^32
 * @cons: bytes consumed so far, likewise
 *
 * Return: the number, or -EPROTO: the indices are impossible.
 */
static inline int isle_ring_used(const struct isle_ring *ring, u32 prod,
				 u32 cons)
{
	u32 used = prod - cons;

	return used <= ring->size ? (int)used : -EPROTO;
}

#endif /* ISLE_CHANNEL_RING_H */
