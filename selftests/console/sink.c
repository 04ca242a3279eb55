// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: the file to which a console copies what is printed
 */
#include <kselftest_harness.h>

#include <pthread.h>
#include <sys/mount.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <termios.h>

#include "console.h"

#define OUT	ISLE_CONSOLE_OUTPUT_SIZE
#define SINK	ISLE_CONSOLE_SINK
#define SOURCE	ISLE_CONSOLE_SOURCE

FIXTURE(sink) {
	int ctl;
	struct dom dom;
	struct counters start;
	struct rng rng;
	int fd;			/* the domain's end, once there is one */
	uint8_t *sent, *got;
};

FIXTURE_SETUP(sink)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	self->fd = -1;
	self->sent = malloc(8 * OUT);
	self->got = malloc(8 * OUT);
	ASSERT_NE(NULL, self->sent);
	ASSERT_NE(NULL, self->got);
	fill(&self->rng, self->sent, 8 * OUT);
}

FIXTURE_TEARDOWN(sink)
{
	close(self->fd);
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

/* A console that goes to @to, opened without waiting */
#define ADD(flags, to) do {						\
	ASSERT_EQ(0, console_add(self->ctl, self->dom.id, "tty", flags, to)); \
	self->fd = console_open(self->dom.fd, "tty", ISLE_OPEN_NONBLOCK); \
	ASSERT_LE(0, self->fd);						\
} while (0)

#define DEL() EXPECT_EQ(0, console_del(self->ctl, self->dom.id, "tty"))

/* Prints without waiting; value: bytes until it had to wait */
static size_t print_all(int fd, const void *data, size_t len)
{
	size_t done = 0;
	ssize_t ret = 0;

	while (done < len) {
		ret = write(fd, (const char *)data + done, len - done);
		if (ret <= 0)
			break;
		done += ret;
	}
	return done;
}

/* All of it goes in, given time, as somebody takes it out at the other side */
static bool print_given_time(int fd, const void *data, size_t len)
{
	size_t done = 0;

	return eventually((done += print_all(fd, (const char *)data + done,
					     len - done)) == len);
}

static off_t size_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? -1 : st.st_size;
}

TEST_F_TIMEOUT(sink, file, TIMEOUT)
{
	int file = memfd_create("log", MFD_CLOEXEC), host;

	ASSERT_LE(0, file);
	ASSERT_EQ(5, write(file, "begin", 5));
	ADD(SINK, file);
	EXPECT_EQ(SINK, console_info(self->fd).flags);
	EXPECT_TRUE(print_given_time(self->fd, self->sent, 5 * OUT + 333));
	EXPECT_TRUE(eventually(size_of(file) == 5 * OUT + 338));
	EXPECT_EQ(0, console_info(self->fd).sink_error);
	/* where it was opened to be written, and it is the same file */
	EXPECT_EQ(5, pread(file, self->got, 5, 0));
	EXPECT_EQ(0, memcmp("begin", self->got, 5));
	EXPECT_EQ(5 * OUT + 333, pread(file, self->got, 8 * OUT, 5));
	EXPECT_EQ(0, memcmp(self->sent, self->got, 5 * OUT + 333));

	/* there is a replay all the same */
	host = console_attach(self->ctl, self->dom.id, "tty", 0);
	ASSERT_LE(0, host);
	EXPECT_EQ(OUT, read_all(host, self->got, OUT));
	EXPECT_EQ(0, memcmp(self->sent + 4 * OUT + 333, self->got, OUT));
	close(host);

	/* the last words come before the end */
	EXPECT_EQ(4, console_log(self->fd, "last", 4));
	DEL();
	EXPECT_EQ(5 * OUT + 344, size_of(file));
	EXPECT_EQ(6, pread(file, self->got, 100, 5 * OUT + 338));
	EXPECT_EQ(0, memcmp("last\r\n", self->got, 6));
	close(file);
}

TEST_F_TIMEOUT(sink, append, TIMEOUT)
{
	char path[64];
	int file, other;

	snprintf(path, sizeof(path), "/dev/shm/isle-sink-%d", (int)getpid());
	file = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	other = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
	ASSERT_LE(0, file);
	ASSERT_LE(0, other);
	ADD(SINK, file);
	ASSERT_EQ(3, write(self->fd, "one", 3));
	EXPECT_TRUE(eventually(size_of(file) == 3));
	ASSERT_EQ(3, write(other, "two", 3));
	ASSERT_EQ(5, write(self->fd, "three", 5));
	EXPECT_TRUE(eventually(size_of(file) == 11));
	EXPECT_EQ(11, pread(file, self->got, 100, 0));
	EXPECT_EQ(0, memcmp("onetwothree", self->got, 11));
	DEL();
	close(file);
	close(other);
	unlink(path);
}

/* A file system that is full */
TEST_F_TIMEOUT(sink, full, TIMEOUT)
{
	char dir[64], path[80];
	int file;

	snprintf(dir, sizeof(dir), "/dev/shm/isle-full-%d", (int)getpid());
	snprintf(path, sizeof(path), "%s/log", dir);
	ASSERT_EQ(0, mkdir(dir, 0700));
	ASSERT_EQ(0, mount("none", dir, "tmpfs", 0, "size=16k"));
	file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	ASSERT_LE(0, file);
	ADD(SINK, file);
	close(file);
	EXPECT_TRUE(print_given_time(self->fd, self->sent, 3 * OUT));
	EXPECT_TRUE(eventually(console_info(self->fd).sink_error == ENOSPC));
	EXPECT_EQ(OUT, console_info(self->fd).space);
	EXPECT_EQ(3 * OUT, console_info(self->fd).written);
	/* the console lets go of the file, and so of the file system */
	DEL();
	EXPECT_TRUE(eventually(umount(dir) == 0));
	rmdir(dir);
}

TEST_F_TIMEOUT(sink, devices, TIMEOUT)
{
	int fd = open("/dev/null", O_WRONLY | O_NONBLOCK | O_CLOEXEC);

	ASSERT_LE(0, fd);
	ADD(SINK, fd);
	close(fd);
	EXPECT_TRUE(print_given_time(self->fd, self->sent, 3 * OUT));
	EXPECT_TRUE(eventually(console_info(self->fd).space == OUT));
	EXPECT_EQ(0, console_info(self->fd).sink_error);
	close(self->fd);
	DEL();

	fd = open("/dev/full", O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, fd);
	/* its driver cannot be written to from the kernel */
	EXPECT_EQ(-EINVAL, console_add(self->ctl, self->dom.id, "tty", SINK,
				       fd));
	close(fd);
}

/*
 * Prints on; whether the pipe and the console are full, and stay so: what was
 * printed is in either of them, not on the way
 */
static bool fill_up(FIXTURE_DATA(sink) *self, const int *fds, size_t *done)
{
	int n;

	*done += print_all(self->fd, self->sent + *done, 8 * OUT - *done);
	return !poll_now(fds[1], POLLOUT) && !ioctl(fds[0], FIONREAD, &n) &&
	       *done == OUT + (size_t)n && console_info(self->fd).space == 0;
}

/* Somebody reads slowly, then not at all, then goes away */
TEST_F_TIMEOUT(sink, pipe, TIMEOUT)
{
	size_t done = 0;
	int fds[2];

	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC));
	ASSERT_EQ(0, fcntl(fds[1], F_SETFL, O_NONBLOCK));
	ADD(SINK, fds[1]);
	ASSERT_TRUE(eventually(fill_up(self, fds, &done)));
	EXPECT_GT(8 * OUT, done);
	EXPECT_ERRNO(EAGAIN, write(self->fd, "x", 1));
	EXPECT_EQ(0, console_log(self->fd, "x", 1));
	EXPECT_EQ(3, console_info(self->fd).dropped);

	EXPECT_EQ(done, read_all(fds[0], self->got, done));
	EXPECT_EQ(0, memcmp(self->sent, self->got, done));
	EXPECT_TRUE(eventually(console_info(self->fd).space == OUT));
	EXPECT_EQ(5, write(self->fd, "hello", 5));
	EXPECT_EQ(5, read_all(fds[0], self->got, 5));

	close(fds[0]);
	EXPECT_TRUE(print_given_time(self->fd, self->sent, 3 * OUT));
	EXPECT_TRUE(eventually(console_info(self->fd).sink_error == EPIPE));
	EXPECT_EQ(OUT, console_info(self->fd).space);
	DEL();
	close(fds[1]);
}

/* A sink that is stuck does not keep the console from going */
TEST_F_TIMEOUT(sink, removal, TIMEOUT)
{
	int fds[2];

	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC | O_NONBLOCK));
	ADD(SINK, fds[1]);
	print_all(self->fd, self->sent, 8 * OUT);
	DEL();
	EXPECT_ERRNO(ENODEV, write(self->fd, "x", 1));
	close(fds[1]);
	/* it has let go of its end */
	EXPECT_TRUE(eventually(poll_now(fds[0], POLLIN) & POLLHUP));
	close(fds[0]);
}

TEST_F_TIMEOUT(sink, socket, TIMEOUT)
{
	int fds[2];

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds));
	ASSERT_EQ(0, fcntl(fds[1], F_SETFL, O_NONBLOCK));
	ADD(SINK | SOURCE, fds[1]);
	close(fds[1]);
	ASSERT_EQ(5, write(self->fd, "hello", 5));
	EXPECT_EQ(5, read_all(fds[0], self->got, 5));
	EXPECT_EQ(0, memcmp("hello", self->got, 5));
	ASSERT_EQ(6, write(fds[0], "typed\n", 6));
	EXPECT_TRUE(eventually(console_info(self->fd).input == 6));
	EXPECT_EQ(6, read(self->fd, self->got, 100));
	EXPECT_EQ(0, memcmp("typed\n", self->got, 6));

	/* more than the domain takes: it waits in the socket */
	ASSERT_EQ(20000, write(fds[0], self->sent, 20000));
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, 0));
	EXPECT_EQ(20000, read_all(self->fd, self->got, 20000));
	EXPECT_EQ(0, memcmp(self->sent, self->got, 20000));
	ASSERT_EQ(0, fcntl(self->fd, F_SETFL, O_NONBLOCK));

	close(fds[0]);
	EXPECT_TRUE(print_given_time(self->fd, self->sent, 3 * OUT));
	EXPECT_TRUE(eventually(console_info(self->fd).sink_error == EPIPE));
	DEL();
}

/* The master of a pty: a terminal can be opened on the other side */
TEST_F_TIMEOUT(sink, pty, TIMEOUT)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios raw;
	char name[64];
	int tty;

	ASSERT_LE(0, master);
	ASSERT_EQ(0, grantpt(master));
	ASSERT_EQ(0, unlockpt(master));
	ASSERT_EQ(0, ptsname_r(master, name, sizeof(name)));
	tty = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_LE(0, tty);
	ASSERT_EQ(0, tcgetattr(tty, &raw));
	cfmakeraw(&raw);
	ASSERT_EQ(0, tcsetattr(tty, TCSANOW, &raw));
	ADD(SINK | SOURCE, master);
	close(master);

	ASSERT_EQ(7, write(self->fd, "login: ", 7));
	EXPECT_EQ(7, read_all(tty, self->got, 7));
	EXPECT_EQ(0, memcmp("login: ", self->got, 7));
	ASSERT_EQ(5, write(tty, "root\r", 5));
	EXPECT_TRUE(eventually(console_info(self->fd).input == 5));
	EXPECT_EQ(5, read(self->fd, self->got, 100));
	EXPECT_EQ(0, memcmp("root\r", self->got, 5));

	/* no device left: it is as if it had never been tried */
	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_DEVICES, 1));
	master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	ASSERT_LE(0, master);
	EXPECT_EQ(-EDQUOT, console_add(self->ctl, self->dom.id, "two",
				       SINK | SOURCE, master));
	close(master);

	/* nobody there: nobody waits */
	close(tty);
	EXPECT_TRUE(print_given_time(self->fd, self->sent, 3 * OUT));
	EXPECT_EQ(4, write(self->fd, "here", 4));
	EXPECT_EQ(0, console_info(self->fd).sink_error);

	/* whoever comes next gets what is left of it */
	tty = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_LE(0, tty);
	ASSERT_EQ(0, tcsetattr(tty, TCSANOW, &raw));
	do {
		ASSERT_EQ(1, read(tty, self->got, 1));
		memmove(self->got + 1, self->got + 2, 3);
		self->got[4] = self->got[0];
	} while (memcmp("here", self->got + 1, 4));
	EXPECT_EQ(0, console_info(self->fd).sink_error);
	DEL();
	close(tty);
}

struct printer {
	pthread_t thread;
	int fd;
	int stop;
};

/* Prints all the time, whether it is taken or not */
static void *print(void *arg)
{
	struct printer *p = arg;

	while (!__atomic_load_n(&p->stop, __ATOMIC_RELAXED)) {
		if (write(p->fd, "x", 1) < 0)
			nap();
	}
	return NULL;
}

/*
 * Writes @byte at one end, once, and takes what is there at the other, neither
 * of which waits; whether it was there.  *@at: 0 to begin.
 */
static bool pass(int from, int to, char byte, int *at)
{
	char c;

	if (*at == 0 && write(from, &byte, 1) == 1)
		*at = 1;
	while (*at < 2 && read(to, &c, 1) == 1)
		if (*at == 1 && c == byte)
			*at = 2;
	return *at == 2;
}

/* Whoever opens and closes the terminal again and again does not end either way */
TEST_F_TIMEOUT(sink, reopened, TIMEOUT)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct printer printer = { 0 };
	struct termios raw;
	char name[64];
	int i, tty, at = 0;

	ASSERT_LE(0, master);
	ASSERT_EQ(0, grantpt(master));
	ASSERT_EQ(0, unlockpt(master));
	ASSERT_EQ(0, ptsname_r(master, name, sizeof(name)));
	tty = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
	ASSERT_LE(0, tty);
	ASSERT_EQ(0, tcgetattr(tty, &raw));
	cfmakeraw(&raw);
	ASSERT_EQ(0, tcsetattr(tty, TCSANOW, &raw));
	ADD(SINK | SOURCE, master);
	close(master);
	printer.fd = self->fd;
	ASSERT_EQ(0, pthread_create(&printer.thread, NULL, print, &printer));
	for (i = 0; i < rounds(2000, 200); i++) {
		close(tty);
		tty = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
		ASSERT_LE(0, tty);
	}
	__atomic_store_n(&printer.stop, 1, __ATOMIC_RELAXED);
	EXPECT_EQ(0, pthread_join(printer.thread, NULL));
	EXPECT_EQ(0, console_info(self->fd).sink_error);
	/* what is typed arrives, and what is printed */
	ASSERT_EQ(0, tcsetattr(tty, TCSANOW, &raw));
	ASSERT_EQ(0, fcntl(tty, F_SETFL, O_NONBLOCK));
	EXPECT_TRUE(eventually(pass(tty, self->fd, '!', &at)));
	at = 0;
	EXPECT_TRUE(eventually(pass(self->fd, tty, '?', &at)));
	EXPECT_EQ(0, console_info(self->fd).sink_error);
	DEL();
	close(tty);
}

/* With a host's end besides, both get all of it */
TEST_F_TIMEOUT(sink, and_host, TIMEOUT)
{
	int fds[2], host;

	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC | O_NONBLOCK));
	ADD(SINK | ISLE_CONSOLE_HOLD, fds[1]);
	host = console_attach(self->ctl, self->dom.id, "tty", 0);
	ASSERT_LE(0, host);
	ASSERT_EQ(1000, write(self->fd, self->sent, 1000));
	EXPECT_EQ(1000, read_all(host, self->got, 1000));
	EXPECT_EQ(0, memcmp(self->sent, self->got, 1000));
	ASSERT_EQ(0, fcntl(fds[0], F_SETFL, 0));
	EXPECT_EQ(1000, read_all(fds[0], self->got, 1000));
	EXPECT_EQ(0, memcmp(self->sent, self->got, 1000));
	close(host);
	close(fds[0]);
	close(fds[1]);
	DEL();
}

TEST_F_TIMEOUT(sink, config, TIMEOUT)
{
	struct isle_console_config config = { .size = sizeof(config) };
	struct isle_device_add arg = {
		.size = sizeof(arg), .domid = self->dom.id,
		.dev_class = ISLE_CLASS_CONSOLE, .config = (uintptr_t)&config,
	};
	int fds[2], fd;

#define TRY(flags, fd) console_add(self->ctl, self->dom.id, "tty", flags, fd)
	put_name(arg.name, "tty");
	config.reserved = 1;
	EXPECT_EQ(-EINVAL, call(self->ctl, ISLE_CTL_DEVICE_ADD, &arg));
	config.reserved = 0;
	config.size = 12;
	EXPECT_EQ(-EINVAL, call(self->ctl, ISLE_CTL_DEVICE_ADD, &arg));
	arg.config = 0;
	EXPECT_EQ(-EFAULT, call(self->ctl, ISLE_CTL_DEVICE_ADD, &arg));

	EXPECT_EQ(-EINVAL, TRY(8, 0));
	EXPECT_EQ(-EINVAL, TRY(~0U, 0));
	EXPECT_EQ(-EINVAL, TRY(0, 1));
	EXPECT_EQ(-EINVAL, TRY(SOURCE, 0));
	EXPECT_EQ(-EBADF, TRY(SINK, -1));
	EXPECT_EQ(-EBADF, TRY(SINK, 12345));

	/* not for writing, or reading */
	ASSERT_EQ(0, pipe2(fds, O_CLOEXEC | O_NONBLOCK));
	EXPECT_EQ(-EBADF, TRY(SINK, fds[0]));
	EXPECT_EQ(-EBADF, TRY(SINK | SOURCE, fds[1]));
	/* it could block */
	ASSERT_EQ(0, fcntl(fds[1], F_SETFL, 0));
	EXPECT_EQ(-EINVAL, TRY(SINK, fds[1]));
	close(fds[0]);
	close(fds[1]);
	/* things that are no files, or ours */
	fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	EXPECT_EQ(-EBADF, TRY(SINK, fd));
	close(fd);
	fd = open("/", O_PATH | O_CLOEXEC);
	EXPECT_EQ(-EBADF, TRY(SINK, fd));
	close(fd);
	EXPECT_EQ(-EBADF, TRY(SINK, self->dom.fd));
	fd = memfd_create("log", MFD_CLOEXEC);
	EXPECT_EQ(-EINVAL, TRY(SINK | SOURCE, fd));
	close(fd);
	ASSERT_EQ(0, TRY(0, 0));
	EXPECT_EQ(-EEXIST, TRY(0, 0));
	fd = console_open(self->dom.fd, "tty", ISLE_OPEN_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EINVAL, console_add(self->ctl, self->dom.id, "two", SINK, fd));
	close(fd);
	fd = console_attach(self->ctl, self->dom.id, "tty",
			    ISLE_ATTACH_NONBLOCK);
	ASSERT_LE(0, fd);
	EXPECT_EQ(-EINVAL, console_add(self->ctl, self->dom.id, "two", SINK, fd));
	close(fd);
}

TEST_HARNESS_MAIN
