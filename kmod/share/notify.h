/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_SHARE_NOTIFY_H
#define ISLE_SHARE_NOTIFY_H

#include <linux/types.h>

struct isle_domain;
struct isle_port;
struct page;

/**
 * struct isle_notify - what to do when somebody's use of shared pages ends
 * @action: set of UNMAP_NOTIFY_*
 * @offset: of the byte to clear, in the page or pages
 * @port: by which to tell the other side; a reference, or NULL
 *
 * All zero: nothing.  Protected by whoever has it.
 */
struct isle_notify {
	u32 action;
	u64 offset;
	struct isle_port *port;
};

int isle_notify_set(struct isle_notify *notify, struct isle_domain *domain,
		    u32 action, u64 offset, u32 port);
void isle_notify_drop(struct isle_notify *notify);
void isle_notify_fire(struct isle_notify *notify, struct page *page);

#endif /* ISLE_SHARE_NOTIFY_H */
