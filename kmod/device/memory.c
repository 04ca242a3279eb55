// SPDX-License-Identifier: GPL-2.0
/*
 * Memory that backs a block device: a flat array of pages, each of which
 * appears when it is first written and goes when it is discarded.
 *
 * There is no lock.  A page's reference count decides: the array has one
 * reference, and whoever copies takes one of his own.  Between the look at
 * the array and that, the page may be freed and even used for something else,
 * so it is looked up again afterwards, as the page cache does.  A copy that
 * races with a discard therefore goes to a page that nobody will see, as if
 * it had come before the discard.  Two overlapping requests at once can mix
 * within a sector, as on other memory disks.
 *
 * The loops that copy are in memory_copy.h.
 */
#include <linux/vmalloc.h>

#include "core/compat.h"
#include "core/live.h"
#include "device/memory.h"
#include "device/memory_copy.h"

/**
 * isle_memory_init() - set up memory that reads as zeroes
 * @memory: the memory
 * @bytes: its size; the caller has bounded it
 *
 * Return: 0 or -ENOMEM.
 */
int isle_memory_init(struct isle_memory *memory, u64 bytes)
{
	unsigned long n = DIV_ROUND_UP_ULL(bytes, PAGE_SIZE);

	/* Up to 2 GiB for a TiB: fail rather than kill somebody for it */
	memory->pages = __vmalloc(array_size(n, sizeof(*memory->pages)),
				  GFP_KERNEL_ACCOUNT | __GFP_ZERO |
				  __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (!memory->pages)
		return -ENOMEM;
	memory->bytes = bytes;
	memory->ended = false;
	return 0;
}

static void drop(struct page *page)
{
	isle_live_dec(ISLE_LIVE_PAGES);
	put_page(page);
}

/* Empty a slot, whatever is in it. */
static void clear_slot(struct page **slot)
{
	struct page *page = READ_ONCE(*slot) ? xchg(slot, NULL) : NULL;

	if (page)
		drop(page);
}

/**
 * isle_memory_end() - free all pages, for good
 * @memory: the memory; somebody may still be copying from and to it
 */
void isle_memory_end(struct isle_memory *memory)
{
	unsigned long n = DIV_ROUND_UP_ULL(memory->bytes, PAGE_SIZE);
	unsigned long i;

	WRITE_ONCE(memory->ended, true);
	/*
	 * Pairs with the cmpxchg in add(): either we see the page that it has
	 * put in, or it sees that this has ended.  And with the barrier in
	 * isle_memory_hole(): who finds a slot that we have emptied sees it.
	 */
	smp_mb();
	for (i = 0; i < n; i++) {
		clear_slot(&memory->pages[i]);
		if (i % 1024 == 0)
			cond_resched();
	}
}

/**
 * isle_memory_destroy() - free what is left; nobody uses it any more
 * @memory: the memory; it has ended
 */
void isle_memory_destroy(struct isle_memory *memory)
{
	vfree(memory->pages);
}

/*
 * Make a page at @slot, which was empty a moment ago.  Returns the page that is
 * there now, with a reference for the caller, or NULL if there is no memory, or
 * no more use for it.
 */
static struct page *add(struct isle_memory *memory, struct page **slot,
			bool nowait)
{
	struct page *page, *old;

	/*
	 * Zeroed although it may be about to be overwritten: the copy can
	 * fault half-way, and then the rest is seen.
	 */
	page = alloc_page((nowait ? GFP_NOWAIT | __GFP_NOWARN : GFP_KERNEL) |
			  __GFP_ACCOUNT | __GFP_HIGHMEM | __GFP_ZERO);
	if (!page)
		return NULL;
	do {
		get_page(page);
		/* Full barrier: who sees the page sees zeroes in it */
		old = cmpxchg(slot, NULL, page);
		if (!old) {
			isle_live_inc(ISLE_LIVE_PAGES);
			if (likely(!READ_ONCE(memory->ended)))
				return page;
			clear_slot(slot);
			put_page(page);
			return NULL;
		}
		put_page(page);
		/* Somebody else was first, or was and has discarded it */
		old = isle_memory_get(slot);
	} while (!old);
	put_page(page);
	return old;
}

/**
 * isle_memory_hole() - find out what to do at an empty slot
 * @memory: the memory
 * @slot: the slot that was found empty
 * @write: whether the caller wants to write
 * @nowait: whether not to wait for free memory
 * @page: for a write, set to a page with a reference
 *
 * Return: 0, for a read it is a hole and reads as zeroes; -ENODEV if it is
 * empty because the memory has ended; -ENOMEM, or -EAGAIN with @nowait.
 */
int isle_memory_hole(struct isle_memory *memory, struct page **slot, bool write,
		     bool nowait, struct page **page)
{
	if (write)
		*page = add(memory, slot, nowait);
	/*
	 * Pairs with the barrier in isle_memory_end(): if it has emptied the
	 * slot, we see that this has ended.
	 */
	smp_rmb();
	if (READ_ONCE(memory->ended)) {
		if (write && *page)
			put_page(*page);
		return -ENODEV;
	}
	if (!write || *page)
		return 0;
	return nowait ? -EAGAIN : -ENOMEM;
}

/*
 * Buffers that are not user memory: registered with io_uring, or the kernel's
 * own.  One page's worth; @done tells how much was copied.
 */
static int rw_part(struct isle_memory *memory, u64 pos, struct iov_iter *iter,
		   bool write, bool nowait, size_t *done)
{
	struct page **slot = &memory->pages[pos >> PAGE_SHIFT];
	size_t offset = offset_in_page(pos);
	size_t n = min_t(size_t, iov_iter_count(iter), PAGE_SIZE - offset);
	struct page *page = isle_memory_get(slot);

	*done = 0;
	if (!page) {
		int err = isle_memory_hole(memory, slot, write, nowait, &page);

		if (err)
			return err;
	}
	if (!page)
		*done = iov_iter_zero(n, iter);
	else if (write)
		*done = copy_page_from_iter(page, offset, n, iter);
	else
		*done = copy_page_to_iter(page, offset, n, iter);
	if (page)
		put_page(page);
	return *done < n ? -EFAULT : 0;
}

static ssize_t rw_pages(struct isle_memory *memory, u64 pos,
			struct iov_iter *iter, bool write, bool nowait)
{
	size_t sum = 0;
	int err = 0;

	while (iov_iter_count(iter) && !err) {
		size_t done;

		err = rw_part(memory, pos + sum, iter, write, nowait, &done);
		sum += done;
		if (!err && iov_iter_count(iter))
			err = isle_memory_pause();
	}
	return sum ?: err;
}

/* One buffer after the other, as long as each is done in full. */
static __always_inline ssize_t rw_buffers(struct isle_memory *memory, u64 pos,
					  struct iov_iter *iter, bool write,
					  bool nowait)
{
	const struct iovec *iov = isle_iter_iov(iter);
	size_t left = iov_iter_count(iter);
	size_t skip = iter->iov_offset;
	size_t sum = 0;
	ssize_t ret = 0;

	for (; left; iov++, skip = 0) {
		size_t n = min(left, iov->iov_len - skip);

		if (!n)
			continue;
		ret = isle_memory_rw_user(memory, pos + sum,
					  iov->iov_base + skip, n, write,
					  nowait);
		if (ret > 0)
			sum += ret;
		if (ret != n)
			break;
		left -= n;
	}
	iov_iter_advance(iter, sum);
	return sum ?: ret;
}

static ssize_t rw_buffer(struct isle_memory *memory, u64 pos,
			 struct iov_iter *iter, bool write, bool nowait)
{
	ssize_t ret = isle_memory_rw_user(memory, pos, iter->ubuf + iter->iov_offset,
			      iov_iter_count(iter), write, nowait);

	if (ret > 0)
		iov_iter_advance(iter, ret);
	return ret;
}

/**
 * isle_memory_rw() - copy
 * @memory: the memory
 * @pos: where; @pos and the end lie within the memory
 * @iter: from or to where, and how much; not empty
 * @write: which
 * @nowait: whether a write is not to wait for free memory: -EAGAIN
 *
 * Return: as isle_memory_rw_user().
 */
ssize_t isle_memory_rw(struct isle_memory *memory, u64 pos,
		       struct iov_iter *iter, bool write, bool nowait)
{
	if (iter_is_ubuf(iter))
		return rw_buffer(memory, pos, iter, write, nowait);
	if (!iter_is_iovec(iter))
		return rw_pages(memory, pos, iter, write, nowait);
	return write ? rw_buffers(memory, pos, iter, true, nowait)
		     : rw_buffers(memory, pos, iter, false, false);
}

static void zero_part(struct isle_memory *memory, u64 pos, size_t len)
{
	struct page *page = isle_memory_get(&memory->pages[pos >> PAGE_SHIFT]);

	if (!page)
		return;
	memzero_page(page, offset_in_page(pos), len);
	put_page(page);
}

/**
 * isle_memory_discard() - make a range read as zeroes, and free its pages
 * @memory: the memory
 * @pos: where; @pos and the end lie within the memory
 * @len: how much
 *
 * Return: 0, or -EINTR if a fatal signal has come.
 */
int isle_memory_discard(struct isle_memory *memory, u64 pos, u64 len)
{
	while (len) {
		size_t n = min_t(u64, len, PAGE_SIZE - offset_in_page(pos));

		if (n == PAGE_SIZE)
			clear_slot(&memory->pages[pos >> PAGE_SHIFT]);
		else
			zero_part(memory, pos, n);
		pos += n;
		len -= n;
		if (pos % SZ_4M == 0) {
			cond_resched();
			if (fatal_signal_pending(current))
				return -EINTR;
		}
	}
	return 0;
}
