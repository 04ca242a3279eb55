// SPDX-License-Identifier: GPL-2.0
/*
 * islectl: administers the domains of the isle module.
 *
 * This file owns the table of commands and picks one.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "islectl.h"

static const struct command *const commands[] = {
	&domain_add_command,
	&domain_del_command,
	&domain_list_command,
	&link_command,
	&unlink_command,
	&list_command,
	&quota_command,
	&blk_add_command,
	&blk_del_command,
	&blk_info_command,
	&kv_add_command,
	&kv_del_command,
	&kv_get_command,
	&kv_list_command,
	&kv_info_command,
	&console_add_command,
	&console_del_command,
	&console_attach_command,
	&console_info_command,
	&fs_add_command,
	&fs_del_command,
	&fs_info_command,
	&fs_format_command,
	&net_add_command,
	&net_del_command,
	&net_info_command,
	&net_connect_command,
	&net_disconnect_command,
	&net_tap_command,
	&vchan_listen_command,
	&vchan_connect_command,
	&vchan_proxy_command,
	&vchan_info_command,
	&msg_command,
	&launcher_command,
	&tasks_command,
	&run_command,
	&version_command,
};

#define COMMANDS (sizeof(commands) / sizeof(commands[0]))

/* What is left of the line when it begins with the command's own words. */
static void print_command(FILE *to, const struct command *command)
{
	char words[32];

	snprintf(words, sizeof(words), "%s%s%s", command->group, command->verb ? " " : "",
		 command->verb ? command->verb : "");
	fprintf(to, "  %-16s%s\n", words, command->summary);
}

/* Of one group, or with NULL of all. */
static void print_usage(FILE *to, const char *group)
{
	fprintf(to, "Usage: islectl %s [OPTION...] ARGUMENT...\n\n",
		group ? group : "COMMAND");
	for (size_t i = 0; i < COMMANDS; i++)
		if (!group || !strcmp(commands[i]->group, group))
			print_command(to, commands[i]);
	fprintf(to, "\n\"islectl COMMAND --help\" tells more about one of them, islectl(8) all.\n");
}

/* For completion: every command in a line. */
static void list_commands(void)
{
	for (size_t i = 0; i < COMMANDS; i++)
		printf("%s%s%s\n", commands[i]->group, commands[i]->verb ? " " : "",
		       commands[i]->verb ? commands[i]->verb : "");
}

static void usage_error(const char *what, const char *word)
{
	fprintf(stderr, "islectl: %s '%s'; try: islectl --help\n", what, word);
	exit(EXIT_USAGE);
}

/* How many words of argv name @command: 0 if they do not. */
static int matches(const struct command *command, int argc, char **argv)
{
	if (strcmp(command->group, argv[0]))
		return 0;
	if (!command->verb)
		return 1;
	return argc > 1 && !strcmp(command->verb, argv[1]) ? 2 : 0;
}

static int run(const struct command *command, int words, int argc, char **argv)
{
	static char name[64];

	snprintf(name, sizeof(name), "islectl %s%s%s", command->group,
		 command->verb ? " " : "", command->verb ? command->verb : "");
	report_command(command->group, command->verb);
	/* The last of its words becomes the name of the program for argp. */
	argv[words - 1] = name;
	return command->run(argc - (words - 1), argv + words - 1);
}

int main(int argc, char **argv)
{
	bool group = false;
	int words;

	argp_err_exit_status = EXIT_USAGE;
	argc--;
	argv++;
	if (!argc) {
		print_usage(stderr, NULL);
		return EXIT_USAGE;
	}
	if (!strcmp(argv[0], "--help") || !strcmp(argv[0], "-?") || !strcmp(argv[0], "help")) {
		print_usage(stdout, NULL);
		return 0;
	}
	if (!strcmp(argv[0], "--version") || !strcmp(argv[0], "-V")) {
		printf("islectl %s\n", ISLECTL_VERSION);
		return 0;
	}
	if (!strcmp(argv[0], "--list-commands")) {
		list_commands();
		return 0;
	}
	for (size_t i = 0; i < COMMANDS; i++) {
		words = matches(commands[i], argc, argv);
		if (words)
			return run(commands[i], words, argc, argv);
		group |= !strcmp(commands[i]->group, argv[0]);
	}
	if (!group)
		usage_error("there is no command", argv[0]);
	if (argc > 1 && strcmp(argv[1], "--help") && strcmp(argv[1], "-?")) {
		fprintf(stderr, "islectl: %s: ", argv[0]);
		fprintf(stderr, "there is no command '%s'; try: islectl %s --help\n",
			argv[1], argv[0]);
		return EXIT_USAGE;
	}
	print_usage(argc > 1 ? stdout : stderr, argv[0]);
	return argc > 1 ? 0 : EXIT_USAGE;
}
