// SPDX-License-Identifier: GPL-2.0
/* KUnit: keys and indexes of key-value devices. */
#include <kunit/test.h>
#include <linux/err.h>

#include "device/kv_index.h"

struct key_case {
	const char *what;
	const char *key;
	size_t len;	/* 0: that of the string */
	int result;
};

static const struct key_case key_cases[] = {
	{ "one letter", "a", 0, 0 },
	{ "a path", "a/b.c/d e", 0, 0 },
	{ "three dots", "...", 0, 0 },
	{ "dots in front", "..a/.b", 0, 0 },
	{ "any bytes", "\x01\xff/\x80", 0, 0 },
	{ "a dot", ".", 0, -EINVAL },
	{ "two dots", "..", 0, -EINVAL },
	{ "a dot within", "a/./b", 0, -EINVAL },
	{ "two dots within", "a/../b", 0, -EINVAL },
	{ "two dots at the end", "a/..", 0, -EINVAL },
	{ "a slash", "/", 0, -EINVAL },
	{ "a slash in front", "/a", 0, -EINVAL },
	{ "a slash at the end", "a/", 0, -EINVAL },
	{ "two slashes", "a//b", 0, -EINVAL },
	{ "a zero", "a\0b", 3, -EINVAL },
	{ "a zero at the end", "ab\0", 3, -EINVAL },
};

static void key_desc(const struct key_case *c, char *desc)
{
	strscpy(desc, c->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(key, key_cases, key_desc);

static void key_test(struct kunit *test)
{
	const struct key_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, isle_kv_key_check(c->key, c->len ?: strlen(c->key)),
			c->result);
}

static void key_lengths_test(struct kunit *test)
{
	char *key = kunit_kzalloc(test, ISLE_KV_KEY_MAX + 1, GFP_KERNEL);
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, key);
	KUNIT_EXPECT_EQ(test, isle_kv_key_check(key, 0), -EINVAL);
	memset(key, 'k', ISLE_KV_KEY_MAX + 1);
	KUNIT_EXPECT_EQ(test, isle_kv_key_check(key, ISLE_KV_NAME_MAX), 0);
	KUNIT_EXPECT_EQ(test, isle_kv_key_check(key, ISLE_KV_NAME_MAX + 1),
			-ENAMETOOLONG);
	for (i = 1; i < ISLE_KV_KEY_MAX; i += 2)
		key[i] = '/';
	KUNIT_EXPECT_EQ(test, isle_kv_key_check(key, ISLE_KV_KEY_MAX), 0);
	KUNIT_EXPECT_EQ(test, isle_kv_key_check(key, ISLE_KV_KEY_MAX + 1),
			-ENAMETOOLONG);
}

/* "!" and "-" are before "/", "0" is behind it */
static const char * const keys[] = {
	"a", "dir", "dir!", "dir-x", "dir/a", "dir/a/b", "dir/a/c", "dir/b-c",
	"dir/b/c", "dir0", "x/y/z",
};

static void make(struct kunit *test, struct isle_kv_index *index)
{
	u32 i;

	index->count = ARRAY_SIZE(keys);
	index->entries = kunit_kcalloc(test, index->count,
				       sizeof(*index->entries), GFP_KERNEL);
	index->keys = kunit_kzalloc(test, 256, GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, index->entries);
	KUNIT_ASSERT_NOT_NULL(test, index->keys);
	index->keys_length = 0;
	for (i = 0; i < index->count; i++) {
		index->entries[i].offset = i;
		index->entries[i].length = 1;
		index->entries[i].key = index->keys_length;
		index->entries[i].key_length = strlen(keys[i]);
		memcpy(index->keys + index->keys_length, keys[i],
		       strlen(keys[i]));
		index->keys_length += strlen(keys[i]);
	}
}

static void index_find_test(struct kunit *test)
{
	static const struct {
		const char *key;
		int error;
	} none[] = {
		{ "A", -ENOENT }, { "b", -ENOENT }, { "zz", -ENOENT },
		{ "di", -ENOENT }, { "dir/b", -EISDIR },
		{ "x", -EISDIR }, { "x/y", -EISDIR }, { "a/b", -ENOTDIR },
		{ "dir0/a/b", -ENOTDIR }, { "x/y/z/0", -ENOTDIR },
		{ "y/z", -ENOENT },
	};
	const struct isle_kv_entry *entry;
	struct isle_kv_index index;
	u32 i;

	make(test, &index);
	KUNIT_ASSERT_EQ(test, isle_kv_index_check(&index, 100), 0);
	KUNIT_EXPECT_EQ(test, isle_kv_index_check(&index, index.count - 1),
			-EINVAL);
	for (i = 0; i < index.count; i++) {
		entry = isle_kv_index_find(&index, keys[i], strlen(keys[i]));
		KUNIT_EXPECT_PTR_EQ(test, entry,
				    (const struct isle_kv_entry *)
				    &index.entries[i]);
	}
	for (i = 0; i < ARRAY_SIZE(none); i++) {
		entry = isle_kv_index_find(&index, none[i].key,
					   strlen(none[i].key));
		KUNIT_EXPECT_EQ_MSG(test, PTR_ERR_OR_ZERO(entry), none[i].error,
				    "key %s", none[i].key);
	}
	index.count = 0;
	entry = isle_kv_index_find(&index, "a", 1);
	KUNIT_EXPECT_EQ(test, PTR_ERR_OR_ZERO(entry), -ENOENT);
}

/* What is listed beneath @key, with buffers of @size bytes */
static void expect_list(struct kunit *test, struct isle_kv_index *index,
			const char *key, u32 size, const char *expected)
{
	u8 *buf = kunit_kzalloc(test, size, GFP_KERNEL);
	char text[256] = "";
	u64 cursor = 0;
	u32 at;

	KUNIT_ASSERT_NOT_NULL(test, buf);
	for (;;) {
		struct isle_kv_names names = { .buf = buf, .size = size };

		KUNIT_ASSERT_EQ(test, isle_kv_index_list(index, key, strlen(key),
							 &cursor, &names), 0);
		if (!names.used)
			break;
		for (at = 0; at < names.used;) {
			struct isle_kv_name *name = (void *)(buf + at);

			strncat(text, (char *)(name + 1), name->length);
			strcat(text, name->kind == ISLE_KV_PREFIX ? "/," : ",");
			at += name->record;
		}
	}
	KUNIT_EXPECT_STREQ(test, text, expected);
}

static void index_list_test(struct kunit *test)
{
	struct isle_kv_names names = {};
	struct isle_kv_index index;
	u64 cursor = 0;
	u32 size;

	make(test, &index);
	for (size = 32; size <= 512; size += 8) {
		expect_list(test, &index, "", size,
			    "a,dir,dir!,dir-x,dir/,dir0,x/,");
		expect_list(test, &index, "dir", size, "a,a/,b-c,b/,");
		expect_list(test, &index, "dir/a", size, "b,c,");
		expect_list(test, &index, "x/y", size, "z,");
	}
	KUNIT_EXPECT_EQ(test, isle_kv_index_list(&index, "a", 1, &cursor, &names),
			-ENOTDIR);
	KUNIT_EXPECT_EQ(test, isle_kv_index_list(&index, "b", 1, &cursor, &names),
			-ENOENT);
	/* whatever the cursor: within the keys beneath */
	cursor = U64_MAX;
	KUNIT_EXPECT_EQ(test, isle_kv_index_list(&index, "dir", 3, &cursor,
						 &names), 0);
	KUNIT_EXPECT_EQ(test, names.used, 0U);
}

static struct kunit_case kv_cases[] = {
	KUNIT_CASE_PARAM(key_test, key_gen_params),
	KUNIT_CASE(key_lengths_test),
	KUNIT_CASE(index_find_test),
	KUNIT_CASE(index_list_test),
	{}
};

static struct kunit_suite kv_suite = {
	.name = "isle_kv",
	.test_cases = kv_cases,
};

kunit_test_suites(&kv_suite);
