// SPDX-License-Identifier: GPL-2.0
/*
 * Maps: references to grants that a program maps together, through gntdev.
 *
 * A map begins as a list of references and gets the pages when it is mapped.
 * It lives as long as its file has it listed and for each vma; then its
 * notification fires and the pages are given back, all of them at once,
 * whatever munmap did to parts of it.  It is charged from the beginning, so
 * that what is only written down has a bound, too.
 *
 * Locks: its own fields are protected by the lock of its file, see struct
 * isle_map.  Without one: @users.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <xen/interface/grant_table.h>
#include <xen/gntdev.h>

#include "core/compat.h"
#include "core/domain.h"
#include "share/grant.h"
#include "share/map.h"

static void map_free(struct isle_map *map)
{
	isle_account_uncharge(&map->domain->account, ISLE_QUOTA_MAPPINGS,
			      map->count);
	kvfree(map->grants);
	kvfree(map->refs);
	kfree(map);
}

/**
 * isle_map_make() - a map with room for references
 * @domain: the mapper, which is charged; the caller has a reference, and keeps
 *	it longer than the map
 * @count: how many, at least 1
 *
 * Return: the map with one user, or an ERR_PTR: -EDQUOT, -ENOMEM.
 */
struct isle_map *isle_map_make(struct isle_domain *domain, u32 count)
{
	struct isle_map *map;
	int err;

	err = isle_account_charge(&domain->account, ISLE_QUOTA_MAPPINGS, count);
	if (err)
		return ERR_PTR(err);
	map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	if (!map) {
		isle_account_uncharge(&domain->account, ISLE_QUOTA_MAPPINGS,
				      count);
		return ERR_PTR(-ENOMEM);
	}
	refcount_set(&map->users, 1);
	map->domain = domain;
	map->count = count;
	map->grants = kvcalloc(count, sizeof(*map->grants), GFP_KERNEL_ACCOUNT);
	map->refs = kvcalloc(count, sizeof(*map->refs), GFP_KERNEL_ACCOUNT);
	if (!map->grants || !map->refs) {
		map_free(map);
		return ERR_PTR(-ENOMEM);
	}
	return map;
}

static void put_grants(struct isle_map *map, u32 n)
{
	while (n--)
		isle_grant_put(map->grants[n]);
}

static int get_grants(struct isle_map *map, bool write)
{
	struct isle_grant *grant;
	u32 i;

	for (i = 0; i < map->count; i++) {
		grant = isle_grant_get(map->domain, map->refs[i].domid,
				       map->refs[i].ref, write);
		if (IS_ERR(grant)) {
			put_grants(map, i);
			/* The only one that the driver for Xen has */
			return -EINVAL;
		}
		map->grants[i] = grant;
	}
	return 0;
}

/**
 * isle_map_put() - cease to be a user; with the last one the map goes
 * @map: the map
 *
 * Context: process; under none of the locks that share/ has but gntdev's.
 */
void isle_map_put(struct isle_map *map)
{
	struct page *page = NULL;

	if (!refcount_dec_and_test(&map->users))
		return;
	if (map->mapped && map->write)
		page = isle_grant_page(map->grants[map->notify.offset >>
						   PAGE_SHIFT]);
	isle_notify_fire(&map->notify, page);
	if (map->mapped)
		put_grants(map, map->count);
	map_free(map);
}

static void vma_open(struct vm_area_struct *vma)
{
	struct isle_map *map = vma->vm_private_data;

	refcount_inc(&map->users);
}

static void vma_close(struct vm_area_struct *vma)
{
	isle_map_put(vma->vm_private_data);
}

/* Only for what was discarded: mmap(2) has put everything in place. */
static vm_fault_t vma_fault(struct vm_fault *vmf)
{
	struct isle_map *map = vmf->vma->vm_private_data;
	unsigned long i = vmf->pgoff - map->index;

	if (i >= map->count)
		return VM_FAULT_SIGBUS;
	vmf->page = isle_grant_page(map->grants[i]);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct vm_ops = {
	.open = vma_open,
	.close = vma_close,
	.fault = vma_fault,
};

/**
 * isle_map_enter() - put a map's pages into a vma
 * @map: the map, which nobody else is mapping; the caller's use of it becomes
 *	the vma's
 * @vma: of its size; with VM_WRITE: for writing, too
 *
 * For reading only is for good: neither mprotect(2) nor a debugger can change
 * it, and a private mapping makes no copies.
 *
 * Context: from mmap(2).
 * Return: 0, -EINVAL (one of the references cannot be mapped so), -ENOMEM.
 */
int isle_map_enter(struct isle_map *map, struct vm_area_struct *vma)
{
	bool write = vma->vm_flags & VM_WRITE;
	u32 i;
	int err;

	err = get_grants(map, write);
	if (err)
		return err;
	isle_vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_MIXEDMAP,
			  write ? 0 : VM_MAYWRITE);
	for (i = 0; i < map->count; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE,
				     isle_grant_page(map->grants[i]));
		if (err) {
			/* What is in place has references of its own */
			put_grants(map, map->count);
			return err;
		}
	}
	vma->vm_private_data = map;
	vma->vm_ops = &vm_ops;
	return 0;
}

/**
 * isle_map_of() - what is mapped in a vma
 * @vma: any
 *
 * Context: holds the mmap_lock.
 * Return: the map, or NULL if it is something else.
 */
struct isle_map *isle_map_of(const struct vm_area_struct *vma)
{
	return vma->vm_ops == &vm_ops ? vma->vm_private_data : NULL;
}
