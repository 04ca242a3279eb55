/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IDL_GEN_H
#define IDL_GEN_H

#include <stdio.h>

struct body;
struct field;
struct idl;
struct message;
struct ns;

/**
 * struct gen - what is written, and how
 * @idl: the interface; without errors
 * @to: where to
 * @source: name of the interface's file, without directories
 * @prefix: what generated names begin with, in lower case
 * @upper: the same in upper case
 * @licence: for the SPDX line
 * @header: what stubs include to get the structs
 */
struct gen {
	struct idl *idl;
	FILE *to;
	const char *source;
	const char *prefix;
	const char *upper;
	const char *licence;
	const char *header;
};

void gen_header(const struct gen *gen);
void gen_stubs(const struct gen *gen);
void gen_docs(const struct gen *gen);
void gen_list(const struct gen *gen);

/* gen_common.c: names, and text in comments */
void gen_head(const struct gen *gen);
const char *gen_upper(const struct gen *gen, const char *text);
const char *gen_name(const struct gen *gen, const struct ns *ns, const char *name);
const char *gen_suffix(const struct message *message, const struct body *body);
const char *gen_ctype(const struct field *field);
const char *gen_type_name(const struct gen *gen, const struct field *field);
void gen_doc_lines(const struct gen *gen, const char *doc, const char *before);

#endif /* IDL_GEN_H */
