// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: what the host can do with the frames of an interface: XDP, tc
 */
#include <kselftest_harness.h>

#include <linux/bpf.h>
#include <linux/if_link.h>
#include <sys/syscall.h>

#include "net.h"

FIXTURE(host) {
	struct port p;
};

FIXTURE_SETUP(host)
{
	ASSERT_EQ(0, port_make(&self->p, NULL));
}

FIXTURE_TEARDOWN(host)
{
	EXPECT_TRUE(port_end(&self->p));
}

/* An XDP program that drops all, in the generic part of the kernel; value: its link */
static int drop_all(const char *ifname)
{
	const struct bpf_insn program[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_DROP },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	union bpf_attr load = {
		.prog_type = BPF_PROG_TYPE_XDP, .insns = (uintptr_t)program,
		.insn_cnt = ARRAY_SIZE(program), .license = (uintptr_t)"GPL",
	};
	union bpf_attr link = {};
	int fd = syscall(SYS_bpf, BPF_PROG_LOAD, &load, sizeof(load));

	if (fd < 0)
		return -errno;
	link.link_create.prog_fd = fd;
	link.link_create.target_ifindex = if_index(ifname);
	link.link_create.attach_type = BPF_XDP;
	link.link_create.flags = XDP_FLAGS_SKB_MODE;
	return err(syscall(SYS_bpf, BPF_LINK_CREATE, &link, sizeof(link)));
}

TEST_F_TIMEOUT(host, generic_xdp, TIMEOUT)
{
	struct port *p = &self->p;
	int link = drop_all("port");
	__u32 i;

	ASSERT_LE(0, link);
	for (i = 0; i < 10; i++)
		ASSERT_TRUE(domain_sends(p, i, 60));
	close(link);
	/* the first that gets through is the first after it has gone */
	ASSERT_TRUE(eventually(domain_sends(p, 100, 60) && poll_now(p->host, POLLIN)));
	EXPECT_TRUE(comes(p->host, 100, 60));
}

TEST_F_TIMEOUT(host, traffic_control, TIMEOUT)
{
	struct port *p = &self->p;

	ASSERT_EQ(0, system("tc qdisc add dev port clsact && "
			    "tc filter add dev port ingress matchall action drop && "
			    "tc filter add dev port egress matchall action drop"));
	/* sockets see a frame before that */
	ASSERT_TRUE(domain_sends(p, 1, 60));
	EXPECT_TRUE(comes(p->host, 1, 60));
	EXPECT_EQ(0, system("tc -s filter show dev port ingress | grep -q 'dropped 1,'"));
	host_sends(p, 2, 60);
	EXPECT_EQ(0, poll_now(p->fd, POLLIN));
	ASSERT_EQ(0, system("tc qdisc del dev port clsact"));
	ASSERT_TRUE(domain_sends(p, 3, 60));
	EXPECT_TRUE(comes(p->host, 3, 60));
	ASSERT_TRUE(host_sends(p, 4, 60));
	EXPECT_TRUE(comes(p->fd, 4, 60));
}

TEST_HARNESS_MAIN
