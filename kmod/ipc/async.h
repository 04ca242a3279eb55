/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_ASYNC_H
#define ISLE_IPC_ASYNC_H

#include "ipc/task.h"

struct isle_async;

int isle_async_send(struct isle_task *task, s32 dst,
		    const struct isle_message *message);
int isle_async_receive(struct isle_task *task, s32 from,
		       struct isle_message *message);
void isle_async_end(struct isle_task *task);

struct isle_async *isle_async_make(struct isle_domain *domain);
void isle_async_post(struct isle_async *async, struct isle_task *to, s32 src,
		     s32 type, s32 value);
void isle_async_free(struct isle_async *async);

#endif /* ISLE_IPC_ASYNC_H */
