// SPDX-License-Identifier: GPL-2.0
/*
 * The host's end of a console, which the administrator attaches to: reads what
 * was printed and types.
 *
 * private_data is the end.  It has a reference to the device, but does not act
 * as the domain, whose life does not depend on it.  What a removed console has
 * printed can still be read; then it is ENODEV.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uio.h>

#include "core/wait.h"
#include "device/console.h"

static bool nonblocking(const struct kiocb *iocb)
{
	return iocb->ki_flags & IOCB_NOWAIT ||
	       iocb->ki_filp->f_flags & O_NONBLOCK;
}

/* What was printed, to @buf; with @wait, waits for the first byte. */
static ssize_t take(struct isle_console_host *host, u8 *buf, size_t len,
		    bool wait)
{
	struct isle_console *console = host->console;
	struct isle_device *device = &console->device;
	size_t got;
	bool dead;
	int err;

	for (;;) {
		/* First: what was printed before the removal is seen below */
		dead = isle_device_dead(device);
		spin_lock(&console->lock);
		got = isle_replay_get(&console->out, &host->pos, buf, len);
		console->seen = max(console->seen, host->pos);
		spin_unlock(&console->lock);
		if (got) {
			isle_console_wake(console, EPOLLOUT | EPOLLWRNORM);
			return got;
		}
		if (dead)
			return -ENODEV;
		if (!wait)
			return -EAGAIN;
		err = isle_wait_until(device->wait,
				      isle_device_dead(device) ||
				      READ_ONCE(console->out.head) !=
				      READ_ONCE(host->pos), KTIME_MAX);
		if (err)
			return err;
	}
}

static ssize_t fop_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct isle_console_host *host = iocb->ki_filp->private_data;
	size_t size = min_t(size_t, iov_iter_count(to), ISLE_CONSOLE_CHUNK);
	bool wait = !nonblocking(iocb);
	u8 small[128], *buf = small;
	ssize_t done = 0, ret = 0;
	size_t copied;

	if (size > sizeof(small)) {
		buf = kmalloc(size, GFP_KERNEL_ACCOUNT);
		if (!buf)
			return -ENOMEM;
	}
	while (iov_iter_count(to)) {
		ret = take(host, buf, min(size, iov_iter_count(to)),
			   wait && !done);
		if (ret <= 0)
			break;
		copied = copy_to_iter(buf, ret, to);
		done += copied;
		if (copied < ret) {
			ret = -EFAULT;
			break;
		}
	}
	if (buf != small)
		kfree(buf);
	return done ?: ret;
}

static size_t in_space_now(struct isle_console *console)
{
	size_t space;

	spin_lock(&console->lock);
	space = isle_console_in_space(console);
	spin_unlock(&console->lock);
	return space;
}

/* As much as there is space for; waits for the first byte of it. */
static ssize_t type(struct isle_console *console, const u8 *data, size_t len,
		    bool nowait)
{
	struct isle_device *device = &console->device;
	size_t space;
	int err;

	for (;;) {
		if (!isle_device_enter(device))
			return -ENODEV;
		spin_lock(&console->lock);
		space = min(isle_console_in_space(console), len);
		isle_replay_put(&console->in, data, space);
		spin_unlock(&console->lock);
		if (space)
			isle_console_wake(console, EPOLLIN | EPOLLRDNORM);
		isle_device_leave(device);
		if (space)
			return space;
		if (nowait)
			return -EAGAIN;
		err = isle_wait_until(device->wait,
				      isle_device_dead(device) ||
				      in_space_now(console), KTIME_MAX);
		if (err)
			return err;
	}
}

static ssize_t fop_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct isle_console_host *host = iocb->ki_filp->private_data;
	bool nowait = nonblocking(iocb);
	ssize_t done = 0, ret = 0;
	u8 buf[128];
	size_t len;

	if (isle_device_dead(&host->console->device))
		return -ENODEV;
	while (iov_iter_count(from)) {
		len = copy_from_iter(buf, min(sizeof(buf), iov_iter_count(from)),
				     from);
		ret = len ? type(host->console, buf, len, nowait) : -EFAULT;
		if (ret > 0)
			done += ret;
		if (ret < (ssize_t)len) {
			iov_iter_revert(from, len - max_t(ssize_t, ret, 0));
			/* There may be space again by now */
			if (ret > 0 && !nowait)
				continue;
			break;
		}
	}
	return done ?: ret;
}

static __poll_t fop_poll(struct file *file, poll_table *pt)
{
	struct isle_console_host *host = file->private_data;
	struct isle_console *console = host->console;
	__poll_t events = 0;

	poll_wait(file, &console->device.wait, pt);
	spin_lock(&console->lock);
	if (console->out.head != host->pos)
		events |= EPOLLIN | EPOLLRDNORM;
	if (isle_console_in_space(console))
		events |= EPOLLOUT | EPOLLWRNORM;
	spin_unlock(&console->lock);
	if (isle_device_dead(&console->device))
		events = (events & ~(EPOLLOUT | EPOLLWRNORM)) | EPOLLHUP |
			 EPOLLERR;
	return events;
}

static int ioctl_id(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_console_host *host = file->private_data;

	return isle_device_fill_id(&host->console->device, arg);
}

static int ioctl_info(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_console_host *host = file->private_data;

	return isle_console_fill_info(host->console, arg);
}

static const struct isle_ioctl ioctls[] = {
	ISLE_IOCTL(ISLE_DEVICE_ID, isle_device_id, name, ioctl_id),
	ISLE_IOCTL(ISLE_CONSOLE_INFO, isle_console_info, space, ioctl_info),
};

static long fop_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return isle_ioctl(ioctls, ARRAY_SIZE(ioctls), file, cmd,
			  (void __user *)arg);
}

static void end(struct isle_console_host *host)
{
	struct isle_console *console = host->console;

	spin_lock(&console->lock);
	list_del(&host->list);
	console->host_count--;
	spin_unlock(&console->lock);
	/* It may have been the one that held writers up */
	isle_console_wake(console, EPOLLOUT | EPOLLWRNORM);
	isle_device_put(&console->device);
	kfree(host);
}

static int fop_release(struct inode *inode, struct file *file)
{
	end(file->private_data);
	return 0;
}

static void fop_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct isle_console_host *host = file->private_data;

	isle_device_show(m, &host->console->device);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.read_iter = fop_read_iter,
	.write_iter = fop_write_iter,
	.poll = fop_poll,
	.unlocked_ioctl = fop_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = fop_release,
	.show_fdinfo = fop_show_fdinfo,
};

static int add_host(struct isle_console *console,
		    struct isle_console_host *host, bool replay)
{
	int err = -EBUSY;

	spin_lock(&console->lock);
	if (console->host_count < ISLE_CONSOLE_HOSTS_MAX) {
		host->pos = isle_replay_oldest(&console->out);
		if (!replay)
			host->pos = console->flags & ISLE_CONSOLE_HOLD ?
				    max(host->pos, console->seen) :
				    console->out.head;
		list_add_tail(&host->list, &console->hosts);
		console->host_count++;
		err = 0;
	}
	spin_unlock(&console->lock);
	return err;
}

/**
 * isle_console_attach() - open a host's end of a console
 * @device: the console's
 * @flags: ISLE_ATTACH_*
 *
 * Return: the file, or an ERR_PTR: -ENODEV, -EBUSY, -ENOMEM, ...
 */
struct file *isle_console_attach(struct isle_device *device, u32 flags)
{
	struct isle_console *console = to_isle_console(device);
	struct isle_console_host *host;
	struct file *file;
	int err;

	if (isle_device_dead(device))
		return ERR_PTR(-ENODEV);
	host = kzalloc(sizeof(*host), GFP_KERNEL_ACCOUNT);
	if (!host)
		return ERR_PTR(-ENOMEM);
	host->console = console;
	err = add_host(console, host, !(flags & ISLE_ATTACH_NO_REPLAY));
	if (err) {
		kfree(host);
		return ERR_PTR(err);
	}
	kref_get(&device->ref);
	file = anon_inode_getfile("[isle-console]", &fops, host, O_RDWR |
				  (flags & ISLE_ATTACH_NONBLOCK ? O_NONBLOCK : 0));
	if (IS_ERR(file))
		end(host);
	else
		file->f_mode |= FMODE_NOWAIT;
	return file;
}
