// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Moving data through a channel.  Owns nothing.
 *
 * A small message for which there is room is moved without calling anything;
 * all else takes the general way, which may wait.  On the short way our index
 * is moved, the data copied and the index published in the order that needs
 * the fewest registers; the peer sees only the last.
 */
#include <errno.h>
#include <string.h>

#include "vchan.h"

#define LARGE	2048	/* bytes from which isle_copy_large() is worth its call */

enum how {
	SOME = 1 << 0,		/* what can be moved; otherwise all or nothing */
	WAIT = 1 << 1,
};

/* ---- small messages ------------------------------------------------------- */

typedef uint64_t piece __attribute__((vector_size(16), aligned(1), may_alias));

static inline bool is_small(size_t len)
{
	return len - VCHAN_SMALL_LEAST <= VCHAN_SMALL_MOST - VCHAN_SMALL_LEAST;
}

/* By two halves that may overlap. */
static inline void copy_small(void *to, const void *from, size_t len)
{
	const piece *head = from;
	const piece *tail = (const void *)((const char *)from + len - VCHAN_SMALL_LEAST);
	const piece a = head[0], b = head[1], c = tail[0], d = tail[1];
	piece *to_head = to;
	piece *to_tail = (void *)((char *)to + len - VCHAN_SMALL_LEAST);

	to_head[0] = a;
	to_head[1] = b;
	to_tail[0] = c;
	to_tail[1] = d;
}

/* Whether a small message at our index lies in one piece. */
static inline bool in_one_piece(const struct vchan_half *h)
{
	return vchan_at(h) <= h->last_small;
}

static inline ssize_t put_small(struct isle_vchan *v, const void *data, size_t len)
{
	struct vchan_half *h = &v->out;

	copy_small(h->data + vchan_at(h), data, len);
	h->own += (uint32_t)len;
	return vchan_publish_out(v, len);
}

static inline ssize_t take_small(struct isle_vchan *v, void *data, size_t len)
{
	struct vchan_half *h = &v->in;

	copy_small(data, h->data + vchan_at(h), len);
	h->own += (uint32_t)len;
	return vchan_publish_in(v, len);
}

/* ---- everything else ------------------------------------------------------ */

static inline void copy(void *to, const void *from, size_t len)
{
	if (len < LARGE)
		memcpy(to, from, len);
	else
		isle_copy_large(to, from, len);
}

static void copy_in(struct vchan_half *h, const void *data, size_t len)
{
	size_t first = h->span - vchan_at(h);

	if (unlikely(len > first)) {
		copy(h->data + vchan_at(h), data, first);
		copy(h->data, (const char *)data + first, len - first);
	} else {
		copy(h->data + vchan_at(h), data, len);
	}
}

static void copy_out(const struct vchan_half *h, void *data, size_t len)
{
	size_t first = h->span - vchan_at(h);

	if (unlikely(len > first)) {
		copy(data, h->data + vchan_at(h), first);
		copy((char *)data + first, h->data, len - first);
	} else {
		copy(data, h->data + vchan_at(h), len);
	}
}

static ssize_t put(struct isle_vchan *v, const void *data, size_t len)
{
	copy_in(&v->out, data, len);
	v->out.own += (uint32_t)len;
	return vchan_publish_out(v, len);
}

static ssize_t take(struct isle_vchan *v, void *data, size_t len)
{
	copy_out(&v->in, data, len);
	v->in.own += (uint32_t)len;
	return vchan_publish_in(v, len);
}

static ssize_t __attribute__((noinline))
write_any(struct isle_vchan *v, const void *data, size_t len, enum how how)
{
	struct vchan_half *h = &v->out;
	size_t done = 0, n;
	ssize_t rc;

	if (likely(len <= vchan_room(h)))
		return put(v, data, len);
	if (!(how & SOME)) {
		if (len > h->size)
			return -EMSGSIZE;
		rc = isle_vchan_need(v, h, (uint32_t)len, how & WAIT);
		return rc < 0 ? rc : put(v, data, len);
	}
	while (done < len) {
		rc = isle_vchan_need(v, h, 1, how & WAIT);
		if (rc < 0)
			return done ? (ssize_t)done : rc;
		n = len - done < (size_t)rc ? len - done : (size_t)rc;
		rc = put(v, (const char *)data + done, n);
		if (rc < 0)
			return done ? (ssize_t)done : rc;
		done += n;
	}
	return (ssize_t)done;
}

static ssize_t __attribute__((noinline))
read_any(struct isle_vchan *v, void *data, size_t len, enum how how)
{
	struct vchan_half *h = &v->in;
	size_t want = how & SOME ? 1 : len;
	ssize_t rc;

	if (!len)
		return 0;
	rc = vchan_room(h);
	if ((size_t)rc < len)
		rc = vchan_look_in(h);
	if (unlikely((size_t)rc < want)) {
		if (want > h->size)
			return -EMSGSIZE;
		rc = isle_vchan_need(v, h, (uint32_t)want, how & WAIT);
		if (rc <= 0)
			return rc;
	}
	if (len > (size_t)rc) {
		if (!(how & SOME))
			return -EPIPE;
		len = (size_t)rc;
	}
	return take(v, data, len);
}

static inline __attribute__((always_inline)) ssize_t
write_by(struct isle_vchan *v, const void *data, size_t len, enum how how)
{
	struct vchan_half *h = &v->out;

	if (!is_small(len) || vchan_room(h) < (uint32_t)len || unlikely(!in_one_piece(h)))
		return write_any(v, data, len, how);
	return put_small(v, data, len);
}

static inline __attribute__((always_inline)) ssize_t
read_by(struct isle_vchan *v, void *data, size_t len, enum how how)
{
	struct vchan_half *h = &v->in;

	if (!is_small(len) ||
	    (vchan_room(h) < (uint32_t)len && vchan_look_in(h) < (uint32_t)len) ||
	    unlikely(!in_one_piece(h)))
		return read_any(v, data, len, how);
	return take_small(v, data, len);
}

/* ---- streams -------------------------------------------------------------- */

EXPORT ssize_t isle_vchan_write(struct isle_vchan *vchan, const void *data, size_t len)
{
	return write_by(vchan, data, len, SOME | WAIT);
}

EXPORT ssize_t isle_vchan_try_write(struct isle_vchan *vchan, const void *data, size_t len)
{
	return write_by(vchan, data, len, SOME);
}

EXPORT ssize_t isle_vchan_read(struct isle_vchan *vchan, void *data, size_t len)
{
	return read_by(vchan, data, len, SOME | WAIT);
}

EXPORT ssize_t isle_vchan_try_read(struct isle_vchan *vchan, void *data, size_t len)
{
	return read_by(vchan, data, len, SOME);
}

/* ---- exact sizes ---------------------------------------------------------- */

EXPORT ssize_t isle_vchan_send(struct isle_vchan *vchan, const void *data, size_t len)
{
	return write_by(vchan, data, len, WAIT);
}

EXPORT ssize_t isle_vchan_try_send(struct isle_vchan *vchan, const void *data, size_t len)
{
	return write_by(vchan, data, len, 0);
}

EXPORT ssize_t isle_vchan_recv(struct isle_vchan *vchan, void *data, size_t len)
{
	return read_by(vchan, data, len, WAIT);
}

EXPORT ssize_t isle_vchan_try_recv(struct isle_vchan *vchan, void *data, size_t len)
{
	return read_by(vchan, data, len, 0);
}

/* ---- in place ------------------------------------------------------------- */

/* How much of what can be moved lies in one piece, and where. */
static inline ssize_t show(struct vchan_half *h, void **data)
{
	uint32_t room = vchan_room(h), piece = h->span - vchan_at(h);

	*data = h->data + vchan_at(h);
	return room < piece ? room : piece;
}

static ssize_t __attribute__((noinline))
show_any(struct isle_vchan *v, struct vchan_half *h, size_t want, bool wait, void **data)
{
	ssize_t rc;

	if (want > h->size)
		return -EMSGSIZE;
	rc = isle_vchan_need(v, h, (uint32_t)want, wait);
	return rc <= 0 ? rc : show(h, data);
}

EXPORT ssize_t isle_vchan_reserve(struct isle_vchan *vchan, size_t want, void **data)
{
	struct vchan_half *h = &vchan->out;
	bool wait = want;

	if (!want)
		want = 1;
	if (unlikely(vchan_room(h) < want))
		return show_any(vchan, h, want, wait, data);
	return show(h, data);
}

EXPORT int isle_vchan_commit(struct isle_vchan *vchan, size_t len)
{
	if (unlikely(len > vchan_room(&vchan->out)))
		return -EINVAL;
	vchan->out.own += (uint32_t)len;
	return (int)vchan_publish_out(vchan, 0);
}

EXPORT ssize_t isle_vchan_peek(struct isle_vchan *vchan, size_t want, const void **data)
{
	struct vchan_half *h = &vchan->in;
	bool wait = want;

	if (!want)
		want = 1;
	if (vchan_room(h) < want && unlikely(vchan_look_in(h) < want))
		return show_any(vchan, h, want, wait, (void **)data);
	return show(h, (void **)data);
}

EXPORT int isle_vchan_consume(struct isle_vchan *vchan, size_t len)
{
	if (unlikely(len > vchan_room(&vchan->in)))
		return -EINVAL;
	vchan->in.own += (uint32_t)len;
	return (int)vchan_publish_in(vchan, 0);
}
