/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_KV_DIR_H
#define ISLE_DEVICE_KV_DIR_H

#include <linux/fs.h>

#include "device/kv_key.h"

struct file *isle_kv_dir_open(struct file *dir, const char *key);
int isle_kv_dir_list(struct file *dir, const char *key, u64 *cursor,
		     struct isle_kv_names *names);

#endif /* ISLE_DEVICE_KV_DIR_H */
