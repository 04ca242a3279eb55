/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_EVENT_H
#define ISLE_SHARE_EVENT_H

#include <linux/list.h>
#include <linux/types.h>

struct isle_domain;
struct isle_port;

/* Numbers of ports go from 1 to this, which is Xen's limit too */
#define ISLE_PORT_MAX	131072

/**
 * struct isle_port_ops - who is behind a port
 * @fire: an event came.  Any context, interrupts off, a spin lock is held:
 *	must neither sleep nor call a function of this file.  Not called any
 *	more once isle_port_close() has returned.  It may be called before
 *	isle_port_listen() or isle_port_connect() has returned.
 * @parted: the other end is gone; as @fire.  true: this port shall not be
 *	joined again.  NULL: the owner does not care, and it may be.
 */
struct isle_port_ops {
	void (*fire)(void *private);
	bool (*parted)(void *private);
};

/**
 * struct isle_port_watch - who wants to know of a domain's end
 * @list: in the domain's list
 * @ended: the domain is dead; must not sleep nor call a function of this file
 */
struct isle_port_watch {
	struct list_head list;
	void (*ended)(struct isle_port_watch *watch);
};

struct isle_port *isle_port_listen(struct isle_domain *domain, u32 remote,
				   const struct isle_port_ops *ops,
				   void *private);
struct isle_port *isle_port_connect(struct isle_domain *domain, u32 remote,
				    u32 remote_number,
				    const struct isle_port_ops *ops,
				    void *private);
void isle_port_close(struct isle_port *port);
int isle_port_notify(struct isle_port *port);
u32 isle_port_number(const struct isle_port *port);
bool isle_port_connected(const struct isle_port *port);

struct isle_port *isle_port_get(struct isle_domain *domain, u32 number);
void isle_port_put(struct isle_port *port);

int isle_event_send(struct isle_domain *domain, u32 number);

int isle_port_watch_add(struct isle_domain *domain,
			struct isle_port_watch *watch);
void isle_port_watch_del(struct isle_domain *domain,
			 struct isle_port_watch *watch);

int isle_event_init(void);
void isle_event_exit(void);

#endif /* ISLE_SHARE_EVENT_H */
