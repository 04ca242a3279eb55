/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_KV_VALUE_H
#define ISLE_DEVICE_KV_VALUE_H

#include <linux/fs.h>
#include <linux/list.h>

struct isle_kv;

/**
 * struct isle_kv_area - where a value is
 * @file: in which file
 * @start: where in it
 * @length: its bytes, unless @whole
 * @whole: all of the file, however long it is at the moment
 */
struct isle_kv_area {
	struct file *file;
	u64 start;
	u64 length;
	bool whole;
};

static inline u64 isle_kv_area_size(const struct isle_kv_area *area)
{
	return area->whole ? i_size_read(file_inode(area->file)) : area->length;
}

/**
 * struct isle_kv_value - an open value
 * @kv: its device; a reference (constant)
 * @area: where it is; constant until the device has drained, when its file is
 *	let go of.  For who has entered the device.
 * @list: in the device's values (protected by the device's lock)
 */
struct isle_kv_value {
	struct isle_kv *kv;
	struct isle_kv_area area;
	struct list_head list;
};

ssize_t isle_kv_area_read(const struct isle_kv_area *area, struct kiocb *caller,
			  struct iov_iter *to);
struct file *isle_kv_value_open(struct isle_kv *kv,
				const struct isle_kv_area *area);

#endif /* ISLE_DEVICE_KV_VALUE_H */
