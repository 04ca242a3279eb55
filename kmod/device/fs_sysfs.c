// SPDX-License-Identifier: GPL-2.0
/*
 * What sysfs says of a published device with files: one value per file.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "device/fs.h"
#include "device/fs_volume.h"

#define FS_ATTR(_name, _format, _value)				\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct isle_fs *fs = to_isle_fs(dev_get_drvdata(dev));	\
									\
	return sysfs_emit(buf, _format, _value);			\
}									\
static DEVICE_ATTR_RO(_name)

FS_ATTR(unique, "%llu\n", fs->device.unique);
FS_ATTR(backing, "%s\n", fs->backing == ISLE_FS_DIR ? "dir" : "image");
FS_ATTR(type, "%s\n", fs->backing == ISLE_FS_DIR ? "" :
						    isle_fs_type_name(fs->type));
/* 0: it can be used; otherwise the errno, as in ISLE_FS_INFO */
FS_ATTR(state, "%d\n", -READ_ONCE(fs->state));
FS_ATTR(read_only, "%d\n", !!(fs->flags & ISLE_FS_READ_ONLY));
FS_ATTR(can_format, "%d\n", !!(fs->flags & ISLE_FS_CAN_FORMAT));

static struct attribute *isle_fs_attrs[] = {
	&dev_attr_unique.attr,
	&dev_attr_backing.attr,
	&dev_attr_type.attr,
	&dev_attr_state.attr,
	&dev_attr_read_only.attr,
	&dev_attr_can_format.attr,
	NULL
};

static const struct attribute_group isle_fs_group = {
	.attrs = isle_fs_attrs,
};

const struct attribute_group *isle_fs_groups[] = {
	&isle_fs_group,
	NULL
};
