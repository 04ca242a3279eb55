/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: a program that has a network device's rings and lies in them
 */
#ifndef ISLE_SELFTESTS_FUZZ_LIAR_H
#define ISLE_SELFTESTS_FUZZ_LIAR_H

#include <pthread.h>

#include "../net/ring.h"
#include "frame.h"

/* A device and its interface; any thread opens and removes it */
struct end {
	struct dom dom;
	char ifname[16];
};

struct worker {
	struct rng rng;
	int rounds;
	struct end *end;
	pthread_t thread;
	unsigned long lives, sent;
	int unknown;		/* an errno that must not be */
};

static inline void expect_known(struct worker *w, int ret)
{
	static const int errnos[] = {
		EINVAL, EBUSY, ENODEV, ENOENT, EPROTO, EAGAIN, ETIMEDOUT, EINTR,
		ENOTCONN, EOPNOTSUPP, EMSGSIZE, EFAULT, EDQUOT, EEXIST, EPERM,
		EACCES, ENOMEM, E2BIG, ENOTTY,
	};
	size_t i;

	if (ret >= 0)
		return;
	for (i = 0; i < sizeof(errnos) / sizeof(errnos[0]); i++)
		if (ret == -errnos[i])
			return;
	w->unknown = ret;
}

#define BREAKS_NOTHING	0
#define LENGTHS		1
#define INDICES		2
#define EVERYTHING	3
#define TEMPERS		4

struct liar {
	struct worker *w;
	struct rings r;
	uint32_t rx_size;
	bool hdr;
	unsigned int temper;
	uint8_t *last;		/* the frame that was put last */
};

/* Overwrites some of what the kernel may be reading just then */
static inline void scribble(struct liar *l)
{
	struct rng *r = &l->w->rng;
	uint32_t *words = (uint32_t *)l->r.page;
	uint32_t at = below(r, l->r.size);

	switch (below(r, l->temper == EVERYTHING ? 6 : 3)) {
	case 0:
		/* a header, or the beginning of a frame */
		if (l->last)
			fill(r, l->last + below(r, 64), 1 + below(r, 8));
		break;
	case 1:
		STORE(l->r.page->quiet, rnd(r));
		break;
	case 2:
		/* what only the kernel writes, and never reads */
		STORE(words[(l->temper == BREAKS_NOTHING ? 19 : 16) +
			    below(r, 45)], odd_number(r));
		fill(r, l->r.rx + below(r, l->rx_size), 16);
		break;
	case 3:
		STORE(words[below(r, 1024)], odd_number(r));
		break;
	case 4:
		STORE(((uint32_t *)l->r.tx)[at / 4], odd_number(r));
		break;
	default:
		fill(r, l->r.tx + at, below(r, 64));
	}
}

/* A record, perhaps one that cannot be; not published */
static inline void put(struct liar *l)
{
	struct rng *r = &l->w->rng;
	uint32_t room, used = l->r.prod - LOAD(l->r.page->tx_cons);
	struct isle_net_record head = { 0 };
	uint8_t *at = l->r.tx + (l->r.prod & (l->r.size - 1));

	/* its own copy of the index may have been overwritten */
	if (used > l->r.size)
		used = 0;
	room = l->r.size - used;
	if (room < 512)
		return;
	head.len = make_frame(r, at + 8, room - 8, l->hdr);
	if (head.len > room - 8)
		head.len = room - 8;
	room = 8 + ((head.len + 7) & ~7u);
	if (l->temper == LENGTHS && below(r, 30) == 0)
		head.len = below(r, 2) ? odd_number(r) : head.len +
			   below(r, 32) - 16;
	if (l->temper == LENGTHS && below(r, 60) == 0)
		head.flags = odd_number(r);
	if (l->temper == EVERYTHING && below(r, 10) == 0)
		head.len = odd_number(r);
	memcpy(at, &head, sizeof(head));
	l->last = at + sizeof(head);
	l->r.prod += room;
	l->w->sent++;
}

static inline void publish(struct liar *l)
{
	struct rng *r = &l->w->rng;
	uint32_t prod = l->r.prod;

	if (l->temper >= INDICES && below(r, 30) == 0)
		prod += below(r, 2) ? odd_number(r) : 8 * below(r, 2000);
	STORE(l->r.page->tx_prod, prod);
	if (below(r, 3) == 0)
		scribble(l);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (LOAD(l->r.page->kick) & ISLE_NET_KICK_TX || below(r, 8) == 0)
		expect_known(l->w, ring_kick(l->r.fd));
}

/* What came is thrown away, or part of it, or never was */
static inline void take(struct liar *l)
{
	struct rng *r = &l->w->rng;
	uint32_t prod = LOAD(l->r.page->rx_prod);

	if (l->temper >= INDICES && below(r, 30) == 0)
		prod += below(r, 2) ? odd_number(r) : -8 * below(r, 2000);
	STORE(l->r.page->rx_cons, prod);
}

static inline void misuse(struct liar *l)
{
	struct worker *w = l->w;
	int i;

	for (i = 0; i < 64 && w->rounds > 0; i++, w->rounds--) {
		switch (below(&w->rng, 12)) {
		case 0:
			take(l);
			break;
		case 1:
			expect_known(w, ring_wait(l->r.fd, 1 + below(&w->rng, 3),
						  below(&w->rng, 100000)));
			break;
		case 2:
			scribble(l);
			break;
		case 3:
			expect_known(w, poll_now(l->r.fd, POLLIN | POLLOUT));
			break;
		default:
			put(l);
			if (below(&w->rng, 3) == 0)
				put(l);
			publish(l);
		}
		/* a broken one has nothing to offer, but a few calls more */
		if (i % 8 == 7 && ring_wait(l->r.fd, ISLE_NET_WAIT_TX, 0) ==
		    -EPROTO && below(&w->rng, 2))
			break;
	}
}

/* The two rings have sizes of their own */
static inline int liar_rings(struct liar *l, int fd)
{
	struct rng *r = &l->w->rng;
	struct isle_net_ring_setup setup;
	int ret;

	l->r.fd = fd;
	l->r.size = 4096u << below(r, 5);
	l->rx_size = 4096u << below(r, 5);
	ret = ring_setup(fd, l->r.size, l->rx_size, &setup);
	if (ret)
		return ret;
	l->r.page = ring_map(fd, 4096, 0);
	l->r.tx = ring_map(fd, 2ul * l->r.size, setup.tx_offset);
	l->r.rx = ring_map(fd, 2ul * l->rx_size, setup.rx_offset);
	return 0;
}

static inline void liar_unmap(struct liar *l)
{
	if (l->r.page != MAP_FAILED)
		munmap(l->r.page, 4096);
	if (l->r.tx != MAP_FAILED)
		munmap(l->r.tx, 2ul * l->r.size);
	if (l->r.rx != MAP_FAILED)
		munmap(l->r.rx, 2ul * l->rx_size);
}

#endif /* ISLE_SELFTESTS_FUZZ_LIAR_H */
