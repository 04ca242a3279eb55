/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_WAIT_H
#define ISLE_CORE_WAIT_H

#include <linux/errno.h>
#include <linux/hrtimer.h>
#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>

/**
 * isle_wait_signal() - sleep until a condition is true or a signal comes
 * @wq: the wait queue that is woken when it becomes true
 * @condition: an expression; evaluated often
 *
 * wait_event_interruptible() also ends for work that io_uring has for the task,
 * which is no signal and cannot be run here: it would neither sleep nor say
 * why.  This one looks for signals every now and then.
 *
 * Return: 0, or -EINTR.
 */
#define isle_wait_signal(wq, condition)					\
({									\
	int __err = 0;							\
									\
	while (!__err && !(condition)) {				\
		if (task_sigpending(current) ||				\
		    wait_event_killable_timeout(wq, condition, HZ / 50) < 0) \
			__err = -EINTR;					\
	}								\
	__err;								\
})

/**
 * isle_deadline() - when a timeout will be over
 * @timeout_ns: from now; negative: never
 *
 * Return: the time, for isle_wait_until().
 */
static inline ktime_t isle_deadline(s64 timeout_ns)
{
	return timeout_ns < 0 ? KTIME_MAX :
	       ktime_add_safe(ktime_get(), ns_to_ktime(timeout_ns));
}

/*
 * Sleep once, the task's state being TASK_INTERRUPTIBLE.  0: the condition may
 * be true now.
 */
static inline int isle_wait_sleep(ktime_t deadline)
{
	int err = 0;

	if (task_sigpending(current)) {
		err = -EINTR;
	} else if (deadline != KTIME_MAX &&
		   ktime_compare(ktime_get(), deadline) >= 0) {
		err = -ETIMEDOUT;
	} else if (signal_pending(current)) {
		/*
		 * Work that io_uring has for the task is no signal and cannot
		 * be run here; while there is some, look every now and then.
		 */
		set_current_state(TASK_KILLABLE);
		schedule_timeout(HZ / 50);
	} else if (deadline == KTIME_MAX) {
		schedule();
	} else {
		schedule_hrtimeout(&deadline, HRTIMER_MODE_ABS);
	}
	__set_current_state(TASK_RUNNING);
	return err;
}

/**
 * isle_wait_until() - sleep until a condition is true, a time or a signal comes
 * @wq: the wait queue that is woken when it becomes true
 * @condition: an expression, which must not sleep; evaluated often
 * @deadline: from isle_deadline()
 *
 * Return: 0, -ETIMEDOUT or -EINTR.
 */
#define isle_wait_until(wq, condition, deadline)			\
({									\
	DEFINE_WAIT(__wait);						\
	int __err = 0;							\
									\
	for (;;) {							\
		prepare_to_wait(&(wq), &__wait, TASK_INTERRUPTIBLE);	\
		if (condition)						\
			break;						\
		__err = isle_wait_sleep(deadline);			\
		if (__err)						\
			break;						\
	}								\
	finish_wait(&(wq), &__wait);					\
	__err;								\
})

#endif /* ISLE_CORE_WAIT_H */
