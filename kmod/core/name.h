/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_NAME_H
#define ISLE_CORE_NAME_H

#include <linux/string.h>
#include <linux/types.h>

bool isle_name_valid(const char *name);

/* Whether @size bytes at @p are all zero */
static inline bool isle_is_zero(const void *p, size_t size)
{
	return !memchr_inv(p, 0, size);
}

#endif /* ISLE_CORE_NAME_H */
