// SPDX-License-Identifier: GPL-2.0
/*
 * Where a batch goes on a target and in memory, and the data that it writes or
 * has to find there.
 */
#include "blk.h"

uint64_t span = 64 << 20;
char *slab;
struct request requests[MAX_OPS];
struct iovec vectors[MAX_OPS][VECTOR];

/* Different numbers below a power of two, for different @i below it */
static uint64_t scatter(uint64_t i, uint64_t limit)
{
	const uint64_t mask = limit - 1;
	unsigned int half = (64 - __builtin_clzll(limit)) / 2;

	i = (i * 0x9e3779b1u + 0x2545f491u) & mask;
	i ^= i >> half;
	i = (i * 0x85ebca6bu) & mask;
	return i ^ i >> half;
}

/* Choose where the next batch goes, and from or to what memory. */
void choose(const struct op *op)
{
	static uint64_t next;
	const uint64_t places = span / op->bytes;
	const unsigned int slots = SLAB / op->bytes;
	unsigned int i, k;

	for (i = 0; i < op->requests; i++) {
		uint64_t at = (next + i) & (places - 1);
		uint64_t slot = scatter(next + i, slots);

		if (op->random)
			at = scatter(at, places);
		requests[i].offset = at * op->bytes;
		requests[i].data = slab + slot * op->bytes;
		for (k = 0; op->kind == VECTORED && k < VECTOR; k++) {
			/* Backwards, so that nothing is contiguous */
			vectors[i][k].iov_base = requests[i].data +
						 (VECTOR - 1 - k) * BLOCK;
			vectors[i][k].iov_len = BLOCK;
		}
	}
	next += op->requests;
}

/* Where in memory the sector is that is @i'th in a request */
static char *place(const struct op *op, unsigned int request, unsigned int i)
{
	unsigned int at = i * SECTOR;

	if (op->kind != VECTORED)
		return requests[request].data + at;
	return (char *)vectors[request][at / BLOCK].iov_base + at % BLOCK;
}

void fill(const struct op *op, struct group *group)
{
	const unsigned int sectors = op->bytes / SECTOR;
	unsigned int i, k;

	group->last++;
	for (i = 0; i < op->requests; i++) {
		uint64_t sector = requests[i].offset / SECTOR;

		for (k = 0; k < sectors; k++) {
			pattern_fill(place(op, i, k), sector + k, group->last);
			group->generation[sector + k] = group->last;
		}
	}
}

void check(const struct op *op, const struct target *target, const char *when)
{
	const unsigned int sectors = op->bytes / SECTOR;
	unsigned int i, k;

	for (i = 0; i < op->requests; i++) {
		uint64_t sector = requests[i].offset / SECTOR;

		for (k = 0; k < sectors; k++) {
			uint32_t want = target->group->generation[sector + k];

			if (!pattern_good(place(op, i, k), sector + k, want))
				die("%s: %s: wrong data in sector %llu, %s",
				    target->name, op->name,
				    (unsigned long long)(sector + k), when);
		}
	}
}
