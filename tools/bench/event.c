// SPDX-License-Identifier: GPL-2.0
/*
 * Measures wake-ups: what it costs that one party signals and the other one,
 * which looks after N ports, waits, and reads which of them it was.
 *
 *	event [--batches N] [--processor N] [--ports N[,N...]]
 *
 * Both parties are this thread, so that no switch between two is counted, and
 * the event is there when it is waited for.  The ports take turns, in an order
 * that jumps about.  Targets:
 *
 *	isle		NOTIFY; read, which waits.  That the port is written back
 *			for its next turn is not counted
 *	isle-cycle	NOTIFY; read; write back
 *	isle-epoll	NOTIFY; epoll_wait; read; write back
 *	isle-many	NOTIFY of 32 ports, or of all; one read and one write for
 *			them together
 *	eventfd		write; epoll_wait; read; one eventfd per port
 *	floor		an ioctl and a read that evtchn refuses at once: what
 *			two system calls cost before they do anything
 *
 * Output and clock are those of blk.  Each number that is read is compared with
 * the one that was signalled.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <isle/control.h>

typedef uint16_t domid_t;	/* for the header, which lacks it */
#include <xen/evtchn.h>

#include "bench.h"

#define REPEAT	1024u
#define MANY	32u
#define STRIDE	40503u	/* odd: visits all of 2^n, and nearly all of others */

/* Two linked domains, and a file of each with the ends of N pairs. */
struct pair {
	int from, to, ep;
	uint32_t count;
	uint32_t *sender, *receiver;	/* numbers */
};

static int control;

static uint32_t domain_make(int *fd)
{
	struct isle_domain_create arg = { .size = sizeof(arg) };
	struct isle_quota quota = {
		.size = sizeof(quota),
		.kind = ISLE_QUOTA_PORTS,
		.limit = 1 << 20,
	};

	if (ioctl(control, ISLE_CTL_DOMAIN_CREATE, &arg))
		die_errno(0, "creating a domain");
	*fd = arg.fd;
	quota.domid = arg.domid;
	if (ioctl(control, ISLE_CTL_QUOTA_SET, &quota))
		die_errno(0, "raising a quota");
	return arg.domid;
}

static int part_open(int domain)
{
	struct isle_part_open arg = {
		.size = sizeof(arg),
		.part = ISLE_OPEN_EVTCHN,
	};

	if (ioctl(domain, ISLE_DOMAIN_PART_OPEN, &arg))
		die_errno(0, "opening evtchn");
	return arg.fd;
}

static int epoll_make(void)
{
	const int ep = epoll_create1(EPOLL_CLOEXEC);

	if (ep < 0)
		die_errno(0, "epoll");
	return ep;
}

static void epoll_add(int ep, int fd, uint32_t data)
{
	struct epoll_event event = { .events = EPOLLIN, .data.u32 = data };

	if (epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event))
		die_errno(0, "epoll");
}

static void pair_make(struct pair *p, uint32_t count)
{
	struct ioctl_evtchn_bind_unbound_port unbound;
	struct ioctl_evtchn_bind_interdomain inter;
	struct isle_link link = { .size = sizeof(link) };
	int from, to, port;
	uint32_t i;

	link.domid = domain_make(&from);
	link.peer = domain_make(&to);
	if (ioctl(control, ISLE_CTL_LINK, &link))
		die_errno(0, "linking");
	p->from = part_open(from);
	p->to = part_open(to);
	/* the files keep the domains */
	close(from);
	close(to);
	p->count = count;
	p->sender = memory(count * sizeof(*p->sender));
	p->receiver = memory(count * sizeof(*p->receiver));
	unbound.remote_domain = link.domid;
	inter.remote_domain = link.peer;
	for (i = 0; i < count; i++) {
		port = ioctl(p->to, IOCTL_EVTCHN_BIND_UNBOUND_PORT, &unbound);
		if (port <= 0)
			die_errno(0, "port %u", i);
		p->receiver[i] = port;
		inter.remote_port = port;
		port = ioctl(p->from, IOCTL_EVTCHN_BIND_INTERDOMAIN, &inter);
		if (port <= 0)
			die_errno(0, "port %u", i);
		p->sender[i] = port;
	}
}

static void pair_end(struct pair *p)
{
	close(p->ep);
	close(p->from);
	close(p->to);
}

static inline void notify(struct pair *p, uint32_t i)
{
	struct ioctl_evtchn_notify arg = { p->sender[i] };

	if (ioctl(p->from, IOCTL_EVTCHN_NOTIFY, &arg))
		die_errno(0, "notify");
}

static inline uint32_t take(struct pair *p)
{
	uint32_t port;

	if (read(p->to, &port, sizeof(port)) != sizeof(port))
		die_errno(0, "read");
	return port;
}

static inline void give(struct pair *p, const uint32_t *list, uint32_t count)
{
	const ssize_t bytes = count * sizeof(*list);

	if (write(p->to, list, bytes) != bytes)
		die_errno(0, "write");
}

static inline void wait_for(int ep, uint32_t data)
{
	struct epoll_event event;

	if (epoll_wait(ep, &event, 1, -1) != 1 || event.data.u32 != data)
		die("epoll_wait reports something else");
}

static void check(uint32_t got, uint32_t want)
{
	if (got != want)
		die("port %u fired instead of %u", got, want);
}

enum how { ONCE, CYCLE, EPOLL, HOWS };

static uint32_t next(struct pair *p, uint32_t *at)
{
	const uint32_t i = *at;

	*at = (i + STRIDE) % p->count;
	return i;
}

/* Value: what REPEAT rounds took. */
static uint64_t round_isle(struct pair *p, enum how how, uint32_t *at)
{
	uint64_t begin, end, sum = 0, clock = now();
	uint32_t taken, i, k;

	clock = now() - clock;
	begin = now();
	for (k = 0; k < REPEAT; k++) {
		i = next(p, at);
		if (how == ONCE)
			begin = now();
		notify(p, i);
		if (how == EPOLL)
			wait_for(p->ep, 0);
		taken = take(p);
		if (how == ONCE) {
			end = now();
			sum += end - begin - clock;
		}
		check(taken, p->receiver[i]);
		give(p, &taken, 1);
	}
	return how == ONCE ? sum : now() - begin;
}

static uint64_t round_many(struct pair *p, uint32_t *at)
{
	const uint32_t n = p->count < MANY ? p->count : MANY;
	uint32_t taken[MANY], want[MANY], i, k;
	const ssize_t bytes = n * sizeof(taken[0]);
	const uint64_t begin = now();

	for (k = 0; k < REPEAT; k += n) {
		for (i = 0; i < n; i++) {
			want[i] = next(p, at);
			notify(p, want[i]);
		}
		if (read(p->to, taken, sizeof(taken)) != bytes)
			die_errno(0, "read");
		for (i = 0; i < n; i++)
			check(taken[i], p->receiver[want[i]]);
		give(p, taken, n);
	}
	return now() - begin;
}

/* Value: what it takes to be refused REPEAT times. */
static uint64_t round_floor(struct pair *p)
{
	const uint64_t begin = now();
	uint32_t port, k;

	for (k = 0; k < REPEAT; k++)
		if (ioctl(p->from, _IOC(_IOC_NONE, 'E', 0x7f, 0), &port) != -1 ||
		    read(p->to, &port, 1) != 0)
			die("the floor is not one");
	return now() - begin;
}

static void print(struct series *series, const char *target, uint32_t count)
{
	char name[32];

	snprintf(name, sizeof(name), "ports-%u", count);
	series_print(series, "event", target, name, "");
	series_free(series);
}

static void measure_isle(uint32_t count, unsigned int batches)
{
	static const char *const names[] = {
		"isle", "isle-cycle", "isle-epoll", "isle-many", "floor"
	};
	struct series series;
	unsigned int i, what;
	struct pair p;
	uint64_t took;
	uint32_t at;

	pair_make(&p, count);
	p.ep = epoll_make();
	for (what = 0; what < ARRAY_SIZE(names); what++) {
		series = (struct series){};
		at = 0;
		/* only who uses it pays for it */
		if (what == EPOLL)
			epoll_add(p.ep, p.to, 0);
		for (i = 0; i < 2 + batches; i++) {
			if (what < HOWS)
				took = round_isle(&p, what, &at);
			else if (what == HOWS)
				took = round_many(&p, &at);
			else
				took = round_floor(&p);
			if (i >= 2)
				series_add(&series, (double)took / REPEAT);
		}
		if (what == EPOLL)
			epoll_ctl(p.ep, EPOLL_CTL_DEL, p.to, NULL);
		print(&series, names[what], count);
	}
	pair_end(&p);
}

static void measure_eventfd(uint32_t count, unsigned int batches)
{
	const int ep = epoll_make();
	struct series series = {};
	uint32_t at = 0, i, k;
	uint64_t begin, end, value;
	unsigned int batch;
	int *fd;

	fd = memory(count * sizeof(*fd));
	for (i = 0; i < count; i++) {
		fd[i] = eventfd(0, EFD_CLOEXEC);
		if (fd[i] < 0)
			die_errno(0, "eventfd %u", i);
		epoll_add(ep, fd[i], i);
	}
	for (batch = 0; batch < 2 + batches; batch++) {
		begin = now();
		for (k = 0; k < REPEAT; k++) {
			i = at;
			at = (i + STRIDE) % count;
			value = i + 1;
			if (write(fd[i], &value, sizeof(value)) !=
			    sizeof(value))
				die_errno(0, "write");
			wait_for(ep, i);
			if (read(fd[i], &value, sizeof(value)) != sizeof(value))
				die_errno(0, "read");
			check(value, i + 1);
		}
		end = now();
		if (batch >= 2)
			series_add(&series, (double)(end - begin) / REPEAT);
	}
	print(&series, "eventfd", count);
	for (i = 0; i < count; i++)
		close(fd[i]);
	close(ep);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "batches", required_argument, NULL, 'b' },
		{ "processor", required_argument, NULL, 'p' },
		{ "ports", required_argument, NULL, 'n' },
		{ }
	};
	struct rlimit files = { 1 << 18, 1 << 18 };
	char usual[] = "1,1000,131072";
	unsigned int batches = 9;
	char *ports = usual, *one;
	uint32_t count;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b':
			batches = strtoul(optarg, NULL, 10);
			break;
		case 'p':
			stay(atoi(optarg));
			break;
		case 'n':
			ports = optarg;
			break;
		default:
			return 2;
		}
	}
	if (!batches)
		die("bad --batches");
	if (setrlimit(RLIMIT_NOFILE, &files))
		die_errno(0, "raising the number of files");
	control = open("/dev/isle/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		die_errno(0, "/dev/isle/control");
	while ((one = strsep(&ports, ","))) {
		count = strtoul(one, NULL, 10);
		if (!count)
			die("bad --ports");
		measure_isle(count, batches);
		measure_eventfd(count, batches);
	}
	return 0;
}
