// SPDX-License-Identifier: GPL-2.0
/*
 * isle selftests: load for stress/rmmod.sh
 *
 *   hammer SEED		use isle until killed, also while it comes and goes
 *   hammer hold WHAT		open one thing, print "ready", and wait:
 *				control, domain, device, node, epoll
 *   hammer publish NAME	leave a published domain behind
 *   hammer request PATH	have a request for the block device PATH under
 *				way (it does not answer), print "ready", and wait
 *   hammer reload MODULE ROUNDS	unload the module as often as that, whenever
 *				it is not in use, and load it again at once
 */
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/syscall.h>

#include "../lib.h"

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

/* One short life; value: 0, or what must not be */
static int once(struct rng *rng)
{
	char name[ISLE_NAME_SIZE], path[96], buf[4096] = "";
	struct dom dom;
	int ctl, fd, ret, i;

	ctl = control_open();
	if (ctl < 0)
		return away(ctl) ? 0 : ctl;
	ret = dom_create(ctl, own(name, "hammer"), &dom);
	if (!ret)
		ret = blk_add_memory(ctl, dom.id, "disk", 65536, 0);
	if (!ret && rnd(rng) & 1)
		ret = dom_publish(ctl, dom.id, 0600, 0, 0);
	if (ret)
		return ret;
	close(ctl);
	snprintf(path, sizeof(path), "/dev/isle/%s/blk/disk", name);
	fd = rnd(rng) & 1 ? err(open(path, O_RDWR)) :
			    blk_open_rw(dom.fd, "disk");
	for (i = 0; fd >= 0 && i < 10 && !ret; i++)
		if (err(pwrite(fd, buf, 4096, 4096 * i)) != 4096 ||
		    err(pread(fd, buf, 4096, 4096 * i)) != 4096)
			ret = -EIO;
	if (fd >= 0)
		close(fd);
	close(dom.fd);
	/* a published one stays, unless the module goes first */
	ctl = control_open();
	if (ctl < 0)
		return ret;
	dom_destroy(ctl, dom.id, 0);
	close(ctl);
	return ret;
}

static int hold(const char *what)
{
	struct epoll_event event = { .events = EPOLLIN };
	char name[ISLE_NAME_SIZE], path[96];
	int ctl = control_open(), fd, ret;
	struct dom dom;

	if (ctl < 0)
		return fail(CONTROL, ctl);
	if (!strcmp(what, "control"))
		return ready();
	ret = dom_create(ctl, own(name, "hold"), &dom);
	if (!ret)
		ret = blk_add_memory(ctl, dom.id, "disk", 65536, 0);
	if (!ret && !strcmp(what, "node"))
		ret = dom_publish(ctl, dom.id, 0600, 0, 0);
	if (ret)
		return fail(what, ret);
	close(ctl);
	if (!strcmp(what, "domain"))
		return ready();
	if (!strcmp(what, "epoll")) {
		/* which has no reference of its own */
		fd = epoll_create1(0);
		epoll_ctl(fd, EPOLL_CTL_ADD, dom.fd, &event);
		return ready();
	}
	snprintf(path, sizeof(path), "/dev/isle/%s/blk/disk", name);
	fd = strcmp(what, "node") ? blk_open_rw(dom.fd, "disk") :
				    err(open(path, O_RDWR));
	if (fd < 0)
		return fail(path, fd);
	close(dom.fd);
	return ready();
}

static int publish(const char *name)
{
	int ctl = control_open(), ret;
	struct dom dom;

	if (ctl < 0)
		return fail(CONTROL, ctl);
	ret = dom_create(ctl, name, &dom);
	if (!ret)
		ret = blk_add_memory(ctl, dom.id, "disk", 65536, 0);
	if (!ret)
		ret = dom_publish(ctl, dom.id, 0600, 0, 0);
	return ret ? fail(name, ret) : 0;
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
	if (argc == 3 && !strcmp(argv[1], "request"))
		return request(argv[2]);
	if (argc == 4 && !strcmp(argv[1], "reload"))
		return reload(argv[2], strtol(argv[3], NULL, 0));
	if (argc != 2)
		return fail(argv[0], -EINVAL);
	rng.state = strtoull(argv[1], NULL, 0);
	do {
		/* leave a gap in which nobody uses it */
		usleep(below(&rng, 20000));
		ret = once(&rng);
	} while (!ret);
	return fail("load", ret);
}
