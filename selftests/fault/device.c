// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: every allocation and every copy of key-value devices and
 * consoles fails once
 *
 * As failnth.c does it: of each operation the first place fails, then the
 * second, until it passes without; each time it says so and has changed
 * nothing, or has done all of its work.
 */
#include <kselftest_harness.h>

#include "../console/console.h"
#include "../kv/kv.h"
#include "nth.h"

#define BYTES	10000

FIXTURE(fault) {
	int ctl, nth;
	struct dom dom;
	struct counters start;
	char path[64];
	int dir, file;		/* backings */
	int kv[2];		/* devices: of the directory, of an index */
	int value[2];		/* "value" of each */
	int tty, host;
	uint8_t *data, *got;
	int fd;			/* between an operation and its undoing */
};

static const struct line lines[] = { { "sub/value", 0, BYTES } };

FIXTURE_SETUP(fault)
{
	char path[128];
	int i;

	self->nth = nth_open();
	if (self->nth < 0)
		SKIP(return, "this kernel has no fault injection");
	self->start = counters_start();
	self->data = malloc(BYTES);
	self->got = malloc(BYTES);
	ASSERT_NE(NULL, self->data);
	ASSERT_NE(NULL, self->got);
	memset(self->data, 'v', BYTES);
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	snprintf(self->path, sizeof(self->path), "/dev/shm/isle-fault-%d",
		 (int)getpid());
	ASSERT_EQ(0, run("mkdir -p %s/sub", self->path));
	snprintf(path, sizeof(path), "%s/sub/value", self->path);
	self->file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ASSERT_EQ(BYTES, write(self->file, self->data, BYTES));
	self->dir = open(self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, self->dir);
	ASSERT_EQ(0, kv_add_dir(self->ctl, self->dom.id, "dir", self->dir));
	ASSERT_EQ(0, kv_add_lines(self->ctl, self->dom.id, "index", self->file,
				  lines, 1));
	for (i = 0; i < 2; i++) {
		self->kv[i] = kv_open(self->dom.fd, i ? "index" : "dir");
		ASSERT_LE(0, self->kv[i]);
		self->value[i] = kv_value(self->kv[i], "sub/value");
		ASSERT_LE(0, self->value[i]);
	}
	ASSERT_EQ(0, console_add(self->ctl, self->dom.id, "tty", 0, 0));
	self->tty = console_open(self->dom.fd, "tty", ISLE_OPEN_NONBLOCK);
	ASSERT_LE(0, self->tty);
	self->host = console_attach(self->ctl, self->dom.id, "tty",
				    ISLE_ATTACH_NONBLOCK);
	ASSERT_LE(0, self->host);
}

FIXTURE_TEARDOWN(fault)
{
	int i;

	if (self->nth < 0)
		return;
	for (i = 0; i < 2; i++) {
		close(self->value[i]);
		close(self->kv[i]);
	}
	close(self->tty);
	close(self->host);
	close(self->dom.fd);
	close(self->ctl);
	close(self->dir);
	close(self->file);
	EXPECT_TRUE(counters_are(&self->start));
	EXPECT_EQ(0, run("rm -rf %s", self->path));
	free(self->data);
	free(self->got);
	close(self->nth);
}

typedef int (*operation)(FIXTURE_DATA(fault) *self, int arg);

/* @undo is for after success, and says whether that was one. */
static void sweep(struct __test_metadata *_metadata, FIXTURE_DATA(fault) *self,
		  const char *name, int arg, operation run_it, operation undo)
{
	struct counters counters;
	bool failed, good = true;
	__u64 memory, files;
	int n, ret;

	if (self->nth < 0)
		return;
	counters = counters_start();
	memory = quota_used(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY);
	files = quota_used(self->ctl, self->dom.id, ISLE_QUOTA_FILES);
	for (n = 1; n < MOST && good; n++) {
		arm(self->nth, n);
		ret = run_it(self, arg);
		failed = disarm(self->nth);
		if (ret < 0)
			good = failed && sane(ret);
		else
			good = undo(self, arg) == 0;
		good = counters_are(&counters) && good;
		good = good && eventually(memory == quota_used(self->ctl,
				self->dom.id, ISLE_QUOTA_MEMORY));
		good = good && eventually(files == quota_used(self->ctl,
				self->dom.id, ISLE_QUOTA_FILES));
		if (!failed)
			break;
	}
	EXPECT_TRUE(good) {
		TH_LOG("%s %d, place %d: result %d %s", name, arg, n, ret,
		       failed ? "with a failure" : "without a failure");
	}
	EXPECT_GT(MOST, n) TH_LOG("%s %d never passes", name, arg);
	EXPECT_LT(1, n) TH_LOG("%s %d has no place that can fail", name, arg);
	TH_LOG("%s %d: %d places", name, arg, n - 1);
}

#define SWEEP(run_it, undo, arg) \
	sweep(_metadata, self, #run_it, arg, run_it, undo)

static int add_device(FIXTURE_DATA(fault) *self, int which)
{
	switch (which) {
	case 0:
		return kv_add_dir(self->ctl, self->dom.id, "new", self->dir);
	case 1:
		return kv_add_lines(self->ctl, self->dom.id, "new", self->file,
				    lines, 1);
	case 2:
		return console_add(self->ctl, self->dom.id, "new", 0, 0);
	default:
		return console_add(self->ctl, self->dom.id, "new",
				   ISLE_CONSOLE_SINK, self->file);
	}
}

static int remove_device(FIXTURE_DATA(fault) *self, int which)
{
	return which < 2 ? kv_del(self->ctl, self->dom.id, "new") :
			   console_del(self->ctl, self->dom.id, "new");
}

TEST_F_TIMEOUT(fault, add, 2 * TIMEOUT)
{
	int i;

	for (i = 0; i < 4; i++)
		SWEEP(add_device, remove_device, i);
}

static int open_it(FIXTURE_DATA(fault) *self, int which)
{
	if (which < 2)
		self->fd = kv_value(self->kv[which], "sub/value");
	else
		self->fd = console_attach(self->ctl, self->dom.id, "tty", 0);
	return self->fd;
}

static int close_it(FIXTURE_DATA(fault) *self, int which)
{
	bool good = which == 2 || pread(self->fd, self->got, BYTES, 0) == BYTES;

	return close(self->fd) || !good;
}

TEST_F_TIMEOUT(fault, open, 2 * TIMEOUT)
{
	int i;

	for (i = 0; i < 3; i++)
		SWEEP(open_it, close_it, i);
}

static int read_it(FIXTURE_DATA(fault) *self, int which)
{
	memset(self->got, 0, BYTES);
	if (which < 2)
		return kv_read(self->kv[which], "sub/value", 0, self->got, BYTES);
	return err(pread(self->value[which - 2], self->got, BYTES, 0));
}

/* Short where a copy has failed; what was read is right */
static int check_read(FIXTURE_DATA(fault) *self, int which)
{
	size_t len = 0;

	(void)which;
	while (len < BYTES && self->got[len] == 'v')
		len++;
	return len ? 0 : -EIO;
}

TEST_F_TIMEOUT(fault, read, 2 * TIMEOUT)
{
	int i;

	for (i = 0; i < 4; i++)
		SWEEP(read_it, check_read, i);
}

static int list_it(FIXTURE_DATA(fault) *self, int which)
{
	return kv_list(self->kv[which], "sub", 512, (char *)self->got, BYTES);
}

static int check_list(FIXTURE_DATA(fault) *self, int which)
{
	(void)which;
	return strcmp((char *)self->got, "value");
}

TEST_F_TIMEOUT(fault, list, 2 * TIMEOUT)
{
	int i;

	for (i = 0; i < 2; i++)
		SWEEP(list_it, check_list, i);
}

static int map_it(FIXTURE_DATA(fault) *self, int which)
{
	void *map = mmap(NULL, BYTES, PROT_READ, MAP_SHARED, self->value[which],
			 0);

	if (map == MAP_FAILED)
		return -errno;
	return munmap(map, BYTES) ? -errno : 0;
}

static int nothing(FIXTURE_DATA(fault) *self, int which)
{
	(void)self;
	(void)which;
	return 0;
}

TEST_F_TIMEOUT(fault, map, 2 * TIMEOUT)
{
	int i;

	for (i = 0; i < 2; i++)
		SWEEP(map_it, nothing, i);
}

/* 0, 1: printing; 2: a line; 3, 4: typing */
static int print_it(FIXTURE_DATA(fault) *self, int which)
{
	switch (which) {
	case 0:
		return err(write(self->tty, self->data, 100));
	case 1:
		return err(write(self->tty, self->data, 5000));
	case 2:
		return console_log(self->tty, self->data, 1000);
	default:
		return err(write(self->host, self->data, 200));
	}
}

/* At the other side there is what was said, and nothing else */
static int check_print(FIXTURE_DATA(fault) *self, int which)
{
	int fd = which < 3 ? self->host : self->tty;
	bool good = true;
	int i, ret;

	while ((ret = err(read(fd, self->got, BYTES))) > 0)
		for (i = 0; i < ret; i++)
			good = good && (self->got[i] == 'v' ||
					self->got[i] == '\r' ||
					self->got[i] == '\n');
	return ret == -EAGAIN && good ? 0 : -EIO;
}

TEST_F_TIMEOUT(fault, print, 2 * TIMEOUT)
{
	int i;

	for (i = 0; i < 4; i++)
		SWEEP(print_it, check_print, i);
}

/* Reading back: what a failed copy has taken is lost, nothing more */
static int read_back(FIXTURE_DATA(fault) *self, int which)
{
	return err(read(which ? self->tty : self->host, self->got, 1000));
}

static int fill_again(FIXTURE_DATA(fault) *self, int which)
{
	return write(which ? self->host : self->tty, self->data, 4096) <= 0;
}

TEST_F_TIMEOUT(fault, read_back, 2 * TIMEOUT)
{
	int i;

	if (self->nth < 0)
		return;
	for (i = 0; i < 2; i++) {
		/* a read that fails has used up some of it */
		while (write(i ? self->host : self->tty, self->data, 4096) > 0)
			;
		SWEEP(read_back, fill_again, i);
	}
}

TEST_HARNESS_MAIN
