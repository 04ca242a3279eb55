// SPDX-License-Identifier: GPL-2.0
/*
 * Reading from and writing to a channel as from and to a file.
 *
 * Bytes are copied straight between user memory and the ring.  User memory can
 * fault for as long as somebody else pleases, so what is held meanwhile keeps
 * nobody from anything but the same direction of the same channel: one bit per
 * direction.  It is not a mutex because whoever waits for it must also wake
 * when the channel dies.
 *
 * One write(2) holds it until all is written, so that what several threads
 * write does not mix.
 */
#include <linux/minmax.h>
#include <linux/sched/signal.h>
#include <linux/wait.h>
#include <linux/wait_bit.h>

#include "channel/channel.h"

/* Whether waiting for the other reader, or writer, is over; if so why. */
static bool entered(struct isle_channel *ch, int bit, int *err)
{
	*err = isle_channel_look(ch);
	/* At the end of the stream a reader may still have much to do */
	if (*err < 0 && (*err != -EPIPE || bit == ISLE_CHANNEL_WRITING))
		return true;
	*err = 0;
	return !test_and_set_bit_lock(bit, &ch->busy);
}

static int enter(struct isle_channel *ch, int bit, bool nowait)
{
	int err, dead = 0;

	if (likely(!test_and_set_bit_lock(bit, &ch->busy)))
		return 0;
	if (nowait)
		return -EAGAIN;
	/* Pairs with the barrier in leave(), by that of prepare_to_wait() */
	atomic_inc(&ch->contended);
	err = wait_event_interruptible(*ch->wait, entered(ch, bit, &dead));
	atomic_dec(&ch->contended);
	return err ?: dead;
}

static void leave(struct isle_channel *ch, int bit)
{
	clear_bit_unlock(bit, &ch->busy);
	/* Either we see who waits, or who waits sees the bit: see enter() */
	smp_mb__after_atomic();
	if (unlikely(atomic_read(&ch->contended)))
		isle_channel_wake(ch);
}

/* If there is nothing, the peer has been told to wake us. */
static bool can_read(struct isle_channel *ch, u32 *cons, int *n)
{
	*n = isle_channel_readable(ch, cons);
	if (*n == -EAGAIN) {
		isle_channel_ask(ch, ISLE_VCHAN_NOTIFY_WRITE);
		*n = isle_channel_readable(ch, cons);
	}
	return *n != -EAGAIN;
}

static bool can_write(struct isle_channel *ch, u32 *prod, int *n)
{
	*n = isle_channel_writable(ch, prod);
	if (*n == -EAGAIN) {
		isle_channel_ask(ch, ISLE_VCHAN_NOTIFY_READ);
		*n = isle_channel_writable(ch, prod);
	}
	return *n != -EAGAIN;
}

/*
 * A reader that got less than it wanted knows that there is no more, and may
 * wait for the next event without another read: see that there will be one.
 */
static void rearm(struct isle_channel *ch)
{
	u32 cons;
	int n;

	if (wq_has_sleeper(ch->wait) && can_read(ch, &cons, &n))
		isle_channel_wake(ch);
}

/**
 * isle_channel_read() - read what is there, and wait if that is nothing
 * @ch: the channel; its endpoint is there
 * @to: where to
 * @nowait: do not wait
 *
 * Context: process; may wait for user memory.
 * Return: how many bytes; 0 at the end of the stream; -EAGAIN, -EFAULT,
 * -ERESTARTSYS, -EPROTO, -ENOTCONN, -ENODEV.
 */
ssize_t isle_channel_read(struct isle_channel *ch, struct iov_iter *to,
			  bool nowait)
{
	u32 cons, copied;
	int n, err;

	if (!iov_iter_count(to))
		return 0;
	err = enter(ch, ISLE_CHANNEL_READING, nowait);
	if (err)
		return err;
	if (!can_read(ch, &cons, &n) && !nowait) {
		err = wait_event_interruptible(*ch->wait,
					       can_read(ch, &cons, &n));
		if (err)
			n = err;
	}
	if (n > 0) {
		n = min_t(size_t, n, iov_iter_count(to));
		copied = isle_ring_to_iter(&ch->read, cons, n, to);
		n = copied ?: -EFAULT;
		if (copied)
			isle_channel_consume(ch, cons + copied);
		if (iov_iter_count(to))
			rearm(ch);
	}
	leave(ch, ISLE_CHANNEL_READING);
	return n;
}

/**
 * isle_channel_write() - write all, and wait for space as often as it takes
 * @ch: the channel; its endpoint is there
 * @from: where from
 * @nowait: write what fits and do not wait
 *
 * Context: process; may wait for user memory.
 * Return: how many bytes, fewer than all if something else came; or if it came
 * first: -EAGAIN, -EFAULT, -ERESTARTSYS, -EPIPE, -EPROTO, -ENOTCONN, -ENODEV.
 */
ssize_t isle_channel_write(struct isle_channel *ch, struct iov_iter *from,
			   bool nowait)
{
	ssize_t done = 0;
	u32 prod, copied;
	int n, err;

	err = enter(ch, ISLE_CHANNEL_WRITING, nowait);
	if (err)
		return err;
	while (iov_iter_count(from)) {
		if (!can_write(ch, &prod, &n) && !nowait) {
			err = wait_event_interruptible(*ch->wait,
						       can_write(ch, &prod,
								 &n));
			if (err)
				n = err;
		}
		if (n < 0)
			goto out;
		n = min_t(size_t, n, iov_iter_count(from));
		copied = isle_ring_from_iter(&ch->write, prod, n, from);
		if (copied)
			isle_channel_produce(ch, prod + copied);
		done += copied;
		if (copied < n) {
			n = -EFAULT;
			goto out;
		}
	}
	n = 0;
out:
	leave(ch, ISLE_CHANNEL_WRITING);
	return done ?: n;
}
