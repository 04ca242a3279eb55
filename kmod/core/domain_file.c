// SPDX-License-Identifier: GPL-2.0
/*
 * The file that acts as a domain: what its holder can ask and open.
 *
 * private_data is the domain; the file has a reference and is a user. It does
 * not hand out anything of other domains except the names of linked ones.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/poll.h>

#include "core/device.h"
#include "core/domain.h"
#include "core/ioctl.h"
#include "core/link.h"
#include "core/live.h"
#include "core/name.h"
#include "core/part.h"

/**
 * isle_domain_attach_file() - let one more file act as a domain
 * @domain: the domain; the caller has a reference
 *
 * The file gets a reference, becomes a user and is charged to the domain.
 *
 * Return: 0, -ENODEV if the domain is dead, -EDQUOT.
 */
int isle_domain_attach_file(struct isle_domain *domain)
{
	int err;

	if (isle_domain_dead(domain) || !isle_domain_use(domain))
		return -ENODEV;
	err = isle_account_charge(&domain->account, ISLE_QUOTA_FILES, 1);
	if (err) {
		isle_domain_unuse(domain);
		return err;
	}
	isle_domain_hold(domain);
	isle_live_inc(ISLE_LIVE_FILES);
	return 0;
}

/**
 * isle_domain_detach_file() - undo isle_domain_attach_file()
 * @domain: the domain
 *
 * Context: process; sleeps.
 */
void isle_domain_detach_file(struct isle_domain *domain)
{
	isle_account_uncharge(&domain->account, ISLE_QUOTA_FILES, 1);
	isle_live_dec(ISLE_LIVE_FILES);
	isle_domain_unuse(domain);
	isle_domain_put(domain);
}

/**
 * isle_domain_fill_info() - describe a domain
 * @domain: the domain; the caller has a reference
 * @info: filled in but for its size
 */
void isle_domain_fill_info(struct isle_domain *domain,
			   struct isle_domain_info *info)
{
	struct isle_account *account = &domain->account;

	info->flags = 0;
	info->domid = domain->id;
	info->state = 0;
	mutex_lock(&domain->lock);
	if (domain->node)
		info->state = ISLE_DOMAIN_PUBLISHED |
			      (domain->xen ? ISLE_DOMAIN_XEN : 0);
	mutex_unlock(&domain->lock);
	memcpy(info->name, domain->name, sizeof(info->name));
	info->unique = domain->unique;
	info->devices = isle_device_count(domain);
	info->links = isle_account_used(account, ISLE_QUOTA_LINKS);
	info->files = isle_account_used(account, ISLE_QUOTA_FILES);
	info->reserved = 0;
}

/**
 * isle_domain_show() - print a domain for people
 * @m: where to
 * @domain: the domain; the caller has a reference
 */
void isle_domain_show(struct seq_file *m, struct isle_domain *domain)
{
	enum isle_quota_kind kind;

	seq_printf(m, "domain %u %s unique=%llu%s%s", domain->id, domain->name,
		   domain->unique,
		   READ_ONCE(domain->node) ? " published" : "",
		   isle_domain_dead(domain) ? " destroyed" : "");
	for (kind = 0; kind < ISLE_QUOTA_KINDS; kind++)
		seq_printf(m, " %s=%llu/%llu", isle_quota_name(kind),
			   isle_account_used(&domain->account, kind),
			   isle_account_limit(&domain->account, kind));
	seq_putc(m, '\n');
}

static int ioctl_info(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_domain_info *info = arg;

	if (!isle_is_zero(&info->flags, sizeof(*info) - sizeof(info->size)))
		return -EINVAL;
	isle_domain_fill_info(file->private_data, info);
	return 0;
}

static int ioctl_quota(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_domain *domain = file->private_data;
	struct isle_quota *quota = arg;

	if (quota->domid || quota->flags || quota->limit || quota->used ||
	    quota->kind >= ISLE_QUOTA_KINDS)
		return -EINVAL;
	quota->limit = isle_account_limit(&domain->account, quota->kind);
	quota->used = isle_account_used(&domain->account, quota->kind);
	return 0;
}

static int ioctl_link_next(struct file *file, void *arg,
			   struct isle_reply *reply)
{
	struct isle_link_next *next = arg;
	struct isle_domain *peer;

	if (next->domid || next->flags || next->peer > ISLE_DOMID_MAX ||
	    !isle_is_zero(next->name, sizeof(next->name)))
		return -EINVAL;
	peer = isle_link_next(file->private_data, next->peer);
	if (!peer)
		return -ENOENT;
	next->peer = peer->id;
	memcpy(next->name, peer->name, sizeof(next->name));
	isle_domain_put(peer);
	return 0;
}

static int ioctl_device_next(struct file *file, void *arg,
			     struct isle_reply *reply)
{
	struct isle_device_next *next = arg;

	if (next->domid || next->dev_class || next->flags ||
	    !isle_is_zero(next->name, sizeof(next->name)))
		return -EINVAL;
	return isle_device_next(file->private_data, next);
}

static int ioctl_device_open(struct file *file, void *arg,
			     struct isle_reply *reply)
{
	const u32 known = ISLE_OPEN_READ | ISLE_OPEN_WRITE | ISLE_OPEN_NONBLOCK;
	struct isle_device_open *open = arg;
	int fd;

	if (open->flags & ~known || open->fd ||
	    !(open->flags & (ISLE_OPEN_READ | ISLE_OPEN_WRITE)) ||
	    !isle_name_valid(open->name))
		return -EINVAL;
	fd = isle_reply_file(reply, isle_device_open(file->private_data, open));
	if (fd < 0)
		return fd;
	open->fd = fd;
	return 0;
}

static int ioctl_part_open(struct file *file, void *arg,
			   struct isle_reply *reply)
{
	struct isle_part_open *open = arg;
	int fd;

	if (open->flags & ~ISLE_OPEN_NONBLOCK || open->fd)
		return -EINVAL;
	fd = isle_reply_file(reply, isle_face_open(file->private_data,
						   open->part,
						   open->flags ? O_NONBLOCK : 0));
	if (fd < 0)
		return fd;
	open->fd = fd;
	return 0;
}

static const struct isle_ioctl ioctls[] = {
	ISLE_IOCTL(ISLE_DOMAIN_INFO, isle_domain_info, reserved, ioctl_info),
	ISLE_IOCTL(ISLE_DOMAIN_QUOTA, isle_quota, used, ioctl_quota),
	ISLE_IOCTL(ISLE_DOMAIN_LINK_NEXT, isle_link_next, name,
		   ioctl_link_next),
	ISLE_IOCTL(ISLE_DOMAIN_DEVICE_NEXT, isle_device_next, name,
		   ioctl_device_next),
	ISLE_IOCTL(ISLE_DOMAIN_DEVICE_OPEN, isle_device_open, name,
		   ioctl_device_open),
	ISLE_IOCTL(ISLE_DOMAIN_PART_OPEN, isle_part_open, fd, ioctl_part_open),
};

static long fop_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (isle_domain_dead(file->private_data))
		return -ENODEV;
	return isle_ioctl(ioctls, ARRAY_SIZE(ioctls), file, cmd,
			  (void __user *)arg);
}

static __poll_t fop_poll(struct file *file, poll_table *pt)
{
	struct isle_domain *domain = file->private_data;

	poll_wait(file, &domain->wait, pt);
	return isle_domain_dead(domain) ? EPOLLHUP | EPOLLERR : 0;
}

static void fop_show_fdinfo(struct seq_file *m, struct file *file)
{
	isle_domain_show(m, file->private_data);
}

static int fop_release(struct inode *inode, struct file *file)
{
	struct isle_domain *domain = file->private_data;

	if (domain)
		isle_domain_detach_file(domain);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = fop_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.poll = fop_poll,
	.release = fop_release,
	.show_fdinfo = fop_show_fdinfo,
	.llseek = noop_llseek,
};

static int attach(struct isle_domain *domain, struct file *file)
{
	int err = isle_domain_attach_file(domain);

	if (!err)
		file->private_data = domain;
	return err;
}

/**
 * isle_domain_open() - make a file that acts as a domain
 * @domain: the domain; the caller has a reference
 *
 * Return: the file, or an ERR_PTR: -ENODEV, -EDQUOT, -ENOMEM.
 */
struct file *isle_domain_open(struct isle_domain *domain)
{
	struct file *file;
	int err;

	file = anon_inode_getfile("[isle-domain]", &fops, NULL, O_RDWR);
	if (IS_ERR(file))
		return file;
	err = attach(domain, file);
	if (err) {
		/* fop_release() sees that there is nothing to do */
		fput(file);
		return ERR_PTR(err);
	}
	return file;
}

static int node_open(void *object, struct file *file)
{
	return attach(object, file);
}

static void node_get(void *object)
{
	isle_domain_hold(object);
}

static void node_put(void *object)
{
	isle_domain_put(object);
}

const struct isle_node_type isle_domain_node = {
	.open = node_open,
	.get = node_get,
	.put = node_put,
	.fops = &fops,
	.groups = isle_domain_groups,
};
