// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: random and mutated calls on Xen's faces
 *
 * Two domains that are linked are given everything that the headers of gntalloc,
 * gntdev and evtchn know, with arguments that are right, nearly right and wrong,
 * by threads that share the files.  The module has to survive that, to give
 * everything back, and to keep a bystander out of it.
 *
 * The seed is printed; ISLE_FUZZ_SEED repeats it.
 */
#include <kselftest_harness.h>

#include <pthread.h>

#include "gnt.h"

#define THREADS	2
#define POOL	64
#define MAPS	8
#define SECONDS	60	/* enough, however slow the machine is */

struct world {
	struct pair p;
	int ea, eb;
	/* what calls have returned, for others to try; races are welcome */
	uint64_t pool[POOL];
	unsigned int pooled;
	/* maps of gntdev: the index, and the count in the lowest bits */
	uint64_t maps[POOL / 4];
	/* grants: the granter in the upper half, the reference */
	uint64_t grants[POOL / 4];
	unsigned int granted;
	unsigned int mapped;
	uint64_t seed;
	unsigned int rounds;
	double end;
};

struct fuzzer {
	struct world *w;
	struct rng r;
	struct { void *addr; size_t len; } map[MAPS];
};

static uint64_t interesting(struct fuzzer *f)
{
	static const uint64_t values[] = {
		0, 1, 2, 3, 7, 255, 4095, 4096, 4097, 8192, 0x7ff0, 0x7fff,
		32768, 65535, 65536, 65537, 131071, 131072, 131073, 1 << 20,
		0x7fffffff, 0x80000000, 0x80000001, 0xffffffff, 0x100000000,
		1ULL << 63, ~0ULL, ~0ULL << 12,
	};

	return values[below(&f->r, sizeof(values) / sizeof(values[0]))];
}

static uint64_t value(struct fuzzer *f)
{
	struct world *w = f->w;

	switch (below(&f->r, 8)) {
	case 0:
		return interesting(f);
	case 1:
		return rnd(&f->r);
	case 2:
		return below(&f->r, 8);
	case 3:
		return below(&f->r, 8) * PAGE;
	case 4:
		return below(&f->r, 2) ? w->p.a.id : w->p.b.id;
	default:
		return __atomic_load_n(&w->pool[below(&f->r, POOL)],
				       __ATOMIC_RELAXED);
	}
}

static void keep(struct fuzzer *f, uint64_t seen)
{
	unsigned int i = __atomic_fetch_add(&f->w->pooled, 1, __ATOMIC_RELAXED);

	__atomic_store_n(&f->w->pool[i % POOL], seen, __ATOMIC_RELAXED);
}

static __u32 domid(struct fuzzer *f)
{
	return below(&f->r, 8) ? below(&f->r, 2) ? f->w->p.a.id : f->w->p.b.id :
	       (__u32)interesting(f);
}

/* Few, or far too many */
static __u32 count(struct fuzzer *f)
{
	return below(&f->r, 8) ? below(&f->r, 5) : (__u32)interesting(f);
}

static int pick(struct fuzzer *f, int a, int b)
{
	return below(&f->r, 2) ? a : b;
}

/* Sometimes a bit is flipped, sometimes it is not there at all */
static void *mutate(struct fuzzer *f, void *arg, size_t size)
{
	uint8_t *p = arg;

	switch (below(&f->r, 16)) {
	case 0:
		p[below(&f->r, size)] ^= 1 << below(&f->r, 8);
		break;
	case 1:
		return (void *)(uintptr_t)interesting(f);
	}
	return arg;
}

static void fuzz_grant(struct fuzzer *f)
{
	struct pair *p = &f->w->p;
	int fd = pick(f, p->ga, p->gb);
	union {
		struct ioctl_gntalloc_alloc_gref alloc;
		struct ioctl_gntalloc_dealloc_gref dealloc;
		struct ioctl_gntalloc_unmap_notify notify;
		uint32_t word[512];	/* for as many references as the quota has */
	} arg;
	unsigned int i;

	memset(&arg, 0, sizeof(arg));
	switch (below(&f->r, 4)) {
	case 0:
		arg.alloc.domid = domid(f);
		arg.alloc.flags = below(&f->r, 4);
		arg.alloc.count = count(f);
		if (ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF,
			  mutate(f, &arg, sizeof(arg.alloc))))
			break;
		keep(f, arg.alloc.index);
		keep(f, arg.alloc.gref_ids[1]);
		i = __atomic_fetch_add(&f->w->granted, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&f->w->grants[i % (POOL / 4)],
				 (uint64_t)(fd == p->ga ? p->a.id : p->b.id)
				 << 32 | arg.alloc.gref_ids[0],
				 __ATOMIC_RELAXED);
		break;
	case 1:
		arg.dealloc.index = value(f);
		arg.dealloc.count = count(f);
		ioctl(fd, IOCTL_GNTALLOC_DEALLOC_GREF,
		      mutate(f, &arg, sizeof(arg.dealloc)));
		break;
	default:
		arg.notify.index = value(f);
		arg.notify.action = below(&f->r, 5);
		arg.notify.event_channel_port = value(f);
		ioctl(fd, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY,
		      mutate(f, &arg, sizeof(arg.notify)));
	}
}

/* Mostly one that there is, with its count in the lowest bits */
static uint64_t some_map(struct fuzzer *f)
{
	if (!below(&f->r, 4))
		return value(f);
	return __atomic_load_n(&f->w->maps[below(&f->r, POOL / 4)],
			       __ATOMIC_RELAXED);
}

static uint64_t some_grant(struct fuzzer *f)
{
	if (!below(&f->r, 8))
		return (uint64_t)domid(f) << 32 | (__u32)value(f);
	return __atomic_load_n(&f->w->grants[below(&f->r, POOL / 4)],
			       __ATOMIC_RELAXED);
}

static void fuzz_map(struct fuzzer *f)
{
	struct pair *p = &f->w->p;
	int fd = pick(f, p->da, p->db);
	union {
		struct ioctl_gntdev_map_grant_ref map;
		struct ioctl_gntdev_unmap_grant_ref unmap;
		struct ioctl_gntdev_get_offset_for_vaddr offset;
		struct ioctl_gntdev_set_max_grants max;
		struct ioctl_gntdev_unmap_notify notify;
		uint32_t word[512];	/* for as many references as the quota has */
	} arg;
	uint64_t map, grant;
	unsigned int i;

	memset(&arg, 0, sizeof(arg));
	switch (below(&f->r, 8)) {
	case 0:
	case 1:
		arg.map.count = below(&f->r, 2) ? 1 : count(f);
		for (i = 0; i < 4; i++) {
			grant = some_grant(f);
			arg.map.refs[i].domid = grant >> 32;
			arg.map.refs[i].ref = grant;
		}
		if (ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF,
			  mutate(f, &arg, sizeof(arg.map))))
			break;
		keep(f, arg.map.index);
		i = __atomic_fetch_add(&f->w->mapped, 1, __ATOMIC_RELAXED);
		__atomic_store_n(&f->w->maps[i % (POOL / 4)], arg.map.index |
				 (arg.map.count & 7), __ATOMIC_RELAXED);
		break;
	case 2:
	case 3:
		map = some_map(f);
		arg.unmap.index = map & ~(PAGE - 1);
		arg.unmap.count = map & 7;
		ioctl(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF,
		      mutate(f, &arg, sizeof(arg.unmap)));
		break;
	case 4:
		arg.offset.vaddr = (uintptr_t)f->map[below(&f->r, MAPS)].addr +
				   below(&f->r, 2) * value(f);
		ioctl(fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR,
		      mutate(f, &arg, sizeof(arg.offset)));
		break;
	case 5:
		arg.max.count = value(f);
		ioctl(fd, IOCTL_GNTDEV_SET_MAX_GRANTS, &arg);
		break;
	default:
		arg.notify.index = value(f);
		arg.notify.action = below(&f->r, 5);
		arg.notify.event_channel_port = value(f);
		ioctl(fd, IOCTL_GNTDEV_SET_UNMAP_NOTIFY,
		      mutate(f, &arg, sizeof(arg.notify)));
	}
}

static void fuzz_copy(struct fuzzer *f)
{
	struct pair *p = &f->w->p;
	struct gntdev_grant_copy_segment seg[4];
	struct ioctl_gntdev_grant_copy arg = { below(&f->r, 5), seg };
	/* more than 16 bits of length can reach */
	static __thread uint8_t buffer[2 * 65536];
	uint64_t grant;
	int i;

	memset(seg, 0, sizeof(seg));
	for (i = 0; i < 4; i++) {
		seg[i].flags = below(&f->r, 4);
		seg[i].len = below(&f->r, 4) ? below(&f->r, PAGE) : value(f);
		seg[i].source.virt = buffer + below(&f->r, PAGE);
		seg[i].dest.virt = buffer + below(&f->r, PAGE);
		if (seg[i].flags & GNTCOPY_source_gref) {
			grant = some_grant(f);
			seg[i].source.foreign.domid = grant >> 32;
			seg[i].source.foreign.ref = grant;
			seg[i].source.foreign.offset = below(&f->r, 65536);
		}
		if (seg[i].flags & GNTCOPY_dest_gref) {
			grant = some_grant(f);
			seg[i].dest.foreign.domid = grant >> 32;
			seg[i].dest.foreign.ref = grant;
			seg[i].dest.foreign.offset = value(f);
		}
	}
	if (!below(&f->r, 16))
		arg.segments = (void *)(uintptr_t)interesting(f);
	ioctl(pick(f, p->da, p->db), IOCTL_GNTDEV_GRANT_COPY, &arg);
}

static void fuzz_memory(struct fuzzer *f)
{
	struct pair *p = &f->w->p;
	unsigned int i = below(&f->r, MAPS), kind = below(&f->r, 4);
	uint64_t at = kind & 1 ? value(f) : some_map(f);
	size_t len = (at & 7 ?: 1) * PAGE;
	void *addr;

	if (f->map[i].addr) {
		/* all of it, or the end of it */
		if (kind == 0 && f->map[i].len > PAGE) {
			f->map[i].len -= PAGE;
			munmap((uint8_t *)f->map[i].addr + f->map[i].len, PAGE);
		} else if (kind == 1) {
			madvise(f->map[i].addr, f->map[i].len, MADV_DONTNEED);
		} else {
			munmap(f->map[i].addr, f->map[i].len);
			f->map[i].addr = NULL;
		}
		return;
	}
	addr = mmap(NULL, len, below(&f->r, 4) ? RW : PROT_READ,
		    below(&f->r, 8) ? MAP_SHARED : MAP_PRIVATE,
		    kind & 1 ? pick(f, p->ga, p->gb) : pick(f, p->da, p->db),
		    at & ~(PAGE - 1));
	if (addr == MAP_FAILED)
		return;
	f->map[i].addr = addr;
	f->map[i].len = len;
	/* what is mapped can be read */
	(void)*(volatile uint8_t *)addr;
}

static void fuzz_event(struct fuzzer *f)
{
	static const unsigned long commands[] = {
		IOCTL_EVTCHN_BIND_VIRQ, IOCTL_EVTCHN_BIND_INTERDOMAIN,
		IOCTL_EVTCHN_BIND_INTERDOMAIN, IOCTL_EVTCHN_BIND_UNBOUND_PORT,
		IOCTL_EVTCHN_BIND_UNBOUND_PORT, IOCTL_EVTCHN_UNBIND,
		IOCTL_EVTCHN_NOTIFY, IOCTL_EVTCHN_NOTIFY, IOCTL_EVTCHN_RESET,
		IOCTL_EVTCHN_RESTRICT_DOMID,
	};
	int fd = pick(f, f->w->ea, f->w->eb), ret;
	uint32_t word[8], i;

	for (i = 0; i < 8; i++)
		word[i] = value(f);
	switch (below(&f->r, 4)) {
	case 0:
		ret = read(fd, word, below(&f->r, sizeof(word) + 1));
		break;
	case 1:
		ret = write(fd, word, below(&f->r, sizeof(word) + 1));
		break;
	default:
		i = below(&f->r, sizeof(commands) / sizeof(commands[0]));
		/* these two end what a file is good for */
		if (i >= 8 && below(&f->r, 64))
			break;
		if (below(&f->r, 4))
			word[0] = domid(f);
		ret = ioctl(fd, commands[i], mutate(f, word, sizeof(word)));
		if (ret > 0)
			keep(f, ret);
	}
}

/* Numbers of commands that are wrong in some way */
static void fuzz_command(struct fuzzer *f)
{
	struct pair *p = &f->w->p;
	const int fd[] = { p->ga, p->gb, p->da, p->db, f->w->ea, f->w->eb };
	uint64_t arg[256];
	int i;

	for (i = 0; i < 256; i++)
		arg[i] = value(f);
	ioctl(fd[below(&f->r, 6)],
	      _IOC(below(&f->r, 4), pick(f, 'G', 'E'), below(&f->r, 16),
		   below(&f->r, 64)), arg);
}

static void *fuzz(void *data)
{
	struct fuzzer *f = data;
	unsigned int n;
	int i;

	for (n = 0; n < f->w->rounds && now() < f->w->end; n++) {
		switch (below(&f->r, 16)) {
		case 0 ... 3:
			fuzz_grant(f);
			break;
		case 4 ... 7:
			fuzz_map(f);
			break;
		case 8 ... 10:
			fuzz_memory(f);
			break;
		case 11 ... 12:
			fuzz_copy(f);
			break;
		case 13:
			fuzz_command(f);
			break;
		default:
			fuzz_event(f);
		}
	}
	for (i = 0; i < MAPS; i++)
		if (f->map[i].addr)
			munmap(f->map[i].addr, f->map[i].len);
	return NULL;
}

/* New files and domains each time: some calls leave little to do for others */
static bool epoch(struct world *w)
{
	struct fuzzer fuzzer[THREADS] = {};
	pthread_t thread[THREADS];
	int i;

	if (!pair_make(&w->p))
		return false;
	w->ea = evtchn_open_nonblock(w->p.a.fd);
	w->eb = evtchn_open_nonblock(w->p.b.fd);
	/* so that it soon has to do with limits */
	if (w->ea < 0 || w->eb < 0 ||
	    quota_set(w->p.ctl, w->p.a.id, ISLE_QUOTA_GRANTS, 100) ||
	    quota_set(w->p.ctl, w->p.b.id, ISLE_QUOTA_GRANTS, 200) ||
	    quota_set(w->p.ctl, w->p.b.id, ISLE_QUOTA_MAPPINGS, 100))
		return false;
	for (i = 0; i < THREADS; i++) {
		fuzzer[i].w = w;
		fuzzer[i].r.state = w->seed * THREADS + i;
		if (pthread_create(&thread[i], NULL, fuzz, &fuzzer[i]))
			return false;
	}
	for (i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	close(w->ea);
	close(w->eb);
	return pair_end(&w->p);
}

FIXTURE(fuzz) {
	struct pair bystander;
};

FIXTURE_SETUP(fuzz)
{
	ASSERT_TRUE(pair_make(&self->bystander));
}

FIXTURE_TEARDOWN(fuzz)
{
	EXPECT_TRUE(pair_end(&self->bystander));
}

TEST_F_TIMEOUT(fuzz, calls, TIMEOUT)
{
	const char *given = getenv("ISLE_FUZZ_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : 1;
	struct world w = { .rounds = rounds(20000, 2000) };
	struct pair *by = &self->bystander;
	int ev, port, i, epochs = rounds(10, 5);
	double end = now() + SECONDS;
	uint8_t *page;
	__u64 at;
	__u32 ref;

	ev = evtchn_open_nonblock(by->a.fd);
	port = evtchn_listen(ev, by->b.id);
	ASSERT_LT(0, port);
	ASSERT_EQ(0, gnt_alloc(by->ga, by->b.id, 1, true, &ref,
			       &at));
	ASSERT_EQ(0, gnt_mmap(by->ga, at, 1, RW, MAP_SHARED, &page));
	memset(page, 'b', PAGE);

	for (i = 0; i < epochs && now() < end; i++) {
		w.seed = seed + i;
		w.end = end;
		EXPECT_TRUE(epoch(&w))
			TH_LOG("ISLE_FUZZ_SEED=%llu",
			       (unsigned long long)(seed + i));
	}
	TH_LOG("seeds from %llu, %d epochs", (unsigned long long)seed, i);
	EXPECT_TRUE(all_bytes(page, 'b', PAGE));
	EXPECT_EQ(-EAGAIN, evtchn_next(ev));
	EXPECT_EQ(1, grants_used(by, &by->a));
	munmap(page, PAGE);
	close(ev);
}

TEST_HARNESS_MAIN
