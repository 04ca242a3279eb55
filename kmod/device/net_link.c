// SPDX-License-Identifier: GPL-2.0
/*
 * The host's end of a network device: a network interface of kind "isle".
 *
 * It is registered when the device is made, in the namespace that was asked for,
 * and unregistered when the device has drained.  It cannot be deleted otherwise:
 * the kind has no dellink, and when its namespace ends it goes back to the initial
 * one, as a network card does (netns_refund).  So whoever has entered the device
 * can use it.
 *
 * It has no queue of its own: what is sent goes into the domain's queue, or ring,
 * at once, from as many processors as like to, or is dropped.
 * What it says it can be given to finish is what the domain has asked for, and
 * changes with that.
 */
#include <linux/ethtool.h>
#include <linux/etherdevice.h>
#include <linux/if_vlan.h>
#include <linux/module.h>
#include <linux/netfilter.h>
#include <linux/rtnetlink.h>
#include <net/net_namespace.h>
#include <net/rtnetlink.h>

#include "core/compat.h"
#include "core/domain.h"
#include "device/net.h"
#include "device/net_cable.h"
#include "device/net_ring.h"

#define OFFLOADS	(NETIF_F_HW_CSUM | NETIF_F_TSO | NETIF_F_TSO6 | \
			 NETIF_F_TSO_ECN | NETIF_F_GSO_UDP_L4)

/* What the device begins with where the interface has it */
struct isle_net_link {
	struct isle_net *net;
};

static struct isle_net *link_net(const struct net_device *dev)
{
	const struct isle_net_link *link = netdev_priv(dev);

	return link->net;
}

static int ndo_open(struct net_device *dev)
{
	netif_start_queue(dev);
	return 0;
}

static int ndo_stop(struct net_device *dev)
{
	netif_stop_queue(dev);
	return 0;
}

static netdev_tx_t ndo_start_xmit(struct sk_buff *skb, struct net_device *dev)
{
	struct isle_net *net = link_net(dev);

	/* Memory of the sender is not to be kept until the domain reads */
	if (unlikely(skb_orphan_frags_rx(skb, GFP_ATOMIC)))
		goto drop;
	rcu_read_lock();
	/* A cable leads elsewhere */
	if (unlikely(rcu_access_pointer(net->peer))) {
		rcu_read_unlock();
		goto drop;
	}
	skb_tx_timestamp(skb);
	skb_orphan(skb);
	nf_reset_ct(skb);
	skb_ext_reset(skb);
	isle_net_receive(net, skb);
	rcu_read_unlock();
	return NETDEV_TX_OK;

drop:
	isle_net_drop_rx(net);
	kfree_skb(skb);
	return NETDEV_TX_OK;
}

static netdev_features_t ndo_fix_features(struct net_device *dev,
					  netdev_features_t features)
{
	u32 has = READ_ONCE(link_net(dev)->rx_offloads);

	if (!(has & ISLE_NET_CSUM))
		features &= ~NETIF_F_HW_CSUM;
	if (!(has & ISLE_NET_TSO4))
		features &= ~NETIF_F_TSO;
	if (!(has & ISLE_NET_TSO6))
		features &= ~NETIF_F_TSO6;
	if (!(has & ISLE_NET_ECN))
		features &= ~NETIF_F_TSO_ECN;
	if (!(has & ISLE_NET_USO))
		features &= ~NETIF_F_GSO_UDP_L4;
	return features;
}

static int ndo_change_mtu(struct net_device *dev, int mtu)
{
	WRITE_ONCE(dev->mtu, mtu);
	WRITE_ONCE(link_net(dev)->mtu, mtu);
	return 0;
}

/* What the domain has sent is what the host has received. */
static void ndo_get_stats64(struct net_device *dev,
			    struct rtnl_link_stats64 *stats)
{
	struct isle_net_count sum;

	isle_net_sum(link_net(dev), &sum);
	stats->rx_packets = sum.tx_packets;
	stats->rx_bytes = sum.tx_bytes;
	stats->rx_dropped = sum.tx_dropped;
	stats->rx_errors = sum.tx_errors;
	stats->tx_packets = sum.rx_packets;
	stats->tx_bytes = sum.rx_bytes;
	stats->tx_dropped = sum.rx_dropped;
}

static const struct net_device_ops ndo = {
	.ndo_open = ndo_open,
	.ndo_stop = ndo_stop,
	.ndo_start_xmit = ndo_start_xmit,
	.ndo_fix_features = ndo_fix_features,
	.ndo_change_mtu = ndo_change_mtu,
	.ndo_get_stats64 = ndo_get_stats64,
	.ndo_set_mac_address = eth_mac_addr,
	.ndo_validate_addr = eth_validate_addr,
	.ndo_features_check = passthru_features_check,
};

static const char stat_names[][ETH_GSTRING_LEN] = {
	"domain_rx_packets", "domain_rx_bytes", "domain_rx_dropped",
	"domain_tx_packets", "domain_tx_bytes", "domain_tx_dropped",
	"domain_tx_errors",
};

static void get_drvinfo(struct net_device *dev, struct ethtool_drvinfo *info)
{
	const struct isle_device *device = &link_net(dev)->device;

	strscpy(info->driver, "isle", sizeof(info->driver));
	strscpy(info->version, THIS_MODULE->version, sizeof(info->version));
	/* It is registered a little before it is known to its domain */
	if (device->domain)
		snprintf(info->bus_info, sizeof(info->bus_info), "%s/%s",
			 device->domain->name, device->name);
}

static int get_sset_count(struct net_device *dev, int sset)
{
	return sset == ETH_SS_STATS ? ARRAY_SIZE(stat_names) : -EOPNOTSUPP;
}

static void get_strings(struct net_device *dev, u32 sset, u8 *data)
{
	if (sset == ETH_SS_STATS)
		memcpy(data, stat_names, sizeof(stat_names));
}

static void get_ethtool_stats(struct net_device *dev,
			      struct ethtool_stats *stats, u64 *data)
{
	struct isle_net_count sum;

	isle_net_sum(link_net(dev), &sum);
	*data++ = sum.rx_packets;
	*data++ = sum.rx_bytes;
	*data++ = sum.rx_dropped;
	*data++ = sum.tx_packets;
	*data++ = sum.tx_bytes;
	*data++ = sum.tx_dropped;
	*data++ = sum.tx_errors;
}

/* As fast as memory: bridges and bonds want a number */
static int get_link_ksettings(struct net_device *dev,
			      struct ethtool_link_ksettings *cmd)
{
	ethtool_link_ksettings_zero_link_mode(cmd, supported);
	ethtool_link_ksettings_zero_link_mode(cmd, advertising);
	cmd->base.speed = SPEED_10000;
	cmd->base.duplex = DUPLEX_FULL;
	cmd->base.port = PORT_NONE;
	cmd->base.autoneg = AUTONEG_DISABLE;
	return 0;
}

static const struct ethtool_ops ethtool_ops = {
	.get_drvinfo = get_drvinfo,
	.get_link = ethtool_op_get_link,
	.get_link_ksettings = get_link_ksettings,
	.get_sset_count = get_sset_count,
	.get_strings = get_strings,
	.get_ethtool_stats = get_ethtool_stats,
	.get_ts_info = ethtool_op_get_ts_info,
};

/* Neither newlink nor dellink: an interface comes and goes with its device */
static struct rtnl_link_ops link_ops = {
	.kind = "isle",
	.netns_refund = true,
};

static void setup(struct net_device *dev)
{
	ether_setup(dev);
	dev->netdev_ops = &ndo;
	dev->ethtool_ops = &ethtool_ops;
	dev->rtnl_link_ops = &link_ops;
	dev->min_mtu = ISLE_NET_MTU_MIN;
	dev->max_mtu = ISLE_NET_MTU_MAX;
	/* What was sent may be kept until it is read, so nobody shares it */
	dev->priv_flags &= ~IFF_TX_SKB_SHARING;
	dev->priv_flags |= IFF_NO_QUEUE | IFF_LIVE_ADDR_CHANGE |
			   IFF_DISABLE_NETPOLL;
	dev->hw_features = OFFLOADS;
	dev->features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA |
			OFFLOADS;
	isle_net_lockless(dev);
	dev->vlan_features = NETIF_F_SG | NETIF_F_FRAGLIST | NETIF_F_HIGHDMA |
			     OFFLOADS;
}

static struct net *find_netns(const struct isle_net_config *config)
{
	if (config->flags & ISLE_NET_NETNS)
		return get_net_ns_by_fd(config->netns_fd);
	return get_net(current->nsproxy->net_ns);
}

static void set_address(struct net_device *dev, const u8 *mac)
{
	if (is_zero_ether_addr(mac))
		eth_hw_addr_random(dev);
	else
		eth_hw_addr_set(dev, mac);
}

/**
 * isle_net_link_create() - give a device its interface
 * @net: the device; what isle_net_receive() and the statistics use is there
 * @config: how it shall be, checked
 *
 * Context: process; sleeps.
 * Return: 0 or what isle/net.h says of the config.
 */
int isle_net_link_create(struct isle_net *net,
			 const struct isle_net_config *config)
{
	struct isle_net_link *link;
	struct net_device *dev;
	struct net *ns;
	int err;

	ns = find_netns(config);
	if (IS_ERR(ns))
		return PTR_ERR(ns);
	err = -ENOMEM;
	dev = alloc_netdev(sizeof(*link), config->ifname[0] ? config->ifname :
			   "isle%d", config->ifname[0] ? NET_NAME_USER :
			   NET_NAME_ENUM, setup);
	if (!dev)
		goto out;
	link = netdev_priv(dev);
	link->net = net;
	net->dev = dev;
	dev_net_set(dev, ns);
	dev->mtu = net->mtu;
	set_address(dev, config->host_mac);
	netif_napi_add(dev, &net->napi, isle_net_poll);
	napi_enable(&net->napi);
	err = register_netdev(dev);
	if (err) {
		napi_disable(&net->napi);
		free_netdev(dev);
		net->dev = NULL;
	}
out:
	put_net(ns);
	return err;
}

/**
 * isle_net_link_end() - take a device's interface away
 * @net: the device; nobody has entered it any more
 *
 * Context: process; sleeps.
 */
void isle_net_link_end(struct isle_net *net)
{
	napi_disable(&net->napi);
	unregister_netdev(net->dev);
}

/**
 * isle_net_link_free() - free what was behind it
 * @net: the device
 */
void isle_net_link_free(struct isle_net *net)
{
	free_netdev(net->dev);
}

/**
 * isle_net_link_init() - let there be interfaces of kind "isle"
 *
 * Return: 0 or a negative errno.
 */
int isle_net_link_init(void)
{
	return rtnl_link_register(&link_ops);
}

/**
 * isle_net_link_exit() - undo isle_net_link_init(); there is no interface
 */
void isle_net_link_exit(void)
{
	rtnl_link_unregister(&link_ops);
}
