/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_NET_RECORD_H
#define ISLE_DEVICE_NET_RECORD_H

#include <linux/align.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/types.h>
#include <isle/net.h>

#define ISLE_NET_ALIGN		8

/**
 * isle_net_record_size() - how much of a ring a record takes
 * @len: bytes that follow struct isle_net_record, at most ISLE_NET_RING_MAX
 *
 * Return: the number.
 */
static inline u32 isle_net_record_size(u32 len)
{
	return ALIGN((u32)sizeof(struct isle_net_record) + len, ISLE_NET_ALIGN);
}

int isle_net_record_used(u32 size, u32 prod, u32 cons);
int isle_net_record_len(const struct isle_net_record *record, u32 used);

#endif /* ISLE_DEVICE_NET_RECORD_H */
