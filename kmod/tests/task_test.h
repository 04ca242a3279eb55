/* SPDX-License-Identifier: GPL-2.0 */
/* KUnit: two tasks of one domain, one of a linked and one of an unlinked. */
#ifndef ISLE_TESTS_TASK_TEST_H
#define ISLE_TESTS_TASK_TEST_H

#include <kunit/test.h>
#include <linux/err.h>

#include "core/domain.h"
#include "core/link.h"
#include "core/live.h"
#include "ipc/message.h"
#include "ipc/task.h"

struct tasks {
	struct isle_domain *domain[3];	/* 0 and 1 are linked */
	struct isle_task *a, *b;	/* of 0 */
	struct isle_task *linked;	/* of 1 */
	struct isle_task *other;	/* of 2 */
	long tasks, messages;
};

static inline struct isle_task *task_make(struct kunit *test,
					  struct isle_domain *domain)
{
	struct isle_task *task = isle_task_create(domain);

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, task);
	isle_task_hold(task);
	return task;
}

static inline void task_unmake(struct isle_task *task)
{
	isle_task_end(task);
	isle_task_put(task);
}

static inline int tasks_init(struct kunit *test)
{
	struct tasks *t = kunit_kzalloc(test, sizeof(*t), GFP_KERNEL);
	int i;

	KUNIT_ASSERT_NOT_NULL(test, t);
	t->tasks = isle_live_read(ISLE_LIVE_TASKS);
	t->messages = isle_live_read(ISLE_LIVE_MESSAGES);
	for (i = 0; i < 3; i++) {
		t->domain[i] = isle_domain_create("");
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, t->domain[i]);
	}
	KUNIT_ASSERT_EQ(test, isle_link(t->domain[0], t->domain[1]), 0);
	t->a = task_make(test, t->domain[0]);
	t->b = task_make(test, t->domain[0]);
	t->linked = task_make(test, t->domain[1]);
	t->other = task_make(test, t->domain[2]);
	test->priv = t;
	return 0;
}

static inline void tasks_exit(struct kunit *test)
{
	struct tasks *t = test->priv;
	int i;

	task_unmake(t->a);
	task_unmake(t->b);
	task_unmake(t->linked);
	task_unmake(t->other);
	for (i = 0; i < 3; i++) {
		isle_domain_unuse(t->domain[i]);
		isle_domain_put(t->domain[i]);
	}
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_TASKS), t->tasks);
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_MESSAGES), t->messages);
}

/* Suites run while the module is loaded, before its own init */
static inline int tasks_suite_init(struct kunit_suite *suite)
{
	return isle_task_init();
}

static inline void tasks_suite_exit(struct kunit_suite *suite)
{
	isle_task_exit();
}

static inline int run_ipc(struct isle_task *task, u32 flags, s32 dst, s32 src,
			  u32 bits, struct isle_message *message)
{
	struct isle_ipc ipc = {
		.size = sizeof(ipc), .flags = flags, .dst = dst, .src = src,
		.bits = bits,
	};

	return isle_ipc(task, &ipc, message, NULL);
}

/* What is there already */
static inline int receive(struct isle_task *task, s32 src,
			  struct isle_message *message)
{
	return run_ipc(task, ISLE_IPC_RECEIVE | ISLE_IPC_NOWAIT, 0, src, 0,
		       message);
}

#endif /* ISLE_TESTS_TASK_TEST_H */
