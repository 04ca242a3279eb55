/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_STORE_OP_H
#define ISLE_SHARE_STORE_OP_H

#include <linux/types.h>

struct isle_store_conn;
struct isle_store_dom;

/**
 * struct isle_store_who - who does something, and where
 * @dom: as which domain
 * @conn: the connection that has the transaction, or NULL
 * @tx: its number, or 0
 */
struct isle_store_who {
	struct isle_store_dom *dom;
	struct isle_store_conn *conn;
	u32 tx;
};

ssize_t isle_store_op_read(const struct isle_store_who *who, const char *path,
			   void *buf, size_t size);
ssize_t isle_store_op_list(const struct isle_store_who *who, const char *path,
			   char *buf, size_t size);
ssize_t isle_store_op_list_part(const struct isle_store_who *who,
				const char *path, unsigned int offset,
				char *buf, size_t size);
int isle_store_op_write(const struct isle_store_who *who, const char *path,
			const void *value, size_t len);
int isle_store_op_mkdir(const struct isle_store_who *who, const char *path);
int isle_store_op_remove(const struct isle_store_who *who, const char *path);
ssize_t isle_store_op_get_perms(const struct isle_store_who *who,
				const char *path, char *buf, size_t size);
int isle_store_op_set_perms(const struct isle_store_who *who, const char *path,
			    const char *strings, size_t len, unsigned int n);
int isle_store_op_let_read(const struct isle_store_who *who, const char *path,
			   u32 reader);

#endif /* ISLE_SHARE_STORE_OP_H */
