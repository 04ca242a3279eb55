// SPDX-License-Identifier: GPL-2.0
/*
 * Mapping a network device's rings into a program.
 *
 * The words are at offset 0.  Each ring has an area that is twice as long as the
 * ring and shows it twice.  As with channels a mapping belongs to a file of its
 * own that has a reference to the rings, so that closing the device's file ends
 * ring mode at once, whatever is still mapped.
 *
 * Nothing is locked: the pages of a ring are constant.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/module.h>

#include "core/compat.h"
#include "device/net.h"
#include "device/net_ring.h"

/* Pages from the words' offset to the first area, and of each area */
#define AREA	((pgoff_t)ISLE_NET_MAP_TX >> PAGE_SHIFT)
static_assert(ISLE_NET_MAP_RX == 2 * ISLE_NET_MAP_TX);
static_assert(ISLE_NET_MAP_TX >= 2 * ISLE_NET_RING_MAX);

/* The page at @pgoff, or NULL. */
static struct page *page_at(const struct isle_net_ring *ring, pgoff_t pgoff)
{
	pgoff_t tx = ring->tx_size >> PAGE_SHIFT;
	pgoff_t rx = ring->rx_size >> PAGE_SHIFT;

	if (pgoff == ISLE_NET_MAP_RINGS)
		return ring->pages[0];
	if (pgoff >= AREA && pgoff < AREA + 2 * tx)
		return ring->pages[1 + (pgoff - AREA) % tx];
	if (pgoff >= 2 * AREA && pgoff < 2 * AREA + 2 * rx)
		return ring->pages[1 + tx + (pgoff - 2 * AREA) % rx];
	return NULL;
}

static vm_fault_t rings_fault(struct vm_fault *vmf)
{
	struct page *page = page_at(vmf->vma->vm_file->private_data,
				    vmf->pgoff);

	if (!page)
		return VM_FAULT_SIGBUS;
	get_page(page);
	vmf->page = page;
	return 0;
}

static const struct vm_operations_struct rings_ops = {
	.fault = rings_fault,
};

static int rings_release(struct inode *inode, struct file *file)
{
	isle_net_ring_put(file->private_data);
	return 0;
}

static const struct file_operations rings_fops = {
	.owner = THIS_MODULE,
	.release = rings_release,
	.llseek = noop_llseek,
};

/* A file's rings, with a reference; NULL: it has none. */
static struct isle_net_ring *get_ring(struct isle_net_file *nf)
{
	struct isle_net_ring *ring;

	rcu_read_lock();
	ring = rcu_dereference(nf->ring);
	/* The file's own reference stays until nobody looks any more */
	if (ring)
		refcount_inc(&ring->refs);
	rcu_read_unlock();
	return ring;
}

/* The caller's reference passes to the mapping, or goes if there is none. */
static int map(struct isle_net_ring *ring, struct vm_area_struct *vma)
{
	pgoff_t last = vma->vm_pgoff + vma_pages(vma) - 1;
	struct file *file = ERR_PTR(-EINVAL);

	if (last >= vma->vm_pgoff && last / AREA == vma->vm_pgoff / AREA &&
	    page_at(ring, vma->vm_pgoff) && page_at(ring, last))
		file = anon_inode_getfile("[isle-net]", &rings_fops, ring,
					  O_RDWR);
	if (IS_ERR(file)) {
		isle_net_ring_put(ring);
		return PTR_ERR(file);
	}
	vma_set_file(vma, file);
	fput(file);	/* the vma has its own reference */
	isle_vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, VM_MAYEXEC);
	vma->vm_ops = &rings_ops;
	return 0;
}

/**
 * isle_net_fop_mmap() - mmap of a network device's file
 * @file: the file
 * @vma: where
 *
 * Return: 0, -ENOTCONN if the file has no rings, -EINVAL if there is nothing at
 * that offset or it would not be shared, -EACCES if it could be executed,
 * -ENODEV, -ENOMEM.
 */
int isle_net_fop_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct isle_net_file *nf = file->private_data;
	struct isle_net_ring *ring;

	if (isle_device_dead(&nf->net->device))
		return -ENODEV;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	if (vma->vm_flags & VM_EXEC)
		return -EACCES;
	ring = get_ring(nf);
	return ring ? map(ring, vma) : -ENOTCONN;
}
