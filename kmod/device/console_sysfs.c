// SPDX-License-Identifier: GPL-2.0
/*
 * What sysfs says of a published console: one value per file.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "device/console.h"

#define CONSOLE_ATTR(_name, _format, _value)				\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct isle_console *console = to_isle_console(dev_get_drvdata(dev));	\
									\
	return sysfs_emit(buf, _format, _value);			\
}									\
static DEVICE_ATTR_RO(_name)

CONSOLE_ATTR(unique, "%llu\n", console->device.unique);
CONSOLE_ATTR(hold, "%d\n", !!(console->flags & ISLE_CONSOLE_HOLD));
CONSOLE_ATTR(sink, "%d\n", !!(console->flags & ISLE_CONSOLE_SINK));

/* Zero if it is being removed at this moment */
#define INFO_ATTR(_name)				\
static u64 get_##_name(struct isle_console *console)			\
{									\
	struct isle_console_info info = { .size = sizeof(info) };	\
									\
	isle_console_fill_info(console, &info);				\
	return info._name;						\
}									\
CONSOLE_ATTR(_name, "%llu\n", get_##_name(console))

INFO_ATTR(written);
INFO_ATTR(dropped);
INFO_ATTR(input);
INFO_ATTR(hosts);
INFO_ATTR(sink_error);

static struct attribute *isle_console_attrs[] = {
	&dev_attr_unique.attr,
	&dev_attr_hold.attr,
	&dev_attr_sink.attr,
	&dev_attr_written.attr,
	&dev_attr_dropped.attr,
	&dev_attr_input.attr,
	&dev_attr_hosts.attr,
	&dev_attr_sink_error.attr,
	NULL
};

static const struct attribute_group isle_console_group = {
	.attrs = isle_console_attrs,
};

const struct attribute_group *isle_console_groups[] = {
	&isle_console_group,
	NULL
};
