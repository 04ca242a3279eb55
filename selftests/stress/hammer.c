// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: load for stress/rmmod.sh
 *
 *   hammer SEED		use isle until killed, also while it comes and goes
 *   hammer hold WHAT		open one thing, print "ready", and wait:
 *				control, domain, device, node, epoll, net, ring,
 *				fs, kv, value, console, attached
 *   hammer publish NAME	leave a published domain behind, with a device of
 *				each class
 *   hammer outside IFNAME	have a socket on an interface of a domain that is
 *				left behind, send on it, and have a value mapped;
 *				print "ready", and go on until killed
 *   hammer request PATH	have a request for the block device PATH under
 *				way (it does not answer), print "ready", and wait
 *   hammer reload MODULE ROUNDS	unload the module as often as that, whenever
 *				it is not in use, and load it again at once
 */
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "../console/console.h"
#include "../fs/fs.h"
#include "../kv/kv.h"
#include "../net/ring.h"

#define DIR	"/dev/shm"
#define RING	16384

static int fail(const char *what, int ret)
{
	fprintf(stderr, "hammer: %s: %s\n", what, strerror(-ret));
	return 1;
}

static int ready(void)
{
	puts("ready");
	fflush(stdout);
	while (pause() < 0)
		;
	return 1;
}

/* What open says while the module is going or coming */
static bool away(int ret)
{
	return ret == -ENOENT || ret == -ENXIO || ret == -ENODEV ||
	       ret == -ENOTDIR;
}

/* classes: adding a device, and using one; value: 0, or what must not be */

static int disk_add(int ctl, __u32 domid)
{
	return blk_add_memory(ctl, domid, "disk", 65536, 0);
}

static int disk_use(const struct dom *dom, bool node)
{
	char path[96], buf[4096] = "";
	int fd, i, ret = 0;

	snprintf(path, sizeof(path), "/dev/isle/%s/blk/disk", dom->name);
	fd = node ? err(open(path, O_RDWR)) : blk_open_rw(dom->fd, "disk");
	/* it has no node unless it was published */
	if (fd < 0)
		return node ? 0 : fd;
	for (i = 0; i < 10 && !ret; i++)
		if (err(pwrite(fd, buf, 4096, 4096 * i)) != 4096 ||
		    err(pread(fd, buf, 4096, 4096 * i)) != 4096)
			ret = -EIO;
	close(fd);
	return ret;
}

static int port_add(int ctl, __u32 domid)
{
	struct isle_net_config config = { .size = sizeof(config) };

	return net_add(ctl, domid, "eth0", &config);
}

/* The host sends, and the domain, by frame and by ring */
static int port_use(const struct dom *dom, bool by_ring)
{
	struct port p = { .fd = net_open(dom->fd, "eth0", ISLE_OPEN_NONBLOCK) };
	struct isle_net_info info;
	struct rings r = { 0 };
	uint8_t frame[2048];
	int ret, i;

	if (p.fd < 0)
		return p.fd;
	ret = net_info(p.fd, &info) ?: if_set(info.ifname, true);
	p.host = host_open(info.ifname);
	if (!ret && p.host < 0)
		ret = p.host;
	if (!ret && by_ring)
		ret = rings_make(&r, p.fd, RING);
	for (i = 0; i < 10 && !ret; i++) {
		if (!host_sends(&p, i, 100 + i) || !domain_sends(&p, i, 200 + i))
			ret = -EIO;
		if (!by_ring && read(p.fd, frame, sizeof(frame)) < 0 &&
		    errno != EAGAIN)
			ret = -errno;
		if (!ret && by_ring) {
			ring_put(&r, i, 300 + i);
			ret = ring_publish(&r);
		}
	}
	/* with frames under way, and what is mapped comes last */
	close(p.fd);
	if (p.host >= 0)
		close(p.host);
	if (r.page)
		rings_unmap(&r);
	return ret;
}

static int files_add(int ctl, __u32 domid)
{
	struct isle_fs_config config = {
		.size = sizeof(config), .backing = ISLE_FS_DIR,
		.fd = open(DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC),
	};
	int ret = fs_add(ctl, domid, "files", &config);

	close(config.fd);
	return ret;
}

static int files_use(const struct dom *dom, bool leave)
{
	int fd = fs_open(dom->fd, "files", FS_RW), ret;
	char buf[1000] = "";

	if (fd < 0)
		return fd;
	ret = fs_create(fd, dom->name);
	if (ret == -EEXIST)
		ret = 0;
	if (!ret && (fs_write(fd, dom->name, 0, buf, 1000) != 1000 ||
		     fs_read(fd, dom->name, 0, buf, 1000) != 1000))
		ret = -EIO;
	if (!ret && !leave)
		ret = fs_destroy(fd, dom->name);
	close(fd);
	return ret;
}

static int values_add(int ctl, __u32 domid)
{
	int dir = open(DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int ret = kv_add_dir(ctl, domid, "values", dir);

	close(dir);
	return ret;
}

static const char *value_path(void)
{
	static char path[64];

	snprintf(path, sizeof(path), DIR "/hammer-%d", (int)getpid());
	return path;
}

/* A value of this process's own, and its file */
static int value_open(const struct dom *dom)
{
	int file = open(value_path(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int fd = kv_open(dom->fd, "values"), ret;

	if (file < 0 || ftruncate(file, 8192))
		return -EIO;
	close(file);
	if (fd < 0)
		return fd;
	ret = kv_value(fd, value_path() + sizeof(DIR));
	close(fd);
	return ret;
}

static int values_use(const struct dom *dom, bool map)
{
	int fd = value_open(dom), ret = 0;
	uint8_t buf[4096], *at;

	if (fd < 0)
		return fd;
	if (map) {
		at = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
		close(fd);
		if (at == MAP_FAILED)
			return -errno;
		ret = at[5000] ? -EIO : 0;
		munmap(at, 8192);
	} else {
		if (pread(fd, buf, sizeof(buf), 100) != sizeof(buf))
			ret = -EIO;
		close(fd);
	}
	return ret;
}

static int tty_add(int ctl, __u32 domid)
{
	return console_add(ctl, domid, "tty", 0, 0);
}

static int tty_use(const struct dom *dom, bool much)
{
	int fd = console_open(dom->fd, "tty", ISLE_OPEN_NONBLOCK), i, ret = 0;
	char text[2000];

	if (fd < 0)
		return fd;
	memset(text, 't', sizeof(text));
	for (i = 0; i < (much ? 50 : 5) && !ret; i++) {
		ret = console_log(fd, text, 100 + i);
		ret = ret < 0 && ret != -EAGAIN ? ret : 0;
	}
	close(fd);
	return ret;
}

static const struct {
	int (*add)(int ctl, __u32 domid);
	int (*use)(const struct dom *dom, bool way);
} classes[] = {
	{ disk_add, disk_use }, { port_add, port_use }, { files_add, files_use },
	{ values_add, values_use }, { tty_add, tty_use },
};

#define CLASSES	(sizeof(classes) / sizeof(classes[0]))

/* One short life; value: 0, or what must not be */
static int once(struct rng *rng)
{
	unsigned int i = below(rng, CLASSES);
	char name[ISLE_NAME_SIZE];
	struct dom dom;
	int ctl, ret;

	ctl = control_open();
	if (ctl < 0)
		return away(ctl) ? 0 : ctl;
	ret = dom_create(ctl, own(name, "hammer"), &dom);
	if (!ret)
		ret = classes[i].add(ctl, dom.id);
	if (!ret && rnd(rng) & 1)
		ret = dom_publish(ctl, dom.id, 0600, 0, 0);
	if (ret)
		return ret;
	close(ctl);
	ret = classes[i].use(&dom, rnd(rng) & 1);
	if (ret)
		fprintf(stderr, "hammer: class %u\n", i);
	close(dom.fd);
	/* a published one stays, unless the module goes first */
	ctl = control_open();
	if (ctl < 0)
		return ret;
	dom_destroy(ctl, dom.id, 0);
	close(ctl);
	return ret;
}

/* A domain with a device of each class */
static int all_of_them(int ctl, const char *name, struct dom *dom)
{
	int ret = dom_create(ctl, name, dom);
	unsigned int i;

	for (i = 0; i < CLASSES && !ret; i++)
		ret = classes[i].add(ctl, dom->id);
	return ret;
}

/* What is kept of a device; value: a descriptor, 0 for a mapping, or -errno */
static int keep(const char *what, int ctl, const struct dom *dom)
{
	struct rings r;
	char path[96];
	int fd, ret;

	if (!strcmp(what, "device"))
		return blk_open_rw(dom->fd, "disk");
	if (!strcmp(what, "node")) {
		snprintf(path, sizeof(path), "/dev/isle/%s/blk/disk", dom->name);
		return err(open(path, O_RDWR));
	}
	if (!strcmp(what, "net"))
		return net_open(dom->fd, "eth0", 0);
	if (!strcmp(what, "ring")) {
		fd = net_open(dom->fd, "eth0", 0);
		ret = fd < 0 ? fd : rings_make(&r, fd, RING);
		/* the mapping alone */
		close(fd);
		return ret;
	}
	if (!strcmp(what, "fs"))
		return fs_open(dom->fd, "files", FS_RW);
	if (!strcmp(what, "kv"))
		return kv_open(dom->fd, "values");
	if (!strcmp(what, "value"))
		return value_open(dom);
	if (!strcmp(what, "console"))
		return console_open(dom->fd, "tty", 0);
	if (!strcmp(what, "attached"))
		return console_attach(ctl, dom->id, "tty", 0);
	return -EINVAL;
}

static int hold(const char *what)
{
	struct epoll_event event = { .events = EPOLLIN };
	int ctl = control_open(), fd, ret;
	char name[ISLE_NAME_SIZE];
	struct dom dom;

	if (ctl < 0)
		return fail(CONTROL, ctl);
	if (!strcmp(what, "control"))
		return ready();
	ret = all_of_them(ctl, own(name, "hold"), &dom);
	if (!ret && !strcmp(what, "node"))
		ret = dom_publish(ctl, dom.id, 0600, 0, 0);
	if (ret)
		return fail(what, ret);
	if (!strcmp(what, "domain")) {
		close(ctl);
		return ready();
	}
	if (!strcmp(what, "epoll")) {
		/* which has no reference of its own */
		close(ctl);
		fd = epoll_create1(0);
		epoll_ctl(fd, EPOLL_CTL_ADD, dom.fd, &event);
		return ready();
	}
	fd = keep(what, ctl, &dom);
	if (fd < 0)
		return fail(what, fd);
	close(ctl);
	close(dom.fd);
	return ready();
}

static int publish(const char *name)
{
	int ctl = control_open(), ret;
	struct dom dom;

	if (ctl < 0)
		return fail(CONTROL, ctl);
	ret = all_of_them(ctl, name, &dom);
	if (!ret)
		ret = dom_publish(ctl, dom.id, 0600, 0, 0);
	return ret ? fail(name, ret) : 0;
}

/* No file of isle is open: the module may go at any time, and the interface */
static int outside(const char *ifname)
{
	struct isle_net_config config = { .size = sizeof(config) };
	struct port p = { .ctl = control_open() };
	struct dom dom = { .fd = -1 };
	const uint8_t *value;
	int ret, fd, i;

	if (p.ctl < 0)
		return fail(CONTROL, p.ctl);
	snprintf(config.ifname, sizeof(config.ifname), "%s", ifname);
	ret = dom_create(p.ctl, ifname, &dom);
	if (!ret)
		ret = net_add(p.ctl, dom.id, "eth0", &config);
	if (!ret)
		ret = values_add(p.ctl, dom.id);
	if (!ret)
		ret = dom_publish(p.ctl, dom.id, 0600, 0, 0);
	if (!ret)
		ret = if_set(ifname, true);
	p.host = host_open(ifname);
	fd = value_open(&dom);
	if (ret || p.host < 0 || fd < 0)
		return fail(ifname, ret ?: p.host < 0 ? p.host : fd);
	/* which is a mapping of what is behind it */
	value = mmap(NULL, 8192, PROT_READ, MAP_SHARED, fd, 0);
	if (value == MAP_FAILED)
		return fail("value", -errno);
	close(fd);
	close(p.ctl);
	close(dom.fd);
	for (i = 0;; i++) {
		if (!host_sends(&p, i, 100))
			nap();
		if (value[i % 8192])
			return fail("value", -EIO);
		if (i == 100) {
			puts("ready");
			fflush(stdout);
		}
	}
}

static void *read_for_ever(void *arg)
{
	static char buf[4096] __attribute__((aligned(4096)));

	return pread(*(int *)arg, buf, 4096, 0) < 0 ? NULL : arg;
}

static int request(const char *path)
{
	struct isle_blk_config config = {
		.size = sizeof(config), .backing = ISLE_BLK_DEVICE,
	};
	int ctl = control_open(), disk, ret;
	pthread_t thread;
	struct dom dom;

	if (ctl < 0)
		return fail(CONTROL, ctl);
	config.fd = open(path, O_RDWR);
	ret = dom_create(ctl, NULL, &dom);
	if (!ret)
		ret = blk_add(ctl, dom.id, "disk", &config);
	if (ret)
		return fail(path, ret);
	disk = blk_open_rw(dom.fd, "disk");
	if (pthread_create(&thread, NULL, read_for_ever, &disk))
		return 1;
	if (!eventually(quota_used(ctl, dom.id, ISLE_QUOTA_REQUESTS) == 1))
		return fail("no request", -ETIME);
	return ready();
}

static int reload(const char *module, long rounds)
{
	long done = 0, refused = 0;
	double end = now() + 5 * LONG_WAIT;
	int fd, ret;

	fd = open(module, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return fail(module, -errno);
	while (done < rounds && now() < end) {
		if (syscall(SYS_delete_module, "isle", O_NONBLOCK)) {
			if (errno != EWOULDBLOCK && errno != EBUSY)
				return fail("delete_module", -errno);
			refused++;
			continue;
		}
		ret = syscall(SYS_finit_module, fd, "", 0);
		if (ret)
			return fail("finit_module", -errno);
		done++;
	}
	printf("# %ld times unloaded, %ld times refused\n", done, refused);
	return done < rounds;
}

int main(int argc, char **argv)
{
	struct rng rng;
	int ret;

	if (argc == 3 && !strcmp(argv[1], "hold"))
		return hold(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "publish"))
		return publish(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "outside"))
		return outside(argv[2]);
	if (argc == 3 && !strcmp(argv[1], "request"))
		return request(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "reload"))
		return reload(argv[2], strtol(argv[3], NULL, 0));
	if (argc != 2)
		return fail(argv[0], -EINVAL);
	rng.state = strtoull(argv[1], NULL, 0);
	/* interfaces of its own; if it is killed they go back to the first one */
	ret = netns_new();
	if (ret)
		return fail("network namespace", ret);
	do {
		/* leave a gap in which nobody uses it */
		usleep(below(&rng, 20000));
		ret = once(&rng);
	} while (!ret);
	return fail("load", ret);
}
