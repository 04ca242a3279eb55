// SPDX-License-Identifier: GPL-2.0
/*
 * Sinks: the file to which a console copies what is printed.
 *
 * A piece of work does it, so that nobody who prints waits for the file: it is
 * queued when something was printed, and when the file says that it can take
 * more.  The file does not block, unless it is a regular one: then it is the
 * worker who waits for the disk.  What the file cannot take yet stays in the
 * console's buffer, and holds writers up when that is full.
 *
 * A file that fails is given up.  A terminal or pty whose other side is closed
 * has not failed: until somebody opens it what is printed passes it by, and
 * then it gets what the buffer has.
 *
 * The work runs while the device is there; when the device has drained it is
 * ended, after a last run, and the file let go of.
 */
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/gfp.h>
#include <linux/module.h>
#include <linux/uio.h>

#include "core/compat.h"
#include "core/file.h"
#include "device/console.h"

/* Chunks in one run, before others that wait for a worker have their turn */
#define RUN_MAX	32

static struct workqueue_struct *sink_wq;

static struct isle_console *sink_console(struct isle_console_sink *sink)
{
	return container_of(sink, struct isle_console, sink);
}

static bool regular(const struct isle_console_sink *sink)
{
	return S_ISREG(file_inode(sink->file)->i_mode);
}

/* Whether the other side of a terminal is closed, for the time being */
static bool hung_up(const struct isle_console_sink *sink)
{
	return S_ISCHR(file_inode(sink->file)->i_mode) &&
	       vfs_poll(sink->file, NULL) & EPOLLHUP;
}

/*
 * Whether an error passes. A terminal whose other side is closed says EIO; when
 * that is looked at, it may have been opened again. Nobody tries at once, but
 * when the file tells, or after a while: so one that fails for good costs little.
 */
static bool passing(const struct isle_console_sink *sink, ssize_t ret)
{
	return hung_up(sink) ||
	       (ret == -EIO && S_ISCHR(file_inode(sink->file)->i_mode));
}

static ssize_t move(struct isle_console_sink *sink, size_t len, bool write)
{
	struct file *file = sink->file;
	struct kvec vec = { .iov_base = sink->page, .iov_len = len };
	const struct cred *old;
	struct iov_iter iter;
	ssize_t ret;

	iov_iter_kvec(&iter, write ? WRITE : READ, &vec, 1, len);
	/* File systems look at credentials for quotas and reserves */
	old = override_creds(file->f_cred);
	if (write)
		ret = isle_iter_write(file, &iter, &sink->offset);
	else
		ret = vfs_iter_read(file, &iter, &sink->offset, 0);
	revert_creds(old);
	return ret;
}

/* It does not hold writers up any more; @error: for good. */
static void let_go(struct isle_console *console, int error)
{
	struct isle_console_sink *sink = &console->sink;

	spin_lock(&console->lock);
	sink->active = false;
	sink->error = error;
	spin_unlock(&console->lock);
	isle_console_wake(console, EPOLLOUT | EPOLLWRNORM);
}

/* What was printed goes to the file. True: there is more of it. */
static bool pump_out(struct isle_console *console)
{
	struct isle_console_sink *sink = &console->sink;
	unsigned int i;
	ssize_t ret;
	size_t len;
	u64 pos;

	if (sink->error)
		return false;
	if (hung_up(sink)) {
		let_go(console, 0);
		return false;
	}
	for (i = 0; i < RUN_MAX; i++) {
		spin_lock(&console->lock);
		sink->active = true;
		pos = sink->pos;
		len = isle_replay_get(&console->out, &pos, sink->page,
				      PAGE_SIZE);
		/* Maybe it was overtaken while it did not hold them up */
		sink->pos = pos - len;
		spin_unlock(&console->lock);
		if (!len)
			return false;
		ret = move(sink, len, true);
		if (ret == -EAGAIN || !ret)
			return false;	/* it wakes us */
		if (ret < 0) {
			let_go(console, passing(sink, ret) ? 0 : -ret);
			return false;
		}
		spin_lock(&console->lock);
		sink->pos += ret;
		console->seen = max(console->seen, sink->pos);
		spin_unlock(&console->lock);
		isle_console_wake(console, EPOLLOUT | EPOLLWRNORM);
	}
	return true;
}

/* What the file has is typed. */
static void pump_in(struct isle_console *console)
{
	struct isle_console_sink *sink = &console->sink;
	ssize_t ret;
	size_t len;

	while (sink->source) {
		spin_lock(&console->lock);
		len = min_t(size_t, isle_console_in_space(console), PAGE_SIZE);
		console->in_reserved += len;
		spin_unlock(&console->lock);
		if (!len)
			return;		/* who reads it wakes us */
		ret = move(sink, len, false);
		spin_lock(&console->lock);
		console->in_reserved -= len;
		if (ret > 0)
			isle_replay_put(&console->in, sink->page, ret);
		spin_unlock(&console->lock);
		isle_console_wake(console, ret > 0 ? EPOLLIN | EPOLLRDNORM :
						     EPOLLOUT | EPOLLWRNORM);
		if (ret == -EAGAIN || (ret < 0 && passing(sink, ret)))
			return;
		if (ret <= 0)
			sink->source = false;
	}
}

static void sink_work(struct work_struct *work)
{
	struct isle_console_sink *sink =
		container_of(to_delayed_work(work), struct isle_console_sink,
			     work);
	struct isle_console *console = sink_console(sink);

	if (pump_out(console))
		queue_delayed_work(sink_wq, &sink->work, 0);
	else if (!sink->error && !sink->active)
		/* Nobody tells when the other side is opened */
		queue_delayed_work(sink_wq, &sink->work, HZ / 4);
	pump_in(console);
}

/* Context: any, also interrupts. */
static int sink_wake(wait_queue_entry_t *entry, unsigned int mode, int sync,
		     void *key)
{
	struct isle_console_sink_wait *wait =
		container_of(entry, struct isle_console_sink_wait, entry);

	mod_delayed_work(sink_wq, &wait->sink->work, 0);
	return 0;
}

static void sink_queue(struct file *file, wait_queue_head_t *head,
		       poll_table *table)
{
	struct isle_console_sink *sink =
		container_of(table, struct isle_console_sink, table);
	struct isle_console_sink_wait *wait = &sink->waits[sink->count];

	if (sink->count == ISLE_CONSOLE_SINK_WAITS)
		return;
	sink->count++;
	wait->sink = sink;
	wait->head = head;
	init_waitqueue_func_entry(&wait->entry, sink_wake);
	add_wait_queue(head, &wait->entry);
}

static int check_file(const struct file *file, bool source)
{
	umode_t mode = file_inode(file)->i_mode;
	fmode_t need = FMODE_WRITE | FMODE_CAN_WRITE;

	if (source)
		need |= FMODE_READ | FMODE_CAN_READ;
	if ((file->f_mode & need) != need)
		return -EBADF;
	if (!S_ISREG(mode) && !S_ISCHR(mode) && !S_ISFIFO(mode) &&
	    !S_ISSOCK(mode))
		return -EINVAL;
	/* One of ours could lead back here */
	if (!file->f_op->write_iter || file->f_op->owner == THIS_MODULE ||
	    (source && !file->f_op->read_iter))
		return -EINVAL;
	if (S_ISREG(mode))
		return source ? -EINVAL : 0;
	return file->f_flags & O_NONBLOCK ? 0 : -EINVAL;
}

/**
 * isle_console_sink_init() - take a file as a console's sink
 * @console: the console, which nobody knows yet
 * @fd: the caller's descriptor of the file
 * @source: whether what the file has is typed
 *
 * Return: 0, -EBADF, -EINVAL or -ENOMEM.
 */
int isle_console_sink_init(struct isle_console *console, int fd, bool source)
{
	struct isle_console_sink *sink = &console->sink;
	struct file *file = fget(fd);
	int err;

	if (!file)
		return -EBADF;
	err = check_file(file, source);
	if (err)
		goto err_put;
	err = -ENOMEM;
	sink->page = (u8 *)__get_free_page(GFP_KERNEL_ACCOUNT);
	if (!sink->page)
		goto err_put;
	INIT_DELAYED_WORK(&sink->work, sink_work);
	sink->source = source;
	sink->active = true;
	sink->offset = S_ISREG(file_inode(file)->i_mode) ? file->f_pos : 0;
	sink->file = file;
	return 0;

err_put:
	fput(file);
	return err;
}

/**
 * isle_console_sink_start() - begin to listen to the file
 * @console: the console; all of it is set up
 */
void isle_console_sink_start(struct isle_console *console)
{
	struct isle_console_sink *sink = &console->sink;

	if (!sink->file || regular(sink))
		return;
	init_poll_funcptr(&sink->table, sink_queue);
	vfs_poll(sink->file, &sink->table);
	mod_delayed_work(sink_wq, &sink->work, 0);
}

/**
 * isle_console_sink_kick() - something was printed, or typed bytes were read
 * @console: the console; the caller has entered it
 *
 * Context: any.
 */
void isle_console_sink_kick(struct isle_console *console)
{
	if (console->sink.file)
		mod_delayed_work(sink_wq, &console->sink.work, 0);
}

/**
 * isle_console_sink_put() - undo isle_console_sink_init()
 * @console: the console
 *
 * Context: process; sleeps.
 */
void isle_console_sink_put(struct isle_console *console)
{
	struct isle_console_sink *sink = &console->sink;

	if (!sink->file)
		return;
	isle_file_put(sink->file);
	sink->file = NULL;
	free_page((unsigned long)sink->page);
}

/**
 * isle_console_sink_end() - write what was printed last, and let go of the file
 * @console: the console; nobody is in it, and nobody will be
 *
 * Context: process; sleeps.
 */
void isle_console_sink_end(struct isle_console *console)
{
	struct isle_console_sink *sink = &console->sink;
	unsigned int i;

	if (!sink->file)
		return;
	for (i = 0; i < sink->count; i++)
		remove_wait_queue(sink->waits[i].head, &sink->waits[i].entry);
	cancel_delayed_work_sync(&sink->work);
	/* The last words; RUN_MAX chunks are more than the buffer holds */
	pump_out(console);
	isle_console_sink_put(console);
}

/**
 * isle_console_sinks_init() - set up what all sinks share
 *
 * Return: 0 or -ENOMEM.
 */
int isle_console_sinks_init(void)
{
	sink_wq = alloc_workqueue("isle-console", WQ_UNBOUND, 0);
	return sink_wq ? 0 : -ENOMEM;
}

/**
 * isle_console_sinks_exit() - undo isle_console_sinks_init(); no sink is left
 */
void isle_console_sinks_exit(void)
{
	destroy_workqueue(sink_wq);
}
