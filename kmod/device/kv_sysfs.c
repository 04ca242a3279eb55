// SPDX-License-Identifier: GPL-2.0
/*
 * What sysfs says of a published key-value device: one value per file.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "device/kv.h"

#define KV_ATTR(_name, _format, _value)				\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct isle_kv *kv = to_isle_kv(dev_get_drvdata(dev));	\
									\
	return sysfs_emit(buf, _format, _value);			\
}									\
static DEVICE_ATTR_RO(_name)

KV_ATTR(unique, "%llu\n", kv->device.unique);
KV_ATTR(backing, "%s\n", kv->kind == ISLE_KV_DIR ? "dir" : "index");
KV_ATTR(entries, "%u\n", kv->index.count);

static struct attribute *isle_kv_attrs[] = {
	&dev_attr_unique.attr,
	&dev_attr_backing.attr,
	&dev_attr_entries.attr,
	NULL
};

static const struct attribute_group isle_kv_group = {
	.attrs = isle_kv_attrs,
};

const struct attribute_group *isle_kv_groups[] = {
	&isle_kv_group,
	NULL
};
