// SPDX-License-Identifier: GPL-2.0
/*
 * Grants: pages that one domain lets another one map.
 *
 * A grant is a page, who has it, who may map it, and a number by which the
 * latter names it.  The grantee is named by number when the grant is made and
 * is from then on that very domain: another one that gets its number later
 * inherits nothing.
 *
 * Lifetime: a grant has a reference of whoever made it, one of its granter's
 * table as long as it can be mapped, and one for each mapping.  Ending it, or
 * the end of the granter or of the link between the two, takes it out of the
 * table.  Who has the page mapped keeps it, as with Xen: memory cannot be taken
 * from under a program that is using it.  The page stays charged to the granter,
 * dead or not, until the last reference goes.  It is never granted again, so
 * what the kernel still does with it afterwards (a page pinned for I/O outlives
 * its mappings) meets no other domain's data.
 *
 * Two domains that are unlinked and linked again start afresh: what they had
 * granted each other has ended.
 *
 * Locks: the lock of the granter's table, for looking up, adding and ending.
 * It is taken under no lock and takes none.
 */
#include <linux/err.h>
#include <linux/gfp.h>
#include <linux/mm.h>
#include <linux/refcount.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "core/domain.h"
#include "core/link.h"
#include "core/live.h"
#include "core/part.h"
#include "share/grant.h"

/* How many entries of a table are looked at with the lock held */
#define BATCH	32

/**
 * struct isle_grant - a page that one domain lets another one map
 * @refs: references: its maker's, the table's, one per mapping
 * @ref: its number (constant)
 * @readonly: the grantee may not write (constant)
 * @peer: the grantee's unique number (constant)
 * @owner: the granter, which is charged for it; a reference (constant)
 * @page: the page; a reference (constant)
 */
struct isle_grant {
	refcount_t refs;
	u32 ref;
	bool readonly;
	u64 peer;
	struct isle_domain *owner;
	struct page *page;
};

static struct isle_grants *grants_of(struct isle_domain *domain)
{
	return domain->parts[ISLE_SLOT_GRANTS];
}

static void grant_free(struct isle_grant *grant)
{
	struct isle_domain *owner = grant->owner;

	__free_page(grant->page);
	kfree(grant);
	isle_live_dec(ISLE_LIVE_GRANTS);
	isle_account_uncharge(&owner->account, ISLE_QUOTA_GRANTS, 1);
	isle_domain_put(owner);
}

/* The caller has charged @owner for it.  Nobody finds it yet. */
static struct isle_grant *grant_make(struct isle_domain *owner,
				     const struct isle_domain *peer,
				     bool readonly)
{
	struct isle_grants *grants = grants_of(owner);
	struct isle_grant *grant;
	int err = -ENOMEM;

	grant = kzalloc(sizeof(*grant), GFP_KERNEL_ACCOUNT);
	if (!grant)
		return ERR_PTR(-ENOMEM);
	grant->page = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
	if (!grant->page)
		goto err_free;
	/* NULL: the number is taken, but there is nothing to map */
	err = xa_alloc_cyclic(&grants->by_ref, &grant->ref, NULL,
			      XA_LIMIT(1, ISLE_GRANT_REF_MAX), &grants->next,
			      GFP_KERNEL_ACCOUNT);
	if (err < 0) {
		if (err == -EBUSY)
			err = -ENOSPC;
		goto err_page;
	}
	refcount_set(&grant->refs, 1);
	grant->readonly = readonly;
	grant->peer = peer->unique;
	isle_domain_hold(owner);
	grant->owner = owner;
	isle_live_inc(ISLE_LIVE_GRANTS);
	return grant;

err_page:
	__free_page(grant->page);
err_free:
	kfree(grant);
	return ERR_PTR(err);
}

/* Let them be mapped, all at once. */
static int grants_open(struct isle_domain *owner, struct isle_domain *peer,
		       unsigned int n, struct isle_grant **list)
{
	struct isle_grants *grants = grants_of(owner);
	unsigned int i;
	int err = 0;

	xa_lock(&grants->by_ref);
	/*
	 * Destruction sets @closed, and unlinking takes the link away, before
	 * they look through the table: either we see that or they see us.
	 */
	if (grants->closed)
		err = -ENODEV;
	else if (!isle_linked(owner, peer))
		err = -EPERM;
	for (i = 0; !err && i < n; i++) {
		refcount_inc(&list[i]->refs);
		/* Its place is there already */
		__xa_store(&grants->by_ref, list[i]->ref, list[i], 0);
	}
	xa_unlock(&grants->by_ref);
	return err;
}

/**
 * isle_grant_alloc() - let another domain map new pages
 * @domain: the granter; the caller has a reference
 * @peer: number of the domain that may map them; @domain's own is allowed
 * @readonly: it may only read
 * @n: how many pages
 * @grants: the grants, each with a reference, to be given back with
 *	isle_grant_end() and isle_grant_put()
 *
 * The pages are zero.
 *
 * Context: process; sleeps.
 * Return: 0, or a negative errno and there is none: -EPERM if the domains do
 * not see each other, -ENODEV if @domain is dead, -EDQUOT, -ENOMEM, -ENOSPC if
 * there is no free number, -EINTR after a fatal signal.
 */
int isle_grant_alloc(struct isle_domain *domain, u32 peer, bool readonly,
		     unsigned int n, struct isle_grant **grants)
{
	struct isle_domain *grantee = isle_link_get(domain, peer);
	unsigned int i;
	int err;

	if (!grantee)
		return -EPERM;
	err = isle_account_charge(&domain->account, ISLE_QUOTA_GRANTS, n);
	if (err)
		goto out;
	for (i = 0; i < n; i++) {
		err = -EINTR;
		if (fatal_signal_pending(current))
			goto err_put;
		grants[i] = grant_make(domain, grantee, readonly);
		err = PTR_ERR_OR_ZERO(grants[i]);
		if (err)
			goto err_put;
		cond_resched();
	}
	err = grants_open(domain, grantee, n, grants);
	if (!err)
		goto out;
err_put:
	isle_account_uncharge(&domain->account, ISLE_QUOTA_GRANTS, n - i);
	while (i--) {
		xa_erase(&grants_of(domain)->by_ref, grants[i]->ref);
		isle_grant_put(grants[i]);
	}
out:
	isle_domain_put(grantee);
	return err;
}

/**
 * isle_grant_end() - let nobody map a grant any more
 * @grant: the grant; the caller has a reference, and keeps it
 *
 * May be called more than once, and after the granter has died.
 *
 * Context: process.
 */
void isle_grant_end(struct isle_grant *grant)
{
	struct isle_grants *grants = grants_of(grant->owner);
	bool ended;

	xa_lock(&grants->by_ref);
	/* The number may be another grant's by now */
	ended = xa_load(&grants->by_ref, grant->ref) == grant;
	if (ended)
		__xa_erase(&grants->by_ref, grant->ref);
	xa_unlock(&grants->by_ref);
	if (ended)
		isle_grant_put(grant);
}

/* End all grants of a table, or those to one domain. */
static void end_all(struct isle_grants *grants, u64 peer)
{
	struct isle_grant *ended[BATCH], *grant;
	unsigned long index = 0;
	int seen, n;

	do {
		seen = 0;
		n = 0;
		xa_lock(&grants->by_ref);
		xa_for_each_start(&grants->by_ref, index, grant, index) {
			if (!peer || grant->peer == peer) {
				__xa_erase(&grants->by_ref, index);
				ended[n++] = grant;
			}
			if (++seen == BATCH)
				break;
		}
		xa_unlock(&grants->by_ref);
		while (n--)
			isle_grant_put(ended[n]);
		cond_resched();
	} while (seen == BATCH);
}

/**
 * isle_grant_get() - find a grant to oneself, and take a reference
 * @mapper: the grantee; the caller has a reference
 * @granter: number of the domain that has the page
 * @ref: the grant's number there
 * @write: for writing, too
 *
 * For who is charged otherwise, or for the time of a call.
 *
 * Context: process.
 * Return: the grant, to be given back with isle_grant_put(), or an ERR_PTR:
 * -EPERM if the domains do not see each other, -ENOENT if there is no such
 * grant to @mapper, -EACCES if it may not be written to.
 */
struct isle_grant *isle_grant_get(struct isle_domain *mapper, u32 granter,
				  u32 ref, bool write)
{
	struct isle_domain *owner = isle_link_get(mapper, granter);
	struct isle_grants *grants;
	struct isle_grant *grant;

	if (!owner)
		return ERR_PTR(-EPERM);
	grants = grants_of(owner);
	xa_lock(&grants->by_ref);
	grant = xa_load(&grants->by_ref, ref);
	if (!grant || grant->peer != mapper->unique)
		grant = ERR_PTR(-ENOENT);
	else if (write && grant->readonly)
		grant = ERR_PTR(-EACCES);
	else
		isle_grant_hold(grant);
	xa_unlock(&grants->by_ref);
	isle_domain_put(owner);
	return grant;
}

/**
 * isle_grant_map() - find a grant to oneself, to map it
 * @mapper: the grantee, which is charged; the caller has a reference
 * @granter: number of the domain that has the page
 * @ref: the grant's number there
 * @write: for writing, too
 *
 * Context: process.
 * Return: the grant, to be given back with isle_grant_unmap(), or an ERR_PTR:
 * -EDQUOT, or what isle_grant_get() says.
 */
struct isle_grant *isle_grant_map(struct isle_domain *mapper, u32 granter,
				  u32 ref, bool write)
{
	struct isle_grant *grant;
	int err;

	err = isle_account_charge(&mapper->account, ISLE_QUOTA_MAPPINGS, 1);
	if (err)
		return ERR_PTR(err);
	grant = isle_grant_get(mapper, granter, ref, write);
	if (IS_ERR(grant))
		isle_account_uncharge(&mapper->account, ISLE_QUOTA_MAPPINGS, 1);
	return grant;
}

/**
 * isle_grant_unmap() - undo isle_grant_map()
 * @mapper: the grantee; the caller has a reference
 * @grant: the grant
 *
 * Context: process.
 */
void isle_grant_unmap(struct isle_domain *mapper, struct isle_grant *grant)
{
	isle_grant_put(grant);
	isle_account_uncharge(&mapper->account, ISLE_QUOTA_MAPPINGS, 1);
}

/**
 * isle_grant_hold() - take a reference
 * @grant: a grant that the caller has a reference to
 */
void isle_grant_hold(struct isle_grant *grant)
{
	refcount_inc(&grant->refs);
}

/**
 * isle_grant_put() - give a reference back
 * @grant: the grant; if it was the caller's own, not ended by anybody, others
 *	can go on mapping it
 *
 * Context: process.
 */
void isle_grant_put(struct isle_grant *grant)
{
	if (refcount_dec_and_test(&grant->refs))
		grant_free(grant);
}

/**
 * isle_grant_ref() - by what number the grantee names a grant
 * @grant: the grant
 *
 * Return: the number, from 1 to ISLE_GRANT_REF_MAX.
 */
u32 isle_grant_ref(const struct isle_grant *grant)
{
	return grant->ref;
}

/**
 * isle_grant_page() - the page that is granted
 * @grant: the grant
 *
 * Return: the page, in low memory, as long as the caller has a reference to
 * the grant.
 */
struct page *isle_grant_page(const struct isle_grant *grant)
{
	return grant->page;
}

static int part_create(struct isle_domain *domain)
{
	struct isle_grants *grants = kzalloc(sizeof(*grants),
					     GFP_KERNEL_ACCOUNT);

	if (!grants)
		return -ENOMEM;
	xa_init_flags(&grants->by_ref, XA_FLAGS_ALLOC1 | XA_FLAGS_ACCOUNT);
	grants->next = 1;
	domain->parts[ISLE_SLOT_GRANTS] = grants;
	return 0;
}

static void part_destroy(struct isle_domain *domain)
{
	struct isle_grants *grants = grants_of(domain);

	xa_lock(&grants->by_ref);
	grants->closed = true;
	xa_unlock(&grants->by_ref);
	end_all(grants, 0);
}

static void part_unlink(struct isle_domain *a, struct isle_domain *b)
{
	end_all(grants_of(a), b->unique);
	end_all(grants_of(b), a->unique);
}

static void part_release(struct isle_domain *domain)
{
	struct isle_grants *grants = grants_of(domain);

	if (!grants)
		return;
	xa_destroy(&grants->by_ref);
	kfree(grants);
}

static const struct isle_part part = {
	.slot = ISLE_SLOT_GRANTS,
	.create = part_create,
	.destroy = part_destroy,
	.unlink = part_unlink,
	.release = part_release,
};

/**
 * isle_grant_init() - let domains have grants
 *
 * Return: 0 or a negative errno.
 */
int isle_grant_init(void)
{
	return isle_part_register(&part);
}

/**
 * isle_grant_exit() - undo isle_grant_init()
 */
void isle_grant_exit(void)
{
	isle_part_unregister(&part);
}
