/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_DEVICE_REPLAY_H
#define ISLE_DEVICE_REPLAY_H

#include <linux/minmax.h>
#include <linux/types.h>

/**
 * struct isle_replay - the last bytes of a stream
 * @buf: the bytes; position p is at p modulo @size
 * @size: how many it keeps, a power of two (constant)
 * @head: position of the next byte, counted from the beginning of the stream
 *
 * Protected by whatever protects its owner.
 */
struct isle_replay {
	u8 *buf;
	u32 size;
	u64 head;
};

int isle_replay_init(struct isle_replay *replay, u32 size);
void isle_replay_destroy(struct isle_replay *replay);
void isle_replay_put(struct isle_replay *replay, const u8 *data, size_t len);
size_t isle_replay_get(const struct isle_replay *replay, u64 *pos, u8 *to,
		       size_t len);

/* Position of the oldest byte that is still there */
static inline u64 isle_replay_oldest(const struct isle_replay *replay)
{
	return replay->head - min_t(u64, replay->head, replay->size);
}

#endif /* ISLE_DEVICE_REPLAY_H */
