/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the benchmark of block devices share: operations, targets,
 * and the requests of the batch that is under way.
 */
#ifndef ISLE_BENCH_BLK_H
#define ISLE_BENCH_BLK_H

#include <liburing.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/uio.h>

#include "bench.h"

#define SLAB		(1u << 20)	/* memory of one batch */
#define MAX_OPS		128		/* requests of one batch */
#define VECTOR		16		/* blocks of one vector */
#define BLOCK		4096u

enum kind { SINGLE, VECTORED, URING };

struct op {
	const char *name;
	enum kind kind;
	bool write;
	bool random;
	unsigned int bytes;		/* of one request */
	unsigned int requests;		/* of one batch */
	unsigned int depth;		/* requests under way; URING */
	bool fixed_file;
	bool fixed_buffer;
};

/* Sectors that all targets of a group show */
struct group {
	const char *name;
	uint32_t *generation;		/* of each sector */
	uint32_t last;
};

struct target {
	const char *name;
	const char *path;
	struct group *group;
	bool writes_only;
	bool first;			/* of its group */
	int fd;
	struct series series;
	/* On the present operation: */
	unsigned int requests;		/* of a batch */
	uint64_t fastest;		/* batch, with all its checking */
	uint64_t spent;
	struct io_uring ring;
};

struct request {
	uint64_t offset;		/* on the target */
	char *data;
};

/* blk_data.c: where a batch goes, and what is there */
extern uint64_t span;			/* bytes of each target that are used */
extern char *slab;
extern struct request requests[MAX_OPS];
extern struct iovec vectors[MAX_OPS][VECTOR];

void choose(const struct op *op);
void fill(const struct op *op, struct group *group);
void check(const struct op *op, const struct target *target, const char *when);

/* blk_run.c: asking for it */
void run(struct target *target, const struct op *op);
void ring_open(struct target *target, const struct op *op);

#endif /* ISLE_BENCH_BLK_H */
