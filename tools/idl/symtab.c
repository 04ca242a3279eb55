// SPDX-License-Identifier: GPL-2.0
/*
 * Values by name, so that an interface of many thousand lines takes no longer
 * per line than a short one.  The hash is seeded with nothing: whoever writes
 * the interface can only slow down his own compiler, and files are bounded.
 */
#include <stdint.h>
#include <string.h>

#include "arena.h"
#include "symtab.h"

static struct symtab_slot *find(const struct symtab *tab, const char *name)
{
	uint64_t hash = 14695981039346656037ULL;
	const char *p;
	size_t i;

	for (p = name; *p; p++)
		hash = (hash ^ (unsigned char)*p) * 1099511628211ULL;
	hash ^= hash >> 32;
	for (i = hash & (tab->size - 1);; i = (i + 1) & (tab->size - 1))
		if (!tab->slots[i].name || !strcmp(tab->slots[i].name, name))
			return &tab->slots[i];
}

static void grow(struct symtab *tab, struct arena *arena)
{
	struct symtab old = *tab;
	size_t i;

	tab->size = old.size ? old.size * 2 : 64;
	tab->slots = arena_alloc(arena, tab->size * sizeof(*tab->slots));
	for (i = 0; i < old.size; i++)
		if (old.slots[i].name)
			*find(tab, old.slots[i].name) = old.slots[i];
}

/** symtab_get() - what is called @name, or NULL */
const void *symtab_get(const struct symtab *tab, const char *name)
{
	return tab->size ? find(tab, name)->value : NULL;
}

/**
 * symtab_add() - call something @name
 *
 * Return: NULL, or what is called so already; then nothing has changed.
 */
const void *symtab_add(struct symtab *tab, struct arena *arena, const char *name,
		       const void *value)
{
	struct symtab_slot *slot;

	if (tab->used * 2 >= tab->size)
		grow(tab, arena);
	slot = find(tab, name);
	if (slot->name)
		return slot->value;
	slot->name = name;
	slot->value = value;
	tab->used++;
	return NULL;
}
