// SPDX-License-Identifier: GPL-2.0
/*
 * The benchmark "chan": many channels at once.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "chan.h"

/* Through every channel a message of its own, when all of them are there. */
static void check_all(struct duct *ducts, unsigned int count)
{
	uint64_t got;
	unsigned int i;

	for (i = 0; i < count; i++) {
		uint64_t word = 0x9e3779b97f4a7c15ull * (i + 1);

		if (isle_vchan_send(ducts[i].from, &word, sizeof(word)) != sizeof(word))
			die("channel %u of %u does not take a message", i, count);
	}
	for (i = 0; i < count; i++)
		if (isle_vchan_recv(ducts[i].to, &got, sizeof(got)) != sizeof(got) ||
		    got != 0x9e3779b97f4a7c15ull * (i + 1))
			die("channel %u of %u: wrong data", i, count);
}

void measure_many(unsigned int count)
{
	const struct rlimit limit = { 3 * count + 100, 3 * count + 100 };
	struct duct *ducts = calloc(count, sizeof(*ducts));
	struct series up = {}, down = {};
	uint64_t begin, middle, end;
	unsigned int i, part;
	char extra[64];

	if (!ducts)
		die("out of memory");
	if (setrlimit(RLIMIT_NOFILE, &limit))
		die_errno(0, "%u files", 3 * count);
	/* Ten samples: does it grow with how many there are? */
	for (part = 0; part < 10; part++) {
		unsigned int first = part * count / 10, last = (part + 1) * count / 10;

		begin = now();
		for (i = first; i < last; i++)
			make_channel(&ducts[i], 1024);
		middle = now();
		if (last > first)
			series_add(&up, (double)(middle - begin) / (last - first));
	}
	check_all(ducts, count);
	middle = now();
	for (i = 0; i < count; i++)
		close_duct(&ducts[i]);
	end = now();
	series_add(&down, (double)(end - middle) / count);
	snprintf(extra, sizeof(extra), ", \"channels\": %u", count);
	series_print(&up, "chan", "isle", "set-up", extra);
	series_print(&down, "chan", "isle", "tear-down", extra);
	series_free(&up);
	series_free(&down);
	free(ducts);
}
