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
 * An operation is made of at most two parts; what the whole has is in struct
 * isle_operation.  User memory is touched with no lock held and before or
 * after the meeting, so that a pager delays nobody but its own process.
 */
#include <linux/sched/signal.h>
#include <linux/uaccess.h>

#include "core/link.h"
#include "ipc/async.h"
#include "ipc/buffer.h"
#include "ipc/message.h"
#include "ipc/notify.h"
#include "ipc/parcel.h"
#include "ipc/service.h"
#include "ipc/shm.h"
#include "trace.h"

#define KNOWN_FLAGS	(ISLE_IPC_SEND | ISLE_IPC_CALL | ISLE_IPC_REPLY | \
			 ISLE_IPC_RECEIVE | ISLE_IPC_NOTIFY |		\
			 ISLE_IPC_ASYNC_SEND | ISLE_IPC_ASYNC_RECEIVE |	\
			 ISLE_IPC_NOWAIT | ISLE_IPC_TIMEOUT |		\
			 ISLE_IPC_BY_REFERENCE)
#define WHAT		0xffff

/**
 * struct isle_operation - one ISLE_TASK_IPC
 * @task: whose
 * @ipc: its argument, a copy
 * @message: what is sent, and where to receive; memory of the kernel
 * @deadline: of all waits
 * @in: for the part that receives
 * @out: for the part that sends
 */
struct isle_operation {
	struct isle_task *task;
	const struct isle_ipc *ipc;
	struct isle_message *message;
	ktime_t deadline;
	struct isle_incoming in;
	struct isle_outgoing out;
};

static bool nowait(const struct isle_operation *op)
{
	return op->ipc->flags & ISLE_IPC_NOWAIT;
}

/* ---- checking and preparing what is sent --------------------------------- */

static int check_type(s32 type, bool reply)
{
	if (type < 0)
		return reply ? 0 : -EINVAL;
	if (type & ~(ISLE_MESSAGE_NUMBER | ISLE_MESSAGE_PAYLOAD |
		     ISLE_MESSAGE_STRING) || !(type & ISLE_MESSAGE_NUMBER))
		return -EINVAL;
	if (type & ISLE_MESSAGE_STRING && !(type & ISLE_MESSAGE_PAYLOAD))
		return -EINVAL;
	return 0;
}

/* Reads each word that matters once; what was checked is kept in @op->out. */
static int prepare_payload(struct isle_operation *op)
{
	struct isle_outgoing *out = &op->out;
	u64 length = READ_ONCE(op->message->payload.length);

	out->address = READ_ONCE(op->message->payload.address);
	if (length > ISLE_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (!length && out->type & ISLE_MESSAGE_STRING)
		return -EINVAL;
	out->length = length;
	if (!length)
		return 0;
	if (op->ipc->flags & ISLE_IPC_BY_REFERENCE &&
	    out->type & ISLE_MESSAGE_STRING)
		return -EINVAL;	/* nobody could promise its end */
	if (op->ipc->flags & ISLE_IPC_BY_REFERENCE)
		return isle_shm_resolve(op->task, out->address, length,
					&out->shm, &out->offset);
	out->parcel = isle_parcel_make(op->task->domain, op->task->region,
				       out->address, length);
	if (!IS_ERR(out->parcel))
		return 0;
	length = PTR_ERR(out->parcel);
	out->parcel = NULL;
	return length;
}

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
	err = check_type(out->type, reply);
	if (err || out->type < 0)
		return err;
	return prepare_payload(op);
}

static void discard(struct isle_outgoing *out)
{
	isle_parcel_free(out->parcel);
	out->parcel = NULL;
	if (out->shm)
		isle_shm_put(out->shm);
	out->shm = NULL;
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

/* Its wait is over.  Holds the lock that protects it, and RCU. */
static __always_inline void finish(struct isle_task *task, int result)
{
	/* Pairs with the acquire in is_over(): all that was written before */
	smp_store_release(&task->result, result);
}

/* @task leaves the queue that it waits in; holds that queue's lock. */
static __always_inline void leave(struct isle_task *task)
{
	list_del_init(&task->queued);
	WRITE_ONCE(task->target, NULL);
	WRITE_ONCE(task->state, ISLE_TASK_IDLE);
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
			leave(task);
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
		finish(to, 1);
		spin_unlock(&to->lock);
		isle_task_wake(to, call);
		rcu_read_unlock();
		return !call;
	}
	err = -EAGAIN;
	if (nowait(op))
		goto out_unlock;
	enqueue(task, to, out);
	err = 0;
out_unlock:
	spin_unlock(&to->lock);
out_rcu:
	rcu_read_unlock();
	return err;
}

static int do_send(struct isle_operation *op)
{
	int err = prepare(op, false);

	if (!err)
		err = send(op, op->ipc->dst, false);
	if (!err)
		err = wait_in_queue(op);
	discard(&op->out);
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
		leave(sender);
		finish(sender, err ?: 1);
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
			else if (unlikely(nowait(op)))
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

/*
 * A closed receive: be told when the task ends.  @await is on the caller's
 * stack, *@from gets a reference.
 */
static int await_begin(struct isle_task *task, s32 id, struct isle_await *await,
		       struct isle_task **from)
{
	struct isle_task *other = isle_task_get(task, id);
	int err = -ESRCH;

	if (!other)
		return -ESRCH;
	await->task = task;
	spin_lock(&other->lock);
	if (!other->dead && isle_linked(task->domain, other->domain)) {
		WRITE_ONCE(task->aborted, false);
		list_add_tail(&await->node, &other->awaiters);
		err = 0;
	}
	spin_unlock(&other->lock);
	if (err)
		isle_task_put(other);
	else
		*from = other;
	return err;
}

static void await_end(struct isle_task *task, struct isle_await *await,
		      struct isle_task *from)
{
	spin_lock(&from->lock);
	list_del(&await->node);
	WRITE_ONCE(task->aborted, false);
	spin_unlock(&from->lock);
	isle_task_put(from);
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
	err = await_begin(task, op->in.from, &await, &from);
	if (err)
		return err;
	rcu_read_lock();
	spin_lock(&task->lock);
	err = receive_locked(op, NULL);
	await_end(task, &await, from);
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

static int do_receive(struct isle_operation *op)
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

static int do_service(struct isle_operation *op)
{
	struct isle_message request;
	const struct isle_ipc *ipc = op->ipc;
	struct isle_service_call call = {
		.task = op->task,
		.request = &request,
		.reply = op->message,
		.buffer = u64_to_user_ptr(ipc->buffer),
		.buffer_size = ipc->buffer_size,
		.nowait = nowait(op),
		.deadline = op->deadline,
	};
	u64 length;
	int err;

	memcpy(&request, op->message, sizeof(request));
	barrier_data(&request);	/* it is not read from the page again */
	err = check_type(request.type, false);
	if (err)
		return err;
	if (request.type & ISLE_MESSAGE_PAYLOAD) {
		length = request.payload.length;
		if (length > ISLE_PAYLOAD_MAX)
			return -EMSGSIZE;
		if (!length && request.type & ISLE_MESSAGE_STRING)
			return -EINVAL;
		call.payload = u64_to_user_ptr(request.payload.address);
		call.payload_length = length;
	}
	if (!call.buffer && op->task->buffer)
		isle_buffer_service(op->task->buffer, &call);
	request.src = op->task->id;
	err = isle_service_call(&call);
	WRITE_ONCE(op->message->src, ISLE_TASK_SERVICES);
	return err;
}

static __always_inline int call(struct isle_operation *op, s32 dst)
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
		discard(&op->out);
	return err < 0 ? err : 0;
}

/* What task 1 answers, or somebody in its place */
static noinline int call_services(struct isle_operation *op)
{
	s32 dst = isle_service_forward(op->task, READ_ONCE(op->message->type));
	int err;

	if (!dst)
		return do_service(op);
	err = call(op, dst);
	if (!err)
		WRITE_ONCE(op->message->src, ISLE_TASK_SERVICES);
	return err;
}

static __always_inline int do_call(struct isle_operation *op)
{
	if (unlikely(op->ipc->dst == ISLE_TASK_SERVICES))
		return call_services(op);
	return call(op, op->ipc->dst);
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
	leave(caller);
	finish(caller, 1);
	*wake = caller;
	return 0;
}

static int do_reply(struct isle_operation *op)
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
	discard(&op->out);
	return err;
}

static __always_inline int do_reply_receive(struct isle_operation *op)
{
	struct isle_task *task = op->task;
	struct isle_task *wake = NULL;
	int err = prepare(op, true);

	if (unlikely(err || op->ipc->src != ISLE_TASK_ANY)) {
		discard(&op->out);
		if (!err)
			err = do_reply(op);
		return err && err != -ENOENT ? err : do_receive(op);
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
		discard(&op->out);
	return err;
}

/* ---- one operation ------------------------------------------------------------- */

/* The payload of a message that was received */
static int unpack(struct isle_operation *op)
{
	struct isle_incoming *in = &op->in;
	struct isle_task *task = op->task;
	struct isle_task *caller, *wake = NULL;
	int err;

	err = isle_parcel_unpack(in->parcel, in->buffer, in->string);
	isle_parcel_free(in->parcel);
	in->parcel = NULL;
	if (!err || !in->caller)
		return err;
	/* The request is lost: do not let its sender wait for a reply */
	rcu_read_lock();
	spin_lock(&task->lock);
	caller = isle_task_find(task, in->caller);
	if (caller && READ_ONCE(caller->target) == task &&
	    caller->state == ISLE_TASK_CALLING) {
		leave(caller);
		finish(caller, -ECANCELED);
		wake = caller;
	}
	spin_unlock(&task->lock);
	if (wake)
		isle_task_wake(wake, false);
	rcu_read_unlock();
	return err;
}

static int check(const struct isle_ipc *ipc)
{
	u32 what = ipc->flags & WHAT;

	if (ipc->flags & ~KNOWN_FLAGS || ipc->reserved)
		return -EINVAL;
	if (ipc->flags & ISLE_IPC_TIMEOUT ? ipc->timeout_ns < 0 :
	    ipc->timeout_ns != 0)
		return -EINVAL;
	if (what != ISLE_IPC_NOTIFY && ipc->bits)
		return -EINVAL;
	if (!(what & (ISLE_IPC_RECEIVE | ISLE_IPC_ASYNC_RECEIVE)) && ipc->src)
		return -EINVAL;
	if (!(what & ~(ISLE_IPC_RECEIVE | ISLE_IPC_ASYNC_RECEIVE)) && ipc->dst)
		return -EINVAL;
	if (ipc->dst < 0 || ipc->src < ISLE_TASK_ANY)
		return -EINVAL;
	if (!ipc->buffer && ipc->buffer_size)
		return -EINVAL;
	return 0;
}

static int run(struct isle_operation *op)
{
	const struct isle_ipc *ipc = op->ipc;
	int err;

	switch (ipc->flags & WHAT) {
	case ISLE_IPC_CALL:
		return do_call(op);
	case ISLE_IPC_REPLY | ISLE_IPC_RECEIVE:
		return do_reply_receive(op);
	case ISLE_IPC_RECEIVE:
		return do_receive(op);
	case ISLE_IPC_SEND:
		return do_send(op);
	case ISLE_IPC_REPLY:
		return do_reply(op);
	case ISLE_IPC_SEND | ISLE_IPC_RECEIVE:
		err = do_send(op);
		if (err)
			return err;
		err = do_receive(op);
		/* Begun again it would send again */
		return err == -ERESTARTSYS ? -EINTR : err;
	}
	return -EINVAL;
}

/**
 * isle_ipc() - do what a program asks
 * @task: the task
 * @ipc: what; a copy that does not change any more
 * @message: memory of the kernel for the message that is sent and received;
 *	may be mapped by the program
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno, see struct isle_ipc.
 */
int isle_ipc(struct isle_task *task, const struct isle_ipc *ipc,
	     struct isle_message *message)
{
	struct isle_operation op;
	int err;

	err = check(ipc);
	if (unlikely(err))
		return err;
	if (unlikely(READ_ONCE(task->dead)))
		return -ENODEV;
	switch (ipc->flags & ~ISLE_IPC_NOWAIT) {
	case ISLE_IPC_NOTIFY:
		return isle_notify(task, ipc->dst, ipc->bits);
	case ISLE_IPC_ASYNC_SEND:
		return isle_async_send(task, ipc->dst, message);
	case ISLE_IPC_ASYNC_RECEIVE:
		return isle_async_receive(task, ipc->src, message);
	}
	if (unlikely(!isle_task_begin(task)))
		return -EBUSY;
	op.task = task;
	op.ipc = ipc;
	op.message = message;
	op.in.parcel = NULL;
	op.deadline = KTIME_MAX;
	if (unlikely(ipc->flags & ISLE_IPC_TIMEOUT))
		op.deadline = ktime_add_safe(ktime_get(), ipc->timeout_ns);
	err = run(&op);
	if (unlikely(op.in.parcel)) {
		if (!err)
			err = unpack(&op);
		else
			isle_parcel_free(op.in.parcel);
	}
	isle_task_done(task);
	return err;
}

/* ---- ending ---------------------------------------------------------------------- */

/* Abort those in one of @task's queues that are of @domain, or all. */
static void abort_queue(struct list_head *queue, struct isle_domain *domain)
{
	struct isle_task *waiter, *next;

	list_for_each_entry_safe(waiter, next, queue, queued) {
		if (domain && waiter->domain != domain)
			continue;
		leave(waiter);
		finish(waiter, -ECANCELED);
		isle_task_wake(waiter, false);
	}
}

/**
 * isle_message_abort_domain() - end the waits of a domain's tasks for a task
 * @task: the task
 * @domain: whose tasks; NULL: everybody's
 *
 * What is begun afterwards finds that @task is dead, or that the domains are
 * not linked.
 */
void isle_message_abort_domain(struct isle_task *task,
			       struct isle_domain *domain)
{
	struct isle_await *await, *next;

	rcu_read_lock();
	spin_lock(&task->lock);
	abort_queue(&task->senders, domain);
	abort_queue(&task->callers, domain);
	list_for_each_entry_safe(await, next, &task->awaiters, node) {
		if (domain && await->task->domain != domain)
			continue;
		WRITE_ONCE(await->task->aborted, true);
		isle_task_wake(await->task, false);
	}
	spin_unlock(&task->lock);
	rcu_read_unlock();
}
