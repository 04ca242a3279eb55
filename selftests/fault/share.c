// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: every allocation and every copy fails once, with shared pages
 *
 * As in failnth: each call on gntalloc and gntdev, and what memory management
 * does with their mappings, with its first place failing, then the second, until
 * it passes.  What failed has changed nothing.
 */
#include <kselftest_harness.h>

#include <sys/uio.h>

#include "../share/gnt.h"
#include "nth.h"

FIXTURE(share) {
	struct pair p;
	int nth;
	int ev;			/* b's evtchn, and a port of it */
	int port;
	/* what operations work on: a granted page, mapped by both */
	__u32 refs[3];
	__u64 at, there;
	uint8_t *mine, *map;
	/* between an operation and its undoing */
	int fd;
	__u32 new_refs[3];
	__u64 index;
	uint8_t *addr, *old;
};

FIXTURE_SETUP(share)
{
	struct pair *p = &self->p;

	self->nth = nth_open();
	if (self->nth < 0)
		SKIP(return, "this kernel has no fault injection");
	ASSERT_TRUE(pair_make(p));
	self->ev = evtchn_open_nonblock(p->b.fd);
	self->port = evtchn_listen(self->ev, p->a.id);
	ASSERT_LT(0, self->port);
	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 3, true, self->refs, &self->at));
	ASSERT_EQ(0, gnt_mmap(p->ga, self->at, 3, RW, MAP_SHARED, &self->mine));
	ASSERT_EQ(0, gnt_map(p->db, p->a.id, self->refs, 3, &self->there));
	ASSERT_EQ(0, gnt_mmap(p->db, self->there, 3, RW, MAP_SHARED,
			      &self->map));
	memset(self->mine, 's', 3 * PAGE);
}

FIXTURE_TEARDOWN(share)
{
	if (self->nth < 0)
		return;
	munmap(self->mine, 3 * PAGE);
	munmap(self->map, 3 * PAGE);
	close(self->ev);
	EXPECT_TRUE(pair_end(&self->p));
	close(self->nth);
}

typedef int (*operation)(FIXTURE_DATA(share) *self);

struct state {
	struct counters counters;
	__u64 grants, mappings;
};

static struct state state_now(FIXTURE_DATA(share) *self)
{
	return (struct state) {
		.counters = counters_start(),
		.grants = grants_used(&self->p, &self->p.a),
		.mappings = mappings_used(&self->p, &self->p.b),
	};
}

static bool state_is(FIXTURE_DATA(share) *self, const struct state *want)
{
	return counters_are(&want->counters) &&
	       grants_used(&self->p, &self->p.a) == want->grants &&
	       mappings_used(&self->p, &self->p.b) == want->mappings &&
	       all_bytes(self->map, 's', 3 * PAGE);
}

/* @prepare and @undo are spared; @undo is for after success */
static void sweep(struct __test_metadata *_metadata,
		  FIXTURE_DATA(share) *self, const char *name,
		  operation prepare, operation run_it, operation undo)
{
	struct state before = state_now(self);
	bool failed, good = true;
	int n, ret;

	for (n = 1; n < MOST; n++) {
		if (prepare)
			good = prepare(self) == 0;
		arm(self->nth, n);
		ret = run_it(self);
		failed = disarm(self->nth);
		if (ret < 0)
			good = good && failed && sane(ret);
		if (undo && (ret >= 0 || prepare))
			good = undo(self) == 0 && good;
		good = state_is(self, &before) && good;
		if (!failed || !good)
			break;
	}
	EXPECT_TRUE(good)
		TH_LOG("%s, place %d: result %d, %s", name, n, ret,
		       failed ? "with a failure" : "without a failure");
	EXPECT_GT(MOST, n) TH_LOG("%s never passes", name);
	TH_LOG("%s: %d places", name, n - 1);
}

#define SWEEP(prepare, run_it, undo) \
	sweep(_metadata, self, #run_it, prepare, run_it, undo)

static int run_open_alloc(FIXTURE_DATA(share) *self)
{
	self->fd = gntalloc_open(self->p.a.fd);
	return self->fd;
}

static int run_open_dev(FIXTURE_DATA(share) *self)
{
	self->fd = gntdev_open(self->p.b.fd);
	return self->fd;
}

static int undo_open(FIXTURE_DATA(share) *self)
{
	return err(close(self->fd));
}

static int run_alloc(FIXTURE_DATA(share) *self)
{
	return gnt_alloc(self->p.ga, self->p.b.id, 3, true, self->new_refs,
			 &self->index);
}

static int undo_alloc(FIXTURE_DATA(share) *self)
{
	return gnt_dealloc(self->p.ga, self->index, 3);
}

static int run_map(FIXTURE_DATA(share) *self)
{
	return gnt_map(self->p.db, self->p.a.id, self->refs, 3, &self->index);
}

static int undo_map(FIXTURE_DATA(share) *self)
{
	return gnt_unmap(self->p.db, self->index, 3);
}

static int run_mmap_alloc(FIXTURE_DATA(share) *self)
{
	return gnt_mmap(self->p.ga, self->at + PAGE, 2, RW, MAP_SHARED,
			&self->addr);
}

static int undo_mmap_alloc(FIXTURE_DATA(share) *self)
{
	return err(munmap(self->addr, 2 * PAGE));
}

static int run_mmap_dev(FIXTURE_DATA(share) *self)
{
	return gnt_mmap(self->p.db, self->index, 3, RW, MAP_SHARED,
			&self->addr);
}

/* also for after a failure: the map can be mapped once more */
static int undo_mmap_dev(FIXTURE_DATA(share) *self)
{
	if (!self->addr && run_mmap_dev(self))
		return -EIO;
	if (munmap(self->addr, 3 * PAGE))
		return -errno;
	return undo_map(self);
}

static int run_notify_alloc(FIXTURE_DATA(share) *self)
{
	return gntalloc_notify(self->p.ga, self->at, UNMAP_NOTIFY_CLEAR_BYTE,
			       0);
}

static int undo_notify_alloc(FIXTURE_DATA(share) *self)
{
	return gntalloc_notify(self->p.ga, self->at, 0, 0);
}

static int run_notify_dev(FIXTURE_DATA(share) *self)
{
	return gntdev_notify(self->p.db, self->there, UNMAP_NOTIFY_CLEAR_BYTE |
			     UNMAP_NOTIFY_SEND_EVENT, self->port);
}

static int undo_notify_dev(FIXTURE_DATA(share) *self)
{
	return gntdev_notify(self->p.db, self->there, 0, 0);
}

static int run_offset(FIXTURE_DATA(share) *self)
{
	__u64 offset;
	__u32 count;

	return gnt_offset(self->p.db, self->map, &offset, &count);
}

static int run_copy(FIXTURE_DATA(share) *self)
{
	struct gntdev_grant_copy_segment seg[2] = {};
	char buffer[100];
	int ret;

	seg[0].source.foreign.domid = self->p.a.id;
	seg[0].source.foreign.ref = self->refs[0];
	seg[0].dest.virt = buffer;
	seg[0].len = 100;
	seg[0].flags = GNTCOPY_source_gref;
	seg[1].dest.foreign.domid = self->p.a.id;
	seg[1].dest.foreign.ref = self->refs[1];
	seg[1].source.virt = buffer;
	seg[1].len = 100;
	seg[1].flags = GNTCOPY_dest_gref;
	ret = gnt_copy(self->p.db, seg, 2);
	if (!ret && (seg[0].status || seg[1].status ||
		     !all_bytes(buffer, 's', 100)))
		return -EUCLEAN;
	return ret;
}

/* What memory management does with them */

static int run_split(FIXTURE_DATA(share) *self)
{
	/* a hole in the middle takes memory */
	return err(munmap(self->addr + PAGE, PAGE));
}

static int prepare_mapped(FIXTURE_DATA(share) *self)
{
	return run_map(self) ?: run_mmap_dev(self);
}

static int run_fork(FIXTURE_DATA(share) *self)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return -errno;
	if (pid == 0)
		_exit(self->addr[0] != 's');
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EFAULT)
			return -errno;
	return 0;
}

static int run_move(FIXTURE_DATA(share) *self)
{
	/* where nothing else is */
	void *to = mremap(self->addr, 3 * PAGE, 3 * PAGE,
			  MREMAP_MAYMOVE | MREMAP_FIXED, (void *)(1UL << 40));

	self->old = self->addr;
	if (to == MAP_FAILED)
		return -errno;
	self->addr = to;
	return 0;
}

/* Without memory to take it away, mremap(2) leaves the old one where it was */
static int undo_move(FIXTURE_DATA(share) *self)
{
	if (self->old != self->addr && munmap(self->old, 3 * PAGE))
		return -errno;
	return undo_mmap_dev(self);
}

static int run_look(FIXTURE_DATA(share) *self)
{
	char buffer[100];
	struct iovec to = { buffer, 100 }, from = { self->addr + PAGE, 100 };

	if (madvise(self->addr, 3 * PAGE, MADV_DONTNEED))
		return -errno;
	return err(process_vm_readv(getpid(), &to, 1, &from, 1, 0));
}

TEST_F_TIMEOUT(share, calls, 2 * TIMEOUT)
{
	if (self->nth < 0)
		return;
	SWEEP(NULL, run_open_alloc, undo_open);
	SWEEP(NULL, run_open_dev, undo_open);
	SWEEP(NULL, run_alloc, undo_alloc);
	SWEEP(NULL, run_map, undo_map);
	SWEEP(NULL, run_mmap_alloc, undo_mmap_alloc);
	SWEEP(run_map, run_mmap_dev, undo_mmap_dev);
	SWEEP(NULL, run_notify_alloc, undo_notify_alloc);
	SWEEP(NULL, run_notify_dev, undo_notify_dev);
	SWEEP(NULL, run_offset, NULL);
	SWEEP(NULL, run_copy, NULL);
}

/* Giving back fails only where nothing was said yet: it can be repeated */
static int run_dealloc(FIXTURE_DATA(share) *self)
{
	int ret = undo_alloc(self);

	if (ret) {
		arm(self->nth, 0);
		if (undo_alloc(self))
			return -EUCLEAN;
	}
	return 0;
}

static int run_unmap(FIXTURE_DATA(share) *self)
{
	int ret = undo_map(self);

	if (ret) {
		arm(self->nth, 0);
		if (undo_map(self))
			return -EUCLEAN;
	}
	return 0;
}

TEST_F_TIMEOUT(share, memory, 2 * TIMEOUT)
{
	if (self->nth < 0)
		return;
	SWEEP(prepare_mapped, run_split, undo_mmap_dev);
	SWEEP(prepare_mapped, run_fork, undo_mmap_dev);
	SWEEP(prepare_mapped, run_move, undo_move);
	SWEEP(prepare_mapped, run_look, undo_mmap_dev);
	SWEEP(run_alloc, run_dealloc, NULL);
	SWEEP(run_map, run_unmap, NULL);
}

TEST_HARNESS_MAIN
