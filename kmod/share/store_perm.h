/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_STORE_PERM_H
#define ISLE_SHARE_STORE_PERM_H

#include <linux/overflow.h>
#include <linux/refcount.h>
#include <linux/types.h>

struct isle_store_dom;

/* isle_store_perm.may, and what isle_store_may() answers */
#define ISLE_STORE_READ		1
#define ISLE_STORE_WRITE	2
#define ISLE_STORE_OWNER	4

/* Entries of one node; xenstored lets a guest have 5 */
#define ISLE_STORE_PERMS_MAX	32

/**
 * struct isle_store_perm - what one domain may do
 * @unique: the domain's number since boot, so that another one of the same
 *	domid is not meant; 0 for the host, and for a domain that was not seen by
 *	whoever named it
 * @id: its domid
 * @may: set of ISLE_STORE_READ, ISLE_STORE_WRITE
 */
struct isle_store_perm {
	u64 unique;
	u16 id;
	u8 may;
};

/**
 * struct isle_store_perms - permissions of nodes; never changed once they have
 *	them
 * @ref: nodes that have them
 * @n: entries, at least one
 * @perm: the first one is the owner, and what the owner lets everybody do; the
 *	others are exceptions from that
 */
struct isle_store_perms {
	refcount_t ref;
	unsigned int n;
	struct isle_store_perm perm[];
};

static inline size_t isle_store_perms_size(unsigned int n)
{
	return struct_size((struct isle_store_perms *)NULL, perm, n);
}

struct isle_store_perms *isle_store_perms_alloc(unsigned int n);
struct isle_store_perms *isle_store_perms_get(struct isle_store_perms *perms);
void isle_store_perms_put(struct isle_store_perms *perms);

unsigned int isle_store_may(const struct isle_store_perms *perms,
			    const struct isle_store_dom *dom);
void isle_store_perms_inherit(struct isle_store_perms *to,
			      const struct isle_store_perms *from,
			      const struct isle_store_dom *owner);
int isle_store_perms_parse(const char *strings, size_t len, unsigned int n,
			   struct isle_store_perms **perms);
void isle_store_perms_resolve(struct isle_store_perms *perms,
			      struct isle_store_dom *dom);
ssize_t isle_store_perms_format(const struct isle_store_perms *perms, char *buf,
				size_t size);

#endif /* ISLE_SHARE_STORE_PERM_H */
