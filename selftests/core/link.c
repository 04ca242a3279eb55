// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: links between domains, and the listings of a domain's parts
 */
#include <kselftest_harness.h>

#include "../lib.h"
#include "listing.h"

#define DOMAINS		4

FIXTURE(link) {
	int ctl;
	struct dom dom[DOMAINS];
	struct counters start;
};

FIXTURE_SETUP(link)
{
	int i;

	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	for (i = 0; i < DOMAINS; i++) {
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom[i]));
	}
}

FIXTURE_TEARDOWN(link)
{
	int i;

	for (i = 0; i < DOMAINS; i++)
		close(self->dom[i].fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

static __u32 links_of(struct dom *dom)
{
	struct isle_domain_info info;

	return dom_info(dom->fd, &info) ? ~0U : info.links;
}

/* The peers of a domain as a set of indices into @dom; ~0: not well-formed */
static __u32 peers(int fd, unsigned long cmd, __u32 domid,
		   const struct dom *dom)
{
	struct isle_link_next arg = { .size = sizeof(arg), .domid = domid };
	__u32 set = 0;
	int i, ret;

	while ((ret = call(fd, cmd, &arg)) == 0) {
		for (i = 0; i < DOMAINS && dom[i].id != arg.peer; i++)
			;
		if (i == DOMAINS || set & (1U << i) ||
		    strcmp(arg.name, dom[i].name) || arg.flags ||
		    arg.domid != domid)
			return ~0U;
		set |= 1U << i;
		memset(arg.name, 0, sizeof(arg.name));
	}
	return ret == -ENOENT ? set : ~0U;
}

/* What both listings of one domain, the administrator's and its own, say */
#define EXPECT_PEERS(expected, index) do {				\
	EXPECT_EQ(expected, peers(self->ctl, ISLE_CTL_LINK_NEXT,	\
				  self->dom[index].id, self->dom));	\
	EXPECT_EQ(expected, peers(self->dom[index].fd,			\
				  ISLE_DOMAIN_LINK_NEXT, 0, self->dom)); \
} while (0)

TEST_F_TIMEOUT(link, goes_both_ways, TIMEOUT)
{
	__u32 a = self->dom[0].id, b = self->dom[1].id;

	EXPECT_PEERS(0U, 0);
	ASSERT_EQ(0, dom_link(self->ctl, a, b));
	EXPECT_PEERS(1U << 1, 0);
	EXPECT_PEERS(1U << 0, 1);
	EXPECT_PEERS(0U, 2);
	EXPECT_EQ(1, links_of(&self->dom[0]));
	EXPECT_EQ(1, links_of(&self->dom[1]));
	EXPECT_EQ(0, links_of(&self->dom[2]));

	EXPECT_EQ(-EEXIST, dom_link(self->ctl, a, b));
	EXPECT_EQ(-EEXIST, dom_link(self->ctl, b, a));
	EXPECT_EQ(1, links_of(&self->dom[0]));
	EXPECT_EQ(1, links_of(&self->dom[1]));

	ASSERT_EQ(0, dom_unlink(self->ctl, b, a));
	EXPECT_PEERS(0U, 0);
	EXPECT_PEERS(0U, 1);
	EXPECT_EQ(0, links_of(&self->dom[0]));
	EXPECT_EQ(0, links_of(&self->dom[1]));
	EXPECT_EQ(-ENOENT, dom_unlink(self->ctl, a, b));
	EXPECT_EQ(-ENOENT, dom_unlink(self->ctl, b, a));
}

TEST_F_TIMEOUT(link, refused, TIMEOUT)
{
	static const __u32 absent[] = { 0, 0x7ff0, 0x7fff, 0x10000, ~0U };
	static struct listing before;
	__u32 a = self->dom[0].id;
	unsigned int i;

	ASSERT_EQ(0, dom_link(self->ctl, a, self->dom[1].id));
	listing_take(self->ctl, &before);
	EXPECT_EQ(-EINVAL, dom_link(self->ctl, a, a));
	EXPECT_EQ(-EINVAL, dom_unlink(self->ctl, a, a));
	for (i = 0; i < ARRAY_SIZE(absent); i++) {
		EXPECT_EQ(-ENOENT, dom_link(self->ctl, a, absent[i]));
		EXPECT_EQ(-ENOENT, dom_link(self->ctl, absent[i], a));
		EXPECT_EQ(-ENOENT, dom_unlink(self->ctl, a, absent[i]));
		EXPECT_EQ(-ENOENT, dom_unlink(self->ctl, absent[i], a));
	}
	EXPECT_EQ(-ENOENT, dom_link(self->ctl, a, self->dom[2].id + 0x10000));
	EXPECT_TRUE(listing_same(self->ctl, &before));
}

TEST_F_TIMEOUT(link, listing, TIMEOUT)
{
	int i;

	for (i = 1; i < DOMAINS; i++) {
		ASSERT_EQ(0, dom_link(self->ctl, self->dom[i].id,
				      self->dom[0].id));
	}
	EXPECT_PEERS((1U << DOMAINS) - 2, 0);
	for (i = 1; i < DOMAINS; i++) {
		EXPECT_PEERS(1U << 0, i);
	}
	ASSERT_EQ(0, dom_unlink(self->ctl, self->dom[0].id, self->dom[2].id));
	EXPECT_PEERS((1U << DOMAINS) - 2 - (1U << 2), 0);
	EXPECT_PEERS(0U, 2);
}

/* A listing goes on though what it stands at has gone, and begins anywhere */
TEST_F_TIMEOUT(link, listing_that_changes, TIMEOUT)
{
	struct isle_link_next arg = { .size = sizeof(arg) };
	__u32 first;
	int i, n = 0;

	for (i = 1; i < DOMAINS; i++) {
		ASSERT_EQ(0, dom_link(self->ctl, self->dom[i].id,
				      self->dom[0].id));
	}
	ASSERT_EQ(0, call(self->dom[0].fd, ISLE_DOMAIN_LINK_NEXT, &arg));
	first = arg.peer;
	ASSERT_EQ(0, dom_unlink(self->ctl, self->dom[0].id, first));
	do {
		n++;
		memset(arg.name, 0, sizeof(arg.name));
	} while (n < 100 &&
		 !call(self->dom[0].fd, ISLE_DOMAIN_LINK_NEXT, &arg));
	EXPECT_EQ(DOMAINS - 1, n);

	memset(&arg, 0, sizeof(arg));
	arg.size = sizeof(arg);
	arg.peer = ~0U;
	EXPECT_GT(0, call(self->dom[0].fd, ISLE_DOMAIN_LINK_NEXT, &arg));
	arg.peer = ISLE_DOMID_MAX;
	EXPECT_EQ(-ENOENT, call(self->dom[0].fd, ISLE_DOMAIN_LINK_NEXT, &arg));
}

TEST_F_TIMEOUT(link, vanish_with_the_domain, TIMEOUT)
{
	int i;

	for (i = 1; i < DOMAINS; i++) {
		ASSERT_EQ(0, dom_link(self->ctl, self->dom[i].id,
				      self->dom[0].id));
	}
	/* one by its last file, one by destruction */
	close(self->dom[1].fd);
	EXPECT_TRUE(eventually(links_of(&self->dom[0]) == 2));
	self->dom[1].fd = -1;
	ASSERT_EQ(0, dom_destroy(self->ctl, self->dom[0].id, 0));
	for (i = 2; i < DOMAINS; i++) {
		EXPECT_EQ(0, links_of(&self->dom[i]));
		EXPECT_PEERS(0U, i);
		EXPECT_EQ(0, quota_used(self->ctl, self->dom[i].id,
					ISLE_QUOTA_LINKS));
	}
	EXPECT_EQ(-ENOENT, dom_link(self->ctl, self->dom[2].id,
				    self->dom[0].id));
}

/* A domain that gets the number of a dead one inherits no link */
TEST_F_TIMEOUT(link, not_inherited, TIMEOUT)
{
	struct dom dom = { .fd = -1 };
	__u32 number = self->dom[1].id;
	int i;

	if (debug_kernel()) {
		SKIP(return, "going round takes too long on this kernel");
	}
	ASSERT_EQ(0, dom_link(self->ctl, self->dom[0].id, number));
	close(self->dom[1].fd);
	self->dom[1].fd = -1;
	for (i = 0; i <= ISLE_DOMID_MAX; i++) {
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &dom));
		if (dom.id == number)
			break;
		close(dom.fd);
	}
	ASSERT_EQ(number, dom.id) TH_LOG("the number never came again");
	EXPECT_EQ(0, links_of(&dom));
	EXPECT_EQ(0, links_of(&self->dom[0]));
	EXPECT_EQ(-ENOENT, dom_unlink(self->ctl, self->dom[0].id, number));
	close(dom.fd);
}

/* The other listing: devices come in the order in which they were added */
TEST_F_TIMEOUT(link, devices_in_order, TIMEOUT)
{
	static const char *const names[] = { "zz", "a", "m", "b0" };
	struct isle_device_next arg, mine;
	__u64 last = 0;
	int i, n = 0;

	for (i = 0; i < (int)ARRAY_SIZE(names); i++) {
		ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom[0].id,
					    names[i], 4096, 0));
	}
	ASSERT_EQ(0, blk_del(self->ctl, self->dom[0].id, names[1], 0));
	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom[0].id, names[1], 4096,
				    0));
	for (;;) {
		memset(&arg, 0, sizeof(arg));
		arg.size = sizeof(arg);
		arg.unique = last;
		mine = arg;
		arg.domid = self->dom[0].id;
		i = call(self->ctl, ISLE_CTL_DEVICE_NEXT, &arg);
		EXPECT_EQ(i, call(self->dom[0].fd, ISLE_DOMAIN_DEVICE_NEXT,
				  &mine));
		if (i)
			break;
		EXPECT_LT(last, arg.unique);
		EXPECT_EQ(ISLE_CLASS_BLK, arg.dev_class);
		EXPECT_STREQ(n == 0 ? "zz" : n == 1 ? "m" : n == 2 ? "b0" : "a",
			     arg.name);
		EXPECT_EQ(arg.unique, mine.unique);
		EXPECT_EQ(arg.dev_class, mine.dev_class);
		EXPECT_STREQ(arg.name, mine.name);
		last = arg.unique;
		n++;
	}
	EXPECT_EQ(-ENOENT, i);
	EXPECT_EQ(4, n);

	memset(&arg, 0, sizeof(arg));
	arg.size = sizeof(arg);
	arg.unique = ~0ULL;
	EXPECT_EQ(-ENOENT, call(self->dom[0].fd, ISLE_DOMAIN_DEVICE_NEXT,
				&arg));
}

TEST_HARNESS_MAIN
