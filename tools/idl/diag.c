// SPDX-License-Identifier: GPL-2.0
/*
 * Errors: file, line and column, what is wrong, the line, and a caret below the
 * place.  Lines are counted when an error is printed, so that reading needs not
 * keep account of them.  Owns the form of messages.
 *
 * What is printed of a source may be hostile to a terminal: control characters
 * become spaces, and of a long line only the surroundings are shown.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "idl.h"
#include "source.h"

/* Characters of a line shown before the place, and altogether */
#define BEFORE	60
#define SHOWN	100

static bool continues(unsigned char byte)
{
	return (byte & 0xc0) == 0x80;
}

/* The beginning of the line that @at is in, and the number of that line. */
static size_t line_of(const struct loc *at, unsigned int *line)
{
	const char *text = at->source->text, *end = text + at->offset, *p = text;
	const char *start = text;

	*line = 1;
	while ((p = memchr(p, '\n', (size_t)(end - p)))) {
		start = ++p;
		++*line;
	}
	return (size_t)(start - text);
}

static unsigned int characters(const char *from, const char *to)
{
	unsigned int n = 0;

	for (; from < to; from++)
		n += !continues((unsigned char)*from);
	return n;
}

static void print_char(FILE *to, char c)
{
	unsigned char byte = (unsigned char)c;

	/* Bytes above ASCII may be of no valid sequence */
	fputc(byte < 0x20 || byte >= 0x7f ? ' ' : c, to);
}

static void print_line(struct diag *diag, const struct loc *at, size_t start)
{
	const char *text = at->source->text;
	const char *end = memchr(text + start, '\n', at->source->size - start);
	const char *place = text + at->offset;
	const char *from = text + start, *p;
	unsigned int width;

	if (!end)
		end = text + at->source->size;
	if (place - from > BEFORE)
		from = place - BEFORE;
	if (end - from > SHOWN)
		end = from + SHOWN;

	fputs("    ", diag->to);
	for (p = from; p < end; p++)
		if (!continues((unsigned char)*p))
			print_char(diag->to, *p);
	fputs("\n    ", diag->to);
	for (p = from; p < place; p++)
		if (!continues((unsigned char)*p))
			fputc(' ', diag->to);
	fputc('^', diag->to);
	for (width = 1; width < at->len && place + width < end; width++)
		if (!continues((unsigned char)place[width]))
			fputc('~', diag->to);
	fputc('\n', diag->to);
}

static void report(struct diag *diag, const struct loc *at, const char *kind,
		   const char *fmt, va_list ap)
{
	unsigned int line = 0;
	size_t start = 0;

	if (at && at->source) {
		start = line_of(at, &line);
		fprintf(diag->to, "%s:%u:%u: %s: ", at->source->name, line,
			characters(at->source->text + start,
				   at->source->text + at->offset) + 1, kind);
	} else {
		fprintf(diag->to, "isle-idl: %s: ", kind);
	}
	vfprintf(diag->to, fmt, ap);
	fputc('\n', diag->to);
	if (line)
		print_line(diag, at, start);
}

/** diag_full() - whether so much is wrong that it is time to stop */
bool diag_full(const struct diag *diag)
{
	return diag->errors >= diag->max;
}

/** diag_error() - report what is wrong at a place */
void diag_error(struct diag *diag, const struct loc *at, const char *fmt, ...)
{
	va_list ap;

	if (diag_full(diag))
		return;
	va_start(ap, fmt);
	report(diag, at, "error", fmt, ap);
	va_end(ap);
	diag->errors++;
	if (diag_full(diag))
		fprintf(diag->to, "isle-idl: error: %u errors; giving up\n", diag->errors);
}

/** diag_note() - say more about the error before; none if that was the last */
void diag_note(struct diag *diag, const struct loc *at, const char *fmt, ...)
{
	va_list ap;

	if (diag_full(diag))
		return;
	va_start(ap, fmt);
	report(diag, at, "note", fmt, ap);
	va_end(ap);
}

void idl_fatal(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	fputs("isle-idl: error: ", stderr);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
	va_end(ap);
	exit(EXIT_SYSTEM);
}
