// SPDX-License-Identifier: GPL-2.0
/*
 * What there is, as JSON: the schema that islectl(8) describes.  Owns nothing;
 * the objects are the caller's.
 */
#include <json-c/json.h>
#include <unistd.h>

#include <libisle-console.h>
#include <libisle-kv.h>

#include "islectl.h"

static void add_string(struct json_object *to, const char *key, const char *value)
{
	json_object_object_add(to, key, json_object_new_string(value));
}

static void add_number(struct json_object *to, const char *key, uint64_t value)
{
	json_object_object_add(to, key, json_object_new_uint64(value));
}

static void add_bool(struct json_object *to, const char *key, bool value)
{
	json_object_object_add(to, key, json_object_new_boolean(value));
}

struct json_object *describe_links(struct isle_control *control, uint32_t domid)
{
	struct json_object *links = json_object_new_array();
	struct isle_link_next link = { .size = sizeof(link) };
	struct json_object *object;
	uint64_t cursor = 0;

	while (isle_control_link_next(control, domid, &cursor, &link) > 0) {
		object = json_object_new_object();
		add_string(object, "name", link.name);
		add_number(object, "domid", link.peer);
		json_object_array_add(links, object);
	}
	return links;
}

struct json_object *describe_quotas(struct isle_control *control, uint32_t domid)
{
	struct json_object *quotas = json_object_new_object();
	struct json_object *object;

	for (uint32_t kind = 0; kind < ISLE_QUOTA_KINDS; kind++) {
		struct isle_quota quota = { .size = sizeof(quota) };

		if (isle_control_quota_get(control, domid, kind, &quota))
			continue;
		object = json_object_new_object();
		add_number(object, "used", quota.used);
		add_number(object, "limit", quota.limit);
		json_object_object_add(quotas, isle_quota_name(kind), object);
	}
	return quotas;
}

static const char *backing_name(uint32_t backing)
{
	switch (backing) {
	case ISLE_BLK_MEMORY:
		return "memory";
	case ISLE_BLK_FILE:
		return "file";
	case ISLE_BLK_DEVICE:
		return "device";
	default:
		return "unknown";
	}
}

void describe_blk(struct json_object *to, const struct isle_blk_info *info)
{
	add_string(to, "backing", backing_name(info->backing));
	add_number(to, "bytes", info->size_sectors * info->sector_size);
	add_number(to, "sector_size", info->sector_size);
	add_number(to, "size_sectors", info->size_sectors);
	add_bool(to, "read_only", info->flags & ISLE_BLK_READ_ONLY);
	add_bool(to, "write_cache", info->flags & ISLE_BLK_WRITE_CACHE);
	add_bool(to, "direct", info->flags & ISLE_BLK_DIRECT);
	add_bool(to, "discard", info->flags & ISLE_BLK_DISCARD);
}

void describe_fs(struct json_object *to, const struct isle_fs_info *info)
{
	bool dir = info->backing == ISLE_FS_DIR;

	add_string(to, "backing", dir ? "dir" : "image");
	if (!dir)
		add_string(to, "type", info->type == ISLE_FS_VFAT ? "vfat" : "ext4");
	add_string(to, "state", info->state ? because(-(int)info->state) : "ready");
	add_number(to, "bytes", info->bytes);
	add_number(to, "free_bytes", info->free_bytes);
	if (!dir)
		add_number(to, "device_bytes", info->device_bytes);
	add_bool(to, "read_only", info->flags & ISLE_FS_READ_ONLY);
	add_bool(to, "can_format", info->flags & ISLE_FS_CAN_FORMAT);
}

void describe_kv(struct json_object *to, const struct isle_kv_info *info)
{
	bool dir = info->backing == ISLE_KV_DIR;

	add_string(to, "backing", dir ? "dir" : "index");
	if (!dir)
		add_number(to, "entries", info->entries);
}

void describe_console(struct json_object *to, const struct isle_console_info *info)
{
	add_bool(to, "hold", info->flags & ISLE_CONSOLE_HOLD);
	add_bool(to, "sink", info->flags & ISLE_CONSOLE_SINK);
	add_bool(to, "source", info->flags & ISLE_CONSOLE_SOURCE);
	json_object_object_add(to, "sink_error", info->sink_error ?
			       json_object_new_string(because(-(int)info->sink_error)) : NULL);
	add_number(to, "written", info->written);
	add_number(to, "dropped", info->dropped);
	add_number(to, "space", info->space);
	add_number(to, "input", info->input);
	add_number(to, "hosts", info->hosts);
}

/** describe_id() - which device it is */
void describe_id(struct json_object *to, const struct isle_device_id *id)
{
	const char *cls = isle_class_name(id->dev_class);

	add_string(to, "domain", id->domain);
	add_number(to, "domid", id->domid);
	add_string(to, "class", cls ? cls : "unknown");
	add_string(to, "name", id->name);
	add_number(to, "unique", id->unique);
}

/* The domain's own files tell about a device, its entry in the list does not. */
static int ask_listed(struct isle_domain *domain, const struct isle_device_next *device,
		      uint32_t flags, struct json_object *to)
{
	int fd = isle_domain_device_open(domain, device->dev_class, device->name, flags);
	int rc;

	if (fd < 0)
		return fd;
	rc = ask_device(device->dev_class, fd, false, to);
	close(fd);
	return rc;
}

/* @opened: whether @domain could be, 0 or a negative errno */
static void describe_listed(struct isle_domain *domain, int opened,
			    const struct isle_device_next *device, struct json_object *to)
{
	const struct device_class *class = device_class(device->dev_class);
	const char *cls = isle_class_name(device->dev_class);
	int rc;

	add_string(to, "class", cls ? cls : "unknown");
	add_string(to, "name", device->name);
	add_number(to, "unique", device->unique);
	if (!class)
		return;
	rc = opened ? opened : ask_listed(domain, device, class->flags, to);
	if (rc)
		add_string(to, "error", because(rc));
}

struct json_object *describe_devices(struct isle_control *control, uint32_t domid)
{
	struct isle_device_next device = { .size = sizeof(device) };
	struct json_object *devices = json_object_new_array();
	struct isle_domain *domain = NULL;
	struct json_object *object;
	uint64_t cursor = 0;
	int rc;

	rc = isle_control_domain_open(control, domid, &domain);
	while (isle_control_device_next(control, domid, &cursor, &device) > 0) {
		object = json_object_new_object();
		describe_listed(domain, rc, &device, object);
		json_object_array_add(devices, object);
	}
	isle_domain_close(domain);
	return devices;
}

/** describe_domains() - an array, without what the domains have */
struct json_object *describe_domains(struct isle_control *control)
{
	struct isle_domain_info info = { .size = sizeof(info) };
	struct json_object *domains = json_object_new_array();
	struct json_object *object;
	uint64_t cursor = 0;
	int rc;

	while ((rc = isle_control_domain_next(control, &cursor, &info)) > 0) {
		object = json_object_new_object();
		add_string(object, "name", info.name);
		add_number(object, "domid", info.domid);
		add_number(object, "unique", info.unique);
		add_bool(object, "published", info.state & ISLE_DOMAIN_PUBLISHED);
		add_bool(object, "xen", info.state & ISLE_DOMAIN_XEN);
		add_number(object, "device_count", info.devices);
		add_number(object, "link_count", info.links);
		add_number(object, "file_count", info.files);
		json_object_array_add(domains, object);
	}
	if (rc)
		die("cannot list domains: %s", because(rc));
	return domains;
}
