// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A console that is connected.  A handle owns one file of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

#include "internal.h"
#include "libisle-console.h"

struct isle_console {
	int fd;
};

/* What is not there, and what is there but no console, is an invalid console. */
static int invalid(int rc)
{
	return rc == -ENOENT || rc == -ENOTTY ? -ENXIO : rc;
}

EXPORT int isle_control_console_add(struct isle_control *control, uint32_t domid,
				    const char *name,
				    const struct isle_console_config *config,
				    uint64_t *unique)
{
	return isle_control_device_add(control, domid, ISLE_CLASS_CONSOLE, name, config,
				       unique);
}

EXPORT int isle_control_console_attach(struct isle_control *control, uint32_t domid,
				       const char *name, uint32_t flags)
{
	struct isle_device_attach arg = {
		.size = sizeof(arg),
		.domid = domid,
		.dev_class = ISLE_CLASS_CONSOLE,
		.flags = flags,
	};
	int rc = isle_name_copy(arg.name, name);

	if (!rc)
		rc = isle_ioctl(isle_control_fd(control), ISLE_CTL_DEVICE_ATTACH, &arg);
	return rc ? invalid(rc) : arg.fd;
}

EXPORT int isle_console_from_fd(int fd, struct isle_console **console)
{
	struct isle_console_info info = { .size = sizeof(info) };
	int rc = isle_ioctl(fd, ISLE_CONSOLE_INFO, &info);

	if (rc)
		return invalid(rc);
	*console = malloc(sizeof(**console));
	if (!*console)
		return -ENOMEM;
	(*console)->fd = fd;
	return 0;
}

static int take(int fd, struct isle_console **console)
{
	struct isle_console *made;
	int rc = isle_console_from_fd(fd, &made);

	if (rc)
		close(fd);
	else
		*console = made;
	return rc;
}

EXPORT int isle_console_open(const char *name, struct isle_console **console)
{
	int fd = isle_open_device(ISLE_CLASS_CONSOLE, name, O_RDWR | O_NOCTTY);

	return fd < 0 ? invalid(fd) : take(fd, console);
}

EXPORT int isle_console_open_in(struct isle_domain *domain, const char *name,
				struct isle_console **console)
{
	int fd = isle_domain_device_open(domain, ISLE_CLASS_CONSOLE, name,
					 ISLE_OPEN_READ | ISLE_OPEN_WRITE);

	return fd < 0 ? invalid(fd) : take(fd, console);
}

EXPORT void isle_console_close(struct isle_console *console)
{
	if (!console)
		return;
	close(console->fd);
	free(console);
}

EXPORT int isle_console_fd(const struct isle_console *console)
{
	return console->fd;
}

EXPORT int isle_console_get_id(struct isle_console *console, struct isle_device_id *id)
{
	return isle_get_device_id(console->fd, id);
}

EXPORT int isle_console_get_info(struct isle_console *console, struct isle_console_info *info)
{
	int rc = isle_struct_begin(info, ISLE_SIZE_TO(struct isle_console_info, space));

	return rc ? rc : isle_ioctl_sized(console->fd, ISLE_CONSOLE_INFO, info);
}

EXPORT ssize_t isle_console_try_write(struct isle_console *console, const void *buf, size_t len)
{
	struct iovec iov = { (void *)buf, len };
	ssize_t ret = pwritev2(console->fd, &iov, 1, -1, RWF_NOWAIT);

	return ret < 0 ? -errno : ret;
}

EXPORT ssize_t isle_console_write(struct isle_console *console, const void *buf, size_t len)
{
	ssize_t ret = isle_console_try_write(console, buf, len);

	if (ret != -EAGAIN)
		return ret;
	/* One byte waits for space; what has space then goes with it */
	ret = write(console->fd, buf, 1);
	if (ret != 1 || len == 1)
		return ret < 0 ? -errno : ret;
	ret = isle_console_try_write(console, (const char *)buf + 1, len - 1);
	return ret > 0 ? ret + 1 : 1;
}

static int write_vec(int fd, struct iovec *iov, int count)
{
	ssize_t ret;

	while (count) {
		ret = writev(fd, iov, count);
		if (ret < 0)
			return -errno;
		while (count && (size_t)ret >= iov->iov_len) {
			ret -= (ssize_t)iov->iov_len;
			iov++;
			count--;
		}
		if (count) {
			iov->iov_base = (char *)iov->iov_base + ret;
			iov->iov_len -= (size_t)ret;
		}
	}
	return 0;
}

EXPORT int isle_console_write_all(struct isle_console *console, const void *buf, size_t len)
{
	struct iovec iov = { (void *)buf, len };

	return write_vec(console->fd, &iov, 1);
}

EXPORT void isle_console_log(struct isle_console *console, const char *line)
{
	struct isle_console_log log = {
		.size = sizeof(log),
		.text = (uintptr_t)line,
	};
	size_t len = strlen(line);

	log.length = len > UINT32_MAX ? UINT32_MAX : (uint32_t)len;
	isle_ioctl(console->fd, ISLE_CONSOLE_LOG, &log);
}

EXPORT int isle_console_log_s(struct isle_console *console, const char *line)
{
	struct iovec iov[2] = {
		{ (void *)line, strlen(line) },
		{ (void *)"\r\n", 2 },
	};

	return write_vec(console->fd, iov, 2);
}

EXPORT ssize_t isle_console_read(struct isle_console *console, void *buf, size_t len)
{
	ssize_t ret = read(console->fd, buf, len);

	return ret < 0 ? -errno : ret;
}

EXPORT ssize_t isle_console_try_read(struct isle_console *console, void *buf, size_t len)
{
	struct iovec iov = { buf, len };
	ssize_t ret = preadv2(console->fd, &iov, 1, -1, RWF_NOWAIT);

	return ret < 0 ? -errno : ret;
}
