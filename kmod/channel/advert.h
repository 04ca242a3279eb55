/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CHANNEL_ADVERT_H
#define ISLE_CHANNEL_ADVERT_H

#include <linux/types.h>

struct isle_domain;
struct isle_store_watch;

/**
 * struct isle_advert - what a client has to know of a server
 * @ref: the grant of the shared page
 * @port: its port
 */
struct isle_advert {
	u32 ref;
	u32 port;
};

bool isle_advert_name_valid(const char *name);
int isle_advert_publish(struct isle_domain *server, u32 client,
			const char *name, const struct isle_advert *advert);
void isle_advert_withdraw(struct isle_domain *server, u32 client,
			  const char *name);
int isle_advert_find(struct isle_domain *client, u32 server, const char *name,
		     struct isle_advert *advert);
struct isle_store_watch *isle_advert_watch(struct isle_domain *client,
					   u32 server, const char *name,
					   void (*changed)(void *private),
					   void *private);

#endif /* ISLE_CHANNEL_ADVERT_H */
