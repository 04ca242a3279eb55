// SPDX-License-Identifier: GPL-2.0
/*
 * What a domain sees of the store, and changes, in a transaction or not.
 *
 * A transaction has a tree of its own, of the nodes that it has read or
 * changed and those on the way to them (store_txn.c says what becomes of it).
 * Looking up a path goes down both trees at a time; what the transaction has
 * wins.
 *
 * The store's lock is held in all of this file.
 */
#include "share/store_txn.h"
#include "share/store_view.h"
#include "share/store_watch.h"

static size_t step(const char *path, size_t pos, size_t len)
{
	pos += len;
	return path[pos] == '/' ? pos + 1 : pos;
}

/* Whether there is a node: the transaction's, if it has one, else the real one */
static bool exists(const struct isle_store_node *own,
		   const struct isle_store_node *real)
{
	if (!own || own->state == ISLE_STORE_PASS)
		return real;
	return own->state != ISLE_STORE_GONE;
}

/* Find how much of the path exists. */
static void walk(struct isle_store_view *view)
{
	struct isle_store_node *real = isle_store_root(), *own = NULL;
	const char *path = view->path;
	size_t pos = 1, len;

	if (view->txn)
		own = view->txn->root;
	while ((len = isle_store_part(path, pos))) {
		struct isle_store_node *r = NULL, *o = NULL;

		if (own)
			o = isle_store_child(own, path + pos, len);
		if (real)
			r = isle_store_real_child(real, path + pos, len,
						  view->dom);
		if (!exists(o, r))
			break;
		/* what it has made hides whatever was there */
		if (o && o->state == ISLE_STORE_NEW)
			r = NULL;
		real = r;
		own = o;
		pos = step(path, pos, len);
	}
	view->rest = pos;
	view->real = real;
	view->own = own;
}

/* Make nodes of the transaction's own on the way to the deepest node. */
static int pave(struct isle_store_view *view)
{
	struct isle_store_node *own = view->txn->root, *child;
	const char *path = view->path;
	size_t pos = 1, len;
	int err;

	while (pos < view->rest) {
		len = isle_store_part(path, pos);
		child = isle_store_child(own, path + pos, len);
		if (!child) {
			if (!isle_store_spare_has(view->spare, pos)) {
				view->spare->want = pos;
				return ISLE_STORE_MORE;
			}
			child = isle_store_spare_take(view->spare, pos);
			child->state = ISLE_STORE_PASS;
			isle_store_node_payer(child, view->dom);
			err = isle_store_node_pay(child,
						  isle_store_node_cost(child,
								       NULL,
								       NULL));
			if (err) {
				isle_store_node_free(child);
				return err;
			}
			isle_store_attach(own, child);
		}
		own = child;
		pos = step(path, pos, len);
	}
	view->own = own;
	return 0;
}

/* Let the transaction remember what the deepest node is like now. */
static int remember(struct isle_store_view *view)
{
	struct isle_store_node *own = view->own, *real = view->real;
	struct isle_store_txn *txn = view->txn;
	int err;

	if (own->state != ISLE_STORE_PASS)
		return 0;
	if (txn->nodes >= ISLE_STORE_TXN_NODES)
		return -ENOSPC;
	err = isle_store_node_pay(own, isle_store_node_cost(own, real->value,
							    real->perms));
	if (err)
		return err;
	own->value = isle_store_value_get(real->value);
	own->perms = isle_store_perms_get(real->perms);
	own->generation = isle_store_generation(real, view->dom);
	own->had_base = true;
	own->state = ISLE_STORE_SEEN;
	txn->nodes++;
	return 0;
}

/**
 * isle_store_look() - find what of a path exists
 * @view: filled in as far as the path
 *
 * In a transaction this counts as reading the deepest node that exists.
 *
 * Return: 0, ISLE_STORE_MORE, -EDQUOT, -ENOSPC (too much for a transaction).
 */
int isle_store_look(struct isle_store_view *view)
{
	int err = 0;

	lockdep_assert_held(&isle_store_lock);
	walk(view);
	if (!view->txn)
		return 0;
	if (!view->own)
		err = pave(view);
	return err ?: remember(view);
}

/**
 * isle_store_check() - whether the path exists, and what may be done there
 * @view: the view
 * @may: what is to be done, a set of ISLE_STORE_*
 *
 * As in xenstored, a node can be open to somebody who may not see the nodes
 * above it, but whether one is absent is told only to who may do the same with
 * the deepest that exists.
 *
 * Return: 0, -ENOENT, -EACCES.
 */
int isle_store_check(const struct isle_store_view *view, unsigned int may)
{
	unsigned int allowed;

	allowed = isle_store_may(isle_store_node(view)->perms, view->dom);
	if (isle_store_exists(view))
		return (allowed & may) == may ? 0 : -EACCES;
	return allowed & may ? -ENOENT : -EACCES;
}

/* Permissions of what is made below a node, for the caller to put. */
static struct isle_store_perms *perms_below(struct isle_store_view *view,
					    struct isle_store_perms *above)
{
	struct isle_store_spare *spare = view->spare;
	struct isle_store_perms *perms;

	if (above->perm[0].unique == view->dom->unique)
		return isle_store_perms_get(above);
	if (!spare->perms || spare->n < above->n) {
		spare->want_perms = above->n;
		return NULL;
	}
	perms = spare->perms;
	spare->perms = NULL;
	isle_store_perms_inherit(perms, above, view->dom);
	return perms;
}

/* Free nodes that were not attached: @last, and those above it. */
static void chain_free(struct isle_store_node *last)
{
	while (last) {
		struct isle_store_node *above = last->parent;

		if (above)
			isle_store_detach(last);
		isle_store_node_free(last);
		last = above;
	}
}

/* The missing nodes, one below the other; value: the last one, or an ERR_PTR */
static struct isle_store_node *chain(struct isle_store_view *view,
				     struct isle_store_perms *perms,
				     struct isle_store_value *value)
{
	struct isle_store_node *last = NULL, *node;
	size_t pos = view->rest, len;
	int err;

	while ((len = isle_store_part(view->path, pos))) {
		node = isle_store_spare_take(view->spare, pos);
		pos = step(view->path, pos, len);
		if (last)
			isle_store_attach(last, node);
		last = node;
		node->state = ISLE_STORE_NEW;
		node->perms = isle_store_perms_get(perms);
		if (!view->path[pos])
			node->value = isle_store_value_get(value);
		isle_store_node_payer(node, view->dom);
		err = isle_store_node_pay(node,
					  isle_store_node_cost(node,
							       node->value,
							       perms));
		if (!err && view->txn &&
		    ++view->txn->nodes > ISLE_STORE_TXN_NODES)
			err = -ENOSPC;
		if (err) {
			chain_free(last);
			return ERR_PTR(err);
		}
	}
	return last;
}

/* Free what a transaction has below a node. */
static void prune(struct isle_store_node *own)
{
	struct isle_store_node *leaf;

	while ((leaf = isle_store_leaf(own)) != own) {
		isle_store_detach(leaf);
		isle_store_node_free(leaf);
	}
}

/* Put new nodes into a transaction, perhaps in the place of one. */
static void attach_own(struct isle_store_txn *txn,
		       struct isle_store_node *parent,
		       struct isle_store_node *top)
{
	struct isle_store_node *old;

	old = isle_store_child(parent, top->name, top->name_len);
	if (old) {
		if (old->state == ISLE_STORE_GONE) {
			top->had_base = old->had_base;
			top->below = old->below;
		} else {
			/* it has read below one that others have removed */
			txn->failed = true;
			prune(old);
		}
		isle_store_detach(old);
		isle_store_node_free(old);
	}
	isle_store_attach(parent, top);
}

/**
 * isle_store_make() - make the node and those above it that are missing
 * @view: the view; may be written
 * @value: of the node, or NULL
 *
 * Return: 0, ISLE_STORE_MORE, -EDQUOT, -ENOSPC (too much for a transaction).
 */
int isle_store_make(struct isle_store_view *view,
		    struct isle_store_value *value)
{
	struct isle_store_node *parent = isle_store_node(view), *last, *top;
	struct isle_store_perms *perms;

	perms = perms_below(view, parent->perms);
	if (!isle_store_spare_has(view->spare, view->rest))
		view->spare->want = view->rest;
	if (!perms || view->spare->want) {
		isle_store_perms_put(perms);
		return ISLE_STORE_MORE;
	}
	last = chain(view, perms, value);
	isle_store_perms_put(perms);
	if (IS_ERR(last))
		return PTR_ERR(last);
	for (top = last; top->parent; )
		top = top->parent;

	if (view->txn) {
		attach_own(view->txn, parent, top);
		last->fire = true;
		return 0;
	}
	isle_store_attach(parent, top);
	for (; top; top = isle_store_below(last, top))
		isle_store_real(top, view->dom);
	isle_store_fire(last, NULL, false);
	return 0;
}

/**
 * isle_store_set_value() - change a node's value
 * @view: the view; exists and may be written
 * @value: the value, or NULL
 *
 * Return: 0 or -EDQUOT.
 */
int isle_store_set_value(struct isle_store_view *view,
			 struct isle_store_value *value)
{
	struct isle_store_node *node = isle_store_node(view);
	int err;

	err = isle_store_node_pay(node, isle_store_node_cost(node, value,
							     node->perms));
	if (err)
		return err;
	isle_store_value_put(node->value);
	node->value = isle_store_value_get(value);
	if (view->txn) {
		node->modified = true;
		node->fire = true;
	} else {
		isle_store_changed(node);
		isle_store_fire(node, NULL, false);
	}
	return 0;
}

/**
 * isle_store_set_perms() - change a node's permissions
 * @view: the view; exists and belongs to who looks
 * @perms: the permissions
 *
 * Return: 0 or -EDQUOT.
 */
int isle_store_set_perms(struct isle_store_view *view,
			 struct isle_store_perms *perms)
{
	struct isle_store_node *node = isle_store_node(view);
	struct isle_store_perms *old = node->perms;
	int err;

	err = isle_store_node_pay(node, isle_store_node_cost(node, node->value,
							     perms));
	if (err)
		return err;
	node->perms = isle_store_perms_get(perms);
	if (view->txn) {
		node->modified = true;
		node->fire = true;
	} else {
		isle_store_changed(node);
		isle_store_fire(node, old, false);
	}
	isle_store_perms_put(old);
	return 0;
}

/**
 * isle_store_remove_seen() - remove a node and all below
 * @view: the view; exists, may be written, and is not fixed
 */
void isle_store_remove_seen(struct isle_store_view *view)
{
	struct isle_store_node *own = view->own;

	if (!view->txn) {
		isle_store_remove_node(view->real);
		return;
	}
	/* What was read below it is forgotten, so it is compared now */
	own->base = view->real;
	if (isle_store_txn_conflict(view->txn, own))
		view->txn->failed = true;
	prune(own);
	if (!own->had_base) {
		isle_store_detach(own);
		isle_store_node_free(own);
		return;
	}
	if (view->real)
		own->below = view->real->below;
	isle_store_node_pay(own, isle_store_node_cost(own, NULL, NULL));
	isle_store_value_put(own->value);
	isle_store_perms_put(own->perms);
	own->value = NULL;
	own->perms = NULL;
	own->state = ISLE_STORE_GONE;
	own->modified = false;
}

/* Whom a domain sees, by number, as what is below /local/domain. */
static void list_domains(struct isle_store_dom *dom, isle_store_each each,
			 void *arg)
{
	struct isle_store_dom *other;
	bool self = false;
	u32 id = 0;

	do {
		other = isle_store_dom_next_linked(dom, &id);
		if (!self && (!other || other->id > dom->id)) {
			each(arg, dom->home->name, dom->home->name_len);
			self = true;
		}
		if (other)
			each(arg, other->home->name, other->home->name_len);
	} while (other);
}

/**
 * isle_store_list() - list what is below a node
 * @view: the view; exists
 * @each: called for each child, in the order in which they were made
 * @arg: its first argument
 */
void isle_store_list(const struct isle_store_view *view, isle_store_each each,
		     void *arg)
{
	struct isle_store_node *node, *own;

	if (view->real && isle_store_lists_domains(view->real)) {
		list_domains(view->dom, each, arg);
		return;
	}
	if (view->real)
		list_for_each_entry(node, &view->real->order, list) {
			own = NULL;
			if (view->own)
				own = isle_store_child(view->own, node->name,
						       node->name_len);
			if (!own || own->state == ISLE_STORE_PASS ||
			    own->state == ISLE_STORE_SEEN)
				each(arg, node->name, node->name_len);
		}
	if (view->own)
		list_for_each_entry(own, &view->own->order, list)
			if (own->state == ISLE_STORE_NEW)
				each(arg, own->name, own->name_len);
}
