/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_BDEV_H
#define ISLE_DEVICE_BDEV_H

#include <linux/types.h>

struct iov_iter;
struct isle_backing;
struct isle_device;
struct kiocb;

bool isle_bdev_takes(struct isle_backing *backing, struct kiocb *caller,
		     struct iov_iter *iter, bool write);
ssize_t isle_bdev_rw(struct isle_backing *backing, struct isle_device *device,
		     struct kiocb *caller, struct iov_iter *iter, bool write);

int isle_bdev_init(void);
void isle_bdev_exit(void);

#endif /* ISLE_DEVICE_BDEV_H */
