// SPDX-License-Identifier: GPL-2.0
/*
 * Reads a tar archive (ustar, with the extensions of POSIX pax and of GNU for
 * long names and large sizes) and says where its regular files are.  Only
 * headers are read; the file stays as it is.
 *
 * An archive can hold a name more than once: as when it is unpacked, the last
 * one counts.  A hard link is the member that it is a link to.  Whatever does
 * not fit together ends islectl with a message; the module checks the result
 * again.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "islectl.h"
#include "tar.h"

#define BLOCK	512
#define TEXT_MAX	(1 << 20)	/* bytes of an extended header */

/* Offsets of fields in a header, and their sizes */
#define NAME		0, 100
#define SIZE		124, 12
#define CHECKSUM	148, 8
#define TYPE		156
#define LINK		157, 100
#define MAGIC		257
#define PREFIX		345, 155

struct member {
	char *name;
	uint64_t offset, length;
	uint32_t number;	/* in the order of the archive */
};

/* What is known while an archive is read. */
struct reader {
	int fd;
	const char *path;
	uint64_t size;		/* of the archive */
	uint64_t at;		/* of the next header */
	char *name, *link;	/* from extended headers, for the next member */
	bool has_size, sparse;
	bool pending;		/* an extended header waits for its member */
	uint64_t length;
	struct member *members;
	uint32_t count, room, skipped;
};

static void *must(void *memory)
{
	if (!memory)
		die("out of memory");
	return memory;
}

__attribute__((noreturn)) static void broken(const struct reader *r, const char *why)
{
	die("'%s' is not a tar archive that can be read: at byte %" PRIu64 ": %s", r->path, r->at,
	    why);
}

static void read_at(const struct reader *r, void *buf, size_t len, uint64_t at)
{
	size_t done = 0;
	ssize_t ret;

	while (done < len) {
		ret = pread(r->fd, (char *)buf + done, len - done, (off_t)(at + done));
		if (ret < 0 && errno != EINTR)
			die("cannot read '%s': %s", r->path, because(-errno));
		if (!ret)
			broken(r, "it ends too early");
		done += ret > 0 ? (size_t)ret : 0;
	}
}

/* Octal digits, or GNU's binary form if the first bit is set. */
static uint64_t number(const struct reader *r, const unsigned char *block, int at, int len)
{
	const unsigned char *p = block + at;
	uint64_t value = 0;
	int i = 0;

	if (*p & 0x80) {
		for (i = 0; i < len; i++) {
			if (value >> 55)
				broken(r, "a number is too large");
			value = value << 8 | (i ? p[i] : p[i] & 0x7f);
		}
		return value;
	}
	while (i < len && p[i] == ' ')
		i++;
	for (; i < len && p[i] && p[i] != ' '; i++) {
		if (p[i] < '0' || p[i] > '7')
			broken(r, "a number has a character that is not a digit");
		value = value << 3 | (p[i] - '0');
	}
	return value;
}

static void check_sum(const struct reader *r, const unsigned char *block)
{
	uint64_t sum = 0;

	for (int i = 0; i < BLOCK; i++)
		sum += i >= 148 && i < 156 ? ' ' : block[i];
	if (number(r, block, CHECKSUM) != sum)
		broken(r, "a header has a wrong check sum");
}

static char *field(const unsigned char *block, int at, int len)
{
	return must(strndup((const char *)block + at, len));
}

/* "prefix/name" of ustar; GNU has other things where the prefix would be. */
static char *header_name(const unsigned char *block)
{
	char *name = field(block, NAME), *prefix, *both;

	if (memcmp(block + MAGIC, "ustar\0", 6) || !block[345])
		return name;
	prefix = field(block, PREFIX);
	both = must(malloc(strlen(prefix) + strlen(name) + 2));
	stpcpy(stpcpy(stpcpy(both, prefix), "/"), name);
	free(prefix);
	free(name);
	return both;
}

static void replace(char **text, const char *by, size_t len)
{
	free(*text);
	*text = must(strndup(by, len));
}

/* "LENGTH KEY=VALUE\n", any number of them. */
static void pax(struct reader *r, char *text, size_t size)
{
	char *end = text + size, *key, *value, *after;
	uint64_t len;

	while (text < end) {
		len = strtoull(text, &key, 10);
		if (key == text || *key != ' ' || len > (uint64_t)(end - text) ||
		    len < (uint64_t)(key + 3 - text) || text[len - 1] != '\n')
			broken(r, "an extended header has a line of a wrong length");
		after = text + len;
		key++;
		value = memchr(key, '=', after - key);
		if (!value)
			broken(r, "an extended header has a line without a value");
		*value++ = '\0';
		after[-1] = '\0';
		if (!strcmp(key, "path"))
			replace(&r->name, value, after - value);
		else if (!strcmp(key, "linkpath"))
			replace(&r->link, value, after - value);
		else if (!strncmp(key, "GNU.sparse.", 11))
			r->sparse = true;
		if (!strcmp(key, "size")) {
			r->has_size = true;
			r->length = strtoull(value, NULL, 10);
		}
		text = after;
	}
}

/* An extended header: of pax for the next member, or a long name of GNU. */
static void extended(struct reader *r, char type, uint64_t length)
{
	char *text;

	if (length > TEXT_MAX)
		broken(r, "an extended header is too long");
	text = must(calloc(1, length + 1));
	read_at(r, text, length, r->at + BLOCK);
	if (type == 'x')
		pax(r, text, length);
	else
		replace(type == 'L' ? &r->name : &r->link, text, length);
	free(text);
}

/* A name as a key: without "./" and "/" in front, or NULL if it is none. */
static char *as_key(const char *name)
{
	const char *part;
	size_t len;

	while (*name == '/' || !strncmp(name, "./", 2))
		name += *name == '/' ? 1 : 2;
	if (!*name || strlen(name) > ISLE_KV_KEY_MAX)
		return NULL;
	for (part = name;; part += len + 1) {
		len = strcspn(part, "/");
		if (!len || len > ISLE_KV_NAME_MAX || (len <= 2 && !strncmp(part, "..", len)))
			return NULL;
		if (!part[len])
			return must(strdup(name));
	}
}

static void add(struct reader *r, char *key, uint64_t offset, uint64_t length)
{
	if (r->count == r->room) {
		r->room = r->room ? 2 * r->room : 256;
		r->members = must(realloc(r->members, r->room * sizeof(*r->members)));
	}
	if (r->count == ISLE_KV_ENTRIES_MAX)
		die("'%s' has more than %u files", r->path, ISLE_KV_ENTRIES_MAX);
	r->members[r->count] = (struct member) { key, offset, length, r->count };
	r->count++;
}

/* The member that a hard link is one to comes before it. */
static void add_link(struct reader *r, char *key, const char *name)
{
	char *to = as_key(name);

	for (uint32_t i = r->count; to && i-- > 0;)
		if (!strcmp(r->members[i].name, to)) {
			add(r, key, r->members[i].offset, r->members[i].length);
			free(to);
			return;
		}
	free(to);
	free(key);
	r->skipped++;
}

static void regular(struct reader *r, char type, const char *link, char *name, uint64_t length)
{
	char *key = r->sparse ? NULL : as_key(name);

	if (!key)
		r->skipped++;
	else if (type == '1')
		add_link(r, key, link);
	else
		add(r, key, r->at + BLOCK, length);
}

/* False: that was the end of the archive. */
static bool read_member(struct reader *r)
{
	static const unsigned char zeroes[BLOCK];
	unsigned char block[BLOCK];
	uint64_t length;
	char *name, *link, type;

	if (r->at == r->size) {
		if (r->pending)
			broken(r, "it ends too early");
		return false;
	}
	read_at(r, block, BLOCK, r->at);
	if (!memcmp(block, zeroes, BLOCK))
		return false;
	check_sum(r, block);
	type = (char)block[TYPE];
	length = number(r, block, SIZE);
	if (strchr("xgLK", type) && type) {
		if (length > r->size - r->at - BLOCK)
			broken(r, "a header says more than there is");
		if (type != 'g')
			extended(r, type, length);
		r->pending = true;
	} else {
		length = r->has_size ? r->length : length;
		/* These have no data, whatever they say */
		if (type >= '1' && type <= '6')
			length = 0;
		if (length > r->size - r->at - BLOCK)
			broken(r, "a file is longer than the archive");
		name = r->name ? r->name : header_name(block);
		link = r->link ? r->link : field(block, LINK);
		if (type == '0' || !type || type == '7' || type == '1')
			regular(r, type, link, name, length);
		else if (type != '5')
			r->skipped++;
		free(name);
		free(link);
		r->name = NULL;
		r->link = NULL;
		r->has_size = false;
		r->sparse = false;
		r->pending = false;
	}
	r->at += BLOCK + (length + BLOCK - 1) / BLOCK * BLOCK;
	if (r->at > r->size)
		r->at = r->size;	/* the last one is not filled up */
	return true;
}

/* By name; of one name, the last in the archive comes first. */
static int compare(const void *a, const void *b)
{
	const struct member *x = a, *y = b;
	int order = strcmp(x->name, y->name);

	return order ? order : x->number < y->number ? 1 : -1;
}

static void make_index(struct reader *r, struct tar_index *index)
{
	uint64_t bytes = 0;

	qsort(r->members, r->count, sizeof(*r->members), compare);
	for (uint32_t i = 0; i < r->count; i++)
		bytes += strlen(r->members[i].name);
	if (bytes > ISLE_KV_KEYS_MAX)
		die("the names in '%s' are longer than %u bytes together", r->path,
		    ISLE_KV_KEYS_MAX);
	*index = (struct tar_index) {
		.entries = must(calloc(r->count + 1, sizeof(*index->entries))),
		.keys = must(malloc(bytes + 1)),
		.skipped = r->skipped,
	};
	for (uint32_t i = 0; i < r->count; i++) {
		const struct member *member = &r->members[i];
		uint32_t len = (uint32_t)strlen(member->name);

		if (i && !strcmp(member->name, member[-1].name))
			continue;
		index->entries[index->count++] = (struct isle_kv_entry) {
			.offset = member->offset,
			.length = member->length,
			.key = index->keys_length,
			.key_length = len,
		};
		memcpy(index->keys + index->keys_length, member->name, len);
		index->keys_length += len;
	}
	for (uint32_t i = 0; i < r->count; i++)
		free(r->members[i].name);
	free(r->members);
}

/**
 * tar_index() - make an index of an archive
 * @fd: the archive
 * @path: its name, for messages
 * @index: the index; the caller frees both arrays
 *
 * Returns 0, or dies.
 */
int tar_index(int fd, const char *path, struct tar_index *index)
{
	struct reader reader = { .fd = fd, .path = path };
	struct stat st;

	if (fstat(fd, &st))
		die("cannot ask '%s' for its size: %s", path, because(-errno));
	reader.size = (uint64_t)st.st_size;
	while (read_member(&reader))
		;
	free(reader.name);
	free(reader.link);
	make_index(&reader, index);
	return 0;
}
