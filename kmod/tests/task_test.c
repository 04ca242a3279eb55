// SPDX-License-Identifier: GPL-2.0
/* KUnit: numbers and lives of tasks. */
#include "task_test.h"

static void task_find_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	struct isle_task *found;

	found = isle_task_get(t->a, t->b->id);
	KUNIT_EXPECT_PTR_EQ(test, found, t->b);
	isle_task_put(found);
	found = isle_task_get(t->a, t->linked->id);
	KUNIT_EXPECT_PTR_EQ(test, found, t->linked);
	isle_task_put(found);
	KUNIT_EXPECT_NULL(test, isle_task_get(t->a, t->other->id));
	KUNIT_EXPECT_NULL(test, isle_task_get(t->a, 0));
	KUNIT_EXPECT_NULL(test, isle_task_get(t->a, 1));
	KUNIT_EXPECT_NULL(test, isle_task_get(t->a, -1));
	KUNIT_EXPECT_NULL(test, isle_task_get(t->a, S32_MAX));
	KUNIT_EXPECT_NULL(test, isle_task_get(t->a, S32_MIN));
}

/* The last number is followed by the first that is free */
static void task_wrap_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	u32 next = isle_task_next_id;
	struct isle_task *last, *first;

	isle_task_next_id = ISLE_TASK_MAX;
	last = task_make(test, t->domain[0]);
	KUNIT_EXPECT_EQ(test, last->id, ISLE_TASK_MAX);
	first = task_make(test, t->domain[0]);
	KUNIT_EXPECT_GE(test, first->id, ISLE_TASK_MIN);
	KUNIT_EXPECT_LT(test, first->id, ISLE_TASK_MAX);
	KUNIT_EXPECT_NE(test, first->id, t->a->id);
	task_unmake(first);
	task_unmake(last);
	isle_task_next_id = next;
}

/* A number that is given again has nothing of the one before */
static void task_reuse_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	struct isle_task *old, *new;
	struct isle_message m = {};
	s32 id;

	old = task_make(test, t->domain[0]);
	id = old->id;
	m.type = 1000;
	KUNIT_EXPECT_EQ(test, run_ipc(t->a, ISLE_IPC_NOTIFY, id, 0, 8, &m), 0);
	KUNIT_EXPECT_EQ(test, run_ipc(t->a, ISLE_IPC_ASYNC_SEND, id, 0, 0, &m),
			0);
	isle_task_end(old);
	KUNIT_EXPECT_NULL(test, isle_task_get(t->a, id));
	isle_task_next_id = id;
	new = task_make(test, t->domain[2]);
	KUNIT_EXPECT_EQ(test, new->id, id);
	KUNIT_EXPECT_EQ(test, receive(new, ISLE_TASK_ANY, &m), -EAGAIN);
	KUNIT_EXPECT_EQ(test, run_ipc(new, ISLE_IPC_ASYNC_RECEIVE, 0,
				      ISLE_TASK_ANY, 0, &m), -ENODATA);
	KUNIT_EXPECT_NULL(test, isle_task_get(t->a, id));
	task_unmake(new);
	isle_task_put(old);
}

static void task_quota_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	struct isle_account *account = &t->domain[0]->account;

	KUNIT_EXPECT_EQ(test, isle_account_used(account, ISLE_QUOTA_TASKS),
			2ULL);
	isle_account_set_limit(account, ISLE_QUOTA_TASKS, 2);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_task_create(t->domain[0])),
			-EDQUOT);
	KUNIT_EXPECT_EQ(test, isle_account_used(account, ISLE_QUOTA_TASKS),
			2ULL);
}

static void task_dead_domain_test(struct kunit *test)
{
	struct tasks *t = test->priv;
	struct isle_message m = {};

	isle_domain_destroy(t->domain[0]);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_task_create(t->domain[0])), -ENODEV);
	KUNIT_EXPECT_EQ(test, receive(t->a, ISLE_TASK_ANY, &m), -ENODEV);
	KUNIT_EXPECT_NULL(test, isle_task_get(t->linked, t->a->id));
	KUNIT_EXPECT_EQ(test, isle_account_used(&t->domain[0]->account,
						ISLE_QUOTA_TASKS), 0ULL);
}

/* An idle task has to be cheap: see docs/performance.md */
static void task_size_test(struct kunit *test)
{
	if (!IS_ENABLED(CONFIG_DEBUG_SPINLOCK))
		KUNIT_EXPECT_LE(test, sizeof(struct isle_task), (size_t)512);
}

static struct kunit_case task_cases[] = {
	KUNIT_CASE(task_find_test),
	KUNIT_CASE(task_wrap_test),
	KUNIT_CASE(task_reuse_test),
	KUNIT_CASE(task_quota_test),
	KUNIT_CASE(task_dead_domain_test),
	KUNIT_CASE(task_size_test),
	{}
};

static struct kunit_suite task_suite = {
	.name = "isle_task",
	.suite_init = tasks_suite_init,
	.suite_exit = tasks_suite_exit,
	.init = tasks_init,
	.exit = tasks_exit,
	.test_cases = task_cases,
};
kunit_test_suite(task_suite);
