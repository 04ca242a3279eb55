// SPDX-License-Identifier: GPL-2.0
/*
 * Devices with files and directories: making one, entering it, its file.
 *
 * A call enters the device, and then takes a reference to what gives it its
 * root: removal waits for the first, formatting for the second. Both can be
 * refused, and nothing is ever waited for.
 *
 * The administrator's file, a directory or a block device, is kept until the
 * device was removed and the last call has ended; then the image is unmounted
 * and the file closed, although files of the device may still be open.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core/domain.h"
#include "core/file.h"
#include "device/fs.h"
#include "device/fs_volume.h"
#include "device/request.h"

#define TIMEOUT_DEFAULT	600
#define TIMEOUT_MAX	86400

static const struct isle_device_class fs_class;

/* Whether a file system has made itself read-only, and so writes nothing back */
static bool gave_up(const struct isle_fs *fs, const struct super_block *sb)
{
	return fs->backing == ISLE_FS_IMAGE &&
	       !(fs->flags & ISLE_FS_READ_ONLY) && sb_rdonly(sb);
}

static int sync_root(struct isle_fs *fs)
{
	struct super_block *sb = fs->root.mnt->mnt_sb;
	int err, lost;

	down_read(&sb->s_umount);
	err = sync_filesystem(sb);
	if (!err && gave_up(fs, sb))
		err = -EROFS;
	up_read(&sb->s_umount);
	/* What was lost before, when nobody was there to be told */
	spin_lock(&fs->wb_lock);
	lost = errseq_check_and_advance(&sb->s_wb_err, &fs->wb_error);
	spin_unlock(&fs->wb_lock);
	return err ?: lost;
}

/* All that was written reaches the disk, also what is beneath a loop device. */
static int sync_all(void *ctx, u64 unused, u64 unused_too)
{
	struct isle_fs *fs = ctx;
	int err = isle_fs_enter(fs);

	if (err)
		return err;
	err = sync_root(fs);
	if (!err && fs->backing == ISLE_FS_IMAGE &&
	    !(fs->flags & ISLE_FS_READ_ONLY))
		err = vfs_fsync(fs->file, 0);
	isle_fs_leave(fs);
	return err;
}

static int fop_fsync(struct file *file, loff_t start, loff_t end, int datasync)
{
	struct isle_fs *fs = to_isle_fs(file->private_data);

	if (!isle_device_enter(&fs->device))
		return -ENODEV;
	/* Our entry into the device passes on */
	return isle_request_call(&fs->device, sync_all, fs, 0, 0);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.fsync = fop_fsync,
	.poll = isle_device_fop_poll,
	.unlocked_ioctl = isle_fs_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = isle_device_fop_release,
	.show_fdinfo = isle_device_fop_show_fdinfo,
};

static int check_config(const struct isle_fs_config *config)
{
	if (config->flags & ~ISLE_FS_READ_ONLY || config->reserved ||
	    config->timeout_s > TIMEOUT_MAX ||
	    config->helper_len > ISLE_FS_HELPER_MAX ||
	    !config->helper != !config->helper_len)
		return -EINVAL;
	switch (config->backing) {
	case ISLE_FS_DIR:
		return config->type || config->helper ? -EINVAL : 0;
	case ISLE_FS_IMAGE:
		return isle_fs_type_name(config->type) ? 0 : -EINVAL;
	default:
		return -EINVAL;
	}
}

static struct file *get_file_of(const struct isle_fs_config *config)
{
	const bool dir = config->backing == ISLE_FS_DIR;
	struct file *file = fget(config->fd);
	fmode_t need = FMODE_READ;
	umode_t mode;
	int err;

	if (!file)
		return ERR_PTR(-EBADF);
	mode = file_inode(file)->i_mode;
	err = -EINVAL;
	if (dir ? !d_can_lookup(file->f_path.dentry) : !S_ISBLK(mode))
		goto err_put;
	if (!dir && !(config->flags & ISLE_FS_READ_ONLY))
		need |= FMODE_WRITE;
	err = -EBADF;
	if ((file->f_mode & need) != need)
		goto err_put;
	return file;

err_put:
	fput(file);
	return ERR_PTR(err);
}

/* An absolute path without a zero in it. */
static char *get_helper(const struct isle_fs_config *config)
{
	char *helper;

	if (!config->helper)
		return NULL;
	helper = memdup_user_nul(u64_to_user_ptr(config->helper),
				 config->helper_len);
	if (IS_ERR(helper))
		return helper;
	if (helper[0] == '/' && strlen(helper) == config->helper_len)
		return helper;
	kfree(helper);
	return ERR_PTR(-EINVAL);
}

static void put_file_of(struct isle_fs *fs)
{
	put_cred(fs->cred);
	fs->cred = NULL;
	isle_file_put(fs->file);
	fs->file = NULL;
}

/*
 * The administrator's, who may keep set-user-ID and set-group-ID when writing
 * to a file. A domain must not: it would run its own code as the file's owner.
 */
static const struct cred *get_cred_of(const struct file *file)
{
	const struct cred *old = override_creds(file->f_cred);
	struct cred *cred = prepare_creds();

	revert_creds(old);
	if (cred)
		cap_lower(cred->cap_effective, CAP_FSETID);
	return cred;
}

/* The file and the rights */
static int take_file(struct isle_fs *fs, const struct isle_fs_config *config)
{
	fs->file = get_file_of(config);
	if (IS_ERR(fs->file))
		return PTR_ERR(fs->file);
	fs->cred = get_cred_of(fs->file);
	if (fs->cred)
		return 0;
	isle_file_put(fs->file);
	return -ENOMEM;
}

static int fill(struct isle_fs *fs, const struct isle_fs_config *config)
{
	int err;

	spin_lock_init(&fs->wb_lock);
	fs->backing = config->backing;
	fs->type = config->type;
	fs->flags = config->flags;
	fs->timeout_s = config->timeout_s ?: TIMEOUT_DEFAULT;
	fs->helper = get_helper(config);
	if (IS_ERR(fs->helper))
		return PTR_ERR(fs->helper);
	if (fs->helper && !(fs->flags & ISLE_FS_READ_ONLY))
		fs->flags |= ISLE_FS_CAN_FORMAT;
	err = take_file(fs, config);
	if (err)
		goto err_helper;
	err = isle_fs_cache_create(&fs->cache);
	if (err)
		goto err_file;
	err = isle_fs_volume_create(fs);
	if (!err)
		return 0;
	isle_fs_cache_destroy(&fs->cache);
err_file:
	put_file_of(fs);
err_helper:
	kfree(fs->helper);
	return err;
}

static void fs_drained(struct isle_device *device)
{
	struct isle_fs *fs = to_isle_fs(device);

	isle_fs_volume_end(fs);
	put_file_of(fs);
}

static void fs_release(struct isle_device *device)
{
	struct isle_fs *fs = to_isle_fs(device);

	isle_fs_cache_destroy(&fs->cache);
	kfree(fs->helper);
	kfree(fs);
}

static struct isle_device *fs_create(struct isle_domain *domain,
				     const void __user *arg)
{
	struct isle_fs_config config;
	struct isle_fs *fs;
	int err;

	err = isle_copy_struct(&config, sizeof(config),
			       offsetofend(struct isle_fs_config, reserved),
			       arg);
	if (!err)
		err = check_config(&config);
	if (err)
		return ERR_PTR(err);
	fs = kzalloc(sizeof(*fs), GFP_KERNEL_ACCOUNT);
	if (!fs)
		return ERR_PTR(-ENOMEM);
	err = fill(fs, &config);
	if (err)
		goto err_free;
	err = isle_device_init(&fs->device, &fs_class, domain);
	if (!err)
		return &fs->device;
	isle_fs_volume_end(fs);
	put_file_of(fs);
	isle_fs_cache_destroy(&fs->cache);
	kfree(fs->helper);
err_free:
	kfree(fs);
	return ERR_PTR(err);
}

static void fs_show(struct seq_file *m, struct isle_device *device)
{
	struct isle_fs *fs = to_isle_fs(device);

	seq_printf(m, " flags=%#x state=%d backing=%s", fs->flags,
		   READ_ONCE(fs->state),
		   fs->backing == ISLE_FS_DIR ? "dir" :
						isle_fs_type_name(fs->type));
	seq_putc(m, ':');
	seq_file_path(m, fs->file, "\n\t \\");
}

static const struct isle_device_class fs_class = {
	.id = ISLE_CLASS_FS,
	.name = "fs",
	.node = {
		.open = isle_device_node_open,
		.get = isle_device_node_get,
		.put = isle_device_node_put,
		.fops = &fops,
		.groups = isle_fs_groups,
	},
	.create = fs_create,
	.drained = fs_drained,
	.release = fs_release,
	.show = fs_show,
};

/**
 * isle_fs_init() - offer devices with files
 *
 * Return: 0 or -ENOMEM.
 */
int isle_fs_init(void)
{
	int err = isle_fs_cache_init();

	return err ?: isle_device_class_register(&fs_class);
}

/**
 * isle_fs_exit() - undo isle_fs_init(); no device is left
 */
void isle_fs_exit(void)
{
	isle_device_class_unregister(&fs_class);
	isle_fs_cache_exit();
}
