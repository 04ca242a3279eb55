// SPDX-License-Identifier: GPL-2.0
/*
 * The wire protocol: every message in every place, and what is said to messages
 * that are none.
 */
#include <kselftest_harness.h>

#include "../lib.h"
#include "store.h"

FIXTURE(wire)
{
	struct doms d;
};

FIXTURE_SETUP(wire)
{
	ASSERT_EQ(doms_make(&self->d), 0);
}

FIXTURE_TEARDOWN(wire)
{
	EXPECT_TRUE(doms_end(&self->d));
}

/* Where something is tried, by domain 0 */
enum place {
	OWN,		/* a node of its own, with one below */
	OWN_ABSENT,	/* no node, but one above */
	OWN_DEEP,	/* neither */
	OPEN,		/* a linked domain's, which may be read and written */
	SHOWN,		/* a linked domain's, which may be read */
	CLOSED,		/* a linked domain's, which may not */
	CLOSED_ABSENT,	/* below that */
	HIDDEN,		/* a node that all may read and write, of one not linked */
	HIDDEN_HOME,	/* the home of that */
	NOBODY,		/* in the home of a domain that is not there */
	NOBODY_HOME,
	HOME,		/* its own home */
	DOMID,		/* what the host has put there */
	HOST,		/* /local/domain */
	ROOT,
	HOST_ABSENT,	/* what is not below / */
	SPECIAL,
	EMPTY,
	BAD,
	PLACES
};

static const char *where(struct doms *d, enum place place)
{
	switch (place) {
	case OWN:		return "data/own";
	case OWN_ABSENT:	return path_of(&d->dom[0], "data/absent");
	case OWN_DEEP:		return "data/absent/below";
	case OPEN:		return path_of(&d->dom[1], "data/open");
	case SHOWN:		return path_of(&d->dom[1], "data/shown");
	case CLOSED:		return path_of(&d->dom[1], "data/closed");
	case CLOSED_ABSENT:	return path_of(&d->dom[1], "data/closed/x");
	case HIDDEN:		return path_of(&d->dom[2], "data/open");
	case HIDDEN_HOME:	return path_of(&d->dom[2], "");
	case NOBODY:		return "/local/domain/32000/data/open";
	case NOBODY_HOME:	return "/local/domain/32000";
	case HOME:		return path_of(&d->dom[0], "");
	case DOMID:		return "domid";
	case HOST:		return "/local/domain";
	case ROOT:		return "/";
	case HOST_ABSENT:	return "/tool/x";
	case SPECIAL:		return "@introduceDomain";
	case EMPTY:		return "";
	default:		return "data//x";
	}
}

static void prepare(struct __test_metadata *_metadata, struct doms *d)
{
	struct conn *a = &d->conn[0], *b = &d->conn[1], *c = &d->conn[2];

	EXPECT_STREQ(xs_rm(a, "data"), "OK");
	EXPECT_STREQ(xs_write(a, path_of(&d->dom[0], ""), ""), "OK");
	EXPECT_STREQ(xs_write(a, "data/own", "mine"), "OK");
	EXPECT_STREQ(xs_write(a, "data/own/x", "below"), "OK");
	EXPECT_STREQ(xs_rm(b, "data"), "OK");
	EXPECT_STREQ(xs_write(b, "data/open", "theirs"), "OK");
	EXPECT_STREQ(xs_set_perms(b, "data/open", fmt("b%u", d->dom[1].id)),
		     "OK");
	EXPECT_STREQ(xs_write(b, "data/shown", "shown"), "OK");
	EXPECT_STREQ(xs_set_perms(b, "data/shown",
				  fmt("n%u,r%u", d->dom[1].id, d->dom[0].id)),
		     "OK");
	EXPECT_STREQ(xs_write(b, "data/closed", "closed"), "OK");
	EXPECT_STREQ(xs_rm(c, "data"), "OK");
	EXPECT_STREQ(xs_write(c, "data/open", "hidden"), "OK");
	EXPECT_STREQ(xs_set_perms(c, "data/open",
				  fmt("b%u,b%u", d->dom[2].id, d->dom[0].id)),
		     "OK");
	EXPECT_STREQ(xs_set_perms(c, "data", fmt("b%u", d->dom[2].id)), "OK");
}

/* What each message is answered in each place */
static const struct {
	const char *name;
	__u32 type;
	const char *answer[PLACES];
} table[] = {
	{ "read", XS_READ, {
		[OWN] = "mine", [OWN_ABSENT] = "ENOENT", [OWN_DEEP] = "ENOENT",
		[OPEN] = "theirs", [SHOWN] = "shown", [CLOSED] = "EACCES",
		[CLOSED_ABSENT] = "EACCES", [HIDDEN] = "ENOENT",
		[HIDDEN_HOME] = "ENOENT", [NOBODY] = "ENOENT",
		[NOBODY_HOME] = "ENOENT", [HOME] = "", [HOST] = "", [ROOT] = "",
		[HOST_ABSENT] = "ENOENT", [SPECIAL] = "EINVAL",
		[EMPTY] = "EINVAL", [BAD] = "EINVAL", } },
	{ "directory", XS_DIRECTORY, {
		[OWN] = "x", [OWN_ABSENT] = "ENOENT", [OWN_DEEP] = "ENOENT",
		[OPEN] = "", [SHOWN] = "", [CLOSED] = "EACCES",
		[CLOSED_ABSENT] = "EACCES", [HIDDEN] = "ENOENT",
		[HIDDEN_HOME] = "ENOENT", [NOBODY] = "ENOENT",
		[NOBODY_HOME] = "ENOENT", [HOME] = "domid,name,data",
		[DOMID] = "", [ROOT] = "local",
		[HOST_ABSENT] = "ENOENT", [SPECIAL] = "EINVAL",
		[EMPTY] = "EINVAL", [BAD] = "EINVAL", } },
	{ "get_perms", XS_GET_PERMS, {
		[OWN_ABSENT] = "ENOENT", [OWN_DEEP] = "ENOENT",
		[CLOSED] = "EACCES", [CLOSED_ABSENT] = "EACCES",
		[HIDDEN] = "ENOENT", [HIDDEN_HOME] = "ENOENT",
		[NOBODY] = "ENOENT", [NOBODY_HOME] = "ENOENT",
		[HOST] = "r0", [ROOT] = "r0", [HOST_ABSENT] = "ENOENT",
		[SPECIAL] = "EINVAL", [EMPTY] = "EINVAL", [BAD] = "EINVAL", } },
	{ "write", XS_WRITE, {
		[OWN] = "OK", [OWN_ABSENT] = "OK", [OWN_DEEP] = "OK",
		[OPEN] = "OK", [SHOWN] = "EACCES", [CLOSED] = "EACCES",
		[CLOSED_ABSENT] = "EACCES", [HIDDEN] = "EACCES",
		[HIDDEN_HOME] = "EACCES", [NOBODY] = "EACCES",
		[NOBODY_HOME] = "EACCES", [HOME] = "OK", [DOMID] = "EACCES",
		[HOST] = "EACCES", [ROOT] = "EACCES",
		[HOST_ABSENT] = "EACCES", [SPECIAL] = "EINVAL",
		[EMPTY] = "EINVAL", [BAD] = "EINVAL", } },
	{ "mkdir", XS_MKDIR, {
		[OWN] = "OK", [OWN_ABSENT] = "OK", [OWN_DEEP] = "OK",
		[OPEN] = "OK", [SHOWN] = "EACCES", [CLOSED] = "EACCES",
		[CLOSED_ABSENT] = "EACCES", [HIDDEN] = "EACCES",
		[HIDDEN_HOME] = "EACCES", [NOBODY] = "EACCES",
		[NOBODY_HOME] = "EACCES", [HOME] = "OK", [DOMID] = "EACCES",
		[HOST] = "EACCES", [ROOT] = "EACCES",
		[HOST_ABSENT] = "EACCES", [SPECIAL] = "EINVAL",
		[EMPTY] = "EINVAL", [BAD] = "EINVAL", } },
	{ "rm", XS_RM, {
		[OWN] = "OK", [OWN_ABSENT] = "OK", [OWN_DEEP] = "ENOENT",
		[OPEN] = "OK", [SHOWN] = "EACCES", [CLOSED] = "EACCES",
		[CLOSED_ABSENT] = "EACCES", [HIDDEN] = "EACCES",
		[HIDDEN_HOME] = "EACCES", [NOBODY] = "EACCES",
		[NOBODY_HOME] = "EACCES", [HOME] = "EACCES",
		[DOMID] = "EACCES", [HOST] = "EACCES", [ROOT] = "EACCES",
		[HOST_ABSENT] = "EACCES", [SPECIAL] = "EINVAL",
		[EMPTY] = "EINVAL", [BAD] = "EINVAL", } },
	{ "set_perms", XS_SET_PERMS, {
		[OWN] = "OK", [OWN_ABSENT] = "ENOENT", [OWN_DEEP] = "ENOENT",
		[OPEN] = "EACCES", [SHOWN] = "EACCES", [CLOSED] = "EACCES",
		[CLOSED_ABSENT] = "EACCES", [HIDDEN] = "EACCES",
		[HIDDEN_HOME] = "EACCES", [NOBODY] = "EACCES",
		[NOBODY_HOME] = "EACCES", [HOME] = "EACCES",
		[DOMID] = "EACCES", [HOST] = "EACCES", [ROOT] = "EACCES",
		[HOST_ABSENT] = "EACCES", [SPECIAL] = "EACCES",
		[EMPTY] = "EINVAL", [BAD] = "EINVAL", } },
	/* Anything valid can be watched; what is told is another matter */
	{ "watch", XS_WATCH, {
		[OWN] = "OK", [OWN_ABSENT] = "OK", [OWN_DEEP] = "OK",
		[OPEN] = "OK", [SHOWN] = "OK", [CLOSED] = "OK",
		[CLOSED_ABSENT] = "OK", [HIDDEN] = "OK", [HIDDEN_HOME] = "OK",
		[NOBODY] = "OK", [NOBODY_HOME] = "OK", [HOME] = "OK",
		[DOMID] = "OK", [HOST] = "OK", [ROOT] = "OK",
		[HOST_ABSENT] = "OK", [SPECIAL] = "OK", [EMPTY] = "EINVAL",
		[BAD] = "EINVAL", } },
	{ "unwatch", XS_UNWATCH, {
		[OWN] = "ENOENT", [OWN_ABSENT] = "ENOENT",
		[OWN_DEEP] = "ENOENT", [OPEN] = "ENOENT", [SHOWN] = "ENOENT",
		[CLOSED] = "ENOENT", [CLOSED_ABSENT] = "ENOENT",
		[HIDDEN] = "ENOENT", [HIDDEN_HOME] = "ENOENT",
		[NOBODY] = "ENOENT", [NOBODY_HOME] = "ENOENT",
		[HOME] = "ENOENT", [DOMID] = "ENOENT", [HOST] = "ENOENT",
		[ROOT] = "ENOENT", [HOST_ABSENT] = "ENOENT",
		[SPECIAL] = "ENOENT", [EMPTY] = "ENOENT", [BAD] = "ENOENT", } },
};

static const char *try(struct doms *d, __u32 type, enum place place)
{
	const char *path = where(d, place);
	struct conn *c = &d->conn[0];

	switch (type) {
	case XS_WRITE:
		return xs_write(c, path, "new");
	case XS_SET_PERMS:
		return xs_set_perms(c, path, fmt("n%u", d->dom[0].id));
	case XS_WATCH:
	case XS_UNWATCH:
		return ask2(c, type, path, "token", true);
	}
	return ask1(c, type, path);
}

static void one_case(struct __test_metadata *_metadata, struct doms *d,
		     unsigned int i, enum place place, int tx)
{
	const char *want = table[i].answer[place], *got;
	struct conn fresh;

	prepare(_metadata, d);
	close(d->conn[0].fd);
	ASSERT_EQ(conn_open(&fresh, &d->dom[0]), 0);
	d->conn[0] = fresh;
	if (tx)
		ASSERT_STREQ(xs_begin(&d->conn[0]), "OK");
	got = try(d, table[i].type, place);
	if (want) {
		EXPECT_STREQ(got, want)
			TH_LOG("%s of %s, transaction %d", table[i].name,
			       where(d, place), tx);
	} else {
		EXPECT_NE(d->conn[0].msg.head.type, XS_ERROR)
			TH_LOG("%s of %s, transaction %d: %s", table[i].name,
			       where(d, place), tx, got);
	}
	if (tx)
		EXPECT_STREQ(xs_end(&d->conn[0], "F"), "OK");
	d->conn[0].events = 0;
}

TEST_F_TIMEOUT(wire, every_message_in_every_place, TIMEOUT)
{
	struct doms *d = &self->d;
	unsigned int i;
	int place, tx;

	/* the same inside a transaction */
	for (tx = 0; tx < 2; tx++)
		for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
			for (place = 0; place < PLACES; place++)
				one_case(_metadata, d, i, place, tx);
}

/* One that is not linked cannot be told from one that is not there */
TEST_F_TIMEOUT(wire, hidden_is_absent, TIMEOUT)
{
	struct doms *d = &self->d;
	__u32 type;

	prepare(_metadata, d);
	for (type = 0; type < XS_TYPES; type++) {
		if (type == XS_TRANSACTION_START || type == XS_WATCH)
			continue;
		EXPECT_STREQ(try(d, type, HIDDEN), try(d, type, NOBODY))
			TH_LOG("type %u", type);
		EXPECT_STREQ(try(d, type, HIDDEN_HOME),
			     try(d, type, NOBODY_HOME))
			TH_LOG("type %u", type);
	}
	EXPECT_STREQ(xs_set_perms(&d->conn[0], "data/own",
				  fmt("n%u,r%u", d->dom[0].id, d->dom[2].id)),
		     "OK");
	EXPECT_STREQ(xs_set_perms(&d->conn[0], "data/own",
				  fmt("n%u,r32000", d->dom[0].id)), "OK");
	EXPECT_STREQ(xs_set_perms(&d->conn[0], "data/own",
				  fmt("n%u", d->dom[2].id)), "ENOENT");
	EXPECT_STREQ(xs_set_perms(&d->conn[0], "data/own", "n32000"), "ENOENT");
	EXPECT_STREQ(xs_set_perms(&d->conn[0], "data/own",
				  fmt("n%u", d->dom[1].id)), "EPERM");
	EXPECT_STREQ(xs_set_perms(&d->conn[0], "data/own", "n0"), "EPERM");
}

TEST_F(wire, who_is_listed)
{
	struct doms *d = &self->d;

	EXPECT_STREQ(xs_list(&d->conn[0], "/local/domain"),
		     fmt("%u,%u", d->dom[0].id, d->dom[1].id));
	EXPECT_STREQ(xs_list(&d->conn[1], "/local/domain"),
		     fmt("%u,%u", d->dom[0].id, d->dom[1].id));
	EXPECT_STREQ(xs_list(&d->conn[2], "/local/domain"),
		     fmt("%u", d->dom[2].id));
	EXPECT_EQ(dom_unlink(d->ctl, d->dom[0].id, d->dom[1].id), 0);
	EXPECT_STREQ(xs_list(&d->conn[0], "/local/domain"),
		     fmt("%u", d->dom[0].id));
}

TEST_F(wire, about_domains)
{
	struct conn *c = &self->d.conn[0];
	struct dom *dom = self->d.dom;
	int i;

	EXPECT_STREQ(xs_read(c, "domid"), fmt("%u", dom[0].id));
	EXPECT_STREQ(xs_read(c, "name"), dom[0].name);
	EXPECT_STREQ(xs_read(c, path_of(&dom[1], "name")), "EACCES");
	EXPECT_STREQ(xs_get_perms(c, "domid"), fmt("n0,r%u", dom[0].id));
	EXPECT_STREQ(xs_get_perms(c, path_of(dom, "")),
		     fmt("n0,b%u", dom[0].id));
	EXPECT_STREQ(xs_get_perms(c, "data"), fmt("n%u", dom[0].id));

	EXPECT_STREQ(ask1(c, XS_GET_DOMAIN_PATH, "7"), "/local/domain/7");
	EXPECT_STREQ(ask1(c, XS_GET_DOMAIN_PATH, "007"), "/local/domain/7");
	EXPECT_STREQ(ask1(c, XS_GET_DOMAIN_PATH, "x"), "/local/domain/0");
	EXPECT_STREQ(ask(c, XS_GET_DOMAIN_PATH, "7", 1), "EINVAL");
	EXPECT_STREQ(ask(c, XS_GET_DOMAIN_PATH, "", 0), "EINVAL");
	EXPECT_STREQ(ask(c, XS_GET_DOMAIN_PATH, "7\0008\0", 4), "EINVAL");

	for (i = 0; i < DOMS; i++)
		EXPECT_STREQ(ask1(c, XS_IS_DOMAIN_INTRODUCED,
				  fmt("%u", dom[i].id)), i < 2 ? "T" : "F");
	EXPECT_STREQ(ask1(c, XS_IS_DOMAIN_INTRODUCED, "0"), "F");
	EXPECT_STREQ(ask1(c, XS_IS_DOMAIN_INTRODUCED, "32752"), "T");
	EXPECT_STREQ(ask1(c, XS_IS_DOMAIN_INTRODUCED, "-1"), "F");
	EXPECT_STREQ(ask1(c, XS_IS_DOMAIN_INTRODUCED, "32000"), "F");
}

/* What a guest may not ask, and what there is not */
TEST_F(wire, refused)
{
	static const __u32 privileged[] = {
		XS_CONTROL, XS_INTRODUCE, XS_RELEASE, XS_RESUME, XS_SET_TARGET,
	};
	static const __u32 unknown[] = {
		XS_WATCH_EVENT, XS_ERROR, XS_RESTRICT, 23, 24, 100, 0xffff,
		0x7fffffff, 0x80000000, 0xffffffff,
	};
	struct conn *c = &self->d.conn[0];
	unsigned int i;

	for (i = 0; i < sizeof(privileged) / sizeof(privileged[0]); i++) {
		EXPECT_STREQ(ask(c, privileged[i], "1", 2), "EACCES");
		EXPECT_STREQ(ask(c, privileged[i], "", 0), "EACCES");
	}
	for (i = 0; i < sizeof(unknown) / sizeof(unknown[0]); i++)
		EXPECT_STREQ(ask(c, unknown[i], "1", 2), "ENOSYS");
}

/* Payloads that are not what they should be */
TEST_F(wire, bad_payloads)
{
	struct conn *c = &self->d.conn[0];
	static const __u32 one[] = {
		XS_DIRECTORY, XS_READ, XS_GET_PERMS, XS_MKDIR, XS_RM,
	};
	unsigned int i;
	char big[PAYLOAD];

	EXPECT_STREQ(xs_write(c, "data/x", "1"), "OK");
	for (i = 0; i < sizeof(one) / sizeof(one[0]); i++) {
		EXPECT_STREQ(ask(c, one[i], "", 0), "EINVAL");
		EXPECT_STREQ(ask(c, one[i], "", 1), "EINVAL");
		EXPECT_STREQ(ask(c, one[i], "data/x", 6), "EINVAL");
		EXPECT_STREQ(ask(c, one[i], "data/x\0", 8), "EINVAL");
		EXPECT_STREQ(ask(c, one[i], "data\0x", 7), "EINVAL");
		memset(big, 'x', sizeof(big));
		EXPECT_STREQ(ask(c, one[i], big, sizeof(big)), "EINVAL");
		big[PAYLOAD - 1] = '\0';
		EXPECT_STREQ(ask(c, one[i], big, sizeof(big)), "EINVAL");
	}
	EXPECT_STREQ(xs_read(c, "data/x"), "1");
	EXPECT_STREQ(ask(c, XS_WRITE, "data/x", 6), "EINVAL");
	EXPECT_STREQ(ask(c, XS_WRITE, "", 0), "EINVAL");
	EXPECT_STREQ(ask(c, XS_SET_PERMS, "data/x", 7), "EINVAL");
	EXPECT_STREQ(ask(c, XS_SET_PERMS, "data/x\0", 8), "EINVAL");
	EXPECT_STREQ(xs_set_perms(c, "data/x", "q1"), "EINVAL");
	EXPECT_STREQ(xs_set_perms(c, "data/x", "n"), "EINVAL");
	EXPECT_STREQ(xs_set_perms(c, "data/x", "n-1"), "EINVAL");
	EXPECT_STREQ(xs_set_perms(c, "data/x", "n+1"), "EINVAL");
	EXPECT_STREQ(xs_set_perms(c, "data/x", "n65536"), "EINVAL");
	EXPECT_STREQ(xs_set_perms(c, "data/x", "n4294967297"), "EINVAL");
	EXPECT_STREQ(xs_set_perms(c, "data/x", "n1x"), "EINVAL");
	EXPECT_STREQ(ask(c, XS_WATCH, "data", 5), "EINVAL");
	EXPECT_STREQ(ask(c, XS_WATCH, "data\0t", 6), "EINVAL");
	EXPECT_STREQ(ask(c, XS_WATCH, "data\0t\0x", 9), "EINVAL");
	/* what is behind the last NUL does not count */
	EXPECT_STREQ(ask(c, XS_UNWATCH, "data\0t\0x", 8), "ENOENT");
	EXPECT_STREQ(ask(c, XS_UNWATCH, "data", 5), "EINVAL");
	EXPECT_STREQ(ask(c, XS_DIRECTORY_PART, "data", 5), "EINVAL");
	EXPECT_STREQ(ask(c, XS_DIRECTORY_PART, "data\0001", 6), "EINVAL");
	EXPECT_STREQ(ask(c, XS_TRANSACTION_END, "T", 2), "ENOENT");
	EXPECT_STREQ(ask(c, XS_TRANSACTION_END, "X", 2), "EINVAL");
	EXPECT_STREQ(ask(c, XS_TRANSACTION_END, "T", 1), "EINVAL");

	/* values are any bytes */
	EXPECT_STREQ(ask(c, XS_WRITE, "data/x\0a\0b\0", 11), "OK");
	EXPECT_STREQ(xs_read(c, "data/x"), "a,b");
	EXPECT_EQ(c->msg.head.len, 4);
	memset(big, 'v', sizeof(big));
	memcpy(big, "data/x", 7);
	EXPECT_STREQ(ask(c, XS_WRITE, big, sizeof(big)), "OK");
	xs_read(c, "data/x");
	EXPECT_EQ(c->msg.head.len, PAYLOAD - 7);
	EXPECT_TRUE(all_bytes(c->msg.body, 'v', PAYLOAD - 7));
}

TEST_F(wire, path_limits)
{
	struct conn *c = &self->d.conn[0];
	char path[PAYLOAD];
	int n;

	memset(path, 'p', sizeof(path));
	path[2049] = '\0';
	EXPECT_STREQ(xs_mkdir(c, path), "EINVAL");
	path[2048] = '\0';
	EXPECT_STREQ(xs_mkdir(c, path), "OK");
	EXPECT_STREQ(xs_rm(c, path), "OK");

	memset(path, 'p', sizeof(path));
	n = snprintf(path, sizeof(path), "%s", path_of(&self->d.dom[0], ""));
	path[n] = '/';
	path[3073] = '\0';
	EXPECT_STREQ(xs_mkdir(c, path), "EINVAL");
	path[3072] = '\0';
	EXPECT_STREQ(xs_mkdir(c, path), "OK");
	EXPECT_STREQ(xs_rm(c, path), "OK");
}

/* Lists that do not fit into one message */
TEST_F_TIMEOUT(wire, long_lists, TIMEOUT)
{
	struct conn *c = &self->d.conn[0];
	char name[128], gen[32] = "";
	unsigned int i, n = 200, offset = 0, seen = 0;
	bool last = false;

	for (i = 0; i < n; i++) {
		snprintf(name, sizeof(name), "data/list/%03u-%060u", i, i);
		ASSERT_STREQ(xs_mkdir(c, name), "OK");
	}
	EXPECT_STREQ(xs_list(c, "data/list"), "E2BIG");
	while (!last) {
		const char *p, *end;

		ask2(c, XS_DIRECTORY_PART, "data/list", fmt("%u", offset), true);
		ASSERT_EQ(c->msg.head.type, XS_DIRECTORY_PART);
		p = c->msg.body;
		end = p + c->msg.head.len;
		if (offset)
			EXPECT_STREQ(gen, p);
		snprintf(gen, sizeof(gen), "%.31s", p);
		for (p += strlen(p) + 1; p < end; p += strlen(p) + 1) {
			if (!*p) {
				EXPECT_EQ(p + 1, end);
				last = true;
				break;
			}
			EXPECT_EQ(strtoul(p, NULL, 10), seen);
			seen++;
			offset += strlen(p) + 1;
		}
	}
	EXPECT_EQ(seen, n);

	ask2(c, XS_DIRECTORY_PART, "data/list", "4000000000", true);
	EXPECT_EQ(c->msg.head.len, strlen(gen) + 2);
	EXPECT_STREQ(c->msg.body, gen);
	ask2(c, XS_DIRECTORY_PART, "data/list", "-1", true);
	EXPECT_EQ(c->msg.head.len, strlen(gen) + 2);
	ask2(c, XS_DIRECTORY_PART, "data/list", "3", true);
	EXPECT_EQ(memcmp(c->msg.body + strlen(gen) + 1, "-0000", 5), 0);
	/* a change of the list can be seen, others' doings cannot */
	EXPECT_STREQ(xs_mkdir(&self->d.conn[2], "data/x"), "OK");
	ask2(c, XS_DIRECTORY_PART, "data/list", "0", true);
	EXPECT_STREQ(c->msg.body, gen);
	EXPECT_STREQ(xs_mkdir(c, "data/list/one-more"), "OK");
	ask2(c, XS_DIRECTORY_PART, "data/list", "0", true);
	EXPECT_STRNE(c->msg.body, gen);

	ask2(c, XS_DIRECTORY_PART, "data/list/one-more", "0", true);
	EXPECT_EQ(c->msg.head.len, strlen(c->msg.body) + 2);
	EXPECT_STREQ(ask2(c, XS_DIRECTORY_PART, "data/nix", "0", true),
		     "ENOENT");
}

TEST_HARNESS_MAIN
