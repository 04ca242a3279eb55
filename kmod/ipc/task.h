/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_TASK_H
#define ISLE_IPC_TASK_H

#include <linux/list.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/wait.h>
#include <isle/task.h>

#include "core/domain.h"

struct isle_buffer;
struct isle_region;
struct isle_incoming;
struct isle_outgoing;
struct isle_timer;

/**
 * struct isle_task - an endpoint for messages
 * @lock: protects what says so.  Never taken while another task's is held.
 * @id: its number (constant)
 * @refs: references to the memory; its file has one until the task has ended
 * @domain: whose it is; a reference (constant)
 * @busy: an operation is under way: bit 0, taken by the thread that does it,
 *	who alone touches @sleeper, and @in and @out while nobody can find them
 * @dead: it has ended; never becomes false again (written under @lock)
 * @aborted: whom it waits for in a closed receive has ended, or may not be
 *	known any more (written under that task's lock)
 * @receiving: it waits in a receive, as @in says (protected by @lock)
 * @filling: somebody writes to its buffer: what it waits for is on its way
 *	(written under the lock that protects @in, then without)
 * @state: enum isle_task_state.  RECEIVING: protected by @lock; SENDING,
 *	CALLING: by @target's lock.  Read by anybody for people.
 * @result: 0 while it waits; then 1, or a negative errno, or
 *	ISLE_RESULT_AGAIN: look again.  Written once, by whoever ends the wait
 *	and under the lock that protects @state; everything else of the wait is
 *	written before.
 * @in: where to and from whom it receives; on the stack of its thread
 * @out: what it sends; likewise
 * @target: in whose @senders or @callers it is, or NULL (protected by that
 *	task's lock)
 * @queued: node there (likewise)
 * @sleeper: its thread while that sleeps, or NULL
 * @pending: notifications, while there is no @page (atomic)
 * @page: what the program maps, or NULL; set once (under @lock), freed with
 *	the task
 * @senders: tasks that wait until it receives, in their order (protected by
 *	@lock)
 * @callers: tasks that wait for its reply (protected by @lock)
 * @awaiters: closed receives that wait for it (protected by @lock)
 * @asyncs: asynchronous messages for it (protected by @lock)
 * @n_asyncs: how many (protected by @lock)
 * @asyncs_sent: those it has sent that wait somewhere (atomic)
 * @wait: who polls
 * @in_domain: node in its domain's list (protected by that list's lock)
 * @watchers: watches of it by others (protected by the watches' lock)
 * @watching: its watches of others (likewise)
 * @maps: shared memory that it has mapped (changed under @lock, read under RCU)
 * @shms: shared memory that it has created (protected by shm.c's lock)
 * @timer: made when it is used first, or NULL; set once (under @lock)
 * @buffer: registered for payloads that come, or NULL (protected by @busy)
 * @region: registered for payloads that go, or NULL (protected by @busy)
 * @services: for what services keep of it, one word each group that asks
 * @pid: the process that opened it (a reference, constant)
 * @comm: its name then (constant)
 * @rcu: it is freed after a grace period
 */
struct isle_task {
	spinlock_t lock;	/* see above */
	s32 id;
	refcount_t refs;
	struct isle_domain *domain;
	unsigned long busy;
	bool dead;
	bool aborted;
	bool receiving;
	bool filling;
	u32 state;
	int result;
	struct isle_incoming *in;
	struct isle_outgoing *out;
	struct isle_task *target;
	struct list_head queued;
	struct task_struct *sleeper;
	u32 pending;
	struct isle_task_page *page;
	struct list_head senders;
	struct list_head callers;
	struct list_head awaiters;
	struct list_head asyncs;
	u32 n_asyncs;
	atomic_t asyncs_sent;
	wait_queue_head_t wait;
	struct list_head in_domain;
	struct list_head watchers;
	struct list_head watching;
	struct list_head maps;
	struct list_head shms;
	struct isle_timer *timer;
	struct isle_buffer *buffer;
	struct isle_region *region;
	void *services;
	struct pid *pid;
	char comm[16];
	struct rcu_head rcu;
};

/* isle_task.result: what there is to receive changed */
#define ISLE_RESULT_AGAIN	2

/* What a domain has of this floor */
struct isle_tasks {
	struct mutex lock;	/* protects the rest */
	bool dead;
	struct list_head list;
};

/* task.c */
extern u32 isle_task_next_id;	/* tests move it on */
struct isle_task *isle_task_create(struct isle_domain *domain);
void isle_task_end(struct isle_task *task);
void isle_task_let_go(struct isle_task *task);
void isle_task_put(struct isle_task *task);
struct isle_task *isle_task_find(struct isle_task *task, s32 id);
struct isle_task *isle_task_get(struct isle_task *task, s32 id);
struct isle_task *isle_task_next(struct isle_domain *domain, s32 id);
int isle_task_init(void);
void isle_task_exit(void);

/* task_file.c */
extern const struct file_operations isle_task_fops;
void isle_task_fill_info(struct isle_task *task, struct isle_task_info *info);
const char *isle_task_state_name(enum isle_task_state state);

static inline void isle_task_hold(struct isle_task *task)
{
	refcount_inc(&task->refs);
}

static inline bool isle_task_begin(struct isle_task *task)
{
	return !test_and_set_bit_lock(0, &task->busy);
}

static inline void isle_task_done(struct isle_task *task)
{
	clear_bit_unlock(0, &task->busy);
	/* Not busy, then whether it is dead: pairs with the one in its end */
	smp_mb__after_atomic();
	if (unlikely(READ_ONCE(task->dead)))
		isle_task_let_go(task);
}

/* Somebody may poll; holds @task->lock, as do pollers when they look. */
static inline void isle_task_poll_wake(struct isle_task *task, __poll_t events)
{
	/* Whoever polls enters the queue before it takes the lock to look */
	if (waitqueue_active(&task->wait))
		wake_up_poll(&task->wait, events);
}

#endif /* ISLE_IPC_TASK_H */
