/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_STORE_WATCH_H
#define ISLE_SHARE_STORE_WATCH_H

#include <linux/list.h>
#include <linux/rbtree.h>
#include <linux/types.h>

struct isle_store_dom;
struct isle_store_watch;

/**
 * struct isle_store_watch_ops - what is behind a watch
 * @fire: something changed at @path, which is as the watcher gave its own:
 *	absolute or relative.  The store's lock is held: it must neither sleep
 *	nor come back to the store.
 */
struct isle_store_watch_ops {
	void (*fire)(struct isle_store_watch *watch, const char *path,
		     size_t len);
};

/**
 * struct isle_store_watch - somebody wants to know when something changes
 * @ops: who is told (constant)
 * @dom: whose it is (constant)
 * @by_path: in the domain's watches, if it is there
 * @hit: while watches are told: in the list of those
 * @seq: its age
 * @active: it is in the domain's watches; once it is not, it never is again
 * @charged: bytes that the domain was charged, besides the watch itself
 * @skip: how much of a path is not told, because the watch is relative (constant)
 * @len: of @path (constant)
 * @path: absolute, or the name of special event (constant)
 *
 * What is not constant is protected by the store's lock.
 */
struct isle_store_watch {
	const struct isle_store_watch_ops *ops;
	struct isle_store_dom *dom;
	struct rb_node by_path;
	struct list_head hit;
	u64 seq;
	bool active;
	size_t charged;
	size_t skip;
	size_t len;
	char *path;
};

int isle_store_watch_init(struct isle_store_watch *watch,
			  const struct isle_store_watch_ops *ops,
			  struct isle_store_dom *dom, const char *path);
int isle_store_watch_add(struct isle_store_watch *watch, size_t size);
void isle_store_watch_del(struct isle_store_watch *watch);
void isle_store_watch_free(struct isle_store_watch *watch);
void isle_store_watch_fire(struct isle_store_watch *watch, const char *path,
			   size_t len);
struct isle_store_watch *
isle_store_watch_next_on(struct isle_store_dom *dom, const char *path,
			 size_t len, struct isle_store_watch *last);
void isle_store_watch_del_all(struct isle_store_dom *dom);

void isle_store_watch_match(struct isle_store_dom *dom, const char *path,
			    size_t len, bool exact);
void isle_store_watch_below(struct isle_store_dom *dom, const char *path,
			    size_t len);

#endif /* ISLE_SHARE_STORE_WATCH_H */
