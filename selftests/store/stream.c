// SPDX-License-Identifier: GPL-2.0
/*
 * The way of messages through the file: in pieces, too long, from and to bad
 * memory, with and without waiting, by two threads.
 */
#include <kselftest_harness.h>

#include <pthread.h>

#include "../lib.h"
#include "store.h"

FIXTURE(stream)
{
	struct doms d;
};

FIXTURE_SETUP(stream)
{
	ASSERT_EQ(doms_make(&self->d), 0);
}

FIXTURE_TEARDOWN(stream)
{
	EXPECT_TRUE(doms_end(&self->d));
}

/* Messages in pieces, and several at once */
TEST_F(stream, pieces)
{
	struct conn *c = &self->d.conn[0];
	char buf[4 * (16 + 8)], one;
	struct xs_head head = { XS_READ, 1, 0, 6 };
	unsigned int i;

	for (i = 0; i < 4; i++) {
		head.req = i + 1;
		memcpy(buf + i * 22, &head, 16);
		memcpy(buf + i * 22 + 16, "domid", 6);
	}
	for (i = 0; i < 22; i++) {
		EXPECT_EQ(poll_now(c->fd, POLLIN), 0);
		ASSERT_EQ(write(c->fd, buf + i, 1), 1);
	}
	EXPECT_STREQ(answer(c), fmt("%u", self->d.dom[0].id));
	EXPECT_EQ(c->msg.head.req, 1);

	ASSERT_EQ(write(c->fd, buf, 4 * 22), 4 * 22);
	for (i = 0; i < 4; i++) {
		EXPECT_STREQ(answer(c), fmt("%u", self->d.dom[0].id));
		EXPECT_EQ(c->msg.head.req, i + 1);
	}
	/* one and a half, and the other half */
	ASSERT_EQ(write(c->fd, buf, 33), 33);
	answer(c);
	EXPECT_EQ(c->msg.head.req, 1);
	EXPECT_EQ(poll_now(c->fd, POLLIN), 0);
	ASSERT_EQ(write(c->fd, buf + 33, 11), 11);
	/* read byte by byte */
	ASSERT_EQ(read(c->fd, &one, 1), 1);
	EXPECT_EQ(one, XS_READ);
	for (i = 1; i < 16 + strlen(fmt("%u", self->d.dom[0].id)); i++)
		ASSERT_EQ(read(c->fd, &one, 1), 1);
	EXPECT_EQ(poll_now(c->fd, POLLIN), 0);
	EXPECT_EQ(read(c->fd, &one, 0), 0);
	EXPECT_EQ(write(c->fd, &one, 0), 0);
}

TEST_F(stream, too_long)
{
	static const __u32 lens[] = {
		PAYLOAD + 1, 0x10000, 0x7fffffff, 0x80000000, 0xffffffff,
		0xfffffff0,
	};
	struct conn *c = &self->d.conn[0];
	unsigned int i;

	for (i = 0; i < sizeof(lens) / sizeof(lens[0]); i++) {
		struct xs_head head = { XS_READ, 1, 0, lens[i] };

		EXPECT_EQ(err(write(c->fd, &head, sizeof(head))), -E2BIG);
		/* forgotten: the next message is a new one */
		EXPECT_STREQ(xs_read(c, "domid"),
			     fmt("%u", self->d.dom[0].id));
	}
	EXPECT_EQ(err(lseek(c->fd, 0, SEEK_SET)), -ESPIPE);
	EXPECT_EQ(err(ioctl(c->fd, 0x1234, 0)), -ENOTTY);
}

TEST_F(stream, bad_memory)
{
	size_t page = sysconf(_SC_PAGESIZE);
	struct conn *c = &self->d.conn[0];
	char *map = fenced(1);
	struct xs_head head = { XS_READ, 9, 0, 6 };
	char buf[64];

	memcpy(map + page - 16, &head, 16);
	EXPECT_EQ(err(write(c->fd, map + page, 22)), -EFAULT);
	EXPECT_EQ(err(write(c->fd, map + page - 16, 22)), -EFAULT);
	EXPECT_STREQ(xs_read(c, "domid"), fmt("%u", self->d.dom[0].id));

	/* what could not be delivered is still there */
	ASSERT_GT(xs_send(c, XS_READ, "domid", 6), 0);
	EXPECT_EQ(err(read(c->fd, map + page, 100)), -EFAULT);
	EXPECT_EQ(read(c->fd, map + page - 5, 100), 5);
	EXPECT_EQ(read(c->fd, buf, sizeof(buf)),
		  (ssize_t)(11 + strlen(fmt("%u", self->d.dom[0].id))));
	EXPECT_EQ(*(uint8_t *)(map + page - 5), XS_READ);
	fenced_free(map, 1);
}

TEST_F(stream, no_waiting)
{
	struct conn c = { .fd = part_open(self->d.dom[0].fd, ISLE_OPEN_XENBUS,
					  ISLE_OPEN_NONBLOCK) };
	struct xs_head head = { XS_READ, 1, 0, 6 };
	unsigned int n = 0, i;
	char msg[22], buf[4096];
	ssize_t ret;

	ASSERT_GE(c.fd, 0);
	EXPECT_EQ(err(read(c.fd, buf, sizeof(buf))), -EAGAIN);
	EXPECT_EQ(poll_now(c.fd, POLLIN | POLLOUT), POLLOUT);
	memcpy(msg, &head, 16);
	memcpy(msg + 16, "domid", 6);
	/* whoever does not read the answers cannot ask on for ever */
	while ((ret = write(c.fd, msg, 22)) == 22)
		ASSERT_LT(++n, 10000);
	EXPECT_EQ(err(ret), -EAGAIN);
	EXPECT_GE(n, 16);
	EXPECT_EQ(poll_now(c.fd, POLLIN | POLLOUT), POLLIN);
	for (i = 0; i < n; i++)
		EXPECT_STREQ(answer(&c), fmt("%u", self->d.dom[0].id));
	EXPECT_EQ(poll_now(c.fd, POLLIN | POLLOUT), POLLOUT);
	EXPECT_STREQ(xs_read(&c, "domid"), fmt("%u", self->d.dom[0].id));
	close(c.fd);
}

static void *read_one(void *arg)
{
	struct conn *c = arg;
	char *buf = c->event[0];

	c->events = read(c->fd, buf, 200);
	return NULL;
}

/* One thread reads, another one writes to the same file */
TEST_F_TIMEOUT(stream, reader_keeps_nobody_waiting, TIMEOUT)
{
	struct conn *c = &self->d.conn[0];
	pthread_t thread;
	int i;

	for (i = 0; i < 20; i++) {
		struct conn reader = { .fd = c->fd };

		ASSERT_EQ(pthread_create(&thread, NULL, read_one, &reader), 0);
		if (i % 2)
			nap();
		ASSERT_GT(xs_send(c, XS_READ, "domid", 6), 0);
		ASSERT_EQ(pthread_join(thread, NULL), 0);
		EXPECT_EQ(reader.events,
			  16 + strlen(fmt("%u", self->d.dom[0].id)));
	}
}

/* Two connections of one domain do not get each other's answers */
TEST_F(stream, connections)
{
	struct conn *c = &self->d.conn[0], other;

	ASSERT_EQ(conn_open(&other, &self->d.dom[0]), 0);
	ASSERT_GT(xs_send(c, XS_READ, "domid", 6), 0);
	ASSERT_GT(xs_send(&other, XS_READ, "name", 5), 0);
	EXPECT_STREQ(answer(&other), self->d.dom[0].name);
	EXPECT_STREQ(answer(c), fmt("%u", self->d.dom[0].id));
	EXPECT_EQ(poll_now(c->fd, POLLIN), 0);
	EXPECT_STREQ(xs_begin(c), "OK");
	other.tx = c->tx;
	EXPECT_STREQ(xs_read(&other, "domid"), "ENOENT");
	EXPECT_STREQ(xs_end(&other, "T"), "ENOENT");
	EXPECT_STREQ(xs_end(c, "T"), "OK");
	close(other.fd);
}

TEST_HARNESS_MAIN
