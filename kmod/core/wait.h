/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_WAIT_H
#define ISLE_CORE_WAIT_H

#include <linux/errno.h>
#include <linux/jiffies.h>
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

#endif /* ISLE_CORE_WAIT_H */
