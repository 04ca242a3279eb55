// SPDX-License-Identifier: GPL-2.0
/*
 * islectl tasks: what tasks do, and who waits for whom.
 *
 * It asks as a task of each domain, which it leaves out.  Tasks come and go
 * meanwhile: it is a picture put together of many, and a deadlock that it shows
 * is one if it is there the next time, too.
 */
#include <errno.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libisle-task.h>

#include "islectl.h"

/**
 * struct seen - a task
 * @info: what it says
 * @domain: name of its domain
 * @deadlock: it waits for itself, by way of others
 */
struct seen {
	struct isle_task_info info;
	char domain[ISLE_NAME_SIZE];
	bool deadlock;
};

struct picture {
	struct seen *tasks;
	size_t count;
	size_t room;
};

static const struct argp argp = {
	json_options, parse_look, "[DOMAIN]",
	"Print tasks: what each is doing, for whom it waits, and what waits for it.\v"
	"Without DOMAIN those of all domains. DOMAIN can be \"self\" inside \"islectl run\".",
	NULL, NULL, NULL
};

static void add_task(struct picture *picture, const struct isle_task_info *info,
		     const char *domain)
{
	struct seen *seen;

	if (picture->count == picture->room) {
		picture->room = picture->room ? 2 * picture->room : 64;
		picture->tasks = realloc(picture->tasks, picture->room * sizeof(*seen));
		if (!picture->tasks)
			die("out of memory");
	}
	seen = &picture->tasks[picture->count++];
	seen->info = *info;
	seen->deadlock = false;
	snprintf(seen->domain, sizeof(seen->domain), "%s", domain);
}

static void look(struct picture *picture, struct isle_task *task, const char *domain)
{
	struct isle_task_info info = { .size = sizeof(info) };
	int32_t cursor = 0;

	while (!isle_task_next(task, &cursor, &info)) {
		if (info.task != isle_task_id(task))
			add_task(picture, &info, domain);
		info.size = sizeof(info);
	}
	isle_task_close(task);
}

static void look_everywhere(struct picture *picture)
{
	struct isle_control *control = open_control();
	struct isle_domain_info info = { .size = sizeof(info) };
	struct isle_domain *domain;
	struct isle_task *task;
	uint64_t cursor = 0;
	int rc;

	while (isle_control_domain_next(control, &cursor, &info) > 0) {
		rc = isle_control_domain_open(control, info.domid, &domain);
		if (rc)
			continue;	/* it has gone */
		rc = isle_task_open_in(domain, &task);
		isle_domain_close(domain);
		if (rc)
			complain("cannot look into domain '%s': %s", info.name, because(rc));
		else
			look(picture, task, info.name);
		info.size = sizeof(info);
	}
}

/* ---- who waits for whom ------------------------------------------------------------ */

static int by_number(const void *a, const void *b)
{
	const struct seen *x = a, *y = b;

	return x->info.task < y->info.task ? -1 : x->info.task > y->info.task;
}

/* The task that another one can do nothing without, or NULL */
static struct seen *waits_for(const struct picture *picture, const struct seen *seen)
{
	struct seen key = { .info.task = seen->info.peer };

	/* To receive from anyone, or notifications, is to wait for nobody */
	if (seen->info.state == ISLE_TASK_IDLE || seen->info.peer <= 0)
		return NULL;
	return bsearch(&key, picture->tasks, picture->count, sizeof(key), by_number);
}

/* At most as many steps as there are tasks: a ring that it is not in has no end */
static bool waits_for_itself(const struct picture *picture, const struct seen *seen)
{
	const struct seen *at = seen;
	size_t steps;

	for (steps = 0; steps < picture->count; steps++) {
		at = waits_for(picture, at);
		if (!at)
			return false;
		if (at == seen)
			return true;
	}
	return false;
}

/* ---- printing ------------------------------------------------------------------------ */

static const char *state_name(uint32_t state)
{
	static const char *const names[] = {
		[ISLE_TASK_IDLE] = "idle", [ISLE_TASK_RECEIVING] = "receiving",
		[ISLE_TASK_SENDING] = "sending", [ISLE_TASK_CALLING] = "calling",
	};

	return state < sizeof(names) / sizeof(names[0]) ? names[state] : "unknown";
}

static void print_task(const struct seen *seen)
{
	const struct isle_task_info *info = &seen->info;
	char peer[16] = "-", pending[16] = "-";

	if (info->state != ISLE_TASK_IDLE)
		snprintf(peer, sizeof(peer), "%d", info->peer);
	if (info->state != ISLE_TASK_IDLE && info->peer == ISLE_TASK_ANY)
		snprintf(peer, sizeof(peer), "anyone");
	if (info->pending)
		snprintf(pending, sizeof(pending), "0x%x", info->pending);
	printf("%7d %-16s %-9s %7s %7u %7u %7u %10s %7u %s%s\n", info->task, seen->domain,
	       state_name(info->state), peer, info->senders, info->callers, info->asyncs, pending,
	       info->pid, info->comm, seen->deadlock ? "  DEADLOCK" : "");
}

static struct json_object *describe_task(const struct seen *seen)
{
	const struct isle_task_info *info = &seen->info;
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "task", json_object_new_int(info->task));
	json_object_object_add(object, "domain", json_object_new_string(seen->domain));
	json_object_object_add(object, "state", json_object_new_string(state_name(info->state)));
	json_object_object_add(object, "peer", json_object_new_int(info->peer));
	json_object_object_add(object, "senders", json_object_new_int64(info->senders));
	json_object_object_add(object, "callers", json_object_new_int64(info->callers));
	json_object_object_add(object, "asyncs", json_object_new_int64(info->asyncs));
	json_object_object_add(object, "pending", json_object_new_int64(info->pending));
	json_object_object_add(object, "pid", json_object_new_int64(info->pid));
	json_object_object_add(object, "comm", json_object_new_string(info->comm));
	json_object_object_add(object, "deadlock", json_object_new_boolean(seen->deadlock));
	return object;
}

static void print_all(const struct picture *picture)
{
	printf("%7s %-16s %-9s %7s %7s %7s %7s %10s %7s %s\n", "TASK", "DOMAIN", "STATE", "PEER",
	       "SENDERS", "CALLERS", "ASYNCS", "PENDING", "PID", "COMMAND");
	for (size_t i = 0; i < picture->count; i++)
		print_task(&picture->tasks[i]);
}

static int run(int argc, char **argv)
{
	struct picture picture = { 0 };
	struct json_object *array;
	struct look_args args = { 0 };

	parse_args(&argp, argc, argv, &args);
	if (args.domain)
		look(&picture, open_task(args.domain), args.domain);
	else
		look_everywhere(&picture);
	if (picture.count)
		qsort(picture.tasks, picture.count, sizeof(*picture.tasks), by_number);
	for (size_t i = 0; i < picture.count; i++)
		picture.tasks[i].deadlock = waits_for_itself(&picture, &picture.tasks[i]);
	if (args.json) {
		array = json_object_new_array();
		for (size_t i = 0; i < picture.count; i++)
			json_object_array_add(array, describe_task(&picture.tasks[i]));
		print_json(array);
	} else {
		print_all(&picture);
	}
	free(picture.tasks);
	return 0;
}

const struct command tasks_command = {
	.group = "tasks",
	.summary = "print tasks and who waits for whom",
	.argp = &argp,
	.run = run,
};
