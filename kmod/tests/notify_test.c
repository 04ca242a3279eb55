// SPDX-License-Identifier: GPL-2.0
/* KUnit: notification bits, timers, asynchronous messages, watches. */
#include <linux/jiffies.h>
#include <linux/sched.h>

#include "ipc/notify.h"
#include "ipc/watch.h"
#include "task_test.h"

static void notify_bits_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	struct isle_message m;
	u32 bit;

	for (bit = 1; bit; bit <<= 1)
		KUNIT_EXPECT_EQ(test, isle_notify(t->a, t->b->id, bit), 0);
	KUNIT_EXPECT_EQ(test, receive(t->b, ISLE_TASK_ANY, &m), 0);
	KUNIT_EXPECT_EQ(test, m.type, ISLE_MESSAGE_NOTIFICATIONS);
	KUNIT_EXPECT_EQ(test, m.src, ISLE_TASK_KERNEL);
	KUNIT_EXPECT_EQ(test, (u32)m.value, ~0U);
	KUNIT_EXPECT_EQ(test, receive(t->b, ISLE_TASK_ANY, &m), -EAGAIN);
	KUNIT_EXPECT_EQ(test, isle_notify(t->a, t->b->id, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, isle_notify(t->a, t->other->id, 1), -ESRCH);
	KUNIT_EXPECT_EQ(test, isle_notify(t->a, 0, 1), -ESRCH);
}

/* A closed receive leaves them where they are */
static void notify_closed_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	struct isle_message m;

	isle_notify(t->a, t->b->id, 16);
	KUNIT_EXPECT_EQ(test, receive(t->b, t->a->id, &m), -EAGAIN);
	KUNIT_EXPECT_EQ(test, receive(t->b, ISLE_TASK_KERNEL, &m), 0);
	KUNIT_EXPECT_EQ(test, m.value, 16);
}

static void notify_timer_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	unsigned long end = jiffies + 60 * HZ;
	struct isle_message m;

	KUNIT_ASSERT_EQ(test, isle_timer_set(t->a, 1), 0);
	while (receive(t->a, ISLE_TASK_KERNEL, &m) && time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_EQ(test, (u32)m.value, ISLE_NOTIFY_TIMER);
	/* it ends with the task */
	KUNIT_EXPECT_EQ(test, isle_timer_set(t->b, 1), 0);
	isle_task_end(t->b);
	KUNIT_EXPECT_EQ(test, isle_timer_set(t->b, 1), -ENODEV);
}

static void notify_watch_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	struct isle_message m = {};

	KUNIT_EXPECT_EQ(test, isle_watch(t->a, t->a->id), -EDEADLK);
	KUNIT_EXPECT_EQ(test, isle_watch(t->a, t->other->id), -ESRCH);
	KUNIT_EXPECT_EQ(test, isle_unwatch(t->a, t->b->id), -ENOENT);
	KUNIT_EXPECT_EQ(test, isle_watch(t->a, t->b->id), 0);
	KUNIT_EXPECT_EQ(test, isle_watch(t->a, t->b->id), -EEXIST);
	KUNIT_EXPECT_EQ(test, isle_watch(t->b, t->a->id), 0);
	KUNIT_EXPECT_EQ(test, isle_unwatch(t->b, t->a->id), 0);
	KUNIT_EXPECT_EQ(test, isle_watch(t->b, t->a->id), 0);
	isle_task_end(t->b);
	KUNIT_EXPECT_EQ(test, receive(t->a, ISLE_TASK_ANY, &m), 0);
	KUNIT_EXPECT_EQ(test, (u32)m.value, ISLE_NOTIFY_ASYNC);
	KUNIT_EXPECT_EQ(test, run_ipc(t->a, ISLE_IPC_ASYNC_RECEIVE, 0,
				      ISLE_TASK_SERVICES, 0, &m), 0);
	KUNIT_EXPECT_EQ(test, m.type, ISLE_MESSAGE_EXITED);
	KUNIT_EXPECT_EQ(test, m.src, ISLE_TASK_SERVICES);
	KUNIT_EXPECT_EQ(test, m.value, t->b->id);
}

/* Unlinked domains end for each other */
static void notify_watch_unlink_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	struct isle_message m = {};

	KUNIT_EXPECT_EQ(test, isle_watch(t->a, t->linked->id), 0);
	isle_unlink(t->domain[0], t->domain[1]);
	KUNIT_EXPECT_EQ(test, run_ipc(t->a, ISLE_IPC_ASYNC_RECEIVE, 0,
				      ISLE_TASK_ANY, 0, &m), 0);
	KUNIT_EXPECT_EQ(test, m.value, t->linked->id);
	KUNIT_EXPECT_TRUE(test, list_empty(&t->linked->watchers));
}

static struct kunit_case notify_cases[] = {
	KUNIT_CASE(notify_bits_test),
	KUNIT_CASE(notify_closed_test),
	KUNIT_CASE(notify_timer_test),
	KUNIT_CASE(notify_watch_test),
	KUNIT_CASE(notify_watch_unlink_test),
	{}
};

static struct kunit_suite notify_suite = {
	.name = "isle_notify",
	.suite_init = tasks_suite_init,
	.suite_exit = tasks_suite_exit,
	.init = tasks_init,
	.exit = tasks_exit,
	.test_cases = notify_cases,
};
kunit_test_suite(notify_suite);
