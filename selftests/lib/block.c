// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: BLOCK of the module types V1, by libisle's names for it
 */
#include <kselftest_harness.h>

#include <pthread.h>

#include <libisle.h>

#include "../lib.h"

#define SECTOR	512
#define SECTORS	64
#define NOBODY	65534

FIXTURE(block) {
	struct isle_control *ctl;
	struct isle_domain *dom;
	uint32_t id;
	char name[ISLE_NAME_SIZE];
	struct isle_blk *blk;
	struct isle_queue *queue;
	struct counters start;
};

static int add_disk(struct isle_control *ctl, uint32_t domid, const char *name, uint32_t flags)
{
	struct isle_blk_config config = {
		.size = sizeof(config), .backing = ISLE_BLK_MEMORY,
		.bytes = SECTORS * SECTOR, .sector_size = SECTOR, .flags = flags,
	};

	return isle_control_blk_add(ctl, domid, name, &config, NULL);
}

FIXTURE_SETUP(block)
{
	int ret;

	self->start = counters_start();
	ASSERT_EQ(0, isle_control_open(&self->ctl));
	ret = isle_control_domain_create(self->ctl, own(self->name, "block"), &self->dom);
	ASSERT_LT(0, ret);
	self->id = ret;
	ASSERT_EQ(0, add_disk(self->ctl, self->id, "disk", 0));
	ASSERT_EQ(0, add_disk(self->ctl, self->id, "rom", ISLE_BLK_READ_ONLY));
	ASSERT_EQ(0, isle_block_connect(self->dom, "disk", &self->blk));
	ASSERT_EQ(0, isle_queue_create(4, 0, &self->queue));
}

FIXTURE_TEARDOWN(block)
{
	isle_queue_destroy(self->queue);
	isle_block_disconnect(self->blk);
	isle_control_domain_destroy(self->ctl, self->id, 0);
	isle_domain_close(self->dom);
	isle_control_close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

TEST_F_TIMEOUT(block, connect, TIMEOUT)
{
	struct isle_device_id id = { .size = sizeof(id) }, other = { .size = sizeof(other) };
	struct isle_block_info info;
	struct isle_blk *none = NULL, *rom;

	EXPECT_EQ(0, isle_block_id(self->blk, &id));
	EXPECT_STREQ("disk", id.name);
	EXPECT_STREQ(self->name, id.domain);
	EXPECT_EQ(ISLE_CLASS_BLK, id.dev_class);

	EXPECT_EQ(0, isle_block_get_info(self->blk, &info));
	EXPECT_EQ(1, info.read_write);
	EXPECT_EQ(SECTOR, info.sector_size);
	EXPECT_EQ(SECTORS, info.size_sectors);

	ASSERT_EQ(0, isle_block_connect(self->dom, "rom", &rom));
	EXPECT_EQ(0, isle_block_get_info(rom, &info));
	EXPECT_EQ(0, info.read_write);
	EXPECT_EQ(0, isle_block_id(rom, &other));
	EXPECT_NE(id.unique, other.unique);
	isle_block_disconnect(rom);

	EXPECT_EQ(-ENOENT, isle_block_connect(self->dom, "absent", &none));
	EXPECT_EQ(-EINVAL, isle_block_connect(self->dom, "", &none));
	EXPECT_EQ(-EINVAL, isle_block_connect(self->dom, "a/b", &none));
	EXPECT_EQ(-ENOENT, isle_block_connect(NULL, "/dev/isle/absent/blk/disk", &none));
	EXPECT_EQ(-ENOTTY, isle_block_connect(NULL, "/dev/zero", &none));
	EXPECT_EQ(NULL, none);
	isle_block_disconnect(NULL);
}

TEST_F_TIMEOUT(block, there_and_back, TIMEOUT)
{
	uint8_t out[4 * SECTOR], in[4 * SECTOR] = { 0 };
	struct iovec iov[2] = { { out, SECTOR }, { out + SECTOR, 3 * SECTOR } };
	struct rng r = { 3 };

	fill(&r, out, sizeof(out));
	EXPECT_EQ(0, isle_block_write(self->blk, SECTORS - 4, iov, 2));
	EXPECT_EQ(0, isle_block_flush(self->blk));
	iov[0] = (struct iovec) { in, 4 * SECTOR };
	EXPECT_EQ(0, isle_block_read(self->blk, SECTORS - 4, iov, 1));
	EXPECT_EQ(0, memcmp(in, out, sizeof(in)));
	EXPECT_EQ(0, isle_block_read(self->blk, 0, NULL, 0));
	EXPECT_EQ(0, isle_block_write(self->blk, 0, NULL, 0));
}

TEST_F_TIMEOUT(block, wrong_places, TIMEOUT)
{
	uint8_t buf[2 * SECTOR] = { 0 };
	struct iovec iov = { buf, 2 * SECTOR };

	EXPECT_EQ(-EINVAL, isle_block_read(self->blk, SECTORS - 1, &iov, 1));
	EXPECT_EQ(-ENOSPC, isle_block_write(self->blk, SECTORS - 1, &iov, 1));
	EXPECT_EQ(-EINVAL, isle_block_read(self->blk, UINT64_MAX, &iov, 1));
	EXPECT_EQ(-ENOSPC, isle_block_write(self->blk, 1ULL << 54, &iov, 1));
	iov.iov_len = SECTOR + 1;
	EXPECT_EQ(-EINVAL, isle_block_read(self->blk, 0, &iov, 1));
	EXPECT_EQ(-EINVAL, isle_block_write(self->blk, 0, &iov, 1));
	iov = (struct iovec) { (void *)16, SECTOR };
	EXPECT_EQ(-EFAULT, isle_block_read(self->blk, 0, &iov, 1));
	EXPECT_EQ(-EFAULT, isle_block_write(self->blk, 0, &iov, 1));
}

static void note(void *arg, int result)
{
	*(int *)arg = result;
}

static int run_queue(struct isle_queue *queue)
{
	int ret = 0;

	while (ret >= 0 && isle_queue_pending(queue))
		ret = isle_queue_run(queue, -1);
	return ret < 0 ? ret : 0;
}

TEST_F_TIMEOUT(block, started, TIMEOUT)
{
	uint8_t out[SECTOR], in[SECTOR] = { 0 };
	struct iovec to = { out, SECTOR }, from = { in, SECTOR };
	int result = 1;

	memset(out, 0x3c, sizeof(out));
	ASSERT_EQ(0, isle_block_start_write(self->queue, self->blk, 9, &to, 1, note, &result));
	EXPECT_EQ(1, result);	/* nothing starts before the queue is run */
	ASSERT_EQ(0, run_queue(self->queue));
	EXPECT_EQ(0, result);
	result = 1;
	ASSERT_EQ(0, isle_block_start_read(self->queue, self->blk, 9, &from, 1, note, &result));
	ASSERT_EQ(0, run_queue(self->queue));
	EXPECT_EQ(0, result);
	EXPECT_EQ(0, memcmp(in, out, SECTOR));
	EXPECT_EQ(-EINVAL, isle_block_start_read(self->queue, self->blk, SECTORS, &from, 1,
						 note, &result));
	EXPECT_EQ(-ENOSPC, isle_block_start_write(self->queue, self->blk, SECTORS, &to, 1,
						  note, &result));
	/* without a function to call */
	ASSERT_EQ(0, isle_block_start_write(self->queue, self->blk, 9, &to, 1, NULL, NULL));
	ASSERT_EQ(0, run_queue(self->queue));
}

/* `Is_read_only: nothing was written */
TEST_F_TIMEOUT(block, read_only, TIMEOUT)
{
	uint8_t buf[SECTOR];
	struct iovec iov = { buf, SECTOR };
	struct isle_blk *rom;
	int result = 1;

	ASSERT_EQ(0, isle_block_connect(self->dom, "rom", &rom));
	memset(buf, 0xee, SECTOR);
	EXPECT_EQ(-EROFS, isle_block_write(rom, 0, &iov, 1));
	EXPECT_EQ(-EROFS, isle_block_start_write(self->queue, rom, 0, &iov, 1, note, &result));
	EXPECT_EQ(0, isle_block_read(rom, 0, &iov, 1));
	EXPECT_TRUE(all_bytes(buf, 0, SECTOR));
	isle_block_disconnect(rom);
}

/* A node that may only be read: the same, though the device can be written */
static int as_a_reader(const char *path)
{
	uint8_t buf[SECTOR] = { 0 };
	struct iovec iov = { buf, SECTOR };
	struct isle_block_info info;
	struct isle_blk *blk;

	if (setuid(NOBODY))
		return 2;
	if (isle_block_connect(NULL, path, &blk))
		return 3;
	if (isle_block_get_info(blk, &info) || info.read_write)
		return 4;
	if (isle_block_write(blk, 0, &iov, 1) != -EROFS)
		return 5;
	if (isle_block_read(blk, 0, &iov, 1))
		return 6;
	isle_block_disconnect(blk);
	return 0;
}

TEST_F_TIMEOUT(block, permissions, TIMEOUT)
{
	struct isle_block_info info;
	struct isle_blk *blk;
	char path[128];
	int status;
	pid_t pid;

	ASSERT_EQ(0, isle_control_domain_publish(self->ctl, self->id, 0444, 0, 0, 0));
	snprintf(path, sizeof(path), "/dev/isle/%s/blk/disk", self->name);
	ASSERT_EQ(0, isle_block_connect(NULL, path, &blk));
	EXPECT_EQ(0, isle_block_get_info(blk, &info));
	EXPECT_EQ(1, info.read_write);	/* root may */
	isle_block_disconnect(blk);
	pid = fork();
	ASSERT_LE(0, pid);
	if (!pid)
		_exit(as_a_reader(path));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_TRUE(WIFEXITED(status));
	EXPECT_EQ(0, WEXITSTATUS(status));
}

/* `Disconnected */
TEST_F_TIMEOUT(block, removed, TIMEOUT)
{
	struct isle_block_info info = { .sector_size = 77 };
	struct isle_device_id id = { .size = sizeof(id) };
	struct iovec iov;
	struct isle_blk *none = NULL;
	uint8_t buf[SECTOR] = { 0 };
	int result = 1;

	iov = (struct iovec) { buf, SECTOR };
	ASSERT_EQ(0, isle_control_device_del(self->ctl, self->id, ISLE_CLASS_BLK, "disk", 0));
	EXPECT_EQ(-ENODEV, isle_block_read(self->blk, 0, &iov, 1));
	EXPECT_EQ(-ENODEV, isle_block_write(self->blk, 0, &iov, 1));
	EXPECT_EQ(-ENODEV, isle_block_flush(self->blk));
	EXPECT_EQ(-ENODEV, isle_block_get_info(self->blk, &info));
	EXPECT_EQ(77, info.sector_size);
	ASSERT_EQ(0, isle_block_start_read(self->queue, self->blk, 0, &iov, 1, note, &result));
	ASSERT_EQ(0, run_queue(self->queue));
	EXPECT_EQ(-ENODEV, result);
	EXPECT_EQ(-ENOENT, isle_block_connect(self->dom, "disk", &none));
	EXPECT_EQ(NULL, none);
	isle_block_id(self->blk, &id);
}

/* Disconnecting ends what was scheduled and had not started */
TEST_F_TIMEOUT(block, disconnect, TIMEOUT)
{
	uint8_t buf[SECTOR] = { 0 };
	struct iovec iov = { buf, SECTOR };
	struct isle_blk *blk;
	int result = 1;

	ASSERT_EQ(0, isle_block_connect(self->dom, "disk", &blk));
	ASSERT_EQ(0, isle_block_start_read(self->queue, blk, 0, &iov, 1, note, &result));
	isle_block_disconnect(blk);
	ASSERT_EQ(0, run_queue(self->queue));
	EXPECT_EQ(-ENODEV, result);
}

/* `Unimplemented: what only some devices can do */
TEST_F_TIMEOUT(block, unimplemented, TIMEOUT)
{
	struct isle_blk_info info = { .size = sizeof(info) };

	ASSERT_EQ(0, isle_blk_get_info(self->blk, &info));
	EXPECT_EQ(info.flags & ISLE_BLK_DISCARD ? 0 : -EOPNOTSUPP,
		  isle_blk_discard(self->blk, 0, 1));
}

TEST_HARNESS_MAIN
