// SPDX-License-Identifier: GPL-2.0
/*
 * Records in the ring of a network device: what is believed of them.
 *
 * The ring is a channel's (channel/ring.h), with what is said here on top: a
 * stream of records, each at a multiple of 8 bytes.  A program can change all of
 * it at any time, so each word is read once.  Nothing is kept or locked.
 */
#include "channel/ring.h"
#include "device/net_record.h"

/**
 * isle_net_record_used() - how many bytes are in a ring
 * @size: how many it can hold
 * @prod: bytes produced so far, modulo 2^32
 * @cons: bytes consumed so far, likewise
 *
 * Return: the number, or -EPROTO: the indices are impossible.
 */
int isle_net_record_used(u32 size, u32 prod, u32 cons)
{
	const struct isle_ring ring = { .size = size };

	if ((prod | cons) & (ISLE_NET_ALIGN - 1))
		return -EPROTO;
	return isle_ring_used(&ring, prod, cons);
}

/**
 * isle_net_record_len() - how many bytes follow in the first record
 * @record: the record, in memory that a program can write
 * @used: how many bytes are in the ring from there on, more than 0, as
 *	isle_net_record_used() says
 *
 * Return: the number, such that the whole record is among @used bytes, or
 * -EPROTO.
 */
int isle_net_record_len(const struct isle_net_record *record, u32 used)
{
	u32 len = READ_ONCE(record->len);

	/* @used is a multiple of 8, so at least the record's beginning is there */
	if (len > used - sizeof(*record) || READ_ONCE(record->flags))
		return -EPROTO;
	return len;
}
