// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: a fuzzer for isle-idl
 *
 *	fuzz SECONDS SEED-FILE...
 *
 * Reads interfaces that are mutations of the seeds and, if they have no errors,
 * makes everything of them that can be made.  The compiler is built into it
 * with sanitizers and with -fsanitize-coverage=trace-pc, so that an input that
 * reaches something new is kept and mutated on.  No file is opened meanwhile.
 *
 * It can also be linked with libFuzzer, which calls LLVMFuzzerTestOneInput():
 * clang -DLIBFUZZER -fsanitize=fuzzer,address,undefined, and the same sources.
 *
 * An input that breaks it is written to the file fuzz-crash, before it is tried.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "gen.h"
#include "idl.h"

#define INPUT_MAX	4096
#define CORPUS_MAX	8192

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static FILE *sink;

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static void (*const kinds[])(const struct gen *gen) = {
		gen_header, gen_stubs, gen_docs, gen_list,
	};
	struct gen gen = {
		.to = sink, .source = "fuzz", .prefix = "p", .upper = "P",
		.licence = "GPL-2.0", .header = "h",
	};
	struct idl idl;
	size_t i;

	if (!sink) {
		sink = fopen("/dev/null", "w");
		gen.to = sink;
	}
	idl_init(&idl, sink);
	idl.sealed = true;
	gen.idl = &idl;
	if (idl_read_text(&idl, "fuzz", (const char *)data, size))
		for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
			kinds[i](&gen);
	idl_free(&idl);
	return 0;
}

#ifndef LIBFUZZER

static uint8_t covered[1 << 16];
static unsigned int found;	/* bits that the present input was first to reach */

void __sanitizer_cov_trace_pc(void);

/* Called by every block of the compiler's code */
void __sanitizer_cov_trace_pc(void)
{
	uintptr_t pc = (uintptr_t)__builtin_return_address(0);
	uint8_t *slot = &covered[(pc ^ pc >> 16) & (sizeof(covered) - 1)];

	if (!*slot) {
		*slot = 1;
		found++;
	}
}

static struct {
	uint8_t *data;
	size_t size;
} corpus[CORPUS_MAX];
static size_t corpus_size;

static uint64_t state = 88172645463325252ULL;

static uint32_t below(uint32_t limit)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(state >> 33) % limit;
}

static void keep(const uint8_t *data, size_t size)
{
	uint8_t *copy;

	if (corpus_size == CORPUS_MAX)
		return;
	copy = malloc(size + 1);
	if (!copy)
		return;
	memcpy(copy, data, size);
	corpus[corpus_size].data = copy;
	corpus[corpus_size++].size = size;
}

static const char *const words[] = {
	"rpc ", "oneway ", "async ", "enum ", "type ", "const ", "include ", "namespace ",
	"int", "uint64", "str", "bytes", "bool", "char", "trap_frame", "[31]", "[248]", "-> (",
	"();", "{", "}", "=", "-", "0x", "18446744073709551615", "2147483648", "///", "//", "/*",
	"*/", "\"", "*", ".", ":", ",", "\n", "\t", "\xc3\xa4", "\xff", "\"*.idl\"", "a", "_",
};

static size_t mutate(uint8_t *out, size_t size)
{
	size_t from, len, n;
	uint32_t rounds = 1 + below(6), other;

	while (rounds--) {
		from = size ? below((uint32_t)size) : 0;
		switch (below(6)) {
		case 0:
			if (size)
				out[from] = (uint8_t)below(256);
			break;
		case 1:
			if (size)
				out[from] ^= (uint8_t)(1U << below(8));
			break;
		case 2:	/* take something away */
			len = size ? below((uint32_t)(size - from) < 64 ?
					   (uint32_t)(size - from) : 64) : 0;
			memmove(out + from, out + from + len, size - from - len);
			size -= len;
			break;
		case 3:	/* a word more */
			n = below(sizeof(words) / sizeof(words[0]));
			len = strlen(words[n]);
			if (size + len > INPUT_MAX)
				break;
			memmove(out + from + len, out + from, size - from);
			memcpy(out + from, words[n], len);
			size += len;
			break;
		case 4:	/* a piece of another */
			other = below((uint32_t)corpus_size);
			if (!corpus[other].size)
				break;
			n = below((uint32_t)corpus[other].size);
			len = 1 + below(128);
			if (len > corpus[other].size - n)
				len = corpus[other].size - n;
			if (size + len > INPUT_MAX)
				break;
			memmove(out + from + len, out + from, size - from);
			memcpy(out + from, corpus[other].data + n, len);
			size += len;
			break;
		case 5:	/* a piece of itself, again */
			len = size - from < 64 ? size - from : 64;
			if (size + len > INPUT_MAX)
				break;
			memmove(out + from + len, out + from, size - from);
			size += len;
			break;
		}
	}
	return size;
}

/* A piece per paragraph, so that inputs are small, and the file's beginning */
static void seed(const char *path)
{
	static char text[1 << 16];
	FILE *file = fopen(path, "r");
	char *p, *next;
	size_t size;

	if (!file) {
		perror(path);
		exit(2);
	}
	size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[size] = '\0';
	keep((uint8_t *)text, size < INPUT_MAX ? size : INPUT_MAX);
	for (p = text; p; p = next) {
		next = strstr(p, "\n\n");
		size = next ? (size_t)(next - p) : strlen(p);
		keep((uint8_t *)p, size < INPUT_MAX ? size : INPUT_MAX);
		if (next)
			next += 2;
	}
}

int main(int argc, char **argv)
{
	static uint8_t input[2 * INPUT_MAX];
	unsigned long tried = 0;
	time_t end;
	size_t size, i;
	FILE *crash;

	if (argc < 3) {
		fprintf(stderr, "usage: fuzz SECONDS FILE...\n");
		return 2;
	}
	for (i = 2; i < (size_t)argc; i++)
		seed(argv[i]);
	end = time(NULL) + atoi(argv[1]);
	if (getenv("ISLE_SEED"))
		state ^= strtoull(getenv("ISLE_SEED"), NULL, 0);
	crash = fopen("fuzz-crash", "w+");
	if (!crash) {
		perror("fuzz-crash");
		return 2;
	}
	for (i = 0; time(NULL) < end || i < corpus_size; tried++) {
		if (i < corpus_size) {
			size = corpus[i].size;
			memcpy(input, corpus[i].data, size);
			i++;
		} else {
			/* what is new more often */
			uint32_t n = below((uint32_t)corpus_size);

			if (below(2))
				n = (uint32_t)corpus_size - 1 - n / 8;
			size = corpus[n].size;
			memcpy(input, corpus[n].data, size);
			size = mutate(input, size);
		}
		rewind(crash);
		fwrite(input, 1, size, crash);
		fflush(crash);
		if (ftruncate(fileno(crash), (off_t)size))
			return 2;
		found = 0;
		LLVMFuzzerTestOneInput(input, size);
		if (found && i >= corpus_size) {
			keep(input, size);
			i = corpus_size;
		}
	}
	fclose(crash);
	unlink("fuzz-crash");
	for (i = 0, size = 0; i < sizeof(covered); i++)
		size += covered[i];
	printf("# %lu inputs, %zu kept, %zu places reached\n", tried, corpus_size, size);
	return size > 500 ? 0 : 1;
}

#endif
