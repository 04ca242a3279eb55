/* SPDX-License-Identifier: GPL-2.0 */
#ifndef ISLE_CHANNEL_ENDPOINT_H
#define ISLE_CHANNEL_ENDPOINT_H

#include <linux/bits.h>
#include <linux/atomic.h>
#include <linux/fs.h>
#include <linux/rhashtable-types.h>
#include <linux/sched.h>
#include <linux/wait.h>
#include <isle/vchan.h>

struct isle_channel;
struct isle_domain;
struct pid;

/**
 * struct isle_endpoint_key - what a server is found by
 * @domain: the server's
 * @peer: number of the client's domain
 * @port: name of the port
 * @zero: zero
 */
struct isle_endpoint_key {
	struct isle_domain *domain;
	u32 peer;
	char port[ISLE_VCHAN_PORT_SIZE];
	u32 zero;
};

/* isle_endpoint.phase */
#define ISLE_ENDPOINT_IDLE	0	/* joined to nothing */
#define ISLE_ENDPOINT_BUSY	1	/* a call is about to change that */
#define ISLE_ENDPOINT_JOINED	2

/**
 * struct isle_endpoint - an open file of a domain's channels
 * @phase: ISLE_ENDPOINT_*: who makes it BUSY may change what belongs to @phase
 * @persistent: server: the next client may come (belongs to @phase; a listing
 *	looks at it)
 * @published: there is an advert (belongs to @phase)
 * @changed: client: the advert has changed since we looked
 * @left_order: server: of the ring from the client (belongs to @phase)
 * @right_order: server: of the ring to it (belongs to @phase)
 * @number: in the domain's endpoints (constant)
 * @pid: the process that opened it (a reference, constant)
 * @comm: its name then (constant)
 * @channel: what it is joined by; changed under the endpoints' lock, read under
 *	RCU
 * @peer: the peer's domain, a reference, or NULL; changed under the endpoints'
 *	lock by who has made @phase BUSY
 * @key: domain, peer's number, port: the domain is constant, a reference of the
 *	file; the others are as @peer
 * @by_key: server: in the table of servers
 * @wait: woken when anything has changed
 * @rcu: for freeing it
 */
struct isle_endpoint {
	atomic_t phase;
	bool persistent;
	bool published;
	bool changed;
	u8 left_order;
	u8 right_order;
	u32 number;
	struct pid *pid;
	char comm[TASK_COMM_LEN];
	struct isle_channel __rcu *channel;
	struct isle_domain *peer;
	struct isle_endpoint_key key;
	struct rhash_head by_key;
	wait_queue_head_t wait;
	struct rcu_head rcu;
};

/* endpoint.c: its life, and what domains do to it */
struct isle_endpoint *isle_endpoint_create(struct isle_domain *domain);
void isle_endpoint_release(struct isle_endpoint *ep);
struct isle_channel *isle_endpoint_channel(struct isle_endpoint *ep);
int isle_endpoint_install(struct isle_endpoint *ep, struct isle_channel *ch);
int isle_endpoint_set_peer(struct isle_endpoint *ep, u32 peer,
			   const char *port);
void isle_endpoint_get_peer(struct isle_endpoint *ep, u32 *peer, char *port);
void isle_endpoint_unjoin(struct isle_endpoint *ep);
int isle_endpoint_list(struct isle_endpoint *ep, struct isle_vchan_list *list);

/* join.c: how it gets its channel */
int isle_endpoint_listen(struct isle_endpoint *ep,
			 struct isle_vchan_listen *arg);
int isle_endpoint_connect(struct isle_endpoint *ep,
			  const struct isle_vchan_connect *arg);
int isle_endpoint_next(struct isle_endpoint *ep,
		       const struct isle_vchan_none *arg);
void isle_endpoint_undo(struct isle_endpoint *ep);
int isle_join_init(void);
void isle_join_exit(void);

/* endpoint_file.c, endpoint_map.c */
extern const struct file_operations isle_endpoint_fops;
const char *isle_endpoint_state_name(u32 state);
void isle_endpoint_describe(const struct isle_endpoint *ep,
			    struct isle_channel *ch,
			    struct isle_vchan_list *list);
int isle_endpoint_fop_mmap(struct file *file, struct vm_area_struct *vma);

/* Where mmap(2) has the shared page and the rings' own pages */
#define ISLE_MAP_SHARED		0
#define ISLE_MAP_READ		BIT(24)
#define ISLE_MAP_WRITE		BIT(25)

int isle_endpoint_init(void);
void isle_endpoint_exit(void);

#endif /* ISLE_CHANNEL_ENDPOINT_H */
