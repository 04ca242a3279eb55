// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Names that people type and paths are made of.  Owns the tables.
 */
#include <errno.h>
#include <string.h>

#include "internal.h"

static const char *const class_names[] = {
	[ISLE_CLASS_BLK]	= "blk",
	[ISLE_CLASS_NET]	= "net",
	[ISLE_CLASS_FS]		= "fs",
	[ISLE_CLASS_KV]		= "kv",
	[ISLE_CLASS_CONSOLE]	= "console",
};

static const char *const quota_names[] = {
	[ISLE_QUOTA_DEVICES]	= "devices",
	[ISLE_QUOTA_LINKS]	= "links",
	[ISLE_QUOTA_FILES]	= "files",
	[ISLE_QUOTA_MEMORY]	= "memory",
	[ISLE_QUOTA_REQUESTS]	= "requests",
	[ISLE_QUOTA_GRANTS]	= "grants",
	[ISLE_QUOTA_MAPPINGS]	= "mappings",
	[ISLE_QUOTA_PORTS]	= "ports",
	[ISLE_QUOTA_STORE]	= "store",
	[ISLE_QUOTA_WATCHES]	= "watches",
	[ISLE_QUOTA_TASKS]	= "tasks",
	[ISLE_QUOTA_MESSAGES]	= "messages",
};

#define ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static int find(const char *const *names, size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (names[i] && !strcmp(names[i], name))
			return (int)i;
	return -EINVAL;
}

EXPORT const char *isle_version(void)
{
	return LIBISLE_VERSION;
}

EXPORT int isle_name_valid(const char *name)
{
	static const char allowed[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
	size_t len = strlen(name);

	return len && len < ISLE_NAME_SIZE && name[0] != '-' &&
	       strspn(name, allowed) == len;
}

EXPORT const char *isle_class_name(unsigned int cls)
{
	return cls < ARRAY_SIZE(class_names) ? class_names[cls] : NULL;
}

EXPORT int isle_class_from_name(const char *name)
{
	return find(class_names, ARRAY_SIZE(class_names), name);
}

EXPORT const char *isle_quota_name(unsigned int kind)
{
	return kind < ARRAY_SIZE(quota_names) ? quota_names[kind] : NULL;
}

EXPORT int isle_quota_from_name(const char *name)
{
	return find(quota_names, ARRAY_SIZE(quota_names), name);
}
