// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: every allocation and every copy fails once, with channels
 *
 * As in failnth: each call on an endpoint with its first place failing, then the
 * second, until it passes.  What failed has changed nothing.
 */
#include <kselftest_harness.h>

#include "../channel/channel.h"
#include "nth.h"

FIXTURE(channel) {
	struct ends p;
	struct counters start;
	int nth;
	int fd;			/* between an operation and its undoing */
	void *map;
	__u64 used[2][ISLE_QUOTA_KINDS];
};

FIXTURE_VARIANT(channel) {
	__u32 size;		/* of both rings */
};

FIXTURE_VARIANT_ADD(channel, in_the_page) { 1024 };
FIXTURE_VARIANT_ADD(channel, own_pages) { 16384 };

FIXTURE_SETUP(channel)
{
	self->nth = nth_open();
	if (self->nth < 0)
		SKIP(return, "this kernel has no fault injection");
	self->start = counters_start();
	ASSERT_EQ(0, ends_domains(&self->p, false));
}

FIXTURE_TEARDOWN(channel)
{
	if (self->nth < 0)
		return;
	ends_end(&self->p);
	EXPECT_TRUE(counters_are(&self->start));
	close(self->nth);
}

typedef int (*operation)(FIXTURE_DATA(channel) *self, __u32 size);

static void note_quotas(FIXTURE_DATA(channel) *self,
			__u64 used[2][ISLE_QUOTA_KINDS])
{
	__u32 kind;

	for (kind = 0; kind < ISLE_QUOTA_KINDS; kind++) {
		used[0][kind] = quota_used(self->p.ctl, self->p.a.id, kind);
		used[1][kind] = quota_used(self->p.ctl, self->p.b.id, kind);
	}
}

static bool same_quotas(FIXTURE_DATA(channel) *self)
{
	__u64 used[2][ISLE_QUOTA_KINDS];

	note_quotas(self, used);
	return !memcmp(used, self->used, sizeof(used));
}

/* @undo is for after success, and spared */
static void sweep(struct __test_metadata *_metadata,
		  FIXTURE_DATA(channel) *self, const char *name, __u32 size,
		  operation run_it, operation undo)
{
	struct counters before = counters_start();
	bool failed = true;
	int n, ret, places = 0;

	note_quotas(self, self->used);
	for (n = 1; failed && n < MOST; n++) {
		arm(self->nth, n);
		ret = run_it(self, size);
		failed = disarm(self->nth);
		places += failed;
		if (ret >= 0) {
			ASSERT_EQ(0, undo(self, size)) TH_LOG("%s, %d", name, n);
		} else {
			EXPECT_TRUE(failed && sane(ret))
				TH_LOG("%s, %d: %d", name, n, ret);
		}
		/* a directory in the store stays once it was made */
		if (n > 1 || ret < 0)
			EXPECT_TRUE(counters_are(&before))
				TH_LOG("%s, %d: %d", name, n, ret);
		EXPECT_TRUE(eventually(same_quotas(self)))
			TH_LOG("%s, %d: %d", name, n, ret);
	}
	EXPECT_LT(n, MOST);
	EXPECT_LT(0, places) TH_LOG("%s: nothing can fail", name);
}

static int op_open(FIXTURE_DATA(channel) *self, __u32 size)
{
	(void)size;
	self->fd = ep_open(self->p.a.fd);
	return self->fd;
}

static int op_close(FIXTURE_DATA(channel) *self, __u32 size)
{
	(void)size;
	return err(close(self->fd));
}

static int op_listen(FIXTURE_DATA(channel) *self, __u32 size)
{
	__u32 rs = size, ws = size;

	return ep_listen_sizes(self->p.server, self->p.b.id, "port",
			       ISLE_VCHAN_NOWAIT, 0, &rs, &ws);
}

static int undo_listen(FIXTURE_DATA(channel) *self, __u32 size)
{
	(void)size;
	close(self->p.server);
	self->p.server = ep_open(self->p.a.fd);
	return self->p.server < 0 ? self->p.server : 0;
}

static int op_connect(FIXTURE_DATA(channel) *self, __u32 size)
{
	(void)size;
	return ep_connect(self->p.client, self->p.a.id, "port",
			  ISLE_VCHAN_NOWAIT, 0);
}

/* the server is persistent */
static int undo_connect(FIXTURE_DATA(channel) *self, __u32 size)
{
	int ret;

	(void)size;
	close(self->p.client);
	ret = ep_next(self->p.server, ISLE_VCHAN_NOWAIT, 0);
	self->p.client = ep_open(self->p.b.fd);
	return ret ?: self->p.client < 0 ? self->p.client : 0;
}

static int op_write(FIXTURE_DATA(channel) *self, __u32 size)
{
	static char buf[16384];

	return err(write(self->p.client, buf, size));
}

static int undo_write(FIXTURE_DATA(channel) *self, __u32 size)
{
	static char buf[16384];
	int n;

	nonblocking(self->p.server, true);
	do
		n = err(read(self->p.server, buf, size));
	while (n > 0);
	nonblocking(self->p.server, false);
	return n == -EAGAIN ? 0 : n;
}

static int op_info(FIXTURE_DATA(channel) *self, __u32 size)
{
	struct isle_vchan_info info;

	(void)size;
	return ep_info(self->p.server, &info);
}

static int op_wait(FIXTURE_DATA(channel) *self, __u32 size)
{
	(void)size;
	return ep_wait(self->p.server, 0, 1, 0);
}

static int op_notify(FIXTURE_DATA(channel) *self, __u32 size)
{
	(void)size;
	return ep_notify(self->p.server);
}

static int nothing(FIXTURE_DATA(channel) *self, __u32 size)
{
	(void)self;
	(void)size;
	return 0;
}

static int op_map(FIXTURE_DATA(channel) *self, __u32 size)
{
	(void)size;
	self->map = ep_map(self->p.server);
	return self->map ? 0 : -errno;
}

static int undo_map(FIXTURE_DATA(channel) *self, __u32 size)
{
	(void)size;
	return munmap(self->map, PAGE);
}

TEST_F_TIMEOUT(channel, calls, TIMEOUT)
{
	__u32 size = variant->size;
	struct ends *p = &self->p;
	__u32 rs = size, ws = size;

	/* directories above an advert stay: make them before */
	ASSERT_EQ(0, ends_join(p, 0, size, size));
	ends_close(p);
	sweep(_metadata, self, "open", size, op_open, op_close);
	ASSERT_EQ(0, ends_open(p));
	sweep(_metadata, self, "listen", size, op_listen, undo_listen);
	ASSERT_EQ(0, ep_listen_sizes(p->server, p->b.id, "port",
				     ISLE_VCHAN_NOWAIT | ISLE_VCHAN_PERSISTENT,
				     0, &rs, &ws));
	sweep(_metadata, self, "connect", size, op_connect, undo_connect);
	ASSERT_EQ(0, op_connect(self, size));
	sweep(_metadata, self, "info", size, op_info, nothing);
	sweep(_metadata, self, "wait", size, op_wait, nothing);
	sweep(_metadata, self, "notify", size, op_notify, nothing);
	sweep(_metadata, self, "map", size, op_map, undo_map);
	sweep(_metadata, self, "write", size, op_write, undo_write);
}

/* A server stays one that can ask for the next client, whatever fails */
TEST_F_TIMEOUT(channel, next, TIMEOUT)
{
	struct ends *p = &self->p;
	bool failed = true;
	int n, ret;

	ASSERT_EQ(0, ends_join(p, ISLE_VCHAN_PERSISTENT, variant->size,
			       variant->size));
	for (n = 1; failed && n < MOST; n++) {
		close(p->client);
		p->client = ep_open(p->b.fd);
		ASSERT_LE(0, p->client);
		arm(self->nth, n);
		ret = ep_next(p->server, ISLE_VCHAN_NOWAIT, 0);
		failed = disarm(self->nth);
		if (ret) {
			EXPECT_TRUE(failed && sane(ret)) TH_LOG("%d: %d", n, ret);
			EXPECT_EQ(ISLE_VCHAN_STATE_CLOSED, ep_state(p->server));
			ASSERT_EQ(0, ep_next(p->server, ISLE_VCHAN_NOWAIT, 0));
		}
		ASSERT_EQ(0, op_connect(self, 0)) TH_LOG("%d", n);
	}
	EXPECT_LT(3, n);
}

TEST_HARNESS_MAIN
