// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: channels and io_uring
 *
 * Reads, writes and polls that have to wait do so without a worker thread, can
 * be cancelled in every state, and end with the peer, the domain, the ring and
 * the process.
 */
#include <kselftest_harness.h>

#include "../uring.h"
#include "channel.h"

#define DEPTH	16

FIXTURE(uring) {
	struct ends p;
	struct counters start;
	struct io_uring ring;
	uint8_t buf[DEPTH][4096];
};

FIXTURE_SETUP(uring)
{
	self->start = counters_start();
	ASSERT_EQ(0, ends_domains(&self->p, false));
	ASSERT_EQ(0, ends_join(&self->p, 0, 4096, 1024));
	ASSERT_EQ(0, io_uring_queue_init(64, &self->ring, 0));
}

FIXTURE_TEARDOWN(uring)
{
	io_uring_queue_exit(&self->ring);
	ends_end(&self->p);
	EXPECT_TRUE(counters_are(&self->start));
}

enum op { READ, WRITE, POLL, OPS };

/* One that has to wait: nothing is there to read, nor space to write */
static void submit(struct io_uring *ring, int fd, enum op op, uint8_t *buf,
		   __u64 data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	if (op == READ)
		io_uring_prep_read(sqe, fd, buf, 4096, 0);
	else if (op == WRITE)
		io_uring_prep_write(sqe, fd, buf, 4096, 0);
	else
		io_uring_prep_poll_add(sqe, fd, POLLIN);
	sqe->user_data = data;
	io_uring_submit(ring);
}

/* So that writing has to wait; value: how much was there for it */
static int fill_ring(int fd)
{
	static uint8_t zero[8192];
	int n;

	nonblocking(fd, true);
	n = err(write(fd, zero, sizeof(zero)));
	nonblocking(fd, false);
	return n;
}

TEST_F_TIMEOUT(uring, wait_without_a_worker, TIMEOUT)
{
	struct ends *p = &self->p;
	uint8_t text[4096];
	int i, n;

	for (i = 0; i < 3; i++) {
		submit(&self->ring, p->server, READ, self->buf[0], 1);
		EXPECT_TRUE(nothing_yet(&self->ring));
		stream_fill(1, i, text, 100);
		EXPECT_EQ(100, write(p->client, text, 100));
		EXPECT_EQ(100, reap(&self->ring, NULL));
		EXPECT_TRUE(stream_is(1, i, self->buf[0], 100));

		submit(&self->ring, p->server, POLL, NULL, 1);
		EXPECT_TRUE(nothing_yet(&self->ring));
		EXPECT_EQ(1, write(p->client, text, 1));
		EXPECT_EQ(POLLIN, reap(&self->ring, NULL));
		EXPECT_EQ(1, read(p->server, text, 10));

		EXPECT_EQ(4096, fill_ring(p->client));
		stream_fill(2, i, self->buf[1], 4096);
		submit(&self->ring, p->client, WRITE, self->buf[1], 1);
		EXPECT_TRUE(nothing_yet(&self->ring));
		EXPECT_EQ(4096, read(p->server, text, 4096));
		n = reap(&self->ring, NULL);
		EXPECT_EQ(4096, n);
		EXPECT_EQ(n, read(p->server, text, 4096));
		EXPECT_TRUE(stream_is(2, i, text, n));
	}
	EXPECT_EQ(0, workers());
}

static int send_stream(void *arg)
{
	struct ends *p = arg;
	uint64_t done = 0;
	uint8_t buf[1000];
	size_t n;

	while (done < 200000) {
		n = 1 + done % sizeof(buf);
		if (n > 200000 - done)
			n = 200000 - done;
		stream_fill(3, done, buf, n);
		if (write(p->client, buf, n) != (ssize_t)n)
			return -errno;
		done += n;
	}
	return 0;
}

/* A read at a time, each of which begins before there is anything */
TEST_F_TIMEOUT(uring, stream, TIMEOUT)
{
	struct caller c;
	uint64_t done = 0;
	int n;

	ASSERT_EQ(0, caller_start(&c, send_stream, &self->p));
	while (done < 200000) {
		submit(&self->ring, self->p.server, READ, self->buf[0], 1);
		n = reap(&self->ring, NULL);
		ASSERT_LT(0, n);
		ASSERT_TRUE(stream_is(3, done, self->buf[0], n));
		done += n;
	}
	EXPECT_EQ(0, caller_ret(&c));
	EXPECT_EQ(0, workers());
}

TEST_F_TIMEOUT(uring, cancel, TIMEOUT)
{
	struct ends *p = &self->p;
	struct io_uring_sqe *sqe;
	__u64 data;
	int i, k, op, ret;
	bool forced;

	EXPECT_EQ(4096, fill_ring(p->client));
	for (i = 0; i < OPS * 2; i++) {
		op = i / 2;
		/* in a worker thread, too, which then waits in the call */
		forced = i & 1;
		sqe = io_uring_get_sqe(&self->ring);
		if (op == READ)
			io_uring_prep_read(sqe, p->client, self->buf[0], 10, 0);
		else if (op == WRITE)
			io_uring_prep_write(sqe, p->client, self->buf[0], 10,
					    0);
		else
			io_uring_prep_poll_add(sqe, p->client, POLLIN);
		sqe->user_data = 1;
		if (forced)
			sqe->flags |= IOSQE_ASYNC;
		io_uring_submit(&self->ring);
		usleep(forced ? 20000 : 0);
		EXPECT_TRUE(nothing_yet(&self->ring));
		sqe = io_uring_get_sqe(&self->ring);
		io_uring_prep_cancel64(sqe, 1, 0);
		sqe->user_data = 2;
		io_uring_submit(&self->ring);
		for (k = 0; k < 2; k++) {
			ret = reap(&self->ring, &data);
			if (data == 1) {
				EXPECT_TRUE(ret == -ECANCELED || ret == -EINTR)
					TH_LOG("op %d: %d", op, ret);
			} else {
				EXPECT_TRUE(ret == 0 || ret == -EALREADY)
					TH_LOG("op %d: %d", op, ret);
			}
		}
	}
}

/* All kinds at once, when the other side goes */
TEST_F_TIMEOUT(uring, peer_goes, TIMEOUT)
{
	struct ends *p = &self->p;
	__u64 data;
	int i, k, ret;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(1024 * 2, fill_ring(p->server));
		for (k = 0; k < OPS * 2; k++)
			submit(&self->ring, p->server, k % OPS, self->buf[k], k);
		EXPECT_TRUE(nothing_yet(&self->ring));
		if (i == 0) {
			close(p->client);
			p->client = -1;
		} else if (i == 1) {
			ASSERT_EQ(0, dom_unlink(p->ctl, p->a.id, p->b.id));
			ASSERT_EQ(0, dom_link(p->ctl, p->a.id, p->b.id));
		} else {
			ASSERT_EQ(0, dom_destroy(p->ctl, p->a.id, 0));
		}
		for (k = 0; k < OPS * 2; k++) {
			ret = reap(&self->ring, &data);
			if (i == 2) {
				EXPECT_EQ(data % OPS == POLL ?
					  POLLHUP | POLLERR : -ENODEV, ret);
			} else if (data % OPS == READ) {
				EXPECT_EQ(0, ret);
			} else if (data % OPS == WRITE) {
				EXPECT_EQ(-EPIPE, ret);
			} else {
				EXPECT_EQ(POLLIN | POLLHUP | POLLRDHUP, ret);
			}
		}
		if (i < 2) {
			ends_close(p);
			ASSERT_EQ(0, ends_join(p, 0, 4096, 1024));
		}
	}
}

/* Files and rings are closed while requests wait */
TEST_F_TIMEOUT(uring, closed, TIMEOUT)
{
	struct ends *p = &self->p;
	int i, k, status;
	pid_t pid;

	for (i = 0; i < 3; i++) {
		EXPECT_EQ(1024 * 2, fill_ring(p->server));
		if (i == 2) {
			pid = fork();
			if (pid == 0) {
				struct io_uring ring;

				if (io_uring_queue_init(64, &ring, 0))
					_exit(1);
				for (k = 0; k < OPS * 2; k++)
					submit(&ring, p->server, k % OPS,
					       self->buf[k], k);
				kill(getpid(), SIGKILL);
			}
			ASSERT_EQ(pid, waitpid(pid, &status, 0));
			EXPECT_TRUE(WIFSIGNALED(status));
		} else {
			for (k = 0; k < OPS * 2; k++)
				submit(&self->ring, p->server, k % OPS,
				       self->buf[k], k);
			if (i == 0) {
				/* requests keep the file */
				close(p->server);
				p->server = -1;
				EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED,
					  ep_state(p->client));
			}
			io_uring_queue_exit(&self->ring);
			ASSERT_EQ(0, io_uring_queue_init(64, &self->ring, 0));
		}
		if (i == 0) {
			EXPECT_TRUE(eventually(ep_state(p->client) ==
					       ISLE_VCHAN_STATE_CLOSED));
		} else {
			EXPECT_EQ(ISLE_VCHAN_STATE_CONNECTED,
				  ep_state(p->client));
		}
		ends_close(p);
		/* the last file may be closed a little later */
		ASSERT_TRUE(eventually(!ends_join(p, 0, 4096, 1024) ||
				       (ends_close(p), false)));
	}
}

TEST_HARNESS_MAIN
