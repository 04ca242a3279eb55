/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_KV_KEY_H
#define ISLE_DEVICE_KV_KEY_H

#include <linux/string.h>
#include <linux/types.h>
#include <isle/kv.h>

int isle_kv_key_check(const char *key, size_t len);

/**
 * struct isle_kv_names - a list of names on its way to user space
 * @buf: the records
 * @size: bytes of it
 * @used: how many are in use
 */
struct isle_kv_names {
	u8 *buf;
	u32 size;
	u32 used;
};

bool isle_kv_names_add(struct isle_kv_names *names, const char *name,
		       size_t len, u32 kind);

#endif /* ISLE_DEVICE_KV_KEY_H */
