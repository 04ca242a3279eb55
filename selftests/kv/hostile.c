// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: key-value devices whose backing is not what it should be
 *
 * Directories with links, mounts and things that are no files, and directories
 * that somebody changes during a walk; indexes that are none, and files that
 * became shorter.
 */
#include <kselftest_harness.h>

#include <pthread.h>
#include <sys/mount.h>
#include <sys/syscall.h>

#include "../fs/pager.h"
#include "kv.h"

#define PAGE	4096
#define MANY	1500

FIXTURE(hostile) {
	int ctl, fd;
	struct dom dom;
	struct counters start;
	char base[64];
	char text[65536];
};

FIXTURE_SETUP(hostile)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	self->fd = -1;
	snprintf(self->base, sizeof(self->base), "/dev/shm/isle-kvh-%d",
		 (int)getpid());
	ASSERT_EQ(0, run("rm -rf %s && mkdir -p %s/root/dir", self->base,
			 self->base));
	ASSERT_EQ(0, run("cd %s && printf in >root/dir/file && printf out >secret",
			 self->base));
}

FIXTURE_TEARDOWN(hostile)
{
	close(self->fd);
	close(self->dom.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
	EXPECT_EQ(0, run("rm -rf %s", self->base));
}

/* The device "data" of base/root, opened */
#define ADD_ROOT() do {							\
	char path_[96];							\
	int dir_;							\
									\
	snprintf(path_, sizeof(path_), "%s/root", self->base);		\
	dir_ = open(path_, O_RDONLY | O_DIRECTORY | O_CLOEXEC);		\
	ASSERT_LE(0, dir_);						\
	ASSERT_EQ(0, kv_add_dir(self->ctl, self->dom.id, "data", dir_));	\
	close(dir_);							\
	self->fd = kv_open(self->dom.fd, "data");			\
	ASSERT_LE(0, self->fd);						\
} while (0)

TEST_F_TIMEOUT(hostile, what_is_no_file, TIMEOUT)
{
	ASSERT_EQ(0, run("cd %s/root && ln -s dir/file link && "
			 "ln -s ../secret out && ln -s dir ldir && ln -s / top && mkfifo fifo && mknod null c 1 3 && ln -s none dangling && "
			 "mkdir mnt", self->base));
	ASSERT_EQ(0, run("cd %s/root && mount -t tmpfs none mnt && printf x >mnt/file",
			 self->base));
	ADD_ROOT();
	EXPECT_EQ(2, kv_size(self->fd, "dir/file"));
	EXPECT_EQ(-ELOOP, kv_size(self->fd, "link"));
	EXPECT_EQ(-ELOOP, kv_size(self->fd, "out"));
	EXPECT_EQ(-ELOOP, kv_size(self->fd, "dangling"));
	EXPECT_EQ(-ELOOP, kv_size(self->fd, "ldir/file"));
	EXPECT_EQ(-ELOOP, kv_size(self->fd, "top/etc/passwd"));
	EXPECT_EQ(-ELOOP, kv_list(self->fd, "ldir", 512, self->text, 100));
	EXPECT_EQ(-EOPNOTSUPP, kv_size(self->fd, "fifo"));
	EXPECT_EQ(-EOPNOTSUPP, kv_value(self->fd, "null"));
	EXPECT_EQ(-EXDEV, kv_size(self->fd, "mnt"));
	EXPECT_EQ(-EXDEV, kv_size(self->fd, "mnt/file"));
	EXPECT_EQ(-EXDEV, kv_list(self->fd, "mnt", 512, self->text, 100));
	EXPECT_EQ(2, kv_list(self->fd, "", 512, self->text, 100));
	EXPECT_NE(NULL, strstr(self->text, "dir/"));
	EXPECT_NE(NULL, strstr(self->text, "mnt/"));
	EXPECT_EQ(0, run("umount %s/root/mnt", self->base));
}

/* The device keeps the directory, whatever it is called */
TEST_F_TIMEOUT(hostile, moved, TIMEOUT)
{
	ADD_ROOT();
	ASSERT_EQ(0, run("cd %s && mv root other && mkdir root", self->base));
	EXPECT_EQ(2, kv_size(self->fd, "dir/file"));
	ASSERT_EQ(0, run("rm -rf %s/other", self->base));
	EXPECT_EQ(-ENOENT, kv_size(self->fd, "dir/file"));
	EXPECT_EQ(-ENOENT, kv_size(self->fd, "new"));
}

/* Values that change are what they are at the moment */
TEST_F_TIMEOUT(hostile, changes, TIMEOUT)
{
	char path[128];
	int fd, file;

	ADD_ROOT();
	snprintf(path, sizeof(path), "%s/root/dir/file", self->base);
	file = open(path, O_RDWR | O_CLOEXEC);
	ASSERT_LE(0, file);
	fd = kv_value(self->fd, "dir/file");
	ASSERT_LE(0, fd);
	ASSERT_EQ(4, pwrite(file, "more", 4, 2));
	EXPECT_EQ(6, kv_size(self->fd, "dir/file"));
	EXPECT_EQ(6, pread(fd, self->text, 100, 0));
	EXPECT_EQ(0, memcmp("inmore", self->text, 6));
	ASSERT_EQ(0, ftruncate(file, 1));
	EXPECT_EQ(1, pread(fd, self->text, 100, 0));
	EXPECT_EQ(0, pread(fd, self->text, 100, 1));
	ASSERT_EQ(0, unlink(path));
	EXPECT_EQ(-ENOENT, kv_size(self->fd, "dir/file"));
	EXPECT_EQ(1, pread(fd, self->text, 100, 0));
	close(fd);
	close(file);
}

/* Whoever acts as the domain needs no rights on the files: the administrator's */
TEST_F_TIMEOUT(hostile, credentials, TIMEOUT)
{
	int status;
	pid_t pid;

	ASSERT_EQ(0, run("chmod 0700 %s %s/root && chmod 0600 %s/root/dir/file",
			 self->base, self->base, self->base));
	ADD_ROOT();
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid) {
		if (syscall(SYS_setresuid, 65534, 65534, 65534))
			_exit(1);
		_exit(kv_size(self->fd, "dir/file") != 2 ||
		      kv_value(self->fd, "dir/file") < 0 ||
		      kv_list(self->fd, "dir", 512, self->text, 100) != 1);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
}

/* A list that takes many calls has each name once */
TEST_F_TIMEOUT(hostile, many, TIMEOUT)
{
	static bool seen[MANY];
	char *word;
	int i, bad = 0;

	ASSERT_EQ(0, run("cd %s/root/dir && rm file && seq -f 'n%%05g' 0 %d | xargs touch",
			 self->base, MANY - 1));
	ADD_ROOT();
	ASSERT_EQ(MANY, kv_list(self->fd, "dir", 512, self->text,
				sizeof(self->text)));
	memset(seen, 0, sizeof(seen));
	for (word = strtok(self->text, " "); word; word = strtok(NULL, " ")) {
		i = atoi(word + 1);
		if (i < 0 || i >= MANY || seen[i])
			bad++;
		else
			seen[i] = true;
	}
	EXPECT_EQ(0, bad);
	EXPECT_EQ(MANY, kv_list(self->fd, "dir", 65536, self->text,
				sizeof(self->text)));
}

struct swapper {
	pthread_t thread;
	const char *base;
	int stop;
	int swaps;
};

#ifndef RENAME_EXCHANGE
#define RENAME_EXCHANGE	(1 << 1)
#endif

/* dir is a directory, then a link to one outside, then again; and it is away */
static void *swap(void *arg)
{
	struct swapper *s = arg;
	char dir[96], link[96], away[96];

	snprintf(dir, sizeof(dir), "%s/root/dir", s->base);
	snprintf(link, sizeof(link), "%s/link", s->base);
	snprintf(away, sizeof(away), "%s/away", s->base);
	while (!__atomic_load_n(&s->stop, __ATOMIC_RELAXED)) {
		syscall(SYS_renameat2, AT_FDCWD, dir, AT_FDCWD, link,
			RENAME_EXCHANGE);
		syscall(SYS_renameat2, AT_FDCWD, dir, AT_FDCWD, link,
			RENAME_EXCHANGE);
		if (!rename(dir, away) && !rename(away, dir))
			s->swaps++;
		sched_yield();
	}
	return NULL;
}

/* A link that is put in during the walk leads nowhere */
TEST_F_TIMEOUT(hostile, swapped, TIMEOUT)
{
	const int n = rounds(3000, 300);
	struct swapper swapper = { .base = self->base };
	int i, fd, good = 0, leaks = 0, odd = 0;
	long long ret;

	ASSERT_EQ(0, run("cd %s && mkdir outside && printf leak >outside/file && "
			 "ln -s ../outside link", self->base));
	ADD_ROOT();
	ASSERT_EQ(0, pthread_create(&swapper.thread, NULL, swap, &swapper));
	for (i = 0; i < n || !__atomic_load_n(&swapper.swaps, __ATOMIC_RELAXED);
	     i++) {
		ret = kv_read(self->fd, "dir/file", 0, self->text, 10);
		if (ret > 0) {
			good++;
			leaks += ret != 2 || memcmp(self->text, "in", 2);
		} else if (ret != -ELOOP && ret != -ENOENT && ret != -EXDEV) {
			odd++;
		}
		fd = kv_value(self->fd, "dir/file");
		if (fd < 0)
			continue;
		leaks += pread(fd, self->text, 10, 0) != 2;
		close(fd);
	}
	__atomic_store_n(&swapper.stop, 1, __ATOMIC_RELAXED);
	pthread_join(swapper.thread, NULL);
	EXPECT_EQ(0, leaks);
	EXPECT_EQ(0, odd);
	TH_LOG("%d of %d found it", good, i);
}

TEST_F_TIMEOUT(hostile, backings, TIMEOUT)
{
	struct isle_kv_config config = { .size = sizeof(config) };
	int file, pipes[2], fd;

#define TRY(expected) \
	EXPECT_EQ(expected, kv_add_config(self->ctl, self->dom.id, "x", &config))
	file = memfd_create("values", MFD_CLOEXEC);
	ASSERT_LE(0, file);
	ASSERT_EQ(0, pipe2(pipes, O_CLOEXEC));
	config.backing = ISLE_KV_DIR;
	config.fd = file;
	TRY(-ENOTDIR);
	config.fd = -1;
	TRY(-EBADF);
	config.fd = open("/", O_PATH | O_CLOEXEC);
	TRY(-EBADF);
	close(config.fd);
	config.backing = ISLE_KV_INDEX;
	config.fd = pipes[0];
	TRY(-EINVAL);
	config.fd = self->ctl;
	TRY(-EINVAL);
	config.fd = open("/", O_RDONLY | O_CLOEXEC);
	TRY(-EINVAL);
	config.backing = ISLE_KV_DIR;
	config.entries = 1;
	TRY(-EINVAL);
	config.entries = 0;
	config.keys = 1;
	TRY(-EINVAL);
	config.keys = 0;
	config.flags = 1;
	TRY(-EINVAL);
	config.flags = 0;
	config.backing = 3;
	TRY(-EINVAL);
	config.backing = 0;
	TRY(-EINVAL);
	close(config.fd);
	close(pipes[0]);
	close(pipes[1]);

	/* nothing in it at all */
	config.backing = ISLE_KV_INDEX;
	config.fd = file;
	TRY(0);
	fd = kv_open(self->dom.fd, "x");
	EXPECT_EQ(-ENOENT, kv_size(fd, "a"));
	EXPECT_EQ(0, kv_list(fd, "", 512, self->text, 100));
	close(fd);
	close(file);
}

TEST_F_TIMEOUT(hostile, indexes, TIMEOUT)
{
	struct isle_kv_entry entries[2] = {
		{ .length = 1, .key_length = 1 },
		{ .length = 1, .key = 1, .key_length = 1 },
	};
	const struct isle_kv_entry first = entries[0];
	struct isle_kv_config config = {
		.size = sizeof(config), .backing = ISLE_KV_INDEX,
		.index = (uintptr_t)entries, .keys = (uintptr_t)"ab",
		.entries = 2, .keys_length = 2,
	};
	static const char *const bad_keys[] = {
		"ba", "aa", "/b", "a/", "a\0", ".b",
	};
	static const __u64 bad[] = {
		PAGE, PAGE + 1, 1U << 31, 1ULL << 32, INT64_MAX, 1ULL << 63, ~0ULL,
	};
	unsigned int i;

	config.fd = memfd_create("values", MFD_CLOEXEC);
	ASSERT_LE(0, config.fd);
	ASSERT_EQ(0, ftruncate(config.fd, PAGE));
	TRY(0);
	ASSERT_EQ(0, kv_del(self->ctl, self->dom.id, "x"));
	for (i = 0; i < sizeof(bad_keys) / sizeof(bad_keys[0]) - 1; i++) {
		config.keys = (uintptr_t)bad_keys[i];
		TRY(-EINVAL);
	}
	config.keys = (uintptr_t)"ab";
	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		entries[0].offset = bad[i];
		TRY(-EINVAL);
		entries[0].offset = 1;
		entries[0].length = bad[i];
		TRY(-EINVAL);
		entries[0] = first;
		if (bad[i] > UINT32_MAX)
			continue;
		entries[0].key = bad[i];
		TRY(-EINVAL);
		entries[0] = first;
		entries[0].key_length = bad[i];
		TRY(-EINVAL);
		entries[0] = first;
	}
	entries[0].key_length = 0;
	TRY(-EINVAL);
	entries[0] = first;
	entries[0].key_length = 3;
	TRY(-EINVAL);
	entries[0] = first;
	config.entries = ISLE_KV_ENTRIES_MAX + 1;
	TRY(-EINVAL);
	config.entries = ~0U;
	TRY(-EINVAL);
	config.entries = 2;
	config.keys_length = ISLE_KV_KEYS_MAX + 1;
	TRY(-EINVAL);
	config.keys_length = 2;
	config.index = 0;
	TRY(-EFAULT);
	config.index = (uintptr_t)entries;
	config.keys = 0;
	TRY(-EFAULT);
	config.keys = (uintptr_t)"ab";
	/* an index is memory that the domain is charged with */
	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY,
			       PAGE - 1));
	TRY(-EDQUOT);
	EXPECT_EQ(0, quota_used(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY));
	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY,
			       PAGE));
	TRY(0);
	EXPECT_EQ(PAGE, quota_used(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY));
	close(config.fd);
}

/* The file is shorter than it was when the index was made */
TEST_F_TIMEOUT(hostile, truncated, TIMEOUT)
{
	static const struct line lines[] = { { "a", 0, PAGE }, { "b", PAGE, PAGE } };
	int file = memfd_create("values", MFD_CLOEXEC), fd;

	ASSERT_LE(0, file);
	ASSERT_EQ(0, ftruncate(file, 2 * PAGE));
	ASSERT_EQ(0, kv_add_lines(self->ctl, self->dom.id, "data", file, lines,
				  2));
	self->fd = kv_open(self->dom.fd, "data");
	fd = kv_value(self->fd, "b");
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, ftruncate(file, PAGE + 10));
	EXPECT_EQ(PAGE, kv_read(self->fd, "a", 0, self->text, 2 * PAGE));
	EXPECT_EQ(PAGE, kv_size(self->fd, "b"));
	/* fewer bytes would mean that it ends there */
	EXPECT_EQ(-EIO, kv_read(self->fd, "b", 0, self->text, PAGE));
	EXPECT_EQ(10, kv_read(self->fd, "b", 0, self->text, 10));
	EXPECT_EQ(-EIO, kv_read(self->fd, "b", 10, self->text, PAGE));
	EXPECT_EQ(10, pread(fd, self->text, PAGE, 0));
	EXPECT_EQ(-1, pread(fd, self->text, PAGE, 10));
	EXPECT_EQ(EIO, errno);
	close(fd);
	close(file);
}

/* A mapping ends where its value does, whatever becomes of it */
TEST_F_TIMEOUT(hostile, no_larger, TIMEOUT)
{
	static const struct line lines[] = { { "a", PAGE, PAGE } };
	static const int flags[] = { MAP_SHARED, MAP_PRIVATE };
	int file = memfd_create("values", MFD_CLOEXEC), fd;
	unsigned int i;
	void *map;

	ASSERT_LE(0, file);
	ASSERT_EQ(0, ftruncate(file, 4 * PAGE));
	ASSERT_EQ(0, kv_add_lines(self->ctl, self->dom.id, "data", file, lines,
				  1));
	self->fd = kv_open(self->dom.fd, "data");
	fd = kv_value(self->fd, "a");
	ASSERT_LE(0, fd);
	for (i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		map = mmap(NULL, PAGE, PROT_READ, flags[i], fd, 0);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(MAP_FAILED, mremap(map, PAGE, 2 * PAGE,
					     MREMAP_MAYMOVE));
		EXPECT_EQ(EFAULT, errno);
		/* another one beside it, as large as one likes */
		EXPECT_EQ(MAP_FAILED, mremap(map, 0, 2 * PAGE, MREMAP_MAYMOVE));
		EXPECT_EQ(0, *(volatile char *)map);
		EXPECT_EQ(0, munmap(map, PAGE));
	}
	close(fd);
	close(file);
}

/* Memory that is not there yet, and memory with holes in it and with an end */
TEST_F_TIMEOUT(hostile, fresh_memory, TIMEOUT)
{
	enum { PAGES = 64 };
	static unsigned char want[PAGES * PAGE];
	const size_t size = sizeof(want);
	struct rng rng = { 10 };
	unsigned char *mem = fenced(PAGES);
	char path[128];
	int file, fd, i, how;

	snprintf(path, sizeof(path), "%s/root/large", self->base);
	file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	ASSERT_LE(0, file);
	fill(&rng, want, size);
	ASSERT_EQ((ssize_t)size, write(file, want, size));
	close(file);
	ADD_ROOT();
	fd = kv_value(self->fd, "large");
	ASSERT_LE(0, fd);
	for (how = 0; how < 8; how++) {
		/* all of it, or every other page, or every third... */
		for (i = 0; i < PAGES; i += 1 + how / 2)
			ASSERT_EQ(0, madvise(mem + i * PAGE, PAGE, MADV_DONTNEED));
		ASSERT_EQ((long long)size,
			  how % 2 ? pread(fd, mem, size, 0) :
				    kv_read(self->fd, "large", 0, mem, size));
		ASSERT_EQ(0, memcmp(mem, want, size));
		memset(mem, 0, size);
	}
	/* what could be reached has been read, and counts */
	EXPECT_EQ(100, kv_read(self->fd, "large", 0, mem + size - 100, 200));
	EXPECT_EQ(0, memcmp(mem + size - 100, want, 100));
	EXPECT_EQ(100, pread(fd, mem + size - 100, 200, 7));
	EXPECT_EQ(0, memcmp(mem + size - 100, want + 7, 100));
	EXPECT_EQ(-EFAULT, kv_read(self->fd, "large", 0, mem + size, 200));
	close(fd);
	fenced_free(mem, PAGES);
}

static void reads_by_key(int fd, void *memory)
{
	kv_read(fd, "dir/file", 0, memory, PAGER_BYTES);
}

static void reads_file(int fd, void *memory)
{
	if (pread(fd, memory, PAGER_BYTES, 0) < 0)
		return;
}

/* Memory that a pager, which never answers, stands behind */
TEST_F_TIMEOUT(hostile, pager, TIMEOUT)
{
	pid_t by_key, of_file;
	int fd;

	ADD_ROOT();
	fd = kv_value(self->fd, "dir/file");
	ASSERT_LE(0, fd);
	by_key = pager_start(reads_by_key, self->fd);
	of_file = pager_start(reads_file, fd);
	EXPECT_LT(0, by_key);
	EXPECT_LT(0, of_file);
	/* nobody else is kept from anything */
	EXPECT_EQ(2, kv_read(self->fd, "dir/file", 0, self->text, 10));
	EXPECT_EQ(2, pread(fd, self->text, 10, 0));
	EXPECT_EQ(0, run("cd %s/root/dir && printf other >file && rm file",
			 self->base));
	EXPECT_TRUE(pager_end(by_key));
	EXPECT_TRUE(pager_end(of_file));
	close(fd);
}

/* The value's file and the device go in either order, with the domain, too */
TEST_F_TIMEOUT(hostile, lifetimes, TIMEOUT)
{
	int a, b;

	ADD_ROOT();
	a = kv_value(self->fd, "dir/file");
	b = kv_value(self->fd, "dir/file");
	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	close(a);
	close(self->fd);
	self->fd = -1;
	EXPECT_EQ(2, pread(b, self->text, 10, 0));
	close(self->dom.fd);
	/* it acts as the domain, which lives */
	EXPECT_EQ(2, pread(b, self->text, 10, 0));
	EXPECT_TRUE(dom_exists(self->ctl, self->dom.id));
	EXPECT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
	EXPECT_EQ(-1, pread(b, self->text, 10, 0));
	EXPECT_EQ(ENODEV, errno);
	close(b);
	self->dom.fd = -1;
}

TEST_HARNESS_MAIN
