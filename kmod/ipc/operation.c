// SPDX-License-Identifier: GPL-2.0
/*
 * Operations: what one ISLE_TASK_IPC asks for, and who does it.
 *
 * An operation is made of at most two parts; what the whole has is in struct
 * isle_operation, on the stack of the task's thread.  The parts that meet other
 * tasks are in message.c; notifications and asynchronous messages, which wait
 * for nobody, are no operations and are passed on at once; calls of task 1 are
 * answered here, through its services.
 *
 * User memory is touched with no lock held.  No lock is taken here.
 */
#include <linux/uaccess.h>

#include "ipc/async.h"
#include "ipc/buffer.h"
#include "ipc/message.h"
#include "ipc/notify.h"
#include "ipc/parcel.h"
#include "ipc/service.h"

#define KNOWN_FLAGS	(ISLE_IPC_SEND | ISLE_IPC_CALL | ISLE_IPC_REPLY | \
			 ISLE_IPC_RECEIVE | ISLE_IPC_NOTIFY |		\
			 ISLE_IPC_ASYNC_SEND | ISLE_IPC_ASYNC_RECEIVE |	\
			 ISLE_IPC_NOWAIT | ISLE_IPC_TIMEOUT |		\
			 ISLE_IPC_BY_REFERENCE)
#define WHAT		0xffff

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
		.nowait = isle_operation_nowait(op),
		.deadline = op->deadline,
	};
	u64 length;
	int err;

	memcpy(&request, op->message, sizeof(request));
	barrier_data(&request);	/* it is not read from the page again */
	err = isle_outgoing_check_type(request.type, false);
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

/* What task 1 answers, or somebody in its place */
static noinline int call_services(struct isle_operation *op)
{
	s32 dst = isle_service_forward(op->task, READ_ONCE(op->message->type));
	int err;

	if (!dst)
		return do_service(op);
	err = isle_message_call(op, dst);
	if (!err)
		WRITE_ONCE(op->message->src, ISLE_TASK_SERVICES);
	return err;
}

static __always_inline int do_call(struct isle_operation *op)
{
	if (unlikely(op->ipc->dst == ISLE_TASK_SERVICES))
		return call_services(op);
	return isle_message_call(op, op->ipc->dst);
}

/* The payload of a message that was received */
static int unpack(struct isle_operation *op)
{
	struct isle_incoming *in = &op->in;
	int err;

	err = isle_parcel_unpack(in->parcel, in->buffer, in->string);
	isle_parcel_free(in->parcel);
	in->parcel = NULL;
	/* The request is lost: do not let its sender wait for a reply */
	if (err && in->caller)
		isle_message_cancel(op->task, in->caller);
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
		return isle_message_reply_receive(op);
	case ISLE_IPC_RECEIVE:
		return isle_message_receive(op);
	case ISLE_IPC_SEND:
		return isle_message_send(op);
	case ISLE_IPC_REPLY:
		return isle_message_reply(op);
	case ISLE_IPC_SEND | ISLE_IPC_RECEIVE:
		err = isle_message_send(op);
		if (err)
			return err;
		err = isle_message_receive(op);
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
 * @caller: if not NULL, out: what was received is a call of that task, or 0
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno, see struct isle_ipc.
 */
int isle_ipc(struct isle_task *task, const struct isle_ipc *ipc,
	     struct isle_message *message, s32 *caller)
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
	op.in.caller = 0;
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
	if (caller)
		*caller = err ? 0 : op.in.caller;
	isle_task_done(task);
	return err;
}
