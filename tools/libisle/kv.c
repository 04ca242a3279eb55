// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A key-value device that is connected.  A handle owns one file of it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "internal.h"
#include "libisle-kv.h"

struct isle_kv {
	int fd;
};

EXPORT int isle_control_kv_add(struct isle_control *control, uint32_t domid,
			       const char *name, const struct isle_kv_config *config,
			       uint64_t *unique)
{
	return isle_control_device_add(control, domid, ISLE_CLASS_KV, name, config, unique);
}

EXPORT int isle_kv_from_fd(int fd, struct isle_kv **kv)
{
	struct isle_kv_info info = { .size = sizeof(info) };
	int rc = isle_ioctl(fd, ISLE_KV_INFO, &info);

	if (rc)
		return rc;
	*kv = malloc(sizeof(**kv));
	if (!*kv)
		return -ENOMEM;
	(*kv)->fd = fd;
	return 0;
}

static int take(int fd, struct isle_kv **kv)
{
	struct isle_kv *made;
	int rc = isle_kv_from_fd(fd, &made);

	if (rc)
		close(fd);
	else
		*kv = made;
	return rc;
}

EXPORT int isle_kv_open(const char *name, struct isle_kv **kv)
{
	int fd = isle_open_device(ISLE_CLASS_KV, name, O_RDONLY);

	return fd < 0 ? fd : take(fd, kv);
}

EXPORT int isle_kv_open_in(struct isle_domain *domain, const char *name, struct isle_kv **kv)
{
	int fd = isle_domain_device_open(domain, ISLE_CLASS_KV, name, ISLE_OPEN_READ);

	return fd < 0 ? fd : take(fd, kv);
}

EXPORT void isle_kv_close(struct isle_kv *kv)
{
	if (!kv)
		return;
	close(kv->fd);
	free(kv);
}

EXPORT int isle_kv_fd(const struct isle_kv *kv)
{
	return kv->fd;
}

EXPORT int isle_kv_get_id(struct isle_kv *kv, struct isle_device_id *id)
{
	return isle_get_device_id(kv->fd, id);
}

EXPORT int isle_kv_get_info(struct isle_kv *kv, struct isle_kv_info *info)
{
	int rc = isle_struct_begin(info, ISLE_SIZE_TO(struct isle_kv_info, entries));

	return rc ? rc : isle_ioctl_sized(kv->fd, ISLE_KV_INFO, info);
}

/* What the kernel would say of a string that is longer than its field */
static int key_length(const char *key, uint32_t *length)
{
	size_t len = strlen(key);

	if (len > ISLE_KV_KEY_MAX)
		return -ENAMETOOLONG;
	*length = (uint32_t)len;
	return 0;
}

static int read_once(struct isle_kv *kv, const char *key, struct isle_kv_read *arg)
{
	int rc = key_length(key, &arg->key_length);

	arg->size = sizeof(*arg);
	arg->key = (uintptr_t)key;
	return rc ? rc : isle_ioctl(kv->fd, ISLE_KV_READ, arg);
}

EXPORT ssize_t isle_kv_read(struct isle_kv *kv, const char *key, uint64_t offset, void *buf,
			    size_t len)
{
	size_t done = 0;
	int rc;

	do {
		struct isle_kv_read arg = {
			.offset = offset + done,
			.buffer = (uintptr_t)buf + done,
			.length = len - done,
		};
		uint64_t asked = arg.length;

		if (arg.offset < offset)
			return -EINVAL;
		rc = read_once(kv, key, &arg);
		if (rc)
			return rc;
		done += arg.length;
		/* One call does not move more than 2 GiB */
		if (arg.length == asked || !arg.length)
			break;
	} while (offset + done < INT64_MAX);
	return (ssize_t)done;
}

EXPORT int isle_kv_size(struct isle_kv *kv, const char *key, uint64_t *size)
{
	struct isle_kv_read arg = { 0 };
	int rc = read_once(kv, key, &arg);

	if (!rc)
		*size = arg.bytes;
	return rc;
}

static int open_value(struct isle_kv *kv, const char *key, struct isle_kv_open *arg)
{
	int rc = key_length(key, &arg->key_length);

	arg->size = sizeof(*arg);
	arg->key = (uintptr_t)key;
	return rc ? rc : isle_ioctl(kv->fd, ISLE_KV_OPEN, arg);
}

EXPORT int isle_kv_open_value(struct isle_kv *kv, const char *key)
{
	struct isle_kv_open arg = { 0 };
	int rc = open_value(kv, key, &arg);

	return rc ? rc : arg.fd;
}

EXPORT int isle_kv_map(struct isle_kv *kv, const char *key, const void **data, size_t *len)
{
	struct isle_kv_open arg = { 0 };
	char *map = NULL;
	int rc = open_value(kv, key, &arg);

	if (rc)
		return rc;
	if (arg.bytes > SIZE_MAX - arg.page_offset)
		rc = -EFBIG;
	if (!rc && arg.bytes) {
		map = mmap(NULL, arg.page_offset + (size_t)arg.bytes, PROT_READ, MAP_SHARED,
			   arg.fd, 0);
		rc = map == MAP_FAILED ? -errno : 0;
	}
	close(arg.fd);
	if (rc)
		return rc;
	*data = map ? map + arg.page_offset : NULL;
	*len = (size_t)arg.bytes;
	return 0;
}

EXPORT void isle_kv_unmap(const void *data, size_t len)
{
	uintptr_t before = (uintptr_t)data & ((uintptr_t)sysconf(_SC_PAGESIZE) - 1);

	if (data)
		munmap((char *)data - before, len + before);
}

/* Hands on what one call has brought. */
static int hand_on(const char *buf, uint32_t used, isle_kv_list_fn fn, void *arg)
{
	char name[ISLE_KV_NAME_MAX + 1];
	struct isle_kv_name record;
	uint32_t at = 0;
	int rc = 0;

	while (!rc && at + sizeof(record) <= used) {
		memcpy(&record, buf + at, sizeof(record));
		if (record.length > ISLE_KV_NAME_MAX || record.record < sizeof(record) ||
		    record.length > used - at - sizeof(record))
			return -EPROTO;
		memcpy(name, buf + at + sizeof(record), record.length);
		name[record.length] = '\0';
		rc = fn(arg, name, record.kind);
		at += record.record;
	}
	return rc;
}

EXPORT int isle_kv_list(struct isle_kv *kv, const char *key, isle_kv_list_fn fn, void *arg)
{
	const uint32_t size = 32768;
	struct isle_kv_list list = { .size = sizeof(list), .key = (uintptr_t)key };
	char *buf = malloc(size);
	int rc = buf ? key_length(key, &list.key_length) : -ENOMEM;

	while (!rc) {
		list.buffer = (uintptr_t)buf;
		list.length = size;
		rc = isle_ioctl(kv->fd, ISLE_KV_LIST, &list);
		if (rc || !list.length)
			break;
		rc = hand_on(buf, list.length, fn, arg);
	}
	free(buf);
	return rc;
}
