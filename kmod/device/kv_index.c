// SPDX-License-Identifier: GPL-2.0
/*
 * Indexes: which key is where in a file, such as a tar archive.
 *
 * Whoever adds the device has read the archive and brings the index; here it
 * is checked once, as a copy, and then never changes, so that looking up takes
 * no lock.  Keys are in order, which finds one by halving, and makes the keys
 * beneath a prefix neighbours.
 */
#include <linux/err.h>
#include <linux/limits.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "device/kv_index.h"

static const char *entry_key(const struct isle_kv_index *index, u32 i)
{
	return index->keys + index->entries[i].key;
}

/* As memcmp(); what is shorter comes first. */
static int compare(const char *a, size_t a_len, const char *b, size_t b_len)
{
	int order = memcmp(a, b, min(a_len, b_len));

	if (order)
		return order;
	return a_len < b_len ? -1 : a_len > b_len;
}

/* Number of the first entry that is not before @key */
static u32 lower_bound(const struct isle_kv_index *index, const char *key,
		       size_t len)
{
	u32 low = 0, high = index->count;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (compare(entry_key(index, middle),
			    index->entries[middle].key_length, key, len) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Whether entry @i is beneath @key, of @len bytes; everything is beneath "" */
static bool beneath(const struct isle_kv_index *index, u32 i, const char *key,
		    size_t len)
{
	if (i >= index->count)
		return false;
	if (!len)
		return true;
	return index->entries[i].key_length > len + 1 &&
	       !memcmp(entry_key(index, i), key, len) &&
	       entry_key(index, i)[len] == '/';
}

/* Number of the first entry from @low on that is not beneath @key */
static u32 skip(const struct isle_kv_index *index, u32 low, const char *key,
		size_t len)
{
	u32 high = index->count;

	while (low < high) {
		u32 middle = low + (high - low) / 2;

		if (beneath(index, middle, key, len))
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Number of the first entry that could be beneath @key, of @len bytes */
static u32 first_beneath(const struct isle_kv_index *index, const char *key,
			 size_t len)
{
	u32 low = 0, high = index->count;

	if (!len)
		return 0;
	while (low < high) {
		u32 middle = low + (high - low) / 2;
		const struct isle_kv_entry *entry = &index->entries[middle];
		const char *at = entry_key(index, middle);
		int order = memcmp(at, key, min_t(size_t, entry->key_length, len));

		if (!order)
			order = entry->key_length <= len ? -1 :
				(u8)at[len] < '/' ? -1 : 0;
		if (order < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static int check_entry(const struct isle_kv_index *index, u32 i, u64 file_size)
{
	const struct isle_kv_entry *entry = &index->entries[i];
	const struct isle_kv_entry *before = entry - 1;

	if (entry->key > index->keys_length ||
	    entry->key_length > index->keys_length - entry->key ||
	    entry->offset > file_size ||
	    entry->length > file_size - entry->offset)
		return -EINVAL;
	if (isle_kv_key_check(entry_key(index, i), entry->key_length))
		return -EINVAL;
	if (i && compare(entry_key(index, i - 1), before->key_length,
			 entry_key(index, i), entry->key_length) >= 0)
		return -EINVAL;
	return 0;
}

/**
 * isle_kv_index_check() - whether an index is one
 * @index: from user space, but in kernel memory
 * @file_size: bytes of the file
 *
 * Return: 0, -EINVAL, or -EINTR if a fatal signal came.
 */
int isle_kv_index_check(const struct isle_kv_index *index, u64 file_size)
{
	u32 i;
	int err;

	for (i = 0; i < index->count; i++) {
		err = check_entry(index, i, min_t(u64, file_size, LLONG_MAX));
		if (err)
			return err;
		if (i % 1024)
			continue;
		if (fatal_signal_pending(current))
			return -EINTR;
		cond_resched();
	}
	return 0;
}

/* NULL for no bytes */
static void *copy_in(u64 from, size_t size)
{
	void *to;

	if (!size)
		return NULL;
	to = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!to)
		return ERR_PTR(-ENOMEM);
	if (copy_from_user(to, u64_to_user_ptr(from), size)) {
		kvfree(to);
		return ERR_PTR(-EFAULT);
	}
	return to;
}

/**
 * isle_kv_index_load() - read an index from user memory
 * @index: the index
 * @config: where it is; its counts were checked
 * @file_size: bytes of the file that it is of
 *
 * Return: 0, -ENOMEM, -EFAULT, -EINVAL or -EINTR.
 */
int isle_kv_index_load(struct isle_kv_index *index,
		       const struct isle_kv_config *config, u64 file_size)
{
	int err;

	index->count = config->entries;
	index->keys_length = config->keys_length;
	index->entries = copy_in(config->index, (size_t)config->entries *
				 sizeof(*index->entries));
	if (IS_ERR(index->entries))
		return PTR_ERR(index->entries);
	index->keys = copy_in(config->keys, config->keys_length);
	if (IS_ERR(index->keys)) {
		kvfree(index->entries);
		return PTR_ERR(index->keys);
	}
	err = isle_kv_index_check(index, file_size);
	if (err)
		isle_kv_index_free(index);
	return err;
}

/**
 * isle_kv_index_free() - undo isle_kv_index_load()
 * @index: the index
 */
void isle_kv_index_free(struct isle_kv_index *index)
{
	kvfree(index->keys);
	kvfree(index->entries);
}

/* Why there is no value called @key */
static int why_not(const struct isle_kv_index *index, const char *key,
		   size_t len)
{
	size_t i;
	u32 at;

	if (beneath(index, first_beneath(index, key, len), key, len))
		return -EISDIR;
	for (i = 1; i < len; i++) {
		if (key[i] != '/')
			continue;
		at = lower_bound(index, key, i);
		if (at < index->count && index->entries[at].key_length == i &&
		    !memcmp(entry_key(index, at), key, i))
			return -ENOTDIR;
	}
	return -ENOENT;
}

/**
 * isle_kv_index_find() - look a key up
 * @index: the index
 * @key: a key
 * @len: bytes of it
 *
 * Context: any.
 * Return: the entry, or an ERR_PTR: -ENOENT, -EISDIR, -ENOTDIR.
 */
const struct isle_kv_entry *
isle_kv_index_find(const struct isle_kv_index *index, const char *key,
		   size_t len)
{
	u32 at = lower_bound(index, key, len);

	if (at < index->count && index->entries[at].key_length == len &&
	    !memcmp(entry_key(index, at), key, len))
		return &index->entries[at];
	return ERR_PTR(why_not(index, key, len));
}

/**
 * isle_kv_index_list() - the next components of the keys beneath one
 * @index: the index
 * @key: a key, or nothing
 * @len: bytes of it, or 0 for the top
 * @cursor: from user space: 0, or what it was set to; set to where to go on
 * @names: where to put them
 *
 * Context: any.
 * Return: 0, -ENOENT or -ENOTDIR.
 */
int isle_kv_index_list(const struct isle_kv_index *index, const char *key,
		       size_t len, u64 *cursor, struct isle_kv_names *names)
{
	u32 first = first_beneath(index, key, len);
	u32 i = clamp_t(u64, *cursor, first, index->count);

	if (len && !beneath(index, first, key, len)) {
		const struct isle_kv_entry *entry =
			isle_kv_index_find(index, key, len);

		return IS_ERR(entry) ? PTR_ERR(entry) : -ENOTDIR;
	}
	while (beneath(index, i, key, len)) {
		size_t from = len ? len + 1 : 0;
		const char *name = entry_key(index, i) + from;
		size_t rest = index->entries[i].key_length - from;
		const char *slash = memchr(name, '/', rest);
		u32 kind = slash ? ISLE_KV_PREFIX : ISLE_KV_VALUE;

		if (slash)
			rest = slash - name;
		if (!isle_kv_names_add(names, name, rest, kind))
			break;
		if (slash)
			i = skip(index, i, entry_key(index, i), from + rest);
		else
			i++;
	}
	*cursor = i;
	return 0;
}
