// SPDX-License-Identifier: GPL-2.0
/*
 * islectl launcher: start programs for the tasks of a domain that ask for it by
 * task.launch.
 *
 * A program is a file of one directory.  It gets a task of its own, whose number
 * is the answer, as an open file (isle_task_inherited(3)), and sees the domain
 * as "islectl run" would show it.  Its task ends with it.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <isle_stubs.h>
#include <libisle-task.h>

#include "islectl.h"

#define ARGUMENTS_MAX	64
#define LINE_MAX_	4096

struct launcher {
	const char *domain;
	const char *directory;
	int dirfd;
};

static const struct argp_option options[] = {
	{ "directory", 'd', "DIR", 0, "Where the programs are", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct launcher *launcher = state->input;

	switch (key) {
	case 'd':
		launcher->directory = arg;
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_usage(state);
		launcher->domain = parse_name(state, "domain", arg);
		break;
	case ARGP_KEY_END:
		if (!launcher->domain || !launcher->directory)
			argp_error(state, "give the name of a domain and --directory");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "DOMAIN",
	"Start programs of a directory when a task of the domain asks for it (task.launch).\v"
	"It and what it starts see that domain alone, as with \"islectl run\"; DOMAIN is \"self\" to "
	"run it inside that command, perhaps as another user. It runs until it is killed.",
	NULL, NULL, NULL
};

/* Words of @line, which is changed; how many, or a negative errno */
static int split(char *line, char **words)
{
	int n = 0;
	char *word;

	while ((word = strsep(&line, " "))) {
		if (!*word)
			continue;
		if (n == ARGUMENTS_MAX)
			return -EMSGSIZE;
		words[n++] = word;
	}
	words[n] = NULL;
	return n;
}

/* A file of the directory: no path that leads elsewhere, nothing hidden */
static bool is_program(const char *name)
{
	return *name != '.' && !strchr(name, '/');
}

static void become(const struct launcher *launcher, char **words, struct isle_task *task,
		   int report)
{
	char number[16];
	int fd, error;

	signal(SIGCHLD, SIG_DFL);
	fd = fcntl(isle_task_fd(task), F_DUPFD, 3);
	if (fd >= 0) {
		snprintf(number, sizeof(number), "%d", fd);
		setenv("ISLE_TASK_FD", number, 1);
		fd = openat(launcher->dirfd, words[0], O_RDONLY | O_NOFOLLOW);
	}
	if (fd >= 0) {
		/* Scripts need their file to stay open */
		if (fcntl(fd, F_SETFD, 0) == 0)
			fexecve(fd, words, environ);
	}
	error = -errno;
	if (write(report, &error, sizeof(error)) != sizeof(error))
		_exit(EXIT_NO_EXEC);
	_exit(EXIT_NO_EXEC);
}

/* Start a program; the number of its task, or a negative errno. */
static int32_t start(const struct launcher *launcher, char **words)
{
	struct isle_task *task;
	int report[2], error = 0;
	int32_t id;
	pid_t pid;
	int rc;

	rc = isle_task_open("self", &task);
	if (rc)
		return rc;
	id = isle_task_id(task);
	if (pipe2(report, O_CLOEXEC)) {
		isle_task_close(task);
		return -ENOMEM;
	}
	pid = fork();
	if (!pid)
		become(launcher, words, task, report[1]);
	close(report[1]);
	/* From here on it is the program's alone */
	isle_task_close(task);
	if (pid < 0 || read(report[0], &error, sizeof(error)) == sizeof(error))
		id = pid < 0 ? -ENOMEM : error;
	close(report[0]);
	return id;
}

static int launch(void *arg, __s32 src, const struct isle_msg_task_launch *request,
		  struct isle_msg_task_launch_reply *reply)
{
	char *words[ARGUMENTS_MAX + 1];
	int n = split((char *)(uintptr_t)request->name_and_cmdline, words);
	int32_t id;

	if (n <= 0)
		return n ? n : -EINVAL;
	if (!is_program(words[0]))
		return -EPERM;
	id = start(arg, words);
	if (id < 0) {
		complain("task %d wants '%s': %s", src, words[0], because(id));
		return id == -EACCES ? -EPERM : id;
	}
	reply->task = id;
	printf("task %d is '%s', for task %d\n", id, words[0], src);
	fflush(stdout);
	return 0;
}

static int answer(void *arg, struct isle_message *m)
{
	static const struct isle_ops_task ops = { .launch = launch };

	if (m->src == ISLE_TASK_KERNEL)
		return 0;
	return isle_dispatch_task(&ops, arg, m);
}

static int run(int argc, char **argv)
{
	struct launcher launcher = { 0 };
	static char line[LINE_MAX_];
	struct isle_task *task;
	int rc;

	parse_args(&argp, argc, argv, &launcher);
	launcher.dirfd = open(launcher.directory, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (launcher.dirfd < 0)
		die("cannot open '%s': %s", launcher.directory, because(-errno));
	if (strcmp(launcher.domain, "self"))
		enter_sandbox(launcher.domain);
	rc = isle_task_open("self", &task);
	if (rc)
		die("cannot make a task: %s", because(rc));
	/* Nobody asks how programs end; those who watch their tasks are told */
	signal(SIGCHLD, SIG_IGN);
	rc = isle_discovery_serve(task, "launcher");
	if (rc == -EEXIST)
		die("the domain has a launcher already");
	if (rc)
		die("cannot become the launcher: %s", because(rc));
	printf("task %d launches programs of %s\n", isle_task_id(task), launcher.directory);
	fflush(stdout);
	do {
		rc = isle_task_serve(task, answer, &launcher, line, sizeof(line));
	} while (rc == -EINTR);
	die("no more requests: %s", because(rc));
}

const struct command launcher_command = {
	.group = "launcher",
	.summary = "start programs for the tasks of a domain",
	.argp = &argp,
	.run = run,
};
