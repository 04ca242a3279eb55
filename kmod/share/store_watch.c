// SPDX-License-Identifier: GPL-2.0
/*
 * Watches: who is told when something changes in the store.
 *
 * A domain's watches are sorted by path and age, so that a change finds those
 * on its path and above it by looking up each part of the path, whatever else is
 * watched.  They are told in the order in which they were made.
 *
 * A watch lives as long as who made it wants; it ceases to be told of anything
 * when it is deleted or its domain ends.  All is protected by the store's lock.
 */
#include <linux/list_sort.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "core/live.h"
#include "share/store_tree.h"
#include "share/store_watch.h"

static u64 last_seq;	/* protected by the store's lock */

static int compare(const char *path, size_t len,
		   const struct isle_store_watch *watch)
{
	int diff = memcmp(path, watch->path, min(len, watch->len));

	if (diff)
		return diff;
	return len < watch->len ? -1 : len > watch->len;
}

/* The first watch on a path or, if there is none, the one behind it */
static struct rb_node *first_from(struct isle_store_dom *dom, const char *path,
				  size_t len)
{
	struct rb_node *rb = dom->watches.rb_node, *found = NULL;

	while (rb) {
		struct isle_store_watch *watch;

		watch = rb_entry(rb, struct isle_store_watch, by_path);
		if (compare(path, len, watch) <= 0) {
			found = rb;
			rb = rb->rb_left;
		} else {
			rb = rb->rb_right;
		}
	}
	return found;
}

/**
 * isle_store_watch_next_on() - list the watches on a path
 * @dom: whose
 * @path: the path
 * @len: of it
 * @last: the last one, NULL to begin
 *
 * Context: the store's lock is held.
 * Return: the next one, or NULL.
 */
struct isle_store_watch *
isle_store_watch_next_on(struct isle_store_dom *dom, const char *path,
			 size_t len, struct isle_store_watch *last)
{
	struct isle_store_watch *watch;
	struct rb_node *rb;

	lockdep_assert_held(&isle_store_lock);
	rb = last ? rb_next(&last->by_path) : first_from(dom, path, len);
	if (!rb)
		return NULL;
	watch = rb_entry(rb, struct isle_store_watch, by_path);
	return compare(path, len, watch) ? NULL : watch;
}

/**
 * isle_store_watch_init() - make a watch, which is not told anything yet
 * @watch: the watch
 * @ops: who is told
 * @dom: whose it is
 * @path: absolute, relative to the domain's home, or "@" and a special event
 *
 * Context: process; sleeps.
 * Return: 0, -EINVAL (no valid path), -ENOMEM.
 */
int isle_store_watch_init(struct isle_store_watch *watch,
			  const struct isle_store_watch_ops *ops,
			  struct isle_store_dom *dom, const char *path)
{
	char *copy;

	*watch = (struct isle_store_watch) { .ops = ops, .dom = dom };
	if (*path == '@') {
		if (strlen(path) > ISLE_STORE_RELATIVE_MAX)
			return -EINVAL;
		copy = kstrdup(path, GFP_KERNEL_ACCOUNT);
		if (!copy)
			return -ENOMEM;
	} else {
		copy = isle_store_path(dom, path);
		if (IS_ERR(copy))
			return PTR_ERR(copy);
	}
	watch->path = copy;
	watch->len = strlen(copy);
	if (*path != '@' && *path != '/')
		watch->skip = watch->len - strlen(path);
	isle_live_inc(ISLE_LIVE_STORE);
	return 0;
}

/**
 * isle_store_watch_free() - free what isle_store_watch_init() has made
 * @watch: the watch, which is not told anything any more
 */
void isle_store_watch_free(struct isle_store_watch *watch)
{
	kfree(watch->path);
	isle_live_dec(ISLE_LIVE_STORE);
}

/**
 * isle_store_watch_add() - let a watch be told
 * @watch: the watch
 * @size: bytes that it costs besides its path
 *
 * Context: the store's lock is held.
 * Return: 0, -E2BIG (ISLE_QUOTA_WATCHES), -EDQUOT (ISLE_QUOTA_STORE), -ENODEV if
 * the domain is dead.
 */
int isle_store_watch_add(struct isle_store_watch *watch, size_t size)
{
	struct isle_account *account = &watch->dom->domain->account;
	struct rb_node **link = &watch->dom->watches.rb_node, *above = NULL;
	int err;

	lockdep_assert_held(&isle_store_lock);
	if (watch->dom->dead)
		return -ENODEV;
	if (isle_account_charge(account, ISLE_QUOTA_WATCHES, 1))
		return -E2BIG;
	size += watch->len + 1;
	err = isle_account_charge(account, ISLE_QUOTA_STORE, size);
	if (err) {
		isle_account_uncharge(account, ISLE_QUOTA_WATCHES, 1);
		return err;
	}
	watch->charged = size;
	watch->seq = ++last_seq;
	while (*link) {
		struct isle_store_watch *other;

		above = *link;
		other = rb_entry(above, struct isle_store_watch, by_path);
		/* behind the older ones on the same path */
		link = compare(watch->path, watch->len, other) < 0 ?
		       &above->rb_left : &above->rb_right;
	}
	rb_link_node(&watch->by_path, above, link);
	rb_insert_color(&watch->by_path, &watch->dom->watches);
	watch->active = true;
	return 0;
}

/**
 * isle_store_watch_del() - let a watch not be told any more
 * @watch: the watch; perhaps its domain's end has done it already
 *
 * Context: the store's lock is held.
 */
void isle_store_watch_del(struct isle_store_watch *watch)
{
	struct isle_account *account = &watch->dom->domain->account;

	lockdep_assert_held(&isle_store_lock);
	if (!watch->active)
		return;
	watch->active = false;
	rb_erase(&watch->by_path, &watch->dom->watches);
	isle_account_uncharge(account, ISLE_QUOTA_STORE, watch->charged);
	isle_account_uncharge(account, ISLE_QUOTA_WATCHES, 1);
}

/**
 * isle_store_watch_del_all() - let a dead domain's watches not be told any more
 * @dom: the domain
 *
 * Context: the store's lock is held.
 */
void isle_store_watch_del_all(struct isle_store_dom *dom)
{
	struct rb_node *rb;

	while ((rb = rb_first(&dom->watches)))
		isle_store_watch_del(rb_entry(rb, struct isle_store_watch,
					      by_path));
}

/**
 * isle_store_watch_fire() - tell a watch
 * @watch: the watch
 * @path: absolute path of what has changed, or a special event
 * @len: of it
 *
 * Context: the store's lock is held.
 */
void isle_store_watch_fire(struct isle_store_watch *watch, const char *path,
			   size_t len)
{
	/* a special event matches a watch on / only, which is not relative */
	watch->ops->fire(watch, path + watch->skip, len - watch->skip);
}

static int older(void *priv, const struct list_head *a,
		 const struct list_head *b)
{
	const struct isle_store_watch *first, *second;

	first = list_entry(a, struct isle_store_watch, hit);
	second = list_entry(b, struct isle_store_watch, hit);
	return first->seq > second->seq;
}

/* Add the watches on a path to a list; value: whether there were any */
static bool collect(struct isle_store_dom *dom, const char *path, size_t len,
		    struct list_head *hits)
{
	struct rb_node *rb = first_from(dom, path, len);
	bool any = false;

	for (; rb; rb = rb_next(rb)) {
		struct isle_store_watch *watch;

		watch = rb_entry(rb, struct isle_store_watch, by_path);
		if (compare(path, len, watch))
			break;
		list_add_tail(&watch->hit, hits);
		any = true;
	}
	return any;
}

/**
 * isle_store_watch_match() - tell a domain's watches of a change
 * @dom: the domain, which may know
 * @path: absolute path of what has changed, or a special event
 * @len: of it
 * @exact: not those above it
 *
 * Context: the store's lock is held.
 */
void isle_store_watch_match(struct isle_store_dom *dom, const char *path,
			    size_t len, bool exact)
{
	struct isle_store_watch *watch;
	LIST_HEAD(hits);
	int levels = 0;
	size_t pos;

	lockdep_assert_held(&isle_store_lock);
	if (RB_EMPTY_ROOT(&dom->watches))
		return;
	if (!exact) {
		if (len > 1)
			levels += collect(dom, "/", 1, &hits);
		for (pos = 1; pos < len; pos++)
			if (path[pos] == '/')
				levels += collect(dom, path, pos, &hits);
	}
	levels += collect(dom, path, len, &hits);
	if (levels > 1)
		list_sort(NULL, &hits, older);
	list_for_each_entry(watch, &hits, hit)
		isle_store_watch_fire(watch, path, len);
}

/**
 * isle_store_watch_below() - tell a domain's watches below a path of themselves
 * @dom: the domain
 * @path: absolute path of what has come or gone, with all below
 * @len: of it
 *
 * Context: the store's lock is held.
 */
void isle_store_watch_below(struct isle_store_dom *dom, const char *path,
			    size_t len)
{
	struct rb_node *rb = first_from(dom, path, len);

	lockdep_assert_held(&isle_store_lock);
	for (; rb; rb = rb_next(rb)) {
		struct isle_store_watch *watch;

		watch = rb_entry(rb, struct isle_store_watch, by_path);
		if (watch->len < len || memcmp(watch->path, path, len))
			break;
		if (watch->len > len && watch->path[len] == '/')
			isle_store_watch_fire(watch, watch->path, watch->len);
	}
}
