// SPDX-License-Identifier: GPL-2.0
/*
 * Messages.  Owns the words that they begin with.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "islectl.h"

static char prefix[64] = "islectl";

int die_status = EXIT_FAILED;

void report_command(const char *group, const char *verb)
{
	snprintf(prefix, sizeof(prefix), "islectl: %s%s%s", group, verb ? " " : "",
		 verb ? verb : "");
}

static void vcomplain(const char *fmt, va_list ap)
{
	/* What was printed before should stand before. */
	fflush(stdout);
	fprintf(stderr, "%s: ", prefix);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void complain(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(fmt, ap);
	va_end(ap);
}

void die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vcomplain(fmt, ap);
	va_end(ap);
	exit(die_status);
}

/** because() - the text for a negative errno of libisle */
const char *because(int rc)
{
	return strerror(-rc);
}
