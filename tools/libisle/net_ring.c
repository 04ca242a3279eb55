// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The rings of a network device: frames as records in memory that the kernel
 * shares; struct isle_net_rings in isle/net.h says how.  A ring owns its
 * mappings, from when it is set up until the handle is closed.
 *
 * Each direction has a mutex, under which nothing waits.  The kernel is entered
 * only to have it look at what was sent, if it asks for that, and by those who
 * wait, elsewhere, in poll(2).
 */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "net.h"

#define PAGE_BYTES	4096u
#define RING_BYTES	(256u << 10)	/* of each; 170 frames of 1500 bytes */
#define RING_BYTES_BIG	(1u << 20)	/* if frames are larger than a page or two */
#define RECORD		sizeof(struct isle_net_record)
#define TRIES		64	/* to have the kernel make room before a frame is dropped */

/**
 * struct net_half - one direction
 * @lock: protects the rest and the words in the shared page that are ours
 * @data: the ring, twice in a row (constant)
 * @size: of the ring, a power of two (constant)
 * @own: our index
 * @peer: the kernel's, as last seen
 */
struct net_half {
	pthread_mutex_t lock;
	uint8_t *data;
	uint32_t size;
	uint32_t own;
	uint32_t peer;
} __attribute__((aligned(64)));

/**
 * struct net_ring - both directions
 * @page: indices
 * @hdr: frames have headers (constant)
 * @least: bytes of the shortest record that is sent (constant)
 * @most: of the longest (protected by @tx.lock)
 * @quiet: what is in @page (protected by @rx.lock)
 * @waiters: threads that wait for a frame, or are about to (likewise)
 */
struct net_ring {
	struct isle_net_rings *page;
	bool hdr;
	size_t least;
	size_t most;
	uint32_t quiet;
	unsigned int waiters;
	struct net_half tx;
	struct net_half rx;
};

static uint32_t record_bytes(size_t len)
{
	return (uint32_t)(RECORD + ((len + 7) & ~(size_t)7));
}

static int map(int fd, size_t size, uint64_t offset, void *where)
{
	void *at = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, fd,
			(off_t)offset);

	if (at == MAP_FAILED)
		return -errno;
	memcpy(where, &at, sizeof(at));
	return 0;
}

void net_ring_destroy(struct net_ring *ring)
{
	if (!ring)
		return;
	if (ring->rx.data)
		munmap(ring->rx.data, 2ul * ring->rx.size);
	if (ring->tx.data)
		munmap(ring->tx.data, 2ul * ring->tx.size);
	if (ring->page)
		munmap(ring->page, PAGE_BYTES);
	free(ring);
}

/* What says that there is no ring for us, and not that something is wrong */
static bool do_without(int rc)
{
	switch (rc) {
	case -EBUSY:
	case -EBADF:
	case -EDQUOT:
	case -ENOMEM:
	case -ENOTTY:
	case -EOPNOTSUPP:
		return true;
	}
	return false;
}

/** net_ring_create() - 0 also if there is none: then it is a call per frame */
int net_ring_create(struct isle_net *net, uint32_t mtu, bool hdr)
{
	uint32_t size = hdr || mtu > 2 * PAGE_BYTES ? RING_BYTES_BIG : RING_BYTES;
	struct isle_net_ring_setup setup = {
		.size = sizeof(setup),
		.tx_size = size,
		.rx_size = size,
	};
	struct net_ring *ring;
	int rc;

	/* First, so that nothing can fail for lack of it later */
	ring = aligned_alloc(_Alignof(struct net_ring), sizeof(*ring));
	if (!ring)
		return -ENOMEM;
	memset(ring, 0, sizeof(*ring));
	ring->hdr = hdr;
	ring->least = ISLE_NET_HEADER + (hdr ? ISLE_NET_HDR_SIZE : 0);
	ring->most = hdr ? ISLE_NET_HDR_SIZE + ISLE_NET_FRAME_MAX : ISLE_NET_HEADER + mtu;
	ring->tx.size = size;
	ring->rx.size = size;
	pthread_mutex_init(&ring->tx.lock, NULL);
	pthread_mutex_init(&ring->rx.lock, NULL);
	rc = isle_ioctl(net->fd, ISLE_NET_RING_SETUP, &setup);
	if (rc) {
		free(ring);
		return do_without(rc) ? 0 : rc;
	}
	rc = map(net->fd, PAGE_BYTES, 0, &ring->page);
	if (!rc)
		rc = map(net->fd, 2ul * size, setup.tx_offset, &ring->tx.data);
	if (!rc)
		rc = map(net->fd, 2ul * size, setup.rx_offset, &ring->rx.data);
	if (rc) {
		net_ring_destroy(ring);
		return rc;
	}
	ring->tx.own = __atomic_load_n(&ring->page->tx_prod, __ATOMIC_RELAXED);
	ring->tx.peer = ring->tx.own;
	ring->rx.own = __atomic_load_n(&ring->page->rx_cons, __ATOMIC_RELAXED);
	ring->rx.peer = ring->rx.own;
	/* Nobody here ever waits for room. */
	ring->quiet = ISLE_NET_QUIET_TX;
	__atomic_store_n(&ring->page->quiet, ring->quiet, __ATOMIC_RELAXED);
	net->ring = ring;
	return 0;
}

/* ---- sending --------------------------------------------------------------- */

static int kick(struct isle_net *net)
{
	struct isle_net_none arg = { .size = sizeof(arg) };

	return isle_ioctl(net->fd, ISLE_NET_KICK, &arg);
}

/* Publishes what was put into the ring.  Value: as kick(). */
static int publish(struct isle_net *net)
{
	struct net_ring *ring = net->ring;

	/* Pairs with the kernel's acquire: the records are there first. */
	__atomic_store_n(&ring->page->tx_prod, ring->tx.own, __ATOMIC_RELEASE);
	/* Pairs with the kernel's, between setting kick and its last look. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(&ring->page->kick, __ATOMIC_RELAXED) & ISLE_NET_KICK_TX)
		return kick(net);
	return 0;
}

/* Whether @bytes fit; looks at the kernel's index only if they seem not to */
static bool has_room(struct net_ring *ring, uint32_t bytes)
{
	struct net_half *h = &ring->tx;

	if (h->size - (h->own - h->peer) >= bytes)
		return true;
	/* Pairs with the kernel's release: it has done with those bytes. */
	h->peer = __atomic_load_n(&ring->page->tx_cons, __ATOMIC_ACQUIRE);
	return h->own - h->peer <= h->size && h->size - (h->own - h->peer) >= bytes;
}

/*
 * Where the record for a frame goes; NULL: there is no room although the kernel
 * has looked at the ring, or is about to on another processor.
 */
static uint8_t *reserve(struct isle_net *net, size_t len, int *rc)
{
	struct net_ring *ring = net->ring;

	if (!has_room(ring, record_bytes(len))) {
		*rc = publish(net);
		for (int i = 0; !*rc && i < TRIES; i++) {
			*rc = kick(net);
			if (has_room(ring, record_bytes(len)))
				break;
			sched_yield();
		}
		if (*rc || !has_room(ring, record_bytes(len)))
			return NULL;
	}
	return ring->tx.data + (ring->tx.own & (ring->tx.size - 1));
}

static void finish(struct net_ring *ring, uint8_t *record, size_t len)
{
	struct isle_net_record head = { .len = (uint32_t)len };

	memcpy(record, &head, sizeof(head));
	ring->tx.own += record_bytes(len);
}

/*
 * Whether the kernel would send it: in a ring nobody could be told.  The MTU is
 * asked for only if the one we know is too small; should it have shrunk, the
 * frame is lost and counted, as if it had been under way.
 */
static int check_length(struct isle_net *net, size_t len)
{
	struct isle_net_info info = { .size = sizeof(info) };
	struct net_ring *ring = net->ring;
	int rc;

	if (len < ring->least)
		return -EINVAL;
	if (len <= ring->most)
		return 0;
	rc = isle_ioctl(net->fd, ISLE_NET_INFO, &info);
	if (rc)
		return rc;
	if (!ring->hdr)
		ring->most = ISLE_NET_HEADER + info.mtu;
	return len <= ring->most ? 0 : -EINVAL;
}

static void gather(uint8_t *to, const struct iovec *iov, int iovcnt)
{
	for (int i = 0; i < iovcnt; i++) {
		memcpy(to, iov[i].iov_base, iov[i].iov_len);
		to += iov[i].iov_len;
	}
}

/* Puts one frame into the ring; the caller publishes. */
static int put(struct isle_net *net, const struct iovec *iov, int iovcnt, size_t len)
{
	int rc = check_length(net, len);
	uint8_t *record;

	if (rc)
		return rc;
	record = reserve(net, len, &rc);
	if (!record) {
		if (rc)
			return rc;
		/*
		 * So that it is counted: the kernel sends it, or drops it if it
		 * would overtake what is in the ring.
		 */
		return writev(net->fd, iov, iovcnt) < 0 ? -errno : 0;
	}
	gather(record + RECORD, iov, iovcnt);
	finish(net->ring, record, len);
	return 0;
}

/*
 * Whether the kernel would have to be called for one frame anyway, and there are
 * none before it: then write(2) is the shorter way.
 */
static bool asleep(const struct net_ring *ring)
{
	return (__atomic_load_n(&ring->page->kick, __ATOMIC_RELAXED) & ISLE_NET_KICK_TX) &&
	       __atomic_load_n(&ring->page->tx_cons, __ATOMIC_ACQUIRE) == ring->tx.own;
}

static int send_directly(struct isle_net *net, const struct iovec *iov, int iovcnt)
{
	ssize_t rc = iovcnt == 1 ? write(net->fd, iov->iov_base, iov->iov_len) :
				   writev(net->fd, iov, iovcnt);

	return rc < 0 ? -errno : 0;
}

int net_ring_writev(struct isle_net *net, const struct iovec *iov, int iovcnt, size_t len)
{
	struct net_half *tx = &net->ring->tx;
	int rc;

	/* writev(2) of nothing would be no error */
	if (len < net->ring->least)
		return -EINVAL;
	pthread_mutex_lock(&tx->lock);
	if (asleep(net->ring)) {
		rc = send_directly(net, iov, iovcnt);
	} else {
		rc = put(net, iov, iovcnt, len);
		if (!rc)
			rc = publish(net);
	}
	pthread_mutex_unlock(&tx->lock);
	return rc;
}

int net_ring_write_batch(struct isle_net *net, const struct isle_net_frame *frames,
			 unsigned int count)
{
	struct net_half *tx = &net->ring->tx;
	unsigned int done;
	int rc = 0, told;

	pthread_mutex_lock(&tx->lock);
	for (done = 0; done < count; done++) {
		struct iovec iov = { frames[done].data, frames[done].len };

		rc = put(net, &iov, 1, iov.iov_len);
		if (rc)
			break;
	}
	told = done ? publish(net) : 0;
	pthread_mutex_unlock(&tx->lock);
	if (told)
		return told;
	return done ? (int)done : rc;
}

/* ---- receiving ------------------------------------------------------------- */

/* Bytes that there are to read, or -EPROTO */
static int64_t available(struct net_ring *ring)
{
	struct net_half *h = &ring->rx;

	if (h->peer == h->own)
		/* Pairs with the kernel's release: the records are there. */
		h->peer = __atomic_load_n(&ring->page->rx_prod, __ATOMIC_ACQUIRE);
	if (h->peer - h->own > h->size)
		return -EPROTO;
	return h->peer - h->own;
}

/* Takes one frame out of the ring; the caller publishes. */
static int take(struct net_ring *ring, struct isle_net_frame *frame)
{
	int64_t there = available(ring);
	struct net_half *h = &ring->rx;
	struct isle_net_record *record;
	uint32_t len;

	if (there <= 0)
		return there ? (int)there : -EAGAIN;
	if ((uint64_t)there < RECORD)
		return -EPROTO;
	record = (struct isle_net_record *)(h->data + (h->own & (h->size - 1)));
	/* Once: another program that has the file could change it. */
	len = __atomic_load_n(&record->len, __ATOMIC_RELAXED);
	if (len > (uint64_t)there - RECORD || record_bytes(len) > (uint64_t)there)
		return -EPROTO;
	if (len > frame->size)
		return -EMSGSIZE;
	memcpy(frame->data, record + 1, len);
	frame->len = len;
	h->own += record_bytes(len);
	return 0;
}

/*
 * While there are more frames nobody who reads has to be woken, unless others
 * wait: one may have seen the ring empty before the last of them came.  Who is
 * about to sleep enters poll(2), which looks again: no barrier is needed here.
 */
static void be_quiet(struct net_ring *ring)
{
	uint32_t quiet = ISLE_NET_QUIET_TX;

	if (!ring->waiters && available(ring) > 0)
		quiet |= ISLE_NET_QUIET_RX;
	if (quiet == ring->quiet)
		return;
	ring->quiet = quiet;
	__atomic_store_n(&ring->page->quiet, quiet, __ATOMIC_RELAXED);
}

void net_ring_wait_begin(struct net_ring *ring)
{
	pthread_mutex_lock(&ring->rx.lock);
	ring->waiters++;
	be_quiet(ring);
	pthread_mutex_unlock(&ring->rx.lock);
}

void net_ring_wait_end(struct net_ring *ring)
{
	pthread_mutex_lock(&ring->rx.lock);
	ring->waiters--;
	pthread_mutex_unlock(&ring->rx.lock);
}

int net_ring_read_batch(struct isle_net *net, struct isle_net_frame *frames,
			unsigned int count)
{
	struct net_ring *ring = net->ring;
	struct net_half *h = &ring->rx;
	unsigned int done;
	int rc = 0;

	pthread_mutex_lock(&h->lock);
	for (done = 0; done < count; done++) {
		rc = take(ring, &frames[done]);
		if (rc)
			break;
	}
	/* Pairs with the kernel's acquire: we have done with those bytes. */
	if (done)
		__atomic_store_n(&ring->page->rx_cons, h->own, __ATOMIC_RELEASE);
	be_quiet(ring);
	pthread_mutex_unlock(&h->lock);
	return done ? (int)done : rc;
}
