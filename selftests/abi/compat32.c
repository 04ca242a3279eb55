// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: a 32-bit program on a 64-bit kernel
 *
 * Every command once, with its outcome compared; reading and writing; and the
 * ioctls of disks, two of which have another number for 32-bit programs.
 */
#include <kselftest_harness.h>

#include <linux/fs.h>
#include <sys/uio.h>

#include "../core/commands.h"
#include "../core/listing.h"
#include "../share/evtchn.h"

_Static_assert(sizeof(void *) == 4, "to be compiled as a 32-bit program");
_Static_assert(sizeof(off_t) == 8, "to be compiled with large files");

FIXTURE(compat) {
	struct world w;
	struct counters start;
};

FIXTURE_SETUP(compat)
{
	self->start = counters_start();
	ASSERT_TRUE(world_make(&self->w));
}

FIXTURE_TEARDOWN(compat)
{
	world_end(&self->w);
	EXPECT_TRUE(counters_are(&self->start));
}

TEST_F_TIMEOUT(compat, every_command, TIMEOUT)
{
	static struct listing before;
	const struct command *c;
	union argument arg, copy;

	for (c = commands; c < commands + COMMANDS; c++) {
		command_prepare(c, &self->w, &arg);
		listing_take(self->w.ctl, &before);

		/* the rules about sizes and zeroes are the same */
		copy = arg;
		copy.size--;
		EXPECT_EQ(-EINVAL, call(self->w.fd[c->file], c->cmd, &copy))
			TH_LOG("%s", c->name);
		copy = arg;
		copy.size += 8;
		EXPECT_EQ(-EINVAL, call(self->w.fd[c->file], c->cmd, &copy))
			TH_LOG("%s", c->name);
		EXPECT_EQ(-EFAULT, call(self->w.fd[c->file], c->cmd,
					(void *)0xffffff00))
			TH_LOG("%s", c->name);
		EXPECT_TRUE(listing_same(self->w.ctl, &before));

		memset(arg.bytes + c->size, 0xa5, sizeof(arg) - c->size);
		ASSERT_EQ(0, call(self->w.fd[c->file], c->cmd, &arg))
			TH_LOG("%s", c->name);
		EXPECT_EQ(c->size, arg.size);
		EXPECT_TRUE(all_bytes(arg.bytes + c->size, 0xa5,
				      sizeof(arg) - c->size))
			TH_LOG("%s", c->name);
		ASSERT_TRUE(command_undo(c, &self->w, &arg));
	}
}

TEST_F_TIMEOUT(compat, values, TIMEOUT)
{
	struct isle_domain_info info;
	struct isle_device_id id;
	struct isle_blk_info blk;
	struct isle_quota quota;

	ASSERT_EQ(0, dom_info(self->w.dom[0].fd, &info));
	EXPECT_EQ(self->w.dom[0].id, info.domid);
	EXPECT_EQ(self->w.dom[0].unique, info.unique);
	EXPECT_STREQ(self->w.dom[0].name, info.name);
	EXPECT_EQ(1, info.devices);
	EXPECT_EQ(1, info.links);
	/* its own, the disk's, three endpoints, a task */
	EXPECT_EQ(6, info.files);
	ASSERT_EQ(0, dev_id(self->w.disk, &id));
	EXPECT_EQ(self->w.dom[0].id, id.domid);
	EXPECT_STREQ("disk", id.name);
	EXPECT_STREQ(self->w.dom[0].name, id.domain);
	ASSERT_EQ(0, blk_info(self->w.disk, &blk));
	EXPECT_EQ(16, blk.size_sectors);
	EXPECT_EQ(512, blk.sector_size);
	/* more than 32 bits */
	ASSERT_EQ(0, quota_set(self->w.ctl, self->w.dom[0].id,
			       ISLE_QUOTA_MEMORY, 0x123456789000ULL));
	ASSERT_EQ(0, quota_get(self->w.ctl, self->w.dom[0].id,
			       ISLE_QUOTA_MEMORY, &quota));
	EXPECT_EQ(0x123456789000ULL, quota.limit);
	EXPECT_EQ(8192, quota.used);
}

TEST_F_TIMEOUT(compat, pointer_in_a_struct, TIMEOUT)
{
	union argument arg;
	const __u64 high[] = { 1ULL << 32, 1ULL << 47, 1ULL << 63 };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(high); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.size = sizeof(arg.add);
		prepare_add(&self->w, &arg);
		/* its upper half counts: elsewhere is not the same place */
		arg.add.config |= high[i];
		EXPECT_EQ(-EFAULT, call(self->w.ctl, ISLE_CTL_DEVICE_ADD,
					&arg));
	}
}

TEST_F_TIMEOUT(compat, disk_ioctls, TIMEOUT)
{
	unsigned long sectors = 0;
	__u64 bytes[2] = { 0, ~0ULL };
	unsigned int u = 1;
	int i = 0;

	EXPECT_EQ(0, call(self->w.disk, BLKGETSIZE64, bytes));
	EXPECT_EQ(8192, bytes[0]);
	EXPECT_EQ(~0ULL, bytes[1]);
	EXPECT_EQ(0, call(self->w.disk, BLKGETSIZE, &sectors));
	EXPECT_EQ(16, sectors);
	EXPECT_EQ(0, call(self->w.disk, BLKSSZGET, &i));
	EXPECT_EQ(512, i);
	i = 0;
	EXPECT_EQ(0, call(self->w.disk, BLKBSZGET, &i));
	EXPECT_LE(512, i);
	EXPECT_EQ(0, call(self->w.disk, BLKPBSZGET, &u));
	EXPECT_LE(512, u);
	EXPECT_EQ(0, call(self->w.disk, BLKIOMIN, &u));
	EXPECT_EQ(0, call(self->w.disk, BLKIOOPT, &u));
	EXPECT_EQ(0, call(self->w.disk, BLKALIGNOFF, &i));
	EXPECT_EQ(0, i);
	EXPECT_EQ(0, call(self->w.disk, BLKROGET, &i));
	EXPECT_EQ(0, i);
	EXPECT_EQ(0, call(self->w.disk, BLKFLSBUF, NULL));
	bytes[0] = 0;
	bytes[1] = 4096;
	EXPECT_EQ(0, call(self->w.disk, BLKDISCARD, bytes));
	EXPECT_EQ(0, call(self->w.disk, BLKZEROOUT, bytes));
	bytes[1] = 8192 + 512;
	EXPECT_EQ(-EINVAL, call(self->w.disk, BLKDISCARD, bytes));
}

/* A size that does not fit into 32 bits of bytes, or signed ones of sectors */
TEST_F_TIMEOUT(compat, large_disk, TIMEOUT)
{
	const __u64 size = 20ULL << 30;
	unsigned long sectors = 0;
	char buf[1024], back[1024];
	struct iovec iov[2] = { { back, 512 }, { back + 512, 512 } };
	__u64 bytes = 0;
	int fd;

	ASSERT_EQ(0, quota_set(self->w.ctl, self->w.dom[0].id,
			       ISLE_QUOTA_MEMORY, 2 * size));
	ASSERT_EQ(0, blk_add_memory(self->w.ctl, self->w.dom[0].id, "large",
				    size, 0));
	fd = blk_open_rw(self->w.dom[0].fd, "large");
	ASSERT_LE(0, fd);
	EXPECT_EQ(0, call(fd, BLKGETSIZE64, &bytes));
	EXPECT_EQ(size, bytes);
	EXPECT_EQ(0, call(fd, BLKGETSIZE, &sectors));
	EXPECT_EQ(size / 512, sectors);
	EXPECT_EQ(size, (__u64)lseek(fd, 0, SEEK_END));
	memset(buf, 0x17, sizeof(buf));
	EXPECT_EQ(1024, pwrite(fd, buf, 1024, size - 1024));
	EXPECT_EQ(1024, preadv(fd, iov, 2, size - 1024));
	EXPECT_EQ(0, memcmp(buf, back, 1024));
	EXPECT_EQ(512, pread(fd, back, 1024, size - 512));
	EXPECT_EQ(0, pread(fd, back, 1024, size));
	close(fd);
}

TEST_F_TIMEOUT(compat, reading_and_writing, TIMEOUT)
{
	struct rng rng = { .state = 32 };
	char buf[8192], back[8192];
	struct iovec iov[3] = { { buf, 100 }, { buf + 100, 412 },
				{ buf + 512, 8192 - 512 } };

	fill(&rng, buf, sizeof(buf));
	EXPECT_EQ(8192, writev(self->w.disk, iov, 3));
	EXPECT_EQ(8192, pread(self->w.disk, back, 8192, 0));
	EXPECT_EQ(0, memcmp(buf, back, 8192));
	EXPECT_EQ(-1, pread(self->w.disk, back, 100, 0));
	EXPECT_EQ(EINVAL, errno);
	EXPECT_EQ(-1, pread(self->w.disk, (void *)0xfffff000, 512, 0));
	EXPECT_EQ(EFAULT, errno);
	EXPECT_EQ(0, fsync(self->w.disk));
	EXPECT_EQ(POLLIN | POLLOUT, poll_now(self->w.disk, POLLIN | POLLOUT));
	ASSERT_EQ(0, blk_del(self->w.ctl, self->w.dom[0].id, "disk", 0));
	EXPECT_EQ(-1, pread(self->w.disk, back, 512, 0));
	EXPECT_EQ(ENODEV, errno);
	EXPECT_EQ(-ENODEV, call(self->w.disk, BLKGETSIZE64, buf));
}

/* Xen's structs have no pointers: the same in both */
TEST_F_TIMEOUT(compat, event_ports, TIMEOUT)
{
	int a = evtchn_open_nonblock(self->w.dom[0].fd);
	int b = evtchn_open_nonblock(self->w.dom[1].fd);
	int pa, pb;

	ASSERT_LE(0, a);
	ASSERT_LE(0, b);
	pa = evtchn_listen(a, self->w.dom[1].id);
	/* channels have some, too */
	EXPECT_LT(0, pa);
	EXPECT_EQ(0, evtchn_restrict(b, self->w.dom[0].id));
	pb = evtchn_connect(b, self->w.dom[0].id, pa);
	EXPECT_LT(0, pb);
	EXPECT_EQ(pb, evtchn_take(b));
	EXPECT_EQ(0, evtchn_notify(b, pb));
	EXPECT_EQ(pa, evtchn_take(a));
	EXPECT_EQ(0, evtchn_unbind(a, pa));
	EXPECT_EQ(-ENOTCONN, evtchn_notify(a, pa));
	EXPECT_EQ(0, evtchn_reset(b));
	EXPECT_EQ(-EFAULT, call(a, IOCTL_EVTCHN_NOTIFY, (void *)0xfffff000));
	EXPECT_EQ(-ENOSYS, call(a, _IOC(_IOC_NONE, 'E', 7, 4), NULL));
	close(a);
	close(b);
}

TEST_HARNESS_MAIN
