// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: notifications and timers
 */
#include <kselftest_harness.h>

#include <sys/epoll.h>

#include "tasks.h"

FIXTURE(notify) {
	int ctl;
	struct dom dom;
	int a, b;
	int na, nb;
	struct counters start;
};

FIXTURE_SETUP(notify)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	self->a = task_open(self->dom.fd);
	self->b = task_open(self->dom.fd);
	self->na = task_number(self->a);
	self->nb = task_number(self->b);
	ASSERT_LE(ISLE_TASK_MIN, self->na);
	ASSERT_LE(ISLE_TASK_MIN, self->nb);
}

FIXTURE_TEARDOWN(notify)
{
	close(self->a);
	close(self->b);
	close(self->dom.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

static bool is_notification(const struct isle_message *m, __u32 bits)
{
	return m->type == ISLE_MESSAGE_NOTIFICATIONS &&
	       m->src == ISLE_TASK_KERNEL && (__u32)m->value == bits &&
	       all_bytes(m->data + 4, 0, sizeof(m->data) - 4);
}

/* All that came since the last one are one message */
TEST_F_TIMEOUT(notify, bits_are_ored, TIMEOUT)
{
	struct isle_message m;
	int i;

	for (i = 0; i < 32; i++)
		EXPECT_EQ(0, ipc_notify(self->a, self->nb, 1U << i));
	EXPECT_EQ(0, ipc_notify(self->a, self->nb, 1));
	EXPECT_EQ(POLLIN, poll_now(self->b, POLLIN));
	memset(&m, 0xaa, sizeof(m));
	EXPECT_EQ(0, ipc_receive(self->b, ANY, &m));
	EXPECT_TRUE(is_notification(&m, ~0U));
	EXPECT_EQ(-EAGAIN, ipc_receive_now(self->b, ANY, &m));
	EXPECT_EQ(0, poll_now(self->b, POLLIN));
	EXPECT_EQ(-EINVAL, ipc_notify(self->a, self->nb, 0));
	EXPECT_EQ(-ESRCH, ipc_notify(self->a, ISLE_TASK_MAX, 1));
	EXPECT_EQ(-ESRCH, ipc_notify(self->a, ISLE_TASK_KERNEL, 1));
}

TEST_F_TIMEOUT(notify, before_messages, TIMEOUT)
{
	struct isle_message m;
	struct doer sender;

	sender.m = message(REQUEST, 1);
	ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_SEND, self->nb, 0));
	EXPECT_TRUE(comes_to(self->a, ISLE_TASK_SENDING));
	EXPECT_EQ(0, ipc_notify(self->b, self->nb, 1U << 9));
	EXPECT_EQ(0, ipc_receive(self->b, ANY, &m));
	EXPECT_TRUE(is_notification(&m, 1U << 9));
	EXPECT_EQ(0, ipc_receive(self->b, ANY, &m));
	EXPECT_EQ(REQUEST, m.type);
	EXPECT_EQ(0, doer_end(&sender));
}

TEST_F_TIMEOUT(notify, wakes, TIMEOUT)
{
	struct doer receiver;

	ASSERT_TRUE(doer_start(&receiver, self->b, ISLE_IPC_RECEIVE, 0, ANY));
	EXPECT_TRUE(comes_to(self->b, ISLE_TASK_RECEIVING));
	EXPECT_EQ(0, ipc_notify(self->a, self->nb, 1U << 31));
	EXPECT_EQ(0, doer_end(&receiver));
	EXPECT_TRUE(is_notification(&receiver.m, 1U << 31));
	ASSERT_TRUE(doer_start(&receiver, self->b, ISLE_IPC_RECEIVE, 0,
			       ISLE_TASK_KERNEL));
	EXPECT_TRUE(comes_to(self->b, ISLE_TASK_RECEIVING));
	EXPECT_EQ(0, ipc_notify(self->a, self->nb, 1U << 30));
	EXPECT_EQ(0, doer_end(&receiver));
	EXPECT_TRUE(is_notification(&receiver.m, 1U << 30));
}

/* The program may take them from its page, without a system call */
TEST_F_TIMEOUT(notify, page, TIMEOUT)
{
	struct isle_task_page *page;
	struct isle_message m;

	/* what came before there was a page */
	EXPECT_EQ(0, ipc_notify(self->a, self->nb, 1U << 8));
	page = task_map(self->b);
	ASSERT_NE(MAP_FAILED, page);
	EXPECT_EQ(0, ipc_notify(self->a, self->nb, 1U << 9));
	EXPECT_EQ(3U << 8, __atomic_exchange_n(&page->pending, 0,
					       __ATOMIC_ACQUIRE));
	EXPECT_EQ(-EAGAIN, ipc_receive_now(self->b, ANY, &m));
	EXPECT_EQ(0, poll_now(self->b, POLLIN));
	/* it may also make itself some */
	page->pending = 1U << 10;
	EXPECT_EQ(0, ipc_receive(self->b, ANY, &m));
	EXPECT_TRUE(is_notification(&m, 1U << 10));
	munmap(page, sizeof(*page));
}

TEST_F_TIMEOUT(notify, epoll, TIMEOUT)
{
	struct epoll_event event = { .events = EPOLLIN }, got;
	int ep = epoll_create1(EPOLL_CLOEXEC);

	ASSERT_LE(0, ep);
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->b, &event));
	EXPECT_EQ(0, epoll_wait(ep, &got, 1, 0));
	EXPECT_EQ(0, ipc_notify(self->a, self->nb, 4096));
	EXPECT_EQ(1, epoll_wait(ep, &got, 1, LONG_WAIT * 1000));
	/* an epoll outlives what it watches */
	close(self->b);
	EXPECT_EQ(0, epoll_wait(ep, &got, 1, 0));
	close(ep);
	self->b = -1;
}

TEST_F_TIMEOUT(notify, timer, TIMEOUT)
{
	struct isle_message m;
	double begin = now();

	ASSERT_EQ(0, task_timer(self->b, 30));
	EXPECT_EQ(0, ipc_receive_soon(self->b, ANY, &m));
	EXPECT_TRUE(is_notification(&m, ISLE_NOTIFY_TIMER));
	EXPECT_LE(0.03, now() - begin);
	/* one shot */
	EXPECT_EQ(-EAGAIN, ipc_receive_now(self->b, ANY, &m));
	/* the last setting counts */
	EXPECT_EQ(0, task_timer(self->b, 3600000));
	EXPECT_EQ(0, task_timer(self->b, 1));
	EXPECT_EQ(0, ipc_receive_soon(self->b, ANY, &m));
	EXPECT_TRUE(is_notification(&m, ISLE_NOTIFY_TIMER));
	EXPECT_EQ(0, task_timer(self->b, UINT32_MAX));
	EXPECT_EQ(0, task_timer(self->b, 1U << 31));
	EXPECT_EQ(0, task_timer(self->b, 0));
	/* a task may end with its timer set */
	EXPECT_EQ(0, task_timer(self->a, 1));
	EXPECT_EQ(0, task_timer(self->b, 3600000));
}

struct raiser {
	pthread_t thread;
	int fd, dst;
	__u32 bit;
	int n;
};

static void *raise_bits(void *data)
{
	struct raiser *r = data;
	int i;

	for (i = 0; i < r->n; i++)
		if (ipc_notify(r->fd, r->dst, r->bit))
			return (void *)1;
	return NULL;
}

/* After the last one, nothing that was raised is missing */
TEST_F_TIMEOUT(notify, none_is_lost, TIMEOUT)
{
	struct raiser raiser[4];
	struct isle_message m;
	__u32 seen = 0;
	int i, round;
	void *ret;

	for (round = 0; round < rounds(50, 5); round++) {
		for (i = 0; i < 4; i++) {
			raiser[i] = (struct raiser){
				.fd = self->a, .dst = self->nb,
				.bit = 1U << (8 + i), .n = 100,
			};
			ASSERT_EQ(0, pthread_create(&raiser[i].thread, NULL,
						    raise_bits, &raiser[i]));
		}
		for (seen = 0; seen != 0xf00; seen |= m.value)
			ASSERT_EQ(0, ipc_receive_soon(self->b, ANY, &m));
		for (i = 0; i < 4; i++) {
			pthread_join(raiser[i].thread, &ret);
			EXPECT_EQ(NULL, ret);
		}
		while (!ipc_receive_now(self->b, ANY, &m))
			;
	}
}

TEST_HARNESS_MAIN
