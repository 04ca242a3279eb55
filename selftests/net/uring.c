// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: network devices and io_uring
 *
 * Reads and polls that have to wait do so without a worker thread, each frame
 * goes to one of them, and they can be cancelled in every state; they end with
 * the device, the domain, the ring and the process.
 */
#include <kselftest_harness.h>

#include <sys/uio.h>

#include "../uring.h"
#include "ring.h"

#define DEPTH	16
#define ROOM	2048

FIXTURE(uring) {
	struct port p;
	struct io_uring ring;
	uint8_t buf[DEPTH][ROOM];
};

FIXTURE_SETUP(uring)
{
	ASSERT_EQ(0, port_make(&self->p, NULL));
	ASSERT_EQ(0, io_uring_queue_init(64, &self->ring, 0));
}

FIXTURE_TEARDOWN(uring)
{
	io_uring_queue_exit(&self->ring);
	EXPECT_TRUE(port_end(&self->p));
}

enum op { READ, POLL, OPS };

/* One that has to wait while no frame is there */
static void submit(struct io_uring *ring, int fd, enum op op, uint8_t *buf,
		   __u64 data)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	if (op == READ)
		io_uring_prep_read(sqe, fd, buf, ROOM, 0);
	else
		io_uring_prep_poll_add(sqe, fd, POLLIN);
	sqe->user_data = data;
	io_uring_submit(ring);
}

/* What was prepared, alone; value: its result */
static int alone(struct io_uring *ring)
{
	io_uring_submit(ring);
	return reap(ring, NULL);
}

static int write_one(struct io_uring *ring, int fd, const void *buf, size_t len,
		     unsigned int flags)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_write(sqe, fd, buf, len, 0);
	sqe->flags |= flags;
	return alone(ring);
}

static int read_one(struct io_uring *ring, int fd, void *buf, size_t len,
		    unsigned int flags)
{
	struct io_uring_sqe *sqe = io_uring_get_sqe(ring);

	io_uring_prep_read(sqe, fd, buf, len, 0);
	sqe->flags |= flags;
	return alone(ring);
}

TEST_F_TIMEOUT(uring, wait_without_a_worker, TIMEOUT)
{
	uint8_t frame[ROOM];
	int i;

	for (i = 0; i < 5; i++) {
		submit(&self->ring, self->p.fd, READ, self->buf[0], 1);
		EXPECT_TRUE(nothing_yet(&self->ring));
		ASSERT_TRUE(host_sends(&self->p, i, 100 + i));
		EXPECT_EQ(100 + i, reap(&self->ring, NULL));
		EXPECT_TRUE(frame_is(self->buf[0], 100 + i, i));

		submit(&self->ring, self->p.fd, POLL, NULL, 1);
		EXPECT_TRUE(nothing_yet(&self->ring));
		ASSERT_TRUE(host_sends(&self->p, i, 60));
		EXPECT_EQ(POLLIN, reap(&self->ring, NULL));
		/* and one that need not wait */
		EXPECT_EQ(60, read_one(&self->ring, self->p.fd, frame, ROOM, 0));
		EXPECT_TRUE(frame_is(frame, 60, i));

		frame_fill(frame, 1514, i);
		EXPECT_EQ(1514, write_one(&self->ring, self->p.fd, frame, 1514,
					  0));
		EXPECT_TRUE(comes(self->p.host, i, 1514));
	}
	EXPECT_EQ(0, workers());
}

/* As many reads as frames: each gets one, whole */
TEST_F_TIMEOUT(uring, each_gets_one, TIMEOUT)
{
	int round, i, ret;
	__u32 number, seen;
	__u64 data;

	for (round = 0; round < rounds(30, 2); round++) {
		for (i = 0; i < DEPTH; i++)
			submit(&self->ring, self->p.fd, READ, self->buf[i], i);
		EXPECT_TRUE(nothing_yet(&self->ring));
		for (i = 0; i < DEPTH; i++)
			ASSERT_TRUE(host_sends(&self->p, i, 60 + 10 * i));
		for (i = 0, seen = 0; i < DEPTH; i++) {
			ret = reap(&self->ring, &data);
			ASSERT_LT(0, ret);
			memcpy(&number, self->buf[data] + 14, 4);
			ASSERT_GT(DEPTH, number);
			EXPECT_EQ(60 + 10 * (int)number, ret);
			EXPECT_TRUE(frame_is(self->buf[data], ret, number));
			seen |= 1U << number;
		}
		EXPECT_EQ((1U << DEPTH) - 1, seen);
	}
}

TEST_F_TIMEOUT(uring, many_writes, TIMEOUT)
{
	struct io_uring_sqe *sqe;
	int round, i, ret;
	__u64 data;

	for (round = 0; round < rounds(30, 2); round++) {
		for (i = 0; i < DEPTH; i++) {
			frame_fill(self->buf[i], 60 + 90 * i, i);
			sqe = io_uring_get_sqe(&self->ring);
			io_uring_prep_write(sqe, self->p.fd, self->buf[i],
					    60 + 90 * i, 0);
			sqe->user_data = i;
			/* in order */
			sqe->flags |= i < DEPTH - 1 ? IOSQE_IO_LINK : 0;
		}
		ASSERT_EQ(DEPTH, io_uring_submit(&self->ring));
		for (i = 0; i < DEPTH; i++) {
			ret = reap(&self->ring, &data);
			ASSERT_LT(0, ret);
			EXPECT_EQ(60 + 90 * (int)data, ret);
		}
		for (i = 0; i < DEPTH; i++)
			ASSERT_TRUE(comes(self->p.host, i, 60 + 90 * i));
	}
}

/* Buffers in pieces, and those that io_uring knows */
TEST_F_TIMEOUT(uring, buffers, TIMEOUT)
{
	struct iovec all = { self->buf, sizeof(self->buf) };
	struct iovec pieces[3];
	struct io_uring_sqe *sqe;
	uint8_t frame[ROOM];

	frame_fill(frame, 1000, 1);
	pieces[0] = (struct iovec){ frame, 7 };
	pieces[1] = (struct iovec){ frame + 7, 500 };
	pieces[2] = (struct iovec){ frame + 507, 493 };
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_writev(sqe, self->p.fd, pieces, 3, 0);
	EXPECT_EQ(1000, alone(&self->ring));
	EXPECT_TRUE(comes(self->p.host, 1, 1000));

	memset(frame, 0, sizeof(frame));
	ASSERT_TRUE(host_sends(&self->p, 2, 1000));
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_readv(sqe, self->p.fd, pieces, 3, 0);
	EXPECT_EQ(1000, alone(&self->ring));
	EXPECT_TRUE(frame_is(frame, 1000, 2));

	ASSERT_EQ(0, io_uring_register_buffers(&self->ring, &all, 1));
	frame_fill(self->buf[1], 1500, 3);
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_write_fixed(sqe, self->p.fd, self->buf[1], 1500, 0, 0);
	EXPECT_EQ(1500, alone(&self->ring));
	EXPECT_TRUE(comes(self->p.host, 3, 1500));
	/* one that waits, too */
	sqe = io_uring_get_sqe(&self->ring);
	io_uring_prep_read_fixed(sqe, self->p.fd, self->buf[2], ROOM, 0, 0);
	io_uring_submit(&self->ring);
	EXPECT_TRUE(nothing_yet(&self->ring));
	ASSERT_TRUE(host_sends(&self->p, 4, 1500));
	EXPECT_EQ(1500, reap(&self->ring, NULL));
	EXPECT_TRUE(frame_is(self->buf[2], 1500, 4));
	EXPECT_EQ(0, workers());
}

/* The second time in a worker */
TEST_F_TIMEOUT(uring, errors, TIMEOUT)
{
	struct io_uring *ring = &self->ring;
	struct io_uring_sqe *sqe;
	int fd = self->p.fd, i, nonblock;
	uint8_t *buf = self->buf[0];
	unsigned int flags;
	struct rings r;

	nonblock = net_open(self->p.dom.fd, "eth0", ISLE_OPEN_NONBLOCK);
	ASSERT_LE(0, nonblock);
	frame_fill(buf, 1514, 1);
	for (i = 0; i < 2; i++) {
		flags = i ? IOSQE_ASYNC : 0;
		EXPECT_EQ(-EINVAL, write_one(ring, fd, buf, 0, flags));
		EXPECT_EQ(-EINVAL, write_one(ring, fd, buf, 13, flags));
		EXPECT_EQ(-EINVAL, write_one(ring, fd, buf, 1515, flags));
		EXPECT_EQ(-EFAULT, write_one(ring, fd, NULL, 60, flags));
		EXPECT_EQ(-EFAULT, write_one(ring, fd, (void *)64, 1514, flags));
		/* a frame that could not be delivered is kept */
		ASSERT_TRUE(host_sends(&self->p, 2, 100));
		EXPECT_EQ(-EMSGSIZE, read_one(ring, fd, buf, 99, flags));
		EXPECT_EQ(-EFAULT, read_one(ring, fd, NULL, ROOM, flags));
		EXPECT_EQ(100, read_one(ring, fd, buf, 100, flags));
		EXPECT_TRUE(frame_is(buf, 100, 2));
	}
	/* who does not want to wait says so in the request, not by the file */
	sqe = io_uring_get_sqe(ring);
	io_uring_prep_read(sqe, nonblock, buf, ROOM, 0);
	sqe->rw_flags = RWF_NOWAIT;
	EXPECT_EQ(-EAGAIN, alone(ring));
	submit(ring, nonblock, READ, buf, 1);
	EXPECT_TRUE(nothing_yet(ring));
	ASSERT_TRUE(host_sends(&self->p, 4, 100));
	EXPECT_EQ(100, reap(ring, NULL));
	EXPECT_TRUE(frame_is(buf, 100, 4));
	ASSERT_EQ(0, rings_make(&r, nonblock, 16384));
	for (i = 0; i < 2; i++) {
		flags = i ? IOSQE_ASYNC : 0;
		EXPECT_EQ(-EBUSY, read_one(ring, fd, buf, ROOM, flags));
		EXPECT_EQ(-EBUSY, read_one(ring, nonblock, buf, ROOM, flags));
		frame_fill(buf, 200, 3);
		EXPECT_EQ(200, write_one(ring, fd, buf, 200, flags));
		EXPECT_TRUE(comes(self->p.host, 3, 200));
	}
	rings_unmap(&r);
	close(nonblock);
}

/* A poll of the rings' file, and of the other's */
TEST_F_TIMEOUT(uring, ring_mode, TIMEOUT)
{
	struct rings r;
	int i, fd, ret;
	__u64 data;

	/* who waits for frames hears that they go elsewhere now */
	fd = net_open(self->p.dom.fd, "eth0", 0);
	ASSERT_LE(0, fd);
	submit(&self->ring, fd, READ, self->buf[0], READ);
	submit(&self->ring, fd, POLL, NULL, POLL);
	EXPECT_TRUE(nothing_yet(&self->ring));
	ASSERT_EQ(0, rings_make(&r, self->p.fd, 16384));
	for (i = 0; i < OPS; i++) {
		ret = reap(&self->ring, &data);
		EXPECT_EQ(data == READ ? -EBUSY : POLLIN, ret);
	}
	close(fd);
	for (i = 0; i < 5; i++) {
		submit(&self->ring, self->p.fd, POLL, NULL, 1);
		EXPECT_TRUE(nothing_yet(&self->ring));
		ASSERT_TRUE(host_sends(&self->p, i, 100));
		EXPECT_EQ(POLLIN, reap(&self->ring, NULL));
		EXPECT_TRUE(ring_comes(&r, i, 100));
	}
	/* one who lies is told so */
	submit(&self->ring, self->p.fd, POLL, NULL, 1);
	EXPECT_TRUE(nothing_yet(&self->ring));
	STORE(r.page->tx_prod, r.prod + 1);
	EXPECT_EQ(-EPROTO, ring_kick(self->p.fd));
	EXPECT_EQ(POLLERR, reap(&self->ring, NULL));
	rings_unmap(&r);
	EXPECT_EQ(0, workers());
}

/*
 * Request 1, wherever it is just then, waiting, on its way to a worker, or in one:
 * it may be missed while it moves, so this asks until it is gone.  Value: its
 * result; positive: it did not go.
 */
static int cancel(struct io_uring *ring)
{
	double end = now() + LONG_WAIT;
	struct io_uring_sqe *sqe;
	int ret, result = 1;
	__u64 data;

	do {
		sqe = io_uring_get_sqe(ring);
		io_uring_prep_cancel64(sqe, 1, 0);
		sqe->user_data = 2;
		io_uring_submit(ring);
		/* it may come before the answer, or after it */
		for (data = 1; data == 1;) {
			data = 0;
			ret = reap(ring, &data);
			if (data == 1)
				result = ret;
		}
		if (data != 2)
			return 2;
		if (result > 0 && ret == 0)
			return reap(ring, NULL);
		if (result > 0)
			nap();
	} while (result > 0 && now() < end);
	return result;
}

TEST_F_TIMEOUT(uring, cancelled, TIMEOUT)
{
	struct io_uring_sqe *sqe;
	int round, i, ret;

	for (round = 0; round < rounds(50, 3); round++) {
		for (i = 0; i < OPS * 2; i++) {
			sqe = io_uring_get_sqe(&self->ring);
			if (i / 2 == READ)
				io_uring_prep_read(sqe, self->p.fd,
						   self->buf[0], ROOM, 0);
			else
				io_uring_prep_poll_add(sqe, self->p.fd, POLLIN);
			sqe->user_data = 1;
			if (i & 1)
				sqe->flags |= IOSQE_ASYNC;
			io_uring_submit(&self->ring);
			ret = cancel(&self->ring);
			EXPECT_TRUE(ret == -ECANCELED || ret == -EINTR)
				TH_LOG("op %d: %d", i, ret);
		}
	}
	/* no frame was lost to one that is gone */
	ASSERT_TRUE(host_sends(&self->p, 9, 100));
	EXPECT_TRUE(comes(self->p.fd, 9, 100));
}

/* In another process: this one has work of its ring to do, as if by signal */
static int del_elsewhere(struct port *p, bool nowait)
{
	pid_t pid = fork();
	int status;

	if (pid == 0)
		_exit(-net_del(p->ctl, p->dom.id, "eth0",
			       nowait ? ISLE_DEL_NOWAIT : 0));
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

/* All kinds wait when the device goes, or the domain */
TEST_F_TIMEOUT(uring, removed, TIMEOUT)
{
	struct isle_net_config config = {
		.size = sizeof(config), .ifname = "port",
	};
	struct port *p = &self->p;
	__u64 data;
	int i, k, ret;

	for (i = 0; i < 4; i++) {
		for (k = 0; k < DEPTH; k++)
			submit(&self->ring, p->fd, k % OPS, self->buf[k], k);
		EXPECT_TRUE(nothing_yet(&self->ring));
		if (i < 2) {
			ASSERT_EQ(0, del_elsewhere(p, i));
		} else if (i == 2) {
			/* by who waits himself */
			ASSERT_EQ(0, net_del(p->ctl, p->dom.id, "eth0", 0));
		} else {
			ASSERT_EQ(0, dom_destroy(p->ctl, p->dom.id, 0));
		}
		for (k = 0; k < DEPTH; k++) {
			ret = reap(&self->ring, &data);
			EXPECT_EQ(data % OPS == READ ? -ENODEV :
				  POLLHUP | POLLERR, ret);
		}
		EXPECT_EQ(-ENODEV, read_one(&self->ring, p->fd, self->buf[0],
					    ROOM, 0));
		EXPECT_EQ(-ENODEV, write_one(&self->ring, p->fd, self->buf[0],
					     60, 0));
		if (i == 3)
			break;
		close(p->fd);
		close(p->host);
		/* without waiting the interface may be there a little longer */
		ASSERT_TRUE(eventually(if_index("port") == -ENODEV));
		ASSERT_EQ(0, net_add(p->ctl, p->dom.id, "eth0", &config));
		ASSERT_EQ(0, if_set("port", true));
		p->fd = net_open(p->dom.fd, "eth0", 0);
		ASSERT_LE(0, p->fd);
		p->host = host_open("port");
		ASSERT_LE(0, p->host);
	}
}

/* Frames go out and come in while the device goes: each completion is whole */
TEST_F_TIMEOUT(uring, removed_under_load, TIMEOUT)
{
	struct isle_net_config config = {
		.size = sizeof(config), .ifname = "port",
	};
	struct port *p = &self->p;
	struct io_uring_sqe *sqe;
	int n, i, ret, queued, gone;
	uint8_t frame[ROOM];
	__u64 data;

	frame_fill(frame, ROOM, 1);
	for (n = 0; n < rounds(10, 2); n++) {
		queued = 0;
		gone = 0;
		for (i = 0; !gone || queued; i++) {
			while (queued < DEPTH && !gone) {
				sqe = io_uring_get_sqe(&self->ring);
				if ((queued ^ i) & 1)
					io_uring_prep_read(sqe, p->fd,
							   self->buf[queued],
							   ROOM, 0);
				else
					io_uring_prep_write(sqe, p->fd, frame,
							    100 + n, 0);
				sqe->user_data = (queued ^ i) & 1;
				queued++;
			}
			ASSERT_LE(0, io_uring_submit(&self->ring));
			/* something to read, as often as something is read */
			send(p->host, frame, 200 + n, 0);
			if (i == 10 + 3 * n)
				ASSERT_EQ(0, del_elsewhere(p, n & 1));
			ret = reap(&self->ring, &data);
			if (ret == -ENODEV) {
				EXPECT_LE(10 + 3 * n, i);
				gone++;
			} else {
				EXPECT_EQ(data ? 200 + n : 100 + n, ret);
			}
			queued--;
			ASSERT_GT(100000, i);
		}
		close(p->fd);
		close(p->host);
		ASSERT_TRUE(eventually(if_index("port") == -ENODEV));
		ASSERT_EQ(0, net_add(p->ctl, p->dom.id, "eth0", &config));
		ASSERT_EQ(0, if_set("port", true));
		p->fd = net_open(p->dom.fd, "eth0", 0);
		ASSERT_LE(0, p->fd);
		p->host = host_open("port");
		ASSERT_LE(0, p->host);
	}
}

/* Files, rings and processes end while requests wait */
TEST_F_TIMEOUT(uring, closed, TIMEOUT)
{
	struct port *p = &self->p;
	long files = counter_read("live_files");
	struct io_uring ring;
	int i, k, status;
	pid_t pid;

	for (i = 0; i < 3; i++) {
		if (i == 2) {
			pid = fork();
			if (pid == 0) {
				if (io_uring_queue_init(64, &ring, 0))
					_exit(1);
				for (k = 0; k < DEPTH; k++)
					submit(&ring, p->fd, k % OPS,
					       self->buf[k], k);
				kill(getpid(), SIGKILL);
			}
			close(p->fd);
			ASSERT_EQ(pid, waitpid(pid, &status, 0));
			EXPECT_TRUE(WIFSIGNALED(status));
		} else {
			for (k = 0; k < DEPTH; k++)
				submit(&self->ring, p->fd, i ? k % OPS : READ,
				       self->buf[k], k);
			close(p->fd);
			if (i == 0) {
				/* requests keep the file: one gets it */
				ASSERT_TRUE(host_sends(p, 5, 100));
				EXPECT_EQ(100, reap(&self->ring, NULL));
				EXPECT_TRUE(nothing_yet(&self->ring));
			}
			io_uring_queue_exit(&self->ring);
			ASSERT_EQ(0, io_uring_queue_init(64, &self->ring, 0));
		}
		/* the file goes with the last of them */
		EXPECT_TRUE(eventually(counter_read("live_files") == files - 1));
		p->fd = net_open(p->dom.fd, "eth0", 0);
		ASSERT_LE(0, p->fd);
		ASSERT_TRUE(host_sends(p, 6, 100));
		EXPECT_TRUE(comes(p->fd, 6, 100));
	}
}

TEST_HARNESS_MAIN
