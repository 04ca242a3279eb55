// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: unmap notifications
 *
 * The byte is cleared and the event sent when a side's use of the page ends:
 * orderly, by closing, or by SIGKILL, in whatever order the files go.
 */
#include <kselftest_harness.h>

#include "gnt.h"

#define BOTH	(UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT)

/* a grants to b; who notifies is either; the other one is @told */
FIXTURE(notify) {
	struct pair p;
	bool mapper;
	struct dom *dom;	/* who notifies */
	int ev, told;		/* their evtchn files */
	int port, told_port;
	__u32 refs[2];
	__u64 at, there;
	uint8_t *watch;		/* the other side's mapping */
};

FIXTURE_VARIANT(notify) {
	bool mapper, self;
};

FIXTURE_VARIANT_ADD(notify, granter) { .mapper = false };
FIXTURE_VARIANT_ADD(notify, mapper) { .mapper = true };
FIXTURE_VARIANT_ADD(notify, self) { .mapper = true, .self = true };

FIXTURE_SETUP(notify)
{
	struct pair *p = &self->p;
	struct dom *a = &p->a, *b = variant->self ? &p->a : &p->b;

	ASSERT_TRUE(pair_make(p));
	self->mapper = variant->mapper;
	self->dom = variant->mapper ? b : a;
	self->ev = evtchn_open_nonblock(variant->mapper ? b->fd : a->fd);
	self->told = evtchn_open_nonblock(variant->mapper ? a->fd : b->fd);
	ASSERT_LE(0, self->ev);
	ASSERT_LE(0, self->told);
	self->port = evtchn_listen(self->ev, variant->mapper ? a->id : b->id);
	ASSERT_LT(0, self->port);
	self->told_port = evtchn_connect(self->told, self->dom->id, self->port);
	ASSERT_LT(0, self->told_port);
	ASSERT_EQ(self->told_port, evtchn_take(self->told));

	ASSERT_EQ(0, gnt_alloc(p->ga, b->id, 2, true, self->refs, &self->at));
	if (variant->mapper) {
		ASSERT_EQ(0, gnt_mmap(p->ga, self->at, 2, RW, MAP_SHARED,
				      &self->watch));
	} else {
		ASSERT_EQ(0, gnt_map(p->db, a->id, self->refs, 2,
				     &self->there));
		ASSERT_EQ(0, gnt_mmap(p->db, self->there, 2, RW, MAP_SHARED,
				      &self->watch));
	}
	memset(self->watch, 0xff, 2 * PAGE);
}

FIXTURE_TEARDOWN(notify)
{
	EXPECT_EQ(0, munmap(self->watch, 2 * PAGE));
	close(self->ev);
	close(self->told);
	EXPECT_TRUE(pair_end(&self->p));
}

/* A file of the side that notifies */
static int side_open(FIXTURE_DATA(notify) *self)
{
	return self->mapper ? gntdev_open(self->dom->fd) :
			      gntalloc_open(self->dom->fd);
}

/* New pages of that side, mapped; the granter's watch is of others then */
static int side_map(FIXTURE_DATA(notify) *self, int fd, __u64 *index,
		    uint8_t **map)
{
	__u32 refs[2];
	int ret;

	ret = self->mapper ? gnt_map(fd, self->p.a.id, self->refs, 2, index) :
	      gnt_alloc(fd, self->p.b.id, 2, true, refs, index);
	return ret ? ret : gnt_mmap(fd, *index, 2, RW, MAP_SHARED, map);
}

static int side_notify(FIXTURE_DATA(notify) *self, int fd, __u64 index,
		       __u32 action, __u32 port)
{
	return self->mapper ? gntdev_notify(fd, index, action, port) :
			      gntalloc_notify(fd, index, action, port);
}

static int side_unmap(FIXTURE_DATA(notify) *self, int fd, __u64 index)
{
	return self->mapper ? gnt_unmap(fd, index, 2) :
			      gnt_dealloc(fd, index, 2);
}

static bool told(FIXTURE_DATA(notify) *self)
{
	return evtchn_take(self->told) == self->told_port;
}

/* Whether byte @at of what is watched is cleared, and nothing else */
static bool cleared(FIXTURE_DATA(notify) *self, size_t at)
{
	uint8_t byte = self->watch[at];
	bool is;

	self->watch[at] = 0xff;
	is = byte == 0 && all_bytes(self->watch, 0xff, 2 * PAGE);
	return is;
}

TEST_F_TIMEOUT(notify, arguments, TIMEOUT)
{
	int fd = side_open(self);
	uint8_t *map;
	__u64 at;

	ASSERT_LE(0, fd);
	EXPECT_EQ(-ENOENT, side_notify(self, fd, 0, BOTH, self->port));
	/* both are wrong: the drivers for Xen look at them in this order */
	EXPECT_EQ(self->mapper ? -EINVAL : -ENOENT,
		  side_notify(self, fd, 0, BOTH, self->port + 1000));
	ASSERT_EQ(0, side_map(self, fd, &at, &map));
	EXPECT_EQ(-ENOENT, side_notify(self, fd, at + 2 * PAGE, BOTH,
				       self->port));
	EXPECT_EQ(-ENOENT, side_notify(self, fd, ~0ULL, BOTH, self->port));
	EXPECT_EQ(-EINVAL, side_notify(self, fd, at, 4, self->port));
	EXPECT_EQ(-EINVAL, side_notify(self, fd, at, ~0U, self->port));
	EXPECT_EQ(-EINVAL, side_notify(self, fd, at, BOTH, 0));
	EXPECT_EQ(-EINVAL, side_notify(self, fd, at, BOTH, PORT_MAX + 1));
	EXPECT_EQ(-EINVAL, side_notify(self, fd, at, BOTH, ~0U));
	EXPECT_EQ(-EINVAL, side_notify(self, fd, at, BOTH, self->port + 1000));
	EXPECT_EQ(-EFAULT, call(fd, self->mapper ?
				IOCTL_GNTDEV_SET_UNMAP_NOTIFY :
				IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, NULL));
	/* without an event no port is looked at */
	EXPECT_EQ(0, side_notify(self, fd, at, UNMAP_NOTIFY_CLEAR_BYTE, ~0U));
	/* and it can be taken back */
	EXPECT_EQ(0, side_notify(self, fd, at, BOTH, self->port));
	EXPECT_EQ(0, side_notify(self, fd, at, 0, 0));
	EXPECT_EQ(0, munmap(map, 2 * PAGE));
	close(fd);
	EXPECT_EQ(-EAGAIN, evtchn_take(self->told));
	EXPECT_TRUE(all_bytes(self->watch, 0xff, 2 * PAGE));
}

TEST_F_TIMEOUT(notify, orderly, TIMEOUT)
{
	int fd = side_open(self);
	uint8_t *map;
	__u64 at;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, side_map(self, fd, &at, &map));
	EXPECT_EQ(0, side_notify(self, fd, at + PAGE + 17, BOTH, self->port));
	/* once more: that replaces it */
	EXPECT_EQ(0, side_notify(self, fd, at + PAGE + 18, BOTH, self->port));
	EXPECT_EQ(0, munmap(map, PAGE));
	EXPECT_EQ(0, side_unmap(self, fd, at));
	EXPECT_EQ(-EAGAIN, evtchn_take(self->told));
	EXPECT_EQ(-ENOENT, side_notify(self, fd, at, BOTH, self->port));
	EXPECT_EQ(0, munmap(map + PAGE, PAGE));
	EXPECT_TRUE(told(self));
	if (self->mapper)
		EXPECT_TRUE(cleared(self, PAGE + 18));
	EXPECT_EQ(-EAGAIN, evtchn_take(self->told));
	close(fd);
	EXPECT_EQ(-EAGAIN, evtchn_take(self->told));

	/* by closing alone, and an event alone */
	fd = side_open(self);
	ASSERT_EQ(0, side_map(self, fd, &at, &map));
	EXPECT_EQ(0, side_notify(self, fd, at, UNMAP_NOTIFY_SEND_EVENT,
				 self->port));
	close(fd);
	EXPECT_EQ(-EAGAIN, evtchn_take(self->told));
	EXPECT_EQ(0, munmap(map, 2 * PAGE));
	EXPECT_TRUE(told(self));
	EXPECT_TRUE(all_bytes(self->watch, 0xff, 2 * PAGE));
}

/* The port is closed before: it stays joined until the event was sent */
TEST_F_TIMEOUT(notify, port_goes_first, TIMEOUT)
{
	int fd = side_open(self);
	uint8_t *map;
	__u64 at;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, side_map(self, fd, &at, &map));
	EXPECT_EQ(0, side_notify(self, fd, at, BOTH, self->port));
	close(self->ev);
	self->ev = -1;
	EXPECT_EQ(-EAGAIN, evtchn_take(self->told));
	EXPECT_EQ(0, munmap(map, 2 * PAGE));
	close(fd);
	EXPECT_TRUE(told(self));
}

/* A child inherits it: the last one counts */
TEST_F_TIMEOUT(notify, last_process_counts, TIMEOUT)
{
	int fd = side_open(self), status, pipes[2];
	uint8_t *map;
	pid_t pid;
	__u64 at;
	char c;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, pipe(pipes));
	ASSERT_EQ(0, side_map(self, fd, &at, &map));
	EXPECT_EQ(0, side_notify(self, fd, at, BOTH, self->port));
	pid = fork();
	if (pid == 0) {
		close(fd);
		close(pipes[1]);
		_exit(read(pipes[0], &c, 1) < 0);
	}
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, munmap(map, 2 * PAGE));
	close(fd);
	close(pipes[0]);
	EXPECT_EQ(-EAGAIN, evtchn_take(self->told));
	close(pipes[1]);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(eventually(told(self)));
}

/* SIGKILL: of a process that has all the files itself, in several orders */
TEST_F_TIMEOUT(notify, killed, TIMEOUT)
{
	int i, ready[2], status, fd, ev, ports[2];
	uint8_t *map;
	pid_t pid;
	__u64 at;

	for (i = 0; i < 4; i++) {
		ASSERT_EQ(0, pipe(ready));
		pid = fork();
		if (pid == 0) {
			close(self->ev);
			close(self->told);
			fd = i & 1 ? side_open(self) : -1;
			ev = evtchn_open(self->dom->fd);
			ports[0] = evtchn_listen(ev, self->mapper ?
						 self->p.a.id : self->p.b.id);
			if (fd < 0)
				fd = side_open(self);
			if (side_map(self, fd, &at, &map) || ports[0] < 0)
				_exit(1);
			if (side_notify(self, fd, at + PAGE + 5, BOTH,
					ports[0]))
				_exit(2);
			if (i & 2)	/* the mapping alone is left */
				close(fd);
			if (write(ready[1], ports, sizeof(ports[0])) < 0)
				_exit(3);
			for (;;)
				map[0] = 0xff;
		}
		ASSERT_LT(0, pid);
		ASSERT_EQ(sizeof(ports[0]), (size_t)read(ready[0], ports,
							 sizeof(ports[0])));
		ports[1] = evtchn_connect(self->told, self->dom->id, ports[0]);
		ASSERT_LT(0, ports[1]);
		EXPECT_EQ(ports[1], evtchn_take(self->told));
		EXPECT_EQ(0, kill(pid, SIGKILL));
		EXPECT_TRUE(eventually(evtchn_take(self->told) == ports[1]));
		if (self->mapper)
			EXPECT_TRUE(cleared(self, PAGE + 5));
		EXPECT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_EQ(0, evtchn_unbind(self->told, ports[1]));
		close(ready[0]);
		close(ready[1]);
	}
}

/* What may only be read is not written to, whenever it is asked for */
TEST_F_TIMEOUT(notify, read_only, TIMEOUT)
{
	struct pair *p = &self->p;
	int fd = side_open(self);
	uint8_t *mine, *map;
	__u64 at, there;
	__u32 ref;

	if (!self->mapper) {	/* a granter can always write */
		close(fd);
		return;
	}
	ASSERT_EQ(0, gnt_alloc(p->ga, self->dom->id, 1, false, &ref, &at));
	ASSERT_EQ(0, gnt_mmap(p->ga, at, 1, RW, MAP_SHARED, &mine));
	memset(mine, 0xff, PAGE);
	/* before it is mapped: accepted, but not done */
	ASSERT_EQ(0, gnt_map(fd, p->a.id, &ref, 1, &there));
	EXPECT_EQ(0, gntdev_notify(fd, there, BOTH, self->port));
	ASSERT_EQ(0, gnt_mmap(fd, there, 1, PROT_READ, MAP_SHARED, &map));
	/* afterwards: refused, and what was said before stands */
	EXPECT_EQ(-EINVAL, gntdev_notify(fd, there, BOTH, self->port));
	EXPECT_EQ(0, munmap(map, PAGE));
	EXPECT_EQ(0, gnt_unmap(fd, there, 1));
	EXPECT_TRUE(told(self));
	EXPECT_TRUE(all_bytes(mine, 0xff, PAGE));
	/* never mapped: only the event */
	ASSERT_EQ(0, gnt_map(fd, p->a.id, &ref, 1, &there));
	EXPECT_EQ(0, gntdev_notify(fd, there, BOTH, self->port));
	close(fd);
	EXPECT_TRUE(told(self));
	EXPECT_TRUE(all_bytes(mine, 0xff, PAGE));
	EXPECT_EQ(0, munmap(mine, PAGE));
}

TEST_HARNESS_MAIN
