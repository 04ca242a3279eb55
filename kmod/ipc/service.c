// SPDX-License-Identifier: GPL-2.0
/*
 * Task 1: the system services, executed in the context of whoever calls.
 *
 * This file owns the table from the type of a message to the function that
 * answers it, which is filled while the module is loaded and constant then.
 * There is no queue and no lock: a caller waits for nobody but itself.
 */
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/string.h>

#include "ipc/service.h"
#include "ipc/services/state.h"

static const struct isle_service_group *const groups[] = {
	&isle_service_benchmark,
	&isle_service_clock,
	&isle_service_discovery,
	&isle_service_ool,
	&isle_service_shm,
	&isle_service_states,
	&isle_service_tasks,
	&isle_service_vm,
};

static const struct isle_service *handlers[ISLE_SERVICE_TYPES];	/* by number */

static const struct {
	int err;
	int number;
} errors[] = {
	{ -ENOMEM, ISLE_ERROR_NO_MEMORY },
	{ -EDQUOT, ISLE_ERROR_NO_MEMORY },
	{ -EPERM, ISLE_ERROR_NOT_PERMITTED },
	{ -EAGAIN, ISLE_ERROR_WOULD_BLOCK },
	{ -ECANCELED, ISLE_ERROR_ABORTED },
	{ -EMSGSIZE, ISLE_ERROR_TOO_LARGE },
	{ -ERANGE, ISLE_ERROR_TOO_SMALL },
	{ -ENOENT, ISLE_ERROR_NOT_FOUND },
	{ -EINVAL, ISLE_ERROR_INVALID_ARG },
	{ -ESRCH, ISLE_ERROR_INVALID_TASK },
	{ -EEXIST, ISLE_ERROR_ALREADY_EXISTS },
	{ -EOPNOTSUPP, ISLE_ERROR_UNAVAILABLE },
	{ -EBADMSG, ISLE_ERROR_NOT_ACCEPTABLE },
	{ -ENODATA, ISLE_ERROR_EMPTY },
	{ -EBUSY, ISLE_ERROR_IN_USE },
	{ -ERESTART, ISLE_ERROR_TRY_AGAIN },
	{ -ESHUTDOWN, ISLE_ERROR_END },
};

/**
 * isle_error_number() - what a message calls an errno
 * @err: a negative errno
 *
 * Return: one of ISLE_ERROR_*; ISLE_ERROR_UNAVAILABLE if it has no name.
 */
int isle_error_number(int err)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(errors); i++)
		if (errors[i].err == err)
			return errors[i].number;
	return ISLE_ERROR_UNAVAILABLE;
}

/**
 * isle_service_call() - answer a call of task 1
 * @call: the call; its reply is filled in
 *
 * Context: process; sleeps, with no lock held.
 * Return: 0, also if the reply says that it failed; or -EFAULT, -EINTR,
 * -ETIMEDOUT, -ERESTARTSYS.
 */
int isle_service_call(struct isle_service_call *call)
{
	const struct isle_service *service = NULL;
	u32 number = call->request->type & ISLE_MESSAGE_NUMBER;
	int err = -EINVAL;

	if (number < ISLE_SERVICE_TYPES)
		service = handlers[number];
	memset(call->reply, 0, sizeof(*call->reply));
	call->reply->type = number + 1;
	if (service && service->type == call->request->type)
		err = service->handle(call);
	switch (err) {
	case 0:
	case -EFAULT:
	case -EINTR:
	case -ETIMEDOUT:
	case -ERESTARTSYS:
		return err;
	}
	memset(call->reply, 0, sizeof(*call->reply));
	call->reply->type = isle_error_number(err);
	return 0;
}

/**
 * isle_service_forward() - who answers a call of task 1 in its place
 * @task: who calls
 * @type: of the message
 *
 * Return: a task's number, or 0: we do.
 */
s32 isle_service_forward(struct isle_task *task, u32 type)
{
	return type == ISLE_MSG_TASK_LAUNCH ? isle_discovery_launcher(task) : 0;
}

/**
 * isle_service_task_end() - let the services forget a task
 * @task: the task; nothing finds it any more
 */
void isle_service_task_end(struct isle_task *task)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(groups); i++)
		if (groups[i]->task_end)
			groups[i]->task_end(task);
}

/**
 * isle_service_init() - fill the table
 *
 * Return: 0, or -EINVAL if two services want the same message.
 */
int isle_service_init(void)
{
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(groups); i++) {
		if (groups[i]->init)
			groups[i]->init();
		for (j = 0; j < groups[i]->n; j++) {
			const struct isle_service *s = &groups[i]->services[j];

			u32 number = s->type & ISLE_MESSAGE_NUMBER;

			if (WARN_ON(number >= ISLE_SERVICE_TYPES ||
				    handlers[number]))
				return -EINVAL;
			handlers[number] = s;
		}
	}
	return 0;
}

/**
 * isle_service_exit() - nothing is called any more
 */
void isle_service_exit(void)
{
	memset(handlers, 0, sizeof(handlers));
}
