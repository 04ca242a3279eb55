// SPDX-License-Identifier: GPL-2.0
/*
 * Documentation in Markdown: a section per namespace, an entry per message with
 * what it carries and where.  And the list: a line per message, for tests and
 * scripts.
 */
#include <inttypes.h>
#include <string.h>

#include "gen.h"
#include "idl.h"

static void paragraph(const struct gen *gen, const char *doc)
{
	const char *p;

	if (!doc)
		return;
	fputc('\n', gen->to);
	/* The text is Markdown already, but not HTML */
	for (p = doc; *p; p++) {
		if (*p == '<')
			fputs("&lt;", gen->to);
		else if (*p == '&')
			fputs("&amp;", gen->to);
		else
			fputc(*p, gen->to);
	}
	fputc('\n', gen->to);
}

static void signature(const struct gen *gen, const struct body *body)
{
	const struct field *field;

	fputc('(', gen->to);
	for (field = body->fields; field; field = field->next)
		fprintf(gen->to, "%s%s: %s", field == body->fields ? "" : ", ", field->name,
			gen_type_name(gen, field));
	fputc(')', gen->to);
}

static void rows(const struct gen *gen, const char *title, const struct body *body)
{
	const struct field *field;

	for (field = body->fields; field; field = field->next) {
		fprintf(gen->to, "| %s | %u | `%s` | %s | ", title, MESSAGE_HEADER + field->offset,
			field->name, gen_type_name(gen, field));
		if (field == body->ool)
			fprintf(gen->to, "16, out of line |\n");
		else
			fprintf(gen->to, "%u |\n",
				field->type->size * (field->count ? field->count : 1));
	}
}

static const char *const kinds[] = {
	[MESSAGE_RPC] = "call",
	[MESSAGE_ONEWAY] = "one way",
	[MESSAGE_ASYNC] = "asynchronous",
};

static void message_doc(const struct gen *gen, const struct ns *ns, const struct message *message)
{
	fprintf(gen->to, "\n### %s\n\n", idl_full_name(gen->idl, ns, message->name));
	fprintf(gen->to, "`%s", message->name);
	signature(gen, &message->request);
	if (message->kind == MESSAGE_RPC) {
		fputs(" -> ", gen->to);
		signature(gen, &message->reply);
	}
	fprintf(gen->to, "`: %s, number %u (type 0x%x)", kinds[message->kind],
		message->request.number, body_type(&message->request));
	if (message->kind == MESSAGE_RPC)
		fprintf(gen->to, ", reply %u (type 0x%x)", message->reply.number,
			body_type(&message->reply));
	fputs("\n", gen->to);
	paragraph(gen, message->doc);
	if (!message->request.fields && !message->reply.fields)
		return;
	fputs("\n| in | byte | field | type | bytes |\n| --- | --- | --- | --- | --- |\n", gen->to);
	rows(gen, "request", &message->request);
	rows(gen, "reply", &message->reply);
}

static void type_doc(const struct gen *gen, const struct ns *ns, const struct type *type)
{
	const struct item *item;

	fprintf(gen->to, "\n### %s\n", idl_full_name(gen->idl, ns, type->name));
	paragraph(gen, type->doc);
	if (!type->items) {
		fprintf(gen->to, "\nAnother name for %s", type->of->name);
		if (type->count && !type->of->count)
			fprintf(gen->to, "[%u]", type->count);
		fputs(".\n", gen->to);
		return;
	}
	fputs("\n| value | name | |\n| --- | --- | --- |\n", gen->to);
	for (item = type->items; item; item = item->next) {
		const char *p;

		fprintf(gen->to, "| %" PRId32 " | %s | ", item->value, item->name);
		for (p = item->doc; p && *p; p++)
			fputc(*p == '\n' ? ' ' : *p == '|' ? '/' : *p, gen->to);
		fputs(" |\n", gen->to);
	}
}

static void constant_doc(const struct gen *gen, const struct ns *ns, const struct constant *c)
{
	fprintf(gen->to, "\n### %s\n\n%s %s%" PRIu64 "\n", idl_full_name(gen->idl, ns, c->name),
		c->type->name, c->negative ? "-" : "", c->value);
	paragraph(gen, c->doc);
}

/** gen_docs() - write the documentation */
void gen_docs(const struct gen *gen)
{
	const struct decl *decl;

	fprintf(gen->to, "<!-- Made by isle-idl from %s: change that one, not this. -->\n\n",
		gen->source);
	fprintf(gen->to, "# Messages of %s\n", gen->source);
	for (decl = gen->idl->decls; decl; decl = decl->next) {
		switch (decl->kind) {
		case DECL_NS:
			fprintf(gen->to, "\n## %s\n", decl->ns->name);
			paragraph(gen, decl->ns->doc);
			break;
		case DECL_TYPE:
			type_doc(gen, decl->ns, decl->type);
			break;
		case DECL_CONST:
			constant_doc(gen, decl->ns, decl->constant);
			break;
		case DECL_MESSAGE:
			message_doc(gen, decl->ns, decl->message);
			break;
		}
	}
}

static void list_body(const struct gen *gen, const struct ns *ns, const struct message *message,
		      const struct body *body, const char *kind)
{
	fprintf(gen->to, "%u\t0x%08x\t%s\t%s", body->number, body_type(body), kind,
		idl_full_name(gen->idl, ns, message->name));
	signature(gen, body);
	fputc('\n', gen->to);
}

/** gen_list() - write a line per message: number, type, kind, name and fields */
void gen_list(const struct gen *gen)
{
	static const char *const words[] = {
		[MESSAGE_RPC] = "rpc", [MESSAGE_ONEWAY] = "oneway", [MESSAGE_ASYNC] = "async",
	};
	const struct decl *decl;

	for (decl = gen->idl->decls; decl; decl = decl->next) {
		const struct message *message;

		if (decl->kind != DECL_MESSAGE)
			continue;
		message = decl->message;
		list_body(gen, decl->ns, message, &message->request, words[message->kind]);
		if (message->kind == MESSAGE_RPC)
			list_body(gen, decl->ns, message, &message->reply, "reply");
	}
}
