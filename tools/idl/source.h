/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IDL_SOURCE_H
#define IDL_SOURCE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "diag.h"

struct idl;

/* Bytes of one file, files altogether, files within one another */
#define SOURCE_MAX	((size_t)1 << 20)
#define SOURCES_MAX	256
#define INCLUDE_DEPTH	16

/**
 * struct source - a file that was read
 * @next: the one that was read before it
 * @parent: what has included it, or NULL
 * @name: as messages call it
 * @text: its bytes; @size of them, and a zero
 * @size: how many
 * @depth: how many files are around it
 * @open: it is still being read, so nothing may include it
 * @dev: with @ino, which file it is; 0 if it is none
 * @ino: see @dev
 */
struct source {
	struct source *next;
	const struct source *parent;
	const char *name;
	const char *text;
	size_t size;
	unsigned int depth;
	bool open;
	dev_t dev;
	ino_t ino;
};

struct source *source_read(struct idl *idl, const char *path);
struct source *source_text(struct idl *idl, const char *name, const char *text,
			   size_t size);
void source_include(struct idl *idl, const struct source *from,
		    const struct loc *at, const char *pattern,
		    void (*parse)(struct idl *idl, struct source *source));

#endif /* IDL_SOURCE_H */
