/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_KV_INDEX_H
#define ISLE_DEVICE_KV_INDEX_H

#include <linux/mm.h>
#include <linux/types.h>
#include <isle/kv.h>

#include "device/kv_key.h"

/**
 * struct isle_kv_index - which key is where in a file; all constant
 * @entries: by key, in order
 * @count: how many
 * @keys: their bytes
 * @keys_length: how many
 */
struct isle_kv_index {
	struct isle_kv_entry *entries;
	u32 count;
	char *keys;
	u32 keys_length;
};

/* Bytes that an index of a config takes, once its counts were checked */
static inline u64 isle_kv_index_charge(const struct isle_kv_config *config)
{
	return PAGE_ALIGN((u64)config->entries * sizeof(struct isle_kv_entry) +
			  config->keys_length);
}

int isle_kv_index_load(struct isle_kv_index *index,
		       const struct isle_kv_config *config, u64 file_size);
void isle_kv_index_free(struct isle_kv_index *index);
int isle_kv_index_check(const struct isle_kv_index *index, u64 file_size);
const struct isle_kv_entry *
isle_kv_index_find(const struct isle_kv_index *index, const char *key,
		   size_t len);
int isle_kv_index_list(const struct isle_kv_index *index, const char *key,
		       size_t len, u64 *cursor, struct isle_kv_names *names);

#endif /* ISLE_DEVICE_KV_INDEX_H */
