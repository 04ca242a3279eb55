// SPDX-License-Identifier: GPL-2.0
/*
 * Layout: where the fields of a message are.  Owns the rules.
 *
 * Fields lie in the order of the declaration, each at a multiple of the size of
 * its elements, and the gaps are named; a field that is out of line comes first,
 * as 64 bits of address and 64 of length, wherever it was declared.  So the
 * layout depends on no compiler and no word size.
 */
#include <string.h>

#include "idl.h"
#include "layout.h"

/** type_is_ool() - whether a value travels out of line */
bool type_is_ool(const struct type *type)
{
	return type->base == BASE_STR || type->base == BASE_BYTES;
}

/** body_type() - what the type field of a message holds */
uint32_t body_type(const struct body *body)
{
	uint32_t type = body->number;

	if (body->ool)
		type |= MESSAGE_OOL;
	if (body->ool && body->ool->type->base == BASE_STR)
		type |= MESSAGE_STRING;
	return type;
}

static void check_names(struct idl *idl, struct body *body)
{
	const struct field *field, *other;
	size_t len = body->ool ? strlen(body->ool->name) : 0;

	for (field = body->fields; field; field = field->next) {
		for (other = body->fields; other != field; other = other->next) {
			if (strcmp(other->name, field->name))
				continue;
			diag_error(&idl->diag, &field->at, "'%s' is there twice", field->name);
			break;
		}
		if (len && !strncmp(field->name, body->ool->name, len) &&
		    !strcmp(field->name + len, "_len"))
			diag_error(&idl->diag, &field->at,
				   "'%s' would be the length of '%s'", field->name,
				   body->ool->name);
	}
}

static void find_ool(struct idl *idl, struct body *body)
{
	struct field *field;

	for (field = body->fields; field; field = field->next) {
		if (!type_is_ool(field->type))
			continue;
		if (!body->ool) {
			body->ool = field;
			continue;
		}
		diag_error(&idl->diag, &field->at,
			   "a message carries one str or bytes; this is the second");
		diag_note(&idl->diag, &body->ool->at, "this is the first");
		return;
	}
}

/** layout_body() - place the fields of a message */
void layout_body(struct idl *idl, struct body *body)
{
	struct field *field;
	unsigned int offset, size;
	uint64_t end;

	find_ool(idl, body);
	check_names(idl, body);
	offset = body->ool ? 16 : 0;
	for (field = body->fields; field; field = field->next) {
		if (type_is_ool(field->type))
			continue;
		size = field->type->size;
		field->pad = -offset & (size - 1);
		field->offset = offset + field->pad;
		end = field->offset + (uint64_t)size * (field->count ? field->count : 1);
		if (end > MESSAGE_PAYLOAD) {
			diag_error(&idl->diag, &field->at,
				   "'%s' would end at byte %llu; a message has %d", field->name,
				   (unsigned long long)end, MESSAGE_PAYLOAD);
			return;
		}
		offset = (unsigned int)end;
	}
	body->pad = -offset & 7;
	body->size = offset + body->pad;
}
