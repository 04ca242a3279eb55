/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libisle: key-value devices, from C
 *
 * What libisle.h says of errors, ownership, threads, fork and exec holds here
 * too.  Keys are strings: components separated by single slashes, see
 * isle/kv.h, where the errors of looking one up stand.  Any number of threads
 * may use a handle at the same time.
 */
#ifndef LIBISLE_KV_H
#define LIBISLE_KV_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <isle/kv.h>

#include "libisle.h"

#ifdef __cplusplus
extern "C" {
#endif

struct isle_kv;

/**
 * isle_control_kv_add() - give a domain a key-value device
 *
 * isle_control_device_add() for ISLE_CLASS_KV.
 */
int isle_control_kv_add(struct isle_control *control, uint32_t domid,
			const char *name, const struct isle_kv_config *config,
			uint64_t *unique);

/**
 * isle_kv_open() - connect to a device by name or by path
 * @name: of a device of the domain that this process runs in; or a path
 *
 * -ENOENT: there is none.
 */
int isle_kv_open(const char *name, struct isle_kv **kv);

/** isle_kv_open_in() - connect to a device of a domain */
int isle_kv_open_in(struct isle_domain *domain, const char *name,
		    struct isle_kv **kv);

/** isle_kv_from_fd() - use a file of a device, which the handle then owns */
int isle_kv_from_fd(int fd, struct isle_kv **kv);

void isle_kv_close(struct isle_kv *kv);
int isle_kv_fd(const struct isle_kv *kv);
int isle_kv_get_id(struct isle_kv *kv, struct isle_device_id *id);
int isle_kv_get_info(struct isle_kv *kv, struct isle_kv_info *info);

/**
 * isle_kv_read() - read from a value
 * @offset: where to begin
 * @buf: where to put the bytes
 * @len: how many; fewer are returned only at the end of the value
 *
 * Returns how many bytes were read.
 */
ssize_t isle_kv_read(struct isle_kv *kv, const char *key, uint64_t offset,
		     void *buf, size_t len);

/** isle_kv_size() - how many bytes a value has */
int isle_kv_size(struct isle_kv *kv, const char *key, uint64_t *size);

/**
 * isle_kv_open_value() - a file of a value, for read(2), mmap(2) and the like
 *
 * Returns a descriptor, which the caller closes.  Reading the same value often
 * is faster by it than by its key.
 */
int isle_kv_open_value(struct isle_kv *kv, const char *key);

/**
 * isle_kv_map() - map a value, read-only, without a copy
 * @data: where its bytes begin
 * @len: how many there are; NULL for an empty value
 *
 * It stays mapped until isle_kv_unmap(), also after isle_kv_close().  If the
 * backing file is made shorter meanwhile, reading the memory raises SIGBUS.
 */
int isle_kv_map(struct isle_kv *kv, const char *key, const void **data,
		size_t *len);
void isle_kv_unmap(const void *data, size_t len);

/**
 * typedef isle_kv_list_fn - what isle_kv_list() calls
 * @name: one component of a key
 * @kind: ISLE_KV_VALUE, ISLE_KV_PREFIX or ISLE_KV_UNKNOWN
 *
 * Anything but 0 ends the list and is returned by it.
 */
typedef int (*isle_kv_list_fn)(void *arg, const char *name, uint32_t kind);

/**
 * isle_kv_list() - the next components of the keys beneath one
 * @key: the key, "" for all
 *
 * Returns 0, or what @fn has returned.
 */
int isle_kv_list(struct isle_kv *kv, const char *key, isle_kv_list_fn fn,
		 void *arg);

#ifdef __cplusplus
}
#endif

#endif /* LIBISLE_KV_H */
