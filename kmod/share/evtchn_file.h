/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What a file of evtchn and its ports look like, and what happens to a port
 * under the file's lock, in line.  Only for evtchn.c and evtchn_io.c.
 */
#ifndef ISLE_SHARE_EVTCHN_FILE_H
#define ISLE_SHARE_EVTCHN_FILE_H

#include <linux/fs.h>
#include <linux/list.h>
#include <linux/lockdep.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/wait.h>

#include "core/domain.h"
#include "core/part.h"
#include "share/event.h"
#include "share/port.h"

/* States of a port, see evtchn.c */
enum isle_evtchn_state {
	ISLE_EVTCHN_IDLE,
	ISLE_EVTCHN_QUEUED,
	ISLE_EVTCHN_MASKED,
	ISLE_EVTCHN_MISSED,
	ISLE_EVTCHN_CLOSED,
};

/**
 * struct isle_evtchn_file - an open file
 * @wait: who reads or polls; its lock is the one that evtchn.c speaks of
 * @pending: struct isle_evtchn in state QUEUED, in the order of events
 * @ports: all struct isle_evtchn that are bound
 * @serial: of the next one (protected by @wait.lock)
 * @restricted: number of the only domain to bind to, or UNRESTRICTED (atomic)
 * @domain: who it acts as (constant)
 * @watch: tells when the domain dies
 * @fasync: who wants SIGIO; has its own lock
 */
struct isle_evtchn_file {
	wait_queue_head_t wait;
	struct list_head pending;
	struct list_head ports;
	u64 serial;
	u32 restricted;
	struct isle_domain *domain;
	struct isle_port_watch watch;
	struct fasync_struct *fasync;
};

/**
 * struct isle_evtchn - a port that is bound to a file
 * @file: the file (constant)
 * @port: the port; set with @number
 * @number: its number; 0 until it is bound
 * @state: one of the above
 * @serial: tells it from a later one with the same number
 * @pending: in @file->pending
 * @ports: in @file->ports
 * @rcu: for freeing it
 */
struct isle_evtchn {
	struct isle_evtchn_file *file;
	struct isle_port *port;
	u32 number;
	enum isle_evtchn_state state;
	u64 serial;
	struct list_head pending;
	struct list_head ports;
	struct rcu_head rcu;
};

extern const struct isle_port_ops isle_evtchn_port_ops;

static inline bool isle_evtchn_dead(const struct isle_evtchn_file *f)
{
	return isle_domain_dead(f->domain);
}

/* Holds the lock.  Value: whether there was nothing pending before. */
static inline bool isle_evtchn_enqueue(struct isle_evtchn *e)
{
	struct isle_evtchn_file *f = e->file;
	bool first = list_empty(&f->pending);

	lockdep_assert_held(&f->wait.lock);
	list_add_tail(&e->pending, &f->pending);
	e->state = ISLE_EVTCHN_QUEUED;
	/* Who waits is seen: it came under this lock, and so did we */
	if (first && waitqueue_active(&f->wait))
		wake_up_locked_poll(&f->wait, EPOLLIN | EPOLLRDNORM);
	return first;
}

static inline void isle_evtchn_signal(struct isle_evtchn_file *f)
{
	if (READ_ONCE(f->fasync))
		kill_fasync(&f->fasync, SIGIO, POLL_IN);
}

/* Context: RCU, which keeps it. */
static inline struct isle_evtchn *isle_evtchn_find(struct isle_evtchn_file *f,
						   u32 number)
{
	struct isle_port *port = isle_port_find(isle_ports_of(f->domain), number);
	struct isle_evtchn *e = NULL;

	if (port)
		e = isle_port_private(port, &isle_evtchn_port_ops);
	/*
	 * Not yet bound completely, or somebody else's.  Pairs with the
	 * release in bind(): who sees the number sees the port.
	 */
	if (!e || e->file != f || smp_load_acquire(&e->number) != number)
		return NULL;
	return e;
}

/* Hear of the port's events again.  Holds the lock. */
static inline bool isle_evtchn_unmask(struct isle_evtchn *e)
{
	if (e->state == ISLE_EVTCHN_MISSED)
		return isle_evtchn_enqueue(e);
	if (e->state == ISLE_EVTCHN_MASKED)
		e->state = ISLE_EVTCHN_IDLE;
	return false;
}

/* evtchn_io.c */
ssize_t isle_evtchn_fop_read(struct file *file, char __user *buf, size_t count,
			     loff_t *pos);
ssize_t isle_evtchn_fop_read_iter(struct kiocb *iocb, struct iov_iter *iter);
ssize_t isle_evtchn_fop_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *pos);
ssize_t isle_evtchn_fop_write_iter(struct kiocb *iocb, struct iov_iter *iter);
__poll_t isle_evtchn_fop_poll(struct file *file, poll_table *wait);

#endif /* ISLE_SHARE_EVTCHN_FILE_H */
