// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: publishing a domain, and its nodes under /dev/isle
 */
#include <kselftest_harness.h>

#include <grp.h>
#include <sched.h>

#include "../lib.h"
#include "listing.h"

#define SOMEONE		1234
#define A_GROUP		2345

FIXTURE(publish) {
	int ctl;
	struct dom dom;
	struct counters start;
	char name[ISLE_NAME_SIZE];
	char dir[64], node[96], disk[96];
};

FIXTURE_SETUP(publish)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, own(self->name, "pub"), &self->dom));
	snprintf(self->dir, sizeof(self->dir), "/dev/isle/%s", self->name);
	snprintf(self->node, sizeof(self->node), "%s/domain", self->dir);
	snprintf(self->disk, sizeof(self->disk), "%s/blk/disk", self->dir);
}

FIXTURE_TEARDOWN(publish)
{
	dom_destroy(self->ctl, self->dom.id, 0);
	close(self->dom.fd);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->dom.id)));
	close(self->ctl);
	EXPECT_TRUE(eventually(access(self->dir, F_OK)));
	EXPECT_TRUE(counters_are(&self->start));
}

static int node_is(const char *path, __u32 mode, __u32 uid, __u32 gid)
{
	struct stat st;

	if (stat(path, &st))
		return -errno;
	if (!S_ISCHR(st.st_mode))
		return -ENOTTY;
	if ((st.st_mode & 07777) == mode && st.st_uid == uid &&
	    st.st_gid == gid)
		return 0;
	fprintf(stderr, "# %s: mode %o, owner %u:%u\n", path, st.st_mode,
		st.st_uid, st.st_gid);
	return -EPERM;
}

/* open(2) as another user, in a child; value: 0 or -errno of it */
static int open_as(__u32 uid, __u32 gid, const char *path, int flags)
{
	pid_t pid = fork();
	int status, fd;

	if (pid == 0) {
		if (setgroups(0, NULL) || setresgid(gid, gid, gid) ||
		    setresuid(uid, uid, uid))
			_exit(255);
		fd = open(path, flags);
		_exit(fd < 0 ? errno : 0);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

TEST_F_TIMEOUT(publish, unpublished_has_no_nodes, TIMEOUT)
{
	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk", 4096, 0));
	EXPECT_EQ(-1, access(self->dir, F_OK));
	EXPECT_EQ(ENOENT, errno);
}

TEST_F_TIMEOUT(publish, nodes_appear_and_go, TIMEOUT)
{
	struct isle_domain_info info;
	char later[96];

	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk", 4096, 0));
	ASSERT_EQ(0, dom_publish(self->ctl, self->dom.id, 0640, SOMEONE,
				 A_GROUP));
	EXPECT_EQ(0, node_is(self->node, 0640, SOMEONE, A_GROUP));
	EXPECT_EQ(0, node_is(self->disk, 0640, SOMEONE, A_GROUP));
	ASSERT_EQ(0, dom_info(self->dom.fd, &info));
	EXPECT_EQ(ISLE_DOMAIN_PUBLISHED, info.state);

	/* Devices that come and go later */
	snprintf(later, sizeof(later), "%s/blk/later", self->dir);
	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "later", 4096, 0));
	EXPECT_EQ(0, node_is(later, 0640, SOMEONE, A_GROUP));
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "disk", 0));
	EXPECT_EQ(-ENOENT, node_is(self->disk, 0640, SOMEONE, A_GROUP));
	EXPECT_EQ(0, node_is(later, 0640, SOMEONE, A_GROUP));

	ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
	EXPECT_EQ(-1, access(self->node, F_OK));
	EXPECT_EQ(-1, access(later, F_OK));
	EXPECT_EQ(-1, access(self->dir, F_OK));
	EXPECT_EQ(-ENOENT, dom_publish(self->ctl, self->dom.id, 0600, 0, 0));
}

TEST_F_TIMEOUT(publish, twice, TIMEOUT)
{
	static struct listing before;

	ASSERT_EQ(0, dom_publish(self->ctl, self->dom.id, 0600, 0, 0));
	listing_take(self->ctl, &before);
	EXPECT_EQ(-EEXIST, dom_publish(self->ctl, self->dom.id, 0666, SOMEONE,
				       A_GROUP));
	EXPECT_TRUE(listing_same(self->ctl, &before));
	EXPECT_EQ(0, node_is(self->node, 0600, 0, 0));
}

TEST_F_TIMEOUT(publish, modes, TIMEOUT)
{
	static const __u32 bad[] = { 01000, 02000, 04000, 01777, 010600,
				     0100600, 0170600, 1U << 31, ~0U };
	static const __u32 good[] = { 0, 0400, 0777, 0111 };
	static struct listing before;
	unsigned int i;

	listing_take(self->ctl, &before);
	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, dom_publish(self->ctl, self->dom.id, bad[i],
					       0, 0)) TH_LOG("%o", bad[i]);
		EXPECT_TRUE(listing_same(self->ctl, &before));
		EXPECT_EQ(-1, access(self->dir, F_OK));
	}
	for (i = 0; i < ARRAY_SIZE(good); i++) {
		EXPECT_EQ(0, dom_publish(self->ctl, self->dom.id, good[i],
					 SOMEONE, 0)) TH_LOG("%o", good[i]);
		EXPECT_EQ(0, node_is(self->node, good[i], SOMEONE, 0));
		ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
		close(self->dom.fd);
		ASSERT_EQ(0, dom_create(self->ctl, self->name, &self->dom));
	}
}

TEST_F_TIMEOUT(publish, owners, TIMEOUT)
{
	static struct listing before;

	/* (uid_t)-1 is nobody's number */
	listing_take(self->ctl, &before);
	EXPECT_EQ(-EINVAL, dom_publish(self->ctl, self->dom.id, 0600, ~0U, 0));
	EXPECT_EQ(-EINVAL, dom_publish(self->ctl, self->dom.id, 0600, 0, ~0U));
	EXPECT_TRUE(listing_same(self->ctl, &before));
	EXPECT_EQ(0, dom_publish(self->ctl, self->dom.id, 0600, ~0U - 1,
				 ~0U - 1));
	EXPECT_EQ(0, node_is(self->node, 0600, ~0U - 1, ~0U - 1));
}

static int write_map(pid_t pid, const char *which, const char *text)
{
	char path[64];
	int fd, ret;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, which);
	fd = open(path, O_WRONLY);
	if (fd < 0)
		return -errno;
	ret = write(fd, text, strlen(text)) < 0 ? -errno : 0;
	close(fd);
	return ret;
}

/* In a user namespace where 0 is SOMEONE and nobody else exists */
static int publish_inside(int ctl, __u32 domid, __u32 uid, __u32 gid)
{
	int up[2], down[2], status;
	pid_t pid;
	char c;

	if (pipe(up) || pipe(down))
		return -errno;
	pid = fork();
	if (pid == 0) {
		if (unshare(CLONE_NEWUSER) || write(up[1], "x", 1) != 1 ||
		    read(down[0], &c, 1) != 1)
			_exit(255);
		_exit(-dom_publish(ctl, domid, 0600, uid, gid));
	}
	close(up[1]);
	if (read(up[0], &c, 1) != 1 || write_map(pid, "uid_map", "0 1234 1") ||
	    write_map(pid, "gid_map", "0 2345 1") || write(down[1], "x", 1) != 1)
		kill(pid, SIGKILL);
	close(up[0]);
	close(down[0]);
	close(down[1]);
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -ECHILD;
	return -WEXITSTATUS(status);
}

TEST_F_TIMEOUT(publish, numbers_are_the_callers, TIMEOUT)
{
	int ret = publish_inside(self->ctl, self->dom.id, 1, 0);

	if (ret == -255) {
		SKIP(return, "cannot make a user namespace here");
	}
	EXPECT_EQ(-EINVAL, ret);
	EXPECT_EQ(-EINVAL, publish_inside(self->ctl, self->dom.id, 0, 1));
	EXPECT_EQ(-1, access(self->dir, F_OK));
	ASSERT_EQ(0, publish_inside(self->ctl, self->dom.id, 0, 0));
	EXPECT_EQ(0, node_is(self->node, 0600, SOMEONE, A_GROUP));
}

TEST_F_TIMEOUT(publish, permissions_hold, TIMEOUT)
{
	EXPECT_EQ(-EACCES, open_as(SOMEONE, A_GROUP, CONTROL, O_RDWR));
	EXPECT_EQ(-EACCES, open_as(SOMEONE, A_GROUP, CONTROL, O_RDONLY));
	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk", 4096, 0));
	ASSERT_EQ(0, dom_publish(self->ctl, self->dom.id, 0640, SOMEONE,
				 A_GROUP));
	EXPECT_EQ(0, open_as(SOMEONE, SOMEONE, self->node, O_RDWR));
	EXPECT_EQ(0, open_as(SOMEONE, SOMEONE, self->disk, O_RDWR));
	EXPECT_EQ(0, open_as(7, A_GROUP, self->disk, O_RDONLY));
	EXPECT_EQ(-EACCES, open_as(7, A_GROUP, self->disk, O_RDWR));
	EXPECT_EQ(-EACCES, open_as(7, 7, self->disk, O_RDONLY));
	EXPECT_EQ(-EACCES, open_as(7, 7, self->node, O_RDONLY));
}

TEST_F_TIMEOUT(publish, node_acts_as_the_domain, TIMEOUT)
{
	struct isle_domain_info info;
	char sector[512] = "", back[512];
	struct isle_device_id id;
	int fd, disk, direct;

	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk", 4096, 0));
	ASSERT_EQ(0, dom_publish(self->ctl, self->dom.id, 0600, 0, 0));
	fd = open(self->node, O_RDWR);
	ASSERT_LE(0, fd);
	ASSERT_EQ(0, dom_info(fd, &info));
	EXPECT_EQ(self->dom.id, info.domid);
	EXPECT_STREQ(self->name, info.name);
	EXPECT_EQ(2, info.files);

	disk = blk_open_rw(fd, "disk");
	ASSERT_LE(0, disk);
	direct = open(self->disk, O_RDWR);
	ASSERT_LE(0, direct);
	ASSERT_EQ(0, dom_info(fd, &info));
	EXPECT_EQ(4, info.files);
	ASSERT_EQ(0, dev_id(direct, &id));
	EXPECT_EQ(self->dom.id, id.domid);
	EXPECT_STREQ(self->name, id.domain);
	EXPECT_STREQ("disk", id.name);

	strcpy(sector, "through the node");
	EXPECT_EQ(512, pwrite(direct, sector, 512, 512));
	EXPECT_EQ(512, pread(disk, back, 512, 512));
	EXPECT_EQ(0, memcmp(sector, back, 512));
	close(direct);
	close(disk);
	close(fd);
}

TEST_F_TIMEOUT(publish, lives_without_files, TIMEOUT)
{
	struct isle_domain_info info;
	char sector[512] = "", back[512];
	int fd;

	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk", 4096, 0));
	ASSERT_EQ(0, dom_publish(self->ctl, self->dom.id, 0600, 0, 0));
	fd = open(self->disk, O_RDWR);
	ASSERT_LE(0, fd);
	strcpy(sector, "still here");
	EXPECT_EQ(512, write(fd, sector, 512));
	close(fd);
	close(self->dom.fd);

	ASSERT_EQ(0, dom_find(self->ctl, ISLE_FIND_NAME, 0, self->name, &info));
	EXPECT_EQ(self->dom.unique, info.unique);
	EXPECT_EQ(ISLE_DOMAIN_PUBLISHED, info.state);
	EXPECT_TRUE(eventually(!dom_find(self->ctl, ISLE_FIND_NAME, 0,
					 self->name, &info) && !info.files));
	EXPECT_EQ(1, info.devices);
	fd = open(self->disk, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(512, read(fd, back, 512));
	EXPECT_EQ(0, memcmp(sector, back, 512));
	close(fd);

	ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
	EXPECT_EQ(-ENOENT, dom_find(self->ctl, ISLE_FIND_NAME, 0, self->name,
				    &info));
	self->dom.fd = -1;
}

TEST_F_TIMEOUT(publish, open_modes_of_nodes, TIMEOUT)
{
	char sector[512] = "";
	int fd;

	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk", 4096, 0));
	ASSERT_EQ(0, dom_publish(self->ctl, self->dom.id, 0600, 0, 0));
	fd = open(self->disk, O_RDONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(512, pread(fd, sector, 512, 0));
	EXPECT_EQ(-1, pwrite(fd, sector, 512, 0));
	EXPECT_EQ(EBADF, errno);
	close(fd);
	fd = open(self->disk, O_WRONLY);
	ASSERT_LE(0, fd);
	EXPECT_EQ(512, pwrite(fd, sector, 512, 0));
	EXPECT_EQ(-1, pread(fd, sector, 512, 0));
	EXPECT_EQ(EBADF, errno);
	close(fd);
	/* As of any device: creation and truncation mean nothing to it */
	fd = open(self->disk, O_RDWR | O_CREAT | O_TRUNC, 0600);
	EXPECT_LE(0, fd);
	close(fd);
}

/* A node held through O_PATH, or found in a directory, after its end */
TEST_F_TIMEOUT(publish, stale_nodes, TIMEOUT)
{
	char path[64];
	int node, fd;

	ASSERT_EQ(0, dom_publish(self->ctl, self->dom.id, 0600, 0, 0));
	node = open(self->node, O_PATH);
	ASSERT_LE(0, node);
	ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", node);
	fd = open(path, O_RDWR);
	EXPECT_EQ(-1, fd);
	EXPECT_TRUE(errno == ENXIO || errno == ENODEV || errno == ENOENT)
		TH_LOG("errno %d", errno);
	close(node);
}

TEST_F_TIMEOUT(publish, name_can_be_published_again, TIMEOUT)
{
	struct isle_domain_info info;
	int i, fd;

	for (i = 0; i < rounds(50, 10); i++) {
		ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk",
					    4096, 0));
		ASSERT_EQ(0, dom_publish(self->ctl, self->dom.id, 0600, 0, 0));
		fd = open(self->node, O_RDWR);
		ASSERT_LE(0, fd);
		ASSERT_EQ(0, dom_info(fd, &info));
		ASSERT_EQ(self->dom.unique, info.unique);
		close(fd);
		ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
		close(self->dom.fd);
		ASSERT_EQ(0, dom_create(self->ctl, self->name, &self->dom));
	}
}

TEST_F_TIMEOUT(publish, names_that_other_nodes_have, TIMEOUT)
{
	static const char *const names[] = { "blk", "domain" };
	char path[64];
	struct dom dom;
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(names); i++) {
		ASSERT_EQ(0, dom_create(self->ctl, names[i], &dom));
		EXPECT_EQ(0, blk_add_memory(self->ctl, dom.id, names[i], 4096,
					    0));
		EXPECT_EQ(0, dom_publish(self->ctl, dom.id, 0600, 0, 0));
		snprintf(path, sizeof(path), "/dev/isle/%s/domain", names[i]);
		EXPECT_EQ(0, node_is(path, 0600, 0, 0));
		snprintf(path, sizeof(path), "/dev/isle/%s/blk/%s", names[i],
			 names[i]);
		EXPECT_EQ(0, node_is(path, 0600, 0, 0));
		EXPECT_EQ(0, dom_destroy(self->ctl, dom.id, 0));
		close(dom.fd);
	}
}

TEST_HARNESS_MAIN
