// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: benchmark, rtc, time, and memory: vm, shm, as task 1 answers them
 */
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <kselftest_harness.h>
#include "transport.h"

#define MIB	(1UL << 20)

FIXTURE(services)
{
	struct counters before;
	int ctl;
	struct dom dom, linked, other;
	int fd;			/* a task of dom */
	int fd_linked;		/* of a domain that is linked to it */
	int fd_other;		/* of one that is not */
	struct isle_transport via, via_linked, via_other;
};

FIXTURE_SETUP(services)
{
	self->before = counters_start();
	self->ctl = control_open();
	ASSERT_GE(self->ctl, 0);
	ASSERT_EQ(dom_create(self->ctl, NULL, &self->dom), 0);
	ASSERT_EQ(dom_create(self->ctl, NULL, &self->linked), 0);
	ASSERT_EQ(dom_create(self->ctl, NULL, &self->other), 0);
	ASSERT_EQ(dom_link(self->ctl, self->dom.id, self->linked.id), 0);
	self->fd = task_open(self->dom.fd);
	self->fd_linked = task_open(self->linked.fd);
	self->fd_other = task_open(self->other.fd);
	ASSERT_GE(self->fd, 0);
	ASSERT_GE(self->fd_linked, 0);
	ASSERT_GE(self->fd_other, 0);
	self->via = over(&self->fd);
	self->via_linked = over(&self->fd_linked);
	self->via_other = over(&self->fd_other);
}

FIXTURE_TEARDOWN(services)
{
	close(self->fd);
	close(self->fd_linked);
	close(self->fd_other);
	close(self->dom.fd);
	close(self->linked.fd);
	close(self->other.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->before));
}

static __u64 messages_used(int ctl, __u32 domid)
{
	return quota_used(ctl, domid, ISLE_QUOTA_MESSAGES);
}

/* ---- benchmark ------------------------------------------------------------------- */

TEST_F(services, nop)
{
	static const int values[] = { 0, 1, -1, 0x12345678, INT32_MIN };
	size_t i;
	__s32 value;

	for (i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
		value = 77;
		ASSERT_EQ(isle_call_benchmark_nop(&self->via, SERVICES, values[i], &value), 0);
		ASSERT_EQ(value, values[i]);
	}
}

/* Everything else in the reply is zero, and it comes from task 1 */
TEST_F(services, nop_whole_reply)
{
	struct isle_message m;

	message_fill(&m, ISLE_MSG_BENCHMARK_NOP, 1);
	ASSERT_EQ(ipc_call(self->fd, SERVICES, &m), 0);
	ASSERT_EQ(m.type, ISLE_MSG_BENCHMARK_NOP_REPLY);
	ASSERT_EQ(m.src, SERVICES);
	ASSERT_TRUE(all_bytes(m.data + 4, 0, sizeof(m.data) - 4));
}

TEST_F(services, nop_with_ool)
{
	static const size_t sizes[] = { 0, 1, 3, 4095, 4096, 8192, 100001, 16 * MIB };
	uint8_t *in = malloc(16 * MIB), *out = malloc(16 * MIB + 1);
	struct rng r = { 5 };
	__u64 length;
	size_t i;

	ASSERT_NE(in, NULL);
	ASSERT_NE(out, NULL);
	fill(&r, in, 16 * MIB);
	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		memset(out, 0xee, sizes[i] + 1);
		length = sizes[i];
		ASSERT_EQ(isle_call_benchmark_nop_with_ool(&self->via, SERVICES, in, sizes[i],
							   out, &length), 0);
		ASSERT_EQ(length, sizes[i]);
		ASSERT_EQ(memcmp(in, out, sizes[i]), 0);
		ASSERT_EQ(out[sizes[i]], 0xee);
	}
	free(in);
	free(out);
}

TEST_F(services, nop_with_ool_errors)
{
	uint8_t *fence = fenced(1), buffer[64] = { 0 };
	struct isle_message m = { .type = ISLE_MSG_BENCHMARK_NOP_WITH_OOL };
	__u64 length = 63;

	/* larger than there is room for */
	ASSERT_EQ(isle_call_benchmark_nop_with_ool(&self->via, SERVICES, buffer, 64, buffer,
						   &length), -EMSGSIZE);
	/* larger than anything may be */
	m.payload.address = (uintptr_t)buffer;
	m.payload.length = 16 * MIB + 1;
	ASSERT_EQ(ipc_call(self->fd, SERVICES, &m), -EMSGSIZE);
	m.payload.length = ~0ULL;
	ASSERT_EQ(ipc_call(self->fd, SERVICES, &m), -EMSGSIZE);
	/* from and to where nothing is */
	length = 64;
	ASSERT_EQ(isle_call_benchmark_nop_with_ool(&self->via, SERVICES, fence + 4096 - 32, 64,
						   buffer, &length), -EFAULT);
	ASSERT_EQ(isle_call_benchmark_nop_with_ool(&self->via, SERVICES, buffer, 64,
						   fence + 4096 - 32, &length), -EFAULT);
	ASSERT_EQ(isle_call_benchmark_nop_with_ool(&self->via, SERVICES, pointer(~0UL - 31), 64,
						   buffer, &length), -EFAULT);
	/* without the bit that says that there is a payload */
	m.type &= ISLE_MESSAGE_NUMBER;
	ASSERT_EQ(ipc_call(self->fd, SERVICES, &m), 0);
	ASSERT_EQ(m.type, ISLE_ERROR_INVALID_ARG);
	fenced_free(fence, 1);
}

/* The answer may go over what was sent */
TEST_F(services, nop_with_ool_overlap)
{
	static const int shifts[] = { 0, 1, -1, 4096, -4096, 5000, -5000 };
	size_t size = 100000, i;
	uint8_t *area = malloc(size + 20000), *copy = malloc(size), *from = area + 10000;
	struct rng r = { 6 };
	__u64 length;

	for (i = 0; i < sizeof(shifts) / sizeof(shifts[0]); i++) {
		fill(&r, from, size);
		memcpy(copy, from, size);
		length = size;
		ASSERT_EQ(isle_call_benchmark_nop_with_ool(&self->via, SERVICES, from, size,
							   from + shifts[i], &length), 0);
		ASSERT_EQ(memcmp(from + shifts[i], copy, size), 0);
	}
	free(area);
	free(copy);
}

/* ---- clocks ------------------------------------------------------------------------ */

TEST_F(services, gettimeofday)
{
	time_t before = time(NULL);
	__u64 now_ = 0;

	ASSERT_EQ(isle_call_time_gettimeofday(&self->via, SERVICES, &now_), 0);
	ASSERT_GE(now_ + 1, before);	/* the clock of time(2) may lag a tick */
	ASSERT_LE(now_, time(NULL) + 1);
}

TEST_F(services, rtc)
{
	__u8 month, day, weekday, hour, minute, second;
	time_t before = time(NULL), t;
	struct tm tm = { 0 };
	__u32 year;

	ASSERT_EQ(isle_call_rtc_read(&self->via, SERVICES, &year, &month, &day, &weekday, &hour,
				     &minute, &second), 0);
	tm.tm_year = year - 1900;
	tm.tm_mon = month - 1;
	tm.tm_mday = day;
	tm.tm_hour = hour;
	tm.tm_min = minute;
	tm.tm_sec = second;
	t = timegm(&tm);
	ASSERT_GE(t + 1, before);
	ASSERT_LE(t, time(NULL) + 1);
	ASSERT_EQ(tm.tm_wday, weekday);
}

/* ---- vm ------------------------------------------------------------------------------ */

TEST_F(services, pages)
{
	__u64 vaddr, paddr = 1, used = messages_used(self->ctl, self->dom.id);
	uint8_t *p;

	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 3, 0, &vaddr, &paddr), 0);
	p = pointer(vaddr);
	ASSERT_EQ(paddr, 0);
	ASSERT_EQ(vaddr % 4096, 0);
	ASSERT_TRUE(all_bytes(p, 0, 3 * 4096));
	memset(p, 0xa5, 3 * 4096);
	ASSERT_GE(messages_used(self->ctl, self->dom.id), used + 3 * 4096);
	/* In pieces; the last one gives all of it back */
	ASSERT_EQ(munmap(p + 4096, 4096), 0);
	ASSERT_EQ(p[0], 0xa5);
	ASSERT_EQ(p[3 * 4096 - 1], 0xa5);
	ASSERT_EQ(munmap(p, 4096), 0);
	ASSERT_GE(messages_used(self->ctl, self->dom.id), used + 3 * 4096);
	ASSERT_EQ(munmap(p + 2 * 4096, 4096), 0);
	ASSERT_TRUE(eventually(messages_used(self->ctl, self->dom.id) == used));
	/* What comes next is zero, too */
	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 3, 0, &vaddr, NULL), 0);
	ASSERT_TRUE(all_bytes(pointer(vaddr), 0, 3 * 4096));
	munmap(pointer(vaddr), 3 * 4096);
}

TEST_F(services, pages_errors)
{
	static const __u64 wrong[] = { 0, 16385, 1ULL << 31, 1ULL << 32, 1ULL << 52, ~0ULL };
	struct rlimit limit, none = { 0 };
	__u64 vaddr;
	size_t i;

	for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, wrong[i], 0, &vaddr,
						   NULL), -EINVAL);
	ASSERT_EQ(quota_set(self->ctl, self->dom.id, ISLE_QUOTA_MESSAGES, 8 * 4096), 0);
	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 8, 0, &vaddr, NULL), -ENOMEM);
	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 7, 0, &vaddr, NULL), 0);
	munmap(pointer(vaddr), 7 * 4096);
	/* No room in the caller's address space: and nothing is left over */
	ASSERT_EQ(getrlimit(RLIMIT_AS, &limit), 0);
	none.rlim_max = limit.rlim_max;
	none.rlim_cur = 0;
	ASSERT_EQ(setrlimit(RLIMIT_AS, &none), 0);
	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 1, 0, &vaddr, NULL), -ENOMEM);
	ASSERT_EQ(setrlimit(RLIMIT_AS, &limit), 0);
	ASSERT_TRUE(eventually(messages_used(self->ctl, self->dom.id) == 0));
}

/* They stay when task and domain have gone, and are paid for until they go */
TEST_F(services, pages_outlive)
{
	struct dom dom;
	__u64 vaddr;
	int fd;
	struct isle_transport via = over(&fd);

	ASSERT_EQ(dom_create(self->ctl, NULL, &dom), 0);
	fd = task_open(dom.fd);
	ASSERT_EQ(isle_call_vm_alloc_pages(&via, SERVICES, 2, 0, &vaddr, NULL), 0);
	close(fd);
	close(dom.fd);
	ASSERT_FALSE(dom_exists(self->ctl, dom.id));
	memset(pointer(vaddr), 1, 2 * 4096);
	ASSERT_EQ(munmap(pointer(vaddr), 2 * 4096), 0);
}

/* Whoever has them is killed */
TEST_F(services, pages_killed)
{
	int pid = fork(), status;
	__u64 vaddr;

	ASSERT_GE(pid, 0);
	if (!pid) {
		if (isle_call_vm_alloc_pages(&self->via, SERVICES, 100, 0, &vaddr, NULL))
			_exit(1);
		memset(pointer(vaddr), 1, 100 * 4096);
		raise(SIGKILL);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_TRUE(WIFSIGNALED(status));
	ASSERT_TRUE(eventually(messages_used(self->ctl, self->dom.id) == 0));
}

static int drop_rawio(void)
{
	struct __user_cap_header_struct head = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct caps[2];

	if (syscall(SYS_capget, &head, caps))
		return -errno;
	caps[0].effective &= ~(1U << CAP_SYS_RAWIO);
	return syscall(SYS_capset, &head, caps) ? -errno : 0;
}

/* What the BIOS has left below 1 MiB is what /dev/mem shows there */
TEST_F(services, physical)
{
	uint8_t bios[4096];
	__u64 vaddr, paddr;
	int mem, i;

	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 16, 0xf0000, &vaddr, &paddr), 0);
	ASSERT_EQ(paddr, 0xf0000);
	mem = open("/dev/mem", O_RDONLY);
	if (mem >= 0) {
		ASSERT_EQ(pread(mem, bios, sizeof(bios), 0xff000), sizeof(bios));
		for (i = 0; i < 4096; i++)
			ASSERT_EQ(bios[i], ((volatile uint8_t *)pointer(vaddr))[15 * 4096 + i]);
		close(mem);
	}
	ASSERT_EQ(munmap(pointer(vaddr), 16 * 4096), 0);
	/* system memory, also if only the last page is */
	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 1, 0x200000, &vaddr, NULL),
		  -EPERM);
	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 17, 0xf0000, &vaddr, NULL),
		  -EPERM);
	/* what a driver has: the registers of an APIC */
	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 1, 0xfec00000, &vaddr, NULL),
		  -EPERM);
	/* what no processor can address */
	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 1, 1ULL << 60, &vaddr, NULL),
		  -EINVAL);
	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 2, ~0xfffULL, &vaddr, NULL),
		  -EINVAL);
	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 1, 0xf0001, &vaddr, NULL),
		  -EINVAL);
	/* without the capability */
	ASSERT_EQ(drop_rawio(), 0);
	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 1, 0xf0000, &vaddr, NULL),
		  -EPERM);
	ASSERT_EQ(isle_call_vm_alloc_pages(&self->via, SERVICES, 1, 0, &vaddr, NULL), 0);
	munmap(pointer(vaddr), 4096);
}

/* ---- shm ----------------------------------------------------------------------------- */

TEST_F(services, shm)
{
	uint8_t *mine, *theirs;
	__u64 a, b;
	__s32 id;

	ASSERT_EQ(isle_call_shm_create(&self->via, SERVICES, 5000, &id), 0);
	ASSERT_GT(id, 0);
	ASSERT_EQ(isle_call_shm_map(&self->via, SERVICES, id, 1, &a), 0);
	ASSERT_EQ(isle_call_shm_map(&self->via_linked, SERVICES, id, 1, &b), 0);
	ASSERT_NE(a, b);
	mine = pointer(a);
	theirs = pointer(b);
	ASSERT_TRUE(all_bytes(mine, 0, 8192));
	mine[0] = 1;
	theirs[8191] = 2;
	ASSERT_EQ(theirs[0], 1);
	ASSERT_EQ(mine[8191], 2);
	/* An unlinked domain sees nothing */
	ASSERT_EQ(isle_call_shm_map(&self->via_other, SERVICES, id, 1, &b), -ENOENT);
	ASSERT_EQ(isle_call_shm_close(&self->via_other, SERVICES, id), -ENOENT);
	/* A linked one cannot close it */
	ASSERT_EQ(isle_call_shm_close(&self->via_linked, SERVICES, id), -EPERM);
	/* A closed one cannot be mapped; what is mapped stays */
	ASSERT_EQ(isle_call_shm_close(&self->via, SERVICES, id), 0);
	ASSERT_EQ(isle_call_shm_map(&self->via, SERVICES, id, 1, &b), -ENOENT);
	ASSERT_EQ(isle_call_shm_map(&self->via_linked, SERVICES, id, 1, &b), -ENOENT);
	ASSERT_EQ(isle_call_shm_close(&self->via, SERVICES, id), -ENOENT);
	mine[1] = 3;
	ASSERT_EQ(theirs[1], 3);
	ASSERT_EQ(munmap(mine, 8192), 0);
	ASSERT_EQ(theirs[1], 3);
	ASSERT_EQ(munmap(theirs, 8192), 0);
	ASSERT_TRUE(eventually(messages_used(self->ctl, self->dom.id) == 0));
}

TEST_F(services, shm_read_only)
{
	__u64 a;
	__s32 id;

	ASSERT_EQ(isle_call_shm_create(&self->via, SERVICES, 4096, &id), 0);
	ASSERT_EQ(isle_call_shm_map(&self->via, SERVICES, id, 0, &a), 0);
	ASSERT_EQ(*(volatile uint8_t *)pointer(a), 0);
	ASSERT_NE(mprotect(pointer(a), 4096, PROT_READ | PROT_WRITE), 0);
	ASSERT_NE(mprotect(pointer(a), 4096, PROT_READ | PROT_EXEC), 0);
	ASSERT_EQ(munmap(pointer(a), 4096), 0);
	ASSERT_EQ(isle_call_shm_close(&self->via, SERVICES, id), 0);
}

TEST_F(services, shm_errors)
{
	struct isle_msg_shm_map in = { .writable = 2 };
	struct isle_message m = { .type = ISLE_MSG_SHM_MAP };
	static const int ids[] = { 0, -1, INT32_MAX, INT32_MIN, 123456 };
	static const __u64 sizes[] = { 0, ISLE_SHM_MAX + 1ULL, 1ULL << 31, 1ULL << 63, ~0ULL };
	__u64 a;
	__s32 id;
	size_t i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		ASSERT_EQ(isle_call_shm_create(&self->via, SERVICES, sizes[i], &id), -EINVAL);
	for (i = 0; i < sizeof(ids) / sizeof(ids[0]); i++) {
		ASSERT_EQ(isle_call_shm_map(&self->via, SERVICES, ids[i], 0, &a), -ENOENT);
		ASSERT_EQ(isle_call_shm_close(&self->via, SERVICES, ids[i]), -ENOENT);
	}
	ASSERT_EQ(isle_call_shm_create(&self->via, SERVICES, 4096, &id), 0);
	in.shm_id = id;
	memcpy(m.data, &in, sizeof(in));
	ASSERT_EQ(ipc_call(self->fd, SERVICES, &m), 0);
	ASSERT_EQ(m.type, ISLE_ERROR_INVALID_ARG);
	ASSERT_EQ(quota_set(self->ctl, self->dom.id, ISLE_QUOTA_MESSAGES, 8192), 0);
	ASSERT_EQ(isle_call_shm_create(&self->via, SERVICES, 8192, &id), -ENOMEM);
}

/* It is closed when its task ends; the mapping stays */
TEST_F(services, shm_task_ends)
{
	int fd = task_open(self->dom.fd);
	struct isle_transport via = over(&fd);
	__u64 a, b;
	__s32 id;

	ASSERT_EQ(isle_call_shm_create(&via, SERVICES, 4096, &id), 0);
	ASSERT_EQ(isle_call_shm_map(&via, SERVICES, id, 1, &a), 0);
	close(fd);
	ASSERT_EQ(isle_call_shm_map(&self->via, SERVICES, id, 1, &b), -ENOENT);
	*(volatile uint8_t *)pointer(a) = 1;
	ASSERT_EQ(munmap(pointer(a), 4096), 0);
}

/* As a mapping is one whole, so that what the module knows of it stays true */
TEST_F(services, shm_whole)
{
	__u64 a;
	__s32 id;

	ASSERT_EQ(isle_call_shm_create(&self->via, SERVICES, 8192, &id), 0);
	ASSERT_EQ(isle_call_shm_map(&self->via, SERVICES, id, 1, &a), 0);
	ASSERT_NE(munmap(pointer(a), 4096), 0);
	ASSERT_EQ(mremap(pointer(a), 8192, 16384, MREMAP_MAYMOVE), MAP_FAILED);
	ASSERT_EQ(munmap(pointer(a), 8192), 0);
}

TEST_HARNESS_MAIN
