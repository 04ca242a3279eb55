// SPDX-License-Identifier: GPL-2.0
/*
 * How an endpoint gets its channel: listening, connecting, the next client.
 *
 * One call at a time does that to an endpoint: the one that has made its phase
 * BUSY.  It holds no lock while it waits for the other side.
 *
 * A server's next client gets pages and a port of its own.  So whatever the
 * last one has left, data, mappings, a corrupt index, is nobody's any more, and
 * calls that are still busy with it are not in the way.
 *
 * The table of servers says who listens where, so that two do not advertise the
 * same port.  It has its own locks.
 */
#include <linux/err.h>
#include <linux/rhashtable.h>

#include "channel/advert.h"
#include "channel/channel.h"
#include "channel/endpoint.h"
#include "core/domain.h"
#include "core/link.h"
#include "core/wait.h"
#include "share/store.h"
#include "trace.h"

static struct rhashtable servers;

static const struct rhashtable_params servers_params = {
	.key_len = sizeof(struct isle_endpoint_key),
	.key_offset = offsetof(struct isle_endpoint, key),
	.head_offset = offsetof(struct isle_endpoint, by_key),
	.automatic_shrinking = true,
};

static bool begin(struct isle_endpoint *ep, int phase)
{
	return atomic_cmpxchg(&ep->phase, phase, ISLE_ENDPOINT_BUSY) == phase;
}

static void become(struct isle_endpoint *ep, int phase)
{
	/* Whoever makes it BUSY next sees what we have done */
	atomic_set_release(&ep->phase, phase);
	wake_up(&ep->wait);
}

/* The endpoint is BUSY, or has no file any more. */
static void undo(struct isle_endpoint *ep)
{
	if (ep->published) {
		isle_advert_withdraw(ep->key.domain, ep->key.peer,
				     ep->key.port);
		rhashtable_remove_fast(&servers, &ep->by_key, servers_params);
		ep->published = false;
	}
	isle_endpoint_unjoin(ep);
}

/**
 * isle_endpoint_undo() - make an endpoint what it was before it was joined
 * @ep: the endpoint
 *
 * If a call is busy with it, that call will be done with it.
 *
 * Context: process; sleeps.
 */
void isle_endpoint_undo(struct isle_endpoint *ep)
{
	if (!begin(ep, ISLE_ENDPOINT_JOINED))
		return;
	trace_isle_vchan_close(ep->key.domain->id, ep->key.peer, ep->key.port);
	undo(ep);
	become(ep, ISLE_ENDPOINT_IDLE);
}

/* Make a server's channel, let it be found, and give it to the endpoint. */
static int serve(struct isle_endpoint *ep)
{
	struct isle_advert advert;
	struct isle_channel *ch;
	int err;

	ch = isle_channel_serve(ep->key.domain, ep->key.peer, ep->left_order,
				ep->right_order, &ep->wait);
	if (IS_ERR(ch))
		return PTR_ERR(ch);
	advert.ref = isle_channel_ref(ch);
	advert.port = isle_channel_port(ch);
	err = isle_advert_publish(ep->key.domain, ep->key.peer, ep->key.port,
				  &advert);
	if (err)
		goto err_close;
	err = isle_endpoint_install(ep, ch);
	if (err)
		goto err_withdraw;
	return 0;

err_withdraw:
	isle_advert_withdraw(ep->key.domain, ep->key.peer, ep->key.port);
err_close:
	isle_channel_close(ch);
	isle_channel_put(ch);
	return err;
}

/* Whether there is no use in waiting for the client. */
static bool has_come(struct isle_endpoint *ep)
{
	struct isle_channel *ch = isle_endpoint_channel(ep);
	bool come;

	if (!ch)
		return true;
	come = isle_channel_look(ch) != ISLE_CHANNEL_LISTENING;
	isle_channel_put(ch);
	return come;
}

static int wait_for_client(struct isle_endpoint *ep, ktime_t deadline)
{
	int err = isle_wait_until(ep->wait, has_come(ep), deadline);

	if (isle_domain_dead(ep->key.domain))
		return -ENODEV;
	/* Unlinked, it has ended as if a client had come and gone */
	if (!isle_linked(ep->key.domain, ep->peer))
		return -EPERM;
	return err && has_come(ep) ? 0 : err;
}

/**
 * isle_endpoint_listen() - ISLE_VCHAN_LISTEN
 * @ep: the endpoint
 * @arg: of the ioctl
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno.
 */
int isle_endpoint_listen(struct isle_endpoint *ep, struct isle_vchan_listen *arg)
{
	const u32 known = ISLE_VCHAN_NOWAIT | ISLE_VCHAN_PERSISTENT;
	const u32 most = 1U << ISLE_VCHAN_ORDER_MAX;
	ktime_t deadline = isle_deadline(arg->timeout_ns);
	int err;

	if (arg->flags & ~known || arg->reserved || !arg->read_size ||
	    arg->read_size > most || !arg->write_size ||
	    arg->write_size > most || !isle_advert_name_valid(arg->port))
		return -EINVAL;
	if (!begin(ep, ISLE_ENDPOINT_IDLE))
		return -EISCONN;
	err = isle_endpoint_set_peer(ep, arg->peer, arg->port);
	if (err)
		goto err_undo;
	WRITE_ONCE(ep->persistent, arg->flags & ISLE_VCHAN_PERSISTENT);
	isle_ring_choose(arg->read_size, arg->write_size, &ep->left_order,
			 &ep->right_order);
	err = rhashtable_lookup_insert_fast(&servers, &ep->by_key,
					    servers_params);
	if (err == -EEXIST)
		err = -EADDRINUSE;
	if (err)
		goto err_undo;
	err = serve(ep);
	if (err) {
		rhashtable_remove_fast(&servers, &ep->by_key, servers_params);
		goto err_undo;
	}
	ep->published = true;
	trace_isle_vchan_listen(ep->key.domain->id, ep->key.peer, ep->key.port);
	if (!(arg->flags & ISLE_VCHAN_NOWAIT)) {
		err = wait_for_client(ep, deadline);
		if (err)
			goto err_undo;
	}
	arg->read_size = 1U << ep->left_order;
	arg->write_size = 1U << ep->right_order;
	become(ep, ISLE_ENDPOINT_JOINED);
	return 0;

err_undo:
	undo(ep);
	become(ep, ISLE_ENDPOINT_IDLE);
	return err;
}

/**
 * isle_endpoint_next() - ISLE_VCHAN_NEXT
 * @ep: the endpoint
 * @arg: of the ioctl
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno.
 */
int isle_endpoint_next(struct isle_endpoint *ep,
		       const struct isle_vchan_none *arg)
{
	ktime_t deadline = isle_deadline(arg->timeout_ns);
	struct isle_channel *ch;
	int err;

	if (arg->flags & ~ISLE_VCHAN_NOWAIT)
		return -EINVAL;
	if (!begin(ep, ISLE_ENDPOINT_JOINED))
		return atomic_read(&ep->phase) == ISLE_ENDPOINT_IDLE ?
		       -ENOTCONN : -EISCONN;
	err = -EINVAL;
	if (!ep->persistent)
		goto out;
	ch = isle_endpoint_channel(ep);
	err = isle_channel_look(ch);
	if (err < 0 && err != -ENODEV) {
		isle_advert_withdraw(ep->key.domain, ep->key.peer, ep->key.port);
		isle_channel_close(ch);
		isle_channel_put(ch);
		err = serve(ep);
	} else {
		isle_channel_put(ch);
		if (!err)
			err = -EISCONN;
		else if (err == ISLE_CHANNEL_LISTENING)
			err = 0;
	}
	if (!err && !(arg->flags & ISLE_VCHAN_NOWAIT))
		err = wait_for_client(ep, deadline);
out:
	become(ep, ISLE_ENDPOINT_JOINED);
	return err;
}

/*
 * Join what is advertised now.  -ENOENT if nothing is, -EAGAIN if it does not
 * stay as it is for so long, which is the server's to say.
 */
static int try_connect(struct isle_endpoint *ep)
{
	struct isle_domain *domain = ep->key.domain;
	struct isle_advert advert, again;
	struct isle_channel *ch;
	int tries = 8;
	int err;

	do {
		err = isle_advert_find(domain, ep->key.peer, ep->key.port,
				       &advert);
		if (err)
			return err;
		ch = isle_channel_join(domain, ep->key.peer, advert.ref,
				       advert.port, &ep->wait);
		err = isle_advert_find(domain, ep->key.peer, ep->key.port,
				       &again);
		if (!err && !memcmp(&advert, &again, sizeof(advert)))
			break;
		/* It was of two servers, or of one that has just closed */
		if (!IS_ERR(ch)) {
			isle_channel_close(ch);
			isle_channel_put(ch);
		}
	} while (!err && --tries);
	if (err)
		return err;
	if (!tries)
		return -EAGAIN;
	if (IS_ERR(ch))
		return PTR_ERR(ch);
	err = isle_endpoint_install(ep, ch);
	if (err) {
		isle_channel_close(ch);
		isle_channel_put(ch);
		return err;
	}
	isle_channel_greet(ch);
	return 0;
}

static void advert_changed(void *private)
{
	struct isle_endpoint *ep = private;

	WRITE_ONCE(ep->changed, true);
	wake_up(&ep->wait);
}

static bool should_look(struct isle_endpoint *ep)
{
	return READ_ONCE(ep->changed) || isle_domain_dead(ep->key.domain) ||
	       !isle_linked(ep->key.domain, ep->peer);
}

static int wait_and_connect(struct isle_endpoint *ep, ktime_t deadline)
{
	struct isle_store_watch *watch;
	int err;

	watch = isle_advert_watch(ep->key.domain, ep->key.peer, ep->key.port,
				  advert_changed, ep);
	if (IS_ERR(watch))
		return PTR_ERR(watch);
	do {
		/*
		 * Whoever changes the advert after our look, which the store's
		 * lock orders, sets it again.
		 */
		WRITE_ONCE(ep->changed, false);
		err = try_connect(ep);
		if (err != -ENOENT && err != -EAGAIN)
			break;
		/* The next wait may be over at once, again and again */
		err = -EINTR;
		if (task_sigpending(current))
			break;
		err = -ETIMEDOUT;
		if (deadline != KTIME_MAX &&
		    ktime_compare(ktime_get(), deadline) >= 0)
			break;
		err = isle_wait_until(ep->wait, should_look(ep), deadline);
		if (isle_domain_dead(ep->key.domain))
			err = -ENODEV;
		else if (!isle_linked(ep->key.domain, ep->peer))
			err = -EPERM;
	} while (!err);
	isle_store_unwatch(watch);
	return err;
}

/**
 * isle_endpoint_connect() - ISLE_VCHAN_CONNECT
 * @ep: the endpoint
 * @arg: of the ioctl
 *
 * Context: process; sleeps.
 * Return: 0 or a negative errno.
 */
int isle_endpoint_connect(struct isle_endpoint *ep,
			  const struct isle_vchan_connect *arg)
{
	ktime_t deadline = isle_deadline(arg->timeout_ns);
	int err;

	if (arg->flags & ~ISLE_VCHAN_NOWAIT || arg->reserved ||
	    !isle_advert_name_valid(arg->port))
		return -EINVAL;
	if (!begin(ep, ISLE_ENDPOINT_IDLE))
		return -EISCONN;
	WRITE_ONCE(ep->persistent, false);
	err = isle_endpoint_set_peer(ep, arg->server, arg->port);
	if (err)
		goto err_undo;
	err = try_connect(ep);
	if (err == -ENOENT || err == -EAGAIN) {
		if (!(arg->flags & ISLE_VCHAN_NOWAIT))
			err = wait_and_connect(ep, deadline);
		else if (err == -EAGAIN)
			err = -EBUSY;
	}
	if (err)
		goto err_undo;
	trace_isle_vchan_connect(ep->key.domain->id, ep->key.peer, ep->key.port);
	become(ep, ISLE_ENDPOINT_JOINED);
	return 0;

err_undo:
	undo(ep);
	become(ep, ISLE_ENDPOINT_IDLE);
	return err;
}

/**
 * isle_join_init() - make the table of servers
 *
 * Return: 0 or a negative errno.
 */
int isle_join_init(void)
{
	return rhashtable_init(&servers, &servers_params);
}

/**
 * isle_join_exit() - undo isle_join_init(); there are no endpoints any more
 */
void isle_join_exit(void)
{
	rhashtable_destroy(&servers);
}
