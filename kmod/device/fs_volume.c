// SPDX-License-Identifier: GPL-2.0
/*
 * What is behind an fs device: a directory of the host, or an image that is
 * mounted where nobody can see it.
 *
 * An image is a block device. Linux's own driver mounts it for the module
 * alone: the mount is in no namespace, so no program can reach it by a path,
 * and the file system is unmounted, not later, when the module lets go of it.
 * The options make sure that a damaged or malicious image does at worst become
 * read-only.
 *
 * @users is alive exactly while there is a root; whoever wants the root takes a
 * reference first. Mounting and unmounting are done by one at a time: who makes
 * the device, who formats it, and the end of the device.
 *
 * Mounting happens in a worker, whose paths are those of the system and not
 * those of who asks: the block device is found by its path once more, and then
 * compared with what the administrator handed over.
 */
#include <linux/blkdev.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/mount.h>
#include <linux/slab.h>
#include <linux/workqueue.h>

#include "device/fs.h"
#include "device/fs_volume.h"

/* What the types are called, and how they are mounted */
static const struct {
	const char *name;
	const char *options;
} types[] = {
	[ISLE_FS_VFAT] = { "vfat", "errors=remount-ro,utf8=1" },
	[ISLE_FS_EXT4] = { "ext4", "errors=remount-ro" },
};

/**
 * isle_fs_type_name() - what Linux calls a file system
 * @type: enum isle_fs_type, from user space
 *
 * Return: its name, or NULL if @type is none.
 */
const char *isle_fs_type_name(u32 type)
{
	return type < ARRAY_SIZE(types) ? types[type].name : NULL;
}

/* All calls have ended, and no more will begin until there is a root again. */
static void users_release(struct percpu_ref *users)
{
	struct isle_fs *fs = container_of(users, struct isle_fs, users);

	WRITE_ONCE(fs->idle, true);
	wake_up_all(&fs->device.wait);
}

/* Whatever a driver says when there is nothing that it could mount */
static int mount_errno(int err)
{
	switch (err) {
	case -EINVAL:
	case -EUCLEAN:		/* a file system calls itself damaged */
	case -EBADMSG:
	case -EOPNOTSUPP:	/* features that this kernel lacks */
		return -EMEDIUMTYPE;
	default:
		return err;
	}
}

/* Is this the device that was meant, and nobody else's? */
static int check_mount(const struct isle_fs *fs, const struct vfsmount *mnt)
{
	const struct super_block *sb = mnt->mnt_sb;

	if (sb->s_dev != file_inode(fs->file)->i_rdev)
		return -EINVAL;
	return atomic_read(&sb->s_active) > 1 ? -EBUSY : 0;
}

static struct vfsmount *mount_at(struct isle_fs *fs, const char *path)
{
	int flags = SB_KERNMOUNT | SB_SILENT | SB_NOSUID | SB_NODEV | SB_NOEXEC |
		    SB_NOATIME;
	struct file_system_type *type;
	struct vfsmount *mnt;
	char options[40];
	int err;

	if (fs->flags & ISLE_FS_READ_ONLY)
		flags |= SB_RDONLY;
	/* The driver cuts them into pieces */
	strscpy(options, types[fs->type].options, sizeof(options));
	type = get_fs_type(types[fs->type].name);
	if (!type)
		return ERR_PTR(-ENOPKG);
	mnt = vfs_kern_mount(type, flags, path, options);
	module_put(type->owner);
	if (IS_ERR(mnt))
		return mnt;
	err = check_mount(fs, mnt);
	if (!err)
		return mnt;
	kern_unmount(mnt);
	return ERR_PTR(err);
}

static int mount_image(struct isle_fs *fs)
{
	char *page = (char *)__get_free_page(GFP_KERNEL);
	struct vfsmount *mnt;
	char *path;

	if (!page)
		return -ENOMEM;
	path = file_path(fs->file, page, PAGE_SIZE);
	mnt = IS_ERR(path) ? ERR_CAST(path) : mount_at(fs, path);
	free_page((unsigned long)page);
	if (IS_ERR(mnt))
		return mount_errno(PTR_ERR(mnt));
	fs->mnt = mnt;
	fs->wb_error = errseq_sample(&mnt->mnt_sb->s_wb_err);
	fs->root.mnt = mnt;
	fs->root.dentry = mnt->mnt_root;
	return 0;
}

/**
 * isle_fs_volume_mount() - mount an image, and let calls begin
 * @fs: the device; nothing is mounted
 *
 * Sets @fs->state if it cannot be mounted.
 *
 * Context: a worker.
 * Return: 0 or a negative errno, -EMEDIUMTYPE if there is no file system.
 */
int isle_fs_volume_mount(struct isle_fs *fs)
{
	int err = mount_image(fs);

	WRITE_ONCE(fs->state, err);
	if (err)
		return err;
	WRITE_ONCE(fs->idle, false);
	/* The root, before who takes @users; pairs with the atomic in that */
	smp_wmb();
	percpu_ref_reinit(&fs->users);
	return 0;
}

/**
 * isle_fs_volume_unmount() - unmount an image
 * @fs: the device; nobody is in it, or @fs->users has come to its end
 *
 * When this returns everything is on the block device and nothing holds it but
 * @fs->file.
 *
 * Context: process; sleeps as long as that takes.
 */
void isle_fs_volume_unmount(struct isle_fs *fs)
{
	isle_fs_cache_empty(fs);
	if (!fs->mnt)
		return;
	kern_unmount(fs->mnt);
	fs->mnt = NULL;
	fs->root.mnt = NULL;
	fs->root.dentry = NULL;
}

/**
 * isle_fs_volume_shared() - whether somebody else has the image mounted
 * @fs: the device; the caller may mount and unmount
 *
 * Return: true if the administrator has mounted the same block device since.
 */
bool isle_fs_volume_shared(const struct isle_fs *fs)
{
	return fs->mnt && atomic_read(&fs->mnt->mnt_sb->s_active) > 1;
}

struct first_mount {
	struct work_struct work;
	struct isle_fs *fs;
	int err;
};

static void first_mount_work(struct work_struct *work)
{
	struct first_mount *first =
		container_of(work, struct first_mount, work);

	first->err = isle_fs_volume_mount(first->fs);
}

static int mount_first(struct isle_fs *fs)
{
	struct first_mount first = { .fs = fs };

	INIT_WORK_ONSTACK(&first.work, first_mount_work);
	queue_work(system_unbound_wq, &first.work);
	flush_work(&first.work);
	destroy_work_on_stack(&first.work);
	switch (first.err) {
	case -EMEDIUMTYPE:	/* it can be formatted */
	case -EIO:
		return 0;
	case -ENOPKG:		/* this kernel has no such file system */
		return -EOPNOTSUPP;
	default:
		return first.err;
	}
}

/**
 * isle_fs_volume_create() - get at the files of a new device
 * @fs: the device, with its backing, type, flags and file
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno.
 */
int isle_fs_volume_create(struct isle_fs *fs)
{
	int err;

	if (fs->backing == ISLE_FS_DIR) {
		fs->root = fs->file->f_path;
		path_get(&fs->root);
		fs->wb_error = errseq_sample(&fs->root.mnt->mnt_sb->s_wb_err);
		return 0;
	}
	err = percpu_ref_init(&fs->users, users_release, PERCPU_REF_INIT_DEAD,
			      GFP_KERNEL_ACCOUNT);
	if (err)
		return err;
	err = mount_first(fs);
	if (err)
		percpu_ref_exit(&fs->users);
	return err;
}

/**
 * isle_fs_volume_end() - undo isle_fs_volume_create(); nobody is in the device
 * @fs: the device
 *
 * Context: process; sleeps.
 */
void isle_fs_volume_end(struct isle_fs *fs)
{
	isle_fs_cache_stop(fs);
	isle_fs_volume_unmount(fs);
	if (fs->backing == ISLE_FS_DIR)
		path_put(&fs->root);
	else
		percpu_ref_exit(&fs->users);
}
