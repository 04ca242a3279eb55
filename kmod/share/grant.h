/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_GRANT_H
#define ISLE_SHARE_GRANT_H

#include <linux/mm_types.h>
#include <linux/types.h>
#include <linux/xarray.h>

struct isle_domain;
struct isle_grant;

/**
 * struct isle_grants - what a domain grants; its slot ISLE_SLOT_GRANTS
 * @by_ref: its grants that can be mapped, by reference number; its lock
 *	protects the other fields
 * @next: where to look for the next free number
 * @closed: the domain is dead: nothing is granted any more
 */
struct isle_grants {
	struct xarray by_ref;
	u32 next;
	bool closed;
};

/* Numbers are from 1 to this: libxenvchan reads them as signed */
#define ISLE_GRANT_REF_MAX	S32_MAX

/*
 * Granting: done by the domain that has the page.  It may end the grant at any
 * time: then nobody maps it any more, and who has it mapped keeps it.  Ending
 * does not give the granter's own reference back: isle_grant_put() does.
 */
int isle_grant_alloc(struct isle_domain *domain, u32 peer, bool readonly,
		     unsigned int n, struct isle_grant **grants);
void isle_grant_end(struct isle_grant *grant);

/* Mapping: done by the domain that it was granted to. */
struct isle_grant *isle_grant_map(struct isle_domain *mapper, u32 granter,
				  u32 ref, bool write);
void isle_grant_unmap(struct isle_domain *mapper, struct isle_grant *grant);
struct isle_grant *isle_grant_get(struct isle_domain *mapper, u32 granter,
				  u32 ref, bool write);

void isle_grant_hold(struct isle_grant *grant);
void isle_grant_put(struct isle_grant *grant);
u32 isle_grant_ref(const struct isle_grant *grant);
struct page *isle_grant_page(const struct isle_grant *grant);

int isle_grant_init(void);
void isle_grant_exit(void);

#endif /* ISLE_SHARE_GRANT_H */
