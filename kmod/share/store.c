// SPDX-License-Identifier: GPL-2.0
/*
 * The store: a small tree of names and values by which domains find each other.
 *
 * This file is what it offers to the rest of the module, and what it does when
 * domains come, go, and are linked.  The work is done by
 *
 *	store_perm	permissions
 *	store_node	nodes, values, what they cost
 *	store_tree	the tree, the lock, who sees whom
 *	store_watch	who is told of changes
 *	store_view	a path as one domain sees it
 *	store_txn	transactions
 *	store_op	reading, writing and so on
 *
 * and xenbus.c speaks Xen's wire protocol on top of it.
 *
 * Everything is charged to ISLE_QUOTA_STORE in bytes: a node to its owner, and
 * a watch, a transaction and an unread event to whoever has it.  When a domain
 * is unlinked from another, what it has made in the other one's part goes; when
 * it ends, everything of it.
 */
#include <linux/err.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "core/domain.h"
#include "core/part.h"
#include "share/store.h"
#include "share/store_conn.h"
#include "share/store_op.h"
#include "share/store_tree.h"
#include "share/store_txn.h"
#include "share/store_watch.h"

/* Watchers that are told: separate, so that unloading can wait for them */
static struct workqueue_struct *teller;

/**
 * isle_store_dom() - find what the store has of a domain
 * @domain: the domain
 *
 * Return: it; as long as the domain is referenced.
 */
struct isle_store_dom *isle_store_dom(struct isle_domain *domain)
{
	return domain->parts[ISLE_SLOT_STORE];
}

/**
 * isle_store_write() - write a value, and make the entry if it is absent
 * @domain: who does it
 * @path: of the entry; entries above it are made too
 * @value: bytes
 * @len: how many, at most 4096
 *
 * Context: process; sleeps.
 * Return: 0, -EINVAL (the path has something but letters, digits, "-/_@", or is
 * too long), -EACCES, -EDQUOT, -ENODEV (the domain is dead), -ENOMEM.
 */
int isle_store_write(struct isle_domain *domain, const char *path,
		     const void *value, size_t len)
{
	const struct isle_store_who who = { .dom = isle_store_dom(domain) };

	return isle_store_op_write(&who, path, value, len);
}

/**
 * isle_store_read() - read a value
 * @domain: who does it
 * @path: of the entry
 * @value: where to; no terminator is added
 * @size: bytes there
 *
 * Whether an entry is absent is told only to those who may read what is above
 * it: whoever waits for an entry to appear takes -EACCES like -ENOENT.
 *
 * Context: process; sleeps.
 * Return: bytes of the value, -E2BIG if it does not fit, -ENOENT, -EACCES,
 * -EINVAL, -ENODEV, -ENOMEM.
 */
ssize_t isle_store_read(struct isle_domain *domain, const char *path,
			void *value, size_t size)
{
	const struct isle_store_who who = { .dom = isle_store_dom(domain) };

	return isle_store_op_read(&who, path, value, size);
}

/**
 * isle_store_remove() - remove an entry and all below
 * @domain: who does it
 * @path: of the entry; it may be absent if there is one above it
 *
 * Context: process; sleeps.
 * Return: 0, -ENOENT, -EACCES, -EINVAL, -ENODEV (and all is gone), -ENOMEM.
 */
int isle_store_remove(struct isle_domain *domain, const char *path)
{
	const struct isle_store_who who = { .dom = isle_store_dom(domain) };

	return isle_store_op_remove(&who, path);
}

/**
 * isle_store_let_read() - let one more domain read an entry
 * @domain: who does it; owns the entry
 * @path: of the entry
 * @reader: the domain's number; @domain is linked to it
 *
 * Context: process; sleeps.
 * Return: 0, -ENOENT (no such entry or domain), -EACCES, -ENOSPC (too many may),
 * -EINVAL, -EDQUOT, -ENODEV, -ENOMEM.
 */
int isle_store_let_read(struct isle_domain *domain, const char *path, u32 reader)
{
	const struct isle_store_who who = { .dom = isle_store_dom(domain) };

	return isle_store_op_let_read(&who, path, reader);
}

/**
 * struct isle_store_watcher - somebody in the module who wants to be told
 * @watch: what is watched
 * @work: tells
 * @domain: whose it is; a reference
 * @changed: is called
 * @private: with this
 */
struct isle_store_watcher {
	struct isle_store_watch watch;
	struct work_struct work;
	struct isle_domain *domain;
	void (*changed)(void *private);
	void *private;
};

static void tell(struct work_struct *work)
{
	struct isle_store_watcher *watcher;

	watcher = container_of(work, struct isle_store_watcher, work);
	watcher->changed(watcher->private);
}

static void fire(struct isle_store_watch *watch, const char *path, size_t len)
{
	struct isle_store_watcher *watcher;

	watcher = container_of(watch, struct isle_store_watcher, watch);
	queue_work(teller, &watcher->work);
}

static const struct isle_store_watch_ops watcher_ops = { .fire = fire };

/**
 * isle_store_watch() - be told when something changes
 * @domain: who wants to know; only what it may read is told
 * @path: of an entry, which may be absent: changes of it and of all below count
 * @changed: called soon after a change, once for several, and once at the
 *	beginning, perhaps before this returns; from process context, without a
 *	lock, never by two at a time
 * @private: its argument
 *
 * Also called when the part of the store in which @path is comes into sight or
 * goes out of it, because the domains were linked or unlinked.
 *
 * Context: process; sleeps.
 * Return: for isle_store_unwatch(), or an ERR_PTR: -EINVAL, -E2BIG (over
 * ISLE_QUOTA_WATCHES), -EDQUOT, -ENODEV, -ENOMEM.
 */
struct isle_store_watch *isle_store_watch(struct isle_domain *domain,
					  const char *path,
					  void (*changed)(void *private),
					  void *private)
{
	struct isle_store_watcher *watcher;
	int err;

	watcher = kzalloc(sizeof(*watcher), GFP_KERNEL_ACCOUNT);
	if (!watcher)
		return ERR_PTR(-ENOMEM);
	err = isle_store_watch_init(&watcher->watch, &watcher_ops,
				    isle_store_dom(domain), path);
	if (err)
		goto err_free;
	INIT_WORK(&watcher->work, tell);
	watcher->changed = changed;
	watcher->private = private;
	watcher->domain = domain;
	isle_domain_hold(domain);

	mutex_lock(&isle_store_lock);
	err = isle_store_watch_add(&watcher->watch, sizeof(*watcher));
	if (!err)
		queue_work(teller, &watcher->work);
	mutex_unlock(&isle_store_lock);
	if (!err)
		return &watcher->watch;

	isle_domain_put(domain);
	isle_store_watch_free(&watcher->watch);
err_free:
	kfree(watcher);
	return ERR_PTR(err);
}

/**
 * isle_store_unwatch() - not be told any more
 * @watch: what isle_store_watch() has returned
 *
 * When it returns, @changed does not run and will not.  So it must not be called
 * by it, nor with a lock held that it takes.
 *
 * Context: process; sleeps.
 */
void isle_store_unwatch(struct isle_store_watch *watch)
{
	struct isle_store_watcher *watcher;

	watcher = container_of(watch, struct isle_store_watcher, watch);
	mutex_lock(&isle_store_lock);
	isle_store_watch_del(watch);
	mutex_unlock(&isle_store_lock);
	cancel_work_sync(&watcher->work);
	isle_domain_put(watcher->domain);
	isle_store_watch_free(watch);
	kfree(watcher);
}

/**
 * isle_store_conn_open() - begin a connection
 * @conn: the connection
 * @domain: whose; the caller keeps a reference until it is closed
 *
 * Context: process; sleeps.
 * Return: 0 or -ENODEV.
 */
int isle_store_conn_open(struct isle_store_conn *conn,
			 struct isle_domain *domain)
{
	int err = -ENODEV;

	conn->dom = isle_store_dom(domain);
	INIT_LIST_HEAD(&conn->list);
	INIT_LIST_HEAD(&conn->txns);
	conn->n_txns = 0;
	conn->last_txn = 0;
	init_waitqueue_head(&conn->wait);
	mutex_lock(&isle_store_lock);
	if (!conn->dom->dead) {
		list_add_tail(&conn->list, &conn->dom->conns);
		err = 0;
	}
	mutex_unlock(&isle_store_lock);
	return err;
}

/**
 * isle_store_conn_reset() - end a connection's transactions
 * @conn: the connection
 *
 * Context: the store's lock is held.
 */
void isle_store_conn_reset(struct isle_store_conn *conn)
{
	struct isle_store_txn *txn;

	lockdep_assert_held(&isle_store_lock);
	while ((txn = list_first_entry_or_null(&conn->txns,
					       struct isle_store_txn, list))) {
		list_del(&txn->list);
		isle_store_txn_drop(txn);
	}
	conn->n_txns = 0;
}

/**
 * isle_store_conn_close() - end a connection
 * @conn: the connection
 *
 * Context: process; sleeps.
 */
void isle_store_conn_close(struct isle_store_conn *conn)
{
	mutex_lock(&isle_store_lock);
	isle_store_conn_reset(conn);
	list_del_init(&conn->list);
	mutex_unlock(&isle_store_lock);
}

static int part_create(struct isle_domain *domain)
{
	struct isle_store_dom *dom = kzalloc(sizeof(*dom), GFP_KERNEL_ACCOUNT);
	int err;

	if (!dom)
		return -ENOMEM;
	dom->domain = domain;
	dom->unique = domain->unique;
	dom->id = domain->id;
	INIT_LIST_HEAD(&dom->paid);
	INIT_LIST_HEAD(&dom->conns);
	dom->watches = RB_ROOT;
	err = isle_store_tree_add(dom);
	if (err) {
		kfree(dom);
		return err;
	}
	domain->parts[ISLE_SLOT_STORE] = dom;
	return 0;
}

static void part_destroy(struct isle_domain *domain)
{
	struct isle_store_dom *dom = isle_store_dom(domain);
	struct isle_store_conn *conn, *next;

	mutex_lock(&isle_store_lock);
	dom->dead = true;
	isle_store_watch_del_all(dom);
	list_for_each_entry_safe(conn, next, &dom->conns, list) {
		isle_store_conn_reset(conn);
		list_del_init(&conn->list);
		/* its sleepers look at the domain, which is dead */
		wake_up_poll(&conn->wait, EPOLLHUP | EPOLLERR);
	}
	isle_store_tree_del(dom);
	mutex_unlock(&isle_store_lock);
}

static void part_link(struct isle_domain *a, struct isle_domain *b)
{
	struct isle_store_dom *one = isle_store_dom(a);
	struct isle_store_dom *other = isle_store_dom(b);

	mutex_lock(&isle_store_lock);
	/* not if they have been unlinked meanwhile: that was told already */
	if (isle_store_sees(one, other)) {
		isle_store_fire_home(one, other, "@introduceDomain");
		isle_store_fire_home(other, one, "@introduceDomain");
	}
	mutex_unlock(&isle_store_lock);
}

static void part_unlink(struct isle_domain *a, struct isle_domain *b)
{
	struct isle_store_dom *one = isle_store_dom(a);
	struct isle_store_dom *other = isle_store_dom(b);

	mutex_lock(&isle_store_lock);
	isle_store_forget(one, other);
	isle_store_forget(other, one);
	isle_store_fire_home(one, other, "@releaseDomain");
	isle_store_fire_home(other, one, "@releaseDomain");
	mutex_unlock(&isle_store_lock);
}

static void part_release(struct isle_domain *domain)
{
	kfree(isle_store_dom(domain));
}

static const struct isle_part part = {
	.slot = ISLE_SLOT_STORE,
	.create = part_create,
	.destroy = part_destroy,
	.link = part_link,
	.unlink = part_unlink,
	.release = part_release,
};

/**
 * isle_store_init() - let all domains have a part of the store
 *
 * Return: 0 or a negative errno.
 */
int isle_store_init(void)
{
	int err;

	teller = alloc_workqueue("isle_store", WQ_UNBOUND, 0);
	if (!teller)
		return -ENOMEM;
	err = isle_store_tree_init();
	if (err)
		goto err_teller;
	err = isle_part_register(&part);
	if (err)
		goto err_tree;
	return 0;

err_tree:
	isle_store_tree_exit();
err_teller:
	destroy_workqueue(teller);
	return err;
}

/**
 * isle_store_exit() - undo isle_store_init()
 */
void isle_store_exit(void)
{
	isle_part_unregister(&part);
	isle_store_tree_exit();
	destroy_workqueue(teller);
}
