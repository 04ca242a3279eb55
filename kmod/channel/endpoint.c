// SPDX-License-Identifier: GPL-2.0
/*
 * Endpoints: open files that act as a domain and are, or will be, joined to
 * another one by a channel.
 *
 * An endpoint has a number in its domain from open(2) to the last close(2), so
 * that it can be listed, and its channel ends when the domain or the link to the
 * peer's domain does.  What happens in between is in join.c (how it gets a
 * channel), endpoint_file.c (what can be asked of it), stream.c and talk.c (what
 * goes on in the channel).
 *
 * Lifetime: the file has the only reference.  The struct is freed after a grace
 * period, because the table of servers is searched under RCU.
 *
 * Locks: isle_channels.lock, one per domain, is taken to open, close, join, end
 * and list; not to move data.  Nothing that is held up by a program is done
 * under it.
 * It is taken under no lock; isle_channel.lock is taken under it.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/pid.h>
#include <linux/rcupdate.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "channel/channel.h"
#include "channel/endpoint.h"
#include "core/domain.h"
#include "core/link.h"
#include "core/live.h"
#include "core/part.h"
#include "trace.h"

/**
 * struct isle_channels - a domain's endpoints
 * @lock: protects all of this, and what struct isle_endpoint says
 * @dead: the domain is
 * @endpoints: struct isle_endpoint by their numbers
 */
struct isle_channels {
	struct mutex lock;	/* see above */
	bool dead;
	struct xarray endpoints;
};

static struct isle_channels *channels_of(struct isle_domain *domain)
{
	return domain->parts[ISLE_SLOT_CHANNELS];
}

/**
 * isle_endpoint_create() - make one that is joined to nothing
 * @domain: whose it is; the caller's reference and its being a user stay with
 *	the endpoint until it is released
 *
 * Return: the endpoint, or an ERR_PTR: -ENOMEM, -ENODEV.
 */
struct isle_endpoint *isle_endpoint_create(struct isle_domain *domain)
{
	struct isle_channels *channels = channels_of(domain);
	struct isle_endpoint *ep = kzalloc(sizeof(*ep), GFP_KERNEL_ACCOUNT);
	int err = -ENODEV;

	if (!ep)
		return ERR_PTR(-ENOMEM);
	init_waitqueue_head(&ep->wait);
	ep->key.domain = domain;
	ep->pid = get_pid(task_tgid(current));
	get_task_comm(ep->comm, current);

	mutex_lock(&channels->lock);
	if (!channels->dead)
		err = xa_alloc(&channels->endpoints, &ep->number, ep,
			       XA_LIMIT(1, INT_MAX), GFP_KERNEL_ACCOUNT);
	mutex_unlock(&channels->lock);
	if (err) {
		put_pid(ep->pid);
		kfree(ep);
		return ERR_PTR(err);
	}
	isle_live_inc(ISLE_LIVE_CHANNELS);
	return ep;
}

/**
 * isle_endpoint_channel() - the channel of an endpoint
 * @ep: the endpoint
 *
 * Context: process.
 * Return: the channel with a reference, or NULL.
 */
struct isle_channel *isle_endpoint_channel(struct isle_endpoint *ep)
{
	struct isle_channel *ch;

	rcu_read_lock();
	ch = rcu_dereference(ep->channel);
	/* Without a reference it is about to be replaced or is gone */
	if (ch && !refcount_inc_not_zero(&ch->refs))
		ch = NULL;
	rcu_read_unlock();
	return ch;
}

/* The old one, with the endpoint's reference. */
static struct isle_channel *replace(struct isle_endpoint *ep,
				    struct isle_channel *ch)
{
	struct isle_channels *channels = channels_of(ep->key.domain);

	lockdep_assert_held(&channels->lock);
	return rcu_replace_pointer(ep->channel, ch,
				   lockdep_is_held(&channels->lock));
}

/**
 * isle_endpoint_install() - give an endpoint a channel
 * @ep: the endpoint, which the caller has made BUSY; its peer is set
 * @ch: the channel, with a reference that passes to the endpoint on success
 *
 * A channel that it had before is given up.
 *
 * Return: 0, -ENODEV if the domain is dead, or -EPERM if the two are not linked.
 */
int isle_endpoint_install(struct isle_endpoint *ep, struct isle_channel *ch)
{
	struct isle_channels *channels = channels_of(ep->key.domain);
	struct isle_channel *old = NULL;
	int err = 0;

	mutex_lock(&channels->lock);
	/*
	 * Destruction sets @dead, and unlinking takes the link away, before they
	 * go through the list: either we see that or they see the channel.
	 */
	if (channels->dead)
		err = -ENODEV;
	else if (!isle_linked(ep->key.domain, ep->peer))
		err = -EPERM;
	else
		old = replace(ep, ch);
	mutex_unlock(&channels->lock);
	if (old) {
		isle_channel_close(old);
		isle_channel_put(old);
	}
	return err;
}

/**
 * isle_endpoint_set_peer() - say with whom an endpoint is about to be joined
 * @ep: the endpoint, which the caller has made BUSY
 * @peer: number of the peer's domain
 * @port: name of the port
 *
 * Return: 0, or -EPERM: the domain sees no such domain.
 */
int isle_endpoint_set_peer(struct isle_endpoint *ep, u32 peer, const char *port)
{
	struct isle_channels *channels = channels_of(ep->key.domain);
	struct isle_domain *domain = isle_link_get(ep->key.domain, peer);

	if (!domain)
		return -EPERM;
	mutex_lock(&channels->lock);
	ep->peer = domain;
	ep->key.peer = peer;
	memcpy(ep->key.port, port, sizeof(ep->key.port));
	mutex_unlock(&channels->lock);
	return 0;
}

/**
 * isle_endpoint_get_peer() - ask with whom an endpoint is joined
 * @ep: the endpoint
 * @peer: number of the peer's domain, or 0
 * @port: ISLE_VCHAN_PORT_SIZE bytes: name of the port
 */
void isle_endpoint_get_peer(struct isle_endpoint *ep, u32 *peer, char *port)
{
	struct isle_channels *channels = channels_of(ep->key.domain);

	mutex_lock(&channels->lock);
	*peer = ep->key.peer;
	memcpy(port, ep->key.port, sizeof(ep->key.port));
	mutex_unlock(&channels->lock);
}

/**
 * isle_endpoint_unjoin() - take an endpoint's channel and peer away
 * @ep: the endpoint, which the caller has made BUSY, or which has no file
 */
void isle_endpoint_unjoin(struct isle_endpoint *ep)
{
	struct isle_channels *channels = channels_of(ep->key.domain);
	struct isle_domain *peer;
	struct isle_channel *ch;

	mutex_lock(&channels->lock);
	ch = replace(ep, NULL);
	peer = ep->peer;
	ep->peer = NULL;
	ep->key.peer = 0;
	memset(ep->key.port, 0, sizeof(ep->key.port));
	mutex_unlock(&channels->lock);
	if (ch) {
		/* Who waits for what will not come */
		isle_channel_finish(ch, ISLE_CHANNEL_ABORTED);
		isle_channel_close(ch);
		isle_channel_put(ch);
	}
	if (peer)
		isle_domain_put(peer);
}

/**
 * isle_endpoint_release() - its file is closed
 * @ep: the endpoint
 *
 * The domain's reference and use are the caller's again.
 *
 * Context: process; sleeps.
 */
void isle_endpoint_release(struct isle_endpoint *ep)
{
	struct isle_channels *channels = channels_of(ep->key.domain);

	isle_endpoint_undo(ep);
	mutex_lock(&channels->lock);
	xa_erase(&channels->endpoints, ep->number);
	mutex_unlock(&channels->lock);
	put_pid(ep->pid);
	isle_live_dec(ISLE_LIVE_CHANNELS);
	kfree_rcu(ep, rcu);
}

/* Context: holds the endpoints' lock, so that @ep stays and keeps its channel. */
static void describe(struct isle_endpoint *ep, struct isle_vchan_list *list)
{
	struct isle_channels *channels = channels_of(ep->key.domain);
	struct isle_channel *ch;

	ch = rcu_dereference_protected(ep->channel,
				       lockdep_is_held(&channels->lock));
	isle_endpoint_describe(ep, ch, list);
}

/**
 * isle_endpoint_list() - ISLE_VCHAN_LIST
 * @ep: the endpoint that asks
 * @list: of the ioctl; nothing in it but size and number
 *
 * Return: 0, or -ENOENT: the domain has no endpoint from that number on.
 */
int isle_endpoint_list(struct isle_endpoint *ep, struct isle_vchan_list *list)
{
	struct isle_channels *channels = channels_of(ep->key.domain);
	unsigned long number = list->number;
	struct isle_endpoint *other;

	mutex_lock(&channels->lock);
	other = xa_find(&channels->endpoints, &number, ULONG_MAX, XA_PRESENT);
	if (other) {
		describe(other, list);
		if (other == ep)
			list->flags |= ISLE_VCHAN_LIST_SELF;
	}
	mutex_unlock(&channels->lock);
	return other ? 0 : -ENOENT;
}

static int channels_create(struct isle_domain *domain)
{
	struct isle_channels *channels = kzalloc(sizeof(*channels),
						 GFP_KERNEL_ACCOUNT);

	if (!channels)
		return -ENOMEM;
	mutex_init(&channels->lock);
	xa_init_flags(&channels->endpoints, XA_FLAGS_ALLOC1);
	domain->parts[ISLE_SLOT_CHANNELS] = channels;
	return 0;
}

/* End the channel of @ep, if it has one.  Context: holds the endpoints' lock. */
static void end(struct isle_endpoint *ep, enum isle_channel_end how)
{
	struct isle_channels *channels = channels_of(ep->key.domain);
	struct isle_channel *ch;

	ch = rcu_dereference_protected(ep->channel,
				       lockdep_is_held(&channels->lock));
	if (ch) {
		isle_channel_finish(ch, how);
		if (how == ISLE_CHANNEL_DEAD)
			isle_channel_close(ch);
	}
	/* It may be waiting for one */
	wake_up(&ep->wait);
}

static void channels_destroy(struct isle_domain *domain)
{
	struct isle_channels *channels = channels_of(domain);
	struct isle_endpoint *ep;
	unsigned long number;

	mutex_lock(&channels->lock);
	channels->dead = true;
	xa_for_each(&channels->endpoints, number, ep)
		end(ep, ISLE_CHANNEL_DEAD);
	mutex_unlock(&channels->lock);
}

static void unlink_one(struct isle_domain *domain, struct isle_domain *peer)
{
	struct isle_channels *channels = channels_of(domain);
	struct isle_endpoint *ep;
	unsigned long number;

	mutex_lock(&channels->lock);
	xa_for_each(&channels->endpoints, number, ep)
		if (ep->peer == peer)
			end(ep, ISLE_CHANNEL_GONE);
	mutex_unlock(&channels->lock);
}

static void channels_unlink(struct isle_domain *a, struct isle_domain *b)
{
	unlink_one(a, b);
	unlink_one(b, a);
}

static void channels_release(struct isle_domain *domain)
{
	struct isle_channels *channels = channels_of(domain);

	if (!channels)
		return;
	/* Each endpoint had a reference to the domain */
	xa_destroy(&channels->endpoints);
	mutex_destroy(&channels->lock);
	kfree(channels);
}

static void channels_show(struct seq_file *m, struct isle_domain *domain)
{
	struct isle_channels *channels = channels_of(domain);
	struct isle_endpoint *ep;
	unsigned long number;

	mutex_lock(&channels->lock);
	xa_for_each(&channels->endpoints, number, ep) {
		struct isle_vchan_list list = {};

		describe(ep, &list);
		seq_printf(m, "  vchan %u %s peer=%u port=%s read=%u/%u write=%u/%u pid=%u %s\n",
			   list.number, isle_endpoint_state_name(list.state),
			   list.peer, list.port, list.read_used, list.read_size,
			   list.write_used, list.write_size, list.pid,
			   list.comm);
	}
	mutex_unlock(&channels->lock);
}

static const struct isle_part part = {
	.slot = ISLE_SLOT_CHANNELS,
	.create = channels_create,
	.destroy = channels_destroy,
	.unlink = channels_unlink,
	.release = channels_release,
	.show = channels_show,
};

static int face_open(struct isle_domain *domain, struct file *file)
{
	struct isle_endpoint *ep = isle_endpoint_create(domain);

	if (IS_ERR(ep))
		return PTR_ERR(ep);
	file->private_data = ep;
	stream_open(NULL, file);
	/* io_uring then asks before it waits, and polls if it would have to */
	file->f_mode |= FMODE_NOWAIT;
	return 0;
}

static const struct isle_face face = {
	.id = ISLE_OPEN_VCHAN,
	.name = "vchan",
	.fops = &isle_endpoint_fops,
	.open = face_open,
};

/**
 * isle_endpoint_init() - let domains have channels
 *
 * Return: 0 or a negative errno.
 */
int isle_endpoint_init(void)
{
	int err;

	err = isle_join_init();
	if (err)
		return err;
	err = isle_part_register(&part);
	if (err)
		goto err_join;
	err = isle_face_register(&face);
	if (err)
		goto err_part;
	return 0;

err_part:
	isle_part_unregister(&part);
err_join:
	isle_join_exit();
	return err;
}

/**
 * isle_endpoint_exit() - undo isle_endpoint_init()
 */
void isle_endpoint_exit(void)
{
	isle_face_unregister(&face);
	isle_part_unregister(&part);
	isle_join_exit();
}
