/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the files of the benchmark "ipc" share.
 */
#ifndef ISLE_BENCH_IPC_H
#define ISLE_BENCH_IPC_H

#include <isle/task.h>

/* The server is about to wait for its first request. */
void ipc_server_ready(void);

/* Android's binder (ipc_binder.c) */
void binder_server(void);
void binder_begin(void);
void binder_client(struct isle_message *message);

#endif /* ISLE_BENCH_IPC_H */
