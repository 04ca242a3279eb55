// SPDX-License-Identifier: GPL-2.0
/*
 * What a task is about to send: its type and its payload, checked.
 *
 * A struct isle_outgoing lies on the stack of the sender's thread.  It owns the
 * payload's parcel, or a reference to the shared memory that the payload lies
 * in, from isle_outgoing_payload() until isle_outgoing_discard(), or until the
 * receiver takes the parcel over.  No lock is taken here; parcels are made
 * with none held.
 */
#include <linux/err.h>

#include "ipc/message.h"
#include "ipc/parcel.h"
#include "ipc/shm.h"

/**
 * isle_outgoing_check_type() - whether a message can have a type
 * @type: the type
 * @reply: it is a reply, which may be an error
 *
 * Return: 0 or -EINVAL.
 */
int isle_outgoing_check_type(s32 type, bool reply)
{
	if (type < 0)
		return reply ? 0 : -EINVAL;
	if (type & ~(ISLE_MESSAGE_NUMBER | ISLE_MESSAGE_PAYLOAD |
		     ISLE_MESSAGE_STRING) || !(type & ISLE_MESSAGE_NUMBER))
		return -EINVAL;
	if (type & ISLE_MESSAGE_STRING && !(type & ISLE_MESSAGE_PAYLOAD))
		return -EINVAL;
	return 0;
}

/**
 * isle_outgoing_payload() - check the payload that a message has, and hold it
 * @op: the operation; @op->out has the type
 *
 * Reads each word that matters once; what was checked is kept in @op->out.
 *
 * Context: process; may wait for user memory.
 * Return: 0 or a negative errno.
 */
int isle_outgoing_payload(struct isle_operation *op)
{
	struct isle_outgoing *out = &op->out;
	u64 length = READ_ONCE(op->message->payload.length);

	out->address = READ_ONCE(op->message->payload.address);
	if (length > ISLE_PAYLOAD_MAX)
		return -EMSGSIZE;
	if (!length && out->type & ISLE_MESSAGE_STRING)
		return -EINVAL;
	out->length = length;
	if (!length)
		return 0;
	if (op->ipc->flags & ISLE_IPC_BY_REFERENCE &&
	    out->type & ISLE_MESSAGE_STRING)
		return -EINVAL;	/* nobody could promise its end */
	if (op->ipc->flags & ISLE_IPC_BY_REFERENCE)
		return isle_shm_resolve(op->task, out->address, length,
					&out->shm, &out->offset);
	out->parcel = isle_parcel_make(op->task->domain, op->task->region,
				       out->address, length);
	if (!IS_ERR(out->parcel))
		return 0;
	length = PTR_ERR(out->parcel);
	out->parcel = NULL;
	return length;
}

/**
 * isle_outgoing_discard() - let go of what was not delivered
 * @out: what was to be sent
 */
void isle_outgoing_discard(struct isle_outgoing *out)
{
	isle_parcel_free(out->parcel);
	out->parcel = NULL;
	if (out->shm)
		isle_shm_put(out->shm);
	out->shm = NULL;
}
