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
 * off.  Nothing is copied from or to user memory under it.
 *
 * Lifetime: the file has a reference to its domain.  A port goes when it is
 * unbound or the file closed; who found it by number may still look at it under
 * RCU.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>
#include <linux/wait.h>
#include <xen/interface/xen.h>
#include <xen/evtchn.h>

#include "core/domain.h"
#include "core/part.h"
#include "share/event.h"
#include "share/evtchn.h"
#include "share/port.h"

/* Numbers that are moved in one go, on the stack */
#define BATCH		32
#define UNRESTRICTED	U32_MAX

enum state { IDLE, QUEUED, MASKED, MISSED, CLOSED };

/**
 * struct evtchn_file - an open file
 * @wait: who reads or polls; its lock is the one spoken of above
 * @pending: struct evtchn in state QUEUED, in the order of events
 * @ports: all struct evtchn that are bound
 * @serial: of the next one (protected by @wait.lock)
 * @restricted: number of the only domain to bind to, or UNRESTRICTED (atomic)
 * @domain: who it acts as (constant)
 * @watch: tells when the domain dies
 * @fasync: who wants SIGIO; has its own lock
 */
struct evtchn_file {
	wait_queue_head_t wait;
	struct list_head pending;
	struct list_head ports;
	u64 serial;
	u32 restricted;
	struct isle_domain *domain;
	struct isle_port_watch watch;
	struct fasync_struct *fasync;
};

/**
 * struct evtchn - a port that is bound to a file
 * @file: the file (constant)
 * @port: the port; set with @number
 * @number: its number; 0 until it is bound
 * @state: see above
 * @serial: tells it from a later one with the same number
 * @pending: in @file->pending
 * @ports: in @file->ports
 * @rcu: for freeing it
 */
struct evtchn {
	struct evtchn_file *file;
	struct isle_port *port;
	u32 number;
	enum state state;
	u64 serial;
	struct list_head pending;
	struct list_head ports;
	struct rcu_head rcu;
};

/* What a reader has taken and may have to give back. */
struct taken {
	u64 serial;
	u32 number;
};

static bool is_dead(const struct evtchn_file *f)
{
	return isle_domain_dead(f->domain);
}

/* Whether a reader has nothing to wait for. */
static bool readable(struct evtchn_file *f)
{
	return !list_empty(&f->pending) || is_dead(f);
}

/* Holds the lock.  Value: whether there was nothing pending before. */
static bool enqueue(struct evtchn *e)
{
	struct evtchn_file *f = e->file;
	bool first = list_empty(&f->pending);

	lockdep_assert_held(&f->wait.lock);
	list_add_tail(&e->pending, &f->pending);
	e->state = QUEUED;
	/* Who waits is seen: it came under this lock, and so did we */
	if (first && waitqueue_active(&f->wait))
		wake_up_locked_poll(&f->wait, EPOLLIN | EPOLLRDNORM);
	return first;
}

static void signal_io(struct evtchn_file *f)
{
	if (READ_ONCE(f->fasync))
		kill_fasync(&f->fasync, SIGIO, POLL_IN);
}

/* An event came.  Interrupts are off. */
static void fire(void *private)
{
	struct evtchn *e = private;
	struct evtchn_file *f = e->file;
	bool first = false;

	spin_lock(&f->wait.lock);
	if (e->state == IDLE)
		first = enqueue(e);
	else if (e->state == MASKED)
		e->state = MISSED;
	spin_unlock(&f->wait.lock);
	if (first)
		signal_io(f);
}

static const struct isle_port_ops port_ops = {
	.fire = fire,
};

/* Context: RCU, which keeps it. */
static struct evtchn *find(struct evtchn_file *f, u32 number)
{
	struct isle_port *port = isle_port_find(isle_ports_of(f->domain), number);
	struct evtchn *e = port ? isle_port_private(port, &port_ops) : NULL;

	/*
	 * Not yet bound completely, or somebody else's.  Pairs with the
	 * release in bind(): who sees the number sees the port.
	 */
	if (!e || e->file != f || smp_load_acquire(&e->number) != number)
		return NULL;
	return e;
}

/* Hear of the port's events again.  Holds the lock. */
static bool unmask(struct evtchn *e)
{
	if (e->state == MISSED)
		return enqueue(e);
	if (e->state == MASKED)
		e->state = IDLE;
	return false;
}

/* reading */

/* Take at least one, and @max at most.  Value: how many, or an errno. */
static int take(struct evtchn_file *f, struct taken *t, int max, bool wait)
{
	struct evtchn *e;
	int n = 0, err = 0;

	spin_lock_irq(&f->wait.lock);
	if (list_empty(&f->pending) && wait)
		err = wait_event_interruptible_locked_irq(f->wait, readable(f));
	if (is_dead(f))
		err = -ENODEV;
	if (err)
		goto out;
	while (n < max && !list_empty(&f->pending)) {
		e = list_first_entry(&f->pending, struct evtchn, pending);
		list_del(&e->pending);
		e->state = MASKED;
		t[n].number = e->number;
		t[n++].serial = e->serial;
	}
	err = n ? n : -EAGAIN;
out:
	spin_unlock_irq(&f->wait.lock);
	return err;
}

/* The reader cannot be told: put them back, in front, where they were. */
static noinline void give_back(struct evtchn_file *f, struct taken *t, int n)
{
	struct evtchn *e;

	rcu_read_lock();
	spin_lock_irq(&f->wait.lock);
	while (--n >= 0) {
		e = find(f, t[n].number);
		if (!e || e->serial != t[n].serial || e->state == QUEUED ||
		    e->state == CLOSED)
			continue;
		enqueue(e);
		list_move(&e->pending, &f->pending);
	}
	spin_unlock_irq(&f->wait.lock);
	rcu_read_unlock();
}

static noinline ssize_t read_many(struct evtchn_file *f, struct iov_iter *iter,
				  bool wait)
{
	size_t count = min_t(size_t, iov_iter_count(iter), PAGE_SIZE);
	struct taken t[BATCH];
	u32 numbers[BATCH];
	size_t done = 0;
	int i, n = 0;

	/* Whole numbers; Linux has the same limit */
	count /= sizeof(numbers[0]);
	while (done < count) {
		n = take(f, t, min_t(size_t, count - done, BATCH),
			 wait && !done);
		if (n < 0)
			break;
		for (i = 0; i < n; i++)
			numbers[i] = t[i].number;
		if (copy_to_iter(numbers, n * sizeof(numbers[0]), iter) !=
		    n * sizeof(numbers[0])) {
			give_back(f, t, n);
			n = -EFAULT;
			break;
		}
		done += n;
		if (n < BATCH)
			break;
	}
	return done ? done * sizeof(numbers[0]) : n;
}

static noinline ssize_t read_buffer(struct evtchn_file *f, char __user *buf,
				    size_t count, bool wait)
{
	struct iov_iter iter;

	iov_iter_ubuf(&iter, ITER_DEST, buf, count);
	return read_many(f, &iter, wait);
}

static ssize_t fop_read_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	return read_many(iocb->ki_filp->private_data, iter,
			 !(iocb->ki_flags & IOCB_NOWAIT) &&
			 !(iocb->ki_filp->f_flags & O_NONBLOCK));
}

/*
 * What read(2) takes, besides read_iter.  Libraries read one number at a time:
 * that goes without an iterator, or arrays for which the stack is cleared.
 */
static ssize_t fop_read(struct file *file, char __user *buf, size_t count,
			loff_t *pos)
{
	const bool wait = !(file->f_flags & O_NONBLOCK);
	struct evtchn_file *f = file->private_data;
	struct taken t;
	int n;

	if (count < sizeof(t.number))
		return 0;
	if (count / sizeof(t.number) > 1)
		return read_buffer(f, buf, count, wait);
	n = take(f, &t, 1, wait);
	if (n < 0)
		return n;
	if (put_user(t.number, (u32 __user *)buf)) {
		give_back(f, &t, 1);
		return -EFAULT;
	}
	return sizeof(t.number);
}

/* writing */

static void unmask_list(struct evtchn_file *f, const u32 *list, size_t n)
{
	bool first = false;
	struct evtchn *e;

	rcu_read_lock();
	spin_lock_irq(&f->wait.lock);
	while (n--) {
		e = find(f, *list++);
		/* Linux ignores the others, too */
		if (e)
			first |= unmask(e);
	}
	spin_unlock_irq(&f->wait.lock);
	rcu_read_unlock();
	if (first)
		signal_io(f);
}

/* All or nothing. */
static noinline ssize_t write_many(struct evtchn_file *f, struct iov_iter *iter)
{
	size_t count = min_t(size_t, iov_iter_count(iter), PAGE_SIZE);
	u32 few[BATCH], *list = few;
	size_t i, n = count / sizeof(few[0]);
	bool copied;

	count = n * sizeof(few[0]);
	if (n > BATCH) {
		list = kmalloc(count, GFP_KERNEL);
		if (!list)
			return -ENOMEM;
	}
	copied = copy_from_iter_full(list, count, iter);
	for (i = 0; copied && i < n; i += BATCH)
		unmask_list(f, list + i, min_t(size_t, n - i, BATCH));
	if (list != few)
		kfree(list);
	return copied ? count : -EFAULT;
}

static noinline ssize_t write_buffer(struct evtchn_file *f,
				     const char __user *buf, size_t count)
{
	struct iov_iter iter;

	iov_iter_ubuf(&iter, ITER_SOURCE, (char __user *)buf, count);
	return write_many(f, &iter);
}

static ssize_t fop_write_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	struct evtchn_file *f = iocb->ki_filp->private_data;

	return is_dead(f) ? -ENODEV : write_many(f, iter);
}

static ssize_t fop_write(struct file *file, const char __user *buf,
			 size_t count, loff_t *pos)
{
	struct evtchn_file *f = file->private_data;
	u32 number;

	if (is_dead(f))
		return -ENODEV;
	if (count / sizeof(number) != 1)
		return write_buffer(f, buf, count);
	if (get_user(number, (const u32 __user *)buf))
		return -EFAULT;
	unmask_list(f, &number, 1);
	return sizeof(number);
}

static __poll_t fop_poll(struct file *file, poll_table *wait)
{
	struct evtchn_file *f = file->private_data;
	__poll_t mask = EPOLLOUT | EPOLLWRNORM;

	/* Its lock orders what is looked at after it with enqueue() */
	poll_wait(file, &f->wait, wait);
	if (!list_empty(&f->pending))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (is_dead(f))
		mask |= EPOLLHUP | EPOLLERR;
	return mask;
}

static int fop_fasync(int fd, struct file *file, int on)
{
	struct evtchn_file *f = file->private_data;

	return fasync_helper(fd, file, on, &f->fasync);
}

/* ioctls */

static u32 remote_id(struct evtchn_file *f, u32 remote)
{
	return remote == DOMID_SELF ? f->domain->id : remote;
}

/* Bind a new port; to @remote_port of @remote unless that is 0. */
static int bind(struct evtchn_file *f, u32 remote, const u32 *remote_port)
{
	struct isle_port *port;
	bool first = false;
	struct evtchn *e;
	u32 number;

	e = kzalloc(sizeof(*e), GFP_KERNEL_ACCOUNT);
	if (!e)
		return -ENOMEM;
	e->file = f;
	/* Until the number is known: a first event may come before */
	e->state = MASKED;

	remote = remote_id(f, remote);
	port = remote_port ? isle_port_connect(f->domain, remote, *remote_port,
					       &port_ops, e) :
			     isle_port_listen(f->domain, remote, &port_ops, e);
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
	/* Pairs with the acquire in find() */
	smp_store_release(&e->number, number);
	list_add_tail(&e->ports, &f->ports);
	first = unmask(e);
	spin_unlock_irq(&f->wait.lock);
	if (first)
		signal_io(f);
	return number;
}

/* Take a port away from the file, so that nobody else closes it. */
static void claim(struct evtchn *e)
{
	lockdep_assert_held(&e->file->wait.lock);
	if (e->state == QUEUED)
		list_del(&e->pending);
	list_del(&e->ports);
	e->state = CLOSED;
	WRITE_ONCE(e->number, 0);
}

static void close_port(struct evtchn *e)
{
	isle_port_close(e->port);
	kfree_rcu(e, rcu);
}

static int ioctl_bind_virq(struct evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_bind_virq bind;

	if (READ_ONCE(f->restricted) != UNRESTRICTED)
		return -EACCES;
	if (copy_from_user(&bind, arg, sizeof(bind)))
		return -EFAULT;
	/* What Xen says of numbers that it has no virtual interrupt for */
	return -EINVAL;
}

static int ioctl_bind_interdomain(struct evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_bind_interdomain to;
	u32 restricted = READ_ONCE(f->restricted);

	if (copy_from_user(&to, arg, sizeof(to)))
		return -EFAULT;
	if (restricted != UNRESTRICTED && restricted != to.remote_domain)
		return -EACCES;
	return bind(f, to.remote_domain, &to.remote_port);
}

static int ioctl_bind_unbound_port(struct evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_bind_unbound_port to;

	if (READ_ONCE(f->restricted) != UNRESTRICTED)
		return -EACCES;
	if (copy_from_user(&to, arg, sizeof(to)))
		return -EFAULT;
	return bind(f, to.remote_domain, NULL);
}

static int ioctl_unbind(struct evtchn_file *f, void __user *arg)
{
	struct ioctl_evtchn_unbind unbind;
	struct evtchn *e;

	if (copy_from_user(&unbind, arg, sizeof(unbind)))
		return -EFAULT;
	if (unbind.port > ISLE_PORT_MAX)
		return -EINVAL;
	rcu_read_lock();
	spin_lock_irq(&f->wait.lock);
	e = find(f, unbind.port);
	if (e)
		claim(e);
	spin_unlock_irq(&f->wait.lock);
	rcu_read_unlock();
	if (!e)
		return -ENOTCONN;
	close_port(e);
	return 0;
}

static int ioctl_notify(struct evtchn_file *f, void __user *arg)
{
	struct evtchn *e;
	u32 number;

	BUILD_BUG_ON(sizeof(struct ioctl_evtchn_notify) != sizeof(number));
	if (get_user(number, (u32 __user *)arg))
		return -EFAULT;
	rcu_read_lock();
	e = find(f, number);
	if (e)
		isle_port_fire_peer(e->port);
	rcu_read_unlock();
	return e ? 0 : -ENOTCONN;
}

/* What was pending is forgotten; to hear of it again it has to be written. */
static int ioctl_reset(struct evtchn_file *f)
{
	struct evtchn *e;
	size_t n;

	do {
		spin_lock_irq(&f->wait.lock);
		for (n = 0; n < BATCH && !list_empty(&f->pending); n++) {
			e = list_first_entry(&f->pending, struct evtchn, pending);
			list_del(&e->pending);
			e->state = MASKED;
		}
		spin_unlock_irq(&f->wait.lock);
		cond_resched();
	} while (n == BATCH);
	return 0;
}

static int ioctl_restrict(struct evtchn_file *f, void __user *arg)
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
	struct evtchn_file *f = file->private_data;
	void __user *uarg = (void __user *)arg;

	if (is_dead(f))
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
	struct evtchn_file *f = file->private_data;
	struct isle_domain *domain;
	struct evtchn *e;

	if (!f)
		return 0;
	domain = f->domain;
	isle_port_watch_del(domain, &f->watch);
	for (;;) {
		spin_lock_irq(&f->wait.lock);
		e = list_first_entry_or_null(&f->ports, struct evtchn, ports);
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
	.read = fop_read,
	.read_iter = fop_read_iter,
	.write = fop_write,
	.write_iter = fop_write_iter,
	.unlocked_ioctl = fop_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = fop_poll,
	.fasync = fop_fasync,
	.release = fop_release,
	.llseek = no_llseek,
};

/* The domain is dead. */
static void ended(struct isle_port_watch *watch)
{
	struct evtchn_file *f = container_of(watch, struct evtchn_file, watch);

	wake_up_poll(&f->wait, EPOLLHUP | EPOLLERR);
	if (READ_ONCE(f->fasync))
		kill_fasync(&f->fasync, SIGIO, POLL_HUP);
}

static int face_open(struct isle_domain *domain, struct file *file)
{
	struct evtchn_file *f = kzalloc(sizeof(*f), GFP_KERNEL_ACCOUNT);
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
