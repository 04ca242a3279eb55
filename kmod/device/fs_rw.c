// SPDX-License-Identifier: GPL-2.0
/*
 * Reading and writing files of an fs device.
 *
 * The program's memory goes to the file's own read_iter and write_iter, so data
 * moves between it and the file system's pages without a copy between. A file
 * system may hold a lock meanwhile, and a program can give memory that never
 * answers: so page faults are switched off while the file system works, also
 * those of one that moves the data to and from the pages themselves. What was
 * not there is brought in afterwards, when nothing is held (fault_in.h), and
 * the file system goes on from where it stopped.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/fsnotify.h>
#include <linux/sched/signal.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "device/fault_in.h"
#include "device/fs.h"
#include "device/fs_path.h"

/**
 * isle_fs_wait_thawed() - wait while a file system is frozen
 * @sb: the file system
 *
 * Waiting in sb_start_write() could not be killed. That it is frozen again
 * between this and that is possible, and then waits there.
 *
 * Return: 0 or -EINTR.
 */
int isle_fs_wait_thawed(struct super_block *sb)
{
	while (!sb_start_write_trylock(sb)) {
		schedule_timeout_killable(HZ / 50);
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	sb_end_write(sb);
	return 0;
}

/* The same, and keep it so. */
static int keep_thawed(struct super_block *sb)
{
	while (!sb_start_write_trylock(sb)) {
		schedule_timeout_killable(HZ / 50);
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static ssize_t move_out(struct file *file, struct kiocb *iocb,
			struct iov_iter *iter)
{
	struct super_block *sb = file_inode(file)->i_sb;
	ssize_t ret = keep_thawed(sb);

	if (ret)
		return ret;
	ret = file->f_op->write_iter(iocb, iter);
	sb_end_write(sb);
	return ret;
}

/* As much as goes without a page fault; nothing is held afterwards. */
static ssize_t move(struct file *file, struct kiocb *iocb, struct iov_iter *iter,
		    bool write)
{
	ssize_t ret;

	pagefault_disable();
	if (write)
		ret = move_out(file, iocb, iter);
	else
		ret = file->f_op->read_iter(iocb, iter);
	pagefault_enable();
	return ret;
}

static ssize_t move_all(struct file *file, loff_t pos, struct iov_iter *iter,
			bool write)
{
	/* An I/O priority is for direct I/O, for which none of them is open */
	struct kiocb iocb = {
		.ki_filp = file,
		.ki_pos = pos,
		.ki_flags = file->f_iocb_flags,
	};
	ssize_t done = 0;
	int tries = 0;
	ssize_t ret;

	for (;;) {
		ret = move(file, &iocb, iter, write);
		if (ret > 0) {
			done += ret;
			tries = 0;
			if (!iov_iter_count(iter))
				break;
			if (!write && iocb.ki_pos >= i_size_read(file_inode(file)))
				break;
		} else if (ret != -EFAULT) {
			break;
		}
		/* It stopped short: at memory that was not there? */
		if (fatal_signal_pending(current)) {
			ret = -EINTR;
			break;
		}
		ret = -EFAULT;
		if (++tries > ISLE_FAULT_TRIES || !isle_fault_in(iter, write))
			break;
	}
	/* Fewer bytes would mean the end of the file */
	if (!write && ret < 0 && ret != -EFAULT)
		return ret;
	return done ?: ret;
}

/* File systems look at credentials for quotas, reserves and set-user-ID. */
static ssize_t write_as_owner(struct isle_fs *fs, struct file *file, loff_t pos,
			      struct iov_iter *iter)
{
	const struct cred *old = override_creds(fs->cred);
	ssize_t ret = move_all(file, pos, iter, true);

	revert_creds(old);
	/* Whoever watches the file on the host sees it change */
	if (ret > 0)
		fsnotify_modify(file);
	return ret;
}

static ssize_t rw_name(struct isle_fs *fs, const struct isle_fs_name *name,
		       loff_t pos, struct iov_iter *iter, bool write)
{
	struct isle_fs_open *open;
	ssize_t ret;

	ret = isle_fs_enter(fs);
	if (ret)
		return ret;
	open = isle_fs_cache_take(fs, name, write ? ISLE_FS_WANT_WRITE :
						    ISLE_FS_WANT_READ);
	if (IS_ERR(open)) {
		ret = PTR_ERR(open);
	} else {
		if (write)
			ret = write_as_owner(fs, open->file, pos, iter);
		else
			ret = move_all(open->file, pos, iter, false);
		isle_fs_cache_give(open);
	}
	isle_fs_leave(fs);
	return ret;
}

static ssize_t rw(struct isle_fs *fs, const struct isle_fs_rw *arg, bool write)
{
	void __user *buffer = u64_to_user_ptr(arg->buffer);
	size_t length = min_t(u64, arg->length, MAX_RW_COUNT);
	struct isle_fs_name name;
	struct iov_iter iter;
	ssize_t ret;

	if (!access_ok(buffer, length))
		return -EFAULT;
	ret = isle_fs_name_get(&name, arg->path, arg->path_len);
	if (ret)
		return ret;
	iov_iter_ubuf(&iter, write ? WRITE : READ, buffer, length);
	/* pagefault_disable() does not concern who asks for the pages */
	iter.nofault = true;
	ret = rw_name(fs, &name, arg->offset, &iter, write);
	isle_fs_name_put(&name);
	return ret == -ERESTARTSYS ? -EINTR : ret;
}

/**
 * isle_fs_read() - read part of a file
 * @fs: the device
 * @arg: which file, where, where to
 *
 * Return: how many bytes, or what isle/fs.h says.
 */
ssize_t isle_fs_read(struct isle_fs *fs, const struct isle_fs_rw *arg)
{
	if (arg->flags || arg->reserved || arg->offset > LLONG_MAX ||
	    arg->length > LLONG_MAX - arg->offset)
		return -EINVAL;
	return rw(fs, arg, false);
}

/**
 * isle_fs_write() - write part of a file
 * @fs: the device
 * @arg: which file, where, what
 *
 * Return: how many bytes, or what isle/fs.h says.
 */
ssize_t isle_fs_write(struct isle_fs *fs, const struct isle_fs_rw *arg)
{
	if (arg->flags || arg->reserved)
		return -EINVAL;
	if (fs->flags & ISLE_FS_READ_ONLY)
		return -EROFS;
	if (arg->offset > LLONG_MAX || arg->length > LLONG_MAX - arg->offset)
		return -EFBIG;
	/* The file system would send a signal, and write up to the limit */
	if (arg->offset + arg->length > rlimit(RLIMIT_FSIZE))
		return -EFBIG;
	return rw(fs, arg, true);
}
