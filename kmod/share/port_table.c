// SPDX-License-Identifier: GPL-2.0
/*
 * The way from the number of a port to the port: a flat table per domain.
 *
 * It is replaced by a larger one when a number has no place in it, and never
 * shrinks; numbers are the lowest that are free, so it is as large as the most
 * ports that there have been at a time.  isle_ports.lock protects its change;
 * it is read under RCU, and an old one freed after a grace period.
 */
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

#include "core/domain.h"
#include "share/port.h"

/* A table with a place for @number. */
static struct isle_port_table *table_alloc(u32 number)
{
	struct isle_port_table *table;
	size_t bytes = 256;
	u32 size;

	while ((bytes - sizeof(*table)) / sizeof(table->port[0]) <= number)
		bytes *= 2;
	size = (bytes - sizeof(*table)) / sizeof(table->port[0]);
	table = kvzalloc(bytes, GFP_KERNEL_ACCOUNT);
	if (table)
		table->size = size;
	return table;
}

/**
 * isle_port_table_reserve() - have a place for a number
 * @ports: whose table
 * @number: the number, which is the caller's
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int isle_port_table_reserve(struct isle_ports *ports, u32 number)
{
	struct isle_port_table *old, *table;
	u32 i;

	spin_lock(&ports->lock);
	old = rcu_dereference_protected(ports->table,
					lockdep_is_held(&ports->lock));
	if (old && number < old->size) {
		spin_unlock(&ports->lock);
		return 0;
	}
	spin_unlock(&ports->lock);

	table = table_alloc(number);
	if (!table)
		return -ENOMEM;

	spin_lock(&ports->lock);
	old = rcu_dereference_protected(ports->table,
					lockdep_is_held(&ports->lock));
	if (old && number < old->size) {
		/* somebody else was quicker */
		spin_unlock(&ports->lock);
		kvfree(table);
		return 0;
	}
	for (i = 0; old && i < old->size; i++)
		RCU_INIT_POINTER(table->port[i],
				 rcu_access_pointer(old->port[i]));
	rcu_assign_pointer(ports->table, table);
	spin_unlock(&ports->lock);
	if (old)
		kvfree_rcu(old, rcu);
	return 0;
}

/**
 * isle_port_table_set() - say which port has a number
 * @ports: whose table; the caller holds its lock
 * @number: the number; it has a place
 * @port: the port, or NULL
 */
void isle_port_table_set(struct isle_ports *ports, u32 number,
			 struct isle_port *port)
{
	struct isle_port_table *table;

	table = rcu_dereference_protected(ports->table,
					  lockdep_is_held(&ports->lock));
	rcu_assign_pointer(table->port[number], port);
}
