/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: a call with memory that a pager, which never answers, stands
 * behind
 */
#ifndef ISLE_SELFTESTS_FS_PAGER_H
#define ISLE_SELFTESTS_FS_PAGER_H

#include <linux/userfaultfd.h>
#include <pthread.h>
#include <sys/syscall.h>

#include "../lib.h"

#define PAGER_BYTES	8192

struct pager_call {
	/* the call; it gets PAGER_BYTES of that memory */
	void (*run)(int fd, void *memory);
	int fd;
	void *memory;
};

static inline void *pager_thread(void *arg)
{
	struct pager_call *call = arg;

	call->run(call->fd, call->memory);
	return NULL;
}

/* In the process that will hang */
static inline void pager_hang(struct pager_call *call, int told)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register reg = { .mode = UFFDIO_REGISTER_MODE_MISSING };
	struct pollfd pfd = { .events = POLLIN };
	pthread_t thread;

	pfd.fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	call->memory = mmap(NULL, PAGER_BYTES, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	reg.range.start = (uintptr_t)call->memory;
	reg.range.len = PAGER_BYTES;
	if (pfd.fd < 0 || ioctl(pfd.fd, UFFDIO_API, &api) ||
	    ioctl(pfd.fd, UFFDIO_REGISTER, &reg) ||
	    pthread_create(&thread, NULL, pager_thread, call))
		_exit(1);
	/* somebody waits for us now */
	if (poll(&pfd, 1, -1) != 1 || write(told, "", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

/*
 * A process that hangs in @run(@fd, memory), and will until it is killed.
 * Value: its number, or -1.
 */
static inline pid_t pager_start(void (*run)(int fd, void *memory), int fd)
{
	struct pager_call call = { .run = run, .fd = fd };
	int told[2];
	pid_t pid;
	char byte;

	if (pipe(told))
		return -1;
	pid = fork();
	if (!pid) {
		close(told[0]);
		pager_hang(&call, told[1]);
	}
	close(told[1]);
	if (pid > 0 && read(told[0], &byte, 1) != 1) {
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(told[0]);
	return pid;
}

/* Value: whether it was still there, and has gone now */
static inline bool pager_end(pid_t pid)
{
	int status;

	return pid > 0 && !kill(pid, SIGKILL) &&
	       waitpid(pid, &status, 0) == pid && WIFSIGNALED(status);
}

#endif /* ISLE_SELFTESTS_FS_PAGER_H */
