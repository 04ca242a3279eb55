// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: messages under load
 *
 * Processes do everything that can be done with tasks, to each other, with
 * random arguments, while others are killed, domains are unlinked and linked
 * again, destroyed and made anew.  Nothing is expected of any single call but
 * that it ends; afterwards nothing may be left, and a call that nobody
 * disturbs has to work.
 */
#include <kselftest_harness.h>

#include "tasks.h"

#define PROCESSES	6
#define TASKS		4	/* of each */
#define PAGE		4096

FIXTURE(stress) {
	int ctl;
	struct dom dom[3];
	struct counters start;
	int *numbers;		/* of everybody's tasks, shared */
};

FIXTURE_SETUP(stress)
{
	int i, k;

	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	for (i = 0; i < 3; i++) {
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom[i]));
	}
	for (i = 0; i < 3; i++)
		for (k = 0; k < i; k++)
			ASSERT_EQ(0, dom_link(self->ctl, self->dom[i].id,
					      self->dom[k].id));
	self->numbers = mmap(NULL, PAGE, PROT_READ | PROT_WRITE,
			     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, self->numbers);
}

FIXTURE_TEARDOWN(stress)
{
	int i;

	munmap(self->numbers, PAGE);
	for (i = 0; i < 3; i++)
		close(self->dom[i].fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

struct actor {
	pthread_t thread;
	int fd;
	int *numbers;
	struct rng rng;
};

static void act_once(struct actor *a, struct isle_task_page *page)
{
	static const __u32 what[] = {
		ISLE_IPC_SEND, ISLE_IPC_CALL, ISLE_IPC_REPLY, ISLE_IPC_RECEIVE,
		ISLE_IPC_REPLY | ISLE_IPC_RECEIVE, ISLE_IPC_NOTIFY,
		ISLE_IPC_SEND | ISLE_IPC_RECEIVE, ISLE_IPC_ASYNC_SEND,
		ISLE_IPC_ASYNC_RECEIVE, ISLE_IPC_REPLY | ISLE_IPC_RECEIVE,
		ISLE_IPC_RECEIVE, ISLE_IPC_CALL,
	};
	static __thread uint8_t buffer[4 * PAGE], data[4 * PAGE];
	struct rng *r = &a->rng;
	__u32 flags = what[below(r, 12)];
	int peer = a->numbers[below(r, PROCESSES * TASKS)];
	struct isle_message m = message(REQUEST, rnd(r));
	struct isle_ipc arg = { .size = sizeof(arg), .flags = flags };

	if (flags & ~(ISLE_IPC_RECEIVE | ISLE_IPC_ASYNC_RECEIVE))
		arg.dst = peer;
	if (flags & ISLE_IPC_RECEIVE || flags & ISLE_IPC_ASYNC_RECEIVE)
		arg.src = below(r, 4) ? ANY : peer;
	if (flags == ISLE_IPC_NOTIFY)
		arg.bits = 1U << below(r, 32);
	else if (below(r, 8) == 0)
		arg.flags |= ISLE_IPC_NOWAIT;
	if (!(flags & (ISLE_IPC_NOTIFY | ISLE_IPC_ASYNC_SEND |
		       ISLE_IPC_ASYNC_RECEIVE | ISLE_IPC_REPLY)) ||
	    flags & ISLE_IPC_RECEIVE) {
		arg.flags |= ISLE_IPC_TIMEOUT;
		arg.timeout_ns = below(r, 2000000);
		if (below(r, 4)) {
			arg.buffer = (uintptr_t)buffer + below(r, PAGE);
			arg.buffer_size = below(r, 3 * PAGE);
		}
	}
	if (below(r, 4) == 0) {
		m.type |= ISLE_MESSAGE_PAYLOAD;
		m.payload.address = (uintptr_t)data + below(r, PAGE);
		m.payload.length = below(r, 3 * PAGE);
	}
	if (page && below(r, 2)) {
		page->message = m;
		page->ipc = arg;
		ioctl(a->fd, ISLE_TASK_IPC, NULL);
	} else {
		if (flags != ISLE_IPC_NOTIFY)
			arg.message = (uintptr_t)&m;
		ioctl(a->fd, ISLE_TASK_IPC, &arg);
	}
	if (below(r, 64) == 0)
		task_timer(a->fd, below(r, 5));
}

static void *act(void *data)
{
	struct actor *a = data;
	struct isle_task_page *page = task_map(a->fd);

	if (page == MAP_FAILED)
		page = NULL;
	for (;;)
		act_once(a, page);
	return NULL;
}

/* A process with some tasks, two threads on the last of them */
static void play(int domain, int *numbers, int place, uint64_t seed)
{
	struct actor actor[TASKS + 1];
	int i;

	for (i = 0; i <= TASKS; i++) {
		actor[i].numbers = numbers;
		actor[i].rng.state = seed + i;
		actor[i].fd = i < TASKS ? task_open(domain) :
			      actor[TASKS - 1].fd;
		if (i < TASKS)
			numbers[place * TASKS + i] = task_number(actor[i].fd);
		if (pthread_create(&actor[i].thread, NULL, act, &actor[i]))
			_exit(1);
	}
	for (;;)
		pause();
}

TEST_F_TIMEOUT(stress, everything, TIMEOUT)
{
	struct rng r = { 42 };
	struct isle_message m = message(NOP, 1);
	pid_t pid[PROCESSES] = { 0 };
	struct server server;
	int round, i, k, fd;

	for (round = 0; round < rounds(150, 25); round++) {
		i = below(&r, PROCESSES);
		if (pid[i]) {
			kill(pid[i], SIGKILL);
			ASSERT_EQ(pid[i], waitpid(pid[i], NULL, 0));
		}
		pid[i] = fork();
		if (!pid[i])
			play(self->dom[i % 3].fd, self->numbers, i,
			     rnd(&r) * 1000ULL);
		for (k = 0; k < 10; k++)
			nap();
		k = below(&r, 3);
		switch (below(&r, 6)) {
		case 0:
			dom_unlink(self->ctl, self->dom[k].id,
				   self->dom[(k + 1) % 3].id);
			break;
		case 1:
		case 2:
			dom_link(self->ctl, self->dom[k].id,
				 self->dom[(k + 1) % 3].id);
			break;
		case 3:
			if (round % 8)
				break;
			dom_destroy(self->ctl, self->dom[k].id, 0);
			close(self->dom[k].fd);
			ASSERT_EQ(0, dom_create(self->ctl, NULL,
						&self->dom[k]));
			break;
		}
	}
	for (i = 0; i < PROCESSES; i++) {
		if (pid[i]) {
			kill(pid[i], SIGKILL);
			ASSERT_EQ(pid[i], waitpid(pid[i], NULL, 0));
		}
	}
	ASSERT_TRUE(server_start(&server, self->dom[0].fd));
	fd = task_open(self->dom[0].fd);
	m.type = REQUEST;
	EXPECT_EQ(0, ipc_call(fd, server.number, &m));
	EXPECT_EQ(0, server_stop(&server, fd));
	close(fd);
}

struct client {
	pthread_t thread;
	int fd, server, wrong;
	uint64_t seed;
};

static void *client_run(void *data)
{
	struct client *c = data;
	struct rng r = { c->seed };
	struct isle_message m;
	uint32_t seed;
	int i;

	for (i = 0; i < rounds(5000, 200); i++) {
		seed = rnd(&r);
		message_fill(&m, REQUEST, seed);
		if (ipc_call(c->fd, c->server, &m) ||
		    !message_is(&m, REQUEST + 1, c->server, seed))
			c->wrong++;
	}
	return NULL;
}

/* Many clients, some servers: everybody gets his own answer */
TEST_F_TIMEOUT(stress, no_answer_goes_astray, TIMEOUT)
{
	struct server server[2];
	struct client client[8];
	int i;

	for (i = 0; i < 2; i++)
		ASSERT_TRUE(server_start(&server[i], self->dom[i].fd));
	for (i = 0; i < 8; i++) {
		client[i] = (struct client){
			.fd = task_open(self->dom[2].fd),
			.server = server[i % 2].number, .seed = i,
		};
		ASSERT_EQ(0, pthread_create(&client[i].thread, NULL,
					    client_run, &client[i]));
	}
	for (i = 0; i < 8; i++) {
		pthread_join(client[i].thread, NULL);
		EXPECT_EQ(0, client[i].wrong);
	}
	for (i = 0; i < 2; i++)
		EXPECT_EQ(0, server_stop(&server[i], client[0].fd));
	for (i = 0; i < 8; i++)
		close(client[i].fd);
	EXPECT_EQ(8 * rounds(5000, 200), server[0].served + server[1].served);
}

TEST_HARNESS_MAIN
