/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CORE_DOMAIN_H
#define ISLE_CORE_DOMAIN_H

#include <linux/kref.h>
#include <linux/list.h>
#include <linux/mutex.h>
#include <linux/refcount.h>
#include <linux/seq_file.h>
#include <linux/wait.h>
#include <linux/xarray.h>
#include <isle/domain.h>

#include "core/node.h"
#include "core/quota.h"

/**
 * enum isle_part_slot - where the parts keep what they have of a domain
 * @ISLE_SLOT_GRANTS: share/grant
 * @ISLE_SLOT_PORTS: share/event
 * @ISLE_SLOT_STORE: share/store
 * @ISLE_SLOT_CHANNELS: channel/endpoint
 * @ISLE_SLOT_TASKS: ipc/task
 * @ISLE_SLOT_CABLES: device/net_cable
 * @ISLE_PART_SLOTS: how many slots there are
 */
enum isle_part_slot {
	ISLE_SLOT_GRANTS,
	ISLE_SLOT_PORTS,
	ISLE_SLOT_STORE,
	ISLE_SLOT_CHANNELS,
	ISLE_SLOT_TASKS,
	ISLE_SLOT_CABLES,
	ISLE_PART_SLOTS
};

/* More than the highest enum isle_open_part */
#define ISLE_FACES_MAX	8

struct isle_face_node;

/**
 * struct isle_domain - a party: what it owns, and what it may use
 * @ref: references to the memory
 * @users: open files that act as it, and one while it is published.  The last
 *	one to go destroys it.
 * @lock: protects @dead's change, @devices, @node, @perm, @xen, @faces
 * @dead: it was destroyed; never becomes false again
 * @id: its number (constant)
 * @unique: its number since boot (constant)
 * @name: its name (constant)
 * @by_name: in the hash of names (protected by the registry's lock)
 * @account: its quotas (atomic)
 * @devices: its devices, in the order of their numbers
 * @undrained: removed devices with requests that have not ended (atomic)
 * @links: the domains it is linked to by their numbers; changed under the
 *	registry's lock, looked up under RCU
 * @node: /dev/isle/NAME/domain while it is published
 * @perm: of its nodes while it is published
 * @xen: it is published with the Xen faces
 * @faces: the nodes of its faces while it is published
 * @parts: what each part has of it; set while the domain is made (constant)
 * @wait: woken when it dies and when @undrained becomes zero
 */
struct isle_domain {
	struct kref ref;
	refcount_t users;
	struct mutex lock;	/* see above */
	bool dead;
	u16 id;
	u64 unique;
	char name[ISLE_NAME_SIZE];
	struct hlist_node by_name;
	struct isle_account account;
	struct list_head devices;
	atomic_t undrained;
	struct xarray links;
	struct isle_node *node;
	struct isle_node_perm perm;
	bool xen;
	struct isle_face_node *faces[ISLE_FACES_MAX];
	void *parts[ISLE_PART_SLOTS];
	wait_queue_head_t wait;
};

/* domain.c: the registry, and a domain's life */
struct isle_domain *isle_domain_create(const char *name);
struct isle_domain *isle_domain_get(u32 id);
struct isle_domain *isle_domain_get_name(const char *name);
struct isle_domain *isle_domain_get_next(u32 id);
void isle_domain_hold(struct isle_domain *domain);
void isle_domain_put(struct isle_domain *domain);
bool isle_domain_use(struct isle_domain *domain);
void isle_domain_unuse(struct isle_domain *domain);
int isle_domain_publish(struct isle_domain *domain,
			const struct isle_node_perm *perm, bool xen);
int isle_domain_destroy(struct isle_domain *domain);
int isle_domain_drain(struct isle_domain *domain);
u32 isle_domain_count(void);
u64 isle_unique(void);
void isle_domain_exit(void);

void isle_registry_lock(void);
void isle_registry_unlock(void);
void isle_registry_assert(void);

static inline bool isle_domain_dead(const struct isle_domain *domain)
{
	return READ_ONCE(domain->dead);
}

/* domain_file.c: the file that acts as a domain */
struct file *isle_domain_open(struct isle_domain *domain);
int isle_domain_attach_file(struct isle_domain *domain);
void isle_domain_detach_file(struct isle_domain *domain);
void isle_domain_fill_info(struct isle_domain *domain,
			   struct isle_domain_info *info);
void isle_domain_show(struct seq_file *m, struct isle_domain *domain);
extern const struct isle_node_type isle_domain_node;

/* domain_sysfs.c */
extern const struct attribute_group *isle_domain_groups[];

#endif /* ISLE_CORE_DOMAIN_H */
