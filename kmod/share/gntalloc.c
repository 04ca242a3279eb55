// SPDX-License-Identifier: GPL-2.0
/*
 * The Xen face of granting: /dev/xen/gntalloc, as uapi/xen/gntalloc.h describes
 * it.  A file allocates pages that another domain may map, and maps them.
 *
 * A page is in use as long as the file has it in its table and for each
 * mapping; then its notification fires and the grant ends.  Who has mapped it
 * from the other side keeps it.  A mapping of several pages that is split or
 * copied (munmap of a part, mremap, fork) keeps all of them until all its parts
 * are gone, as the driver for Xen does.
 *
 * Where we differ from that driver: a domain can grant only to those it is
 * linked to, otherwise EPERM; the limit is the domain's ISLE_QUOTA_GRANTS (the
 * errno is ENOSPC all the same); pages that the caller could not be told of are
 * taken back; what was discarded from a mapping comes back when it is touched.
 *
 * Lock order: mmap_lock > gntalloc.lock > what share/grant and share/event take.
 * So no user memory is touched under it.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/refcount.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/gntalloc.h>

#include "core/compat.h"
#include "core/domain.h"
#include "core/part.h"
#include "share/gntalloc.h"
#include "share/grant.h"
#include "share/notify.h"

/* Pages of one call: as many as the quota's default */
#define COUNT_MAX	65536

/**
 * struct gref - a granted page
 * @users: the file, and mappings
 * @grant: the grant; a reference (constant)
 * @notify: what happens in the end (protected by gntalloc.lock while the file
 *	has it)
 */
struct gref {
	refcount_t users;
	struct isle_grant *grant;
	struct isle_notify notify;
};

/**
 * struct gntalloc - a file
 * @domain: the granter (constant)
 * @lock: protects @grefs and @next
 * @grefs: by page number in the file
 * @next: page number of the next one
 */
struct gntalloc {
	struct isle_domain *domain;
	struct mutex lock;	/* see above */
	struct xarray grefs;
	unsigned long next;
};

/**
 * struct view - what an mmap(2) has mapped, and what became of that
 * @users: vmas
 * @first: page number in the file
 * @count: how many pages
 * @grefs: the pages
 */
struct view {
	refcount_t users;
	unsigned long first;
	unsigned long count;
	struct gref *grefs[];
};

static void gref_put(struct gref *gref)
{
	if (!refcount_dec_and_test(&gref->users))
		return;
	isle_notify_fire(&gref->notify, isle_grant_page(gref->grant));
	isle_grant_end(gref->grant);
	isle_grant_put(gref->grant);
	kfree(gref);
}

static void view_put(struct view *view)
{
	unsigned long i;

	if (!refcount_dec_and_test(&view->users))
		return;
	for (i = 0; i < view->count; i++)
		gref_put(view->grefs[i]);
	kvfree(view);
}

static void vma_open(struct vm_area_struct *vma)
{
	struct view *view = vma->vm_private_data;

	refcount_inc(&view->users);
}

static void vma_close(struct vm_area_struct *vma)
{
	view_put(vma->vm_private_data);
}

/* Only for what was discarded: mmap(2) has put everything in place. */
static vm_fault_t vma_fault(struct vm_fault *vmf)
{
	struct view *view = vmf->vma->vm_private_data;
	unsigned long i = vmf->pgoff - view->first;

	if (i >= view->count)
		return VM_FAULT_SIGBUS;
	vmf->page = isle_grant_page(view->grefs[i]->grant);
	get_page(vmf->page);
	return 0;
}

static const struct vm_operations_struct vm_ops = {
	.open = vma_open,
	.close = vma_close,
	.fault = vma_fault,
};

/* Whether the file has all these pages.  Holds the file's lock. */
static bool have_all(struct gntalloc *file, unsigned long first, u64 count)
{
	u64 i;

	lockdep_assert_held(&file->lock);
	/* Ends at the first one that is missing, whatever the count */
	for (i = 0; i < count; i++)
		if (first + i < first || !xa_load(&file->grefs, first + i))
			return false;
	return true;
}

static struct view *view_make(struct gntalloc *file, unsigned long first,
			      unsigned long count)
{
	struct view *view = NULL;
	unsigned long i;

	mutex_lock(&file->lock);
	/* Before memory is taken: the count is what the caller asks for */
	if (!have_all(file, first, count))
		goto out;
	view = kvmalloc(struct_size(view, grefs, count), GFP_KERNEL_ACCOUNT);
	if (!view) {
		view = ERR_PTR(-ENOMEM);
		goto out;
	}
	refcount_set(&view->users, 1);
	view->first = first;
	view->count = count;
	for (i = 0; i < count; i++) {
		view->grefs[i] = xa_load(&file->grefs, first + i);
		refcount_inc(&view->grefs[i]->users);
	}
out:
	mutex_unlock(&file->lock);
	return view ?: ERR_PTR(-ENOENT);
}

static int fop_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct gntalloc *file = filp->private_data;
	unsigned long i;
	struct view *view;
	int err;

	if (isle_domain_dead(file->domain))
		return -ENODEV;
	if (!(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	view = view_make(file, vma->vm_pgoff, vma_pages(vma));
	if (IS_ERR(view))
		return PTR_ERR(view);
	isle_vm_flags_mod(vma, VM_DONTEXPAND | VM_DONTDUMP | VM_MIXEDMAP, 0);
	for (i = 0; i < view->count; i++) {
		err = vm_insert_page(vma, vma->vm_start + i * PAGE_SIZE,
				     isle_grant_page(view->grefs[i]->grant));
		if (err) {
			/* What is in place has references of its own */
			view_put(view);
			return err;
		}
	}
	vma->vm_private_data = view;
	vma->vm_ops = &vm_ops;
	return 0;
}

/* The user's struct is followed by more numbers than it has a place for. */
static int tell(struct ioctl_gntalloc_alloc_gref __user *arg, u64 index,
		u32 count, struct gref **grefs)
{
	u32 i;

	if (put_user(index, &arg->index))
		return -EFAULT;
	for (i = 0; i < count; i++) {
		if (put_user(isle_grant_ref(grefs[i]->grant),
			     &arg->gref_ids[i]))
			return -EFAULT;
		cond_resched();
	}
	return 0;
}

/* Where in the file they will be, with places for them in the table. */
static int reserve(struct gntalloc *file, u32 count, unsigned long *first)
{
	u32 i = 0;
	int err = 0;

	mutex_lock(&file->lock);
	*first = file->next;
	while (!err && i < count)
		err = xa_reserve(&file->grefs, *first + i++,
				 GFP_KERNEL_ACCOUNT);
	if (!err)
		file->next += count;
	else
		while (i--)
			xa_release(&file->grefs, *first + i);
	mutex_unlock(&file->lock);
	return err;
}

static void add(struct gntalloc *file, u32 count, unsigned long first,
		struct gref **grefs)
{
	u32 i;

	mutex_lock(&file->lock);
	for (i = 0; i < count; i++) /* have their places already */
		xa_store(&file->grefs, first + i, grefs[i], GFP_KERNEL_ACCOUNT);
	mutex_unlock(&file->lock);
}

static int alloc(struct gntalloc *file,
		 struct ioctl_gntalloc_alloc_gref __user *arg,
		 const struct ioctl_gntalloc_alloc_gref *op,
		 struct isle_grant **grants, struct gref **grefs)
{
	unsigned long first;
	u32 i, made = 0;
	int err;

	err = isle_grant_alloc(file->domain, op->domid,
			       !(op->flags & GNTALLOC_FLAG_WRITABLE),
			       op->count, grants);
	if (err)
		return err == -EDQUOT ? -ENOSPC : err;
	for (; made < op->count; made++) {
		grefs[made] = kzalloc(sizeof(*grefs[0]), GFP_KERNEL_ACCOUNT);
		err = -ENOMEM;
		if (!grefs[made])
			goto err_grants;
		refcount_set(&grefs[made]->users, 1);
		grefs[made]->grant = grants[made];
	}
	err = reserve(file, op->count, &first);
	if (err)
		goto err_grants;
	/* Their memory may let us wait for ever; nothing is held meanwhile */
	err = tell(arg, (u64)first << PAGE_SHIFT, op->count, grefs);
	if (err)
		goto err_reserved;
	add(file, op->count, first, grefs);
	return 0;

err_reserved:
	mutex_lock(&file->lock);
	for (i = 0; i < op->count; i++)
		xa_release(&file->grefs, first + i);
	mutex_unlock(&file->lock);
err_grants:
	for (i = made; i < op->count; i++) {
		isle_grant_end(grants[i]);
		isle_grant_put(grants[i]);
	}
	while (made--)
		gref_put(grefs[made]);
	return err;
}

static int ioctl_alloc(struct gntalloc *file,
		       struct ioctl_gntalloc_alloc_gref __user *arg)
{
	struct ioctl_gntalloc_alloc_gref op;
	struct isle_grant **grants;
	struct gref **grefs;
	int err = -ENOMEM;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (op.count > COUNT_MAX)
		return -ENOSPC;
	grants = kvcalloc(op.count, sizeof(*grants), GFP_KERNEL_ACCOUNT);
	grefs = kvcalloc(op.count, sizeof(*grefs), GFP_KERNEL_ACCOUNT);
	if (grants && grefs)
		err = alloc(file, arg, &op, grants, grefs);
	kvfree(grefs);
	kvfree(grants);
	return err;
}

static int ioctl_dealloc(struct gntalloc *file, void __user *arg)
{
	struct ioctl_gntalloc_dealloc_gref op;
	unsigned long first;
	int err = -EINVAL;
	u32 i;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (offset_in_page(op.index) || !op.count)
		return -EINVAL;
	first = op.index >> PAGE_SHIFT;
	mutex_lock(&file->lock);
	if (have_all(file, first, op.count)) {
		for (i = 0; i < op.count; i++)
			gref_put(xa_erase(&file->grefs, first + i));
		err = 0;
	}
	mutex_unlock(&file->lock);
	return err;
}

static int ioctl_notify(struct gntalloc *file, void __user *arg)
{
	struct ioctl_gntalloc_unmap_notify op;
	struct isle_notify notify;
	struct gref *gref;
	int err = -ENOENT;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	mutex_lock(&file->lock);
	gref = xa_load(&file->grefs, op.index >> PAGE_SHIFT);
	if (gref)
		err = isle_notify_set(&notify, file->domain, op.action,
				      offset_in_page(op.index),
				      op.event_channel_port);
	if (!err) {
		isle_notify_drop(&gref->notify);
		gref->notify = notify;
	}
	mutex_unlock(&file->lock);
	return err;
}

static long fop_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct gntalloc *file = filp->private_data;
	void __user *user = (void __user *)arg;

	if (isle_domain_dead(file->domain))
		return -ENODEV;
	switch (cmd) {
	case IOCTL_GNTALLOC_ALLOC_GREF:
		return ioctl_alloc(file, user);
	case IOCTL_GNTALLOC_DEALLOC_GREF:
		return ioctl_dealloc(file, user);
	case IOCTL_GNTALLOC_SET_UNMAP_NOTIFY:
		return ioctl_notify(file, user);
	}
	return -ENOTTY;
}

static int fop_release(struct inode *inode, struct file *filp)
{
	struct gntalloc *file = filp->private_data;
	unsigned long index;
	struct gref *gref;

	if (!file)
		return 0;
	/* A mapping keeps the file open: there is none */
	xa_for_each(&file->grefs, index, gref)
		gref_put(gref);
	xa_destroy(&file->grefs);
	isle_domain_detach_file(file->domain);
	mutex_destroy(&file->lock);
	kfree(file);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = fop_ioctl,
	.mmap = fop_mmap,
	.release = fop_release,
	.llseek = noop_llseek,
};

static int face_open(struct isle_domain *domain, struct file *filp)
{
	struct gntalloc *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return -ENOMEM;
	file->domain = domain;
	mutex_init(&file->lock);
	xa_init_flags(&file->grefs, XA_FLAGS_ACCOUNT);
	filp->private_data = file;
	return 0;
}

static const struct isle_face face = {
	.id = ISLE_OPEN_GNTALLOC,
	.name = "xen!gntalloc",
	.xen = true,
	.fops = &fops,
	.open = face_open,
};

/**
 * isle_gntalloc_init() - offer gntalloc
 *
 * Return: 0 or a negative errno.
 */
int isle_gntalloc_init(void)
{
	return isle_face_register(&face);
}

/**
 * isle_gntalloc_exit() - undo isle_gntalloc_init()
 */
void isle_gntalloc_exit(void)
{
	isle_face_unregister(&face);
}
