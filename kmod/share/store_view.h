/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_STORE_VIEW_H
#define ISLE_SHARE_STORE_VIEW_H

#include "share/store_node.h"
#include "share/store_tree.h"

struct isle_store_txn;

/**
 * struct isle_store_view - one path, as a domain sees it
 * @dom: who looks
 * @txn: in which transaction, or NULL
 * @path: absolute
 * @spare: what may be needed to change something
 * @rest: how much of the path exists: offset of the first part that does not,
 *	or of the path's end
 * @real: the deepest node that exists, if it is in the tree
 * @own: the transaction's idea of it, if it has one
 *
 * The last three are the result of isle_store_look().  Everything here is done
 * with the store's lock held.  What may return ISLE_STORE_MORE has then changed
 * nothing that matters, and is called again from isle_store_look() on.
 */
struct isle_store_view {
	struct isle_store_dom *dom;
	struct isle_store_txn *txn;
	const char *path;
	struct isle_store_spare *spare;
	size_t rest;
	struct isle_store_node *real;
	struct isle_store_node *own;
};

/* What isle_store_list() calls for each child */
typedef void (*isle_store_each)(void *arg, const char *name, size_t len);

static inline bool isle_store_exists(const struct isle_store_view *view)
{
	return !view->path[view->rest];
}

/* The node that exists, which is read, or changed if the path ends there */
static inline struct isle_store_node *
isle_store_node(const struct isle_store_view *view)
{
	return view->own ?: view->real;
}

int isle_store_look(struct isle_store_view *view);
int isle_store_check(const struct isle_store_view *view, unsigned int may);
int isle_store_make(struct isle_store_view *view,
		    struct isle_store_value *value);
int isle_store_set_value(struct isle_store_view *view,
			 struct isle_store_value *value);
int isle_store_set_perms(struct isle_store_view *view,
			 struct isle_store_perms *perms);
void isle_store_remove_seen(struct isle_store_view *view);
void isle_store_list(const struct isle_store_view *view, isle_store_each each,
		     void *arg);

#endif /* ISLE_SHARE_STORE_VIEW_H */
