// SPDX-License-Identifier: GPL-2.0
/* KUnit: names of domains and devices. */
#include <kunit/test.h>
#include <isle/base.h>

#include "core/name.h"

struct name_case {
	const char *what;
	char name[ISLE_NAME_SIZE];
	bool valid;
};

static const struct name_case cases[] = {
	{ "one letter", "a", true },
	{ "all kinds", "Az09_-z", true },
	{ "31 characters", "abcdefghijklmnopqrstuvwxyz01234", true },
	{ "underscore first", "_", true },
	{ "empty", "", false },
	{ "32 characters", "abcdefghijklmnopqrstuvwxyz012345", false },
	{ "dash first", "-a", false },
	{ "dot", ".", false },
	{ "two dots", "..", false },
	{ "dot within", "a.b", false },
	{ "slash", "a/b", false },
	{ "exclamation mark, a slash in /sys", "a!b", false },
	{ "space", "a b", false },
	{ "newline", "a\n", false },
	{ "percent", "%s", false },
	{ "delete", "a\x7f", false },
	{ "UTF-8", "\xc3\xa9", false },
	{ "high bit", "\xff", false },
	{ "garbage behind the end", { 'a', 0, 'b' }, false },
	{ "garbage in the last byte", { 'a', [31] = 'b' }, false },
};

static void name_desc(const struct name_case *c, char *desc)
{
	strscpy(desc, c->what, KUNIT_PARAM_DESC_SIZE);
}

KUNIT_ARRAY_PARAM(name, cases, name_desc);

static void name_test(struct kunit *test)
{
	const struct name_case *c = test->param_value;

	KUNIT_EXPECT_EQ(test, isle_name_valid(c->name), c->valid);
}

static void name_all_bytes_test(struct kunit *test)
{
	const char *allowed =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	int c;

	for (c = 1; c < 256; c++) {
		char name[ISLE_NAME_SIZE] = { 'x', c };

		KUNIT_EXPECT_EQ_MSG(test, isle_name_valid(name),
				    !!strchr(allowed, c), "character %#x", c);
	}
}

static struct kunit_case name_cases[] = {
	KUNIT_CASE_PARAM(name_test, name_gen_params),
	KUNIT_CASE(name_all_bytes_test),
	{}
};

static struct kunit_suite name_suite = {
	.name = "isle_name",
	.test_cases = name_cases,
};

kunit_test_suites(&name_suite);
