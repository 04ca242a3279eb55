/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IDL_SYMTAB_H
#define IDL_SYMTAB_H

#include <stddef.h>

struct arena;

/**
 * struct symtab - values by name
 * @slots: open addressing; in the arena, as all of it
 * @size: how many slots, a power of two or 0
 * @used: how many of them hold something
 */
struct symtab {
	struct symtab_slot {
		const char *name;
		const void *value;
	} *slots;
	size_t size;
	size_t used;
};

const void *symtab_get(const struct symtab *tab, const char *name);
const void *symtab_add(struct symtab *tab, struct arena *arena, const char *name,
		       const void *value);

#endif /* IDL_SYMTAB_H */
