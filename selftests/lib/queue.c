// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: libisle, scheduled requests
 */
#include <kselftest_harness.h>

#include <sys/uio.h>

#include <libisle.h>

#include "../lib.h"

#define SECTOR	512
#define SECTORS	2048
#define RW	(ISLE_OPEN_READ | ISLE_OPEN_WRITE)

FIXTURE(queue) {
	struct isle_control *ctl;
	struct isle_domain *dom;
	struct isle_blk *blk;
	struct isle_queue *queue;
	uint32_t id;
	struct counters start;
};

FIXTURE_VARIANT(queue) {
	uint32_t flags;
	bool file;
};

FIXTURE_VARIANT_ADD(queue, uring_memory) { .flags = 0 };
FIXTURE_VARIANT_ADD(queue, uring_file) { .flags = 0, .file = true };
FIXTURE_VARIANT_ADD(queue, sync_memory) { .flags = ISLE_QUEUE_SYNC };
FIXTURE_VARIANT_ADD(queue, sync_file) { .flags = ISLE_QUEUE_SYNC, .file = true };

FIXTURE_SETUP(queue)
{
	struct isle_blk_config config = {
		.size = sizeof(config), .backing = ISLE_BLK_MEMORY, .bytes = SECTORS * SECTOR,
	};

	self->start = counters_start();
	ASSERT_EQ(0, isle_control_open(&self->ctl));
	self->id = isle_control_domain_create(self->ctl, NULL, &self->dom);
	ASSERT_LE(ISLE_DOMID_MIN, (int)self->id);
	if (variant->file) {
		config.backing = ISLE_BLK_FILE;
		config.bytes = 0;
		config.fd = memfd_create("backing", MFD_CLOEXEC);
		ASSERT_LE(0, config.fd);
		ASSERT_EQ(0, ftruncate(config.fd, SECTORS * SECTOR));
	}
	ASSERT_EQ(0, isle_control_blk_add(self->ctl, self->id, "disk", &config, NULL));
	if (variant->file)
		close(config.fd);
	ASSERT_EQ(0, isle_blk_open_in(self->dom, "disk", RW, &self->blk));
	ASSERT_EQ(0, isle_queue_create(4, variant->flags, &self->queue));
}

FIXTURE_TEARDOWN(queue)
{
	isle_queue_destroy(self->queue);
	isle_blk_close(self->blk);
	isle_domain_close(self->dom);
	isle_control_close(self->ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

/* What a request's function leaves behind */
struct outcome {
	int result;
	int calls;
	int order;
};

static int order;

static void over(void *arg, int result)
{
	struct outcome *outcome = arg;

	outcome->result = result;
	outcome->calls++;
	outcome->order = ++order;
}

static bool drain(struct isle_queue *queue)
{
	while (isle_queue_pending(queue))
		if (isle_queue_run(queue, -1) < 0)
			return false;
	return true;
}

TEST_F_TIMEOUT(queue, arguments, TIMEOUT)
{
	struct isle_queue *queue = NULL;

	EXPECT_EQ(-EINVAL, isle_queue_create(0, 0, &queue));
	EXPECT_EQ(-EINVAL, isle_queue_create(ISLE_QUEUE_DEPTH_MAX + 1, 0, &queue));
	EXPECT_EQ(-EINVAL, isle_queue_create(1, 2, &queue));
	EXPECT_EQ(NULL, queue);
	EXPECT_EQ(0, isle_queue_create(ISLE_QUEUE_DEPTH_MAX, variant->flags, &queue));
	EXPECT_EQ(0, isle_queue_run(queue, 0));
	EXPECT_EQ(0, isle_queue_run(queue, -1));
	EXPECT_EQ(0, isle_queue_run(queue, 1000000000));
	isle_queue_destroy(queue);
	isle_queue_destroy(NULL);
}

TEST_F_TIMEOUT(queue, starts_when_run, TIMEOUT)
{
	uint8_t data[SECTOR], seen[SECTOR];
	struct iovec iov = { data, SECTOR }, look = { seen, SECTOR };
	struct outcome outcome = { .result = 1 };

	memset(data, 'a', SECTOR);
	ASSERT_EQ(0, isle_queue_write(self->queue, self->blk, 3, &iov, 1, over, &outcome,
				      NULL));
	/* the array is ours again, the data is not */
	memset(&iov, 0xff, sizeof(iov));
	usleep(20000);
	ASSERT_EQ(0, isle_blk_atomic_read(self->blk, 3, &look, 1));
	EXPECT_TRUE(all_bytes(seen, 0, SECTOR));
	EXPECT_EQ(0, outcome.calls);
	EXPECT_EQ(1, isle_queue_pending(self->queue));

	EXPECT_EQ(1, isle_queue_run(self->queue, -1));
	EXPECT_EQ(1, outcome.calls);
	EXPECT_EQ(0, outcome.result);
	EXPECT_EQ(0, isle_queue_pending(self->queue));
	ASSERT_EQ(0, isle_blk_atomic_read(self->blk, 3, &look, 1));
	EXPECT_TRUE(all_bytes(seen, 'a', SECTOR));
}

/* More than the depth, in random places, against a model */
TEST_F_TIMEOUT(queue, model, TIMEOUT)
{
	enum { ROUNDS = 20, BATCH = 50 };
	static uint8_t model[SECTORS * SECTOR], data[BATCH][8 * SECTOR];
	struct outcome outcomes[BATCH];
	struct rng rng = { 3 };
	struct iovec iov[4];
	uint32_t sector, i, j;
	int round, left;

	for (round = 0; round < rounds(ROUNDS, 3); round++) {
		bool write = round % 2 == 0;

		memset(outcomes, 0, sizeof(outcomes));
		for (i = 0; i < BATCH; i++) {
			/* requests do not overlap: they have an order otherwise */
			sector = i * (SECTORS / BATCH) + below(&rng, SECTORS / BATCH - 8);
			for (j = 0; j < 4; j++) {
				iov[j].iov_base = data[i] + j * 2 * SECTOR;
				iov[j].iov_len = below(&rng, 3) * SECTOR;
				if (write)
					fill(&rng, iov[j].iov_base, iov[j].iov_len);
			}
			outcomes[i].order = sector;
			if (write) {
				uint8_t *at = model + sector * SECTOR;

				for (j = 0; j < 4; at += iov[j++].iov_len)
					memcpy(at, iov[j].iov_base, iov[j].iov_len);
				ASSERT_EQ(0, isle_queue_write(self->queue, self->blk, sector,
							      iov, 4, over, &outcomes[i],
							      NULL));
			} else {
				iov[0].iov_len = 8 * SECTOR;
				ASSERT_EQ(0, isle_queue_read(self->queue, self->blk, sector,
							     iov, 1, over, &outcomes[i],
							     NULL));
				ASSERT_EQ(0, isle_queue_run(self->queue, 0) < 0);
			}
			outcomes[i].result = sector;
		}
		left = isle_queue_pending(self->queue);
		while (left) {
			int count = isle_queue_run(self->queue, -1);

			ASSERT_LT(0, count);
			left -= count;
			ASSERT_EQ(left, (int)isle_queue_pending(self->queue));
		}
		for (i = 0; i < BATCH; i++)
			ASSERT_EQ(1, outcomes[i].calls);
		if (write)
			continue;
	}
	for (i = 0; i + 8 <= SECTORS; i += 8) {
		iov[0].iov_base = data[0];
		iov[0].iov_len = 8 * SECTOR;
		ASSERT_EQ(0, isle_queue_read(self->queue, self->blk, i, iov, 1, over,
					     &outcomes[0], NULL));
		ASSERT_TRUE(drain(self->queue));
		ASSERT_EQ(0, outcomes[0].result);
		ASSERT_EQ(0, memcmp(data[0], model + i * SECTOR, 8 * SECTOR));
	}
}

TEST_F_TIMEOUT(queue, cancel, TIMEOUT)
{
	uint8_t data[SECTOR], seen[SECTOR];
	struct iovec iov = { data, SECTOR }, look = { seen, SECTOR };
	struct outcome outcomes[3] = { 0 };
	struct isle_request *request[3];
	int i;

	for (i = 0; i < 3; i++) {
		memset(data, 'a', SECTOR);
		ASSERT_EQ(0, isle_queue_write(self->queue, self->blk, i, &iov, 1, over,
					      &outcomes[i], &request[i]));
	}
	EXPECT_EQ(0, isle_request_cancel(request[1]));
	EXPECT_EQ(-EBUSY, isle_request_cancel(request[1]));
	EXPECT_EQ(0, outcomes[1].calls);
	ASSERT_TRUE(drain(self->queue));
	EXPECT_EQ(0, outcomes[0].result);
	EXPECT_EQ(-ECANCELED, outcomes[1].result);
	EXPECT_EQ(0, outcomes[2].result);
	for (i = 0; i < 3; i++) {
		EXPECT_EQ(1, outcomes[i].calls);
		ASSERT_EQ(0, isle_blk_atomic_read(self->blk, i, &look, 1));
		EXPECT_TRUE(all_bytes(seen, i == 1 ? 0 : 'a', SECTOR));
	}

	/* a cancelled one alone is something to report, without waiting */
	ASSERT_EQ(0, isle_queue_write(self->queue, self->blk, 0, &iov, 1, over,
				      &outcomes[0], &request[0]));
	EXPECT_EQ(0, isle_request_cancel(request[0]));
	EXPECT_EQ(1, isle_queue_run(self->queue, -1));
	EXPECT_EQ(-ECANCELED, outcomes[0].result);
	EXPECT_EQ(0, isle_queue_pending(self->queue));
}

/* From a function: queue one more, cancel the rest, try to run */
struct chain {
	struct isle_queue *queue;
	struct isle_blk *blk;
	struct iovec iov;
	struct isle_request *victim;
	struct outcome next;
	int run, cancel;
};

static void chain(void *arg, int result)
{
	struct chain *c = arg;

	c->run = isle_queue_run(c->queue, 0);
	c->cancel = isle_request_cancel(c->victim);
	isle_queue_read(c->queue, c->blk, 0, &c->iov, 1, over, &c->next, NULL);
	(void)result;
}

TEST_F_TIMEOUT(queue, from_a_function, TIMEOUT)
{
	uint8_t data[SECTOR];
	struct chain c = {
		.queue = self->queue, .blk = self->blk, .iov = { data, SECTOR },
	};
	struct outcome others[9] = { 0 };
	int i;

	ASSERT_EQ(0, isle_queue_read(self->queue, self->blk, 0, &c.iov, 1, chain, &c, NULL));
	for (i = 0; i < 9; i++)
		ASSERT_EQ(0, isle_queue_read(self->queue, self->blk, 0, &c.iov, 1, over,
					     &others[i], &c.victim));
	ASSERT_TRUE(drain(self->queue));
	EXPECT_EQ(-EBUSY, c.run);
	EXPECT_EQ(0, c.cancel);
	for (i = 0; i < 9; i++) {
		EXPECT_EQ(1, others[i].calls);
		EXPECT_EQ(i == 8 ? -ECANCELED : 0, others[i].result);
	}
	EXPECT_EQ(1, c.next.calls);
	EXPECT_EQ(0, c.next.result);
}

TEST_F_TIMEOUT(queue, flush_after_writes, TIMEOUT)
{
	static uint8_t data[16][64 * SECTOR];
	struct outcome writes[16] = { 0 }, flush = { .result = 1 };
	struct iovec iov;
	int i;

	order = 0;
	for (i = 0; i < 16; i++) {
		iov = (struct iovec){ data[i], sizeof(data[i]) };
		if (i == 8)
			ASSERT_EQ(0, isle_queue_flush(self->queue, self->blk, over, &flush,
						      NULL));
		ASSERT_EQ(0, isle_queue_write(self->queue, self->blk, i * 64, &iov, 1, over,
					      &writes[i], NULL));
	}
	ASSERT_TRUE(drain(self->queue));
	EXPECT_EQ(0, flush.result);
	for (i = 0; i < 8; i++)
		EXPECT_LT(writes[i].order, flush.order);
}

TEST_F_TIMEOUT(queue, closed_blk, TIMEOUT)
{
	uint8_t data[SECTOR];
	struct iovec iov = { data, SECTOR };
	struct outcome outcomes[2] = { 0 };

	ASSERT_EQ(0, isle_queue_read(self->queue, self->blk, 0, &iov, 1, over, &outcomes[0],
				     NULL));
	ASSERT_EQ(0, isle_queue_flush(self->queue, self->blk, over, &outcomes[1], NULL));
	isle_blk_close(self->blk);
	self->blk = NULL;
	EXPECT_EQ(2, isle_queue_run(self->queue, -1));
	EXPECT_EQ(-ENODEV, outcomes[0].result);
	EXPECT_EQ(-ENODEV, outcomes[1].result);
}

TEST_F_TIMEOUT(queue, removed_device, TIMEOUT)
{
	uint8_t data[SECTOR];
	struct iovec iov = { data, SECTOR };
	struct outcome outcome = { 0 };

	ASSERT_EQ(0, isle_queue_write(self->queue, self->blk, 0, &iov, 1, over, &outcome,
				      NULL));
	ASSERT_EQ(0, isle_control_device_del(self->ctl, self->id, ISLE_CLASS_BLK, "disk", 0));
	ASSERT_TRUE(drain(self->queue));
	EXPECT_EQ(-ENODEV, outcome.result);
	ASSERT_EQ(0, isle_queue_flush(self->queue, self->blk, over, &outcome, NULL));
	ASSERT_TRUE(drain(self->queue));
	EXPECT_EQ(-ENODEV, outcome.result);
}

static struct isle_queue *dying;
static struct isle_blk *dying_blk;

static void over_and_again(void *arg, int result)
{
	over(arg, result);
	((struct outcome *)arg)->order =
		isle_queue_flush(dying, dying_blk, over, arg, NULL);
}

TEST_F_TIMEOUT(queue, destroy, TIMEOUT)
{
	static uint8_t data[12][SECTOR];
	struct outcome outcomes[12] = { 0 };
	struct iovec iov;
	int i;

	dying = self->queue;
	dying_blk = self->blk;
	for (i = 0; i < 12; i++) {
		iov = (struct iovec){ data[i], SECTOR };
		ASSERT_EQ(0, isle_queue_read(self->queue, self->blk, i, &iov, 1,
					     i == 11 ? over_and_again : over, &outcomes[i],
					     NULL));
	}
	ASSERT_LE(0, isle_queue_run(self->queue, 0));
	isle_queue_destroy(self->queue);
	self->queue = NULL;
	for (i = 0; i < 12; i++) {
		EXPECT_EQ(1, outcomes[i].calls);
		EXPECT_TRUE(outcomes[i].result == 0 || outcomes[i].result == -ECANCELED);
	}
	EXPECT_EQ(-ECANCELED, outcomes[11].result);
	EXPECT_EQ(-ECANCELED, outcomes[11].order);
}

TEST_F_TIMEOUT(queue, without_function, TIMEOUT)
{
	uint8_t data[SECTOR];
	struct iovec iov = { data, SECTOR };

	ASSERT_EQ(0, isle_queue_read(self->queue, self->blk, 0, &iov, 1, NULL, NULL, NULL));
	ASSERT_EQ(0, isle_queue_read(self->queue, self->blk, 0, NULL, 0, NULL, NULL, NULL));
	ASSERT_TRUE(drain(self->queue));
}

/* As an event loop does it: run once, then wait for the descriptor */
TEST_F_TIMEOUT(queue, descriptor, TIMEOUT)
{
	uint8_t data[SECTOR];
	struct iovec iov = { data, SECTOR };
	struct outcome outcomes[20] = { 0 };
	struct pollfd pfd = { .fd = isle_queue_fd(self->queue), .events = POLLIN };
	int i;

	EXPECT_EQ(0, poll(&pfd, 1, 0));
	for (i = 0; i < 20; i++)
		ASSERT_EQ(0, isle_queue_read(self->queue, self->blk, i, &iov, 1, over,
					     &outcomes[i], NULL));
	ASSERT_LE(0, isle_queue_run(self->queue, 0));
	while (isle_queue_pending(self->queue)) {
		ASSERT_EQ(1, poll(&pfd, 1, LONG_WAIT * 1000));
		ASSERT_LE(0, isle_queue_run(self->queue, 0));
	}
	EXPECT_EQ(0, poll(&pfd, 1, 0));
	for (i = 0; i < 20; i++)
		EXPECT_EQ(1, outcomes[i].calls);
}

TEST_F_TIMEOUT(queue, child, TIMEOUT)
{
	uint8_t data[SECTOR];
	struct iovec iov = { data, SECTOR };
	struct outcome outcome = { 0 };
	int status;
	pid_t pid;

	ASSERT_EQ(0, isle_queue_read(self->queue, self->blk, 0, &iov, 1, over, &outcome,
				     NULL));
	pid = fork();
	if (!pid) {
		if (isle_queue_run(self->queue, -1) != -EPERM)
			_exit(1);
		isle_queue_destroy(self->queue);
		isle_blk_close(self->blk);
		_exit(outcome.calls ? 2 : 0);
	}
	ASSERT_EQ(pid, waitpid(pid, &status, 0));
	EXPECT_EQ(0, status);
	ASSERT_TRUE(drain(self->queue));
	EXPECT_EQ(0, outcome.result);
	EXPECT_EQ(1, outcome.calls);
}

TEST_HARNESS_MAIN
