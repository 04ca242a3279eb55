/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/*
 * isle: channels between two domains, laid out as Xen's vchan
 *
 * open(2) of /dev/isle/NAME/vchan, or ISLE_DOMAIN_PART_OPEN with
 * ISLE_OPEN_VCHAN, gives an endpoint that acts as the domain and is joined to
 * nothing yet: ISLE_VCHAN_LISTEN makes it a server, ISLE_VCHAN_CONNECT a
 * client.  The pages belong to the server's domain.
 *
 * Then it is a byte stream: read(2) waits for at least one byte and returns
 * what is there; write(2) waits until all is written; with O_NONBLOCK both do
 * what they can at once (EAGAIN).  When the peer has closed or was killed,
 * read(2) delivers what is left, then 0, and write(2) answers EPIPE, without
 * SIGPIPE.  EPROTO: the peer has put impossible values into the shared page;
 * the channel is dead from then on.  poll(2): POLLIN if read would not wait,
 * POLLOUT if write would take a byte, POLLIN | POLLRDHUP | POLLHUP once the
 * peer is gone, POLLERR after EPROTO.
 *
 * A program can move the data itself, in its own mapping of the shared pages,
 * and use the file only to sleep and to wake: see struct isle_vchan_info,
 * ISLE_VCHAN_WAIT and ISLE_VCHAN_NOTIFY.  The layout of the shared page is
 * struct isle_vchan_page.  Do not mix that with read(2) and write(2) at the
 * same time in the same direction.
 *
 * In the store a server is found under
 * /local/domain/SERVER/data/vchan/CLIENT/PORT: ring-ref and event-channel, in
 * decimal.  Peers can be programs that use libxenvchan.
 *
 * Once the endpoint's domain was destroyed every call answers ENODEV.  If the
 * two domains are unlinked the peer counts as gone.
 */
#ifndef _UAPI_ISLE_VCHAN_H
#define _UAPI_ISLE_VCHAN_H

#include <isle/base.h>

/**
 * struct isle_vchan_ring - indices of one ring; free running, little-endian
 * @cons: bytes consumed so far
 * @prod: bytes produced so far
 */
struct isle_vchan_ring {
	__u32 cons;
	__u32 prod;
};

/* isle_vchan_page.{cli,srv}_live */
#define ISLE_VCHAN_EXITED	0
#define ISLE_VCHAN_CONNECTED	1
#define ISLE_VCHAN_WAITING	2

/* isle_vchan_page.{cli,srv}_notify: wake me ... */
#define ISLE_VCHAN_NOTIFY_WRITE	1	/* when you have written */
#define ISLE_VCHAN_NOTIFY_READ	2	/* when you have read */

/**
 * struct isle_vchan_page - what the shared page begins with
 * @left: ring from client to server
 * @right: ring from server to client
 * @left_order: where the left ring is: 10 in the shared page at 1024, 11 in it
 *	at 2048 (so many bytes: two to the power of the order), 12 to 20 in
 *	pages of its own
 * @right_order: likewise, for the right one; never the same in-page order
 * @cli_live: ISLE_VCHAN_*: state of the client
 * @srv_live: state of the server
 * @cli_notify: ISLE_VCHAN_NOTIFY_*: what the client shall do for the server,
 *	that is, who waits is the server
 * @srv_notify: what the server shall do for the client
 *
 * The references (__u32) of the rings' own pages follow, left before right.
 */
struct isle_vchan_page {
	struct isle_vchan_ring left;
	struct isle_vchan_ring right;
	__u16 left_order;
	__u16 right_order;
	__u8 cli_live;
	__u8 srv_live;
	__u8 cli_notify;
	__u8 srv_notify;
};

#define ISLE_VCHAN_ORDER_MAX	20

/*
 * Names of ports: 1 to 63 of the letters A-Z a-z, the digits, '_' and '-',
 * which is what the store allows, padded with zeroes to 64 bytes.  Otherwise:
 * EINVAL.
 */
#define ISLE_VCHAN_PORT_SIZE	64

/* isle_vchan_listen.flags */
#define ISLE_VCHAN_NOWAIT	(1U << 0)	/* listen, connect */
#define ISLE_VCHAN_PERSISTENT	(1U << 1)	/* listen only */

/**
 * struct isle_vchan_listen - argument of ISLE_VCHAN_LISTEN
 * @size: sizeof(struct isle_vchan_listen)
 * @flags: in: ISLE_VCHAN_NOWAIT: do not wait for the client, poll(2) reports
 *	POLLIN or POLLOUT and ISLE_VCHAN_WAIT ends when it comes;
 *	ISLE_VCHAN_PERSISTENT: after a client has gone, ISLE_VCHAN_NEXT waits
 *	for another one
 * @peer: in: domain of the client
 * @read_size: in: bytes that the ring for reading shall hold at least, 1 to
 *	1 MiB; out: what it holds
 * @write_size: in: likewise, for writing; out: what it holds
 * @reserved: zero
 * @timeout_ns: in: how long to wait for the client; negative: for ever
 * @port: in: by what name the client finds it
 *
 * EISCONN: the endpoint is joined already, or another call joins it.  EPERM:
 * the domains are not linked.  EADDRINUSE: an endpoint listens there.  EDQUOT:
 * ISLE_QUOTA_GRANTS, PORTS, STORE.  ETIMEDOUT, EINTR: nobody came; the endpoint
 * is free again.
 */
struct isle_vchan_listen {
	__u32 size;
	__u32 flags;
	__u32 peer;
	__u32 read_size;
	__u32 write_size;
	__u32 reserved;
	__s64 timeout_ns;
	char port[ISLE_VCHAN_PORT_SIZE];
};

/**
 * struct isle_vchan_connect - argument of ISLE_VCHAN_CONNECT
 * @size: sizeof(struct isle_vchan_connect)
 * @flags: in: ISLE_VCHAN_NOWAIT: ENOENT if there is no server now; otherwise
 *	wait for it
 * @server: in: domain of the server
 * @reserved: zero
 * @timeout_ns: in: how long to wait for the server; negative: for ever
 * @port: in: its name
 *
 * EISCONN: the endpoint is joined already, or another call joins it.  EPERM:
 * the domains are not linked.  ECONNREFUSED: what is published there is no
 * channel for us, or what a server has left behind.  EPROTO: its shared page is
 * not a channel's.  EBUSY: it has a client; with ISLE_VCHAN_NOWAIT also: it had
 * one, and has not asked for the next yet.  EDQUOT: ISLE_QUOTA_MAPPINGS, PORTS,
 * WATCHES, STORE.  ETIMEDOUT, EINTR: no server came.
 *
 * A call that fails has left the server as it was, waiting for its client.
 */
struct isle_vchan_connect {
	__u32 size;
	__u32 flags;
	__u32 server;
	__u32 reserved;
	__s64 timeout_ns;
	char port[ISLE_VCHAN_PORT_SIZE];
};

/* isle_vchan_info.state */
#define ISLE_VCHAN_STATE_IDLE		0	/* joined to nothing */
#define ISLE_VCHAN_STATE_LISTENING	1	/* a server without a client */
#define ISLE_VCHAN_STATE_CONNECTED	2
#define ISLE_VCHAN_STATE_CLOSED		3	/* the peer is gone */
#define ISLE_VCHAN_STATE_BROKEN		4	/* after EPROTO */

/**
 * struct isle_vchan_info - argument of ISLE_VCHAN_INFO
 * @size: sizeof(struct isle_vchan_info)
 * @state: out: ISLE_VCHAN_STATE_*
 * @server: out: 1 for the server, 0 for the client
 * @peer: out: domain of the peer
 * @read_size: out: bytes that the ring for reading holds
 * @write_size: out: bytes that the ring for writing holds
 * @data_ready: out: bytes that can be read now
 * @buffer_space: out: bytes that can be written now
 * @read_offset: out: where mmap(2) of this file has the ring for reading.
 *	0: in the shared page, which is at offset 0.  Otherwise the ring's own
 *	pages, at whose offset it can be mapped up to twice in a row, so that
 *	what wraps around its end is contiguous
 * @write_offset: out: likewise, for writing
 * @port: out: name of the port
 *
 * Of what is joined to nothing, @state alone is not zero.
 *
 * mmap(2) needs MAP_SHARED and an endpoint that is joined (ENOTCONN), and is
 * within one of the three areas (EINVAL).  The mapping outlives the file.
 */
struct isle_vchan_info {
	__u32 size;
	__u32 state;
	__u32 server;
	__u32 peer;
	__u32 read_size;
	__u32 write_size;
	__u32 data_ready;
	__u32 buffer_space;
	__u64 read_offset;
	__u64 write_offset;
	char port[ISLE_VCHAN_PORT_SIZE];
};

/**
 * struct isle_vchan_wait - argument of ISLE_VCHAN_WAIT
 * @size: sizeof(struct isle_vchan_wait)
 * @flags: zero
 * @data: in: wait until so many bytes can be read, at most the ring's size; 0:
 *	not for that
 * @space: in: or until so many can be written; 0: not for that
 * @timeout_ns: in: how long; 0: only look; negative: for ever
 * @data_ready: out: bytes that can be read now
 * @buffer_space: out: bytes that can be written now
 *
 * Sets the bits in the shared page by which the peer knows that it has to wake
 * us.  Also ends when the peer has gone or the channel is dead: 0, and read and
 * write tell.  With neither @data nor @space: waits for the client of a
 * listening server.  EAGAIN: @timeout_ns is 0 and it is not so.  ETIMEDOUT,
 * EINTR.  ENOTCONN: the endpoint is joined to nothing.
 */
struct isle_vchan_wait {
	__u32 size;
	__u32 flags;
	__u32 data;
	__u32 space;
	__s64 timeout_ns;
	__u32 data_ready;
	__u32 buffer_space;
};

/**
 * struct isle_vchan_none - argument of ISLE_VCHAN_NOTIFY, ISLE_VCHAN_NEXT
 * @size: sizeof(struct isle_vchan_none)
 * @flags: zero; ISLE_VCHAN_NEXT: ISLE_VCHAN_NOWAIT or 0
 * @timeout_ns: zero; ISLE_VCHAN_NEXT: as in struct isle_vchan_listen
 *
 * ISLE_VCHAN_NOTIFY wakes the peer.  The program has cleared the bit in the
 * shared page that asked for it.  ENOTCONN: the endpoint is joined to nothing.
 *
 * ISLE_VCHAN_NEXT lets go of a client that has gone, or that has broken the
 * channel, and waits for the next one, with other pages: what was mapped shows
 * the old ones.  If no client has come yet it waits for that one.  ETIMEDOUT and
 * EINTR leave the server listening.  EINVAL: not a persistent server.  EISCONN:
 * the client is still there, or another call waits for the next one.
 */
struct isle_vchan_none {
	__u32 size;
	__u32 flags;
	__s64 timeout_ns;
};

/* isle_vchan_list.flags */
#define ISLE_VCHAN_LIST_SELF		(1U << 0)	/* the file that asks */
#define ISLE_VCHAN_LIST_SERVER		(1U << 1)	/* otherwise a client */
#define ISLE_VCHAN_LIST_PERSISTENT	(1U << 2)	/* a persistent server */

/**
 * struct isle_vchan_list - argument of ISLE_VCHAN_LIST
 * @size: sizeof(struct isle_vchan_list)
 * @number: in: of the endpoints of this domain the first whose number is at
 *	least that is described; 0 to begin; out: its number.  It is given again
 *	when the endpoint is gone.
 * @state: out: ISLE_VCHAN_STATE_*
 * @flags: out: ISLE_VCHAN_LIST_*
 * @peer: out: domain of the peer
 * @read_size: out: bytes that the ring for reading holds
 * @write_size: out: bytes that the ring for writing holds
 * @read_used: out: bytes that have come and that it has not read
 * @write_used: out: bytes that it has written and the peer has not read
 * @pid: out: process that opened it, as the caller sees processes; 0: none
 *	that it sees
 * @port: out: name of the port
 * @comm: out: that process's name then
 *
 * Of what is joined to nothing @port and @peer say for which server it waits,
 * if it does.  What is asked for changes meanwhile.
 *
 * ENOENT: that was the last one.
 */
struct isle_vchan_list {
	__u32 size;
	__u32 number;
	__u32 state;
	__u32 flags;
	__u32 peer;
	__u32 read_size;
	__u32 write_size;
	__u32 read_used;
	__u32 write_used;
	__u32 pid;
	char port[ISLE_VCHAN_PORT_SIZE];
	char comm[16];
};

/* On an endpoint */
#define ISLE_VCHAN_LISTEN \
	_IOWR(ISLE_IOC_MAGIC, 0x60, struct isle_vchan_listen)
#define ISLE_VCHAN_CONNECT \
	_IOWR(ISLE_IOC_MAGIC, 0x61, struct isle_vchan_connect)
#define ISLE_VCHAN_INFO \
	_IOWR(ISLE_IOC_MAGIC, 0x62, struct isle_vchan_info)
#define ISLE_VCHAN_WAIT \
	_IOWR(ISLE_IOC_MAGIC, 0x63, struct isle_vchan_wait)
#define ISLE_VCHAN_NOTIFY \
	_IOW(ISLE_IOC_MAGIC, 0x64, struct isle_vchan_none)
#define ISLE_VCHAN_NEXT \
	_IOW(ISLE_IOC_MAGIC, 0x65, struct isle_vchan_none)
#define ISLE_VCHAN_LIST \
	_IOWR(ISLE_IOC_MAGIC, 0x66, struct isle_vchan_list)

#endif /* _UAPI_ISLE_VCHAN_H */
