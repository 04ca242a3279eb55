// SPDX-License-Identifier: GPL-2.0
/*
 * blkdemo: what a program in a domain does with a block device, in a page.
 *
 *	blkdemo [NODE] [--read SECTOR...] [--reverse BLOCK...] [--upper BLOCK...]
 *
 * NODE is the name of a block device of the domain that the program is in, or
 * the path of one's node; "disk" if not given.  A block has 4096 bytes.  Each
 * line tells a step.
 */
#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libisle.h>

#define BLOCK 4096

static void check(int rc, const char *what)
{
	if (rc >= 0)
		return;
	fprintf(stderr, "blkdemo: %s: %s\n", what, strerror(-rc));
	exit(1);
}

/* A sum that tells contents apart, not one that resists an adversary. */
static uint64_t sum(const unsigned char *data, size_t size)
{
	uint64_t hash = 0xcbf29ce484222325;

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ data[i]) * 0x100000001b3;
	return hash;
}

static void read_sector(struct isle_blk *blk, uint64_t sector, unsigned char *data)
{
	struct iovec iov = { data, isle_blk_sector_size(blk) };

	check(isle_blk_atomic_read(blk, sector, &iov, 1), "reading a sector");
	printf("sector %" PRIu64 ": sum %016" PRIx64 "\n", sector, sum(data, iov.iov_len));
}

static void request_over(void *arg, int result)
{
	*(int *)arg = result;
}

/* Queues a read; only isle_queue_run() starts it, and then calls us back. */
static void scheduled_read(struct isle_queue *queue, struct isle_blk *blk, uint64_t sector,
			   unsigned char *data)
{
	struct iovec iov = { data, BLOCK };
	int result = 1;

	check(isle_queue_read(queue, blk, sector, &iov, 1, request_over, &result, NULL),
	      "queueing a read");
	while (result == 1)
		check(isle_queue_run(queue, -1), "running the queue");
	check(result, "reading a block");
}

static void rewrite(struct isle_queue *queue, struct isle_blk *blk, uint64_t block,
		    bool upper, unsigned char *data)
{
	uint64_t sector = block * (BLOCK / isle_blk_sector_size(blk));
	struct iovec iov = { data, BLOCK };
	unsigned char swap;
	uint64_t before;

	scheduled_read(queue, blk, sector, data);
	before = sum(data, BLOCK);
	if (upper) {
		for (int i = 0; i < BLOCK; i++)
			data[i] = (unsigned char)toupper(data[i]);
	} else {
		for (int i = 0; i < BLOCK / 2; i++) {
			swap = data[i];
			data[i] = data[BLOCK - 1 - i];
			data[BLOCK - 1 - i] = swap;
		}
	}
	check(isle_blk_atomic_write(blk, sector, &iov, 1), "writing a block");
	printf("block %" PRIu64 ": read, %s, written back: sum was %016" PRIx64
	       ", is %016" PRIx64 "\n",
	       block, upper ? "put in capitals" : "reversed", before, sum(data, BLOCK));
}

static struct isle_blk *open_blk(const char *node)
{
	struct isle_blk_info info = { .size = sizeof(info) };
	struct isle_device_id id = { .size = sizeof(id) };
	struct isle_blk *blk;

	check(isle_blk_open(node, ISLE_OPEN_READ | ISLE_OPEN_WRITE, &blk), node);
	check(isle_blk_get_id(blk, &id), "asking for the name");
	check(isle_blk_get_info(blk, &info), "asking for the size");
	printf("%s of domain %s: %" PRIu64 " sectors of %u bytes, %s\n", id.name, id.domain,
	       (uint64_t)info.size_sectors, info.sector_size,
	       info.flags & ISLE_BLK_READ_ONLY ? "read-only" : "read-write");
	return blk;
}

int main(int argc, char **argv)
{
	enum { NODE, READ, REVERSE, UPPER } what = NODE;
	static unsigned char data[BLOCK] __attribute__((aligned(BLOCK)));
	const char *node = "disk";
	struct isle_queue *queue;
	struct isle_blk *blk;
	bool wrote = false;
	uint64_t number;
	char *end;
	int i = 1;

	if (i < argc && argv[i][0] != '-')
		node = argv[i++];
	blk = open_blk(node);
	check(isle_queue_create(8, 0, &queue), "making a queue");
	for (; i < argc; i++) {
		number = strtoull(argv[i], &end, 0);
		if (!strcmp(argv[i], "--read")) {
			what = READ;
		} else if (!strcmp(argv[i], "--reverse")) {
			what = REVERSE;
		} else if (!strcmp(argv[i], "--upper")) {
			what = UPPER;
		} else if (what == NODE || *end || end == argv[i]) {
			fprintf(stderr, "Usage: blkdemo [NODE] [--read SECTOR...] [--reverse "
					"BLOCK...] [--upper BLOCK...]\n");
			return 2;
		} else if (what == READ) {
			read_sector(blk, number, data);
		} else {
			rewrite(queue, blk, number, what == UPPER, data);
			wrote = true;
		}
	}
	if (wrote) {
		check(isle_blk_flush(blk), "flushing");
		printf("flushed: all of it is on stable storage\n");
	}
	isle_queue_destroy(queue);
	isle_blk_close(blk);
	return 0;
}
