// SPDX-License-Identifier: GPL-2.0
/*
 * islectl msg: send a message to a server and print its reply.
 *
 * The interface of the system is part of the program; others are read when
 * they are needed.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libisle-task.h>

#include "islectl.h"
#include "msg_types.h"

/* The text of the system's interface */
__asm__(".section .rodata\n"
	"islectl_interface:\n"
	".incbin \"" INTERFACE "\"\n"
	"islectl_interface_end:\n"
	".byte 0\n"
	".previous\n");
extern const char islectl_interface[], islectl_interface_end[];

enum {
	OPT_IDL = 0x200,
	OPT_FIRST_NUMBER,
	OPT_MSG_TIMEOUT,
	OPT_RAW,
	OPT_LIST,
};

struct args {
	const char *domain;
	const char *server;
	const char *message;
	char **fields;
	int count;
	const char *interface;
	unsigned int first_number;
	int64_t timeout_ns;
	bool json;
	bool raw;
	bool list;
};

static const struct argp_option options[] = {
	OPTION_JSON,
	{ "idl", OPT_IDL, "FILE", 0, "The messages are those of an interface of your own", 0 },
	{ "first-number", OPT_FIRST_NUMBER, "N", 0, "With --idl: number of its first message", 0 },
	{ "timeout", OPT_MSG_TIMEOUT, "SECONDS", 0,
	  "Wait so long for the server and its reply; for ever if not given", 0 },
	{ "raw", OPT_RAW, NULL, 0, "Print the reply's str or bytes alone, as they are", 0 },
	{ "list", OPT_LIST, NULL, 0, "Only list the messages", 0 },
	{ 0 }
};

static unsigned int parse_number(struct argp_state *state, const char *arg)
{
	char *end;
	unsigned long number = strtoul(arg, &end, 10);

	if (end == arg || *end || !number || number > MESSAGE_NR_MAX)
		argp_error(state, "'%s' is not a number of a message, 1 to %u", arg,
			   MESSAGE_NR_MAX);
	return (unsigned int)number;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case OPT_JSON:
		args->json = true;
		break;
	case OPT_RAW:
		args->raw = true;
		break;
	case OPT_LIST:
		args->list = true;
		break;
	case OPT_IDL:
		args->interface = arg;
		break;
	case OPT_FIRST_NUMBER:
		args->first_number = parse_number(state, arg);
		break;
	case OPT_MSG_TIMEOUT:
		args->timeout_ns = parse_seconds(state, arg);
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num == 0) {
			args->domain = parse_name(state, "domain", arg);
		} else if (state->arg_num == 1) {
			args->server = arg;
		} else if (state->arg_num == 2) {
			args->message = arg;
			args->fields = state->argv + state->next;
			args->count = state->argc - state->next;
			state->next = state->argc;
		}
		break;
	case ARGP_KEY_END:
		if (!args->list && !args->message)
			argp_error(state, "give a domain, a server and a message");
		if (args->json && args->raw)
			argp_error(state, "give one of --json and --raw");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "DOMAIN SERVER MESSAGE [FIELD=VALUE...]\n--list",
	"Send a message as a task of a domain, and print the reply.\v"
	"SERVER is the name that a server has given itself, the number of a task, or \"system\" for "
	"what the module answers. MESSAGE is as in the interface: namespace.name. A value is a "
	"number, true or false, a name of an enum, a text, for bytes also @FILE, and for an array "
	"several with commas between them. DOMAIN can be \"self\" inside \"islectl run\". Options "
	"stand before DOMAIN.",
	NULL, NULL, NULL
};

static void read_interface(const struct args *args, struct idl *idl)
{
	bool good;

	idl_init(idl, stderr);
	if (args->interface) {
		idl->first_number = args->first_number;
		good = idl_read_file(idl, args->interface);
	} else {
		idl->sealed = true;
		good = idl_read_text(idl, "interface.idl", islectl_interface,
				     (size_t)(islectl_interface_end - islectl_interface));
	}
	if (!good)
		die("the interface has errors");
}

static void list_messages(const struct idl *idl)
{
	static const char *const kinds[] = {
		[MESSAGE_RPC] = "call", [MESSAGE_ONEWAY] = "one way",
		[MESSAGE_ASYNC] = "asynchronous",
	};
	const struct decl *decl;
	const struct field *field;

	for (decl = idl->decls; decl; decl = decl->next) {
		if (decl->kind != DECL_MESSAGE)
			continue;
		printf("%s%s%s", decl->ns ? decl->ns->name : "", decl->ns ? "." : "",
		       decl->message->name);
		for (field = decl->message->request.fields; field; field = field->next)
			printf(" %s=%s", field->name, field->type->name);
		printf("  (%s)\n", kinds[decl->message->kind]);
	}
}

static int32_t find_server(struct isle_task *task, const struct args *args)
{
	char *end;
	long number;
	int32_t id;

	if (!strcmp(args->server, "system"))
		return ISLE_TASK_SERVICES;
	number = strtol(args->server, &end, 10);
	if (end != args->server && !*end && number > 0 && number <= ISLE_TASK_MAX)
		return (int32_t)number;
	id = isle_discovery_lookup(task, args->server, args->timeout_ns);
	if (id == -ETIMEDOUT || id == -ENOENT)
		die("nobody serves '%s' in domain '%s' or a linked one", args->server,
		    args->domain);
	if (id < 0)
		die("cannot find '%s': %s", args->server, because(id));
	return id;
}

static void call(struct isle_task *task, int32_t to, const struct args *args,
		 const struct message *message, struct isle_message *m)
{
	struct payload reply = { 0 };
	int rc;

	if (message->reply.ool) {
		reply.size = ISLE_PAYLOAD_MAX;
		reply.data = malloc(reply.size);
		if (!reply.data)
			die("out of memory");
	}
	rc = isle_task_call(task, to, m, reply.data, reply.size, args->timeout_ns);
	if (rc)
		die("%s: %s", args->message, because(rc));
	check_reply(message, m, &reply);
	/* Where it is may be elsewhere if it came by reference */
	if (message->reply.ool && m->payload.address != (uintptr_t)reply.data)
		memcpy(reply.data, (void *)(uintptr_t)m->payload.address, m->payload.length);
	if (args->raw && message->reply.ool)
		fwrite(reply.data, 1, m->payload.length -
		       (message->reply.ool->type->base == BASE_STR), stdout);
	else if (args->json)
		print_json(describe_fields(&message->reply, m, &reply));
	else
		print_fields(&message->reply, m, &reply);
	free(reply.data);
}

static int run(int argc, char **argv)
{
	struct args args = { .first_number = 1, .timeout_ns = -1 };
	const struct message *message;
	struct payload payload = { 0 };
	struct isle_message m;
	struct isle_task *task;
	struct idl idl;
	int32_t to;
	int rc = 0;

	parse_args(&argp, argc, argv, &args);
	read_interface(&args, &idl);
	if (args.list) {
		list_messages(&idl);
		return 0;
	}
	message = find_message(&idl, args.message);
	fill_message(message, args.fields, args.count, &m, &payload);
	task = open_task(args.domain);
	to = find_server(task, &args);
	if (message->kind == MESSAGE_RPC)
		call(task, to, &args, message, &m);
	else if (message->kind == MESSAGE_ASYNC)
		rc = isle_task_async_send(task, to, &m);
	else
		rc = isle_task_send(task, to, &m, args.timeout_ns);
	if (rc)
		die("%s: %s", args.message, because(rc));
	if (fflush(stdout))
		die("standard output: %s", because(-errno));
	isle_task_close(task);
	free(payload.data);
	idl_free(&idl);
	return 0;
}

const struct command msg_command = {
	.group = "msg",
	.summary = "send a message to a server",
	.argp = &argp,
	.run = run,
};
