// SPDX-License-Identifier: GPL-2.0
/*
 * Calls by Android's binder, as a peer of isle's: the driver's own commands
 * (linux/android/binder.h), with nothing of Android around them.
 *
 * The server is the context manager, which clients know as handle 0, and has one
 * thread.  What goes there and back is the whole message, which the driver copies
 * into a buffer of the receiver's mapping.
 */
#include <fcntl.h>
#include <linux/android/binder.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "bench.h"
#include "ipc.h"

#define MAPPING		(128u << 10)

/* What one write takes to the driver: commands, each with its argument */
static struct outgoing {
	uint8_t bytes[128];
	size_t length;
} outgoing;

static binder_uintptr_t used;	/* buffer of what came last, or 0 */
static int binder = -1;

static void binder_open(void)
{
	binder = open("/dev/binder", O_RDWR | O_CLOEXEC);
	if (binder < 0 ||
	    mmap(NULL, MAPPING, PROT_READ, MAP_PRIVATE, binder, 0) == MAP_FAILED)
		die_errno(0, "/dev/binder");
}

/*
 * Write what is outgoing, and read until @want comes: its data.  Whoever gets it
 * answers for its buffer.
 */
static struct binder_transaction_data exchange(uint32_t want)
{
	struct binder_transaction_data data = { 0 };
	struct binder_write_read bwr = {
		.write_buffer = (uintptr_t)outgoing.bytes,
		.write_size = outgoing.length,
	};
	bool found = false;
	uint32_t command;
	uint8_t in[512];

	while (!found) {
		bwr.read_buffer = (uintptr_t)in;
		bwr.read_size = sizeof(in);
		bwr.read_consumed = 0;
		if (ioctl(binder, BINDER_WRITE_READ, &bwr))
			die_errno(0, "binder");
		for (size_t i = 0; i < bwr.read_consumed; i += _IOC_SIZE(command)) {
			memcpy(&command, in + i, sizeof(command));
			i += sizeof(command);
			if (command == want) {
				memcpy(&data, in + i, sizeof(data));
				found = true;
			} else if (command != BR_NOOP && command != BR_TRANSACTION_COMPLETE) {
				die("binder: answer %#x", command);
			}
		}
	}
	if (data.data_size != sizeof(struct isle_message))
		die("binder: %llu bytes", (unsigned long long)data.data_size);
	return data;
}

static void add(uint32_t command, const void *argument, size_t size)
{
	memcpy(outgoing.bytes + outgoing.length, &command, sizeof(command));
	memcpy(outgoing.bytes + outgoing.length + sizeof(command), argument, size);
	outgoing.length += sizeof(command) + size;
}

/* @command with @message; the buffer of what came last goes back with it */
static void compose(uint32_t command, const struct isle_message *message)
{
	struct binder_transaction_data data = {
		.data_size = sizeof(*message),
		.data.ptr.buffer = (uintptr_t)message,
	};

	outgoing.length = 0;
	if (used)
		add(BC_FREE_BUFFER, &used, sizeof(used));
	add(command, &data, sizeof(data));
}

static void take(const struct binder_transaction_data *data, struct isle_message *message)
{
	used = data->data.ptr.buffer;
	memcpy(message, (const void *)(uintptr_t)used, sizeof(*message));
}

void binder_server(void)
{
	struct binder_transaction_data data;
	struct isle_message message;
	int none = 0;

	binder_open();
	if (ioctl(binder, BINDER_SET_CONTEXT_MGR, &none))
		die_errno(0, "binder: context manager");
	ipc_server_ready();
	add(BC_ENTER_LOOPER, "", 0);
	data = exchange(BR_TRANSACTION);
	for (;;) {
		take(&data, &message);
		message.value++;
		compose(BC_REPLY, &message);
		data = exchange(BR_TRANSACTION);
	}
}

void binder_begin(void)
{
	binder_open();
}

void binder_client(struct isle_message *message)
{
	struct binder_transaction_data data;

	compose(BC_TRANSACTION, message);
	data = exchange(BR_REPLY);
	take(&data, message);
}
