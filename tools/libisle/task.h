/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What task.c and services.c share.
 */
#ifndef LIBISLE_INTERNAL_TASK_H
#define LIBISLE_INTERNAL_TASK_H

#include "libisle-task.h"

struct isle_task {
	int fd;
	int32_t id;		/* fixed, as is the next */
	struct isle_transport transport;
};

int isle_task_ipc(struct isle_task *task, struct isle_ipc *ipc);

#endif /* LIBISLE_INTERNAL_TASK_H */
