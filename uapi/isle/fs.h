/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * isle: devices with files and directories
 *
 * Everything is asked by ioctls that name a file by its path.  There is no
 * current directory and no file that stays open: a path says it all.
 *
 * A path is a number of bytes, without a zero at its end, of at most
 * ISLE_FS_PATH_MAX: names of 1 to ISLE_FS_NAME_MAX bytes with one '/' between
 * two.  One '/' may be in front; "" and "/" are the device's root.  A name is
 * any bytes but '/' and zero, except "." and "..".  The file system of the
 * backing may take less: vfat wants UTF-8 and does not tell capitals from small
 * letters.  No path leads out of the device: not through "..", a symbolic
 * link or a mount point, whatever is renamed or put there meanwhile.
 *
 * These errors can come from every call with a path:
 *
 *   EINVAL	  it has an empty name, "." or "..", or a zero; or the file system
 *		  does not take a name
 *   ENAMETOOLONG a name, or the path, is too long
 *   ENOENT	  there is no such file or directory
 *   ENOTDIR	  a file stands where a directory is needed
 *   EISDIR	  a directory stands where a file is needed
 *   ELOOP	  a symbolic link is on the way, or at its end
 *   EXDEV	  something is mounted on the way
 *   EOPNOTSUPP	  it is neither a file nor a directory; or a file that a kernel
 *		  makes up (procfs, debugfs) and that cannot be read or written so
 *   EROFS	  of those that change something: the device, or the file system,
 *		  is read-only
 *   EACCES, EPERM the administrator may not do that to this file (a file that
 *		  is read-only, immutable or append-only)
 *   EBADF	  the device was not opened for that: reading for STAT, LIST and
 *		  READ, writing for the others but INFO
 *   EMEDIUMTYPE  there is no file system of the device's type in the image
 *   EBUSY	  the device is being formatted
 *   EIO, or any errno of the file system or of the block device beneath it
 *
 * What a call has changed is on stable storage after fsync(2) of the device's
 * file, which concerns the whole device.  If something could not be written, one
 * fsync(2) fails with EIO, ENOSPC or what else the disk said, also when that was
 * some time before; the next one concerns what came after.  EROFS: the file
 * system has made itself read-only, as it found that it is damaged.  poll(2)
 * says readable and writable.
 *
 * A fatal signal ends every wait for a format and for the others' use of a
 * directory; a file system that waits for its disk may not be interruptible.
 */
#ifndef _UAPI_ISLE_FS_H
#define _UAPI_ISLE_FS_H

#include <isle/device.h>

/* isle_fs_config.flags, isle_fs_info.flags */
#define ISLE_FS_READ_ONLY	(1U << 0)	/* changes answer EROFS */
/* isle_fs_info.flags only */
#define ISLE_FS_CAN_FORMAT	(1U << 1)	/* ISLE_FS_FORMAT is offered */

#define ISLE_FS_PATH_MAX	4094
#define ISLE_FS_NAME_MAX	255
#define ISLE_FS_HELPER_MAX	255

/**
 * enum isle_fs_backing - where the files are
 * @ISLE_FS_DIR: in a directory of the host
 * @ISLE_FS_IMAGE: on a block device, in a file system that only the module has
 *	mounted
 */
enum isle_fs_backing {
	ISLE_FS_DIR		= 1,
	ISLE_FS_IMAGE		= 2,
};

/**
 * enum isle_fs_type - which file system is on a block device
 * @ISLE_FS_VFAT: FAT with long names in UTF-8
 * @ISLE_FS_EXT4: ext2, ext3 or ext4
 */
enum isle_fs_type {
	ISLE_FS_VFAT		= 1,
	ISLE_FS_EXT4		= 2,
};

/**
 * struct isle_fs_config - isle_device_add.config for ISLE_CLASS_FS
 * @size: sizeof(struct isle_fs_config)
 * @flags: in: ISLE_FS_READ_ONLY or 0
 * @backing: in: enum isle_fs_backing
 * @fd: in: for DIR: the directory, open for reading.  For IMAGE: the block
 *	device, open for reading, and for writing unless ISLE_FS_READ_ONLY; an
 *	image in a file is one by way of a loop device.  The device keeps it
 *	open.  All is done with the rights of who opened it.
 * @type: in: for IMAGE: enum isle_fs_type; for DIR: 0
 * @helper_len: in: bytes at @helper, up to ISLE_FS_HELPER_MAX; 0: no format
 * @helper: in: absolute path, without a zero at its end, of the program that
 *	ISLE_FS_FORMAT starts, see there.  For DIR: 0.
 * @timeout_s: in: seconds after which a format is given up; 0: 600
 * @reserved: zero
 *
 * An image without a file system in it is taken all the same; until it is
 * formatted, calls answer EMEDIUMTYPE.
 *
 * EBADF: @fd is not open, or not open for what is needed.  EINVAL: it is not a
 * directory, or not a block device.  EOPNOTSUPP: this kernel has no such file
 * system.  EBUSY: the block device is in use.
 */
struct isle_fs_config {
	__u32 size;
	__u32 flags;
	__u32 backing;
	__s32 fd;
	__u32 type;
	__u32 helper_len;
	__aligned_u64 helper;
	__u32 timeout_s;
	__u32 reserved;
};

/**
 * struct isle_fs_info - argument of ISLE_FS_INFO
 * @size: sizeof(struct isle_fs_info)
 * @flags: out: ISLE_FS_*
 * @backing: out: enum isle_fs_backing
 * @type: out: enum isle_fs_type, or 0
 * @state: out: 0, or the errno that calls are answered with: EMEDIUMTYPE,
 *	EBUSY, EIO
 * @block_size: out: bytes; 0 if @state is not 0, as are the following
 * @bytes: out: size of the file system
 * @free_bytes: out: how many of them are free
 * @device_bytes: out: for IMAGE: size of the block device, which is the most
 *	that ISLE_FS_FORMAT takes
 */
struct isle_fs_info {
	__u32 size;
	__u32 flags;
	__u32 backing;
	__u32 type;
	__u32 state;
	__u32 block_size;
	__u64 bytes;
	__u64 free_bytes;
	__u64 device_bytes;
};

/**
 * struct isle_fs_format - argument of ISLE_FS_FORMAT
 * @size: sizeof(struct isle_fs_format)
 * @flags: zero
 * @bytes: in: size of the new file system; 0: as large as the block device
 *
 * Throws away all that is on the device and makes an empty file system
 * (operation format of an FS).  Calls that had begun are waited for; those
 * that come while it runs answer EBUSY, another format too.  The module
 * unmounts the file system, starts the administrator's helper program
 *
 *	HELPER TYPE DEVICE BYTES
 *
 * as root, where TYPE is "vfat" or "ext4", DEVICE a path by which the program
 * can open the block device, and BYTES a decimal number; waits until it has
 * ended, and mounts what is there then.  A fatal signal ends the caller's wait
 * while the format goes on.
 *
 * EBUSY: another format is under way, or somebody else has the image mounted.
 * EOPNOTSUPP: no helper was given, or a directory backs the device.  ENOSPC:
 * @bytes is more than the block device has.  ENOEXEC: the helper could not be
 * started.  EIO: it said that it had failed, by its exit status or by dying.
 * ETIMEDOUT: it was killed because it took too long, or calls that had begun
 * did not end; in the latter case nothing has changed.  EMEDIUMTYPE: what it
 * has left cannot be mounted.
 */
struct isle_fs_format {
	__u32 size;
	__u32 flags;
	__u64 bytes;
};

/**
 * struct isle_fs_path - argument of ISLE_FS_CREATE, _MKDIR and _DESTROY
 * @size: sizeof(struct isle_fs_path)
 * @flags: zero
 * @path: in: see above
 * @path_len: in: bytes at @path
 * @reserved: zero
 *
 * CREATE makes an empty file, MKDIR an empty directory; EEXIST: there is
 * something already.  DESTROY removes a file or an empty directory; ENOTEMPTY:
 * it is not; EBUSY: it is the root.  ENOSPC: the file system is full.
 */
struct isle_fs_path {
	__u32 size;
	__u32 flags;
	__aligned_u64 path;
	__u32 path_len;
	__u32 reserved;
};

/* isle_fs_stat.flags, isle_fs_entry.type */
#define ISLE_FS_UNKNOWN		0		/* ask by ISLE_FS_STAT */
#define ISLE_FS_FILE		1
#define ISLE_FS_DIRECTORY	2
#define ISLE_FS_OTHER		3		/* calls answer EOPNOTSUPP or ELOOP */

/**
 * struct isle_fs_stat - argument of ISLE_FS_STAT
 * @size: sizeof(struct isle_fs_stat)
 * @flags: zero
 * @path: in: see above
 * @path_len: in: bytes at @path
 * @type: out: ISLE_FS_FILE or ISLE_FS_DIRECTORY
 * @read_only: out: 1 if it cannot be changed, otherwise 0
 * @reserved: zero
 * @bytes: out: its size; of a directory, what the file system says
 *
 * Operations stat and size of an FS.
 */
struct isle_fs_stat {
	__u32 size;
	__u32 flags;
	__aligned_u64 path;
	__u32 path_len;
	__u32 type;
	__u32 read_only;
	__u32 reserved;
	__u64 bytes;
};

/**
 * struct isle_fs_entry - what ISLE_FS_LIST tells of one entry
 * @length: bytes to the next one, a multiple of 8
 * @type: ISLE_FS_FILE, ISLE_FS_DIRECTORY, ISLE_FS_OTHER or ISLE_FS_UNKNOWN
 * @name_len: bytes of the name
 * @name: the name, and zeroes up to the next one, at least one
 */
struct isle_fs_entry {
	__u16 length;
	__u8 type;
	__u8 name_len;
	char name[];
};

/**
 * struct isle_fs_list - argument of ISLE_FS_LIST
 * @size: sizeof(struct isle_fs_list)
 * @flags: zero
 * @path: in: a directory
 * @path_len: in: bytes at @path
 * @buffer_len: in: bytes at @buffer
 * @buffer: in: where to put entries
 * @cookie: in: 0 to begin, then what the last call returned; out: where to go
 *	on
 * @used: out: bytes of entries in @buffer; 0: there are no more
 * @count: out: how many entries these are
 *
 * Lists a directory in parts of any size (operation listdir of an FS).  An
 * entry that is there from the first part to the last comes once; one that
 * comes or goes meanwhile may or may not.  Where the file system tells positions
 * by counting entries, as tmpfs does, this is so while entries go only if nobody
 * else lists the same directory, or many others, at the same time.
 *
 * EINVAL: @buffer_len is too small for the next entry, or @cookie is none.
 */
struct isle_fs_list {
	__u32 size;
	__u32 flags;
	__aligned_u64 path;
	__u32 path_len;
	__u32 buffer_len;
	__aligned_u64 buffer;
	__u64 cookie;
	__u32 used;
	__u32 count;
};

/**
 * struct isle_fs_rw - argument of ISLE_FS_READ and ISLE_FS_WRITE
 * @size: sizeof(struct isle_fs_rw)
 * @flags: zero
 * @path: in: a file
 * @path_len: in: bytes at @path
 * @reserved: zero
 * @offset: in: where in the file
 * @buffer: in: the data
 * @length: in: bytes at @buffer
 *
 * The ioctl returns how many bytes were moved, as read(2) and write(2) do; at
 * most 0x7ffff000 at a time.  READ: fewer than @length, if not that many, mean
 * the end of the file, or of the memory that can be reached; any other error
 * on the way is what the call returns, whatever was read before it.  WRITE:
 * fewer mean that the rest met an error, which the next call for the rest will
 * tell.  A write beyond the end makes the file longer; what lies between reads
 * as zeroes.
 *
 * EINVAL: READ with an @offset or an end of 2^63 or more.  EFBIG: WRITE
 * likewise, or beyond what the file system or the caller's RLIMIT_FSIZE allows.
 * ENOSPC: the file system is full.  EFAULT: the buffer cannot be reached, and nothing
 * was moved.
 */
struct isle_fs_rw {
	__u32 size;
	__u32 flags;
	__aligned_u64 path;
	__u32 path_len;
	__u32 reserved;
	__u64 offset;
	__aligned_u64 buffer;
	__u64 length;
};

/* On the file of an fs device. */
#define ISLE_FS_INFO \
	_IOWR(ISLE_IOC_MAGIC, 0x90, struct isle_fs_info)
#define ISLE_FS_FORMAT \
	_IOW(ISLE_IOC_MAGIC, 0x91, struct isle_fs_format)
#define ISLE_FS_CREATE \
	_IOW(ISLE_IOC_MAGIC, 0x92, struct isle_fs_path)
#define ISLE_FS_MKDIR \
	_IOW(ISLE_IOC_MAGIC, 0x93, struct isle_fs_path)
#define ISLE_FS_DESTROY \
	_IOW(ISLE_IOC_MAGIC, 0x94, struct isle_fs_path)
#define ISLE_FS_STAT \
	_IOWR(ISLE_IOC_MAGIC, 0x95, struct isle_fs_stat)
#define ISLE_FS_LIST \
	_IOWR(ISLE_IOC_MAGIC, 0x96, struct isle_fs_list)
#define ISLE_FS_READ \
	_IOW(ISLE_IOC_MAGIC, 0x97, struct isle_fs_rw)
#define ISLE_FS_WRITE \
	_IOW(ISLE_IOC_MAGIC, 0x98, struct isle_fs_rw)

#endif /* _UAPI_ISLE_FS_H */
