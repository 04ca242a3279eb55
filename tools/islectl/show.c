// SPDX-License-Identifier: GPL-2.0
/*
 * The objects of describe.c for people.  Owns nothing.
 */
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <string.h>

#include "islectl.h"

void print_json(struct json_object *object)
{
	printf("%s\n", json_object_to_json_string_ext(object,
						      JSON_C_TO_STRING_PRETTY |
						      JSON_C_TO_STRING_SPACED |
						      JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(object);
}

/** human_size() - exact if it can be in few digits: "64 MiB", "1.5 KiB", "700 B" */
const char *human_size(uint64_t bytes, char *buf, size_t size)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB" };
	uint64_t whole = bytes;
	unsigned int unit = 0;

	while (whole >= 1024) {
		whole /= 1024;
		unit++;
	}
	if (bytes == whole << (10 * unit))
		snprintf(buf, size, "%" PRIu64 " %s", whole, units[unit]);
	else
		snprintf(buf, size, "%.1f %s", (double)bytes / (double)(1ULL << (10 * unit)),
			 units[unit]);
	return buf;
}

static struct json_object *get(struct json_object *object, const char *key)
{
	return json_object_object_get(object, key);
}

static bool is(struct json_object *object, const char *key)
{
	return json_object_get_boolean(get(object, key));
}

/** show_blk() - one line about a block device, without its name */
void show_blk(struct json_object *blk)
{
	const char *error = json_object_get_string(get(blk, "error"));
	char size[32];

	if (error) {
		printf("cannot be opened: %s\n", error);
		return;
	}
	printf("%s %s, sectors of %" PRIu64 ", %s%s%s%s\n",
	       human_size(json_object_get_uint64(get(blk, "bytes")), size, sizeof(size)),
	       json_object_get_string(get(blk, "backing")),
	       json_object_get_uint64(get(blk, "sector_size")),
	       is(blk, "read_only") ? "read-only" : "read-write",
	       is(blk, "write_cache") ? ", write cache" : "",
	       is(blk, "direct") ? ", direct" : "",
	       is(blk, "discard") ? ", discard" : "");
}

/** show_fs() - one line about a device with files, without its name */
void show_fs(struct json_object *fs)
{
	const char *error = json_object_get_string(get(fs, "error"));
	const char *type = json_object_get_string(get(fs, "type"));
	const char *state = json_object_get_string(get(fs, "state"));
	char size[32], room[32];

	if (error) {
		printf("cannot be opened: %s\n", error);
		return;
	}
	printf("%s, ", type ? type : "directory");
	if (strcmp(state, "ready"))
		printf("%s", state);
	else
		printf("%s, %s free",
		       human_size(json_object_get_uint64(get(fs, "bytes")), size, sizeof(size)),
		       human_size(json_object_get_uint64(get(fs, "free_bytes")), room,
				  sizeof(room)));
	printf(", %s%s\n", is(fs, "read_only") ? "read-only" : "read-write",
	       is(fs, "can_format") ? ", can be formatted" : "");
}

static void show_amount(const char *kind, uint64_t amount)
{
	char size[32];

	if (amount == UINT64_MAX)
		printf("unlimited");
	else if (!strcmp(kind, isle_quota_name(ISLE_QUOTA_MEMORY)))
		printf("%s", human_size(amount, size, sizeof(size)));
	else
		printf("%" PRIu64, amount);
}

/** show_quotas() - "KIND USED of LIMIT", each but the last with @separator */
void show_quotas(struct json_object *quotas, const char *separator)
{
	const char *between = "";

	json_object_object_foreach(quotas, kind, quota) {
		printf("%s%s ", between, kind);
		show_amount(kind, json_object_get_uint64(get(quota, "used")));
		printf(" of ");
		show_amount(kind, json_object_get_uint64(get(quota, "limit")));
		between = separator;
	}
	printf("\n");
}
