// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: everything at once, in any order
 *
 * Processes with threads create, publish, open, link, use, pass on, close and
 * destroy the same few domains and devices; some are killed while they do.
 * Each call may only fail in a way that makes sense, and at the end nothing is
 * left.  The order is random, but the same in every run as far as one thread
 * is concerned; ISLE_SEED=N gives another one.
 */
#include <kselftest_harness.h>

#include <linux/fs.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>

#include "../lib.h"

#define SLOTS		24
#define NAMES		6
#define DISKS		3
#define BYTES		65536

/* What the threads of one process share; a thread takes a file to use it */
struct shared {
	int ctl;
	int file;		/* a backing */
	int pass[2];		/* to send files through */
	const char *prefix;
	atomic_int slot[SLOTS];
	atomic_int bad;		/* the first result that must not be */
	atomic_int bad_op;
	long rounds;
	uint64_t seed;
};

struct actor {
	struct shared *s;
	struct rng rng;
	long calls;
};

static int take(struct actor *a)
{
	return atomic_exchange(&a->s->slot[below(&a->rng, SLOTS)], -1);
}

static void put(struct actor *a, int fd)
{
	if (fd < 0)
		return;
	fd = atomic_exchange(&a->s->slot[below(&a->rng, SLOTS)], fd);
	if (fd >= 0)
		close(fd);
}

static const char *a_name(struct actor *a, char name[ISLE_NAME_SIZE])
{
	snprintf(name, ISLE_NAME_SIZE, "%s-%u", a->s->prefix,
		 below(&a->rng, NAMES));
	return name;
}

/* A domain that is there, or was a moment ago */
static __u32 a_domid(struct actor *a)
{
	struct isle_domain_info info;
	char name[ISLE_NAME_SIZE];

	if (dom_find(a->s->ctl, ISLE_FIND_NAME, 0, a_name(a, name), &info))
		return 0;
	return info.domid;
}

static const char *a_disk(struct actor *a)
{
	static const char *const names[DISKS] = { "x", "y", "z" };

	return names[below(&a->rng, DISKS)];
}

enum op {
	CREATE, PUBLISH, DESTROY, OPEN, LINK, UNLINK, ADD, ADD_FILE, DEL,
	OPEN_DISK, OPEN_NODE, USE, CLOSE, LIST, LIMIT, SEND, RECEIVE, FORK,
	OPS
};

/* The errnos that make sense, as a list that ends with 0 */
static const int expected[OPS][8] = {
	/* destroyed by another one before it was even opened */
	[CREATE] = { EEXIST, ENODEV },
	[PUBLISH] = { ENOENT, EEXIST },
	[DESTROY] = { ENOENT },
	[OPEN] = { ENOENT, EDQUOT, ENODEV },
	[LINK] = { ENOENT, EEXIST, EDQUOT, EINVAL },
	[UNLINK] = { ENOENT, EINVAL },
	[ADD] = { ENOENT, EEXIST, EDQUOT },
	[ADD_FILE] = { ENOENT, EEXIST, EDQUOT },
	[DEL] = { ENOENT },
	/* a file from a slot may be of another kind */
	[OPEN_DISK] = { ENOENT, ENODEV, EDQUOT, ENOTTY },
	[OPEN_NODE] = { ENOENT, ENODEV, ENXIO, EDQUOT },
	[LIMIT] = { ENOENT },
};

static int use(struct actor *a, int fd)
{
	/* of the stack: what is not written to must not matter */
	char buf[8192 + 1];
	const size_t len = 512 * (1 + below(&a->rng, 16));
	const off_t off = 512 * below(&a->rng, BYTES / 512);
	char *at = buf + (rnd(&a->rng) & 1);
	__u64 range[2] = { off, 512 };
	struct isle_device_id id;
	struct isle_domain_info info;
	ssize_t ret;

	switch (below(&a->rng, 8)) {
	case 0:
	case 1:
		ret = pread(fd, at, len, off);
		break;
	case 2:
	case 3:
		memset(at, rnd(&a->rng), len);
		ret = pwrite(fd, at, len, off);
		break;
	case 4:
		ret = fsync(fd);
		break;
	case 5:
		ret = ioctl(fd, BLKDISCARD, range);
		break;
	case 6:
		ret = poll_now(fd, POLLIN | POLLOUT);
		dev_id(fd, &id);
		dom_info(fd, &info);
		return 0;
	default:
		ret = lseek(fd, 0, SEEK_END);
	}
	if (ret >= 0)
		return 0;
	/* ENODEV, or that it is a domain's file */
	switch (errno) {
	case ENODEV:
	case EDQUOT:
	case ENOTTY:
	case EINVAL:
	case ESPIPE:
		return 0;
	}
	return -errno;
}

static void list(struct actor *a)
{
	struct isle_domain_info info;
	struct isle_device_next next;
	__u32 from = 0;

	while (!dom_find(a->s->ctl, ISLE_FIND_NEXT, from, NULL, &info)) {
		memset(&next, 0, sizeof(next));
		next.size = sizeof(next);
		next.domid = info.domid;
		while (!call(a->s->ctl, ISLE_CTL_DEVICE_NEXT, &next)) {
			next.dev_class = 0;
			memset(next.name, 0, sizeof(next.name));
		}
		from = info.domid + 1;
	}
}

static void pass(struct actor *a, bool send)
{
	char control[CMSG_SPACE(sizeof(int))] = "", c = 'x';
	struct iovec iov = { &c, 1 };
	struct msghdr msg = {
		.msg_iov = &iov, .msg_iovlen = 1, .msg_control = control,
		.msg_controllen = sizeof(control),
	};
	struct cmsghdr *cmsg = CMSG_FIRSTHDR(&msg);
	int fd;

	if (!send) {
		if (recvmsg(a->s->pass[1], &msg, MSG_DONTWAIT) != 1)
			return;
		cmsg = CMSG_FIRSTHDR(&msg);
		if (!cmsg)
			return;
		memcpy(&fd, CMSG_DATA(cmsg), sizeof(fd));
		put(a, fd);
		return;
	}
	fd = take(a);
	if (fd < 0)
		return;
	cmsg->cmsg_level = SOL_SOCKET;
	cmsg->cmsg_type = SCM_RIGHTS;
	cmsg->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(cmsg), &fd, sizeof(fd));
	sendmsg(a->s->pass[0], &msg, MSG_DONTWAIT | MSG_NOSIGNAL);
	close(fd);
}

static int once(struct actor *a, enum op op)
{
	const __u32 flags = rnd(&a->rng) & 1 ? ISLE_DEL_NOWAIT : 0;
	struct isle_blk_config config = {
		.size = sizeof(config), .backing = ISLE_BLK_FILE,
		.fd = a->s->file,
	};
	char name[ISLE_NAME_SIZE], path[96];
	struct dom dom;
	int fd, ret;
	pid_t pid;

	switch (op) {
	case CREATE:
		ret = dom_create(a->s->ctl, a_name(a, name), &dom);
		put(a, dom.fd);
		return ret;
	case PUBLISH:
		return dom_publish(a->s->ctl, a_domid(a), 0600, 0, 0);
	case DESTROY:
		return dom_destroy(a->s->ctl, a_domid(a), flags);
	case OPEN:
		ret = dom_open(a->s->ctl, a_domid(a));
		put(a, ret);
		return ret < 0 ? ret : 0;
	case LINK:
		return dom_link(a->s->ctl, a_domid(a), a_domid(a));
	case UNLINK:
		return dom_unlink(a->s->ctl, a_domid(a), a_domid(a));
	case ADD:
		return blk_add_memory(a->s->ctl, a_domid(a), a_disk(a), BYTES,
				      0);
	case ADD_FILE:
		return blk_add(a->s->ctl, a_domid(a), a_disk(a), &config);
	case DEL:
		return blk_del(a->s->ctl, a_domid(a), a_disk(a), flags);
	case OPEN_DISK:
		fd = take(a);
		if (fd < 0)
			return 0;
		ret = blk_open_rw(fd, a_disk(a));
		put(a, fd);
		put(a, ret);
		return ret < 0 ? ret : 0;
	case OPEN_NODE:
		if (rnd(&a->rng) & 1)
			snprintf(path, sizeof(path), "/dev/isle/%s/blk/%s",
				 a_name(a, name), a_disk(a));
		else
			snprintf(path, sizeof(path), "/dev/isle/%s/domain",
				 a_name(a, name));
		ret = err(open(path, O_RDWR | O_CLOEXEC));
		put(a, ret);
		return ret < 0 ? ret : 0;
	case USE:
		fd = take(a);
		if (fd < 0)
			return 0;
		ret = use(a, fd);
		put(a, fd);
		return ret;
	case CLOSE:
		fd = take(a);
		if (fd >= 0)
			close(fd);
		return 0;
	case LIST:
		list(a);
		return 0;
	case LIMIT:
		return quota_set(a->s->ctl, a_domid(a),
				 below(&a->rng, ISLE_QUOTA_KINDS),
				 rnd(&a->rng) & 1 ? 3 : 1 << 20);
	case SEND:
	case RECEIVE:
		pass(a, op == SEND);
		return 0;
	default:
		/* a child that has all the files, for a moment */
		if (below(&a->rng, 8))
			return 0;
		pid = fork();
		if (pid == 0)
			_exit(0);
		if (pid > 0)
			waitpid(pid, NULL, 0);
		return 0;
	}
}

static void *act(void *arg)
{
	struct actor *a = arg;
	int ret, i;
	enum op op;
	long n;

	for (n = 0; n < a->s->rounds && !atomic_load(&a->s->bad); n++) {
		op = below(&a->rng, OPS + 8);
		/* most of all, use what there is */
		if (op >= OPS)
			op = op & 1 ? USE : OPEN_DISK;
		ret = once(a, op);
		if (ret == 0)
			continue;
		for (i = 0; expected[op][i]; i++)
			if (ret == -expected[op][i])
				break;
		if (!expected[op][i]) {
			atomic_store(&a->s->bad_op, op);
			atomic_store(&a->s->bad, ret);
		}
	}
	return NULL;
}

/* One process, with two threads; value: its exit status */
static int process(struct shared *s, uint64_t seed)
{
	struct actor actor[2];
	pthread_t thread;
	int i;

	s->seed = seed;
	for (i = 0; i < SLOTS; i++)
		atomic_store(&s->slot[i], -1);
	for (i = 0; i < 2; i++)
		actor[i] = (struct actor) { .s = s, .rng.state = seed * 2 + i };
	if (pthread_create(&thread, NULL, act, &actor[1]))
		return 3;
	act(&actor[0]);
	pthread_join(thread, NULL);
	if (!atomic_load(&s->bad))
		return 0;
	fprintf(stderr, "# operation %d: %d\n", atomic_load(&s->bad_op),
		atomic_load(&s->bad));
	return 1;
}

FIXTURE(lifecycle) {
	struct shared s;
	struct counters start;
	char prefix[16];
	uint64_t seed;
};

FIXTURE_SETUP(lifecycle)
{
	const char *seed = getenv("ISLE_SEED");

	self->start = counters_start();
	self->seed = seed ? strtoull(seed, NULL, 0) : 1;
	snprintf(self->prefix, sizeof(self->prefix), "s%d", (int)getpid());
	self->s.prefix = self->prefix;
	self->s.ctl = control_open();
	ASSERT_LE(0, self->s.ctl);
	self->s.file = memfd_create("backing", MFD_CLOEXEC);
	ASSERT_LE(0, self->s.file);
	ASSERT_EQ(0, ftruncate(self->s.file, BYTES));
	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0,
				self->s.pass));
}

FIXTURE_TEARDOWN(lifecycle)
{
	struct isle_domain_info info;
	char name[ISLE_NAME_SIZE];
	int i;

	close(self->s.pass[0]);
	close(self->s.pass[1]);
	close(self->s.file);
	/* what was published stays until it is destroyed */
	for (i = 0; i < NAMES; i++) {
		snprintf(name, sizeof(name), "%s-%d", self->prefix, i);
		if (!dom_find(self->s.ctl, ISLE_FIND_NAME, 0, name, &info))
			dom_destroy(self->s.ctl, info.domid, 0);
	}
	close(self->s.ctl);
	EXPECT_TRUE(counters_are(&self->start));
}

#define PROCESSES	3

TEST_F_TIMEOUT(lifecycle, random_order, 2 * TIMEOUT)
{
	pid_t pid[PROCESSES];
	int i, status;

	self->s.rounds = rounds(20000, 1500);
	for (i = 0; i < PROCESSES; i++) {
		pid[i] = fork();
		ASSERT_LE(0, pid[i]);
		if (pid[i] == 0)
			_exit(process(&self->s, self->seed * 100 + i));
	}
	for (i = 0; i < PROCESSES; i++) {
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
		EXPECT_EQ(0, status);
	}
}

/* Killed at any moment; the others go on */
TEST_F_TIMEOUT(lifecycle, killed, 2 * TIMEOUT)
{
	struct rng rng = { .state = self->seed };
	pid_t pid[PROCESSES];
	int i, n, status;

	self->s.rounds = 1L << 40;
	for (i = 0; i < PROCESSES; i++)
		pid[i] = 0;
	for (n = 0; n < rounds(150, 30); n++) {
		i = n % PROCESSES;
		if (pid[i]) {
			kill(pid[i], SIGKILL);
			ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
			EXPECT_TRUE(WIFSIGNALED(status))
				TH_LOG("status %#x", status);
		}
		pid[i] = fork();
		ASSERT_LE(0, pid[i]);
		if (pid[i] == 0)
			_exit(process(&self->s, self->seed * 1000 + n));
		usleep(below(&rng, rounds(30000, 300000)));
	}
	for (i = 0; i < PROCESSES; i++) {
		kill(pid[i], SIGKILL);
		ASSERT_EQ(pid[i], waitpid(pid[i], &status, 0));
	}
}

TEST_HARNESS_MAIN
