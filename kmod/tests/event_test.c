// SPDX-License-Identifier: GPL-2.0
/* KUnit: event ports as the rest of the module uses them. */
#include <kunit/test.h>
#include <linux/err.h>

#include "core/domain.h"
#include "core/link.h"
#include "core/live.h"
#include "share/event.h"

static struct isle_domain *make(struct kunit *test)
{
	struct isle_domain *domain = isle_domain_create("");

	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, domain);
	return domain;
}

static void end(struct isle_domain *domain)
{
	isle_domain_unuse(domain);
	isle_domain_put(domain);
}

static void count(void *private)
{
	++*(int *)private;
}

static const struct isle_port_ops ops = { .fire = count };

static u64 used(struct isle_domain *domain)
{
	return isle_account_used(&domain->account, ISLE_QUOTA_PORTS);
}

static void pair_test(struct kunit *test)
{
	const long live = isle_live_read(ISLE_LIVE_PORTS);
	struct isle_domain *a = make(test), *b = make(test);
	struct isle_port *pa, *pb;
	int na = 0, nb = 0;

	KUNIT_ASSERT_EQ(test, isle_link(a, b), 0);
	pa = isle_port_listen(a, b->id, &ops, &na);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pa);
	KUNIT_EXPECT_EQ(test, isle_port_number(pa), 1U);
	KUNIT_EXPECT_FALSE(test, isle_port_connected(pa));
	KUNIT_EXPECT_EQ(test, isle_port_notify(pa), 0);

	pb = isle_port_connect(b, a->id, 1, &ops, &nb);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pb);
	KUNIT_EXPECT_TRUE(test, isle_port_connected(pa));
	KUNIT_EXPECT_TRUE(test, isle_port_connected(pb));
	/* the one that connects is told at once, the other one is not */
	KUNIT_EXPECT_EQ(test, nb, 1);
	KUNIT_EXPECT_EQ(test, na, 0);
	KUNIT_EXPECT_EQ(test, isle_port_notify(pa), 0);
	KUNIT_EXPECT_EQ(test, isle_event_send(a, 1), 0);
	KUNIT_EXPECT_EQ(test, nb, 3);
	KUNIT_EXPECT_EQ(test, isle_port_notify(pb), 0);
	KUNIT_EXPECT_EQ(test, na, 1);
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_PORTS), live + 2);

	isle_port_close(pb);
	KUNIT_EXPECT_FALSE(test, isle_port_connected(pa));
	KUNIT_EXPECT_EQ(test, isle_port_notify(pa), 0);
	KUNIT_EXPECT_EQ(test, nb, 3);
	KUNIT_EXPECT_EQ(test, isle_event_send(b, 1), -EINVAL);
	KUNIT_EXPECT_EQ(test, used(b), 0ULL);
	isle_port_close(pa);
	KUNIT_EXPECT_EQ(test, isle_live_read(ISLE_LIVE_PORTS), live);
	end(a);
	end(b);
}

static void self_test(struct kunit *test)
{
	struct isle_domain *a = make(test);
	struct isle_port *p, *q;
	int np = 0, nq = 0;

	p = isle_port_listen(a, a->id, &ops, &np);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p);
	q = isle_port_connect(a, a->id, 1, &ops, &nq);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, q);
	KUNIT_EXPECT_EQ(test, isle_port_number(q), 2U);
	isle_port_notify(p);
	isle_port_notify(q);
	KUNIT_EXPECT_EQ(test, np, 1);
	KUNIT_EXPECT_EQ(test, nq, 2);
	isle_port_close(p);
	isle_port_notify(q);
	KUNIT_EXPECT_EQ(test, np, 1);
	/* its number is the lowest free one again */
	p = isle_port_connect(a, a->id, 2, &ops, &np);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p);
	KUNIT_EXPECT_EQ(test, isle_port_number(p), 1U);
	isle_port_close(p);
	isle_port_close(q);
	end(a);
}

/* The table grows; every number stays what it was */
static void many_test(struct kunit *test)
{
	enum { N = 700 };
	struct isle_domain *a = make(test);
	struct isle_port **p, *q;
	int i, n = 0, m = 0;

	p = kunit_kcalloc(test, N, sizeof(*p), GFP_KERNEL);
	KUNIT_ASSERT_NOT_NULL(test, p);
	for (i = 0; i < N; i++) {
		p[i] = isle_port_listen(a, a->id, &ops, &n);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p[i]);
		KUNIT_ASSERT_EQ(test, isle_port_number(p[i]), i + 1U);
	}
	KUNIT_EXPECT_EQ(test, used(a), (u64)N);
	for (i = 0; i < N; i += 97) {
		m = 0;
		q = isle_port_connect(a, a->id, i + 1, &ops, &m);
		KUNIT_ASSERT_NOT_ERR_OR_NULL(test, q);
		KUNIT_EXPECT_EQ(test, isle_event_send(a, i + 1), 0);
		KUNIT_EXPECT_EQ(test, m, 2);
		KUNIT_EXPECT_EQ(test, isle_event_send(a, N + 1), 0);
		isle_port_close(q);
	}
	KUNIT_EXPECT_EQ(test, n, DIV_ROUND_UP(N, 97));
	for (i = 0; i < N; i++)
		isle_port_close(p[i]);
	KUNIT_EXPECT_EQ(test, isle_event_send(a, N), -EINVAL);
	KUNIT_EXPECT_EQ(test, isle_event_send(a, 0), -EINVAL);
	KUNIT_EXPECT_EQ(test, isle_event_send(a, U32_MAX), -EINVAL);
	KUNIT_EXPECT_EQ(test, used(a), 0ULL);
	end(a);
}

/* Who a port waits for is not a number, but the domain that had it then */
static void successor_test(struct kunit *test)
{
	struct isle_domain *a, *b, *c;
	struct isle_port *pa, *pb, *pc;
	bool found;
	int n = 0;
	u16 id;

	if (IS_ENABLED(CONFIG_KASAN))
		kunit_skip(test, "32,751 domains take minutes with KASAN; UML does it");
	a = make(test);
	b = make(test);
	id = b->id;
	KUNIT_ASSERT_EQ(test, isle_link(a, b), 0);
	pa = isle_port_listen(a, b->id, &ops, &n);
	pb = isle_port_listen(b, a->id, &ops, &n);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pa);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pb);
	isle_domain_destroy(b);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_port_listen(b, a->id, &ops, &n)),
			-ESRCH);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_port_listen(b, id, &ops, &n)),
			-ENODEV);
	do {
		c = make(test);
		found = c->id == id;
		if (!found)
			end(c);
	} while (!found);
	KUNIT_ASSERT_EQ(test, isle_link(a, c), 0);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_port_connect(c, a->id, 1, &ops, &n)),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_port_connect(a, id, 1, &ops, &n)),
			-EINVAL);
	pc = isle_port_listen(c, a->id, &ops, &n);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pc);
	isle_port_close(pc);
	KUNIT_EXPECT_EQ(test, n, 0);
	isle_port_close(pa);
	isle_port_close(pb);
	end(a);
	end(b);
	end(c);
}

static void refused_test(struct kunit *test)
{
	struct isle_domain *a = make(test), *b = make(test), *c = make(test);
	struct isle_port *pa, *pb;
	int n = 0;

	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_port_listen(a, b->id, &ops, &n)),
			-ESRCH);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_port_listen(a, 0, &ops, &n)), -ESRCH);
	KUNIT_ASSERT_EQ(test, isle_link(a, b), 0);
	KUNIT_ASSERT_EQ(test, isle_link(a, c), 0);
	isle_account_set_limit(&a->account, ISLE_QUOTA_PORTS, 1);
	pa = isle_port_listen(a, b->id, &ops, &n);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pa);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_port_listen(a, b->id, &ops, &n)),
			-EDQUOT);
	/* not who it waits for; no such port; joined already */
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_port_connect(c, a->id, 1, &ops, &n)),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_port_connect(b, a->id, 2, &ops, &n)),
			-EINVAL);
	pb = isle_port_connect(b, a->id, 1, &ops, &n);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pb);
	KUNIT_EXPECT_EQ(test, PTR_ERR(isle_port_connect(b, a->id, 1, &ops, &n)),
			-EINVAL);
	KUNIT_EXPECT_EQ(test, used(c), 0ULL);
	KUNIT_EXPECT_EQ(test, used(b), 1ULL);
	KUNIT_EXPECT_EQ(test, n, 1);
	/* a link that goes parts them */
	KUNIT_EXPECT_EQ(test, isle_unlink(a, b), 0);
	KUNIT_EXPECT_FALSE(test, isle_port_connected(pa));
	KUNIT_EXPECT_FALSE(test, isle_port_connected(pb));
	isle_port_notify(pa);
	isle_port_notify(pb);
	KUNIT_EXPECT_EQ(test, n, 1);
	isle_port_close(pa);
	isle_port_close(pb);
	end(a);
	end(b);
	end(c);
}

/* Somebody else keeps it: it stays joined, but its owner is not told any more */
static void kept_test(struct kunit *test)
{
	struct isle_domain *a = make(test);
	struct isle_port *p, *q, *kept;
	int np = 0, nq = 0;

	p = isle_port_listen(a, a->id, &ops, &np);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, p);
	q = isle_port_connect(a, a->id, 1, &ops, &nq);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, q);
	KUNIT_EXPECT_NULL(test, isle_port_get(a, 3));
	KUNIT_EXPECT_NULL(test, isle_port_get(a, 0));
	kept = isle_port_get(a, 1);
	KUNIT_ASSERT_PTR_EQ(test, kept, p);
	isle_port_close(p);
	KUNIT_EXPECT_TRUE(test, isle_port_connected(q));
	isle_port_notify(q);
	KUNIT_EXPECT_EQ(test, np, 0);
	isle_port_notify(kept);
	KUNIT_EXPECT_EQ(test, nq, 2);
	KUNIT_EXPECT_EQ(test, used(a), 2ULL);
	isle_port_put(kept);
	KUNIT_EXPECT_EQ(test, used(a), 1ULL);
	KUNIT_EXPECT_FALSE(test, isle_port_connected(q));
	KUNIT_EXPECT_NULL(test, isle_port_get(a, 1));
	isle_port_close(q);
	end(a);
}

struct watcher {
	struct isle_port_watch watch;
	int ended;
};

static void ended(struct isle_port_watch *watch)
{
	container_of(watch, struct watcher, watch)->ended++;
}

static void destroy_test(struct kunit *test)
{
	struct watcher w[2] = {
		{ .watch.ended = ended }, { .watch.ended = ended },
	};
	struct isle_domain *a = make(test), *b = make(test);
	struct isle_port *pa, *pb, *self[2];
	int n = 0;

	KUNIT_ASSERT_EQ(test, isle_link(a, b), 0);
	pa = isle_port_listen(a, b->id, &ops, &n);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pa);
	pb = isle_port_connect(b, a->id, 1, &ops, &n);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, pb);
	self[0] = isle_port_listen(b, b->id, &ops, &n);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, self[0]);
	self[1] = isle_port_connect(b, b->id, 2, &ops, &n);
	KUNIT_ASSERT_NOT_ERR_OR_NULL(test, self[1]);
	KUNIT_EXPECT_EQ(test, isle_port_watch_add(b, &w[0].watch), 0);
	KUNIT_EXPECT_EQ(test, isle_port_watch_add(b, &w[1].watch), 0);
	isle_port_watch_del(b, &w[1].watch);
	n = 0;

	isle_domain_destroy(b);
	KUNIT_EXPECT_EQ(test, w[0].ended, 1);
	KUNIT_EXPECT_EQ(test, w[1].ended, 0);
	isle_port_watch_del(b, &w[0].watch);
	KUNIT_EXPECT_EQ(test, isle_port_watch_add(b, &w[0].watch), -ENODEV);
	KUNIT_EXPECT_FALSE(test, isle_port_connected(pa));
	KUNIT_EXPECT_FALSE(test, isle_port_connected(pb));
	KUNIT_EXPECT_FALSE(test, isle_port_connected(self[0]));
	isle_port_notify(pa);
	isle_port_notify(pb);
	isle_port_notify(self[0]);
	isle_port_notify(self[1]);
	KUNIT_EXPECT_EQ(test, n, 0);
	isle_port_close(pa);
	isle_port_close(pb);
	/* the domain's memory stays until its last port has gone */
	end(b);
	isle_port_close(self[0]);
	isle_port_close(self[1]);
	end(a);
}

static struct kunit_case event_cases[] = {
	KUNIT_CASE(pair_test),
	KUNIT_CASE(self_test),
	KUNIT_CASE(many_test),
	KUNIT_CASE(successor_test),
	KUNIT_CASE(refused_test),
	KUNIT_CASE(kept_test),
	KUNIT_CASE(destroy_test),
	{}
};

/* Some kernels run suites before the module's own initialisation, some after */
static bool registered;

static int suite_init(struct kunit_suite *suite)
{
	int err = isle_event_init();

	registered = !err;
	return err == -EBUSY ? 0 : err;
}

static void suite_exit(struct kunit_suite *suite)
{
	if (registered)
		isle_event_exit();
	registered = false;
}

static struct kunit_suite event_suite = {
	.name = "isle_event",
	.suite_init = suite_init,
	.suite_exit = suite_exit,
	.test_cases = event_cases,
};

kunit_test_suites(&event_suite);
