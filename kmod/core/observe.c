// SPDX-License-Identifier: GPL-2.0
/*
 * What people can see of the whole module: the leak counters in
 * /sys/class/isle/live_*, and the graph of all objects in
 * /sys/kernel/debug/isle/objects.
 */
#include <linux/debugfs.h>
#include <linux/device.h>
#include <linux/module.h>
#include <linux/seq_file.h>

#include "core/compat.h"
#include "core/device.h"
#include "core/domain.h"
#include "core/link.h"
#include "core/live.h"
#include "core/observe.h"
#include "core/part.h"

#define LIVE_ATTR(_name, _kind)						\
static ssize_t live_##_name##_show(ISLE_CLASS_CONST struct class *class, \
				   ISLE_CLASS_CONST			\
				   struct class_attribute *attr,	\
				   char *buf)				\
{									\
	return sysfs_emit(buf, "%ld\n", isle_live_read(_kind));		\
}									\
static CLASS_ATTR_RO(live_##_name)

LIVE_ATTR(domains, ISLE_LIVE_DOMAINS);
LIVE_ATTR(devices, ISLE_LIVE_DEVICES);
LIVE_ATTR(files, ISLE_LIVE_FILES);
LIVE_ATTR(requests, ISLE_LIVE_REQUESTS);
LIVE_ATTR(pages, ISLE_LIVE_PAGES);
LIVE_ATTR(grants, ISLE_LIVE_GRANTS);
LIVE_ATTR(ports, ISLE_LIVE_PORTS);
LIVE_ATTR(store, ISLE_LIVE_STORE);
LIVE_ATTR(channels, ISLE_LIVE_CHANNELS);
LIVE_ATTR(tasks, ISLE_LIVE_TASKS);
LIVE_ATTR(messages, ISLE_LIVE_MESSAGES);

static struct attribute *isle_class_attrs[] = {
	&class_attr_live_domains.attr,
	&class_attr_live_devices.attr,
	&class_attr_live_files.attr,
	&class_attr_live_requests.attr,
	&class_attr_live_pages.attr,
	&class_attr_live_grants.attr,
	&class_attr_live_ports.attr,
	&class_attr_live_store.attr,
	&class_attr_live_channels.attr,
	&class_attr_live_tasks.attr,
	&class_attr_live_messages.attr,
	NULL
};

static const struct attribute_group isle_class_group = {
	.attrs = isle_class_attrs,
};

const struct attribute_group *isle_class_groups[] = {
	&isle_class_group,
	NULL
};

/* The position is the number of the next domain; no lock between calls. */
static void *objects_start(struct seq_file *m, loff_t *pos)
{
	struct isle_domain *domain;

	if (*pos > ISLE_DOMID_MAX)
		return NULL;
	domain = isle_domain_get_next(*pos);
	if (domain)
		*pos = domain->id;
	return domain;
}

static void *objects_next(struct seq_file *m, void *v, loff_t *pos)
{
	isle_domain_put(v);
	++*pos;
	return objects_start(m, pos);
}

static void objects_stop(struct seq_file *m, void *v)
{
	if (v)
		isle_domain_put(v);
}

static int objects_show(struct seq_file *m, void *v)
{
	struct isle_domain *domain = v;
	struct isle_domain *peer;
	u32 id = 0;

	isle_domain_show(m, domain);
	while ((peer = isle_link_next(domain, id))) {
		id = peer->id;
		seq_printf(m, "  link %u %s\n", id, peer->name);
		isle_domain_put(peer);
	}
	isle_device_show_all(m, domain);
	isle_part_show_all(m, domain);
	return 0;
}

static const struct seq_operations objects_sops = {
	.start = objects_start,
	.next = objects_next,
	.stop = objects_stop,
	.show = objects_show,
};
DEFINE_SEQ_ATTRIBUTE(objects);

static struct dentry *dir;

/**
 * isle_observe_init() - offer the view in debugfs, if there is a debugfs
 */
void isle_observe_init(void)
{
	dir = debugfs_create_dir("isle", NULL);
	debugfs_create_file("objects", 0400, dir, NULL, &objects_fops);
}

/**
 * isle_observe_exit() - undo isle_observe_init()
 */
void isle_observe_exit(void)
{
	debugfs_remove(dir);
}
