// SPDX-License-Identifier: GPL-2.0
/* KUnit: the store: paths, permissions, transactions, watches, what it costs. */
#include <kunit/test.h>
#include <linux/err.h>

#include "core/domain.h"
#include "core/link.h"
#include "core/live.h"
#include "share/store.h"
#include "share/store_conn.h"
#include "share/store_op.h"
#include "share/store_tree.h"
#include "share/store_txn.h"

/**
 * struct ctx - what every test begins with
 * @live: what the store had before
 * @a: a domain
 * @b: one that is linked to it
 * @c: one that is not
 * @conn: a connection of @a
 * @buf: for answers
 */
struct ctx {
	long live;
	struct isle_domain *a;
	struct isle_domain *b;
	struct isle_domain *c;
	struct isle_store_conn conn;
	char buf[ISLE_STORE_PAYLOAD_MAX];
};

static struct isle_domain *make(struct kunit *test, const char *name)
{
	struct isle_domain *domain = isle_domain_create(name);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	return domain;
}

static int store_init(struct kunit *test)
{
	struct ctx *ctx = kunit_kzalloc(test, sizeof(*ctx), GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, ctx);
	ctx->live = isle_live_read(ISLE_LIVE_STORE);
	ctx->a = make(test, "kunit-a");
	ctx->b = make(test, "kunit-b");
	ctx->c = make(test, "kunit-c");
	KUNIT_ASSERT_EQ(test, isle_link(ctx->a, ctx->b), 0);
	KUNIT_ASSERT_EQ(test, isle_store_conn_open(&ctx->conn, ctx->a), 0);
	test->priv = ctx;
	return 0;
}

static void store_exit(struct kunit *test)
{
	struct ctx *ctx = test->priv;
	struct isle_domain *all[] = { ctx->a, ctx->b, ctx->c };
	int i;

	isle_store_conn_close(&ctx->conn);
	for (i = 0; i < ARRAY_SIZE(all); i++) {
		isle_domain_unuse(all[i]);
		KUNIT_EXPECT_EQ(test, isle_account_used(&all[i]->account,
							ISLE_QUOTA_STORE), 0ULL);
		KUNIT_EXPECT_EQ(test, isle_account_used(&all[i]->account,
							ISLE_QUOTA_WATCHES), 0ULL);
		isle_domain_put(all[i]);
	}
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_STORE), ctx->live);
}

static int put(struct isle_domain *domain, const char *path, const char *value)
{
	return isle_store_write(domain, path, value, strlen(value));
}

/* What is at a path, or the name of the error */
static const char *get(struct ctx *ctx, struct isle_domain *domain,
		       const char *path)
{
	ssize_t len = isle_store_read(domain, path, ctx->buf,
				      sizeof(ctx->buf) - 1);

	switch (len) {
	case -ENOENT:
		return "ENOENT";
	case -EACCES:
		return "EACCES";
	case -EINVAL:
		return "EINVAL";
	case -ENODEV:
		return "ENODEV";
	}
	if (len < 0)
		return "E?";
	ctx->buf[len] = '\0';
	return ctx->buf;
}

#define EXPECT_READ(_domain, _path, _value) \
	KUNIT_EXPECT_STREQ(test, get(ctx, _domain, _path), _value)

static void store_path_test(struct kunit *test)
{
	static const struct {
		const char *path;
		int err;
	} cases[] = {
		{ "data/x", 0 },
		{ "x", 0 },
		{ "A-z_0@9", 0 },
		{ "", -EINVAL },
		{ "//", -EINVAL },
		{ "data//x", -EINVAL },
		{ "data/", -EINVAL },
		{ "/local/", -EINVAL },
		{ "@introduceDomain", -EINVAL },
		{ "data/a b", -EINVAL },
		{ "data/a.b", -EINVAL },
		{ "data/\xe4", -EINVAL },
		{ "/", -EACCES },
		{ "/x", -EACCES },
		{ "/local", -EACCES },
		{ "/local/domain", -EACCES },
		{ "/local/domain/x", -EACCES },
		{ "/local/domain/0", -EACCES },
		{ "domid", -EACCES },
		{ "name/x", -EACCES },
	};
	struct ctx *ctx = test->priv;
	char *path = ctx->buf;
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, put(ctx->a, cases[i].path, "v"),
				    cases[i].err, "%s", cases[i].path);

	memset(path, 'x', sizeof(ctx->buf));
	path[ISLE_STORE_RELATIVE_MAX + 1] = '\0';
	KUNIT_EXPECT_EQ(test, put(ctx->a, path, "v"), -EINVAL);
	path[ISLE_STORE_RELATIVE_MAX] = '\0';
	KUNIT_EXPECT_EQ(test, put(ctx->a, path, "v"), 0);

	memset(path, 'x', sizeof(ctx->buf));
	path[snprintf(path, 64, "/local/domain/%u/", ctx->a->id)] = 'y';
	path[ISLE_STORE_PATH_MAX + 1] = '\0';
	KUNIT_EXPECT_EQ(test, put(ctx->a, path, "v"), -EINVAL);
	path[ISLE_STORE_PATH_MAX] = '\0';
	KUNIT_EXPECT_EQ(test, put(ctx->a, path, "v"), 0);
	KUNIT_EXPECT_EQ(test, isle_store_remove(ctx->a, path), 0);
}

static void store_deep_test(struct kunit *test)
{
	struct ctx *ctx = test->priv;
	char *path = ctx->buf;
	int i;

	for (i = 0; i < ISLE_STORE_RELATIVE_MAX; i += 2) {
		path[i] = 'a';
		path[i + 1] = '/';
	}
	path[ISLE_STORE_RELATIVE_MAX - 1] = '\0';
	KUNIT_EXPECT_EQ(test, put(ctx->a, path, "deep"), 0);
	KUNIT_EXPECT_EQ(test, isle_store_remove(ctx->a, "a"), 0);
	KUNIT_EXPECT_EQ(test, isle_account_used(&ctx->a->account,
						ISLE_QUOTA_STORE), 0ULL);
}

static void store_value_test(struct kunit *test)
{
	struct ctx *ctx = test->priv;
	char path[64];
	u64 used;

	KUNIT_EXPECT_EQ(test, isle_account_used(&ctx->a->account,
						ISLE_QUOTA_STORE), 0ULL);
	EXPECT_READ(ctx->a, "name", "kunit-a");
	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/x/y", "1"), 0);
	used = isle_account_used(&ctx->a->account, ISLE_QUOTA_STORE);
	EXPECT_READ(ctx->a, "data/x/y", "1");
	EXPECT_READ(ctx->a, "data/x", "");
	EXPECT_READ(ctx->a, "data/z", "ENOENT");
	snprintf(path, sizeof(path), "/local/domain/%u/data/x/y", ctx->a->id);
	EXPECT_READ(ctx->a, path, "1");
	EXPECT_READ(ctx->b, path, "EACCES");
	EXPECT_READ(ctx->c, path, "ENOENT");
	KUNIT_EXPECT_EQ(test, put(ctx->a, path, "twelve bytes"), 0);
	KUNIT_EXPECT_EQ(test, isle_account_used(&ctx->a->account,
						ISLE_QUOTA_STORE),
			used - 1 + strlen("twelve bytes"));
	EXPECT_READ(ctx->a, path, "twelve bytes");
	KUNIT_EXPECT_EQ(test, isle_store_read(ctx->a, path, ctx->buf, 11),
			(ssize_t)-E2BIG);
	KUNIT_EXPECT_EQ(test, isle_store_write(ctx->a, path, ctx->buf,
					       ISLE_STORE_PAYLOAD_MAX + 1),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, put(ctx->a, path, ""), 0);
	EXPECT_READ(ctx->a, path, "");
	KUNIT_EXPECT_EQ(test, isle_store_remove(ctx->a, "data/x"), 0);
	EXPECT_READ(ctx->a, path, "ENOENT");
	KUNIT_EXPECT_EQ(test, isle_store_remove(ctx->a, "data/x"), 0);
	KUNIT_EXPECT_EQ(test, isle_store_remove(ctx->a, "data/x/y"), -ENOENT);
	KUNIT_EXPECT_EQ(test, isle_account_used(&ctx->a->account,
						ISLE_QUOTA_STORE), 0ULL);
}

static void store_let_read_test(struct kunit *test)
{
	struct ctx *ctx = test->priv;
	char path[64];

	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/ref", "8"), 0);
	snprintf(path, sizeof(path), "/local/domain/%u/data/ref", ctx->a->id);
	KUNIT_EXPECT_EQ(test, isle_store_let_read(ctx->a, path, ctx->c->id),
			-ENOENT);
	KUNIT_EXPECT_EQ(test, isle_store_let_read(ctx->b, path, ctx->b->id),
			-EACCES);
	KUNIT_EXPECT_EQ(test, isle_store_let_read(ctx->a, path, ctx->b->id), 0);
	KUNIT_EXPECT_EQ(test, isle_store_let_read(ctx->a, path, ctx->b->id), 0);
	EXPECT_READ(ctx->b, path, "8");
	EXPECT_READ(ctx->c, path, "ENOENT");
	KUNIT_EXPECT_EQ(test, put(ctx->b, path, "9"), -EACCES);
	KUNIT_EXPECT_EQ(test, isle_unlink(ctx->a, ctx->b), 0);
	EXPECT_READ(ctx->b, path, "ENOENT");
	KUNIT_EXPECT_EQ(test, isle_link(ctx->a, ctx->b), 0);
	EXPECT_READ(ctx->b, path, "8");
}

static void count_up(void *private)
{
	atomic_inc(private);
}

/* Watchers are told by a worker; there is nothing else to wait for. */
static bool reaches(atomic_t *n, int value)
{
	int i;

	for (i = 0; i < 10000 && atomic_read(n) < value; i++)
		schedule_timeout_uninterruptible(1);
	return atomic_read(n) >= value;
}

static void store_watch_test(struct kunit *test)
{
	struct ctx *ctx = test->priv;
	struct isle_store_watch *mine, *others;
	atomic_t n = ATOMIC_INIT(0), m = ATOMIC_INIT(0);
	char path[64];
	int seen;

	snprintf(path, sizeof(path), "/local/domain/%u/data", ctx->a->id);
	mine = isle_store_watch(ctx->a, "data", count_up, &n);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, mine);
	others = isle_store_watch(ctx->b, path, count_up, &m);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, others);
	KUNIT_EXPECT_TRUE(test, reaches(&n, 1));
	KUNIT_EXPECT_TRUE(test, reaches(&m, 1));

	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/x", "1"), 0);
	KUNIT_EXPECT_TRUE(test, reaches(&n, 2));
	KUNIT_EXPECT_EQ(test, isle_store_let_read(ctx->a, "data/x", ctx->b->id),
			0);
	KUNIT_EXPECT_TRUE(test, reaches(&m, 2));
	seen = atomic_read(&m);
	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/x", "2"), 0);
	KUNIT_EXPECT_TRUE(test, reaches(&m, seen + 1));
	/* out of sight, and back again */
	seen = atomic_read(&m);
	KUNIT_EXPECT_EQ(test, isle_unlink(ctx->a, ctx->b), 0);
	KUNIT_EXPECT_TRUE(test, reaches(&m, seen + 1));
	KUNIT_EXPECT_EQ(test, isle_link(ctx->a, ctx->b), 0);
	KUNIT_EXPECT_TRUE(test, reaches(&m, seen + 2));

	isle_store_unwatch(mine);
	isle_store_unwatch(others);
	seen = atomic_read(&n);
	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/x", "3"), 0);
	KUNIT_EXPECT_EQ(test, atomic_read(&n), seen);
}

static struct kunit_case store_cases[] = {
	KUNIT_CASE(store_path_test),
	KUNIT_CASE(store_deep_test),
	KUNIT_CASE(store_value_test),
	KUNIT_CASE(store_let_read_test),
	KUNIT_CASE(store_watch_test),
	{}
};

/* Suites run before the module's own init */
static int store_suite_init(struct kunit_suite *suite)
{
	return isle_store_init();
}

static void store_suite_exit(struct kunit_suite *suite)
{
	isle_store_exit();
}

static struct kunit_suite store_suite = {
	.name = "isle_store",
	.suite_init = store_suite_init,
	.suite_exit = store_suite_exit,
	.init = store_init,
	.exit = store_exit,
	.test_cases = store_cases,
};

kunit_test_suites(&store_suite);
