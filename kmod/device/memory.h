/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_MEMORY_H
#define ISLE_DEVICE_MEMORY_H

#include <linux/mm_types.h>
#include <linux/types.h>
#include <linux/uio.h>

/**
 * struct isle_memory - sectors in memory
 * @bytes: size, constant
 * @ended: no page is wanted any more
 * @pages: one pointer per page; NULL reads as zeroes.  Set by cmpxchg from
 *	NULL, cleared by xchg.
 */
struct isle_memory {
	u64 bytes;
	bool ended;
	struct page **pages;
};

int isle_memory_init(struct isle_memory *memory, u64 bytes);
void isle_memory_end(struct isle_memory *memory);
void isle_memory_destroy(struct isle_memory *memory);
int isle_memory_hole(struct isle_memory *memory, struct page **slot, bool write,
		     bool nowait, struct page **page);
ssize_t isle_memory_rw(struct isle_memory *memory, u64 pos,
		       struct iov_iter *iter, bool write, bool nowait);
int isle_memory_discard(struct isle_memory *memory, u64 pos, u64 len);

#endif /* ISLE_DEVICE_MEMORY_H */
