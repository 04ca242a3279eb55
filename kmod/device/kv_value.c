// SPDX-License-Identifier: GPL-2.0
/*
 * Values of key-value devices: reading one, and files of them.
 *
 * A value's file reads from the backing file in the caller's context, and maps
 * the pages that the backing's page cache has.  It is a regular file of a file
 * system that is nowhere mounted, so that fstat(2) tells its size; that exists
 * while a value is open.
 *
 * A file has a reference to the device and acts as its domain.  A read enters
 * the device.  When the device has drained, the backing files are let go of,
 * although values may still be open.  What is mapped stays mapped.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/magic.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/pseudo_fs.h>
#include <linux/sched/signal.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "core/compat.h"
#include "core/domain.h"
#include "device/fault_in.h"
#include "device/kv.h"

#define KV_MAGIC	0x69736c65	/* "isle" */

static int fs_init(struct fs_context *fc)
{
	return init_pseudo(fc, KV_MAGIC) ? 0 : -ENOMEM;
}

static struct file_system_type value_fs = {
	.owner = THIS_MODULE,
	.name = "isle-kv",
	.init_fs_context = fs_init,
	.kill_sb = kill_anon_super,
};

/* Protected by what simple_pin_fs() does */
static struct vfsmount *value_mnt;
static int value_pins;

/* As much as goes without a page fault, if the program's memory is there. */
static ssize_t read_some(struct kiocb *iocb, struct iov_iter *to)
{
	bool nofault = to->nofault;
	ssize_t ret;

	if (!user_backed_iter(to))
		return iocb->ki_filp->f_op->read_iter(iocb, to);
	to->nofault = true;
	pagefault_disable();
	ret = iocb->ki_filp->f_op->read_iter(iocb, to);
	pagefault_enable();
	to->nofault = nofault;
	return ret;
}

/**
 * isle_kv_area_read() - read from a value
 * @area: where the value is; the caller has entered the device
 * @caller: position within the value, and whether to wait
 * @to: where to put it
 *
 * Context: process; sleeps, unless @caller has IOCB_NOWAIT.
 * Return: bytes read, fewer than asked for or 0 only at the end of the value,
 * or a negative errno.
 */
ssize_t isle_kv_area_read(const struct isle_kv_area *area, struct kiocb *caller,
			  struct iov_iter *to)
{
	u64 size = isle_kv_area_size(area);
	u64 pos = caller->ki_pos;
	size_t count = iov_iter_count(to);
	size_t len, sum = 0;
	struct kiocb iocb;
	ssize_t ret = 0;
	int tries = 0;

	if (pos >= size || !count)
		return 0;
	len = min_t(u64, count, size - pos);
	iov_iter_truncate(to, len);
	iocb = (struct kiocb) {
		.ki_filp = area->file,
		.ki_pos = area->start + pos,
		/* Of how the backing was opened, such as O_DIRECT, nothing */
		.ki_flags = caller->ki_flags & IOCB_NOWAIT,
	};
	while (sum < len) {
		ret = read_some(&iocb, to);
		if (ret > 0) {
			sum += ret;
			tries = 0;
			if (caller->ki_flags & IOCB_NOWAIT)
				break;
			continue;
		}
		/* Memory that was not there: nothing is held now */
		if (ret != -EFAULT || !user_backed_iter(to) ||
		    fatal_signal_pending(current) ||
		    ++tries > ISLE_FAULT_TRIES || !isle_fault_in(to, false))
			break;
	}
	if (iov_iter_count(to) + sum < count)
		iov_iter_reexpand(to, count - sum);
	caller->ki_pos += sum;
	/* The file is shorter than it was */
	if (!sum && !ret && !area->whole)
		ret = -EIO;
	return sum ?: ret;
}

static ssize_t fop_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct isle_kv_value *value = iocb->ki_filp->private_data;
	ssize_t ret;

	if (!isle_device_enter(&value->kv->device))
		return -ENODEV;
	ret = isle_kv_area_read(&value->area, iocb, to);
	isle_device_leave(&value->kv->device);
	return ret;
}

static loff_t fop_llseek(struct file *file, loff_t offset, int whence)
{
	struct isle_kv_value *value = file->private_data;
	u64 size;

	if (!isle_device_enter(&value->kv->device))
		return -ENODEV;
	size = isle_kv_area_size(&value->area);
	isle_device_leave(&value->kv->device);
	return fixed_size_llseek(file, offset, whence, size);
}

/* Hand the mapping over to the backing file, as if it were one of its own. */
static int map(const struct isle_kv_area *area, struct vm_area_struct *vma)
{
	u64 bytes = offset_in_page(area->start) + isle_kv_area_size(area);
	u64 pages = (bytes >> PAGE_SHIFT) + !!offset_in_page(bytes);
	unsigned long magic = file_inode(area->file)->i_sb->s_magic;
	int err;

	if (vma->vm_flags & VM_WRITE)
		return -EACCES;
	if (vma->vm_flags & VM_EXEC)
		return -EPERM;
	if (vma->vm_pgoff > pages || vma_pages(vma) > pages - vma->vm_pgoff)
		return -EINVAL;
	if (!isle_can_mmap(area->file) || magic == HUGETLBFS_MAGIC ||
	    magic == SECRETMEM_MAGIC)
		return -EOPNOTSUPP;
	vma_set_file(vma, area->file);
	vma->vm_pgoff += area->start >> PAGE_SHIFT;
	err = isle_mmap(area->file, vma);
	/* Nor may mremap(2) make it reach what is behind the value */
	isle_vm_flags_mod(vma, VM_DONTEXPAND, VM_MAYWRITE | VM_MAYEXEC);
	return err;
}

static int fop_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct isle_kv_value *value = file->private_data;
	int err;

	if (!isle_device_enter(&value->kv->device))
		return -ENODEV;
	err = map(&value->area, vma);
	isle_device_leave(&value->kv->device);
	return err;
}

static void value_free(struct isle_kv_value *value)
{
	struct isle_device *device = &value->kv->device;

	mutex_lock(&value->kv->lock);
	list_del(&value->list);
	mutex_unlock(&value->kv->lock);
	if (value->area.file)
		fput(value->area.file);
	kfree(value);
	isle_domain_detach_file(device->domain);
	isle_device_put(device);
}

static int fop_release(struct inode *inode, struct file *file)
{
	value_free(file->private_data);
	/* The file has a mount of its own left */
	simple_release_fs(&value_mnt, &value_pins);
	return 0;
}

static void fop_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct isle_kv_value *value = file->private_data;

	isle_device_show(m, &value->kv->device);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read_iter = fop_read_iter,
	.llseek = fop_llseek,
	.mmap = fop_mmap,
	.splice_read = isle_splice_read,
	.release = fop_release,
	.show_fdinfo = fop_show_fdinfo,
};

static struct file *value_file(const struct isle_kv_area *area)
{
	struct inode *inode = alloc_anon_inode(value_mnt->mnt_sb);
	struct file *file;

	if (IS_ERR(inode))
		return ERR_CAST(inode);
	inode->i_mode = S_IFREG | 0444;
	inode->i_size = isle_kv_area_size(area);
	file = alloc_file_pseudo(inode, value_mnt, "isle-kv", O_RDONLY, &fops);
	if (IS_ERR(file))
		iput(inode);
	else
		__module_get(THIS_MODULE);	/* closing it puts fops.owner */
	return file;
}

/* A value of its own, with all that fop_release() gives back but the mount. */
static struct isle_kv_value *value_create(struct isle_kv *kv,
					  const struct isle_kv_area *area)
{
	struct isle_kv_value *value;
	int err = isle_domain_attach_file(kv->device.domain);

	if (err)
		return ERR_PTR(err);
	value = kzalloc(sizeof(*value), GFP_KERNEL_ACCOUNT);
	if (!value) {
		isle_domain_detach_file(kv->device.domain);
		return ERR_PTR(-ENOMEM);
	}
	value->kv = kv;
	value->area = *area;
	get_file(area->file);
	kref_get(&kv->device.ref);
	mutex_lock(&kv->lock);
	list_add(&value->list, &kv->values);
	mutex_unlock(&kv->lock);
	return value;
}

/**
 * isle_kv_value_open() - open a value
 * @kv: its device; the caller has entered it
 * @area: where it is
 *
 * Return: the file, or an ERR_PTR: -EDQUOT, -ENOMEM, -ENFILE, -ENODEV.
 */
struct file *isle_kv_value_open(struct isle_kv *kv,
				const struct isle_kv_area *area)
{
	struct isle_kv_value *value;
	struct file *file;
	int err;

	err = simple_pin_fs(&value_fs, &value_mnt, &value_pins);
	if (err)
		return ERR_PTR(err);
	value = value_create(kv, area);
	if (IS_ERR(value)) {
		file = ERR_CAST(value);
		goto err_unpin;
	}
	file = value_file(area);
	if (IS_ERR(file)) {
		value_free(value);
		goto err_unpin;
	}
	file->private_data = value;
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD;
	if (area->file->f_mode & FMODE_NOWAIT)
		file->f_mode |= FMODE_NOWAIT;
	return file;

err_unpin:
	simple_release_fs(&value_mnt, &value_pins);
	return file;
}
