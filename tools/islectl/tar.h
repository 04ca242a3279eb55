/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Where the members of a tar archive are.
 */
#ifndef ISLECTL_TAR_H
#define ISLECTL_TAR_H

#include <isle/kv.h>

/**
 * struct tar_index - an index as the module takes it
 * @entries: in the order of their keys
 * @count: how many
 * @keys: their bytes
 * @keys_length: how many
 * @skipped: members that are no regular files, or have no key for a name
 */
struct tar_index {
	struct isle_kv_entry *entries;
	uint32_t count;
	char *keys;
	uint32_t keys_length;
	uint32_t skipped;
};

int tar_index(int fd, const char *path, struct tar_index *index);

#endif /* ISLECTL_TAR_H */
