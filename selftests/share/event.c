// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: event ports, one call after the other
 *
 * What each call does and answers, with good and bad arguments, in two domains
 * that are linked, in one that is linked to neither, and within one.
 */
#include <kselftest_harness.h>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#include "evtchn.h"

FIXTURE(event) {
	int ctl;
	struct dom a, b, c;	/* a and b are linked */
	int fa, fb, fc;		/* their evtchn; reading does not wait */
	struct counters start;
};

FIXTURE_SETUP(event)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->a));
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->b));
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->c));
	ASSERT_EQ(0, dom_link(self->ctl, self->a.id, self->b.id));
	self->fa = evtchn_open_nonblock(self->a.fd);
	self->fb = evtchn_open_nonblock(self->b.fd);
	self->fc = evtchn_open_nonblock(self->c.fd);
	ASSERT_LE(0, self->fa);
	ASSERT_LE(0, self->fb);
	ASSERT_LE(0, self->fc);
}

FIXTURE_TEARDOWN(event)
{
	close(self->fa);
	close(self->fb);
	close(self->fc);
	/* what a test has closed is given back, whatever is still open */
	EXPECT_TRUE(eventually(counter_read("live_ports") <=
			       self->start.value[6]));
	close(self->a.fd);
	close(self->b.fd);
	close(self->c.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

/* A pair of @fa and @fb, both quiet */
static bool join(FIXTURE_DATA(event) *self, int *pa, int *pb)
{
	*pa = evtchn_listen(self->fa, self->b.id);
	*pb = evtchn_connect(self->fb, self->a.id, *pa);
	return *pa > 0 && *pb > 0 && evtchn_take(self->fb) == *pb;
}

TEST_F_TIMEOUT(event, there_and_back, TIMEOUT)
{
	int pa, pb, i;

	pa = evtchn_listen(self->fa, self->b.id);
	EXPECT_EQ(1, pa);
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));
	pb = evtchn_connect(self->fb, self->a.id, pa);
	EXPECT_EQ(1, pb);
	/* what may have been sent before is made up for */
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));
	EXPECT_EQ(pb, evtchn_take(self->fb));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(0, evtchn_notify(self->fa, pa));
		EXPECT_EQ(pb, evtchn_take(self->fb));
		EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));
		EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));
		EXPECT_EQ(0, evtchn_notify(self->fb, pb));
		EXPECT_EQ(pa, evtchn_take(self->fa));
		EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));
	}
}

TEST_F_TIMEOUT(event, masked_until_written, TIMEOUT)
{
	int pa, pb;

	ASSERT_TRUE(join(self, &pa, &pb));
	/* events are not counted */
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(pb, evtchn_next(self->fb));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));

	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));
	EXPECT_EQ(POLLOUT, poll_now(self->fb, POLLIN | POLLOUT));
	EXPECT_EQ(0, evtchn_unmask(self->fb, pb));
	EXPECT_EQ(POLLIN | POLLOUT, poll_now(self->fb, POLLIN | POLLOUT));
	EXPECT_EQ(pb, evtchn_next(self->fb));
	EXPECT_EQ(0, evtchn_unmask(self->fb, pb));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));

	/* unmasking what is not masked does nothing, read or not */
	EXPECT_EQ(0, evtchn_unmask(self->fb, pb));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(0, evtchn_unmask(self->fb, pb));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(pb, evtchn_next(self->fb));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));
}

TEST_F_TIMEOUT(event, lowest_free_number, TIMEOUT)
{
	int i;

	for (i = 1; i <= 100; i++)
		ASSERT_EQ(i, evtchn_listen(self->fa, self->b.id));
	EXPECT_EQ(0, evtchn_unbind(self->fa, 40));
	EXPECT_EQ(0, evtchn_unbind(self->fa, 3));
	EXPECT_EQ(0, evtchn_unbind(self->fa, 100));
	EXPECT_EQ(3, evtchn_listen(self->fa, self->b.id));
	EXPECT_EQ(40, evtchn_listen(self->fa, self->b.id));
	EXPECT_EQ(100, evtchn_listen(self->fa, self->b.id));
	EXPECT_EQ(101, evtchn_listen(self->fa, self->b.id));
	/* each domain has numbers of its own */
	EXPECT_EQ(1, evtchn_listen(self->fb, self->a.id));
}

TEST_F_TIMEOUT(event, unbound, TIMEOUT)
{
	int pa, pb;

	pa = evtchn_listen(self->fa, self->b.id);
	/* harmless, and not lost on who comes */
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));
	pb = evtchn_connect(self->fb, self->a.id, pa);
	EXPECT_EQ(pb, evtchn_next(self->fb));

	/* one at a time */
	EXPECT_EQ(-EINVAL, evtchn_connect(self->fb, self->a.id, pa));

	/* closing the other end makes it unbound again, for the same domain */
	EXPECT_EQ(0, evtchn_unbind(self->fb, pb));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	ASSERT_EQ(0, dom_link(self->ctl, self->a.id, self->c.id));
	EXPECT_EQ(-EINVAL, evtchn_connect(self->fc, self->a.id, pa));
	EXPECT_EQ(pb, evtchn_connect(self->fb, self->a.id, pa));
	EXPECT_EQ(pb, evtchn_take(self->fb));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(pb, evtchn_take(self->fb));

	/* the one that connected is unbound in its turn, for the other one */
	EXPECT_EQ(0, evtchn_unbind(self->fa, pa));
	EXPECT_EQ(0, evtchn_notify(self->fb, pb));
	EXPECT_EQ(pa, evtchn_connect(self->fa, self->b.id, pb));
	EXPECT_EQ(pa, evtchn_take(self->fa));
	EXPECT_EQ(0, evtchn_notify(self->fb, pb));
	EXPECT_EQ(pa, evtchn_take(self->fa));
}

TEST_F_TIMEOUT(event, an_event_that_waits_goes_with_its_port, TIMEOUT)
{
	int pa, pb;

	ASSERT_TRUE(join(self, &pa, &pb));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(0, evtchn_unbind(self->fb, pb));
	/* whoever gets the number does not get the event */
	EXPECT_EQ(pb, evtchn_listen(self->fb, self->a.id));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));
	EXPECT_EQ(POLLOUT, poll_now(self->fb, POLLIN | POLLOUT));
	/* nor the mask */
	ASSERT_EQ(pb, evtchn_unbind(self->fb, pb) ?: pb);
	pa = evtchn_listen(self->fa, self->b.id);
	ASSERT_EQ(pb, evtchn_connect(self->fb, self->a.id, pa));
	EXPECT_EQ(pb, evtchn_next(self->fb));
	EXPECT_EQ(0, evtchn_unbind(self->fb, pb));
	ASSERT_EQ(pb, evtchn_connect(self->fb, self->a.id, pa));
	EXPECT_EQ(pb, evtchn_next(self->fb));
}

TEST_F_TIMEOUT(event, within_one_domain, TIMEOUT)
{
	const __u32 self_id[] = { self->a.id, DOMID_SELF };
	int other = evtchn_open_nonblock(self->a.fd);
	int p, q, i;

	ASSERT_LE(0, other);
	for (i = 0; i < 2; i++) {
		/* in one file */
		p = evtchn_listen(self->fa, self_id[i]);
		q = evtchn_connect(self->fa, self_id[i], p);
		EXPECT_LT(0, p);
		EXPECT_LT(p, q);
		EXPECT_EQ(q, evtchn_take(self->fa));
		EXPECT_EQ(0, evtchn_notify(self->fa, q));
		EXPECT_EQ(p, evtchn_take(self->fa));
		EXPECT_EQ(0, evtchn_notify(self->fa, p));
		EXPECT_EQ(q, evtchn_take(self->fa));
		EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));
		/* in two */
		EXPECT_EQ(0, evtchn_unbind(self->fa, q));
		q = evtchn_connect(other, self_id[1 - i], p);
		EXPECT_EQ(q, evtchn_take(other));
		EXPECT_EQ(0, evtchn_notify(other, q));
		EXPECT_EQ(p, evtchn_take(self->fa));
		EXPECT_EQ(0, evtchn_notify(self->fa, p));
		EXPECT_EQ(q, evtchn_take(other));
		/* not to itself */
		EXPECT_EQ(0, evtchn_unbind(other, q));
		EXPECT_EQ(0, evtchn_unbind(self->fa, p));
		EXPECT_EQ(-EINVAL, evtchn_connect(self->fa, self_id[i], p));
	}
	close(other);
}

TEST_F_TIMEOUT(event, a_file_has_its_own_ports, TIMEOUT)
{
	int other = evtchn_open_nonblock(self->b.fd);
	int pa, pb;

	ASSERT_LE(0, other);
	ASSERT_TRUE(join(self, &pa, &pb));
	EXPECT_EQ(-ENOTCONN, evtchn_notify(other, pb));
	EXPECT_EQ(-ENOTCONN, evtchn_unbind(other, pb));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(-EAGAIN, evtchn_next(other));
	EXPECT_EQ(pb, evtchn_next(self->fb));
	/* ignored, as all unknown numbers are */
	EXPECT_EQ(0, evtchn_unmask(other, pb));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));
	EXPECT_EQ(0, evtchn_unmask(self->fb, pb));
	EXPECT_EQ(pb, evtchn_next(self->fb));
	/* closing one leaves the other's alone */
	close(other);
	EXPECT_EQ(0, evtchn_notify(self->fb, pb));
	EXPECT_EQ(pa, evtchn_next(self->fa));
}

static const __u32 odd_numbers[] = {
	0, PORT_MAX, PORT_MAX + 1, 0x7fffffff, 0x80000000, 0xffffffff,
};

TEST_F_TIMEOUT(event, wrong_numbers, TIMEOUT)
{
	struct ioctl_evtchn_bind_virq virq = { 0 };
	unsigned int i;
	int pa, pc;

	ASSERT_EQ(0, dom_link(self->ctl, self->b.id, self->c.id));
	pa = evtchn_listen(self->fa, self->b.id);
	for (i = 0; i < ARRAY_SIZE(odd_numbers); i++) {
		__u32 n = odd_numbers[i];

		EXPECT_EQ(-ESRCH, evtchn_listen(self->fa, n));
		EXPECT_EQ(-ESRCH, evtchn_connect(self->fb, n, pa));
		EXPECT_EQ(-EINVAL, evtchn_connect(self->fb, self->a.id, n));
		EXPECT_EQ(-ENOTCONN, evtchn_notify(self->fa, n));
		EXPECT_EQ(n > PORT_MAX ? -EINVAL : -ENOTCONN,
			  evtchn_unbind(self->fa, n));
		EXPECT_EQ(0, evtchn_unmask(self->fa, n));
		virq.virq = n;
		EXPECT_EQ(-EINVAL, call(self->fa, IOCTL_EVTCHN_BIND_VIRQ,
					&virq));
	}
	/* there is a domain c, and there is none: not to be told apart */
	EXPECT_EQ(-ESRCH, evtchn_listen(self->fa, self->c.id));
	EXPECT_EQ(-ESRCH, evtchn_listen(self->fa, self->c.id + 1));
	pc = evtchn_listen(self->fc, self->b.id);
	EXPECT_EQ(-ESRCH, evtchn_connect(self->fa, self->c.id, pc));
	EXPECT_EQ(-ESRCH, evtchn_connect(self->fa, self->c.id, pc + 1));
	EXPECT_EQ(-ESRCH, evtchn_connect(self->fa, self->c.id + 1, pc));
	/* a port that waits for somebody else is none */
	EXPECT_EQ(-EINVAL, evtchn_connect(self->fb, self->a.id, pa + 1));
	EXPECT_EQ(-EINVAL, evtchn_connect(self->fa, self->a.id, pa));
	EXPECT_EQ(1, evtchn_connect(self->fb, self->a.id, pa));
	EXPECT_EQ(1U, quota_used(self->ctl, self->a.id, ISLE_QUOTA_PORTS));
}

TEST_F_TIMEOUT(event, wrong_commands, TIMEOUT)
{
	static const unsigned long cmds[] = {
		IOCTL_EVTCHN_BIND_VIRQ, IOCTL_EVTCHN_BIND_INTERDOMAIN,
		IOCTL_EVTCHN_BIND_UNBOUND_PORT, IOCTL_EVTCHN_UNBIND,
		IOCTL_EVTCHN_NOTIFY, IOCTL_EVTCHN_RESTRICT_DOMID,
	};
	char *map = fenced(1);
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		EXPECT_EQ(-EFAULT, call(self->fa, cmds[i], NULL));
		EXPECT_EQ(-EFAULT, call(self->fa, cmds[i], map + 4095));
		EXPECT_EQ(-EFAULT, call(self->fa, cmds[i], (void *)-8L));
	}
	EXPECT_EQ(-ENOSYS, call(self->fa, _IOC(_IOC_NONE, 'E', 7, 4), map));
	EXPECT_EQ(-ENOSYS, call(self->fa, _IOC(_IOC_NONE, 'E', 1, 4), map));
	EXPECT_EQ(-ENOSYS, call(self->fa, ISLE_DOMAIN_INFO, map));
	EXPECT_EQ(-1, lseek(self->fa, 0, SEEK_CUR));
	EXPECT_EQ(ESPIPE, errno);
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->fa,
				   0));
	fenced_free(map, 1);
}

TEST_F_TIMEOUT(event, restricted, TIMEOUT)
{
	struct ioctl_evtchn_bind_virq virq = { 0 };
	int pa, pb, first;

	ASSERT_EQ(0, dom_link(self->ctl, self->b.id, self->c.id));
	pa = evtchn_listen(self->fa, self->b.id);
	first = evtchn_listen(self->fb, self->c.id);
	EXPECT_EQ(-EINVAL, evtchn_restrict(self->fb, 0));
	EXPECT_EQ(-EINVAL, evtchn_restrict(self->fb, 0x7ff0));
	EXPECT_EQ(-EINVAL, evtchn_restrict(self->fb, 0xffff));
	EXPECT_EQ(0, evtchn_restrict(self->fb, self->a.id));
	EXPECT_EQ(-EACCES, evtchn_restrict(self->fb, self->a.id));
	EXPECT_EQ(-EACCES, evtchn_restrict(self->fb, 0));
	EXPECT_EQ(-EACCES, evtchn_listen(self->fb, self->a.id));
	EXPECT_EQ(-EACCES, evtchn_connect(self->fb, self->c.id, 1));
	EXPECT_EQ(-EACCES, call(self->fb, IOCTL_EVTCHN_BIND_VIRQ, &virq));
	pb = evtchn_connect(self->fb, self->a.id, pa);
	EXPECT_LT(0, pb);
	EXPECT_EQ(pb, evtchn_take(self->fb));
	EXPECT_EQ(0, evtchn_notify(self->fb, pb));
	EXPECT_EQ(pa, evtchn_take(self->fa));
	/* what was bound before stays */
	EXPECT_EQ(0, evtchn_notify(self->fb, first));
	EXPECT_EQ(0, evtchn_unbind(self->fb, first));
}

TEST_F_TIMEOUT(event, reset, TIMEOUT)
{
	int pa, pb;

	EXPECT_EQ(0, evtchn_reset(self->fb));
	ASSERT_TRUE(join(self, &pa, &pb));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(0, evtchn_reset(self->fb));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));
	EXPECT_EQ(0, evtchn_unmask(self->fb, pb));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(pb, evtchn_next(self->fb));
}

/* reading and writing lists */

#define MANY	1100	/* more than fit into a page */

TEST_F_TIMEOUT(event, sizes_of_reads, TIMEOUT)
{
	__u32 *list, *page = fenced(3);
	int i, first;

	/* ports fire in the order in which they were told to */
	for (i = 1; i <= MANY; i++)
		ASSERT_EQ(i, evtchn_listen(self->fa, self->a.id));
	for (i = 1; i <= MANY; i++) {
		first = MANY + i;
		ASSERT_EQ(first, evtchn_connect(self->fb, self->a.id, i) < 0 ?
			  evtchn_connect(self->fa, self->a.id, i) : -1);
	}
	memset(page, 0x5a, 3 * 4096);
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, read(self->fa, page, i));
	EXPECT_EQ(0, read(self->fa, page + 3072, 3));
	EXPECT_TRUE(all_bytes(page, 0x5a, 3 * 4096));
	for (i = 4; i < 8; i++) {
		EXPECT_EQ(4, read(self->fa, page, i));
		EXPECT_EQ(MANY + i - 3U, page[0]);
		EXPECT_TRUE(all_bytes(page + 1, 0x5a, 4096));
	}
	EXPECT_EQ(4096, read(self->fa, page, 3 * 4096));
	for (i = 0; i < 1024; i++)
		ASSERT_EQ(MANY + 5U + i, page[i]);
	EXPECT_TRUE(all_bytes(page + 1024, 0x5a, 2 * 4096));
	memset(page, 0x5a, 4096);
	EXPECT_EQ(4 * (MANY - 1028), read(self->fa, page, 3 * 4096));
	EXPECT_EQ(2 * MANY, (int)page[MANY - 1029]);
	EXPECT_TRUE(all_bytes(page + MANY - 1028, 0x5a, 2 * 4096));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));

	/* write all of them back: as many as fit into a page at once */
	list = calloc(MANY, sizeof(*list));
	ASSERT_TRUE(list);
	for (i = 0; i < MANY; i++)
		list[i] = MANY + 1 + i;
	for (i = 0; i < MANY; i++)
		EXPECT_EQ(0, evtchn_notify(self->fa, i + 1));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));
	for (i = 0; i < 4; i++)
		EXPECT_EQ(0, write(self->fa, list, i));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));
	EXPECT_EQ(4, write(self->fa, list, 7));
	EXPECT_EQ(MANY + 1, evtchn_next(self->fa));
	EXPECT_EQ(4096, write(self->fa, list, 4 * MANY));
	EXPECT_EQ(4092, read(self->fa, page, 3 * 4096));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));
	EXPECT_EQ(4 * (MANY - 1024), write(self->fa, list + 1024,
					   4 * (MANY - 1024)));
	EXPECT_EQ(4 * (MANY - 1024), read(self->fa, page, 3 * 4096));
	free(list);
	fenced_free(page, 3);
}

TEST_F_TIMEOUT(event, bad_memory, TIMEOUT)
{
	__u32 *page = fenced(1);
	struct iovec iov[2];
	int i, n;

	for (i = 1; i <= 100; i++)
		ASSERT_EQ(i, evtchn_listen(self->fa, self->a.id));
	for (i = 1; i <= 100; i++)
		ASSERT_EQ(100 + i, evtchn_connect(self->fa, self->a.id, i));
	/* what could not be told is not lost, and keeps its place */
	EXPECT_EQ(-EFAULT, err(read(self->fa, page + 1024, 4096)));
	EXPECT_EQ(-EFAULT, err(read(self->fa, page + 1024, 4)));
	EXPECT_EQ(-EFAULT, err(read(self->fa, (char *)(page + 1024) - 2, 4)));
	EXPECT_EQ(POLLIN, poll_now(self->fa, POLLIN));
	n = err(read(self->fa, page + 1024 - 50, 400));
	if (n == -EFAULT)
		n = 0;
	EXPECT_EQ(0, n % 4);
	EXPECT_GE(200, n);
	for (i = 0; i < n / 4; i++)
		EXPECT_EQ(101U + i, page[1024 - 50 + i]);
	EXPECT_EQ(400 - n, read(self->fa, page, 4096));
	for (i = 0; i < 100 - n / 4; i++)
		ASSERT_EQ(101U + n / 4 + i, page[i]);
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));

	for (i = 1; i <= 100; i++)
		EXPECT_EQ(0, evtchn_notify(self->fa, i));
	for (i = 0; i < 50; i++)
		page[1024 - 50 + i] = 101 + i;
	EXPECT_EQ(-EFAULT, err(write(self->fa, page + 1024, 4)));
	EXPECT_EQ(-EFAULT, err(write(self->fa, page + 1024 - 50, 400)));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));

	/* in pieces */
	iov[0] = (struct iovec) { page + 1024 - 50, 60 };
	iov[1] = (struct iovec) { page + 1024 - 35, 140 };
	EXPECT_EQ(200, writev(self->fa, iov, 2));
	iov[0] = (struct iovec) { page, 6 };
	iov[1] = (struct iovec) { page + 100, 400 };
	EXPECT_EQ(200, readv(self->fa, iov, 2));
	EXPECT_EQ(101U, page[0]);
	fenced_free(page, 1);
}

/* waiting */

struct waiter {
	pthread_t thread;
	int fd;
	int port;	/* what came of it */
	bool polls;
};

static void *wait_for_one(void *arg)
{
	struct waiter *w = arg;
	struct pollfd pfd = { .fd = w->fd, .events = POLLIN };

	if (w->polls && poll(&pfd, 1, LONG_WAIT * 1000) != 1) {
		w->port = -ETIME;
		return NULL;
	}
	w->port = evtchn_next(w->fd);
	return NULL;
}

static bool sleeps(int tid_fd)
{
	char text[256], *state;
	ssize_t len = pread(tid_fd, text, sizeof(text) - 1, 0);

	if (len <= 0)
		return false;
	text[len] = 0;
	state = strrchr(text, ')');
	return state && state[2] == 'S';
}

TEST_F_TIMEOUT(event, waiting, TIMEOUT)
{
	struct waiter w = { .fd = evtchn_open(self->b.fd) };
	int pa, pb, i;

	ASSERT_LE(0, w.fd);
	pa = evtchn_listen(self->fa, self->b.id);
	pb = evtchn_connect(w.fd, self->a.id, pa);
	EXPECT_EQ(pb, evtchn_take(w.fd));
	for (i = 0; i < 20; i++) {
		w.polls = i % 2;
		w.port = 0;
		ASSERT_EQ(0, pthread_create(&w.thread, NULL, wait_for_one, &w));
		if (i % 4 < 2)
			nap();
		EXPECT_EQ(0, evtchn_notify(self->fa, pa));
		pthread_join(w.thread, NULL);
		EXPECT_EQ(pb, w.port);
		EXPECT_EQ(0, evtchn_unmask(w.fd, pb));
	}
	close(w.fd);
}

TEST_F_TIMEOUT(event, destroyed_under_waiters, TIMEOUT)
{
	struct waiter w[2] = {
		{ .fd = evtchn_open(self->b.fd) },
		{ .fd = evtchn_open(self->b.fd), .polls = true },
	};
	struct epoll_event event = { .events = EPOLLIN };
	int ep = epoll_create1(EPOLL_CLOEXEC);
	int pa, pb, i;

	ASSERT_TRUE(join(self, &pa, &pb));
	for (i = 0; i < 2; i++) {
		ASSERT_LE(0, w[i].fd);
		ASSERT_EQ(0, pthread_create(&w[i].thread, NULL, wait_for_one,
					    &w[i]));
	}
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, w[1].fd, &event));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	nap();
	ASSERT_EQ(0, dom_destroy(self->ctl, self->b.id, 0));
	for (i = 0; i < 2; i++) {
		pthread_join(w[i].thread, NULL);
		EXPECT_EQ(-ENODEV, w[i].port);
	}
	EXPECT_EQ(1, epoll_wait(ep, &event, 1, LONG_WAIT * 1000));
	EXPECT_TRUE(event.events & EPOLLHUP);
	close(ep);
	/* everything says so, whatever waits */
	EXPECT_EQ(-ENODEV, evtchn_next(self->fb));
	EXPECT_EQ(-ENODEV, evtchn_unmask(self->fb, pb));
	EXPECT_EQ(-ENODEV, evtchn_notify(self->fb, pb));
	EXPECT_EQ(-ENODEV, evtchn_unbind(self->fb, pb));
	EXPECT_EQ(-ENODEV, evtchn_listen(self->fb, self->a.id));
	EXPECT_EQ(-ENODEV, evtchn_reset(self->fb));
	EXPECT_TRUE(poll_now(self->fb, POLLIN) & POLLHUP);
	EXPECT_EQ(-ENODEV, evtchn_open(self->b.fd));
	/* the other end is unbound */
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));
	EXPECT_EQ(-ESRCH, evtchn_connect(self->fa, self->b.id, pb));
	close(w[0].fd);
	close(w[1].fd);
}

static void on_signal(int signal)
{
	(void)signal;
}

TEST_F_TIMEOUT(event, signals_and_kills, TIMEOUT)
{
	struct sigaction action = { .sa_handler = on_signal };
	char path[64];
	int fd, status, stat_fd, round;
	pid_t pid;

	fd = evtchn_open(self->a.fd);
	ASSERT_LE(0, fd);
	for (round = 0; round < 4; round++) {
		pid = fork();
		ASSERT_LE(0, pid);
		if (pid == 0) {
			struct pollfd pfd = { .fd = fd, .events = POLLIN };

			sigaction(SIGUSR1, &action, NULL);
			if (round % 2 == 0)
				_exit(evtchn_next(fd) == -EINTR ? 7 : 8);
			_exit(poll(&pfd, 1, -1) < 0 && errno == EINTR ? 7 : 8);
		}
		snprintf(path, sizeof(path), "/proc/%d/stat", pid);
		stat_fd = open(path, O_RDONLY | O_CLOEXEC);
		ASSERT_LE(0, stat_fd);
		EXPECT_TRUE(eventually(sleeps(stat_fd)));
		close(stat_fd);
		ASSERT_EQ(0, kill(pid, round < 2 ? SIGUSR1 : SIGKILL));
		ASSERT_EQ(pid, waitpid(pid, &status, 0));
		if (round < 2) {
			EXPECT_TRUE(WIFEXITED(status));
			EXPECT_EQ(7, WEXITSTATUS(status));
		} else {
			EXPECT_TRUE(WIFSIGNALED(status));
			EXPECT_EQ(SIGKILL, WTERMSIG(status));
		}
	}
	close(fd);
}

static volatile sig_atomic_t got_io;

static void on_io(int signal)
{
	(void)signal;
	got_io++;
}

TEST_F_TIMEOUT(event, sigio, TIMEOUT)
{
	struct sigaction action = { .sa_handler = on_io };
	int pa, pb, before;

	ASSERT_TRUE(join(self, &pa, &pb));
	ASSERT_EQ(0, sigaction(SIGIO, &action, NULL));
	ASSERT_EQ(0, fcntl(self->fb, F_SETOWN, getpid()));
	ASSERT_EQ(0, fcntl(self->fb, F_SETFL, O_NONBLOCK | O_ASYNC));
	before = got_io;
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_TRUE(eventually(got_io == before + 1));
	/* it was told, and nothing has been read */
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(pb, evtchn_next(self->fb));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(before + 1, got_io);
	/* what was missed comes when it is unmasked */
	EXPECT_EQ(0, evtchn_unmask(self->fb, pb));
	EXPECT_TRUE(eventually(got_io == before + 2));
	EXPECT_EQ(0, dom_destroy(self->ctl, self->b.id, 0));
	EXPECT_TRUE(eventually(got_io == before + 3));
	signal(SIGIO, SIG_DFL);
}

/* quotas, links, numbers that come again */

TEST_F_TIMEOUT(event, quota, TIMEOUT)
{
	int i;

	ASSERT_EQ(0, quota_set(self->ctl, self->a.id, ISLE_QUOTA_PORTS, 3));
	for (i = 1; i <= 3; i++)
		EXPECT_EQ(i, evtchn_listen(self->fa, self->b.id));
	EXPECT_EQ(-ENOSPC, evtchn_listen(self->fa, self->b.id));
	EXPECT_EQ(1, evtchn_listen(self->fb, self->a.id));
	EXPECT_EQ(-ENOSPC, evtchn_connect(self->fa, self->b.id, 1));
	EXPECT_EQ(3U, quota_used(self->ctl, self->a.id, ISLE_QUOTA_PORTS));
	EXPECT_EQ(0, evtchn_unbind(self->fa, 2));
	EXPECT_EQ(2U, quota_used(self->ctl, self->a.id, ISLE_QUOTA_PORTS));
	/* what fails costs nothing */
	EXPECT_EQ(-EINVAL, evtchn_connect(self->fa, self->b.id, 7));
	EXPECT_EQ(-ESRCH, evtchn_listen(self->fa, self->c.id));
	EXPECT_EQ(2U, quota_used(self->ctl, self->a.id, ISLE_QUOTA_PORTS));
	EXPECT_EQ(2, evtchn_connect(self->fa, self->b.id, 1));
	ASSERT_EQ(0, quota_set(self->ctl, self->a.id, ISLE_QUOTA_PORTS, 0));
	EXPECT_EQ(0, evtchn_unbind(self->fa, 1));
	EXPECT_EQ(-ENOSPC, evtchn_listen(self->fa, self->b.id));
	/* the file goes, and gives back what is left */
	close(self->fa);
	self->fa = -1;
	EXPECT_EQ(0U, quota_used(self->ctl, self->a.id, ISLE_QUOTA_PORTS));
}

TEST_F_TIMEOUT(event, unlinking_parts, TIMEOUT)
{
	int pa, pb, open, own[2];

	ASSERT_TRUE(join(self, &pa, &pb));
	open = evtchn_listen(self->fa, self->b.id);
	own[0] = evtchn_listen(self->fa, self->a.id);
	own[1] = evtchn_connect(self->fa, self->a.id, own[0]);
	EXPECT_EQ(own[1], evtchn_take(self->fa));
	ASSERT_EQ(0, dom_unlink(self->ctl, self->a.id, self->b.id));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(0, evtchn_notify(self->fb, pb));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fa));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));
	EXPECT_EQ(-ESRCH, evtchn_connect(self->fb, self->a.id, open));
	/* what does not cross stays */
	EXPECT_EQ(0, evtchn_notify(self->fa, own[0]));
	EXPECT_EQ(own[1], evtchn_take(self->fa));
	/* linked again, the ends that were parted may be joined again */
	ASSERT_EQ(0, dom_link(self->ctl, self->a.id, self->b.id));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fb));
	EXPECT_EQ(0, evtchn_unbind(self->fb, pb));
	EXPECT_EQ(pb, evtchn_connect(self->fb, self->a.id, pa));
	EXPECT_EQ(pb, evtchn_take(self->fb));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(pb, evtchn_take(self->fb));
}

TEST_F_TIMEOUT(event, successor_inherits_nothing, TIMEOUT)
{
	int pa, pb, waits, i, fb;
	__u32 id = self->b.id;

	if (debug_kernel())
		SKIP(return, "going round takes too long on this kernel");
	ASSERT_TRUE(join(self, &pa, &pb));
	waits = evtchn_listen(self->fa, id);
	ASSERT_EQ(0, dom_destroy(self->ctl, id, 0));
	close(self->fb);
	close(self->b.fd);
	/* one that has the same number */
	for (i = 0; i < 2 * ISLE_DOMID_MAX; i++) {
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->b));
		if (self->b.id == id)
			break;
		close(self->b.fd);
	}
	ASSERT_EQ(id, self->b.id);
	ASSERT_EQ(0, dom_link(self->ctl, self->a.id, id));
	fb = evtchn_open_nonblock(self->b.fd);
	self->fb = fb;
	EXPECT_EQ(-EINVAL, evtchn_connect(fb, self->a.id, waits));
	EXPECT_EQ(-EINVAL, evtchn_connect(fb, self->a.id, pa));
	EXPECT_EQ(-EINVAL, evtchn_connect(self->fa, id, pb));
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(-EAGAIN, evtchn_next(fb));
	EXPECT_EQ(0U, quota_used(self->ctl, id, ISLE_QUOTA_PORTS));
	EXPECT_EQ(1, evtchn_listen(fb, self->a.id));
	EXPECT_EQ(-EAGAIN, evtchn_next(fb));
}

TEST_F_TIMEOUT(event, all_numbers, TIMEOUT)
{
	const int n = rounds(PORT_MAX, 4096);
	int fd = evtchn_open(self->c.fd);
	int i, pa, pc;

	ASSERT_EQ(0, quota_set(self->ctl, self->c.id, ISLE_QUOTA_PORTS,
			       1ULL << 40));
	for (i = 1; i <= n; i++)
		if (evtchn_listen(fd, i % 2 ? self->c.id : DOMID_SELF) != i)
			break;
	EXPECT_EQ(n + 1, i);
	if (n == PORT_MAX)
		EXPECT_EQ(-ENOSPC, evtchn_listen(fd, self->c.id));
	EXPECT_EQ((__u64)n, quota_used(self->ctl, self->c.id,
				       ISLE_QUOTA_PORTS));
	EXPECT_EQ(0, evtchn_unbind(fd, n / 2));
	EXPECT_EQ(n / 2, evtchn_connect(fd, self->c.id, n));
	EXPECT_EQ(n / 2, evtchn_take(fd));
	EXPECT_EQ(0, evtchn_notify(fd, n / 2));
	EXPECT_EQ(n, evtchn_take(fd));
	close(fd);
	EXPECT_EQ(0U, quota_used(self->ctl, self->c.id, ISLE_QUOTA_PORTS));
	/* afterwards everything is as at the beginning */
	ASSERT_EQ(0, dom_link(self->ctl, self->a.id, self->c.id));
	pa = evtchn_listen(self->fa, self->c.id);
	pc = evtchn_connect(self->fc, self->a.id, pa);
	EXPECT_EQ(1, pc);
	EXPECT_EQ(pc, evtchn_take(self->fc));
	EXPECT_EQ(-EAGAIN, evtchn_next(self->fc));
}

/* who holds the file acts as the domain */
TEST_F_TIMEOUT(event, the_file_is_the_identity, TIMEOUT)
{
	int pa, pb, status;
	pid_t pid;

	ASSERT_TRUE(join(self, &pa, &pb));
	pid = fork();
	ASSERT_LE(0, pid);
	if (pid == 0) {
		/* what the parent holds outlives the child */
		_exit(evtchn_notify(self->fa, pa) || close(self->fb) ||
		      close(self->b.fd));
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(pb, evtchn_take(self->fb));
	/* the domain's own file may go: ports keep it */
	close(self->b.fd);
	self->b.fd = -1;
	EXPECT_EQ(0, evtchn_notify(self->fa, pa));
	EXPECT_EQ(pb, evtchn_take(self->fb));
}

TEST_HARNESS_MAIN
