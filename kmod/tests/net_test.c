// SPDX-License-Identifier: GPL-2.0
/* KUnit: records in the ring of a network device, and headers of frames. */
#include <kunit/test.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/limits.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ipv6.h>

#include "device/net_header.h"
#include "device/net_queue.h"
#include "device/net_record.h"

#define MTU		1500
#define ALL		(ISLE_NET_CSUM | ISLE_NET_TSO4 | ISLE_NET_TSO6 | \
			 ISLE_NET_ECN | ISLE_NET_USO)

static void net_record_indices_test(struct kunit *test)
{
	static const struct {
		u32 prod, cons;
		int used;
	} cases[] = {
		{ 0, 0, 0 },
		{ 8, 0, 8 },
		{ 4096, 0, 4096 },
		{ 4104, 0, -EPROTO },
		{ 0, 8, -EPROTO },
		{ 0, U32_MAX - 7, 8 },
		{ 4088, U32_MAX - 7, 4096 },
		{ 4096, U32_MAX - 7, -EPROTO },
		{ 0x80000000, 0, -EPROTO },
		/* neither may be odd, even if both are */
		{ 1, 0, -EPROTO },
		{ 12, 4, -EPROTO },
		{ 4, 4, -EPROTO },
	};
	int i;

	for (i = 0; i < ARRAY_SIZE(cases); i++)
		KUNIT_EXPECT_EQ_MSG(test, cases[i].used,
				    isle_net_record_used(4096, cases[i].prod,
							 cases[i].cons),
				    "case %d", i);
}

static void net_record_lengths_test(struct kunit *test)
{
	static const struct {
		u32 len, flags, used;
		int found;
	} cases[] = {
		{ 0, 0, 8, 0 },
		{ 1, 0, 8, -EPROTO },
		{ 8, 0, 16, 8 },
		{ 5, 0, 16, 5 },
		{ 9, 0, 16, -EPROTO },
		{ 60, 0, 4096, 60 },
		{ 4088, 0, 4096, 4088 },
		{ 4089, 0, 4096, -EPROTO },
		{ U32_MAX, 0, 4096, -EPROTO },
		{ U32_MAX - 7, 0, 4096, -EPROTO },
		{ 0x80000000, 0, 4096, -EPROTO },
		{ 60, 1, 4096, -EPROTO },
		{ 60, 0x80000000, 4096, -EPROTO },
	};
	struct isle_net_record record;
	int i, len;

	for (i = 0; i < ARRAY_SIZE(cases); i++) {
		record.len = cases[i].len;
		record.flags = cases[i].flags;
		len = isle_net_record_len(&record, cases[i].used);
		KUNIT_EXPECT_EQ_MSG(test, cases[i].found, len, "case %d", i);
		/* What is accepted is never more than there is */
		if (len >= 0)
			KUNIT_EXPECT_LE(test, isle_net_record_size(len),
					cases[i].used);
	}
}

static void net_record_sizes_test(struct kunit *test)
{
	KUNIT_EXPECT_EQ(test, 8u, isle_net_record_size(0));
	KUNIT_EXPECT_EQ(test, 16u, isle_net_record_size(1));
	KUNIT_EXPECT_EQ(test, 16u, isle_net_record_size(8));
	KUNIT_EXPECT_EQ(test, 24u, isle_net_record_size(9));
	KUNIT_EXPECT_EQ(test, 72u, isle_net_record_size(60));
}

struct frame {
	struct virtio_net_hdr hdr;
	u8 data[ISLE_NET_HEADERS_MAX] __aligned(4);
	u32 len;
};

/* What is before the @transport of a frame; value: where that begins */
static u32 make_ip(struct frame *f, bool v6, u8 transport)
{
	struct ethhdr *eth = (void *)f->data;
	struct ipv6hdr *ip6 = (void *)(eth + 1);
	struct iphdr *ip = (void *)(eth + 1);

	memset(f, 0, sizeof(*f));
	eth->h_proto = v6 ? htons(ETH_P_IPV6) : htons(ETH_P_IP);
	if (v6) {
		ip6->version = 6;
		ip6->nexthdr = transport;
		return ETH_HLEN + sizeof(*ip6);
	}
	ip->version = 4;
	ip->ihl = 5;
	ip->protocol = transport;
	return ETH_HLEN + sizeof(*ip);
}

/* A segment of TCP that is to be cut, with no options */
static void make_tcp(struct frame *f, bool v6)
{
	u32 start = make_ip(f, v6, IPPROTO_TCP);
	struct tcphdr *tcp = (void *)(f->data + start);

	tcp->doff = 5;
	f->len = 30000;
	f->hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	f->hdr.gso_type = v6 ? VIRTIO_NET_HDR_GSO_TCPV6 :
			       VIRTIO_NET_HDR_GSO_TCPV4;
	f->hdr.gso_size = (__force __virtio16)cpu_to_le16(1400);
	f->hdr.csum_start = (__force __virtio16)cpu_to_le16(start);
	f->hdr.csum_offset = (__force __virtio16)
		cpu_to_le16(offsetof(struct tcphdr, check));
}

/* A datagram of UDP of @payload bytes that is to be cut; value: its header */
static struct udphdr *make_udp(struct frame *f, bool v6, u32 payload)
{
	u32 start = make_ip(f, v6, IPPROTO_UDP);
	struct udphdr *udp = (void *)(f->data + start);

	udp->len = htons(sizeof(*udp) + payload);
	f->len = start + sizeof(*udp) + payload;
	f->hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	f->hdr.gso_type = ISLE_NET_GSO_UDP;
	f->hdr.gso_size = (__force __virtio16)cpu_to_le16(1400);
	f->hdr.csum_start = (__force __virtio16)cpu_to_le16(start);
	f->hdr.csum_offset = (__force __virtio16)
		cpu_to_le16(offsetof(struct udphdr, check));
	return udp;
}

static int check(const struct frame *f, u32 offloads)
{
	return isle_net_header_check(&f->hdr, f->data, f->len, offloads, MTU);
}

static __virtio16 le(u16 n)
{
	return (__force __virtio16)cpu_to_le16(n);
}

static void net_header_none_test(struct kunit *test)
{
	struct frame f = { .len = ETH_HLEN };

	KUNIT_EXPECT_EQ(test, 0, check(&f, 0));
	f.len = MTU + ETH_HLEN;
	KUNIT_EXPECT_EQ(test, 0, check(&f, 0));
	f.len++;
	KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
	f.len = 60;
	f.hdr.flags = VIRTIO_NET_HDR_F_DATA_VALID;
	KUNIT_EXPECT_EQ(test, 0, check(&f, 0));
	f.hdr.flags = 0x80;
	KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
}

static void net_header_checksum_test(struct kunit *test)
{
	struct frame f = { .len = 60 };

	f.hdr.flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	f.hdr.csum_start = le(34);
	f.hdr.csum_offset = le(6);
	KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, 0));
	KUNIT_EXPECT_EQ(test, 0, check(&f, ISLE_NET_CSUM));
	f.hdr.csum_offset = le(24);
	KUNIT_EXPECT_EQ(test, 0, check(&f, ISLE_NET_CSUM));
	f.hdr.csum_offset = le(25);
	KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ISLE_NET_CSUM));
	f.hdr.csum_offset = le(0xffff);
	KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ISLE_NET_CSUM));
	f.hdr.csum_offset = le(0);
	f.hdr.csum_start = le(13);
	KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ISLE_NET_CSUM));
	f.hdr.csum_start = le(0xffff);
	KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ISLE_NET_CSUM));
}

static void net_header_gso_test(struct kunit *test)
{
	struct frame f;
	int v6;

	for (v6 = 0; v6 < 2; v6++) {
		u32 start = ETH_HLEN + (v6 ? 40 : 20);
		struct tcphdr *tcp = (void *)(f.data + start);
		u32 own = v6 ? ISLE_NET_TSO6 : ISLE_NET_TSO4;
		u32 other = v6 ? ISLE_NET_TSO4 : ISLE_NET_TSO6;

		make_tcp(&f, v6);
		KUNIT_EXPECT_EQ(test, 0, check(&f, ISLE_NET_CSUM | own));
		/* not asked for */
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ISLE_NET_CSUM | other));
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ISLE_NET_CSUM));
		f.hdr.gso_type |= VIRTIO_NET_HDR_GSO_ECN;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ISLE_NET_CSUM | own));
		KUNIT_EXPECT_EQ(test, 0, check(&f, ALL));
		/* the other protocol, none, unknown ones */
		make_tcp(&f, v6);
		f.hdr.gso_type = v6 ? VIRTIO_NET_HDR_GSO_TCPV4 :
				      VIRTIO_NET_HDR_GSO_TCPV6;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		f.hdr.gso_type = VIRTIO_NET_HDR_GSO_UDP;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		f.hdr.gso_type = VIRTIO_NET_HDR_GSO_ECN;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		f.hdr.gso_type = 0x7f;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		/* without a checksum to finish, or with another one */
		make_tcp(&f, v6);
		f.hdr.flags = 0;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		make_tcp(&f, v6);
		f.hdr.csum_offset = le(6);
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		/* sizes */
		make_tcp(&f, v6);
		f.hdr.gso_size = 0;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		f.hdr.gso_size = le(ISLE_NET_GSO_MIN - 1);
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		f.hdr.gso_size = le(ISLE_NET_GSO_MIN);
		KUNIT_EXPECT_EQ(test, 0, check(&f, ALL));
		f.hdr.gso_size = le(MTU - (start - ETH_HLEN) - 20);
		KUNIT_EXPECT_EQ(test, 0, check(&f, ALL));
		f.hdr.gso_size = le(MTU - (start - ETH_HLEN) - 19);
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		f.hdr.gso_size = le(0xffff);
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		make_tcp(&f, v6);
		f.len = ISLE_NET_FRAME_MAX;
		KUNIT_EXPECT_EQ(test, 0, check(&f, ALL));
		f.len++;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		/* cut off within the headers */
		make_tcp(&f, v6);
		f.len = start + 20;
		KUNIT_EXPECT_EQ(test, 0, check(&f, ALL));
		for (f.len--; f.len >= ETH_HLEN; f.len--)
			KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		/* lengths of headers, and where they are */
		make_tcp(&f, v6);
		tcp->doff = 4;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		tcp->doff = 15;
		KUNIT_EXPECT_EQ(test, 0, check(&f, ALL));
		f.len = start + 59;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		make_tcp(&f, v6);
		f.hdr.csum_start = le(start - 4);
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		make_tcp(&f, v6);
		f.data[ETH_HLEN] = v6 ? 0x45 : 0x65;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		make_tcp(&f, v6);
		f.data[ETH_HLEN + (v6 ? 6 : 9)] = IPPROTO_UDP;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
	}
	/* an IPv4 header with options that TCP would be in */
	make_tcp(&f, false);
	f.data[ETH_HLEN] = 0x46;
	KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
	f.data[ETH_HLEN] = 0x44;
	KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
	/* headers of IPv6 that end where nobody looks */
	make_tcp(&f, true);
	f.data[ETH_HLEN + 6] = NEXTHDR_HOP;
	f.hdr.csum_start = le(ISLE_NET_HEADERS_MAX - 19);
	KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
	/* one between it and TCP; one that is too long, too short, not known */
	make_tcp(&f, true);
	f.data[ETH_HLEN + 6] = NEXTHDR_DEST;
	f.hdr.csum_start = le(ETH_HLEN + 48);
	f.data[ETH_HLEN + 40] = IPPROTO_TCP;
	f.data[ETH_HLEN + 48 + 12] = 0x50;
	KUNIT_EXPECT_EQ(test, 0, check(&f, ALL));
	f.data[ETH_HLEN + 41] = 1;
	KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
	f.data[ETH_HLEN + 41] = 0;
	f.data[ETH_HLEN + 40] = NEXTHDR_DEST;
	KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
	f.data[ETH_HLEN + 40] = IPPROTO_TCP;
	f.data[ETH_HLEN + 6] = 59;
	KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
}

static void net_header_uso_test(struct kunit *test)
{
	struct udphdr *udp;
	struct frame f;
	int v6;

	for (v6 = 0; v6 < 2; v6++) {
		u32 start = ETH_HLEN + (v6 ? 40 : 20);

		make_udp(&f, v6, 14000);
		KUNIT_EXPECT_EQ(test, 0, check(&f, ISLE_NET_CSUM | ISLE_NET_USO));
		/* not asked for, with what it does not have, without what it needs */
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL & ~ISLE_NET_USO));
		f.hdr.gso_type |= VIRTIO_NET_HDR_GSO_ECN;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		make_udp(&f, v6, 14000);
		f.hdr.flags = 0;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		make_udp(&f, v6, 14000);
		f.hdr.csum_offset = le(offsetof(struct tcphdr, check));
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		/* sizes of a piece */
		make_udp(&f, v6, 14000);
		f.hdr.gso_size = 0;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		f.hdr.gso_size = le(MTU - (start - ETH_HLEN) - 8);
		KUNIT_EXPECT_EQ(test, 0, check(&f, ALL));
		f.hdr.gso_size = le(MTU - (start - ETH_HLEN) - 7);
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		/* and how many there are, also none */
		make_udp(&f, v6, ISLE_NET_GSO_UDP_MAX);
		f.hdr.gso_size = le(1);
		KUNIT_EXPECT_EQ(test, 0, check(&f, ALL));
		make_udp(&f, v6, ISLE_NET_GSO_UDP_MAX + 1);
		f.hdr.gso_size = le(1);
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		f.hdr.gso_size = le(2);
		KUNIT_EXPECT_EQ(test, 0, check(&f, ALL));
		make_udp(&f, v6, 0);
		KUNIT_EXPECT_EQ(test, 0, check(&f, ALL));
		/* lengths that are not the frame's */
		udp = make_udp(&f, v6, 14000);
		udp->len = htons(14007);
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		udp->len = htons(14009);
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		udp->len = 0;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		/* cut off within the headers */
		udp = make_udp(&f, v6, 0);
		for (f.len--; f.len >= ETH_HLEN; f.len--) {
			udp->len = htons(f.len - start);
			KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		}
		/* another protocol, and another place */
		make_udp(&f, v6, 14000);
		f.data[ETH_HLEN + (v6 ? 6 : 9)] = IPPROTO_TCP;
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		make_udp(&f, v6, 14000);
		f.hdr.csum_start = le(start + 8);
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
		f.hdr.csum_start = le(0xffff);
		KUNIT_EXPECT_EQ(test, -EINVAL, check(&f, ALL));
	}
}

static struct sk_buff *make_skb(struct kunit *test, u32 len)
{
	struct sk_buff *skb = alloc_skb(len, GFP_KERNEL);

	KUNIT_ASSERT_NOT_NULL(test, skb);
	skb_put_zero(skb, len);
	return skb;
}

static void net_queue_bound_test(struct kunit *test)
{
	struct isle_net_queue queue;
	struct sk_buff *skb;
	u32 n = 0;

	isle_net_queue_init(&queue, 65536);
	skb = make_skb(test, 1000);
	local_bh_disable();
	/* closed */
	KUNIT_EXPECT_FALSE(test, isle_net_queue_put(&queue, skb));
	local_bh_enable();
	isle_net_queue_open(&queue);
	for (;;) {
		bool put;

		local_bh_disable();
		put = isle_net_queue_put(&queue, skb);
		local_bh_enable();
		if (!put)
			break;
		n++;
		KUNIT_ASSERT_LE(test, queue.bytes, 65536u);
		skb = make_skb(test, 1000);
	}
	kfree_skb(skb);
	KUNIT_EXPECT_GT(test, n, 10u);
	KUNIT_EXPECT_EQ(test, n, skb_queue_len(&queue.list));
	/* too large for the reader, kept, then taken and put back */
	KUNIT_EXPECT_EQ(test, -EMSGSIZE,
			PTR_ERR(isle_net_queue_get(&queue, 999, 0)));
	skb = isle_net_queue_get(&queue, 1000, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(skb));
	KUNIT_EXPECT_EQ(test, n - 1, skb_queue_len(&queue.list));
	KUNIT_EXPECT_EQ(test, 0u, isle_net_queue_unget(&queue, skb));
	KUNIT_EXPECT_EQ(test, n, skb_queue_len(&queue.list));
	/* it has become more than there is room for: the first one stays */
	skb = isle_net_queue_get(&queue, 1000, 0);
	KUNIT_ASSERT_FALSE(test, IS_ERR_OR_NULL(skb));
	skb->next = make_skb(test, 60000);
	skb->next->next = make_skb(test, 60000);
	skb->next->next->next = NULL;
	KUNIT_EXPECT_EQ(test, 2u, isle_net_queue_unget(&queue, skb));
	KUNIT_EXPECT_EQ(test, n, skb_queue_len(&queue.list));
	while ((skb = isle_net_queue_get(&queue, 1000, 0)))
		kfree_skb(skb);
	KUNIT_EXPECT_EQ(test, 0u, queue.bytes);
	/* one has always room */
	skb = make_skb(test, 100000);
	local_bh_disable();
	KUNIT_EXPECT_TRUE(test, isle_net_queue_put(&queue, skb));
	local_bh_enable();
	isle_net_queue_close(&queue);
	KUNIT_EXPECT_EQ(test, 0u, queue.bytes);
	KUNIT_EXPECT_TRUE(test, isle_net_queue_empty(&queue));
}

static struct kunit_case net_cases[] = {
	KUNIT_CASE(net_record_indices_test),
	KUNIT_CASE(net_record_lengths_test),
	KUNIT_CASE(net_record_sizes_test),
	KUNIT_CASE(net_header_none_test),
	KUNIT_CASE(net_header_checksum_test),
	KUNIT_CASE(net_header_gso_test),
	KUNIT_CASE(net_header_uso_test),
	KUNIT_CASE(net_queue_bound_test),
	{}
};

static struct kunit_suite net_suite = {
	.name = "isle_net",
	.test_cases = net_cases,
};

kunit_test_suites(&net_suite);
