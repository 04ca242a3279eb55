// SPDX-License-Identifier: GPL-2.0
/*
 * Regions: memory that a task sends payloads from again and again.
 *
 * What is done for each page of a payload, which is to pin, to unpin and to
 * find it, costs as much as to copy it.  A region is pinned once, and the
 * kernel maps it in a row, so that a payload from it costs its copy.
 *
 * A region belongs to the task that registered it and to the payloads that are
 * on their way from it; who lets go of it last, frees it.  Its pages stay the
 * program's, which may write to them at any time; the kernel only reads them.
 * They are charged to the task's domain until the region is freed, and count
 * among the pages that the process has locked (RLIMIT_MEMLOCK): a large page
 * counts as a whole, as it stays whole, and so may count twice.
 *
 * It stands for the memory of the process that registered it: whoever else has
 * the task's file has something else at that address.
 */
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/refcount.h>
#include <linux/sched/mm.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/vmalloc.h>

#include "core/domain.h"
#include "core/live.h"
#include "ipc/pin.h"
#include "ipc/region.h"

/**
 * struct isle_region - memory that payloads come from
 * @refs: the task, and payloads on their way
 * @domain: who pays; a reference
 * @mm: the process's memory, of which only the struct is held (constant)
 * @locked: pages that count among those which it has locked (constant)
 * @address: where it is in the program's memory (constant)
 * @length: bytes, whole pages (constant)
 * @map: where it is in the kernel's memory, read-only (constant)
 * @pages: its pages (constant)
 */
struct isle_region {
	refcount_t refs;
	struct isle_domain *domain;
	struct mm_struct *mm;
	u64 locked;
	u64 address;
	u64 length;
	void *map;
	struct page *pages[];
};

static u64 charge_of(u64 length)
{
	return length + sizeof(struct isle_region);
}

/* How many pages stay in memory because of these */
static u64 count_locked(struct page *const *pages, int n)
{
	struct page *head, *last = NULL;
	u64 locked = 0;
	int i;

	for (i = 0; i < n; i++) {
		head = compound_head(pages[i]);
		if (head != last)
			locked += compound_nr(head);
		last = head;
	}
	return locked;
}

/* As for memory that is registered with io_uring; value: 0 or -ENOMEM. */
static int lock_pages(u64 locked)
{
	u64 limit = rlimit(RLIMIT_MEMLOCK) >> PAGE_SHIFT;

	if (atomic64_add_return(locked, &current->mm->pinned_vm) > limit &&
	    !capable(CAP_IPC_LOCK)) {
		atomic64_sub(locked, &current->mm->pinned_vm);
		return -ENOMEM;
	}
	return 0;
}

/**
 * isle_region_make() - pin and map memory of the current process
 * @domain: who pays
 * @address: where it is, a multiple of the page size; access_ok() has passed
 * @length: bytes, a multiple of the page size, 1 to ISLE_PAYLOAD_MAX
 *
 * Context: process; sleeps, perhaps for as long as a pager does.
 * Return: the region, or an ERR_PTR: -EFAULT, -EDQUOT, -ENOMEM, -EINTR.
 */
struct isle_region *isle_region_make(struct isle_domain *domain, u64 address,
				     u64 length)
{
	int n = length >> PAGE_SHIFT;
	struct isle_region *region;
	int err;

	err = isle_account_charge(&domain->account, ISLE_QUOTA_MESSAGES,
				  charge_of(length));
	if (err)
		return ERR_PTR(err);
	err = -ENOMEM;
	region = kvmalloc(struct_size(region, pages, n), GFP_KERNEL_ACCOUNT);
	if (!region)
		goto err_charge;
	err = isle_pin(address, n, true, region->pages);
	if (err)
		goto err_region;
	region->locked = count_locked(region->pages, n);
	err = lock_pages(region->locked);
	if (err)
		goto err_pages;
	err = -ENOMEM;
	region->map = vmap(region->pages, n, VM_MAP, PAGE_KERNEL_RO);
	if (!region->map)
		goto err_locked;
	mmgrab(current->mm);
	region->mm = current->mm;
	refcount_set(&region->refs, 1);
	region->address = address;
	region->length = length;
	isle_domain_hold(domain);
	region->domain = domain;
	isle_live_inc(ISLE_LIVE_MESSAGES);
	return region;

err_locked:
	atomic64_sub(region->locked, &current->mm->pinned_vm);
err_pages:
	isle_unpin(region->pages, n);
err_region:
	kvfree(region);
err_charge:
	isle_account_uncharge(&domain->account, ISLE_QUOTA_MESSAGES,
			      charge_of(length));
	return ERR_PTR(err);
}

/**
 * isle_region_at() - look for memory of a program in a region
 * @region: the region
 * @address: where it is in the program's memory; not trusted
 * @length: bytes; not trusted
 *
 * Context: a process that has the task's file.
 * Return: where it is in the kernel's memory; NULL if not all of it is there.
 */
const void *isle_region_at(const struct isle_region *region, u64 address,
			   u64 length)
{
	u64 offset = address - region->address;

	if (current->mm != region->mm || address < region->address ||
	    length > region->length || offset > region->length - length)
		return NULL;
	return region->map + offset;
}

/**
 * isle_region_hold() - take a reference
 * @region: the region
 */
void isle_region_hold(struct isle_region *region)
{
	refcount_inc(&region->refs);
}

/**
 * isle_region_put() - give a reference back
 * @region: the region, or NULL
 *
 * Context: process; sleeps.
 */
void isle_region_put(struct isle_region *region)
{
	if (!region || !refcount_dec_and_test(&region->refs))
		return;
	vunmap(region->map);
	isle_unpin(region->pages, region->length >> PAGE_SHIFT);
	atomic64_sub(region->locked, &region->mm->pinned_vm);
	mmdrop(region->mm);
	isle_account_uncharge(&region->domain->account, ISLE_QUOTA_MESSAGES,
			      charge_of(region->length));
	isle_domain_put(region->domain);
	kvfree(region);
	isle_live_dec(ISLE_LIVE_MESSAGES);
}
