/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_LIVE_H
#define ISLE_CORE_LIVE_H

#include <linux/irqflags.h>	/* for percpu.h, on UML */
#include <linux/percpu.h>
#include <linux/types.h>

/**
 * enum isle_live_kind - what is counted from allocation to release
 * @ISLE_LIVE_DOMAINS: struct isle_domain
 * @ISLE_LIVE_DEVICES: struct isle_device
 * @ISLE_LIVE_FILES: open files that act as a domain
 * @ISLE_LIVE_REQUESTS: struct isle_request
 * @ISLE_LIVE_PAGES: pages of memory devices
 * @ISLE_LIVE_GRANTS: struct isle_grant, and its page
 * @ISLE_LIVE_PORTS: struct isle_port
 * @ISLE_LIVE_STORE: nodes, watches, events and transactions of the store
 * @ISLE_LIVE_CHANNELS: vchan endpoints
 * @ISLE_LIVE_TASKS: struct isle_task
 * @ISLE_LIVE_MESSAGES: asynchronous messages, payloads in flight, shared memory
 * @ISLE_LIVE_KINDS: how many kinds there are
 */
enum isle_live_kind {
	ISLE_LIVE_DOMAINS,
	ISLE_LIVE_DEVICES,
	ISLE_LIVE_FILES,
	ISLE_LIVE_REQUESTS,
	ISLE_LIVE_PAGES,
	ISLE_LIVE_GRANTS,
	ISLE_LIVE_PORTS,
	ISLE_LIVE_STORE,
	ISLE_LIVE_CHANNELS,
	ISLE_LIVE_TASKS,
	ISLE_LIVE_MESSAGES,
	ISLE_LIVE_KINDS
};

struct isle_live {
	long count[ISLE_LIVE_KINDS];
};

DECLARE_PER_CPU(struct isle_live, isle_live);

/* Any context.  A plain per-processor counter: no shared line is touched. */
static inline void isle_live_add(enum isle_live_kind kind, long n)
{
	this_cpu_add(isle_live.count[kind], n);
}

static inline void isle_live_inc(enum isle_live_kind kind)
{
	isle_live_add(kind, 1);
}

static inline void isle_live_dec(enum isle_live_kind kind)
{
	isle_live_add(kind, -1);
}

long isle_live_read(enum isle_live_kind kind);

#endif /* ISLE_CORE_LIVE_H */
