// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Scheduled requests.  A queue owns its requests, each of which is in one of
 * three lists until its function was called, and what carries them out: an
 * io_uring, or nothing, then isle_queue_run() does it.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"

TAILQ_HEAD(request_list, isle_request);

struct isle_queue {
	unsigned int depth;
	unsigned int under_way;		/* in @started */
	unsigned int pending;		/* in any list */
	pid_t pid;			/* whose queue this is */
	bool running;
	bool dying;
	bool signalled;			/* @event is readable */
	struct isle_uring *uring;	/* NULL: carry out in run */
	int event;			/* only without @uring */
	struct request_list queued;	/* in the order of queueing */
	struct request_list started;
	struct request_list ended;
};

EXPORT int isle_queue_create(unsigned int depth, uint32_t flags, struct isle_queue **queue)
{
	struct isle_queue *q;
	int rc = -EOPNOTSUPP;

	if (!depth || depth > ISLE_QUEUE_DEPTH_MAX || (flags & ~ISLE_QUEUE_SYNC))
		return -EINVAL;
	q = calloc(1, sizeof(*q));
	if (!q)
		return -ENOMEM;
	q->depth = depth;
	q->pid = getpid();
	q->event = -1;
	TAILQ_INIT(&q->queued);
	TAILQ_INIT(&q->started);
	TAILQ_INIT(&q->ended);
	if (!(flags & ISLE_QUEUE_SYNC))
		rc = isle_uring_create(depth, &q->uring);
	/* Not built in, switched off, or kept from us by a filter. */
	if (rc == -ENOSYS || rc == -EPERM || rc == -EACCES || rc == -EOPNOTSUPP) {
		q->event = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
		rc = q->event < 0 ? -errno : 0;
	}
	if (rc) {
		free(q);
		return rc;
	}
	*queue = q;
	return 0;
}

/* Without io_uring the descriptor is readable while there is work for run. */
static void signal_event(struct isle_queue *q)
{
	bool want = !TAILQ_EMPTY(&q->queued) || !TAILQ_EMPTY(&q->ended);
	uint64_t count = 1;
	ssize_t n;

	if (q->uring || q->running || want == q->signalled)
		return;
	n = want ? write(q->event, &count, sizeof(count)) :
		   read(q->event, &count, sizeof(count));
	if (n == sizeof(count))
		q->signalled = want;
}

static struct request_list *list_of(struct isle_queue *q, enum isle_request_state state)
{
	return state == ISLE_REQ_QUEUED ? &q->queued :
	       state == ISLE_REQ_STARTED ? &q->started : &q->ended;
}

static void move(struct isle_request *r, enum isle_request_state state)
{
	struct isle_queue *q = r->queue;

	TAILQ_REMOVE(list_of(q, r->state), r, entry);
	q->under_way -= r->state == ISLE_REQ_STARTED;
	r->state = state;
	q->under_way += state == ISLE_REQ_STARTED;
	TAILQ_INSERT_TAIL(list_of(q, state), r, entry);
}

static void end(struct isle_request *r, int result)
{
	r->result = result;
	move(r, ISLE_REQ_ENDED);
}

static void release(struct isle_request *r)
{
	struct isle_queue *q = r->queue;

	TAILQ_REMOVE(list_of(q, r->state), r, entry);
	q->pending--;
	isle_blk_put(r->blk);
	free(r);
}

static int enqueue(struct isle_queue *q, struct isle_blk *blk, enum isle_request_op op,
		   uint64_t sector, const struct iovec *iov, int iovcnt,
		   isle_request_fn fn, void *arg, struct isle_request **request)
{
	struct isle_request *r;
	struct isle_xfer xfer;
	int rc;

	if (q->dying)
		return -ECANCELED;
	rc = isle_xfer_init(&xfer, blk, op == ISLE_OP_WRITE, sector, iov, iovcnt);
	if (rc)
		return rc;
	r = malloc(sizeof(*r) + (size_t)iovcnt * sizeof(*iov));
	if (!r)
		return -ENOMEM;
	if (iovcnt)
		memcpy(r->iov, iov, (size_t)iovcnt * sizeof(*iov));
	xfer.iov = r->iov;
	r->queue = q;
	r->blk = isle_blk_get(blk);
	r->op = op;
	r->state = ISLE_REQ_QUEUED;
	r->fn = fn;
	r->arg = arg;
	r->xfer = xfer;
	TAILQ_INSERT_TAIL(&q->queued, r, entry);
	q->pending++;
	signal_event(q);
	if (request)
		*request = r;
	return 0;
}

EXPORT int isle_queue_read(struct isle_queue *queue, struct isle_blk *blk, uint64_t sector,
			   const struct iovec *iov, int iovcnt, isle_request_fn fn,
			   void *arg, struct isle_request **request)
{
	return enqueue(queue, blk, ISLE_OP_READ, sector, iov, iovcnt, fn, arg, request);
}

EXPORT int isle_queue_write(struct isle_queue *queue, struct isle_blk *blk, uint64_t sector,
			    const struct iovec *iov, int iovcnt, isle_request_fn fn,
			    void *arg, struct isle_request **request)
{
	return enqueue(queue, blk, ISLE_OP_WRITE, sector, iov, iovcnt, fn, arg, request);
}

EXPORT int isle_queue_flush(struct isle_queue *queue, struct isle_blk *blk,
			    isle_request_fn fn, void *arg, struct isle_request **request)
{
	return enqueue(queue, blk, ISLE_OP_FLUSH, 0, NULL, 0, fn, arg, request);
}

EXPORT int isle_request_cancel(struct isle_request *request)
{
	if (request->state != ISLE_REQ_QUEUED)
		return -EBUSY;
	end(request, -ECANCELED);
	signal_event(request->queue);
	return 0;
}

/* Calls the functions of what is over, and of what they cancel. */
static int deliver(struct isle_queue *q)
{
	struct isle_request *r;
	int count = 0;

	while ((r = TAILQ_FIRST(&q->ended))) {
		if (r->fn)
			r->fn(r->arg, r->result);
		release(r);
		count++;
	}
	return count;
}

/* A flush covers the writes that are under way, so it has to come after. */
static bool must_wait(struct isle_queue *q, const struct isle_request *flush)
{
	struct isle_request *r;

	TAILQ_FOREACH(r, &q->started, entry)
		if (r->op == ISLE_OP_WRITE && r->blk == flush->blk)
			return true;
	return false;
}

/* Ends what needs no device: true if that was so. */
static bool end_early(struct isle_request *r)
{
	if (isle_blk_is_closed(r->blk))
		end(r, -ENODEV);
	else if (r->op != ISLE_OP_FLUSH && isle_xfer_done(&r->xfer))
		end(r, 0);
	else
		return false;
	return true;
}

/* Gives io_uring as many as it may have, in order. */
static void start(struct isle_queue *q)
{
	struct isle_request *r;

	while (q->under_way < q->depth && (r = TAILQ_FIRST(&q->queued))) {
		if (end_early(r))
			continue;
		if (r->op == ISLE_OP_FLUSH && must_wait(q, r))
			break;
		if (isle_uring_start(q->uring, r))
			break;
		move(r, ISLE_REQ_STARTED);
	}
}

/*
 * Does the rest of a request now.  Doing again what was done already does no
 * harm: the sectors are the same and so are the buffers.
 */
static int carry_out(struct isle_request *r)
{
	return r->op == ISLE_OP_FLUSH ? isle_blk_flush(r->blk) : isle_xfer_finish(&r->xfer);
}

/* Takes back what io_uring is done with, for now or for good. */
static void reap(struct isle_queue *q)
{
	struct isle_request *r;
	int rc, result;

	while ((r = isle_uring_reap(q->uring, &result))) {
		if (result == -EAGAIN || result == -ECANCELED) {
			/*
			 * The file is in non-blocking mode, where io_uring does
			 * not wait; or the thread that started this has ended.
			 */
			rc = carry_out(r);
		} else if (r->op == ISLE_OP_FLUSH) {
			rc = result == -EINTR ? carry_out(r) : result;
		} else {
			rc = isle_xfer_moved(&r->xfer, result);
			if (!rc && !isle_xfer_done(&r->xfer)) {
				rc = isle_uring_start(q->uring, r);
				if (!rc)
					continue;
			}
		}
		end(r, rc);
	}
}

static int64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int run_uring(struct isle_queue *q, int64_t timeout)
{
	int64_t deadline = timeout > 0 ? now() : 0;
	int64_t wait = timeout;
	int count, rc;

	if (__builtin_add_overflow(deadline, timeout, &deadline))
		deadline = INT64_MAX;
	for (;;) {
		start(q);
		if (!TAILQ_EMPTY(&q->ended) || !q->under_way)
			wait = 0;
		rc = isle_uring_submit(q->uring, wait);
		reap(q);
		count = deliver(q);
		if (rc || count || !wait)
			break;
		/* Parts of requests were done.  Wait for the rest. */
		if (timeout > 0) {
			wait = deadline - now();
			if (wait <= 0)
				break;
		}
	}
	/* What took the freed places, or came from functions, gets going. */
	start(q);
	isle_uring_submit(q->uring, 0);
	return count ? count : rc;
}

static int run_sync(struct isle_queue *q)
{
	struct isle_request *r;

	for (unsigned int i = 0; i < q->depth && (r = TAILQ_FIRST(&q->queued)); i++) {
		if (end_early(r))
			continue;
		end(r, carry_out(r));
	}
	return deliver(q);
}

EXPORT int isle_queue_run(struct isle_queue *queue, int64_t timeout_ns)
{
	int rc;

	if (queue->pid != getpid())
		return -EPERM;
	if (queue->running)
		return -EBUSY;
	queue->running = true;
	rc = queue->uring ? run_uring(queue, timeout_ns) : run_sync(queue);
	queue->running = false;
	signal_event(queue);
	return rc;
}

EXPORT void isle_queue_destroy(struct isle_queue *queue)
{
	struct isle_queue *q = queue;
	struct isle_request *r;
	int rc = 0;

	if (!q)
		return;
	q->dying = true;
	q->running = true;
	if (q->pid == getpid()) {
		while ((r = TAILQ_FIRST(&q->queued)))
			end(r, -ECANCELED);
		/*
		 * The kernel writes to the buffers of what is under way: only
		 * a ring that is no more gets us out of here before the end.
		 */
		while (q->under_way && rc != -EBADF && rc != -EOPNOTSUPP) {
			rc = isle_uring_submit(q->uring, -1);
			reap(q);
		}
		while ((r = TAILQ_FIRST(&q->started)))
			end(r, -EIO);
		deliver(q);
	}
	isle_uring_destroy(q->uring);
	for (int state = ISLE_REQ_QUEUED; state <= ISLE_REQ_ENDED; state++)
		while ((r = TAILQ_FIRST(list_of(q, state))))
			release(r);
	if (q->event >= 0)
		close(q->event);
	free(q);
}

EXPORT int isle_queue_fd(const struct isle_queue *queue)
{
	return queue->uring ? isle_uring_fd(queue->uring) : queue->event;
}

EXPORT unsigned int isle_queue_pending(const struct isle_queue *queue)
{
	return queue->pending;
}

EXPORT int isle_queue_is_sync(const struct isle_queue *queue)
{
	return !queue->uring;
}
