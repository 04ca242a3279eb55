// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: many channels, quotas, memory that never answers, and all at
 * once
 */
#include <kselftest_harness.h>

#include <linux/userfaultfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "channel.h"

FIXTURE(stress) {
	struct ends p;
	struct counters start;
};

FIXTURE_VARIANT(stress) {
	bool loopback;
};

FIXTURE_VARIANT_ADD(stress, two_domains) { false };
FIXTURE_VARIANT_ADD(stress, loopback) { true };

FIXTURE_SETUP(stress)
{
	self->start = counters_start();
	ASSERT_EQ(0, ends_domains(&self->p, variant->loopback));
}

FIXTURE_TEARDOWN(stress)
{
	ends_end(&self->p);
	EXPECT_TRUE(counters_are(&self->start));
}

/* Within the quotas that every domain has, but for open files */
TEST_F_TIMEOUT(stress, many, TIMEOUT)
{
	int n = rounds(10000, 400), i, ret;
	struct rlimit limit = { 3 * 10000, 3 * 10000 };
	int *fds = calloc(2 * n, sizeof(*fds));
	struct ends *p = &self->p;
	char port[32], c;

	if (p->loopback)
		SKIP(return, "the same twice");
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_EQ(0, quota_set(p->ctl, p->a.id, ISLE_QUOTA_FILES, 2 * n));
	ASSERT_EQ(0, quota_set(p->ctl, p->b.id, ISLE_QUOTA_FILES, 2 * n));
	for (i = 0; i < n; i++) {
		fds[2 * i] = ep_open(p->a.fd);
		fds[2 * i + 1] = ep_open(p->b.fd);
		ASSERT_LE(0, fds[2 * i]);
		ASSERT_LE(0, fds[2 * i + 1]);
		sprintf(port, "port-%d", i);
		ret = ep_listen(fds[2 * i], p->b.id, port, ISLE_VCHAN_NOWAIT, 0);
		ASSERT_EQ(0, ret) TH_LOG("channel %d", i);
		ret = ep_connect(fds[2 * i + 1], p->a.id, port, 0, 0);
		ASSERT_EQ(0, ret) TH_LOG("channel %d", i);
	}
	EXPECT_EQ(n, quota_used(p->ctl, p->a.id, ISLE_QUOTA_GRANTS));
	EXPECT_EQ(n, quota_used(p->ctl, p->b.id, ISLE_QUOTA_MAPPINGS));
	EXPECT_EQ(n, quota_used(p->ctl, p->b.id, ISLE_QUOTA_PORTS));
	for (i = 0; i < n; i++) {
		c = i;
		ASSERT_EQ(1, write(fds[2 * i + (i & 1)], &c, 1));
	}
	for (i = n - 1; i >= 0; i--) {
		ASSERT_EQ(1, read(fds[2 * i + !(i & 1)], &c, 1));
		ASSERT_EQ((char)i, c);
	}
	/* half of them one by one, the others with the domain */
	for (i = 0; i < n; i++)
		close(fds[i]);
	EXPECT_EQ(n - n / 2, quota_used(p->ctl, p->a.id, ISLE_QUOTA_GRANTS));
	ASSERT_EQ(0, dom_destroy(p->ctl, p->a.id, 0));
	for (i = n; i < 2 * n; i++) {
		if (i & 1) {
			ASSERT_EQ(0, read(fds[i], &c, 1));
		}
		close(fds[i]);
	}
	free(fds);
}

/* One short of what is needed, of each kind */
TEST_F_TIMEOUT(stress, quotas, TIMEOUT)
{
	static const struct {
		__u32 kind;
		bool client;
		__u64 needed;	/* for 2 + 1 pages of rings */
	} cases[] = {
		{ ISLE_QUOTA_GRANTS, false, 4 },
		{ ISLE_QUOTA_PORTS, false, 1 },
		{ ISLE_QUOTA_STORE, false, 0 },
		{ ISLE_QUOTA_MAPPINGS, true, 4 },
		{ ISLE_QUOTA_PORTS, true, 1 },
	};
	struct ends *p = &self->p;
	__u64 before, limit;
	__u32 rs, ws;
	unsigned int i;
	int round;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		struct dom *dom = cases[i].client ? &p->b : &p->a;

		for (round = 0; round < 2; round++) {
			ASSERT_EQ(0, ends_open(p));
			rs = 8192;
			ws = 4096;
			if (cases[i].client) {
				ASSERT_EQ(0, ep_listen_sizes(p->server, p->b.id,
							     "port",
							     ISLE_VCHAN_NOWAIT,
							     0, &rs, &ws));
			}
			before = quota_used(p->ctl, dom->id, cases[i].kind);
			limit = before + 100;
			if (cases[i].needed)
				limit = before + cases[i].needed - 1;
			ASSERT_EQ(0, quota_set(p->ctl, dom->id, cases[i].kind,
					       limit));
			if (cases[i].client) {
				EXPECT_EQ(-EDQUOT, ep_connect(p->client,
							      p->a.id, "port",
							      0, NEVER));
			} else {
				EXPECT_EQ(-EDQUOT,
					  ep_listen_sizes(p->server, p->b.id,
							  "port",
							  ISLE_VCHAN_NOWAIT, 0,
							  &rs, &ws))
					TH_LOG("kind %u", cases[i].kind);
			}
			EXPECT_EQ(before, quota_used(p->ctl, dom->id,
						     cases[i].kind));
			limit = before + (cases[i].needed ?: 100000);
			ASSERT_EQ(0, quota_set(p->ctl, dom->id, cases[i].kind,
					       limit));
			if (!cases[i].client) {
				ASSERT_EQ(0, ep_listen_sizes(p->server, p->b.id,
							     "port",
							     ISLE_VCHAN_NOWAIT,
							     0, &rs, &ws));
			}
			ASSERT_EQ(0, quota_set(p->ctl, dom->id, cases[i].kind,
					       1 << 20));
			EXPECT_EQ(0, ep_connect(p->client, p->a.id, "port", 0,
						NEVER));
			ends_close(p);
		}
	}
	/* waiting for a server costs a watch */
	ASSERT_EQ(0, ends_open(p));
	ASSERT_EQ(0, quota_set(p->ctl, p->b.id, ISLE_QUOTA_WATCHES, 0));
	EXPECT_EQ(-EDQUOT, ep_connect(p->client, p->a.id, "port", 0, NEVER));
	EXPECT_EQ(-ENOENT, ep_connect(p->client, p->a.id, "port",
				      ISLE_VCHAN_NOWAIT, 0));
}

/* Numbers of references and ports come again; what they stood for does not */
TEST_F_TIMEOUT(stress, again_and_again, TIMEOUT)
{
	struct ends *p = &self->p;
	int i, n = rounds(3000, 100);
	char c;

	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, ends_join(p, i & 4 ? ISLE_VCHAN_PERSISTENT : 0,
				       i & 1 ? 4096 : 1024, 1024));
		c = i;
		EXPECT_EQ(-EAGAIN, ep_wait(p->server, 1, 0, 0));
		EXPECT_EQ(1, write(p->client, &c, 1));
		EXPECT_EQ(1, read(p->server, &c, 1));
		EXPECT_EQ((char)i, c);
		if (i & 2) {
			close(p->client);
			p->client = -1;
			EXPECT_EQ(0, read(p->server, &c, 1));
		}
		ends_close(p);
	}
}

/* The victim has memory without pages, and its own pager that sleeps */
static void *missing(int *uffd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.mode = UFFDIO_REGISTER_MODE_MISSING, .range.len = 4 * PAGE,
	};
	void *area = mmap(NULL, 4 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			  0);

	reg.range.start = (uintptr_t)area;
	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (area == MAP_FAILED || *uffd < 0 || ioctl(*uffd, UFFDIO_API, &api) ||
	    ioctl(*uffd, UFFDIO_REGISTER, &reg))
		_exit(100);
	return area;
}

static pid_t pager_victim(struct ends *p, int op)
{
	int pipes[2];
	pid_t pid;
	char c;

	if (pipe(pipes))
		return -1;
	pid = fork();
	if (pid == 0) {
		struct pollfd pfd = { .events = POLLIN };
		void *area = missing(&pfd.fd);
		int fd = p->server;

		/* what is inherited would keep the other end open */
		close(p->client);
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (fork() == 0) {
			/* nor shall this one, which ends when it likes */
			close(fd);
			poll(&pfd, 1, -1);
			_exit(write(pipes[1], "x", 1) != 1);
		}
		close(pipes[1]);
		if (op == 0)
			_exit(read(fd, area, 4 * PAGE) < 0);
		if (op == 1)
			_exit(write(fd, area, 4 * PAGE) < 0);
		_exit(ioctl(fd, op == 2 ? ISLE_VCHAN_INFO : ISLE_VCHAN_WAIT,
			    area) < 0);
	}
	close(pipes[1]);
	if (read(pipes[0], &c, 1) != 1) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(pipes[0]);
	return pid;
}

static int read_one(void *arg)
{
	char c;

	return err(read(*(int *)arg, &c, 1));
}

TEST_F_TIMEOUT(stress, pager_that_never_answers, TIMEOUT)
{
	struct ends *p = &self->p;
	struct isle_vchan_info info;
	char buf[64] = "";
	struct caller c;
	int op, how, status;
	pid_t pid;

	for (op = 0; op < 4; op++) {
		for (how = 0; how < 3; how++) {
			ASSERT_EQ(0, ends_join(p, 0, 1024, 1024));
			EXPECT_EQ(10, write(p->client, buf, 10));
			pid = pager_victim(p, op);
			ASSERT_LT(0, pid) TH_LOG("op %d did not wait", op);
			/* everything else goes on */
			EXPECT_EQ(0, ep_info(p->server, &info));
			EXPECT_LE(0, poll_now(p->server, POLLIN));
			if (op == 0) {
				EXPECT_EQ(1, write(p->server, buf, 1));
				EXPECT_EQ(1, read(p->client, buf, 2));
				/* another reader waits for the first one */
				ASSERT_EQ(0, caller_start(&c, read_one,
							  &p->server));
				usleep(5000);
				EXPECT_FALSE(c.ended);
			} else {
				EXPECT_EQ(10, read(p->server, buf, 10));
			}
			if (how == 1) {
				close(p->client);
				p->client = -1;
				EXPECT_EQ(ISLE_VCHAN_STATE_CLOSED,
					  ep_state(p->server));
			} else if (how == 2) {
				ASSERT_EQ(0, dom_destroy(p->ctl, p->a.id, 0));
				EXPECT_EQ(-ENODEV, ep_state(p->server));
				/* and not for ever */
				if (op == 0) {
					EXPECT_EQ(-ENODEV, caller_ret(&c));
				}
			}
			kill(pid, SIGKILL);
			ASSERT_TRUE(eventually(waitpid(pid, &status, WNOHANG) ==
					       pid));
			EXPECT_TRUE(WIFSIGNALED(status));
			if (op == 0 && how != 2) {
				EXPECT_EQ(1, caller_ret(&c));
			}
			ends_close(p);
			if (how == 2) {
				ends_end(p);
				ASSERT_EQ(0, ends_domains(p,
							  variant->loopback));
			}
		}
	}
}

/* What everybody knows of the domains that there are */
struct world {
	volatile __u32 ids[2];
	volatile unsigned int channels;
};

#define WILD	6

static void wild(int ctl, struct world *w, unsigned int seed)
{
	struct rng rng = { seed };
	struct isle_vchan_list list;
	char buf[3000], port[16];
	int domain, ep, i, ret;
	unsigned int side;

	for (;;) {
		side = below(&rng, 2);
		domain = dom_open(ctl, w->ids[side]);
		if (domain < 0)
			continue;
		ep = part_open(domain, ISLE_OPEN_VCHAN,
			       below(&rng, 2) ? ISLE_OPEN_NONBLOCK : 0);
		close(domain);
		if (ep < 0)
			continue;
		sprintf(port, "p%u", below(&rng, 3));
		if (side) {
			__u32 rs = 1 + below(&rng, 10000);
			__u32 ws = 1 + below(&rng, 10000);

			ret = ep_listen_sizes(ep, w->ids[0], port,
					      below(&rng, 4), SHORT, &rs, &ws);
		} else {
			ret = ep_connect(ep, w->ids[1], port, 0, SHORT);
		}
		if (!ret)
			__atomic_add_fetch(&w->channels, 1, __ATOMIC_RELAXED);
		for (i = below(&rng, 30); !ret && i >= 0; i--) {
			switch (below(&rng, 6)) {
			case 0:
				ep_wait(ep, 1, 0, SHORT / 10);
				break;
			case 1:
				if (ep_wait(ep, 0, 1, SHORT / 10) == 0)
					ret = write(ep, buf, 100);
				break;
			case 2:
				ep_next(ep, 0, SHORT / 10);
				break;
			case 3:
				memset(&list, 0, sizeof(list));
				list.size = sizeof(list);
				list.number = below(&rng, WILD + 1);
				call(ep, ISLE_VCHAN_LIST, &list);
				break;
			default:
				if (ep_wait(ep, 1, 0, SHORT / 10) == 0)
					ret = read(ep, buf, sizeof(buf));
			}
			ret = 0;
		}
		close(ep);
	}
}

TEST_F_TIMEOUT(stress, everything_at_once, TIMEOUT)
{
	int n = rounds(400, 60), i, k, status;
	struct ends *p = &self->p;
	struct world *w = mmap(NULL, PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1,
			       0);
	pid_t pids[WILD];
	struct rng rng = { 5 };
	double end = now() + LONG_WAIT;
	struct dom *dom;

	ASSERT_NE(MAP_FAILED, (void *)w);
	w->ids[0] = p->b.id;
	w->ids[1] = p->a.id;
	for (k = 0; k < WILD; k++)
		pids[k] = 0;
	/* a slow machine gets more, until two of them have met */
	for (i = 0; i < n || (!w->channels && now() < end); i++) {
		k = below(&rng, WILD);
		if (pids[k]) {
			kill(pids[k], SIGKILL);
			ASSERT_EQ(pids[k], waitpid(pids[k], &status, 0));
			EXPECT_TRUE(WIFSIGNALED(status));
		}
		pids[k] = fork();
		if (pids[k] == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL);
			/* what is inherited would keep the domains alive */
			close(p->a.fd);
			close(p->b.fd);
			wild(p->ctl, w, i);
		}
		usleep(debug_kernel() ? 100000 : 10000);
		if (p->loopback || i % 4)
			continue;
		if (i % 16) {
			EXPECT_EQ(0, dom_unlink(p->ctl, p->a.id, p->b.id));
			usleep(2000);
		} else {
			dom = i % 32 ? &p->a : &p->b;
			EXPECT_EQ(0, dom_destroy(p->ctl, dom->id, 0));
			close(dom->fd);
			ASSERT_EQ(0, dom_create(p->ctl, NULL, dom));
			w->ids[dom == &p->a] = dom->id;
		}
		EXPECT_EQ(0, dom_link(p->ctl, p->a.id, p->b.id));
	}
	for (k = 0; k < WILD; k++) {
		if (!pids[k])
			continue;
		kill(pids[k], SIGKILL);
		EXPECT_EQ(pids[k], waitpid(pids[k], &status, 0));
	}
	EXPECT_LT(0, w->channels);
	munmap(w, PAGE);
	/* and it still works */
	ASSERT_EQ(0, ends_join(p, 0, 1024, 1024));
}

TEST_HARNESS_MAIN
