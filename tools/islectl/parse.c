// SPDX-License-Identifier: GPL-2.0
/*
 * What people type: names, sizes, quotas, users, and the arguments and options
 * that several commands have.  Each of these ends islectl with a message if it
 * does not understand.  Owns nothing.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "islectl.h"

void parse_args(const struct argp *argp, int argc, char **argv, void *input)
{
	/* In order: what stands behind the command of "run" is not ours. */
	if (argp_parse(argp, argc, argv, ARGP_IN_ORDER, NULL, input))
		die("out of memory");
}

/** parse_name() - @what: "domain" or "device", for the message */
const char *parse_name(struct argp_state *state, const char *what, const char *arg)
{
	if (!isle_name_valid(arg))
		argp_error(state,
			   "'%s' cannot be the name of a %s: a name has 1 to %d letters, digits, "
			   "'_' and '-', and does not begin with '-'",
			   arg, what, ISLE_NAME_SIZE - 1);
	return arg;
}

/* A number, then K, M, G, T or P for powers of 1024, then "iB" or "B" or not. */
static bool read_size(const char *arg, uint64_t *size)
{
	static const char units[] = "KMGTP";
	const char *unit;
	char *end;

	if (*arg < '0' || *arg > '9')
		return false;
	errno = 0;
	*size = strtoull(arg, &end, 0);
	if (errno)
		return false;
	unit = *end ? strchr(units, *end >= 'a' && *end <= 'z' ? *end - 32 : *end) : NULL;
	if (unit) {
		if (__builtin_mul_overflow(*size, 1ULL << (10 * (unit - units + 1)), size))
			return false;
		end++;
		if (!strcmp(end, "iB"))
			return true;
	}
	return !*end || !strcmp(end, "B");
}

uint64_t parse_size(struct argp_state *state, const char *arg)
{
	uint64_t size = 0;

	if (!read_size(arg, &size))
		argp_error(state, "'%s' is not a size: give a number, and K, M, G or T if you like",
			   arg);
	return size;
}

/** parse_seconds() - nanoseconds */
int64_t parse_seconds(struct argp_state *state, const char *arg)
{
	char *end;
	double seconds = strtod(arg, &end);

	/* Not a number fails every comparison. */
	if (end == arg || *end || !(seconds >= 0 && seconds <= 1e9))
		argp_error(state, "'%s' is not a number of seconds", arg);
	return (int64_t)(seconds * 1e9);
}

struct quota_setting parse_quota(struct argp_state *state, const char *arg)
{
	struct quota_setting setting = { 0 };
	const char *equals = strchr(arg, '=');
	char kind[32] = "";
	int rc = -EINVAL;

	if (equals && (size_t)(equals - arg) < sizeof(kind)) {
		memcpy(kind, arg, equals - arg);
		rc = isle_quota_from_name(kind);
	}
	if (rc < 0 || !read_size(equals + 1, &setting.limit)) {
		argp_error(state,
			   "'%s' is not a quota: give KIND=N, where KIND is devices, links, "
			   "files, memory, requests, grants, mappings, ports, store, watches, tasks "
			   "or messages",
			   arg);
		return setting;
	}
	setting.kind = (uint32_t)rc;
	return setting;
}

mode_t parse_mode(struct argp_state *state, const char *arg)
{
	char *end;
	unsigned long mode = strtoul(arg, &end, 8);

	if (!*arg || *end || mode > 0777)
		argp_error(state, "'%s' is not a mode: give octal permissions such as 0660", arg);
	return (mode_t)mode;
}

static bool read_id(const char *arg, uint32_t *id)
{
	char *end;
	unsigned long long number;

	if (*arg < '0' || *arg > '9')
		return false;
	number = strtoull(arg, &end, 10);
	/* The last one means "leave it" to the calls that set it. */
	if (*end || number >= UINT32_MAX)
		return false;
	*id = (uint32_t)number;
	return true;
}

/** parse_user() - @group: the user's own one, unless the user is a number */
uid_t parse_user(struct argp_state *state, const char *arg, gid_t *group)
{
	struct passwd *entry = getpwnam(arg);
	uint32_t id = 0;

	if (!entry && !read_id(arg, &id))
		argp_error(state, "there is no user '%s'", arg);
	if (!entry)
		entry = getpwuid(id);
	if (!entry)
		return id;
	*group = entry->pw_gid;
	return entry->pw_uid;
}

gid_t parse_group(struct argp_state *state, const char *arg)
{
	struct group *entry = getgrnam(arg);
	uint32_t id = 0;

	if (entry)
		return entry->gr_gid;
	if (!read_id(arg, &id))
		argp_error(state, "there is no group '%s'", arg);
	return id;
}

/** parse_domain_device() - the arguments "DOMAIN NAME" */
void parse_domain_device(struct argp_state *state, char *arg, const char **domain,
			 const char **name)
{
	if (state->arg_num == 0)
		*domain = parse_name(state, "domain", arg);
	else if (state->arg_num == 1)
		*name = parse_name(state, "device", arg);
	else
		argp_usage(state);
}

/**
 * parse_device() - the arguments "DOMAIN NAME" or "PATH"
 * @domain: the first one, which may be a path
 * @name: the second one; left alone if the first is a path
 */
void parse_device(struct argp_state *state, char *arg, const char **domain, const char **name)
{
	if (state->arg_num == 0)
		*domain = strchr(arg, '/') ? arg : parse_name(state, "domain", arg);
	else if (state->arg_num == 1 && !strchr(*domain, '/'))
		*name = parse_name(state, "device", arg);
	else
		argp_usage(state);
}

/** check_device() - at the end of the arguments, that they were as parse_device() says */
void check_device(struct argp_state *state, const char *domain, const char *name)
{
	if (!domain || (!name && !strchr(domain, '/')))
		argp_error(state, "give the names of a domain and of its device, or the path of "
				  "its node");
}

const struct argp_option json_options[] = {
	OPTION_JSON,
	{ 0 }
};

/** parse_json() - --json and no arguments; the input is whether it was given */
error_t parse_json(int key, char *arg, struct argp_state *state)
{
	bool *json = state->input;

	(void)arg;
	if (key != OPT_JSON)
		return ARGP_ERR_UNKNOWN;
	*json = true;
	return 0;
}

/** parse_look() - --json and the argument "[DOMAIN]"; the input is a struct look_args */
error_t parse_look(int key, char *arg, struct argp_state *state)
{
	struct look_args *args = state->input;

	switch (key) {
	case OPT_JSON:
		args->json = true;
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_usage(state);
		args->domain = parse_name(state, "domain", arg);
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}
