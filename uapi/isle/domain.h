/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * isle: the domain, as seen by whoever acts as it
 *
 * A domain is a file descriptor, made by ISLE_CTL_DOMAIN_CREATE or by opening
 * /dev/isle/NAME/domain.  Whoever holds it acts as the domain, whichever
 * process that is; passing it on (fork, SCM_RIGHTS) passes the identity on.
 *
 * A domain that was never published lives until the last file of it is
 * closed: the domain's own, and those of the devices opened through it.  A
 * published one lives until ISLE_CTL_DOMAIN_DESTROY.  Afterwards every call
 * on its files answers ENODEV.
 *
 * poll(2) on a domain reports POLLHUP | POLLERR once it was destroyed.
 */
#ifndef _UAPI_ISLE_DOMAIN_H
#define _UAPI_ISLE_DOMAIN_H

#include <isle/base.h>

/* isle_domain_info.state */
#define ISLE_DOMAIN_PUBLISHED	(1U << 0)
#define ISLE_DOMAIN_XEN		(1U << 1)	/* with ISLE_PUBLISH_XEN */

/* isle_domain_info.flags: how ISLE_CTL_DOMAIN_INFO finds the domain */
#define ISLE_FIND_DOMID		0	/* the one with this number */
#define ISLE_FIND_NAME		1	/* the one with this name */
#define ISLE_FIND_NEXT		2	/* the first one whose number is at
					 * least @domid, for listing all
					 */

/**
 * struct isle_domain_info - argument of ISLE_DOMAIN_INFO, ISLE_CTL_DOMAIN_INFO
 * @size: sizeof(struct isle_domain_info)
 * @flags: in: one of ISLE_FIND_*; 0 for ISLE_DOMAIN_INFO
 * @domid: in: as @flags says, otherwise 0; out: the domain's number
 * @state: out: set of ISLE_DOMAIN_PUBLISHED, ISLE_DOMAIN_XEN
 * @name: in: with ISLE_FIND_NAME, otherwise zeroes; out: the domain's name
 * @unique: out: number of the domain, never given twice since boot
 * @devices: out: how many devices it has
 * @links: out: how many domains it is linked to
 * @files: out: how many open files act as it
 * @reserved: zero
 *
 * ENOENT: no domain is found so; for ISLE_FIND_NEXT: that was the last one.
 */
struct isle_domain_info {
	__u32 size;
	__u32 flags;
	__u32 domid;
	__u32 state;
	char name[ISLE_NAME_SIZE];
	__u64 unique;
	__u32 devices;
	__u32 links;
	__u32 files;
	__u32 reserved;
};

/**
 * enum isle_quota_kind - what a domain can run out of
 * @ISLE_QUOTA_DEVICES: devices
 * @ISLE_QUOTA_LINKS: linked domains
 * @ISLE_QUOTA_FILES: open files that act as the domain
 * @ISLE_QUOTA_MEMORY: bytes of memory that back its devices; charged in full
 *	when a device is added
 * @ISLE_QUOTA_REQUESTS: requests to files and block devices that back its
 *	devices and that have begun and not ended
 * @ISLE_QUOTA_GRANTS: pages it shares with others, and that were shared and
 *	are still mapped somewhere
 * @ISLE_QUOTA_MAPPINGS: granted pages that it has mapped or is about to: those
 *	in the maps of its gntdev files
 * @ISLE_QUOTA_PORTS: event ports
 * @ISLE_QUOTA_STORE: bytes that the store keeps for it: its entries, watches,
 *	transactions, and events that it has not read
 * @ISLE_QUOTA_WATCHES: watches in the store
 * @ISLE_QUOTA_TASKS: tasks
 * @ISLE_QUOTA_MESSAGES: bytes that messages hold on its behalf: queued ones,
 *	payloads, shared memory
 * @ISLE_QUOTA_KINDS: how many kinds this version has
 */
enum isle_quota_kind {
	ISLE_QUOTA_DEVICES	= 0,
	ISLE_QUOTA_LINKS	= 1,
	ISLE_QUOTA_FILES	= 2,
	ISLE_QUOTA_MEMORY	= 3,
	ISLE_QUOTA_REQUESTS	= 4,
	ISLE_QUOTA_GRANTS	= 5,
	ISLE_QUOTA_MAPPINGS	= 6,
	ISLE_QUOTA_PORTS	= 7,
	ISLE_QUOTA_STORE	= 8,
	ISLE_QUOTA_WATCHES	= 9,
	ISLE_QUOTA_TASKS	= 10,
	ISLE_QUOTA_MESSAGES	= 11,
	ISLE_QUOTA_KINDS
};

/**
 * struct isle_quota - argument of ISLE_DOMAIN_QUOTA, ISLE_CTL_QUOTA_{GET,SET}
 * @size: sizeof(struct isle_quota)
 * @domid: in: the domain; 0 for ISLE_DOMAIN_QUOTA
 * @kind: in: enum isle_quota_kind
 * @flags: zero
 * @limit: in for ISLE_CTL_QUOTA_SET, otherwise out: how much it may have.  A
 *	limit below what is in use takes nothing away, it refuses more.
 * @used: out: how much it has
 */
struct isle_quota {
	__u32 size;
	__u32 domid;
	__u32 kind;
	__u32 flags;
	__u64 limit;
	__u64 used;
};

/**
 * struct isle_link_next - argument of ISLE_DOMAIN_LINK_NEXT, ISLE_CTL_LINK_NEXT
 * @size: sizeof(struct isle_link_next)
 * @domid: in: the domain whose links are asked for; 0 for
 *	ISLE_DOMAIN_LINK_NEXT
 * @peer: in: 0 to begin, then what the last call returned; out: the next
 *	linked domain's number
 * @flags: zero
 * @name: out: its name
 *
 * ENOENT: that was the last one.
 */
struct isle_link_next {
	__u32 size;
	__u32 domid;
	__u32 peer;
	__u32 flags;
	char name[ISLE_NAME_SIZE];
};

/**
 * struct isle_device_next - argument of ISLE_DOMAIN_DEVICE_NEXT,
 *	ISLE_CTL_DEVICE_NEXT
 * @size: sizeof(struct isle_device_next)
 * @domid: in: the domain whose devices are asked for; 0 for
 *	ISLE_DOMAIN_DEVICE_NEXT
 * @unique: in: 0 to begin, then what the last call returned; out: the next
 *	device's number, in the order in which they were added
 * @dev_class: out: enum isle_class
 * @flags: zero
 * @name: out: its name
 *
 * ENOENT: that was the last one.
 */
struct isle_device_next {
	__u32 size;
	__u32 domid;
	__u64 unique;
	__u32 dev_class;
	__u32 flags;
	char name[ISLE_NAME_SIZE];
};

/* isle_device_open.flags */
#define ISLE_OPEN_READ		(1U << 0)
#define ISLE_OPEN_WRITE		(1U << 1)
#define ISLE_OPEN_NONBLOCK	(1U << 2)

/**
 * struct isle_device_open - argument of ISLE_DOMAIN_DEVICE_OPEN
 * @size: sizeof(struct isle_device_open)
 * @flags: in: ISLE_OPEN_*, at least one of READ and WRITE
 * @dev_class: in: enum isle_class
 * @fd: out: a file as open(2) of the device's node would give
 * @name: in: the device's name
 *
 * ENOENT: the domain has no such device.  EDQUOT: ISLE_QUOTA_FILES.
 */
struct isle_device_open {
	__u32 size;
	__u32 flags;
	__u32 dev_class;
	__s32 fd;
	char name[ISLE_NAME_SIZE];
};

/**
 * enum isle_open_part - what of a domain can be opened besides devices
 * @ISLE_OPEN_VCHAN: an endpoint for a channel, see isle/vchan.h; its node is
 *	/dev/isle/NAME/vchan
 * @ISLE_OPEN_TASK: a task, see isle/task.h; /dev/isle/NAME/task
 * @ISLE_OPEN_GNTALLOC: what xen/gntalloc.h describes; /dev/isle/NAME/xen/gntalloc
 * @ISLE_OPEN_GNTDEV: xen/gntdev.h; /dev/isle/NAME/xen/gntdev
 * @ISLE_OPEN_EVTCHN: xen/evtchn.h; /dev/isle/NAME/xen/evtchn
 * @ISLE_OPEN_XENBUS: xen/interface/io/xs_wire.h; /dev/isle/NAME/xen/xenbus
 * @ISLE_OPEN_PRIVCMD: answers every hypercall with EPERM;
 *	/dev/isle/NAME/xen/privcmd
 *
 * The nodes below xen are there if the domain was published with
 * ISLE_PUBLISH_XEN.
 */
enum isle_open_part {
	ISLE_OPEN_VCHAN		= 1,
	ISLE_OPEN_TASK		= 2,
	ISLE_OPEN_GNTALLOC	= 3,
	ISLE_OPEN_GNTDEV	= 4,
	ISLE_OPEN_EVTCHN	= 5,
	ISLE_OPEN_XENBUS	= 6,
	ISLE_OPEN_PRIVCMD	= 7,
};

/**
 * struct isle_part_open - argument of ISLE_DOMAIN_PART_OPEN
 * @size: sizeof(struct isle_part_open)
 * @flags: in: ISLE_OPEN_NONBLOCK or 0
 * @part: in: enum isle_open_part
 * @fd: out: a file for reading and writing, as open(2) of the node would give
 *
 * EOPNOTSUPP: there is no such part, or it is a Xen face and this is Xen.
 * EDQUOT: ISLE_QUOTA_FILES, or what the part needs.
 */
struct isle_part_open {
	__u32 size;
	__u32 flags;
	__u32 part;
	__s32 fd;
};

/* On a domain's file.  None of these waits. */
#define ISLE_DOMAIN_INFO \
	_IOWR(ISLE_IOC_MAGIC, 0x20, struct isle_domain_info)
#define ISLE_DOMAIN_QUOTA \
	_IOWR(ISLE_IOC_MAGIC, 0x21, struct isle_quota)
#define ISLE_DOMAIN_LINK_NEXT \
	_IOWR(ISLE_IOC_MAGIC, 0x22, struct isle_link_next)
#define ISLE_DOMAIN_DEVICE_NEXT \
	_IOWR(ISLE_IOC_MAGIC, 0x23, struct isle_device_next)
#define ISLE_DOMAIN_DEVICE_OPEN \
	_IOWR(ISLE_IOC_MAGIC, 0x24, struct isle_device_open)
#define ISLE_DOMAIN_PART_OPEN \
	_IOWR(ISLE_IOC_MAGIC, 0x25, struct isle_part_open)

#endif /* _UAPI_ISLE_DOMAIN_H */
