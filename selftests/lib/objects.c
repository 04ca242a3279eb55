// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: libisle, control and domain and the handle of a blk
 */
#include <kselftest_harness.h>

#include <sys/uio.h>

#include <libisle.h>

#include "../lib.h"

#define RW	(ISLE_OPEN_READ | ISLE_OPEN_WRITE)

FIXTURE(objects) {
	struct isle_control *ctl;
	struct isle_domain *dom;
	uint32_t id;
	char name[ISLE_NAME_SIZE];
	struct counters start;
};

static int add_memory(struct isle_control *ctl, uint32_t domid, const char *name,
		      uint64_t bytes, uint32_t flags)
{
	struct isle_blk_config config = {
		.size = sizeof(config), .backing = ISLE_BLK_MEMORY,
		.bytes = bytes, .flags = flags,
	};

	return isle_control_blk_add(ctl, domid, name, &config, NULL);
}

FIXTURE_SETUP(objects)
{
	self->start = counters_start();
	ASSERT_EQ(0, isle_control_open(&self->ctl));
	self->id = isle_control_domain_create(self->ctl, own(self->name, "lib"), &self->dom);
	ASSERT_LE(ISLE_DOMID_MIN, (int)self->id);
	ASSERT_EQ(0, add_memory(self->ctl, self->id, "disk", 1 << 20, 0));
}

FIXTURE_TEARDOWN(objects)
{
	isle_control_domain_destroy(self->ctl, self->id, 0);
	isle_domain_close(self->dom);
	isle_control_close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

TEST(names)
{
	unsigned int i;

	EXPECT_STREQ(LIBISLE_VERSION, isle_version());
	EXPECT_EQ(1, isle_name_valid("a"));
	EXPECT_EQ(1, isle_name_valid("_-0aZ"));
	EXPECT_EQ(1, isle_name_valid("a23456789012345678901234567890b"));
	EXPECT_EQ(0, isle_name_valid("a23456789012345678901234567890bc"));
	EXPECT_EQ(0, isle_name_valid(""));
	EXPECT_EQ(0, isle_name_valid("-a"));
	EXPECT_EQ(0, isle_name_valid("a.b"));
	EXPECT_EQ(0, isle_name_valid("a/b"));
	EXPECT_EQ(0, isle_name_valid("\xc3\xa4"));
	for (i = ISLE_CLASS_BLK; i <= ISLE_CLASS_CONSOLE; i++)
		EXPECT_EQ((int)i, isle_class_from_name(isle_class_name(i)));
	EXPECT_EQ(NULL, isle_class_name(0));
	EXPECT_EQ(NULL, isle_class_name(ISLE_CLASS_CONSOLE + 1));
	EXPECT_EQ(-EINVAL, isle_class_from_name("blob"));
	for (i = 0; i < ISLE_QUOTA_KINDS; i++)
		EXPECT_EQ((int)i, isle_quota_from_name(isle_quota_name(i)));
	EXPECT_EQ(NULL, isle_quota_name(ISLE_QUOTA_KINDS));
	EXPECT_EQ(-EINVAL, isle_quota_from_name(""));
}

TEST_F_TIMEOUT(objects, domains, TIMEOUT)
{
	struct isle_domain_info info = { .size = sizeof(info) };
	struct isle_domain *other = NULL;
	uint64_t cursor = 0;
	int found = 0, id;

	EXPECT_EQ(-EEXIST, isle_control_domain_create(self->ctl, self->name, &other));
	EXPECT_EQ(-EINVAL, isle_control_domain_create(self->ctl, "a.b", &other));
	EXPECT_EQ(-EINVAL, isle_control_domain_create(self->ctl, "self", &other));
	EXPECT_EQ(-EINVAL, isle_control_domain_create(self->ctl, "", &other));
	EXPECT_EQ(NULL, other);

	id = isle_control_domain_create(self->ctl, NULL, &other);
	ASSERT_LT(0, id);
	ASSERT_EQ(0, isle_control_domain_find(self->ctl, self->name, &info));
	EXPECT_EQ(self->id, info.domid);
	EXPECT_EQ(1, info.devices);
	ASSERT_EQ(0, isle_control_domain_info(self->ctl, id, &info));
	EXPECT_EQ(0, info.devices);
	EXPECT_EQ(-ENOENT, isle_control_domain_find(self->ctl, "no-such", &info));
	EXPECT_EQ(-EINVAL, isle_control_domain_find(self->ctl,
						    "a234567890123456789012345678901x", &info));
	while (isle_control_domain_next(self->ctl, &cursor, &info) == 1)
		found += info.domid == self->id || info.domid == (uint32_t)id;
	EXPECT_EQ(2, found);
	EXPECT_EQ(0, isle_control_domain_next(self->ctl, &cursor, &info));

	/* an unpublished one goes with its handle */
	isle_domain_close(other);
	EXPECT_TRUE(eventually(isle_control_domain_info(self->ctl, id, &info) == -ENOENT));
}

/* The struct is as long as its first field says, whatever the library knows */
TEST_F_TIMEOUT(objects, sizes, TIMEOUT)
{
	struct {
		struct isle_domain_info info;
		uint64_t later, canary;
	} longer = { 0 };

	longer.later = 1;
	longer.canary = 42;
	longer.info.size = sizeof(longer.info);
	EXPECT_EQ(0, isle_domain_get_info(self->dom, &longer.info));
	EXPECT_EQ(1, longer.later);
	EXPECT_EQ(self->id, longer.info.domid);

	longer.info.size = sizeof(longer.info) + sizeof(longer.later);
	EXPECT_EQ(0, isle_domain_get_info(self->dom, &longer.info));
	EXPECT_EQ(0, longer.later);
	EXPECT_EQ(42, longer.canary);
	EXPECT_EQ(self->id, longer.info.domid);

	longer.info.domid = 7;
	longer.info.size = sizeof(longer.info) - 1;
	EXPECT_EQ(-EINVAL, isle_domain_get_info(self->dom, &longer.info));
	longer.info.size = 0;
	EXPECT_EQ(-EINVAL, isle_domain_get_info(self->dom, &longer.info));
	longer.info.size = ~0U;
	EXPECT_EQ(-EINVAL, isle_domain_get_info(self->dom, &longer.info));
	EXPECT_EQ(7, longer.info.domid);
}

TEST_F_TIMEOUT(objects, links, TIMEOUT)
{
	struct isle_link_next link = { .size = sizeof(link) };
	struct isle_domain *peer;
	uint64_t cursor = 0;
	int id = isle_control_domain_create(self->ctl, NULL, &peer);

	ASSERT_LT(0, id);
	EXPECT_EQ(0, isle_control_link_next(self->ctl, self->id, &cursor, &link));
	EXPECT_EQ(0, isle_control_link(self->ctl, self->id, id));
	EXPECT_EQ(-EEXIST, isle_control_link(self->ctl, id, self->id));
	EXPECT_EQ(-EINVAL, isle_control_link(self->ctl, id, id));
	EXPECT_EQ(1, isle_control_link_next(self->ctl, self->id, &cursor, &link));
	EXPECT_EQ(id, link.peer);
	EXPECT_EQ(0, isle_control_link_next(self->ctl, self->id, &cursor, &link));
	cursor = 0;
	EXPECT_EQ(1, isle_domain_link_next(peer, &cursor, &link));
	EXPECT_EQ(self->id, link.peer);
	EXPECT_STREQ(self->name, link.name);
	EXPECT_EQ(0, isle_domain_link_next(peer, &cursor, &link));
	EXPECT_EQ(0, isle_control_unlink(self->ctl, self->id, id));
	EXPECT_EQ(-ENOENT, isle_control_unlink(self->ctl, self->id, id));
	isle_domain_close(peer);
}

TEST_F_TIMEOUT(objects, quotas, TIMEOUT)
{
	struct isle_quota quota = { .size = sizeof(quota) };

	ASSERT_EQ(0, isle_control_quota_set(self->ctl, self->id, ISLE_QUOTA_DEVICES, 1));
	ASSERT_EQ(0, isle_control_quota_get(self->ctl, self->id, ISLE_QUOTA_DEVICES, &quota));
	EXPECT_EQ(1, quota.limit);
	EXPECT_EQ(1, quota.used);
	EXPECT_EQ(-EDQUOT, add_memory(self->ctl, self->id, "other", 4096, 0));
	ASSERT_EQ(0, isle_domain_get_quota(self->dom, ISLE_QUOTA_MEMORY, &quota));
	EXPECT_EQ(1 << 20, quota.used);
	EXPECT_EQ(-EINVAL, isle_domain_get_quota(self->dom, ISLE_QUOTA_KINDS, &quota));
}

TEST_F_TIMEOUT(objects, devices, TIMEOUT)
{
	struct isle_device_next device = { .size = sizeof(device) };
	uint64_t cursor = 0, unique = 0;
	struct isle_blk_config config = {
		.size = sizeof(config), .backing = ISLE_BLK_FILE, .fd = 0,
	};
	struct isle_blk *blk = NULL;
	int fd;

	EXPECT_EQ(-EEXIST, add_memory(self->ctl, self->id, "disk", 4096, 0));
	EXPECT_EQ(-EINVAL, add_memory(self->ctl, self->id, "a/b", 4096, 0));
	EXPECT_EQ(-EINVAL, add_memory(self->ctl, self->id, "x", 100, 0));
	EXPECT_EQ(-EINVAL, isle_control_device_add(self->ctl, self->id, ISLE_CLASS_CONSOLE + 1,
						   "c", &config, NULL));

	/* The file is the device's from then on */
	config.fd = memfd_create("backing", MFD_CLOEXEC);
	ASSERT_LE(0, config.fd);
	ASSERT_EQ(0, ftruncate(config.fd, 8192));
	ASSERT_EQ(0, isle_control_blk_add(self->ctl, self->id, "file", &config, &unique));
	close(config.fd);
	ASSERT_EQ(0, isle_blk_open_in(self->dom, "file", RW, &blk));
	EXPECT_EQ(0, isle_blk_atomic_write(blk, 15, &(struct iovec){ &config, 0 }, 1));
	isle_blk_close(blk);

	EXPECT_EQ(1, isle_control_device_next(self->ctl, self->id, &cursor, &device));
	EXPECT_STREQ("disk", device.name);
	EXPECT_EQ(ISLE_CLASS_BLK, device.dev_class);
	EXPECT_EQ(1, isle_domain_device_next(self->dom, &cursor, &device));
	EXPECT_STREQ("file", device.name);
	EXPECT_EQ(unique, device.unique);
	EXPECT_EQ(0, isle_domain_device_next(self->dom, &cursor, &device));

	fd = isle_domain_device_open(self->dom, ISLE_CLASS_BLK, "disk", RW);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, isle_blk_from_fd(fd, &blk));
	EXPECT_EQ(fd, isle_blk_fd(blk));
	isle_blk_close(blk);
	EXPECT_EQ(-1, fcntl(fd, F_GETFD));

	EXPECT_EQ(-ENOENT, isle_domain_device_open(self->dom, ISLE_CLASS_BLK, "none", RW));
	EXPECT_EQ(0, isle_control_device_del(self->ctl, self->id, ISLE_CLASS_BLK, "file", 0));
	EXPECT_EQ(-ENOENT, isle_control_device_del(self->ctl, self->id, ISLE_CLASS_BLK,
						   "file", 0));
}

TEST_F_TIMEOUT(objects, nodes, TIMEOUT)
{
	struct isle_device_id id = { .size = sizeof(id) };
	struct isle_domain_info info = { .size = sizeof(info) };
	struct isle_domain *again = NULL;
	struct isle_blk *blk = NULL;
	char path[128];

	EXPECT_EQ(-ENOENT, isle_domain_open(self->name, &again));
	ASSERT_EQ(0, isle_control_domain_publish(self->ctl, self->id, 0600, 0, 0, 0));
	EXPECT_EQ(-EEXIST, isle_control_domain_publish(self->ctl, self->id, 0600, 0, 0, 0));
	ASSERT_EQ(0, isle_domain_open(self->name, &again));
	EXPECT_EQ(0, isle_domain_get_info(again, &info));
	EXPECT_EQ(self->id, info.domid);
	EXPECT_EQ(ISLE_DOMAIN_PUBLISHED, info.state);
	EXPECT_EQ(FD_CLOEXEC, fcntl(isle_domain_fd(again), F_GETFD));
	isle_domain_close(again);

	again = NULL;
	snprintf(path, sizeof(path), "/dev/isle/%s/domain", self->name);
	ASSERT_EQ(0, isle_domain_open(path, &again));
	isle_domain_close(again);
	EXPECT_EQ(-EINVAL, isle_domain_open("..", &again));
	EXPECT_EQ(-ENOTTY, isle_domain_open("/dev/null", &again));
	/* only in a program that islectl runs */
	EXPECT_EQ(-ENOENT, isle_domain_open(NULL, &again));
	EXPECT_EQ(-ENOENT, isle_blk_open("disk", RW, &blk));

	snprintf(path, sizeof(path), "/dev/isle/%s/blk/disk", self->name);
	EXPECT_EQ(-ENOTTY, isle_domain_open(path, &again));
	EXPECT_EQ(-EINVAL, isle_blk_open(path, 0, &blk));
	EXPECT_EQ(-EINVAL, isle_blk_open(path, RW | ISLE_OPEN_NONBLOCK, &blk));
	EXPECT_EQ(-EINVAL, isle_blk_open("..", RW, &blk));
	EXPECT_EQ(-ENOTTY, isle_blk_open("/dev/null", RW, &blk));
	EXPECT_EQ(NULL, blk);
	ASSERT_EQ(0, isle_blk_open(path, RW, &blk));
	EXPECT_EQ(0, isle_blk_get_id(blk, &id));
	EXPECT_STREQ(self->name, id.domain);
	EXPECT_STREQ("disk", id.name);
	EXPECT_EQ(self->id, id.domid);
	EXPECT_EQ(ISLE_CLASS_BLK, id.dev_class);
	isle_blk_close(blk);
}

TEST_F_TIMEOUT(objects, blk, TIMEOUT)
{
	struct isle_blk_info info = { .size = sizeof(info) };
	uint8_t a[1024], b[1024];
	struct iovec iov = { a, sizeof(a) };
	struct isle_blk *blk, *reader;

	ASSERT_EQ(0, isle_blk_open_in(self->dom, "disk", RW, &blk));
	ASSERT_EQ(0, isle_blk_open_in(self->dom, "disk", ISLE_OPEN_READ, &reader));
	EXPECT_EQ(0, isle_blk_get_info(blk, &info));
	EXPECT_EQ(512, info.sector_size);
	EXPECT_EQ(2048, info.size_sectors);
	EXPECT_EQ(512, isle_blk_sector_size(blk));

	memset(a, 'x', sizeof(a));
	EXPECT_EQ(0, isle_blk_atomic_write(blk, 2046, &iov, 1));
	EXPECT_EQ(-EBADF, isle_blk_atomic_write(reader, 0, &iov, 1));
	EXPECT_EQ(0, isle_blk_flush(blk));
	iov.iov_base = b;
	EXPECT_EQ(0, isle_blk_atomic_read(reader, 2046, &iov, 1));
	EXPECT_EQ(0, memcmp(a, b, sizeof(a)));

	/* across the end: refused, and the part before it is as it was */
	memset(b, 'y', sizeof(b));
	EXPECT_EQ(-ENOSPC, isle_blk_atomic_write(blk, 2047, &iov, 1));
	EXPECT_EQ(-EINVAL, isle_blk_atomic_read(blk, 2047, &iov, 1));
	EXPECT_EQ(0, isle_blk_atomic_read(blk, 2046, &iov, 1));
	EXPECT_EQ(0, memcmp(a, b, sizeof(a)));

	EXPECT_EQ(0, isle_blk_write_zeroes(blk, 2047, 1));
	EXPECT_EQ(0, isle_blk_atomic_read(blk, 2046, &iov, 1));
	EXPECT_TRUE(all_bytes(b, 'x', 512));
	EXPECT_TRUE(all_bytes(b + 512, 0, 512));
	EXPECT_EQ(info.flags & ISLE_BLK_DISCARD ? 0 : -EOPNOTSUPP,
		  isle_blk_discard(blk, 2046, 1));
	EXPECT_EQ(-ENOSPC, isle_blk_write_zeroes(blk, 2047, 2));
	EXPECT_EQ(-ENOSPC, isle_blk_write_zeroes(blk, 0, UINT64_MAX));
	EXPECT_EQ(-ENOSPC, isle_blk_discard(blk, UINT64_MAX, 1));
	EXPECT_EQ(0, isle_blk_discard(blk, UINT64_MAX, 0));

	iov.iov_base = fenced(1);
	EXPECT_EQ(0, isle_blk_atomic_read(blk, 0, &iov, 1));
	iov.iov_base = (char *)iov.iov_base + 4096 - 512;
	EXPECT_EQ(-EFAULT, isle_blk_atomic_read(blk, 0, &iov, 1));
	fenced_free((char *)iov.iov_base - 4096 + 512, 1);

	iov.iov_base = b;
	ASSERT_EQ(0, isle_control_device_del(self->ctl, self->id, ISLE_CLASS_BLK, "disk", 0));
	EXPECT_EQ(-ENODEV, isle_blk_atomic_read(blk, 0, &iov, 1));
	EXPECT_EQ(-ENODEV, isle_blk_atomic_write(blk, 0, &iov, 1));
	EXPECT_EQ(-ENODEV, isle_blk_atomic_read(blk, 4096, &iov, 1));
	EXPECT_EQ(-ENODEV, isle_blk_flush(blk));
	EXPECT_EQ(-ENODEV, isle_blk_get_info(blk, &info));
	isle_blk_close(blk);
	isle_blk_close(reader);
}

/* The handle and what it stands for go over to a child, and over exec */
TEST_F_TIMEOUT(objects, handed_on, TIMEOUT)
{
	struct isle_domain_info info = { .size = sizeof(info) };
	struct isle_domain *again;
	int fd = dup(isle_domain_fd(self->dom)), status;
	pid_t pid = fork();

	if (!pid) {
		if (isle_domain_get_info(self->dom, &info) || info.domid != self->id)
			_exit(1);
		if (isle_domain_from_fd(fd, &again))
			_exit(2);
		isle_domain_close(self->dom);
		if (isle_domain_get_info(again, &info) || info.domid != self->id)
			_exit(3);
		_exit(0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_EQ(0, isle_domain_get_info(self->dom, &info));
	close(fd);
	EXPECT_EQ(-EBADF, isle_domain_from_fd(fd, &again));
}

TEST_HARNESS_MAIN
