// SPDX-License-Identifier: GPL-2.0
/*
 * Messages by name: texts of the command line become fields of a message, and
 * fields of a reply become texts, as an interface says.
 */
#include <errno.h>
#include <inttypes.h>
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "islectl.h"
#include "msg_types.h"

/* The message called so; ends islectl with what there is if it is none. */
const struct message *find_message(struct idl *idl, const char *name)
{
	const char *dot = strchr(name, '.');
	const struct decl *decl;

	for (decl = idl->decls; decl; decl = decl->next) {
		if (decl->kind != DECL_MESSAGE)
			continue;
		if (!dot ? !decl->ns && !strcmp(decl->message->name, name) :
		    decl->ns && strlen(decl->ns->name) == (size_t)(dot - name) &&
		    !strncmp(decl->ns->name, name, (size_t)(dot - name)) &&
		    !strcmp(decl->message->name, dot + 1))
			return decl->message;
	}
	die("there is no message '%s'; islectl msg --list prints all", name);
}

/* ---- from texts -------------------------------------------------------------------- */

/* Bytes of one element, whatever the signedness, as both word sizes have them */
static void put_number(void *to, unsigned int size, uint64_t value)
{
	/* Messages are little-endian, as the machines are that isle runs on */
	memcpy(to, &value, size);
}

static bool fits(const struct type *type, bool negative, uint64_t magnitude)
{
	uint64_t max = ~0ULL >> (64 - 8 * type->size);

	if (type->base != BASE_INT || !type->is_signed)
		return !negative && magnitude <= max;
	max >>= 1;
	return magnitude <= (negative ? max + 1 : max);
}

/* An item of an enum by its name */
static bool item_value(const struct type *type, const char *text, uint64_t *value)
{
	const struct item *item;

	for (; type && !type->items; type = type->of)
		;
	for (item = type ? type->items : NULL; item; item = item->next) {
		if (strcmp(item->name, text))
			continue;
		*value = (uint64_t)(int64_t)item->value;
		return true;
	}
	return false;
}

static uint64_t read_value(const struct field *field, const char *text)
{
	bool negative = *text == '-';
	uint64_t value;
	char *end;

	if (field->type->base == BASE_BOOL && (!strcmp(text, "true") || !strcmp(text, "yes")))
		return 1;
	if (field->type->base == BASE_BOOL && (!strcmp(text, "false") || !strcmp(text, "no")))
		return 0;
	if (item_value(field->type, text, &value))
		return value;
	errno = 0;
	value = strtoull(text + negative, &end, 0);
	if (errno || *end || text[negative] < '0' || text[negative] > '9' ||
	    !fits(field->type, negative, value) ||
	    (field->type->base == BASE_BOOL && value > 1))
		die("'%s' is no value for '%s', which is %s", text, field->name,
		    field->type->name);
	return negative ? -value : value;
}

/* Numbers with commas between them; what is missing at the end is zero */
static void read_array(const struct field *field, const char *text, char *to)
{
	unsigned int i, size = field->type->size;
	char *copy = strdup(text), *rest = copy, *word;

	if (!copy)
		die("out of memory");
	for (i = 0; (word = strsep(&rest, ",")); i++) {
		if (i == field->count)
			die("'%s' has %u values, not more", field->name, field->count);
		put_number(to + i * size, size, read_value(field, word));
	}
	free(copy);
}

static void read_letters(const struct field *field, const char *text, char *to)
{
	size_t len = strlen(text);

	if (len > field->count)
		die("'%s' has %u characters, not more", field->name, field->count);
	memcpy(to, text, len);
}

static void read_file(const char *path, struct payload *payload)
{
	FILE *file = fopen(path, "re");
	size_t room = 0, got;

	if (!file)
		die("cannot open '%s': %s", path, because(-errno));
	payload->size = 0;
	do {
		if (payload->size == room) {
			room = room ? room * 2 : 65536;
			payload->data = realloc(payload->data, room);
			if (!payload->data)
				die("out of memory");
		}
		got = fread(payload->data + payload->size, 1, room - payload->size, file);
		payload->size += got;
		if (payload->size > ISLE_PAYLOAD_MAX)
			die("'%s' is larger than a payload may be, %u bytes", path,
			    ISLE_PAYLOAD_MAX);
	} while (got);
	if (ferror(file))
		die("cannot read '%s'", path);
	fclose(file);
}

static void read_payload(const struct field *field, const char *text, struct payload *payload)
{
	if (field->type->base == BASE_BYTES && *text == '@') {
		read_file(text + 1, payload);
		return;
	}
	payload->data = strdup(text);
	if (!payload->data)
		die("out of memory");
	payload->size = strlen(text) + (field->type->base == BASE_STR);
}

static void read_field(const struct body *body, const struct field *field, const char *text,
		       struct isle_message *m, struct payload *payload)
{
	char *to = (char *)m->data + field->offset;

	if (field == body->ool)
		read_payload(field, text, payload);
	else if (field->count && field->type->base == BASE_CHAR)
		read_letters(field, text, to);
	else if (field->count)
		read_array(field, text, to);
	else if (field->type->base == BASE_CHAR && text[0] && !text[1])
		*to = *text;
	else
		put_number(to, field->type->size, read_value(field, text));
}

static const struct field *find_field(const struct message *message, const char *text,
				      const char *equals)
{
	const struct field *field;

	for (field = message->request.fields; field; field = field->next)
		if (strlen(field->name) == (size_t)(equals - text) &&
		    !strncmp(field->name, text, (size_t)(equals - text)))
			return field;
	die("'%s' has no '%.*s'", message->name, (int)(equals - text), text);
}

/**
 * fill_message() - make a message of FIELD=VALUE texts
 * @m: the message
 * @payload: what its payload points to
 *
 * Each field has to be given once.
 */
void fill_message(const struct message *message, char **fields, int count,
		  struct isle_message *m, struct payload *payload)
{
	const struct field *field, *given[PARAMS_MAX];
	int i, j;

	memset(m, 0, sizeof(*m));
	m->type = (int32_t)body_type(&message->request);
	for (i = 0; i < count; i++) {
		const char *equals = strchr(fields[i], '=');

		if (!equals)
			die("'%s' is not FIELD=VALUE", fields[i]);
		field = find_field(message, fields[i], equals);
		for (j = 0; j < i; j++)
			if (given[j] == field)
				die("'%s' was given twice", field->name);
		given[i] = field;
		read_field(&message->request, field, equals + 1, m, payload);
	}
	for (field = message->request.fields; field; field = field->next) {
		for (i = 0; i < count && given[i] != field; i++)
			;
		if (i == count)
			die("give %s=VALUE, which is %s", field->name, field->type->name);
	}
	if (message->request.ool) {
		m->payload.address = (uintptr_t)payload->data;
		m->payload.length = payload->size;
	}
}

/* ---- to texts ---------------------------------------------------------------------- */

/* Ends islectl if the reply is not what the interface says. */
void check_reply(const struct message *message, const struct isle_message *m,
		 const struct payload *payload)
{
	if ((uint32_t)m->type != body_type(&message->reply))
		die("the reply has type 0x%x, not 0x%x: the server has another interface",
		    m->type, body_type(&message->reply));
	if (message->reply.ool && m->payload.length > payload->size)
		die("the reply is larger than there is room for");
}

static uint64_t get_number(const struct field *field, const struct isle_message *m,
			   unsigned int i)
{
	uint64_t value = 0;

	memcpy(&value, m->data + field->offset + i * field->type->size, field->type->size);
	if (field->type->base == BASE_INT && field->type->is_signed && field->type->size < 8)
		value = (uint64_t)((int64_t)(value << (64 - 8 * field->type->size)) >>
				   (64 - 8 * field->type->size));
	return value;
}

static void print_number(const struct field *field, const struct isle_message *m,
			 unsigned int i)
{
	uint64_t value = get_number(field, m, i);

	if (field->type->base == BASE_BOOL)
		fputs(value ? "true" : "false", stdout);
	else if (field->type->is_signed)
		printf("%" PRId64, (int64_t)value);
	else if (!strcmp(field->type->name, "vaddr") || !strcmp(field->type->name, "paddr"))
		printf("0x%" PRIx64, value);
	else
		printf("%" PRIu64, value);
}

/* What a terminal may be shown; the rest as C writes it */
static void print_text(const char *text, size_t size)
{
	for (; size--; text++) {
		unsigned char c = (unsigned char)*text;

		if (c == '\\')
			fputs("\\\\", stdout);
		else if (c == '\n')
			fputs("\\n", stdout);
		else if (c >= 0x20 && c < 0x7f)
			putchar(c);
		else
			printf("\\x%02x", c);
	}
}

/** print_fields() - a line for each field of a reply */
void print_fields(const struct body *body, const struct isle_message *m,
		  const struct payload *payload)
{
	const struct field *field;
	unsigned int i;

	for (field = body->fields; field; field = field->next) {
		printf("%s=", field->name);
		if (field == body->ool)
			print_text(payload->data, m->payload.length -
				   (field->type->base == BASE_STR));
		else if (field->count && field->type->base == BASE_CHAR)
			print_text((const char *)m->data + field->offset,
				   strnlen((const char *)m->data + field->offset, field->count));
		else if (field->type->base == BASE_CHAR)
			print_text((const char *)m->data + field->offset, 1);
		else
			for (i = 0; i < (field->count ? field->count : 1); i++) {
				if (i)
					putchar(',');
				print_number(field, m, i);
			}
		putchar('\n');
	}
}

/* JSON has text, but no bytes: those above ASCII become two hexadecimal digits each */
static struct json_object *describe_bytes(const char *data, size_t size)
{
	char *hex = malloc(2 * size + 1);
	struct json_object *object;
	size_t i;

	if (!hex)
		die("out of memory");
	for (i = 0; i < size; i++)
		sprintf(hex + 2 * i, "%02x", (unsigned char)data[i]);
	hex[2 * size] = '\0';
	object = json_object_new_string(hex);
	free(hex);
	return object;
}

static struct json_object *describe_number(const struct field *field,
					   const struct isle_message *m, unsigned int i)
{
	uint64_t value = get_number(field, m, i);

	if (field->type->base == BASE_BOOL)
		return json_object_new_boolean(!!value);
	if (field->type->is_signed)
		return json_object_new_int64((int64_t)value);
	return json_object_new_uint64(value);
}

static struct json_object *describe_field(const struct body *body, const struct field *field,
					  const struct isle_message *m,
					  const struct payload *payload)
{
	const char *data = (const char *)m->data + field->offset;
	struct json_object *array;
	unsigned int i;

	if (field == body->ool && field->type->base == BASE_STR)
		return json_object_new_string(payload->data);
	if (field == body->ool)
		return describe_bytes(payload->data, m->payload.length);
	if (field->type->base == BASE_CHAR)
		return json_object_new_string_len(data, (int)strnlen(data, field->count ?
								     field->count : 1));
	if (!field->count)
		return describe_number(field, m, 0);
	array = json_object_new_array();
	for (i = 0; i < field->count; i++)
		json_object_array_add(array, describe_number(field, m, i));
	return array;
}

/** describe_fields() - the fields of a reply as JSON */
struct json_object *describe_fields(const struct body *body, const struct isle_message *m,
				    const struct payload *payload)
{
	struct json_object *object = json_object_new_object();
	const struct field *field;

	for (field = body->fields; field; field = field->next)
		json_object_object_add(object, field->name,
				       describe_field(body, field, m, payload));
	return object;
}
