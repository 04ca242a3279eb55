// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * The administrator's side.  A control owns the file /dev/isle/control, open.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

EXPORT int isle_control_open(struct isle_control **control)
{
	struct isle_control *ctl = malloc(sizeof(*ctl));
	int rc;

	if (!ctl)
		return -ENOMEM;
	ctl->fd = open(ISLE_DEV "control", O_RDWR | O_CLOEXEC);
	if (ctl->fd < 0) {
		rc = -errno;
		free(ctl);
		return rc;
	}
	*control = ctl;
	return 0;
}

EXPORT void isle_control_close(struct isle_control *control)
{
	if (!control)
		return;
	close(control->fd);
	free(control);
}

EXPORT int isle_control_fd(const struct isle_control *control)
{
	return control->fd;
}

EXPORT int isle_control_info(struct isle_control *control, struct isle_ctl_info *info)
{
	int rc = isle_struct_begin(info, ISLE_SIZE_TO(struct isle_ctl_info, max_domains));

	return rc ? rc : isle_ioctl_sized(control->fd, ISLE_CTL_INFO, info);
}

EXPORT int isle_control_domain_create(struct isle_control *control, const char *name,
				      struct isle_domain **domain)
{
	struct isle_domain_create arg = { .size = sizeof(arg) };
	int rc = name ? isle_name_copy(arg.name, name) : 0;

	if (rc)
		return rc;
	rc = isle_ioctl(control->fd, ISLE_CTL_DOMAIN_CREATE, &arg);
	if (rc)
		return rc;
	rc = isle_domain_wrap(arg.fd, domain);
	if (rc) {
		/* With its only file gone, so is the domain. */
		close(arg.fd);
		return rc;
	}
	return (int)arg.domid;
}

EXPORT int isle_control_domain_publish(struct isle_control *control, uint32_t domid,
				       uint32_t mode, uint32_t uid, uint32_t gid,
				       uint32_t flags)
{
	struct isle_domain_publish arg = {
		.size = sizeof(arg),
		.domid = domid,
		.mode = mode,
		.uid = uid,
		.gid = gid,
		.flags = flags,
	};

	return isle_ioctl(control->fd, ISLE_CTL_DOMAIN_PUBLISH, &arg);
}

EXPORT int isle_control_domain_destroy(struct isle_control *control, uint32_t domid,
				       uint32_t flags)
{
	struct isle_domain_destroy arg = {
		.size = sizeof(arg),
		.domid = domid,
		.flags = flags,
	};

	return isle_ioctl(control->fd, ISLE_CTL_DOMAIN_DESTROY, &arg);
}

EXPORT int isle_control_domain_open(struct isle_control *control, uint32_t domid,
				    struct isle_domain **domain)
{
	struct isle_domain_open arg = { .size = sizeof(arg), .domid = domid };
	int rc = isle_ioctl(control->fd, ISLE_CTL_DOMAIN_OPEN, &arg);

	if (rc)
		return rc;
	rc = isle_domain_wrap(arg.fd, domain);
	if (rc)
		close(arg.fd);
	return rc;
}

static int find(struct isle_control *control, uint32_t how, uint32_t domid,
		const char *name, struct isle_domain_info *info)
{
	int rc = isle_struct_begin(info, ISLE_SIZE_TO(struct isle_domain_info, reserved));

	if (rc)
		return rc;
	info->flags = how;
	info->domid = domid;
	rc = name ? isle_name_copy(info->name, name) : 0;
	return rc ? rc : isle_ioctl_sized(control->fd, ISLE_CTL_DOMAIN_INFO, info);
}

EXPORT int isle_control_domain_info(struct isle_control *control, uint32_t domid,
				    struct isle_domain_info *info)
{
	return find(control, ISLE_FIND_DOMID, domid, NULL, info);
}

EXPORT int isle_control_domain_find(struct isle_control *control, const char *name,
				    struct isle_domain_info *info)
{
	return find(control, ISLE_FIND_NAME, 0, name, info);
}

EXPORT int isle_control_domain_next(struct isle_control *control, uint64_t *cursor,
				    struct isle_domain_info *info)
{
	int rc;

	if (*cursor > ISLE_DOMID_MAX)
		return 0;
	rc = find(control, ISLE_FIND_NEXT, (uint32_t)*cursor, NULL, info);
	if (rc)
		return rc == -ENOENT ? 0 : rc;
	*cursor = info->domid + 1;
	return 1;
}

static int link_ioctl(struct isle_control *control, unsigned long cmd, uint32_t domid,
		      uint32_t peer)
{
	struct isle_link arg = { .size = sizeof(arg), .domid = domid, .peer = peer };

	return isle_ioctl(control->fd, cmd, &arg);
}

EXPORT int isle_control_link(struct isle_control *control, uint32_t domid, uint32_t peer)
{
	return link_ioctl(control, ISLE_CTL_LINK, domid, peer);
}

EXPORT int isle_control_unlink(struct isle_control *control, uint32_t domid, uint32_t peer)
{
	return link_ioctl(control, ISLE_CTL_UNLINK, domid, peer);
}

EXPORT int isle_control_link_next(struct isle_control *control, uint32_t domid,
				  uint64_t *cursor, struct isle_link_next *link)
{
	return isle_next_link(control->fd, ISLE_CTL_LINK_NEXT, domid, cursor, link);
}

EXPORT int isle_control_quota_get(struct isle_control *control, uint32_t domid,
				  uint32_t kind, struct isle_quota *quota)
{
	return isle_get_quota(control->fd, ISLE_CTL_QUOTA_GET, domid, kind, quota);
}

EXPORT int isle_control_quota_set(struct isle_control *control, uint32_t domid,
				  uint32_t kind, uint64_t limit)
{
	struct isle_quota arg = {
		.size = sizeof(arg),
		.domid = domid,
		.kind = kind,
		.limit = limit,
	};

	return isle_ioctl(control->fd, ISLE_CTL_QUOTA_SET, &arg);
}

EXPORT int isle_control_device_add(struct isle_control *control, uint32_t domid,
				   uint32_t cls, const char *name, const void *config,
				   uint64_t *unique)
{
	struct isle_device_add arg = {
		.size = sizeof(arg),
		.domid = domid,
		.dev_class = cls,
		.config = (uintptr_t)config,
	};
	int rc = isle_name_copy(arg.name, name);

	if (rc)
		return rc;
	rc = isle_ioctl(control->fd, ISLE_CTL_DEVICE_ADD, &arg);
	if (!rc && unique)
		*unique = arg.unique;
	return rc;
}

EXPORT int isle_control_blk_add(struct isle_control *control, uint32_t domid,
				const char *name, const struct isle_blk_config *config,
				uint64_t *unique)
{
	return isle_control_device_add(control, domid, ISLE_CLASS_BLK, name, config,
				       unique);
}

EXPORT int isle_control_device_del(struct isle_control *control, uint32_t domid,
				   uint32_t cls, const char *name, uint32_t flags)
{
	struct isle_device_del arg = {
		.size = sizeof(arg),
		.domid = domid,
		.dev_class = cls,
		.flags = flags,
	};
	int rc = isle_name_copy(arg.name, name);

	return rc ? rc : isle_ioctl(control->fd, ISLE_CTL_DEVICE_DEL, &arg);
}

EXPORT int isle_control_device_next(struct isle_control *control, uint32_t domid,
				    uint64_t *cursor, struct isle_device_next *device)
{
	return isle_next_device(control->fd, ISLE_CTL_DEVICE_NEXT, domid, cursor, device);
}
