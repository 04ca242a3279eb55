// SPDX-License-Identifier: GPL-2.0
/*
 * Requests of Xen's wire protocol, and how xenstored answers them to a guest.
 *
 * xen/interface/io/xs_wire.h has the numbers, Xen's docs/misc/xenstore.txt the
 * payloads.  Where they leave something open, this does as xenstored 4.17:
 * what only a privileged domain may ask is refused with EACCES, what it does
 * not know with ENOSYS.  The exceptions are is_domain_introduced, which any
 * domain may ask of those that it sees, and the two special events, which it is
 * sent for those.
 *
 * The connection's lock is held in all of this file.
 */
#include <linux/ctype.h>
#include <linux/kernel.h>
#include <linux/string.h>
#include <xen/interface/xen.h>

#include "core/domain.h"
#include "share/store_op.h"
#include "share/store_tree.h"
#include "share/store_txn.h"
#include "share/xenbus.h"

/* An answer that every request can have: it is there before it is carried out */
#define SMALL	64

/**
 * struct request - a request that is carried out
 * @bus: the connection; its body has the payload, and later the answer's
 * @who: as whom
 * @body: the payload
 * @len: bytes of it
 * @answer: for a small answer; NULL once it was queued
 */
struct request {
	struct isle_xenbus *bus;
	struct isle_store_who who;
	char *body;
	size_t len;
	struct isle_xenbus_msg *answer;
};

/* The payload if it is one string, else NULL */
static const char *one_string(const struct request *rq)
{
	if (!rq->len || strnlen(rq->body, rq->len) != rq->len - 1)
		return NULL;
	return rq->body;
}

static unsigned int count_strings(const char *strings, size_t len)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < len; i++)
		n += !strings[i];
	return n;
}

/* What is behind the payload's first string; there is one */
static char *second(const struct request *rq)
{
	return rq->body + strlen(rq->body) + 1;
}

static ssize_t ok(const struct request *rq, int err)
{
	if (err)
		return err;
	memcpy(rq->body, "OK", 3);
	return 3;
}

/* Numbers in payloads are what atoi() makes of them, so nothing is invalid */
static unsigned int number(const char *string)
{
	bool minus = *string == '-';
	unsigned int n = 0;

	if (minus || *string == '+')
		string++;
	while (isdigit(*string))
		n = n * 10 + (*string++ - '0');
	return minus ? -n : n;
}

static ssize_t rq_directory(struct request *rq)
{
	const char *path = one_string(rq);

	if (!path)
		return -EINVAL;
	return isle_store_op_list(&rq->who, path, rq->body,
				  XENSTORE_PAYLOAD_MAX);
}

static ssize_t rq_directory_part(struct request *rq)
{
	if (count_strings(rq->body, rq->len) != 2 || rq->body[rq->len - 1])
		return -EINVAL;
	return isle_store_op_list_part(&rq->who, rq->body, number(second(rq)),
				       rq->body, XENSTORE_PAYLOAD_MAX);
}

static ssize_t rq_read(struct request *rq)
{
	const char *path = one_string(rq);

	if (!path)
		return -EINVAL;
	return isle_store_op_read(&rq->who, path, rq->body,
				  XENSTORE_PAYLOAD_MAX);
}

static ssize_t rq_write(struct request *rq)
{
	char *value;

	if (!count_strings(rq->body, rq->len))
		return -EINVAL;
	value = second(rq);
	return ok(rq, isle_store_op_write(&rq->who, rq->body, value,
					  rq->body + rq->len - value));
}

static ssize_t rq_mkdir(struct request *rq)
{
	const char *path = one_string(rq);

	if (!path)
		return -EINVAL;
	return ok(rq, isle_store_op_mkdir(&rq->who, path));
}

static ssize_t rq_rm(struct request *rq)
{
	const char *path = one_string(rq);

	if (!path)
		return -EINVAL;
	return ok(rq, isle_store_op_remove(&rq->who, path));
}

static ssize_t rq_get_perms(struct request *rq)
{
	const char *path = one_string(rq);

	if (!path)
		return -EINVAL;
	return isle_store_op_get_perms(&rq->who, path, rq->body,
				       XENSTORE_PAYLOAD_MAX);
}

static ssize_t rq_set_perms(struct request *rq)
{
	unsigned int n = count_strings(rq->body, rq->len);
	char *perms;

	if (n < 2)
		return -EINVAL;
	perms = second(rq);
	/* who gets special events is decided by links */
	if (!strcmp(rq->body, "@introduceDomain") ||
	    !strcmp(rq->body, "@releaseDomain"))
		return -EACCES;
	return ok(rq, isle_store_op_set_perms(&rq->who, rq->body, perms,
					      rq->body + rq->len - perms,
					      n - 1));
}

static ssize_t rq_watch(struct request *rq)
{
	int err;

	if (count_strings(rq->body, rq->len) != 2)
		return -EINVAL;
	err = isle_xenbus_watch(rq->bus, rq->body, second(rq), rq->answer);
	if (!err)
		rq->answer = NULL;
	return err;
}

static ssize_t rq_unwatch(struct request *rq)
{
	if (count_strings(rq->body, rq->len) != 2)
		return -EINVAL;
	return ok(rq, isle_xenbus_unwatch(rq->bus, rq->body, second(rq)));
}

static ssize_t rq_reset_watches(struct request *rq)
{
	isle_xenbus_unwatch_all(rq->bus);
	mutex_lock(&isle_store_lock);
	isle_store_conn_reset(&rq->bus->conn);
	mutex_unlock(&isle_store_lock);
	return ok(rq, 0);
}

static ssize_t rq_transaction_start(struct request *rq)
{
	u32 id;
	int err;

	if (rq->who.tx)
		return -EBUSY;
	err = isle_store_txn_start(&rq->bus->conn, &id);
	return err ?: scnprintf(rq->body, SMALL, "%u", id) + 1;
}

static ssize_t rq_transaction_end(struct request *rq)
{
	const char *how = one_string(rq);

	if (!how || (strcmp(how, "T") && strcmp(how, "F")))
		return -EINVAL;
	if (!rq->who.tx)
		return -ENOENT;
	return ok(rq, isle_store_txn_end(&rq->bus->conn, rq->who.tx,
					 *how == 'T'));
}

static ssize_t rq_get_domain_path(struct request *rq)
{
	const char *id = one_string(rq);

	if (!id)
		return -EINVAL;
	return scnprintf(rq->body, SMALL, "/local/domain/%u", number(id)) + 1;
}

static ssize_t rq_is_domain_introduced(struct request *rq)
{
	const char *string = one_string(rq);
	struct isle_store_dom *dom;
	unsigned int id;
	bool seen;

	if (!string)
		return -EINVAL;
	id = number(string);
	mutex_lock(&isle_store_lock);
	dom = id == DOMID_SELF ? rq->who.dom : isle_store_dom_find(id);
	seen = dom && isle_store_sees(rq->who.dom, dom);
	mutex_unlock(&isle_store_lock);
	memcpy(rq->body, seen ? "T" : "F", 2);
	return 2;
}

static ssize_t rq_privileged(struct request *rq)
{
	return -EACCES;
}

/**
 * struct line - how a request is carried out
 * @run: does it; bytes of the answer, which is in the body, or a negative errno
 * @no_tx: the transaction's number is not looked at
 */
struct line {
	ssize_t (*run)(struct request *rq);
	bool no_tx;
};

static const struct line lines[] = {
	[XS_CONTROL]		= { rq_privileged, true },
	[XS_DIRECTORY]		= { rq_directory },
	[XS_READ]		= { rq_read },
	[XS_GET_PERMS]		= { rq_get_perms },
	[XS_WATCH]		= { rq_watch, true },
	[XS_UNWATCH]		= { rq_unwatch, true },
	[XS_TRANSACTION_START]	= { rq_transaction_start },
	[XS_TRANSACTION_END]	= { rq_transaction_end },
	[XS_INTRODUCE]		= { rq_privileged, true },
	[XS_RELEASE]		= { rq_privileged, true },
	[XS_GET_DOMAIN_PATH]	= { rq_get_domain_path },
	[XS_WRITE]		= { rq_write },
	[XS_MKDIR]		= { rq_mkdir },
	[XS_RM]			= { rq_rm },
	[XS_SET_PERMS]		= { rq_set_perms },
	[XS_IS_DOMAIN_INTRODUCED] = { rq_is_domain_introduced },
	[XS_RESUME]		= { rq_privileged, true },
	[XS_SET_TARGET]		= { rq_privileged, true },
	[XS_RESET_WATCHES]	= { rq_reset_watches },
	[XS_DIRECTORY_PART]	= { rq_directory_part },
};

static const char *error_name(int err)
{
	switch (err) {
	case -EACCES:
		return "EACCES";
	case -EAGAIN:
		return "EAGAIN";
	case -E2BIG:
		return "E2BIG";
	case -EBUSY:
		return "EBUSY";
	case -EDQUOT:	/* there is no such name on the wire */
	case -ENOSPC:
		return "ENOSPC";
	case -EEXIST:
		return "EEXIST";
	case -ENOENT:
		return "ENOENT";
	case -ENOMEM:
		return "ENOMEM";
	case -EOPNOTSUPP:
		return "ENOSYS";
	case -EPERM:
		return "EPERM";
	}
	return "EINVAL";
}

static ssize_t carry_out(struct request *rq, u32 type)
{
	bool found = true;

	if (type >= ARRAY_SIZE(lines) || !lines[type].run)
		return -EOPNOTSUPP;
	if (lines[type].no_tx) {
		rq->who.tx = 0;
	} else if (rq->who.tx) {
		mutex_lock(&isle_store_lock);
		found = isle_store_txn_find(&rq->bus->conn, rq->who.tx);
		mutex_unlock(&isle_store_lock);
	}
	return found ? lines[type].run(rq) : -ENOENT;
}

static void answer(struct request *rq, u32 type, ssize_t len)
{
	struct isle_xenbus_msg *big = NULL;

	if (len > SMALL) {
		/* It was only a question, so it may be answered like this */
		big = isle_xenbus_msg(len);
		if (!big)
			len = -ENOMEM;
	}
	if (len < 0) {
		const char *name = error_name(len);

		type = XS_ERROR;
		len = strlen(name) + 1;
		memcpy(rq->answer->body, name, len);
	} else {
		memcpy(big ? big->body : rq->answer->body, rq->body, len);
	}
	if (big)
		isle_xenbus_answer(rq->bus, big, type, len);
	else
		isle_xenbus_answer(rq->bus, rq->answer, type, len);
	if (!big)
		rq->answer = NULL;
}

/**
 * isle_xenbus_request() - carry out the request that was written
 * @bus: the connection; there is room for the answer
 *
 * Context: process; sleeps.
 * Return: 0 and there is an answer, -ENOMEM and nothing was done, or -ENODEV.
 */
int isle_xenbus_request(struct isle_xenbus *bus)
{
	struct request rq = {
		.bus = bus,
		.who = {
			.dom = bus->conn.dom, .conn = &bus->conn,
			.tx = bus->head.tx_id,
		},
		.body = bus->body,
		.len = bus->head.len,
	};
	ssize_t len;

	rq.answer = isle_xenbus_msg(SMALL);
	if (!rq.answer)
		return -ENOMEM;
	len = carry_out(&rq, bus->head.type);
	if (len != -ENODEV && rq.answer)
		answer(&rq, bus->head.type, len);
	if (rq.answer)
		isle_xenbus_done(bus, rq.answer);
	return len == -ENODEV ? len : 0;
}
