// SPDX-License-Identifier: GPL-2.0
/*
 * Messages: send, call, reply and receive, which meet here.
 *
 * A message goes from where the sender has it straight to where the receiver
 * waits for it; nothing is queued but the sender itself.  Each meeting is
 * decided under one lock, that of the task that receives requests:
 *
 *   send, call	the target's lock.  The target waits for it: it is delivered and
 *		the target woken.  Otherwise the sender enters the target's
 *		queue of senders.
 *   receive	the own lock.  Takes the first sender, or declares that it waits.
 *   reply	the own lock, which also protects the list of callers and thereby
 *		the waits of those in it.
 *
 * No path holds two tasks' locks.  What a waiting task's thread has on its stack
 * (isle_incoming, isle_outgoing) is touched by others only under the lock that
 * protects its wait and while they have not set its result.  Tasks are found
 * under RCU.
 *
 * These are the parts of operations, see operation.c.  User memory is touched
 * with no lock held and before or after the meeting, so that a pager delays
 * nobody but its own process.
 */
#include <linux/sched/signal.h>

#include "core/link.h"
#include "ipc/buffer.h"
#include "ipc/message.h"
#include "ipc/notify.h"
#include "ipc/shm.h"
#include "trace.h"

static __always_inline int prepare(struct isle_operation *op, bool reply)
{
	struct isle_outgoing *out = &op->out;
	int err;

	out->message = op->message;
	out->type = READ_ONCE(op->message->type);
	out->call = false;
	out->length = 0;
	out->parcel = NULL;
	out->shm = NULL;
	if (likely(out->type > 0 && out->type <= ISLE_MESSAGE_NUMBER))
		return 0;
	err = isle_outgoing_check_type(out->type, reply);
	if (err || out->type < 0)
		return err;
	return isle_outgoing_payload(op);
}

/* ---- delivering ----------------------------------------------------------- */

/*
 * Write @out, which @src sends, to where @to waits for it.  The caller holds
 * the lock that protects @to's wait.  If it returns an error, that is the
 * sender's and @to waits on.
 */
static __always_inline int deliver(struct isle_task *to,
				   struct isle_outgoing *out,
				   struct isle_task *src)
{
	struct isle_incoming *in = to->in;
	struct isle_message *message = in->message;
	u64 address = in->buffer;
	int err;

	if (unlikely(out->length)) {
		if (out->shm) {
			err = isle_shm_translate(to, out->shm, out->offset,
						 &address);
			if (err)
				return err;
		} else if (out->length > in->size) {
			return -EMSGSIZE;
		}
	}
	/* Of a page that its program may write to at any time */
	memcpy(message, out->message, sizeof(*message));
	WRITE_ONCE(message->type, out->type);
	WRITE_ONCE(message->src, src->id);
	in->caller = out->call ? src->id : 0;
	if (unlikely(out->type > 0 && out->type & ISLE_MESSAGE_PAYLOAD)) {
		WRITE_ONCE(message->payload.address, out->length ? address : 0);
		WRITE_ONCE(message->payload.length, out->length);
		in->string = out->type & ISLE_MESSAGE_STRING;
		/* From here on the receiver's */
		in->parcel = out->parcel;
		out->parcel = NULL;
	}
	trace_isle_message(src, to, out->type, out->length);
	return 0;
}

/* ---- waiting --------------------------------------------------------------- */

/*
 * Wait in a queue of another task, and leave it if nothing comes of it.  A
 * signal that comes before the message was received begins the call again.
 */
static int wait_in_queue(struct isle_operation *op)
{
	struct isle_task *task = op->task;
	int err = isle_task_sleep(task, op->deadline);
	struct isle_task *target;
	bool received;

	if (likely(!err && READ_ONCE(task->result)))
		return task->result;
	if (!err)
		err = -ENODEV;	/* the wait has no closed receive in it */

	rcu_read_lock();
	target = READ_ONCE(task->target);
	if (target) {
		spin_lock(&target->lock);
		/* Whoever takes us out of the queue does it under this lock */
		if (task->target == target) {
			received = task->state == ISLE_TASK_CALLING;
			isle_task_leave(task);
			spin_unlock(&target->lock);
			rcu_read_unlock();
			if (err == -EINTR && !received &&
			    op->deadline == KTIME_MAX)
				return -ERESTARTSYS;
			return err;
		}
		spin_unlock(&target->lock);
	}
	rcu_read_unlock();
	/* It has left the queue, so the result is there or about to be */
	while (!smp_load_acquire(&task->result))
		cpu_relax();
	return task->result;
}

/* ---- send and call ---------------------------------------------------------- */

static bool waits_for(const struct isle_task *task, s32 src)
{
	return task->receiving &&
	       (task->in->from == ISLE_TASK_ANY || task->in->from == src);
}

/* Enter @to's queue of senders; holds its lock. */
static void enqueue(struct isle_task *task, struct isle_task *to,
		    struct isle_outgoing *out)
{
	task->result = 0;
	task->out = out;
	WRITE_ONCE(task->target, to);
	WRITE_ONCE(task->state, ISLE_TASK_SENDING);
	list_add_tail(&task->queued, &to->senders);
	isle_task_poll_wake(to, EPOLLIN | EPOLLRDNORM);
}

/*
 * Deliver @op->out to task @dst, or queue for it.  Returns a negative errno, 1
 * if it was delivered and nothing is to be waited for, 0 if it is.
 */
static __always_inline int send(struct isle_operation *op, s32 dst, bool call)
{
	struct isle_task *task = op->task;
	struct isle_outgoing *out = &op->out;
	struct isle_task *to;
	int err;

	out->call = call;
	if (unlikely(dst == task->id))
		return -EDEADLK;
	rcu_read_lock();
	to = isle_task_find(task, dst);
	err = -ESRCH;
	if (unlikely(!to))
		goto out_rcu;
	spin_lock(&to->lock);
	/* Asked under the lock: whoever takes links away comes here afterwards */
	if (unlikely(to->dead || !isle_linked(task->domain, to->domain)))
		goto out_unlock;
	if (likely(waits_for(to, task->id))) {
		err = deliver(to, out, task);
		if (unlikely(err))
			goto out_unlock;
		to->receiving = false;
		if (call) {
			task->result = 0;
			WRITE_ONCE(task->target, to);
			WRITE_ONCE(task->state, ISLE_TASK_CALLING);
			list_add_tail(&task->queued, &to->callers);
		}
		WRITE_ONCE(to->state, ISLE_TASK_IDLE);
		isle_task_finish(to, 1);
		spin_unlock(&to->lock);
		isle_task_wake(to, call);
		rcu_read_unlock();
		return !call;
	}
	err = -EAGAIN;
	if (isle_operation_nowait(op))
		goto out_unlock;
	enqueue(task, to, out);
	err = 0;
out_unlock:
	spin_unlock(&to->lock);
out_rcu:
	rcu_read_unlock();
	return err;
}

/**
 * isle_message_send() - ISLE_IPC_SEND
 * @op: the operation
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno.
 */
int isle_message_send(struct isle_operation *op)
{
	int err = prepare(op, false);

	if (!err)
		err = send(op, op->ipc->dst, false);
	if (!err)
		err = wait_in_queue(op);
	if (unlikely(op->out.length))
		isle_outgoing_discard(&op->out);
	return err < 0 ? err : 0;
}

/* ---- receive ----------------------------------------------------------------- */

static void put_notifications(struct isle_message *message, u32 bits)
{
	memset(message, 0, sizeof(*message));
	message->type = ISLE_MESSAGE_NOTIFICATIONS;
	message->src = ISLE_TASK_KERNEL;
	message->value = bits;
}

/* The sender to receive from next, or NULL; holds @task's lock. */
static struct isle_task *next_sender(struct isle_task *task, s32 from)
{
	struct isle_task *sender;

	if (from == ISLE_TASK_ANY)
		return list_first_entry_or_null(&task->senders,
						struct isle_task, queued);
	sender = isle_task_find(task, from);
	if (sender && READ_ONCE(sender->target) == task &&
	    sender->state == ISLE_TASK_SENDING)
		return sender;
	return NULL;
}

/*
 * Receive what is there.  Holds @task's lock, and RCU; *@wake is a sender to
 * be woken when the lock is dropped.  Returns 1 if there was something.
 */
static __always_inline int receive_now(struct isle_task *task,
				       struct isle_incoming *in,
				       struct isle_task **wake)
{
	struct isle_task *sender;
	u32 bits;
	int err;

	if (in->from == ISLE_TASK_ANY || in->from == ISLE_TASK_KERNEL) {
		bits = isle_notify_take(task);
		if (bits) {
			put_notifications(in->message, bits);
			return 1;
		}
	}
	while (unlikely((sender = next_sender(task, in->from)))) {
		err = deliver(task, sender->out, sender);
		if (!err && sender->out->call) {
			WRITE_ONCE(sender->state, ISLE_TASK_CALLING);
			list_move_tail(&sender->queued, &task->callers);
			return 1;
		}
		isle_task_leave(sender);
		isle_task_finish(sender, err ?: 1);
		if (!err) {
			*wake = sender;
			return 1;
		}
		/* It does not fit, which is the sender's problem */
		isle_task_wake(sender, false);
	}
	return 0;
}

/* Take back that @task waits; returns its result, or @err if there is none. */
static int stop_receiving(struct isle_task *task, int err)
{
	spin_lock(&task->lock);
	if (task->result) {
		err = task->result;
	} else {
		task->receiving = false;
		WRITE_ONCE(task->state, ISLE_TASK_IDLE);
	}
	spin_unlock(&task->lock);
	return err;
}

/* Declared as waiting, with the lock held: wait.  Returns a result or errno. */
static int wait_receiving(struct isle_operation *op)
{
	struct isle_task *task = op->task;
	int err = isle_task_sleep(task, op->deadline);

	if (likely(!err && READ_ONCE(task->result)))
		return task->result;
	if (!err)
		err = READ_ONCE(task->dead) ? -ENODEV : -ECANCELED;
	else if (err == -EINTR && op->deadline == KTIME_MAX)
		err = -ERESTARTSYS;
	return stop_receiving(task, err);
}

static __always_inline void begin_receiving(struct isle_task *task)
{
	task->result = 0;
	task->receiving = true;
	WRITE_ONCE(task->state, ISLE_TASK_RECEIVING);
}

/*
 * Receive into @op->in.  Holds @task's lock and RCU, drops both; @wake is a task
 * to be woken.  Returns 0 or a negative errno.
 */
static __always_inline int receive_locked(struct isle_operation *op,
					  struct isle_task *wake)
{
	struct isle_task *task = op->task;
	int ret;

	for (;;) {
		struct isle_task *sender = NULL;

		task->in = &op->in;
		ret = receive_now(task, &op->in, &sender);
		if (!ret) {
			if (unlikely(task->dead))
				ret = -ENODEV;
			else if (unlikely(isle_operation_nowait(op)))
				ret = -EAGAIN;
			else
				begin_receiving(task);
		}
		spin_unlock(&task->lock);
		if (sender)
			isle_task_wake(sender, false);
		if (wake)
			isle_task_wake(wake, !ret);
		rcu_read_unlock();
		if (!ret)
			ret = wait_receiving(op);
		if (likely(ret != ISLE_RESULT_AGAIN))
			return ret < 0 ? ret : 0;
		wake = NULL;
		rcu_read_lock();
		spin_lock(&task->lock);
	}
}

static int receive_closed(struct isle_operation *op)
{
	struct isle_task *task = op->task;
	struct isle_await await;
	struct isle_task *from;
	int err;

	if (op->in.from == ISLE_TASK_SERVICES || op->in.from < 0)
		return -EINVAL;
	if (op->in.from == task->id)
		return -EDEADLK;
	err = isle_await_begin(task, op->in.from, &await, &from);
	if (err)
		return err;
	rcu_read_lock();
	spin_lock(&task->lock);
	err = receive_locked(op, NULL);
	isle_await_end(task, &await, from);
	return err;
}

/* Where op->in receives */
static __always_inline void expect(struct isle_operation *op, s32 from)
{
	op->in.message = op->message;
	op->in.from = from;
	op->in.caller = 0;
	op->in.parcel = NULL;
	op->in.buffer = op->ipc->buffer;
	op->in.size = op->ipc->buffer_size;
	if (unlikely(!op->in.buffer && op->task->buffer))
		isle_buffer_expect(op->task->buffer, &op->in);
}

/**
 * isle_message_receive() - ISLE_IPC_RECEIVE
 * @op: the operation
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno.
 */
int isle_message_receive(struct isle_operation *op)
{
	s32 from = op->ipc->src;

	expect(op, from);
	if (unlikely(from != ISLE_TASK_ANY && from != ISLE_TASK_KERNEL))
		return receive_closed(op);
	rcu_read_lock();
	spin_lock(&op->task->lock);
	return receive_locked(op, NULL);
}

/* ---- call --------------------------------------------------------------------- */

/**
 * isle_message_call() - ISLE_IPC_CALL
 * @op: the operation
 * @dst: whom to call
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno.
 */
int isle_message_call(struct isle_operation *op, s32 dst)
{
	int err = prepare(op, false);

	if (likely(!err)) {
		expect(op, dst);
		op->task->in = &op->in;
		err = send(op, dst, true);
	}
	if (likely(!err))
		err = wait_in_queue(op);
	if (unlikely(op->out.length))
		isle_outgoing_discard(&op->out);
	return err < 0 ? err : 0;
}

/* ---- reply -------------------------------------------------------------------- */

/*
 * Reply to task @dst.  Holds @task's lock and RCU.  *@wake is to be woken when
 * the lock is dropped.
 */
static __always_inline int reply_locked(struct isle_operation *op, s32 dst,
					struct isle_task **wake)
{
	struct isle_task *task = op->task;
	struct isle_task *caller = isle_task_find(task, dst);
	int err;

	/* If it is in a queue of ours, our lock protects its wait */
	if (unlikely(!caller || READ_ONCE(caller->target) != task ||
		     caller->state != ISLE_TASK_CALLING))
		return -ENOENT;
	op->out.call = false;
	err = deliver(caller, &op->out, task);
	if (unlikely(err))
		return err;
	isle_task_leave(caller);
	isle_task_finish(caller, 1);
	*wake = caller;
	return 0;
}

/**
 * isle_message_reply() - ISLE_IPC_REPLY
 * @op: the operation
 *
 * Context: process; may wait for user memory.
 * Return: 0 or a negative errno.
 */
int isle_message_reply(struct isle_operation *op)
{
	struct isle_task *task = op->task;
	struct isle_task *wake = NULL;
	int err = prepare(op, true);

	if (!err) {
		rcu_read_lock();
		spin_lock(&task->lock);
		err = reply_locked(op, op->ipc->dst, &wake);
		spin_unlock(&task->lock);
		if (wake)
			isle_task_wake(wake, false);
		rcu_read_unlock();
	}
	if (unlikely(op->out.length))
		isle_outgoing_discard(&op->out);
	return err;
}

/**
 * isle_message_reply_receive() - ISLE_IPC_REPLY and ISLE_IPC_RECEIVE in one go
 * @op: the operation
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno.
 */
int isle_message_reply_receive(struct isle_operation *op)
{
	struct isle_task *task = op->task;
	struct isle_task *wake = NULL;
	int err = prepare(op, true);

	if (unlikely(err || op->ipc->src != ISLE_TASK_ANY)) {
		isle_outgoing_discard(&op->out);
		if (!err)
			err = isle_message_reply(op);
		return err && err != -ENOENT ? err : isle_message_receive(op);
	}
	expect(op, ISLE_TASK_ANY);
	rcu_read_lock();
	spin_lock(&task->lock);
	err = reply_locked(op, op->ipc->dst, &wake);
	if (unlikely(err && err != -ENOENT)) {
		spin_unlock(&task->lock);
		rcu_read_unlock();
	} else {
		err = receive_locked(op, wake);
	}
	if (unlikely(op->out.length))
		isle_outgoing_discard(&op->out);
	return err;
}
