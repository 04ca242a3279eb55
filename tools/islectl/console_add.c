// SPDX-License-Identifier: GPL-2.0
/*
 * islectl console add: give a domain a console.
 *
 * What is printed can go to a file besides, which is opened here and then kept
 * by the module: a file or terminal, the master of a pty, or a connection to
 * the system's journal.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <termios.h>
#include <unistd.h>

#include <libisle-console.h>

#include "islectl.h"

#define JOURNAL "/run/systemd/journal/stdout"

struct args {
	const char *domain;
	const char *name;
	const char *to;
	struct isle_console_config config;
};

static const struct argp_option options[] = {
	{ "to", OPT_TO, "PATH|pty|journal", 0,
	  "Where what is printed goes besides: a file, a terminal, a new pty, or the journal", 1 },
	{ "hold", OPT_HOLD, NULL, 0,
	  "Let the domain wait rather than forget what nobody has read", 1 },
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case OPT_TO:
		args->to = arg;
		break;
	case OPT_HOLD:
		args->config.flags |= ISLE_CONSOLE_HOLD;
		break;
	case ARGP_KEY_ARG:
		parse_domain_device(state, arg, &args->domain, &args->name);
		break;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "give the name of a domain and one for the console");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "DOMAIN NAME",
	"Give a domain a console, /dev/isle/DOMAIN/console/NAME.\v"
	"Its last 64 KiB can be seen with \"islectl console attach\", whatever --to says. A file is "
	"made if it is not there, and written to at its end. With \"pty\" the name of a terminal is "
	"printed, which any terminal program can open.",
	NULL, NULL, NULL
};

static int open_path(struct args *args)
{
	int fd = open(args->to, O_WRONLY | O_APPEND | O_CREAT | O_NOCTTY | O_NONBLOCK | O_CLOEXEC,
		      0600);

	if (fd < 0 && errno == ENXIO)
		die("cannot open '%s': nobody reads from it", args->to);
	if (fd < 0)
		die("cannot open '%s': %s", args->to, because(-errno));
	return fd;
}

/* The name of the other side goes to @name. */
static int open_pty(char *name, size_t size)
{
	int fd = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
	struct termios raw;

	if (fd < 0 || grantpt(fd) || unlockpt(fd) || ptsname_r(fd, name, size))
		die("cannot make a pty: %s", because(-errno));
	/* Who opens it shall see what was printed, and type without an echo */
	if (tcgetattr(fd, &raw))
		die("cannot set up '%s': %s", name, because(-errno));
	cfmakeraw(&raw);
	if (tcsetattr(fd, TCSANOW, &raw))
		die("cannot set up '%s': %s", name, because(-errno));
	return fd;
}

/* As a service of systemd would have it for its standard output. */
static int open_journal(const struct args *args)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX, .sun_path = JOURNAL };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char header[256];
	int len;

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)))
		die("cannot connect to the journal, '%s': %s", JOURNAL, because(-errno));
	/* identifier, unit, priority (info), and four times no */
	len = snprintf(header, sizeof(header), "isle-%s-%s\n\n6\n0\n0\n0\n0\n", args->domain,
		       args->name);
	if (write(fd, header, (size_t)len) != len || shutdown(fd, SHUT_RD))
		die("cannot write to the journal: %s", because(-errno));
	if (fcntl(fd, F_SETFL, O_NONBLOCK))
		die("cannot write to the journal: %s", because(-errno));
	return fd;
}

static void explain(struct isle_control *control, uint32_t domid, const struct args *args, int rc)
{
	switch (rc) {
	case -EEXIST:
		die("domain '%s' has a console '%s' already; remove it with: islectl console del "
		    "%s %s",
		    args->domain, args->name, args->domain, args->name);
	case -ENOENT:
		no_such_domain(args->domain);
	case -EDQUOT:
		explain_device_quota(control, domid, args->domain,
				     ISLE_CONSOLE_OUTPUT_SIZE + ISLE_CONSOLE_INPUT_SIZE);
		return;
	case -EINVAL:
		die("cannot add '%s': '%s' cannot take what is printed", args->name, args->to);
	default:
		die("cannot add '%s' to domain '%s': %s", args->name, args->domain, because(rc));
	}
}

static int run(int argc, char **argv)
{
	struct args args = { .config = { .size = sizeof(args.config) } };
	struct isle_control *control;
	char pty[64] = "";
	uint32_t domid;
	int rc;

	parse_args(&argp, argc, argv, &args);
	control = open_control();
	domid = find_domain(control, args.domain);
	if (args.to) {
		args.config.flags |= ISLE_CONSOLE_SINK;
		if (!strcmp(args.to, "pty")) {
			args.config.flags |= ISLE_CONSOLE_SOURCE;
			args.config.fd = open_pty(pty, sizeof(pty));
		} else if (!strcmp(args.to, "journal")) {
			args.config.fd = open_journal(&args);
		} else {
			args.config.fd = open_path(&args);
		}
	}
	rc = isle_control_console_add(control, domid, args.name, &args.config, NULL);
	if (rc) {
		explain(control, domid, &args, rc);
		return EXIT_FAILED;
	}
	if (*pty)
		printf("%s\n", pty);
	return 0;
}

const struct command console_add_command = {
	.group = "console",
	.verb = "add",
	.summary = "give a domain a console",
	.argp = &argp,
	.run = run,
};
