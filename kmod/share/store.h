/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_STORE_H
#define ISLE_SHARE_STORE_H

#include <linux/types.h>

struct isle_domain;
struct isle_store_watch;

/*
 * What other parts of the module do in the store, as a domain and with its
 * rights.  Paths are absolute, or relative to the domain's own directory
 * (/local/domain/ID); values are bytes without a terminator.  See store.c.
 */
int isle_store_write(struct isle_domain *domain, const char *path,
		     const void *value, size_t len);
ssize_t isle_store_read(struct isle_domain *domain, const char *path,
			void *value, size_t size);
int isle_store_remove(struct isle_domain *domain, const char *path);
int isle_store_let_read(struct isle_domain *domain, const char *path,
			u32 reader);

struct isle_store_watch *isle_store_watch(struct isle_domain *domain,
					  const char *path,
					  void (*changed)(void *private),
					  void *private);
void isle_store_unwatch(struct isle_store_watch *watch);

int isle_store_init(void);
void isle_store_exit(void);

#endif /* ISLE_SHARE_STORE_H */
