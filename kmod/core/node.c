// SPDX-License-Identifier: GPL-2.0
/*
 * Nodes: the files under /dev/isle by which objects are opened.
 *
 * A node stands between an object and the driver core.  It owns the minor
 * number, the entry in /sys/class/isle and, through devtmpfs, the node in
 * /dev/isle; names with '!' in them become directories there.  It holds a
 * reference to its object until its struct device is released, so an object
 * outlives every sysfs read that has begun.
 *
 * One cdev, which lives as long as the module, serves all minors; open(2)
 * finds the node by the minor and hands the file over to the object's own
 * operations.  So no object embeds a cdev, and none has to outlive an inode.
 *
 * Locks: the xa_lock of @nodes protects the way from a minor to its node.  A
 * node that is found there has not been put yet.
 */
#include <linux/cdev.h>
#include <linux/device.h>
#include <linux/err.h>
#include <linux/kdev_t.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "core/compat.h"
#include "core/node.h"

struct isle_node {
	struct device dev;
	const struct isle_node_type *type;
	void *object;
	struct isle_node_perm perm;
};

static DEFINE_XARRAY_ALLOC(nodes);
static struct cdev cdev;
static dev_t first;

static struct isle_node *to_isle_node(ISLE_DEVNODE_CONST struct device *dev)
{
	return container_of(dev, struct isle_node, dev);
}

static void node_release(struct device *dev)
{
	struct isle_node *node = to_isle_node(dev);

	node->type->put(node->object);
	kfree(node);
}

static char *node_devnode(ISLE_DEVNODE_CONST struct device *dev, umode_t *mode,
			  kuid_t *uid, kgid_t *gid)
{
	ISLE_DEVNODE_CONST struct isle_node *node = to_isle_node(dev);

	/* Who asks only for the path has no place for the rest */
	if (mode)
		*mode = node->perm.mode | S_IFCHR;	/* 0 means "the usual" */
	if (uid)
		*uid = node->perm.uid;
	if (gid)
		*gid = node->perm.gid;
	return NULL;	/* the path is the name, '!' standing for '/' */
}

static const struct device_type node_device_type = {
	.name = "isle",
	.release = node_release,
	.devnode = node_devnode,
};

static struct class node_class = {
	.name = "isle",
};

static int node_open(struct inode *inode, struct file *file)
{
	const struct file_operations *fops;
	struct isle_node *node;
	int err;

	xa_lock(&nodes);
	node = xa_load(&nodes, iminor(inode));
	if (node)
		get_device(&node->dev);
	xa_unlock(&nodes);
	if (!node)
		return -ENODEV;

	fops = fops_get(node->type->fops);
	if (fops) {
		replace_fops(file, fops);
		err = node->type->open(node->object, file);
	} else {
		err = -ENODEV;
	}
	put_device(&node->dev);
	return err;
}

static const struct file_operations node_fops = {
	.owner = THIS_MODULE,
	.open = node_open,
	.llseek = noop_llseek,
};

/**
 * isle_node_add() - give an object a node
 * @type: what the object is
 * @object: the object; the node takes a reference
 * @perm: who may open it
 * @fmt: name of the node below /dev, with '!' for '/'
 *
 * open(2) may come before this returns.
 *
 * Context: process; sleeps.
 * Return: the node, or an ERR_PTR: -EEXIST, -ENOMEM, -EBUSY (no minor is free).
 */
struct isle_node *isle_node_add(const struct isle_node_type *type, void *object,
				const struct isle_node_perm *perm,
				const char *fmt, ...)
{
	struct isle_node *node;
	struct va_format vaf;
	va_list args;
	u32 minor;
	int err;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return ERR_PTR(-ENOMEM);
	node->type = type;
	node->object = object;
	node->perm = *perm;
	type->get(object);

	device_initialize(&node->dev);	/* from here on, node_release() frees */
	node->dev.class = &node_class;
	node->dev.type = &node_device_type;
	node->dev.groups = type->groups;
	dev_set_drvdata(&node->dev, object);

	va_start(args, fmt);
	vaf.fmt = fmt;
	vaf.va = &args;
	err = dev_set_name(&node->dev, "%pV", &vaf);
	va_end(args);
	if (err)
		goto err_put;

	err = xa_alloc(&nodes, &minor, node, XA_LIMIT(0, MINORMASK), GFP_KERNEL);
	if (err)
		goto err_put;
	node->dev.devt = MKDEV(MAJOR(first), minor);

	err = device_add(&node->dev);
	if (err)
		goto err_erase;
	return node;

err_erase:
	xa_erase(&nodes, minor);
err_put:
	put_device(&node->dev);
	return ERR_PTR(err);
}

/**
 * isle_node_del() - take an object's node away
 * @node: the node, or NULL
 *
 * Waits until attributes that are being read have been read.  An open(2) that
 * has found the node may still call the type's open() afterwards.
 *
 * Context: process; sleeps.
 */
void isle_node_del(struct isle_node *node)
{
	if (!node)
		return;
	device_del(&node->dev);
	xa_erase(&nodes, MINOR(node->dev.devt));
	put_device(&node->dev);
}

/**
 * isle_node_init() - set up what all nodes share
 * @class_groups: attributes of /sys/class/isle itself
 *
 * Return: 0 or a negative errno.
 */
int isle_node_init(const struct attribute_group **class_groups)
{
	int err;

	err = alloc_chrdev_region(&first, 0, MINORMASK + 1, "isle");
	if (err)
		return err;
	node_class.class_groups = class_groups;
	err = class_register(&node_class);
	if (err)
		goto err_region;
	cdev_init(&cdev, &node_fops);
	cdev.owner = THIS_MODULE;
	err = cdev_add(&cdev, first, MINORMASK + 1);
	if (err)
		goto err_class;
	return 0;

err_class:
	class_unregister(&node_class);
err_region:
	unregister_chrdev_region(first, MINORMASK + 1);
	return err;
}

/**
 * isle_node_exit() - undo isle_node_init(); there are no nodes any more
 */
void isle_node_exit(void)
{
	cdev_del(&cdev);
	class_unregister(&node_class);
	unregister_chrdev_region(first, MINORMASK + 1);
	xa_destroy(&nodes);
}
