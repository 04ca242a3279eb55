// SPDX-License-Identifier: GPL-2.0
/*
 * Measures what nothing can beat: a system call and an ioctl that do nothing,
 * and copies of 4 and 64 KiB by several loops.
 *
 *	limit [--batches N] [--processor N]
 *
 * Output and clock are those of blk.  The kernel has no AVX at hand for its
 * copies, so "movsq" is what a copy costs there at best, and "best" what it
 * costs at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "bench.h"
#include "copy.h"

#define REPEAT	256u
#define LARGE	65536u

static void copy_libc(void *to, const void *from, size_t size)
{
	memcpy(to, from, size);
	__asm__ volatile("" : : "r"(to) : "memory");
}

static const struct loop {
	const char *name;
	void (*copy)(void *to, const void *from, size_t size);
} loops[] = {
	{ "movsq", copy_movsq },
	{ "sse", copy_sse },
	{ "avx", copy_avx },
	{ "libc", copy_libc },
};

static void measure_copy(const struct loop *loop, size_t size,
			 unsigned int batches, char *from, char *to)
{
	struct series series = {};
	unsigned int i, k;
	uint64_t begin, end;
	char name[64];

	if (!strcmp(loop->name, "avx") && !__builtin_cpu_supports("avx"))
		return;
	for (i = 0; i < 2 + batches; i++) {
		for (k = 0; k < size; k += SECTOR)
			pattern_fill(from + k, k / SECTOR, i);
		memset(to, 0x55, size);
		begin = now();
		for (k = 0; k < REPEAT; k++)
			loop->copy(to, from, size);
		end = now();
		for (k = 0; k < size; k += SECTOR)
			if (!pattern_good(to + k, k / SECTOR, i))
				die("%s does not copy", loop->name);
		if (i >= 2)
			series_add(&series, (double)(end - begin) / REPEAT);
	}
	snprintf(name, sizeof(name), "copy-%zuk-%s", size / 1024, loop->name);
	series_print(&series, "limit", "limit", name, "");
	series_free(&series);
}

/* The shortest way into the kernel and back, without libc's additions. */
static inline long raw_call(long number, long a, long b, long c)
{
	long ret;

	__asm__ volatile("syscall" : "=a"(ret)
			 : "a"(number), "D"(a), "S"(b), "d"(c)
			 : "rcx", "r11", "memory");
	return ret;
}

static void measure_calls(unsigned int batches)
{
	const int fd = open("/dev/null", O_RDWR | O_CLOEXEC);
	struct series null = {}, none = {};
	uint64_t begin, middle, end;
	unsigned int i, k;

	if (fd < 0)
		die_errno(0, "/dev/null");
	if (raw_call(SYS_ioctl, fd, _IO(0xf5, 0x7f), 0) != -ENOTTY)
		die("/dev/null knows the ioctl");
	for (i = 0; i < 2 + batches; i++) {
		begin = now();
		for (k = 0; k < REPEAT; k++)
			raw_call(SYS_getppid, 0, 0, 0);
		middle = now();
		for (k = 0; k < REPEAT; k++)
			raw_call(SYS_ioctl, fd, _IO(0xf5, 0x7f), 0);
		end = now();
		if (i < 2)
			continue;
		series_add(&null, (double)(middle - begin) / REPEAT);
		series_add(&none, (double)(end - middle) / REPEAT);
	}
	series_print(&null, "limit", "limit", "null-call", "");
	series_print(&none, "limit", "limit", "null-ioctl", "");
	series_free(&null);
	series_free(&none);
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "batches", required_argument, NULL, 'b' },
		{ "processor", required_argument, NULL, 'p' },
		{ }
	};
	unsigned int batches = 9;
	char *from, *to;
	unsigned int i;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b':
			batches = strtoul(optarg, NULL, 10);
			break;
		case 'p':
			stay(atoi(optarg));
			break;
		default:
			return 2;
		}
	}
	if (!batches)
		die("bad --batches");
	measure_calls(batches);
	/*
	 * The emulator's translation cache has between 64 entries and some
	 * thousands, indexed by page: not at equal offsets modulo 256 KiB, let
	 * alone 2 MiB.
	 */
	from = memory(1 << 20);
	from = (char *)(((uintptr_t)from + LARGE - 1) & ~(uintptr_t)(LARGE - 1));
	to = from + 2 * LARGE + 4096;
	for (i = 0; i < ARRAY_SIZE(loops); i++) {
		measure_copy(&loops[i], 4096, batches, from, to);
		measure_copy(&loops[i], LARGE, batches, from, to);
	}
	return 0;
}
