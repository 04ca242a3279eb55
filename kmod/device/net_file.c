// SPDX-License-Identifier: GPL-2.0
/*
 * The file of a network device: one frame per call.
 *
 * private_data is a struct isle_net_file, which has a reference to the device.
 * User memory is copied before the device is entered, or after a frame was taken
 * out of its queue: nothing waits for a program that gives memory which never
 * answers but that program.  A frame that could not be delivered to the reader is
 * put back.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "core/domain.h"
#include "core/wait.h"
#include "device/net.h"
#include "device/net_frame.h"
#include "device/net_header.h"
#include "device/net_ring.h"

/* So few bytes are copied twice: it takes less than preparing for it twice */
#define SMALL	128

/* Hand over a frame that is whole; value: 0 or -ENODEV. */
static int transmit(struct isle_net *net, struct sk_buff *skb)
{
	if (!isle_device_enter(&net->device)) {
		kfree_skb(skb);
		return -ENODEV;
	}
	local_bh_disable();
	rcu_read_lock();
	isle_net_transmit(net, skb, NULL);
	rcu_read_unlock();
	local_bh_enable();
	isle_device_leave(&net->device);
	return 0;
}

/*
 * Whether frames are in the file's own ring: this one must not overtake them.
 * It is lost then, as if there were no room.
 */
static bool ring_is_behind(struct isle_net_file *nf)
{
	struct isle_net_ring *ring;
	bool behind;

	if (likely(!rcu_access_pointer(nf->ring)))
		return false;
	rcu_read_lock();
	ring = rcu_dereference(nf->ring);
	behind = ring && isle_net_ring_pending(ring);
	rcu_read_unlock();
	return behind;
}

static bool may_send(const struct isle_net *net, size_t len, size_t max)
{
	return len >= ETH_HLEN && len <= max;
}

static ssize_t send_iter(struct isle_net_file *nf, struct iov_iter *from,
			 gfp_t gfp)
{
	struct virtio_net_hdr hdr = { .gso_type = VIRTIO_NET_HDR_GSO_NONE };
	bool has_hdr = READ_ONCE(nf->flags) & ISLE_NET_HDR;
	size_t count = iov_iter_count(from), len = count;
	struct isle_net *net = nf->net;
	struct sk_buff *skb;
	int err;

	if (isle_device_dead(&net->device))
		return -ENODEV;
	if (has_hdr) {
		if (count < sizeof(hdr))
			return -EINVAL;
		if (!copy_from_iter_full(&hdr, sizeof(hdr), from))
			return -EFAULT;
		len -= sizeof(hdr);
	}
	if (!may_send(net, len, hdr.gso_type == VIRTIO_NET_HDR_GSO_NONE ?
				isle_net_frame_max(net) : ISLE_NET_FRAME_MAX))
		return -EINVAL;
	if (ring_is_behind(nf)) {
		isle_net_drop_tx(net);
		return count;
	}
	skb = isle_net_frame_from_iter(net, from, len, gfp);
	if (IS_ERR(skb))
		return PTR_ERR(skb);
	if (!skb) {
		isle_net_drop_tx(net);
		return count;
	}
	if (has_hdr) {
		err = isle_net_header_apply(skb, &hdr, READ_ONCE(nf->offloads),
					    READ_ONCE(net->mtu));
		if (err) {
			kfree_skb(skb);
			return err;
		}
	}
	err = transmit(net, skb);
	return err ?: count;
}

static ssize_t fop_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	return send_iter(iocb->ki_filp->private_data, from,
			 iocb->ki_flags & IOCB_NOWAIT ? GFP_NOWAIT : GFP_KERNEL);
}

/* The same for few bytes, which are not copied into a frame at once */
static ssize_t send_small(struct isle_net *net, const char __user *from,
			  size_t count)
{
	u8 bytes[SMALL] __aligned(8);
	struct sk_buff *skb;

	if (copy_from_user(bytes, from, count))
		return -EFAULT;
	if (!isle_device_enter(&net->device))
		return -ENODEV;
	local_bh_disable();
	skb = isle_net_frame_from_memory(net, bytes, count);
	if (likely(skb)) {
		rcu_read_lock();
		isle_net_transmit(net, skb, NULL);
		rcu_read_unlock();
	} else {
		isle_net_drop_tx(net);
	}
	local_bh_enable();
	isle_device_leave(&net->device);
	return count;
}

/* write(2) comes here, all others to the _iter form. */
static ssize_t fop_write(struct file *file, const char __user *from,
			 size_t count, loff_t *pos)
{
	struct isle_net_file *nf = file->private_data;
	struct isle_net *net = nf->net;
	struct iov_iter iter;
	struct sk_buff *skb;
	int err;

	if (READ_ONCE(nf->flags) & ISLE_NET_HDR) {
		iov_iter_ubuf(&iter, WRITE, (void __user *)from, count);
		return send_iter(nf, &iter, GFP_KERNEL);
	}
	if (isle_device_dead(&net->device))
		return -ENODEV;
	if (!may_send(net, count, isle_net_frame_max(net)))
		return -EINVAL;
	if (ring_is_behind(nf)) {
		isle_net_drop_tx(net);
		return count;
	}
	if (count <= SMALL)
		return send_small(net, from, count);
	skb = isle_net_frame_from_user(net, from, count);
	if (IS_ERR(skb))
		return PTR_ERR(skb);
	if (!skb) {
		isle_net_drop_tx(net);
		return count;
	}
	err = transmit(net, skb);
	return err ?: count;
}

static bool in_ring_mode(const struct isle_net *net)
{
	return rcu_access_pointer(net->ring);
}

/* Whether who waits for a frame has something to do */
static bool may_go_on(const struct isle_net *net)
{
	return isle_device_dead((struct isle_device *)&net->device) ||
	       in_ring_mode(net) || !isle_net_queue_empty(&net->queue);
}

/* Somebody else may have seen an empty queue meanwhile, and sleep. */
static void put_back(struct isle_net *net, struct sk_buff *skb)
{
	unsigned int lost = isle_net_queue_unget(&net->queue, skb);

	this_cpu_add(net->count->rx_dropped, lost);
	/* Pairs with the barriers of going to sleep and of poll */
	if (wq_has_sleeper(&net->device.wait))
		wake_up_poll(&net->device.wait, EPOLLIN | EPOLLRDNORM);
}

/*
 * Do what the reader has not asked for; what has become of the frame but for its
 * first piece goes back.  Value: the piece; NULL: it was dropped; -EMSGSIZE.
 */
static struct sk_buff *finish(struct isle_net *net, struct sk_buff *skb,
			      u32 offloads, size_t room)
{
	struct sk_buff *rest;

	skb = isle_net_header_finish(skb, offloads);
	if (!skb) {
		isle_net_drop_rx(net);
		return NULL;
	}
	if (skb->len > room) {
		put_back(net, skb);
		return ERR_PTR(-EMSGSIZE);
	}
	rest = skb->next;
	skb_mark_not_on_list(skb);
	if (rest)
		put_back(net, rest);
	return skb;
}

/* The next frame, of at most @room bytes, or an ERR_PTR. */
static struct sk_buff *take(struct isle_net_file *nf, size_t room, bool nowait)
{
	u32 offloads = READ_ONCE(nf->offloads);
	struct isle_net *net = nf->net;
	struct sk_buff *skb;
	int err;

	for (;;) {
		if (isle_device_dead(&net->device))
			return ERR_PTR(-ENODEV);
		if (in_ring_mode(net))
			return ERR_PTR(-EBUSY);
		skb = isle_net_queue_get(&net->queue, room, offloads);
		if (skb && !IS_ERR(skb) &&
		    unlikely(!isle_net_header_fits(skb, offloads))) {
			skb = finish(net, skb, offloads, room);
			if (!skb) {
				/* Dropped; there may be another one */
				if (task_sigpending(current))
					return ERR_PTR(-EINTR);
				cond_resched();
				continue;
			}
		}
		if (skb)
			return skb;
		if (nowait)
			return ERR_PTR(-EAGAIN);
		err = isle_wait_until(net->device.wait, may_go_on(net),
				      KTIME_MAX);
		if (err)
			return ERR_PTR(err);
	}
}

static ssize_t receive_iter(struct isle_net_file *nf, struct iov_iter *to,
			    bool nowait)
{
	size_t count = iov_iter_count(to), room = count, len;
	u32 flags = READ_ONCE(nf->flags);
	struct virtio_net_hdr hdr;
	struct sk_buff *skb;
	ssize_t ret = 0;

	if (!count)
		return 0;
	if (flags & ISLE_NET_HDR) {
		if (count < sizeof(hdr))
			return -EINVAL;
		ret = sizeof(hdr);
		room -= sizeof(hdr);
	}
	skb = take(nf, flags & ISLE_NET_TRUNCATE ? SIZE_MAX : room, nowait);
	if (IS_ERR(skb))
		return PTR_ERR(skb);
	len = min_t(size_t, skb->len, room);
	if (flags & ISLE_NET_HDR &&
	    (isle_net_header_make(skb, &hdr) ||
	     copy_to_iter(&hdr, sizeof(hdr), to) != sizeof(hdr)))
		goto fault;
	if (skb_copy_datagram_iter(skb, 0, to, len))
		goto fault;
	consume_skb(skb);
	return ret + len;

fault:
	put_back(nf->net, skb);
	return -EFAULT;
}

static ssize_t fop_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct file *file = iocb->ki_filp;

	return receive_iter(file->private_data, to,
			    file->f_flags & O_NONBLOCK ||
			    iocb->ki_flags & IOCB_NOWAIT);
}

/* read(2) comes here, all others to the _iter form. */
static ssize_t fop_read(struct file *file, char __user *to, size_t count,
			loff_t *pos)
{
	struct isle_net_file *nf = file->private_data;
	bool nowait = file->f_flags & O_NONBLOCK;
	struct iov_iter iter;
	struct sk_buff *skb;
	size_t len;

	if (READ_ONCE(nf->flags) || !count) {
		iov_iter_ubuf(&iter, READ, to, count);
		return receive_iter(nf, &iter, nowait);
	}
	skb = take(nf, count, nowait);
	if (IS_ERR(skb))
		return PTR_ERR(skb);
	len = skb->len;
	if (unlikely(skb_is_nonlinear(skb))) {
		iov_iter_ubuf(&iter, READ, to, count);
		if (skb_copy_datagram_iter(skb, 0, &iter, len))
			goto fault;
	} else if (copy_to_user(to, skb->data, len)) {
		goto fault;
	}
	consume_skb(skb);
	return len;

fault:
	put_back(nf->net, skb);
	return -EFAULT;
}

/**
 * isle_net_ready() - what a program could do with its file
 * @nf: the file
 * @events: which of ISLE_NET_WAIT_*
 *
 * Return: 0, or -EPROTO if its ring is broken.
 */
int isle_net_ready(struct isle_net_file *nf, u32 *events)
{
	struct isle_net *net = nf->net;
	struct isle_net_ring *ring;
	int err = 0;

	*events = 0;
	rcu_read_lock();
	ring = rcu_dereference(nf->ring);
	if (!ring) {
		*events = ISLE_NET_WAIT_TX;
		if (!in_ring_mode(net) && !isle_net_queue_empty(&net->queue))
			*events |= ISLE_NET_WAIT_RX;
	} else if (isle_net_ring_broken(ring)) {
		err = -EPROTO;
	} else {
		if (isle_net_ring_readable(ring))
			*events |= ISLE_NET_WAIT_RX;
		if (isle_net_ring_writable(ring, isle_net_frame_max(net)))
			*events |= ISLE_NET_WAIT_TX;
	}
	rcu_read_unlock();
	return err;
}

static __poll_t fop_poll(struct file *file, poll_table *pt)
{
	struct isle_net_file *nf = file->private_data;
	__poll_t mask = 0;
	u32 events;

	poll_wait(file, &nf->net->device.wait, pt);
	/* We wait, before we look: pairs with the barriers before each wake-up */
	smp_mb();
	if (isle_device_dead(&nf->net->device))
		return EPOLLHUP | EPOLLERR;
	if (isle_net_ready(nf, &events))
		return EPOLLERR;
	/* While another file has a ring, read(2) says so without waiting */
	if (events & ISLE_NET_WAIT_RX ||
	    (in_ring_mode(nf->net) && !rcu_access_pointer(nf->ring)))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (events & ISLE_NET_WAIT_TX)
		mask |= EPOLLOUT | EPOLLWRNORM;
	return mask;
}

/**
 * isle_net_open() - isle_device_class.open
 * @device: the device
 * @file: the file, whose private_data becomes a struct isle_net_file
 *
 * Return: 0 or -ENOMEM.
 */
int isle_net_open(struct isle_device *device, struct file *file)
{
	struct isle_net *net = to_isle_net(device);
	struct isle_net_file *nf;

	nf = kzalloc(sizeof(*nf), GFP_KERNEL_ACCOUNT);
	if (!nf)
		return -ENOMEM;
	nf->net = net;
	file->private_data = nf;
	stream_open(file_inode(file), file);
	mutex_lock(&net->lock);
	if (!net->files++)
		isle_net_queue_open(&net->queue);
	mutex_unlock(&net->lock);
	return 0;
}

static int fop_release(struct inode *inode, struct file *file)
{
	struct isle_net_file *nf = file->private_data;
	struct isle_net *net;

	if (!nf)
		return 0;
	net = nf->net;
	isle_net_stop_ring(nf);
	mutex_lock(&net->lock);
	isle_net_set_offloads(net, nf, 0);
	if (!--net->files)
		isle_net_queue_close(&net->queue);
	mutex_unlock(&net->lock);
	kfree(nf);
	isle_device_detach(&net->device);
	return 0;
}

static void fop_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct isle_net_file *nf = file->private_data;

	isle_device_show(m, &nf->net->device);
}

const struct file_operations isle_net_fops = {
	.owner = THIS_MODULE,
	.read = fop_read,
	.write = fop_write,
	.read_iter = fop_read_iter,
	.write_iter = fop_write_iter,
	.poll = fop_poll,
	.mmap = isle_net_fop_mmap,
	.unlocked_ioctl = isle_net_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = fop_release,
	.show_fdinfo = fop_show_fdinfo,
};
