/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_GRANT_COPY_H
#define ISLE_SHARE_GRANT_COPY_H

#include <linux/compiler.h>

struct ioctl_gntdev_grant_copy;
struct isle_domain;

int isle_grant_copy(struct isle_domain *domain,
		    struct ioctl_gntdev_grant_copy __user *arg);

#endif /* ISLE_SHARE_GRANT_COPY_H */
