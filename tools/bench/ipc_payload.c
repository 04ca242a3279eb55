// SPDX-License-Identifier: GPL-2.0
/*
 * Payloads: as isle copies them, from memory that was registered or not, and
 * hands them over by reference; process_vm_readv(2), and the limit, one copy.
 */
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "ipc.h"

char *source, *target;

/* Not at the same offset of 2 MiB: the emulator's caches would clash */
void payload_memory(void)
{
	source = memory(BUFFER + (8 << 20));
	source += -(uintptr_t)source & ((2 << 20) - 1);
	target = memory(BUFFER + (8 << 20));
	target += -(uintptr_t)target & ((2 << 20) - 1);
	target += 0x9d000;
}

/* The word at the beginning of each page says which it is */
void payload_fill(char *at, size_t length, int generation)
{
	size_t i;

	for (i = 0; i < length; i += 8)
		*(uint64_t *)(at + i) = i * 0x9e3779b97f4a7c15ull + generation;
}

static void payload_check(const char *at, size_t length, int generation)
{
	size_t i;

	for (i = 0; i < length; i += 8)
		if (*(uint64_t *)(at + i) !=
		    i * 0x9e3779b97f4a7c15ull + generation)
			die("byte %zu of a payload is wrong", i);
}

void payload_registered_begin(void)
{
	struct isle_task_buffer arg = {
		.size = sizeof(arg), .flags = ISLE_BUFFER_SEND,
		.address = (uintptr_t)source, .length = BUFFER,
	};

	isle_call_client_begin();
	if (ioctl(task, ISLE_TASK_BUFFER, &arg))
		die_errno(0, "registering a region");
}

void payload_client(struct isle_message *message)
{
	page->message.type = REQUEST | ISLE_MESSAGE_PAYLOAD;
	page->message.payload.address = (uintptr_t)source;
	page->message.payload.length = shared->length;
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "call with a payload");
	if (page->message.value != (int)shared->length)
		die("the length of a payload is wrong");
	message->value++;
}

static void payload_serve(void)
{
	page->ipc.src = ISLE_TASK_ANY;
	page->ipc.flags = ISLE_IPC_RECEIVE;
	ipc_server_ready();
	for (;;) {
		if (ioctl(task, ISLE_TASK_IPC, NULL))
			die_errno(0, "receive");
		if (page->message.type & ISLE_MESSAGE_PAYLOAD) {
			target = (char *)(uintptr_t)page->message.payload.address;
			page->message.value = page->message.payload.length;
		} else {
			payload_check(target, shared->length, page->message.value);
		}
		page->message.type = REQUEST + 1;
		page->ipc.dst = page->message.src;
		page->ipc.flags = ISLE_IPC_REPLY | ISLE_IPC_RECEIVE;
	}
}

void payload_server(void)
{
	task_begin();
	shared->server_task = page->task;
	page->ipc.buffer = (uintptr_t)target;
	page->ipc.buffer_size = BUFFER;
	payload_serve();
}

void payload_registered_server(void)
{
	struct isle_task_buffer arg = {
		.size = sizeof(arg), .address = (uintptr_t)target,
		.length = BUFFER,
	};

	task_begin();
	if (ioctl(task, ISLE_TASK_BUFFER, &arg))
		die_errno(0, "registering a buffer");
	shared->server_task = page->task;
	payload_serve();
}

/* by reference */
void reference_server(void)
{
	struct isle_task_shm arg = { .size = sizeof(arg), .length = BUFFER };

	task_begin();
	if (ioctl(task, ISLE_TASK_SHM_CREATE, &arg))
		die_errno(0, "shared memory");
	shared->shm_id = arg.id;
	shared->server_task = page->task;
	if (mmap(NULL, BUFFER, PROT_READ, MAP_SHARED, task,
		 ISLE_TASK_SHM_OFFSET(arg.id)) == MAP_FAILED)
		die_errno(0, "mapping shared memory");
	payload_serve();
}

void reference_client_begin(void)
{
	isle_call_client_begin();
	page->ipc.flags |= ISLE_IPC_BY_REFERENCE;
	source = mmap(NULL, BUFFER, PROT_READ | PROT_WRITE, MAP_SHARED, task,
		      ISLE_TASK_SHM_OFFSET(shared->shm_id));
	if (source == MAP_FAILED)
		die_errno(0, "mapping shared memory");
}

/* What the server has got last is what we have */
void payload_verify(int generation)
{
	page->message.type = REQUEST;
	page->message.value = generation;
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "verify");
}

void vm_server(void)
{
	shared->server_address = (uintptr_t)target;
	payload_fill(target, BUFFER, 77);
	ipc_server_ready();
	for (;;)
		pause();
}

void vm_client(struct isle_message *message)
{
	struct iovec to = { source, shared->length };
	struct iovec from = { (void *)(uintptr_t)shared->server_address,
			      shared->length };

	if (process_vm_readv(server_pid, &to, 1, &from, 1, 0) !=
	    (ssize_t)shared->length)
		die_errno(0, "process_vm_readv");
	message->value++;
}

void vm_verify(int generation)
{
	(void)generation;
	payload_check(source, shared->length, 77);
}

void copy_client(struct isle_message *message)
{
	memcpy(target, source, shared->length);
	__asm__ volatile("" : : "r"(target) : "memory");
	message->value++;
}

void copy_verify(int generation)
{
	payload_check(target, shared->length, generation);
}
