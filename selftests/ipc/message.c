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

TEST_F_TIMEOUT(message, call_and_reply, TIMEOUT)
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

TEST_F_TIMEOUT(message, nop, TIMEOUT)
{
	struct isle_message m = message(NOP, 12345);

	ASSERT_EQ(0, ipc_call(self->a, SERVICES, &m));
	EXPECT_EQ(NOP + 1, m.type);
	EXPECT_EQ(SERVICES, m.src);
	EXPECT_EQ(12345, m.value);
	EXPECT_TRUE(all_bytes(m.data + 4, 0, sizeof(m.data) - 4));
}


/* Through the page: nothing but the message goes anywhere */
TEST_F_TIMEOUT(message, mapped_page, TIMEOUT)
{
	struct isle_task_page *page = task_map(self->a);
	struct server server;
	int i;

	ASSERT_NE(MAP_FAILED, page);
	EXPECT_EQ(self->na, page->task);
	EXPECT_EQ(0, page->pending);
	ASSERT_TRUE(server_start(&server, self->dom[1].fd));
	for (i = 0; i < rounds(1000, 100); i++) {
		message_fill(&page->message, REQUEST, i);
		ASSERT_EQ(0, page_ipc(self->a, page, ISLE_IPC_CALL,
				      server.number, 0));
		ASSERT_TRUE(message_is(&page->message, REQUEST + 1,
				       server.number, i));
	}
	EXPECT_EQ(0, server_stop(&server, self->a));
	/* the size is looked at, and the message is where it is */
	page->ipc.size = 8;
	EXPECT_EQ(-EINVAL, call(self->a, ISLE_TASK_IPC, NULL));
	page->ipc.size = sizeof(page->ipc);
	page->ipc.message = 4096;
	EXPECT_EQ(-EINVAL, call(self->a, ISLE_TASK_IPC, NULL));
	EXPECT_EQ(0, munmap(page, sizeof(*page)));
	/* without a page there is no argument */
	EXPECT_EQ(-EFAULT, call(self->b, ISLE_TASK_IPC, NULL));
}

TEST_F_TIMEOUT(message, page_mappings, TIMEOUT)
{
	struct isle_task_page *page = task_map(self->a), *again;
	size_t size = sizeof(*page);

	ASSERT_NE(MAP_FAILED, page);
	/* the same page, wherever it is mapped */
	again = task_map(self->a);
	ASSERT_NE(MAP_FAILED, again);
	again->message.value = 42;
	EXPECT_EQ(42, page->message.value);
	EXPECT_EQ(0, munmap(again, size));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, size, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE, self->a, 0));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 2 * size, PROT_READ | PROT_WRITE,
				   MAP_SHARED, self->a, 0));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, size, PROT_READ | PROT_EXEC,
				   MAP_SHARED, self->a, 0));
	EXPECT_EQ(MAP_FAILED, mremap(page, size, 2 * size, MREMAP_MAYMOVE));
	/* every byte that was not said to be something is zero */
	EXPECT_TRUE(all_bytes(page->reserved, 0, sizeof(page->reserved)));
	EXPECT_TRUE(all_bytes(page->unused, 0, sizeof(page->unused)));
	EXPECT_EQ(0, munmap(page, size));
}

TEST_F_TIMEOUT(message, send_waits_for_receive, TIMEOUT)
{
	struct isle_message m;
	struct doer sender;

	message_fill(&sender.m, REQUEST, 1);
	ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_SEND, self->nb, 0));
	EXPECT_TRUE(comes_to(self->a, ISLE_TASK_SENDING));
	EXPECT_FALSE(doer_done(&sender));
	EXPECT_EQ(POLLIN, poll_now(self->b, POLLIN));
	EXPECT_EQ(0, ipc_receive(self->b, ANY, &m));
	EXPECT_TRUE(message_is(&m, REQUEST, self->na, 1));
	EXPECT_EQ(0, doer_end(&sender));
	EXPECT_EQ(0, poll_now(self->b, POLLIN));
	/* who was only sent to has nobody to reply to */
	EXPECT_EQ(-ENOENT, ipc_reply(self->b, self->na, &m));
}

TEST_F_TIMEOUT(message, receive_waits_for_send, TIMEOUT)
{
	struct isle_message m;
	struct doer receiver;

	ASSERT_TRUE(doer_start(&receiver, self->b, ISLE_IPC_RECEIVE, 0, ANY));
	EXPECT_TRUE(comes_to(self->b, ISLE_TASK_RECEIVING));
	message_fill(&m, REQUEST, 2);
	EXPECT_EQ(0, ipc_send(self->a, self->nb, &m));
	EXPECT_EQ(0, doer_end(&receiver));
	EXPECT_TRUE(message_is(&receiver.m, REQUEST, self->na, 2));
}

TEST_F_TIMEOUT(message, reply_only_to_who_called, TIMEOUT)
{
	int c = task_open(self->dom[0].fd);
	struct isle_message m;
	struct doer caller;

	message_fill(&caller.m, REQUEST, 3);
	ASSERT_TRUE(doer_start(&caller, self->a, ISLE_IPC_CALL, self->nb, 0));
	EXPECT_TRUE(comes_to(self->a, ISLE_TASK_SENDING));
	/* not before it was received, and not by another task */
	EXPECT_EQ(-ENOENT, ipc_reply(self->b, self->na, &caller.m));
	EXPECT_EQ(0, ipc_receive(self->b, ANY, &m));
	EXPECT_TRUE(comes_to(self->a, ISLE_TASK_CALLING));
	EXPECT_EQ(-ENOENT, ipc_reply(c, self->na, &m));
	EXPECT_FALSE(doer_done(&caller));
	message_fill(&m, REQUEST + 1, 4);
	EXPECT_EQ(0, ipc_reply(self->b, self->na, &m));
	EXPECT_EQ(0, doer_end(&caller));
	EXPECT_TRUE(message_is(&caller.m, REQUEST + 1, self->nb, 4));
	/* once */
	EXPECT_EQ(-ENOENT, ipc_reply(self->b, self->na, &m));
	close(c);
}

/* Replies may come in another order than the requests */
TEST_F_TIMEOUT(message, replies_in_any_order, TIMEOUT)
{
	struct doer caller[3];
	struct isle_message m;
	int fd[3], number[3];
	int i;

	for (i = 0; i < 3; i++) {
		fd[i] = task_open(self->dom[0].fd);
		number[i] = task_number(fd[i]);
		message_fill(&caller[i].m, REQUEST, i);
		ASSERT_TRUE(doer_start(&caller[i], fd[i], ISLE_IPC_CALL,
				       self->nb, 0));
		EXPECT_TRUE(comes_to(fd[i], ISLE_TASK_SENDING));
	}
	for (i = 0; i < 3; i++) {	/* in the order in which they came */
		EXPECT_EQ(0, ipc_receive(self->b, ANY, &m));
		EXPECT_TRUE(message_is(&m, REQUEST, number[i], i));
	}
	for (i = 2; i >= 0; i--) {
		message_fill(&m, REQUEST + 1, 100 + i);
		EXPECT_EQ(0, ipc_reply(self->b, number[i], &m));
		EXPECT_EQ(0, doer_end(&caller[i]));
		EXPECT_TRUE(message_is(&caller[i].m, REQUEST + 1, self->nb,
				       100 + i));
	}
	for (i = 0; i < 3; i++)
		close(fd[i]);
}

TEST_F_TIMEOUT(message, closed_receive, TIMEOUT)
{
	int c = task_open(self->dom[0].fd), nc = task_number(c);
	struct doer first, second, receiver;
	struct isle_message m;

	message_fill(&first.m, REQUEST, 1);
	ASSERT_TRUE(doer_start(&first, self->a, ISLE_IPC_SEND, self->nb, 0));
	EXPECT_TRUE(comes_to(self->a, ISLE_TASK_SENDING));
	EXPECT_EQ(0, ipc_notify(self->a, self->nb, 1U << 20));
	/* neither the sender before it nor the notification */
	ASSERT_TRUE(doer_start(&receiver, self->b, ISLE_IPC_RECEIVE, 0, nc));
	EXPECT_TRUE(comes_to(self->b, ISLE_TASK_RECEIVING));
	message_fill(&second.m, REQUEST, 2);
	ASSERT_TRUE(doer_start(&second, c, ISLE_IPC_SEND, self->nb, 0));
	EXPECT_EQ(0, doer_end(&receiver));
	EXPECT_EQ(0, doer_end(&second));
	EXPECT_TRUE(message_is(&receiver.m, REQUEST, nc, 2));
	/* a closed receive of what is queued already */
	EXPECT_EQ(0, ipc_receive(self->b, self->na, &m));
	EXPECT_TRUE(message_is(&m, REQUEST, self->na, 1));
	EXPECT_EQ(0, doer_end(&first));
	EXPECT_EQ(0, ipc_receive(self->b, ISLE_TASK_KERNEL, &m));
	EXPECT_EQ(1 << 20, m.value);
	close(c);
}

TEST_F_TIMEOUT(message, send_and_receive, TIMEOUT)
{
	struct isle_message m;
	struct doer peer;

	/* both parts in one call, the second from anyone */
	message_fill(&peer.m, REQUEST, 5);
	ASSERT_TRUE(doer_start(&peer, self->a,
			       ISLE_IPC_SEND | ISLE_IPC_RECEIVE, self->nb,
			       self->nb));
	EXPECT_EQ(0, ipc_receive_soon(self->b, ANY, &m));
	EXPECT_TRUE(message_is(&m, REQUEST, self->na, 5));
	EXPECT_TRUE(comes_to(self->a, ISLE_TASK_RECEIVING));
	message_fill(&m, REQUEST + 7, 6);
	EXPECT_EQ(0, ipc_send(self->b, self->na, &m));
	EXPECT_EQ(0, doer_end(&peer));
	EXPECT_TRUE(message_is(&peer.m, REQUEST + 7, self->nb, 6));
}

TEST_F_TIMEOUT(message, nowait, TIMEOUT)
{
	const __u32 nowait = ISLE_IPC_NOWAIT;
	struct isle_message m = message(REQUEST, 1);
	struct doer caller;

	EXPECT_EQ(-EAGAIN, ipc_receive_now(self->b, ANY, &m));
	EXPECT_EQ(-EAGAIN, ipc_receive_now(self->b, self->na, &m));
	EXPECT_EQ(-EAGAIN, ipc_do(self->a, ISLE_IPC_SEND | nowait, self->nb, 0,
				  &m));
	EXPECT_EQ(-EAGAIN, ipc_do(self->a, ISLE_IPC_CALL | nowait, self->nb, 0,
				  &m));
	caller.m = m;
	ASSERT_TRUE(doer_start(&caller, self->a, ISLE_IPC_CALL, self->nb, 0));
	EXPECT_TRUE(comes_to(self->a, ISLE_TASK_SENDING));
	EXPECT_EQ(0, ipc_receive_now(self->b, self->na, &m));
	/* the reply goes out although there is nothing to receive */
	EXPECT_EQ(-EAGAIN, ipc_do(self->b, ISLE_IPC_REPLY | ISLE_IPC_RECEIVE |
				  nowait, self->na, ANY, &m));
	EXPECT_EQ(0, doer_end(&caller));
	/* to one that waits it is as without */
	ASSERT_TRUE(doer_start(&caller, self->b, ISLE_IPC_RECEIVE, 0, ANY));
	EXPECT_TRUE(comes_to(self->b, ISLE_TASK_RECEIVING));
	EXPECT_EQ(0, ipc_do(self->a, ISLE_IPC_SEND | nowait, self->nb, 0, &m));
	EXPECT_EQ(0, doer_end(&caller));
}

TEST_F_TIMEOUT(message, timeouts, TIMEOUT)
{
	static const __u32 what[] = {
		ISLE_IPC_SEND, ISLE_IPC_CALL, ISLE_IPC_RECEIVE,
	};
	struct isle_message m = message(REQUEST, 1);
	struct isle_ipc arg;
	size_t i;
	int ms;

	for (ms = 0; ms <= 20; ms += 20) {
		for (i = 0; i < 3; i++) {
			bool receives = what[i] == ISLE_IPC_RECEIVE;
			double begin = now();

			arg = (struct isle_ipc){
				.flags = what[i] | ISLE_IPC_TIMEOUT,
				.dst = receives ? 0 : self->nb,
				.src = receives ? self->nb : 0,
				.timeout_ns = ms * 1000000,
				.message = (uintptr_t)&m,
			};
			EXPECT_EQ(-ETIMEDOUT, ipc(self->a, &arg));
			EXPECT_LE(ms / 1000.0, now() - begin);
			EXPECT_EQ(ISLE_TASK_IDLE, task_state(self->a));
		}
	}
	/* nothing of it is left with the other */
	EXPECT_EQ(0, poll_now(self->b, POLLIN));
	EXPECT_EQ(-EAGAIN, ipc_receive_now(self->b, ANY, &m));
	/* a long time */
	arg = (struct isle_ipc){
		.flags = ISLE_IPC_RECEIVE | ISLE_IPC_TIMEOUT, .src = ANY,
		.timeout_ns = INT64_MAX, .message = (uintptr_t)&m,
	};
	EXPECT_EQ(0, ipc_notify(self->b, self->na, 1U << 30));
	EXPECT_EQ(0, ipc(self->a, &arg));
}

/* A call that nobody waits for any more, or that waits for nobody */
TEST_F_TIMEOUT(message, reply_after_timeout, TIMEOUT)
{
	struct isle_message m = message(REQUEST, 1);
	struct isle_ipc receive = {
		.flags = ISLE_IPC_RECEIVE | ISLE_IPC_TIMEOUT, .src = ANY,
		.message = (uintptr_t)&m,
	};
	struct doer caller;
	__s64 timeout = 100000000;
	int ret;

	/* on a busy machine it may give up before we have received */
	do {
		timeout *= 2;
		ASSERT_GT(LONG_WAIT * 1000000000LL, timeout);
		caller.m = message(REQUEST, 1);
		caller.fd = self->a;
		caller.done = false;
		caller.arg = (struct isle_ipc){
			.flags = ISLE_IPC_CALL | ISLE_IPC_TIMEOUT,
			.dst = self->nb, .timeout_ns = timeout,
			.message = (uintptr_t)&caller.m,
		};
		receive.timeout_ns = 2 * timeout;
		ASSERT_EQ(0, pthread_create(&caller.thread, NULL, doer_run,
					    &caller));
		ret = ipc(self->b, &receive);
		EXPECT_EQ(-ETIMEDOUT, doer_end(&caller));
	} while (ret == -ETIMEDOUT);
	ASSERT_EQ(0, ret);
	EXPECT_EQ(-ENOENT, ipc_reply(self->b, self->na, &m));
	/* with a receive after it, it is no error: servers go on */
	EXPECT_EQ(-EAGAIN, ipc_do(self->b, ISLE_IPC_REPLY | ISLE_IPC_RECEIVE |
				  ISLE_IPC_NOWAIT, self->na, ANY, &m));
}

TEST_F_TIMEOUT(message, unlinked_domains_do_not_exist, TIMEOUT)
{
	int c = task_open(self->dom[2].fd), nc = task_number(c);
	struct isle_message m = message(REQUEST, 1);

	EXPECT_EQ(-ESRCH, ipc_send(c, self->na, &m));
	EXPECT_EQ(-ESRCH, ipc_call(c, self->na, &m));
	EXPECT_EQ(-ESRCH, ipc_notify(c, self->na, 1));
	EXPECT_EQ(-ESRCH, ipc_async_send(c, self->na, &m));
	EXPECT_EQ(-ESRCH, ipc_receive(c, self->na, &m));
	EXPECT_EQ(-ENOENT, ipc_reply(c, self->na, &m));
	EXPECT_EQ(-ESRCH, ipc_send(self->a, nc, &m));
	EXPECT_EQ(0, poll_now(self->a, POLLIN | POLLRDBAND));
	close(c);
}

TEST_F_TIMEOUT(message, bad_arguments, TIMEOUT)
{
	static const int types[] = {
		0, 0x10000, 1 << 28, 1 << 31, REQUEST | ISLE_MESSAGE_STRING,
		ISLE_MESSAGE_PAYLOAD, -1, -4,
	};
	static const __u32 flags[] = {
		0, 1U << 7, 1U << 19, 1U << 31, ISLE_IPC_SEND | ISLE_IPC_CALL,
		ISLE_IPC_CALL | ISLE_IPC_RECEIVE, ISLE_IPC_NOTIFY |
		ISLE_IPC_RECEIVE, ISLE_IPC_NOWAIT, ~0U,
		ISLE_IPC_ASYNC_SEND | ISLE_IPC_ASYNC_RECEIVE,
	};
	static const int tasks[] = { -1, -2, INT32_MIN };
	struct isle_message m = message(REQUEST, 1), before;
	struct isle_ipc arg;
	size_t i;

	for (i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		m.type = types[i];
		before = m;
		EXPECT_EQ(-EINVAL, ipc_send(self->a, self->nb, &m));
		EXPECT_EQ(-EINVAL, ipc_call(self->a, self->nb, &m));
		EXPECT_EQ(-EINVAL, ipc_call(self->a, SERVICES, &m));
		EXPECT_EQ(-EINVAL, ipc_async_send(self->a, self->nb, &m));
		EXPECT_EQ(0, memcmp(&m, &before, sizeof(m)));
	}
	m.type = REQUEST;
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++)
		EXPECT_EQ(-EINVAL, ipc_do(self->a, flags[i], self->nb, 0, &m));
	for (i = 0; i < 3; i++)
		EXPECT_EQ(-EINVAL, ipc_send(self->a, tasks[i], &m));
	EXPECT_EQ(-EINVAL, ipc_receive(self->a, -2, &m));
	EXPECT_EQ(-EINVAL, ipc_receive(self->a, SERVICES, &m));
	EXPECT_EQ(-ESRCH, ipc_send(self->a, INT32_MAX, &m));
	EXPECT_EQ(-ESRCH, ipc_send(self->a, ISLE_TASK_MAX, &m));
	EXPECT_EQ(-ESRCH, ipc_send(self->a, ISLE_TASK_KERNEL, &m));
	EXPECT_EQ(-ESRCH, ipc_send(self->a, SERVICES, &m));
	EXPECT_EQ(-ESRCH, ipc_receive(self->a, INT32_MAX, &m));
	EXPECT_EQ(-EDEADLK, ipc_send(self->a, self->na, &m));
	EXPECT_EQ(-EDEADLK, ipc_call(self->a, self->na, &m));
	EXPECT_EQ(-EDEADLK, ipc_receive(self->a, self->na, &m));
	EXPECT_EQ(-ENOENT, ipc_reply(self->a, self->na, &m));

#define BAD(field, value) ({						\
	arg = (struct isle_ipc){					\
		.flags = ISLE_IPC_SEND, .dst = self->nb,		\
		.message = (uintptr_t)&m,				\
	};								\
	arg.field = (value);						\
	ipc(self->a, &arg);						\
})
	EXPECT_EQ(-EINVAL, BAD(src, 5));
	EXPECT_EQ(-EINVAL, BAD(bits, 1));
	EXPECT_EQ(-EINVAL, BAD(reserved, 1));
	EXPECT_EQ(-EINVAL, BAD(timeout_ns, 1));
	EXPECT_EQ(-EINVAL, BAD(buffer_size, 1));
	EXPECT_EQ(-EFAULT, BAD(message, 0));
	EXPECT_EQ(-EFAULT, BAD(message, ~0ULL));
	EXPECT_EQ(-EFAULT, BAD(message, 1ULL << 63));
	arg = (struct isle_ipc){
		.flags = ISLE_IPC_RECEIVE | ISLE_IPC_TIMEOUT, .src = ANY,
		.timeout_ns = -1, .message = (uintptr_t)&m,
	};
	EXPECT_EQ(-EINVAL, ipc(self->a, &arg));
	arg.flags = ISLE_IPC_NOTIFY;
	arg.timeout_ns = 0;
	arg.src = 0;
	arg.dst = self->nb;
	arg.bits = 1;
	EXPECT_EQ(-EINVAL, ipc(self->a, &arg));	/* there is no message */
	EXPECT_EQ(-ENOTTY, call(self->a, _IO(ISLE_IOC_MAGIC, 0x7f), NULL));
	EXPECT_EQ(-ENOTTY, call(self->dom[0].fd, ISLE_TASK_IPC, &arg));
}

/* Whatever a sender writes there */
TEST_F_TIMEOUT(message, source_cannot_be_forged, TIMEOUT)
{
	static const int sources[] = { 0, 1, -1, INT32_MAX };
	struct isle_message m;
	struct doer sender;
	int i;

	for (i = 0; i < 4; i++) {
		sender.m = message(REQUEST, i);
		sender.m.src = sources[i];
		ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_SEND,
				       self->nb, 0));
		EXPECT_EQ(0, ipc_receive_soon(self->b, ANY, &m));
		EXPECT_EQ(self->na, m.src);
		EXPECT_EQ(0, doer_end(&sender));
		m = message(REQUEST, i);
		m.src = sources[i];
		EXPECT_EQ(0, ipc_async_send(self->a, self->nb, &m));
		EXPECT_EQ(0, ipc_async_receive(self->b, ANY, &m));
		EXPECT_EQ(self->na, m.src);
		EXPECT_EQ(0, ipc_receive(self->b, ANY, &m));
	}
}

/* Whoever receives a call and cannot be given it does not know whom to answer */
TEST_F_TIMEOUT(message, request_that_is_lost, TIMEOUT)
{
	struct isle_message *page = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS,
					 -1, 0);
	struct isle_message m = { .type = REQUEST };
	struct doer caller = { .m = { .type = REQUEST } };

	ASSERT_NE(MAP_FAILED, page);
	ASSERT_TRUE(doer_start(&caller, self->a, ISLE_IPC_CALL, self->nb, 0));
	ASSERT_TRUE(comes_to(self->a, ISLE_TASK_SENDING));
	EXPECT_EQ(-EFAULT, ipc_receive_soon(self->b, ANY, page));
	EXPECT_EQ(-ECANCELED, doer_end(&caller));
	/* a mere message is lost, and its sender has nothing to wait for */
	ASSERT_TRUE(doer_start(&caller, self->a, ISLE_IPC_SEND, self->nb, 0));
	EXPECT_EQ(-EFAULT, ipc_receive_soon(self->b, ANY, page));
	EXPECT_EQ(0, doer_end(&caller));
	/* all is well afterwards */
	ASSERT_TRUE(doer_start(&caller, self->a, ISLE_IPC_CALL, self->nb, 0));
	EXPECT_EQ(0, ipc_receive_soon(self->b, ANY, &m));
	EXPECT_EQ(0, ipc_reply(self->b, m.src, &m));
	EXPECT_EQ(0, doer_end(&caller));
	munmap(page, 4096);
}

TEST_F_TIMEOUT(message, one_operation_at_a_time, TIMEOUT)
{
	struct isle_message m = message(REQUEST, 1);
	struct doer receiver;

	ASSERT_TRUE(doer_start(&receiver, self->b, ISLE_IPC_RECEIVE, 0, ANY));
	EXPECT_TRUE(comes_to(self->b, ISLE_TASK_RECEIVING));
	EXPECT_EQ(-EBUSY, ipc_receive_now(self->b, ANY, &m));
	EXPECT_EQ(-EBUSY, ipc_send(self->b, self->na, &m));
	EXPECT_EQ(-EBUSY, ipc_call(self->b, SERVICES, &m));
	EXPECT_EQ(-EBUSY, task_buffer(self->b, NULL, 0));
	EXPECT_EQ(0, ipc_notify(self->b, self->na, 1));
	EXPECT_EQ(0, ipc_async_send(self->b, self->na, &m));
	EXPECT_EQ(-ENODATA, ipc_async_receive(self->b, ANY, &m));
	EXPECT_EQ(0, ipc_send(self->a, self->nb, &m));
	EXPECT_EQ(0, doer_end(&receiver));
}

TEST_F_TIMEOUT(message, info_and_listing, TIMEOUT)
{
	struct isle_task_info info;
	struct doer sender;
	int n;

	sender.m = message(REQUEST, 1);
	ASSERT_TRUE(doer_start(&sender, self->a, ISLE_IPC_CALL, self->nb, 0));
	EXPECT_TRUE(comes_to(self->a, ISLE_TASK_SENDING));
	EXPECT_EQ(0, ipc_notify(self->a, self->nb, 0x300));
	EXPECT_EQ(0, task_info(self->a, &info));
	EXPECT_EQ(self->nb, info.peer);
	EXPECT_EQ(self->dom[0].id, info.domid);
	EXPECT_EQ(getpid(), info.pid);
	EXPECT_EQ(0, task_info(self->b, &info));
	EXPECT_EQ(1, info.senders);
	EXPECT_EQ(0x300, info.pending);
	EXPECT_EQ(ISLE_TASK_IDLE, info.state);
	/* only one's own domain's tasks are listed */
	memset(&info, 0, sizeof(info));
	info.size = sizeof(info);
	info.flags = ISLE_TASK_NEXT;
	EXPECT_EQ(0, call(self->a, ISLE_TASK_INFO, &info));
	EXPECT_EQ(self->na, info.task);
	n = info.task + 1;
	memset(&info, 0, sizeof(info));
	info.size = sizeof(info);
	info.flags = ISLE_TASK_NEXT;
	info.task = n;
	EXPECT_EQ(-ENOENT, call(self->a, ISLE_TASK_INFO, &info));
	info.flags = 2;
	EXPECT_EQ(-EINVAL, call(self->a, ISLE_TASK_INFO, &info));
	info.flags = 0;
	info.peer = 1;
	EXPECT_EQ(-EINVAL, call(self->a, ISLE_TASK_INFO, &info));
	EXPECT_EQ(0, ipc_receive(self->b, ANY, &sender.m));
	EXPECT_EQ(0, ipc_receive(self->b, ANY, &sender.m));
	EXPECT_EQ(0, task_info(self->b, &info));
	EXPECT_EQ(1, info.callers);
	EXPECT_EQ(0, ipc_reply(self->b, self->na, &sender.m));
	EXPECT_EQ(0, doer_end(&sender));
}

TEST_F_TIMEOUT(message, services_unknown, TIMEOUT)
{
	struct isle_message m;
	int type;

	/* replies, and what the module sends itself, are no requests */
	static const int types[] = { 1, NOP + 1, 127, 128, 0xffff };

	for (type = 0; type < 5; type++) {
		m = message(types[type], 7);
		EXPECT_EQ(0, ipc_call(self->a, SERVICES, &m));
		EXPECT_EQ(ISLE_ERROR_INVALID_ARG, m.type);
		EXPECT_EQ(SERVICES, m.src);
		EXPECT_TRUE(all_bytes(m.data, 0, sizeof(m.data)));
	}
}

TEST_HARNESS_MAIN
