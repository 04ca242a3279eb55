// SPDX-License-Identifier: GPL-2.0
/*
 * What a connection's program has not read yet.
 *
 * Answers fit into a room that was charged when the file was opened: no
 * request is taken while it is more than half full, so an answer is never
 * refused.  Events are charged as they come, and all of a domain may take a
 * quarter of its quota, so that a program that never reads cannot be kept from
 * writing by what others do.  An event for which there is no quota or no memory
 * marks its watch as missed; once all else was read, the program is told of
 * the watch itself, from which it knows that something has happened there.  An
 * event equal to one that was not read yet is left out, as in xenstored.
 *
 * The queue's own lock is taken under the store's lock, and nothing under it.
 */
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/stringhash.h>

#include "core/live.h"
#include "share/store_tree.h"
#include "share/xenbus.h"

static struct isle_xenbus_msg *msg_alloc(size_t len, gfp_t gfp)
{
	struct isle_xenbus_msg *msg;

	msg = kmalloc(struct_size(msg, body, len), gfp | __GFP_ACCOUNT);
	if (!msg)
		return NULL;
	memset(msg, 0, sizeof(*msg));
	msg->size = struct_size(msg, body, len);
	isle_live_inc(ISLE_LIVE_STORE);
	return msg;
}

static void msg_free(struct isle_xenbus_msg *msg)
{
	isle_live_dec(ISLE_LIVE_STORE);
	kfree(msg);
}

static struct isle_account *account(struct isle_xenbus *bus)
{
	return &bus->domain->account;
}

/**
 * isle_xenbus_msg() - make an answer
 * @len: bytes of payload that it has room for
 *
 * Return: the message, for isle_xenbus_answer() or isle_xenbus_done(), or NULL.
 */
struct isle_xenbus_msg *isle_xenbus_msg(size_t len)
{
	return msg_alloc(len, GFP_KERNEL);
}

/**
 * isle_xenbus_answer() - queue an answer to the present request
 * @bus: the connection
 * @msg: the message; its payload is filled in
 * @type: of the answer
 * @len: bytes of its payload
 */
void isle_xenbus_answer(struct isle_xenbus *bus, struct isle_xenbus_msg *msg,
			u32 type, size_t len)
{
	msg->head = bus->head;
	msg->head.type = type;
	msg->head.len = len;
	msg->len = sizeof(msg->head) + len;
	spin_lock(&bus->queue_lock);
	bus->room += msg->size;
	list_add_tail(&msg->list, &bus->queue);
	spin_unlock(&bus->queue_lock);
	wake_up_poll(&bus->conn.wait, EPOLLIN | EPOLLRDNORM);
}

/* Whether an equal event waits to be read. */
static bool have_same(struct isle_xenbus *bus, u32 hash,
		      const struct isle_xenbus_msg *msg)
{
	struct isle_xenbus_msg *other;

	hash_for_each_possible(bus->same, other, same, hash)
		if (other->len == msg->len &&
		    !memcmp(other->body, msg->body, msg->head.len))
			return true;
	return false;
}

/* Charge an event; it stays below a quarter of what the domain may have. */
static bool charge(struct isle_xenbus *bus, size_t size)
{
	struct isle_store_dom *dom = bus->conn.dom;
	u64 limit = isle_account_limit(account(bus), ISLE_QUOTA_STORE) / 4;

	if (atomic_long_add_return(size, &dom->events) <= limit &&
	    !isle_account_charge(account(bus), ISLE_QUOTA_STORE, size))
		return true;
	atomic_long_sub(size, &dom->events);
	return false;
}

/**
 * isle_xenbus_event() - queue an event
 * @bus: the connection
 * @path: where something has happened; need not be terminated
 * @len: of it
 * @token: of the watch
 * @token_len: of it
 *
 * Context: the store's lock is held; does not sleep.
 * Return: false if it could not be queued.
 */
bool isle_xenbus_event(struct isle_xenbus *bus, const char *path, size_t len,
		       const char *token, size_t token_len)
{
	size_t total = len + 1 + token_len + 1;
	struct isle_xenbus_msg *msg;
	bool same = false;
	u32 hash;

	/* xenstored says nothing either, if it does not fit into a message */
	if (total > XENSTORE_PAYLOAD_MAX)
		return true;
	msg = msg_alloc(total, GFP_NOWAIT | __GFP_NOWARN);
	if (!msg)
		return false;
	msg->event = true;
	msg->head.type = XS_WATCH_EVENT;
	msg->head.len = total;
	msg->len = sizeof(msg->head) + total;
	memcpy(msg->body, path, len);
	msg->body[len] = '\0';
	memcpy(msg->body + len + 1, token, token_len);
	msg->body[total - 1] = '\0';
	hash = full_name_hash(NULL, msg->body, total);
	if (!charge(bus, msg->size)) {
		msg_free(msg);
		return false;
	}

	spin_lock(&bus->queue_lock);
	/* each time that a domain comes or goes is a different one */
	if (*path != '@')
		same = have_same(bus, hash, msg);
	if (!same) {
		hash_add(bus->same, &msg->same, hash);
		list_add_tail(&msg->list, &bus->queue);
	}
	spin_unlock(&bus->queue_lock);
	if (same)
		isle_xenbus_done(bus, msg);
	else
		wake_up_poll(&bus->conn.wait, EPOLLIN | EPOLLRDNORM);
	return true;
}

/* A message for a watch that an event of was missed, NULL or an ERR_PTR */
static struct isle_xenbus_msg *missed(struct isle_xenbus *bus)
{
	struct isle_xenbus_msg *msg;
	size_t len;

	if (list_empty_careful(&bus->missed))
		return NULL;
	msg = msg_alloc(XENSTORE_PAYLOAD_MAX, GFP_KERNEL);
	if (!msg)
		return ERR_PTR(-ENOMEM);
	len = isle_xenbus_missed(bus, msg->body);
	if (!len) {
		msg_free(msg);
		return NULL;
	}
	msg->head.type = XS_WATCH_EVENT;
	msg->head.len = len;
	msg->len = sizeof(msg->head) + len;
	/* it takes the room of an answer, as it may be the quota that lacks */
	spin_lock(&bus->queue_lock);
	bus->room += msg->size;
	spin_unlock(&bus->queue_lock);
	return msg;
}

/**
 * isle_xenbus_next() - take the next message to be read
 * @bus: the connection; the caller holds @reading
 *
 * Context: process; sleeps.
 * Return: the message, for isle_xenbus_done(); NULL if there is none; or an
 * ERR_PTR.
 */
struct isle_xenbus_msg *isle_xenbus_next(struct isle_xenbus *bus)
{
	struct isle_xenbus_msg *msg;

	spin_lock(&bus->queue_lock);
	msg = list_first_entry_or_null(&bus->queue, struct isle_xenbus_msg,
				       list);
	if (msg) {
		list_del(&msg->list);
		if (msg->event)
			hash_del(&msg->same);
	}
	spin_unlock(&bus->queue_lock);
	return msg ?: missed(bus);
}

/**
 * isle_xenbus_done() - free a message that is not in the queue
 * @bus: the connection
 * @msg: the message, which was charged
 */
void isle_xenbus_done(struct isle_xenbus *bus, struct isle_xenbus_msg *msg)
{
	if (msg->event) {
		atomic_long_sub(msg->size, &bus->conn.dom->events);
		isle_account_uncharge(account(bus), ISLE_QUOTA_STORE,
				      msg->size);
	} else if (msg->len) {
		spin_lock(&bus->queue_lock);
		bus->room -= msg->size;
		spin_unlock(&bus->queue_lock);
		wake_up_poll(&bus->conn.wait, EPOLLOUT | EPOLLWRNORM);
	}
	msg_free(msg);
}

/**
 * isle_xenbus_readable() - whether there is something to read
 * @bus: the connection
 *
 * Return: true if read(2) would not wait.
 */
bool isle_xenbus_readable(struct isle_xenbus *bus)
{
	return READ_ONCE(bus->current_msg) || !list_empty_careful(&bus->queue) ||
	       !list_empty_careful(&bus->missed);
}

/**
 * isle_xenbus_has_room() - whether there is room for any answer
 * @bus: the connection
 *
 * Return: true if a request can be taken.
 */
bool isle_xenbus_has_room(struct isle_xenbus *bus)
{
	return READ_ONCE(bus->room) <= ISLE_XENBUS_MSG_MAX;
}

/**
 * isle_xenbus_queue_free() - free all messages
 * @bus: the connection, which nobody uses
 */
void isle_xenbus_queue_free(struct isle_xenbus *bus)
{
	struct isle_xenbus_msg *msg;

	if (bus->current_msg)
		isle_xenbus_done(bus, bus->current_msg);
	while ((msg = list_first_entry_or_null(&bus->queue,
					       struct isle_xenbus_msg, list))) {
		list_del(&msg->list);
		isle_xenbus_done(bus, msg);
	}
}
