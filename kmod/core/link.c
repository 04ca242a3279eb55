// SPDX-License-Identifier: GPL-2.0
/*
 * Links: which domains see each other.
 *
 * isle_linked() is the one function that decides it; every path from one
 * domain to another asks it.  A link stands in both domains' arrays, or in
 * none.  It holds no reference: a domain's links are dropped while it is
 * being destroyed, before its memory can go.
 *
 * Locks: links change under the registry's lock.  Looking one up takes none.
 */
#include <linux/errno.h>

#include "core/domain.h"
#include "core/link.h"
#include "core/part.h"
#include "trace.h"

static void drop(struct isle_domain *a, struct isle_domain *b)
{
	isle_registry_assert();
	xa_erase(&a->links, b->id);
	xa_erase(&b->links, a->id);
	isle_account_uncharge(&a->account, ISLE_QUOTA_LINKS, 1);
	isle_account_uncharge(&b->account, ISLE_QUOTA_LINKS, 1);
	trace_isle_unlink(a->id, b->id);
}

static int add(struct isle_domain *a, struct isle_domain *b)
{
	int err;

	isle_registry_assert();
	/* Destruction marks dead first and drops links under our lock later */
	if (isle_domain_dead(a) || isle_domain_dead(b))
		return -ENOENT;
	if (xa_load(&a->links, b->id))
		return -EEXIST;

	err = isle_account_charge(&a->account, ISLE_QUOTA_LINKS, 1);
	if (err)
		return err;
	err = isle_account_charge(&b->account, ISLE_QUOTA_LINKS, 1);
	if (err)
		goto err_a;
	err = xa_err(xa_store(&a->links, b->id, b, GFP_KERNEL_ACCOUNT));
	if (err)
		goto err_b;
	err = xa_err(xa_store(&b->links, a->id, a, GFP_KERNEL_ACCOUNT));
	if (err)
		goto err_store;
	trace_isle_link(a->id, b->id);
	return 0;

err_store:
	xa_erase(&a->links, b->id);
err_b:
	isle_account_uncharge(&b->account, ISLE_QUOTA_LINKS, 1);
err_a:
	isle_account_uncharge(&a->account, ISLE_QUOTA_LINKS, 1);
	return err;
}

/**
 * isle_link() - let two domains see each other
 * @a: one; the caller has a reference
 * @b: another one; likewise
 *
 * Return: 0, -EINVAL if they are the same, -EEXIST, -EDQUOT, -ENOMEM, or
 * -ENOENT if one of them is being destroyed.
 */
int isle_link(struct isle_domain *a, struct isle_domain *b)
{
	int err;

	if (a == b)
		return -EINVAL;
	isle_registry_lock();
	err = add(a, b);
	isle_registry_unlock();
	if (!err)
		isle_part_link_all(a, b);
	return err;
}

/**
 * isle_unlink() - take a link away
 * @a: one end; the caller has a reference
 * @b: the other end; likewise
 *
 * Return: 0, -EINVAL if they are the same, or -ENOENT.
 */
int isle_unlink(struct isle_domain *a, struct isle_domain *b)
{
	int err = 0;

	if (a == b)
		return -EINVAL;
	isle_registry_lock();
	if (isle_linked(a, b))
		drop(a, b);
	else
		err = -ENOENT;
	isle_registry_unlock();
	if (!err)
		isle_part_unlink_all(a, b);
	return err;
}

/**
 * isle_linked() - whether two domains see each other
 * @a: one; the caller has a reference
 * @b: the other; likewise.  They may be the same: a domain sees itself.
 *
 * The pointers are compared, not only numbers, so a domain that got the number
 * of a destroyed one inherits nothing.
 *
 * Context: any.
 * Return: true if they do.
 */
bool isle_linked(struct isle_domain *a, struct isle_domain *b)
{
	return a == b || xa_load(&a->links, b->id) == b;
}

/**
 * isle_link_get() - find what a domain sees by number
 * @domain: the domain; the caller has a reference
 * @id: any number, its own among them
 *
 * Takes no lock but @domain's own, so that the way from one domain to another
 * does not lead through the registry.
 *
 * Context: any that does not hold the lock of @domain's links.
 * Return: a domain for which isle_linked() is true, with a reference, or NULL.
 */
struct isle_domain *isle_link_get(struct isle_domain *domain, u32 id)
{
	struct isle_domain *peer = domain;

	/*
	 * A domain that ends takes its links away, under this lock, before it
	 * gives up the registry's reference.
	 */
	xa_lock(&domain->links);
	if (id != domain->id)
		peer = xa_load(&domain->links, id);
	if (peer)
		isle_domain_hold(peer);
	xa_unlock(&domain->links);
	return peer;
}

/**
 * isle_link_next() - list what a domain is linked to
 * @domain: the domain; the caller has a reference
 * @id: number of the last one listed, 0 to begin
 *
 * Return: the linked domain with the next higher number, with a reference, or
 * NULL.
 */
struct isle_domain *isle_link_next(struct isle_domain *domain, u32 id)
{
	unsigned long index = id;
	struct isle_domain *peer;

	isle_registry_lock();
	peer = xa_find_after(&domain->links, &index, ISLE_DOMID_MAX, XA_PRESENT);
	if (peer)
		isle_domain_hold(peer);
	isle_registry_unlock();
	return peer;
}

/**
 * isle_link_drop_all() - take all links of a dead domain away
 * @domain: the domain
 *
 * Context: process; sleeps.
 */
void isle_link_drop_all(struct isle_domain *domain)
{
	struct isle_domain *peer;

	while ((peer = isle_link_next(domain, 0))) {
		/* somebody may have unlinked them already */
		isle_unlink(domain, peer);
		isle_domain_put(peer);
	}
}
