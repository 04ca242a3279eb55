// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A function that is called with every frame.  A listener owns a thread, an
 * eventfd by which it is stopped, and buffers; the thread uses the handle until
 * it is joined or, if the function itself has closed the handle, frees it.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "net.h"

#define BATCH	32
#define ROOM	65600	/* no frame is longer, whatever the MTU becomes */

_Static_assert(ISLE_NET_HDR_SIZE + ISLE_NET_FRAME_MAX <= ROOM, "the longest frame");

/* Whose thread this is, if it is one of ours */
static __thread struct net_listener *current;

static void listener_free(struct net_listener *l)
{
	if (l->stop_fd >= 0)
		close(l->stop_fd);
	free(l->room);
	free(l);
}

/* Its function closed the handle: nobody else will look at either. */
static void end_alone(struct isle_net *net, struct net_listener *l)
{
	pthread_detach(pthread_self());
	listener_free(l);
	isle_net_free(net);
}

static bool told_to_stop(const struct net_listener *l)
{
	struct pollfd pfd = { .fd = l->stop_fd, .events = POLLIN };

	return poll(&pfd, 1, 0) > 0;
}

/* Value: 0 to go on; -EAGAIN: there is nothing; otherwise the listener is over. */
static int hand_out(struct isle_net *net, struct net_listener *l,
		    struct isle_net_frame *frames)
{
	int count = isle_net_try_read_batch(net, frames, BATCH);

	if (count == -EAGAIN)
		return count;
	if (count < 0) {
		l->fn(l->arg, NULL, count);
		return -ECANCELED;
	}
	for (int i = 0; i < count; i++) {
		l->fn(l->arg, frames[i].data, (ssize_t)frames[i].len);
		if (l->stopped || told_to_stop(l))
			return -ECANCELED;
	}
	return 0;
}

static void *listen_thread(void *arg)
{
	struct isle_net *net = arg;
	struct net_listener *l = net->listener;
	struct isle_net_frame frames[BATCH];
	struct pollfd fds[2] = {
		{ .fd = net->fd, .events = POLLIN },
		{ .fd = l->stop_fd, .events = POLLIN },
	};
	int rc = 0;

	current = l;
	for (int i = 0; i < BATCH; i++)
		frames[i] = (struct isle_net_frame){ .data = l->room + (size_t)i * ROOM,
						     .size = ROOM };
	while (rc != -ECANCELED) {
		rc = hand_out(net, l, frames);
		if (rc != -EAGAIN)
			continue;
		/* What was there before it broke has been handed out. */
		if (fds[0].revents & (POLLERR | POLLHUP | POLLNVAL)) {
			l->fn(l->arg, NULL, isle_net_why(net));
			break;
		}
		if (net->ring)
			net_ring_wait_begin(net->ring);
		poll(fds, 2, -1);
		if (net->ring)
			net_ring_wait_end(net->ring);
		if (fds[1].revents)
			break;
	}
	if (l->stopped)
		end_alone(net, l);
	return NULL;
}

EXPORT int isle_net_listen(struct isle_net *net, isle_net_fn fn, void *arg)
{
	struct net_listener *l, *none = NULL;
	sigset_t all, before;
	int rc;

	l = calloc(1, sizeof(*l));
	if (!l)
		return -ENOMEM;
	l->fn = fn;
	l->arg = arg;
	/* What is never used of it costs nothing. */
	l->room = malloc((size_t)BATCH * ROOM);
	l->stop_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (!l->room || l->stop_fd < 0) {
		rc = l->room ? -errno : -ENOMEM;
		goto fail;
	}
	if (!__atomic_compare_exchange_n(&net->listener, &none, l, false, __ATOMIC_ACQ_REL,
					 __ATOMIC_ACQUIRE)) {
		rc = -EALREADY;
		goto fail;
	}
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	rc = -pthread_create(&l->thread, NULL, listen_thread, net);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	if (!rc)
		return 0;
	__atomic_store_n(&net->listener, NULL, __ATOMIC_RELEASE);
fail:
	listener_free(l);
	return rc;
}

bool isle_net_stop_listening(struct isle_net *net)
{
	struct net_listener *l = net->listener;
	uint64_t one = 1;

	if (!l)
		return false;
	if (current == l) {
		l->stopped = true;
		return true;
	}
	/* An eventfd takes a one whatever it has: it cannot fail. */
	while (write(l->stop_fd, &one, sizeof(one)) < 0 && errno == EINTR)
		continue;
	pthread_join(l->thread, NULL);
	listener_free(l);
	net->listener = NULL;
	return false;
}
