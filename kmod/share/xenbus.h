/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_XENBUS_H
#define ISLE_SHARE_XENBUS_H

#include <linux/hashtable.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <xen/interface/io/xs_wire.h>

#include "share/store_conn.h"

struct isle_domain;

/**
 * struct isle_xenbus_msg - a message on its way to the program
 * @list: in the connection's queue
 * @same: events in the queue: by content, to find an equal one
 * @event: it is one; otherwise an answer
 * @size: bytes that it was charged (event) or takes of the room (answer)
 * @len: bytes of @head and @body
 * @pos: how many of them were read
 * @head: of the message
 * @body: its payload
 */
struct isle_xenbus_msg {
	struct list_head list;
	struct hlist_node same;
	bool event;
	size_t size;
	size_t len;
	size_t pos;
	struct xsd_sockmsg head;
	char body[];
};

/* What the largest message takes */
#define ISLE_XENBUS_MSG_MAX \
	(sizeof(struct isle_xenbus_msg) + XENSTORE_PAYLOAD_MAX)

/**
 * struct isle_xenbus - an open file that speaks the wire protocol
 * @conn: what the store knows of it; @conn.wait is also woken when there is
 *	something to read, and room for another answer
 * @domain: as which domain it acts; a reference (constant)
 * @charged: bytes that the domain pays for it while it is open (constant)
 * @lock: protects @have, @head and @body; held while a request is carried out
 * @have: bytes of the request that have been written
 * @head: of the request
 * @body: payload of the request, and then of the answer
 * @reading: protects @current_msg; held while bytes go to the program, which
 *	keeps nobody from anything but reading this file
 * @current_msg: what is being read, or NULL; looked at without the lock by poll
 * @queue_lock: protects @queue, @same, @room; taken under all other locks
 * @queue: what is to be read
 * @same: events in it
 * @room: bytes that unread answers take
 * @watches: its watches (protected by the store's lock)
 * @missed: watches of which an event could not be queued (protected by the
 *	store's lock; whether it is empty is looked at without it)
 */
struct isle_xenbus {
	struct isle_store_conn conn;
	struct isle_domain *domain;
	size_t charged;

	struct mutex lock;	/* see above */
	size_t have;
	struct xsd_sockmsg head;
	char *body;

	struct mutex reading;	/* see above */
	struct isle_xenbus_msg *current_msg;

	spinlock_t queue_lock;	/* see above */
	struct list_head queue;
	DECLARE_HASHTABLE(same, 6);
	size_t room;

	struct list_head watches;
	struct list_head missed;
};

/* xenbus_queue.c: messages to the program */
struct isle_xenbus_msg *isle_xenbus_msg(size_t len);
void isle_xenbus_answer(struct isle_xenbus *bus, struct isle_xenbus_msg *msg,
			u32 type, size_t len);
bool isle_xenbus_event(struct isle_xenbus *bus, const char *path, size_t len,
		       const char *token, size_t token_len);
struct isle_xenbus_msg *isle_xenbus_next(struct isle_xenbus *bus);
void isle_xenbus_done(struct isle_xenbus *bus, struct isle_xenbus_msg *msg);
bool isle_xenbus_readable(struct isle_xenbus *bus);
bool isle_xenbus_has_room(struct isle_xenbus *bus);
void isle_xenbus_queue_free(struct isle_xenbus *bus);

/* xenbus_watch.c: watches of a connection */
int isle_xenbus_watch(struct isle_xenbus *bus, const char *path,
		      const char *token, struct isle_xenbus_msg *answer);
int isle_xenbus_unwatch(struct isle_xenbus *bus, const char *path,
			const char *token);
void isle_xenbus_unwatch_all(struct isle_xenbus *bus);
size_t isle_xenbus_missed(struct isle_xenbus *bus, char *buf);

/* xenbus_wire.c: requests */
int isle_xenbus_request(struct isle_xenbus *bus);

int isle_xenbus_init(void);
void isle_xenbus_exit(void);

#endif /* ISLE_SHARE_XENBUS_H */
