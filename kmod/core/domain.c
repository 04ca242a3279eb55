// SPDX-License-Identifier: GPL-2.0
/*
 * Domains: the registry of them, and the life of one.
 *
 * A domain is made with one user, the file that is returned to its creator.
 * Every further file and being published count as users too.  When the last
 * user goes, or the administrator says so, the domain is destroyed: marked
 * dead, its devices removed, its nodes and links taken away, its parts ended,
 * and last its number and name given back, so that a new domain of the same
 * name finds nothing of the old one.  The memory stays until the last reference goes.
 *
 * Numbers go round (xa_alloc_cyclic), so that a number is not given to another
 * domain soon after; the unique number is never given twice.
 *
 * Lock order: registry lock > domain->lock.  Destruction takes them one after
 * the other.  No lock is held across user memory or a wait for requests.
 */
#include <linux/err.h>
#include <linux/hashtable.h>
#include <linux/slab.h>
#include <linux/stringhash.h>

#include "core/device.h"
#include "core/domain.h"
#include "core/link.h"
#include "core/live.h"
#include "core/part.h"
#include "core/wait.h"
#include "trace.h"

static DEFINE_MUTEX(registry_lock);
static DEFINE_XARRAY_ALLOC(domains);	/* by number; changed under the lock */
static DEFINE_HASHTABLE(names, 10);	/* protected by registry_lock */
static u32 next_id = ISLE_DOMID_MIN;	/* protected by registry_lock */
static u32 count;			/* protected by registry_lock */

/**
 * isle_unique() - a number that was never given before since boot
 *
 * One sequence serves domains and devices.
 *
 * Return: the number, from 1.
 */
u64 isle_unique(void)
{
	static atomic64_t last;

	return atomic64_inc_return(&last);
}

/**
 * isle_registry_lock() - keep domains and links from coming and going
 */
void isle_registry_lock(void)
{
	mutex_lock(&registry_lock);
}

/**
 * isle_registry_unlock() - undo isle_registry_lock()
 */
void isle_registry_unlock(void)
{
	mutex_unlock(&registry_lock);
}

/**
 * isle_registry_assert() - tell lockdep that the caller holds the lock
 */
void isle_registry_assert(void)
{
	lockdep_assert_held(&registry_lock);
}

static u32 name_hash(const char *name)
{
	return full_name_hash(NULL, name, strlen(name));
}

static struct isle_domain *find_name(const char *name)
{
	struct isle_domain *domain;

	isle_registry_assert();
	hash_for_each_possible(names, domain, by_name, name_hash(name))
		if (!strcmp(domain->name, name))
			return domain;
	return NULL;
}

static int registry_add(struct isle_domain *domain)
{
	u32 id;
	int err;

	if (find_name(domain->name))
		return -EEXIST;
	/* NULL: the number is taken, but nobody finds the domain by it yet */
	err = xa_alloc_cyclic(&domains, &id, NULL,
			      XA_LIMIT(ISLE_DOMID_MIN, ISLE_DOMID_MAX),
			      &next_id, GFP_KERNEL);
	if (err < 0)
		return err == -EBUSY ? -ENOSPC : err;
	domain->id = id;
	err = isle_part_create_all(domain);
	if (err) {
		xa_erase(&domains, id);
		return err;
	}
	xa_store(&domains, id, domain, GFP_KERNEL); /* has its place already */
	hash_add(names, &domain->by_name, name_hash(domain->name));
	isle_domain_hold(domain);
	count++;
	return 0;
}

static void registry_del(struct isle_domain *domain)
{
	xa_erase(&domains, domain->id);
	hash_del(&domain->by_name);
	count--;
	isle_domain_put(domain);
}

/**
 * isle_domain_create() - make a domain
 * @name: a valid name, or "" for one that the module makes up
 *
 * Return: the domain with one user and one reference, or an ERR_PTR: -EEXIST,
 * -ENOSPC, -ENOMEM.
 */
struct isle_domain *isle_domain_create(const char *name)
{
	struct isle_domain *domain;
	int err;

	domain = kzalloc(sizeof(*domain), GFP_KERNEL_ACCOUNT);
	if (!domain)
		return ERR_PTR(-ENOMEM);
	kref_init(&domain->ref);
	refcount_set(&domain->users, 1);
	mutex_init(&domain->lock);
	INIT_LIST_HEAD(&domain->devices);
	xa_init(&domain->links);
	init_waitqueue_head(&domain->wait);
	isle_account_init(&domain->account);
	isle_live_inc(ISLE_LIVE_DOMAINS);

	isle_registry_lock();
	do {
		domain->unique = isle_unique();
		if (*name)
			strscpy(domain->name, name, sizeof(domain->name));
		else
			snprintf(domain->name, sizeof(domain->name), "d%llu",
				 domain->unique);
		err = registry_add(domain);
		/* Somebody may have chosen the name that we made up */
	} while (err == -EEXIST && !*name);
	isle_registry_unlock();
	if (err) {
		isle_domain_put(domain);
		return ERR_PTR(err);
	}
	trace_isle_domain_create(domain->id, domain->unique, domain->name);
	return domain;
}

/**
 * isle_domain_hold() - take a reference
 * @domain: a domain that the caller has a reference to
 */
void isle_domain_hold(struct isle_domain *domain)
{
	kref_get(&domain->ref);
}

static void domain_release(struct kref *ref)
{
	struct isle_domain *domain = container_of(ref, struct isle_domain, ref);

	isle_part_release_all(domain);
	xa_destroy(&domain->links);
	mutex_destroy(&domain->lock);
	isle_live_dec(ISLE_LIVE_DOMAINS);
	kfree(domain);
}

/**
 * isle_domain_put() - give a reference back
 * @domain: the domain
 *
 * Context: process.
 */
void isle_domain_put(struct isle_domain *domain)
{
	kref_put(&domain->ref, domain_release);
}

/**
 * isle_domain_get() - find a domain by number
 * @id: any number
 *
 * Return: the domain with a reference, or NULL.
 */
struct isle_domain *isle_domain_get(u32 id)
{
	struct isle_domain *domain;

	/* The registry's own reference goes after the entry under this lock */
	xa_lock(&domains);
	domain = xa_load(&domains, id);
	if (domain)
		isle_domain_hold(domain);
	xa_unlock(&domains);
	return domain;
}

/**
 * isle_domain_get_name() - find a domain by name
 * @name: a valid name
 *
 * Return: the domain with a reference, or NULL.
 */
struct isle_domain *isle_domain_get_name(const char *name)
{
	struct isle_domain *domain;

	isle_registry_lock();
	domain = find_name(name);
	if (domain)
		isle_domain_hold(domain);
	isle_registry_unlock();
	return domain;
}

/**
 * isle_domain_get_next() - find the first domain from a number on
 * @id: any number
 *
 * Return: the domain with a reference, or NULL.
 */
struct isle_domain *isle_domain_get_next(u32 id)
{
	unsigned long index = id;
	struct isle_domain *domain;

	isle_registry_lock();
	domain = xa_find(&domains, &index, ISLE_DOMID_MAX, XA_PRESENT);
	if (domain)
		isle_domain_hold(domain);
	isle_registry_unlock();
	return domain;
}

/**
 * isle_domain_count() - how many domains there are
 *
 * Return: the number.
 */
u32 isle_domain_count(void)
{
	return READ_ONCE(count);
}

/**
 * isle_domain_use() - become a user of a domain
 * @domain: the domain
 *
 * Return: false if its last user has gone.
 */
bool isle_domain_use(struct isle_domain *domain)
{
	return refcount_inc_not_zero(&domain->users);
}

/**
 * isle_domain_unuse() - cease to be a user; the last one destroys the domain
 * @domain: the domain; the caller has a reference
 *
 * Does not wait for requests.
 *
 * Context: process; sleeps.
 */
void isle_domain_unuse(struct isle_domain *domain)
{
	if (refcount_dec_and_test(&domain->users))
		isle_domain_destroy(domain);
}

/**
 * isle_domain_publish() - give a domain and its devices nodes in /dev/isle
 * @domain: the domain; the caller has a reference
 * @perm: of the nodes
 * @xen: with the Xen faces
 *
 * Return: 0, -EEXIST if it is published already, -ENODEV if it is dead, or
 * what isle_node_add() says.
 */
int isle_domain_publish(struct isle_domain *domain,
			const struct isle_node_perm *perm, bool xen)
{
	struct isle_node *node;
	int err;

	mutex_lock(&domain->lock);
	err = -EEXIST;
	if (domain->node)
		goto out;
	err = -ENODEV;
	if (domain->dead || !isle_domain_use(domain))
		goto out;

	domain->perm = *perm;
	domain->xen = xen;
	node = isle_node_add(&isle_domain_node, domain, perm,
			     "isle!%s!domain", domain->name);
	if (IS_ERR(node)) {
		err = PTR_ERR(node);
		goto err_unuse;
	}
	domain->node = node;
	err = isle_device_publish_all(domain);
	if (err)
		goto err_node;
	err = isle_face_publish_all(domain);
	if (!err)
		goto out;
	isle_device_unpublish_all(domain);
err_node:
	domain->node = NULL;
	isle_node_del(node);
err_unuse:
	mutex_unlock(&domain->lock);
	/* Outside the lock: the caller's file may have been closed meanwhile */
	isle_domain_unuse(domain);
	return err;
out:
	mutex_unlock(&domain->lock);
	return err;
}

/**
 * isle_domain_destroy() - end a domain
 * @domain: the domain; the caller has a reference
 *
 * Afterwards nothing can be begun through it.  Requests that had begun go on;
 * isle_domain_drain() waits for them.
 *
 * Context: process; sleeps.
 * Return: 0, or -ENOENT if somebody else has ended it.
 */
int isle_domain_destroy(struct isle_domain *domain)
{
	struct isle_node *node;

	mutex_lock(&domain->lock);
	if (domain->dead) {
		mutex_unlock(&domain->lock);
		return -ENOENT;
	}
	WRITE_ONCE(domain->dead, true);
	isle_device_remove_all(domain);
	isle_face_unpublish_all(domain);
	node = domain->node;
	domain->node = NULL;
	isle_node_del(node);
	mutex_unlock(&domain->lock);

	trace_isle_domain_destroy(domain->id, domain->unique, domain->name);
	isle_link_drop_all(domain);
	isle_part_destroy_all(domain);
	isle_registry_lock();
	registry_del(domain);
	isle_registry_unlock();

	wake_up_poll(&domain->wait, EPOLLHUP | EPOLLERR);
	/* If this was the last user, it finds the domain dead and is done */
	if (node)
		isle_domain_unuse(domain);
	return 0;
}

/**
 * isle_domain_drain() - wait until all requests to removed devices have ended
 * @domain: the domain; the caller has a reference
 *
 * Return: 0, or -EINTR if a signal came first.
 */
int isle_domain_drain(struct isle_domain *domain)
{
	return isle_wait_signal(domain->wait,
				!atomic_read(&domain->undrained));
}

/**
 * isle_domain_exit() - destroy all domains; none has an open file
 */
void isle_domain_exit(void)
{
	struct isle_domain *domain;

	while ((domain = isle_domain_get_next(0))) {
		isle_domain_destroy(domain);
		isle_domain_put(domain);
	}
	xa_destroy(&domains);
}
