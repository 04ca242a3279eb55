// SPDX-License-Identifier: GPL-2.0
/*
 * Holds many domains and tasks that do nothing, while another program measures.
 *
 *	idle [--domains N] [--tasks N] COMMAND [ARGUMENT]...
 *
 * Makes them (10,000 and 100,000 unless told), says what memory of the kernel each
 * takes, beside as many eventfds, runs COMMAND while the domains and tasks are
 * there, and ends with its status.  Then a message is sent to every thousandth
 * task, so that they are known to have been alive.
 *
 * Output is that of blk; the figures are bytes.  What counts is all that the
 * kernel holds in slabs and per processor, which includes the open file that each
 * task, domain and eventfd is, and the table of files.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <isle/control.h>
#include <isle/task.h>

#include "bench.h"

static int control = -1;

/* Bytes of the kernel's small objects */
static double kernel_memory(void)
{
	static const char *const fields[] = { "Slab:", "Percpu:" };
	FILE *file = fopen("/proc/meminfo", "re");
	char name[64];
	double sum = 0, kib;

	if (!file)
		die_errno(0, "/proc/meminfo");
	while (fscanf(file, "%63s %lf%*[^\n]", name, &kib) == 2)
		for (size_t i = 0; i < ARRAY_SIZE(fields); i++)
			if (!strcmp(name, fields[i]))
				sum += kib * 1024;
	fclose(file);
	return sum;
}

static void report(const char *target, double bytes, unsigned int count)
{
	struct series series = { 0 };
	char extra[48];

	series_add(&series, bytes / count);
	snprintf(extra, sizeof(extra), ", \"count\": %u", count);
	series_print(&series, "idle", target, "memory", extra);
	series_free(&series);
}

static int make_domain(void)
{
	struct isle_domain_create arg = { .size = sizeof(arg) };

	if (ioctl(control, ISLE_CTL_DOMAIN_CREATE, &arg))
		die_errno(0, "creating a domain");
	return arg.fd;
}

static int make_task(int domain)
{
	struct isle_part_open arg = { .size = sizeof(arg), .part = ISLE_OPEN_TASK };

	if (ioctl(domain, ISLE_DOMAIN_PART_OPEN, &arg))
		die_errno(0, "opening a task");
	return arg.fd;
}

/* A task notifies itself, and finds that */
static void check_task(int task)
{
	struct isle_message message;
	struct isle_task_info info = { .size = sizeof(info), .flags = ISLE_TASK_SELF };
	struct isle_ipc ipc = { .size = sizeof(ipc), .flags = ISLE_IPC_NOTIFY };

	if (ioctl(task, ISLE_TASK_INFO, &info))
		die_errno(0, "an idle task");
	ipc.dst = info.task;
	ipc.bits = 1U << 16;
	if (ioctl(task, ISLE_TASK_IPC, &ipc))
		die_errno(0, "notifying an idle task");
	ipc = (struct isle_ipc){
		.size = sizeof(ipc), .flags = ISLE_IPC_RECEIVE,
		.src = ISLE_TASK_ANY, .message = (uintptr_t)&message,
	};
	if (ioctl(task, ISLE_TASK_IPC, &ipc) || message.value != 1 << 16)
		die_errno(0, "an idle task has lost a notification");
}

/* A peer: the least that one can wait on */
static void eventfds(unsigned int count)
{
	int *fds = calloc(count, sizeof(*fds));
	double before = kernel_memory();

	if (!fds)
		die("out of memory");
	for (unsigned int i = 0; i < count; i++) {
		fds[i] = eventfd(0, EFD_CLOEXEC);
		if (fds[i] < 0)
			die_errno(0, "eventfd");
	}
	report("eventfd", kernel_memory() - before, count);
	for (unsigned int i = 0; i < count; i++)
		close(fds[i]);
	free(fds);
}

static int run(char **argv)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die_errno(0, "fork");
	if (!pid) {
		execvp(argv[0], argv);
		die_errno(0, "%s", argv[0]);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		die("%s has died", argv[0]);
	return WEXITSTATUS(status);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "domains", required_argument, NULL, 'd' },
		{ "tasks", required_argument, NULL, 't' },
		{ }
	};
	unsigned int i, n_domains = 10000, n_tasks = 100000;
	struct rlimit limit;
	int *domains, *tasks, option, status;
	double before;

	while ((option = getopt_long(argc, argv, "+", options, NULL)) != -1) {
		switch (option) {
		case 'd':
			n_domains = strtoul(optarg, NULL, 10);
			break;
		case 't':
			n_tasks = strtoul(optarg, NULL, 10);
			break;
		default:
			return 2;
		}
	}
	if (!n_domains || !n_tasks || optind == argc)
		die("usage: idle [--domains N] [--tasks N] COMMAND [ARGUMENT]...");
	domains = calloc(n_domains, sizeof(*domains));
	tasks = calloc(n_tasks, sizeof(*tasks));
	if (!domains || !tasks)
		die("out of memory");
	limit.rlim_cur = n_domains + 2 * n_tasks + 100;
	limit.rlim_max = limit.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die_errno(0, "%u files", n_domains + 2 * n_tasks);
	control = open("/dev/isle/control", O_RDWR | O_CLOEXEC);
	if (control < 0)
		die_errno(0, "/dev/isle/control");

	before = kernel_memory();
	for (i = 0; i < n_domains; i++)
		domains[i] = make_domain();
	report("isle-domain", kernel_memory() - before, n_domains);
	before = kernel_memory();
	for (i = 0; i < n_tasks; i++)
		tasks[i] = make_task(domains[i % n_domains]);
	report("isle-task", kernel_memory() - before, n_tasks);

	eventfds(n_tasks);
	status = run(argv + optind);
	for (i = 0; i < n_tasks; i += 1000)
		check_task(tasks[i]);
	return status;
}
