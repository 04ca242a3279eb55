/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The store's wire protocol, as a program speaks it: one connection is one open
 * file.  Answers are strings, errors are their names; parts of an answer that
 * are separated by NUL are shown separated by ','.
 */
#ifndef ISLE_SELFTESTS_STORE_H
#define ISLE_SELFTESTS_STORE_H

#include "../lib.h"

#define XS_CONTROL		0
#define XS_DIRECTORY		1
#define XS_READ			2
#define XS_GET_PERMS		3
#define XS_WATCH		4
#define XS_UNWATCH		5
#define XS_TRANSACTION_START	6
#define XS_TRANSACTION_END	7
#define XS_INTRODUCE		8
#define XS_RELEASE		9
#define XS_GET_DOMAIN_PATH	10
#define XS_WRITE		11
#define XS_MKDIR		12
#define XS_RM			13
#define XS_SET_PERMS		14
#define XS_WATCH_EVENT		15
#define XS_ERROR		16
#define XS_IS_DOMAIN_INTRODUCED	17
#define XS_RESUME		18
#define XS_SET_TARGET		19
#define XS_RESTRICT		20
#define XS_RESET_WATCHES	21
#define XS_DIRECTORY_PART	22
#define XS_TYPES		23

#define PAYLOAD			4096

struct xs_head {
	__u32 type, req, tx, len;
};

struct xs_msg {
	struct xs_head head;
	char body[PAYLOAD + 1];
};

#define EVENTS			64

struct conn {
	int fd;
	__u32 tx;
	__u32 req;
	struct xs_msg msg;
	/* events that came while an answer was waited for: "path,token" */
	unsigned int events;
	char event[EVENTS][256];
};

static inline int part_open(int domfd, __u32 part, __u32 flags)
{
	struct isle_part_open arg = {
		.size = sizeof(arg), .part = part, .flags = flags,
	};
	int ret = call(domfd, ISLE_DOMAIN_PART_OPEN, &arg);

	return ret ? ret : arg.fd;
}

static inline int conn_open_fd(struct conn *c, int domfd)
{
	memset(c, 0, sizeof(*c));
	c->fd = part_open(domfd, ISLE_OPEN_XENBUS, 0);
	return c->fd < 0 ? c->fd : 0;
}

static inline int conn_open(struct conn *c, const struct dom *dom)
{
	return conn_open_fd(c, dom->fd);
}

static inline void conn_close(struct conn *c)
{
	close(c->fd);
}

/* Wait until there is something to read. */
static inline bool readable(int fd, int seconds)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, seconds * 1000) == 1;
}

static inline int read_all(int fd, void *buf, size_t len)
{
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		if (!readable(fd, LONG_WAIT))
			return -ETIMEDOUT;
		n = read(fd, (char *)buf + done, len - done);
		if (n < 0)
			return -errno;
		done += n;
	}
	return 0;
}

static inline int xs_send(struct conn *c, __u32 type, const void *payload,
			  size_t len)
{
	struct xs_head head = { type, ++c->req, c->tx, len };
	char buf[sizeof(head) + PAYLOAD];

	memcpy(buf, &head, sizeof(head));
	if (len)
		memcpy(buf + sizeof(head), payload, len);
	return err(write(c->fd, buf, sizeof(head) + len));
}

static inline int xs_recv(struct conn *c)
{
	int ret = read_all(c->fd, &c->msg.head, sizeof(c->msg.head));

	if (ret)
		return ret;
	if (c->msg.head.len > PAYLOAD)
		return -EMSGSIZE;
	ret = read_all(c->fd, c->msg.body, c->msg.head.len);
	c->msg.body[c->msg.head.len] = '\0';
	return ret;
}

/* A payload as a string: NUL is ',', and left out at the end */
static inline const char *shown(const struct xs_msg *msg)
{
	static __thread char bufs[8][PAYLOAD + 1];
	static __thread unsigned int next;
	char *buf = bufs[next++ % 8];
	size_t i, len = msg->head.len;

	if (len && !msg->body[len - 1])
		len--;
	for (i = 0; i < len; i++)
		buf[i] = msg->body[i] ? msg->body[i] : ',';
	buf[len] = '\0';
	return buf;
}

/* Receive one message; events are put aside. */
static inline const char *answer(struct conn *c)
{
	int ret;

	for (;;) {
		ret = xs_recv(c);
		if (ret)
			return strerror(-ret);
		if (c->msg.head.type != XS_WATCH_EVENT)
			break;
		if (c->events < EVENTS)
			snprintf(c->event[c->events++], sizeof(c->event[0]),
				 "%s", shown(&c->msg));
	}
	return shown(&c->msg);
}

static inline const char *ask(struct conn *c, __u32 type, const void *payload,
			      size_t len)
{
	int ret = xs_send(c, type, payload, len);

	if (ret < 0)
		return strerror(-ret);
	if (ret != (int)(sizeof(struct xs_head) + len))
		return "short write";
	answer(c);
	if (c->msg.head.req != c->req || c->msg.head.tx != c->tx)
		return "answer to something else";
	if (c->msg.head.type != type && c->msg.head.type != XS_ERROR)
		return "answer of another type";
	return shown(&c->msg);
}

static inline const char *ask1(struct conn *c, __u32 type, const char *string)
{
	return ask(c, type, string, strlen(string) + 1);
}

/* @a, NUL, @b, which keeps its NUL if @end; ',' in @b stands for NUL */
static inline const char *ask2(struct conn *c, __u32 type, const char *a,
			       const char *b, bool end)
{
	char buf[PAYLOAD];
	size_t la = strlen(a) + 1, lb = strlen(b) + end, i;

	if (la + lb > sizeof(buf))
		abort();
	memcpy(buf, a, la);
	for (i = 0; i < lb; i++)
		buf[la + i] = b[i] == ',' ? '\0' : b[i];
	return ask(c, type, buf, la + lb);
}

static inline const char *xs_read(struct conn *c, const char *path)
{
	return ask1(c, XS_READ, path);
}

static inline const char *xs_list(struct conn *c, const char *path)
{
	return ask1(c, XS_DIRECTORY, path);
}

static inline const char *xs_mkdir(struct conn *c, const char *path)
{
	return ask1(c, XS_MKDIR, path);
}

static inline const char *xs_rm(struct conn *c, const char *path)
{
	return ask1(c, XS_RM, path);
}

static inline const char *xs_get_perms(struct conn *c, const char *path)
{
	return ask1(c, XS_GET_PERMS, path);
}

static inline const char *xs_write(struct conn *c, const char *path,
				   const char *value)
{
	char buf[PAYLOAD];
	size_t len = strlen(path) + 1;

	memcpy(buf, path, len);
	memcpy(buf + len, value, strlen(value));
	return ask(c, XS_WRITE, buf, len + strlen(value));
}

static inline const char *xs_set_perms(struct conn *c, const char *path,
				       const char *perms)
{
	return ask2(c, XS_SET_PERMS, path, perms, true);
}

static inline const char *xs_watch(struct conn *c, const char *path,
				   const char *token)
{
	return ask2(c, XS_WATCH, path, token, true);
}

static inline const char *xs_unwatch(struct conn *c, const char *path,
				     const char *token)
{
	return ask2(c, XS_UNWATCH, path, token, true);
}

/* Begins a transaction, in which all that follows is done */
static inline const char *xs_begin(struct conn *c)
{
	const char *id;

	c->tx = 0;
	id = ask(c, XS_TRANSACTION_START, "", 1);
	c->tx = strtoul(id, NULL, 10);
	return c->tx ? "OK" : id;
}

static inline const char *xs_end(struct conn *c, const char *how)
{
	const char *ret = ask1(c, XS_TRANSACTION_END, how);

	c->tx = 0;
	return ret;
}

/* The next event, "path,token"; "" if there is none */
static inline const char *xs_event(struct conn *c)
{
	static __thread char last[256];

	if (!c->events && readable(c->fd, 0)) {
		int ret = xs_recv(c);

		if (ret)
			return strerror(-ret);
		return c->msg.head.type == XS_WATCH_EVENT ? shown(&c->msg) :
							    "no event";
	}
	if (!c->events)
		return "";
	memcpy(last, c->event[0], sizeof(last));
	memmove(c->event[0], c->event[1], --c->events * sizeof(c->event[0]));
	return last;
}

/*
 * Whatever has come by now.  An event is queued before the answer to the request
 * that caused it, whoever made that, so nothing has to be waited for.
 */
static inline void xs_flush(struct conn *c)
{
	while (*xs_event(c))
		;
}

/* /local/domain/ID/REST; a few at a time */
static inline const char *path_of(const struct dom *dom, const char *rest)
{
	static __thread char bufs[8][160];
	static __thread unsigned int next;
	char *buf = bufs[next++ % 8];

	snprintf(buf, sizeof(bufs[0]), "/local/domain/%u%s%s", dom->id,
		 *rest ? "/" : "", rest);
	return buf;
}

__attribute__((format(printf, 1, 2)))
static inline const char *fmt(const char *format, ...)
{
	static __thread char bufs[8][256];
	static __thread unsigned int next;
	char *buf = bufs[next++ % 8];
	va_list args;

	va_start(args, format);
	vsnprintf(buf, sizeof(bufs[0]), format, args);
	va_end(args);
	return buf;
}

/* What a test of several domains begins with: 0 and 1 are linked, 2 is alone */
#define DOMS 3

struct doms {
	int ctl;
	struct counters before;
	struct dom dom[DOMS];
	struct conn conn[DOMS];
};

static inline int doms_make(struct doms *d)
{
	int i, ret;

	d->before = counters_start();
	d->ctl = control_open();
	if (d->ctl < 0)
		return d->ctl;
	for (i = 0; i < DOMS; i++) {
		ret = dom_create(d->ctl, NULL, &d->dom[i]);
		if (!ret)
			ret = conn_open(&d->conn[i], &d->dom[i]);
		if (ret)
			return ret;
	}
	return dom_link(d->ctl, d->dom[0].id, d->dom[1].id);
}

/* Ends them; value: whether everything has gone */
static inline bool doms_end(struct doms *d)
{
	int i;

	for (i = 0; i < DOMS; i++) {
		if (d->conn[i].fd >= 0)
			close(d->conn[i].fd);
		if (d->dom[i].fd >= 0)
			close(d->dom[i].fd);
	}
	close(d->ctl);
	return counters_are(&d->before);
}

#endif /* ISLE_SELFTESTS_STORE_H */
