// SPDX-License-Identifier: GPL-2.0
/*
 * Transcript of sharing pages: /dev/xen/gntalloc, with /dev/xen/gntdev as the
 * one that maps them; through libxengnttab and without it.
 */
#include <xenevtchn.h>
#include <xengnttab.h>
#include <xen/sys/gntalloc.h>

#include "transcript.h"

#define MANY	64

/* What the header ends with an array of one */
struct alloc {
	uint16_t domid;
	uint16_t flags;
	uint32_t count;
	uint64_t index;
	uint32_t gref_ids[MANY];
};

static int alloc(int fd, struct alloc *a, unsigned int domid, int flags,
		 unsigned int count)
{
	memset(a, 0, sizeof(*a));
	a->domid = domid;
	a->flags = flags;
	a->count = count;
	return ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, a);
}

static int dealloc(int fd, uint64_t index, uint32_t count)
{
	struct ioctl_gntalloc_dealloc_gref arg = {
		.index = index, .count = count,
	};

	return ioctl(fd, IOCTL_GNTALLOC_DEALLOC_GREF, &arg);
}

static int on_unmap(int fd, uint64_t index, uint32_t action, uint32_t port)
{
	struct ioctl_gntalloc_unmap_notify arg = {
		.index = index, .action = action, .event_channel_port = port,
	};

	return ioctl(fd, IOCTL_GNTALLOC_SET_UNMAP_NOTIFY, &arg);
}

static int said_map(const char *step, void *map)
{
	return said(step, map == MAP_FAILED || !map ? -1 : 0);
}

static bool distinct(const uint32_t *refs, unsigned int n)
{
	unsigned int i, j;

	for (i = 0; i < n; i++)
		for (j = 0; j < i; j++)
			if (refs[i] == refs[j])
				return false;
	return true;
}

static bool zero(const uint8_t *p, size_t len)
{
	while (len--)
		if (*p++)
			return false;
	return true;
}

static void one_page(void)
{
	int fd = open_as(&A, "gntalloc", 0);
	xengnttab_handle *b;
	struct alloc a;
	uint8_t *mine, *theirs, *again;

	as(&B);
	b = xengnttab_open(NULL, 0);
	said("allocate", alloc(fd, &a, B.domid, GNTALLOC_FLAG_WRITABLE, 1));
	say("its index", "%llu", (unsigned long long)a.index);
	say("its reference", a.gref_ids[0] ? "a number" : "0");
	mine = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, a.index);
	said_map("mmap", mine);
	say("fresh", "%d", zero(mine, PAGE));
	again = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, a.index);
	said_map("mmap twice", again);
	strcpy((char *)mine, "from A");
	say("twice, the same", "%s", (char *)again);
	theirs = xengnttab_map_grant_ref(b, A.domid, a.gref_ids[0],
					 PROT_READ | PROT_WRITE);
	said_map("B maps", theirs);
	say("B sees", "%s", (char *)theirs);
	strcpy((char *)theirs, "from B");
	say("A sees", "%s", (char *)mine);
	said("deallocate while mapped", dealloc(fd, a.index, 1));
	said("deallocate twice", dealloc(fd, a.index, 1));
	said_map("mmap after deallocation",
		 mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, a.index));
	strcpy((char *)theirs, "still B");
	say("A still sees", "%s", (char *)mine);
	said("B unmaps", xengnttab_unmap(b, theirs, 1));
	said_map("B maps again", xengnttab_map_grant_ref(b, A.domid,
		 a.gref_ids[0], PROT_READ | PROT_WRITE));
	said("munmap", munmap(mine, PAGE));
	said("munmap twice", munmap(again, PAGE));
	xengnttab_close(b);
	close(fd);
}

static void counts(void)
{
	int fd = open_as(&A, "gntalloc", 0);
	struct alloc a;
	uint8_t *map;
	uint64_t first;

	said("allocate 0", alloc(fd, &a, B.domid, 1, 0));
	said("allocate 3", alloc(fd, &a, B.domid, 1, 3));
	first = a.index;
	say("index of 3", "%llu", (unsigned long long)first);
	say("different references", "%d", distinct(a.gref_ids, 3));
	said("allocate 64", alloc(fd, &a, B.domid, 1, MANY));
	say("index of 64", "%llu", (unsigned long long)a.index);
	say("64 different references", "%d", distinct(a.gref_ids, MANY));
	map = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, first);
	said_map("mmap 3", map);
	say("fresh 3", "%d", zero(map, 3 * PAGE));
	map[2 * PAGE] = 7;
	said("munmap the middle", munmap(map + PAGE, PAGE));
	say("the last page is there", "%d", map[2 * PAGE]);
	said("munmap the rest", munmap(map, 3 * PAGE));
	map = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, first + 2 * PAGE);
	said_map("mmap the last of 3", map);
	say("what was written", "%d", map == MAP_FAILED ? -1 : map[0]);
	said("deallocate the middle of 3", dealloc(fd, first + PAGE, 1));
	said("deallocate 3 with a hole", dealloc(fd, first, 3));
	said("deallocate 0", dealloc(fd, first, 0));
	said("deallocate the first", dealloc(fd, first, 1));
	said_map("mmap across a hole",
		 mmap(NULL, 2 * PAGE, PROT_READ, MAP_SHARED, fd, first + PAGE));
	said("deallocate past the end", dealloc(fd, a.index, MANY + 1));
	said("deallocate 64", dealloc(fd, a.index, MANY));
	said("allocate 1 more", alloc(fd, &a, B.domid, 1, 1));
	say("index of 1 more", "%llu", (unsigned long long)a.index);
	munmap(map, PAGE);
	close(fd);
}

static void wrong(void)
{
	int fd = open_as(&A, "gntalloc", 0), other = open_as(&A, "gntalloc", 0);
	struct alloc a;
	char byte;

	said("domain that is not there", alloc(fd, &a, NOBODY, 1, 1));
	said("reserved domain", alloc(fd, &a, 0x7ff4, 1, 1));
	said("domain 65535", alloc(fd, &a, 65535, 1, 1));
	said("self", alloc(fd, &a, 0x7ff0, 1, 1));
	said("unknown flags", alloc(fd, &a, B.domid, 0xfffe, 1));
	said("too many", alloc(fd, &a, B.domid, 1, 1u << 20));
	said("far too many", alloc(fd, &a, B.domid, 1, ~0u));
	said("bad pointer", ioctl(fd, IOCTL_GNTALLOC_ALLOC_GREF, nowhere));
	said("unknown command", ioctl(fd, _IOC(_IOC_NONE, 'G', 99, 8), &a));
	said("foreign command", ioctl(fd, _IO('Q', 1), &a));
	said("read", read(fd, &byte, 1));
	said("write", write(fd, "", 1));
	alloc(fd, &a, B.domid, 1, 2);
	said("dealloc of another file", dealloc(other, a.index, 1));
	said_map("mmap of another file", mmap(NULL, PAGE, PROT_READ, MAP_SHARED,
					      other, a.index));
	said("dealloc, not aligned", dealloc(fd, a.index + 1, 1));
	said_map("mmap private", mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd,
				      a.index));
	said_map("mmap too much", mmap(NULL, 3 * PAGE, PROT_READ, MAP_SHARED, fd,
				       a.index));
	said_map("mmap elsewhere", mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd,
					1 << 30));
	said("notify, no such index", on_unmap(fd, 1 << 30, UNMAP_NOTIFY_CLEAR_BYTE, 0));
	said("notify, unknown action", on_unmap(fd, a.index, 4, 0));
	said("notify, no such port", on_unmap(fd, a.index,
					      UNMAP_NOTIFY_SEND_EVENT, 1000));
	said("notify, of another file", on_unmap(other, a.index,
						 UNMAP_NOTIFY_CLEAR_BYTE, 0));
	said("notify, nothing", on_unmap(fd, a.index, 0, 0));
	said("close", close(fd));
	close(other);
}

/* What a page that is only for reading can be used for */
static void readonly(void)
{
	int fd = open_as(&A, "gntalloc", 0);
	xengnttab_handle *b;
	struct alloc a;
	uint8_t *mine, *theirs;

	as(&B);
	b = xengnttab_open(NULL, 0);
	said("allocate for reading", alloc(fd, &a, B.domid, 0, 1));
	mine = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, a.index);
	said_map("the owner writes", mine);
	mine[0] = 42;
	said_map("B maps for writing", xengnttab_map_grant_ref(b, A.domid,
		 a.gref_ids[0], PROT_READ | PROT_WRITE));
	theirs = xengnttab_map_grant_ref(b, A.domid, a.gref_ids[0], PROT_READ);
	said_map("B maps for reading", theirs);
	say("B reads", "%d", theirs ? theirs[0] : -1);
	said("B makes it writable", mprotect(theirs, PAGE, PROT_READ | PROT_WRITE));
	said("B unmaps", xengnttab_unmap(b, theirs, 1));
	munmap(mine, PAGE);
	xengnttab_close(b);
	close(fd);
}

/* Who is told when the last one lets go of a page */
static void notification(void)
{
	int fd = open_as(&A, "gntalloc", 0);
	xenevtchn_handle *ea, *eb;
	int pa, pb;
	xengnttab_handle *b;
	struct alloc a;
	uint8_t *mine, *theirs;

	as(&A);
	ea = xenevtchn_open(NULL, 0);
	as(&B);
	eb = xenevtchn_open(NULL, 0);
	b = xengnttab_open(NULL, 0);
	pa = xenevtchn_bind_unbound_port(ea, B.domid);
	pb = xenevtchn_bind_interdomain(eb, A.domid, pa);
	say("first event", "%d", xenevtchn_pending(eb) == pb);
	xenevtchn_unmask(eb, pb);

	alloc(fd, &a, B.domid, 1, 1);
	mine = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, a.index);
	mine[100] = 1;
	mine[101] = 1;
	theirs = xengnttab_map_grant_ref(b, A.domid, a.gref_ids[0], PROT_READ);
	said("set", on_unmap(fd, a.index + 100, UNMAP_NOTIFY_CLEAR_BYTE |
			     UNMAP_NOTIFY_SEND_EVENT, pa));
	said("deallocate", dealloc(fd, a.index, 1));
	say("not yet", "%d %d", theirs[100], readable(xenevtchn_fd(eb), 0));
	munmap(mine, PAGE);
	say("the event", "%d", readable(xenevtchn_fd(eb), PATIENCE_MS));
	say("the bytes", "%d %d", theirs[100], theirs[101]);
	say("pending", "%d", xenevtchn_pending(eb) == pb);
	xenevtchn_unmask(eb, pb);
	said("unmap", xengnttab_unmap(b, theirs, 1));

	alloc(fd, &a, B.domid, 1, 1);
	theirs = xengnttab_map_grant_ref(b, A.domid, a.gref_ids[0],
					 PROT_READ | PROT_WRITE);
	theirs[5] = 9;
	said("set again", on_unmap(fd, a.index + 5, UNMAP_NOTIFY_CLEAR_BYTE |
				   UNMAP_NOTIFY_SEND_EVENT, pa));
	said("take it back", on_unmap(fd, a.index + 5, 0, 0));
	close(fd);
	say("nothing after closing", "%d %d", theirs[5], readable(xenevtchn_fd(eb), 0));
	xengnttab_unmap(b, theirs, 1);

	fd = open_as(&A, "gntalloc", 0);
	alloc(fd, &a, B.domid, 1, 1);
	theirs = xengnttab_map_grant_ref(b, A.domid, a.gref_ids[0],
					 PROT_READ | PROT_WRITE);
	theirs[5] = 9;
	on_unmap(fd, a.index + 5, UNMAP_NOTIFY_CLEAR_BYTE |
		 UNMAP_NOTIFY_SEND_EVENT, pa);
	close(fd);
	say("event at closing", "%d", readable(xenevtchn_fd(eb), PATIENCE_MS));
	say("byte at closing", "%d", theirs[5]);
	xengnttab_unmap(b, theirs, 1);
	xengnttab_close(b);
	xenevtchn_close(ea);
	xenevtchn_close(eb);
}

static void library(void)
{
	xengntshr_handle *a;
	xengnttab_handle *b;
	uint32_t refs[5] = { 0 };
	uint8_t *mine, *theirs;

	as(&A);
	a = xengntshr_open(NULL, 0);
	as(&B);
	b = xengnttab_open(NULL, 0);
	mine = xengntshr_share_pages(a, B.domid, 5, refs, 1);
	said_map("share 5 pages", mine);
	mine[4 * PAGE] = 33;
	theirs = xengnttab_map_domain_grant_refs(b, 5, A.domid, refs, PROT_READ);
	said_map("map 5 pages", theirs);
	say("the last of them", "%d", theirs ? theirs[4 * PAGE] : -1);
	said("unmap 5 pages", xengnttab_unmap(b, theirs, 5));
	said("unshare 5 pages", xengntshr_unshare(a, mine, 5));
	said_map("map them again", xengnttab_map_domain_grant_refs(b, 5, A.domid,
								   refs, PROT_READ));
	said_map("share with nobody", xengntshr_share_pages(a, NOBODY, 1, refs, 1));
	mine = xengntshr_share_page_notify(a, B.domid, refs, 1, 10, -1);
	said_map("share with notification", mine);
	mine[10] = 1;
	theirs = xengnttab_map_grant_ref_notify(b, A.domid, refs[0],
						PROT_READ | PROT_WRITE, 11, -1);
	said_map("map with notification", theirs);
	mine[11] = 1;
	said("unmap", xengnttab_unmap(b, theirs, 1));
	say("cleared by the one who mapped", "%d %d", mine[10], mine[11]);
	said("unshare", xengntshr_unshare(a, mine, 1));
	said("close", xengntshr_close(a));
	said("close the other", xengnttab_close(b));
}

int main(int argc, char **argv)
{
	parties(argc, argv);
	one_page();
	counts();
	wrong();
	readonly();
	notification();
	library();
	return 0;
}
