// SPDX-License-Identifier: GPL-2.0
/*
 * The C header: numbers, enums, constants, and a struct for what each message
 * carries, with assertions about where everything is.  It needs nothing but
 * <linux/types.h>, so that kernel and programs can use it, in any C or C++.
 */
#include <inttypes.h>

#include "gen.h"
#include "idl.h"

static void comment(const struct gen *gen, const char *doc)
{
	if (!doc)
		return;
	fputs("/*\n", gen->to);
	gen_doc_lines(gen, doc, " *");
	fputs(" */\n", gen->to);
}

static void head(const struct gen *gen)
{
	gen_head(gen);
	fprintf(gen->to, " * What a message carries follows its type and source, at byte %d.\n",
		MESSAGE_HEADER);
	fputs(" */\n", gen->to);
	fprintf(gen->to, "#ifndef _%s_INTERFACE_H\n#define _%s_INTERFACE_H\n\n", gen->upper,
		gen->upper);
	fputs("#include <linux/types.h>\n\n", gen->to);
	fputs("/* Whatever the language: an error where the layout is another one */\n"
	      "#ifndef ISLE_IDL_ASSERT\n"
	      "#if defined(__cplusplus) && __cplusplus >= 201103L\n"
	      "#define ISLE_IDL_ASSERT(cond) static_assert(cond, #cond)\n"
	      "#elif defined(__STDC_VERSION__) && __STDC_VERSION__ >= 201112L\n"
	      "#define ISLE_IDL_ASSERT(cond) _Static_assert(cond, #cond)\n"
	      "#else\n"
	      "#define ISLE_IDL_ASSERT(cond) extern char isle_idl_assert[(cond) ? 1 : -1]\n"
	      "#endif\n"
	      "#define ISLE_IDL_STRUCT(type, bytes) \\\n"
	      "\tISLE_IDL_ASSERT(sizeof(struct type) == (bytes))\n"
	      "#define ISLE_IDL_FIELD(type, field, offset, bytes) \\\n"
	      "\tISLE_IDL_ASSERT(__builtin_offsetof(struct type, field) == (offset) && \\\n"
	      "\t\t\tsizeof(((struct type *)0)->field) == (bytes))\n"
	      "#endif\n", gen->to);
}

static void number(const struct gen *gen, const struct ns *ns, const struct message *message,
		   const struct body *body)
{
	const char *name = gen_upper(gen, gen_name(gen, ns, message->name));
	const char *suffix = body == &message->reply ? "_REPLY" : "";

	fprintf(gen->to, "#define %s_MSG_%s%s\t", gen->upper, name, suffix);
	if (!body->ool)
		fprintf(gen->to, "%u\n", body->number);
	else
		fprintf(gen->to, "0x%08x\t/* %u and %s */\n", body_type(body), body->number,
			body->ool->type->base == BASE_STR ? "a string" : "out of line");
}

/* Types of messages, in one table */
static void numbers(const struct gen *gen)
{
	const struct decl *decl;
	unsigned int next = gen->idl->next_number;

	fputs("\n/*\n * Types: the number of a message, bit 29 if part of it is out of line, "
	      "bit 30 if\n * that is a string.\n */\n", gen->to);
	for (decl = gen->idl->decls; decl; decl = decl->next) {
		if (decl->kind != DECL_MESSAGE)
			continue;
		number(gen, decl->ns, decl->message, &decl->message->request);
		if (decl->message->kind == MESSAGE_RPC)
			number(gen, decl->ns, decl->message, &decl->message->reply);
	}
	fprintf(gen->to, "\n/* Numbers of this interface, without the bits */\n");
	fprintf(gen->to, "#define %s_MSG_NR_FIRST\t%u\n", gen->upper, gen->idl->first_number);
	fprintf(gen->to, "#define %s_MSG_NR_LAST\t%u\n", gen->upper,
		next > gen->idl->first_number ? next - 1 : gen->idl->first_number);
}

static void enumeration(const struct gen *gen, const struct ns *ns, const struct type *type)
{
	const char *name = gen_name(gen, ns, type->name);
	const char *upper = gen_upper(gen, name);
	const struct item *item;

	fputc('\n', gen->to);
	comment(gen, type->doc);
	fprintf(gen->to, "enum %s_%s {\n", gen->prefix, name);
	for (item = type->items; item; item = item->next) {
		if (item->doc) {
			fputs("\t/*\n", gen->to);
			gen_doc_lines(gen, item->doc, "\t *");
			fputs("\t */\n", gen->to);
		}
		fprintf(gen->to, "\t%s_%s_%s = ", gen->upper, upper, gen_upper(gen, item->name));
		/* The least one cannot be written as it is */
		if (item->value == INT32_MIN)
			fprintf(gen->to, "(-%d - 1)", INT32_MAX);
		else
			fprintf(gen->to, "%" PRId32, item->value);
		fputs(item->next ? ",\n" : "\n", gen->to);
	}
	fputs("};\n", gen->to);
}

static void constant(const struct gen *gen, const struct ns *ns, const struct constant *c)
{
	fputc('\n', gen->to);
	comment(gen, c->doc);
	fprintf(gen->to, "#define %s_%s\t", gen->upper, gen_upper(gen, gen_name(gen, ns, c->name)));
	if (c->negative && c->value > INT64_MAX)
		fprintf(gen->to, "(-%" PRId64 "LL - 1)\n", INT64_MAX);
	else if (c->negative)
		fprintf(gen->to, "(-%" PRIu64 "%s)\n", c->value,
			c->value > INT32_MAX ? "LL" : "");
	else
		fprintf(gen->to, "%" PRIu64 "%s\n", c->value,
			c->value > UINT32_MAX ? "ULL" : c->value > INT32_MAX ? "U" : "");
}

static void pad(const struct gen *gen, unsigned int *n, unsigned int bytes)
{
	if (bytes)
		fprintf(gen->to, "\t__u8 _pad%u[%u];\n", (*n)++, bytes);
}

static void fields(const struct gen *gen, const struct body *body)
{
	const struct field *field;
	unsigned int pads = 0;

	if (body->ool)
		fprintf(gen->to, "\t__u64 %s;\n\t__u64 %s_len;\n", body->ool->name,
			body->ool->name);
	for (field = body->fields; field; field = field->next) {
		if (field == body->ool)
			continue;
		pad(gen, &pads, field->pad);
		fprintf(gen->to, "\t%s %s", gen_ctype(field), field->name);
		if (field->count)
			fprintf(gen->to, "[%u]", field->count);
		fputs(";\n", gen->to);
	}
	pad(gen, &pads, body->pad);
}

/* kernel-doc wants every member */
static void pad_docs(const struct gen *gen, const struct body *body)
{
	const struct field *field;
	unsigned int n = 0;

	for (field = body->fields; field; field = field->next)
		if (field->pad)
			fprintf(gen->to, " * @_pad%u: zero\n", n++);
	if (body->pad)
		fprintf(gen->to, " * @_pad%u: zero\n", n);
}

static void kernel_doc(const struct gen *gen, const struct ns *ns, const struct message *message,
		       const struct body *body)
{
	const struct field *field;

	fprintf(gen->to, "\n/**\n * struct %s_msg_%s%s - %s %s, number %u\n", gen->prefix,
		gen_name(gen, ns, message->name), gen_suffix(message, body),
		body == &message->reply ? "reply of" : "what is in",
		idl_full_name(gen->idl, ns, message->name), body->number);
	if (body->ool)
		fprintf(gen->to, " * @%s: %s: address\n * @%s_len: and its bytes\n",
			body->ool->name, body->ool->type->name, body->ool->name);
	for (field = body->fields; field; field = field->next)
		if (field != body->ool)
			fprintf(gen->to, " * @%s: %s\n", field->name, gen_type_name(gen, field));
	pad_docs(gen, body);
	if (body == &message->request && message->doc) {
		fputs(" *\n", gen->to);
		gen_doc_lines(gen, message->doc, " *");
	}
	fputs(" */\n", gen->to);
}

static void assertions(const struct gen *gen, const char *name, const struct body *body)
{
	const struct field *field;

	fprintf(gen->to, "ISLE_IDL_STRUCT(%s, %u);\n", name, body->size);
	if (body->ool)
		fprintf(gen->to,
			"ISLE_IDL_FIELD(%s, %s, 0, 8);\nISLE_IDL_FIELD(%s, %s_len, 8, 8);\n",
			name, body->ool->name, name, body->ool->name);
	for (field = body->fields; field; field = field->next)
		if (field != body->ool)
			fprintf(gen->to, "ISLE_IDL_FIELD(%s, %s, %u, %u);\n", name, field->name,
				field->offset,
				field->type->size * (field->count ? field->count : 1));
}

static void payload(const struct gen *gen, const struct ns *ns, const struct message *message,
		    const struct body *body)
{
	const char *name;

	/* A struct without members has a size in C++ and none in C */
	if (!body->size)
		return;
	name = arena_printf(&gen->idl->arena, "%s_msg_%s%s", gen->prefix,
			    gen_name(gen, ns, message->name), gen_suffix(message, body));
	kernel_doc(gen, ns, message, body);
	fprintf(gen->to, "struct %s {\n", name);
	fields(gen, body);
	fprintf(gen->to, "};\n\n");
	assertions(gen, name, body);
}

/** gen_header() - write the header */
void gen_header(const struct gen *gen)
{
	const struct decl *decl;

	head(gen);
	numbers(gen);
	for (decl = gen->idl->decls; decl; decl = decl->next) {
		switch (decl->kind) {
		case DECL_NS:
			break;
		case DECL_TYPE:
			if (decl->type->items)
				enumeration(gen, decl->ns, decl->type);
			break;
		case DECL_CONST:
			constant(gen, decl->ns, decl->constant);
			break;
		case DECL_MESSAGE:
			payload(gen, decl->ns, decl->message, &decl->message->request);
			if (decl->message->kind == MESSAGE_RPC)
				payload(gen, decl->ns, decl->message, &decl->message->reply);
			break;
		}
	}
	fprintf(gen->to, "\n#endif /* _%s_INTERFACE_H */\n", gen->upper);
}
