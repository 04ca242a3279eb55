/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_NET_HEADER_H
#define ISLE_DEVICE_NET_HEADER_H

#include <linux/build_bug.h>
#include <linux/skbuff.h>
#include <linux/types.h>
#include <linux/virtio_net.h>
#include <isle/net.h>

static_assert(sizeof(struct virtio_net_hdr) == ISLE_NET_HDR_SIZE);

/* All headers of a frame that is to be cut are in its first bytes: so many */
#define ISLE_NET_HEADERS_MAX	256

/*
 * A piece of a frame that is to be cut has at least so many bytes of payload:
 * TCP never asks for less (TCP_MIN_SND_MSS), and each piece costs as much as a
 * frame
 */
#define ISLE_NET_GSO_MIN	48

/* Of UDP's there is no least size, but a greatest number: UDP_MAX_SEGMENTS of 6.1 */
#define ISLE_NET_GSO_UDP_MAX	64

int isle_net_header_check(const struct virtio_net_hdr *hdr, const u8 *frame,
			  u32 len, u32 offloads, u32 mtu);
int isle_net_header_apply(struct sk_buff *skb, const struct virtio_net_hdr *hdr,
			  u32 offloads, u32 mtu);
int isle_net_header_make(const struct sk_buff *skb, struct virtio_net_hdr *hdr);
bool isle_net_header_fits(const struct sk_buff *skb, u32 offloads);
struct sk_buff *isle_net_header_finish(struct sk_buff *skb, u32 offloads);

#endif /* ISLE_DEVICE_NET_HEADER_H */
