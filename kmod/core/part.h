/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_PART_H
#define ISLE_CORE_PART_H

#include <linux/fs.h>
#include <isle/domain.h>

#include "core/node.h"

struct isle_domain;

/**
 * struct isle_part - something that every domain has, of a floor above core
 * @slot: its place in isle_domain.parts
 * @create: the domain is being made and has its number, but nobody knows it
 *	yet; may set its slot.  May sleep.  0 or a negative errno.
 * @destroy: the domain is dead and its links are gone; ends whatever goes on
 *	in this part, so that every sleeper wakes.  What began before the domain
 *	was marked dead may still be about to be added: the part needs a lock of
 *	its own to tell.  May sleep; no lock is held.
 * @link: two domains have come to see each other.  May sleep; no lock is held,
 *	and they may have been unlinked again, or destroyed, meanwhile.
 * @unlink: two domains ceased to see each other; ends what they share.  Also
 *	called for each link of a dying domain, before @destroy.  May sleep; no
 *	lock is held, and they may have been linked again meanwhile.
 * @release: the last reference to the domain goes; frees the slot.
 * @show: prints what the domain has of this part for people, lines that begin
 *	with two spaces.  May sleep.
 *
 * All but @slot may be NULL.
 */
struct isle_part {
	enum isle_part_slot slot;
	int (*create)(struct isle_domain *domain);
	void (*destroy)(struct isle_domain *domain);
	void (*link)(struct isle_domain *a, struct isle_domain *b);
	void (*unlink)(struct isle_domain *a, struct isle_domain *b);
	void (*release)(struct isle_domain *domain);
	void (*show)(struct seq_file *m, struct isle_domain *domain);
};

/**
 * struct isle_face - a way to open a domain's part: a file, and perhaps a node
 * @id: enum isle_open_part
 * @name: of the node below the domain's directory, '!' standing for '/'
 * @xen: only if the domain was published with ISLE_PUBLISH_XEN
 * @fops: of its files
 * @open: a file was opened, which acts as the domain; private_data is the
 *	domain and may be replaced.  0 or a negative errno.
 *
 * A file has a reference to its domain, is a user of it and is charged to it.
 * @fops.release gives that back with isle_domain_detach_file(), unless
 * private_data is NULL: then @open had refused.
 */
struct isle_face {
	u32 id;
	const char *name;
	bool xen;
	const struct file_operations *fops;
	int (*open)(struct isle_domain *domain, struct file *file);
};

int isle_part_register(const struct isle_part *part);
void isle_part_unregister(const struct isle_part *part);
int isle_face_register(const struct isle_face *face);
void isle_face_unregister(const struct isle_face *face);

int isle_part_create_all(struct isle_domain *domain);
void isle_part_destroy_all(struct isle_domain *domain);
void isle_part_link_all(struct isle_domain *a, struct isle_domain *b);
void isle_part_unlink_all(struct isle_domain *a, struct isle_domain *b);
void isle_part_release_all(struct isle_domain *domain);
void isle_part_show_all(struct seq_file *m, struct isle_domain *domain);

int isle_face_publish_all(struct isle_domain *domain);
void isle_face_unpublish_all(struct isle_domain *domain);
struct file *isle_face_open(struct isle_domain *domain, u32 id, u32 flags);

#endif /* ISLE_CORE_PART_H */
