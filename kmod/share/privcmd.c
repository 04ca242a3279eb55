// SPDX-License-Identifier: GPL-2.0
/*
 * The Xen face of what isle does not have: /dev/xen/privcmd, by which the tools
 * of a Xen host make hypercalls.
 *
 * Libraries open it to ask harmless questions before they use what they came
 * for, so opening works, and every question is answered with EPERM, as a Xen
 * guest without privilege would be.
 */
#include <linux/fs.h>
#include <linux/module.h>
#include <xen/interface/xen.h>
#include <xen/privcmd.h>

#include "core/domain.h"
#include "core/part.h"
#include "share/privcmd.h"

static long fop_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	if (isle_domain_dead(file->private_data))
		return -ENODEV;
	switch (cmd) {
	case IOCTL_PRIVCMD_HYPERCALL:
	case IOCTL_PRIVCMD_MMAP:
	case IOCTL_PRIVCMD_MMAPBATCH:
	case IOCTL_PRIVCMD_MMAPBATCH_V2:
	case IOCTL_PRIVCMD_DM_OP:
	case IOCTL_PRIVCMD_RESTRICT:
	case IOCTL_PRIVCMD_MMAP_RESOURCE:
		return -EPERM;
	}
	return -ENOTTY;
}

static int fop_release(struct inode *inode, struct file *file)
{
	if (file->private_data)
		isle_domain_detach_file(file->private_data);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = fop_ioctl,
	.release = fop_release,
	.llseek = noop_llseek,
};

static int face_open(struct isle_domain *domain, struct file *file)
{
	return 0;
}

static const struct isle_face face = {
	.id = ISLE_OPEN_PRIVCMD,
	.name = "xen!privcmd",
	.xen = true,
	.fops = &fops,
	.open = face_open,
};

/**
 * isle_privcmd_init() - offer privcmd
 *
 * Return: 0 or a negative errno.
 */
int isle_privcmd_init(void)
{
	return isle_face_register(&face);
}

/**
 * isle_privcmd_exit() - undo isle_privcmd_init()
 */
void isle_privcmd_exit(void)
{
	isle_face_unregister(&face);
}
