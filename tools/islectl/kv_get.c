// SPDX-License-Identifier: GPL-2.0
/*
 * islectl kv get, kv list: read a value, list keys.  Through the device's node,
 * so that whoever may open that can do it; a domain that is not published has
 * none, then through the control.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <libisle-kv.h>

#include "islectl.h"

struct args {
	const char *domain;
	const char *name;
	const char *key;
	bool list;
	bool recursive;
};

static const struct argp_option list_options[] = {
	{ "recursive", 'r', NULL, 0, "With all keys beneath", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case 'r':
		args->recursive = true;
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num == 2)
			args->key = arg;
		else
			parse_domain_device(state, arg, &args->domain, &args->name);
		break;
	case ARGP_KEY_END:
		if (!args->name || (!args->key && !args->list))
			argp_error(state, "give the names of a domain and of its device%s",
				   args->list ? "" : ", and a key");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp get_argp = {
	NULL, parse, "DOMAIN NAME KEY",
	"Write a value of a key-value device to the standard output.\v"
	"DOMAIN can be \"self\" inside \"islectl run\".",
	NULL, NULL, NULL
};

static const struct argp list_argp = {
	list_options, parse, "DOMAIN NAME [KEY]",
	"List the keys of a key-value device, or those beneath KEY.\v"
	"What has keys beneath it ends in a slash. DOMAIN can be \"self\" inside \"islectl run\".",
	NULL, NULL, NULL
};

static struct isle_kv *open_kv(const struct args *args)
{
	struct isle_domain *domain;
	struct isle_kv *kv;
	char path[128];
	int rc;

	snprintf(path, sizeof(path), "/dev/isle/%s/kv/%s", args->domain, args->name);
	rc = isle_kv_open(path, &kv);
	if (rc == -ENOENT && strcmp(args->domain, "self")) {
		rc = open_domain_by_control(args->domain, &domain);
		if (!rc)
			rc = isle_kv_open_in(domain, args->name, &kv);
	}
	if (rc == -ENOENT)
		die("domain '%s' has no kv device '%s'; see: islectl list", args->domain,
		    args->name);
	if (rc)
		die("cannot open '%s' of domain '%s': %s", args->name, args->domain, because(rc));
	return kv;
}

static void write_out(const char *buf, size_t len)
{
	if (fwrite(buf, 1, len, stdout) != len)
		die("cannot write: %s", because(-errno));
}

static int run_get(int argc, char **argv)
{
	static char buf[65536];
	struct args args = { 0 };
	struct isle_kv *kv;
	ssize_t ret;
	int fd;

	parse_args(&get_argp, argc, argv, &args);
	kv = open_kv(&args);
	fd = isle_kv_open_value(kv, args.key);
	if (fd < 0)
		die("cannot read '%s': %s", args.key, because(fd));
	while ((ret = read(fd, buf, sizeof(buf))) > 0)
		write_out(buf, (size_t)ret);
	if (ret < 0)
		die("cannot read '%s': %s", args.key, because(-errno));
	if (fflush(stdout))
		die("cannot write: %s", because(-errno));
	return 0;
}

/* Where in the keys a list is. */
struct place {
	struct isle_kv *kv;
	const char *key;
	bool recursive;
};

static int show(void *arg, const char *name, uint32_t kind)
{
	const struct place *place = arg;
	struct place beneath = *place;
	char *key;
	int rc = 0;

	if (asprintf(&key, "%s%s%s", place->key, *place->key ? "/" : "", name) < 0)
		die("out of memory");
	printf("%s%s\n", key, kind == ISLE_KV_PREFIX ? "/" : "");
	if (place->recursive && kind == ISLE_KV_PREFIX) {
		beneath.key = key;
		rc = isle_kv_list(place->kv, key, show, &beneath);
		/* Removed meanwhile, or something is mounted there */
		if (rc == -ENOENT || rc == -EXDEV)
			rc = 0;
	}
	free(key);
	return rc;
}

static int run_list(int argc, char **argv)
{
	struct args args = { .list = true };
	struct place place;
	int rc;

	parse_args(&list_argp, argc, argv, &args);
	place = (struct place) {
		.kv = open_kv(&args),
		.key = args.key ? args.key : "",
		.recursive = args.recursive,
	};
	rc = isle_kv_list(place.kv, place.key, show, &place);
	if (rc)
		die("cannot list '%s': %s", place.key, because(rc));
	return 0;
}

const struct command kv_get_command = {
	.group = "kv",
	.verb = "get",
	.summary = "write a value to the standard output",
	.argp = &get_argp,
	.run = run_get,
};

const struct command kv_list_command = {
	.group = "kv",
	.verb = "list",
	.summary = "list the keys of a key-value device",
	.argp = &list_argp,
	.run = run_list,
};
