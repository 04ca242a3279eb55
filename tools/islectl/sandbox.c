// SPDX-License-Identifier: GPL-2.0
/*
 * The view that a program in a domain has of the file system.  Owns the mount
 * namespace that the process gets.
 *
 * In it /dev/isle is a small read-only tmpfs that holds "self" alone: the
 * directory of the domain itself, not a copy, so that what is added to the
 * domain later appears there.  Where else the module shows domains, in other
 * mounts of devtmpfs, in sysfs and in debugfs, something empty lies on top.
 *
 * /dev/xen is the domain's directory "xen", if it has one.  The host's own, and
 * where else programs that were made for Xen look for its store, are covered in
 * the same way.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "islectl.h"

#define DEV_ISLE "/dev/isle"
#define DEV_XEN "/dev/xen"

static bool is_directory(const char *path)
{
	struct stat st;

	return !stat(path, &st) && S_ISDIR(st.st_mode);
}

static void mount_tmpfs(const char *path, unsigned long flags)
{
	flags |= MS_NOSUID | MS_NOEXEC | MS_NODEV;
	if (mount("isle", path, "tmpfs", flags, "mode=0755,size=64k"))
		die("cannot cover '%s': %s", path, because(-errno));
}

static void make_read_only(const char *path)
{
	if (mount(NULL, path, NULL,
		  MS_REMOUNT | MS_BIND | MS_RDONLY | MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL))
		die("cannot make '%s' read-only: %s", path, because(-errno));
}

/* Puts an empty directory over one, if there is one. */
static void hide(const char *mount_point, const char *below)
{
	char path[PATH_MAX];

	if (snprintf(path, sizeof(path), "%s%s", mount_point, below) >= (int)sizeof(path))
		return;
	if (strcmp(path, DEV_ISLE) && is_directory(path))
		mount_tmpfs(path, MS_RDONLY);
}

/*
 * SYSFS/dev/char has a symbolic link for each character device, named by its
 * number, and programs look theirs up there.  Ours would tell which domains
 * there are: replaces the directory by one without them.
 */
static void hide_links(const char *sysfs)
{
	char path[PATH_MAX], link[PATH_MAX], target[PATH_MAX];
	struct dirent *entry;
	ssize_t len;
	DIR *dir;

	snprintf(path, sizeof(path), "%s/dev/char", sysfs);
	dir = opendir(path);
	if (!dir)
		return;
	/* The directory that was opened is the one below, also from now on. */
	mount_tmpfs(path, 0);
	while ((entry = readdir(dir))) {
		len = readlinkat(dirfd(dir), entry->d_name, target, sizeof(target) - 1);
		if (len < 0)
			continue;
		target[len] = 0;
		if (strstr(target, "/isle/"))
			continue;
		if (snprintf(link, sizeof(link), "%s/%s", path, entry->d_name) <
		    (int)sizeof(link) && symlink(target, link))
			die("cannot make '%s': %s", link, because(-errno));
	}
	closedir(dir);
	make_read_only(path);
}

/* In /proc/self/mountinfo white space is written \ooo. */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (text[0] == '\\' && text[1] && text[2] && text[3]) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = 0;
}

static bool is_below(const char *path, const char *top)
{
	size_t len = strlen(top);

	return !strncmp(path, top, len) && (!path[len] || path[len] == '/');
}

/**
 * hide_in() - hide what a mount shows of domains and of Xen
 * @root: which of the file system's directories is mounted
 * @where: the mount point, "" for "/"
 */
static void hide_in(const char *type, const char *root, const char *where)
{
	bool whole = !strcmp(root, "/");

	if (!strcmp(type, "devtmpfs")) {
		if (whole) {
			hide(where, "/isle");
			hide(where, "/xen");
		} else if (is_below(root, "/isle") || is_below(root, "/xen")) {
			hide(where, "");
		}
	} else if (!strcmp(type, "sysfs") && whole) {
		hide(where, "/class/isle");
		hide(where, "/devices/virtual/isle");
		hide_links(where);
	} else if (!strcmp(type, "debugfs") && whole) {
		hide(where, "/isle");
	} else if (!strcmp(type, "xenfs")) {
		hide(where, "");
	}
}

/* Goes through what was mounted before: what we mount is not in the list. */
static void hide_everywhere(void)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, *text = NULL, *at, *root, *where, *type, *save;
	size_t room = 0, size = 0;
	FILE *copy;

	if (!file)
		die("cannot read /proc/self/mountinfo: %s; is /proc mounted?", because(-errno));
	copy = open_memstream(&text, &size);
	if (!copy)
		die("out of memory");
	while (getline(&line, &room, file) > 0)
		fputs(line, copy);
	fclose(file);
	if (fclose(copy))
		die("out of memory");

	for (at = text; (line = strtok_r(at, "\n", &save)); at = NULL) {
		/* number parent major:minor root mount-point ... - type ... */
		type = strstr(line, " - ");
		if (!type)
			continue;
		*type = 0;
		type += 3;
		type[strcspn(type, " ")] = 0;
		root = line;
		for (int i = 0; i < 3 && root; i++) {
			root = strchr(root, ' ');
			root += !!root;
		}
		where = root ? strchr(root, ' ') : NULL;
		if (!where)
			continue;
		*where++ = 0;
		where[strcspn(where, " ")] = 0;
		unescape(root);
		unescape(where);
		hide_in(type, root, strcmp(where, "/") ? where : "");
	}
	free(text);
}

/*
 * The sockets of a xenstored on the host, which libraries try before /dev/xen.
 * /var/run is usually a symbolic link to /run, but need not be.
 */
static void hide_xenstored(void)
{
	struct stat run, var_run;

	hide("/run", "/xenstored");
	if (stat("/run", &run) || stat("/var/run", &var_run) || run.st_dev != var_run.st_dev ||
	    run.st_ino != var_run.st_ino)
		hide("/var/run", "/xenstored");
}

/* A directory, as a mount that is not attached yet. */
static int take(const char *path)
{
	/* Nodes can be opened for writing all the same. */
	struct mount_attr attr = {
		.attr_set = MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC,
	};
	int fd;

	fd = open_tree(AT_FDCWD, path, OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	if (fd < 0)
		die("cannot take '%s' over: %s", path, because(-errno));
	if (mount_setattr(fd, "", AT_EMPTY_PATH, &attr, sizeof(attr)))
		die("cannot make '%s' read-only: %s", path, because(-errno));
	return fd;
}

static void put(int tree, const char *path)
{
	if (move_mount(tree, "", AT_FDCWD, path, MOVE_MOUNT_F_EMPTY_PATH))
		die("cannot put the domain at '%s': %s", path, because(-errno));
	close(tree);
}

/* Value: the domain's directory; @xen: its Xen nodes, or -1. */
static int take_domain(const char *domain, int *xen)
{
	char path[sizeof(DEV_ISLE) + 1 + ISLE_NAME_SIZE + sizeof("/xen")];
	int fd;

	snprintf(path, sizeof(path), DEV_ISLE "/%s", domain);
	if (!is_directory(DEV_ISLE))
		die("there is no " DEV_ISLE ": is the module loaded? try: modprobe isle");
	if (!is_directory(path))
		die("domain '%s' does not exist, or is not published; create it with: islectl "
		    "domain add %s",
		    domain, domain);
	fd = take(path);
	strcat(path, "/xen");
	*xen = is_directory(path) ? take(path) : -1;
	/* devtmpfs is one for all namespaces: this can only be left behind */
	if (*xen >= 0 && mkdir(DEV_XEN, 0755) && errno != EEXIST)
		die("cannot make " DEV_XEN " to mount the domain's on: %s", because(-errno));
	return fd;
}

/* The old directory may be one that is now covered: look it up again. */
static void renew_working_directory(const char *cwd)
{
	if (!cwd || chdir(cwd))
		if (chdir("/"))
			die("cannot go to '/': %s", because(-errno));
}

void enter_sandbox(const char *domain)
{
	char *cwd = getcwd(NULL, 0);
	int tree, xen;

	if (unshare(CLONE_NEWNS)) {
		if (errno == EPERM)
			die("cannot make a mount namespace: %s; run it as root (sudo)",
			    because(-EPERM));
		die("cannot make a mount namespace: %s", because(-errno));
	}
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL))
		die("cannot make the mount namespace private: %s", because(-errno));
	tree = take_domain(domain, &xen);
	hide_everywhere();
	hide_xenstored();
	mount_tmpfs(DEV_ISLE, 0);
	if (mkdir(DEV_ISLE "/self", 0755))
		die("cannot make " DEV_ISLE "/self: %s", because(-errno));
	put(tree, DEV_ISLE "/self");
	make_read_only(DEV_ISLE);
	if (xen >= 0)
		put(xen, DEV_XEN);
	renew_working_directory(cwd);
	free(cwd);
}
