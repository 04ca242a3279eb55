// SPDX-License-Identifier: GPL-2.0
/*
 * Keys of key-value devices: what is one, and lists of their components.
 */
#include <linux/align.h>
#include <linux/errno.h>

#include "device/kv_key.h"

static int check_component(const char *name, size_t len)
{
	if (len > ISLE_KV_NAME_MAX)
		return -ENAMETOOLONG;
	if (!len || (len <= 2 && !memcmp(name, "..", len)))
		return -EINVAL;
	return 0;
}

/**
 * isle_kv_key_check() - whether bytes are a key
 * @key: the bytes
 * @len: how many
 *
 * Return: 0, -EINVAL or -ENAMETOOLONG.
 */
int isle_kv_key_check(const char *key, size_t len)
{
	const char *slash;
	int err;

	if (len > ISLE_KV_KEY_MAX)
		return -ENAMETOOLONG;
	if (memchr(key, '\0', len))
		return -EINVAL;
	while ((slash = memchr(key, '/', len))) {
		err = check_component(key, slash - key);
		if (err)
			return err;
		len -= slash + 1 - key;
		key = slash + 1;
	}
	return check_component(key, len);
}

/**
 * isle_kv_names_add() - add a record to a list
 * @names: the list
 * @name: the name
 * @len: bytes of it, at most ISLE_KV_NAME_MAX
 * @kind: ISLE_KV_VALUE, ISLE_KV_PREFIX or ISLE_KV_UNKNOWN
 *
 * Return: false if there is no space for it.
 */
bool isle_kv_names_add(struct isle_kv_names *names, const char *name,
		       size_t len, u32 kind)
{
	u32 record = ALIGN(sizeof(struct isle_kv_name) + len, 8);
	struct isle_kv_name *to = (void *)(names->buf + names->used);

	if (record > names->size - names->used)
		return false;
	/* It ends in zeroes */
	memset(names->buf + names->used + record - 8, 0, 8);
	to->record = record;
	to->length = len;
	to->kind = kind;
	memcpy(names->buf + names->used + sizeof(*to), name, len);
	names->used += record;
	return true;
}
