// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: a fuzzer of what can be done with a task
 *
 *	ipc [SECONDS [SEED]]
 *
 * Two processes do random ioctls, mmaps, reads, polls and closes on tasks of
 * two linked domains, with arguments that are right but for a field or two.
 * What is expected: every call ends with an errno that isle/task.h knows, and
 * nothing is left afterwards.  Bounded: some seconds.
 */
#include <kselftest_harness.h>

#include "../ipc/tasks.h"

#define PAGE	4096
#define FDS	6

static const uint64_t odd[] = {
	0, 1, 2, 3, 7, 8, 255, 256, 4095, 4096, 4097, 1 << 20, 1 << 24,
	(1 << 24) + 1, 1 << 29, 1 << 30, 0x7fffffff, 0x80000000, 0xffffffff,
	0x100000000, 0x7fffffffffffffff, 0x8000000000000000, ~0ULL,
};

static uint64_t number(struct rng *r)
{
	uint64_t n = odd[below(r, sizeof(odd) / sizeof(odd[0]))];

	switch (below(r, 4)) {
	case 0:
		return n + below(r, 3) - 1;
	case 1:
		return rnd(r) * (uint64_t)rnd(r);
	default:
		return n;
	}
}

struct player {
	struct rng rng;
	int domain, fd[FDS];
	void *map[FDS];
	uint8_t *memory;
};

static uint64_t address(struct player *p)
{
	return below(&p->rng, 4) ? (uintptr_t)p->memory +
				   below(&p->rng, 16 * PAGE) : number(&p->rng);
}

/* Overwrites a word of @arg now and then */
static void spoil(struct player *p, void *arg, size_t size)
{
	uint64_t n = number(&p->rng);
	size_t at;

	if (below(&p->rng, 3))
		return;
	at = below(&p->rng, size / 4) * 4;
	memcpy((char *)arg + at, &n, at + 8 <= size && below(&p->rng, 2) ? 8 :
				     4);
}

static struct isle_message some_message(struct player *p)
{
	struct isle_message m = message(1 + below(&p->rng, 100), rnd(&p->rng));

	if (below(&p->rng, 3) == 0) {
		m.type |= ISLE_MESSAGE_PAYLOAD;
		if (below(&p->rng, 2))
			m.type |= ISLE_MESSAGE_STRING;
		m.payload.address = address(p);
		m.payload.length = below(&p->rng, 3 * PAGE);
	}
	spoil(p, &m, 32);
	return m;
}

static int peer_of(struct player *p)
{
	int n = task_number(p->fd[below(&p->rng, FDS)]);

	return n < 0 ? ISLE_TASK_MIN : n + (int)below(&p->rng, 3) - 1;
}

static int do_ipc(struct player *p, int which)
{
	struct isle_message m = some_message(p);
	struct isle_ipc arg = {
		.size = sizeof(arg),
		.flags = 1U << below(&p->rng, 7) | ISLE_IPC_NOWAIT,
		.message = (uintptr_t)&m,
	};
	struct isle_task_page *page = p->map[which];

	if (below(&p->rng, 4) == 0)
		arg.flags |= 1U << below(&p->rng, 20);
	/* nothing waits for long */
	if (arg.flags & (ISLE_IPC_CALL | ISLE_IPC_TIMEOUT)) {
		arg.flags |= ISLE_IPC_TIMEOUT;
		arg.timeout_ns = below(&p->rng, 200000);
	}
	if (arg.flags & (ISLE_IPC_RECEIVE | ISLE_IPC_ASYNC_RECEIVE))
		arg.src = below(&p->rng, 2) ? ANY : peer_of(p);
	if (arg.flags & ~(ISLE_IPC_RECEIVE | ISLE_IPC_ASYNC_RECEIVE) & 0x7f)
		arg.dst = below(&p->rng, 3) ? peer_of(p) : SERVICES;
	if (arg.flags & ISLE_IPC_NOTIFY) {
		arg.bits = rnd(&p->rng);
		arg.message = 0;
	}
	if (below(&p->rng, 2)) {
		arg.buffer = address(p);
		arg.buffer_size = number(&p->rng);
	}
	if (page && below(&p->rng, 2)) {
		page->message = m;
		arg.message = 0;
		spoil(p, &arg, sizeof(arg));
		if (!(arg.flags & (ISLE_IPC_NOWAIT | ISLE_IPC_TIMEOUT)))
			return 0;
		if (arg.timeout_ns > 1000000)
			arg.timeout_ns = 1000000;
		page->ipc = arg;
		return call(p->fd[which], ISLE_TASK_IPC, NULL);
	}
	spoil(p, &arg, sizeof(arg));
	/* a call or a receive that was spoilt so would wait for ever */
	if (!(arg.flags & (ISLE_IPC_NOWAIT | ISLE_IPC_TIMEOUT)) ||
	    arg.flags & ISLE_IPC_CALL)
		arg.flags |= ISLE_IPC_TIMEOUT;
	if (arg.timeout_ns > 1000000)
		arg.timeout_ns = 1000000;
	return call(p->fd[which], ISLE_TASK_IPC, &arg);
}

static int do_other(struct player *p, int which)
{
	union {
		struct isle_task_timer timer;
		struct isle_task_buffer buffer;
		struct isle_task_info info;
		struct isle_task_shm shm;
		__u32 size;
	} arg = { .size = 0 };
	int fd = p->fd[which];
	unsigned long cmd;

	switch (below(&p->rng, 5)) {
	case 0:
		cmd = ISLE_TASK_TIMER;
		arg.timer.milliseconds = below(&p->rng, 3);
		break;
	case 1:
		cmd = ISLE_TASK_BUFFER;
		arg.buffer.address = address(p) & -PAGE;
		arg.buffer.length = below(&p->rng, 5) * PAGE;
		break;
	case 2:
		cmd = ISLE_TASK_INFO;
		arg.info.flags = below(&p->rng, 3);
		arg.info.task = number(&p->rng);
		break;
	case 3:
		cmd = ISLE_TASK_SHM_CREATE;
		arg.shm.length = below(&p->rng, 4) ? below(&p->rng, 64 * PAGE) :
				 number(&p->rng);
		break;
	default:
		cmd = ISLE_TASK_SHM_CLOSE;
		arg.shm.id = number(&p->rng);
		break;
	}
	arg.size = _IOC_SIZE(cmd);
	spoil(p, &arg, _IOC_SIZE(cmd));
	if (below(&p->rng, 16) == 0)
		cmd ^= 1U << below(&p->rng, 32);
	return call(fd, cmd, &arg);
}

static int do_map(struct player *p, int which)
{
	void *map;

	if (p->map[which]) {
		munmap(p->map[which], PAGE);
		p->map[which] = NULL;
		return 0;
	}
	if (below(&p->rng, 2)) {
		p->map[which] = task_map(p->fd[which]);
		if (p->map[which] == MAP_FAILED)
			p->map[which] = NULL;
		return 0;
	}
	map = mmap(NULL, (1 + below(&p->rng, 8)) * PAGE, PROT_READ,
		   below(&p->rng, 4) ? MAP_SHARED : MAP_PRIVATE, p->fd[which],
		   number(&p->rng) & -PAGE);
	return map == MAP_FAILED ? -errno : munmap(map, 8 * PAGE);
}

static bool known(int ret)
{
	static const int errnos[] = {
		EFAULT, ENOTTY, E2BIG, EINVAL, EOPNOTSUPP, ENOENT, EEXIST,
		ENODEV, EPERM, EDQUOT, EMFILE, ENOMEM, EINTR, EAGAIN,
		ETIMEDOUT, ESRCH, ECANCELED, EBUSY, EDEADLK, EMSGSIZE, ENODATA,
		EBADMSG, EACCES, EOVERFLOW,
	};
	size_t i;

	for (i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (ret == -errnos[i])
			return true;
	return ret >= 0;
}

static int play(struct player *p, double end)
{
	int which, ret;
	char byte;

	while (now() < end) {
		which = below(&p->rng, FDS);
		/* it was over a quota when it was to be opened again */
		if (p->fd[which] < 0) {
			p->fd[which] = task_open(p->domain);
			continue;
		}
		switch (below(&p->rng, 16)) {
		case 0:
			ret = do_map(p, which);
			break;
		case 1:
		case 2:
			ret = do_other(p, which);
			break;
		case 3:
			if (p->map[which])
				munmap(p->map[which], PAGE);
			p->map[which] = NULL;
			close(p->fd[which]);
			p->fd[which] = task_open(p->domain);
			ret = p->fd[which];
			break;
		case 4:
			ret = poll_now(p->fd[which], rnd(&p->rng));
			if (read(p->fd[which], &byte, 1) >= 0)
				return 1;
			break;
		default:
			ret = do_ipc(p, which);
		}
		if (!known(ret)) {
			fprintf(stderr, "# errno %d\n", -ret);
			return 1;
		}
	}
	return 0;
}

FIXTURE(fuzz) {
};

FIXTURE_SETUP(fuzz)
{
}

FIXTURE_TEARDOWN(fuzz)
{
}

TEST_F_TIMEOUT(fuzz, tasks, TIMEOUT)
{
	struct counters start = counters_start();
	int ctl = control_open(), i, k, status;
	struct dom dom[2];
	struct player p;
	uint64_t seed;
	pid_t pid[4];
	double end;

	ASSERT_LE(0, ctl);
	seed = 1;
	if (getenv("ISLE_FUZZ_SEED"))
		seed = strtoull(getenv("ISLE_FUZZ_SEED"), NULL, 0);
	TH_LOG("ISLE_FUZZ_SEED=%llu", (unsigned long long)seed);
	end = now() + (getenv("ISLE_FUZZ_SECONDS") ?
		       atoi(getenv("ISLE_FUZZ_SECONDS")) : 10);
	for (i = 0; i < 2; i++)
		ASSERT_EQ(0, dom_create(ctl, NULL, &dom[i]));
	ASSERT_EQ(0, dom_link(ctl, dom[0].id, dom[1].id));
	for (i = 0; i < 4; i++) {
		pid[i] = fork();
		if (pid[i])
			continue;
		p.rng.state = seed + i;
		p.domain = dom[i % 2].fd;
		p.memory = mmap(NULL, 32 * PAGE, PROT_READ | PROT_WRITE,
				MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		for (k = 0; k < FDS; k++) {
			p.fd[k] = task_open(p.domain);
			p.map[k] = NULL;
		}
		_exit(play(&p, end));
	}
	for (i = 0; i < 4; i++) {
		EXPECT_EQ(pid[i], waitpid(pid[i], &status, 0));
		/* one may have hit itself with a bad address */
		EXPECT_TRUE(WIFSIGNALED(status) || WEXITSTATUS(status) == 0);
	}
	for (i = 0; i < 2; i++)
		close(dom[i].fd);
	close(ctl);
	EXPECT_TRUE(counters_are(&start));
}

TEST_HARNESS_MAIN
