// SPDX-License-Identifier: GPL-2.0
/*
 * msgdemo: a server and its clients, found by name; run them in domains that
 * are linked ("islectl run DOMAIN -- msgdemo ...").
 *
 *	msgdemo serve NAME		answer, until killed
 *	msgdemo greet NAME WHO		a call with a string each way
 *	msgdemo sum NAME BYTES		a call with a payload of so many bytes
 *	msgdemo remind NAME MS		a call, a timer there, a notification here
 *	msgdemo nudge NAME		a notification to the server
 *	msgdemo launched TEXT...	what a launcher can start: serves TEXT[0]
 *
 * A server answers what greeter.idl says, by the code that isle-idl has made of
 * it.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libisle-task.h>
#include <greeter_stubs.h>

/* The application's notifications; the first bits are the system's */
#define REMINDED	(1U << 16)
#define NUDGED		(1U << 17)

#define ROOM	(4U << 20)

static void fail(const char *what, int rc)
{
	fflush(stdout);		/* what was said before comes before */
	fprintf(stderr, "msgdemo: %s: %s\n", what, strerror(-rc));
	exit(1);
}

/* ---- the server ------------------------------------------------------------------ */

struct server {
	struct isle_task *task;
	int32_t reminded;	/* who is to be notified, or 0 */
	char text[128];
};

static int greet(void *arg, __s32 src, const struct greeter_msg_greeter_greet *in,
		 struct greeter_msg_greeter_greet_reply *out)
{
	struct server *server = arg;

	snprintf(server->text, sizeof(server->text), "Good day, %s; you are task %d.",
		 (const char *)(uintptr_t)in->name, src);
	/* It stays until the reply was sent, as it is the server's */
	out->text = (uintptr_t)server->text;
	out->text_len = strlen(server->text) + 1;
	return 0;
}

static int sum(void *arg, __s32 src, const struct greeter_msg_greeter_sum *in,
	       struct greeter_msg_greeter_sum_reply *out)
{
	const unsigned char *data = (const unsigned char *)(uintptr_t)in->data;
	uint64_t i;

	(void)arg;
	(void)src;
	for (i = 0; i < in->data_len; i++)
		out->sum += data[i];
	out->length = in->data_len;
	return 0;
}

static int remind(void *arg, __s32 src, const struct greeter_msg_greeter_remind *in)
{
	struct server *server = arg;

	if (server->reminded)
		return -EBUSY;
	server->reminded = src;
	return isle_task_timer(server->task, in->milliseconds);
}

static void notified(struct server *server, uint32_t bits)
{
	if (bits & NUDGED)
		printf("server: somebody nudges me\n");
	if (bits & ISLE_NOTIFY_TIMER && server->reminded) {
		printf("server: the time is up, I notify task %d\n", server->reminded);
		isle_task_notify(server->task, server->reminded, REMINDED);
		server->reminded = 0;
	}
	fflush(stdout);
}

static int answer(void *arg, struct isle_message *m)
{
	static const struct greeter_ops_greeter ops = {
		.greet = greet, .sum = sum, .remind = remind,
	};

	if (m->src == ISLE_TASK_KERNEL) {
		notified(arg, (uint32_t)m->value);
		return 0;
	}
	return greeter_dispatch_greeter(&ops, arg, m);
}

static int serve(struct isle_task *task, const char *name)
{
	struct server server = { .task = task };
	void *buffer = malloc(ROOM);
	int rc = buffer ? isle_discovery_serve(task, name) : -ENOMEM;

	if (rc)
		fail(name, rc);
	printf("server: task %d serves '%s'\n", isle_task_id(task), name);
	fflush(stdout);
	do {
		rc = isle_task_serve(task, answer, &server, buffer, ROOM);
	} while (rc == -EINTR);
	free(buffer);
	return rc;
}

/* ---- clients ------------------------------------------------------------------------ */

static int ask_greet(struct isle_task *task, int32_t server, const char *who)
{
	char text[128];
	__u64 length = sizeof(text);
	int rc = greeter_call_greeter_greet(isle_task_transport(task), server, who, text,
					    &length);

	if (!rc)
		printf("client: %s\n", text);
	return rc;
}

static int ask_sum(struct isle_task *task, int32_t server, const char *bytes)
{
	size_t size = strtoul(bytes, NULL, 0), i;
	unsigned char *data = malloc(size ? size : 1);
	uint64_t expected = 0;
	__u64 sum_ = 0, length = 0;
	int rc;

	if (!data)
		return -ENOMEM;
	for (i = 0; i < size; i++) {
		data[i] = (unsigned char)(i * 2654435761U >> 13);
		expected += data[i];
	}
	rc = greeter_call_greeter_sum(isle_task_transport(task), server, data, size, &sum_,
				      &length);
	free(data);
	if (rc)
		return rc;
	printf("client: sent %zu bytes, the server got %" PRIu64 " with sum %" PRIu64 ": %s\n",
	       size, (uint64_t)length, (uint64_t)sum_,
	       length == size && sum_ == expected ? "right" : "WRONG");
	return length == size && sum_ == expected ? 0 : -EBADMSG;
}

static int ask_remind(struct isle_task *task, int32_t server, const char *ms)
{
	struct isle_message m;
	int rc = greeter_call_greeter_remind(isle_task_transport(task), server,
					     (uint32_t)strtoul(ms, NULL, 0));

	if (!rc)
		rc = isle_task_receive(task, ISLE_TASK_KERNEL, &m, NULL, 0, -1);
	if (!rc)
		printf("client: notified, bits 0x%x\n", (unsigned int)m.value);
	return rc;
}

static int nudge(struct isle_task *task, int32_t server, const char *unused)
{
	(void)unused;
	return isle_task_notify(task, server, NUDGED);
}

static const struct {
	const char *name;
	int (*run)(struct isle_task *task, int32_t server, const char *argument);
	int arguments;
} clients[] = {
	{ "greet", ask_greet, 4 },
	{ "sum", ask_sum, 4 },
	{ "remind", ask_remind, 4 },
	{ "nudge", nudge, 3 },
};

static int client(struct isle_task *task, int argc, char **argv)
{
	/* So long that a server which is about to start is found */
	int32_t server = isle_discovery_lookup(task, argv[2], 5000000000LL);
	size_t i;

	if (server == -ETIMEDOUT) {
		printf("client: nobody that I can see serves '%s'\n", argv[2]);
		return -ENOENT;
	}
	if (server < 0)
		return server;
	for (i = 0; i < sizeof(clients) / sizeof(clients[0]); i++)
		if (!strcmp(clients[i].name, argv[1]) && clients[i].arguments == argc)
			return clients[i].run(task, server, argv[3]);
	return -EINVAL;
}

int main(int argc, char **argv)
{
	struct isle_task *task;
	int rc;

	if (argc < 3) {
		fprintf(stderr, "usage: msgdemo serve|greet|sum|remind|nudge NAME [ARGUMENT]\n");
		return 2;
	}
	if (!strcmp(argv[1], "launched"))
		rc = isle_task_inherited(&task);
	else
		rc = isle_task_open(NULL, &task);
	if (rc)
		fail("cannot make a task", rc);
	if (!strcmp(argv[1], "launched") || !strcmp(argv[1], "serve"))
		rc = serve(task, argv[2]);
	else
		rc = client(task, argc, argv);
	isle_task_close(task);
	if (rc)
		fail(argv[1], rc);
	return 0;
}
