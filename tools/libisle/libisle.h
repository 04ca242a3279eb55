/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libisle: domains and their devices, from C
 *
 * Errors.  A call returns 0 or a positive result if it did what it was asked,
 * otherwise a negative errno, which means what isle/base.h says it means; errno
 * itself is not part of the contract.  A call that fails has changed nothing,
 * unless it is said there, and leaves its results alone.  A handle that is
 * asked for is written only on success.  Closing returns nothing: it cannot
 * fail.
 *
 * Waiting.  Only calls that say so wait.  All others return at once.
 *
 * Ownership.  A handle belongs to the caller, who closes it once and does not
 * use it afterwards.  Strings and config structs are not kept.  The data of
 * buffers is never copied or kept; who may touch it when is said at each call.
 * File descriptors that *_fd() returns stay with the handle: poll them, do not
 * close them.
 *
 * Structs of isle/...h that a call fills in begin with their size.  Set it
 * before the call: struct isle_blk_info info = { .size = sizeof(info) };
 * What else is in them on the way in does not matter.  This way a program and
 * a library that were built at different times agree.
 *
 * Threads.  Any number of threads may use a control, a domain or a blk at the
 * same time, except to close it.  A queue with its requests is for one thread
 * at a time.
 *
 * fork(2).  A control, a domain and a blk work on in the child, and are the
 * same there: a domain is its file.  Both sides close theirs.  A queue belongs
 * to the process that made it: in a child isle_queue_run() returns -EPERM, and
 * isle_queue_destroy() frees the child's memory and does nothing else.
 *
 * exec(2).  Every descriptor is close-on-exec.  To hand a domain on, clear
 * FD_CLOEXEC on a dup(2) of isle_domain_fd() and use isle_domain_from_fd() on
 * the other side.
 */
#ifndef LIBISLE_H
#define LIBISLE_H

#include <stdint.h>
#include <sys/uio.h>

#include <isle/blk.h>
#include <isle/control.h>

#ifdef __cplusplus
extern "C" {
#endif

struct isle_control;
struct isle_domain;
struct isle_blk;
struct isle_queue;
struct isle_request;

/* ---- names --------------------------------------------------------------- */

/** LIBISLE_VERSION - version of the library that this header belongs to */
#define LIBISLE_VERSION "0.2"

/** isle_version() - version of the library that is in use, such as "0.2" */
const char *isle_version(void);

/**
 * isle_name_valid() - 1 if @name can be the name of a domain or a device,
 * otherwise 0 (the rule is in isle/base.h)
 */
int isle_name_valid(const char *name);

/**
 * isle_class_name() - "blk" for ISLE_CLASS_BLK and so on; NULL if unknown
 *
 * It is the name of the directory that holds the nodes of the class, too.
 */
const char *isle_class_name(unsigned int cls);

/** isle_class_from_name() - the enum isle_class called @name, or -EINVAL */
int isle_class_from_name(const char *name);

/** isle_quota_name() - "memory" for ISLE_QUOTA_MEMORY and so on, or NULL */
const char *isle_quota_name(unsigned int kind);

/** isle_quota_from_name() - the enum isle_quota_kind called @name, or -EINVAL */
int isle_quota_from_name(const char *name);

/* ---- control: isle_control(3) -------------------------------------------- */

/**
 * isle_control_open() - open /dev/isle/control
 *
 * -ENOENT: the module is not loaded.  -EACCES: only root may.
 */
int isle_control_open(struct isle_control **control);
void isle_control_close(struct isle_control *control);
int isle_control_fd(const struct isle_control *control);

/** isle_control_info() - version of the module's ABI, how many domains */
int isle_control_info(struct isle_control *control, struct isle_ctl_info *info);

/**
 * isle_control_domain_create() - make a domain
 * @name: its name; NULL: the module makes one up
 * @domain: the handle that acts as it
 *
 * Returns the number of the domain.  Until it is published it lives no longer
 * than the last file that acts as it.  -EEXIST, -ENOSPC: see isle/control.h.
 */
int isle_control_domain_create(struct isle_control *control, const char *name,
			       struct isle_domain **domain);

/**
 * isle_control_domain_publish() - give the domain nodes in /dev/isle
 * @mode: permissions of its nodes, 0 to 0777
 * @flags: ISLE_PUBLISH_XEN or 0
 *
 * From then on it lives until it is destroyed.  -EEXIST: it is published.
 * -EOPNOTSUPP: ISLE_PUBLISH_XEN, and this is Xen.
 */
int isle_control_domain_publish(struct isle_control *control, uint32_t domid,
				uint32_t mode, uint32_t uid, uint32_t gid,
				uint32_t flags);

/**
 * isle_control_domain_destroy() - remove a domain with all it has
 * @flags: ISLE_DEL_NOWAIT or 0
 *
 * Waits for requests that had begun, unless ISLE_DEL_NOWAIT.  -EINTR: a signal
 * ended the wait; the domain is gone all the same.
 */
int isle_control_domain_destroy(struct isle_control *control, uint32_t domid,
				uint32_t flags);

/** isle_control_domain_open() - act as a domain that exists already */
int isle_control_domain_open(struct isle_control *control, uint32_t domid,
			     struct isle_domain **domain);

/** isle_control_domain_info() - describe the domain with number @domid */
int isle_control_domain_info(struct isle_control *control, uint32_t domid,
			     struct isle_domain_info *info);

/** isle_control_domain_find() - describe the domain called @name, or -ENOENT */
int isle_control_domain_find(struct isle_control *control, const char *name,
			     struct isle_domain_info *info);

/**
 * isle_control_domain_next() - go through all domains, by number
 * @cursor: 0 to begin; the call moves it on
 * @info: the next domain
 *
 * Returns 1 if there was a next one, otherwise 0.  What is made or removed
 * meanwhile is seen or not; everything else is seen once.  The other _next
 * calls work the same way.
 */
int isle_control_domain_next(struct isle_control *control, uint64_t *cursor,
			     struct isle_domain_info *info);

/**
 * isle_control_link(), isle_control_unlink() - let two domains see each other
 *
 * -EEXIST, -ENOENT: they do, they do not.  -EDQUOT: either has too many links.
 */
int isle_control_link(struct isle_control *control, uint32_t domid,
		      uint32_t peer);
int isle_control_unlink(struct isle_control *control, uint32_t domid,
			uint32_t peer);

/** isle_control_link_next() - go through the links of a domain */
int isle_control_link_next(struct isle_control *control, uint32_t domid,
			   uint64_t *cursor, struct isle_link_next *link);

/** isle_control_quota_get() - limit and use of one kind */
int isle_control_quota_get(struct isle_control *control, uint32_t domid,
			   uint32_t kind, struct isle_quota *quota);

/** isle_control_quota_set() - a limit below what is in use refuses more */
int isle_control_quota_set(struct isle_control *control, uint32_t domid,
			   uint32_t kind, uint64_t limit);

/**
 * isle_control_device_add() - give a domain a device
 * @cls: enum isle_class
 * @config: the class's config struct, which begins with its size
 * @unique: NULL, or where to put the number of the device
 *
 * -EOPNOTSUPP, -EEXIST, -EDQUOT: see isle/control.h.
 */
int isle_control_device_add(struct isle_control *control, uint32_t domid,
			    uint32_t cls, const char *name, const void *config,
			    uint64_t *unique);

/**
 * isle_control_blk_add() - give a domain a block device
 *
 * The same for ISLE_CLASS_BLK.  The device keeps the file @config->fd open on
 * its own: the caller may close it.
 */
int isle_control_blk_add(struct isle_control *control, uint32_t domid,
			 const char *name, const struct isle_blk_config *config,
			 uint64_t *unique);

/**
 * isle_control_device_del() - take a device away
 *
 * Waits, and -EINTR, as isle_control_domain_destroy().
 */
int isle_control_device_del(struct isle_control *control, uint32_t domid,
			    uint32_t cls, const char *name, uint32_t flags);

/** isle_control_device_next() - go through the devices of a domain */
int isle_control_device_next(struct isle_control *control, uint32_t domid,
			     uint64_t *cursor, struct isle_device_next *device);

/* ---- domain: isle_domain(3) ---------------------------------------------- */

/**
 * isle_domain_open() - act as a published domain
 * @name: its name; "self" or NULL: the one that "islectl run" put the caller
 *	in; with a '/' in it: the path of its node
 *
 * -EINVAL: not a name.  -ENOENT: there is none, or it is not published.
 * -EACCES: its nodes belong to somebody else.  -ENOTTY: not a domain's node.
 */
int isle_domain_open(const char *name, struct isle_domain **domain);

/**
 * isle_domain_from_fd() - make a handle of a file that acts as a domain
 *
 * On success @fd belongs to the handle.  -ENOTTY: it is something else.
 */
int isle_domain_from_fd(int fd, struct isle_domain **domain);
void isle_domain_close(struct isle_domain *domain);

/** isle_domain_fd() - poll(2) reports POLLHUP once the domain is destroyed */
int isle_domain_fd(const struct isle_domain *domain);

int isle_domain_get_info(struct isle_domain *domain,
			 struct isle_domain_info *info);
int isle_domain_get_quota(struct isle_domain *domain, uint32_t kind,
			  struct isle_quota *quota);
int isle_domain_link_next(struct isle_domain *domain, uint64_t *cursor,
			  struct isle_link_next *link);
int isle_domain_device_next(struct isle_domain *domain, uint64_t *cursor,
			    struct isle_device_next *device);

/**
 * isle_domain_device_open() - connect to a device of the domain
 * @flags: ISLE_OPEN_*
 *
 * Returns a file descriptor, the caller's.  -ENOENT: no such device.
 */
int isle_domain_device_open(struct isle_domain *domain, uint32_t cls,
			    const char *name, uint32_t flags);

/* ---- blk: isle_blk(3) ---------------------------------------------------- */

/**
 * isle_blk_open() - connect to a block device of "self"
 * @name: its name; with a '/' in it: the path of its node
 * @flags: ISLE_OPEN_READ, ISLE_OPEN_WRITE or both
 *
 * DEVICE.connect of the module types V1.  -EINVAL: not a name, or other flags.
 * -ENOENT, -EACCES, -ENOTTY: as isle_domain_open().  -EDQUOT: too many files.
 */
int isle_blk_open(const char *name, uint32_t flags, struct isle_blk **blk);

/** isle_blk_open_in() - the same for a device of @domain, without its node */
int isle_blk_open_in(struct isle_domain *domain, const char *name,
		     uint32_t flags, struct isle_blk **blk);

/** isle_blk_from_fd() - make a handle of a block device's file; takes it over */
int isle_blk_from_fd(int fd, struct isle_blk **blk);

/**
 * isle_blk_close() - disconnect (DEVICE.disconnect: never an error)
 *
 * Requests that are queued end with -ENODEV; those that have started run to
 * their end.
 */
void isle_blk_close(struct isle_blk *blk);
int isle_blk_fd(const struct isle_blk *blk);

/** isle_blk_get_id() - what the device was connected to by (DEVICE.id) */
int isle_blk_get_id(struct isle_blk *blk, struct isle_device_id *id);

/**
 * isle_blk_get_info() - sector size, size now, flags (BLOCK.get_info)
 *
 * A device may grow.  read_write is the absence of ISLE_BLK_READ_ONLY.
 */
int isle_blk_get_info(struct isle_blk *blk, struct isle_blk_info *info);

/** isle_blk_sector_size() - bytes; never changes, costs no system call */
uint32_t isle_blk_sector_size(const struct isle_blk *blk);

/**
 * isle_blk_atomic_read(), isle_blk_atomic_write() - move sectors, now
 * @sector: where on the device, in sectors
 * @iov: buffers, each a whole number of sectors; their order is the device's
 * @iovcnt: how many, 0 or more, without an upper limit
 *
 * Waits, and is over when it returns (Block.atomic_read, atomic_write of
 * miou-solo5).  All or nothing: 0 if every byte was moved, otherwise an error,
 * never a part.  A write that returned 0 is on stable storage, unless the
 * device has ISLE_BLK_WRITE_CACHE: then isle_blk_flush() puts it there.  A
 * list without a byte succeeds.
 *
 * -EINVAL	a buffer is not a whole number of sectors, or a read does not
 *		lie within the device; nothing was done
 * -ENOSPC	a write does not lie within the device; nothing was written
 * -EROFS	the device is read-only; nothing was written
 * -EOPNOTSUPP	the device cannot do that; nothing was written
 * -EBADF	not opened for that; nothing was done
 * -EFAULT	a buffer cannot be reached
 * -ENODEV	the device was removed
 * -EDQUOT	ISLE_QUOTA_REQUESTS
 * -EIO, others	the backing failed (BLOCK's `Unknown)
 *
 * After an error that does not say so, an unknown part of the range may have
 * been written, or of the buffers filled.  Should the backing shrink meanwhile,
 * -EINVAL and -ENOSPC can leave a part behind, too.
 */
int isle_blk_atomic_read(struct isle_blk *blk, uint64_t sector,
			 const struct iovec *iov, int iovcnt);
int isle_blk_atomic_write(struct isle_blk *blk, uint64_t sector,
			  const struct iovec *iov, int iovcnt);

/** isle_blk_flush() - waits until all that was written is on stable storage */
int isle_blk_flush(struct isle_blk *blk);

/**
 * isle_blk_discard() - the contents of @count sectors are no longer needed
 *
 * Waits.  -EOPNOTSUPP: the device has no ISLE_BLK_DISCARD.  Others as a write.
 */
int isle_blk_discard(struct isle_blk *blk, uint64_t sector, uint64_t count);

/** isle_blk_write_zeroes() - as a write of @count sectors of zeroes; waits */
int isle_blk_write_zeroes(struct isle_blk *blk, uint64_t sector,
			  uint64_t count);

/* ---- queue: isle_queue(3) ------------------------------------------------ */

/**
 * isle_request_fn - tells that a request is over
 * @arg: what was given with the request
 * @result: 0, or a negative errno as of the atomic calls; -ECANCELED
 *
 * Called exactly once for each request that was queued, from isle_queue_run()
 * or isle_queue_destroy().  It may queue and cancel requests, but not run or
 * destroy the queue.  The request's handle ends when it returns.
 */
typedef void (*isle_request_fn)(void *arg, int result);

/* isle_queue_create flags */
#define ISLE_QUEUE_SYNC		(1U << 0)	/* do without io_uring */

#define ISLE_QUEUE_DEPTH_MAX	4096

/**
 * isle_queue_create() - make a queue of scheduled requests
 * @depth: how many requests may be under way at once, 1 to ISLE_QUEUE_DEPTH_MAX
 * @flags: ISLE_QUEUE_SYNC or 0
 *
 * Requests go through io_uring.  Where the system has or allows none, or with
 * ISLE_QUEUE_SYNC, isle_queue_run() carries them out itself, in order.
 */
int isle_queue_create(unsigned int depth, uint32_t flags,
		      struct isle_queue **queue);

/**
 * isle_queue_destroy() - end all requests and free the queue
 *
 * Waits for those that have started, cancels the rest, calls every function.
 * Queueing from there fails with -ECANCELED.
 */
void isle_queue_destroy(struct isle_queue *queue);

/**
 * isle_queue_read(), isle_queue_write() - schedule a request
 * @fn: NULL, or what to call when it is over
 * @request: NULL, or where to put a handle for isle_request_cancel()
 *
 * Block.read and Block.write of miou-solo5: nothing starts before
 * isle_queue_run().  Limits and results are those of the atomic calls.  What
 * is wrong with the arguments is returned here, and then nothing is queued.
 *
 * The buffers belong to the queue until @fn is called or the request was
 * cancelled: do not free them, do not change what is to be written.  The array
 * @iov is copied and free at once.  Once started, a request cannot be
 * cancelled and has no timeout (BLOCK.write).
 *
 * Requests start in the order they were queued in.  Those that are under way
 * together may be carried out in any order: to order two that overlap, queue
 * the second from the function of the first, or use a depth of 1.
 */
int isle_queue_read(struct isle_queue *queue, struct isle_blk *blk,
		    uint64_t sector, const struct iovec *iov, int iovcnt,
		    isle_request_fn fn, void *arg,
		    struct isle_request **request);
int isle_queue_write(struct isle_queue *queue, struct isle_blk *blk,
		     uint64_t sector, const struct iovec *iov, int iovcnt,
		     isle_request_fn fn, void *arg,
		     struct isle_request **request);

/**
 * isle_queue_flush() - schedule a flush
 *
 * It covers every write to @blk that was queued before it: it starts when
 * they are over.  What was queued after it waits until it starts.
 */
int isle_queue_flush(struct isle_queue *queue, struct isle_blk *blk,
		     isle_request_fn fn, void *arg,
		     struct isle_request **request);

/**
 * isle_queue_run() - the scheduler has nothing else to do
 * @timeout_ns: 0: do not wait.  Otherwise wait until a request is over, at
 *	most that many nanoseconds; negative: as long as it takes
 *
 * Starts what is queued, up to the depth, and calls the functions of what is
 * over.  Returns how many requests were over; 0 at once if there are none.
 * A queue without io_uring carries out up to its depth of requests instead,
 * and waits for each of them whatever @timeout_ns is.
 *
 * -EINTR: a signal came while waiting.  -EAGAIN: the system is out of
 * resources to start requests; they stay queued.  -EBUSY: called from a
 * request's function.  -EPERM: not the process that made the queue.
 */
int isle_queue_run(struct isle_queue *queue, int64_t timeout_ns);

/**
 * isle_queue_fd() - a descriptor that is readable when isle_queue_run() will
 * have something to report
 *
 * It knows of requests that have started: after queueing or cancelling, run
 * the queue once with a timeout of 0 before waiting for it.
 */
int isle_queue_fd(const struct isle_queue *queue);

/** isle_queue_pending() - how many requests are not over yet */
unsigned int isle_queue_pending(const struct isle_queue *queue);

/** isle_queue_is_sync() - 1 if the queue does without io_uring, otherwise 0 */
int isle_queue_is_sync(const struct isle_queue *queue);

/**
 * isle_request_cancel() - take back a request that has not started
 *
 * On success its buffers are the caller's again, nothing was or will be done,
 * and the next isle_queue_run() calls its function with -ECANCELED.
 * -EBUSY: it has started.
 */
int isle_request_cancel(struct isle_request *request);

#ifdef __cplusplus
}
#endif

#include <libisle-vchan.h>
#include <libisle-block.h>
#include <libisle-clock.h>
#include <libisle-pages.h>
#include <libisle-fs.h>

#endif /* LIBISLE_H */
