// SPDX-License-Identifier: GPL-2.0
/*
 * Copying to and from granted pages without mapping them: GRANT_COPY of
 * uapi/xen/gntdev.h.
 *
 * Each end of a segment is a page, of which we have a reference for the time of
 * the copy, or memory of the caller, which is copied to directly, without a
 * lock: if it never answers, only the caller waits, and a kill ends it.
 */
#include <linux/errno.h>
#include <linux/mm.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <xen/interface/grant_table.h>
#include <xen/gntdev.h>

#include "core/domain.h"
#include "share/grant.h"
#include "share/grant_copy.h"

/* What Xen's hypervisor answers in the same case */
static s16 status_of(int err)
{
	switch (err) {
	case -EPERM:
		return GNTST_bad_domain;
	case -ENOENT:
		return GNTST_bad_gntref;
	default:
		return GNTST_general_error;
	}
}

static struct isle_grant *find(struct isle_domain *domain, u16 domid, u32 ref,
			       bool write)
{
	if (domid == DOMID_SELF)
		domid = domain->id;
	return isle_grant_get(domain, domid, ref, write);
}

/*
 * Either grant may be NULL, but not both: then it is memory of the caller.  An
 * iov_iter, because copy_from_user() would clear what it did not get.
 */
static int copy(const struct gntdev_grant_copy_segment *seg,
		struct isle_grant *from, struct isle_grant *to)
{
	struct iov_iter iter;
	size_t done;

	if (!from) {
		iov_iter_ubuf(&iter, ITER_SOURCE, seg->source.virt, seg->len);
		done = copy_page_from_iter(isle_grant_page(to),
					   seg->dest.foreign.offset, seg->len,
					   &iter);
	} else if (!to) {
		iov_iter_ubuf(&iter, ITER_DEST, seg->dest.virt, seg->len);
		done = copy_page_to_iter(isle_grant_page(from),
					 seg->source.foreign.offset, seg->len,
					 &iter);
	} else {
		/* Granted pages are in low memory */
		memmove(page_address(isle_grant_page(to)) +
			seg->dest.foreign.offset,
			page_address(isle_grant_page(from)) +
			seg->source.foreign.offset, seg->len);
		done = seg->len;
	}
	return done == seg->len ? 0 : -EFAULT;
}

/* Returns what the ioctl is to return; *@status: what the segment is told. */
static int copy_segment(struct isle_domain *domain,
			const struct gntdev_grant_copy_segment *seg,
			s16 *status)
{
	struct isle_grant *from = NULL, *to = NULL;
	int err = 0;

	if (seg->flags & GNTCOPY_source_gref) {
		from = find(domain, seg->source.foreign.domid,
			    seg->source.foreign.ref, false);
		if (IS_ERR(from)) {
			*status = status_of(PTR_ERR(from));
			return 0;
		}
	}
	if (seg->flags & GNTCOPY_dest_gref) {
		to = find(domain, seg->dest.foreign.domid,
			  seg->dest.foreign.ref, true);
		if (IS_ERR(to)) {
			*status = status_of(PTR_ERR(to));
			goto out;
		}
	}
	err = copy(seg, from, to);
	if (to)
		isle_grant_put(to);
out:
	if (from)
		isle_grant_put(from);
	return err;
}

static bool fits(const struct gntdev_grant_copy_segment *seg)
{
	/* From memory to memory is not what this is for */
	if (!(seg->flags & (GNTCOPY_source_gref | GNTCOPY_dest_gref)))
		return false;
	if (seg->flags & GNTCOPY_source_gref &&
	    seg->source.foreign.offset + seg->len > PAGE_SIZE)
		return false;
	if (seg->flags & GNTCOPY_dest_gref &&
	    seg->dest.foreign.offset + seg->len > PAGE_SIZE)
		return false;
	return true;
}

/**
 * isle_grant_copy() - run IOCTL_GNTDEV_GRANT_COPY
 * @domain: the grantee; the caller has a reference
 * @arg: the ioctl's
 *
 * Context: process; sleeps.
 * Return: 0, and each segment says how it went; -EINVAL if a segment is
 * impossible, -EFAULT, -EINTR after a fatal signal: the segments before it were
 * copied.
 */
int isle_grant_copy(struct isle_domain *domain,
		    struct ioctl_gntdev_grant_copy __user *arg)
{
	struct gntdev_grant_copy_segment __user *segments;
	struct gntdev_grant_copy_segment seg;
	struct ioctl_gntdev_grant_copy op;
	unsigned int i;
	s16 status;
	int err;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	segments = op.segments;
	for (i = 0; i < op.count; i++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		if (copy_from_user(&seg, &segments[i], sizeof(seg)))
			return -EFAULT;
		if (!fits(&seg))
			return -EINVAL;
		status = GNTST_okay;
		err = seg.len ? copy_segment(domain, &seg, &status) : 0;
		if (err)
			return err;
		if (put_user(status, &segments[i].status))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}
