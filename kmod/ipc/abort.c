// SPDX-License-Identifier: GPL-2.0
/*
 * Waits that nobody ends by a message: the other task has gone, its domain is
 * not linked any more, or what came from it was lost.
 *
 * Senders and callers wait in a queue of the task that they wait for, and are
 * taken out of it under that task's lock.  A closed receive waits in no queue:
 * it leaves a struct isle_await, on its own stack, in the list of awaiters of
 * the task, under the same lock.  No path holds two tasks' locks.
 */
#include "core/link.h"
#include "ipc/message.h"

/**
 * isle_await_begin() - in a closed receive, be told when the other task ends
 * @task: who waits
 * @id: number of the task that it waits for
 * @await: on the caller's stack, until isle_await_end()
 * @from: gets that task, with a reference
 *
 * Return: 0, or -ESRCH.
 */
int isle_await_begin(struct isle_task *task, s32 id, struct isle_await *await,
		     struct isle_task **from)
{
	struct isle_task *other = isle_task_get(task, id);
	int err = -ESRCH;

	if (!other)
		return -ESRCH;
	await->task = task;
	spin_lock(&other->lock);
	if (!other->dead && isle_linked(task->domain, other->domain)) {
		WRITE_ONCE(task->aborted, false);
		list_add_tail(&await->node, &other->awaiters);
		err = 0;
	}
	spin_unlock(&other->lock);
	if (err)
		isle_task_put(other);
	else
		*from = other;
	return err;
}

/**
 * isle_await_end() - undo isle_await_begin()
 * @task: who waited
 * @await: as it was given
 * @from: the task; the reference goes
 */
void isle_await_end(struct isle_task *task, struct isle_await *await,
		    struct isle_task *from)
{
	spin_lock(&from->lock);
	list_del(&await->node);
	WRITE_ONCE(task->aborted, false);
	spin_unlock(&from->lock);
	isle_task_put(from);
}

/**
 * isle_message_cancel() - end a call whose request was received and lost
 * @task: who has received it
 * @id: number of the caller
 */
void isle_message_cancel(struct isle_task *task, s32 id)
{
	struct isle_task *caller, *wake = NULL;

	rcu_read_lock();
	spin_lock(&task->lock);
	caller = isle_task_find(task, id);
	if (caller && READ_ONCE(caller->target) == task &&
	    caller->state == ISLE_TASK_CALLING) {
		isle_task_leave(caller);
		isle_task_finish(caller, -ECANCELED);
		wake = caller;
	}
	spin_unlock(&task->lock);
	if (wake)
		isle_task_wake(wake, false);
	rcu_read_unlock();
}

/* Abort those in one of @task's queues that are of @domain, or all. */
static void abort_queue(struct list_head *queue, struct isle_domain *domain)
{
	struct isle_task *waiter, *next;

	list_for_each_entry_safe(waiter, next, queue, queued) {
		if (domain && waiter->domain != domain)
			continue;
		isle_task_leave(waiter);
		isle_task_finish(waiter, -ECANCELED);
		isle_task_wake(waiter, false);
	}
}

/**
 * isle_message_abort_domain() - end the waits of a domain's tasks for a task
 * @task: the task
 * @domain: whose tasks; NULL: everybody's
 *
 * What is begun afterwards finds that @task is dead, or that the domains are
 * not linked.
 */
void isle_message_abort_domain(struct isle_task *task,
			       struct isle_domain *domain)
{
	struct isle_await *await, *next;

	rcu_read_lock();
	spin_lock(&task->lock);
	abort_queue(&task->senders, domain);
	abort_queue(&task->callers, domain);
	list_for_each_entry_safe(await, next, &task->awaiters, node) {
		if (domain && await->task->domain != domain)
			continue;
		WRITE_ONCE(await->task->aborted, true);
		isle_task_wake(await->task, false);
	}
	spin_unlock(&task->lock);
	rcu_read_unlock();
}
