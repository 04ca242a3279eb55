// SPDX-License-Identifier: GPL-2.0
/* KUnit: arithmetic of quotas. */
#include <kunit/test.h>
#include <linux/limits.h>

#include "core/quota.h"

#define KIND ISLE_QUOTA_MEMORY

static int quota_init(struct kunit *test)
{
	struct isle_account *account;

	account = kunit_kzalloc(test, sizeof(*account), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, account);
	isle_account_init(account);
	test->priv = account;
	return 0;
}

static void quota_default_test(struct kunit *test)
{
	struct isle_account *account = test->priv;
	int i;

	for (i = 0; i < ISLE_QUOTA_KINDS; i++) {
		KUNIT_EXPECT_EQ(test, isle_account_used(account, i), 0ULL);
		KUNIT_EXPECT_GT(test, isle_account_limit(account, i), 0ULL);
		KUNIT_EXPECT_NOT_NULL(test, isle_quota_name(i));
	}
}

static void quota_exact_test(struct kunit *test)
{
	struct isle_account *account = test->priv;

	KUNIT_ASSERT_EQ(test, isle_account_set_limit(account, KIND, 10), 0);
	KUNIT_EXPECT_EQ(test, isle_account_charge(account, KIND, 11), -EDQUOT);
	KUNIT_EXPECT_EQ(test, isle_account_used(account, KIND), 0ULL);
	KUNIT_EXPECT_EQ(test, isle_account_charge(account, KIND, 10), 0);
	KUNIT_EXPECT_EQ(test, isle_account_charge(account, KIND, 1), -EDQUOT);
	KUNIT_EXPECT_EQ(test, isle_account_charge(account, KIND, 0), 0);
	KUNIT_EXPECT_EQ(test, isle_account_used(account, KIND), 10ULL);
	isle_account_uncharge(account, KIND, 10);
	KUNIT_EXPECT_EQ(test, isle_account_used(account, KIND), 0ULL);
}

static void quota_huge_test(struct kunit *test)
{
	static const u64 huge[] = { S64_MAX, (u64)S64_MAX + 1, U64_MAX,
				    U64_MAX - 4, 1ULL << 63 };
	struct isle_account *account = test->priv;
	size_t i;

	KUNIT_ASSERT_EQ(test, isle_account_charge(account, KIND, 5), 0);
	for (i = 0; i < ARRAY_SIZE(huge); i++)
		KUNIT_EXPECT_EQ(test,
				isle_account_charge(account, KIND, huge[i]),
				-EDQUOT);
	KUNIT_EXPECT_EQ(test, isle_account_used(account, KIND), 5ULL);

	/* At the greatest limit a sum that would wrap is refused, too */
	KUNIT_ASSERT_EQ(test, isle_account_set_limit(account, KIND, S64_MAX), 0);
	KUNIT_EXPECT_EQ(test, isle_account_charge(account, KIND, S64_MAX),
			-EDQUOT);
	KUNIT_EXPECT_EQ(test, isle_account_charge(account, KIND, S64_MAX - 5),
			0);
	KUNIT_EXPECT_EQ(test, isle_account_charge(account, KIND, 1), -EDQUOT);
	isle_account_uncharge(account, KIND, S64_MAX);
}

static void quota_limit_test(struct kunit *test)
{
	struct isle_account *account = test->priv;

	KUNIT_EXPECT_EQ(test, isle_account_set_limit(account, KIND,
						     (u64)S64_MAX + 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, isle_account_set_limit(account, KIND, U64_MAX),
			-EINVAL);
	/* Below what is used: takes nothing away, refuses more */
	KUNIT_ASSERT_EQ(test, isle_account_charge(account, KIND, 5), 0);
	KUNIT_ASSERT_EQ(test, isle_account_set_limit(account, KIND, 3), 0);
	KUNIT_EXPECT_EQ(test, isle_account_used(account, KIND), 5ULL);
	KUNIT_EXPECT_EQ(test, isle_account_charge(account, KIND, 0), -EDQUOT);
	isle_account_uncharge(account, KIND, 3);
	KUNIT_EXPECT_EQ(test, isle_account_charge(account, KIND, 1), 0);
	KUNIT_EXPECT_EQ(test, isle_account_charge(account, KIND, 1), -EDQUOT);
	isle_account_uncharge(account, KIND, 3);
}

static struct kunit_case quota_cases[] = {
	KUNIT_CASE(quota_default_test),
	KUNIT_CASE(quota_exact_test),
	KUNIT_CASE(quota_huge_test),
	KUNIT_CASE(quota_limit_test),
	{}
};

static struct kunit_suite quota_suite = {
	.name = "isle_quota",
	.init = quota_init,
	.test_cases = quota_cases,
};

kunit_test_suites(&quota_suite);
