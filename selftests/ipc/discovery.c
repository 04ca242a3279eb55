// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: names of servers, tasks without a file, watches, launching
 */
#include <kselftest_harness.h>

#include "transport.h"

FIXTURE(discovery)
{
	struct counters before;
	int ctl;
	struct dom dom, linked, other;
	int fd, fd_linked, fd_other;	/* tasks of them; the first two are linked */
	struct isle_transport via, via_linked, via_other;
};

FIXTURE_SETUP(discovery)
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
	ASSERT_GE(self->fd_other, 0);
	self->via = over(&self->fd);
	self->via_linked = over(&self->fd_linked);
	self->via_other = over(&self->fd_other);
}

FIXTURE_TEARDOWN(discovery)
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

/* What @fd finds by @name without waiting; a task or a negative errno */
static int found(int fd, const char *name)
{
	struct isle_transport via = over_nowait(&fd);
	__s32 task;
	int ret = isle_call_discovery_lookup(&via, SERVICES, name, &task);

	return ret ? ret : task;
}

static __u64 messages_used(int ctl, __u32 domid)
{
	return quota_used(ctl, domid, ISLE_QUOTA_MESSAGES);
}

/* A thread that looks a name up, for as long as it takes */
struct seeker {
	pthread_t thread;
	int fd;
	const char *name;
	int ret;
	__s32 task;
	bool done;
};

static void *seek(void *data)
{
	struct seeker *s = data;
	struct isle_transport via = over(&s->fd);

	/* busy: somebody looks whether we are there yet, by the same task */
	do {
		s->ret = isle_call_discovery_lookup(&via, SERVICES, s->name,
						    &s->task);
	} while (s->ret == -EBUSY);
	__atomic_store_n(&s->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static bool seek_start(struct seeker *s, int fd, const char *name)
{
	*s = (struct seeker){ .fd = fd, .name = name };
	return !pthread_create(&s->thread, NULL, seek, s);
}

static bool seeking(struct seeker *s)
{
	return !__atomic_load_n(&s->done, __ATOMIC_ACQUIRE);
}

TEST_F(discovery, serve_and_lookup)
{
	ASSERT_EQ(found(self->fd, "fs"), -EAGAIN);
	ASSERT_EQ(isle_call_discovery_serve(&self->via, SERVICES, "fs"), 0);
	ASSERT_EQ(found(self->fd, "fs"), task_number(self->fd));
	/* along links, and no further */
	ASSERT_EQ(found(self->fd_linked, "fs"), task_number(self->fd));
	ASSERT_EQ(found(self->fd_other, "fs"), -EAGAIN);
	/* the whole name, and nothing but it */
	ASSERT_EQ(found(self->fd, "f"), -EAGAIN);
	ASSERT_EQ(found(self->fd, "fs2"), -EAGAIN);
	ASSERT_EQ(found(self->fd, "FS"), -EAGAIN);
}

TEST_F(discovery, name_taken)
{
	int fd = task_open(self->dom.fd);
	struct isle_transport via = over(&fd);

	ASSERT_EQ(isle_call_discovery_serve(&self->via, SERVICES, "fs"), 0);
	ASSERT_EQ(isle_call_discovery_serve(&self->via, SERVICES, "fs"), -EEXIST);
	ASSERT_EQ(isle_call_discovery_serve(&via, SERVICES, "fs"), -EEXIST);
	/* another domain has names of its own, and finds them first */
	ASSERT_EQ(isle_call_discovery_serve(&self->via_linked, SERVICES, "fs"), 0);
	ASSERT_EQ(found(self->fd, "fs"), task_number(self->fd));
	ASSERT_EQ(found(self->fd_linked, "fs"), task_number(self->fd_linked));
	close(fd);
}

TEST_F(discovery, name_goes_with_its_task)
{
	int fd = task_open(self->dom.fd);
	struct isle_transport via = over(&fd);

	ASSERT_EQ(isle_call_discovery_serve(&via, SERVICES, "fs"), 0);
	ASSERT_EQ(isle_call_discovery_serve(&via, SERVICES, "blk"), 0);
	ASSERT_EQ(found(self->fd_linked, "blk"), task_number(fd));
	close(fd);
	ASSERT_TRUE(eventually(found(self->fd, "fs") == -EAGAIN));
	ASSERT_TRUE(eventually(found(self->fd_linked, "blk") == -EAGAIN));
	ASSERT_EQ(isle_call_discovery_serve(&self->via, SERVICES, "fs"), 0);
	ASSERT_EQ(found(self->fd, "fs"), task_number(self->fd));
}

TEST_F(discovery, name_goes_with_its_domain)
{
	struct dom dom;
	int fd;
	struct isle_transport via = over(&fd);

	ASSERT_EQ(dom_create(self->ctl, NULL, &dom), 0);
	ASSERT_EQ(dom_link(self->ctl, dom.id, self->dom.id), 0);
	fd = task_open(dom.fd);
	ASSERT_EQ(isle_call_discovery_serve(&via, SERVICES, "fs"), 0);
	ASSERT_EQ(found(self->fd, "fs"), task_number(fd));
	ASSERT_EQ(dom_unlink(self->ctl, dom.id, self->dom.id), 0);
	ASSERT_EQ(found(self->fd, "fs"), -EAGAIN);
	ASSERT_EQ(dom_link(self->ctl, dom.id, self->dom.id), 0);
	ASSERT_EQ(dom_destroy(self->ctl, dom.id, 0), 0);
	ASSERT_EQ(found(self->fd, "fs"), -EAGAIN);
	close(fd);
	close(dom.fd);
}

TEST_F(discovery, names)
{
	char name[66];
	struct isle_message m = { .type = ISLE_MSG_DISCOVERY_SERVE };

	memset(name, 'n', sizeof(name));
	name[63] = '\0';
	ASSERT_EQ(isle_call_discovery_serve(&self->via, SERVICES, name), 0);
	ASSERT_EQ(found(self->fd, name), task_number(self->fd));
	name[63] = 'n';
	name[64] = '\0';
	ASSERT_EQ(isle_call_discovery_serve(&self->via, SERVICES, name), -EMSGSIZE);
	ASSERT_EQ(found(self->fd, name), -EMSGSIZE);
	ASSERT_EQ(isle_call_discovery_serve(&self->via, SERVICES, ""), -EINVAL);
	ASSERT_EQ(isle_call_discovery_serve(&self->via, SERVICES, "a b"), -EINVAL);
	ASSERT_EQ(isle_call_discovery_serve(&self->via, SERVICES, "a\n"), -EINVAL);
	ASSERT_EQ(isle_call_discovery_serve(&self->via, SERVICES, "a\x7f"), -EINVAL);
	ASSERT_EQ(isle_call_discovery_serve(&self->via, SERVICES, "n\xc3\xa4me"), 0);
	/* one that does not end, one that ends twice, none, one that is not there */
	m.payload.address = (uintptr_t)"fs";
	m.payload.length = 2;
	ASSERT_EQ(ipc_call(self->fd, SERVICES, &m), 0);
	ASSERT_EQ(m.type, ISLE_ERROR_INVALID_ARG);
	m.type = ISLE_MSG_DISCOVERY_SERVE;
	m.payload.address = (uintptr_t)"f\0s";
	m.payload.length = 4;
	ASSERT_EQ(ipc_call(self->fd, SERVICES, &m), 0);
	ASSERT_EQ(m.type, ISLE_ERROR_INVALID_ARG);
	m.type = ISLE_MSG_DISCOVERY_SERVE;
	m.payload.length = 0;
	ASSERT_EQ(ipc_call(self->fd, SERVICES, &m), -EINVAL);
	m.type = ISLE_MSG_DISCOVERY_SERVE;
	m.payload.address = 8;
	m.payload.length = 4;
	ASSERT_EQ(ipc_call(self->fd, SERVICES, &m), -EFAULT);
	/* without the bits of a string */
	m.type = ISLE_MSG_DISCOVERY_SERVE & ~ISLE_MESSAGE_STRING;
	m.payload.address = (uintptr_t)"fs";
	m.payload.length = 3;
	ASSERT_EQ(ipc_call(self->fd, SERVICES, &m), 0);
	ASSERT_EQ(m.type, ISLE_ERROR_INVALID_ARG);
}

TEST_F(discovery, quota)
{
	char name[32];
	int n, ret = 0;

	ASSERT_EQ(quota_set(self->ctl, self->dom.id, ISLE_QUOTA_MESSAGES, 4096), 0);
	for (n = 0; n < 1000 && !ret; n++) {
		snprintf(name, sizeof(name), "name%d", n);
		ret = isle_call_discovery_serve(&self->via, SERVICES, name);
	}
	ASSERT_EQ(ret, -ENOMEM);
	ASSERT_GT(n, 10);
	/* others are served */
	ASSERT_EQ(isle_call_discovery_serve(&self->via_linked, SERVICES, "name0"), 0);
	ASSERT_EQ(found(self->fd, "name0"), task_number(self->fd));
}

TEST_F(discovery, lookup_waits)
{
	struct seeker near, far, linked_later;

	ASSERT_TRUE(seek_start(&near, self->fd, "fs"));
	ASSERT_TRUE(seek_start(&linked_later, self->fd_other, "fs"));
	nap();
	ASSERT_TRUE(seeking(&near));
	ASSERT_EQ(isle_call_discovery_serve(&self->via_linked, SERVICES, "fs"), 0);
	pthread_join(near.thread, NULL);
	ASSERT_EQ(near.ret, 0);
	ASSERT_EQ(near.task, task_number(self->fd_linked));
	/* A link that comes later is as good as a name that does */
	ASSERT_TRUE(seeking(&linked_later));
	ASSERT_EQ(dom_link(self->ctl, self->other.id, self->linked.id), 0);
	pthread_join(linked_later.thread, NULL);
	ASSERT_EQ(linked_later.ret, 0);
	ASSERT_EQ(linked_later.task, task_number(self->fd_linked));
	/* a task does one thing at a time, also while it looks */
	ASSERT_TRUE(seek_start(&far, self->fd, "none"));
	ASSERT_TRUE(eventually(found(self->fd, "fs") == -EBUSY));
	/* and its domain ends the wait */
	ASSERT_EQ(dom_destroy(self->ctl, self->dom.id, 0), 0);
	pthread_join(far.thread, NULL);
	ASSERT_NE(far.ret, 0);
}

TEST_F(discovery, lookup_times_out)
{
	struct isle_message m = { .type = ISLE_MSG_DISCOVERY_LOOKUP };
	struct isle_ipc arg = {
		.flags = ISLE_IPC_CALL | ISLE_IPC_TIMEOUT, .dst = SERVICES,
		.timeout_ns = 20 * 1000000LL, .message = (uintptr_t)&m,
	};
	double start = now();

	m.payload.address = (uintptr_t)"none";
	m.payload.length = 5;
	ASSERT_EQ(ipc(self->fd, &arg), -ETIMEDOUT);
	ASSERT_GE(now() - start, 0.019);
}

static void handler(int signal)
{
	(void)signal;
}

/* A signal that does not restart ends it, a kill does, too */
TEST_F(discovery, lookup_is_interrupted)
{
	struct sigaction act = { .sa_handler = handler };
	struct isle_message m = { .type = ISLE_MSG_DISCOVERY_LOOKUP };
	int pid, status;

	m.payload.address = (uintptr_t)"none";
	m.payload.length = 5;
	pid = fork();
	if (!pid) {
		sigaction(SIGALRM, &act, NULL);
		ualarm(20000, 20000);
		_exit(ipc_call(self->fd, SERVICES, &m) == -EINTR ? 0 : 1);
	}
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_TRUE(WIFEXITED(status));
	ASSERT_EQ(WEXITSTATUS(status), 0);
	pid = fork();
	if (!pid) {
		/* busy: the parent looks whether we are there yet */
		while (ipc_call(self->fd, SERVICES, &m) == -EBUSY)
			;
		_exit(1);
	}
	/* it is in the call when the task is busy */
	ASSERT_TRUE(eventually(found(self->fd, "x") == -EBUSY));
	ASSERT_EQ(kill(pid, SIGKILL), 0);
	ASSERT_EQ(waitpid(pid, &status, 0), pid);
	ASSERT_TRUE(WIFSIGNALED(status));
	ASSERT_EQ(found(self->fd, "x"), -EAGAIN);
}

/* Many seekers, one server, and names that come and go */
TEST_F(discovery, crowd)
{
	struct seeker seekers[16];
	int fds[16], i, fd, round;
	struct isle_transport via = over(&fd);

	for (round = 0; round < rounds(20, 4); round++) {
		for (i = 0; i < 16; i++) {
			fds[i] = task_open(i % 2 ? self->dom.fd : self->linked.fd);
			ASSERT_GE(fds[i], 0);
			ASSERT_TRUE(seek_start(&seekers[i], fds[i], "crowd"));
		}
		fd = task_open(self->dom.fd);
		ASSERT_EQ(isle_call_discovery_serve(&via, SERVICES, "crowd"), 0);
		for (i = 0; i < 16; i++) {
			pthread_join(seekers[i].thread, NULL);
			ASSERT_EQ(seekers[i].ret, 0);
			ASSERT_EQ(seekers[i].task, task_number(fd));
			close(fds[i]);
		}
		close(fd);
		ASSERT_TRUE(eventually(found(self->fd, "crowd") == -EAGAIN));
	}
}

/* ---- tasks without a file -------------------------------------------------------------- */

TEST_F(discovery, task_alloc_free)
{
	__u64 tasks = quota_used(self->ctl, self->dom.id, ISLE_QUOTA_TASKS);
	struct isle_message m = { .type = REQUEST };
	__s32 id, second;

	ASSERT_EQ(isle_call_task_alloc(&self->via, SERVICES, 0, &id), 0);
	ASSERT_GE(id, ISLE_TASK_MIN);
	ASSERT_EQ(isle_call_task_alloc(&self->via, SERVICES, task_number(self->fd), &second), 0);
	ASSERT_NE(id, second);
	ASSERT_EQ(quota_used(self->ctl, self->dom.id, ISLE_QUOTA_TASKS), tasks + 2);
	/* it is there for whoever may know it, and receives nothing */
	ASSERT_EQ(ipc_do(self->fd_linked, ISLE_IPC_SEND | ISLE_IPC_NOWAIT, id, 0, &m), -EAGAIN);
	ASSERT_EQ(ipc_do(self->fd_other, ISLE_IPC_SEND | ISLE_IPC_NOWAIT, id, 0, &m), -ESRCH);
	/* only whoever has allocated it frees it */
	ASSERT_EQ(isle_call_task_free(&self->via_linked, SERVICES, id), -EPERM);
	ASSERT_EQ(isle_call_task_free(&self->via_other, SERVICES, id), -ESRCH);
	ASSERT_EQ(isle_call_task_free(&self->via, SERVICES, id), 0);
	ASSERT_EQ(isle_call_task_free(&self->via, SERVICES, id), -ESRCH);
	ASSERT_EQ(isle_call_task_free(&self->via, SERVICES, task_number(self->fd)), -EPERM);
	ASSERT_EQ(isle_call_task_free(&self->via, SERVICES, 0), -ESRCH);
	ASSERT_EQ(isle_call_task_free(&self->via, SERVICES, -1), -ESRCH);
	ASSERT_EQ(isle_call_task_alloc(&self->via, SERVICES, INT32_MAX, &id), -ESRCH);
	ASSERT_EQ(isle_call_task_alloc(&self->via, SERVICES, task_number(self->fd_other), &id),
		  -ESRCH);
	ASSERT_EQ(quota_used(self->ctl, self->dom.id, ISLE_QUOTA_TASKS), tasks + 1);
	/* callers of one that ends are told */
	struct doer d;

	d.m = message(REQUEST, 0);
	ASSERT_TRUE(doer_start(&d, self->fd_linked, ISLE_IPC_CALL, second, 0));
	ASSERT_TRUE(comes_to(self->fd_linked, ISLE_TASK_SENDING));
	ASSERT_EQ(isle_call_task_free(&self->via, SERVICES, second), 0);
	pthread_join(d.thread, NULL);
	ASSERT_EQ(d.ret, -ECANCELED);
}

/* They end with whoever has allocated them */
TEST_F(discovery, task_alloc_ends)
{
	int fd = task_open(self->dom.fd), i, ret = 0;
	struct isle_transport via = over(&fd);
	__s32 id;

	ASSERT_EQ(quota_set(self->ctl, self->dom.id, ISLE_QUOTA_TASKS, 10), 0);
	for (i = 0; i < 20 && !ret; i++)
		ret = isle_call_task_alloc(&via, SERVICES, 0, &id);
	ASSERT_EQ(ret, -ENOMEM);
	ASSERT_EQ(i, 9);
	close(fd);
	ASSERT_TRUE(eventually(quota_used(self->ctl, self->dom.id, ISLE_QUOTA_TASKS) == 1));
	/* and with the domain, while they are there */
	ASSERT_EQ(isle_call_task_alloc(&self->via, SERVICES, 0, &id), 0);
	ASSERT_EQ(dom_destroy(self->ctl, self->dom.id, 0), 0);
}

/* ---- watches ----------------------------------------------------------------------------- */

TEST_F(discovery, watch)
{
	int fd = task_open(self->dom.fd), id = task_number(fd);
	struct isle_message m;

	ASSERT_EQ(isle_call_task_watch(&self->via_linked, SERVICES, id), 0);
	ASSERT_EQ(isle_call_task_watch(&self->via_linked, SERVICES, id), -EEXIST);
	ASSERT_EQ(isle_call_task_watch(&self->via_other, SERVICES, id), -ESRCH);
	ASSERT_EQ(isle_call_task_watch(&self->via, SERVICES, task_number(self->fd)), -EINVAL);
	ASSERT_EQ(isle_call_task_watch(&self->via, SERVICES, id), 0);
	ASSERT_EQ(isle_call_task_unwatch(&self->via, SERVICES, id), 0);
	ASSERT_EQ(isle_call_task_unwatch(&self->via, SERVICES, id), -ENOENT);
	close(fd);
	ASSERT_EQ(ipc_receive_soon(self->fd_linked, ISLE_TASK_KERNEL, &m), 0);
	ASSERT_EQ(m.type, ISLE_MSG_NOTIFICATIONS);
	ASSERT_EQ(m.value, ISLE_NOTIFY_ASYNC);
	ASSERT_EQ(ipc_async_receive(self->fd_linked, SERVICES, &m), 0);
	ASSERT_EQ(m.type, ISLE_MSG_TASK_EXITED);
	ASSERT_EQ(m.src, SERVICES);
	ASSERT_EQ(m.value, id);
	/* the one who took it back is not told */
	ASSERT_EQ(ipc_async_receive(self->fd, SERVICES, &m), -ENODATA);
}

/* ---- launch --------------------------------------------------------------------------------- */

TEST_F(discovery, launch)
{
	int fd = task_open(self->dom.fd), other = task_open(self->linked.fd);
	struct isle_transport launcher = over(&fd), via = over(&other);
	char line[64] = "program with arguments", got[64];
	struct isle_message m;
	struct isle_ipc arg = {
		.flags = ISLE_IPC_RECEIVE, .src = ANY, .message = (uintptr_t)&m,
		.buffer = (uintptr_t)got, .buffer_size = sizeof(got),
	};
	struct doer d;
	__s32 id;

	ASSERT_EQ(isle_call_task_launch(&self->via, SERVICES, line, &id), -ENOENT);
	/* another domain's launcher is none of ours */
	ASSERT_EQ(isle_call_discovery_serve(&via, SERVICES, "launcher"), 0);
	ASSERT_EQ(isle_call_task_launch(&self->via, SERVICES, line, &id), -ENOENT);
	ASSERT_EQ(isle_call_discovery_serve(&launcher, SERVICES, "launcher"), 0);

	d.m = message(ISLE_MSG_TASK_LAUNCH, 0);
	d.m.payload.address = (uintptr_t)line;
	d.m.payload.length = strlen(line) + 1;
	ASSERT_TRUE(doer_start(&d, self->fd, ISLE_IPC_CALL, SERVICES, 0));
	ASSERT_EQ(ipc(fd, &arg), 0);
	ASSERT_EQ(m.type, ISLE_MSG_TASK_LAUNCH);
	ASSERT_EQ(m.src, task_number(self->fd));
	ASSERT_STREQ(got, line);
	m = message(ISLE_MSG_TASK_LAUNCH_REPLY, 4711);
	ASSERT_EQ(ipc_reply(fd, task_number(self->fd), &m), 0);
	pthread_join(d.thread, NULL);
	ASSERT_EQ(d.ret, 0);
	ASSERT_EQ(d.m.type, ISLE_MSG_TASK_LAUNCH_REPLY);
	ASSERT_EQ(d.m.src, SERVICES);
	ASSERT_EQ(d.m.value, 4711);

	/* A launcher that dies */
	d.m = message(ISLE_MSG_TASK_LAUNCH, 0);
	d.m.payload.address = (uintptr_t)line;
	d.m.payload.length = strlen(line) + 1;
	ASSERT_TRUE(doer_start(&d, self->fd, ISLE_IPC_CALL, SERVICES, 0));
	ASSERT_EQ(ipc(fd, &arg), 0);
	close(fd);
	pthread_join(d.thread, NULL);
	ASSERT_EQ(d.ret, -ECANCELED);
	ASSERT_EQ(isle_call_task_launch(&self->via, SERVICES, line, &id), -ENOENT);
	close(other);
}

/* What is kept of a task is given back when it ends */
TEST_F(discovery, nothing_is_left)
{
	int fd = task_open(self->dom.fd), i;
	struct isle_transport via = over(&fd);
	char name[16];
	__s32 id;

	for (i = 0; i < 50; i++) {
		snprintf(name, sizeof(name), "name%d", i);
		ASSERT_EQ(isle_call_discovery_serve(&via, SERVICES, name), 0);
		ASSERT_EQ(isle_call_task_alloc(&via, SERVICES, 0, &id), 0);
	}
	close(fd);
	ASSERT_TRUE(eventually(messages_used(self->ctl, self->dom.id) == 0));
	ASSERT_TRUE(eventually(quota_used(self->ctl, self->dom.id, ISLE_QUOTA_TASKS) == 1));
}

TEST_HARNESS_MAIN
