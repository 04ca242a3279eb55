// SPDX-License-Identifier: GPL-2.0
/*
 * Key-value devices: making one, and the ioctls of its file.
 *
 * Every call looks the key up anew, in the directory or in the index, and
 * enters the device for as long as it takes: the backing is there that long.
 * There is no lock but for the list of open values.
 */
#include <linux/err.h>
#include <linux/file.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/sizes.h>
#include <linux/slab.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

#include "core/domain.h"
#include "core/file.h"
#include "core/name.h"
#include "device/kv.h"
#include "device/kv_dir.h"

#define LIST_MAX	SZ_64K

static const struct isle_device_class kv_class;

static struct isle_kv *file_kv(const struct file *file)
{
	return to_isle_kv(file->private_data);
}

/* From user memory, with a zero behind it; @empty: may be no bytes */
static char *copy_key(u64 from, u32 len, bool empty)
{
	char *key;
	int err;

	if (len > ISLE_KV_KEY_MAX)
		return ERR_PTR(-ENAMETOOLONG);
	key = memdup_user_nul(u64_to_user_ptr(from), len);
	if (IS_ERR(key) || (empty && !len))
		return key;
	err = isle_kv_key_check(key, len);
	if (err) {
		kfree(key);
		return ERR_PTR(err);
	}
	return key;
}

/* Where the value of @key is; the caller has entered @kv, and puts the file. */
static int find(struct isle_kv *kv, const char *key, size_t len,
		struct isle_kv_area *area)
{
	const struct isle_kv_entry *entry;

	if (kv->kind == ISLE_KV_DIR) {
		area->file = isle_kv_dir_open(kv->file, key);
		area->start = 0;
		area->length = 0;
		area->whole = true;
		return PTR_ERR_OR_ZERO(area->file);
	}
	entry = isle_kv_index_find(&kv->index, key, len);
	if (IS_ERR(entry))
		return PTR_ERR(entry);
	area->file = get_file(kv->file);
	area->start = entry->offset;
	area->length = entry->length;
	area->whole = false;
	return 0;
}

static int ioctl_info(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_kv *kv = file_kv(file);
	struct isle_kv_info *info = arg;

	if (!isle_is_zero(&info->flags, sizeof(*info) - sizeof(info->size)))
		return -EINVAL;
	if (isle_device_dead(&kv->device))
		return -ENODEV;
	info->backing = kv->kind;
	info->entries = kv->index.count;
	return 0;
}

static int open_value(struct isle_kv *kv, struct isle_kv_open *open,
		      const char *key, struct isle_reply *reply)
{
	struct isle_kv_area area;
	int err = find(kv, key, open->key_length, &area);

	if (err)
		return err;
	err = isle_reply_file(reply, isle_kv_value_open(kv, &area));
	if (err >= 0) {
		open->fd = err;
		open->bytes = isle_kv_area_size(&area);
		open->page_offset = offset_in_page(area.start);
		err = 0;
	}
	fput(area.file);
	return err;
}

static int ioctl_open(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_kv *kv = file_kv(file);
	struct isle_kv_open *open = arg;
	char *key;
	int err;

	if (!isle_is_zero(&open->flags, sizeof(*open) -
			  offsetof(typeof(*open), flags)))
		return -EINVAL;
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (isle_device_dead(&kv->device))
		return -ENODEV;
	key = copy_key(open->key, open->key_length, false);
	if (IS_ERR(key))
		return PTR_ERR(key);
	err = -ENODEV;
	if (isle_device_enter(&kv->device)) {
		err = open_value(kv, open, key, reply);
		isle_device_leave(&kv->device);
	}
	kfree(key);
	return err;
}

/*
 * All that was asked for, up to the end of the value: fewer bytes would mean
 * that it ends there. Memory that cannot be reached ends it as well.
 */
static ssize_t read_area(const struct isle_kv_area *area, struct kiocb *iocb,
			 struct iov_iter *iter)
{
	ssize_t ret = isle_kv_area_read(area, iocb, iter);
	ssize_t more;

	if (ret <= 0 || !iov_iter_count(iter) ||
	    iocb->ki_pos >= isle_kv_area_size(area))
		return ret;
	more = isle_kv_area_read(area, iocb, iter);
	if (more < 0)
		return more == -EFAULT ? ret : more;
	return ret + more;
}

static int read_value(struct isle_kv *kv, struct isle_kv_read *read,
		      const char *key, struct file *file)
{
	void __user *buffer = u64_to_user_ptr(read->buffer);
	size_t length = min_t(u64, read->length, MAX_RW_COUNT);
	struct isle_kv_area area;
	struct iov_iter iter;
	struct kiocb iocb;
	ssize_t ret;
	int err;

	if (!access_ok(buffer, length))
		return -EFAULT;
	iov_iter_ubuf(&iter, READ, buffer, length);
	err = find(kv, key, read->key_length, &area);
	if (err)
		return err;
	init_sync_kiocb(&iocb, file);
	iocb.ki_flags = 0;
	iocb.ki_pos = read->offset;
	ret = read_area(&area, &iocb, &iter);
	if (ret >= 0) {
		read->length = ret;
		read->bytes = isle_kv_area_size(&area);
		ret = 0;
	}
	fput(area.file);
	return ret;
}

static int ioctl_read(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_kv *kv = file_kv(file);
	struct isle_kv_read *read = arg;
	char *key;
	int err;

	if (read->bytes || read->offset > LLONG_MAX)
		return -EINVAL;
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (isle_device_dead(&kv->device))
		return -ENODEV;
	key = copy_key(read->key, read->key_length, false);
	if (IS_ERR(key))
		return PTR_ERR(key);
	err = -ENODEV;
	if (isle_device_enter(&kv->device)) {
		err = read_value(kv, read, key, file);
		isle_device_leave(&kv->device);
	}
	kfree(key);
	return err;
}

static int list(struct isle_kv *kv, struct isle_kv_list *list, const char *key,
		struct isle_kv_names *names)
{
	int err = -ENODEV;

	if (!isle_device_enter(&kv->device))
		return err;
	if (kv->kind == ISLE_KV_DIR)
		err = isle_kv_dir_list(kv->file, key, &list->cursor, names);
	else
		err = isle_kv_index_list(&kv->index, key, list->key_length,
					 &list->cursor, names);
	isle_device_leave(&kv->device);
	if (err)
		return err;
	if (copy_to_user(u64_to_user_ptr(list->buffer), names->buf,
			 names->used))
		return -EFAULT;
	list->length = names->used;
	return 0;
}

static int ioctl_list(struct file *file, void *arg, struct isle_reply *reply)
{
	struct isle_kv *kv = file_kv(file);
	struct isle_kv_list *arguments = arg;
	struct isle_kv_names names = {
		.size = min_t(u32, arguments->length, LIST_MAX),
	};
	char *key;
	int err;

	if (arguments->flags || arguments->length < ISLE_KV_LIST_MIN)
		return -EINVAL;
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (isle_device_dead(&kv->device))
		return -ENODEV;
	key = copy_key(arguments->key, arguments->key_length, true);
	if (IS_ERR(key))
		return PTR_ERR(key);
	err = -ENOMEM;
	names.buf = kvmalloc(names.size, GFP_KERNEL_ACCOUNT);
	if (names.buf)
		err = list(kv, arguments, key, &names);
	kvfree(names.buf);
	kfree(key);
	return err;
}

static const struct isle_ioctl ioctls[] = {
	ISLE_IOCTL(ISLE_DEVICE_ID, isle_device_id, name, isle_device_ioctl_id),
	ISLE_IOCTL(ISLE_KV_INFO, isle_kv_info, entries, ioctl_info),
	ISLE_IOCTL(ISLE_KV_OPEN, isle_kv_open, reserved, ioctl_open),
	ISLE_IOCTL(ISLE_KV_READ, isle_kv_read, bytes, ioctl_read),
	ISLE_IOCTL(ISLE_KV_LIST, isle_kv_list, flags, ioctl_list),
};

static long fop_ioctl(struct file *file, unsigned int cmd, unsigned long arg)
{
	return isle_ioctl(ioctls, ARRAY_SIZE(ioctls), file, cmd,
			  (void __user *)arg);
}

static const struct file_operations fops = {
	.owner = THIS_MODULE,
	.poll = isle_device_fop_poll,
	.unlocked_ioctl = fop_ioctl,
	.compat_ioctl = compat_ptr_ioctl,
	.release = isle_device_fop_release,
	.show_fdinfo = isle_device_fop_show_fdinfo,
};

static int check_config(const struct isle_kv_config *config)
{
	if (config->flags)
		return -EINVAL;
	switch (config->backing) {
	case ISLE_KV_DIR:
		return config->index || config->keys || config->entries ||
		       config->keys_length ? -EINVAL : 0;
	case ISLE_KV_INDEX:
		return config->entries > ISLE_KV_ENTRIES_MAX ||
		       config->keys_length > ISLE_KV_KEYS_MAX ? -EINVAL : 0;
	default:
		return -EINVAL;
	}
}

static int check_file(const struct file *file, enum isle_kv_backing kind)
{
	umode_t mode = file_inode(file)->i_mode;

	if (kind == ISLE_KV_DIR ? !S_ISDIR(mode) : !S_ISREG(mode))
		return kind == ISLE_KV_DIR ? -ENOTDIR : -EINVAL;
	if (!(file->f_mode & FMODE_READ))
		return -EBADF;
	if (kind == ISLE_KV_DIR)
		return 0;
	/* One of ours would lead back here */
	if (!file->f_op->read_iter || file->f_op->owner == THIS_MODULE)
		return -EINVAL;
	return 0;
}

static int init_index(struct isle_kv *kv, struct isle_domain *domain,
		      const struct isle_kv_config *config)
{
	u64 charge = isle_kv_index_charge(config);
	int err;

	err = isle_account_charge(&domain->account, ISLE_QUOTA_MEMORY, charge);
	if (err)
		return err;
	err = isle_kv_index_load(&kv->index, config,
				 i_size_read(file_inode(kv->file)));
	if (err) {
		isle_account_uncharge(&domain->account, ISLE_QUOTA_MEMORY,
				      charge);
		return err;
	}
	kv->charge = charge;
	return 0;
}

static void end_index(struct isle_kv *kv, struct isle_domain *domain)
{
	if (kv->kind != ISLE_KV_INDEX)
		return;
	isle_kv_index_free(&kv->index);
	isle_account_uncharge(&domain->account, ISLE_QUOTA_MEMORY, kv->charge);
}

static struct isle_device *kv_create(struct isle_domain *domain,
				     const void __user *arg)
{
	struct isle_kv_config config;
	struct isle_kv *kv;
	int err;

	err = isle_copy_struct(&config, sizeof(config),
			       offsetofend(struct isle_kv_config, keys_length),
			       arg);
	if (!err)
		err = check_config(&config);
	if (err)
		return ERR_PTR(err);

	kv = kzalloc(sizeof(*kv), GFP_KERNEL_ACCOUNT);
	if (!kv)
		return ERR_PTR(-ENOMEM);
	kv->kind = config.backing;
	mutex_init(&kv->lock);
	INIT_LIST_HEAD(&kv->values);
	err = -EBADF;
	kv->file = fget(config.fd);
	if (!kv->file)
		goto err_free;
	err = check_file(kv->file, kv->kind);
	if (err)
		goto err_file;
	if (kv->kind == ISLE_KV_INDEX)
		err = init_index(kv, domain, &config);
	if (err)
		goto err_file;
	err = isle_device_init(&kv->device, &kv_class, domain);
	if (err)
		goto err_index;
	return &kv->device;

err_index:
	end_index(kv, domain);
err_file:
	fput(kv->file);
err_free:
	kfree(kv);
	return ERR_PTR(err);
}

/* Nobody is in the device: values that are open have no use for their files. */
static void kv_drained(struct isle_device *device)
{
	struct isle_kv *kv = to_isle_kv(device);
	struct isle_kv_value *value;

	mutex_lock(&kv->lock);
	list_for_each_entry(value, &kv->values, list) {
		isle_file_put(value->area.file);
		value->area.file = NULL;
	}
	mutex_unlock(&kv->lock);
	isle_file_put(kv->file);
	kv->file = NULL;
	end_index(kv, device->domain);
}

static void kv_release(struct isle_device *device)
{
	struct isle_kv *kv = to_isle_kv(device);

	mutex_destroy(&kv->lock);
	kfree(kv);
}

static void kv_show(struct seq_file *m, struct isle_device *device)
{
	struct isle_kv *kv = to_isle_kv(device);

	if (kv->kind == ISLE_KV_DIR)
		seq_puts(m, " backing=dir:");
	else
		seq_printf(m, " entries=%u backing=index:", kv->index.count);
	seq_file_path(m, kv->file, "\n\t \\");
}

static const struct isle_device_class kv_class = {
	.id = ISLE_CLASS_KV,
	.name = "kv",
	.node = {
		.open = isle_device_node_open,
		.get = isle_device_node_get,
		.put = isle_device_node_put,
		.fops = &fops,
		.groups = isle_kv_groups,
	},
	.create = kv_create,
	.drained = kv_drained,
	.release = kv_release,
	.show = kv_show,
};

/**
 * isle_kv_init() - offer key-value devices
 *
 * Return: 0.
 */
int isle_kv_init(void)
{
	return isle_device_class_register(&kv_class);
}

/**
 * isle_kv_exit() - undo isle_kv_init(); no device is left
 */
void isle_kv_exit(void)
{
	isle_device_class_unregister(&kv_class);
}
