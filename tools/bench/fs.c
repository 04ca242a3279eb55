// SPDX-License-Identifier: GPL-2.0
/*
 * Measures what files of an fs device cost, beside the host's own.
 *
 *	fs [--batches N] [--entries N] DIRECTORY
 *
 * Gives a domain a device on DIRECTORY, and reads, writes and lists there by
 * libisle ("isle") and by pread, pwrite and getdents64 ("host"): the same file,
 * the same directory.  Both take turns.
 *
 * Prints a line of JSON for each target and operation: nanoseconds, which are
 * instructions under icount, per operation; for the listing, per entry.  All
 * data is checked outside the time that counts, and all entries are counted.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <libisle.h>

#include "bench.h"

#define FILE_BYTES	(4u << 20)
#define LIST_BYTES	65536

enum { ISLE, HOST, TARGETS };

static const char *const target_names[TARGETS] = { "isle", "host" };

static const struct op {
	const char *name;
	bool write;
	unsigned int bytes;
	unsigned int requests;		/* of a batch */
} ops[] = {
	{ "read-4k", false, 4096, 128 },
	{ "write-4k", true, 4096, 128 },
	{ "read-1m", false, 1 << 20, 4 },
	{ "write-1m", true, 1 << 20, 4 },
};

static struct isle_control *control;
static struct isle_fs *fs;
static const char *directory;
static int file;			/* of the host */
static char *data;
static uint32_t generation = 1;
static int domid = -1;

static void give_back(void)
{
	if (domid >= 0)
		isle_control_domain_destroy(control, domid, 0);
}

static void prepare(void)
{
	struct isle_fs_config config = {
		.size = sizeof(config), .backing = ISLE_FS_DIR,
	};
	struct isle_domain_create create = { .size = sizeof(create) };
	struct isle_domain *domain;
	char path[256];
	int rc;

	rc = isle_control_open(&control);
	if (rc)
		die_errno(rc, "/dev/isle/control");
	if (ioctl(isle_control_fd(control), ISLE_CTL_DOMAIN_CREATE, &create))
		die_errno(0, "making a domain");
	domid = create.domid;
	atexit(give_back);
	config.fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (config.fd < 0)
		die_errno(0, "%s", directory);
	rc = isle_control_fs_add(control, domid, "files", &config, NULL);
	if (rc)
		die_errno(rc, "adding the device");
	rc = isle_domain_from_fd(create.fd, &domain);
	if (!rc)
		rc = isle_fs_open_in(domain, "files", ISLE_OPEN_READ | ISLE_OPEN_WRITE, &fs);
	if (rc)
		die_errno(rc, "opening the device");
	snprintf(path, sizeof(path), "%s/data", directory);
	file = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	if (file < 0)
		die_errno(0, "%s", path);
	data = memory(FILE_BYTES);
}

/* The whole file anew, by the host. */
static void fill_file(void)
{
	generation++;
	for (unsigned int i = 0; i < FILE_BYTES / SECTOR; i++)
		pattern_fill(data + i * SECTOR, i, generation);
	if (pwrite(file, data, FILE_BYTES, 0) != FILE_BYTES)
		die_errno(0, "writing the file");
}

static void move(int target, const struct op *op, uint64_t offset)
{
	char *at = data + offset;
	long ret;

	if (target == HOST)
		ret = op->write ? pwrite(file, at, op->bytes, offset)
				: pread(file, at, op->bytes, offset);
	else if (op->write)
		ret = isle_fs_write(fs, "data", offset, at, op->bytes) ?: (long)op->bytes;
	else
		ret = isle_fs_read(fs, "data", offset, at, op->bytes);
	if (ret != (long)op->bytes)
		die("%s %s: %ld", target_names[target], op->name, ret);
}

static void check(uint64_t bytes)
{
	for (uint64_t i = 0; i < bytes / SECTOR; i++)
		if (!pattern_good(data + i * SECTOR, i, generation))
			die("wrong data in sector %llu", (unsigned long long)i);
}

static double batch(int target, const struct op *op)
{
	uint64_t all = (uint64_t)op->bytes * op->requests, start, end;

	if (op->write) {
		generation++;
		for (uint64_t i = 0; i < all / SECTOR; i++)
			pattern_fill(data + i * SECTOR, i, generation);
	} else {
		memset(data, 0, all);
	}
	start = now();
	for (unsigned int i = 0; i < op->requests; i++)
		move(target, op, (uint64_t)i * op->bytes);
	end = now();
	if (op->write) {
		memset(data, 0, all);
		if (pread(file, data, all, 0) != (ssize_t)all)
			die_errno(0, "reading back");
	}
	check(all);
	return (double)(end - start) / op->requests;
}

/* Entries of the directory; "." and ".." are none */
static unsigned long list_host(void)
{
	static char buffer[LIST_BYTES];
	char path[256];
	unsigned long n = 0;
	long used, at;
	int fd;

	snprintf(path, sizeof(path), "%s/many", directory);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	while ((used = syscall(SYS_getdents64, fd, buffer, sizeof(buffer))) > 0)
		for (at = 0; at < used; n++)
			at += *(unsigned short *)(buffer + at + 16);
	close(fd);
	return n - 2;
}

static unsigned long list_isle(void)
{
	static char buffer[LIST_BYTES] __attribute__((aligned(8)));
	unsigned long n = 0;
	uint64_t cookie = 0;
	ssize_t used, at;

	while ((used = isle_fs_list(fs, "many", &cookie, buffer, sizeof(buffer))) > 0)
		for (at = 0; at < used; n++)
			at += ((struct isle_fs_entry *)(buffer + at))->length;
	return n;
}

static double list(int target, unsigned long entries)
{
	uint64_t start = now(), end;
	unsigned long n = target == HOST ? list_host() : list_isle();

	end = now();
	if (n != entries)
		die("%s: %lu entries instead of %lu", target_names[target], n, entries);
	return (double)(end - start) / entries;
}

static void make_entries(unsigned long entries)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/many", directory);
	if (mkdir(path, 0700))
		die_errno(0, "%s", path);
	for (unsigned long i = 0; i < entries; i++) {
		snprintf(path, sizeof(path), "%s/many/entry-%lu", directory, i);
		if (mknod(path, S_IFREG | 0600, 0))
			die_errno(0, "%s", path);
	}
}

static void report(struct series *series, const char *op)
{
	for (int t = 0; t < TARGETS; t++) {
		series_print(&series[t], "fs", target_names[t], op, "");
		series_free(&series[t]);
	}
	memset(series, 0, TARGETS * sizeof(*series));
}

int main(int argc, char **argv)
{
	struct series series[TARGETS] = { 0 };
	unsigned long batches = 11, entries = 0, n;

	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[i], "--batches") && i + 1 < argc)
			batches = strtoul(argv[++i], NULL, 10);
		else if (!strcmp(argv[i], "--entries") && i + 1 < argc)
			entries = strtoul(argv[++i], NULL, 10);
		else
			directory = argv[i];
	}
	if (!directory)
		die("usage: fs [--batches N] [--entries N] DIRECTORY");
	prepare();
	for (size_t o = 0; o < ARRAY_SIZE(ops); o++) {
		fill_file();
		for (n = 0; n <= batches; n++)
			for (int t = 0; t < TARGETS; t++) {
				double cost = batch(t, &ops[o]);

				/* the first one warms up */
				if (n)
					series_add(&series[t], cost);
			}
		report(series, ops[o].name);
	}
	if (!entries)
		return 0;
	make_entries(entries);
	for (n = 0; n <= 3; n++)
		for (int t = 0; t < TARGETS; t++) {
			double cost = list(t, entries);

			if (n)
				series_add(&series[t], cost);
		}
	report(series, "list");
	return 0;
}
