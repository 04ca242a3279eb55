// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * How libisle speaks to the module.  Owns nothing.
 *
 * A struct that the caller gave goes to the module as the caller knows it: the
 * command carries the size that stands in the struct, not the one this library
 * was built with.  The module's rules for shorter and longer structs then hold
 * for the program, and the library never writes beyond what it was given.
 */
#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>

#include "internal.h"

int isle_ioctl(int fd, unsigned long cmd, void *arg)
{
	int rc = ioctl(fd, cmd, arg);

	return rc < 0 ? -errno : rc;
}

/**
 * isle_struct_begin() - check the caller's struct, and zero all but its size
 * @min: size of the struct in the first version of the ABI, below which the
 *	library would write past its end
 */
int isle_struct_begin(void *arg, size_t min)
{
	__u32 size;

	memcpy(&size, arg, sizeof(size));
	if (size < min || size > _IOC_SIZEMASK)
		return -EINVAL;
	memset((char *)arg + sizeof(size), 0, size - sizeof(size));
	return 0;
}

/** isle_ioctl_sized() - an ioctl with a struct of the size that it says */
int isle_ioctl_sized(int fd, unsigned long cmd, void *arg)
{
	__u32 size;

	memcpy(&size, arg, sizeof(size));
	return isle_ioctl(fd, _IOC(_IOC_DIR(cmd), _IOC_TYPE(cmd), _IOC_NR(cmd), size), arg);
}

/*
 * Whether the characters are allowed is for the module to say; here it only
 * has to fit.
 */
int isle_name_copy(char to[ISLE_NAME_SIZE], const char *name)
{
	size_t len = strlen(name);

	if (!len || len >= ISLE_NAME_SIZE)
		return -EINVAL;
	memset(to, 0, ISLE_NAME_SIZE);
	memcpy(to, name, len);
	return 0;
}
