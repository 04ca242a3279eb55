// SPDX-License-Identifier: GPL-2.0
/*
 * isle-idl: compiles interfaces.
 *
 * The command line, and output files.  An output is written beside its place
 * and renamed, so that nobody sees half of one, and there is none if the
 * interface has errors.
 */
#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "gen.h"
#include "idl.h"

#define DIRS_MAX	64

enum {
	OPT_PREFIX = 0x100,
	OPT_LICENCE,
	OPT_HEADER,
	OPT_FIRST,
	OPT_MD,
};

struct args {
	const char *input;
	const char *output;
	const char *depfile;
	void (*generate)(const struct gen *gen);
	const char *dirs[DIRS_MAX];
	unsigned int dir_count;
	unsigned int first;
	struct gen gen;
};

static const struct {
	const char *name;
	void (*generate)(const struct gen *gen);
} kinds[] = {
	{ "header", gen_header },
	{ "stubs", gen_stubs },
	{ "docs", gen_docs },
	{ "list", gen_list },
};

static const struct argp_option options[] = {
	{ "emit", 'e', "KIND", 0,
	  "What to write: header (structs and numbers in C), stubs (clients and servers in C), "
	  "docs (Markdown), list (a line per message). Without it the input is only checked", 0 },
	{ "output", 'o', "FILE", 0, "Where to; standard output if not given", 0 },
	{ "include", 'I', "DIR", 0, "Look for included files there, too", 0 },
	{ "prefix", OPT_PREFIX, "NAME", 0, "What generated names begin with (isle)", 0 },
	{ "header", OPT_HEADER, "FILE", 0,
	  "What stubs include to get the structs (isle/interface.h)", 0 },
	{ "first-number", OPT_FIRST, "N", 0, "Number of the first message (1)", 0 },
	{ "license", OPT_LICENCE, "SPDX", 0, "Licence of what is written (GPL-2.0)", 0 },
	{ "MD", OPT_MD, "FILE", 0,
	  "Write there, for make, which files the output depends on; needs --output", 0 },
	{ 0 }
};

static bool is_name(const char *text)
{
	const char *p;

	for (p = text; *p; p++)
		if (!(islower((unsigned char)*p) || (p > text && isdigit((unsigned char)*p)) ||
		      (p > text && *p == '_')))
			return false;
	return p != text && p - text <= IDENT_MAX;
}

static bool is_printable(const char *text)
{
	const char *p;

	for (p = text; *p; p++)
		if (!isprint((unsigned char)*p) || *p == '*' || *p == '\\' || *p == '>')
			return false;
	return *text;
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	unsigned long number;
	char *end;
	size_t i;

	switch (key) {
	case 'e':
		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			if (!strcmp(arg, kinds[i].name))
				args->generate = kinds[i].generate;
		if (!args->generate)
			argp_error(state, "'%s' cannot be written: choose header, stubs, docs or "
				   "list", arg);
		break;
	case 'o':
		args->output = arg;
		break;
	case 'I':
		if (args->dir_count == DIRS_MAX)
			argp_error(state, "more than %d directories", DIRS_MAX);
		args->dirs[args->dir_count++] = arg;
		break;
	case OPT_PREFIX:
		if (!is_name(arg))
			argp_error(state, "'%s' cannot begin names: use lower case letters, "
				   "digits, '_'", arg);
		args->gen.prefix = arg;
		break;
	case OPT_HEADER:
		if (!is_printable(arg))
			argp_error(state, "'%s' cannot be included", arg);
		args->gen.header = arg;
		break;
	case OPT_FIRST:
		errno = 0;
		number = strtoul(arg, &end, 10);
		if (!isdigit((unsigned char)*arg) || *end || errno || !number ||
		    number > MESSAGE_NR_MAX)
			argp_error(state, "'%s' is not a number from 1 to %u", arg,
				   MESSAGE_NR_MAX);
		args->first = (unsigned int)number;
		break;
	case OPT_LICENCE:
		if (!is_printable(arg))
			argp_error(state, "'%s' is not a licence", arg);
		args->gen.licence = arg;
		break;
	case OPT_MD:
		args->depfile = arg;
		break;
	case ARGP_KEY_ARG:
		if (args->input)
			argp_error(state, "more than one input; one file can include others");
		args->input = arg;
		break;
	case ARGP_KEY_END:
		if (!args->input)
			argp_error(state, "no input");
		if (args->output && !args->generate)
			argp_error(state, "--output needs --emit");
		if (args->depfile && !args->output)
			argp_error(state, "--MD needs --output");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "FILE",
	"Compile a description of messages.\v"
	"FILE can be - for standard input. Exit status: 0; 1 if FILE has errors; 2 if the command "
	"line has; 3 if a file cannot be read or written. isle-idl(1) describes the language.",
	NULL, NULL, NULL
};

/* What is put beside its place first; a name that nobody else has */
static FILE *open_output(const char *path, char **beside)
{
	struct stat st;
	mode_t mask;
	FILE *file;
	int fd;

	/* A pipe or /dev/null stays what it is */
	if (!stat(path, &st) && !S_ISREG(st.st_mode)) {
		*beside = NULL;
		return fopen(path, "we");
	}
	if (asprintf(beside, "%s.XXXXXX", path) < 0)
		idl_fatal("out of memory");
	fd = mkostemp(*beside, 02000000 /* O_CLOEXEC */);
	if (fd < 0)
		return NULL;
	mask = umask(0);
	umask(mask);
	fchmod(fd, 0666 & ~mask);
	file = fdopen(fd, "w");
	if (!file)
		close(fd);
	return file;
}

static void write_file(const char *path, const char *text, size_t size)
{
	char *beside = NULL;
	FILE *file = open_output(path, &beside);
	int error;

	if (file) {
		fwrite(text, 1, size, file);
		error = ferror(file) ? EIO : 0;
		if (fclose(file) && !error)
			error = errno;
		if (!error && (!beside || !rename(beside, path))) {
			free(beside);
			return;
		}
		if (!error)
			error = errno;
	} else {
		error = errno;
	}
	if (beside)
		unlink(beside);
	idl_fatal("%s: %s", path, strerror(error));
}

/* As make reads names: spaces, '#' and '$' mean something to it */
static void print_dep(FILE *to, const char *path)
{
	for (; *path; path++) {
		if (*path == ' ' || *path == '#' || *path == '\t')
			fputc('\\', to);
		if (*path == '$')
			fputc('$', to);
		fputc(*path, to);
	}
}

static void write_deps(const struct args *args, const struct idl *idl)
{
	const struct source *source;
	size_t size = 0;
	char *text = NULL;
	FILE *to = open_memstream(&text, &size);

	if (!to)
		idl_fatal("out of memory");
	print_dep(to, args->output);
	fputc(':', to);
	for (source = idl->sources; source; source = source->next) {
		fputs(" \\\n  ", to);
		print_dep(to, source->name);
	}
	fputs("\n", to);
	/* So that make does not mind when one is gone */
	for (source = idl->sources; source; source = source->next) {
		print_dep(to, source->name);
		fputs(":\n", to);
	}
	if (fclose(to))
		idl_fatal("out of memory");
	write_file(args->depfile, text, size);
	free(text);
}

static void write_output(struct args *args, struct idl *idl)
{
	struct gen *gen = &args->gen;
	const char *slash = strrchr(args->input, '/');
	size_t size = 0;
	char *text = NULL, *p;

	gen->idl = idl;
	gen->source = arena_printf(&idl->arena, "%s", slash ? slash + 1 : args->input);
	/* It stands in comments */
	for (p = (char *)gen->source; *p; p++)
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			*p = '_';
	gen->upper = gen_upper(gen, gen->prefix);
	gen->to = open_memstream(&text, &size);
	if (!gen->to)
		idl_fatal("out of memory");
	args->generate(gen);
	if (fclose(gen->to))
		idl_fatal("out of memory");
	if (args->output)
		write_file(args->output, text, size);
	else if (fwrite(text, 1, size, stdout) != size || fflush(stdout))
		idl_fatal("standard output: %s", strerror(errno));
	free(text);
}

int main(int argc, char **argv)
{
	struct args args = {
		.first = 1,
		.gen = { .prefix = "isle", .licence = "GPL-2.0", .header = "isle/interface.h" },
	};
	struct idl idl;
	int status = 0;

	argp_err_exit_status = EXIT_USAGE;
	argp_program_version = "isle-idl " IDL_VERSION;
	if (argp_parse(&argp, argc, argv, 0, NULL, &args))
		idl_fatal("out of memory");

	idl_init(&idl, stderr);
	idl.dirs = args.dirs;
	idl.dir_count = args.dir_count;
	idl.first_number = args.first;
	if (!idl_read_file(&idl, args.input))
		status = idl.sources ? EXIT_INPUT : EXIT_SYSTEM;
	if (!status && args.generate)
		write_output(&args, &idl);
	if (!status && args.depfile)
		write_deps(&args, &idl);
	idl_free(&idl);
	return status;
}
