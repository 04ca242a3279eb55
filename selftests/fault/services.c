// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: every allocation and every copy of the system services fails
 *
 * Of each call the first place where the kernel can run out of memory or fault
 * on user memory fails, then the second, and so on until it passes without a
 * failure.  Each time it says so, or has done all of its work; what it has done
 * is taken back, and in the end nothing has leaked.
 *
 * Needs a kernel with fault injection (the debug one).
 */
#include <kselftest_harness.h>

#include "../ipc/transport.h"
#include "nth.h"

FIXTURE(services)
{
	struct counters before;
	int nth;
	int ctl;
	struct dom dom;
	int fd, other;		/* tasks */
	int id, id_other;
	struct isle_transport via, via_other;
	int shm;
	uint8_t *buffer;
	int places;
};

FIXTURE_SETUP(services)
{
	self->nth = nth_open();
	if (self->nth < 0)
		SKIP(return, "this kernel has no fault injection");
	self->before = counters_start();
	self->ctl = control_open();
	ASSERT_GE(self->ctl, 0);
	ASSERT_EQ(dom_create(self->ctl, NULL, &self->dom), 0);
	self->fd = task_open(self->dom.fd);
	self->other = task_open(self->dom.fd);
	ASSERT_GE(self->other, 0);
	self->id = task_number(self->fd);
	self->id_other = task_number(self->other);
	self->via = over(&self->fd);
	self->via_other = over(&self->other);
	ASSERT_EQ(isle_call_shm_create(&self->via, SERVICES, 8192, &self->shm), 0);
	self->buffer = mmap(NULL, 65536, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	ASSERT_NE(self->buffer, MAP_FAILED);
}

FIXTURE_TEARDOWN(services)
{
	if (self->nth < 0)
		return;
	close(self->fd);
	close(self->other);
	close(self->dom.fd);
	close(self->ctl);
	munmap(self->buffer, 65536);
	EXPECT_TRUE(counters_are(&self->before));
	close(self->nth);
}

typedef int (*operation)(FIXTURE_DATA(services) *self);

/*
 * Do @call with each of its places failing; @undo takes back what has worked.
 * NULL or what was wrong.
 */
static const char *fail_each(FIXTURE_DATA(services) *self, operation call_, operation undo)
{
	bool failed;
	int n, ret;

	for (n = 1; n < MOST; n++) {
		arm(self->nth, n);
		ret = call_(self);
		failed = disarm(self->nth);
		if (ret && !(failed && sane(ret)))
			return strerror(-ret);
		/* A reply that could not be written: it may have been done all the same */
		if (undo && (!ret || ret == -EFAULT) && undo(self) && !ret)
			return "cannot be taken back";
		if (!failed)
			return NULL;
		self->places++;
	}
	return "no end of places that fail";
}

static int fresh = -1;
static struct isle_transport via_fresh;

static int serve(FIXTURE_DATA(services) *self)
{
	(void)self;
	return isle_call_discovery_serve(&via_fresh, SERVICES, "name");
}

static int end_fresh(FIXTURE_DATA(services) *self)
{
	close(fresh);
	fresh = task_open(self->dom.fd);
	return fresh < 0;
}

static int lookup(FIXTURE_DATA(services) *self)
{
	__s32 task;

	return isle_call_discovery_lookup(&self->via, SERVICES, "known", &task);
}

static int alloc(FIXTURE_DATA(services) *self)
{
	__s32 task;

	(void)self;
	return isle_call_task_alloc(&via_fresh, SERVICES, 0, &task);
}

static int watch(FIXTURE_DATA(services) *self)
{
	return isle_call_task_watch(&self->via, SERVICES, self->id_other);
}

static int unwatch(FIXTURE_DATA(services) *self)
{
	return isle_call_task_unwatch(&self->via, SERVICES, self->id_other);
}

static int pages(FIXTURE_DATA(services) *self)
{
	__u64 where;

	return isle_call_vm_alloc_pages(&self->via, SERVICES, 3, 0, &where, NULL);
}

static int map(FIXTURE_DATA(services) *self)
{
	__u64 where;

	return isle_call_shm_map(&self->via, SERVICES, self->shm, 1, &where);
}

/* Where it is, the reply may have failed to tell */
static int unmap(FIXTURE_DATA(services) *self)
{
	FILE *maps = fopen("/proc/self/maps", "re");
	unsigned long from[8], to[8];
	char line[256];
	int n = 0, ret = 0;

	(void)self;
	while (maps && n < 8 && fgets(line, sizeof(line), maps))
		if (strstr(line, "[isle-") && sscanf(line, "%lx-%lx", &from[n], &to[n]) == 2)
			n++;
	if (maps)
		fclose(maps);
	while (n--)
		ret |= munmap((void *)from[n], to[n] - from[n]);
	return ret;
}

static int create(FIXTURE_DATA(services) *self)
{
	__s32 id;

	(void)self;
	return isle_call_shm_create(&via_fresh, SERVICES, 20000, &id);
}

static int recv_(FIXTURE_DATA(services) *self)
{
	return isle_call_ool_recv(&self->via_other, SERVICES, (uintptr_t)self->buffer, 10000);
}

static int send_(FIXTURE_DATA(services) *self)
{
	__u64 id;

	return isle_call_ool_send(&self->via, SERVICES, self->id_other,
				  (uintptr_t)self->buffer + 20000, 10000, &id);
}

static int answer(FIXTURE_DATA(services) *self)
{
	__u64 length = 10000;

	return isle_call_benchmark_nop_with_ool(&self->via, SERVICES, self->buffer, 10000,
						self->buffer + 30000, &length);
}

TEST_F(services, each)
{
	static const struct {
		const char *name;
		operation call, undo;
	} calls[] = {
		{ "discovery.serve", serve, end_fresh },
		{ "discovery.lookup", lookup, NULL },
		{ "task.alloc", alloc, end_fresh },
		{ "task.watch", watch, unwatch },
		{ "vm.alloc_pages", pages, unmap },
		{ "shm.create", create, end_fresh },
		{ "shm.map", map, unmap },
		{ "ool.recv", recv_, NULL },
		/* recv again empties the buffer */
		{ "ool.send", send_, recv_ },
		{ "benchmark.nop_with_ool", answer, NULL },
	};
	struct isle_transport via = over(&self->other);
	const char *wrong;
	size_t i;

	ASSERT_EQ(isle_call_discovery_serve(&via, SERVICES, "known"), 0);
	fresh = task_open(self->dom.fd);
	via_fresh = over(&fresh);
	for (i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		int before = self->places;

		wrong = fail_each(self, calls[i].call, calls[i].undo);
		EXPECT_EQ(wrong, NULL) {
			TH_LOG("%s: %s", calls[i].name, wrong);
		}
		TH_LOG("%s: %d places", calls[i].name, self->places - before);
	}
	close(fresh);
	EXPECT_GE(self->places, 30);
}

TEST_HARNESS_MAIN
