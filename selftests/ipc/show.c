// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: what can be seen of tasks: fdinfo, debugfs
 */
#include <kselftest_harness.h>

#include "tasks.h"

FIXTURE(show) {
	int ctl;
	struct dom dom;
	struct counters start;
	char text[16384];
};

FIXTURE_SETUP(show)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
}

FIXTURE_TEARDOWN(show)
{
	close(self->dom.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

/* All of a stream as text */
static bool slurp(FILE *f, char *text, size_t size)
{
	size_t n;

	if (!f)
		return false;
	n = fread(text, 1, size - 1, f);
	text[n] = '\0';
	return true;
}

TEST_F_TIMEOUT(show, fdinfo, TIMEOUT)
{
	int fd = task_open(self->dom.fd);
	char path[64], line[64];
	FILE *f;

	EXPECT_EQ(0, ipc_notify(fd, task_number(fd), 0x500));
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "r");
	ASSERT_TRUE(slurp(f, self->text, sizeof(self->text)));
	fclose(f);
	snprintf(line, sizeof(line), "task:\t%d\n", task_number(fd));
	EXPECT_NE(NULL, strstr(self->text, line));
	EXPECT_NE(NULL, strstr(self->text, "state:\tidle\n"));
	EXPECT_NE(NULL, strstr(self->text, "pending:\t0x500\n"));
	close(fd);
}

TEST_F_TIMEOUT(show, debugfs, TIMEOUT)
{
	int fd = task_open(self->dom.fd);
	char line[64];
	FILE *f = fopen("/sys/kernel/debug/isle/objects", "r");

	if (!f) {
		close(fd);
		SKIP(return, "no debugfs");
	}
	ASSERT_TRUE(slurp(f, self->text, sizeof(self->text)));
	fclose(f);
	snprintf(line, sizeof(line), "  task %d show idle peer=0 ",
		 task_number(fd));
	EXPECT_NE(NULL, strstr(self->text, line));
	close(fd);
}

TEST_HARNESS_MAIN
