// SPDX-License-Identifier: GPL-2.0
/*
 * The store's tree, which all domains see their part of.
 *
 *	/			host	r: everybody may read
 *	/local/domain		host	r; lists oneself and linked domains only
 *	/local/domain/ID	host	the domain may read and write: it makes
 *					whatever it likes below
 *	.../domid, .../name	host	the domain may read
 *	.../data		domain	nobody else may do anything
 *
 * What the module makes for a domain costs it nothing and goes with it; all but
 * data cannot be removed before.
 *
 * isle_store_sees() is the one rule that hides domains from each other: it
 * stands between /local/domain and each ID, and all other nodes are below
 * those.  A domain that is not linked is absent there; a linked one is
 * protected by permissions.
 *
 * Locks: isle_store_lock protects everything in the store.  It is taken under
 * the registry's lock, when a domain is made, and takes none but the leaves
 * (accounts, queues of events).  Under it nothing waits for memory, user space
 * or another lock, and no function of another part is called.
 */
#include <linux/ctype.h>
#include <linux/mutex.h>
#include <linux/random.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "core/link.h"
#include "core/live.h"
#include "share/store_tree.h"
#include "share/store_watch.h"

/* Everything in the store; see above */
DEFINE_MUTEX(isle_store_lock);

/* Protected by isle_store_lock */
static DEFINE_XARRAY(doms);
static struct isle_store_node *root;
static struct isle_store_node *homes;		/* /local/domain */
static u64 generation;
static siphash_key_t key __read_mostly;
static char fire_path[ISLE_STORE_PATH_MAX + 1];

#define FIXED_NODES	3	/* root, local, domain */

/**
 * isle_store_dom_find() - find a domain
 * @id: any number
 *
 * Return: what the store has of it, or NULL.
 */
struct isle_store_dom *isle_store_dom_find(u32 id)
{
	lockdep_assert_held(&isle_store_lock);
	return xa_load(&doms, id);
}

/**
 * isle_store_sees() - whether a domain's part of the store exists for another
 * @dom: who looks
 * @other: whose it is
 *
 * Return: true if it does.
 */
bool isle_store_sees(struct isle_store_dom *dom, struct isle_store_dom *other)
{
	return isle_linked(dom->domain, other->domain);
}

/**
 * isle_store_dom_next_linked() - list the domains that one sees, but itself
 * @dom: the domain
 * @id: 0 to begin, then as left by the last call
 *
 * Costs as much as it has links, however many domains there are.
 *
 * Return: one of them, or NULL.
 */
struct isle_store_dom *isle_store_dom_next_linked(struct isle_store_dom *dom,
						  u32 *id)
{
	unsigned long index = *id;
	struct isle_store_dom *other = NULL;

	/* Only the numbers are taken: nothing keeps these domains in memory */
	while (xa_find_after(&dom->domain->links, &index, ISLE_DOMID_MAX,
			     XA_PRESENT)) {
		other = isle_store_dom_find(index);
		if (other && isle_store_sees(dom, other))
			break;
		other = NULL;
	}
	*id = index;
	return other;
}

static bool valid_char(char c)
{
	/* the kernel's isalnum() knows more letters than ASCII has */
	return (isascii(c) && isalnum(c)) || c == '-' || c == '_' || c == '/' || c == '@';
}

/**
 * isle_store_path() - make a path absolute
 * @dom: whose home it is relative to, if it is
 * @path: the path
 *
 * Context: process; sleeps.
 * Return: a copy to be freed with kfree(), or an ERR_PTR: -EINVAL, -ENOMEM.
 */
char *isle_store_path(const struct isle_store_dom *dom, const char *path)
{
	size_t len = strnlen(path, ISLE_STORE_PATH_MAX + 1), i;
	char *copy;

	if (!len || len > (*path == '/' ? ISLE_STORE_PATH_MAX :
			   ISLE_STORE_RELATIVE_MAX))
		return ERR_PTR(-EINVAL);
	for (i = 0; i < len; i++)
		if (!valid_char(path[i]) ||
		    (path[i] == '/' && path[i + 1] == '/'))
			return ERR_PTR(-EINVAL);
	/* Special events are no nodes */
	if (*path == '@' || (len > 1 && path[len - 1] == '/'))
		return ERR_PTR(-EINVAL);
	if (*path == '/')
		copy = kmemdup_nul(path, len, GFP_KERNEL_ACCOUNT);
	else
		copy = kasprintf(GFP_KERNEL_ACCOUNT, "/local/domain/%u/%s",
				 dom->id, path);
	return copy ?: ERR_PTR(-ENOMEM);
}

/**
 * isle_store_part() - find the next part of a path
 * @path: a path that isle_store_path() made
 * @pos: where the last one ended and its slash was skipped; 1 to begin
 *
 * Return: its length, 0 if there is none.
 */
size_t isle_store_part(const char *path, size_t pos)
{
	return strchrnul(path + pos, '/') - (path + pos);
}

/**
 * isle_store_root() - the node of /
 *
 * Return: the node.
 */
struct isle_store_node *isle_store_root(void)
{
	return root;
}

/**
 * isle_store_lists_domains() - whether a node is /local/domain
 * @node: a real node
 *
 * Return: true if what is below depends on who looks.
 */
bool isle_store_lists_domains(const struct isle_store_node *node)
{
	return node == homes;
}

/**
 * isle_store_real_child() - find a child that a domain sees
 * @parent: a real node that it sees
 * @name: the child's name; need not be terminated
 * @len: of it
 * @dom: the domain
 *
 * Return: the child, or NULL.
 */
struct isle_store_node *isle_store_real_child(struct isle_store_node *parent,
					      const char *name, size_t len,
					      struct isle_store_dom *dom)
{
	struct isle_store_node *node = isle_store_child(parent, name, len);

	if (node && node->home && !isle_store_sees(dom, node->home))
		return NULL;
	return node;
}

/**
 * isle_store_generation() - when a node changed, as a domain sees it
 * @node: a real node
 * @dom: the domain
 *
 * Return: a number that is different if it has changed.
 */
u64 isle_store_generation(const struct isle_store_node *node,
			  const struct isle_store_dom *dom)
{
	return node == homes ? dom->seen : node->generation;
}

/**
 * isle_store_disguise() - what may be told of a generation
 * @gen: the generation
 *
 * As the tree has one count for all, the generation itself would tell how much
 * others do meanwhile.
 *
 * Return: a number that differs if @gen does.
 */
u64 isle_store_disguise(u64 gen)
{
	return siphash_1u64(gen, &key);
}

/**
 * isle_store_changed() - note that a node or its list of children has changed
 * @node: a real node
 *
 * Return: its new generation.
 */
u64 isle_store_changed(struct isle_store_node *node)
{
	node->generation = ++generation;
	for (; node; node = node->parent)
		node->below = generation;
	return generation;
}

/**
 * isle_store_real() - make a node that was attached to the tree part of it
 * @node: the node; charged to @dom already
 * @dom: who has made it
 */
void isle_store_real(struct isle_store_node *node, struct isle_store_dom *dom)
{
	node->state = ISLE_STORE_REAL;
	node->had_base = false;
	node->modified = false;
	list_add_tail(&node->paid, &dom->paid);
	isle_store_changed(node->parent);
	isle_store_changed(node);
}

/* Whose part of the store a node is in */
static struct isle_store_dom *home_of(const struct isle_store_node *node)
{
	for (; node; node = node->parent)
		if (node->home)
			return node->home;
	return NULL;
}

/* Write a node's path into fire_path. */
static size_t path_of(const struct isle_store_node *node)
{
	char *end = fire_path + sizeof(fire_path) - 1, *p = end;

	*p = '\0';
	for (; node->parent; node = node->parent) {
		p -= node->name_len;
		memcpy(p, node->name, node->name_len);
		*--p = '/';
	}
	if (p == end)
		*--p = '/';
	memmove(fire_path, p, end - p + 1);
	return end - p;
}

static bool readable(const struct isle_store_node *node,
		     const struct isle_store_perms *old,
		     const struct isle_store_dom *dom)
{
	unsigned int may = isle_store_may(node->perms, dom);

	if (old)
		may |= isle_store_may(old, dom);
	/* Who can list the node may know that something happened to it */
	if (node->parent)
		may |= isle_store_may(node->parent->perms, dom);
	return may & ISLE_STORE_READ;
}

/**
 * isle_store_fire() - tell watches that a node has changed, or is about to go
 * @node: a real node
 * @old: permissions that it had before, or NULL if they are the same
 * @exact: only watches on this very node, because more is going
 *
 * Only the domain in whose part it is and those linked to that are looked at,
 * and told only if they may read the node or its parent, now or before.
 */
void isle_store_fire(struct isle_store_node *node,
		     const struct isle_store_perms *old, bool exact)
{
	struct isle_store_dom *home = home_of(node), *dom = home;
	size_t len = 0;
	u32 id = 0;

	lockdep_assert_held(&isle_store_lock);
	for (; dom; dom = isle_store_dom_next_linked(home, &id)) {
		if (RB_EMPTY_ROOT(&dom->watches) || !readable(node, old, dom))
			continue;
		if (!len)
			len = path_of(node);
		isle_store_watch_match(dom, fire_path, len, exact);
	}
}

/**
 * isle_store_fire_home() - tell a domain that another one's part came or went
 * @dom: who is told
 * @other: whose part
 * @special: what else has happened: "@introduceDomain", "@releaseDomain"
 */
void isle_store_fire_home(struct isle_store_dom *dom,
			  struct isle_store_dom *other, const char *special)
{
	size_t len;

	lockdep_assert_held(&isle_store_lock);
	dom->seen = ++generation;
	len = scnprintf(fire_path, sizeof(fire_path), "/local/domain/%u",
			other->id);
	isle_store_watch_match(dom, fire_path, len, false);
	isle_store_watch_below(dom, fire_path, len);
	isle_store_watch_match(dom, special, strlen(special), false);
}

/**
 * isle_store_remove_node() - remove a node and all below, and tell watches
 * @node: a real node
 */
void isle_store_remove_node(struct isle_store_node *node)
{
	struct isle_store_node *parent = node->parent, *leaf;

	lockdep_assert_held(&isle_store_lock);
	do {
		leaf = isle_store_leaf(node);
		isle_store_fire(leaf, NULL, leaf != node);
		if (leaf->parent)
			isle_store_detach(leaf);
		list_del_init(&leaf->paid);
		isle_store_node_free(leaf);
	} while (leaf != node);
	if (parent)
		isle_store_changed(parent);
}

/**
 * isle_store_forget() - remove what a domain has made in another one's part
 * @dom: who has made it
 * @other: whose part
 */
void isle_store_forget(struct isle_store_dom *dom, struct isle_store_dom *other)
{
	struct isle_store_node *node;
	LIST_HEAD(kept);

	lockdep_assert_held(&isle_store_lock);
	while ((node = list_first_entry_or_null(&dom->paid,
						struct isle_store_node,
						paid))) {
		if (home_of(node) == other)
			/* takes others out of either list with it */
			isle_store_remove_node(node);
		else
			list_move_tail(&node->paid, &kept);
	}
	list_splice(&kept, &dom->paid);
}

/*
 * A node that the module makes for a domain, or for all (NULL).  It belongs to
 * the domain (@owner), or to the host and @may says what the domain may do.
 */
static struct isle_store_node *fixed_node(const char *name,
					  struct isle_store_dom *dom,
					  bool owner, u8 others, u8 may,
					  const char *value)
{
	struct isle_store_node *node = isle_store_node_alloc(name, strlen(name));
	unsigned int n = dom && !owner ? 2 : 1;

	if (!node)
		return NULL;
	node->fixed = true;
	node->perms = isle_store_perms_alloc(n);
	if (value)
		node->value = isle_store_value_alloc(value, strlen(value));
	if (!node->perms || (value && !node->value)) {
		isle_store_node_free(node);
		return NULL;
	}
	node->perms->perm[0].may = others;
	if (dom) {
		node->perms->perm[n - 1].id = dom->id;
		node->perms->perm[n - 1].unique = dom->unique;
		if (n == 2)
			node->perms->perm[1].may = may;
		/* It pays for what it changes */
		node->payer = dom;
	}
	return node;
}

/**
 * isle_store_tree_add() - give a domain its part of the tree
 * @dom: the domain
 *
 * Context: process; sleeps.
 * Return: 0 or -ENOMEM.
 */
int isle_store_tree_add(struct isle_store_dom *dom)
{
	const u8 both = ISLE_STORE_READ | ISLE_STORE_WRITE;
	struct isle_store_node *nodes[4];
	char id[8];
	int i, err = 0;

	snprintf(id, sizeof(id), "%u", dom->id);
	nodes[0] = fixed_node(id, dom, false, 0, both, NULL);
	nodes[1] = fixed_node("domid", dom, false, 0, ISLE_STORE_READ, id);
	nodes[2] = fixed_node("name", dom, false, 0, ISLE_STORE_READ,
			      dom->domain->name);
	nodes[3] = fixed_node("data", dom, true, 0, 0, NULL);
	for (i = 0; i < ARRAY_SIZE(nodes); i++)
		if (!nodes[i])
			err = -ENOMEM;
	if (!err)
		err = xa_reserve(&doms, dom->id, GFP_KERNEL_ACCOUNT);
	if (err) {
		for (i = 0; i < ARRAY_SIZE(nodes); i++)
			if (nodes[i])
				isle_store_node_free(nodes[i]);
		return err;
	}

	nodes[3]->fixed = false;
	mutex_lock(&isle_store_lock);
	dom->seen = ++generation;
	dom->home = nodes[0];
	dom->home->home = dom;
	isle_store_attach(homes, dom->home);
	for (i = 0; i < ARRAY_SIZE(nodes); i++) {
		if (i)
			isle_store_attach(dom->home, nodes[i]);
		isle_store_real(nodes[i], dom);
	}
	xa_store(&doms, dom->id, dom, GFP_NOWAIT);	/* has its place */
	mutex_unlock(&isle_store_lock);
	return 0;
}

/**
 * isle_store_tree_del() - take a dead domain's part away
 * @dom: the domain, which nobody is linked to
 *
 * Context: the store's lock is held.
 */
void isle_store_tree_del(struct isle_store_dom *dom)
{
	struct isle_store_node *node;

	lockdep_assert_held(&isle_store_lock);
	isle_store_remove_node(dom->home);
	dom->home = NULL;
	/* What it had elsewhere went when it was unlinked */
	while ((node = list_first_entry_or_null(&dom->paid,
						struct isle_store_node, paid)))
		isle_store_remove_node(node);
	xa_erase(&doms, dom->id);
}

/**
 * isle_store_tree_init() - make the nodes that are always there
 *
 * Return: 0 or -ENOMEM.
 */
int isle_store_tree_init(void)
{
	struct isle_store_node *local;

	get_random_bytes(&key, sizeof(key));
	root = fixed_node("", NULL, false, ISLE_STORE_READ, 0, NULL);
	local = fixed_node("local", NULL, false, ISLE_STORE_READ, 0, NULL);
	homes = fixed_node("domain", NULL, false, ISLE_STORE_READ, 0, NULL);
	if (!root || !local || !homes) {
		if (root)
			isle_store_node_free(root);
		if (local)
			isle_store_node_free(local);
		if (homes)
			isle_store_node_free(homes);
		return -ENOMEM;
	}
	isle_store_attach(root, local);
	isle_store_attach(local, homes);
	/* The counter is of what domains have */
	isle_live_add(ISLE_LIVE_STORE, -FIXED_NODES);
	return 0;
}

/**
 * isle_store_tree_exit() - undo isle_store_tree_init(); no domain is left
 */
void isle_store_tree_exit(void)
{
	isle_live_add(ISLE_LIVE_STORE, FIXED_NODES);
	mutex_lock(&isle_store_lock);
	isle_store_remove_node(root);
	mutex_unlock(&isle_store_lock);
	xa_destroy(&doms);
}
