/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: what those that use io_uring share
 */
#ifndef SELFTESTS_URING_H
#define SELFTESTS_URING_H

#include <dirent.h>
#include <liburing.h>

#include "lib.h"

/* io_uring's threads for what cannot be done at once */
static inline int workers(void)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	char path[300], name[32];
	int fd, n = 0;
	ssize_t len;

	while (dir && (entry = readdir(dir))) {
		snprintf(path, sizeof(path), "/proc/self/task/%s/comm",
			 entry->d_name);
		fd = open(path, O_RDONLY);
		len = fd < 0 ? 0 : read(fd, name, sizeof(name) - 1);
		close(fd);
		if (len >= 7 && !memcmp(name, "iou-wrk", 7))
			n++;
	}
	closedir(dir);
	return n;
}

/* The next completion: its result; *@data: which request's */
static inline int reap(struct io_uring *ring, __u64 *data)
{
	struct __kernel_timespec timeout = { .tv_sec = LONG_WAIT };
	struct io_uring_cqe *cqe;
	int ret = io_uring_wait_cqe_timeout(ring, &cqe, &timeout);

	if (data)
		*data = 0;
	if (ret)
		return ret == -ETIME ? -ETIMEDOUT : ret;
	ret = cqe->res;
	if (data)
		*data = cqe->user_data;
	io_uring_cqe_seen(ring, cqe);
	return ret;
}

/* Whether no request is complete; where only the test can complete any */
static inline bool nothing_yet(struct io_uring *ring)
{
	struct io_uring_cqe *cqe;

	return io_uring_peek_cqe(ring, &cqe) == -EAGAIN;
}

#endif /* SELFTESTS_URING_H */
