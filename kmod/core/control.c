// SPDX-License-Identifier: GPL-2.0
/*
 * /dev/isle/control: the administrator's ioctls.
 *
 * Nothing is kept per open file: every call names its domain by number. Each
 * handler checks its struct, finds the domain, and leaves the rest to the
 * object. Whoever has the node open may do all of it.
 */
#include <linux/err.h>
#include <linux/module.h>
#include <linux/uidgid.h>
#include <xen/xen.h>
#include <isle/control.h>

#include "core/control.h"
#include "core/device.h"
#include "core/domain.h"
#include "core/ioctl.h"
#include "core/link.h"
#include "core/name.h"
#include "core/node.h"

static struct isle_node *node;

static int info(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_ctl_info *info = arg;

	if (info->abi_version || info->domains || info->max_domains)
		return -EINVAL;
	info->abi_version = ISLE_ABI_VERSION;
	info->domains = isle_domain_count();
	info->max_domains = ISLE_DOMID_MAX - ISLE_DOMID_MIN + 1;
	return 0;
}

static int domain_create(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_domain_create *create = arg;
	struct isle_domain *domain;
	int fd;

	if (create->flags || create->domid || create->fd || create->unique)
		return -EINVAL;
	if (!isle_is_zero(create->name, sizeof(create->name))) {
		if (!isle_name_valid(create->name) ||
		    !strcmp(create->name, "control") ||
		    !strcmp(create->name, "self"))
			return -EINVAL;
	}

	domain = isle_domain_create(create->name);
	if (IS_ERR(domain))
		return PTR_ERR(domain);
	fd = isle_reply_file(reply, isle_domain_open(domain));
	if (fd >= 0) {
		create->fd = fd;
		create->domid = domain->id;
		create->unique = domain->unique;
		memcpy(create->name, domain->name, sizeof(create->name));
	}
	/* The file is a user now; without one this is the end of the domain */
	isle_domain_unuse(domain);
	isle_domain_put(domain);
	return fd < 0 ? fd : 0;
}

static int domain_publish(struct file *file, void *arg,
			  struct isle_reply *reply)
{
	struct isle_domain_publish *publish = arg;
	struct isle_node_perm perm = {
		.uid = make_kuid(current_user_ns(), publish->uid),
		.gid = make_kgid(current_user_ns(), publish->gid),
		.mode = publish->mode,
	};
	struct isle_domain *domain;
	int err;

	if (publish->flags & ~ISLE_PUBLISH_XEN || publish->mode & ~0777U ||
	    !uid_valid(perm.uid) || !gid_valid(perm.gid))
		return -EINVAL;
	if (publish->flags & ISLE_PUBLISH_XEN && xen_domain())
		return -EOPNOTSUPP;
	domain = isle_domain_get(publish->domid);
	if (!domain)
		return -ENOENT;
	err = isle_domain_publish(domain, &perm,
				  publish->flags & ISLE_PUBLISH_XEN);
	isle_domain_put(domain);
	/* On this file it is the domain that is missing, not the device */
	return err == -ENODEV ? -ENOENT : err;
}

static int domain_destroy(struct file *file, void *arg,
			  struct isle_reply *reply)
{
	struct isle_domain_destroy *destroy = arg;
	struct isle_domain *domain;
	int err;

	if (destroy->flags & ~ISLE_DEL_NOWAIT || destroy->reserved)
		return -EINVAL;
	domain = isle_domain_get(destroy->domid);
	if (!domain)
		return -ENOENT;
	err = isle_domain_destroy(domain);
	if (!err && !(destroy->flags & ISLE_DEL_NOWAIT))
		err = isle_domain_drain(domain);
	isle_domain_put(domain);
	return err;
}

static int domain_open(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_domain_open *open = arg;
	struct isle_domain *domain;
	int fd;

	if (open->flags || open->fd)
		return -EINVAL;
	domain = isle_domain_get(open->domid);
	if (!domain)
		return -ENOENT;
	fd = isle_reply_file(reply, isle_domain_open(domain));
	isle_domain_put(domain);
	if (fd < 0)
		return fd == -ENODEV ? -ENOENT : fd;
	open->fd = fd;
	return 0;
}

static int domain_info(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_domain_info *info = arg;
	bool by_name = info->flags == ISLE_FIND_NAME;
	struct isle_domain *domain;

	if (info->flags > ISLE_FIND_NEXT || info->state ||
	    !isle_is_zero(&info->unique,
			  sizeof(*info) - offsetof(typeof(*info), unique)) ||
	    (by_name && info->domid) ||
	    (!by_name && !isle_is_zero(info->name, sizeof(info->name))) ||
	    (by_name && !isle_name_valid(info->name)))
		return -EINVAL;

	if (info->flags == ISLE_FIND_DOMID)
		domain = isle_domain_get(info->domid);
	else if (info->flags == ISLE_FIND_NEXT)
		domain = isle_domain_get_next(info->domid);
	else
		domain = isle_domain_get_name(info->name);
	if (!domain)
		return -ENOENT;
	isle_domain_fill_info(domain, info);
	isle_domain_put(domain);
	return 0;
}

/* Carry out @op on the two domains of @link. */
static int on_pair(const struct isle_link *link,
		   int (*op)(struct isle_domain *a, struct isle_domain *b))
{
	struct isle_domain *a, *b;
	int err = -ENOENT;

	if (link->flags)
		return -EINVAL;
	a = isle_domain_get(link->domid);
	if (!a)
		return err;
	b = isle_domain_get(link->peer);
	if (b) {
		err = op(a, b);
		isle_domain_put(b);
	}
	isle_domain_put(a);
	return err;
}

static int link(struct file *file, void *arg, struct isle_reply *reply)
{
	return on_pair(arg, isle_link);
}

static int unlink(struct file *file, void *arg, struct isle_reply *reply)
{
	return on_pair(arg, isle_unlink);
}

static int link_next(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_link_next *next = arg;
	struct isle_domain *domain, *peer;

	if (next->flags || next->peer > ISLE_DOMID_MAX ||
	    !isle_is_zero(next->name, sizeof(next->name)))
		return -EINVAL;
	domain = isle_domain_get(next->domid);
	if (!domain)
		return -ENOENT;
	peer = isle_link_next(domain, next->peer);
	isle_domain_put(domain);
	if (!peer)
		return -ENOENT;
	next->peer = peer->id;
	memcpy(next->name, peer->name, sizeof(next->name));
	isle_domain_put(peer);
	return 0;
}

static int quota_get(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_quota *quota = arg;
	struct isle_domain *domain;

	if (quota->kind >= ISLE_QUOTA_KINDS || quota->flags || quota->limit ||
	    quota->used)
		return -EINVAL;
	domain = isle_domain_get(quota->domid);
	if (!domain)
		return -ENOENT;
	quota->limit = isle_account_limit(&domain->account, quota->kind);
	quota->used = isle_account_used(&domain->account, quota->kind);
	isle_domain_put(domain);
	return 0;
}

static int quota_set(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_quota *quota = arg;
	struct isle_domain *domain;
	int err;

	if (quota->kind >= ISLE_QUOTA_KINDS || quota->flags || quota->used)
		return -EINVAL;
	domain = isle_domain_get(quota->domid);
	if (!domain)
		return -ENOENT;
	err = isle_account_set_limit(&domain->account, quota->kind,
				     quota->limit);
	isle_domain_put(domain);
	return err;
}

static int device_add(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_device_add *add = arg;
	struct isle_domain *domain;
	int err;

	if (add->flags || add->unique)
		return -EINVAL;
	domain = isle_domain_get(add->domid);
	if (!domain)
		return -ENOENT;
	err = isle_device_add(domain, add);
	isle_domain_put(domain);
	return err;
}

static void device_add_undo(struct file *file, void *arg)
{
	struct isle_device_add *add = arg;
	struct isle_domain *domain = isle_domain_get(add->domid);

	if (!domain)
		return;
	isle_device_remove(domain, add->dev_class, add->name, add->unique, true);
	isle_domain_put(domain);
}

static int device_del(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_device_del *del = arg;
	struct isle_domain *domain;
	int err;

	if (del->flags & ~ISLE_DEL_NOWAIT || !isle_name_valid(del->name))
		return -EINVAL;
	domain = isle_domain_get(del->domid);
	if (!domain)
		return -ENOENT;
	err = isle_device_remove(domain, del->dev_class, del->name, 0,
				 !(del->flags & ISLE_DEL_NOWAIT));
	isle_domain_put(domain);
	return err;
}

static int device_next(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_device_next *next = arg;
	struct isle_domain *domain;
	int err;

	if (next->dev_class || next->flags ||
	    !isle_is_zero(next->name, sizeof(next->name)))
		return -EINVAL;
	domain = isle_domain_get(next->domid);
	if (!domain)
		return -ENOENT;
	err = isle_device_next(domain, next);
	isle_domain_put(domain);
	return err;
}

static int device_attach(struct file *file, void *arg, struct isle_reply *reply)
{
	const u32 known = ISLE_ATTACH_NO_REPLAY | ISLE_ATTACH_NONBLOCK;
	struct isle_device_attach *attach = arg;
	struct isle_domain *domain;
	int fd;

	if (attach->flags & ~known || attach->fd || attach->reserved ||
	    !isle_name_valid(attach->name))
		return -EINVAL;
	domain = isle_domain_get(attach->domid);
	if (!domain)
		return -ENOENT;
	fd = isle_reply_file(reply, isle_device_attach(domain, attach));
	isle_domain_put(domain);
	/* On this file it is the device that is missing */
	if (fd < 0)
		return fd == -ENODEV ? -ENOENT : fd;
	attach->fd = fd;
	return 0;
}

static int device_connect(struct file *file, void *arg,
			  struct isle_reply *reply)
{
	struct isle_device_connect *connect = arg;
	struct isle_domain *domain, *peer;
	int err = -ENOENT;

	if (connect->flags || connect->reserved ||
	    !isle_name_valid(connect->name) ||
	    !isle_name_valid(connect->peer_name))
		return -EINVAL;
	domain = isle_domain_get(connect->domid);
	if (!domain)
		return -ENOENT;
	peer = isle_domain_get(connect->peer);
	if (peer) {
		err = isle_device_connect(domain, peer, connect);
		isle_domain_put(peer);
	}
	isle_domain_put(domain);
	/* On this file it is the device that is missing */
	return err == -ENODEV ? -ENOENT : err;
}

static int device_disconnect(struct file *file, void *arg,
			     struct isle_reply *reply)
{
	struct isle_device_connect *connect = arg;
	struct isle_domain *domain;
	int err;

	if (connect->peer || connect->flags || connect->reserved ||
	    !isle_name_valid(connect->name) ||
	    !isle_is_zero(connect->peer_name, sizeof(connect->peer_name)))
		return -EINVAL;
	domain = isle_domain_get(connect->domid);
	if (!domain)
		return -ENOENT;
	err = isle_device_disconnect(domain, connect);
	isle_domain_put(domain);
	return err == -ENODEV ? -ENOENT : err;
}

static const struct isle_ioctl ioctls[] = {
	ISLE_IOCTL(ISLE_CTL_INFO, isle_ctl_info, max_domains, info),
	ISLE_IOCTL(ISLE_CTL_DOMAIN_CREATE, isle_domain_create, unique,
		   domain_create),
	ISLE_IOCTL(ISLE_CTL_DOMAIN_PUBLISH, isle_domain_publish, flags,
		   domain_publish),
	ISLE_IOCTL(ISLE_CTL_DOMAIN_DESTROY, isle_domain_destroy, reserved,
		   domain_destroy),
	ISLE_IOCTL(ISLE_CTL_DOMAIN_OPEN, isle_domain_open, fd, domain_open),
	ISLE_IOCTL(ISLE_CTL_DOMAIN_INFO, isle_domain_info, reserved,
		   domain_info),
	ISLE_IOCTL(ISLE_CTL_LINK, isle_link, flags, link),
	ISLE_IOCTL(ISLE_CTL_UNLINK, isle_link, flags, unlink),
	ISLE_IOCTL(ISLE_CTL_LINK_NEXT, isle_link_next, name, link_next),
	ISLE_IOCTL(ISLE_CTL_QUOTA_GET, isle_quota, used, quota_get),
	ISLE_IOCTL(ISLE_CTL_QUOTA_SET, isle_quota, used, quota_set),
	ISLE_IOCTL_UNDO(ISLE_CTL_DEVICE_ADD, isle_device_add, unique,
			device_add, device_add_undo),
	ISLE_IOCTL(ISLE_CTL_DEVICE_DEL, isle_device_del, name, device_del),
	ISLE_IOCTL(ISLE_CTL_DEVICE_NEXT, isle_device_next, name, device_next),
	ISLE_IOCTL(ISLE_CTL_DEVICE_CONNECT, isle_device_connect, peer_name,
		   device_connect),
	ISLE_IOCTL(ISLE_CTL_DEVICE_DISCONNECT, isle_device_connect, peer_name,
		   device_disconnect),
	ISLE_IOCTL(ISLE_CTL_DEVICE_ATTACH, isle_device_attach, reserved,
		   device_attach),
};

static long fop_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return isle_ioctl(ioctls, ARRAY_SIZE(ioctls), file, cmd,
			  (void __user *)arg);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = fop_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.llseek = noop_llseek,
};

static int node_open(void *object, struct file *file)
{
	const fmode_t need = FMODE_READ | FMODE_WRITE;

	return (file->f_mode & need) == need ? 0 : -EACCES;
}

/* The control node stands for the module itself */
static void node_ref(void *object)
{
}

static const struct isle_node_type node_type = {
	.open = node_open,
	.get = node_ref,
	.put = node_ref,
	.fops = &fops,
};

/**
 * isle_control_init() - offer /dev/isle/control
 *
 * Return: 0 or a negative errno.
 */
int isle_control_init(void)
{
	static const struct isle_node_perm perm = { .mode = 0600 };

	node = isle_node_add(&node_type, NULL, &perm, "isle!control");
	return PTR_ERR_OR_ZERO(node);
}

/**
 * isle_control_exit() - undo isle_control_init()
 */
void isle_control_exit(void)
{
	isle_node_del(node);
}
