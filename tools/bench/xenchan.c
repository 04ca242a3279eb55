// SPDX-License-Identifier: GPL-2.0
/*
 * Measures Debian's libxenvchan, as chan measures isle's library.
 *
 *	xenchan [--batches N]
 *
 * Both ends are in one domain: run it where /dev/xen is one, in "islectl run"
 * or on Xen.  One thread writes a message and reads it again.  Output, clock
 * and checking are those of chan.
 */
#include <errno.h>
#include <getopt.h>
#include <libxenvchan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>

#include "bench.h"

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

static void measure(unsigned int domid, size_t ring, size_t len, unsigned int batches)
{
	const unsigned int n = len == 64 ? 1024 : 8;
	const size_t size = n * len;
	struct libxenvchan *server, *client;
	struct series series = {};
	uint64_t begin, end;
	char path[96], name[32], *from, *to;
	unsigned int i, k;
	size_t at;

	snprintf(path, sizeof(path), "/local/domain/%u/data/vchan/%u/bench-%zu-%zu", domid, domid,
		 ring, len);
	server = libxenvchan_server_init(NULL, domid, path, ring, 1024);
	if (!server)
		die_errno(0, "libxenvchan_server_init");
	client = libxenvchan_client_init(NULL, domid, path);
	if (!client)
		die_errno(0, "libxenvchan_client_init");
	server->blocking = 1;
	client->blocking = 1;
	make_data(size, &from, &to);
	for (i = 0; i < 2 + batches; i++) {
		for (at = 0; at < size; at += SECTOR)
			pattern_fill(from + at, at / SECTOR, i);
		memset(to, 0x55, size);
		begin = now();
		for (k = 0; k < n; k++)
			if (libxenvchan_send(client, from + k * len, len) != (int)len ||
			    libxenvchan_recv(server, to + k * len, len) != (int)len)
				die_errno(0, "%zu bytes", len);
		end = now();
		for (at = 0; at < size; at += SECTOR)
			if (!pattern_good(to + at, at / SECTOR, i))
				die("wrong data");
		if (i >= 2)
			series_add(&series, (double)(end - begin) / n);
	}
	snprintf(name, sizeof(name), "same-%zu", len);
	series_print(&series, "chan", ring > 2048 ? "libxenvchan" : "libxenvchan-small", name, "");
	series_free(&series);
	libxenvchan_close(client);
	libxenvchan_close(server);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "batches", required_argument, NULL, 'b' },
		{ }
	};
	unsigned int batches = 9, domid;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option != 'b')
			return 2;
		batches = strtoul(optarg, NULL, 10);
	}
	if (!batches)
		die("bad --batches");
	domid = own_domid();
	measure(domid, 1 << 20, 64, batches);
	measure(domid, 1 << 20, 65536, batches);
	measure(domid, 1024, 64, batches);
	return 0;
}
