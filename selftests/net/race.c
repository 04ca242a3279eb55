// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: network devices and interfaces that change and go while
 * frames move
 */
#include <kselftest_harness.h>

#include <pthread.h>

#include "ring.h"

#define SIZE	65536

FIXTURE(race) {
	struct port p;
};

FIXTURE_VARIANT(race) {
	bool ring;
};

FIXTURE_VARIANT_ADD(race, frames) { false };
FIXTURE_VARIANT_ADD(race, rings) { true };

FIXTURE_SETUP(race)
{
	ASSERT_EQ(0, port_make(&self->p, NULL));
}

FIXTURE_TEARDOWN(race)
{
	EXPECT_TRUE(port_end(&self->p));
}

/*
 * Two threads that do what a program does, whatever they are told: one opens the
 * device, moves frames and closes it, again and again; the other one is the host.
 */
struct traffic {
	struct port *p;
	bool ring;
	int netns;		/* of the interface, at first */
	pthread_t domain, host;
	unsigned long moved;	/* atomic: frames that were sent */
	bool stop;		/* atomic */
};

static bool over(struct traffic *t)
{
	return __atomic_load_n(&t->stop, __ATOMIC_RELAXED);
}

static void by_ring(struct traffic *t, int fd)
{
	struct rings r = { 0 };
	int i;

	if (rings_make(&r, fd, SIZE))
		return;
	for (i = 0; i < 50 && !over(t); i++) {
		ring_put(&r, i, 60 + i * 20);
		if (ring_publish(&r))
			break;
		/* what came is not looked at */
		STORE(r.page->rx_cons, LOAD(r.page->rx_prod));
		ring_wait(fd, ISLE_NET_WAIT_RX, 100000);
		__atomic_add_fetch(&t->moved, 1, __ATOMIC_RELAXED);
	}
	rings_unmap(&r);
}

static void by_frame(struct traffic *t, int fd)
{
	uint8_t frame[2048];
	int i;

	frame_fill(frame, sizeof(frame), 1);
	for (i = 0; i < 50 && !over(t); i++) {
		if (write(fd, frame, 60 + i * 20) < 0 && errno == ENODEV)
			break;
		poll_now(fd, POLLIN);
		if (read(fd, frame, sizeof(frame)) < 0 && errno == ENODEV)
			break;
		__atomic_add_fetch(&t->moved, 1, __ATOMIC_RELAXED);
	}
}

static void *domain_thread(void *arg)
{
	struct traffic *t = arg;
	int fd;

	while (!over(t)) {
		fd = net_open(t->p->dom.fd, "eth0", ISLE_OPEN_NONBLOCK);
		if (fd < 0) {
			nap();
			continue;
		}
		if (t->ring)
			by_ring(t, fd);
		else
			by_frame(t, fd);
		close(fd);
	}
	return NULL;
}

static void *host_thread(void *arg)
{
	struct traffic *t = arg;
	uint8_t frame[1500];
	int fd, i;

	frame_fill(frame, sizeof(frame), 2);
	while (!over(t)) {
		fd = host_open("port");
		for (i = 0; fd >= 0 && i < 50 && !over(t); i++) {
			if (send(fd, frame, 60 + i * 20, 0) < 0 &&
			    errno != ENETDOWN && errno != EMSGSIZE)
				break;
			while (recv(fd, frame, sizeof(frame), 0) > 0)
				continue;
		}
		if (fd >= 0)
			close(fd);
		else
			nap();
	}
	return NULL;
}

static int traffic_start(struct traffic *t, struct port *p, bool ring)
{
	memset(t, 0, sizeof(*t));
	t->p = p;
	t->ring = ring;
	return pthread_create(&t->domain, NULL, domain_thread, t) ?:
	       pthread_create(&t->host, NULL, host_thread, t);
}

static void traffic_end(struct traffic *t)
{
	__atomic_store_n(&t->stop, true, __ATOMIC_RELAXED);
	pthread_join(t->domain, NULL);
	pthread_join(t->host, NULL);
}

/* Some frames were moved since the last time */
static bool goes_on(struct traffic *t)
{
	unsigned long before = __atomic_load_n(&t->moved, __ATOMIC_RELAXED);

	return eventually(__atomic_load_n(&t->moved, __ATOMIC_RELAXED) >
			  before + 5);
}

TEST_F_TIMEOUT(race, up_and_down, TIMEOUT)
{
	static struct traffic t;
	int i, n = rounds(12, 5);

	ASSERT_EQ(0, traffic_start(&t, &self->p, variant->ring));
	for (i = 0; i < n; i++) {
		EXPECT_EQ(0, if_set("port", false));
		EXPECT_TRUE(goes_on(&t));
		EXPECT_EQ(0, if_set("port", true));
		EXPECT_TRUE(goes_on(&t));
	}
	traffic_end(&t);
}

TEST_F_TIMEOUT(race, mtu_and_name, TIMEOUT)
{
	static const int mtus[] = { 1500, 68, 9000, 65521, 576 };
	static struct traffic t;
	struct ifreq request;
	int i, n = rounds(12, 5);

	ASSERT_EQ(0, traffic_start(&t, &self->p, variant->ring));
	for (i = 0; i < n; i++) {
		EXPECT_EQ(0, if_mtu("port", mtus[i % 5]));
		EXPECT_TRUE(goes_on(&t));
		ASSERT_EQ(0, if_set("port", false));
		memset(&request, 0, sizeof(request));
		strcpy(request.ifr_newname, "other");
		EXPECT_EQ(0, if_call("port", SIOCSIFNAME, &request));
		memset(&request, 0, sizeof(request));
		strcpy(request.ifr_newname, "port");
		EXPECT_EQ(0, if_call("other", SIOCSIFNAME, &request));
		ASSERT_EQ(0, if_set("port", true));
	}
	traffic_end(&t);
}

TEST_F_TIMEOUT(race, removal, TIMEOUT)
{
	struct isle_net_config config = {
		.size = sizeof(config), .ifname = "port",
	};
	static struct traffic t;
	int i, n = rounds(10, 4);

	ASSERT_EQ(0, traffic_start(&t, &self->p, variant->ring));
	for (i = 0; i < n; i++) {
		/* at another moment each time */
		if (i % 4)
			EXPECT_TRUE(goes_on(&t));
		EXPECT_EQ(0, net_del(self->p.ctl, self->p.dom.id, "eth0",
				     i % 2 ? ISLE_DEL_NOWAIT : 0));
		/* without waiting the interface may be there a little longer */
		ASSERT_TRUE(eventually(if_index("port") == -ENODEV));
		ASSERT_EQ(0, net_add(self->p.ctl, self->p.dom.id, "eth0",
				     &config));
		ASSERT_EQ(0, if_set("port", true));
	}
	traffic_end(&t);
}

TEST_F_TIMEOUT(race, domain_ends, TIMEOUT)
{
	static struct traffic t;

	ASSERT_EQ(0, traffic_start(&t, &self->p, variant->ring));
	EXPECT_TRUE(goes_on(&t));
	EXPECT_EQ(0, dom_destroy(self->p.ctl, self->p.dom.id, 0));
	EXPECT_EQ(-ENODEV, if_index("port"));
	traffic_end(&t);
}

/* A process whose network namespace goes with it */
static pid_t elsewhere(int *end)
{
	int ready[2], hold[2];
	char byte;
	pid_t pid;

	if (pipe2(ready, O_CLOEXEC) || pipe2(hold, O_CLOEXEC))
		return -1;
	pid = fork();
	if (!pid) {
		close(hold[1]);
		if (netns_new() || write(ready[1], "", 1) != 1)
			_exit(1);
		_exit(read(hold[0], &byte, 1) != 0);
	}
	close(hold[0]);
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		pid = -1;
	close(ready[0]);
	*end = hold[1];
	return pid;
}

TEST_F_TIMEOUT(race, namespace_goes, TIMEOUT)
{
	struct isle_net_config config = { .size = sizeof(config) };
	int i, end, initial, here, n = rounds(2, 1);
	static struct traffic t;
	struct isle_net_info info;
	pid_t pid;

	here = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	initial = open("/proc/1/ns/net", O_RDONLY | O_CLOEXEC);
	ASSERT_LE(0, initial);
	for (i = 0; i < n; i++) {
		ASSERT_EQ(0, net_del(self->p.ctl, self->p.dom.id, "eth0", 0));
		snprintf(config.ifname, sizeof(config.ifname), "rc%d", (int)getpid());
		ASSERT_EQ(0, net_add(self->p.ctl, self->p.dom.id, "eth0", &config));
		ASSERT_EQ(0, if_set(config.ifname, true));
		pid = elsewhere(&end);
		ASSERT_LT(0, pid);
		ASSERT_EQ(0, traffic_start(&t, &self->p, variant->ring));
		EXPECT_TRUE(goes_on(&t));
		ASSERT_EQ(0, run("ip link set %s netns %d", config.ifname, pid));
		ASSERT_EQ(0, run("nsenter -t %d -n ip link set %s up", pid,
				 config.ifname));
		EXPECT_TRUE(goes_on(&t));
		close(end);
		ASSERT_EQ(pid, waitpid(pid, NULL, 0));
		EXPECT_TRUE(goes_on(&t));
		/* it comes back to where the machine's own are */
		ASSERT_EQ(0, setns(initial, CLONE_NEWNET));
		EXPECT_TRUE(eventually(if_index(config.ifname) > 0));
		ASSERT_EQ(0, setns(here, CLONE_NEWNET));
		traffic_end(&t);
		EXPECT_EQ(-ENODEV, net_info(self->p.fd, &info));
	}
	close(initial);
	close(here);
}

TEST_HARNESS_MAIN
