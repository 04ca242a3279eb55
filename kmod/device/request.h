/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_REQUEST_H
#define ISLE_DEVICE_REQUEST_H

#include <linux/completion.h>
#include <linux/fs.h>
#include <linux/workqueue.h>

struct isle_bounce;
struct isle_device;
struct isle_pio;

/**
 * struct isle_request - something asked of a backing
 * @iocb: what the backing is given
 * @device: who asks; the request has entered it
 * @caller: the iocb of who asked the device, or NULL; used while it waits
 * @state: who has to finish it, see request.c
 * @ret: outcome, once it is done
 * @bounce: the pages that the backing was given, or NULL; a reference
 * @guarded: the backing's file system is kept from freezing meanwhile
 * @release: if not NULL, lets go of what the request holds; may sleep
 * @done: for a caller that sleeps
 * @work: for what is done by a worker
 * @fn: likewise
 * @ctx: likewise
 * @pos: likewise
 * @len: likewise
 * @pio: for bdev.c
 */
struct isle_request {
	struct kiocb iocb;
	struct isle_device *device;
	struct kiocb *caller;
	atomic_t state;
	long ret;
	struct isle_bounce *bounce;
	bool guarded;
	void (*release)(struct isle_request *request);
	struct completion done;

	struct work_struct work;
	int (*fn)(void *ctx, u64 pos, u64 len);
	void *ctx;
	u64 pos;
	u64 len;

	struct isle_pio *pio;
};

struct isle_request *isle_request_begin(struct isle_device *device,
					struct kiocb *caller);
ssize_t isle_request_submitted(struct isle_request *request, ssize_t ret);
void isle_request_complete(struct kiocb *iocb, long ret);
int isle_request_call(struct isle_device *device,
		      int (*fn)(void *ctx, u64 pos, u64 len), void *ctx,
		      u64 pos, u64 len);

int isle_request_init(void);
void isle_request_exit(void);

#endif /* ISLE_DEVICE_REQUEST_H */
