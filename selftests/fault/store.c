// SPDX-License-Identifier: GPL-2.0
/*
 * Every allocation and every copy of the store's wire protocol fails once: the
 * first, then the second, until a message passes without.  Each time either the
 * write or the answer says so, nothing has changed, and nothing more is charged;
 * or it was done without, and then wholly.  See failnth.c.
 */
#include <kselftest_harness.h>

#include "../store/store.h"
#include "nth.h"

FIXTURE(fault)
{
	int nth;
	struct doms d;
	struct conn watcher;
};

FIXTURE_SETUP(fault)
{
	self->nth = nth_open();
	if (self->nth < 0)
		SKIP(return, "this kernel has no fault injection");
	ASSERT_EQ(doms_make(&self->d), 0);
	ASSERT_EQ(conn_open(&self->watcher, &self->d.dom[0]), 0);
	ASSERT_STREQ(xs_watch(&self->watcher, "data", "t"), "OK");
	ASSERT_STREQ(xs_write(&self->d.conn[0], "data/old/deep", "1"), "OK");
}

FIXTURE_TEARDOWN(fault)
{
	if (self->nth < 0)
		return;
	conn_close(&self->watcher);
	EXPECT_TRUE(doms_end(&self->d));
	close(self->nth);
}

/* What the store looks like */
static void picture(struct conn *c, char text[512])
{
	__u32 tx = c->tx;

	c->tx = 0;
	snprintf(text, 512, "%.100s|%.100s|%.60s|%.60s|%.60s|%.60s",
		 xs_list(c, "data"), xs_list(c, "data/new"),
		 xs_read(c, "data/old"), xs_read(c, "data/old/deep"),
		 xs_get_perms(c, "data/old"), xs_list(c, "data/old"));
	c->tx = tx;
}

/* One message, in a transaction or not, and what takes it back */
struct step {
	const char *name;
	__u32 type;
	const char *payload;
	size_t len;
	const char *want;	/* NULL: anything but an error */
	bool event;		/* a watch on data is told */
};

#define STEP(_name, _type, _payload, _want, _event) \
	{ _name, _type, _payload, sizeof(_payload) - 1, _want, _event }

static const struct step steps[] = {
	STEP("write", XS_WRITE, "data/old\0value", "OK", true),
	STEP("write new", XS_WRITE, "data/new/a/b/c\0value", "OK", true),
	STEP("mkdir", XS_MKDIR, "data/new\0", "OK", true),
	STEP("rm", XS_RM, "data/old\0", "OK", true),
	STEP("read", XS_READ, "data/old/deep\0", "1", false),
	STEP("directory", XS_DIRECTORY, "data\0", "old", false),
	STEP("directory_part", XS_DIRECTORY_PART, "data\0000\0", NULL, false),
	STEP("get_perms", XS_GET_PERMS, "data\0", NULL, false),
	STEP("watch", XS_WATCH, "data\0own\0", "OK", false),
	STEP("unwatch", XS_UNWATCH, "data\0own\0", "ENOENT", false),
	STEP("transaction_start", XS_TRANSACTION_START, "\0", NULL, false),
	STEP("get_domain_path", XS_GET_DOMAIN_PATH, "1\0", NULL, false),
	STEP("reset_watches", XS_RESET_WATCHES, "\0", "OK", false),
};

/* Back to what it was at the beginning */
static void restore(struct conn *c)
{
	c->tx = 0;
	ask(c, XS_RESET_WATCHES, "", 1);
	xs_rm(c, "data/new");
	if (strcmp(xs_read(c, "data/old"), "")) {
		xs_rm(c, "data/old");
		xs_write(c, "data/old/deep", "1");
	}
	xs_flush(c);
}

enum how { PLAIN, IN_TXN, COMMIT };

static void sweep(struct __test_metadata *_metadata,
		  FIXTURE_DATA(fault) *self, const struct step *step,
		  enum how how)
{
	static char msg[16 + PAYLOAD], before[512], after[512];
	struct conn *c = &self->d.conn[0];
	__u32 id = self->d.dom[0].id;
	struct counters counters;
	bool failed = true;
	__u64 used;
	int n;

	restore(c);
	xs_flush(&self->watcher);
	counters = counters_start();
	used = quota_used(self->d.ctl, id, ISLE_QUOTA_STORE);
	picture(c, before);
	for (n = 1; n < MOST && failed; n++) {
		struct xs_head head = { step->type, ++c->req, 0, step->len };
		const char *payload = step->payload, *want = step->want;
		const char *got;
		ssize_t ret;

		if (how != PLAIN) {
			ASSERT_STREQ(xs_begin(c), "OK");
			head.tx = c->tx;
		}
		if (how == COMMIT) {
			ask(c, step->type, step->payload, step->len);
			head = (struct xs_head) { XS_TRANSACTION_END, ++c->req,
						  c->tx, 2 };
			payload = "T";
			want = "OK";
		}
		memcpy(msg, &head, sizeof(head));
		memcpy(msg + sizeof(head), payload, head.len);
		arm(self->nth, n);
		ret = err(write(c->fd, msg, sizeof(head) + head.len));
		failed = disarm(self->nth);
		got = ret < 0 ? strerror(-ret) : answer(c);
		if (ret < 0 ||
		    (c->msg.head.type == XS_ERROR && (!want || strcmp(got, want)))) {
			EXPECT_TRUE(failed);
			EXPECT_TRUE(ret == -ENOMEM || ret == -EFAULT ||
				    !strcmp(got, "ENOMEM"))
				TH_LOG("%s %d, place %d: %s", step->name, how,
				       n, got);
			picture(c, after);
			EXPECT_STREQ(after, before)
				TH_LOG("%s %d, place %d", step->name, how, n);
		} else {
			if (want)
				EXPECT_STREQ(got, want)
					TH_LOG("%s %d, place %d", step->name,
					       how, n);
			/* told all the same, if not so precisely */
			if (step->event && how != IN_TXN)
				EXPECT_STRNE(xs_event(&self->watcher), "");
		}
		if (how == IN_TXN || (how == COMMIT && ret < 0))
			xs_end(c, "F");
		restore(c);
		xs_flush(&self->watcher);
		EXPECT_EQ(quota_used(self->d.ctl, id, ISLE_QUOTA_STORE), used)
			TH_LOG("%s %d, place %d", step->name, how, n);
		EXPECT_TRUE(counters_are(&counters));
		if (!_metadata->passed)
			return;
	}
	EXPECT_FALSE(failed);
	TH_LOG("%s %d: %d places", step->name, how, n - 2);
}

TEST_F_TIMEOUT(fault, every_message, 2 * TIMEOUT)
{
	unsigned int i;

	if (self->nth < 0)
		return;
	for (i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		sweep(_metadata, self, &steps[i], PLAIN);
		if (steps[i].type == XS_TRANSACTION_START ||
		    steps[i].type == XS_RESET_WATCHES)
			continue;
		sweep(_metadata, self, &steps[i], IN_TXN);
		if (steps[i].event)
			sweep(_metadata, self, &steps[i], COMMIT);
		if (!_metadata->passed)
			break;
	}
}

/* Opening a connection, and reading from it */
TEST_F_TIMEOUT(fault, files, TIMEOUT)
{
	struct conn *c = &self->d.conn[0];
	bool failed = true;
	char buf[64];
	int n, fd;

	if (self->nth < 0)
		return;
	for (n = 1; n < MOST && failed; n++) {
		arm(self->nth, n);
		fd = part_open(self->d.dom[0].fd, ISLE_OPEN_XENBUS, 0);
		failed = disarm(self->nth);
		if (fd >= 0)
			close(fd);
		else
			EXPECT_TRUE(failed && (fd == -ENOMEM || fd == -EFAULT ||
					       fd == -ENFILE));
	}
	EXPECT_FALSE(failed);
	for (n = 1, failed = true; n < MOST && failed; n++) {
		ssize_t ret;

		ASSERT_GT(xs_send(c, XS_READ, "domid", 6), 0);
		arm(self->nth, n);
		ret = err(read(c->fd, buf, sizeof(buf)));
		failed = disarm(self->nth);
		/* what was not delivered is still there */
		if (ret < 0) {
			EXPECT_TRUE(failed && ret == -EFAULT);
			ret = err(read(c->fd, buf, sizeof(buf)));
		}
		EXPECT_EQ(ret, (ssize_t)(16 + strlen(fmt("%u",
						     self->d.dom[0].id))));
	}
	EXPECT_FALSE(failed);
}

TEST_HARNESS_MAIN
