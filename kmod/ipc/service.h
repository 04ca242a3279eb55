/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_SERVICE_H
#define ISLE_IPC_SERVICE_H

#include <linux/ktime.h>
#include <linux/types.h>
#include <isle/interface.h>
#include <isle/task.h>

struct isle_task;

/* Types of requests are below this */
#define ISLE_SERVICE_TYPES	128

/**
 * struct isle_service_call - a call of the system services, by its caller
 * @task: who calls; it is ours until the handler returns, and cannot do
 *	anything else meanwhile
 * @request: what was sent: a copy, its type is the one the handler was
 *	registered for
 * @reply: what is answered; zeroed but for the type, which is the request's
 *	number + 1.  A handler that answers with a payload copies it to
 *	@buffer, adds ISLE_MESSAGE_PAYLOAD to the type and fills in
 *	reply->payload.
 * @payload: the request's payload in the memory of the caller, NULL if it has
 *	none; may lie anywhere, copy_from_user() decides
 * @payload_length: its length, at most ISLE_PAYLOAD_MAX
 * @buffer: where the caller wants a payload, which is its memory, too; or NULL
 * @buffer_size: bytes of it
 * @nowait: fail with -EAGAIN instead of waiting
 * @deadline: when to end a wait with -ETIMEDOUT, as of ktime_get();
 *	KTIME_MAX: never
 */
struct isle_service_call {
	struct isle_task *task;
	const struct isle_message *request;
	struct isle_message *reply;
	void __user *payload;
	size_t payload_length;
	void __user *buffer;
	size_t buffer_size;
	bool nowait;
	ktime_t deadline;
};

/**
 * struct isle_service - a message that task 1 answers
 * @type: ISLE_MSG_* of the request, with its bits
 * @handle: answers; in the context of the caller, sleeps as it likes but
 *	killably.  Returns 0, or a negative errno, which the caller gets as the
 *	type of its reply (isle_error_number()), except for -EFAULT, -EINTR,
 *	-ETIMEDOUT and -ERESTARTSYS, with which its ioctl fails.
 */
struct isle_service {
	u32 type;
	int (*handle)(struct isle_service_call *call);
};

/**
 * struct isle_service_group - the messages of one name space
 * @services: the messages
 * @n: how many
 * @init: if not NULL, called when the module is loaded
 * @task_end: if not NULL, a task ends: let go of what is kept of it.  Nothing
 *	finds it any more; its thread may still be in a call.  May sleep.
 *
 * Each services/NAME.c defines one, and services.c lists it.
 */
struct isle_service_group {
	const struct isle_service *services;
	size_t n;
	void (*init)(void);
	void (*task_end)(struct isle_task *task);
};

int isle_service_init(void);
void isle_service_exit(void);
int isle_service_call(struct isle_service_call *call);
s32 isle_service_forward(struct isle_task *task, u32 type);
void isle_service_task_end(struct isle_task *task);
int isle_error_number(int err);

/* services/ */
extern const struct isle_service_group isle_service_benchmark;
extern const struct isle_service_group isle_service_clock;
extern const struct isle_service_group isle_service_discovery;
extern const struct isle_service_group isle_service_ool;
extern const struct isle_service_group isle_service_shm;
extern const struct isle_service_group isle_service_states;
extern const struct isle_service_group isle_service_tasks;
extern const struct isle_service_group isle_service_vm;

#endif /* ISLE_IPC_SERVICE_H */
