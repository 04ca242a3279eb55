// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A block device that is connected.  A handle owns one file of it, which it
 * keeps until the caller and the last request are done with the handle.
 */
#include <errno.h>
#include <linux/fs.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

/* Asks the device for its size and remembers it. */
static int refresh(struct isle_blk *blk)
{
	struct isle_blk_info info = { .size = sizeof(info) };
	int rc = isle_ioctl(blk->fd, ISLE_BLK_INFO, &info);

	if (rc)
		return rc;
	/* What cannot be a sector size would later be divided by. */
	if (info.sector_size < ISLE_BLK_SECTOR_MIN ||
	    (info.sector_size & (info.sector_size - 1)))
		return -EPROTO;
	if (!blk->sector_size) {
		blk->sector_size = info.sector_size;
		blk->flags = info.flags;
	}
	__atomic_store_n(&blk->bytes, info.size_sectors * blk->sector_size,
			 __ATOMIC_RELAXED);
	return 0;
}

EXPORT int isle_blk_from_fd(int fd, struct isle_blk **blk)
{
	struct isle_blk *b = calloc(1, sizeof(*b));
	int rc;

	if (!b)
		return -ENOMEM;
	b->fd = fd;
	b->refs = 1;
	rc = refresh(b);
	if (rc) {
		free(b);
		return rc;
	}
	*blk = b;
	return 0;
}

/* A handle for @fd, unless that is an error */
static int wrap(int fd, struct isle_blk **blk)
{
	int rc;

	if (fd < 0)
		return fd;
	rc = isle_blk_from_fd(fd, blk);
	if (rc)
		close(fd);
	return rc;
}

EXPORT int isle_blk_open(const char *name, uint32_t flags, struct isle_blk **blk)
{
	int mode = isle_open_mode(flags);

	return mode < 0 ? mode : wrap(isle_open_device(ISLE_CLASS_BLK, name, mode), blk);
}

EXPORT int isle_blk_open_in(struct isle_domain *domain, const char *name, uint32_t flags,
			    struct isle_blk **blk)
{
	if (flags & ~(ISLE_OPEN_READ | ISLE_OPEN_WRITE))
		return -EINVAL;
	return wrap(isle_domain_device_open(domain, ISLE_CLASS_BLK, name, flags), blk);
}

struct isle_blk *isle_blk_get(struct isle_blk *blk)
{
	__atomic_add_fetch(&blk->refs, 1, __ATOMIC_RELAXED);
	return blk;
}

void isle_blk_put(struct isle_blk *blk)
{
	/* Release our use of it, acquire everybody else's before freeing. */
	if (__atomic_sub_fetch(&blk->refs, 1, __ATOMIC_ACQ_REL))
		return;
	close(blk->fd);
	free(blk);
}

bool isle_blk_is_closed(const struct isle_blk *blk)
{
	return __atomic_load_n(&blk->closed, __ATOMIC_RELAXED);
}

EXPORT void isle_blk_close(struct isle_blk *blk)
{
	if (!blk)
		return;
	__atomic_store_n(&blk->closed, true, __ATOMIC_RELAXED);
	isle_blk_put(blk);
}

EXPORT int isle_blk_fd(const struct isle_blk *blk)
{
	return blk->fd;
}

EXPORT int isle_blk_get_id(struct isle_blk *blk, struct isle_device_id *id)
{
	return isle_get_device_id(blk->fd, id);
}

EXPORT int isle_blk_get_info(struct isle_blk *blk, struct isle_blk_info *info)
{
	int rc = isle_struct_begin(info, ISLE_SIZE_TO(struct isle_blk_info, size_sectors));

	return rc ? rc : isle_ioctl_sized(blk->fd, ISLE_BLK_INFO, info);
}

EXPORT uint32_t isle_blk_sector_size(const struct isle_blk *blk)
{
	return blk->sector_size;
}

/**
 * isle_blk_check_range() - does a request lie within the device?
 * @pos: where it begins, in bytes
 *
 * The module cuts a request that crosses the end, and would carry out the part
 * before it.  The size is asked for only if the one we know is too small: a
 * device grows, and should it have shrunk the module finds out.
 */
int isle_blk_check_range(struct isle_blk *blk, bool write, uint64_t sector,
			 uint64_t bytes, uint64_t *pos)
{
	uint64_t end;
	int rc;

	if (write && (blk->flags & ISLE_BLK_READ_ONLY))
		return -EROFS;
	if (__builtin_mul_overflow(sector, (uint64_t)blk->sector_size, pos) ||
	    __builtin_add_overflow(*pos, bytes, &end))
		return write ? -ENOSPC : -EINVAL;
	if (end <= __atomic_load_n(&blk->bytes, __ATOMIC_RELAXED))
		return 0;
	rc = refresh(blk);
	if (rc)
		return rc;
	if (end <= __atomic_load_n(&blk->bytes, __ATOMIC_RELAXED))
		return 0;
	return write ? -ENOSPC : -EINVAL;
}

EXPORT int isle_blk_flush(struct isle_blk *blk)
{
	int rc;

	do {
		rc = fsync(blk->fd);
	} while (rc && errno == EINTR);
	return rc ? -errno : 0;
}

/* The two ioctls of <linux/fs.h> that take a range in bytes. */
static int range_ioctl(struct isle_blk *blk, unsigned long cmd, uint64_t sector,
		       uint64_t count)
{
	uint64_t range[2];
	int rc;

	if (!count)
		return 0;
	if (__builtin_mul_overflow(count, (uint64_t)blk->sector_size, &range[1]))
		return -ENOSPC;
	rc = isle_blk_check_range(blk, true, sector, range[1], &range[0]);
	if (rc)
		return rc;
	do {
		rc = isle_ioctl(blk->fd, cmd, range);
	} while (rc == -EINTR);
	return rc;
}

EXPORT int isle_blk_discard(struct isle_blk *blk, uint64_t sector, uint64_t count)
{
	return range_ioctl(blk, BLKDISCARD, sector, count);
}

EXPORT int isle_blk_write_zeroes(struct isle_blk *blk, uint64_t sector, uint64_t count)
{
	return range_ioctl(blk, BLKZEROOUT, sector, count);
}
