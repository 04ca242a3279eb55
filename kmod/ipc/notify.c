// SPDX-License-Identifier: GPL-2.0
/*
 * Notifications: bits of a task that others raise and that it takes all at once.
 *
 * Raising never waits and never fails for want of memory: bits are OR-ed, and
 * if the task waits for a message from anyone it gets them as one at once.  The
 * bits stand in the task, or in the page that its program has mapped.
 */
#include "core/link.h"
#include "ipc/message.h"
#include "ipc/notify.h"
#include "trace.h"

/**
 * isle_notify_raise_locked() - raise notifications of a task
 * @task: the task
 * @bits: which
 *
 * Context: process; holds @task->lock and RCU.
 */
void isle_notify_raise_locked(struct isle_task *task, u32 bits)
{
	lockdep_assert_held(&task->lock);
	atomic_or(bits, isle_notify_word(task));
	trace_isle_notify(task, bits);
	if (task->receiving && (task->in->from == ISLE_TASK_ANY ||
				task->in->from == ISLE_TASK_KERNEL)) {
		/* It takes them itself: one place makes messages of them */
		task->receiving = false;
		WRITE_ONCE(task->state, ISLE_TASK_IDLE);
		/* Pairs with the acquire of whoever waits */
		smp_store_release(&task->result, ISLE_RESULT_AGAIN);
		isle_task_wake(task, false);
	}
	isle_task_poll_wake(task, EPOLLIN | EPOLLRDNORM);
}

/**
 * isle_notify_raise() - raise notifications of a task
 * @task: the task; the caller has a reference
 * @bits: which
 *
 * Context: process.
 */
void isle_notify_raise(struct isle_task *task, u32 bits)
{
	rcu_read_lock();
	spin_lock(&task->lock);
	isle_notify_raise_locked(task, bits);
	spin_unlock(&task->lock);
	rcu_read_unlock();
}

/**
 * isle_notify() - raise notifications of a task by number
 * @task: who does it
 * @dst: whose
 * @bits: which
 *
 * Return: 0, -EINVAL if there are no @bits, or -ESRCH.
 */
int isle_notify(struct isle_task *task, s32 dst, u32 bits)
{
	struct isle_task *to;
	int err = -ESRCH;

	if (!bits)
		return -EINVAL;
	rcu_read_lock();
	to = isle_task_find(task, dst);
	if (to) {
		spin_lock(&to->lock);
		if (!to->dead && isle_linked(task->domain, to->domain)) {
			isle_notify_raise_locked(to, bits);
			err = 0;
		}
		spin_unlock(&to->lock);
	}
	rcu_read_unlock();
	return err;
}
