// SPDX-License-Identifier: GPL-2.0
/*
 * Network devices: making one, and its end.
 *
 * A device has an interface on the host (net_link.c), a queue of frames for the
 * domain (net_queue.c), perhaps rings instead (net_ring.c), perhaps a cable
 * (net_cable.c); its files are in net_file.c and net_ioctl.c.
 *
 * Life: the interface is registered from create() until the device has drained,
 * and its memory is there as long as the device's is, because frames in flight
 * point to it.
 *
 * Locks: isle_net.lock, then RTNL.  RTNL is never held by who enters a device
 * and then waits for what removal does.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/rtnetlink.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>

#include "core/domain.h"
#include "device/net.h"
#include "device/net_cable.h"
#include "device/net_ring.h"

#define QUEUE_MIN	SZ_64K
#define QUEUE_MAX	SZ_64M
#define QUEUE_DEFAULT	SZ_1M

static const struct isle_device_class net_class;

/**
 * isle_net_sum() - what has passed a device
 * @net: the device
 * @sum: set to it
 *
 * Context: any.
 */
void isle_net_sum(const struct isle_net *net, struct isle_net_count *sum)
{
	const struct isle_net_count *count;
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu) {
		count = per_cpu_ptr(net->count, cpu);
		sum->rx_bytes += READ_ONCE(count->rx_bytes);
		sum->rx_packets += READ_ONCE(count->rx_packets);
		sum->rx_dropped += READ_ONCE(count->rx_dropped);
		sum->tx_bytes += READ_ONCE(count->tx_bytes);
		sum->tx_packets += READ_ONCE(count->tx_packets);
		sum->tx_dropped += READ_ONCE(count->tx_dropped);
		sum->tx_errors += READ_ONCE(count->tx_errors);
	}
}

/**
 * isle_net_set_offloads() - let the host leave some things to a file's program
 * @net: the device
 * @nf: the file
 * @offloads: what it has asked for; 0: nothing any more
 *
 * What comes in between has to be finished when the program is given it.
 *
 * Context: process; sleeps; the device's lock is held.
 * Return: 0, or -EBUSY: another file has asked for some.
 */
int isle_net_set_offloads(struct isle_net *net, struct isle_net_file *nf,
			  u32 offloads)
{
	lockdep_assert_held(&net->lock);
	if (net->offloader && net->offloader != nf)
		return offloads ? -EBUSY : 0;
	net->offloader = offloads ? nf : NULL;
	if (net->rx_offloads == offloads)
		return 0;
	WRITE_ONCE(net->rx_offloads, offloads);
	rtnl_lock();
	if (net->dev->reg_state == NETREG_REGISTERED)
		netdev_update_features(net->dev);
	rtnl_unlock();
	return 0;
}

static bool is_address(const u8 *mac)
{
	/* A zero one asks for a random one */
	return !(mac[0] & 1);
}

static int check_config(struct isle_net_config *config)
{
	const u32 flags = ISLE_NET_NETNS | ISLE_NET_NO_OFFLOADS;

	if (config->flags & ~flags || config->reserved ||
	    !is_address(config->mac) || !is_address(config->host_mac) ||
	    (config->offloads && config->flags & ISLE_NET_NO_OFFLOADS) ||
	    (config->offloads && !(config->offloads & ISLE_NET_CSUM)) ||
	    (config->netns_fd && !(config->flags & ISLE_NET_NETNS)))
		return -EINVAL;
	config->mtu = config->mtu ?: ISLE_NET_MTU_DEFAULT;
	config->queue_bytes = config->queue_bytes ?: QUEUE_DEFAULT;
	if (config->mtu < ISLE_NET_MTU_MIN || config->mtu > ISLE_NET_MTU_MAX ||
	    config->queue_bytes < QUEUE_MIN || config->queue_bytes > QUEUE_MAX)
		return -EINVAL;
	if (config->ifname[0] &&
	    (memchr_inv(config->ifname + strnlen(config->ifname, IFNAMSIZ - 1),
			0, IFNAMSIZ - strnlen(config->ifname, IFNAMSIZ - 1)) ||
	     !dev_valid_name(config->ifname)))
		return -EINVAL;
	if (!config->ifname[0] && memchr_inv(config->ifname, 0, IFNAMSIZ))
		return -EINVAL;
	return config->offloads & ~ISLE_NET_OFFLOADS ? -EOPNOTSUPP : 0;
}

static struct isle_net *alloc_net_memory(const struct isle_net_config *config)
{
	struct isle_net *net = kzalloc(sizeof(*net), GFP_KERNEL_ACCOUNT);

	if (!net)
		return NULL;
	net->count = alloc_percpu_gfp(struct isle_net_count, GFP_KERNEL_ACCOUNT);
	if (!net->count) {
		kfree(net);
		return NULL;
	}
	net->mtu = config->mtu;
	if (!(config->flags & ISLE_NET_NO_OFFLOADS))
		net->offloads = config->offloads ?: ISLE_NET_OFFLOADS;
	memcpy(net->mac, config->mac, ETH_ALEN);
	if (is_zero_ether_addr(net->mac))
		eth_random_addr(net->mac);
	mutex_init(&net->lock);
	INIT_LIST_HEAD(&net->cable);
	isle_net_queue_init(&net->queue, config->queue_bytes);
	return net;
}

static void free_net_memory(struct isle_net *net)
{
	free_percpu(net->count);
	kfree(net);
}

static struct isle_device *net_create(struct isle_domain *domain,
				      const void __user *arg)
{
	struct isle_net_config config;
	struct isle_net *net;
	int err;

	err = isle_copy_struct(&config, sizeof(config),
			       offsetofend(struct isle_net_config, ifname), arg);
	if (!err)
		err = check_config(&config);
	if (err)
		return ERR_PTR(err);
	err = isle_account_charge(&domain->account, ISLE_QUOTA_MEMORY,
				  config.queue_bytes);
	if (err)
		return ERR_PTR(err);
	err = -ENOMEM;
	net = alloc_net_memory(&config);
	if (!net)
		goto err_charge;
	err = isle_net_link_create(net, &config);
	if (err)
		goto err_free;
	err = isle_device_init(&net->device, &net_class, domain);
	if (err)
		goto err_link;
	return &net->device;

err_link:
	isle_net_link_end(net);
	isle_net_link_free(net);
err_free:
	free_net_memory(net);
err_charge:
	isle_account_uncharge(&domain->account, ISLE_QUOTA_MEMORY,
			      config.queue_bytes);
	return ERR_PTR(err);
}

static void net_drained(struct isle_device *device)
{
	struct isle_net *net = to_isle_net(device);

	isle_net_cable_end(net);
	isle_net_link_end(net);
	isle_net_queue_close(&net->queue);
	isle_account_uncharge(&device->domain->account, ISLE_QUOTA_MEMORY,
			      net->queue.limit);
}

static void net_release(struct isle_device *device)
{
	struct isle_net *net = to_isle_net(device);

	isle_net_link_free(net);
	free_net_memory(net);
}

static void net_show(struct seq_file *m, struct isle_device *device)
{
	struct isle_net *net = to_isle_net(device);
	char peer[ISLE_NAME_SIZE];
	u32 domid;

	seq_printf(m, " ifindex=%d mtu=%u mac=%pM queued=%u ring=%d",
		   net->dev->ifindex, READ_ONCE(net->mtu), net->mac,
		   skb_queue_len_lockless(&net->queue.list),
		   !!rcu_access_pointer(net->ring));
	domid = isle_net_cable_peer(net, peer);
	if (domid)
		seq_printf(m, " cable=%u/%s", domid, peer);
}

static const struct isle_device_class net_class = {
	.id = ISLE_CLASS_NET,
	.name = "net",
	.node = {
		.open = isle_device_node_open,
		.get = isle_device_node_get,
		.put = isle_device_node_put,
		.fops = &isle_net_fops,
		.groups = isle_net_groups,
	},
	/* io_uring submits without a worker */
	.f_mode = FMODE_NOWAIT,
	.create = net_create,
	.open = isle_net_open,
	.connect = isle_net_cable_connect,
	.disconnect = isle_net_cable_disconnect,
	.drained = net_drained,
	.release = net_release,
	.show = net_show,
};

/**
 * isle_net_init() - offer network devices
 *
 * Return: 0 or a negative errno.
 */
int isle_net_init(void)
{
	int err;

	err = isle_net_link_init();
	if (err)
		return err;
	err = isle_net_cable_init();
	if (!err)
		err = isle_device_class_register(&net_class);
	if (err)
		isle_net_link_exit();
	return err;
}

/**
 * isle_net_exit() - undo isle_net_init(); no device is left
 */
void isle_net_exit(void)
{
	isle_device_class_unregister(&net_class);
	isle_net_cable_exit();
	isle_net_link_exit();
}
