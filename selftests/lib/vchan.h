/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: two linked domains and channels between them, by libisle
 */
#ifndef ISLE_SELFTESTS_LIB_VCHAN_H
#define ISLE_SELFTESTS_LIB_VCHAN_H

#include <pthread.h>

#include <libisle.h>

#include "../lib.h"

#define NEVER	((int64_t)LONG_WAIT * 1000000000)
#define SHORT	((int64_t)20 * 1000000)

struct pair {
	struct isle_control *ctl;
	struct isle_domain *dom[2];
	uint32_t id[2];
	char name[2][ISLE_NAME_SIZE];
	struct counters start;
};

static inline int pair_make(struct pair *p)
{
	int i, ret;

	p->start = counters_start();
	ret = isle_control_open(&p->ctl);
	for (i = 0; !ret && i < 2; i++) {
		ret = isle_control_domain_create(p->ctl, own(p->name[i], i ? "b" : "a"),
						 &p->dom[i]);
		p->id[i] = ret;
		ret = ret < 0 ? ret : 0;
	}
	return ret ? ret : isle_control_link(p->ctl, p->id[0], p->id[1]);
}

/* Whether nothing is left behind */
static inline bool pair_end(struct pair *p)
{
	int i;

	for (i = 0; i < 2; i++) {
		isle_control_domain_destroy(p->ctl, p->id[i], 0);
		isle_domain_close(p->dom[i]);
	}
	isle_control_close(p->ctl);
	return counters_are(&p->start);
}

/* [0] is the server's end, in the first domain */
static inline int pair_join(struct pair *p, size_t read_size, size_t write_size,
			    uint32_t flags, struct isle_vchan *end[2])
{
	int ret = isle_vchan_listen(p->dom[0], p->id[1], "port", read_size, write_size,
				    flags | ISLE_VCHAN_NOWAIT, NEVER, &end[0]);

	if (ret)
		return ret;
	ret = isle_vchan_connect(p->dom[1], p->id[0], "port", 0, NEVER, &end[1]);
	if (ret) {
		isle_vchan_close(end[0]);
		return ret;
	}
	return isle_vchan_wait(end[0], 0, 0, NEVER);
}

static inline void pair_part(struct isle_vchan *end[2])
{
	isle_vchan_close(end[0]);
	isle_vchan_close(end[1]);
}

/* What stands at each place of a stream */
static inline uint8_t stream_byte(uint64_t at)
{
	return (at * 0x9e3779b97f4a7c15ull) >> 56;
}

static inline void stream_fill(uint8_t *buf, uint64_t at, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = stream_byte(at + i);
}

static inline bool stream_good(const uint8_t *buf, uint64_t at, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		if (buf[i] != stream_byte(at + i))
			return false;
	return true;
}

/* Every form of writing, at random; 0 or what went wrong */
static inline int stream_write(struct isle_vchan *v, uint64_t total, uint64_t seed)
{
	const size_t size = isle_vchan_write_size(v), room = 2 * size;
	struct rng rng = { .state = seed };
	uint8_t *buf = malloc(room);
	uint64_t at = 0;
	ssize_t n;
	void *there;
	size_t len;

	while (at < total) {
		len = 1 + below(&rng, below(&rng, 2) ? 100 : room - 1);
		if (len > total - at)
			len = total - at;
		stream_fill(buf, at, len);
		switch (below(&rng, 5)) {
		case 0:
			n = isle_vchan_write(v, buf, len);
			if (n != (ssize_t)len)
				goto wrong;
			break;
		case 1:
			n = isle_vchan_try_write(v, buf, len);
			if (n == -EAGAIN) {
				n = isle_vchan_wait(v, 0, 1, NEVER);
				if (n)
					goto wrong;
			}
			break;
		case 2:
			/* Reader and writer that both want more than half can wait for ever */
			len = len > size / 2 ? size / 2 : len;
			n = isle_vchan_send(v, buf, len);
			if (n != (ssize_t)len)
				goto wrong;
			break;
		case 3:
			n = isle_vchan_try_send(v, buf, len);
			if (len > size && n == -EMSGSIZE)
				n = 0;
			else if (n == -EAGAIN)
				n = isle_vchan_wait(v, 0, size / 2, NEVER);
			else if (n != (ssize_t)len)
				goto wrong;
			break;
		default:
			len = len > size / 2 ? size / 2 : len;
			n = isle_vchan_reserve(v, len, &there);
			if (n <= 0 || (size >= 4096 && n < (ssize_t)len))
				goto wrong;
			n = n < (ssize_t)len ? n : (ssize_t)len;
			stream_fill(there, at, n);
			if (isle_vchan_commit(v, n))
				goto wrong;
		}
		if (n < 0)
			goto wrong;
		at += n;
	}
	free(buf);
	return 0;
wrong:
	fprintf(stderr, "# writing at %llu: %zd\n", (unsigned long long)at, n);
	free(buf);
	return -1;
}

/* Every form of reading, at random; 0 or what went wrong */
static inline int stream_read(struct isle_vchan *v, uint64_t total, uint64_t seed)
{
	const size_t size = isle_vchan_read_size(v), room = 2 * size;
	struct rng rng = { .state = seed };
	uint8_t *buf = malloc(room);
	const void *there;
	uint64_t at = 0;
	ssize_t n;
	size_t len;

	while (at < total) {
		there = buf;
		len = 1 + below(&rng, below(&rng, 2) ? 100 : room - 1);
		if (len > total - at)
			len = total - at;
		switch (below(&rng, 5)) {
		case 0:
			n = isle_vchan_read(v, buf, len);
			if (n <= 0)
				goto wrong;
			break;
		case 1:
			n = isle_vchan_try_read(v, buf, len);
			if (n == -EAGAIN)
				n = isle_vchan_wait(v, 1, 0, NEVER);
			break;
		case 2:
			len = len > size / 2 ? size / 2 : len;
			n = isle_vchan_recv(v, buf, len);
			if (n != (ssize_t)len)
				goto wrong;
			break;
		case 3:
			n = isle_vchan_try_recv(v, buf, len);
			if ((len > size && n == -EMSGSIZE) || n == -EAGAIN)
				n = 0;
			else if (n != (ssize_t)len)
				goto wrong;
			break;
		default:
			len = len > size / 2 ? size / 2 : len;
			n = isle_vchan_peek(v, len, &there);
			if (n <= 0 || (size >= 4096 && n < (ssize_t)len))
				goto wrong;
			n = n < (ssize_t)len ? n : (ssize_t)len;
		}
		if (n < 0 || !stream_good(there, at, n))
			goto wrong;
		if (there != buf && isle_vchan_consume(v, n))
			goto wrong;
		at += n;
	}
	free(buf);
	return 0;
wrong:
	fprintf(stderr, "# reading at %llu: %zd\n", (unsigned long long)at, n);
	free(buf);
	return -1;
}

struct stream {
	struct isle_vchan *v;
	uint64_t total;
	uint64_t seed;
};

static inline void *stream_writer(void *arg)
{
	struct stream *s = arg;

	return (void *)(intptr_t)stream_write(s->v, s->total, s->seed);
}

/* From one end to the other; whether all came over as it was */
static inline bool stream_through(struct isle_vchan *from, struct isle_vchan *to,
				  uint64_t total, uint64_t seed)
{
	struct stream s = { from, total, seed };
	pthread_t thread;
	void *result;
	int ret;

	if (pthread_create(&thread, NULL, stream_writer, &s))
		return false;
	ret = stream_read(to, total, ~seed);
	/* A writer whose reader has given up waits in vain */
	if (ret)
		abort();
	pthread_join(thread, &result);
	return !result;
}

#endif /* ISLE_SELFTESTS_LIB_VCHAN_H */
