// SPDX-License-Identifier: GPL-2.0
/*
 * Watches: what is told to whom, in which order, and what becomes of those who
 * do not listen.
 */
#include <kselftest_harness.h>

#include <pthread.h>

#include "../lib.h"
#include "store.h"

FIXTURE(watch)
{
	struct doms d;
	struct conn *a, *b, *c;	/* c is not linked */
};

FIXTURE_SETUP(watch)
{
	ASSERT_EQ(doms_make(&self->d), 0);
	self->a = &self->d.conn[0];
	self->b = &self->d.conn[1];
	self->c = &self->d.conn[2];
}

FIXTURE_TEARDOWN(watch)
{
	EXPECT_TRUE(doms_end(&self->d));
}

TEST_F(watch, own)
{
	struct conn *a = self->a;

	EXPECT_STREQ(xs_watch(a, "data/x", "t"), "OK");
	EXPECT_EQ(a->events, 0);	/* the answer comes first */
	EXPECT_STREQ(xs_event(a), "data/x,t");
	EXPECT_EQ(a->msg.head.req, 0);
	EXPECT_EQ(a->msg.head.tx, 0);
	EXPECT_STREQ(xs_event(a), "");
	EXPECT_STREQ(xs_write(a, "data/x", "1"), "OK");
	EXPECT_STREQ(xs_event(a), "data/x,t");
	EXPECT_STREQ(xs_write(a, "data/x", "1"), "OK");
	EXPECT_STREQ(xs_event(a), "data/x,t");
	EXPECT_STREQ(xs_write(a, "data/x/y/z", "1"), "OK");
	EXPECT_STREQ(xs_event(a), "data/x/y/z,t");
	EXPECT_STREQ(xs_mkdir(a, "data/x/y"), "OK");
	EXPECT_STREQ(xs_event(a), "");
	EXPECT_STREQ(xs_mkdir(a, "data/x/w"), "OK");
	EXPECT_STREQ(xs_event(a), "data/x/w,t");
	EXPECT_STREQ(xs_write(a, "data/xx", "1"), "OK");
	EXPECT_STREQ(xs_write(a, "data", "1"), "OK");
	EXPECT_STREQ(xs_event(a), "");
	EXPECT_STREQ(xs_set_perms(a, "data/x", fmt("r%u", self->d.dom[0].id)),
		     "OK");
	EXPECT_STREQ(xs_event(a), "data/x,t");
	EXPECT_STREQ(xs_rm(a, "data/x/y"), "OK");
	EXPECT_STREQ(xs_event(a), "data/x/y,t");
	EXPECT_STREQ(xs_event(a), "");
	/* what is above it goes */
	EXPECT_STREQ(xs_rm(a, "data"), "OK");
	EXPECT_STREQ(xs_event(a), "data/x,t");
	EXPECT_STREQ(xs_event(a), "");
	EXPECT_STREQ(xs_rm(a, "data"), "OK");
	EXPECT_STREQ(xs_event(a), "");

	EXPECT_STREQ(xs_unwatch(a, "data/x", "other"), "ENOENT");
	EXPECT_STREQ(xs_unwatch(a, "data/x", "t"), "OK");
	EXPECT_STREQ(xs_unwatch(a, "data/x", "t"), "ENOENT");
	EXPECT_STREQ(xs_write(a, "data/x", "1"), "OK");
	EXPECT_STREQ(xs_event(a), "");
}

/* Paths are told as they were given */
TEST_F(watch, absolute_and_relative)
{
	struct conn *a = self->a;
	char path[64];

	snprintf(path, sizeof(path), "%s", path_of(&self->d.dom[0], "data/x"));
	EXPECT_STREQ(xs_watch(a, path, "abs"), "OK");
	EXPECT_STREQ(xs_watch(a, "data/x", "rel"), "OK");
	EXPECT_STREQ(xs_event(a), fmt("%s,abs", path));
	EXPECT_STREQ(xs_event(a), "data/x,rel");
	EXPECT_STREQ(xs_write(a, "data/x/y", "1"), "OK");
	EXPECT_STREQ(xs_event(a), fmt("%s/y,abs", path));
	EXPECT_STREQ(xs_event(a), "data/x/y,rel");
	/* it is one path, so another name for it ends it too */
	EXPECT_STREQ(xs_watch(a, path, "rel"), "EEXIST");
	EXPECT_STREQ(xs_unwatch(a, "data/x", "abs"), "OK");
	EXPECT_STREQ(xs_unwatch(a, path, "rel"), "OK");
	EXPECT_STREQ(xs_watch(a, "", "t"), "EINVAL");
	EXPECT_STREQ(xs_watch(a, "data", ""), "OK");
	EXPECT_STREQ(xs_event(a), "data,");
}

/* Watches of one connection are told in the order in which they were made */
TEST_F(watch, order)
{
	static const char *const paths[] = {
		"data/a/b", "data", "data/a/b/c", "data/a", "/", "data",
	};
	struct conn *a = self->a;
	unsigned int i;

	for (i = 0; i < 6; i++)
		EXPECT_STREQ(xs_watch(a, paths[i], fmt("%u", i)), "OK");
	xs_flush(a);
	EXPECT_STREQ(xs_write(a, "data/a/b/c", "1"), "OK");
	for (i = 0; i < 6; i++)
		EXPECT_STREQ(xs_event(a),
			     fmt("%s,%u", i == 4 ?
				 path_of(&self->d.dom[0], "data/a/b/c") :
				 "data/a/b/c", i));
	EXPECT_STREQ(xs_event(a), "");
}

/* An event like one that was not read yet is not told again */
TEST_F(watch, once)
{
	struct conn *a = self->a;
	int i;

	EXPECT_STREQ(xs_watch(a, "data", "t"), "OK");
	for (i = 0; i < 10; i++)
		EXPECT_STREQ(xs_write(self->a, "data", "1"), "OK");
	/* ask() has read some; do it without reading */
	xs_flush(a);
	for (i = 0; i < 3; i++) {
		struct conn o;

		ASSERT_EQ(conn_open(&o, &self->d.dom[0]), 0);
		EXPECT_STREQ(xs_write(&o, "data/x", "1"), "OK");
		EXPECT_STREQ(xs_write(&o, "data/y", "1"), "OK");
		EXPECT_STREQ(xs_write(&o, "data/x", "2"), "OK");
		conn_close(&o);
	}
	EXPECT_STREQ(xs_event(a), "data/x,t");
	EXPECT_STREQ(xs_event(a), "data/y,t");
	EXPECT_STREQ(xs_event(a), "");
}

/* Only what may be read is told */
TEST_F(watch, others)
{
	struct conn *a = self->a, *b = self->b, *c = self->c;
	char x[64], all[] = "/";

	snprintf(x, sizeof(x), "%s", path_of(&self->d.dom[0], "data/x"));
	EXPECT_STREQ(xs_watch(b, x, "x"), "OK");
	EXPECT_STREQ(xs_watch(b, all, "all"), "OK");
	EXPECT_STREQ(xs_watch(c, x, "x"), "OK");
	EXPECT_STREQ(xs_watch(c, all, "all"), "OK");
	EXPECT_STREQ(xs_event(b), fmt("%s,x", x));
	EXPECT_STREQ(xs_event(b), "/,all");
	EXPECT_STREQ(xs_event(c), fmt("%s,x", x));
	EXPECT_STREQ(xs_event(c), "/,all");

	EXPECT_STREQ(xs_write(a, "data/x", "1"), "OK");
	EXPECT_STREQ(xs_write(a, "data/x", "2"), "OK");
	EXPECT_STREQ(xs_event(b), "");
	EXPECT_STREQ(xs_set_perms(a, "data/x", fmt("n%u,r%u",
						   self->d.dom[0].id,
						   self->d.dom[1].id)), "OK");
	EXPECT_STREQ(xs_event(b), fmt("%s,x", x));
	EXPECT_STREQ(xs_event(b), fmt("%s,all", x));
	EXPECT_STREQ(xs_write(a, "data/x", "3"), "OK");
	EXPECT_STREQ(xs_event(b), fmt("%s,x", x));
	EXPECT_STREQ(xs_event(b), fmt("%s,all", x));
	/* below it there is more that is not for them */
	EXPECT_STREQ(xs_write(a, "data/x/y/z", "1"), "OK");
	EXPECT_STREQ(xs_set_perms(a, "data/x/y", fmt("n%u", self->d.dom[0].id)),
		     "OK");
	EXPECT_STREQ(xs_set_perms(a, "data/x/y/z",
				  fmt("n%u", self->d.dom[0].id)), "OK");
	xs_flush(b);
	EXPECT_STREQ(xs_write(a, "data/x/y/z", "2"), "OK");
	EXPECT_STREQ(xs_event(b), "");
	/* losing the right to read is told; what comes then is not */
	EXPECT_STREQ(xs_set_perms(a, "data/x", fmt("n%u", self->d.dom[0].id)),
		     "OK");
	EXPECT_STREQ(xs_event(b), fmt("%s,x", x));
	EXPECT_STREQ(xs_event(b), fmt("%s,all", x));
	EXPECT_STREQ(xs_write(a, "data/x", "4"), "OK");
	EXPECT_STREQ(xs_event(b), "");
	EXPECT_STREQ(xs_set_perms(a, "data/x", fmt("r%u", self->d.dom[0].id)),
		     "OK");
	xs_flush(b);
	EXPECT_STREQ(xs_rm(a, "data"), "OK");
	EXPECT_STREQ(xs_event(b), fmt("%s,x", x));
	EXPECT_STREQ(xs_event(b), "");
	/* and nothing at all to one that is not linked */
	EXPECT_STREQ(xs_event(c), "");
}

TEST_F(watch, transactions)
{
	struct conn *a = self->a, o;

	ASSERT_EQ(conn_open(&o, &self->d.dom[0]), 0);
	EXPECT_STREQ(xs_write(a, "data/old/deep", "1"), "OK");
	EXPECT_STREQ(xs_watch(a, "data", "t"), "OK");
	xs_flush(a);
	EXPECT_STREQ(xs_begin(&o), "OK");
	EXPECT_STREQ(xs_write(&o, "data/x", "1"), "OK");
	EXPECT_STREQ(xs_write(&o, "data/x", "2"), "OK");
	EXPECT_STREQ(xs_rm(&o, "data/old"), "OK");
	EXPECT_STREQ(xs_event(a), "");
	EXPECT_STREQ(xs_end(&o, "F"), "OK");
	EXPECT_STREQ(xs_event(a), "");
	EXPECT_STREQ(xs_begin(&o), "OK");
	EXPECT_STREQ(xs_write(&o, "data/x", "1"), "OK");
	EXPECT_STREQ(xs_write(&o, "data/x", "2"), "OK");
	EXPECT_STREQ(xs_rm(&o, "data/old"), "OK");
	EXPECT_STREQ(xs_write(&o, "data/tmp", "1"), "OK");
	EXPECT_STREQ(xs_rm(&o, "data/tmp"), "OK");
	EXPECT_STREQ(xs_read(&o, "data"), "");
	EXPECT_STREQ(xs_event(a), "");
	EXPECT_STREQ(xs_end(&o, "T"), "OK");
	EXPECT_STREQ(xs_event(a), "data/x,t");
	EXPECT_STREQ(xs_event(a), "data/old,t");
	EXPECT_STREQ(xs_event(a), "");
	/* a watch made in a transaction is there at once, and stays */
	EXPECT_STREQ(xs_begin(&o), "OK");
	EXPECT_STREQ(xs_watch(&o, "data/x", "in"), "OK");
	EXPECT_STREQ(xs_end(&o, "F"), "OK");
	xs_flush(&o);
	EXPECT_STREQ(xs_write(a, "data/x", "3"), "OK");
	EXPECT_STREQ(xs_event(&o), "data/x,in");
	conn_close(&o);
}

/* Domains come into sight and go out of it */
TEST_F(watch, special)
{
	struct conn *a = self->a, *b = self->b, *c = self->c;
	__u32 ida = self->d.dom[0].id, idc = self->d.dom[2].id;
	char cx[64], ch[64];

	snprintf(cx, sizeof(cx), "%s", path_of(&self->d.dom[2], "data/x"));
	snprintf(ch, sizeof(ch), "%s", path_of(&self->d.dom[2], ""));
	EXPECT_STREQ(xs_watch(a, "@introduceDomain", "i"), "OK");
	EXPECT_STREQ(xs_watch(a, "@releaseDomain", "r"), "OK");
	EXPECT_STREQ(xs_watch(a, "/local/domain", "d"), "OK");
	EXPECT_STREQ(xs_watch(a, cx, "x"), "OK");
	EXPECT_STREQ(xs_watch(b, "@introduceDomain", "i"), "OK");
	EXPECT_STREQ(xs_watch(b, "@releaseDomain", "r"), "OK");
	EXPECT_STREQ(xs_watch(a, "@nothing", "n"), "OK");
	EXPECT_STREQ(xs_event(a), "@introduceDomain,i");
	xs_flush(a);
	xs_flush(b);
	EXPECT_STREQ(xs_write(c, "data/x", "1"), "OK");
	EXPECT_STREQ(xs_event(a), "");

	EXPECT_EQ(dom_link(self->d.ctl, ida, idc), 0);
	EXPECT_STREQ(xs_event(a), fmt("%s,d", ch));
	EXPECT_STREQ(xs_event(a), fmt("%s,x", cx));
	EXPECT_STREQ(xs_event(a), "@introduceDomain,i");
	EXPECT_STREQ(xs_event(a), "");
	EXPECT_EQ(dom_unlink(self->d.ctl, ida, idc), 0);
	EXPECT_STREQ(xs_event(a), fmt("%s,d", ch));
	EXPECT_STREQ(xs_event(a), fmt("%s,x", cx));
	EXPECT_STREQ(xs_event(a), "@releaseDomain,r");
	EXPECT_STREQ(xs_event(a), "");
	/* each of them is told, also if the last one was not read */
	EXPECT_EQ(dom_link(self->d.ctl, ida, idc), 0);
	EXPECT_EQ(dom_unlink(self->d.ctl, ida, idc), 0);
	EXPECT_EQ(dom_link(self->d.ctl, ida, idc), 0);
	conn_close(c);
	c->fd = -1;
	close(self->d.dom[2].fd);
	self->d.dom[2].fd = -1;
	EXPECT_STREQ(xs_unwatch(a, "/local/domain", "d"), "OK");
	EXPECT_STREQ(xs_unwatch(a, cx, "x"), "OK");
	{
		unsigned int in = 0, out = 0, other = 0;
		const char *event;

		while (*(event = xs_event(a))) {
			in += !strcmp(event, "@introduceDomain,i");
			out += !strcmp(event, "@releaseDomain,r");
			other += *event != '@';
		}
		EXPECT_EQ(in, 2);
		EXPECT_EQ(out, 2);
		EXPECT_EQ(other, 2);
	}
	/* and b, who is not linked to c, has heard nothing */
	EXPECT_STREQ(xs_event(b), "");
}

TEST_F(watch, reset)
{
	struct conn *a = self->a;
	int i;

	for (i = 0; i < 20; i++)
		EXPECT_STREQ(xs_watch(a, "data", fmt("%d", i)), "OK");
	EXPECT_EQ(quota_used(self->d.ctl, self->d.dom[0].id,
			     ISLE_QUOTA_WATCHES), 20);
	xs_flush(a);
	EXPECT_STREQ(ask(a, XS_RESET_WATCHES, "", 1), "OK");
	EXPECT_EQ(quota_used(self->d.ctl, self->d.dom[0].id,
			     ISLE_QUOTA_WATCHES), 0);
	EXPECT_STREQ(xs_write(a, "data", "1"), "OK");
	EXPECT_STREQ(xs_event(a), "");
	EXPECT_STREQ(xs_watch(a, "data", "3"), "OK");
}

TEST_F(watch, quota)
{
	__u32 id = self->d.dom[0].id;
	struct conn *a = self->a;
	int ctl = self->d.ctl;
	__u64 used;

	EXPECT_EQ(quota_set(ctl, id, ISLE_QUOTA_WATCHES, 2), 0);
	EXPECT_STREQ(xs_watch(a, "data", "1"), "OK");
	EXPECT_STREQ(xs_watch(a, "data", "2"), "OK");
	EXPECT_STREQ(xs_watch(a, "data", "3"), "E2BIG");
	EXPECT_STREQ(xs_unwatch(a, "data", "1"), "OK");
	EXPECT_STREQ(xs_watch(a, "data", "3"), "OK");
	xs_flush(a);
	EXPECT_EQ(quota_set(ctl, id, ISLE_QUOTA_WATCHES, 100), 0);
	used = quota_used(ctl, id, ISLE_QUOTA_STORE);
	EXPECT_EQ(quota_set(ctl, id, ISLE_QUOTA_STORE, used), 0);
	EXPECT_STREQ(xs_watch(a, "data", "4"), "ENOSPC");
	EXPECT_EQ(quota_used(ctl, id, ISLE_QUOTA_WATCHES), 2);
	EXPECT_EQ(quota_used(ctl, id, ISLE_QUOTA_STORE), used);
}

/*
 * One who never reads: what is kept for him is bounded, what others do goes on,
 * he can go on himself elsewhere, and when he reads at last he learns that
 * something has happened.
 */
TEST_F_TIMEOUT(watch, never_reads, TIMEOUT)
{
	struct conn *a = self->a, *b = self->b, idle;
	__u32 ida = self->d.dom[0].id, idb = self->d.dom[1].id;
	int ctl = self->d.ctl, i, n = rounds(3000, 600), events = 0;
	__u64 limit = 256 << 10, used;
	char path[64];
	bool told = false;

	if (debug_kernel())
		limit = 64 << 10;
	ASSERT_EQ(conn_open(&idle, &self->d.dom[1]), 0);
	EXPECT_EQ(quota_set(ctl, idb, ISLE_QUOTA_STORE, limit), 0);
	EXPECT_STREQ(xs_mkdir(a, "data/r"), "OK");
	EXPECT_STREQ(xs_set_perms(a, "data/r", fmt("r%u", ida)), "OK");
	snprintf(path, sizeof(path), "%s", path_of(&self->d.dom[0], "data/r"));
	EXPECT_STREQ(xs_watch(&idle, path, "a-token-that-is-somewhat-long"),
		     "OK");
	for (i = 0; i < n; i++)
		ASSERT_STREQ(xs_write(a, fmt("data/r/%d", i), "1"), "OK");
	used = quota_used(ctl, idb, ISLE_QUOTA_STORE);
	EXPECT_LE(used, limit);
	EXPECT_GT(used, limit / 4);
	/* a quarter for events, so there is something left for oneself */
	EXPECT_STREQ(xs_write(b, "data/mine", "1"), "OK");
	EXPECT_STREQ(xs_read(b, "data/mine"), "1");

	for (;;) {
		const char *event = xs_event(&idle);

		if (!*event)
			break;
		events++;
		told = !strcmp(event,
			       fmt("%s,a-token-that-is-somewhat-long", path));
	}
	EXPECT_LT(events, n);
	EXPECT_GT(events, 10);
	EXPECT_TRUE(told);	/* the last one stands for those missed */
	EXPECT_STREQ(xs_write(a, "data/r/0", "2"), "OK");
	EXPECT_STREQ(xs_event(&idle),
		     fmt("%s/0,a-token-that-is-somewhat-long", path));
	conn_close(&idle);
}

/* Full to the last byte, one still gets answers and is told of changes */
TEST_F(watch, nothing_left)
{
	__u32 id = self->d.dom[0].id;
	struct conn *a = self->a, o;

	ASSERT_EQ(conn_open(&o, &self->d.dom[0]), 0);
	EXPECT_STREQ(xs_watch(a, "data", "t"), "OK");
	xs_flush(a);
	EXPECT_STREQ(xs_write(a, "data/x", "12"), "OK");
	xs_flush(a);
	EXPECT_EQ(quota_set(self->d.ctl, id, ISLE_QUOTA_STORE, 0), 0);
	EXPECT_STREQ(xs_write(&o, "data/x", "123"), "ENOSPC");
	EXPECT_STREQ(xs_write(&o, "data/x", "1"), "OK");
	EXPECT_STREQ(xs_rm(&o, "data/x"), "OK");
	EXPECT_EQ(poll_now(a->fd, POLLIN), POLLIN);
	EXPECT_STREQ(xs_event(a), "data,t");
	EXPECT_STREQ(xs_event(a), "");
	EXPECT_STREQ(xs_begin(a), "ENOSPC");
	EXPECT_STREQ(xs_watch(a, "data", "u"), "ENOSPC");
	conn_close(&o);
}

struct hammer {
	struct conn conn;
	struct conn *watcher;
	volatile bool stop;
	int rounds;
};

static void *write_on(void *arg)
{
	struct hammer *h = arg;

	while (!h->stop) {
		xs_write(&h->conn, "data/x", "1");
		xs_rm(&h->conn, "data");
		h->rounds++;
	}
	return NULL;
}

/* Watches come and go, and their file is closed, while they are told */
TEST_F_TIMEOUT(watch, ends_while_told, TIMEOUT)
{
	struct hammer h = {};
	pthread_t thread;
	int i, j, n = rounds(200, 20);

	ASSERT_EQ(conn_open(&h.conn, &self->d.dom[0]), 0);
	ASSERT_EQ(pthread_create(&thread, NULL, write_on, &h), 0);
	for (i = 0; i < n; i++) {
		struct conn c;

		ASSERT_EQ(conn_open(&c, &self->d.dom[0]), 0);
		for (j = 0; j < 4; j++)
			xs_watch(&c, "data", fmt("%d", j));
		xs_unwatch(&c, "data", "2");
		if (i % 2)
			ask(&c, XS_RESET_WATCHES, "", 1);
		conn_close(&c);
	}
	EXPECT_TRUE(eventually(h.rounds > 0));
	h.stop = true;
	pthread_join(thread, NULL);
	conn_close(&h.conn);
	EXPECT_EQ(quota_used(self->d.ctl, self->d.dom[0].id,
			     ISLE_QUOTA_WATCHES), 0);
}

TEST_HARNESS_MAIN
