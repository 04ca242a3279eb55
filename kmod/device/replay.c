// SPDX-License-Identifier: GPL-2.0
/*
 * Replay buffers: the last bytes of a stream, for any number of readers.
 *
 * A reader is a position in the stream.  The buffer neither knows its readers
 * nor waits for them: whoever puts more than there is space for overwrites
 * what is oldest, and a reader that was overtaken goes on with what is left.
 * Nothing in it is shared with user space.
 */
#include <linux/log2.h>
#include <linux/mm.h>
#include <linux/string.h>

#include "device/replay.h"

/**
 * isle_replay_init() - begin an empty stream
 * @replay: the buffer
 * @size: bytes that it keeps, a power of two
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int isle_replay_init(struct isle_replay *replay, u32 size)
{
	if (!is_power_of_2(size))
		return -EINVAL;
	replay->buf = kvmalloc(size, GFP_KERNEL_ACCOUNT);
	replay->size = size;
	replay->head = 0;
	return replay->buf ? 0 : -ENOMEM;
}

/**
 * isle_replay_destroy() - free it
 * @replay: the buffer
 */
void isle_replay_destroy(struct isle_replay *replay)
{
	kvfree(replay->buf);
}

/**
 * isle_replay_put() - add bytes to the stream
 * @replay: the buffer
 * @data: the bytes
 * @len: how many
 *
 * Context: any.
 */
void isle_replay_put(struct isle_replay *replay, const u8 *data, size_t len)
{
	size_t at, part;

	if (len > replay->size) {
		replay->head += len - replay->size;
		data += len - replay->size;
		len = replay->size;
	}
	at = replay->head & (replay->size - 1);
	part = min_t(size_t, len, replay->size - at);
	memcpy(replay->buf + at, data, part);
	memcpy(replay->buf, data + part, len - part);
	replay->head += len;
}

/**
 * isle_replay_get() - read bytes of the stream
 * @replay: the buffer
 * @pos: where to begin, no further than @head; moves on, first to the oldest
 *	byte there is if it was overtaken
 * @to: where to put them
 * @len: how many at most
 *
 * Context: any.
 * Return: how many were read.
 */
size_t isle_replay_get(const struct isle_replay *replay, u64 *pos, u8 *to,
		       size_t len)
{
	u64 from = max(*pos, isle_replay_oldest(replay));
	size_t at = from & (replay->size - 1);
	size_t part;

	len = min_t(u64, len, replay->head - from);
	part = min_t(size_t, len, replay->size - at);
	memcpy(to, replay->buf + at, part);
	memcpy(to + part, replay->buf, len - part);
	*pos = from + len;
	return len;
}
