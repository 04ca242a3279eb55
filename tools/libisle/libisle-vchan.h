/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libisle: channels between two domains, from C; isle_vchan(3)
 *
 * Comes with libisle.h, whose rules on errors, ownership and structs hold here
 * too.  A channel is a pair of byte streams in memory that both sides have
 * mapped, as Xen's vchan; the peer can be a program that uses libxenvchan.
 *
 * Moving data costs no system call.  The kernel is entered only to sleep, and
 * to wake a peer that has said that it sleeps.
 *
 * Threads.  One thread at a time may read and one at a time may write; they
 * can be two.  isle_vchan_next() and isle_vchan_close() need the handle for
 * themselves.
 *
 * fork(2).  Both processes have the same channel, not two: from then on one of
 * them uses its handle and the other closes its own, before it does anything
 * else with it.  The channel lives until the last of its files is closed.
 *
 * The peer may be hostile.  Whatever it does to the shared memory, a call
 * returns bytes from the ring, or -EPROTO, or the end of the stream; it does
 * not reach outside of the ring.  What isle_vchan_peek() points to can change
 * under the reader: copy before you check.
 *
 * Errors that can come from every call that moves data:
 * -EPROTO	the peer has put impossible values into the shared memory; the
 *		channel is dead from then on
 * -ENODEV	the own domain was destroyed (found when it would wait)
 * -EINTR	a signal came while waiting; nothing was done
 */
#ifndef LIBISLE_VCHAN_H
#define LIBISLE_VCHAN_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <isle/vchan.h>

#ifdef __cplusplus
extern "C" {
#endif

struct isle_domain;
struct isle_vchan;

/* ---- coming and going ----------------------------------------------------- */

/**
 * isle_domain_peer() - the number of a domain, by its name
 * @name: of the domain itself, or of one that is linked to it; "self": the
 *	domain itself; a decimal number is taken as it is
 *
 * -ENOENT: the domain sees no such domain.
 */
int isle_domain_peer(struct isle_domain *domain, const char *name);

/**
 * isle_vchan_listen() - offer a channel and wait for the client
 * @domain: whose channel it is; NULL: of the one that "islectl run" put the
 *	caller in
 * @peer: number of the client's domain, see isle_domain_peer()
 * @port: 1 to 63 letters, digits, '_' and '-'
 * @read_size: bytes that the ring for reading shall hold at least, to 1 MiB
 * @write_size: likewise, for writing
 * @flags: ISLE_VCHAN_NOWAIT: do not wait, isle_vchan_fd() becomes ready when
 *	the client comes; ISLE_VCHAN_PERSISTENT: for isle_vchan_next(); or 0
 * @timeout_ns: how long to wait; negative: for ever
 *
 * -EPERM: the domains are not linked.  -EADDRINUSE: somebody listens there.
 * -EDQUOT: out of grants, ports or room in the store.  -ETIMEDOUT, -EINTR:
 * nobody came.  -EOPNOTSUPP: the module has no channels.
 */
int isle_vchan_listen(struct isle_domain *domain, uint32_t peer, const char *port,
		      size_t read_size, size_t write_size, uint32_t flags,
		      int64_t timeout_ns, struct isle_vchan **vchan);

/**
 * isle_vchan_connect() - connect to a server
 * @server: number of its domain
 * @flags: ISLE_VCHAN_NOWAIT: -ENOENT if there is none now; 0: wait for it
 *
 * -EPERM: the domains are not linked.  -ECONNREFUSED: what is there is no
 * channel for us.  -EBUSY: it has a client.  -EDQUOT: out of mappings or
 * ports.  -ETIMEDOUT, -EINTR: no server came.
 */
int isle_vchan_connect(struct isle_domain *domain, uint32_t server, const char *port,
		       uint32_t flags, int64_t timeout_ns, struct isle_vchan **vchan);

/**
 * isle_vchan_from_fd() - make a handle of an endpoint that listens or is
 * connected; takes it over
 *
 * Goes on where the one that had it before has stopped.  -ENOTCONN: it is
 * joined to nothing.  -ENOTTY: it is something else.
 */
int isle_vchan_from_fd(int fd, struct isle_vchan **vchan);

/**
 * isle_vchan_close() - let go of the channel
 *
 * The peer reads what was written, then the end of the stream.
 */
void isle_vchan_close(struct isle_vchan *vchan);

/**
 * isle_vchan_next() - a persistent server, whose client has gone, waits for
 * the next one
 * @flags: ISLE_VCHAN_NOWAIT or 0
 *
 * What the last one had written and was not read is lost.  -EINVAL: not a
 * persistent server.  -EISCONN: the client is still there.  -ETIMEDOUT,
 * -EINTR: nobody came; it still listens, isle_vchan_wait() goes on waiting.
 */
int isle_vchan_next(struct isle_vchan *vchan, uint32_t flags, int64_t timeout_ns);

/* ---- asking --------------------------------------------------------------- */

/**
 * isle_vchan_fd() - for poll(2) and epoll(7)
 *
 * POLLIN: isle_vchan_try_read() has something to tell; POLLOUT: likewise
 * isle_vchan_try_write(); POLLHUP, POLLRDHUP: the peer is gone; POLLERR:
 * -EPROTO or -ENODEV.  Do not read(2) from or write(2) to it.
 */
int isle_vchan_fd(const struct isle_vchan *vchan);

/** isle_vchan_state() - ISLE_VCHAN_STATE_* of isle/vchan.h, or a negative errno */
int isle_vchan_state(struct isle_vchan *vchan);

/** isle_vchan_is_open() - 1 if the peer is there, otherwise 0 */
int isle_vchan_is_open(struct isle_vchan *vchan);

/** isle_vchan_data_ready() - bytes that can be read now */
ssize_t isle_vchan_data_ready(struct isle_vchan *vchan);

/** isle_vchan_buffer_space() - bytes that can be written now */
ssize_t isle_vchan_buffer_space(struct isle_vchan *vchan);

/** isle_vchan_read_size(), isle_vchan_write_size() - bytes that a ring holds */
size_t isle_vchan_read_size(const struct isle_vchan *vchan);
size_t isle_vchan_write_size(const struct isle_vchan *vchan);

int isle_vchan_get_info(struct isle_vchan *vchan, struct isle_vchan_info *info);

/**
 * isle_domain_vchan_next() - list the endpoints of a domain, joined or not
 * @domain: whose; NULL: of the one that "islectl run" put the caller in
 * @cursor: 0 to begin
 * @list: its size is the caller's; filled in
 *
 * Those of all programs, whoever they are, that have opened one; not what
 * programs have made with Xen's interfaces.  Returns 1; 0: that was the last
 * one; -EDQUOT: the domain is out of files, of which this needs one meanwhile;
 * -EOPNOTSUPP or -ENOTTY: the module does not know that.
 */
int isle_domain_vchan_next(struct isle_domain *domain, uint64_t *cursor,
			   struct isle_vchan_list *list);

/* ---- waiting -------------------------------------------------------------- */

/**
 * isle_vchan_wait() - until something can be done
 * @data: so many bytes can be read; 0: not for that
 * @space: or so many can be written; 0: not for that
 * @timeout_ns: how long; 0: only look; negative: for ever
 *
 * With neither a listening server waits for its client.  Also ends when the
 * peer goes.  -EMSGSIZE: no ring holds so much.  -EAGAIN: @timeout_ns is 0 and
 * it is not so.  -ETIMEDOUT.  Counts as reading and as writing.
 */
int isle_vchan_wait(struct isle_vchan *vchan, size_t data, size_t space,
		    int64_t timeout_ns);

/* ISLE_VCHAN_SPIN_DEFAULT - see isle_vchan_set_spin(); 50 us */
#define ISLE_VCHAN_SPIN_DEFAULT	50000

/**
 * isle_vchan_set_spin() - how long to look again before sleeping
 * @max_ns: at most so many nanoseconds; 0: not at all
 *
 * Every call that waits looks at the shared memory for a while first, because
 * a peer that is busy on another processor answers sooner than one can go to
 * sleep.  For how long, up to the bound, depends on how often that was of use.
 * With one processor nobody looks.  Begins with ISLE_VCHAN_SPIN_DEFAULT.
 */
void isle_vchan_set_spin(struct isle_vchan *vchan, uint32_t max_ns);

/* ---- streams -------------------------------------------------------------- */

/**
 * isle_vchan_read() - what there is, at most @len bytes; waits for one
 *
 * Returns how many.  0: the peer has gone, and everything was read.  That is
 * final: what a peer still writes after its end was seen is not delivered by
 * this handle, until isle_vchan_next().
 */
ssize_t isle_vchan_read(struct isle_vchan *vchan, void *data, size_t len);

/**
 * isle_vchan_write() - all of it; waits as often as it takes
 *
 * Returns @len.  Less: an error came in between, which the next call reports.
 * -EPIPE: the peer has gone.
 */
ssize_t isle_vchan_write(struct isle_vchan *vchan, const void *data, size_t len);

/**
 * isle_vchan_try_read(), isle_vchan_try_write() - what can be done at once
 *
 * -EAGAIN: nothing.
 */
ssize_t isle_vchan_try_read(struct isle_vchan *vchan, void *data, size_t len);
ssize_t isle_vchan_try_write(struct isle_vchan *vchan, const void *data, size_t len);

/* ---- exact sizes: all or nothing ------------------------------------------ */

/**
 * isle_vchan_send() - waits until all of it fits, then writes it at once
 *
 * Returns @len.  -EMSGSIZE: the ring does not hold so much.  -EPIPE: the peer
 * has gone.  isle_vchan_try_send() answers -EAGAIN instead of waiting.
 */
ssize_t isle_vchan_send(struct isle_vchan *vchan, const void *data, size_t len);
ssize_t isle_vchan_try_send(struct isle_vchan *vchan, const void *data, size_t len);

/**
 * isle_vchan_recv() - waits until @len bytes are there, then reads them
 *
 * Returns @len; 0: the peer has gone, and everything was read.  -EPIPE: the
 * peer has gone and left fewer, which isle_vchan_read() gets.  -EMSGSIZE: the
 * ring does not hold so much.  isle_vchan_try_recv() answers -EAGAIN instead
 * of waiting.
 */
ssize_t isle_vchan_recv(struct isle_vchan *vchan, void *data, size_t len);
ssize_t isle_vchan_try_recv(struct isle_vchan *vchan, void *data, size_t len);

/* ---- in place: without a copy --------------------------------------------- */

/**
 * isle_vchan_reserve() - where the next bytes to write go
 * @want: wait until there is room for so many; 0: do not wait
 * @data: where
 *
 * Returns how many bytes can be put there, at least @want.  In a ring that
 * isle_vchan_write_size() says has less than 4096 bytes, what lies across its
 * end comes in two pieces: then it can be fewer than @want.  Nothing is sent
 * before isle_vchan_commit(), which is also what finds out that the peer has
 * gone if there is room.  -EMSGSIZE, -EPIPE; -EAGAIN: @want is 0 and there is
 * no room.
 */
ssize_t isle_vchan_reserve(struct isle_vchan *vchan, size_t want, void **data);

/**
 * isle_vchan_commit() - send the first @len bytes of what was reserved
 *
 * Can be called more than once for a reservation; the peer sees them all at
 * once.  -EINVAL: it was not so much.  -EPIPE: the peer has gone.
 */
int isle_vchan_commit(struct isle_vchan *vchan, size_t len);

/**
 * isle_vchan_peek() - where the next bytes to read are
 * @want: wait until there are so many; 0: do not wait
 *
 * Returns how many there are, at least @want, with the same exception; fewer
 * also if the peer has gone, 0 at the end.  They stay until
 * isle_vchan_consume().  -EMSGSIZE; -EAGAIN: @want is 0 and there are none.
 */
ssize_t isle_vchan_peek(struct isle_vchan *vchan, size_t want, const void **data);

/** isle_vchan_consume() - done with the first @len bytes; -EINVAL: too many */
int isle_vchan_consume(struct isle_vchan *vchan, size_t len);

#ifdef __cplusplus
}
#endif

#endif /* LIBISLE_VCHAN_H */
