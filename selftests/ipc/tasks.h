/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: tasks, and threads and processes that act as them
 */
#ifndef ISLE_SELFTESTS_IPC_TASKS_H
#define ISLE_SELFTESTS_IPC_TASKS_H

#include <pthread.h>
#include <sys/syscall.h>

#include <isle/task.h>

#include "../lib.h"

#define NOP		21	/* benchmark.nop */
#define REQUEST		1000	/* of the tests' own; the reply is one more */
#define ANY		ISLE_TASK_ANY
#define SERVICES	ISLE_TASK_SERVICES

static inline int part_open(int domain, __u32 part, __u32 flags)
{
	struct isle_part_open arg = {
		.size = sizeof(arg), .part = part, .flags = flags,
	};
	int ret = call(domain, ISLE_DOMAIN_PART_OPEN, &arg);

	return ret ? ret : arg.fd;
}

static inline int task_open(int domain)
{
	return part_open(domain, ISLE_OPEN_TASK, 0);
}

static inline int task_info(int fd, struct isle_task_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return call(fd, ISLE_TASK_INFO, info);
}

static inline int task_number(int fd)
{
	struct isle_task_info info;
	int ret = task_info(fd, &info);

	return ret ? ret : info.task;
}

static inline int task_state(int fd)
{
	struct isle_task_info info;
	int ret = task_info(fd, &info);

	return ret ? ret : (int)info.state;
}

static inline int ipc(int fd, struct isle_ipc *arg)
{
	arg->size = sizeof(*arg);
	return call(fd, ISLE_TASK_IPC, arg);
}

static inline int ipc_do(int fd, __u32 flags, int dst, int src,
			 struct isle_message *m)
{
	struct isle_ipc arg = {
		.flags = flags, .dst = dst, .src = src,
		.message = (uintptr_t)m,
	};

	return ipc(fd, &arg);
}

static inline int ipc_send(int fd, int dst, struct isle_message *m)
{
	return ipc_do(fd, ISLE_IPC_SEND, dst, 0, m);
}

static inline int ipc_call(int fd, int dst, struct isle_message *m)
{
	return ipc_do(fd, ISLE_IPC_CALL, dst, 0, m);
}

static inline int ipc_reply(int fd, int dst, struct isle_message *m)
{
	return ipc_do(fd, ISLE_IPC_REPLY, dst, 0, m);
}

static inline int ipc_receive(int fd, int src, struct isle_message *m)
{
	return ipc_do(fd, ISLE_IPC_RECEIVE, 0, src, m);
}

/* what is there already */
static inline int ipc_receive_now(int fd, int src, struct isle_message *m)
{
	return ipc_do(fd, ISLE_IPC_RECEIVE | ISLE_IPC_NOWAIT, 0, src, m);
}

/* not before LONG_WAIT does it give up */
static inline int ipc_receive_soon(int fd, int src, struct isle_message *m)
{
	struct isle_ipc arg = {
		.flags = ISLE_IPC_RECEIVE | ISLE_IPC_TIMEOUT, .src = src,
		.timeout_ns = LONG_WAIT * 1000000000LL,
		.message = (uintptr_t)m,
	};

	return ipc(fd, &arg);
}

static inline int ipc_reply_receive(int fd, int dst, struct isle_message *m)
{
	return ipc_do(fd, ISLE_IPC_REPLY | ISLE_IPC_RECEIVE, dst, ANY, m);
}

static inline int ipc_notify(int fd, int dst, __u32 bits)
{
	struct isle_ipc arg = {
		.flags = ISLE_IPC_NOTIFY, .dst = dst, .bits = bits,
	};

	return ipc(fd, &arg);
}

static inline int ipc_async_send(int fd, int dst, struct isle_message *m)
{
	return ipc_do(fd, ISLE_IPC_ASYNC_SEND, dst, 0, m);
}

static inline int ipc_async_receive(int fd, int src, struct isle_message *m)
{
	return ipc_do(fd, ISLE_IPC_ASYNC_RECEIVE, 0, src, m);
}

static inline int task_timer(int fd, __u32 milliseconds)
{
	struct isle_task_timer arg = {
		.size = sizeof(arg), .milliseconds = milliseconds,
	};

	return call(fd, ISLE_TASK_TIMER, &arg);
}

/* REQUEST with a payload */
#define PAYLOAD		(REQUEST | ISLE_MESSAGE_PAYLOAD)
#define STRING		(PAYLOAD | ISLE_MESSAGE_STRING)

static inline int task_register(int fd, __u32 flags, const void *address, __u64 length)
{
	struct isle_task_buffer arg = {
		.size = sizeof(arg), .flags = flags,
		.address = (uintptr_t)address, .length = length,
	};

	return call(fd, ISLE_TASK_BUFFER, &arg);
}

static inline int task_buffer(int fd, void *address, __u64 length)
{
	return task_register(fd, 0, address, length);
}

static inline struct isle_message with_payload(int type, const void *address, __u64 length)
{
	struct isle_message m = { .type = type };

	m.payload.address = (uintptr_t)address;
	m.payload.length = length;
	return m;
}

static inline int receive_into(int fd, void *to, __u64 size, struct isle_message *m)
{
	struct isle_ipc arg = {
		.flags = ISLE_IPC_RECEIVE | ISLE_IPC_TIMEOUT, .src = ANY,
		.timeout_ns = LONG_WAIT * 1000000000LL,
		.message = (uintptr_t)m,
		.buffer = (uintptr_t)to, .buffer_size = size,
	};

	return ipc(fd, &arg);
}

static inline int shm_create(int fd, __u64 length)
{
	struct isle_task_shm arg = { .size = sizeof(arg), .length = length };
	int ret = call(fd, ISLE_TASK_SHM_CREATE, &arg);

	return ret ? ret : arg.id;
}

static inline int shm_close(int fd, int id)
{
	struct isle_task_shm arg = { .size = sizeof(arg), .id = id };

	return call(fd, ISLE_TASK_SHM_CLOSE, &arg);
}

static inline void *shm_map(int fd, int id, size_t length)
{
	return mmap(NULL, length, PROT_READ | PROT_WRITE, MAP_SHARED, fd,
		    ISLE_TASK_SHM_OFFSET(id));
}

static inline struct isle_task_page *task_map(int fd)
{
	return mmap(NULL, sizeof(struct isle_task_page),
		    PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
}

static inline int page_ipc(int fd, struct isle_task_page *page, __u32 flags,
			   int dst, int src)
{
	page->ipc = (struct isle_ipc){
		.size = sizeof(page->ipc), .flags = flags, .dst = dst,
		.src = src,
	};
	return call(fd, ISLE_TASK_IPC, NULL);
}

static inline struct isle_message message(int type, int value)
{
	struct isle_message m = { .type = type };

	m.value = value;
	return m;
}

/* A message whose every byte of data depends on @seed */
static inline void message_fill(struct isle_message *m, int type, __u32 seed)
{
	struct rng r = { seed };

	m->type = type;
	m->src = 0x5a5a5a5a;
	fill(&r, m->data, sizeof(m->data));
}

static inline bool message_is(const struct isle_message *m, int type, int src,
			      __u32 seed)
{
	struct isle_message want;

	message_fill(&want, type, seed);
	return m->type == type && m->src == src &&
	       memcmp(m->data, want.data, sizeof(m->data)) == 0;
}

/* Whether a task comes to wait in @state */
static inline bool comes_to(int fd, int state)
{
	return eventually(task_state(fd) == state);
}

/* A thread that does one operation */
struct doer {
	pthread_t thread;
	int fd;
	int ret;
	bool done;
	struct isle_ipc arg;
	struct isle_message m;
};

static inline void *doer_run(void *data)
{
	struct doer *d = data;

	d->ret = ipc(d->fd, &d->arg);
	__atomic_store_n(&d->done, true, __ATOMIC_RELEASE);
	return NULL;
}

static inline bool doer_start(struct doer *d, int fd, __u32 flags, int dst,
			      int src)
{
	d->fd = fd;
	d->done = false;
	d->arg = (struct isle_ipc){
		.flags = flags, .dst = dst, .src = src,
		.message = (uintptr_t)&d->m,
	};
	return !pthread_create(&d->thread, NULL, doer_run, d);
}

static inline bool doer_done(struct doer *d)
{
	return __atomic_load_n(&d->done, __ATOMIC_ACQUIRE);
}

/* Its result, or -ETIME if it does not come; then the test is lost */
static inline int doer_end(struct doer *d)
{
	if (!eventually(doer_done(d)))
		return -ETIME;
	pthread_join(d->thread, NULL);
	return d->ret;
}

/* A thread that answers REQUEST with its data, until it gets another type */
struct server {
	pthread_t thread;
	int fd;
	int number;
	int served;
	int ret;
};

static inline void *server_run(void *data)
{
	struct server *s = data;
	struct isle_message m = { 0 };

	s->ret = ipc_receive(s->fd, ANY, &m);
	while (!s->ret && m.type == REQUEST) {
		s->served++;
		m.type = REQUEST + 1;
		s->ret = ipc_reply_receive(s->fd, m.src, &m);
	}
	return NULL;
}

static inline bool server_start(struct server *s, int domain)
{
	s->fd = task_open(domain);
	s->number = task_number(s->fd);
	s->served = 0;
	return s->number > 0 &&
	       !pthread_create(&s->thread, NULL, server_run, s);
}

/* by a notification from task @fd */
static inline int server_stop(struct server *s, int fd)
{
	int ret = ipc_notify(fd, s->number, 1U << 31);

	if (ret)
		return ret;
	pthread_join(s->thread, NULL);
	close(s->fd);
	return s->ret;
}

#endif /* ISLE_SELFTESTS_IPC_TASKS_H */
