// SPDX-License-Identifier: GPL-2.0
/*
 * Memory for what lives as long as one run of the compiler: texts, tokens,
 * declarations.  Nothing in it is freed alone.  Running out of memory ends the
 * program: there is nothing to compile with, and nothing to clean up.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "diag.h"

#define BLOCK	((size_t)64 << 10)
#define ALIGN	((size_t)16)

struct arena_block {
	struct arena_block *next;
	size_t size;
	_Alignas(16) char data[];
};

/**
 * arena_alloc() - zeroed memory
 * @arena: where it comes from
 * @size: bytes
 *
 * Return: the memory; never NULL.
 */
void *arena_alloc(struct arena *arena, size_t size)
{
	struct arena_block *block = arena->blocks;
	size_t want;

	size = (size + ALIGN - 1) & ~(ALIGN - 1);
	if (!block || arena->left < size) {
		want = size > BLOCK ? size : BLOCK;
		block = calloc(1, sizeof(*block) + want);
		if (!block)
			idl_fatal("out of memory");
		block->size = want;
		block->next = arena->blocks;
		arena->blocks = block;
		arena->left = want;
	}
	arena->left -= size;
	return block->data + arena->left;
}

/**
 * arena_strndup() - keep a text
 * @arena: where
 * @text: not necessarily terminated
 * @len: its bytes
 *
 * Return: a terminated copy.
 */
char *arena_strndup(struct arena *arena, const char *text, size_t len)
{
	char *copy = arena_alloc(arena, len + 1);

	memcpy(copy, text, len);
	return copy;
}

/**
 * arena_printf() - make a text
 * @arena: where
 * @fmt: as of printf()
 *
 * Return: the text.
 */
char *arena_printf(struct arena *arena, const char *fmt, ...)
{
	va_list ap;
	char *text;
	int len;

	va_start(ap, fmt);
	len = vsnprintf(NULL, 0, fmt, ap);
	va_end(ap);
	text = arena_alloc(arena, (size_t)len + 1);
	va_start(ap, fmt);
	vsnprintf(text, (size_t)len + 1, fmt, ap);
	va_end(ap);
	return text;
}

/**
 * arena_free() - give everything back
 * @arena: empty afterwards, and usable again
 */
void arena_free(struct arena *arena)
{
	struct arena_block *block;

	while ((block = arena->blocks)) {
		arena->blocks = block->next;
		free(block);
	}
	arena->left = 0;
}
