// SPDX-License-Identifier: GPL-2.0
/*
 * task: tasks without a file, watches, and starting programs.
 *
 * A task that was allocated belongs to the one that asked for it, and ends with
 * it if it is not freed before.  It has a number and nobody who receives: who
 * calls it waits until it ends.
 *
 * task.launch is not answered here if there is a launcher: the call goes on to
 * it (isle_service_forward()).
 *
 * Lock: isle_service_lock() protects who has which.
 */
#include <linux/err.h>
#include <linux/slab.h>

#include "core/live.h"
#include "ipc/service.h"
#include "ipc/services/state.h"
#include "ipc/task.h"
#include "ipc/watch.h"

/**
 * struct isle_child - a task that another one has allocated
 * @node: in the other's children (protected by the lock)
 * @task: a reference
 */
struct isle_child {
	struct list_head node;
	struct isle_task *task;
};

static void end_child(struct isle_child *child)
{
	isle_task_end(child->task);
	isle_task_put(child->task);
	kfree(child);
	isle_live_dec(ISLE_LIVE_MESSAGES);
}

/**
 * isle_children_end() - end the tasks that a task has allocated
 * @state: what was kept of it; nobody finds it any more
 *
 * Context: process; sleeps.
 */
void isle_children_end(struct isle_service_state *state)
{
	struct isle_child *child, *next;

	list_for_each_entry_safe(child, next, &state->children, node)
		end_child(child);
}

/* Whether the caller knows a task */
static bool known(struct isle_task *task, s32 id)
{
	struct isle_task *other = isle_task_get(task, id);

	if (other)
		isle_task_put(other);
	return other;
}

static int add(struct isle_task *task, struct isle_child *child)
{
	struct isle_service_state *state;
	int err = 0;

	isle_service_lock();
	state = isle_service_state_make(task);
	if (IS_ERR(state))
		err = PTR_ERR(state);
	else
		list_add_tail(&child->node, &state->children);
	isle_service_unlock();
	return err;
}

static int alloc(struct isle_service_call *call)
{
	const struct isle_msg_task_alloc *in = (const void *)call->request->data;
	struct isle_msg_task_alloc_reply *out = (void *)call->reply->data;
	struct isle_child *child;
	int err;

	if (in->pager && !known(call->task, in->pager))
		return -ESRCH;
	child = kzalloc(sizeof(*child), GFP_KERNEL_ACCOUNT);
	if (!child)
		return -ENOMEM;
	child->task = isle_task_create(call->task->domain);
	if (IS_ERR(child->task)) {
		err = PTR_ERR(child->task);
		kfree(child);
		return err;
	}
	isle_live_inc(ISLE_LIVE_MESSAGES);
	/* isle_task_end() gives back the other one */
	isle_task_hold(child->task);
	out->task = child->task->id;
	err = add(call->task, child);
	if (err)
		end_child(child);
	return err;
}

static struct isle_child *take(struct isle_task *task, s32 id)
{
	struct isle_service_state *state;
	struct isle_child *child, *found = NULL;

	isle_service_lock();
	state = isle_service_state(task);
	if (state) {
		list_for_each_entry(child, &state->children, node)
			if (child->task->id == id)
				found = child;
		if (found)
			list_del(&found->node);
	}
	isle_service_unlock();
	return found;
}

static int free_child(struct isle_service_call *call)
{
	const struct isle_msg_task_free *in = (const void *)call->request->data;
	struct isle_child *child = take(call->task, in->task);

	if (!child)
		return known(call->task, in->task) ? -EPERM : -ESRCH;
	end_child(child);
	return 0;
}

static int launch(struct isle_service_call *call)
{
	return -ENOENT;		/* there is no launcher */
}

static int watch(struct isle_service_call *call)
{
	const struct isle_msg_task_watch *in = (const void *)call->request->data;
	int err = isle_watch(call->task, in->task);

	return err == -EDEADLK ? -EINVAL : err;
}

static int unwatch(struct isle_service_call *call)
{
	const struct isle_msg_task_unwatch *in =
		(const void *)call->request->data;

	return isle_unwatch(call->task, in->task);
}

static const struct isle_service services[] = {
	{ ISLE_MSG_TASK_ALLOC, alloc },
	{ ISLE_MSG_TASK_FREE, free_child },
	{ ISLE_MSG_TASK_LAUNCH, launch },
	{ ISLE_MSG_TASK_WATCH, watch },
	{ ISLE_MSG_TASK_UNWATCH, unwatch },
};

const struct isle_service_group isle_service_tasks = {
	.services = services,
	.n = ARRAY_SIZE(services),
};
