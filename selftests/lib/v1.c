// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: libisle, devices by the operations of the module types V1
 *
 * Only that each name does what it is the name of; what the devices do is
 * tested with their classes.
 */
#include <kselftest_harness.h>

#include <libisle-v1.h>

#include "../net/net.h"

static int is_called(const struct isle_device_id *id, uint32_t dev_class, const char *name)
{
	return id->dev_class == dev_class && !strcmp(id->name, name) && id->unique;
}

FIXTURE(net) {
	struct port p;
	struct isle_domain *domain;
	struct isle_net *net;
};

FIXTURE_SETUP(net)
{
	ASSERT_EQ(0, port_make(&self->p, NULL));
	close(self->p.fd);
	self->p.fd = -1;
	ASSERT_EQ(0, isle_domain_from_fd(self->p.dom.fd, &self->domain));
	ASSERT_EQ(0, isle_net_connect(self->domain, "eth0", &self->net));
}

FIXTURE_TEARDOWN(net)
{
	isle_net_disconnect(self->net);
	/* closes the domain's file */
	isle_domain_close(self->domain);
	self->p.dom.fd = -1;
	EXPECT_TRUE(port_end(&self->p));
}

TEST_F_TIMEOUT(net, connect_and_id, TIMEOUT)
{
	struct isle_device_id id = { .size = sizeof(id) };
	struct isle_net *none = NULL;

	EXPECT_EQ(0, isle_net_id(self->net, &id));
	EXPECT_TRUE(is_called(&id, ISLE_CLASS_NET, "eth0"));
	EXPECT_EQ(-ENOENT, isle_net_connect(self->domain, "absent", &none));
	EXPECT_EQ(-EINVAL, isle_net_connect(self->domain, "a/b", &none));
	EXPECT_EQ(-ENOENT, isle_net_connect(NULL, "/dev/isle/absent/net/eth0", &none));
	EXPECT_EQ(-ENOTTY, isle_net_connect(NULL, "/dev/zero", &none));
	EXPECT_EQ(NULL, none);
	isle_net_disconnect(NULL);
}

TEST_F_TIMEOUT(net, stats_counters, TIMEOUT)
{
	struct isle_net_stats stats = { .size = sizeof(stats) };
	static uint8_t frame[FRAME_MAX];

	frame_fill(frame, sizeof(frame), 1);
	EXPECT_EQ(0, isle_net_write(self->net, frame, sizeof(frame)));
	ASSERT_TRUE(comes(self->p.host, 1, sizeof(frame)));
	EXPECT_EQ(0, isle_net_get_stats_counters(self->net, &stats));
	EXPECT_EQ(1, stats.tx_packets);
	EXPECT_EQ(sizeof(frame), stats.tx_bytes);
	EXPECT_EQ(0, isle_net_reset_stats_counters(self->net));
	EXPECT_EQ(0, isle_net_get_stats_counters(self->net, &stats));
	EXPECT_EQ(0, stats.tx_packets);
	EXPECT_EQ(0, stats.tx_bytes);
}

/* What another domain could map is what is sent, and what is received into */
TEST_F_TIMEOUT(net, frames_in_granted_pages, TIMEOUT)
{
	struct isle_pages *block;
	uint8_t *data;

	ASSERT_EQ(0, isle_pages_share(self->domain, self->p.dom.id, 2, 0, &block));
	data = isle_pages_data(block);
	frame_fill(data, FRAME_MAX, 2);
	EXPECT_EQ(0, isle_net_writev(self->net, (struct iovec[]) {
		{ data, 14 }, { data + 14, FRAME_MAX - 14 } }, 2));
	EXPECT_TRUE(comes(self->p.host, 2, FRAME_MAX));
	ASSERT_TRUE(host_sends(&self->p, 3, FRAME_MAX));
	EXPECT_EQ(FRAME_MAX, isle_net_read(self->net, data + ISLE_PAGE_SIZE, ISLE_PAGE_SIZE));
	EXPECT_TRUE(frame_is(data + ISLE_PAGE_SIZE, FRAME_MAX, 3));
	isle_pages_put(block);
}

/* Devices on a directory that is made for them */
FIXTURE(place) {
	struct isle_control *ctl;
	struct isle_domain *domain;
	uint32_t id;
	char path[32];
	int dir;
	struct counters start;
};

FIXTURE_SETUP(place)
{
	int ret;

	self->start = counters_start();
	ASSERT_EQ(0, isle_control_open(&self->ctl));
	ret = isle_control_domain_create(self->ctl, NULL, &self->domain);
	ASSERT_LT(0, ret);
	self->id = ret;
	strcpy(self->path, "/tmp/isle-v1-XXXXXX");
	ASSERT_NE(NULL, mkdtemp(self->path));
	self->dir = open(self->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	ASSERT_LE(0, self->dir);
}

FIXTURE_TEARDOWN(place)
{
	isle_control_domain_destroy(self->ctl, self->id, 0);
	isle_domain_close(self->domain);
	isle_control_close(self->ctl);
	close(self->dir);
	EXPECT_EQ(0, rmdir(self->path));
	EXPECT_TRUE(counters_are(&self->start));
}

static int files(struct isle_control *ctl, uint32_t domid, int dir)
{
	struct isle_fs_config config = {
		.size = sizeof(config), .backing = ISLE_FS_DIR, .fd = dir,
	};

	return isle_control_fs_add(ctl, domid, "files", &config, NULL);
}

TEST_F_TIMEOUT(place, fs_connect, TIMEOUT)
{
	struct isle_device_id id = { .size = sizeof(id) };
	struct isle_fs *fs, *none = NULL;

	ASSERT_EQ(0, files(self->ctl, self->id, self->dir));
	ASSERT_EQ(0, isle_fs_connect(self->domain, "files", &fs));
	EXPECT_EQ(0, isle_fs_id(fs, &id));
	EXPECT_TRUE(is_called(&id, ISLE_CLASS_FS, "files"));
	EXPECT_EQ(-ENOENT, isle_fs_connect(self->domain, "absent", &none));
	EXPECT_EQ(-ENOENT, isle_fs_connect(NULL, "/dev/isle/absent/fs/files", &none));
	EXPECT_EQ(-ENOTTY, isle_fs_connect(NULL, "/dev/zero", &none));
	EXPECT_EQ(NULL, none);
	ASSERT_EQ(0, isle_control_device_del(self->ctl, self->id, ISLE_CLASS_FS, "files", 0));
	EXPECT_EQ(-ENODEV, isle_fs_create(fs, "a"));
	isle_fs_disconnect(fs);
	isle_fs_disconnect(NULL);
}

static int count_them(void *arg, const struct isle_fs_entry *entry)
{
	int *seen = arg;

	*seen += strcmp(entry->name, "b") ? 100 : 1;
	return 0;
}

TEST_F_TIMEOUT(place, fs_operations, TIMEOUT)
{
	struct isle_fs_attributes what = { .size = sizeof(what) };
	struct isle_pages *block;
	struct isle_fs *fs;
	uint64_t bytes = 1;
	int seen = 0;
	uint8_t *data;

	ASSERT_EQ(0, files(self->ctl, self->id, self->dir));
	ASSERT_EQ(0, isle_fs_connect(self->domain, "files", &fs));
	ASSERT_EQ(0, isle_pages_get(2, &block));
	data = isle_pages_data(block);
	memset(data, 'x', ISLE_PAGE_SIZE);

	EXPECT_EQ(0, isle_fs_mkdir(fs, "d"));
	EXPECT_EQ(-EEXIST, isle_fs_mkdir(fs, "d"));
	EXPECT_EQ(0, isle_fs_create(fs, "d/b"));
	EXPECT_EQ(-EEXIST, isle_fs_create(fs, "d/b"));
	EXPECT_EQ(0, isle_fs_size(fs, "d/b", &bytes));
	EXPECT_EQ(0, bytes);
	EXPECT_EQ(0, isle_fs_write(fs, "d/b", 1, data, ISLE_PAGE_SIZE));
	EXPECT_EQ(0, isle_fs_size(fs, "d/b", &bytes));
	EXPECT_EQ(ISLE_PAGE_SIZE + 1, bytes);
	EXPECT_EQ(ISLE_PAGE_SIZE, isle_fs_read(fs, "d/b", 1, data + ISLE_PAGE_SIZE,
					       ISLE_PAGE_SIZE));
	EXPECT_EQ(0, memcmp(data, data + ISLE_PAGE_SIZE, ISLE_PAGE_SIZE));
	EXPECT_EQ(1, isle_fs_read(fs, "d/b", ISLE_PAGE_SIZE, data, 2));
	EXPECT_EQ(0, isle_fs_read(fs, "d/b", ISLE_PAGE_SIZE + 1, data, 2));
	EXPECT_EQ(0, isle_fs_stat(fs, "d/b", &what));
	EXPECT_STREQ("b", what.filename);
	EXPECT_EQ(0, what.directory);
	EXPECT_EQ(0, what.read_only);
	EXPECT_EQ(ISLE_PAGE_SIZE + 1, what.bytes);
	EXPECT_EQ(0, isle_fs_stat(fs, "d", &what));
	EXPECT_EQ(1, what.directory);
	EXPECT_EQ(0, isle_fs_listdir(fs, "d", count_them, &seen));
	EXPECT_EQ(1, seen);

	EXPECT_EQ(-EISDIR, isle_fs_read(fs, "d", 0, data, 1));
	EXPECT_EQ(-EISDIR, isle_fs_write(fs, "d", 0, data, 1));
	EXPECT_EQ(-EISDIR, isle_fs_size(fs, "d", &bytes));
	EXPECT_EQ(-ENOTDIR, isle_fs_create(fs, "d/b/c"));
	EXPECT_EQ(-ENOTDIR, isle_fs_listdir(fs, "d/b", count_them, &seen));
	EXPECT_EQ(-ENOENT, isle_fs_read(fs, "d/c", 0, data, 1));
	EXPECT_EQ(-ENOTEMPTY, isle_fs_destroy(fs, "d"));
	EXPECT_EQ(-EOPNOTSUPP, isle_fs_format(fs, 0));
	EXPECT_EQ(0, isle_fs_sync(fs));
	EXPECT_EQ(0, isle_fs_destroy(fs, "d/b"));
	EXPECT_EQ(0, isle_fs_destroy(fs, "d"));
	EXPECT_EQ(-ENOENT, isle_fs_destroy(fs, "d"));
	isle_pages_put(block);
	isle_fs_disconnect(fs);
}

TEST_F_TIMEOUT(place, kv, TIMEOUT)
{
	struct isle_kv_config config = {
		.size = sizeof(config), .backing = ISLE_KV_DIR, .fd = self->dir,
	};
	struct isle_device_id id = { .size = sizeof(id) };
	struct isle_kv *kv, *none = NULL;
	struct isle_pages *block;
	uint64_t size = 0;
	uint8_t *data;
	int fd;

	fd = openat(self->dir, "key", O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
	ASSERT_LE(0, fd);
	ASSERT_EQ(5, write(fd, "value", 5));
	close(fd);
	ASSERT_EQ(0, isle_control_kv_add(self->ctl, self->id, "store", &config, NULL));
	ASSERT_EQ(0, isle_kv_connect(self->domain, "store", &kv));
	ASSERT_EQ(0, isle_pages_get(1, &block));
	data = isle_pages_data(block);
	EXPECT_EQ(0, isle_kv_id(kv, &id));
	EXPECT_TRUE(is_called(&id, ISLE_CLASS_KV, "store"));
	EXPECT_EQ(-ENOENT, isle_kv_connect(self->domain, "absent", &none));
	EXPECT_EQ(-ENOENT, isle_kv_connect(NULL, "/dev/isle/absent/kv/store", &none));
	EXPECT_EQ(-ENOTTY, isle_kv_connect(NULL, "/dev/zero", &none));
	EXPECT_EQ(NULL, none);

	EXPECT_EQ(0, isle_kv_size(kv, "key", &size));
	EXPECT_EQ(5, size);
	EXPECT_EQ(4, isle_kv_read(kv, "key", 1, data, ISLE_PAGE_SIZE));
	EXPECT_EQ(0, memcmp(data, &"value"[1], 4));
	EXPECT_EQ(0, isle_kv_read(kv, "key", 5, data, ISLE_PAGE_SIZE));
	EXPECT_EQ(-ENOENT, isle_kv_size(kv, "other", &size));
	EXPECT_EQ(-ENOENT, isle_kv_read(kv, "other", 0, data, 1));

	ASSERT_EQ(0, isle_control_device_del(self->ctl, self->id, ISLE_CLASS_KV, "store", 0));
	EXPECT_EQ(-ENODEV, isle_kv_size(kv, "key", &size));
	isle_kv_disconnect(kv);
	isle_kv_disconnect(NULL);
	isle_pages_put(block);
	EXPECT_EQ(0, unlinkat(self->dir, "key", 0));
}

/* Whether what was printed begins with @text, which is then read */
static bool printed(int host, const char *text)
{
	size_t len = strlen(text), done = 0;
	char got[64];
	ssize_t ret;

	while (done < len) {
		ret = read(host, got + done, len - done);
		if (ret <= 0)
			return false;
		done += ret;
	}
	return !memcmp(got, text, len);
}

TEST_F_TIMEOUT(place, console, TIMEOUT)
{
	struct isle_console_config config = { .size = sizeof(config) };
	struct isle_device_id id = { .size = sizeof(id) };
	struct isle_console *console, *none = NULL;
	int host;

	ASSERT_EQ(0, isle_control_console_add(self->ctl, self->id, "tty", &config, NULL));
	host = isle_control_console_attach(self->ctl, self->id, "tty", 0);
	ASSERT_LE(0, host);
	ASSERT_EQ(0, isle_console_connect(self->domain, "tty", &console));
	EXPECT_EQ(0, isle_console_id(console, &id));
	EXPECT_TRUE(is_called(&id, ISLE_CLASS_CONSOLE, "tty"));
	EXPECT_EQ(-ENXIO, isle_console_connect(self->domain, "absent", &none));
	EXPECT_EQ(-ENXIO, isle_console_connect(NULL, "/dev/isle/absent/console/tty", &none));
	EXPECT_EQ(-ENXIO, isle_console_connect(NULL, "/dev/zero", &none));
	EXPECT_EQ(NULL, none);

	EXPECT_EQ(2, isle_console_write(console, "ab", 2));
	EXPECT_EQ(1, isle_console_try_write(console, "c", 1));
	EXPECT_EQ(0, isle_console_write_all(console, "de", 2));
	isle_console_log(console, "log");
	EXPECT_EQ(0, isle_console_log_s(console, "log_s"));
	EXPECT_TRUE(printed(host, "abcdelog\r\nlog_s\r\n"));

	ASSERT_EQ(0, isle_control_device_del(self->ctl, self->id, ISLE_CLASS_CONSOLE, "tty", 0));
	EXPECT_EQ(-ENODEV, isle_console_write_all(console, "x", 1));
	isle_console_log(console, "nobody");
	isle_console_disconnect(console);
	isle_console_disconnect(NULL);
	close(host);
}

TEST_HARNESS_MAIN
