// SPDX-License-Identifier: GPL-2.0
/*
 * Channels: one end of a vchan, from the first page to the last.
 *
 * The server grants the pages and says in the shared one where the rings are;
 * the client maps them.  Both then have the same: pages, rings, a port.  What
 * was read once when the channel was made, the orders and the references, is
 * never read again.
 *
 * Lifetime: isle_channel_close() ends what others can reach, the port and the
 * grants; the peer learns of it.  The pages stay, charged to whom they were,
 * until the last reference goes: calls that are still copying have one, and
 * every mapping of a program.  The struct is freed after a grace period, so
 * that it can be found under RCU.
 *
 * Locks: see struct isle_channel.  isle_channel.lock is taken under nothing but
 * the lock of a domain's endpoints, and the other end's port is notified under
 * it.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/rcupdate.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "channel/channel.h"
#include "core/domain.h"
#include "share/event.h"
#include "share/grant.h"

static const struct isle_port_ops port_ops = {
	.fire = isle_channel_fire,
	.parted = isle_channel_parted,
};

/* One with room for @n pages of the rings' own. */
static struct isle_channel *channel_alloc(struct isle_domain *domain,
					  bool server, u32 n,
					  wait_queue_head_t *wait)
{
	struct isle_channel *ch = kzalloc(sizeof(*ch), GFP_KERNEL_ACCOUNT);

	if (!ch)
		return NULL;
	if (n) {
		ch->grants = kvcalloc(n, sizeof(*ch->grants) +
				      sizeof(*ch->pages), GFP_KERNEL_ACCOUNT);
		if (!ch->grants) {
			kfree(ch);
			return NULL;
		}
		ch->pages = (struct page **)(ch->grants + n);
	}
	refcount_set(&ch->refs, 1);
	spin_lock_init(&ch->lock);
	ch->server = server;
	ch->wait = wait;
	isle_domain_hold(domain);
	ch->domain = domain;
	return ch;
}

static void grant_put(struct isle_channel *ch, struct isle_grant *grant)
{
	if (ch->server)
		isle_grant_put(grant);
	else
		isle_grant_unmap(ch->domain, grant);
}

/* The port is closed, and the grants have ended. */
static void channel_free(struct isle_channel *ch)
{
	u32 i;

	for (i = 0; i < ch->n; i++)
		grant_put(ch, ch->grants[i]);
	kvfree(ch->grants);
	if (ch->grant)
		grant_put(ch, ch->grant);
	isle_domain_put(ch->domain);
	kfree_rcu(ch, rcu);
}

/**
 * isle_channel_put() - give a reference back
 * @ch: the channel
 *
 * Context: process.
 */
void isle_channel_put(struct isle_channel *ch)
{
	if (refcount_dec_and_test(&ch->refs))
		channel_free(ch);
}

static void set_shared(struct isle_channel *ch, struct isle_grant *grant)
{
	ch->grant = grant;
	ch->page = isle_grant_page(grant);
	ch->shared = page_address(ch->page);
}

static void set_rings(struct isle_channel *ch, u32 left_order, u32 right_order)
{
	struct isle_ring *left = ch->server ? &ch->read : &ch->write;
	struct isle_ring *right = ch->server ? &ch->write : &ch->read;
	u32 i;

	for (i = 0; i < ch->n; i++)
		ch->pages[i] = isle_grant_page(ch->grants[i]);
	isle_ring_init(left, left_order, &ch->page, ch->pages);
	isle_ring_init(right, right_order, &ch->page,
		       ch->pages + isle_ring_pages(left_order));
}

/* Nobody can reach the pages but through the grants that we are about to tell. */
static void fill_shared(struct isle_channel *ch, u32 left_order,
			u32 right_order)
{
	struct isle_vchan_page *shared = ch->shared;
	u32 *refs = (u32 *)(shared + 1);
	u32 i;

	shared->left_order = left_order;
	shared->right_order = right_order;
	shared->cli_live = ISLE_VCHAN_WAITING;
	shared->srv_live = ISLE_VCHAN_CONNECTED;
	shared->cli_notify = ISLE_VCHAN_NOTIFY_WRITE;
	for (i = 0; i < ch->n; i++)
		refs[i] = isle_grant_ref(ch->grants[i]);
}

/**
 * isle_channel_serve() - make a server's end
 * @domain: whose it is; the caller has a reference
 * @peer: number of the client's domain; may be @domain's own
 * @left_order: of the ring from the client
 * @right_order: of the ring to the client; valid together
 * @wait: whom to wake
 *
 * Context: process; sleeps.
 * Return: the channel, or an ERR_PTR: -EPERM (@domain does not see the peer),
 * -ENODEV (@domain is dead), -EDQUOT, -ENOMEM, -ENOSPC, -EINTR.
 */
struct isle_channel *isle_channel_serve(struct isle_domain *domain, u32 peer,
					u32 left_order, u32 right_order,
					wait_queue_head_t *wait)
{
	u32 n = isle_ring_pages(left_order) + isle_ring_pages(right_order);
	struct isle_channel *ch = channel_alloc(domain, true, n, wait);
	struct isle_grant *grant;
	struct isle_port *port;
	int err;

	if (!ch)
		return ERR_PTR(-ENOMEM);
	err = isle_grant_alloc(domain, peer, false, 1, &grant);
	if (err)
		goto err_close;
	set_shared(ch, grant);
	if (n) {
		err = isle_grant_alloc(domain, peer, false, n, ch->grants);
		if (err)
			goto err_close;
		ch->n = n;
	}
	set_rings(ch, left_order, right_order);
	fill_shared(ch, left_order, right_order);

	port = isle_port_listen(domain, peer, &port_ops, ch);
	if (IS_ERR(port)) {
		err = PTR_ERR(port);
		goto err_close;
	}
	ch->port = port;
	return ch;

err_close:
	isle_channel_close(ch);
	isle_channel_put(ch);
	return ERR_PTR(err == -ESRCH ? -EPERM : err);
}

/* Map the pages of the rings' own, whose references are in the shared page. */
static int map_rings(struct isle_channel *ch, u32 server, u32 n)
{
	const u32 *refs = (const u32 *)(ch->shared + 1);
	struct isle_grant *grant;

	for (ch->n = 0; ch->n < n; ch->n++) {
		if (fatal_signal_pending(current))
			return -EINTR;
		grant = isle_grant_map(ch->domain, server,
				       READ_ONCE(refs[ch->n]), true);
		if (IS_ERR(grant))
			return PTR_ERR(grant);
		ch->grants[ch->n] = grant;
	}
	return 0;
}

static int map_error(int err, int absent)
{
	return err == -ENOENT || err == -EACCES ? absent : err;
}

/**
 * isle_channel_join() - make a client's end
 * @domain: whose it is; the caller has a reference
 * @server: number of the server's domain; may be @domain's own
 * @ref: the grant of the shared page
 * @number: the server's port
 * @wait: whom to wake
 *
 * The server is told by isle_channel_greet().
 *
 * Context: process; sleeps.
 * Return: the channel, or an ERR_PTR: -ECONNREFUSED (there is no such page for
 * us), -EPROTO (it is no channel's), -EBUSY (it has a client), -EAGAIN (it has
 * had one and waits for none, or it is just being closed), -EPERM (@domain does
 * not see the server), -EDQUOT, -ENODEV, -ENOMEM, -ENOSPC, -EINTR.
 */
struct isle_channel *isle_channel_join(struct isle_domain *domain, u32 server,
				       u32 ref, u32 number,
				       wait_queue_head_t *wait)
{
	u32 left_order, right_order, n;
	struct isle_vchan_page *shared;
	struct isle_channel *ch;
	struct isle_grant *grant;
	struct isle_port *port;
	u8 live;
	int err;

	grant = isle_grant_map(domain, server, ref, true);
	if (IS_ERR(grant))
		return ERR_PTR(map_error(PTR_ERR(grant), -ECONNREFUSED));
	shared = page_address(isle_grant_page(grant));
	left_order = READ_ONCE(shared->left_order);
	right_order = READ_ONCE(shared->right_order);
	err = -EPROTO;
	if (!isle_ring_orders_valid(left_order, right_order))
		goto err_unmap;
	n = isle_ring_pages(left_order) + isle_ring_pages(right_order);
	ch = channel_alloc(domain, false, n, wait);
	err = -ENOMEM;
	if (!ch)
		goto err_unmap;
	set_shared(ch, grant);

	live = READ_ONCE(shared->cli_live);
	err = live > ISLE_VCHAN_WAITING ? -EPROTO : -EBUSY;
	if (live != ISLE_VCHAN_WAITING && live != ISLE_VCHAN_EXITED)
		goto err_close;
	live = READ_ONCE(shared->srv_live);
	err = live > ISLE_VCHAN_CONNECTED ? -EPROTO : -EAGAIN;
	if (live != ISLE_VCHAN_CONNECTED)
		goto err_close;
	err = map_error(map_rings(ch, server, n), -EPROTO);
	if (err)
		goto err_close;
	set_rings(ch, left_order, right_order);

	port = isle_port_connect(domain, server, number, &port_ops, ch);
	if (!IS_ERR(port)) {
		ch->port = port;
		return ch;
	}
	err = PTR_ERR(port);
	/* It is joined to another one, which may be about to say so */
	if (err == -EINVAL)
		err = READ_ONCE(shared->cli_live) == ISLE_VCHAN_EXITED ?
		      -EAGAIN : -EBUSY;
err_close:
	isle_channel_close(ch);
	isle_channel_put(ch);
	return ERR_PTR(err == -ESRCH ? -EPERM : err);
err_unmap:
	isle_grant_unmap(domain, grant);
	return ERR_PTR(err);
}

/**
 * isle_channel_greet() - tell the server that its client is there
 * @ch: a client's end
 */
void isle_channel_greet(struct isle_channel *ch)
{
	/* It wants to know when the server has written, from the beginning */
	isle_channel_ask(ch, ISLE_VCHAN_NOTIFY_WRITE);
	/* Pairs with the acquire in the server's isle_channel_look() */
	smp_store_release(&ch->shared->cli_live, ISLE_VCHAN_CONNECTED);
	isle_channel_notify(ch);
}

/**
 * isle_channel_close() - end what others can reach
 * @ch: the channel; may be closed already
 *
 * Context: process.
 */
void isle_channel_close(struct isle_channel *ch)
{
	struct isle_port *port;
	u32 i;

	spin_lock(&ch->lock);
	port = ch->port;
	ch->port = NULL;
	spin_unlock(&ch->lock);
	/* Without a port the peer never knew of us, or knows of our end */
	if (port) {
		/* After all that was written: pairs with isle_channel_look() */
		smp_store_release(isle_channel_own_live(ch), ISLE_VCHAN_EXITED);
		isle_port_notify(port);
		isle_port_close(port);
	}
	if (!ch->server)
		return;
	if (ch->grant)
		isle_grant_end(ch->grant);
	for (i = 0; i < ch->n; i++)
		isle_grant_end(ch->grants[i]);
}

/**
 * isle_channel_ref() - by what number the client maps the shared page
 * @ch: a server's end
 *
 * Return: the number.
 */
u32 isle_channel_ref(const struct isle_channel *ch)
{
	return isle_grant_ref(ch->grant);
}

/**
 * isle_channel_port() - by what number the client finds the server's port
 * @ch: a server's end, which nobody closes meanwhile
 *
 * Return: the number.
 */
u32 isle_channel_port(const struct isle_channel *ch)
{
	return isle_port_number(ch->port);
}
