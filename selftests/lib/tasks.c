// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: libisle's tasks, messages, services and shared memory
 */
#include <kselftest_harness.h>
#include <pthread.h>

#include <libisle-task.h>
#include <isle_stubs.h>

#include "../lib.h"

#define SOON	(LONG_WAIT * 1000000000LL)

FIXTURE(tasks)
{
	struct counters before;
	struct isle_control *control;
	struct isle_domain *domain, *linked;
	struct isle_task *task, *other;		/* of the one, of the other */
};

FIXTURE_SETUP(tasks)
{
	int a, b;

	self->before = counters_start();
	ASSERT_EQ(isle_control_open(&self->control), 0);
	a = isle_control_domain_create(self->control, NULL, &self->domain);
	b = isle_control_domain_create(self->control, NULL, &self->linked);
	ASSERT_GT(a, 0);
	ASSERT_GT(b, 0);
	ASSERT_EQ(isle_control_link(self->control, a, b), 0);
	ASSERT_EQ(isle_task_open_in(self->domain, &self->task), 0);
	ASSERT_EQ(isle_task_open_in(self->linked, &self->other), 0);
}

FIXTURE_TEARDOWN(tasks)
{
	isle_task_close(self->task);
	isle_task_close(self->other);
	isle_domain_close(self->domain);
	isle_domain_close(self->linked);
	isle_control_close(self->control);
	EXPECT_TRUE(counters_are(&self->before));
}

TEST_F(tasks, open)
{
	struct isle_task_info info = { .size = sizeof(info) };
	struct isle_task *task = NULL;
	int32_t cursor = 0;

	ASSERT_GE(isle_task_id(self->task), ISLE_TASK_MIN);
	ASSERT_NE(isle_task_id(self->task), isle_task_id(self->other));
	ASSERT_EQ(isle_task_get_info(self->task, &info), 0);
	ASSERT_EQ(info.task, isle_task_id(self->task));
	info.size = sizeof(info);
	ASSERT_EQ(isle_task_next(self->task, &cursor, &info), 0);
	ASSERT_EQ(info.task, isle_task_id(self->task));
	ASSERT_EQ(cursor, info.task + 1);
	ASSERT_EQ(isle_task_next(self->task, &cursor, &info), -ENOENT);

	ASSERT_EQ(isle_task_open("no/such/path", &task), -ENOENT);
	ASSERT_EQ(isle_task_open("a.b", &task), -EINVAL);
	ASSERT_EQ(isle_task_open("/dev/null", &task), -ENOTTY);
	ASSERT_EQ(isle_task_open("no-such-domain", &task), -ENOENT);
	ASSERT_EQ(isle_task_from_fd(-1, &task), -EBADF);
	ASSERT_EQ(isle_task_inherited(&task), -ENOENT);
	ASSERT_EQ(setenv("ISLE_TASK_FD", "x", 1), 0);
	ASSERT_EQ(isle_task_inherited(&task), -EBADF);
	ASSERT_EQ(setenv("ISLE_TASK_FD", "0x3", 1), 0);
	ASSERT_EQ(isle_task_inherited(&task), -EBADF);
	ASSERT_EQ(task, NULL);
	isle_task_close(NULL);
}

TEST_F(tasks, inherited)
{
	struct isle_task *task, *again;
	int fd = dup(isle_task_fd(self->task));
	char text[16];

	snprintf(text, sizeof(text), "%d", fd);
	ASSERT_EQ(setenv("ISLE_TASK_FD", text, 1), 0);
	ASSERT_EQ(isle_task_inherited(&task), 0);
	ASSERT_EQ(isle_task_id(task), isle_task_id(self->task));
	ASSERT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
	ASSERT_EQ(isle_task_inherited(&again), -ENOENT);
	isle_task_close(task);
}

TEST_F(tasks, services)
{
	const struct isle_transport *via = isle_task_transport(self->task);
	struct isle_message m = { .type = ISLE_MSG_BENCHMARK_NOP };
	char out[8] = "";
	__u64 length = sizeof(out);

	m.value = 5;
	ASSERT_EQ(isle_task_call(self->task, ISLE_TASK_SERVICES, &m, NULL, 0, -1), 0);
	ASSERT_EQ(m.value, 5);
	m.type = ISLE_MSG_INVALID;
	ASSERT_EQ(isle_task_call(self->task, ISLE_TASK_SERVICES, &m, NULL, 0, -1), -EINVAL);
	ASSERT_EQ(isle_call_benchmark_nop_with_ool(via, ISLE_TASK_SERVICES, "abc", 3, out,
						   &length), 0);
	ASSERT_EQ(length, 3);
	ASSERT_STREQ(out, "abc");
}

TEST_F(tasks, discovery)
{
	ASSERT_EQ(isle_discovery_lookup(self->other, "name", 0), -ENOENT);
	ASSERT_EQ(isle_discovery_lookup(self->other, "name", 1000000), -ETIMEDOUT);
	ASSERT_EQ(isle_discovery_serve(self->task, "name"), 0);
	ASSERT_EQ(isle_discovery_serve(self->task, "name"), -EEXIST);
	ASSERT_EQ(isle_discovery_serve(self->task, "a name"), -EINVAL);
	ASSERT_EQ(isle_discovery_lookup(self->other, "name", 0), isle_task_id(self->task));
	ASSERT_EQ(isle_discovery_lookup(self->other, "name", -1), isle_task_id(self->task));
	ASSERT_EQ(isle_task_launch(self->task, "program"), -ENOENT);
}

TEST_F(tasks, shared_memory)
{
	int32_t id = isle_shm_create(self->task, 10000);
	uint8_t *a, *b;

	ASSERT_GT(id, 0);
	ASSERT_EQ(isle_shm_map(self->task, id, 1, (void **)&a), 0);
	ASSERT_EQ(isle_shm_map(self->other, id, 0, (void **)&b), 0);
	a[9999] = 7;
	ASSERT_EQ(b[9999], 7);
	ASSERT_EQ(isle_shm_close(self->other, id), -EPERM);
	ASSERT_EQ(isle_shm_close(self->task, id), 0);
	ASSERT_EQ(isle_shm_close(self->task, id), -ENOENT);
	ASSERT_EQ(isle_shm_map(self->task, id, 1, (void **)&a), -ENOENT);
	ASSERT_EQ(isle_shm_create(self->task, 0), -EINVAL);
	ASSERT_EQ(munmap(a, 12288), 0);
	ASSERT_EQ(munmap(b, 12288), 0);
}

TEST_F(tasks, notifications)
{
	struct isle_message m;

	ASSERT_EQ(isle_task_receive(self->task, ISLE_TASK_ANY, &m, NULL, 0, 0), -EAGAIN);
	ASSERT_EQ(isle_task_receive(self->task, ISLE_TASK_ANY, &m, NULL, 0, 1000000), -ETIMEDOUT);
	ASSERT_EQ(isle_task_notify(self->other, isle_task_id(self->task), 0x100), 0);
	ASSERT_EQ(isle_task_receive(self->task, ISLE_TASK_ANY, &m, NULL, 0, SOON), 0);
	ASSERT_EQ(m.type, ISLE_MSG_NOTIFICATIONS);
	ASSERT_EQ(m.value, 0x100);
	ASSERT_EQ(isle_task_timer(self->task, 5), 0);
	ASSERT_EQ(isle_task_receive(self->task, ISLE_TASK_KERNEL, &m, NULL, 0, SOON), 0);
	ASSERT_EQ(m.value, ISLE_NOTIFY_TIMER);
	ASSERT_EQ(isle_task_notify(self->other, 0, 1), -ESRCH);
}

TEST_F(tasks, asynchronous)
{
	struct isle_message m = { .type = ISLE_MSG_NET_RX & ISLE_MESSAGE_NUMBER }, got;

	m.value = 9;
	ASSERT_EQ(isle_task_async_send(self->other, isle_task_id(self->task), &m), 0);
	ASSERT_EQ(isle_task_async_receive(self->task, isle_task_id(self->other), &got), 0);
	ASSERT_EQ(got.value, 9);
	ASSERT_EQ(isle_task_async_receive(self->task, isle_task_id(self->other), &got), -ENODATA);
	/* and the module's own */
	ASSERT_EQ(isle_task_watch(self->task, isle_task_id(self->other)), 0);
	ASSERT_EQ(isle_task_unwatch(self->task, isle_task_id(self->other)), 0);
	ASSERT_EQ(isle_task_unwatch(self->task, isle_task_id(self->other)), -ENOENT);
}

/* ---- a server ---------------------------------------------------------------------- */

struct fs {
	struct isle_task *task;
	int calls, notified, result;
};

static int fs_open(void *arg, __s32 src, const struct isle_msg_fs_open *in,
		   struct isle_msg_fs_open_reply *out)
{
	struct fs *fs = arg;

	(void)src;
	fs->calls++;
	if (strcmp((const char *)(uintptr_t)in->path, "/there"))
		return -ENOENT;
	out->handle = 3;
	return 0;
}

static int fs_read(void *arg, __s32 src, const struct isle_msg_fs_read *in,
		   struct isle_msg_fs_read_reply *out)
{
	static const char data[] = "what is in the file";

	(void)arg;
	(void)src;
	if (in->offset > sizeof(data))
		return -EINVAL;
	out->data = (uintptr_t)data + in->offset;
	out->data_len = sizeof(data) - in->offset < in->len ? sizeof(data) - in->offset : in->len;
	return 0;
}

static int serve_fs(void *arg, struct isle_message *m)
{
	static const struct isle_ops_fs ops = { .open = fs_open, .read = fs_read };
	struct fs *fs = arg;

	if (m->src == ISLE_TASK_KERNEL) {
		fs->notified |= m->value;
		return m->value & 2 ? -ESHUTDOWN : 0;
	}
	return isle_dispatch_fs(&ops, arg, m);
}

static void *fs_run(void *arg)
{
	struct fs *fs = arg;
	char buffer[4096];

	fs->result = isle_task_serve(fs->task, serve_fs, fs, buffer, sizeof(buffer));
	return NULL;
}

TEST_F(tasks, server)
{
	const struct isle_transport *via = isle_task_transport(self->other);
	int32_t to = isle_task_id(self->task);
	struct fs fs = { .task = self->task };
	char data[32] = "", large[5000];
	__u64 length = sizeof(data), size;
	pthread_t thread;
	__s32 handle = 0;

	ASSERT_EQ(pthread_create(&thread, NULL, fs_run, &fs), 0);
	ASSERT_EQ(isle_call_fs_open(via, to, "/there", &handle), 0);
	ASSERT_EQ(handle, 3);
	ASSERT_EQ(isle_call_fs_open(via, to, "/not", &handle), -ENOENT);
	ASSERT_EQ(isle_call_fs_read(via, to, 3, 5, 100, data, &length), 0);
	ASSERT_EQ(length, 15);
	ASSERT_STREQ(data, "is in the file");
	/* A function that the server has not, and a message of another namespace */
	ASSERT_EQ(isle_call_fs_stat(via, to, "/there", &size), -EOPNOTSUPP);
	ASSERT_EQ(isle_call_shm_test_read(via, to, &handle), -EOPNOTSUPP);
	/* No room, here and there: and the server serves on */
	length = 3;
	ASSERT_NE(isle_call_fs_read(via, to, 3, 0, 100, data, &length), 0);
	memset(large, 'x', sizeof(large));
	ASSERT_EQ(isle_call_fs_write(via, to, 3, 0, large, sizeof(large)), -EMSGSIZE);
	ASSERT_EQ(isle_task_notify(self->other, to, 0x10), 0);
	ASSERT_EQ(isle_call_fs_open(via, to, "/there", &handle), 0);
	ASSERT_EQ(fs.calls, 3);
	ASSERT_EQ(isle_task_notify(self->other, to, 2), 0);
	pthread_join(thread, NULL);
	ASSERT_EQ(fs.result, -ESHUTDOWN);
	ASSERT_EQ(fs.notified, 0x12);
}

/* What is sent, and answered by hand */
static void *answer_one(void *arg)
{
	struct isle_task *task = arg;
	struct isle_message m;

	if (isle_task_receive(task, ISLE_TASK_ANY, &m, NULL, 0, SOON) ||
	    isle_task_receive(task, ISLE_TASK_ANY, &m, NULL, 0, SOON))
		return NULL;
	m.value++;
	return (void *)(intptr_t)(1 + isle_task_reply(task, m.src, &m));
}

TEST_F(tasks, by_hand)
{
	struct isle_message m = { .type = 1000 };
	int32_t to = isle_task_id(self->other);
	pthread_t thread;
	void *result;

	ASSERT_EQ(isle_task_send(self->task, to, &m, 0), -EAGAIN);
	ASSERT_EQ(pthread_create(&thread, NULL, answer_one, self->other), 0);
	ASSERT_EQ(isle_task_send(self->task, to, &m, SOON), 0);
	m.value = 6;
	ASSERT_EQ(isle_task_call(self->task, to, &m, NULL, 0, SOON), 0);
	ASSERT_EQ(m.value, 7);
	ASSERT_EQ(m.src, to);
	pthread_join(thread, &result);
	ASSERT_EQ(result, (void *)1);
	ASSERT_EQ(isle_task_reply(self->task, to, &m), -ENOENT);
}

/* Two that call each other; islectl shows it */
static void *call_first(void *arg)
{
	struct isle_task **pair = arg;
	struct isle_message m = { .type = 1000 };

	isle_task_call(pair[0], isle_task_id(pair[1]), &m, NULL, 0, -1);
	return NULL;
}

TEST_F(tasks, deadlock)
{
	struct isle_task *ab[] = { self->task, self->other }, *ba[] = { self->other, self->task };
	struct isle_domain_info info = { .size = sizeof(info) };
	pthread_t a, b;

	if (run("islectl version"))
		SKIP(return, "no islectl here");
	ASSERT_EQ(isle_domain_get_info(self->domain, &info), 0);
	ASSERT_EQ(run("islectl tasks | grep DEADLOCK"), 1);
	ASSERT_EQ(pthread_create(&a, NULL, call_first, ab), 0);
	ASSERT_EQ(pthread_create(&b, NULL, call_first, ba), 0);
	EXPECT_TRUE(eventually(run("islectl tasks | grep 'sending .*DEADLOCK'") == 0));
	/* of one domain alone it cannot be seen */
	EXPECT_EQ(run("islectl tasks %s | grep DEADLOCK", info.name), 1);
	ASSERT_EQ(isle_control_domain_destroy(self->control, info.domid, 0), 0);
	pthread_join(a, NULL);
	pthread_join(b, NULL);
}

TEST_HARNESS_MAIN
