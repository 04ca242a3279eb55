// SPDX-License-Identifier: GPL-2.0
/*
 * The header that tells what is left to do of a frame: struct virtio_net_hdr.
 *
 * What a program says there is checked against the frame before the kernel acts
 * on it: that a checksum is within the frame and behind its Ethernet header,
 * that a frame which is to be cut is of the protocol it is said to be, has its
 * headers where they are said to be, and that no piece will be larger than the
 * MTU.  The kernel checks again when it cuts (SKB_GSO_DODGY).
 *
 * The other way round, what the domain has not asked for is done here for it.
 *
 * Nothing is kept and nothing is locked.
 */
#include <linux/err.h>
#include <linux/if_ether.h>
#include <linux/if_vlan.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/netdevice.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ipv6.h>

#include "core/compat.h"
#include "device/net_header.h"

static __virtio16 to_virtio16(u16 value)
{
	return (__force __virtio16)cpu_to_le16(value);
}

static u32 from_virtio16(__virtio16 value)
{
	return le16_to_cpu((__force __le16)value);
}

/* Where the network header is, and its protocol; 0: there is none. */
static u32 network_offset(const u8 *frame, u32 headlen, __be16 *protocol)
{
	u32 offset = ETH_HLEN;

	*protocol = *(const __be16 *)(frame + 2 * ETH_ALEN);
	if (eth_type_vlan(*protocol)) {
		if (headlen < offset + VLAN_HLEN)
			return 0;
		*protocol = *(const __be16 *)(frame + offset + 2);
		offset += VLAN_HLEN;
	}
	return offset;
}

/*
 * Whether the headers from @offset to @start, of which the first is a @next,
 * are such as the kernel steps over when it cuts, and lead to @transport.
 */
static bool options_lead_to(const u8 *frame, u32 offset, u32 start, u8 next,
			    u8 transport)
{
	const struct ipv6_opt_hdr *opt;

	while (offset < start) {
		opt = (const void *)(frame + offset);
		if (start - offset < 8 ||
		    (next != NEXTHDR_HOP && next != NEXTHDR_ROUTING &&
		     next != NEXTHDR_DEST))
			return false;
		next = opt->nexthdr;
		offset += ipv6_optlen(opt);
	}
	return offset == start && next == transport;
}

/*
 * The protocol, IPv4 or IPv6, whose headers lead to @transport at @start, which
 * is within the @headlen bytes of @frame; 0: none does.
 */
static __be16 leads_to(const u8 *frame, u32 headlen, u32 start, u8 transport)
{
	const struct ipv6hdr *ip6;
	const struct iphdr *ip;
	__be16 protocol;
	u32 offset = network_offset(frame, headlen, &protocol);
	bool ok = false;

	if (!offset)
		return 0;
	if (protocol == htons(ETH_P_IPV6)) {
		ip6 = (const void *)(frame + offset);
		ok = start >= offset + sizeof(*ip6) && ip6->version == 6 &&
		     options_lead_to(frame, offset + sizeof(*ip6), start,
				     ip6->nexthdr, transport);
	} else if (protocol == htons(ETH_P_IP)) {
		ip = (const void *)(frame + offset);
		ok = start >= offset + sizeof(*ip) && ip->version == 4 &&
		     ip->ihl >= 5 && start == offset + ip->ihl * 4 &&
		     ip->protocol == transport;
	}
	return ok ? protocol : 0;
}

/* How long the headers of a TCP segment are, with TCP's at @start; 0: it is none. */
static u32 tcp_headers(const u8 *frame, u32 headlen, u32 start, __be16 protocol)
{
	const struct tcphdr *tcp = (const void *)(frame + start);

	if (headlen < start + sizeof(*tcp) || tcp->doff < 5 ||
	    leads_to(frame, headlen, start, IPPROTO_TCP) != protocol)
		return 0;
	return start + tcp->doff * 4;
}

/* The same of a UDP datagram of @len bytes with all headers. */
static u32 udp_headers(const u8 *frame, u32 headlen, u32 start, u32 len)
{
	const struct udphdr *udp = (const void *)(frame + start);

	if (headlen < start + sizeof(*udp) || ntohs(udp->len) != len - start ||
	    !leads_to(frame, headlen, start, IPPROTO_UDP))
		return 0;
	return start + sizeof(*udp);
}

static int check_gso(const struct virtio_net_hdr *hdr, const u8 *frame,
		     u32 len, u32 offloads, u32 mtu)
{
	u32 headlen = min_t(u32, len, ISLE_NET_HEADERS_MAX);
	u32 start = from_virtio16(hdr->csum_start);
	u32 offset = from_virtio16(hdr->csum_offset);
	u32 size = from_virtio16(hdr->gso_size);
	u32 need, headers, checksum = offsetof(struct tcphdr, check);
	u32 pieces_max = U32_MAX, size_min = ISLE_NET_GSO_MIN;

	/* Cutting needs the checksum, which has to be the protocol's */
	if (!(hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM) ||
	    len > ISLE_NET_FRAME_MAX)
		return -EINVAL;
	/* UDP has no ECN */
	if (hdr->gso_type == (ISLE_NET_GSO_UDP | VIRTIO_NET_HDR_GSO_ECN))
		return -EINVAL;
	switch (hdr->gso_type & ~VIRTIO_NET_HDR_GSO_ECN) {
	case VIRTIO_NET_HDR_GSO_TCPV4:
		need = ISLE_NET_TSO4;
		headers = tcp_headers(frame, headlen, start, htons(ETH_P_IP));
		break;
	case VIRTIO_NET_HDR_GSO_TCPV6:
		need = ISLE_NET_TSO6;
		headers = tcp_headers(frame, headlen, start, htons(ETH_P_IPV6));
		break;
	case ISLE_NET_GSO_UDP:
		need = ISLE_NET_USO;
		headers = udp_headers(frame, headlen, start, len);
		checksum = offsetof(struct udphdr, check);
		pieces_max = ISLE_NET_GSO_UDP_MAX;
		size_min = 1;
		break;
	default:
		return -EINVAL;
	}
	if (hdr->gso_type & VIRTIO_NET_HDR_GSO_ECN)
		need |= ISLE_NET_ECN;
	if ((offloads & need) != need || !headers || headers > headlen ||
	    offset != checksum || size < size_min ||
	    headers - ETH_HLEN + size > mtu ||
	    DIV_ROUND_UP(len - headers, size) > pieces_max)
		return -EINVAL;
	return 0;
}

/**
 * isle_net_header_check() - see whether a header can be true of its frame
 * @hdr: the header
 * @frame: the first bytes of the frame: all, or ISLE_NET_HEADERS_MAX of them
 * @len: how many the whole frame has, at least those of an Ethernet header
 * @offloads: what the program has asked for
 * @mtu: how many bytes may follow the Ethernet header, after cutting
 *
 * Return: 0 or -EINVAL.
 */
int isle_net_header_check(const struct virtio_net_hdr *hdr, const u8 *frame,
			  u32 len, u32 offloads, u32 mtu)
{
	u32 start = from_virtio16(hdr->csum_start);
	u32 offset = from_virtio16(hdr->csum_offset);

	if (hdr->flags & ~(VIRTIO_NET_HDR_F_NEEDS_CSUM |
			   VIRTIO_NET_HDR_F_DATA_VALID))
		return -EINVAL;
	if (hdr->flags & VIRTIO_NET_HDR_F_NEEDS_CSUM &&
	    (!(offloads & ISLE_NET_CSUM) || start < ETH_HLEN ||
	     start + offset + sizeof(__sum16) > len))
		return -EINVAL;
	if (hdr->gso_type == VIRTIO_NET_HDR_GSO_NONE)
		return len <= mtu + ETH_HLEN ? 0 : -EINVAL;
	return check_gso(hdr, frame, len, offloads, mtu);
}

/*
 * A datagram that is to be cut, whose header has been checked.  The kernel cuts it
 * since 4.18, but has a type for it in this header only since 6.2.
 */
static int apply_udp(struct sk_buff *skb, struct virtio_net_hdr *hdr)
{
	u32 start = from_virtio16(hdr->csum_start);
	u32 size = from_virtio16(hdr->gso_size);
	int err;

	hdr->gso_type = VIRTIO_NET_HDR_GSO_NONE;
	err = virtio_net_hdr_to_skb(skb, hdr, true);
	if (err)
		return err;
	/* What fits into one piece is not cut */
	if (skb->len - start - sizeof(struct udphdr) > size) {
		skb_shinfo(skb)->gso_size = size;
		skb_shinfo(skb)->gso_type = SKB_GSO_UDP_L4 | SKB_GSO_DODGY;
		skb_shinfo(skb)->gso_segs = 0;
	}
	return 0;
}

/**
 * isle_net_header_apply() - let a frame be what its header says
 * @skb: the frame, which begins at its Ethernet header and has
 *	ISLE_NET_HEADERS_MAX bytes, or all, in one piece
 * @hdr: the header, a copy
 * @offloads: what the program has asked for
 * @mtu: of the device
 *
 * Return: 0 or -EINVAL.
 */
int isle_net_header_apply(struct sk_buff *skb, const struct virtio_net_hdr *hdr,
			  u32 offloads, u32 mtu)
{
	struct virtio_net_hdr copy = *hdr;
	int err;

	err = isle_net_header_check(hdr, skb->data, skb->len, offloads, mtu);
	if (err)
		return err;
	/* Ours to say, not the program's */
	copy.flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
	if (copy.gso_type == ISLE_NET_GSO_UDP)
		return apply_udp(skb, &copy);
	return virtio_net_hdr_to_skb(skb, &copy, true);
}

/**
 * isle_net_header_make() - say what is left to do of a frame
 * @skb: the frame, of which isle_net_header_fits()
 * @hdr: out: the header
 *
 * Return: 0 or -EINVAL: there is no such header.
 */
int isle_net_header_make(const struct sk_buff *skb, struct virtio_net_hdr *hdr)
{
	if (!skb_is_gso(skb) || !(skb_shinfo(skb)->gso_type & SKB_GSO_UDP_L4))
		return virtio_net_hdr_from_skb(skb, hdr, true, true, 0);
	*hdr = (struct virtio_net_hdr) {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = ISLE_NET_GSO_UDP,
		.hdr_len = to_virtio16(skb_headlen(skb)),
		.gso_size = to_virtio16(skb_shinfo(skb)->gso_size),
		.csum_start = to_virtio16(skb_checksum_start_offset(skb)),
		.csum_offset = to_virtio16(skb->csum_offset),
	};
	return 0;
}

/**
 * isle_net_header_fits() - whether a program can be given a frame as it is
 * @skb: the frame
 * @offloads: what the program has asked for
 *
 * Return: false if isle_net_header_finish() has something to do.
 */
bool isle_net_header_fits(const struct sk_buff *skb, u32 offloads)
{
	u32 need = 0, type;

	if (skb->ip_summed == CHECKSUM_PARTIAL)
		need = ISLE_NET_CSUM;
	if (skb_is_gso(skb)) {
		type = skb_shinfo(skb)->gso_type;
		if (type & SKB_GSO_TCPV4)
			need |= ISLE_NET_TSO4;
		else if (type & SKB_GSO_TCPV6)
			need |= ISLE_NET_TSO6;
		else if (type & SKB_GSO_UDP_L4 &&
			 skb->ip_summed == CHECKSUM_PARTIAL)
			need |= ISLE_NET_USO;
		else
			return false;
		if (type & SKB_GSO_TCP_ECN)
			need |= ISLE_NET_ECN;
		if (type & ~(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_TCP_ECN |
			     SKB_GSO_UDP_L4 | SKB_GSO_DODGY |
			     SKB_GSO_TCP_FIXEDID))
			return false;
	}
	return (offloads & need) == need;
}

/**
 * isle_net_header_finish() - do what is left to do of a frame
 * @skb: the frame, which begins at its Ethernet header; is consumed
 * @offloads: what the program has asked for
 *
 * Context: any but hard interrupts.
 * Return: one or more frames, linked by ->next, or NULL if it could not be done.
 */
struct sk_buff *isle_net_header_finish(struct sk_buff *skb, u32 offloads)
{
	netdev_features_t features = NETIF_F_SG | NETIF_F_FRAGLIST;
	struct sk_buff *segs;

	if (offloads & ISLE_NET_CSUM)
		features |= NETIF_F_HW_CSUM;
	if (skb_is_gso(skb)) {
		segs = skb_gso_segment(skb, features);
		if (IS_ERR(segs)) {
			kfree_skb(skb);
			return NULL;
		}
		if (segs) {
			consume_skb(skb);
			return segs;
		}
	}
	if (skb->ip_summed == CHECKSUM_PARTIAL &&
	    !(offloads & ISLE_NET_CSUM) && skb_checksum_help(skb)) {
		kfree_skb(skb);
		return NULL;
	}
	return skb;
}
