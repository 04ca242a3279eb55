// SPDX-License-Identifier: GPL-2.0
/* KUnit: life of domains, their numbers, and links. */
#include <kunit/test.h>
#include <linux/err.h>

#include "core/domain.h"
#include "core/link.h"
#include "core/live.h"

static struct isle_domain *make(struct kunit *test, const char *name)
{
	struct isle_domain *domain = isle_domain_create(name);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	return domain;
}

static void end(struct isle_domain *domain)
{
	isle_domain_unuse(domain);
	isle_domain_put(domain);
}

static void domain_life_test(struct kunit *test)
{
	long live = isle_live_read(ISLE_LIVE_DOMAINS);
	struct isle_domain *a = make(test, "kunit-a");
	struct isle_domain *found;

	KUNIT_EXPECT_GE(test, a->id, ISLE_DOMID_MIN);
	KUNIT_EXPECT_LE(test, a->id, ISLE_DOMID_MAX);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_domain_create("kunit-a")), -EEXIST);

	found = isle_domain_get(a->id);
	KUNIT_EXPECT_PTR_EQ(test, found, a);
	isle_domain_put(found);
	found = isle_domain_get_name("kunit-a");
	KUNIT_EXPECT_PTR_EQ(test, found, a);
	isle_domain_put(found);

	/* The last user goes: dead, not found, the memory stays until put */
	isle_domain_unuse(a);
	KUNIT_EXPECT_TRUE(test, isle_domain_dead(a));
	KUNIT_EXPECT_FALSE(test, isle_domain_use(a));
	KUNIT_EXPECT_NULL(test, isle_domain_get(a->id));
	KUNIT_EXPECT_NULL(test, isle_domain_get_name("kunit-a"));
	KUNIT_EXPECT_EQ(test, isle_domain_destroy(a), -ENOENT);
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_DOMAINS), live + 1);
	isle_domain_put(a);
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_DOMAINS), live);
}

static void domain_made_up_name_test(struct kunit *test)
{
	struct isle_domain *a = make(test, "");
	char next[ISLE_NAME_SIZE] = {};
	struct isle_domain *b, *c;

	/* Somebody takes the name that the next one would get */
	snprintf(next, sizeof(next), "d%llu", a->unique + 2);
	b = make(test, next);
	c = make(test, "");
	KUNIT_EXPECT_STRNEQ(test, b->name, c->name);
	end(a);
	end(b);
	end(c);
}

static void domain_number_test(struct kunit *test)
{
	struct isle_domain *a = make(test, "kunit-a");
	u16 id = a->id;
	u64 unique = a->unique;
	int i;

	end(a);
	/* Of the next domains none has its number... */
	for (i = 0; i < 200; i++) {
		a = make(test, "kunit-a");
		KUNIT_EXPECT_NE(test, a->id, id);
		KUNIT_EXPECT_GT(test, a->unique, unique);
		unique = a->unique;
		end(a);
	}
}

static void domain_wrap_test(struct kunit *test)
{
	struct isle_domain *keep;
	bool wrapped = false;
	u32 last;
	int i;

	if (IS_ENABLED(CONFIG_KASAN))
		kunit_skip(test, "32,751 domains take minutes with KASAN; UML does it");
	keep = make(test, "kunit-keep");
	last = keep->id;

	/* ...and after all numbers were used, they go round, past the taken */
	for (i = 0; i <= ISLE_DOMID_MAX; i++) {
		struct isle_domain *a = isle_domain_create("kunit-a");

		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, a);
		if (a->id < last)
			wrapped = true;
		if (a->id == keep->id || a->id < ISLE_DOMID_MIN ||
		    a->id > ISLE_DOMID_MAX)
			KUNIT_FAIL(test, "number %u given", a->id);
		last = a->id;
		end(a);
	}
	KUNIT_EXPECT_TRUE(test, wrapped);
	end(keep);
}

static void link_test(struct kunit *test)
{
	struct isle_domain *a = make(test, "kunit-a");
	struct isle_domain *b = make(test, "kunit-b");
	struct isle_domain *c = make(test, "kunit-c");
	struct isle_domain *peer;

	KUNIT_EXPECT_TRUE(test, isle_linked(a, a));
	KUNIT_EXPECT_FALSE(test, isle_linked(a, b));
	KUNIT_EXPECT_EQ(test, isle_link(a, a), -EINVAL);
	KUNIT_EXPECT_EQ(test, isle_unlink(a, b), -ENOENT);
	KUNIT_EXPECT_EQ(test, isle_link(a, b), 0);
	KUNIT_EXPECT_EQ(test, isle_link(b, a), -EEXIST);
	KUNIT_EXPECT_TRUE(test, isle_linked(a, b));
	KUNIT_EXPECT_TRUE(test, isle_linked(b, a));
	KUNIT_EXPECT_FALSE(test, isle_linked(a, c));
	KUNIT_EXPECT_EQ(test, isle_link(a, c), 0);
	/* A link is no bridge */
	KUNIT_EXPECT_FALSE(test, isle_linked(b, c));

	KUNIT_EXPECT_EQ(test, isle_unlink(b, a), 0);
	KUNIT_EXPECT_FALSE(test, isle_linked(a, b));
	KUNIT_EXPECT_EQ(test, isle_account_used(&b->account, ISLE_QUOTA_LINKS),
			0ULL);

	/* What is destroyed is linked to nobody, and gives the quota back */
	end(c);
	KUNIT_EXPECT_NULL(test, isle_link_next(a, 0));
	KUNIT_EXPECT_EQ(test, isle_account_used(&a->account, ISLE_QUOTA_LINKS),
			0ULL);

	KUNIT_EXPECT_EQ(test, isle_link(a, b), 0);
	peer = isle_link_next(a, 0);
	KUNIT_EXPECT_PTR_EQ(test, peer, b);
	isle_domain_put(peer);
	KUNIT_EXPECT_NULL(test, isle_link_next(a, b->id));
	isle_domain_unuse(b);
	KUNIT_EXPECT_EQ(test, isle_link(a, b), -ENOENT);
	isle_domain_put(b);
	end(a);
}

static void link_quota_test(struct kunit *test)
{
	struct isle_domain *a = make(test, "kunit-a");
	struct isle_domain *b = make(test, "kunit-b");
	struct isle_domain *c = make(test, "kunit-c");

	isle_account_set_limit(&a->account, ISLE_QUOTA_LINKS, 1);
	KUNIT_EXPECT_EQ(test, isle_link(a, b), 0);
	KUNIT_EXPECT_EQ(test, isle_link(a, c), -EDQUOT);
	KUNIT_EXPECT_EQ(test, isle_link(c, a), -EDQUOT);
	KUNIT_EXPECT_FALSE(test, isle_linked(a, c));
	KUNIT_EXPECT_EQ(test, isle_account_used(&c->account, ISLE_QUOTA_LINKS),
			0ULL);
	end(b);
	KUNIT_EXPECT_EQ(test, isle_link(c, a), 0);
	end(a);
	end(c);
}

static struct kunit_case domain_cases[] = {
	KUNIT_CASE(domain_life_test),
	KUNIT_CASE(domain_made_up_name_test),
	KUNIT_CASE(domain_number_test),
	KUNIT_CASE(domain_wrap_test),
	KUNIT_CASE(link_test),
	KUNIT_CASE(link_quota_test),
	{}
};

static struct kunit_suite domain_suite = {
	.name = "isle_domain",
	.test_cases = domain_cases,
};

kunit_test_suites(&domain_suite);
