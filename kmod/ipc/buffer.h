/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_BUFFER_H
#define ISLE_IPC_BUFFER_H

#include <linux/types.h>

struct isle_buffer;
struct isle_incoming;
struct isle_service_call;
struct isle_task;

int isle_buffer_register(struct isle_task *task, u32 flags, u64 address,
			 u64 length);
void isle_buffer_expect(struct isle_buffer *buffer, struct isle_incoming *in);
void isle_buffer_service(struct isle_buffer *buffer,
			 struct isle_service_call *call);
void isle_buffer_free(struct isle_buffer *buffer);

#endif /* ISLE_IPC_BUFFER_H */
