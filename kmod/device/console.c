// SPDX-License-Identifier: GPL-2.0
/*
 * Consoles: making one, and the domain's end of it.
 *
 * What is printed goes into a replay buffer, from which host's ends and the
 * sink read, each at its own pace; what is typed goes into a small one, from
 * which the domain reads.  User memory is copied to and from a piece of kernel
 * memory outside the lock, so that a buffer that never answers delays nobody
 * but its owner.  Whoever adds to a buffer has entered the device for that
 * moment, but not while waiting.
 *
 * Lifetime: the buffers live as long as the device's memory, because a host's
 * end may still read what a removed console has printed last; the sink ends
 * when the device has drained.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "core/domain.h"
#include "core/name.h"
#include "core/wait.h"
#include "device/console.h"

#define CHARGE	(ISLE_CONSOLE_OUTPUT_SIZE + ISLE_CONSOLE_INPUT_SIZE)
#define CONFIG_FLAGS \
	(ISLE_CONSOLE_HOLD | ISLE_CONSOLE_SINK | ISLE_CONSOLE_SOURCE)

static const struct isle_device_class console_class;

static struct isle_console *file_console(const struct file *file)
{
	return to_isle_console(file->private_data);
}

static bool nonblocking(const struct kiocb *iocb)
{
	return iocb->ki_flags & IOCB_NOWAIT ||
	       iocb->ki_filp->f_flags & O_NONBLOCK;
}

/**
 * isle_console_space() - how much can be printed now
 * @console: the console
 *
 * Context: holds the console's lock.
 * Return: bytes.
 */
size_t isle_console_space(struct isle_console *console)
{
	const struct isle_console_host *host;
	u64 size = console->out.size;
	u64 slowest = U64_MAX;
	u64 behind;

	lockdep_assert_held(&console->lock);
	list_for_each_entry(host, &console->hosts, list)
		slowest = min(slowest, host->pos);
	if (console->sink.active)
		slowest = min(slowest, console->sink.pos);
	if (slowest == U64_MAX) {
		if (!(console->flags & ISLE_CONSOLE_HOLD))
			return size;
		slowest = console->seen;
	}
	behind = console->out.head - slowest;
	return behind < size ? size - behind : 0;
}

/**
 * isle_console_in_space() - how much can be typed now
 * @console: the console
 *
 * Context: holds the console's lock.
 * Return: bytes.
 */
size_t isle_console_in_space(struct isle_console *console)
{
	lockdep_assert_held(&console->lock);
	return console->in.size - (console->in.head - console->in_pos) -
	       console->in_reserved;
}

static size_t space_now(struct isle_console *console)
{
	size_t space;

	spin_lock(&console->lock);
	space = isle_console_space(console);
	spin_unlock(&console->lock);
	return space;
}

static void printed(struct isle_console *console)
{
	isle_console_sink_kick(console);
	isle_console_wake(console, EPOLLIN | EPOLLRDNORM);
}

/*
 * Print a chunk as one piece, waiting for the space; or without waiting, what
 * there is space for.
 */
static ssize_t print(struct isle_console *console, const u8 *data, size_t len,
		     bool nowait)
{
	struct isle_device *device = &console->device;
	size_t space;
	int err;

	for (;;) {
		if (!isle_device_enter(device))
			return -ENODEV;
		spin_lock(&console->lock);
		space = isle_console_space(console);
		if (space < len)
			len = nowait ? space : len;
		if (space >= len)
			isle_replay_put(&console->out, data, len);
		spin_unlock(&console->lock);
		if (space >= len && len)
			printed(console);
		isle_device_leave(device);
		if (space >= len)
			return len ?: -EAGAIN;
		err = isle_wait_until(device->wait,
				      isle_device_dead(device) ||
				      space_now(console) >= len, KTIME_MAX);
		if (err)
			return err;
	}
}

static ssize_t fop_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct isle_console *console = file_console(iocb->ki_filp);
	size_t size = min_t(size_t, iov_iter_count(from), ISLE_CONSOLE_CHUNK);
	bool nowait = nonblocking(iocb);
	ssize_t done = 0, ret = 0;
	u8 small[128], *buf = small;
	size_t len;

	if (isle_device_dead(&console->device))
		return -ENODEV;
	if (size > sizeof(small)) {
		buf = kmalloc(size, GFP_KERNEL_ACCOUNT);
		if (!buf)
			return -ENOMEM;
	}
	while (iov_iter_count(from)) {
		len = copy_from_iter(buf, min(size, iov_iter_count(from)), from);
		ret = len ? print(console, buf, len, nowait) : -EFAULT;
		if (ret > 0)
			done += ret;
		if (ret < (ssize_t)len) {
			iov_iter_revert(from, len - max_t(ssize_t, ret, 0));
			break;
		}
	}
	if (buf != small)
		kfree(buf);
	return done ?: ret;
}

/* What was typed, to @buf; waits for the first byte. */
static ssize_t take(struct isle_console *console, u8 *buf, size_t len,
		    bool nowait)
{
	struct isle_device *device = &console->device;
	size_t got;
	int err;

	for (;;) {
		if (!isle_device_enter(device))
			return -ENODEV;
		spin_lock(&console->lock);
		got = isle_replay_get(&console->in, &console->in_pos, buf, len);
		spin_unlock(&console->lock);
		if (got) {
			if (console->flags & ISLE_CONSOLE_SOURCE)
				isle_console_sink_kick(console);
			isle_console_wake(console, EPOLLOUT | EPOLLWRNORM);
		}
		isle_device_leave(device);
		if (got)
			return got;
		if (nowait)
			return -EAGAIN;
		err = isle_wait_until(device->wait,
				      isle_device_dead(device) ||
				      READ_ONCE(console->in.head) !=
				      READ_ONCE(console->in_pos), KTIME_MAX);
		if (err)
			return err;
	}
}

static ssize_t fop_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct isle_console *console = file_console(iocb->ki_filp);
	size_t size = min_t(size_t, iov_iter_count(to), ISLE_CONSOLE_INPUT_SIZE);
	u8 small[128], *buf = small;
	ssize_t ret;

	if (isle_device_dead(&console->device))
		return -ENODEV;
	if (!size)
		return 0;
	if (size > sizeof(small)) {
		buf = kmalloc(size, GFP_KERNEL_ACCOUNT);
		if (!buf)
			return -ENOMEM;
	}
	ret = take(console, buf, size, nonblocking(iocb));
	if (ret > 0)
		ret = copy_to_iter(buf, ret, to) ?: -EFAULT;
	if (buf != small)
		kfree(buf);
	return ret;
}

static __poll_t fop_poll(struct file *file, poll_table *pt)
{
	struct isle_console *console = file_console(file);
	__poll_t events = 0;

	poll_wait(file, &console->device.wait, pt);
	if (isle_device_dead(&console->device))
		return EPOLLHUP | EPOLLERR;
	spin_lock(&console->lock);
	if (console->in.head != console->in_pos)
		events |= EPOLLIN | EPOLLRDNORM;
	if (isle_console_space(console) >= ISLE_CONSOLE_ATOMIC)
		events |= EPOLLOUT | EPOLLWRNORM;
	spin_unlock(&console->lock);
	return events;
}

/**
 * isle_console_fill_info() - ISLE_CONSOLE_INFO at either end
 * @console: the console
 * @info: from user space
 *
 * Return: 0, -EINVAL or -ENODEV.
 */
int isle_console_fill_info(struct isle_console *console,
			   struct isle_console_info *info)
{
	if (!isle_is_zero(&info->flags, sizeof(*info) - sizeof(info->size)))
		return -EINVAL;
	if (isle_device_dead(&console->device))
		return -ENODEV;
	spin_lock(&console->lock);
	info->flags = console->flags;
	info->written = console->out.head;
	info->dropped = console->dropped;
	info->input = console->in.head - console->in_pos;
	info->hosts = console->host_count;
	info->sink_error = console->sink.error;
	info->space = isle_console_space(console);
	spin_unlock(&console->lock);
	return 0;
}

static int ioctl_info(struct file *file, void *arg, struct isle_reply *reply)
{
	return isle_console_fill_info(file_console(file), arg);
}

/* The line and its end as one piece, cut to the space there is. */
static int log_line(struct isle_console *console, u8 *line, u32 length,
		    u32 kept)
{
	static const u8 end[2] = { '\r', '\n' };
	size_t space;
	int fits = 0;

	if (!isle_device_enter(&console->device))
		return -ENODEV;
	spin_lock(&console->lock);
	space = isle_console_space(console);
	if (space >= sizeof(end)) {
		fits = min_t(size_t, kept, space - sizeof(end));
		isle_replay_put(&console->out, line, fits);
		isle_replay_put(&console->out, end, sizeof(end));
		console->dropped += length - fits;
	} else {
		console->dropped += (u64)length + sizeof(end);
	}
	spin_unlock(&console->lock);
	if (space >= sizeof(end))
		printed(console);
	isle_device_leave(&console->device);
	return fits;
}

static int ioctl_log(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_console *console = file_console(file);
	struct isle_console_log *log = arg;
	/* What is longer than the buffer can never be printed whole */
	u32 kept = min_t(u32, log->length, ISLE_CONSOLE_OUTPUT_SIZE - 2);
	u8 small[128], *line = small;
	int ret;

	if (log->flags || log->written)
		return -EINVAL;
	if (!(file->f_mode & FMODE_WRITE))
		return -EBADF;
	if (isle_device_dead(&console->device))
		return -ENODEV;
	if (kept > sizeof(small)) {
		line = kvmalloc(kept, GFP_KERNEL_ACCOUNT);
		if (!line)
			return -ENOMEM;
	}
	ret = -EFAULT;
	if (!copy_from_user(line, u64_to_user_ptr(log->text), kept))
		ret = log_line(console, line, log->length, kept);
	if (line != small)
		kvfree(line);
	if (ret < 0)
		return ret;
	log->written = ret;
	return 0;
}

static const struct isle_ioctl ioctls[] = {
	ISLE_IOCTL(ISLE_DEVICE_ID, isle_device_id, name, isle_device_ioctl_id),
	ISLE_IOCTL(ISLE_CONSOLE_INFO, isle_console_info, space, ioctl_info),
	ISLE_IOCTL(ISLE_CONSOLE_LOG, isle_console_log, written, ioctl_log),
};

static long fop_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return isle_ioctl(ioctls, ARRAY_SIZE(ioctls), file, cmd,
			  (void __user *)arg);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read_iter = fop_read_iter,
	.write_iter = fop_write_iter,
	.poll = fop_poll,
	.unlocked_ioctl = fop_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = isle_device_fop_release,
	.show_fdinfo = isle_device_fop_show_fdinfo,
};

static int check_config(const struct isle_console_config *config)
{
	u32 flags = config->flags;

	if (flags & ~CONFIG_FLAGS || config->reserved)
		return -EINVAL;
	if (!(flags & ISLE_CONSOLE_SINK) &&
	    (flags & ISLE_CONSOLE_SOURCE || config->fd))
		return -EINVAL;
	return 0;
}

static int init_buffers(struct isle_console *console)
{
	int err = isle_replay_init(&console->out, ISLE_CONSOLE_OUTPUT_SIZE);

	if (err)
		return err;
	err = isle_replay_init(&console->in, ISLE_CONSOLE_INPUT_SIZE);
	if (err)
		isle_replay_destroy(&console->out);
	return err;
}

static void free_buffers(struct isle_console *console)
{
	isle_replay_destroy(&console->in);
	isle_replay_destroy(&console->out);
}

static struct isle_device *console_create(struct isle_domain *domain,
					  const void __user *arg)
{
	struct isle_console_config config;
	struct isle_console *console;
	int err;

	err = isle_copy_struct(&config, sizeof(config),
			       offsetofend(struct isle_console_config,
					   reserved), arg);
	if (!err)
		err = check_config(&config);
	if (err)
		return ERR_PTR(err);

	console = kzalloc(sizeof(*console), GFP_KERNEL_ACCOUNT);
	if (!console)
		return ERR_PTR(-ENOMEM);
	console->flags = config.flags;
	spin_lock_init(&console->lock);
	INIT_LIST_HEAD(&console->hosts);
	err = isle_account_charge(&domain->account, ISLE_QUOTA_MEMORY, CHARGE);
	if (err)
		goto err_free;
	err = init_buffers(console);
	if (err)
		goto err_uncharge;
	if (config.flags & ISLE_CONSOLE_SINK) {
		err = isle_console_sink_init(console, config.fd,
					     config.flags & ISLE_CONSOLE_SOURCE);
		if (err)
			goto err_buffers;
	}
	err = isle_device_init(&console->device, &console_class, domain);
	if (err)
		goto err_sink;
	isle_console_sink_start(console);
	return &console->device;

err_sink:
	isle_console_sink_put(console);
err_buffers:
	free_buffers(console);
err_uncharge:
	isle_account_uncharge(&domain->account, ISLE_QUOTA_MEMORY, CHARGE);
err_free:
	kfree(console);
	return ERR_PTR(err);
}

static void console_drained(struct isle_device *device)
{
	isle_console_sink_end(to_isle_console(device));
}

static void console_release(struct isle_device *device)
{
	struct isle_console *console = to_isle_console(device);

	free_buffers(console);
	isle_account_uncharge(&device->domain->account, ISLE_QUOTA_MEMORY,
			      CHARGE);
	kfree(console);
}

static void console_show(struct seq_file *m, struct isle_device *device)
{
	struct isle_console_info info = { .size = sizeof(info) };
	struct isle_console *console = to_isle_console(device);

	if (isle_console_fill_info(console, &info))
		return;
	seq_printf(m, " flags=%#x written=%llu dropped=%llu input=%u hosts=%u space=%u",
		   info.flags, info.written, info.dropped, info.input,
		   info.hosts, info.space);
	if (console->flags & ISLE_CONSOLE_SINK) {
		seq_printf(m, " sink_error=%u sink=", info.sink_error);
		seq_file_path(m, console->sink.file, "\n\t \\");
	}
}

static const struct isle_device_class console_class = {
	.id = ISLE_CLASS_CONSOLE,
	.name = "console",
	.node = {
		.open = isle_device_node_open,
		.get = isle_device_node_get,
		.put = isle_device_node_put,
		.fops = &fops,
		.groups = isle_console_groups,
	},
	.f_mode = FMODE_NOWAIT,
	.create = console_create,
	.drained = console_drained,
	.release = console_release,
	.show = console_show,
	.attach = isle_console_attach,
};

/**
 * isle_console_init() - offer consoles
 *
 * Return: 0 or -ENOMEM.
 */
int isle_console_init(void)
{
	int err = isle_console_sinks_init();

	if (err)
		return err;
	return isle_device_class_register(&console_class);
}

/**
 * isle_console_exit() - undo isle_console_init(); no device is left
 */
void isle_console_exit(void)
{
	isle_device_class_unregister(&console_class);
	isle_console_sinks_exit();
}
