// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: messages between tasks
 *
 * Every operation in its plain form and through the mapped page, open and
 * closed receives, the order in which messages come, every errno, and who may
 * talk to whom.
 */
#include <kselftest_harness.h>

#include "tasks.h"

FIXTURE(message) {
	int ctl;
	struct dom dom[3];	/* 0 and 1 are linked, 2 is not */
	int a, b;		/* tasks of 0 and 1 */
	int na, nb;
	struct counters start;
};

FIXTURE_SETUP(message)
{
	int i;

	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom[i]));
	}
	ASSERT_EQ(0, dom_link(self->ctl, self->dom[0].id, self->dom[1].id));
	self->a = task_open(self->dom[0].fd);
	ASSERT_LE(0, self->a);
	self->b = task_open(self->dom[1].fd);
	ASSERT_LE(0, self->b);
	self->na = task_number(self->a);
	self->nb = task_number(self->b);
	ASSERT_LE(ISLE_TASK_MIN, self->na);
	ASSERT_LE(ISLE_TASK_MIN, self->nb);
	ASSERT_NE(self->na, self->nb);
}

FIXTURE_TEARDOWN(message)
{
	int i;

	close(self->a);
	close(self->b);
	for (i = 0; i < 3; i++)
		close(self->dom[i].fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

TEST_F(message, call_and_reply)
{
	struct isle_message m;
	struct server server;
	int i;

	ASSERT_TRUE(server_start(&server, self->dom[1].fd));
	for (i = 0; i < rounds(1000, 100); i++) {
		message_fill(&m, REQUEST, i);
		ASSERT_EQ(0, ipc_call(self->a, server.number, &m));
		ASSERT_TRUE(message_is(&m, REQUEST + 1, server.number, i));
	}
	EXPECT_EQ(0, server_stop(&server, self->a));
	EXPECT_EQ(i, server.served);
}

TEST_F(message, nop)
{
	struct isle_message m = message(NOP, 12345);

	ASSERT_EQ(0, ipc_call(self->a, SERVICES, &m));
	EXPECT_EQ(NOP + 1, m.type);
	EXPECT_EQ(SERVICES, m.src);
	EXPECT_EQ(12345, m.value);
	EXPECT_TRUE(all_bytes(m.data + 4, 0, sizeof(m.data) - 4));
}

TEST_HARNESS_MAIN
