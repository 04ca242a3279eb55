// SPDX-License-Identifier: GPL-2.0
/*
 * Fuzzes the store's wire protocol: random and mutated messages, in pieces and
 * in runs, by several connections of linked domains, while links and domains
 * change.  Whatever is sent, each answer must have the form of one; and when all
 * is over nothing may be left.  The seed is printed; a run with it as argument
 * of the environment variable SEED does the same again.
 */
#include <kselftest_harness.h>

#include "../lib.h"
#include "../store/store.h"

#define CONNS 4

/* Strings that are somewhere near what the protocol knows */
static const char *const words[] = {
	"", "/", "data", "data/x", "data/x/y", "data/x/y/z", "domid", "name",
	"/local", "/local/domain", "/tool", "@introduceDomain",
	"@releaseDomain", "@", "T", "F", "0", "1", "-1", "4294967295", "32752",
	"n0", "r1", "w2", "b3", "n65535", "b", "n-1", "token", "CREATE|EXCL",
	"data//x", "data/", ".", "data/.", "\xff\xfe", "data/x\n",
	"99999999999999999999999",
};

struct state {
	struct rng r;
	struct doms d;
	struct conn conn[CONNS];
	__u32 tx[4];		/* transactions that may be there */
	__u8 last[16 + PAYLOAD];
	size_t last_len;
	unsigned long sent, answers, errors, events;
};

static size_t put_word(struct state *f, char *to, size_t room)
{
	char buf[128];
	/* most often one that means something */
	const char *word = words[below(&f->r, 3) ? 2 + below(&f->r, 8) :
				 below(&f->r, sizeof(words) /
					      sizeof(words[0]))];
	size_t len;

	if (below(&f->r, 4) == 0) {
		snprintf(buf, sizeof(buf), "/local/domain/%u/%s",
			 f->d.dom[below(&f->r, DOMS)].id, word);
		word = buf;
	} else if (below(&f->r, 8) == 0) {
		snprintf(buf, sizeof(buf), "%c%u", "nrwb"[below(&f->r, 4)],
			 f->d.dom[below(&f->r, DOMS)].id);
		word = buf;
	}
	len = strlen(word);
	if (len > room)
		len = room;
	memcpy(to, word, len);
	return len;
}

static size_t make_message(struct state *f, __u8 *msg)
{
	struct xs_head head = {
		.type = below(&f->r, XS_TYPES),
		.req = rnd(&f->r),
	};
	char *body = (char *)msg + sizeof(head);
	size_t len = 0;
	unsigned int n;

	switch (below(&f->r, 16)) {
	case 0:
		head.type = rnd(&f->r);
		break;
	case 1:		/* something long */
		len = below(&f->r, PAYLOAD + 1);
		memset(body, "a/v\xff"[below(&f->r, 4)], len);
		break;
	case 2:
		len = below(&f->r, 300);
		fill(&f->r, body, len);
		break;
	default:
		n = 1 + below(&f->r, 2);
		if (below(&f->r, 6) == 0)
			n = below(&f->r, 5);
		for (; n; n--) {
			len += put_word(f, body + len, PAYLOAD - 1 - len);
			if (n > 1 || below(&f->r, 20))
				body[len++] = '\0';
		}
	}
	if (below(&f->r, 5) == 0)
		head.tx = f->tx[below(&f->r, 4)];
	else if (below(&f->r, 30) == 0)
		head.tx = rnd(&f->r);
	head.len = len;
	memcpy(msg, &head, sizeof(head));
	return sizeof(head) + len;
}

/* Change some of the last message, perhaps its length */
static size_t mutate(struct state *f, __u8 *msg)
{
	size_t len = f->last_len;
	unsigned int n;

	memcpy(msg, f->last, len);
	for (n = below(&f->r, 4); n; n--)
		msg[below(&f->r, len)] ^= 1 << below(&f->r, 8);
	if (below(&f->r, 8) == 0)
		msg[12 + below(&f->r, 4)] = rnd(&f->r);
	return len;
}

/* Read what has come; every message must be well formed */
static bool drain(struct state *f, struct conn *c)
{
	while (readable(c->fd, 0)) {
		struct xs_msg *m = &c->msg;

		if (xs_recv(c))
			return false;
		if (m->head.type == XS_ERROR) {
			f->errors++;
			if (m->body[0] != 'E' || m->head.len < 4 ||
			    m->head.len != strlen(m->body) + 1)
				return false;
		} else if (m->head.type == XS_WATCH_EVENT) {
			f->events++;
			if (m->head.req || m->head.tx ||
			    m->head.len < strlen(m->body) + 2 ||
			    m->body[m->head.len - 1])
				return false;
		} else {
			f->answers++;
			if (m->head.type >= XS_TYPES)
				return false;
			if (m->head.type == XS_TRANSACTION_START)
				f->tx[below(&f->r, 4)] = strtoul(m->body, NULL,
								 10);
		}
	}
	return true;
}

static void reopen(struct state *f, int i)
{
	if (f->conn[i].fd >= 0)
		close(f->conn[i].fd);
	f->conn[i].fd = part_open(f->d.dom[i % DOMS].fd, ISLE_OPEN_XENBUS,
				  ISLE_OPEN_NONBLOCK);
}

/* Something else that happens meanwhile */
static void disturb(struct state *f)
{
	struct dom *d = f->d.dom;
	int i = below(&f->r, DOMS), j = below(&f->r, DOMS);

	switch (below(&f->r, 8)) {
	case 0:
	case 1:
		dom_link(f->d.ctl, d[i].id, d[j].id);
		break;
	case 2:
		dom_unlink(f->d.ctl, d[i].id, d[j].id);
		break;
	case 3:
	case 4:
		reopen(f, below(&f->r, CONNS));
		break;
	case 5:
		quota_set(f->d.ctl, d[i].id, ISLE_QUOTA_STORE,
			  below(&f->r, 2) ? 1 << 20 : below(&f->r, 100000));
		break;
	case 6:
		if (below(&f->r, 10))
			break;
		dom_destroy(f->d.ctl, d[2].id, 0);
		close(d[2].fd);
		dom_create(f->d.ctl, NULL, &d[2]);
		reopen(f, 2);
		break;
	}
}

static bool one(struct state *f)
{
	struct conn *c = &f->conn[below(&f->r, CONNS)];
	__u8 msg[16 + PAYLOAD + 64];
	size_t len, pos = 0, n;
	ssize_t ret;

	if (below(&f->r, 20) == 0)
		disturb(f);
	if (c->fd < 0)
		return true;
	len = f->last_len && below(&f->r, 3) == 0 ? mutate(f, msg) :
						    make_message(f, msg);
	memcpy(f->last, msg, len < sizeof(f->last) ? len : sizeof(f->last));
	f->last_len = len;
	while (pos < len) {
		n = below(&f->r, 4) ? len - pos : 1 + below(&f->r, len - pos);
		ret = write(c->fd, msg + pos, n);
		if (ret < 0 && errno == EAGAIN) {
			if (!drain(f, c))
				return false;
			continue;
		}
		/* a length that is too long, or the domain is gone */
		if (ret < 0)
			return errno == E2BIG || errno == ENODEV;
		pos += ret;
	}
	f->sent++;
	return below(&f->r, 3) || drain(f, c);
}

FIXTURE(fuzz)
{
};

FIXTURE_SETUP(fuzz)
{
}

FIXTURE_TEARDOWN(fuzz)
{
}

TEST_F_TIMEOUT(fuzz, messages, TIMEOUT)
{
	const char *env = getenv("SEED");
	struct state *f = calloc(1, sizeof(*f));
	int i, n = rounds(60000, 4000);
	__u32 seed;

	ASSERT_NE(f, NULL);
	seed = env ? strtoul(env, NULL, 0) : 1;
	TH_LOG("SEED=%u, %d rounds", seed, n);
	f->r.state = seed;
	ASSERT_EQ(doms_make(&f->d), 0);
	for (i = 0; i < CONNS; i++) {
		f->conn[i].fd = -1;
		reopen(f, i);
	}
	for (i = 0; i < n; i++)
		ASSERT_TRUE(one(f)) TH_LOG("SEED=%u round %d", seed, i);
	for (i = 0; i < CONNS; i++)
		if (f->conn[i].fd >= 0)
			close(f->conn[i].fd);
	TH_LOG("%lu sent, %lu answers, %lu errors, %lu events", f->sent,
	       f->answers, f->errors, f->events);
	/* it has come further than the first check */
	EXPECT_GT(f->answers, f->sent / 20);
	EXPECT_GT(f->events, 0);
	EXPECT_TRUE(doms_end(&f->d));
	free(f);
}

TEST_HARNESS_MAIN
