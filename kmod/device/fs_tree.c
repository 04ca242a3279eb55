// SPDX-License-Identifier: GPL-2.0
/*
 * The tree of an fs device: making, removing and asking about files and
 * directories.
 *
 * All of it is done with the rights of the administrator who added the device.
 * A change takes the lock of the directory that it is made in, in a killable
 * sleep, and nothing of user space is touched under it.
 */
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/namei.h>
#include <linux/stat.h>

#include "core/compat.h"
#include "device/fs.h"
#include "device/fs_path.h"
#include "device/walk.h"

#define FILE_MODE	0644
#define DIRECTORY_MODE	0755

enum change { CREATE, MKDIR, DESTROY };

/* *@child may be an error afterwards: then @dir's lock is not held any more. */
static int make(struct path *dir, struct dentry **child, enum change change)
{
	if (d_is_positive(*child))
		return -EEXIST;
	if (change == CREATE)
		return isle_vfs_create(dir->mnt, dir->dentry, *child,
				       S_IFREG | FILE_MODE);
	*child = isle_vfs_mkdir(dir->mnt, dir->dentry, *child, DIRECTORY_MODE);
	return PTR_ERR_OR_ZERO(*child);
}

/* *@inode is what a removed file leaves; it is let go of without the lock. */
static int destroy(struct path *dir, struct dentry *child, struct inode **inode)
{
	if (d_is_negative(child))
		return -ENOENT;
	if (d_mountpoint(child))
		return -EXDEV;
	if (d_is_symlink(child))
		return -ELOOP;
	if (d_is_dir(child))
		return isle_vfs_rmdir(dir->mnt, dir->dentry, child);
	if (!d_is_reg(child))
		return -EOPNOTSUPP;
	*inode = d_inode(child);
	ihold(*inode);
	return vfs_unlink(isle_mnt_idmap(dir->mnt), d_inode(dir->dentry), child,
			  NULL);
}

/*
 * With the right to write to the file system of @dir. *@file: whether it was
 * a file that was removed.
 */
static int change_in(struct path *dir, const char *last, enum change change,
		     bool *file)
{
	struct rw_semaphore *lock = &d_inode(dir->dentry)->i_rwsem;
	struct inode *inode = NULL;
	struct dentry *child;
	int err;

	if (down_write_killable_nested(lock, I_MUTEX_PARENT))
		return -EINTR;
	child = isle_lookup_one(dir->mnt, last, dir->dentry);
	if (IS_ERR(child)) {
		up_write(lock);
		return PTR_ERR(child);
	}
	if (change == DESTROY)
		err = destroy(dir, child, &inode);
	else
		err = make(dir, &child, change);
	if (!IS_ERR(child)) {
		dput(child);
		up_write(lock);
	}
	*file = inode;
	iput(inode);
	return err;
}

static int change_path(struct isle_fs *fs, struct isle_fs_name *name,
		       enum change change, bool *file)
{
	struct path dir;
	const char *last;
	int err;

	if (!name->len)
		return change == DESTROY ? -EBUSY : -EEXIST;
	err = isle_walk(&fs->root, isle_fs_name_split(name, &last), &dir);
	if (err)
		return err;
	err = -ENOTDIR;
	if (!d_can_lookup(dir.dentry))
		goto out;
	err = isle_fs_wait_thawed(dir.mnt->mnt_sb);
	if (err)
		goto out;
	err = mnt_want_write(dir.mnt);
	if (err)
		goto out;
	err = change_in(&dir, last, change, file);
	mnt_drop_write(dir.mnt);
out:
	path_put(&dir);
	return err;
}

static int change(struct isle_fs *fs, const struct isle_fs_path *arg,
		  enum change change)
{
	struct isle_fs_name name;
	const struct cred *old;
	bool file;
	int err;

	if (arg->flags || arg->reserved)
		return -EINVAL;
	err = isle_fs_name_get(&name, arg->path, arg->path_len);
	if (err)
		return err;
	err = -EROFS;
	if (fs->flags & ISLE_FS_READ_ONLY)
		goto out;
	err = isle_fs_enter(fs);
	if (err)
		goto out;
	old = override_creds(fs->cred);
	err = change_path(fs, &name, change, &file);
	revert_creds(old);
	if (!err && change == DESTROY)
		isle_fs_cache_drop(fs, !file);
	isle_fs_leave(fs);
out:
	isle_fs_name_put(&name);
	return err;
}

/**
 * isle_fs_create() - make an empty file
 * @fs: the device
 * @arg: its path
 *
 * Return: 0 or what isle/fs.h says.
 */
int isle_fs_create(struct isle_fs *fs, const struct isle_fs_path *arg)
{
	return change(fs, arg, CREATE);
}

/**
 * isle_fs_mkdir() - make an empty directory
 * @fs: the device
 * @arg: its path
 *
 * Return: 0 or what isle/fs.h says.
 */
int isle_fs_mkdir(struct isle_fs *fs, const struct isle_fs_path *arg)
{
	return change(fs, arg, MKDIR);
}

/**
 * isle_fs_destroy() - remove a file or an empty directory
 * @fs: the device
 * @arg: its path
 *
 * Return: 0 or what isle/fs.h says.
 */
int isle_fs_destroy(struct isle_fs *fs, const struct isle_fs_path *arg)
{
	return change(fs, arg, DESTROY);
}

static int describe(struct isle_fs *fs, const struct path *path,
		    struct isle_fs_stat *arg)
{
	struct inode *inode = d_inode(path->dentry);
	struct kstat stat;
	int err;

	err = vfs_getattr(path, &stat, STATX_BASIC_STATS, AT_STATX_SYNC_AS_STAT);
	if (err)
		return err;
	if (S_ISDIR(stat.mode))
		arg->type = ISLE_FS_DIRECTORY;
	else if (S_ISREG(stat.mode))
		arg->type = ISLE_FS_FILE;
	else
		return -EOPNOTSUPP;
	arg->read_only = fs->flags & ISLE_FS_READ_ONLY || !(stat.mode & 0222) ||
			 IS_IMMUTABLE(inode) ||
			 (S_ISREG(stat.mode) && IS_APPEND(inode)) ||
			 __mnt_is_readonly(path->mnt);
	arg->bytes = stat.size;
	return 0;
}

static int stat_name(struct isle_fs *fs, const struct isle_fs_name *name,
		     struct isle_fs_stat *arg)
{
	const struct cred *old;
	struct path path;
	int err;

	err = isle_fs_enter(fs);
	if (err)
		return err;
	old = override_creds(fs->cred);
	err = isle_walk(&fs->root, name->name, &path);
	if (!err) {
		err = describe(fs, &path, arg);
		path_put(&path);
	}
	revert_creds(old);
	isle_fs_leave(fs);
	return err;
}

/**
 * isle_fs_stat() - ask about a file or a directory
 * @fs: the device
 * @arg: its path; filled in
 *
 * Return: 0 or what isle/fs.h says.
 */
int isle_fs_stat(struct isle_fs *fs, struct isle_fs_stat *arg)
{
	struct isle_fs_name name;
	int err;

	if (arg->flags || arg->type || arg->read_only || arg->reserved ||
	    arg->bytes)
		return -EINVAL;
	err = isle_fs_name_get(&name, arg->path, arg->path_len);
	if (err)
		return err;
	err = stat_name(fs, &name, arg);
	isle_fs_name_put(&name);
	return err;
}
