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

/* message.c */
int isle_ipc(struct isle_task *task, const struct isle_ipc *ipc,
	     struct isle_message *message);
void isle_message_abort_domain(struct isle_task *task,
			       struct isle_domain *domain);

/* rendezvous.c */
int isle_task_sleep(struct isle_task *task, ktime_t deadline);
void isle_task_wake(struct isle_task *task, bool sync);

#endif /* ISLE_IPC_MESSAGE_H */
