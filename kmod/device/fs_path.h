/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_FS_PATH_H
#define ISLE_DEVICE_FS_PATH_H

#include <linux/types.h>

struct isle_fs;
struct path;

/* A path that is shorter needs no memory of its own */
#define ISLE_FS_SHORT	32

/**
 * struct isle_fs_name - a path that a program gave, checked
 * @name: without a '/' in front, and ended by a zero; "" is the root
 * @len: bytes of it
 * @memory: where it is, if it is long; otherwise NULL
 * @room: where it is, if it is short
 */
struct isle_fs_name {
	char *name;
	unsigned int len;
	char *memory;
	char room[ISLE_FS_SHORT];
};

int isle_fs_path_check(const char *path, size_t len);
int isle_fs_name_get(struct isle_fs_name *name, u64 path, u32 len);
void isle_fs_name_put(struct isle_fs_name *name);
const char *isle_fs_name_split(struct isle_fs_name *name, const char **last);

#endif /* ISLE_DEVICE_FS_PATH_H */
