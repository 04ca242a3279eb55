/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_MAP_H
#define ISLE_SHARE_MAP_H

#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "share/notify.h"

struct ioctl_gntdev_grant_ref;
struct isle_domain;
struct isle_grant;
struct vm_area_struct;

/**
 * struct isle_map - references to grants that are mapped together
 * @users: the gntdev file, vmas, and calls
 * @node: in the file's tree (gntdev.lock)
 * @listed: it is in the file's tree (gntdev.lock)
 * @used: it is being mapped or was (gntdev.lock)
 * @mapped: @grants are there for good (gntdev.lock)
 * @write: they may be written to; set with @mapped (gntdev.lock)
 * @domain: the mapper; the file, which vmas keep open, has a reference
 * @index: page number in the file (constant once listed)
 * @count: how many pages (constant)
 * @notify: what happens in the end (gntdev.lock while it is listed)
 * @grants: the pages, while it is @used
 * @refs: what they are called (constant once listed)
 */
struct isle_map {
	refcount_t users;
	struct rb_node node;
	bool listed;
	bool used;
	bool mapped;
	bool write;
	struct isle_domain *domain;
	unsigned long index;
	u32 count;
	struct isle_notify notify;
	struct isle_grant **grants;
	struct ioctl_gntdev_grant_ref *refs;
};

struct isle_map *isle_map_make(struct isle_domain *domain, u32 count);
void isle_map_put(struct isle_map *map);
int isle_map_enter(struct isle_map *map, struct vm_area_struct *vma);
struct isle_map *isle_map_of(const struct vm_area_struct *vma);

#endif /* ISLE_SHARE_MAP_H */
