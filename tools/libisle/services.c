// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What task 1 answers, as functions.  The stubs that do the work are made from
 * isle/interface.idl.
 */
#include <errno.h>

#include <isle_stubs.h>

#include "internal.h"
#include "task.h"

#define SERVICES ISLE_TASK_SERVICES

EXPORT int isle_discovery_serve(struct isle_task *task, const char *name)
{
	return isle_call_discovery_serve(&task->transport, SERVICES, name);
}

/* The stub's transport waits for ever: this one does not */
struct impatient {
	struct isle_task *task;
	int64_t timeout_ns;
};

static int call_impatiently(void *handle, __s32 to, struct isle_message *m, void *buffer,
			    size_t size)
{
	struct impatient *who = handle;

	return isle_task_call(who->task, to, m, buffer, size, who->timeout_ns);
}

EXPORT int32_t isle_discovery_lookup(struct isle_task *task, const char *name,
				     int64_t timeout_ns)
{
	struct impatient who = { task, timeout_ns };
	struct isle_transport via = { .handle = &who, .call = call_impatiently };
	int32_t id = 0;
	int rc = isle_call_discovery_lookup(&via, SERVICES, name, &id);

	/* It would have had to wait: so it is not there */
	if (rc == -EAGAIN && !timeout_ns)
		rc = -ENOENT;
	return rc ? rc : id;
}

EXPORT int isle_task_watch(struct isle_task *task, int32_t id)
{
	return isle_call_task_watch(&task->transport, SERVICES, id);
}

EXPORT int isle_task_unwatch(struct isle_task *task, int32_t id)
{
	return isle_call_task_unwatch(&task->transport, SERVICES, id);
}

EXPORT int32_t isle_task_launch(struct isle_task *task, const char *line)
{
	int32_t id = 0;
	int rc = isle_call_task_launch(&task->transport, SERVICES, line, &id);

	return rc ? rc : id;
}

EXPORT int32_t isle_shm_create(struct isle_task *task, uint64_t size)
{
	int32_t id = 0;
	int rc = isle_call_shm_create(&task->transport, SERVICES, size, &id);

	return rc ? rc : id;
}

EXPORT int isle_shm_map(struct isle_task *task, int32_t id, int writable, void **address)
{
	__u64 vaddr = 0;
	int rc = isle_call_shm_map(&task->transport, SERVICES, id, !!writable, &vaddr);

	if (rc)
		return rc;
	*address = (void *)(uintptr_t)vaddr;
	return 0;
}

EXPORT int isle_shm_close(struct isle_task *task, int32_t id)
{
	return isle_call_shm_close(&task->transport, SERVICES, id);
}
