// SPDX-License-Identifier: GPL-2.0
/*
 * Grammar.  Reads one file after the other into declarations; docs/idl.md has
 * the language.
 *
 * Words that begin a declaration mean that only there, so that they can be
 * names elsewhere.  After an error the parser goes on behind the next ';' or
 * '}', so that a run shows more than one.  Nothing recurses but includes, whose
 * depth source.c bounds.
 */
#include <string.h>

#include "declare.h"
#include "idl.h"
#include "lex.h"
#include "parse.h"

struct parser {
	struct idl *idl;
	struct lexer lexer;
	struct token token;	/* the next one */
	struct ns *ns;		/* that it is in, or NULL */
};

static void advance(struct parser *p)
{
	lexer_next(&p->lexer, &p->token);
}

static bool is_punct(const struct parser *p, char c)
{
	return p->token.kind == TOKEN_PUNCT && p->token.punct == c;
}

static bool is_word(const struct parser *p, const char *word)
{
	return p->token.kind == TOKEN_NAME && !strcmp(p->token.text, word);
}

static bool skip_punct(struct parser *p, char c)
{
	if (!is_punct(p, c))
		return false;
	advance(p);
	return true;
}

/* What the next word is, for a message about it */
static const char *found(const struct parser *p)
{
	switch (p->token.kind) {
	case TOKEN_END:
		return "the end of the file";
	case TOKEN_NAME:
		return arena_printf(&p->idl->arena, "'%s'", p->token.text);
	case TOKEN_NUMBER:
		return "a number";
	case TOKEN_STRING:
		return "a string";
	case TOKEN_ARROW:
		return "'->'";
	case TOKEN_PUNCT:
		return arena_printf(&p->idl->arena, "'%c'", p->token.punct);
	}
	return "";
}

static bool expected(struct parser *p, const char *what)
{
	diag_error(&p->idl->diag, &p->token.at, "%s expected, not %s", what, found(p));
	return false;
}

static bool expect_punct(struct parser *p, char c, const char *after)
{
	if (skip_punct(p, c))
		return true;
	return expected(p, arena_printf(&p->idl->arena, "'%c' after %s", c, after));
}

/*
 * The ';' of a declaration.  Without it the declaration stands all the same if
 * another one seems to follow, so that this one is read as well.
 */
static bool expect_end(struct parser *p, const char *after)
{
	return expect_punct(p, ';', after) || p->token.kind == TOKEN_NAME;
}

static bool expect_name(struct parser *p, const char *what, struct token *name)
{
	if (p->token.kind != TOKEN_NAME)
		return expected(p, what);
	*name = p->token;
	advance(p);
	return true;
}

/*
 * Go behind the declaration that is wrong: its ';', or its '}' if it has
 * braces.  A '}' that closes the namespace is left.
 */
static void recover(struct parser *p)
{
	unsigned int depth = 0;

	for (; p->token.kind != TOKEN_END; advance(p)) {
		if (is_punct(p, '{')) {
			depth++;
		} else if (is_punct(p, '}')) {
			if (!depth)
				return;
			if (!--depth) {
				advance(p);
				skip_punct(p, ';');
				return;
			}
		} else if (is_punct(p, ';') && !depth) {
			advance(p);
			return;
		}
	}
}

/* [-] NUMBER or the name of a constant */
static bool value(struct parser *p, bool *negative, uint64_t *number, struct loc *at)
{
	const struct constant *constant;
	struct token name = { 0 };

	*at = p->token.at;
	*negative = skip_punct(p, '-');
	if (p->token.kind == TOKEN_NUMBER) {
		*number = p->token.number;
		at->len = p->token.at.offset + p->token.at.len - at->offset;
		advance(p);
	} else if (p->token.kind == TOKEN_NAME) {
		name = p->token;
		advance(p);
		while (skip_punct(p, '.')) {
			if (p->token.kind != TOKEN_NAME)
				return expected(p, "a name after '.'");
			name.text = arena_printf(&p->idl->arena, "%.*s.%s", 3 * IDENT_MAX,
						 name.text, p->token.text);
			name.at.len = p->token.at.offset + p->token.at.len - name.at.offset;
			advance(p);
		}
		constant = declare_find_constant(p->idl, p->ns, &name);
		if (!constant)
			return false;
		*number = constant->value;
		*negative ^= constant->negative;
		at->len = name.at.offset + name.at.len - at->offset;
	} else {
		return expected(p, "a number or a constant");
	}
	if (!*number)
		*negative = false;
	return true;
}

/* Whether a value of @size bytes can be it */
static bool fits(bool is_signed, unsigned int size, bool negative, uint64_t number)
{
	uint64_t max = ~0ULL >> (64 - 8 * size);

	if (!is_signed)
		return !negative && number <= max;
	max >>= 1;
	return number <= (negative ? max + 1 : max);
}

/* NAME [ "." NAME ] [ "[" VALUE "]" ] */
static const struct type *type_use(struct parser *p, unsigned int *count)
{
	const struct type *type;
	struct token name, more = { 0 };
	struct loc at;
	bool negative;
	uint64_t n;

	if (!expect_name(p, "a type", &name))
		return NULL;
	if (skip_punct(p, '.')) {
		if (!expect_name(p, "a type after '.'", &more))
			return NULL;
		name.text = arena_printf(&p->idl->arena, "%s.%s", name.text, more.text);
		name.at.len = more.at.offset + more.at.len - name.at.offset;
	}
	type = declare_find_type(p->idl, p->ns, &name);
	*count = type ? type->count : 0;
	if (!skip_punct(p, '['))
		return type;
	if (!value(p, &negative, &n, &at) || !expect_punct(p, ']', "the size of an array"))
		return NULL;
	if (!type)
		return NULL;
	if (type_is_ool(type)) {
		diag_error(&p->idl->diag, &name.at, "there are no arrays of %s", type->name);
		return NULL;
	}
	if (type->count) {
		diag_error(&p->idl->diag, &name.at, "'%s' is an array already", type->name);
		return NULL;
	}
	if (negative || !n || n > MESSAGE_PAYLOAD) {
		diag_error(&p->idl->diag, &at, "an array has 1 to %d elements", MESSAGE_PAYLOAD);
		return NULL;
	}
	*count = (unsigned int)n;
	return type;
}

/* "(" [ NAME ":" TYPE { "," NAME ":" TYPE } [ "," ] ] ")" */
static bool params(struct parser *p, const char *after, struct body *body)
{
	struct field **last = &body->fields, *field;
	unsigned int n = 0;
	struct token name = { 0 };

	if (!expect_punct(p, '(', after))
		return false;
	while (!is_punct(p, ')')) {
		if (!expect_name(p, "a name or ')'", &name))
			return false;
		if (!expect_punct(p, ':', "a name"))
			return false;
		field = arena_alloc(&p->idl->arena, sizeof(*field));
		field->name = name.text;
		field->at = name.at;
		field->type = type_use(p, &field->count);
		/* What is wrong with a type was said; the rest can be read */
		if (!field->type && !is_punct(p, ',') && !is_punct(p, ')'))
			return false;
		if (++n > PARAMS_MAX) {
			diag_error(&p->idl->diag, &name.at, "more than %d fields", PARAMS_MAX);
			return false;
		}
		if (declare_name(p->idl, &name) && field->type) {
			*last = field;
			last = &field->next;
		}
		if (!skip_punct(p, ',') && !is_punct(p, ')'))
			return expected(p, "',' or ')'");
	}
	advance(p);
	return true;
}

/* "rpc" | [ "async" ] "oneway", which has been read, NAME params [ "->" params ] */
static bool message(struct parser *p, enum message_kind kind, const char *doc)
{
	struct message *msg = arena_alloc(&p->idl->arena, sizeof(*msg));
	struct token name = { 0 };
	bool usable;

	if (!expect_name(p, "the name of a message", &name))
		return false;
	usable = declare_name(p->idl, &name);
	msg->name = name.text;
	msg->at = name.at;
	msg->doc = doc;
	msg->kind = kind;
	if (!params(p, "the name of a message", &msg->request))
		return false;
	if (p->token.kind == TOKEN_ARROW) {
		if (kind != MESSAGE_RPC)
			diag_error(&p->idl->diag, &p->token.at,
				   "a message that is oneway has no reply");
		advance(p);
		if (!params(p, "'->'", &msg->reply))
			return false;
	} else if (kind == MESSAGE_RPC) {
		return expected(p, "'->' and what the reply carries");
	}
	if (!expect_end(p, "a message"))
		return false;
	if (usable)
		declare_message(p->idl, p->ns, msg);
	return true;
}

static bool async(struct parser *p, const char *doc)
{
	if (is_word(p, "rpc")) {
		diag_error(&p->idl->diag, &p->token.at,
			   "a call waits for its reply: it cannot be async");
		return false;
	}
	if (!is_word(p, "oneway"))
		return expected(p, "'oneway' after 'async'");
	advance(p);
	return message(p, MESSAGE_ASYNC, doc);
}

/* NAME [ "=" VALUE ] */
static bool enum_item(struct parser *p, struct type *type, struct item ***last, int64_t *next)
{
	struct item *item = arena_alloc(&p->idl->arena, sizeof(*item));
	struct token name = { 0 };
	struct loc at;
	bool negative;
	uint64_t n;

	item->doc = p->token.doc;
	if (!expect_name(p, "a name or '}'", &name))
		return false;
	for (const struct item *other = type->items; other; other = other->next) {
		if (strcmp(other->name, name.text))
			continue;
		diag_error(&p->idl->diag, &name.at, "'%s' is there twice", name.text);
		break;
	}
	at = name.at;
	if (skip_punct(p, '=')) {
		if (!value(p, &negative, &n, &at))
			return false;
		if (!fits(true, 4, negative, n)) {
			diag_error(&p->idl->diag, &at, "a value of an enum has 32 bits");
			n = 0;
		}
		*next = negative ? -(int64_t)n : (int64_t)n;
	} else if (*next > INT32_MAX) {
		diag_error(&p->idl->diag, &at, "a value of an enum has 32 bits");
		*next = 0;
	}
	item->name = name.text;
	item->value = (int32_t)(*next)++;
	**last = item;
	*last = &item->next;
	declare_enum_item(p->idl, p->ns, type, &name, item);
	return true;
}

/* Go behind an enum that is wrong, about which all is said. */
static bool skip_enum(struct parser *p)
{
	while (!is_punct(p, '}') && p->token.kind != TOKEN_END)
		advance(p);
	advance(p);
	skip_punct(p, ';');
	return true;
}

/* NAME "{" item { "," item } [ "," ] "}" [ ";" ] */
static bool enumeration(struct parser *p, const char *doc)
{
	struct type *type = arena_alloc(&p->idl->arena, sizeof(*type));
	struct item **last = &type->items;
	unsigned int n = 0;
	int64_t next = 0;
	struct token name = { 0 };

	if (!expect_name(p, "the name of an enum", &name))
		return false;
	type->name = name.text;
	type->at = name.at;
	type->doc = doc;
	type->base = BASE_INT;
	type->size = 4;
	type->is_signed = true;
	declare_name(p->idl, &name);
	declare_type(p->idl, p->ns, type);
	if (!expect_punct(p, '{', "the name of an enum"))
		return false;
	while (!is_punct(p, '}')) {
		if (++n > ENUM_MAX) {
			diag_error(&p->idl->diag, &p->token.at, "more than %d values", ENUM_MAX);
			return skip_enum(p);
		}
		if (!enum_item(p, type, &last, &next))
			return skip_enum(p);
		if (!skip_punct(p, ',') && !is_punct(p, '}')) {
			expected(p, "',' or '}'");
			return skip_enum(p);
		}
	}
	if (!type->items)
		diag_error(&p->idl->diag, &name.at, "'%s' has no values", name.text);
	advance(p);
	skip_punct(p, ';');
	return true;
}

/* NAME "=" TYPE ";" */
static bool type_decl(struct parser *p, const char *doc)
{
	struct type *type = arena_alloc(&p->idl->arena, sizeof(*type));
	const struct type *of;
	struct token name = { 0 };
	unsigned int count;

	if (!expect_name(p, "the name of a type", &name))
		return false;
	if (!expect_punct(p, '=', "the name of a type"))
		return false;
	of = type_use(p, &count);
	if (!of)
		return false;
	if (!expect_end(p, "a type"))
		return false;
	*type = *of;
	type->name = name.text;
	type->at = name.at;
	type->doc = doc;
	type->of = of;
	type->count = count;
	type->items = NULL;
	if (declare_name(p->idl, &name))
		declare_type(p->idl, p->ns, type);
	return true;
}

/* NAME ":" TYPE "=" VALUE ";" */
static bool constant(struct parser *p, const char *doc)
{
	struct constant *c = arena_alloc(&p->idl->arena, sizeof(*c));
	unsigned int count;
	struct token name = { 0 };
	struct loc at;

	if (!expect_name(p, "the name of a constant", &name))
		return false;
	if (!expect_punct(p, ':', "the name of a constant"))
		return false;
	at = p->token.at;
	c->type = type_use(p, &count);
	if (!c->type)
		return false;
	if (c->type->base != BASE_INT || count) {
		diag_error(&p->idl->diag, &at, "the type of a constant is an integer");
		return false;
	}
	if (!expect_punct(p, '=', "the type of a constant"))
		return false;
	if (!value(p, &c->negative, &c->value, &at))
		return false;
	if (!fits(c->type->is_signed, c->type->size, c->negative, c->value))
		diag_error(&p->idl->diag, &at, "the value does not fit into %s", c->type->name);
	if (!expect_end(p, "a constant"))
		return false;
	c->name = name.text;
	c->doc = doc;
	declare_constant(p->idl, p->ns, &name, c);
	return true;
}

/* STRING ";" */
static bool include(struct parser *p)
{
	struct token path = p->token;

	if (path.kind != TOKEN_STRING)
		return expected(p, "the name of a file as a string");
	advance(p);
	if (!expect_end(p, "an include"))
		return false;
	if (p->ns) {
		diag_error(&p->idl->diag, &path.at, "files are included outside of namespaces");
		return true;
	}
	source_include(p->idl, p->lexer.source, &path.at, path.text, parse_source);
	return true;
}

static bool item(struct parser *p);

/* NAME "{" items "}" [ ";" ] */
static bool ns(struct parser *p, const struct token *word)
{
	struct token name = { 0 };

	if (!expect_name(p, "the name of a namespace", &name))
		return false;
	if (p->ns) {
		diag_error(&p->idl->diag, &word->at, "namespaces do not nest");
		return false;
	}
	if (!expect_punct(p, '{', "the name of a namespace"))
		return false;
	p->ns = declare_ns(p->idl, &name, word->doc);
	while (!is_punct(p, '}') && p->token.kind != TOKEN_END)
		if (!item(p))
			recover(p);
	p->ns = NULL;
	if (p->token.kind == TOKEN_END) {
		diag_error(&p->idl->diag, &name.at, "namespace '%s' does not end", name.text);
		return true;
	}
	advance(p);
	skip_punct(p, ';');
	return true;
}

/* A declaration; false: it is wrong, and what is left of it has to be skipped */
static bool item(struct parser *p)
{
	struct token word = p->token;

	if (word.kind != TOKEN_NAME)
		return expected(p, "a declaration");
	advance(p);
	if (!strcmp(word.text, "rpc"))
		return message(p, MESSAGE_RPC, word.doc);
	if (!strcmp(word.text, "oneway"))
		return message(p, MESSAGE_ONEWAY, word.doc);
	if (!strcmp(word.text, "async"))
		return async(p, word.doc);
	if (!strcmp(word.text, "enum"))
		return enumeration(p, word.doc);
	if (!strcmp(word.text, "type"))
		return type_decl(p, word.doc);
	if (!strcmp(word.text, "const"))
		return constant(p, word.doc);
	if (!strcmp(word.text, "include"))
		return include(p);
	if (!strcmp(word.text, "namespace"))
		return ns(p, &word);
	diag_error(&p->idl->diag, &word.at, "'%s' begins no declaration", word.text);
	return false;
}

/**
 * parse_source() - read the declarations of a source
 * @idl: the run, which gets them
 * @source: the source
 */
void parse_source(struct idl *idl, struct source *source)
{
	struct parser p = { .idl = idl };

	source->open = true;
	lexer_init(&p.lexer, idl, source);
	advance(&p);
	while (p.token.kind != TOKEN_END) {
		if (item(&p))
			continue;
		recover(&p);
		if (is_punct(&p, '}')) {
			/* It closes nothing; part of what was wrong already */
			advance(&p);
		}
	}
	source->open = false;
}
