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
QUOTA_ATTR(grants, ISLE_QUOTA_GRANTS);
QUOTA_ATTR(mappings, ISLE_QUOTA_MAPPINGS);
QUOTA_ATTR(ports, ISLE_QUOTA_PORTS);
QUOTA_ATTR(store, ISLE_QUOTA_STORE);
QUOTA_ATTR(watches, ISLE_QUOTA_WATCHES);
QUOTA_ATTR(tasks, ISLE_QUOTA_TASKS);
QUOTA_ATTR(messages, ISLE_QUOTA_MESSAGES);

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
	&dev_attr_grants_used.attr,
	&dev_attr_grants_limit.attr,
	&dev_attr_mappings_used.attr,
	&dev_attr_mappings_limit.attr,
	&dev_attr_ports_used.attr,
	&dev_attr_ports_limit.attr,
	&dev_attr_store_used.attr,
	&dev_attr_store_limit.attr,
	&dev_attr_watches_used.attr,
	&dev_attr_watches_limit.attr,
	&dev_attr_tasks_used.attr,
	&dev_attr_tasks_limit.attr,
	&dev_attr_messages_used.attr,
	&dev_attr_messages_limit.attr,
	NULL
};
static const struct attribute_group isle_domain_group = {
	.attrs = isle_domain_attrs,
};

const struct attribute_group *isle_domain_groups[] = {
	&isle_domain_group,
	NULL
};
