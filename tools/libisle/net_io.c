// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Frames to and from a network device: by the ring if there is one, otherwise
 * by one system call each.  Owns nothing.
 */
#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>
#include <unistd.h>

#include "net.h"

EXPORT int isle_net_writev(struct isle_net *net, const struct iovec *iov, int iovcnt)
{
	size_t len = 0;
	ssize_t rc;

	if (iovcnt < 1 || iovcnt > IOV_MAX)
		return -EINVAL;
	if (net->ring) {
		for (int i = 0; i < iovcnt; i++)
			if (__builtin_add_overflow(len, iov[i].iov_len, &len))
				return -EINVAL;
		return net_ring_writev(net, iov, iovcnt, len);
	}
	do {
		rc = iovcnt == 1 ? write(net->fd, iov->iov_base, iov->iov_len) :
				   writev(net->fd, iov, iovcnt);
	} while (rc < 0 && errno == EINTR);
	return rc < 0 ? -errno : 0;
}

EXPORT int isle_net_write(struct isle_net *net, const void *frame, size_t len)
{
	struct iovec iov = { (void *)frame, len };

	return isle_net_writev(net, &iov, 1);
}

EXPORT int isle_net_write_batch(struct isle_net *net, const struct isle_net_frame *frames,
				unsigned int count)
{
	unsigned int done;
	int rc = 0;

	if (count > INT_MAX)
		count = INT_MAX;
	if (net->ring)
		return net_ring_write_batch(net, frames, count);
	for (done = 0; done < count && !rc; done++)
		rc = isle_net_write(net, frames[done].data, frames[done].len);
	if (!rc)
		return (int)done;
	return done > 1 ? (int)done - 1 : rc;
}

EXPORT int isle_net_try_read_batch(struct isle_net *net, struct isle_net_frame *frames,
				   unsigned int count)
{
	unsigned int done;
	ssize_t rc;

	if (count > INT_MAX)
		count = INT_MAX;
	if (net->ring)
		return net_ring_read_batch(net, frames, count);
	for (done = 0; done < count; done++) {
		do {
			rc = read(net->fd, frames[done].data, frames[done].size);
		} while (rc < 0 && errno == EINTR);
		if (rc < 0)
			return done ? (int)done : -errno;
		frames[done].len = (size_t)rc;
	}
	return (int)done;
}

EXPORT ssize_t isle_net_try_read(struct isle_net *net, void *frame, size_t len)
{
	struct isle_net_frame one = { .data = frame, .size = len };
	int rc = isle_net_try_read_batch(net, &one, 1);

	return rc < 0 ? rc : (ssize_t)one.len;
}

/* isle_net_why() - what poll(2) means by an error: a negative errno */
int isle_net_why(struct isle_net *net)
{
	struct isle_net_info info = { .size = sizeof(info) };
	int rc = isle_ioctl(net->fd, ISLE_NET_INFO, &info);

	return rc ? rc : -EPROTO;
}

EXPORT int isle_net_wait(struct isle_net *net, int64_t timeout_ns)
{
	struct timespec ts = {
		.tv_sec = timeout_ns / 1000000000,
		.tv_nsec = timeout_ns % 1000000000,
	};
	struct pollfd pfd = { .fd = net->fd, .events = POLLIN };
	int rc;

	if (net->ring)
		net_ring_wait_begin(net->ring);
	rc = ppoll(&pfd, 1, timeout_ns < 0 ? NULL : &ts, NULL);
	if (rc < 0)
		rc = -errno;
	if (net->ring)
		net_ring_wait_end(net->ring);
	if (rc < 0)
		return rc;
	if (!rc)
		return timeout_ns ? -ETIMEDOUT : -EAGAIN;
	return pfd.revents & (POLLERR | POLLHUP | POLLNVAL) ? isle_net_why(net) : 0;
}

EXPORT int isle_net_read_batch(struct isle_net *net, struct isle_net_frame *frames,
			       unsigned int count)
{
	int rc;

	while ((rc = isle_net_try_read_batch(net, frames, count)) == -EAGAIN) {
		rc = isle_net_wait(net, -1);
		if (rc)
			break;
	}
	return rc;
}

EXPORT ssize_t isle_net_read(struct isle_net *net, void *frame, size_t len)
{
	struct isle_net_frame one = { .data = frame, .size = len };
	int rc = isle_net_read_batch(net, &one, 1);

	return rc < 0 ? rc : (ssize_t)one.len;
}
