/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IDL_LEX_H
#define IDL_LEX_H

#include <stdint.h>

#include "diag.h"

struct idl;

enum token_kind {
	TOKEN_END,
	TOKEN_NAME,
	TOKEN_NUMBER,
	TOKEN_STRING,
	TOKEN_ARROW,
	TOKEN_PUNCT,
};

/**
 * struct token - a word of the language
 * @kind: what it is
 * @at: where it is
 * @punct: of TOKEN_PUNCT: the character
 * @text: of TOKEN_NAME and TOKEN_STRING
 * @number: of TOKEN_NUMBER
 * @doc: documentation right before it, or NULL
 */
struct token {
	enum token_kind kind;
	struct loc at;
	char punct;
	const char *text;
	uint64_t number;
	const char *doc;
};

/**
 * struct lexer - reads a source
 * @idl: the run
 * @source: what is read
 * @pos: how far
 */
struct lexer {
	struct idl *idl;
	const struct source *source;
	size_t pos;
};

void lexer_init(struct lexer *lexer, struct idl *idl, const struct source *source);
void lexer_next(struct lexer *lexer, struct token *token);

#endif /* IDL_LEX_H */
