// SPDX-License-Identifier: GPL-2.0
/*
 * Permissions: who may read, write, list, change what of whom, with and without
 * a link, and what new nodes inherit.
 */
#include <kselftest_harness.h>

#include "../lib.h"
#include "store.h"

FIXTURE(perm)
{
	struct doms d;
	struct conn *a, *b, *c;	/* c is not linked */
	__u32 ida, idb, idc;
};

FIXTURE_SETUP(perm)
{
	ASSERT_EQ(doms_make(&self->d), 0);
	self->a = &self->d.conn[0];
	self->b = &self->d.conn[1];
	self->c = &self->d.conn[2];
	self->ida = self->d.dom[0].id;
	self->idb = self->d.dom[1].id;
	self->idc = self->d.dom[2].id;
}

FIXTURE_TEARDOWN(perm)
{
	EXPECT_TRUE(doms_end(&self->d));
}

/* The four letters, as what everybody may do and as one domain's own entry */
TEST_F(perm, letters)
{
	static const struct {
		const char *everybody;
		const char *entry;	/* or NULL */
		bool read, write;
	} cases[] = {
		{ "n", NULL, false, false },
		{ "r", NULL, true, false },
		{ "w", NULL, false, true },
		{ "b", NULL, true, true },
		{ "n", "n", false, false },
		{ "n", "r", true, false },
		{ "n", "w", false, true },
		{ "n", "b", true, true },
		/* one's own entry counts, also if it allows less */
		{ "b", "n", false, false },
		{ "b", "r", true, false },
		{ "b", "w", false, true },
		{ "r", "w", false, true },
	};
	const char *path = path_of(&self->d.dom[0], "data/node");
	char node[64], below[80];
	unsigned int i;

	snprintf(node, sizeof(node), "%s", path);
	snprintf(below, sizeof(below), "%s/x", node);
	for (i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		bool rd = cases[i].read, wr = cases[i].write;
		char perms[64];

		snprintf(perms, sizeof(perms), "%s%u", cases[i].everybody,
			 self->ida);
		if (cases[i].entry)
			snprintf(perms, sizeof(perms), "%s%u,%s%u",
				 cases[i].everybody, self->ida, cases[i].entry,
				 self->idb);
		EXPECT_STREQ(xs_rm(self->a, node), "OK");
		EXPECT_STREQ(xs_write(self->a, node, "1"), "OK");
		EXPECT_STREQ(xs_set_perms(self->a, node, perms), "OK");
		EXPECT_STREQ(xs_get_perms(self->a, node), perms);
		EXPECT_STREQ(xs_read(self->b, node), rd ? "1" : "EACCES")
			TH_LOG("%s", perms);
		EXPECT_STREQ(xs_list(self->b, node), rd ? "" : "EACCES");
		EXPECT_STREQ(xs_get_perms(self->b, node),
			     rd ? perms : "EACCES");
		EXPECT_STREQ(xs_read(self->b, below), rd ? "ENOENT" : "EACCES");
		EXPECT_STREQ(xs_mkdir(self->b, node), wr ? "OK" : "EACCES");
		EXPECT_STREQ(xs_write(self->b, node, "2"), wr ? "OK" : "EACCES");
		EXPECT_STREQ(xs_read(self->a, node), wr ? "2" : "1");
		EXPECT_STREQ(xs_set_perms(self->b, node,
					  fmt("b%u", self->ida)), "EACCES");
		EXPECT_STREQ(xs_mkdir(self->b, below), wr ? "OK" : "EACCES");
		EXPECT_STREQ(xs_rm(self->b, below), wr ? "OK" : "EACCES");
		EXPECT_STREQ(xs_rm(self->b, node), wr ? "OK" : "EACCES");
		/* and nothing of it without a link */
		EXPECT_STREQ(xs_read(self->c, node), "ENOENT");
		EXPECT_STREQ(xs_write(self->c, node, "3"), "EACCES");
		EXPECT_STREQ(xs_rm(self->c, node), "EACCES");
	}
}

TEST_F(perm, owner_always_may)
{
	EXPECT_STREQ(xs_write(self->a, "data/x", "1"), "OK");
	EXPECT_STREQ(xs_set_perms(self->a, "data/x",
				  fmt("n%u,n%u", self->ida, self->ida)), "OK");
	EXPECT_STREQ(xs_read(self->a, "data/x"), "1");
	EXPECT_STREQ(xs_write(self->a, "data/x", "2"), "OK");
	EXPECT_STREQ(xs_set_perms(self->a, "data/x", fmt("r%u", self->ida)),
		     "OK");
	EXPECT_STREQ(xs_rm(self->a, "data/x"), "OK");
}

/* A node can be open although those above it are not */
TEST_F(perm, open_below_closed)
{
	char path[64];

	snprintf(path, sizeof(path), "%s", path_of(&self->d.dom[0],
						   "data/v/1/ref"));
	EXPECT_STREQ(xs_write(self->a, "data/v/1/ref", "8"), "OK");
	EXPECT_STREQ(xs_read(self->b, path), "EACCES");
	EXPECT_STREQ(xs_set_perms(self->a, "data/v/1/ref",
				  fmt("n%u,r%u", self->ida, self->idb)), "OK");
	EXPECT_STREQ(xs_read(self->b, path), "8");
	EXPECT_STREQ(xs_list(self->b, path_of(&self->d.dom[0], "data/v/1")),
		     "EACCES");
	EXPECT_STREQ(xs_rm(self->a, "data/v"), "OK");
	EXPECT_STREQ(xs_read(self->b, path), "EACCES");
}

TEST_F(perm, children_inherit)
{
	char open[64], theirs[80];

	snprintf(open, sizeof(open), "%s", path_of(&self->d.dom[0],
						   "data/open"));
	snprintf(theirs, sizeof(theirs), "%s/b/deep", open);
	EXPECT_STREQ(xs_mkdir(self->a, "data/open"), "OK");
	EXPECT_STREQ(xs_set_perms(self->a, "data/open",
				  fmt("r%u,b%u", self->ida, self->idb)), "OK");
	EXPECT_STREQ(xs_mkdir(self->a, "data/open/a"), "OK");
	EXPECT_STREQ(xs_get_perms(self->a, "data/open/a"),
		     fmt("r%u,b%u", self->ida, self->idb));
	/* whoever makes it owns it */
	EXPECT_STREQ(xs_write(self->b, theirs, "1"), "OK");
	EXPECT_STREQ(xs_get_perms(self->b, theirs),
		     fmt("r%u,b%u", self->idb, self->idb));
	EXPECT_STREQ(xs_read(self->a, "data/open/b/deep"), "1");
	EXPECT_STREQ(xs_write(self->a, "data/open/b/deep", "2"), "EACCES");
	EXPECT_STREQ(xs_set_perms(self->a, "data/open/b",
				  fmt("b%u", self->ida)), "EACCES");
	EXPECT_STREQ(xs_set_perms(self->b, theirs, fmt("b%u", self->idb)),
		     "OK");
	EXPECT_STREQ(xs_write(self->a, "data/open/b/deep", "2"), "OK");
	/* what is below goes, whosever it is */
	EXPECT_STREQ(xs_rm(self->a, "data/open"), "OK");
	EXPECT_EQ(quota_used(self->d.ctl, self->ida, ISLE_QUOTA_STORE),
		  quota_used(self->d.ctl, self->idb, ISLE_QUOTA_STORE));
}

/* Who makes a node pays for it, and for what others write into it */
TEST_F(perm, who_pays)
{
	__u64 a0, b0, a1;
	char open[64], theirs[80], big[2001];
	int ctl = self->d.ctl;

	memset(big, 'v', 2000);
	big[2000] = '\0';
	snprintf(open, sizeof(open), "%s", path_of(&self->d.dom[0],
						   "data/open"));
	snprintf(theirs, sizeof(theirs), "%s/b", open);
	EXPECT_STREQ(xs_mkdir(self->a, "data/open"), "OK");
	EXPECT_STREQ(xs_set_perms(self->a, "data/open",
				  fmt("b%u", self->ida)), "OK");
	a0 = quota_used(ctl, self->ida, ISLE_QUOTA_STORE);
	b0 = quota_used(ctl, self->idb, ISLE_QUOTA_STORE);
	EXPECT_STREQ(xs_write(self->b, theirs, big), "OK");
	EXPECT_EQ(quota_used(ctl, self->ida, ISLE_QUOTA_STORE), a0);
	EXPECT_GT(quota_used(ctl, self->idb, ISLE_QUOTA_STORE), b0 + 2000);
	EXPECT_STREQ(xs_write(self->b, open, big), "OK");
	a1 = quota_used(ctl, self->ida, ISLE_QUOTA_STORE);
	EXPECT_GE(a1, a0 + 2000);
	/* not beyond what the owner may have */
	EXPECT_EQ(quota_set(ctl, self->ida, ISLE_QUOTA_STORE, a1), 0);
	EXPECT_STREQ(xs_write(self->b, open, fmt("%.2000s%s", big, "v")), "OK");
	EXPECT_LT(quota_used(ctl, self->ida, ISLE_QUOTA_STORE), a1);
	EXPECT_STREQ(xs_write(self->b, open, big), "OK");
	EXPECT_STREQ(xs_write(self->b, open, "short"), "OK");
	EXPECT_EQ(quota_set(ctl, self->ida, ISLE_QUOTA_STORE, a0 + 100), 0);
	EXPECT_STREQ(xs_write(self->b, open, big), "ENOSPC");
	EXPECT_STREQ(xs_read(self->b, open), "short");
	EXPECT_EQ(quota_set(ctl, self->ida, ISLE_QUOTA_STORE, 1 << 20), 0);
	EXPECT_STREQ(xs_rm(self->a, "data/open"), "OK");
	EXPECT_EQ(quota_used(ctl, self->idb, ISLE_QUOTA_STORE), b0);
}

/* Entries that name a destroyed domain go, and its number inherits nothing */
TEST_F(perm, destroyed_domain)
{
	struct dom e;
	struct conn ce;
	char path[64];

	ASSERT_EQ(dom_create(self->d.ctl, NULL, &e), 0);
	ASSERT_EQ(dom_link(self->d.ctl, self->ida, e.id), 0);
	ASSERT_EQ(conn_open(&ce, &e), 0);
	snprintf(path, sizeof(path), "%s", path_of(&self->d.dom[0], "data/x"));
	EXPECT_STREQ(xs_write(self->a, "data/x", "1"), "OK");
	EXPECT_STREQ(xs_set_perms(self->a, "data/x",
				  fmt("n%u,r%u,r%u", self->ida, e.id,
				      self->idb)), "OK");
	EXPECT_STREQ(xs_read(&ce, path), "1");
	close(ce.fd);
	close(e.fd);
	EXPECT_STREQ(xs_get_perms(self->a, "data/x"),
		     fmt("n%u,r%u", self->ida, self->idb));
	EXPECT_STREQ(xs_read(self->b, path), "1");
	EXPECT_STREQ(xs_mkdir(self->a, "data/x/y"), "OK");
	EXPECT_STREQ(xs_get_perms(self->a, "data/x/y"),
		     fmt("n%u,r%u", self->ida, self->idb));
}

TEST_F(perm, how_many)
{
	char perms[1024];
	unsigned int i, len = 0;

	EXPECT_STREQ(xs_write(self->a, "data/x", "1"), "OK");
	len = snprintf(perms, sizeof(perms), "n%u", self->ida);
	for (i = 1; i < 32; i++)
		len += snprintf(perms + len, sizeof(perms) - len, ",r%u",
				20000 + i);
	EXPECT_STREQ(xs_set_perms(self->a, "data/x", perms), "OK");
	EXPECT_STREQ(xs_get_perms(self->a, "data/x"), perms);
	snprintf(perms + len, sizeof(perms) - len, ",r%u", 20000 + i);
	EXPECT_STREQ(xs_set_perms(self->a, "data/x", perms), "ENOSPC");
}

/* A link comes and goes; what was made along it goes with it */
TEST_F(perm, link_comes_and_goes)
{
	char path[64], theirs[80];
	__u64 b0 = quota_used(self->d.ctl, self->idb, ISLE_QUOTA_STORE);

	snprintf(path, sizeof(path), "%s", path_of(&self->d.dom[0], "data/x"));
	snprintf(theirs, sizeof(theirs), "%s/b/c", path);
	EXPECT_STREQ(xs_write(self->a, "data/x", "1"), "OK");
	EXPECT_STREQ(xs_set_perms(self->a, "data/x", fmt("b%u", self->ida)),
		     "OK");
	EXPECT_STREQ(xs_write(self->b, theirs, "1"), "OK");
	EXPECT_STREQ(xs_list(self->a, "data/x"), "b");
	EXPECT_EQ(dom_unlink(self->d.ctl, self->ida, self->idb), 0);
	EXPECT_STREQ(xs_read(self->b, path), "ENOENT");
	EXPECT_STREQ(xs_list(self->a, "data/x"), "");
	EXPECT_EQ(quota_used(self->d.ctl, self->idb, ISLE_QUOTA_STORE), b0);
	EXPECT_EQ(dom_link(self->d.ctl, self->idb, self->ida), 0);
	EXPECT_STREQ(xs_read(self->b, path), "1");
	EXPECT_EQ(dom_link(self->d.ctl, self->ida, self->idc), 0);
	EXPECT_STREQ(xs_read(self->c, path), "1");
	/* a link is no bridge */
	EXPECT_STREQ(xs_read(self->c, path_of(&self->d.dom[1], "data")),
		     "ENOENT");
}

TEST_HARNESS_MAIN
