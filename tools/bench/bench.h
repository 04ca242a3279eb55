/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the benchmarks share: the clock, series of figures, data that tells
 * where and when it was written.
 */
#ifndef ISLE_BENCH_H
#define ISLE_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <time.h>

#define SECTOR		512u

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

/* Does not return; a benchmark that cannot go on has failed. */
void die(const char *format, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
/* The same, with the text of errno or of @error, a negative errno. */
void die_errno(int error, const char *format, ...)
	__attribute__((noreturn, format(printf, 2, 3)));

/*
 * Under QEMU's icount a virtual nanosecond is one instruction, so this counts
 * instructions there and time everywhere else.
 */
static inline uint64_t now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

/**
 * struct series - figures of the same thing, one per batch
 * @count: how many
 * @sample: the figures, in the order in which they were taken
 */
struct series {
	unsigned int count;
	double *sample;
};

void series_add(struct series *series, double sample);
/* One line of JSON; @extra: more fields, each preceded by a comma, or "" */
void series_print(const struct series *series, const char *bench,
		  const char *target, const char *op, const char *extra);
void series_free(struct series *series);

/*
 * Data: every word of a sector depends on the sector's number, on the
 * generation that was written, and on its place in the sector.
 */
void pattern_fill(void *buffer, uint64_t sector, uint32_t generation);
bool pattern_good(const void *buffer, uint64_t sector, uint32_t generation);

/*
 * Memory that is there from the start, in small pages, so that no batch pays
 * for a page fault and a direct request pins as many pages everywhere.
 */
void *memory(size_t size);

/* Stay on one processor. */
void stay(int processor);

/* "64K", "1M", ...: bytes */
uint64_t parse_size(const char *text);

#endif /* ISLE_BENCH_H */
