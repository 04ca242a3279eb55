// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Tasks.  A handle owns one file, which is the task.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "task.h"

static int via_call(void *handle, __s32 to, struct isle_message *m, void *buffer, size_t size)
{
	return isle_task_call(handle, to, m, buffer, size, -1);
}

static int via_send(void *handle, __s32 to, const struct isle_message *m)
{
	return isle_task_send(handle, to, m, -1);
}

static int via_async_send(void *handle, __s32 to, const struct isle_message *m)
{
	return isle_task_async_send(handle, to, m);
}

/* A handle for @fd, which is the caller's if this fails. */
static int wrap(int fd, struct isle_task **task)
{
	struct isle_task_info info = { .size = sizeof(info) };
	struct isle_task *t;
	int rc = isle_ioctl(fd, ISLE_TASK_INFO, &info);

	if (rc)
		return rc;
	t = calloc(1, sizeof(*t));
	if (!t)
		return -ENOMEM;
	t->fd = fd;
	t->id = info.task;
	t->transport.handle = t;
	t->transport.call = via_call;
	t->transport.send = via_send;
	t->transport.async_send = via_async_send;
	*task = t;
	return 0;
}

EXPORT int isle_task_from_fd(int fd, struct isle_task **task)
{
	return wrap(fd, task);
}

EXPORT int isle_task_open(const char *name, struct isle_task **task)
{
	int fd = isle_open_part("task", name);
	int rc;

	if (fd < 0)
		return fd;
	rc = wrap(fd, task);
	if (rc)
		close(fd);
	return rc;
}

EXPORT int isle_task_open_in(struct isle_domain *domain, struct isle_task **task)
{
	struct isle_part_open arg = { .size = sizeof(arg), .part = ISLE_OPEN_TASK };
	int rc = isle_ioctl(domain->fd, ISLE_DOMAIN_PART_OPEN, &arg);

	if (rc)
		return rc;
	rc = wrap(arg.fd, task);
	if (rc)
		close(arg.fd);
	return rc;
}

EXPORT int isle_task_inherited(struct isle_task **task)
{
	const char *text = getenv("ISLE_TASK_FD");
	char *end;
	long fd;
	int rc;

	if (!text)
		return -ENOENT;
	errno = 0;
	fd = strtol(text, &end, 10);
	if (errno || end == text || *end || fd < 0 || fd > INT32_MAX)
		return -EBADF;
	rc = wrap((int)fd, task);
	if (rc)
		return rc;
	/* Programs that we start shall not take it for theirs */
	unsetenv("ISLE_TASK_FD");
	fcntl((int)fd, F_SETFD, FD_CLOEXEC);
	return 0;
}

EXPORT void isle_task_close(struct isle_task *task)
{
	if (!task)
		return;
	close(task->fd);
	free(task);
}

EXPORT int isle_task_fd(const struct isle_task *task)
{
	return task->fd;
}

EXPORT int32_t isle_task_id(const struct isle_task *task)
{
	return task->id;
}

EXPORT const struct isle_transport *isle_task_transport(struct isle_task *task)
{
	return &task->transport;
}

EXPORT int isle_task_get_info(struct isle_task *task, struct isle_task_info *info)
{
	int rc = isle_struct_begin(info, ISLE_SIZE_TO(struct isle_task_info, comm));

	return rc ? rc : isle_ioctl_sized(task->fd, ISLE_TASK_INFO, info);
}

EXPORT int isle_task_next(struct isle_task *task, int32_t *cursor, struct isle_task_info *info)
{
	int rc = isle_struct_begin(info, ISLE_SIZE_TO(struct isle_task_info, comm));

	if (rc)
		return rc;
	info->flags = ISLE_TASK_NEXT;
	info->task = *cursor;
	rc = isle_ioctl_sized(task->fd, ISLE_TASK_INFO, info);
	if (!rc)
		*cursor = info->task + 1;
	return rc;
}

/* ---- messages ---------------------------------------------------------------------- */

/* How long an operation waits, as the ioctl wants to be told */
static void set_timeout(struct isle_ipc *ipc, int64_t timeout_ns)
{
	if (!timeout_ns) {
		ipc->flags |= ISLE_IPC_NOWAIT;
	} else if (timeout_ns > 0) {
		ipc->flags |= ISLE_IPC_TIMEOUT;
		ipc->timeout_ns = timeout_ns;
	}
}

int isle_task_ipc(struct isle_task *task, struct isle_ipc *ipc)
{
	ipc->size = sizeof(*ipc);
	return isle_ioctl(task->fd, ISLE_TASK_IPC, ipc);
}

EXPORT int isle_task_send(struct isle_task *task, int32_t to, const struct isle_message *m,
			  int64_t timeout_ns)
{
	struct isle_ipc ipc = {
		.flags = ISLE_IPC_SEND, .dst = to, .message = (uintptr_t)m,
	};

	set_timeout(&ipc, timeout_ns);
	return isle_task_ipc(task, &ipc);
}

EXPORT int isle_task_call(struct isle_task *task, int32_t to, struct isle_message *m,
			  void *buffer, size_t size, int64_t timeout_ns)
{
	struct isle_ipc ipc = {
		.flags = ISLE_IPC_CALL, .dst = to, .message = (uintptr_t)m,
		.buffer = (uintptr_t)buffer, .buffer_size = size,
	};
	int rc;

	set_timeout(&ipc, timeout_ns);
	rc = isle_task_ipc(task, &ipc);
	return !rc && m->type < 0 ? isle_rpc_error(m->type) : rc;
}

EXPORT int isle_task_receive(struct isle_task *task, int32_t from, struct isle_message *m,
			     void *buffer, size_t size, int64_t timeout_ns)
{
	struct isle_ipc ipc = {
		.flags = ISLE_IPC_RECEIVE, .src = from, .message = (uintptr_t)m,
		.buffer = (uintptr_t)buffer, .buffer_size = size,
	};

	set_timeout(&ipc, timeout_ns);
	return isle_task_ipc(task, &ipc);
}

EXPORT int isle_task_reply(struct isle_task *task, int32_t to, const struct isle_message *m)
{
	struct isle_ipc ipc = {
		.flags = ISLE_IPC_REPLY, .dst = to, .message = (uintptr_t)m,
	};

	return isle_task_ipc(task, &ipc);
}

EXPORT int isle_task_serve(struct isle_task *task, isle_serve_fn fn, void *arg, void *buffer,
			   size_t size)
{
	struct isle_message m = { 0 };
	struct isle_ipc ipc = { 0 };
	int rc, reply = 0;

	for (;;) {
		ipc = (struct isle_ipc){
			.flags = ISLE_IPC_RECEIVE, .src = ISLE_TASK_ANY,
			.message = (uintptr_t)&m, .buffer = (uintptr_t)buffer,
			.buffer_size = size,
		};
		if (reply == 1) {
			ipc.flags |= ISLE_IPC_REPLY;
			ipc.dst = m.src;
		}
		rc = isle_task_ipc(task, &ipc);
		/* Of a reply only: its payload, or the caller's room for it, is not there */
		if (reply == 1 && (rc == -EMSGSIZE || rc == -EFAULT)) {
			isle_rpc_failed(&m, rc);
			continue;
		}
		if (rc)
			return rc;
		reply = fn(arg, &m);
		if (reply == -ENOMSG)
			reply = isle_rpc_failed(&m, -EOPNOTSUPP);
		if (reply < 0)
			return reply;
		/* What comes from the kernel has no reply */
		if (m.src == ISLE_TASK_KERNEL)
			reply = 0;
	}
}

EXPORT int isle_task_notify(struct isle_task *task, int32_t to, uint32_t bits)
{
	struct isle_ipc ipc = { .flags = ISLE_IPC_NOTIFY, .dst = to, .bits = bits };

	return isle_task_ipc(task, &ipc);
}

EXPORT int isle_task_timer(struct isle_task *task, uint32_t milliseconds)
{
	struct isle_task_timer arg = { .size = sizeof(arg), .milliseconds = milliseconds };

	return isle_ioctl(task->fd, ISLE_TASK_TIMER, &arg);
}

EXPORT int isle_task_async_send(struct isle_task *task, int32_t to, const struct isle_message *m)
{
	struct isle_ipc ipc = {
		.flags = ISLE_IPC_ASYNC_SEND, .dst = to, .message = (uintptr_t)m,
	};

	return isle_task_ipc(task, &ipc);
}

EXPORT int isle_task_async_receive(struct isle_task *task, int32_t from, struct isle_message *m)
{
	struct isle_ipc ipc = {
		.flags = ISLE_IPC_ASYNC_RECEIVE, .src = from, .message = (uintptr_t)m,
	};

	return isle_task_ipc(task, &ipc);
}
