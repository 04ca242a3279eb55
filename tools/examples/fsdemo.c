// SPDX-License-Identifier: GPL-2.0
/*
 * An example: the files of a device, from inside a domain.
 *
 *	fsdemo DEVICE list [PATH]
 *	fsdemo DEVICE mkdir|create|destroy PATH
 *	fsdemo DEVICE put PATH		the standard input becomes the file
 *	fsdemo DEVICE get PATH		the file goes to the standard output
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libisle.h>

static char buffer[1 << 16];

static int show(void *arg, const struct isle_fs_entry *entry)
{
	(void)arg;
	printf("%s%s\n", entry->name, entry->type == ISLE_FS_DIRECTORY ? "/" : "");
	return 0;
}

static int put(struct isle_fs *fs, const char *path)
{
	uint64_t offset = 0;
	ssize_t len;
	int rc;

	rc = isle_fs_create(fs, path);
	while (!rc && (len = read(STDIN_FILENO, buffer, sizeof(buffer))) > 0) {
		rc = isle_fs_write(fs, path, offset, buffer, len);
		offset += len;
	}
	return rc ? rc : isle_fs_sync(fs);
}

static int get(struct isle_fs *fs, const char *path)
{
	uint64_t offset = 0;
	ssize_t len;

	while ((len = isle_fs_read(fs, path, offset, buffer, sizeof(buffer))) > 0) {
		if (fwrite(buffer, 1, len, stdout) != (size_t)len)
			return -1;
		offset += len;
	}
	return (int)len;
}

static int run(struct isle_fs *fs, const char *verb, const char *path)
{
	if (!strcmp(verb, "list"))
		return isle_fs_listdir(fs, path, show, NULL);
	if (!strcmp(verb, "mkdir"))
		return isle_fs_mkdir(fs, path);
	if (!strcmp(verb, "create"))
		return isle_fs_create(fs, path);
	if (!strcmp(verb, "destroy"))
		return isle_fs_destroy(fs, path);
	if (!strcmp(verb, "put"))
		return put(fs, path);
	if (!strcmp(verb, "get"))
		return get(fs, path);
	fprintf(stderr, "fsdemo: there is no '%s'\n", verb);
	exit(2);
}

int main(int argc, char **argv)
{
	const char *path = argc > 3 ? argv[3] : "";
	struct isle_fs *fs;
	int rc;

	if (argc < 3 || argc > 4) {
		fprintf(stderr, "usage: fsdemo DEVICE VERB [PATH]\n");
		return 2;
	}
	rc = isle_fs_open(argv[1], ISLE_OPEN_READ | ISLE_OPEN_WRITE, &fs);
	if (!rc) {
		rc = run(fs, argv[2], path);
		isle_fs_close(fs);
	}
	if (rc)
		fprintf(stderr, "fsdemo: %s %s: %s\n", argv[2], path, strerror(-rc));
	return rc != 0;
}
