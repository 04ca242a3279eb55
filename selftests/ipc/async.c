// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: asynchronous messages
 */
#include <kselftest_harness.h>

#include "tasks.h"

#define SENT_MAX	256	/* of one task, that nobody has fetched */

FIXTURE(async) {
	int ctl;
	struct dom dom[2];
	int a, b;
	int na, nb;
	struct counters start;
};

FIXTURE_SETUP(async)
{
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
	ASSERT_LE(ISLE_TASK_MIN, self->na);
	ASSERT_LE(ISLE_TASK_MIN, self->nb);
}

FIXTURE_TEARDOWN(async)
{
	close(self->a);
	close(self->b);
	close(self->dom[0].fd);
	close(self->dom[1].fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

TEST_F_TIMEOUT(async, in_order, TIMEOUT)
{
	struct isle_message m;
	int i;

	for (i = 0; i < 100; i++) {
		message_fill(&m, REQUEST + i, i);
		ASSERT_EQ(0, ipc_async_send(self->a, self->nb, &m));
	}
	EXPECT_EQ(POLLIN | POLLRDBAND,
		  poll_now(self->b, POLLIN | POLLRDBAND));
	EXPECT_EQ(0, ipc_receive(self->b, ANY, &m));
	EXPECT_EQ(ISLE_MESSAGE_NOTIFICATIONS, m.type);
	EXPECT_EQ(ISLE_NOTIFY_ASYNC, (__u32)m.value);
	EXPECT_EQ(POLLRDBAND, poll_now(self->b, POLLIN | POLLRDBAND));
	for (i = 0; i < 100; i++) {
		EXPECT_EQ(0, ipc_async_receive(self->b, i % 2 ? ANY : self->na,
					       &m));
		EXPECT_TRUE(message_is(&m, REQUEST + i, self->na, i));
	}
	EXPECT_EQ(-ENODATA, ipc_async_receive(self->b, ANY, &m));
	EXPECT_EQ(-ENODATA, ipc_async_receive(self->b, self->na, &m));
	EXPECT_EQ(0, poll_now(self->b, POLLIN | POLLRDBAND));
}

TEST_F_TIMEOUT(async, from_one, TIMEOUT)
{
	int c = task_open(self->dom[0].fd), nc = task_number(c);
	struct isle_message m = message(REQUEST, 1);

	EXPECT_EQ(0, ipc_async_send(self->a, self->nb, &m));
	m.value = 2;
	EXPECT_EQ(0, ipc_async_send(c, self->nb, &m));
	EXPECT_EQ(0, ipc_async_receive(self->b, nc, &m));
	EXPECT_EQ(nc, m.src);
	EXPECT_EQ(2, m.value);
	EXPECT_EQ(-ENODATA, ipc_async_receive(self->b, nc, &m));
	/* what a task has sent outlives it */
	close(self->a);
	EXPECT_EQ(0, ipc_async_receive(self->b, self->na, &m));
	EXPECT_EQ(1, m.value);
	close(c);
	self->a = -1;
}

TEST_F_TIMEOUT(async, one_sender_has_a_limit, TIMEOUT)
{
	int c = task_open(self->dom[0].fd);
	struct isle_message m = message(REQUEST, 1);
	int i;

	for (i = 0; i < SENT_MAX; i++)
		ASSERT_EQ(0, ipc_async_send(self->a, self->nb, &m));
	EXPECT_EQ(-EAGAIN, ipc_async_send(self->a, self->nb, &m));
	/* others do not suffer */
	EXPECT_EQ(0, ipc_async_send(c, self->nb, &m));
	EXPECT_EQ(0, ipc_async_receive(self->b, self->na, &m));
	EXPECT_EQ(0, ipc_async_send(self->a, self->nb, &m));
	close(c);
}

TEST_F_TIMEOUT(async, one_receiver_has_a_limit, TIMEOUT)
{
	struct isle_message m = message(REQUEST, 1);
	int fd[8];
	int i, k, ret = 0, n = 0;

	for (i = 0; i < 8; i++) {
		fd[i] = task_open(self->dom[0].fd);
		ASSERT_LE(0, fd[i]);
		for (k = 0; k < SENT_MAX && !ret; k++, n++)
			ret = ipc_async_send(fd[i], self->nb, &m);
	}
	EXPECT_EQ(-EAGAIN, ret);
	EXPECT_GT(8 * SENT_MAX, n);
	for (i = 0; i < 8; i++)
		close(fd[i]);
}

TEST_F_TIMEOUT(async, quotas, TIMEOUT)
{
	struct isle_message m = message(REQUEST, 1);
	int i;

	for (i = 0; i < 2; i++) {
		__u32 id = self->dom[i].id;
		__u64 used = quota_used(self->ctl, id, ISLE_QUOTA_MESSAGES);

		/* either side's quota refuses it */
		ASSERT_EQ(0, quota_set(self->ctl, id, ISLE_QUOTA_MESSAGES,
				       used));
		EXPECT_EQ(-EDQUOT, ipc_async_send(self->a, self->nb, &m));
		EXPECT_EQ(used, quota_used(self->ctl, id,
					   ISLE_QUOTA_MESSAGES));
		ASSERT_EQ(0, quota_set(self->ctl, id, ISLE_QUOTA_MESSAGES,
				       1 << 20));
	}
	EXPECT_EQ(0, ipc_async_send(self->a, self->nb, &m));
	for (i = 0; i < 2; i++)
		EXPECT_LE(sizeof(m), quota_used(self->ctl, self->dom[i].id,
						ISLE_QUOTA_MESSAGES));
	close(self->b);
	self->b = -1;
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, quota_used(self->ctl, self->dom[i].id,
					ISLE_QUOTA_MESSAGES));
}

TEST_F_TIMEOUT(async, to_oneself_and_to_nobody, TIMEOUT)
{
	struct isle_message m = message(REQUEST, 9);

	EXPECT_EQ(0, ipc_async_send(self->a, self->na, &m));
	EXPECT_EQ(-EDEADLK, ipc_async_receive(self->a, self->na, &m));
	EXPECT_EQ(0, ipc_async_receive(self->a, ANY, &m));
	EXPECT_EQ(9, m.value);
	EXPECT_EQ(-ESRCH, ipc_async_send(self->a, ISLE_TASK_MAX, &m));
	EXPECT_EQ(-ESRCH, ipc_async_send(self->a, ISLE_TASK_KERNEL, &m));
	EXPECT_EQ(-ESRCH, ipc_async_send(self->a, SERVICES, &m));
	/* payloads do not travel this way */
	m.type = REQUEST | ISLE_MESSAGE_PAYLOAD;
	EXPECT_EQ(-EINVAL, ipc_async_send(self->a, self->nb, &m));
}

/*
 * Nothing goes back in the argument, which therefore can be read-only: somebody
 * who is told that sending has failed must not find that it was done.
 */
TEST_F_TIMEOUT(async, read_only_argument, TIMEOUT)
{
	struct isle_message m, *sent;
	struct isle_ipc *arg;

	arg = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, arg);
	sent = (struct isle_message *)(arg + 1);
	message_fill(sent, REQUEST, 7);
	*arg = (struct isle_ipc){
		.size = sizeof(*arg), .flags = ISLE_IPC_ASYNC_SEND,
		.dst = self->nb, .message = (uintptr_t)sent,
	};
	ASSERT_EQ(0, mprotect(arg, 4096, PROT_READ));
	EXPECT_EQ(0, call(self->a, ISLE_TASK_IPC, arg));
	EXPECT_EQ(0, ipc_async_receive(self->b, self->na, &m));
	EXPECT_TRUE(message_is(&m, REQUEST, self->na, 7));
	EXPECT_EQ(-ENODATA, ipc_async_receive(self->b, ANY, &m));

	/* to receive a message where nothing can be written loses it */
	ASSERT_EQ(0, mprotect(arg, 4096, PROT_READ | PROT_WRITE));
	arg->flags = ISLE_IPC_ASYNC_RECEIVE;
	arg->dst = 0;
	arg->src = self->nb;
	ASSERT_EQ(0, mprotect(arg, 4096, PROT_READ));
	m = message(REQUEST, 1);
	EXPECT_EQ(0, ipc_async_send(self->b, self->na, &m));
	EXPECT_EQ(-EFAULT, call(self->a, ISLE_TASK_IPC, arg));
	EXPECT_EQ(-ENODATA, ipc_async_receive(self->a, self->nb, &m));
	munmap(arg, 4096);
}

TEST_HARNESS_MAIN
