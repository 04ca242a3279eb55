// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: block devices that are removed while they are in use
 */
#include <kselftest_harness.h>

#include <linux/fs.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/uio.h>

#include "../core/listing.h"
#include "../lib.h"

#define BYTES	(256 * 1024)

FIXTURE(remove) {
	int ctl, fd;
	struct dom dom;
	struct counters start;
};

FIXTURE_SETUP(remove)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk", BYTES, 0));
	self->fd = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(remove)
{
	close(self->fd);
	close(self->dom.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

enum how { DEL, DEL_NOWAIT, DESTROY, DESTROY_NOWAIT, HOWS };

static int remove_it(int ctl, struct dom *dom, enum how how)
{
	switch (how) {
	case DEL:
		return blk_del(ctl, dom->id, "disk", 0);
	case DEL_NOWAIT:
		return blk_del(ctl, dom->id, "disk", ISLE_DEL_NOWAIT);
	case DESTROY:
		return dom_destroy(ctl, dom->id, 0);
	default:
		return dom_destroy(ctl, dom->id, ISLE_DEL_NOWAIT);
	}
}

/* Makes what the next round needs of what the last one left */
static bool again(int ctl, struct dom *dom, int *fd, enum how how)
{
	close(*fd);
	if (how >= DESTROY) {
		close(dom->fd);
		if (dom_create(ctl, NULL, dom))
			return false;
	}
	if (blk_add_memory(ctl, dom->id, "disk", BYTES, 0))
		return false;
	*fd = blk_open_rw(dom->fd, "disk");
	return *fd >= 0;
}

#define EXPECT_ENODEV(result) do {					\
	EXPECT_EQ(-1, result) TH_LOG("removed by %d", how);		\
	EXPECT_EQ(ENODEV, errno) TH_LOG("removed by %d", how);		\
} while (0)

TEST_F_TIMEOUT(remove, every_call_says_so, TIMEOUT)
{
	static char buf[8192];
	struct iovec iov[2] = { { buf, 512 }, { buf + 512, 512 } };
	struct isle_blk_info info;
	struct isle_device_id id;
	__u64 range[2] = { 0, 512 };
	__u64 bytes;
	int how, i;

	for (how = 0; how < HOWS; how++) {
		ASSERT_EQ(512, pwrite(self->fd, buf, 512, 0));
		ASSERT_EQ(0, remove_it(self->ctl, &self->dom, how));
		memset(buf, 0xa5, sizeof(buf));
		EXPECT_ENODEV(read(self->fd, buf, 512));
		EXPECT_ENODEV(pread(self->fd, buf, 512, 0));
		EXPECT_ENODEV(preadv(self->fd, iov, 2, 0));
		EXPECT_ENODEV(pread(self->fd, buf, 512, BYTES));
		EXPECT_ENODEV(write(self->fd, buf, 512));
		EXPECT_ENODEV(pwrite(self->fd, buf, 512, 0));
		EXPECT_ENODEV(pwritev(self->fd, iov, 2, 0));
		EXPECT_ENODEV(preadv2(self->fd, iov, 2, 0, RWF_NOWAIT));
		EXPECT_ENODEV(fsync(self->fd));
		EXPECT_ENODEV(fdatasync(self->fd));
		EXPECT_ENODEV(lseek(self->fd, 0, SEEK_SET));
		EXPECT_ENODEV(lseek(self->fd, 0, SEEK_END));
		EXPECT_ENODEV(ioctl(self->fd, BLKGETSIZE64, &bytes));
		EXPECT_ENODEV(ioctl(self->fd, BLKSSZGET, &i));
		EXPECT_ENODEV(ioctl(self->fd, BLKROGET, &i));
		EXPECT_ENODEV(ioctl(self->fd, BLKFLSBUF, 0));
		EXPECT_ENODEV(ioctl(self->fd, BLKDISCARD, range));
		EXPECT_ENODEV(ioctl(self->fd, BLKZEROOUT, range));
		EXPECT_EQ(-ENODEV, blk_info(self->fd, &info));
		EXPECT_EQ(-ENODEV, dev_id(self->fd, &id));
		EXPECT_EQ(POLLHUP | POLLERR, poll_now(self->fd, 0));
		EXPECT_TRUE(poll_now(self->fd, POLLIN | POLLOUT) & POLLERR);
		EXPECT_TRUE(all_bytes(buf, 0xa5, sizeof(buf)));
		ASSERT_TRUE(again(self->ctl, &self->dom, &self->fd, how));
	}
}

TEST_F_TIMEOUT(remove, name_is_free_at_once, TIMEOUT)
{
	struct isle_device_id id, old_id;
	char buf[512];
	int old;

	ASSERT_EQ(0, dev_id(self->fd, &old_id));
	memset(buf, 1, sizeof(buf));
	ASSERT_EQ(512, pwrite(self->fd, buf, 512, 0));
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "disk", 0));
	EXPECT_EQ(-ENOENT, blk_del(self->ctl, self->dom.id, "disk", 0));
	EXPECT_EQ(-ENOENT, blk_open_rw(self->dom.fd, "disk"));
	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk", BYTES, 0));
	old = self->fd;
	self->fd = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, self->fd);
	/* the old file does not become one of the new device */
	EXPECT_EQ(-ENODEV, dev_id(old, &id));
	EXPECT_EQ(-1, pread(old, buf, 512, 0));
	EXPECT_EQ(ENODEV, errno);
	ASSERT_EQ(0, dev_id(self->fd, &id));
	EXPECT_NE(old_id.unique, id.unique);
	EXPECT_EQ(512, pread(self->fd, buf, 512, 0));
	EXPECT_TRUE(all_bytes(buf, 0, 512));
	close(old);
}

TEST_F_TIMEOUT(remove, what_is_not_there, TIMEOUT)
{
	static const __u32 classes[] = { 2, 3, 4, 5 };
	static struct listing before;
	struct isle_device_del arg;
	unsigned int i;
	int ret;

	listing_take(self->ctl, &before);
	EXPECT_EQ(-ENOENT, blk_del(self->ctl, self->dom.id, "disc", 0));
	EXPECT_EQ(-ENOENT, blk_del(self->ctl, 0x7ff0, "disk", 0));
	EXPECT_EQ(-EINVAL, blk_del(self->ctl, self->dom.id, "", 0));
	EXPECT_EQ(-EINVAL, blk_del(self->ctl, self->dom.id, "disk", 2));
	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.size = sizeof(arg);
		arg.domid = self->dom.id;
		arg.dev_class = classes[i];
		strcpy(arg.name, "disk");
		ret = call(self->ctl, ISLE_CTL_DEVICE_DEL, &arg);
		EXPECT_TRUE(ret == -ENOENT || ret == -EOPNOTSUPP)
			TH_LOG("class %u: %d", classes[i], ret);
	}
	EXPECT_TRUE(listing_same(self->ctl, &before));
}

struct waiter {
	int fd;
	bool epoll;
	volatile bool waiting;
	volatile int got;
};

static void *wait_for_hup(void *arg)
{
	struct epoll_event event = { .events = 0 };
	struct waiter *w = arg;
	struct pollfd pfd = { .fd = w->fd };
	int ep;

	/* no events asked for: a disk is always readable */
	if (!w->epoll) {
		w->waiting = true;
		w->got = poll(&pfd, 1, -1) == 1 ? pfd.revents : -1;
		return NULL;
	}
	ep = epoll_create1(0);
	epoll_ctl(ep, EPOLL_CTL_ADD, w->fd, &event);
	w->waiting = true;
	w->got = epoll_wait(ep, &event, 1, -1) == 1 ? (int)event.events : -1;
	close(ep);
	return NULL;
}

TEST_F_TIMEOUT(remove, wakes_who_waits, TIMEOUT)
{
	struct waiter w[2];
	pthread_t thread[2];
	int how, i;

	for (how = 0; how < HOWS; how++) {
		for (i = 0; i < 2; i++) {
			w[i] = (struct waiter) { .fd = self->fd, .epoll = i };
			ASSERT_EQ(0, pthread_create(&thread[i], NULL,
						    wait_for_hup, &w[i]));
		}
		for (i = 0; i < 2; i++) {
			ASSERT_TRUE(eventually(w[i].waiting));
		}
		usleep(20000);
		for (i = 0; i < 2; i++) {
			EXPECT_EQ(0, w[i].got);
		}
		ASSERT_EQ(0, remove_it(self->ctl, &self->dom, how));
		for (i = 0; i < 2; i++) {
			ASSERT_TRUE(eventually(w[i].got));
			EXPECT_EQ(POLLHUP | POLLERR, w[i].got);
			pthread_join(thread[i], NULL);
		}
		ASSERT_TRUE(again(self->ctl, &self->dom, &self->fd, how));
	}
}

#define THREADS	4

struct worker {
	int fd, index;
	bool writes;
	volatile long done;
	volatile int bad;	/* a result that must not be */
	volatile bool ended;
};

/* Each has a part of its own, so that what it reads is what it wrote */
static void *work(void *arg)
{
	const size_t part = BYTES / THREADS;
	struct worker *w = arg;
	static __thread char buf[BYTES / THREADS], back[BYTES / THREADS];
	struct rng rng = { .state = w->index };
	size_t len, off;
	ssize_t ret;

	for (;;) {
		len = 512 * (1 + below(&rng, 16));
		off = w->index * part + 512 * below(&rng, (part - len) / 512);
		fill(&rng, buf, 16);
		memset(buf + 16, buf[0], len - 16);
		ret = pwrite(w->fd, buf, len, off);
		if (ret == (ssize_t)len) {
			ret = pread(w->fd, back, len, off);
			if (ret == (ssize_t)len && memcmp(buf, back, len)) {
				w->bad = 1000;
				break;
			}
		}
		if (ret == (ssize_t)len && w->done % 16 == 0)
			ret = fsync(w->fd) ? -1 : (ssize_t)len;
		if (ret == (ssize_t)len) {
			w->done++;
			continue;
		}
		/*
		 * Memory ends under who copies, between two pages: whole
		 * sectors, and the next call says why.
		 */
		if (ret > 0 && ret % 512 == 0)
			ret = pread(w->fd, back, 512, off);
		if (ret >= 0)
			w->bad = 2000;
		else if (errno != ENODEV)
			w->bad = errno;
		break;
	}
	w->ended = true;
	return NULL;
}

TEST_F_TIMEOUT(remove, while_others_read_and_write, TIMEOUT)
{
	struct worker w[THREADS];
	pthread_t thread[THREADS];
	int n, how, i;

	for (n = 0; n < rounds(40, 8); n++) {
		how = n % HOWS;
		memset(w, 0, sizeof(w));
		for (i = 0; i < THREADS; i++) {
			w[i].fd = self->fd;
			w[i].index = i;
			ASSERT_EQ(0, pthread_create(&thread[i], NULL, work,
						    &w[i]));
		}
		for (i = 0; i < THREADS; i++) {
			ASSERT_TRUE(eventually(w[i].done > n % 20 ||
					       w[i].ended));
		}
		for (i = 0; i < THREADS; i++) {
			EXPECT_FALSE(w[i].ended);
		}
		ASSERT_EQ(0, remove_it(self->ctl, &self->dom, how));
		for (i = 0; i < THREADS; i++) {
			ASSERT_TRUE(eventually(w[i].ended));
			EXPECT_EQ(0, w[i].bad);
			pthread_join(thread[i], NULL);
		}
		ASSERT_TRUE(again(self->ctl, &self->dom, &self->fd, how));
	}
}

static void *open_and_read(void *arg)
{
	struct worker *w = arg;
	char buf[512];
	int fd;

	while (!w->ended) {
		fd = blk_open_rw(w->fd, "disk");
		if (fd < 0) {
			if (fd != -ENOENT && fd != -ENODEV)
				w->bad = -fd;
			continue;
		}
		if (pread(fd, buf, 512, 0) != 512 && errno != ENODEV)
			w->bad = errno;
		else
			w->done++;
		close(fd);
	}
	return NULL;
}

TEST_F_TIMEOUT(remove, while_others_open, TIMEOUT)
{
	struct worker w = { .fd = self->dom.fd };
	pthread_t thread[2];
	int n, i, ret;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, open_and_read,
					    &w));
	}
	for (n = 0; n < rounds(500, 50); n++) {
		ret = blk_del(self->ctl, self->dom.id, "disk",
			      n & 1 ? ISLE_DEL_NOWAIT : 0);
		ASSERT_EQ(0, ret);
		ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk",
					    BYTES, 0));
	}
	ASSERT_TRUE(eventually(w.done > 10));
	w.ended = true;
	for (i = 0; i < 2; i++)
		pthread_join(thread[i], NULL);
	EXPECT_EQ(0, w.bad);
}

static void *remove_thread(void *arg)
{
	struct worker *w = arg;
	int ret = blk_del(w->fd, w->index, "disk", w->writes ?
			  ISLE_DEL_NOWAIT : 0);

	if (ret == 0)
		w->done = 1;
	else if (ret != -ENOENT)
		w->bad = -ret;
	return NULL;
}

/* Of two that remove the same one, one did */
TEST_F_TIMEOUT(remove, at_once, TIMEOUT)
{
	struct worker w[2];
	pthread_t thread[2];
	int n, i;

	for (n = 0; n < rounds(100, 20); n++) {
		memset(w, 0, sizeof(w));
		for (i = 0; i < 2; i++) {
			w[i].fd = self->ctl;
			w[i].index = self->dom.id;
			w[i].writes = n & (1 << i);
			ASSERT_EQ(0, pthread_create(&thread[i], NULL,
						    remove_thread, &w[i]));
		}
		for (i = 0; i < 2; i++)
			pthread_join(thread[i], NULL);
		EXPECT_EQ(0, w[0].bad);
		EXPECT_EQ(0, w[1].bad);
		EXPECT_EQ(1, w[0].done + w[1].done);
		ASSERT_TRUE(again(self->ctl, &self->dom, &self->fd, DEL));
	}
}

TEST_HARNESS_MAIN
