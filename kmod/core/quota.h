/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_QUOTA_H
#define ISLE_CORE_QUOTA_H

#include <linux/atomic.h>
#include <linux/types.h>
#include <isle/domain.h>

/**
 * struct isle_account - what a domain uses and may use, by kind
 * @kind: by enum isle_quota_kind
 * @kind.used: never above what the limit was when it was charged
 * @kind.limit: 0 to S64_MAX; written by the administrator at any time
 */
struct isle_account {
	struct {
		atomic64_t used;
		s64 limit;
	} kind[ISLE_QUOTA_KINDS];
};

void isle_account_init(struct isle_account *account);
int isle_account_charge(struct isle_account *account, enum isle_quota_kind kind,
			u64 n);
void isle_account_uncharge(struct isle_account *account,
			   enum isle_quota_kind kind, u64 n);
u64 isle_account_used(struct isle_account *account, enum isle_quota_kind kind);
u64 isle_account_limit(struct isle_account *account, enum isle_quota_kind kind);
int isle_account_set_limit(struct isle_account *account,
			   enum isle_quota_kind kind, u64 limit);
const char *isle_quota_name(enum isle_quota_kind kind);

#endif /* ISLE_CORE_QUOTA_H */
