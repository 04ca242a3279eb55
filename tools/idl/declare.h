/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IDL_DECLARE_H
#define IDL_DECLARE_H

#include "idl.h"
#include "lex.h"

void declare_builtins(struct idl *idl);
const struct type *declare_find_type(struct idl *idl, const struct ns *ns,
				     const struct token *name);
const struct constant *declare_find_constant(struct idl *idl, const struct ns *ns,
					     const struct token *name);

struct ns *declare_ns(struct idl *idl, const struct token *name, const char *doc);
void declare_type(struct idl *idl, struct ns *ns, struct type *type);
void declare_enum_item(struct idl *idl, struct ns *ns, struct type *type,
		       const struct token *name, const struct item *item);
void declare_constant(struct idl *idl, struct ns *ns, const struct token *name,
		      struct constant *constant);
void declare_message(struct idl *idl, struct ns *ns, struct message *message);
bool declare_name(struct idl *idl, const struct token *name);

#endif /* IDL_DECLARE_H */
