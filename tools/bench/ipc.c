// SPDX-License-Identifier: GPL-2.0
/*
 * Measures calls, notifications and payloads between two processes, beside what
 * one would use instead.
 *
 *	ipc [--batches N] [--server N] [--rest MS] [--patience S] [--only NAME]...
 *
 * The client runs on processor 0, the server on the one that --server gives, 0
 * if it is not given.  Every answer is checked: the server adds one to what it
 * was asked and copies the rest, and the client compares.
 *
 * After so many seconds of patience three batches are enough: on a busy machine
 * each wake-up of another processor can take milliseconds.
 *
 * With --rest nothing happens for so long before each call, which is not counted;
 * the operation's name ends in "-rested" then.
 *
 * Output and clock are those of blk.  A "call" is a request of 256 bytes and
 * its answer; "payload" moves so many bytes to the server, which looks at
 * every page's first word, and answers with a message.
 */
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <isle/control.h>

#include "ipc.h"

#define REPEAT		256u

struct shared *shared;
pid_t server_pid;
int domain = -1;

static int control = -1;
static unsigned int batches = 11;
static int server_cpu;
static unsigned int rest, patience = 600;
static const char *only[16];
static unsigned int n_only;

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
	  isle_call_client_begin, payload_client, _length,		\
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
	unsigned int repeat = kind->length > 65536 || rest ? 16 : REPEAT;
	struct isle_message message = { .type = REQUEST };
	struct series series = {};
	uint64_t first = now(), begin, end, spent;
	unsigned int i, k;
	char op[64];
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
		if (series.count >= 3 && now() - first > patience * 1000000000ull)
			break;
		message.value = i * 1000;
		for (k = 4; k < sizeof(message.data); k++)
			message.data[k] = k * 7 + i;
		if (kind->length)
			payload_fill(source, kind->length, i);
		spent = 0;
		begin = now();
		for (k = 0; k < repeat; k++) {
			last = message.value;
			if (rest) {
				usleep(1000 * rest);
				begin = now();
			}
			kind->client(&message);
			if (message.value != last + 1)
				die("%s %s: %d instead of %d", kind->target,
				    kind->op, message.value, last + 1);
			if (rest)
				spent += now() - begin;
		}
		if (!rest)
			spent = now() - begin;
		for (k = 4; k < sizeof(message.data); k++)
			if (message.data[k] != (uint8_t)(k * 7 + i))
				die("%s %s: byte %u is wrong", kind->target,
				    kind->op, k);
		if (kind->verify)
			kind->verify(i);
		if (i >= 2)
			series_add(&series, (double)spent / repeat);
	}
	snprintf(op, sizeof(op), "%s%s", kind->op, rest ? "-rested" : "");
	series_print(&series, "ipc", kind->target, op, "");
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
	{ "rest", required_argument, NULL, 'r' },
	{ "patience", required_argument, NULL, 'p' },
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
		case 'r':
			rest = atoi(optarg);
			break;
		case 'p':
			patience = atoi(optarg);
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
	payload_memory();
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
