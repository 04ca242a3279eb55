// SPDX-License-Identifier: GPL-2.0
/*
 * A run of the compiler, from nothing to declarations: what programs that read
 * interfaces call.  It prints errors and returns; only running out of memory
 * ends the program.
 */
#include <string.h>

#include "declare.h"
#include "idl.h"
#include "parse.h"

/** idl_init() - begin a run; @errors: where they are printed */
void idl_init(struct idl *idl, FILE *errors)
{
	memset(idl, 0, sizeof(*idl));
	idl->diag.to = errors;
	idl->diag.max = 20;
	idl->first_number = 1;
	idl->last = &idl->decls;
	declare_builtins(idl);
}

static bool read_source(struct idl *idl, struct source *source)
{
	if (!source)
		return false;
	if (!idl->next_number)
		idl->next_number = idl->first_number;
	parse_source(idl, source);
	return !idl->diag.errors;
}

/** idl_read_file() - read a file and what it includes; false: it has errors */
bool idl_read_file(struct idl *idl, const char *path)
{
	return read_source(idl, source_read(idl, path));
}

/** idl_read_text() - read an interface from memory; false: it has errors */
bool idl_read_text(struct idl *idl, const char *name, const char *text, size_t size)
{
	return read_source(idl, source_text(idl, name, text, size));
}

/** idl_free() - end a run; all that it has found is gone */
void idl_free(struct idl *idl)
{
	arena_free(&idl->arena);
}
