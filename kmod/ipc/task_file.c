// SPDX-License-Identifier: GPL-2.0
/*
 * The file of a task: ioctls, the mapped page, poll.
 *
 * private_data is the task, with a reference.  The mapping holds the file, so
 * the page is there for as long as the program can see it.
 */
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/uaccess.h>

#include "core/compat.h"
#include "core/ioctl.h"
#include "core/name.h"
#include "ipc/buffer.h"
#include "ipc/message.h"
#include "ipc/notify.h"
#include "ipc/shm.h"
#include "ipc/task.h"

/* The message lies in the program's memory: copy it in and out. */
static int ioctl_ipc(struct file *file, void *arg, struct isle_reply *reply)
{
	const u32 reads = ISLE_IPC_SEND | ISLE_IPC_CALL | ISLE_IPC_REPLY |
			  ISLE_IPC_ASYNC_SEND;
	const u32 writes = ISLE_IPC_CALL | ISLE_IPC_RECEIVE |
			   ISLE_IPC_ASYNC_RECEIVE;
	struct isle_ipc *ipc = arg;
	void __user *where = u64_to_user_ptr(ipc->message);
	struct isle_message message;
	s32 caller = 0;
	int err;

	if (ipc->flags & (reads | writes)) {
		if (!(ipc->flags & reads))
			memset(&message, 0, sizeof(message));
		else if (copy_from_user(&message, where, sizeof(message)))
			return -EFAULT;
	} else if (ipc->message) {
		return -EINVAL;
	}
	err = isle_ipc(file->private_data, ipc, &message, &caller);
	if (!err && ipc->flags & writes &&
	    copy_to_user(where, &message, sizeof(message))) {
		err = -EFAULT;
		/* The request is lost: do not let its sender wait for a reply */
		if (caller)
			isle_message_cancel(file->private_data, caller);
	}
	return err;
}

/* The message lies in the page that we share with the program */
static __always_inline int ipc_page(struct isle_task *task)
{
	/* Pairs with the release in map_page() */
	struct isle_task_page *page = smp_load_acquire(&task->page);
	struct isle_ipc ipc;

	if (unlikely(!page))
		return -EFAULT;
	memcpy(&ipc, &page->ipc, sizeof(ipc));
	barrier_data(&ipc);	/* it is not read from the page again */
	if (unlikely(ipc.size != sizeof(ipc) || ipc.message))
		return -EINVAL;
	return isle_ipc(task, &ipc, &page->message, NULL);
}

static int ioctl_timer(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_task_timer *timer = arg;

	return isle_timer_set(file->private_data, timer->milliseconds);
}

static int ioctl_buffer(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_task *task = file->private_data;
	struct isle_task_buffer *buffer = arg;
	int err;

	if (!isle_task_begin(task))
		return -EBUSY;
	err = isle_buffer_register(task, buffer->flags, buffer->address,
				   buffer->length);
	isle_task_done(task);
	return err;
}

static u32 count(struct list_head *list)
{
	struct list_head *node;
	u32 n = 0;

	list_for_each(node, list)
		n++;
	return n;
}

/**
 * isle_task_fill_info() - describe a task
 * @task: the task; the caller has a reference
 * @info: filled in but for its size
 */
void isle_task_fill_info(struct isle_task *task, struct isle_task_info *info)
{
	struct isle_task *target;

	info->flags = 0;
	info->task = task->id;
	info->domid = task->domain->id;
	info->pid = pid_vnr(task->pid);
	info->reserved = 0;
	info->peer = 0;
	memcpy(info->comm, task->comm, sizeof(info->comm));
	rcu_read_lock();
	spin_lock(&task->lock);
	info->pending = atomic_read(isle_notify_word(task));
	info->senders = count(&task->senders);
	info->callers = count(&task->callers);
	info->asyncs = task->n_asyncs;
	info->state = READ_ONCE(task->state);
	target = READ_ONCE(task->target);
	if (task->receiving)
		info->peer = task->in->from;
	else if (target)
		info->peer = target->id;
	spin_unlock(&task->lock);
	rcu_read_unlock();
}

static int ioctl_info(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_task *task = file->private_data, *other;
	struct isle_task_info *info = arg;

	if (info->flags > ISLE_TASK_NEXT || info->task < 0 ||
	    (info->flags == ISLE_TASK_SELF && info->task) ||
	    !isle_is_zero(&info->state, sizeof(*info) -
			  offsetof(struct isle_task_info, state)))
		return -EINVAL;
	if (info->flags == ISLE_TASK_SELF) {
		isle_task_fill_info(task, info);
		return 0;
	}
	other = isle_task_next(task->domain, info->task);
	if (!other)
		return -ENOENT;
	isle_task_fill_info(other, info);
	isle_task_put(other);
	return 0;
}

static int ioctl_shm_create(struct file *file, void *arg,
			    struct isle_reply *reply)
{
	struct isle_task_shm *shm = arg;
	int id;

	if (shm->id)
		return -EINVAL;
	id = isle_shm_create(file->private_data, shm->length);
	if (id < 0)
		return id;
	shm->id = id;
	return 0;
}

static void undo_shm_create(struct file *file, void *arg)
{
	struct isle_task_shm *shm = arg;

	isle_shm_close(file->private_data, shm->id);
}

static int ioctl_shm_close(struct file *file, void *arg,
			   struct isle_reply *reply)
{
	struct isle_task_shm *shm = arg;

	if (shm->length)
		return -EINVAL;
	return isle_shm_close(file->private_data, shm->id);
}

static const struct isle_ioctl ioctls[] = {
	/* What was sent cannot be fetched back */
	ISLE_IOCTL_QUIET(ISLE_TASK_IPC, isle_ipc, buffer_size, ioctl_ipc),
	ISLE_IOCTL(ISLE_TASK_TIMER, isle_task_timer, milliseconds, ioctl_timer),
	ISLE_IOCTL(ISLE_TASK_BUFFER, isle_task_buffer, length, ioctl_buffer),
	ISLE_IOCTL(ISLE_TASK_INFO, isle_task_info, comm, ioctl_info),
	ISLE_IOCTL_UNDO(ISLE_TASK_SHM_CREATE, isle_task_shm, length,
			ioctl_shm_create, undo_shm_create),
	ISLE_IOCTL(ISLE_TASK_SHM_CLOSE, isle_task_shm, length, ioctl_shm_close),
};

static long fop_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	struct isle_task *task = file->private_data;

	if (likely(cmd == ISLE_TASK_IPC && !arg))
		return ipc_page(task);
	if (READ_ONCE(task->dead))
		return -ENODEV;
	return isle_ioctl(ioctls, ARRAY_SIZE(ioctls), file, cmd,
			  (void __user *)arg);
}

static __poll_t fop_poll(struct file *file, poll_table *pt)
{
	struct isle_task *task = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &task->wait, pt);
	/* Whoever makes something ready wakes under this lock */
	spin_lock(&task->lock);
	if (atomic_read(isle_notify_word(task)) || !list_empty(&task->senders))
		events |= EPOLLIN | EPOLLRDNORM;
	if (!list_empty(&task->asyncs))
		events |= EPOLLRDBAND;
	if (task->dead)
		events |= EPOLLHUP | EPOLLERR;
	spin_unlock(&task->lock);
	return events;
}

/* The task's page, made if need be */
static struct isle_task_page *map_page(struct isle_task *task)
{
	struct isle_account *account = &task->domain->account;
	struct isle_task_page *page = READ_ONCE(task->page);
	int err;

	if (page)
		return page;
	err = isle_account_charge(account, ISLE_QUOTA_MESSAGES, PAGE_SIZE);
	if (err)
		return ERR_PTR(err);
	page = (void *)get_zeroed_page(GFP_KERNEL_ACCOUNT);
	if (!page) {
		isle_account_uncharge(account, ISLE_QUOTA_MESSAGES, PAGE_SIZE);
		return ERR_PTR(-ENOMEM);
	}
	page->ipc.size = sizeof(page->ipc);
	page->task = task->id;
	spin_lock(&task->lock);
	if (!task->page) {
		page->pending = task->pending;
		/* Pairs with the acquire in ipc_page() */
		smp_store_release(&task->page, page);
		page = NULL;
	}
	spin_unlock(&task->lock);
	if (page) {
		free_page((unsigned long)page);
		isle_account_uncharge(account, ISLE_QUOTA_MESSAGES, PAGE_SIZE);
	}
	return task->page;
}

static int fop_mmap(struct file *file, struct vm_area_struct *vma)
{
	struct isle_task *task = file->private_data;
	struct isle_task_page *page;

	if (!(vma->vm_flags & VM_SHARED) || vma->vm_flags & VM_EXEC)
		return -EINVAL;
	if (READ_ONCE(task->dead))
		return -ENODEV;
	if (vma->vm_pgoff)
		return isle_shm_mmap(task, vma);
	if (vma->vm_end - vma->vm_start != PAGE_SIZE)
		return -EINVAL;
	page = map_page(task);
	if (IS_ERR(page))
		return PTR_ERR(page);
	isle_vm_flags_mod(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP,
			  VM_MAYEXEC);
	return vm_insert_page(vma, vma->vm_start, virt_to_page(page));
}

/**
 * isle_task_state_name() - what people call what a task does
 * @state: enum isle_task_state
 *
 * Return: a word.
 */
const char *isle_task_state_name(enum isle_task_state state)
{
	static const char *const names[] = {
		[ISLE_TASK_IDLE] = "idle",
		[ISLE_TASK_RECEIVING] = "receiving",
		[ISLE_TASK_SENDING] = "sending",
		[ISLE_TASK_CALLING] = "calling",
	};

	return names[state];
}

static void fop_show_fdinfo(struct seq_file *m, struct file *file)
{
	struct isle_task_info info;

	isle_task_fill_info(file->private_data, &info);
	seq_printf(m, "task:\t%d\ndomain:\t%u\nstate:\t%s\npeer:\t%d\n",
		   info.task, info.domid, isle_task_state_name(info.state), info.peer);
	seq_printf(m, "pending:\t%#x\nsenders:\t%u\ncallers:\t%u\nasyncs:\t%u\n",
		   info.pending, info.senders, info.callers, info.asyncs);
}

static int fop_release(struct inode *inode, struct file *file)
{
	struct isle_task *task = file->private_data;
	struct isle_domain *domain;

	if (!task)
		return 0;
	domain = task->domain;
	isle_task_end(task);
	isle_domain_hold(domain);
	isle_task_put(task);
	isle_domain_detach_file(domain);
	isle_domain_put(domain);
	return 0;
}

const struct file_operations isle_task_fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = fop_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = fop_poll,
	.mmap = fop_mmap,
	.release = fop_release,
	.show_fdinfo = fop_show_fdinfo,
	.llseek = noop_llseek,
};
