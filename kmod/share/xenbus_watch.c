// SPDX-License-Identifier: GPL-2.0
/*
 * Watches that a program has made over the wire.
 *
 * One is made and freed by its connection.  The store's lock protects the lists
 * of them; when the domain ends, the store ceases to tell them, and the
 * connection frees them when its file is closed.
 */
#include <linux/err.h>
#include <linux/poll.h>
#include <linux/slab.h>

#include "share/store_tree.h"
#include "share/store_watch.h"
#include "share/xenbus.h"

/**
 * struct xenbus_watch - a watch of a connection
 * @watch: what the store knows of it
 * @bus: the connection
 * @list: in the connection's watches
 * @missed: in its missed watches, or empty
 * @token_len: of @token, without the NUL
 * @token: by which the program knows it
 */
struct xenbus_watch {
	struct isle_store_watch watch;
	struct isle_xenbus *bus;
	struct list_head list;
	struct list_head missed;
	size_t token_len;
	char token[];
};

static void fire(struct isle_store_watch *watch, const char *path, size_t len)
{
	struct xenbus_watch *w = container_of(watch, struct xenbus_watch, watch);
	struct isle_xenbus *bus = w->bus;

	if (isle_xenbus_event(bus, path, len, w->token, w->token_len))
		return;
	if (list_empty(&w->missed))
		list_add_tail(&w->missed, &bus->missed);
	wake_up_poll(&bus->conn.wait, EPOLLIN | EPOLLRDNORM);
}

static const struct isle_store_watch_ops ops = { .fire = fire };

static void watch_free(struct xenbus_watch *w)
{
	isle_store_watch_free(&w->watch);
	kfree(w);
}

/* The connection's watch with this path and token, or NULL */
static struct xenbus_watch *find(struct isle_xenbus *bus, const char *path,
				 const char *token)
{
	struct isle_store_watch *watch = NULL;
	size_t len = strlen(path);

	while ((watch = isle_store_watch_next_on(bus->conn.dom, path, len,
						 watch))) {
		struct xenbus_watch *w;

		if (watch->ops != &ops)
			continue;
		w = container_of(watch, struct xenbus_watch, watch);
		if (w->bus == bus && !strcmp(w->token, token))
			return w;
	}
	return NULL;
}

/**
 * isle_xenbus_watch() - make a watch
 * @bus: the connection
 * @path: to be watched
 * @token: by which the program knows it
 * @answer: to the request; queued before the first event, and passes to the
 *	queue, unless an error is returned
 *
 * Context: process; sleeps.
 * Return: 0, -EEXIST, or what isle_store_watch_init() and isle_store_watch_add()
 * say.
 */
int isle_xenbus_watch(struct isle_xenbus *bus, const char *path,
		      const char *token, struct isle_xenbus_msg *answer)
{
	size_t len = strlen(token);
	struct xenbus_watch *w;
	int err;

	w = kmalloc(struct_size(w, token, len + 1), GFP_KERNEL_ACCOUNT);
	if (!w)
		return -ENOMEM;
	err = isle_store_watch_init(&w->watch, &ops, bus->conn.dom, path);
	if (err) {
		kfree(w);
		return err;
	}
	w->bus = bus;
	INIT_LIST_HEAD(&w->missed);
	w->token_len = len;
	memcpy(w->token, token, len + 1);

	mutex_lock(&isle_store_lock);
	if (find(bus, w->watch.path, token))
		err = -EEXIST;
	else
		err = isle_store_watch_add(&w->watch,
					   struct_size(w, token, len + 1));
	if (!err) {
		list_add_tail(&w->list, &bus->watches);
		memcpy(answer->body, "OK", 3);
		isle_xenbus_answer(bus, answer, XS_WATCH, 3);
		isle_store_watch_fire(&w->watch, w->watch.path, w->watch.len);
	}
	mutex_unlock(&isle_store_lock);
	if (err)
		watch_free(w);
	return err;
}

/* Take a watch away, for the caller to free. */
static void drop(struct xenbus_watch *w)
{
	isle_store_watch_del(&w->watch);
	list_del(&w->list);
	list_del_init(&w->missed);
}

/**
 * isle_xenbus_unwatch() - end a watch
 * @bus: the connection
 * @path: as it was given to isle_xenbus_watch(), absolute or relative
 * @token: likewise
 *
 * Events that were queued stay.
 *
 * Context: process; sleeps.
 * Return: 0, -ENOENT, -ENOMEM.
 */
int isle_xenbus_unwatch(struct isle_xenbus *bus, const char *path,
			const char *token)
{
	struct xenbus_watch *w;
	char *copy = NULL;

	if (*path != '@') {
		copy = isle_store_path(bus->conn.dom, path);
		if (IS_ERR(copy))
			return PTR_ERR(copy) == -EINVAL ? -ENOENT :
							  PTR_ERR(copy);
	}
	mutex_lock(&isle_store_lock);
	w = find(bus, copy ?: path, token);
	if (w)
		drop(w);
	mutex_unlock(&isle_store_lock);
	kfree(copy);
	if (!w)
		return -ENOENT;
	watch_free(w);
	return 0;
}

/**
 * isle_xenbus_unwatch_all() - end all watches
 * @bus: the connection
 *
 * Context: process; sleeps.
 */
void isle_xenbus_unwatch_all(struct isle_xenbus *bus)
{
	struct xenbus_watch *w, *next;
	LIST_HEAD(all);

	mutex_lock(&isle_store_lock);
	list_for_each_entry_safe(w, next, &bus->watches, list) {
		drop(w);
		list_add(&w->list, &all);
	}
	mutex_unlock(&isle_store_lock);
	list_for_each_entry_safe(w, next, &all, list)
		watch_free(w);
}

/**
 * isle_xenbus_missed() - take a watch of which an event was missed
 * @bus: the connection
 * @buf: room for the payload of a message
 *
 * Context: process; sleeps.
 * Return: bytes of payload, or 0 if there is none.
 */
size_t isle_xenbus_missed(struct isle_xenbus *bus, char *buf)
{
	struct xenbus_watch *w;
	size_t len = 0;

	mutex_lock(&isle_store_lock);
	w = list_first_entry_or_null(&bus->missed, struct xenbus_watch, missed);
	if (w) {
		list_del_init(&w->missed);
		/* it fits: path and token came in one message */
		len = w->watch.len - w->watch.skip + 1;
		memcpy(buf, w->watch.path + w->watch.skip, len);
		memcpy(buf + len, w->token, w->token_len + 1);
		len += w->token_len + 1;
	}
	mutex_unlock(&isle_store_lock);
	return len;
}
