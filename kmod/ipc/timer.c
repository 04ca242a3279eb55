// SPDX-License-Identifier: GPL-2.0
/*
 * Timers: one per task, which raises ISLE_NOTIFY_TIMER once.
 *
 * It runs down in a worker, so that tasks' locks need not be held with
 * interrupts off.  Made when a task first sets it, ended with the task.
 */
#include <linux/jiffies.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "ipc/notify.h"

struct isle_timer {
	struct delayed_work work;
	struct isle_task *task;
};

static void run_down(struct work_struct *work)
{
	struct isle_timer *timer = container_of(to_delayed_work(work),
						struct isle_timer, work);

	isle_notify_raise(timer->task, ISLE_NOTIFY_TIMER);
}

/* The task's timer, made if need be */
static struct isle_timer *get(struct isle_task *task)
{
	struct isle_timer *timer = READ_ONCE(task->timer);

	if (timer)
		return timer;
	timer = kzalloc(sizeof(*timer), GFP_KERNEL_ACCOUNT);
	if (!timer)
		return NULL;
	INIT_DELAYED_WORK(&timer->work, run_down);
	timer->task = task;
	spin_lock(&task->lock);
	if (task->timer)
		kfree(timer);
	else
		WRITE_ONCE(task->timer, timer);
	spin_unlock(&task->lock);
	return task->timer;
}

/**
 * isle_timer_set() - set a task's timer
 * @task: the task, which has not ended
 * @milliseconds: after how many to raise the notification; 0: not at all
 *
 * Return: 0, -ENODEV if its domain was destroyed, or -ENOMEM.
 */
int isle_timer_set(struct isle_task *task, u32 milliseconds)
{
	struct isle_timer *timer;
	int err = 0;

	if (!milliseconds) {
		timer = READ_ONCE(task->timer);
		if (timer)
			cancel_delayed_work(&timer->work);
		return 0;
	}
	timer = get(task);
	if (!timer)
		return -ENOMEM;
	spin_lock(&task->lock);
	if (task->dead)
		err = -ENODEV;
	else
		mod_delayed_work(system_wq, &timer->work,
				 nsecs_to_jiffies64((u64)milliseconds *
						    NSEC_PER_MSEC) + 1);
	spin_unlock(&task->lock);
	return err;
}

/**
 * isle_timer_end() - a task is dead: its timer does not run any more
 * @task: the task
 *
 * Context: process; sleeps.
 */
void isle_timer_end(struct isle_task *task)
{
	struct isle_timer *timer = READ_ONCE(task->timer);

	if (timer)
		cancel_delayed_work_sync(&timer->work);
}

/**
 * isle_timer_free() - free a task's timer with the task
 * @task: the task
 */
void isle_timer_free(struct isle_task *task)
{
	kfree(task->timer);
}
