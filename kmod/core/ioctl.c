// SPDX-License-Identifier: GPL-2.0
/*
 * The way of every ioctl from user memory to its handler and back.
 *
 * Sizes, growth and tails of structs are dealt with here and nowhere else;
 * the rules are in <isle/base.h>.  User memory is read once: what a handler
 * sees is a copy.  A call either succeeds and its caller knows, or has changed
 * nothing: a returned file is installed after the struct went back, and what
 * else cannot be told is undone.
 */
#include <linux/build_bug.h>
#include <linux/file.h>
#include <linux/mm.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "core/ioctl.h"

/*
 * Read a struct whose own first field, or whose command, says that it has
 * @usize bytes.  The size field is set to what was checked: the caller may
 * have changed it meanwhile.
 */
static int copy_struct(void *to, size_t size, size_t min,
		       const void __user *from, u32 usize)
{
	int err;

	if (usize < min)
		return -EINVAL;
	if (usize > PAGE_SIZE)
		return -E2BIG;
	err = copy_struct_from_user(to, size, from, usize);
	if (err)
		return err;
	*(u32 *)to = usize;
	return 0;
}

/**
 * isle_copy_struct() - read a struct that begins with its size
 * @to: where to
 * @size: sizeof() the struct as the module knows it
 * @min: what that was in the first version of the ABI
 * @from: where it is
 *
 * Return: 0, -EFAULT, -EINVAL (too short), -E2BIG (something in it that the
 * module lacks).
 */
int isle_copy_struct(void *to, size_t size, size_t min, const void __user *from)
{
	u32 usize;

	if (get_user(usize, (const u32 __user *)from))
		return -EFAULT;
	return copy_struct(to, size, min, from, usize);
}

/**
 * isle_reply_file() - return a file from an ioctl
 * @reply: the ioctl's
 * @file: the file, or an ERR_PTR; passes to @reply, also on failure
 *
 * Return: the number it will have, or a negative errno.
 */
int isle_reply_file(struct isle_reply *reply, struct file *file)
{
	int fd;

	if (IS_ERR(file))
		return PTR_ERR(file);
	fd = get_unused_fd_flags(O_CLOEXEC);
	if (fd < 0) {
		fput(file);
		return fd;
	}
	reply->file = file;
	reply->fd = fd;
	return fd;
}

/* Type, number and direction must match; the size is the struct's affair. */
static const struct isle_ioctl *find(const struct isle_ioctl *table, size_t n,
				     unsigned int cmd)
{
	const unsigned int ignore = _IOC_SIZEMASK << _IOC_SIZESHIFT;
	size_t i;

	for (i = 0; i < n; i++)
		if (!((table[i].cmd ^ cmd) & ~ignore))
			return &table[i];
	return NULL;
}

/**
 * isle_ioctl() - carry out an ioctl by a table
 * @table: the table of this kind of file
 * @n: lines in it
 * @file: the file
 * @cmd: the command
 * @arg: its argument
 *
 * Return: 0 or a negative errno; -ENOTTY if the table does not have @cmd.
 */
long isle_ioctl(const struct isle_ioctl *table, size_t n, struct file *file,
		unsigned int cmd, void __user *arg)
{
	const struct isle_ioctl *line = find(table, n, cmd);
	u8 copy[ISLE_IOCTL_ARG_MAX] __aligned(8);
	struct isle_reply reply = {};
	u32 usize;
	int err;

	if (!line)
		return -ENOTTY;
	if (get_user(usize, (u32 __user *)arg))
		return -EFAULT;
	if (usize != _IOC_SIZE(cmd))
		return -EINVAL;
	err = copy_struct(copy, line->size, line->min, arg, usize);
	if (err)
		return err;

	err = line->run(file, copy, &reply);
	if (!err && (_IOC_DIR(cmd) & _IOC_READ) && !line->quiet &&
	    copy_to_user(arg, copy, min_t(size_t, usize, line->size))) {
		err = -EFAULT;
		if (line->undo)
			line->undo(file, copy);
	}
	if (!reply.file)
		return err;
	if (err) {
		put_unused_fd(reply.fd);
		fput(reply.file);
	} else {
		fd_install(reply.fd, reply.file);
	}
	return err;
}
