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
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "blk.h"

#define MAX_TARGETS	64

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

static struct group groups[MAX_TARGETS];
static struct target targets[MAX_TARGETS];
static unsigned int target_count;

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
