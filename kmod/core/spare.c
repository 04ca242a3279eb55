// SPDX-License-Identifier: GPL-2.0
/*
 * Caches with a spare object per processor: setting up and taking down.  No
 * locks: the spare is exchanged with one instruction of the processor.
 */
#include <linux/cpumask.h>

#include "core/spare.h"

/**
 * isle_spare_init() - set up a cache
 * @s: the cache
 * @name: of its slabs
 * @size: of its objects, in bytes
 *
 * Its objects are not charged to a memory cgroup: they are short-lived, and
 * whoever uses this has them under a quota.
 *
 * Return: 0 or -ENOMEM.
 */
int isle_spare_init(struct isle_spare *s, const char *name, size_t size)
{
	s->cache = kmem_cache_create(name, size, 0, 0, NULL);
	if (!s->cache)
		return -ENOMEM;
	s->spare = alloc_percpu(void *);
	if (s->spare)
		return 0;
	kmem_cache_destroy(s->cache);
	return -ENOMEM;
}

/**
 * isle_spare_exit() - undo isle_spare_init(); no object is in use
 * @s: the cache
 */
void isle_spare_exit(struct isle_spare *s)
{
	int cpu;

	for_each_possible_cpu(cpu)
		if (*per_cpu_ptr(s->spare, cpu))
			kmem_cache_free(s->cache, *per_cpu_ptr(s->spare, cpu));
	free_percpu(s->spare);
	kmem_cache_destroy(s->cache);
}
