// SPDX-License-Identifier: GPL-2.0
/*
 * Domains that come and go: what is left of them in the store, who is woken, what
 * the next one finds; and programs that are killed.
 */
#include <kselftest_harness.h>

#include <liburing.h>
#include <pthread.h>
#include <sys/epoll.h>

#include "../lib.h"
#include "store.h"

FIXTURE(life)
{
	struct doms d;
	struct conn *a, *b;
};

FIXTURE_SETUP(life)
{
	ASSERT_EQ(doms_make(&self->d), 0);
	self->a = &self->d.conn[0];
	self->b = &self->d.conn[1];
}

FIXTURE_TEARDOWN(life)
{
	EXPECT_TRUE(doms_end(&self->d));
}

/* Everything of it goes, here and in others' parts */
TEST_F(life, everything_goes)
{
	struct conn *a = self->a, *b = self->b;
	__u64 used;
	char home[64], in_b[64];

	snprintf(home, sizeof(home), "%s", path_of(&self->d.dom[0], ""));
	snprintf(in_b, sizeof(in_b), "%s", path_of(&self->d.dom[1], "data/p"));
	EXPECT_STREQ(xs_write(a, "data/x/y", "1"), "OK");
	EXPECT_STREQ(xs_set_perms(a, "data/x", fmt("b%u", self->d.dom[0].id)),
		     "OK");
	EXPECT_STREQ(xs_mkdir(b, "data/p"), "OK");
	EXPECT_STREQ(xs_set_perms(b, "data/p", fmt("b%u", self->d.dom[1].id)),
		     "OK");
	used = quota_used(self->d.ctl, self->d.dom[1].id, ISLE_QUOTA_STORE);
	EXPECT_STREQ(xs_write(a, fmt("%s/mine", in_b), "1"), "OK");
	EXPECT_STREQ(xs_write(b, fmt("%s/mine/b", in_b), "1"), "OK");
	EXPECT_STREQ(xs_write(b, fmt("%s/data/x/b", home), "1"), "OK");
	EXPECT_STREQ(xs_watch(a, "data", "t"), "OK");
	EXPECT_STREQ(xs_begin(a), "OK");
	EXPECT_STREQ(xs_write(a, "data/txn", "1"), "OK");
	EXPECT_STREQ(xs_watch(b, "data/p", "t"), "OK");
	xs_flush(b);

	close(self->d.dom[0].fd);
	self->d.dom[0].fd = -1;
	/* the connection's file still acts as the domain */
	EXPECT_STREQ(xs_read(b, fmt("%s/data/x", home)), "");
	close(a->fd);
	a->fd = -1;
	EXPECT_FALSE(dom_exists(self->d.ctl, self->d.dom[0].id));
	EXPECT_STREQ(xs_read(b, fmt("%s/data/x", home)), "ENOENT");
	EXPECT_STREQ(xs_list(b, "data/p"), "");
	/* those below come first; they are told to their own watches only */
	EXPECT_STREQ(xs_event(b), "data/p/mine,t");
	EXPECT_STREQ(xs_event(b), "");
	EXPECT_STREQ(xs_unwatch(b, "data/p", "t"), "OK");
	EXPECT_EQ(quota_used(self->d.ctl, self->d.dom[1].id, ISLE_QUOTA_STORE),
		  used);
}

struct caller {
	int fd;
	bool write;
	volatile bool begun;
	int ret;
};

static void *call_it(void *arg)
{
	struct caller *caller = arg;
	struct xs_head head = { XS_READ, 1, 0, 6 };
	char buf[4096], msg[22];
	ssize_t ret;

	memcpy(msg, &head, 16);
	memcpy(msg + 16, "domid", 6);
	caller->begun = true;
	if (caller->write)
		do {
			ret = write(caller->fd, msg, sizeof(msg));
		} while (ret > 0);
	else
		ret = read(caller->fd, buf, sizeof(buf));
	caller->ret = ret < 0 ? -errno : ret;
	return NULL;
}

/* Whoever sleeps is woken when the domain is destroyed */
TEST_F_TIMEOUT(life, sleepers_are_woken, TIMEOUT)
{
	struct caller callers[2] = { { .write = false }, { .write = true } };
	struct conn c[2];
	pthread_t threads[2];
	char byte;
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(conn_open(&c[i], &self->d.dom[0]), 0);
		callers[i].fd = c[i].fd;
		ASSERT_EQ(pthread_create(&threads[i], NULL, call_it,
					 &callers[i]), 0);
	}
	/* the writer stops when nobody reads what it has asked for */
	EXPECT_TRUE(eventually(poll_now(c[1].fd, POLLOUT) == 0));
	EXPECT_TRUE(eventually(callers[0].begun));
	EXPECT_EQ(dom_destroy(self->d.ctl, self->d.dom[0].id, 0), 0);
	for (i = 0; i < 2; i++) {
		pthread_join(threads[i], NULL);
		EXPECT_EQ(callers[i].ret, -ENODEV);
		EXPECT_EQ(poll_now(c[i].fd, POLLIN), POLLHUP | POLLERR);
		EXPECT_EQ(err(read(c[i].fd, &byte, 1)), -ENODEV);
		EXPECT_EQ(err(write(c[i].fd, &byte, 1)), -ENODEV);
		conn_close(&c[i]);
	}
	EXPECT_EQ(part_open(self->d.dom[0].fd, ISLE_OPEN_XENBUS, 0), -ENODEV);
}

/* A program that is killed while it sleeps here is gone at once */
TEST_F_TIMEOUT(life, killed, TIMEOUT)
{
	int how, status;
	pid_t pid;

	for (how = 0; how < 2; how++) {
		struct conn c;

		ASSERT_EQ(conn_open(&c, &self->d.dom[0]), 0);
		pid = fork();
		if (!pid) {
			struct caller caller = { .fd = c.fd, .write = how };

			call_it(&caller);
			_exit(0);
		}
		/* a moment to fall asleep; either way it must be gone */
		if (how) {
			EXPECT_TRUE(eventually(poll_now(c.fd, POLLOUT) == 0));
		} else {
			nap();
		}
		EXPECT_EQ(kill(pid, SIGKILL), 0);
		EXPECT_EQ(waitpid(pid, &status, 0), pid);
		EXPECT_TRUE(WIFSIGNALED(status));
		/* nothing was left locked */
		if (!how)
			EXPECT_STREQ(xs_read(&c, "domid"),
				     fmt("%u", self->d.dom[0].id));
		conn_close(&c);
	}
}

/* A transaction, watches and unread answers of a killed program go */
TEST_F_TIMEOUT(life, killed_in_the_middle, TIMEOUT)
{
	__u32 id = self->d.dom[0].id;
	int i, n = rounds(30, 5), status;
	__u64 used;
	pid_t pid;

	EXPECT_STREQ(xs_write(self->a, "data", ""), "OK");
	used = quota_used(self->d.ctl, id, ISLE_QUOTA_STORE);
	for (i = 0; i < n; i++) {
		pid = fork();
		if (!pid) {
			struct conn c;

			if (conn_open(&c, &self->d.dom[0]))
				_exit(1);
			xs_watch(&c, "data", "t");
			for (;;) {
				/* at last there are as many as there can be */
				if (strcmp(xs_begin(&c), "OK"))
					c.tx = 1;
				xs_write(&c, "data/x", "1");
				xs_rm(&c, "data");
				c.tx = 0;
				xs_write(&c, "data", "");
				xs_send(&c, XS_READ, "data", 5);
			}
		}
		if (i % 3)
			nap();
		kill(pid, SIGKILL);
		EXPECT_EQ(waitpid(pid, &status, 0), pid);
		ASSERT_TRUE(eventually(quota_used(self->d.ctl, id,
						  ISLE_QUOTA_STORE) == used));
		EXPECT_EQ(quota_used(self->d.ctl, id, ISLE_QUOTA_WATCHES), 0);
	}
}

/* All numbers go round; nobody finds anything of the last one of the number */
TEST_F_TIMEOUT(life, numbers_are_reused, TIMEOUT)
{
	int i, n = rounds(3000, 100);
	char path[64];

	for (i = 0; i < n; i++) {
		struct dom dom;
		struct conn c;

		ASSERT_EQ(dom_create(self->d.ctl, NULL, &dom), 0);
		ASSERT_EQ(conn_open(&c, &dom), 0);
		ASSERT_STREQ(xs_list(&c, "/local/domain"), fmt("%u", dom.id));
		ASSERT_STREQ(xs_list(&c, path_of(&dom, "")),
			     "domid,name,data");
		ASSERT_STREQ(xs_list(&c, "data"), "");
		ASSERT_EQ(quota_used(self->d.ctl, dom.id, ISLE_QUOTA_WATCHES),
			  0);
		EXPECT_STREQ(xs_write(&c, "data/secret", "1"), "OK");
		EXPECT_STREQ(xs_set_perms(&c, "data/secret",
					  fmt("b%u", dom.id)), "OK");
		EXPECT_STREQ(xs_watch(&c, "/", "t"), "OK");
		snprintf(path, sizeof(path), "%s", path_of(&dom, "data"));
		EXPECT_STREQ(xs_read(self->a, path), "ENOENT");
		if (i % 2) {
			conn_close(&c);
			close(dom.fd);
		} else {
			EXPECT_EQ(dom_destroy(self->d.ctl, dom.id, 0), 0);
			close(dom.fd);
			conn_close(&c);
		}
	}
}

struct worker {
	struct doms *d;
	volatile bool *stop;
	int kind;
	__u32 seed;
};

/* Does anything at all to any of the domains, whatever happens to them */
static void *work(void *arg)
{
	struct worker *w = arg;
	struct rng r = { w->seed };
	struct doms *d = w->d;

	while (!*w->stop) {
		unsigned int i = below(&r, 2);
		const char *path = fmt("/local/domain/%u/data/%u",
				       d->dom[below(&r, 2)].id, below(&r, 3));
		struct conn c;

		if (w->kind == 0) {
			if (below(&r, 2))
				dom_link(d->ctl, d->dom[0].id, d->dom[1].id);
			else
				dom_unlink(d->ctl, d->dom[0].id, d->dom[1].id);
			continue;
		}
		if (conn_open(&c, &d->dom[i]))
			continue;
		xs_watch(&c, "/", "t");
		xs_begin(&c);
		xs_write(&c, path, "1");
		xs_rm(&c, path);
		xs_write(&c, path, "2");
		xs_set_perms(&c, path, fmt("b%u", d->dom[i].id));
		xs_end(&c, "T");
		xs_write(&c, path, "3");
		xs_rm(&c, path);
		conn_close(&c);
	}
	return NULL;
}

/* Links come and go, and a domain ends, while all of this goes on */
TEST_F_TIMEOUT(life, under_load, TIMEOUT)
{
	int i, n = rounds(20, 4), round;

	for (round = 0; round < n; round++) {
		volatile bool stop = false;
		struct worker w[4];
		struct doms d = { .ctl = self->d.ctl };
		pthread_t threads[4];

		for (i = 0; i < 2; i++)
			ASSERT_EQ(dom_create(d.ctl, NULL, &d.dom[i]), 0);
		dom_link(d.ctl, d.dom[0].id, d.dom[1].id);
		for (i = 0; i < 4; i++) {
			w[i] = (struct worker) { &d, &stop, i, round * 4 + i };
			ASSERT_EQ(pthread_create(&threads[i], NULL, work,
						 &w[i]), 0);
		}
		for (i = 0; i < 30; i++)
			nap();
		EXPECT_EQ(dom_destroy(d.ctl, d.dom[round % 2].id, 0), 0);
		stop = true;
		for (i = 0; i < 4; i++)
			pthread_join(threads[i], NULL);
		for (i = 0; i < 2; i++)
			close(d.dom[i].fd);
	}
}

/* epoll and io_uring wait for events, and let go when the file is closed */
TEST_F_TIMEOUT(life, poll_and_uring, TIMEOUT)
{
	struct io_uring_cqe *cqe;
	struct io_uring_sqe *sqe;
	struct io_uring ring;
	struct epoll_event event = { .events = EPOLLIN };
	struct conn c;
	char buf[256];
	int ep, i, ret;

	ASSERT_EQ(conn_open(&c, &self->d.dom[0]), 0);
	EXPECT_STREQ(xs_watch(&c, "data", "t"), "OK");
	xs_flush(&c);
	ep = epoll_create1(0);
	ASSERT_EQ(epoll_ctl(ep, EPOLL_CTL_ADD, c.fd, &event), 0);
	EXPECT_EQ(epoll_wait(ep, &event, 1, 0), 0);
	EXPECT_STREQ(xs_write(self->a, "data/x", "1"), "OK");
	EXPECT_EQ(epoll_wait(ep, &event, 1, LONG_WAIT * 1000), 1);
	EXPECT_EQ(event.events, EPOLLIN);
	EXPECT_STREQ(xs_event(&c), "data/x,t");
	EXPECT_EQ(epoll_wait(ep, &event, 1, 0), 0);

	ret = io_uring_queue_init(8, &ring, 0);
	if (ret == -ENOSYS)
		goto out;	/* not everywhere */
	ASSERT_EQ(ret, 0);
	for (i = 0; i < 3; i++) {
		sqe = io_uring_get_sqe(&ring);
		io_uring_prep_read(sqe, c.fd, buf, sizeof(buf), 0);
		ASSERT_EQ(io_uring_submit(&ring), 1);
		if (i == 2) {
			/* cancelled */
			sqe = io_uring_get_sqe(&ring);
			io_uring_prep_cancel64(sqe, 0, 0);
			sqe->user_data = 1;
			ASSERT_EQ(io_uring_submit(&ring), 1);
		} else {
			EXPECT_STREQ(xs_write(self->a, fmt("data/%d", i), "1"),
				     "OK");
		}
		ASSERT_EQ(io_uring_wait_cqe(&ring, &cqe), 0);
		if (i == 2) {
			io_uring_cqe_seen(&ring, cqe);
			ASSERT_EQ(io_uring_wait_cqe(&ring, &cqe), 0);
		} else {
			EXPECT_EQ(cqe->res, 16 + 9);
			EXPECT_STREQ(buf + 16, fmt("data/%d", i));
		}
		io_uring_cqe_seen(&ring, cqe);
	}
	/* one is still there when everything is closed */
	sqe = io_uring_get_sqe(&ring);
	io_uring_prep_read(sqe, c.fd, buf, sizeof(buf), 0);
	EXPECT_EQ(io_uring_submit(&ring), 1);
	EXPECT_EQ(dom_destroy(self->d.ctl, self->d.dom[0].id, 0), 0);
	ASSERT_EQ(io_uring_wait_cqe(&ring, &cqe), 0);
	EXPECT_EQ(cqe->res, -ENODEV);
	io_uring_queue_exit(&ring);
out:
	conn_close(&c);
	close(ep);
}

/* What a file costs is charged, and at the limit there is no further one */
TEST_F(life, files)
{
	__u32 id = self->d.dom[0].id;
	__u64 before = quota_used(self->d.ctl, id, ISLE_QUOTA_STORE), one;
	struct conn c[3];
	int i;

	ASSERT_EQ(conn_open(&c[0], &self->d.dom[0]), 0);
	one = quota_used(self->d.ctl, id, ISLE_QUOTA_STORE) - before;
	EXPECT_GT(one, 4096 * 3);
	EXPECT_EQ(quota_set(self->d.ctl, id, ISLE_QUOTA_STORE,
			    before + 2 * one), 0);
	ASSERT_EQ(conn_open(&c[1], &self->d.dom[0]), 0);
	EXPECT_EQ(conn_open(&c[2], &self->d.dom[0]), -EDQUOT);
	/* those that are open work */
	EXPECT_STREQ(xs_read(&c[1], "domid"), fmt("%u", id));
	EXPECT_STREQ(xs_write(&c[1], "data/x", "1"), "ENOSPC");
	for (i = 0; i < 2; i++)
		conn_close(&c[i]);
	EXPECT_EQ(quota_used(self->d.ctl, id, ISLE_QUOTA_STORE), before);
}

TEST_HARNESS_MAIN
