// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: the names and numbers of domains, finding and listing them
 */
#include <kselftest_harness.h>

#include <sys/resource.h>

#include "../lib.h"
#include "listing.h"

FIXTURE(control) {
	int ctl;
	struct counters start;
};

FIXTURE_SETUP(control)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
}

FIXTURE_TEARDOWN(control)
{
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

TEST_F_TIMEOUT(control, counters_are_numbers, TIMEOUT)
{
	struct counters before = counters_now(), after;
	struct dom dom;
	int i;

	for (i = 0; i < COUNTERS; i++) {
		EXPECT_LE(0, before.value[i])
			TH_LOG("counter %d", i);
	}
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &dom));
	after = counters_now();
	EXPECT_EQ(before.value[0] + 1, after.value[0]);
	EXPECT_EQ(before.value[1], after.value[1]);
	EXPECT_LT(before.value[2], after.value[2]);
	EXPECT_EQ(0, close(dom.fd));
}

TEST_F_TIMEOUT(control, info_of_module, TIMEOUT)
{
	struct isle_ctl_info info = { .size = sizeof(info) };
	struct dom dom;
	__u32 domains;

	ASSERT_EQ(0, call(self->ctl, ISLE_CTL_INFO, &info));
	EXPECT_EQ(sizeof(info), info.size);
	EXPECT_EQ(ISLE_ABI_VERSION, info.abi_version);
	EXPECT_LE(1000, info.max_domains);
	EXPECT_GE(ISLE_DOMID_MAX, info.max_domains);
	domains = info.domains;

	ASSERT_EQ(0, dom_create(self->ctl, NULL, &dom));
	memset(&info, 0, sizeof(info));
	info.size = sizeof(info);
	ASSERT_EQ(0, call(self->ctl, ISLE_CTL_INFO, &info));
	EXPECT_EQ(domains + 1, info.domains);
	close(dom.fd);
}

TEST_F_TIMEOUT(control, node_is_roots_alone, TIMEOUT)
{
	struct stat st;

	ASSERT_EQ(0, stat(CONTROL, &st));
	EXPECT_TRUE(S_ISCHR(st.st_mode));
	EXPECT_EQ(0600, st.st_mode & 07777);
	EXPECT_EQ(0, st.st_uid);
	EXPECT_EQ(0, st.st_gid);
}

TEST_F_TIMEOUT(control, needs_reading_and_writing, TIMEOUT)
{
	static const int modes[] = { O_RDONLY, O_WRONLY };
	struct isle_domain_create arg;
	unsigned int i;
	int fd;

	/* Refused at open, or at the first call: no authority either way */
	for (i = 0; i < ARRAY_SIZE(modes); i++) {
		fd = open(CONTROL, modes[i]);
		if (fd < 0)
			continue;
		memset(&arg, 0, sizeof(arg));
		arg.size = sizeof(arg);
		EXPECT_GT(0, call(fd, ISLE_CTL_DOMAIN_CREATE, &arg))
			TH_LOG("open with %#x", modes[i]);
		close(fd);
	}
}

TEST_F_TIMEOUT(control, create_named, TIMEOUT)
{
	struct isle_domain_info info;
	char name[ISLE_NAME_SIZE];
	struct dom dom;

	ASSERT_EQ(0, dom_create(self->ctl, own(name, "named"), &dom));
	EXPECT_LE(0, dom.fd);
	EXPECT_LE(ISLE_DOMID_MIN, dom.id);
	EXPECT_GE(ISLE_DOMID_MAX, dom.id);
	EXPECT_NE(0, dom.unique);
	EXPECT_STREQ(name, dom.name);
	EXPECT_EQ(FD_CLOEXEC, fcntl(dom.fd, F_GETFD));
	EXPECT_EQ(O_RDWR, fcntl(dom.fd, F_GETFL) & O_ACCMODE);

	ASSERT_EQ(0, dom_info(dom.fd, &info));
	EXPECT_EQ(sizeof(info), info.size);
	EXPECT_EQ(0, info.flags);
	EXPECT_EQ(dom.id, info.domid);
	EXPECT_EQ(0, info.state);
	EXPECT_STREQ(name, info.name);
	EXPECT_EQ(dom.unique, info.unique);
	EXPECT_EQ(0, info.devices);
	EXPECT_EQ(0, info.links);
	EXPECT_EQ(1, info.files);
	EXPECT_EQ(0, info.reserved);

	EXPECT_EQ(0, close(dom.fd));
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, dom.id)));
	EXPECT_EQ(-ENOENT, dom_find(self->ctl, ISLE_FIND_NAME, 0, name, &info));
}

TEST_F_TIMEOUT(control, create_unnamed, TIMEOUT)
{
	char name[ISLE_NAME_SIZE];
	struct dom dom[2], clash;
	int i, ret;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &dom[i]));
		memset(name, 0, sizeof(name));
		snprintf(name, sizeof(name), "d%llu",
			 (unsigned long long)dom[i].unique);
		EXPECT_EQ(0, memcmp(name, dom[i].name, sizeof(name)));
	}
	EXPECT_NE(dom[0].id, dom[1].id);
	EXPECT_NE(dom[0].unique, dom[1].unique);

	/* The name that would come next is taken: no two have the same */
	snprintf(name, sizeof(name), "d%llu",
		 (unsigned long long)dom[1].unique + 2);
	ASSERT_EQ(0, dom_create(self->ctl, name, &clash));
	close(dom[0].fd);
	ret = dom_create(self->ctl, NULL, &dom[0]);
	if (ret == 0) {
		EXPECT_NE(0, strcmp(dom[0].name, name));
		close(dom[0].fd);
	} else {
		EXPECT_EQ(-EEXIST, ret);
	}
	close(clash.fd);
	close(dom[1].fd);
}

static const struct {
	const char *label;
	char name[ISLE_NAME_SIZE + 1];
	int expected;
} names[] = {
	{ "one letter", "a", 0 },
	{ "one digit", "7", 0 },
	{ "31 characters", "abcdefghijklmnopqrstuvwxyz01234", 0 },
	{ "all kinds", "Az09_-", 0 },
	{ "leading underscore", "_x", 0 },
	{ "trailing dash", "x-", 0 },
	{ "like control", "Control", 0 },
	{ "begins like control", "control2", 0 },
	{ "begins like self", "selfish", 0 },
	{ "32 characters", "abcdefghijklmnopqrstuvwxyz012345", -EINVAL },
	{ "slash", "a/b", -EINVAL },
	{ "only a slash", "/", -EINVAL },
	{ "bang, that sysfs turns into a slash", "a!b", -EINVAL },
	{ "dot", ".", -EINVAL },
	{ "dot dot", "..", -EINVAL },
	{ "dot inside", "a.b", -EINVAL },
	{ "leading dash", "-a", -EINVAL },
	{ "only a dash", "-", -EINVAL },
	{ "space", "a b", -EINVAL },
	{ "newline", "a\n", -EINVAL },
	{ "tab", "\ta", -EINVAL },
	{ "delete", "a\x7f", -EINVAL },
	{ "percent", "%s%n", -EINVAL },
	{ "before 0", "a/", -EINVAL },
	{ "after 9", "a:", -EINVAL },
	{ "before A", "a@", -EINVAL },
	{ "after Z", "a[", -EINVAL },
	{ "before a", "a`", -EINVAL },
	{ "after z", "a{", -EINVAL },
	{ "UTF-8", "caf\xc3\xa9", -EINVAL },
	{ "byte 0xff", "\xff", -EINVAL },
	{ "letter with the top bit", "\xe1", -EINVAL },
	{ "NUL and more", "a\0b", -EINVAL },
	{ "NUL first", "\0a", -EINVAL },
	{ "last byte only", "a\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0b",
	  -EINVAL },
	{ "control", "control", -EINVAL },
	{ "self", "self", -EINVAL },
};

TEST_F_TIMEOUT(control, names_of_domains, TIMEOUT)
{
	static struct listing before;
	struct isle_domain_create arg;
	struct isle_domain_info info;
	unsigned int i;
	int ret;

	listing_take(self->ctl, &before);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.size = sizeof(arg);
		memcpy(arg.name, names[i].name, sizeof(arg.name));
		ret = call(self->ctl, ISLE_CTL_DOMAIN_CREATE, &arg);
		EXPECT_EQ(names[i].expected, ret) TH_LOG("%s", names[i].label);
		if (ret == 0) {
			EXPECT_EQ(0, memcmp(arg.name, names[i].name,
					    sizeof(arg.name)));
			close(arg.fd);
		}
		/* nothing of what was refused is there */
		EXPECT_TRUE(listing_same(self->ctl, &before))
			TH_LOG("%s", names[i].label);

		/* A search by a name that cannot be is a mistake too */
		if (names[i].expected == 0 || !strcmp(names[i].name, "self") ||
		    !strcmp(names[i].name, "control"))
			continue;
		memset(&info, 0, sizeof(info));
		info.size = sizeof(info);
		info.flags = ISLE_FIND_NAME;
		memcpy(info.name, names[i].name, sizeof(info.name));
		EXPECT_EQ(-EINVAL, call(self->ctl, ISLE_CTL_DOMAIN_INFO, &info))
			TH_LOG("search for %s", names[i].label);
	}
}

TEST_F_TIMEOUT(control, names_of_devices, TIMEOUT)
{
	static struct listing before;
	struct isle_blk_config config = {
		.size = sizeof(config), .backing = ISLE_BLK_MEMORY,
		.bytes = 4096,
	};
	struct isle_device_add arg;
	int expected, ret;
	struct dom dom;
	unsigned int i;

	ASSERT_EQ(0, dom_create(self->ctl, NULL, &dom));
	listing_take(self->ctl, &before);
	for (i = 0; i < ARRAY_SIZE(names); i++) {
		memset(&arg, 0, sizeof(arg));
		arg.size = sizeof(arg);
		arg.domid = dom.id;
		arg.dev_class = ISLE_CLASS_BLK;
		arg.config = (uintptr_t)&config;
		memcpy(arg.name, names[i].name, sizeof(arg.name));
		/* only domains must not be called that */
		expected = names[i].expected;
		if (!strcmp(names[i].name, "control") ||
		    !strcmp(names[i].name, "self"))
			expected = 0;
		ret = call(self->ctl, ISLE_CTL_DEVICE_ADD, &arg);
		EXPECT_EQ(expected, ret) TH_LOG("%s", names[i].label);
		if (ret == 0) {
			EXPECT_EQ(0, blk_del(self->ctl, dom.id, names[i].name,
					     0));
		}
		EXPECT_TRUE(listing_same(self->ctl, &before))
			TH_LOG("%s", names[i].label);
	}
	memset(&arg.name, 0, sizeof(arg.name));
	arg.unique = 0;
	EXPECT_EQ(-EINVAL, call(self->ctl, ISLE_CTL_DEVICE_ADD, &arg))
		TH_LOG("no name");
	close(dom.fd);
}

TEST_F_TIMEOUT(control, duplicate_names, TIMEOUT)
{
	static struct listing before;
	char name[ISLE_NAME_SIZE];
	struct dom dom, again;

	ASSERT_EQ(0, dom_create(self->ctl, own(name, "twice"), &dom));
	ASSERT_EQ(0, blk_add_memory(self->ctl, dom.id, "disk", 4096, 0));
	listing_take(self->ctl, &before);
	EXPECT_EQ(-EEXIST, dom_create(self->ctl, name, &again));
	EXPECT_EQ(-EEXIST, blk_add_memory(self->ctl, dom.id, "disk", 4096, 0));
	EXPECT_TRUE(listing_same(self->ctl, &before));

	/* A name is free again once its bearer is gone */
	ASSERT_EQ(0, blk_del(self->ctl, dom.id, "disk", 0));
	EXPECT_EQ(0, blk_add_memory(self->ctl, dom.id, "disk", 4096, 0));
	close(dom.fd);
	ASSERT_TRUE(eventually(!dom_exists(self->ctl, dom.id)));
	ASSERT_EQ(0, dom_create(self->ctl, name, &again));
	EXPECT_NE(dom.id, again.id);
	EXPECT_NE(dom.unique, again.unique);
	close(again.fd);
}

static int by_value(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* All numbers are given before one is given again, whoever died meanwhile */
TEST_F_TIMEOUT(control, numbers_go_round, TIMEOUT)
{
	struct isle_ctl_info info = { .size = sizeof(info) };
	const int n = rounds(ISLE_DOMID_MAX + 100, 1000);
	uint64_t *uniques = calloc(n, sizeof(*uniques));
	int *seen = calloc(ISLE_DOMID_MAX + 1, sizeof(*seen));
	struct dom keeper, dom;
	int i, soonest;

	ASSERT_NE(NULL, uniques);
	ASSERT_NE(NULL, seen);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &keeper));
	ASSERT_EQ(0, call(self->ctl, ISLE_CTL_INFO, &info));
	soonest = ISLE_DOMID_MAX - info.domains;
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &dom));
		ASSERT_LE(ISLE_DOMID_MIN, dom.id);
		ASSERT_GE(ISLE_DOMID_MAX, dom.id);
		ASSERT_NE(keeper.id, dom.id);
		if (seen[dom.id]) {
			ASSERT_LE(soonest - 100, i + 1 - seen[dom.id]);
		}
		seen[dom.id] = i + 1;
		uniques[i] = dom.unique;
		close(dom.fd);
	}
	qsort(uniques, n, sizeof(*uniques), by_value);
	for (i = 1; i < n; i++) {
		ASSERT_NE(uniques[i - 1], uniques[i]);
	}
	close(keeper.fd);
	free(seen);
	free(uniques);
}

/* On the stock kernel until the numbers are used up, on debug 1000 */
TEST_F_TIMEOUT(control, many_domains, TIMEOUT)
{
	struct rlimit limit = { 40000, 40000 };
	struct isle_ctl_info info = { .size = sizeof(info) };
	const int most = rounds(ISLE_DOMID_MAX, 1000);
	struct dom *dom = calloc(most + 1, sizeof(*dom));
	struct isle_domain_info found;
	int i, ret = 0, n, listed = 0;
	__u32 from = 0, existing;

	ASSERT_NE(NULL, dom);
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	ASSERT_EQ(0, call(self->ctl, ISLE_CTL_INFO, &info));
	existing = info.domains;
	for (n = 0; n < most; n++) {
		ret = dom_create(self->ctl, NULL, &dom[n]);
		if (ret)
			break;
	}
	if (n == (int)(info.max_domains - existing)) {
		if (n == most)
			ret = dom_create(self->ctl, NULL, &dom[n]);
		EXPECT_EQ(-ENOSPC, ret);
		/* One goes, one can come */
		close(dom[0].fd);
		EXPECT_TRUE(eventually(!dom_create(self->ctl, NULL, &dom[0])));
	} else {
		EXPECT_EQ(1000, n) TH_LOG("ended by %d", ret);
	}

	/* Each is listed once, in the order of the numbers */
	while (dom_find(self->ctl, ISLE_FIND_NEXT, from, NULL, &found) == 0) {
		ASSERT_LE(from, found.domid);
		from = found.domid + 1;
		listed++;
	}
	EXPECT_EQ((int)existing + n, listed);
	for (i = 0; i < n; i += 97) {
		ASSERT_EQ(0, dom_find(self->ctl, ISLE_FIND_NAME, 0,
				      dom[i].name, &found));
		ASSERT_EQ(dom[i].id, found.domid);
		ASSERT_EQ(dom[i].unique, found.unique);
	}
	for (i = 0; i < n; i++)
		close(dom[i].fd);
	free(dom);
}

TEST_F_TIMEOUT(control, find, TIMEOUT)
{
	struct isle_domain_info info;
	struct dom dom[2];
	int i;

	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &dom[i]));
	}
	for (i = 0; i < 2; i++) {
		ASSERT_EQ(0, dom_find(self->ctl, ISLE_FIND_DOMID, dom[i].id,
				      NULL, &info));
		EXPECT_EQ(dom[i].unique, info.unique);
		EXPECT_STREQ(dom[i].name, info.name);
		ASSERT_EQ(0, dom_find(self->ctl, ISLE_FIND_NAME, 0,
				      dom[i].name, &info));
		EXPECT_EQ(dom[i].unique, info.unique);
		EXPECT_EQ(dom[i].id, info.domid);
		ASSERT_EQ(0, dom_find(self->ctl, ISLE_FIND_NEXT, dom[i].id,
				      NULL, &info));
		EXPECT_EQ(dom[i].id, info.domid);
	}
	EXPECT_EQ(-ENOENT, dom_find(self->ctl, ISLE_FIND_NAME, 0, "nobody",
				    &info));
	EXPECT_EQ(-ENOENT, dom_find(self->ctl, ISLE_FIND_NEXT,
				    ISLE_DOMID_MAX + 1, NULL, &info));
	EXPECT_EQ(-ENOENT, dom_find(self->ctl, ISLE_FIND_NEXT, ~0U, NULL,
				    &info));
	for (i = 0; i < 2; i++)
		close(dom[i].fd);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, dom[1].id)));
	EXPECT_EQ(-ENOENT, dom_find(self->ctl, ISLE_FIND_DOMID, dom[1].id,
				    NULL, &info));
	EXPECT_EQ(-ENOENT, dom_find(self->ctl, ISLE_FIND_NAME, 0, dom[1].name,
				    &info));
}

TEST_HARNESS_MAIN
