/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_SERVICES_STATE_H
#define ISLE_IPC_SERVICES_STATE_H

#include <linux/list.h>

struct isle_ool;
struct isle_task;

/**
 * struct isle_service_state - what services keep of a task
 * @names: what it serves, struct isle_served.node
 * @children: tasks that it has allocated, struct isle_child.node
 * @ool: where it receives payloads explicitly, or NULL
 *
 * All protected by isle_service_lock().
 */
struct isle_service_state {
	struct list_head names;
	struct list_head children;
	struct isle_ool *ool;
};

void isle_service_lock(void);
void isle_service_unlock(void);
void isle_service_assert(void);
struct isle_service_state *isle_service_state(struct isle_task *task);
struct isle_service_state *isle_service_state_make(struct isle_task *task);

/* discovery.c */
s32 isle_discovery_launcher(struct isle_task *task);
void isle_discovery_end(struct isle_service_state *state);

/* tasks.c */
void isle_children_end(struct isle_service_state *state);

/* ool.c */
void isle_ool_put(struct isle_ool *ool);

#endif /* ISLE_IPC_SERVICES_STATE_H */
