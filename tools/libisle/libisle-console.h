/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libisle: consoles, from C
 *
 * What libisle.h says of errors, ownership, threads, fork and exec holds here
 * too.  How output is held up, dropped and replayed is said in isle/console.h.
 * -ENODEV: the console was removed.
 */
#ifndef LIBISLE_CONSOLE_H
#define LIBISLE_CONSOLE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include <isle/console.h>

#include "libisle.h"

#ifdef __cplusplus
extern "C" {
#endif

struct isle_console;

/**
 * isle_control_console_add() - give a domain a console
 *
 * isle_control_device_add() for ISLE_CLASS_CONSOLE.
 */
int isle_control_console_add(struct isle_control *control, uint32_t domid,
			     const char *name,
			     const struct isle_console_config *config,
			     uint64_t *unique);

/**
 * isle_control_console_attach() - open a host's end of a console
 * @flags: ISLE_ATTACH_*
 *
 * Returns a descriptor for read(2), write(2) and poll(2), which the caller
 * closes.  -ENXIO: there is no such console.
 */
int isle_control_console_attach(struct isle_control *control, uint32_t domid,
				const char *name, uint32_t flags);

/**
 * isle_console_open() - connect to a console by name or by path
 * @name: of a console of the domain that this process runs in; or a path
 *
 * -ENXIO: that is not a console.
 */
int isle_console_open(const char *name, struct isle_console **console);

/** isle_console_open_in() - connect to a console of a domain; -ENXIO likewise */
int isle_console_open_in(struct isle_domain *domain, const char *name,
			 struct isle_console **console);

/** isle_console_from_fd() - use a file of a console, which the handle then owns */
int isle_console_from_fd(int fd, struct isle_console **console);

void isle_console_close(struct isle_console *console);
int isle_console_fd(const struct isle_console *console);
int isle_console_get_id(struct isle_console *console, struct isle_device_id *id);
int isle_console_get_info(struct isle_console *console,
			  struct isle_console_info *info);

/**
 * isle_console_write() - print up to @len bytes
 *
 * Waits until something can be printed.  Returns how much was.  -EINTR: a
 * signal came first.
 */
ssize_t isle_console_write(struct isle_console *console, const void *buf,
			   size_t len);

/** isle_console_try_write() - the same without waiting: -EAGAIN instead */
ssize_t isle_console_try_write(struct isle_console *console, const void *buf,
			       size_t len);

/**
 * isle_console_write_all() - print all of @len bytes
 *
 * Waits until they are.  On failure, such as -EINTR, some may have been.
 */
int isle_console_write_all(struct isle_console *console, const void *buf,
			   size_t len);

/**
 * isle_console_log() - print a line, as far as that goes without waiting
 *
 * The line and CR LF stay together.  What does not fit is dropped, and counted
 * in isle_console_info.dropped.  Returns nothing: it does its best.
 */
void isle_console_log(struct isle_console *console, const char *line);

/** isle_console_log_s() - print a line and CR LF; waits as write_all does */
int isle_console_log_s(struct isle_console *console, const char *line);

/**
 * isle_console_read() - what was typed
 *
 * Waits for the first byte; isle_console_try_read(): -EAGAIN instead.
 */
ssize_t isle_console_read(struct isle_console *console, void *buf, size_t len);
ssize_t isle_console_try_read(struct isle_console *console, void *buf,
			      size_t len);

#ifdef __cplusplus
}
#endif

#endif /* LIBISLE_CONSOLE_H */
