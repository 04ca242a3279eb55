/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_STORE_CONN_H
#define ISLE_SHARE_STORE_CONN_H

#include <linux/list.h>
#include <linux/types.h>
#include <linux/wait.h>

struct isle_domain;
struct isle_store_dom;

/**
 * struct isle_store_conn - a connection: what has transactions of its own
 * @dom: whose it is (constant)
 * @list: in the domain's connections
 * @txns: its transactions
 * @n_txns: how many there are
 * @last_txn: the number of the last one
 * @wait: woken when the domain ends
 *
 * What is not constant is protected by the store's lock.
 */
struct isle_store_conn {
	struct isle_store_dom *dom;
	struct list_head list;
	struct list_head txns;
	unsigned int n_txns;
	u32 last_txn;
	wait_queue_head_t wait;
};

struct isle_store_dom *isle_store_dom(struct isle_domain *domain);
int isle_store_conn_open(struct isle_store_conn *conn,
			 struct isle_domain *domain);
void isle_store_conn_reset(struct isle_store_conn *conn);
void isle_store_conn_close(struct isle_store_conn *conn);

#endif /* ISLE_SHARE_STORE_CONN_H */
