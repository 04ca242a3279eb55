// SPDX-License-Identifier: GPL-2.0
/*
 * Reading from, writing to and polling files of evtchn: which ports have fired,
 * and which shall be heard of again.
 *
 * States, locks and lifetimes are those of evtchn.c.  Nothing is copied from or
 * to user memory under a lock.
 */
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "share/evtchn_file.h"

/* Numbers that are moved in one go, on the stack */
#define BATCH		32

/* What a reader has taken and may have to give back. */
struct taken {
	u64 serial;
	u32 number;
};

/* Whether a reader has nothing to wait for. */
static bool readable(struct isle_evtchn_file *f)
{
	return !list_empty(&f->pending) || isle_evtchn_dead(f);
}

/* Take at least one, and @max at most.  Value: how many, or an errno. */
static int take(struct isle_evtchn_file *f, struct taken *t, int max,
		bool wait)
{
	struct isle_evtchn *e;
	int n = 0, err = 0;

	spin_lock_irq(&f->wait.lock);
	if (list_empty(&f->pending) && wait)
		err = wait_event_interruptible_locked_irq(f->wait, readable(f));
	if (isle_evtchn_dead(f))
		err = -ENODEV;
	if (err)
		goto out;
	while (n < max && !list_empty(&f->pending)) {
		e = list_first_entry(&f->pending, struct isle_evtchn, pending);
		list_del(&e->pending);
		e->state = ISLE_EVTCHN_MASKED;
		t[n].number = e->number;
		t[n++].serial = e->serial;
	}
	err = n ? n : -EAGAIN;
out:
	spin_unlock_irq(&f->wait.lock);
	return err;
}

/* The reader cannot be told: put them back, in front, where they were. */
static noinline void give_back(struct isle_evtchn_file *f, struct taken *t,
			       int n)
{
	struct isle_evtchn *e;

	rcu_read_lock();
	spin_lock_irq(&f->wait.lock);
	while (--n >= 0) {
		e = isle_evtchn_find(f, t[n].number);
		if (!e || e->serial != t[n].serial || e->state == ISLE_EVTCHN_QUEUED ||
		    e->state == ISLE_EVTCHN_CLOSED)
			continue;
		isle_evtchn_enqueue(e);
		list_move(&e->pending, &f->pending);
	}
	spin_unlock_irq(&f->wait.lock);
	rcu_read_unlock();
}

static noinline ssize_t read_many(struct isle_evtchn_file *f,
				  struct iov_iter *iter, bool wait)
{
	size_t count = min_t(size_t, iov_iter_count(iter), PAGE_SIZE);
	struct taken t[BATCH];
	u32 numbers[BATCH];
	size_t done = 0;
	int i, n = 0;

	/* Whole numbers; Linux has the same limit */
	count /= sizeof(numbers[0]);
	while (done < count) {
		n = take(f, t, min_t(size_t, count - done, BATCH),
			 wait && !done);
		if (n < 0)
			break;
		for (i = 0; i < n; i++)
			numbers[i] = t[i].number;
		if (copy_to_iter(numbers, n * sizeof(numbers[0]), iter) !=
		    n * sizeof(numbers[0])) {
			give_back(f, t, n);
			n = -EFAULT;
			break;
		}
		done += n;
		if (n < BATCH)
			break;
	}
	return done ? done * sizeof(numbers[0]) : n;
}

static noinline ssize_t read_buffer(struct isle_evtchn_file *f,
				    char __user *buf, size_t count, bool wait)
{
	struct iov_iter iter;

	iov_iter_ubuf(&iter, ITER_DEST, buf, count);
	return read_many(f, &iter, wait);
}

ssize_t isle_evtchn_fop_read_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	return read_many(iocb->ki_filp->private_data, iter,
			 !(iocb->ki_flags & IOCB_NOWAIT) &&
			 !(iocb->ki_filp->f_flags & O_NONBLOCK));
}

/*
 * What read(2) takes, besides read_iter.  Libraries read one number at a time:
 * that goes without an iterator, or arrays for which the stack is cleared.
 */
ssize_t isle_evtchn_fop_read(struct file *file, char __user *buf, size_t count,
			     loff_t *pos)
{
	const bool wait = !(file->f_flags & O_NONBLOCK);
	struct isle_evtchn_file *f = file->private_data;
	struct taken t;
	int n;

	if (count < sizeof(t.number))
		return 0;
	if (count / sizeof(t.number) > 1)
		return read_buffer(f, buf, count, wait);
	n = take(f, &t, 1, wait);
	if (n < 0)
		return n;
	if (put_user(t.number, (u32 __user *)buf)) {
		give_back(f, &t, 1);
		return -EFAULT;
	}
	return sizeof(t.number);
}

static void unmask_list(struct isle_evtchn_file *f, const u32 *list, size_t n)
{
	bool first = false;
	struct isle_evtchn *e;

	rcu_read_lock();
	spin_lock_irq(&f->wait.lock);
	while (n--) {
		e = isle_evtchn_find(f, *list++);
		/* Linux ignores the others, too */
		if (e)
			first |= isle_evtchn_unmask(e);
	}
	spin_unlock_irq(&f->wait.lock);
	rcu_read_unlock();
	if (first)
		isle_evtchn_signal(f);
}

/* All or nothing. */
static noinline ssize_t write_many(struct isle_evtchn_file *f,
				   struct iov_iter *iter)
{
	size_t count = min_t(size_t, iov_iter_count(iter), PAGE_SIZE);
	u32 few[BATCH], *list = few;
	size_t i, n = count / sizeof(few[0]);
	bool copied;

	count = n * sizeof(few[0]);
	if (n > BATCH) {
		list = kmalloc(count, GFP_KERNEL);
		if (!list)
			return -ENOMEM;
	}
	copied = copy_from_iter_full(list, count, iter);
	for (i = 0; copied && i < n; i += BATCH)
		unmask_list(f, list + i, min_t(size_t, n - i, BATCH));
	if (list != few)
		kfree(list);
	return copied ? count : -EFAULT;
}

static noinline ssize_t write_buffer(struct isle_evtchn_file *f,
				     const char __user *buf, size_t count)
{
	struct iov_iter iter;

	iov_iter_ubuf(&iter, ITER_SOURCE, (char __user *)buf, count);
	return write_many(f, &iter);
}

ssize_t isle_evtchn_fop_write_iter(struct kiocb *iocb, struct iov_iter *iter)
{
	struct isle_evtchn_file *f = iocb->ki_filp->private_data;

	return isle_evtchn_dead(f) ? -ENODEV : write_many(f, iter);
}

ssize_t isle_evtchn_fop_write(struct file *file, const char __user *buf,
			      size_t count, loff_t *pos)
{
	struct isle_evtchn_file *f = file->private_data;
	u32 number;

	if (isle_evtchn_dead(f))
		return -ENODEV;
	if (count / sizeof(number) != 1)
		return write_buffer(f, buf, count);
	if (get_user(number, (const u32 __user *)buf))
		return -EFAULT;
	unmask_list(f, &number, 1);
	return sizeof(number);
}

__poll_t isle_evtchn_fop_poll(struct file *file, poll_table *wait)
{
	struct isle_evtchn_file *f = file->private_data;
	__poll_t mask = EPOLLOUT | EPOLLWRNORM;

	/* Its lock orders what is looked at after it with isle_evtchn_enqueue() */
	poll_wait(file, &f->wait, wait);
	if (!list_empty(&f->pending))
		mask |= EPOLLIN | EPOLLRDNORM;
	if (isle_evtchn_dead(f))
		mask |= EPOLLHUP | EPOLLERR;
	return mask;
}
