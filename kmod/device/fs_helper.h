/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_FS_HELPER_H
#define ISLE_DEVICE_FS_HELPER_H

#include <linux/types.h>

struct isle_fs;

int isle_fs_helper_run(struct isle_fs *fs, u64 bytes, unsigned long deadline);

#endif /* ISLE_DEVICE_FS_HELPER_H */
