// SPDX-License-Identifier: GPL-2.0
/*
 * Paths of programs: what may be in one.
 *
 * A path is read from user memory once and checked as a whole before anything
 * is looked up: no name is empty, "." or "..".  The walk is in walk.c.
 *
 * There is no lock.
 */
#include <linux/compiler.h>
#include <linux/fs.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

#include "device/fs.h"
#include "device/fs_path.h"

static int check_name(const char *name, size_t len)
{
	if (!len || (name[0] == '.' && (len == 1 || (len == 2 && name[1] == '.'))))
		return -EINVAL;
	return len > ISLE_FS_NAME_MAX ? -ENAMETOOLONG : 0;
}

/**
 * isle_fs_path_check() - whether a path is one
 * @path: the path, without a '/' in front
 * @len: bytes of it
 *
 * Context: any.
 * Return: 0, -EINVAL or -ENAMETOOLONG.
 */
int isle_fs_path_check(const char *path, size_t len)
{
	const char *end = path + len, *slash;
	int err;

	if (len > ISLE_FS_PATH_MAX)
		return -ENAMETOOLONG;
	if (!len)
		return 0;	/* the root */
	for (;;) {
		for (slash = path; slash != end && *slash != '/'; slash++)
			if (!*slash)
				return -EINVAL;
		err = check_name(path, slash - path);
		if (err || slash == end)
			return err;
		path = slash + 1;
	}
}

/*
 * A short path, by words: a call of copy_from_user() would take a twentieth of
 * reading a page.
 */
static bool copy_short(void *to, const void __user *from, size_t len)
{
	if (!user_read_access_begin(from, len))
		return false;
	for (; len >= sizeof(u64); len -= sizeof(u64)) {
		u64 word;

		unsafe_get_user(word, (const u64 __user *)from, fault);
		memcpy(to, &word, sizeof(word));
		from += sizeof(u64);
		to += sizeof(u64);
	}
	if (len >= sizeof(u32)) {
		u32 word;

		unsafe_get_user(word, (const u32 __user *)from, fault);
		memcpy(to, &word, sizeof(word));
		from += sizeof(u32);
		to += sizeof(u32);
		len -= sizeof(u32);
	}
	for (; len; len--)
		unsafe_get_user(*(u8 *)to++, (const u8 __user *)from++, fault);
	user_read_access_end();
	return true;

fault:
	user_read_access_end();
	return false;
}

static bool copy_path(struct isle_fs_name *name, u64 path, u32 len)
{
	if (!name->memory)
		return copy_short(name->name, u64_to_user_ptr(path), len);
	return !copy_from_user(name->name, u64_to_user_ptr(path), len);
}

/**
 * isle_fs_name_get() - read a path of a program
 * @name: filled in; give back by isle_fs_name_put()
 * @path: where it is
 * @len: bytes of it
 *
 * Return: 0, -EFAULT, -EINVAL, -ENAMETOOLONG or -ENOMEM; then there is nothing
 * to give back.
 */
int isle_fs_name_get(struct isle_fs_name *name, u64 path, u32 len)
{
	int err = -EFAULT;

	/* One more for the '/' in front */
	if (len > ISLE_FS_PATH_MAX + 1)
		return -ENAMETOOLONG;
	name->memory = NULL;
	name->name = name->room;
	if (len >= sizeof(name->room)) {
		name->memory = kmalloc(len + 1, GFP_KERNEL_ACCOUNT);
		if (!name->memory)
			return -ENOMEM;
		name->name = name->memory;
	}
	if (!copy_path(name, path, len))
		goto err_put;
	name->name[len] = '\0';
	name->len = len;
	if (len && name->name[0] == '/') {
		name->name++;
		name->len--;
	}
	err = isle_fs_path_check(name->name, name->len);
	if (!err)
		return 0;
err_put:
	isle_fs_name_put(name);
	return err;
}

/**
 * isle_fs_name_put() - give a path back
 * @name: from isle_fs_name_get()
 */
void isle_fs_name_put(struct isle_fs_name *name)
{
	kfree(name->memory);
}

/**
 * isle_fs_name_split() - tell the last name of a path from its directory
 * @name: the path, not the root; it is cut
 * @last: set to the last name
 *
 * Return: the path of the directory.
 */
const char *isle_fs_name_split(struct isle_fs_name *name, const char **last)
{
	char *slash = strrchr(name->name, '/');

	*last = slash ? slash + 1 : name->name;
	if (!slash)
		return "";
	*slash = '\0';
	return name->name;
}
