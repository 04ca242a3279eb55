// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: every allocation and every copy fails once
 *
 * Of each operation the first place where the kernel can run out of memory or
 * fault on user memory fails, then the second, and so on until the operation
 * passes without a failure.  Each time it has to say so with an errno that
 * makes sense, and must have changed nothing and leaked nothing; or it did
 * without what failed, and then has to have done all of its work.
 *
 * Needs a kernel with fault injection (the debug one), see nth.h.
 */
#include <kselftest_harness.h>

#include <linux/fs.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <sys/uio.h>

#include "../blk/scratch.h"
#include "../core/commands.h"
#include "../core/listing.h"
#include "nth.h"

#define BYTES	65536

enum { ON_MEMORY = 0, ON_TMPFS, ON_LOOP, ON_EXT4, DISKS };

FIXTURE(failnth) {
	struct world w;
	struct counters start;
	struct scratch scratch[DISKS];
	int disk[DISKS];
	int nth;
	int places;		/* where something failed, over all */
	struct dom named;	/* one that is published */
	char dir[64];
	/* between an operation and its undoing */
	int fd;
	struct dom dom;
	union argument arg;
};

static const enum place disk_place[DISKS] = { MEMORY, TMPFS, LOOP, EXT4 };
static const char *const disk_name[DISKS] = { "memory", "tmpfs", "loop",
					      "ext4" };

FIXTURE_SETUP(failnth)
{
	char path[64];
	int i;

	self->nth = nth_open();
	if (self->nth < 0)
		SKIP(return, "this kernel has no fault injection");
	self->start = counters_start();
	ASSERT_TRUE(world_make(&self->w));
	for (i = 0; i < DISKS; i++) {
		ASSERT_EQ(0, scratch_make(&self->scratch[i], disk_place[i],
					  BYTES));
		ASSERT_EQ(0, scratch_add(self->w.ctl, &self->w.dom[1],
					 disk_name[i], &self->scratch[i], 512,
					 BYTES, 0));
		self->disk[i] = blk_open_rw(self->w.dom[1].fd, disk_name[i]);
		ASSERT_LE(0, self->disk[i]);
	}
	ASSERT_EQ(0, dom_create(self->w.ctl, own(path, "fail"), &self->named));
	ASSERT_EQ(0, blk_add_memory(self->w.ctl, self->named.id, "disk", BYTES,
				    0));
	ASSERT_EQ(0, dom_publish(self->w.ctl, self->named.id, 0600, 0, 0));
	snprintf(self->dir, sizeof(self->dir), "/dev/isle/%s",
		 self->named.name);
}

FIXTURE_TEARDOWN(failnth)
{
	int i;

	if (self->nth < 0)
		return;
	for (i = 0; i < DISKS; i++)
		close(self->disk[i]);
	dom_destroy(self->w.ctl, self->named.id, 0);
	close(self->named.fd);
	world_end(&self->w);
	EXPECT_TRUE(counters_are(&self->start));
	for (i = 0; i < DISKS; i++)
		scratch_end(&self->scratch[i]);
	close(self->nth);
}

typedef int (*operation)(FIXTURE_DATA(failnth) *self, int arg);

/*
 * @undo is for after success, and says whether that was one; @cleanup is for
 * after either.
 */
static void sweep(struct __test_metadata *_metadata,
		  FIXTURE_DATA(failnth) *self, const char *name, int arg,
		  operation run_it, operation undo, operation cleanup)
{
	static struct listing before;
	struct counters counters;
	bool failed, good = true;
	int n, ret;

	if (self->nth < 0)
		return;
	listing_take(self->w.ctl, &before);
	counters = counters_start();
	for (n = 1; n < MOST && good; n++) {
		arm(self->nth, n);
		ret = run_it(self, arg);
		failed = disarm(self->nth);
		if (cleanup)
			good = cleanup(self, arg) == 0;
		if (ret < 0)
			good = good && failed && sane(ret) &&
			       listing_same(self->w.ctl, &before);
		else if (undo)
			good = good && undo(self, arg) == 0;
		good = counters_are(&counters) && good;
		if (!failed)
			break;
		if (ret >= 0 && undo)
			listing_take(self->w.ctl, &before);
		self->places++;
	}
	EXPECT_TRUE(good) {
		TH_LOG("%s %d, place %d: result %d", name, arg, n, ret);
		TH_LOG("%s", failed ? "with a failure" : "without a failure");
	}
	EXPECT_GT(MOST, n) TH_LOG("%s %d never passes", name, arg);
	TH_LOG("%s %d: %d places", name, arg, n - 1);
}

#define SWEEP(run_it, undo, arg) \
	sweep(_metadata, self, #run_it, arg, run_it, undo, NULL)
#define SWEEP_CLEAN(run_it, cleanup, arg) \
	sweep(_metadata, self, #run_it, arg, run_it, NULL, cleanup)

/* every command of the table */

static int run_command(FIXTURE_DATA(failnth) *self, int i)
{
	const struct command *c = &commands[i];
	union argument copy;
	int ret;

	command_prepare(c, &self->w, &self->arg);
	copy = self->arg;
	ret = call(self->w.fd[c->file], c->cmd, &self->arg);
	/* "on failure nothing is written back" */
	if (ret < 0 && memcmp(&copy, &self->arg, sizeof(copy)))
		return -EUCLEAN;
	return ret;
}

static int undo_command(FIXTURE_DATA(failnth) *self, int i)
{
	return command_undo(&commands[i], &self->w, &self->arg) ? 0 : -EIO;
}

TEST_F_TIMEOUT(failnth, every_command, 2 * TIMEOUT)
{
	unsigned int i;

	if (self->nth < 0)
		return;
	/* one that changes the world has another one made: without disks */
	for (i = 0; i < DISKS; i++) {
		close(self->disk[i]);
		self->disk[i] = -1;
	}
	world_end(&self->w);
	ASSERT_TRUE(world_make(&self->w));
	for (i = 0; i < COMMANDS; i++) {
		SWEEP(run_command, undo_command, i);
		if (!_metadata->passed) {
			TH_LOG("that was %s", commands[i].name);
			break;
		}
	}
	EXPECT_LT(0, self->places);
}

/* opening and closing */

static int run_open(FIXTURE_DATA(failnth) *self, int which)
{
	char path[96];

	if (which == 0)
		strcpy(path, CONTROL);
	else
		snprintf(path, sizeof(path), "%s/%s", self->dir,
			 which == 1 ? "domain" : "blk/disk");
	self->fd = err(open(path, O_RDWR | O_CLOEXEC));
	return self->fd;
}

static int undo_open(FIXTURE_DATA(failnth) *self, int which)
{
	(void)which;
	return err(close(self->fd));
}

/* A domain that comes, and goes with its file, in one */
static int run_life(FIXTURE_DATA(failnth) *self, int publish)
{
	int ret = dom_create(self->w.ctl, NULL, &self->dom);

	if (ret)
		return ret;
	ret = blk_add_memory(self->w.ctl, self->dom.id, "disk", 4096, 0);
	if (!ret && publish)
		ret = dom_publish(self->w.ctl, self->dom.id, 0600, 0, 0);
	if (!ret)
		ret = blk_open_rw(self->dom.fd, "disk");
	if (ret >= 0) {
		close(ret);
		ret = 0;
	}
	/* closing never fails, and removes it all the same */
	if (!publish) {
		if (close(self->dom.fd))
			return -EBADF;
		return ret;
	}
	if (dom_destroy(self->w.ctl, self->dom.id, 0)) {
		/* the argument could not be read */
		arm(self->nth, 0);
		dom_destroy(self->w.ctl, self->dom.id, 0);
		ret = -ENOMEM;
	}
	close(self->dom.fd);
	return ret;
}

TEST_F_TIMEOUT(failnth, lives, 2 * TIMEOUT)
{
	int i;

	for (i = 0; i < 3; i++)
		SWEEP(run_open, undo_open, i);
	for (i = 0; i < 2; i++)
		SWEEP(run_life, NULL, i);
}

/* adding and removing, with each backing, also where there are nodes */

static int run_add(FIXTURE_DATA(failnth) *self, int i)
{
	struct dom *dom = i >= DISKS ? &self->named : &self->w.dom[1];

	return scratch_add(self->w.ctl, dom, "more", &self->scratch[i % DISKS],
			   512, BYTES, 0);
}

static int undo_add(FIXTURE_DATA(failnth) *self, int i)
{
	struct dom *dom = i >= DISKS ? &self->named : &self->w.dom[1];

	return blk_del(self->w.ctl, dom->id, "more", 0);
}

TEST_F_TIMEOUT(failnth, adding, 2 * TIMEOUT)
{
	int i;

	for (i = 0; i < 2 * DISKS; i++)
		SWEEP(run_add, undo_add, i);
}

/* reading and writing */

static char buffer[32768] __attribute__((aligned(4096)));

static int run_read(FIXTURE_DATA(failnth) *self, int i)
{
	const size_t odd = i >= DISKS ? 5 : 0;
	int ret;

	memset(buffer, 0, sizeof(buffer));
	ret = err(pread(self->disk[i % DISKS], buffer + odd, 8192, 8192));
	if (ret <= 0)
		return ret;
	/* less is fine, but not what was never there */
	return ret % 512 == 0 && all_bytes(buffer + odd, 0x3c, ret) ? ret :
	       -EUCLEAN;
}

static int run_write(FIXTURE_DATA(failnth) *self, int i)
{
	const size_t odd = i >= DISKS ? 5 : 0;
	int ret;

	memset(buffer, 0x3c, sizeof(buffer));
	ret = err(pwrite(self->disk[i % DISKS], buffer + odd, 8192, 8192));
	return ret % 512 ? ret < 0 ? ret : -EUCLEAN : ret;
}

/* Of a write that is said to have been done, all is there */
static int check_write(FIXTURE_DATA(failnth) *self, int i)
{
	static char back[8192];

	if (pread(self->disk[i % DISKS], back, 512, 8192) != 512)
		return -EIO;
	return all_bytes(back, 0x3c, 512) ? 0 : -EUCLEAN;
}

static int run_vectors(FIXTURE_DATA(failnth) *self, int i)
{
	struct iovec iov[20];
	int n;

	/* more than the kernel has room for without allocating */
	for (n = 0; n < 20; n++)
		iov[n] = (struct iovec) { buffer + 1024 * n, 512 };
	return i >= DISKS ?
	       err(pwritev(self->disk[i % DISKS], iov, 20, 16384)) :
	       err(preadv(self->disk[i], iov, 20, 16384));
}

TEST_F_TIMEOUT(failnth, reading_and_writing, 2 * TIMEOUT)
{
	int i;

	if (self->nth < 0)
		return;
	/* over what is there: new pages are another matter, see below */
	memset(buffer, 0x3c, sizeof(buffer));
	for (i = 0; i < DISKS; i++) {
		ASSERT_EQ(8192, pwrite(self->disk[i], buffer, 8192, 8192));
		ASSERT_EQ(16384, pwrite(self->disk[i], buffer, 16384, 16384));
	}
	for (i = 0; i < 2 * DISKS; i++)
		SWEEP(run_write, check_write, i);
	for (i = 0; i < 2 * DISKS; i++)
		SWEEP(run_read, NULL, i);
	for (i = 0; i < 2 * DISKS; i++)
		SWEEP(run_vectors, NULL, i);
}

/* Each time into a part of the memory that has no pages yet */
static int run_new_pages(FIXTURE_DATA(failnth) *self, int unused)
{
	(void)unused;
	return err(pwrite(self->disk[ON_MEMORY], buffer, 16384, 32768));
}

static int drop_new_pages(FIXTURE_DATA(failnth) *self, int unused)
{
	__u64 range[2] = { 32768, 16384 };

	(void)unused;
	return err(ioctl(self->disk[ON_MEMORY], BLKDISCARD, range));
}

/* the rest */

static int run_other(FIXTURE_DATA(failnth) *self, int i)
{
	static const unsigned long cmds[] = { BLKDISCARD, BLKZEROOUT };
	const int fd = self->disk[i % DISKS];
	__u64 range[2] = { 0, 4096 };
	__u64 bytes = 0;

	switch (i / DISKS) {
	case 0:
		return err(fsync(fd));
	case 1:
	case 2:
		return err(ioctl(fd, cmds[i / DISKS - 1], range));
	case 3:
		return err(ioctl(fd, BLKGETSIZE64, &bytes));
	default:
		return err(lseek(fd, 0, SEEK_END));
	}
}

static int run_epoll(FIXTURE_DATA(failnth) *self, int i)
{
	struct epoll_event event = { .events = EPOLLHUP };
	int ep = epoll_create1(EPOLL_CLOEXEC), ret;

	if (ep < 0)
		return -errno;
	ret = err(epoll_ctl(ep, EPOLL_CTL_ADD, i ? self->disk[0] :
			    self->w.dom[1].fd, &event));
	close(ep);
	return ret;
}

/* What can be looked at from outside */
static int run_look(FIXTURE_DATA(failnth) *self, int i)
{
	static const char *const files[] = {
		"/proc/self/fdinfo/%d", "/proc/self/fdinfo/%d",
		"/sys/class/isle/live_domains", "/proc/self/maps",
	};
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), files[i], i ? self->disk[0] :
		 self->w.dom[1].fd);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	/* procfs says so when it has no memory for the file that is there */
	if (fd < 0)
		return errno == ENOENT ? -ENOMEM : -errno;
	ret = err(read(fd, buffer, sizeof(buffer)));
	close(fd);
	return ret;
}

TEST_F_TIMEOUT(failnth, others, 2 * TIMEOUT)
{
	int i;

	memset(buffer, 1, sizeof(buffer));
	SWEEP_CLEAN(run_new_pages, drop_new_pages, 0);
	for (i = 0; i < 5 * DISKS; i++)
		SWEEP(run_other, NULL, i);
	for (i = 0; i < 2; i++)
		SWEEP(run_epoll, NULL, i);
	for (i = 0; i < 3; i++)
		SWEEP(run_look, NULL, i);
}

SCRATCH_MAIN
