/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What generated client stubs and server dispatch stand on: a transport, and
 * the checks that all of them need.  Any C from 90 and any C++.
 *
 * Clients.  isle_call_NAMESPACE_MESSAGE(transport, task, what goes in..., what
 * comes out...) returns 0 or a negative errno.  An array is a pointer to its
 * elements.  A str goes in as a terminated string, bytes as address and length.
 * What comes out is written on success only; its pointer may be NULL, except
 * those of str and bytes: a buffer, and in *len_ its size, which becomes what
 * was received.  A received string is terminated.
 *
 * Servers.  isle_dispatch_NAMESPACE(functions, arg, message) gives a received
 * message to the function in the table that its type belongs to.
 *	1		the message now is the reply, to be sent to its source
 *	0		there is nothing to send
 *	-ENOMSG		the message is none of the namespace
 * A function of a call returns 0 and has filled in the reply, or a negative
 * errno, which the caller gets as an error (isle_rpc_failed()); what it points
 * to in a reply has to stay until the reply was sent.  A function that the
 * table lacks is unavailable.  A str of a request was checked to be one.
 */
#ifndef ISLE_RPC_H
#define ISLE_RPC_H

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include <isle/task.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * struct isle_transport - how messages travel
 * @handle: whatever the functions need
 * @call: send @m to @to and put the reply into it; a payload goes to @buffer,
 *	@size bytes at most, or stays where it is and m->payload says where
 * @send: send @m to @to
 * @async_send: queue @m for @to
 *
 * Each returns 0 or a negative errno.  A reply that is an error may be either
 * an errno or a message.
 */
struct isle_transport {
	void *handle;
	int (*call)(void *handle, __s32 to, struct isle_message *m, void *buffer, size_t size);
	int (*send)(void *handle, __s32 to, const struct isle_message *m);
	int (*async_send)(void *handle, __s32 to, const struct isle_message *m);
};

/** isle_rpc_error() - the errno for the type of a reply that is not the expected one */
static __inline__ int isle_rpc_error(__s32 type)
{
	switch (type) {
	case ISLE_ERROR_NO_MEMORY: return -ENOMEM;
	case ISLE_ERROR_NOT_PERMITTED: return -EPERM;
	case ISLE_ERROR_WOULD_BLOCK: return -EAGAIN;
	case ISLE_ERROR_ABORTED: return -ECANCELED;
	case ISLE_ERROR_TOO_LARGE: return -EMSGSIZE;
	case ISLE_ERROR_TOO_SMALL: return -ERANGE;
	case ISLE_ERROR_NOT_FOUND: return -ENOENT;
	case ISLE_ERROR_INVALID_ARG: return -EINVAL;
	case ISLE_ERROR_INVALID_TASK: return -ESRCH;
	case ISLE_ERROR_ALREADY_EXISTS: return -EEXIST;
	case ISLE_ERROR_UNAVAILABLE: return -EOPNOTSUPP;
	case ISLE_ERROR_NOT_ACCEPTABLE: return -EBADMSG;
	case ISLE_ERROR_EMPTY: return -ENODATA;
	case ISLE_ERROR_IN_USE: return -EBUSY;
	case ISLE_ERROR_TRY_AGAIN: return -EAGAIN;
	case ISLE_ERROR_END: return -ESHUTDOWN;
	}
	return -EBADMSG;
}

/** isle_rpc_type() - the type of a reply that says that a call failed */
static __inline__ __s32 isle_rpc_type(int error)
{
	switch (error) {
	case -ENOMEM: return ISLE_ERROR_NO_MEMORY;
	case -EPERM: case -EACCES: return ISLE_ERROR_NOT_PERMITTED;
	case -EAGAIN: return ISLE_ERROR_WOULD_BLOCK;
	case -ECANCELED: return ISLE_ERROR_ABORTED;
	case -EMSGSIZE: return ISLE_ERROR_TOO_LARGE;
	case -ERANGE: return ISLE_ERROR_TOO_SMALL;
	case -ENOENT: return ISLE_ERROR_NOT_FOUND;
	case -EINVAL: return ISLE_ERROR_INVALID_ARG;
	case -ESRCH: return ISLE_ERROR_INVALID_TASK;
	case -EEXIST: return ISLE_ERROR_ALREADY_EXISTS;
	case -EBADMSG: return ISLE_ERROR_NOT_ACCEPTABLE;
	case -ENODATA: return ISLE_ERROR_EMPTY;
	case -EBUSY: return ISLE_ERROR_IN_USE;
	case -ESHUTDOWN: return ISLE_ERROR_END;
	}
	return ISLE_ERROR_UNAVAILABLE;
}

/** isle_rpc_failed() - make @m the reply of a call that failed; returns 1 */
static __inline__ int isle_rpc_failed(struct isle_message *m, int error)
{
	memset(m->data, 0, sizeof(m->data));
	m->type = isle_rpc_type(error);
	return 1;
}

/** isle_rpc_is_string() - whether @length bytes at @address are one string */
static __inline__ int isle_rpc_is_string(__u64 address, __u64 length)
{
	const char *text = (const char *)(unsigned long)address;

	return text && length && memchr(text, 0, (size_t)length) == text + length - 1;
}

/**
 * isle_rpc_payload() - take the payload of a reply
 * @address: where it is
 * @length: its bytes
 * @buffer: where it is wanted
 * @size: in: bytes there; out: @length
 * @string: it has to be a string
 *
 * Returns 0; -EMSGSIZE: it does not fit; -EBADMSG: it is no string.
 */
static __inline__ int isle_rpc_payload(__u64 address, __u64 length, void *buffer, __u64 *size,
				       int string)
{
	if (string && !isle_rpc_is_string(address, length))
		return -EBADMSG;
	if (length > *size)
		return -EMSGSIZE;
	if (length && address != (unsigned long)buffer)
		memmove(buffer, (const void *)(unsigned long)address, (size_t)length);
	*size = length;
	return 0;
}

#ifdef __cplusplus
}
#endif

#endif /* ISLE_RPC_H */
