/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * isle: key-value devices, read-only
 *
 * A key is a path of 1 to ISLE_KV_KEY_MAX bytes: components of 1 to
 * ISLE_KV_NAME_MAX bytes, separated by single slashes, without NUL bytes, none
 * of them "." or "..".  Any other key: EINVAL, or ENAMETOOLONG if something in
 * it is too long.  Which encoding the bytes are in is nobody's affair.
 *
 * A value is bytes: a regular file beneath a directory (ISLE_KV_DIR), or an
 * area of a file, such as a member of a tar archive, that an index names
 * (ISLE_KV_INDEX).  Nothing but these can be reached: symbolic links are not
 * followed and mount points not entered, whatever is renamed meanwhile.
 *
 * Errors when a key is looked up:
 *
 * ENOENT	there is no such value.
 * EISDIR	there are keys beneath it, but it is not one.
 * ENOTDIR	something on the way to it is a value.
 * ELOOP	a symbolic link is on the way to it, or it is one.
 * EXDEV	a mount point is on the way to it, or it is one.
 * EOPNOTSUPP	it is neither a regular file nor a directory.
 * EIO, or any errno of the backing: it failed; EIO also if a file ends before
 *		the value should, according to the index.
 *
 * A value's file (ISLE_KV_OPEN) is for read(2), pread(2), readv(2), lseek(2),
 * io_uring, mmap(2) and fstat(2), which tells the size that the value had when
 * it was opened.  A mapping shows the pages of the backing's page cache, without
 * a copy, and is never writable (EACCES) nor executable (EPERM), also not with
 * MAP_PRIVATE, and does not reach beyond the pages of the value (EINVAL), also
 * not by mremap(2), which cannot make it larger (EFAULT).  It begins with the
 * page in which the value begins: see @page_offset.  In the first and the last
 * page other bytes of the same backing file may be seen.
 */
#ifndef _UAPI_ISLE_KV_H
#define _UAPI_ISLE_KV_H

#include <isle/device.h>

#define ISLE_KV_KEY_MAX		4095
#define ISLE_KV_NAME_MAX	255
#define ISLE_KV_ENTRIES_MAX	(1U << 20)
#define ISLE_KV_KEYS_MAX	(1U << 26)

/**
 * enum isle_kv_backing - where the values are
 * @ISLE_KV_DIR: files beneath a directory
 * @ISLE_KV_INDEX: areas of a regular file
 */
enum isle_kv_backing {
	ISLE_KV_DIR		= 1,
	ISLE_KV_INDEX		= 2,
};

/**
 * struct isle_kv_entry - a line of an index
 * @offset: where the value begins in the file
 * @length: its bytes
 * @key: where its key begins in isle_kv_config.keys
 * @key_length: bytes of the key
 */
struct isle_kv_entry {
	__u64 offset;
	__u64 length;
	__u32 key;
	__u32 key_length;
};

/**
 * struct isle_kv_config - isle_device_add.config for ISLE_CLASS_KV
 * @size: sizeof(struct isle_kv_config)
 * @flags: zero
 * @backing: in: enum isle_kv_backing
 * @fd: in: the directory, or the regular file, open for reading.  The device
 *	keeps it open.
 * @index: in: for INDEX: pointer to @entries lines, in the order of memcmp(3)
 *	of their keys, of which no two are the same; a shorter key comes before
 *	a longer one that begins with it.  For DIR: 0.
 * @keys: in: for INDEX: pointer to @keys_length bytes, in which the keys are.
 *	For DIR: 0.
 * @entries: in: for INDEX: at most ISLE_KV_ENTRIES_MAX.  For DIR: 0.
 * @keys_length: in: for INDEX: at most ISLE_KV_KEYS_MAX.  For DIR: 0.
 *
 * The index is charged to ISLE_QUOTA_MEMORY.  EBADF: @fd is not open for
 * reading.  ENOTDIR: not a directory.  EINVAL: not a regular file, a line
 * that is out of order, outside the keys or the file, or not a key.
 */
struct isle_kv_config {
	__u32 size;
	__u32 flags;
	__u32 backing;
	__s32 fd;
	__aligned_u64 index;
	__aligned_u64 keys;
	__u32 entries;
	__u32 keys_length;
};

/**
 * struct isle_kv_info - argument of ISLE_KV_INFO
 * @size: sizeof(struct isle_kv_info)
 * @flags: zero
 * @backing: out: enum isle_kv_backing
 * @entries: out: for INDEX: how many values there are; for DIR: 0
 */
struct isle_kv_info {
	__u32 size;
	__u32 flags;
	__u32 backing;
	__u32 entries;
};

/**
 * struct isle_kv_open - argument of ISLE_KV_OPEN
 * @size: sizeof(struct isle_kv_open)
 * @key_length: in: bytes of the key
 * @key: in: pointer to it
 * @flags: zero
 * @fd: out: the value's file
 * @bytes: out: size of the value; operation size of a KV_RO
 * @page_offset: out: where the value begins in its first page, when mapped;
 *	0 for DIR
 * @reserved: zero
 *
 * EDQUOT: ISLE_QUOTA_FILES; the file acts as the domain.
 */
struct isle_kv_open {
	__u32 size;
	__u32 key_length;
	__aligned_u64 key;
	__u32 flags;
	__s32 fd;
	__u64 bytes;
	__u32 page_offset;
	__u32 reserved;
};

/**
 * struct isle_kv_read - argument of ISLE_KV_READ
 * @size: sizeof(struct isle_kv_read)
 * @key_length: in: bytes of the key
 * @key: in: pointer to it
 * @offset: in: where to begin, at most 2^63 - 1
 * @buffer: in: where to put the bytes
 * @length: in: how many; out: how many there were: fewer means that the value
 *	ends there, or the memory that can be reached.  Any other error on the
 *	way is what the call returns, whatever was read before it.
 * @bytes: out: size of the value
 *
 * Operations read and size (with @length 0) of a KV_RO.
 */
struct isle_kv_read {
	__u32 size;
	__u32 key_length;
	__aligned_u64 key;
	__u64 offset;
	__aligned_u64 buffer;
	__u64 length;
	__u64 bytes;
};

/* isle_kv_name.kind */
#define ISLE_KV_UNKNOWN		0	/* the file system does not tell */
#define ISLE_KV_VALUE		1	/* a value */
#define ISLE_KV_PREFIX		2	/* there may be keys beneath it */

/**
 * struct isle_kv_name - what ISLE_KV_LIST puts into its buffer
 * @record: bytes of this record, a multiple of 8; where the next one begins
 * @length: bytes of the name
 * @kind: ISLE_KV_VALUE, ISLE_KV_PREFIX or, for DIR, ISLE_KV_UNKNOWN
 *
 * The name, one component of a key, stands behind it; what is between the name
 * and the next record is zero.
 */
struct isle_kv_name {
	__u16 record;
	__u16 length;
	__u32 kind;
};

/* What a buffer for ISLE_KV_LIST holds at least */
#define ISLE_KV_LIST_MIN	512

/**
 * struct isle_kv_list - argument of ISLE_KV_LIST
 * @size: sizeof(struct isle_kv_list)
 * @key_length: in: bytes of the key; 0 for what is at the top
 * @key: in: pointer to it
 * @cursor: in: 0 to begin, then what the last call returned
 * @buffer: in: where to put struct isle_kv_name, aligned as that
 * @length: in: its bytes, at least ISLE_KV_LIST_MIN; out: bytes used; 0: that
 *	was all
 * @flags: zero
 *
 * Lists the next components of the keys that begin with @key and a slash.  For
 * DIR what is neither a file nor a directory is left out, and what comes or
 * goes meanwhile is listed or not.  Where the file system tells positions by
 * counting entries, as tmpfs does, some are left out if others go meanwhile.
 *
 * Errors are those of looking the key up, but for EISDIR; ENOTDIR: it is a
 * value.
 */
struct isle_kv_list {
	__u32 size;
	__u32 key_length;
	__aligned_u64 key;
	__u64 cursor;
	__aligned_u64 buffer;
	__u32 length;
	__u32 flags;
};

/*
 * On the file of a key-value device, open for reading (EBADF).  They wait for
 * the backing as read(2) of a file does.
 */
#define ISLE_KV_INFO \
	_IOWR(ISLE_IOC_MAGIC, 0xa0, struct isle_kv_info)
#define ISLE_KV_OPEN \
	_IOWR(ISLE_IOC_MAGIC, 0xa1, struct isle_kv_open)
#define ISLE_KV_READ \
	_IOWR(ISLE_IOC_MAGIC, 0xa2, struct isle_kv_read)
#define ISLE_KV_LIST \
	_IOWR(ISLE_IOC_MAGIC, 0xa3, struct isle_kv_list)

#endif /* _UAPI_ISLE_KV_H */
