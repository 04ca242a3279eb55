// SPDX-License-Identifier: GPL-2.0
/*
 * TCP and Unix sockets for "vchan proxy".  Owns nothing; the descriptors are
 * the caller's.  What cannot be listened on ends the program; a connection
 * that fails is said so, and the program goes on.
 */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "islectl.h"

#define LINGER_MS 2000

/* "ADDRESS:PORT", "[ADDRESS]:PORT", "PORT" (this machine only), "*:PORT" (any) */
static struct addrinfo *resolve(const char *address, bool listening)
{
	struct addrinfo hints = {
		.ai_socktype = SOCK_STREAM,
		.ai_flags = listening ? AI_PASSIVE : 0,
	};
	const char *colon = strrchr(address, ':'), *port = colon ? colon + 1 : address;
	struct addrinfo *found;
	char host[256] = "localhost";
	size_t len;
	int rc;

	if (colon && colon != address) {
		len = (size_t)(colon - address);
		if (*address == '[' && colon[-1] == ']') {
			address++;
			len -= 2;
		}
		if (len >= sizeof(host))
			die("'%s' is too long for an address", address);
		memcpy(host, address, len);
		host[len] = 0;
	}
	rc = getaddrinfo(!strcmp(host, "*") ? NULL : host, port, &hints, &found);
	if (rc)
		die("'%s' is not an address: %s; give HOST:PORT", address, gai_strerror(rc));
	return found;
}

int socket_listen_tcp(const char *address)
{
	struct addrinfo *found = resolve(address, true), *at;
	int fd = -1, one = 1, error = EADDRNOTAVAIL;

	for (at = found; at; at = at->ai_next) {
		fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd < 0) {
			error = errno;
			continue;
		}
		setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
		if (!bind(fd, at->ai_addr, at->ai_addrlen) && !listen(fd, SOMAXCONN))
			break;
		error = errno;
		close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	if (fd < 0)
		die("cannot listen on '%s': %s", address, because(-error));
	return fd;
}

static void fill_unix(struct sockaddr_un *to, const char *path)
{
	memset(to, 0, sizeof(*to));
	to->sun_family = AF_UNIX;
	if (strlen(path) >= sizeof(to->sun_path))
		die("'%s' is too long for the path of a socket: at most %zu characters", path,
		    sizeof(to->sun_path) - 1);
	strcpy(to->sun_path, path);
}

static int make_unix(void)
{
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		die("cannot make a socket: %s", because(-errno));
	return fd;
}

/* Whether a socket was left behind by a program that is no more. */
static bool abandoned(const struct sockaddr_un *address)
{
	int fd = make_unix();
	bool refused = connect(fd, (const void *)address, sizeof(*address)) &&
		       errno == ECONNREFUSED;

	close(fd);
	return refused;
}

int socket_listen_unix(const char *path)
{
	struct sockaddr_un address;
	int fd = make_unix(), rc;

	fill_unix(&address, path);
	rc = bind(fd, (const void *)&address, sizeof(address));
	if (rc && errno == EADDRINUSE && abandoned(&address)) {
		unlink(path);
		rc = bind(fd, (const void *)&address, sizeof(address));
	}
	if (rc && errno == EADDRINUSE)
		die("cannot listen on '%s': it is there already; remove it, or choose another "
		    "path",
		    path);
	if (rc || listen(fd, SOMAXCONN))
		die("cannot listen on '%s': %s", path, because(-errno));
	return fd;
}

int socket_connect_tcp(const char *address)
{
	struct addrinfo *found = resolve(address, false), *at;
	int fd = -1, one = 1, error = EADDRNOTAVAIL;

	for (at = found; at; at = at->ai_next) {
		fd = socket(at->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
		if (fd >= 0 && !connect(fd, at->ai_addr, at->ai_addrlen))
			break;
		error = errno;
		if (fd >= 0)
			close(fd);
		fd = -1;
	}
	freeaddrinfo(found);
	if (fd < 0)
		complain("cannot connect to '%s': %s", address, because(-error));
	else
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

int socket_connect_unix(const char *path)
{
	struct sockaddr_un address;
	int fd = make_unix();

	fill_unix(&address, path);
	if (!connect(fd, (const void *)&address, sizeof(address)))
		return fd;
	complain("cannot connect to '%s': %s", path, because(-errno));
	close(fd);
	return -1;
}

int socket_accept(int listener)
{
	int fd, one = 1;

	do {
		fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	} while (fd < 0 && (errno == EINTR || errno == ECONNABORTED));
	if (fd < 0)
		die("cannot accept a connection: %s", because(-errno));
	/* On a Unix socket that fails, and does not matter. */
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
	return fd;
}

/**
 * socket_close() - close a connection so that the other side gets all of it
 *
 * A socket that is closed with something unread in it is torn down, and what
 * was sent may be lost: takes what still comes, for a while.
 */
void socket_close(int fd)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	char drain[4096];

	shutdown(fd, SHUT_WR);
	while (poll(&ready, 1, LINGER_MS) > 0 && read(fd, drain, sizeof(drain)) > 0)
		;
	close(fd);
}
