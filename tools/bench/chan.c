// SPDX-License-Identifier: GPL-2.0
/*
 * Measures what it costs to move bytes from one end of a channel to the other.
 *
 *	chan [--batches N] [--stream [--patience SECONDS]] [--many N]
 *
 * Without --stream one thread writes a message and reads it again, which is
 * all work and no waiting; the columns are ways to do that, and peers; then two
 * threads send messages there and back (chan_turns.c).  With
 * --stream a thread on one processor writes, one on another reads
 * (chan_stream.c).  --many sets up N channels at once (chan_many.c).
 *
 * Output and clock are those of blk.  Every byte is compared after each batch,
 * outside the time that counts.
 */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "chan.h"
#include "copy.h"

#define RING	(1u << 20)

static struct isle_domain *domains[2];
static uint32_t numbers[2];

void make_domains(void)
{
	static const uint32_t kinds[] = {
		ISLE_QUOTA_FILES, ISLE_QUOTA_GRANTS, ISLE_QUOTA_MAPPINGS,
		ISLE_QUOTA_PORTS, ISLE_QUOTA_STORE, ISLE_QUOTA_WATCHES,
	};
	struct isle_control *control;
	unsigned int i, k;
	int rc;

	rc = isle_control_open(&control);
	if (rc)
		die_errno(rc, "/dev/isle/control");
	for (i = 0; i < 2; i++) {
		rc = isle_control_domain_create(control, NULL, &domains[i]);
		if (rc < 0)
			die_errno(rc, "creating a domain");
		numbers[i] = rc;
		for (k = 0; k < ARRAY_SIZE(kinds); k++)
			isle_control_quota_set(control, numbers[i], kinds[k], 1 << 27);
	}
	rc = isle_control_link(control, numbers[0], numbers[1]);
	if (rc)
		die_errno(rc, "linking domains");
	isle_control_close(control);
}

void make_channel(struct duct *duct, size_t size)
{
	static unsigned int count;
	char port[32];
	int rc;

	*duct = (struct duct){ .fd = { -1, -1 } };
	snprintf(port, sizeof(port), "bench-%u", count++);
	rc = isle_vchan_listen(domains[0], numbers[1], port, size, size > 1024 ? size : 2048,
			       ISLE_VCHAN_NOWAIT, -1, &duct->to);
	if (rc)
		die_errno(rc, "listening on %s", port);
	rc = isle_vchan_connect(domains[1], numbers[0], port, 0, -1, &duct->from);
	if (rc)
		die_errno(rc, "connecting to %s", port);
	rc = isle_vchan_wait(duct->to, 0, 0, -1);
	if (rc)
		die_errno(rc, "waiting on %s", port);
}

void make_pipe(struct duct *duct, size_t size)
{
	int fds[2];

	*duct = (struct duct){ };
	if (pipe2(fds, O_CLOEXEC))
		die_errno(0, "pipe");
	duct->fd[0] = fds[1];
	duct->fd[1] = fds[0];
	if (fcntl(fds[1], F_SETPIPE_SZ, size) < 0)
		die_errno(0, "a pipe of %zu bytes", size);
}

void make_unix(struct duct *duct)
{
	*duct = (struct duct){ };
	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, duct->fd))
		die_errno(0, "socketpair");
}

void make_ring(struct duct *duct, size_t size)
{
	*duct = (struct duct){ .fd = { -1, -1 } };
	duct->ring = mmap(NULL, 4096 + size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (duct->ring == MAP_FAILED)
		die_errno(0, "%zu bytes of shared memory", size);
	duct->ring->size = size;
	duct->ring->data = (char *)duct->ring + 4096;
}

void close_duct(struct duct *duct)
{
	if (duct->from) {
		isle_vchan_close(duct->from);
		isle_vchan_close(duct->to);
	} else if (duct->ring) {
		munmap(duct->ring, 4096 + duct->ring->size);
	} else {
		close(duct->fd[0]);
		close(duct->fd[1]);
	}
}

void write_all(int fd, const char *data, size_t len)
{
	ssize_t n;

	for (; len; data += n, len -= n) {
		n = write(fd, data, len);
		if (n <= 0)
			die_errno(0, "write");
	}
}

void read_all(int fd, char *data, size_t len)
{
	ssize_t n;

	for (; len; data += n, len -= n) {
		n = read(fd, data, len);
		if (n <= 0)
			die_errno(0, "read");
	}
}

void make_data(size_t size, char **from, char **to)
{
	size_t apart = ((size + (1 << 18) - 1) & ~((size_t)(1 << 18) - 1)) + (1 << 17) + 4096;

	*from = memory(apart + size);
	*to = *from + apart;
}

void fill_data(char *from, char *to, size_t size, unsigned int batch)
{
	size_t k;

	for (k = 0; k < size; k += SECTOR)
		pattern_fill(from + k, k / SECTOR, batch);
	memset(to, 0x55, size);
}

void check_data(const char *to, size_t size, unsigned int batch, const char *what)
{
	size_t k;

	for (k = 0; k < size; k += SECTOR)
		if (!pattern_good(to + k, k / SECTOR, batch))
			die("%s: wrong data", what);
}

/* ---- ways to move a message ------------------------------------------------ */

static void die_moved(const char *what, ssize_t rc)
{
	die_errno(rc < 0 ? (int)rc : -EIO, "%s: %zd bytes", what, rc);
}

static inline __attribute__((always_inline)) void
by_copying(struct duct *d, char *from, char *to, size_t len)
{
	ssize_t rc = isle_vchan_write(d->from, from, len);

	if (__builtin_expect(rc != (ssize_t)len, 0))
		die_moved("isle_vchan_write", rc);
	rc = isle_vchan_read(d->to, to, len);
	if (__builtin_expect(rc != (ssize_t)len, 0))
		die_moved("isle_vchan_read", rc);
}

/* The reader looks at the data where it is; check_in_place() does so later. */
static inline __attribute__((always_inline)) void
in_place(struct duct *d, char *from, char *to, size_t len)
{
	const void *there;
	void *room;
	ssize_t rc;

	rc = isle_vchan_reserve(d->from, len, &room);
	if (__builtin_expect(rc < (ssize_t)len, 0))
		die_moved("isle_vchan_reserve", rc);
	if (len >= SECTOR)
		copy_best(room, from, len);
	else
		memcpy(room, from, len);
	if (__builtin_expect(isle_vchan_commit(d->from, len), 0))
		die("isle_vchan_commit");
	rc = isle_vchan_peek(d->to, len, &there);
	if (__builtin_expect(rc < (ssize_t)len, 0))
		die_moved("isle_vchan_peek", rc);
	*(const void **)to = there;
	if (__builtin_expect(isle_vchan_consume(d->to, len), 0))
		die("isle_vchan_consume");
}

/* The ring is as large as a batch: nothing of it was overwritten. */
static void check_in_place(char *from, char *to, size_t size, size_t len)
{
	size_t k;

	for (k = 0; k < size; k += len)
		if (memcmp(*(const void **)(to + k), from + k, len))
			die("in place: wrong data");
	memcpy(to, from, size);
}

static inline __attribute__((always_inline)) void
by_calls(struct duct *d, char *from, char *to, size_t len)
{
	write_all(isle_vchan_fd(d->from), from, len);
	read_all(isle_vchan_fd(d->to), to, len);
}

static inline __attribute__((always_inline)) void
by_fd(struct duct *d, char *from, char *to, size_t len)
{
	write_all(d->fd[0], from, len);
	read_all(d->fd[1], to, len);
}

static inline __attribute__((always_inline)) void
by_ring(struct duct *d, char *from, char *to, size_t len)
{
	if (!ring_move(d->ring, 0, from, len) || !ring_move(d->ring, 1, to, len))
		die("plain ring: full or empty");
}

/* With a constant length, as programs have it */
#define WAY(name)							\
static void name##_all(struct duct *d, char *from, char *to,		\
		       unsigned int n, size_t len)			\
{									\
	unsigned int i;							\
									\
	if (len == 64)							\
		for (i = 0; i < n; i++)					\
			name(d, from + 64 * i, to + 64 * i, 64);	\
	else								\
		for (i = 0; i < n; i++)					\
			name(d, from + len * i, to + len * i, len);	\
}

WAY(by_copying)
WAY(in_place)
WAY(by_calls)
WAY(by_fd)
WAY(by_ring)

static const struct lane {
	const char *target;
	void (*all)(struct duct *d, char *from, char *to, unsigned int n, size_t len);
	enum { CHANNEL, PIPE, UNIX, SHARED } kind;
	bool place;
} lanes[] = {
	{ "isle", by_copying_all, CHANNEL, false },
	{ "isle-in-place", in_place_all, CHANNEL, true },
	{ "isle-calls", by_calls_all, CHANNEL, false },
	{ "pipe", by_fd_all, PIPE, false },
	{ "unix", by_fd_all, UNIX, false },
	{ "plain-ring", by_ring_all, SHARED, false },
};

static void measure_lane(const struct lane *lane, size_t len, unsigned int batches)
{
	const unsigned int n = len == 64 ? 1024 : 8;
	const size_t size = n * len;
	struct series series = {};
	struct duct duct;
	uint64_t begin, end;
	char name[32], *from, *to;
	unsigned int i;

	switch (lane->kind) {
	case CHANNEL:
		make_channel(&duct, RING);
		break;
	case PIPE:
		make_pipe(&duct, 65536);
		break;
	case UNIX:
		make_unix(&duct);
		break;
	case SHARED:
		make_ring(&duct, RING);
		break;
	}
	make_data(size, &from, &to);
	for (i = 0; i < 2 + batches; i++) {
		fill_data(from, to, size, i);
		begin = now();
		lane->all(&duct, from, to, n, len);
		end = now();
		if (lane->place)
			check_in_place(from, to, size, len);
		check_data(to, size, i, lane->target);
		if (i >= 2)
			series_add(&series, (double)(end - begin) / n);
	}
	snprintf(name, sizeof(name), "same-%zu", len);
	series_print(&series, "chan", lane->target, name, "");
	series_free(&series);
	close_duct(&duct);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "batches", required_argument, NULL, 'b' },
		{ "many", required_argument, NULL, 'm' },
		{ "patience", required_argument, NULL, 'p' },
		{ "stream", no_argument, NULL, 's' },
		{ }
	};
	unsigned int batches = 9, many = 0, patience = 60, i;
	bool stream = false;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b':
			batches = strtoul(optarg, NULL, 10);
			break;
		case 'm':
			many = strtoul(optarg, NULL, 10);
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
	make_domains();
	if (many)
		measure_many(many);
	else if (stream)
		measure_stream(batches, patience * 1000000000ull);
	for (i = 0; !many && !stream && i < ARRAY_SIZE(lanes); i++) {
		measure_lane(&lanes[i], 64, batches);
		measure_lane(&lanes[i], 65536, batches);
	}
	if (!many)
		measure_turns(batches, stream, patience * 1000000000ull);
	return 0;
}
