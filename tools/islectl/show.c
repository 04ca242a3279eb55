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

/* ---- fields of an object; 0, false or NULL if it has none such ------------ */

struct json_object *field_object(struct json_object *object, const char *key)
{
	return json_object_object_get(object, key);
}

const char *field_string(struct json_object *object, const char *key)
{
	return json_object_get_string(field_object(object, key));
}

uint64_t field_number(struct json_object *object, const char *key)
{
	return json_object_get_uint64(field_object(object, key));
}

bool field_bool(struct json_object *object, const char *key)
{
	return json_object_get_boolean(field_object(object, key));
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

/* ---- one line about a device, without its name --------------------------- */

void show_blk(struct json_object *blk)
{
	char size[32];

	printf("%s %s, sectors of %" PRIu64 ", %s%s%s%s\n",
	       human_size(field_number(blk, "bytes"), size, sizeof(size)),
	       field_string(blk, "backing"),
	       field_number(blk, "sector_size"),
	       field_bool(blk, "read_only") ? "read-only" : "read-write",
	       field_bool(blk, "write_cache") ? ", write cache" : "",
	       field_bool(blk, "direct") ? ", direct" : "",
	       field_bool(blk, "discard") ? ", discard" : "");
}

void show_fs(struct json_object *fs)
{
	const char *type = field_string(fs, "type");
	const char *state = field_string(fs, "state");
	char size[32], room[32];

	printf("%s, ", type ? type : "directory");
	if (strcmp(state, "ready"))
		printf("%s", state);
	else
		printf("%s, %s free", human_size(field_number(fs, "bytes"), size, sizeof(size)),
		       human_size(field_number(fs, "free_bytes"), room, sizeof(room)));
	printf(", %s%s\n", field_bool(fs, "read_only") ? "read-only" : "read-write",
	       field_bool(fs, "can_format") ? ", can be formatted" : "");
}

void show_kv(struct json_object *kv)
{
	if (field_object(kv, "entries"))
		printf("index of %" PRIu64 " values\n", field_number(kv, "entries"));
	else
		printf("directory\n");
}

void show_console(struct json_object *console)
{
	const char *sink = field_string(console, "sink_error");

	printf("%" PRIu64 " bytes printed, %" PRIu64 " dropped, %" PRIu64 " typed and not read, "
	       "%" PRIu64 " attached%s",
	       field_number(console, "written"), field_number(console, "dropped"),
	       field_number(console, "input"), field_number(console, "hosts"),
	       field_bool(console, "hold") ? ", hold" : "");
	if (sink)
		printf(", sink given up: %s", sink);
	else if (field_bool(console, "sink"))
		printf(", sink");
	printf("\n");
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
		show_amount(kind, field_number(quota, "used"));
		printf(" of ");
		show_amount(kind, field_number(quota, "limit"));
		between = separator;
	}
	printf("\n");
}
