/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_WATCH_H
#define ISLE_IPC_WATCH_H

#include "ipc/task.h"

int isle_watch(struct isle_task *task, s32 id);
int isle_unwatch(struct isle_task *task, s32 id);
void isle_watch_unlink(struct isle_task *task, struct isle_domain *domain);
void isle_watch_end(struct isle_task *task);

#endif /* ISLE_IPC_WATCH_H */
