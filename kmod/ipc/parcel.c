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
 * A payload that lies in the sender's region (ipc/region.c) is there already,
 * pinned and in a row: its parcel has a reference to the region and no pages.
 *
 * The pages stay the sender's and may change while they are copied; lengths
 * were checked before, and a string's end is written by the receiver.  What is
 * pinned is charged to the sender's domain until the parcel is freed.
 */
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core/domain.h"
#include "core/live.h"
#include "ipc/copy.h"
#include "ipc/parcel.h"
#include "ipc/pin.h"
#include "ipc/region.h"

/* How much of a region is copied before others are asked for */
#define CHUNK	(16 * PAGE_SIZE)

/**
 * struct isle_parcel - a payload on its way
 * @domain: who pays; a reference
 * @charge: how much, in ISLE_QUOTA_MESSAGES
 * @region: where it lies; a reference; or NULL
 * @from: where in the region
 * @offset: where the payload begins in the first page, without a region
 * @length: of the payload, not 0
 * @n: how many pages
 * @pages: the pages, pinned
 */
struct isle_parcel {
	struct isle_domain *domain;
	u64 charge;
	struct isle_region *region;
	const void *from;
	u32 offset;
	u32 length;
	int n;
	struct page *pages[];
};

/**
 * isle_parcel_make() - keep a payload of the current process
 * @domain: who pays
 * @region: memory that is pinned already; or NULL
 * @address: where it is; not trusted
 * @length: bytes, 1 to ISLE_PAYLOAD_MAX
 *
 * Context: process; sleeps, perhaps for as long as a pager does.
 * Return: the parcel, or an ERR_PTR: -EFAULT, -EDQUOT, -ENOMEM, -EINTR.
 */
struct isle_parcel *isle_parcel_make(struct isle_domain *domain,
				     struct isle_region *region, u64 address,
				     u32 length)
{
	const void *from = region ? isle_region_at(region, address, length) :
				    NULL;
	u32 offset = offset_in_page(address);
	int n = from ? 0 : PAGE_ALIGN((u64)offset + length) >> PAGE_SHIFT;
	u64 charge = sizeof(struct isle_parcel) + ((u64)n << PAGE_SHIFT);
	struct isle_parcel *parcel;
	int err;

	if (!access_ok(u64_to_user_ptr(address), length))
		return ERR_PTR(-EFAULT);
	err = isle_account_charge(&domain->account, ISLE_QUOTA_MESSAGES,
				  charge);
	if (err)
		return ERR_PTR(err);
	err = -ENOMEM;
	parcel = kvmalloc(struct_size(parcel, pages, n), GFP_KERNEL_ACCOUNT);
	if (!parcel)
		goto err_charge;
	parcel->charge = charge;
	parcel->region = NULL;
	parcel->from = from;
	parcel->offset = offset;
	parcel->length = length;
	parcel->n = n;
	if (from) {
		isle_region_hold(region);
		parcel->region = region;
	} else {
		err = isle_pin(address, n, false, parcel->pages);
		if (err)
			goto err_parcel;
	}
	isle_domain_hold(domain);
	parcel->domain = domain;
	isle_live_inc(ISLE_LIVE_MESSAGES);
	return parcel;

err_parcel:
	kvfree(parcel);
err_charge:
	isle_account_uncharge(&domain->account, ISLE_QUOTA_MESSAGES, charge);
	return ERR_PTR(err);
}

/* Value: how much of @page from @offset on could not be copied */
static size_t copy_of_page(u8 __user *to, struct page *page, u32 offset, u32 n)
{
	void *from = kmap_local_page(page);
	size_t failed = isle_copy_out(to, from + offset, n);

	kunmap_local(from);
	return failed;
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
	const void *from = parcel->from;
	size_t failed;
	u32 n;
	int i;

	if (!access_ok(to, left))
		return -EFAULT;
	for (i = 0; left; i++, offset = 0, left -= n, to += n) {
		if (from) {
			n = min_t(u32, left, CHUNK);
			failed = isle_copy_out(to, from, n);
			from += n;
		} else {
			n = min_t(u32, left, PAGE_SIZE - offset);
			failed = copy_of_page(to, parcel->pages[i], offset, n);
		}
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
	isle_unpin(parcel->pages, parcel->n);
	isle_region_put(parcel->region);
	isle_account_uncharge(&parcel->domain->account, ISLE_QUOTA_MESSAGES,
			      parcel->charge);
	isle_domain_put(parcel->domain);
	kvfree(parcel);
	isle_live_dec(ISLE_LIVE_MESSAGES);
}
