/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: grants through their Xen faces
 *
 * A wrapper returns what the call returned, or -errno.
 */
#ifndef ISLE_SELFTESTS_SHARE_GNT_H
#define ISLE_SELFTESTS_SHARE_GNT_H

#include "evtchn.h"

typedef uint32_t grant_ref_t;	/* for the header, which lacks it */
#include <xen/gntalloc.h>
#include <xen/gntdev.h>

#define PAGE		4096UL
#define PAGES_MAX	65536	/* of one call */
#define RW		(PROT_READ | PROT_WRITE)

/* what the header has from Xen's interface */
#define GNTCOPY_source_gref	1
#define GNTCOPY_dest_gref	2
#define GNTST_okay		0
#define GNTST_general_error	(-1)
#define GNTST_bad_domain	(-2)
#define GNTST_bad_gntref	(-3)

static inline int gntalloc_open(int fd)
{
	return part_open(fd, ISLE_OPEN_GNTALLOC, 0);
}

static inline int gntdev_open(int fd)
{
	return part_open(fd, ISLE_OPEN_GNTDEV, 0);
}

/* @refs has room for @count; may be NULL if @count is 0 */
static inline int gnt_alloc(int fd, __u32 domid, __u32 count, bool write,
			    __u32 *refs, __u64 *index)
{
	struct ioctl_gntalloc_alloc_gref *arg;
	int ret;

	arg = calloc(1, sizeof(*arg) + count * sizeof(__u32));
	if (!arg)
		abort();
	arg->domid = domid;
	arg->flags = write ? GNTALLOC_FLAG_WRITABLE : 0;
	arg->count = count;
	ret = call(fd, IOCTL_GNTALLOC_ALLOC_GREF, arg);
	if (!ret) {
		*index = arg->index;
		if (count)
			memcpy(refs, arg->gref_ids, count * sizeof(__u32));
	}
	free(arg);
	return ret;
}

static inline int gnt_dealloc(int fd, __u64 index, __u32 count)
{
	struct ioctl_gntalloc_dealloc_gref arg = { index, count };

	return call(fd, IOCTL_GNTALLOC_DEALLOC_GREF, &arg);
}

static inline int gntalloc_notify(int fd, __u64 index, __u32 action, __u32 port)
{
	struct ioctl_gntalloc_unmap_notify arg = { index, action, port };

	return call(fd, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, &arg);
}

static inline int gnt_map(int fd, __u32 domid, const __u32 *refs, __u32 count,
			  __u64 *index)
{
	struct ioctl_gntdev_map_grant_ref *arg;
	__u32 i;
	int ret;

	arg = calloc(1, sizeof(*arg) + count * sizeof(arg->refs[0]));
	if (!arg)
		abort();
	arg->count = count;
	arg->index = ~0ULL;
	for (i = 0; i < count; i++) {
		arg->refs[i].domid = domid;
		arg->refs[i].ref = refs[i];
	}
	ret = call(fd, IOCTL_GNTDEV_MAP_GRANT_REF, arg);
	if (!ret)
		*index = arg->index;
	free(arg);
	return ret;
}

static inline int gnt_unmap(int fd, __u64 index, __u32 count)
{
	struct ioctl_gntdev_unmap_grant_ref arg = { index, count, 0 };

	return call(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &arg);
}

static inline int gnt_offset(int fd, void *addr, __u64 *offset, __u32 *count)
{
	struct ioctl_gntdev_get_offset_for_vaddr arg = {
		.vaddr = (uintptr_t)addr,
	};
	int ret = call(fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &arg);

	*offset = arg.offset;
	*count = arg.count;
	return ret;
}

static inline int gnt_max(int fd, __u32 count)
{
	struct ioctl_gntdev_set_max_grants arg = { count };

	return call(fd, IOCTL_GNTDEV_SET_MAX_GRANTS, &arg);
}

static inline int gntdev_notify(int fd, __u64 index, __u32 action, __u32 port)
{
	struct ioctl_gntdev_unmap_notify arg = { index, action, port };

	return call(fd, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &arg);
}

static inline int gnt_copy(int fd, struct gntdev_grant_copy_segment *segments,
			   unsigned int count)
{
	struct ioctl_gntdev_grant_copy arg = { count, segments };

	return call(fd, IOCTL_GNTDEV_GRANT_COPY, &arg);
}

/* Value: 0 or -errno; *@map: NULL if it failed */
static inline int gnt_mmap(int fd, __u64 offset, size_t pages, int prot,
			   int flags, void *map)
{
	void *addr = mmap(NULL, pages * PAGE, prot, flags, fd, offset);

	*(void **)map = addr == MAP_FAILED ? NULL : addr;
	return addr == MAP_FAILED ? -errno : 0;
}

/* A reference, mapped; the map is the only one of the file or not */
static inline int gnt_open_ref(int fd, __u32 domid, __u32 ref, int prot,
			       __u64 *index, void *map)
{
	int ret = gnt_map(fd, domid, &ref, 1, index);

	if (ret)
		return ret;
	ret = gnt_mmap(fd, *index, 1, prot, MAP_SHARED, map);
	if (ret)
		gnt_unmap(fd, *index, 1);
	return ret;
}

/*
 * Two domains that are linked, one that is linked to neither, and their files:
 * ga grants as a, da maps as a, and so on.
 */
struct pair {
	int ctl;
	struct dom a, b, c;
	int ga, gb, gc, da, db, dc;
	struct counters start;
};

static inline bool pair_make(struct pair *p)
{
	p->start = counters_start();
	p->ctl = control_open();
	if (p->ctl < 0 || dom_create(p->ctl, NULL, &p->a) ||
	    dom_create(p->ctl, NULL, &p->b) ||
	    dom_create(p->ctl, NULL, &p->c) ||
	    dom_link(p->ctl, p->a.id, p->b.id))
		return false;
	p->ga = gntalloc_open(p->a.fd);
	p->gb = gntalloc_open(p->b.fd);
	p->gc = gntalloc_open(p->c.fd);
	p->da = gntdev_open(p->a.fd);
	p->db = gntdev_open(p->b.fd);
	p->dc = gntdev_open(p->c.fd);
	return p->ga >= 0 && p->gb >= 0 && p->gc >= 0 && p->da >= 0 &&
	       p->db >= 0 && p->dc >= 0;
}

/* Value: whether nothing has stayed behind */
static inline bool pair_end(struct pair *p)
{
	close(p->ga);
	close(p->gb);
	close(p->gc);
	close(p->da);
	close(p->db);
	close(p->dc);
	close(p->a.fd);
	close(p->b.fd);
	close(p->c.fd);
	close(p->ctl);
	return counters_are(&p->start);
}

static inline __u64 grants_used(struct pair *p, const struct dom *dom)
{
	return quota_used(p->ctl, dom->id, ISLE_QUOTA_GRANTS);
}

static inline __u64 mappings_used(struct pair *p, const struct dom *dom)
{
	return quota_used(p->ctl, dom->id, ISLE_QUOTA_MAPPINGS);
}

#endif /* ISLE_SELFTESTS_SHARE_GNT_H */
