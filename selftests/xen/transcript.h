/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Transcripts: what a program sees of Xen, written down so that it can be
 * compared
 *
 * A program of this directory runs unchanged in a domain of Xen and on isle, as
 * two parties, A and B.  In a domain of Xen both are that domain.  On isle it
 * makes them: one domain that is both ("one"), or two that are linked ("two").
 * Each step says in a line of its own what came back, as "STEP: RESULT".  What
 * has to differ from run to run (numbers of domains, ports, references) gets a
 * name instead of a number.  selftests/xen/compare does the rest.
 *
 * What /dev/xen is depends on who is meant: as(&A) and as(&B) switch it, for
 * what is opened from then on, in a mount namespace of this process's own.
 */
#ifndef ISLE_XEN_TRANSCRIPT_H
#define ISLE_XEN_TRANSCRIPT_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <xenstore.h>

#include <isle/control.h>

#define PAGE	4096u

/* What is not a hang ends by then, on a busy machine too */
#define PATIENCE_MS	20000

/* Numbers that are never any domain's */
#define NOBODY	31000

struct party {
	const char *name;
	unsigned int domid;
	char dir[64];	/* what /dev/xen is for it; empty: itself */
};

static struct party A = { .name = "A" }, B = { .name = "B" };
/* Where no memory is; the compiler shall not know */
static void *volatile nowhere = (void *)8;
static bool on_isle, two_domains;
static int control_fd = -1;
static pid_t owner_pid;

__attribute__((noreturn, format(printf, 1, 2)))
static inline void give_up(const char *format, ...)
{
	int error = errno;
	va_list args;

	fflush(stdout);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	fprintf(stderr, ": %s\n", strerror(error));
	exit(2);
}

/* A step and what came of it */
__attribute__((format(printf, 2, 3)))
static inline void say(const char *step, const char *format, ...)
{
	va_list args;

	printf("%s: ", step);
	va_start(args, format);
	vprintf(format, args);
	va_end(args);
	putchar('\n');
	fflush(stdout);
}

static inline const char *error_name(int error)
{
	const char *name = strerrorname_np(error);

	return name ? name : "?";
}

/* What a call returned that returns 0 or more, or -1 and errno; the value */
static inline long said(const char *step, long ret)
{
	if (ret < 0)
		say(step, "%s", error_name(errno));
	else
		say(step, "%ld", ret);
	return ret;
}

/* The same, of a number that depends on the day */
static inline int said_some(const char *step, int ret)
{
	if (ret < 0)
		say(step, "%s", error_name(errno));
	else
		say(step, ret ? "a number" : "0");
	return ret;
}

/* bool and NULL as libxenstore returns them */
static inline bool said_ok(const char *step, bool ok)
{
	say(step, "%s", ok ? "ok" : error_name(errno));
	return ok;
}

/* /dev/xen is @party's from now on */
static inline void as(const struct party *party)
{
	static pid_t mounted;
	const char *node;
	char target[64];
	static const char *const nodes[] = {
		"gntalloc", "gntdev", "evtchn", "xenbus", "privcmd", NULL
	};
	int i;

	if (!on_isle)
		return;
	if (mounted != getpid()) {
		mkdir("/dev/xen", 0755);
		if (unshare(CLONE_NEWNS) ||
		    mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
		    mount("xen", "/dev/xen", "tmpfs", 0, "mode=755"))
			give_up("cannot make /dev/xen");
		for (i = 0; (node = nodes[i]); i++) {
			char path[64], to[64];

			snprintf(path, sizeof(path), "/dev/xen/%s", node);
			snprintf(to, sizeof(to), "now/%s", node);
			if (symlink(to, path))
				give_up("%s", path);
		}
		mounted = getpid();
	}
	snprintf(target, sizeof(target), "%s", party->dir);
	if (symlink(target, "/dev/xen/next") ||
	    rename("/dev/xen/next", "/dev/xen/now"))
		give_up("/dev/xen cannot become %s", target);
}

static inline void destroy_party(const struct party *party)
{
	struct isle_domain_destroy arg = {
		.size = sizeof(arg), .domid = party->domid,
	};

	ioctl(control_fd, ISLE_CTL_DOMAIN_DESTROY, &arg);
}

static inline void destroy_parties(void)
{
	if (getpid() != owner_pid)
		return;
	destroy_party(&A);
	if (two_domains)
		destroy_party(&B);
}

static inline void create_party(struct party *party)
{
	struct isle_domain_create create = { .size = sizeof(create) };
	struct isle_domain_publish publish = {
		.size = sizeof(publish), .mode = 0600,
		.flags = ISLE_PUBLISH_XEN,
	};

	snprintf(create.name, sizeof(create.name), "%s-%d", party->name,
		 (int)getpid());
	if (ioctl(control_fd, ISLE_CTL_DOMAIN_CREATE, &create))
		give_up("cannot create %s", create.name);
	party->domid = create.domid;
	snprintf(party->dir, sizeof(party->dir), "/dev/isle/%s/xen", create.name);
	publish.domid = create.domid;
	if (ioctl(control_fd, ISLE_CTL_DOMAIN_PUBLISH, &publish))
		give_up("cannot publish %s with its Xen faces", create.name);
	/* published, it lives until it is destroyed */
	close(create.fd);
}

/* The number by which a domain of Xen knows itself */
static inline unsigned int own_domid(void)
{
	struct xs_handle *xs = xs_open(0);
	unsigned int domid, len;
	char *text;

	if (!xs)
		give_up("no xenstore");
	text = xs_read(xs, XBT_NULL, "domid", &len);
	if (!text)
		give_up("the store does not say who this is");
	domid = strtoul(text, NULL, 10);
	free(text);
	xs_close(xs);
	return domid;
}

/* A and B, as the word says: "one" domain that is both, or "two" */
static inline void parties_in(const char *domains)
{
	two_domains = strcmp(domains, "two") == 0;
	control_fd = open("/dev/isle/control", O_RDWR | O_CLOEXEC);
	on_isle = control_fd >= 0;
	if (!on_isle) {
		two_domains = false;
		A.domid = own_domid();
		B.domid = A.domid;
		return;
	}
	owner_pid = getpid();
	create_party(&A);
	if (two_domains) {
		struct isle_link link = { .size = sizeof(link) };

		create_party(&B);
		link.domid = A.domid;
		link.peer = B.domid;
		if (ioctl(control_fd, ISLE_CTL_LINK, &link))
			give_up("cannot link A and B");
	} else {
		B.domid = A.domid;
		memcpy(B.dir, A.dir, sizeof(B.dir));
	}
	atexit(destroy_parties);
}

/* To begin with; the parameter is that word */
static inline void parties(int argc, char **argv)
{
	if (argc < 2) {
		fprintf(stderr, "usage: %s one|two\n", argv[0]);
		exit(2);
	}
	parties_in(argv[1]);
}

/* A device of @party's, without a library */
static inline int open_as(const struct party *party, const char *node, int flags)
{
	char path[64];
	int fd;

	as(party);
	snprintf(path, sizeof(path), "/dev/xen/%s", node);
	fd = open(path, O_RDWR | O_CLOEXEC | flags);
	if (fd < 0)
		give_up("%s", path);
	return fd;
}

static inline bool readable(int fd, int milliseconds)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	return poll(&pfd, 1, milliseconds) == 1 && (pfd.revents & POLLIN);
}

static inline void nap(int milliseconds)
{
	struct timespec ts = {
		.tv_sec = milliseconds / 1000,
		.tv_nsec = milliseconds % 1000 * 1000000,
	};

	nanosleep(&ts, NULL);
}

/* Whether @cond comes true in time */
#define eventually(cond) ({						\
	int left_ = PATIENCE_MS;					\
									\
	while (!(cond) && left_-- > 0)					\
		nap(1);							\
	left_ > 0;							\
})

#endif /* ISLE_XEN_TRANSCRIPT_H */
