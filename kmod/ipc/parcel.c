// SPDX-License-Identifier: GPL-2.0
/*
 * Payloads on their way: pages of the sender that the receiver copies from.
 *
 * The sender pins its pages in its own context, before it takes a lock or can
 * be found, so that a page that never comes delays nobody else.  The parcel
 * then belongs to whoever has the message: the sender, and from the moment in
 * which the receiver takes it (under a task's lock) the receiver, who copies in
 * its own context.  Neither waits for the other's memory, and either may be
 * killed at any time.
 *
 * The pages stay the sender's and may change while they are copied; lengths
 * were checked before, and a string's end is written by the receiver.  What is
 * pinned is charged to the sender's domain until the parcel is freed.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/pagemap.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core/domain.h"
#include "core/live.h"
#include "ipc/copy.h"
#include "ipc/parcel.h"

/**
 * struct isle_parcel - pinned pages
 * @domain: who pays; a reference
 * @offset: where the payload begins in the first page
 * @length: of the payload, not 0
 * @n: how many pages
 * @pages: the pages
 */
struct isle_parcel {
	struct isle_domain *domain;
	u32 offset;
	u32 length;
	int n;
	struct page *pages[];
};

/* How often to ask for pages that go away again before they are pinned */
#define PIN_TRIES	8

static u64 charge_of(u32 length)
{
	return length + sizeof(struct isle_parcel);
}

/*
 * Pin what is not pinned yet.  Pinning for long does not wait for a pager, so
 * what is not there is asked for first.
 */
static int pin(struct isle_parcel *parcel, u64 address, int n)
{
	int tries = 0;
	int done;

	while (parcel->n < n) {
		u64 at = (address & PAGE_MASK) + ((u64)parcel->n << PAGE_SHIFT);
		size_t left = (u64)(n - parcel->n) << PAGE_SHIFT;

		/* May stay pinned for as long as the receiver likes */
		done = pin_user_pages_fast(at, n - parcel->n, FOLL_LONGTERM,
					   parcel->pages + parcel->n);
		if (done > 0) {
			parcel->n += done;
			continue;
		}
		if (done == -ENOMEM)
			return done;
		if (fatal_signal_pending(current))
			return -EINTR;
		if (tries++ == PIN_TRIES ||
		    fault_in_readable(u64_to_user_ptr(at), left))
			return -EFAULT;
	}
	return 0;
}

/**
 * isle_parcel_make() - pin a payload of the current process
 * @domain: who pays
 * @address: where it is; not trusted
 * @length: bytes, 1 to ISLE_PAYLOAD_MAX
 *
 * Context: process; sleeps, perhaps for as long as a pager does.
 * Return: the parcel, or an ERR_PTR: -EFAULT, -EDQUOT, -ENOMEM, -EINTR.
 */
struct isle_parcel *isle_parcel_make(struct isle_domain *domain, u64 address,
				     u32 length)
{
	u32 offset = offset_in_page(address);
	int n = PAGE_ALIGN((u64)offset + length) >> PAGE_SHIFT;
	struct isle_parcel *parcel;
	int err;

	if (!access_ok(u64_to_user_ptr(address), length))
		return ERR_PTR(-EFAULT);
	err = isle_account_charge(&domain->account, ISLE_QUOTA_MESSAGES,
				  charge_of(length));
	if (err)
		return ERR_PTR(err);
	err = -ENOMEM;
	parcel = kvmalloc(struct_size(parcel, pages, n), GFP_KERNEL_ACCOUNT);
	if (!parcel)
		goto err_charge;
	parcel->offset = offset;
	parcel->length = length;
	parcel->n = 0;
	err = pin(parcel, address, n);
	if (err)
		goto err_pages;
	isle_domain_hold(domain);
	parcel->domain = domain;
	isle_live_inc(ISLE_LIVE_MESSAGES);
	return parcel;

err_pages:
	unpin_user_pages(parcel->pages, parcel->n);
	kvfree(parcel);
err_charge:
	isle_account_uncharge(&domain->account, ISLE_QUOTA_MESSAGES,
			      charge_of(length));
	return ERR_PTR(err);
}

/**
 * isle_parcel_unpack() - copy a parcel into memory of the current process
 * @parcel: the parcel
 * @address: where to; not trusted
 * @string: end it with a zero
 *
 * Context: process; sleeps, perhaps for as long as a pager does.
 * Return: 0, -EFAULT, or -EINTR if a fatal signal came.
 */
int isle_parcel_unpack(const struct isle_parcel *parcel, u64 address,
		       bool string)
{
	u8 __user *to = u64_to_user_ptr(address);
	u32 offset = parcel->offset;
	u32 left = parcel->length;
	size_t failed;
	void *from;
	u32 n;
	int i;

	if (!access_ok(to, left))
		return -EFAULT;
	for (i = 0; left; i++, offset = 0, left -= n, to += n) {
		n = min_t(u32, left, PAGE_SIZE - offset);
		from = kmap_local_page(parcel->pages[i]);
		failed = isle_copy_out(to, from + offset, n);
		kunmap_local(from);
		if (failed)
			return -EFAULT;
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	if (string && put_user(0, to - 1))
		return -EFAULT;
	return 0;
}

/**
 * isle_parcel_free() - let go of a parcel
 * @parcel: the parcel, or NULL
 *
 * Context: process; no lock is held.
 */
void isle_parcel_free(struct isle_parcel *parcel)
{
	if (!parcel)
		return;
	unpin_user_pages(parcel->pages, parcel->n);
	isle_account_uncharge(&parcel->domain->account, ISLE_QUOTA_MESSAGES,
			      charge_of(parcel->length));
	isle_domain_put(parcel->domain);
	kvfree(parcel);
	isle_live_dec(ISLE_LIVE_MESSAGES);
}
