// SPDX-License-Identifier: GPL-2.0
/*
 * Rings: where byte number N of a stream is, and how bytes get there.
 *
 * Indices count bytes from the beginning of the stream and wrap at 2^32, which
 * every size divides.  A ring is within the shared page, at 1024 or at 2048 of
 * it, or in whole pages of its own.
 *
 * Nothing here reads an index from shared memory, takes a lock or keeps
 * anything: whatever the arguments are, no byte outside the ring is touched.
 * The pages are not mapped together, for kernel memory is contiguous in pages
 * only and an idle ring should cost nothing; a copy goes page by page.
 */
#include <linux/build_bug.h>
#include <linux/log2.h>
#include <linux/mm.h>

#include "channel/ring.h"

/* The format counts in Xen's pages */
static_assert(PAGE_SIZE == 1 << ISLE_RING_EXTERNAL);

static u8 external_order(u32 bytes)
{
	return max_t(u32, ISLE_RING_EXTERNAL, order_base_2(bytes));
}

/**
 * isle_ring_choose() - choose orders for rings of a size
 * @left_bytes: how many bytes the left ring shall hold at least, up to 1 MiB
 * @right_bytes: likewise, the right one
 * @left_order: its order
 * @right_order: its order
 *
 * As libxenvchan does: both within the shared page if they fit, then one of
 * them, but never beside an external one at 1024, where its references are.
 */
void isle_ring_choose(u32 left_bytes, u32 right_bytes, u8 *left_order,
		      u8 *right_order)
{
	const u32 small = 1U << ISLE_RING_SMALL;
	const u32 large = 1U << ISLE_RING_LARGE;

	*left_order = external_order(left_bytes);
	*right_order = external_order(right_bytes);
	if (left_bytes <= small && right_bytes <= large) {
		*left_order = ISLE_RING_SMALL;
		*right_order = ISLE_RING_LARGE;
	} else if (left_bytes <= large && right_bytes <= small) {
		*left_order = ISLE_RING_LARGE;
		*right_order = ISLE_RING_SMALL;
	} else if (left_bytes <= large) {
		*left_order = ISLE_RING_LARGE;
	} else if (right_bytes <= large) {
		*right_order = ISLE_RING_LARGE;
	}
}

/**
 * isle_ring_orders_valid() - whether a channel can have two orders
 * @left_order: any number
 * @right_order: any number
 *
 * Return: true if it can.
 */
bool isle_ring_orders_valid(u32 left_order, u32 right_order)
{
	return left_order >= ISLE_RING_SMALL &&
	       left_order <= ISLE_VCHAN_ORDER_MAX &&
	       right_order >= ISLE_RING_SMALL &&
	       right_order <= ISLE_VCHAN_ORDER_MAX &&
	       (left_order != right_order || left_order >= ISLE_RING_EXTERNAL);
}

/**
 * isle_ring_init() - say where a ring is
 * @ring: the ring
 * @order: a valid order
 * @shared: the shared page
 * @own: the ring's own pages, isle_ring_pages() of them
 */
void isle_ring_init(struct isle_ring *ring, u32 order, struct page **shared,
		    struct page **own)
{
	bool external = order >= ISLE_RING_EXTERNAL;

	ring->size = 1U << order;
	ring->offset = external ? 0 : ring->size;
	ring->pages = external ? own : shared;
}

/**
 * isle_ring_piece() - find the first of some bytes
 * @ring: the ring
 * @index: number of the byte in the stream
 * @len: how many are wanted, at least 1
 * @page: which of the ring's pages they are in
 * @offset: and where
 *
 * Return: how many of them, 1 to @len, are there one after another.
 */
u32 isle_ring_piece(const struct isle_ring *ring, u32 index, u32 len,
		    u32 *page, u32 *offset)
{
	u32 pos = ring->offset + (index & (ring->size - 1));

	*page = pos >> PAGE_SHIFT;
	*offset = offset_in_page(pos);
	/* The end of a ring is within a page or at the end of one */
	return min3(len, ring->offset + ring->size - pos,
		    (u32)PAGE_SIZE - *offset);
}

/**
 * isle_ring_to_iter() - copy bytes out of a ring
 * @ring: the ring
 * @index: number of the first byte in the stream
 * @len: how many; no more than the ring holds
 * @to: where to
 *
 * Context: process; may wait for user memory.
 * Return: how many were copied; fewer if @to is full or faults.
 */
u32 isle_ring_to_iter(const struct isle_ring *ring, u32 index, u32 len,
		      struct iov_iter *to)
{
	u32 done = 0, page, offset, n, copied;

	while (done < len) {
		n = isle_ring_piece(ring, index + done, len - done, &page,
				    &offset);
		/* Not copy_page_to_iter(), which lends pages to pipes */
		copied = copy_to_iter(page_address(ring->pages[page]) + offset,
				      n, to);
		done += copied;
		if (copied < n)
			break;
	}
	return done;
}

/**
 * isle_ring_from_iter() - copy bytes into a ring
 * @ring: the ring
 * @index: number of the first byte in the stream
 * @len: how many; no more than the ring holds
 * @from: where from
 *
 * Context: process; may wait for user memory.
 * Return: how many were copied; fewer if @from is at its end or faults.
 */
u32 isle_ring_from_iter(const struct isle_ring *ring, u32 index, u32 len,
			struct iov_iter *from)
{
	u32 done = 0, page, offset, n, copied;

	while (done < len) {
		n = isle_ring_piece(ring, index + done, len - done, &page,
				    &offset);
		copied = copy_from_iter(page_address(ring->pages[page]) + offset,
					n, from);
		done += copied;
		if (copied < n)
			break;
	}
	return done;
}
