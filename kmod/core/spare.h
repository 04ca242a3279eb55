/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_SPARE_H
#define ISLE_CORE_SPARE_H

#include <linux/percpu.h>
#include <linux/slab.h>

/**
 * struct isle_spare - a cache of objects of one size
 * @cache: where they come from
 * @spare: one free object per processor, which the next one takes
 *
 * For objects that live as long as a request: taking the last one back costs
 * half of what the allocator does, and most of the time there is only one.
 */
struct isle_spare {
	struct kmem_cache *cache;
	void * __percpu *spare;
};

int isle_spare_init(struct isle_spare *s, const char *name, size_t size);
void isle_spare_exit(struct isle_spare *s);

/**
 * isle_spare_take() - allocate
 * @s: the cache
 * @gfp: how, if there is no spare one
 *
 * Context: any that @gfp allows.
 * Return: an object with whatever was in it, or NULL.
 */
static inline void *isle_spare_take(struct isle_spare *s, gfp_t gfp)
{
	void *object = this_cpu_xchg(*s->spare, NULL);

	return object ?: kmem_cache_alloc(s->cache, gfp);
}

/**
 * isle_spare_give() - free
 * @s: the cache
 * @object: from isle_spare_take()
 *
 * Context: any.
 */
static inline void isle_spare_give(struct isle_spare *s, void *object)
{
	if (this_cpu_cmpxchg(*s->spare, NULL, object))
		kmem_cache_free(s->cache, object);
}

#endif /* ISLE_CORE_SPARE_H */
