/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * A channel, as the files vchan*.c share it.
 *
 * A direction is a ring and two indices that run freely through 2^32: ours,
 * which we publish and of which we keep the only copy that counts, and the
 * peer's, of which we keep what we have last seen and found possible.  We may
 * move ours up to a bound: what the peer has produced if we read; what it has
 * consumed, plus the size of the ring, if we write.  So reading and writing
 * differ in one constant.
 *
 * Who waits says so in the shared page (a "notify" bit, which the kernel sets
 * before the caller sleeps), and who moves an index looks at that bit after.
 * Both the moving and the setting are followed by a full barrier: either we
 * see the bit, or the one who waits sees the index when it looks again.
 */
#ifndef LIBISLE_VCHAN_INTERNAL_H
#define LIBISLE_VCHAN_INTERNAL_H

#include <endian.h>

#include "internal.h"

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

/**
 * struct vchan_half - one direction; used by one thread at a time
 * @own: our index
 * @bound: how far it may be moved, as far as we know; never more than @size
 *	ahead of @own
 * @mask: the ring's size - 1
 * @span: bytes from @data on that are mapped: twice the size if the ring is
 *	mapped twice in a row, the size if it lies in the shared page
 * @data: the ring
 * @own_shared: where we publish @own
 * @peer_shared: where the peer publishes its index; hostile.  Points to a word
 *	of our own once the reader was told that the stream has ended.
 * @wants: the byte of the shared page in which the peer says that it waits;
 *	hostile.  Points to a byte of our own once the channel is dead.  Atomic.
 * @last_small: how far into the ring a small message can begin and lie in one
 *	piece
 * @bias: what to add to the peer's index to get @bound
 * @size: of the ring
 * @reading: which direction
 * @spin_ns: how long to look again before sleeping, at present
 * @sleeps: how often we slept since looking again was given up
 */
struct vchan_half {
	uint32_t own;
	uint32_t bound;
	uint32_t mask;
	uint32_t span;
	uint8_t *data;
	uint32_t *own_shared;
	uint32_t *peer_shared;
	uint8_t *wants;
	uint32_t last_small;
	uint32_t bias;
	uint32_t size;
	bool reading;
	uint32_t spin_ns;
	uint32_t sleeps;
} __attribute__((aligned(64)));

/**
 * struct isle_vchan - an endpoint that is joined
 * @in: for reading
 * @out: for writing
 * @flags: the four bytes of the shared page from cli_live on, as one word;
 *	hostile.  Points to a word of our own once the channel is dead.  Atomic.
 * @flags_mask: bits of it that matter after something was written
 * @flags_good: how they are when there is nothing else to do
 * @fd: the endpoint's file, ours
 * @server: which side we are
 * @error: 0, or why the channel is dead: -EPROTO, -ENODEV, or -EPIPE if only
 *	the peer is gone.  Atomic; set by isle_vchan_kill().
 * @dead: what @flags and @wants point to then
 * @end: what @in.peer_shared points to then
 * @spin_max: bound of isle_vchan_set_spin().  Atomic.
 * @page: the shared page, NULL if not mapped
 * @peer_live: the peer's state in it; hostile
 */
struct isle_vchan {
	struct vchan_half in;
	struct vchan_half out;
	uint32_t *flags;
	uint32_t flags_mask;
	uint32_t flags_good;
	int fd;
	bool server;
	int error;
	uint32_t dead;
	uint32_t end;
	uint32_t spin_max;
	struct isle_vchan_page *page;
	uint8_t *peer_live;
};

/* Lengths that are copied without a call */
#define VCHAN_SMALL_LEAST	32u
#define VCHAN_SMALL_MOST	64u

/* vchan_wait.c */
int isle_vchan_kill(struct isle_vchan *v, int error);
ssize_t isle_vchan_moved_in(struct isle_vchan *v, size_t len);
ssize_t isle_vchan_moved_out(struct isle_vchan *v, size_t len);
ssize_t isle_vchan_need(struct isle_vchan *v, struct vchan_half *h, uint32_t want,
			bool wait);
void isle_vchan_spin_init(struct isle_vchan *v);

/* copy.c */
void isle_copy_large(void *to, const void *from, size_t len);

/* How far our index can be moved, as far as we know. */
static inline uint32_t vchan_room(const struct vchan_half *h)
{
	return h->bound - h->own;
}

/*
 * Looks at the peer's index: false if it is impossible, that is, if it went
 * back or further than the ring is large.  Acquire: what the peer has done to
 * the ring before it moved its index is done when we touch the ring.  Pairs
 * with the release by which the peer publishes it.
 */
static inline bool vchan_look(struct vchan_half *h)
{
	uint32_t bound = le32toh(__atomic_load_n(h->peer_shared, __ATOMIC_ACQUIRE)) + h->bias;

	if (unlikely(bound - h->bound > h->size - vchan_room(h)))
		return false;
	h->bound = bound;
	return true;
}

/* Where in the ring our index points. */
static inline uint32_t vchan_at(const struct vchan_half *h)
{
	return h->own & h->mask;
}

/*
 * The same for a reader on its short way: how much can be read.  What is
 * impossible it leaves alone, and says 0; whoever then waits finds out.
 */
static inline uint32_t vchan_look_in(struct vchan_half *h)
{
	uint32_t bound = le32toh(__atomic_load_n(h->peer_shared, __ATOMIC_ACQUIRE));
	uint32_t room = bound - h->own;

	if (unlikely(room > h->size))
		return 0;
	h->bound = bound;
	return room;
}

/*
 * Publishes our index and wakes the peer if it wants that.  The store is a
 * release for what was done to the ring, which pairs with the peer's acquire,
 * and a full barrier before the notify bit is read, which pairs with the one
 * between the peer's setting of the bit and its last look at the index.
 */
static inline ssize_t vchan_publish_in(struct isle_vchan *v, size_t len)
{
	uint8_t *wants = __atomic_load_n(&v->in.wants, __ATOMIC_RELAXED);

	__atomic_store_n(v->in.own_shared, htole32(v->in.own), __ATOMIC_SEQ_CST);
	if (unlikely(__atomic_load_n(wants, __ATOMIC_SEQ_CST) & ISLE_VCHAN_NOTIFY_READ))
		return isle_vchan_moved_in(v, len);
	return (ssize_t)len;
}

/* The same for writing, with a look whether there still is a peer. */
static inline ssize_t vchan_publish_out(struct isle_vchan *v, size_t len)
{
	uint32_t *flags = __atomic_load_n(&v->flags, __ATOMIC_RELAXED);

	__atomic_store_n(v->out.own_shared, htole32(v->out.own), __ATOMIC_SEQ_CST);
	if (unlikely((__atomic_load_n(flags, __ATOMIC_SEQ_CST) & v->flags_mask) !=
		     v->flags_good))
		return isle_vchan_moved_out(v, len);
	return (ssize_t)len;
}

#endif /* LIBISLE_VCHAN_INTERNAL_H */
