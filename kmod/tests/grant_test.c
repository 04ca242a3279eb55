// SPDX-License-Identifier: GPL-2.0
/* KUnit: grants, their numbers, references and charges, and who may map them. */
#include <kunit/test.h>
#include <linux/err.h>
#include <linux/mm.h>

#include "core/domain.h"
#include "core/link.h"
#include "core/live.h"
#include "share/grant.h"

struct pair {
	struct isle_domain *a, *b;
	long live;
};

static int grant_init(struct kunit *test)
{
	struct pair *pair = kunit_kzalloc(test, sizeof(*pair), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, pair);
	pair->live = isle_live_read(ISLE_LIVE_GRANTS);
	pair->a = isle_domain_create("kunit-a");
	pair->b = isle_domain_create("kunit-b");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pair->a);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pair->b);
	KUNIT_ASSERT_EQ(test, isle_link(pair->a, pair->b), 0);
	test->priv = pair;
	return 0;
}

static void grant_exit(struct kunit *test)
{
	struct pair *pair = test->priv;

	isle_domain_unuse(pair->a);
	isle_domain_put(pair->a);
	isle_domain_unuse(pair->b);
	isle_domain_put(pair->b);
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_GRANTS), pair->live);
}

static u64 used(struct isle_domain *domain, enum isle_quota_kind kind)
{
	return isle_account_used(&domain->account, kind);
}

static struct isle_grant *give(struct kunit *test, struct isle_domain *from,
			       struct isle_domain *to, bool readonly)
{
	struct isle_grant *grant;

	KUNIT_ASSERT_EQ(test, isle_grant_alloc(from, to->id, readonly, 1,
					       &grant), 0);
	return grant;
}

static void take_back(struct isle_grant *grant)
{
	isle_grant_end(grant);
	isle_grant_put(grant);
}

static void grant_map_test(struct kunit *test)
{
	struct pair *p = test->priv;
	struct isle_grant *grant = give(test, p->a, p->b, false);
	u32 ref = isle_grant_ref(grant);
	struct isle_grant *one, *two;

	KUNIT_EXPECT_GE(test, ref, 1U);
	KUNIT_EXPECT_NULL(test, memchr_inv(page_address(isle_grant_page(grant)),
					   0, PAGE_SIZE));
	one = isle_grant_map(p->b, p->a->id, ref, true);
	two = isle_grant_map(p->b, p->a->id, ref, false);
	KUNIT_EXPECT_PTR_EQ(test, one, grant);
	KUNIT_EXPECT_PTR_EQ(test, two, grant);
	KUNIT_EXPECT_EQ(test, used(p->b, ISLE_QUOTA_MAPPINGS), 2ULL);
	KUNIT_EXPECT_EQ(test, used(p->a, ISLE_QUOTA_GRANTS), 1ULL);
	isle_grant_unmap(p->b, two);

	/* Ended: not for anybody new, still there for who has it */
	isle_grant_end(grant);
	isle_grant_end(grant);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(p->b, p->a->id, ref,
						     false)), -ENOENT);
	isle_grant_put(grant);
	KUNIT_EXPECT_EQ(test, used(p->a, ISLE_QUOTA_GRANTS), 1ULL);
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_GRANTS), p->live + 1);
	isle_grant_unmap(p->b, one);
	KUNIT_EXPECT_EQ(test, used(p->a, ISLE_QUOTA_GRANTS), 0ULL);
	KUNIT_EXPECT_EQ(test, used(p->b, ISLE_QUOTA_MAPPINGS), 0ULL);
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_GRANTS), p->live);
}

static void grant_refused_test(struct kunit *test)
{
	struct pair *p = test->priv;
	struct isle_domain *c = isle_domain_create("kunit-c");
	struct isle_grant *none, *ro, *self;
	u32 ref;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, c);
	KUNIT_EXPECT_EQ(test, isle_grant_alloc(p->a, c->id, false, 1, &none),
			-EPERM);
	KUNIT_EXPECT_EQ(test, isle_grant_alloc(p->a, 0, false, 1, &none), -EPERM);
	KUNIT_EXPECT_EQ(test, isle_grant_alloc(p->a, U32_MAX, false, 1, &none),
			-EPERM);

	ro = give(test, p->a, p->b, true);
	ref = isle_grant_ref(ro);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(p->b, p->a->id, ref, true)),
			-EACCES);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(p->b, p->a->id, ref + 1,
						     false)), -ENOENT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(p->b, p->a->id, 0, false)),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(p->b, p->b->id, ref,
						     false)), -ENOENT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(p->b, 0, ref, false)),
			-EPERM);
	/* Linked, but it is not for them: neither the granter nor a third */
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(p->a, p->a->id, ref,
						     false)), -ENOENT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(c, p->a->id, ref, false)),
			-EPERM);
	KUNIT_EXPECT_EQ(test, isle_link(p->a, c), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(c, p->a->id, ref, false)),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, used(p->b, ISLE_QUOTA_MAPPINGS), 0ULL);
	KUNIT_EXPECT_EQ(test, used(c, ISLE_QUOTA_MAPPINGS), 0ULL);

	self = give(test, p->a, p->a, false);
	none = isle_grant_map(p->a, p->a->id, isle_grant_ref(self), true);
	KUNIT_EXPECT_PTR_EQ(test, none, self);
	isle_grant_unmap(p->a, none);
	take_back(self);
	take_back(ro);
	isle_domain_unuse(c);
	isle_domain_put(c);
}

static void grant_quota_test(struct kunit *test)
{
	struct pair *p = test->priv;
	struct isle_grant *grants[8], *one;
	int i;

	isle_account_set_limit(&p->a->account, ISLE_QUOTA_GRANTS, 7);
	isle_account_set_limit(&p->b->account, ISLE_QUOTA_MAPPINGS, 1);
	KUNIT_EXPECT_EQ(test, isle_grant_alloc(p->a, p->b->id, false, 0, grants),
			0);
	/* All or nothing */
	KUNIT_EXPECT_EQ(test, isle_grant_alloc(p->a, p->b->id, false, 8, grants),
			-EDQUOT);
	KUNIT_EXPECT_EQ(test, used(p->a, ISLE_QUOTA_GRANTS), 0ULL);
	KUNIT_ASSERT_EQ(test, isle_grant_alloc(p->a, p->b->id, false, 7, grants),
			0);
	KUNIT_EXPECT_EQ(test, isle_grant_alloc(p->a, p->b->id, false, 1,
					       grants + 7), -EDQUOT);
	one = isle_grant_map(p->b, p->a->id, isle_grant_ref(grants[6]), true);
	KUNIT_EXPECT_PTR_EQ(test, one, grants[6]);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(p->b, p->a->id,
						     isle_grant_ref(grants[0]),
						     true)), -EDQUOT);
	for (i = 0; i < 7; i++)
		take_back(grants[i]);
	/* Still mapped, still charged */
	KUNIT_EXPECT_EQ(test, used(p->a, ISLE_QUOTA_GRANTS), 1ULL);
	KUNIT_EXPECT_EQ(test, isle_grant_alloc(p->a, p->b->id, false, 7, grants),
			-EDQUOT);
	isle_grant_unmap(p->b, one);
}

static void grant_number_test(struct kunit *test)
{
	struct pair *p = test->priv;
	struct isle_grants *table = p->a->parts[ISLE_SLOT_GRANTS];
	struct isle_grant *keep = give(test, p->a, p->b, false);
	struct isle_grant *grant, *other;
	u32 ref = isle_grant_ref(keep), last = ref;
	int i;

	/* A number that was given back is not given soon... */
	for (i = 0; i < 200; i++) {
		grant = give(test, p->a, p->b, false);
		KUNIT_EXPECT_GT(test, isle_grant_ref(grant), last);
		last = isle_grant_ref(grant);
		take_back(grant);
	}
	/* ...they go round, past the one that is taken */
	table->next = ISLE_GRANT_REF_MAX;
	grant = give(test, p->a, p->b, false);
	KUNIT_EXPECT_EQ(test, isle_grant_ref(grant), (u32)ISLE_GRANT_REF_MAX);
	other = give(test, p->a, p->b, false);
	KUNIT_EXPECT_EQ(test, isle_grant_ref(other), ref == 1 ? 2U : 1U);
	take_back(grant);

	/* Ending what has ended does not end who has its number now */
	isle_grant_end(other);
	table->next = isle_grant_ref(other);
	grant = give(test, p->a, p->b, false);
	KUNIT_EXPECT_EQ(test, isle_grant_ref(grant), isle_grant_ref(other));
	take_back(other);
	other = isle_grant_map(p->b, p->a->id, isle_grant_ref(grant), true);
	KUNIT_EXPECT_PTR_EQ(test, other, grant);
	isle_grant_unmap(p->b, other);
	take_back(grant);
	take_back(keep);
}

static void grant_unlink_test(struct kunit *test)
{
	struct pair *p = test->priv;
	struct isle_grant *grants[100], *self, *one;
	int i;

	/* More than is looked at in one go */
	KUNIT_ASSERT_EQ(test, isle_grant_alloc(p->a, p->b->id, false,
					       ARRAY_SIZE(grants), grants), 0);
	self = give(test, p->a, p->a, false);
	one = isle_grant_map(p->b, p->a->id, isle_grant_ref(grants[99]), true);
	KUNIT_EXPECT_PTR_EQ(test, one, grants[99]);

	KUNIT_EXPECT_EQ(test, isle_unlink(p->a, p->b), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(p->b, p->a->id,
						     isle_grant_ref(one),
						     true)), -EPERM);
	/* Linked again, they start afresh */
	KUNIT_EXPECT_EQ(test, isle_link(p->a, p->b), 0);
	for (i = 0; i < ARRAY_SIZE(grants); i++) {
		u32 ref = isle_grant_ref(grants[i]);

		KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(p->b, p->a->id,
							     ref, true)),
				-ENOENT);
		take_back(grants[i]);
	}
	KUNIT_EXPECT_EQ(test, used(p->a, ISLE_QUOTA_GRANTS), 2ULL);
	isle_grant_unmap(p->b, one);

	one = isle_grant_map(p->a, p->a->id, isle_grant_ref(self), true);
	KUNIT_EXPECT_PTR_EQ(test, one, self);
	isle_grant_unmap(p->a, one);
	take_back(self);
}

static void grant_death_test(struct kunit *test)
{
	struct pair *p = test->priv;
	struct isle_domain *c = isle_domain_create("kunit-c");
	struct isle_domain *d;
	struct isle_grant *grant, *one;
	struct isle_account *account;
	u32 ref;
	u16 id;

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, c);
	KUNIT_EXPECT_EQ(test, isle_link(c, p->b), 0);
	grant = give(test, c, p->b, false);
	ref = isle_grant_ref(grant);
	one = isle_grant_map(p->b, c->id, ref, true);
	KUNIT_EXPECT_PTR_EQ(test, one, grant);
	/* The granter dies first: the page stays, charged to it */
	id = c->id;
	account = &c->account;
	isle_domain_unuse(c);
	KUNIT_EXPECT_EQ(test, isle_grant_alloc(c, c->id, false, 1, &grant),
			-ENODEV);
	isle_domain_put(c);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(p->b, id, ref, true)),
			-EPERM);
	isle_grant_put(one);		/* what the granter had */
	KUNIT_EXPECT_EQ(test, isle_account_used(account, ISLE_QUOTA_GRANTS),
			1ULL);
	isle_grant_unmap(p->b, one);

	/* The grantee dies: another domain of its number inherits nothing */
	c = isle_domain_create("kunit-c");
	d = isle_domain_create("kunit-d");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, c);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, d);
	KUNIT_EXPECT_EQ(test, isle_link(d, p->a), 0);
	KUNIT_EXPECT_EQ(test, isle_link(c, p->a), 0);
	grant = give(test, p->a, c, false);
	ref = isle_grant_ref(grant);
	isle_domain_unuse(c);
	isle_domain_put(c);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_grant_map(d, p->a->id, ref, true)),
			-ENOENT);
	take_back(grant);
	isle_domain_unuse(d);
	isle_domain_put(d);
}

static struct kunit_case grant_cases[] = {
	KUNIT_CASE(grant_map_test),
	KUNIT_CASE(grant_refused_test),
	KUNIT_CASE(grant_quota_test),
	KUNIT_CASE(grant_number_test),
	KUNIT_CASE(grant_unlink_test),
	KUNIT_CASE(grant_death_test),
	{}
};

/* Suites run before the module's own init */
static int grants_init(struct kunit_suite *suite)
{
	return isle_grant_init();
}

static void grants_exit(struct kunit_suite *suite)
{
	isle_grant_exit();
}

static struct kunit_suite grant_suite = {
	.name = "isle_grant",
	.suite_init = grants_init,
	.suite_exit = grants_exit,
	.init = grant_init,
	.exit = grant_exit,
	.test_cases = grant_cases,
};

kunit_test_suites(&grant_suite);
