/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_PIN_H
#define ISLE_IPC_PIN_H

#include <linux/types.h>

struct page;

int isle_pin(u64 address, int n, bool write, struct page **pages);
void isle_unpin(struct page **pages, int n);

#endif /* ISLE_IPC_PIN_H */
