/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_NET_H
#define ISLE_DEVICE_NET_H

#include <linux/etherdevice.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/netdevice.h>
#include <linux/percpu.h>
#include <linux/skbuff.h>
#include <isle/net.h>

#include "core/device.h"
#include "device/net_queue.h"

struct isle_net_ring;

/* What the module can do of what ISLE_NET_MODE can ask for */
#define ISLE_NET_OFFLOADS \
	(ISLE_NET_CSUM | ISLE_NET_TSO4 | ISLE_NET_TSO6 | ISLE_NET_ECN | \
	 ISLE_NET_USO)

/**
 * struct isle_net_count - what has passed a device, per processor
 * @rx_bytes: see struct isle_net_stats, as all others
 * @rx_packets: likewise
 * @rx_dropped: likewise
 * @tx_bytes: likewise
 * @tx_packets: likewise
 * @tx_dropped: likewise
 * @tx_errors: likewise
 */
struct isle_net_count {
	u64 rx_bytes;
	u64 rx_packets;
	u64 rx_dropped;
	u64 tx_bytes;
	u64 tx_packets;
	u64 tx_dropped;
	u64 tx_errors;
};

/**
 * struct isle_net - a network device
 * @device: what every device begins with
 * @dev: the interface, registered until the device has drained (constant)
 * @offloads: what programs may ask for (constant)
 * @mtu: of the interface; changed under RTNL, read anywhere
 * @rx_offloads: what the host need not do for the domain: what @offloader has
 *	asked for; changed under @lock, read anywhere
 * @queue: frames that wait for the domain
 * @ring: where they are put instead while the device is in ring mode; changed
 *	under @lock, read under RCU
 * @napi: takes frames out of that
 * @peer: what a cable leads to, or NULL; changed under the cables' lock, read
 *	under RCU
 * @cable: in the list of cables, of one of the two (protected by their lock)
 * @count: counters
 * @lock: protects what says so, and the following; RTNL may be taken within
 * @files: how many files are open
 * @offloader: the file that has asked for offloads, or NULL
 * @base: what the counters were when they were reset
 * @mac: the domain's address
 */
struct isle_net {
	struct isle_device device;
	struct net_device *dev;
	u32 offloads;
	u32 mtu;
	u32 rx_offloads;
	struct isle_net_queue queue;
	struct isle_net_ring __rcu *ring;
	struct napi_struct napi;
	struct isle_net __rcu *peer;
	struct list_head cable;
	struct isle_net_count __percpu *count;
	struct mutex lock;	/* see above */
	u32 files;
	struct isle_net_file *offloader;
	struct isle_net_count base;
	u8 mac[ETH_ALEN];
};

/**
 * struct isle_net_file - an open file of a device
 * @net: the device, a reference (constant)
 * @flags: ISLE_NET_HDR, ISLE_NET_TRUNCATE; changed under the device's lock
 * @offloads: what it has asked for, likewise
 * @ring: its ring, or NULL; changed under the device's lock, read under RCU, and
 *	a reference
 */
struct isle_net_file {
	struct isle_net *net;
	u32 flags;
	u32 offloads;
	struct isle_net_ring __rcu *ring;
};

static inline struct isle_net *to_isle_net(struct isle_device *device)
{
	return container_of(device, struct isle_net, device);
}

/* The largest frame that is not to be cut */
static inline u32 isle_net_frame_max(const struct isle_net *net)
{
	return READ_ONCE(net->mtu) + ETH_HLEN;
}

static inline void isle_net_drop_rx(struct isle_net *net)
{
	this_cpu_inc(net->count->rx_dropped);
}

static inline void isle_net_drop_tx(struct isle_net *net)
{
	this_cpu_inc(net->count->tx_dropped);
}

/* net.c */
void isle_net_sum(const struct isle_net *net, struct isle_net_count *sum);
int isle_net_set_offloads(struct isle_net *net, struct isle_net_file *nf,
			  u32 offloads);

/* net_link.c: the interface */
int isle_net_link_create(struct isle_net *net,
			 const struct isle_net_config *config);
void isle_net_link_end(struct isle_net *net);
void isle_net_link_free(struct isle_net *net);
int isle_net_link_init(void);
void isle_net_link_exit(void);

/* net_path.c: which way a frame goes */
void isle_net_transmit(struct isle_net *net, struct sk_buff *skb,
		       struct napi_struct *napi);
void isle_net_receive(struct isle_net *net, struct sk_buff *skb);

/* net_file.c, net_wait.c, net_ioctl.c */
extern const struct file_operations isle_net_fops;
int isle_net_open(struct isle_device *device, struct file *file);
int isle_net_ready(struct isle_net_file *nf, u32 *events);
void isle_net_stop_ring(struct isle_net_file *nf);
long isle_net_ioctl(struct file *file, unsigned int cmd, unsigned long arg);

/* net_sysfs.c */
extern const struct attribute_group *isle_net_groups[];

int isle_net_init(void);
void isle_net_exit(void);

#endif /* ISLE_DEVICE_NET_H */
