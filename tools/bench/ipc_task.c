// SPDX-License-Identifier: GPL-2.0
/*
 * Calls and notifications by isle's tasks: in the page that kernel and program
 * share, and by way of the program's own memory.
 */
#include <sys/ioctl.h>
#include <sys/mman.h>

#include <isle/domain.h>

#include "ipc.h"

#define NOP		21

int task = -1;
struct isle_task_page *page;

static int open_task(void)
{
	struct isle_part_open arg = {
		.size = sizeof(arg), .part = ISLE_OPEN_TASK,
	};

	if (ioctl(domain, ISLE_DOMAIN_PART_OPEN, &arg))
		die_errno(0, "opening a task");
	return arg.fd;
}

void task_begin(void)
{
	task = open_task();
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED,
		    task, 0);
	if (page == MAP_FAILED)
		die_errno(0, "mapping a task");
}

void isle_call_client_begin(void)
{
	task_begin();
	page->ipc.flags = ISLE_IPC_CALL;
	page->ipc.dst = shared->server_task;
}

void isle_call_client(struct isle_message *message)
{
	page->message = *message;
	page->message.type = REQUEST;
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "call");
	*message = page->message;
}

/* As a program would that builds its requests in the page */
void isle_place_client(struct isle_message *message)
{
	page->message.type = REQUEST;
	page->message.value = message->value;
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "call");
	message->value = page->message.value;
}

void isle_call_server(void)
{
	task_begin();
	shared->server_task = page->task;
	page->ipc.flags = ISLE_IPC_RECEIVE;
	page->ipc.src = ISLE_TASK_ANY;
	ipc_server_ready();
	for (;;) {
		if (ioctl(task, ISLE_TASK_IPC, NULL))
			die_errno(0, "receive");
		page->message.value++;
		page->ipc.dst = page->message.src;
		page->ipc.flags = ISLE_IPC_REPLY | ISLE_IPC_RECEIVE;
	}
}

void isle_plain_client(struct isle_message *message)
{
	struct isle_ipc ipc = {
		.size = sizeof(ipc), .flags = ISLE_IPC_CALL,
		.dst = shared->server_task, .message = (uintptr_t)message,
	};

	message->type = REQUEST;
	if (ioctl(task, ISLE_TASK_IPC, &ipc))
		die_errno(0, "call");
}

void isle_plain_server(void)
{
	struct isle_message message;
	struct isle_ipc ipc = {
		.size = sizeof(ipc), .flags = ISLE_IPC_RECEIVE,
		.src = ISLE_TASK_ANY, .message = (uintptr_t)&message,
	};

	task_begin();
	shared->server_task = page->task;
	ipc_server_ready();
	for (;;) {
		if (ioctl(task, ISLE_TASK_IPC, &ipc))
			die_errno(0, "receive");
		message.value++;
		ipc.dst = message.src;
		ipc.flags = ISLE_IPC_REPLY | ISLE_IPC_RECEIVE;
	}
}

void isle_nop_begin(void)
{
	task_begin();
	page->ipc.flags = ISLE_IPC_CALL;
	page->ipc.dst = ISLE_TASK_SERVICES;
}

void isle_nop_client(struct isle_message *message)
{
	page->message.type = NOP;
	page->message.value = message->value;
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "nop");
	message->value = page->message.value + 1;
}

/* ---- notifications: no server, as nobody has to be woken --------------------------- */

void notify_begin(void)
{
	task_begin();
	page->ipc.flags = ISLE_IPC_NOTIFY;
	page->ipc.dst = page->task;
	page->ipc.bits = 1U << 16;
}

void notify_client(struct isle_message *message)
{
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "notify");
	if (__atomic_exchange_n(&page->pending, 0, __ATOMIC_ACQUIRE) !=
	    1U << 16)
		die("a notification was lost");
	message->value++;
}

void notify_receive_client(struct isle_message *message)
{
	page->ipc.flags = ISLE_IPC_NOTIFY;
	page->ipc.dst = page->task;
	page->ipc.bits = 1U << 16;
	page->ipc.src = 0;
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "notify");
	page->ipc.flags = ISLE_IPC_RECEIVE;
	page->ipc.dst = 0;
	page->ipc.src = ISLE_TASK_ANY;
	page->ipc.bits = 0;
	if (ioctl(task, ISLE_TASK_IPC, NULL) ||
	    page->message.value != 1 << 16)
		die_errno(0, "notification");
	message->value++;
}
