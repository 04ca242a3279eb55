/* SPDX-License-Identifier: GPL-2.0 */
#ifndef IDL_DIAG_H
#define IDL_DIAG_H

#include <stdbool.h>
#include <stdio.h>

struct source;

/**
 * struct loc - a place in a source
 * @source: which; NULL: none
 * @offset: bytes from its beginning
 * @len: bytes that are meant, at least 1
 */
struct loc {
	const struct source *source;
	size_t offset;
	size_t len;
};

/**
 * struct diag - what was found wrong
 * @to: where errors are printed
 * @errors: how many there were
 * @max: how many are printed
 */
struct diag {
	FILE *to;
	unsigned int errors;
	unsigned int max;
};

__attribute__((format(printf, 3, 4)))
void diag_error(struct diag *diag, const struct loc *at, const char *fmt, ...);
__attribute__((format(printf, 3, 4)))
void diag_note(struct diag *diag, const struct loc *at, const char *fmt, ...);
bool diag_full(const struct diag *diag);

/* Ends the program, with EXIT_SYSTEM. */
__attribute__((noreturn, format(printf, 1, 2)))
void idl_fatal(const char *fmt, ...);

#endif /* IDL_DIAG_H */
