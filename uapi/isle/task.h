/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * isle: tasks and messages
 *
 * A task is a file, from ISLE_OPEN_TASK of a domain or /dev/isle/NAME/task:
 * every open makes a new one with a number of its own.  Tasks of the same
 * domain and of linked domains can exchange messages; for all others a task
 * does not exist (ESRCH).  Task ISLE_TASK_KERNEL is where notifications come
 * from, task ISLE_TASK_SERVICES answers what <isle/interface.idl> gives to the
 * system.  A task ends when its file is closed for good, with its process or
 * otherwise, or when its domain is destroyed.
 *
 * A message has 256 bytes: a type, the sender's number, which the module fills
 * in, and 248 bytes.  Its fields stand in the order of the IDL, each aligned
 * to its own size, from offset 8 on.  A message whose type has
 * ISLE_MESSAGE_PAYLOAD begins with a struct isle_payload instead: the module
 * copies what it describes into memory of the receiver and sets @address to
 * where that is.
 *
 * A task does one ISLE_TASK_IPC at a time, except that notifications and
 * asynchronous messages can always be sent: otherwise EBUSY.
 *
 * poll(2): POLLIN: a receive from anyone would not wait; POLLRDBAND: an
 * asynchronous message can be received; POLLHUP and POLLERR: the domain was
 * destroyed.
 */
#ifndef _UAPI_ISLE_TASK_H
#define _UAPI_ISLE_TASK_H

#include <isle/base.h>

/* Numbers of tasks */
#define ISLE_TASK_ANY		-1	/* to receive from whoever sends */
#define ISLE_TASK_KERNEL	0
#define ISLE_TASK_SERVICES	1
#define ISLE_TASK_MIN		2	/* the first that is given to a task; */
#define ISLE_TASK_MAX		0xfffff	/* they go round */

/* isle_message.type: a number, and what the message has */
#define ISLE_MESSAGE_NUMBER	0x0000ffff	/* of the message in the IDL */
#define ISLE_MESSAGE_PAYLOAD	(1 << 29)	/* begins with isle_payload */
#define ISLE_MESSAGE_STRING	(1 << 30)	/* which is a string */

/* Messages that the module itself sends */
#define ISLE_MESSAGE_NOTIFICATIONS 1	/* __u32 at offset 8: ISLE_NOTIFY_* */
#define ISLE_MESSAGE_EXITED	41	/* asynchronous, task.exited; __s32 at
					 * offset 8: which task
					 */

/*
 * Types below zero are errors: a reply of such a type says that the request
 * failed.  The errno beside it is what ISLE_TASK_IPC returns when it fails for
 * that reason itself, and what libisle makes of a reply.
 */
#define ISLE_ERROR_NO_MEMORY		-1	/* ENOMEM */
#define ISLE_ERROR_NOT_PERMITTED	-2	/* EPERM */
#define ISLE_ERROR_WOULD_BLOCK		-3	/* EAGAIN */
#define ISLE_ERROR_ABORTED		-4	/* ECANCELED */
#define ISLE_ERROR_TOO_LARGE		-5	/* EMSGSIZE */
#define ISLE_ERROR_TOO_SMALL		-6	/* ERANGE */
#define ISLE_ERROR_NOT_FOUND		-7	/* ENOENT */
#define ISLE_ERROR_INVALID_ARG		-8	/* EINVAL */
#define ISLE_ERROR_INVALID_TASK		-9	/* ESRCH */
#define ISLE_ERROR_ALREADY_EXISTS	-10	/* EEXIST */
#define ISLE_ERROR_UNAVAILABLE		-11	/* EOPNOTSUPP */
#define ISLE_ERROR_NOT_ACCEPTABLE	-12	/* EBADMSG */
#define ISLE_ERROR_EMPTY		-13	/* ENODATA */
#define ISLE_ERROR_IN_USE		-15	/* EBUSY */
#define ISLE_ERROR_TRY_AGAIN		-16	/* ERESTART */
#define ISLE_ERROR_END			-17	/* ESHUTDOWN */

/* Bits of notifications; all others are the application's */
#define ISLE_NOTIFY_TIMER	(1U << 0)	/* the timer has run down */
#define ISLE_NOTIFY_IRQ		(1U << 1)
#define ISLE_NOTIFY_ABORTED	(1U << 2)
#define ISLE_NOTIFY_ASYNC	(1U << 3)	/* asynchronous messages wait */

#define ISLE_MESSAGE_SIZE	256
#define ISLE_MESSAGE_DATA	248

/** ISLE_PAYLOAD_MAX - bytes of the largest payload */
#define ISLE_PAYLOAD_MAX	(16U << 20)

/**
 * struct isle_payload - the part of a message that does not fit into it
 * @address: where it is; for the receiver: in its own memory
 * @length: bytes, at most ISLE_PAYLOAD_MAX; those of a string count the zero
 *	at its end, so that 0 is not the length of a string
 */
struct isle_payload {
	__aligned_u64 address;
	__aligned_u64 length;
};

/**
 * struct isle_message - a message
 * @type: number from 1 on, perhaps with ISLE_MESSAGE_*; of a reply, or an
 *	ISLE_ERROR_*
 * @src: whoever sent it; what the sender writes here does not matter
 * @data: what it says
 * @value: the first four bytes of it
 * @payload: its beginning if @type has ISLE_MESSAGE_PAYLOAD
 */
struct isle_message {
	__s32 type;
	__s32 src;
	union {
		__u8 data[ISLE_MESSAGE_DATA];
		__s32 value;
		struct isle_payload payload;
	};
};

/*
 * isle_ipc.flags: what to do, one of SEND, CALL, REPLY, NOTIFY, ASYNC_SEND and
 * ASYNC_RECEIVE, or RECEIVE, or RECEIVE with SEND or REPLY, which then comes
 * first
 */
#define ISLE_IPC_SEND		(1U << 0)	/* to @dst; waits until it is
						 * received
						 */
#define ISLE_IPC_CALL		(1U << 1)	/* the same, and wait for the
						 * reply of @dst
						 */
#define ISLE_IPC_REPLY		(1U << 2)	/* to @dst, who called; does not
						 * wait
						 */
#define ISLE_IPC_RECEIVE	(1U << 3)	/* from @src */
#define ISLE_IPC_NOTIFY		(1U << 4)	/* raise @bits of @dst; does not
						 * wait
						 */
#define ISLE_IPC_ASYNC_SEND	(1U << 5)	/* queue for @dst; does not wait */
#define ISLE_IPC_ASYNC_RECEIVE	(1U << 6)	/* the next one queued by @src;
						 * does not wait
						 */
/* and how */
#define ISLE_IPC_NOWAIT		(1U << 16)	/* EAGAIN rather than wait; a
						 * call that was received waits
						 * for its reply all the same
						 */
#define ISLE_IPC_TIMEOUT	(1U << 17)	/* ETIMEDOUT after @timeout_ns */
#define ISLE_IPC_BY_REFERENCE	(1U << 18)	/* the payload lies in shared
						 * memory that both have mapped:
						 * pass where, copy nothing
						 */

/**
 * struct isle_ipc - argument of ISLE_TASK_IPC
 * @size: sizeof(struct isle_ipc)
 * @flags: in: ISLE_IPC_*
 * @dst: in: the task to send to; otherwise 0
 * @src: in: the task to receive from, or ISLE_TASK_ANY; otherwise 0.  From
 *	ISLE_TASK_KERNEL: notifications only.
 * @bits: in: with ISLE_IPC_NOTIFY, otherwise 0
 * @reserved: zero
 * @timeout_ns: in: with ISLE_IPC_TIMEOUT: nanoseconds for all waits of this
 *	call together, 0 or more; otherwise 0
 * @message: in: where the struct isle_message is that is sent, and where the
 *	received one goes
 * @buffer: in: where the payload of a received message goes; 0: into the
 *	buffer that was registered with ISLE_TASK_BUFFER, if there is one
 * @buffer_size: in: bytes of it.  A message with a payload that does not fit
 *	is not received; its sender is told EMSGSIZE.
 *
 * A receive from anyone delivers pending notifications first, as one message
 * of type ISLE_MESSAGE_NOTIFICATIONS from ISLE_TASK_KERNEL with all their bits,
 * then senders in the order in which they came.
 *
 * A message to ISLE_TASK_SERVICES has to be a call.
 *
 * EAGAIN: ISLE_IPC_NOWAIT, and it would have had to wait; or too many
 * asynchronous messages of this task have not been received.  ETIMEDOUT.
 * EINTR: a signal came.  ESRCH: no such task, or it may not be known.
 * ECANCELED: @dst ended before the message was received or answered, or @src
 * did, or the domains ceased to be linked.  EBUSY: this task is doing
 * something else.  EDEADLK: to itself.  ENOENT: ISLE_IPC_REPLY, and @dst waits
 * for no reply of this task; with ISLE_IPC_RECEIVE it is no error, as the
 * caller may have been killed.  EMSGSIZE: the payload is longer than
 * ISLE_PAYLOAD_MAX or than what the receiver has room for.  ENODATA:
 * ISLE_IPC_ASYNC_RECEIVE, and there is nothing.  EBADMSG: ISLE_IPC_BY_REFERENCE,
 * and the receiver has not mapped that memory, or this task has not.  EFAULT:
 * the message or the payload of whoever is told cannot be read or written.  A
 * receiver that is told this has lost the message.  EDQUOT:
 * ISLE_QUOTA_MESSAGES.
 *
 * If what comes second fails (EAGAIN, ETIMEDOUT, EINTR, ...) what came first
 * has been done.  To be safe against that after a signal, have handlers
 * installed with SA_RESTART or none: a call that a signal interrupts before
 * anything was received is begun again by itself, otherwise EINTR.  With
 * ISLE_IPC_REPLY it replies again, to nobody, unless a handler or another thread
 * has received the next call of @dst meanwhile: let them not receive here.
 */
struct isle_ipc {
	__u32 size;
	__u32 flags;
	__s32 dst;
	__s32 src;
	__u32 bits;
	__u32 reserved;
	__s64 timeout_ns;
	__aligned_u64 message;
	__aligned_u64 buffer;
	__aligned_u64 buffer_size;
};

/**
 * struct isle_task_page - what mmap(2) of a task gives
 * @ipc: argument of ISLE_TASK_IPC when the pointer to it is 0.  Then its
 *	@message is 0, too, and means @message below.
 * @pending: notifications that have not been received.  The module sets bits;
 *	the program may take them by an atomic exchange with 0, instead of
 *	receiving them.
 * @task: the task's number
 * @reserved: zero
 * @message: what is sent and received
 * @unused: nothing
 *
 * One page at offset 0, MAP_SHARED, readable and writable.  It is the fast
 * way: neither argument nor message are copied from or to the program's
 * memory.  A child does not inherit the mapping.
 */
struct isle_task_page {
	struct isle_ipc ipc;
	__u32 pending;
	__s32 task;
	__u8 reserved[192];
	struct isle_message message;
	__u8 unused[3584];
};

/* isle_task_buffer.flags */
#define ISLE_BUFFER_SEND	(1U << 0)

/**
 * struct isle_task_buffer - argument of ISLE_TASK_BUFFER
 * @size: sizeof(struct isle_task_buffer)
 * @flags: in: ISLE_BUFFER_SEND or 0
 * @address: in: a multiple of the page size; 0: nowhere, any more
 * @length: in: bytes, a multiple of the page size, at most ISLE_PAYLOAD_MAX;
 *	0 with @address 0
 *
 * Without a flag: where payloads go that are received with @buffer 0; written
 * to at any time during a receive.  It has to be there when a payload comes.
 *
 * With ISLE_BUFFER_SEND: memory that payloads are sent from.  A payload that
 * lies in it as a whole costs little more than its copy; others can be sent as
 * ever.  The memory must be writable and is pinned from now on: what is sent is
 * what these pages hold, also after something else was mapped at @address.  It
 * is charged to ISLE_QUOTA_MESSAGES, and counts against RLIMIT_MEMLOCK of the
 * process (large pages as a whole; not with CAP_IPC_LOCK), until another is
 * registered or the task ends, and the last payload from it was received.
 * Another process that has this file sends its own memory.
 *
 * EBUSY: this task is doing something.  EFAULT: there is no (SEND: no writable)
 * memory.  SEND: EDQUOT, ENOMEM (also: RLIMIT_MEMLOCK); EINTR: a fatal signal.
 * What was registered before stays if there is an error.
 */
struct isle_task_buffer {
	__u32 size;
	__u32 flags;
	__aligned_u64 address;
	__aligned_u64 length;
};

/**
 * struct isle_task_timer - argument of ISLE_TASK_TIMER
 * @size: sizeof(struct isle_task_timer)
 * @milliseconds: in: after how many to raise ISLE_NOTIFY_TIMER, once; 0: not
 *	at all.  Replaces what was set before.
 */
struct isle_task_timer {
	__u32 size;
	__u32 milliseconds;
};

/* isle_task_info.flags */
#define ISLE_TASK_SELF		0	/* the task of this file */
#define ISLE_TASK_NEXT		1	/* the first of this domain whose number
					 * is at least @task
					 */

/**
 * enum isle_task_state - what a task is doing
 * @ISLE_TASK_IDLE: nothing
 * @ISLE_TASK_RECEIVING: waits for a message, from @peer
 * @ISLE_TASK_SENDING: waits until @peer receives
 * @ISLE_TASK_CALLING: waits for a reply of @peer
 */
enum isle_task_state {
	ISLE_TASK_IDLE		= 0,
	ISLE_TASK_RECEIVING	= 1,
	ISLE_TASK_SENDING	= 2,
	ISLE_TASK_CALLING	= 3,
};

/**
 * struct isle_task_info - argument of ISLE_TASK_INFO
 * @size: sizeof(struct isle_task_info)
 * @flags: in: ISLE_TASK_SELF or ISLE_TASK_NEXT
 * @task: in: with ISLE_TASK_NEXT; out: the task's number
 * @state: out: enum isle_task_state
 * @peer: out: whom it waits for: a task, ISLE_TASK_ANY, or 0 if it does not
 * @domid: out: number of its domain
 * @pending: out: notifications that it has not received
 * @senders: out: how many tasks wait until it receives
 * @callers: out: how many wait for a reply of it
 * @asyncs: out: asynchronous messages that it has not received
 * @pid: out: process that opened it, as the caller sees processes; 0: none
 *	that it sees
 * @reserved: zero
 * @comm: out: that process's name then
 *
 * ENOENT: ISLE_TASK_NEXT, and that was the last one.
 */
struct isle_task_info {
	__u32 size;
	__u32 flags;
	__s32 task;
	__u32 state;
	__s32 peer;
	__u32 domid;
	__u32 pending;
	__u32 senders;
	__u32 callers;
	__u32 asyncs;
	__u32 pid;
	__u32 reserved;
	char comm[16];
};

/*
 * Shared memory: offset of mmap(2) of a task's file at which the shared memory
 * with a number is.  It is mapped as a whole, MAP_SHARED, for reading and, if
 * wanted, writing; parts cannot be unmapped.
 */
#define ISLE_TASK_SHM_SHIFT	12
#define ISLE_TASK_SHM_OFFSET(id)	((__u64)(id) << ISLE_TASK_SHM_SHIFT)

/**
 * struct isle_task_shm - argument of ISLE_TASK_SHM_CREATE, ISLE_TASK_SHM_CLOSE
 * @size: sizeof(struct isle_task_shm)
 * @id: in for CLOSE, out for CREATE: number of the memory, from 1
 * @length: in for CREATE: bytes, rounded up to pages, 1 to ISLE_SHM_MAX; 0 for
 *	CLOSE
 *
 * Zeroed memory, charged to ISLE_QUOTA_MESSAGES of the domain of the task that
 * created it.  Tasks of that domain and of domains linked to it can map it by
 * its number.  After CLOSE, by a task of that domain, or when the task that
 * created it has ended, it cannot be mapped any more; what is mapped stays.
 */
struct isle_task_shm {
	__u32 size;
	__s32 id;
	__aligned_u64 length;
};

#define ISLE_SHM_MAX		(64U << 20)

/* On the file of a task.  Only ISLE_TASK_IPC waits. */
#define ISLE_TASK_IPC \
	_IOWR(ISLE_IOC_MAGIC, 0x70, struct isle_ipc)
#define ISLE_TASK_TIMER \
	_IOW(ISLE_IOC_MAGIC, 0x71, struct isle_task_timer)
#define ISLE_TASK_BUFFER \
	_IOW(ISLE_IOC_MAGIC, 0x72, struct isle_task_buffer)
#define ISLE_TASK_INFO \
	_IOWR(ISLE_IOC_MAGIC, 0x73, struct isle_task_info)
#define ISLE_TASK_SHM_CREATE \
	_IOWR(ISLE_IOC_MAGIC, 0x74, struct isle_task_shm)
#define ISLE_TASK_SHM_CLOSE \
	_IOW(ISLE_IOC_MAGIC, 0x75, struct isle_task_shm)

#endif /* _UAPI_ISLE_TASK_H */
