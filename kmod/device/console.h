/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_CONSOLE_H
#define ISLE_DEVICE_CONSOLE_H

#include <linux/list.h>
#include <linux/spinlock.h>
#include <isle/console.h>

#include "core/device.h"
#include "device/console_sink.h"
#include "device/replay.h"

/* Bytes that are moved at a time between a stream and user memory */
#define ISLE_CONSOLE_CHUNK	ISLE_CONSOLE_ATOMIC

/**
 * struct isle_console - a console
 * @device: what every device begins with
 * @flags: ISLE_CONSOLE_* (constant)
 * @lock: protects what follows, but for @sink, which says so itself; never
 *	held across user memory
 * @out: what was printed
 * @seen: up to where of it somebody has read
 * @dropped: bytes that could not be printed
 * @hosts: open host's ends
 * @host_count: how many
 * @in: what was typed; never more than its size ahead of @in_pos
 * @in_pos: up to where of it the domain has read
 * @in_reserved: bytes of space that the sink is about to fill
 * @sink: the file that takes what is printed
 *
 * Who waits, at either end, does so on @device.wait, which removal wakes too.
 */
struct isle_console {
	struct isle_device device;
	u32 flags;
	spinlock_t lock;	/* see above */
	struct isle_replay out;
	u64 seen;
	u64 dropped;
	struct list_head hosts;
	u32 host_count;
	struct isle_replay in;
	u64 in_pos;
	u32 in_reserved;
	struct isle_console_sink sink;
};

/**
 * struct isle_console_host - an open host's end
 * @console: its console; a reference to the device (constant)
 * @list: in the console's hosts (protected by the console's lock)
 * @pos: up to where it has read (protected by the console's lock)
 */
struct isle_console_host {
	struct isle_console *console;
	struct list_head list;
	u64 pos;
};

static inline struct isle_console *to_isle_console(struct isle_device *device)
{
	return container_of(device, struct isle_console, device);
}

/* Context: any.  Something has changed for whoever waits for one of @events. */
static inline void isle_console_wake(struct isle_console *console,
				     __poll_t events)
{
	/* Its barrier pairs with that of prepare_to_wait() and poll_wait() */
	if (wq_has_sleeper(&console->device.wait))
		wake_up_poll(&console->device.wait, events);
}

/* console.c */
size_t isle_console_space(struct isle_console *console);
size_t isle_console_in_space(struct isle_console *console);
int isle_console_fill_info(struct isle_console *console,
			   struct isle_console_info *info);

/* console_host.c */
struct file *isle_console_attach(struct isle_device *device, u32 flags);

/* console_sysfs.c */
extern const struct attribute_group *isle_console_groups[];

int isle_console_init(void);
void isle_console_exit(void);

#endif /* ISLE_DEVICE_CONSOLE_H */
