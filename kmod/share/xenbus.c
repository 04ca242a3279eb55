// SPDX-License-Identifier: GPL-2.0
/*
 * The Xen face of the store: /dev/xen/xenbus, by which programs speak the wire
 * protocol.
 *
 * Each open file is a connection with its own watches and transactions.  A
 * message is a header and a payload; they may be written in pieces, and
 * several by one write.  A request is carried out by the write that completes
 * it, and its answer can be read afterwards; so can events of watches.  A
 * message that cannot be is refused with E2BIG and forgotten.
 *
 * Reading waits for something to read.  Writing waits while the answers to
 * earlier requests have not been read and take too much room; nothing of a
 * request is taken before there is room for its answer.  With O_NONBLOCK, and
 * for io_uring, both say EAGAIN instead.  Neither keeps the other waiting.  Once
 * the domain was destroyed everything says ENODEV.
 *
 * Locks: reading (readers of one file) and lock (writers of one file) > the
 * store's lock > the queue's lock.  User memory is copied without lock, and to
 * the program under reading.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "core/domain.h"
#include "core/live.h"
#include "core/part.h"
#include "share/store_tree.h"
#include "share/xenbus.h"

static bool dead(const struct isle_xenbus *bus)
{
	return isle_domain_dead(bus->domain);
}

static bool nonblocking(const struct kiocb *iocb)
{
	return iocb->ki_flags & IOCB_NOWAIT ||
	       iocb->ki_filp->f_flags & O_NONBLOCK;
}

/* Copy messages until there is none or no place; value: bytes, or an errno */
static ssize_t give(struct isle_xenbus *bus, struct iov_iter *to)
{
	struct isle_xenbus_msg *msg;
	size_t done = 0, want, n;

	while (iov_iter_count(to)) {
		msg = bus->current_msg ?: isle_xenbus_next(bus);
		if (IS_ERR_OR_NULL(msg))
			return done ?: PTR_ERR_OR_ZERO(msg);
		WRITE_ONCE(bus->current_msg, msg);
		want = min(iov_iter_count(to), msg->len - msg->pos);
		n = copy_to_iter((char *)&msg->head + msg->pos, want, to);
		msg->pos += n;
		done += n;
		if (msg->pos == msg->len) {
			WRITE_ONCE(bus->current_msg, NULL);
			isle_xenbus_done(bus, msg);
		}
		if (n < want)
			return done ?: -EFAULT;
	}
	return done;
}

static ssize_t fop_read(struct kiocb *iocb, struct iov_iter *to)
{
	struct isle_xenbus *bus = iocb->ki_filp->private_data;
	bool nonblock = nonblocking(iocb);
	ssize_t ret;

	if (!iov_iter_count(to))
		return 0;
	if (nonblock) {
		if (!mutex_trylock(&bus->reading))
			return -EAGAIN;
	} else if (mutex_lock_interruptible(&bus->reading)) {
		return -ERESTARTSYS;
	}
	for (;;) {
		ret = -ENODEV;
		if (dead(bus))
			break;
		ret = give(bus, to);
		if (ret)
			break;
		ret = -EAGAIN;
		if (nonblock)
			break;
		ret = wait_event_interruptible(bus->conn.wait,
					       dead(bus) ||
					       isle_xenbus_readable(bus));
		if (ret)
			break;
	}
	mutex_unlock(&bus->reading);
	return ret;
}

/* Take a part of the present request; value: bytes, or a negative errno */
static ssize_t take_some(struct isle_xenbus *bus, const char *from, size_t len)
{
	const size_t head = sizeof(bus->head);
	size_t n, whole;
	char *to;
	int err;

	if (bus->have < head) {
		n = min(len, head - bus->have);
		to = (char *)&bus->head + bus->have;
	} else {
		n = min(len, head + bus->head.len - bus->have);
		to = bus->body + bus->have - head;
	}
	memcpy(to, from, n);
	bus->have += n;
	if (bus->have < head)
		return n;
	if (bus->head.len > XENSTORE_PAYLOAD_MAX) {
		bus->have = 0;
		return -E2BIG;
	}
	whole = head + bus->head.len;
	if (bus->have < whole)
		return n;
	bus->have = 0;
	err = isle_xenbus_request(bus);
	return err ?: n;
}

/*
 * Take what was written, as far as there is room for answers; value: bytes, which
 * may be fewer, or a negative errno
 */
static ssize_t take(struct isle_xenbus *bus, const char *from, size_t len)
{
	size_t done = 0;
	ssize_t n;

	if (mutex_lock_interruptible(&bus->lock))
		return -ERESTARTSYS;
	while (done < len) {
		n = -ENODEV;
		if (dead(bus))
			goto out;
		n = -EAGAIN;
		if (!isle_xenbus_has_room(bus))
			goto out;
		n = take_some(bus, from + done, len - done);
		if (n < 0)
			goto out;
		done += n;
	}
	n = 0;
out:
	mutex_unlock(&bus->lock);
	return done && (n == 0 || n == -EAGAIN) ? done : n;
}

static ssize_t take_all(struct isle_xenbus *bus, const char *from, size_t len,
			bool nonblock)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = take(bus, from + done, len - done);
		if (n > 0) {
			done += n;
			continue;
		}
		if (n == -EAGAIN && !nonblock)
			n = wait_event_interruptible(bus->conn.wait,
						     dead(bus) ||
						     isle_xenbus_has_room(bus));
		if (n)
			return done && (n == -EAGAIN || n == -ERESTARTSYS) ?
			       done : n;
	}
	return done;
}

static ssize_t fop_write(struct kiocb *iocb, struct iov_iter *from)
{
	const size_t largest = sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX;
	struct isle_xenbus *bus = iocb->ki_filp->private_data;
	size_t size = min(iov_iter_count(from), largest), done = 0;
	ssize_t n = 0;
	char *chunk;

	if (!size)
		return 0;
	chunk = kmalloc(size, GFP_KERNEL_ACCOUNT);
	if (!chunk)
		return -ENOMEM;
	while (iov_iter_count(from)) {
		size_t len = min(iov_iter_count(from), size);

		n = -EFAULT;
		if (copy_from_iter(chunk, len, from) != len)
			break;
		n = take_all(bus, chunk, len, nonblocking(iocb));
		if (n < 0)
			break;
		done += n;
		if (n < len)
			break;
	}
	kfree(chunk);
	/* what was carried out cannot be taken back, so it counts */
	return done && (n == -EAGAIN || n == -ERESTARTSYS || n == -EFAULT) ?
	       done : n < 0 ? n : done;
}

static __poll_t fop_poll(struct file *file, poll_table *pt)
{
	struct isle_xenbus *bus = file->private_data;
	__poll_t mask = 0;

	poll_wait(file, &bus->conn.wait, pt);
	if (dead(bus))
		return EPOLLHUP | EPOLLERR;
	if (isle_xenbus_readable(bus))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (isle_xenbus_has_room(bus))
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

static void bus_free(struct isle_xenbus *bus)
{
	isle_account_uncharge(&bus->domain->account, ISLE_QUOTA_STORE,
			      bus->charged);
	isle_live_dec(ISLE_LIVE_STORE);
	kfree(bus->body);
	kfree(bus);
}

static int fop_release(struct inode *inode, struct file *file)
{
	struct isle_xenbus *bus = file->private_data;
	struct isle_domain *domain;

	if (!bus)
		return 0;
	domain = bus->domain;
	isle_xenbus_unwatch_all(bus);
	isle_store_conn_close(&bus->conn);
	isle_xenbus_queue_free(bus);
	bus_free(bus);
	isle_domain_detach_file(domain);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read_iter = fop_read,
	.write_iter = fop_write,
	.poll = fop_poll,
	.release = fop_release,
};

static int face_open(struct isle_domain *domain, struct file *file)
{
	struct isle_xenbus *bus = kzalloc(sizeof(*bus), GFP_KERNEL_ACCOUNT);
	int err;

	if (!bus)
		return -ENOMEM;
	bus->domain = domain;
	/* itself, a request, and twice the largest answer */
	bus->charged = sizeof(*bus) + XENSTORE_PAYLOAD_MAX +
		       2 * ISLE_XENBUS_MSG_MAX;
	mutex_init(&bus->lock);
	mutex_init(&bus->reading);
	spin_lock_init(&bus->queue_lock);
	INIT_LIST_HEAD(&bus->queue);
	hash_init(bus->same);
	INIT_LIST_HEAD(&bus->watches);
	INIT_LIST_HEAD(&bus->missed);
	err = -ENOMEM;
	bus->body = kmalloc(XENSTORE_PAYLOAD_MAX, GFP_KERNEL_ACCOUNT);
	if (!bus->body)
		goto err_bus;
	err = isle_account_charge(&domain->account, ISLE_QUOTA_STORE,
				  bus->charged);
	if (err)
		goto err_body;
	isle_live_inc(ISLE_LIVE_STORE);
	err = isle_store_conn_open(&bus->conn, domain);
	if (err) {
		bus_free(bus);
		return err;
	}
	file->private_data = bus;
	/* no position, whose lock a reader would hold against writers */
	stream_open(NULL, file);
	file->f_mode |= FMODE_NOWAIT;
	return 0;

err_body:
	kfree(bus->body);
err_bus:
	kfree(bus);
	return err;
}

static const struct isle_face face = {
	.id = ISLE_OPEN_XENBUS,
	.name = "xen!xenbus",
	.xen = true,
	.fops = &fops,
	.open = face_open,
};

/**
 * isle_xenbus_init() - offer xenbus
 *
 * Return: 0 or a negative errno.
 */
int isle_xenbus_init(void)
{
	return isle_face_register(&face);
}

/**
 * isle_xenbus_exit() - undo isle_xenbus_init()
 */
void isle_xenbus_exit(void)
{
	isle_face_unregister(&face);
}
