// SPDX-License-Identifier: GPL-2.0
/*
 * Registered buffers: where a task receives payloads if it does not say where,
 * and the region that it sends them from.
 *
 * A task has at most one of each.  It is its own from the registration on,
 * which only the thread that has the task busy changes.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "ipc/buffer.h"
#include "ipc/message.h"
#include "ipc/region.h"
#include "ipc/service.h"

/**
 * struct isle_buffer - a registered buffer
 * @address: where it is in the program's memory
 * @length: bytes
 */
struct isle_buffer {
	u64 address;
	u64 length;
};

static int set_buffer(struct isle_task *task, u64 address, u64 length)
{
	struct isle_buffer *buffer = NULL;

	if (address) {
		buffer = kmalloc(sizeof(*buffer), GFP_KERNEL_ACCOUNT);
		if (!buffer)
			return -ENOMEM;
		buffer->address = address;
		buffer->length = length;
	}
	swap(task->buffer, buffer);
	isle_buffer_free(buffer);
	return 0;
}

static int set_region(struct isle_task *task, u64 address, u64 length)
{
	struct isle_region *region = NULL;

	if (address) {
		region = isle_region_make(task->domain, address, length);
		if (IS_ERR(region))
			return PTR_ERR(region);
	}
	swap(task->region, region);
	isle_region_put(region);
	return 0;
}

/**
 * isle_buffer_register() - set or remove a task's buffer or region
 * @task: the task, which the caller has begun
 * @flags: ISLE_BUFFER_*
 * @address: where it is; 0: none
 * @length: bytes; 0 if there is none
 *
 * Context: process; with ISLE_BUFFER_SEND sleeps as long as a pager does.
 * Return: 0, -EINVAL, -EFAULT, -ENOMEM; also -EDQUOT, -EINTR with SEND.
 */
int isle_buffer_register(struct isle_task *task, u32 flags, u64 address,
			 u64 length)
{
	if (flags & ~ISLE_BUFFER_SEND ||
	    !PAGE_ALIGNED(address) || !PAGE_ALIGNED(length) ||
	    length > ISLE_PAYLOAD_MAX || !address != !length)
		return -EINVAL;
	if (address && !access_ok(u64_to_user_ptr(address), length))
		return -EFAULT;
	return flags & ISLE_BUFFER_SEND ? set_region(task, address, length) :
					  set_buffer(task, address, length);
}

/**
 * isle_buffer_expect() - receive a payload into a registered buffer
 * @buffer: the buffer
 * @in: what is to be received
 */
void isle_buffer_expect(struct isle_buffer *buffer, struct isle_incoming *in)
{
	in->buffer = buffer->address;
	in->size = buffer->length;
}

/**
 * isle_buffer_service() - let a service answer into a registered buffer
 * @buffer: the buffer
 * @call: the call
 */
void isle_buffer_service(struct isle_buffer *buffer,
			 struct isle_service_call *call)
{
	call->buffer = u64_to_user_ptr(buffer->address);
	call->buffer_size = buffer->length;
}

/**
 * isle_buffer_free() - free a buffer
 * @buffer: the buffer, or NULL
 */
void isle_buffer_free(struct isle_buffer *buffer)
{
	kfree(buffer);
}
