/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernel versions.  This is the only file that asks for
 * LINUX_VERSION_CODE; everything else is written for one kernel, 6.1, in the
 * terms that are defined here.
 *
 * Each entry says since which version what is different.  6.1 is tested; what
 * is here for newer kernels, up to 7.1, was never run (docs/testing.md).
 */
#ifndef ISLE_CORE_COMPAT_H
#define ISLE_CORE_COMPAT_H

#include <linux/dcache.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/lockdep.h>
#include <linux/mm.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/uio.h>
#include <linux/version.h>

/* 6.2: struct device became const in device_type.devnode */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 2, 0)
#define ISLE_DEVNODE_CONST
#else
#define ISLE_DEVNODE_CONST const
#endif

/* 6.3: a vma's flags are changed by functions only */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
static inline void isle_vm_flags_mod(struct vm_area_struct *vma,
				     vm_flags_t set, vm_flags_t clear)
{
	vma->vm_flags = (vma->vm_flags | set) & ~clear;
}
#else
#define isle_vm_flags_mod vm_flags_mod
#endif

/* 6.3: what translates owners on a mount is a type of its own */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 3, 0)
#define isle_mnt_idmap(mnt)	mnt_user_ns(mnt)
#else
#define isle_mnt_idmap(mnt)	mnt_idmap(mnt)
#endif

/* Exported, but declared in fs/internal.h until 6.5 or so */
int vfs_path_lookup(struct dentry *dentry, struct vfsmount *mnt,
		    const char *name, unsigned int flags, struct path *path);

/* 6.4: class attributes are const, and a class has no owner */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
#define ISLE_CLASS_CONST
#else
#define ISLE_CLASS_CONST const
#endif

/* 6.4: an iov_iter's vector got an accessor */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 4, 0)
static inline const struct iovec *isle_iter_iov(const struct iov_iter *iter)
{
	return iter->iov;
}
#else
#define isle_iter_iov iter_iov
#endif

/* 6.5: what splices by means of read_iter() got another name */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 5, 0)
#define isle_splice_read generic_file_splice_read
#else
#define isle_splice_read copy_splice_read
#endif

/* 6.5: cutting frames has a header of its own */
#if LINUX_VERSION_CODE >= KERNEL_VERSION(6, 5, 0)
#include <net/gso.h>
#endif

/*
 * 6.5: kiocb_start_write() and kiocb_end_write() pair protection against
 * freezing over an asynchronous write.  Until then it is done by hand: the
 * lock is taken by the submitter and released by whoever completes, which
 * lockdep has to be told.
 */
static inline void isle_kiocb_hand_over(struct kiocb *iocb)
{
	__sb_writers_release(file_inode(iocb->ki_filp)->i_sb, SB_FREEZE_WRITE);
}

static inline void isle_kiocb_end_write(struct kiocb *iocb)
{
	struct super_block *sb = file_inode(iocb->ki_filp)->i_sb;

	__sb_writers_acquired(sb, SB_FREEZE_WRITE);
	sb_end_write(sb);
}

/* 6.8: vfs_iter_write() keeps the file system from being frozen by itself */
static inline ssize_t isle_iter_write(struct file *file, struct iov_iter *iter,
				      loff_t *pos)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 8, 0)
	ssize_t ret;

	file_start_write(file);
	ret = vfs_iter_write(file, iter, pos, 0);
	file_end_write(file);
	return ret;
#else
	return vfs_iter_write(file, iter, pos, 0);
#endif
}

/* 6.10: an event's string is told its source once, where it is declared */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 10, 0)
#define isle_assign_str(dst, src)	__assign_str(dst, src)
#else
#define isle_assign_str(dst, src)	__assign_str(dst)
#endif

/* 6.12: that an interface's driver needs no lock to send is no feature */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 12, 0)
#define isle_net_lockless(dev)	((dev)->features |= NETIF_F_LLTX)
#else
#define isle_net_lockless(dev)	((dev)->lltx = true)
#endif

/* 6.14: rtnl_lock_killable() is not exported any more */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 14, 0)
#define isle_rtnl_lock_killable	rtnl_lock_killable
#else
#include <linux/rtnetlink.h>
#include <linux/sched/signal.h>

static inline int isle_rtnl_lock_killable(void)
{
	while (!rtnl_trylock()) {
		schedule_timeout_killable(1);
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}
#endif

/* 6.16: a name to look up is a qstr */
static inline struct dentry *isle_lookup_one(struct vfsmount *mnt,
					     const char *name,
					     struct dentry *dir)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 16, 0)
	return lookup_one(isle_mnt_idmap(mnt), name, dir, strlen(name));
#else
	return lookup_one(isle_mnt_idmap(mnt), &QSTR(name), dir);
#endif
}

/* 6.17: a file can be mapped by mmap_prepare() instead of mmap() */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 17, 0)
#define isle_can_mmap(file)	((file)->f_op->mmap)
#define isle_mmap		call_mmap
#else
#define isle_can_mmap		can_mmap_file
#define isle_mmap		vfs_mmap
#endif

/* 6.18: this is gone; addresses have to be aligned as lengths are, then */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define isle_iter_is_aligned iov_iter_is_aligned
#else
static inline bool isle_iter_is_aligned(const struct iov_iter *iter,
					unsigned int address_mask,
					unsigned int length_mask)
{
	if (iter_is_ubuf(iter))
		return !((unsigned long)(iter->ubuf + iter->iov_offset) &
			 address_mask) && !(iov_iter_count(iter) & length_mask);
	return !(iov_iter_alignment(iter) & (address_mask | length_mask));
}
#endif

/*
 * 6.18: bio_iov_iter_get_pages() is not exported any more.  Requests to a block
 * device go to its file, then.
 */
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 18, 0)
#define ISLE_BIO_FROM_ITER	true
#define isle_bio_from_iter	bio_iov_iter_get_pages
#else
#define ISLE_BIO_FROM_ITER	false
#define isle_bio_from_iter(bio, iter)	(-EOPNOTSUPP)
#endif

/*
 * 6.19: whoever changes a directory can be told who has a delegation of it.  As
 * with files, nobody here waits for that to be given back.
 */
static inline int isle_vfs_create(struct vfsmount *mnt, struct dentry *dir,
				  struct dentry *child, umode_t mode)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
	return vfs_create(isle_mnt_idmap(mnt), d_inode(dir), child, mode, true);
#else
	return vfs_create(isle_mnt_idmap(mnt), child, mode, NULL);
#endif
}

static inline int isle_vfs_rmdir(struct vfsmount *mnt, struct dentry *dir,
				 struct dentry *child)
{
#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
	return vfs_rmdir(isle_mnt_idmap(mnt), d_inode(dir), child);
#else
	return vfs_rmdir(isle_mnt_idmap(mnt), d_inode(dir), child, NULL);
#endif
}

/*
 * 6.15: vfs_mkdir() returns the directory, which may be another dentry than the
 * one that was given; 6.19: when it fails it has let go of the dentry and of
 * @dir's lock.  This is as since 6.19.
 */
static inline struct dentry *isle_vfs_mkdir(struct vfsmount *mnt,
					    struct dentry *dir,
					    struct dentry *child, umode_t mode)
{
	struct inode *inode = d_inode(dir);

#if LINUX_VERSION_CODE < KERNEL_VERSION(6, 15, 0)
	int err = vfs_mkdir(isle_mnt_idmap(mnt), inode, child, mode);

	if (err) {
		dput(child);
		inode_unlock(inode);
		child = ERR_PTR(err);
	}
#elif LINUX_VERSION_CODE < KERNEL_VERSION(6, 19, 0)
	child = vfs_mkdir(isle_mnt_idmap(mnt), inode, child, mode);
	if (IS_ERR(child))
		inode_unlock(inode);
#else
	child = vfs_mkdir(isle_mnt_idmap(mnt), inode, child, mode, NULL);
#endif
	return child;
}

/*
 * What tells default_wake_function() that the waker is about to sleep:
 * WF_SYNC of kernel/sched/sched.h, whose value is the same in 6.1 to 7.1.
 */
#define ISLE_WF_SYNC	0x10

#endif /* ISLE_CORE_COMPAT_H */
