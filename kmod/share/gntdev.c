// SPDX-License-Identifier: GPL-2.0
/*
 * The Xen face of mapping what was granted: /dev/xen/gntdev, as
 * uapi/xen/gntdev.h describes it.  A file collects references of other domains'
 * grants and maps them.
 *
 * MAP_GRANT_REF makes a map (share/map), which only has the references; mmap(2),
 * which works once, gets the pages.  The file lists its maps by their place in
 * it until UNMAP_GRANT_REF or its end.
 *
 * Where we differ from the driver for Xen: a failed mmap(2) can be repeated;
 * SET_MAX_GRANTS works, as the header says; the address in
 * GET_OFFSET_FOR_VADDR has to be in a mapping of this very file; what was
 * discarded from a mapping comes back when it is touched.
 *
 * Lock order: mmap_lock > gntdev.lock > what share/grant and share/event take.
 * So no user memory is touched under it.
 */
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <xen/interface/grant_table.h>
#include <xen/gntdev.h>

#include "core/domain.h"
#include "core/part.h"
#include "share/gntdev.h"
#include "share/grant_copy.h"
#include "share/map.h"

/* Pages of one map, as in the driver for Xen, and of a file */
#define COUNT_MAX	65536

/* Page numbers in a file: those whose offset is a loff_t */
#define INDEX_END	(1UL << (63 - PAGE_SHIFT))

/**
 * struct gntdev - a file
 * @domain: the mapper (constant)
 * @lock: protects the other fields
 * @maps: by page number
 * @next: where to look for a free page number
 * @pages: of all maps
 * @limit: of @pages
 */
struct gntdev {
	struct isle_domain *domain;
	struct mutex lock;	/* see above */
	struct rb_root maps;
	unsigned long next;
	u32 pages;
	u32 limit;
};

/* The first map that ends behind @index, or NULL.  Holds the file's lock. */
static struct isle_map *map_at_or_behind(struct gntdev *file, u64 index)
{
	struct rb_node *node = file->maps.rb_node;
	struct isle_map *found = NULL, *map;

	lockdep_assert_held(&file->lock);
	while (node) {
		map = rb_entry(node, struct isle_map, node);
		if (index < map->index + map->count) {
			found = map;
			node = node->rb_left;
		} else {
			node = node->rb_right;
		}
	}
	return found;
}

/* The map that @index is in, or NULL.  Holds the file's lock. */
static struct isle_map *map_with(struct gntdev *file, u64 index)
{
	struct isle_map *map = map_at_or_behind(file, index);

	return map && map->index <= index ? map : NULL;
}

/* @count 0: whatever its count is.  Holds the file's lock. */
static struct isle_map *map_exactly(struct gntdev *file, u64 index, u64 count)
{
	struct isle_map *map = map_with(file, index);

	if (map && (map->index != index || (count && map->count != count)))
		map = NULL;
	return map;
}

static bool map_less(struct rb_node *a, const struct rb_node *b)
{
	return rb_entry(a, struct isle_map, node)->index <
	       rb_entry(b, struct isle_map, node)->index;
}

/*
 * Give the map a place in the file, and list it.
 *
 * Places go round, so that one is not soon used again, but a file without maps
 * begins at 0: there are programs that count on it.
 */
static int map_list(struct gntdev *file, struct isle_map *map)
{
	struct isle_map *taken;

	lockdep_assert_held(&file->lock);
	if (file->limit < map->count || file->pages > file->limit - map->count)
		return -ENOMEM;
	map->index = RB_EMPTY_ROOT(&file->maps) ? 0 : file->next;
	/* There are far more places than maps: it ends */
	for (;;) {
		if (map->index > INDEX_END - map->count)
			map->index = 0;
		taken = map_at_or_behind(file, map->index);
		if (!taken || taken->index >= map->index + map->count)
			break;
		map->index = taken->index + taken->count;
	}
	file->next = map->index + map->count;
	file->pages += map->count;
	rb_add(&map->node, &file->maps, map_less);
	map->listed = true;
	return 0;
}

/* Returns whether the caller now has the file's reference to put. */
static bool map_unlist(struct gntdev *file, struct isle_map *map)
{
	lockdep_assert_held(&file->lock);
	if (!map->listed)
		return false;
	map->listed = false;
	rb_erase(&map->node, &file->maps);
	file->pages -= map->count;
	return true;
}

/* Find what to map and keep others from mapping it. */
static struct isle_map *map_claim(struct gntdev *file, unsigned long index,
				  unsigned long count)
{
	struct isle_map *map;

	mutex_lock(&file->lock);
	map = map_exactly(file, index, count);
	if (map && !map->used) {
		map->used = true;
		refcount_inc(&map->users);
	} else {
		map = NULL;
	}
	mutex_unlock(&file->lock);
	return map;
}

static int fop_mmap(struct file *filp, struct vm_area_struct *vma)
{
	struct gntdev *file = filp->private_data;
	struct isle_map *map;
	int err;

	if (isle_domain_dead(file->domain))
		return -ENODEV;
	if (vma->vm_flags & VM_WRITE && !(vma->vm_flags & VM_SHARED))
		return -EINVAL;
	map = map_claim(file, vma->vm_pgoff, vma_pages(vma));
	if (!map)
		return -EINVAL;
	err = isle_map_enter(map, vma);
	mutex_lock(&file->lock);
	if (err) {
		map->used = false;
	} else {
		map->mapped = true;
		map->write = vma->vm_flags & VM_WRITE;
	}
	mutex_unlock(&file->lock);
	if (err)
		isle_map_put(map);
	return err;
}

static int ioctl_map(struct gntdev *file,
		     struct ioctl_gntdev_map_grant_ref __user *arg)
{
	struct ioctl_gntdev_map_grant_ref op;
	struct isle_map *map;
	bool unlisted;
	int err;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (!op.count || op.count > COUNT_MAX)
		return -EINVAL;
	map = isle_map_make(file->domain, op.count);
	if (IS_ERR(map))
		return PTR_ERR(map);
	if (copy_from_user(map->refs, arg->refs,
			   op.count * sizeof(*map->refs))) {
		err = -EFAULT;
		goto err_map;
	}
	mutex_lock(&file->lock);
	err = map_list(file, map);
	if (!err)
		refcount_inc(&map->users);	/* for us */
	mutex_unlock(&file->lock);
	if (err)
		goto err_map;

	if (put_user((u64)map->index << PAGE_SHIFT, &arg->index)) {
		err = -EFAULT;
		mutex_lock(&file->lock);
		/* Unless somebody has guessed where it is */
		unlisted = map_unlist(file, map);
		mutex_unlock(&file->lock);
		if (unlisted)
			isle_map_put(map);
	}
err_map:
	isle_map_put(map);
	return err;
}

static int ioctl_unmap(struct gntdev *file, void __user *arg)
{
	struct ioctl_gntdev_unmap_grant_ref op;
	struct isle_map *map;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	mutex_lock(&file->lock);
	map = map_exactly(file, op.index >> PAGE_SHIFT, op.count);
	if (map)
		map_unlist(file, map);
	mutex_unlock(&file->lock);
	if (!map)
		return -ENOENT;
	isle_map_put(map);
	return 0;
}

static int ioctl_offset(struct file *filp, void __user *arg)
{
	struct ioctl_gntdev_get_offset_for_vaddr op;
	struct vm_area_struct *vma;
	struct isle_map *map;
	int err = -EINVAL;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (mmap_read_lock_killable(current->mm))
		return -EINTR;
	vma = vma_lookup(current->mm, op.vaddr);
	/* Of another file it would say something about that one */
	map = vma && vma->vm_file == filp ? isle_map_of(vma) : NULL;
	if (map) {
		op.offset = (u64)map->index << PAGE_SHIFT;
		op.count = map->count;
		err = 0;
	}
	mmap_read_unlock(current->mm);
	if (!err && copy_to_user(arg, &op, sizeof(op)))
		err = -EFAULT;
	return err;
}

static int ioctl_max_grants(struct gntdev *file, void __user *arg)
{
	struct ioctl_gntdev_set_max_grants op;
	int err = 0;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	if (op.count > COUNT_MAX)
		return -E2BIG;
	mutex_lock(&file->lock);
	if (RB_EMPTY_ROOT(&file->maps))
		file->limit = op.count;
	else
		err = -EBUSY;
	mutex_unlock(&file->lock);
	return err;
}

static int ioctl_notify(struct gntdev *file, void __user *arg)
{
	struct ioctl_gntdev_unmap_notify op;
	struct isle_notify notify;
	struct isle_map *map;
	int err;

	if (copy_from_user(&op, arg, sizeof(op)))
		return -EFAULT;
	err = isle_notify_set(&notify, file->domain, op.action, 0,
			      op.event_channel_port);
	if (err)
		return err;
	mutex_lock(&file->lock);
	map = map_with(file, op.index >> PAGE_SHIFT);
	if (!map) {
		err = -ENOENT;
	} else if (op.action & UNMAP_NOTIFY_CLEAR_BYTE && map->mapped &&
		   !map->write) {
		err = -EINVAL;
	} else {
		notify.offset = op.index - ((u64)map->index << PAGE_SHIFT);
		swap(notify, map->notify);
	}
	mutex_unlock(&file->lock);
	/* The old one, or the new one that was refused */
	isle_notify_drop(&notify);
	return err;
}

static long fop_ioctl(struct file *filp, unsigned int cmd, unsigned long arg)
{
	struct gntdev *file = filp->private_data;
	void __user *user = (void __user *)arg;

	if (isle_domain_dead(file->domain))
		return -ENODEV;
	switch (cmd) {
	case IOCTL_GNTDEV_MAP_GRANT_REF:
		return ioctl_map(file, user);
	case IOCTL_GNTDEV_UNMAP_GRANT_REF:
		return ioctl_unmap(file, user);
	case IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR:
		return ioctl_offset(filp, user);
	case IOCTL_GNTDEV_SET_MAX_GRANTS:
		return ioctl_max_grants(file, user);
	case IOCTL_GNTDEV_SET_UNMAP_NOTIFY:
		return ioctl_notify(file, user);
	case IOCTL_GNTDEV_GRANT_COPY:
		return isle_grant_copy(file->domain, user);
	}
	return -ENOTTY;
}

static int fop_release(struct inode *inode, struct file *filp)
{
	struct gntdev *file = filp->private_data;
	struct isle_map *map, *next;

	if (!file)
		return 0;
	/* A vma keeps the file open: nobody else has a reference to a map */
	rbtree_postorder_for_each_entry_safe(map, next, &file->maps, node)
		isle_map_put(map);
	isle_domain_detach_file(file->domain);
	mutex_destroy(&file->lock);
	kfree(file);
	return 0;
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.unlocked_ioctl = fop_ioctl,
	.mmap = fop_mmap,
	.release = fop_release,
	.llseek = noop_llseek,
};

static int face_open(struct isle_domain *domain, struct file *filp)
{
	struct gntdev *file = kzalloc(sizeof(*file), GFP_KERNEL_ACCOUNT);

	if (!file)
		return -ENOMEM;
	file->domain = domain;
	mutex_init(&file->lock);
	file->maps = RB_ROOT;
	file->limit = U32_MAX;
	filp->private_data = file;
	return 0;
}

static const struct isle_face face = {
	.id = ISLE_OPEN_GNTDEV,
	.name = "xen!gntdev",
	.xen = true,
	.fops = &fops,
	.open = face_open,
};

/**
 * isle_gntdev_init() - offer gntdev
 *
 * Return: 0 or a negative errno.
 */
int isle_gntdev_init(void)
{
	return isle_face_register(&face);
}

/**
 * isle_gntdev_exit() - undo isle_gntdev_init()
 */
void isle_gntdev_exit(void)
{
	isle_face_unregister(&face);
}
