// SPDX-License-Identifier: GPL-2.0
/*
 * What sysfs says of a published domain: one value per file.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "core/domain.h"

static ssize_t id_show(struct device *dev, struct device_attribute *attr,
		       char *buf)
{
	struct isle_domain *domain = dev_get_drvdata(dev);

	return sysfs_emit(buf, "%u\n", domain->id);
}
static DEVICE_ATTR_RO(id);

#define QUOTA_ATTR(_kind, _KIND)					\
static ssize_t _kind##_used_show(struct device *dev,			\
				 struct device_attribute *attr,		\
				 char *buf)				\
{									\
	struct isle_domain *domain = dev_get_drvdata(dev);		\
									\
	return sysfs_emit(buf, "%llu\n",				\
			  isle_account_used(&domain->account, _KIND));	\
}									\
static DEVICE_ATTR_RO(_kind##_used);					\
static ssize_t _kind##_limit_show(struct device *dev,			\
				  struct device_attribute *attr,	\
				  char *buf)				\
{									\
	struct isle_domain *domain = dev_get_drvdata(dev);		\
									\
	return sysfs_emit(buf, "%llu\n",				\
			  isle_account_limit(&domain->account, _KIND)); \
}									\
static DEVICE_ATTR_RO(_kind##_limit)

QUOTA_ATTR(devices, ISLE_QUOTA_DEVICES);
QUOTA_ATTR(links, ISLE_QUOTA_LINKS);
QUOTA_ATTR(files, ISLE_QUOTA_FILES);
QUOTA_ATTR(memory, ISLE_QUOTA_MEMORY);
QUOTA_ATTR(requests, ISLE_QUOTA_REQUESTS);

static struct attribute *isle_domain_attrs[] = {
	&dev_attr_id.attr,
	&dev_attr_devices_used.attr,
	&dev_attr_devices_limit.attr,
	&dev_attr_links_used.attr,
	&dev_attr_links_limit.attr,
	&dev_attr_files_used.attr,
	&dev_attr_files_limit.attr,
	&dev_attr_memory_used.attr,
	&dev_attr_memory_limit.attr,
	&dev_attr_requests_used.attr,
	&dev_attr_requests_limit.attr,
	NULL
};
static const struct attribute_group isle_domain_group = {
	.attrs = isle_domain_attrs,
};

const struct attribute_group *isle_domain_groups[] = {
	&isle_domain_group,
	NULL
};
