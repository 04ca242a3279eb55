/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_FS_VOLUME_H
#define ISLE_DEVICE_FS_VOLUME_H

#include <linux/types.h>

struct isle_fs;

const char *isle_fs_type_name(u32 type);
int isle_fs_volume_create(struct isle_fs *fs);
void isle_fs_volume_end(struct isle_fs *fs);
int isle_fs_volume_mount(struct isle_fs *fs);
void isle_fs_volume_unmount(struct isle_fs *fs);
bool isle_fs_volume_shared(const struct isle_fs *fs);

#endif /* ISLE_DEVICE_FS_VOLUME_H */
