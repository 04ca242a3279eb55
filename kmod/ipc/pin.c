// SPDX-License-Identifier: GPL-2.0
/*
 * Pinning pages of the current process for as long as a peer likes.
 *
 * Pinning for long waits for what is not there where no signal ends the wait, or
 * not at all.  So it is asked for first, outside of any lock of the kernel's
 * memory management; nothing is written to it for that.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "ipc/pin.h"

/* How often to ask for pages that go away again before they are pinned */
#define TRIES	8

/* Value: 0 if there is something at @at */
static size_t ask_for(u64 at, size_t n, bool write)
{
	char __user *p = u64_to_user_ptr(at);

	return write ? fault_in_safe_writeable(p, n) : fault_in_readable(p, n);
}

/**
 * isle_pin() - pin pages of the current process
 * @address: in the first of them; access_ok() has passed
 * @n: how many
 * @write: they have to be writable, and stay the process's own if it forks or
 *	writes to them
 * @pages: out: the pages
 *
 * Context: process; sleeps, perhaps for as long as a pager does.
 * Return: 0, -EFAULT, -ENOMEM, -EINTR; if not 0, nothing is pinned.
 */
int isle_pin(u64 address, int n, bool write, struct page **pages)
{
	unsigned int flags = FOLL_LONGTERM | (write ? FOLL_WRITE : 0);
	int pinned = 0, tries = 0, err;

	while (pinned < n) {
		u64 at = (address & PAGE_MASK) + ((u64)pinned << PAGE_SHIFT);
		int left = n - pinned;
		bool there = !ask_for(at, (size_t)left << PAGE_SHIFT, write);

		err = -EINTR;
		if (fatal_signal_pending(current))
			goto err_pages;
		err = -EFAULT;
		if (!there || tries++ == TRIES)
			goto err_pages;
		err = pin_user_pages_fast(at, left, flags, pages + pinned);
		if (err == -ENOMEM)
			goto err_pages;
		if (err > 0) {
			pinned += err;
			tries = 0;
		}
	}
	return 0;

err_pages:
	isle_unpin(pages, pinned);
	return err;
}

/**
 * isle_unpin() - let pages go again
 * @pages: the pages
 * @n: how many
 *
 * Context: process.
 */
void isle_unpin(struct page **pages, int n)
{
	unpin_user_pages(pages, n);
}
