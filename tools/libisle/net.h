/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of a network device's handle share.
 */
#ifndef LIBISLE_NET_INTERNAL_H
#define LIBISLE_NET_INTERNAL_H

#include <pthread.h>

#include "internal.h"
#include "libisle-net.h"

struct net_ring;

/**
 * struct net_listener - a thread that hands frames to a function
 * @thread: it
 * @stop_fd: an eventfd; readable: the thread shall end
 * @stopped: set by isle_net_close() in the thread itself: it frees the handle
 * @room: where frames are read to
 * @fn: the function
 * @arg: its first argument
 */
struct net_listener {
	pthread_t thread;
	int stop_fd;
	bool stopped;		/* used by the thread only */
	char *room;
	isle_net_fn fn;
	void *arg;
};

/**
 * struct isle_net - a network device, connected
 * @fd: its file, which does not block (constant)
 * @ring: the shared memory; NULL: each frame is a system call (constant)
 * @listener: or NULL (atomic: set once)
 */
struct isle_net {
	int fd;
	struct net_ring *ring;
	struct net_listener *listener;
};

/* net.c */
void isle_net_free(struct isle_net *net);

/* net_io.c */
int isle_net_why(struct isle_net *net);

/* net_listen.c; value: whether the handle is freed by the listener's thread */
bool isle_net_stop_listening(struct isle_net *net);

/* net_ring.c */
int net_ring_create(struct isle_net *net, uint32_t mtu, bool hdr);
void net_ring_destroy(struct net_ring *ring);
int net_ring_writev(struct isle_net *net, const struct iovec *iov, int iovcnt, size_t len);
int net_ring_write_batch(struct isle_net *net, const struct isle_net_frame *frames,
			 unsigned int count);
/* Around waiting for a frame in poll(2); whoever does it there is to be woken. */
void net_ring_wait_begin(struct net_ring *ring);
void net_ring_wait_end(struct net_ring *ring);
int net_ring_read_batch(struct isle_net *net, struct isle_net_frame *frames,
			unsigned int count);

#endif /* LIBISLE_NET_INTERNAL_H */
