// SPDX-License-Identifier: GPL-2.0
/* KUnit: queues of messages, with threads of the kernel as programs. */
#include <linux/kthread.h>
#include <linux/sched/task.h>

#include "ipc/service.h"
#include "task_test.h"

/* A thread that does one operation */
struct doer {
	struct task_struct *thread;
	struct isle_task *task;
	struct isle_message m;
	u32 flags;
	s32 dst;
	int ret;
};

static int do_it(void *data)
{
	struct doer *d = data;

	d->ret = run_ipc(d->task, d->flags, d->dst, 0, 0, &d->m);
	return 0;
}

static void start(struct kunit *test, struct doer *d, struct isle_task *task,
		  u32 flags, struct isle_task *dst, int value)
{
	unsigned long end = jiffies + 60 * HZ;

	d->task = task;
	d->flags = flags;
	d->dst = dst->id;
	memset(&d->m, 0, sizeof(d->m));
	d->m.type = 1000;
	d->m.value = value;
	d->thread = kthread_create(do_it, d, "isle-test");
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, d->thread);
	get_task_struct(d->thread);
	wake_up_process(d->thread);
	while (READ_ONCE(task->state) != ISLE_TASK_SENDING &&
	       time_before(jiffies, end))
		schedule_timeout_uninterruptible(1);
	KUNIT_EXPECT_EQ(test, task->state, (u32)ISLE_TASK_SENDING);
}

static int finish(struct doer *d)
{
	kthread_stop(d->thread);
	put_task_struct(d->thread);
	return d->ret;
}

static void message_order_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	struct isle_message m;
	struct doer first, second;

	start(test, &first, t->a, ISLE_IPC_SEND, t->b, 1);
	start(test, &second, t->linked, ISLE_IPC_SEND, t->b, 2);
	/* the second one by name, then whoever is left */
	KUNIT_EXPECT_EQ(test, receive(t->b, t->linked->id, &m), 0);
	KUNIT_EXPECT_EQ(test, m.value, 2);
	KUNIT_EXPECT_EQ(test, m.src, t->linked->id);
	KUNIT_EXPECT_EQ(test, receive(t->b, ISLE_TASK_ANY, &m), 0);
	KUNIT_EXPECT_EQ(test, m.value, 1);
	KUNIT_EXPECT_EQ(test, m.src, t->a->id);
	KUNIT_EXPECT_EQ(test, receive(t->b, ISLE_TASK_ANY, &m), -EAGAIN);
	KUNIT_EXPECT_EQ(test, finish(&first), 0);
	KUNIT_EXPECT_EQ(test, finish(&second), 0);
}

static void message_call_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	struct isle_message m;
	struct doer caller;

	start(test, &caller, t->a, ISLE_IPC_CALL, t->b, 1);
	KUNIT_EXPECT_EQ(test, receive(t->b, ISLE_TASK_ANY, &m), 0);
	KUNIT_EXPECT_EQ(test, t->a->state, (u32)ISLE_TASK_CALLING);
	KUNIT_EXPECT_PTR_EQ(test, t->a->target, t->b);
	m.type = 1001;
	m.value = 3;
	KUNIT_EXPECT_EQ(test, run_ipc(t->linked, ISLE_IPC_REPLY, t->a->id, 0,
				      0, &m), -ENOENT);
	KUNIT_EXPECT_EQ(test, run_ipc(t->b, ISLE_IPC_REPLY, t->a->id, 0, 0,
				      &m), 0);
	KUNIT_EXPECT_EQ(test, finish(&caller), 0);
	KUNIT_EXPECT_EQ(test, caller.m.type, 1001);
	KUNIT_EXPECT_EQ(test, caller.m.value, 3);
	KUNIT_EXPECT_EQ(test, caller.m.src, t->b->id);
	KUNIT_EXPECT_TRUE(test, list_empty(&t->b->callers));
}

static void message_abort_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	struct doer sender, caller;
	struct isle_message m;

	start(test, &caller, t->a, ISLE_IPC_CALL, t->linked, 1);
	KUNIT_EXPECT_EQ(test, receive(t->linked, ISLE_TASK_ANY, &m), 0);
	start(test, &sender, t->b, ISLE_IPC_SEND, t->linked, 1);
	/* only those of the other domain, and all of them */
	isle_message_abort_domain(t->linked, t->domain[2]);
	KUNIT_EXPECT_EQ(test, t->b->state, (u32)ISLE_TASK_SENDING);
	isle_message_abort_domain(t->linked, t->domain[0]);
	KUNIT_EXPECT_EQ(test, finish(&sender), -ECANCELED);
	KUNIT_EXPECT_EQ(test, finish(&caller), -ECANCELED);
	KUNIT_EXPECT_TRUE(test, list_empty(&t->linked->senders));
	KUNIT_EXPECT_TRUE(test, list_empty(&t->linked->callers));
}

static void message_unlink_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	struct isle_message m = { .type = 1000 };
	struct doer sender;

	start(test, &sender, t->a, ISLE_IPC_SEND, t->linked, 1);
	KUNIT_EXPECT_EQ(test, isle_unlink(t->domain[0], t->domain[1]), 0);
	KUNIT_EXPECT_EQ(test, finish(&sender), -ECANCELED);
	KUNIT_EXPECT_EQ(test, run_ipc(t->a, ISLE_IPC_SEND, t->linked->id, 0, 0,
				      &m), -ESRCH);
}

static void message_nobody_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	static const s32 nobody[] = { 0, 1, ISLE_TASK_MAX, S32_MAX };
	struct isle_message m = { .type = 1000 };
	int i;

	for (i = 0; i < ARRAY_SIZE(nobody); i++)
		KUNIT_EXPECT_EQ(test, run_ipc(t->a, ISLE_IPC_SEND, nobody[i], 0,
					      0, &m), -ESRCH);
	KUNIT_EXPECT_EQ(test, run_ipc(t->a, ISLE_IPC_SEND, t->other->id, 0, 0,
				      &m), -ESRCH);
	KUNIT_EXPECT_EQ(test, run_ipc(t->a, ISLE_IPC_SEND, t->a->id, 0, 0, &m),
			-EDEADLK);
	KUNIT_EXPECT_EQ(test, run_ipc(t->a, ISLE_IPC_SEND | ISLE_IPC_NOWAIT,
				      t->b->id, 0, 0, &m), -EAGAIN);
}

static void message_errors_test(struct kunit *test)
{
	int number;

	KUNIT_EXPECT_EQ(test, isle_error_number(-ENOMEM), -1);
	KUNIT_EXPECT_EQ(test, isle_error_number(-EPERM), -2);
	KUNIT_EXPECT_EQ(test, isle_error_number(-EAGAIN), -3);
	KUNIT_EXPECT_EQ(test, isle_error_number(-ECANCELED), -4);
	KUNIT_EXPECT_EQ(test, isle_error_number(-EMSGSIZE), -5);
	KUNIT_EXPECT_EQ(test, isle_error_number(-ENOENT), -7);
	KUNIT_EXPECT_EQ(test, isle_error_number(-EINVAL), -8);
	KUNIT_EXPECT_EQ(test, isle_error_number(-ESRCH), -9);
	for (number = 1; number < 200; number++)
		KUNIT_EXPECT_LT(test, isle_error_number(-number), 0);
}

static struct kunit_case message_cases[] = {
	KUNIT_CASE(message_order_test),
	KUNIT_CASE(message_call_test),
	KUNIT_CASE(message_abort_test),
	KUNIT_CASE(message_unlink_test),
	KUNIT_CASE(message_nobody_test),
	KUNIT_CASE(message_errors_test),
	{}
};

static struct kunit_suite message_suite = {
	.name = "isle_message",
	.suite_init = tasks_suite_init,
	.suite_exit = tasks_suite_exit,
	.init = tasks_init,
	.exit = tasks_exit,
	.test_cases = message_cases,
};
kunit_test_suite(message_suite);
