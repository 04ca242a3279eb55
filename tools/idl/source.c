// SPDX-License-Identifier: GPL-2.0
/*
 * Files: reading them, and finding what an include means.  Owns the list of
 * what was read, which also is what a dependency file lists.
 *
 * Input is hostile: what is no regular file is not read (a FIFO would wait, a
 * device would not end), sizes and numbers are bounded, a file is read once
 * however often it is included, and one that includes itself is an error.
 */
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "idl.h"
#include "source.h"

/* What a pattern takes grows with the power of these */
#define WILDCARDS_MAX	3

static struct source *add(struct idl *idl, const char *name, char *text, size_t size)
{
	struct source *source = arena_alloc(&idl->arena, sizeof(*source));

	source->name = name;
	source->text = text;
	source->size = size;
	source->next = idl->sources;
	idl->sources = source;
	idl->source_count++;
	return source;
}

/** source_text() - take a source from memory */
struct source *source_text(struct idl *idl, const char *name, const char *text, size_t size)
{
	if (size > SOURCE_MAX) {
		diag_error(&idl->diag, NULL, "%s: larger than %zu bytes", name, SOURCE_MAX);
		return NULL;
	}
	return add(idl, name, arena_strndup(&idl->arena, text, size), size);
}

/* All of @fd, or NULL with errno; EFBIG if it is more than SOURCE_MAX. */
static char *read_all(struct idl *idl, int fd, size_t *size)
{
	/* One more than allowed, so that more can be told */
	static char buffer[SOURCE_MAX + 1];
	ssize_t got;

	*size = 0;
	while (*size < sizeof(buffer)) {
		got = read(fd, buffer + *size, sizeof(buffer) - *size);
		if (got < 0)
			return NULL;
		if (!got)
			return arena_strndup(&idl->arena, buffer, *size);
		*size += (size_t)got;
	}
	errno = EFBIG;
	return NULL;
}

static void cannot_read(struct idl *idl, const struct loc *at, const char *path, int error)
{
	if (error == EFBIG)
		diag_error(&idl->diag, at, "%s: larger than %zu bytes", path, SOURCE_MAX);
	else if (error == EISDIR || error == EINVAL)
		diag_error(&idl->diag, at, "%s: not a regular file", path);
	else
		diag_error(&idl->diag, at, "%s: %s", path, strerror(error));
}

static struct source *find(struct idl *idl, const struct stat *st)
{
	struct source *source;

	for (source = idl->sources; source; source = source->next)
		if (source->ino == st->st_ino && source->dev == st->st_dev)
			return source;
	return NULL;
}

/* Opens @path; -1 with errno: EINVAL if it is no regular file. */
static int open_regular(const char *path, struct stat *st)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0)
		return -1;
	if (fstat(fd, st) || !S_ISREG(st->st_mode)) {
		close(fd);
		errno = EINVAL;
		return -1;
	}
	return fd;
}

static struct source *read_fd(struct idl *idl, const struct loc *at, const char *path, int fd,
			      const struct stat *st)
{
	struct source *source;
	size_t size;
	char *text = read_all(idl, fd, &size);

	if (!text) {
		cannot_read(idl, at, path, errno);
		return NULL;
	}
	source = add(idl, arena_strndup(&idl->arena, path, strlen(path)), text, size);
	source->dev = st->st_dev;
	source->ino = st->st_ino;
	return source;
}

/**
 * source_read() - read the file that the command line names
 * @path: its path; "-" is standard input
 *
 * Return: the source, or NULL and it was reported why.
 */
struct source *source_read(struct idl *idl, const char *path)
{
	struct source *source;
	struct stat st = { 0 };
	int fd;

	if (!strcmp(path, "-"))
		return read_fd(idl, NULL, "<stdin>", STDIN_FILENO, &st);
	fd = open_regular(path, &st);
	if (fd < 0) {
		cannot_read(idl, NULL, path, errno);
		return NULL;
	}
	source = read_fd(idl, NULL, path, fd, &st);
	close(fd);
	return source;
}

typedef void (*parse_fn)(struct idl *idl, struct source *source);

static void loop(struct idl *idl, const struct source *from, const struct loc *at,
		 const struct source *again)
{
	const struct source *source;

	diag_error(&idl->diag, at, "%s includes itself", again->name);
	for (source = from; source && source != again; source = source->parent)
		diag_note(&idl->diag, NULL, "through %s", source->name);
}

/* Include one file that is there.  @one_of_many: a pattern has found it. */
static void include_file(struct idl *idl, const struct source *from, const struct loc *at,
			 const char *path, bool one_of_many, parse_fn parse)
{
	struct source *source;
	struct stat st;
	int fd = open_regular(path, &st);

	if (fd < 0) {
		cannot_read(idl, at, path, errno);
		return;
	}
	source = find(idl, &st);
	if (source) {
		/* A pattern may well match the file that it stands in */
		if (source->open && !(one_of_many && source == from))
			loop(idl, from, at, source);
	} else if (from->depth + 1 >= INCLUDE_DEPTH) {
		diag_error(&idl->diag, at, "files include one another more than %d deep",
			   INCLUDE_DEPTH);
	} else if (idl->source_count >= SOURCES_MAX) {
		diag_error(&idl->diag, at, "more than %d files", SOURCES_MAX);
	} else {
		source = read_fd(idl, at, path, fd, &st);
		if (source) {
			source->parent = from;
			source->depth = from->depth + 1;
			parse(idl, source);
		}
	}
	close(fd);
}

static const char *join(struct idl *idl, const char *dir, size_t len, const char *pattern)
{
	if (*pattern == '/' || !len)
		return pattern;
	return arena_printf(&idl->arena, "%.*s%s%s", (int)len, dir,
			    dir[len - 1] == '/' ? "" : "/", pattern);
}

/* The files that @pattern means in a directory; how many. */
static size_t include_in(struct idl *idl, const struct source *from, const struct loc *at,
			 const char *dir, size_t len, const char *pattern, bool wild,
			 parse_fn parse)
{
	const char *path = join(idl, dir, len, pattern);
	glob_t found;
	size_t i, n;

	if (!wild) {
		if (access(path, F_OK))
			return 0;
		include_file(idl, from, at, path, false, parse);
		return 1;
	}
	/* In the order of bytes: the program never sets a locale */
	if (glob(path, GLOB_NOESCAPE, NULL, &found))
		return 0;
	n = found.gl_pathc;
	for (i = 0; i < n && !diag_full(&idl->diag); i++)
		include_file(idl, from, at, found.gl_pathv[i], true, parse);
	globfree(&found);
	return n;
}

/**
 * source_include() - read what an include means
 * @from: the source that it stands in
 * @at: where
 * @pattern: path or pattern; relative to the directory of @from, then to those
 *	of the command line; the first directory that has any such file counts
 * @parse: reads one file
 *
 * A pattern that nothing matches is no error, a path is.
 */
void source_include(struct idl *idl, const struct source *from, const struct loc *at,
		    const char *pattern, parse_fn parse)
{
	const char *slash = strrchr(from->name, '/');
	bool wild = strpbrk(pattern, "*?[");
	unsigned int i, n = 0;

	if (!*pattern) {
		diag_error(&idl->diag, at, "include needs the name of a file");
		return;
	}
	for (i = 0; pattern[i]; i++)
		n += pattern[i] == '*';
	if (n > WILDCARDS_MAX) {
		diag_error(&idl->diag, at, "more than %d '*' in an include", WILDCARDS_MAX);
		return;
	}
	/* Out of bounds in memory: no file is to be touched on its behalf */
	if (idl->sealed) {
		if (!wild)
			diag_error(&idl->diag, at, "%s: files cannot be included here", pattern);
		return;
	}
	if (include_in(idl, from, at, from->name, slash ? (size_t)(slash - from->name) + 1 : 0,
		       pattern, wild, parse))
		return;
	for (i = 0; i < idl->dir_count && *pattern != '/'; i++)
		if (include_in(idl, from, at, idl->dirs[i], strlen(idl->dirs[i]), pattern, wild,
			       parse))
			return;
	if (!wild)
		diag_error(&idl->diag, at, "%s: there is no such file", pattern);
}
