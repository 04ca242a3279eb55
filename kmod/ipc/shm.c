// SPDX-License-Identifier: GPL-2.0
/*
 * Shared memory: zeroed pages with a number, which tasks of the same or of
 * linked domains map through their own file.
 *
 * A task knows what it has mapped and where.  So a payload that lies in shared
 * memory can be passed by reference: the sender's address becomes a place in
 * the memory, and that an address of the receiver, at a cost that does not
 * depend on the length.  The pages stay shared: whoever receives by reference
 * reads memory that the sender can still write to.
 *
 * The pages are charged to the creator's domain until the last mapping and the
 * last message with a reference have gone.  A mapping is of the whole, cannot
 * be split, moved or inherited, so that what a task knows of it stays true.
 *
 * Locks: shms_lock > isle_task.lock.
 */
#include <linux/err.h>
#include <linux/mm.h>
#include <linux/mutex.h>
#include <linux/slab.h>
#include <linux/xarray.h>

#include "core/compat.h"
#include "core/link.h"
#include "core/live.h"
#include "ipc/shm.h"
#include "ipc/task.h"

/* How many a task can have mapped, so that looking one up ends */
#define MAPS_MAX	64

/**
 * struct isle_shm - shared memory
 * @refs: its number has one until it is closed, each mapping, each message
 * @id: its number (constant)
 * @domain: who pays; a reference (constant)
 * @in_task: node in its creator's list, while it is open (protected by
 *	shms_lock)
 * @n: how many pages (constant)
 * @pages: the pages (constant)
 */
struct isle_shm {
	refcount_t refs;
	s32 id;
	struct isle_domain *domain;
	struct list_head in_task;
	unsigned long n;
	struct page *pages[];
};

/**
 * struct isle_map - a task has mapped shared memory
 * @node: in the task's list (changed under the task's lock, read under RCU)
 * @refs: areas; more than one only while somebody tries to move it
 * @task: whose; the area's file keeps it (constant)
 * @shm: what; a reference (constant)
 * @start: where (constant)
 * @rcu: it is freed after a grace period
 */
struct isle_map {
	struct list_head node;
	refcount_t refs;
	struct isle_task *task;
	struct isle_shm *shm;
	u64 start;
	struct rcu_head rcu;
};

static DEFINE_MUTEX(shms_lock);
static DEFINE_XARRAY_ALLOC1(shms);	/* by number, protected by shms_lock */
static u32 next_id = 1;			/* likewise */

static void free_pages_of(struct isle_shm *shm, unsigned long n)
{
	while (n--)
		__free_page(shm->pages[n]);
}

/**
 * isle_shm_put() - give a reference back
 * @shm: the memory
 *
 * Context: process; no spin lock is held.
 */
void isle_shm_put(struct isle_shm *shm)
{
	if (!refcount_dec_and_test(&shm->refs))
		return;
	/* Mappings had references of their own to the pages */
	free_pages_of(shm, shm->n);
	isle_account_uncharge(&shm->domain->account, ISLE_QUOTA_MESSAGES,
			      (u64)shm->n << PAGE_SHIFT);
	isle_domain_put(shm->domain);
	kvfree(shm);
	isle_live_dec(ISLE_LIVE_MESSAGES);
}

static struct isle_shm *make(struct isle_domain *domain, unsigned long n)
{
	struct isle_shm *shm;
	unsigned long i;

	shm = kvzalloc(struct_size(shm, pages, n), GFP_KERNEL_ACCOUNT);
	if (!shm)
		return NULL;
	for (i = 0; i < n; i++) {
		shm->pages[i] = alloc_page(GFP_KERNEL_ACCOUNT | __GFP_ZERO);
		if (!shm->pages[i] || fatal_signal_pending(current)) {
			free_pages_of(shm, i + !!shm->pages[i]);
			kvfree(shm);
			return NULL;
		}
	}
	refcount_set(&shm->refs, 1);
	isle_domain_hold(domain);
	shm->domain = domain;
	shm->n = n;
	isle_live_inc(ISLE_LIVE_MESSAGES);
	return shm;
}

/* Returns its number: it may be closed at any moment afterwards. */
static int add(struct isle_task *task, struct isle_shm *shm)
{
	int err = -ENODEV;

	mutex_lock(&shms_lock);
	/* Whoever ends marks itself dead before it comes here */
	if (!READ_ONCE(task->dead))
		err = xa_alloc_cyclic(&shms, (u32 *)&shm->id, shm,
				      XA_LIMIT(1, S32_MAX), &next_id,
				      GFP_KERNEL_ACCOUNT);
	if (err >= 0) {
		list_add_tail(&shm->in_task, &task->shms);
		err = shm->id;
	}
	mutex_unlock(&shms_lock);
	return err;
}

/**
 * isle_shm_create() - make shared memory
 * @task: who makes it; it is closed when the task ends
 * @length: bytes, rounded up to pages
 *
 * Context: process; sleeps.
 * Return: its number, -EINVAL, -EDQUOT, -ENOMEM, or -ENODEV.
 */
int isle_shm_create(struct isle_task *task, u64 length)
{
	struct isle_account *account = &task->domain->account;
	struct isle_shm *shm;
	int err, id;

	if (!length || length > ISLE_SHM_MAX)
		return -EINVAL;
	length = PAGE_ALIGN(length);
	err = isle_account_charge(account, ISLE_QUOTA_MESSAGES, length);
	if (err)
		return err;
	shm = make(task->domain, length >> PAGE_SHIFT);
	if (!shm) {
		isle_account_uncharge(account, ISLE_QUOTA_MESSAGES, length);
		return -ENOMEM;
	}
	id = add(task, shm);
	if (id < 0)
		isle_shm_put(shm);
	return id;
}

/* Its number goes; what is mapped stays. */
static void close_locked(struct isle_shm *shm)
{
	lockdep_assert_held(&shms_lock);
	xa_erase(&shms, shm->id);
	list_del(&shm->in_task);
	isle_shm_put(shm);
}

/**
 * isle_shm_close() - let nobody map it any more
 * @task: a task of the domain that made it
 * @id: any number
 *
 * Return: 0, -ENOENT, or -EPERM if another domain made it.
 */
int isle_shm_close(struct isle_task *task, s32 id)
{
	struct isle_shm *shm;
	int err = 0;

	mutex_lock(&shms_lock);
	shm = id > 0 ? xa_load(&shms, id) : NULL;
	if (!shm || !isle_linked(task->domain, shm->domain))
		err = -ENOENT;
	else if (shm->domain != task->domain)
		err = -EPERM;
	else
		close_locked(shm);
	mutex_unlock(&shms_lock);
	return err;
}

/**
 * isle_shm_task_end() - close what a dead task has made
 * @task: the task
 */
void isle_shm_task_end(struct isle_task *task)
{
	struct isle_shm *shm, *next;

	mutex_lock(&shms_lock);
	list_for_each_entry_safe(shm, next, &task->shms, in_task)
		close_locked(shm);
	mutex_unlock(&shms_lock);
}

static struct isle_shm *get(struct isle_task *task, s32 id)
{
	struct isle_shm *shm;

	mutex_lock(&shms_lock);
	shm = id > 0 ? xa_load(&shms, id) : NULL;
	if (shm && isle_linked(task->domain, shm->domain))
		refcount_inc(&shm->refs);
	else
		shm = NULL;
	mutex_unlock(&shms_lock);
	return shm;
}

/**
 * isle_shm_length() - how long shared memory is
 * @task: who asks
 * @id: any number
 *
 * Return: bytes, or -ENOENT.
 */
s64 isle_shm_length(struct isle_task *task, s32 id)
{
	struct isle_shm *shm = get(task, id);
	s64 length;

	if (!shm)
		return -ENOENT;
	length = (s64)shm->n << PAGE_SHIFT;
	isle_shm_put(shm);
	return length;
}

/* ---- mappings ---------------------------------------------------------------- */

static void map_open(struct vm_area_struct *vma)
{
	struct isle_map *map = vma->vm_private_data;

	refcount_inc(&map->refs);
}

static void map_close(struct vm_area_struct *vma)
{
	struct isle_map *map = vma->vm_private_data;

	if (!refcount_dec_and_test(&map->refs))
		return;
	spin_lock(&map->task->lock);
	list_del_rcu(&map->node);
	spin_unlock(&map->task->lock);
	isle_shm_put(map->shm);
	kfree_rcu(map, rcu);
}

static int map_refuse_split(struct vm_area_struct *vma, unsigned long addr)
{
	return -EINVAL;
}

static int map_refuse_move(struct vm_area_struct *vma)
{
	return -EINVAL;
}

static const struct vm_operations_struct map_ops = {
	.open = map_open,
	.close = map_close,
	.may_split = map_refuse_split,
	.mremap = map_refuse_move,
};

static int record(struct isle_task *task, struct isle_map *map)
{
	struct list_head *node;
	int n = 0;

	spin_lock(&task->lock);
	list_for_each(node, &task->maps)
		n++;
	if (n < MAPS_MAX)
		list_add_rcu(&map->node, &task->maps);
	spin_unlock(&task->lock);
	return n < MAPS_MAX ? 0 : -ENOMEM;
}

/**
 * isle_shm_mmap() - map shared memory
 * @task: whose file is mapped
 * @vma: where; its offset is the number
 *
 * Return: 0, -ENOENT, -EINVAL if it is not the whole or could be executed, or
 * -ENOMEM.
 */
int isle_shm_mmap(struct isle_task *task, struct vm_area_struct *vma)
{
	struct isle_shm *shm;
	struct isle_map *map;
	int err;

	if (vma->vm_flags & VM_EXEC)
		return -EINVAL;
	if (vma->vm_pgoff > S32_MAX)
		return -ENOENT;
	shm = get(task, vma->vm_pgoff);
	if (!shm)
		return -ENOENT;
	err = -EINVAL;
	if (vma_pages(vma) != shm->n)
		goto err_shm;
	err = -ENOMEM;
	map = kzalloc(sizeof(*map), GFP_KERNEL_ACCOUNT);
	if (!map)
		goto err_shm;
	refcount_set(&map->refs, 1);
	map->task = task;
	map->shm = shm;
	map->start = vma->vm_start;
	err = vm_map_pages_zero(vma, shm->pages, shm->n);
	if (err)
		goto err_map;
	err = record(task, map);
	if (err)
		goto err_map;
	isle_vm_flags_mod(vma, VM_DONTCOPY | VM_DONTEXPAND | VM_DONTDUMP,
			  VM_MAYEXEC | (vma->vm_flags & VM_WRITE ?
					0 : VM_MAYWRITE));
	vma->vm_private_data = map;
	vma->vm_ops = &map_ops;
	return 0;

err_map:
	kfree(map);
err_shm:
	isle_shm_put(shm);
	return err;
}

/* ---- by reference ------------------------------------------------------------- */

/**
 * isle_shm_resolve() - find the shared memory that a payload lies in
 * @task: who sends it
 * @address: where it is in the sender's memory; a multiple of the page size
 * @length: bytes, not 0
 * @shm: the memory, with a reference
 * @offset: where in it
 *
 * Return: 0, -EINVAL, or -EBADMSG if it lies in none that @task has mapped.
 */
int isle_shm_resolve(struct isle_task *task, u64 address, u64 length,
		     struct isle_shm **shm, u64 *offset)
{
	struct isle_map *map;
	int err = -EBADMSG;

	if (!PAGE_ALIGNED(address))
		return -EINVAL;
	spin_lock(&task->lock);
	list_for_each_entry(map, &task->maps, node) {
		u64 size = (u64)map->shm->n << PAGE_SHIFT;

		if (address < map->start || address - map->start >= size ||
		    length > size - (address - map->start))
			continue;
		refcount_inc(&map->shm->refs);
		*shm = map->shm;
		*offset = address - map->start;
		err = 0;
		break;
	}
	spin_unlock(&task->lock);
	return err;
}

/**
 * isle_shm_translate() - where a receiver sees a payload in shared memory
 * @task: the receiver
 * @shm: the memory
 * @offset: where in it
 * @address: where that is in the receiver's memory
 *
 * Context: holds RCU.
 * Return: 0, or -EBADMSG if the receiver has not mapped it.
 */
int isle_shm_translate(struct isle_task *task, struct isle_shm *shm,
		       u64 offset, u64 *address)
{
	struct isle_map *map;

	list_for_each_entry_rcu(map, &task->maps, node) {
		if (map->shm == shm) {
			*address = map->start + offset;
			return 0;
		}
	}
	return -EBADMSG;
}
