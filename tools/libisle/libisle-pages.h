/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libisle: blocks of pages, from C; isle_pages(3)
 *
 * IO_PAGE of the module types V1.  Comes with libisle.h, whose rules on errors
 * and ownership hold here too.
 *
 * A block is memory that begins and ends with a page; a handle is a block, or
 * a view of a part of one.  The memory is there until the last handle of it is
 * put.  It is zero at first.
 *
 * Memory comes from the process's own (isle_pages_get() and its kind), from a
 * grant to another domain (isle_pages_share()), or from what another domain
 * has granted (isle_pages_map()).  All of it can be read into and written from
 * by devices of any class without a copy: isle_pages_iov() makes the list of
 * buffers that isle_block_read() and its kind take.
 *
 * A peer that has mapped a block, or has granted it, can write to it at any
 * time, unless it was granted read-only: copy what you check.
 *
 * Threads.  Any number of them may use a handle at the same time, except to
 * put it.
 *
 * fork(2).  Own memory is copied as all memory is; what is shared or mapped
 * is the same memory in both processes, until both have put it or ended.
 */
#ifndef LIBISLE_PAGES_H
#define LIBISLE_PAGES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/uio.h>

#ifdef __cplusplus
extern "C" {
#endif

struct isle_domain;
struct isle_pages;

#define ISLE_PAGE_SIZE		4096

/* ---- making and letting go ------------------------------------------------ */

/**
 * isle_pages_get() - a block of @n pages (IO_PAGE.get)
 *
 * -EINVAL: @n is 0.  -ENOMEM: there is not enough memory.
 */
int isle_pages_get(size_t n, struct isle_pages **block);

/** isle_pages_get_order() - a block of 1 << @order pages (IO_PAGE.get_order) */
int isle_pages_get_order(unsigned int order, struct isle_pages **block);

/**
 * isle_pages_pages() - a block of @n pages, as a list of its pages
 * @list: has room for @n handles
 *
 * IO_PAGE.pages.  The pages stand one behind the other.
 */
int isle_pages_pages(size_t n, struct isle_pages **list);

/** isle_pages_pages_order() - 1 << @order pages (IO_PAGE.pages_order) */
int isle_pages_pages_order(unsigned int order, struct isle_pages **list);

/** isle_pages_put() - let go of a handle; NULL: nothing */
void isle_pages_put(struct isle_pages *block);

/** isle_pages_put_list() - let go of @n handles */
void isle_pages_put_list(struct isle_pages **list, size_t n);

/* isle_pages_share(), isle_pages_map() flags */
#define ISLE_PAGES_READ_ONLY	(1U << 0)	/* share: for the peer; map: for us */

/**
 * isle_pages_share() - a block of @n pages that another domain may map
 * @domain: whose it is; NULL: of the one that "islectl run" put the caller in
 * @peer: number of the other one, see isle_domain_peer(); may be its own
 * @flags: ISLE_PAGES_READ_ONLY: the peer may only read; or 0
 *
 * isle_pages_refs() tells what to tell the peer.  What the peer has mapped it
 * keeps when the block is put; then the grant has ended.
 *
 * -EINVAL: @n is 0, or unknown flags.  -EPERM: the domains are not linked.
 * -EDQUOT: ISLE_QUOTA_GRANTS or ISLE_QUOTA_FILES.  -EOPNOTSUPP: this is Xen.
 * -ENODEV: the domain was destroyed.
 */
int isle_pages_share(struct isle_domain *domain, uint32_t peer, size_t n, uint32_t flags,
		     struct isle_pages **block);

/**
 * isle_pages_map() - a block of @n pages that another domain has granted
 * @refs: what its isle_pages_refs() told
 * @flags: ISLE_PAGES_READ_ONLY or 0
 *
 * -EINVAL: @n is 0 or more than 65536, unknown flags, or one of the grants is
 * not there, not for us, read-only, or of a domain that is not linked (Xen's
 * interface does not say which).  -EDQUOT: ISLE_QUOTA_MAPPINGS or
 * ISLE_QUOTA_FILES.  Others as above.
 */
int isle_pages_map(struct isle_domain *domain, uint32_t peer, const uint32_t *refs, size_t n,
		   uint32_t flags, struct isle_pages **block);

/**
 * isle_pages_refs() - under which numbers the peer may map it
 * @refs: has room for @room numbers; NULL if @room is 0
 *
 * Returns how many there are: one for each page that the handle touches.
 * -EOPNOTSUPP: the memory is not isle_pages_share()'s.
 */
ssize_t isle_pages_refs(const struct isle_pages *block, uint32_t *refs, size_t room);

/* ---- looking at ----------------------------------------------------------- */

/** isle_pages_data() - where it is */
void *isle_pages_data(const struct isle_pages *block);

/** isle_pages_length() - bytes (IO_PAGE.length) */
size_t isle_pages_length(const struct isle_pages *block);

/**
 * isle_pages_count() - how many pages it touches, which is how many views
 * isle_pages_to_pages() makes
 */
size_t isle_pages_count(const struct isle_pages *block);

/** isle_pages_round_to_page_size() - bytes of the pages that hold @n bytes; 0: too many */
size_t isle_pages_round_to_page_size(size_t n);

/**
 * isle_pages_to_pages() - views of one page each (IO_PAGE.to_pages)
 * @list: has room for isle_pages_count() handles
 *
 * The views have the block's memory, not a copy.  -EINVAL: a view that does
 * not begin and end with a page.
 */
int isle_pages_to_pages(struct isle_pages *block, struct isle_pages **list);

/**
 * isle_pages_sub() - a view of a part
 * @offset: in bytes, from the beginning of @block
 * @length: bytes; may be 0
 *
 * -EINVAL: it does not lie within @block.
 */
int isle_pages_sub(struct isle_pages *block, size_t offset, size_t length,
		   struct isle_pages **view);

/**
 * isle_pages_iov() - a list of handles as a list of buffers (IO_PAGE.to_cstruct)
 * @iov: has room for @n
 *
 * The buffers are good as long as the handles.
 */
void isle_pages_iov(struct isle_pages *const *list, size_t n, struct iovec *iov);

/* ---- copying -------------------------------------------------------------- */

/**
 * isle_pages_string_blit() - copy into a block (IO_PAGE.string_blit)
 * @src: @src_len bytes, of which @len from @src_offset on are copied
 * @offset: where to in @dst
 *
 * -EINVAL: outside of @src or of @dst.  -EROFS: @dst is mapped read-only.
 * Nothing was copied then.
 */
int isle_pages_string_blit(const void *src, size_t src_len, size_t src_offset,
			   struct isle_pages *dst, size_t offset, size_t len);

/**
 * isle_pages_blit() - copy a whole block to another one (IO_PAGE.blit)
 *
 * They may overlap.  -EINVAL: they are not equally long.  -EROFS: as above.
 */
int isle_pages_blit(const struct isle_pages *src, struct isle_pages *dst);

/**
 * isle_pages_to_string() - copy out of a block (IO_PAGE.to_string)
 * @to: has room for @size bytes
 *
 * Returns how many bytes were copied, which is the length; there is no NUL.
 * -EMSGSIZE: they do not fit; nothing was copied.
 */
ssize_t isle_pages_to_string(const struct isle_pages *block, void *to, size_t size);

#ifdef __cplusplus
}
#endif

#endif /* LIBISLE_PAGES_H */
