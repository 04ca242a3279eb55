// SPDX-License-Identifier: GPL-2.0
/*
 * Measures Debian's libxenvchan, as chan measures isle's library.
 *
 *	xenchan [--batches N] [--stream [--patience SECONDS]]
 *
 * Both ends are in one domain: run it where /dev/xen is one, in "islectl run"
 * or on Xen.  One thread writes a message and reads it again; with --stream one
 * writes and another one, on another processor, reads.  Output, clock and
 * checking are those of chan.
 */
#include <errno.h>
#include <getopt.h>
#include <libxenvchan.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>

#include "bench.h"

#define BATCHES_LEAST	3

static unsigned int own_domid(void)
{
	struct xs_handle *xs = xs_open(0);
	unsigned int len, domid;
	char *text;

	if (!xs)
		die_errno(0, "the store");
	text = xs_read(xs, XBT_NULL, "domid", &len);
	if (!text)
		die_errno(0, "domid in the store");
	domid = strtoul(text, NULL, 10);
	free(text);
	xs_close(xs);
	return domid;
}

static void make_data(size_t size, char **from, char **to)
{
	size_t apart = ((size + (1 << 18) - 1) & ~((size_t)(1 << 18) - 1)) + (1 << 17) + 4096;

	*from = memory(apart + size);
	*to = *from + apart;
}

static void fill(char *from, char *to, size_t size, unsigned int batch)
{
	size_t at;

	for (at = 0; at < size; at += SECTOR)
		pattern_fill(from + at, at / SECTOR, batch);
	memset(to, 0x55, size);
}

static void check(const char *to, size_t size, unsigned int batch)
{
	size_t at;

	for (at = 0; at < size; at += SECTOR)
		if (!pattern_good(to + at, at / SECTOR, batch))
			die("wrong data");
}

/* The client's end writes, the server's reads */
static struct libxenvchan *server, *client;

static void join(unsigned int domid, size_t ring, const char *name)
{
	char path[96];

	snprintf(path, sizeof(path), "/local/domain/%u/data/vchan/%u/%s", domid, domid, name);
	server = libxenvchan_server_init(NULL, domid, path, ring, 1024);
	if (!server)
		die_errno(0, "libxenvchan_server_init");
	client = libxenvchan_client_init(NULL, domid, path);
	if (!client)
		die_errno(0, "libxenvchan_client_init");
	server->blocking = 1;
	client->blocking = 1;
}

static void part(void)
{
	libxenvchan_close(client);
	libxenvchan_close(server);
}

static void put(const char *data, size_t len)
{
	if (libxenvchan_send(client, data, len) != (int)len)
		die_errno(0, "sending %zu bytes", len);
}

static void take(char *data, size_t len)
{
	if (libxenvchan_recv(server, data, len) != (int)len)
		die_errno(0, "receiving %zu bytes", len);
}

static void measure_same(unsigned int domid, size_t len, unsigned int batches)
{
	const unsigned int n = len == 64 ? 1024 : 8;
	const size_t size = n * len;
	struct series series = {};
	char name[32], *from, *to;
	uint64_t begin, end;
	unsigned int i, k;

	snprintf(name, sizeof(name), "same-%zu", len);
	join(domid, 1 << 20, name);
	make_data(size, &from, &to);
	for (i = 0; i < 2 + batches; i++) {
		fill(from, to, size, i);
		begin = now();
		for (k = 0; k < n; k++) {
			put(from + k * len, len);
			take(to + k * len, len);
		}
		end = now();
		check(to, size, i);
		if (i >= 2)
			series_add(&series, (double)(end - begin) / n);
	}
	series_print(&series, "chan", "libxenvchan", name, "");
	series_free(&series);
	part();
}

#define TURNS	256u

struct echoer {
	bool across;
	bool stop;			/* set before the last message */
};

static void *echo(void *arg)
{
	struct echoer *e = arg;
	char data[64];
	bool last;

	if (e->across)
		stay(0);
	do {
		take(data, sizeof(data));
		/* Before the answer, after which it may be set for the next one */
		last = __atomic_load_n(&e->stop, __ATOMIC_ACQUIRE);
		if (libxenvchan_send(server, data, sizeof(data)) != sizeof(data))
			die_errno(0, "sending back");
	} while (!last);
	return NULL;
}

/* There and back, as chan_turns.c */
static void measure_turns(unsigned int domid, unsigned int batches, bool across,
			  uint64_t patience)
{
	struct echoer e = { .across = across };
	uint64_t first = now();
	unsigned int i, k;
	const size_t size = TURNS * 64;
	struct series series = {};
	uint64_t begin, end;
	pthread_t thread;
	char *from, *to;

	join(domid, 1024, "turn-64");
	make_data(size, &from, &to);
	if (across)
		stay(1);
	if (pthread_create(&thread, NULL, echo, &e))
		die("no thread");
	for (i = 0; i < 2 + batches; i++) {
		if (series.count >= BATCHES_LEAST && now() - first > patience)
			break;
		fill(from, to, size, i);
		begin = now();
		for (k = 0; k < TURNS; k++) {
			put(from + k * 64, 64);
			if (libxenvchan_recv(client, to + k * 64, 64) != 64)
				die_errno(0, "receiving back");
		}
		end = now();
		check(to, size, i);
		if (i >= 2)
			series_add(&series, (double)(end - begin) / TURNS);
	}
	__atomic_store_n(&e.stop, true, __ATOMIC_RELEASE);
	put(from, 64);
	if (libxenvchan_recv(client, to, 64) != 64)
		die_errno(0, "receiving back");
	pthread_join(thread, NULL);
	series_print(&series, "chan", "libxenvchan", "turn-64", "");
	series_free(&series);
	part();
}

struct writer {
	const char *from;
	size_t len;
	unsigned int count;
	bool stop;			/* set before the barrier */
	pthread_barrier_t barrier;
};

static void *write_side(void *arg)
{
	struct writer *w = arg;
	unsigned int k;

	stay(0);
	for (;;) {
		pthread_barrier_wait(&w->barrier);
		if (w->stop)
			return NULL;
		for (k = 0; k < w->count; k++)
			put(w->from + k * w->len, w->len);
	}
}

/* Rings, batches and patience are those of chan_stream.c */
static void measure_stream(unsigned int domid, size_t len, unsigned int batches,
			   uint64_t patience)
{
	struct writer w = { .len = len, .count = len == 64 ? 32768 : 128 };
	const size_t size = w.count * len;
	struct series series = {};
	char name[32], *from, *to;
	pthread_t thread;
	unsigned int i, k;
	uint64_t begin, first = now();

	snprintf(name, sizeof(name), "stream-%zu", len);
	join(domid, len == 64 ? 65536 : 1 << 20, name);
	make_data(size, &from, &to);
	w.from = from;
	pthread_barrier_init(&w.barrier, NULL, 2);
	if (pthread_create(&thread, NULL, write_side, &w))
		die("no thread");
	stay(1);
	for (i = 0; i < 2 + batches; i++) {
		if (series.count >= BATCHES_LEAST && now() - first > patience)
			break;
		fill(from, to, size, i);
		begin = now();
		pthread_barrier_wait(&w.barrier);
		for (k = 0; k < w.count; k++)
			take(to + k * len, len);
		if (i >= 2)
			series_add(&series, (double)(now() - begin) / w.count);
		check(to, size, i);
	}
	w.stop = true;
	pthread_barrier_wait(&w.barrier);
	pthread_join(thread, NULL);
	series_print(&series, "chan", "libxenvchan", name, "");
	series_free(&series);
	part();
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "batches", required_argument, NULL, 'b' },
		{ "stream", no_argument, NULL, 's' },
		{ "patience", required_argument, NULL, 'p' },
		{ }
	};
	unsigned int batches = 9, patience = 60, domid;
	bool stream = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b':
			batches = strtoul(optarg, NULL, 10);
			break;
		case 'p':
			patience = strtoul(optarg, NULL, 10);
			break;
		case 's':
			stream = true;
			break;
		default:
			return 2;
		}
	}
	if (!batches)
		die("bad --batches");
	domid = own_domid();
	if (stream) {
		measure_stream(domid, 64, batches, patience * 1000000000ull);
		measure_stream(domid, 65536, batches, patience * 1000000000ull);
	} else {
		measure_same(domid, 64, batches);
		measure_same(domid, 65536, batches);
	}
	measure_turns(domid, batches, stream, patience * 1000000000ull);
	return 0;
}
