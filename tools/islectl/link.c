// SPDX-License-Identifier: GPL-2.0
/*
 * islectl link, islectl unlink: let two domains see each other, or no longer.
 */
#include <errno.h>

#include "islectl.h"

struct args {
	const char *names[2];
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_usage(state);
		args->names[state->arg_num] = parse_name(state, "domain", arg);
		break;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "give the names of two domains");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp link_argp = {
	NULL, parse, "DOMAIN DOMAIN",
	"Let two domains see each other: only linked ones can. A link goes both ways.",
	NULL, NULL, NULL
};

static const struct argp unlink_argp = {
	NULL, parse, "DOMAIN DOMAIN",
	"Take the link between two domains away: they no longer see each other.",
	NULL, NULL, NULL
};

static int run_link(int argc, char **argv)
{
	struct isle_control *control;
	struct args args = { 0 };
	bool told = false;
	uint32_t ids[2];
	int rc;

	parse_args(&link_argp, argc, argv, &args);
	control = open_control();
	for (int i = 0; i < 2; i++)
		ids[i] = find_domain(control, args.names[i]);
	rc = isle_control_link(control, ids[0], ids[1]);
	switch (rc) {
	case 0:
		return 0;
	case -EEXIST:
		die("domains '%s' and '%s' are linked already", args.names[0], args.names[1]);
	case -EINVAL:
		die("domain '%s' sees itself without a link", args.names[0]);
	case -EDQUOT:
		for (int i = 0; i < 2; i++)
			told |= explain_quota(control, ids[i], args.names[i], ISLE_QUOTA_LINKS, 1);
		if (told)
			return EXIT_FAILED;
		break;
	}
	die("cannot link '%s' and '%s': %s", args.names[0], args.names[1], because(rc));
}

static int run_unlink(int argc, char **argv)
{
	struct isle_control *control;
	struct args args = { 0 };
	uint32_t ids[2];
	int rc;

	parse_args(&unlink_argp, argc, argv, &args);
	control = open_control();
	for (int i = 0; i < 2; i++)
		ids[i] = find_domain(control, args.names[i]);
	rc = isle_control_unlink(control, ids[0], ids[1]);
	if (rc == -ENOENT || rc == -EINVAL)
		die("domains '%s' and '%s' are not linked; see: islectl list", args.names[0],
		    args.names[1]);
	if (rc)
		die("cannot unlink '%s' and '%s': %s", args.names[0], args.names[1], because(rc));
	return 0;
}

const struct command link_command = {
	.group = "link",
	.summary = "let two domains see each other",
	.argp = &link_argp,
	.run = run_link,
};

const struct command unlink_command = {
	.group = "unlink",
	.summary = "take a link away",
	.argp = &unlink_argp,
	.run = run_unlink,
};
