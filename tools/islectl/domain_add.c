// SPDX-License-Identifier: GPL-2.0
/*
 * islectl domain add: make a domain and publish it.  (An unpublished one would
 * be gone with islectl, as nobody else has a file of it.)
 */
#include <errno.h>
#include <unistd.h>

#include "islectl.h"

struct args {
	const char *name;
	mode_t mode;
	uid_t user;
	gid_t group;
	bool group_given;
	uint32_t flags;
	struct quota_setting quotas[ISLE_QUOTA_KINDS];
	bool quota_given[ISLE_QUOTA_KINDS];
};

static const struct argp_option options[] = {
	{ "mode", OPT_MODE, "MODE", 0, "Permissions of its nodes; 0600 if not given", 0 },
	{ "user", OPT_USER, "USER", 0, "Owner of its nodes; yourself if not given", 0 },
	{ "uid", OPT_USER, NULL, OPTION_ALIAS, NULL, 0 },
	{ "group", OPT_GROUP, "GROUP", 0, "Group of its nodes; the owner's if not given", 0 },
	{ "gid", OPT_GROUP, NULL, OPTION_ALIAS, NULL, 0 },
	{ "quota", OPT_QUOTA, "KIND=N", 0,
	  "Limit what it may have, see \"islectl quota --help\"; can be given more than once", 0 },
	{ "xen", OPT_XEN, NULL, 0,
	  "Give it what a Xen guest has in /dev/xen, for programs that were made for Xen", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	struct quota_setting setting;
	gid_t group;

	switch (key) {
	case OPT_MODE:
		args->mode = parse_mode(state, arg);
		break;
	case OPT_USER:
		group = args->group;
		args->user = parse_user(state, arg, &group);
		if (!args->group_given)
			args->group = group;
		break;
	case OPT_GROUP:
		args->group = parse_group(state, arg);
		args->group_given = true;
		break;
	case OPT_XEN:
		args->flags |= ISLE_PUBLISH_XEN;
		break;
	case OPT_QUOTA:
		setting = parse_quota(state, arg);
		args->quotas[setting.kind] = setting;
		args->quota_given[setting.kind] = true;
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num)
			argp_usage(state);
		args->name = parse_name(state, "domain", arg);
		break;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "give the name of the domain to make");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "NAME",
	"Make a domain NAME with nodes in /dev/isle/NAME.\v"
	"It lives until \"islectl domain del NAME\". A program in it is started by \"islectl run "
	"NAME -- PROGRAM\".",
	NULL, NULL, NULL
};

static int run(int argc, char **argv)
{
	struct args args = { .mode = 0600, .user = geteuid(), .group = getegid() };
	struct isle_control *control;
	struct isle_domain *domain;
	int domid, rc;

	parse_args(&argp, argc, argv, &args);
	control = open_control();
	domid = isle_control_domain_create(control, args.name, &domain);
	switch (domid) {
	case -EEXIST:
		die("domain '%s' exists already; remove it with: islectl domain del %s",
		    args.name, args.name);
	case -EINVAL:
		die("domain '%s' cannot be called so: that name has a meaning in /dev/isle; "
		    "choose another",
		    args.name);
	case -ENOSPC:
		die("cannot make domain '%s': there are too many; remove some of: islectl domain "
		    "list",
		    args.name);
	}
	if (domid < 0)
		die("cannot make domain '%s': %s", args.name, because(domid));

	/* Until it is published it dies with us: nothing to undo on errors. */
	for (int kind = 0; kind < ISLE_QUOTA_KINDS; kind++)
		if (args.quota_given[kind])
			set_quota(control, domid, args.name, args.quotas[kind]);
	rc = isle_control_domain_publish(control, domid, args.mode, args.user, args.group,
					 args.flags);
	if (rc == -EOPNOTSUPP && (args.flags & ISLE_PUBLISH_XEN))
		die("cannot give domain '%s' Xen's nodes: this machine runs on Xen, which has its "
		    "own in /dev/xen; leave out --xen",
		    args.name);
	if (rc)
		die("cannot publish domain '%s' in /dev/isle: %s", args.name, because(rc));
	return 0;
}

const struct command domain_add_command = {
	.group = "domain",
	.verb = "add",
	.summary = "make a domain",
	.argp = &argp,
	.run = run,
};
