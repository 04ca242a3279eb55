// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: what tasks do, with every allocation and copy failing once
 *
 * As fault/failnth, for tasks: each operation again and again, with its first,
 * second, third... place failing, until it passes.  It either says so and has
 * left nothing, or has done all of its work.
 */
#include <kselftest_harness.h>

#include "../ipc/tasks.h"
#include "nth.h"

#define PAGE	4096

FIXTURE(faults) {
	int ctl, nth;
	struct dom dom[2];
	int a, b;
	int na, nb;
	uint8_t *from, *to;
	struct counters start;
};

FIXTURE_SETUP(faults)
{
	self->nth = nth_open();
	if (self->nth < 0)
		SKIP(return, "this kernel has no fault injection");
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom[0]));
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom[1]));
	ASSERT_EQ(0, dom_link(self->ctl, self->dom[0].id, self->dom[1].id));
	self->a = task_open(self->dom[0].fd);
	self->b = task_open(self->dom[1].fd);
	self->na = task_number(self->a);
	self->nb = task_number(self->b);
	ASSERT_LE(ISLE_TASK_MIN, self->nb);
	self->from = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	self->to = mmap(NULL, 16 * PAGE, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	memset(self->from, 0x5c, 16 * PAGE);
}

FIXTURE_TEARDOWN(faults)
{
	if (self->nth < 0)
		return;
	close(self->a);
	close(self->b);
	close(self->dom[0].fd);
	close(self->dom[1].fd);
	close(self->ctl);
	munmap(self->from, 16 * PAGE);
	munmap(self->to, 16 * PAGE);
	EXPECT_TRUE(counters_are(&self->start));
	close(self->nth);
}

typedef int (*operation)(FIXTURE_DATA(faults) *self);

/*
 * @done looks at what a success has done, and undoes it: 0 if it is all there.
 * What is alive is counted once: it has to be the same after every place.
 */
static void sweep(struct __test_metadata *_metadata,
		  FIXTURE_DATA(faults) *self, const char *name,
		  operation before, operation run, operation done,
		  operation after)
{
	struct counters counters = counters_start();
	double begin = now();
	bool failed, good = true;
	int n, ret = 0;

	if (self->nth < 0)
		return;
	for (n = 1; n < MOST && good; n++) {
		if (before)
			good = before(self) == 0;
		arm(self->nth, n);
		ret = run(self);
		failed = disarm(self->nth);
		if (ret < 0)
			good = good && failed && sane(ret);
		else if (done)
			good = good && done(self) == 0;
		if (after)
			good = after(self) == 0 && good;
		good = counters_are(&counters) && good;
		if (!failed)
			break;
	}
	EXPECT_TRUE(good) TH_LOG("%s, place %d: result %d", name, n, ret);
	EXPECT_GT(MOST, n) TH_LOG("%s never passes", name);
	EXPECT_LT(1, n) TH_LOG("%s: nothing fails", name);
	TH_LOG("%s: %d places, %.1f s", name, n - 1, now() - begin);
}

#define SWEEP(name, before, run, done, after) \
	sweep(_metadata, self, name, before, run, done, after)

static int opened;
static struct isle_task_page *mapped;
static struct doer peer;

static int run_open(FIXTURE_DATA(faults) *self)
{
	opened = task_open(self->dom[0].fd);
	return opened;
}

static int done_open(FIXTURE_DATA(faults) *self)
{
	struct isle_message m = message(NOP, 1);

	(void)self;
	return ipc_call(opened, SERVICES, &m) || close(opened);
}

static int before_task(FIXTURE_DATA(faults) *self)
{
	opened = task_open(self->dom[0].fd);
	return opened < 0;
}

static int after_task(FIXTURE_DATA(faults) *self)
{
	(void)self;
	return close(opened);
}

static int run_map(FIXTURE_DATA(faults) *self)
{
	(void)self;
	mapped = task_map(opened);
	return mapped == MAP_FAILED ? -errno : 0;
}

static int done_map(FIXTURE_DATA(faults) *self)
{
	(void)self;
	return mapped->task != task_number(opened) ||
	       munmap(mapped, sizeof(*mapped));
}

static int run_timer(FIXTURE_DATA(faults) *self)
{
	(void)self;
	return task_timer(opened, 1);
}

static int done_timer(FIXTURE_DATA(faults) *self)
{
	struct isle_message m;

	(void)self;
	return ipc_receive_soon(opened, ISLE_TASK_KERNEL, &m);
}

static int run_buffer(FIXTURE_DATA(faults) *self)
{
	return task_buffer(opened, self->to, 4 * PAGE);
}

static int run_async(FIXTURE_DATA(faults) *self)
{
	struct isle_message m = message(REQUEST, 5);

	return ipc_async_send(self->a, self->nb, &m);
}

static int done_async(FIXTURE_DATA(faults) *self)
{
	struct isle_message m;

	return ipc_async_receive(self->b, self->na, &m) || m.value != 5 ||
	       ipc_receive(self->b, ISLE_TASK_KERNEL, &m);
}

static int run_shm(FIXTURE_DATA(faults) *self)
{
	(void)self;
	peer.ret = shm_create(opened, 8 * PAGE);
	return peer.ret;
}

static int done_shm(FIXTURE_DATA(faults) *self)
{
	(void)self;
	return shm_close(opened, peer.ret);
}

static int before_shm_map(FIXTURE_DATA(faults) *self)
{
	return before_task(self) || run_shm(self) < 0;
}

static int run_shm_map(FIXTURE_DATA(faults) *self)
{
	(void)self;
	mapped = shm_map(opened, peer.ret, 8 * PAGE);
	return (void *)mapped == MAP_FAILED ? -errno : 0;
}

static int done_shm_map(FIXTURE_DATA(faults) *self)
{
	(void)self;
	return !all_bytes(mapped, 0, 8 * PAGE) || munmap(mapped, 8 * PAGE);
}

/* A payload to somebody who waits, who is told to stop if nothing comes */
static int before_payload(FIXTURE_DATA(faults) *self)
{
	memset(self->to, 0, 16 * PAGE);
	if (!doer_start(&peer, self->b, ISLE_IPC_RECEIVE, 0, ANY))
		return -1;
	if (!comes_to(self->b, ISLE_TASK_RECEIVING))
		return -1;
	return 0;
}

static int run_payload(FIXTURE_DATA(faults) *self)
{
	struct isle_message m = {
		.type = REQUEST | ISLE_MESSAGE_PAYLOAD,
		.payload.address = (uintptr_t)self->from + 5,
		.payload.length = 10 * PAGE,
	};

	return ipc_do(self->a, ISLE_IPC_SEND | ISLE_IPC_NOWAIT, self->nb, 0,
		      &m);
}

static int done_payload(FIXTURE_DATA(faults) *self)
{
	return !eventually(doer_done(&peer)) || peer.ret ||
	       !all_bytes(self->to, 0x5c, 10 * PAGE);
}

static int after_payload(FIXTURE_DATA(faults) *self)
{
	struct isle_message m;

	if (!doer_done(&peer) && ipc_notify(self->a, self->nb, 1 << 9))
		return -1;
	if (doer_end(&peer))
		return -1;
	while (!ipc_receive_now(self->b, ANY, &m))
		;
	return 0;
}

/* and as the receiver */
static int before_receive(FIXTURE_DATA(faults) *self)
{
	memset(self->to, 0, 16 * PAGE);
	peer.m = (struct isle_message){
		.type = REQUEST | ISLE_MESSAGE_PAYLOAD | ISLE_MESSAGE_STRING,
		.payload.address = (uintptr_t)self->from + 5,
		.payload.length = 10 * PAGE,
	};
	if (!doer_start(&peer, self->a, ISLE_IPC_SEND, self->nb, 0))
		return -1;
	return !comes_to(self->a, ISLE_TASK_SENDING);
}

static int run_receive(FIXTURE_DATA(faults) *self)
{
	struct isle_message m;

	return ipc_receive_now(self->b, ANY, &m);
}

static int done_receive(FIXTURE_DATA(faults) *self)
{
	return !all_bytes(self->to, 0x5c, 10 * PAGE - 1) ||
	       self->to[10 * PAGE - 1];
}

static int after_receive(FIXTURE_DATA(faults) *self)
{
	struct isle_message m;

	/* it was received, lost, or is still there */
	ipc_receive_now(self->b, ANY, &m);
	return doer_end(&peer);
}

TEST_F_TIMEOUT(faults, lives, 2 * TIMEOUT)
{
	SWEEP("open", NULL, run_open, done_open, NULL);
	SWEEP("map", before_task, run_map, done_map, after_task);
	SWEEP("timer", before_task, run_timer, done_timer, after_task);
	SWEEP("buffer", before_task, run_buffer, NULL, after_task);
	SWEEP("shm", before_task, run_shm, done_shm, after_task);
	SWEEP("shm map", before_shm_map, run_shm_map, done_shm_map,
	      after_task);
}

TEST_F_TIMEOUT(faults, async, 2 * TIMEOUT)
{
	SWEEP("async", NULL, run_async, done_async, NULL);
}

TEST_F_TIMEOUT(faults, payload, 2 * TIMEOUT)
{
	if (self->nth < 0)
		return;
	ASSERT_EQ(0, task_buffer(self->b, self->to, 16 * PAGE));
	SWEEP("payload", before_payload, run_payload, done_payload,
	      after_payload);
	ASSERT_EQ(0, task_buffer(self->b, NULL, 0));
}

TEST_F_TIMEOUT(faults, receive, 2 * TIMEOUT)
{
	if (self->nth < 0)
		return;
	ASSERT_EQ(0, task_buffer(self->b, self->to, 16 * PAGE));
	SWEEP("receive", before_receive, run_receive, done_receive,
	      after_receive);
	ASSERT_EQ(0, task_buffer(self->b, NULL, 0));
}

TEST_HARNESS_MAIN
