// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: ool.recv, ool.send, ool.verify
 */
#include <kselftest_harness.h>
#include <linux/userfaultfd.h>

#include "transport.h"

#define SIZE	20000

FIXTURE(ool)
{
	struct counters before;
	int ctl;
	struct dom dom, linked, other;
	int fd, fd_linked, fd_other;	/* the first two are linked */
	int id, id_linked;
	struct isle_transport via, via_linked, via_other;
	uint8_t *from, *to;
};

FIXTURE_SETUP(ool)
{
	struct rng r = { 3 };

	self->before = counters_start();
	self->ctl = control_open();
	ASSERT_GE(self->ctl, 0);
	ASSERT_EQ(dom_create(self->ctl, NULL, &self->dom), 0);
	ASSERT_EQ(dom_create(self->ctl, NULL, &self->linked), 0);
	ASSERT_EQ(dom_create(self->ctl, NULL, &self->other), 0);
	ASSERT_EQ(dom_link(self->ctl, self->dom.id, self->linked.id), 0);
	self->fd = task_open(self->dom.fd);
	self->fd_linked = task_open(self->linked.fd);
	self->fd_other = task_open(self->other.fd);
	ASSERT_GE(self->fd_other, 0);
	self->id = task_number(self->fd);
	self->id_linked = task_number(self->fd_linked);
	self->via = over(&self->fd);
	self->via_linked = over(&self->fd_linked);
	self->via_other = over(&self->fd_other);
	self->from = malloc(SIZE);
	self->to = malloc(SIZE + 100);
	ASSERT_NE(self->from, NULL);
	ASSERT_NE(self->to, NULL);
	fill(&r, self->from, SIZE);
	memset(self->to, 0xee, SIZE + 100);
}

FIXTURE_TEARDOWN(ool)
{
	close(self->fd);
	close(self->fd_linked);
	close(self->fd_other);
	close(self->dom.fd);
	close(self->linked.fd);
	close(self->other.fd);
	close(self->ctl);
	free(self->from);
	free(self->to);
	EXPECT_TRUE(counters_are(&self->before));
}

static int ool_recv(struct isle_transport *via, void *buffer, __u64 length)
{
	return isle_call_ool_recv(via, SERVICES, (uintptr_t)buffer, length);
}

static int ool_send(struct isle_transport *via, int dst, void *data, __u64 length, __u64 *id)
{
	return isle_call_ool_send(via, SERVICES, dst, (uintptr_t)data, length, id);
}

TEST_F(ool, round_trip)
{
	/* to an odd place, so that it crosses pages there and here differently */
	uint8_t *to = self->to + 13;
	__u64 id, where;

	ASSERT_EQ(ool_recv(&self->via_linked, to, SIZE), 0);
	ASSERT_EQ(ool_send(&self->via, self->id_linked, self->from, SIZE, &id), 0);
	ASSERT_NE(id, 0);
	/* It is there, and what the sender does afterwards changes nothing */
	memset(self->from, 0, 10);
	ASSERT_EQ(isle_call_ool_verify(&self->via_linked, SERVICES, self->id, id, SIZE, &where), 0);
	ASSERT_EQ(where, (uintptr_t)to);
	ASSERT_EQ(memcmp(to + 10, self->from + 10, SIZE - 10), 0);
	ASSERT_FALSE(all_bytes(to, 0, 10));
	ASSERT_EQ(to[-1], 0xee);
	ASSERT_EQ(to[SIZE], 0xee);
	/* Once */
	ASSERT_EQ(isle_call_ool_verify(&self->via_linked, SERVICES, self->id, id, SIZE, &where),
		  -ENOENT);
	ASSERT_EQ(ool_send(&self->via, self->id_linked, self->from, SIZE, &id), -ENOENT);
	ASSERT_TRUE(eventually(quota_used(self->ctl, self->linked.id, ISLE_QUOTA_MESSAGES) < 4096));
}

TEST_F(ool, fewer_bytes_than_there_is_room_for)
{
	__u64 id, where;

	ASSERT_EQ(ool_recv(&self->via_linked, self->to, SIZE), 0);
	ASSERT_EQ(ool_send(&self->via, self->id_linked, self->from, 3, &id), 0);
	ASSERT_EQ(isle_call_ool_verify(&self->via_linked, SERVICES, self->id, id, 4, &where),
		  -ENOENT);
	ASSERT_EQ(isle_call_ool_verify(&self->via_linked, SERVICES, self->id, id, 3, &where), 0);
	ASSERT_EQ(memcmp(self->to, self->from, 3), 0);
	ASSERT_EQ(self->to[3], 0xee);
}

TEST_F(ool, verify_is_exact)
{
	__u64 id, where;

	ASSERT_EQ(ool_recv(&self->via_linked, self->to, SIZE), 0);
	ASSERT_EQ(isle_call_ool_verify(&self->via_linked, SERVICES, self->id, 0, 0, &where),
		  -ENOENT);
	ASSERT_EQ(ool_send(&self->via, self->id_linked, self->from, SIZE, &id), 0);
	ASSERT_EQ(isle_call_ool_verify(&self->via_linked, SERVICES, self->id, id + 1, SIZE, &where),
		  -ENOENT);
	ASSERT_EQ(isle_call_ool_verify(&self->via_linked, SERVICES, self->id_linked, id, SIZE,
				       &where), -ENOENT);
	ASSERT_EQ(isle_call_ool_verify(&self->via_linked, SERVICES, self->id, id, SIZE - 1, &where),
		  -ENOENT);
	/* nobody else can */
	ASSERT_EQ(isle_call_ool_verify(&self->via, SERVICES, self->id, id, SIZE, &where), -ENOENT);
	ASSERT_EQ(isle_call_ool_verify(&self->via_linked, SERVICES, self->id, id, SIZE, &where), 0);
}

TEST_F(ool, errors)
{
	uint8_t *fence = fenced(1);
	__u64 id;

	ASSERT_EQ(ool_recv(&self->via, self->to, 0), -EINVAL);
	ASSERT_EQ(ool_recv(&self->via, self->to, ISLE_PAYLOAD_MAX + 1), -EMSGSIZE);
	ASSERT_EQ(ool_recv(&self->via, self->to, ~0ULL), -EMSGSIZE);
	ASSERT_EQ(ool_recv(&self->via, fence, 8192), -EFAULT);
	ASSERT_EQ(ool_recv(&self->via, pointer(~0UL - 4095), 8192), -EFAULT);
	ASSERT_EQ(ool_recv(&self->via, (void *)8, 8), -EFAULT);
	/* nowhere to, to nobody */
	ASSERT_EQ(ool_send(&self->via, self->id_linked, self->from, SIZE, &id), -ENOENT);
	ASSERT_EQ(ool_send(&self->via, 0, self->from, SIZE, &id), -ESRCH);
	ASSERT_EQ(ool_send(&self->via, SERVICES, self->from, SIZE, &id), -ESRCH);
	ASSERT_EQ(ool_send(&self->via, -1, self->from, SIZE, &id), -ESRCH);
	ASSERT_EQ(ool_send(&self->via, INT32_MAX, self->from, SIZE, &id), -ESRCH);
	ASSERT_EQ(ool_recv(&self->via_linked, self->to, SIZE), 0);
	ASSERT_EQ(ool_send(&self->via_other, self->id_linked, self->from, SIZE, &id), -ESRCH);
	ASSERT_EQ(ool_send(&self->via, self->id_linked, self->from, 0, &id), -EINVAL);
	ASSERT_EQ(ool_send(&self->via, self->id_linked, self->from, SIZE + 1, &id), -EMSGSIZE);
	ASSERT_EQ(ool_send(&self->via, self->id_linked, self->from, 1ULL << 32, &id), -EMSGSIZE);
	/* a sender whose memory ends leaves the buffer as free as it was */
	ASSERT_EQ(ool_send(&self->via, self->id_linked, fence + 4000, 200, &id), -EFAULT);
	ASSERT_EQ(ool_send(&self->via, self->id_linked, self->from, 10, &id), 0);
	/* one at a time */
	ASSERT_EQ(ool_send(&self->via, self->id_linked, self->from, 10, &id), -EBUSY);
	/* what is read-only is nowhere to receive */
	ASSERT_EQ(mprotect(fence, 4096, PROT_READ), 0);
	ASSERT_EQ(ool_recv(&self->via, fence, 4096), -EFAULT);
	fenced_free(fence, 1);
}

TEST_F(ool, quota)
{
	ASSERT_EQ(quota_set(self->ctl, self->dom.id, ISLE_QUOTA_MESSAGES, 20480), 0);
	ASSERT_EQ(ool_recv(&self->via, self->to, SIZE), -ENOMEM);
	ASSERT_EQ(ool_recv(&self->via, self->to, 4096), 0);
	/* the next one takes the place of the last one */
	ASSERT_EQ(ool_recv(&self->via, self->to, 4096), 0);
	ASSERT_EQ(ool_recv(&self->via, self->to, 4096), 0);
}

TEST_F(ool, to_oneself)
{
	__u64 id, where;

	ASSERT_EQ(ool_recv(&self->via, self->to, SIZE), 0);
	ASSERT_EQ(ool_send(&self->via, self->id, self->from, SIZE, &id), 0);
	ASSERT_EQ(isle_call_ool_verify(&self->via, SERVICES, self->id, id, SIZE, &where), 0);
	ASSERT_EQ(memcmp(self->to, self->from, SIZE), 0);
}

/* A sender whose memory never answers keeps nobody up */
TEST_F(ool, sender_that_hangs)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK), fd2;
	uint8_t *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);
	struct isle_transport via2 = over(&fd2);
	struct pollfd pfd;
	__u64 id, where;

	if (uffd < 0)
		SKIP(return, "no userfaultfd here");
	ASSERT_EQ(ioctl(uffd, UFFDIO_API, &api), 0);
	reg.range.start = (uintptr_t)page;
	reg.range.len = 4096;
	ASSERT_EQ(ioctl(uffd, UFFDIO_REGISTER, &reg), 0);
	fd2 = task_open(self->dom.fd);
	ASSERT_EQ(ool_recv(&self->via_linked, self->to, SIZE), 0);

	struct doer d = { .fd = self->fd };
	struct isle_msg_ool_send in = {
		.dst = self->id_linked, .addr = (uintptr_t)page, .len = 4096,
	};

	memset(&d.m, 0, sizeof(d.m));
	d.m.type = ISLE_MSG_OOL_SEND;
	memcpy(d.m.data, &in, sizeof(in));
	ASSERT_TRUE(doer_start(&d, self->fd, ISLE_IPC_CALL, SERVICES, 0));
	pfd = (struct pollfd){ .fd = uffd, .events = POLLIN };
	ASSERT_EQ(poll(&pfd, 1, LONG_WAIT * 1000), 1);
	/* The buffer is taken, and the receiver takes it back */
	ASSERT_EQ(ool_send(&via2, self->id_linked, self->from, 10, &id), -EBUSY);
	ASSERT_EQ(ool_recv(&self->via_linked, self->to, SIZE), 0);
	ASSERT_EQ(ool_send(&via2, self->id_linked, self->from, 10, &id), 0);
	ASSERT_EQ(isle_call_ool_verify(&self->via_linked, SERVICES, task_number(fd2), id, 10,
				       &where), 0);
	/* The receiver can end meanwhile */
	close(self->fd_linked);
	self->fd_linked = -1;
	ASSERT_EQ(ioctl(uffd, UFFDIO_UNREGISTER, &reg.range), 0);
	pthread_join(d.thread, NULL);
	ASSERT_EQ(d.ret, 0);
	close(uffd);
	close(fd2);
	munmap(page, 4096);
}

/* A buffer whose pages a pager brings */
static void *pager(void *arg)
{
	static uint8_t zero[4096] __attribute__((aligned(4096)));
	struct uffd_msg msg;
	struct uffdio_copy copy = { .src = (uintptr_t)zero, .len = 4096 };
	struct pollfd pfd = { .fd = *(int *)arg, .events = POLLIN };
	int left = 2;

	while (left && poll(&pfd, 1, LONG_WAIT * 1000) == 1) {
		if (read(pfd.fd, &msg, sizeof(msg)) != sizeof(msg))
			continue;
		copy.dst = msg.arg.pagefault.address & ~4095ULL;
		copy.copy = 0;
		if (!ioctl(pfd.fd, UFFDIO_COPY, &copy))
			left--;
	}
	return NULL;
}

TEST_F(ool, buffer_with_a_pager)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	uint8_t *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			      -1, 0);
	pthread_t thread;
	__u64 id, where;

	if (uffd < 0)
		SKIP(return, "no userfaultfd here");
	ASSERT_EQ(ioctl(uffd, UFFDIO_API, &api), 0);
	reg.range.start = (uintptr_t)pages;
	reg.range.len = 8192;
	ASSERT_EQ(ioctl(uffd, UFFDIO_REGISTER, &reg), 0);
	ASSERT_EQ(pthread_create(&thread, NULL, pager, &uffd), 0);
	ASSERT_EQ(ool_recv(&self->via_linked, pages, 8192), 0);
	pthread_join(thread, NULL);
	ASSERT_EQ(ool_send(&self->via, self->id_linked, self->from, 8192, &id), 0);
	ASSERT_EQ(isle_call_ool_verify(&self->via_linked, SERVICES, self->id, id, 8192, &where), 0);
	ASSERT_EQ(memcmp(pages, self->from, 8192), 0);
	close(uffd);
	munmap(pages, 8192);
}

/* A receiver that is killed with a payload in its buffer */
TEST_F(ool, receiver_killed)
{
	int pid = fork(), status;
	__u64 id;

	if (!pid) {
		if (ool_recv(&self->via_linked, self->to, SIZE))
			_exit(1);
		if (ool_send(&self->via, self->id_linked, self->from, SIZE, &id))
			_exit(1);
		raise(SIGKILL);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_TRUE(WIFSIGNALED(status));
	/* The task is ours, too, and lives; its buffer's pages do */
	ASSERT_EQ(ool_send(&self->via, self->id_linked, self->from, 10, &id), -EBUSY);
	ASSERT_EQ(ool_recv(&self->via_linked, self->to, SIZE), 0);
	ASSERT_EQ(ool_send(&self->via, self->id_linked, self->from, 10, &id), 0);
}

TEST_HARNESS_MAIN
