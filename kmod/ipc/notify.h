/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_NOTIFY_H
#define ISLE_IPC_NOTIFY_H

#include "ipc/task.h"

/* Where @task's pending notifications are; holds @task->lock. */
static inline atomic_t *isle_notify_word(struct isle_task *task)
{
	return (atomic_t *)(task->page ? &task->page->pending : &task->pending);
}

/*
 * The pending notifications, which are none afterwards; holds @task->lock.
 * The program may take them from the page at the same time.
 */
static inline u32 isle_notify_take(struct isle_task *task)
{
	atomic_t *word = isle_notify_word(task);

	return atomic_read(word) ? atomic_xchg(word, 0) : 0;
}

int isle_notify(struct isle_task *task, s32 dst, u32 bits);
void isle_notify_raise(struct isle_task *task, u32 bits);
void isle_notify_raise_locked(struct isle_task *task, u32 bits);

/* timer.c */
int isle_timer_set(struct isle_task *task, u32 milliseconds);
void isle_timer_end(struct isle_task *task);
void isle_timer_free(struct isle_task *task);

#endif /* ISLE_IPC_NOTIFY_H */
