// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A channel's coming and going.  A handle owns the endpoint's file and the
 * mappings of the shared pages, from when it is made until it is closed.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "vchan.h"

#define PAGE_BYTES	4096u

/* Where a ring of our own mapping begins; one in the shared page has none. */
static void *mapping_of(const struct vchan_half *h)
{
	return h->span > h->size ? h->data : NULL;
}

static void unmap(struct isle_vchan *v)
{
	if (mapping_of(&v->in))
		munmap(v->in.data, v->in.span);
	if (mapping_of(&v->out))
		munmap(v->out.data, v->out.span);
	if (v->page)
		munmap(v->page, PAGE_BYTES);
	v->in.data = NULL;
	v->in.span = 0;
	v->out.data = NULL;
	v->out.span = 0;
	v->page = NULL;
}

/* At once: a page fault later would cost more than what is moved. */
static int map(struct isle_vchan *v, size_t size, uint64_t offset, void **where)
{
	*where = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_POPULATE, v->fd,
		      (off_t)offset);
	return *where == MAP_FAILED ? -errno : 0;
}

static int map_ring(struct isle_vchan *v, struct vchan_half *h, uint32_t size, uint64_t offset)
{
	void *where;
	int rc;

	/* The rest counts on that. */
	if (!size || (size & (size - 1)) || size > 1u << ISLE_VCHAN_ORDER_MAX)
		return -EPROTO;
	h->size = size;
	h->mask = size - 1;
	if (!offset) {
		/* The one of 1024 bytes begins at 1024, the one of 2048 at 2048. */
		if (2 * size > PAGE_BYTES)
			return -EPROTO;
		h->data = (uint8_t *)v->page + size;
		h->span = size;
		return 0;
	}
	rc = map(v, 2ul * size, offset, &where);
	if (rc)
		return rc;
	h->data = where;
	h->span = 2 * size;
	return 0;
}

/* @own, @peer: indices in the shared page */
static void set_up_half(struct isle_vchan *v, struct vchan_half *h, uint32_t *own,
			uint32_t *peer)
{
	h->reading = h == &v->in;
	h->own_shared = own;
	h->peer_shared = peer;
	h->own = le32toh(__atomic_load_n(own, __ATOMIC_RELAXED));
	/*
	 * No room while nobody has looked, so that nothing is written before
	 * there is a client.
	 */
	h->bound = h->own;
	h->bias = h->reading ? 0 : h->size;
	h->wants = v->server ? &v->page->srv_notify : &v->page->cli_notify;
	h->last_small = h->span - VCHAN_SMALL_MOST;
}

static void set_up_flags(struct isle_vchan *v)
{
	/* cli_live, srv_live, cli_notify, srv_notify */
	uint8_t mask[4] = { 0xff, 0xff, 0, 0 };
	uint8_t good[4] = { ISLE_VCHAN_CONNECTED, ISLE_VCHAN_CONNECTED, 0, 0 };

	mask[v->server ? 3 : 2] = ISLE_VCHAN_NOTIFY_WRITE;
	memcpy(&v->flags_mask, mask, sizeof(mask));
	memcpy(&v->flags_good, good, sizeof(good));
	v->flags = (uint32_t *)&v->page->cli_live;
}

/* Maps an endpoint that is joined and begins where it stands. */
static int attach(struct isle_vchan *v)
{
	struct isle_vchan_info info = { .size = sizeof(info) };
	struct isle_vchan_page *page;
	void *where;
	int rc;

	rc = isle_ioctl(v->fd, ISLE_VCHAN_INFO, &info);
	if (rc)
		return rc;
	if (info.state == ISLE_VCHAN_STATE_IDLE)
		return -ENOTCONN;
	v->server = info.server;
	rc = map(v, PAGE_BYTES, 0, &where);
	if (rc)
		return rc;
	page = where;
	v->page = page;
	rc = map_ring(v, &v->in, info.read_size, info.read_offset);
	if (!rc)
		rc = map_ring(v, &v->out, info.write_size, info.write_offset);
	if (rc) {
		unmap(v);
		return rc;
	}
	v->error = 0;
	v->dead = UINT32_MAX;
	v->peer_live = v->server ? &page->cli_live : &page->srv_live;
	/* The left ring is the client's for writing. */
	set_up_half(v, &v->in,
		    v->server ? &page->left.cons : &page->right.cons,
		    v->server ? &page->left.prod : &page->right.prod);
	set_up_half(v, &v->out,
		    v->server ? &page->right.prod : &page->left.prod,
		    v->server ? &page->right.cons : &page->left.cons);
	set_up_flags(v);
	return 0;
}

static int wrap(int fd, struct isle_vchan **vchan)
{
	struct isle_vchan *v = aligned_alloc(_Alignof(struct isle_vchan), sizeof(*v));
	int rc;

	if (!v)
		return -ENOMEM;
	memset(v, 0, sizeof(*v));
	v->fd = fd;
	isle_vchan_spin_init(v);
	rc = attach(v);
	if (rc) {
		free(v);
		return rc;
	}
	*vchan = v;
	return 0;
}

/* A new endpoint of the domain, joined to nothing. */
static int open_endpoint(struct isle_domain *domain)
{
	struct isle_part_open arg = { .size = sizeof(arg), .part = ISLE_OPEN_VCHAN };
	int rc;

	if (!domain) {
		rc = open(ISLE_DEV "self/vchan", O_RDWR | O_CLOEXEC);
		return rc < 0 ? -errno : rc;
	}
	rc = isle_ioctl(domain->fd, ISLE_DOMAIN_PART_OPEN, &arg);
	return rc ? rc : arg.fd;
}

static int port_copy(char to[ISLE_VCHAN_PORT_SIZE], const char *port)
{
	size_t len = strlen(port);

	if (!len || len >= ISLE_VCHAN_PORT_SIZE)
		return -EINVAL;
	memset(to, 0, ISLE_VCHAN_PORT_SIZE);
	memcpy(to, port, len);
	return 0;
}

/* Joins a new endpoint to something and makes a handle of it. */
static int join(struct isle_domain *domain, unsigned long cmd, void *arg,
		struct isle_vchan **vchan)
{
	int fd = open_endpoint(domain);
	int rc;

	if (fd < 0)
		return fd;
	rc = isle_ioctl(fd, cmd, arg);
	if (!rc)
		rc = wrap(fd, vchan);
	if (rc)
		close(fd);
	return rc;
}

EXPORT int isle_vchan_listen(struct isle_domain *domain, uint32_t peer, const char *port,
			     size_t read_size, size_t write_size, uint32_t flags,
			     int64_t timeout_ns, struct isle_vchan **vchan)
{
	struct isle_vchan_listen arg = {
		.size = sizeof(arg),
		.flags = flags,
		.peer = peer,
		.read_size = (uint32_t)read_size,
		.write_size = (uint32_t)write_size,
		.timeout_ns = timeout_ns,
	};
	int rc = port_copy(arg.port, port);

	if (rc)
		return rc;
	if (read_size > UINT32_MAX || write_size > UINT32_MAX)
		return -EINVAL;
	return join(domain, ISLE_VCHAN_LISTEN, &arg, vchan);
}

EXPORT int isle_vchan_connect(struct isle_domain *domain, uint32_t server, const char *port,
			      uint32_t flags, int64_t timeout_ns, struct isle_vchan **vchan)
{
	struct isle_vchan_connect arg = {
		.size = sizeof(arg),
		.flags = flags,
		.server = server,
		.timeout_ns = timeout_ns,
	};
	int rc = port_copy(arg.port, port);

	return rc ? rc : join(domain, ISLE_VCHAN_CONNECT, &arg, vchan);
}

EXPORT int isle_vchan_from_fd(int fd, struct isle_vchan **vchan)
{
	return wrap(fd, vchan);
}

EXPORT void isle_vchan_close(struct isle_vchan *vchan)
{
	if (!vchan)
		return;
	unmap(vchan);
	close(vchan->fd);
	free(vchan);
}

EXPORT int isle_vchan_next(struct isle_vchan *vchan, uint32_t flags, int64_t timeout_ns)
{
	struct isle_vchan_none arg = {
		.size = sizeof(arg),
		.flags = flags,
		.timeout_ns = timeout_ns,
	};
	int rc = isle_ioctl(vchan->fd, ISLE_VCHAN_NEXT, &arg);
	int again;

	if (rc == -EINVAL || rc == -EISCONN || rc == -ENODEV || rc == -ENOTTY)
		return rc;
	/*
	 * The last client may still have its pages: ours are new, also if
	 * nobody came in time.
	 */
	unmap(vchan);
	again = attach(vchan);
	return again ? again : rc;
}

EXPORT int isle_vchan_fd(const struct isle_vchan *vchan)
{
	return vchan->fd;
}

EXPORT size_t isle_vchan_read_size(const struct isle_vchan *vchan)
{
	return vchan->in.size;
}

EXPORT size_t isle_vchan_write_size(const struct isle_vchan *vchan)
{
	return vchan->out.size;
}

EXPORT int isle_vchan_get_info(struct isle_vchan *vchan, struct isle_vchan_info *info)
{
	int rc = isle_struct_begin(info, ISLE_SIZE_TO(struct isle_vchan_info, port));

	return rc ? rc : isle_ioctl_sized(vchan->fd, ISLE_VCHAN_INFO, info);
}

EXPORT int isle_domain_vchan_next(struct isle_domain *domain, uint64_t *cursor,
				  struct isle_vchan_list *list)
{
	int rc = isle_struct_begin(list, ISLE_SIZE_TO(struct isle_vchan_list, comm));
	uint32_t size = list->size;
	int fd;

	if (rc)
		return rc;
	/* An endpoint lists its domain's; ours is none of them. */
	fd = open_endpoint(domain);
	if (fd < 0)
		return fd;
	do {
		memset(list, 0, size);
		list->size = size;
		list->number = (uint32_t)*cursor;
		rc = isle_ioctl_sized(fd, ISLE_VCHAN_LIST, list);
		if (!rc)
			*cursor = list->number + 1ull;
	} while (!rc && list->flags & ISLE_VCHAN_LIST_SELF);
	close(fd);
	if (rc == -ENOENT)
		return 0;
	return rc ? rc : 1;
}

EXPORT int isle_domain_peer(struct isle_domain *domain, const char *name)
{
	struct isle_domain_info info = { .size = sizeof(info) };
	struct isle_link_next link = { .size = sizeof(link) };
	unsigned long number;
	uint64_t cursor = 0;
	char *end;
	int rc;

	/* Names may be of digits only: who has one comes before the number. */
	rc = isle_domain_get_info(domain, &info);
	if (rc)
		return rc;
	if (!strcmp(name, "self") || !strcmp(name, info.name))
		return (int)info.domid;
	while ((rc = isle_domain_link_next(domain, &cursor, &link)) > 0)
		if (!strcmp(name, link.name))
			return (int)link.peer;
	if (rc)
		return rc;
	if (*name < '0' || *name > '9')
		return -ENOENT;
	number = strtoul(name, &end, 10);
	return *end || number > ISLE_DOMID_MAX ? -ENOENT : (int)number;
}
