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
 * What this does for a 4 KiB read, besides copying, is measured
 * (docs/performance.md): look-up, reference, copy.  Think before adding to it.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/vmalloc.h>

#include "core/live.h"
#include "device/memory.h"

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
	return 0;
}

static void drop(struct page *page)
{
	isle_live_dec(ISLE_LIVE_PAGES);
	put_page(page);
}

/**
 * isle_memory_destroy() - free all of it; nobody uses it any more
 * @memory: the memory
 */
void isle_memory_destroy(struct isle_memory *memory)
{
	unsigned long n = DIV_ROUND_UP_ULL(memory->bytes, PAGE_SIZE);
	unsigned long i;

	for (i = 0; i < n; i++) {
		if (memory->pages[i])
			drop(memory->pages[i]);
		if (i % 1024 == 0)
			cond_resched();
	}
	vfree(memory->pages);
}

/* The page at @slot with a reference, or NULL if there is none. */
static struct page *get(struct page **slot)
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

/* The same, but make a page if there is none; NULL if there is no memory. */
static struct page *get_or_add(struct page **slot, bool nowait)
{
	struct page *page = get(slot);
	struct page *old;

	if (likely(page))
		return page;
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
			return page;
		}
		put_page(page);
		/* Somebody else was first, or was and has discarded it */
		old = get(slot);
	} while (!old);
	put_page(page);
	return old;
}

/**
 * isle_memory_read() - copy out
 * @memory: the memory
 * @pos: where from; @pos and the end lie within the memory
 * @to: where to, and how much
 *
 * Return: how much was copied, which is less than asked for if user memory
 * cannot be reached (-EFAULT if it is nothing) or a fatal signal has come
 * (-EINTR likewise).
 */
ssize_t isle_memory_read(struct isle_memory *memory, u64 pos,
			 struct iov_iter *to)
{
	const size_t count = iov_iter_count(to);
	size_t left = count;
	int err = 0;

	while (left) {
		size_t offset = offset_in_page(pos);
		size_t n = min_t(size_t, left, PAGE_SIZE - offset);
		struct page *page = get(&memory->pages[pos >> PAGE_SHIFT]);
		size_t done;

		if (likely(page)) {
			done = copy_page_to_iter(page, offset, n, to);
			put_page(page);
		} else {
			done = iov_iter_zero(n, to);
		}
		pos += done;
		left -= done;
		if (unlikely(done < n)) {
			err = -EFAULT;
			break;
		}
		if (!left)
			break;
		if (fatal_signal_pending(current)) {
			err = -EINTR;
			break;
		}
		cond_resched();
	}
	return left == count ? err : count - left;
}

/**
 * isle_memory_write() - copy in
 * @memory: the memory
 * @pos: where to; @pos and the end lie within the memory
 * @from: where from, and how much
 * @nowait: whether not to wait for free memory
 *
 * Return: how much was copied, which is less than asked for if user memory
 * cannot be reached (-EFAULT if it is nothing), a fatal signal has come
 * (-EINTR) or there is no memory (-ENOMEM, or -EAGAIN with @nowait).
 */
ssize_t isle_memory_write(struct isle_memory *memory, u64 pos,
			  struct iov_iter *from, bool nowait)
{
	const size_t count = iov_iter_count(from);
	size_t left = count;
	int err = 0;

	while (left) {
		size_t offset = offset_in_page(pos);
		size_t n = min_t(size_t, left, PAGE_SIZE - offset);
		struct page *page;
		size_t done;

		page = get_or_add(&memory->pages[pos >> PAGE_SHIFT], nowait);
		if (unlikely(!page)) {
			err = nowait ? -EAGAIN : -ENOMEM;
			break;
		}
		done = copy_page_from_iter(page, offset, n, from);
		put_page(page);
		pos += done;
		left -= done;
		if (unlikely(done < n)) {
			err = -EFAULT;
			break;
		}
		if (!left)
			break;
		if (fatal_signal_pending(current)) {
			err = -EINTR;
			break;
		}
		cond_resched();
	}
	return left == count ? err : count - left;
}

static void zero_part(struct isle_memory *memory, u64 pos, size_t len)
{
	struct page *page = get(&memory->pages[pos >> PAGE_SHIFT]);

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

		if (n == PAGE_SIZE) {
			struct page **slot = &memory->pages[pos >> PAGE_SHIFT];
			struct page *page = *slot ? xchg(slot, NULL) : NULL;

			if (page)
				drop(page);
		} else {
			zero_part(memory, pos, n);
		}
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
