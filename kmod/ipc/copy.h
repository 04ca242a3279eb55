/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_COPY_H
#define ISLE_IPC_COPY_H

#include <linux/fault-inject-usercopy.h>
#include <linux/instrumented.h>
#include <linux/uaccess.h>

/*
 * Copy to user memory that access_ok() has passed; returns what could not be
 * copied.  The source is a page, so there is no object whose bounds to check.
 */
static __always_inline size_t isle_copy_out(void __user *to, const void *from,
					    size_t n)
{
	if (should_fail_usercopy())
		return n;
	instrument_copy_to_user(to, from, n);
	return raw_copy_to_user(to, from, n);
}

#endif /* ISLE_IPC_COPY_H */
