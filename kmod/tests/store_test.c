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

static void store_perm_test(struct kunit *test)
{
	static const struct {
		const char *perms;	/* %u: the owner, and the other one */
		unsigned int may;
	} cases[] = {
		{ "n%u", 0 },
		{ "r%u", ISLE_STORE_READ },
		{ "w%u", ISLE_STORE_WRITE },
		{ "b%u", ISLE_STORE_READ | ISLE_STORE_WRITE },
		{ "n%u r%u", ISLE_STORE_READ },
		{ "b%u n%u", 0 },
		{ "r%u w%u", ISLE_STORE_WRITE },
		/* the first entry of several counts */
		{ "n%u r%u n%u", ISLE_STORE_READ },
	};
	struct ctx *ctx = test->priv;
	const struct isle_store_who a = { .dom = isle_store_dom(ctx->a) };
	const struct isle_store_who b = { .dom = isle_store_dom(ctx->b) };
	char path[64], perms[32];
	int i, j, n, len;

	snprintf(path, sizeof(path), "/local/domain/%u/data/x", ctx->a->id);
	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		unsigned int may = cases[i].may;

		KUNIT_EXPECT_EQ(test, put(ctx->a, path, "1"), 0);
		len = snprintf(perms, sizeof(perms), cases[i].perms, ctx->a->id,
			       ctx->b->id, ctx->b->id) + 1;
		for (n = 1, j = 0; j < len; j++)
			if (perms[j] == ' ') {
				perms[j] = '\0';
				n++;
			}
		KUNIT_EXPECT_EQ(test, isle_store_op_set_perms(&a, path, perms,
							      len, n), 0);
		KUNIT_EXPECT_EQ(test, isle_store_op_get_perms(&a, path, ctx->buf,
							      64), (ssize_t)len);
		KUNIT_EXPECT_EQ(test, memcmp(perms, ctx->buf, len), 0);
		KUNIT_EXPECT_EQ(test, isle_store_op_set_perms(&b, path, perms,
							      len, n), -EACCES);
		EXPECT_READ(ctx->b, path,
			    may & ISLE_STORE_READ ? "1" : "EACCES");
		EXPECT_READ(ctx->c, path, "ENOENT");
		KUNIT_EXPECT_EQ(test, put(ctx->b, path, "2"),
				may & ISLE_STORE_WRITE ? 0 : -EACCES);
		KUNIT_EXPECT_EQ(test, put(ctx->c, path, "2"), -EACCES);
		KUNIT_EXPECT_EQ(test, isle_store_remove(ctx->b, path),
				may & ISLE_STORE_WRITE ? 0 : -EACCES);
	}
}

static int txn_put(struct ctx *ctx, u32 tx, const char *path, const char *value)
{
	const struct isle_store_who who = {
		.dom = ctx->conn.dom, .conn = &ctx->conn, .tx = tx,
	};

	return isle_store_op_write(&who, path, value, strlen(value));
}

static int txn_remove(struct ctx *ctx, u32 tx, const char *path)
{
	const struct isle_store_who who = {
		.dom = ctx->conn.dom, .conn = &ctx->conn, .tx = tx,
	};

	return isle_store_op_remove(&who, path);
}

static ssize_t txn_read(struct ctx *ctx, u32 tx, const char *path)
{
	const struct isle_store_who who = {
		.dom = ctx->conn.dom, .conn = &ctx->conn, .tx = tx,
	};

	return isle_store_op_read(&who, path, ctx->buf, sizeof(ctx->buf));
}

static void store_txn_test(struct kunit *test)
{
	struct ctx *ctx = test->priv;
	u64 used;
	u32 tx;

	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/x", "1"), 0);
	used = isle_account_used(&ctx->a->account, ISLE_QUOTA_STORE);

	/* given up: nothing of it is left, nor charged */
	KUNIT_ASSERT_EQ(test, isle_store_txn_start(&ctx->conn, &tx), 0);
	KUNIT_EXPECT_EQ(test, txn_put(ctx, tx, "data/x", "22"), 0);
	KUNIT_EXPECT_EQ(test, txn_put(ctx, tx, "data/y/z", "3"), 0);
	KUNIT_EXPECT_EQ(test, txn_remove(ctx, tx, "data/y"), 0);
	EXPECT_READ(ctx->a, "data/x", "1");
	KUNIT_EXPECT_EQ(test, txn_read(ctx, tx, "data/x"), (ssize_t)2);
	KUNIT_EXPECT_EQ(test, isle_store_txn_end(&ctx->conn, tx, false), 0);
	EXPECT_READ(ctx->a, "data/x", "1");
	KUNIT_EXPECT_EQ(test, isle_account_used(&ctx->a->account,
						ISLE_QUOTA_STORE), used);
	KUNIT_EXPECT_EQ(test, isle_store_txn_end(&ctx->conn, tx, false), -ENOENT);

	/* carried out: what is left is charged as if it were done directly */
	KUNIT_ASSERT_EQ(test, isle_store_txn_start(&ctx->conn, &tx), 0);
	KUNIT_EXPECT_EQ(test, txn_put(ctx, tx, "data/x", "22"), 0);
	KUNIT_EXPECT_EQ(test, txn_put(ctx, tx, "data/y/z", "3"), 0);
	KUNIT_EXPECT_EQ(test, txn_remove(ctx, tx, "data/y"), 0);
	KUNIT_EXPECT_EQ(test, isle_store_txn_end(&ctx->conn, tx, true), 0);
	EXPECT_READ(ctx->a, "data/x", "22");
	EXPECT_READ(ctx->a, "data/y", "ENOENT");
	KUNIT_EXPECT_EQ(test, isle_account_used(&ctx->a->account,
						ISLE_QUOTA_STORE), used + 1);

	/* conflicts: what was read, what was absent, what was below */
	KUNIT_ASSERT_EQ(test, isle_store_txn_start(&ctx->conn, &tx), 0);
	KUNIT_EXPECT_EQ(test, txn_read(ctx, tx, "data/x"), (ssize_t)2);
	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/x", "1"), 0);
	KUNIT_EXPECT_EQ(test, isle_store_txn_end(&ctx->conn, tx, true), -EAGAIN);

	KUNIT_ASSERT_EQ(test, isle_store_txn_start(&ctx->conn, &tx), 0);
	KUNIT_EXPECT_EQ(test, txn_read(ctx, tx, "data/new"), (ssize_t)-ENOENT);
	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/new", "1"), 0);
	KUNIT_EXPECT_EQ(test, isle_store_txn_end(&ctx->conn, tx, true), -EAGAIN);

	KUNIT_ASSERT_EQ(test, isle_store_txn_start(&ctx->conn, &tx), 0);
	KUNIT_EXPECT_EQ(test, txn_remove(ctx, tx, "data/x"), 0);
	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/x/a/b/c", "1"), 0);
	KUNIT_EXPECT_EQ(test, isle_store_txn_end(&ctx->conn, tx, true), -EAGAIN);
	EXPECT_READ(ctx->a, "data/x/a/b/c", "1");

	/* somewhere else is none */
	KUNIT_ASSERT_EQ(test, isle_store_txn_start(&ctx->conn, &tx), 0);
	KUNIT_EXPECT_EQ(test, txn_remove(ctx, tx, "data/x"), 0);
	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/other", "1"), 0);
	KUNIT_EXPECT_EQ(test, isle_store_txn_end(&ctx->conn, tx, true), 0);
	EXPECT_READ(ctx->a, "data/x", "ENOENT");
	EXPECT_READ(ctx->a, "data/other", "1");

	/* one that is left over ends with its connection */
	KUNIT_ASSERT_EQ(test, isle_store_txn_start(&ctx->conn, &tx), 0);
	KUNIT_EXPECT_EQ(test, txn_put(ctx, tx, "data/left", "1"), 0);
}

static void store_quota_test(struct kunit *test)
{
	struct ctx *ctx = test->priv;
	struct isle_account *account = &ctx->a->account;
	u64 used;
	u32 tx;

	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/x", "1"), 0);
	used = isle_account_used(account, ISLE_QUOTA_STORE);
	isle_account_set_limit(account, ISLE_QUOTA_STORE, used);
	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/x", "22"), -EDQUOT);
	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/y", ""), -EDQUOT);
	KUNIT_EXPECT_EQ(test, put(ctx->a, "a/b/c/d", ""), -EDQUOT);
	KUNIT_EXPECT_EQ(test, isle_store_txn_start(&ctx->conn, &tx), -EDQUOT);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_store_watch(ctx->a, "data", count_up,
						       NULL)), (long)-EDQUOT);
	KUNIT_EXPECT_EQ(test, isle_account_used(account, ISLE_QUOTA_STORE),
			used);
	EXPECT_READ(ctx->a, "data/x", "1");
	EXPECT_READ(ctx->a, "a", "ENOENT");
	KUNIT_EXPECT_EQ(test, put(ctx->a, "data/x", ""), 0);
	KUNIT_EXPECT_EQ(test, isle_store_remove(ctx->a, "data/x"), 0);
	KUNIT_EXPECT_EQ(test, isle_account_used(account, ISLE_QUOTA_STORE),
			0ULL);
}

/* What is charged at the end of a domain is nothing, whatever it had */
static void store_end_test(struct kunit *test)
{
	struct ctx *ctx = test->priv;
	struct isle_domain *d = make(test, "kunit-d");
	struct isle_store_watch *watch;
	struct isle_store_conn conn;
	atomic_t n = ATOMIC_INIT(0);
	u32 tx;

	KUNIT_ASSERT_EQ(test, isle_link(ctx->a, d), 0);
	KUNIT_ASSERT_EQ(test, isle_store_conn_open(&conn, d), 0);
	KUNIT_EXPECT_EQ(test, put(d, "data/x", "1"), 0);
	KUNIT_EXPECT_EQ(test, isle_store_txn_start(&conn, &tx), 0);
	watch = isle_store_watch(d, "/", count_up, &n);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, watch);
	isle_domain_unuse(d);
	KUNIT_EXPECT_EQ(test, isle_account_used(&d->account, ISLE_QUOTA_STORE),
			0ULL);
	KUNIT_EXPECT_EQ(test, isle_account_used(&d->account,
						ISLE_QUOTA_WATCHES), 0ULL);
	EXPECT_READ(d, "data/x", "ENODEV");
	KUNIT_EXPECT_EQ(test, put(d, "data/x", "1"), -ENODEV);
	KUNIT_EXPECT_EQ(test, isle_store_txn_end(&conn, tx, true), -ENODEV);
	KUNIT_EXPECT_EQ(test, isle_store_txn_start(&conn, &tx), -ENODEV);
	isle_store_unwatch(watch);
	isle_store_conn_close(&conn);
	KUNIT_EXPECT_EQ(test, isle_store_conn_open(&conn, d), -ENODEV);
	isle_domain_put(d);
}

static struct kunit_case store_cases[] = {
	KUNIT_CASE(store_perm_test),
	KUNIT_CASE(store_txn_test),
	KUNIT_CASE(store_quota_test),
	KUNIT_CASE(store_end_test),
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
