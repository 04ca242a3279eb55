// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: regions, memory that payloads are sent from
 *
 * What is sent from them is what other payloads are; what is not in them is
 * sent as ever; and whatever becomes of the memory, the program or the task,
 * the pages that were registered are what is sent, and are let go of.
 */
#include <kselftest_harness.h>

#include <linux/userfaultfd.h>
#include <poll.h>
#include <pthread.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tasks.h"

#define PAGE		4096
#define MAX		ISLE_PAYLOAD_MAX
#define N		(40 * PAGE)

FIXTURE(region) {
	int ctl;
	struct dom dom;
	int a, b;
	int na, nb;
	uint8_t *from, *to;
	struct counters start;
};

FIXTURE_SETUP(region)
{
	struct rng r = { 11 };

	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	self->a = task_open(self->dom.fd);
	self->b = task_open(self->dom.fd);
	self->na = task_number(self->a);
	self->nb = task_number(self->b);
	ASSERT_LE(ISLE_TASK_MIN, self->nb);
	/* with holes before and behind */
	self->from = mmap(NULL, N + 2 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->from);
	self->from += PAGE;
	ASSERT_EQ(0, mprotect(self->from, N, PROT_READ | PROT_WRITE));
	self->to = mmap(NULL, N, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->to);
	fill(&r, self->from, N);
}

FIXTURE_TEARDOWN(region)
{
	close(self->a);
	close(self->b);
	munmap(self->from - PAGE, N + 2 * PAGE);
	munmap(self->to, N);
	EXPECT_EQ(0, quota_used(self->ctl, self->dom.id, ISLE_QUOTA_MESSAGES));
	close(self->dom.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

/* Value: what the send answers; the payload is then in @to */
static int transfer(FIXTURE_DATA(region) *self, const void *from, __u64 n)
{
	struct doer sender = { .m = with_payload(PAYLOAD, from, n) };
	struct isle_message m;
	int ret;

	memset(self->to, 0xee, N);
	if (!doer_start(&sender, self->a, ISLE_IPC_SEND, self->nb, 0))
		return -ECHILD;
	ret = receive_into(self->b, self->to, N, &m);
	return ret ? ret : m.payload.length != n ? -EPROTO : doer_end(&sender);
}

/* Anywhere in it, of any length: into memory that is there and that is not */
TEST_F_TIMEOUT(region, lengths, TIMEOUT)
{
	static const struct {
		size_t offset, n;
	} parts[] = {
		{ 0, 1 }, { 1, 255 }, { 17, 4096 }, { 4095, 2 }, { 0, N }, { N - 1, 1 },
		{ PAGE - 3, 16 * PAGE }, { 5, 16 * PAGE + 1 }, { 3 * PAGE, 33 * PAGE + 77 },
	};
	size_t i, k;

	ASSERT_EQ(0, task_register(self->a, ISLE_BUFFER_SEND, self->from, N));
	EXPECT_LE(N, quota_used(self->ctl, self->dom.id, ISLE_QUOTA_MESSAGES));
	for (i = 0; i < ARRAY_SIZE(parts); i++) {
		for (k = 0; k < 2; k++) {
			ASSERT_EQ(0, transfer(self, self->from + parts[i].offset, parts[i].n));
			EXPECT_EQ(0, memcmp(self->to, self->from + parts[i].offset, parts[i].n));
			if (parts[i].n < N)
				EXPECT_EQ(0xee, self->to[parts[i].n]);
			ASSERT_EQ(0, madvise(self->to, N, MADV_DONTNEED));
		}
	}
	EXPECT_EQ(0, task_register(self->a, ISLE_BUFFER_SEND, NULL, 0));
}

/* What is only partly in it, or not at all, is sent without it */
TEST_F_TIMEOUT(region, beside, TIMEOUT)
{
	struct isle_message m;

	ASSERT_EQ(0, task_register(self->a, ISLE_BUFFER_SEND, self->from + 2 * PAGE, 2 * PAGE));
	EXPECT_EQ(0, transfer(self, self->from + 2 * PAGE - 1, 100));
	EXPECT_EQ(0, memcmp(self->to, self->from + 2 * PAGE - 1, 100));
	EXPECT_EQ(0, transfer(self, self->from + 3 * PAGE, PAGE + 1));
	EXPECT_EQ(0, memcmp(self->to, self->from + 3 * PAGE, PAGE + 1));
	EXPECT_EQ(0, transfer(self, self->from + 4 * PAGE, 10));
	EXPECT_EQ(0, memcmp(self->to, self->from + 4 * PAGE, 10));
	EXPECT_EQ(0, transfer(self, self->from, 10));
	EXPECT_EQ(0, memcmp(self->to, self->from, 10));

	m = with_payload(PAYLOAD, self->from + N - 1, 2);
	EXPECT_EQ(-EFAULT, ipc_send(self->a, self->nb, &m));
	m = with_payload(PAYLOAD, (void *)-1L, 1);
	EXPECT_EQ(-EFAULT, ipc_send(self->a, self->nb, &m));
	m = with_payload(PAYLOAD, self->from + 3 * PAGE, MAX + 1);
	EXPECT_EQ(-EMSGSIZE, ipc_send(self->a, self->nb, &m));
	m = with_payload(PAYLOAD, self->from + 3 * PAGE, -1ULL);
	EXPECT_EQ(-EMSGSIZE, ipc_send(self->a, self->nb, &m));
	/* A string ends where its length says, whatever is there */
	m = with_payload(STRING, self->from + 2 * PAGE, 9);
	{
		struct doer sender = { .m = m };

		ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_SEND, self->nb, 0));
		EXPECT_EQ(0, receive_into(self->b, self->to, PAGE, &m));
		EXPECT_EQ(0, doer_end(&sender));
		EXPECT_EQ(0, memcmp(self->to, self->from + 2 * PAGE, 8));
		EXPECT_EQ(0, self->to[8]);
	}
}

TEST_F_TIMEOUT(region, bad_arguments, TIMEOUT)
{
	uint8_t *only = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	__u64 used;

	ASSERT_NE(MAP_FAILED, only);
	EXPECT_EQ(-EINVAL, task_register(self->a, 2, self->from, PAGE));
	EXPECT_EQ(-EINVAL, task_register(self->a, 1U << 31, self->from, PAGE));
	EXPECT_EQ(-EINVAL, task_register(self->a, ISLE_BUFFER_SEND, self->from + 8, PAGE));
	EXPECT_EQ(-EINVAL, task_register(self->a, ISLE_BUFFER_SEND, self->from, PAGE + 1));
	EXPECT_EQ(-EINVAL, task_register(self->a, ISLE_BUFFER_SEND, self->from, 0));
	EXPECT_EQ(-EINVAL, task_register(self->a, ISLE_BUFFER_SEND, NULL, PAGE));
	EXPECT_EQ(-EINVAL, task_register(self->a, ISLE_BUFFER_SEND, self->from, MAX + PAGE));
	EXPECT_EQ(-EINVAL, task_register(self->a, ISLE_BUFFER_SEND, self->from, -(__u64)PAGE));
	EXPECT_EQ(-EFAULT, task_register(self->a, ISLE_BUFFER_SEND, self->from, N + PAGE));
	EXPECT_EQ(-EFAULT, task_register(self->a, ISLE_BUFFER_SEND, self->from - PAGE, PAGE));
	EXPECT_EQ(-EFAULT, task_register(self->a, ISLE_BUFFER_SEND, only, PAGE));
	EXPECT_EQ(-EFAULT, task_register(self->a, ISLE_BUFFER_SEND, (void *)(-4UL * PAGE), PAGE));
	EXPECT_EQ(0, quota_used(self->ctl, self->dom.id, ISLE_QUOTA_MESSAGES));

	/* What fails leaves what there is */
	ASSERT_EQ(0, task_register(self->a, ISLE_BUFFER_SEND, self->from, PAGE));
	used = quota_used(self->ctl, self->dom.id, ISLE_QUOTA_MESSAGES);
	EXPECT_EQ(-EFAULT, task_register(self->a, ISLE_BUFFER_SEND, only, PAGE));
	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_MESSAGES, 4 * PAGE));
	EXPECT_EQ(-EDQUOT, task_register(self->a, ISLE_BUFFER_SEND, self->from, 4 * PAGE));
	EXPECT_EQ(used, quota_used(self->ctl, self->dom.id, ISLE_QUOTA_MESSAGES));
	EXPECT_EQ(0, transfer(self, self->from, PAGE));
	EXPECT_EQ(0, memcmp(self->to, self->from, PAGE));
	munmap(only, PAGE);
}

/* Pages that were registered are sent, also when they are nowhere any more */
TEST_F_TIMEOUT(region, unmapped, TIMEOUT)
{
	uint8_t *copy = malloc(2 * PAGE);
	struct doer sender;
	struct isle_message m;

	ASSERT_NE(NULL, copy);
	memcpy(copy, self->from, 2 * PAGE);
	ASSERT_EQ(0, task_register(self->a, ISLE_BUFFER_SEND, self->from, 2 * PAGE));
	ASSERT_EQ(self->from, mmap(self->from, 2 * PAGE, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0));
	EXPECT_EQ(0, transfer(self, self->from, 2 * PAGE));
	EXPECT_EQ(0, memcmp(self->to, copy, 2 * PAGE));

	/* The task ends while a payload is on its way: that was its last use */
	sender.m = with_payload(PAYLOAD, self->from, PAGE);
	ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_SEND, self->nb, 0));
	ASSERT_TRUE(comes_to(self->a, ISLE_TASK_SENDING));
	EXPECT_EQ(-EBUSY, task_register(self->a, ISLE_BUFFER_SEND, NULL, 0));
	EXPECT_EQ(0, receive_into(self->b, self->to, PAGE, &m));
	EXPECT_EQ(0, doer_end(&sender));
	EXPECT_EQ(0, task_register(self->a, ISLE_BUFFER_SEND, NULL, 0));
	EXPECT_EQ(0, transfer(self, self->from, PAGE));
	EXPECT_EQ(0, self->to[PAGE / 2]);
	free(copy);
}

/* A child's memory is not its parent's: it sends what was there when it registered */
TEST_F_TIMEOUT(region, forked, TIMEOUT)
{
	int status, i;
	pid_t pid;

	ASSERT_EQ(0, task_register(self->a, ISLE_BUFFER_SEND, self->from, PAGE));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		memset(self->from, 1, PAGE);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	/* Not a copy that only this process sees: the very page is registered */
	for (i = 0; i < 3; i++) {
		memset(self->from, 0x40 + i, PAGE);
		ASSERT_EQ(0, transfer(self, self->from, PAGE));
		EXPECT_EQ(0, memcmp(self->to, self->from, PAGE));
	}
}

/* Who has the task's file and is another process sends its own memory */
TEST_F_TIMEOUT(region, of_another_process, TIMEOUT)
{
	struct isle_message m;
	int status;
	pid_t pid;

	ASSERT_EQ(0, task_register(self->a, ISLE_BUFFER_SEND, self->from, PAGE));
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		memset(self->from, 0x33, PAGE);
		m = with_payload(PAYLOAD, self->from, PAGE);
		_exit(ipc_send(self->a, self->nb, &m) ? 1 : 0);
	}
	EXPECT_EQ(0, receive_into(self->b, self->to, N, &m));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0x33, self->to[0]);
	EXPECT_EQ(0x33, self->to[PAGE - 1]);
	ASSERT_EQ(0, transfer(self, self->from, PAGE));
	EXPECT_EQ(0, memcmp(self->to, self->from, PAGE));
	EXPECT_NE(0x33, self->to[0] & self->to[1] & self->to[2] & self->to[3]);
}

struct pager {
	int uffd;
	uint8_t *page;		/* that is missing */
	uint8_t *data;		/* what it shall be */
};

static void *answer(void *arg)
{
	struct pager *pager = arg;
	struct uffdio_copy copy = {
		.dst = (uintptr_t)pager->page, .src = (uintptr_t)pager->data, .len = PAGE,
	};

	poll(&(struct pollfd){ pager->uffd, POLLIN, 0 }, 1, -1);
	if (ioctl(pager->uffd, UFFDIO_COPY, &copy))
		_exit(3);
	return NULL;
}

/* To be registered a program's memory is not written to, whoever provides it */
TEST_F_TIMEOUT(region, pager, TIMEOUT)
{
	struct uffdio_api api;
	struct uffdio_register reg = {
		.mode = UFFDIO_REGISTER_MODE_MISSING, .range.len = 8 * PAGE,
	};
	uint8_t *copy = malloc(8 * PAGE);
	struct pager pager;
	pthread_t thread;
	int i, missing;

	ASSERT_NE(NULL, copy);
	memcpy(copy, self->from, 8 * PAGE);
	for (missing = 0; missing < 8; missing += 7) {
		pager.uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
		ASSERT_LE(0, pager.uffd);
		api = (struct uffdio_api){ .api = UFFD_API };
		ASSERT_EQ(0, ioctl(pager.uffd, UFFDIO_API, &api));
		reg.range.start = (uintptr_t)self->from;
		pager.page = self->from + missing * PAGE;
		pager.data = copy + missing * PAGE;
		ASSERT_EQ(0, madvise(pager.page, PAGE, MADV_DONTNEED));
		ASSERT_EQ(0, ioctl(pager.uffd, UFFDIO_REGISTER, &reg));
		ASSERT_EQ(0, pthread_create(&thread, NULL, answer, &pager));
		EXPECT_EQ(0, task_register(self->a, ISLE_BUFFER_SEND, self->from, 8 * PAGE));
		pthread_join(thread, NULL);
		close(pager.uffd);
		for (i = 0; i < 8; i++)
			EXPECT_EQ(0, memcmp(copy + i * PAGE, self->from + i * PAGE, PAGE));
		ASSERT_EQ(0, transfer(self, self->from, 8 * PAGE));
		EXPECT_EQ(0, memcmp(self->to, copy, 8 * PAGE));
		EXPECT_EQ(0, task_register(self->a, ISLE_BUFFER_SEND, NULL, 0));
	}
	free(copy);
}

/* kB that this process has pinned, or -1 */
static long pinned(void)
{
	FILE *file = fopen("/proc/self/status", "re");
	char line[256];
	long kb = -1;

	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "VmPin: %ld", &kb) == 1)
			break;
	if (file)
		fclose(file);
	return kb;
}

TEST_F_TIMEOUT(region, limits, TIMEOUT)
{
	const struct rlimit limit = { 4 * PAGE, 4 * PAGE };
	struct dom other;
	int status, c;
	pid_t pid;

	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (setrlimit(RLIMIT_MEMLOCK, &limit) || setuid(65534))
			_exit(1);
		if (task_register(self->a, ISLE_BUFFER_SEND, self->from, 5 * PAGE) != -ENOMEM ||
		    pinned() != 0)
			_exit(2);
		if (task_register(self->a, ISLE_BUFFER_SEND, self->from, 4 * PAGE) ||
		    pinned() != 4 * PAGE / 1024)
			_exit(3);
		/* the old one stays until there is a new one */
		if (task_register(self->a, ISLE_BUFFER_SEND, self->from, PAGE) != -ENOMEM)
			_exit(4);
		if (task_register(self->a, ISLE_BUFFER_SEND, NULL, 0) || pinned() != 0)
			_exit(5);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	/* it ends with the task, not with its file */
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &other));
	c = task_open(other.fd);
	ASSERT_EQ(0, task_register(c, ISLE_BUFFER_SEND, self->from, 5 * PAGE));
	EXPECT_EQ(5 * PAGE / 1024, pinned());
	ASSERT_EQ(0, dom_destroy(self->ctl, other.id, 0));
	EXPECT_TRUE(eventually(pinned() == 0));
	EXPECT_EQ(-ENODEV, task_register(c, ISLE_BUFFER_SEND, NULL, 0));
	close(c);
	close(other.fd);
}

/* Its program is killed, whatever it is doing */
TEST_F_TIMEOUT(region, killed, TIMEOUT)
{
	struct isle_message m;
	int i, k, status;
	pid_t pid;

	for (i = 0; i < 3; i++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (!pid) {
			int fd = task_open(self->dom.fd);

			close(self->a);
			close(self->b);
			m = with_payload(PAYLOAD, self->from, N);
			if (task_register(fd, ISLE_BUFFER_SEND, self->from, N))
				_exit(1);
			for (;;)
				if (ipc_send(fd, self->nb, &m))
					_exit(2);
		}
		for (k = 0; k <= i; k++)
			ASSERT_EQ(0, receive_into(self->b, self->to, N, &m));
		EXPECT_EQ(0, memcmp(self->to, self->from, N));
		kill(pid, SIGKILL);
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		EXPECT_TRUE(eventually(!quota_used(self->ctl, self->dom.id, ISLE_QUOTA_MESSAGES)));
	}
}

TEST_HARNESS_MAIN
