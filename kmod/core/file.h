/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_FILE_H
#define ISLE_CORE_FILE_H

#include <linux/file.h>
#include <linux/fs.h>
#include <linux/sched.h>

/**
 * isle_file_put() - let go of a file of the administrator
 * @file: the file
 *
 * If this was the last reference, the file is closed at once by a worker, so
 * that nothing holds what is behind it when a removal ends; and on return to
 * user space by a process, as ever.
 *
 * Context: process; sleeps.
 */
static inline void isle_file_put(struct file *file)
{
	if (current->flags & PF_KTHREAD)
		__fput_sync(file);
	else
		fput(file);
}

#endif /* ISLE_CORE_FILE_H */
