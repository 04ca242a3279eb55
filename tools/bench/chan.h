/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the parts of the benchmark "chan" share: two linked domains, channels
 * between them, and what is moved.
 */
#ifndef ISLE_BENCH_CHAN_H
#define ISLE_BENCH_CHAN_H

#include <libisle.h>

#include "bench.h"

/**
 * struct duct - something that carries bytes from one end to the other
 * @fd: its descriptors: to write to, to read from
 * @from: the end of a channel that is written to
 * @to: the other end
 * @ring: a plain ring in memory
 */
struct duct {
	int fd[2];
	struct isle_vchan *from;
	struct isle_vchan *to;
	struct ring *ring;
};

/*
 * Two threads and nothing else: indices that run freely, each with a copy of
 * the other's, published once per message.  Nobody can sleep.
 */
struct ring {
	struct {
		uint32_t own, other;
		_Alignas(64) uint32_t published;
	} _Alignas(64) end[2];			/* producer, consumer */
	uint32_t size;
	char *data;
};

void make_domains(void);
void make_channel(struct duct *duct, size_t size);
void make_pipe(struct duct *duct, size_t size);
void make_unix(struct duct *duct);
void make_ring(struct duct *duct, size_t size);
void close_duct(struct duct *duct);

/* All of it; dies otherwise */
void write_all(int fd, const char *data, size_t len);
void read_all(int fd, char *data, size_t len);

/*
 * Messages of a batch: @size bytes of pattern, and where they go.  The places
 * are never at equal offsets modulo 256 KiB (see limit.c).
 */
void make_data(size_t size, char **from, char **to);
void fill_data(char *from, char *to, size_t size, unsigned int batch);
void check_data(const char *to, size_t size, unsigned int batch, const char *what);

/* @patience: ns after which a lane need not have all of its batches */
void measure_stream(unsigned int batches, uint64_t patience);
/* @across: the sides are on two processors */
void measure_turns(unsigned int batches, bool across, uint64_t patience);
void measure_many(unsigned int count);

static inline uint32_t ring_room(struct ring *r, int end, uint32_t want)
{
	uint32_t bias = end ? 0 : r->size;
	uint32_t room = r->end[end].other + bias - r->end[end].own;

	if (room < want) {
		r->end[end].other = __atomic_load_n(&r->end[!end].published,
						    __ATOMIC_ACQUIRE);
		room = r->end[end].other + bias - r->end[end].own;
	}
	return room;
}

/* @data: for ends 0 what to write, for 1 where to read to */
static inline bool ring_move(struct ring *r, int end, char *data, uint32_t len)
{
	uint32_t at = r->end[end].own & (r->size - 1);

	if (ring_room(r, end, len) < len)
		return false;
	/* Sizes divide each other: no message wraps */
	__builtin_memcpy(end ? data : r->data + at, end ? r->data + at : data, len);
	r->end[end].own += len;
	__atomic_store_n(&r->end[end].published, r->end[end].own, __ATOMIC_RELEASE);
	return true;
}

#endif /* ISLE_BENCH_CHAN_H */
