// SPDX-License-Identifier: GPL-2.0
/*
 * discovery: names of servers.
 *
 * A name belongs to the domain of the task that serves it, and goes with the
 * task.  A lookup asks the own domain first, then the linked ones in the order
 * of their numbers; other domains' names do not exist.  The table is keyed by
 * domain and name, so a lookup costs as much as the domain has links, whatever
 * others do.
 *
 * Waiting: in one of a number of queues, by name.  Whoever adds a name wakes
 * its queue.  A link that comes, and the end of the waiting task, wake nobody:
 * a waiter looks by itself every now and then.
 *
 * The name "launcher" also makes the task the one that starts programs for its
 * domain (task.launch).
 *
 * Lock: isle_service_lock() protects the table.
 */
#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/kernel.h>
#include <linux/ktime.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/stringhash.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#include "core/domain.h"
#include "core/link.h"
#include "core/live.h"
#include "ipc/service.h"
#include "ipc/services/state.h"
#include "ipc/task.h"

/* With the zero at its end */
#define NAME_SIZE	64
#define LAUNCHER	"launcher"

#define QUEUE_BITS	6
#define LOOK		(HZ / 4)

/**
 * struct isle_served - a name
 * @hash: in the table (protected by the lock, as are all of these)
 * @node: in its task's names
 * @task: who serves it; goes after it
 * @name: the name
 */
struct isle_served {
	struct hlist_node hash;
	struct list_head node;
	struct isle_task *task;
	char name[NAME_SIZE];
};

static DEFINE_HASHTABLE(names, 10);
static wait_queue_head_t queues[1 << QUEUE_BITS];

static u32 name_hash(const void *salt, const char *name)
{
	return full_name_hash(salt, name, strlen(name));
}

static wait_queue_head_t *queue_of(const char *name)
{
	return &queues[hash_32(name_hash(queues, name), QUEUE_BITS)];
}

/* The name in the payload.  Any bytes but control characters and spaces. */
static int get_name(struct isle_service_call *call, char name[NAME_SIZE])
{
	size_t len = call->payload_length, i;

	if (len > NAME_SIZE)
		return -EMSGSIZE;
	if (len < 2)
		return -EINVAL;
	if (copy_from_user(name, call->payload, len))
		return -EFAULT;
	for (i = 0; i < len - 1; i++)
		if ((u8)name[i] <= ' ' || name[i] == 0x7f)
			return -EINVAL;
	return name[len - 1] ? -EINVAL : 0;
}

static struct isle_task *find(struct isle_domain *domain, const char *name)
{
	struct isle_served *served;

	isle_service_assert();
	hash_for_each_possible(names, served, hash, name_hash(domain, name))
		if (served->task->domain == domain &&
		    !strcmp(served->name, name))
			return served->task;
	return NULL;
}

/* Number of the task that serves a name in a domain, or 0 */
static s32 find_id(struct isle_domain *domain, const char *name)
{
	struct isle_task *task;
	s32 id;

	isle_service_lock();
	task = find(domain, name);
	id = task ? task->id : 0;
	isle_service_unlock();
	return id;
}

/**
 * isle_discovery_launcher() - who starts programs for a task's domain
 * @task: the task
 *
 * Return: the launcher's number, or 0 if there is none.
 */
s32 isle_discovery_launcher(struct isle_task *task)
{
	return find_id(task->domain, LAUNCHER);
}

static void free_served(struct isle_served *served, struct isle_task *task)
{
	kfree(served);
	isle_account_uncharge(&task->domain->account, ISLE_QUOTA_MESSAGES,
			      sizeof(*served));
	isle_live_dec(ISLE_LIVE_MESSAGES);
}

static int add(struct isle_task *task, struct isle_served *served)
{
	struct isle_service_state *state = isle_service_state_make(task);

	if (IS_ERR(state))
		return PTR_ERR(state);
	if (find(task->domain, served->name))
		return -EEXIST;
	hash_add(names, &served->hash, name_hash(task->domain, served->name));
	list_add_tail(&served->node, &state->names);
	return 0;
}

static int serve(struct isle_service_call *call)
{
	struct isle_task *task = call->task;
	struct isle_served *served;
	char name[NAME_SIZE];
	int err = get_name(call, name);

	if (!err)
		err = isle_account_charge(&task->domain->account,
					  ISLE_QUOTA_MESSAGES, sizeof(*served));
	if (err)
		return err;
	served = kzalloc(sizeof(*served), GFP_KERNEL_ACCOUNT);
	if (!served) {
		isle_account_uncharge(&task->domain->account,
				      ISLE_QUOTA_MESSAGES, sizeof(*served));
		return -ENOMEM;
	}
	isle_live_inc(ISLE_LIVE_MESSAGES);
	served->task = task;
	strscpy(served->name, name, sizeof(served->name));
	isle_service_lock();
	err = add(task, served);
	isle_service_unlock();
	if (err)
		free_served(served, task);
	else
		wake_up_all(queue_of(name));
	return err;
}

/**
 * isle_discovery_end() - forget the names that a task serves
 * @state: what is kept of the task
 *
 * Context: holds isle_service_lock().
 */
void isle_discovery_end(struct isle_service_state *state)
{
	struct isle_served *served, *next;

	isle_service_assert();
	list_for_each_entry_safe(served, next, &state->names, node) {
		hash_del(&served->hash);
		list_del(&served->node);
		free_served(served, served->task);
	}
}

/* Number of the task that a task finds by a name, or 0 */
static s32 look(struct isle_task *task, const char *name)
{
	struct isle_domain *peer;
	s32 id = find_id(task->domain, name);
	u32 last = 0;

	while (!id && (peer = isle_link_next(task->domain, last))) {
		last = peer->id;
		id = find_id(peer, name);
		isle_domain_put(peer);
	}
	return id;
}

/* How long to sleep: until it is time to look, or to give up */
static long nap(ktime_t deadline)
{
	s64 left;

	if (deadline == KTIME_MAX)
		return LOOK;
	left = ktime_to_ns(ktime_sub(deadline, ktime_get()));
	if (left <= 0)
		return 0;
	return min_t(u64, LOOK, nsecs_to_jiffies64(left) + 1);
}

/* Wait for the task that serves @name; its number, or a negative errno. */
static int wait_for(struct isle_service_call *call, const char *name)
{
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	wait_queue_head_t *queue = queue_of(name);
	long timeout;
	int ret;

	/* Before looking, so that what is added afterwards wakes us */
	add_wait_queue(queue, &wait);
	for (;;) {
		ret = look(call->task, name);
		if (ret)
			break;
		ret = -ECANCELED;
		if (READ_ONCE(call->task->dead))
			break;
		ret = -ETIMEDOUT;
		timeout = nap(call->deadline);
		if (!timeout)
			break;
		/* A wait without an end can begin again */
		ret = call->deadline == KTIME_MAX ? -ERESTARTSYS : -EINTR;
		if (task_sigpending(current))
			break;
		/* Work that io_uring has for the thread: see core/wait.h */
		wait_woken(&wait, signal_pending(current) ? TASK_KILLABLE :
							    TASK_INTERRUPTIBLE,
			   timeout);
	}
	remove_wait_queue(queue, &wait);
	return ret;
}

static int lookup(struct isle_service_call *call)
{
	struct isle_msg_discovery_lookup_reply *out = (void *)call->reply->data;
	char name[NAME_SIZE];
	int ret = get_name(call, name);

	if (ret)
		return ret;
	ret = look(call->task, name);
	if (!ret)
		ret = call->nowait ? -EAGAIN : wait_for(call, name);
	if (ret < 0)
		return ret;
	out->task = ret;
	return 0;
}

static const struct isle_service services[] = {
	{ ISLE_MSG_DISCOVERY_SERVE, serve },
	{ ISLE_MSG_DISCOVERY_LOOKUP, lookup },
};

static void init(void)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(queues); i++)
		init_waitqueue_head(&queues[i]);
}

const struct isle_service_group isle_service_discovery = {
	.services = services,
	.n = ARRAY_SIZE(services),
	.init = init,
};
