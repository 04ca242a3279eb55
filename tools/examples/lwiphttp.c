// SPDX-License-Identifier: GPL-2.0
/*
 * lwiphttp: a web server, or a web client, in a domain, whose TCP/IP is not the
 * kernel's but lwIP, in this process, over a network device of isle.
 *
 *	lwiphttp NODE ADDRESS/PREFIX --serve DIRECTORY
 *	lwiphttp NODE ADDRESS/PREFIX --get ADDRESS/PATH
 *
 * NODE is the name of a network device of the domain that the program is in, or
 * the path of one's node.  The server answers ARP and ping, serves the regular
 * files in DIRECTORY on port 80, and prints "ready" once it does.  The client
 * prints what it was sent.
 *
 * Threads: the one of libisle, which hands lwIP what comes in; lwIP's own; one
 * for each connection; and the first, which accepts them.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/openat2.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <lwip/api.h>
#include <lwip/etharp.h>
#include <lwip/netif.h>
#include <lwip/sys.h>
#include <lwip/tcpip.h>
#include <netif/ethernet.h>

#include <libisle.h>
#include <libisle-net.h>

#define PIECES	64	/* of a frame, as lwIP hands it out */

static void fail(const char *what, const char *why)
{
	fprintf(stderr, "lwiphttp: %s: %s\n", what, why);
	exit(1);
}

/* ---- lwIP's interface: frames to and from libisle --------------------------- */

static err_t send_frame(struct netif *netif, struct pbuf *p)
{
	struct iovec iov[PIECES];
	int count = 0;

	for (; p; p = p->next) {
		if (count == PIECES)
			return ERR_BUF;
		iov[count].iov_base = p->payload;
		iov[count++].iov_len = p->len;
	}
	return isle_net_writev(netif->state, iov, count) ? ERR_IF : ERR_OK;
}

/* In libisle's thread.  A frame for which there is no room is lost. */
static void frame_came(void *arg, void *frame, ssize_t len)
{
	struct netif *netif = arg;
	struct pbuf *p;

	if (!frame)
		fail("the device is gone", strerror((int)-len));
	/*
	 * Not PBUF_POOL: Debian's library (2.1.3) allocates 592 bytes for one of
	 * those and uses 1536.
	 */
	p = pbuf_alloc(PBUF_RAW, (u16_t)len, PBUF_RAM);
	if (!p)
		return;
	if (pbuf_take(p, frame, (u16_t)len) || netif->input(p, netif))
		pbuf_free(p);
}

static err_t set_up_netif(struct netif *netif)
{
	struct isle_net *net = netif->state;
	int mtu = isle_net_mtu(net);

	if (mtu < 0 || isle_net_mac(net, netif->hwaddr))
		return ERR_IF;
	netif->name[0] = 'i';
	netif->name[1] = 's';
	netif->hwaddr_len = 6;
	netif->mtu = (u16_t)mtu;
	netif->flags = NETIF_FLAG_BROADCAST | NETIF_FLAG_ETHARP | NETIF_FLAG_ETHERNET |
		       NETIF_FLAG_LINK_UP;
	netif->output = etharp_output;
	netif->linkoutput = send_frame;
	return ERR_OK;
}

static void lwip_runs(void *arg)
{
	sys_sem_signal(arg);
}

/* @where: "10.0.0.2/24" */
static void start_lwip(struct isle_net *net, char *where)
{
	static struct netif netif;
	ip4_addr_t address, mask, none = { 0 };
	char *slash = strchr(where, '/');
	int prefix = slash ? atoi(slash + 1) : 0;
	sys_sem_t running;
	struct netif *added;
	int rc;

	if (slash)
		*slash = '\0';
	if (prefix < 1 || prefix > 32 || !ip4addr_aton(where, &address))
		fail(where, "not an address with a prefix, such as 10.0.0.2/24");
	mask.addr = PP_HTONL(0xffffffffu << (32 - prefix));
	if (sys_sem_new(&running, 0))
		fail("lwIP", "out of memory");
	tcpip_init(lwip_runs, &running);
	sys_sem_wait(&running);
	LOCK_TCPIP_CORE();
	added = netif_add(&netif, &address, &mask, &none, net, set_up_netif, tcpip_input);
	if (added) {
		netif_set_default(&netif);
		netif_set_up(&netif);
	}
	UNLOCK_TCPIP_CORE();
	if (!added)
		fail("lwIP", "does not take the device");
	rc = isle_net_listen(net, frame_came, &netif);
	if (rc)
		fail("listening", strerror(-rc));
}

/* ---- the server ------------------------------------------------------------ */

struct connection {
	struct netconn *conn;
	int directory;
};

static err_t send_text(struct netconn *conn, const char *text)
{
	return netconn_write(conn, text, strlen(text), NETCONN_COPY);
}

static void send_file(struct netconn *conn, int fd, off_t size)
{
	char head[160], data[16384];
	ssize_t got;

	snprintf(head, sizeof(head),
		 "HTTP/1.0 200 OK\r\nServer: lwIP in an isle domain\r\n"
		 "Content-Length: %lld\r\n\r\n", (long long)size);
	if (send_text(conn, head))
		return;
	while (size > 0 && (got = read(fd, data, sizeof(data))) > 0) {
		if (netconn_write(conn, data, (size_t)got, NETCONN_COPY))
			return;
		size -= got;
	}
}

/* A regular file in the directory, wherever its name leads: or nothing. */
static int open_beneath(int directory, const char *path, struct stat *st)
{
	struct open_how how = {
		.flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK,
		.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS,
	};
	int fd = (int)syscall(SYS_openat2, directory, path, &how, sizeof(how));

	if (fd >= 0 && (fstat(fd, st) || !S_ISREG(st->st_mode))) {
		close(fd);
		return -1;
	}
	return fd;
}

/* Reads the request's head; what of it does not fit is not looked at. */
static bool read_request(struct netconn *conn, char *head, size_t size)
{
	size_t filled = 0;
	struct netbuf *buf;
	u16_t len;

	head[0] = '\0';
	while (!strstr(head, "\r\n\r\n") && filled < size - 1) {
		if (netconn_recv(conn, &buf))
			return false;
		len = netbuf_copy(buf, head + filled, (u16_t)(size - 1 - filled));
		netbuf_delete(buf);
		filled += len;
		head[filled] = '\0';
	}
	return true;
}

static void *serve(void *arg)
{
	struct connection *c = arg;
	char head[2048], *end;
	struct stat st;
	int fd;

	netconn_set_recvtimeout(c->conn, 30000);
	if (read_request(c->conn, head, sizeof(head))) {
		end = strpbrk(head + 4, " ?\r\n");
		if (strncmp(head, "GET /", 5) || !end) {
			send_text(c->conn, "HTTP/1.0 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
		} else {
			*end = '\0';
			fd = open_beneath(c->directory, head[5] ? head + 5 : "index.html", &st);
			if (fd < 0) {
				send_text(c->conn, "HTTP/1.0 404 Not Found\r\n"
						   "Content-Length: 0\r\n\r\n");
			} else {
				send_file(c->conn, fd, st.st_size);
				close(fd);
			}
		}
	}
	netconn_close(c->conn);
	netconn_delete(c->conn);
	free(c);
	return NULL;
}

static void run_server(const char *path)
{
	int directory = open(path, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct netconn *listener = netconn_new(NETCONN_TCP);
	struct connection *c;
	pthread_attr_t attr;
	pthread_t thread;

	if (directory < 0)
		fail(path, strerror(errno));
	if (!listener || netconn_bind(listener, IP_ADDR_ANY, 80) || netconn_listen(listener))
		fail("port 80", "lwIP refuses");
	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	printf("ready\n");
	fflush(stdout);
	for (;;) {
		c = malloc(sizeof(*c));
		if (!c)
			fail("accepting", "out of memory");
		c->directory = directory;
		if (netconn_accept(listener, &c->conn)) {
			free(c);
		} else if (pthread_create(&thread, &attr, serve, c)) {
			netconn_delete(c->conn);
			free(c);
		}
	}
}

/* ---- the client ------------------------------------------------------------ */

/* Prints what follows the head.  Value: bytes of the body. */
static size_t print_body(struct netconn *conn)
{
	char head[4096], *body = NULL, *data;
	size_t filled = 0, bytes = 0;
	struct netbuf *buf;
	u16_t len;

	while (!netconn_recv(conn, &buf)) {
		do {
			netbuf_data(buf, (void **)&data, &len);
			if (body) {
				bytes += fwrite(data, 1, len, stdout);
				continue;
			}
			if (filled + len >= sizeof(head))
				fail("the answer", "its head is too long");
			memcpy(head + filled, data, len);
			filled += len;
			head[filled] = '\0';
			body = strstr(head, "\r\n\r\n");
			if (body)
				bytes += fwrite(body + 4, 1, filled - (size_t)(body + 4 - head),
						stdout);
		} while (netbuf_next(buf) >= 0);
		netbuf_delete(buf);
	}
	if (!body || !strstr(head, " 200 "))
		fail("the server", body ? "did not say 200" : "said nothing");
	data = strstr(head, "Content-Length: ");
	if (data && bytes != strtoul(data + 16, NULL, 10))
		fail("the answer", "is not whole");
	return bytes;
}

static void run_client(char *url)
{
	struct netconn *conn = netconn_new(NETCONN_TCP);
	char request[512], *path = strchr(url, '/');
	ip_addr_t address = { 0 };

	snprintf(request, sizeof(request), "GET /%s HTTP/1.0\r\n\r\n", path ? path + 1 : "");
	if (path)
		*path = '\0';
	if (!ipaddr_aton(url, &address))
		fail(url, "not an address");
	if (!conn || netconn_connect(conn, &address, 80))
		fail(url, "no connection");
	netconn_set_recvtimeout(conn, 30000);
	if (send_text(conn, request))
		fail(url, "the request could not be sent");
	print_body(conn);
	netconn_close(conn);
	netconn_delete(conn);
}

int main(int argc, char **argv)
{
	struct isle_net *net;
	int rc;

	if (argc != 5 || (strcmp(argv[3], "--serve") && strcmp(argv[3], "--get"))) {
		fprintf(stderr, "usage: lwiphttp NODE ADDRESS/PREFIX --serve DIRECTORY\n"
				"       lwiphttp NODE ADDRESS/PREFIX --get ADDRESS/PATH\n");
		return 2;
	}
	rc = isle_net_open(argv[1], 0, &net);
	if (rc)
		fail(argv[1], strerror(-rc));
	start_lwip(net, argv[2]);
	if (!strcmp(argv[3], "--serve"))
		run_server(argv[4]);
	else
		run_client(argv[4]);
	return fflush(stdout) ? 1 : 0;
}
