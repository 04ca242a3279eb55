/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_DEVICE_H
#define ISLE_CORE_DEVICE_H

#include <linux/fs.h>
#include <linux/kref.h>
#include <linux/list.h>
#include <linux/percpu-refcount.h>
#include <linux/poll.h>
#include <linux/wait.h>
#include <linux/workqueue.h>
#include <isle/control.h>
#include <isle/device.h>

#include "core/ioctl.h"
#include "core/node.h"

struct isle_device;
struct isle_domain;

/**
 * struct isle_device_class - what all devices of a kind have in common
 * @id: enum isle_class
 * @name: directory of its nodes
 * @node: its nodes; get, put and open are the isle_device_node_*() functions
 * @f_mode: FMODE_* that its files have besides the usual ones
 * @create: reads the class's config from user memory and makes a device with
 *	isle_device_init(); or an ERR_PTR
 * @open: a file of the device was opened: private_data is the device, and may
 *	be replaced if none of the file operations below is used that look there.
 *	0 or a negative errno.  May be NULL.
 * @connect: joins two devices of the class; 0, or what isle/control.h says.  May
 *	be NULL.
 * @disconnect: undoes that for a device and whichever it is joined to; 0 or
 *	-ENOTCONN.  May be NULL.
 * @drained: the device was removed and every call that had entered it has
 *	ended: lets go of what is behind it, although files may still be open
 *	and keep @release away.  May sleep.
 * @release: frees what @create has made; no file is open.  May sleep.
 * @show: prints a line for people about the device, in fdinfo and debugfs; the
 *	caller has entered it
 * @attach: opens the administrator's side of it, or an ERR_PTR; NULL: there is
 *	none
 */
struct isle_device_class {
	u32 id;
	const char *name;
	struct isle_node_type node;
	fmode_t f_mode;
	struct isle_device *(*create)(struct isle_domain *domain,
				      const void __user *config);
	int (*open)(struct isle_device *device, struct file *file);
	int (*connect)(struct isle_device *a, struct isle_device *b);
	int (*disconnect)(struct isle_device *device);
	void (*drained)(struct isle_device *device);
	void (*release)(struct isle_device *device);
	void (*show)(struct seq_file *m, struct isle_device *device);
	struct file *(*attach)(struct isle_device *device, u32 flags);
};

/**
 * struct isle_device - what every device begins with
 * @ref: references to the memory
 * @io: calls that have passed isle_device_enter(); killed by removal
 * @class: what it is (constant)
 * @domain: who has it; a reference (constant)
 * @unique: its number since boot (constant)
 * @name: its name (constant)
 * @list: in its domain's devices (protected by the domain's lock)
 * @node: its node if its domain is published (protected by the domain's lock)
 * @wait: woken when it is removed and when it has drained
 * @drained: removed, and every call has ended; never becomes false again
 * @drain_work: runs when the last call has ended after removal
 */
struct isle_device {
	struct kref ref;
	struct percpu_ref io;
	const struct isle_device_class *class;
	struct isle_domain *domain;
	u64 unique;
	char name[ISLE_NAME_SIZE];
	struct list_head list;
	struct isle_node *node;
	wait_queue_head_t wait;
	bool drained;
	struct work_struct drain_work;
};

int isle_device_class_register(const struct isle_device_class *class);
void isle_device_class_unregister(const struct isle_device_class *class);

int isle_device_init(struct isle_device *device,
		     const struct isle_device_class *class,
		     struct isle_domain *domain);
void isle_device_put(struct isle_device *device);

int isle_device_add(struct isle_domain *domain, struct isle_device_add *arg);
int isle_device_remove(struct isle_domain *domain, u32 class, const char *name,
		       u64 unique, bool wait);
void isle_device_remove_all(struct isle_domain *domain);
int isle_device_publish_all(struct isle_domain *domain);
void isle_device_unpublish_all(struct isle_domain *domain);
int isle_device_next(struct isle_domain *domain, struct isle_device_next *arg);
int isle_device_connect(struct isle_domain *domain, struct isle_domain *peer,
			const struct isle_device_connect *arg);
int isle_device_disconnect(struct isle_domain *domain,
			   const struct isle_device_connect *arg);
struct isle_device *isle_device_get(struct isle_domain *domain, u32 class,
				    const char *name);
u32 isle_device_count(struct isle_domain *domain);
void isle_device_show(struct seq_file *m, struct isle_device *device);
void isle_device_show_all(struct seq_file *m, struct isle_domain *domain);

/* device_file.c */
struct file *isle_device_open(struct isle_domain *domain,
			      const struct isle_device_open *arg);
struct file *isle_device_attach(struct isle_domain *domain,
				const struct isle_device_attach *arg);

/* For a class's node and file operations */
int isle_device_node_open(void *object, struct file *file);
void isle_device_node_get(void *object);
void isle_device_node_put(void *object);
int isle_device_fop_release(struct inode *inode, struct file *file);
void isle_device_detach(struct isle_device *device);
__poll_t isle_device_fop_poll(struct file *file, poll_table *pt);
void isle_device_fop_show_fdinfo(struct seq_file *m, struct file *file);
int isle_device_fill_id(struct isle_device *device, struct isle_device_id *id);
int isle_device_ioctl_id(struct file *file, void *arg,
			 struct isle_reply *reply);

/**
 * isle_device_enter() - begin a call that removal has to wait for
 * @device: the device; the caller has a reference or an open file
 *
 * Context: any.
 * Return: false if the device was removed.
 */
static inline bool isle_device_enter(struct isle_device *device)
{
	return percpu_ref_tryget_live(&device->io);
}

/**
 * isle_device_leave() - end such a call
 * @device: the device
 *
 * Context: any.
 */
static inline void isle_device_leave(struct isle_device *device)
{
	percpu_ref_put(&device->io);
}

static inline bool isle_device_dead(struct isle_device *device)
{
	return percpu_ref_is_dying(&device->io);
}

int isle_device_base_init(void);
void isle_device_base_drain(void);
void isle_device_base_exit(void);

#endif /* ISLE_CORE_DEVICE_H */
