/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the benchmark of messages share: the two sides of each way
 * to call, notify or move a payload, which ipc.c puts together and measures.
 *
 * A server's function runs in the server's process and does not return; a
 * client's is called once per request.
 */
#ifndef ISLE_BENCH_IPC_H
#define ISLE_BENCH_IPC_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <isle/task.h>

#include "bench.h"

#define REQUEST		1000
#define BUFFER		(16u << 20)

/* What both sides see */
struct shared {
	int server_ready;
	int words[2] __attribute__((aligned(64)));	/* futexes */
	struct isle_message message;
	int server_task;
	int shm_id;
	uint64_t server_address;
	size_t length;
};

/* ipc.c */
extern struct shared *shared;
extern pid_t server_pid;
extern int domain;

/* A server's: it is there */
static inline void ipc_server_ready(void)
{
	__atomic_store_n(&shared->server_ready, 1, __ATOMIC_RELEASE);
}

/* ipc_task.c: isle's own calls and notifications */
extern int task;
extern struct isle_task_page *page;

void task_begin(void);
void isle_call_client_begin(void);
void isle_call_client(struct isle_message *message);
void isle_place_client(struct isle_message *message);
void isle_call_server(void);
void isle_plain_client(struct isle_message *message);
void isle_plain_server(void);
void isle_nop_begin(void);
void isle_nop_client(struct isle_message *message);
void notify_begin(void);
void notify_client(struct isle_message *message);
void notify_receive_client(struct isle_message *message);

/* ipc_peers.c: what one would use instead */
void pipes(void);
void streams(void);
void packets(void);
void fd_client(struct isle_message *message);
void fd_server(void);
void futex_begin(void);
void futex_client(struct isle_message *message);
void futex_server(void);
void eventfds(void);
void event_client(struct isle_message *message);
void event_server(void);
void eventfd_client(struct isle_message *message);
void yield_client(struct isle_message *message);
void yield_server(void);

/* ipc_binder.c: Android's */
void binder_begin(void);
void binder_client(struct isle_message *message);
void binder_server(void);

/* ipc_payload.c: what does not fit into a message */
extern char *source, *target;	/* the client's, the server's */

void payload_memory(void);
void payload_fill(char *at, size_t length, int generation);
void payload_registered_begin(void);
void payload_client(struct isle_message *message);
void payload_server(void);
void payload_registered_server(void);
void payload_verify(int generation);
void reference_client_begin(void);
void reference_server(void);
void vm_client(struct isle_message *message);
void vm_server(void);
void vm_verify(int generation);
void copy_client(struct isle_message *message);
void copy_verify(int generation);

#endif /* ISLE_BENCH_IPC_H */
