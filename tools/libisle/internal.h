/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the files of libisle share and nobody else sees.
 */
#ifndef LIBISLE_INTERNAL_H
#define LIBISLE_INTERNAL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/queue.h>

#include "libisle.h"

#define EXPORT __attribute__((visibility("default")))

#define ISLE_DEV "/dev/isle/"

struct isle_control {
	int fd;
};

struct isle_domain {
	int fd;
};

/*
 * Requests of queues hold references, so that a handle can be closed while
 * some are left.
 */
struct isle_blk {
	int fd;
	unsigned int refs;	/* atomic */
	bool closed;		/* atomic; by the caller, not yet by all requests */
	uint32_t sector_size;	/* fixed, as are the flags */
	uint32_t flags;
	uint64_t bytes;		/* atomic; size when last asked, see xfer.c */
};

struct isle_blk *isle_blk_get(struct isle_blk *blk);
void isle_blk_put(struct isle_blk *blk);
bool isle_blk_is_closed(const struct isle_blk *blk);
int isle_blk_check_range(struct isle_blk *blk, bool write, uint64_t sector,
			 uint64_t bytes, uint64_t *pos);

/* ---- abi.c: the only file that knows how ioctls are spoken ---------------- */

/* Bytes of a struct up to and with a field: what its first version had. */
#define ISLE_SIZE_TO(type, field) \
	(offsetof(type, field) + sizeof(((type *)0)->field))

int isle_ioctl(int fd, unsigned long cmd, void *arg);
int isle_struct_begin(void *arg, size_t min);
int isle_ioctl_sized(int fd, unsigned long cmd, void *arg);
int isle_name_copy(char to[ISLE_NAME_SIZE], const char *name);

/* ---- node.c: nodes in /dev/isle -------------------------------------------- */

int isle_open_mode(uint32_t flags);
int isle_open_device(uint32_t cls, const char *name, int flags);
int isle_open_part(const char *part, const char *name);
int isle_get_device_id(int fd, struct isle_device_id *id);

/* ---- iterate.c: the _next calls of control and domain --------------------- */

int isle_next_link(int fd, unsigned long cmd, uint32_t domid, uint64_t *cursor,
		   struct isle_link_next *link);
int isle_next_device(int fd, unsigned long cmd, uint32_t domid,
		     uint64_t *cursor, struct isle_device_next *device);
int isle_get_quota(int fd, unsigned long cmd, uint32_t domid, uint32_t kind,
		   struct isle_quota *quota);

int isle_domain_wrap(int fd, struct isle_domain **domain);

/* ---- xfer.c: how far a read or write has come ----------------------------- */

/**
 * struct isle_xfer - what is left of a read or write
 * @iov: buffers left
 * @iovcnt: how many
 * @skip: bytes of the first that are done
 * @pos: where on the device, in bytes
 */
struct isle_xfer {
	struct isle_blk *blk;
	const struct iovec *iov;
	int iovcnt;
	bool write;
	size_t skip;
	uint64_t pos;
};

int isle_xfer_init(struct isle_xfer *x, struct isle_blk *blk, bool write,
		   uint64_t sector, const struct iovec *iov, int iovcnt);
bool isle_xfer_done(struct isle_xfer *x);
int isle_xfer_batch(const struct isle_xfer *x, struct iovec *rest,
		    const struct iovec **iov);
int isle_xfer_moved(struct isle_xfer *x, long long result);
int isle_xfer_finish(struct isle_xfer *x);

/* ---- queue.c and what carries requests out -------------------------------- */

enum isle_request_op {
	ISLE_OP_READ,
	ISLE_OP_WRITE,
	ISLE_OP_FLUSH,
};

enum isle_request_state {
	ISLE_REQ_QUEUED,
	ISLE_REQ_STARTED,
	ISLE_REQ_ENDED,		/* its function was not called yet */
};

struct isle_request {
	TAILQ_ENTRY(isle_request) entry;	/* in the list of its state */
	struct isle_queue *queue;
	struct isle_blk *blk;			/* a reference */
	enum isle_request_op op;
	enum isle_request_state state;
	int result;
	isle_request_fn fn;
	void *arg;
	struct isle_xfer xfer;			/* over the copy in @iov */
	struct iovec rest;			/* a buffer that is partly done */
	struct iovec iov[];
};

/* uring.c */
struct isle_uring;

int isle_uring_create(unsigned int depth, struct isle_uring **uring);
void isle_uring_destroy(struct isle_uring *uring);
int isle_uring_fd(const struct isle_uring *uring);
int isle_uring_start(struct isle_uring *uring, struct isle_request *request);
int isle_uring_submit(struct isle_uring *uring, int64_t wait_ns);
struct isle_request *isle_uring_reap(struct isle_uring *uring, int *result);

#endif /* LIBISLE_INTERNAL_H */
