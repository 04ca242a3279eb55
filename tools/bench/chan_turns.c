// SPDX-License-Identifier: GPL-2.0
/*
 * The benchmark "chan": messages there and back between two threads, each of
 * which waits for the other one.  On one processor every message is a sleep,
 * a wake-up and a switch; across processors each side has its own.
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "chan.h"

#define LEN	64u
#define TURNS	256u
#define BATCHES_LEAST	3	/* as chan_stream.c */

static const struct lane {
	const char *target;
	enum { CHANNEL, CALLS, PIPE, UNIX } kind;
} lanes[] = {
	{ "isle", CHANNEL },
	{ "isle-calls", CALLS },
	{ "pipe", PIPE },
	{ "unix", UNIX },
};

/* One side: what it does its own moving by */
struct side {
	struct isle_vchan *vchan;	/* or: */
	int in, out;
	int processor;			/* negative: any */
	bool stop;			/* set before the last message */
};

static void put(struct side *s, const char *data)
{
	if (!s->vchan)
		write_all(s->out, data, LEN);
	else if (isle_vchan_send(s->vchan, data, LEN) != LEN)
		die("isle_vchan_send");
}

static void take(struct side *s, char *data)
{
	if (!s->vchan)
		read_all(s->in, data, LEN);
	else if (isle_vchan_recv(s->vchan, data, LEN) != LEN)
		die("isle_vchan_recv");
}

static void *echo(void *arg)
{
	struct side *s = arg;
	char data[LEN];
	bool last;

	if (s->processor >= 0)
		stay(s->processor);
	do {
		take(s, data);
		/* Before the answer, after which it may be set for the next one */
		last = __atomic_load_n(&s->stop, __ATOMIC_ACQUIRE);
		put(s, data);
	} while (!last);
	return NULL;
}

static void set_up(const struct lane *lane, struct duct ducts[2], struct side sides[2])
{
	switch (lane->kind) {
	case CHANNEL:
		make_channel(&ducts[0], 1024);
		sides[0].vchan = ducts[0].from;
		sides[1].vchan = ducts[0].to;
		return;
	case CALLS:
		make_channel(&ducts[0], 1024);
		sides[0].in = isle_vchan_fd(ducts[0].from);
		sides[0].out = sides[0].in;
		sides[1].in = isle_vchan_fd(ducts[0].to);
		sides[1].out = sides[1].in;
		return;
	case PIPE:
		make_pipe(&ducts[0], 65536);
		make_pipe(&ducts[1], 65536);
		break;
	case UNIX:
		make_unix(&ducts[0]);
		make_unix(&ducts[1]);
	}
	sides[0].out = ducts[0].fd[0];
	sides[1].in = ducts[0].fd[1];
	sides[1].out = ducts[1].fd[0];
	sides[0].in = ducts[1].fd[1];
}

static void measure_lane(const struct lane *lane, unsigned int batches, bool across,
			 uint64_t patience)
{
	struct duct ducts[2] = { };
	struct side sides[2] = { };
	struct series series = {};
	char name[32], *from, *to;
	pthread_t thread;
	uint64_t begin, end, first = now();
	unsigned int i, k;

	set_up(lane, ducts, sides);
	make_data(TURNS * LEN, &from, &to);
	sides[1].processor = across ? 0 : -1;
	if (pthread_create(&thread, NULL, echo, &sides[1]))
		die("no thread");
	for (i = 0; i < 2 + batches; i++) {
		if (series.count >= BATCHES_LEAST && now() - first > patience)
			break;
		fill_data(from, to, TURNS * LEN, i);
		begin = now();
		for (k = 0; k < TURNS; k++) {
			put(&sides[0], from + k * LEN);
			take(&sides[0], to + k * LEN);
		}
		end = now();
		check_data(to, TURNS * LEN, i, lane->target);
		if (i >= 2)
			series_add(&series, (double)(end - begin) / TURNS);
	}
	__atomic_store_n(&sides[1].stop, true, __ATOMIC_RELEASE);
	put(&sides[0], from);
	take(&sides[0], to);
	pthread_join(thread, NULL);
	snprintf(name, sizeof(name), "turn-%u", LEN);
	series_print(&series, "chan", lane->target, name, "");
	series_free(&series);
	close_duct(&ducts[0]);
	if (lane->kind == PIPE || lane->kind == UNIX)
		close_duct(&ducts[1]);
}

void measure_turns(unsigned int batches, bool across, uint64_t patience)
{
	unsigned int i;

	if (across)
		stay(1);
	for (i = 0; i < ARRAY_SIZE(lanes); i++)
		measure_lane(&lanes[i], batches, across, patience);
}
