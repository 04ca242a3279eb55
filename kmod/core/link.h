/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_LINK_H
#define ISLE_CORE_LINK_H

#include <linux/types.h>

struct isle_domain;

int isle_link(struct isle_domain *a, struct isle_domain *b);
int isle_unlink(struct isle_domain *a, struct isle_domain *b);
bool isle_linked(struct isle_domain *a, struct isle_domain *b);
struct isle_domain *isle_link_get(struct isle_domain *domain, u32 id);
struct isle_domain *isle_link_next(struct isle_domain *domain, u32 id);
void isle_link_drop_all(struct isle_domain *domain);

#endif /* ISLE_CORE_LINK_H */
