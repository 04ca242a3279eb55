// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: values by key, from a directory and from an index
 *
 * Both variants have the same values, so that most tests are for both.
 */
#include <kselftest_harness.h>

#include <pthread.h>
#include <sys/mount.h>
#include <sys/uio.h>

#include "kv.h"

#define BIG		(1 << 20)
#define PAGE		4096
/* In the file of the index: not aligned to pages, as in an archive */
#define AT_A		512
#define AT_B		(AT_A + 5)
#define AT_BIG		(2 * PAGE + 512)
#define AT_PAGE		(AT_BIG + BIG + 1024)
#define FILE_SIZE	(AT_PAGE + PAGE + 100)

#define DIR_OF(name)	"/dev/shm/isle-kv-%d" name

FIXTURE(values) {
	int ctl, fd, backing;
	struct dom dom;
	struct counters start;
	char dir[64];
	uint8_t *big, *got;
};

FIXTURE_VARIANT(values) {
	enum isle_kv_backing backing;
};

FIXTURE_VARIANT_ADD(values, dir) { ISLE_KV_DIR };
FIXTURE_VARIANT_ADD(values, index) { ISLE_KV_INDEX };

static const struct line lines[] = {
	{ "a", AT_A, 5 },
	{ "dir/b", AT_B, 6 },
	{ "dir/big", AT_BIG, BIG },
	{ "dir/deep/er/page", AT_PAGE, PAGE },
	{ "dir-x", 0, 0 },
	{ "empty", FILE_SIZE, 0 },
	{ "\xff\xfe", AT_A, 1 },
};

#define LINES	(sizeof(lines) / sizeof(lines[0]))

static bool put(const char *dir, const char *name, const void *data, size_t len)
{
	char path[128];
	bool good;
	int fd;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	good = fd >= 0 && write(fd, data, len) == (ssize_t)len;
	close(fd);
	return good;
}

static bool make_dir(const char *dir, const uint8_t *big)
{
	return run("mkdir -p %s/dir/deep/er", dir) == 0 &&
	       put(dir, "a", "value", 5) && put(dir, "dir/b", "second", 6) &&
	       put(dir, "dir/big", big, BIG) &&
	       put(dir, "dir/deep/er/page", big, PAGE) &&
	       put(dir, "dir-x", "", 0) && put(dir, "empty", "", 0) &&
	       put(dir, "\xff\xfe", "v", 1);
}

static bool make_file(int fd, const uint8_t *big)
{
	uint8_t *fence = malloc(FILE_SIZE);
	bool good;

	memset(fence, 0xee, FILE_SIZE);
	memcpy(fence + AT_A, "value", 5);
	memcpy(fence + AT_B, "second", 6);
	memcpy(fence + AT_BIG, big, BIG);
	memcpy(fence + AT_PAGE, big, PAGE);
	good = pwrite(fd, fence, FILE_SIZE, 0) == FILE_SIZE;
	free(fence);
	return good;
}

FIXTURE_SETUP(values)
{
	struct rng rng = { .state = 7 };
	/* in the order of memcmp(): "dir-x" is before "dir/b" */
	struct line sorted[LINES];

	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	self->big = malloc(BIG);
	self->got = malloc(BIG + PAGE);
	ASSERT_NE(NULL, self->big);
	ASSERT_NE(NULL, self->got);
	fill(&rng, self->big, BIG);
	snprintf(self->dir, sizeof(self->dir), DIR_OF(""), (int)getpid());
	ASSERT_EQ(0, run("rm -rf %s && mkdir %s", self->dir, self->dir));
	if (variant->backing == ISLE_KV_DIR) {
		ASSERT_TRUE(make_dir(self->dir, self->big));
		self->backing = open(self->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		ASSERT_LE(0, self->backing);
		ASSERT_EQ(0, kv_add_dir(self->ctl, self->dom.id, "data",
					self->backing));
	} else {
		memcpy(sorted, lines, sizeof(lines));
		sorted[1] = lines[4];
		memcpy(&sorted[2], &lines[1], 3 * sizeof(lines[0]));
		self->backing = memfd_create("values", MFD_CLOEXEC);
		ASSERT_LE(0, self->backing);
		ASSERT_TRUE(make_file(self->backing, self->big));
		ASSERT_EQ(0, kv_add_lines(self->ctl, self->dom.id, "data",
					  self->backing, sorted, LINES));
	}
	self->fd = kv_open(self->dom.fd, "data");
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(values)
{
	close(self->fd);
	close(self->dom.fd);
	close(self->ctl);
	close(self->backing);
	free(self->big);
	free(self->got);
	EXPECT_TRUE(counters_are(&self->start));
	EXPECT_EQ(0, run("rm -rf %s", self->dir));
}

#define EXPECT_ERRNO(error, result) do {				\
	EXPECT_EQ(-1, result);						\
	EXPECT_EQ(error, errno);					\
} while (0)

TEST_F_TIMEOUT(values, read, TIMEOUT)
{
	char *got = (char *)self->got;

	EXPECT_EQ(5, kv_read(self->fd, "a", 0, got, 100));
	EXPECT_EQ(0, memcmp("value", got, 5));
	EXPECT_EQ(3, kv_read(self->fd, "a", 2, got, 3));
	EXPECT_EQ(0, memcmp("lue", got, 3));
	EXPECT_EQ(0, kv_read(self->fd, "a", 5, got, 3));
	EXPECT_EQ(6, kv_read(self->fd, "dir/b", 0, got, 100));
	EXPECT_EQ(0, memcmp("second", got, 6));
	EXPECT_EQ(0, kv_read(self->fd, "empty", 0, got, 100));
	EXPECT_EQ(BIG, kv_read(self->fd, "dir/big", 0, got, BIG + PAGE));
	EXPECT_EQ(0, memcmp(self->big, got, BIG));
	EXPECT_EQ(1234, kv_read(self->fd, "dir/big", BIG - 1234, got, BIG));
	EXPECT_EQ(0, memcmp(self->big + BIG - 1234, got, 1234));
	EXPECT_EQ(PAGE, kv_read(self->fd, "dir/deep/er/page", 0, got, BIG));
	EXPECT_EQ(0, memcmp(self->big, got, PAGE));
	EXPECT_EQ(1, kv_read(self->fd, "\xff\xfe", 0, got, BIG));

	/* far away */
	EXPECT_EQ(0, kv_read(self->fd, "a", 1ULL << 31, got, 3));
	EXPECT_EQ(0, kv_read(self->fd, "a", INT64_MAX, got, 3));
	EXPECT_EQ(-EINVAL, kv_read(self->fd, "a", 1ULL << 63, got, 3));
	EXPECT_EQ(-EINVAL, kv_read(self->fd, "a", ~0ULL, got, 3));
	EXPECT_EQ(5, kv_read(self->fd, "a", 0, got, 1ULL << 31));

	EXPECT_EQ(-EFAULT, kv_read(self->fd, "a", 0, NULL, 5));
	EXPECT_EQ(-EFAULT, kv_read(self->fd, "a", 0, (void *)-1L, 5));
}

TEST_F_TIMEOUT(values, size, TIMEOUT)
{
	EXPECT_EQ(5, kv_size(self->fd, "a"));
	EXPECT_EQ(0, kv_size(self->fd, "empty"));
	EXPECT_EQ(BIG, kv_size(self->fd, "dir/big"));
}

TEST_F_TIMEOUT(values, not_a_value, TIMEOUT)
{
	static const struct {
		const char *key;
		int error;
	} keys[] = {
		{ "b", ENOENT }, { "aa", ENOENT }, { "dir/c", ENOENT },
		{ "dir/deep/x", ENOENT }, { "zzz", ENOENT }, { "A", ENOENT },
		{ "dir/bi", ENOENT }, { "dir/bigg", ENOENT }, { "di", ENOENT },
		{ "\x01", ENOENT }, { "\xff", ENOENT }, { "none/a", ENOENT },
		{ "dir", EISDIR }, { "dir/deep", EISDIR },
		{ "dir/deep/er", EISDIR },
		{ "a/b", ENOTDIR }, { "dir/b/c/d", ENOTDIR },
		{ "", EINVAL }, { "/", EINVAL }, { "/a", EINVAL },
		{ "a/", EINVAL }, { "dir//b", EINVAL }, { ".", EINVAL },
		{ "..", EINVAL }, { "../a", EINVAL }, { "dir/../a", EINVAL },
		{ "./a", EINVAL }, { "dir/./b", EINVAL }, { "dir/..", EINVAL },
		{ "...", ENOENT }, { "..a", ENOENT }, { "dir/.b", ENOENT },
	};
	char long_name[300], text[64];
	char long_key[5000];
	unsigned int i;

	for (i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		EXPECT_EQ(-keys[i].error, kv_read(self->fd, keys[i].key, 0,
						  self->got, 10))
			TH_LOG("key '%s'", keys[i].key);
		EXPECT_EQ(-keys[i].error, kv_value(self->fd, keys[i].key))
			TH_LOG("key '%s'", keys[i].key);
	}
	memset(long_name, 'n', sizeof(long_name));
	long_name[255] = '\0';
	EXPECT_EQ(-ENOENT, kv_size(self->fd, long_name));
	long_name[255] = 'n';
	long_name[256] = '\0';
	EXPECT_EQ(-ENAMETOOLONG, kv_size(self->fd, long_name));
	for (i = 0; i < sizeof(long_key); i++)
		long_key[i] = i % 2 ? '/' : 'k';
	long_key[4095] = '\0';
	EXPECT_EQ(-ENOENT, kv_size(self->fd, long_key));
	long_key[4095] = '/';
	long_key[4096] = 'k';
	long_key[4097] = '\0';
	EXPECT_EQ(-ENAMETOOLONG, kv_size(self->fd, long_key));
	EXPECT_EQ(-ENOENT, kv_list(self->fd, "none", 512, text, sizeof(text)));
	EXPECT_EQ(-ENOTDIR, kv_list(self->fd, "a", 512, text, sizeof(text)));
	EXPECT_EQ(-ENOTDIR, kv_list(self->fd, "a/b", 512, text, sizeof(text)));
	EXPECT_EQ(-EINVAL, kv_list(self->fd, "dir/..", 512, text, sizeof(text)));
}

/* A NUL within, lengths that are none, pointers that lead nowhere */
TEST_F_TIMEOUT(values, bad_arguments, TIMEOUT)
{
	struct isle_kv_read by_key = { .size = sizeof(by_key) };
	struct isle_kv_open open = { .size = sizeof(open) };
	struct isle_kv_list list = { .size = sizeof(list) };
	struct isle_kv_info info = { .size = sizeof(info) };
	struct isle_device_open dev = {
		.size = sizeof(dev), .flags = ISLE_OPEN_WRITE,
		.dev_class = ISLE_CLASS_KV,
	};
	char buf[512];

	EXPECT_EQ(0, call(self->fd, ISLE_KV_INFO, &info));
	EXPECT_EQ(variant->backing, info.backing);
	EXPECT_EQ(variant->backing == ISLE_KV_DIR ? 0 : LINES, info.entries);
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_KV_INFO, &info));

	by_key.key = (uintptr_t)"a\0b";
	by_key.key_length = 3;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_KV_READ, &by_key));
	by_key.key_length = 2;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_KV_READ, &by_key));
	by_key.key_length = ~0U;
	EXPECT_EQ(-ENAMETOOLONG, call(self->fd, ISLE_KV_READ, &by_key));
	by_key.key_length = 1U << 31;
	EXPECT_EQ(-ENAMETOOLONG, call(self->fd, ISLE_KV_READ, &by_key));
	by_key.key_length = 1;
	by_key.bytes = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_KV_READ, &by_key));
	by_key.bytes = 0;
	by_key.key = 0;
	EXPECT_EQ(-EFAULT, call(self->fd, ISLE_KV_READ, &by_key));

	open.key = (uintptr_t)"a";
	open.key_length = 1;
	open.fd = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_KV_OPEN, &open));
	open.fd = 0;
	open.flags = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_KV_OPEN, &open));
	open.flags = 0;
	open.reserved = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_KV_OPEN, &open));

	list.length = 511;
	list.buffer = (uintptr_t)buf;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_KV_LIST, &list));
	list.length = ~0U;
	list.buffer = 0;
	EXPECT_EQ(-EFAULT, call(self->fd, ISLE_KV_LIST, &list));
	list.flags = 1;
	EXPECT_EQ(-EINVAL, call(self->fd, ISLE_KV_LIST, &list));

	put_name(dev.name, "data");
	ASSERT_EQ(0, call(self->dom.fd, ISLE_DOMAIN_DEVICE_OPEN, &dev));
	EXPECT_EQ(-EBADF, kv_size(dev.fd, "a"));
	EXPECT_EQ(-EBADF, kv_value(dev.fd, "a"));
	EXPECT_EQ(-EBADF, kv_list(dev.fd, "", 512, buf, sizeof(buf)));
	close(dev.fd);
	/* the device is no file with bytes */
	EXPECT_ERRNO(EINVAL, read(self->fd, buf, 1));
	EXPECT_ERRNO(ESPIPE, pread(self->fd, buf, 1, 0));
}

static int compare_words(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Directories are in no order */
static void sort_words(char *text)
{
	char copy[4096], *words[512], *word;
	int i, n = 0;

	strcpy(copy, text);
	for (word = strtok(copy, " "); word; word = strtok(NULL, " "))
		words[n++] = word;
	qsort(words, n, sizeof(words[0]), compare_words);
	*text = '\0';
	for (i = 0; i < n; i++) {
		strcat(text, i ? " " : "");
		strcat(text, words[i]);
	}
}

TEST_F_TIMEOUT(values, list, TIMEOUT)
{
	char text[4096];

	EXPECT_EQ(5, kv_list(self->fd, "", 512, text, sizeof(text)));
	sort_words(text);
	EXPECT_STREQ("a dir-x dir/ empty \xff\xfe", text);
	EXPECT_EQ(3, kv_list(self->fd, "dir", 512, text, sizeof(text)));
	sort_words(text);
	EXPECT_STREQ("b big deep/", text);
	EXPECT_EQ(1, kv_list(self->fd, "dir/deep", 65536, text, sizeof(text)));
	EXPECT_STREQ("er/", text);
	EXPECT_EQ(1, kv_list(self->fd, "dir/deep/er", 65536, text,
			     sizeof(text)));
	EXPECT_STREQ("page", text);
}

TEST_F_TIMEOUT(values, list_cursor, TIMEOUT)
{
	static const __u64 cursors[] = {
		3, 1000, INT64_MAX, 1ULL << 63, ~0ULL,
	};
	struct isle_kv_list arg = { .size = sizeof(arg) };
	__u64 buf[64];
	unsigned int i;
	int ret;

	/* whatever somebody makes up: an end, or an errno */
	for (i = 0; i < sizeof(cursors) / sizeof(cursors[0]); i++) {
		arg.cursor = cursors[i];
		arg.buffer = (uintptr_t)buf;
		arg.length = sizeof(buf);
		ret = call(self->fd, ISLE_KV_LIST, &arg);
		EXPECT_TRUE(ret == 0 || ret == -EINVAL);
	}
}

TEST_F_TIMEOUT(values, value_file, TIMEOUT)
{
	int fd = kv_value(self->fd, "dir/big"), other;
	void *volatile nowhere = NULL;
	struct iovec iov[2] = { { self->got, 100 }, { self->got + 200, 50 } };
	char path[64];
	struct stat st;

	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	ASSERT_EQ(0, fstat(fd, &st));
	EXPECT_EQ(BIG, st.st_size);
	EXPECT_TRUE(S_ISREG(st.st_mode));
	EXPECT_EQ(10, read(fd, self->got, 10));
	EXPECT_EQ(10, lseek(fd, 0, SEEK_CUR));
	EXPECT_EQ(0, memcmp(self->big, self->got, 10));
	EXPECT_EQ(150, readv(fd, iov, 2));
	EXPECT_EQ(0, memcmp(self->big + 110, self->got + 200, 50));
	EXPECT_EQ(BIG, lseek(fd, 0, SEEK_END));
	EXPECT_EQ(0, read(fd, self->got, 10));
	EXPECT_ERRNO(EINVAL, lseek(fd, 1, SEEK_END));
	EXPECT_ERRNO(EINVAL, lseek(fd, -1, SEEK_SET));
	EXPECT_EQ(BIG, pread(fd, self->got, BIG + PAGE, 0));
	EXPECT_EQ(0, memcmp(self->big, self->got, BIG));
	EXPECT_EQ(7, pread(fd, self->got, 100, BIG - 7));
	EXPECT_EQ(0, pread(fd, self->got, 100, INT64_MAX - 100));
	/* if the backing has such a thing */
	EXPECT_TRUE(preadv2(fd, iov, 1, 0, RWF_NOWAIT) == 100 ||
		    errno == EOPNOTSUPP || errno == EAGAIN);
	EXPECT_ERRNO(EFAULT, pread(fd, nowhere, 10, 0));

	/* read-only in every way */
	EXPECT_ERRNO(EBADF, write(fd, "x", 1));
	EXPECT_ERRNO(EINVAL, ftruncate(fd, 0));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	other = open(path, O_RDWR);
	EXPECT_EQ(-1, other);
	EXPECT_EQ(-1, open(path, O_RDONLY));
	close(fd);
}

TEST_F_TIMEOUT(values, map, TIMEOUT)
{
	static const char *const keys[] = { "dir/big", "a", "dir/deep/er/page" };
	struct isle_kv_open open;
	unsigned int i;
	size_t len;
	uint8_t *map;

	for (i = 0; i < 3; i++) {
		open = (struct isle_kv_open) {
			.size = sizeof(open), .key = (uintptr_t)keys[i],
			.key_length = strlen(keys[i]),
		};
		ASSERT_EQ(0, call(self->fd, ISLE_KV_OPEN, &open));
		if (variant->backing == ISLE_KV_DIR)
			EXPECT_EQ(0, open.page_offset);
		ASSERT_EQ(open.bytes, pread(open.fd, self->got, BIG, 0));
		len = open.page_offset + open.bytes;
		map = mmap(NULL, len, PROT_READ, i ? MAP_PRIVATE : MAP_SHARED,
			   open.fd, 0);
		ASSERT_NE(MAP_FAILED, map);
		EXPECT_EQ(0, memcmp(self->got, map + open.page_offset,
				    open.bytes));
		/* it stays, whatever becomes of the file */
		EXPECT_ERRNO(EACCES, mprotect(map, PAGE, PROT_READ | PROT_WRITE));
		EXPECT_ERRNO(EACCES, mprotect(map, PAGE, PROT_READ | PROT_EXEC));
		close(open.fd);
		EXPECT_EQ(0, memcmp(self->got, map + open.page_offset,
				    open.bytes));
		munmap(map, len);
	}
}

TEST_F_TIMEOUT(values, map_refused, TIMEOUT)
{
	int fd = kv_value(self->fd, "dir/big"), empty;
	struct isle_kv_open open = {
		.size = sizeof(open), .key = (uintptr_t)"dir/big",
		.key_length = 7,
	};
	size_t pages;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, call(self->fd, ISLE_KV_OPEN, &open));
	pages = (open.page_offset + BIG + PAGE - 1) / PAGE;
	close(open.fd);
#define REFUSED(error, len, prot, flags, fd, offset) do {		\
	EXPECT_EQ(MAP_FAILED, mmap(NULL, len, prot, flags, fd, offset));	\
	EXPECT_EQ(error, errno);					\
} while (0)
	REFUSED(EACCES, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REFUSED(EACCES, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	REFUSED(EPERM, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	REFUSED(EPERM, PAGE, PROT_READ | PROT_EXEC, MAP_SHARED, fd, 0);
	REFUSED(EINVAL, (pages + 1) * PAGE, PROT_READ, MAP_SHARED, fd, 0);
	REFUSED(EINVAL, PAGE, PROT_READ, MAP_SHARED, fd, pages * PAGE);
	REFUSED(EINVAL, PAGE, PROT_READ, MAP_SHARED, fd, 1LL << 43);
	empty = kv_value(self->fd, "empty");
	ASSERT_LE(0, empty);
	if (variant->backing == ISLE_KV_DIR)
		REFUSED(EINVAL, PAGE, PROT_READ, MAP_SHARED, empty, 0);
	close(empty);
	close(fd);
}

/* The pages that are mapped can be read by ptrace and not be written by it */
TEST_F_TIMEOUT(values, proc_mem, TIMEOUT)
{
	int fd = kv_value(self->fd, "dir/big");
	int mem = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
	uint8_t *map;
	uint8_t was, byte;

	ASSERT_LE(0, fd);
	ASSERT_LE(0, mem);
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	was = map[0];
	byte = ~was;
	pwrite(mem, &byte, 1, (uintptr_t)map);
	EXPECT_EQ(was, map[0]);
	munmap(map, PAGE);
	close(mem);
	close(fd);
}

TEST_F_TIMEOUT(values, removal, TIMEOUT)
{
	int fd = kv_value(self->fd, "dir/big");
	struct isle_device_id id;
	char text[64];
	uint8_t *map;

	ASSERT_LE(0, fd);
	EXPECT_EQ(0, dev_id(self->fd, &id));
	EXPECT_EQ(ISLE_CLASS_KV, id.dev_class);
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	ASSERT_NE(MAP_FAILED, map);
	ASSERT_EQ(0, kv_del(self->ctl, self->dom.id, "data"));
	EXPECT_EQ(-ENODEV, kv_size(self->fd, "a"));
	EXPECT_EQ(-ENODEV, kv_value(self->fd, "a"));
	EXPECT_EQ(-ENODEV, kv_list(self->fd, "", 512, text, sizeof(text)));
	EXPECT_EQ(-ENODEV, dev_id(self->fd, &id));
	EXPECT_ERRNO(ENODEV, read(fd, self->got, 1));
	EXPECT_ERRNO(ENODEV, lseek(fd, 0, SEEK_SET));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(POLLHUP | POLLERR, poll_now(self->fd, POLLIN));
	/* what is mapped stays mapped */
	EXPECT_TRUE(map[0] == 0xee || map[0] == self->big[0]);
	munmap(map, PAGE);
	close(fd);
}

TEST_F_TIMEOUT(values, quota, TIMEOUT)
{
	struct isle_quota files;
	int fds[8], i;

	ASSERT_EQ(0, quota_get(self->ctl, self->dom.id, ISLE_QUOTA_FILES,
			       &files));
	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_FILES,
			       files.used + 8));
	for (i = 0; i < 8; i++) {
		fds[i] = kv_value(self->fd, i % 2 ? "a" : "dir/b");
		ASSERT_LE(0, fds[i]);
	}
	EXPECT_EQ(-EDQUOT, kv_value(self->fd, "a"));
	/* reading by key needs none */
	EXPECT_EQ(5, kv_size(self->fd, "a"));
	for (i = 0; i < 8; i++)
		close(fds[i]);
	EXPECT_EQ(files.used, quota_used(self->ctl, self->dom.id,
					 ISLE_QUOTA_FILES));
	EXPECT_EQ(variant->backing == ISLE_KV_DIR ? 0 : PAGE,
		  quota_used(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY));
}

struct reader {
	pthread_t thread;
	int fd;
	uint8_t *big;
	bool *stop;
	int error;	/* what ended it */
	bool wrong;
};

static void *read_on(void *arg)
{
	struct reader *r = arg;
	uint8_t buf[2 * PAGE];
	struct rng rng = { .state = (uintptr_t)arg };
	size_t at;
	int fd;

	while (!r->error && !__atomic_load_n(r->stop, __ATOMIC_RELAXED)) {
		at = below(&rng, BIG - sizeof(buf));
		fd = kv_value(r->fd, "dir/big");
		if (fd < 0) {
			r->error = fd;
			break;
		}
		if (pread(fd, buf, sizeof(buf), at) < 0)
			r->error = -errno;
		else if (memcmp(buf, r->big + at, sizeof(buf)))
			r->wrong = true;
		close(fd);
	}
	return NULL;
}

/* The device goes while it is read */
TEST_F_TIMEOUT(values, removal_under_load, TIMEOUT)
{
	struct reader readers[3];
	bool stop = false;
	int i;

	for (i = 0; i < 3; i++) {
		readers[i] = (struct reader) {
			.fd = self->fd, .big = self->big, .stop = &stop,
		};
		ASSERT_EQ(0, pthread_create(&readers[i].thread, NULL, read_on,
					    &readers[i]));
	}
	for (i = 0; i < 20; i++)
		EXPECT_EQ(5, kv_size(self->fd, "a"));
	EXPECT_EQ(0, kv_del(self->ctl, self->dom.id, "data"));
	for (i = 0; i < 3; i++) {
		pthread_join(readers[i].thread, NULL);
		EXPECT_EQ(-ENODEV, readers[i].error);
		EXPECT_FALSE(readers[i].wrong);
	}
}

TEST_HARNESS_MAIN
