// SPDX-License-Identifier: GPL-2.0
/*
 * islectl vchan proxy: join a channel to a socket, so that what speaks TCP or
 * Unix sockets works across it, and a channel can leave the machine.
 *
 * With --listen-* we are the client of a channel: each connection that comes
 * makes one.  With --connect-* we are the server: each client makes a
 * connection.  A port has one client at a time, so they come one by one;
 * others wait in the socket's queue.
 */
#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include "islectl.h"

struct args {
	struct vchan_end end;
	int kind;		/* OPT_LISTEN_TCP and so on; 0: none yet */
	const char *address;
	bool once;
};

static const struct argp_option options[] = {
	{ "listen-tcp", OPT_LISTEN_TCP, "[HOST:]PORT", 0, "Connect to the channel for each "
	  "connection to that address; \"*\" stands for all of this machine's, none for "
	  "localhost", 0 },
	{ "listen-unix", OPT_LISTEN_UNIX, "PATH", 0, "Likewise, for a Unix socket", 0 },
	{ "connect-tcp", OPT_CONNECT_TCP, "[HOST:]PORT", 0, "Offer the channel, and connect to "
	  "that address for each client", 0 },
	{ "connect-unix", OPT_CONNECT_UNIX, "PATH", 0, "Likewise, to a Unix socket", 0 },
	{ "once", OPT_ONCE, NULL, 0, "End after the first connection", 0 },
	OPTIONS_VCHAN_SERVER,
	OPTIONS_VCHAN,
	{ 0 }
};

static error_t parse(int key, char *arg, struct argp_state *state)
{
	struct args *args = state->input;

	if (parse_vchan_option(state, &args->end, key, arg))
		return 0;
	switch (key) {
	case OPT_LISTEN_TCP:
	case OPT_LISTEN_UNIX:
	case OPT_CONNECT_TCP:
	case OPT_CONNECT_UNIX:
		if (args->kind)
			argp_error(state, "one socket is enough");
		args->kind = key;
		args->address = arg;
		break;
	case OPT_ONCE:
		args->once = true;
		break;
	case ARGP_KEY_ARG:
		if (state->arg_num >= 3)
			argp_usage(state);
		parse_vchan_argument(state, &args->end, arg);
		break;
	case ARGP_KEY_END:
		if (!args->end.port)
			argp_error(state, "give the names of your domain, of the peer's, and of "
					  "the port");
		if (!args->kind)
			argp_error(state, "give one of --listen-tcp, --listen-unix, --connect-tcp "
					  "and --connect-unix");
		break;
	default:
		return ARGP_ERR_UNKNOWN;
	}
	return 0;
}

static const struct argp argp = {
	options, parse, "DOMAIN PEER PORT",
	"Join a channel between DOMAIN and PEER to a TCP or Unix socket.\v"
	"One connection at a time; others wait. A channel has no half-close: when one side of a "
	"connection says that it has no more to send, the channel is closed and with it the other "
	"direction; with --keep it stays until the other side closes its own.",
	NULL, NULL, NULL
};

/* Joins them until one ends, and closes both. */
static int join(const struct args *args, struct isle_vchan *vchan, int fd)
{
	int rc = pump(vchan, fd, fd, args->end.keep);

	socket_close(fd);
	return rc < 0 ? rc : 0;
}

/* Ours is the socket: each connection makes a channel. */
static int serve_socket(const struct args *args)
{
	struct isle_vchan *vchan;
	int listener, fd, rc;

	listener = args->kind == OPT_LISTEN_TCP ? socket_listen_tcp(args->address)
						: socket_listen_unix(args->address);
	do {
		fd = socket_accept(listener);
		rc = connect_vchan(&args->end, &vchan);
		if (rc) {
			explain_vchan(&args->end, false, rc);
			close(fd);
			/* What will not change. */
			if (rc == -EPERM || rc == -ENODEV || rc == -EOPNOTSUPP)
				break;
			continue;
		}
		rc = join(args, vchan, fd);
		isle_vchan_close(vchan);
	} while (!args->once);
	if (args->kind == OPT_LISTEN_UNIX)
		unlink(args->address);
	return rc ? EXIT_FAILED : 0;
}

/* Ours is the channel: each client makes a connection. */
static int serve_channel(const struct args *args)
{
	struct isle_vchan *vchan;
	int fd, rc, error = 0;

	rc = listen_vchan(&args->end, ISLE_VCHAN_PERSISTENT, &vchan);
	while (!rc) {
		fd = args->kind == OPT_CONNECT_TCP ? socket_connect_tcp(args->address)
						   : socket_connect_unix(args->address);
		error = fd < 0 ? -ECONNREFUSED : join(args, vchan, fd);
		rc = args->once ? -EISCONN : isle_vchan_next(vchan, 0, args->end.timeout_ns);
		if (rc != -EISCONN)
			continue;
		/* The client is still there: closing tells it. */
		isle_vchan_close(vchan);
		if (args->once)
			return error ? EXIT_FAILED : 0;
		rc = listen_vchan(&args->end, ISLE_VCHAN_PERSISTENT, &vchan);
	}
	explain_vchan(&args->end, true, rc);
	return EXIT_FAILED;
}

static int run(int argc, char **argv)
{
	struct args args = { .end = VCHAN_END_DEFAULT };

	parse_args(&argp, argc, argv, &args);
	open_vchan_domain(&args.end);
	signal(SIGPIPE, SIG_IGN);
	if (args.kind == OPT_LISTEN_TCP || args.kind == OPT_LISTEN_UNIX)
		return serve_socket(&args);
	return serve_channel(&args);
}

const struct command vchan_proxy_command = {
	.group = "vchan",
	.verb = "proxy",
	.summary = "join a channel to a TCP or Unix socket",
	.argp = &argp,
	.run = run,
};
