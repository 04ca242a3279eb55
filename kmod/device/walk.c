// SPDX-License-Identifier: GPL-2.0
/*
 * Walking along a path of a program, beneath a directory of the administrator.
 *
 * The walk is the kernel's, told to stay beneath the root, to follow no
 * symbolic link and to cross no mount point; it checks each step as it takes
 * it, so that what is renamed or put in the way meanwhile makes no difference.
 * At its end it looks once more whether it is beneath the root.  A directory
 * that is moved out later was beneath the root when it was found, as if what is
 * done in it had been done just before.
 *
 * There is no lock.
 */
#include <linux/dcache.h>
#include <linux/fs.h>
#include <linux/namei.h>

#include "core/compat.h"
#include "device/walk.h"

/**
 * isle_walk() - find what a path leads to
 * @root: beneath which it is; the caller has the rights of who gave it
 * @name: the path, checked; "" for @root itself
 * @path: set to what was found, with references
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno: -ELOOP, -EXDEV, and what a lookup says.
 */
int isle_walk(const struct path *root, const char *name, struct path *path)
{
	const unsigned int how = LOOKUP_BENEATH | LOOKUP_NO_SYMLINKS |
				 LOOKUP_NO_XDEV;
	int err;

	if (!*name) {
		*path = *root;
		path_get(path);
		return 0;
	}
	err = vfs_path_lookup(root->dentry, root->mnt, name, how, path);
	if (err)
		return err;
	/* A link at the end is found, not followed */
	err = 0;
	if (d_is_symlink(path->dentry))
		err = -ELOOP;
	else if (d_is_negative(path->dentry))
		err = -ENOENT;
	if (err)
		path_put(path);
	return err;
}
