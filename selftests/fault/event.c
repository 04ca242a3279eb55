// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: every allocation and every copy fails once, with event ports
 *
 * As in failnth: each call on evtchn with its first place failing, then the
 * second, until it passes.  What failed has changed nothing, and no event is
 * lost by it.
 */
#include <kselftest_harness.h>

#include <sys/epoll.h>

#include "../share/evtchn.h"
#include "nth.h"

FIXTURE(event) {
	int ctl, nth;
	struct dom a, b;
	int fa, fb;		/* their evtchn */
	int pa, pb;		/* a pair */
	int open;		/* one of a's that waits for b */
	struct counters start;
	/* between an operation and its undoing */
	int fd, port;
	__u32 list[64];
};

FIXTURE_SETUP(event)
{
	self->nth = nth_open();
	if (self->nth < 0)
		SKIP(return, "this kernel has no fault injection");
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->a));
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->b));
	ASSERT_EQ(0, dom_link(self->ctl, self->a.id, self->b.id));
	self->fa = evtchn_open_nonblock(self->a.fd);
	self->fb = evtchn_open_nonblock(self->b.fd);
	self->pa = evtchn_listen(self->fa, self->b.id);
	self->pb = evtchn_connect(self->fb, self->a.id, self->pa);
	self->open = evtchn_listen(self->fa, self->b.id);
	ASSERT_LT(0, self->open);
	ASSERT_EQ(self->pb, evtchn_take(self->fb));
}

FIXTURE_TEARDOWN(event)
{
	if (self->nth < 0)
		return;
	close(self->fa);
	close(self->fb);
	close(self->a.fd);
	close(self->b.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
	close(self->nth);
}

typedef int (*operation)(FIXTURE_DATA(event) *self);

/* The pair works, both ways, and nothing else is pending */
static bool works(FIXTURE_DATA(event) *self)
{
	return evtchn_next(self->fa) == -EAGAIN &&
	       evtchn_next(self->fb) == -EAGAIN &&
	       evtchn_notify(self->fa, self->pa) == 0 &&
	       evtchn_take(self->fb) == self->pb &&
	       evtchn_notify(self->fb, self->pb) == 0 &&
	       evtchn_take(self->fa) == self->pa &&
	       quota_used(self->ctl, self->a.id, ISLE_QUOTA_PORTS) == 2 &&
	       quota_used(self->ctl, self->b.id, ISLE_QUOTA_PORTS) == 1;
}

/* @prepare is spared, as is what follows: @done after success, @failed else */
static void sweep(struct __test_metadata *_metadata,
		  FIXTURE_DATA(event) *self, const char *name,
		  operation prepare, operation run_it, operation done,
		  operation failed)
{
	struct counters before = counters_start();
	bool hit, good = true;
	int n, ret;

	for (n = 1; n < MOST && good; n++) {
		if (prepare)
			good = prepare(self) == 0;
		arm(self->nth, n);
		ret = run_it(self);
		hit = disarm(self->nth);
		if (ret < 0)
			good = good && hit && sane(ret) &&
			       (!failed || failed(self) == 0);
		else if (done)
			good = done(self) == 0 && good;
		good = good && works(self) && counters_are(&before);
		if (!hit)
			break;
	}
	EXPECT_TRUE(good)
		TH_LOG("%s, place %d: result %d, %s", name, n, ret,
		       hit ? "with a failure" : "without a failure");
	EXPECT_GT(MOST, n) TH_LOG("%s never passes", name);
	TH_LOG("%s: %d places", name, n - 1);
}

#define SWEEP(prepare, run_it, done, failed) \
	sweep(_metadata, self, #run_it, prepare, run_it, done, failed)

static int run_open(FIXTURE_DATA(event) *self)
{
	self->fd = evtchn_open(self->a.fd);
	return self->fd;
}

static int done_open(FIXTURE_DATA(event) *self)
{
	return err(close(self->fd));
}

static int run_listen(FIXTURE_DATA(event) *self)
{
	self->port = evtchn_listen(self->fa, self->b.id);
	return self->port;
}

static int done_listen(FIXTURE_DATA(event) *self)
{
	return evtchn_unbind(self->fa, self->port);
}

static int run_connect(FIXTURE_DATA(event) *self)
{
	self->port = evtchn_connect(self->fb, self->a.id, self->open);
	return self->port;
}

static int done_connect(FIXTURE_DATA(event) *self)
{
	return evtchn_next(self->fb) == self->port ?
	       evtchn_unbind(self->fb, self->port) : -EUCLEAN;
}

static int run_notify(FIXTURE_DATA(event) *self)
{
	return evtchn_notify(self->fa, self->pa);
}

static int done_notify(FIXTURE_DATA(event) *self)
{
	return evtchn_take(self->fb) == self->pb ? 0 : -EUCLEAN;
}

/* once notified: reading fails, and then says it all the same */
static int run_read(FIXTURE_DATA(event) *self)
{
	return evtchn_next(self->fb);
}

static int done_read(FIXTURE_DATA(event) *self)
{
	return evtchn_unmask(self->fb, self->pb);
}

static int run_read_many(FIXTURE_DATA(event) *self)
{
	return err(read(self->fb, self->list, sizeof(self->list)));
}

/* masked, and notified meanwhile */
static int prepare_write(FIXTURE_DATA(event) *self)
{
	return evtchn_notify(self->fa, self->pa) ||
	       evtchn_next(self->fb) != self->pb ||
	       evtchn_notify(self->fa, self->pa);
}

static int run_write(FIXTURE_DATA(event) *self)
{
	return evtchn_unmask(self->fb, self->pb);
}

/* enough for memory to be needed */
static int run_write_many(FIXTURE_DATA(event) *self)
{
	self->list[63] = self->pb;
	return err(write(self->fb, self->list, sizeof(self->list)));
}

static int failed_write(FIXTURE_DATA(event) *self)
{
	return evtchn_next(self->fb) == -EAGAIN &&
	       evtchn_unmask(self->fb, self->pb) == 0 ?
	       done_notify(self) : -EUCLEAN;
}

static int prepare_unbind(FIXTURE_DATA(event) *self)
{
	self->port = evtchn_listen(self->fa, self->a.id);
	return self->port > 0 ? 0 : self->port;
}

static int run_unbind(FIXTURE_DATA(event) *self)
{
	return evtchn_unbind(self->fa, self->port);
}

static int run_reset(FIXTURE_DATA(event) *self)
{
	return evtchn_reset(self->fa);
}

static int prepare_restrict(FIXTURE_DATA(event) *self)
{
	int fd = run_open(self);

	return fd < 0 ? fd : 0;
}

static int run_restrict(FIXTURE_DATA(event) *self)
{
	return evtchn_restrict(self->fd, self->b.id);
}

static int failed_restrict(FIXTURE_DATA(event) *self)
{
	/* it can still be done */
	int ret = evtchn_restrict(self->fd, self->b.id);

	close(self->fd);
	return ret;
}

static int run_fasync(FIXTURE_DATA(event) *self)
{
	return err(fcntl(self->fb, F_SETFL, O_NONBLOCK | O_ASYNC));
}

static int done_fasync(FIXTURE_DATA(event) *self)
{
	return err(fcntl(self->fb, F_SETFL, O_NONBLOCK));
}

static int run_epoll(FIXTURE_DATA(event) *self)
{
	struct epoll_event event = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC), ret;

	if (ep < 0)
		return -errno;
	ret = err(epoll_ctl(ep, EPOLL_CTL_ADD, self->fb, &event));
	close(ep);
	return ret;
}

TEST_F_TIMEOUT(event, every_call, 2 * TIMEOUT)
{
	if (self->nth < 0)
		return;
	signal(SIGIO, SIG_IGN);
	SWEEP(NULL, run_open, done_open, NULL);
	SWEEP(NULL, run_listen, done_listen, NULL);
	SWEEP(NULL, run_connect, done_connect, NULL);
	SWEEP(NULL, run_notify, done_notify, NULL);
	SWEEP(run_notify, run_read, done_read, done_notify);
	SWEEP(run_notify, run_read_many, done_read, done_notify);
	SWEEP(prepare_write, run_write, done_notify, failed_write);
	SWEEP(prepare_write, run_write_many, done_notify, failed_write);
	SWEEP(prepare_unbind, run_unbind, NULL, run_unbind);
	SWEEP(NULL, run_reset, NULL, NULL);
	SWEEP(prepare_restrict, run_restrict, done_open, failed_restrict);
	SWEEP(NULL, run_fasync, done_fasync, NULL);
	SWEEP(NULL, run_epoll, NULL, NULL);
}

/* More ports than the table has places: it grows, or nothing has happened */
TEST_F_TIMEOUT(event, growing, 2 * TIMEOUT)
{
	int fd, n, ret;
	bool hit;

	if (self->nth < 0)
		return;
	fd = evtchn_open(self->a.fd);
	for (n = 1; n < 200; n++) {
		/* up to where the next one does not fit */
		do {
			arm(self->nth, n);
			ret = evtchn_listen(fd, self->a.id);
			hit = disarm(self->nth);
		} while (ret >= 0 && !hit && ret < 4000);
		EXPECT_TRUE(ret > 0 || (hit && sane(ret)));
		if (!hit)
			break;
	}
	EXPECT_GT(200, n);
	close(fd);
	EXPECT_TRUE(works(self));
}

TEST_HARNESS_MAIN
