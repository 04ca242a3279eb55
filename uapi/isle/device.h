/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * isle: what the files of all devices answer
 *
 * open(2) of /dev/isle/DOMAIN/CLASS/NAME, or ISLE_DOMAIN_DEVICE_OPEN, connects;
 * close(2) disconnects and never fails.  Once the device was removed, every
 * call on the file answers ENODEV, and poll(2) reports POLLHUP | POLLERR.
 */
#ifndef _UAPI_ISLE_DEVICE_H
#define _UAPI_ISLE_DEVICE_H

#include <isle/base.h>

/**
 * struct isle_device_id - argument of ISLE_DEVICE_ID
 * @size: sizeof(struct isle_device_id)
 * @domid: out: number of the domain that has the device
 * @dev_class: out: enum isle_class
 * @reserved: zero
 * @unique: out: number of the device, never given twice since boot
 * @domain: out: name of the domain
 * @name: out: name of the device
 *
 * Tells by what the device was connected to (operation id of a DEVICE).
 */
struct isle_device_id {
	__u32 size;
	__u32 domid;
	__u32 dev_class;
	__u32 reserved;
	__u64 unique;
	char domain[ISLE_NAME_SIZE];
	char name[ISLE_NAME_SIZE];
};

/* On the file of any device.  Does not wait. */
#define ISLE_DEVICE_ID \
	_IOWR(ISLE_IOC_MAGIC, 0x40, struct isle_device_id)

#endif /* _UAPI_ISLE_DEVICE_H */
