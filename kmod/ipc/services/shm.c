// SPDX-License-Identifier: GPL-2.0
/*
 * shm: shared memory by messages; ipc/shm.c has the memory.
 *
 * What is mapped for a caller is a file of its own, which holds the task.  So a
 * mapping needs no file of the program's, and stays when the program closes its
 * task.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>

#include "ipc/service.h"
#include "ipc/shm.h"
#include "ipc/task.h"

static int create(struct isle_service_call *call)
{
	const struct isle_msg_shm_create *in = (const void *)call->request->data;
	struct isle_msg_shm_create_reply *out = (void *)call->reply->data;
	int id = isle_shm_create(call->task, in->size);

	if (id < 0)
		return id;
	out->shm_id = id;
	return 0;
}

static int fop_mmap(struct file *file, struct vm_area_struct *vma)
{
	return isle_shm_mmap(file->private_data, vma);
}

static int fop_release(struct inode *inode, struct file *file)
{
	isle_task_put(file->private_data);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.mmap = fop_mmap,
	.release = fop_release,
	.llseek = noop_llseek,
};

static int map(struct isle_service_call *call)
{
	const struct isle_msg_shm_map *in = (const void *)call->request->data;
	struct isle_msg_shm_map_reply *out = (void *)call->reply->data;
	unsigned long where, prot = PROT_READ;
	s64 length = isle_shm_length(call->task, in->shm_id);
	struct file *file;

	if (length < 0)
		return length;
	if (in->writable > 1)
		return -EINVAL;
	if (in->writable)
		prot |= PROT_WRITE;
	file = anon_inode_getfile("[isle-shm]", &fops, call->task, O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);
	isle_task_hold(call->task);
	where = vm_mmap(file, 0, length, prot, MAP_SHARED,
			(unsigned long)in->shm_id << PAGE_SHIFT);
	fput(file);	/* the mapping has it */
	if (IS_ERR_VALUE(where))
		return where;
	out->vaddr = where;
	return 0;
}

static int close(struct isle_service_call *call)
{
	const struct isle_msg_shm_close *in = (const void *)call->request->data;

	return isle_shm_close(call->task, in->shm_id);
}

static const struct isle_service services[] = {
	{ ISLE_MSG_SHM_CREATE, create },
	{ ISLE_MSG_SHM_MAP, map },
	{ ISLE_MSG_SHM_CLOSE, close },
};

const struct isle_service_group isle_service_shm = {
	.services = services,
	.n = ARRAY_SIZE(services),
};
