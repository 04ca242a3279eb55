/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_SHM_H
#define ISLE_IPC_SHM_H

#include <linux/types.h>

struct isle_shm;
struct isle_task;
struct vm_area_struct;

int isle_shm_create(struct isle_task *task, u64 length);
int isle_shm_close(struct isle_task *task, s32 id);
s64 isle_shm_length(struct isle_task *task, s32 id);
int isle_shm_mmap(struct isle_task *task, struct vm_area_struct *vma);
int isle_shm_resolve(struct isle_task *task, u64 address, u64 length,
		     struct isle_shm **shm, u64 *offset);
int isle_shm_translate(struct isle_task *task, struct isle_shm *shm,
		       u64 offset, u64 *address);
void isle_shm_put(struct isle_shm *shm);
void isle_shm_task_end(struct isle_task *task);

#endif /* ISLE_IPC_SHM_H */
