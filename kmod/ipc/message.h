/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_MESSAGE_H
#define ISLE_IPC_MESSAGE_H

#include <linux/ktime.h>

#include "ipc/task.h"

struct isle_parcel;
struct isle_shm;

/**
 * struct isle_outgoing - a message that a task sends
 * @message: where it lies; may be the page that the program has mapped, so
 *	that its content may change at any time
 * @type: its type, as it was checked
 * @call: its sender wants a reply
 * @length: of the payload, as it was checked; 0 if there is none
 * @address: where the payload is in the sender's memory
 * @parcel: the payload, to be copied by the receiver; or NULL
 * @shm: the payload lies in there; or NULL.  A reference.
 * @offset: where in @shm
 */
struct isle_outgoing {
	const struct isle_message *message;
	s32 type;
	bool call;
	u32 length;
	u64 address;
	struct isle_parcel *parcel;
	struct isle_shm *shm;
	u64 offset;
};

/**
 * struct isle_incoming - where a task receives a message
 * @message: where it goes; memory of the kernel, perhaps mapped by the program
 * @from: a task's number or ISLE_TASK_ANY
 * @caller: the message came from a call of that task, or 0
 * @buffer: where its payload goes in the receiver's memory
 * @size: bytes there
 * @string: the payload is a string
 * @parcel: the payload that came with it: the receiver has to copy it
 */
struct isle_incoming {
	struct isle_message *message;
	s32 from;
	s32 caller;
	u64 buffer;
	u64 size;
	bool string;
	struct isle_parcel *parcel;
};

/**
 * struct isle_await - a closed receive that waits for a task
 * @node: in that task's awaiters
 * @task: who waits
 */
struct isle_await {
	struct list_head node;
	struct isle_task *task;
};

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

static inline bool isle_operation_nowait(const struct isle_operation *op)
{
	return op->ipc->flags & ISLE_IPC_NOWAIT;
}

/* operation.c */
int isle_ipc(struct isle_task *task, const struct isle_ipc *ipc,
	     struct isle_message *message, s32 *caller);

/* outgoing.c */
int isle_outgoing_check_type(s32 type, bool reply);
int isle_outgoing_payload(struct isle_operation *op);
void isle_outgoing_discard(struct isle_outgoing *out);

/* message.c */
int isle_message_send(struct isle_operation *op);
int isle_message_call(struct isle_operation *op, s32 dst);
int isle_message_receive(struct isle_operation *op);
int isle_message_reply(struct isle_operation *op);
int isle_message_reply_receive(struct isle_operation *op);

/* abort.c */
int isle_await_begin(struct isle_task *task, s32 id, struct isle_await *await,
		     struct isle_task **from);
void isle_await_end(struct isle_task *task, struct isle_await *await,
		    struct isle_task *from);
void isle_message_cancel(struct isle_task *task, s32 id);
void isle_message_abort_domain(struct isle_task *task,
			       struct isle_domain *domain);

/* rendezvous.c */
int isle_task_sleep(struct isle_task *task, ktime_t deadline);
void isle_task_wake(struct isle_task *task, bool sync);

/* Its wait is over.  Holds the lock that protects it, and RCU. */
static __always_inline void isle_task_finish(struct isle_task *task, int result)
{
	/* Pairs with the acquire in is_over(): all that was written before */
	smp_store_release(&task->result, result);
}

/* @task leaves the queue that it waits in; holds that queue's lock. */
static __always_inline void isle_task_leave(struct isle_task *task)
{
	list_del_init(&task->queued);
	WRITE_ONCE(task->target, NULL);
	WRITE_ONCE(task->state, ISLE_TASK_IDLE);
}

#endif /* ISLE_IPC_MESSAGE_H */
