/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What the compiler's parts share: the declarations of a run, in the order in
 * which they were read, and what was found out about them.
 */
#ifndef IDL_IDL_H
#define IDL_IDL_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#include "arena.h"
#include "diag.h"
#include "source.h"
#include "symtab.h"

#define IDL_VERSION	"0.1"

/* Exit statuses besides 0 */
#define EXIT_INPUT	1	/* the input has errors */
#define EXIT_USAGE	2	/* the command line has */
#define EXIT_SYSTEM	3	/* a file cannot be read or written, no memory */

/* Of a message: 256 bytes, of which type and src take the first eight */
#define MESSAGE_HEADER	8
#define MESSAGE_PAYLOAD	248
/* Bits of a type besides the number */
#define MESSAGE_OOL	(1U << 29)
#define MESSAGE_STRING	(1U << 30)
#define MESSAGE_NR_MAX	0xffffU

/* What one file or run may have; more than any interface needs */
#define IDENT_MAX	64
#define PARAMS_MAX	64
#define ENUM_MAX	1024

enum base {
	BASE_INT,		/* of @size bytes, see @is_signed */
	BASE_BOOL,
	BASE_CHAR,
	BASE_STR,		/* out of line, terminated */
	BASE_BYTES,		/* out of line */
};

/**
 * struct type - what a value is
 * @name: as it was declared
 * @ns: namespace it was declared in, or NULL
 * @at: where; no source for those of the language
 * @doc: its documentation, or NULL
 * @base: what it comes down to
 * @size: bytes of one element; 0 if it is out of line
 * @is_signed: of BASE_INT
 * @count: elements of an array, or 0
 * @of: what it is another name for, or NULL
 * @items: of an enum, in order; NULL otherwise
 */
struct type {
	const char *name;
	const struct ns *ns;
	struct loc at;
	const char *doc;
	enum base base;
	unsigned int size;
	bool is_signed;
	unsigned int count;
	const struct type *of;
	struct item *items;
};

/**
 * struct item - of an enum
 * @next: the one after it
 * @name: its name
 * @doc: its documentation, or NULL
 * @value: its value
 */
struct item {
	struct item *next;
	const char *name;
	const char *doc;
	int32_t value;
};

/**
 * struct constant - a named number
 * @name: its name
 * @type: an integer
 * @doc: its documentation, or NULL
 * @negative: @value is to be negated
 * @value: its magnitude
 */
struct constant {
	const char *name;
	const struct type *type;
	const char *doc;
	bool negative;
	uint64_t value;
};

/**
 * struct field - a parameter or a result
 * @next: the one after it
 * @name: its name
 * @at: where that is
 * @type: an element's type, if @count is not 0
 * @count: elements, or 0
 * @offset: from the beginning of the payload; that of the pointer if it is out
 *	of line, whose length follows
 * @pad: bytes before it that belong to nothing
 */
struct field {
	struct field *next;
	const char *name;
	struct loc at;
	const struct type *type;
	unsigned int count;
	unsigned int offset;
	unsigned int pad;
};

/**
 * struct body - what a message carries
 * @fields: in the order of the declaration, or NULL
 * @ool: the one of @fields that is out of line, or NULL
 * @number: of the message
 * @size: bytes of the payload that are in use, a multiple of 8
 * @pad: bytes at its end that belong to nothing
 */
struct body {
	struct field *fields;
	const struct field *ool;
	unsigned int number;
	unsigned int size;
	unsigned int pad;
};

enum message_kind {
	MESSAGE_RPC,
	MESSAGE_ONEWAY,
	MESSAGE_ASYNC,
};

/**
 * struct message - a message, and its reply if it is a call
 * @name: its name
 * @at: where that is
 * @doc: its documentation, or NULL
 * @kind: what kind
 * @request: what is sent
 * @reply: what comes back, of MESSAGE_RPC
 */
struct message {
	const char *name;
	struct loc at;
	const char *doc;
	enum message_kind kind;
	struct body request;
	struct body reply;
};

/**
 * struct ns - a namespace; it may have been opened more than once
 * @name: its name
 * @doc: its documentation, or NULL
 */
struct ns {
	const char *name;
	const char *doc;
};

enum decl_kind {
	DECL_NS,
	DECL_TYPE,
	DECL_CONST,
	DECL_MESSAGE,
};

/**
 * struct decl - a line of the interface
 * @next: the one after it
 * @kind: which of the union
 * @ns: what it is in, or NULL; of DECL_NS the namespace itself
 */
struct decl {
	struct decl *next;
	enum decl_kind kind;
	struct ns *ns;
	union {
		struct type *type;
		struct constant *constant;
		struct message *message;
	};
};

/**
 * struct idl - a run
 * @arena: what all of it is made of
 * @diag: errors
 * @dirs: where includes are looked for, after the including file's directory
 * @dir_count: how many
 * @first_number: of the first message
 * @sealed: files cannot be included: the input comes from memory
 * @sources: all files, the last one first
 * @source_count: how many
 * @decls: declarations, in order
 * @last: where the next one goes
 * @next_number: of the next message
 * @message_count: messages, replies not counted
 * @namespaces: by name
 * @types: by name, as in "ns.name" or "name"
 * @constants: likewise
 * @generated: by names that generated code gets, in lower case
 */
struct idl {
	struct arena arena;
	struct diag diag;
	const char *const *dirs;
	unsigned int dir_count;
	unsigned int first_number;
	bool sealed;
	struct source *sources;
	unsigned int source_count;
	struct decl *decls;
	struct decl **last;
	unsigned int next_number;
	unsigned int message_count;
	struct symtab namespaces;
	struct symtab types;
	struct symtab constants;
	struct symtab generated;
};

void idl_init(struct idl *idl, FILE *errors);
bool idl_read_file(struct idl *idl, const char *path);
bool idl_read_text(struct idl *idl, const char *name, const char *text,
		   size_t size);
void idl_free(struct idl *idl);

/* "ns.name", or "name" outside a namespace */
const char *idl_full_name(struct idl *idl, const struct ns *ns, const char *name);
/* What the type field of a message holds: the number, and bits */
uint32_t body_type(const struct body *body);
bool type_is_ool(const struct type *type);

#endif /* IDL_IDL_H */
