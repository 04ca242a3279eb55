/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Copying between memory that backs a block device and user memory, inline.
 *
 * User memory is copied page by page without going through iov_iter: for a
 * 4 KiB read that machinery would cost more than all the rest here, and a call
 * from the file operation into another file would be a tenth of the rest
 * (docs/performance.md).  Think before adding to this.
 */
#ifndef ISLE_DEVICE_MEMORY_COPY_H
#define ISLE_DEVICE_MEMORY_COPY_H

#include <linux/fault-inject-usercopy.h>
#include <linux/highmem.h>
#include <linux/instrumented.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "device/memory.h"

/* put_page() for pages that are neither compound nor of a device */
static __always_inline void isle_memory_put(struct page *page)
{
	if (unlikely(put_page_testzero(page)))
		__folio_put(page_folio(page));
}

/* The page at @slot with a reference, or NULL if there is none. */
static __always_inline struct page *isle_memory_get(struct page **slot)
{
	struct page *page;

	for (;;) {
		page = READ_ONCE(*slot);
		if (!page)
			return NULL;
		if (likely(get_page_unless_zero(page))) {
			/*
			 * The increment is a full barrier: if the slot still
			 * has the page now, the array's reference was there
			 * when we took ours.
			 */
			if (likely(READ_ONCE(*slot) == page))
				return page;
			put_page(page);
		}
		cpu_relax();
	}
}

/*
 * Copy between a page and user memory; returns what could not be copied.
 * lib/iov_iter.c has the same two behind copy_page_to_iter(): the bounds are
 * those of the page, so no object has to be looked up for them, and nothing
 * is zeroed behind what could not be copied in.
 */
static __always_inline size_t
isle_memory_copy_out(void __user *to, const void *from, size_t n)
{
	if (should_fail_usercopy() || !access_ok(to, n))
		return n;
	instrument_copy_to_user(to, from, n);
	return raw_copy_to_user(to, from, n);
}

static __always_inline size_t
isle_memory_copy_in(void *to, const void __user *from, size_t n)
{
	size_t left;

	if (should_fail_usercopy() || !access_ok(from, n))
		return n;
	instrument_copy_from_user_before(to, from, n);
	left = raw_copy_from_user(to, from, n);
	instrument_copy_from_user_after(to, from, n, left);
	return left;
}

static __always_inline size_t
isle_memory_read_part(struct page *page, size_t offset, size_t n,
		      void __user *to)
{
	void *from;

	if (unlikely(!page))
		return n - clear_user(to, n);
	from = kmap_local_page(page);
	n -= isle_memory_copy_out(to, from + offset, n);
	kunmap_local(from);
	isle_memory_put(page);
	return n;
}

static __always_inline size_t
isle_memory_write_part(struct page *page, size_t offset, size_t n,
		       const void __user *from)
{
	void *to = kmap_local_page(page);

	n -= isle_memory_copy_in(to + offset, from, n);
	kunmap_local(to);
	isle_memory_put(page);
	return n;
}

/* What a loop over pages does before the next one; a nonzero errno ends it */
static __always_inline int isle_memory_pause(void)
{
	if (likely(!signal_pending(current) && !need_resched()))
		return 0;
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

/**
 * isle_memory_rw_user() - copy from or to one buffer of the current process
 * @memory: the memory
 * @pos: where; @pos and the end lie within the memory
 * @buffer: the buffer
 * @count: how much, not 0
 * @write: which; constant in each caller, so that its loop has nothing in it
 *	but look-up, copy and the way out
 * @nowait: whether a write is not to wait for free memory
 *
 * Return: how much was copied, which is less than asked for if user memory
 * cannot be reached (-EFAULT if it is nothing), a fatal signal has come
 * (-EINTR), there is no memory (-ENOMEM, or -EAGAIN with @nowait), or the
 * memory has ended (-ENODEV).
 */
static __always_inline ssize_t
isle_memory_rw_user(struct isle_memory *memory, u64 pos, void __user *buffer,
		    size_t count, bool write, bool nowait)
{
	size_t left = count;
	int err;

	for (;;) {
		struct page **slot = &memory->pages[pos >> PAGE_SHIFT];
		size_t offset = offset_in_page(pos);
		size_t n = min_t(size_t, left, PAGE_SIZE - offset);
		struct page *page = isle_memory_get(slot);
		size_t done;

		if (unlikely(!page)) {
			err = isle_memory_hole(memory, slot, write, nowait,
					       &page);
			if (err)
				break;
		}
		if (write)
			done = isle_memory_write_part(page, offset, n, buffer);
		else
			done = isle_memory_read_part(page, offset, n, buffer);
		left -= done;
		err = -EFAULT;
		if (unlikely(done < n))
			break;
		if (!left)
			return count;
		err = isle_memory_pause();
		if (err)
			break;
		pos += n;
		buffer += n;
	}
	return left == count ? err : count - left;
}

#endif /* ISLE_DEVICE_MEMORY_COPY_H */
