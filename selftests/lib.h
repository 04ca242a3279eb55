/* SPDX-License-Identifier: GPL-2.0 */
/*
 * isle selftests: what all of them use
 *
 * Wrappers of the ABI, counters, waiting with a deadline.  A wrapper returns
 * what the call returned, or -errno.
 */
#ifndef ISLE_SELFTESTS_LIB_H
#define ISLE_SELFTESTS_LIB_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <isle/blk.h>
#include <isle/control.h>

#define CONTROL		"/dev/isle/control"

/* Emulation with all checkers on is slow: what is not a hang ends by then */
#define LONG_WAIT	120
#define TIMEOUT		600

/* A test that does not say gets as long: 30 seconds are nothing there */
#ifdef TEST_TIMEOUT_DEFAULT
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT	TIMEOUT
#endif

static inline double now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec + ts.tv_nsec / 1e9;
}

static inline void nap(void)
{
	struct timespec ts = { .tv_nsec = 1000000 };

	nanosleep(&ts, NULL);
}

/* Whether @cond comes true before the deadline */
#define eventually(cond) ({						\
	double end_ = now() + LONG_WAIT;				\
	bool true_;							\
									\
	while (!(true_ = !!(cond)) && now() < end_)			\
		nap();							\
	true_;								\
})

/* The debug kernel is some 50 times slower: it gets fewer rounds */
static inline bool debug_kernel(void)
{
	return access("/proc/self/fail-nth", F_OK) == 0;
}

static inline int rounds(int stock, int debug)
{
	return debug_kernel() ? debug : stock;
}

/* A generator of one's own, so that a failing run can be repeated */
struct rng {
	uint64_t state;
};

static inline uint32_t rnd(struct rng *r)
{
	r->state = r->state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)(r->state >> 33);
}

static inline uint32_t below(struct rng *r, uint32_t limit)
{
	return rnd(r) % limit;
}

static inline void fill(struct rng *r, void *buf, size_t len)
{
	uint8_t *p = buf;
	size_t i;

	for (i = 0; i < len; i++)
		p[i] = rnd(r) >> 7;
}

static inline bool all_bytes(const void *buf, int byte, size_t len)
{
	const uint8_t *p = buf;
	size_t i;

	for (i = 0; i < len; i++)
		if (p[i] != (uint8_t)byte)
			return false;
	return true;
}

/* A name of this process's own: a test that failed leaves no trap behind */
static inline const char *own(char name[ISLE_NAME_SIZE], const char *stem)
{
	snprintf(name, ISLE_NAME_SIZE, "%s-%d", stem, (int)getpid());
	return name;
}

static inline void put_name(char field[ISLE_NAME_SIZE], const char *name)
{
	int i;

	memset(field, 0, ISLE_NAME_SIZE);
	for (i = 0; i < ISLE_NAME_SIZE && name[i]; i++)
		field[i] = name[i];
}

static inline int call(int fd, unsigned long cmd, void *arg)
{
	int ret = ioctl(fd, cmd, arg);

	return ret < 0 ? -errno : ret;
}

static inline int err(ssize_t ret)
{
	return ret < 0 ? -errno : (int)ret;
}

/* control */

static inline int control_open(void)
{
	return err(open(CONTROL, O_RDWR | O_CLOEXEC));
}

struct dom {
	int fd;
	__u32 id;
	__u64 unique;
	char name[ISLE_NAME_SIZE];
};

static inline int dom_create(int ctl, const char *name, struct dom *dom)
{
	struct isle_domain_create arg = { .size = sizeof(arg) };
	int ret;

	if (name)
		put_name(arg.name, name);
	dom->fd = -1;
	ret = call(ctl, ISLE_CTL_DOMAIN_CREATE, &arg);
	if (ret)
		return ret;
	dom->fd = arg.fd;
	dom->id = arg.domid;
	dom->unique = arg.unique;
	memcpy(dom->name, arg.name, sizeof(dom->name));
	return 0;
}

static inline int dom_destroy(int ctl, __u32 domid, __u32 flags)
{
	struct isle_domain_destroy arg = {
		.size = sizeof(arg), .domid = domid, .flags = flags,
	};

	return call(ctl, ISLE_CTL_DOMAIN_DESTROY, &arg);
}

static inline int dom_publish(int ctl, __u32 domid, __u32 mode, __u32 uid,
			      __u32 gid)
{
	struct isle_domain_publish arg = {
		.size = sizeof(arg), .domid = domid, .mode = mode,
		.uid = uid, .gid = gid,
	};

	return call(ctl, ISLE_CTL_DOMAIN_PUBLISH, &arg);
}

/* a new file that acts as the domain */
static inline int dom_open(int ctl, __u32 domid)
{
	struct isle_domain_open arg = { .size = sizeof(arg), .domid = domid };
	int ret = call(ctl, ISLE_CTL_DOMAIN_OPEN, &arg);

	return ret ? ret : arg.fd;
}

static inline int dom_link(int ctl, __u32 domid, __u32 peer)
{
	struct isle_link arg = {
		.size = sizeof(arg), .domid = domid, .peer = peer,
	};

	return call(ctl, ISLE_CTL_LINK, &arg);
}

static inline int dom_unlink(int ctl, __u32 domid, __u32 peer)
{
	struct isle_link arg = {
		.size = sizeof(arg), .domid = domid, .peer = peer,
	};

	return call(ctl, ISLE_CTL_UNLINK, &arg);
}

static inline int dom_find(int ctl, __u32 how, __u32 domid, const char *name,
			   struct isle_domain_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	info->flags = how;
	info->domid = domid;
	if (name)
		put_name(info->name, name);
	return call(ctl, ISLE_CTL_DOMAIN_INFO, info);
}

static inline bool dom_exists(int ctl, __u32 domid)
{
	struct isle_domain_info info;

	return dom_find(ctl, ISLE_FIND_DOMID, domid, NULL, &info) == 0;
}

/* what the domain's own file says of it */
static inline int dom_info(int fd, struct isle_domain_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return call(fd, ISLE_DOMAIN_INFO, info);
}

static inline int quota_get(int ctl, __u32 domid, __u32 kind,
			    struct isle_quota *quota)
{
	memset(quota, 0, sizeof(*quota));
	quota->size = sizeof(*quota);
	quota->domid = domid;
	quota->kind = kind;
	return call(ctl, ISLE_CTL_QUOTA_GET, quota);
}

static inline int quota_set(int ctl, __u32 domid, __u32 kind, __u64 limit)
{
	struct isle_quota arg = {
		.size = sizeof(arg), .domid = domid, .kind = kind,
		.limit = limit,
	};

	return call(ctl, ISLE_CTL_QUOTA_SET, &arg);
}

static inline __u64 quota_used(int ctl, __u32 domid, __u32 kind)
{
	struct isle_quota quota;

	return quota_get(ctl, domid, kind, &quota) ? ~0ULL : quota.used;
}

/* devices */

static inline int blk_add(int ctl, __u32 domid, const char *name,
			  const struct isle_blk_config *config)
{
	struct isle_device_add arg = {
		.size = sizeof(arg), .domid = domid, .dev_class = ISLE_CLASS_BLK,
		.config = (uintptr_t)config,
	};

	put_name(arg.name, name);
	return call(ctl, ISLE_CTL_DEVICE_ADD, &arg);
}

static inline int blk_add_memory(int ctl, __u32 domid, const char *name,
				 __u64 bytes, __u32 sector_size)
{
	struct isle_blk_config config = {
		.size = sizeof(config), .sector_size = sector_size,
		.backing = ISLE_BLK_MEMORY, .bytes = bytes,
	};

	return blk_add(ctl, domid, name, &config);
}

static inline int blk_del(int ctl, __u32 domid, const char *name, __u32 flags)
{
	struct isle_device_del arg = {
		.size = sizeof(arg), .domid = domid, .dev_class = ISLE_CLASS_BLK,
		.flags = flags,
	};

	put_name(arg.name, name);
	return call(ctl, ISLE_CTL_DEVICE_DEL, &arg);
}

static inline int blk_open(int fd, const char *name, __u32 flags)
{
	struct isle_device_open arg = {
		.size = sizeof(arg), .flags = flags, .dev_class = ISLE_CLASS_BLK,
	};
	int ret;

	put_name(arg.name, name);
	ret = call(fd, ISLE_DOMAIN_DEVICE_OPEN, &arg);
	return ret ? ret : arg.fd;
}

static inline int blk_open_rw(int fd, const char *name)
{
	return blk_open(fd, name, ISLE_OPEN_READ | ISLE_OPEN_WRITE);
}

static inline int blk_info(int fd, struct isle_blk_info *info)
{
	memset(info, 0, sizeof(*info));
	info->size = sizeof(*info);
	return call(fd, ISLE_BLK_INFO, info);
}

static inline int dev_id(int fd, struct isle_device_id *id)
{
	memset(id, 0, sizeof(*id));
	id->size = sizeof(*id);
	return call(fd, ISLE_DEVICE_ID, id);
}

/* @events that are reported now */
static inline int poll_now(int fd, short events)
{
	struct pollfd pfd = { .fd = fd, .events = events };
	int ret = poll(&pfd, 1, 0);

	return ret < 0 ? -errno : ret ? pfd.revents : 0;
}

/* counters of what is alive */

#define COUNTERS	11

static const char *const counter_names[COUNTERS] = {
	"live_domains", "live_devices", "live_files", "live_requests",
	"live_pages", "live_grants", "live_ports", "live_store",
	"live_channels", "live_tasks", "live_messages",
};

struct counters {
	long value[COUNTERS];
};

/* -1: there is no such file, or not one number in it */
static inline long counter_read(const char *name)
{
	char path[64], text[32], *end;
	long value;
	ssize_t len;
	int fd;

	snprintf(path, sizeof(path), "/sys/class/isle/%s", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -1;
	len = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (len <= 0)
		return -1;
	text[len] = '\0';
	value = strtol(text, &end, 10);
	return end != text && strcmp(end, "\n") == 0 ? value : -1;
}

static inline struct counters counters_now(void)
{
	struct counters c;
	int i;

	for (i = 0; i < COUNTERS; i++)
		c.value[i] = counter_read(counter_names[i]);
	return c;
}

static inline bool counters_within(const struct counters *c,
				   const struct counters *want)
{
	int i;

	for (i = 0; i < COUNTERS; i++)
		if (c->value[i] < 0 || c->value[i] > want->value[i])
			return false;
	return true;
}

/*
 * Whether the counters come (back) to @want; says which did not.  They are
 * given time, as the last reference to a file may be put by a worker.  Less is
 * no leak: something of an earlier test was still on its way out at the start.
 */
static inline bool counters_are(const struct counters *want)
{
	struct counters c;
	int i;

	if (eventually((c = counters_now(), counters_within(&c, want))))
		return true;
	for (i = 0; i < COUNTERS; i++)
		if (c.value[i] != want->value[i])
			fprintf(stderr, "# %s is %ld, expected %ld\n",
				counter_names[i], c.value[i], want->value[i]);
	return false;
}

/*
 * What a test starts from: nothing of an earlier one is on its way out.  Most
 * often that is nothing at all; if something is left, it is given time to go.
 */
static inline struct counters counters_start(void)
{
	static const struct counters nothing;
	struct counters c = counters_now(), last;
	int same = 0;

	while (same < (memcmp(&c, &nothing, sizeof(c)) ? 10 : 1)) {
		last = c;
		nap();
		c = counters_now();
		same = memcmp(&c, &last, sizeof(c)) ? 0 : same + 1;
	}
	return c;
}

/* Pages of which the last one cannot be reached */
static inline void *fenced(size_t pages)
{
	size_t page = sysconf(_SC_PAGESIZE);
	uint8_t *map = mmap(NULL, (pages + 1) * page, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (map == MAP_FAILED || mprotect(map + pages * page, page, PROT_NONE))
		abort();
	return map;
}

static inline void fenced_free(void *map, size_t pages)
{
	munmap(map, (pages + 1) * sysconf(_SC_PAGESIZE));
}

/* Runs a command without its output; value: its exit status */
__attribute__((format(printf, 1, 2)))
static inline int run(const char *format, ...)
{
	char command[1024];
	va_list args;
	int len, status;

	va_start(args, format);
	len = vsnprintf(command, sizeof(command) - 20, format, args);
	va_end(args);
	if (len < 0 || len >= (int)sizeof(command) - 20)
		return -1;
	strcat(command, " >/dev/null 2>&1");
	status = system(command);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

#endif /* ISLE_SELFTESTS_LIB_H */
