// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: grants under attack
 *
 * Peers that die, domains that go, threads that race for the same references,
 * memory that never answers.  Nobody gets at a page that is not his, nobody
 * waits for somebody else, and in the end everything is given back.
 */
#include <kselftest_harness.h>

#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "gnt.h"

FIXTURE(hostile) {
	struct pair p;
};

FIXTURE_SETUP(hostile)
{
	ASSERT_TRUE(pair_make(&self->p));
}

FIXTURE_TEARDOWN(hostile)
{
	EXPECT_TRUE(pair_end(&self->p));
}

/* A process that grants two pages to @domid and writes to them until killed */
static pid_t granter(struct pair *p, int dom_fd, __u32 domid, __u32 *refs)
{
	int pipes[2];
	pid_t pid;

	if (pipe(pipes))
		return -1;
	pid = fork();
	if (pid == 0) {
		int fd = gntalloc_open(dom_fd);
		uint8_t *map;
		__u64 at;

		close(p->ga);
		if (gnt_alloc(fd, domid, 2, true, refs, &at) ||
		    gnt_mmap(fd, at, 2, RW, MAP_SHARED, &map) ||
		    write(pipes[1], refs, 8) != 8)
			_exit(1);
		for (;;)
			map[0]++;
	}
	close(pipes[1]);
	if (read(pipes[0], refs, 8) != 8)
		pid = -1;
	close(pipes[0]);
	return pid;
}

/* SIGKILL the granter while the mapper writes */
TEST_F_TIMEOUT(hostile, granter_is_killed, TIMEOUT)
{
	struct pair *p = &self->p;
	int i, status;
	__u32 refs[2];
	uint8_t *map;
	__u64 there;
	void *none;
	pid_t pid;

	for (i = 0; i < rounds(20, 4); i++) {
		pid = granter(p, p->a.fd, p->b.id, refs);
		ASSERT_LT(0, pid);
		ASSERT_EQ(0, gnt_map(p->db, p->a.id, refs, 2, &there));
		ASSERT_EQ(0, gnt_mmap(p->db, there, 2, RW, MAP_SHARED, &map));
		memset(map + PAGE, 0x11, PAGE);
		EXPECT_EQ(0, kill(pid, SIGKILL));
		memset(map + PAGE, 0x22, PAGE);
		EXPECT_EQ(pid, waitpid(pid, &status, 0));
		memset(map, 0x22, PAGE);
		EXPECT_TRUE(all_bytes(map, 0x22, 2 * PAGE));
		EXPECT_EQ(2, grants_used(p, &p->a));
		/* whom it was granted to cannot map it anew */
		EXPECT_EQ(0, gnt_unmap(p->db, there, 2));
		EXPECT_EQ(-EINVAL, gnt_open_ref(p->db, p->a.id, refs[0], RW,
						&there, &none));
		EXPECT_EQ(0, munmap(map, 2 * PAGE));
		EXPECT_EQ(0, grants_used(p, &p->a));
	}
}

/* The granter's whole domain is destroyed while the mapper writes */
TEST_F_TIMEOUT(hostile, domain_is_destroyed, TIMEOUT)
{
	struct pair *p = &self->p;
	uint8_t *map, *mine;
	long live, domains;
	__u64 at, there;
	__u32 refs[2];
	void *none;

	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 2, true, refs, &at));
	ASSERT_EQ(0, gnt_mmap(p->ga, at, 2, RW, MAP_SHARED, &mine));
	ASSERT_EQ(0, gnt_map(p->db, p->a.id, refs, 2, &there));
	ASSERT_EQ(0, gnt_mmap(p->db, there, 2, RW, MAP_SHARED, &map));
	live = counter_read("live_grants");
	domains = counter_read("live_domains");
	ASSERT_EQ(0, dom_destroy(p->ctl, p->a.id, 0));
	memset(map, 0x33, 2 * PAGE);
	EXPECT_TRUE(all_bytes(mine, 0x33, 2 * PAGE));

	/* every call says so */
	EXPECT_EQ(-ENODEV, gnt_alloc(p->ga, p->a.id, 1, true, refs, &at));
	EXPECT_EQ(-ENODEV, gnt_dealloc(p->ga, 0, 1));
	EXPECT_EQ(-ENODEV, gntalloc_notify(p->ga, 0, 0, 0));
	EXPECT_EQ(-ENODEV, gnt_mmap(p->ga, 0, 1, RW, MAP_SHARED, &none));
	EXPECT_EQ(-ENODEV, gnt_map(p->da, p->a.id, refs, 1, &at));
	EXPECT_EQ(-ENODEV, gnt_unmap(p->da, 0, 1));
	EXPECT_EQ(-ENODEV, gnt_max(p->da, 1));
	EXPECT_EQ(-ENODEV, gntdev_notify(p->da, 0, 0, 0));
	EXPECT_EQ(-ENODEV, gnt_copy(p->da, NULL, 0));
	EXPECT_EQ(-ENODEV, gnt_offset(p->da, mine, &at, refs));
	EXPECT_EQ(-ENODEV, gnt_mmap(p->da, 0, 1, RW, MAP_SHARED, &none));
	EXPECT_EQ(-ENODEV, gntdev_open(p->a.fd));

	/* the pages stay counted, and the domain's memory, until the unmap */
	EXPECT_EQ(0, munmap(mine, 2 * PAGE));
	close(p->ga);
	close(p->da);
	close(p->a.fd);
	p->ga = -1;
	p->da = -1;
	p->a.fd = -1;
	EXPECT_EQ(live, counter_read("live_grants"));
	EXPECT_EQ(domains, counter_read("live_domains"));
	EXPECT_EQ(-EINVAL, gnt_open_ref(p->db, p->a.id, refs[0], RW, &at,
					&none));
	EXPECT_TRUE(all_bytes(map, 0x33, 2 * PAGE));
	EXPECT_EQ(0, munmap(map, 2 * PAGE));
	EXPECT_EQ(0, gnt_unmap(p->db, there, 2));
	EXPECT_TRUE(eventually(counter_read("live_grants") == live - 2));
	EXPECT_TRUE(eventually(counter_read("live_domains") == domains - 1));
}

TEST_F_TIMEOUT(hostile, unlinked, TIMEOUT)
{
	struct pair *p = &self->p;
	struct gntdev_grant_copy_segment seg = {};
	uint8_t *map, *mine;
	__u64 at, there, more;
	__u32 refs[2];
	void *none;
	char byte;

	ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 2, true, refs, &at));
	ASSERT_EQ(0, gnt_mmap(p->ga, at, 2, RW, MAP_SHARED, &mine));
	ASSERT_EQ(0, gnt_open_ref(p->db, p->a.id, refs[0], RW, &there, &map));
	ASSERT_EQ(0, gnt_map(p->db, p->a.id, refs + 1, 1, &more));
	ASSERT_EQ(0, dom_unlink(p->ctl, p->a.id, p->b.id));
	/* what is mapped stays; nothing new */
	map[0] = 'u';
	EXPECT_EQ('u', mine[0]);
	EXPECT_EQ(-EINVAL, gnt_mmap(p->db, more, 1, RW, MAP_SHARED, &none));
	EXPECT_EQ(-EPERM, gnt_alloc(p->ga, p->b.id, 1, true, refs, &at));
	seg.source.foreign.domid = p->a.id;
	seg.source.foreign.ref = refs[1];
	seg.dest.virt = &byte;
	seg.len = 1;
	seg.flags = GNTCOPY_source_gref;
	EXPECT_EQ(0, gnt_copy(p->db, &seg, 1));
	EXPECT_EQ(GNTST_bad_domain, seg.status);
	/* what was granted over the old link is not for the new one */
	ASSERT_EQ(0, dom_link(p->ctl, p->a.id, p->b.id));
	EXPECT_EQ(-EINVAL, gnt_mmap(p->db, more, 1, RW, MAP_SHARED, &none));
	EXPECT_EQ(0, gnt_copy(p->db, &seg, 1));
	EXPECT_EQ(GNTST_bad_gntref, seg.status);
	EXPECT_EQ(0, munmap(map, PAGE));
	EXPECT_EQ(0, munmap(mine, 2 * PAGE));
}

/* threads that race */

struct race {
	struct pair *p;
	__u32 ref;
	__u64 offset;
	bool stop;
	unsigned int seed, done;
};

static void *map_unmap(void *arg)
{
	struct race *race = arg;
	struct pair *p = race->p;
	uint8_t *map;
	__u64 at;

	while (!__atomic_load_n(&race->stop, __ATOMIC_RELAXED)) {
		if (gnt_open_ref(p->db, p->a.id, race->ref, RW, &at, &map))
			continue;
		map[0]++;
		__atomic_fetch_add(&race->done, 1, __ATOMIC_RELAXED);
		munmap(map, PAGE);
		gnt_unmap(p->db, at, 1);
	}
	return NULL;
}

/* Unmaps what the other threads have in the file */
static void *unmap_others(void *arg)
{
	struct race *race = arg;
	struct rng r = { 7 };
	void *map;
	__u64 at;

	while (!__atomic_load_n(&race->stop, __ATOMIC_RELAXED)) {
		at = below(&r, 8) * PAGE;
		if (below(&r, 2))
			gnt_unmap(race->p->db, at, 1);
		else if (!gnt_mmap(race->p->db, at, 1, RW, MAP_SHARED, &map))
			munmap(map, PAGE);
		gntdev_notify(race->p->db, at, below(&r, 4), 0);
	}
	return NULL;
}

static void *alloc_dealloc(void *arg)
{
	struct race *race = arg;
	struct pair *p = race->p;
	struct rng r = { race->seed };
	__u32 refs[3];
	void *map;
	__u64 at;

	while (!__atomic_load_n(&race->stop, __ATOMIC_RELAXED)) {
		if (gnt_alloc(p->ga, p->b.id, 3, below(&r, 2), refs, &at))
			continue;
		__atomic_store_n(&race->ref, refs[1], __ATOMIC_RELAXED);
		__atomic_fetch_add(&race->done, 1, __ATOMIC_RELAXED);
		if (!gnt_mmap(p->ga, at + PAGE, 2, RW, MAP_SHARED, &map)) {
			memset(map, 1, 2 * PAGE);
			munmap(map + PAGE, PAGE);
			munmap(map, PAGE);
		}
		gnt_dealloc(p->ga, at + below(&r, 3) * PAGE, 1);
		gnt_dealloc(p->ga, at, 1);
		gnt_dealloc(p->ga, at + PAGE, 2);
		gnt_dealloc(p->ga, at + PAGE, 1);
		gnt_dealloc(p->ga, at + 2 * PAGE, 1);
	}
	return NULL;
}

static void *link_unlink(void *arg)
{
	struct race *race = arg;
	struct pair *p = race->p;

	while (!__atomic_load_n(&race->stop, __ATOMIC_RELAXED)) {
		dom_unlink(p->ctl, p->a.id, p->b.id);
		dom_link(p->ctl, p->a.id, p->b.id);
	}
	return NULL;
}

static bool race_for(struct race *race, unsigned int done,
		     void *(*const threads[])(void *), int n)
{
	pthread_t thread[8];
	int i;

	for (i = 0; i < n; i++)
		if (pthread_create(&thread[i], NULL, threads[i], race))
			return false;
	done = eventually(__atomic_load_n(&race->done, __ATOMIC_RELAXED) >=
			  done);
	__atomic_store_n(&race->stop, true, __ATOMIC_RELAXED);
	for (i = 0; i < n; i++)
		pthread_join(thread[i], NULL);
	return done;
}

TEST_F_TIMEOUT(hostile, same_reference_by_many, TIMEOUT)
{
	void *(*const threads[])(void *) = {
		map_unmap, map_unmap, unmap_others,
	};
	struct race race = { .p = &self->p };
	__u64 at;

	ASSERT_EQ(0, gnt_alloc(race.p->ga, race.p->b.id, 1, true, &race.ref,
			       &at));
	EXPECT_TRUE(race_for(&race, rounds(5000, 300), threads, 3));
	EXPECT_EQ(1, grants_used(race.p, &race.p->a));
	EXPECT_EQ(0, gnt_dealloc(race.p->ga, at, 1));
	/* a thread may have left one behind that another one had taken over */
	close(race.p->db);
	race.p->db = -1;
	EXPECT_EQ(0, grants_used(race.p, &race.p->a));
	EXPECT_EQ(0, mappings_used(race.p, &race.p->b));
}

TEST_F_TIMEOUT(hostile, map_while_it_goes, TIMEOUT)
{
	void *(*const threads[])(void *) = {
		alloc_dealloc, map_unmap, alloc_dealloc, link_unlink,
	};
	struct race race = { .p = &self->p };

	EXPECT_TRUE(race_for(&race, rounds(10000, 500), threads, 3));
	EXPECT_EQ(0, grants_used(race.p, &race.p->a));
	/* and while the link comes and goes */
	race.stop = false;
	race.done = 0;
	EXPECT_TRUE(race_for(&race, rounds(5000, 300), threads, 4));
	EXPECT_EQ(0, mappings_used(race.p, &race.p->b));
}

/* The domains end under all that */
TEST_F_TIMEOUT(hostile, destroy_under_load, TIMEOUT)
{
	void *(*const threads[])(void *) = {
		alloc_dealloc, map_unmap, alloc_dealloc, unmap_others,
	};
	pthread_t thread[4];
	int i, j;

	for (i = 0; i < rounds(20, 3); i++) {
		struct race race = { .seed = i };
		struct pair p;

		ASSERT_TRUE(pair_make(&p));
		race.p = &p;
		for (j = 0; j < 4; j++)
			ASSERT_EQ(0, pthread_create(&thread[j], NULL,
						    threads[j], &race));
		EXPECT_TRUE(eventually(__atomic_load_n(&race.done,
						       __ATOMIC_RELAXED) > 50));
		EXPECT_EQ(0, dom_destroy(p.ctl, i & 1 ? p.a.id : p.b.id, 0));
		EXPECT_EQ(0, dom_destroy(p.ctl, i & 1 ? p.b.id : p.a.id, 0));
		__atomic_store_n(&race.stop, true, __ATOMIC_RELAXED);
		for (j = 0; j < 4; j++)
			pthread_join(thread[j], NULL);
		EXPECT_TRUE(pair_end(&p));
	}
}

/* memory that never answers */

enum stuck { ALLOC_IN, ALLOC_OUT, MAP_IN, MAP_REFS, COPY_SEGMENTS, COPY_FROM,
	     COPY_TO, NOTIFY, STUCK };

/* Two pages: the first is there, nobody ever supplies the second */
static uint8_t *half(int *uffd)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = {
		.mode = UFFDIO_REGISTER_MODE_MISSING, .range.len = PAGE,
	};
	uint8_t *area = mmap(NULL, 2 * PAGE, RW, MAP_PRIVATE | MAP_ANONYMOUS,
			     -1, 0);

	reg.range.start = (uintptr_t)area + PAGE;
	*uffd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (area == MAP_FAILED || *uffd < 0 || ioctl(*uffd, UFFDIO_API, &api) ||
	    ioctl(*uffd, UFFDIO_REGISTER, &reg))
		_exit(100);
	memset(area, 0, PAGE);
	return area;
}

static int stick(struct pair *p, enum stuck how, __u32 ref, uint8_t *area)
{
	struct ioctl_gntalloc_alloc_gref *alloc;
	struct ioctl_gntdev_map_grant_ref *map;
	struct gntdev_grant_copy_segment seg = {};
	uint8_t *missing = area + PAGE;

	switch (how) {
	case ALLOC_IN:
		return ioctl(p->ga, IOCTL_GNTALLOC_ALLOC_GREF, missing);
	case ALLOC_OUT:
		alloc = (void *)(missing - sizeof(*alloc));
		alloc->domid = p->b.id;
		alloc->count = 8;
		return ioctl(p->ga, IOCTL_GNTALLOC_ALLOC_GREF, alloc);
	case MAP_IN:
		return ioctl(p->db, IOCTL_GNTDEV_MAP_GRANT_REF, missing);
	case MAP_REFS:
		map = (void *)(missing - sizeof(*map));
		map->count = 2;
		return ioctl(p->db, IOCTL_GNTDEV_MAP_GRANT_REF, map);
	case COPY_SEGMENTS:
		return gnt_copy(p->db, (void *)missing, 1);
	case COPY_FROM:
	case COPY_TO:
		seg.flags = how == COPY_TO ? GNTCOPY_source_gref :
					     GNTCOPY_dest_gref;
		seg.len = 100;
		if (how == COPY_TO) {
			seg.source.foreign.domid = p->a.id;
			seg.source.foreign.ref = ref;
			seg.dest.virt = missing - 50;
		} else {
			seg.dest.foreign.domid = p->a.id;
			seg.dest.foreign.ref = ref;
			seg.source.virt = missing - 50;
		}
		return gnt_copy(p->db, &seg, 1);
	default:
		return ioctl(p->db, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, missing);
	}
}

/* The process that got stuck; it says so before by its pager */
static pid_t victim(struct pair *p, enum stuck how, __u32 ref)
{
	int ready[2], uffd;
	uint8_t *area;
	pid_t pid;
	char c;

	if (pipe(ready))
		return -1;
	pid = fork();
	if (pid == 0) {
		struct pollfd pfd = { .events = POLLIN };

		area = half(&uffd);
		pfd.fd = uffd;
		if (fork() == 0) {
			poll(&pfd, 1, -1);
			_exit(write(ready[1], "x", 1) != 1);
		}
		stick(p, how, ref, area);
		_exit(101);
	}
	close(ready[1]);
	if (read(ready[0], &c, 1) != 1)
		pid = -1;
	close(ready[0]);
	return pid;
}

TEST_F_TIMEOUT(hostile, pager_never_answers, TIMEOUT)
{
	struct pair *p = &self->p;
	__u64 at, more, there, used;
	__u32 ref, other;
	enum stuck how;
	uint8_t *map;
	int status;
	pid_t pid;

	for (how = 0; how < STUCK; how++) {
		ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 1, true, &ref, &at));
		pid = victim(p, how, ref);
		ASSERT_LT(0, pid);
		/* others are not held up, with the same files */
		ASSERT_EQ(0, gnt_alloc(p->ga, p->b.id, 1, true, &other, &more));
		ASSERT_EQ(0, gnt_open_ref(p->db, p->a.id, other, RW, &there,
					  &map));
		EXPECT_EQ(0, munmap(map, PAGE));
		EXPECT_EQ(0, gnt_unmap(p->db, there, 1));
		EXPECT_EQ(0, gnt_dealloc(p->ga, more, 1));
		EXPECT_EQ(0, gnt_dealloc(p->ga, at, 1));
		/* what it was given so far is charged; nothing without it */
		used = grants_used(p, &p->a);
		EXPECT_EQ(how == ALLOC_OUT ? 8 :
			  how == COPY_FROM || how == COPY_TO ? 1 : 0, used);
		EXPECT_EQ(0, dom_unlink(p->ctl, p->a.id, p->b.id));
		EXPECT_EQ(0, dom_link(p->ctl, p->a.id, p->b.id));
		EXPECT_EQ(0, waitpid(pid, &status, WNOHANG));
		EXPECT_EQ(0, kill(pid, SIGKILL));
		EXPECT_EQ(pid, waitpid(pid, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
		EXPECT_EQ(0, grants_used(p, &p->a));
		EXPECT_EQ(0, mappings_used(p, &p->b));
	}
	/* nor is the end of the domain */
	pid = victim(p, ALLOC_OUT, 0);
	ASSERT_LT(0, pid);
	EXPECT_EQ(0, dom_destroy(p->ctl, p->a.id, 0));
	EXPECT_EQ(0, kill(pid, SIGKILL));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
}

TEST_HARNESS_MAIN
