/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: datagrams of UDP, over IPv4 or IPv6, that the kernel has to cut
 */
#ifndef SELFTESTS_NET_DATAGRAM_H
#define SELFTESTS_NET_DATAGRAM_H

#include <linux/ipv6.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <stddef.h>

#include "segment.h"

#define PORT		4711

/* What all of the following are about */
static bool v6;

static inline size_t ip_size(void)
{
	return v6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
}

static inline size_t heads(void)
{
	return 14 + ip_size() + sizeof(struct udphdr);
}

static inline uint8_t payload_at(size_t i)
{
	return (uint8_t)(i * 7 + i / 256);
}

/* What a checksum of UDP begins with: addresses, protocol, @len of UDP */
static inline uint32_t pseudo(const uint8_t *frame, size_t len)
{
	const uint8_t *end = frame + 14 + ip_size();
	size_t addresses = v6 ? 32 : 8;

	return sum_of(end - addresses, addresses) + IPPROTO_UDP + len;
}

/* A datagram with @payload bytes whose checksum is for others to finish */
static inline size_t datagram(uint8_t *frame, size_t payload)
{
	struct udphdr *udp = (void *)(frame + 14 + ip_size());
	struct ipv6hdr *ip6 = (void *)(frame + 14);
	struct iphdr *ip = (void *)(frame + 14);
	size_t i, len = sizeof(*udp) + payload;

	memset(frame, 0, heads());
	memset(frame, 0xff, 6);
	frame[6] = 2;
	frame[12] = v6 ? 0x86 : 0x08;
	frame[13] = v6 ? 0xdd : 0x00;
	if (v6) {
		ip6->version = 6;
		ip6->payload_len = htobe16(len);
		ip6->nexthdr = IPPROTO_UDP;
		ip6->hop_limit = 64;
		memset(&ip6->saddr, 0xfd, 16);
		memset(&ip6->daddr, 0xfc, 16);
	} else {
		ip->version = 4;
		ip->ihl = 5;
		ip->tot_len = htobe16(20 + len);
		ip->ttl = 64;
		ip->protocol = IPPROTO_UDP;
		ip->saddr = htobe32(0x0a000001);
		ip->daddr = htobe32(0x0a000002);
		ip->check = htobe16((uint16_t)~fold(sum_of(ip, 20)));
	}
	udp->source = htobe16(PORT);
	udp->dest = htobe16(PORT);
	udp->len = htobe16(len);
	udp->check = htobe16(fold(pseudo(frame, len)));
	for (i = 0; i < payload; i++)
		frame[heads() + i] = payload_at(i);
	return heads() + payload;
}

static inline struct virtio_net_hdr truth_of(size_t size)
{
	return (struct virtio_net_hdr) {
		.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM,
		.gso_type = ISLE_NET_GSO_UDP, .hdr_len = heads(), .gso_size = size,
		.csum_start = 14 + ip_size(),
		.csum_offset = offsetof(struct udphdr, check),
	};
}

/* Whether a frame is the piece that begins @done bytes into @payload */
static inline bool is_piece(const uint8_t *frame, ssize_t len, size_t payload,
			    size_t done, size_t size, bool finished)
{
	size_t want = payload - done < size ? payload - done : size, i;
	const struct udphdr *udp = (const void *)(frame + 14 + ip_size());
	size_t udp_len = sizeof(*udp) + want;

	if (len != (ssize_t)(heads() + want) || be16toh(udp->len) != udp_len) {
		fprintf(stderr, "# after %zu bytes of %zu: %zd\n", done, payload, len);
		return false;
	}
	if (finished && fold(pseudo(frame, udp_len) + fold(sum_of(udp, udp_len))) != 0xffff) {
		fprintf(stderr, "# after %zu bytes of %zu: checksum\n", done, payload);
		return false;
	}
	for (i = 0; i < want; i++)
		if (frame[heads() + i] != payload_at(done + i))
			return false;
	return true;
}

/* Whether a frame is all of it, with a header before it that says so */
static inline bool is_whole(const uint8_t *frame, ssize_t len, size_t payload, size_t size)
{
	struct virtio_net_hdr hdr;
	size_t i;

	if (len < (ssize_t)HDR)
		return false;
	memcpy(&hdr, frame, HDR);
	if (len != (ssize_t)(HDR + heads() + payload) ||
	    hdr.gso_type != ISLE_NET_GSO_UDP ||
	    hdr.flags != VIRTIO_NET_HDR_F_NEEDS_CSUM || hdr.gso_size != size ||
	    hdr.csum_start != 14 + ip_size() ||
	    hdr.csum_offset != offsetof(struct udphdr, check)) {
		fprintf(stderr, "# %zd bytes of type %u in pieces of %u, checksum %u + %u\n",
			len, hdr.gso_type, hdr.gso_size, hdr.csum_start,
			hdr.csum_offset);
		return false;
	}
	for (i = 0; i < payload; i++)
		if (frame[HDR + heads() + i] != payload_at(i))
			return false;
	return true;
}

/* The interface has an address; value: a socket there, or -errno */
static inline int host_socket(uint32_t address)
{
	struct sockaddr_in in = {
		.sin_family = AF_INET, .sin_addr.s_addr = htobe32(address),
	};
	int fd, one = 1, room = 4 << 20, ret;
	struct ifreq request = { 0 };

	memcpy(&request.ifr_addr, &in, sizeof(in));
	ret = if_call("port", SIOCSIFADDR, &request);
	if (ret)
		return ret;
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	in.sin_port = htobe16(PORT);
	if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof(in)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &room, sizeof(room)) ||
	    setsockopt(fd, SOL_SOCKET, SO_BROADCAST, &one, sizeof(one)))
		return -errno;
	return fd;
}

/* It sends one, to everybody, that the kernel cuts as late as possible */
static inline int host_datagram(int fd, size_t payload, int size)
{
	struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htobe16(PORT),
		.sin_addr.s_addr = htobe32(0x0affffff),
	};
	static uint8_t data[65536];
	size_t i;

	for (i = 0; i < payload; i++)
		data[i] = payload_at(i);
	if (setsockopt(fd, IPPROTO_UDP, UDP_SEGMENT, &size, sizeof(size)) ||
	    sendto(fd, data, payload, 0, (struct sockaddr *)&to, sizeof(to)) !=
	    (ssize_t)payload)
		return -errno;
	return 0;
}

#endif /* SELFTESTS_NET_DATAGRAM_H */
