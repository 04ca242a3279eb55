// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: files and directories of an fs device, and every errno
 *
 * On a directory of the host, a vfat and an ext4.
 */
#include <kselftest_harness.h>

#include <sys/resource.h>
#include <sys/uio.h>

#include "fs.h"

#define BYTES	STAGE_BYTES

FIXTURE(tree) {
	struct stage s;
	int fd;
};

FIXTURE_VARIANT(tree) {
	enum stage_kind kind;
};

FIXTURE_VARIANT_ADD(tree, dir) { ON_DIR };
FIXTURE_VARIANT_ADD(tree, vfat) { ON_VFAT };
FIXTURE_VARIANT_ADD(tree, ext4) { ON_EXT4 };

FIXTURE_SETUP(tree)
{
	ASSERT_EQ(0, stage_make(&self->s, variant->kind));
	self->fd = stage_add(&self->s, NULL);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(tree)
{
	EXPECT_TRUE(stage_end(&self->s));
	if (variant->kind != ON_DIR)
		EXPECT_TRUE(eventually(loop_free(&self->s)));
}

/* ext4 has its lost+found */
static int fresh(enum stage_kind kind)
{
	return kind == ON_EXT4;
}

TEST_F_TIMEOUT(tree, info, TIMEOUT)
{
	struct isle_fs_info info;
	struct isle_device_id id;

	ASSERT_EQ(0, fs_info(self->fd, &info));
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(0, info.state);
	EXPECT_NE(0, info.block_size);
	EXPECT_LE(info.free_bytes, info.bytes);
	EXPECT_EQ(variant->kind == ON_DIR ? ISLE_FS_DIR : ISLE_FS_IMAGE,
		  info.backing);
	EXPECT_EQ(variant->kind == ON_DIR ? 0 : BYTES, info.device_bytes);
	ASSERT_EQ(0, dev_id(self->fd, &id));
	EXPECT_EQ(ISLE_CLASS_FS, id.dev_class);
	EXPECT_STREQ("files", id.name);
	EXPECT_EQ(POLLIN | POLLOUT, poll_now(self->fd, POLLIN | POLLOUT));
}

TEST_F_TIMEOUT(tree, files, TIMEOUT)
{
	struct isle_fs_stat stat;
	char buf[16];
	int found;

	EXPECT_EQ(-ENOENT, fs_stat(self->fd, "a", &stat));
	EXPECT_EQ(-ENOENT, fs_write(self->fd, "a", 0, "x", 1));
	EXPECT_EQ(-ENOENT, fs_read(self->fd, "a", 0, buf, 1));
	EXPECT_EQ(-ENOENT, fs_destroy(self->fd, "a"));
	EXPECT_EQ(0, fs_create(self->fd, "a"));
	EXPECT_EQ(-EEXIST, fs_create(self->fd, "a"));
	EXPECT_EQ(-EEXIST, fs_mkdir(self->fd, "a"));
	ASSERT_EQ(0, fs_stat(self->fd, "a", &stat));
	EXPECT_EQ(ISLE_FS_FILE, stat.type);
	EXPECT_EQ(0, stat.bytes);
	EXPECT_EQ(0, stat.read_only);
	EXPECT_EQ(0, fs_read(self->fd, "a", 0, buf, sizeof(buf)));
	EXPECT_EQ(5, fs_write(self->fd, "a", 0, "hello", 5));
	EXPECT_EQ(5, fs_size(self->fd, "/a"));
	EXPECT_EQ(5, fs_read(self->fd, "/a", 0, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "hello", 5));
	EXPECT_EQ(2, fs_read(self->fd, "a", 3, buf, sizeof(buf)));
	EXPECT_EQ(0, fs_read(self->fd, "a", 5, buf, sizeof(buf)));
	EXPECT_EQ(0, fs_read(self->fd, "a", 500, buf, sizeof(buf)));
	EXPECT_EQ(0, fs_read(self->fd, "a", 0, buf, 0));
	EXPECT_EQ(0, fs_write(self->fd, "a", 0, buf, 0));
	EXPECT_EQ(1, fs_write(self->fd, "a", 7, "!", 1));
	EXPECT_EQ(8, fs_read(self->fd, "a", 0, buf, sizeof(buf)));
	EXPECT_EQ(0, memcmp(buf, "hello\0\0!", 8));
	EXPECT_EQ(fresh(variant->kind) + 1, fs_count(self->fd, "", "a", &found));
	EXPECT_EQ(1, found);
	EXPECT_EQ(0, fs_destroy(self->fd, "a"));
	EXPECT_EQ(-ENOENT, fs_read(self->fd, "a", 0, buf, 1));
	/* the name again, and nothing of what was there */
	EXPECT_EQ(0, fs_create(self->fd, "a"));
	EXPECT_EQ(0, fs_size(self->fd, "a"));
	EXPECT_EQ(0, fs_read(self->fd, "a", 0, buf, 1));
	EXPECT_EQ(0, fsync(self->fd));
}

TEST_F_TIMEOUT(tree, directories, TIMEOUT)
{
	struct isle_fs_stat stat;
	__u64 cookie = 0;
	char buf[512];

	EXPECT_EQ(0, fs_mkdir(self->fd, "d"));
	EXPECT_EQ(-EEXIST, fs_mkdir(self->fd, "d"));
	EXPECT_EQ(-EEXIST, fs_create(self->fd, "d"));
	EXPECT_EQ(0, fs_mkdir(self->fd, "d/e"));
	EXPECT_EQ(0, fs_create(self->fd, "d/e/f"));
	ASSERT_EQ(0, fs_stat(self->fd, "d/e", &stat));
	EXPECT_EQ(ISLE_FS_DIRECTORY, stat.type);
	EXPECT_EQ(-EISDIR, fs_read(self->fd, "d", 0, buf, 1));
	EXPECT_EQ(-EISDIR, fs_write(self->fd, "d/e", 0, buf, 1));
	EXPECT_EQ(-EISDIR, fs_read(self->fd, "", 0, buf, 1));
	EXPECT_EQ(-ENOTEMPTY, fs_destroy(self->fd, "d"));
	EXPECT_EQ(-ENOTEMPTY, fs_destroy(self->fd, "d/e"));
	/* a file where a directory is needed */
	EXPECT_EQ(-ENOTDIR, fs_create(self->fd, "d/e/f/g"));
	EXPECT_EQ(-ENOTDIR, fs_mkdir(self->fd, "d/e/f/g"));
	EXPECT_EQ(-ENOTDIR, fs_destroy(self->fd, "d/e/f/g"));
	EXPECT_EQ(-ENOTDIR, fs_stat(self->fd, "d/e/f/g", &stat));
	EXPECT_EQ(-ENOTDIR, fs_list(self->fd, "d/e/f", &cookie, buf, 512));
	EXPECT_EQ(-ENOENT, fs_list(self->fd, "d/x", &cookie, buf, 512));
	EXPECT_EQ(-ENOENT, fs_create(self->fd, "x/y"));
	EXPECT_EQ(1, fs_count(self->fd, "d", NULL, NULL));
	EXPECT_EQ(1, fs_count(self->fd, "/d/e", NULL, NULL));
	EXPECT_EQ(0, fs_destroy(self->fd, "d/e/f"));
	EXPECT_EQ(0, fs_count(self->fd, "d/e", NULL, NULL));
	EXPECT_EQ(0, fs_destroy(self->fd, "d/e"));
	EXPECT_EQ(-ENOENT, fs_count(self->fd, "d/e", NULL, NULL));
	EXPECT_EQ(0, fs_destroy(self->fd, "d"));
}

TEST_F_TIMEOUT(tree, root, TIMEOUT)
{
	struct isle_fs_stat stat;

	EXPECT_EQ(0, fs_stat(self->fd, "", &stat));
	EXPECT_EQ(ISLE_FS_DIRECTORY, stat.type);
	EXPECT_EQ(0, fs_stat(self->fd, "/", &stat));
	EXPECT_EQ(-EEXIST, fs_create(self->fd, "/"));
	EXPECT_EQ(-EEXIST, fs_mkdir(self->fd, ""));
	EXPECT_EQ(-EBUSY, fs_destroy(self->fd, "/"));
	EXPECT_EQ(fresh(variant->kind), fs_count(self->fd, "/", NULL, NULL));
}

/* Lengths and places of all kinds, against a copy in memory */
TEST_F_TIMEOUT(tree, contents, TIMEOUT)
{
	static unsigned char mirror[1 << 20], buf[1 << 20];
	struct rng rng = { 6 };
	unsigned int pos, len, size = 0;
	int i, ret;

	ASSERT_EQ(0, fs_create(self->fd, "data"));
	for (i = 0; i < rounds(300, 60); i++) {
		pos = below(&rng, sizeof(mirror));
		len = below(&rng, i % 3 ? 5000 : 200000);
		if (i % 7 == 0)
			pos &= ~4095;
		if (len > sizeof(mirror) - pos)
			len = sizeof(mirror) - pos;
		fill(&rng, buf, len);
		ASSERT_EQ((int)len, fs_write(self->fd, "data", pos, buf, len));
		memcpy(mirror + pos, buf, len);
		if (len && pos + len > size)
			size = pos + len;
		pos = below(&rng, sizeof(mirror));
		len = below(&rng, 100000);
		memset(buf, 0x5a, sizeof(buf));
		ret = fs_read(self->fd, "data", pos, buf, len);
		ASSERT_EQ(pos >= size ? 0 : len < size - pos ? (int)len :
			  (int)(size - pos), ret);
		ASSERT_EQ(0, memcmp(buf, mirror + pos, ret));
		/* nothing is written behind it */
		ASSERT_TRUE(all_bytes(buf + ret, 0x5a, sizeof(buf) - ret));
	}
	EXPECT_EQ((long long)size, fs_size(self->fd, "data"));
}

TEST_F_TIMEOUT(tree, offsets, TIMEOUT)
{
	static const __u64 far[] = {
		1ULL << 31, (1ULL << 31) - 1, 1ULL << 32, (1ULL << 63) - 2,
	};
	static const __u64 beyond[] = {
		(1ULL << 63) - 1, 1ULL << 63, (1ULL << 63) + 1, ~0ULL,
	};
	char buf[16] = "x";
	unsigned int i;
	int ret;

	ASSERT_EQ(0, fs_create(self->fd, "a"));
	ASSERT_EQ(1, fs_write(self->fd, "a", 0, "x", 1));
	for (i = 0; i < ARRAY_SIZE(far); i++)
		EXPECT_EQ(0, fs_read(self->fd, "a", far[i], buf, 1));
	for (i = 0; i < ARRAY_SIZE(beyond); i++) {
		EXPECT_EQ(-EINVAL, fs_read(self->fd, "a", beyond[i], buf, 2));
		EXPECT_EQ(-EFBIG, fs_write(self->fd, "a", beyond[i], buf, 2));
	}
	EXPECT_EQ(-EINVAL, fs_read(self->fd, "a", 1, buf, ~0ULL));
	EXPECT_EQ(-EFBIG, fs_write(self->fd, "a", 1, buf, ~0ULL));
	/* the last byte that there could be: the file system's own limit */
	ret = fs_write(self->fd, "a", (1ULL << 63) - 2, buf, 1);
	EXPECT_TRUE(ret == -EFBIG || (variant->kind == ON_DIR && ret == 1))
		TH_LOG("%d", ret);
	if (variant->kind == ON_VFAT)
		EXPECT_EQ(-EFBIG, fs_write(self->fd, "a", 1ULL << 32, buf, 1));
	/* without holes this is more than there is room for */
	ret = fs_write(self->fd, "a", 1ULL << 31, "y", 1);
	if (variant->kind == ON_VFAT) {
		EXPECT_EQ(-ENOSPC, ret);
	} else {
		EXPECT_EQ(1, ret);
		EXPECT_EQ(1, fs_read(self->fd, "a", 1ULL << 31, buf, 1));
		EXPECT_EQ('y', buf[0]);
	}
	EXPECT_EQ(1, fs_read(self->fd, "a", 0, buf, 1));
	EXPECT_EQ('x', buf[0]);
}

TEST_F_TIMEOUT(tree, bad_memory, TIMEOUT)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	char *mem = fenced(2), *end = mem + 2 * page;
	struct isle_fs_stat stat;
	__u64 cookie = 0;

	ASSERT_EQ(0, fs_create(self->fd, "a"));
	EXPECT_EQ(-EFAULT, fs_write(self->fd, "a", 0, end, 1));
	EXPECT_EQ(0, fs_size(self->fd, "a"));
	/* what could be reached was written, and counts */
	EXPECT_EQ(100, fs_write(self->fd, "a", 0, end - 100, 200));
	EXPECT_EQ(100, fs_size(self->fd, "a"));
	EXPECT_EQ(2 * (int)page, fs_write(self->fd, "a", 0, mem, 3 * page));
	EXPECT_EQ(-EFAULT, fs_read(self->fd, "a", 0, end, 1));
	EXPECT_EQ(100, fs_read(self->fd, "a", 0, end - 100, 200));
	EXPECT_EQ(-EFAULT, fs_read(self->fd, "a", 0, (void *)-4096L, 10));
	EXPECT_EQ(-EFAULT, fs_list(self->fd, "", &cookie, end - 4, 4096));
	EXPECT_EQ(-EFAULT, fs_stat_n(self->fd, end - 1, 2, &stat));
	EXPECT_EQ(-EFAULT, fs_path_n(self->fd, ISLE_FS_CREATE, end, 1));
	fenced_free(mem, 2);
}

/* Memory that is not there yet, and memory with holes in it */
TEST_F_TIMEOUT(tree, fresh_memory, TIMEOUT)
{
	const size_t page = sysconf(_SC_PAGESIZE), size = 64 * page;
	char *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int i;

	ASSERT_NE(MAP_FAILED, mem);
	ASSERT_EQ(0, fs_create(self->fd, "a"));
	EXPECT_EQ((int)size, fs_write(self->fd, "a", 0, mem, size));
	memset(mem, 1, size);
	for (i = 0; i < 64; i += 2)
		madvise(mem + i * page, page, MADV_DONTNEED);
	EXPECT_EQ((int)size, fs_read(self->fd, "a", 0, mem, size));
	EXPECT_TRUE(all_bytes(mem, 0, size));
	memset(mem, 2, size);
	for (i = 0; i < 64; i += 3)
		madvise(mem + i * page, page, MADV_DONTNEED);
	EXPECT_EQ((int)size - 7, fs_write(self->fd, "a", 7, mem, size - 7));
	EXPECT_EQ(0, munmap(mem, size));
}

TEST_F_TIMEOUT(tree, full, TIMEOUT)
{
	static char block[65536];
	__u64 pos = 0;
	int ret, i;

	if (variant->kind == ON_DIR)
		SKIP(return, "a directory of the host is not filled");
	memset(block, 'f', sizeof(block));
	ASSERT_EQ(0, fs_create(self->fd, "big"));
	while ((ret = fs_write(self->fd, "big", pos, block, sizeof(block))) > 0)
		pos += ret;
	EXPECT_EQ(-ENOSPC, ret);
	EXPECT_LT(BYTES / 2, pos);
	EXPECT_EQ((long long)pos, fs_size(self->fd, "big"));
	for (i = 0; i < 2000; i++) {
		char name[16];

		snprintf(name, sizeof(name), "d%d", i);
		ret = fs_mkdir(self->fd, name);
		if (ret)
			break;
	}
	EXPECT_EQ(-ENOSPC, ret);
	/* a file that was removed has left its room at once */
	EXPECT_EQ(0, fs_destroy(self->fd, "big"));
	EXPECT_EQ(0, fs_create(self->fd, "again"));
	for (pos = 0; pos < BYTES / 2; pos += ret) {
		ret = fs_write(self->fd, "again", pos, block, sizeof(block));
		ASSERT_LT(0, ret);
	}
}

TEST_F_TIMEOUT(tree, many_entries, TIMEOUT)
{
	const int many = rounds(1500, 300);
	static char seen[1500], buffer[65536] __attribute__((aligned(8)));
	static const __u32 sizes[] = { 264, 1000, 4096, 65536 };
	const struct isle_fs_entry *entry;
	int i, at, used, number, count;
	struct isle_fs_stat stat;
	char name[32];
	__u64 cookie;

	ASSERT_EQ(0, fs_mkdir(self->fd, "many"));
	for (i = 0; i < many; i++) {
		snprintf(name, sizeof(name), "many/entry-%d", i);
		ASSERT_EQ(0, fs_create(self->fd, name)) TH_LOG("%d", i);
	}
	for (i = 0; i < (int)ARRAY_SIZE(sizes); i++) {
		memset(seen, 0, sizeof(seen));
		count = 0;
		cookie = 0;
		while ((used = fs_list(self->fd, "many", &cookie, buffer, sizes[i])) > 0) {
			for (at = 0; at < used; at += entry->length) {
				entry = (const void *)(buffer + at);
				ASSERT_EQ(0, entry->length % 8);
				ASSERT_EQ(strlen(entry->name), entry->name_len);
				ASSERT_TRUE(all_bytes(entry->name + entry->name_len, 0,
						      entry->length - 4 - entry->name_len));
				ASSERT_EQ(0, strncmp(entry->name, "entry-", 6));
				number = atoi(entry->name + 6);
				ASSERT_TRUE(number >= 0 && number < many);
				ASSERT_EQ(0, seen[number]++);
				ASSERT_TRUE(entry->type == ISLE_FS_FILE ||
					    entry->type == ISLE_FS_UNKNOWN);
				count++;
			}
			ASSERT_EQ(used, at);
		}
		EXPECT_EQ(0, used);
		EXPECT_EQ(many, count);
		/* others come between two parts, with the same directory or not */
		EXPECT_EQ(0, fs_stat(self->fd, "many/entry-1", &stat));
	}
	cookie = 0;
	EXPECT_EQ(-EINVAL, fs_list(self->fd, "many", &cookie, buffer, 0));
	EXPECT_EQ(-EINVAL, fs_list(self->fd, "many", &cookie, buffer, 15));
	cookie = 1ULL << 63;
	EXPECT_EQ(-EINVAL, fs_list(self->fd, "many", &cookie, buffer, 4096));
}

/* What is listed goes at once, and nothing is left out for that */
TEST_F_TIMEOUT(tree, list_and_destroy, TIMEOUT)
{
	const int many = rounds(1000, 300);
	static char buffer[4096] __attribute__((aligned(8)));
	const struct isle_fs_entry *entry;
	int i, at, used, count = 0;
	char name[300], one[160];
	__u64 cookie = 0;

	ASSERT_EQ(0, fs_mkdir(self->fd, "many"));
	for (i = 0; i < many; i++) {
		snprintf(name, sizeof(name), "many/entry-%d", i);
		/* their going is another matter inside */
		ASSERT_EQ(0, i % 10 ? fs_create(self->fd, name) :
				      fs_mkdir(self->fd, name)) TH_LOG("%d", i);
	}
	snprintf(one, sizeof(one), "%s-one", self->s.path);
	while ((used = fs_list(self->fd, "many", &cookie, buffer, sizeof(buffer))) > 0) {
		for (at = 0; at < used; at += entry->length) {
			entry = (const void *)(buffer + at);
			snprintf(name, sizeof(name), "many/%s", entry->name);
			ASSERT_EQ(0, fs_destroy(self->fd, name));
			count++;
		}
		/* something is renamed, somewhere on the host */
		ASSERT_EQ(0, mkdir(one, 0700));
		snprintf(name, sizeof(name), "%s-two", self->s.path);
		ASSERT_EQ(0, rename(one, name));
		ASSERT_EQ(0, rmdir(name));
	}
	EXPECT_EQ(0, used);
	EXPECT_EQ(many, count);
	EXPECT_EQ(0, fs_count(self->fd, "many", NULL, NULL));
	EXPECT_EQ(0, fs_destroy(self->fd, "many"));
	EXPECT_EQ(-ENOENT, fs_count(self->fd, "many", NULL, NULL));
	/* nothing of the old one is there in a new one */
	EXPECT_EQ(0, fs_mkdir(self->fd, "many"));
	EXPECT_EQ(0, fs_create(self->fd, "many/a"));
	EXPECT_EQ(1, fs_count(self->fd, "many", NULL, NULL));
}

/* What another process did to the same path is seen at once */
TEST_F_TIMEOUT(tree, two_files, TIMEOUT)
{
	int other = fs_open(self->s.dom.fd, "files", FS_RW);
	char buf[8];

	ASSERT_LE(0, other);
	ASSERT_EQ(0, fs_create(self->fd, "a"));
	ASSERT_EQ(3, fs_write(self->fd, "a", 0, "one", 3));
	EXPECT_EQ(3, fs_read(other, "a", 0, buf, 8));
	EXPECT_EQ(0, fs_destroy(other, "a"));
	EXPECT_EQ(-ENOENT, fs_read(self->fd, "a", 0, buf, 8));
	ASSERT_EQ(0, fs_create(other, "a"));
	ASSERT_EQ(4, fs_write(other, "a", 0, "four", 4));
	EXPECT_EQ(4, fs_read(self->fd, "a", 0, buf, 8));
	close(other);
}

TEST_F_TIMEOUT(tree, rights_of_the_file, TIMEOUT)
{
	int r = fs_open(self->s.dom.fd, "files", ISLE_OPEN_READ);
	int w = fs_open(self->s.dom.fd, "files", ISLE_OPEN_WRITE);
	struct isle_fs_stat stat;
	__u64 cookie = 0;
	char buf[512];

	ASSERT_EQ(0, fs_create(w, "a"));
	EXPECT_EQ(1, fs_write(w, "a", 0, "x", 1));
	EXPECT_EQ(-EBADF, fs_read(w, "a", 0, buf, 1));
	EXPECT_EQ(-EBADF, fs_stat(w, "a", &stat));
	EXPECT_EQ(-EBADF, fs_list(w, "", &cookie, buf, 512));
	EXPECT_EQ(1, fs_read(r, "a", 0, buf, 1));
	EXPECT_EQ(0, fs_stat(r, "a", &stat));
	EXPECT_EQ(-EBADF, fs_write(r, "a", 0, "x", 1));
	EXPECT_EQ(-EBADF, fs_create(r, "b"));
	EXPECT_EQ(-EBADF, fs_mkdir(r, "b"));
	EXPECT_EQ(-EBADF, fs_destroy(r, "a"));
	EXPECT_EQ(-EBADF, fs_format(r, 0));
	EXPECT_EQ(-EOPNOTSUPP, fs_format(w, 0));
	close(r);
	close(w);
}

TEST_F_TIMEOUT(tree, limit_of_the_process, TIMEOUT)
{
	struct rlimit old, small;

	ASSERT_EQ(0, fs_create(self->fd, "a"));
	ASSERT_EQ(0, getrlimit(RLIMIT_FSIZE, &old));
	small = old;
	small.rlim_cur = 4096;
	ASSERT_EQ(0, setrlimit(RLIMIT_FSIZE, &small));
	EXPECT_EQ(-EFBIG, fs_write(self->fd, "a", 4096, "x", 1));
	EXPECT_EQ(1, fs_write(self->fd, "a", 4095, "x", 1));
	EXPECT_EQ(0, setrlimit(RLIMIT_FSIZE, &old));
}

TEST_F_TIMEOUT(tree, read_only_device, TIMEOUT)
{
	struct isle_fs_config config;
	struct isle_fs_info info;
	struct isle_fs_stat stat;
	char buf[8];
	int fd;

	ASSERT_EQ(0, fs_create(self->fd, "a"));
	ASSERT_EQ(3, fs_write(self->fd, "a", 0, "abc", 3));
	close(self->fd);
	self->s.fd = -1;
	ASSERT_EQ(0, fs_del(self->s.ctl, self->s.dom.id, "files", 0));
	if (variant->kind == ON_DIR)
		self->s.file = open(self->s.path, O_RDONLY | O_CLOEXEC);
	else
		self->s.file = loop_attach(self->s.path, 512, LO_FLAGS_READ_ONLY,
					   self->s.loop);
	ASSERT_LE(0, self->s.file);
	config = stage_config(&self->s);
	config.flags = ISLE_FS_READ_ONLY;
	fd = stage_add(&self->s, &config);
	self->fd = fd;
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, fs_info(fd, &info));
	EXPECT_EQ(ISLE_FS_READ_ONLY, info.flags);
	EXPECT_EQ(3, fs_read(fd, "a", 0, buf, 8));
	EXPECT_EQ(0, memcmp(buf, "abc", 3));
	ASSERT_EQ(0, fs_stat(fd, "a", &stat));
	EXPECT_EQ(1, stat.read_only);
	EXPECT_EQ(-EROFS, fs_write(fd, "a", 0, "x", 1));
	EXPECT_EQ(-EROFS, fs_create(fd, "b"));
	EXPECT_EQ(-EROFS, fs_mkdir(fd, "b"));
	EXPECT_EQ(-EROFS, fs_destroy(fd, "a"));
	EXPECT_EQ(-EROFS, fs_format(fd, 0));
}

/* A path says it all: a file that was opened by it once does not count */
TEST_F_TIMEOUT(tree, file_behind_its_name, TIMEOUT)
{
	char path[160], other[160], buf[8];

	if (variant->kind != ON_DIR)
		SKIP(return, "nobody else sees an image");
	ASSERT_EQ(0, fs_mkdir(self->fd, "d"));
	ASSERT_EQ(0, fs_create(self->fd, "d/a"));
	ASSERT_EQ(3, fs_write(self->fd, "d/a", 0, "old", 3));
	EXPECT_EQ(3, fs_read(self->fd, "d/a", 0, buf, 8));
	snprintf(path, sizeof(path), "%s/d/a", self->s.path);
	snprintf(other, sizeof(other), "%s/b", self->s.path);
	ASSERT_EQ(0, rename(path, other));
	EXPECT_EQ(-ENOENT, fs_read(self->fd, "d/a", 0, buf, 8));
	EXPECT_EQ(3, fs_read(self->fd, "b", 0, buf, 8));
	ASSERT_EQ(0, fs_create(self->fd, "d/a"));
	EXPECT_EQ(0, fs_read(self->fd, "d/a", 0, buf, 8));
	EXPECT_EQ(0, unlink(path));
	EXPECT_EQ(-ENOENT, fs_read(self->fd, "d/a", 0, buf, 8));
	/* one that nobody may write is so for root too */
	EXPECT_EQ(0, chmod(other, 0444));
	EXPECT_EQ(3, fs_read(self->fd, "b", 0, buf, 8));
	EXPECT_EQ(-EACCES, fs_write(self->fd, "b", 0, "x", 1));
}

STAGE_MAIN
