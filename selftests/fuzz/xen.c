// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzer of the ioctls that the Xen faces know: gntalloc, gntdev, evtchn and
 * privcmd, in two linked domains at once, from several threads that share the
 * files.  Arguments are what makes sense, with some of it replaced: by edges, by
 * other calls' results, by noise; pointers lead nowhere at times.  A number of
 * rounds, not of seconds; ISLE_SEED repeats a run.
 *
 * Nothing is expected of a single call.  What has to hold: the kernel survives
 * (the machine's own checks), files still work, nothing is left afterwards.
 */
#include <pthread.h>
#include <stddef.h>
#include <sys/uio.h>

#include "../share/gnt.h"
#include "kselftest_harness.h"

/* <xen/privcmd.h> needs headers that only the kernel has */
#define PRIVCMD(number, size)	_IOC(_IOC_NONE, 'P', number, size)

#define THREADS		4
#define FILES		24
#define REMEMBERED	64

static const unsigned int parts[] = {
	ISLE_OPEN_GNTALLOC, ISLE_OPEN_GNTDEV, ISLE_OPEN_EVTCHN,
	ISLE_OPEN_GNTALLOC, ISLE_OPEN_GNTDEV, ISLE_OPEN_EVTCHN,
	ISLE_OPEN_PRIVCMD,
};

static const unsigned long commands[] = {
	IOCTL_GNTALLOC_ALLOC_GREF, IOCTL_GNTALLOC_DEALLOC_GREF,
	IOCTL_GNTALLOC_SET_UNMAP_NOTIFY,
	IOCTL_GNTDEV_MAP_GRANT_REF, IOCTL_GNTDEV_UNMAP_GRANT_REF,
	IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, IOCTL_GNTDEV_SET_MAX_GRANTS,
	IOCTL_GNTDEV_SET_UNMAP_NOTIFY, IOCTL_GNTDEV_GRANT_COPY,
	IOCTL_EVTCHN_BIND_VIRQ, IOCTL_EVTCHN_BIND_INTERDOMAIN,
	IOCTL_EVTCHN_BIND_UNBOUND_PORT, IOCTL_EVTCHN_UNBIND,
	IOCTL_EVTCHN_NOTIFY, IOCTL_EVTCHN_RESET, IOCTL_EVTCHN_RESTRICT_DOMID,
	PRIVCMD(0, 48), PRIVCMD(2, 16), PRIVCMD(3, 24), PRIVCMD(4, 32),
	PRIVCMD(5, 16), PRIVCMD(6, 2), PRIVCMD(7, 32),
};

static struct {
	struct dom dom[2];
	/* replaced by any thread while others use them; 0: none at present */
	int fd[FILES];
	uint32_t refs[REMEMBERED], ports[REMEMBERED];
} shared;

struct worker {
	struct rng rng;
	int rounds;
	pthread_t thread;
	uint8_t *fence, *copies;	/* pages that nothing comes after */
	void *map[8];
	size_t map_len[8];
	unsigned long done[2];	/* calls that failed, that did not */
};

static uint32_t odd_number(struct worker *w)
{
	static const uint32_t edges[] = {
		0, 1, 2, 3, 7, 255, 256, 4095, 4096, 4097, 0x7fef, 0x7ff0,
		0x7ff4, 0xffff, 0x10000, 0x10001, 0x7fffffff, 0x80000000,
		0xfffffff0, 0xffffffff,
	};

	if (below(&w->rng, 4))
		return edges[below(&w->rng, sizeof(edges) / sizeof(edges[0]))];
	return rnd(&w->rng);
}

static uint32_t domid(struct worker *w)
{
	uint32_t n = below(&w->rng, 16);

	return n < 14 ? shared.dom[n & 1].id : odd_number(w);
}

static uint32_t remembered(struct worker *w, uint32_t *what)
{
	if (!below(&w->rng, 8))
		return odd_number(w);
	return __atomic_load_n(&what[below(&w->rng, REMEMBERED)],
			       __ATOMIC_RELAXED);
}

static void remember(struct worker *w, uint32_t *what, uint32_t n)
{
	__atomic_store_n(&what[below(&w->rng, REMEMBERED)], n, __ATOMIC_RELAXED);
}

/* Most files have few pages: low indices are often right */
static uint64_t page_index(struct worker *w)
{
	uint64_t n = below(&w->rng, 8) * PAGE;

	switch (below(&w->rng, 8)) {
	case 0:
		return odd_number(w);
	case 1:
		return ((uint64_t)rnd(&w->rng) << 32 | rnd(&w->rng)) & ~(PAGE - 1);
	case 2:
		return n + below(&w->rng, PAGE);
	default:
		return n;
	}
}

static uint32_t few(struct worker *w)
{
	return below(&w->rng, 12) ? below(&w->rng, 6) : odd_number(w);
}

union argument {
	struct ioctl_gntalloc_alloc_gref alloc;
	struct ioctl_gntalloc_dealloc_gref dealloc;
	struct ioctl_gntalloc_unmap_notify alloc_notify;
	struct ioctl_gntdev_map_grant_ref map;
	struct ioctl_gntdev_unmap_grant_ref unmap;
	struct ioctl_gntdev_get_offset_for_vaddr offset;
	struct ioctl_gntdev_set_max_grants max;
	struct ioctl_gntdev_unmap_notify dev_notify;
	struct ioctl_gntdev_grant_copy copy;
	struct ioctl_evtchn_bind_virq virq;
	struct ioctl_evtchn_bind_interdomain interdomain;
	struct ioctl_evtchn_bind_unbound_port unbound;
	struct ioctl_evtchn_unbind unbind;
	struct ioctl_evtchn_notify notify;
	struct ioctl_evtchn_restrict_domid restricted;
	/* more than the quota of grants allows a call to write */
	uint8_t bytes[2048];
	uint32_t words[512];
};

/* Arrays that a header declares with one element: past that by hand */
static void fill_refs(struct worker *w, union argument *a)
{
	struct ioctl_gntdev_grant_ref *ref =
		(void *)(a->bytes + offsetof(struct ioctl_gntdev_map_grant_ref, refs));
	int i;

	for (i = 0; i < 8; i++) {
		ref[i].domid = domid(w);
		ref[i].ref = remembered(w, shared.refs);
	}
}

static void copy_segments(struct worker *w, union argument *a,
			  struct gntdev_grant_copy_segment *segments)
{
	int i;

	a->copy.count = few(w);
	a->copy.segments = segments;
	memset(segments, 0, 8 * sizeof(*segments));
	for (i = 0; i < 8; i++) {
		struct gntdev_grant_copy_segment *s = &segments[i];

		s->len = below(&w->rng, 5) ? below(&w->rng, 300) : odd_number(w);
		s->flags = below(&w->rng, 8) ? 1 + below(&w->rng, 3) : odd_number(w);
		if (s->flags & GNTCOPY_source_gref) {
			s->source.foreign.ref = remembered(w, shared.refs);
			s->source.foreign.domid = domid(w);
			s->source.foreign.offset = below(&w->rng, 4200);
		} else {
			s->source.virt = w->fence + below(&w->rng, 4200);
		}
		if (s->flags & GNTCOPY_dest_gref) {
			s->dest.foreign.ref = remembered(w, shared.refs);
			s->dest.foreign.domid = domid(w);
			s->dest.foreign.offset = below(&w->rng, 4200);
		} else {
			s->dest.virt = w->fence + below(&w->rng, 4200);
		}
	}
}

static void sensible(struct worker *w, unsigned long command, union argument *a,
		     struct gntdev_grant_copy_segment *segments)
{
	switch (command) {
	case IOCTL_GNTALLOC_ALLOC_GREF:
		a->alloc.domid = domid(w);
		a->alloc.flags = rnd(&w->rng) & 1;
		a->alloc.count = few(w);
		break;
	case IOCTL_GNTALLOC_DEALLOC_GREF:
		a->dealloc.index = page_index(w);
		a->dealloc.count = few(w);
		break;
	case IOCTL_GNTDEV_SET_UNMAP_NOTIFY:	/* gntalloc's is the same */
		a->dev_notify.index = page_index(w) + below(&w->rng, PAGE);
		a->dev_notify.action = below(&w->rng, 4);
		a->dev_notify.event_channel_port = remembered(w, shared.ports);
		break;
	case IOCTL_GNTDEV_MAP_GRANT_REF:
		fill_refs(w, a);
		a->map.count = few(w);
		break;
	case IOCTL_GNTDEV_UNMAP_GRANT_REF:
		a->unmap.index = page_index(w);
		a->unmap.count = few(w);
		break;
	case IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR:
		a->offset.vaddr = (uintptr_t)w->map[below(&w->rng, 8)];
		break;
	case IOCTL_GNTDEV_GRANT_COPY:
		copy_segments(w, a, segments);
		break;
	case IOCTL_EVTCHN_BIND_INTERDOMAIN:
		a->interdomain.remote_domain = domid(w);
		a->interdomain.remote_port = remembered(w, shared.ports);
		break;
	case IOCTL_EVTCHN_BIND_UNBOUND_PORT:
		a->unbound.remote_domain = domid(w);
		break;
	case IOCTL_EVTCHN_UNBIND:
	case IOCTL_EVTCHN_NOTIFY:
		a->unbind.port = remembered(w, shared.ports);
		break;
	case IOCTL_EVTCHN_RESTRICT_DOMID:
		a->restricted.domid = domid(w);
		break;
	}
}

/* Takes what worked for later calls to use */
static void learn(struct worker *w, unsigned long command, union argument *a,
		  int result)
{
	uint32_t *refs;
	uint32_t i;

	switch (command) {
	case IOCTL_GNTALLOC_ALLOC_GREF:
		refs = (void *)(a->bytes +
			offsetof(struct ioctl_gntalloc_alloc_gref, gref_ids));
		for (i = 0; i < a->alloc.count && i < 8; i++)
			remember(w, shared.refs, refs[i]);
		break;
	case IOCTL_EVTCHN_BIND_INTERDOMAIN:
	case IOCTL_EVTCHN_BIND_UNBOUND_PORT:
		remember(w, shared.ports, result);
		break;
	}
}

static void one_ioctl(struct worker *w, int fd)
{
	/* nothing after them: a call may be told that there are more */
	struct gntdev_grant_copy_segment *segments =
		(void *)(w->copies + PAGE - 8 * sizeof(*segments));
	unsigned long command = commands[below(&w->rng, sizeof(commands) /
					       sizeof(commands[0]))];
	union argument a = { 0 };
	void *where = &a;
	int result;

	sensible(w, command, &a, segments);
	switch (below(&w->rng, 12)) {
	case 0:	/* a word that makes no sense */
		a.words[below(&w->rng, 8)] = odd_number(w);
		break;
	case 1:	/* a bit */
		a.bytes[below(&w->rng, 40)] ^= 1 << below(&w->rng, 8);
		break;
	case 2:	/* noise; but nothing that would ask for the end of memory */
		fill(&w->rng, a.bytes, 64);
		a.words[0] &= 0x800000ff;
		break;
	case 3:	/* the end of memory within it */
		where = w->fence + PAGE - below(&w->rng, 48);
		memcpy(where, &a, w->fence + PAGE - (uint8_t *)where);
		break;
	case 4:	/* no memory, or the kernel's */
		where = below(&w->rng, 2) ? (void *)(uintptr_t)below(&w->rng, 64) :
			(void *)(0xffff888000000000 + below(&w->rng, 65536));
		break;
	case 5:	/* another command */
		command = _IOC(below(&w->rng, 4), "GEPX"[below(&w->rng, 4)],
			       below(&w->rng, 12), below(&w->rng, 64));
		break;
	}
	result = ioctl(fd, command, where);
	w->done[result >= 0]++;
	if (result >= 0 && where == &a)
		learn(w, command, &a, result);
}

static void one_map(struct worker *w, int fd)
{
	int i = below(&w->rng, 8);
	uint8_t *p;

	if (w->map[i]) {
		/* all of it, or the part at the end */
		size_t from = below(&w->rng, 4) ? 0 : w->map_len[i] / 2 & ~(PAGE - 1);

		munmap((uint8_t *)w->map[i] + from, w->map_len[i] - from);
		w->map_len[i] = from;
		if (!from)
			w->map[i] = NULL;
		return;
	}
	w->map_len[i] = (1 + below(&w->rng, 4)) * PAGE;
	p = mmap(NULL, w->map_len[i], rnd(&w->rng) & (PROT_READ | PROT_WRITE),
		 below(&w->rng, 10) ? MAP_SHARED : MAP_PRIVATE, fd,
		 page_index(w) & ~(PAGE - 1));
	w->done[p != MAP_FAILED]++;
	w->map[i] = p == MAP_FAILED ? NULL : p;
	if (w->map[i] && !below(&w->rng, 4))
		mprotect(p, PAGE, below(&w->rng, 8));
	/* through the kernel, which may find that it must not */
	if (w->map[i]) {
		struct iovec to = { p, 8 }, from = { w->fence, 8 };

		process_vm_writev(getpid(), &from, 1, &to, 1, 0);
	}
}

static void one_transfer(struct worker *w, int fd)
{
	uint32_t ports[16];
	size_t len = below(&w->rng, 4) ? 4 * below(&w->rng, 16) :
					 below(&w->rng, 64);
	int i;

	for (i = 0; i < 16; i++)
		ports[i] = remembered(w, shared.ports);
	if (below(&w->rng, 2))
		w->done[read(fd, ports, len) >= 0]++;
	else
		w->done[write(fd, ports, len) >= 0]++;
	if (!below(&w->rng, 8))
		poll_now(fd, POLLIN | POLLOUT);
}

/* Another file in the place of this one, or first of all */
static void one_file(struct worker *w, int i)
{
	int fd = part_open(shared.dom[below(&w->rng, 2)].fd,
			   parts[below(&w->rng, sizeof(parts) / sizeof(parts[0]))],
			   ISLE_OPEN_NONBLOCK);
	int old = __atomic_exchange_n(&shared.fd[i], fd < 0 ? 0 : fd,
				      __ATOMIC_RELAXED);

	w->done[fd >= 0]++;
	if (old)
		close(old);
}

static void *work(void *arg)
{
	struct worker *w = arg;
	int i, fd;

	while (w->rounds--) {
		i = below(&w->rng, FILES);
		fd = __atomic_load_n(&shared.fd[i], __ATOMIC_RELAXED);
		switch (below(&w->rng, 64)) {
		case 0:
			one_file(w, i);
			break;
		case 1 ... 10:
			one_map(w, fd);
			break;
		case 11 ... 16:
			one_transfer(w, fd);
			break;
		default:
			one_ioctl(w, fd);
		}
	}
	for (i = 0; i < 8; i++)
		if (w->map[i])
			munmap(w->map[i], w->map_len[i]);
	return NULL;
}

/* Both domains can still do what they are for */
static bool still_work(void)
{
	int a = part_open(shared.dom[0].fd, ISLE_OPEN_EVTCHN, ISLE_OPEN_NONBLOCK);
	int b = part_open(shared.dom[1].fd, ISLE_OPEN_EVTCHN, ISLE_OPEN_NONBLOCK);
	struct ioctl_evtchn_bind_unbound_port unbound = {
		.remote_domain = shared.dom[1].id,
	};
	struct ioctl_evtchn_bind_interdomain interdomain = {
		.remote_domain = shared.dom[0].id,
	};
	uint32_t port = 0;
	bool right;

	interdomain.remote_port = ioctl(a, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &unbound);
	right = ioctl(b, IOCTL_EVTCHN_BIND_INTERDOMAIN, &interdomain) > 0 &&
		read(b, &port, 4) == 4 && port;
	close(a);
	close(b);
	return right;
}

/* only a fixture can have a time limit of its own */
FIXTURE(fuzz) {
	char none;
};

FIXTURE_SETUP(fuzz)
{
}

FIXTURE_TEARDOWN(fuzz)
{
}

TEST_F_TIMEOUT(fuzz, every_ioctl, TIMEOUT)
{
	struct counters before = counters_start();
	const char *seed = getenv("ISLE_SEED");
	struct worker w[THREADS] = { 0 };
	unsigned long failed = 0, done = 0;
	int ctl, i, n = rounds(60000, 4000);
	uint64_t start;

	start = seed ? strtoull(seed, NULL, 0) : 1;
	fprintf(stderr, "# ISLE_SEED=%llu, %d rounds in each of %d threads\n",
	       (unsigned long long)start, n, THREADS);
	ctl = control_open();
	ASSERT_GE(ctl, 0);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, dom_create(ctl, NULL, &shared.dom[i]));
		/* small enough to be met */
		ASSERT_EQ(0, quota_set(ctl, shared.dom[i].id, ISLE_QUOTA_GRANTS, 300));
		ASSERT_EQ(0, quota_set(ctl, shared.dom[i].id, ISLE_QUOTA_MAPPINGS, 300));
		ASSERT_EQ(0, quota_set(ctl, shared.dom[i].id, ISLE_QUOTA_PORTS, 100));
	}
	ASSERT_EQ(0, dom_link(ctl, shared.dom[0].id, shared.dom[1].id));
	for (i = 0; i < THREADS; i++) {
		w[i].rng.state = start + i * 77777;
		w[i].rounds = n;
		w[i].fence = fenced(1);
		w[i].copies = fenced(1);
	}
	for (i = 0; i < FILES; i++)
		one_file(&w[0], i);
	for (i = 0; i < THREADS; i++)
		ASSERT_EQ(0, pthread_create(&w[i].thread, NULL, work, &w[i]));
	for (i = 0; i < THREADS; i++) {
		pthread_join(w[i].thread, NULL);
		fenced_free(w[i].fence, 1);
		fenced_free(w[i].copies, 1);
		failed += w[i].done[0];
		done += w[i].done[1];
	}
	fprintf(stderr, "# %lu calls refused, %lu carried out\n", failed, done);
	/* a fuzzer that gets nothing through tests nothing */
	EXPECT_GT(done, failed / 50);
	for (i = 0; i < FILES; i++)
		if (shared.fd[i])
			close(shared.fd[i]);
	EXPECT_TRUE(still_work());
	for (i = 0; i < 2; i++) {
		/* a file that a thread has closed late may be charged a moment longer */
		EXPECT_TRUE(eventually(!quota_used(ctl, shared.dom[i].id, ISLE_QUOTA_GRANTS)));
		EXPECT_TRUE(eventually(!quota_used(ctl, shared.dom[i].id, ISLE_QUOTA_MAPPINGS)));
		EXPECT_TRUE(eventually(!quota_used(ctl, shared.dom[i].id, ISLE_QUOTA_PORTS)));
		close(shared.dom[i].fd);
	}
	close(ctl);
	EXPECT_TRUE(counters_are(&before));
}

TEST_HARNESS_MAIN
