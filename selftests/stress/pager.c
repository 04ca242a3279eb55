// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: memory that never answers
 *
 * A program can give a buffer whose pages are someone else's to supply
 * (userfaultfd), and that one does not.  Whoever touches it waits; nobody else
 * does, removal is not held up, and a kill works.
 */
#include <kselftest_harness.h>

#include <linux/fs.h>
#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "../blk/scratch.h"
#include "../lib.h"

#define BYTES	65536
#define AREA	(16 * 4096)
/* for what must happen although nobody answers, and nobody will */
#define soon(cond) eventually(cond)

FIXTURE(pager) {
	int ctl, fd;
	struct dom dom;
	struct counters start;
	struct scratch scratch;
};

FIXTURE_VARIANT(pager) {
	enum place place;
};

FIXTURE_VARIANT_ADD(pager, memory) { MEMORY };
FIXTURE_VARIANT_ADD(pager, tmpfs) { TMPFS };
FIXTURE_VARIANT_ADD(pager, ext4) { EXT4 };
FIXTURE_VARIANT_ADD(pager, loop) { LOOP };

FIXTURE_SETUP(pager)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	ASSERT_EQ(0, scratch_make(&self->scratch, variant->place, BYTES));
	ASSERT_EQ(0, scratch_add(self->ctl, &self->dom, "disk", &self->scratch,
				 512, BYTES, 0));
	self->fd = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(pager)
{
	close(self->fd);
	close(self->dom.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
	scratch_end(&self->scratch);
}

/* The victim has memory without pages, and its own pager that sleeps */
static void *missing(int *uffd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.mode = UFFDIO_REGISTER_MODE_MISSING, .range.len = AREA,
	};
	void *area = mmap(NULL, AREA, PROT_READ | PROT_WRITE,
			  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	reg.range.start = (uintptr_t)area;
	/* non-blocking, or poll reports an error */
	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (area == MAP_FAILED || *uffd < 0 || ioctl(*uffd, UFFDIO_API, &api) ||
	    ioctl(*uffd, UFFDIO_REGISTER, &reg))
		_exit(100);
	return area;
}

enum op { READ, WRITE, READ_ODD, WRITE_ODD, ARGUMENT, RANGE, OPS };

static const char *const op_names[] = {
	"read", "write", "read to odd memory", "write from odd memory",
	"argument of an ioctl", "range to discard",
};

/* Never returns, but for a kill; tells that it is there through @ready */
static void victim(int fd, enum op op, int ready)
{
	int uffd, ret;
	char *area = missing(&uffd);
	struct pollfd pfd = { .fd = uffd, .events = POLLIN };
	pid_t pid = fork();

	/* who says that somebody waits for the page */
	if (pid == 0) {
		poll(&pfd, 1, -1);
		ret = pfd.revents == POLLIN && write(ready, "x", 1) == 1;
		_exit(!ret);
	}
	switch (op) {
	case READ:
		ret = pread(fd, area, 8192, 0);
		break;
	case WRITE:
		ret = pwrite(fd, area, 8192, 0);
		break;
	case READ_ODD:
		ret = pread(fd, area + 7, 8192, 0);
		break;
	case WRITE_ODD:
		ret = pwrite(fd, area + 7, 8192, 0);
		break;
	case ARGUMENT:
		ret = ioctl(fd, ISLE_DEVICE_ID, area);
		break;
	default:
		ret = ioctl(fd, BLKDISCARD, area);
	}
	_exit(101 + (ret < 0));
}

static pid_t start(int fd, enum op op)
{
	int pipes[2];
	pid_t pid;
	char c;

	if (pipe(pipes))
		return -1;
	pid = fork();
	if (pid == 0) {
		close(pipes[0]);
		victim(fd, op, pipes[1]);
	}
	close(pipes[1]);
	/* end of file: it has gone without waiting */
	if (read(pipes[0], &c, 1) != 1) {
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(pipes[0]);
	return pid;
}

static bool gone(pid_t pid)
{
	int status;

	return waitpid(pid, &status, WNOHANG) == pid && WIFSIGNALED(status) &&
	       WTERMSIG(status) == SIGKILL;
}

TEST_F_TIMEOUT(pager, can_be_killed, TIMEOUT)
{
	char buf[8192];
	pid_t pid;
	int op;

	for (op = 0; op < OPS; op++) {
		pid = start(self->fd, op);
		ASSERT_LT(0, pid) TH_LOG("%s did not wait", op_names[op]);
		/* Others are not held up, not even in the same sectors */
		if (variant->place == MEMORY || op >= ARGUMENT) {
			EXPECT_EQ(8192, pread(self->fd, buf, 8192, 0));
			EXPECT_EQ(8192, pwrite(self->fd, buf, 8192, 0));
		}
		EXPECT_EQ(0, kill(pid, SIGKILL));
		EXPECT_TRUE(soon(gone(pid))) TH_LOG("%s", op_names[op]);
	}
}

TEST_F_TIMEOUT(pager, removal_without_waiting, TIMEOUT)
{
	pid_t pid;
	int op;

	for (op = 0; op < OPS; op++) {
		pid = start(self->fd, op);
		ASSERT_LT(0, pid);
		/* this returns, or the test does not end */
		EXPECT_EQ(0, op & 1 ?
			  dom_destroy(self->ctl, self->dom.id, ISLE_DEL_NOWAIT) :
			  blk_del(self->ctl, self->dom.id, "disk",
				  ISLE_DEL_NOWAIT));
		EXPECT_EQ(POLLHUP | POLLERR, poll_now(self->fd, 0));
		EXPECT_EQ(0, kill(pid, SIGKILL));
		EXPECT_TRUE(soon(gone(pid))) TH_LOG("%s", op_names[op]);
		close(self->fd);
		close(self->dom.fd);
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
		ASSERT_EQ(0, scratch_add(self->ctl, &self->dom, "disk",
					 &self->scratch, 512, BYTES, 0));
		self->fd = blk_open_rw(self->dom.fd, "disk");
		ASSERT_LE(0, self->fd);
	}
}

struct removal {
	int ctl;
	__u32 domid;
	bool destroy;
	volatile bool ended;
	volatile int ret;
};

static void *remove_thread(void *arg)
{
	struct removal *r = arg;

	r->ret = r->destroy ? dom_destroy(r->ctl, r->domid, 0) :
			      blk_del(r->ctl, r->domid, "disk", 0);
	r->ended = true;
	return NULL;
}

static void ignore(int sig)
{
	(void)sig;
}

/* Who chose to wait can be interrupted, and need not wait for ever */
TEST_F_TIMEOUT(pager, removal_is_interrupted, TIMEOUT)
{
	struct sigaction action = { .sa_handler = ignore };
	struct removal r = { .ctl = self->ctl, .domid = self->dom.id };
	pthread_t thread;
	pid_t pid;

	ASSERT_EQ(0, sigaction(SIGUSR1, &action, NULL));
	pid = start(self->fd, WRITE);
	ASSERT_LT(0, pid);
	r.destroy = variant->place & 1;
	ASSERT_EQ(0, pthread_create(&thread, NULL, remove_thread, &r));
	ASSERT_TRUE(soon(poll_now(self->fd, 0)));
	usleep(20000);
	/*
	 * Memory is the module's own: it may have nothing to wait for, and then
	 * the removal and the signal race.
	 */
	if (variant->place != MEMORY) {
		EXPECT_FALSE(r.ended);
	}
	pthread_kill(thread, SIGUSR1);
	EXPECT_TRUE(soon(r.ended));
	kill(pid, SIGKILL);
	EXPECT_TRUE(soon(gone(pid)));
	pthread_join(thread, NULL);
	if (variant->place != MEMORY || r.ret) {
		EXPECT_EQ(-EINTR, r.ret);
	}
	EXPECT_EQ(!r.destroy, dom_exists(self->ctl, self->dom.id));
}

/* Or goes on once the victim is dead */
TEST_F_TIMEOUT(pager, removal_ends_with_the_victim, TIMEOUT)
{
	struct removal r = { .ctl = self->ctl, .domid = self->dom.id };
	pthread_t thread;
	pid_t pid;

	pid = start(self->fd, READ);
	ASSERT_LT(0, pid);
	ASSERT_EQ(0, pthread_create(&thread, NULL, remove_thread, &r));
	ASSERT_TRUE(soon(poll_now(self->fd, 0)));
	usleep(20000);
	if (variant->place != MEMORY) {
		EXPECT_FALSE(r.ended);
	}
	kill(pid, SIGKILL);
	EXPECT_TRUE(soon(gone(pid)));
	EXPECT_TRUE(soon(r.ended));
	pthread_join(thread, NULL);
	EXPECT_EQ(0, r.ret);
}

struct reader {
	int fd;
	uint8_t *area;
	volatile bool ended;
	volatile ssize_t ret;
	volatile int error;
};

static void *read_thread(void *arg)
{
	struct reader *r = arg;

	r->ret = pread(r->fd, r->area, AREA, 0);
	r->error = errno;
	r->ended = true;
	return NULL;
}

/*
 * The memory answers after all, but after the removal: what had begun before
 * ends as if there had been none, or says that there was.
 */
TEST_F_TIMEOUT(pager, late_answer, TIMEOUT)
{
	struct reader r = { .fd = self->fd };
	struct uffdio_zeropage zero = { .range.len = AREA };
	struct pollfd pfd = { .events = POLLIN };
	uint8_t buf[AREA];
	pthread_t thread;

	memset(buf, 0x77, sizeof(buf));
	ASSERT_EQ(AREA, pwrite(self->fd, buf, AREA, 0));
	r.area = missing(&pfd.fd);
	zero.range.start = (uintptr_t)r.area;
	ASSERT_EQ(0, pthread_create(&thread, NULL, read_thread, &r));
	ASSERT_EQ(1, poll(&pfd, 1, -1));
	ASSERT_EQ(POLLIN, pfd.revents);
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "disk",
			     ISLE_DEL_NOWAIT));
	usleep(20000);
	EXPECT_FALSE(r.ended);
	ASSERT_EQ(0, ioctl(pfd.fd, UFFDIO_ZEROPAGE, &zero));
	EXPECT_TRUE(soon(r.ended));
	pthread_join(thread, NULL);
	if (r.ret < 0) {
		EXPECT_EQ(ENODEV, r.error);
	} else {
		EXPECT_EQ(0, r.ret % 512);
		EXPECT_TRUE(all_bytes(r.area, 0x77, r.ret))
			TH_LOG("%zd bytes that were never there", r.ret);
	}
	close(pfd.fd);
	munmap(r.area, AREA);
}

/* The administrator's own argument: control is not held up for others */
TEST_F_TIMEOUT(pager, control_goes_on, TIMEOUT)
{
	static const unsigned long cmds[] = {
		ISLE_CTL_DOMAIN_CREATE, ISLE_CTL_QUOTA_SET, ISLE_CTL_DEVICE_ADD,
		ISLE_CTL_DOMAIN_INFO, ISLE_CTL_DOMAIN_DESTROY,
	};
	struct isle_device_add *add;
	struct dom dom;
	unsigned int i;
	int pipes[2];
	pid_t pid;
	char c;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		ASSERT_EQ(0, pipe(pipes));
		pid = fork();
		ASSERT_LE(0, pid);
		if (pid == 0) {
			struct isle_device_add arg = {
				.size = sizeof(arg), .dev_class = ISLE_CLASS_BLK,
				.domid = self->dom.id, .name = "more",
			};
			struct pollfd pfd = { .events = POLLIN };
			void *area = missing(&pfd.fd);

			arg.config = (uintptr_t)area;
			add = cmds[i] == ISLE_CTL_DEVICE_ADD ? &arg : area;
			if (fork() == 0) {
				poll(&pfd, 1, -1);
				_exit(pfd.revents != POLLIN ||
				      write(pipes[1], "x", 1) != 1);
			}
			close(pipes[1]);
			call(self->ctl, cmds[i], add);
			_exit(1);
		}
		close(pipes[1]);
		ASSERT_EQ(1, read(pipes[0], &c, 1));
		close(pipes[0]);
		EXPECT_EQ(0, dom_create(self->ctl, NULL, &dom));
		EXPECT_EQ(0, blk_add_memory(self->ctl, dom.id, "disk", 4096,
					    0));
		EXPECT_EQ(0, dom_link(self->ctl, dom.id, self->dom.id));
		EXPECT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "other",
					    4096, 0));
		EXPECT_EQ(0, blk_del(self->ctl, self->dom.id, "other", 0));
		EXPECT_EQ(0, dom_destroy(self->ctl, dom.id, 0));
		close(dom.fd);
		kill(pid, SIGKILL);
		EXPECT_TRUE(soon(gone(pid)));
	}
}

SCRATCH_MAIN
