// SPDX-License-Identifier: GPL-2.0
/*
 * Watches: a task that asks for it gets the asynchronous message task.exited
 * when another one ends.
 *
 * A watch has its message from the beginning, charged to the watcher's domain,
 * so that telling cannot fail.  It is over when it has told, when the watcher
 * takes it back, or when either ends.  What becomes unlinked is not told.
 *
 * Lock: watches_lock protects both lists of every task, and comes before any
 * task's lock.  It is held for as long as one task has watches.
 */
#include <linux/mutex.h>
#include <linux/slab.h>

#include "core/link.h"
#include "ipc/async.h"
#include "ipc/watch.h"

/**
 * struct isle_watch - one task watches another
 * @watcher: who is told (constant)
 * @watched: of whose end (constant)
 * @in_watchers: node in @watched's list
 * @in_watching: node in @watcher's list
 * @exited: the message
 *
 * It holds no references: it is gone before either task is.
 */
struct isle_watch {
	struct isle_task *watcher;
	struct isle_task *watched;
	struct list_head in_watchers;
	struct list_head in_watching;
	struct isle_async *exited;
};

static DEFINE_MUTEX(watches_lock);

static struct isle_watch *find(struct isle_task *task, s32 id)
{
	struct isle_watch *watch;

	lockdep_assert_held(&watches_lock);
	list_for_each_entry(watch, &task->watching, in_watching)
		if (watch->watched->id == id)
			return watch;
	return NULL;
}

static void unlink_watch(struct isle_watch *watch)
{
	list_del(&watch->in_watchers);
	list_del(&watch->in_watching);
	kfree(watch);
}

static int add(struct isle_task *task, struct isle_task *watched,
	       struct isle_watch *watch)
{
	lockdep_assert_held(&watches_lock);
	/* Whoever ends marks itself dead before it comes here */
	if (READ_ONCE(task->dead))
		return -ENODEV;
	if (READ_ONCE(watched->dead) ||
	    !isle_linked(task->domain, watched->domain))
		return -ESRCH;
	if (find(task, watched->id))
		return -EEXIST;
	watch->watcher = task;
	watch->watched = watched;
	list_add_tail(&watch->in_watchers, &watched->watchers);
	list_add_tail(&watch->in_watching, &task->watching);
	return 0;
}

/**
 * isle_watch() - tell a task when another one ends
 * @task: who is told
 * @id: number of the other
 *
 * Context: process; sleeps.
 * Return: 0, -EDEADLK (itself), -ESRCH, -EEXIST, -EDQUOT, -ENOMEM, -ENODEV.
 */
int isle_watch(struct isle_task *task, s32 id)
{
	struct isle_watch *watch;
	struct isle_task *watched;
	int err;

	if (id == task->id)
		return -EDEADLK;
	watched = isle_task_get(task, id);
	if (!watched)
		return -ESRCH;
	err = -ENOMEM;
	watch = kzalloc(sizeof(*watch), GFP_KERNEL_ACCOUNT);
	if (!watch)
		goto err_task;
	watch->exited = isle_async_make(task->domain);
	err = PTR_ERR_OR_ZERO(watch->exited);
	if (err)
		goto err_watch;
	mutex_lock(&watches_lock);
	err = add(task, watched, watch);
	mutex_unlock(&watches_lock);
	if (!err)
		goto err_task;
	isle_async_free(watch->exited);
err_watch:
	kfree(watch);
err_task:
	isle_task_put(watched);
	return err;
}

/**
 * isle_unwatch() - undo isle_watch()
 * @task: who is told
 * @id: number of the other
 *
 * Return: 0, or -ENOENT if it is not watched.
 */
int isle_unwatch(struct isle_task *task, s32 id)
{
	struct isle_async *exited = NULL;
	struct isle_watch *watch;

	mutex_lock(&watches_lock);
	watch = find(task, id);
	if (watch) {
		exited = watch->exited;
		unlink_watch(watch);
	}
	mutex_unlock(&watches_lock);
	if (!exited)
		return -ENOENT;
	isle_async_free(exited);
	return 0;
}

/* Tell the watcher and forget the watch. */
static void tell(struct isle_watch *watch)
{
	isle_async_post(watch->exited, watch->watcher, ISLE_TASK_SERVICES,
			ISLE_MESSAGE_EXITED, watch->watched->id);
	unlink_watch(watch);
}

/**
 * isle_watch_unlink() - a task ceases to exist for the tasks of a domain
 * @task: the task
 * @domain: whose watches of it end; it is not linked to the task's any more
 *
 * Context: process; sleeps.
 */
void isle_watch_unlink(struct isle_task *task, struct isle_domain *domain)
{
	struct isle_watch *watch, *next;

	mutex_lock(&watches_lock);
	list_for_each_entry_safe(watch, next, &task->watchers, in_watchers)
		if (watch->watcher->domain == domain)
			tell(watch);
	mutex_unlock(&watches_lock);
}

/**
 * isle_watch_end() - a task is dead: tell those who want to know
 * @task: the task
 *
 * Context: process; sleeps.
 */
void isle_watch_end(struct isle_task *task)
{
	struct isle_watch *watch, *next;

	mutex_lock(&watches_lock);
	list_for_each_entry_safe(watch, next, &task->watchers, in_watchers)
		tell(watch);
	list_for_each_entry_safe(watch, next, &task->watching, in_watching) {
		isle_async_free(watch->exited);
		unlink_watch(watch);
	}
	mutex_unlock(&watches_lock);
}
