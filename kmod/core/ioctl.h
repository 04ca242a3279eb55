/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_IOCTL_H
#define ISLE_CORE_IOCTL_H

#include <linux/fs.h>
#include <linux/types.h>

/* Bytes of the largest struct in a table */
#define ISLE_IOCTL_ARG_MAX	128

/**
 * struct isle_reply - a file that an ioctl returns besides its struct
 * @file: the file, or NULL
 * @fd: where it will be; meaningful if @file is set
 */
struct isle_reply {
	struct file *file;
	int fd;
};

/**
 * struct isle_ioctl - one line of a table of ioctls
 * @cmd: the command, as <isle/...> defines it
 * @size: sizeof() its struct
 * @min: what that was in the first version of the ABI
 * @run: does it; the struct is a copy in kernel memory, which goes back to
 *	the caller afterwards if @cmd says so.  To return a file it calls
 *	isle_reply_file().
 * @undo: if not NULL, takes back what @run has done, because the caller could
 *	not be told
 * @quiet: nothing goes back, whatever @cmd says: @run changes nothing in the
 *	struct, and what it has done cannot be taken back unseen
 */
struct isle_ioctl {
	unsigned int cmd;
	u16 size;
	u16 min;
	int (*run)(struct file *file, void *arg, struct isle_reply *reply);
	void (*undo)(struct file *file, void *arg);
	bool quiet;
};

#define ISLE_IOCTL(_cmd, _type, _last, _run)			\
	{							\
		.cmd = (_cmd),					\
		.size = sizeof(struct _type) +			\
			BUILD_BUG_ON_ZERO(sizeof(struct _type) > \
					  ISLE_IOCTL_ARG_MAX),	\
		.min = offsetofend(struct _type, _last),	\
		.run = (_run),					\
	}

#define ISLE_IOCTL_UNDO(_cmd, _type, _last, _run, _undo)	\
	{							\
		.cmd = (_cmd),					\
		.size = sizeof(struct _type) +			\
			BUILD_BUG_ON_ZERO(sizeof(struct _type) > \
					  ISLE_IOCTL_ARG_MAX),	\
		.min = offsetofend(struct _type, _last),	\
		.run = (_run),					\
		.undo = (_undo),				\
	}

#define ISLE_IOCTL_QUIET(_cmd, _type, _last, _run)		\
	{							\
		.cmd = (_cmd),					\
		.size = sizeof(struct _type) +			\
			BUILD_BUG_ON_ZERO(sizeof(struct _type) > \
					  ISLE_IOCTL_ARG_MAX),	\
		.min = offsetofend(struct _type, _last),	\
		.run = (_run),					\
		.quiet = true,					\
	}

int isle_copy_struct(void *to, size_t size, size_t min,
		     const void __user *from);
int isle_reply_file(struct isle_reply *reply, struct file *file);
long isle_ioctl(const struct isle_ioctl *table, size_t n, struct file *file,
		unsigned int cmd, void __user *arg);

#endif /* ISLE_CORE_IOCTL_H */
