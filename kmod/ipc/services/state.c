// SPDX-License-Identifier: GPL-2.0
/*
 * What services keep of a task, from its first call that needs it until the
 * task ends.  Most tasks have none.
 *
 * One lock protects all of it, and the table of names.  It is held for moments,
 * never while a program's memory is touched or a task is ended.  Whoever adds
 * something looks under it whether the task is dead; whoever ends a task marks
 * it dead before it takes the lock: so nothing is left behind.
 *
 * Lock order: services_lock > nothing.
 */
#include <linux/err.h>
#include <linux/mutex.h>
#include <linux/slab.h>

#include "core/live.h"
#include "ipc/service.h"
#include "ipc/services/state.h"
#include "ipc/task.h"

static DEFINE_MUTEX(services_lock);

/**
 * isle_service_lock() - keep what services know of all tasks as it is
 */
void isle_service_lock(void)
{
	mutex_lock(&services_lock);
}

/**
 * isle_service_unlock() - undo isle_service_lock()
 */
void isle_service_unlock(void)
{
	mutex_unlock(&services_lock);
}

/**
 * isle_service_assert() - tell lockdep that the caller holds the lock
 */
void isle_service_assert(void)
{
	lockdep_assert_held(&services_lock);
}

/**
 * isle_service_state() - what is kept of a task
 * @task: the task
 *
 * Context: holds isle_service_lock().
 * Return: the state, or NULL if there is none.
 */
struct isle_service_state *isle_service_state(struct isle_task *task)
{
	isle_service_assert();
	return task->services;
}

/**
 * isle_service_state_make() - what is kept of a task, made if need be
 * @task: the task
 *
 * Context: holds isle_service_lock().
 * Return: the state, or an ERR_PTR: -ENODEV if the task has ended, -EDQUOT,
 * -ENOMEM.
 */
struct isle_service_state *isle_service_state_make(struct isle_task *task)
{
	struct isle_service_state *state = isle_service_state(task);
	int err;

	/* Whoever ends it marks it dead before it comes here */
	if (READ_ONCE(task->dead))
		return ERR_PTR(-ENODEV);
	if (state)
		return state;
	err = isle_account_charge(&task->domain->account, ISLE_QUOTA_MESSAGES,
				  sizeof(*state));
	if (err)
		return ERR_PTR(err);
	state = kzalloc(sizeof(*state), GFP_KERNEL_ACCOUNT);
	if (!state) {
		isle_account_uncharge(&task->domain->account,
				      ISLE_QUOTA_MESSAGES, sizeof(*state));
		return ERR_PTR(-ENOMEM);
	}
	INIT_LIST_HEAD(&state->names);
	INIT_LIST_HEAD(&state->children);
	isle_live_inc(ISLE_LIVE_MESSAGES);
	task->services = state;
	return state;
}

static void task_end(struct isle_task *task)
{
	struct isle_service_state *state;

	isle_service_lock();
	state = task->services;
	task->services = NULL;
	if (state)
		isle_discovery_end(state);
	isle_service_unlock();
	if (!state)
		return;
	/* Nobody else finds it any more */
	isle_children_end(state);
	isle_ool_put(state->ool);
	kfree(state);
	isle_account_uncharge(&task->domain->account, ISLE_QUOTA_MESSAGES,
			      sizeof(*state));
	isle_live_dec(ISLE_LIVE_MESSAGES);
}

const struct isle_service_group isle_service_states = {
	.task_end = task_end,
};
