// SPDX-License-Identifier: GPL-2.0
/*
 * What the benchmarks share.
 */
#include <errno.h>
#include <sched.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "bench.h"

void die(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	fputs("bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fputc('\n', stderr);
	exit(1);
}

void die_errno(int error, const char *format, ...)
{
	va_list args;

	if (!error)
		error = errno;
	fflush(stdout);
	fputs("bench: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(abs(error)));
	exit(1);
}

void series_add(struct series *series, double sample)
{
	/* Grows by doubling */
	if (!(series->count & (series->count - 1))) {
		size_t room = series->count ? 2ul * series->count : 1;

		series->sample = realloc(series->sample,
					 room * sizeof(*series->sample));
		if (!series->sample)
			die("out of memory");
	}
	series->sample[series->count++] = sample;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double quantile(const double *sorted, unsigned int count, double q)
{
	double at = q * (count - 1);
	unsigned int i = (unsigned int)at;

	if (i + 1 >= count)
		return sorted[count - 1];
	return sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]);
}

void series_print(const struct series *series, const char *bench,
		  const char *target, const char *op, const char *extra)
{
	unsigned int n = series->count;
	double *sorted;
	unsigned int i;

	if (!n)
		die("%s %s: nothing was measured", target, op);
	sorted = malloc(n * sizeof(*sorted));
	if (!sorted)
		die("out of memory");
	memcpy(sorted, series->sample, n * sizeof(*sorted));
	qsort(sorted, n, sizeof(*sorted), compare);
	printf("{\"bench\": \"%s\", \"target\": \"%s\", \"op\": \"%s\", ",
	       bench, target, op);
	printf("\"median\": %.1f, \"q1\": %.1f, \"q3\": %.1f, ",
	       quantile(sorted, n, 0.5), quantile(sorted, n, 0.25),
	       quantile(sorted, n, 0.75));
	printf("\"min\": %.1f, \"max\": %.1f%s, \"samples\": [", sorted[0],
	       sorted[n - 1], extra);
	for (i = 0; i < n; i++)
		printf("%s%.1f", i ? ", " : "", series->sample[i]);
	printf("]}\n");
	free(sorted);
}

void series_free(struct series *series)
{
	free(series->sample);
	*series = (struct series){};
}

#define STEP	0x9e3779b97f4a7c15ull

static uint64_t first_word(uint64_t sector, uint32_t generation)
{
	uint64_t x = sector * 0xd6e8feb86659fd93ull + generation;

	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ull;
	return x ^ x >> 29;
}

void pattern_fill(void *buffer, uint64_t sector, uint32_t generation)
{
	uint64_t word = first_word(sector, generation);
	uint64_t *p = buffer;
	unsigned int i;

	for (i = 0; i < SECTOR / sizeof(*p); i++, word += STEP)
		p[i] = word;
}

bool pattern_good(const void *buffer, uint64_t sector, uint32_t generation)
{
	uint64_t word = first_word(sector, generation);
	const uint64_t *p = buffer;
	uint64_t wrong = 0;
	unsigned int i;

	for (i = 0; i < SECTOR / sizeof(*p); i++, word += STEP)
		wrong |= p[i] ^ word;
	return !wrong;
}

void *memory(size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		die_errno(0, "%zu bytes of memory", size);
	if (madvise(p, size, MADV_NOHUGEPAGE))
		die_errno(0, "madvise");
	memset(p, 0x55, size);
	return p;
}

void stay(int processor)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(processor, &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		die_errno(0, "processor %d", processor);
}

uint64_t parse_size(const char *text)
{
	static const char units[] = "KMG";
	const char *unit;
	char *end;
	uint64_t size = strtoull(text, &end, 0);

	unit = *end ? strchr(units, *end) : NULL;
	if (unit) {
		size <<= 10 * (unit - units + 1);
		end++;
	}
	if (*end || !size)
		die("%s is not a size", text);
	return size;
}
