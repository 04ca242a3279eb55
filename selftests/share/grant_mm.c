// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: granted pages in the hands of memory management
 *
 * Parts of a mapping, moved and copied ones, other processes that look into it,
 * I/O that outlives it: nobody may get at what was not granted, and in the end
 * everything has to be given back.
 */
#include <kselftest_harness.h>

#include <sys/ptrace.h>
#include <sys/uio.h>

#include "gnt.h"

FIXTURE(mm) {
	struct pair p;
	bool mapper;		/* the mapping is the mapper's */
	__u32 refs[4];
	__u64 at, there;
	uint8_t *map, *other;	/* four pages, and the other side of them */
};

FIXTURE_VARIANT(mm) {
	bool mapper, self;
};

FIXTURE_VARIANT_ADD(mm, granter) { .mapper = false };
FIXTURE_VARIANT_ADD(mm, mapper) { .mapper = true };
/* both sides in one domain, one process */
FIXTURE_VARIANT_ADD(mm, self_granter) { .self = true };
FIXTURE_VARIANT_ADD(mm, self_mapper) { .mapper = true, .self = true };

FIXTURE_SETUP(mm)
{
	struct pair *p = &self->p;
	void *mine, *theirs;
	int dev;

	ASSERT_TRUE(pair_make(p));
	dev = variant->self ? p->da : p->db;
	ASSERT_EQ(0, gnt_alloc(p->ga, variant->self ? p->a.id : p->b.id, 4,
			       true, self->refs, &self->at));
	ASSERT_EQ(0, gnt_mmap(p->ga, self->at, 4, RW, MAP_SHARED, &mine));
	ASSERT_EQ(0, gnt_map(dev, p->a.id, self->refs, 4, &self->there));
	ASSERT_EQ(0, gnt_mmap(dev, self->there, 4, RW, MAP_SHARED, &theirs));
	/* what is left of them is the mappings */
	ASSERT_EQ(0, gnt_dealloc(p->ga, self->at, 4));
	ASSERT_EQ(0, gnt_unmap(dev, self->there, 4));
	self->map = variant->mapper ? theirs : mine;
	self->other = variant->mapper ? mine : theirs;
}

FIXTURE_TEARDOWN(mm)
{
	EXPECT_TRUE(pair_end(&self->p));
}

static void end(struct __test_metadata *_metadata, FIXTURE_DATA(mm) *self)
{
	EXPECT_EQ(4, grants_used(&self->p, &self->p.a));
	EXPECT_EQ(0, munmap(self->other, 4 * PAGE));
	EXPECT_EQ(0, grants_used(&self->p, &self->p.a));
	EXPECT_EQ(0, mappings_used(&self->p, &self->p.a));
	EXPECT_EQ(0, mappings_used(&self->p, &self->p.b));
}

TEST_F_TIMEOUT(mm, parts, TIMEOUT)
{
	uint8_t *map = self->map;

	/* a hole, then the ends; what is left works */
	memset(self->other, 'o', 4 * PAGE);
	EXPECT_EQ(0, munmap(map + PAGE, PAGE));
	EXPECT_TRUE(all_bytes(map, 'o', PAGE));
	EXPECT_TRUE(all_bytes(map + 2 * PAGE, 'o', 2 * PAGE));
	memset(map + 3 * PAGE, 'p', PAGE);
	EXPECT_TRUE(all_bytes(self->other + 3 * PAGE, 'p', PAGE));
	EXPECT_EQ(0, munmap(map, PAGE));
	EXPECT_EQ(0, munmap(map + 3 * PAGE, PAGE));
	map[2 * PAGE] = 'q';
	EXPECT_EQ('q', self->other[2 * PAGE]);
	EXPECT_EQ(4, grants_used(&self->p, &self->p.a));
	EXPECT_EQ(0, munmap(map, 4 * PAGE));
	end(_metadata, self);
}

TEST_F_TIMEOUT(mm, moved, TIMEOUT)
{
	uint8_t *to, *map = self->map;

	to = mmap(NULL, 8 * PAGE, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ASSERT_NE(MAP_FAILED, to);
	memset(map, 'm', 4 * PAGE);
	/* the third page alone, then the second */
	EXPECT_EQ(to, mremap(map + 2 * PAGE, PAGE, PAGE,
			     MREMAP_MAYMOVE | MREMAP_FIXED, to));
	EXPECT_EQ(to + PAGE, mremap(map + PAGE, PAGE, PAGE,
				    MREMAP_MAYMOVE | MREMAP_FIXED, to + PAGE));
	to[0] = '3';
	to[PAGE] = '2';
	EXPECT_EQ('3', self->other[2 * PAGE]);
	EXPECT_EQ('2', self->other[PAGE]);
	/* it can become smaller, never larger, and not be doubled */
	EXPECT_EQ(MAP_FAILED, mremap(to, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(MAP_FAILED, mremap(to, 0, PAGE, MREMAP_MAYMOVE));
	EXPECT_EQ(MAP_FAILED, mremap(to, PAGE, PAGE, MREMAP_MAYMOVE |
				     MREMAP_DONTUNMAP));
	EXPECT_EQ(0, munmap(map, 4 * PAGE));
	EXPECT_EQ(4, grants_used(&self->p, &self->p.a));
	EXPECT_EQ(0, munmap(to, 8 * PAGE));
	end(_metadata, self);
}

TEST_F_TIMEOUT(mm, discarded, TIMEOUT)
{
	uint8_t *map = self->map;

	memset(map, 'd', 4 * PAGE);
	EXPECT_EQ(0, madvise(map, 4 * PAGE, MADV_DONTNEED));
	/* it is somebody else's, too: the data is still there */
	EXPECT_TRUE(all_bytes(map, 'd', 4 * PAGE));
	EXPECT_EQ(0, madvise(map + PAGE, PAGE, MADV_DONTNEED));
	EXPECT_EQ(0, mprotect(map + PAGE, PAGE, PROT_READ));
	EXPECT_TRUE(all_bytes(map, 'd', 4 * PAGE));
	EXPECT_EQ(0, mprotect(map + PAGE, PAGE, RW));
	map[PAGE] = 'e';
	EXPECT_EQ('e', self->other[PAGE]);
	EXPECT_EQ(-1, madvise(map, PAGE, MADV_REMOVE));
	EXPECT_EQ(-1, madvise(map, PAGE, MADV_DOFORK + 1000));
	mlock(map, 4 * PAGE);
	EXPECT_EQ(0, munmap(map, 4 * PAGE));
	end(_metadata, self);
}

TEST_F_TIMEOUT(mm, forked, TIMEOUT)
{
	uint8_t *map = self->map;
	int fork_pipe[2], status;
	pid_t pid;
	char c;

	ASSERT_EQ(0, pipe(fork_pipe));
	map[0] = '0';
	pid = fork();
	if (pid == 0) {
		/* a child has it, parts of it, and its own children have */
		close(fork_pipe[1]);
		if (map[0] != '0' || read(fork_pipe[0], &c, 1) < 0)
			_exit(1);
		map[PAGE] = 'c';
		munmap(map, PAGE);
		madvise(map + PAGE, PAGE, MADV_DONTNEED);
		if (fork() == 0)
			_exit(map[PAGE] != 'c');
		_exit(wait(&status) < 0 || status || map[PAGE] != 'c');
	}
	ASSERT_LT(0, pid);
	close(fork_pipe[0]);
	EXPECT_EQ(0, munmap(map, 4 * PAGE));
	EXPECT_EQ(4, grants_used(&self->p, &self->p.a));
	close(fork_pipe[1]);
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ('c', self->other[PAGE]);
	end(_metadata, self);
}

/* A process that is looked into, by all the ways there are */
TEST_F_TIMEOUT(mm, looked_into, TIMEOUT)
{
	uint8_t *map = self->map, word[8];
	struct iovec mine = { word, sizeof(word) };
	struct iovec its = { map + PAGE, sizeof(word) };
	int status, mem;
	char path[64];
	long value;
	pid_t pid;

	memset(map, 'l', 4 * PAGE);
	pid = fork();
	if (pid == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		raise(SIGSTOP);
		_exit(0);
	}
	ASSERT_LT(0, pid);
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	ASSERT_TRUE(WIFSTOPPED(status));
	EXPECT_EQ(0, munmap(map, 4 * PAGE));

	value = ptrace(PTRACE_PEEKDATA, pid, map, 0);
	EXPECT_EQ(0x6c6c6c6c6c6c6c6cL, value);
	EXPECT_EQ(0, ptrace(PTRACE_POKEDATA, pid, map + 8, 0x7070707070707070L));
	EXPECT_TRUE(all_bytes(self->other + 8, 'p', 8));
	EXPECT_EQ(8, process_vm_readv(pid, &mine, 1, &its, 1, 0));
	EXPECT_TRUE(all_bytes(word, 'l', 8));
	memset(word, 'v', 8);
	EXPECT_EQ(8, process_vm_writev(pid, &mine, 1, &its, 1, 0));
	EXPECT_TRUE(all_bytes(self->other + PAGE, 'v', 8));
	snprintf(path, sizeof(path), "/proc/%d/mem", pid);
	mem = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, mem);
	EXPECT_EQ(8, pread(mem, word, 8, (uintptr_t)map + 2 * PAGE));
	EXPECT_TRUE(all_bytes(word, 'l', 8));
	memset(word, 'm', 8);
	EXPECT_EQ(8, pwrite(mem, word, 8, (uintptr_t)map + 2 * PAGE));
	EXPECT_TRUE(all_bytes(self->other + 2 * PAGE, 'm', 8));
	close(mem);
	EXPECT_EQ(0, ptrace(PTRACE_CONT, pid, 0, 0));
	EXPECT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	end(_metadata, self);
}

/* Pages that the kernel still has for I/O when the last mapping goes */
TEST_F_TIMEOUT(mm, io_outlives_it, TIMEOUT)
{
	struct iovec iov = { self->map, 4 * PAGE };
	uint8_t *map = self->map;
	char buffer[4 * PAGE];
	int pipes[2], file;
	__u32 refs[64];
	void *fresh;
	__u64 at;

	ASSERT_EQ(0, pipe(pipes));
	memset(map, 'i', 4 * PAGE);
	ASSERT_EQ(4 * PAGE, vmsplice(pipes[1], &iov, 1, 0));
	EXPECT_EQ(0, munmap(map, 4 * PAGE));
	end(_metadata, self);
	/* who gets pages now does not get these */
	ASSERT_EQ(0, gnt_alloc(self->p.ga, self->p.b.id, 64, true, refs, &at));
	ASSERT_EQ(0, gnt_mmap(self->p.ga, at, 64, RW, MAP_SHARED, &fresh));
	EXPECT_TRUE(all_bytes(fresh, 0, 64 * PAGE));
	memset(fresh, 'n', 64 * PAGE);
	EXPECT_EQ(4 * PAGE, read(pipes[0], buffer, sizeof(buffer)));
	EXPECT_TRUE(all_bytes(buffer, 'i', 4 * PAGE));

	/* I/O to and from them, by the page and by copying */
	file = memfd_create("io", MFD_CLOEXEC);
	ASSERT_LE(0, file);
	EXPECT_EQ(4 * PAGE, write(file, buffer, 4 * PAGE));
	EXPECT_EQ(4 * PAGE, pread(file, fresh, 4 * PAGE, 0));
	EXPECT_TRUE(all_bytes(fresh, 'i', 4 * PAGE));
	EXPECT_EQ(PAGE, pwrite(file, fresh + 8 * PAGE, PAGE, 0));
	munmap(fresh, 64 * PAGE);
	close(file);
	close(pipes[0]);
	close(pipes[1]);
}

/* For reading is for reading, for a debugger as well */
TEST_F_TIMEOUT(mm, read_only_is_for_good, TIMEOUT)
{
	struct pair *p = &self->p;
	int dev = variant->self ? p->da : p->db, mem, i;
	uint8_t *map, *mine, word[8] = "written";
	struct iovec from = { word, 8 }, to;
	__u64 at, there;
	__u32 refs[2];

	ASSERT_EQ(0, gnt_alloc(p->ga, variant->self ? p->a.id : p->b.id, 2,
			       false, refs, &at));
	ASSERT_EQ(0, gnt_mmap(p->ga, at, 2, RW, MAP_SHARED, &mine));
	memset(mine, 'r', 2 * PAGE);
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, gnt_map(dev, p->a.id, refs + i, 1, &there));
		ASSERT_EQ(0, gnt_mmap(dev, there, 1, PROT_READ,
				      i ? MAP_PRIVATE : MAP_SHARED, &map));
		mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
		ASSERT_LE(0, mem);
		EXPECT_EQ(-1, pwrite(mem, word, 8, (uintptr_t)map));
		to.iov_base = map;
		to.iov_len = 8;
		EXPECT_EQ(-1, process_vm_writev(getpid(), &from, 1, &to, 1, 0));
		EXPECT_EQ(-1, pread(mem, map, 8, (uintptr_t)word));
		EXPECT_EQ(EFAULT, errno);
		close(mem);
		EXPECT_TRUE(all_bytes(map, 'r', PAGE));
		EXPECT_TRUE(all_bytes(mine, 'r', 2 * PAGE));
		EXPECT_EQ(0, munmap(map, PAGE));
	}
	munmap(mine, 2 * PAGE);
	munmap(self->map, 4 * PAGE);
	munmap(self->other, 4 * PAGE);
}

/* Many mappings of the same pages */
TEST_F_TIMEOUT(mm, many, TIMEOUT)
{
	struct pair *p = &self->p;
	int dev = variant->self ? p->da : p->db, i;
	uint8_t *maps[32], *views[32];
	__u64 at, there;
	__u32 refs[4];

	ASSERT_EQ(0, gnt_alloc(p->ga, variant->self ? p->a.id : p->b.id, 4,
			       true, refs, &at));
	for (i = 0; i < 32; i++) {
		ASSERT_EQ(0, gnt_map(dev, p->a.id, refs, 4, &there));
		ASSERT_EQ(0, gnt_mmap(dev, there, 4, RW, MAP_SHARED, &maps[i]));
		/* gntalloc also maps parts */
		ASSERT_EQ(0, gnt_mmap(p->ga, at + (i % 4) * PAGE, 4 - i % 4, RW,
				      MAP_SHARED, &views[i]));
		EXPECT_EQ(0, gnt_unmap(dev, there, 4));
	}
	for (i = 0; i < 32; i++) {
		maps[i][3 * PAGE + i] = i + 1;
		EXPECT_EQ(i + 1, views[0][3 * PAGE + i]);
		EXPECT_EQ(i + 1, views[31][i]);
	}
	EXPECT_EQ(0, gnt_dealloc(p->ga, at, 4));
	EXPECT_EQ(8, grants_used(p, &p->a));
	for (i = 0; i < 32; i++) {
		EXPECT_EQ(0, munmap(views[i], (4 - i % 4) * PAGE));
		EXPECT_EQ(0, munmap(maps[i], 4 * PAGE));
	}
	EXPECT_EQ(4, grants_used(p, &p->a));
	munmap(self->map, 4 * PAGE);
	end(_metadata, self);
}

TEST_HARNESS_MAIN
