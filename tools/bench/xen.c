// SPDX-License-Identifier: GPL-2.0
/*
 * Debian's libxenvchan, on isle or on real Xen: the same program on both.
 *
 *	xen [--batches N] [--same]
 *
 * A stream of messages from one process to another one: on a ring of 64 KiB of
 * 64 bytes and of 16 KiB each, on one of 1 KiB of 64 bytes, where every few
 * messages somebody has to be woken; and 64 bytes that go to and fro.  The
 * figures are nanoseconds per message, or per round trip.  Each message is
 * checked.  The two stay on a processor each, or, with --same, on one.
 */
#include <getopt.h>
#include <libxenvchan.h>

#include "../../selftests/xen/transcript.h"
#include "bench.h"

#define LARGEST		16384

static const struct load {
	const char *op;
	unsigned int ring, size, messages;
	bool to_and_fro;
} loads[] = {
	{ "ring-64k-64", 65536, 64, 4000, false },
	{ "ring-64k-16k", 65536, 16384, 200, false },
	{ "ring-1k-64", 1024, 64, 1000, false },
	{ "ring-64k-64-round-trip", 65536, 64, 200, true },
};

/* every word tells which message it belongs to, and where */
static void message_fill(uint64_t *words, size_t size, uint64_t number)
{
	size_t i;

	for (i = 0; i < size / 8; i++)
		words[i] = number * 0x9e3779b97f4a7c15ull + i;
}

static void message_check(const uint64_t *words, size_t size, uint64_t number)
{
	size_t i;

	for (i = 0; i < size / 8; i++)
		if (words[i] != number * 0x9e3779b97f4a7c15ull + i)
			die("message %llu is wrong at %zu",
			    (unsigned long long)number, i * 8);
}

static void send_one(struct libxenvchan *c, const struct load *load, uint64_t number)
{
	static uint64_t words[LARGEST / 8];

	message_fill(words, load->size, number);
	if (libxenvchan_send(c, words, load->size) != (int)load->size)
		die("message %llu was not sent", (unsigned long long)number);
}

static void receive_one(struct libxenvchan *c, const struct load *load,
			uint64_t number)
{
	static uint64_t words[LARGEST / 8];

	if (libxenvchan_recv(c, words, load->size) != (int)load->size)
		die("message %llu did not come", (unsigned long long)number);
	message_check(words, load->size, number);
}

/* The client: sends all, answers nothing but what goes to and fro */
static void client(const struct load *load, const char *path, unsigned int batches,
		   int processor)
{
	uint64_t i, all = (uint64_t)load->messages * (batches + 1);
	struct libxenvchan *c;

	stay(processor);
	as(&B);
	c = libxenvchan_client_init(NULL, A.domid, path);
	if (!c)
		die("no channel for the client");
	c->blocking = 1;
	for (i = 0; i < all; i++) {
		if (load->to_and_fro)
			receive_one(c, load, i);
		send_one(c, load, i);
	}
	/* until the other one has read it all */
	while (libxenvchan_is_open(c) == 1)
		libxenvchan_wait(c);
	libxenvchan_close(c);
}

static void measure(const struct load *load, unsigned int batches, bool same)
{
	struct series series = { 0 };
	struct libxenvchan *s;
	char path[96];
	unsigned int i, j;
	uint64_t n = 0, start;
	int status;
	pid_t pid;

	as(&A);
	snprintf(path, sizeof(path), "/local/domain/%u/data/vchan/%u/%s", A.domid,
		 B.domid, load->op);
	s = libxenvchan_server_init(NULL, B.domid, path, load->ring, load->ring);
	if (!s)
		die("no channel for the server");
	s->blocking = 1;
	pid = fork();
	if (pid == 0) {
		owner_pid = 0;
		client(load, path, batches, same ? 0 : 1);
		_exit(0);
	}
	stay(0);
	libxenvchan_wait(s);
	/* the first batch is not counted */
	for (i = 0; i <= batches; i++) {
		start = now();
		for (j = 0; j < load->messages; j++, n++) {
			if (load->to_and_fro)
				send_one(s, load, n);
			receive_one(s, load, n);
		}
		if (i)
			series_add(&series, (double)(now() - start) / load->messages);
	}
	libxenvchan_close(s);
	if (waitpid(pid, &status, 0) != pid || status)
		die("the client failed: %#x", status);
	series_print(&series, "xen", on_isle ? "isle" : "xen", load->op,
		     same ? ", \"same\": true" : "");
	series_free(&series);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "batches", required_argument, NULL, 'b' },
		{ "same", no_argument, NULL, 's' },
		{ NULL },
	};
	unsigned int batches = 15, i;
	bool same = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b':
			batches = strtoul(optarg, NULL, 10);
			break;
		case 's':
			same = true;
			break;
		default:
			return 2;
		}
	}
	parties_in("two");
	for (i = 0; i < ARRAY_SIZE(loads); i++)
		measure(&loads[i], batches, same);
	return 0;
}
