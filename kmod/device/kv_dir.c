// SPDX-License-Identifier: GPL-2.0
/*
 * Directories as key-value devices: a key is a path beneath the directory.
 *
 * The walk (walk.c) is with the credentials of who opened the directory.
 */
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>

#include "device/kv_dir.h"
#include "device/walk.h"

static struct file *open_value(struct file *dir, const char *key)
{
	struct file *file;
	struct path path;
	int err = isle_walk(&dir->f_path, key, &path);

	if (err)
		return ERR_PTR(err);
	if (d_is_dir(path.dentry))
		file = ERR_PTR(-EISDIR);
	else if (!d_is_reg(path.dentry))
		file = ERR_PTR(-EOPNOTSUPP);
	else
		file = dentry_open(&path, O_RDONLY | O_LARGEFILE, current_cred());
	path_put(&path);
	if (!IS_ERR(file) && !file->f_op->read_iter) {
		fput(file);
		file = ERR_PTR(-EOPNOTSUPP);
	}
	return file;
}

/**
 * isle_kv_dir_open() - open the file of a value
 * @dir: the directory
 * @key: a key
 *
 * Context: process; sleeps.
 * Return: the file, or an ERR_PTR as <isle/kv.h> has them.
 */
struct file *isle_kv_dir_open(struct file *dir, const char *key)
{
	const struct cred *old = override_creds(dir->f_cred);
	struct file *file = open_value(dir, key);

	revert_creds(old);
	return file;
}

struct listing {
	struct dir_context ctx;
	struct isle_kv_names *names;
	bool full;
};

static bool add_name(struct dir_context *ctx, const char *name, int len,
		     loff_t pos, u64 ino, unsigned int type)
{
	struct listing *listing = container_of(ctx, struct listing, ctx);
	u32 kind;

	/* That is "." and "..", too; and what a broken file system may say */
	if (len < 0 || isle_kv_key_check(name, len) || memchr(name, '/', len))
		return true;
	switch (type) {
	case DT_REG:
		kind = ISLE_KV_VALUE;
		break;
	case DT_DIR:
		kind = ISLE_KV_PREFIX;
		break;
	case DT_UNKNOWN:
		kind = ISLE_KV_UNKNOWN;
		break;
	default:
		return true;
	}
	listing->full = !isle_kv_names_add(listing->names, name, len, kind);
	return !listing->full;
}

static int list(struct file *file, u64 *cursor, struct isle_kv_names *names)
{
	struct listing listing = { .ctx.actor = add_name, .names = names };
	loff_t pos;
	int err;

	if (*cursor > LLONG_MAX)
		return -EINVAL;
	pos = vfs_llseek(file, *cursor, SEEK_SET);
	if (pos < 0)
		return pos;
	listing.ctx.pos = pos;
	/* It may end early with nothing that we would tell of */
	do {
		pos = listing.ctx.pos;
		err = iterate_dir(file, &listing.ctx);
	} while (!err && !names->used && !listing.full &&
		 listing.ctx.pos != pos);
	if (err && !names->used)
		return err;
	*cursor = listing.ctx.pos;
	return 0;
}

static struct file *open_dir(struct file *dir, const char *key)
{
	struct file *file;
	struct path path;
	int err;

	err = isle_walk(&dir->f_path, key, &path);
	if (err)
		return ERR_PTR(err);
	if (d_can_lookup(path.dentry))
		file = dentry_open(&path, O_RDONLY | O_DIRECTORY | O_LARGEFILE,
				   current_cred());
	else
		file = ERR_PTR(-ENOTDIR);
	path_put(&path);
	return file;
}

/**
 * isle_kv_dir_list() - list a directory
 * @dir: the device's directory
 * @key: a key, or "" for @dir itself
 * @cursor: from user space: 0, or what it was set to; set to where to go on
 * @names: where to put them
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno as <isle/kv.h> has them.
 */
int isle_kv_dir_list(struct file *dir, const char *key, u64 *cursor,
		     struct isle_kv_names *names)
{
	const struct cred *old = override_creds(dir->f_cred);
	struct file *file = open_dir(dir, key);
	int err;

	if (IS_ERR(file)) {
		err = PTR_ERR(file);
	} else {
		err = list(file, cursor, names);
		fput(file);
	}
	revert_creds(old);
	return err;
}
