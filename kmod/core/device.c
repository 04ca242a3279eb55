// SPDX-License-Identifier: GPL-2.0
/*
 * Devices: what all classes of them share. Adding, finding, removing.
 *
 * A class registers itself here, so nothing in core knows any class. A device
 * is made by its class, put into its domain's list, and has a node while the
 * domain is published.
 *
 * Life: @ref counts references to the memory: the domain's list has one, each
 * open file and node has one, and @io has one until it has drained. Removal
 * takes the device out of the list, deletes its node, kills @io, so that no
 * call begins any more, and wakes who waits. The last call to end runs
 * drain_work in process context, which lets the class give up what is behind
 * the device, whoever still has files open, and gives @io's reference back. So
 * a disk image is free, and its file system can be unmounted, as soon as the
 * last request has ended. Nobody has
 * to wait for that; who wants to, such as the administrator before he takes
 * the disk image away, can, and a signal ends the wait.
 *
 * Locks: a domain's list, and the nodes in it, are protected by the domain's
 * lock. It is not held while a class's create() runs.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>

#include "core/device.h"
#include "core/domain.h"
#include "core/live.h"
#include "core/name.h"
#include "core/wait.h"
#include "trace.h"

/* Changed only while the module is loaded or unloaded */
static const struct isle_device_class *classes[ISLE_CLASS_CONSOLE + 1];
static struct workqueue_struct *drain_wq;

/**
 * isle_device_class_register() - offer a class of devices
 * @class: the class
 *
 * Return: 0.
 */
int isle_device_class_register(const struct isle_device_class *class)
{
	classes[class->id] = class;
	return 0;
}

/**
 * isle_device_class_unregister() - offer it no longer; no device of it exists
 * @class: the class
 */
void isle_device_class_unregister(const struct isle_device_class *class)
{
	classes[class->id] = NULL;
}

static const struct isle_device_class *find_class(u32 id)
{
	if (id < ISLE_CLASS_BLK || id >= ARRAY_SIZE(classes))
		return ERR_PTR(-EINVAL);
	return classes[id] ?: ERR_PTR(-EOPNOTSUPP);
}

static void device_release(struct kref *ref)
{
	struct isle_device *device = container_of(ref, struct isle_device, ref);
	struct isle_domain *domain = device->domain;

	device->class->release(device);
	isle_account_uncharge(&domain->account, ISLE_QUOTA_DEVICES, 1);
	isle_live_dec(ISLE_LIVE_DEVICES);
	isle_domain_put(domain);
}

/**
 * isle_device_put() - give a reference back
 * @device: the device
 *
 * Context: process.
 */
void isle_device_put(struct isle_device *device)
{
	kref_put(&device->ref, device_release);
}

static void drain_work(struct work_struct *work)
{
	struct isle_device *device =
		container_of(work, struct isle_device, drain_work);
	struct isle_domain *domain = device->domain;

	percpu_ref_exit(&device->io);
	device->class->drained(device);
	/* Pairs with the acquire in drained() */
	smp_store_release(&device->drained, true);
	wake_up_all(&device->wait);
	if (atomic_dec_and_test(&domain->undrained))
		wake_up_all(&domain->wait);
	isle_device_put(device);
}

/* All calls have ended; may be in any context. */
static void io_release(struct percpu_ref *io)
{
	struct isle_device *device = container_of(io, struct isle_device, io);

	queue_work(drain_wq, &device->drain_work);
}

/**
 * isle_device_init() - set up the common part of a new device
 * @device: the device, zeroed
 * @class: its class
 * @domain: its domain
 *
 * Charges ISLE_QUOTA_DEVICES. Afterwards the device is freed by its class's
 * release() only.
 *
 * Return: 0, -EDQUOT or -ENOMEM; then the class frees its memory itself.
 */
int isle_device_init(struct isle_device *device,
		     const struct isle_device_class *class,
		     struct isle_domain *domain)
{
	int err;

	err = isle_account_charge(&domain->account, ISLE_QUOTA_DEVICES, 1);
	if (err)
		return err;
	err = percpu_ref_init(&device->io, io_release, 0, GFP_KERNEL_ACCOUNT);
	if (err) {
		isle_account_uncharge(&domain->account, ISLE_QUOTA_DEVICES, 1);
		return err;
	}
	kref_init(&device->ref);
	device->class = class;
	device->domain = domain;
	isle_domain_hold(domain);
	INIT_LIST_HEAD(&device->list);
	init_waitqueue_head(&device->wait);
	INIT_WORK(&device->drain_work, drain_work);
	isle_live_inc(ISLE_LIVE_DEVICES);
	return 0;
}

static struct isle_device *find(struct isle_domain *domain, u32 class,
				const char *name)
{
	struct isle_device *device;

	lockdep_assert_held(&domain->lock);
	list_for_each_entry(device, &domain->devices, list)
		if (device->class->id == class && !strcmp(device->name, name))
			return device;
	return NULL;
}

static int publish(struct isle_device *device)
{
	struct isle_domain *domain = device->domain;
	struct isle_node *node;

	lockdep_assert_held(&domain->lock);
	node = isle_node_add(&device->class->node, device, &domain->perm,
			     "isle!%s!%s!%s", domain->name,
			     device->class->name, device->name);
	if (IS_ERR(node))
		return PTR_ERR(node);
	device->node = node;
	return 0;
}

static void unpublish(struct isle_device *device)
{
	lockdep_assert_held(&device->domain->lock);
	isle_node_del(device->node);
	device->node = NULL;
}

/*
 * Take a device out of its domain; the list's reference passes to @io, whose
 * drain_work gives it back.
 */
static void remove(struct isle_device *device)
{
	struct isle_domain *domain = device->domain;

	lockdep_assert_held(&domain->lock);
	list_del_init(&device->list);
	unpublish(device);
	trace_isle_device_del(domain->id, device->unique, device->class->id,
			      device->name);
	atomic_inc(&domain->undrained);
	/* The list's reference may be gone as soon as @io is killed */
	kref_get(&device->ref);
	percpu_ref_kill(&device->io);
	wake_up_poll(&device->wait, EPOLLHUP | EPOLLERR);
	isle_device_put(device);
}

/* A device that was never in a list: nobody can have entered it */
static void discard(struct isle_device *device)
{
	percpu_ref_exit(&device->io);
	device->class->drained(device);
	isle_device_put(device);
}

/**
 * isle_device_add() - add a device to a domain
 * @domain: the domain; the caller has a reference
 * @arg: what to add; arg->unique is set
 *
 * Context: process; sleeps, and reads user memory.
 * Return: 0 or what isle/control.h says.
 */
int isle_device_add(struct isle_domain *domain, struct isle_device_add *arg)
{
	const struct isle_device_class *class = find_class(arg->dev_class);
	struct isle_device *device;
	int err;

	if (!isle_name_valid(arg->name))
		return -EINVAL;
	if (IS_ERR(class))
		return PTR_ERR(class);
	device = class->create(domain, u64_to_user_ptr(arg->config));
	if (IS_ERR(device))
		return PTR_ERR(device);
	memcpy(device->name, arg->name, sizeof(device->name));

	mutex_lock(&domain->lock);
	err = -ENOENT;
	if (domain->dead)
		goto err_discard;
	err = -EEXIST;
	if (find(domain, class->id, device->name))
		goto err_discard;
	/* Under the lock, so that the list is in the order of the numbers */
	device->unique = isle_unique();
	err = domain->node ? publish(device) : 0;
	if (err)
		goto err_discard;
	list_add_tail(&device->list, &domain->devices);
	arg->unique = device->unique;
	trace_isle_device_add(domain->id, device->unique, class->id,
			      device->name);
	mutex_unlock(&domain->lock);
	return 0;

err_discard:
	mutex_unlock(&domain->lock);
	discard(device);
	return err;
}

static bool drained(struct isle_device *device)
{
	/* Pairs with the release in drain_work() */
	return smp_load_acquire(&device->drained);
}

/**
 * isle_device_remove() - remove a device from a domain
 * @domain: the domain; the caller has a reference
 * @class: its class
 * @name: its name, ISLE_NAME_SIZE bytes
 * @unique: its number, or 0 for whichever has that name
 * @wait: whether to wait until calls in flight have ended
 *
 * Return: 0, -ENOENT, -EINTR if it was removed, but a signal ended the wait,
 * or -EINVAL or -EOPNOTSUPP if there is no such class.
 */
int isle_device_remove(struct isle_domain *domain, u32 class, const char *name,
		       u64 unique, bool wait)
{
	const struct isle_device_class *known = find_class(class);
	struct isle_device *device;
	int err = 0;

	if (IS_ERR(known))
		return PTR_ERR(known);
	mutex_lock(&domain->lock);
	device = find(domain, class, name);
	if (!device || (unique && device->unique != unique)) {
		mutex_unlock(&domain->lock);
		return -ENOENT;
	}
	kref_get(&device->ref);
	remove(device);
	mutex_unlock(&domain->lock);

	if (wait)
		err = isle_wait_signal(device->wait, drained(device));
	/* So that what it was charged for is free when we return */
	if (wait && !err)
		flush_work(&device->drain_work);
	isle_device_put(device);
	return err;
}

/**
 * isle_device_remove_all() - remove all devices of a dead domain
 * @domain: the domain
 *
 * Context: holds the domain's lock; sleeps.
 */
void isle_device_remove_all(struct isle_domain *domain)
{
	struct isle_device *device, *next;

	list_for_each_entry_safe(device, next, &domain->devices, list)
		remove(device);
}

/**
 * isle_device_publish_all() - give all devices of a domain nodes
 * @domain: the domain
 *
 * Context: holds the domain's lock; sleeps.
 * Return: 0, or a negative errno and none has a node.
 */
int isle_device_publish_all(struct isle_domain *domain)
{
	struct isle_device *device;
	int err;

	list_for_each_entry(device, &domain->devices, list) {
		err = publish(device);
		if (err)
			goto err_unpublish;
	}
	return 0;

err_unpublish:
	list_for_each_entry_continue_reverse(device, &domain->devices, list)
		unpublish(device);
	return err;
}

/**
 * isle_device_unpublish_all() - undo isle_device_publish_all()
 * @domain: the domain
 *
 * Context: holds the domain's lock; sleeps.
 */
void isle_device_unpublish_all(struct isle_domain *domain)
{
	struct isle_device *device;

	list_for_each_entry(device, &domain->devices, list)
		unpublish(device);
}

/**
 * isle_device_next() - list a domain's devices
 * @domain: the domain; the caller has a reference
 * @arg: arg->unique says which was the last; set to the next one
 *
 * Return: 0, or -ENOENT if that was the last one.
 */
int isle_device_next(struct isle_domain *domain, struct isle_device_next *arg)
{
	struct isle_device *device;
	int err = -ENOENT;

	mutex_lock(&domain->lock);
	list_for_each_entry(device, &domain->devices, list) {
		if (device->unique <= arg->unique)
			continue;
		arg->unique = device->unique;
		arg->dev_class = device->class->id;
		memcpy(arg->name, device->name, sizeof(arg->name));
		err = 0;
		break;
	}
	mutex_unlock(&domain->lock);
	return err;
}

/**
 * isle_device_get() - find a device of a domain
 * @domain: the domain; the caller has a reference
 * @class: enum isle_class, from user space
 * @name: a valid name
 *
 * Return: the device with a reference, or an ERR_PTR: -EINVAL, -EOPNOTSUPP (the
 * module has no such class), -ENOENT, -ENODEV (the domain is dead).
 */
struct isle_device *isle_device_get(struct isle_domain *domain, u32 class,
				    const char *name)
{
	const struct isle_device_class *known = find_class(class);
	struct isle_device *device;

	if (IS_ERR(known))
		return ERR_CAST(known);
	mutex_lock(&domain->lock);
	device = find(domain, class, name);
	if (device)
		kref_get(&device->ref);
	else
		device = ERR_PTR(domain->dead ? -ENODEV : -ENOENT);
	mutex_unlock(&domain->lock);
	return device;
}

/**
 * isle_device_connect() - join two devices
 * @domain: the domain of one; the caller has a reference
 * @peer: the domain of the other; likewise
 * @arg: which
 *
 * Context: process; sleeps.
 * Return: 0 or what isle/control.h says.
 */
int isle_device_connect(struct isle_domain *domain, struct isle_domain *peer,
			const struct isle_device_connect *arg)
{
	struct isle_device *a, *b;
	int err = -EOPNOTSUPP;

	a = isle_device_get(domain, arg->dev_class, arg->name);
	if (IS_ERR(a))
		return PTR_ERR(a);
	b = isle_device_get(peer, arg->dev_class, arg->peer_name);
	if (IS_ERR(b)) {
		err = PTR_ERR(b);
		goto out;
	}
	if (a == b)
		err = -EINVAL;
	else if (a->class->connect)
		err = a->class->connect(a, b);
	isle_device_put(b);
out:
	isle_device_put(a);
	return err;
}

/**
 * isle_device_disconnect() - undo isle_device_connect()
 * @domain: the domain of either; the caller has a reference
 * @arg: which
 *
 * Context: process; sleeps.
 * Return: 0 or what isle/control.h says.
 */
int isle_device_disconnect(struct isle_domain *domain,
			   const struct isle_device_connect *arg)
{
	struct isle_device *device;
	int err = -EOPNOTSUPP;

	device = isle_device_get(domain, arg->dev_class, arg->name);
	if (IS_ERR(device))
		return PTR_ERR(device);
	if (device->class->disconnect)
		err = device->class->disconnect(device);
	isle_device_put(device);
	return err;
}

/**
 * isle_device_count() - how many devices a domain has
 * @domain: the domain; the caller has a reference
 *
 * Return: the number.
 */
u32 isle_device_count(struct isle_domain *domain)
{
	struct isle_device *device;
	u32 n = 0;

	mutex_lock(&domain->lock);
	list_for_each_entry(device, &domain->devices, list)
		n++;
	mutex_unlock(&domain->lock);
	return n;
}

/**
 * isle_device_show() - print a device for people
 * @m: where to
 * @device: the device; the caller has a reference
 */
void isle_device_show(struct seq_file *m, struct isle_device *device)
{
	seq_printf(m, "device %s/%s/%s unique=%llu", device->domain->name,
		   device->class->name, device->name, device->unique);
	if (isle_device_enter(device)) {
		device->class->show(m, device);
		isle_device_leave(device);
	} else {
		seq_puts(m, " removed");
	}
	seq_putc(m, '\n');
}

/**
 * isle_device_show_all() - print a domain's devices
 * @m: where to
 * @domain: the domain; the caller has a reference
 */
void isle_device_show_all(struct seq_file *m, struct isle_domain *domain)
{
	struct isle_device *device;

	mutex_lock(&domain->lock);
	list_for_each_entry(device, &domain->devices, list) {
		seq_puts(m, "  ");
		isle_device_show(m, device);
	}
	mutex_unlock(&domain->lock);
}

/**
 * isle_device_base_init() - set up what all devices share
 *
 * Return: 0 or -ENOMEM.
 */
int isle_device_base_init(void)
{
	drain_wq = alloc_workqueue("isle-drain", WQ_UNBOUND, 0);
	return drain_wq ? 0 : -ENOMEM;
}

/**
 * isle_device_base_drain() - wait until the last device is gone
 *
 * All domains were destroyed and no file is open, so every device is on its
 * way through drain_work(), which RCU callbacks of dying percpu_refs queue.
 */
void isle_device_base_drain(void)
{
	do {
		rcu_barrier();
		flush_workqueue(drain_wq);
	} while (isle_live_read(ISLE_LIVE_DEVICES));
}

/**
 * isle_device_base_exit() - undo isle_device_base_init()
 */
void isle_device_base_exit(void)
{
	destroy_workqueue(drain_wq);
}
