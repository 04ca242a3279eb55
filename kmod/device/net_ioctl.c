// SPDX-License-Identifier: GPL-2.0
/*
 * ioctls of a network device's file.
 */
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/log2.h>
#include <linux/rtnetlink.h>

#include "core/compat.h"
#include "core/name.h"
#include "core/wait.h"
#include "device/net.h"
#include "device/net_cable.h"
#include "device/net_ring.h"

static struct isle_net_file *net_file(const struct file *file)
{
	return file->private_data;
}

static int device_id(struct file *file, void *arg, struct isle_reply *reply)
{
	return isle_device_fill_id(&net_file(file)->net->device, arg);
}

/* Everything that may change is read under RTNL. */
static int fill_info(struct isle_net *net, struct isle_net_info *info)
{
	struct net_device *dev = net->dev;
	int err;

	err = isle_rtnl_lock_killable();
	if (err)
		return err;
	info->state = netif_running(dev) ? ISLE_NET_UP : 0;
	info->mtu = net->mtu;
	info->ifindex = dev->ifindex;
	memcpy(info->host_mac, dev->dev_addr, ETH_ALEN);
	strscpy_pad(info->ifname, dev->name, sizeof(info->ifname));
	rtnl_unlock();

	info->offloads = net->offloads;
	info->queue_bytes = net->queue.limit;
	info->queued = skb_queue_len_lockless(&net->queue.list);
	if (mutex_lock_killable(&net->lock))
		return -EINTR;
	memcpy(info->mac, net->mac, ETH_ALEN);
	mutex_unlock(&net->lock);
	if (rcu_access_pointer(net->ring))
		info->state |= ISLE_NET_RING;
	info->peer = isle_net_cable_peer(net, info->peer_name);
	if (info->peer)
		info->state |= ISLE_NET_CABLE;
	return 0;
}

static int info(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_net *net = net_file(file)->net;
	struct isle_net_info *info = arg;
	int err;

	if (!isle_is_zero(&info->state, sizeof(*info) - sizeof(info->size)))
		return -EINVAL;
	if (!isle_device_enter(&net->device))
		return -ENODEV;
	err = fill_info(net, info);
	isle_device_leave(&net->device);
	return err;
}

static int stats(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_net *net = net_file(file)->net;
	struct isle_net_stats *stats = arg;
	struct isle_net_count sum;

	if (stats->flags & ~ISLE_NET_STATS_RESET ||
	    !isle_is_zero(&stats->rx_bytes, sizeof(*stats) -
			  offsetof(struct isle_net_stats, rx_bytes)))
		return -EINVAL;
	if (isle_device_dead(&net->device))
		return -ENODEV;
	if (mutex_lock_killable(&net->lock))
		return -EINTR;
	isle_net_sum(net, &sum);
	stats->rx_bytes = sum.rx_bytes - net->base.rx_bytes;
	stats->rx_packets = sum.rx_packets - net->base.rx_packets;
	stats->rx_dropped = sum.rx_dropped - net->base.rx_dropped;
	stats->tx_bytes = sum.tx_bytes - net->base.tx_bytes;
	stats->tx_packets = sum.tx_packets - net->base.tx_packets;
	stats->tx_dropped = sum.tx_dropped - net->base.tx_dropped;
	stats->tx_errors = sum.tx_errors - net->base.tx_errors;
	if (stats->flags & ISLE_NET_STATS_RESET)
		net->base = sum;
	mutex_unlock(&net->lock);
	return 0;
}

/* What the program was not told is counted on, whoever has reset it since. */
static void stats_undo(struct file *file, void *arg)
{
	struct isle_net *net = net_file(file)->net;
	struct isle_net_stats *stats = arg;

	if (!(stats->flags & ISLE_NET_STATS_RESET))
		return;
	mutex_lock(&net->lock);
	net->base.rx_bytes -= stats->rx_bytes;
	net->base.rx_packets -= stats->rx_packets;
	net->base.rx_dropped -= stats->rx_dropped;
	net->base.tx_bytes -= stats->tx_bytes;
	net->base.tx_packets -= stats->tx_packets;
	net->base.tx_dropped -= stats->tx_dropped;
	net->base.tx_errors -= stats->tx_errors;
	mutex_unlock(&net->lock);
}

static int set_mac(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_net *net = net_file(file)->net;
	struct isle_net_mac *mac = arg;
	u8 addr[ETH_ALEN] __aligned(2);

	memcpy(addr, mac->mac, ETH_ALEN);
	if (!isle_is_zero(mac->reserved, sizeof(mac->reserved)) ||
	    !is_valid_ether_addr(addr))
		return -EINVAL;
	if (isle_device_dead(&net->device))
		return -ENODEV;
	if (mutex_lock_killable(&net->lock))
		return -EINTR;
	memcpy(net->mac, addr, ETH_ALEN);
	mutex_unlock(&net->lock);
	return 0;
}

static int mode(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_net_file *nf = net_file(file);
	struct isle_net *net = nf->net;
	struct isle_net_mode *mode = arg;
	int err;

	if (mode->flags & ~(ISLE_NET_HDR | ISLE_NET_TRUNCATE) ||
	    mode->reserved ||
	    (mode->offloads && !(mode->flags & ISLE_NET_HDR)) ||
	    (mode->offloads && !(mode->offloads & ISLE_NET_CSUM)))
		return -EINVAL;
	if (mode->offloads & ~net->offloads)
		return -EOPNOTSUPP;
	if (!isle_device_enter(&net->device))
		return -ENODEV;
	if (mutex_lock_killable(&net->lock)) {
		isle_device_leave(&net->device);
		return -EINTR;
	}
	err = rcu_access_pointer(nf->ring) ? -EBUSY :
	      isle_net_set_offloads(net, nf, mode->offloads);
	if (!err) {
		WRITE_ONCE(nf->flags, mode->flags);
		WRITE_ONCE(nf->offloads, mode->offloads);
	}
	mutex_unlock(&net->lock);
	isle_device_leave(&net->device);
	return err;
}

/* Let frames that had been queued go where the program looks. */
static void move_queued(struct isle_net *net)
{
	struct sk_buff *skb;

	while ((skb = isle_net_queue_get(&net->queue, SIZE_MAX, 0))) {
		/* It was counted when it came */
		this_cpu_dec(net->count->rx_packets);
		this_cpu_sub(net->count->rx_bytes, skb->len);
		local_bh_disable();
		rcu_read_lock();
		isle_net_receive(net, skb);
		rcu_read_unlock();
		local_bh_enable();
	}
}

/* The device was entered, and its lock is held. */
static int start_ring(struct isle_net_file *nf, u32 tx_size, u32 rx_size)
{
	struct isle_net *net = nf->net;
	struct isle_net_ring *ring;

	if (rcu_access_pointer(net->ring))
		return -EBUSY;
	ring = isle_net_ring_create(net->device.domain, tx_size, rx_size);
	if (IS_ERR(ring))
		return PTR_ERR(ring);
	ring->hdr = nf->flags & ISLE_NET_HDR ? ISLE_NET_HDR_SIZE : 0;
	ring->offloads = nf->offloads;
	rcu_assign_pointer(net->ring, ring);
	rcu_assign_pointer(nf->ring, ring);
	/* Who has not seen it has put his frame into the queue by then */
	synchronize_net();
	move_queued(net);
	/* Who waits in read(2) has to know */
	wake_up(&net->device.wait);
	return 0;
}

/**
 * isle_net_stop_ring() - let a file have no ring any more
 * @nf: the file, which may have none
 *
 * What is in it is sent.  What is mapped stays so, but nothing moves in it.
 *
 * Context: process; sleeps; takes the device's lock.
 */
void isle_net_stop_ring(struct isle_net_file *nf)
{
	struct isle_net *net = nf->net;
	struct isle_net_ring *ring;

	mutex_lock(&net->lock);
	ring = rcu_dereference_protected(nf->ring,
					 lockdep_is_held(&net->lock));
	if (ring) {
		RCU_INIT_POINTER(net->ring, NULL);
		RCU_INIT_POINTER(nf->ring, NULL);
	}
	mutex_unlock(&net->lock);
	if (!ring)
		return;
	/* Nobody moves frames any more, or looks at it */
	synchronize_net();
	isle_net_poll_rest(net, ring);
	isle_net_ring_put(ring);
}

static int ring_setup(struct file *file, void *arg, struct isle_reply *reply)
{
	const fmode_t need = FMODE_READ | FMODE_WRITE;
	struct isle_net_file *nf = net_file(file);
	struct isle_net_ring_setup *setup = arg;
	struct isle_net *net = nf->net;
	int err;

	if (setup->flags || setup->tx_offset || setup->rx_offset ||
	    !is_power_of_2(setup->tx_size) || !is_power_of_2(setup->rx_size) ||
	    setup->tx_size < ISLE_NET_RING_MIN ||
	    setup->tx_size > ISLE_NET_RING_MAX ||
	    setup->rx_size < ISLE_NET_RING_MIN ||
	    setup->rx_size > ISLE_NET_RING_MAX)
		return -EINVAL;
	if ((file->f_mode & need) != need)
		return -EBADF;
	if (!isle_device_enter(&net->device))
		return -ENODEV;
	err = -EINTR;
	if (!mutex_lock_killable(&net->lock)) {
		err = start_ring(nf, setup->tx_size, setup->rx_size);
		mutex_unlock(&net->lock);
	}
	isle_device_leave(&net->device);
	if (err)
		return err;
	setup->tx_offset = ISLE_NET_MAP_TX;
	setup->rx_offset = ISLE_NET_MAP_RX;
	return 0;
}

/* The program was not told of its ring: it has none. */
static void ring_setup_undo(struct file *file, void *arg)
{
	isle_net_stop_ring(net_file(file));
}

/* Have the ring looked at; value: 0, -ENODEV, -ENOTCONN or -EPROTO. */
static int kick_ring(struct isle_net_file *nf)
{
	struct isle_net *net = nf->net;
	struct isle_net_ring *ring;
	int err = -ENOTCONN;

	if (!isle_device_enter(&net->device))
		return -ENODEV;
	rcu_read_lock();
	ring = rcu_dereference(nf->ring);
	if (ring) {
		local_bh_disable();
		napi_schedule(&net->napi);
		local_bh_enable();	/* where it runs */
		err = isle_net_ring_broken(ring) ? -EPROTO : 0;
	}
	rcu_read_unlock();
	isle_device_leave(&net->device);
	return err;
}

static int kick(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_net_none *none = arg;

	return none->flags ? -EINVAL : kick_ring(net_file(file));
}

/* Whether a wait for @events is over: then *@now and *@err say how. */
static bool is_over(struct isle_net_file *nf, u32 events, u32 *now, int *err)
{
	*now = 0;
	*err = isle_device_dead(&nf->net->device) ? -ENODEV :
	       isle_net_ready(nf, now);
	*now &= events;
	return *err || *now;
}

static int wait(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_net_file *nf = net_file(file);
	struct isle_net_wait *wait = arg;
	int ready, err = 0;
	ktime_t deadline;
	u32 now;

	if (wait->events & ~(ISLE_NET_WAIT_RX | ISLE_NET_WAIT_TX) ||
	    !wait->events)
		return -EINVAL;
	if (rcu_access_pointer(nf->ring))
		err = kick_ring(nf);
	if (err && err != -ENOTCONN)
		return err;
	err = 0;
	if (!is_over(nf, wait->events, &now, &ready)) {
		if (!wait->timeout_ns)
			return -EAGAIN;
		deadline = isle_deadline(wait->timeout_ns);
		err = isle_wait_until(nf->net->device.wait,
				      is_over(nf, wait->events, &now, &ready),
				      deadline);
	}
	wait->events = now;
	return err ?: ready;
}

static const struct isle_ioctl ioctls[] = {
	ISLE_IOCTL(ISLE_DEVICE_ID, isle_device_id, name, device_id),
	ISLE_IOCTL(ISLE_NET_INFO, isle_net_info, peer_name, info),
	ISLE_IOCTL_UNDO(ISLE_NET_STATS, isle_net_stats, tx_errors, stats,
			stats_undo),
	ISLE_IOCTL(ISLE_NET_SET_MAC, isle_net_mac, reserved, set_mac),
	ISLE_IOCTL(ISLE_NET_MODE, isle_net_mode, reserved, mode),
	ISLE_IOCTL_UNDO(ISLE_NET_RING_SETUP, isle_net_ring_setup, rx_offset,
			ring_setup, ring_setup_undo),
	ISLE_IOCTL(ISLE_NET_KICK, isle_net_none, flags, kick),
	ISLE_IOCTL(ISLE_NET_WAIT, isle_net_wait, timeout_ns, wait),
};

/**
 * isle_net_ioctl() - ioctl of a network device's file
 * @file: the file
 * @cmd: the command
 * @arg: its argument
 *
 * Return: 0 or a negative errno.
 */
long isle_net_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return isle_ioctl(ioctls, ARRAY_SIZE(ioctls), file, cmd,
			  (void __user *)arg);
}
