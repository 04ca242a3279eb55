// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: requests that are under way for long, and that fail
 *
 * The backing is a disk that can be stopped.  Meanwhile devices are removed,
 * waits interrupted, and processes killed.
 */
#include <kselftest_harness.h>

#include <linux/fs.h>
#include <pthread.h>
#include <sys/uio.h>

#include "../lib.h"
#include "mapper.h"

#define BYTES	(1 << 20)
/* for what must happen although the disk does not answer, and will not */
#define soon(cond) eventually(cond)

FIXTURE(inflight) {
	int ctl, fd;
	struct dom dom;
	struct counters start;
	struct mapper m;
};

FIXTURE_SETUP(inflight)
{
	struct isle_blk_config config = {
		.size = sizeof(config), .backing = ISLE_BLK_DEVICE,
	};

	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	ASSERT_EQ(0, mapper_make(&self->m, BYTES));
	config.fd = self->m.fd;
	ASSERT_EQ(0, blk_add(self->ctl, self->dom.id, "disk", &config));
	self->fd = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(inflight)
{
	mapper_resume(&self->m);
	close(self->fd);
	close(self->dom.fd);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->dom.id)));
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
	mapper_end(&self->m);
}

enum op { READ, WRITE, READ_ODD, WRITE_ODD, SYNC, DISCARD, ZEROOUT, OPS };

static const char *const op_names[] = {
	"read", "write", "read to odd memory", "write from odd memory", "sync",
	"discard", "zeroout",
};

struct io {
	int fd;
	enum op op;
	off_t off;
	volatile bool ended;
	volatile ssize_t ret;
	volatile int error;
};

static __thread char memory[8192] __attribute__((aligned(4096)));

static ssize_t do_op(int fd, enum op op, off_t off)
{
	__u64 range[2] = { off, 4096 };

	memset(memory, 0x5a, sizeof(memory));
	switch (op) {
	case READ:
		return pread(fd, memory, 4096, off);
	case WRITE:
		return pwrite(fd, memory, 4096, off);
	case READ_ODD:
		return pread(fd, memory + 1, 1024, off);
	case WRITE_ODD:
		return pwrite(fd, memory + 1, 1024, off);
	case SYNC:
		return fsync(fd);
	case DISCARD:
		return ioctl(fd, BLKDISCARD, range);
	default:
		return ioctl(fd, BLKZEROOUT, range);
	}
}

static ssize_t good(enum op op)
{
	return op <= WRITE ? 4096 : op <= WRITE_ODD ? 1024 : 0;
}

static void *io_thread(void *arg)
{
	struct io *io = arg;

	io->ret = do_op(io->fd, io->op, io->off);
	io->error = errno;
	io->ended = true;
	return NULL;
}

struct removal {
	int ctl;
	const struct dom *dom;
	bool destroy;
	volatile bool begun, ended;
	volatile int ret;
};

static void *remove_thread(void *arg)
{
	struct removal *r = arg;

	r->begun = true;
	if (r->destroy)
		r->ret = dom_destroy(r->ctl, r->dom->id, 0);
	else
		r->ret = blk_del(r->ctl, r->dom->id, "disk", 0);
	r->ended = true;
	return NULL;
}

#define REQUESTS() quota_used(self->ctl, self->dom.id, ISLE_QUOTA_REQUESTS)

TEST_F_TIMEOUT(inflight, removal_waits, TIMEOUT)
{
	struct io io = { .fd = self->fd, .op = READ };
	struct removal r = { .ctl = self->ctl, .dom = &self->dom };
	pthread_t reader, remover;

	ASSERT_EQ(0, mapper_suspend(&self->m));
	ASSERT_EQ(0, pthread_create(&reader, NULL, io_thread, &io));
	ASSERT_TRUE(eventually(REQUESTS() == 1));
	ASSERT_EQ(0, pthread_create(&remover, NULL, remove_thread, &r));
	/* gone for everybody else at once */
	ASSERT_TRUE(soon(poll_now(self->fd, 0)));
	EXPECT_EQ(-ENOENT, blk_open_rw(self->dom.fd, "disk"));
	usleep(50000);
	EXPECT_FALSE(r.ended);
	EXPECT_FALSE(io.ended);
	EXPECT_EQ(-1, pread(self->fd, memory, 4096, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(POLLHUP | POLLERR, poll_now(self->fd, 0));
	ASSERT_EQ(0, mapper_resume(&self->m));
	pthread_join(remover, NULL);
	EXPECT_EQ(0, r.ret);
	pthread_join(reader, NULL);
	EXPECT_EQ(4096, io.ret) TH_LOG("it had begun before: %d", io.error);
	EXPECT_EQ(0, REQUESTS());
}

TEST_F_TIMEOUT(inflight, removal_that_does_not_wait, TIMEOUT)
{
	struct io io = { .fd = self->fd, .op = WRITE, .off = 8192 };
	pthread_t writer;
	char back[4096];

	ASSERT_EQ(0, mapper_suspend(&self->m));
	ASSERT_EQ(0, pthread_create(&writer, NULL, io_thread, &io));
	ASSERT_TRUE(eventually(REQUESTS() == 1));
	EXPECT_EQ(0, blk_del(self->ctl, self->dom.id, "disk",
			     ISLE_DEL_NOWAIT));
	EXPECT_FALSE(io.ended);
	EXPECT_EQ(-ENOENT, blk_open_rw(self->dom.fd, "disk"));
	EXPECT_EQ(1, REQUESTS());
	EXPECT_EQ(self->start.value[3] + 1, counter_read("live_requests"));
	ASSERT_EQ(0, mapper_resume(&self->m));
	pthread_join(writer, NULL);
	EXPECT_EQ(4096, io.ret);
	EXPECT_EQ(0, REQUESTS());
	/* and what was acknowledged is there */
	EXPECT_EQ(4096, pread(self->m.fd, back, 4096, 8192));
	EXPECT_TRUE(all_bytes(back, 0x5a, 4096));
}

static void ignore(int sig)
{
	(void)sig;
}

TEST_F_TIMEOUT(inflight, waiting_for_removal_is_interrupted, TIMEOUT)
{
	struct sigaction action = { .sa_handler = ignore };
	struct io io = { .fd = self->fd, .op = READ };
	struct removal r = { .ctl = self->ctl, .dom = &self->dom };
	pthread_t reader, remover;
	int n;

	for (n = 0; n < 2; n++) {
		/* not even with SA_RESTART: it cannot be done again */
		action.sa_flags = n ? SA_RESTART : 0;
		ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
		ASSERT_EQ(0, mapper_suspend(&self->m));
		io = (struct io) { .fd = self->fd, .op = READ };
		r = (struct removal) { .ctl = self->ctl, .dom = &self->dom,
				       .destroy = n };
		ASSERT_EQ(0, pthread_create(&reader, NULL, io_thread, &io));
		ASSERT_TRUE(eventually(REQUESTS() == 1));
		ASSERT_EQ(0, pthread_create(&remover, NULL, remove_thread,
					    &r));
		ASSERT_TRUE(soon(poll_now(self->fd, 0)));
		usleep(20000);
		ASSERT_FALSE(r.ended);
		pthread_kill(remover, SIGUSR1);
		EXPECT_TRUE(soon(r.ended));
		EXPECT_FALSE(io.ended);
		ASSERT_EQ(0, mapper_resume(&self->m));
		pthread_join(remover, NULL);
		EXPECT_EQ(-EINTR, r.ret);
		pthread_join(reader, NULL);
		EXPECT_EQ(4096, io.ret);
		EXPECT_EQ(n == 0, dom_exists(self->ctl, self->dom.id));
		if (n == 0) {
			struct isle_blk_config config = {
				.size = sizeof(config),
				.backing = ISLE_BLK_DEVICE, .fd = self->m.fd,
			};

			EXPECT_EQ(-ENOENT, blk_open_rw(self->dom.fd, "disk"));
			ASSERT_EQ(0, blk_add(self->ctl, self->dom.id, "disk",
					     &config));
			close(self->fd);
			self->fd = blk_open_rw(self->dom.fd, "disk");
			ASSERT_LE(0, self->fd);
		}
	}
}

/* Every wait for a backing is ended by a fatal signal */
TEST_F_TIMEOUT(inflight, killed, TIMEOUT)
{
	int op, status;
	pid_t pid;

	for (op = 0; op < OPS; op++) {
		/* what it reads or writes must not be in the page cache */
		ASSERT_EQ(0, ioctl(self->m.fd, BLKFLSBUF, 0));
		ASSERT_EQ(0, mapper_suspend(&self->m));
		pid = fork();
		ASSERT_LE(0, pid);
		if (pid == 0)
			_exit(do_op(self->fd, op, 65536 * op) == good(op));
		/* sync with nothing to do may be done without the disk */
		EXPECT_TRUE(soon(REQUESTS() == 1 ||
				 waitpid(pid, &status, WNOHANG) == pid))
			TH_LOG("%s has not begun", op_names[op]);
		usleep(20000);
		kill(pid, SIGKILL);
		EXPECT_TRUE(soon(waitpid(pid, &status, WNOHANG) != 0))
			TH_LOG("%s cannot be killed", op_names[op]);
		ASSERT_EQ(0, mapper_resume(&self->m));
		waitpid(pid, &status, 0);
		EXPECT_TRUE(eventually(REQUESTS() == 0))
			TH_LOG("%s has not ended", op_names[op]);
	}
}

/* With its process gone, a request still is under way, and runs to its end */
TEST_F_TIMEOUT(inflight, outlives_its_process, TIMEOUT)
{
	char back[4096];
	struct dom dom;
	int status, fd;
	pid_t pid;
	struct isle_blk_config config = {
		.size = sizeof(config), .backing = ISLE_BLK_DEVICE,
		.fd = self->m.fd,
	};

	ASSERT_EQ(0, dom_create(self->ctl, NULL, &dom));
	ASSERT_EQ(0, blk_add(self->ctl, dom.id, "disk", &config));
	ASSERT_EQ(0, mapper_suspend(&self->m));
	pid = fork();
	ASSERT_LE(0, pid);
	if (pid == 0) {
		fd = blk_open_rw(dom.fd, "disk");
		do_op(fd, WRITE, 4096);
		_exit(1);
	}
	ASSERT_TRUE(soon(quota_used(self->ctl, dom.id,
				    ISLE_QUOTA_REQUESTS) == 1));
	kill(pid, SIGKILL);
	EXPECT_TRUE(soon(waitpid(pid, &status, WNOHANG) == pid));
	/* its last file closed while the request is under way */
	close(dom.fd);
	EXPECT_TRUE(soon(!dom_exists(self->ctl, dom.id)));
	EXPECT_EQ(self->start.value[3] + 1, counter_read("live_requests"));
	ASSERT_EQ(0, mapper_resume(&self->m));
	EXPECT_TRUE(eventually(counter_read("live_requests") ==
			       self->start.value[3]));
	EXPECT_EQ(4096, pread(self->m.fd, back, 4096, 4096));
	EXPECT_TRUE(all_bytes(back, 0x5a, 4096));
}

TEST_F_TIMEOUT(inflight, quota_of_requests, TIMEOUT)
{
	struct io io[3];
	pthread_t thread[3];
	int i;

	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_REQUESTS,
			       3));
	ASSERT_EQ(0, mapper_suspend(&self->m));
	for (i = 0; i < 3; i++) {
		io[i] = (struct io) { .fd = self->fd, .op = i & 1,
				      .off = 4096 * i };
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, io_thread,
					    &io[i]));
	}
	ASSERT_TRUE(eventually(REQUESTS() == 3));
	for (i = 0; i < OPS; i++) {
		EXPECT_EQ(-1, do_op(self->fd, i, 65536));
		EXPECT_EQ(EDQUOT, errno) TH_LOG("%s", op_names[i]);
	}
	EXPECT_EQ(3, REQUESTS());
	ASSERT_EQ(0, mapper_resume(&self->m));
	for (i = 0; i < 3; i++) {
		pthread_join(thread[i], NULL);
		EXPECT_EQ(4096, io[i].ret);
	}
	EXPECT_EQ(0, REQUESTS());
	EXPECT_EQ(4096, do_op(self->fd, READ, 65536));
	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_REQUESTS,
			       0));
	EXPECT_EQ(-1, do_op(self->fd, READ, 65536));
	EXPECT_EQ(EDQUOT, errno);
}

TEST_F_TIMEOUT(inflight, backing_that_fails, TIMEOUT)
{
	int op;

	for (op = 0; op < OPS; op++) {
		if (op == SYNC)
			continue;
		/* not from the page cache */
		ASSERT_EQ(0, ioctl(self->m.fd, BLKFLSBUF, 0));
		ASSERT_EQ(0, mapper_become(&self->m, "error"));
		EXPECT_EQ(-1, do_op(self->fd, op, 65536 * op))
			TH_LOG("%s", op_names[op]);
		/* of a discard it may be known that it is not offered now */
		EXPECT_TRUE(errno == EIO || (op == DISCARD || op == ZEROOUT))
			TH_LOG("%s: %d", op_names[op], errno);
		EXPECT_EQ(0, REQUESTS());
		ASSERT_EQ(0, mapper_become(&self->m, "linear"));
	}
	/* and then works as before */
	EXPECT_EQ(4096, do_op(self->fd, WRITE, 0));
	EXPECT_EQ(4096, do_op(self->fd, READ, 0));
	EXPECT_EQ(1024, do_op(self->fd, WRITE_ODD, 8192));
	EXPECT_EQ(1024, do_op(self->fd, READ_ODD, 8192));
}

/* With a write cache, the failure to write is fsync's to tell */
TEST_F_TIMEOUT(inflight, sync_that_fails, TIMEOUT)
{
	struct isle_blk_config config = {
		.size = sizeof(config), .flags = ISLE_BLK_WRITE_CACHE,
		.backing = ISLE_BLK_DEVICE, .fd = self->m.fd,
	};
	int fd, ret;

	ASSERT_EQ(0, blk_add(self->ctl, self->dom.id, "cached", &config));
	fd = blk_open_rw(self->dom.fd, "cached");
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fsync(fd));
	/* read it first, so that only writing back can fail */
	ASSERT_EQ(1024, do_op(fd, READ_ODD, 4096));
	ASSERT_EQ(0, mapper_become(&self->m, "error"));
	ret = do_op(fd, WRITE_ODD, 4096);
	if (ret == 1024)
		ret = fsync(fd);
	EXPECT_EQ(-1, ret) TH_LOG("the data is lost, and nobody was told");
	EXPECT_EQ(EIO, errno);
	ASSERT_EQ(0, mapper_become(&self->m, "linear"));
	EXPECT_EQ(1024, do_op(fd, WRITE_ODD, 4096));
	EXPECT_EQ(0, fsync(fd));
	close(fd);
}

/* A signal that is not fatal leaves a request alone */
TEST_F_TIMEOUT(inflight, signals_do_not_disturb, TIMEOUT)
{
	struct sigaction action = { .sa_handler = ignore };
	struct io io = { .fd = self->fd, .op = WRITE };
	pthread_t thread;
	int i;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	ASSERT_EQ(0, mapper_suspend(&self->m));
	ASSERT_EQ(0, pthread_create(&thread, NULL, io_thread, &io));
	ASSERT_TRUE(eventually(REQUESTS() == 1));
	for (i = 0; i < 20; i++) {
		pthread_kill(thread, SIGUSR1);
		usleep(1000);
	}
	EXPECT_FALSE(io.ended);
	ASSERT_EQ(0, mapper_resume(&self->m));
	pthread_join(thread, NULL);
	EXPECT_EQ(4096, io.ret) TH_LOG("errno %d", io.error);
}

SCRATCH_MAIN
