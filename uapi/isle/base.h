/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * isle: what every part of the ABI shares
 *
 * Rules that hold for every ioctl of isle:
 *
 * - The argument is a pointer to a struct whose first field, @size, holds
 *   sizeof() of the struct as the caller was compiled.  The same number is
 *   encoded in the command; if the two differ: EINVAL.  A shorter struct than
 *   the module's is taken as if it ended in zeroes, down to the size in the
 *   first version of the ABI (below: EINVAL).  A longer one is taken if what
 *   the module does not know is zero (otherwise: E2BIG).  Structs only ever
 *   grow at their end.
 * - Layouts are the same for 32-bit and 64-bit programs.
 * - Fields named reserved, flags that are not defined here, and fields that
 *   are documented as output only ("out") must be zero on the way in unless
 *   said otherwise: EINVAL.  On failure nothing is written back and nothing
 *   has changed.
 * - Returned file descriptors are close-on-exec.
 * - An errno means one thing everywhere:
 *
 *   EFAULT	  the argument, or what it points to, cannot be read or written
 *   ENOTTY	  the command is not one of this kind of file
 *   E2BIG	  a newer struct, with something in it that the module lacks
 *   EINVAL	  a value out of its range, an unknown flag
 *   EOPNOTSUPP	  known, but not offered by this object
 *   ENOENT	  no such domain, device, link
 *   EEXIST	  the name or the link exists already
 *   ENODEV	  the object behind this file was removed
 *   EPERM	  refused by policy
 *   EDQUOT	  over a quota of the domain
 *   EMFILE	  no free file descriptor
 *   ENOMEM	  out of memory
 *   EINTR	  a signal came while waiting
 *
 *   These can come from any ioctl and are not repeated at each.
 *
 * Changes:
 *   1	first version: control, domains, links, quotas, block devices
 */
#ifndef _UAPI_ISLE_BASE_H
#define _UAPI_ISLE_BASE_H

#include <linux/ioctl.h>
#include <linux/types.h>

/** ISLE_ABI_VERSION - version of the ABI that this header describes */
#define ISLE_ABI_VERSION	1

#define ISLE_IOC_MAGIC		0xE7

/*
 * Names of domains and devices: 1 to 31 of the letters A-Z a-z, the digits,
 * '_' and '-', not beginning with '-', padded with zeroes to 32 bytes.
 * "control" and "self" are not names of domains.  Otherwise: EINVAL.
 */
#define ISLE_NAME_SIZE		32

/*
 * Domain numbers are Xen's: 16 bits, of which 0x7ff0 and up have meanings of
 * their own (xen/include/public/xen.h), and 0 is the host.
 */
#define ISLE_DOMID_MIN		1
#define ISLE_DOMID_MAX		0x7fef

/**
 * enum isle_class - what kind of device a device is
 * @ISLE_CLASS_BLK: sectors, see isle/blk.h
 * @ISLE_CLASS_NET: frames, see isle/net.h
 * @ISLE_CLASS_FS: files and directories, see isle/fs.h
 * @ISLE_CLASS_KV: read-only values by key, see isle/kv.h
 * @ISLE_CLASS_CONSOLE: characters, see isle/console.h
 */
enum isle_class {
	ISLE_CLASS_BLK		= 1,
	ISLE_CLASS_NET		= 2,
	ISLE_CLASS_FS		= 3,
	ISLE_CLASS_KV		= 4,
	ISLE_CLASS_CONSOLE	= 5,
};

#endif /* _UAPI_ISLE_BASE_H */
