/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_STORE_TXN_H
#define ISLE_SHARE_STORE_TXN_H

#include <linux/list.h>
#include <linux/types.h>

#include "share/store_node.h"

struct isle_store_conn;
struct isle_store_dom;

/* Nodes that one can read and change; as in xenstored */
#define ISLE_STORE_TXN_NODES	1024

/* Transactions of one connection at a time; as in xenstored */
#define ISLE_STORE_TXNS_MAX	10

/**
 * struct isle_store_txn - a transaction
 * @list: in its connection's list
 * @dom: whose it is (constant)
 * @id: its number in the connection (constant)
 * @nodes: how many nodes it has read or changed
 * @failed: somebody else has changed what it has read
 * @root: its own idea of /
 *
 * Protected by the store's lock.
 */
struct isle_store_txn {
	struct list_head list;
	struct isle_store_dom *dom;
	u32 id;
	unsigned int nodes;
	bool failed;
	struct isle_store_node *root;
};

struct isle_store_txn *isle_store_txn_find(struct isle_store_conn *conn, u32 id);
int isle_store_txn_start(struct isle_store_conn *conn, u32 *id);
int isle_store_txn_end(struct isle_store_conn *conn, u32 id, bool commit);
void isle_store_txn_drop(struct isle_store_txn *txn);
bool isle_store_txn_conflict(struct isle_store_txn *txn,
			     struct isle_store_node *top);

#endif /* ISLE_SHARE_STORE_TXN_H */
