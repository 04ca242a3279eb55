// SPDX-License-Identifier: GPL-2.0
/*
 * What sysfs says of a published block device: one value per file.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "device/blk.h"

#define BLK_ATTR(_name, _format, _value)				\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct isle_blk *blk = to_isle_blk(dev_get_drvdata(dev));	\
									\
	return sysfs_emit(buf, _format, _value);			\
}									\
static DEVICE_ATTR_RO(_name)

BLK_ATTR(unique, "%llu\n", blk->device.unique);
BLK_ATTR(size_bytes, "%llu\n", isle_blk_size(blk));
BLK_ATTR(sector_size, "%u\n", blk->sector_size);
BLK_ATTR(read_only, "%d\n", !!(blk->flags & ISLE_BLK_READ_ONLY));
BLK_ATTR(write_cache, "%d\n", !!(blk->flags & ISLE_BLK_WRITE_CACHE));
BLK_ATTR(direct, "%d\n", !!(blk->flags & ISLE_BLK_DIRECT));
BLK_ATTR(backing, "%s\n", blk->kind == ISLE_BLK_MEMORY ? "memory" :
			  blk->kind == ISLE_BLK_FILE ? "file" : "device");

#define STAT_ATTR(_name)						\
static u64 sum_##_name(struct isle_blk *blk)				\
{									\
	u64 sum = 0;							\
	int cpu;							\
									\
	for_each_possible_cpu(cpu)					\
		sum += READ_ONCE(per_cpu_ptr(blk->stats, cpu)->_name);	\
	return sum;							\
}									\
BLK_ATTR(_name, "%llu\n", sum_##_name(blk))

STAT_ATTR(reads);
STAT_ATTR(read_bytes);
STAT_ATTR(writes);
STAT_ATTR(write_bytes);
STAT_ATTR(flushes);
STAT_ATTR(discards);

static struct attribute *isle_blk_attrs[] = {
	&dev_attr_unique.attr,
	&dev_attr_size_bytes.attr,
	&dev_attr_sector_size.attr,
	&dev_attr_read_only.attr,
	&dev_attr_write_cache.attr,
	&dev_attr_direct.attr,
	&dev_attr_backing.attr,
	&dev_attr_reads.attr,
	&dev_attr_read_bytes.attr,
	&dev_attr_writes.attr,
	&dev_attr_write_bytes.attr,
	&dev_attr_flushes.attr,
	&dev_attr_discards.attr,
	NULL
};

static const struct attribute_group isle_blk_group = {
	.attrs = isle_blk_attrs,
};

const struct attribute_group *isle_blk_groups[] = {
	&isle_blk_group,
	NULL
};
