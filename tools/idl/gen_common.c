// SPDX-License-Identifier: GPL-2.0
/*
 * What generators have in common: how names of the interface become names in C,
 * and how its text gets into comments without ending them.
 */
#include <ctype.h>
#include <string.h>

#include "gen.h"
#include "idl.h"

/** gen_head() - how a header begins: its licence and an open comment */
void gen_head(const struct gen *gen)
{
	/* Tools look for the tag, and would take it for this file's */
	fprintf(gen->to, "/* %s-License-Identifier: %s */\n", "SPDX", gen->licence);
	fprintf(gen->to, "/*\n * Made by isle-idl from %s: change that one, not this.\n *\n",
		gen->source);
}

/** gen_upper() - @text in upper case */
const char *gen_upper(const struct gen *gen, const char *text)
{
	char *copy = arena_strndup(&gen->idl->arena, text, strlen(text)), *p;

	for (p = copy; *p; p++)
		*p = (char)toupper((unsigned char)*p);
	return copy;
}

/** gen_name() - "ns_name", or "name" outside of a namespace */
const char *gen_name(const struct gen *gen, const struct ns *ns, const char *name)
{
	return ns ? arena_printf(&gen->idl->arena, "%s_%s", ns->name, name) : name;
}

/** gen_suffix() - what tells a reply from its request */
const char *gen_suffix(const struct message *message, const struct body *body)
{
	return body == &message->reply ? "_reply" : "";
}

/** gen_ctype() - the C type of a field, or of its elements */
const char *gen_ctype(const struct field *field)
{
	static const char *const is_signed[] = { "__s8", "__s16", "", "__s32", "", "", "",
						 "__s64" };
	static const char *const is_unsigned[] = { "__u8", "__u16", "", "__u32", "", "", "",
						   "__u64" };
	const struct type *type = field->type;

	switch (type->base) {
	case BASE_STR:
	case BASE_BYTES:
		return "__u64";
	case BASE_BOOL:
		return "__u8";
	case BASE_CHAR:
		return "char";
	case BASE_INT:
		break;
	}
	return type->is_signed ? is_signed[type->size - 1] : is_unsigned[type->size - 1];
}

/** gen_type_name() - the type of a field as the interface calls it */
const char *gen_type_name(const struct gen *gen, const struct field *field)
{
	const struct type *type = field->type;
	const char *name = idl_full_name(gen->idl, type->ns, type->name);

	if (!field->count || type->count)
		return name;
	return arena_printf(&gen->idl->arena, "%s[%u]", name, field->count);
}

/** gen_doc_lines() - documentation, each line behind @before */
void gen_doc_lines(const struct gen *gen, const char *doc, const char *before)
{
	const char *p;

	fprintf(gen->to, "%s%s", before, *doc && *doc != '\n' ? " " : "");
	for (p = doc; *p; p++) {
		if (*p == '\n') {
			fprintf(gen->to, "\n%s%s", before, p[1] != '\n' ? " " : "");
			continue;
		}
		fputc(*p, gen->to);
		/* Neither the end of a comment nor one inside it */
		if ((*p == '*' && p[1] == '/') || (*p == '/' && p[1] == '*'))
			fputc(' ', gen->to);
		/* A line that goes on would swallow the next */
		if (*p == '\\' && (p[1] == '\n' || !p[1]))
			fputc(' ', gen->to);
	}
	fputc('\n', gen->to);
}
