// SPDX-License-Identifier: GPL-2.0
/*
 * Measures what one operation on a device, file or disk costs.
 *
 *	blk [--span SIZE] [--batches N] [--patience MS] [--processor N]
 *	    [--only PATTERN] TARGET...
 *
 * TARGET is NAME=PATH and options, each after a comma: "direct" and "dsync"
 * open it with O_DIRECT and O_DSYNC, "writes" measures only what writes,
 * "group=G" says that all targets with that word show the same data.  The
 * path "memfd" is a new memfd.  Each must have SIZE bytes, a power of two,
 * and loses what it holds.
 *
 * Prints a line of JSON for each target and operation: nanoseconds, which are
 * instructions under icount, per operation; for vectors, per 4 KiB block.
 *
 * All data is checked, outside the time that counts.  Every byte a batch has
 * read is compared with what was written last; after a batch of writes it is
 * read back and compared; in the end, all of every group once more, by way of
 * its first target.  A wrong byte fails the run.
 *
 * Batches of all targets take turns, so that a change in the machine's speed
 * meets all of them.  The place in memory has nothing in common with the place
 * on the device, so that they are not at the same offset modulo 2 MiB more
 * often than by chance: the emulator copies much slower then.  A target that
 * would need more than MS milliseconds for an operation gets shorter batches,
 * and fewer, but at least five.
 */
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <liburing.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"

#define MAX_TARGETS	64
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

#define ONE(rw, text, size, count)					\
	{ .name = "p" rw "-" text "-rand", .bytes = size,		\
	  .write = rw[0] == 'w', .random = true, .requests = count },	\
	{ .name = "p" rw "-" text "-seq", .bytes = size,		\
	  .write = rw[0] == 'w', .requests = count }
#define VEC(rw)								\
	{ .name = "p" rw "v-16x4k", .kind = VECTORED, .random = true,	\
	  .write = rw[0] == 'w', .bytes = VECTOR * BLOCK, .requests = 8 }
#define RING(rw, text, deep, file, buffer)				\
	{ .name = "uring-" rw "-" text, .kind = URING, .random = true,	\
	  .write = rw[0] == 'w', .bytes = BLOCK, .requests = MAX_OPS,	\
	  .depth = deep, .fixed_file = file, .fixed_buffer = buffer }

static const struct op ops[] = {
	ONE("read", "512", SECTOR, 64),
	ONE("write", "512", SECTOR, 64),
	ONE("read", "4k", BLOCK, 64),
	ONE("write", "4k", BLOCK, 64),
	ONE("read", "64k", 65536, 16),
	ONE("write", "64k", 65536, 16),
	VEC("read"),
	VEC("write"),
	RING("read", "d1", 1, false, false),
	RING("write", "d1", 1, false, false),
	RING("read", "d32", 32, false, false),
	RING("write", "d32", 32, false, false),
	RING("read", "d32-file", 32, true, false),
	RING("write", "d32-file", 32, true, false),
	RING("read", "d32-fixed", 32, true, true),
	RING("write", "d32-fixed", 32, true, true),
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

static struct group groups[MAX_TARGETS];
static struct target targets[MAX_TARGETS];
static unsigned int target_count;
static uint64_t span = 64 << 20;
static char *slab;
static struct request requests[MAX_OPS];
static struct iovec vectors[MAX_OPS][VECTOR];

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
static void choose(const struct op *op)
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

static void fill(const struct op *op, struct group *group)
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

static void check(const struct op *op, const struct target *target,
		  const char *when)
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

static void wrong_result(const struct target *target, const struct op *op,
			 long result)
{
	if (result < 0)
		die_errno(result, "%s: %s", target->name, op->name);
	die("%s: %s: %ld bytes instead of %u", target->name, op->name, result,
	    op->bytes);
}

static void run_single(const struct target *target, const struct op *op)
{
	unsigned int i;
	ssize_t done;

	for (i = 0; i < op->requests; i++) {
		const struct request *r = &requests[i];

		if (op->write)
			done = pwrite(target->fd, r->data, op->bytes, r->offset);
		else
			done = pread(target->fd, r->data, op->bytes, r->offset);
		if (done != op->bytes)
			wrong_result(target, op, done < 0 ? -errno : done);
	}
}

static void run_vectored(const struct target *target, const struct op *op)
{
	unsigned int i;
	ssize_t done;

	for (i = 0; i < op->requests; i++) {
		if (op->write)
			done = pwritev(target->fd, vectors[i], VECTOR,
				       requests[i].offset);
		else
			done = preadv(target->fd, vectors[i], VECTOR,
				      requests[i].offset);
		if (done != op->bytes)
			wrong_result(target, op, done < 0 ? -errno : done);
	}
}

static void prepare(struct io_uring_sqe *sqe, const struct target *target,
		    const struct op *op, const struct request *r)
{
	int fd = op->fixed_file ? 0 : target->fd;

	if (op->fixed_buffer && op->write)
		io_uring_prep_write_fixed(sqe, fd, r->data, op->bytes,
					  r->offset, 0);
	else if (op->fixed_buffer)
		io_uring_prep_read_fixed(sqe, fd, r->data, op->bytes,
					 r->offset, 0);
	else if (op->write)
		io_uring_prep_write(sqe, fd, r->data, op->bytes, r->offset);
	else
		io_uring_prep_read(sqe, fd, r->data, op->bytes, r->offset);
	if (op->fixed_file)
		sqe->flags |= IOSQE_FIXED_FILE;
}

static void run_uring(struct target *target, const struct op *op)
{
	struct io_uring *ring = &target->ring;
	unsigned int asked = 0, done = 0;

	while (done < op->requests) {
		struct io_uring_cqe *cqe;
		unsigned int head, got = 0;
		int err;

		while (asked < op->requests && asked - done < op->depth)
			prepare(io_uring_get_sqe(ring), target, op,
				&requests[asked++]);
		err = io_uring_submit_and_wait(ring, 1);
		if (err < 0)
			die_errno(err, "%s: io_uring", target->name);
		io_uring_for_each_cqe(ring, head, cqe) {
			if (cqe->res != (int)op->bytes)
				wrong_result(target, op, cqe->res);
			got++;
		}
		io_uring_cq_advance(ring, got);
		done += got;
	}
}

static void run(struct target *target, const struct op *op)
{
	switch (op->kind) {
	case SINGLE:
		run_single(target, op);
		break;
	case VECTORED:
		run_vectored(target, op);
		break;
	case URING:
		run_uring(target, op);
		break;
	}
}

static void ring_open(struct target *target, const struct op *op)
{
	struct iovec all = { .iov_base = slab, .iov_len = SLAB };
	int err;

	err = io_uring_queue_init(op->depth, &target->ring, 0);
	if (err)
		die_errno(err, "io_uring");
	if (op->fixed_file) {
		err = io_uring_register_files(&target->ring, &target->fd, 1);
		if (err)
			die_errno(err, "%s: registering it", target->name);
	}
	if (op->fixed_buffer) {
		err = io_uring_register_buffers(&target->ring, &all, 1);
		if (err)
			die_errno(err, "registering memory");
	}
}

/* One batch.  Return: how long it took, per request or block of a vector. */
static double batch(struct target *target, const struct op *op)
{
	unsigned int parts = op->requests;
	struct op back = *op;
	uint64_t begin, end;

	if (op->kind == VECTORED)
		parts *= VECTOR;
	choose(op);
	if (op->write)
		fill(op, target->group);
	else
		memset(slab, 0x55, SLAB);
	begin = now();
	run(target, op);
	end = now();
	if (op->write) {
		memset(slab, 0x55, SLAB);
		back.write = false;
		run(target, &back);
	}
	check(&back, target, op->write ? "after writing it" : "as read");
	return (double)(end - begin) / parts;
}

/*
 * How many worker threads io_uring needs for @op: in a process of its own,
 * because workers stay for a while.  What that writes is what was there.
 */
static unsigned int workers(struct target *target, const struct op *op)
{
	struct op first = *op;
	int status, n = 0;
	char line[128];
	FILE *file;
	pid_t pid;

	choose(op);
	first.kind = SINGLE;
	first.write = false;
	run(target, &first);
	check(&first, target, "before counting workers");
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		die_errno(0, "fork");
	if (!pid) {
		ring_open(target, op);
		run(target, op);
		file = fopen("/proc/self/status", "r");
		while (file && fgets(line, sizeof(line), file))
			if (sscanf(line, "Threads: %d", &n) == 1)
				break;
		_exit(n > 0 && n < 250 ? n - 1 : 255);
	}
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) ||
	    WEXITSTATUS(status) == 255)
		die("%s: %s: cannot count workers", target->name, op->name);
	return WEXITSTATUS(status);
}

static bool wanted(const struct target *target, const struct op *op)
{
	return op->write || !target->writes_only;
}

#define WARM	2u		/* batches that do not count */
#define LEAST	5u		/* batches that do */

/* One batch, unless @target has had its share.  @turn: how many it had */
static void take_turn(struct target *target, const struct op *op,
		      unsigned int turn, uint64_t patience)
{
	const unsigned int shortest = op->kind == URING ? 2 * op->depth : 8;
	const uint64_t begin = now();
	struct op part = *op;
	uint64_t took;
	double sample;

	/* A hiccup of the machine is not the target's fault, many may be */
	if (turn >= WARM + LEAST && (target->spent / 4 > patience ||
				     target->fastest * turn > patience))
		return;
	if (target->requests)
		part.requests = target->requests;
	sample = batch(target, &part);
	took = now() - begin;
	target->spent += took;
	if (!turn || took < target->fastest)
		target->fastest = took;
	if (turn >= WARM)
		series_add(&target->series, sample);
	else if (took > patience / (WARM + LEAST) &&
		 part.requests / 4 >= shortest)
		target->requests = part.requests / 4;
}

static void report(struct target *target, const struct op *op)
{
	char extra[64] = "";

	if (op->kind == URING) {
		io_uring_queue_exit(&target->ring);
		snprintf(extra, sizeof(extra), ", \"workers\": %u",
			 workers(target, op));
	}
	series_print(&target->series, "blk", target->name, op->name, extra);
	series_free(&target->series);
	target->requests = 0;
	target->spent = 0;
}

static void measure(const struct op *op, unsigned int batches,
		    uint64_t patience)
{
	struct target *t, *end = targets + target_count;
	unsigned int i;

	for (t = targets; t < end; t++)
		if (wanted(t, op) && op->kind == URING)
			ring_open(t, op);
	for (i = 0; i < WARM + batches; i++)
		for (t = targets; t < end; t++)
			if (wanted(t, op))
				take_turn(t, op, i, patience);
	for (t = targets; t < end; t++)
		if (wanted(t, op))
			report(t, op);
	fflush(stdout);
}

static const struct op whole = {
	.name = "all of it",
	.bytes = 65536,
	.requests = SLAB / 65536,
};

static void fill_group(struct target *target)
{
	struct op op = whole;
	uint64_t i;

	op.write = true;
	for (i = 0; i < span / SLAB; i++) {
		choose(&op);
		fill(&op, target->group);
		run(target, &op);
	}
	/* Pages of the page cache are clean from now on */
	if (fsync(target->fd))
		die_errno(0, "%s: fsync", target->name);
}

static void check_group(struct target *target)
{
	uint64_t i;

	for (i = 0; i < span / SLAB; i++) {
		choose(&whole);
		memset(slab, 0x55, SLAB);
		run(target, &whole);
		check(&whole, target, "in the end");
	}
}

static struct group *find_group(const char *name)
{
	struct group *group = groups;

	while (group->name && strcmp(group->name, name))
		group++;
	if (group->name)
		return group;
	group->name = name;
	group->generation = calloc(span / SECTOR, sizeof(*group->generation));
	if (!group->generation)
		die("out of memory");
	return group;
}

static void open_target(char *text)
{
	struct target *target = &targets[target_count++];
	const char *group = text;
	int flags = O_RDWR | O_CLOEXEC;
	char *option;

	if (target_count > MAX_TARGETS)
		die("too many targets");
	target->name = strsep(&text, "=");
	target->path = strsep(&text, ",");
	if (!target->path)
		die("%s has no path", target->name);
	while ((option = strsep(&text, ","))) {
		if (!strcmp(option, "direct"))
			flags |= O_DIRECT;
		else if (!strcmp(option, "dsync"))
			flags |= O_DSYNC;
		else if (!strcmp(option, "writes"))
			target->writes_only = true;
		else if (!strncmp(option, "group=", 6))
			group = option + 6;
		else
			die("%s: no option %s", target->name, option);
	}
	target->group = find_group(group);
	target->first = !target->group->last;
	if (!strcmp(target->path, "memfd")) {
		target->fd = memfd_create("bench", MFD_CLOEXEC);
		if (target->fd >= 0 && ftruncate(target->fd, span))
			die_errno(0, "memfd");
	} else {
		target->fd = open(target->path, flags);
	}
	if (target->fd < 0)
		die_errno(0, "%s", target->path);
	if (lseek(target->fd, 0, SEEK_END) < (off_t)span)
		die("%s is too small", target->path);
	if (target->first)
		fill_group(target);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "span", required_argument, NULL, 's' },
		{ "batches", required_argument, NULL, 'b' },
		{ "patience", required_argument, NULL, 't' },
		{ "processor", required_argument, NULL, 'p' },
		{ "only", required_argument, NULL, 'o' },
		{ }
	};
	const struct rlimit unlimited = { RLIM_INFINITY, RLIM_INFINITY };
	uint64_t patience = UINT64_MAX;
	unsigned int batches = 9;
	const char *only = "*";
	unsigned int i;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 's':
			span = parse_size(optarg);
			break;
		case 'b':
			batches = strtoul(optarg, NULL, 10);
			break;
		case 't':
			patience = strtoull(optarg, NULL, 10) * 1000000;
			break;
		case 'p':
			stay(atoi(optarg));
			break;
		case 'o':
			only = optarg;
			break;
		default:
			return 2;
		}
	}
	if (span & (span - 1) || span < SLAB || !batches)
		die("bad --span or --batches");
	setrlimit(RLIMIT_MEMLOCK, &unlimited);
	slab = memory(SLAB);
	for (i = optind; i < (unsigned int)argc; i++)
		open_target(argv[i]);
	for (i = 0; i < ARRAY_SIZE(ops); i++) {
		if (fnmatch(only, ops[i].name, FNM_EXTMATCH))
			continue;
		fprintf(stderr, "  %s on %u targets\n", ops[i].name,
			target_count);
		measure(&ops[i], batches, patience);
	}
	for (i = 0; i < target_count; i++)
		if (targets[i].first)
			check_group(&targets[i]);
	return 0;
}
