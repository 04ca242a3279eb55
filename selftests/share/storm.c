// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: event ports, many at once
 *
 * No notification is lost, however fast they come and on whichever processor;
 * who sends too many harms nobody else; and whatever is closed, unbound, parted
 * or destroyed meanwhile, everything ends and nothing is left.
 */
#include <kselftest_harness.h>

#include <liburing.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "evtchn.h"

FIXTURE(storm) {
	int ctl;
	struct dom a, b;
	struct counters start;
};

FIXTURE_SETUP(storm)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->a));
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->b));
	ASSERT_EQ(0, dom_link(self->ctl, self->a.id, self->b.id));
}

FIXTURE_TEARDOWN(storm)
{
	close(self->a.fd);
	close(self->b.fd);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->a.id)));
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->b.id)));
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

static void stay(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor % sysconf(_SC_NPROCESSORS_ONLN), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

/* One end each of a pair, in files of their own */
struct end {
	int fd;
	int port;
};

static bool join(struct dom *a, struct dom *b, struct end *x, struct end *y)
{
	x->fd = evtchn_open(a->fd);
	y->fd = evtchn_open(b->fd);
	x->port = evtchn_listen(x->fd, b->id);
	y->port = evtchn_connect(y->fd, a->id, x->port);
	return x->port > 0 && y->port > 0 && evtchn_take(y->fd) == y->port;
}

static void end(struct end *x, struct end *y)
{
	close(x->fd);
	close(y->fd);
}

/* The next event of @e, without waiting for ever for one that was lost */
static int await(struct end *e)
{
	struct pollfd pfd = { .fd = e->fd, .events = POLLIN };
	int port;

	if (poll(&pfd, 1, LONG_WAIT * 1000) != 1)
		return -ETIME;
	port = evtchn_take(e->fd);
	return port < 0 ? port : port == e->port ? 0 : -EUCLEAN;
}

/* litmus: what was stored before a notification is seen after it */

struct player {
	pthread_t thread;
	struct end *mine;
	atomic_int *to, *from;
	int processor, rounds, bad;
	bool first, blocks;
};

static void *play(void *arg)
{
	struct player *p = arg;
	int i, ret;

	stay(p->processor);
	for (i = 1; i <= p->rounds && !p->bad; i++) {
		if (!p->first || i > 1) {
			if (p->blocks)
				ret = evtchn_take(p->mine->fd) == p->mine->port ?
				      0 : -EUCLEAN;
			else
				ret = await(p->mine);
			if (ret || atomic_load_explicit(p->from,
						memory_order_relaxed) !=
				   i - p->first)
				p->bad = i;
		}
		atomic_store_explicit(p->to, i, memory_order_relaxed);
		if (evtchn_notify(p->mine->fd, p->mine->port))
			p->bad = i;
	}
	return NULL;
}

TEST_F_TIMEOUT(storm, to_and_fro, TIMEOUT)
{
	struct player p[2] = { 0 };
	atomic_int there = 0, back = 0;
	struct end x, y;
	int i, round;

	for (round = 0; round < 4; round++) {
		ASSERT_TRUE(join(&self->a, &self->b, &x, &y));
		there = 0;
		back = 0;
		for (i = 0; i < 2; i++)
			p[i] = (struct player) {
				.mine = i ? &y : &x,
				.to = i ? &back : &there,
				.from = i ? &there : &back,
				.processor = round < 2 ? i : 0,
				.rounds = rounds(1000, 200),
				.first = i == 0, .blocks = round % 2,
			};
		for (i = 0; i < 2; i++)
			ASSERT_EQ(0, pthread_create(&p[i].thread, NULL, play,
						    &p[i]));
		for (i = 0; i < 2; i++) {
			pthread_join(p[i].thread, NULL);
			EXPECT_EQ(0, p[i].bad);
		}
		end(&x, &y);
	}
}

struct flood {
	pthread_t sender, receiver;
	struct end x, y;
	atomic_int count;
	int processor, rounds, bad;
	long events;
};

static void *send_all(void *arg)
{
	struct flood *f = arg;
	int i;

	stay(f->processor);
	for (i = 1; i <= f->rounds; i++) {
		atomic_store_explicit(&f->count, i, memory_order_relaxed);
		if (evtchn_notify(f->x.fd, f->x.port))
			f->bad = i;
	}
	return NULL;
}

/* Each time the port is unmasked first, and only then is it looked what came */
static void *receive_all(void *arg)
{
	struct flood *f = arg;

	stay(f->processor + 1);
	while (!f->bad && atomic_load_explicit(&f->count, memory_order_relaxed) <
			  f->rounds) {
		if (await(&f->y))
			f->bad = -1;
		f->events++;
	}
	return NULL;
}

TEST_F_TIMEOUT(storm, none_is_lost, TIMEOUT)
{
	struct flood f[2];	/* one in each direction */
	int i, round;

	for (round = 0; round < rounds(50, 5); round++) {
		memset(f, 0, sizeof(f));
		for (i = 0; i < 2; i++) {
			ASSERT_TRUE(join(i ? &self->b : &self->a,
					 i ? &self->a : &self->b, &f[i].x,
					 &f[i].y));
			f[i].processor = i;
			f[i].rounds = rounds(2000, 400);
		}
		for (i = 0; i < 2; i++) {
			ASSERT_EQ(0, pthread_create(&f[i].receiver, NULL,
						    receive_all, &f[i]));
			ASSERT_EQ(0, pthread_create(&f[i].sender, NULL,
						    send_all, &f[i]));
		}
		for (i = 0; i < 2; i++) {
			pthread_join(f[i].sender, NULL);
			pthread_join(f[i].receiver, NULL);
			EXPECT_EQ(0, f[i].bad) {
				TH_LOG("lost at %d of %d, %ld events",
				       (int)f[i].count, f[i].rounds,
				       f[i].events);
			}
			end(&f[i].x, &f[i].y);
		}
	}
}

/* a storm: who cannot keep up, or does not try */

struct stormer {
	pthread_t thread;
	struct end x, y;
	atomic_bool *stop;
	atomic_long sent;
};

static void *blow(void *arg)
{
	struct stormer *s = arg;

	while (!*s->stop) {
		evtchn_notify(s->x.fd, s->x.port);
		s->sent++;
	}
	return NULL;
}

TEST_F_TIMEOUT(storm, others_go_on, TIMEOUT)
{
	struct stormer s[4] = { 0 };
	struct player p[2] = { 0 };
	atomic_int there = 0, back = 0;
	atomic_bool stop = false;
	struct dom c, d;
	struct end x, y;
	__u32 port;
	int i;

	for (i = 0; i < 4; i++) {
		s[i].stop = &stop;
		ASSERT_TRUE(join(&self->a, &self->b, &s[i].x, &s[i].y));
		if (i == 1) {
			/* one that stays masked */
			evtchn_notify(s[i].x.fd, s[i].x.port);
			EXPECT_EQ(s[i].y.port, evtchn_next(s[i].y.fd));
		}
		if (i == 2) {
			/* one whose other end is gone */
			port = s[i].y.port;
			EXPECT_EQ(0, evtchn_unbind(s[i].y.fd, port));
		}
	}
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &c));
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &d));
	ASSERT_EQ(0, dom_link(self->ctl, c.id, d.id));
	ASSERT_TRUE(join(&c, &d, &x, &y));
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&s[i].thread, NULL, blow, &s[i]));
	for (i = 0; i < 2; i++) {
		p[i] = (struct player) {
			.mine = i ? &y : &x,
			.to = i ? &back : &there, .from = i ? &there : &back,
			.processor = i, .rounds = rounds(300, 30),
			.first = i == 0,
		};
		ASSERT_EQ(0, pthread_create(&p[i].thread, NULL, play, &p[i]));
	}
	/* the domains that have the storm can be worked with, too */
	for (i = 0; i < 20; i++) {
		EXPECT_EQ(s[3].y.port, evtchn_take(s[3].y.fd));
		EXPECT_LT(0, evtchn_listen(s[0].y.fd, self->a.id));
	}
	for (i = 0; i < 2; i++) {
		pthread_join(p[i].thread, NULL);
		EXPECT_EQ(0, p[i].bad);
	}
	/* one event at most came of it all */
	EXPECT_EQ(s[0].y.port, evtchn_next(s[0].y.fd));
	EXPECT_EQ(0, poll_now(s[0].y.fd, POLLIN));
	EXPECT_EQ(0, poll_now(s[1].y.fd, POLLIN));
	for (i = 0; i < 4; i++)
		EXPECT_TRUE(eventually(s[i].sent > 0));
	/* destroying one side stops it */
	EXPECT_EQ(0, dom_destroy(self->ctl, self->b.id, 0));
	stop = true;
	for (i = 0; i < 4; i++) {
		pthread_join(s[i].thread, NULL);
		end(&s[i].x, &s[i].y);
	}
	end(&x, &y);
	close(c.fd);
	close(d.fd);
}

/* closing, unbinding, parting and destroying while everything goes on */

#define PORTS	8

struct mess {
	int ctl;
	struct dom *a, *b;
	atomic_int fa, fb;	/* replaced now and then */
	atomic_bool stop;
	atomic_int bad;
};

/* Results that make sense while the ground moves */
static void expect(struct mess *m, int ret)
{
	switch (ret) {
	case -EINVAL:
	case -ENOTCONN:
	case -ESRCH:
	case -ENODEV:
	case -EAGAIN:
	case -EBADF:
	case -ENOSPC:
	case -ENOENT:
	case -EEXIST:
	case -ENOTTY:	/* the number of the file is something else's now */
	case -ENOSYS:
		return;
	}
	if (ret < 0)
		m->bad = ret;
}

static void *mess_about(void *arg)
{
	struct mess *m = arg;
	struct rng rng = { .state = (uintptr_t)&rng };
	struct pollfd pfd;
	__u32 list[PORTS];
	int i, fd;

	while (!m->stop) {
		bool left = below(&rng, 2);

		fd = left ? m->fa : m->fb;
		switch (below(&rng, 8)) {
		case 0:
		case 1:
		case 2:
			for (i = 1; i <= PORTS; i++)
				expect(m, evtchn_notify(fd, i));
			break;
		case 3:
			expect(m, err(read(fd, list, sizeof(list))));
			expect(m, err(write(fd, list, sizeof(list))));
			break;
		case 4:
			pfd = (struct pollfd) { .fd = fd, .events = POLLIN };
			poll(&pfd, 1, 1);
			break;
		case 5:
			expect(m, evtchn_listen(fd, left ? m->b->id :
						m->a->id));
			expect(m, evtchn_connect(fd, left ? m->b->id : m->a->id,
						 1 + below(&rng, PORTS)));
			break;
		case 6:
			expect(m, evtchn_unbind(fd, 1 + below(&rng, PORTS)));
			expect(m, evtchn_unbind(fd, 1 + below(&rng, PORTS)));
			break;
		case 7:
			fcntl(fd, F_SETFL, O_NONBLOCK |
			      (below(&rng, 2) ? O_ASYNC : 0));
			break;
		}
	}
	return NULL;
}

static void mess(struct __test_metadata *_metadata, FIXTURE_DATA(storm) *self,
		 int what)
{
	struct mess m = { .ctl = self->ctl, .a = &self->a, .b = &self->b };
	struct rng rng = { .state = what };
	struct dom doms[2];
	pthread_t threads[4];
	int i, n, old;

	signal(SIGIO, SIG_IGN);
	m.fa = evtchn_open_nonblock(self->a.fd);
	m.fb = evtchn_open_nonblock(self->b.fd);
	for (i = 0; i < 4; i++)
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, mess_about, &m));
	for (n = 0; n < rounds(500, 50); n++) {
		bool left = below(&rng, 2);

		sched_yield();
		switch (what) {
		case 0:	/* files */
			old = atomic_exchange(left ? &m.fa : &m.fb, -1);
			close(old);
			*(left ? &m.fa : &m.fb) =
				evtchn_open_nonblock(left ? self->a.fd :
						     self->b.fd);
			break;
		case 1:	/* links */
			expect(&m, dom_unlink(self->ctl, self->a.id,
					      self->b.id));
			expect(&m, dom_link(self->ctl, self->b.id,
					    self->a.id));
			break;
		case 2:	/* domains */
			EXPECT_EQ(0, dom_destroy(self->ctl, self->b.id, 0));
			ASSERT_EQ(0, dom_create(self->ctl, NULL, &doms[0]));
			EXPECT_EQ(0, dom_link(self->ctl, self->a.id,
					      doms[0].id));
			old = atomic_exchange(&m.fb, -1);
			close(old);
			close(self->b.fd);
			self->b = doms[0];
			m.fb = evtchn_open_nonblock(self->b.fd);
			break;
		}
	}
	m.stop = true;
	for (i = 0; i < 4; i++)
		pthread_join(threads[i], NULL);
	EXPECT_EQ(0, m.bad);
	close(m.fa);
	close(m.fb);
	EXPECT_EQ(0U, quota_used(self->ctl, self->a.id, ISLE_QUOTA_PORTS));
	EXPECT_EQ(0U, quota_used(self->ctl, self->b.id, ISLE_QUOTA_PORTS));
}

TEST_F_TIMEOUT(storm, files_close, TIMEOUT)
{
	mess(_metadata, self, 0);
}

TEST_F_TIMEOUT(storm, links_go, TIMEOUT)
{
	mess(_metadata, self, 1);
}

TEST_F_TIMEOUT(storm, domains_end, TIMEOUT)
{
	mess(_metadata, self, 2);
}

/* epoll and io_uring, ended in every state */

TEST_F_TIMEOUT(storm, epoll, TIMEOUT)
{
	struct epoll_event event;
	int ep, copy, i;
	struct end x, y;
	bool edge;

	for (i = 0; i < 12; i++) {
		edge = i % 2;
		ASSERT_TRUE(join(&self->a, &self->b, &x, &y));
		ep = epoll_create1(EPOLL_CLOEXEC);
		event.events = EPOLLIN | (edge ? EPOLLET : 0);
		ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, y.fd, &event));
		EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
		EXPECT_EQ(0, evtchn_notify(x.fd, x.port));
		EXPECT_EQ(1, epoll_wait(ep, &event, 1, LONG_WAIT * 1000));
		EXPECT_EQ((__u32)EPOLLIN, event.events);
		EXPECT_EQ(edge ? 0 : 1, epoll_wait(ep, &event, 1, 0));
		EXPECT_EQ(y.port, evtchn_take(y.fd));
		EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
		EXPECT_EQ(0, evtchn_notify(x.fd, x.port));
		/* an edge came with it, whether or not it was waited for */
		switch (i / 2) {
		case 0:
			close(y.fd);
			break;
		case 1:
			close(ep);
			break;
		case 2:
			EXPECT_EQ(1, epoll_wait(ep, &event, 1,
						LONG_WAIT * 1000));
			close(y.fd);
			break;
		case 3:	/* epoll keeps what another number still has open */
			copy = dup(y.fd);
			close(y.fd);
			EXPECT_EQ(1, epoll_wait(ep, &event, 1,
						LONG_WAIT * 1000));
			close(copy);
			EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
			break;
		case 4:
			EXPECT_EQ(0, epoll_ctl(ep, EPOLL_CTL_DEL, y.fd, NULL));
			EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
			break;
		case 5:
			close(x.fd);
			EXPECT_EQ(1, epoll_wait(ep, &event, 1,
						LONG_WAIT * 1000));
			break;
		}
		close(ep);
		end(&x, &y);
	}
}

enum { READ, POLL, REQUESTS };

static int result(struct io_uring *ring)
{
	struct __kernel_timespec ts = { .tv_sec = LONG_WAIT };
	struct io_uring_cqe *cqe;
	int ret = io_uring_wait_cqe_timeout(ring, &cqe, &ts);

	if (ret)
		return ret;
	ret = cqe->user_data == 1 ? cqe->res : 0;
	if (cqe->user_data != 1) {
		/* the cancellation's own: the other one's comes, too */
		io_uring_cqe_seen(ring, cqe);
		return result(ring);
	}
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

static void submit(struct io_uring *ring, int what, int fd, __u32 *port)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	if (what == READ)
		io_uring_prep_read(sqe, fd, port, sizeof(*port), 0);
	else
		io_uring_prep_poll_add(sqe, fd, POLLIN);
	sqe->user_data = 1;
	io_uring_submit(ring);
}

TEST_F_TIMEOUT(storm, io_uring, TIMEOUT)
{
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	struct end x, y;
	int i, ret;
	__u32 port;

	for (i = 0; i < 6 * REQUESTS; i++) {
		ASSERT_EQ(0, io_uring_queue_init(8, &ring, 0));
		ASSERT_TRUE(join(&self->a, &self->b, &x, &y));
		port = 0;
		if (i / REQUESTS == 0)
			EXPECT_EQ(0, evtchn_notify(x.fd, x.port));
		submit(&ring, i % REQUESTS, y.fd, &port);
		switch (i / REQUESTS) {
		case 1:
			EXPECT_EQ(0, evtchn_notify(x.fd, x.port));
			break;
		case 2:	/* cancelled while it waits */
			sqe = io_uring_get_sqe(&ring);
			io_uring_prep_cancel64(sqe, 1, 0);
			sqe->user_data = 2;
			io_uring_submit(&ring);
			EXPECT_EQ(-ECANCELED, result(&ring));
			break;
		case 3:	/* and while it fires */
			EXPECT_EQ(0, evtchn_notify(x.fd, x.port));
			sqe = io_uring_get_sqe(&ring);
			io_uring_prep_cancel64(sqe, 1, 0);
			sqe->user_data = 2;
			io_uring_submit(&ring);
			ret = result(&ring);
			EXPECT_TRUE(ret > 0 || ret == -ECANCELED);
			break;
		case 4:	/* the ring goes first */
			io_uring_queue_exit(&ring);
			EXPECT_EQ(0, evtchn_notify(x.fd, x.port));
			end(&x, &y);
			continue;
		case 5:	/* the file's number goes first */
			close(y.fd);
			EXPECT_EQ(0, evtchn_notify(x.fd, x.port));
			break;
		}
		if (i / REQUESTS < 2 || i / REQUESTS == 5) {
			EXPECT_EQ(i % REQUESTS == READ ? 4 : POLLIN,
				  result(&ring));
			if (i % REQUESTS == READ)
				EXPECT_EQ((__u32)y.port, port);
		}
		io_uring_queue_exit(&ring);
		end(&x, &y);
	}
}

TEST_F_TIMEOUT(storm, io_uring_and_the_end, TIMEOUT)
{
	struct io_uring ring;
	struct end x, y;
	__u32 port;
	int i, ret;

	for (i = 0; i < REQUESTS; i++) {
		ASSERT_EQ(0, io_uring_queue_init(8, &ring, 0));
		ASSERT_TRUE(join(&self->a, &self->b, &x, &y));
		submit(&ring, i, y.fd, &port);
		ASSERT_EQ(0, dom_destroy(self->ctl, self->b.id, 0));
		ret = result(&ring);
		EXPECT_TRUE(i == READ ? ret == -ENODEV :
				       ret > 0 && ret & POLLHUP);
		io_uring_queue_exit(&ring);
		end(&x, &y);
		close(self->b.fd);
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->b));
		ASSERT_EQ(0, dom_link(self->ctl, self->a.id, self->b.id));
	}
}

/* Killed while it waits in any of these ways: nothing keeps anything */
TEST_F_TIMEOUT(storm, killed, TIMEOUT)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct io_uring ring;
	struct end x, y;
	int i, ep, status;
	__u32 port;
	pid_t pid;

	for (i = 0; i < rounds(60, 15); i++) {
		ASSERT_TRUE(join(&self->a, &self->b, &x, &y));
		pid = fork();
		ASSERT_LE(0, pid);
		if (pid == 0) {
			switch (i % 5) {
			case 0:
				evtchn_next(y.fd);
				break;
			case 1:
				await(&y);
				break;
			case 2:
				ep = epoll_create1(0);
				epoll_ctl(ep, EPOLL_CTL_ADD, y.fd, &event);
				epoll_wait(ep, &event, 1, -1);
				break;
			default:
				io_uring_queue_init(8, &ring, 0);
				submit(&ring, i % 5 - 3, y.fd, &port);
				result(&ring);
			}
			_exit(0);
		}
		if (i % 2)
			nap();
		if (i % 3 == 0)
			EXPECT_EQ(0, evtchn_notify(x.fd, x.port));
		kill(pid, SIGKILL);
		EXPECT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(0, evtchn_notify(x.fd, x.port));
		end(&x, &y);
	}
}

/* A page that is never there: whoever touches it waits for nobody */
static __u32 *no_page(void)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	int fd = syscall(SYS_userfaultfd, O_CLOEXEC);
	void *page;

	page = mmap(NULL, 4096, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (uintptr_t)page;
	reg.range.len = 4096;
	if (fd < 0 || page == MAP_FAILED || ioctl(fd, UFFDIO_API, &api) ||
	    ioctl(fd, UFFDIO_REGISTER, &reg))
		return NULL;
	return page;
}

/* Memory that does not answer: nothing is held meanwhile, and a kill works */
TEST_F_TIMEOUT(storm, memory_that_does_not_answer, TIMEOUT)
{
	struct end x, y;
	int i, status;
	pid_t pid[6];
	char said;
	int p[2];

	for (i = 0; i < 6; i++) {
		ASSERT_TRUE(join(&self->a, &self->b, &x, &y));
		ASSERT_EQ(0, evtchn_notify(x.fd, x.port));
		ASSERT_EQ(0, pipe(p));
		pid[i] = fork();
		ASSERT_LE(0, pid[i]);
		if (pid[i] == 0) {
			__u32 *page = no_page();

			if (write(p[1], page ? "y" : "n", 1) != 1 || !page)
				_exit(1);
			switch (i) {
			case 0:
				_exit(read(y.fd, page, 4));
			case 1:
				_exit(read(y.fd, page, 4096));
			case 2:
				_exit(write(y.fd, page, 4));
			case 3:
				_exit(write(y.fd, page, 4096));
			case 4:
				_exit(ioctl(y.fd, IOCTL_EVTCHN_NOTIFY, page));
			default:
				_exit(ioctl(y.fd, IOCTL_EVTCHN_UNBIND, page));
			}
		}
		ASSERT_EQ(1, read(p[0], &said, 1));
		EXPECT_EQ('y', said);
		close(p[0]);
		close(p[1]);
		if (i < 2) {
			/* it has taken the event, and cannot be told */
			EXPECT_TRUE(eventually(poll_now(y.fd, POLLIN) == 0));
			EXPECT_EQ(0, evtchn_unmask(y.fd, y.port));
			EXPECT_EQ(0, evtchn_notify(x.fd, x.port));
		} else {
			nap();
		}
		EXPECT_EQ(y.port, evtchn_take(y.fd));
		EXPECT_EQ(0, evtchn_notify(y.fd, y.port));
		EXPECT_EQ(x.port, evtchn_take(x.fd));
		EXPECT_EQ(0, evtchn_reset(y.fd));
		EXPECT_EQ(0, waitpid(pid[i], &status, WNOHANG));
		if (i % 2) {
			EXPECT_EQ(0, evtchn_unbind(y.fd, y.port));
			kill(pid[i], SIGKILL);
			EXPECT_EQ(pid[i], waitpid(pid[i], &status, 0));
			/* what it had taken is nobody's */
			EXPECT_EQ(0, poll_now(y.fd, POLLIN));
		} else {
			kill(pid[i], SIGKILL);
			EXPECT_EQ(pid[i], waitpid(pid[i], &status, 0));
			EXPECT_EQ(0, evtchn_notify(x.fd, x.port));
			EXPECT_EQ(y.port, evtchn_take(y.fd));
		}
		end(&x, &y);
	}
}

TEST_HARNESS_MAIN
