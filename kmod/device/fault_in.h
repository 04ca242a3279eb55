/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Memory of programs that is not there.
 *
 * A file system may hold locks while it copies, and a program can give memory
 * that never answers. So page faults are off while the file system works, and
 * what was not there is brought in afterwards, when nothing is held.
 */
#ifndef ISLE_DEVICE_FAULT_IN_H
#define ISLE_DEVICE_FAULT_IN_H

#include <linux/sizes.h>
#include <linux/uio.h>

/* How much memory is brought in at a time */
#define ISLE_FAULT_IN		SZ_1M
/* How often in a row what was brought in may be gone again */
#define ISLE_FAULT_TRIES	16

/**
 * isle_fault_in() - bring memory in
 * @iter: where it is
 * @write: it is going to be written to a file, and only read here
 *
 * Context: process; sleeps, as long as the memory's owner likes.
 * Return: false if there is none.
 */
static inline bool isle_fault_in(struct iov_iter *iter, bool write)
{
	size_t size = min_t(size_t, iov_iter_count(iter), ISLE_FAULT_IN);

	if (write)
		return fault_in_iov_iter_readable(iter, size) != size;
	return fault_in_iov_iter_writeable(iter, size) != size;
}

#endif /* ISLE_DEVICE_FAULT_IN_H */
