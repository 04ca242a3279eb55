// SPDX-License-Identifier: GPL-2.0
/*
 * Parts: what every domain has besides devices, made by the floors above.
 *
 * A part (grants, ports, tasks, ...) keeps what it has of a domain in a slot
 * of the domain and is told of the domain's birth and end.  A face is a way to
 * open a part: by ioctl on the domain's file, and by a node while the domain is
 * published.
 *
 * Parts and faces are registered while the module is loaded, before the first
 * domain can be made, and unregistered after the last one is gone: the tables
 * need no lock.
 */
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/file.h>
#include <linux/slab.h>
#include <xen/xen.h>

#include "core/domain.h"
#include "core/part.h"

static const struct isle_part *parts[ISLE_PART_SLOTS];
static const struct isle_face *faces[ISLE_FACES_MAX];

/**
 * struct isle_face_node - what the node of a face stands for
 * @domain: whose it is; a reference
 * @face: which
 * @type: of the node
 * @node: the node
 * @refs: the domain's table has one, and the node has one
 */
struct isle_face_node {
	struct isle_domain *domain;
	const struct isle_face *face;
	struct isle_node_type type;
	struct isle_node *node;
	refcount_t refs;
};

/**
 * isle_part_register() - let all domains have a part
 * @part: the part; constant until it is unregistered
 *
 * Return: 0 or -EBUSY.
 */
int isle_part_register(const struct isle_part *part)
{
	if (parts[part->slot])
		return -EBUSY;
	parts[part->slot] = part;
	return 0;
}

/**
 * isle_part_unregister() - undo isle_part_register()
 * @part: the part
 */
void isle_part_unregister(const struct isle_part *part)
{
	parts[part->slot] = NULL;
}

/**
 * isle_face_register() - offer a way to open all domains' parts
 * @face: the face; constant until it is unregistered
 *
 * Return: 0 or -EBUSY.
 */
int isle_face_register(const struct isle_face *face)
{
	if (faces[face->id])
		return -EBUSY;
	faces[face->id] = face;
	return 0;
}

/**
 * isle_face_unregister() - undo isle_face_register()
 * @face: the face
 */
void isle_face_unregister(const struct isle_face *face)
{
	faces[face->id] = NULL;
}

/**
 * isle_part_create_all() - give a new domain its parts
 * @domain: the domain; it has its number, and nobody knows it
 *
 * Return: 0, or what a part said; then none is left but for its release().
 */
int isle_part_create_all(struct isle_domain *domain)
{
	int i, err;

	for (i = 0; i < ISLE_PART_SLOTS; i++) {
		if (!parts[i] || !parts[i]->create)
			continue;
		err = parts[i]->create(domain);
		if (err)
			goto err_destroy;
	}
	return 0;

err_destroy:
	while (--i >= 0)
		if (parts[i] && parts[i]->destroy)
			parts[i]->destroy(domain);
	return err;
}

/**
 * isle_part_destroy_all() - end what goes on in a dead domain's parts
 * @domain: the domain
 *
 * In the opposite order of isle_part_create_all(): channels end before the
 * ports they use.
 */
void isle_part_destroy_all(struct isle_domain *domain)
{
	int i;

	for (i = ISLE_PART_SLOTS - 1; i >= 0; i--)
		if (parts[i] && parts[i]->destroy)
			parts[i]->destroy(domain);
}

/**
 * isle_part_link_all() - tell the parts that two domains see each other
 * @a: one; the caller has a reference
 * @b: the other; likewise
 */
void isle_part_link_all(struct isle_domain *a, struct isle_domain *b)
{
	int i;

	for (i = 0; i < ISLE_PART_SLOTS; i++)
		if (parts[i] && parts[i]->link)
			parts[i]->link(a, b);
}

/**
 * isle_part_unlink_all() - end what two domains share
 * @a: one; the caller has a reference
 * @b: the other; likewise
 */
void isle_part_unlink_all(struct isle_domain *a, struct isle_domain *b)
{
	int i;

	for (i = ISLE_PART_SLOTS - 1; i >= 0; i--)
		if (parts[i] && parts[i]->unlink)
			parts[i]->unlink(a, b);
}

/**
 * isle_part_release_all() - free the slots of a domain whose last reference went
 * @domain: the domain
 */
void isle_part_release_all(struct isle_domain *domain)
{
	int i;

	for (i = ISLE_PART_SLOTS - 1; i >= 0; i--)
		if (parts[i] && parts[i]->release)
			parts[i]->release(domain);
}

/**
 * isle_part_show_all() - print what a domain has of its parts for people
 * @m: where to
 * @domain: the domain; the caller has a reference
 */
void isle_part_show_all(struct seq_file *m, struct isle_domain *domain)
{
	int i;

	for (i = 0; i < ISLE_PART_SLOTS; i++)
		if (parts[i] && parts[i]->show)
			parts[i]->show(m, domain);
}

/* Make @file, whose fops are @face's already, act as @domain. */
static int face_open(const struct isle_face *face, struct isle_domain *domain,
		     struct file *file)
{
	int err;

	/* There are real ones, which mean something else */
	if (face->xen && xen_domain())
		return -EOPNOTSUPP;
	err = isle_domain_attach_file(domain);
	if (err)
		return err;
	file->private_data = domain;
	err = face->open(domain, file);
	if (err) {
		file->private_data = NULL;
		isle_domain_detach_file(domain);
	}
	return err;
}

static int node_open(void *object, struct file *file)
{
	struct isle_face_node *fn = object;

	return face_open(fn->face, fn->domain, file);
}

static void node_get(void *object)
{
	struct isle_face_node *fn = object;

	refcount_inc(&fn->refs);
}

static void node_put(void *object)
{
	struct isle_face_node *fn = object;

	if (refcount_dec_and_test(&fn->refs)) {
		isle_domain_put(fn->domain);
		kfree(fn);
	}
}

static struct isle_face_node *face_publish(struct isle_domain *domain,
					   const struct isle_face *face)
{
	struct isle_face_node *fn = kzalloc(sizeof(*fn), GFP_KERNEL_ACCOUNT);
	struct isle_node *node;

	if (!fn)
		return ERR_PTR(-ENOMEM);
	refcount_set(&fn->refs, 1);
	isle_domain_hold(domain);
	fn->domain = domain;
	fn->face = face;
	fn->type.open = node_open;
	fn->type.get = node_get;
	fn->type.put = node_put;
	fn->type.fops = face->fops;
	node = isle_node_add(&fn->type, fn, &domain->perm, "isle!%s!%s",
			     domain->name, face->name);
	if (IS_ERR(node)) {
		node_put(fn);
		return ERR_CAST(node);
	}
	fn->node = node;
	return fn;
}

/**
 * isle_face_publish_all() - give a domain's faces nodes
 * @domain: the domain, with @perm and @xen set
 *
 * Context: holds the domain's lock.
 * Return: 0, or what isle_node_add() says and there are none.
 */
int isle_face_publish_all(struct isle_domain *domain)
{
	struct isle_face_node *fn;
	int i;

	lockdep_assert_held(&domain->lock);
	for (i = 0; i < ISLE_FACES_MAX; i++) {
		if (!faces[i] || (faces[i]->xen && !domain->xen))
			continue;
		fn = face_publish(domain, faces[i]);
		if (IS_ERR(fn)) {
			isle_face_unpublish_all(domain);
			return PTR_ERR(fn);
		}
		domain->faces[i] = fn;
	}
	return 0;
}

/**
 * isle_face_unpublish_all() - take the nodes of a domain's faces away
 * @domain: the domain
 *
 * Context: holds the domain's lock.
 */
void isle_face_unpublish_all(struct isle_domain *domain)
{
	struct isle_face_node *fn;
	int i;

	lockdep_assert_held(&domain->lock);
	for (i = 0; i < ISLE_FACES_MAX; i++) {
		fn = domain->faces[i];
		if (!fn)
			continue;
		domain->faces[i] = NULL;
		isle_node_del(fn->node);
		node_put(fn);
	}
}

/**
 * isle_face_open() - open a face without its node
 * @domain: the domain; the caller has a reference
 * @id: enum isle_open_part
 * @flags: O_NONBLOCK or 0
 *
 * Return: a file for reading and writing, or an ERR_PTR: -EOPNOTSUPP, what
 * isle_domain_attach_file() or the face says.
 */
struct file *isle_face_open(struct isle_domain *domain, u32 id, u32 flags)
{
	const struct isle_face *face;
	struct file *file;
	int err;

	face = id < ISLE_FACES_MAX ? faces[id] : NULL;
	if (!face)
		return ERR_PTR(-EOPNOTSUPP);
	file = anon_inode_getfile("[isle]", face->fops, NULL, O_RDWR | flags);
	if (IS_ERR(file))
		return file;
	err = face_open(face, domain, file);
	if (err) {
		/* its release() sees by private_data that it was never opened */
		fput(file);
		return ERR_PTR(err);
	}
	return file;
}
