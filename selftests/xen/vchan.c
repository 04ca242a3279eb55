// SPDX-License-Identifier: GPL-2.0
/*
 * Transcript of libxenvchan: a server that is A and a client that is B, each in
 * its own process where one has to wait for the other.
 */
#include <libxenvchan.h>

#include "store.h"

static char path[96];

/* Where the server is found; a new place each time */
static const char *place(const char *name)
{
	snprintf(path, sizeof(path), "/local/domain/%u/data/vchan/%u/%s", A.domid,
		 B.domid, name);
	return path;
}

static struct libxenvchan *server(const char *name, size_t left, size_t right)
{
	as(&A);
	return libxenvchan_server_init(NULL, B.domid, place(name), left, right);
}

static struct libxenvchan *client(const char *name)
{
	as(&B);
	return libxenvchan_client_init(NULL, A.domid, place(name));
}

static bool said_channel(const char *step, struct libxenvchan *c)
{
	if (c)
		say(step, "%s, reads from order %d, writes to order %d",
		    c->is_server ? "server" : "client", c->read.order,
		    c->write.order);
	else
		say(step, "%s", error_name(errno));
	return c;
}

/* The library does not always set errno */
static void returned(const char *step, int ret)
{
	say(step, "%d", ret);
}

/* What a server does at its end in the store, it does as A */
static void close_server(struct libxenvchan *s)
{
	as(&A);
	libxenvchan_close(s);
}

/* The process @pid ends well */
static void said_end(const char *step, pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		say(step, "signal %d", WTERMSIG(status));
	else
		say(step, "exit %d", WEXITSTATUS(status));
}

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid < 0)
		give_up("fork");
	if (pid == 0) {
		/* a child that hangs is killed, and says so by that */
		alarm(PATIENCE_MS / 1000);
		owner_pid = 0;
	}
	return pid;
}

static uint8_t pattern(unsigned int seed, size_t i)
{
	return (seed * 131 + i * 7 + (i >> 8) * 13 + (i >> 16)) & 0xff;
}

static void fill(uint8_t *buf, size_t len, unsigned int seed, size_t at)
{
	size_t i;

	for (i = 0; i < len; i++)
		buf[i] = pattern(seed, at + i);
}

static size_t wrong_bytes(const uint8_t *buf, size_t len, unsigned int seed,
			  size_t at)
{
	size_t i, n = 0;

	for (i = 0; i < len; i++)
		n += buf[i] != pattern(seed, at + i);
	return n;
}

/* Sends @total bytes in pieces of up to @piece, and says nothing */
static int pour(struct libxenvchan *c, size_t total, size_t piece, unsigned int seed)
{
	uint8_t *buf = malloc(piece);
	size_t done = 0;

	while (done < total) {
		size_t len = total - done < piece ? total - done : piece;
		int ret;

		fill(buf, len, seed, done);
		ret = libxenvchan_write(c, buf, len);
		if (ret <= 0)
			return 1;
		done += ret;
	}
	free(buf);
	return 0;
}

static int drain(struct libxenvchan *c, size_t total, size_t piece, unsigned int seed)
{
	uint8_t *buf = malloc(piece);
	size_t done = 0;

	while (done < total) {
		size_t len = total - done < piece ? total - done : piece;
		int ret = libxenvchan_read(c, buf, len);

		if (ret <= 0)
			return 1;
		if (wrong_bytes(buf, ret, seed, done))
			return 2;
		done += ret;
	}
	free(buf);
	return 0;
}

/* Both ends in one process, so that every step has one outcome */
static void steps(void)
{
	struct libxenvchan *s, *c;
	char buf[4096];
	struct xs_handle *xs;

	s = server("steps", 100, 200);
	if (!said_channel("server", s))
		return;
	as(&A);
	xs = xs_open(0);
	said_directory("what is in the store", xs, XBT_NULL, path);
	said_permissions("who may read it", xs, path);
	xs_close(xs);
	say("is open before the client", "%d", libxenvchan_is_open(s));
	say("buffer space before the client", "%d", libxenvchan_buffer_space(s));
	returned("write before the client", libxenvchan_write(s, "early", 5));
	c = client("steps");
	if (!said_channel("client", c))
		return;
	say("is open", "%d %d", libxenvchan_is_open(s), libxenvchan_is_open(c));
	say("data ready", "%d %d", libxenvchan_data_ready(s), libxenvchan_data_ready(c));
	say("buffer space", "%d %d", libxenvchan_buffer_space(s),
	    libxenvchan_buffer_space(c));
	say("fd of the client is ready", "%d",
	    readable(libxenvchan_fd_for_select(c), PATIENCE_MS));
	returned("wait of the client", libxenvchan_wait(c));
	say("fd of the server is ready", "%d",
	    readable(libxenvchan_fd_for_select(s), PATIENCE_MS));
	returned("wait of the server", libxenvchan_wait(s));
	returned("read what was early", libxenvchan_read(c, buf, sizeof(buf)));
	say("it is", "%.5s", buf);
	returned("read nothing", libxenvchan_read(c, buf, sizeof(buf)));
	returned("write", libxenvchan_write(c, "hello", 5));
	say("data ready at the server", "%d", libxenvchan_data_ready(s));
	say("space at the client", "%d", libxenvchan_buffer_space(c));
	returned("receive too much", libxenvchan_recv(s, buf, 6));
	returned("receive a packet", libxenvchan_recv(s, buf, 5));
	memset(buf, 'x', sizeof(buf));
	returned("write more than fits", libxenvchan_write(c, buf, sizeof(buf)));
	returned("write when full", libxenvchan_write(c, buf, 1));
	returned("send when full", libxenvchan_send(c, buf, 1));
	returned("send more than ever fits", libxenvchan_send(c, buf, sizeof(buf)));
	returned("read 0 bytes", libxenvchan_read(s, buf, 0));
	returned("read 1000", libxenvchan_read(s, buf, 1000));
	returned("send what does not fit yet", libxenvchan_send(c, buf, 1001));
	returned("send what does", libxenvchan_send(c, buf, 1000));
	returned("read all", libxenvchan_read(s, buf, sizeof(buf)));
	returned("receive more than the ring", libxenvchan_recv(s, buf, 4000));
	returned("write to the client", libxenvchan_write(s, "last words", 10));
	close_server(s);
	say("is open after the server's end", "%d", libxenvchan_is_open(c));
	say("still ready", "%d", libxenvchan_data_ready(c));
	returned("read the last words", libxenvchan_read(c, buf, sizeof(buf)));
	returned("read after the end", libxenvchan_read(c, buf, sizeof(buf)));
	returned("write after the end", libxenvchan_write(c, "x", 1));
	returned("wait after the end", libxenvchan_wait(c) < 0 ? -1 : 0);
	libxenvchan_close(c);
	as(&A);
	xs = xs_open(0);
	said_directory("the store after it", xs, XBT_NULL, path);
	xs_close(xs);
	said_channel("no server there", client("steps"));
	said_channel("no such place", client("nowhere"));
}

static void closing(void)
{
	struct libxenvchan *s, *c;
	char buf[64];

	s = server("closing", 1, 1);
	said_channel("both of one byte", s);
	c = client("closing");
	said_channel("its client", c);
	returned("client writes", libxenvchan_write(c, "pending", 7));
	libxenvchan_close(c);
	say("server is open", "%d", libxenvchan_is_open(s));
	returned("server reads", libxenvchan_read(s, buf, sizeof(buf)));
	returned("server reads the end", libxenvchan_read(s, buf, sizeof(buf)));
	returned("server writes", libxenvchan_write(s, "x", 1));
	said_channel("another client", c = client("closing"));
	if (c)
		libxenvchan_close(c);
	close_server(s);

	s = server("persistent", 5000, 1);
	said_channel("persistent", s);
	s->server_persist = 1;
	c = client("persistent");
	said_channel("client 1", c);
	returned("client 1 writes", libxenvchan_write(c, "one", 3));
	libxenvchan_close(c);
	say("open without a client", "%d", libxenvchan_is_open(s));
	returned("what client 1 wrote", libxenvchan_read(s, buf, sizeof(buf)));
	returned("no end of it", libxenvchan_read(s, buf, sizeof(buf)));
	c = client("persistent");
	said_channel("client 2", c);
	say("open with client 2", "%d", libxenvchan_is_open(s));
	returned("client 2 writes", libxenvchan_write(c, "two", 3));
	returned("what client 2 wrote", libxenvchan_read(s, buf, sizeof(buf)));
	returned("to client 2", libxenvchan_write(s, "three", 5));
	returned("client 2 reads", libxenvchan_read(c, buf, sizeof(buf)));
	close_server(s);
	say("client 2 after the server", "%d", libxenvchan_is_open(c));
	libxenvchan_close(c);
}

static void sizes(void)
{
	static const size_t size[] = {
		1, 2, 1023, 1024, 1025, 2048, 2049, 4096, 4097, 8192, 65536,
		262144, 1 << 20, (1 << 20) + 1
	};
	struct libxenvchan *s, *c;
	char name[32], step[64];
	unsigned int i, j;
	pid_t pid;
	int ret;

	for (i = 0; i < sizeof(size) / sizeof(size[0]); i++) {
		/* with itself, with a small one, and a small one with it */
		for (j = 0; j < 3; j++) {
			size_t left = j == 2 ? 1 : size[i];
			size_t right = j == 1 ? 1 : size[i];
			size_t down = 2 * left + 777, up = 2 * right + 777;

			snprintf(name, sizeof(name), "size-%u-%u", i, j);
			snprintf(step, sizeof(step), "%zu to the server, %zu back",
				 left, right);
			s = server(name, left, right);
			if (!said_channel(step, s))
				continue;
			s->blocking = 1;
			pid = start();
			if (pid == 0) {
				c = client(name);
				if (!c)
					_exit(9);
				c->blocking = 1;
				if (pour(c, down, left / 2 + 3, i))
					_exit(8);
				_exit(drain(c, up, right + 1, i + 50));
			}
			snprintf(step, sizeof(step), "data, %zu and %zu", left, right);
			libxenvchan_wait(s);
			ret = drain(s, down, left + 1, i);
			say(step, "%d %d", ret, pour(s, up, right / 3 + 1, i + 50));
			snprintf(step, sizeof(step), "client, %zu and %zu", left, right);
			said_end(step, pid);
			close_server(s);
		}
	}
}

/* The client comes first and has to try again */
static void orders(void)
{
	struct libxenvchan *s, *c = NULL;
	pid_t pid = start();
	char buf[16];

	if (pid == 0) {
		eventually((c = client("later")));
		if (!c)
			_exit(9);
		c->blocking = 1;
		_exit(libxenvchan_recv(c, buf, 5) == 5 &&
		      memcmp(buf, "12345", 5) == 0 ? 0 : 1);
	}
	nap(50);
	s = server("later", 100, 100);
	said_channel("server after its client", s);
	returned("send", libxenvchan_send(s, "12345", 5));
	said_end("client before its server", pid);
	say("server sees its end", "%d", eventually(libxenvchan_is_open(s) != 1));
	close_server(s);
}

/* Blocked in each call while the other one is closed or killed */
static void deaths(void)
{
	static const char *const what[] = { "read", "write", "recv", "send", "wait" };
	char step[64], name[32], buf[8192] = "";
	unsigned int i, how;
	struct libxenvchan *s, *c;
	int ready[2], ret = 0;
	pid_t pid;

	for (i = 0; i < 10; i++) {
		how = i % 5;
		snprintf(name, sizeof(name), "death-%u", i);
		s = server(name, 1, 1);
		if (!s || pipe(ready))
			give_up("death");
		pid = start();
		if (pid == 0) {
			c = client(name);
			write(ready[1], "x", 1);
			if (i < 5) {
				nap(50);
				libxenvchan_close(c);
				_exit(0);
			}
			pause();
		}
		read(ready[0], buf, 1);
		s->blocking = 1;
		libxenvchan_wait(s);
		if (i >= 5) {
			pid_t killer = start();

			if (killer == 0) {
				nap(50);
				kill(pid, SIGKILL);
				_exit(0);
			}
		}
		switch (how) {
		case 0:
			ret = libxenvchan_read(s, buf, 10);
			break;
		case 1:
			ret = libxenvchan_write(s, buf, sizeof(buf));
			break;
		case 2:
			ret = libxenvchan_recv(s, buf, 10);
			break;
		case 3:
			libxenvchan_write(s, buf, 1000);
			ret = libxenvchan_send(s, buf, 1000);
			break;
		case 4:
			while (libxenvchan_is_open(s) == 1)
				libxenvchan_wait(s);
			ret = libxenvchan_is_open(s);
			break;
		}
		snprintf(step, sizeof(step), "%s, the client is %s", what[how],
			 i < 5 ? "closed" : "killed");
		say(step, "%d", ret);
		said_end(step, pid);
		close_server(s);
		while (waitpid(-1, NULL, 0) > 0)
			;
		close(ready[0]);
		close(ready[1]);
	}
}

static void server_dies(void)
{
	struct libxenvchan *s, *c;
	int ready[2], ret;
	char buf[16];
	pid_t pid;

	if (pipe(ready))
		give_up("pipe");
	pid = start();
	if (pid == 0) {
		s = server("dying", 1, 1);
		libxenvchan_write(s, "left over", 9);
		write(ready[1], "x", 1);
		libxenvchan_wait(s);
		write(ready[1], "y", 1);
		pause();
	}
	read(ready[0], buf, 1);
	c = client("dying");
	read(ready[0], buf, 1);
	kill(pid, SIGKILL);
	said_end("the server", pid);
	say("the client sees it", "%d", eventually(libxenvchan_is_open(c) == 0));
	ret = libxenvchan_read(c, buf, sizeof(buf));
	say("what it left", "%d %.9s", ret, ret == 9 ? buf : "");
	returned("after that", libxenvchan_read(c, buf, sizeof(buf)));
	libxenvchan_close(c);
	said_channel("a client of the dead", client("dying"));
}

static void wrong(void)
{
	struct libxenvchan *s, *again;
	pid_t pid;

	said_channel("a ring of 2 MiB", server("huge", 2 << 20, 1));
	said_channel("the other ring of 2 MiB", server("huge", 1, 2 << 20));
	s = server("twice", 1, 1);
	said_channel("a server", s);
	said_channel("a server in its place", again = server("twice", 4096, 1));
	if (again)
		close_server(again);
	close_server(s);
	/* libxenvchan frees something twice if it is not let share a page */
	pid = start();
	if (pid == 0) {
		as(&A);
		s = libxenvchan_server_init(NULL, NOBODY, place("nobody"), 1, 1);
		if (s)
			libxenvchan_close(s);
		_exit(s ? 0 : 1);
	}
	said_end("a server for nobody", pid);
	as(&B);
	said_channel("a client of nobody", libxenvchan_client_init(NULL, NOBODY,
		"/local/domain/31000/data/vchan/1/x"));
}

int main(int argc, char **argv)
{
	parties(argc, argv);
	/* what libxenvchan has to say on standard error is no part of it */
	if (!freopen("/dev/null", "w", stderr))
		return 2;
	steps();
	closing();
	sizes();
	orders();
	deaths();
	server_dies();
	wrong();
	return 0;
}
