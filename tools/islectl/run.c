// SPDX-License-Identifier: GPL-2.0
/*
 * islectl run: start a program that sees one domain, as /dev/isle/self, and
 * no other.
 */
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "islectl.h"

struct args {
	const char *domain;
	char **command;
	uid_t user;
	gid_t group;
	bool user_given;
	bool group_given;
};

static const struct argp_option options[] = {
	{ "user", OPT_USER, "USER", 0, "Run as that user", 0 },
	{ "group", OPT_GROUP, "GROUP", 0, "Run as that group; the user's if not given", 0 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;
	gid_t group;

	switch (key) {
	case OPT_USER:
		group = (gid_t)-1;
		args->user = parse_user(state, arg, &group);
		args->user_given = true;
		if (args->group_given)
			break;
		if (group == (gid_t)-1)
			group = args->user;
		args->group = group;
		break;
	case OPT_GROUP:
		args->group = parse_group(state, arg);
		args->group_given = true;
		break;
	case ARGP_KEY_ARG:
		if (!state->arg_num) {
			args->domain = parse_name(state, "domain", arg);
			break;
		}
		/* The rest is the program's, options and all. */
		args->command = state->argv + state->next - 1;
		state->next = state->argc;
		break;
	case ARGP_KEY_END:
		if (!args->domain || !args->command)
			argp_error(state, "give the name of a domain and a program to run");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "DOMAIN -- PROGRAM [ARGUMENT...]",
	"Run a program in a domain: it sees the nodes of that domain in /dev/isle/self, and no "
	"other domain.\v"
	"The program has a mount namespace of its own. Without --user it runs as root, who can "
	"undo that; "
	"with --user it can gain no privileges any more, and needs to be allowed to use the "
	"domain's nodes "
	"(islectl domain add --user). The exit status is the program's; 125 if it could not be "
	"started, "
	"126 if it cannot be run, 127 if it was not found.",
	NULL, NULL, NULL
};

/* The order matters: each step needs what the next one gives up. */
static void drop_privileges(const struct args *args)
{
	struct passwd *entry = args->user_given ? getpwuid(args->user) : NULL;
	int rc;

	if (entry)
		rc = initgroups(entry->pw_name, args->group);
	else
		rc = setgroups(1, &args->group);
	if (rc)
		die("cannot set groups: %s", because(-errno));
	if (setresgid(args->group, args->group, args->group))
		die("cannot become group %u: %s", args->group, because(-errno));
	if (!args->user_given)
		return;
	if (setresuid(args->user, args->user, args->user))
		die("cannot become user %u: %s", args->user, because(-errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		die("cannot give up gaining privileges: %s", because(-errno));
}

static int run(int argc, char **argv)
{
	struct args args = { 0 };
	int error;

	argp_err_exit_status = EXIT_RUN_FAILED;
	die_status = EXIT_RUN_FAILED;
	parse_args(&argp, argc, argv, &args);
	enter_sandbox(args.domain);
	if (args.user_given || args.group_given)
		drop_privileges(&args);
	execvp(args.command[0], args.command);
	error = errno;
	complain("cannot run '%s': %s", args.command[0], because(-error));
	return error == ENOENT ? EXIT_NO_PROGRAM : EXIT_NO_EXEC;
}

const struct command run_command = {
	.group = "run",
	.summary = "run a program in a domain",
	.argp = &argp,
	.run = run,
};
