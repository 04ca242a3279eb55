/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_BACKING_H
#define ISLE_DEVICE_BACKING_H

#include <linux/fs.h>
#include <linux/types.h>
#include <linux/uio.h>

struct isle_device;

/**
 * struct isle_backing - a file that a device's data is in; all constant
 * @file: the regular file or block device, as the administrator opened it
 * @direct: it can be read and written past the page cache
 * @offset_mask: what must be zero in offsets and lengths for that
 * @memory_mask: what must be zero in addresses for that
 * @cached: writes need not be stable before a flush
 */
struct isle_backing {
	struct file *file;
	bool direct;
	u32 offset_mask;
	u32 memory_mask;
	bool cached;
};

int isle_backing_init(struct isle_backing *backing, int fd, bool device,
		      bool writable);
void isle_backing_destroy(struct isle_backing *backing);
ssize_t isle_backing_rw(struct isle_backing *backing,
			struct isle_device *device, struct kiocb *caller,
			struct iov_iter *iter, bool write);
int isle_backing_flush(struct isle_backing *backing,
		       struct isle_device *device);
int isle_backing_discard(struct isle_backing *backing,
			 struct isle_device *device, u64 pos, u64 len);
int isle_backing_zero(struct isle_backing *backing, struct isle_device *device,
		      u64 pos, u64 len);

/* Size in bytes, as it is now */
static inline u64 isle_backing_size(const struct isle_backing *backing)
{
	return i_size_read(backing->file->f_mapping->host);
}

#endif /* ISLE_DEVICE_BACKING_H */
