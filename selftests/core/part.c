// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: parts of a domain, opened by ioctl and by their nodes
 *
 * What each part does is tested elsewhere; here it is only that it can be
 * opened, by whom, and for how long.
 */
#include <kselftest_harness.h>

#include "../share/evtchn.h"

#define SOMEONE		1234
#define A_GROUP		2345

static const struct part {
	__u32 id;
	const char *node;
	bool xen;
	bool there;	/* in any version that has this test */
} parts[] = {
	{ ISLE_OPEN_VCHAN, "vchan", false, false },
	{ ISLE_OPEN_TASK, "task", false, false },
	{ ISLE_OPEN_GNTALLOC, "xen/gntalloc", true, false },
	{ ISLE_OPEN_GNTDEV, "xen/gntdev", true, false },
	{ ISLE_OPEN_EVTCHN, "xen/evtchn", true, true },
	{ ISLE_OPEN_XENBUS, "xen/xenbus", true, false },
	{ ISLE_OPEN_PRIVCMD, "xen/privcmd", true, true },
};

#define PARTS	ARRAY_SIZE(parts)

FIXTURE(part) {
	int ctl;
	struct dom dom;
	struct counters start;
	char name[ISLE_NAME_SIZE];
	char path[PARTS][96];
};

FIXTURE_SETUP(part)
{
	unsigned int i;

	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, own(self->name, "part"),
				&self->dom));
	for (i = 0; i < PARTS; i++)
		snprintf(self->path[i], sizeof(self->path[i]),
			 "/dev/isle/%s/%s", self->name, parts[i].node);
}

FIXTURE_TEARDOWN(part)
{
	dom_destroy(self->ctl, self->dom.id, 0);
	close(self->dom.fd);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->dom.id)));
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

static int publish(FIXTURE_DATA(part) *self, __u32 flags)
{
	struct isle_domain_publish arg = {
		.size = sizeof(arg), .domid = self->dom.id, .mode = 0640,
		.uid = SOMEONE, .gid = A_GROUP, .flags = flags,
	};

	return call(self->ctl, ISLE_CTL_DOMAIN_PUBLISH, &arg);
}

static __u32 state(FIXTURE_DATA(part) *self)
{
	struct isle_domain_info info;

	return dom_info(self->dom.fd, &info) ? ~0U : info.state;
}

static __u64 files(FIXTURE_DATA(part) *self)
{
	return quota_used(self->ctl, self->dom.id, ISLE_QUOTA_FILES);
}

/* Opening it says 0, or -EOPNOTSUPP if this version lacks it */
static int has(FIXTURE_DATA(part) *self, const struct part *part)
{
	int fd = part_open(self->dom.fd, part->id, 0);

	if (fd >= 0)
		close(fd);
	return fd == -EOPNOTSUPP && !part->there ? -EOPNOTSUPP :
	       fd >= 0 ? 0 : fd;
}

TEST_F_TIMEOUT(part, by_ioctl, TIMEOUT)
{
	unsigned int i;
	__u64 before;
	int fd;

	for (i = 0; i < PARTS; i++) {
		if (has(self, &parts[i]) == -EOPNOTSUPP)
			continue;
		before = files(self);
		fd = part_open(self->dom.fd, parts[i].id, 0);
		ASSERT_LE(0, fd) TH_LOG("%s", parts[i].node);
		EXPECT_EQ(before + 1, files(self));
		EXPECT_EQ(O_RDWR, fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
		EXPECT_EQ(FD_CLOEXEC, fcntl(fd, F_GETFD));
		close(fd);
		EXPECT_EQ(before, files(self));
		fd = part_open(self->dom.fd, parts[i].id, ISLE_OPEN_NONBLOCK);
		ASSERT_LE(0, fd);
		EXPECT_EQ(O_RDWR | O_NONBLOCK,
			  fcntl(fd, F_GETFL) & (O_ACCMODE | O_NONBLOCK));
		close(fd);
	}
}

TEST_F_TIMEOUT(part, wrong_arguments, TIMEOUT)
{
	static const __u32 none[] = { 0, 8, 9, 64, 1U << 31, ~0U };
	struct isle_part_open arg = { .size = sizeof(arg) };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(none); i++)
		EXPECT_EQ(-EOPNOTSUPP, part_open(self->dom.fd, none[i], 0));
	EXPECT_EQ(-EINVAL, part_open(self->dom.fd, ISLE_OPEN_EVTCHN,
				     ISLE_OPEN_READ));
	EXPECT_EQ(-EINVAL, part_open(self->dom.fd, ISLE_OPEN_EVTCHN, ~0U));
	arg.part = ISLE_OPEN_EVTCHN;
	arg.fd = -1;
	EXPECT_EQ(-EINVAL, call(self->dom.fd, ISLE_DOMAIN_PART_OPEN, &arg));
	EXPECT_EQ(-ENOTTY, call(self->ctl, ISLE_DOMAIN_PART_OPEN, &arg));
	EXPECT_EQ(1U, files(self));
}

TEST_F_TIMEOUT(part, quota, TIMEOUT)
{
	unsigned int i;
	int fd;

	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_FILES, 2));
	for (i = 0; i < PARTS; i++) {
		if (has(self, &parts[i]) == -EOPNOTSUPP)
			continue;
		fd = part_open(self->dom.fd, parts[i].id, 0);
		ASSERT_LE(0, fd);
		EXPECT_EQ(-EDQUOT, part_open(self->dom.fd, parts[i].id, 0));
		close(fd);
		EXPECT_EQ(1U, files(self));
	}
}

TEST_F_TIMEOUT(part, nodes_without_xen, TIMEOUT)
{
	struct stat st;
	unsigned int i;

	ASSERT_EQ(0, publish(self, 0));
	EXPECT_EQ(ISLE_DOMAIN_PUBLISHED, state(self));
	for (i = 0; i < PARTS; i++)
		EXPECT_EQ(!parts[i].xen && !has(self, &parts[i]),
			  !stat(self->path[i], &st)) {
			TH_LOG("%s", self->path[i]);
		}
	/* but the parts are there */
	EXPECT_EQ(0, has(self, &parts[4]));
}

TEST_F_TIMEOUT(part, nodes, TIMEOUT)
{
	char dir[64];
	struct stat st;
	unsigned int i;
	int fd, ret;

	EXPECT_EQ(0U, state(self));
	EXPECT_EQ(-EINVAL, publish(self, 2));
	EXPECT_EQ(-EINVAL, publish(self, 1U << 31));
	ASSERT_EQ(0, publish(self, ISLE_PUBLISH_XEN));
	EXPECT_EQ(ISLE_DOMAIN_PUBLISHED | ISLE_DOMAIN_XEN, state(self));
	EXPECT_EQ(-EEXIST, publish(self, 0));
	EXPECT_EQ(-EEXIST, publish(self, ISLE_PUBLISH_XEN));
	for (i = 0; i < PARTS; i++) {
		ret = has(self, &parts[i]);
		EXPECT_EQ(ret ? -1 : 0, stat(self->path[i], &st)) {
			TH_LOG("%s", self->path[i]);
		}
		if (ret)
			continue;
		EXPECT_TRUE(S_ISCHR(st.st_mode));
		EXPECT_EQ(0640U, st.st_mode & 07777);
		EXPECT_EQ((uid_t)SOMEONE, st.st_uid);
		EXPECT_EQ((gid_t)A_GROUP, st.st_gid);
		fd = open(self->path[i], O_RDWR | O_CLOEXEC);
		ASSERT_LE(0, fd);
		EXPECT_EQ(2U, files(self));
		close(fd);
		EXPECT_EQ(1U, files(self));
	}
	ASSERT_EQ(0, quota_set(self->ctl, self->dom.id, ISLE_QUOTA_FILES, 1));
	EXPECT_EQ(-EDQUOT, err(open(self->path[4], O_RDWR)));
	snprintf(dir, sizeof(dir), "/dev/isle/%s/xen", self->name);
	EXPECT_EQ(0, access(dir, F_OK));
	ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
	EXPECT_EQ(-1, access(dir, F_OK));
	for (i = 0; i < PARTS; i++)
		EXPECT_EQ(-1, stat(self->path[i], &st));
}

/* The node acts as the domain, as the ioctl does */
TEST_F_TIMEOUT(part, a_node_is_the_domain, TIMEOUT)
{
	int by_node, by_ioctl, p, q;

	ASSERT_EQ(0, publish(self, ISLE_PUBLISH_XEN));
	by_node = open(self->path[4], O_RDWR | O_CLOEXEC | O_NONBLOCK);
	ASSERT_LE(0, by_node);
	by_ioctl = evtchn_open_nonblock(self->dom.fd);
	p = evtchn_listen(by_node, self->dom.id);
	q = evtchn_connect(by_ioctl, self->dom.id, p);
	EXPECT_EQ(1, p);
	EXPECT_EQ(2, q);
	EXPECT_EQ(0, evtchn_notify(by_ioctl, q));
	EXPECT_EQ(p, evtchn_next(by_node));
	close(by_node);
	close(by_ioctl);
	/* for reading only, as open(2) says */
	by_node = open(self->path[4], O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	EXPECT_EQ(-EAGAIN, evtchn_next(by_node));
	EXPECT_EQ(-EBADF, evtchn_unmask(by_node, 1));
	close(by_node);
}

TEST_F_TIMEOUT(part, a_file_keeps_its_domain, TIMEOUT)
{
	unsigned int i;
	int fd;

	for (i = 0; i < PARTS; i++) {
		struct dom dom;

		if (has(self, &parts[i]) == -EOPNOTSUPP)
			continue;
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &dom));
		fd = part_open(dom.fd, parts[i].id, 0);
		ASSERT_LE(0, fd);
		close(dom.fd);
		EXPECT_TRUE(dom_exists(self->ctl, dom.id));
		EXPECT_EQ(1U, quota_used(self->ctl, dom.id, ISLE_QUOTA_FILES));
		close(fd);
		EXPECT_TRUE(eventually(!dom_exists(self->ctl, dom.id)));
	}
}

TEST_F_TIMEOUT(part, destroyed, TIMEOUT)
{
	int fd[PARTS], path;
	unsigned int i;

	ASSERT_EQ(0, publish(self, ISLE_PUBLISH_XEN));
	path = open(self->path[4], O_PATH | O_CLOEXEC);
	for (i = 0; i < PARTS; i++)
		fd[i] = part_open(self->dom.fd, parts[i].id, 0);
	ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
	for (i = 0; i < PARTS; i++) {
		EXPECT_EQ(-ENODEV, part_open(self->dom.fd, parts[i].id, 0) ==
			  -EOPNOTSUPP ? -ENODEV :
			  part_open(self->dom.fd, parts[i].id, 0));
		if (fd[i] >= 0)
			EXPECT_EQ(0, close(fd[i]));
	}
	close(path);
}

/* privcmd: what libraries ask before they use what they came for */
TEST_F_TIMEOUT(part, privcmd, TIMEOUT)
{
	static const struct {
		unsigned int nr, size;
	} known[] = {
		{ 0, 48 },	/* HYPERCALL */
		{ 2, 16 },	/* MMAP */
		{ 3, 24 },	/* MMAPBATCH */
		{ 4, 32 },	/* MMAPBATCH_V2 */
		{ 5, 16 },	/* DM_OP */
		{ 6, 2 },	/* RESTRICT */
		{ 7, 32 },	/* MMAP_RESOURCE */
	};
	char arg[64] = "";
	unsigned int i;
	int fd;

	fd = part_open(self->dom.fd, ISLE_OPEN_PRIVCMD, 0);
	ASSERT_LE(0, fd);
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		const unsigned long cmd = _IOC(_IOC_NONE, 'P', known[i].nr,
					       known[i].size);

		EXPECT_EQ(-EPERM, call(fd, cmd, arg));
		EXPECT_EQ(-EPERM, call(fd, cmd, NULL));
	}
	/* by which libraries find out what an unknown one says */
	EXPECT_EQ(-ENOTTY, call(fd, _IOC(_IOC_NONE, 'P', 0xff, 0), NULL));
	EXPECT_EQ(-ENOTTY, call(fd, _IOC(_IOC_NONE, 'P', 0, 0), arg));
	EXPECT_EQ(-ENOTTY, call(fd, ISLE_DOMAIN_INFO, arg));
	EXPECT_EQ(-1, read(fd, arg, 1));
	EXPECT_EQ(-1, write(fd, arg, 1));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0));
	ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
	EXPECT_EQ(-ENODEV, call(fd, _IOC(_IOC_NONE, 'P', 0, 48), arg));
	EXPECT_EQ(-ENODEV, call(fd, _IOC(_IOC_NONE, 'P', 0xff, 0), arg));
	close(fd);
}

TEST_HARNESS_MAIN
