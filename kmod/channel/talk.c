// SPDX-License-Identifier: GPL-2.0
/*
 * What the two ends of a channel say to each other through the shared page:
 * whether they live, what was produced and consumed, and who wants to be woken.
 *
 * Anybody who has the page mapped can write anything there at any time, so
 * each word is read once into a local and checked before it is used.  Our own
 * indices are there too and nowhere else: a program may move data in its own
 * mapping, between calls that let the kernel do it.
 *
 * Waking.  Who wants to sleep sets a bit in what the other end has to do
 * (isle_channel_ask()), then looks again.  Who has moved an index then looks at
 * the bit, clears it and sends an event.  Between the two accesses there is a
 * full barrier on both sides, so at least one of them sees the other.
 *
 * The format is little-endian, and the bits are changed as parts of a word: no
 * machine with other habits has been seen.
 */
#include <linux/bitops.h>
#include <linux/build_bug.h>
#include <linux/kconfig.h>
#include <linux/wait.h>
#include <linux/stddef.h>

#include "channel/channel.h"
#include "core/domain.h"
#include "share/event.h"
#include "trace.h"

static_assert(IS_ENABLED(CONFIG_64BIT) && !IS_ENABLED(CONFIG_CPU_BIG_ENDIAN));

/* The word that the bits are in */
#define NOTIFY_WORD	offsetof(struct isle_vchan_page, left_order)
static_assert(NOTIFY_WORD % sizeof(long) == 0);
static_assert(offsetof(struct isle_vchan_page, srv_notify) - NOTIFY_WORD <
	      sizeof(long));

static unsigned long *notify_word(const struct isle_channel *ch)
{
	return (void *)ch->shared + NOTIFY_WORD;
}

/* Number in the word of the lowest bit of what the server, or client, does */
static unsigned int notify_shift(bool server)
{
	size_t offset = server ? offsetof(struct isle_vchan_page, srv_notify) :
				 offsetof(struct isle_vchan_page, cli_notify);

	return (offset - NOTIFY_WORD) * BITS_PER_BYTE;
}

static u8 *own_notify(const struct isle_channel *ch)
{
	return ch->server ? &ch->shared->srv_notify : &ch->shared->cli_notify;
}

/**
 * isle_channel_wake() - wake whoever waits for anything of an endpoint
 * @ch: its channel
 *
 * Context: any.
 */
void isle_channel_wake(struct isle_channel *ch)
{
	/*
	 * Not wake_up_poll(): nobody knows here what has happened, and io_uring
	 * takes the events that it is told for those that it reports.
	 */
	wake_up(ch->wait);
}

/**
 * isle_channel_fire() - isle_port_ops.fire
 * @private: the channel
 *
 * Context: any.
 */
void isle_channel_fire(void *private)
{
	struct isle_channel *ch = private;

	/* So that a client that comes and goes at once has been there */
	if (ch->server && !READ_ONCE(ch->joined) &&
	    READ_ONCE(ch->shared->cli_live) == ISLE_VCHAN_CONNECTED)
		WRITE_ONCE(ch->joined, true);
	isle_channel_wake(ch);
}

/**
 * isle_channel_parted() - isle_port_ops.parted
 * @private: the channel
 *
 * Context: any.
 * Return: true: no other client may connect to what the last one has left.
 */
bool isle_channel_parted(void *private)
{
	struct isle_channel *ch = private;

	/* A client that has gone before it was quite there does not count */
	if (ch->server && !READ_ONCE(ch->joined) &&
	    READ_ONCE(ch->shared->cli_live) != ISLE_VCHAN_CONNECTED)
		return false;
	WRITE_ONCE(ch->parted, true);
	isle_channel_wake(ch);
	return true;
}

/**
 * isle_channel_notify() - send the peer an event
 * @ch: the channel
 *
 * Context: process.
 */
void isle_channel_notify(struct isle_channel *ch)
{
	spin_lock(&ch->lock);
	if (ch->port)
		isle_port_notify(ch->port);
	spin_unlock(&ch->lock);
}

/**
 * isle_channel_finish() - end a channel, for good
 * @ch: the channel; its endpoint is there
 * @how: why
 *
 * Context: process.
 */
void isle_channel_finish(struct isle_channel *ch, enum isle_channel_end how)
{
	/*
	 * Its links go first when a domain dies, and its other ends may have
	 * gone: what its programs see is that it is dead.
	 */
	if (isle_domain_dead(ch->domain))
		how = ISLE_CHANNEL_DEAD;
	spin_lock(&ch->lock);
	if (how <= ch->ended) {
		spin_unlock(&ch->lock);
		return;
	}
	if (ch->ended == ISLE_CHANNEL_OPEN)
		ch->end = READ_ONCE(isle_channel_read_index(ch)->prod);
	/* Pairs with the acquire in isle_channel_look() */
	smp_store_release(&ch->ended, how);
	/*
	 * The peer, if it is somewhere, need not wait for us.  Pairs with the
	 * acquire in isle_channel_look(), so that it sees why.
	 */
	smp_store_release(isle_channel_own_live(ch), ISLE_VCHAN_EXITED);
	if (ch->port)
		isle_port_notify(ch->port);
	spin_unlock(&ch->lock);
	trace_isle_vchan_end(ch->domain->id, ch->server, how);
	isle_channel_wake(ch);
}

/**
 * isle_channel_look() - see how things are
 * @ch: the channel; its endpoint is there
 *
 * Context: process.
 * Return: 0 if the peer is there, ISLE_CHANNEL_LISTENING if there was no client
 * yet; -EPIPE (the peer has gone), -EPROTO, -ENOTCONN (nobody came in time),
 * -ENODEV.
 */
int isle_channel_look(struct isle_channel *ch)
{
	static const int errors[] = {
		[ISLE_CHANNEL_GONE] = -EPIPE,
		[ISLE_CHANNEL_BROKEN] = -EPROTO,
		[ISLE_CHANNEL_ABORTED] = -ENOTCONN,
		[ISLE_CHANNEL_DEAD] = -ENODEV,
	};
	/* Pairs with the release in isle_channel_finish(): @end is set */
	u8 ended = smp_load_acquire(&ch->ended);
	enum isle_channel_end how;
	u8 live;

	if (ended)
		return errors[ended];
	/*
	 * Before the indices: what the peer had written when it went is there.
	 * Pairs with the release in isle_channel_close(), and with what other
	 * implementations do before they clear it.
	 */
	live = smp_load_acquire(isle_channel_peer_live(ch));
	if (live == ISLE_VCHAN_CONNECTED && !READ_ONCE(ch->parted)) {
		if (ch->server && !READ_ONCE(ch->joined))
			WRITE_ONCE(ch->joined, true);
		return 0;
	}
	if (live <= ISLE_VCHAN_WAITING && ch->server && !READ_ONCE(ch->joined))
		return ISLE_CHANNEL_LISTENING;
	how = live == ISLE_VCHAN_EXITED || READ_ONCE(ch->parted) ?
	      ISLE_CHANNEL_GONE : ISLE_CHANNEL_BROKEN;
	isle_channel_finish(ch, how);
	/* Somebody else may have ended it otherwise */
	return errors[smp_load_acquire(&ch->ended)];
}

/*
 * How often to look again when the two indices of a ring do not fit together
 * and ours has moved between the looks at them.  Another thread of ours has
 * done that, and then the peer may have gone on, too.  As often as that, it was
 * the peer that plays with our index.
 */
#define LOOKS	16

/**
 * isle_channel_readable() - how much can be read
 * @ch: the channel; its endpoint is there
 * @cons: where it begins
 *
 * Context: process.
 * Return: how many bytes; 0 at the end of the stream; -EAGAIN if there are none
 * yet; -EPROTO, -ENOTCONN, -ENODEV.
 */
int isle_channel_readable(struct isle_channel *ch, u32 *cons)
{
	struct isle_vchan_ring *index = isle_channel_read_index(ch);
	int state = isle_channel_look(ch);
	int used, looks = LOOKS;
	u32 prod;

	if (state == ISLE_CHANNEL_LISTENING)
		return -EAGAIN;
	if (state && state != -EPIPE)
		return state;
	/* Our own index can be changed by the peer; the end is the end */
	if (state && READ_ONCE(ch->drained))
		return 0;
	do {
		*cons = READ_ONCE(index->cons);
		/*
		 * Pairs with the release in the peer's isle_channel_produce():
		 * the bytes are there before the index.
		 */
		prod = state ? ch->end : smp_load_acquire(&index->prod);
		used = isle_ring_used(&ch->read, prod, *cons);
	} while (used < 0 && READ_ONCE(index->cons) != *cons && --looks);
	if (used < 0)
		isle_channel_finish(ch, ISLE_CHANNEL_BROKEN);
	if (used)
		return used;
	if (!state)
		return -EAGAIN;
	WRITE_ONCE(ch->drained, true);
	return 0;
}

/**
 * isle_channel_writable() - how much can be written
 * @ch: the channel; its endpoint is there
 * @prod: where it begins
 *
 * Context: process.
 * Return: how many bytes; -EAGAIN if none fits or nobody is there yet; -EPIPE,
 * -EPROTO, -ENOTCONN, -ENODEV.
 */
int isle_channel_writable(struct isle_channel *ch, u32 *prod)
{
	struct isle_vchan_ring *index = isle_channel_write_index(ch);
	int state = isle_channel_look(ch);
	int used, looks = LOOKS;
	u32 cons;

	if (state == ISLE_CHANNEL_LISTENING)
		return -EAGAIN;
	if (state)
		return state;
	do {
		*prod = READ_ONCE(index->prod);
		/*
		 * Pairs with the release in the peer's isle_channel_consume():
		 * it has read the bytes that we are about to overwrite.
		 */
		cons = smp_load_acquire(&index->cons);
		used = isle_ring_used(&ch->write, *prod, cons);
	} while (used < 0 && READ_ONCE(index->prod) != *prod && --looks);
	if (used < 0) {
		isle_channel_finish(ch, ISLE_CHANNEL_BROKEN);
		return used;
	}
	return ch->write.size - used ?: -EAGAIN;
}

/* An index was moved: wake the peer if it wants to know. */
static void tell(struct isle_channel *ch, u8 bit)
{
	unsigned int nr = notify_shift(ch->server) + __ffs(bit);

	/*
	 * The index before the bit.  Pairs with the barrier in the peer's
	 * isle_channel_ask(), or request_notify() of libxenvchan.
	 */
	smp_mb();
	if ((READ_ONCE(*own_notify(ch)) & bit) &&
	    test_and_clear_bit(nr, notify_word(ch)))
		isle_channel_notify(ch);
}

/**
 * isle_channel_consume() - the bytes before an index were read
 * @ch: the channel
 * @cons: the index
 *
 * Context: process.
 */
void isle_channel_consume(struct isle_channel *ch, u32 cons)
{
	/* Pairs with the acquire in the peer's isle_channel_writable() */
	smp_store_release(&isle_channel_read_index(ch)->cons, cons);
	tell(ch, ISLE_VCHAN_NOTIFY_READ);
}

/**
 * isle_channel_produce() - the bytes before an index were written
 * @ch: the channel
 * @prod: the index
 *
 * Context: process.
 */
void isle_channel_produce(struct isle_channel *ch, u32 prod)
{
	/* Pairs with the acquire in the peer's isle_channel_readable() */
	smp_store_release(&isle_channel_write_index(ch)->prod, prod);
	tell(ch, ISLE_VCHAN_NOTIFY_WRITE);
}

/**
 * isle_channel_ask() - ask the peer for an event; then look again
 * @ch: the channel
 * @bits: set of ISLE_VCHAN_NOTIFY_WRITE (when it has written) and
 *	ISLE_VCHAN_NOTIFY_READ
 */
void isle_channel_ask(struct isle_channel *ch, u8 bits)
{
	unsigned int nr = notify_shift(!ch->server);
	unsigned long *word = notify_word(ch);

	if (bits & ISLE_VCHAN_NOTIFY_WRITE)
		set_bit(nr + __ffs(ISLE_VCHAN_NOTIFY_WRITE), word);
	if (bits & ISLE_VCHAN_NOTIFY_READ)
		set_bit(nr + __ffs(ISLE_VCHAN_NOTIFY_READ), word);
	/*
	 * The bit before the index.  Pairs with the barrier in the peer's
	 * tell(), or send_notify() of libxenvchan.
	 */
	smp_mb__after_atomic();
}
