// SPDX-License-Identifier: GPL-2.0
/*
 * Transactions: changes that happen together, or not at all.
 *
 * A transaction keeps a tree of its own: what it has read, with the generation
 * that it had then, and what it has changed, made and removed.  Nobody else
 * sees it.  When it ends well, everything that it has read must be as it was:
 * nodes have the same generation, which also changes with the list of their
 * children, and nothing below a removed one has changed.  Otherwise it
 * conflicts (EAGAIN).  Something that is absent was read with the deepest node
 * above it.  Then the changes are carried over into the tree; memory and quota
 * are there already, so that cannot fail half way.
 *
 * Each node in it is charged to the domain in full.  A new one takes its charge
 * along into the tree, a changed one hands over what the real one grows by; if
 * another domain pays for the real one, that is charged before anything is
 * carried over.
 *
 * All is protected by the store's lock.
 */
#include <linux/slab.h>

#include "core/live.h"
#include "share/store_conn.h"
#include "share/store_tree.h"
#include "share/store_txn.h"

/**
 * isle_store_txn_find() - find a transaction
 * @conn: the connection that has it
 * @id: any number
 *
 * Context: the store's lock is held.
 * Return: the transaction, or NULL.
 */
struct isle_store_txn *isle_store_txn_find(struct isle_store_conn *conn, u32 id)
{
	struct isle_store_txn *txn;

	lockdep_assert_held(&isle_store_lock);
	list_for_each_entry(txn, &conn->txns, list)
		if (txn->id == id)
			return txn;
	return NULL;
}

static int add(struct isle_store_conn *conn, struct isle_store_txn *txn)
{
	struct isle_account *account = &conn->dom->domain->account;
	int err;

	if (conn->dom->dead)
		return -ENODEV;
	if (conn->n_txns >= ISLE_STORE_TXNS_MAX)
		return -ENOSPC;
	err = isle_account_charge(account, ISLE_QUOTA_STORE, sizeof(*txn));
	if (err)
		return err;
	isle_store_node_payer(txn->root, conn->dom);
	err = isle_store_node_pay(txn->root, isle_store_node_cost(txn->root,
								  NULL, NULL));
	if (err) {
		isle_account_uncharge(account, ISLE_QUOTA_STORE, sizeof(*txn));
		return err;
	}
	do {
		txn->id = ++conn->last_txn;
	} while (!txn->id || isle_store_txn_find(conn, txn->id));
	list_add_tail(&txn->list, &conn->txns);
	conn->n_txns++;
	return 0;
}

/**
 * isle_store_txn_start() - begin a transaction
 * @conn: the connection
 * @id: set to its number
 *
 * Context: process; sleeps.
 * Return: 0, -ENOSPC (too many), -EDQUOT, -ENODEV, -ENOMEM.
 */
int isle_store_txn_start(struct isle_store_conn *conn, u32 *id)
{
	struct isle_store_txn *txn = kzalloc(sizeof(*txn), GFP_KERNEL_ACCOUNT);
	int err;

	if (!txn)
		return -ENOMEM;
	txn->root = isle_store_node_alloc("", 0);
	if (!txn->root) {
		kfree(txn);
		return -ENOMEM;
	}
	txn->dom = conn->dom;
	txn->root->state = ISLE_STORE_PASS;
	mutex_lock(&isle_store_lock);
	err = add(conn, txn);
	*id = txn->id;
	if (err) {
		isle_store_node_free(txn->root);
		kfree(txn);
	} else {
		isle_live_inc(ISLE_LIVE_STORE);
	}
	mutex_unlock(&isle_store_lock);
	return err;
}

/**
 * isle_store_txn_drop() - end a transaction without a trace
 * @txn: the transaction, out of its connection's list
 *
 * Context: the store's lock is held.
 */
void isle_store_txn_drop(struct isle_store_txn *txn)
{
	struct isle_store_node *leaf;
	bool last;

	lockdep_assert_held(&isle_store_lock);
	do {
		leaf = isle_store_leaf(txn->root);
		last = leaf == txn->root;
		if (!last)
			isle_store_detach(leaf);
		isle_store_node_free(leaf);
	} while (!last);
	isle_account_uncharge(&txn->dom->domain->account, ISLE_QUOTA_STORE,
			      sizeof(*txn));
	isle_live_dec(ISLE_LIVE_STORE);
	kfree(txn);
}

/**
 * isle_store_txn_conflict() - whether the tree is not as it was read
 * @txn: the transaction
 * @top: the node of it to begin with; its @base is the real one in its place
 *
 * Sets @base of all nodes below.
 *
 * Context: the store's lock is held.
 * Return: true if somebody has changed something.
 */
bool isle_store_txn_conflict(struct isle_store_txn *txn,
			     struct isle_store_node *top)
{
	struct isle_store_node *own, *above, *real;

	lockdep_assert_held(&isle_store_lock);
	for (own = top; own; own = isle_store_below(top, own)) {
		if (own != top) {
			above = own->parent;
			own->base = NULL;
			if (above->base && above->state != ISLE_STORE_NEW)
				own->base = isle_store_real_child(above->base,
								  own->name,
								  own->name_len,
								  txn->dom);
		}
		real = own->base;
		switch (own->state) {
		case ISLE_STORE_SEEN:
			if (!real || own->generation !=
				     isle_store_generation(real, txn->dom))
				return true;
			break;
		case ISLE_STORE_NEW:
		case ISLE_STORE_GONE:
			if (own->had_base && own != top &&
			    (!real || real->below != own->below))
				return true;
			break;
		default:
			break;
		}
	}
	return false;
}

/* A node that was there before, and has changed */
static bool differs(const struct isle_store_node *own)
{
	return own->state == ISLE_STORE_SEEN && own->modified;
}

/* Charge others for what their nodes grow by; 0, or -EDQUOT and nothing is. */
static int charge_others(struct isle_store_txn *txn)
{
	struct isle_store_node *own, *real, *undo;
	size_t cost;
	int err;

	for (own = txn->root; own; own = isle_store_below(txn->root, own)) {
		real = own->base;
		if (!differs(own) || real->payer == txn->dom)
			continue;
		/* below is not used any more: keep what to go back to */
		own->below = real->charged;
		cost = isle_store_node_cost(real, own->value, own->perms);
		if (cost <= real->charged)
			continue;
		err = isle_store_node_pay(real, cost);
		if (err)
			goto err_undo;
	}
	return 0;

err_undo:
	for (undo = txn->root; undo != own;
	     undo = isle_store_below(txn->root, undo))
		if (differs(undo) && undo->base->payer != txn->dom)
			isle_store_node_pay(undo->base, undo->below);
	return err;
}

/* Carry a changed value and permissions over. */
static void carry_changed(struct isle_store_txn *txn,
			  struct isle_store_node *own)
{
	struct isle_store_node *real = own->base;
	size_t cost = isle_store_node_cost(real, own->value, own->perms);

	if (real->payer == txn->dom && cost > real->charged) {
		/* what it grows by was charged with the transaction's node */
		own->charged -= cost - real->charged;
		real->charged = cost;
	} else {
		isle_store_node_pay(real, cost);
	}
	swap(real->value, own->value);
	swap(real->perms, own->perms);
	isle_store_changed(real);
	isle_store_fire(real, own->perms, false);
}

/* Put new nodes into the tree, with their charges. */
static void carry_new(struct isle_store_txn *txn, struct isle_store_node *top)
{
	struct isle_store_node *above = top->parent->base, *node;

	if (top->base)
		isle_store_remove_node(top->base);
	isle_store_detach(top);
	isle_store_attach(above, top);
	for (node = top; node; node = isle_store_below(top, node)) {
		isle_store_real(node, txn->dom);
		if (node->fire)
			isle_store_fire(node, NULL, false);
	}
}

static int commit(struct isle_store_txn *txn)
{
	struct isle_store_node *root = txn->root, *own, *next;
	int err;

	root->base = isle_store_root();
	if (txn->failed || isle_store_txn_conflict(txn, root))
		return -EAGAIN;
	err = charge_others(txn);
	if (err)
		return err;
	for (own = root; own; own = next) {
		if (own->state == ISLE_STORE_NEW) {
			next = isle_store_past(root, own);
			carry_new(txn, own);
			continue;
		}
		next = isle_store_below(root, own);
		if (own->state == ISLE_STORE_GONE)
			isle_store_remove_node(own->base);
		else if (differs(own))
			carry_changed(txn, own);
	}
	return 0;
}

/**
 * isle_store_txn_end() - end a transaction
 * @conn: its connection
 * @id: its number
 * @carry: carry its changes out, if nothing has come between
 *
 * It has ended, whatever is returned.
 *
 * Context: process.
 * Return: 0, -EAGAIN, -EDQUOT (of another domain whose node it changes), -ENOENT,
 * -ENODEV.
 */
int isle_store_txn_end(struct isle_store_conn *conn, u32 id, bool carry)
{
	struct isle_store_txn *txn;
	int err = 0;

	mutex_lock(&isle_store_lock);
	txn = isle_store_txn_find(conn, id);
	if (txn) {
		list_del(&txn->list);
		conn->n_txns--;
		if (carry)
			err = commit(txn);
		isle_store_txn_drop(txn);
	} else {
		err = conn->dom->dead ? -ENODEV : -ENOENT;
	}
	mutex_unlock(&isle_store_lock);
	return err;
}
