/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IDL_ARENA_H
#define IDL_ARENA_H

#include <stddef.h>

struct arena_block;

/**
 * struct arena - memory that is freed all at once
 * @blocks: what it has, newest first
 * @left: bytes free in the newest block
 */
struct arena {
	struct arena_block *blocks;
	size_t left;
};

void *arena_alloc(struct arena *arena, size_t size);
char *arena_strndup(struct arena *arena, const char *text, size_t len);
__attribute__((format(printf, 2, 3)))
char *arena_printf(struct arena *arena, const char *fmt, ...);
void arena_free(struct arena *arena);

#endif /* IDL_ARENA_H */
