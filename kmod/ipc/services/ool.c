// SPDX-License-Identifier: GPL-2.0
/*
 * ool: payloads, step by step.
 *
 * ool.recv pins a buffer of the caller, ool.send copies into the buffer of
 * another task, ool.verify asks what has arrived.  One copy, from the sender's
 * memory into the receiver's pages; the sender's memory is read with no lock
 * held, so that a sender whose memory never answers keeps nobody up: a buffer
 * takes one payload at a time, and the receiver replaces it by another ool.recv
 * whenever it likes.
 *
 *	empty --send--> filling --copied--> full --verify--> gone
 *
 * A payload is known by a number that cannot be guessed, so that nobody who gets
 * the sender's number later can pass the payload off as his own.
 *
 * What is pinned is charged to the receiver's domain.
 */
#include <linux/err.h>
#include <linux/highmem.h>
#include <linux/mm.h>
#include <linux/random.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core/domain.h"
#include "core/live.h"
#include "ipc/pin.h"
#include "ipc/service.h"
#include "ipc/services/state.h"
#include "ipc/task.h"

enum ool_state {
	OOL_EMPTY,
	OOL_FILLING,
	OOL_FULL,
};

/**
 * struct isle_ool - a buffer for a payload
 * @refs: its task's state has one, and whoever fills it
 * @domain: who pays; a reference (constant)
 * @state: enum ool_state (protected by the lock)
 * @src: who has filled it (written before it is full, constant then)
 * @id: number of the payload (likewise)
 * @length: of the payload (likewise)
 * @address: in the receiver's memory (constant)
 * @size: bytes there (constant)
 * @n: how many pages (constant)
 * @pages: the pages, pinned (constant)
 */
struct isle_ool {
	refcount_t refs;
	struct isle_domain *domain;
	enum ool_state state;
	s32 src;
	u64 id;
	u64 length;
	u64 address;
	u64 size;
	int n;
	struct page *pages[];
};

static u64 charge_of(int n)
{
	return sizeof(struct isle_ool) + ((u64)n << PAGE_SHIFT);
}

static struct isle_ool *make(struct isle_domain *domain, u64 address, u64 size)
{
	int n = PAGE_ALIGN(offset_in_page(address) + size) >> PAGE_SHIFT;
	struct isle_ool *ool;
	int err;

	if (!access_ok(u64_to_user_ptr(address), size))
		return ERR_PTR(-EFAULT);
	err = isle_account_charge(&domain->account, ISLE_QUOTA_MESSAGES,
				  charge_of(n));
	if (err)
		return ERR_PTR(err);
	ool = kvzalloc(struct_size(ool, pages, n), GFP_KERNEL_ACCOUNT);
	if (!ool) {
		isle_account_uncharge(&domain->account, ISLE_QUOTA_MESSAGES,
				      charge_of(n));
		return ERR_PTR(-ENOMEM);
	}
	isle_live_inc(ISLE_LIVE_MESSAGES);
	refcount_set(&ool->refs, 1);
	isle_domain_hold(domain);
	ool->domain = domain;
	ool->address = address;
	ool->size = size;
	err = isle_pin(address, n, true, ool->pages);
	if (!err) {
		ool->n = n;
	} else {
		/* what was charged */
		isle_account_uncharge(&domain->account, ISLE_QUOTA_MESSAGES,
				      charge_of(n) - charge_of(0));
		isle_ool_put(ool);
		return ERR_PTR(err);
	}
	return ool;
}

/**
 * isle_ool_put() - give a reference back
 * @ool: the buffer, or NULL
 *
 * Context: process; sleeps.
 */
void isle_ool_put(struct isle_ool *ool)
{
	if (!ool || !refcount_dec_and_test(&ool->refs))
		return;
	unpin_user_pages_dirty_lock(ool->pages, ool->n, true);
	isle_account_uncharge(&ool->domain->account, ISLE_QUOTA_MESSAGES,
			      charge_of(ool->n));
	isle_domain_put(ool->domain);
	kvfree(ool);
	isle_live_dec(ISLE_LIVE_MESSAGES);
}

static int recv(struct isle_service_call *call)
{
	const struct isle_msg_ool_recv *in = (const void *)call->request->data;
	struct isle_service_state *state;
	struct isle_ool *ool;
	int err = 0;

	if (!in->len)
		return -EINVAL;
	if (in->len > ISLE_PAYLOAD_MAX)
		return -EMSGSIZE;
	ool = make(call->task->domain, in->addr, in->len);
	if (IS_ERR(ool))
		return PTR_ERR(ool);
	isle_service_lock();
	state = isle_service_state_make(call->task);
	if (IS_ERR(state))
		err = PTR_ERR(state);
	else
		swap(state->ool, ool);
	isle_service_unlock();
	isle_ool_put(ool);	/* the one before it, or the new one */
	return err;
}

/* The buffer of @to, to be filled by the caller; or an ERR_PTR. */
static struct isle_ool *claim(struct isle_task *to, u64 length)
{
	struct isle_service_state *state;
	struct isle_ool *ool = ERR_PTR(-ENOENT);

	isle_service_lock();
	state = isle_service_state(to);
	if (state && state->ool) {
		ool = state->ool;
		if (ool->state != OOL_EMPTY) {
			ool = ERR_PTR(-EBUSY);
		} else if (length > ool->size) {
			ool = ERR_PTR(-EMSGSIZE);
		} else {
			ool->state = OOL_FILLING;
			refcount_inc(&ool->refs);
		}
	}
	isle_service_unlock();
	return ool;
}

static int fill(struct isle_ool *ool, const void __user *from, u64 length)
{
	size_t offset = offset_in_page(ool->address), n, failed;
	void *to;
	int i;

	for (i = 0; length; i++, offset = 0, length -= n, from += n) {
		n = min_t(u64, length, PAGE_SIZE - offset);
		to = kmap_local_page(ool->pages[i]);
		failed = copy_from_user(to + offset, from, n);
		kunmap_local(to);
		if (failed)
			return -EFAULT;
		cond_resched();
		if (fatal_signal_pending(current))
			return -EINTR;
	}
	return 0;
}

static int send(struct isle_service_call *call)
{
	const struct isle_msg_ool_send *in = (const void *)call->request->data;
	struct isle_msg_ool_send_reply *out = (void *)call->reply->data;
	struct isle_task *to;
	struct isle_ool *ool;
	int err;

	if (!in->len)
		return -EINVAL;
	if (in->len > ISLE_PAYLOAD_MAX)
		return -EMSGSIZE;
	to = isle_task_get(call->task, in->dst);
	if (!to)
		return -ESRCH;
	ool = claim(to, in->len);
	isle_task_put(to);
	if (IS_ERR(ool))
		return PTR_ERR(ool);
	err = fill(ool, u64_to_user_ptr(in->addr), in->len);
	isle_service_lock();
	if (err) {
		ool->state = OOL_EMPTY;
	} else {
		do {
			ool->id = get_random_u64();
		} while (!ool->id);
		ool->src = call->task->id;
		ool->length = in->len;
		ool->state = OOL_FULL;
		out->id = ool->id;
	}
	isle_service_unlock();
	isle_ool_put(ool);
	return err;
}

static int verify(struct isle_service_call *call)
{
	const struct isle_msg_ool_verify *in = (const void *)call->request->data;
	struct isle_msg_ool_verify_reply *out = (void *)call->reply->data;
	struct isle_service_state *state;
	struct isle_ool *ool = NULL;

	isle_service_lock();
	state = isle_service_state(call->task);
	if (state && state->ool && state->ool->state == OOL_FULL &&
	    state->ool->src == in->src && state->ool->id == in->id &&
	    state->ool->length == in->len)
		swap(ool, state->ool);
	isle_service_unlock();
	if (!ool)
		return -ENOENT;
	out->received_at = ool->address;
	isle_ool_put(ool);
	return 0;
}

static const struct isle_service services[] = {
	{ ISLE_MSG_OOL_RECV, recv },
	{ ISLE_MSG_OOL_SEND, send },
	{ ISLE_MSG_OOL_VERIFY, verify },
};

const struct isle_service_group isle_service_ool = {
	.services = services,
	.n = ARRAY_SIZE(services),
};
