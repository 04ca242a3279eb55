/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libisle: network devices of a domain, from C; isle_net(3)
 *
 * Comes with libisle.h, whose rules on errors, ownership and structs hold here
 * too.  A network device moves Ethernet frames, without checksum at the end,
 * between the program and whoever is on the other side: an interface of the
 * host, or the device of another domain.
 *
 * Where the module offers it, frames go through memory that it shares with the
 * program, and most calls cost no system call; otherwise each frame is one.  A
 * program does not see which, except by isle_net_is_ring().
 *
 * Frames.  One has at least ISLE_NET_FRAME_MIN bytes and at most the MTU more
 * than that.  What is sent does not wait for anybody: a frame that cannot be
 * taken is dropped, as by any network, and counted.
 *
 * Threads.  Any number of threads may use a handle at the same time, except to
 * close it.
 *
 * fork(2).  Both processes have the same device, not two: from then on one of
 * them uses its handle, and the other one ends without touching its own (a
 * listener does not come along).
 *
 * Errors that can come from every call that moves frames:
 * -ENODEV	the device was removed, or its domain destroyed; with a ring the
 *		calls that do not wait find out only when they enter the kernel
 * -EPROTO	somebody has put impossible values into the shared memory; the
 *		handle is of no more use
 */
#ifndef LIBISLE_NET_H
#define LIBISLE_NET_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#include <isle/net.h>

#ifdef __cplusplus
extern "C" {
#endif

struct isle_control;
struct isle_domain;
struct isle_net;

/**
 * isle_control_net_add() - give a domain a network device
 *
 * As isle_control_device_add(), with what isle/net.h says of the config.
 */
int isle_control_net_add(struct isle_control *control, uint32_t domid, const char *name,
			 const struct isle_net_config *config, uint64_t *unique);

/**
 * isle_control_net_connect() - a cable between devices of two domains
 *
 * What one sends the other receives, and no longer the host.  -EPERM: the
 * domains are not linked.  -EBUSY: one of the devices has a cable.
 */
int isle_control_net_connect(struct isle_control *control, uint32_t domid,
			     const char *name, uint32_t peer, const char *peer_name);

/** isle_control_net_disconnect() - take it away; -ENOTCONN: there is none */
int isle_control_net_disconnect(struct isle_control *control, uint32_t domid,
				const char *name);

/* ---- connecting ----------------------------------------------------------- */

/* isle_net_open() and the other two: flags */
#define ISLE_NET_OPEN_NO_RING	(1U << 0)	/* a system call per frame, always */
#define ISLE_NET_OPEN_HDR	(1U << 1)	/* with offloads, see isle_net_open() */
#define ISLE_NET_OPEN_USO	(1U << 2)	/* and that of UDP */

/**
 * isle_net_open() - connect to a device
 * @name: of a device of the domain that "islectl run" put the caller in; or
 *	the path of a node, which has a '/' in it
 * @flags: ISLE_NET_OPEN_*
 *
 * With ISLE_NET_OPEN_HDR every frame, in both directions, has a struct
 * virtio_net_hdr (ISLE_NET_HDR_SIZE bytes) before it, and all offloads of the
 * device are in use: see ISLE_NET_MODE in isle/net.h.  ISLE_NET_USO is only with
 * ISLE_NET_OPEN_USO, because what takes such headers, a TAP interface for one, may
 * not know its type; without ISLE_NET_OPEN_HDR that is -EINVAL.
 *
 * -ENOENT: there is none.  -EDQUOT: ISLE_QUOTA_FILES.  -EBUSY:
 * ISLE_NET_OPEN_HDR, and another file has asked for offloads.
 *
 * While one handle has the device's ring, others can send, but do not receive:
 * -EBUSY.
 */
int isle_net_open(const char *name, uint32_t flags, struct isle_net **net);

/** isle_net_open_in() - connect to a device of a domain that the caller holds */
int isle_net_open_in(struct isle_domain *domain, const char *name, uint32_t flags,
		     struct isle_net **net);

/**
 * isle_net_from_fd() - make a handle of a device's file; takes it over
 *
 * The file becomes non-blocking.  -ENOTTY: it is something else.
 */
int isle_net_from_fd(int fd, uint32_t flags, struct isle_net **net);

/**
 * isle_net_close() - disconnect
 *
 * A listener is stopped: its function is not called any more once this has
 * returned.  May be called by that function, which is then not called again.
 */
void isle_net_close(struct isle_net *net);

/**
 * isle_net_fd() - for poll(2) and epoll(7)
 *
 * POLLIN: there is a frame to read; POLLERR | POLLHUP: the device is gone.
 * Before waiting for POLLIN read until there is nothing (-EAGAIN).  Do not
 * read(2) from or write(2) to it.
 */
int isle_net_fd(const struct isle_net *net);

/* ---- asking --------------------------------------------------------------- */

int isle_net_get_id(struct isle_net *net, struct isle_device_id *id);
int isle_net_get_info(struct isle_net *net, struct isle_net_info *info);

/** isle_net_mac() - the address that the device has for its domain */
int isle_net_mac(struct isle_net *net, uint8_t mac[6]);

/** isle_net_mtu() - the most that a frame holds after its header, now */
int isle_net_mtu(struct isle_net *net);

/** isle_net_is_ring() - 1 if frames go through shared memory, otherwise 0 */
int isle_net_is_ring(const struct isle_net *net);

/**
 * isle_net_get_stats() - what the device has moved since it was added, or since
 * isle_net_reset_stats(); by whomever
 */
int isle_net_get_stats(struct isle_net *net, struct isle_net_stats *stats);
int isle_net_reset_stats(struct isle_net *net);

/* ---- one frame ------------------------------------------------------------ */

/**
 * isle_net_write(), isle_net_writev() - send one frame
 *
 * Returns 0; also if it was dropped on the way.  Never waits.  -EINVAL: it is
 * too short or too long; nothing was sent.
 */
int isle_net_write(struct isle_net *net, const void *frame, size_t len);
int isle_net_writev(struct isle_net *net, const struct iovec *iov, int iovcnt);

/**
 * isle_net_read() - receive one frame; waits for it
 *
 * Returns its length.  -EMSGSIZE: it is longer than @len; it is kept, and the
 * next call finds it.  -EINTR: a signal came while waiting.
 * isle_net_try_read() answers -EAGAIN instead of waiting.
 */
ssize_t isle_net_read(struct isle_net *net, void *frame, size_t len);
ssize_t isle_net_try_read(struct isle_net *net, void *frame, size_t len);

/**
 * isle_net_wait() - until there is a frame
 * @timeout_ns: how long; 0: only look; negative: for ever
 *
 * -EAGAIN: @timeout_ns is 0 and there is none.  -ETIMEDOUT, -EINTR.
 */
int isle_net_wait(struct isle_net *net, int64_t timeout_ns);

/* ---- many frames ---------------------------------------------------------- */

/**
 * struct isle_net_frame - where a frame is, or shall go
 * @data: its first byte
 * @len: how many it has
 * @size: room at @data; isle_net_read_batch() only
 */
struct isle_net_frame {
	void *data;
	size_t len;
	size_t size;
};

/**
 * isle_net_write_batch() - send frames in order
 *
 * Returns how many were sent, dropped ones too.  Fewer than @count: the next
 * one is too short or too long, which the next call says if it is the first.
 */
int isle_net_write_batch(struct isle_net *net, const struct isle_net_frame *frames,
			 unsigned int count);

/**
 * isle_net_read_batch() - receive what there is, @count frames at most; waits
 * for one
 *
 * Returns how many, and sets @len of each.  A frame that is longer than its
 * @size ends the batch and is kept; if it is the first: -EMSGSIZE.
 * isle_net_try_read_batch() answers -EAGAIN instead of waiting.
 */
int isle_net_read_batch(struct isle_net *net, struct isle_net_frame *frames,
			unsigned int count);
int isle_net_try_read_batch(struct isle_net *net, struct isle_net_frame *frames,
			    unsigned int count);

/* ---- a function for every frame ------------------------------------------- */

/**
 * typedef isle_net_fn - what a listener calls
 * @frame: the frame, which the function may change and which is gone when it
 *	returns; NULL: the device was removed, this is the last call
 * @len: its length; if @frame is NULL, a negative errno
 */
typedef void (*isle_net_fn)(void *arg, void *frame, ssize_t len);

/**
 * isle_net_listen() - call @fn with every frame that comes from now on
 *
 * Returns as soon as it is set up; @fn is called in a thread of its own, which
 * blocks all signals, until isle_net_close().  Do not read at the same time.
 * -EALREADY: it has a listener.
 */
int isle_net_listen(struct isle_net *net, isle_net_fn fn, void *arg);

#ifdef __cplusplus
}
#endif

#endif /* LIBISLE_NET_H */
