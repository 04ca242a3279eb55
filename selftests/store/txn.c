// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions: what they see, what makes them fail, what is left of them, and
 * what they cost.
 */
#include <kselftest_harness.h>

#include "../lib.h"
#include "store.h"

FIXTURE(txn)
{
	struct doms d;
	struct conn *a, *b, other;	/* other: a second one of a's domain */
};

FIXTURE_SETUP(txn)
{
	ASSERT_EQ(doms_make(&self->d), 0);
	self->a = &self->d.conn[0];
	self->b = &self->d.conn[1];
	ASSERT_EQ(conn_open(&self->other, &self->d.dom[0]), 0);
}

FIXTURE_TEARDOWN(txn)
{
	conn_close(&self->other);
	EXPECT_TRUE(doms_end(&self->d));
}

TEST_F(txn, all_or_nothing)
{
	struct conn *a = self->a, *o = &self->other;

	EXPECT_STREQ(xs_write(o, "data/old", "1"), "OK");
	EXPECT_STREQ(xs_begin(a), "OK");
	EXPECT_STREQ(xs_write(a, "data/x/y", "new"), "OK");
	EXPECT_STREQ(xs_write(a, "data/old", "2"), "OK");
	EXPECT_STREQ(xs_read(a, "data/x/y"), "new");
	EXPECT_STREQ(xs_list(a, "data"), "old,x");
	EXPECT_STREQ(xs_list(o, "data"), "old");
	EXPECT_STREQ(xs_read(o, "data/x/y"), "ENOENT");
	EXPECT_STREQ(xs_read(o, "data/old"), "1");
	EXPECT_STREQ(xs_end(a, "T"), "OK");
	EXPECT_STREQ(xs_read(o, "data/x/y"), "new");
	EXPECT_STREQ(xs_read(o, "data/old"), "2");

	EXPECT_STREQ(xs_begin(a), "OK");
	EXPECT_STREQ(xs_rm(a, "data/x"), "OK");
	EXPECT_STREQ(xs_write(a, "data/old", "3"), "OK");
	EXPECT_STREQ(xs_read(a, "data/x/y"), "ENOENT");
	EXPECT_STREQ(xs_list(a, "data"), "old");
	EXPECT_STREQ(xs_end(a, "F"), "OK");
	EXPECT_STREQ(xs_read(a, "data/x/y"), "new");
	EXPECT_STREQ(xs_read(a, "data/old"), "2");

	EXPECT_STREQ(xs_begin(a), "OK");
	EXPECT_STREQ(xs_rm(a, "data/x"), "OK");
	EXPECT_STREQ(xs_end(a, "T"), "OK");
	EXPECT_STREQ(xs_list(a, "data"), "old");
}

/* What one does, what another one does meanwhile, and whether that conflicts */
TEST_F(txn, conflicts)
{
	enum { READ, LIST, WRITE, MKDIR, RM, PERMS };
	static const struct {
		int mine;
		const char *my_path;
		int theirs;
		const char *their_path;
		bool conflict;
	} cases[] = {
		{ READ, "data/x", WRITE, "data/x", true },
		{ READ, "data/x", WRITE, "data/y", false },
		{ READ, "data/x", RM, "data/x", true },
		{ READ, "data/x", PERMS, "data/x", true },
		{ READ, "data/x", WRITE, "data/x/new", true },
		{ READ, "data/x", WRITE, "data/x/sub", false },
		{ READ, "data/x", READ, "data/x", false },
		{ READ, "data/absent", WRITE, "data/absent", true },
		{ READ, "data/absent/deep", WRITE, "data/absent/deep", true },
		{ READ, "data/x/absent", WRITE, "data/y", false },
		{ LIST, "data/x", WRITE, "data/x/new", true },
		{ LIST, "data/x", RM, "data/x/sub", true },
		{ LIST, "data/x", WRITE, "data/x/sub", false },
		{ LIST, "data", WRITE, "data/x/new", false },
		{ WRITE, "data/x", WRITE, "data/x", true },
		{ WRITE, "data/x", WRITE, "data/y", false },
		{ WRITE, "data/x", RM, "data/x", true },
		{ WRITE, "data/x/sub", RM, "data/x", true },
		{ WRITE, "data/x/new", RM, "data/x", true },
		{ WRITE, "data/new", WRITE, "data/new", true },
		{ WRITE, "data/new/a", WRITE, "data/new/b", true },
		{ MKDIR, "data/new", MKDIR, "data/new", true },
		{ MKDIR, "data/x", WRITE, "data/y", false },
		{ RM, "data/x", WRITE, "data/x", true },
		{ RM, "data/x", WRITE, "data/x/sub", true },
		{ RM, "data/x", WRITE, "data/x/new", true },
		{ RM, "data/x", RM, "data/x", true },
		{ RM, "data/x", RM, "data/x/sub", true },
		{ RM, "data/x", WRITE, "data/y", false },
		{ PERMS, "data/x", PERMS, "data/x", true },
		{ PERMS, "data/x", WRITE, "data/y", false },
	};
	struct conn *conns[] = { self->a, &self->other };
	const char *perms = fmt("r%u", self->d.dom[0].id);
	unsigned int i;
	int who;

	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool clash = cases[i].conflict;

		EXPECT_STREQ(xs_rm(self->a, "data"), "OK");
		EXPECT_STREQ(xs_write(self->a, "data/x", "1"), "OK");
		EXPECT_STREQ(xs_write(self->a, "data/y", "1"), "OK");
		EXPECT_STREQ(xs_write(self->a, "data/x/sub", "1"), "OK");
		EXPECT_STREQ(xs_begin(self->a), "OK");
		for (who = 0; who < 2; who++) {
			const char *path = cases[i].my_path;
			struct conn *c = conns[who];
			int what = cases[i].mine;

			if (who) {
				path = cases[i].their_path;
				what = cases[i].theirs;
			}
			switch (what) {
			case READ:
				xs_read(c, path);
				break;
			case LIST:
				xs_list(c, path);
				break;
			case WRITE:
				EXPECT_STREQ(xs_write(c, path, "2"), "OK");
				break;
			case MKDIR:
				EXPECT_STREQ(xs_mkdir(c, path), "OK");
				break;
			case RM:
				EXPECT_STREQ(xs_rm(c, path), "OK");
				break;
			case PERMS:
				EXPECT_STREQ(xs_set_perms(c, path, perms), "OK");
				break;
			}
		}
		/* a change of one's own makes it matter */
		EXPECT_STREQ(xs_write(self->a, "mine", "1"), "OK");
		EXPECT_STREQ(xs_end(self->a, "T"),
			     clash ? "EAGAIN" : "OK")
			TH_LOG("case %u: %s, %s", i, cases[i].my_path,
			       cases[i].their_path);
		EXPECT_STREQ(xs_read(self->a, "mine"),
			     clash ? "ENOENT" : "1");
		EXPECT_STREQ(xs_rm(self->a, "mine"), "OK");
	}
}

/* It sees what it has read as it was */
TEST_F(txn, repeatable)
{
	struct conn *a = self->a, *o = &self->other;

	EXPECT_STREQ(xs_write(a, "data/x", "1"), "OK");
	EXPECT_STREQ(xs_begin(a), "OK");
	EXPECT_STREQ(xs_read(a, "data/x"), "1");
	EXPECT_STREQ(xs_write(o, "data/x", "2"), "OK");
	EXPECT_STREQ(xs_read(a, "data/x"), "1");
	EXPECT_STREQ(xs_rm(o, "data/x"), "OK");
	EXPECT_STREQ(xs_read(a, "data/x"), "1");
	EXPECT_STREQ(xs_end(a, "F"), "OK");
	EXPECT_STREQ(xs_read(a, "data/x"), "ENOENT");
}

/* Making and removing the same things again and again */
TEST_F(txn, there_and_back)
{
	struct conn *a = self->a;
	int i;

	EXPECT_STREQ(xs_write(a, "data/x/y", "old"), "OK");
	EXPECT_STREQ(xs_begin(a), "OK");
	for (i = 0; i < 5; i++) {
		EXPECT_STREQ(xs_rm(a, "data/x"), "OK");
		EXPECT_STREQ(xs_read(a, "data/x/y"), "ENOENT");
		EXPECT_STREQ(xs_rm(a, "data/x/y"), "ENOENT");
		EXPECT_STREQ(xs_rm(a, "data/x"), "OK");
		EXPECT_STREQ(xs_list(a, "data"), "");
		EXPECT_STREQ(xs_write(a, "data/x/z", fmt("%d", i)), "OK");
		EXPECT_STREQ(xs_list(a, "data"), "x");
		EXPECT_STREQ(xs_list(a, "data/x"), "z");
		EXPECT_STREQ(xs_read(a, "data/x/y"), "ENOENT");
	}
	EXPECT_STREQ(xs_mkdir(a, "data/tmp/a/b"), "OK");
	EXPECT_STREQ(xs_rm(a, "data/tmp/a"), "OK");
	EXPECT_STREQ(xs_rm(a, "data/tmp"), "OK");
	EXPECT_STREQ(xs_end(a, "T"), "OK");
	EXPECT_STREQ(xs_list(a, "data"), "x");
	EXPECT_STREQ(xs_list(a, "data/x"), "z");
	EXPECT_STREQ(xs_read(a, "data/x/z"), "4");

	/* removed and made again, it is the old one that must not change */
	EXPECT_STREQ(xs_begin(a), "OK");
	EXPECT_STREQ(xs_rm(a, "data/x"), "OK");
	EXPECT_STREQ(xs_mkdir(a, "data/x"), "OK");
	EXPECT_STREQ(xs_write(&self->other, "data/x/z", "5"), "OK");
	EXPECT_STREQ(xs_end(a, "T"), "EAGAIN");
	EXPECT_STREQ(xs_read(a, "data/x/z"), "5");
	/* read below it, changed, then removed: that was a conflict already */
	EXPECT_STREQ(xs_begin(a), "OK");
	EXPECT_STREQ(xs_read(a, "data/x/z"), "5");
	EXPECT_STREQ(xs_write(&self->other, "data/x/z", "6"), "OK");
	EXPECT_STREQ(xs_rm(a, "data/x"), "OK");
	EXPECT_STREQ(xs_end(a, "T"), "EAGAIN");
	/* made above what it has read, and others have removed */
	EXPECT_STREQ(xs_begin(a), "OK");
	EXPECT_STREQ(xs_read(a, "data/x/z"), "6");
	EXPECT_STREQ(xs_rm(&self->other, "data/x"), "OK");
	EXPECT_STREQ(xs_write(a, "data/x", "new"), "OK");
	EXPECT_STREQ(xs_read(a, "data/x"), "new");
	EXPECT_STREQ(xs_end(a, "T"), "EAGAIN");
	EXPECT_STREQ(xs_read(a, "data/x"), "ENOENT");
}

TEST_F(txn, permissions_count)
{
	struct conn *a = self->a, *b = self->b;
	char path[64];

	snprintf(path, sizeof(path), "%s", path_of(&self->d.dom[0], "data/x"));
	EXPECT_STREQ(xs_write(a, "data/x", "1"), "OK");
	EXPECT_STREQ(xs_begin(b), "OK");
	EXPECT_STREQ(xs_read(b, path), "EACCES");
	EXPECT_STREQ(xs_write(b, path, "2"), "EACCES");
	EXPECT_STREQ(xs_rm(b, path), "EACCES");
	EXPECT_STREQ(xs_end(b, "T"), "OK");
	EXPECT_STREQ(xs_begin(a), "OK");
	EXPECT_STREQ(xs_set_perms(a, "data/x",
				  fmt("b%u", self->d.dom[0].id)), "OK");
	EXPECT_STREQ(xs_get_perms(a, "data/x"),
		     fmt("b%u", self->d.dom[0].id));
	EXPECT_STREQ(xs_read(b, path), "EACCES");
	EXPECT_STREQ(xs_end(a, "T"), "OK");
	EXPECT_STREQ(xs_read(b, path), "1");
	EXPECT_STREQ(xs_begin(b), "OK");
	EXPECT_STREQ(xs_write(b, path, "2"), "OK");
	EXPECT_STREQ(xs_end(b, "T"), "OK");
	EXPECT_STREQ(xs_read(a, "data/x"), "2");
	/* out of sight in between */
	EXPECT_STREQ(xs_begin(b), "OK");
	EXPECT_STREQ(xs_write(b, path, "3"), "OK");
	EXPECT_EQ(dom_unlink(self->d.ctl, self->d.dom[0].id,
			     self->d.dom[1].id), 0);
	EXPECT_STREQ(xs_end(b, "T"), "EAGAIN");
	EXPECT_STREQ(xs_read(a, "data/x"), "2");
}

/* The number of a transaction is good for that one only */
TEST_F(txn, numbers)
{
	static const __u32 bad[] = { 2, 3, 0x7fffffff, 0x80000000, 0xffffffff };
	struct conn *a = self->a;
	unsigned int i;
	__u32 id, type;

	EXPECT_STREQ(ask1(a, XS_TRANSACTION_END, "T"), "ENOENT");
	EXPECT_STREQ(xs_begin(a), "OK");
	id = a->tx;
	EXPECT_STREQ(ask1(a, XS_TRANSACTION_START, ""), "EBUSY");
	EXPECT_STREQ(ask1(a, XS_TRANSACTION_END, "X"), "EINVAL");
	EXPECT_STREQ(ask1(a, XS_TRANSACTION_END, ""), "EINVAL");
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		a->tx = bad[i];
		for (type = XS_DIRECTORY; type < XS_TYPES; type++) {
			const char *want = "ENOENT";

			if (type == XS_WATCH || type == XS_UNWATCH)
				want = "EINVAL";
			if (type == XS_WATCH_EVENT || type == XS_ERROR ||
			    type == XS_RESTRICT)
				want = "ENOSYS";
			if (type == XS_INTRODUCE || type == XS_RELEASE ||
			    type == XS_RESUME || type == XS_SET_TARGET)
				want = "EACCES";
			EXPECT_STREQ(ask1(a, type, "data"), want);
		}
	}
	a->tx = id;
	EXPECT_STREQ(xs_end(a, "T"), "OK");
	a->tx = id;
	EXPECT_STREQ(xs_read(a, "data"), "ENOENT");
	EXPECT_STREQ(xs_end(a, "T"), "ENOENT");
}

TEST_F(txn, how_many)
{
	struct conn *a = self->a;
	__u64 used = quota_used(self->d.ctl, self->d.dom[0].id,
				ISLE_QUOTA_STORE);
	__u32 ids[10];
	int i;

	for (i = 0; i < 10; i++) {
		EXPECT_STREQ(xs_begin(a), "OK");
		ids[i] = a->tx;
	}
	EXPECT_STREQ(xs_begin(a), "ENOSPC");
	EXPECT_STREQ(xs_begin(&self->other), "OK");
	EXPECT_STREQ(xs_end(&self->other, "F"), "OK");
	a->tx = ids[4];
	EXPECT_STREQ(xs_end(a, "T"), "OK");
	EXPECT_STREQ(xs_begin(a), "OK");
	a->tx = 0;
	EXPECT_STREQ(ask(a, XS_RESET_WATCHES, "", 1), "OK");
	EXPECT_EQ(quota_used(self->d.ctl, self->d.dom[0].id, ISLE_QUOTA_STORE),
		  used);
	EXPECT_STREQ(xs_begin(a), "OK");
}

TEST_F_TIMEOUT(txn, how_many_nodes, TIMEOUT)
{
	struct conn *a = self->a;
	int i;

	EXPECT_STREQ(xs_begin(a), "OK");
	for (i = 0; i < 1100; i++) {
		const char *ret = xs_mkdir(a, fmt("data/%d", i));

		if (strcmp(ret, "OK")) {
			EXPECT_STREQ(ret, "ENOSPC");
			break;
		}
	}
	EXPECT_GT(i, 1000);
	EXPECT_LT(i, 1024);
	EXPECT_STREQ(xs_end(a, "F"), "OK");
	EXPECT_STREQ(xs_list(a, "data"), "");
}

struct kept {
	char path[32], value[64], perms[64];
};

/* Remember a node, if it is there */
static void keep(struct conn *c, const char *path, struct kept *kept, int *n)
{
	struct kept *k = &kept[*n];

	snprintf(k->path, sizeof(k->path), "%s", path);
	snprintf(k->value, sizeof(k->value), "%.63s", xs_read(c, path));
	if (c->msg.head.type == XS_ERROR)
		return;
	snprintf(k->perms, sizeof(k->perms), "%.63s", xs_get_perms(c, path));
	(*n)++;
}

/*
 * What is charged in a transaction and after it is what there is: nodes that it
 * made and removed, that somebody else removed, that it replaced, with commit
 * and without.  (CVE-2023-34323: such a one made the count go wrong.)
 */
TEST_F_TIMEOUT(txn, charges, TIMEOUT)
{
	const char *env = getenv("ISLE_SEED");
	__u32 seed = env ? strtoul(env, NULL, 0) : 1;
	__u32 id = self->d.dom[0].id;
	struct rng r = { seed };
	int round, i, ctl = self->d.ctl, n = rounds(100, 10), n_kept;
	struct conn *a = self->a;
	struct kept kept[13];
	__u64 base;

	TH_LOG("seed %u", seed);
	base = quota_used(ctl, id, ISLE_QUOTA_STORE);
	for (round = 0; round < n; round++) {
		bool commit = below(&r, 2);
		__u64 after;

		EXPECT_STREQ(xs_begin(a), "OK");
		for (i = 0; i < 25; i++) {
			struct conn *c = below(&r, 8) ? a : &self->other;
			char path[32], value[64] = "";
			unsigned int depth = below(&r, 3), len;

			snprintf(path, sizeof(path), "t/%u%s%.*s", below(&r, 4),
				 depth ? "/x" : "", depth > 1 ? 2 : 0, "/y");
			len = below(&r, sizeof(value));
			memset(value, 'v', len);
			switch (below(&r, 5)) {
			case 0:
			case 1:
				xs_write(c, path, value);
				break;
			case 2:
				xs_rm(c, path);
				break;
			case 3:
				xs_mkdir(c, path);
				break;
			case 4:
				xs_set_perms(c, path,
					     fmt("n%u,r%u", id, below(&r, 9)));
				break;
			}
		}
		xs_end(a, commit ? "T" : "F");
		after = quota_used(ctl, id, ISLE_QUOTA_STORE);

		/* take everything away and put the same there again */
		n_kept = 0;
		keep(a, "t", kept, &n_kept);
		for (i = 0; i < 4; i++) {
			keep(a, fmt("t/%d", i), kept, &n_kept);
			keep(a, fmt("t/%d/x", i), kept, &n_kept);
			keep(a, fmt("t/%d/x/y", i), kept, &n_kept);
		}
		xs_rm(a, "t");
		EXPECT_EQ(quota_used(ctl, id, ISLE_QUOTA_STORE), base)
			TH_LOG("round %d", round);
		for (i = 0; i < n_kept; i++) {
			EXPECT_STREQ(xs_write(a, kept[i].path, kept[i].value),
				     "OK");
			EXPECT_STREQ(xs_set_perms(a, kept[i].path,
						  kept[i].perms), "OK");
		}
		EXPECT_EQ(quota_used(ctl, id, ISLE_QUOTA_STORE), after)
			TH_LOG("round %d", round);
	}
}

/* A domain at its limit can still remove, also by transactions */
TEST_F_TIMEOUT(txn, at_the_limit, TIMEOUT)
{
	__u32 id = self->d.dom[0].id;
	int ctl = self->d.ctl, i;
	struct conn *a = self->a;
	char big[1001];
	__u64 used;

	memset(big, 'v', 1000);
	big[1000] = '\0';
	used = quota_used(ctl, id, ISLE_QUOTA_STORE);
	EXPECT_EQ(quota_set(ctl, id, ISLE_QUOTA_STORE, used + 20000), 0);
	for (i = 0; i < 100; i++)
		if (strcmp(xs_write(a, fmt("data/%d", i), big), "OK"))
			break;
	EXPECT_GT(i, 5);
	EXPECT_LT(i, 20);
	EXPECT_STREQ(xs_write(a, "data/more", big), "ENOSPC");
	EXPECT_STREQ(xs_read(a, "data/0"), big);
	EXPECT_STREQ(xs_rm(a, "data/0"), "OK");
	EXPECT_STREQ(xs_rm(a, "data/1"), "OK");
	EXPECT_STREQ(xs_begin(a), "OK");
	EXPECT_STREQ(xs_rm(a, "data/2"), "OK");
	EXPECT_STREQ(xs_end(a, "T"), "OK");
	/* a transaction that does not fit leaves nothing */
	EXPECT_STREQ(xs_begin(a), "OK");
	for (i = 0; i < 100; i++)
		if (strcmp(xs_write(a, fmt("more/%d", i), big), "OK"))
			break;
	EXPECT_LT(i, 20);
	EXPECT_STREQ(xs_end(a, "F"), "OK");
	EXPECT_STREQ(xs_read(a, "more"), "ENOENT");
	EXPECT_LE(quota_used(ctl, id, ISLE_QUOTA_STORE), used + 20000);
	EXPECT_STREQ(xs_rm(a, "data"), "OK");
	EXPECT_EQ(quota_used(ctl, id, ISLE_QUOTA_STORE), used);
}

/* One that changes another domain's nodes is charged there, or not carried out */
TEST_F(txn, others_quota)
{
	struct conn *a = self->a, *b = self->b;
	__u32 ida = self->d.dom[0].id;
	int ctl = self->d.ctl;
	char one[64], two[64], big[501];
	__u64 used, usedb;

	memset(big, 'v', 500);
	big[500] = '\0';
	snprintf(one, sizeof(one), "%s", path_of(&self->d.dom[0], "data/1"));
	snprintf(two, sizeof(two), "%s", path_of(&self->d.dom[0], "data/2"));
	EXPECT_STREQ(xs_write(a, "data/1", ""), "OK");
	EXPECT_STREQ(xs_write(a, "data/2", ""), "OK");
	EXPECT_STREQ(xs_set_perms(a, "data/1", fmt("b%u", ida)), "OK");
	EXPECT_STREQ(xs_set_perms(a, "data/2", fmt("b%u", ida)), "OK");
	used = quota_used(ctl, ida, ISLE_QUOTA_STORE);
	usedb = quota_used(ctl, self->d.dom[1].id, ISLE_QUOTA_STORE);
	EXPECT_EQ(quota_set(ctl, ida, ISLE_QUOTA_STORE, used + 800), 0);
	EXPECT_STREQ(xs_begin(b), "OK");
	EXPECT_STREQ(xs_write(b, one, big), "OK");
	EXPECT_STREQ(xs_write(b, two, big), "OK");
	EXPECT_STREQ(xs_end(b, "T"), "ENOSPC");
	EXPECT_STREQ(xs_read(b, one), "");
	EXPECT_EQ(quota_used(ctl, ida, ISLE_QUOTA_STORE), used);
	EXPECT_STREQ(xs_begin(b), "OK");
	EXPECT_STREQ(xs_write(b, one, big), "OK");
	EXPECT_STREQ(xs_end(b, "T"), "OK");
	EXPECT_STREQ(xs_read(a, "data/1"), big);
	EXPECT_GE(quota_used(ctl, ida, ISLE_QUOTA_STORE), used + 500);
	EXPECT_EQ(quota_used(ctl, self->d.dom[1].id, ISLE_QUOTA_STORE), usedb);
}

TEST_HARNESS_MAIN
