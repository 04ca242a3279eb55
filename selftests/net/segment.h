/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: TCP segments, and datagrams, that the kernel has to finish or to cut
 */
#ifndef SELFTESTS_NET_SEGMENT_H
#define SELFTESTS_NET_SEGMENT_H

#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/virtio_net.h>

#include "net.h"

#define HDR	ISLE_NET_HDR_SIZE
#define HEADS	(14 + 20 + 20)	/* Ethernet, IPv4, TCP */
#define ALL	(ISLE_NET_CSUM | ISLE_NET_TSO4 | ISLE_NET_TSO6 | ISLE_NET_ECN | \
		 ISLE_NET_USO)

static inline int net_mode(int fd, __u32 flags, __u32 offloads)
{
	struct isle_net_mode mode = {
		.size = sizeof(mode), .flags = flags, .offloads = offloads,
	};

	return call(fd, ISLE_NET_MODE, &mode);
}

static inline uint16_t fold(uint32_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)sum;
}

static inline uint32_t sum_of(const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t sum = 0;
	size_t i;

	for (i = 0; i + 1 < len; i += 2)
		sum += p[i] << 8 | p[i + 1];
	return i < len ? sum + (p[i] << 8) : sum;
}

/* A TCP segment with @payload bytes whose checksum is for others to finish */
static inline size_t segment(uint8_t *frame, size_t payload)
{
	struct iphdr *ip = (void *)(frame + 14);
	struct tcphdr *tcp = (void *)(frame + 34);
	size_t i;

	memset(frame, 0, HEADS);
	memset(frame, 0xff, 6);
	frame[6] = 2;
	frame[12] = 8;
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htobe16(40 + payload);
	ip->ttl = 64;
	ip->protocol = 6;
	ip->saddr = htobe32(0x0a000001);
	ip->daddr = htobe32(0x0a000002);
	ip->check = htobe16((uint16_t)~fold(sum_of(ip, 20)));
	tcp->source = htobe16(1);
	tcp->dest = htobe16(2);
	tcp->doff = 5;
	tcp->ack = 1;
	tcp->check = htobe16(fold(sum_of(&ip->saddr, 8) + 6 + 20 + payload));
	for (i = 0; i < payload; i++)
		frame[HEADS + i] = (uint8_t)(i * 7);
	return HEADS + payload;
}

static inline struct virtio_net_hdr truth(size_t mss)
{
	return (struct virtio_net_hdr) {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = mss ? VIRTIO_NET_HDR_GSO_TCPV4 : 0,
		.hdr_len = HEADS, .gso_size = mss,
		.csum_start = 34, .csum_offset = 16,
	};
}

static inline int segment_send(int fd, const struct virtio_net_hdr *hdr,
			       size_t payload)
{
	static uint8_t frame[HDR + 70000];
	size_t len = segment(frame + HDR, payload);

	memcpy(frame, hdr, HDR);
	return err(write(fd, frame, HDR + len)) == (int)(HDR + len) ? 0 : -errno;
}

#endif /* SELFTESTS_NET_SEGMENT_H */
