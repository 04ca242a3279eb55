// SPDX-License-Identifier: GPL-2.0
/*
 * The files of devices: what is the same for all classes. Opening, with a node
 * and without, closing, polling, and the identity that every device answers.
 *
 * private_data is the device; the file has a reference, is a user of the
 * device's domain and is charged to it.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>

#include "core/device.h"
#include "core/domain.h"
#include "core/name.h"

/* Make @file act on @device; takes a reference and becomes a user. */
static int attach(struct isle_device *device, struct file *file)
{
	int err;

	if (isle_device_dead(device))
		return -ENODEV;
	err = isle_domain_attach_file(device->domain);
	if (err)
		return err;
	kref_get(&device->ref);
	file->private_data = device;
	file->f_mode |= device->class->f_mode;
	/* A stream has no positions */
	if (!file->f_op->llseek)
		file->f_mode &= ~(FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE);
	err = device->class->open ? device->class->open(device, file) : 0;
	if (err) {
		file->private_data = NULL;
		isle_device_detach(device);
	}
	return err;
}

/**
 * isle_device_detach() - a file acts on a device no longer
 * @device: the device; the file's reference goes
 */
void isle_device_detach(struct isle_device *device)
{
	isle_domain_detach_file(device->domain);
	isle_device_put(device);
}

/**
 * isle_device_open() - open a device without its node
 * @domain: the domain; the caller has a reference
 * @arg: which one, and how
 *
 * Return: the file, or an ERR_PTR.
 */
struct file *isle_device_open(struct isle_domain *domain,
			      const struct isle_device_open *arg)
{
	static const int access[] = {
		[ISLE_OPEN_READ] = O_RDONLY,
		[ISLE_OPEN_WRITE] = O_WRONLY,
		[ISLE_OPEN_READ | ISLE_OPEN_WRITE] = O_RDWR,
	};
	struct isle_device *device;
	struct file *file;
	int flags;
	int err;

	flags = access[arg->flags & (ISLE_OPEN_READ | ISLE_OPEN_WRITE)];
	if (arg->flags & ISLE_OPEN_NONBLOCK)
		flags |= O_NONBLOCK;

	device = isle_device_get(domain, arg->dev_class, arg->name);
	if (IS_ERR(device))
		return ERR_CAST(device);

	file = anon_inode_getfile("[isle]", device->class->node.fops, NULL,
				  flags);
	if (IS_ERR(file))
		goto out;
	file->f_mode |= FMODE_LSEEK | FMODE_PREAD | FMODE_PWRITE;
	err = attach(device, file);
	if (err) {
		/* release() sees by private_data that there is nothing to do */
		fput(file);
		file = ERR_PTR(err);
	}
out:
	isle_device_put(device);
	return file;
}

/**
 * isle_device_attach() - open the administrator's side of a device
 * @domain: the domain that has it; the caller has a reference
 * @arg: which one, and how
 *
 * Return: the file, or an ERR_PTR.
 */
struct file *isle_device_attach(struct isle_domain *domain,
				const struct isle_device_attach *arg)
{
	struct isle_device *device;
	struct file *file;

	device = isle_device_get(domain, arg->dev_class, arg->name);
	if (IS_ERR(device))
		return ERR_CAST(device);
	if (device->class->attach)
		file = device->class->attach(device, arg->flags);
	else
		file = ERR_PTR(-EOPNOTSUPP);
	isle_device_put(device);
	return file;
}

/**
 * isle_device_node_open() - isle_node_type.open of all classes
 * @object: the device
 * @file: the file that is being opened
 *
 * Return: 0, -ENODEV or -EDQUOT.
 */
int isle_device_node_open(void *object, struct file *file)
{
	return attach(object, file);
}

/**
 * isle_device_node_get() - isle_node_type.get of all classes
 * @object: the device
 */
void isle_device_node_get(void *object)
{
	struct isle_device *device = object;

	kref_get(&device->ref);
}

/**
 * isle_device_node_put() - isle_node_type.put of all classes
 * @object: the device
 */
void isle_device_node_put(void *object)
{
	isle_device_put(object);
}

/**
 * isle_device_fop_release() - release of all classes' files
 * @inode: unused
 * @file: the file
 *
 * Return: 0.
 */
int isle_device_fop_release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		isle_device_detach(file->private_data);
	return 0;
}

/**
 * isle_device_fop_poll() - poll of devices that are always ready
 * @file: the file
 * @pt: who polls
 *
 * Return: readable and writable; once it was removed, hang-up and error.
 */
__poll_t isle_device_fop_poll(struct file *file, poll_table *pt)
{
	struct isle_device *device = file->private_data;

	poll_wait(file, &device->wait, pt);
	if (isle_device_dead(device))
		return EPOLLHUP | EPOLLERR;
	return EPOLLIN | EPOLLRDNORM | EPOLLOUT | EPOLLWRNORM;
}

/**
 * isle_device_fop_show_fdinfo() - /proc/PID/fdinfo of all classes' files
 * @m: where to
 * @file: the file
 */
void isle_device_fop_show_fdinfo(struct seq_file *m, struct file *file)
{
	isle_device_show(m, file->private_data);
}

/**
 * isle_device_fill_id() - what a device answers to ISLE_DEVICE_ID
 * @device: the device
 * @id: where to
 *
 * Return: 0, -EINVAL or -ENODEV.
 */
int isle_device_fill_id(struct isle_device *device, struct isle_device_id *id)
{
	if (!isle_is_zero(&id->domid, sizeof(*id) - sizeof(id->size)))
		return -EINVAL;
	if (isle_device_dead(device))
		return -ENODEV;
	id->domid = device->domain->id;
	id->dev_class = device->class->id;
	id->unique = device->unique;
	memcpy(id->domain, device->domain->name, sizeof(id->domain));
	memcpy(id->name, device->name, sizeof(id->name));
	return 0;
}

/**
 * isle_device_ioctl_id() - ISLE_DEVICE_ID
 * @file: file of a device, which is its private_data
 * @arg: struct isle_device_id
 * @reply: unused
 *
 * Return: 0, -EINVAL or -ENODEV.
 */
int isle_device_ioctl_id(struct file *file, void *arg, struct isle_reply *reply)
{
	return isle_device_fill_id(file->private_data, arg);
}
