// SPDX-License-Identifier: GPL-2.0
/*
 * Unmap notification: a byte that is cleared and an event that is sent when a
 * program ceases to use shared pages, even if it was killed.
 *
 * The port is held from the moment it is named: a killed program's files close
 * in an order that it cannot choose, and its event file may go first.  Until
 * the event was sent, the port stays joined.
 */
#include <linux/errno.h>
#include <linux/highmem.h>
#include <xen/gntalloc.h>

#include "share/event.h"
#include "share/notify.h"

/**
 * isle_notify_set() - say what to do
 * @notify: written to only if it succeeds; not in use
 * @domain: whose port it is; the caller has a reference
 * @action: set of UNMAP_NOTIFY_*
 * @offset: of the byte to clear
 * @port: a port's number; ignored unless an event is to be sent
 *
 * Return: 0, or -EINVAL: an unknown action, or @domain has no such port.
 */
int isle_notify_set(struct isle_notify *notify, struct isle_domain *domain,
		    u32 action, u64 offset, u32 port)
{
	struct isle_port *held = NULL;

	if (action & ~(UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT))
		return -EINVAL;
	if (action & UNMAP_NOTIFY_SEND_EVENT) {
		held = isle_port_get(domain, port);
		if (!held)
			return -EINVAL;
	}
	notify->action = action;
	notify->offset = offset;
	notify->port = held;
	return 0;
}

/**
 * isle_notify_drop() - do nothing after all
 * @notify: the notification; in use or not
 *
 * Context: process.
 */
void isle_notify_drop(struct isle_notify *notify)
{
	if (notify->port)
		isle_port_put(notify->port);
	notify->port = NULL;
	notify->action = 0;
}

/**
 * isle_notify_fire() - do it, once
 * @notify: the notification; in use or not
 * @page: where the byte is, or NULL if it cannot be written to
 *
 * Context: process.
 */
void isle_notify_fire(struct isle_notify *notify, struct page *page)
{
	u8 *bytes;

	if (page && notify->action & UNMAP_NOTIFY_CLEAR_BYTE) {
		bytes = kmap_local_page(page);
		WRITE_ONCE(bytes[offset_in_page(notify->offset)], 0);
		kunmap_local(bytes);
		/*
		 * Whoever is told finds it cleared; pairs with the lock under
		 * which it takes the event.
		 */
		smp_wmb();
	}
	if (notify->port)
		isle_port_notify(notify->port);
	isle_notify_drop(notify);
}
