/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: the other end of a channel, made by hand
 *
 * A client and a server that use nothing but the Xen faces, as libxenvchan does,
 * and can therefore do what it would not.  A call returns 0 or -errno.
 */
#ifndef ISLE_SELFTESTS_CHANNEL_FOREIGN_H
#define ISLE_SELFTESTS_CHANNEL_FOREIGN_H

#include <stddef.h>

#include "channel.h"

/* The store, by its wire protocol */

#define XS_READ		2
#define XS_WRITE	11
#define XS_RM		13
#define XS_SET_PERMS	14
#define XS_ERROR	16

struct xs_header {
	uint32_t type, req_id, tx_id, len;
};

/* Value: bytes of the reply, or -errno */
static inline int xs_call(int fd, uint32_t type, const void *body, uint32_t len,
			  char *reply, size_t size)
{
	struct xs_header h = { type, 1, 0, len };
	char text[512];
	size_t done = 0;
	ssize_t n;

	memcpy(text, &h, sizeof(h));
	memcpy(text + sizeof(h), body, len);
	if (write(fd, text, sizeof(h) + len) != (ssize_t)(sizeof(h) + len))
		return -errno;
	while (done < sizeof(h) || done < sizeof(h) + h.len) {
		n = read(fd, text + done, sizeof(text) - done);
		if (n <= 0)
			return n ? -errno : -EIO;
		done += n;
		if (done >= sizeof(h))
			memcpy(&h, text, sizeof(h));
	}
	if (h.type == XS_ERROR) {
		if (!strcmp(text + sizeof(h), "ENOENT"))
			return -ENOENT;
		if (!strcmp(text + sizeof(h), "EACCES"))
			return -EACCES;
		return -EIO;
	}
	if (h.len >= size)
		return -E2BIG;
	memcpy(reply, text + sizeof(h), h.len);
	reply[h.len] = '\0';
	return h.len;
}

static inline int advert_path(char *path, size_t size, __u32 server,
			      __u32 client, const char *port, const char *leaf)
{
	return snprintf(path, size, "/local/domain/%u/data/vchan/%u/%s%s",
			server, client, port, leaf);
}

/* What stands in an advert, as client */
static inline int advert_read(int xs, __u32 server, __u32 client,
			      const char *port, const char *leaf)
{
	char path[200], reply[100];
	int len, ret;

	len = advert_path(path, sizeof(path), server, client, port, leaf);
	ret = xs_call(xs, XS_READ, path, len + 1, reply, sizeof(reply));
	return ret < 0 ? ret : atoi(reply);
}

/* as server; only @client may read it */
static inline int advert_write(int xs, __u32 server, __u32 client,
			       const char *port, const char *leaf,
			       const void *value, size_t n)
{
	char body[300], reply[100];
	int len, ret;

	len = advert_path(body, 200, server, client, port, leaf);
	memcpy(body + len + 1, value, n);
	ret = xs_call(xs, XS_WRITE, body, len + 1 + n, reply, sizeof(reply));
	if (ret < 0)
		return ret;
	len += 1 + sprintf(body + len + 1, "n%u", server) + 1;
	len += sprintf(body + len, "r%u", client) + 1;
	ret = xs_call(xs, XS_SET_PERMS, body, len, reply, sizeof(reply));
	return ret < 0 ? ret : 0;
}

static inline int advert_remove(int xs, __u32 server, __u32 client,
				const char *port)
{
	char path[200], reply[100];
	int len = advert_path(path, sizeof(path), server, client, port, "");
	int ret = xs_call(xs, XS_RM, path, len + 1, reply, sizeof(reply));

	return ret < 0 ? ret : 0;
}

/* One end; the pages of the rings are not mapped unless asked for */
struct foreign {
	int xs, gnt, evtchn;
	__u32 port;
	__u64 index;
	__u32 ref;
	struct isle_vchan_page *page;
};

static inline int foreign_open(struct foreign *f, int domain, bool serves)
{
	memset(f, 0, sizeof(*f));
	f->xs = part_open(domain, ISLE_OPEN_XENBUS, 0);
	f->gnt = serves ? gntalloc_open(domain) : gntdev_open(domain);
	f->evtchn = evtchn_open(domain);
	return f->xs < 0 ? f->xs : f->gnt < 0 ? f->gnt :
	       f->evtchn < 0 ? f->evtchn : 0;
}

static inline void foreign_close(struct foreign *f)
{
	if (f->page)
		munmap(f->page, PAGE);
	close(f->xs);
	close(f->gnt);
	close(f->evtchn);
}

/* Everything but saying that we are there */
static inline int foreign_reach(struct foreign *f, const struct ends *p,
				const char *port, bool notify)
{
	int ref, number, ret;

	ref = advert_read(f->xs, p->a.id, p->b.id, port, "/ring-ref");
	if (ref <= 0)
		return ref ?: -EINVAL;
	number = advert_read(f->xs, p->a.id, p->b.id, port, "/event-channel");
	if (number <= 0)
		return number ?: -EINVAL;
	ret = evtchn_connect(f->evtchn, p->a.id, number);
	if (ret < 0)
		return ret;
	f->port = ret;
	f->ref = ref;
	ret = gnt_open_ref(f->gnt, p->a.id, ref, RW, &f->index, &f->page);
	if (ret)
		return ret;
	return !notify ? 0 :
	       gntdev_notify(f->gnt, f->index +
			     offsetof(struct isle_vchan_page, cli_live),
			     UNMAP_NOTIFY_CLEAR_BYTE | UNMAP_NOTIFY_SEND_EVENT,
			     f->port);
}

static inline int foreign_connect(struct foreign *f, const struct ends *p,
				  const char *port, bool notify)
{
	int ret = foreign_reach(f, p, port, notify);

	if (ret)
		return ret;
	f->page->cli_live = ISLE_VCHAN_CONNECTED;
	f->page->srv_notify = ISLE_VCHAN_NOTIFY_WRITE;
	return evtchn_notify(f->evtchn, f->port);
}

/* A server with both rings in the page, which the caller may spoil */
static inline int foreign_serve(struct foreign *f, const struct ends *p)
{
	int ret = evtchn_listen(f->evtchn, p->b.id);

	if (ret < 0)
		return ret;
	f->port = ret;
	ret = gnt_alloc(f->gnt, p->b.id, 1, true, &f->ref, &f->index);
	if (ret)
		return ret;
	ret = gnt_mmap(f->gnt, f->index, 1, RW, MAP_SHARED, &f->page);
	if (ret)
		return ret;
	f->page->left_order = 10;
	f->page->right_order = 11;
	f->page->cli_live = ISLE_VCHAN_WAITING;
	f->page->srv_live = ISLE_VCHAN_CONNECTED;
	f->page->cli_notify = ISLE_VCHAN_NOTIFY_WRITE;
	return gntalloc_notify(f->gnt, f->index +
			       offsetof(struct isle_vchan_page, srv_live),
			       UNMAP_NOTIFY_CLEAR_BYTE |
			       UNMAP_NOTIFY_SEND_EVENT, f->port);
}

static inline int foreign_advertise(struct foreign *f, const struct ends *p,
				    const char *port)
{
	char text[16];
	int ret, len;

	len = sprintf(text, "%u", f->ref);
	ret = advert_write(f->xs, p->a.id, p->b.id, port, "/ring-ref", text,
			   len);
	if (ret)
		return ret;
	len = sprintf(text, "%u", f->port);
	return advert_write(f->xs, p->a.id, p->b.id, port, "/event-channel",
			    text, len);
}

#endif /* ISLE_SELFTESTS_CHANNEL_FOREIGN_H */
