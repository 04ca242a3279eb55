// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: datagrams of UDP that the kernel has to cut
 */
#include <kselftest_harness.h>

#include "datagram.h"

#define MOST		64	/* pieces */
#define SIZE		1400	/* of a piece */

/* The device "eth0" of one domain, its interface, and another domain's */
FIXTURE(datagram) {
	struct port p;
	struct dom far;
	int fd;
};

FIXTURE_SETUP(datagram)
{
	struct isle_net_config config = { .size = sizeof(config) };

	ASSERT_EQ(0, port_make(&self->p, NULL));
	ASSERT_EQ(0, net_mode(self->p.fd, ISLE_NET_HDR, ALL));
	ASSERT_EQ(0, dom_create(self->p.ctl, NULL, &self->far));
	ASSERT_EQ(0, net_add(self->p.ctl, self->far.id, "eth0", &config));
	ASSERT_EQ(0, dom_link(self->p.ctl, self->p.dom.id, self->far.id));
	self->fd = net_open(self->far.fd, "eth0", 0);
	ASSERT_LE(0, self->fd);
}

FIXTURE_TEARDOWN(datagram)
{
	close(self->fd);
	close(self->far.fd);
	EXPECT_TRUE(port_end(&self->p));
}

/* @at and @byte: what is replaced in the frame, if @at is not 0 */
static int sends_with(int fd, const struct virtio_net_hdr *hdr, size_t payload,
		      size_t at, uint8_t byte)
{
	static uint8_t frame[HDR + 70000];
	size_t len = HDR + datagram(frame + HDR, payload);

	memcpy(frame, hdr, HDR);
	if (at)
		frame[HDR + at] = byte;
	return err(write(fd, frame, len)) == (int)len ? 0 : -errno;
}

static int sends(int fd, size_t size, size_t payload)
{
	struct virtio_net_hdr hdr = truth_of(size);

	return sends_with(fd, &hdr, payload, 0, 0);
}

/* What comes next, in pieces of @size that are @finished, is of @payload bytes */
static bool comes_in_pieces(int fd, size_t payload, size_t size, size_t hdr,
			    bool finished)
{
	static uint8_t frame[70000];
	size_t done;

	for (done = 0; done < payload; done += size) {
		ssize_t len = frame_wait(fd, frame, sizeof(frame));

		if (!is_piece(frame + hdr, len - (ssize_t)hdr, payload, done, size,
			      finished))
			return false;
	}
	return true;
}

/* As one, with a header that says what is to be done */
static bool comes_whole(int fd, size_t payload, size_t size)
{
	static uint8_t frame[HDR + 70000];
	ssize_t len = frame_wait(fd, frame, sizeof(frame));

	return is_whole(frame, len, payload, size);
}

/* A program on the host gets what would have come one by one */
TEST_F_TIMEOUT(datagram, to_a_socket, TIMEOUT)
{
	static const size_t payloads[] = { 1, SIZE, SIZE + 1, 10 * SIZE + 37, MOST * 1000 };
	int fd = host_socket(0x0a000002);
	uint8_t back[2048];
	size_t i, j, done;

	ASSERT_LE(0, fd);
	for (i = 0; i < ARRAY_SIZE(payloads); i++) {
		size_t size = payloads[i] < MOST * 1000 ? SIZE : 1000;

		ASSERT_EQ(0, sends(self->p.fd, size, payloads[i]));
		for (done = 0; done < payloads[i]; done += size) {
			size_t want = payloads[i] - done < size ? payloads[i] - done : size;

			ASSERT_EQ((ssize_t)want, frame_wait(fd, back, sizeof(back)));
			for (j = 0; j < want; j++)
				ASSERT_EQ(payload_at(done + j), back[j]);
		}
	}
	close(fd);
}

/* And leaves cutting to the domain, if that has asked for it */
TEST_F_TIMEOUT(datagram, from_a_socket, TIMEOUT)
{
	int fd = host_socket(0x0a000001);
	size_t len = 10 * SIZE + 37;

	ASSERT_LE(0, fd);
	ASSERT_EQ(0, host_datagram(fd, len, SIZE));
	EXPECT_TRUE(comes_whole(self->p.fd, len, SIZE));
	ASSERT_EQ(0, net_mode(self->p.fd, ISLE_NET_HDR, ALL & ~ISLE_NET_USO));
	ASSERT_EQ(0, host_datagram(fd, len, SIZE));
	EXPECT_TRUE(comes_in_pieces(self->p.fd, len, SIZE, HDR, false));
	/* what was there already is finished when it is read */
	ASSERT_EQ(0, net_mode(self->p.fd, ISLE_NET_HDR, ALL));
	ASSERT_EQ(0, host_datagram(fd, len, SIZE));
	ASSERT_EQ(0, net_mode(self->p.fd, 0, 0));
	EXPECT_TRUE(comes_in_pieces(self->p.fd, len, SIZE, 0, true));
	close(fd);
}

TEST_F_TIMEOUT(datagram, over_a_cable, TIMEOUT)
{
	int a = self->p.fd, b = self->fd;
	size_t size;

	ASSERT_EQ(0, net_cable(self->p.ctl, ISLE_CTL_DEVICE_CONNECT, self->p.dom.id,
			       "eth0", self->far.id, "eth0"));
	for (v6 = false;; v6 = true) {
		for (size = 1; size <= SIZE; size += 233) {
			ASSERT_EQ(0, net_mode(b, ISLE_NET_HDR, ALL));
			ASSERT_EQ(0, sends(a, size, 40 * size + size / 2));
			ASSERT_TRUE(comes_whole(b, 40 * size + size / 2, size));
			ASSERT_EQ(0, net_mode(b, 0, 0));
			ASSERT_EQ(0, sends(a, size, 40 * size + size / 2));
			ASSERT_TRUE(comes_in_pieces(b, 40 * size + size / 2, size, 0,
						    true));
			ASSERT_EQ(0, net_mode(b, ISLE_NET_HDR, ISLE_NET_CSUM));
			ASSERT_EQ(0, sends(a, size, 40 * size));
			ASSERT_TRUE(comes_in_pieces(b, 40 * size, size, HDR, false));
		}
		if (v6)
			break;
	}
}

TEST_F_TIMEOUT(datagram, lies, TIMEOUT)
{
	struct virtio_net_hdr hdr;
	struct isle_net_stats stats;
	int fd = self->p.fd;
	size_t udp;

	for (v6 = false;; v6 = true) {
		udp = 14 + ip_size();
#define REFUSED(payload, at, byte) \
		EXPECT_EQ(-EINVAL, sends_with(fd, &hdr, payload, at, byte))
#define LIE(field, value) do {						\
		hdr = truth_of(SIZE);					\
		hdr.field = value;					\
		REFUSED(10 * SIZE, 0, 0)				\
			TH_LOG(#field " " #value);			\
} while (0)
		LIE(gso_size, 0);
		LIE(gso_size, 1500);	/* with the headers beyond the MTU */
		LIE(gso_size, 65535);
		LIE(gso_type, ISLE_NET_GSO_UDP | VIRTIO_NET_HDR_GSO_ECN);
		LIE(gso_type, VIRTIO_NET_HDR_GSO_UDP);	/* fragments: no such offload */
		LIE(gso_type, VIRTIO_NET_HDR_GSO_TCPV4);
		LIE(gso_type, VIRTIO_NET_HDR_GSO_TCPV6);
		LIE(flags, 0);
		LIE(csum_offset, 16);
		LIE(csum_start, 14);
		LIE(csum_start, udp - 2);
		LIE(csum_start, udp + 8);
		LIE(csum_start, 65535);
		/* too many */
		hdr = truth_of(1);
		REFUSED(MOST + 1, 0, 0);
		hdr = truth_of(SIZE / 2);
		REFUSED(MOST * (SIZE / 2) + 1, 0, 0);
		/* the frame: its protocols, and its length */
		hdr = truth_of(SIZE);
		REFUSED(10 * SIZE, 12, 0x12);
		REFUSED(10 * SIZE, 14, 0x50);
		REFUSED(10 * SIZE, v6 ? 20 : 23, IPPROTO_TCP);
		REFUSED(10 * SIZE, udp + 5, 1);
		REFUSED(10 * SIZE, udp + 4, 0xff);
		/* not asked for */
		ASSERT_EQ(0, net_mode(fd, ISLE_NET_HDR, ALL & ~ISLE_NET_USO));
		REFUSED(10 * SIZE, 0, 0);
		ASSERT_EQ(0, net_mode(fd, ISLE_NET_HDR, ALL));
		if (v6)
			break;
	}
	ASSERT_EQ(0, net_stats(fd, &stats));
	EXPECT_EQ(0, stats.tx_packets);
	EXPECT_EQ(0, sends(fd, SIZE, 10 * SIZE));
	ASSERT_EQ(0, net_stats(fd, &stats));
	EXPECT_NE(0, stats.tx_packets);
	/* without CSUM nothing can be cut */
	EXPECT_EQ(-EINVAL, net_mode(fd, ISLE_NET_HDR, ISLE_NET_USO));
}

TEST_HARNESS_MAIN
