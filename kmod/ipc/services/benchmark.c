// SPDX-License-Identifier: GPL-2.0
/*
 * benchmark: the shortest services, which answer what they were sent.
 */
#include <linux/kernel.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "ipc/service.h"

static int answer(struct isle_service_call *call)
{
	call->reply->value = call->request->value;
	return 0;
}

/*
 * Copy @n bytes at @offset by way of @page.  What was read is written, so that
 * nothing depends on whether the two overlap within it.
 */
static int copy_piece(struct isle_service_call *call, void *page, size_t offset,
		      size_t n)
{
	if (copy_from_user(page, call->payload + offset, n) ||
	    copy_to_user(call->buffer + offset, page, n))
		return -EFAULT;
	cond_resched();
	return fatal_signal_pending(current) ? -EINTR : 0;
}

static int answer_payload(struct isle_service_call *call)
{
	size_t left = call->payload_length, offset = 0, n;
	/* The payload may reach into the buffer, which then fills from its end */
	bool down = call->buffer > call->payload;
	void *page;
	int err = 0;

	if (call->payload_length > call->buffer_size)
		return -EMSGSIZE;
	page = (void *)__get_free_page(GFP_KERNEL);
	if (!page)
		return -ENOMEM;
	for (; left && !err; left -= n, offset += n) {
		n = min_t(size_t, left, PAGE_SIZE);
		err = copy_piece(call, page, down ? left - n : offset, n);
	}
	free_page((unsigned long)page);
	if (err)
		return err;
	call->reply->type |= ISLE_MESSAGE_PAYLOAD;
	call->reply->payload.length = call->payload_length;
	if (call->payload_length)
		call->reply->payload.address = (uintptr_t)call->buffer;
	return 0;
}

static const struct isle_service services[] = {
	{ ISLE_MSG_BENCHMARK_NOP, answer },
	{ ISLE_MSG_BENCHMARK_NOP_WITH_OOL, answer_payload },
};

const struct isle_service_group isle_service_benchmark = {
	.services = services,
	.n = ARRAY_SIZE(services),
};
