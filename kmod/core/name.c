// SPDX-License-Identifier: GPL-2.0
/*
 * Names of domains and devices.
 *
 * They become components of paths in /dev and /sys, words in shell commands
 * and keys in JSON, so the alphabet is small: no separator, no dot, nothing
 * that an option parser or a terminal takes for something else.
 */
#include <linux/ctype.h>
#include <linux/string.h>
#include <isle/base.h>

#include "core/name.h"

static bool name_char(char c)
{
	return isascii(c) && (isalnum(c) || c == '_' || c == '-');
}

/**
 * isle_name_valid() - whether a name that came from user space is one
 * @name: ISLE_NAME_SIZE bytes
 *
 * Return: true if it is 1 to 31 of the allowed characters, does not begin
 * with '-', and only zeroes follow it.
 */
bool isle_name_valid(const char *name)
{
	size_t len = strnlen(name, ISLE_NAME_SIZE);
	size_t i;

	if (len == 0 || len == ISLE_NAME_SIZE || name[0] == '-')
		return false;
	for (i = 0; i < len; i++)
		if (!name_char(name[i]))
			return false;
	return isle_is_zero(name + len, ISLE_NAME_SIZE - len);
}
