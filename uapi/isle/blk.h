/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * isle: block devices
 *
 * The file of a block device is its sectors.  read(2), pread(2), readv(2),
 * write(2) and so on, aio and io_uring move whole sectors:
 *
 * EINVAL	the offset, or the length of all buffers together, is not a
 *		multiple of the sector size; nothing was done.
 * ENOSPC	a write at or past the end.
 * EROFS	a write to a read-only device; nothing was written.
 * EBADF	the file was not opened for that.
 * EFAULT	a buffer cannot be reached; of a write an unknown part of the
 *		sector where that happened may be new.
 * EAGAIN	only with RWF_NOWAIT: it would have had to wait.
 * EDQUOT	ISLE_QUOTA_REQUESTS.
 * EFBIG	a file backs the device and the caller's RLIMIT_FSIZE is less than
 *		where the write would end.
 * EIO, or any errno of the backing: it failed.
 *
 * A read or write that crosses the end is cut there; a read at or past it
 * returns 0.  A write that has returned is on stable storage, unless the
 * device was added with ISLE_BLK_WRITE_CACHE: then fsync(2) puts it there.
 * Every wait for a backing is ended by a fatal signal; the request then still
 * runs to its end.
 *
 * lseek(2) knows SEEK_SET, SEEK_CUR and SEEK_END.  poll(2) says readable and
 * writable.  These ioctls of <linux/fs.h> answer as a disk does: BLKGETSIZE,
 * BLKGETSIZE64, BLKSSZGET, BLKPBSZGET, BLKBSZGET, BLKIOMIN, BLKIOOPT,
 * BLKALIGNOFF, BLKROGET, BLKFLSBUF, BLKDISCARD, BLKZEROOUT.
 */
#ifndef _UAPI_ISLE_BLK_H
#define _UAPI_ISLE_BLK_H

#include <isle/device.h>

/* isle_blk_config.flags, isle_blk_info.flags */
#define ISLE_BLK_READ_ONLY	(1U << 0)	/* writes answer EROFS */
#define ISLE_BLK_WRITE_CACHE	(1U << 1)	/* writes become stable by fsync */
/* isle_blk_info.flags only */
#define ISLE_BLK_DIRECT		(1U << 2)	/* the backing takes direct I/O:
						 * aligned requests are not copied
						 */
#define ISLE_BLK_DISCARD	(1U << 3)	/* BLKDISCARD is offered */

/**
 * enum isle_blk_backing - where the sectors are
 * @ISLE_BLK_MEMORY: in memory of the module, zero at first, gone with the
 *	device
 * @ISLE_BLK_FILE: in a regular file
 * @ISLE_BLK_DEVICE: on a block device
 */
enum isle_blk_backing {
	ISLE_BLK_MEMORY		= 1,
	ISLE_BLK_FILE		= 2,
	ISLE_BLK_DEVICE		= 3,
};

#define ISLE_BLK_SECTOR_MIN	512
#define ISLE_BLK_SECTOR_MAX	4096

/**
 * struct isle_blk_config - isle_device_add.config for ISLE_CLASS_BLK
 * @size: sizeof(struct isle_blk_config)
 * @flags: in: ISLE_BLK_READ_ONLY, ISLE_BLK_WRITE_CACHE
 * @sector_size: in: bytes, a power of two from 512 to 4096; 0: 512, or what
 *	the backing needs for direct I/O if that is more
 * @backing: in: enum isle_blk_backing
 * @fd: in: for FILE and DEVICE: the backing, open for reading, and for
 *	writing unless ISLE_BLK_READ_ONLY.  The device keeps it open.  For
 *	MEMORY: 0.
 * @reserved: zero
 * @bytes: in: for MEMORY: the size, a multiple of the sector size, at least
 *	one sector, at most 1 TiB, and charged to ISLE_QUOTA_MEMORY.  For FILE
 *	and DEVICE: 0, the size is that of the backing, rounded down to whole
 *	sectors, and follows it.
 *
 * EBADF: @fd is not open, or not open for what is needed.  EINVAL: it is not
 * a regular file, or not a block device.
 */
struct isle_blk_config {
	__u32 size;
	__u32 flags;
	__u32 sector_size;
	__u32 backing;
	__s32 fd;
	__u32 reserved;
	__u64 bytes;
};

/**
 * struct isle_blk_info - argument of ISLE_BLK_INFO
 * @size: sizeof(struct isle_blk_info)
 * @flags: out: ISLE_BLK_*
 * @sector_size: out: bytes
 * @backing: out: enum isle_blk_backing
 * @size_sectors: out: size of the device now
 *
 * Operation get_info of a BLOCK; read_write is the absence of
 * ISLE_BLK_READ_ONLY.
 */
struct isle_blk_info {
	__u32 size;
	__u32 flags;
	__u32 sector_size;
	__u32 backing;
	__u64 size_sectors;
};

/* On the file of a block device.  Does not wait. */
#define ISLE_BLK_INFO \
	_IOWR(ISLE_IOC_MAGIC, 0x50, struct isle_blk_info)

#endif /* _UAPI_ISLE_BLK_H */
