/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_IPC_PARCEL_H
#define ISLE_IPC_PARCEL_H

#include <linux/types.h>

struct isle_domain;
struct isle_parcel;
struct isle_region;

struct isle_parcel *isle_parcel_make(struct isle_domain *domain,
				     struct isle_region *region, u64 address,
				     u32 length);
int isle_parcel_unpack(const struct isle_parcel *parcel, u64 address,
		       bool string);
void isle_parcel_free(struct isle_parcel *parcel);

#endif /* ISLE_IPC_PARCEL_H */
