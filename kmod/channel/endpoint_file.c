// SPDX-License-Identifier: GPL-2.0
/*
 * The files of endpoints: what their holder can ask, wait for and see.
 *
 * private_data is the endpoint.  Each call takes a reference to the channel that
 * the endpoint has at that moment and stays with it; a listing has the lock of
 * the domain's endpoints instead.  Nothing is kept here and no lock is taken.
 */
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/seq_file.h>

#include "channel/channel.h"
#include "channel/endpoint.h"
#include "core/compat.h"
#include "core/domain.h"
#include "core/ioctl.h"
#include "core/name.h"
#include "core/wait.h"

/* What INFO and WAIT say of the two rings */
struct amounts {
	int state;	/* what isle_channel_look() said */
	u32 data;
	u32 space;
};

static void measure(struct isle_channel *ch, struct amounts *a)
{
	int data, space;
	u32 index;

	data = isle_channel_readable(ch, &index);
	space = isle_channel_writable(ch, &index);
	a->data = max(data, 0);
	a->space = max(space, 0);
	/* Last, as the others may have ended it */
	a->state = isle_channel_look(ch);
}

static u32 state_of(int look)
{
	switch (look) {
	case 0:
		return ISLE_VCHAN_STATE_CONNECTED;
	case ISLE_CHANNEL_LISTENING:
		return ISLE_VCHAN_STATE_LISTENING;
	case -EPIPE:
		return ISLE_VCHAN_STATE_CLOSED;
	case -EPROTO:
		return ISLE_VCHAN_STATE_BROKEN;
	default:
		return ISLE_VCHAN_STATE_IDLE;
	}
}

/**
 * isle_endpoint_state_name() - a state for people
 * @state: ISLE_VCHAN_STATE_*
 *
 * Return: the name.
 */
const char *isle_endpoint_state_name(u32 state)
{
	static const char *const names[] = {
		[ISLE_VCHAN_STATE_IDLE] = "idle",
		[ISLE_VCHAN_STATE_LISTENING] = "listening",
		[ISLE_VCHAN_STATE_CONNECTED] = "connected",
		[ISLE_VCHAN_STATE_CLOSED] = "closed",
		[ISLE_VCHAN_STATE_BROKEN] = "broken",
	};

	return names[state];
}

static int ioctl_listen(struct file *file, void *arg, struct isle_reply *reply)
{
	return isle_endpoint_listen(file->private_data, arg);
}

static int ioctl_connect(struct file *file, void *arg, struct isle_reply *reply)
{
	return isle_endpoint_connect(file->private_data, arg);
}

static void undo_join(struct file *file, void *arg)
{
	isle_endpoint_undo(file->private_data);
}

static int ioctl_info(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_endpoint *ep = file->private_data;
	struct isle_vchan_info *info = arg;
	struct isle_channel *ch;
	struct amounts a;

	if (!isle_is_zero(&info->state, sizeof(*info) -
			  offsetof(struct isle_vchan_info, state)))
		return -EINVAL;
	ch = isle_endpoint_channel(ep);
	if (!ch)
		return 0;	/* ISLE_VCHAN_STATE_IDLE is 0 */
	measure(ch, &a);
	info->state = state_of(a.state);
	if (info->state != ISLE_VCHAN_STATE_IDLE) {
		info->server = ch->server;
		info->read_size = ch->read.size;
		info->write_size = ch->write.size;
		info->data_ready = a.data;
		info->buffer_space = a.space;
		info->read_offset = ch->read.offset ? 0 : ISLE_MAP_READ;
		info->write_offset = ch->write.offset ? 0 : ISLE_MAP_WRITE;
		isle_endpoint_get_peer(ep, &info->peer, info->port);
	}
	isle_channel_put(ch);
	return a.state == -ENODEV ? -ENODEV : 0;
}

/* Whether what @wait asks for is so, as far as it has not ended otherwise. */
static bool is_so(const struct isle_vchan_wait *wait, const struct amounts *a)
{
	if (a->state < 0)
		return true;
	if (a->state == ISLE_CHANNEL_LISTENING)
		return false;
	if (!wait->data && !wait->space)
		return true;
	return (wait->data && a->data >= wait->data) ||
	       (wait->space && a->space >= wait->space);
}

static bool wait_over(struct isle_channel *ch,
		      const struct isle_vchan_wait *wait, struct amounts *a)
{
	u8 bits = 0;

	measure(ch, a);
	if (is_so(wait, a))
		return true;
	if (wait->data)
		bits |= ISLE_VCHAN_NOTIFY_WRITE;
	if (wait->space)
		bits |= ISLE_VCHAN_NOTIFY_READ;
	isle_channel_ask(ch, bits);
	measure(ch, a);
	return is_so(wait, a);
}

static int wait_for(struct isle_channel *ch, struct isle_vchan_wait *wait,
		    wait_queue_head_t *wq)
{
	ktime_t deadline = isle_deadline(wait->timeout_ns);
	struct amounts a;
	int err = 0;

	if (wait->data > ch->read.size || wait->space > ch->write.size)
		return -EINVAL;
	if (!wait_over(ch, wait, &a)) {
		if (!wait->timeout_ns)
			return -EAGAIN;
		err = isle_wait_until(*wq, wait_over(ch, wait, &a), deadline);
	}
	if (a.state == -ENODEV || a.state == -ENOTCONN)
		return a.state;
	wait->data_ready = a.data;
	wait->buffer_space = a.space;
	return err;
}

static int ioctl_wait(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_endpoint *ep = file->private_data;
	struct isle_vchan_wait *wait = arg;
	struct isle_channel *ch;
	int err;

	if (wait->flags || wait->data_ready || wait->buffer_space)
		return -EINVAL;
	ch = isle_endpoint_channel(ep);
	if (!ch)
		return -ENOTCONN;
	err = wait_for(ch, wait, &ep->wait);
	isle_channel_put(ch);
	return err;
}

static int ioctl_notify(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_vchan_none *none = arg;
	struct isle_channel *ch;

	if (none->flags || none->timeout_ns)
		return -EINVAL;
	ch = isle_endpoint_channel(file->private_data);
	if (!ch)
		return -ENOTCONN;
	isle_channel_notify(ch);
	isle_channel_put(ch);
	return 0;
}

static int ioctl_next(struct file *file, void *arg, struct isle_reply *reply)
{
	return isle_endpoint_next(file->private_data, arg);
}

/**
 * isle_endpoint_describe() - fill in an endpoint's line of a listing
 * @ep: the endpoint
 * @ch: its channel, or NULL
 * @list: filled in but for its size and who asks
 *
 * Context: the lock of the domain's endpoints is held, so that @ep, whom the
 * channel wakes, is there.
 */
void isle_endpoint_describe(const struct isle_endpoint *ep,
			    struct isle_channel *ch,
			    struct isle_vchan_list *list)
{
	struct amounts a;

	list->number = ep->number;
	list->peer = ep->key.peer;
	list->pid = pid_vnr(ep->pid);
	memcpy(list->port, ep->key.port, sizeof(list->port));
	memcpy(list->comm, ep->comm, sizeof(list->comm));
	if (!ch)
		return;		/* ISLE_VCHAN_STATE_IDLE is 0 */
	measure(ch, &a);
	list->state = state_of(a.state);
	if (list->state == ISLE_VCHAN_STATE_IDLE)
		return;
	if (ch->server)
		list->flags |= ISLE_VCHAN_LIST_SERVER;
	if (ch->server && READ_ONCE(ep->persistent))
		list->flags |= ISLE_VCHAN_LIST_PERSISTENT;
	list->read_size = ch->read.size;
	list->write_size = ch->write.size;
	list->read_used = a.data;
	/* Nobody will read what a peer that has gone has not read */
	if (list->state == ISLE_VCHAN_STATE_CONNECTED)
		list->write_used = ch->write.size - a.space;
}

static int ioctl_list(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_vchan_list *list = arg;

	if (!isle_is_zero(&list->state, sizeof(*list) -
			  offsetof(struct isle_vchan_list, state)))
		return -EINVAL;
	return isle_endpoint_list(file->private_data, list);
}

static const struct isle_ioctl ioctls[] = {
	ISLE_IOCTL(ISLE_VCHAN_WAIT, isle_vchan_wait, buffer_space, ioctl_wait),
	ISLE_IOCTL(ISLE_VCHAN_NOTIFY, isle_vchan_none, timeout_ns,
		   ioctl_notify),
	ISLE_IOCTL(ISLE_VCHAN_INFO, isle_vchan_info, port, ioctl_info),
	ISLE_IOCTL_UNDO(ISLE_VCHAN_LISTEN, isle_vchan_listen, port,
			ioctl_listen, undo_join),
	/* The server has seen its client: it could not be undone */
	ISLE_IOCTL_QUIET(ISLE_VCHAN_CONNECT, isle_vchan_connect, port,
			 ioctl_connect),
	ISLE_IOCTL(ISLE_VCHAN_NEXT, isle_vchan_none, timeout_ns, ioctl_next),
	ISLE_IOCTL(ISLE_VCHAN_LIST, isle_vchan_list, comm, ioctl_list),
};

static bool is_dead(struct isle_endpoint *ep)
{
	return isle_domain_dead(ep->key.domain);
}

static long fop_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (is_dead(file->private_data))
		return -ENODEV;
	return isle_ioctl(ioctls, ARRAY_SIZE(ioctls), file, cmd,
			  (void __user *)arg);
}

static bool may_not_wait(struct kiocb *iocb)
{
	return (iocb->ki_flags & IOCB_NOWAIT) ||
	       (iocb->ki_filp->f_flags & O_NONBLOCK);
}

static ssize_t fop_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct isle_endpoint *ep = iocb->ki_filp->private_data;
	struct isle_channel *ch = isle_endpoint_channel(ep);
	ssize_t ret;

	if (!ch)
		return is_dead(ep) ? -ENODEV : -ENOTCONN;
	ret = isle_channel_read(ch, to, may_not_wait(iocb));
	isle_channel_put(ch);
	return ret;
}

static ssize_t fop_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct isle_endpoint *ep = iocb->ki_filp->private_data;
	struct isle_channel *ch = isle_endpoint_channel(ep);
	ssize_t ret;

	if (!ch)
		return is_dead(ep) ? -ENODEV : -ENOTCONN;
	ret = isle_channel_write(ch, from, may_not_wait(iocb));
	isle_channel_put(ch);
	return ret;
}

static __poll_t events_of(const struct amounts *a)
{
	__poll_t events = 0;

	switch (a->state) {
	case ISLE_CHANNEL_LISTENING:
	case -ENOTCONN:
		return 0;
	case -ENODEV:
		return EPOLLHUP | EPOLLERR;
	case -EPROTO:
		return EPOLLERR;
	case -EPIPE:
		return EPOLLIN | EPOLLRDNORM | EPOLLRDHUP | EPOLLHUP;
	}
	if (a->data)
		events |= EPOLLIN | EPOLLRDNORM;
	if (a->space)
		events |= EPOLLOUT | EPOLLWRNORM;
	return events;
}

static __poll_t fop_poll(struct file *file, poll_table *pt)
{
	struct isle_endpoint *ep = file->private_data;
	struct isle_channel *ch;
	__poll_t events, missing;
	struct amounts a;
	u8 bits = 0;

	poll_wait(file, &ep->wait, pt);
	if (is_dead(ep))
		return EPOLLHUP | EPOLLERR;
	ch = isle_endpoint_channel(ep);
	if (!ch)
		return 0;
	measure(ch, &a);
	events = events_of(&a);
	missing = (EPOLLIN | EPOLLOUT) & ~events & poll_requested_events(pt);
	if (a.state >= 0 && missing) {
		if (missing & EPOLLIN)
			bits |= ISLE_VCHAN_NOTIFY_WRITE;
		if (missing & EPOLLOUT)
			bits |= ISLE_VCHAN_NOTIFY_READ;
		isle_channel_ask(ch, bits);
		measure(ch, &a);
		events = events_of(&a);
	}
	isle_channel_put(ch);
	return events;
}

static void fop_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct isle_endpoint *ep = file->private_data;
	struct isle_channel *ch = isle_endpoint_channel(ep);
	char port[ISLE_VCHAN_PORT_SIZE];
	struct amounts a;
	u32 peer;

	seq_printf(m, "domain:\t%u\n", ep->key.domain->id);
	if (!ch) {
		seq_puts(m, "state:\tidle\n");
		return;
	}
	measure(ch, &a);
	isle_endpoint_get_peer(ep, &peer, port);
	seq_printf(m, "state:\t%s\nrole:\t%s\npeer:\t%u\nport:\t%s\n",
		   isle_endpoint_state_name(state_of(a.state)), ch->server ? "server" : "client",
		   peer, port);
	seq_printf(m, "read:\t%u/%u\nwrite:\t%u/%u\n", a.data, ch->read.size,
		   ch->write.size - a.space, ch->write.size);
	isle_channel_put(ch);
}

static int fop_release(struct inode *inode, struct file *file)
{
	struct isle_endpoint *ep = file->private_data;
	struct isle_domain *domain;

	if (!ep)
		return 0;
	domain = ep->key.domain;
	isle_endpoint_release(ep);
	isle_domain_detach_file(domain);
	return 0;
}

const struct file_operations isle_endpoint_fops = {
	.owner = THIS_MODULE,
	.read_iter = fop_read_iter,
	.write_iter = fop_write_iter,
	.splice_read = isle_splice_read,
	.splice_write = iter_file_splice_write,
	.unlocked_ioctl = fop_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = fop_poll,
	.mmap = isle_endpoint_fop_mmap,
	.release = fop_release,
	.show_fdinfo = fop_show_fdinfo,
};
