// SPDX-License-Identifier: GPL-2.0
/*
 * Requests: what is asked of a file or block device that backs a device, from
 * the asking to the answer.
 *
 * Three may be there at the end: the submitter, because the backing answered
 * at once; a caller that sleeps; or the backing's completion, in any context.
 * @state decides who finishes the request, by one exchange:
 *
 *   SUBMITTING	the backing's code runs in the submitter's context; if it
 *		completes now, the submitter takes the outcome as a direct one
 *   WAITED	a caller sleeps; completion wakes it
 *   QUEUED	a caller's iocb waits; completion completes it
 *   ABANDONED	the caller was killed while it slept; completion finishes
 *   DONE	completed
 *
 * So no caller is kept by a backing that does not answer: a fatal signal ends
 * its sleep, and the request goes on by itself.  It holds the device, which
 * removal and unloading wait for.  The pages of the caller's buffer are pinned
 * by then; its iov_iter is not looked at after submission.
 *
 * That a completion inside submission counts as a direct answer matters for
 * NOWAIT: a full queue says EAGAIN that way, and io_uring can then try again.
 */
#include <linux/cred.h>
#include <linux/slab.h>

#include "core/compat.h"
#include "core/device.h"
#include "core/domain.h"
#include "core/live.h"
#include "core/spare.h"
#include "device/bounce.h"
#include "device/request.h"
#include "trace.h"

enum {
	SUBMITTING,
	WAITED,
	QUEUED,
	ABANDONED,
	DONE,
};

static struct isle_spare requests;
static struct workqueue_struct *workers;

/**
 * isle_request_begin() - make a request
 * @device: who asks; the caller has entered it, which passes on, also on
 *	failure: whoever ends the request leaves the device
 * @caller: the iocb of who asked the device, or NULL for isle_request_call()
 *
 * Return: the request, or an ERR_PTR: -EDQUOT, -ENOMEM, or -EAGAIN if @caller
 * does not want to wait for memory.
 */
struct isle_request *isle_request_begin(struct isle_device *device,
					struct kiocb *caller)
{
	struct isle_account *account = &device->domain->account;
	bool nowait = caller && caller->ki_flags & IOCB_NOWAIT;
	struct isle_request *request;
	int err;

	err = isle_account_charge(account, ISLE_QUOTA_REQUESTS, 1);
	if (err)
		goto err_leave;
	request = isle_spare_take(&requests, nowait ? GFP_NOWAIT | __GFP_NOWARN
						    : GFP_KERNEL);
	err = nowait ? -EAGAIN : -ENOMEM;
	if (!request)
		goto err_uncharge;
	request->device = device;
	request->caller = caller;
	request->bounce = NULL;
	request->guarded = false;
	request->release = NULL;
	atomic_set(&request->state, SUBMITTING);
	if (!caller || is_sync_kiocb(caller))
		init_completion(&request->done);
	isle_live_inc(ISLE_LIVE_REQUESTS);
	return request;

err_uncharge:
	isle_account_uncharge(account, ISLE_QUOTA_REQUESTS, 1);
err_leave:
	isle_device_leave(device);
	return ERR_PTR(err);
}

/* Whoever finishes a request; any context, unless it has a release(). */
static long end(struct isle_request *request)
{
	struct isle_device *device = request->device;
	long ret = request->ret;

	if (request->release)
		request->release(request);
	if (request->bounce)
		isle_bounce_put(request->bounce);
	if (request->guarded)
		isle_kiocb_end_write(&request->iocb);
	isle_account_uncharge(&device->domain->account, ISLE_QUOTA_REQUESTS, 1);
	isle_live_dec(ISLE_LIVE_REQUESTS);
	isle_spare_give(&requests, request);
	isle_device_leave(device);
	return ret;
}

static void end_work(struct work_struct *work)
{
	end(container_of(work, struct isle_request, work));
}

/**
 * isle_request_complete() - a backing has completed a request
 * @iocb: the request's
 * @ret: the outcome
 *
 * This is what the request's iocb has as ki_complete.
 *
 * Context: any.
 */
void isle_request_complete(struct kiocb *iocb, long ret)
{
	struct isle_request *request =
		container_of(iocb, struct isle_request, iocb);
	struct kiocb *caller = request->caller;

	request->ret = ret;
	/* Full barrier: who sees DONE sees @ret */
	switch (atomic_xchg(&request->state, DONE)) {
	case WAITED:
		complete(&request->done);
		break;
	case QUEUED:
		trace_isle_blk_end(request->device,
				   iocb->ki_flags & IOCB_WRITE, caller->ki_pos,
				   ret);
		if (ret > 0)
			caller->ki_pos += ret;
		end(request);
		caller->ki_complete(caller, ret);
		break;
	case ABANDONED:
		if (!request->release) {
			end(request);
			break;
		}
		INIT_WORK(&request->work, end_work);
		queue_work(workers, &request->work);
		break;
	}
}

/* Sleep until a request in state WAITED is done, and finish it. */
static long wait(struct isle_request *request)
{
	if (wait_for_completion_killable(&request->done)) {
		if (atomic_cmpxchg(&request->state, WAITED, ABANDONED) == WAITED)
			return -EINTR;
		/* It was done meanwhile; let complete() let go of it */
		wait_for_completion(&request->done);
	}
	return end(request);
}

/**
 * isle_request_submitted() - go on after a request was given to its backing
 * @request: the request; passes on
 * @ret: what the backing said
 *
 * A caller with a synchronous iocb sleeps here until the outcome is there.
 *
 * Return: the outcome, -EINTR if a fatal signal came first, or -EIOCBQUEUED:
 * the caller's iocb will be completed, or is already.
 */
ssize_t isle_request_submitted(struct isle_request *request, ssize_t ret)
{
	bool sync = is_sync_kiocb(request->caller);

	if (ret != -EIOCBQUEUED) {
		request->ret = ret;
		return end(request);
	}
	if (atomic_cmpxchg(&request->state, SUBMITTING,
			   sync ? WAITED : QUEUED) == DONE)
		return end(request);
	return sync ? wait(request) : -EIOCBQUEUED;
}

static void call_work(struct work_struct *work)
{
	struct isle_request *request =
		container_of(work, struct isle_request, work);

	isle_request_complete(&request->iocb,
			      request->fn(request->ctx, request->pos,
					  request->len));
}

/**
 * isle_request_call() - have a worker do something that cannot be interrupted
 * @device: who asks; the caller has entered it, which passes on
 * @fn: does it
 * @ctx: for @fn; lives as long as @device
 * @pos: for @fn
 * @len: for @fn
 *
 * Flushing and discarding sleep in the backing's code for as long as that
 * likes; here a fatal signal ends the wait, while the worker goes on.
 *
 * Return: what @fn returned, -EINTR, -EDQUOT or -ENOMEM.
 */
int isle_request_call(struct isle_device *device,
		      int (*fn)(void *ctx, u64 pos, u64 len), void *ctx,
		      u64 pos, u64 len)
{
	struct isle_request *request = isle_request_begin(device, NULL);

	if (IS_ERR(request))
		return PTR_ERR(request);
	request->fn = fn;
	request->ctx = ctx;
	request->pos = pos;
	request->len = len;
	atomic_set(&request->state, WAITED);
	INIT_WORK(&request->work, call_work);
	queue_work(workers, &request->work);
	return wait(request);
}

/**
 * isle_request_init() - set up what all requests share
 *
 * Return: 0 or -ENOMEM.
 */
int isle_request_init(void)
{
	int err = isle_spare_init(&requests, "isle_request",
				  sizeof(struct isle_request));

	if (err)
		return err;
	workers = alloc_workqueue("isle-request", WQ_UNBOUND, 0);
	if (workers)
		return 0;
	isle_spare_exit(&requests);
	return -ENOMEM;
}

/**
 * isle_request_exit() - undo isle_request_init(); no request is left
 */
void isle_request_exit(void)
{
	destroy_workqueue(workers);
	isle_spare_exit(&requests);
}
