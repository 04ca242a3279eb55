// SPDX-License-Identifier: GPL-2.0
/*
 * Quotas: what one domain may take from everybody.
 *
 * Each kind is charged before the thing exists and uncharged after it is
 * gone, without a lock: a charge either fits at one moment or changes nothing.
 */
#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/limits.h>
#include <linux/sizes.h>

#include "core/quota.h"

static const struct {
	const char *name;
	s64 limit;
} kinds[ISLE_QUOTA_KINDS] = {
	[ISLE_QUOTA_DEVICES]	= { "devices", 64 },
	[ISLE_QUOTA_LINKS]	= { "links", 256 },
	[ISLE_QUOTA_FILES]	= { "files", 1024 },
	[ISLE_QUOTA_MEMORY]	= { "memory", SZ_1G },
	[ISLE_QUOTA_REQUESTS]	= { "requests", 4096 },
	[ISLE_QUOTA_GRANTS]	= { "grants", 65536 },
	[ISLE_QUOTA_MAPPINGS]	= { "mappings", 65536 },
	[ISLE_QUOTA_PORTS]	= { "ports", 32768 },
	[ISLE_QUOTA_STORE]	= { "store", SZ_8M },
	[ISLE_QUOTA_WATCHES]	= { "watches", 16384 },
	[ISLE_QUOTA_TASKS]	= { "tasks", 4096 },
	[ISLE_QUOTA_MESSAGES]	= { "messages", SZ_64M },
};

/**
 * isle_account_init() - begin with nothing used and the default limits
 * @account: the account
 */
void isle_account_init(struct isle_account *account)
{
	int i;

	for (i = 0; i < ISLE_QUOTA_KINDS; i++) {
		atomic64_set(&account->kind[i].used, 0);
		account->kind[i].limit = kinds[i].limit;
	}
}

/**
 * isle_account_charge() - take from a quota
 * @account: the domain's account
 * @kind: what of
 * @n: how much
 *
 * Context: any.
 * Return: 0, or -EDQUOT and nothing is charged.
 */
int isle_account_charge(struct isle_account *account, enum isle_quota_kind kind,
			u64 n)
{
	s64 limit = READ_ONCE(account->kind[kind].limit);
	s64 used = atomic64_read(&account->kind[kind].used);

	do {
		/* The limit may have been lowered to less than is used */
		if (used > limit || n > limit - used)
			return -EDQUOT;
	} while (!atomic64_try_cmpxchg(&account->kind[kind].used, &used,
				       used + n));
	return 0;
}

/**
 * isle_account_uncharge() - give back what was charged
 * @account: the domain's account
 * @kind: what of
 * @n: how much
 *
 * Context: any.
 */
void isle_account_uncharge(struct isle_account *account,
			   enum isle_quota_kind kind, u64 n)
{
	s64 left = atomic64_sub_return(n, &account->kind[kind].used);

	WARN_ON_ONCE(left < 0);
}

/**
 * isle_account_used() - how much is charged
 * @account: the domain's account
 * @kind: what of
 *
 * Return: the amount.
 */
u64 isle_account_used(struct isle_account *account, enum isle_quota_kind kind)
{
	return atomic64_read(&account->kind[kind].used);
}

/**
 * isle_account_limit() - how much may be charged
 * @account: the domain's account
 * @kind: what of
 *
 * Return: the limit.
 */
u64 isle_account_limit(struct isle_account *account, enum isle_quota_kind kind)
{
	return READ_ONCE(account->kind[kind].limit);
}

/**
 * isle_account_set_limit() - set how much may be charged from now on
 * @account: the domain's account
 * @kind: what of
 * @limit: the limit
 *
 * Return: 0, or -EINVAL if @limit is above S64_MAX.
 */
int isle_account_set_limit(struct isle_account *account,
			   enum isle_quota_kind kind, u64 limit)
{
	if (limit > S64_MAX)
		return -EINVAL;
	WRITE_ONCE(account->kind[kind].limit, limit);
	return 0;
}

/**
 * isle_quota_name() - what people call a kind
 * @kind: the kind
 *
 * Return: a word.
 */
const char *isle_quota_name(enum isle_quota_kind kind)
{
	return kinds[kind].name;
}
