// SPDX-License-Identifier: GPL-2.0
/*
 * Debian's libxenvchan at one end of a channel and isle's own endpoint at the
 * other: each as server and as client, whichever comes first, for every size of
 * ring, in two domains and in one.
 */
#include <libxenvchan.h>

#include <isle/vchan.h>

#include "kselftest.h"
#include "transcript.h"

static const unsigned int sizes[] = {
	1, 2, 1023, 1024, 1025, 2048, 2049, 4096, 4097, 65536, 1 << 20
};

#define SIZES	(sizeof(sizes) / sizeof(sizes[0]))

/* The debug kernel gets fewer combinations */
static bool slow;

static uint8_t pattern(unsigned int seed, size_t i)
{
	return seed * 131 + i * 7 + (i >> 8) * 13 + (i >> 16);
}

/*
 * One end, whatever it is made of.  Each call returns how much it moved, 0 for
 * the end of the channel, or -1.
 */
struct end {
	struct libxenvchan *xen;
	int native;
};

static int end_read(struct end *e, void *buf, size_t len)
{
	int ret;

	if (!e->xen)
		return read(e->native, buf, len);
	ret = libxenvchan_read(e->xen, buf, len);
	/* it tells the end and an error alike */
	return ret < 0 && libxenvchan_is_open(e->xen) != 1 ? 0 : ret;
}

static int end_write(struct end *e, const void *buf, size_t len)
{
	return e->xen ? libxenvchan_write(e->xen, buf, len) :
			write(e->native, buf, len);
}

static void end_close(struct end *e, const struct party *party)
{
	as(party);
	if (e->xen)
		libxenvchan_close(e->xen);
	else
		close(e->native);
}

static int pour(struct end *e, size_t total, size_t piece, unsigned int seed)
{
	uint8_t *buf = malloc(piece);
	size_t done = 0, i;

	while (done < total) {
		size_t len = total - done < piece ? total - done : piece;
		int ret;

		for (i = 0; i < len; i++)
			buf[i] = pattern(seed, done + i);
		ret = end_write(e, buf, len);
		if (ret <= 0)
			return 1;
		done += ret;
	}
	free(buf);
	return 0;
}

static int drain(struct end *e, size_t total, size_t piece, unsigned int seed)
{
	uint8_t *buf = malloc(piece);
	size_t done = 0, i;

	while (done < total) {
		size_t len = total - done < piece ? total - done : piece;
		int ret = end_read(e, buf, len);

		if (ret <= 0)
			return 1;
		for (i = 0; i < (size_t)ret; i++)
			if (buf[i] != pattern(seed, done + i))
				return 2;
		done += ret;
	}
	free(buf);
	return 0;
}

static bool ends(struct end *e)
{
	char byte;

	return end_read(e, &byte, 1) == 0;
}

/* Where isle's own endpoints of @party are: beside its directory for Xen */
static int native_open(const struct party *party)
{
	char path[80];

	snprintf(path, sizeof(path), "%s/../vchan", party->dir);
	return open(path, O_RDWR | O_CLOEXEC);
}

static bool listen_as(struct end *e, bool native, const char *port,
		      unsigned int read_size, unsigned int write_size, bool wait)
{
	char path[96];

	memset(e, 0, sizeof(*e));
	if (native) {
		struct isle_vchan_listen arg = {
			.size = sizeof(arg), .peer = B.domid,
			.flags = wait ? 0 : ISLE_VCHAN_NOWAIT,
			.read_size = read_size, .write_size = write_size,
			.timeout_ns = wait ? PATIENCE_MS * 1000000LL : 0,
		};

		snprintf(arg.port, sizeof(arg.port), "%s", port);
		e->native = native_open(&A);
		return ioctl(e->native, ISLE_VCHAN_LISTEN, &arg) == 0;
	}
	as(&A);
	snprintf(path, sizeof(path), "/local/domain/%u/data/vchan/%u/%s", A.domid,
		 B.domid, port);
	e->xen = libxenvchan_server_init(NULL, B.domid, path, read_size, write_size);
	if (!e->xen)
		return false;
	e->xen->blocking = 1;
	return !wait || libxenvchan_wait(e->xen) == 0;
}

static bool connect_as(struct end *e, bool native, const char *port)
{
	char path[96];

	memset(e, 0, sizeof(*e));
	if (native) {
		struct isle_vchan_connect arg = {
			.size = sizeof(arg), .server = A.domid,
			.timeout_ns = PATIENCE_MS * 1000000LL,
		};

		snprintf(arg.port, sizeof(arg.port), "%s", port);
		e->native = native_open(&B);
		return ioctl(e->native, ISLE_VCHAN_CONNECT, &arg) == 0;
	}
	as(&B);
	snprintf(path, sizeof(path), "/local/domain/%u/data/vchan/%u/%s", A.domid,
		 B.domid, port);
	/* it does not wait for a server */
	eventually((e->xen = libxenvchan_client_init(NULL, A.domid, path)));
	if (!e->xen)
		return false;
	e->xen->blocking = 1;
	return true;
}

static pid_t start(void)
{
	pid_t pid = fork();

	if (pid == 0) {
		alarm(6 * PATIENCE_MS / 1000);
		owner_pid = 0;
	}
	return pid;
}

/* 0, or what the child @pid exited with, or 100 and the signal */
static int end_of(pid_t pid)
{
	int status;

	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? 100 + WTERMSIG(status) : WEXITSTATUS(status);
}

/*
 * Data both ways, then the end: the client's if @client_closes.  With
 * @client_first the client is there before its server.
 */
static bool exchange(bool native_server, bool client_first, bool client_closes,
		     unsigned int left, unsigned int right)
{
	static unsigned int seed;
	size_t down = 2 * left + 777, up = 2 * right + 777;
	struct end s, c;
	char port[32];
	pid_t pid;
	int ret = 0;

	seed++;
	snprintf(port, sizeof(port), "port-%u", seed);
	if (!client_first && !native_server &&
	    !listen_as(&s, native_server, port, left, right, false))
		return false;
	pid = start();
	if (pid == 0) {
		if (!connect_as(&c, !native_server, port))
			_exit(2);
		if (pour(&c, down, left / 2 + 3, seed))
			_exit(3);
		if (drain(&c, up, right + 1, seed + 1))
			_exit(4);
		if (!client_closes && !ends(&c))
			_exit(5);
		end_close(&c, &B);
		_exit(0);
	}
	if (client_first)
		nap(20);
	if (client_first || native_server) {
		if (!listen_as(&s, native_server, port, left, right, true))
			ret = 1;
	} else if (libxenvchan_wait(s.xen)) {
		ret = 1;
	}
	ret = ret ?: drain(&s, down, left + 1, seed) * 10;
	ret = ret ?: pour(&s, up, right / 3 + 1, seed + 1) * 20;
	if (!ret && client_closes && !ends(&s))
		ret = 30;
	end_close(&s, &A);
	if (ret)
		kill(pid, SIGKILL);
	ret = ret * 1000 + end_of(pid);
	if (ret)
		printf("# server %s, client first %d, closes %d, sizes %u %u: %d\n",
		       native_server ? "native" : "libxenvchan", client_first,
		       client_closes, left, right, ret);
	return !ret;
}

static bool all_sizes(bool native_server, bool client_first)
{
	unsigned int i;
	bool good = true;

	for (i = 0; i < SIZES; i += slow ? 3 : 1) {
		good &= exchange(native_server, client_first, i & 1, sizes[i],
				 sizes[i]);
		good &= exchange(native_server, client_first, !(i & 1), sizes[i], 1);
		good &= exchange(native_server, client_first, i & 2, 1, sizes[i]);
	}
	return good;
}

/* One end is killed while the other one waits for data, and for space */
static bool killed(bool native_server, bool server_dies, bool writing)
{
	static unsigned int number;
	struct end mine, its;
	char port[32], buf[4096] = "";
	int ready[2], ret = 0;
	pid_t pid;

	snprintf(port, sizeof(port), "killed-%u", number++);
	if (pipe(ready))
		return false;
	if (!server_dies && !listen_as(&mine, native_server, port, 1, 1, false))
		return false;
	pid = start();
	if (pid == 0) {
		if (server_dies ? !listen_as(&its, native_server, port, 1, 1, true) :
				  !connect_as(&its, !native_server, port))
			_exit(2);
		write(ready[1], "x", 1);
		pause();
	}
	if (server_dies && !connect_as(&mine, !native_server, port))
		ret = -2;
	read(ready[0], buf, 1);
	if (!server_dies && mine.xen)
		libxenvchan_wait(mine.xen);
	if (start() == 0) {
		nap(30);
		kill(pid, SIGKILL);
		_exit(0);
	}
	if (!ret && writing) {
		do {
			ret = end_write(&mine, buf, sizeof(buf));
		} while (ret > 0);
	} else if (!ret) {
		ret = end_read(&mine, buf, 10);
	}
	while (wait(NULL) > 0)
		;
	end_close(&mine, server_dies ? &B : &A);
	close(ready[0]);
	close(ready[1]);
	if (writing ? ret > 0 : ret)
		printf("# native server %d, it dies %d, writing %d: %d\n",
		       native_server, server_dies, writing, ret);
	return writing ? ret <= 0 : !ret;
}

/* The sum of what is alive, which has to be the same before and after */
static long alive(void)
{
	static const char *const kinds[] = {
		"domains", "files", "grants", "ports", "store", "channels"
	};
	unsigned int i;
	long sum = 0, n;
	char path[64];
	FILE *file;

	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(path, sizeof(path), "/sys/class/isle/live_%s", kinds[i]);
		file = fopen(path, "r");
		if (!file || fscanf(file, "%ld", &n) != 1)
			give_up("%s", path);
		sum += n;
		fclose(file);
	}
	return sum;
}

static void test(bool good, const char *domains, const char *text)
{
	ksft_test_result(good, "%s domains: %s\n", domains, text);
	fflush(stdout);
}

static void in_domains(const char *domains)
{
	bool good = true;
	int i;

	parties_in(domains);
	test(all_sizes(false, false), domains, "libxenvchan serves");
	test(all_sizes(true, false), domains, "libxenvchan is the client");
	test(all_sizes(false, true), domains, "libxenvchan serves, late");
	test(all_sizes(true, true), domains, "libxenvchan is an early client");
	for (i = 0; i < 8; i++)
		good &= killed(i & 1, i & 2, i & 4);
	test(good, domains, "the peer is killed");
	destroy_parties();
	close(control_fd);
}

int main(void)
{
	long before;

	slow = access("/proc/self/fail-nth", F_OK) == 0;
	before = alive();
	/* destroy_parties() is called here, where it is due */
	ksft_print_header();
	ksft_set_plan(11);
	in_domains("two");
	in_domains("one");
	ksft_test_result(eventually(alive() <= before), "nothing is left\n");
	ksft_finished();
}
