// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: how long a domain lives, and what its files say afterwards
 */
#include <kselftest_harness.h>

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/socket.h>

#include "../lib.h"

FIXTURE(lifetime) {
	int ctl;
	struct dom dom;
	struct counters start;
};

FIXTURE_SETUP(lifetime)
{
	self->start = counters_start();
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
}

FIXTURE_TEARDOWN(lifetime)
{
	close(self->dom.fd);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->dom.id)));
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

TEST_F_TIMEOUT(lifetime, ends_with_the_last_of_its_files, TIMEOUT)
{
	struct isle_domain_info info;
	int again, dup_fd;

	again = dom_open(self->ctl, self->dom.id);
	ASSERT_LE(0, again);
	EXPECT_EQ(FD_CLOEXEC, fcntl(again, F_GETFD));
	EXPECT_EQ(O_RDWR, fcntl(again, F_GETFL) & O_ACCMODE);
	ASSERT_EQ(0, dom_info(again, &info));
	EXPECT_EQ(self->dom.unique, info.unique);
	EXPECT_EQ(2, info.files);

	dup_fd = dup(self->dom.fd);
	ASSERT_LE(0, dup_fd);
	ASSERT_EQ(0, dom_info(again, &info));
	EXPECT_EQ(2, info.files) TH_LOG("a dup is the same file");

	close(self->dom.fd);
	close(again);
	EXPECT_TRUE(dom_exists(self->ctl, self->dom.id));
	ASSERT_EQ(0, dom_info(dup_fd, &info));
	EXPECT_EQ(1, info.files);
	close(dup_fd);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->dom.id)));
	EXPECT_EQ(-ENOENT, dom_open(self->ctl, self->dom.id));
}

TEST_F_TIMEOUT(lifetime, does_not_need_the_control_file, TIMEOUT)
{
	struct isle_domain_info info;

	close(self->ctl);
	EXPECT_EQ(0, dom_info(self->dom.fd, &info));
	self->ctl = control_open();
	ASSERT_LE(0, self->ctl);
	EXPECT_TRUE(dom_exists(self->ctl, self->dom.id));
}

TEST_F_TIMEOUT(lifetime, device_files_keep_it_alive, TIMEOUT)
{
	struct isle_domain_info info;
	struct isle_device_id id;
	char sector[512];
	int disk;

	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk", 4096, 0));
	disk = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, disk);
	ASSERT_EQ(0, dom_info(self->dom.fd, &info));
	EXPECT_EQ(2, info.files);
	EXPECT_EQ(1, info.devices);

	close(self->dom.fd);
	EXPECT_TRUE(dom_exists(self->ctl, self->dom.id));
	EXPECT_EQ(512, pread(disk, sector, 512, 0));
	EXPECT_EQ(0, dev_id(disk, &id));
	EXPECT_EQ(self->dom.id, id.domid);
	ASSERT_EQ(0, dom_find(self->ctl, ISLE_FIND_DOMID, self->dom.id, NULL,
			      &info));
	EXPECT_EQ(1, info.files);
	close(disk);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->dom.id)));
}

/* The file of a device that was removed is still one that acts as the domain */
TEST_F_TIMEOUT(lifetime, files_of_removed_devices_keep_it_alive, TIMEOUT)
{
	struct isle_device_id id;
	int disk;

	ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk", 4096, 0));
	disk = blk_open_rw(self->dom.fd, "disk");
	ASSERT_LE(0, disk);
	ASSERT_EQ(0, blk_del(self->ctl, self->dom.id, "disk", 0));
	EXPECT_EQ(-ENODEV, dev_id(disk, &id));
	close(self->dom.fd);
	EXPECT_TRUE(dom_exists(self->ctl, self->dom.id));
	close(disk);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->dom.id)));
}

TEST_F_TIMEOUT(lifetime, fork_passes_it_on, TIMEOUT)
{
	struct isle_domain_info info;
	int pipes[2], status;
	char c;
	pid_t pid;

	ASSERT_EQ(0, pipe(pipes));
	pid = fork();
	ASSERT_LE(0, pid);
	if (pid == 0) {
		close(pipes[1]);
		if (read(pipes[0], &c, 1) != 1)
			_exit(1);
		_exit(dom_info(self->dom.fd, &info) ? 2 :
		      info.domid == self->dom.id ? 0 : 3);
	}
	close(self->dom.fd);
	EXPECT_TRUE(dom_exists(self->ctl, self->dom.id));
	ASSERT_EQ(1, write(pipes[1], "x", 1));
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->dom.id)));
}

TEST_F_TIMEOUT(lifetime, a_socket_passes_it_on, TIMEOUT)
{
	char control[CMSG_SPACE(sizeof(int))] = "", c = 'x';
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	struct isle_domain_info info;
	int pair[2], fd;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &self->dom.fd, sizeof(int));
	ASSERT_EQ(1, sendmsg(pair[0], &msg, 0));
	close(self->dom.fd);
	EXPECT_TRUE(dom_exists(self->ctl, self->dom.id))
		TH_LOG("in the socket");
	ASSERT_EQ(1, recvmsg(pair[1], &msg, 0));
	memcpy(&fd, CMSG_DATA(cmsg), sizeof(int));
	ASSERT_EQ(0, dom_info(fd, &info));
	EXPECT_EQ(self->dom.unique, info.unique);
	close(fd);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->dom.id)));

	/* One that is never received goes with the socket */
	ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	memcpy(CMSG_DATA(cmsg), &self->dom.fd, sizeof(int));
	ASSERT_EQ(1, sendmsg(pair[0], &msg, 0));
	close(self->dom.fd);
	close(pair[0]);
	close(pair[1]);
	EXPECT_TRUE(eventually(!dom_exists(self->ctl, self->dom.id)));
}

static int domain_call(int fd, int which)
{
	union {
		__u32 size;
		struct isle_domain_info info;
		struct isle_quota quota;
		struct isle_link_next link;
		struct isle_device_next device;
		struct isle_device_open open;
	} arg;

	memset(&arg, 0, sizeof(arg));
	switch (which) {
	case 0:
		arg.size = sizeof(arg.info);
		return call(fd, ISLE_DOMAIN_INFO, &arg);
	case 1:
		arg.size = sizeof(arg.quota);
		return call(fd, ISLE_DOMAIN_QUOTA, &arg);
	case 2:
		arg.size = sizeof(arg.link);
		return call(fd, ISLE_DOMAIN_LINK_NEXT, &arg);
	case 3:
		arg.size = sizeof(arg.device);
		return call(fd, ISLE_DOMAIN_DEVICE_NEXT, &arg);
	default:
		arg.size = sizeof(arg.open);
		arg.open.flags = ISLE_OPEN_READ;
		arg.open.dev_class = ISLE_CLASS_BLK;
		strcpy(arg.open.name, "disk");
		return call(fd, ISLE_DOMAIN_DEVICE_OPEN, &arg);
	}
}

TEST_F_TIMEOUT(lifetime, destroyed, TIMEOUT)
{
	static const __u32 flags[] = { 0, ISLE_DEL_NOWAIT };
	struct isle_device_id id;
	char sector[512];
	unsigned int i;
	int again, disk, which;

	for (i = 0; i < ARRAY_SIZE(flags); i++) {
		ASSERT_EQ(0, blk_add_memory(self->ctl, self->dom.id, "disk",
					    4096, 0));
		again = dom_open(self->ctl, self->dom.id);
		ASSERT_LE(0, again);
		disk = blk_open_rw(self->dom.fd, "disk");
		ASSERT_LE(0, disk);
		EXPECT_EQ(0, poll_now(self->dom.fd, POLLIN | POLLOUT | POLLPRI));

		ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, flags[i]));
		EXPECT_FALSE(dom_exists(self->ctl, self->dom.id));
		EXPECT_EQ(-ENOENT, dom_destroy(self->ctl, self->dom.id, 0));
		EXPECT_EQ(-ENOENT, dom_open(self->ctl, self->dom.id));
		EXPECT_EQ(-ENOENT, blk_del(self->ctl, self->dom.id, "disk", 0));
		for (which = 0; which < 5; which++) {
			EXPECT_EQ(-ENODEV, domain_call(self->dom.fd, which))
				TH_LOG("call %d", which);
			EXPECT_EQ(-ENODEV, domain_call(again, which))
				TH_LOG("call %d", which);
		}
		EXPECT_EQ(POLLHUP | POLLERR, poll_now(self->dom.fd, POLLIN));
		EXPECT_EQ(POLLHUP | POLLERR, poll_now(again, 0));
		EXPECT_EQ(-ENODEV, dev_id(disk, &id));
		EXPECT_EQ(-1, pread(disk, sector, 512, 0));
		EXPECT_EQ(ENODEV, errno);
		EXPECT_EQ(POLLHUP | POLLERR, poll_now(disk, 0));
		EXPECT_EQ(0, close(disk));
		EXPECT_EQ(0, close(again));
		EXPECT_EQ(0, close(self->dom.fd));
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &self->dom));
	}
}

TEST_F_TIMEOUT(lifetime, destroy_takes_the_number_asked_for, TIMEOUT)
{
	static const __u32 wrong[] = { 0, 0x7ff0, 0x7fff, 0x8000, 0xffff,
				       0x10000, 1U << 31, ~0U };
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(wrong); i++) {
		EXPECT_EQ(-ENOENT, dom_destroy(self->ctl, wrong[i], 0))
			TH_LOG("%#x", wrong[i]);
	}
	/* not the number modulo 2^16 */
	EXPECT_EQ(-ENOENT, dom_destroy(self->ctl, self->dom.id + 0x10000, 0));
	EXPECT_TRUE(dom_exists(self->ctl, self->dom.id));
}

enum how { BY_POLL, BY_EPOLL, BY_EPOLL_EDGE, BY_SELECT, HOWS };

struct waiter {
	int fd;
	enum how how;
	volatile bool waiting;
	volatile int got;
};

static void *wait_for_end(void *arg)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct waiter *w = arg;
	struct pollfd pfd = { .fd = w->fd, .events = POLLIN };
	fd_set set;
	int ep;

	switch (w->how) {
	case BY_POLL:
		w->waiting = true;
		w->got = poll(&pfd, 1, -1) == 1 ? pfd.revents : -1;
		break;
	case BY_EPOLL:
	case BY_EPOLL_EDGE:
		if (w->how == BY_EPOLL_EDGE)
			event.events |= EPOLLET;
		ep = epoll_create1(0);
		epoll_ctl(ep, EPOLL_CTL_ADD, w->fd, &event);
		w->waiting = true;
		w->got = epoll_wait(ep, &event, 1, -1) == 1 ?
			 (int)event.events : -1;
		close(ep);
		break;
	default:
		FD_ZERO(&set);
		FD_SET(w->fd, &set);
		w->waiting = true;
		w->got = select(w->fd + 1, &set, NULL, NULL, NULL) == 1 ?
			 POLLHUP | POLLERR : -1;
	}
	return NULL;
}

TEST_F_TIMEOUT(lifetime, destruction_wakes_who_waits, TIMEOUT)
{
	struct waiter w[HOWS];
	pthread_t thread[HOWS];
	int i;

	for (i = 0; i < HOWS; i++) {
		w[i] = (struct waiter) { .fd = self->dom.fd, .how = i };
		ASSERT_EQ(0, pthread_create(&thread[i], NULL, wait_for_end,
					    &w[i]));
	}
	for (i = 0; i < HOWS; i++) {
		ASSERT_TRUE(eventually(w[i].waiting));
	}
	usleep(20000);
	for (i = 0; i < HOWS; i++) {
		EXPECT_EQ(0, w[i].got) TH_LOG("%d woke too early", i);
	}
	ASSERT_EQ(0, dom_destroy(self->ctl, self->dom.id, 0));
	for (i = 0; i < HOWS; i++) {
		ASSERT_TRUE(eventually(w[i].got));
		EXPECT_EQ(POLLHUP | POLLERR, w[i].got) TH_LOG("how %d", i);
		pthread_join(thread[i], NULL);
	}
}

/* Closing an epoll after the domain, and the domain after the epoll */
TEST_F_TIMEOUT(lifetime, epoll_outlives_it, TIMEOUT)
{
	struct epoll_event event = { .events = EPOLLIN };
	struct dom dom;
	int ep, order;

	for (order = 0; order < 4; order++) {
		ASSERT_EQ(0, dom_create(self->ctl, NULL, &dom));
		ep = epoll_create1(0);
		ASSERT_LE(0, ep);
		ASSERT_EQ(0, epoll_ctl(ep, EPOLL_CTL_ADD, dom.fd, &event));
		if (order & 1) {
			ASSERT_EQ(0, dom_destroy(self->ctl, dom.id, 0));
		}
		if (order & 2) {
			close(dom.fd);
			EXPECT_EQ(0, epoll_wait(ep, &event, 1, 0));
			close(ep);
		} else {
			EXPECT_EQ(order & 1, epoll_wait(ep, &event, 1, 0));
			close(ep);
			close(dom.fd);
		}
		EXPECT_TRUE(eventually(!dom_exists(self->ctl, dom.id)));
	}
}

TEST_F_TIMEOUT(lifetime, other_calls_on_its_file, TIMEOUT)
{
	char c = 0;
	void *map;

	EXPECT_EQ(-1, read(self->dom.fd, &c, 1));
	EXPECT_EQ(-1, write(self->dom.fd, &c, 1));
	EXPECT_EQ(-1, pread(self->dom.fd, &c, 1, 0));
	EXPECT_EQ(-1, pwrite(self->ctl, &c, 1, 0));
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->dom.fd, 0);
	EXPECT_EQ(MAP_FAILED, map);
	map = mmap(NULL, 4096, PROT_READ, MAP_SHARED, self->ctl, 0);
	EXPECT_EQ(MAP_FAILED, map);
	EXPECT_EQ(-1, ftruncate(self->dom.fd, 0));
	EXPECT_TRUE(dom_exists(self->ctl, self->dom.id));
}

TEST_HARNESS_MAIN
