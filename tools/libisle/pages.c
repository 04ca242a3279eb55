// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Blocks of pages.  A handle is a part of a region and holds a reference to it;
 * the region owns the mapping and the file that it came from, until the last
 * handle is put.  Regions and handles are constant but for the count.
 *
 * What is shared has a gntalloc file of its own, what is mapped a gntdev file:
 * closing it takes back all of it, whatever else the process has open.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

/* for the headers, which lack them */
typedef uint32_t grant_ref_t;
typedef uint16_t domid_t;
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#include "internal.h"

#define PAGES_MOST	65536	/* of one call to a Xen face */

struct region {
	unsigned int refs;	/* atomic */
	int fd;			/* gntalloc, gntdev, or -1 */
	bool shared;		/* has @gref */
	bool read_only;
	char *data;
	size_t length;
	uint32_t gref[];	/* one for each page */
};

struct isle_pages {
	struct region *region;
	char *data;
	size_t length;
};

static void region_put(struct region *region)
{
	/* Release our use of it, acquire everybody else's before it goes. */
	if (__atomic_sub_fetch(&region->refs, 1, __ATOMIC_ACQ_REL))
		return;
	if (region->data)
		munmap(region->data, region->length);
	if (region->fd >= 0)
		close(region->fd);
	free(region);
}

static struct region *region_new(size_t n, size_t grefs)
{
	struct region *region = calloc(1, sizeof(*region) + grefs * sizeof(region->gref[0]));

	if (!region)
		return NULL;
	region->refs = 1;
	region->fd = -1;
	region->length = n * ISLE_PAGE_SIZE;
	return region;
}

static int region_mmap(struct region *region, int prot, int flags, uint64_t offset)
{
	void *where = mmap(NULL, region->length, prot, flags, region->fd, (off_t)offset);

	if (where == MAP_FAILED)
		return -errno;
	region->data = where;
	return 0;
}

/* A handle of a part of the region, with a reference of its own. */
static struct isle_pages *view_of(struct region *region, char *data, size_t length)
{
	struct isle_pages *view = malloc(sizeof(*view));

	if (!view)
		return NULL;
	__atomic_add_fetch(&region->refs, 1, __ATOMIC_RELAXED);
	view->region = region;
	view->data = data;
	view->length = length;
	return view;
}

/* The caller's reference goes over to a handle of all of it, or is put. */
static int finish(struct region *region, struct isle_pages **block)
{
	struct isle_pages *all = view_of(region, region->data, region->length);

	region_put(region);
	if (!all)
		return -ENOMEM;
	*block = all;
	return 0;
}

EXPORT void isle_pages_put(struct isle_pages *block)
{
	if (!block)
		return;
	region_put(block->region);
	free(block);
}

EXPORT void isle_pages_put_list(struct isle_pages **list, size_t n)
{
	size_t i;

	for (i = 0; i < n; i++)
		isle_pages_put(list[i]);
}

EXPORT int isle_pages_get(size_t n, struct isle_pages **block)
{
	struct region *region;
	int rc;

	if (!n)
		return -EINVAL;
	if (n > SIZE_MAX / 2 / ISLE_PAGE_SIZE)
		return -ENOMEM;
	region = region_new(n, 0);
	if (!region)
		return -ENOMEM;
	rc = region_mmap(region, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, 0);
	if (rc) {
		region_put(region);
		return rc;
	}
	return finish(region, block);
}

static int order_to_pages(unsigned int order, size_t *n)
{
	if (order >= 8 * sizeof(*n) - 1)
		return -ENOMEM;
	*n = (size_t)1 << order;
	return 0;
}

EXPORT int isle_pages_get_order(unsigned int order, struct isle_pages **block)
{
	size_t n;
	int rc = order_to_pages(order, &n);

	return rc ? rc : isle_pages_get(n, block);
}

EXPORT int isle_pages_pages(size_t n, struct isle_pages **list)
{
	struct isle_pages *block;
	int rc = isle_pages_get(n, &block);

	if (rc)
		return rc;
	rc = isle_pages_to_pages(block, list);
	isle_pages_put(block);
	return rc;
}

EXPORT int isle_pages_pages_order(unsigned int order, struct isle_pages **list)
{
	size_t n;
	int rc = order_to_pages(order, &n);

	return rc ? rc : isle_pages_pages(n, list);
}

/* A new file of a Xen face of the domain. */
static int open_face(struct isle_domain *domain, uint32_t part, const char *node)
{
	struct isle_part_open arg = { .size = sizeof(arg), .part = part };
	int rc;

	if (!domain) {
		rc = open(node, O_RDWR | O_CLOEXEC);
		return rc < 0 ? -errno : rc;
	}
	rc = isle_ioctl(domain->fd, ISLE_DOMAIN_PART_OPEN, &arg);
	return rc ? rc : arg.fd;
}

/* Allocates and grants what the region is to have; tells where in the file. */
static int grant(struct region *region, uint16_t peer, uint32_t n, bool writable,
		 uint64_t *offset)
{
	struct ioctl_gntalloc_alloc_gref *arg;
	int rc;

	arg = calloc(1, sizeof(*arg) + n * sizeof(arg->gref_ids[0]));
	if (!arg)
		return -ENOMEM;
	arg->domid = peer;
	arg->flags = writable ? GNTALLOC_FLAG_WRITABLE : 0;
	arg->count = n;
	rc = isle_ioctl(region->fd, IOCTL_GNTALLOC_ALLOC_GREF, arg);
	/* What Xen's face says of a quota */
	if (rc == -ENOSPC)
		rc = -EDQUOT;
	if (!rc) {
		memcpy(region->gref, arg->gref_ids, n * sizeof(arg->gref_ids[0]));
		*offset = arg->index;
	}
	free(arg);
	return rc;
}

EXPORT int isle_pages_share(struct isle_domain *domain, uint32_t peer, size_t n, uint32_t flags,
			    struct isle_pages **block)
{
	struct region *region;
	uint64_t offset;
	int rc;

	if (!n || flags & ~ISLE_PAGES_READ_ONLY || peer > UINT16_MAX)
		return -EINVAL;
	if (n > PAGES_MOST)
		return -EDQUOT;
	region = region_new(n, n);
	if (!region)
		return -ENOMEM;
	region->shared = true;
	rc = open_face(domain, ISLE_OPEN_GNTALLOC, ISLE_DEV "self/xen/gntalloc");
	if (rc >= 0) {
		region->fd = rc;
		rc = grant(region, (uint16_t)peer, (uint32_t)n, !(flags & ISLE_PAGES_READ_ONLY),
			   &offset);
	}
	if (!rc)
		rc = region_mmap(region, PROT_READ | PROT_WRITE, MAP_SHARED, offset);
	if (rc) {
		region_put(region);
		return rc;
	}
	return finish(region, block);
}

static int map_grants(struct region *region, uint32_t peer, const uint32_t *refs, uint32_t n,
		      uint64_t *offset)
{
	struct ioctl_gntdev_map_grant_ref *arg;
	uint32_t i;
	int rc;

	arg = calloc(1, sizeof(*arg) + n * sizeof(arg->refs[0]));
	if (!arg)
		return -ENOMEM;
	arg->count = n;
	for (i = 0; i < n; i++) {
		arg->refs[i].domid = peer;
		arg->refs[i].ref = refs[i];
	}
	rc = isle_ioctl(region->fd, IOCTL_GNTDEV_MAP_GRANT_REF, arg);
	if (!rc)
		*offset = arg->index;
	free(arg);
	return rc;
}

EXPORT int isle_pages_map(struct isle_domain *domain, uint32_t peer, const uint32_t *refs, size_t n,
			  uint32_t flags, struct isle_pages **block)
{
	struct region *region;
	uint64_t offset;
	int rc;

	if (!n || n > PAGES_MOST || flags & ~ISLE_PAGES_READ_ONLY || peer > UINT16_MAX)
		return -EINVAL;
	region = region_new(n, 0);
	if (!region)
		return -ENOMEM;
	region->read_only = flags & ISLE_PAGES_READ_ONLY;
	rc = open_face(domain, ISLE_OPEN_GNTDEV, ISLE_DEV "self/xen/gntdev");
	if (rc >= 0) {
		region->fd = rc;
		rc = map_grants(region, peer, refs, (uint32_t)n, &offset);
	}
	if (!rc)
		rc = region_mmap(region,
				 region->read_only ? PROT_READ : PROT_READ | PROT_WRITE,
				 MAP_SHARED, offset);
	if (rc) {
		region_put(region);
		return rc;
	}
	return finish(region, block);
}

/* Number within the region of the page that holds a byte. */
static size_t page_of(const struct isle_pages *block, size_t byte)
{
	return (size_t)(block->data - block->region->data + byte) / ISLE_PAGE_SIZE;
}

EXPORT size_t isle_pages_count(const struct isle_pages *block)
{
	if (!block->length)
		return 0;
	return page_of(block, block->length - 1) - page_of(block, 0) + 1;
}

EXPORT ssize_t isle_pages_refs(const struct isle_pages *block, uint32_t *refs, size_t room)
{
	size_t count = isle_pages_count(block);

	if (!block->region->shared)
		return -EOPNOTSUPP;
	if (room > count)
		room = count;
	if (room)
		memcpy(refs, &block->region->gref[page_of(block, 0)], room * sizeof(*refs));
	return (ssize_t)count;
}

EXPORT void *isle_pages_data(const struct isle_pages *block)
{
	return block->data;
}

EXPORT size_t isle_pages_length(const struct isle_pages *block)
{
	return block->length;
}

EXPORT size_t isle_pages_round_to_page_size(size_t n)
{
	/* Past the end of what a size_t counts it becomes 0. */
	return (n + ISLE_PAGE_SIZE - 1) & ~(size_t)(ISLE_PAGE_SIZE - 1);
}

EXPORT int isle_pages_to_pages(struct isle_pages *block, struct isle_pages **list)
{
	size_t i, n = block->length / ISLE_PAGE_SIZE;

	if (((uintptr_t)block->data | block->length) % ISLE_PAGE_SIZE)
		return -EINVAL;
	for (i = 0; i < n; i++) {
		list[i] = view_of(block->region, block->data + i * ISLE_PAGE_SIZE,
				  ISLE_PAGE_SIZE);
		if (!list[i]) {
			isle_pages_put_list(list, i);
			return -ENOMEM;
		}
	}
	return 0;
}

static bool within(size_t offset, size_t length, size_t whole)
{
	return offset <= whole && length <= whole - offset;
}

EXPORT int isle_pages_sub(struct isle_pages *block, size_t offset, size_t length,
			  struct isle_pages **view)
{
	struct isle_pages *part;

	if (!within(offset, length, block->length))
		return -EINVAL;
	part = view_of(block->region, block->data + offset, length);
	if (!part)
		return -ENOMEM;
	*view = part;
	return 0;
}

EXPORT void isle_pages_iov(struct isle_pages *const *list, size_t n, struct iovec *iov)
{
	size_t i;

	for (i = 0; i < n; i++) {
		iov[i].iov_base = list[i]->data;
		iov[i].iov_len = list[i]->length;
	}
}

EXPORT int isle_pages_string_blit(const void *src, size_t src_len, size_t src_offset,
				  struct isle_pages *dst, size_t offset, size_t len)
{
	if (!within(src_offset, len, src_len) || !within(offset, len, dst->length))
		return -EINVAL;
	if (dst->region->read_only)
		return -EROFS;
	if (len)
		memmove(dst->data + offset, (const char *)src + src_offset, len);
	return 0;
}

EXPORT int isle_pages_blit(const struct isle_pages *src, struct isle_pages *dst)
{
	return src->length == dst->length ?
	       isle_pages_string_blit(src->data, src->length, 0, dst, 0, src->length) : -EINVAL;
}

EXPORT ssize_t isle_pages_to_string(const struct isle_pages *block, void *to, size_t size)
{
	if (block->length > size)
		return -EMSGSIZE;
	if (block->length)
		memcpy(to, block->data, block->length);
	return (ssize_t)block->length;
}
