// SPDX-License-Identifier: GPL-2.0
/*
 * Declarations: what a name may be, what it means, and which number a message
 * gets.  Owns the types of the language and the numbering: from the first
 * number on, in the order in which messages are read, a reply right after its
 * request.
 */
#include <ctype.h>
#include <string.h>

#include "declare.h"
#include "layout.h"

static const struct type builtins[] = {
	{ .name = "int8", .base = BASE_INT, .size = 1, .is_signed = true },
	{ .name = "int16", .base = BASE_INT, .size = 2, .is_signed = true },
	{ .name = "int32", .base = BASE_INT, .size = 4, .is_signed = true },
	{ .name = "int64", .base = BASE_INT, .size = 8, .is_signed = true },
	{ .name = "uint8", .base = BASE_INT, .size = 1 },
	{ .name = "uint16", .base = BASE_INT, .size = 2 },
	{ .name = "uint32", .base = BASE_INT, .size = 4 },
	{ .name = "uint64", .base = BASE_INT, .size = 8 },
	{ .name = "int", .base = BASE_INT, .size = 4, .is_signed = true },
	{ .name = "uint", .base = BASE_INT, .size = 4 },
	{ .name = "bool", .base = BASE_BOOL, .size = 1 },
	{ .name = "char", .base = BASE_CHAR, .size = 1 },
	{ .name = "str", .base = BASE_STR },
	{ .name = "bytes", .base = BASE_BYTES },
	/* Of every interface: a task is what messages go to */
	{ .name = "task", .base = BASE_INT, .size = 4, .is_signed = true },
	/* Widths that programs of all word sizes agree on */
	{ .name = "size", .base = BASE_INT, .size = 8 },
	{ .name = "offset", .base = BASE_INT, .size = 8 },
	{ .name = "vaddr", .base = BASE_INT, .size = 8 },
	{ .name = "paddr", .base = BASE_INT, .size = 8 },
	{ .name = "handle", .base = BASE_INT, .size = 4, .is_signed = true },
	{ .name = "notifications", .base = BASE_INT, .size = 4 },
	/* What pagers and hypervisors are told */
	{ .name = "exception_type", .base = BASE_INT, .size = 4, .is_signed = true },
	{ .name = "gpaddr", .base = BASE_INT, .size = 8 },
	/* Registers, as struct user_regs_struct and struct kvm_regs have them */
	{ .name = "trap_frame", .base = BASE_INT, .size = 8, .count = 27 },
	{ .name = "hv_frame", .base = BASE_INT, .size = 8, .count = 18 },
};

/*
 * Fields and messages become members and parameters in C and C++.  What those
 * keep for themselves, and what their headers and compilers define as macros.
 */
static const char *const reserved[] = {
	"NULL", "EOF", "alignas", "alignof", "and", "and_eq", "asm", "assert", "atomic_cancel",
	"atomic_commit", "atomic_noexcept", "auto", "bitand", "bitor", "bool", "break", "case",
	"catch", "char", "char16_t", "char32_t", "char8_t", "class", "co_await", "co_return",
	"co_yield", "compl", "concept", "const", "const_cast", "consteval", "constexpr",
	"constinit", "continue", "current", "decltype", "default", "delete", "do", "double",
	"dynamic_cast", "else", "enum", "errno", "explicit", "export", "extern", "false", "float",
	"for", "friend", "goto", "i386", "if", "inline", "int", "linux", "long", "mutable",
	"namespace", "new", "noexcept", "not", "not_eq", "nullptr", "offsetof", "operator", "or",
	"or_eq", "private", "protected", "public", "register", "reinterpret_cast", "requires",
	"restrict", "return", "short", "signed", "sizeof", "static", "static_assert",
	"static_cast", "stderr", "stdin", "stdout", "struct", "switch", "template", "this",
	"thread_local", "throw", "true", "try", "typedef", "typeid", "typename", "typeof", "union",
	"unix", "unsigned", "using", "virtual", "void", "volatile", "wchar_t", "while", "xor",
	"xor_eq",
};

/** declare_builtins() - the types of the language */
void declare_builtins(struct idl *idl)
{
	size_t i;

	for (i = 0; i < sizeof(builtins) / sizeof(builtins[0]); i++)
		symtab_add(&idl->types, &idl->arena, builtins[i].name, &builtins[i]);
}

/** idl_full_name() - what a name is called from everywhere */
const char *idl_full_name(struct idl *idl, const struct ns *ns, const char *name)
{
	return ns ? arena_printf(&idl->arena, "%s.%s", ns->name, name) : name;
}

/* What is called so here, or everywhere; "ns.name" is the same everywhere. */
static const void *lookup(struct idl *idl, const struct symtab *tab, const struct ns *ns,
			  const char *name)
{
	const void *found = NULL;

	if (ns)
		found = symtab_get(tab, idl_full_name(idl, ns, name));
	return found ? found : symtab_get(tab, name);
}

/** declare_find_type() - the type called so; NULL and an error if there is none */
const struct type *declare_find_type(struct idl *idl, const struct ns *ns,
				     const struct token *name)
{
	const struct type *type = lookup(idl, &idl->types, ns, name->text);

	if (!type)
		diag_error(&idl->diag, &name->at,
			   "there is no type '%s'; a type is declared before it is used",
			   name->text);
	return type;
}

/** declare_find_constant() - likewise, a constant */
const struct constant *declare_find_constant(struct idl *idl, const struct ns *ns,
					     const struct token *name)
{
	const struct constant *constant = lookup(idl, &idl->constants, ns, name->text);

	if (!constant)
		diag_error(&idl->diag, &name->at,
			   "there is no constant '%s'; a constant is declared before it is used",
			   name->text);
	return constant;
}

/** declare_name() - whether generated code can have a member called so */
bool declare_name(struct idl *idl, const struct token *name)
{
	size_t i, len = strlen(name->text);

	if (name->text[0] == '_' || name->text[len - 1] == '_' || strstr(name->text, "__")) {
		diag_error(&idl->diag, &name->at,
			   "a name has '_' neither at an end nor twice in a row");
		return false;
	}
	for (i = 0; i < sizeof(reserved) / sizeof(reserved[0]); i++) {
		if (strcmp(reserved[i], name->text))
			continue;
		diag_error(&idl->diag, &name->at,
			   "'%s' means something else in C or C++; choose another name",
			   name->text);
		return false;
	}
	return true;
}

/*
 * Generated names come from names of the interface, in upper case or in lower,
 * joined by '_'.  Two of a kind that would come out the same are refused here.
 */
static void generate(struct idl *idl, enum decl_kind kind, const struct ns *ns,
		     const char *name, const struct loc *at)
{
	static const char prefixes[] = {
		[DECL_TYPE] = 't', [DECL_CONST] = 'c', [DECL_MESSAGE] = 'm',
	};
	struct loc *where = arena_alloc(&idl->arena, sizeof(*where));
	const struct loc *other;
	char *text, *p;

	text = arena_printf(&idl->arena, "%c:%s%s%s", prefixes[kind], ns ? ns->name : "",
			    ns ? "_" : "", name);
	for (p = text; *p; p++)
		*p = (char)tolower((unsigned char)*p);
	p = text + 2;
	if (kind != DECL_MESSAGE && (!strncmp(p, "msg_", 4) || !strncmp(p, "ops_", 4) ||
				     !strncmp(p, "idl_", 4))) {
		diag_error(&idl->diag, at, "'%.4s' is what other generated names begin with", p);
		return;
	}
	*where = *at;
	other = symtab_add(&idl->generated, &idl->arena, text, where);
	if (!other)
		return;
	diag_error(&idl->diag, at, "generated code would have '%s' twice", p);
	diag_note(&idl->diag, other, "the other one is here");
}

static struct decl *add(struct idl *idl, enum decl_kind kind, struct ns *ns)
{
	struct decl *decl = arena_alloc(&idl->arena, sizeof(*decl));

	decl->kind = kind;
	decl->ns = ns;
	*idl->last = decl;
	idl->last = &decl->next;
	return decl;
}

/** declare_ns() - open a namespace, perhaps again */
struct ns *declare_ns(struct idl *idl, const struct token *name, const char *doc)
{
	struct ns *ns = (struct ns *)symtab_get(&idl->namespaces, name->text);

	if (ns) {
		if (!ns->doc)
			ns->doc = doc;
		return ns;
	}
	ns = arena_alloc(&idl->arena, sizeof(*ns));
	ns->name = name->text;
	ns->doc = doc;
	if (!strcmp(ns->name, "top"))
		diag_error(&idl->diag, &name->at, "'top' is what generated code calls the messages "
			   "that are in no namespace");
	else
		declare_name(idl, name);
	symtab_add(&idl->namespaces, &idl->arena, ns->name, ns);
	add(idl, DECL_NS, ns);
	return ns;
}

/** declare_type() - a type or an enum; of this one the items come later */
void declare_type(struct idl *idl, struct ns *ns, struct type *type)
{
	const struct type *other;

	other = symtab_add(&idl->types, &idl->arena, idl_full_name(idl, ns, type->name), type);
	if (other && other->at.source) {
		diag_error(&idl->diag, &type->at, "there is a type '%s' already", type->name);
		diag_note(&idl->diag, &other->at, "it is here");
		return;
	}
	if (other) {
		diag_error(&idl->diag, &type->at, "'%s' is a type of the language", type->name);
		return;
	}
	type->ns = ns;
	generate(idl, DECL_TYPE, ns, type->name, &type->at);
	add(idl, DECL_TYPE, ns)->type = type;
}

/** declare_enum_item() - a value of an enum */
void declare_enum_item(struct idl *idl, struct ns *ns, struct type *type,
		       const struct token *name, const struct item *item)
{
	struct constant *constant = arena_alloc(&idl->arena, sizeof(*constant));

	constant->name = item->name;
	constant->type = type;
	constant->negative = item->value < 0;
	constant->value = (uint64_t)(item->value < 0 ? -(int64_t)item->value : item->value);
	/* So that arrays and other values can be given by it */
	symtab_add(&idl->constants, &idl->arena,
		   idl_full_name(idl, ns, arena_printf(&idl->arena, "%s.%s", type->name,
						       item->name)),
		   constant);
	if (declare_name(idl, name))
		generate(idl, DECL_CONST, ns, arena_printf(&idl->arena, "%s_%s", type->name,
							   item->name), &name->at);
}

/** declare_constant() - a constant */
void declare_constant(struct idl *idl, struct ns *ns, const struct token *name,
		      struct constant *constant)
{
	if (!declare_name(idl, name))
		return;
	if (symtab_add(&idl->constants, &idl->arena, idl_full_name(idl, ns, name->text),
		       constant)) {
		diag_error(&idl->diag, &name->at, "there is a constant '%s' already", name->text);
		return;
	}
	generate(idl, DECL_CONST, ns, name->text, &name->at);
	add(idl, DECL_CONST, ns)->constant = constant;
}

static bool number_messages(struct idl *idl, struct message *message)
{
	unsigned int wanted = message->kind == MESSAGE_RPC ? 2 : 1;

	if (idl->next_number + wanted - 1 > MESSAGE_NR_MAX) {
		diag_error(&idl->diag, &message->at,
			   "no number is left for this message: %u is the last", MESSAGE_NR_MAX);
		return false;
	}
	message->request.number = idl->next_number;
	if (wanted == 2)
		message->reply.number = idl->next_number + 1;
	idl->next_number += wanted;
	idl->message_count++;
	return true;
}

/** declare_message() - a message: it gets its number and its layout */
void declare_message(struct idl *idl, struct ns *ns, struct message *message)
{
	if (!number_messages(idl, message))
		return;
	layout_body(idl, &message->request);
	generate(idl, DECL_MESSAGE, ns, message->name, &message->at);
	if (message->kind == MESSAGE_RPC) {
		layout_body(idl, &message->reply);
		generate(idl, DECL_MESSAGE, ns, arena_printf(&idl->arena, "%s_reply",
							     message->name), &message->at);
	}
	add(idl, DECL_MESSAGE, ns)->message = message;
}
