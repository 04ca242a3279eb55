/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: letting the n-th place fail where memory is allocated or user
 * memory copied
 *
 * Needs a kernel with fault injection (the debug one).  ISLE_FAULT_VERBOSE=2
 * prints a trace of each place.
 */
#ifndef ISLE_SELFTESTS_FAULT_NTH_H
#define ISLE_SELFTESTS_FAULT_NTH_H

#include <sys/syscall.h>

#include "../lib.h"

#define MOST	2000	/* places in one operation; more means no end */

/* Where this thread says what is to fail, or -errno */
static inline int nth_open(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/task/%d/fail-nth",
		 (int)syscall(SYS_gettid));
	return err(open(path, O_RDWR | O_CLOEXEC));
}

static inline void arm(int nth, int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d", n);

	if (pwrite(nth, text, len, 0) != len)
		abort();
}

/* Value: whether something has failed meanwhile */
static inline bool disarm(int nth)
{
	char text[32] = "";
	ssize_t len;

	/* Reading this can itself be what fails: then nothing had before */
	len = pread(nth, text, sizeof(text) - 1, 0);
	if (len < 0)
		strcpy(text, "1");
	/* and so can writing */
	if (pwrite(nth, "0", 1, 0) != 1) {
		strcpy(text, "1");
		if (pwrite(nth, "0", 1, 0) != 1)
			abort();
	}
	return atoi(text) == 0;
}

static inline bool sane(int ret)
{
	switch (-ret) {
	case ENOMEM:
	case EFAULT:
	case EAGAIN:
	case EIO:
	case ENOSPC:	/* of the backing's file system */
	case ENFILE:
	case EINTR:
		return true;
	}
	return false;
}

/* once: which failures are wanted */

static const char *const knobs[][2] = {
	{ "failslab/ignore-gfp-wait", "N" },
	{ "failslab/cache-filter", "N" },
	{ "failslab/verbose", "0" },
	{ "fail_page_alloc/ignore-gfp-wait", "N" },
	{ "fail_page_alloc/ignore-gfp-highmem", "N" },
	{ "fail_page_alloc/min-order", "0" },
	{ "fail_page_alloc/verbose", "0" },
	{ "fail_usercopy/verbose", "0" },
};

static void __attribute__((constructor)) set_knobs(void)
{
	const char *verbose = getenv("ISLE_FAULT_VERBOSE"), *value;
	char path[96];
	unsigned int i;
	int fd;

	for (i = 0; i < sizeof(knobs) / sizeof(knobs[0]); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s",
			 knobs[i][0]);
		value = knobs[i][1];
		if (verbose && strstr(path, "verbose"))
			value = verbose;
		fd = open(path, O_WRONLY);
		if (fd < 0)
			continue;
		if (write(fd, value, strlen(value)) < 0)
			perror(path);
		close(fd);
	}
}

#endif /* ISLE_SELFTESTS_FAULT_NTH_H */
