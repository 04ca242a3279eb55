/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_STORE_TREE_H
#define ISLE_SHARE_STORE_TREE_H

#include <linux/atomic.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/rbtree.h>
#include <linux/types.h>

#include "core/domain.h"
#include "share/store_node.h"

/* xen/interface/io/xs_wire.h has these, but not for kernels */
#define ISLE_STORE_PATH_MAX	3072
#define ISLE_STORE_RELATIVE_MAX	2048
#define ISLE_STORE_PAYLOAD_MAX	4096

/**
 * struct isle_store_dom - what the store has of a domain
 * @domain: the domain, which this is a slot of
 * @unique: its number since boot (constant)
 * @id: its domid (constant)
 * @dead: it was destroyed; nothing can be begun any more
 * @home: /local/domain/ID until then
 * @paid: nodes that are charged to it
 * @conns: its connections
 * @watches: its watches, by path and age
 * @events: bytes of events that it has not read (atomic)
 * @seen: generation that /local/domain has for it: when it was last linked or
 *	unlinked
 *
 * What is neither constant nor atomic is protected by the store's lock.
 */
struct isle_store_dom {
	struct isle_domain *domain;
	u64 unique;
	u16 id;
	bool dead;
	struct isle_store_node *home;
	struct list_head paid;
	struct list_head conns;
	struct rb_root watches;
	atomic_long_t events;
	u64 seen;
};

extern struct mutex isle_store_lock;

/* Domains */
int isle_store_tree_add(struct isle_store_dom *dom);
void isle_store_tree_del(struct isle_store_dom *dom);
struct isle_store_dom *isle_store_dom_find(u32 id);
struct isle_store_dom *isle_store_dom_next_linked(struct isle_store_dom *dom,
						  u32 *id);
bool isle_store_sees(struct isle_store_dom *dom, struct isle_store_dom *other);

/* Paths */
char *isle_store_path(const struct isle_store_dom *dom, const char *path);
size_t isle_store_part(const char *path, size_t pos);

/* Nodes */
struct isle_store_node *isle_store_root(void);
bool isle_store_lists_domains(const struct isle_store_node *node);
struct isle_store_node *isle_store_real_child(struct isle_store_node *parent,
					      const char *name, size_t len,
					      struct isle_store_dom *dom);
u64 isle_store_generation(const struct isle_store_node *node,
			  const struct isle_store_dom *dom);
u64 isle_store_disguise(u64 gen);
u64 isle_store_changed(struct isle_store_node *node);
void isle_store_real(struct isle_store_node *node, struct isle_store_dom *dom);
void isle_store_remove_node(struct isle_store_node *node);
void isle_store_fire(struct isle_store_node *node,
		     const struct isle_store_perms *old, bool exact);
void isle_store_fire_home(struct isle_store_dom *dom,
			  struct isle_store_dom *other, const char *special);
void isle_store_forget(struct isle_store_dom *dom,
		       struct isle_store_dom *other);

int isle_store_tree_init(void);
void isle_store_tree_exit(void);

#endif /* ISLE_SHARE_STORE_TREE_H */
