// SPDX-License-Identifier: GPL-2.0
/*
 * The helper: a program of the administrator that makes a file system.
 *
 * It runs as root, as a child of no process, with /dev/null as its three
 * standard files, so that what it prints does not end up on the disk, and the
 * block device as its file 3. That is how it gets at the device, whatever that
 * is called in the namespace it runs in: /proc/self/fd/3.
 *
 * A worker waits for it, in a sleep that could be killed and is therefore no
 * hung task. Whoever must not wait, because the time is over or the device was
 * removed, kills the helper; a timer looks after both.
 *
 * Locks: @lock protects the number by which it can be killed.
 */
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/jiffies.h>
#include <linux/kernel.h>
#include <linux/pid.h>
#include <linux/sched/signal.h>
#include <linux/umh.h>
#include <linux/workqueue.h>

#include "device/fs.h"
#include "device/fs_helper.h"
#include "device/fs_volume.h"

#define STANDARD_FILES	3
#define DEVICE_PATH	"/proc/self/fd/3"
#define LOOK_EVERY	(HZ / 5)

/**
 * struct helper - a helper that runs
 * @fs: for which device (constant)
 * @deadline: when it has to have ended, in jiffies (constant)
 * @watch: looks every now and then
 * @lock: protects @pid
 * @pid: NULL before it has begun and after it has ended; a reference
 * @why: why it was killed, a negative errno, or 0; written by @watch
 */
struct helper {
	struct isle_fs *fs;
	unsigned long deadline;
	struct delayed_work watch;
	spinlock_t lock;	/* see above */
	struct pid *pid;
	int why;
};

static int install(struct file *file, int wanted)
{
	int fd = get_unused_fd_flags(0);

	if (fd < 0)
		return fd;
	fd_install(fd, get_file(file));
	return fd == wanted ? 0 : -EMFILE;
}

static int install_all(struct file *null, struct file *device)
{
	int err = 0;
	int i;

	for (i = 0; !err && i < STANDARD_FILES; i++)
		err = install(null, i);
	return err ?: install(device, STANDARD_FILES);
}

/* In the helper's own task, before it becomes that program. */
static int helper_init(struct subprocess_info *info, struct cred *cred)
{
	struct helper *helper = info->data;
	struct file *null = filp_open("/dev/null", O_RDWR, 0);
	int err;

	if (IS_ERR(null))
		return PTR_ERR(null);
	err = install_all(null, helper->fs->file);
	fput(null);
	if (err)
		return err;
	spin_lock(&helper->lock);
	helper->pid = get_pid(task_pid(current));
	spin_unlock(&helper->lock);
	return 0;
}

static void watch(struct work_struct *work)
{
	struct helper *helper =
		container_of(work, struct helper, watch.work);

	if (isle_device_dead(&helper->fs->device))
		helper->why = -ENODEV;
	else if (time_after_eq(jiffies, helper->deadline))
		helper->why = -ETIMEDOUT;
	if (helper->why) {
		spin_lock(&helper->lock);
		if (helper->pid)
			kill_pid(helper->pid, SIGKILL, 1);
		spin_unlock(&helper->lock);
	}
	/* It may not have begun when we wanted to kill it */
	queue_delayed_work(system_wq, &helper->watch, LOOK_EVERY);
}

/* What its end means: @ret is an errno if it did not begin, else a status. */
static int outcome(const struct helper *helper, int ret)
{
	switch (ret) {
	case 0:
		return 0;
	case -ENOMEM:
	case -EINTR:
		return ret;
	}
	if (ret < 0)
		return -ENOEXEC;
	return helper->why ?: -EIO;
}

/**
 * isle_fs_helper_run() - have a file system made
 * @fs: the device, which has a helper; nothing is mounted
 * @bytes: how large it shall be
 * @deadline: when the helper is given up, in jiffies
 *
 * Context: a worker; sleeps.
 * Return: 0, -ENOEXEC, -EIO, -ETIMEDOUT, -ENODEV, -ENOMEM. The helper has
 * ended.
 */
int isle_fs_helper_run(struct isle_fs *fs, u64 bytes, unsigned long deadline)
{
	struct helper helper = { .fs = fs, .deadline = deadline };
	struct subprocess_info *info;
	char size[24];
	char *argv[5], *envp[3];
	int ret;

	snprintf(size, sizeof(size), "%llu", bytes);
	argv[0] = fs->helper;
	argv[1] = (char *)isle_fs_type_name(fs->type);
	argv[2] = DEVICE_PATH;
	argv[3] = size;
	argv[4] = NULL;
	envp[0] = "HOME=/";
	envp[1] = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	envp[2] = NULL;
	spin_lock_init(&helper.lock);
	info = call_usermodehelper_setup(fs->helper, argv, envp, GFP_KERNEL,
					 helper_init, NULL, &helper);
	if (!info)
		return -ENOMEM;
	INIT_DELAYED_WORK_ONSTACK(&helper.watch, watch);
	queue_delayed_work(system_wq, &helper.watch, LOOK_EVERY);
	/* Nobody kills a worker: when this returns, the helper has ended */
	ret = call_usermodehelper_exec(info, UMH_WAIT_PROC | UMH_KILLABLE);
	cancel_delayed_work_sync(&helper.watch);
	destroy_delayed_work_on_stack(&helper.watch);
	put_pid(helper.pid);
	return outcome(&helper, ret);
}
