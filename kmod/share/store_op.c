// SPDX-License-Identifier: GPL-2.0
/*
 * What can be done in the store, each with what xenstored requires for it.
 *
 * Paths are absolute or relative to the domain's home.  Memory is made before
 * the store's lock is taken; if it turns out that more is needed, the lock is
 * given back, more is made, and all begins again.
 *
 * Errors of all of them: -EINVAL (no valid path), -ENOENT, -EACCES, -ENODEV (the
 * domain is dead), -ENOMEM, -EDQUOT; -ENOSPC if a limit of transactions is
 * reached.
 */
#include <linux/slab.h>

#include "share/store_conn.h"
#include "share/store_op.h"
#include "share/store_txn.h"
#include "share/store_view.h"

/**
 * struct op - one operation
 * @run: does it, with the lock held; the path was looked up
 * @view: what it sees
 * @buf: where an answer goes
 * @size: bytes there
 * @offset: where in a list to begin
 * @part: only a part of the list
 * @value: to be written, or NULL
 * @perms: to be set
 * @reader: who may read from now on
 */
struct op {
	ssize_t (*run)(struct op *op);
	struct isle_store_view view;
	char *buf;
	size_t size;
	unsigned int offset;
	bool part;
	struct isle_store_value *value;
	struct isle_store_perms *perms;
	u32 reader;
};

static ssize_t locked(const struct isle_store_who *who, struct op *op)
{
	int err;

	if (who->dom->dead)
		return -ENODEV;
	if (who->tx) {
		op->view.txn = isle_store_txn_find(who->conn, who->tx);
		if (!op->view.txn)
			return -ENOENT;
	}
	err = isle_store_look(&op->view);
	return err ?: op->run(op);
}

static ssize_t run(const struct isle_store_who *who, const char *path,
		   struct op *op)
{
	struct isle_store_spare spare;
	char *absolute;
	ssize_t ret;

	absolute = isle_store_path(who->dom, path);
	if (IS_ERR(absolute))
		return PTR_ERR(absolute);
	isle_store_spare_init(&spare);
	op->view.dom = who->dom;
	op->view.path = absolute;
	op->view.spare = &spare;
	do {
		ret = isle_store_spare_fill(&spare, absolute);
		if (ret)
			break;
		mutex_lock(&isle_store_lock);
		ret = locked(who, op);
		mutex_unlock(&isle_store_lock);
	} while (ret == ISLE_STORE_MORE);
	isle_store_spare_free(&spare);
	kfree(absolute);
	return ret;
}

static ssize_t run_read(struct op *op)
{
	struct isle_store_value *value;
	int err = isle_store_check(&op->view, ISLE_STORE_READ);

	if (err)
		return err;
	value = isle_store_node(&op->view)->value;
	if (!value)
		return 0;
	if (value->len > op->size)
		return -E2BIG;
	memcpy(op->buf, value->data, value->len);
	return value->len;
}

/**
 * isle_store_op_read() - read a value
 * @who: who does it
 * @path: of the node
 * @buf: where to
 * @size: bytes there
 *
 * Return: bytes of the value, or a negative errno; -E2BIG if it does not fit.
 */
ssize_t isle_store_op_read(const struct isle_store_who *who, const char *path,
			   void *buf, size_t size)
{
	struct op op = { .run = run_read, .buf = buf, .size = size };

	return run(who, path, &op);
}

/**
 * struct listing - a list of names, or what fits of a part of it
 * @buf: where to
 * @size: bytes there
 * @used: bytes there that are filled
 * @skip: bytes of the whole list that are still to be left out
 * @part: it need not be whole
 * @full: a name did not fit
 */
struct listing {
	char *buf;
	size_t size;
	size_t used;
	size_t skip;
	bool part;
	bool full;
};

static void add_name(void *arg, const char *name, size_t len)
{
	struct listing *list = arg;
	size_t skip = min(list->skip, len + 1);

	list->skip -= skip;
	if (skip == len + 1)
		return;
	name += skip;
	len -= skip;
	/* a part has room for the NUL that says that it was the last one */
	if (list->full || list->used + len + 1 + list->part > list->size) {
		list->full = true;
		return;
	}
	memcpy(list->buf + list->used, name, len);
	list->used += len;
	list->buf[list->used++] = '\0';
}

static ssize_t run_list(struct op *op)
{
	struct isle_store_view *view = &op->view;
	struct listing list = {
		.buf = op->buf, .size = op->size, .skip = op->offset,
		.part = op->part,
	};
	int err = isle_store_check(view, ISLE_STORE_READ);
	u64 generation = 0;

	if (err)
		return err;
	if (op->part) {
		if (view->own)
			generation = view->own->generation;
		else
			generation = isle_store_generation(view->real,
							   view->dom);
		list.used = scnprintf(list.buf, list.size, "%llu",
				      isle_store_disguise(generation)) + 1;
	}
	isle_store_list(view, add_name, &list);
	if (!list.full) {
		if (op->part)
			list.buf[list.used++] = '\0';
		return list.used;
	}
	return op->part ? list.used : -E2BIG;
}

/**
 * isle_store_op_list() - list what is below a node
 * @who: who does it
 * @path: of the node
 * @buf: where to: names, each with a NUL
 * @size: bytes there
 *
 * Return: bytes filled, or a negative errno; -E2BIG if it does not fit.
 */
ssize_t isle_store_op_list(const struct isle_store_who *who, const char *path,
			   char *buf, size_t size)
{
	struct op op = { .run = run_list, .buf = buf, .size = size };

	return run(who, path, &op);
}

/**
 * isle_store_op_list_part() - list some of what is below a node
 * @who: who does it
 * @path: of the node
 * @offset: bytes of the whole list to leave out
 * @buf: where to: a number that changes with the list, names, and an empty
 *	name if there is no further one, each with a NUL
 * @size: bytes there, at least 64
 *
 * Return: bytes filled, or a negative errno.
 */
ssize_t isle_store_op_list_part(const struct isle_store_who *who,
				const char *path, unsigned int offset,
				char *buf, size_t size)
{
	struct op op = {
		.run = run_list, .buf = buf, .size = size, .offset = offset,
		.part = true,
	};

	return run(who, path, &op);
}

static ssize_t run_write(struct op *op)
{
	int err = isle_store_check(&op->view, ISLE_STORE_WRITE);

	if (!err)
		return isle_store_set_value(&op->view, op->value);
	if (err != -ENOENT)
		return err;
	return isle_store_make(&op->view, op->value);
}

/**
 * isle_store_op_write() - write a value, and make the node if it is absent
 * @who: who does it
 * @path: of the node
 * @value: bytes
 * @len: how many, at most ISLE_STORE_PAYLOAD_MAX
 *
 * Nodes above it are made as well.
 *
 * Return: 0 or a negative errno.
 */
int isle_store_op_write(const struct isle_store_who *who, const char *path,
			const void *value, size_t len)
{
	struct op op = { .run = run_write };
	int err;

	if (len > ISLE_STORE_PAYLOAD_MAX)
		return -EINVAL;
	if (len) {
		op.value = isle_store_value_alloc(value, len);
		if (!op.value)
			return -ENOMEM;
	}
	err = run(who, path, &op);
	isle_store_value_put(op.value);
	return err;
}

static ssize_t run_mkdir(struct op *op)
{
	int err = isle_store_check(&op->view, ISLE_STORE_WRITE);

	return err == -ENOENT ? isle_store_make(&op->view, NULL) : err;
}

/**
 * isle_store_op_mkdir() - make a node if it is absent
 * @who: who does it
 * @path: of the node
 *
 * Return: 0 or a negative errno.
 */
int isle_store_op_mkdir(const struct isle_store_who *who, const char *path)
{
	struct op op = { .run = run_mkdir };

	return run(who, path, &op);
}

static ssize_t run_remove(struct op *op)
{
	struct isle_store_view *view = &op->view;
	int err = isle_store_check(view, ISLE_STORE_WRITE);

	if (err == -ENOENT) {
		/* nothing to do, if only the last part is missing */
		return strchr(view->path + view->rest, '/') ? err : 0;
	}
	if (err)
		return err;
	if (view->real && view->real->fixed)
		return -EACCES;
	isle_store_remove_seen(view);
	return 0;
}

/**
 * isle_store_op_remove() - remove a node and all below
 * @who: who does it
 * @path: of the node; it is no error if it is absent and its parent is not
 *
 * Return: 0 or a negative errno.
 */
int isle_store_op_remove(const struct isle_store_who *who, const char *path)
{
	struct op op = { .run = run_remove };

	return run(who, path, &op);
}

static ssize_t run_get_perms(struct op *op)
{
	int err = isle_store_check(&op->view, ISLE_STORE_READ);

	return err ?: isle_store_perms_format(isle_store_node(&op->view)->perms,
					      op->buf, op->size);
}

/**
 * isle_store_op_get_perms() - read permissions
 * @who: who does it
 * @path: of the node
 * @buf: where to, as the wire has them
 * @size: bytes there
 *
 * Return: bytes filled, or a negative errno.
 */
ssize_t isle_store_op_get_perms(const struct isle_store_who *who,
				const char *path, char *buf, size_t size)
{
	struct op op = { .run = run_get_perms, .buf = buf, .size = size };

	return run(who, path, &op);
}

static ssize_t run_set_perms(struct op *op)
{
	struct isle_store_perm *owner = &op->perms->perm[0];
	int err;

	isle_store_perms_resolve(op->perms, op->view.dom);
	/* the host is there, but it is not somebody that anybody can be */
	if (!owner->unique && owner->id)
		return -ENOENT;
	err = isle_store_check(&op->view, ISLE_STORE_WRITE | ISLE_STORE_OWNER);
	if (err)
		return err;
	if (owner->unique != op->view.dom->unique)
		return -EPERM;
	return isle_store_set_perms(&op->view, op->perms);
}

/**
 * isle_store_op_set_perms() - set permissions
 * @who: who does it; the owner
 * @path: of the node
 * @strings: as the wire has them
 * @len: bytes of them
 * @n: how many
 *
 * Return: 0 or a negative errno; -ENOSPC if there are too many, -EPERM if they
 * give the node to somebody else.
 */
int isle_store_op_set_perms(const struct isle_store_who *who, const char *path,
			    const char *strings, size_t len, unsigned int n)
{
	struct op op = { .run = run_set_perms };
	int err;

	err = isle_store_perms_parse(strings, len, n, &op.perms);
	if (err)
		return err;
	err = run(who, path, &op);
	isle_store_perms_put(op.perms);
	return err;
}

static ssize_t run_let_read(struct op *op)
{
	struct isle_store_perms *new = op->perms, *old;
	struct isle_store_view *view = &op->view;
	struct isle_store_dom *reader;
	unsigned int i, n = 0;
	int err;

	err = isle_store_check(view, ISLE_STORE_WRITE | ISLE_STORE_OWNER);
	if (err)
		return err;
	reader = isle_store_dom_find(op->reader);
	if (!reader || !isle_store_sees(view->dom, reader))
		return -ENOENT;
	old = isle_store_node(view)->perms;
	for (i = 0; i < old->n; i++)
		if (!i || old->perm[i].unique != reader->unique) {
			if (n == ISLE_STORE_PERMS_MAX - 1)
				return -ENOSPC;
			new->perm[n++] = old->perm[i];
		}
	if (reader != view->dom)
		new->perm[n++] = (struct isle_store_perm) {
			.unique = reader->unique, .id = reader->id,
			.may = ISLE_STORE_READ,
		};
	new->n = n;
	return isle_store_set_perms(view, new);
}

/**
 * isle_store_op_let_read() - let one more domain read a node
 * @who: who does it; the owner
 * @path: of the node
 * @reader: the domain
 *
 * Return: 0 or a negative errno; -ENOSPC if too many may.
 */
int isle_store_op_let_read(const struct isle_store_who *who, const char *path,
			   u32 reader)
{
	struct op op = { .run = run_let_read, .reader = reader };
	int err;

	op.perms = isle_store_perms_alloc(ISLE_STORE_PERMS_MAX);
	if (!op.perms)
		return -ENOMEM;
	err = run(who, path, &op);
	isle_store_perms_put(op.perms);
	return err;
}
