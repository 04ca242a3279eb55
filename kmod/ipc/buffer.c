// SPDX-License-Identifier: GPL-2.0
/*
 * Registered buffers: where a task receives payloads if it does not say where.
 *
 * A task has at most one.  It is its own from the registration on, which only
 * the thread that has the task busy changes.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "ipc/buffer.h"
#include "ipc/message.h"
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

/**
 * isle_buffer_register() - set or remove a task's buffer
 * @task: the task, which the caller has begun
 * @address: where it is; 0: none
 * @length: bytes; 0 if there is none
 *
 * Return: 0, -EINVAL, -EFAULT, -ENOMEM.
 */
int isle_buffer_register(struct isle_task *task, u64 address, u64 length)
{
	struct isle_buffer *buffer = NULL;

	if (!PAGE_ALIGNED(address) || !PAGE_ALIGNED(length) ||
	    length > ISLE_PAYLOAD_MAX || !address != !length)
		return -EINVAL;
	if (address) {
		if (!access_ok(u64_to_user_ptr(address), length))
			return -EFAULT;
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
