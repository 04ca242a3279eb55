/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_BOUNCE_H
#define ISLE_DEVICE_BOUNCE_H

#include <linux/bvec.h>
#include <linux/kref.h>
#include <linux/uio.h>

/* Bytes that one bounce has at most; more is done in pieces */
#define ISLE_BOUNCE_MAX		(256 * 1024)

/**
 * struct isle_bounce - pages between odd user memory and a backing
 * @ref: one for who made it, one for the request that uses it
 * @size: bytes
 * @pages: how many pages there are in @bvec
 * @bvec: the pages
 */
struct isle_bounce {
	struct kref ref;
	size_t size;
	unsigned int pages;
	struct bio_vec bvec[];
};

struct isle_bounce *isle_bounce_create(size_t size);
void isle_bounce_put(struct isle_bounce *bounce);
void isle_bounce_iter(struct isle_bounce *bounce, struct iov_iter *iter,
		      bool write);
size_t isle_bounce_copy(struct isle_bounce *bounce, struct iov_iter *iter,
			size_t size, bool in);

static inline void isle_bounce_hold(struct isle_bounce *bounce)
{
	kref_get(&bounce->ref);
}

#endif /* ISLE_DEVICE_BOUNCE_H */
