// SPDX-License-Identifier: GPL-2.0
/*
 * What sysfs says of a published network device: one value per file.
 */
#include <linux/device.h>
#include <linux/sysfs.h>

#include "device/net.h"

#define NET_ATTR(_name, _format, _value)				\
static ssize_t _name##_show(struct device *dev,				\
			    struct device_attribute *attr, char *buf)	\
{									\
	struct isle_net *net = to_isle_net(dev_get_drvdata(dev));	\
									\
	return sysfs_emit(buf, _format, _value);			\
}									\
static DEVICE_ATTR_RO(_name)

NET_ATTR(unique, "%llu\n", net->device.unique);
NET_ATTR(ifindex, "%d\n", READ_ONCE(net->dev->ifindex));
NET_ATTR(mtu, "%u\n", READ_ONCE(net->mtu));
NET_ATTR(offloads, "%#x\n", net->offloads);
NET_ATTR(queue_bytes, "%u\n", net->queue.limit);
NET_ATTR(queued, "%u\n", skb_queue_len_lockless(&net->queue.list));
NET_ATTR(ring, "%d\n", !!rcu_access_pointer(net->ring));
NET_ATTR(cable, "%d\n", !!rcu_access_pointer(net->peer));

#define STAT_ATTR(_name)						\
static u64 sum_##_name(const struct isle_net *net)			\
{									\
	struct isle_net_count sum;					\
									\
	isle_net_sum(net, &sum);					\
	return sum._name;						\
}									\
NET_ATTR(_name, "%llu\n", sum_##_name(net))

STAT_ATTR(rx_bytes);
STAT_ATTR(rx_packets);
STAT_ATTR(rx_dropped);
STAT_ATTR(tx_bytes);
STAT_ATTR(tx_packets);
STAT_ATTR(tx_dropped);
STAT_ATTR(tx_errors);

static struct attribute *isle_net_attrs[] = {
	&dev_attr_unique.attr,
	&dev_attr_ifindex.attr,
	&dev_attr_mtu.attr,
	&dev_attr_offloads.attr,
	&dev_attr_queue_bytes.attr,
	&dev_attr_queued.attr,
	&dev_attr_ring.attr,
	&dev_attr_cable.attr,
	&dev_attr_rx_bytes.attr,
	&dev_attr_rx_packets.attr,
	&dev_attr_rx_dropped.attr,
	&dev_attr_tx_bytes.attr,
	&dev_attr_tx_packets.attr,
	&dev_attr_tx_dropped.attr,
	&dev_attr_tx_errors.attr,
	NULL
};

static const struct attribute_group isle_net_group = {
	.attrs = isle_net_attrs,
};

const struct attribute_group *isle_net_groups[] = {
	&isle_net_group,
	NULL
};
