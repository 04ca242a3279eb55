// SPDX-License-Identifier: GPL-2.0
/*
 * Listing a directory of an fs device.
 *
 * The file system calls back with each entry under the directory's lock, so
 * what is collected goes to memory of the module first and to the program
 * afterwards. The cookie is the position in the directory; a directory that is
 * listed is kept open like a file, because finding a position again can take
 * as long as listing up to it.
 */
#include <linux/dcache.h>
#include <linux/err.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "device/fs.h"
#include "device/fs_path.h"

/* At a time; more takes more calls */
#define BUFFER_MAX	SZ_64K

/**
 * struct listing - entries being collected
 * @ctx: what the file system calls
 * @buffer: where to
 * @size: bytes of it
 * @used: bytes that are filled
 * @count: entries in them
 * @full: the next one did not fit
 */
struct listing {
	struct dir_context ctx;
	char *buffer;
	u32 size;
	u32 used;
	u32 count;
	bool full;
};

static u8 entry_type(unsigned int type)
{
	switch (type) {
	case DT_UNKNOWN:
		return ISLE_FS_UNKNOWN;
	case DT_REG:
		return ISLE_FS_FILE;
	case DT_DIR:
		return ISLE_FS_DIRECTORY;
	default:
		return ISLE_FS_OTHER;
	}
}

static bool add_entry(struct dir_context *ctx, const char *name, int len,
		      loff_t pos, u64 ino, unsigned int type)
{
	struct listing *listing = container_of(ctx, struct listing, ctx);
	struct isle_fs_entry *entry;
	u32 length;

	if (len == 1 && name[0] == '.')
		return true;
	if (len == 2 && name[0] == '.' && name[1] == '.')
		return true;
	/* No path could say it; a damaged directory may have it */
	if (len < 1 || len > ISLE_FS_NAME_MAX || memchr(name, '/', len) ||
	    memchr(name, '\0', len))
		return true;
	length = ALIGN(sizeof(*entry) + len + 1, 8);
	if (length > listing->size - listing->used) {
		listing->full = true;
		return false;
	}
	entry = (struct isle_fs_entry *)(listing->buffer + listing->used);
	/* Zeroes behind the name; the name may end in the last 8 bytes */
	*(u64 *)((char *)entry + length - 8) = 0;
	entry->length = length;
	entry->type = entry_type(type);
	entry->name_len = len;
	memcpy(entry->name, name, len);
	listing->used += length;
	listing->count++;
	return true;
}

/* Fill the buffer from where the file stands. */
static int collect(struct file *file, struct listing *listing)
{
	loff_t before;
	int err;

	do {
		before = file->f_pos;
		listing->ctx.pos = before;
		err = iterate_dir(file, &listing->ctx);
		/* Some stop after each block, whatever there was in it */
	} while (!err && !listing->used && !listing->full &&
		 file->f_pos != before);
	/* What was collected before an error is not lost */
	if (listing->used)
		return 0;
	if (!err && listing->full)
		return -EINVAL;
	return err == -ERESTARTSYS || err == -EINTR ? -EINTR : err;
}

static int list_open(struct isle_fs_open *open, struct isle_fs_list *arg,
		     struct listing *listing)
{
	struct file *file = open->file;
	int err;

	if (file->f_pos != arg->cookie &&
	    (arg->cookie > LLONG_MAX ||
	     vfs_llseek(file, arg->cookie, SEEK_SET) < 0))
		return -EINVAL;
	err = collect(file, listing);
	if (err)
		return err;
	arg->cookie = file->f_pos;
	return 0;
}

static int list_name(struct isle_fs *fs, const struct isle_fs_name *name,
		     struct isle_fs_list *arg, struct listing *listing)
{
	struct isle_fs_open *open;
	int err;

	err = isle_fs_enter(fs);
	if (err)
		return err;
	open = isle_fs_cache_take(fs, name, ISLE_FS_WANT_LIST);
	err = PTR_ERR_OR_ZERO(open);
	if (!err) {
		err = list_open(open, arg, listing);
		isle_fs_cache_give(open);
	}
	isle_fs_leave(fs);
	return err;
}

/**
 * isle_fs_list() - list a part of a directory
 * @fs: the device
 * @arg: which one, where from, where to
 *
 * Return: 0 or what isle/fs.h says.
 */
int isle_fs_list(struct isle_fs *fs, struct isle_fs_list *arg)
{
	struct listing listing = {
		.ctx.actor = add_entry,
		.size = min_t(u32, arg->buffer_len, BUFFER_MAX),
	};
	struct isle_fs_name name;
	int err;

	if (arg->flags || arg->used || arg->count)
		return -EINVAL;
	err = isle_fs_name_get(&name, arg->path, arg->path_len);
	if (err)
		return err;
	/* Entries are whole words; kvmalloc() takes no 0 */
	listing.size = round_down(listing.size, 8);
	listing.buffer = kvmalloc(max_t(u32, listing.size, 8),
				  GFP_KERNEL_ACCOUNT);
	err = -ENOMEM;
	if (!listing.buffer)
		goto out;
	err = list_name(fs, &name, arg, &listing);
	if (err)
		goto out_buffer;
	err = -EFAULT;
	if (copy_to_user(u64_to_user_ptr(arg->buffer), listing.buffer,
			 listing.used))
		goto out_buffer;
	arg->used = listing.used;
	arg->count = listing.count;
	err = 0;
out_buffer:
	kvfree(listing.buffer);
out:
	isle_fs_name_put(&name);
	return err;
}
