/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Differences between kernel versions.  This is the only file that asks for
 * LINUX_VERSION_CODE; everything else is written for one kernel, 6.1, in the
 * terms that are defined here.
 */
#ifndef ISLE_CORE_COMPAT_H
#define ISLE_CORE_COMPAT_H

#include <linux/device.h>
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

/* Exported, but declared in fs/internal.h until some later version */
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

/*
 * What tells default_wake_function() that the waker is about to sleep:
 * WF_SYNC of kernel/sched/sched.h, whose value is the same in 6.1 to 6.12.
 */
#define ISLE_WF_SYNC	0x10

#endif /* ISLE_CORE_COMPAT_H */
