// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes of the store: names, values, places in a tree, and what they cost.
 *
 * The same struct serves the tree itself and transactions, which keep nodes
 * of their own for what they have read and changed.  Values and permissions are
 * counted and constant, so both can have them at a time; each node is charged
 * as if it had them alone, so nobody keeps anything at another one's expense.
 *
 * The store's lock (store_tree.c) protects all of it.  Memory is allocated
 * before the lock is taken.
 */
#include <linux/slab.h>
#include <linux/string.h>

#include "core/domain.h"
#include "core/live.h"
#include "share/store_node.h"
#include "share/store_tree.h"

/**
 * isle_store_value_alloc() - make a value
 * @data: bytes
 * @len: how many, at least one
 *
 * Return: with one reference, or NULL.
 */
struct isle_store_value *isle_store_value_alloc(const void *data, size_t len)
{
	struct isle_store_value *value;

	value = kmalloc(sizeof(*value) + len, GFP_KERNEL_ACCOUNT);
	if (!value)
		return NULL;
	refcount_set(&value->ref, 1);
	value->len = len;
	memcpy(value->data, data, len);
	return value;
}

/**
 * isle_store_value_get() - take a reference
 * @value: the value, or NULL
 *
 * Return: @value.
 */
struct isle_store_value *isle_store_value_get(struct isle_store_value *value)
{
	if (value)
		refcount_inc(&value->ref);
	return value;
}

/**
 * isle_store_value_put() - give a reference back
 * @value: the value, or NULL
 */
void isle_store_value_put(struct isle_store_value *value)
{
	if (value && refcount_dec_and_test(&value->ref))
		kfree(value);
}

/**
 * isle_store_node_alloc() - make a node that is nowhere
 * @name: its name; need not be terminated
 * @len: of it
 *
 * Return: the node, or NULL.
 */
struct isle_store_node *isle_store_node_alloc(const char *name, size_t len)
{
	struct isle_store_node *node;

	node = kzalloc(struct_size(node, name, len + 1), GFP_KERNEL_ACCOUNT);
	if (!node)
		return NULL;
	INIT_LIST_HEAD(&node->list);
	INIT_LIST_HEAD(&node->order);
	INIT_LIST_HEAD(&node->paid);
	node->children = RB_ROOT;
	node->name_len = len;
	memcpy(node->name, name, len);
	isle_live_inc(ISLE_LIVE_STORE);
	return node;
}

/**
 * isle_store_node_free() - free a node that is nowhere, and uncharge it
 * @node: the node; has no children
 *
 * Context: any; if it was ever charged, the store's lock is held.
 */
void isle_store_node_free(struct isle_store_node *node)
{
	WARN_ON_ONCE(!list_empty(&node->order));
	isle_store_node_payer(node, NULL);
	isle_store_value_put(node->value);
	isle_store_perms_put(node->perms);
	isle_live_dec(ISLE_LIVE_STORE);
	kfree(node);
}

/**
 * isle_store_node_cost() - what a node is charged
 * @node: the node
 * @value: the value that it is to have, or NULL
 * @perms: the permissions that it is to have, or NULL
 *
 * Return: bytes.
 */
size_t isle_store_node_cost(const struct isle_store_node *node,
			    const struct isle_store_value *value,
			    const struct isle_store_perms *perms)
{
	return sizeof(*node) + node->name_len + 1 +
	       isle_store_value_size(value) +
	       (perms ? isle_store_perms_size(perms->n) : 0);
}

/**
 * isle_store_node_pay() - charge a node's payer for what it is about to cost
 * @node: the node
 * @cost: bytes
 *
 * Return: 0, or -EDQUOT; never if @cost is not more than what is charged.
 */
int isle_store_node_pay(struct isle_store_node *node, size_t cost)
{
	struct isle_account *account;
	int err;

	if (!node->payer)
		return 0;
	account = &node->payer->domain->account;
	if (cost > node->charged) {
		err = isle_account_charge(account, ISLE_QUOTA_STORE,
					  cost - node->charged);
		if (err)
			return err;
	} else {
		isle_account_uncharge(account, ISLE_QUOTA_STORE,
				      node->charged - cost);
	}
	node->charged = cost;
	return 0;
}

/**
 * isle_store_node_payer() - say who pays for a node from now on
 * @node: the node; what was charged is given back
 * @payer: the domain, or NULL; nothing is charged yet
 */
void isle_store_node_payer(struct isle_store_node *node,
			   struct isle_store_dom *payer)
{
	isle_store_node_pay(node, 0);
	node->payer = payer;
	node->charged = 0;
}

static int compare(const struct isle_store_node *node, const char *name,
		   size_t len)
{
	int diff = memcmp(name, node->name, min_t(size_t, len, node->name_len));

	return diff ?: (int)len - (int)node->name_len;
}

/**
 * isle_store_child() - find a child by name
 * @parent: the node above
 * @name: the name; need not be terminated
 * @len: of it
 *
 * Return: the child, or NULL.
 */
struct isle_store_node *isle_store_child(const struct isle_store_node *parent,
					 const char *name, size_t len)
{
	struct rb_node *rb = parent->children.rb_node;

	while (rb) {
		struct isle_store_node *node;
		int diff;

		node = rb_entry(rb, struct isle_store_node, by_name);
		diff = compare(node, name, len);
		if (!diff)
			return node;
		rb = diff < 0 ? rb->rb_left : rb->rb_right;
	}
	return NULL;
}

/**
 * isle_store_attach() - put a node below another one
 * @parent: the node above; has no child of this name
 * @node: the node, which is nowhere
 */
void isle_store_attach(struct isle_store_node *parent,
		       struct isle_store_node *node)
{
	struct rb_node **link = &parent->children.rb_node, *above = NULL;

	while (*link) {
		struct isle_store_node *other;

		above = *link;
		other = rb_entry(above, struct isle_store_node, by_name);
		link = compare(other, node->name, node->name_len) < 0 ?
		       &above->rb_left : &above->rb_right;
	}
	rb_link_node(&node->by_name, above, link);
	rb_insert_color(&node->by_name, &parent->children);
	list_add_tail(&node->list, &parent->order);
	node->parent = parent;
}

/**
 * isle_store_detach() - undo isle_store_attach()
 * @node: the node
 */
void isle_store_detach(struct isle_store_node *node)
{
	rb_erase(&node->by_name, &node->parent->children);
	list_del_init(&node->list);
	node->parent = NULL;
}

/**
 * isle_store_leaf() - find a node without children, the first in order
 * @node: where to begin
 *
 * Trees are taken apart leaf by leaf: paths have up to 1,500 parts, which is
 * too deep for recursion.
 *
 * Return: @node or one below.
 */
struct isle_store_node *isle_store_leaf(struct isle_store_node *node)
{
	while (!list_empty(&node->order))
		node = list_first_entry(&node->order, struct isle_store_node,
					list);
	return node;
}

/**
 * isle_store_past() - walk a tree, leaving out what is below a node
 * @top: its top
 * @node: the node
 *
 * Return: the next one that is not below @node, or NULL.
 */
struct isle_store_node *isle_store_past(const struct isle_store_node *top,
					struct isle_store_node *node)
{
	for (; node != top; node = node->parent)
		if (!list_is_last(&node->list, &node->parent->order))
			return list_next_entry(node, list);
	return NULL;
}

/**
 * isle_store_below() - walk a tree, parents before their children
 * @top: its top
 * @node: the last one; @top to begin
 *
 * Return: the next one, or NULL.
 */
struct isle_store_node *isle_store_below(const struct isle_store_node *top,
					 struct isle_store_node *node)
{
	if (!list_empty(&node->order))
		return list_first_entry(&node->order, struct isle_store_node,
					list);
	return isle_store_past(top, node);
}

/**
 * isle_store_spare_init() - begin with nothing
 * @spare: for isle_store_spare_free() in the end
 */
void isle_store_spare_init(struct isle_store_spare *spare)
{
	*spare = (struct isle_store_spare) {
		.nodes = LIST_HEAD_INIT(spare->nodes),
	};
}

/**
 * isle_store_spare_fill() - make what was asked for
 * @spare: says what
 * @path: the path whose parts the nodes are for
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int isle_store_spare_fill(struct isle_store_spare *spare, const char *path)
{
	struct isle_store_node *node;
	size_t pos = spare->want, len;

	if (spare->want_perms) {
		isle_store_perms_put(spare->perms);
		spare->perms = isle_store_perms_alloc(spare->want_perms);
		if (!spare->perms)
			return -ENOMEM;
		spare->n = spare->want_perms;
		spare->want_perms = 0;
	}
	if (!pos)
		return 0;
	while (!list_empty(&spare->nodes)) {
		node = list_first_entry(&spare->nodes, struct isle_store_node,
					list);
		list_del_init(&node->list);
		isle_store_node_free(node);
	}
	spare->want = 0;
	while ((len = isle_store_part(path, pos))) {
		node = isle_store_node_alloc(path + pos, len);
		if (!node)
			return -ENOMEM;
		node->generation = pos;
		list_add_tail(&node->list, &spare->nodes);
		pos += len + (path[pos + len] == '/');
	}
	return 0;
}

/**
 * isle_store_spare_has() - whether there are nodes from a part of the path on
 * @spare: the spare nodes
 * @offset: where the part is
 *
 * Return: true if there is one for it and for each that follows.
 */
bool isle_store_spare_has(const struct isle_store_spare *spare, size_t offset)
{
	const struct isle_store_node *node;

	if (list_empty(&spare->nodes))
		return false;
	node = list_first_entry(&spare->nodes, struct isle_store_node, list);
	return node->generation <= offset;
}

/**
 * isle_store_spare_take() - take the node for a part of the path
 * @spare: isle_store_spare_has() it
 * @offset: where the part is
 *
 * Those for earlier parts turned out not to be needed and are freed.
 *
 * Return: the node.
 */
struct isle_store_node *isle_store_spare_take(struct isle_store_spare *spare,
					      size_t offset)
{
	struct isle_store_node *node;
	u64 at;

	do {
		node = list_first_entry(&spare->nodes, struct isle_store_node,
					list);
		list_del_init(&node->list);
		at = node->generation;
		if (at != offset)
			isle_store_node_free(node);
	} while (at != offset);
	node->generation = 0;
	return node;
}

/**
 * isle_store_spare_free() - free what was not needed
 * @spare: the spare nodes
 */
void isle_store_spare_free(struct isle_store_spare *spare)
{
	struct isle_store_node *node, *next;

	list_for_each_entry_safe(node, next, &spare->nodes, list) {
		list_del_init(&node->list);
		isle_store_node_free(node);
	}
	isle_store_perms_put(spare->perms);
}
