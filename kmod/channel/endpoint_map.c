// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping a channel's memory into a program.
 *
 * The shared page is at offset 0.  A ring with pages of its own has an area that
 * is twice as long as the ring and shows it twice, so that what wraps around
 * its end is contiguous.
 *
 * A mapping belongs to a file of its own that has a reference to the channel,
 * not to the endpoint's: so closing the endpoint is noticed by the peer at once,
 * and what is mapped stays valid, and charged, until it is unmapped.
 *
 * Nothing is locked: pages and rings of a channel are constant.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "channel/channel.h"
#include "channel/endpoint.h"
#include "core/compat.h"
#include "core/domain.h"

/* Pages from the shared page's offset to the first area, and of each area */
#define AREA	((pgoff_t)ISLE_MAP_READ >> PAGE_SHIFT)
static_assert(ISLE_MAP_WRITE == 2 * ISLE_MAP_READ);

/* The page at @pgoff, or NULL. */
static struct page *page_at(const struct isle_channel *ch, pgoff_t pgoff)
{
	const struct isle_ring *ring;
	pgoff_t pages;

	if (pgoff == ISLE_MAP_SHARED)
		return ch->page;
	if (pgoff < AREA || pgoff >= 3 * AREA)
		return NULL;
	ring = pgoff < 2 * AREA ? &ch->read : &ch->write;
	/* Within the shared page it has no area */
	if (ring->offset)
		return NULL;
	pages = ring->size >> PAGE_SHIFT;
	pgoff %= AREA;
	return pgoff < 2 * pages ? ring->pages[pgoff % pages] : NULL;
}

static vm_fault_t pages_fault(struct vm_fault *vmf)
{
	struct page *page = page_at(vmf->vma->vm_file->private_data,
				    vmf->pgoff);

	if (!page)
		return VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct pages_ops = {
	.fault = pages_fault,
};

static int pages_release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		isle_channel_put(file->private_data);
	return 0;
}

static const struct file_operations pages_fops = {
	.owner = THIS_MODULE,
	.release = pages_release,
	.llseek = noop_llseek,
};

static int map(struct isle_channel *ch, struct vm_area_struct *vma)
{
	pgoff_t last = vma->vm_pgoff + vma_pages(vma) - 1;
	struct file *file;

	if (last < vma->vm_pgoff || last / AREA != vma->vm_pgoff / AREA ||
	    !page_at(ch, vma->vm_pgoff) || !page_at(ch, last))
		return -EINVAL;
	file = anon_inode_getfile("[isle-vchan]", &pages_fops, ch, O_RDWR);
	if (IS_ERR(file))
		return PTR_ERR(file);
	refcount_inc(&ch->refs);
	vma_set_file(vma, file);
	fput(file);	/* the vma has its own reference */
	isle_vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYEXEC);
	vma->vm_ops = &pages_ops;
	return 0;
}

/**
 * isle_endpoint_fop_mmap() - mmap of an endpoint's file
 * @file: the file
 * @vma: where
 *
 * Return: 0, -ENOTCONN if it is joined to nothing, -EINVAL if there is nothing
 * at that offset or it would not be shared, -EACCES if it could be executed,
 * -ENODEV, -ENOMEM.
 */
int isle_endpoint_fop_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct isle_endpoint *ep = file->private_data;
	struct isle_channel *ch;
	int err;

	if (isle_domain_dead(ep->key.domain))
		return -ENODEV;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	ch = isle_endpoint_channel(ep);
	if (!ch)
		return -ENOTCONN;
	err = map(ch, vma);
	isle_channel_put(ch);
	return err;
}
