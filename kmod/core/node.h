/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_NODE_H
#define ISLE_CORE_NODE_H

#include <linux/compiler.h>
#include <linux/fs.h>
#include <linux/sysfs.h>
#include <linux/uidgid.h>

struct isle_node;

/**
 * struct isle_node_type - what stands behind a node
 * @open: called by open(2) of the node, after @fops were put in place;
 *	@object is alive, but it may be dead as a device
 * @get: takes a reference to the object
 * @put: gives it back
 * @fops: what the opened file can do
 * @groups: attributes in sysfs, one value per file, or NULL; drvdata of the
 *	struct device is the object.  They must not take a lock under which a
 *	node is added or removed.
 */
struct isle_node_type {
	int (*open)(void *object, struct file *file);
	void (*get)(void *object);
	void (*put)(void *object);
	const struct file_operations *fops;
	const struct attribute_group **groups;
};

/**
 * struct isle_node_perm - who may open a node
 * @uid: owner
 * @gid: group
 * @mode: permission bits
 */
struct isle_node_perm {
	kuid_t uid;
	kgid_t gid;
	umode_t mode;
};

__printf(4, 5)
struct isle_node *isle_node_add(const struct isle_node_type *type, void *object,
				const struct isle_node_perm *perm,
				const char *fmt, ...);
void isle_node_del(struct isle_node *node);

int isle_node_init(const struct attribute_group **class_groups);
void isle_node_exit(void);

#endif /* ISLE_CORE_NODE_H */
