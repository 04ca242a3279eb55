// SPDX-License-Identifier: GPL-2.0
/*
 * Tasks: their numbers and lives.
 *
 * A task is made when its file is opened and ends when the file goes or its
 * domain is destroyed, whichever comes first: it is marked dead under its
 * lock, its number is given back, everybody who waits for it is told, and what
 * others have queued for it is dropped.  Its memory stays until the last
 * reference goes, and a grace period of RCU longer, since it is looked up
 * without a reference.
 *
 * Numbers go round (xa_alloc_cyclic), so that a number is not given to another
 * task soon after.  What a task waits for is kept as pointers: a new task of
 * the same number gets no reply that was meant for the old one.
 *
 * Lock order: isle_tasks.lock > watches_lock (watch.c) > isle_task.lock >
 * its wait queue's.  No path holds the locks of two tasks.
 */
#include <linux/err.h>
#include <linux/pid.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "core/domain.h"
#include "core/link.h"
#include "core/live.h"
#include "core/part.h"
#include "ipc/async.h"
#include "ipc/buffer.h"
#include "ipc/message.h"
#include "ipc/notify.h"
#include "ipc/region.h"
#include "ipc/service.h"
#include "ipc/shm.h"
#include "ipc/task.h"
#include "ipc/watch.h"
#include "trace.h"

static DEFINE_XARRAY_ALLOC(tasks);	/* by number; looked up under RCU */
/* Where to look for a free number; protected by the xarray's lock */
u32 isle_task_next_id = ISLE_TASK_MIN;
static struct kmem_cache *cache;

static struct isle_tasks *tasks_of(struct isle_domain *domain)
{
	return domain->parts[ISLE_SLOT_TASKS];
}

/**
 * isle_task_find() - find a task by number, for one that wants to talk to it
 * @task: who looks for it
 * @id: any number
 *
 * Whoever uses it takes its lock and asks whether it is dead and linked: it
 * may be until then, or not be any more.
 *
 * Context: holds RCU.
 * Return: the task, without a reference, or NULL.
 */
struct isle_task *isle_task_find(struct isle_task *task, s32 id)
{
	return xa_load(&tasks, (u32)id);
}

/**
 * isle_task_get() - find a task by number and keep it
 * @task: who looks for it; the same or a linked domain's
 * @id: any number
 *
 * Return: the task with a reference, or NULL.
 */
struct isle_task *isle_task_get(struct isle_task *task, s32 id)
{
	struct isle_task *found;

	rcu_read_lock();
	found = isle_task_find(task, id);
	if (found && (!isle_linked(task->domain, found->domain) ||
		      !refcount_inc_not_zero(&found->refs)))
		found = NULL;
	rcu_read_unlock();
	return found;
}

/**
 * isle_task_next() - find the first task of a domain from a number on
 * @domain: the domain
 * @id: any number
 *
 * Return: the task with a reference, or NULL.
 */
struct isle_task *isle_task_next(struct isle_domain *domain, s32 id)
{
	struct isle_tasks *list = tasks_of(domain);
	struct isle_task *task, *found = NULL;

	mutex_lock(&list->lock);
	list_for_each_entry(task, &list->list, in_domain)
		if (task->id >= id && (!found || task->id < found->id))
			found = task;
	if (found)
		isle_task_hold(found);
	mutex_unlock(&list->lock);
	return found;
}

/* Give a new task its number; from then on it is found. */
static int add(struct isle_task *task)
{
	struct isle_tasks *list = tasks_of(task->domain);
	int err = -ENODEV;

	mutex_lock(&list->lock);
	if (list->dead)
		goto out;
	err = xa_alloc_cyclic(&tasks, (u32 *)&task->id, task,
			      XA_LIMIT(ISLE_TASK_MIN, ISLE_TASK_MAX),
			      &isle_task_next_id, GFP_KERNEL_ACCOUNT);
	if (err < 0) {
		if (err == -EBUSY)
			err = -ENOSPC;
		goto out;
	}
	list_add_tail(&task->in_domain, &list->list);
	err = 0;
out:
	mutex_unlock(&list->lock);
	return err;
}

/**
 * isle_task_create() - make a task
 * @domain: whose
 *
 * Return: the task with one reference, which isle_task_end() gives back, or an
 * ERR_PTR: -EDQUOT, -ENOMEM, -ENOSPC, -ENODEV.
 */
struct isle_task *isle_task_create(struct isle_domain *domain)
{
	struct isle_task *task;
	int err;

	err = isle_account_charge(&domain->account, ISLE_QUOTA_TASKS, 1);
	if (err)
		return ERR_PTR(err);
	err = -ENOMEM;
	task = kmem_cache_zalloc(cache, GFP_KERNEL_ACCOUNT);
	if (!task)
		goto err_charge;
	spin_lock_init(&task->lock);
	refcount_set(&task->refs, 1);
	INIT_LIST_HEAD(&task->queued);
	INIT_LIST_HEAD(&task->senders);
	INIT_LIST_HEAD(&task->callers);
	INIT_LIST_HEAD(&task->awaiters);
	INIT_LIST_HEAD(&task->asyncs);
	INIT_LIST_HEAD(&task->watchers);
	INIT_LIST_HEAD(&task->watching);
	INIT_LIST_HEAD(&task->maps);
	INIT_LIST_HEAD(&task->shms);
	init_waitqueue_head(&task->wait);
	isle_domain_hold(domain);
	task->domain = domain;
	task->pid = get_pid(task_tgid(current));
	get_task_comm(task->comm, current);
	err = add(task);
	if (err)
		goto err_free;
	isle_live_inc(ISLE_LIVE_TASKS);
	trace_isle_task_create(task);
	return task;

err_free:
	put_pid(task->pid);
	isle_domain_put(domain);
	kmem_cache_free(cache, task);
err_charge:
	isle_account_uncharge(&domain->account, ISLE_QUOTA_TASKS, 1);
	return ERR_PTR(err);
}

/**
 * isle_task_end() - end a task, if nobody has yet
 * @task: the task; the caller has a reference of its own, or is its file,
 *	whose reference goes
 *
 * Context: process; sleeps.
 */
void isle_task_end(struct isle_task *task)
{
	struct isle_tasks *list = tasks_of(task->domain);
	bool was_dead;

	mutex_lock(&list->lock);
	spin_lock(&task->lock);
	was_dead = task->dead;
	WRITE_ONCE(task->dead, true);
	isle_task_poll_wake(task, EPOLLHUP | EPOLLERR);
	spin_unlock(&task->lock);
	if (!was_dead)
		list_del_init(&task->in_domain);
	mutex_unlock(&list->lock);
	if (was_dead)
		return;

	trace_isle_task_end(task);
	xa_erase(&tasks, (u32)task->id);
	/* Its own thread, if the domain goes under it */
	rcu_read_lock();
	isle_task_wake(task, false);
	rcu_read_unlock();
	isle_message_abort_domain(task, NULL);
	isle_timer_end(task);
	isle_async_end(task);
	isle_watch_end(task);
	isle_shm_task_end(task);
	isle_service_task_end(task);
	isle_account_uncharge(&task->domain->account, ISLE_QUOTA_TASKS, 1);
	/* Dead, then whether it is busy: pairs with the one in who is done */
	smp_mb();
	isle_task_let_go(task);
	isle_task_put(task);
}

/**
 * isle_task_let_go() - a dead task keeps no memory of programs
 * @task: the task; if it is busy, who has it busy comes here afterwards
 *
 * Context: process; sleeps.
 */
void isle_task_let_go(struct isle_task *task)
{
	/* A look only: who has the task busy may be changing it */
	if (!READ_ONCE(task->region) || !isle_task_begin(task))
		return;
	isle_region_put(task->region);
	task->region = NULL;
	isle_task_done(task);
}

static void free_rcu(struct rcu_head *rcu)
{
	kmem_cache_free(cache, container_of(rcu, struct isle_task, rcu));
}

/**
 * isle_task_put() - give a reference back
 * @task: the task
 *
 * Context: process.
 */
void isle_task_put(struct isle_task *task)
{
	if (!refcount_dec_and_test(&task->refs))
		return;
	isle_timer_free(task);
	isle_buffer_free(task->buffer);
	isle_region_put(task->region);
	if (task->page) {
		isle_account_uncharge(&task->domain->account,
				      ISLE_QUOTA_MESSAGES, PAGE_SIZE);
		free_page((unsigned long)task->page);
	}
	put_pid(task->pid);
	isle_domain_put(task->domain);
	isle_live_dec(ISLE_LIVE_TASKS);
	/* Somebody may have found it and be about to see that it is dead */
	call_rcu(&task->rcu, free_rcu);
}

/* ---- the part of every domain -------------------------------------------- */

static int part_create(struct isle_domain *domain)
{
	struct isle_tasks *list = kzalloc(sizeof(*list), GFP_KERNEL_ACCOUNT);

	if (!list)
		return -ENOMEM;
	mutex_init(&list->lock);
	INIT_LIST_HEAD(&list->list);
	domain->parts[ISLE_SLOT_TASKS] = list;
	return 0;
}

static void part_destroy(struct isle_domain *domain)
{
	struct isle_tasks *list = tasks_of(domain);
	struct isle_task *task;

	if (!list)
		return;
	mutex_lock(&list->lock);
	list->dead = true;
	mutex_unlock(&list->lock);
	for (;;) {
		mutex_lock(&list->lock);
		task = list_first_entry_or_null(&list->list, struct isle_task,
						in_domain);
		if (task)
			isle_task_hold(task);
		mutex_unlock(&list->lock);
		if (!task)
			break;
		isle_task_end(task);
		isle_task_put(task);
	}
}

/* Nobody of @other waits for a task of @domain any more */
static void forsake(struct isle_domain *domain, struct isle_domain *other)
{
	struct isle_task *task;
	s32 id = 0;

	while ((task = isle_task_next(domain, id))) {
		id = task->id + 1;
		isle_message_abort_domain(task, other);
		isle_watch_unlink(task, other);
		isle_task_put(task);
	}
}

static void part_unlink(struct isle_domain *a, struct isle_domain *b)
{
	forsake(a, b);
	forsake(b, a);
}

static void part_release(struct isle_domain *domain)
{
	struct isle_tasks *list = tasks_of(domain);

	if (!list)
		return;
	mutex_destroy(&list->lock);
	kfree(list);
}

static void part_show(struct seq_file *m, struct isle_domain *domain)
{
	struct isle_task_info info;
	struct isle_task *task;
	s32 id = 0;

	while ((task = isle_task_next(domain, id))) {
		id = task->id + 1;
		isle_task_fill_info(task, &info);
		isle_task_put(task);
		seq_printf(m, "  task %d %.16s %s peer=%d pending=%#x senders=%u callers=%u asyncs=%u\n",
			   info.task, info.comm, isle_task_state_name(info.state),
			   info.peer, info.pending, info.senders, info.callers,
			   info.asyncs);
	}
}

static const struct isle_part part = {
	.slot = ISLE_SLOT_TASKS,
	.create = part_create,
	.destroy = part_destroy,
	.unlink = part_unlink,
	.release = part_release,
	.show = part_show,
};

static int face_open(struct isle_domain *domain, struct file *file)
{
	struct isle_task *task = isle_task_create(domain);

	if (IS_ERR(task))
		return PTR_ERR(task);
	isle_task_hold(task);	/* isle_task_end() gives back the other */
	file->private_data = task;
	return stream_open(NULL, file);
}

static const struct isle_face face = {
	.id = ISLE_OPEN_TASK,
	.name = "task",
	.fops = &isle_task_fops,
	.open = face_open,
};

/**
 * isle_task_init() - let domains have tasks
 *
 * Return: 0 or a negative errno.
 */
int isle_task_init(void)
{
	int err;

	cache = KMEM_CACHE(isle_task, SLAB_ACCOUNT);
	if (!cache)
		return -ENOMEM;
	err = isle_service_init();
	if (err)
		goto err_cache;
	err = isle_part_register(&part);
	if (err)
		goto err_service;
	err = isle_face_register(&face);
	if (!err)
		return 0;
	isle_part_unregister(&part);
err_service:
	isle_service_exit();
err_cache:
	kmem_cache_destroy(cache);
	return err;
}

/**
 * isle_task_exit() - undo isle_task_init(); there are no domains any more
 */
void isle_task_exit(void)
{
	isle_face_unregister(&face);
	isle_part_unregister(&part);
	isle_service_exit();
	rcu_barrier();	/* free_rcu() is ours */
	kmem_cache_destroy(cache);
	xa_destroy(&tasks);
}
