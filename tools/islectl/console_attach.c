// SPDX-License-Identifier: GPL-2.0
/*
 * islectl console attach: be at the other end of a domain's console.
 *
 * A terminal on the standard input is made raw, so that every key goes to the
 * domain, but for the one that detaches; it is put back whatever happens.
 * Without a terminal the input is typed as it is; its end is not the end.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include <libisle-console.h>

#include "islectl.h"

#define DETACH_DEFAULT (']' - '@')

struct args {
	const char *domain;
	const char *name;
	uint32_t flags;
	int detach;		/* a control character, or -1 */
	bool once;
};

static const struct argp_option options[] = {
	{ "no-replay", OPT_NO_REPLAY, NULL, 0, "Only what is printed from now on", 0 },
	{ "detach-key", OPT_DETACH_KEY, "^X", 0, "What to type to detach; ^] if not given", 0 },
	{ "once", OPT_ONCE, NULL, 0, "Print what there is and end, without typing", 0 },
	{ 0 }
};

static struct termios before;
static volatile sig_atomic_t ended;

static int parse_key(struct argp_state *state, const char *arg)
{
	if (!strcmp(arg, "none"))
		return -1;
	if (strlen(arg) != 2 || arg[0] != '^' || arg[1] < '@' || arg[1] > '_')
		argp_error(state, "'%s' is not a key: give ^A to ^Z, ^\\, ^], ^^, ^_ or none",
			   arg);
	return arg[1] - '@';
}

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	switch (key) {
	case OPT_NO_REPLAY:
		args->flags |= ISLE_ATTACH_NO_REPLAY;
		break;
	case OPT_DETACH_KEY:
		args->detach = parse_key(state, arg);
		break;
	case OPT_ONCE:
		args->once = true;
		break;
	case ARGP_KEY_ARG:
		parse_domain_device(state, arg, &args->domain, &args->name);
		break;
	case ARGP_KEY_END:
		if (state->arg_num < 2)
			argp_error(state, "give the names of a domain and of its console");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "DOMAIN NAME",
	"Show what a domain prints on its console, and type.\v"
	"Begins with the last 64 KiB. Type ^] to detach; the domain does not notice. The domain "
	"waits if it prints faster than this is read.",
	NULL, NULL, NULL
};

static void restore(void)
{
	tcsetattr(STDIN_FILENO, TCSANOW, &before);
}

static void on_signal(int signal)
{
	(void)signal;
	ended = 1;
}

static bool make_raw(void)
{
	static const int signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
	struct sigaction action = { .sa_handler = on_signal };
	struct termios raw;

	if (tcgetattr(STDIN_FILENO, &before))
		return false;
	raw = before;
	cfmakeraw(&raw);
	for (size_t i = 0; i < sizeof(signals) / sizeof(signals[0]); i++)
		sigaction(signals[i], &action, NULL);
	atexit(restore);
	tcsetattr(STDIN_FILENO, TCSANOW, &raw);
	return true;
}

static bool put_all(int fd, const char *buf, size_t len)
{
	size_t done = 0;
	ssize_t ret;

	while (done < len && !ended) {
		ret = write(fd, buf + done, len - done);
		if (ret < 0 && errno != EINTR)
			return false;
		done += ret > 0 ? (size_t)ret : 0;
	}
	return true;
}

/* 0: go on; 1: that was the end. */
static int show(int fd, bool wait)
{
	char buf[16384];
	ssize_t ret = read(fd, buf, sizeof(buf));

	if (ret > 0) {
		if (!put_all(STDOUT_FILENO, buf, (size_t)ret))
			die("cannot write: %s", because(-errno));
		return 0;
	}
	if (errno == EAGAIN)
		return wait ? 0 : 1;
	if (errno == EINTR)
		return 0;
	if (errno != ENODEV)
		die("cannot read from the console: %s", because(-errno));
	return 1;
}

/* What was typed and the domain has not taken yet. */
struct typed {
	char buf[4096];
	size_t len;
	bool open;	/* there may be more */
};

/* False: the key was typed. */
static bool take(struct typed *typed, int detach)
{
	ssize_t ret = read(STDIN_FILENO, typed->buf + typed->len, sizeof(typed->buf) - typed->len);
	char *key;

	if (ret < 0 && (errno == EINTR || errno == EAGAIN))
		return true;
	if (ret <= 0) {
		typed->open = false;
		return true;
	}
	key = detach < 0 ? NULL : memchr(typed->buf + typed->len, detach, (size_t)ret);
	typed->len += key ? (size_t)(key - typed->buf) - typed->len : (size_t)ret;
	return !key;
}

static void hand_on(struct typed *typed, int fd)
{
	ssize_t ret = write(fd, typed->buf, typed->len);

	if (ret <= 0)
		return;		/* the next read says why, if that is the end */
	typed->len -= (size_t)ret;
	memmove(typed->buf, typed->buf + ret, typed->len);
}

static void talk(int fd, int detach)
{
	struct typed typed = { .open = true };

	while (!ended) {
		struct pollfd fds[2] = {
			{ .fd = fd, .events = POLLIN | (typed.len ? POLLOUT : 0) },
			{ .fd = typed.open && typed.len < sizeof(typed.buf) ? STDIN_FILENO : -1,
			  .events = POLLIN },
		};

		if (poll(fds, 2, -1) < 0)
			continue;
		if (fds[1].revents && !take(&typed, detach))
			break;
		if (fds[0].revents & (POLLIN | POLLHUP | POLLERR) && show(fd, true))
			break;
		if (fds[0].revents & POLLOUT)
			hand_on(&typed, fd);
	}
	/* What was typed before the key, as far as the domain takes it now */
	if (typed.len)
		hand_on(&typed, fd);
}

static int run(int argc, char **argv)
{
	struct args args = { .flags = ISLE_ATTACH_NONBLOCK, .detach = DETACH_DEFAULT };
	struct isle_control *control;
	bool tty;
	int fd;

	parse_args(&argp, argc, argv, &args);
	control = open_control();
	fd = isle_control_console_attach(control, find_domain(control, args.domain), args.name,
					 args.flags);
	if (fd == -ENXIO)
		die("domain '%s' has no console '%s'; add one with: islectl console add %s %s",
		    args.domain, args.name, args.domain, args.name);
	if (fd == -EBUSY)
		die("console '%s' of domain '%s' has %d attached already", args.name, args.domain,
		    ISLE_CONSOLE_HOSTS_MAX);
	if (fd < 0)
		die("cannot attach to '%s' of domain '%s': %s", args.name, args.domain,
		    because(fd));
	if (args.once) {
		while (!show(fd, false))
			;
		return 0;
	}
	tty = make_raw();
	talk(fd, tty ? args.detach : -1);
	if (tty) {
		restore();
		fprintf(stderr, "\ndetached from '%s' of domain '%s'\n", args.name, args.domain);
	}
	return 0;
}

const struct command console_attach_command = {
	.group = "console",
	.verb = "attach",
	.summary = "see what a domain prints, and type",
	.argp = &argp,
	.run = run,
};
