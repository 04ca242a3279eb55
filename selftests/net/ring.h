/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: a program's end of a network device's rings, without libisle
 */
#ifndef ISLE_SELFTESTS_NET_RING_H
#define ISLE_SELFTESTS_NET_RING_H

#include "net.h"

struct rings {
	int fd;
	uint32_t size;		/* of both */
	struct isle_net_rings *page;
	uint8_t *tx, *rx;
	uint32_t prod, cons;	/* what we have written */
};

#define LOAD(word)		__atomic_load_n(&(word), __ATOMIC_ACQUIRE)
#define STORE(word, value)	__atomic_store_n(&(word), value, __ATOMIC_SEQ_CST)

static inline int ring_setup(int fd, uint32_t tx, uint32_t rx,
			     struct isle_net_ring_setup *setup)
{
	memset(setup, 0, sizeof(*setup));
	setup->size = sizeof(*setup);
	setup->tx_size = tx;
	setup->rx_size = rx;
	return call(fd, ISLE_NET_RING_SETUP, setup);
}

static inline void *ring_map(int fd, size_t size, __u64 offset)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, offset);
}

static inline void rings_unmap(struct rings *r)
{
	if (r->page != MAP_FAILED)
		munmap(r->page, 4096);
	if (r->tx != MAP_FAILED)
		munmap(r->tx, 2ul * r->size);
	if (r->rx != MAP_FAILED)
		munmap(r->rx, 2ul * r->size);
}

static inline int rings_make(struct rings *r, int fd, uint32_t size)
{
	struct isle_net_ring_setup setup;
	int ret = ring_setup(fd, size, size, &setup);

	if (ret)
		return ret;
	r->fd = fd;
	r->size = size;
	r->page = ring_map(fd, 4096, 0);
	r->tx = ring_map(fd, 2ul * size, setup.tx_offset);
	r->rx = ring_map(fd, 2ul * size, setup.rx_offset);
	if (r->page == MAP_FAILED || r->tx == MAP_FAILED || r->rx == MAP_FAILED) {
		/* it was removed meanwhile */
		ret = -errno;
		rings_unmap(r);
		return ret;
	}
	r->prod = LOAD(r->page->tx_prod);
	r->cons = LOAD(r->page->rx_cons);
	return 0;
}

static inline int ring_kick(int fd)
{
	struct isle_net_none none = { .size = sizeof(none) };

	return call(fd, ISLE_NET_KICK, &none);
}

static inline int ring_wait(int fd, __u32 events, __s64 timeout_ns)
{
	struct isle_net_wait wait = {
		.size = sizeof(wait), .events = events, .timeout_ns = timeout_ns,
	};
	int ret = call(fd, ISLE_NET_WAIT, &wait);

	return ret ? ret : (int)wait.events;
}

/* A record that says @len, with @bytes of frame @number; not published */
static inline void ring_put_as(struct rings *r, uint32_t number, size_t bytes,
			       uint32_t len, uint32_t flags)
{
	uint8_t *at = r->tx + (r->prod & (r->size - 1));
	struct isle_net_record head = { .len = len, .flags = flags };

	memcpy(at, &head, sizeof(head));
	frame_fill(at + sizeof(head), bytes, number);
	r->prod += sizeof(head) + ((bytes + 7) & ~7u);
}

static inline void ring_put(struct rings *r, uint32_t number, size_t bytes)
{
	ring_put_as(r, number, bytes, bytes, 0);
}

/* Value: what the kick said, if one was asked for */
static inline int ring_publish(struct rings *r)
{
	STORE(r->page->tx_prod, r->prod);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	return LOAD(r->page->kick) & ISLE_NET_KICK_TX ? ring_kick(r->fd) : 0;
}

/* The next frame is that one; waits for it */
static inline bool ring_comes(struct rings *r, uint32_t number, size_t len)
{
	struct isle_net_record head;
	uint8_t *at;
	bool good;

	if (LOAD(r->page->rx_prod) == r->cons &&
	    ring_wait(r->fd, ISLE_NET_WAIT_RX, LONG_WAIT * 1000000000ll) < 0)
		return false;
	at = r->rx + (r->cons & (r->size - 1));
	memcpy(&head, at, sizeof(head));
	good = head.len == len && !head.flags &&
	       frame_is(at + sizeof(head), len, number);
	if (!good)
		fprintf(stderr, "# frame %u of %zu bytes: got %u\n", number, len,
			head.len);
	r->cons += sizeof(head) + ((head.len + 7) & ~7u);
	STORE(r->page->rx_cons, r->cons);
	return good;
}

#endif /* ISLE_SELFTESTS_NET_RING_H */
