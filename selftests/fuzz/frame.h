/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: frames for fuzzers, and headers that are true of them but for
 * what was replaced
 */
#ifndef ISLE_SELFTESTS_FUZZ_FRAME_H
#define ISLE_SELFTESTS_FUZZ_FRAME_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <linux/virtio_net.h>
#include <netinet/in.h>

#include <isle/net.h>

#include "../lib.h"

#define HDR	ISLE_NET_HDR_SIZE

static inline uint32_t odd_number(struct rng *r)
{
	static const uint32_t edges[] = {
		0, 1, 2, 4, 7, 8, 9, 13, 14, 15, 1514, 1515, 4088, 4095, 4096,
		4097, 65528, 65535, 65536, 65549, 65550, 1 << 20, 1 << 22,
		0x7fffffff, 0x80000000, 0xfffffff0, 0xfffffff8, 0xffffffff,
	};

	if (below(r, 4))
		return edges[below(r, sizeof(edges) / sizeof(edges[0]))];
	return rnd(r);
}

/*
 * IPv4 or IPv6 and TCP or UDP, as far as whoever cuts it looks; value: where the
 * latter is
 */
static inline uint32_t segment(struct rng *r, uint8_t *frame, uint32_t len, bool is_udp)
{
	uint8_t transport = is_udp ? IPPROTO_UDP : IPPROTO_TCP;
	bool v6 = below(r, 3) == 0, vlan = below(r, 8) == 0;
	uint32_t at = vlan ? 18 : 14;
	struct iphdr *ip = (void *)(frame + at);
	struct ipv6hdr *ip6 = (void *)(frame + at);
	struct tcphdr *tcp;
	struct udphdr *udp;

	memset(frame, 0, 100);
	if (below(r, 2)) {
		memset(frame, 0xff, 6);
	} else {
		/* the interface's */
		frame[0] = 2;
		frame[5] = 0xf0;
	}
	frame[6] = 2;
	if (vlan) {
		frame[12] = 0x81;
		frame[15] = 5;
	}
	frame[at - 2] = v6 ? 0x86 : 0x08;
	frame[at - 1] = v6 ? 0xdd : 0x00;
	if (v6) {
		ip6->version = 6;
		ip6->payload_len = htobe16(len - at - 40);
		ip6->nexthdr = below(r, 8) ? transport : rnd(r);
		ip6->hop_limit = 64;
		at += 40;
		/* extension headers, that lead where they like */
		if (below(r, 6) == 0) {
			ip6->nexthdr = below(r, 2) ? 0 : 60;
			frame[at] = below(r, 2) ? transport : ip6->nexthdr;
			frame[at + 1] = below(r, 3);
			at += 8;
		}
	} else {
		ip->version = 4;
		ip->ihl = below(r, 6) ? 5 : below(r, 16);
		ip->tot_len = htobe16(len - at);
		ip->frag_off = below(r, 12) ? 0 : htobe16(rnd(r));
		ip->ttl = 64;
		ip->protocol = below(r, 8) ? transport : rnd(r);
		ip->saddr = htobe32(0x0a090002);
		ip->daddr = htobe32(0x0a090001);
		at += ip->ihl * 4;
	}
	udp = (void *)(frame + at);
	tcp = (void *)(frame + at);
	if (is_udp) {
		udp->source = htobe16(1);
		udp->dest = htobe16(2);
		udp->len = below(r, 8) ? htobe16(len - at) : rnd(r);
		return at;
	}
	tcp->source = htobe16(1);
	tcp->dest = htobe16(2);
	tcp->doff = below(r, 6) ? 5 : below(r, 16);
	tcp->ack = 1;
	tcp->cwr = below(r, 8) == 0;
	return at;
}

/* A header that is true of that, but for what is replaced */
static inline struct virtio_net_hdr header(struct rng *r, uint32_t at, bool is_udp,
					   bool cut)
{
	struct virtio_net_hdr hdr = {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = !cut ? VIRTIO_NET_HDR_GSO_NONE : is_udp ?
			ISLE_NET_GSO_UDP : at >= 54 ?
			VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4,
		.hdr_len = at + 20, .gso_size = cut ? 1 + below(r, 1400) : 0,
		.csum_start = at, .csum_offset = is_udp ? 6 : 16,
	};

	switch (below(r, 12)) {
	case 0:
		hdr.csum_start = odd_number(r);
		break;
	case 1:
		hdr.csum_offset = odd_number(r);
		break;
	case 2:
		hdr.gso_size = odd_number(r);
		break;
	case 3:
		hdr.gso_type = below(r, 2) ? 1U << below(r, 8) : rnd(r);
		break;
	case 4:
		hdr.flags = rnd(r);
		break;
	case 5:
		hdr.hdr_len = odd_number(r);
		break;
	case 6:
		fill(r, &hdr, HDR);
		break;
	}
	return hdr;
}

/* A frame of @len bytes or so, with a header before it if @hdr; value: bytes */
static inline uint32_t make_frame(struct rng *r, uint8_t *to, uint32_t max, bool hdr)
{
	bool cut = hdr && below(r, 3) == 0, is_udp = below(r, 3) == 0;
	uint32_t len = cut ? 2000 + below(r, 20000) : 100 + below(r, 1415);
	struct virtio_net_hdr head;
	uint32_t at;

	if (len + HDR > max)
		len = max - HDR;
	at = segment(r, to + (hdr ? HDR : 0), len, is_udp);
	if (below(r, 4) == 0)
		to[(hdr ? HDR : 0) + below(r, 100)] = rnd(r);
	if (!hdr)
		return below(r, 10) ? len : below(r, 2000);
	head = header(r, at, is_udp, cut);
	memcpy(to, &head, HDR);
	return HDR + len;
}

#endif /* ISLE_SELFTESTS_FUZZ_FRAME_H */
