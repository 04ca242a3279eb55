/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_CONSOLE_SINK_H
#define ISLE_DEVICE_CONSOLE_SINK_H

#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/wait.h>
#include <linux/workqueue.h>

struct isle_console;
struct isle_console_sink;

/* Queues on which a file may be waited for; a terminal has two */
#define ISLE_CONSOLE_SINK_WAITS	4

/**
 * struct isle_console_sink_wait - one of them
 * @entry: in it
 * @head: which
 * @sink: whose
 */
struct isle_console_sink_wait {
	wait_queue_entry_t entry;
	wait_queue_head_t *head;
	struct isle_console_sink *sink;
};

/**
 * struct isle_console_sink - the file that takes what is printed
 * @file: the file, or NULL; from before the console is known until it has
 *	drained
 * @source: what the file has to read is typed; only the work changes it
 * @offset: where in the file it is written
 * @page: what is on its way; only the work uses it
 * @work: does it all
 * @table: by which @waits are entered
 * @waits: where the file tells that it may go on
 * @count: how many there are
 * @pos: up to where it was written (protected by the console's lock)
 * @active: it holds writers up (protected by the console's lock)
 * @error: why it was given up, a positive errno, or 0 (protected by the
 *	console's lock)
 */
struct isle_console_sink {
	struct file *file;
	bool source;
	loff_t offset;
	u8 *page;
	struct delayed_work work;
	poll_table table;
	struct isle_console_sink_wait waits[ISLE_CONSOLE_SINK_WAITS];
	unsigned int count;
	u64 pos;
	bool active;
	int error;
};

int isle_console_sink_init(struct isle_console *console, int fd, bool source);
void isle_console_sink_start(struct isle_console *console);
void isle_console_sink_kick(struct isle_console *console);
void isle_console_sink_put(struct isle_console *console);
void isle_console_sink_end(struct isle_console *console);

int isle_console_sinks_init(void);
void isle_console_sinks_exit(void);

#endif /* ISLE_DEVICE_CONSOLE_SINK_H */
