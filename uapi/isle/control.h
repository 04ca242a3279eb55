/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * isle: /dev/isle/control, the administrator's side
 *
 * The node belongs to root with mode 0600.  Whoever has it open, for reading
 * and writing, administers all domains: the file is the authority, no
 * capability is asked for.
 */
#ifndef _UAPI_ISLE_CONTROL_H
#define _UAPI_ISLE_CONTROL_H

#include <isle/domain.h>

/**
 * struct isle_ctl_info - argument of ISLE_CTL_INFO
 * @size: sizeof(struct isle_ctl_info)
 * @abi_version: out: ISLE_ABI_VERSION of the module
 * @domains: out: how many domains there are
 * @max_domains: out: how many there can be
 */
struct isle_ctl_info {
	__u32 size;
	__u32 abi_version;
	__u32 domains;
	__u32 max_domains;
};

/**
 * struct isle_domain_create - argument of ISLE_CTL_DOMAIN_CREATE
 * @size: sizeof(struct isle_domain_create)
 * @flags: zero
 * @name: in: its name; all zeroes: the module makes one up ("d" and its
 *	unique number); out: the name
 * @domid: out: its number, ISLE_DOMID_MIN to ISLE_DOMID_MAX.  Numbers go
 *	round, so that one is not soon given again.
 * @fd: out: a file that acts as the domain, for reading and writing
 * @unique: out: a number never given twice since boot
 *
 * EEXIST: the name is taken.  ENOSPC: no domain number is free.
 */
struct isle_domain_create {
	__u32 size;
	__u32 flags;
	char name[ISLE_NAME_SIZE];
	__u32 domid;
	__s32 fd;
	__u64 unique;
};

/* isle_domain_publish.flags */
#define ISLE_PUBLISH_XEN	(1U << 0)

/**
 * struct isle_domain_publish - argument of ISLE_CTL_DOMAIN_PUBLISH
 * @size: sizeof(struct isle_domain_publish)
 * @domid: in: the domain
 * @mode: in: permissions of its nodes, 0 to 0777; the usual one is 0600
 * @uid: in: their owner, as a user number of the caller's user namespace
 * @gid: in: their group, likewise
 * @flags: in: ISLE_PUBLISH_XEN or 0
 *
 * Gives the domain a directory /dev/isle/NAME with a node "domain", one per
 * part (enum isle_open_part) and, now and later, one CLASS/NAME per device.
 * With ISLE_PUBLISH_XEN there is also a directory "xen" in it, whose nodes
 * are what a Xen guest finds in /dev/xen.
 *
 * EEXIST: it is published already.  EOPNOTSUPP: ISLE_PUBLISH_XEN, and this is
 * Xen.
 */
struct isle_domain_publish {
	__u32 size;
	__u32 domid;
	__u32 mode;
	__u32 uid;
	__u32 gid;
	__u32 flags;
};

/* isle_domain_destroy.flags, isle_device_del.flags */
#define ISLE_DEL_NOWAIT		(1U << 0)

/**
 * struct isle_domain_destroy - argument of ISLE_CTL_DOMAIN_DESTROY
 * @size: sizeof(struct isle_domain_destroy)
 * @domid: in: the domain
 * @flags: in: ISLE_DEL_NOWAIT or 0
 * @reserved: zero
 *
 * Removes its devices, links and nodes.  From then on its files answer
 * ENODEV.  Then waits until requests that had begun have ended, unless
 * ISLE_DEL_NOWAIT: their outcome is as if they had come before the call.
 * EINTR: the domain is gone, but a request may still be under way (a program
 * can delay one for as long as it lives by giving memory that never answers).
 */
struct isle_domain_destroy {
	__u32 size;
	__u32 domid;
	__u32 flags;
	__u32 reserved;
};

/**
 * struct isle_domain_open - argument of ISLE_CTL_DOMAIN_OPEN
 * @size: sizeof(struct isle_domain_open)
 * @domid: in: the domain
 * @flags: zero
 * @fd: out: a file that acts as the domain, for reading and writing
 */
struct isle_domain_open {
	__u32 size;
	__u32 domid;
	__u32 flags;
	__s32 fd;
};

/**
 * struct isle_link - argument of ISLE_CTL_LINK and ISLE_CTL_UNLINK
 * @size: sizeof(struct isle_link)
 * @domid: in: one domain
 * @peer: in: the other one
 * @flags: zero
 *
 * Two domains see each other only while they are linked; a link goes both
 * ways.  A domain always sees itself: @domid and @peer must differ (EINVAL).
 * ISLE_CTL_LINK: EEXIST they are linked; EDQUOT either has too many links.
 * ISLE_CTL_UNLINK: ENOENT they are not.
 */
struct isle_link {
	__u32 size;
	__u32 domid;
	__u32 peer;
	__u32 flags;
};

/**
 * struct isle_device_add - argument of ISLE_CTL_DEVICE_ADD
 * @size: sizeof(struct isle_device_add)
 * @domid: in: the domain that shall have the device
 * @dev_class: in: enum isle_class
 * @flags: zero
 * @name: in: its name, unique in its domain and class
 * @config: in: pointer to the class's own struct, such as isle_blk_config,
 *	which begins with its size and follows the rules of isle/base.h
 * @unique: out: number of the device, never given twice since boot
 *
 * EOPNOTSUPP: the module does not offer the class.  EEXIST: the name is
 * taken.  EDQUOT: ISLE_QUOTA_DEVICES, or what the class needs.  Others: see
 * the class's config.
 */
struct isle_device_add {
	__u32 size;
	__u32 domid;
	__u32 dev_class;
	__u32 flags;
	char name[ISLE_NAME_SIZE];
	__aligned_u64 config;
	__u64 unique;
};

/**
 * struct isle_device_del - argument of ISLE_CTL_DEVICE_DEL
 * @size: sizeof(struct isle_device_del)
 * @domid: in: the domain that has the device
 * @dev_class: in: enum isle_class
 * @flags: in: ISLE_DEL_NOWAIT or 0
 * @name: in: its name
 *
 * As ISLE_CTL_DOMAIN_DESTROY, for one device.
 */
struct isle_device_del {
	__u32 size;
	__u32 domid;
	__u32 dev_class;
	__u32 flags;
	char name[ISLE_NAME_SIZE];
};

/* isle_device_attach.flags */
#define ISLE_ATTACH_NO_REPLAY	(1U << 0)	/* only what comes from now on */
#define ISLE_ATTACH_NONBLOCK	(1U << 1)	/* with O_NONBLOCK */

/**
 * struct isle_device_attach - argument of ISLE_CTL_DEVICE_ATTACH
 * @size: sizeof(struct isle_device_attach)
 * @domid: in: the domain that has the device
 * @dev_class: in: enum isle_class
 * @flags: in: ISLE_ATTACH_*
 * @name: in: its name
 * @fd: out: the administrator's side of the device, for reading and writing
 * @reserved: zero
 *
 * Classes that have such a side: ISLE_CLASS_CONSOLE, see isle/console.h.
 * Others: EOPNOTSUPP.  EBUSY: it was opened too often.
 */
struct isle_device_attach {
	__u32 size;
	__u32 domid;
	__u32 dev_class;
	__u32 flags;
	char name[ISLE_NAME_SIZE];
	__s32 fd;
	__u32 reserved;
};

/**
 * struct isle_device_connect - argument of ISLE_CTL_DEVICE_{CONNECT,DISCONNECT}
 * @size: sizeof(struct isle_device_connect)
 * @dev_class: in: enum isle_class; of this version: ISLE_CLASS_NET
 * @domid: in: the domain of one device
 * @peer: in: the domain of the other, linked to @domid, or the same
 * @flags: zero
 * @reserved: zero
 * @name: in: the name of one device
 * @peer_name: in: the name of the other; DISCONNECT: all zeroes (and @peer zero):
 *	whichever it is
 *
 * CONNECT joins the two directly, as a cable does, without what is behind them.
 * The cable is gone when either is removed or the domains are unlinked.
 * EOPNOTSUPP: devices of that class cannot be connected.  EPERM: the domains are
 * not linked.  EBUSY: either has a cable.  EINVAL: they are the same.
 *
 * DISCONNECT takes the cable away.  ENOTCONN: there is none.
 */
struct isle_device_connect {
	__u32 size;
	__u32 dev_class;
	__u32 domid;
	__u32 peer;
	__u32 flags;
	__u32 reserved;
	char name[ISLE_NAME_SIZE];
	char peer_name[ISLE_NAME_SIZE];
};

/*
 * On /dev/isle/control.  Only DOMAIN_DESTROY and DEVICE_DEL wait, as said
 * there, and any signal ends the wait.
 */
#define ISLE_CTL_INFO \
	_IOWR(ISLE_IOC_MAGIC, 0x00, struct isle_ctl_info)
#define ISLE_CTL_DOMAIN_CREATE \
	_IOWR(ISLE_IOC_MAGIC, 0x01, struct isle_domain_create)
#define ISLE_CTL_DOMAIN_PUBLISH \
	_IOW(ISLE_IOC_MAGIC, 0x02, struct isle_domain_publish)
#define ISLE_CTL_DOMAIN_DESTROY \
	_IOW(ISLE_IOC_MAGIC, 0x03, struct isle_domain_destroy)
#define ISLE_CTL_DOMAIN_OPEN \
	_IOWR(ISLE_IOC_MAGIC, 0x04, struct isle_domain_open)
#define ISLE_CTL_DOMAIN_INFO \
	_IOWR(ISLE_IOC_MAGIC, 0x05, struct isle_domain_info)
#define ISLE_CTL_LINK \
	_IOW(ISLE_IOC_MAGIC, 0x06, struct isle_link)
#define ISLE_CTL_UNLINK \
	_IOW(ISLE_IOC_MAGIC, 0x07, struct isle_link)
#define ISLE_CTL_LINK_NEXT \
	_IOWR(ISLE_IOC_MAGIC, 0x08, struct isle_link_next)
#define ISLE_CTL_QUOTA_GET \
	_IOWR(ISLE_IOC_MAGIC, 0x09, struct isle_quota)
#define ISLE_CTL_QUOTA_SET \
	_IOW(ISLE_IOC_MAGIC, 0x0a, struct isle_quota)
#define ISLE_CTL_DEVICE_ADD \
	_IOWR(ISLE_IOC_MAGIC, 0x0b, struct isle_device_add)
#define ISLE_CTL_DEVICE_DEL \
	_IOW(ISLE_IOC_MAGIC, 0x0c, struct isle_device_del)
#define ISLE_CTL_DEVICE_NEXT \
	_IOWR(ISLE_IOC_MAGIC, 0x0d, struct isle_device_next)
#define ISLE_CTL_DEVICE_CONNECT \
	_IOW(ISLE_IOC_MAGIC, 0x0e, struct isle_device_connect)
#define ISLE_CTL_DEVICE_DISCONNECT \
	_IOW(ISLE_IOC_MAGIC, 0x0f, struct isle_device_connect)
#define ISLE_CTL_DEVICE_ATTACH \
	_IOWR(ISLE_IOC_MAGIC, 0x10, struct isle_device_attach)

#endif /* _UAPI_ISLE_CONTROL_H */
