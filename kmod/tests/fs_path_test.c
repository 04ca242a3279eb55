// SPDX-License-Identifier: GPL-2.0
/* KUnit: paths of devices with files. */
#include <kunit/test.h>
#include <linux/string.h>
#include <isle/fs.h>

#include "device/fs_path.h"

struct path_case {
	const char *what;
	const char *path;
	size_t len;
	int expected;
};

#define PATH(_what, _path, _expected)					\
	{ .what = (_what), .path = (_path), .len = sizeof(_path) - 1,	\
	  .expected = (_expected) }

static const struct path_case cases[] = {
	PATH("root", "", 0),
	PATH("one letter", "a", 0),
	PATH("two names", "a/b", 0),
	PATH("three dots", "...", 0),
	PATH("dot in front", ".a", 0),
	PATH("two dots in front", "..a", 0),
	PATH("dot behind", "a.", 0),
	PATH("not UTF-8", "\xff\xfe", 0),
	PATH("control characters", "\x01\n\x7f", 0),
	PATH("dot", ".", -EINVAL),
	PATH("two dots", "..", -EINVAL),
	PATH("dot first", "./a", -EINVAL),
	PATH("two dots first", "../a", -EINVAL),
	PATH("dot last", "a/.", -EINVAL),
	PATH("two dots last", "a/..", -EINVAL),
	PATH("two dots within", "a/../b", -EINVAL),
	PATH("slash", "/", -EINVAL),
	PATH("slash first", "/a", -EINVAL),
	PATH("slash last", "a/", -EINVAL),
	PATH("two slashes", "a//b", -EINVAL),
	PATH("zero", "\0", -EINVAL),
	PATH("zero first", "\0a", -EINVAL),
	PATH("zero last", "a\0", -EINVAL),
	PATH("zero within", "a\0/b", -EINVAL),
};

static void path_desc(const struct path_case *c, char *desc)
{
	strscpy(desc, c->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(path, cases, path_desc);

static void fs_path_test(struct kunit *test)
{
	const struct path_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, isle_fs_path_check(c->path, c->len), c->expected);
}

static void fs_path_length_test(struct kunit *test)
{
	const size_t size = ISLE_FS_PATH_MAX + 2;
	char *path = kunit_kmalloc(test, size, GFP_KERNEL);
	size_t i;

	KUNIT_ASSERT_NOT_NULL(test, path);
	memset(path, 'n', size);
	KUNIT_EXPECT_EQ(test, isle_fs_path_check(path, ISLE_FS_NAME_MAX), 0);
	KUNIT_EXPECT_EQ(test, isle_fs_path_check(path, ISLE_FS_NAME_MAX + 1),
			-ENAMETOOLONG);
	for (i = ISLE_FS_NAME_MAX; i < size; i += ISLE_FS_NAME_MAX + 1)
		path[i] = '/';
	KUNIT_EXPECT_EQ(test, isle_fs_path_check(path, ISLE_FS_PATH_MAX), 0);
	KUNIT_EXPECT_EQ(test, isle_fs_path_check(path, ISLE_FS_PATH_MAX + 1),
			-ENAMETOOLONG);
	/* A name that is too long, behind one that is not */
	path[ISLE_FS_NAME_MAX] = 'n';
	path[1] = '/';
	KUNIT_EXPECT_EQ(test, isle_fs_path_check(path, ISLE_FS_PATH_MAX),
			-ENAMETOOLONG);
}

/* Of all paths of a few bytes those are right that have no wrong name. */
static void fs_path_all_test(struct kunit *test)
{
	static const char bytes[] = { 'a', '.', '/', '\0' };
	unsigned int n, i;

	for (n = 0; n < 4 * 4 * 4 * 4 * 4; n++) {
		char path[6] = "", copy[6], *rest = copy, *name;
		bool good = true;

		for (i = 0; i < 5; i++)
			path[i] = bytes[n >> (2 * i) & 3];
		if (memchr(path, '\0', 5)) {
			good = false;
		} else {
			strscpy(copy, path, sizeof(copy));
			while (good && (name = strsep(&rest, "/")))
				good = *name && strcmp(name, ".") &&
				       strcmp(name, "..");
		}
		KUNIT_EXPECT_EQ_MSG(test, isle_fs_path_check(path, 5),
				    good ? 0 : -EINVAL, "%s", path);
	}
}

static struct kunit_case fs_path_cases[] = {
	KUNIT_CASE_PARAM(fs_path_test, path_gen_params),
	KUNIT_CASE(fs_path_length_test),
	KUNIT_CASE(fs_path_all_test),
	{}
};

static struct kunit_suite fs_path_suite = {
	.name = "isle_fs_path",
	.test_cases = fs_path_cases,
};

kunit_test_suites(&fs_path_suite);
