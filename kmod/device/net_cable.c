// SPDX-License-Identifier: GPL-2.0
/*
 * Cables: two network devices joined directly, without the host's stack.
 *
 * The administrator makes one between domains that are linked, or within one.
 * It is gone when either device is removed or the domains are unlinked, and so
 * when either domain ends.  While it is there what the host sends to either
 * interface is dropped; they keep their carrier, because regaining one takes the
 * host some time in which it drops frames without saying so.
 *
 * Lock: cables_lock protects the list and the change of isle_net.peer, which is
 * read under RCU.  A cable is cut with the lock held, and nobody uses it any more
 * when it is given up: so a device that drains can take the lock and knows then
 * that no peer has a pointer to it.
 */
#include <linux/mutex.h>
#include <linux/netdevice.h>

#include "core/domain.h"
#include "core/link.h"
#include "core/part.h"
#include "device/net.h"
#include "device/net_cable.h"

static DEFINE_MUTEX(cables_lock);
static LIST_HEAD(cables);

static struct isle_net *peer_of(struct isle_net *net)
{
	return rcu_dereference_protected(net->peer,
					 lockdep_is_held(&cables_lock));
}

static void cut(struct isle_net *net)
{
	struct isle_net *peer = peer_of(net);

	RCU_INIT_POINTER(net->peer, NULL);
	RCU_INIT_POINTER(peer->peer, NULL);
	/* One of the two is in the list */
	list_del_init(&net->cable);
	list_del_init(&peer->cable);
	synchronize_net();
}

/* Both devices were entered. */
static int connect(struct isle_net *a, struct isle_net *b)
{
	lockdep_assert_held(&cables_lock);
	if (peer_of(a) || peer_of(b))
		return -EBUSY;
	list_add(&a->cable, &cables);
	rcu_assign_pointer(a->peer, b);
	rcu_assign_pointer(b->peer, a);
	/*
	 * Who unlinks the domains takes the lock afterwards and finds the cable;
	 * if that was before, it is seen here.
	 */
	if (!isle_linked(a->device.domain, b->device.domain)) {
		cut(a);
		return -EPERM;
	}
	return 0;
}

/**
 * isle_net_cable_connect() - isle_device_class.connect
 * @a: a network device
 * @b: another one
 *
 * Context: process; sleeps.
 * Return: 0, -EBUSY, -EPERM, or -ENODEV if either was removed.
 */
int isle_net_cable_connect(struct isle_device *a, struct isle_device *b)
{
	int err = -ENODEV;

	if (!isle_linked(a->domain, b->domain))
		return -EPERM;
	mutex_lock(&cables_lock);
	if (isle_device_enter(a)) {
		if (isle_device_enter(b)) {
			err = connect(to_isle_net(a), to_isle_net(b));
			isle_device_leave(b);
		}
		isle_device_leave(a);
	}
	mutex_unlock(&cables_lock);
	return err;
}

/**
 * isle_net_cable_disconnect() - isle_device_class.disconnect
 * @device: either end
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOTCONN.
 */
int isle_net_cable_disconnect(struct isle_device *device)
{
	struct isle_net *net = to_isle_net(device);
	int err = -ENOTCONN;

	mutex_lock(&cables_lock);
	if (peer_of(net)) {
		cut(net);
		err = 0;
	}
	mutex_unlock(&cables_lock);
	return err;
}

/**
 * isle_net_cable_end() - a device has drained: nothing leads to it any more
 * @net: the device
 *
 * Context: process; sleeps.
 */
void isle_net_cable_end(struct isle_net *net)
{
	isle_net_cable_disconnect(&net->device);
}

/**
 * isle_net_cable_peer() - see where a cable leads
 * @net: the device
 * @name: set to the name of the device there, ISLE_NAME_SIZE bytes
 *
 * Context: process; sleeps.
 * Return: number of the domain there, or 0: there is no cable.
 */
u32 isle_net_cable_peer(struct isle_net *net, char *name)
{
	struct isle_net *peer;
	u32 domid = 0;

	mutex_lock(&cables_lock);
	peer = peer_of(net);
	if (peer) {
		domid = peer->device.domain->id;
		memcpy(name, peer->device.name, ISLE_NAME_SIZE);
	}
	mutex_unlock(&cables_lock);
	return domid;
}

static void part_unlink(struct isle_domain *a, struct isle_domain *b)
{
	struct isle_net *net, *next;
	struct isle_domain *x, *y;

	mutex_lock(&cables_lock);
	list_for_each_entry_safe(net, next, &cables, cable) {
		x = net->device.domain;
		y = peer_of(net)->device.domain;
		/* They may have been linked again meanwhile */
		if (((x == a && y == b) || (x == b && y == a)) &&
		    !isle_linked(a, b))
			cut(net);
	}
	mutex_unlock(&cables_lock);
}

static const struct isle_part part = {
	.slot = ISLE_SLOT_CABLES,
	.unlink = part_unlink,
};

/**
 * isle_net_cable_init() - let there be cables
 *
 * Return: 0 or a negative errno.
 */
int isle_net_cable_init(void)
{
	return isle_part_register(&part);
}

/**
 * isle_net_cable_exit() - undo isle_net_cable_init()
 */
void isle_net_cable_exit(void)
{
	isle_part_unregister(&part);
}
