// SPDX-License-Identifier: GPL-2.0
/*
 * Event ports: how a domain wakes another one.
 *
 * A port is a number of its domain and, once two are joined, one end of a pair:
 * whoever has one end can make the other fire.  Events are not counted and
 * carry nothing.  A port is unbound (waiting for a port of one particular
 * domain), or joined; when one end of a pair closes, the other one is unbound
 * again, for the same domain.  What Xen's hypervisor does for its guests is the
 * pattern, the lowest free number included.
 *
 * The remote domain is remembered by its unique number, so that the successor
 * to its domain number inherits nothing, and no memory is held for it.
 *
 * Sending takes no lock but that of the port at the other end, which nobody
 * else sends to, and looks nothing up if it has the port.  By number a port is
 * found in a flat table, at the same cost for one port and for all of them.
 *
 * Lifetime: a port has a reference to its domain, its owner has one to the port
 * until isle_port_close(), and isle_port_get() takes more: until the last one
 * goes, the port keeps its number and stays joined, but it does not fire.
 * Ports, tables and struct isle_ports are freed after a grace period.
 *
 * Lock order: two isle_ports.lock by address > isle_port.lock > what
 * isle_port_ops.fire takes.
 */
#include <linux/err.h>
#include <linux/idr.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "core/domain.h"
#include "core/link.h"
#include "core/live.h"
#include "core/part.h"
#include "share/event.h"
#include "share/port.h"

/* By address, so that two who lock the same two do not wait for each other. */
static void lock_two(struct isle_ports *a, struct isle_ports *b)
{
	if (a > b)
		swap(a, b);
	spin_lock(&a->lock);
	if (a != b) {
		spin_lock_nested(&b->lock, SINGLE_DEPTH_NESTING);
		__release(&b->lock);
	}
	__release(&a->lock);	/* sparse does not count two locks in one */
}

static void unlock_two(struct isle_ports *a, struct isle_ports *b)
{
	__acquire(&a->lock);
	if (a != b) {
		__acquire(&b->lock);
		spin_unlock(&b->lock);
	}
	spin_unlock(&a->lock);
}

/* Context: holds the locks of both ends' domains. */
static struct isle_port *peer_of(struct isle_port *port)
{
	return rcu_dereference_protected(port->peer,
					 lockdep_is_held(&port->ports->lock));
}

static void set_peer(struct isle_port *port, struct isle_port *peer)
{
	unsigned long flags;

	lockdep_assert_held(&port->ports->lock);
	spin_lock_irqsave(&port->lock, flags);
	rcu_assign_pointer(port->peer, peer);
	spin_unlock_irqrestore(&port->lock, flags);
}

/*
 * Lock @port's domain and that of its peer, if it has one.
 *
 * Context: RCU, which keeps the peer and its struct isle_ports.
 * Return: the struct isle_ports of the peer, or the port's own.
 */
static struct isle_ports *lock_pair(struct isle_port *port)
{
	struct isle_ports *other;
	struct isle_port *peer;

	for (;;) {
		peer = rcu_dereference(port->peer);
		other = peer ? peer->ports : port->ports;
		lock_two(port->ports, other);
		if (peer_of(port) == peer)
			return other;
		/* They were joined or parted meanwhile */
		unlock_two(port->ports, other);
	}
}

/* Its owner hears of it, unless that was what closed it. */
static void forget_peer(struct isle_port *port)
{
	unsigned long flags;

	lockdep_assert_held(&port->ports->lock);
	spin_lock_irqsave(&port->lock, flags);
	rcu_assign_pointer(port->peer, NULL);
	if (port->ops && port->ops->parted)
		port->spent = port->ops->parted(port->private);
	spin_unlock_irqrestore(&port->lock, flags);
}

/* Context: holds both locks. */
static void part(struct isle_port *port)
{
	struct isle_port *peer = peer_of(port);

	if (!peer)
		return;
	forget_peer(peer);
	forget_peer(port);
}

static void part_unlocked(struct isle_port *port)
{
	struct isle_ports *other = lock_pair(port);

	part(port);
	unlock_two(port->ports, other);
}

/* A port with a number, that nobody can find yet. */
static struct isle_port *port_alloc(struct isle_domain *domain,
				    struct isle_domain *remote,
				    const struct isle_port_ops *ops,
				    void *private)
{
	struct isle_ports *ports = isle_ports_of(domain);
	struct isle_port *port;
	int err;

	err = isle_account_charge(&domain->account, ISLE_QUOTA_PORTS, 1);
	if (err)
		return ERR_PTR(err);
	port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);
	if (!port) {
		err = -ENOMEM;
		goto err_charge;
	}
	err = ida_alloc_range(&ports->numbers, 1, ISLE_PORT_MAX,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0)
		goto err_port;
	port->number = err;
	err = isle_port_table_reserve(ports, port->number);
	if (err)
		goto err_number;

	spin_lock_init(&port->lock);
	refcount_set(&port->refs, 1);
	port->ports = ports;
	port->remote = remote->unique;
	port->ops = ops;
	port->private = private;
	isle_domain_hold(domain);
	isle_live_inc(ISLE_LIVE_PORTS);
	return port;

err_number:
	ida_free(&ports->numbers, port->number);
err_port:
	kfree(port);
err_charge:
	isle_account_uncharge(&domain->account, ISLE_QUOTA_PORTS, 1);
	return ERR_PTR(err);
}

/* Nobody finds it any more, and it is not joined. */
static void port_free(struct isle_port *port)
{
	struct isle_ports *ports = port->ports;
	struct isle_domain *domain = ports->domain;

	ida_free(&ports->numbers, port->number);
	isle_account_uncharge(&domain->account, ISLE_QUOTA_PORTS, 1);
	isle_live_dec(ISLE_LIVE_PORTS);
	kfree_rcu(port, rcu);
	isle_domain_put(domain);
}

/**
 * isle_port_listen() - make a port that waits for one of another domain
 * @domain: whose it is; the caller has a reference
 * @remote: number of the domain that may connect to it; may be @domain's own
 * @ops: told of events
 * @private: for @ops
 *
 * Context: process; sleeps.
 * Return: the port, or an ERR_PTR: -ESRCH (@domain does not see such a domain),
 * -ENODEV (@domain is dead), -EDQUOT, -ENOSPC (all numbers are taken), -ENOMEM.
 */
struct isle_port *isle_port_listen(struct isle_domain *domain, u32 remote,
				   const struct isle_port_ops *ops,
				   void *private)
{
	struct isle_ports *ports = isle_ports_of(domain);
	struct isle_domain *other;
	struct isle_port *port;
	bool dead;

	other = isle_link_get(domain, remote);
	if (!other)
		return ERR_PTR(-ESRCH);
	port = port_alloc(domain, other, ops, private);
	isle_domain_put(other);
	if (IS_ERR(port))
		return port;

	spin_lock(&ports->lock);
	dead = ports->dead;
	if (!dead)
		isle_port_table_set(ports, port->number, port);
	spin_unlock(&ports->lock);
	if (dead) {
		port_free(port);
		return ERR_PTR(-ENODEV);
	}
	return port;
}

/* Join @port, which is new, to number @number of @other.  Holds both locks. */
static int join(struct isle_port *port, struct isle_ports *other, u32 number)
{
	struct isle_ports *ports = port->ports;
	struct isle_port *peer;
	unsigned long flags;

	if (ports->dead)
		return -ENODEV;
	/*
	 * Again, now that unlink() and destroy() would either find the pair or
	 * have come before.
	 */
	if (other->dead || !isle_linked(ports->domain, other->domain))
		return -ESRCH;
	rcu_read_lock();
	peer = isle_port_find(other, number);
	rcu_read_unlock();	/* other->lock keeps it */
	if (!peer || peer->spent || peer_of(peer) ||
	    peer->remote != ports->domain->unique)
		return -EINVAL;

	isle_port_table_set(ports, port->number, port);
	set_peer(port, peer);
	set_peer(peer, port);
	/* What was sent from the other end while it was unbound is made up for */
	spin_lock_irqsave(&port->lock, flags);
	port->ops->fire(port->private);
	spin_unlock_irqrestore(&port->lock, flags);
	return 0;
}

/**
 * isle_port_connect() - make a port and join it to one that waits for it
 * @domain: whose it is; the caller has a reference
 * @remote: number of the other domain; may be @domain's own
 * @remote_number: the port there
 * @ops: told of events; of a first one at once
 * @private: for @ops
 *
 * Context: process; sleeps.
 * Return: the port, or an ERR_PTR: -EINVAL (there is no such port, it does not
 * wait for @domain, or it is joined), and what isle_port_listen() says.
 */
struct isle_port *isle_port_connect(struct isle_domain *domain, u32 remote,
				    u32 remote_number,
				    const struct isle_port_ops *ops,
				    void *private)
{
	struct isle_ports *ports = isle_ports_of(domain);
	struct isle_domain *other;
	struct isle_port *port;
	int err;

	other = isle_link_get(domain, remote);
	if (!other)
		return ERR_PTR(-ESRCH);
	port = port_alloc(domain, other, ops, private);
	if (IS_ERR(port))
		goto out;

	lock_two(ports, isle_ports_of(other));
	err = join(port, isle_ports_of(other), remote_number);
	unlock_two(ports, isle_ports_of(other));
	if (err) {
		port_free(port);
		port = ERR_PTR(err);
	}
out:
	isle_domain_put(other);
	return port;
}

/**
 * isle_port_put() - give a reference back; with the last one the port goes
 * @port: the port
 *
 * The other end, if there is one, is unbound again.
 *
 * Context: process.
 */
void isle_port_put(struct isle_port *port)
{
	struct isle_ports *other;

	if (!refcount_dec_and_test(&port->refs))
		return;
	rcu_read_lock();
	other = lock_pair(port);
	part(port);
	isle_port_table_set(port->ports, port->number, NULL);
	unlock_two(port->ports, other);
	rcu_read_unlock();
	port_free(port);
}

/**
 * isle_port_close() - give up a port
 * @port: the port, which the caller has made
 *
 * Context: process.
 */
void isle_port_close(struct isle_port *port)
{
	/* Whoever makes it fire holds the lock */
	spin_lock_irq(&port->lock);
	WRITE_ONCE(port->ops, NULL);
	spin_unlock_irq(&port->lock);
	isle_port_put(port);
}

/**
 * isle_port_get() - keep a port open, whatever its owner does
 * @domain: the domain; the caller has a reference
 * @number: any number
 *
 * Context: any.
 * Return: the port with a reference, or NULL.
 */
struct isle_port *isle_port_get(struct isle_domain *domain, u32 number)
{
	struct isle_port *port;

	rcu_read_lock();
	port = isle_port_find(isle_ports_of(domain), number);
	if (port && !refcount_inc_not_zero(&port->refs))
		port = NULL;
	rcu_read_unlock();
	return port;
}

/**
 * isle_port_notify() - make the other end fire
 * @port: the port
 *
 * If there is no other end, nothing happens: whoever connects is told then.
 *
 * Context: any.
 * Return: 0.
 */
int isle_port_notify(struct isle_port *port)
{
	rcu_read_lock();
	isle_port_fire_peer(port);
	rcu_read_unlock();
	return 0;
}

/**
 * isle_event_send() - make the other end of a port fire, by number
 * @domain: whose port; the caller has a reference
 * @number: any number
 *
 * Context: any.
 * Return: 0, or -EINVAL if the domain has no such port.
 */
int isle_event_send(struct isle_domain *domain, u32 number)
{
	struct isle_port *port;
	int err = -EINVAL;

	rcu_read_lock();
	port = isle_port_find(isle_ports_of(domain), number);
	if (port) {
		isle_port_fire_peer(port);
		err = 0;
	}
	rcu_read_unlock();
	return err;
}

/**
 * isle_port_number() - what a port is called
 * @port: the port
 *
 * Return: its number in its domain, from 1.
 */
u32 isle_port_number(const struct isle_port *port)
{
	return port->number;
}

/**
 * isle_port_connected() - whether a port has another end at the moment
 * @port: the port
 *
 * Context: any.
 * Return: true if it has.
 */
bool isle_port_connected(const struct isle_port *port)
{
	return rcu_access_pointer(port->peer);
}

/**
 * isle_port_watch_add() - be told when a domain ends
 * @domain: the domain; the caller has a reference
 * @watch: with @ended set
 *
 * Return: 0, or -ENODEV: it has ended.
 */
int isle_port_watch_add(struct isle_domain *domain,
			struct isle_port_watch *watch)
{
	struct isle_ports *ports = isle_ports_of(domain);
	int err = -ENODEV;

	spin_lock(&ports->lock);
	if (!ports->dead) {
		list_add(&watch->list, &ports->watches);
		err = 0;
	}
	spin_unlock(&ports->lock);
	return err;
}

/**
 * isle_port_watch_del() - undo isle_port_watch_add()
 * @domain: the domain
 * @watch: not called any more afterwards
 */
void isle_port_watch_del(struct isle_domain *domain,
			 struct isle_port_watch *watch)
{
	struct isle_ports *ports = isle_ports_of(domain);

	spin_lock(&ports->lock);
	list_del(&watch->list);
	spin_unlock(&ports->lock);
}

/* Part the ports of a domain from all others, or only from those of @other. */
static void part_all(struct isle_ports *ports, struct isle_ports *other)
{
	struct isle_port_table *table;
	struct isle_port *port, *peer;
	u32 number, size;

	/* Ports that are added from now on find that they must not be joined */
	rcu_read_lock();
	table = rcu_dereference(ports->table);
	size = table ? table->size : 0;
	rcu_read_unlock();
	for (number = 1; number < size; number++) {
		rcu_read_lock();
		port = isle_port_find(ports, number);
		peer = port ? rcu_dereference(port->peer) : NULL;
		if (peer && (!other || peer->ports == other))
			part_unlocked(port);
		rcu_read_unlock();
		if (number % 512 == 0)
			cond_resched();
	}
}

static int ports_create(struct isle_domain *domain)
{
	struct isle_ports *ports = kzalloc(sizeof(*ports), GFP_KERNEL_ACCOUNT);

	if (!ports)
		return -ENOMEM;
	spin_lock_init(&ports->lock);
	ports->domain = domain;
	ida_init(&ports->numbers);
	INIT_LIST_HEAD(&ports->watches);
	domain->parts[ISLE_SLOT_PORTS] = ports;
	return 0;
}

static void ports_destroy(struct isle_domain *domain)
{
	struct isle_ports *ports = isle_ports_of(domain);
	struct isle_port_watch *watch;

	spin_lock(&ports->lock);
	ports->dead = true;
	list_for_each_entry(watch, &ports->watches, list)
		watch->ended(watch);
	spin_unlock(&ports->lock);
	part_all(ports, NULL);
}

static void ports_unlink(struct isle_domain *a, struct isle_domain *b)
{
	/* ports_destroy() follows and does it once for all links */
	if (isle_domain_dead(a) || isle_domain_dead(b))
		return;
	part_all(isle_ports_of(a), isle_ports_of(b));
}

static void ports_release(struct isle_domain *domain)
{
	struct isle_ports *ports = isle_ports_of(domain);

	if (!ports)
		return;
	/* All ports are gone: each one had a reference to the domain */
	ida_destroy(&ports->numbers);
	kvfree(rcu_dereference_protected(ports->table, 1));
	kfree_rcu(ports, rcu);
}

static const struct isle_part ports_part = {
	.slot = ISLE_SLOT_PORTS,
	.create = ports_create,
	.destroy = ports_destroy,
	.unlink = ports_unlink,
	.release = ports_release,
};

/**
 * isle_event_init() - let all domains have ports
 *
 * Return: 0 or a negative errno.
 */
int isle_event_init(void)
{
	return isle_part_register(&ports_part);
}

/**
 * isle_event_exit() - undo isle_event_init()
 */
void isle_event_exit(void)
{
	isle_part_unregister(&ports_part);
}
