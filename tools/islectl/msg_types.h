/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Messages by name: what msg.c and msg_types.c share.
 */
#ifndef ISLECTL_MSG_TYPES_H
#define ISLECTL_MSG_TYPES_H

#include <isle/task.h>

#include "idl.h"

struct json_object;

/**
 * struct payload - the part of a message that does not fit into it
 * @data: the bytes
 * @size: how many; before a reply: how many there is room for
 */
struct payload {
	char *data;
	size_t size;
};

const struct message *find_message(struct idl *idl, const char *name);
void fill_message(const struct message *message, char **fields, int count,
		  struct isle_message *m, struct payload *payload);
void check_reply(const struct message *message, const struct isle_message *m,
		 const struct payload *payload);
void print_fields(const struct body *body, const struct isle_message *m,
		  const struct payload *payload);
struct json_object *describe_fields(const struct body *body, const struct isle_message *m,
				    const struct payload *payload);

#endif /* ISLECTL_MSG_TYPES_H */
