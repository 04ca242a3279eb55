/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_REGION_H
#define ISLE_IPC_REGION_H

#include <linux/types.h>

struct isle_domain;
struct isle_region;

struct isle_region *isle_region_make(struct isle_domain *domain, u64 address,
				     u64 length);
const void *isle_region_at(const struct isle_region *region, u64 address,
			   u64 length);
void isle_region_hold(struct isle_region *region);
void isle_region_put(struct isle_region *region);

#endif /* ISLE_IPC_REGION_H */
