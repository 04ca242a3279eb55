// SPDX-License-Identifier: GPL-2.0
/*
 * Moving data between a channel and files, both ways at once.  Owns a thread
 * while it runs; the channel and the files are the caller's.
 *
 * The thread reads from the input straight into the ring, the caller writes to
 * the output straight from the other one.  Both sleep in poll(2), because each
 * can end the other: by an event that stays signalled.
 */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "islectl.h"

/* No longer than what a pipe takes, so that the peer can go on meanwhile */
#define AT_ONCE 65536

/**
 * struct pumping - what both directions share
 * @stop: an event: end as soon as nothing more can be moved at once
 * @in_error: how the thread ended; read once it was joined
 * @over: @stop is signalled
 * @failed: the output is of no use any more
 * @left: bytes that were there when the input ended and are still to be put
 *	out; -1: it has not ended.  The caller's.
 */
struct pumping {
	struct isle_vchan *vchan;
	int in;
	int out;
	bool keep;
	int stop;
	int in_error;
	atomic_bool over;
	atomic_bool failed;
	ssize_t left;
};

static void end_other(struct pumping *p)
{
	uint64_t one = 1;

	atomic_store(&p->over, true);
	while (write(p->stop, &one, sizeof(one)) < 0 && errno == EINTR)
		;
}

/* Until the file is ready, or the other direction has ended. */
static void sleep_on(struct pumping *p, int fd, short events)
{
	struct pollfd fds[] = {
		{ .fd = fd, .events = events },
		{ .fd = p->stop, .events = POLLIN },
	};

	poll(fds, 2, -1);
}

static void complain_channel(int rc)
{
	if (rc == -EPROTO)
		complain("the peer has damaged the channel: %s", because(rc));
	else if (rc == -EPIPE)
		complain("the peer has closed the channel before all was sent");
	else
		complain("the channel has failed: %s", because(rc));
}

/* Whether there was more to send than the peer wanted. */
static bool more_input(struct pumping *p)
{
	char byte;

	return read(p->in, &byte, 1) > 0;
}

/* One turn: 1 to go on, 0 at the end of the input, or a negative errno. */
static int move_in(struct pumping *p)
{
	struct pollfd ready = { .fd = p->in, .events = POLLIN };
	ssize_t room, n;
	void *data;
	int rc;

	if (atomic_load(&p->failed))
		return 0;
	/* First the input, so that its end is seen also when the ring is full. */
	if (poll(&ready, 1, 0) <= 0) {
		if (atomic_load(&p->over))
			return 0;
		sleep_on(p, p->in, POLLIN);
		return 1;
	}
	room = isle_vchan_reserve(p->vchan, 0, &data);
	if (room == -EAGAIN) {
		sleep_on(p, isle_vchan_fd(p->vchan), POLLOUT);
		return 1;
	}
	if (room == -EPIPE)
		return more_input(p) ? -EPIPE : 0;
	if (room < 0)
		return (int)room;
	n = read(p->in, data, room < AT_ONCE ? (size_t)room : AT_ONCE);
	if (n < 0 && (errno == EINTR || errno == EAGAIN))
		return 1;
	/* A socket that was torn down, a terminal that hung up. */
	if (n < 0 && errno != ECONNRESET && errno != EIO) {
		complain("cannot read the input: %s", because(-errno));
		return -EIO;
	}
	if (n <= 0)
		return 0;
	rc = isle_vchan_commit(p->vchan, (size_t)n);
	return rc ? rc : 1;
}

static void *pump_in(void *arg)
{
	struct pumping *p = arg;
	int rc;

	do {
		rc = move_in(p);
	} while (rc > 0);
	if (rc < 0 && rc != -EIO)
		complain_channel(rc);
	p->in_error = rc;
	if (rc || !p->keep)
		end_other(p);
	return NULL;
}

/* One turn: 1 to go on, 0 at the end, PUMP_REFUSED + 1, or a negative errno. */
static int move_out(struct pumping *p)
{
	const void *data;
	ssize_t n;
	int rc;

	/* A peer that goes on sending does not keep us. */
	if (p->left < 0 && atomic_load(&p->over))
		p->left = isle_vchan_data_ready(p->vchan);
	if (!p->left)
		return 0;
	n = isle_vchan_peek(p->vchan, 0, &data);
	if (n == -EAGAIN) {
		sleep_on(p, isle_vchan_fd(p->vchan), POLLIN);
		return 1;
	}
	if (n < 0) {
		complain_channel((int)n);
		return (int)n;
	}
	if (!n)
		return 0;
	if (p->left > 0 && n > p->left)
		n = p->left;
	n = write(p->out, data, n < AT_ONCE ? (size_t)n : AT_ONCE);
	if (n < 0 && errno == EAGAIN) {
		struct pollfd ready = { .fd = p->out, .events = POLLOUT };

		poll(&ready, 1, -1);
		return 1;
	}
	if (n < 0 && errno == EINTR)
		return 1;
	if (n < 0 && (errno == EPIPE || errno == ECONNRESET))
		return PUMP_REFUSED + 1;
	if (n < 0) {
		complain("cannot write the output: %s", because(-errno));
		return -EIO;
	}
	if (p->left > 0)
		p->left -= n;
	rc = isle_vchan_consume(p->vchan, (size_t)n);
	if (rc)
		complain_channel(rc);
	return rc ? rc : 1;
}

/**
 * pump() - move data both ways until one of them ends
 * @in: what to send; -1: nothing.  Its end is the end of both ways, unless @keep.
 * @out: where to put what comes.  The peer's end is the end of both ways.
 *
 * Returns 0; PUMP_REFUSED: @out took no more, and @in has ended since; or a
 * negative errno, and has complained.
 */
int pump(struct isle_vchan *vchan, int in, int out, bool keep)
{
	struct pumping p = { .vchan = vchan, .in = in, .out = out, .keep = keep, .left = -1 };
	sigset_t all, before;
	pthread_t thread;
	int rc;

	p.stop = eventfd(0, EFD_CLOEXEC);
	if (p.stop < 0)
		die("cannot make an event: %s", because(-errno));
	if (in >= 0) {
		/* Signals are for the one that was there before. */
		sigfillset(&all);
		pthread_sigmask(SIG_BLOCK, &all, &before);
		rc = pthread_create(&thread, NULL, pump_in, &p);
		pthread_sigmask(SIG_SETMASK, &before, NULL);
		if (rc)
			die("cannot start a thread: %s", because(-rc));
	}
	do {
		rc = move_out(&p);
	} while (rc == 1);
	if (rc == PUMP_REFUSED + 1)
		rc = PUMP_REFUSED;
	if (in >= 0) {
		/* What a program has left to say is still to be sent. */
		atomic_store(&p.failed, rc < 0);
		if (rc != PUMP_REFUSED)
			end_other(&p);
		pthread_join(thread, NULL);
		if (p.in_error)
			rc = p.in_error;
	}
	close(p.stop);
	return rc;
}
