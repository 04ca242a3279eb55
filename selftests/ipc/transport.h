/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: generated stubs over the file of a task
 */
#ifndef ISLE_SELFTESTS_IPC_TRANSPORT_H
#define ISLE_SELFTESTS_IPC_TRANSPORT_H

#include <isle_stubs.h>

#include "tasks.h"

/* A call that may wait long, but not for ever, unless @forever */
static inline int transport_call_(void *handle, __s32 to, struct isle_message *m, void *buffer,
				  size_t size)
{
	struct isle_ipc arg = {
		.flags = ISLE_IPC_CALL | ISLE_IPC_TIMEOUT, .dst = to,
		.timeout_ns = LONG_WAIT * 1000000000LL, .message = (uintptr_t)m,
		.buffer = (uintptr_t)buffer, .buffer_size = size,
	};

	return ipc(*(int *)handle, &arg);
}

static inline int transport_call_now_(void *handle, __s32 to, struct isle_message *m,
				      void *buffer, size_t size)
{
	struct isle_ipc arg = {
		.flags = ISLE_IPC_CALL | ISLE_IPC_NOWAIT, .dst = to, .message = (uintptr_t)m,
		.buffer = (uintptr_t)buffer, .buffer_size = size,
	};

	return ipc(*(int *)handle, &arg);
}

static inline int transport_send_(void *handle, __s32 to, const struct isle_message *m)
{
	struct isle_message copy = *m;

	return ipc_send(*(int *)handle, to, &copy);
}

static inline int transport_async_send_(void *handle, __s32 to, const struct isle_message *m)
{
	struct isle_message copy = *m;

	return ipc_async_send(*(int *)handle, to, &copy);
}

/* Over the task whose file is in @fd */
static inline struct isle_transport over(int *fd)
{
	return (struct isle_transport){
		.handle = fd, .call = transport_call_, .send = transport_send_,
		.async_send = transport_async_send_,
	};
}

/* The same, with calls that do not wait */
static inline struct isle_transport over_nowait(int *fd)
{
	struct isle_transport via = over(fd);

	via.call = transport_call_now_;
	return via;
}

#define pointer(address) ((void *)(uintptr_t)(address))

#endif /* ISLE_SELFTESTS_IPC_TRANSPORT_H */
