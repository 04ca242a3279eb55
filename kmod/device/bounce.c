// SPDX-License-Identifier: GPL-2.0
/*
 * Bounces: kernel pages that stand in for user memory which is not aligned as
 * a backing's direct I/O wants it.
 *
 * Such a request could go through the page cache, but there it would sleep
 * where no signal ends it.  A bounce is shared by the request, which may
 * outlive a killed caller, and by the caller, who copies out afterwards.
 */
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/slab.h>

#include "device/bounce.h"

static void bounce_release(struct kref *ref)
{
	struct isle_bounce *bounce = container_of(ref, struct isle_bounce, ref);
	unsigned int i;

	for (i = 0; i < bounce->pages; i++)
		__free_page(bounce->bvec[i].bv_page);
	kfree(bounce);
}

/**
 * isle_bounce_put() - give a reference back
 * @bounce: the bounce
 *
 * Context: any.
 */
void isle_bounce_put(struct isle_bounce *bounce)
{
	kref_put(&bounce->ref, bounce_release);
}

/**
 * isle_bounce_create() - make a bounce
 * @size: bytes, 1 to ISLE_BOUNCE_MAX
 *
 * Return: the bounce with one reference, or NULL if there is no memory.
 */
struct isle_bounce *isle_bounce_create(size_t size)
{
	unsigned int n = DIV_ROUND_UP(size, PAGE_SIZE);
	struct isle_bounce *bounce;

	bounce = kzalloc(struct_size(bounce, bvec, n), GFP_KERNEL_ACCOUNT);
	if (!bounce)
		return NULL;
	kref_init(&bounce->ref);
	bounce->size = size;
	while (bounce->pages < n) {
		struct bio_vec *bv = &bounce->bvec[bounce->pages];

		/* Zeroed: a read may end before the page does */
		bv->bv_page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!bv->bv_page) {
			isle_bounce_put(bounce);
			return NULL;
		}
		bv->bv_len = min_t(size_t, size, PAGE_SIZE);
		size -= bv->bv_len;
		bounce->pages++;
	}
	return bounce;
}

/**
 * isle_bounce_iter() - describe a bounce to a backing
 * @bounce: the bounce
 * @iter: set up
 * @write: whether the backing shall read from it
 */
void isle_bounce_iter(struct isle_bounce *bounce, struct iov_iter *iter,
		      bool write)
{
	iov_iter_bvec(iter, write ? WRITE : READ, bounce->bvec, bounce->pages,
		      bounce->size);
}

/**
 * isle_bounce_copy() - copy between a bounce and user memory
 * @bounce: the bounce, from its beginning
 * @iter: the user memory
 * @size: how much, at most the bounce's size
 * @in: into the bounce
 *
 * Return: how much could be copied.
 */
size_t isle_bounce_copy(struct isle_bounce *bounce, struct iov_iter *iter,
			size_t size, bool in)
{
	size_t sum = 0;
	unsigned int i;

	for (i = 0; i < bounce->pages && sum < size; i++) {
		struct page *page = bounce->bvec[i].bv_page;
		size_t n = min_t(size_t, size - sum, bounce->bvec[i].bv_len);
		size_t done = in ? copy_page_from_iter(page, 0, n, iter)
				 : copy_page_to_iter(page, 0, n, iter);

		sum += done;
		if (done < n)
			break;
	}
	return sum;
}
