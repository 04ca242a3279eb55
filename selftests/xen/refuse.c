// SPDX-License-Identifier: GPL-2.0
/*
 * isle.ko on real Xen, whose devices it must not stand in the way of: Xen's faces
 * are refused, everything else is there.
 */
#include "../channel/channel.h"
#include "kselftest_harness.h"

FIXTURE(refuse) {
	struct counters before;
	struct dom dom;
	int ctl;
};

FIXTURE_SETUP(refuse)
{
	/* only where there is Xen */
	ASSERT_EQ(0, access("/proc/xen/capabilities", F_OK));
	self->before = counters_start();
	self->ctl = control_open();
	ASSERT_GE(self->ctl, 0);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
}

FIXTURE_TEARDOWN(refuse)
{
	close(self->dom.fd);
	EXPECT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->before));
}

TEST_F(refuse, parts)
{
	__u32 part;

	for (part = ISLE_OPEN_GNTALLOC; part <= ISLE_OPEN_PRIVCMD; part++)
		EXPECT_EQ(-EOPNOTSUPP, part_open(self->dom.fd, part, 0));
	EXPECT_EQ(0, dom_publish(self->ctl, self->dom.id, 0600, 0, 0));
}

TEST_F(refuse, nodes)
{
	struct isle_domain_publish arg = {
		.size = sizeof(arg), .domid = self->dom.id, .mode = 0600,
		.flags = ISLE_PUBLISH_XEN,
	};
	char path[80];

	EXPECT_EQ(-EOPNOTSUPP, call(self->ctl, ISLE_CTL_DOMAIN_PUBLISH, &arg));
	EXPECT_EQ(0, dom_publish(self->ctl, self->dom.id, 0600, 0, 0));
	snprintf(path, sizeof(path), "/dev/isle/%s/vchan", self->dom.name);
	EXPECT_EQ(0, access(path, F_OK));
	snprintf(path, sizeof(path), "/dev/isle/%s/xen", self->dom.name);
	EXPECT_EQ(-1, access(path, F_OK));
	EXPECT_EQ(0, access("/dev/xen/gntdev", F_OK));
}

TEST_F(refuse, channels)
{
	struct ends p;
	char byte = 0;

	ASSERT_EQ(0, ends_domains(&p, false));
	ASSERT_EQ(0, ends_join(&p, 0, 1024, 1024));
	EXPECT_EQ(1, write(p.client, "x", 1));
	EXPECT_EQ(1, read(p.server, &byte, 1));
	EXPECT_EQ('x', byte);
	ends_end(&p);
	EXPECT_EQ(0, dom_publish(self->ctl, self->dom.id, 0600, 0, 0));
}

TEST_HARNESS_MAIN
