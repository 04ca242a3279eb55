// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: frames with a virtio_net_hdr, true ones and others
 */
#include <kselftest_harness.h>

#include "ring.h"
#include "segment.h"

FIXTURE(offload) {
	struct port p;
};

FIXTURE_SETUP(offload)
{
	ASSERT_EQ(0, port_make(&self->p, NULL));
	ASSERT_EQ(0, net_mode(self->p.fd, ISLE_NET_HDR, ALL));
}

FIXTURE_TEARDOWN(offload)
{
	EXPECT_TRUE(port_end(&self->p));
}

TEST_F_TIMEOUT(offload, true_ones, TIMEOUT)
{
	struct virtio_net_hdr hdr = truth(0);
	static uint8_t back[70000];
	size_t got = 0;
	ssize_t len;

	ASSERT_EQ(0, segment_send(self->p.fd, &hdr, 1000));
	len = frame_wait(self->p.host, back, sizeof(back));
	EXPECT_EQ(HEADS + 1000, len);
	/* large ones, which come as one, or cut */
	hdr = truth(1400);
	ASSERT_EQ(0, segment_send(self->p.fd, &hdr, 14000));
	while (got < 14000) {
		len = frame_wait(self->p.host, back, sizeof(back));
		ASSERT_LT(HEADS, len);
		got += len - HEADS;
	}
	EXPECT_EQ(14000, got);
	hdr = truth(1460);
	EXPECT_EQ(0, segment_send(self->p.fd, &hdr, 65535 - 40));
}

TEST_F_TIMEOUT(offload, towards_the_domain, TIMEOUT)
{
	struct virtio_net_hdr hdr;
	uint8_t frame[2048];

	ASSERT_TRUE(host_sends(&self->p, 1, 100));
	EXPECT_EQ(HDR + 100, frame_wait(self->p.fd, frame, sizeof(frame)));
	memcpy(&hdr, frame, HDR);
	EXPECT_EQ(0, hdr.gso_type);
	EXPECT_EQ(0, hdr.flags & VIRTIO_NET_HDR_F_NEEDS_CSUM);
	EXPECT_TRUE(frame_is(frame + HDR, 100, 1));
	/* a buffer that does not hold the header */
	EXPECT_EQ(-EINVAL, err(read(self->p.fd, frame, HDR - 1)));
}

TEST_F_TIMEOUT(offload, lies, TIMEOUT)
{
	struct virtio_net_hdr hdr;
	struct isle_net_stats stats;
	unsigned int i, refused = 0, said;
	struct rings r;

#define LIE(field, value) do {						\
	hdr = truth(1400);						\
	hdr.field = value;						\
	EXPECT_EQ(-EINVAL, segment_send(self->p.fd, &hdr, 14000))		\
		TH_LOG(#field " " #value);				\
} while (0)
	/* where the checksum is */
	LIE(csum_start, 65535);
	LIE(csum_start, 65000);
	LIE(csum_offset, 65535);
	LIE(csum_offset, 60000);
	hdr = truth(0);
	hdr.csum_start = HEADS + 100 - 1;
	EXPECT_EQ(-EINVAL, segment_send(self->p.fd, &hdr, 100));
	hdr = truth(0);
	hdr.csum_start = HEADS + 101;
	EXPECT_EQ(-EINVAL, segment_send(self->p.fd, &hdr, 100));
	/* what it is cut into */
	LIE(gso_size, 0);
	LIE(gso_type, 0xff);
	LIE(gso_type, 0x7f);
	LIE(gso_type, VIRTIO_NET_HDR_GSO_TCPV6);
	LIE(gso_type, 2);
	/* unfinished, and nobody is to finish it */
	LIE(flags, 0);
	/* larger than the MTU, and not to be cut */
	hdr = truth(0);
	EXPECT_EQ(-EINVAL, segment_send(self->p.fd, &hdr, 14000));
	hdr = truth(1400);
	EXPECT_EQ(-EINVAL, segment_send(self->p.fd, &hdr, 65536));
	ASSERT_EQ(0, net_stats(self->p.fd, &stats));
	EXPECT_EQ(0, stats.tx_packets);

	/* in a ring what is a lie is skipped: any header, any frame */
	ASSERT_EQ(0, rings_make(&r, self->p.fd, 1 << 18));
	for (i = 0; i < (unsigned int)rounds(3000, 500); i++) {
		struct rng rng = { i };
		size_t len = HDR + segment(r.tx + (r.prod & (r.size - 1)) + 8 + HDR,
					   below(&rng, 4) ? below(&rng, 1460) :
					   below(&rng, 30000));
		uint8_t *at = r.tx + (r.prod & (r.size - 1));
		struct isle_net_record head = { .len = len };

		hdr = truth(below(&rng, 2) ? 1400 : 0);
		if (below(&rng, 4) == 0)
			fill(&rng, &hdr, HDR);
		else
			((uint8_t *)&hdr)[below(&rng, HDR)] = rnd(&rng);
		/* also in the frame itself */
		at[8 + HDR + below(&rng, HEADS)] = rnd(&rng);
		memcpy(at, &head, 8);
		memcpy(at + 8, &hdr, HDR);
		r.prod += 8 + ((len + 7) & ~7u);
		ASSERT_EQ(0, ring_publish(&r));
		ASSERT_TRUE(eventually(LOAD(r.page->tx_cons) == r.prod));
	}
	ASSERT_EQ(0, net_stats(self->p.fd, &stats));
	said = stats.tx_packets + stats.tx_errors + stats.tx_dropped;
	refused = stats.tx_errors;
	EXPECT_EQ(i, said);
	EXPECT_LT(0, refused);
	rings_unmap(&r);
}

TEST_F_TIMEOUT(offload, modes, TIMEOUT)
{
	struct port *p = &self->p;
	struct isle_net_info info;
	int second;

	ASSERT_EQ(0, net_info(p->fd, &info));
	EXPECT_EQ(ALL, info.offloads);
	EXPECT_EQ(-EOPNOTSUPP, net_mode(p->fd, ISLE_NET_HDR,
					ISLE_NET_CSUM | 1U << 31));
	EXPECT_EQ(-EINVAL, net_mode(p->fd, ISLE_NET_HDR, ISLE_NET_TSO4));
	/* one file at a time */
	second = net_open(p->dom.fd, "eth0", 0);
	ASSERT_LE(0, second);
	EXPECT_EQ(0, net_mode(second, ISLE_NET_HDR, 0));
	EXPECT_EQ(-EBUSY, net_mode(second, ISLE_NET_HDR, ISLE_NET_CSUM));
	EXPECT_EQ(0, net_mode(p->fd, 0, 0));
	EXPECT_EQ(0, net_mode(second, ISLE_NET_HDR, ISLE_NET_CSUM));
	close(second);
	EXPECT_EQ(0, net_mode(p->fd, ISLE_NET_HDR, ALL));
}

TEST_HARNESS_MAIN
