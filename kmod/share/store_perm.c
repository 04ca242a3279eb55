// SPDX-License-Identifier: GPL-2.0
/*
 * Permissions of the store's nodes, with Xen's meaning.
 *
 * The first entry names the owner, who may do everything, and says what those
 * may do who have no entry of their own.  A domain is named by its domid on the
 * wire and by its unique number in here: one that gets the number of a
 * destroyed one inherits nothing, and entries that name a destroyed domain
 * count for nothing and are not shown.
 *
 * Permissions are counted and constant once a node has them, so that nodes and
 * transactions share them.  Whether one domain sees another at all is not
 * decided here, see isle_store_sees().
 */
#include <linux/ctype.h>
#include <linux/slab.h>
#include <isle/base.h>

#include "share/store_node.h"
#include "share/store_perm.h"
#include "share/store_tree.h"

/**
 * isle_store_perms_alloc() - make permissions
 * @n: entries, 1 to ISLE_STORE_PERMS_MAX; zeroed
 *
 * Return: with one reference, or NULL.
 */
struct isle_store_perms *isle_store_perms_alloc(unsigned int n)
{
	struct isle_store_perms *perms;

	perms = kzalloc(isle_store_perms_size(n), GFP_KERNEL_ACCOUNT);
	if (!perms)
		return NULL;
	refcount_set(&perms->ref, 1);
	perms->n = n;
	return perms;
}

/**
 * isle_store_perms_get() - take a reference
 * @perms: the permissions
 *
 * Return: @perms.
 */
struct isle_store_perms *isle_store_perms_get(struct isle_store_perms *perms)
{
	refcount_inc(&perms->ref);
	return perms;
}

/**
 * isle_store_perms_put() - give a reference back
 * @perms: the permissions, or NULL
 */
void isle_store_perms_put(struct isle_store_perms *perms)
{
	if (perms && refcount_dec_and_test(&perms->ref))
		kfree(perms);
}

/**
 * isle_store_may() - what a domain may do with a node that it sees
 * @perms: the node's
 * @dom: the domain
 *
 * Return: a set of ISLE_STORE_*.
 */
unsigned int isle_store_may(const struct isle_store_perms *perms,
			    const struct isle_store_dom *dom)
{
	unsigned int i;

	if (perms->perm[0].unique == dom->unique)
		return ISLE_STORE_READ | ISLE_STORE_WRITE | ISLE_STORE_OWNER;
	for (i = 1; i < perms->n; i++)
		if (perms->perm[i].unique == dom->unique)
			return perms->perm[i].may;
	return perms->perm[0].may;
}

/* Whether the domain that an entry names is gone for good */
static bool stale(const struct isle_store_perm *perm)
{
	struct isle_store_dom *dom;

	if (!perm->unique)
		return false;
	dom = isle_store_dom_find(perm->id);
	return !dom || dom->unique != perm->unique;
}

/**
 * isle_store_perms_inherit() - what a new node has from its parent
 * @to: permissions of as many entries as @from has
 * @from: the parent's
 * @owner: who makes the node and will own it
 *
 * Context: the store's lock is held.
 */
void isle_store_perms_inherit(struct isle_store_perms *to,
			      const struct isle_store_perms *from,
			      const struct isle_store_dom *owner)
{
	unsigned int i, n = 1;

	to->perm[0] = from->perm[0];
	to->perm[0].id = owner->id;
	to->perm[0].unique = owner->unique;
	for (i = 1; i < from->n; i++)
		if (!stale(&from->perm[i]))
			to->perm[n++] = from->perm[i];
	to->n = n;
}

static int parse_one(const char *string, struct isle_store_perm *perm)
{
	switch (*string++) {
	case 'n':
		perm->may = 0;
		break;
	case 'r':
		perm->may = ISLE_STORE_READ;
		break;
	case 'w':
		perm->may = ISLE_STORE_WRITE;
		break;
	case 'b':
		perm->may = ISLE_STORE_READ | ISLE_STORE_WRITE;
		break;
	default:
		return -EINVAL;
	}
	/* no sign, which kstrtou16() would take */
	if (!isdigit(*string) || kstrtou16(string, 10, &perm->id))
		return -EINVAL;
	return 0;
}

/**
 * isle_store_perms_parse() - read permissions as the wire has them
 * @strings: a letter and a domid each, terminated by NUL
 * @len: bytes of all
 * @n: how many there are
 * @perms: set to what they mean, with one reference; still to be resolved
 *
 * Return: 0, -EINVAL, -ENOSPC (too many), -ENOMEM.
 */
int isle_store_perms_parse(const char *strings, size_t len, unsigned int n,
			   struct isle_store_perms **perms)
{
	struct isle_store_perms *p;
	size_t pos = 0;
	unsigned int i;
	int err;

	if (!n)
		return -EINVAL;
	if (n > ISLE_STORE_PERMS_MAX)
		return -ENOSPC;
	p = isle_store_perms_alloc(n);
	if (!p)
		return -ENOMEM;
	for (i = 0; i < n; i++) {
		err = -EINVAL;
		if (pos < len)
			err = parse_one(strings + pos, &p->perm[i]);
		if (err) {
			isle_store_perms_put(p);
			return err;
		}
		pos += strlen(strings + pos) + 1;
	}
	*perms = p;
	return 0;
}

/**
 * isle_store_perms_resolve() - find the domains that parsed permissions name
 * @perms: the permissions
 * @dom: who wants to set them
 *
 * An entry for a domain that @dom does not see will never mean anything, and
 * tells @dom nothing about it.
 *
 * Context: the store's lock is held.
 */
void isle_store_perms_resolve(struct isle_store_perms *perms,
			      struct isle_store_dom *dom)
{
	unsigned int i;

	for (i = 0; i < perms->n; i++) {
		struct isle_store_perm *perm = &perms->perm[i];
		struct isle_store_dom *other = isle_store_dom_find(perm->id);

		perm->unique = 0;
		if (other && isle_store_sees(dom, other))
			perm->unique = other->unique;
	}
}

/**
 * isle_store_perms_format() - write permissions as the wire has them
 * @perms: the permissions
 * @buf: where to
 * @size: bytes there
 *
 * Context: the store's lock is held.
 * Return: bytes written, or -E2BIG.
 */
ssize_t isle_store_perms_format(const struct isle_store_perms *perms, char *buf,
				size_t size)
{
	static const char letters[] = "nrwb";
	unsigned int i;
	size_t pos = 0;

	for (i = 0; i < perms->n; i++) {
		const struct isle_store_perm *perm = &perms->perm[i];

		if (i && stale(perm))
			continue;
		pos += scnprintf(buf + pos, size - pos, "%c%u",
				 letters[perm->may], perm->id) + 1;
		if (pos >= size)
			return -E2BIG;
	}
	return pos;
}
