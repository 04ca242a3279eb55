/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: what the tests of channels use
 *
 * Two linked domains with a channel between them, or one with both ends; the
 * calls of <isle/vchan.h>; streams whose bytes say where they belong.
 */
#ifndef ISLE_SELFTESTS_CHANNEL_H
#define ISLE_SELFTESTS_CHANNEL_H

#include <pthread.h>

#include <isle/vchan.h>

#include "../share/gnt.h"

/* nanoseconds */
#define NEVER	((__s64)LONG_WAIT * 1000000000)
#define SHORT	((__s64)30 * 1000000)

static inline int ep_open(int domain)
{
	return part_open(domain, ISLE_OPEN_VCHAN, 0);
}

static inline void put_port(char field[ISLE_VCHAN_PORT_SIZE], const char *name)
{
	int i;

	memset(field, 0, ISLE_VCHAN_PORT_SIZE);
	for (i = 0; i < ISLE_VCHAN_PORT_SIZE && name[i]; i++)
		field[i] = name[i];
}

static inline int ep_listen_sizes(int ep, __u32 peer, const char *port,
				  __u32 flags, __s64 timeout, __u32 *read_size,
				  __u32 *write_size)
{
	struct isle_vchan_listen arg = {
		.size = sizeof(arg), .flags = flags, .peer = peer,
		.read_size = *read_size, .write_size = *write_size,
		.timeout_ns = timeout,
	};
	int ret;

	put_port(arg.port, port);
	ret = call(ep, ISLE_VCHAN_LISTEN, &arg);
	if (!ret) {
		*read_size = arg.read_size;
		*write_size = arg.write_size;
	}
	return ret;
}

static inline int ep_listen(int ep, __u32 peer, const char *port, __u32 flags,
			    __s64 timeout)
{
	__u32 read_size = 1024, write_size = 1024;

	return ep_listen_sizes(ep, peer, port, flags, timeout, &read_size,
			       &write_size);
}

static inline int ep_connect(int ep, __u32 server, const char *port,
			     __u32 flags, __s64 timeout)
{
	struct isle_vchan_connect arg = {
		.size = sizeof(arg), .flags = flags, .server = server,
		.timeout_ns = timeout,
	};

	put_port(arg.port, port);
	return call(ep, ISLE_VCHAN_CONNECT, &arg);
}

static inline int ep_info(int ep, struct isle_vchan_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return call(ep, ISLE_VCHAN_INFO, info);
}

/* ISLE_VCHAN_STATE_*, or a negative errno */
static inline int ep_state(int ep)
{
	struct isle_vchan_info info;
	int ret = ep_info(ep, &info);

	return ret ? ret : (int)info.state;
}

static inline int ep_wait(int ep, __u32 data, __u32 space, __s64 timeout)
{
	struct isle_vchan_wait arg = {
		.size = sizeof(arg), .data = data, .space = space,
		.timeout_ns = timeout,
	};

	return call(ep, ISLE_VCHAN_WAIT, &arg);
}

static inline int ep_notify(int ep)
{
	struct isle_vchan_none arg = { .size = sizeof(arg) };

	return call(ep, ISLE_VCHAN_NOTIFY, &arg);
}

static inline int ep_next(int ep, __u32 flags, __s64 timeout)
{
	struct isle_vchan_none arg = {
		.size = sizeof(arg), .flags = flags, .timeout_ns = timeout,
	};

	return call(ep, ISLE_VCHAN_NEXT, &arg);
}

static inline int nonblocking(int fd, bool on)
{
	int flags = fcntl(fd, F_GETFL);

	return fcntl(fd, F_SETFL, on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK);
}

/* the shared page, or NULL */
static inline struct isle_vchan_page *ep_map(int ep)
{
	void *map = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, ep, 0);

	return map == MAP_FAILED ? NULL : map;
}

/* two domains that see each other, or one that stands for both */
struct ends {
	int ctl;
	bool loopback;
	struct dom a, b;	/* a serves */
	int server, client;
};

static inline int ends_domains(struct ends *p, bool loopback)
{
	int ret;

	p->loopback = loopback;
	p->server = -1;
	p->client = -1;
	p->ctl = control_open();
	if (p->ctl < 0)
		return p->ctl;
	ret = dom_create(p->ctl, NULL, &p->a);
	if (ret)
		return ret;
	if (loopback) {
		p->b = p->a;
		p->b.fd = dup(p->a.fd);
		return 0;
	}
	ret = dom_create(p->ctl, NULL, &p->b);
	return ret ? ret : dom_link(p->ctl, p->a.id, p->b.id);
}

static inline int ends_open(struct ends *p)
{
	p->server = ep_open(p->a.fd);
	if (p->server < 0)
		return p->server;
	p->client = ep_open(p->b.fd);
	return p->client < 0 ? p->client : 0;
}

/* both ends, open and joined */
static inline int ends_join(struct ends *p, __u32 flags, __u32 to_server,
			    __u32 to_client)
{
	int ret = ends_open(p);

	if (ret)
		return ret;
	ret = ep_listen_sizes(p->server, p->b.id, "port",
			      flags | ISLE_VCHAN_NOWAIT, 0, &to_server,
			      &to_client);
	return ret ? ret : ep_connect(p->client, p->a.id, "port",
				      ISLE_VCHAN_NOWAIT, 0);
}

static inline void ends_close(struct ends *p)
{
	if (p->server >= 0)
		close(p->server);
	if (p->client >= 0)
		close(p->client);
	p->server = -1;
	p->client = -1;
}

static inline void ends_end(struct ends *p)
{
	ends_close(p);
	close(p->a.fd);
	close(p->b.fd);
	close(p->ctl);
}

/* Byte number N of stream S */
static inline uint8_t stream_byte(unsigned int s, uint64_t n)
{
	return ((n + 1) * (2654435761U + 2 * s)) >> 13;
}

static inline void stream_fill(unsigned int s, uint64_t n, void *buf, size_t len)
{
	uint8_t *p = buf;
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = stream_byte(s, n + i);
}

/* whether @len bytes are those of the stream from number @n on */
static inline bool stream_is(unsigned int s, uint64_t n, const void *buf,
			     size_t len)
{
	const uint8_t *p = buf;
	size_t i;

	for (i = 0; i < len; i++) {
		if (p[i] != stream_byte(s, n + i)) {
			fprintf(stderr, "# stream %u, byte %llu: %#x\n", s,
				(unsigned long long)(n + i), p[i]);
			return false;
		}
	}
	return true;
}

/* A thread that makes one call */
struct caller {
	pthread_t thread;
	int (*run)(void *arg);
	void *arg;
	volatile bool begun, ended;
	volatile int ret;
};

static inline void *caller_main(void *arg)
{
	struct caller *c = arg;

	c->begun = true;
	c->ret = c->run(c->arg);
	c->ended = true;
	return NULL;
}

static inline int caller_start(struct caller *c, int (*run)(void *arg),
			       void *arg)
{
	c->run = run;
	c->arg = arg;
	c->begun = false;
	c->ended = false;
	return -pthread_create(&c->thread, NULL, caller_main, c);
}

/* What the call returned, once it has; -ETIME if it does not end */
static inline int caller_ret(struct caller *c)
{
	if (!eventually(c->ended))
		return -ETIME;
	pthread_join(c->thread, NULL);
	return c->ret;
}

/*
 * Whether task @tid sleeps: it has got as far as it will.  Of somebody who is
 * not there: yes.
 */
static inline bool asleep(pid_t pid, pid_t tid)
{
	char path[64], text[512], *p;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return true;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return true;
	text[len] = '\0';
	p = strrchr(text, ')');
	return p && p[2] == 'S';
}

#endif /* ISLE_SELFTESTS_CHANNEL_H */
