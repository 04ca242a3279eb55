/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: every ioctl of the ABI, as a table
 *
 * With what a valid call of each looks like in a small world of its own, and
 * which fields must be zero and which are numbers, for tests that go through
 * all of them.
 */
#ifndef ISLE_SELFTESTS_CORE_COMMANDS_H
#define ISLE_SELFTESTS_CORE_COMMANDS_H

#include <stddef.h>

#include <isle/task.h>
#include <isle/vchan.h>

#include "../console/console.h"

/* The vchan's: joined to nothing, listening, connected */
enum file {
	ON_CONTROL, ON_DOMAIN, ON_DEVICE, ON_VCHAN, ON_SERVER, ON_CHANNEL,
	ON_TASK, FILES
};

/* Files that differ in their state alone know the same commands */
static inline enum file file_kind(enum file file)
{
	return file == ON_SERVER || file == ON_CHANNEL ? ON_VCHAN : file;
}

/*
 * Three domains, the first one with a disk and linked to the second one, the
 * third one with a console.  All endpoints that can be asked are the first
 * one's, and so is the task; those that they meet are the second one's.
 */
struct world {
	int ctl;
	struct dom dom[3];
	int disk;
	int fd[FILES];
	int peer;	/* other end of ON_CHANNEL */
	int there;	/* a server that waits for the first domain */
	int task;	/* whom ON_TASK notifies */
	__s32 task_id;
	__s32 shm;	/* memory of ON_TASK */
};

static inline int world_part(struct dom *dom, __u32 part)
{
	struct isle_part_open arg = { .size = sizeof(arg), .part = part };
	int ret = call(dom->fd, ISLE_DOMAIN_PART_OPEN, &arg);

	return ret ? ret : arg.fd;
}

static inline int world_listen(int ep, __u32 peer, const char *port,
			       __u32 flags)
{
	struct isle_vchan_listen arg = {
		.size = sizeof(arg), .flags = flags | ISLE_VCHAN_NOWAIT,
		.peer = peer, .read_size = 1024, .write_size = 1024,
	};

	strcpy(arg.port, port);
	return call(ep, ISLE_VCHAN_LISTEN, &arg);
}

static inline int world_connect(int ep, __u32 server, const char *port)
{
	struct isle_vchan_connect arg = {
		.size = sizeof(arg), .flags = ISLE_VCHAN_NOWAIT,
		.server = server,
	};

	strcpy(arg.port, port);
	return call(ep, ISLE_VCHAN_CONNECT, &arg);
}

static inline bool world_make_channels(struct world *w)
{
	int i;

	for (i = ON_VCHAN; i <= ON_CHANNEL; i++) {
		w->fd[i] = world_part(&w->dom[0], ISLE_OPEN_VCHAN);
		if (w->fd[i] < 0)
			return false;
	}
	w->peer = world_part(&w->dom[1], ISLE_OPEN_VCHAN);
	w->there = world_part(&w->dom[1], ISLE_OPEN_VCHAN);
	return w->peer >= 0 && w->there >= 0 &&
	       !world_listen(w->fd[ON_SERVER], w->dom[1].id, "server",
			     ISLE_VCHAN_PERSISTENT) &&
	       !world_listen(w->peer, w->dom[0].id, "channel", 0) &&
	       !world_connect(w->fd[ON_CHANNEL], w->dom[1].id, "channel") &&
	       !world_listen(w->there, w->dom[0].id, "there", 0);
}

static inline bool world_make_tasks(struct world *w)
{
	struct isle_task_info info = { .size = sizeof(info) };
	struct isle_task_shm shm = { .size = sizeof(shm), .length = 4096 };

	w->fd[ON_TASK] = world_part(&w->dom[0], ISLE_OPEN_TASK);
	w->task = world_part(&w->dom[1], ISLE_OPEN_TASK);
	if (w->fd[ON_TASK] < 0 || w->task < 0 ||
	    call(w->task, ISLE_TASK_INFO, &info) ||
	    call(w->fd[ON_TASK], ISLE_TASK_SHM_CREATE, &shm))
		return false;
	w->task_id = info.task;
	w->shm = shm.id;
	return true;
}

static inline bool world_make(struct world *w)
{
	int i;

	w->ctl = control_open();
	if (w->ctl < 0)
		return false;
	for (i = 0; i < 3; i++)
		if (dom_create(w->ctl, NULL, &w->dom[i]))
			return false;
	if (dom_link(w->ctl, w->dom[0].id, w->dom[1].id) ||
	    blk_add_memory(w->ctl, w->dom[0].id, "disk", 8192, 0) ||
	    console_add(w->ctl, w->dom[2].id, "tty", 0, 0))
		return false;
	w->disk = blk_open_rw(w->dom[0].fd, "disk");
	w->fd[ON_CONTROL] = w->ctl;
	w->fd[ON_DOMAIN] = w->dom[0].fd;
	w->fd[ON_DEVICE] = w->disk;
	return w->disk >= 0 && world_make_channels(w) && world_make_tasks(w);
}

static inline void world_end(struct world *w)
{
	int i;

	close(w->disk);
	for (i = ON_VCHAN; i < FILES; i++)
		close(w->fd[i]);
	close(w->peer);
	close(w->there);
	close(w->task);
	for (i = 0; i < 3; i++) {
		/* it may have been published */
		dom_destroy(w->ctl, w->dom[i].id, 0);
		close(w->dom[i].fd);
	}
	close(w->ctl);
}

/* Large enough for any argument */
union argument {
	__u32 size;
	struct isle_ctl_info ctl_info;
	struct isle_domain_create create;
	struct isle_domain_publish publish;
	struct isle_domain_destroy destroy;
	struct isle_domain_open open;
	struct isle_domain_info info;
	struct isle_link link;
	struct isle_link_next link_next;
	struct isle_quota quota;
	struct isle_device_add add;
	struct isle_device_del del;
	struct isle_device_next next;
	struct isle_device_attach attach;
	struct isle_device_open device_open;
	struct isle_part_open part_open;
	struct isle_device_id id;
	struct isle_blk_info blk_info;
	struct isle_vchan_listen listen;
	struct isle_vchan_connect connect;
	struct isle_vchan_info vchan_info;
	struct isle_vchan_wait wait;
	struct isle_vchan_none none;
	struct isle_vchan_list list;
	struct isle_ipc ipc;
	struct isle_task_timer timer;
	struct isle_task_buffer buffer;
	struct isle_task_info task_info;
	struct isle_task_shm shm;
	__u8 bytes[256];
};

enum field_kind {
	END,
	ZERO,		/* must be zero, but for the bits in .known */
	NUMBER,		/* any value is an answer of some kind */
};

struct field {
	enum field_kind kind;
	size_t offset, size;
	__u32 known;
};

/* command.effect */
#define PLAIN	0
#define CHANGES	1	/* the world is another one after success */
#define QUIET	2	/* copies nothing back, whatever its number says */

struct command {
	const char *name;
	enum file file;
	unsigned long cmd;
	size_t size;
	/* fills in what is not zero in a valid argument */
	void (*prepare)(struct world *w, union argument *arg);
	int fd_at;	/* where a new file is returned; 0: nowhere */
	unsigned int effect;	/* set of CHANGES, QUIET */
	struct field fields[14];	/* the last one is END */
};

static inline void prepare_nothing(struct world *w, union argument *arg)
{
	(void)w;
	(void)arg;
}

static inline void prepare_publish(struct world *w, union argument *arg)
{
	arg->publish.domid = w->dom[0].id;
	arg->publish.mode = 0600;
}

static inline void prepare_domid(struct world *w, union argument *arg)
{
	/* all of them have it there */
	arg->destroy.domid = w->dom[0].id;
}

static inline void prepare_info(struct world *w, union argument *arg)
{
	arg->info.domid = w->dom[0].id;
}

static inline void prepare_link(struct world *w, union argument *arg)
{
	arg->link.domid = w->dom[0].id;
	arg->link.peer = w->dom[2].id;
}

static inline void prepare_unlink(struct world *w, union argument *arg)
{
	arg->link.domid = w->dom[0].id;
	arg->link.peer = w->dom[1].id;
}

static inline void prepare_quota_set(struct world *w, union argument *arg)
{
	arg->quota.domid = w->dom[0].id;
	arg->quota.limit = 9;
}

static inline void prepare_add(struct world *w, union argument *arg)
{
	static struct isle_blk_config config = {
		.size = sizeof(config), .backing = ISLE_BLK_MEMORY,
		.bytes = 4096,
	};

	arg->add.domid = w->dom[0].id;
	arg->add.dev_class = ISLE_CLASS_BLK;
	strcpy(arg->add.name, "new");
	arg->add.config = (uintptr_t)&config;
}

static inline void prepare_del(struct world *w, union argument *arg)
{
	arg->del.domid = w->dom[0].id;
	arg->del.dev_class = ISLE_CLASS_BLK;
	strcpy(arg->del.name, "disk");
}

static inline void prepare_attach(struct world *w, union argument *arg)
{
	arg->attach.domid = w->dom[2].id;
	arg->attach.dev_class = ISLE_CLASS_CONSOLE;
	strcpy(arg->attach.name, "tty");
}

static inline void prepare_device_open(struct world *w, union argument *arg)
{
	(void)w;
	arg->device_open.dev_class = ISLE_CLASS_BLK;
	arg->device_open.flags = ISLE_OPEN_READ;
	strcpy(arg->device_open.name, "disk");
}

static inline void prepare_part_open(struct world *w, union argument *arg)
{
	(void)w;
	arg->part_open.part = ISLE_OPEN_PRIVCMD;
}

static inline void prepare_listen(struct world *w, union argument *arg)
{
	arg->listen.flags = ISLE_VCHAN_NOWAIT;
	arg->listen.peer = w->dom[1].id;
	arg->listen.read_size = 1;
	arg->listen.write_size = 1;
	strcpy(arg->listen.port, "new");
}

static inline void prepare_connect(struct world *w, union argument *arg)
{
	arg->connect.flags = ISLE_VCHAN_NOWAIT;
	arg->connect.server = w->dom[1].id;
	strcpy(arg->connect.port, "there");
}

static inline void prepare_next(struct world *w, union argument *arg)
{
	(void)w;
	/* Nobody has come yet: it goes on waiting */
	arg->none.flags = ISLE_VCHAN_NOWAIT;
}

static inline void prepare_ipc(struct world *w, union argument *arg)
{
	arg->ipc.flags = ISLE_IPC_NOTIFY;
	arg->ipc.dst = w->task_id;
	arg->ipc.bits = 1 << 8;
}

static inline void prepare_timer(struct world *w, union argument *arg)
{
	(void)w;
	arg->timer.milliseconds = 1000000;
}

static inline void prepare_task_info(struct world *w, union argument *arg)
{
	(void)w;
	arg->task_info.flags = ISLE_TASK_NEXT;
}

static inline void prepare_shm_create(struct world *w, union argument *arg)
{
	(void)w;
	arg->shm.length = 4096;
}

static inline void prepare_shm_close(struct world *w, union argument *arg)
{
	arg->shm.id = w->shm;
}

#define COMMAND(cmd, type, on) #cmd, on, cmd, sizeof(struct type)
#define AT(type, member) offsetof(struct type, member)
#define F(kind, type, member, ...)					\
	{ kind, AT(type, member), sizeof(((struct type *)0)->member),	\
	  ##__VA_ARGS__ }

static const struct command commands[] = {
	{ COMMAND(ISLE_CTL_INFO, isle_ctl_info, ON_CONTROL),
	  prepare_nothing, 0, PLAIN,
	  { F(ZERO, isle_ctl_info, abi_version, 0),
	    F(ZERO, isle_ctl_info, domains, 0),
	    F(ZERO, isle_ctl_info, max_domains, 0) } },
	{ COMMAND(ISLE_CTL_DOMAIN_CREATE, isle_domain_create, ON_CONTROL),
	  prepare_nothing, AT(isle_domain_create, fd), CHANGES,
	  { F(ZERO, isle_domain_create, flags, 0),
	    F(ZERO, isle_domain_create, domid, 0),
	    F(ZERO, isle_domain_create, fd, 0),
	    F(ZERO, isle_domain_create, unique, 0) } },
	{ COMMAND(ISLE_CTL_DOMAIN_PUBLISH, isle_domain_publish, ON_CONTROL),
	  prepare_publish, 0, CHANGES,
	  { F(ZERO, isle_domain_publish, flags, ISLE_PUBLISH_XEN),
	    F(ZERO, isle_domain_publish, mode, 0777),
	    F(NUMBER, isle_domain_publish, domid, 0),
	    F(NUMBER, isle_domain_publish, mode, 0),
	    F(NUMBER, isle_domain_publish, uid, 0),
	    F(NUMBER, isle_domain_publish, gid, 0) } },
	{ COMMAND(ISLE_CTL_DOMAIN_DESTROY, isle_domain_destroy, ON_CONTROL),
	  prepare_domid, 0, CHANGES,
	  { F(ZERO, isle_domain_destroy, flags, ISLE_DEL_NOWAIT),
	    F(ZERO, isle_domain_destroy, reserved, 0),
	    F(NUMBER, isle_domain_destroy, domid, 0) } },
	{ COMMAND(ISLE_CTL_DOMAIN_OPEN, isle_domain_open, ON_CONTROL),
	  prepare_domid, AT(isle_domain_open, fd), CHANGES,
	  { F(ZERO, isle_domain_open, flags, 0),
	    F(ZERO, isle_domain_open, fd, 0),
	    F(NUMBER, isle_domain_open, domid, 0) } },
	{ COMMAND(ISLE_CTL_DOMAIN_INFO, isle_domain_info, ON_CONTROL),
	  prepare_info, 0, PLAIN,
	  { F(ZERO, isle_domain_info, flags, 3),
	    F(ZERO, isle_domain_info, state, 0),
	    F(ZERO, isle_domain_info, name, 0),
	    F(ZERO, isle_domain_info, unique, 0),
	    F(ZERO, isle_domain_info, devices, 0),
	    F(ZERO, isle_domain_info, reserved, 0),
	    F(NUMBER, isle_domain_info, domid, 0),
	    F(NUMBER, isle_domain_info, flags, 0) } },
	{ COMMAND(ISLE_CTL_LINK, isle_link, ON_CONTROL),
	  prepare_link, 0, CHANGES,
	  { F(ZERO, isle_link, flags, 0),
	    F(NUMBER, isle_link, domid, 0),
	    F(NUMBER, isle_link, peer, 0) } },
	{ COMMAND(ISLE_CTL_UNLINK, isle_link, ON_CONTROL),
	  prepare_unlink, 0, CHANGES,
	  { F(ZERO, isle_link, flags, 0),
	    F(NUMBER, isle_link, domid, 0),
	    F(NUMBER, isle_link, peer, 0) } },
	{ COMMAND(ISLE_CTL_LINK_NEXT, isle_link_next, ON_CONTROL),
	  prepare_domid, 0, PLAIN,
	  { F(ZERO, isle_link_next, flags, 0),
	    F(ZERO, isle_link_next, name, 0),
	    F(NUMBER, isle_link_next, domid, 0),
	    F(NUMBER, isle_link_next, peer, 0) } },
	{ COMMAND(ISLE_CTL_QUOTA_GET, isle_quota, ON_CONTROL),
	  prepare_domid, 0, PLAIN,
	  { F(ZERO, isle_quota, flags, 0),
	    F(ZERO, isle_quota, limit, 0),
	    F(ZERO, isle_quota, used, 0),
	    F(ZERO, isle_quota, kind, 15),
	    F(NUMBER, isle_quota, domid, 0),
	    F(NUMBER, isle_quota, kind, 0) } },
	{ COMMAND(ISLE_CTL_QUOTA_SET, isle_quota, ON_CONTROL),
	  prepare_quota_set, 0, CHANGES,
	  { F(ZERO, isle_quota, flags, 0),
	    F(ZERO, isle_quota, used, 0),
	    F(ZERO, isle_quota, kind, 15),
	    F(NUMBER, isle_quota, domid, 0),
	    F(NUMBER, isle_quota, kind, 0),
	    F(NUMBER, isle_quota, limit, 0) } },
	{ COMMAND(ISLE_CTL_DEVICE_ADD, isle_device_add, ON_CONTROL),
	  prepare_add, 0, CHANGES,
	  { F(ZERO, isle_device_add, flags, 0),
	    F(ZERO, isle_device_add, unique, 0),
	    F(ZERO, isle_device_add, dev_class, 7),
	    F(NUMBER, isle_device_add, domid, 0),
	    F(NUMBER, isle_device_add, dev_class, 0) } },
	{ COMMAND(ISLE_CTL_DEVICE_DEL, isle_device_del, ON_CONTROL),
	  prepare_del, 0, CHANGES,
	  { F(ZERO, isle_device_del, flags, ISLE_DEL_NOWAIT),
	    F(ZERO, isle_device_del, dev_class, 7),
	    F(NUMBER, isle_device_del, domid, 0),
	    F(NUMBER, isle_device_del, dev_class, 0) } },
	{ COMMAND(ISLE_CTL_DEVICE_NEXT, isle_device_next, ON_CONTROL),
	  prepare_domid, 0, PLAIN,
	  { F(ZERO, isle_device_next, flags, 0),
	    F(ZERO, isle_device_next, dev_class, 0),
	    F(ZERO, isle_device_next, name, 0),
	    F(NUMBER, isle_device_next, domid, 0),
	    F(NUMBER, isle_device_next, unique, 0) } },
	{ COMMAND(ISLE_CTL_DEVICE_ATTACH, isle_device_attach, ON_CONTROL),
	  prepare_attach, AT(isle_device_attach, fd), CHANGES,
	  { F(ZERO, isle_device_attach, flags, ISLE_ATTACH_NO_REPLAY |
	      ISLE_ATTACH_NONBLOCK),
	    F(ZERO, isle_device_attach, fd, 0),
	    F(ZERO, isle_device_attach, reserved, 0),
	    F(ZERO, isle_device_attach, dev_class, 7),
	    F(NUMBER, isle_device_attach, domid, 0),
	    F(NUMBER, isle_device_attach, dev_class, 0) } },

	{ COMMAND(ISLE_DOMAIN_INFO, isle_domain_info, ON_DOMAIN),
	  prepare_nothing, 0, PLAIN,
	  { F(ZERO, isle_domain_info, flags, 0),
	    F(ZERO, isle_domain_info, domid, 0),
	    F(ZERO, isle_domain_info, state, 0),
	    F(ZERO, isle_domain_info, name, 0),
	    F(ZERO, isle_domain_info, links, 0),
	    F(ZERO, isle_domain_info, files, 0),
	    F(ZERO, isle_domain_info, reserved, 0) } },
	{ COMMAND(ISLE_DOMAIN_QUOTA, isle_quota, ON_DOMAIN),
	  prepare_nothing, 0, PLAIN,
	  { F(ZERO, isle_quota, domid, 0),
	    F(ZERO, isle_quota, flags, 0),
	    F(ZERO, isle_quota, limit, 0),
	    F(ZERO, isle_quota, used, 0),
	    F(ZERO, isle_quota, kind, 15),
	    F(NUMBER, isle_quota, kind, 0) } },
	{ COMMAND(ISLE_DOMAIN_LINK_NEXT, isle_link_next, ON_DOMAIN),
	  prepare_nothing, 0, PLAIN,
	  { F(ZERO, isle_link_next, domid, 0),
	    F(ZERO, isle_link_next, flags, 0),
	    F(ZERO, isle_link_next, name, 0),
	    F(NUMBER, isle_link_next, peer, 0) } },
	{ COMMAND(ISLE_DOMAIN_DEVICE_NEXT, isle_device_next, ON_DOMAIN),
	  prepare_nothing, 0, PLAIN,
	  { F(ZERO, isle_device_next, domid, 0),
	    F(ZERO, isle_device_next, flags, 0),
	    F(ZERO, isle_device_next, dev_class, 0),
	    F(ZERO, isle_device_next, name, 0),
	    F(NUMBER, isle_device_next, unique, 0) } },
	{ COMMAND(ISLE_DOMAIN_DEVICE_OPEN, isle_device_open, ON_DOMAIN),
	  prepare_device_open, AT(isle_device_open, fd), CHANGES,
	  { F(ZERO, isle_device_open, flags, ISLE_OPEN_READ |
	      ISLE_OPEN_WRITE | ISLE_OPEN_NONBLOCK),
	    F(ZERO, isle_device_open, fd, 0),
	    F(ZERO, isle_device_open, dev_class, 7),
	    F(NUMBER, isle_device_open, flags, 0),
	    F(NUMBER, isle_device_open, dev_class, 0) } },

	{ COMMAND(ISLE_DOMAIN_PART_OPEN, isle_part_open, ON_DOMAIN),
	  prepare_part_open, AT(isle_part_open, fd), CHANGES,
	  { F(ZERO, isle_part_open, flags, ISLE_OPEN_NONBLOCK),
	    F(ZERO, isle_part_open, fd, 0),
	    F(NUMBER, isle_part_open, part, 0) } },
	{ COMMAND(ISLE_DEVICE_ID, isle_device_id, ON_DEVICE),
	  prepare_nothing, 0, PLAIN,
	  { F(ZERO, isle_device_id, domid, 0),
	    F(ZERO, isle_device_id, dev_class, 0),
	    F(ZERO, isle_device_id, reserved, 0),
	    F(ZERO, isle_device_id, unique, 0),
	    F(ZERO, isle_device_id, domain, 0),
	    F(ZERO, isle_device_id, name, 0) } },
	{ COMMAND(ISLE_BLK_INFO, isle_blk_info, ON_DEVICE),
	  prepare_nothing, 0, PLAIN,
	  { F(ZERO, isle_blk_info, flags, 0),
	    F(ZERO, isle_blk_info, sector_size, 0),
	    F(ZERO, isle_blk_info, backing, 0),
	    F(ZERO, isle_blk_info, size_sectors, 0) } },

	{ COMMAND(ISLE_VCHAN_LISTEN, isle_vchan_listen, ON_VCHAN),
	  prepare_listen, 0, CHANGES,
	  { F(ZERO, isle_vchan_listen, flags, ISLE_VCHAN_NOWAIT |
	      ISLE_VCHAN_PERSISTENT),
	    F(ZERO, isle_vchan_listen, reserved, 0),
	    F(NUMBER, isle_vchan_listen, peer, 0),
	    F(NUMBER, isle_vchan_listen, read_size, 0),
	    F(NUMBER, isle_vchan_listen, write_size, 0) } },
	{ COMMAND(ISLE_VCHAN_CONNECT, isle_vchan_connect, ON_VCHAN),
	  prepare_connect, 0, CHANGES | QUIET,
	  { F(ZERO, isle_vchan_connect, flags, ISLE_VCHAN_NOWAIT),
	    F(ZERO, isle_vchan_connect, reserved, 0),
	    F(NUMBER, isle_vchan_connect, server, 0) } },
	{ COMMAND(ISLE_VCHAN_INFO, isle_vchan_info, ON_CHANNEL),
	  prepare_nothing, 0, PLAIN,
	  { F(ZERO, isle_vchan_info, state, 0),
	    F(ZERO, isle_vchan_info, server, 0),
	    F(ZERO, isle_vchan_info, peer, 0),
	    F(ZERO, isle_vchan_info, read_size, 0),
	    F(ZERO, isle_vchan_info, write_size, 0),
	    F(ZERO, isle_vchan_info, data_ready, 0),
	    F(ZERO, isle_vchan_info, buffer_space, 0),
	    F(ZERO, isle_vchan_info, read_offset, 0),
	    F(ZERO, isle_vchan_info, write_offset, 0),
	    F(ZERO, isle_vchan_info, port, 0) } },
	{ COMMAND(ISLE_VCHAN_WAIT, isle_vchan_wait, ON_CHANNEL),
	  prepare_nothing, 0, PLAIN,
	  { F(ZERO, isle_vchan_wait, flags, 0),
	    F(ZERO, isle_vchan_wait, data_ready, 0),
	    F(ZERO, isle_vchan_wait, buffer_space, 0),
	    F(NUMBER, isle_vchan_wait, data, 0),
	    F(NUMBER, isle_vchan_wait, space, 0) } },
	{ COMMAND(ISLE_VCHAN_NOTIFY, isle_vchan_none, ON_CHANNEL),
	  prepare_nothing, 0, PLAIN,
	  { F(ZERO, isle_vchan_none, flags, 0),
	    F(ZERO, isle_vchan_none, timeout_ns, 0) } },
	{ COMMAND(ISLE_VCHAN_NEXT, isle_vchan_none, ON_SERVER),
	  prepare_next, 0, PLAIN,
	  { F(ZERO, isle_vchan_none, flags, ISLE_VCHAN_NOWAIT) } },
	{ COMMAND(ISLE_VCHAN_LIST, isle_vchan_list, ON_VCHAN),
	  prepare_nothing, 0, PLAIN,
	  { F(ZERO, isle_vchan_list, state, 0),
	    F(ZERO, isle_vchan_list, flags, 0),
	    F(ZERO, isle_vchan_list, peer, 0),
	    F(ZERO, isle_vchan_list, read_size, 0),
	    F(ZERO, isle_vchan_list, write_size, 0),
	    F(ZERO, isle_vchan_list, read_used, 0),
	    F(ZERO, isle_vchan_list, write_used, 0),
	    F(ZERO, isle_vchan_list, pid, 0),
	    F(ZERO, isle_vchan_list, port, 0),
	    F(ZERO, isle_vchan_list, comm, 0),
	    F(NUMBER, isle_vchan_list, number, 0) } },

	{ COMMAND(ISLE_TASK_IPC, isle_ipc, ON_TASK),
	  prepare_ipc, 0, QUIET,
	  { F(ZERO, isle_ipc, flags, 0x7f | ISLE_IPC_NOWAIT |
	      ISLE_IPC_TIMEOUT | ISLE_IPC_BY_REFERENCE),
	    F(ZERO, isle_ipc, src, 0),
	    F(ZERO, isle_ipc, reserved, 0),
	    F(ZERO, isle_ipc, timeout_ns, 0),
	    F(ZERO, isle_ipc, message, 0),
	    F(ZERO, isle_ipc, buffer_size, 0),
	    F(NUMBER, isle_ipc, dst, 0),
	    F(NUMBER, isle_ipc, bits, 0) } },
	{ COMMAND(ISLE_TASK_TIMER, isle_task_timer, ON_TASK),
	  prepare_timer, 0, PLAIN,
	  { F(NUMBER, isle_task_timer, milliseconds, 0) } },
	{ COMMAND(ISLE_TASK_BUFFER, isle_task_buffer, ON_TASK),
	  prepare_nothing, 0, PLAIN,
	  { F(ZERO, isle_task_buffer, flags, ISLE_BUFFER_SEND),
	    F(NUMBER, isle_task_buffer, address, 0),
	    F(NUMBER, isle_task_buffer, length, 0) } },
	{ COMMAND(ISLE_TASK_INFO, isle_task_info, ON_TASK),
	  prepare_task_info, 0, PLAIN,
	  { F(ZERO, isle_task_info, flags, ISLE_TASK_NEXT),
	    F(ZERO, isle_task_info, state, 0),
	    F(ZERO, isle_task_info, peer, 0),
	    F(ZERO, isle_task_info, domid, 0),
	    F(ZERO, isle_task_info, pending, 0),
	    F(ZERO, isle_task_info, senders, 0),
	    F(ZERO, isle_task_info, callers, 0),
	    F(ZERO, isle_task_info, asyncs, 0),
	    F(ZERO, isle_task_info, pid, 0),
	    F(ZERO, isle_task_info, reserved, 0),
	    F(ZERO, isle_task_info, comm, 0),
	    F(NUMBER, isle_task_info, task, 0) } },
	{ COMMAND(ISLE_TASK_SHM_CREATE, isle_task_shm, ON_TASK),
	  prepare_shm_create, 0, CHANGES,
	  { F(ZERO, isle_task_shm, id, 0),
	    F(NUMBER, isle_task_shm, length, 0) } },
	{ COMMAND(ISLE_TASK_SHM_CLOSE, isle_task_shm, ON_TASK),
	  prepare_shm_close, 0, CHANGES,
	  { F(ZERO, isle_task_shm, length, 0),
	    F(NUMBER, isle_task_shm, id, 0) } },
};

#define COMMANDS	(sizeof(commands) / sizeof(commands[0]))

static inline void command_prepare(const struct command *c, struct world *w,
				   union argument *arg)
{
	memset(arg, 0, sizeof(*arg));
	arg->size = c->size;
	c->prepare(w, arg);
}

/* Undoes a call that went well */
static inline bool command_undo(const struct command *c, struct world *w,
				const void *arg)
{
	__s32 fd;

	if (c->fd_at) {
		memcpy(&fd, (const char *)arg + c->fd_at, sizeof(fd));
		close(fd);
	}
	if (!(c->effect & CHANGES))
		return true;
	world_end(w);
	return world_make(w);
}

#endif /* ISLE_SELFTESTS_CORE_COMMANDS_H */
