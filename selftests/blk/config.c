// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: adding a block device with memory, and what it says of itself
 */
#include <kselftest_harness.h>

#include <linux/fs.h>

#include "../core/listing.h"
#include "../lib.h"

#define TIB	(1ULL << 40)

FIXTURE(config) {
	int ctl;
	struct dom dom;
	struct counters start;
	struct listing before;
};

FIXTURE_SETUP(config)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_MEMORY,
			       4 * TIB));
	listing_take(self->ctl, &self->before);
}

FIXTURE_TEARDOWN(config)
{
	close(self->dom.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

static struct isle_blk_config valid(void)
{
	return (struct isle_blk_config) {
		.size = sizeof(struct isle_blk_config),
		.backing = ISLE_BLK_MEMORY, .bytes = 65536,
	};
}

/* Adds "disk", and if that went well removes it again */
static int try_config(int ctl, struct dom *dom, const void *config,
		      struct isle_blk_info *info)
{
	int ret = blk_add(ctl, dom->id, "disk", config);
	int fd;

	if (ret)
		return ret;
	fd = blk_open(dom->fd, "disk", ISLE_OPEN_READ);
	if (fd < 0)
		return fd;
	ret = blk_info(fd, info);
	close(fd);
	return ret ? ret : blk_del(ctl, dom->id, "disk", 0);
}

#define TRY(config)	try_config(self->ctl, &self->dom, config, &info)
#define SAME		listing_same(self->ctl, &self->before)

TEST_F_TIMEOUT(config, sector_sizes, TIMEOUT)
{
	static const struct {
		__u32 size, got;
	} sizes[] = {
		{ 0, 512 }, { 512, 512 }, { 1024, 1024 }, { 2048, 2048 },
		{ 4096, 4096 }, { 1, 0 }, { 256, 0 }, { 511, 0 }, { 513, 0 },
		{ 520, 0 }, { 768, 0 }, { 1536, 0 }, { 3072, 0 }, { 4095, 0 },
		{ 4097, 0 }, { 8192, 0 }, { 65536, 0 }, { 1U << 31, 0 },
		{ ~0U, 0 },
	};
	struct isle_blk_config config;
	struct isle_blk_info info;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		config = valid();
		config.sector_size = sizes[i].size;
		EXPECT_EQ(sizes[i].got ? 0 : -EINVAL, TRY(&config))
			TH_LOG("%u", sizes[i].size);
		EXPECT_TRUE(SAME) TH_LOG("%u", sizes[i].size);
		if (!sizes[i].got)
			continue;
		EXPECT_EQ(sizes[i].got, info.sector_size);
		EXPECT_EQ(65536 / sizes[i].got, info.size_sectors);
	}
}

TEST_F_TIMEOUT(config, sizes, TIMEOUT)
{
	static const struct {
		__u64 bytes;
		__u32 sector_size;
		int expected;
	} sizes[] = {
		{ 0, 512, -EINVAL }, { 1, 512, -EINVAL }, { 511, 512, -EINVAL },
		{ 512, 512, 0 }, { 513, 512, -EINVAL }, { 1536, 512, 0 },
		{ 512, 4096, -EINVAL }, { 2048, 4096, -EINVAL },
		{ 4096, 4096, 0 }, { 6144, 4096, -EINVAL }, { 8192, 4096, 0 },
		{ 0, 0, -EINVAL }, { 512, 0, 0 }, { 1ULL << 31, 512, 0 },
		{ 1ULL << 32, 512, 0 }, { (1ULL << 32) + 512, 512, 0 },
		{ 24ULL << 30, 512, 0 },
		{ TIB - 512, 512, 0 }, { TIB, 512, 0 }, { TIB, 4096, 0 },
		{ TIB + 512, 512, -EINVAL }, { TIB + 4096, 4096, -EINVAL },
		{ 2 * TIB, 4096, -EINVAL }, { 1ULL << 63, 4096, -EINVAL },
		{ ~0ULL, 512, -EINVAL }, { ~0ULL - 511, 512, -EINVAL },
		{ ~0ULL - 4095, 4096, -EINVAL },
	};
	struct isle_blk_config config;
	struct isle_blk_info info;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		config = valid();
		config.bytes = sizes[i].bytes;
		config.sector_size = sizes[i].sector_size;
		ret = TRY(&config);
		/* so large that there may not be the memory to keep track */
		if (ret == -ENOMEM && sizes[i].bytes > TIB / 2)
			continue;
		EXPECT_EQ(sizes[i].expected, ret)
			TH_LOG("%#llx", (unsigned long long)sizes[i].bytes);
		EXPECT_TRUE(SAME);
		if (ret == 0) {
			EXPECT_EQ(sizes[i].bytes,
				  info.size_sectors * info.sector_size);
		}
	}
}

TEST_F_TIMEOUT(config, other_fields, TIMEOUT)
{
	struct isle_blk_config config;
	struct isle_blk_info info;
	unsigned int i;

	for (i = 0; i < 32; i++) {
		config = valid();
		config.flags = 1U << i;
		EXPECT_EQ(i < 2 ? 0 : -EINVAL, TRY(&config))
			TH_LOG("flag %u", i);
		if (i < 2) {
			EXPECT_EQ(1U << i, info.flags & 3);
		}
		config = valid();
		config.reserved = 1U << i;
		EXPECT_EQ(-EINVAL, TRY(&config)) TH_LOG("reserved %u", i);
		config = valid();
		config.backing = 1U << i;
		if (config.backing > ISLE_BLK_DEVICE) {
			EXPECT_EQ(-EINVAL, TRY(&config))
				TH_LOG("backing %u", i);
		}
	}
	config = valid();
	config.backing = 0;
	EXPECT_EQ(-EINVAL, TRY(&config));
	config.backing = ~0U;
	EXPECT_EQ(-EINVAL, TRY(&config));

	/* memory has no file; not even one that would do elsewhere */
	config = valid();
	config.fd = self->ctl;
	EXPECT_EQ(-EINVAL, TRY(&config));
	config.fd = -1;
	EXPECT_EQ(-EINVAL, TRY(&config));
	config.fd = 0x7fffffff;
	EXPECT_EQ(-EINVAL, TRY(&config));
	/* a backing has its own size */
	config = valid();
	config.backing = ISLE_BLK_FILE;
	config.fd = memfd_create("backing", 0);
	ASSERT_LE(0, config.fd);
	ASSERT_EQ(0, ftruncate(config.fd, config.bytes));
	EXPECT_EQ(-EINVAL, TRY(&config));
	config.bytes = 0;
	EXPECT_EQ(0, TRY(&config));
	close(config.fd);
	EXPECT_TRUE(SAME);

	config = valid();
	config.flags = ISLE_BLK_READ_ONLY | ISLE_BLK_WRITE_CACHE;
	EXPECT_EQ(0, TRY(&config));
	EXPECT_EQ(config.flags, info.flags & 3);
	config.flags = 0;
	EXPECT_EQ(0, TRY(&config));
	EXPECT_EQ(0, info.flags & 3);
}

TEST_F_TIMEOUT(config, classes, TIMEOUT)
{
	static const struct {
		__u32 class;
		int expected;
	} classes[] = {
		{ 0, -EINVAL }, { 6, -EINVAL }, { 1U << 31, -EINVAL },
		{ ~0U, -EINVAL },
	};
	struct isle_blk_config config = valid();
	struct isle_device_add arg;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(classes); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.size = sizeof(arg);
		arg.domid = self->dom.id;
		arg.dev_class = classes[i].class;
		arg.config = (uintptr_t)&config;
		strcpy(arg.name, "disk");
		EXPECT_EQ(classes[i].expected,
			  call(self->ctl, ISLE_CTL_DEVICE_ADD, &arg))
			TH_LOG("%#x", classes[i].class);
	}
	EXPECT_TRUE(SAME);
}

/* The config has the rules of an argument, but no command to compare with */
TEST_F_TIMEOUT(config, size_of_config, TIMEOUT)
{
	static union {
		struct isle_blk_config config;
		__u8 bytes[65536];
	} longer;
	struct isle_blk_info info;
	static const __u32 more[] = { 1, 8, 32, 1000, 4064 };
	struct isle_blk_config config = valid();
	__u32 size;
	unsigned int i;

	for (size = 0; size < sizeof(config); size++) {
		config.size = size;
		EXPECT_EQ(-EINVAL, TRY(&config)) TH_LOG("%u", size);
	}
	for (i = 0; i < ARRAY_SIZE(more); i++) {
		memset(&longer, 0, sizeof(longer));
		longer.config = valid();
		longer.config.size += more[i];
		EXPECT_EQ(0, TRY(&longer)) TH_LOG("%u", longer.config.size);
		longer.bytes[longer.config.size - 1] = 1;
		EXPECT_EQ(-E2BIG, TRY(&longer)) TH_LOG("%u", longer.config.size);
		longer.bytes[longer.config.size - 1] = 0;
		longer.bytes[sizeof(config)] = 0x80;
		EXPECT_EQ(-E2BIG, TRY(&longer)) TH_LOG("%u", longer.config.size);
	}
	EXPECT_TRUE(SAME);
}

/* Refused without reading, or even allocating, that much */
TEST_F_TIMEOUT(config, huge_size_of_config, TIMEOUT)
{
	static const __u32 sizes[] = { 65537, 1U << 30, 0x7fffffff, 1U << 31,
				       ~0U - 7, ~0U };
	struct isle_blk_config config = valid();
	struct isle_blk_info info;
	unsigned int i;
	int ret;

	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		config.size = sizes[i];
		ret = TRY(&config);
		EXPECT_TRUE(ret == -E2BIG || ret == -EINVAL ||
			    ret == -EFAULT) TH_LOG("%u: %d", sizes[i], ret);
	}
	EXPECT_TRUE(SAME);
}

TEST_F_TIMEOUT(config, bad_pointers_to_config, TIMEOUT)
{
	const size_t page = sysconf(_SC_PAGESIZE);
	__u8 *map = fenced(1), *fence = map + page, *at;
	struct isle_blk_config config = valid();
	const __u64 bad[] = { 0, 1, (uintptr_t)fence, ~0ULL, ~0ULL - 4095,
			      1ULL << 63, ~0ULL << 47 };
	struct isle_device_add arg;
	struct isle_blk_info info;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.size = sizeof(arg);
		arg.domid = self->dom.id;
		arg.dev_class = ISLE_CLASS_BLK;
		arg.config = bad[i];
		strcpy(arg.name, "disk");
		EXPECT_EQ(-EFAULT, call(self->ctl, ISLE_CTL_DEVICE_ADD, &arg))
			TH_LOG("%#llx", (unsigned long long)bad[i]);
	}
	for (i = 1; i < sizeof(config); i++) {
		at = fence - i;
		memcpy(at, &config, i);
		EXPECT_EQ(-EFAULT, TRY(at)) TH_LOG("%u bytes of it", i);
	}
	at = fence - sizeof(config);
	config.size += 8;
	memcpy(at, &config, sizeof(config));
	EXPECT_EQ(-EFAULT, TRY(at));
	config.size -= 8;
	memcpy(at, &config, sizeof(config));
	ASSERT_EQ(0, mprotect(map, page, PROT_READ));
	EXPECT_EQ(0, TRY(at)) TH_LOG("it is only read");
	EXPECT_TRUE(SAME);
	fenced_free(map, 1);
}

TEST_F_TIMEOUT(config, says_what_it_is, TIMEOUT)
{
	struct isle_device_add arg = { .size = sizeof(arg) };
	struct isle_blk_config config = valid();
	struct isle_blk_info info;
	struct isle_device_id id;
	__u64 last;
	int fd;

	config.sector_size = 2048;
	arg.domid = self->dom.id;
	arg.dev_class = ISLE_CLASS_BLK;
	arg.config = (uintptr_t)&config;
	strcpy(arg.name, "disk");
	ASSERT_EQ(0, call(self->ctl, ISLE_CTL_DEVICE_ADD, &arg));
	EXPECT_NE(0, arg.unique);
	fd = blk_open(self->dom.fd, "disk", ISLE_OPEN_READ);
	ASSERT_LE(0, fd);
	EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
	EXPECT_EQ(O_RDONLY, fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
	ASSERT_EQ(0, dev_id(fd, &id));
	EXPECT_EQ(self->dom.id, id.domid);
	EXPECT_EQ(ISLE_CLASS_BLK, id.dev_class);
	EXPECT_EQ(arg.unique, id.unique);
	EXPECT_STREQ(self->dom.name, id.domain);
	EXPECT_STREQ("disk", id.name);
	ASSERT_EQ(0, blk_info(fd, &info));
	EXPECT_EQ(2048, info.sector_size);
	EXPECT_EQ(ISLE_BLK_MEMORY, info.backing);
	EXPECT_EQ(32, info.size_sectors);
	EXPECT_EQ(0, info.flags & ~ISLE_BLK_DISCARD);
	EXPECT_EQ(0, close(fd));

	/* The same name is another device */
	last = arg.unique;
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "disk", 0));
	arg.unique = 0;
	ASSERT_EQ(0, call(self->ctl, ISLE_CTL_DEVICE_ADD, &arg));
	EXPECT_NE(last, arg.unique);
}

TEST_F_TIMEOUT(config, open_flags, TIMEOUT)
{
	static const struct {
		__u32 flags;
		int mode;
	} modes[] = {
		{ ISLE_OPEN_READ, O_RDONLY }, { ISLE_OPEN_WRITE, O_WRONLY },
		{ ISLE_OPEN_READ | ISLE_OPEN_WRITE, O_RDWR },
		{ ISLE_OPEN_READ | ISLE_OPEN_NONBLOCK, O_RDONLY | O_NONBLOCK },
		{ ISLE_OPEN_WRITE | ISLE_OPEN_NONBLOCK, O_WRONLY | O_NONBLOCK },
	};
	struct isle_blk_config config = valid();
	unsigned int i;
	int fd;

	ASSERT_EQ(0, blk_add(self->ctl, self->dom.id, "disk", &config));
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		fd = blk_open(self->dom.fd, "disk", modes[i].flags);
		ASSERT_LE(0, fd);
		EXPECT_EQ(modes[i].mode,
			  fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
		close(fd);
	}
	EXPECT_EQ(-EINVAL, blk_open(self->dom.fd, "disk", 0));
	EXPECT_EQ(-EINVAL, blk_open(self->dom.fd, "disk", ISLE_OPEN_NONBLOCK));
	EXPECT_EQ(-ENOENT, blk_open(self->dom.fd, "disc", ISLE_OPEN_READ));
	EXPECT_EQ(-EINVAL, blk_open(self->dom.fd, "", ISLE_OPEN_READ));
	EXPECT_EQ(-EINVAL, blk_open(self->dom.fd, "../disk", ISLE_OPEN_READ));

	/* Other domains do not have it */
	close(self->dom.fd);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	EXPECT_EQ(-ENOENT, blk_open(self->dom.fd, "disk", ISLE_OPEN_READ));
}

/* The last sector of a device larger than memory */
TEST_F_TIMEOUT(config, far_end, TIMEOUT)
{
	const __u64 far = 24ULL << 30;
	struct isle_blk_config config = valid();
	char sector[512], back[512];
	__u64 bytes = 0;
	int fd;

	config.bytes = far;
	ASSERT_EQ(0, blk_add(self->ctl, self->dom.id, "disk", &config));
	fd = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, ioctl(fd, BLKGETSIZE64, &bytes));
	EXPECT_EQ(far, bytes);
	EXPECT_EQ(far, (__u64)lseek(fd, 0, SEEK_END));
	memset(back, 1, sizeof(back));
	EXPECT_EQ(512, pread(fd, back, 512, far - 512));
	EXPECT_TRUE(all_bytes(back, 0, 512));
	memset(sector, 0x5a, sizeof(sector));
	EXPECT_EQ(512, pwrite(fd, sector, 512, far - 512));
	EXPECT_EQ(512, pread(fd, back, 512, far - 512));
	EXPECT_EQ(0, memcmp(sector, back, 512));
	EXPECT_EQ(512, pread(fd, back, 512, 0));
	EXPECT_TRUE(all_bytes(back, 0, 512));
	EXPECT_EQ(-1, pwrite(fd, sector, 512, far));
	EXPECT_EQ(ENOSPC, errno);
	EXPECT_EQ(0, pread(fd, back, 512, far));
	/* and of what is not stored no page is kept */
	EXPECT_GT(1000, counter_read("live_pages"));
	close(fd);
}

TEST_HARNESS_MAIN
