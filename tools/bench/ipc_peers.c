// SPDX-License-Identifier: GPL-2.0
/*
 * What one would use instead of isle's messages: pipes, sockets, futexes in
 * shared memory, eventfds; and the limit, two processes that take turns.
 */
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "ipc.h"

/* ---- pipes and sockets --------------------------------------------------------- */

static int request[2], answer[2];

void pipes(void)
{
	if (pipe(request) || pipe(answer))
		die_errno(0, "pipe");
}

static void sockets(int type)
{
	int pair[2];

	if (socketpair(AF_UNIX, type, 0, pair))
		die_errno(0, "socketpair");
	/* the client has one end, the server the other */
	request[0] = pair[0];
	request[1] = pair[1];
	answer[0] = pair[1];
	answer[1] = pair[0];
}

void streams(void)
{
	sockets(SOCK_STREAM);
}

void packets(void)
{
	sockets(SOCK_SEQPACKET);
}

void fd_client(struct isle_message *message)
{
	if (write(request[1], message, sizeof(*message)) != sizeof(*message) ||
	    read(answer[0], message, sizeof(*message)) != sizeof(*message))
		die_errno(0, "request");
}

void fd_server(void)
{
	struct isle_message message;

	ipc_server_ready();
	for (;;) {
		if (read(request[0], &message, sizeof(message)) !=
		    sizeof(message))
			exit(0);
		message.value++;
		if (write(answer[1], &message, sizeof(message)) !=
		    sizeof(message))
			exit(0);
	}
}

/* ---- shared memory with futexes, and eventfds ------------------------------------ */

static void futex_wait(int *word, int old)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == old)
		syscall(SYS_futex, word, FUTEX_WAIT, old, NULL, NULL, 0);
}

static void futex_wake(int *word)
{
	__atomic_add_fetch(word, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

void futex_client(struct isle_message *message)
{
	int old = shared->words[1];

	shared->message = *message;
	futex_wake(&shared->words[0]);
	futex_wait(&shared->words[1], old);
	*message = shared->message;
}

void futex_server(void)
{
	int old = 0;

	ipc_server_ready();
	for (;;) {
		futex_wait(&shared->words[0], old);
		old++;
		shared->message.value++;
		futex_wake(&shared->words[1]);
	}
}

void futex_begin(void)
{
	memset(shared->words, 0, sizeof(shared->words));
}

void eventfds(void)
{
	request[0] = eventfd(0, 0);
	request[1] = request[0];
	answer[0] = eventfd(0, 0);
	answer[1] = answer[0];
	if (request[0] < 0 || answer[0] < 0)
		die_errno(0, "eventfd");
}

void event_client(struct isle_message *message)
{
	uint64_t one = 1;

	shared->message = *message;
	if (write(request[1], &one, sizeof(one)) != sizeof(one) ||
	    read(answer[0], &one, sizeof(one)) != sizeof(one))
		die_errno(0, "eventfd");
	*message = shared->message;
}

void event_server(void)
{
	uint64_t one;

	ipc_server_ready();
	for (;;) {
		if (read(request[0], &one, sizeof(one)) != sizeof(one))
			exit(0);
		shared->message.value++;
		one = 1;
		if (write(answer[1], &one, sizeof(one)) != sizeof(one))
			exit(0);
	}
}

void yield_client(struct isle_message *message)
{
	volatile int *value = &shared->message.value;

	shared->message = *message;
	while (*value == message->value)
		syscall(SYS_sched_yield);
	message->value++;
}

void yield_server(void)
{
	ipc_server_ready();
	for (;;) {
		shared->message.value++;
		syscall(SYS_sched_yield);
	}
}

/* Without a server: what is signalled is taken at once */
void eventfd_client(struct isle_message *message)
{
	uint64_t value = 5;

	if (write(request[1], &value, sizeof(value)) != sizeof(value) ||
	    read(request[0], &value, sizeof(value)) != sizeof(value) ||
	    value != 5)
		die_errno(0, "eventfd");
	message->value++;
}
