/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CHANNEL_CHANNEL_H
#define ISLE_CHANNEL_CHANNEL_H

#include <linux/refcount.h>
#include <linux/spinlock.h>
#include <linux/types.h>
#include <linux/wait.h>
#include <isle/vchan.h>

#include "channel/ring.h"

struct isle_domain;
struct isle_grant;
struct isle_port;

/**
 * enum isle_channel_end - how a channel has ended; a later one overrides
 * @ISLE_CHANNEL_OPEN: it has not
 * @ISLE_CHANNEL_GONE: the peer is gone: what it has sent can be read
 * @ISLE_CHANNEL_BROKEN: the peer has put impossible values into the shared page
 * @ISLE_CHANNEL_ABORTED: nobody came in time
 * @ISLE_CHANNEL_DEAD: our own domain is dead
 */
enum isle_channel_end {
	ISLE_CHANNEL_OPEN,
	ISLE_CHANNEL_GONE,
	ISLE_CHANNEL_BROKEN,
	ISLE_CHANNEL_ABORTED,
	ISLE_CHANNEL_DEAD,
};

/* What isle_channel_look() says of a server without a client, besides errnos */
#define ISLE_CHANNEL_LISTENING	1

/* isle_channel.busy: somebody reads, or writes */
#define ISLE_CHANNEL_READING	0
#define ISLE_CHANNEL_WRITING	1

/**
 * struct isle_channel - one end of a channel, and the memory it shares
 * @refs: references
 * @lock: protects @ended's and @end's change, and @port
 * @server: we are the server: the pages are ours (constant)
 * @joined: server: the client was seen; never becomes false again (atomic)
 * @parted: the peer has closed its port; likewise
 * @ended: enum isle_channel_end; only grows
 * @end: after @ended: where what can be read ends
 * @drained: a reader was told of the end; never becomes false again (atomic)
 * @busy: ISLE_CHANNEL_READING, WRITING: taken with isle_channel_enter()
 * @contended: how many wait for a bit of @busy
 * @shared: the shared page (constant; what is in it is anybody's)
 * @read: the ring that we read (constant)
 * @write: the ring that we write (constant)
 * @wait: whom to wake; outlives @port (constant)
 * @port: wakes the peer; NULL once closed
 * @domain: whose end it is; a reference (constant)
 * @grant: of the shared page (constant)
 * @page: the shared page (constant)
 * @grants: of the rings' own pages, left before right (constant)
 * @pages: these pages (constant)
 * @n: how many they are (constant)
 * @rcu: for freeing it
 */
struct isle_channel {
	refcount_t refs;
	spinlock_t lock;	/* see above */
	bool server;
	bool joined;
	bool parted;
	u8 ended;
	bool drained;
	u32 end;
	unsigned long busy;
	atomic_t contended;
	u32 n;
	struct isle_vchan_page *shared;
	struct isle_ring read;
	struct isle_ring write;
	wait_queue_head_t *wait;
	struct isle_port *port;
	struct isle_domain *domain;
	struct isle_grant *grant;
	struct page *page;
	struct isle_grant **grants;
	struct page **pages;
	struct rcu_head rcu;
};

/* channel.c: its life */
struct isle_channel *isle_channel_serve(struct isle_domain *domain, u32 peer,
					u32 left_order, u32 right_order,
					wait_queue_head_t *wait);
struct isle_channel *isle_channel_join(struct isle_domain *domain, u32 server,
				       u32 ref, u32 port,
				       wait_queue_head_t *wait);
void isle_channel_greet(struct isle_channel *ch);
void isle_channel_close(struct isle_channel *ch);
void isle_channel_put(struct isle_channel *ch);
u32 isle_channel_ref(const struct isle_channel *ch);
u32 isle_channel_port(const struct isle_channel *ch);

/* talk.c: what is said through the shared page */
int isle_channel_look(struct isle_channel *ch);
void isle_channel_finish(struct isle_channel *ch, enum isle_channel_end how);
void isle_channel_wake(struct isle_channel *ch);
void isle_channel_notify(struct isle_channel *ch);
int isle_channel_readable(struct isle_channel *ch, u32 *cons);
int isle_channel_writable(struct isle_channel *ch, u32 *prod);
void isle_channel_consume(struct isle_channel *ch, u32 cons);
void isle_channel_produce(struct isle_channel *ch, u32 prod);
void isle_channel_ask(struct isle_channel *ch, u8 bits);
void isle_channel_fire(void *private);
bool isle_channel_parted(void *private);

/* stream.c: reading and writing */
ssize_t isle_channel_read(struct isle_channel *ch, struct iov_iter *to,
			  bool nowait);
ssize_t isle_channel_write(struct isle_channel *ch, struct iov_iter *from,
			   bool nowait);

/* The words of the shared page, by whose they are */

static inline struct isle_vchan_ring *
isle_channel_read_index(const struct isle_channel *ch)
{
	return ch->server ? &ch->shared->left : &ch->shared->right;
}

static inline struct isle_vchan_ring *
isle_channel_write_index(const struct isle_channel *ch)
{
	return ch->server ? &ch->shared->right : &ch->shared->left;
}

static inline u8 *isle_channel_own_live(const struct isle_channel *ch)
{
	return ch->server ? &ch->shared->srv_live : &ch->shared->cli_live;
}

static inline u8 *isle_channel_peer_live(const struct isle_channel *ch)
{
	return ch->server ? &ch->shared->cli_live : &ch->shared->srv_live;
}

#endif /* ISLE_CHANNEL_CHANNEL_H */
