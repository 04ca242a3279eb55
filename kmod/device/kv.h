/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_KV_H
#define ISLE_DEVICE_KV_H

#include <linux/mutex.h>
#include <isle/kv.h>

#include "core/device.h"
#include "device/kv_index.h"
#include "device/kv_value.h"

/**
 * struct isle_kv - a key-value device
 * @device: what every device begins with
 * @kind: where the values are (constant)
 * @file: the directory, or the file that @index is of; from before the device
 *	is known until it has drained
 * @index: which key is where, for ISLE_KV_INDEX (constant)
 * @charge: bytes that the index was charged with (constant)
 * @lock: protects @values
 * @values: those that are open
 */
struct isle_kv {
	struct isle_device device;
	enum isle_kv_backing kind;
	struct file *file;
	struct isle_kv_index index;
	u64 charge;
	struct mutex lock;	/* see above */
	struct list_head values;
};

static inline struct isle_kv *to_isle_kv(struct isle_device *device)
{
	return container_of(device, struct isle_kv, device);
}

/* kv_sysfs.c */
extern const struct attribute_group *isle_kv_groups[];

int isle_kv_init(void);
void isle_kv_exit(void);

#endif /* ISLE_DEVICE_KV_H */
