// SPDX-License-Identifier: GPL-2.0
/*
 * Measures calls, notifications and payloads between two processes, beside what
 * one would use instead.
 *
 *	ipc [--batches N] [--server N] [--only NAME]...
 *
 * The client runs on processor 0, the server on the one that --server gives, 0
 * if it is not given.  Every answer is checked: the server adds one to what it
 * was asked and copies the rest, and the client compares.
 *
 * Output and clock are those of blk.  A "call" is a request of 256 bytes and
 * its answer; "payload" moves so many bytes to the server, which looks at
 * every page's first word, and answers with a message.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <isle/control.h>
#include <isle/task.h>

#include "bench.h"
#include "ipc.h"

#define REPEAT		256u
#define REQUEST		1000
#define NOP		21
#define BUFFER		(16u << 20)

static int control = -1, domain = -1;
static unsigned int batches = 11;
static int server_cpu;
static const char *only[16];
static unsigned int n_only;

/* What both sides see */
static struct shared {
	int server_ready;
	int words[2] __attribute__((aligned(64)));	/* futexes */
	struct isle_message message;
	int server_task;
	int shm_id;
	uint64_t server_address;
	size_t length;
} *shared;

static char *source, *target;	/* payloads: the client's, the server's */

void ipc_server_ready(void)
{
	__atomic_store_n(&shared->server_ready, 1, __ATOMIC_RELEASE);
}

static void open_domain(void)
{
	struct isle_domain_create arg = { .size = sizeof(arg) };
	struct isle_quota quota = {
		.size = sizeof(quota), .kind = ISLE_QUOTA_MESSAGES,
		.limit = 1ull << 30,
	};

	control = open("/dev/isle/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		die_errno(0, "/dev/isle/control");
	if (ioctl(control, ISLE_CTL_DOMAIN_CREATE, &arg))
		die_errno(0, "creating a domain");
	domain = arg.fd;
	quota.domid = arg.domid;
	if (ioctl(control, ISLE_CTL_QUOTA_SET, &quota))
		die_errno(0, "quota");
	quota.kind = ISLE_QUOTA_TASKS;
	if (ioctl(control, ISLE_CTL_QUOTA_SET, &quota))
		die_errno(0, "quota");
	quota.kind = ISLE_QUOTA_FILES;
	if (ioctl(control, ISLE_CTL_QUOTA_SET, &quota))
		die_errno(0, "quota");
}

/* ---- isle ------------------------------------------------------------------ */

static int task = -1;
static struct isle_task_page *page;

static int open_task(void)
{
	struct isle_part_open arg = {
		.size = sizeof(arg), .part = ISLE_OPEN_TASK,
	};

	if (ioctl(domain, ISLE_DOMAIN_PART_OPEN, &arg))
		die_errno(0, "opening a task");
	return arg.fd;
}

static void task_begin(void)
{
	task = open_task();
	page = mmap(NULL, sizeof(*page), PROT_READ | PROT_WRITE, MAP_SHARED,
		    task, 0);
	if (page == MAP_FAILED)
		die_errno(0, "mapping a task");
}

static void isle_call_client_begin(void)
{
	task_begin();
	page->ipc.flags = ISLE_IPC_CALL;
	page->ipc.dst = shared->server_task;
}

static void isle_call_client(struct isle_message *message)
{
	page->message = *message;
	page->message.type = REQUEST;
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "call");
	*message = page->message;
}

/* As a program would that builds its requests in the page */
static void isle_place_client(struct isle_message *message)
{
	page->message.type = REQUEST;
	page->message.value = message->value;
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "call");
	message->value = page->message.value;
}

static void isle_call_server(void)
{
	task_begin();
	shared->server_task = page->task;
	page->ipc.flags = ISLE_IPC_RECEIVE;
	page->ipc.src = ISLE_TASK_ANY;
	__atomic_store_n(&shared->server_ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		if (ioctl(task, ISLE_TASK_IPC, NULL))
			die_errno(0, "receive");
		page->message.value++;
		page->ipc.dst = page->message.src;
		page->ipc.flags = ISLE_IPC_REPLY | ISLE_IPC_RECEIVE;
	}
}

static void isle_plain_client(struct isle_message *message)
{
	struct isle_ipc ipc = {
		.size = sizeof(ipc), .flags = ISLE_IPC_CALL,
		.dst = shared->server_task, .message = (uintptr_t)message,
	};

	message->type = REQUEST;
	if (ioctl(task, ISLE_TASK_IPC, &ipc))
		die_errno(0, "call");
}

static void isle_plain_server(void)
{
	struct isle_message message;
	struct isle_ipc ipc = {
		.size = sizeof(ipc), .flags = ISLE_IPC_RECEIVE,
		.src = ISLE_TASK_ANY, .message = (uintptr_t)&message,
	};

	task_begin();
	shared->server_task = page->task;
	__atomic_store_n(&shared->server_ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		if (ioctl(task, ISLE_TASK_IPC, &ipc))
			die_errno(0, "receive");
		message.value++;
		ipc.dst = message.src;
		ipc.flags = ISLE_IPC_REPLY | ISLE_IPC_RECEIVE;
	}
}

static void isle_nop_begin(void)
{
	task_begin();
	page->ipc.flags = ISLE_IPC_CALL;
	page->ipc.dst = ISLE_TASK_SERVICES;
}

static void isle_nop_client(struct isle_message *message)
{
	page->message.type = NOP;
	page->message.value = message->value;
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "nop");
	message->value = page->message.value + 1;
}

/* ---- pipes and sockets --------------------------------------------------------- */

static int request[2], answer[2];

static void pipes(void)
{
	if (pipe(request) || pipe(answer))
		die_errno(0, "pipe");
}

static void sockets(int type)
{
	int pair[2];

	if (socketpair(AF_UNIX, type, 0, pair))
		die_errno(0, "socketpair");
	/* the client has one end, the server the other */
	request[0] = pair[0];
	request[1] = pair[1];
	answer[0] = pair[1];
	answer[1] = pair[0];
}

static void streams(void)
{
	sockets(SOCK_STREAM);
}

static void packets(void)
{
	sockets(SOCK_SEQPACKET);
}

static void fd_client(struct isle_message *message)
{
	if (write(request[1], message, sizeof(*message)) != sizeof(*message) ||
	    read(answer[0], message, sizeof(*message)) != sizeof(*message))
		die_errno(0, "request");
}

static void fd_server(void)
{
	struct isle_message message;

	__atomic_store_n(&shared->server_ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		if (read(request[0], &message, sizeof(message)) !=
		    sizeof(message))
			exit(0);
		message.value++;
		if (write(answer[1], &message, sizeof(message)) !=
		    sizeof(message))
			exit(0);
	}
}

/* ---- shared memory with futexes, and eventfds ------------------------------------ */

static void futex_wait(int *word, int old)
{
	while (__atomic_load_n(word, __ATOMIC_ACQUIRE) == old)
		syscall(SYS_futex, word, FUTEX_WAIT, old, NULL, NULL, 0);
}

static void futex_wake(int *word)
{
	__atomic_add_fetch(word, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, word, FUTEX_WAKE, 1, NULL, NULL, 0);
}

static void futex_client(struct isle_message *message)
{
	int old = shared->words[1];

	shared->message = *message;
	futex_wake(&shared->words[0]);
	futex_wait(&shared->words[1], old);
	*message = shared->message;
}

static void futex_server(void)
{
	int old = 0;

	__atomic_store_n(&shared->server_ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		futex_wait(&shared->words[0], old);
		old++;
		shared->message.value++;
		futex_wake(&shared->words[1]);
	}
}

static void futex_begin(void)
{
	memset(shared->words, 0, sizeof(shared->words));
}

static void eventfds(void)
{
	request[0] = eventfd(0, 0);
	request[1] = request[0];
	answer[0] = eventfd(0, 0);
	answer[1] = answer[0];
	if (request[0] < 0 || answer[0] < 0)
		die_errno(0, "eventfd");
}

static void event_client(struct isle_message *message)
{
	uint64_t one = 1;

	shared->message = *message;
	if (write(request[1], &one, sizeof(one)) != sizeof(one) ||
	    read(answer[0], &one, sizeof(one)) != sizeof(one))
		die_errno(0, "eventfd");
	*message = shared->message;
}

static void event_server(void)
{
	uint64_t one;

	__atomic_store_n(&shared->server_ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		if (read(request[0], &one, sizeof(one)) != sizeof(one))
			exit(0);
		shared->message.value++;
		one = 1;
		if (write(answer[1], &one, sizeof(one)) != sizeof(one))
			exit(0);
	}
}

static void yield_client(struct isle_message *message)
{
	volatile int *value = &shared->message.value;

	shared->message = *message;
	while (*value == message->value)
		syscall(SYS_sched_yield);
	message->value++;
}

static void yield_server(void)
{
	__atomic_store_n(&shared->server_ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		shared->message.value++;
		syscall(SYS_sched_yield);
	}
}

/* ---- notifications: no server, as nobody has to be woken --------------------------- */

static void notify_begin(void)
{
	task_begin();
	page->ipc.flags = ISLE_IPC_NOTIFY;
	page->ipc.dst = page->task;
	page->ipc.bits = 1U << 16;
}

static void notify_client(struct isle_message *message)
{
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "notify");
	if (__atomic_exchange_n(&page->pending, 0, __ATOMIC_ACQUIRE) !=
	    1U << 16)
		die("a notification was lost");
	message->value++;
}

static void notify_receive_client(struct isle_message *message)
{
	page->ipc.flags = ISLE_IPC_NOTIFY;
	page->ipc.dst = page->task;
	page->ipc.bits = 1U << 16;
	page->ipc.src = 0;
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "notify");
	page->ipc.flags = ISLE_IPC_RECEIVE;
	page->ipc.dst = 0;
	page->ipc.src = ISLE_TASK_ANY;
	page->ipc.bits = 0;
	if (ioctl(task, ISLE_TASK_IPC, NULL) ||
	    page->message.value != 1 << 16)
		die_errno(0, "notification");
	message->value++;
}

static void eventfd_client(struct isle_message *message)
{
	uint64_t value = 5;

	if (write(request[1], &value, sizeof(value)) != sizeof(value) ||
	    read(request[0], &value, sizeof(value)) != sizeof(value) ||
	    value != 5)
		die_errno(0, "eventfd");
	message->value++;
}

/* ---- payloads ------------------------------------------------------------------------ */

/* The word at the beginning of each page says which it is */
static void payload_fill(char *at, size_t length, int generation)
{
	size_t i;

	for (i = 0; i < length; i += 8)
		*(uint64_t *)(at + i) = i * 0x9e3779b97f4a7c15ull + generation;
}

static void payload_check(const char *at, size_t length, int generation)
{
	size_t i;

	for (i = 0; i < length; i += 8)
		if (*(uint64_t *)(at + i) !=
		    i * 0x9e3779b97f4a7c15ull + generation)
			die("byte %zu of a payload is wrong", i);
}

static void payload_client_begin(void)
{
	isle_call_client_begin();
}

static void payload_registered_begin(void)
{
	struct isle_task_buffer arg = {
		.size = sizeof(arg), .flags = ISLE_BUFFER_SEND,
		.address = (uintptr_t)source, .length = BUFFER,
	};

	isle_call_client_begin();
	if (ioctl(task, ISLE_TASK_BUFFER, &arg))
		die_errno(0, "registering a region");
}

static void payload_client(struct isle_message *message)
{
	page->message.type = REQUEST | ISLE_MESSAGE_PAYLOAD;
	page->message.payload.address = (uintptr_t)source;
	page->message.payload.length = shared->length;
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "call with a payload");
	if (page->message.value != (int)shared->length)
		die("the length of a payload is wrong");
	message->value++;
}

static void payload_serve(void)
{
	page->ipc.src = ISLE_TASK_ANY;
	page->ipc.flags = ISLE_IPC_RECEIVE;
	__atomic_store_n(&shared->server_ready, 1, __ATOMIC_RELEASE);
	for (;;) {
		if (ioctl(task, ISLE_TASK_IPC, NULL))
			die_errno(0, "receive");
		if (page->message.type & ISLE_MESSAGE_PAYLOAD) {
			target = (char *)(uintptr_t)page->message.payload.address;
			page->message.value = page->message.payload.length;
		} else {
			payload_check(target, shared->length, page->message.value);
		}
		page->message.type = REQUEST + 1;
		page->ipc.dst = page->message.src;
		page->ipc.flags = ISLE_IPC_REPLY | ISLE_IPC_RECEIVE;
	}
}

static void payload_server(void)
{
	task_begin();
	shared->server_task = page->task;
	page->ipc.buffer = (uintptr_t)target;
	page->ipc.buffer_size = BUFFER;
	payload_serve();
}

static void payload_registered_server(void)
{
	struct isle_task_buffer arg = {
		.size = sizeof(arg), .address = (uintptr_t)target,
		.length = BUFFER,
	};

	task_begin();
	if (ioctl(task, ISLE_TASK_BUFFER, &arg))
		die_errno(0, "registering a buffer");
	shared->server_task = page->task;
	payload_serve();
}

/* by reference */
static void reference_server(void)
{
	struct isle_task_shm arg = { .size = sizeof(arg), .length = BUFFER };

	task_begin();
	if (ioctl(task, ISLE_TASK_SHM_CREATE, &arg))
		die_errno(0, "shared memory");
	shared->shm_id = arg.id;
	shared->server_task = page->task;
	if (mmap(NULL, BUFFER, PROT_READ, MAP_SHARED, task,
		 ISLE_TASK_SHM_OFFSET(arg.id)) == MAP_FAILED)
		die_errno(0, "mapping shared memory");
	payload_serve();
}

static void reference_client_begin(void)
{
	isle_call_client_begin();
	page->ipc.flags |= ISLE_IPC_BY_REFERENCE;
	source = mmap(NULL, BUFFER, PROT_READ | PROT_WRITE, MAP_SHARED, task,
		      ISLE_TASK_SHM_OFFSET(shared->shm_id));
	if (source == MAP_FAILED)
		die_errno(0, "mapping shared memory");
}

/* What the server has got last is what we have */
static void payload_verify(int generation)
{
	page->message.type = REQUEST;
	page->message.value = generation;
	if (ioctl(task, ISLE_TASK_IPC, NULL))
		die_errno(0, "verify");
}

static pid_t server_pid;

static void vm_server(void)
{
	shared->server_address = (uintptr_t)target;
	payload_fill(target, BUFFER, 77);
	__atomic_store_n(&shared->server_ready, 1, __ATOMIC_RELEASE);
	for (;;)
		pause();
}

static void vm_client(struct isle_message *message)
{
	struct iovec to = { source, shared->length };
	struct iovec from = { (void *)(uintptr_t)shared->server_address,
			      shared->length };

	if (process_vm_readv(server_pid, &to, 1, &from, 1, 0) !=
	    (ssize_t)shared->length)
		die_errno(0, "process_vm_readv");
	message->value++;
}

static void vm_verify(int generation)
{
	(void)generation;
	payload_check(source, shared->length, 77);
}

static void copy_client(struct isle_message *message)
{
	memcpy(target, source, shared->length);
	__asm__ volatile("" : : "r"(target) : "memory");
	message->value++;
}

static void copy_verify(int generation)
{
	payload_check(target, shared->length, generation);
}

/* ---- measuring -------------------------------------------------------------------------- */

struct kind {
	const char *target;
	const char *op;
	void (*before)(void);		/* before the server is there */
	void (*server)(void);
	void (*begin)(void);		/* the client */
	void (*client)(struct isle_message *message);
	size_t length;			/* of the payload */
	void (*verify)(int generation);
	bool same_only;
	bool whole;			/* all of the message goes there and back */
};

static const struct kind kinds[] = {
	{ "yield", "call", NULL, yield_server, NULL, yield_client, 0, NULL, true, false },
	{ "isle", "call", NULL, isle_call_server, isle_call_client_begin,
	  isle_place_client, 0, NULL, false, false },
	{ "isle-copy", "call", NULL, isle_call_server, isle_call_client_begin,
	  isle_call_client, 0, NULL, false, true },
	{ "isle-plain", "call", NULL, isle_plain_server, isle_call_client_begin,
	  isle_plain_client, 0, NULL, false, true },
	{ "isle-nop", "call", NULL, NULL, isle_nop_begin, isle_nop_client, 0,
	  NULL, true, false },
	{ "pipe", "call", pipes, fd_server, NULL, fd_client, 0, NULL, false, true },
	{ "stream", "call", streams, fd_server, NULL, fd_client, 0, NULL, false, true },
	{ "seqpacket", "call", packets, fd_server, NULL, fd_client, 0, NULL,
	  false, true },
	{ "futex", "call", futex_begin, futex_server, NULL, futex_client, 0,
	  NULL, false, true },
	{ "eventfd", "call", eventfds, event_server, NULL, event_client, 0,
	  NULL, false, true },
	{ "binder", "call", NULL, binder_server, binder_begin, binder_client, 0,
	  NULL, false, true },
	{ "isle", "notify", NULL, NULL, notify_begin, notify_client, 0, NULL,
	  true, false },
	{ "isle-receive", "notify", NULL, NULL, task_begin,
	  notify_receive_client, 0, NULL, true, false },
	{ "eventfd", "notify", eventfds, NULL, NULL, eventfd_client, 0, NULL,
	  true, false },
#define PAYLOADS(_name, _length)					\
	{ "copy", "payload-" _name, NULL, NULL, NULL, copy_client,	\
	  _length, copy_verify, true, false },				\
	{ "isle", "payload-" _name, NULL, payload_server,		\
	  payload_client_begin, payload_client, _length,		\
	  payload_verify, false, false },				\
	{ "isle-registered", "payload-" _name, NULL,			\
	  payload_registered_server, payload_registered_begin,		\
	  payload_client, _length, payload_verify, false, false },	\
	{ "isle-reference", "payload-" _name, NULL, reference_server,	\
	  reference_client_begin, payload_client, _length,		\
	  payload_verify, false, false },				\
	{ "process_vm", "payload-" _name, NULL, vm_server, NULL,	\
	  vm_client, _length, vm_verify, true, false }
	PAYLOADS("4k", 4096),
	PAYLOADS("64k", 65536),
	PAYLOADS("1m", 1 << 20),
	PAYLOADS("16m", 16 << 20),
};

static bool wanted(const struct kind *kind)
{
	char name[64];
	unsigned int i;

	if (!n_only)
		return true;
	snprintf(name, sizeof(name), "%s-%s", kind->target, kind->op);
	for (i = 0; i < n_only; i++)
		if (strstr(name, only[i]))
			return true;
	return false;
}

static void start_server(const struct kind *kind)
{
	shared->server_ready = 0;
	server_pid = fork();
	if (server_pid < 0)
		die_errno(0, "fork");
	if (!server_pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		stay(server_cpu);
		kind->server();
		exit(0);
	}
	while (!__atomic_load_n(&shared->server_ready, __ATOMIC_ACQUIRE))
		usleep(1000);
	usleep(20000);
}

static void measure(const struct kind *kind)
{
	unsigned int repeat = kind->length > 65536 ? 16 : REPEAT;
	struct isle_message message = { .type = REQUEST };
	struct series series = {};
	uint64_t begin, end;
	unsigned int i, k;
	int last;

	shared->length = kind->length;
	if (kind->before)
		kind->before();
	if (kind->server)
		start_server(kind);
	if (kind->begin)
		kind->begin();
	/* Until the scheduler has got to know both */
	for (k = 0, end = now() + 30000000; now() < end; k++) {
		message.value = k;
		kind->client(&message);
	}
	for (i = 0; i < 2 + batches; i++) {
		message.value = i * 1000;
		for (k = 4; k < sizeof(message.data); k++)
			message.data[k] = k * 7 + i;
		if (kind->length)
			payload_fill(source, kind->length, i);
		begin = now();
		for (k = 0; k < repeat; k++) {
			last = message.value;
			kind->client(&message);
			if (message.value != last + 1)
				die("%s %s: %d instead of %d", kind->target,
				    kind->op, message.value, last + 1);
		}
		end = now();
		for (k = 4; k < sizeof(message.data); k++)
			if (message.data[k] != (uint8_t)(k * 7 + i))
				die("%s %s: byte %u is wrong", kind->target,
				    kind->op, k);
		if (kind->verify)
			kind->verify(i);
		if (i >= 2)
			series_add(&series, (double)(end - begin) / repeat);
	}
	series_print(&series, "ipc", kind->target, kind->op, "");
	fflush(stdout);
	series_free(&series);
	exit(0);
}

static void run(const struct kind *kind)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die_errno(0, "fork");
	if (!pid) {
		stay(0);
		measure(kind);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status))
		die("%s %s failed", kind->target, kind->op);
}

static const struct option options[] = {
	{ "batches", required_argument, NULL, 'b' },
	{ "server", required_argument, NULL, 's' },
	{ "only", required_argument, NULL, 'o' },
	{ }
};

int main(int argc, char **argv)
{
	unsigned int i;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b':
			batches = atoi(optarg);
			break;
		case 's':
			server_cpu = atoi(optarg);
			break;
		case 'o':
			if (n_only == ARRAY_SIZE(only))
				die("too many --only");
			only[n_only++] = optarg;
			break;
		default:
			return 1;
		}
	}
	open_domain();
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (shared == MAP_FAILED)
		die_errno(0, "memory");
	/* Not at the same offset of 2 MiB: the emulator's caches would clash */
	source = memory(BUFFER + (8 << 20));
	source += -(uintptr_t)source & ((2 << 20) - 1);
	target = memory(BUFFER + (8 << 20));
	target += -(uintptr_t)target & ((2 << 20) - 1);
	target += 0x9d000;
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (kinds[i].server == binder_server && access("/dev/binder", F_OK)) {
			fprintf(stderr, "bench: no binder here\n");
			continue;
		}
		if (!wanted(&kinds[i]) ||
		    (server_cpu && kinds[i].same_only))
			continue;
		run(&kinds[i]);
	}
	return 0;
}
