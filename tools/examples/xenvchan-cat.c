// SPDX-License-Identifier: GPL-2.0
/*
 * A program for Xen: copies a file through a vchan, with libxenvchan.
 *
 *	xenvchan-cat listen|connect PEER PORT send|receive
 *
 * PEER is the number of the other domain.  "send" reads standard input to its
 * end, "receive" writes standard output until the peer closes.  Nothing in here
 * knows of isle: it runs in a domain of Xen, and in one of isle's that has
 * Xen's nodes ("islectl domain add --xen"), under "islectl run".
 */
#include <errno.h>
#include <libxenvchan.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xenstore.h>

#define RING 65536

static void die(const char *what)
{
	fprintf(stderr, "xenvchan-cat: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* Where a server is found in the store, by its client as well */
static char *place(const char *server, const char *client, const char *port)
{
	char *path;

	if (asprintf(&path, "/local/domain/%s/data/vchan/%s/%s", server, client, port) < 0)
		die("out of memory");
	return path;
}

/* Our own domain's number, which the store tells */
static char *own_number(struct xs_handle *xs)
{
	unsigned int len;
	char *number = xs_read(xs, XBT_NULL, "domid", &len);

	if (!number)
		die("cannot read the own domain's number");
	return number;
}

static struct libxenvchan *open_channel(int server, const char *peer, const char *port)
{
	struct xs_handle *xs = xs_open(0);
	struct libxenvchan *channel;
	char *own, *path;
	int tries;

	if (!xs)
		die("cannot open the store");
	own = own_number(xs);
	path = server ? place(own, peer, port) : place(peer, own, port);
	if (server) {
		channel = libxenvchan_server_init(NULL, atoi(peer), path, RING, RING);
	} else {
		/* It does not wait for a server. */
		channel = NULL;
		for (tries = 0; !channel && tries < 100; tries++) {
			channel = libxenvchan_client_init(NULL, atoi(peer), path);
			if (!channel)
				usleep(100000);
		}
	}
	if (!channel)
		die(path);
	free(path);
	free(own);
	xs_close(xs);
	channel->blocking = 1;
	/* A server without a client is "open", with another number. */
	while (libxenvchan_is_open(channel) == 2)
		libxenvchan_wait(channel);
	return channel;
}

static void send_all(struct libxenvchan *channel)
{
	char buf[16384];
	ssize_t len;

	while ((len = read(STDIN_FILENO, buf, sizeof(buf))) > 0)
		if (libxenvchan_send(channel, buf, (size_t)len) != len)
			die("the peer is gone");
	if (len)
		die("cannot read");
}

static void receive_all(struct libxenvchan *channel)
{
	char buf[16384];
	ssize_t len, done, n;

	while ((len = libxenvchan_read(channel, buf, sizeof(buf))) > 0)
		for (done = 0; done < len; done += n) {
			n = write(STDOUT_FILENO, buf + done, (size_t)(len - done));
			if (n < 0)
				die("cannot write");
		}
}

int main(int argc, char **argv)
{
	struct libxenvchan *channel;

	if (argc != 5) {
		fprintf(stderr, "usage: xenvchan-cat listen|connect PEER PORT send|receive\n");
		return 2;
	}
	channel = open_channel(!strcmp(argv[1], "listen"), argv[2], argv[3]);
	if (!strcmp(argv[4], "send"))
		send_all(channel);
	else
		receive_all(channel);
	libxenvchan_close(channel);
	return 0;
}
