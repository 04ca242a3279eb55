// SPDX-License-Identifier: GPL-2.0
/*
 * Words.  Knows comments, names, numbers, strings; nothing of grammar.
 *
 * A source is UTF-8 without control characters.  What is not is reported once
 * per run of such bytes and skipped; outside comments and strings only ASCII
 * means anything.
 */
#include <stdbool.h>
#include <string.h>

#include "idl.h"
#include "lex.h"

/** lexer_init() - begin to read a source */
void lexer_init(struct lexer *lexer, struct idl *idl, const struct source *source)
{
	lexer->idl = idl;
	lexer->source = source;
	lexer->pos = 0;
	/* A byte order mark, which some editors write */
	if (source->size >= 3 && !memcmp(source->text, "\xef\xbb\xbf", 3))
		lexer->pos = 3;
}

static struct loc here(const struct lexer *lexer, size_t from)
{
	struct loc at = { lexer->source, from, lexer->pos > from ? lexer->pos - from : 1 };

	return at;
}

static bool is_name_start(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Bytes of the UTF-8 sequence at @p, of which there are @left; 0: not one */
static size_t utf8_len(const char *p, size_t left)
{
	unsigned char c = (unsigned char)*p, low = 0x80, high = 0xbf;
	size_t len, i;

	if (c < 0x80)
		return 1;
	if (c < 0xc2 || c > 0xf4)
		return 0;
	len = c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;
	/* Overlong forms, surrogates, and beyond the last character */
	if (c == 0xe0)
		low = 0xa0;
	if (c == 0xed)
		high = 0x9f;
	if (c == 0xf0)
		low = 0x90;
	if (c == 0xf4)
		high = 0x8f;
	if (left < len)
		return 0;
	for (i = 1; i < len; i++, low = 0x80, high = 0xbf) {
		c = (unsigned char)p[i];
		if (c < low || c > high)
			return 0;
	}
	return len;
}

/* Whether the character at @pos may be in a comment or a string; its length */
static size_t text_char(const struct lexer *lexer, size_t pos)
{
	const char *p = lexer->source->text + pos;
	unsigned char c = (unsigned char)*p;

	if ((c < 0x20 && c != '\t' && c != '\r') || c == 0x7f)
		return 0;
	return utf8_len(p, lexer->source->size - pos);
}

/* Report bytes that no source may have and go past all of them. */
static void skip_garbage(struct lexer *lexer)
{
	const struct source *source = lexer->source;
	size_t from = lexer->pos;
	struct loc at;

	while (lexer->pos < source->size && source->text[lexer->pos] != '\n' &&
	       !text_char(lexer, lexer->pos))
		lexer->pos++;
	at = here(lexer, from);
	at.len = 1;
	if ((unsigned char)source->text[from] < 0x80)
		diag_error(&lexer->idl->diag, &at, "control character 0x%02x",
			   (unsigned char)source->text[from]);
	else
		diag_error(&lexer->idl->diag, &at, "not UTF-8: 0x%02x",
			   (unsigned char)source->text[from]);
}

/* To the end of the line; what was in it. */
static const char *rest_of_line(struct lexer *lexer, size_t *len)
{
	const struct source *source = lexer->source;
	size_t from = lexer->pos, step;

	while (lexer->pos < source->size && source->text[lexer->pos] != '\n') {
		step = text_char(lexer, lexer->pos);
		if (step)
			lexer->pos += step;
		else
			skip_garbage(lexer);
	}
	*len = lexer->pos - from;
	while (*len && (source->text[from + *len - 1] == '\r' ||
			source->text[from + *len - 1] == ' ' ||
			source->text[from + *len - 1] == '\t'))
		--*len;
	return source->text + from;
}

/* Lines of documentation, one below the other, from the first "///" on. */
static const char *doc_comment(struct lexer *lexer)
{
	const char *text = lexer->source->text, *line;
	size_t begin = lexer->pos, used = 0, len;
	char *doc;

	/* Not longer than the lines themselves */
	for (;;) {
		lexer->pos += 3;
		rest_of_line(lexer, &len);
		len = lexer->pos;
		while (text[len] == '\n' || text[len] == ' ' || text[len] == '\t' ||
		       text[len] == '\r')
			len++;
		if (strncmp(text + len, "///", 3))
			break;
		lexer->pos = len;
	}
	doc = arena_alloc(&lexer->idl->arena, lexer->pos - begin + 2);
	for (lexer->pos = begin;;) {
		lexer->pos += 3;
		if (text[lexer->pos] == ' ')
			lexer->pos++;
		/* What was wrong was reported on the first pass */
		line = text + lexer->pos;
		while (lexer->pos < lexer->source->size && text[lexer->pos] != '\n')
			lexer->pos++;
		for (len = 0; line + len < text + lexer->pos; len++) {
			unsigned char c = (unsigned char)line[len];

			if (c >= 0x20 && c != 0x7f)
				doc[used++] = (char)c;
			else if (c == '\t')
				doc[used++] = ' ';
		}
		while (used && doc[used - 1] == ' ')
			used--;
		doc[used++] = '\n';
		len = lexer->pos;
		while (text[len] == '\n' || text[len] == ' ' || text[len] == '\t' ||
		       text[len] == '\r')
			len++;
		if (strncmp(text + len, "///", 3))
			break;
		lexer->pos = len;
	}
	while (used && doc[used - 1] == '\n')
		doc[--used] = '\0';
	return used ? doc : NULL;
}

static void block_comment(struct lexer *lexer)
{
	const struct source *source = lexer->source;
	size_t from = lexer->pos, step;
	struct loc at;

	for (lexer->pos += 2; lexer->pos < source->size;) {
		if (!strncmp(source->text + lexer->pos, "*/", 2)) {
			lexer->pos += 2;
			return;
		}
		step = source->text[lexer->pos] == '\n' ? 1 : text_char(lexer, lexer->pos);
		if (step)
			lexer->pos += step;
		else
			skip_garbage(lexer);
	}
	at = here(lexer, from);
	at.len = 2;
	diag_error(&lexer->idl->diag, &at, "this comment does not end");
}

static void name(struct lexer *lexer, struct token *token)
{
	const char *text = lexer->source->text;
	size_t from = lexer->pos;

	while (is_name_start(text[lexer->pos]) || is_digit(text[lexer->pos]))
		lexer->pos++;
	token->kind = TOKEN_NAME;
	token->at = here(lexer, from);
	token->text = arena_strndup(&lexer->idl->arena, text + from, lexer->pos - from);
	if (lexer->pos - from <= IDENT_MAX)
		return;
	token->at.len = 1;
	diag_error(&lexer->idl->diag, &token->at, "a name has at most %d characters", IDENT_MAX);
	/* Nothing may grow with it */
	token->text = arena_strndup(&lexer->idl->arena, text + from, IDENT_MAX);
}

static int digit(char c)
{
	if (is_digit(c))
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return 99;
}

static void number(struct lexer *lexer, struct token *token)
{
	const char *text = lexer->source->text;
	size_t from = lexer->pos;
	bool large = false, bad = false;
	int base = 10, value;

	if (text[from] == '0' && (text[from + 1] == 'x' || text[from + 1] == 'X')) {
		base = 16;
		lexer->pos += 2;
		bad = digit(text[lexer->pos]) > 15;
	} else if (text[from] == '0' && is_digit(text[from + 1])) {
		/* Octal to some, decimal to others */
		bad = true;
	}
	token->number = 0;
	for (; is_name_start(text[lexer->pos]) || is_digit(text[lexer->pos]); lexer->pos++) {
		value = digit(text[lexer->pos]);
		if (value >= base)
			bad = true;
		else if (__builtin_mul_overflow(token->number, (uint64_t)base, &token->number) ||
			 __builtin_add_overflow(token->number, (uint64_t)value, &token->number))
			large = true;
	}
	token->kind = TOKEN_NUMBER;
	token->at = here(lexer, from);
	if (bad)
		diag_error(&lexer->idl->diag, &token->at,
			   "not a number: numbers are like 10 and 0x1f");
	else if (large)
		diag_error(&lexer->idl->diag, &token->at, "number does not fit into 64 bits");
	if (bad || large)
		token->number = 0;
}

static void string(struct lexer *lexer, struct token *token)
{
	const struct source *source = lexer->source;
	size_t from = lexer->pos++, step;

	token->kind = TOKEN_STRING;
	while (lexer->pos < source->size && source->text[lexer->pos] != '\n' &&
	       source->text[lexer->pos] != '"') {
		step = text_char(lexer, lexer->pos);
		if (step)
			lexer->pos += step;
		else
			skip_garbage(lexer);
	}
	token->text = arena_strndup(&lexer->idl->arena, source->text + from + 1,
				    lexer->pos - from - 1);
	if (source->text[lexer->pos] == '"') {
		lexer->pos++;
		token->at = here(lexer, from);
		return;
	}
	token->at = here(lexer, from);
	token->at.len = 1;
	diag_error(&lexer->idl->diag, &token->at, "this string does not end on its line");
}

/* One character that means something alone, or "->", or nothing. */
static bool punct(struct lexer *lexer, struct token *token)
{
	const char *p = lexer->source->text + lexer->pos;
	size_t from = lexer->pos;

	if (!strncmp(p, "->", 2)) {
		token->kind = TOKEN_ARROW;
		lexer->pos += 2;
	} else if (*p && strchr("(){}[],;:=-.", *p)) {
		token->kind = TOKEN_PUNCT;
		token->punct = *p;
		lexer->pos++;
	} else {
		return false;
	}
	token->at = here(lexer, from);
	return true;
}

static void unknown(struct lexer *lexer)
{
	size_t from = lexer->pos, step = text_char(lexer, from);
	struct loc at;

	if (!step) {
		skip_garbage(lexer);
		return;
	}
	lexer->pos += step;
	at = here(lexer, from);
	if (step == 1)
		diag_error(&lexer->idl->diag, &at, "'%c' means nothing here",
			   lexer->source->text[from]);
	else
		diag_error(&lexer->idl->diag, &at,
			   "only comments and strings may have other than ASCII characters");
}

/**
 * lexer_next() - read the next word
 * @lexer: where from; at its end there are only TOKEN_END any more
 * @token: what it is
 */
void lexer_next(struct lexer *lexer, struct token *token)
{
	const struct source *source = lexer->source;
	const char *p;
	size_t len;

	memset(token, 0, sizeof(*token));
	while (lexer->pos < source->size && !diag_full(&lexer->idl->diag)) {
		p = source->text + lexer->pos;
		if (*p == ' ' || *p == '\t' || *p == '\r' || *p == '\n') {
			lexer->pos++;
		} else if (!strncmp(p, "///", 3)) {
			token->doc = doc_comment(lexer);
		} else if (!strncmp(p, "//", 2)) {
			rest_of_line(lexer, &len);
		} else if (!strncmp(p, "/*", 2)) {
			block_comment(lexer);
		} else if (is_name_start(*p)) {
			name(lexer, token);
			return;
		} else if (is_digit(*p)) {
			number(lexer, token);
			return;
		} else if (*p == '"') {
			string(lexer, token);
			return;
		} else if (punct(lexer, token)) {
			return;
		} else {
			unknown(lexer);
		}
	}
	token->kind = TOKEN_END;
	token->at.source = source;
	token->at.offset = source->size;
	token->at.len = 1;
}
