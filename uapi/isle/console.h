/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * isle: consoles
 *
 * A console has two ends.  The device's node, or what ISLE_DOMAIN_DEVICE_OPEN
 * returns, is the domain's end: write(2) prints, read(2) takes what was typed.
 * ISLE_CTL_DEVICE_ATTACH gives the administrator a host's end: read(2) returns
 * what was printed, beginning with the last 64 KiB (replay), write(2) types.
 * In addition a file can be given, to which the module itself copies what is
 * printed: the sink.
 *
 * Who reads all that is printed holds the writers up when it is 64 KiB behind:
 * every host's end does, and the sink.  While there is neither, what is oldest
 * is forgotten, and nobody waits; with ISLE_CONSOLE_HOLD it is kept, and
 * writers wait until somebody reads.  A sink that failed (EPIPE, ENOSPC, ...)
 * is not written to any more and holds nobody up; so is, as long as that
 * lasts, a terminal or pty of which the other side is closed.
 *
 * write(2) at the domain's end waits for space until everything is written;
 * with O_NONBLOCK or RWF_NOWAIT it writes what there is space for, or EAGAIN.
 * Up to ISLE_CONSOLE_ATOMIC bytes are not interleaved with what others write,
 * unless they are cut by EAGAIN.  After a signal: what was written until then,
 * or EINTR.  read(2) returns what there is, waits while that is nothing, or
 * EAGAIN.  EFAULT at the end of a buffer that cannot be written may lose what
 * was read.
 *
 * Typed bytes that the domain has not read fill ISLE_CONSOLE_INPUT_SIZE; then
 * the host's write(2) waits, or EAGAIN.  poll(2) says at both ends what can be
 * done without waiting.  The module does not look at the bytes: there is no
 * echo, no line discipline, no translation.
 *
 * ENODEV at both ends, also for who waits, once the device was removed.
 */
#ifndef _UAPI_ISLE_CONSOLE_H
#define _UAPI_ISLE_CONSOLE_H

#include <isle/device.h>

#define ISLE_CONSOLE_OUTPUT_SIZE	65536	/* bytes that are replayed */
#define ISLE_CONSOLE_INPUT_SIZE		4096
#define ISLE_CONSOLE_ATOMIC		4096
#define ISLE_CONSOLE_HOSTS_MAX		16	/* attached at a time */

/* isle_console_config.flags, isle_console_info.flags */
#define ISLE_CONSOLE_HOLD	(1U << 0)	/* keep what nobody has read */
#define ISLE_CONSOLE_SINK	(1U << 1)	/* @fd takes what is printed */
#define ISLE_CONSOLE_SOURCE	(1U << 2)	/* what @fd has is typed */

/**
 * struct isle_console_config - isle_device_add.config for ISLE_CLASS_CONSOLE
 * @size: sizeof(struct isle_console_config)
 * @flags: in: ISLE_CONSOLE_*; SOURCE only together with SINK
 * @fd: in: with ISLE_CONSOLE_SINK: a regular file, a character device such as
 *	a terminal or the master of a pty, a pipe or a socket, open for writing,
 *	and with ISLE_CONSOLE_SOURCE for reading.  The device keeps it open.
 *	Otherwise: 0.
 * @reserved: zero
 *
 * The console's memory is charged to ISLE_QUOTA_MEMORY.  EBADF: @fd is not
 * open, or not for what is needed.  EINVAL: it is of another kind, one of
 * isle's own files, a regular file with ISLE_CONSOLE_SOURCE, or it is not
 * regular and lacks O_NONBLOCK, which has to stay set.
 */
struct isle_console_config {
	__u32 size;
	__u32 flags;
	__s32 fd;
	__u32 reserved;
};

/**
 * struct isle_console_info - argument of ISLE_CONSOLE_INFO
 * @size: sizeof(struct isle_console_info)
 * @flags: out: ISLE_CONSOLE_*
 * @written: out: bytes printed since the console was added
 * @dropped: out: bytes that ISLE_CONSOLE_LOG could not print
 * @input: out: typed bytes that the domain has not read
 * @hosts: out: host's ends that are open
 * @sink_error: out: the errno because of which the sink was given up, or 0
 * @space: out: bytes that can be printed without waiting
 */
struct isle_console_info {
	__u32 size;
	__u32 flags;
	__u64 written;
	__u64 dropped;
	__u32 input;
	__u32 hosts;
	__u32 sink_error;
	__u32 space;
};

/**
 * struct isle_console_log - argument of ISLE_CONSOLE_LOG
 * @size: sizeof(struct isle_console_log)
 * @flags: zero
 * @text: in: pointer to the line, without an end of line
 * @length: in: bytes of it
 * @written: out: bytes of it that were printed
 *
 * Prints the line and a carriage return and a line feed, as one piece, and
 * never waits: what of the line has no space is dropped and counted, or if not
 * even the two characters have space, everything.  Operation log of a CONSOLE.
 */
struct isle_console_log {
	__u32 size;
	__u32 flags;
	__aligned_u64 text;
	__u32 length;
	__u32 written;
};

/* At both ends of a console.  Does not wait. */
#define ISLE_CONSOLE_INFO \
	_IOWR(ISLE_IOC_MAGIC, 0xa8, struct isle_console_info)
/* At the domain's end, open for writing (EBADF).  Does not wait. */
#define ISLE_CONSOLE_LOG \
	_IOWR(ISLE_IOC_MAGIC, 0xa9, struct isle_console_log)

#endif /* _UAPI_ISLE_CONSOLE_H */
