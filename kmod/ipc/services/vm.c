// SPDX-License-Identifier: GPL-2.0
/*
 * vm.alloc_pages: memory for the caller.
 *
 * Arbitrary pages are made zeroed and charged to the caller's domain.  They are
 * the contents of a file that nobody can open, which is mapped into the caller's
 * memory; they go when the last piece of the mapping does.
 *
 * Physical pages are what /dev/mem would give to the same caller: no system
 * memory, whatever the capabilities, as it belongs to somebody else, and
 * nothing on a kernel that is locked down.
 */
#include <linux/anon_inodes.h>
#include <linux/capability.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/ioport.h>
#include <linux/mm.h>
#include <linux/mman.h>
#include <linux/module.h>
#include <linux/sched/signal.h>
#include <linux/security.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "core/compat.h"
#include "core/domain.h"
#include "core/live.h"
#include "ipc/service.h"
#include "ipc/task.h"

/* Of one call, like shared memory's; the quota says how many altogether */
#define PAGES_MAX	(ISLE_SHM_MAX >> PAGE_SHIFT)

/**
 * struct isle_pages - what the file has
 * @domain: who pays; a reference
 * @pfn: the first physical page; 0: those in @pages
 * @n: how many pages
 * @pages: the pages, if they are ours
 */
struct isle_pages {
	struct isle_domain *domain;
	unsigned long pfn;
	unsigned long n;
	struct page *pages[];
};

static u64 charge_of(const struct isle_pages *pages)
{
	return sizeof(*pages) + (pages->pfn ? 0 : (u64)pages->n << PAGE_SHIFT);
}

static void free_all(struct isle_pages *pages)
{
	struct isle_domain *domain = pages->domain;
	u64 charge = charge_of(pages);
	unsigned long i;

	for (i = 0; !pages->pfn && i < pages->n && pages->pages[i]; i++)
		__free_page(pages->pages[i]);
	kvfree(pages);
	isle_account_uncharge(&domain->account, ISLE_QUOTA_MESSAGES, charge);
	isle_domain_put(domain);
	isle_live_dec(ISLE_LIVE_MESSAGES);
}

static int fill(struct isle_pages *pages)
{
	unsigned long i;

	for (i = 0; i < pages->n; i++) {
		pages->pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!pages->pages[i])
			return -ENOMEM;
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static struct isle_pages *make(struct isle_domain *domain, unsigned long pfn,
			       unsigned long n)
{
	struct isle_pages *pages, size = { .pfn = pfn, .n = n };
	int err;

	err = isle_account_charge(&domain->account, ISLE_QUOTA_MESSAGES,
				  charge_of(&size));
	if (err)
		return ERR_PTR(err);
	pages = kvzalloc(struct_size(pages, pages, pfn ? 0 : n),
			 GFP_KERNEL_ACCOUNT);
	if (!pages) {
		isle_account_uncharge(&domain->account, ISLE_QUOTA_MESSAGES,
				      charge_of(&size));
		return ERR_PTR(-ENOMEM);
	}
	isle_live_inc(ISLE_LIVE_MESSAGES);
	isle_domain_hold(domain);
	pages->domain = domain;
	pages->pfn = pfn;
	pages->n = n;
	err = pfn ? 0 : fill(pages);
	if (err) {
		free_all(pages);
		return ERR_PTR(err);
	}
	return pages;
}

static int fop_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct isle_pages *pages = file->private_data;

	if (!(vma->vm_flags & VM_SHARED) || vma->vm_pgoff ||
	    vma_pages(vma) != pages->n)
		return -EINVAL;
	isle_vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP, 0);
	if (!pages->pfn)
		return vm_map_pages_zero(vma, pages->pages, pages->n);
	isle_vm_flags_mod(vma, 0, VM_MAYEXEC);
	vma->vm_page_prot = pgprot_noncached(vma->vm_page_prot);
	return remap_pfn_range(vma, vma->vm_start, pages->pfn,
			       pages->n << PAGE_SHIFT, vma->vm_page_prot);
}

static int fop_release(struct inode *inode, struct file *file)
{
	free_all(file->private_data);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.mmap = fop_mmap,
	.release = fop_release,
	.llseek = noop_llseek,
};

static int refuse(struct resource *resource, void *arg)
{
	return -EPERM;
}

/* Whether the caller may have these physical pages */
static int check_physical(u64 paddr, u64 n)
{
	u64 last = paddr + (n << PAGE_SHIFT) - 1;
	unsigned long pfn;
	int err;

	if (!capable(CAP_SYS_RAWIO) || security_locked_down(LOCKDOWN_DEV_MEM))
		return -EPERM;
	/* The end of what processor and bus can address */
	if (!PAGE_ALIGNED(paddr) || last < paddr || last > iomem_resource.end)
		return -EINVAL;
	for (pfn = PHYS_PFN(paddr); n; n--, pfn++)
		if (page_is_ram(pfn))
			return -EPERM;
	/*
	 * Nothing that a driver has, but for the first MiB, which is everybody's:
	 * as /dev/mem at its strictest
	 */
	if (last < SZ_1M)
		return 0;
	err = walk_iomem_res_desc(IORES_DESC_NONE,
				  IORESOURCE_MEM | IORESOURCE_BUSY,
				  max_t(u64, paddr, SZ_1M), last, NULL, refuse);
	return err == -EPERM ? err : 0;
}

static int alloc_pages_service(struct isle_service_call *call)
{
	const struct isle_msg_vm_alloc_pages *in =
		(const void *)call->request->data;
	struct isle_msg_vm_alloc_pages_reply *out = (void *)call->reply->data;
	struct isle_pages *pages;
	unsigned long where;
	struct file *file;
	int err;

	if (!in->num_pages || in->num_pages > PAGES_MAX)
		return -EINVAL;
	if (in->paddr) {
		err = check_physical(in->paddr, in->num_pages);
		if (err)
			return err;
	}
	pages = make(call->task->domain, PHYS_PFN(in->paddr), in->num_pages);
	if (IS_ERR(pages))
		return PTR_ERR(pages);
	file = anon_inode_getfile("[isle-pages]", &fops, pages, O_RDWR);
	if (IS_ERR(file)) {
		free_all(pages);
		return PTR_ERR(file);
	}
	where = vm_mmap(file, 0, in->num_pages << PAGE_SHIFT,
			PROT_READ | PROT_WRITE, MAP_SHARED, 0);
	fput(file);	/* the mapping has it */
	if (IS_ERR_VALUE(where))
		return where;
	out->vaddr = where;
	out->paddr = in->paddr;
	return 0;
}

static const struct isle_service services[] = {
	{ ISLE_MSG_VM_ALLOC_PAGES, alloc_pages_service },
};

const struct isle_service_group isle_service_vm = {
	.services = services,
	.n = ARRAY_SIZE(services),
};
