// SPDX-License-Identifier: GPL-2.0
/*
 * The benchmark "chan": a stream from one processor to another.
 *
 * Beside the time per message it prints how often either side went to sleep
 * per MiB, as the scheduler counts it: each sleep is a wake-up of the other's.
 *
 * On a busy machine, where the two processors of a virtual one wait for each
 * other, a batch can take a hundred times as long as it should.  So a lane ends
 * when it has used up its time and has BATCHES_LEAST.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "chan.h"
#include "copy.h"

#define BATCHES_LEAST	3

static const struct lane {
	const char *target;
	enum { CHANNEL, PIPE, UNIX, SHARED, COPY } kind;
} lanes[] = {
	{ "isle", CHANNEL },
	{ "pipe", PIPE },
	{ "unix", UNIX },
	{ "plain-ring", SHARED },
	{ "copy", COPY },
};

static const struct size {
	size_t len;
	unsigned int count;		/* messages of a batch */
	size_t ring;
} sizes[] = {
	{ 64, 32768, 65536 },
	{ 65536, 128, 1 << 20 },
};

struct side {
	const struct lane *lane;
	const struct size *size;
	struct duct *duct;
	char *data;
	pthread_barrier_t *barrier;
	bool stop;			/* set before the barrier */
	uint64_t done;			/* when the last batch was */
	long sleeps;			/* of the last batch */
};

static long sleeps(void)
{
	struct rusage usage;

	getrusage(RUSAGE_THREAD, &usage);
	return usage.ru_nvcsw;
}

static void put(const struct lane *lane, struct duct *d, char *data, size_t len)
{
	ssize_t rc;

	switch (lane->kind) {
	case CHANNEL:
		rc = isle_vchan_write(d->from, data, len);
		if (rc != (ssize_t)len)
			die_errno(rc < 0 ? (int)rc : -EIO, "isle_vchan_write");
		break;
	case SHARED:
		while (!ring_move(d->ring, 0, data, len))
			__builtin_ia32_pause();
		break;
	default:
		write_all(d->fd[0], data, len);
	}
}

static void take(const struct lane *lane, struct duct *d, char *data, size_t len)
{
	ssize_t n;

	switch (lane->kind) {
	case CHANNEL:
		for (; len; data += n, len -= n) {
			n = isle_vchan_read(d->to, data, len);
			if (n <= 0)
				die_errno(n ? (int)n : -EPIPE, "isle_vchan_read");
		}
		break;
	case SHARED:
		while (!ring_move(d->ring, 1, data, len))
			__builtin_ia32_pause();
		break;
	default:
		read_all(d->fd[1], data, len);
	}
}

static void *write_side(void *arg)
{
	struct side *s = arg;
	unsigned int k;

	stay(0);
	for (;;) {
		pthread_barrier_wait(s->barrier);
		if (s->stop)
			return NULL;
		s->sleeps = -sleeps();
		for (k = 0; k < s->size->count; k++)
			put(s->lane, s->duct, s->data + k * s->size->len, s->size->len);
		s->sleeps += sleeps();
		pthread_barrier_wait(s->barrier);
	}
}

static void *read_side(void *arg)
{
	struct side *s = arg;
	unsigned int k;

	stay(1);
	for (;;) {
		pthread_barrier_wait(s->barrier);
		if (s->stop)
			return NULL;
		s->sleeps = -sleeps();
		for (k = 0; k < s->size->count; k++)
			take(s->lane, s->duct, s->data + k * s->size->len, s->size->len);
		s->done = now();
		s->sleeps += sleeps();
		pthread_barrier_wait(s->barrier);
	}
}

static void add(struct series *times, struct series *wakes, const struct size *size,
		uint64_t time, long slept)
{
	series_add(times, (double)time / size->count);
	series_add(wakes, slept / ((double)size->count * size->len / (1 << 20)));
}

/* The limit of all: what one processor alone needs for one copy. */
static void measure_copy(const struct size *size, unsigned int batches)
{
	struct series times = {};
	char *from, *to, name[32];
	uint64_t begin, end;
	unsigned int i, k;

	if (size->len < SECTOR)
		return;
	stay(1);
	make_data(size->len * size->count, &from, &to);
	for (i = 0; i < 2 + batches; i++) {
		fill_data(from, to, size->len * size->count, i);
		begin = now();
		for (k = 0; k < size->count; k++)
			copy_best(to + k * size->len, from + k * size->len, size->len);
		end = now();
		check_data(to, size->len * size->count, i, "copy");
		if (i >= 2)
			series_add(&times, (double)(end - begin) / size->count);
	}
	snprintf(name, sizeof(name), "stream-%zu", size->len);
	series_print(&times, "chan", "copy", name, "");
	series_free(&times);
}

static void measure_lane(const struct lane *lane, const struct size *size, unsigned int batches,
			 uint64_t patience)
{
	struct side sides[2] = { }, *s;
	struct series times = {}, wakes = {};
	pthread_barrier_t barrier;
	pthread_t threads[2];
	struct duct duct;
	char *from, *to, name[32], extra[64];
	uint64_t begin, first = now();
	unsigned int i;

	switch (lane->kind) {
	case CHANNEL:
		make_channel(&duct, size->ring);
		break;
	case PIPE:
		make_pipe(&duct, size->ring);
		break;
	case UNIX:
		make_unix(&duct);
		break;
	case SHARED:
		make_ring(&duct, size->ring);
		break;
	case COPY:
		measure_copy(size, batches);
		return;
	}
	make_data(size->len * size->count, &from, &to);
	pthread_barrier_init(&barrier, NULL, 3);
	for (i = 0; i < 2; i++) {
		s = &sides[i];
		*s = (struct side){ .lane = lane, .size = size, .duct = &duct,
				    .data = i ? to : from, .barrier = &barrier };
		if (pthread_create(&threads[i], NULL, i ? read_side : write_side, s))
			die("no thread");
	}
	for (i = 0; i < 2 + batches; i++) {
		if (times.count >= BATCHES_LEAST && now() - first > patience)
			break;
		fill_data(from, to, size->len * size->count, i);
		begin = now();
		pthread_barrier_wait(&barrier);
		pthread_barrier_wait(&barrier);
		check_data(to, size->len * size->count, i, lane->target);
		if (i >= 2)
			add(&times, &wakes, size, sides[1].done - begin,
			    sides[0].sleeps + sides[1].sleeps);
	}
	for (i = 0; i < 2; i++)
		sides[i].stop = true;
	pthread_barrier_wait(&barrier);
	for (i = 0; i < 2; i++)
		pthread_join(threads[i], NULL);
	snprintf(name, sizeof(name), "stream-%zu", size->len);
	snprintf(extra, sizeof(extra), ", \"ring\": %zu", size->ring);
	series_print(&times, "chan", lane->target, name, extra);
	snprintf(name, sizeof(name), "wakeups-%zu", size->len);
	series_print(&wakes, "chan", lane->target, name, extra);
	series_free(&times);
	series_free(&wakes);
	close_duct(&duct);
}

void measure_stream(unsigned int batches, uint64_t patience)
{
	unsigned int i, k;

	for (k = 0; k < ARRAY_SIZE(sizes); k++)
		for (i = 0; i < ARRAY_SIZE(lanes); i++)
			measure_lane(&lanes[i], &sizes[k], batches, patience);
}
