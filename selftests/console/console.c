// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: both ends of a console
 */
#include <kselftest_harness.h>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#include "console.h"

#define OUT	ISLE_CONSOLE_OUTPUT_SIZE
#define IN	ISLE_CONSOLE_INPUT_SIZE

FIXTURE(ends) {
	int ctl;
	struct dom dom;
	struct counters start;
	struct rng rng;
	int fd;			/* the domain's end, blocking */
	int quick;		/* the same, not blocking */
	uint8_t *sent, *got;
};

/* Without and with ISLE_CONSOLE_HOLD */
FIXTURE_VARIANT(ends) {
	__u32 flags;
};

FIXTURE_VARIANT_ADD(ends, plain) { 0 };
FIXTURE_VARIANT_ADD(ends, hold) { ISLE_CONSOLE_HOLD };

FIXTURE_SETUP(ends)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	ASSERT_EQ(0, console_add(self->ctl, self->dom.id, "tty", variant->flags,
				 0));
	self->fd = console_open(self->dom.fd, "tty", 0);
	ASSERT_LE(0, self->fd);
	self->quick = console_open(self->dom.fd, "tty", ISLE_OPEN_NONBLOCK);
	ASSERT_LE(0, self->quick);
	self->rng.state = 1;
	self->sent = malloc(4 * OUT);
	self->got = malloc(4 * OUT);
	ASSERT_NE(NULL, self->sent);
	ASSERT_NE(NULL, self->got);
	fill(&self->rng, self->sent, 4 * OUT);
}

FIXTURE_TEARDOWN(ends)
{
	close(self->fd);
	close(self->quick);
	close(self->dom.fd);
	close(self->ctl);
	free(self->sent);
	free(self->got);
	EXPECT_TRUE(counters_are(&self->start));
}

#define EXPECT_ERRNO(error, result) do {				\
	EXPECT_EQ(-1, result);						\
	EXPECT_EQ(error, errno);					\
} while (0)

#define ATTACH(flags) ({						\
	int fd_ = console_attach(self->ctl, self->dom.id, "tty", flags); \
									\
	ASSERT_LE(0, fd_);						\
	fd_;								\
})

#define ATTACH_QUICK()	ATTACH(ISLE_ATTACH_NONBLOCK)

TEST_F_TIMEOUT(ends, replay, TIMEOUT)
{
	int host;

	ASSERT_EQ(1000, write(self->fd, self->sent, 1000));
	host = ATTACH_QUICK();
	EXPECT_EQ(1000, read(host, self->got, OUT));
	EXPECT_EQ(0, memcmp(self->sent, self->got, 1000));
	EXPECT_ERRNO(EAGAIN, read(host, self->got, 1));
	close(host);

	/* again, for who comes later */
	host = ATTACH_QUICK();
	EXPECT_EQ(1000, read(host, self->got, 2000));
	close(host);
	host = ATTACH(ISLE_ATTACH_NONBLOCK | ISLE_ATTACH_NO_REPLAY);
	EXPECT_ERRNO(EAGAIN, read(host, self->got, 1));
	ASSERT_EQ(3, write(self->fd, "abc", 3));
	EXPECT_EQ(3, read(host, self->got, OUT));
	EXPECT_EQ(0, memcmp("abc", self->got, 3));
	close(host);
}

/* What nobody has attached to: the last 64 KiB are kept */
TEST_F_TIMEOUT(ends, nobody, TIMEOUT)
{
	size_t len = 3 * OUT + 777;
	int host;

	if (variant->flags & ISLE_CONSOLE_HOLD) {
		ASSERT_EQ(OUT, write(self->fd, self->sent, OUT));
		len = OUT;
	} else {
		ASSERT_EQ(len, write(self->fd, self->sent, len));
		EXPECT_EQ(len, console_info(self->fd).written);
		EXPECT_EQ(OUT, console_info(self->fd).space);
		EXPECT_EQ(0, console_info(self->fd).dropped);
	}
	host = ATTACH_QUICK();
	EXPECT_EQ(OUT, read(host, self->got, 2 * OUT));
	EXPECT_EQ(0, memcmp(self->sent + len - OUT, self->got, OUT));
	close(host);
}

/* Whoever holds the writers up: the host's end, or nobody with HOLD */
static int hold(FIXTURE_DATA(ends) *self, __u32 flags)
{
	if (flags & ISLE_CONSOLE_HOLD)
		return -1;
	return console_attach(self->ctl, self->dom.id, "tty",
			      ISLE_ATTACH_NONBLOCK);
}

TEST_F_TIMEOUT(ends, nobody_reads, TIMEOUT)
{
	int host = hold(self, variant->flags);
	struct iovec iov = { self->sent, 100 };
	struct isle_console_info info;
	size_t done = 0;
	ssize_t ret;

	while ((ret = write(self->quick, self->sent + done, 5000)) > 0)
		done += ret;
	EXPECT_ERRNO(EAGAIN, ret);
	EXPECT_EQ(OUT, done);
	EXPECT_EQ(0, poll_now(self->fd, POLLOUT));
	EXPECT_ERRNO(EAGAIN, pwritev2(self->fd, &iov, 1, -1, RWF_NOWAIT));

	/* best effort: dropped and counted */
	EXPECT_EQ(0, console_log(self->fd, "line", 4));
	info = console_info(self->fd);
	EXPECT_EQ(sizeof(info), info.size);
	EXPECT_EQ(OUT, info.written);
	EXPECT_EQ(6, info.dropped);
	EXPECT_EQ(0, info.space);
	EXPECT_EQ(host < 0 ? 0 : 1, info.hosts);

	/* some space: the line is cut, its end is whole */
	if (host < 0)
		host = ATTACH_QUICK();
	ASSERT_EQ(5, read(host, self->got, 5));
	EXPECT_EQ(3, console_log(self->fd, "line", 4));
	EXPECT_EQ(7, console_info(self->fd).dropped);
	ASSERT_EQ(1, read(host, self->got + 5, 1));
	EXPECT_EQ(0, console_log(self->fd, "", 0));
	EXPECT_EQ(9, console_info(self->fd).dropped);
	ASSERT_EQ(OUT - 1, read(host, self->got + 6, 2 * OUT));
	EXPECT_EQ(0, memcmp(self->sent, self->got, OUT));
	EXPECT_EQ(0, memcmp("lin\r\n", self->got + OUT, 5));
	EXPECT_EQ(POLLOUT, poll_now(self->fd, POLLOUT));
	/* who only looks at the last ones does not hold anybody up */
	close(host);
}

TEST_F_TIMEOUT(ends, log, TIMEOUT)
{
	int host = ATTACH_QUICK();

	EXPECT_EQ(5, console_log(self->fd, "hello", 5));
	EXPECT_EQ(0, console_log(self->fd, "", 0));
	EXPECT_EQ(3, console_log(self->fd, "a\0b", 3));
	EXPECT_EQ(14, read(host, self->got, OUT));
	EXPECT_EQ(0, memcmp("hello\r\n\r\na\0b\r\n", self->got, 14));
	EXPECT_EQ(0, console_info(host).dropped);

	/* longer than there can ever be space for */
	EXPECT_EQ(OUT - 2, console_log(self->fd, self->sent, 2 * OUT));
	EXPECT_EQ(OUT + 2, console_info(host).dropped);
	EXPECT_EQ(OUT, read(host, self->got, 2 * OUT));
	EXPECT_EQ(0, memcmp(self->sent, self->got, OUT - 2));
	EXPECT_EQ(0, memcmp("\r\n", self->got + OUT - 2, 2));
	EXPECT_EQ(-EFAULT, console_log(self->fd, NULL, 1));
	EXPECT_EQ(OUT - 2, console_log(self->fd, self->sent, ~0U));
	close(host);
}

TEST_F_TIMEOUT(ends, log_checks, TIMEOUT)
{
	struct isle_device_open open = {
		.size = sizeof(open), .dev_class = ISLE_CLASS_CONSOLE,
		.flags = ISLE_OPEN_READ,
	};
	struct isle_console_log log = { .size = sizeof(log) };
	struct isle_console_info info = { .size = sizeof(info), .space = 1 };
	struct isle_device_id id;
	int host = ATTACH(0);
	struct stat st;

	log.flags = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_CONSOLE_LOG, &log));
	log.flags = 0;
	log.written = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_CONSOLE_LOG, &log));
	log.written = 0;
	/* printing is for the domain */
	EXPECT_EQ(-ENOTTY, call(host, ISLE_CONSOLE_LOG, &log));
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_CONSOLE_INFO, &info));

	put_name(open.name, "tty");
	ASSERT_EQ(0, call(self->dom.fd, ISLE_DOMAIN_DEVICE_OPEN, &open));
	EXPECT_EQ(-EBADF, call(open.fd, ISLE_CONSOLE_LOG, &log));
	EXPECT_ERRNO(EBADF, write(open.fd, "x", 1));
	close(open.fd);

	EXPECT_ERRNO(ESPIPE, lseek(self->fd, 0, SEEK_SET));
	EXPECT_ERRNO(ESPIPE, lseek(host, 0, SEEK_SET));
	EXPECT_EQ(0, dev_id(self->fd, &id));
	EXPECT_EQ(ISLE_CLASS_CONSOLE, id.dev_class);
	EXPECT_EQ(0, strcmp("tty", id.name));
	EXPECT_EQ(0, dev_id(host, &id));
	EXPECT_EQ(self->dom.id, id.domid);
	EXPECT_EQ(0, strcmp("tty", id.name));
	EXPECT_EQ(0, fstat(host, &st));
	EXPECT_EQ(0, write(self->fd, "", 0));
	EXPECT_EQ(0, read(self->fd, self->got, 0));
	EXPECT_EQ(0, read(host, self->got, 0));
	close(host);
}

TEST_F_TIMEOUT(ends, input, TIMEOUT)
{
	int host = ATTACH_QUICK();
	size_t done = 0;
	ssize_t ret;

	EXPECT_ERRNO(EAGAIN, read(self->quick, self->got, 10));
	EXPECT_EQ(0, poll_now(self->fd, POLLIN));
	EXPECT_EQ(POLLOUT, poll_now(host, POLLIN | POLLOUT));
	ASSERT_EQ(5, write(host, "hello", 5));
	EXPECT_EQ(5, console_info(self->fd).input);
	EXPECT_EQ(POLLIN, poll_now(self->fd, POLLIN));
	EXPECT_EQ(2, read(self->fd, self->got, 2));
	EXPECT_EQ(3, read(self->fd, self->got + 2, 100));
	EXPECT_EQ(0, memcmp("hello", self->got, 5));
	/* what is typed is not printed */
	EXPECT_ERRNO(EAGAIN, read(host, self->got, 10));

	/* full */
	while ((ret = write(host, self->sent + done, 300)) > 0)
		done += ret;
	EXPECT_ERRNO(EAGAIN, ret);
	EXPECT_EQ(IN, done);
	EXPECT_EQ(0, poll_now(host, POLLOUT));
	EXPECT_EQ(IN, read(self->fd, self->got, OUT));
	EXPECT_EQ(0, memcmp(self->sent, self->got, IN));
	EXPECT_EQ(POLLOUT, poll_now(host, POLLOUT));

	/* it waits for the one who attaches next */
	ASSERT_EQ(1, write(host, "x", 1));
	close(host);
	EXPECT_EQ(1, read(self->fd, self->got, 100));
}

/* Threads that do one thing and tell what came of it */
struct actor {
	pthread_t thread;
	int fd;
	bool writes;
	void *buf;
	size_t len;
	ssize_t ret;
	int error;
};

static void *act(void *arg)
{
	struct actor *a = arg;

	if (a->writes)
		a->ret = write(a->fd, a->buf, a->len);
	else
		a->ret = read_all(a->fd, a->buf, a->len);
	a->error = errno;
	return NULL;
}

static void start(struct actor *a)
{
	if (pthread_create(&a->thread, NULL, act, a))
		abort();
}

static void end(struct actor *a)
{
	pthread_join(a->thread, NULL);
}

/* A writer that waits goes on when somebody reads */
TEST_F_TIMEOUT(ends, flow, TIMEOUT)
{
	struct actor writer = {
		.fd = self->fd, .writes = true, .buf = self->sent,
		.len = 4 * OUT,
	};
	int host = ATTACH(0);

	start(&writer);
	EXPECT_EQ(4 * OUT, read_all(host, self->got, 4 * OUT));
	end(&writer);
	EXPECT_EQ(4 * OUT, writer.ret);
	EXPECT_EQ(0, memcmp(self->sent, self->got, 4 * OUT));
	close(host);
}

/* ... or when the one who does not read is gone */
TEST_F_TIMEOUT(ends, host_goes, TIMEOUT)
{
	struct actor writer = {
		.fd = self->fd, .writes = true, .buf = self->sent,
		.len = 2 * OUT,
	};
	int host = ATTACH(0), other;

	start(&writer);
	EXPECT_TRUE(eventually(console_info(host).space == 0));
	if (variant->flags & ISLE_CONSOLE_HOLD) {
		/* Then another one has to read */
		other = ATTACH(0);
		close(host);
		EXPECT_EQ(2 * OUT, read_all(other, self->got, 2 * OUT));
		close(other);
	} else {
		close(host);
	}
	end(&writer);
	EXPECT_EQ(2 * OUT, writer.ret);
}

TEST_F_TIMEOUT(ends, input_flow, TIMEOUT)
{
	struct actor writer = {
		.fd = ATTACH(0), .writes = true, .buf = self->sent,
		.len = 20 * IN,
	};

	start(&writer);
	EXPECT_EQ(20 * IN, read_all(self->fd, self->got, 20 * IN));
	end(&writer);
	EXPECT_EQ(20 * IN, writer.ret);
	EXPECT_EQ(0, memcmp(self->sent, self->got, 20 * IN));
	close(writer.fd);
}

/* Two that read get the same */
TEST_F_TIMEOUT(ends, two_hosts, TIMEOUT)
{
	struct actor writer = {
		.fd = self->fd, .writes = true, .buf = self->sent,
		.len = 2 * OUT,
	};
	struct actor reader = {
		.fd = ATTACH(0), .buf = malloc(2 * OUT), .len = 2 * OUT,
	};
	int host = ATTACH(0);

	EXPECT_EQ(2, console_info(host).hosts);
	start(&writer);
	start(&reader);
	EXPECT_EQ(2 * OUT, read_all(host, self->got, 2 * OUT));
	end(&writer);
	end(&reader);
	EXPECT_EQ(0, memcmp(self->sent, self->got, 2 * OUT));
	EXPECT_EQ(0, memcmp(self->sent, reader.buf, 2 * OUT));
	free(reader.buf);
	close(reader.fd);
	close(host);
}

#define RECORD	ISLE_CONSOLE_ATOMIC
#define RECORDS	40

static void *write_records(void *arg)
{
	struct actor *a = arg;
	uint8_t record[RECORD];
	int i;

	memset(record, (uintptr_t)a->buf, sizeof(record));
	a->ret = 0;
	for (i = 0; i < RECORDS; i++)
		if (write(a->fd, record, sizeof(record)) == sizeof(record))
			a->ret++;
	return NULL;
}

/* Up to ISLE_CONSOLE_ATOMIC bytes stay together */
TEST_F_TIMEOUT(ends, whole_records, TIMEOUT)
{
	struct actor writers[3];
	int host = ATTACH(0);
	int i, bad = 0;

	for (i = 0; i < 3; i++) {
		writers[i] = (struct actor) {
			.fd = self->fd, .buf = (void *)(uintptr_t)('a' + i),
		};
		ASSERT_EQ(0, pthread_create(&writers[i].thread, NULL,
					    write_records, &writers[i]));
	}
	for (i = 0; i < 3 * RECORDS; i++) {
		ASSERT_EQ(RECORD, read_all(host, self->got, RECORD));
		bad += !all_bytes(self->got, self->got[0], RECORD);
	}
	EXPECT_EQ(0, bad);
	for (i = 0; i < 3; i++) {
		end(&writers[i]);
		EXPECT_EQ(RECORDS, writers[i].ret);
	}
	close(host);
}

/* Random sizes at both ends */
TEST_F_TIMEOUT(ends, random, TIMEOUT)
{
	const int n = rounds(3000, 300);
	size_t sent = 0, got = 0, len;
	int host = ATTACH_QUICK();
	ssize_t ret;
	int i;

	for (i = 0; i < n; i++) {
		len = below(&self->rng, i % 50 ? 700 : 20000) + 1;
		/* the stream repeats what was filled in, which has OUT * 4 */
		if (sent % (4 * OUT) + len > 4 * OUT)
			len = 4 * OUT - sent % (4 * OUT);
		ret = write(self->quick, self->sent + sent % (4 * OUT), len);
		if (ret < 0) {
			ASSERT_EQ(EAGAIN, errno);
			ret = 0;
		}
		sent += ret;
		len = below(&self->rng, i % 7 ? 600 : 30000) + 1;
		ret = read(host, self->got, len);
		if (ret < 0) {
			ASSERT_EQ(EAGAIN, errno);
			continue;
		}
		for (len = 0; len < (size_t)ret; len++)
			if (self->got[len] != self->sent[(got + len) % (4 * OUT)])
				break;
		ASSERT_EQ(ret, len);
		got += ret;
	}
	EXPECT_LT(0, got);
	EXPECT_GE(OUT, sent - got);
	close(host);
}

TEST_F_TIMEOUT(ends, bad_memory, TIMEOUT)
{
	long page = sysconf(_SC_PAGESIZE);
	uint8_t *map = fenced(1);
	int host = ATTACH_QUICK();

	memset(map, 'x', page);
	EXPECT_ERRNO(EFAULT, write(self->fd, map + page, 10));
	EXPECT_EQ(10, write(self->fd, map + page - 10, 100));
	EXPECT_EQ(10, read(host, self->got, 100));
	EXPECT_EQ(0, memcmp("xxxxxxxxxx", self->got, 10));
	EXPECT_ERRNO(EFAULT, write(host, map + page, 10));
	EXPECT_EQ(10, write(host, map + page - 10, 100));
	EXPECT_EQ(10, console_info(host).input);
	EXPECT_ERRNO(EFAULT, read(self->fd, map + page, 10));
	EXPECT_EQ(5, write(self->fd, "hello", 5));
	EXPECT_ERRNO(EFAULT, read(host, map + page, 10));
	close(host);
	fenced_free(map, 1);
}

TEST_F_TIMEOUT(ends, attach_checks, TIMEOUT)
{
	struct isle_device_attach arg = {
		.size = sizeof(arg), .domid = self->dom.id,
		.dev_class = ISLE_CLASS_CONSOLE,
	};
	int hosts[ISLE_CONSOLE_HOSTS_MAX];
	int i;

	EXPECT_EQ(-ENOENT, console_attach(self->ctl, self->dom.id, "other", 0));
	EXPECT_EQ(-ENOENT, console_attach(self->ctl, 0, "tty", 0));
	EXPECT_EQ(-EINVAL, console_attach(self->ctl, self->dom.id, "tty", 4));
	EXPECT_EQ(-EINVAL, console_attach(self->ctl, self->dom.id, "", 0));
	EXPECT_EQ(-ENOTTY, console_attach(self->dom.fd, self->dom.id, "tty", 0));
	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk", 4096, 0));
	arg.dev_class = ISLE_CLASS_BLK;
	put_name(arg.name, "disk");
	EXPECT_EQ(-EOPNOTSUPP, call(self->ctl, ISLE_CTL_DEVICE_ATTACH, &arg));

	for (i = 0; i < ISLE_CONSOLE_HOSTS_MAX; i++)
		hosts[i] = ATTACH(0);
	EXPECT_EQ(-EBUSY, console_attach(self->ctl, self->dom.id, "tty", 0));
	close(hosts[0]);
	hosts[0] = ATTACH(0);
	for (i = 0; i < ISLE_CONSOLE_HOSTS_MAX; i++)
		close(hosts[i]);
	EXPECT_EQ(0, console_info(self->fd).hosts);
}

/* Removal ends every wait, and the last words are not lost */
TEST_F_TIMEOUT(ends, removal, TIMEOUT)
{
	struct actor actors[4] = {
		{ .fd = self->fd, .writes = true, .buf = self->sent,
		  .len = 4 * OUT },
		{ .fd = self->fd, .buf = self->got, .len = 10 },
		{ .fd = -1, .writes = true, .buf = self->sent,
		  .len = 10 * IN },
		{ .fd = -1, .buf = self->got + 10, .len = 10 },
	};
	int host, i;

	/* One console for those at the domain's end, one for the others */
	ASSERT_EQ(0, console_add(self->ctl, self->dom.id, "two", 0, 0));
	host = ATTACH(0);
	actors[2].fd = console_attach(self->ctl, self->dom.id, "two", 0);
	ASSERT_LE(0, actors[2].fd);
	actors[3].fd = console_attach(self->ctl, self->dom.id, "two", 0);
	ASSERT_LE(0, actors[3].fd);
	for (i = 0; i < 4; i++)
		start(&actors[i]);
	EXPECT_TRUE(eventually(console_info(host).space == 0));
	EXPECT_TRUE(eventually(console_info(actors[2].fd).input == IN));
	ASSERT_EQ(0, console_del(self->ctl, self->dom.id, "tty"));
	ASSERT_EQ(0, console_del(self->ctl, self->dom.id, "two"));
	for (i = 0; i < 4; i++)
		end(&actors[i]);
	EXPECT_EQ(OUT, actors[0].ret);
	EXPECT_EQ(IN, actors[2].ret);
	for (i = 1; i < 4; i += 2) {
		EXPECT_EQ(0, actors[i].ret);
		EXPECT_EQ(ENODEV, actors[i].error);
	}

	EXPECT_ERRNO(ENODEV, write(self->fd, "x", 1));
	EXPECT_ERRNO(ENODEV, read(self->fd, self->got, 1));
	EXPECT_ERRNO(ENODEV, write(host, "x", 1));
	EXPECT_EQ(0, console_info(self->fd).size);
	EXPECT_EQ(0, console_info(host).size);
	EXPECT_EQ(-ENODEV, console_log(self->fd, "x", 1));
	EXPECT_EQ(POLLHUP | POLLERR, poll_now(self->fd, POLLIN | POLLOUT));
	EXPECT_EQ(POLLIN | POLLHUP | POLLERR, poll_now(host, POLLIN | POLLOUT));
	EXPECT_EQ(OUT, read(host, self->got, 2 * OUT));
	EXPECT_EQ(0, memcmp(self->sent, self->got, OUT));
	EXPECT_ERRNO(ENODEV, read(host, self->got, 1));
	EXPECT_EQ(POLLHUP | POLLERR, poll_now(host, POLLIN | POLLOUT));
	close(host);
	close(actors[2].fd);
	close(actors[3].fd);
}

/* A host's end does not keep the domain alive */
TEST_F_TIMEOUT(ends, domain_goes, TIMEOUT)
{
	int host = ATTACH(0);

	ASSERT_EQ(4, write(self->fd, "last", 4));
	close(self->fd);
	close(self->quick);
	close(self->dom.fd);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->dom.id)));
	EXPECT_EQ(4, read(host, self->got, 100));
	EXPECT_ERRNO(ENODEV, read(host, self->got, 100));
	close(host);
	self->fd = -1;
	self->quick = -1;
	self->dom.fd = -1;
}

/* Whoever waits can be killed */
TEST_F_TIMEOUT(ends, kill, TIMEOUT)
{
	int host = ATTACH(0), i, status;
	pid_t pids[2];

	for (i = 0; i < 2; i++) {
		pids[i] = fork();
		ASSERT_LE(0, pids[i]);
		if (!pids[i] && i == 0)
			_exit(write(self->fd, self->sent, 4 * OUT) < 0);
		if (!pids[i])
			_exit(read(self->fd, self->got, 1) < 0);
	}
	EXPECT_TRUE(eventually(console_info(host).space == 0));
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, kill(pids[i], SIGKILL));
		ASSERT_EQ(pids[i], waitpid(pids[i], &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
	}
	/* what it had printed is there */
	EXPECT_EQ(OUT, read_all(host, self->got, OUT));
	EXPECT_EQ(0, memcmp(self->sent, self->got, OUT));
	close(host);
}

/* epoll tells who waits at either end */
TEST_F_TIMEOUT(ends, epoll, TIMEOUT)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	int host = ATTACH(0), ep = epoll_create1(EPOLL_CLOEXEC);

	ASSERT_LE(0, ep);
	event.data.fd = host;
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, host, &event));
	event.data.fd = self->fd;
	ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, self->fd, &event));
	EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
	ASSERT_EQ(1, write(self->fd, "x", 1));
	ASSERT_EQ(1, epoll_wait(ep, &event, 1, LONG_WAIT * 1000));
	EXPECT_EQ(host, event.data.fd);
	ASSERT_EQ(1, write(host, "y", 1));
	do {
		ASSERT_EQ(1, epoll_wait(ep, &event, 1, LONG_WAIT * 1000));
	} while (event.data.fd == host);
	EXPECT_EQ(self->fd, event.data.fd);
	close(ep);
	close(host);
}

TEST_F_TIMEOUT(ends, quota, TIMEOUT)
{
	__u64 used = quota_used(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY);

	EXPECT_EQ(OUT + IN, used);
	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY,
			       2 * used - 1));
	EXPECT_EQ(-EDQUOT, console_add(self->ctl, self->dom.id, "two", 0, 0));
	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY,
			       2 * used));
	EXPECT_EQ(0, console_add(self->ctl, self->dom.id, "two", 0, 0));
	EXPECT_EQ(0, console_del(self->ctl, self->dom.id, "two"));
	EXPECT_TRUE(eventually(quota_used(self->ctl, self->dom.id,
					  ISLE_QUOTA_MEMORY) == used));
}

TEST_HARNESS_MAIN
