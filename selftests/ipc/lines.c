// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: every line of the interface
 *
 * Each message is answered by the module, sent by the module, or carried
 * between tasks; the table says which, and a test per line shows it.  No number
 * of the interface may be missing from the table.
 */
#include <kselftest_harness.h>

#include "transport.h"

FIXTURE(lines)
{
	struct counters before;
	int ctl;
	struct dom dom, linked;
	int fd, fd_linked;		/* a task of each */
	struct isle_transport via, via_linked;
};

FIXTURE_SETUP(lines)
{
	self->before = counters_start();
	self->ctl = control_open();
	ASSERT_GE(self->ctl, 0);
	ASSERT_EQ(dom_create(self->ctl, NULL, &self->dom), 0);
	ASSERT_EQ(dom_create(self->ctl, NULL, &self->linked), 0);
	ASSERT_EQ(dom_link(self->ctl, self->dom.id, self->linked.id), 0);
	self->fd = task_open(self->dom.fd);
	self->fd_linked = task_open(self->linked.fd);
	ASSERT_GE(self->fd_linked, 0);
	self->via = over(&self->fd);
	self->via_linked = over(&self->fd_linked);
}

FIXTURE_TEARDOWN(lines)
{
	close(self->fd);
	close(self->fd_linked);
	close(self->dom.fd);
	close(self->linked.fd);
	close(self->ctl);
	EXPECT_TRUE(counters_are(&self->before));
}

/* What a line of the interface does */
struct line;

typedef bool (*line_fn)(FIXTURE_DATA(lines) *self, const struct line *line);

struct line {
	const char *name;
	int request;
	int reply;		/* 0: none */
	line_fn works;
};

#define WORKS(name)							\
	static bool name(FIXTURE_DATA(lines) *self __attribute__((unused)),	\
			 const struct line *line __attribute__((unused)))

/* ---- carried: by any two tasks, as it was sent ------------------------------------------ */

#define DATA_SIZE	10000

struct line_server {
	pthread_t thread;
	int fd;
	const struct line *line;
	bool good;
};

/* Puts a payload into @m if its type has one; the same for the same @seed */
static void carry(struct isle_message *m, int type, uint8_t *data, __u32 seed)
{
	struct rng r = { seed };
	int i;

	message_fill(m, type, seed);
	if (!(type & ISLE_MESSAGE_PAYLOAD))
		return;
	fill(&r, data, DATA_SIZE);
	for (i = 0; i < DATA_SIZE && type & ISLE_MESSAGE_STRING; i++)
		data[i] |= 1;
	data[DATA_SIZE - 1] = 0;
	m->payload.address = (uintptr_t)data;
	m->payload.length = DATA_SIZE;
}

static bool carried(const struct isle_message *m, int src, int type, uint8_t *got, __u32 seed)
{
	uint8_t data[DATA_SIZE];
	struct isle_message want;

	carry(&want, type, data, seed);
	if (m->type != type || m->src != src)
		return false;
	if (!(type & ISLE_MESSAGE_PAYLOAD))
		return memcmp(m->data, want.data, sizeof(m->data)) == 0;
	return m->payload.address == (uintptr_t)got && m->payload.length == DATA_SIZE &&
	       memcmp(got, data, DATA_SIZE) == 0 &&
	       memcmp(m->data + 16, want.data + 16, sizeof(m->data) - 16) == 0;
}

static void *serve_one(void *arg)
{
	static uint8_t got[DATA_SIZE], data[DATA_SIZE];
	struct line_server *s = arg;
	struct isle_message m;
	struct isle_ipc receive = {
		.flags = ISLE_IPC_RECEIVE | ISLE_IPC_TIMEOUT, .src = ANY,
		.timeout_ns = LONG_WAIT * 1000000000LL, .message = (uintptr_t)&m,
		.buffer = (uintptr_t)got, .buffer_size = sizeof(got),
	};
	int src;

	if (ipc(s->fd, &receive))
		return NULL;
	src = m.src;
	s->good = carried(&m, src, s->line->request, got, 1);
	if (!s->line->reply)
		return NULL;
	carry(&m, s->line->reply, data, 2);
	s->good &= ipc_reply(s->fd, src, &m) == 0;
	return NULL;
}

WORKS(is_carried)
{
	static uint8_t got[DATA_SIZE], data[DATA_SIZE];
	struct line_server s = { .fd = self->fd_linked, .line = line };
	int server = task_number(self->fd_linked), ret;
	struct isle_message m;
	struct isle_ipc arg = {
		.flags = (line->reply ? ISLE_IPC_CALL : ISLE_IPC_SEND) | ISLE_IPC_TIMEOUT,
		.dst = server, .timeout_ns = LONG_WAIT * 1000000000LL,
		.message = (uintptr_t)&m, .buffer = (uintptr_t)(line->reply ? got : NULL),
		.buffer_size = line->reply ? sizeof(got) : 0,
	};

	carry(&m, line->request, data, 1);
	if (pthread_create(&s.thread, NULL, serve_one, &s))
		return false;
	ret = ipc(self->fd, &arg);
	pthread_join(s.thread, NULL);
	return !ret && s.good &&
	       (!line->reply || carried(&m, server, line->reply, got, 2));
}

/* ---- sent by the module ------------------------------------------------------------------- */

WORKS(notifications)
{
	struct isle_message m;

	return ipc_notify(self->fd_linked, task_number(self->fd), 0x30) == 0 &&
	       ipc_notify(self->fd_linked, task_number(self->fd), 0x40) == 0 &&
	       ipc_receive_soon(self->fd, ANY, &m) == 0 && m.type == line->request &&
	       m.src == ISLE_TASK_KERNEL && m.value == 0x70;
}

WORKS(exited)
{
	int fd = task_open(self->linked.fd), id = task_number(fd);
	struct isle_message m;

	if (isle_call_task_watch(&self->via, SERVICES, id))
		return false;
	close(fd);
	return ipc_receive_soon(self->fd, ANY, &m) == 0 && m.value == ISLE_NOTIFY_ASYNC &&
	       ipc_async_receive(self->fd, SERVICES, &m) == 0 && m.type == line->request &&
	       m.src == SERVICES && m.value == id;
}

/* ---- answered by the module ----------------------------------------------------------------- */

WORKS(invalid)
{
	struct isle_message m = message(line->request, 0);

	return ipc_call(self->fd, SERVICES, &m) == 0 && m.type == ISLE_ERROR_INVALID_ARG;
}

WORKS(nop)
{
	__s32 value = 0;

	return isle_call_benchmark_nop(&self->via, SERVICES, 12345, &value) == 0 && value == 12345;
}

WORKS(nop_with_ool)
{
	char got[4] = "";
	__u64 length = sizeof(got);

	return isle_call_benchmark_nop_with_ool(&self->via, SERVICES, "abc", 3, got,
						&length) == 0 &&
	       length == 3 && memcmp(got, "abc", 3) == 0;
}

WORKS(pages)
{
	__u64 vaddr;

	return isle_call_vm_alloc_pages(&self->via, SERVICES, 2, 0, &vaddr, NULL) == 0 &&
	       all_bytes(pointer(vaddr), 0, 8192) && munmap(pointer(vaddr), 8192) == 0;
}

WORKS(names)
{
	__s32 task = 0;

	return isle_call_discovery_serve(&self->via_linked, SERVICES, "name") == 0 &&
	       isle_call_discovery_lookup(&self->via, SERVICES, "name", &task) == 0 &&
	       task == task_number(self->fd_linked);
}

WORKS(allocated)
{
	__s32 task = 0;

	return isle_call_task_alloc(&self->via, SERVICES, 0, &task) == 0 && task > 1 &&
	       isle_call_task_free(&self->via, SERVICES, task) == 0 &&
	       isle_call_task_free(&self->via, SERVICES, task) == -ESRCH;
}

/* It goes on to the launcher, whose answer comes back */
static void *launcher(void *arg)
{
	char line[16];
	int *fd = arg;
	struct isle_message m;
	struct isle_ipc receive = {
		.flags = ISLE_IPC_RECEIVE | ISLE_IPC_TIMEOUT, .src = ANY,
		.timeout_ns = LONG_WAIT * 1000000000LL, .message = (uintptr_t)&m,
		.buffer = (uintptr_t)line, .buffer_size = sizeof(line),
	};
	int src;

	if (ipc(*fd, &receive) || strcmp(line, "program"))
		return NULL;
	src = m.src;
	m = message(ISLE_MSG_TASK_LAUNCH_REPLY, 99);
	ipc_reply(*fd, src, &m);
	return NULL;
}

WORKS(launch)
{
	int fd = task_open(self->dom.fd);
	struct isle_transport via = over(&fd);
	pthread_t thread;
	__s32 task = 0;
	bool good;

	if (isle_call_discovery_serve(&via, SERVICES, "launcher") ||
	    pthread_create(&thread, NULL, launcher, &fd))
		return false;
	good = isle_call_task_launch(&self->via, SERVICES, "program", &task) == 0 && task == 99;
	pthread_join(thread, NULL);
	close(fd);
	return good;
}

WORKS(watched)
{
	int id = task_number(self->fd_linked);

	return isle_call_task_watch(&self->via, SERVICES, id) == 0 &&
	       isle_call_task_unwatch(&self->via, SERVICES, id) == 0 &&
	       isle_call_task_unwatch(&self->via, SERVICES, id) == -ENOENT;
}

WORKS(payload)
{
	char to[8] = "";
	__u64 id, where;

	return isle_call_ool_recv(&self->via_linked, SERVICES, (uintptr_t)to, sizeof(to)) == 0 &&
	       isle_call_ool_send(&self->via, SERVICES, task_number(self->fd_linked),
				  (uintptr_t)"data", 5, &id) == 0 &&
	       isle_call_ool_verify(&self->via_linked, SERVICES, task_number(self->fd), id, 5,
				    &where) == 0 &&
	       where == (uintptr_t)to && strcmp(to, "data") == 0;
}

WORKS(clocks)
{
	__u64 now_ = 0;
	__u32 year = 0;

	return isle_call_time_gettimeofday(&self->via, SERVICES, &now_) == 0 && now_ > 1000000000 &&
	       isle_call_rtc_read(&self->via, SERVICES, &year, NULL, NULL, NULL, NULL, NULL,
				  NULL) == 0 && year >= 2001;
}

WORKS(shared)
{
	__u64 a = 0;
	__s32 id;

	return isle_call_shm_create(&self->via, SERVICES, 1, &id) == 0 &&
	       isle_call_shm_map(&self->via_linked, SERVICES, id, 1, &a) == 0 &&
	       isle_call_shm_close(&self->via, SERVICES, id) == 0 &&
	       isle_call_shm_map(&self->via_linked, SERVICES, id, 1, &a) == -ENOENT &&
	       munmap(pointer(a), 4096) == 0;
}

#define ONEWAY(name, works)	{ #name, ISLE_MSG_##name, 0, works }
#define RPC(name, works)	{ #name, ISLE_MSG_##name, ISLE_MSG_##name##_REPLY, works }

static const struct line lines[] = {
	ONEWAY(NOTIFICATIONS, notifications),
	ONEWAY(ASYNC, is_carried),
	ONEWAY(INVALID, invalid),
	ONEWAY(EXCEPTION, is_carried),
	RPC(PAGE_FAULT, is_carried),
	RPC(ABI_HOOK, is_carried),
	RPC(HV_X64_START, is_carried),
	RPC(HV_HALT, is_carried),
	RPC(HV_GUEST_PAGE_FAULT, is_carried),
	RPC(HV_IOPORT_READ, is_carried),
	RPC(HV_IOPORT_WRITE, is_carried),
	ONEWAY(HV_AWAIT, is_carried),
	ONEWAY(HV_INJECT_IRQ, is_carried),
	RPC(BENCHMARK_NOP, nop),
	RPC(BENCHMARK_NOP_WITH_OOL, nop_with_ool),
	RPC(VM_ALLOC_PAGES, pages),
	RPC(DISCOVERY_SERVE, names),
	RPC(DISCOVERY_LOOKUP, names),
	RPC(TASK_ALLOC, allocated),
	RPC(TASK_FREE, allocated),
	RPC(TASK_LAUNCH, launch),
	RPC(TASK_WATCH, watched),
	RPC(TASK_UNWATCH, watched),
	ONEWAY(TASK_EXITED, exited),
	RPC(OOL_RECV, payload),
	RPC(OOL_SEND, payload),
	RPC(OOL_VERIFY, payload),
	RPC(FS_OPEN, is_carried),
	RPC(FS_CREATE, is_carried),
	RPC(FS_CLOSE, is_carried),
	RPC(FS_READ, is_carried),
	RPC(FS_WRITE, is_carried),
	RPC(FS_STAT, is_carried),
	RPC(BLK_READ, is_carried),
	RPC(BLK_WRITE, is_carried),
	ONEWAY(NET_RX, is_carried),
	ONEWAY(NET_TX, is_carried),
	RPC(RTC_READ, clocks),
	RPC(TIME_GETTIMEOFDAY, clocks),
	RPC(SHM_CREATE, shared),
	RPC(SHM_MAP, shared),
	RPC(SHM_CLOSE, shared),
	RPC(SHM_TEST_READ, is_carried),
};

#define LINES	(sizeof(lines) / sizeof(lines[0]))

FIXTURE_VARIANT(lines)
{
	int from, to;		/* indices */
};

/* The harness wants a variant per test; groups of lines keep the list short */
FIXTURE_VARIANT_ADD(lines, top)		{ .from = 0, .to = 6 };
FIXTURE_VARIANT_ADD(lines, hv)		{ .from = 6, .to = 13 };
FIXTURE_VARIANT_ADD(lines, benchmark)	{ .from = 13, .to = 15 };
FIXTURE_VARIANT_ADD(lines, vm)		{ .from = 15, .to = 16 };
FIXTURE_VARIANT_ADD(lines, discovery)	{ .from = 16, .to = 18 };
FIXTURE_VARIANT_ADD(lines, task)	{ .from = 18, .to = 24 };
FIXTURE_VARIANT_ADD(lines, ool)		{ .from = 24, .to = 27 };
FIXTURE_VARIANT_ADD(lines, fs)		{ .from = 27, .to = 33 };
FIXTURE_VARIANT_ADD(lines, blk)		{ .from = 33, .to = 35 };
FIXTURE_VARIANT_ADD(lines, net)		{ .from = 35, .to = 37 };
FIXTURE_VARIANT_ADD(lines, clocks)	{ .from = 37, .to = 39 };
FIXTURE_VARIANT_ADD(lines, shm)		{ .from = 39, .to = 43 };

TEST_F(lines, each)
{
	int i, fd;
	struct isle_transport via = over(&fd);

	for (i = variant->from; i < variant->to; i++) {
		/* a server per line, so that it has what names it likes */
		fd = self->fd_linked;
		self->fd_linked = task_open(self->linked.fd);
		close(fd);
		EXPECT_TRUE(lines[i].works(self, &lines[i])) {
			TH_LOG("%s", lines[i].name);
		}
	}
	(void)via;
}

/* Every number is in the table, once; and what the table has no line for does not exist */
TEST(table)
{
	int seen[ISLE_MSG_NR_LAST + 1] = { 0 }, number;
	size_t i;

	for (i = 0; i < LINES; i++) {
		number = lines[i].request & ISLE_MESSAGE_NUMBER;
		ASSERT_LE(number, ISLE_MSG_NR_LAST);
		seen[number]++;
		if (!lines[i].reply)
			continue;
		ASSERT_EQ(lines[i].reply & ISLE_MESSAGE_NUMBER, number + 1);
		seen[number + 1]++;
	}
	ASSERT_EQ(seen[0], 0);
	for (number = 1; number <= ISLE_MSG_NR_LAST; number++)
		ASSERT_EQ(seen[number], 1) {
			TH_LOG("number %d", number);
		}
}

/* What task 1 does not answer it refuses, whatever is in it, and waits for nothing */
TEST_F(lines, services_refuse)
{
	struct isle_message m;
	size_t i;
	int ret;

	for (i = variant->from; i < (size_t)variant->to; i++) {
		if (lines[i].works != is_carried)
			continue;
		message_fill(&m, lines[i].request, 9);
		if (m.type & ISLE_MESSAGE_PAYLOAD) {
			m.payload.address = (uintptr_t)"x";
			m.payload.length = 2;
		}
		ret = ipc_call(self->fd, SERVICES, &m);
		ASSERT_EQ(ret, 0);
		ASSERT_EQ(m.type, ISLE_ERROR_INVALID_ARG) {
			TH_LOG("%s", lines[i].name);
		}
	}
}

/* Replies, errors, and numbers of nothing are no requests; random words neither harm nor hang */
TEST_F(lines, noise)
{
	struct isle_message m;
	struct isle_ipc arg = {
		.flags = ISLE_IPC_CALL | ISLE_IPC_NOWAIT, .dst = SERVICES,
		.message = (uintptr_t)&m,
	};
	struct rng r = { 1234 + variant->from };
	int i, ret;

	for (i = 0; i < rounds(3000, 300); i++) {
		fill(&r, &m, sizeof(m));
		m.type = below(&r, 140);
		if (below(&r, 2))
			m.type |= ISLE_MESSAGE_PAYLOAD;
		if (below(&r, 2))
			m.type |= ISLE_MESSAGE_STRING;
		if (below(&r, 2))	/* small numbers are more likely to mean something */
			memset(m.data + 4, 0, 12);
		/* memory that would be mapped is not given back */
		if ((m.type & ISLE_MESSAGE_NUMBER) == (ISLE_MSG_VM_ALLOC_PAGES))
			continue;
		ret = ipc(self->fd, &arg);
		ASSERT_TRUE(ret == 0 || ret == -EINVAL || ret == -EFAULT || ret == -EMSGSIZE ||
			    ret == -EAGAIN);
	}
}

TEST_HARNESS_MAIN
