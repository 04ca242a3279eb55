/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a port looks like, and the way of an event through it, in line.  Only
 * for event.c, for port_table.c, and for evtchn.c, which finds a port and
 * notifies in one go.
 */
#ifndef ISLE_SHARE_PORT_H
#define ISLE_SHARE_PORT_H

#include <linux/idr.h>
#include <linux/nospec.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>

#include "core/domain.h"
#include "share/event.h"

/**
 * struct isle_port - one end
 * @lock: protects @ops and, with the locks of both domains, @peer's change.
 *	Held while @ops->fire runs.
 * @spent: it shall not be joined any more (protected by its domain's lock)
 * @number: in its domain (constant)
 * @refs: the owner's reference, and those of isle_port_get()
 * @ports: of its domain; the domain is pinned (constant)
 * @remote: unique number of the domain that it may be joined to (constant)
 * @peer: the other end, or NULL; read under RCU
 * @ops: the owner's, or NULL: it has closed the port
 * @private: of the owner (constant)
 * @rcu: for freeing it
 */
struct isle_port {
	spinlock_t lock;	/* see above */
	bool spent;
	u32 number;
	refcount_t refs;
	struct isle_ports *ports;
	u64 remote;
	struct isle_port __rcu *peer;
	const struct isle_port_ops *ops;
	void *private;
	struct rcu_head rcu;
};

/**
 * struct isle_port_table - the way from a number to a port
 * @rcu: for freeing it
 * @size: numbers below it have a place (constant)
 * @port: by number; [0] stays NULL
 */
struct isle_port_table {
	struct rcu_head rcu;
	u32 size;
	struct isle_port __rcu *port[];
};

/**
 * struct isle_ports - a domain's ports
 * @lock: protects @dead, @watches, changes of @table and of what is in it,
 *	and, with the other domain's, the joining and parting of ports
 * @dead: the domain is; it gets no more ports
 * @domain: whose they are (constant)
 * @numbers: those in use; has its own lock
 * @table: only ever replaced by a larger one; read under RCU
 * @watches: struct isle_port_watch
 * @rcu: for freeing it
 */
struct isle_ports {
	spinlock_t lock;	/* see above */
	bool dead;
	struct isle_domain *domain;
	struct ida numbers;
	struct isle_port_table __rcu *table;
	struct list_head watches;
	struct rcu_head rcu;
};

static inline struct isle_ports *isle_ports_of(struct isle_domain *domain)
{
	return domain->parts[ISLE_SLOT_PORTS];
}

/* Context: RCU, or holds the lock. */
static inline struct isle_port *isle_port_find(struct isle_ports *ports,
					       u32 number)
{
	struct isle_port_table *table = rcu_dereference(ports->table);

	if (!table || number >= table->size)
		return NULL;
	number = array_index_nospec(number, table->size);
	return rcu_dereference(table->port[number]);
}

/* port_table.c */
int isle_port_table_reserve(struct isle_ports *ports, u32 number);
void isle_port_table_set(struct isle_ports *ports, u32 number,
			 struct isle_port *port);

/* What the owner gave as private, if @ops is what it gave.  Context: RCU. */
static inline void *isle_port_private(const struct isle_port *port,
				      const struct isle_port_ops *ops)
{
	return READ_ONCE(port->ops) == ops ? port->private : NULL;
}

/* Context: RCU. */
static inline void isle_port_fire_peer(struct isle_port *port)
{
	struct isle_port *peer = rcu_dereference(port->peer);
	unsigned long flags;

	if (!peer)
		return;
	spin_lock_irqsave(&peer->lock, flags);
	/* Unless it was parted meanwhile, and may be joined to another one */
	if (likely(rcu_access_pointer(peer->peer) == port && peer->ops))
		peer->ops->fire(peer->private);
	spin_unlock_irqrestore(&peer->lock, flags);
}

#endif /* ISLE_SHARE_PORT_H */
