// SPDX-License-Identifier: GPL-2.0
/*
 * Open files of an fs device: kept for a while, so that reading the same file
 * again costs neither a walk nor an open.
 *
 * Each processor has a few slots. A call takes a file out of its slot, which
 * makes it the only user, and puts it back afterwards; if the slot was filled
 * meanwhile, one of the two is closed. No call ever waits for another, and
 * there is no lock. How many files can be open is bounded by the slots and by
 * the calls under way; those in slots are charged to the domain's memory.
 *
 * Directories that are listed are kept apart, for all processors: on some file
 * systems, such as tmpfs, a position in one is a number of entries, and only
 * the open file knows where it really stood when others were removed since.
 *
 * A path decides what is read, not a file that was found once. So a kept file
 * is used only if its path still leads to it: nothing in the system was
 * renamed since it was walked, it was not removed, nothing is mounted on the
 * way. Everything else is found by a new walk.
 *
 * As long as a file is open for writing, the host can neither execute it nor
 * make its file system read-only. So those of a directory are not kept for
 * long: after a second or so a worker closes them.
 *
 * Files are closed by a worker, which closes them at once: fput() would do it
 * when the caller returns to user space, long after the device was left, and
 * the file system would stay mounted for that. A file that waits for it holds
 * the device and its root.
 */
#include <linux/cred.h>
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/namei.h>
#include <linux/percpu.h>
#include <linux/slab.h>

#include "core/compat.h"
#include "core/domain.h"
#include "core/file.h"
#include "device/fs.h"
#include "device/fs_path.h"
#include "device/walk.h"

/* How long a file of the host is kept open for writing, at most */
#define IDLE_TIME	HZ

/* About what a struct file takes */
#define FILE_BYTES	256

static struct workqueue_struct *closers;

static void free_open(struct isle_fs_open *open)
{
	if (open->charge)
		isle_account_uncharge(&open->fs->device.domain->account,
				      ISLE_QUOTA_MEMORY, open->charge);
	kfree(open);
}

/* Its last reference is ours: it is closed when this returns */
static void close_now(struct isle_fs_open *open)
{
	isle_file_put(open->file);
	free_open(open);
}

static void close_work(struct work_struct *work)
{
	struct isle_fs *fs = container_of(work, struct isle_fs, cache.work);
	struct llist_node *list = llist_del_all(&fs->cache.closing);
	struct isle_fs_open *open, *next;

	llist_for_each_entry_safe(open, next, list, closing) {
		close_now(open);
		/* The last of these may be the end of @fs */
		isle_fs_leave(fs);
	}
}

/* The caller has entered the device. */
static void close_later(struct isle_fs_open *open)
{
	struct isle_fs *fs = open->fs;

	percpu_ref_get(&fs->device.io);
	if (fs->backing == ISLE_FS_IMAGE)
		percpu_ref_get(&fs->users);
	if (llist_add(&open->closing, &fs->cache.closing))
		queue_work(closers, &fs->cache.work);
}

/*
 * Whether the path by which it was found still leads there. A file that is
 * renamed without being in the way costs a walk, no more.
 */
static bool still_there(const struct isle_fs_open *open)
{
	const struct dentry *root = open->fs->root.dentry;
	const struct dentry *dentry = open->file->f_path.dentry;
	bool good = !d_unhashed(dentry) || dentry == root;

	rcu_read_lock();
	for (; good && dentry != root; dentry = READ_ONCE(dentry->d_parent))
		good = !IS_ROOT(dentry) && !d_mountpoint(dentry);
	rcu_read_unlock();
	return good && !read_seqretry(&rename_lock, open->renames);
}

/* On some file systems what is in the dcache is not the last word. */
static bool asks_again(const struct isle_fs *fs, const struct dentry *dentry)
{
	bool asks = false;

	/* Nobody but us changes a file system that only we have mounted */
	if (fs->backing == ISLE_FS_IMAGE)
		return false;
	rcu_read_lock();
	for (; !asks && dentry != fs->root.dentry && !IS_ROOT(dentry);
	     dentry = READ_ONCE(dentry->d_parent))
		asks = dentry->d_flags & DCACHE_OP_REVALIDATE;
	rcu_read_unlock();
	return asks;
}

static int check_kind(const struct dentry *dentry, enum isle_fs_want want)
{
	if (want == ISLE_FS_WANT_LIST)
		return d_can_lookup(dentry) ? 0 : -ENOTDIR;
	if (d_is_dir(dentry))
		return -EISDIR;
	return d_is_reg(dentry) ? 0 : -EOPNOTSUPP;
}

/*
 * A file that nobody may write is read-only for root too, as stat says; and
 * one that can only be appended to is, as every write says where.
 */
static int check_marks(const struct inode *inode)
{
	if (!(READ_ONCE(inode->i_mode) & 0222))
		return -EACCES;
	return IS_APPEND(inode) || IS_IMMUTABLE(inode) ? -EPERM : 0;
}

static int check_rights(const struct path *path, enum isle_fs_want want)
{
	struct inode *inode = d_inode(path->dentry);
	int mask = MAY_READ;
	int err;

	if (want == ISLE_FS_WANT_WRITE) {
		mask |= MAY_WRITE;
		err = check_marks(inode);
		if (err)
			return err;
	}
	return inode_permission(isle_mnt_idmap(path->mnt), inode, mask);
}

/* What looks like a file in procfs or debugfs may be read in its own way only. */
static int check_calls(const struct file *file, enum isle_fs_want want)
{
	if (want == ISLE_FS_WANT_LIST)
		return 0;
	if (!file->f_op->read_iter ||
	    (want == ISLE_FS_WANT_WRITE && !file->f_op->write_iter))
		return -EOPNOTSUPP;
	return 0;
}

/*
 * A directory that is listed is not opened anew because something was renamed
 * somewhere: its path is walked once more.
 */
static noinline bool found_again(struct isle_fs_open *open)
{
	unsigned int renames = read_seqbegin(&rename_lock);
	struct isle_fs *fs = open->fs;
	const struct cred *old = override_creds(fs->cred);
	struct path path;
	bool same = false;

	if (!isle_walk(&fs->root, open->name, &path)) {
		same = path_equal(&path, &open->file->f_path) &&
		       !check_rights(&path, open->want);
		path_put(&path);
	}
	revert_creds(old);
	if (same)
		open->renames = renames;
	return same;
}

/* Walk to it and open it, with the rights of the administrator. */
static int find_file(struct isle_fs *fs, struct isle_fs_open *open)
{
	const struct cred *cred = fs->cred;
	const struct cred *old = override_creds(cred);
	int flags = O_LARGEFILE | O_NOATIME;
	struct file *file;
	struct path path;
	int err;

	err = isle_walk(&fs->root, open->name, &path);
	if (err)
		goto out;
	err = check_kind(path.dentry, open->want);
	if (!err)
		err = check_rights(&path, open->want);
	if (err)
		goto out_path;
	flags |= open->want == ISLE_FS_WANT_WRITE ? O_RDWR : O_RDONLY;
	file = dentry_open(&path, flags, cred);
	err = PTR_ERR_OR_ZERO(file);
	if (err)
		goto out_path;
	err = check_calls(file, open->want);
	if (err) {
		isle_file_put(file);
		goto out_path;
	}
	open->file = file;
	open->once = asks_again(fs, path.dentry);
out_path:
	path_put(&path);
out:
	revert_creds(old);
	return err;
}

/* Apart from what finds one in its slot, which is to be short */
static noinline struct isle_fs_open *open_anew(struct isle_fs *fs,
					       const struct isle_fs_name *name,
					       enum isle_fs_want want)
{
	struct isle_fs_open *open;
	int err;

	open = kzalloc(struct_size(open, name, name->len + 1),
		       GFP_KERNEL_ACCOUNT);
	if (!open)
		return ERR_PTR(-ENOMEM);
	open->fs = fs;
	open->want = want;
	open->drops = atomic_read(&fs->cache.drops);
	open->renames = read_seqbegin(&rename_lock);
	open->len = name->len;
	memcpy(open->name, name->name, name->len);
	err = find_file(fs, open);
	if (err) {
		kfree(open);
		return ERR_PTR(err);
	}
	open->charge = struct_size(open, name, name->len + 1) + FILE_BYTES;
	if (isle_account_charge(&fs->device.domain->account, ISLE_QUOTA_MEMORY,
				open->charge)) {
		open->charge = 0;
		open->once = true;
	}
	return open;
}

static struct isle_fs_open **find_slot(struct isle_fs *fs, const char *name,
				       unsigned int len, enum isle_fs_want want)
{
	/* Paths that are used together often differ at their end */
	unsigned int hash = len ? len + name[len - 1] : 0;

	if (want == ISLE_FS_WANT_LIST)
		return &fs->cache.lists[hash % ISLE_FS_SLOTS];
	return &raw_cpu_ptr(fs->cache.slots)->slot[hash % ISLE_FS_SLOTS];
}

static bool serves(struct isle_fs_open *open,
		   const struct isle_fs_name *name, enum isle_fs_want want)
{
	return open->len == name->len &&
	       !memcmp(open->name, name->name, name->len) &&
	       (open->want == want || (open->want == ISLE_FS_WANT_WRITE &&
				       want == ISLE_FS_WANT_READ)) &&
	       (want != ISLE_FS_WANT_WRITE ||
		!check_marks(file_inode(open->file))) &&
	       (still_there(open) ||
		(want == ISLE_FS_WANT_LIST && found_again(open)));
}

/**
 * isle_fs_cache_take() - open a file
 * @fs: the device; the caller has entered it
 * @name: its path
 * @want: what for
 *
 * Context: process; sleeps.
 * Return: the file, of which the caller is the only user, or an ERR_PTR.
 */
struct isle_fs_open *isle_fs_cache_take(struct isle_fs *fs,
					const struct isle_fs_name *name,
					enum isle_fs_want want)
{
	struct isle_fs_open *open =
		xchg(find_slot(fs, name->name, name->len, want), NULL);

	if (open) {
		if (serves(open, name, want))
			return open;
		close_later(open);
	}
	return open_anew(fs, name, want);
}

/* A directory that was not removed itself goes on being listed. */
static bool stays(const struct isle_fs_open *open)
{
	const struct dentry *dentry = open->file->f_path.dentry;

	return open->want == ISLE_FS_WANT_LIST &&
	       (!d_unhashed(dentry) || dentry == open->fs->root.dentry);
}

/* Put a file into a slot. Returns NULL, or a file that is to be closed. */
static struct isle_fs_open *keep(struct isle_fs_cache *cache,
				 struct isle_fs_open **slot,
				 struct isle_fs_open *open)
{
	int drops, now;

	do {
		drops = open->drops;
		if (cmpxchg(slot, NULL, open))
			return open;
		/*
		 * Should all have been dropped before it was there, nobody has
		 * seen it. Pairs with the increment in isle_fs_cache_drop():
		 * either it finds the file in its slot, or we find the new
		 * number here.
		 */
		now = atomic_read(&cache->drops);
		if (likely(now == drops))
			return NULL;
		open = xchg(slot, NULL);
		if (!open)
			return NULL;
		/* What was removed before @now was unhashed before */
		open->drops = now;
	} while (stays(open));
	return open;
}

/**
 * isle_fs_cache_give() - be done with a file
 * @open: from isle_fs_cache_take(); the caller is still in the device
 *
 * Context: process.
 */
void isle_fs_cache_give(struct isle_fs_open *open)
{
	struct isle_fs *fs = open->fs;
	bool idles = open->want == ISLE_FS_WANT_WRITE &&
		     fs->backing == ISLE_FS_DIR;

	if (!open->once)
		open = keep(&fs->cache, find_slot(fs, open->name, open->len,
						  open->want), open);
	if (open)
		close_later(open);
	/*
	 * Pairs with the barrier between the work's becoming not pending and
	 * its run: it finds the file in its slot, or is queued again here.
	 */
	if (idles && !delayed_work_pending(&fs->cache.idle))
		queue_delayed_work(closers, &fs->cache.idle, IDLE_TIME);
}

/*
 * Close what is kept for writing. To see what is in a slot is to take it out;
 * a call that misses it then opens another one, no more.
 */
static void idle_work(struct work_struct *work)
{
	struct isle_fs *fs = container_of(to_delayed_work(work), struct isle_fs,
					  cache.idle);
	struct isle_fs_open **slot, *open;
	int cpu, i;

	for_each_possible_cpu(cpu) {
		for (i = 0; i < ISLE_FS_SLOTS; i++) {
			slot = &per_cpu_ptr(fs->cache.slots, cpu)->slot[i];
			open = READ_ONCE(*slot) ? xchg(slot, NULL) : NULL;
			if (open && open->want != ISLE_FS_WANT_WRITE)
				open = keep(&fs->cache, slot, open);
			if (open)
				close_now(open);
		}
	}
}

/**
 * isle_fs_cache_drop() - close all files that nobody uses now
 * @fs: the device; the caller has entered it
 * @directory: a directory was removed: close those that are not there any more
 *
 * What was removed keeps its room on the disk as long as it is open.
 *
 * Context: process; sleeps.
 */
void isle_fs_cache_drop(struct isle_fs *fs, bool directory)
{
	struct isle_fs_open **slot, *open;
	int cpu, i;

	atomic_inc(&fs->cache.drops);
	smp_mb__after_atomic();	/* pairs with cmpxchg() in isle_fs_cache_give() */
	for_each_possible_cpu(cpu) {
		for (i = 0; i < ISLE_FS_SLOTS; i++) {
			open = xchg(&per_cpu_ptr(fs->cache.slots, cpu)->slot[i],
				    NULL);
			if (open)
				close_later(open);
		}
	}
	for (i = 0; directory && i < ISLE_FS_SLOTS; i++) {
		slot = &fs->cache.lists[i];
		open = xchg(slot, NULL);
		if (open)
			open = keep(&fs->cache, slot, open);
		if (open)
			close_later(open);
	}
	flush_work(&fs->cache.work);
	/* Maybe one of them is being closed there; this does not start it */
	flush_work(&fs->cache.idle.work);
}

/**
 * isle_fs_cache_stop() - have nothing closed in the background any more
 * @fs: the device; nobody is in it
 *
 * Context: process; sleeps.
 */
void isle_fs_cache_stop(struct isle_fs *fs)
{
	cancel_delayed_work_sync(&fs->cache.idle);
}

/**
 * isle_fs_cache_empty() - close all files of a device that nobody is in
 * @fs: the device
 *
 * Context: process; sleeps.
 */
void isle_fs_cache_empty(struct isle_fs *fs)
{
	struct isle_fs_open *open;
	int cpu, i;

	for_each_possible_cpu(cpu) {
		for (i = 0; i < ISLE_FS_SLOTS; i++) {
			open = xchg(&per_cpu_ptr(fs->cache.slots, cpu)->slot[i],
				    NULL);
			if (open)
				close_now(open);
		}
	}
	for (i = 0; i < ISLE_FS_SLOTS; i++) {
		open = xchg(&fs->cache.lists[i], NULL);
		if (open)
			close_now(open);
	}
}

/**
 * isle_fs_cache_create() - set up the cache of a new device
 * @cache: the cache
 *
 * Return: 0 or -ENOMEM.
 */
int isle_fs_cache_create(struct isle_fs_cache *cache)
{
	cache->slots = alloc_percpu_gfp(struct isle_fs_slots,
					GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!cache->slots)
		return -ENOMEM;
	init_llist_head(&cache->closing);
	INIT_WORK(&cache->work, close_work);
	INIT_DELAYED_WORK(&cache->idle, idle_work);
	return 0;
}

/**
 * isle_fs_cache_destroy() - free a cache that is empty
 * @cache: the cache
 */
void isle_fs_cache_destroy(struct isle_fs_cache *cache)
{
	free_percpu(cache->slots);
}

/**
 * isle_fs_cache_init() - set up what all caches share
 *
 * Return: 0 or -ENOMEM.
 */
int isle_fs_cache_init(void)
{
	closers = alloc_workqueue("isle-fs-close", WQ_UNBOUND, 0);
	return closers ? 0 : -ENOMEM;
}

/**
 * isle_fs_cache_exit() - undo isle_fs_cache_init(); no device is left
 */
void isle_fs_cache_exit(void)
{
	destroy_workqueue(closers);
}
