// SPDX-License-Identifier: GPL-2.0
/*
 * Asynchronous messages: copies that wait in the module until they are fetched.
 *
 * Each is charged to the sender's domain and to the receiver's.  Besides, a
 * task has at most ISLE_ASYNC_MAX that others have not fetched yet, and at most
 * ISLE_ASYNC_MAX wait for a task, so that nobody fills another's queue for
 * good by himself for long, and looking for a sender's message ends.
 */
#include <linux/slab.h>

#include "core/link.h"
#include "core/live.h"
#include "ipc/async.h"
#include "ipc/notify.h"

/* Of one sender, and for one receiver */
#define ISLE_ASYNC_SENT		256
#define ISLE_ASYNC_MAX		1024

/**
 * struct isle_async - a message
 * @node: in the receiver's queue
 * @payer: domain that pays for it besides the receiver's; a reference
 * @receiver: the receiver's domain, if it was charged; a reference
 * @sender: who sent it, NULL: nobody counts it; a reference
 * @message: the message
 */
struct isle_async {
	struct list_head node;
	struct isle_domain *payer;
	struct isle_domain *receiver;
	struct isle_task *sender;
	struct isle_message message;
};

/**
 * isle_async_make() - make an empty message
 * @domain: who pays for it
 *
 * Return: the message, or an ERR_PTR: -EDQUOT, -ENOMEM.
 */
struct isle_async *isle_async_make(struct isle_domain *domain)
{
	struct isle_async *async;
	int err;

	err = isle_account_charge(&domain->account, ISLE_QUOTA_MESSAGES,
				  sizeof(*async));
	if (err)
		return ERR_PTR(err);
	async = kzalloc(sizeof(*async), GFP_KERNEL_ACCOUNT);
	if (!async) {
		isle_account_uncharge(&domain->account, ISLE_QUOTA_MESSAGES,
				      sizeof(*async));
		return ERR_PTR(-ENOMEM);
	}
	INIT_LIST_HEAD(&async->node);
	isle_domain_hold(domain);
	async->payer = domain;
	isle_live_inc(ISLE_LIVE_MESSAGES);
	return async;
}

/**
 * isle_async_free() - free a message
 * @async: the message, which is in no queue
 *
 * Context: process; no lock is held.
 */
void isle_async_free(struct isle_async *async)
{
	isle_account_uncharge(&async->payer->account, ISLE_QUOTA_MESSAGES,
			      sizeof(*async));
	isle_domain_put(async->payer);
	if (async->receiver) {
		isle_account_uncharge(&async->receiver->account,
				      ISLE_QUOTA_MESSAGES, sizeof(*async));
		isle_domain_put(async->receiver);
	}
	if (async->sender) {
		atomic_dec(&async->sender->asyncs_sent);
		isle_task_put(async->sender);
	}
	kfree(async);
	isle_live_dec(ISLE_LIVE_MESSAGES);
}

/* Holds @to->lock and RCU */
static void enqueue(struct isle_async *async, struct isle_task *to)
{
	list_add_tail(&async->node, &to->asyncs);
	to->n_asyncs++;
	isle_notify_raise_locked(to, ISLE_NOTIFY_ASYNC);
	isle_task_poll_wake(to, EPOLLRDBAND);
}

/**
 * isle_async_post() - queue a message of the module's own
 * @async: the message, which was made for this; is freed if @to is dead
 * @to: who gets it; the caller has a reference
 * @src: its sender
 * @type: its type
 * @value: what it says
 */
void isle_async_post(struct isle_async *async, struct isle_task *to, s32 src,
		     s32 type, s32 value)
{
	bool dead;

	async->message.type = type;
	async->message.src = src;
	async->message.value = value;
	rcu_read_lock();
	spin_lock(&to->lock);
	dead = to->dead;
	if (!dead)
		enqueue(async, to);
	spin_unlock(&to->lock);
	rcu_read_unlock();
	if (dead)
		isle_async_free(async);
}

/* Queue @async for @to, unless it is too much; holds RCU. */
static int post(struct isle_task *task, struct isle_async *async,
		struct isle_task *to)
{
	int err = -ESRCH;

	spin_lock(&to->lock);
	if (to->dead || !isle_linked(task->domain, to->domain))
		goto out;
	err = -EAGAIN;
	if (to->n_asyncs >= ISLE_ASYNC_MAX)
		goto out;
	if (to->domain != task->domain) {
		err = isle_account_charge(&to->domain->account,
					  ISLE_QUOTA_MESSAGES, sizeof(*async));
		if (err)
			goto out;
		isle_domain_hold(to->domain);
		async->receiver = to->domain;
	}
	enqueue(async, to);
	err = 0;
out:
	spin_unlock(&to->lock);
	return err;
}

/**
 * isle_async_send() - queue a message for a task
 * @task: who sends
 * @dst: who gets it
 * @message: the message; its program may write to it at any time
 *
 * Return: 0, -EINVAL (no type of a message, or one with a payload), -ESRCH,
 * -EAGAIN, -EDQUOT, -ENOMEM.
 */
int isle_async_send(struct isle_task *task, s32 dst,
		    const struct isle_message *message)
{
	s32 type = READ_ONCE(message->type);
	struct isle_async *async;
	struct isle_task *to;
	int err = -ESRCH;

	if (type <= 0 || type > ISLE_MESSAGE_NUMBER)
		return -EINVAL;
	if (atomic_inc_return(&task->asyncs_sent) > ISLE_ASYNC_SENT) {
		atomic_dec(&task->asyncs_sent);
		return -EAGAIN;
	}
	async = isle_async_make(task->domain);
	if (IS_ERR(async)) {
		atomic_dec(&task->asyncs_sent);
		return PTR_ERR(async);
	}
	isle_task_hold(task);
	async->sender = task;
	memcpy(&async->message, message, sizeof(*message));
	async->message.type = type;
	async->message.src = task->id;

	rcu_read_lock();
	to = isle_task_find(task, dst);
	if (to)
		err = post(task, async, to);
	rcu_read_unlock();
	if (err)
		isle_async_free(async);
	return err;
}

/**
 * isle_async_receive() - fetch the next message
 * @task: whose
 * @from: by whom, or ISLE_TASK_ANY
 * @message: where it goes
 *
 * Return: 0, -EINVAL if @from cannot send any, or -ENODATA.
 */
int isle_async_receive(struct isle_task *task, s32 from,
		       struct isle_message *message)
{
	struct isle_async *async, *found = NULL;

	if (from == task->id)
		return -EDEADLK;
	spin_lock(&task->lock);
	list_for_each_entry(async, &task->asyncs, node) {
		if (from == ISLE_TASK_ANY || async->message.src == from) {
			found = async;
			list_del(&found->node);
			task->n_asyncs--;
			break;
		}
	}
	spin_unlock(&task->lock);
	if (!found)
		return -ENODATA;
	memcpy(message, &found->message, sizeof(*message));
	isle_async_free(found);
	return 0;
}

/**
 * isle_async_end() - drop what nobody will fetch
 * @task: the task, which is dead
 */
void isle_async_end(struct isle_task *task)
{
	struct isle_async *async, *next;
	LIST_HEAD(list);

	spin_lock(&task->lock);
	list_splice_init(&task->asyncs, &list);
	task->n_asyncs = 0;
	spin_unlock(&task->lock);
	list_for_each_entry_safe(async, next, &list, node)
		isle_async_free(async);
}
