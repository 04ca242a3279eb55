/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Loops that copy: the limit of everything that moves data.  Sizes are
 * multiples of 512 bytes, addresses of 32.
 */
#ifndef ISLE_BENCH_COPY_H
#define ISLE_BENCH_COPY_H

#include <immintrin.h>
#include <stddef.h>

static inline void copy_movsq(void *to, const void *from, size_t size)
{
	size_t words = size / 8;

	__asm__ volatile("rep movsq" : "+D"(to), "+S"(from), "+c"(words)
			 : : "memory");
}

static inline void copy_sse(void *to, const void *from, size_t size)
{
	const __m128i *s = from;
	__m128i *d = to;
	size_t i;

	for (i = 0; i < size / sizeof(*s); i += 16) {
#pragma GCC unroll 16
		for (int k = 0; k < 16; k++)
			_mm_store_si128(d + i + k, _mm_load_si128(s + i + k));
	}
}

__attribute__((target("avx")))
static inline void copy_avx(void *to, const void *from, size_t size)
{
	const __m256i *s = from;
	__m256i *d = to;
	size_t i;

	for (i = 0; i < size / sizeof(*s); i += 16) {
#pragma GCC unroll 16
		for (int k = 0; k < 16; k++)
			_mm256_store_si256(d + i + k,
					   _mm256_load_si256(s + i + k));
	}
}

/* The one that takes the fewest instructions */
static inline void copy_best(void *to, const void *from, size_t size)
{
	if (__builtin_cpu_supports("avx"))
		copy_avx(to, from, size);
	else
		copy_movsq(to, from, size);
}

#endif /* ISLE_BENCH_COPY_H */
