/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_BLK_H
#define ISLE_DEVICE_BLK_H

#include <linux/percpu.h>
#include <isle/blk.h>

#include "core/device.h"
#include "device/backing.h"
#include "device/memory.h"

/**
 * struct isle_blk_stats - what was asked of a device, per processor
 * @reads: reads that have begun
 * @read_bytes: bytes they asked for, within the device
 * @writes: writes that have begun
 * @write_bytes: bytes they had, within the device
 * @flushes: flushes
 * @discards: ranges discarded or zeroed
 */
struct isle_blk_stats {
	u64 reads;
	u64 read_bytes;
	u64 writes;
	u64 write_bytes;
	u64 flushes;
	u64 discards;
};

/**
 * struct isle_blk - a block device; all constant
 * @device: what every device begins with
 * @flags: ISLE_BLK_*
 * @sector_size: bytes
 * @kind: which of the following it is
 * @memory: where the sectors are, for ISLE_BLK_MEMORY
 * @backing: where the sectors are, otherwise
 * @stats: counters
 */
struct isle_blk {
	struct isle_device device;
	u32 flags;
	u32 sector_size;
	enum isle_blk_backing kind;
	union {
		struct isle_memory memory;
		struct isle_backing backing;
	};
	struct isle_blk_stats __percpu *stats;
};

static inline struct isle_blk *to_isle_blk(struct isle_device *device)
{
	return container_of(device, struct isle_blk, device);
}

/* Size in bytes, whole sectors, as it is now; the caller has entered @blk. */
static inline u64 isle_blk_size(const struct isle_blk *blk)
{
	if (blk->kind == ISLE_BLK_MEMORY)
		return blk->memory.bytes;
	return isle_backing_size(&blk->backing) & ~(u64)(blk->sector_size - 1);
}

/* The same for who has not; false if the device was removed. */
static inline bool isle_blk_size_now(struct isle_blk *blk, u64 *size)
{
	if (!isle_device_enter(&blk->device))
		return false;
	*size = isle_blk_size(blk);
	isle_device_leave(&blk->device);
	return true;
}

int isle_blk_flush(struct isle_blk *blk);

/* blk_ioctl.c */
long isle_blk_ioctl(struct file *file, unsigned int cmd, unsigned long arg);
#ifdef CONFIG_COMPAT
long isle_blk_compat_ioctl(struct file *file, unsigned int cmd,
			   unsigned long arg);
#else
#define isle_blk_compat_ioctl NULL
#endif

/* blk_sysfs.c */
extern const struct attribute_group *isle_blk_groups[];

int isle_blk_init(void);
void isle_blk_exit(void);

#endif /* ISLE_DEVICE_BLK_H */
