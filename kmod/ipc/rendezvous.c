// SPDX-License-Identifier: GPL-2.0
/*
 * How the thread of a task waits for another task, and is woken.
 *
 * A wait ends when task->result is set.  Whoever waits first stays runnable
 * for a while, as an answer often comes at once: if nobody else wants this
 * processor it spins, otherwise it lets others run, the peer among them, and
 * a wake-up is saved.  Both are bounded; then it sleeps.
 */
#include <linux/sched.h>
#include <linux/sched/clock.h>
#include <linux/sched/signal.h>
#include <linux/sched/stat.h>
#include <linux/wait.h>

#include "core/compat.h"
#include "ipc/message.h"

/* How long to spin on a processor of one's own: ten times what a call takes */
#define SPIN_NS		20000
/* How often to let others run before sleeping */
#define YIELDS		8

static __always_inline bool is_over(struct isle_task *task)
{
	/* Pairs with the release in those who set the result */
	return smp_load_acquire(&task->result) || READ_ONCE(task->dead) ||
	       READ_ONCE(task->aborted);
}

/* Whether it was worth the while */
static bool spin(struct isle_task *task)
{
	u64 end = local_clock() + SPIN_NS;
	int i;

	do {
		for (i = 0; i < 32; i++) {
			if (is_over(task))
				return true;
			cpu_relax();
		}
		if (need_resched() || signal_pending(current) ||
		    !single_task_running())
			return false;
	} while (local_clock() < end);
	return false;
}

static int sleep(struct isle_task *task, ktime_t deadline)
{
	int err = 0;

	for (;;) {
		WRITE_ONCE(task->sleeper, current);
		/*
		 * Full barrier after both: whoever sets a result, or marks the
		 * task, sees the sleeper, or we see what was set.  Pairs with
		 * the one in isle_task_wake().
		 */
		set_current_state(TASK_INTERRUPTIBLE | TASK_FREEZABLE);
		if (is_over(task))
			break;
		if (task_sigpending(current)) {
			err = -EINTR;
			break;
		}
		if (signal_pending(current)) {
			/* Work that io_uring has for the thread: see core/wait.h */
			if (deadline != KTIME_MAX &&
			    ktime_compare(ktime_get(), deadline) >= 0) {
				err = -ETIMEDOUT;
				break;
			}
			set_current_state(TASK_KILLABLE);
			if (!is_over(task))
				schedule_timeout(HZ / 50);
			continue;
		}
		if (deadline == KTIME_MAX) {
			schedule();
		} else if (!schedule_hrtimeout_range(&deadline, 0,
						     HRTIMER_MODE_ABS)) {
			if (!is_over(task))
				err = -ETIMEDOUT;
			break;
		}
	}
	__set_current_state(TASK_RUNNING);
	WRITE_ONCE(task->sleeper, NULL);
	return err;
}

/**
 * isle_task_sleep() - wait until there is a result
 * @task: the task, whose operation this thread does
 * @deadline: when to give up, as of ktime_get(); KTIME_MAX: never
 *
 * Context: process; sleeps.
 * Return: 0 if there is a result, or the task was marked dead or aborted;
 * -EINTR or -ETIMEDOUT.
 */
int isle_task_sleep(struct isle_task *task, ktime_t deadline)
{
	int i;

	for (i = 0; i < YIELDS; i++) {
		if (single_task_running()) {
			if (spin(task))
				return 0;
			break;
		}
		yield();
		if (is_over(task))
			return 0;
		if (signal_pending(current))
			break;
	}
	return sleep(task, deadline);
}

/**
 * isle_task_wake() - let a task's thread see that something was written
 * @task: the task
 * @sync: the caller is about to wait itself
 *
 * Called after a result was set or the task was marked; the caller has been
 * in a read-side critical section of RCU since before that, so that the thread
 * cannot go away meanwhile: it clears task->sleeper first.
 */
void isle_task_wake(struct isle_task *task, bool sync)
{
	struct task_struct *sleeper;

	smp_mb();	/* pairs with set_current_state() in sleep() */
	sleeper = READ_ONCE(task->sleeper);
	if (sleeper) {
		wait_queue_entry_t entry = { .private = sleeper };

		default_wake_function(&entry, TASK_NORMAL,
				      sync ? ISLE_WF_SYNC : 0, NULL);
	}
}
