// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: payloads
 *
 * Copied and by reference, of every length, with every kind of bad address,
 * and with pages that never come.
 */
#include <kselftest_harness.h>

#include <linux/userfaultfd.h>

#include "tasks.h"

#define PAGE		4096
#define MAX		ISLE_PAYLOAD_MAX

FIXTURE(ool) {
	int ctl;
	struct dom dom[2];
	int a, b;
	int na, nb;
	uint8_t *from, *to;
	struct counters start;
};

FIXTURE_SETUP(ool)
{
	struct rng r = { 7 };
	int i;

	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom[i]));
	}
	ASSERT_EQ(0, dom_link(self->ctl, self->dom[0].id, self->dom[1].id));
	self->a = task_open(self->dom[0].fd);
	self->b = task_open(self->dom[1].fd);
	self->na = task_number(self->a);
	self->nb = task_number(self->b);
	ASSERT_LE(ISLE_TASK_MIN, self->nb);
	self->from = mmap(NULL, 2 * MAX, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	self->to = mmap(NULL, 2 * MAX, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->from);
	ASSERT_NE(MAP_FAILED, self->to);
	fill(&r, self->from, 64 * PAGE);
}

FIXTURE_TEARDOWN(ool)
{
	int i;

	close(self->a);
	close(self->b);
	munmap(self->from, 2 * MAX);
	munmap(self->to, 2 * MAX);
	for (i = 0; i < 2; i++) {
		EXPECT_TRUE(eventually(!quota_used(self->ctl, self->dom[i].id,
						   ISLE_QUOTA_MESSAGES)));
		close(self->dom[i].fd);
	}
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

TEST_F_TIMEOUT(ool, lengths, TIMEOUT)
{
	static const size_t lengths[] = {
		1, 3, 8, 255, PAGE - 1, PAGE, PAGE + 1, 2 * PAGE, 65537,
	};
	static const size_t offsets[] = { 0, 1, PAGE - 1 };
	struct isle_message m;
	struct doer sender;
	size_t i, k;

	for (i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		for (k = 0; k < 3; k++) {
			size_t n = lengths[i];
			uint8_t *to = self->to + offsets[2 - k];

			memset(self->to, 0xee, n + 2 * PAGE);
			sender.m = with_payload(PAYLOAD, self->from + offsets[k], n);
			ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_SEND,
					       self->nb, 0));
			ASSERT_EQ(0, receive_into(self->b, to, n, &m));
			EXPECT_EQ(0, doer_end(&sender));
			EXPECT_EQ(PAYLOAD, m.type);
			EXPECT_EQ((uintptr_t)to, m.payload.address);
			EXPECT_EQ(n, m.payload.length);
			EXPECT_EQ(0, memcmp(to, self->from + offsets[k], n));
			EXPECT_TRUE(all_bytes(self->to, 0xee, offsets[2 - k]));
			EXPECT_TRUE(all_bytes(to + n, 0xee, PAGE));
		}
	}
}

TEST_F_TIMEOUT(ool, largest, TIMEOUT)
{
	struct rng r = { 11 };
	struct isle_message m;
	struct doer sender;

	fill(&r, self->from, MAX);
	sender.m = with_payload(PAYLOAD, self->from, MAX);
	ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_SEND, self->nb, 0));
	ASSERT_EQ(0, receive_into(self->b, self->to, MAX, &m));
	EXPECT_EQ(0, doer_end(&sender));
	EXPECT_EQ(0, memcmp(self->to, self->from, MAX));
	m = with_payload(PAYLOAD, self->from, MAX + 1);
	EXPECT_EQ(-EMSGSIZE, ipc_send(self->a, self->nb, &m));
}

/* An empty one needs neither memory nor a buffer */
TEST_F_TIMEOUT(ool, empty, TIMEOUT)
{
	struct isle_message m;
	struct doer sender;

	sender.m = with_payload(PAYLOAD, NULL, 0);
	ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_SEND, self->nb, 0));
	EXPECT_EQ(0, ipc_receive_soon(self->b, ANY, &m));
	EXPECT_EQ(0, doer_end(&sender));
	EXPECT_EQ(0, m.payload.address);
	EXPECT_EQ(0, m.payload.length);
	m = with_payload(STRING, self->from, 0);
	EXPECT_EQ(-EINVAL, ipc_send(self->a, self->nb, &m));
}

/* There and back, into a buffer that is registered once */
TEST_F_TIMEOUT(ool, call_with_payloads, TIMEOUT)
{
	size_t n = 10 * PAGE + 5;
	struct isle_message m;
	struct doer caller;
	int i;

	ASSERT_EQ(0, task_buffer(self->a, self->to, 16 * PAGE));
	ASSERT_EQ(0, task_buffer(self->b, self->to + MAX, 16 * PAGE));
	for (i = 0; i < 10; i++) {
		caller.m = with_payload(PAYLOAD, self->from + i, n);
		ASSERT_TRUE(doer_start(&caller, self->a, ISLE_IPC_CALL,
				       self->nb, 0));
		ASSERT_EQ(0, ipc_receive_soon(self->b, ANY, &m));
		EXPECT_EQ((uintptr_t)(self->to + MAX), m.payload.address);
		EXPECT_EQ(0, memcmp(self->to + MAX, self->from + i, n));
		m.type++;
		m.payload.length -= 2;
		ASSERT_EQ(0, ipc_reply(self->b, self->na, &m));
		ASSERT_EQ(0, doer_end(&caller));
		EXPECT_EQ((uintptr_t)self->to, caller.m.payload.address);
		EXPECT_EQ(n - 2, caller.m.payload.length);
		EXPECT_EQ(0, memcmp(self->to, self->from + i, n - 2));
		memset(self->to, 0, n);
		memset(self->to + MAX, 0, n);
	}
	EXPECT_EQ(-EINVAL, task_buffer(self->a, self->to + 1, PAGE));
	EXPECT_EQ(-EINVAL, task_buffer(self->a, self->to, PAGE - 1));
	EXPECT_EQ(-EINVAL, task_buffer(self->a, self->to, 0));
	EXPECT_EQ(-EINVAL, task_buffer(self->a, NULL, PAGE));
	EXPECT_EQ(-EINVAL, task_buffer(self->a, self->to, MAX + PAGE));
	EXPECT_EQ(-EFAULT, task_buffer(self->a, (void *)(-4ULL * PAGE), PAGE));
	EXPECT_EQ(0, task_buffer(self->a, NULL, 0));
	EXPECT_EQ(0, task_buffer(self->b, NULL, 0));
}

TEST_F_TIMEOUT(ool, strings_end, TIMEOUT)
{
	struct isle_message m;
	struct doer sender;

	/* no zero anywhere, neither before nor behind */
	memset(self->from, 'x', PAGE);
	memset(self->to, 'y', PAGE);
	sender.m = with_payload(STRING, self->from, 10);
	ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_SEND, self->nb, 0));
	EXPECT_EQ(0, receive_into(self->b, self->to, PAGE, &m));
	EXPECT_EQ(0, doer_end(&sender));
	EXPECT_EQ(STRING, m.type);
	EXPECT_EQ(10, m.payload.length);
	EXPECT_EQ(9, strlen((char *)self->to));
	EXPECT_EQ('y', self->to[10]);
}

/* What does not fit is the sender's problem */
TEST_F_TIMEOUT(ool, too_long_for_the_receiver, TIMEOUT)
{
	struct doer sender, receiver;
	struct isle_message m;

	ASSERT_TRUE(doer_start(&receiver, self->b, ISLE_IPC_RECEIVE, 0, ANY));
	EXPECT_TRUE(comes_to(self->b, ISLE_TASK_RECEIVING));
	m = with_payload(PAYLOAD, self->from, 1);
	EXPECT_EQ(-EMSGSIZE, ipc_send(self->a, self->nb, &m));
	EXPECT_EQ(ISLE_TASK_RECEIVING, task_state(self->b));
	EXPECT_EQ(0, ipc_notify(self->a, self->nb, 1U << 9));
	EXPECT_EQ(0, doer_end(&receiver));
	/* also for one that was in the queue */
	sender.m = with_payload(PAYLOAD, self->from, PAGE + 1);
	ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_CALL, self->nb, 0));
	EXPECT_TRUE(comes_to(self->a, ISLE_TASK_SENDING));
	EXPECT_EQ(-EAGAIN, ipc_receive_now(self->b, ANY, &m));
	EXPECT_EQ(-EMSGSIZE, doer_end(&sender));
	/* and for a reply: the caller waits on */
	sender.m = message(REQUEST, 1);
	ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_CALL, self->nb, 0));
	EXPECT_EQ(0, ipc_receive_soon(self->b, ANY, &m));
	m = with_payload(PAYLOAD, self->from, 1);
	EXPECT_EQ(-EMSGSIZE, ipc_reply(self->b, self->na, &m));
	m = message(-7, 0);
	EXPECT_EQ(0, ipc_reply(self->b, self->na, &m));
	EXPECT_EQ(0, doer_end(&sender));
	EXPECT_EQ(-7, sender.m.type);
}

TEST_F_TIMEOUT(ool, bad_addresses, TIMEOUT)
{
	uint8_t *fence = fenced(2), *end = fence + 2 * PAGE;
	const struct {
		const void *address;
		__u64 length;
		int err;
	} bad[] = {
		{ NULL, 1, -EFAULT },
		{ NULL, MAX, -EFAULT },
		{ end, 1, -EFAULT },
		{ end - 1, 2, -EFAULT },
		{ fence, 2 * PAGE + 1, -EFAULT },
		{ (void *)-1ULL, 1, -EFAULT },
		{ (void *)-1ULL, 2, -EFAULT },
		{ (void *)-PAGE, PAGE, -EFAULT },
		{ (void *)(1ULL << 63), PAGE, -EFAULT },
		{ (void *)((1ULL << 47) - PAGE), 2 * PAGE, -EFAULT },
		{ fence, 1ULL << 31, -EMSGSIZE },
		{ fence, (1ULL << 32) - 1, -EMSGSIZE },
		{ fence, 1ULL << 32, -EMSGSIZE },
		{ fence, 1ULL << 63, -EMSGSIZE },
		{ fence, -1ULL, -EMSGSIZE },
	};
	struct isle_message m;
	struct doer caller;
	size_t i;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		m = with_payload(PAYLOAD, bad[i].address, bad[i].length);
		EXPECT_EQ(bad[i].err, ipc_send(self->a, self->nb, &m));
		m = with_payload(PAYLOAD, bad[i].address, bad[i].length);
		EXPECT_EQ(bad[i].err, ipc_call(self->a, self->nb, &m));
	}
	EXPECT_EQ(0, poll_now(self->b, POLLIN));
	/* a receiver's: it loses the message, the caller is told */
	caller.m = with_payload(PAYLOAD, self->from, 2 * PAGE);
	ASSERT_TRUE(doer_start(&caller, self->a, ISLE_IPC_CALL, self->nb, 0));
	EXPECT_EQ(-EFAULT, receive_into(self->b, end - PAGE, MAX, &m));
	EXPECT_EQ(-ECANCELED, doer_end(&caller));
	fenced_free(fence, 2);
}

/* Read-only memory can be sent and not received into; a file's pages can */
TEST_F_TIMEOUT(ool, kinds_of_memory, TIMEOUT)
{
	struct isle_message m;
	struct doer caller;
	int fd = memfd_create("payload", MFD_CLOEXEC);
	uint8_t *map;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(fd, 4 * PAGE));
	ASSERT_EQ(100, pwrite(fd, self->from, 100, PAGE));
	map = mmap(NULL, 4 * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	caller.m = with_payload(PAYLOAD, map + PAGE, 100);
	ASSERT_TRUE(doer_start(&caller, self->a, ISLE_IPC_CALL, self->nb, 0));
	EXPECT_EQ(0, receive_into(self->b, self->to, PAGE, &m));
	EXPECT_EQ(0, memcmp(self->to, self->from, 100));
	m = message(REQUEST + 1, 0);
	EXPECT_EQ(0, ipc_reply(self->b, self->na, &m));
	EXPECT_EQ(0, doer_end(&caller));
	caller.m = with_payload(PAYLOAD, self->from, 100);
	ASSERT_TRUE(doer_start(&caller, self->a, ISLE_IPC_CALL, self->nb, 0));
	EXPECT_EQ(-EFAULT, receive_into(self->b, map, PAGE, &m));
	EXPECT_EQ(-ECANCELED, doer_end(&caller));
	munmap(map, 4 * PAGE);
	close(fd);
}

TEST_F_TIMEOUT(ool, quota, TIMEOUT)
{
	__u32 id = self->dom[0].id;
	struct isle_message m = with_payload(PAYLOAD, self->from, 4 * PAGE);
	struct doer sender;

	ASSERT_EQ(0, quota_set(self->ctl, id, ISLE_QUOTA_MESSAGES, 4 * PAGE));
	EXPECT_EQ(-EDQUOT, ipc_send(self->a, self->nb, &m));
	ASSERT_EQ(0, quota_set(self->ctl, id, ISLE_QUOTA_MESSAGES, 5 * PAGE));
	sender.m = m;
	ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_SEND, self->nb, 0));
	EXPECT_TRUE(comes_to(self->a, ISLE_TASK_SENDING));
	EXPECT_LE(4 * PAGE, quota_used(self->ctl, id, ISLE_QUOTA_MESSAGES));
	EXPECT_EQ(0, receive_into(self->b, self->to, MAX, &m));
	EXPECT_EQ(0, doer_end(&sender));
	EXPECT_EQ(0, quota_used(self->ctl, id, ISLE_QUOTA_MESSAGES));
}

TEST_F_TIMEOUT(ool, by_reference, TIMEOUT)
{
	const size_t size = 64 * PAGE;
	int id = shm_create(self->b, size - 5);
	uint8_t *from, *to;
	struct isle_message m;
	struct isle_ipc arg = {
		.flags = ISLE_IPC_SEND | ISLE_IPC_BY_REFERENCE,
		.dst = self->nb, .message = (uintptr_t)&m,
	};
	struct doer receiver;

	ASSERT_LT(0, id);
	from = shm_map(self->a, id, size);
	ASSERT_NE(MAP_FAILED, from);
	EXPECT_TRUE(all_bytes(from, 0, size));
	memset(from + 3 * PAGE, 0x77, 10 * PAGE);

	ASSERT_TRUE(doer_start(&receiver, self->b, ISLE_IPC_RECEIVE, 0, ANY));
	EXPECT_TRUE(comes_to(self->b, ISLE_TASK_RECEIVING));
	/* the receiver has not mapped it */
	m = with_payload(PAYLOAD, from + 3 * PAGE, 10 * PAGE);
	EXPECT_EQ(-EBADMSG, ipc(self->a, &arg));
	to = shm_map(self->b, id, size);
	ASSERT_NE(MAP_FAILED, to);
	EXPECT_EQ(0, ipc(self->a, &arg));
	EXPECT_EQ(0, doer_end(&receiver));
	EXPECT_EQ((uintptr_t)(to + 3 * PAGE), receiver.m.payload.address);
	EXPECT_EQ(10 * PAGE, receiver.m.payload.length);
	EXPECT_TRUE(all_bytes(to + 3 * PAGE, 0x77, 10 * PAGE));

	/* it has to lie in it, begin on a page, and be no string */
	m = with_payload(PAYLOAD, from, size + 1);
	EXPECT_EQ(-EBADMSG, ipc(self->a, &arg));
	m = with_payload(PAYLOAD, from + size - PAGE, PAGE + 1);
	EXPECT_EQ(-EBADMSG, ipc(self->a, &arg));
	m = with_payload(PAYLOAD, from + 1, PAGE);
	EXPECT_EQ(-EINVAL, ipc(self->a, &arg));
	m = with_payload(STRING, from, PAGE);
	EXPECT_EQ(-EINVAL, ipc(self->a, &arg));
	m = with_payload(PAYLOAD, self->from, PAGE);
	EXPECT_EQ(-EBADMSG, ipc(self->a, &arg));
	m = with_payload(PAYLOAD, (void *)-PAGE, PAGE);
	EXPECT_EQ(-EBADMSG, ipc(self->a, &arg));

	/* it cannot be split, moved or grown */
	EXPECT_EQ(-1, munmap(from, PAGE));
	EXPECT_EQ(MAP_FAILED, mremap(from, size, size, MREMAP_MAYMOVE |
				     MREMAP_FIXED, self->from));
	EXPECT_EQ(MAP_FAILED, mremap(from, size, 2 * size, MREMAP_MAYMOVE));
	EXPECT_EQ(MAP_FAILED, shm_map(self->a, id, PAGE));
	EXPECT_EQ(MAP_FAILED, shm_map(self->a, id + 1, size));
	EXPECT_EQ(-EPERM, shm_close(self->a, id));
	EXPECT_EQ(0, shm_close(self->b, id));
	EXPECT_EQ(-ENOENT, shm_close(self->b, id));
	EXPECT_EQ(MAP_FAILED, shm_map(self->a, id, size));
	to[0] = 1;	/* what is mapped stays */
	EXPECT_EQ(1, from[0]);
	munmap(to, size);
	m = with_payload(PAYLOAD, from, PAGE);
	ASSERT_TRUE(doer_start(&receiver, self->b, ISLE_IPC_RECEIVE, 0, ANY));
	EXPECT_TRUE(comes_to(self->b, ISLE_TASK_RECEIVING));
	EXPECT_EQ(-EBADMSG, ipc(self->a, &arg));
	EXPECT_EQ(0, ipc_notify(self->a, self->nb, 1));
	EXPECT_EQ(0, doer_end(&receiver));
	munmap(from, size);
}

TEST_F_TIMEOUT(ool, shared_memory, TIMEOUT)
{
	int id = shm_create(self->a, 8 * PAGE), other;
	uint8_t *map, *again;

	ASSERT_LT(0, id);
	EXPECT_EQ(-EINVAL, shm_create(self->a, 0));
	EXPECT_EQ(-EINVAL, shm_create(self->a, ISLE_SHM_MAX + 1));
	EXPECT_EQ(-EINVAL, shm_create(self->a, -1ULL));
	EXPECT_EQ(-ENOENT, shm_close(self->a, 0));
	EXPECT_EQ(-ENOENT, shm_close(self->a, -1));
	EXPECT_EQ(-ENOENT, shm_close(self->a, INT32_MAX));
	EXPECT_EQ(8 * PAGE, quota_used(self->ctl, self->dom[0].id,
				       ISLE_QUOTA_MESSAGES));
	/* mapped for reading only it stays so */
	map = mmap(NULL, 8 * PAGE, PROT_READ, MAP_SHARED, self->b,
		   ISLE_TASK_SHM_OFFSET(id));
	ASSERT_NE(MAP_FAILED, map);
	EXPECT_EQ(-1, mprotect(map, 8 * PAGE, PROT_READ | PROT_WRITE));
	EXPECT_EQ(-1, mprotect(map, 8 * PAGE, PROT_READ | PROT_EXEC));
	again = shm_map(self->a, id, 8 * PAGE);
	ASSERT_NE(MAP_FAILED, again);
	again[5 * PAGE] = 3;
	EXPECT_EQ(3, map[5 * PAGE]);
	/* its maker's end closes it */
	other = task_open(self->dom[0].fd);
	munmap(again, 8 * PAGE);
	close(self->a);
	self->a = other;
	EXPECT_EQ(MAP_FAILED, shm_map(self->b, id, 8 * PAGE));
	EXPECT_EQ(3, map[5 * PAGE]);
	EXPECT_EQ(8 * PAGE, quota_used(self->ctl, self->dom[0].id,
				       ISLE_QUOTA_MESSAGES));
	munmap(map, 8 * PAGE);
	EXPECT_EQ(0, quota_used(self->ctl, self->dom[0].id,
				ISLE_QUOTA_MESSAGES));
}

/* Memory whose pager does not answer */
static void *paged(size_t length, int *uffd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	void *map = mmap(NULL, length, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	reg.range.start = (uintptr_t)map;
	reg.range.len = length;
	if (*uffd < 0 || ioctl(*uffd, UFFDIO_API, &api) ||
	    ioctl(*uffd, UFFDIO_REGISTER, &reg))
		return NULL;
	return map;
}

struct pager {
	int uffd;
	int told;
};

/* Does not answer, but tells that it was asked */
static void *pager_run(void *data)
{
	struct pager *pager = data;

	poll(&(struct pollfd){ pager->uffd, POLLIN, 0 }, 1, -1);
	if (write(pager->told, "", 1) != 1)
		_exit(3);
	return NULL;
}

/*
 * A process does @flags with its payload there; returns its number.  @asked
 * becomes readable when it has come to that.
 */
static pid_t stuck(int fd, __u32 flags, int dst, bool sends, int *asked)
{
	struct isle_message m;
	struct isle_ipc arg = {
		.flags = flags, .dst = dst, .src = sends ? 0 : ANY,
		.message = (uintptr_t)&m,
	};
	struct pager pager;
	pthread_t thread;
	int ends[2];
	pid_t pid;
	void *map;

	if (pipe(ends))
		return -1;
	*asked = ends[0];
	pid = fork();
	if (pid) {
		close(ends[1]);
		return pid;
	}
	pager.told = ends[1];
	map = paged(4 * PAGE, &pager.uffd);
	if (!map || pthread_create(&thread, NULL, pager_run, &pager))
		_exit(2);
	m = with_payload(sends ? PAYLOAD : REQUEST, map, 4 * PAGE);
	arg.buffer = sends ? 0 : (uintptr_t)map;
	arg.buffer_size = sends ? 0 : 4 * PAGE;
	ipc(fd, &arg);
	_exit(0);
}

static bool was_asked(int *asked)
{
	char byte;
	bool yes = poll(&(struct pollfd){ *asked, POLLIN, 0 }, 1,
			LONG_WAIT * 1000) == 1 && read(*asked, &byte, 1) == 1;

	close(*asked);
	return yes;
}

TEST_F_TIMEOUT(ool, pager_that_never_answers, TIMEOUT)
{
	int c = task_open(self->dom[0].fd), nc = task_number(c);
	struct isle_message m;
	struct doer sender;
	int status, asked;
	pid_t pid;

	/* of a sender: nobody notices it, and a kill works */
	pid = stuck(c, ISLE_IPC_SEND, self->nb, true, &asked);
	ASSERT_LT(0, pid);
	EXPECT_TRUE(was_asked(&asked));
	EXPECT_EQ(0, poll_now(self->b, POLLIN));
	sender.m = with_payload(PAYLOAD, self->from, PAGE);
	ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_SEND, self->nb, 0));
	EXPECT_EQ(0, receive_into(self->b, self->to, MAX, &m));
	EXPECT_EQ(0, doer_end(&sender));
	kill(pid, SIGKILL);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));

	/* of a receiver: its sender has nothing to do with it */
	pid = stuck(c, ISLE_IPC_RECEIVE, 0, false, &asked);
	ASSERT_LT(0, pid);
	EXPECT_TRUE(comes_to(c, ISLE_TASK_RECEIVING));
	m = with_payload(PAYLOAD, self->from, 4 * PAGE);
	EXPECT_EQ(0, ipc_send(self->a, nc, &m));
	EXPECT_TRUE(was_asked(&asked));
	EXPECT_EQ(0, ipc_notify(self->a, nc, 1));
	kill(pid, SIGKILL);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFSIGNALED(status));
	close(c);
}

struct flipper {
	pthread_t thread;
	volatile bool stop;
	struct isle_task_page *page;
	void *map;
};

static void *flip(void *data)
{
	struct flipper *f = data;
	struct rng r = { 3 };

	while (!f->stop) {
		f->page->message.type = rnd(&r) & 1 ? PAYLOAD :
					(int)(rnd(&r) << 1);
		f->page->message.payload.address = rnd(&r) & 1 ?
			(uintptr_t)f->map : ~0ULL << (rnd(&r) % 64);
		f->page->message.payload.length = rnd(&r) & 1 ?
			1 + rnd(&r) % (2 * PAGE) : ~0ULL << (rnd(&r) % 64);
		f->page->message.src = rnd(&r);
		f->page->pending = rnd(&r) & 0xff00;
		madvise(f->map, 2 * PAGE, MADV_DONTNEED);
	}
	return NULL;
}

/* Everything that a program can write to changes while it is looked at */
TEST_F_TIMEOUT(ool, page_changes_meanwhile, TIMEOUT)
{
	struct isle_task_page *page = task_map(self->a);
	struct flipper flipper = { .page = page, .map = self->from };
	struct isle_message m;
	struct isle_ipc arg = {
		.flags = ISLE_IPC_RECEIVE | ISLE_IPC_NOWAIT, .src = ANY,
		.message = (uintptr_t)&m,
		.buffer = (uintptr_t)self->to, .buffer_size = 2 * PAGE,
	};
	int i, got = 0, ret;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, page);
	memset(self->to, 0, 4 * PAGE);
	pid = fork();
	if (!pid) {
		page = task_map(self->a);	/* it was not inherited */
		flipper.page = page;
		pthread_create(&flipper.thread, NULL, flip, &flipper);
		for (;;) {
			page->ipc = (struct isle_ipc){
				.size = sizeof(page->ipc),
				.flags = ISLE_IPC_SEND | ISLE_IPC_TIMEOUT,
				.dst = self->nb, .timeout_ns = 1000000,
			};
			call(self->a, ISLE_TASK_IPC, NULL);
		}
	}
	for (i = 0; i < rounds(3000, 200) || !got; i++) {
		ret = ipc(self->b, &arg);
		if (ret == -EAGAIN) {
			poll(&(struct pollfd){ self->b, POLLIN, 0 }, 1, 1);
			continue;
		}
		if (ret)
			break;
		got++;
		if (m.src != self->na || m.type <= 0)
			break;
		if (m.type & ISLE_MESSAGE_PAYLOAD && m.payload.length &&
		    (m.payload.address != (uintptr_t)self->to ||
		     m.payload.length > 2 * PAGE))
			break;
	}
	EXPECT_EQ(true, ret == 0 || ret == -EAGAIN);
	EXPECT_LE(rounds(3000, 200), i);
	EXPECT_TRUE(all_bytes(self->to + 2 * PAGE, 0, 2 * PAGE));
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	munmap(page, sizeof(*page));
}

TEST_HARNESS_MAIN
