// SPDX-License-Identifier: GPL-2.0
/*
 * Measures what a frame costs, between a program and an interface of the host.
 *
 *	net [--batches N] [--only TARGET]
 *
 * Everything is in a network namespace of its own, where nothing else is sent.
 * Operations: tx-60, tx-1514: the program sends a frame, which the host's stack
 * takes and, as nobody listens, drops.  rx-60, rx-1514: a socket (AF_PACKET) of
 * the host sends a frame and the program receives it; both are counted.
 * Targets:
 *
 *	tap		read(2) and write(2) of a TAP interface
 *	tap-vnet	the same with a virtio_net_hdr before each frame
 *	packet		an AF_PACKET socket at the other end of a pair of veth,
 *			a frame per call
 *	packet-v3	the same with both rings of TPACKET_V3
 *	xdp		an AF_XDP socket there, copying, by the generic part
 *	xdp-native	the same by veth's own
 *	isle		read(2) and write(2) of a network device
 *	isle-lib	libisle, a frame per call, by the ring
 *	isle-batch	libisle, 32 frames per call, by the ring
 *	none		nobody: the socket sends to an interface that throws all
 *			away, which is what of rx is not the program's
 *
 * Those of the peers that have rings send 32 frames per call, too.
 *
 * Output and clock are those of blk.  What is sent is looked at by a socket
 * before it is measured, and counted by the interface while it is; each frame
 * that is received is looked at.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/if.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <libisle.h>
#include <libisle-net.h>

#include "net.h"

#define REPEAT	512u

static unsigned int batches = 11;
uint8_t net_frames[GROUP][FRAME_ROOM];

void net_interface_up(const char *ifname)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { .ifr_flags = IFF_UP };

	snprintf(request.ifr_name, IFNAMSIZ, "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCSIFFLAGS, &request))
		die_errno(0, "%s: cannot be set up", ifname);
	close(fd);
}

int net_ifindex(const char *ifname)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = { 0 };

	snprintf(request.ifr_name, IFNAMSIZ, "%s", ifname);
	if (fd < 0 || ioctl(fd, SIOCGIFINDEX, &request))
		die_errno(0, "%s", ifname);
	close(fd);
	return request.ifr_ifindex;
}

void net_make_pair(const struct target *t)
{
	char command[256];

	snprintf(command, sizeof(command),
		 "ip link add name %s numtxqueues 1 numrxqueues 1 type veth "
		 "peer name %s numtxqueues 1 numrxqueues 1", t->ifname, t->own);
	if (system(command))
		die("failed: %s", command);
	net_interface_up(t->own);
	net_interface_up(t->ifname);
}

/* How many frames the interface has received */
static uint64_t received(const char *ifname)
{
	FILE *file = fopen("/proc/self/net/dev", "r");
	char line[512], name[64];
	uint64_t bytes, count, result = 0;

	while (file && fgets(line, sizeof(line), file)) {
		char *colon = strchr(line, ':');

		if (!colon)
			continue;
		*colon = ' ';
		if (sscanf(line, "%63s %lu %lu", name, &bytes, &count) == 3 &&
		    !strcmp(name, ifname))
			result = count;
	}
	if (file)
		fclose(file);
	return result;
}

static void frame_make(uint8_t *frame, size_t len, uint32_t number)
{
	for (size_t i = 0; i < len; i++)
		frame[i] = (uint8_t)(i * 31 + number);
	memset(frame, 0xff, 6);
	memcpy(frame + 6, "\x02\x00\x00\x00\x00\x01\x88\xb5", 8);
	memcpy(frame + 14, &number, 4);
}

/* ---- a call per frame, with the same calls on any file ---------------------- */

static void write_frames(struct target *t, size_t len)
{
	for (unsigned int i = 0; i < GROUP; i++)
		if (write(t->fd, net_frames[i], t->vnet + len) != (ssize_t)(t->vnet + len))
			die_errno(0, "%s: write", t->name);
}

static void read_frames(struct target *t)
{
	for (unsigned int i = 0; i < GROUP; i++) {
		ssize_t got = read(t->fd, net_frames[0], sizeof(net_frames[0]));

		if (got < (ssize_t)t->vnet)
			die_errno(got < 0 ? 0 : -EIO, "%s: read", t->name);
		frame_take(t, net_frames[0] + t->vnet, (size_t)got - t->vnet);
	}
}

static void open_tap(struct target *t)
{
	struct ifreq request = { .ifr_flags = IFF_TAP | IFF_NO_PI };

	if (t->vnet)
		request.ifr_flags |= IFF_VNET_HDR;
	snprintf(request.ifr_name, IFNAMSIZ, "%s", t->ifname);
	t->fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	if (t->fd < 0 || ioctl(t->fd, TUNSETIFF, &request))
		die_errno(0, "/dev/net/tun");
	net_interface_up(t->ifname);
}

static const struct way tap_way = { open_tap, write_frames, read_frames, NULL };

/* ---- isle ------------------------------------------------------------------- */

static struct isle_domain *add_device(struct target *t)
{
	struct isle_net_config config = { .size = sizeof(config) };
	static struct isle_control *control;
	struct isle_domain *domain;
	int domid, rc;

	if (!control) {
		rc = isle_control_open(&control);
		if (rc)
			die_errno(rc, "/dev/isle/control");
	}
	domid = isle_control_domain_create(control, NULL, &domain);
	if (domid < 0)
		die_errno(domid, "domain");
	snprintf(config.ifname, sizeof(config.ifname), "%s", t->ifname);
	rc = isle_control_net_add(control, (uint32_t)domid, "eth0", &config, NULL);
	if (rc)
		die_errno(rc, "device");
	net_interface_up(t->ifname);
	return domain;
}

static void open_file(struct target *t)
{
	t->fd = isle_domain_device_open(add_device(t), ISLE_CLASS_NET, "eth0",
					ISLE_OPEN_READ | ISLE_OPEN_WRITE);
	if (t->fd < 0)
		die_errno(t->fd, "device");
}

static const struct way isle_way = { open_file, write_frames, read_frames, NULL };

static void open_ring(struct target *t)
{
	int rc = isle_net_open_in(add_device(t), "eth0", 0, &t->net);

	if (rc || !isle_net_is_ring(t->net))
		die_errno(rc ? rc : -EOPNOTSUPP, "no ring");
}

static void lib_send(struct target *t, size_t len)
{
	int rc = 0;

	for (unsigned int i = 0; i < GROUP && !rc; i++)
		rc = isle_net_write(t->net, net_frames[i], len);
	if (rc)
		die_errno(rc, "%s: write", t->name);
}

static void lib_receive(struct target *t)
{
	for (unsigned int i = 0; i < GROUP; i++) {
		ssize_t got = isle_net_read(t->net, net_frames[0], sizeof(net_frames[0]));

		if (got < 0)
			die_errno((int)got, "%s: read", t->name);
		frame_take(t, net_frames[0], (size_t)got);
	}
}

static const struct way lib_way = { open_ring, lib_send, lib_receive, NULL };

static void batch_send(struct target *t, size_t len)
{
	struct isle_net_frame batch[GROUP];
	int rc;

	for (unsigned int i = 0; i < GROUP; i++)
		batch[i] = (struct isle_net_frame){ net_frames[i], len, 0 };
	rc = isle_net_write_batch(t->net, batch, GROUP);
	if (rc != (int)GROUP)
		die_errno(rc < 0 ? rc : -EIO, "%s: write", t->name);
}

static void batch_receive(struct target *t)
{
	struct isle_net_frame batch[GROUP];
	unsigned int done = 0;

	for (unsigned int i = 0; i < GROUP; i++)
		batch[i] = (struct isle_net_frame){ net_frames[i], 0, sizeof(net_frames[i]) };
	while (done < GROUP) {
		int count = isle_net_read_batch(t->net, batch, GROUP - done);

		if (count < 0)
			die_errno(count, "%s: read", t->name);
		for (int i = 0; i < count; i++)
			frame_take(t, net_frames[i], batch[i].len);
		done += (unsigned int)count;
	}
}

static const struct way batch_way = { open_ring, batch_send, batch_receive, NULL };

/* ---- nothing ---------------------------------------------------------------- */

static void open_dummy(struct target *t)
{
	char command[128];

	snprintf(command, sizeof(command), "ip link add name %s type dummy", t->ifname);
	if (system(command))
		die("failed: %s", command);
	net_interface_up(t->ifname);
}

static void take_nothing(struct target *t)
{
	t->next += GROUP;
}

static const struct way no_way = { open_dummy, NULL, take_nothing, NULL };

/* ---- measuring -------------------------------------------------------------- */

/*
 * Before each batch: lets ksoftirqd end, should it be at work.  As long as it is,
 * frames wait for it, which costs those with a NAPI of their own switches.
 */
static void settle(void)
{
	usleep(2000);
}

/* With two processors the last ones may still be under way. */
static void expect_received(const struct target *t, uint64_t count)
{
	uint64_t begin = now();

	while (received(t->ifname) < count) {
		if (now() - begin > PATIENCE)
			die("%s: not all frames came", t->name);
		sched_yield();
	}
	if (received(t->ifname) > count)
		die("%s: too many frames came", t->name);
}

static void tx(struct target *t, size_t len)
{
	struct series series = { 0 };
	uint8_t back[FRAME_ROOM], want[FRAME_ROOM];
	uint64_t count, start, end;
	char op[16];
	int looker;

	for (unsigned int i = 0; i < GROUP; i++) {
		memset(net_frames[i], 0, VNET);
		frame_make(net_frames[i] + t->vnet, len, i);
	}
	/* Is that what comes out? */
	count = received(t->ifname);
	looker = net_packet_socket(t->ifname, ETH_P_ALL);
	t->way->send(t, len);
	for (unsigned int i = 0; i < GROUP; i++) {
		frame_make(want, len, i);
		if (recv(looker, back, sizeof(back), 0) != (ssize_t)len || memcmp(back, want, len))
			die("%s: what was sent is not what has come", t->name);
	}
	close(looker);
	count += GROUP;
	expect_received(t, count);
	for (unsigned int batch = 0; batch < batches; batch++) {
		settle();
		start = now();
		for (unsigned int i = 0; i < REPEAT / GROUP; i++)
			t->way->send(t, len);
		end = now();
		count += REPEAT;
		expect_received(t, count);
		series_add(&series, (double)(end - start) / REPEAT);
	}
	snprintf(op, sizeof(op), "tx-%zu", len);
	series_print(&series, "net", t->name, op, "");
	series_free(&series);
}

static void rx(struct target *t, size_t len)
{
	static uint8_t out[GROUP][FRAME_ROOM];
	struct series series = { 0 };
	unsigned int sent = 0;
	uint64_t start, end;
	char op[16];

	for (unsigned int i = 0; i < GROUP; i++) {
		frame_make(out[i], len, i);
		out[i][len - 1] = (uint8_t)((len - 1) * 31);
	}
	t->want = len;
	t->next = 0;
	for (unsigned int batch = 0; batch < batches; batch++) {
		settle();
		start = now();
		for (unsigned int i = 0; i < REPEAT / GROUP; i++) {
			for (unsigned int j = 0; j < GROUP; j++)
				if (send(t->host, out[j], len, 0) != (ssize_t)len)
					die_errno(0, "%s: send", t->name);
			t->way->receive(t);
		}
		end = now();
		sent += REPEAT;
		series_add(&series, (double)(end - start) / REPEAT);
	}
	/* As many as before the first batch: none.  So each was given its share. */
	start = now();
	while (t->way->drain && t->next < sent && now() - start < PATIENCE)
		t->way->drain(t);
	if (t->next != sent)
		die("%s: %u frames of %u came", t->name, t->next, sent);
	snprintf(op, sizeof(op), "rx-%zu", len);
	series_print(&series, "net", t->name, op, "");
	series_free(&series);
}

/*
 * In a process of its own, so that nothing of it is left for the next one: an XDP
 * program on one interface makes receiving slower on all.
 */
static void measure(struct target *t)
{
	char command[128];
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die_errno(0, "fork");
	if (!pid) {
		t->way->open(t);
		t->host = net_packet_socket(t->ifname, 0);
		if (t->way->send) {
			tx(t, 60);
			tx(t, 1514);
		}
		rx(t, 60);
		rx(t, 1514);
		snprintf(command, sizeof(command), "ip link del dev %s", t->ifname);
		if ((t->own || !t->way->send) && system(command))
			die("failed: %s", command);
		exit(0);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status))
		die("%s failed", t->name);
	/* Until workers have done away with all of it */
	usleep(200000);
}

static void no_ipv6(void)
{
	int fd = open("/proc/sys/net/ipv6/conf/default/disable_ipv6", O_WRONLY | O_CLOEXEC);

	if (fd >= 0 && write(fd, "1", 1) != 1)
		die_errno(0, "disable_ipv6");
	if (fd >= 0)
		close(fd);
}

static struct target targets[] = {
	{ .name = "tap", .way = &tap_way, .ifname = "tap" },
	{ .name = "tap-vnet", .way = &tap_way, .ifname = "vtap", .vnet = VNET },
	{ .name = "packet", .way = &net_packet_way, .ifname = "packet", .own = "packet-own" },
	{ .name = "packet-v3", .way = &net_packet_v3_way, .ifname = "v3", .own = "v3-own" },
	{ .name = "xdp", .way = &net_xdp_way, .ifname = "xdp", .own = "xdp-own" },
	{ .name = "xdp-native", .way = &net_xdp_way, .ifname = "xdpn", .own = "xdpn-own",
	  .native = true },
	{ .name = "isle", .way = &isle_way, .ifname = "frames" },
	{ .name = "isle-lib", .way = &lib_way, .ifname = "ring" },
	{ .name = "isle-batch", .way = &batch_way, .ifname = "batch" },
	{ .name = "none", .way = &no_way, .ifname = "nothing" },
};

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "batches", required_argument, NULL, 'b' },
		{ "only", required_argument, NULL, 'o' },
		{ }
	};
	const char *only = NULL;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b':
			batches = (unsigned int)strtoul(optarg, NULL, 10);
			break;
		case 'o':
			only = optarg;
			break;
		default:
			return 2;
		}
	}
	if (!batches)
		die("bad --batches");
	if (unshare(CLONE_NEWNET))
		die_errno(0, "unshare");
	no_ipv6();
	for (size_t i = 0; i < ARRAY_SIZE(targets); i++)
		if (!only || !strcmp(only, targets[i].name))
			measure(&targets[i]);
	return 0;
}
