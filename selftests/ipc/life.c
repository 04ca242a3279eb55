// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: the end of tasks, and of what others have with them
 *
 * Close, kill -9, destruction and unlinking, in every state of either side;
 * numbers that are used again; watches.  What depends on services (task.watch)
 * is tested with them.
 */
#include <kselftest_harness.h>

#include "tasks.h"

FIXTURE(life) {
	int ctl;
	struct dom dom[2];
	int a, b;
	int na, nb;
	struct counters start;
};

FIXTURE_SETUP(life)
{
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
	ASSERT_LE(ISLE_TASK_MIN, self->na);
	ASSERT_LE(ISLE_TASK_MIN, self->nb);
}

FIXTURE_TEARDOWN(life)
{
	close(self->a);
	close(self->b);
	close(self->dom[0].fd);
	close(self->dom[1].fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

enum end { CLOSE, KILL, DESTROY, UNLINK, ENDS };

/*
 * Three tasks of domain 0 have something with a task of domain 1, which a
 * process of its own has: one sends, one waits for a reply, one receives from
 * it.  It ends in each way.
 */
TEST_F_TIMEOUT(life, peer_ends, TIMEOUT)
{
	struct doer sender, caller, receiver;
	int end, fd[3], i, peer, number;
	struct isle_message m;
	pid_t pid;

	for (end = CLOSE; end < ENDS; end++) {
		for (i = 0; i < 3; i++)
			fd[i] = task_open(self->dom[0].fd);
		peer = task_open(self->dom[1].fd);
		number = task_number(peer);
		pid = 0;

		caller.m = message(REQUEST, 1);
		ASSERT_TRUE(doer_start(&caller, fd[0], ISLE_IPC_CALL, number,
				       0));
		EXPECT_EQ(0, ipc_receive_soon(peer, ANY, &m));
		sender.m = message(REQUEST, 2);
		ASSERT_TRUE(doer_start(&sender, fd[1], ISLE_IPC_SEND, number,
				       0));
		ASSERT_TRUE(doer_start(&receiver, fd[2], ISLE_IPC_RECEIVE, 0,
				       number));
		EXPECT_TRUE(comes_to(fd[0], ISLE_TASK_CALLING));
		EXPECT_TRUE(comes_to(fd[1], ISLE_TASK_SENDING));
		EXPECT_TRUE(comes_to(fd[2], ISLE_TASK_RECEIVING));

		if (end == KILL) {
			pid = fork();
			if (!pid) {
				ipc_receive(peer, task_number(self->a), &m);
				_exit(0);
			}
			EXPECT_TRUE(comes_to(peer, ISLE_TASK_RECEIVING));
		}
		switch (end) {
		case CLOSE:
			close(peer);
			break;
		case KILL:
			close(peer);
			kill(pid, SIGKILL);
			EXPECT_EQ(pid, waitpid(pid, NULL, 0));
			break;
		case DESTROY:
			EXPECT_EQ(0, dom_destroy(self->ctl, self->dom[1].id,
						 0));
			break;
		case UNLINK:
			EXPECT_EQ(0, dom_unlink(self->ctl, self->dom[0].id,
						self->dom[1].id));
			break;
		}
		EXPECT_EQ(-ECANCELED, doer_end(&caller));
		EXPECT_EQ(-ECANCELED, doer_end(&sender));
		EXPECT_EQ(-ECANCELED, doer_end(&receiver));
		/* afterwards it does not exist */
		m = message(REQUEST, 3);
		EXPECT_EQ(-ESRCH, ipc_send(fd[0], number, &m));
		EXPECT_EQ(-ESRCH, ipc_receive(fd[0], number, &m));
		EXPECT_EQ(-ESRCH, ipc_notify(fd[0], number, 1));
		if (end == UNLINK) {
			EXPECT_EQ(-ENOENT, ipc_reply(peer, task_number(fd[0]),
						     &m));
			EXPECT_EQ(0, dom_link(self->ctl, self->dom[0].id,
					      self->dom[1].id));
			/* being linked again brings nothing back */
			EXPECT_EQ(-EAGAIN, ipc_receive_now(peer, ANY, &m));
			EXPECT_EQ(-ENOENT, ipc_reply(peer, task_number(fd[0]),
						     &m));
		}
		if (end == DESTROY) {
			EXPECT_EQ(-ENODEV, ipc_receive_now(peer, ANY, &m));
			EXPECT_EQ(-ENODEV, task_timer(peer, 1));
			EXPECT_EQ(POLLHUP | POLLERR, poll_now(peer, POLLIN));
			EXPECT_EQ(MAP_FAILED, (void *)task_map(peer));
			close(self->b);
			close(self->dom[1].fd);
			ASSERT_EQ(0, dom_create(self->ctl, NULL,
						&self->dom[1]));
			ASSERT_EQ(0, dom_link(self->ctl, self->dom[0].id,
					      self->dom[1].id));
			self->b = task_open(self->dom[1].fd);
		}
		if (end == DESTROY || end == UNLINK)
			close(peer);
		for (i = 0; i < 3; i++)
			close(fd[i]);
	}
}

/* One's own domain goes, in every wait */
TEST_F_TIMEOUT(life, own_domain_ends, TIMEOUT)
{
	static const __u32 what[] = {
		ISLE_IPC_SEND, ISLE_IPC_CALL, ISLE_IPC_RECEIVE,
		ISLE_IPC_RECEIVE,
	};
	struct doer doer[4];
	int i, fd[4];

	for (i = 0; i < 4; i++) {
		fd[i] = task_open(self->dom[1].fd);
		doer[i].m = message(REQUEST, i);
		ASSERT_TRUE(doer_start(&doer[i], fd[i], what[i],
				       i < 2 ? self->na : 0,
				       i < 2 ? 0 : i == 2 ? ANY : self->na));
		EXPECT_TRUE(comes_to(fd[i], i < 2 ? ISLE_TASK_SENDING :
				     ISLE_TASK_RECEIVING));
	}
	EXPECT_EQ(0, dom_destroy(self->ctl, self->dom[1].id, 0));
	for (i = 0; i < 4; i++) {
		int ret = doer_end(&doer[i]);

		/* the links of a dying domain go first */
		EXPECT_TRUE(ret == -ENODEV || (ret == -ECANCELED && i != 2));
		close(fd[i]);
	}
	EXPECT_EQ(0, poll_now(self->a, POLLIN));
}

/* A stopped peer does not keep anybody from being killed */
TEST_F_TIMEOUT(life, kill_in_every_wait, TIMEOUT)
{
	static const __u32 what[] = {
		ISLE_IPC_SEND, ISLE_IPC_CALL, ISLE_IPC_CALL, ISLE_IPC_RECEIVE,
		ISLE_IPC_RECEIVE,
	};
	struct isle_message m;
	int i, fd, status;
	pid_t pid;

	for (i = 0; i < 5; i++) {
		fd = task_open(self->dom[0].fd);
		pid = fork();
		if (!pid) {
			m = message(REQUEST, i);
			ipc_do(fd, what[i], i < 3 ? self->nb : 0,
			       i < 3 ? 0 : i == 3 ? ANY : self->nb, &m);
			_exit(0);
		}
		EXPECT_TRUE(comes_to(fd, i < 3 ? ISLE_TASK_SENDING :
				     ISLE_TASK_RECEIVING));
		if (i == 2) {
			EXPECT_EQ(0, ipc_receive(self->b, ANY, &m));
			EXPECT_TRUE(comes_to(fd, ISLE_TASK_CALLING));
		}
		kill(pid, SIGKILL);
		EXPECT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		/* nothing of it is left */
		EXPECT_EQ(ISLE_TASK_IDLE, task_state(fd));
		EXPECT_EQ(-EAGAIN, ipc_receive_now(self->b, ANY, &m));
		m = message(REQUEST + 1, i);
		EXPECT_EQ(-ENOENT, ipc_reply(self->b, task_number(fd), &m));
		close(fd);
	}
}

static void on_signal(int number)
{
	(void)number;
}

static int interrupted(struct doer *d)
{
	/* it may come before the wait has begun */
	if (!eventually((pthread_kill(d->thread, SIGUSR1), doer_done(d))))
		return -ETIME;
	pthread_join(d->thread, NULL);
	return d->ret;
}

TEST_F_TIMEOUT(life, signals, TIMEOUT)
{
	struct sigaction interrupt = { .sa_handler = on_signal };
	struct sigaction restart = {
		.sa_handler = on_signal, .sa_flags = SA_RESTART,
	};
	struct isle_message m;
	struct doer d;
	int i;

	/* without SA_RESTART every wait ends */
	sigaction(SIGUSR1, &interrupt, NULL);
	for (i = 0; i < 2; i++) {
		d.fd = self->a;
		d.done = false;
		d.m = message(REQUEST, 1);
		d.arg = (struct isle_ipc){
			.flags = i ? ISLE_IPC_CALL : ISLE_IPC_RECEIVE,
			.dst = i ? self->nb : 0, .src = i ? 0 : ANY,
			.message = (uintptr_t)&d.m,
		};
		ASSERT_EQ(0, pthread_create(&d.thread, NULL, doer_run, &d));
		EXPECT_EQ(-EINTR, interrupted(&d));
		EXPECT_EQ(ISLE_TASK_IDLE, task_state(self->a));
	}
	EXPECT_EQ(-EAGAIN, ipc_receive_now(self->b, ANY, &m));

	/* with it, what has not been received is begun again */
	sigaction(SIGUSR1, &restart, NULL);
	d.m = message(REQUEST, 2);
	ASSERT_TRUE(doer_start(&d, self->a, ISLE_IPC_CALL, self->nb, 0));
	EXPECT_TRUE(comes_to(self->a, ISLE_TASK_SENDING));
	for (i = 0; i < 20; i++) {
		pthread_kill(d.thread, SIGUSR1);
		nap();
	}
	EXPECT_EQ(0, ipc_receive_soon(self->b, ANY, &m));
	EXPECT_EQ(-EAGAIN, ipc_receive_now(self->b, ANY, &m));
	/* what was received is not */
	EXPECT_EQ(-EINTR, interrupted(&d));
	EXPECT_EQ(-ENOENT, ipc_reply(self->b, self->na, &m));
}

/* Closing the file while a call is under way: the call goes on */
TEST_F_TIMEOUT(life, close_during_call, TIMEOUT)
{
	int fd = task_open(self->dom[0].fd), n = task_number(fd);
	struct isle_message m;
	struct doer caller;

	caller.m = message(REQUEST, 1);
	ASSERT_TRUE(doer_start(&caller, fd, ISLE_IPC_CALL, self->nb, 0));
	EXPECT_EQ(0, ipc_receive_soon(self->b, ANY, &m));
	EXPECT_EQ(n, m.src);
	EXPECT_TRUE(comes_to(fd, ISLE_TASK_CALLING));
	close(fd);
	m.value = 2;
	EXPECT_EQ(0, ipc_reply(self->b, n, &m));
	EXPECT_EQ(0, doer_end(&caller));
	EXPECT_EQ(2, caller.m.value);
	m = message(REQUEST, 1);
	EXPECT_TRUE(eventually(ipc_notify(self->b, n, 1) == -ESRCH));
}

/* The mapping keeps the task, a child's file does, a child's mapping does not */
TEST_F_TIMEOUT(life, mapping_and_fork, TIMEOUT)
{
	int fd = task_open(self->dom[0].fd), n = task_number(fd);
	struct isle_task_page *page = task_map(fd);
	int status;
	pid_t pid;

	ASSERT_NE(MAP_FAILED, page);
	close(fd);
	EXPECT_EQ(0, ipc_notify(self->b, n, 4096));
	EXPECT_EQ(4096, page->pending);
	pid = fork();
	if (!pid)	/* it was not inherited */
		_exit(mprotect(page, sizeof(*page), PROT_READ) ? 0 : 1);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	munmap(page, sizeof(*page));
	EXPECT_EQ(-ESRCH, ipc_notify(self->b, n, 4096));
}

/* Numbers go round: one that was given back is not given at once */
TEST_F_TIMEOUT(life, numbers_go_round, TIMEOUT)
{
	int fd, number, last = self->nb, i;

	for (i = 0; i < 1000; i++) {
		fd = task_open(self->dom[0].fd);
		number = task_number(fd);
		ASSERT_LT(0, number);
		EXPECT_TRUE(number > last || number < self->na);
		last = number;
		close(fd);
	}
}

TEST_F_TIMEOUT(life, quota, TIMEOUT)
{
	__u32 id = self->dom[0].id;
	int fd;

	EXPECT_EQ(1, quota_used(self->ctl, id, ISLE_QUOTA_TASKS));
	ASSERT_EQ(0, quota_set(self->ctl, id, ISLE_QUOTA_TASKS, 2));
	fd = task_open(self->dom[0].fd);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EDQUOT, task_open(self->dom[0].fd));
	close(fd);
	fd = task_open(self->dom[0].fd);
	EXPECT_LE(0, fd);
	/* the page is charged, too */
	ASSERT_EQ(0, quota_set(self->ctl, id, ISLE_QUOTA_MESSAGES, 4095));
	EXPECT_EQ(MAP_FAILED, (void *)task_map(fd));
	EXPECT_EQ(EDQUOT, errno);
	close(fd);
	EXPECT_EQ(1, quota_used(self->ctl, id, ISLE_QUOTA_TASKS));
}

/* Through its node, as another process would */
TEST_F_TIMEOUT(life, node, TIMEOUT)
{
	struct isle_message m = message(NOP, 5);
	char path[64];
	int fd;

	ASSERT_EQ(0, dom_publish(self->ctl, self->dom[0].id, 0600, 0, 0));
	snprintf(path, sizeof(path), "/dev/isle/%s/task", self->dom[0].name);
	fd = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ipc_call(fd, SERVICES, &m));
	EXPECT_EQ(5, m.value);
	EXPECT_EQ(0, dom_destroy(self->ctl, self->dom[0].id, 0));
	EXPECT_EQ(-ENODEV, ipc_call(fd, SERVICES, &m));
	close(fd);
}

TEST_HARNESS_MAIN
