/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_GRANT_H
#define ISLE_SHARE_GRANT_H

#include <linux/mm_types.h>
#include <linux/types.h>

struct isle_domain;
struct isle_grant;

/*
 * Granting: done by the domain that has the page.  It may end the grant at any
 * time: then nobody maps it any more, and who has it mapped keeps it.
 */
int isle_grant_alloc(struct isle_domain *domain, u32 peer, bool readonly,
		     unsigned int n, struct isle_grant **grants);
void isle_grant_end(struct isle_grant *grant);

/* Mapping: done by the domain that it was granted to. */
struct isle_grant *isle_grant_map(struct isle_domain *mapper, u32 granter,
				  u32 ref, bool write);
void isle_grant_unmap(struct isle_domain *mapper, struct isle_grant *grant);

void isle_grant_hold(struct isle_grant *grant);
void isle_grant_put(struct isle_grant *grant);
u32 isle_grant_ref(const struct isle_grant *grant);
struct page *isle_grant_page(const struct isle_grant *grant);

int isle_grant_init(void);
void isle_grant_exit(void);

#endif /* ISLE_SHARE_GRANT_H */
