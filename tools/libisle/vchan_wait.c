// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Waiting for the other side of a channel, and waking it.  Owns nothing.
 *
 * Whoever finds too little to do looks again for a while, because a peer that
 * is at work on another processor needs less time than it takes to go to sleep
 * and to be woken; then it sleeps in ISLE_VCHAN_WAIT.  For how long it looks
 * follows from whether that was of use: each success doubles the time up to
 * the bound, each failure halves it, until nothing is left; then it is tried
 * anew once in a while.
 */
#include <errno.h>
#include <sched.h>
#include <sys/sysinfo.h>
#include <time.h>

#include "vchan.h"

#define LOOKS_PER_CLOCK	32	/* how often to look between two looks at the clock */
#define SPIN_LEAST	1000	/* ns; less is not worth it */
#define SLEEPS_PER_TRY	16	/* once looking was given up */

enum peer { AWAITED, OPEN, GONE };

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static void pause_cpu(void)
{
#ifdef __x86_64__
	__builtin_ia32_pause();
#else
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
#endif
}

/**
 * isle_vchan_kill() - the channel is dead, for both directions
 * @error: -EPROTO, -ENODEV; -EPIPE: there is no peer, but what it has written
 *	can be read
 */
int isle_vchan_kill(struct isle_vchan *v, int error)
{
	int none = 0;

	if (error == -EPIPE)
		/* The other thread, too, sees all that came before.  Pairs with find_peer(). */
		__atomic_compare_exchange_n(&v->error, &none, error, false,
					    __ATOMIC_RELEASE, __ATOMIC_RELAXED);
	else
		__atomic_store_n(&v->error, error, __ATOMIC_RELAXED);
	/* From now on moving an index leads to isle_vchan_moved_*(). */
	__atomic_store_n(&v->flags, &v->dead, __ATOMIC_RELAXED);
	if (error != -EPIPE)
		__atomic_store_n(&v->in.wants, (uint8_t *)&v->dead, __ATOMIC_RELAXED);
	return error;
}

static int fatal_error(struct isle_vchan *v)
{
	int error = __atomic_load_n(&v->error, __ATOMIC_RELAXED);

	return error == -EPIPE ? 0 : error;
}

/* What the kernel knows of the channel, which the peer cannot forge. */
static int ask_state(struct isle_vchan *v)
{
	struct isle_vchan_info info = { .size = sizeof(info) };
	int rc = isle_ioctl(v->fd, ISLE_VCHAN_INFO, &info);

	if (rc)
		return rc == -ENODEV ? isle_vchan_kill(v, rc) : rc;
	if (info.state == ISLE_VCHAN_STATE_BROKEN)
		return isle_vchan_kill(v, -EPROTO);
	if (info.state == ISLE_VCHAN_STATE_CLOSED)
		isle_vchan_kill(v, -EPIPE);
	return (int)info.state;
}

/* Acquire: what the peer wrote before it went is seen after this. */
static enum peer peer_state(struct isle_vchan *v)
{
	if (__atomic_load_n(&v->error, __ATOMIC_RELAXED))
		return GONE;
	switch (__atomic_load_n(v->peer_live, __ATOMIC_ACQUIRE)) {
	case ISLE_VCHAN_CONNECTED:
		return OPEN;
	case ISLE_VCHAN_WAITING:
		/* only a server can be without a client */
		return v->server ? AWAITED : GONE;
	default:
		return GONE;
	}
}

static bool own_side_gone(struct isle_vchan *v)
{
	const uint8_t *live = v->server ? &v->page->srv_live : &v->page->cli_live;

	return __atomic_load_n(live, __ATOMIC_RELAXED) != ISLE_VCHAN_CONNECTED;
}

/*
 * If the page says that one side has gone, asks the kernel, once: our domain may
 * have been destroyed, and then that is what is to be said.
 */
static int ask_if_odd(struct isle_vchan *v, enum peer peer)
{
	int rc;

	if (!__atomic_load_n(&v->error, __ATOMIC_RELAXED) &&
	    (peer == GONE || own_side_gone(v))) {
		rc = ask_state(v);
		if (rc < 0)
			return rc;
	}
	return fatal_error(v);
}

/*
 * Looks whether there is a peer; if our domain is gone, that is the answer.
 * What the kernel was asked counts more than what the page said before.
 */
static int find_peer(struct isle_vchan *v, enum peer *peer)
{
	int rc;

	*peer = peer_state(v);
	rc = ask_if_odd(v, *peer);
	if (!rc && __atomic_load_n(&v->error, __ATOMIC_ACQUIRE))
		*peer = GONE;
	return rc;
}

/*
 * The reader was told that the stream has ended.  That is final, whatever the
 * peer, which may still be at work or be hostile, does to the shared page: from
 * now on its index is a word of our own, which says that there is nothing.
 */
static void end_stream(struct isle_vchan *v)
{
	v->end = htole32(v->in.own);
	v->in.peer_shared = &v->end;
	isle_vchan_kill(v, -EPIPE);
}

/* Wakes the peer if @bit says that it waits: once for each time that it asks. */
static void wake(struct isle_vchan *v, struct vchan_half *h, uint8_t bit)
{
	struct isle_vchan_none arg = { .size = sizeof(arg) };
	uint8_t *wants = __atomic_load_n(&h->wants, __ATOMIC_RELAXED);

	/* Should that fail: whoever waits was woken by what makes it fail. */
	if (__atomic_load_n(wants, __ATOMIC_RELAXED) & bit &&
	    __atomic_fetch_and(wants, (uint8_t)~bit, __ATOMIC_SEQ_CST) & bit)
		isle_ioctl(v->fd, ISLE_VCHAN_NOTIFY, &arg);
}

/**
 * isle_vchan_moved_in() - what is to be done after something was read
 * @len: what to return if nothing is wrong
 */
ssize_t isle_vchan_moved_in(struct isle_vchan *v, size_t len)
{
	int rc = fatal_error(v);

	if (rc)
		return rc;
	wake(v, &v->in, ISLE_VCHAN_NOTIFY_READ);
	return (ssize_t)len;
}

/** isle_vchan_moved_out() - likewise, after something was written */
ssize_t isle_vchan_moved_out(struct isle_vchan *v, size_t len)
{
	int rc = fatal_error(v);
	enum peer peer;

	if (!rc) {
		wake(v, &v->out, ISLE_VCHAN_NOTIFY_WRITE);
		rc = find_peer(v, &peer);
		if (!rc && peer == GONE)
			rc = -EPIPE;
	}
	if (!rc)
		return (ssize_t)len;
	/* There is no room any more. */
	v->out.bound = v->out.own;
	return rc;
}

/* How many processors there are; whether we may use but one of them. */
void isle_vchan_spin_init(struct isle_vchan *v)
{
	static int processors;	/* atomic; 0: not known yet */
	int n = __atomic_load_n(&processors, __ATOMIC_RELAXED);
	cpu_set_t set;
	bool alone;

	if (!n) {
		n = get_nprocs();
		__atomic_store_n(&processors, n, __ATOMIC_RELAXED);
	}
	/* A set that is too small for the machine's is an error: many, then. */
	alone = !sched_getaffinity(0, sizeof(set), &set) && CPU_COUNT(&set) == 1;
	v->spin_max = n > 1 ? ISLE_VCHAN_SPIN_DEFAULT : 0;
	/*
	 * Who is bound to one processor may share it with the peer, or not.
	 * Trying tells.
	 */
	v->in.spin_ns = alone ? 0 : v->spin_max;
	v->out.spin_ns = v->in.spin_ns;
}

static void spin_won(struct vchan_half *h, uint32_t max)
{
	h->spin_ns = h->spin_ns > max / 2 ? max : 2 * h->spin_ns;
	h->sleeps = 0;
}

static void spin_lost(struct vchan_half *h)
{
	h->spin_ns = h->spin_ns / 2 < SPIN_LEAST ? 0 : h->spin_ns / 2;
	h->sleeps = 0;
}

/* Whether there is something to do; possible or not is for others to check. */
static bool changed(struct isle_vchan *v, const struct vchan_half *h, uint32_t want)
{
	uint32_t bound = le32toh(__atomic_load_n(h->peer_shared, __ATOMIC_RELAXED)) + h->bias;

	return bound - h->own >= want || peer_state(v) != OPEN;
}

/*
 * Looks again for a while, at one direction or both; true if that was of use.
 * @limit_ns: no longer than that, whatever has been learnt; negative: none
 */
static bool spin(struct isle_vchan *v, struct vchan_half *h, uint32_t want,
		 struct vchan_half *h2, uint32_t want2, int64_t limit_ns)
{
	uint32_t max = __atomic_load_n(&v->spin_max, __ATOMIC_RELAXED);
	int64_t budget, begin;

	if (!max)
		return false;
	if (h->spin_ns > max)
		h->spin_ns = max;
	if (!h->spin_ns) {
		if (++h->sleeps < SLEEPS_PER_TRY)
			return false;
		h->spin_ns = max / 2 > SPIN_LEAST ? max / 2 : max;
	}
	budget = h->spin_ns;
	if (limit_ns >= 0 && limit_ns < budget)
		budget = limit_ns;
	begin = now();
	do {
		for (int i = 0; i < LOOKS_PER_CLOCK; i++) {
			if (changed(v, h, want) || (h2 && changed(v, h2, want2))) {
				spin_won(h, max);
				return true;
			}
			pause_cpu();
		}
	} while (now() - begin < budget);
	spin_lost(h);
	return false;
}

/*
 * The kernel says that @told bytes can be moved.  If we see fewer, then what
 * it took for our index is not what we have published: the peer has been there.
 */
static int compare(struct isle_vchan *v, struct vchan_half *h, uint32_t want, uint32_t told)
{
	if (!vchan_look(h) || (vchan_room(h) < want && told >= want))
		return isle_vchan_kill(v, -EPROTO);
	return 0;
}

/* Sleeps; 0 if it is worth to look again. */
static int sleep_for(struct isle_vchan *v, uint32_t data, uint32_t space, int64_t timeout_ns)
{
	struct isle_vchan_wait arg = {
		.size = sizeof(arg),
		.data = data,
		.space = space,
		.timeout_ns = timeout_ns,
	};
	int rc = isle_ioctl(v->fd, ISLE_VCHAN_WAIT, &arg);

	if (rc)
		return rc == -ENODEV || rc == -EPROTO ? isle_vchan_kill(v, rc) : rc;
	/* There is a client, or there will be none. */
	if (!data && !space) {
		rc = ask_state(v);
		return rc < 0 ? rc : 0;
	}
	if (data)
		rc = compare(v, &v->in, data, arg.data_ready);
	if (!rc && space)
		rc = compare(v, &v->out, space, arg.buffer_space);
	if (rc)
		return rc;
	if ((data && vchan_room(&v->in) >= data) || (space && vchan_room(&v->out) >= space))
		return 0;
	rc = ask_state(v);
	return rc < 0 ? rc : 0;
}

/**
 * isle_vchan_need() - wait until our index can be moved by @want
 * @want: at most the ring's size
 *
 * Returns by how much it can be moved, or a negative errno.  When the peer has
 * gone, that is what is left for a reader, and -EPIPE for a writer.  Once
 * nothing was left, nothing ever is.
 */
ssize_t isle_vchan_need(struct isle_vchan *v, struct vchan_half *h, uint32_t want, bool wait)
{
	enum peer peer;
	int rc;

	for (;;) {
		/* This first, then the index: nothing comes in between. */
		rc = find_peer(v, &peer);
		if (rc)
			return rc;
		if (peer == GONE && !h->reading)
			return -EPIPE;
		if (peer != AWAITED) {
			if (!vchan_look(h))
				return isle_vchan_kill(v, -EPROTO);
			if (peer == GONE && !vchan_room(h))
				end_stream(v);
			if (vchan_room(h) >= want || peer == GONE)
				return vchan_room(h);
		}
		if (!wait)
			return -EAGAIN;
		if (peer == OPEN && spin(v, h, want, NULL, 0, -1))
			continue;
		if (peer == AWAITED)
			want = 0;
		rc = sleep_for(v, h->reading ? want : 0, h->reading ? 0 : want, -1);
		if (rc)
			return rc;
	}
}

/* Whether isle_vchan_wait() is over: 1, 0, or a negative errno. */
static int over(struct isle_vchan *v, uint32_t data, uint32_t space)
{
	enum peer peer;

	if (fatal_error(v))
		return fatal_error(v);
	peer = peer_state(v);
	if (peer == AWAITED)
		return 0;
	if (peer == GONE || (!data && !space))
		return 1;
	if (data) {
		if (!vchan_look(&v->in))
			return isle_vchan_kill(v, -EPROTO);
		if (vchan_room(&v->in) >= data)
			return 1;
	}
	if (space) {
		if (!vchan_look(&v->out))
			return isle_vchan_kill(v, -EPROTO);
		if (vchan_room(&v->out) >= space)
			return 1;
	}
	return 0;
}

EXPORT int isle_vchan_wait(struct isle_vchan *vchan, size_t data, size_t space,
			   int64_t timeout_ns)
{
	struct isle_vchan *v = vchan;
	int64_t deadline = 0, left = timeout_ns;
	struct vchan_half *first, *second;
	uint32_t want, want2;
	bool looked = false;
	int rc;

	if (data > v->in.size || space > v->out.size)
		return -EMSGSIZE;
	first = data ? &v->in : &v->out;
	want = (uint32_t)(data ? data : space);
	second = data && space ? &v->out : NULL;
	want2 = (uint32_t)space;
	if (timeout_ns > 0 && __builtin_add_overflow(now(), timeout_ns, &deadline))
		left = -1;
	for (;;) {
		rc = over(v, (uint32_t)data, (uint32_t)space);
		if (!rc && !left) {
			/* The peer may have gone without a word. */
			rc = ask_state(v);
			rc = rc < 0 ? rc : over(v, (uint32_t)data, (uint32_t)space);
			if (!rc)
				return timeout_ns ? -ETIMEDOUT : -EAGAIN;
		}
		if (rc)
			return rc < 0 ? rc : 0;
		if (want && !looked && peer_state(v) == OPEN) {
			looked = !spin(v, first, want, second, want2, left);
			if (!looked)
				continue;
		}
		/* Nothing can be moved while there is no client. */
		if (peer_state(v) == AWAITED)
			rc = sleep_for(v, 0, 0, left);
		else
			rc = sleep_for(v, (uint32_t)data, (uint32_t)space, left);
		if (rc)
			return rc;
		if (left > 0) {
			left = deadline - now();
			if (left < 0)
				left = 0;
		}
	}
}

EXPORT void isle_vchan_set_spin(struct isle_vchan *vchan, uint32_t max_ns)
{
	static const uint32_t most = 1000000000;

	if (get_nprocs() < 2)
		max_ns = 0;
	__atomic_store_n(&vchan->spin_max, max_ns < most ? max_ns : most, __ATOMIC_RELAXED);
}

EXPORT int isle_vchan_is_open(struct isle_vchan *vchan)
{
	return !own_side_gone(vchan) && peer_state(vchan) == OPEN;
}

EXPORT int isle_vchan_state(struct isle_vchan *vchan)
{
	if (fatal_error(vchan) == -EPROTO)
		return ISLE_VCHAN_STATE_BROKEN;
	return ask_state(vchan);
}

EXPORT ssize_t isle_vchan_data_ready(struct isle_vchan *vchan)
{
	ssize_t n = isle_vchan_need(vchan, &vchan->in, 1, false);

	return n == -EAGAIN ? 0 : n;
}

EXPORT ssize_t isle_vchan_buffer_space(struct isle_vchan *vchan)
{
	ssize_t n = isle_vchan_need(vchan, &vchan->out, 1, false);

	return n == -EAGAIN ? 0 : n;
}
