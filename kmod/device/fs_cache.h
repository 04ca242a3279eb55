/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_FS_CACHE_H
#define ISLE_DEVICE_FS_CACHE_H

#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/llist.h>
#include <linux/workqueue.h>

struct isle_fs;
struct isle_fs_name;

#define ISLE_FS_SLOTS	4

/**
 * enum isle_fs_want - what a file is opened for
 * @ISLE_FS_WANT_READ: reading a regular file
 * @ISLE_FS_WANT_WRITE: reading and writing one
 * @ISLE_FS_WANT_LIST: listing a directory
 */
enum isle_fs_want {
	ISLE_FS_WANT_READ,
	ISLE_FS_WANT_WRITE,
	ISLE_FS_WANT_LIST,
};

/**
 * struct isle_fs_open - an open file; has one user, or is in a slot
 * @file: the file
 * @fs: whose it is
 * @want: what it was opened for
 * @renames: state of the kernel's rename_lock when its path was walked
 * @drops: state of the cache's counter then
 * @once: it must not be kept
 * @charge: bytes that its domain was charged for it
 * @closing: in the list of those to be closed
 * @len: bytes of @name
 * @name: the path by which it was found
 */
struct isle_fs_open {
	struct file *file;
	struct isle_fs *fs;
	enum isle_fs_want want;
	unsigned int renames;
	int drops;
	bool once;
	unsigned int charge;
	struct llist_node closing;
	unsigned int len;
	char name[];
};

/**
 * struct isle_fs_slots - files that are kept open, per processor
 * @slot: NULL or a file, which one by its path; exchanged atomically
 */
struct isle_fs_slots {
	struct isle_fs_open *slot[ISLE_FS_SLOTS];
};

/**
 * struct isle_fs_cache - the open files of a device
 * @slots: those that are kept, but for
 * @lists: directories that are listed; as a slot
 * @drops: how often all of them were dropped (atomic)
 * @closing: those that a worker has to close
 * @work: closes them
 * @idle: of a directory: closes what is kept for writing, some time after it
 *	was put there
 */
struct isle_fs_cache {
	struct isle_fs_slots __percpu *slots;
	struct isle_fs_open *lists[ISLE_FS_SLOTS];
	atomic_t drops;
	struct llist_head closing;
	struct work_struct work;
	struct delayed_work idle;
};

int isle_fs_cache_create(struct isle_fs_cache *cache);
void isle_fs_cache_destroy(struct isle_fs_cache *cache);
struct isle_fs_open *isle_fs_cache_take(struct isle_fs *fs,
					const struct isle_fs_name *name,
					enum isle_fs_want want);
void isle_fs_cache_give(struct isle_fs_open *open);
void isle_fs_cache_drop(struct isle_fs *fs, bool directory);
void isle_fs_cache_stop(struct isle_fs *fs);
void isle_fs_cache_empty(struct isle_fs *fs);

int isle_fs_cache_init(void);
void isle_fs_cache_exit(void);

#endif /* ISLE_DEVICE_FS_CACHE_H */
