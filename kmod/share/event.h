/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_EVENT_H
#define ISLE_SHARE_EVENT_H

#include <linux/types.h>

struct isle_domain;
struct isle_port;

/**
 * struct isle_port_ops - who is behind a port
 * @fire: an event came.  Any context: must neither sleep nor call a function
 *	of this file.  Not called any more once isle_port_close() has returned.
 */
struct isle_port_ops {
	void (*fire)(void *private);
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

int isle_event_init(void);
void isle_event_exit(void);

#endif /* ISLE_SHARE_EVENT_H */
