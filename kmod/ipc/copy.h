/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_COPY_H
#define ISLE_IPC_COPY_H

#include <linux/types.h>

size_t isle_copy_out(void __user *to, const void *from, size_t n);

#endif /* ISLE_IPC_COPY_H */
