// SPDX-License-Identifier: GPL-2.0
/*
 * Transcript of mapping pages of others: /dev/xen/gntdev, without a library but
 * for what shares them.
 */
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xen/grant_table.h>
#include <xen/sys/gntdev.h>

#include "transcript.h"

#define PAGES	8

/* What the header ends with an array of one */
struct map {
	uint32_t count;
	uint32_t pad;
	uint64_t index;
	struct ioctl_gntdev_grant_ref refs[PAGES];
};

static uint32_t refs[PAGES];	/* of pages that A shares with B */
static uint8_t *shared;

static int map(int fd, struct map *m, unsigned int domid, const uint32_t *ref,
	       unsigned int count)
{
	unsigned int i;

	memset(m, 0, sizeof(*m));
	m->count = count;
	for (i = 0; i < count && i < PAGES; i++) {
		m->refs[i].domid = domid;
		m->refs[i].ref = ref[i];
	}
	return ioctl(fd, IOCTL_GNTDEV_MAP_GRANT_REF, m);
}

static int unmap(int fd, uint64_t index, uint32_t count)
{
	struct ioctl_gntdev_unmap_grant_ref arg = {
		.index = index, .count = count,
	};

	return ioctl(fd, IOCTL_GNTDEV_UNMAP_GRANT_REF, &arg);
}

static int on_unmap(int fd, uint64_t index, uint32_t action, uint32_t port)
{
	struct ioctl_gntdev_unmap_notify arg = {
		.index = index, .action = action, .event_channel_port = port,
	};

	return ioctl(fd, IOCTL_GNTDEV_SET_UNMAP_NOTIFY, &arg);
}

static int max_grants(int fd, uint32_t count)
{
	struct ioctl_gntdev_set_max_grants arg = { .count = count };

	return ioctl(fd, IOCTL_GNTDEV_SET_MAX_GRANTS, &arg);
}

static void offset_of(const char *step, int fd, const void *address)
{
	struct ioctl_gntdev_get_offset_for_vaddr arg = {
		.vaddr = (uintptr_t)address,
	};
	int ret = ioctl(fd, IOCTL_GNTDEV_GET_OFFSET_FOR_VADDR, &arg);

	if (ret)
		said(step, ret);
	else
		say(step, "offset %llu, count %u", (unsigned long long)arg.offset,
		    arg.count);
}

static void *mapped(int fd, uint64_t index, unsigned int pages, int prot)
{
	return mmap(NULL, pages * PAGE, prot, MAP_SHARED, fd, index);
}

static bool said_map(const char *step, void *address)
{
	return said(step, address == MAP_FAILED ? -1 : 0) == 0;
}

static void ordinary(void)
{
	int b = open_as(&B, "gntdev", 0);
	struct map m;
	uint8_t *p, *q;

	said("map", map(b, &m, A.domid, refs, 1));
	say("index", "%llu", (unsigned long long)m.index);
	p = mapped(b, m.index, 1, PROT_READ | PROT_WRITE);
	said_map("mmap", p);
	shared[0] = 17;
	say("what A wrote", "%d", p[0]);
	p[1] = 18;
	say("what B wrote", "%d", shared[1]);
	said_map("mmap once more", mapped(b, m.index, 1, PROT_READ));
	offset_of("offset", b, p);
	offset_of("offset of an address inside", b, p + 1);
	said("unmap while mapped", unmap(b, m.index, 1));
	p[1] = 19;
	say("still mapped", "%d", shared[1]);
	offset_of("offset after unmap", b, p);
	said("unmap twice", unmap(b, m.index, 1));
	said("munmap", munmap(p, PAGE));
	said_map("mmap after unmap", mapped(b, m.index, 1, PROT_READ));

	said("map 4", map(b, &m, A.domid, refs, 4));
	say("index of 4", "%llu", (unsigned long long)m.index);
	p = mapped(b, m.index, 4, PROT_READ | PROT_WRITE);
	if (!said_map("mmap 4", p))
		return;
	shared[3 * PAGE] = 20;
	say("the fourth", "%d", p[3 * PAGE]);
	offset_of("offset of 4", b, p);
	said("map 2 more", map(b, &m, A.domid, refs + 4, 2));
	say("index of 2 more", "%llu", (unsigned long long)m.index);
	q = mapped(b, m.index, 2, PROT_READ);
	said_map("mmap 2 more", q);
	said("unmap 1 of 2", unmap(b, m.index, 1));
	said("munmap 2", munmap(q, 2 * PAGE));
	said("unmap 2", unmap(b, m.index, 2));
	said("munmap 4", munmap(p, 4 * PAGE));
	said("the same again", map(b, &m, A.domid, refs, 4));
	said_map("mmap less", mapped(b, m.index, 2, PROT_READ));
	said_map("mmap more", mapped(b, m.index, 5, PROT_READ));
	p = mapped(b, m.index, 4, PROT_READ);
	said_map("mmap the same", p);
	said("part of it goes", munmap(p, 2 * PAGE));
	said("close", close(b));
	say("mapped after close", "%d", p[3 * PAGE]);
	said("munmap the rest", munmap(p + 2 * PAGE, 2 * PAGE));
}

static void wrong(void)
{
	int b = open_as(&B, "gntdev", 0), other = open_as(&B, "gntdev", 0);
	uint32_t bad[2] = { 0, 0x7ffffff };
	struct map m;
	char byte;

	said("map 0", map(b, &m, A.domid, refs, 0));
	said("map far too many", map(b, &m, A.domid, refs, 0x7fffffff));
	said("map -1", map(b, &m, A.domid, refs, ~0u));
	if (said("map a bad reference", map(b, &m, A.domid, bad, 1)) == 0)
		said_map("mmap of a bad reference",
			 mapped(b, m.index, 1, PROT_READ));
	if (said("map one far off", map(b, &m, A.domid, bad + 1, 1)) == 0)
		said_map("mmap of one far off",
			 mapped(b, m.index, 1, PROT_READ));
	bad[0] = refs[0];
	if (said("map a good and a bad one", map(b, &m, A.domid, bad, 2)) == 0)
		said_map("mmap of a good and a bad one",
			 mapped(b, m.index, 2, PROT_READ));
	if (said("map of nobody", map(b, &m, NOBODY, refs, 1)) == 0)
		said_map("mmap of nobody", mapped(b, m.index, 1, PROT_READ));
	said("map", map(b, &m, A.domid, refs, 1));
	said("map from nowhere", ioctl(b, IOCTL_GNTDEV_MAP_GRANT_REF, nowhere));
	said_map("mmap private for writing",
		 mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, b, m.index));
	said_map("mmap elsewhere", mapped(b, 1 << 30, 1, PROT_READ));
	said_map("mmap of another file", mapped(other, m.index, 1, PROT_READ));
	said("unmap of another file", unmap(other, m.index, 1));
	said("unmap elsewhere", unmap(b, 1 << 30, 1));
	said("unmap 0", unmap(b, m.index, 0));
	offset_of("offset of no mapping", b, nowhere);
	offset_of("offset of other memory", b, &m);
	said("max grants", max_grants(b, 4));
	said("max grants, too many", max_grants(b, ~0u));
	said("notify, no such index", on_unmap(b, 1 << 30, UNMAP_NOTIFY_CLEAR_BYTE, 0));
	said("notify, unknown action", on_unmap(b, m.index, 4, 0));
	said("notify, no such port", on_unmap(b, m.index,
					      UNMAP_NOTIFY_SEND_EVENT, 1000));
	said("notify, clear byte", on_unmap(b, m.index, UNMAP_NOTIFY_CLEAR_BYTE, 0));
	said("notify, nothing", on_unmap(b, m.index, 0, 0));
	said("unknown command", ioctl(b, _IOC(_IOC_NONE, 'G', 99, 8), &m));
	said("foreign command", ioctl(b, _IO('Q', 1), &m));
	said("read", read(b, &byte, 1));
	said("write", write(b, "", 1));
	close(b);
	close(other);
}

/* A mapping that is told about its end */
static void notification(void)
{
	int b = open_as(&B, "gntdev", 0);
	xenevtchn_handle *ea, *eb;
	int pa, pb;
	struct map m;
	uint8_t *p;

	as(&A);
	ea = xenevtchn_open(NULL, 0);
	as(&B);
	eb = xenevtchn_open(NULL, 0);
	pb = xenevtchn_bind_unbound_port(eb, A.domid);
	pa = xenevtchn_bind_interdomain(ea, B.domid, pb);
	say("first event", "%d", xenevtchn_pending(ea) == pa);
	xenevtchn_unmask(ea, pa);

	map(b, &m, A.domid, refs, 2);
	p = mapped(b, m.index, 2, PROT_READ | PROT_WRITE);
	shared[77] = 1;
	shared[PAGE + 78] = 1;
	said("set", on_unmap(b, m.index + PAGE + 78, UNMAP_NOTIFY_CLEAR_BYTE |
			     UNMAP_NOTIFY_SEND_EVENT, pb));
	said("munmap", munmap(p, 2 * PAGE));
	said("unmap", unmap(b, m.index, 2));
	say("event", "%d", readable(xenevtchn_fd(ea), PATIENCE_MS));
	say("bytes", "%d %d", shared[77], shared[PAGE + 78]);
	say("pending", "%d", xenevtchn_pending(ea) == pa);
	xenevtchn_unmask(ea, pa);

	map(b, &m, A.domid, refs, 1);
	p = mapped(b, m.index, 1, PROT_READ);
	said("clear a byte that can only be read",
	     on_unmap(b, m.index, UNMAP_NOTIFY_CLEAR_BYTE, 0));
	said("event for reading", on_unmap(b, m.index,
					   UNMAP_NOTIFY_SEND_EVENT, pb));
	munmap(p, PAGE);
	close(b);
	say("event at closing", "%d", readable(xenevtchn_fd(ea), PATIENCE_MS));
	xenevtchn_close(ea);
	xenevtchn_close(eb);
}

/* Killed with a page mapped */
static void killed(void)
{
	int pipes[2], status;
	char byte = 1;
	pid_t pid;

	shared[500] = 1;
	if (pipe(pipes))
		give_up("pipe");
	pid = fork();
	if (pid == 0) {
		int b = open_as(&B, "gntdev", 0);
		struct map m;
		uint8_t *p;

		map(b, &m, A.domid, refs, 1);
		p = mapped(b, m.index, 1, PROT_READ | PROT_WRITE);
		on_unmap(b, m.index + 500, UNMAP_NOTIFY_CLEAR_BYTE, 0);
		p[501] = 5;
		write(pipes[1], &byte, 1);
		pause();
	}
	read(pipes[0], &byte, 1);
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	say("cleared when it was killed", "%d", eventually(!shared[500]));
	say("what it wrote", "%d", shared[501]);
	close(pipes[0]);
	close(pipes[1]);
}

static void copy_one(const char *step, int fd, struct ioctl_gntdev_grant_copy *arg,
		     struct ioctl_gntdev_grant_copy_segment *segment)
{
	segment->status = 99;
	arg->segments = segment;
	if (ioctl(fd, IOCTL_GNTDEV_GRANT_COPY, arg))
		say(step, "%s", error_name(errno));
	else
		say(step, "status %d", segment->status);
}

static void copying(void)
{
	int b = open_as(&B, "gntdev", 0);
	struct ioctl_gntdev_grant_copy_segment s[3], t;
	struct ioctl_gntdev_grant_copy one = { .count = 1 }, three = { .count = 3 };
	char *text;

	text = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	strcpy((char *)shared + 200, "copied from A");
	memset(&t, 0, sizeof(t));
	t.source.foreign.ref = refs[0];
	t.source.foreign.domid = A.domid;
	t.source.foreign.offset = 200;
	t.dest.virt = text + PAGE - 5;
	t.len = 14;
	t.flags = GNTCOPY_source_gref;
	copy_one("copy in, across pages", b, &one, &t);
	say("copied in", "%s", text + PAGE - 5);
	memset(&t, 0, sizeof(t));
	strcpy(text, "copied from B");
	t.source.virt = text;
	t.dest.foreign.ref = refs[1];
	t.dest.foreign.domid = A.domid;
	t.dest.foreign.offset = 4000;
	t.len = 14;
	t.flags = GNTCOPY_dest_gref;
	copy_one("copy out", b, &one, &t);
	say("copied out", "%s", (char *)shared + PAGE + 4000);
	t.flags = GNTCOPY_dest_gref | GNTCOPY_source_gref;
	t.source.virt = NULL;
	t.source.foreign.ref = refs[0];
	t.source.foreign.domid = A.domid;
	t.source.foreign.offset = 200;
	t.dest.foreign.offset = 10;
	copy_one("copy between two of A's", b, &one, &t);
	say("copied between", "%s", (char *)shared + PAGE + 10);
	t.flags = 0;
	copy_one("copy between no grants", b, &one, &t);
	t.flags = GNTCOPY_source_gref;
	t.source.foreign.ref = 0x7ffffff;
	t.dest.virt = text;
	copy_one("copy from a bad reference", b, &one, &t);
	t.source.foreign.ref = refs[0];
	t.source.foreign.domid = NOBODY;
	copy_one("copy from nobody", b, &one, &t);
	t.source.foreign.domid = A.domid;
	t.source.foreign.offset = PAGE - 4;
	copy_one("copy beyond the page", b, &one, &t);
	t.source.foreign.offset = PAGE;
	copy_one("copy from beyond the page", b, &one, &t);
	t.source.foreign.offset = 0;
	t.dest.virt = nowhere;
	copy_one("copy to nowhere", b, &one, &t);
	t.dest.virt = text;
	t.len = 0;
	copy_one("copy nothing", b, &one, &t);
	t.len = 4;
	s[0] = t;
	s[1] = t;
	s[2] = t;
	s[1].source.foreign.ref = 0x7ffffff;
	s[1].status = 99;
	s[2].status = 99;
	copy_one("three, the second is bad", b, &three, s);
	say("the second and the third", "%d %d", s[1].status, s[2].status);
	one.count = 0;
	copy_one("copy 0 segments", b, &one, &t);
	munmap(text, 2 * PAGE);
	close(b);
}

int main(int argc, char **argv)
{
	xengntshr_handle *a;

	parties(argc, argv);
	as(&A);
	a = xengntshr_open(NULL, 0);
	shared = xengntshr_share_pages(a, B.domid, PAGES, refs, 1);
	if (!shared)
		give_up("cannot share pages");
	ordinary();
	wrong();
	notification();
	killed();
	copying();
	said("unshare", xengntshr_unshare(a, shared, PAGES));
	xengntshr_close(a);
	return 0;
}
