/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * libisle: tasks, messages, services, shared memory
 *
 * The rules of libisle.h hold.  A task does one thing at a time: one thread
 * uses it, and another one only to notify, to send asynchronous messages and
 * to set the timer.  A task is its file: after fork(2) both processes act as
 * the same one, so one of them should leave it alone.
 *
 * A call that fails at the other side, and one that never gets there, both
 * return a negative errno; isle/task.h has the list.  After -EINTR begin again.
 */
#ifndef LIBISLE_TASK_H
#define LIBISLE_TASK_H

#include <isle_rpc.h>
#include <libisle.h>

#ifdef __cplusplus
extern "C" {
#endif

struct isle_task;

/* ---- tasks: isle_task(3) ----------------------------------------------------- */

/**
 * isle_task_open() - make a task
 * @name: a published domain, or the path of its task node; NULL: the domain
 *	that we are in
 *
 * -EDQUOT: ISLE_QUOTA_TASKS or FILES.
 */
int isle_task_open(const char *name, struct isle_task **task);

/** isle_task_open_in() - make a task of a domain that need not be published */
int isle_task_open_in(struct isle_domain *domain, struct isle_task **task);

/** isle_task_from_fd() - the task whose file somebody has handed over */
int isle_task_from_fd(int fd, struct isle_task **task);

/**
 * isle_task_inherited() - the task that a launcher has given this program
 *
 * Its file is in the environment's ISLE_TASK_FD, which is removed.  -ENOENT:
 * there is none.
 */
int isle_task_inherited(struct isle_task **task);

void isle_task_close(struct isle_task *task);

/** isle_task_fd() - poll it: POLLIN, POLLRDBAND as isle/task.h says */
int isle_task_fd(const struct isle_task *task);

/** isle_task_id() - its number */
int32_t isle_task_id(const struct isle_task *task);

/** isle_task_get_info() - what it is doing, and for whom it waits */
int isle_task_get_info(struct isle_task *task, struct isle_task_info *info);

/**
 * isle_task_next() - list the tasks of the same domain
 * @cursor: 0 to begin
 *
 * -ENOENT: that was the last one.
 */
int isle_task_next(struct isle_task *task, int32_t *cursor, struct isle_task_info *info);

/* ---- messages ------------------------------------------------------------------ */

/**
 * isle_task_send() - send @m to @to; waits until it was received
 * @timeout_ns: how long to wait; 0: not at all (-EAGAIN), negative: for ever
 */
int isle_task_send(struct isle_task *task, int32_t to, const struct isle_message *m,
		   int64_t timeout_ns);

/**
 * isle_task_call() - send @m to @to and wait for the reply, which replaces it
 * @buffer: where a payload of the reply goes
 * @size: bytes there
 * @timeout_ns: as of isle_task_send()
 *
 * 0, or a negative errno, also if the reply says so.
 */
int isle_task_call(struct isle_task *task, int32_t to, struct isle_message *m, void *buffer,
		   size_t size, int64_t timeout_ns);

/**
 * isle_task_receive() - wait for a message
 * @from: a task, ISLE_TASK_ANY, or ISLE_TASK_KERNEL for notifications only
 */
int isle_task_receive(struct isle_task *task, int32_t from, struct isle_message *m, void *buffer,
		      size_t size, int64_t timeout_ns);

/** isle_task_reply() - answer a call of @to; -ENOENT: it waits no longer */
int isle_task_reply(struct isle_task *task, int32_t to, const struct isle_message *m);

/**
 * isle_serve_fn - answers what was received
 *
 * As isle_dispatch_NAMESPACE() of the generated stubs: 1: @m is the reply; 0:
 * there is none; -ENOMSG: unknown, which the caller is told.  Anything else
 * ends isle_task_serve(), which returns it.
 */
typedef int (*isle_serve_fn)(void *arg, struct isle_message *m);

/**
 * isle_task_serve() - receive and answer, again and again
 * @fn: gets every message: calls, and also notifications (from task 0)
 * @buffer: where payloads go
 * @size: bytes there
 *
 * Returns what @fn does, or why there is no next message: -EINTR, -ENODEV.  A
 * reply goes out together with the next wait, in one system call.
 */
int isle_task_serve(struct isle_task *task, isle_serve_fn fn, void *arg, void *buffer,
		    size_t size);

/** isle_task_notify() - raise bits of @to; never waits */
int isle_task_notify(struct isle_task *task, int32_t to, uint32_t bits);

/** isle_task_timer() - raise ISLE_NOTIFY_TIMER after so long; 0: not any more */
int isle_task_timer(struct isle_task *task, uint32_t milliseconds);

/** isle_task_async_send() - queue @m for @to; never waits */
int isle_task_async_send(struct isle_task *task, int32_t to, const struct isle_message *m);

/** isle_task_async_receive() - the next one that @from has queued; -ENODATA */
int isle_task_async_receive(struct isle_task *task, int32_t from, struct isle_message *m);

/**
 * isle_task_transport() - what generated client stubs need
 *
 * It waits for ever, and stays valid as long as the task.
 */
const struct isle_transport *isle_task_transport(struct isle_task *task);

/* ---- services: isle_services(3) --------------------------------------------------- */

/** isle_discovery_serve() - be found by @name; goes with the task */
int isle_discovery_serve(struct isle_task *task, const char *name);

/**
 * isle_discovery_lookup() - find who serves @name
 * @timeout_ns: how long to wait for it; 0: not at all (-ENOENT), negative: for
 *	ever
 *
 * Returns the task's number, or a negative errno.
 */
int32_t isle_discovery_lookup(struct isle_task *task, const char *name, int64_t timeout_ns);

/** isle_task_watch() - be told by task.exited when @id ends */
int isle_task_watch(struct isle_task *task, int32_t id);
int isle_task_unwatch(struct isle_task *task, int32_t id);

/**
 * isle_task_launch() - have the domain's launcher start a program
 * @line: its name and arguments
 *
 * Waits.  Returns the number of the program's task.  -ENOENT: no launcher, or
 * no such program.
 */
int32_t isle_task_launch(struct isle_task *task, const char *line);

/** isle_shm_create() - make shared memory; its number, or a negative errno */
int32_t isle_shm_create(struct isle_task *task, uint64_t size);

/**
 * isle_shm_map() - map shared memory, all of it
 * @address: where it is then; munmap(2) it as a whole
 */
int isle_shm_map(struct isle_task *task, int32_t id, int writable, void **address);

/** isle_shm_close() - nobody can map it any more */
int isle_shm_close(struct isle_task *task, int32_t id);

#ifdef __cplusplus
}
#endif

#endif /* LIBISLE_TASK_H */
