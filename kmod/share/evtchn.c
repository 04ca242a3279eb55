// SPDX-License-Identifier: GPL-2.0
/*
 * The Xen face of event ports: /dev/xen/evtchn as <xen/evtchn.h> has it.
 *
 * A file binds ports of its domain, reads the numbers of those that fired, and
 * writes them back to hear of them again.  Ports of other files of the domain
 * are out of its reach.
 *
 * What fired stands in a list, through the ports themselves, in which each is
 * at most once: unlike a ring of numbers it needs no room of its own and cannot
 * overflow, so reading never answers EFBIG.  Where a second event comes before
 * the first has been read, one is read; Xen delivers the second one again.
 *
 * A state machine per port: IDLE, on an event to QUEUED, when it is read to
 * MASKED, when it is written back to IDLE.  An event in MASKED makes it MISSED,
 * which goes to QUEUED when it is written back.
 *
 * Locks: the wait queue's lock protects the states, both lists, and who may
 * close a port.  It is taken under the port's (share/event.c), with interrupts
 * off.  Nothing is copied from or to user memory under it.  What happens to a
 * port under it is in evtchn_file.h; reading and writing is in evtchn_io.c.
 *
 * Lifetime: the file has a reference to its domain.  A port goes when it is
 * unbound or the file closed; who found it by number may still look at it under
 * RCU.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/interface/xen.h>
#include <xen/evtchn.h>

#include "share/evtchn.h"
#include "share/evtchn_file.h"

/* Pending ports that are forgotten in one go, with interrupts off */
#define BATCH		32
#define UNRESTRICTED	U32_MAX

/* An event came.  Interrupts are off. */
static void fire(void *private)
{
	struct isle_evtchn *e = private;
	struct isle_evtchn_file *f = e->file;
	bool first = false;

	spin_lock(&f->wait.lock);
	if (e->state == ISLE_EVTCHN_IDLE)
		first = isle_evtchn_enqueue(e);
	else if (e->state == ISLE_EVTCHN_MASKED)
		e->state = ISLE_EVTCHN_MISSED;
	spin_unlock(&f->wait.lock);
	if (first)
		isle_evtchn_signal(f);
}

const struct isle_port_ops isle_evtchn_port_ops = {
	.fire = fire,
};

static int fop_fasync(int fd, struct file *file, int on)
{
	struct isle_evtchn_file *f = file->private_data;

	return fasync_helper(fd, file, on, &f->fasync);
}

static u32 remote_id(struct isle_evtchn_file *f, u32 remote)
{
	return remote == DOMID_SELF ? f->domain->id : remote;
}

/* Bind a new port; to @remote_port of @remote unless that is 0. */
static int bind(struct isle_evtchn_file *f, u32 remote, const u32 *remote_port)
{
	struct isle_port *port;
	bool first = false;
	struct isle_evtchn *e;
	u32 number;

	e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	if (!e)
		return -ENOMEM;
	e->file = f;
	/* Until the number is known: a first event may come before */
	e->state = ISLE_EVTCHN_MASKED;

	remote = remote_id(f, remote);
	port = remote_port ? isle_port_connect(f->domain, remote, *remote_port,
					       &isle_evtchn_port_ops, e) :
			     isle_port_listen(f->domain, remote,
					      &isle_evtchn_port_ops, e);
	if (IS_ERR(port)) {
		/* It may have been in the table, if only for a moment */
		kfree_rcu(e, rcu);
		/* Xen knows of no quota: its ports have run out */
		return PTR_ERR(port) == -EDQUOT ? -ENOSPC : PTR_ERR(port);
	}

	number = isle_port_number(port);
	spin_lock_irq(&f->wait.lock);
	e->port = port;
	e->serial = f->serial++;
	/* Pairs with the acquire in isle_evtchn_find() */
	smp_store_release(&e->number, number);
	list_add_tail(&e->ports, &f->ports);
	first = isle_evtchn_unmask(e);
	spin_unlock_irq(&f->wait.lock);
	if (first)
		isle_evtchn_signal(f);
	return number;
}

/* Take a port away from the file, so that nobody else closes it. */
static void claim(struct isle_evtchn *e)
{
	lockdep_assert_held(&e->file->wait.lock);
	if (e->state == ISLE_EVTCHN_QUEUED)
		list_del(&e->pending);
	list_del(&e->ports);
	e->state = ISLE_EVTCHN_CLOSED;
	WRITE_ONCE(e->number, 0);
}

static void close_port(struct isle_evtchn *e)
{
	isle_port_close(e->port);
	kfree_rcu(e, rcu);
}

static int ioctl_bind_virq(struct isle_evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_bind_virq bind;

	if (READ_ONCE(f->restricted) != UNRESTRICTED)
		return -EACCES;
	if (copy_from_user(&bind, arg, sizeof(bind)))
		return -EFAULT;
	/* What Xen says of numbers that it has no virtual interrupt for */
	return -EINVAL;
}

static int ioctl_bind_interdomain(struct isle_evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_bind_interdomain to;
	u32 restricted = READ_ONCE(f->restricted);

	if (copy_from_user(&to, arg, sizeof(to)))
		return -EFAULT;
	if (restricted != UNRESTRICTED && restricted != to.remote_domain)
		return -EACCES;
	return bind(f, to.remote_domain, &to.remote_port);
}

static int ioctl_bind_unbound_port(struct isle_evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_bind_unbound_port to;

	if (READ_ONCE(f->restricted) != UNRESTRICTED)
		return -EACCES;
	if (copy_from_user(&to, arg, sizeof(to)))
		return -EFAULT;
	return bind(f, to.remote_domain, NULL);
}

static int ioctl_unbind(struct isle_evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_unbind unbind;
	struct isle_evtchn *e;

	if (copy_from_user(&unbind, arg, sizeof(unbind)))
		return -EFAULT;
	if (unbind.port > ISLE_PORT_MAX)
		return -EINVAL;
	rcu_read_lock();
	spin_lock_irq(&f->wait.lock);
	e = isle_evtchn_find(f, unbind.port);
	if (e)
		claim(e);
	spin_unlock_irq(&f->wait.lock);
	rcu_read_unlock();
	if (!e)
		return -ENOTCONN;
	close_port(e);
	return 0;
}

static int ioctl_notify(struct isle_evtchn_file *f, void __user *arg)
{
	struct isle_evtchn *e;
	u32 number;

	BUILD_BUG_ON(sizeof(struct ioctl_evtchn_notify) != sizeof(number));
	if (get_user(number, (u32 __user *)arg))
		return -EFAULT;
	rcu_read_lock();
	e = isle_evtchn_find(f, number);
	if (e)
		isle_port_fire_peer(e->port);
	rcu_read_unlock();
	return e ? 0 : -ENOTCONN;
}

/* What was pending is forgotten; to hear of it again it has to be written. */
static int ioctl_reset(struct isle_evtchn_file *f)
{
	struct isle_evtchn *e;
	size_t n;

	do {
		spin_lock_irq(&f->wait.lock);
		for (n = 0; n < BATCH && !list_empty(&f->pending); n++) {
			e = list_first_entry(&f->pending, struct isle_evtchn, pending);
			list_del(&e->pending);
			e->state = ISLE_EVTCHN_MASKED;
		}
		spin_unlock_irq(&f->wait.lock);
		cond_resched();
	} while (n == BATCH);
	return 0;
}

static int ioctl_restrict(struct isle_evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_restrict_domid to;

	if (READ_ONCE(f->restricted) != UNRESTRICTED)
		return -EACCES;
	if (copy_from_user(&to, arg, sizeof(to)))
		return -EFAULT;
	if (!to.domid || to.domid >= DOMID_FIRST_RESERVED)
		return -EINVAL;
	if (cmpxchg(&f->restricted, UNRESTRICTED, to.domid) != UNRESTRICTED)
		return -EACCES;
	return 0;
}

static long fop_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct isle_evtchn_file *f = file->private_data;
	void __user *uarg = (void __user *)arg;

	if (isle_evtchn_dead(f))
		return -ENODEV;
	if (cmd == IOCTL_EVTCHN_NOTIFY)
		return ioctl_notify(f, uarg);
	switch (cmd) {
	case IOCTL_EVTCHN_BIND_VIRQ:
		return ioctl_bind_virq(f, uarg);
	case IOCTL_EVTCHN_BIND_INTERDOMAIN:
		return ioctl_bind_interdomain(f, uarg);
	case IOCTL_EVTCHN_BIND_UNBOUND_PORT:
		return ioctl_bind_unbound_port(f, uarg);
	case IOCTL_EVTCHN_UNBIND:
		return ioctl_unbind(f, uarg);
	case IOCTL_EVTCHN_RESET:
		return ioctl_reset(f);
	case IOCTL_EVTCHN_RESTRICT_DOMID:
		return ioctl_restrict(f, uarg);
	}
	/* not ENOTTY: to the letter */
	return -ENOSYS;
}

static int fop_release(struct inode *inode, struct file *file)
{
	struct isle_evtchn_file *f = file->private_data;
	struct isle_domain *domain;
	struct isle_evtchn *e;

	if (!f)
		return 0;
	domain = f->domain;
	isle_port_watch_del(domain, &f->watch);
	for (;;) {
		spin_lock_irq(&f->wait.lock);
		e = list_first_entry_or_null(&f->ports, struct isle_evtchn, ports);
		if (e)
			claim(e);
		spin_unlock_irq(&f->wait.lock);
		if (!e)
			break;
		close_port(e);
		cond_resched();
	}
	kfree(f);
	isle_domain_detach_file(domain);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read = isle_evtchn_fop_read,
	.read_iter = isle_evtchn_fop_read_iter,
	.write = isle_evtchn_fop_write,
	.write_iter = isle_evtchn_fop_write_iter,
	.unlocked_ioctl = fop_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = isle_evtchn_fop_poll,
	.fasync = fop_fasync,
	.release = fop_release,
};

/* The domain is dead. */
static void ended(struct isle_port_watch *watch)
{
	struct isle_evtchn_file *f = container_of(watch, struct isle_evtchn_file,
						  watch);

	wake_up_poll(&f->wait, EPOLLHUP | EPOLLERR);
	if (READ_ONCE(f->fasync))
		kill_fasync(&f->fasync, SIGIO, POLL_HUP);
}

static int face_open(struct isle_domain *domain, struct file *file)
{
	struct isle_evtchn_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
	int err;

	if (!f)
		return -ENOMEM;
	init_waitqueue_head(&f->wait);
	INIT_LIST_HEAD(&f->pending);
	INIT_LIST_HEAD(&f->ports);
	f->restricted = UNRESTRICTED;
	f->domain = domain;
	f->watch.ended = ended;
	err = isle_port_watch_add(domain, &f->watch);
	if (err) {
		kfree(f);
		return err;
	}
	file->private_data = f;
	file->f_mode |= FMODE_NOWAIT;
	return stream_open(file_inode(file), file);
}

static const struct isle_face face = {
	.id = ISLE_OPEN_EVTCHN,
	.name = "xen!evtchn",
	.xen = true,
	.fops = &fops,
	.open = face_open,
};

/**
 * isle_evtchn_init() - offer evtchn
 *
 * Return: 0 or a negative errno.
 */
int isle_evtchn_init(void)
{
	return isle_face_register(&face);
}

/**
 * isle_evtchn_exit() - undo isle_evtchn_init()
 */
void isle_evtchn_exit(void)
{
	isle_face_unregister(&face);
}
