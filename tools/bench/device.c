// SPDX-License-Identifier: GPL-2.0
/*
 * Measures key-value devices and consoles beside what a program would use
 * instead.
 *
 *	device [--batches N]
 *
 * Operations and targets:
 *
 *	kv-read-4k, kv-read-1m	isle: pread of a value's file, isle-tar: the
 *				same in an archive, isle-key: by its key;
 *				pread: of the backing file, open: openat,
 *				pread and close of it
 *	kv-map-1m		isle: map a value, touch each page, unmap;
 *				mmap: the same with the backing file
 *	console-64, console-4k	isle: print and read at the host's end;
 *				pty: write to a raw terminal and read at its
 *				master
 *
 * Output and clock are those of blk.  What is read is compared.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <isle/console.h>
#include <isle/control.h>
#include <isle/kv.h>

#include "bench.h"

#define BYTES	(1u << 20)
#define SMALL	4096u
#define DIR	"/dev/shm/bench-kv"

static int control, domain, dir_fd, file_fd, kv_dir, kv_tar, value_dir, value_tar;
static uint32_t domid;
static char *expected, *got;

static int must(int ret, const char *what)
{
	if (ret < 0)
		die_errno(errno, "%s", what);
	return ret;
}

static void add(uint32_t class, const char *name, const void *config)
{
	struct isle_device_add arg = {
		.size = sizeof(arg), .domid = domid, .dev_class = class,
		.config = (uintptr_t)config,
	};

	strcpy(arg.name, name);
	must(ioctl(control, ISLE_CTL_DEVICE_ADD, &arg), "adding a device");
}

static int device(uint32_t class, const char *name)
{
	struct isle_device_open arg = {
		.size = sizeof(arg), .dev_class = class,
		.flags = ISLE_OPEN_READ | (class == ISLE_CLASS_CONSOLE ? ISLE_OPEN_WRITE : 0),
	};

	strcpy(arg.name, name);
	must(ioctl(domain, ISLE_DOMAIN_DEVICE_OPEN, &arg), "opening a device");
	return arg.fd;
}

static int value(int kv)
{
	struct isle_kv_open arg = {
		.size = sizeof(arg), .key = (uintptr_t)"value", .key_length = 5,
	};

	must(ioctl(kv, ISLE_KV_OPEN, &arg), "opening a value");
	return arg.fd;
}

static void set_up(void)
{
	struct isle_domain_create create = { .size = sizeof(create) };
	struct isle_kv_entry entry = { .length = BYTES, .key_length = 5 };
	struct isle_kv_config config = { .size = sizeof(config), .backing = ISLE_KV_DIR };

	control = must(open("/dev/isle/control", O_RDWR | O_CLOEXEC), "the control");
	must(ioctl(control, ISLE_CTL_DOMAIN_CREATE, &create), "making a domain");
	domain = create.fd;
	domid = create.domid;
	mkdir(DIR, 0700);
	dir_fd = must(open(DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC), DIR);
	file_fd = must(openat(dir_fd, "value", O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600),
		       "the file");
	expected = memory(BYTES);
	/* not at equal offsets modulo 2 MiB */
	got = (char *)memory(2 * BYTES) + 12 * SMALL;
	pattern_fill(expected, 0, 1);
	for (unsigned int i = 0; i < BYTES / SECTOR; i++)
		pattern_fill(expected + (size_t)i * SECTOR, i, 1);
	if (write(file_fd, expected, BYTES) != BYTES)
		die_errno(errno, "writing the file");
	config.fd = dir_fd;
	add(ISLE_CLASS_KV, "dir", &config);
	config.backing = ISLE_KV_INDEX;
	config.fd = file_fd;
	config.index = (uintptr_t)&entry;
	config.entries = 1;
	config.keys = (uintptr_t)"value";
	config.keys_length = 5;
	add(ISLE_CLASS_KV, "tar", &config);
	kv_dir = device(ISLE_CLASS_KV, "dir");
	kv_tar = device(ISLE_CLASS_KV, "tar");
	value_dir = value(kv_dir);
	value_tar = value(kv_tar);
}

/* One operation on the first @len bytes; false: it went wrong. */
typedef bool (*operation)(int fd, size_t len);

static bool read_file(int fd, size_t len)
{
	return pread(fd, got, len, 0) == (ssize_t)len;
}

static bool read_key(int fd, size_t len)
{
	struct isle_kv_read arg = {
		.size = sizeof(arg), .key = (uintptr_t)"value", .key_length = 5,
		.buffer = (uintptr_t)got, .length = len,
	};

	return !ioctl(fd, ISLE_KV_READ, &arg) && arg.length == len;
}

static bool read_open(int fd, size_t len)
{
	int file = openat(fd, "value", O_RDONLY | O_CLOEXEC);
	bool good = pread(file, got, len, 0) == (ssize_t)len;

	return !close(file) && good;
}

static bool map(int fd, size_t len)
{
	volatile char *at = mmap(NULL, len, PROT_READ, MAP_SHARED, fd, 0);
	bool good = at != MAP_FAILED;

	for (size_t i = 0; good && i < len; i += SMALL)
		good = at[i] == expected[i];
	return good && !munmap((void *)at, len);
}

static int reader;	/* of what is printed */

static bool print(int fd, size_t len)
{
	size_t done = 0;
	ssize_t ret;

	if (write(fd, expected, len) != (ssize_t)len)
		return false;
	while (done < len) {
		ret = read(reader, got + done, len - done);
		if (ret <= 0)
			return false;
		done += ret;
	}
	return true;
}

static void measure(const char *target, const char *op, operation run, int fd, size_t len,
		    unsigned int batches, unsigned int repeat)
{
	struct series series = { 0 };
	uint64_t start;

	memset(got, 0, len);
	if (!run(fd, len))
		die_errno(errno, "%s %s", target, op);
	if (run != map && memcmp(got, expected, len))
		die("%s %s: what was read is not what was written", target, op);
	for (unsigned int i = 0; i < batches; i++) {
		start = now();
		for (unsigned int j = 0; j < repeat; j++)
			if (!run(fd, len))
				die_errno(errno, "%s %s", target, op);
		series_add(&series, (double)(now() - start) / repeat);
	}
	series_print(&series, "device", target, op, "");
	series_free(&series);
}

static void measure_kv(unsigned int batches)
{
	static const struct {
		const char *op;
		size_t len;
		unsigned int repeat;
	} sizes[] = { { "kv-read-4k", SMALL, 200 }, { "kv-read-1m", BYTES, 10 } };

	for (unsigned int i = 0; i < ARRAY_SIZE(sizes); i++) {
		const char *op = sizes[i].op;
		size_t len = sizes[i].len;
		unsigned int repeat = sizes[i].repeat;

		measure("isle", op, read_file, value_dir, len, batches, repeat);
		measure("isle-tar", op, read_file, value_tar, len, batches, repeat);
		measure("isle-key", op, read_key, kv_tar, len, batches, repeat);
		measure("isle-key-dir", op, read_key, kv_dir, len, batches, repeat);
		measure("pread", op, read_file, file_fd, len, batches, repeat);
		measure("open", op, read_open, dir_fd, len, batches, repeat);
	}
	measure("isle", "kv-map-1m", map, value_dir, BYTES, batches, 10);
	measure("mmap", "kv-map-1m", map, file_fd, BYTES, batches, 10);
}

static int open_pty(int *terminal)
{
	int master = must(posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC), "a pty");
	struct termios raw;
	char name[64];

	if (grantpt(master) || unlockpt(master) || ptsname_r(master, name, sizeof(name)))
		die_errno(errno, "a pty");
	*terminal = must(open(name, O_RDWR | O_NOCTTY | O_CLOEXEC), name);
	tcgetattr(*terminal, &raw);
	cfmakeraw(&raw);
	must(tcsetattr(*terminal, TCSANOW, &raw), name);
	return master;
}

static void measure_console(unsigned int batches)
{
	struct isle_console_config config = { .size = sizeof(config) };
	struct isle_device_attach attach = {
		.size = sizeof(attach), .domid = domid, .dev_class = ISLE_CLASS_CONSOLE,
		.name = "tty",
	};
	int tty;

	add(ISLE_CLASS_CONSOLE, "tty", &config);
	tty = device(ISLE_CLASS_CONSOLE, "tty");
	must(ioctl(control, ISLE_CTL_DEVICE_ATTACH, &attach), "attaching");
	reader = attach.fd;
	measure("isle", "console-64", print, tty, 64, batches, 200);
	measure("isle", "console-4k", print, tty, SMALL, batches, 50);
	reader = open_pty(&tty);
	measure("pty", "console-64", print, tty, 64, batches, 200);
	measure("pty", "console-4k", print, tty, SMALL, batches, 50);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "batches", required_argument, NULL, 'b' },
		{ 0 }
	};
	unsigned int batches = 5;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c != 'b')
			return 2;
		batches = (unsigned int)strtoul(optarg, NULL, 0);
	}
	set_up();
	measure_kv(batches);
	measure_console(batches);
	unlinkat(dir_fd, "value", 0);
	rmdir(DIR);
	return 0;
}
