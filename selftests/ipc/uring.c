// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: waits of a thread for which io_uring has work
 *
 * Such work interrupts a wait as a signal would, and is none: it must not end the
 * wait, or what was received in it is lost.
 */
#include <kselftest_harness.h>

#include "../uring.h"
#include "tasks.h"

FIXTURE(uring) {
	int ctl;
	struct dom dom;
	int a, b;
	int na, nb;
	int pipe[2];
	struct io_uring ring;
	struct counters start;
};

FIXTURE_SETUP(uring)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	self->a = task_open(self->dom.fd);
	self->b = task_open(self->dom.fd);
	self->na = task_number(self->a);
	self->nb = task_number(self->b);
	ASSERT_LE(ISLE_TASK_MIN, self->nb);
	ASSERT_EQ(0, pipe(self->pipe));
	ASSERT_EQ(0, io_uring_queue_init(8, &self->ring, 0));
}

FIXTURE_TEARDOWN(uring)
{
	io_uring_queue_exit(&self->ring);
	close(self->pipe[0]);
	close(self->pipe[1]);
	close(self->a);
	close(self->b);
	close(self->dom.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

/* A request of this thread that is complete when there is a byte in the pipe */
static bool expect_work(FIXTURE_DATA(uring) *self)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(&self->ring);

	if (!sqe)
		return false;
	io_uring_prep_poll_add(sqe, self->pipe[0], POLLIN);
	return io_uring_submit(&self->ring) == 1;
}

/* It was done, and the byte is gone */
static bool work_was_done(FIXTURE_DATA(uring) *self)
{
	char byte;

	return reap(&self->ring, NULL) == POLLIN && read(self->pipe[0], &byte, 1) == 1;
}

struct worker {
	pthread_t thread;
	int fd;
	int work;		/* a byte written there makes work for the caller */
	int n;
	int err;
};

/* Has received the call when it makes work for who waits for the reply */
static void *answer_calls(void *arg)
{
	struct worker *s = arg;
	struct isle_message m;
	int i;

	for (i = 0; i < s->n && !s->err; i++) {
		s->err = ipc_receive_soon(s->fd, ANY, &m);
		if (s->err)
			break;
		if (write(s->work, "", 1) != 1)
			s->err = -errno;
		/* so that the caller is told of the work before it gets its reply */
		usleep(i % 4 * 1000);
		m.value++;
		if (!s->err)
			s->err = ipc_reply(s->fd, m.src, &m);
	}
	return NULL;
}

static void calls(struct __test_metadata *_metadata, FIXTURE_DATA(uring) *self, __u32 flags)
{
	struct worker s = { .fd = self->b, .work = self->pipe[1], .n = rounds(200, 40) };
	int i;

	ASSERT_EQ(0, pthread_create(&s.thread, NULL, answer_calls, &s));
	for (i = 0; i < s.n; i++) {
		struct isle_message m = { .type = REQUEST, .value = i };
		struct isle_ipc arg = {
			.flags = ISLE_IPC_CALL | flags, .dst = self->nb,
			.timeout_ns = flags ? LONG_WAIT * 1000000000LL : 0,
			.message = (uintptr_t)&m,
		};

		ASSERT_TRUE(expect_work(self));
		ASSERT_EQ(0, ipc(self->a, &arg));
		EXPECT_EQ(i + 1, m.value);
		ASSERT_TRUE(work_was_done(self));
	}
	pthread_join(s.thread, NULL);
	EXPECT_EQ(0, s.err);
}

TEST_F_TIMEOUT(uring, call, TIMEOUT)
{
	calls(_metadata, self, 0);
}

TEST_F_TIMEOUT(uring, call_with_timeout, TIMEOUT)
{
	calls(_metadata, self, ISLE_IPC_TIMEOUT);
}

/* What has come does not keep a wait from ending in time, either */
TEST_F_TIMEOUT(uring, timeout, TIMEOUT)
{
	struct isle_message m;
	struct isle_ipc arg = {
		.flags = ISLE_IPC_RECEIVE | ISLE_IPC_TIMEOUT, .src = ANY,
		.timeout_ns = 100000000, .message = (uintptr_t)&m,
	};

	ASSERT_TRUE(expect_work(self));
	ASSERT_EQ(1, write(self->pipe[1], "", 1));
	EXPECT_EQ(-ETIMEDOUT, ipc(self->a, &arg));
	ASSERT_TRUE(work_was_done(self));
}

TEST_HARNESS_MAIN
