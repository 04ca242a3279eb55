// SPDX-License-Identifier: GPL-2.0
/*
 * islectl vchan listen, islectl vchan connect: join a channel to standard input
 * and output, or to those of a program.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "islectl.h"

struct args {
	struct vchan_end end;
	char **command;
	bool server;
	bool persistent;
	bool receive;
};

#define OPTION_RECEIVE \
	{ "receive", OPT_RECEIVE, NULL, 0, "Only receive: do not read standard input, end when " \
	  "the peer closes the channel", 0 }

static const struct argp_option listen_options[] = {
	OPTIONS_VCHAN_SERVER,
	OPTIONS_VCHAN,
	OPTION_RECEIVE,
	{ "persistent", OPT_PERSISTENT, NULL, 0, "Serve one client after the other, and do not "
	  "end", 0 },
	{ 0 }
};

static const struct argp_option connect_options[] = {
	OPTIONS_VCHAN,
	OPTION_RECEIVE,
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	if (parse_vchan_option(state, &args->end, key, arg))
		return 0;
	switch (key) {
	case OPT_PERSISTENT:
		args->persistent = true;
		break;
	case OPT_RECEIVE:
		args->receive = true;
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num < 3) {
			parse_vchan_argument(state, &args->end, arg);
			break;
		}
		/* The rest is the program's, options and all. */
		args->command = state->argv + state->next - 1;
		state->next = state->argc;
		break;
	case ARGP_KEY_END:
		if (!args->end.port)
			argp_error(state, "give the names of your domain, of the peer's, and of "
					  "the port");
		if (args->receive && args->command)
			argp_error(state, "--receive is for standard input, not for a program");
		if (args->persistent && !args->command && !args->receive)
			argp_error(state, "--persistent needs a program, or --receive: standard "
					  "input ends only once");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

#define ABOUT \
	"PEER is the name of a linked domain, or its number. DOMAIN can be \"self\" inside " \
	"\"islectl run\".\n\n" \
	"A channel has no half-close: closing it ends both directions, after what was sent has " \
	"been delivered. It is closed at the end of the input; with --keep, or --receive, when " \
	"the peer closes it. With a PROGRAM its output is the input, and the exit status is its own."

static const struct argp listen_argp = {
	listen_options, parse, "DOMAIN PEER PORT [-- PROGRAM [ARGUMENT...]]",
	"Offer a channel to domain PEER, wait for a client, and join the channel to standard "
	"input and output, or to those of a program.\v" ABOUT,
	NULL, NULL, NULL
};

static const struct argp connect_argp = {
	connect_options, parse, "DOMAIN PEER PORT [-- PROGRAM [ARGUMENT...]]",
	"Connect to a channel that domain PEER offers, and join it to standard input and output, "
	"or to those of a program. Waits for the server if there is none.\v" ABOUT,
	NULL, NULL, NULL
};

struct child {
	pid_t pid;
	int in;			/* what it writes */
	int out;		/* what it reads */
};

static void start(struct child *child, char **command)
{
	pid_t parent = getpid();
	int to[2], from[2], error;

	if (pipe2(to, O_CLOEXEC) || pipe2(from, O_CLOEXEC))
		die("cannot make a pipe: %s", because(-errno));
	child->pid = fork();
	if (child->pid < 0)
		die("cannot start '%s': %s", command[0], because(-errno));
	if (!child->pid) {
		/* Who kills us means the program, too. */
		prctl(PR_SET_PDEATHSIG, SIGTERM);
		if (getppid() != parent)
			_exit(EXIT_FAILED);
		signal(SIGPIPE, SIG_DFL);
		dup2(to[0], STDIN_FILENO);
		dup2(from[1], STDOUT_FILENO);
		execvp(command[0], command);
		error = errno;
		complain("cannot run '%s': %s", command[0], because(-error));
		_exit(error == ENOENT ? EXIT_NO_PROGRAM : EXIT_NO_EXEC);
	}
	close(to[0]);
	close(from[1]);
	child->in = from[0];
	child->out = to[1];
}

/* The program's exit status, or what a shell makes of a signal. */
static int finish(struct child *child)
{
	int status;

	close(child->out);
	close(child->in);
	while (waitpid(child->pid, &status, 0) < 0)
		if (errno != EINTR)
			return EXIT_FAILED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* One channel from beginning to end; an exit status. */
static int serve(const struct args *args, struct isle_vchan *vchan)
{
	struct child child;
	int rc, status;

	if (!args->command) {
		rc = pump(vchan, args->receive ? -1 : STDIN_FILENO, STDOUT_FILENO,
			  args->end.keep);
		return rc ? EXIT_FAILED : 0;
	}
	start(&child, args->command);
	rc = pump(vchan, child.in, child.out, args->end.keep);
	status = finish(&child);
	return rc < 0 && !status ? EXIT_FAILED : status;
}

/* Lets go of a client; waits for the next one. */
static int next(const struct args *args, struct isle_vchan **vchan)
{
	int rc = isle_vchan_next(*vchan, 0, args->end.timeout_ns);

	if (rc != -EISCONN)
		return rc;
	/* Our side has ended first: this channel ends, and is offered anew. */
	isle_vchan_close(*vchan);
	return listen_vchan(&args->end, ISLE_VCHAN_PERSISTENT, vchan);
}

static int join(struct args *args)
{
	struct isle_vchan *vchan;
	int rc, status;

	open_vchan_domain(&args->end);
	/* A program that takes no more is no reason to die; our own output is. */
	if (args->command)
		signal(SIGPIPE, SIG_IGN);
	rc = args->server ? listen_vchan(&args->end, args->persistent ? ISLE_VCHAN_PERSISTENT : 0,
					 &vchan)
			  : connect_vchan(&args->end, &vchan);
	while (!rc) {
		status = serve(args, vchan);
		if (!args->persistent) {
			isle_vchan_close(vchan);
			return status;
		}
		rc = next(args, &vchan);
	}
	explain_vchan(&args->end, args->server, rc);
	return EXIT_FAILED;
}

static int run_listen(int argc, char **argv)
{
	struct args args = { .end = VCHAN_END_DEFAULT, .server = true };

	parse_args(&listen_argp, argc, argv, &args);
	return join(&args);
}

static int run_connect(int argc, char **argv)
{
	struct args args = { .end = VCHAN_END_DEFAULT };

	parse_args(&connect_argp, argc, argv, &args);
	return join(&args);
}

const struct command vchan_listen_command = {
	.group = "vchan",
	.verb = "listen",
	.summary = "offer a channel, join it to standard input and output or to a program",
	.argp = &listen_argp,
	.run = run_listen,
};

const struct command vchan_connect_command = {
	.group = "vchan",
	.verb = "connect",
	.summary = "connect to a channel, join it to standard input and output or to a program",
	.argp = &connect_argp,
	.run = run_connect,
};
