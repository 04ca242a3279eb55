// SPDX-License-Identifier: GPL-2.0
/*
 * Leak counters: how many objects of each kind exist in the whole module.
 *
 * Every kind reads zero once everything is gone; tests insist on it.  The
 * counters are for people, nothing in the module decides by them.  An object
 * may be counted down on another processor than it was counted up on, so only
 * the sum means something.
 */
#include <linux/cpumask.h>

#include "core/live.h"

DEFINE_PER_CPU(struct isle_live, isle_live);

/**
 * isle_live_read() - how many objects of a kind there are
 * @kind: the kind
 *
 * Exact when nothing is being made or released meanwhile.
 *
 * Return: the number.
 */
long isle_live_read(enum isle_live_kind kind)
{
	long sum = 0;
	int cpu;

	for_each_possible_cpu(cpu)
		sum += READ_ONCE(per_cpu(isle_live, cpu).count[kind]);
	return sum;
}
