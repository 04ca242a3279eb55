/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_STORE_NODE_H
#define ISLE_SHARE_STORE_NODE_H

#include <linux/errno.h>
#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/refcount.h>
#include <linux/types.h>

#include "share/store_perm.h"

struct isle_store_dom;

/**
 * struct isle_store_value - bytes of a node; never changed
 * @ref: nodes that have them
 * @len: how many, at least one
 * @data: the bytes
 */
struct isle_store_value {
	refcount_t ref;
	u32 len;
	u8 data[];
};

/**
 * enum isle_store_state - what a node is
 * @ISLE_STORE_REAL: in the tree that all domains see parts of
 * @ISLE_STORE_PASS: in a transaction: on the way to another one of it
 * @ISLE_STORE_SEEN: in a transaction: was read, and perhaps changed
 * @ISLE_STORE_NEW: in a transaction: was made by it; nothing below the real
 *	one, if there is one, is seen through it
 * @ISLE_STORE_GONE: in a transaction: was removed by it, and all below
 */
enum isle_store_state {
	ISLE_STORE_REAL,
	ISLE_STORE_PASS,
	ISLE_STORE_SEEN,
	ISLE_STORE_NEW,
	ISLE_STORE_GONE,
};

/**
 * struct isle_store_node - an entry of the store, or a transaction's idea of one
 * @by_name: in its parent's @children
 * @list: in its parent's @order; spare ones: in struct isle_store_spare
 * @children: nodes below, by name
 * @order: nodes below, in the order in which they were made
 * @parent: the node above
 * @payer: whose quota it is charged to, or NULL
 * @paid: in the payer's list of nodes; only real ones
 * @charged: how many bytes are
 * @home: for /local/domain/ID of the real tree: the domain
 * @value: its bytes, or NULL if there are none
 * @perms: who may do what
 * @generation: real: when it or its list of children changed; in a transaction:
 *	the real one's when it was read; spare: where in the path its name is
 * @below: when it or any node below it changed; in a transaction, if the node
 *	is gone: the real one's at that time
 * @base: while a transaction ends: the real node in its place, or NULL
 * @state: enum isle_store_state
 * @fixed: made by the module, goes with its domain only
 * @had_base: in a transaction: there was a real one
 * @modified: in a transaction: value or permissions are not the real one's
 * @fire: in a transaction: watches have to be told
 * @name_len: of @name, without the NUL
 * @name: last part of its path
 *
 * All of it is protected by the store's lock.
 */
struct isle_store_node {
	struct rb_node by_name;
	struct list_head list;
	struct rb_root children;
	struct list_head order;
	struct isle_store_node *parent;
	struct isle_store_dom *payer;
	struct list_head paid;
	size_t charged;
	struct isle_store_dom *home;
	struct isle_store_value *value;
	struct isle_store_perms *perms;
	u64 generation;
	u64 below;
	struct isle_store_node *base;
	u8 state;
	bool fixed;
	bool had_base;
	bool modified;
	bool fire;
	u16 name_len;
	char name[];
};

struct isle_store_value *isle_store_value_alloc(const void *data, size_t len);
struct isle_store_value *isle_store_value_get(struct isle_store_value *value);
void isle_store_value_put(struct isle_store_value *value);

static inline size_t isle_store_value_size(const struct isle_store_value *value)
{
	return value ? sizeof(*value) + value->len : 0;
}

struct isle_store_node *isle_store_node_alloc(const char *name, size_t len);
void isle_store_node_free(struct isle_store_node *node);
size_t isle_store_node_cost(const struct isle_store_node *node,
			    const struct isle_store_value *value,
			    const struct isle_store_perms *perms);
int isle_store_node_pay(struct isle_store_node *node, size_t cost);
void isle_store_node_payer(struct isle_store_node *node,
			   struct isle_store_dom *payer);
struct isle_store_node *isle_store_child(const struct isle_store_node *parent,
					 const char *name, size_t len);
void isle_store_attach(struct isle_store_node *parent,
		       struct isle_store_node *node);
void isle_store_detach(struct isle_store_node *node);
struct isle_store_node *isle_store_leaf(struct isle_store_node *node);
struct isle_store_node *isle_store_below(const struct isle_store_node *top,
					 struct isle_store_node *node);
struct isle_store_node *isle_store_past(const struct isle_store_node *top,
					struct isle_store_node *node);

/**
 * struct isle_store_spare - nodes and permissions made before the lock is taken
 * @nodes: in the order of the path
 * @want: where in the path the first part is that a node is needed for
 * @perms: permissions with room for @n entries, or NULL
 * @n: see @perms
 * @want_perms: how many entries are needed, or 0
 *
 * What may be missing is only known under the lock, where memory cannot be
 * waited for.  Who lacks something says what, and returns ISLE_STORE_MORE
 * before it has changed anything; the caller unlocks, makes it, and tries again.
 */
struct isle_store_spare {
	struct list_head nodes;
	size_t want;
	struct isle_store_perms *perms;
	unsigned int n;
	unsigned int want_perms;
};

#define ISLE_STORE_MORE		(-ENOBUFS)

void isle_store_spare_init(struct isle_store_spare *spare);
int isle_store_spare_fill(struct isle_store_spare *spare, const char *path);
struct isle_store_node *isle_store_spare_take(struct isle_store_spare *spare,
					      size_t offset);
bool isle_store_spare_has(const struct isle_store_spare *spare, size_t offset);
void isle_store_spare_free(struct isle_store_spare *spare);

#endif /* ISLE_SHARE_STORE_NODE_H */
